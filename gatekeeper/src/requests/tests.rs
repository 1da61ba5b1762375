//! Rules of asking, each against a parked car with a driver.

use super::*;
use crate::change::InForce;
use crate::control::Terms;
use crate::fixture::{SCREEN, T0_MS, book, catalog, done, in_force, moment, now, rng};
use crate::people::{Age, ContextSignal};
use consent_core::Value;
use consent_protocol::catalog::Deployment;

/// A car with ada at the wheel, parked for the first time.
struct Car {
    in_force: InForce,
    book: Book,
    people: People,
    requests: Requests,
    rng: Rng,
    at_ms: i64,
}

impl Car {
    fn new() -> Self {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let mut people = People::load(None);
        done(people.driver(Some("ada"), Assurance::Low, Age::OfAge, &now(T0_MS)));
        book.aboard(&people);
        let mut car = Self { in_force, book, people, requests: Requests::default(), rng: rng(), at_ms: T0_MS };
        car.park(T0_MS);
        car
    }

    /// Drives off, and parks at that time.
    fn park(&mut self, at_ms: i64) {
        self.at_ms = at_ms;
        for (signal, value) in [(ContextSignal::Speed, Value::Float(9.0)), (ContextSignal::Speed, Value::Float(0.0)), (ContextSignal::Gear, Value::Int(126))] {
            done(self.people.observe(signal, &value, at_ms, &now(at_ms)));
        }
    }

    /// Use ids of the screen raised now.
    fn ask(&mut self) -> Vec<String> {
        let at = Moment { driving: self.people.driving(), ..moment(&self.in_force, self.at_ms) };
        let changes = self.requests.consider(&self.book, &self.people, &at, &mut self.rng);
        for change in &changes {
            assert_eq!((change.event.action, change.event.person.as_str(), change.event.method), (ConsentAction::Requested, "ada", Method::Gatekeeper));
            assert!(matches!(change.ops.as_slice(), [StoreOp::Request(_)]) && change.ended.is_none());
            assert_ne!(change.event.record, [0; 16]);
        }
        changes.into_iter().map(|change| change.event.use_id).collect()
    }

    /// Raises every use by consent, as if the driver had wanted it so.
    fn ask_all(&mut self) {
        let at = moment(&self.in_force, self.at_ms);
        assert_eq!(self.requests.choose_now(&self.book, &self.people, &at, &mut self.rng).unwrap().len(), 3);
    }

    /// The driver opens a feature; use ids of what is asked then.
    fn open(&mut self, use_id: &str) -> Result<Vec<String>, Refusal> {
        let at = Moment { driving: self.people.driving(), ..moment(&self.in_force, self.at_ms) };
        let change = self.requests.open_feature(&self.book, &self.people, use_id, &at, &mut self.rng)?;
        Ok(change.into_iter().map(|change| change.event.use_id).collect())
    }

    fn profile(&mut self, change: impl FnOnce(&mut Profile)) {
        let mut profile = self.book.person("ada").unwrap().clone();
        change(&mut profile);
        self.book.add_person(profile, [1; 32]).unwrap();
    }

    fn answer_all(&mut self, answer: &RequestAnswer) {
        for id in self.requests.open().map(|row| row.id).collect::<Vec<_>>() {
            self.answer(id, answer).unwrap();
        }
    }

    fn answer(&mut self, id: u64, answer: &RequestAnswer) -> Result<Answered, Refusal> {
        let at = Moment { driving: self.people.driving(), ..moment(&self.in_force, self.at_ms) };
        let answered = self.requests.answer(id, answer, &mut self.book, SCREEN, &at, &mut self.rng)?;
        self.book.bind(&answered.change.event.record);
        Ok(answered)
    }
}

fn allow() -> RequestAnswer {
    RequestAnswer::Allow(Terms::default())
}

fn ids(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_decision_beside_the_request_answers_it() {
    let mut car = Car::new();
    car.ask();
    let at = Moment { driving: car.people.driving(), ..moment(&car.in_force, car.at_ms) };
    let given = car.book.give("ada", "traffic", &Terms::default(), SCREEN, &at, &mut car.rng).unwrap();
    assert!(matches!(car.requests.settle(&given.event), Some(StoreOp::Request(row)) if row.outcome == RequestOutcome::Allowed));
    let refused = car.book.refuse("ada", "voice", SCREEN, &at, &mut car.rng).unwrap();
    assert!(matches!(car.requests.settle(&refused.event), Some(StoreOp::Request(row)) if row.outcome == RequestOutcome::Declined));
    assert!(car.requests.settle(&refused.event).is_none(), "once");
    assert_eq!(car.requests.waiting_count(&car.book), 0);
}

#[test]
fn r43_one_screen_has_a_request_for_every_use_and_outside_recipients_have_one_of_their_own() {
    let mut car = Car::new();
    assert_eq!(car.ask(), ["traffic", "voice"], "the maker's first");
    let screens: BTreeSet<u64> = car.requests.open().map(|row| row.screen).collect();
    assert_eq!((screens.len(), car.requests.waiting_count(&car.book)), (1, 2));
    assert!(car.ask().is_empty(), "never twice while open");
    car.answer_all(&allow());
    assert!(car.ask().is_empty(), "at most one unasked screen a parking");
    car.park(T0_MS + DAY_MS);
    assert_eq!(car.ask(), ["insurance"], "an outside recipient is asked about apart");
    assert_eq!(car.requests.budget("ada", car.at_ms), (2, 4));
}

#[test]
fn r43_nothing_is_asked_unasked_before_the_first_screen_was_answered() {
    let mut car = Car::new();
    car.profile(|profile| profile.welcomed = false);
    assert!(car.ask().is_empty());
    car.park(T0_MS + DAY_MS);
    assert!(car.ask().is_empty(), "at no parking");
    assert_eq!(car.open("voice").unwrap().len(), 1, "but by opening the feature");
}

#[test]
fn r43_choosing_now_asks_for_everything_and_costs_no_budget() {
    let mut car = Car::new();
    let at = moment(&car.in_force, T0_MS);
    let changes = car.requests.choose_now(&car.book, &car.people, &at, &mut car.rng).unwrap();
    assert_eq!(changes.iter().map(|change| change.event.use_id.as_str()).collect::<Vec<_>>(), ["traffic", "voice", "insurance"]);
    let screen = |use_id: &str| car.requests.open().find(|row| row.use_id == use_id).unwrap().screen;
    assert_eq!(screen("traffic"), screen("voice"));
    assert_ne!(screen("traffic"), screen("insurance"), "outside recipients on a screen of their own");
    assert_eq!(car.requests.budget("ada", T0_MS), (0, 4));
    let moving = Moment { driving: DrivingState::Standing, ..moment(&car.in_force, T0_MS) };
    let refused = car.requests.choose_now(&car.book, &car.people, &moving, &mut car.rng);
    assert_eq!(refused, Err(Refusal::NotParked { found: "standing" }));
}

#[test]
fn r43_later_means_nothing_at_this_parking() {
    let mut car = Car::new();
    car.requests.leave_alone(&car.people);
    assert!(car.ask().is_empty());
    car.park(T0_MS + 1);
    assert_eq!(car.ask(), ["traffic", "voice"]);
}

#[test]
fn r43_an_opened_feature_is_asked_for_also_after_a_no_and_does_not_count() {
    let mut car = Car::new();
    car.ask();
    car.answer_all(&RequestAnswer::Decline);
    for _ in 0..3 {
        assert_eq!(car.open("traffic").unwrap(), ["traffic"]);
        assert!(car.open("traffic").unwrap().is_empty(), "once while it waits");
        car.answer_all(&RequestAnswer::Never);
    }
    assert_eq!(car.requests.budget("ada", T0_MS), (1, 4));
    assert_eq!(car.requests.never("ada"), ["traffic"], "opening a feature takes nothing back");
    car.open("traffic").unwrap();
    car.answer_all(&allow());
    assert_eq!(car.open("traffic"), Err(Refusal::GivenAlready { use_id: "traffic".to_owned() }));
    assert_eq!(car.open("obfcm"), Err(Refusal::NotByConsent { use_id: "obfcm".to_owned(), ground: "law" }));
    assert!(matches!(car.open("nothing"), Err(Refusal::UseUnknown { .. })));
    car.profile(|profile| profile.languages = vec!["fr".to_owned()]);
    assert!(matches!(car.open("voice"), Err(Refusal::Language { .. })), "R47: only in a language of the person");
    car.profile(|profile| profile.minor = true);
    assert_eq!(car.open("voice"), Err(Refusal::Minor { years: 16 }), "R48: nobody asks a child");
    done(car.people.not_me(&now(T0_MS)));
    assert_eq!(car.open("voice"), Err(Refusal::NoDriver));
}

#[test]
fn r43_dont_ask_again_can_be_said_and_taken_back_without_a_request() {
    let mut car = Car::new();
    let at = moment(&car.in_force, T0_MS);
    let never = car.requests.set_never("ada", "voice", &at).unwrap();
    assert!(matches!(never, StoreOp::Request(row) if row.outcome == RequestOutcome::Never && row.cause == Cause::Wanted));
    assert!(matches!(car.requests.set_never("ada", "nothing", &at), Err(Refusal::UseUnknown { .. })));
    assert_eq!(car.ask(), ["traffic"]);
    car.answer_all(&RequestAnswer::Defer);
    assert_eq!(car.requests.lift_never("ada", "voice").len(), 1);
    assert!(car.requests.lift_never("ada", "voice").is_empty());
    car.park(T0_MS + DAY_MS);
    assert_eq!(car.ask(), ["traffic", "voice"], "never decided, and may be asked again");
}

#[test]
fn r44_who_looks_for_trust_first_is_never_asked_unasked() {
    let mut car = Car::new();
    car.profile(|profile| profile.asking = Some(Asking::TrustFirst));
    for day in 0..10 {
        car.park(T0_MS + day * DAY_MS);
        assert!(car.ask().is_empty());
    }
    assert_eq!(car.open("traffic").unwrap(), ["traffic"]);
}

#[test]
fn r44_the_five_ways_differ_in_the_cadence_offered_first_and_in_nothing_printed() {
    let mut car = Car::new();
    let at = moment(&car.in_force, T0_MS);
    car.requests.choose_now(&car.book, &car.people, &at, &mut car.rng).unwrap();
    let mut seen = Vec::new();
    for asking in [None, Some(Asking::WhoFirst), Some(Asking::BenefitFirst), Some(Asking::ControlFirst), Some(Asking::Balanced), Some(Asking::TrustFirst)] {
        car.profile(|profile| profile.asking = asking);
        let mut list = car.requests.list(&car.book, &moment(&car.in_force, T0_MS));
        let requests = list["requests"].as_array_mut().unwrap();
        let offered: Vec<serde_json::Value> = requests.iter_mut().map(|request| request.as_object_mut().unwrap().remove("offered").unwrap()).collect();
        let cadences: Vec<&str> = offered.iter().map(|offered| offered["cadence"].as_str().unwrap()).collect();
        // Traffic and insurance offer each time, voice does not.
        let each = asking == Some(Asking::ControlFirst);
        assert_eq!(cadences, if each { ["each_time", "until", "each_time"] } else { ["until"; 3] });
        seen.push(list);
    }
    assert!(seen.iter().all(|list| *list == seen[0]));
}

#[test]
fn r43_r48_nobody_is_asked_but_a_recognised_driver_of_age_in_a_parked_car() {
    let mut car = Car::new();
    done(car.people.observe(ContextSignal::Speed, &Value::Float(9.0), T0_MS + 1, &now(T0_MS + 1)));
    assert!(car.ask().is_empty(), "driving");
    for (person, assurance, age) in [
        (Some("ada"), Assurance::None, Age::OfAge),
        (Some("ada"), Assurance::Low, Age::Minor),
        (Some("kid"), Assurance::Low, Age::OfAge),
        (None, Assurance::None, Age::OfAge),
    ] {
        let mut car = Car::new();
        done(car.people.driver(person, assurance, age, &now(T0_MS)));
        assert!(car.ask().is_empty());
    }
    let mut car = Car::new();
    let mut at = moment(&car.in_force, T0_MS);
    at.now.trust = ClockTrust::Untrusted;
    assert!(car.requests.consider(&car.book, &car.people, &at, &mut car.rng).is_empty(), "no clock");
}

#[test]
fn r47_r49_only_in_a_language_of_the_person_and_not_towards_an_employer() {
    let mut car = Car::new();
    car.in_force.catalog.uses[2].texts.plain.retain(|text| text.language == "en");
    car.in_force.catalog.deployment = Deployment::Employer;
    car.in_force.catalog.recipients[1].deployer = true;
    assert_eq!(car.ask(), ["traffic"]);
    car.answer_all(&RequestAnswer::Decline);
    car.park(T0_MS + 1);
    assert!(car.ask().is_empty());
}

#[test]
fn what_was_allowed_is_not_asked_again() {
    let mut car = Car::new();
    car.ask_all();
    car.answer_all(&allow());
    car.park(T0_MS + DAY_MS);
    assert!(car.ask().is_empty());
    assert_eq!(car.book.standing("ada", "traffic").unwrap().status, Status::Given);
}

#[test]
fn r43_what_was_put_off_comes_again_at_another_parking_at_most_four_times_a_year() {
    let mut car = Car::new();
    let mut screens = 0;
    for day in 0..10 {
        car.park(T0_MS + day * DAY_MS);
        screens += u32::from(!car.ask().is_empty());
        car.answer_all(&RequestAnswer::Defer);
        assert!(car.ask().is_empty(), "one a parking");
    }
    assert_eq!(screens, 4);
    car.park(T0_MS + YEAR_MS);
    assert_eq!(car.ask().len(), 2, "the first is a year ago");
}

#[test]
fn r43_after_a_no_twelve_months_and_a_material_change() {
    let mut car = Car::new();
    car.ask_all();
    car.answer_all(&RequestAnswer::Decline);
    assert_eq!(car.book.standing("ada", "voice").unwrap().status, Status::Refused);
    car.park(T0_MS + YEAR_MS + DAY_MS);
    assert!(car.ask().is_empty(), "nothing changed");
    assert_eq!(car.requests.catalog_changed(&ids(&["voice"]), &ids(&[])).len(), 1);
    assert!(car.requests.catalog_changed(&ids(&["voice"]), &ids(&[])).is_empty());
    car.at_ms = T0_MS + YEAR_MS - 1;
    assert!(car.ask().is_empty(), "changed, but too early");
    car.at_ms = T0_MS + YEAR_MS;
    assert_eq!(car.ask(), ["voice"]);
}

#[test]
fn r43_never_is_never() {
    let mut car = Car::new();
    car.ask_all();
    car.answer_all(&RequestAnswer::Never);
    car.requests.catalog_changed(&ids(&["traffic", "voice", "insurance"]), &ids(&[]));
    car.park(T0_MS + 2 * YEAR_MS);
    assert!(car.ask().is_empty());
}

#[test]
fn what_a_person_ended_is_not_asked_about() {
    let mut car = Car::new();
    car.ask_all();
    car.answer_all(&allow());
    car.book.withdraw_all("ada", crate::book::Erase::Keep, SCREEN, &moment(&car.in_force, T0_MS)).unwrap();
    car.requests.catalog_changed(&ids(&["traffic"]), &ids(&[]));
    car.park(T0_MS + 2 * YEAR_MS);
    assert!(car.ask().is_empty());
}

#[test]
fn what_a_material_change_suspended_is_asked_at_the_next_parking() {
    let mut car = Car::new();
    car.ask_all();
    car.answer_all(&allow());
    car.book.catalog_changed(&ids(&["traffic"]), &ids(&[]), &moment(&car.in_force, T0_MS));
    assert!(car.ask().is_empty(), "asked in this parking already");
    car.park(T0_MS + DAY_MS);
    assert_eq!(car.ask(), ["traffic"]);
}

#[test]
fn an_open_request_for_what_changed_is_put_off() {
    let mut car = Car::new();
    car.ask_all();
    assert_eq!(car.requests.catalog_changed(&ids(&["traffic"]), &ids(&["voice"])).len(), 2);
    assert_eq!(car.requests.open().map(|row| row.use_id.as_str()).collect::<Vec<_>>(), ["insurance"]);
}

#[test]
fn r43_renewals_share_a_screen() {
    let mut car = Car::new();
    car.ask_all();
    car.answer_all(&allow());
    car.park(T0_MS + 15 * DAY_MS);
    assert!(car.ask().is_empty(), "a year and 30 days: neither is due");
    car.park(T0_MS + 24 * DAY_MS);
    assert_eq!(car.ask(), ["insurance"], "in its last quarter");
    car.answer_all(&RequestAnswer::Never);
    car.park(T0_MS + 320 * DAY_MS);
    assert!(car.ask().is_empty(), "within 60 days, but none is due");
    car.park(T0_MS + 352 * DAY_MS);
    assert_eq!(car.ask(), ["traffic", "voice"]);
}

#[test]
fn r13_each_time_before_a_trip_costs_no_budget_and_does_not_pile_up() {
    let mut car = Car::new();
    car.ask_all();
    car.answer_all(&RequestAnswer::Decline);
    let terms = Terms { cadence: Some(Cadence::EachTime), ..Terms::default() };
    for trip in 1..=9 {
        let at = moment(&car.in_force, car.at_ms);
        if trip == 1 {
            car.book.give("ada", "traffic", &terms, SCREEN, &at, &mut car.rng).unwrap();
        } else {
            car.answer_all(&RequestAnswer::Allow(terms.clone()));
        }
        car.book.trip_ended(&moment(&car.in_force, car.at_ms));
        car.park(T0_MS + trip * DAY_MS);
        assert_eq!(car.ask(), ["traffic"]);
    }
    assert_eq!(car.requests.rows.len(), 3, "{:?}", car.requests.rows);
}

#[test]
fn an_answer_the_book_refuses_leaves_the_request_open() {
    let mut car = Car::new();
    car.ask_all();
    let id = car.requests.open().next().unwrap().id;
    done(car.people.observe(ContextSignal::Speed, &Value::Float(9.0), T0_MS + 1, &now(T0_MS + 1)));
    assert_eq!(car.answer(id, &allow()).err(), Some(Refusal::NotParked { found: "driving" }));
    assert_eq!(car.requests.waiting_count(&car.book), 3);
    car.park(T0_MS + 2);
    let answered = car.answer(id, &allow()).unwrap();
    assert!(matches!(answered.change.ops.as_slice(), [StoreOp::Standing(_), StoreOp::Request(row)] if row.outcome == RequestOutcome::Allowed));
    assert_eq!(car.answer(id, &allow()).err(), Some(Refusal::RequestUnknown { found: id }));
}

#[test]
fn a_restart_forgets_no_request() {
    let mut car = Car::new();
    car.ask_all();
    let rows: Vec<RequestRow> = car.requests.rows.values().cloned().collect();
    car.requests = Requests::load(&Snapshot { requests: rows, ..Snapshot::default() });
    assert!(car.ask().is_empty());
    assert_eq!(car.requests.waiting_count(&car.book), 3);
    car.requests.forget("ada");
    assert_eq!(car.requests.waiting_count(&car.book), 0);
}

#[test]
fn r30_a_request_shows_all_that_must_be_known_before_a_yes() {
    let mut car = Car::new();
    car.ask_all();
    let at = moment(&car.in_force, T0_MS);
    let list = car.requests.list(&car.book, &at);
    let requests = list["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 3);
    let shown = requests.iter().find(|request| request["use"] == "insurance").unwrap();
    let expected = serde_json::json!({
        "id": 3,
        "screen": 3,
        "cause": "wanted",
        "person": "ada",
        "use": "insurance",
        "language": "de",
        "headline": "Headline insurance (de)",
        "recipient": {
            "id": "insurer", "name": "insurer (de)", "role": "third_party", "contact": "privacy@insurer.example", "countries": ["DE"],
            "safeguard": "", "authority": "BfDI",
        },
        "outside": true,
        "what": "Plain (de)",
        "purpose": "https://w3id.org/dpv#ImproveTransportMobility",
        "benefit": { "text": "You save time (de)", "kind": "time", "beneficiary": "you" },
        "retention_days": 30,
        "automated_decision": false,
        "notice": "Notice (de)",
        "terms": {
            "tier": 0,
            "reveals": "roughly (de)",
            "categories": [{ "id": "location", "name": "location (de)" }, { "id": "vehicle", "name": "vehicle (de)" }],
            "days": 30,
            "until": "2025-12-24",
            "cadence": "until",
        },
        "offered": { "cadence": "until" },
        "tiers": ["roughly (de)", "closely (de)"],
        "each_time": "review",
        "assurance_needed": "high",
        "answers": ["allow", "decline", "defer", "never"],
    });
    assert_eq!(*shown, expected);
    car.book.unseat("ada");
    assert_eq!(car.requests.list(&car.book, &at)["requests"], serde_json::json!([]), "nobody sees another's");
}
