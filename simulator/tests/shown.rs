//! What the gatekeeper shows of data, in virtual time: what passed, what waits for a review, what left, the trip in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_core::Assurance;
use consent_gatekeeper::control::{PauseFor, PauseScope, Peer, Request, Response, ReviewAnswer, Terms};
use consent_gatekeeper::show::{
    Checkpoint, EndShown, Original, Passed, PassedRow, Picture, Pictures, Reports, Revealed, ReviewShown, Reviews, Sent, SentValue, WindowName,
};
use consent_protocol::ledger::{Cadence, Method};
use consent_simulator::catalog::{example, example_v2};
use consent_simulator::harness::World;
use consent_simulator::vehicle::{Vehicle, Wish};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
const LATITUDE: &str = "Vehicle.CurrentLocation.Latitude";

/// The car's screen, with a driver who proved who they are.
const SCREEN_HIGH: Peer = Peer { method: Method::Screen, assurance: Assurance::High };

/// A car with a driver.
struct Scene {
    world: World,
    car: Vehicle,
}

impl Scene {
    fn new() -> Self {
        let mut scene = Self { world: World::new(7, example()).unwrap(), car: Vehicle::new(7) };
        scene.drive(2);
        scene.driver(Some("anna"), Assurance::High);
        scene.ask(Request::PeopleComplete { complete: true });
        scene
    }

    fn driver(&mut self, person: Option<&str>, assurance: Assurance) {
        self.ask(Request::PeopleDriver { person: person.map(str::to_owned), assurance });
    }

    fn ask(&mut self, request: Request) -> Response {
        self.world.control(request).unwrap().expect("an answer")
    }

    fn shown<T: DeserializeOwned>(&mut self, request: Request) -> T {
        match self.ask(request) {
            Response::Data { data } => serde_json::from_value(data).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn is_refused(&mut self, peer: Peer, request: Request) -> bool {
        matches!(self.world.control_as(peer, request).unwrap().expect("an answer"), Response::Refused { .. })
    }

    fn drive(&mut self, seconds: u64) {
        (0..seconds * 10).for_each(|_| self.tenth());
    }

    fn tenth(&mut self) {
        self.world.advance(100).unwrap();
        let t_ms = self.world.now().wall_ms;
        let readings = self.car.step();
        let texts: Vec<(&str, &str)> = readings.iter().map(|one| (one.path, one.text.as_str())).collect();
        self.world.offer_texts(t_ms, &texts).unwrap();
    }

    fn go(&mut self, seconds: u64) {
        self.car.wish(Wish::Drive);
        self.drive(seconds);
    }

    fn park(&mut self) {
        self.car.wish(Wish::Park);
        self.drive(12);
    }

    fn give(&mut self, person: &str, use_id: &str, terms: Terms) {
        self.park();
        let response = self.ask(Request::ConsentGive { person: Some(person.to_owned()), use_id: use_id.to_owned(), terms });
        assert!(matches!(response, Response::Done { .. }), "{use_id}: {response:?}");
    }

    fn settle(&mut self) {
        assert!(self.world.drain(HOUR_MS).unwrap(), "{:#?}", self.world.status().links);
    }

    fn passed(&mut self) -> Passed {
        self.shown(Request::Passed)
    }

    fn data(&mut self, person: Option<&str>, before_ms: Option<i64>, count: u32) -> Sent {
        self.shown(Request::DataShow { person: person.map(str::to_owned), use_id: None, before_ms, count: Some(count) })
    }

    /// The newest end of a use.
    fn end_of(&mut self, use_id: &str) -> EndShown {
        let reports: Reports = match self.world.control_as(SCREEN_HIGH, Request::ReportList).unwrap().unwrap() {
            Response::Data { data } => serde_json::from_value(data).unwrap(),
            other => panic!("{other:?}"),
        };
        reports.recipients.into_iter().flat_map(|recipient| recipient.ends).find(|end| end.use_id == use_id).expect("an end")
    }

    fn original(&mut self, use_id: &str) -> Original {
        self.shown(Request::DataOriginal { use_id: use_id.to_owned() })
    }

    fn pictures(&mut self, use_id: &str) -> Pictures {
        self.shown(Request::TierPictures { use_id: use_id.to_owned() })
    }
}

fn rows<'a>(passed: &'a Passed, name: WindowName, use_id: &str) -> Vec<&'a PassedRow> {
    let window = passed.windows.iter().find(|window| window.window == name).unwrap();
    window.rows.iter().filter(|row| row.use_id == use_id).collect()
}

fn ranks<'a>(rows: &[&'a PassedRow]) -> Vec<(&'a str, u8, Revealed)> {
    rows.iter().map(|row| (row.category.as_str(), row.tier, row.revealed)).collect()
}

fn tier(tier: u8) -> Terms {
    Terms { tier: Some(tier), ..Terms::default() }
}

#[test]
fn what_passed_is_what_left_at_the_time_it_left_also_under_a_later_catalog() {
    let mut scene = Scene::new();
    let nothing = scene.passed();
    assert!(nothing.last_left_ms.is_none() && nothing.windows.iter().all(|window| window.rows.is_empty()));
    assert_eq!(nothing.windows.iter().map(|window| window.window).collect::<Vec<_>>(), [WindowName::Trip, WindowName::Day, WindowName::Week]);
    scene.give("anna", "hazards", tier(0));
    scene.go(120);
    scene.give("anna", "hazards", tier(1));
    scene.go(60);
    scene.park();
    scene.settle();
    let passed = scene.passed();
    let hazards = rows(&passed, WindowName::Day, "hazards");
    let location: Vec<&&PassedRow> = hazards.iter().filter(|row| row.category == "location").collect();
    assert_eq!(location.iter().map(|row| (row.tier, row.revealed)).collect::<Vec<_>>(), [(1, Revealed::Coarse)], "{hazards:?}");
    assert!(hazards.iter().any(|row| row.revealed == Revealed::Exact), "states are sent as they are: {hazards:?}");
    let status = scene.world.status();
    let used = status.uses.iter().find(|used| used.id == "hazards").unwrap();
    assert!(used.records_sent > 0 && hazards.iter().all(|row| (row.times, row.batches) == (used.records_sent, used.batches_sent)), "{hazards:?}");
    assert_eq!(passed.last_left_ms.map(|ms| ms <= passed.at_ms && ms > passed.at_ms - 300_000), Some(true));

    // The trip is over: its window stays, until another trip begins.
    scene.world.advance(2 * HOUR_MS).unwrap();
    assert!(!scene.world.status().trip);
    let trip = scene.passed();
    assert_eq!(rows(&trip, WindowName::Trip, "hazards"), hazards);
    scene.world.advance(DAY_MS).unwrap();
    let later = scene.passed();
    assert!(rows(&later, WindowName::Day, "hazards").is_empty() && rows(&later, WindowName::Week, "hazards") == hazards);
    scene.world.crash_agent().unwrap();
    let again = scene.passed();
    assert_eq!((again.windows[0].since_ms, again.last_left_ms), (trip.windows[0].since_ms, passed.last_left_ms), "also after a restart");

    // Under another catalog the use and its categories are still shown as they were.
    let mut without = example_v2();
    without.uses.retain(|used| used.id != "hazards");
    without.categories.rotate_left(1);
    for signal in &mut without.signals {
        let (bits, last) = (signal.categories.0, u32::try_from(without.categories.len()).unwrap() - 1);
        signal.categories.0 = (bits >> 1) | ((bits & 1) << last);
    }
    scene.world.publish_catalog(without).unwrap();
    scene.world.advance(1_000).unwrap();
    scene.world.load_catalog().unwrap();
    let gone = scene.passed();
    assert_eq!(ranks(&rows(&gone, WindowName::Week, "hazards")), ranks(&hazards));

    scene.go(60);
    assert!(rows(&scene.passed(), WindowName::Trip, "hazards").is_empty(), "a new trip");
}

#[test]
fn r9_what_an_end_destroys_after_it_was_handed_over_still_counts_as_possibly_seen_and_stands_with_the_end() {
    let mut scene = Scene::new();
    scene.give("anna", "hazards", tier(0));
    scene.car.wish(Wish::Drive);
    let numbered = |scene: &Scene| scene.world.status().uses.iter().find(|used| used.id == "hazards").map_or(0, |used| used.outcomes.numbered);
    for _ in 0..3_000 {
        scene.tenth();
        if numbered(&scene) > 0 {
            scene.world.hold_receiver();
            scene.world.advance(100).unwrap();
            if numbered(&scene) > 0 {
                break;
            }
            scene.world.release_receiver();
        }
    }
    assert!(numbered(&scene) > 0);
    let said = scene.ask(Request::ConsentWithdraw { person: Some("anna".to_owned()), use_id: Some("hazards".to_owned()), erase: false });
    assert!(scene.world.status().outcomes.purged_possibly_sent > 0, "{said:?} {:?}", scene.world.status().outcomes);
    let passed = scene.passed();
    assert!(!rows(&passed, WindowName::Trip, "hazards").is_empty() && passed.last_left_ms.is_some(), "{passed:?}");
    // R9: the end says what was possibly sent before it, and when its recipient knew.
    let end = scene.end_of("hazards");
    let status = scene.world.status();
    let destroyed = status.uses.iter().find(|used| used.id == "hazards").map_or(0, |used| used.outcomes.purged_possibly_sent);
    assert_eq!((end.decisions, end.batches > 0, end.records.len(), end.known_ms, &end.erasure), (destroyed, true, 1, None, &None), "{end:?}");
    let ended_ms = end.ended_ms;
    scene.world.release_receiver();
    scene.world.advance(60_000).unwrap();
    scene.settle();
    let end = scene.end_of("hazards");
    assert!(end.ended_ms == ended_ms && end.known_ms.is_some_and(|known_ms| known_ms > ended_ms), "{end:?}");
    scene.ask(Request::DataErase { person: Some("anna".to_owned()), use_id: Some("hazards".to_owned()) });
    assert!(rows(&scene.passed(), WindowName::Week, "hazards").is_empty(), "what a person erases is gone here too");
    scene.settle();
    scene.world.crash_agent().unwrap();
    scene.driver(Some("anna"), Assurance::High);
    let end = scene.end_of("hazards");
    assert_eq!((end.decisions, end.ended_ms), (destroyed, ended_ms), "also when more is asked for, and after a restart");
    assert!(end.erasure.is_some_and(|erasure| erasure.asked_ms > ended_ms));
}

fn each_time() -> Terms {
    Terms { tier: Some(1), cadence: Some(Cadence::EachTime), ..Terms::default() }
}

fn values(batches: &Sent, use_id: &str) -> Vec<SentValue> {
    let mut found: Vec<SentValue> = batches.batches.iter().filter(|batch| batch.use_id == use_id).flat_map(|batch| batch.rows.clone()).collect();
    found.sort_by(|one, other| (one.t_ms, &one.signal).cmp(&(other.t_ms, &other.signal)));
    found
}

/// R13: the review shows exactly what goes if the answer is Send.
#[test]
fn r13_a_review_shows_exactly_what_leaves_when_it_is_sent() {
    let mut scene = Scene::new();
    scene.give("anna", "battery-research", each_time());
    scene.go(150);
    let send = Request::ReviewAnswer { use_id: Some("battery-research".to_owned()), answer: ReviewAnswer::Send, newest: None };
    assert!(scene.is_refused(consent_simulator::harness::SCREEN, send.clone()), "R7: nothing is given while driving");
    scene.park();
    scene.settle();
    let listed: Reviews = scene.shown(Request::ReviewList);
    let [row] = listed.waiting.as_slice() else { panic!("{listed:?}") };
    assert_eq!(row.use_id, "battery-research");
    assert!(row.batches > 1 && row.destroyed_ms > scene.world.now().wall_ms, "{row:?}");
    let asked = Request::ReviewShow { use_id: "battery-research".to_owned() };
    let mut shown: ReviewShown = scene.shown(asked.clone());
    assert_eq!((u64::try_from(shown.rows.len()).unwrap(), shown.truncated), (row.records, false));
    assert!(shown.rows.is_sorted_by_key(|value| value.t_ms) && shown.rows.iter().all(|value| value.signal.contains("TractionBattery")));

    // Of nobody else, and not without proof (R51).
    for peer in [Peer { method: Method::Receipt, assurance: Assurance::High }, Peer { method: Method::Phone, assurance: Assurance::Low }] {
        assert!(scene.is_refused(peer, asked.clone()), "{peer:?}");
    }
    scene.driver(Some("anna"), Assurance::Low);
    assert!(scene.is_refused(consent_simulator::harness::SCREEN, asked.clone()));
    scene.driver(Some("ben"), Assurance::High);
    let other: ReviewShown = scene.shown(asked.clone());
    let others: Reviews = scene.shown(Request::ReviewList);
    assert!(other.rows.is_empty() && others.waiting.is_empty());
    scene.driver(Some("anna"), Assurance::High);

    // The car says again that it stands: what nobody says for long is unknown, and unknown is not parked.
    scene.park();
    scene.ask(send);
    scene.settle();
    let sent = scene.data(Some("anna"), None, 1_000);
    shown.rows.sort_by(|one, other| (one.t_ms, &one.signal).cmp(&(other.t_ms, &other.signal)));
    assert_eq!(values(&sent, "battery-research"), shown.rows);
}

/// R13: Send is about exactly what was shown; what came after the look waits for another.
#[test]
fn r13_what_came_after_a_person_looked_is_not_sent_with_it() {
    let mut scene = Scene::new();
    scene.give("anna", "battery-research", each_time());
    scene.go(60);
    scene.park();
    scene.settle();
    let seen: Reviews = scene.shown(Request::ReviewList);
    let mut shown: ReviewShown = scene.shown(Request::ReviewShow { use_id: "battery-research".to_owned() });
    scene.go(60);
    scene.settle();
    // The car says again that it stands: what nobody says for long is unknown, and unknown is not parked.
    scene.park();
    let later: Reviews = scene.shown(Request::ReviewList);
    assert!(later.waiting[0].records > seen.waiting[0].records && later.waiting[0].newest > seen.waiting[0].newest, "{later:?} after {seen:?}");
    scene.ask(Request::ReviewAnswer { use_id: Some("battery-research".to_owned()), answer: ReviewAnswer::Send, newest: Some(seen.waiting[0].newest) });
    let left: Reviews = scene.shown(Request::ReviewList);
    assert_eq!(left.waiting[0].records, later.waiting[0].records - seen.waiting[0].records, "the later ones wait on");
    scene.settle();
    shown.rows.sort_by(|one, other| (one.t_ms, &one.signal).cmp(&(other.t_ms, &other.signal)));
    assert_eq!(values(&scene.data(Some("anna"), None, 1_000), "battery-research"), shown.rows);
}

/// R13: what nobody answers in time is destroyed, and the person sees that it was.
#[test]
fn r13_a_person_sees_that_an_unanswered_review_was_destroyed() {
    let mut scene = Scene::new();
    scene.give("anna", "battery-research", each_time());
    scene.go(120);
    scene.park();
    scene.settle();
    let awaiting = scene.world.status().outcomes.awaiting;
    scene.ask(Request::ReviewAnswer { use_id: None, answer: ReviewAnswer::Destroy, newest: None });
    let listed: Reviews = scene.shown(Request::ReviewList);
    assert!(awaiting > 0 && listed.waiting.is_empty() && listed.lapsed.is_empty(), "an answer is not silence: {listed:?}");

    scene.go(120);
    scene.park();
    scene.settle();
    let awaiting = scene.world.status().outcomes.awaiting;
    assert!(awaiting > 0);
    scene.world.advance(15 * DAY_MS).unwrap();
    scene.world.crash_agent().unwrap();
    scene.driver(Some("anna"), Assurance::High);
    let listed: Reviews = scene.shown(Request::ReviewList);
    assert!(listed.waiting.is_empty());
    assert_eq!(listed.lapsed.iter().map(|row| (row.use_id.as_str(), row.decisions)).collect::<Vec<_>>(), [("battery-research", awaiting)]);
    scene.driver(Some("ben"), Assurance::High);
    let others: Reviews = scene.shown(Request::ReviewList);
    assert!(others.lapsed.is_empty(), "it is nobody else's business");
    scene.driver(Some("anna"), Assurance::High);
    scene.ask(Request::DataErase { person: Some("anna".to_owned()), use_id: None });
    let meta = scene.world.store().load().unwrap();
    assert!(!format!("{meta:?}").contains("anna"));
}

#[test]
fn a_long_review_lists_its_newest_values_and_says_so() {
    let mut scene = Scene::new();
    scene.give("anna", "battery-research", each_time());
    let battery = |name: &str| (format!("Vehicle.Powertrain.TractionBattery.{name}"), "20.5");
    let offered = ["CurrentVoltage", "CurrentCurrent", "Temperature.Average", "CellVoltage.Max", "CellVoltage.Min", "StateOfHealth"].map(battery);
    let offered: Vec<(&str, &str)> = offered.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    for _ in 0..1_000 {
        scene.world.advance(10_000).unwrap();
        let t_ms = scene.world.now().wall_ms;
        assert!(scene.world.offer_texts(t_ms, &offered).unwrap().is_empty());
    }
    scene.park();
    scene.settle();
    let listed: Reviews = scene.shown(Request::ReviewList);
    assert!(listed.waiting[0].records > 5_000, "{listed:?}");
    let shown: ReviewShown = scene.shown(Request::ReviewShow { use_id: "battery-research".to_owned() });
    assert_eq!((shown.rows.len(), shown.truncated), (5_000, true));
    assert_eq!(shown.rows.last().map(|value| value.t_ms), Some(listed.waiting[0].last_ms));
}

/// R51: a person's records open with that person's authentication only, and hold nobody else's.
#[test]
fn r51_what_left_is_shown_to_the_person_on_whose_consent_it_left() {
    let mut scene = Scene::new();
    scene.give("anna", "hazards", tier(1));
    scene.go(120);
    scene.park();
    scene.driver(Some("ben"), Assurance::High);
    scene.give("ben", "hazards", tier(2));
    scene.go(120);
    scene.park();
    scene.settle();
    let screen = consent_simulator::harness::SCREEN;
    let of = |person: Option<&str>| Request::DataShow { person: person.map(str::to_owned), use_id: None, before_ms: None, count: Some(1_000) };
    assert!(scene.is_refused(screen, of(None)), "nobody sees everybody's on the screen");
    let operator = Peer { method: Method::Operator, assurance: Assurance::High };
    let all = match scene.world.control_as(operator, of(None)).unwrap().unwrap() {
        Response::Data { data } => serde_json::from_value::<Sent>(data).unwrap(),
        other => panic!("{other:?}"),
    };
    let (annas, bens) = (scene.data(Some("anna"), None, 1_000), scene.data(Some("ben"), None, 1_000));
    let ids = |sent: &Sent| sent.batches.iter().map(|batch| (batch.stream.clone(), batch.n)).collect::<BTreeSet<_>>();
    assert!(!annas.batches.is_empty() && !bens.batches.is_empty());
    assert!(ids(&annas).is_disjoint(&ids(&bens)), "neither sees when the other drove");
    // R32: the tier is the one at which it left, not a guess from the values.
    let tiers = |sent: &Sent| sent.batches.iter().filter(|batch| batch.use_id == "hazards").map(|batch| batch.tier).collect::<BTreeSet<_>>();
    assert_eq!((tiers(&annas), tiers(&bens)), (BTreeSet::from([Some(1)]), BTreeSet::from([Some(2)])));
    let hazards = |sent: &Sent| sent.batches.iter().filter(|batch| batch.use_id == "hazards").count();
    assert!(hazards(&annas) > 0 && hazards(&bens) > 0 && hazards(&annas) + hazards(&bens) == hazards(&all));
    assert!(ids(&all).is_superset(&ids(&annas)) && ids(&all).is_superset(&ids(&bens)));
    // Anna sits in the car and can be sure of herself; once she is less sure, or gone, hers stay shut.
    scene.driver(Some("anna"), Assurance::Low);
    assert!(scene.is_refused(screen, of(Some("anna"))));
    assert!(!scene.is_refused(screen, of(Some("ben"))));
    scene.ask(Request::PeopleLeave { person: Some("ben".to_owned()) });
    assert!(scene.is_refused(screen, of(Some("ben"))));
}

/// R51: what rests on nobody's consent, by law, contract or interest, is shown to the one person who drove, and to nobody else.
#[test]
fn r51_what_rests_on_nobodys_consent_is_shown_to_whoever_drove_alone() {
    let mut scene = Scene::new();
    let by_law = |sent: &Sent| sent.batches.iter().filter(|batch| batch.use_id == "attack-monitoring").cloned().collect::<Vec<_>>();
    let whole = |scene: &mut Scene| {
        scene.park();
        scene.settle();
        scene.world.advance(2 * HOUR_MS).unwrap();
        scene.settle();
    };
    scene.go(300);
    whole(&mut scene);
    let annas = by_law(&scene.data(Some("anna"), None, 1_000));
    assert!(!annas.is_empty() && annas.iter().all(|batch| batch.tier == Some(0)), "{annas:?}");
    scene.ask(Request::PeopleNotMe);
    scene.go(300);
    whole(&mut scene);
    scene.ask(Request::PeopleLeave { person: None });
    scene.driver(Some("ben"), Assurance::High);
    let since_ms = scene.world.now().wall_ms;
    scene.go(300);
    whole(&mut scene);
    let bens = by_law(&scene.data(Some("ben"), None, 1_000));
    assert!(!bens.is_empty());
    let stamps = bens.iter().flat_map(|batch| &batch.rows).map(|row| row.t_ms);
    assert!(stamps.clone().all(|t_ms| t_ms >= since_ms), "nothing of Anna's or a guest's trip: {:?} {since_ms}", stamps.min());
    let operator = Peer { method: Method::Operator, assurance: Assurance::High };
    let told = |scene: &mut Scene, person: Option<&str>| -> Sent {
        let asked = Request::DataShow { person: person.map(str::to_owned), use_id: Some("attack-monitoring".to_owned()), before_ms: None, count: Some(1_000) };
        let Response::Data { data } = scene.world.control_as(operator, asked).unwrap().unwrap() else { panic!() };
        serde_json::from_value(data).unwrap()
    };
    assert_eq!(told(&mut scene, Some("anna")).batches, annas, "and nothing of his to her");
    let all = told(&mut scene, None);
    assert!(all.batches.len() > annas.len() + bens.len(), "a guest's is nobody's");
    // R42: recipients tell of it by counts and days, whoever drove.
    let Response::Data { data } = scene.world.control_as(SCREEN_HIGH, Request::ReportList).unwrap().unwrap() else { panic!() };
    let reports: Reports = serde_json::from_value(data).unwrap();
    let shared: Vec<_> = reports.recipients.iter().flat_map(|recipient| &recipient.uses).filter(|used| used.use_id == "attack-monitoring").collect();
    assert!(shared.iter().all(|used| used.held_since_ms.is_none_or(|ms| ms % 86_400_000 == 0) && used.derived.is_empty()), "{shared:?}");
    // What Anna erases of herself is gone here; what is Ben's stays.
    scene.world.control_as(operator, Request::DataErase { person: Some("anna".to_owned()), use_id: None }).unwrap();
    assert_eq!(told(&mut scene, None).batches.len(), all.batches.len() - annas.len());
    assert_eq!(by_law(&scene.data(Some("ben"), None, 1_000)), bens);
    let meta = scene.world.store().load().unwrap();
    assert!(!format!("{meta:?}").contains("anna"));
}

#[test]
fn pages_of_what_left_follow_on_each_other() {
    let mut scene = Scene::new();
    scene.give("anna", "hazards", tier(2));
    scene.give("anna", "maintenance", tier(1));
    scene.go(200);
    scene.park();
    scene.settle();
    let all = scene.data(Some("anna"), None, 1_000);
    assert!(!all.more && all.batches.len() > 8 && all.batches.iter().all(|batch| batch.readable));
    let (mut pages, mut before_ms) = (Vec::new(), None);
    loop {
        let page = scene.data(Some("anna"), before_ms, 4);
        before_ms = page.batches.last().map(|batch| batch.done_ms);
        pages.extend(page.batches);
        if !page.more {
            break;
        }
    }
    assert_eq!(pages, all.batches);
}

#[test]
fn a_checkpoint_is_of_an_entry_on_disk() {
    let mut scene = Scene::new();
    let before: Checkpoint = scene.shown(Request::Checkpoint);
    scene.ask(Request::PeopleLeave { person: None });
    scene.give("anna", "hazards", tier(0));
    let after: Checkpoint = scene.shown(Request::Checkpoint);
    assert!(after.seq > before.seq && after.public_key == before.public_key);
    for kept in [before, after] {
        let entry = scene.world.store().ledger(kept.seq, 1).unwrap().remove(0);
        assert_eq!((entry.seq, consent_protocol::envelope::sha256(&[&entry.envelope]).to_string()), (kept.seq, kept.digest));
        let key: [u8; 32] = consent_protocol::ids::from_hex::<32>(&kept.public_key).unwrap();
        assert!(consent_protocol::envelope::open(consent_protocol::envelope::Kind::Ledger, &entry.envelope, &key).is_ok());
    }
}

fn places(rows: &[SentValue]) -> Vec<(f64, f64)> {
    rows.iter().filter(|row| row.signal == LATITUDE).map(|row| (row.value["lat"].as_f64().unwrap(), row.value["lon"].as_f64().unwrap())).collect()
}

fn metres((lat, lon): (f64, f64), (other_lat, other_lon): (f64, f64)) -> f64 {
    consent_core::grid::metres(lat, lon, other_lat, other_lon)
}

/// Precision is chosen by picture: before any consent, of the trip that was just driven.
#[test]
fn a_driver_sees_the_trip_in_memory_as_each_tier_would_show_it() {
    let mut scene = Scene::new();
    scene.go(300);
    scene.park();
    let pictures = scene.pictures("hazards");
    let original = scene.original("hazards");
    assert!(pictures.held && original.held);
    assert_eq!(pictures.tiers.iter().map(|picture| picture.tier).collect::<Vec<_>>(), [0, 1, 2]);
    let track = places(&original.rows);
    assert!(track.len() > 250 && original.rows.is_sorted_by_key(|row| row.t_ms), "{} places", track.len());
    let counts: Vec<usize> = pictures.tiers.iter().map(|Picture { rows, .. }| places(rows).len()).collect();
    assert!(counts[0] > 0 && counts[1] > 7 && counts[1] < 14, "{counts:?}");
    // Each place on a grid is the middle of a square, and not where the car was.
    assert!(pictures.tiers[..2].iter().all(|picture| places(&picture.rows).iter().all(|place| !track.contains(place))));
    assert!(pictures.tiers.iter().all(|picture| picture.revealed == Revealed::Exact), "its other signals are sent as they are");
    assert_eq!(scene.pictures("traffic").tiers[0].revealed, Revealed::Coarse);

    // What is given then shows the same from then on: the very places of the picture of its tier.
    scene.give("anna", "hazards", tier(1));
    scene.go(200);
    scene.park();
    let picture = places(&scene.pictures("hazards").tiers[1].rows);
    scene.settle();
    let sent = places(&values(&scene.data(Some("anna"), None, 1_000), "hazards"));
    assert!(sent.len() > 4 && sent.iter().all(|place| picture.contains(place)), "{sent:?}");
}

/// A track and single places are where the car was, and not near where it stopped; of a short trip there are none.
#[test]
fn the_picture_of_a_track_has_no_ends() {
    let mut scene = Scene::new();
    let picture = |scene: &mut Scene, use_id: &str| places(&scene.pictures(use_id).tiers[2].rows);
    scene.go(60);
    scene.park();
    assert!(picture(&mut scene, "traffic").is_empty());
    scene.go(1_500);
    scene.park();
    let track = places(&scene.original("traffic").rows);
    let (roads, dangers) = (picture(&mut scene, "traffic"), picture(&mut scene, "hazards"));
    assert!(roads.len() > 20 && dangers.len() <= 1, "{} and {} places of {}", roads.len(), dangers.len(), track.len());
    for place in roads.iter().chain(&dangers) {
        assert!(track.iter().any(|known| metres(*known, *place) < 2.0), "{place:?}");
    }
    // Where a car has passed before it stops there for the first time, nothing can be hidden in time.
    for (end, road) in [(track.first(), roads.first()), (track.last(), roads.last())] {
        assert!(metres(*end.unwrap(), *road.unwrap()) >= 200.0, "{road:?} is near {end:?}");
    }
}

/// The memory of a trip is for its driver alone, and ends with trip, driver, withdrawal and pause.
#[test]
fn the_trip_in_memory_is_its_drivers_and_ends_with_what_it_was_for() {
    let mut scene = Scene::new();
    scene.go(30);
    scene.park();
    let ask = || Request::DataOriginal { use_id: "hazards".to_owned() };
    assert!(scene.original("hazards").held && scene.original("maintenance").held);
    let screen = consent_simulator::harness::SCREEN;
    scene.driver(Some("anna"), Assurance::Low);
    assert!(scene.is_refused(screen, ask()) && scene.is_refused(screen, Request::TierPictures { use_id: "hazards".to_owned() }));
    scene.driver(Some("anna"), Assurance::High);
    assert!(scene.is_refused(screen, Request::DataOriginal { use_id: "nothing".to_owned() }));

    scene.give("anna", "hazards", tier(0));
    scene.ask(Request::ConsentWithdraw { person: None, use_id: Some("hazards".to_owned()), erase: false });
    assert!(!scene.original("hazards").held && scene.original("maintenance").held, "a withdrawal ends it for the use");
    scene.go(30);
    assert!(scene.original("hazards").held, "it begins anew");

    scene.ask(Request::Pause { scope: PauseScope::Use("hazards".to_owned()), duration: PauseFor::UntilResumed });
    scene.go(10);
    assert!(!scene.original("hazards").held && scene.original("maintenance").held, "nothing is kept of what is paused");
    scene.ask(Request::Pause { scope: PauseScope::All, duration: PauseFor::UntilResumed });
    scene.go(10);
    assert!(!scene.original("maintenance").held);
    scene.ask(Request::Resume { scope: PauseScope::All });
    scene.ask(Request::Resume { scope: PauseScope::Use("hazards".to_owned()) });
    scene.go(10);
    assert!(scene.original("hazards").held && scene.original("maintenance").held);

    scene.driver(Some("ben"), Assurance::High);
    assert!(!scene.original("hazards").held, "another driver");
    scene.go(10);
    assert!(scene.original("hazards").held);
    scene.driver(None, Assurance::None);
    scene.go(10);
    scene.driver(Some("anna"), Assurance::High);
    assert!(!scene.original("hazards").held, "nothing of a guest's drive");
    scene.go(10);
    assert!(scene.original("hazards").held);
    scene.world.advance(700_000).unwrap();
    assert!(!scene.original("hazards").held && !scene.pictures("hazards").held, "the trip is over");
    scene.go(10);
    assert!(scene.original("hazards").held);
    scene.ask(Request::StopWhileAboard);
    scene.go(10);
    assert!(!scene.original("hazards").held, "an occupant's stop");
    scene.world.advance(700_000).unwrap();
    scene.go(10);
    assert!(scene.original("hazards").held, "it ends with the trip");
    scene.world.crash_agent().unwrap();
    scene.driver(Some("anna"), Assurance::High);
    assert!(!scene.original("hazards").held, "it was in memory only");
}
