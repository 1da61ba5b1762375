//! The promises of the design and of the protocol, in virtual time: each test is named as its promise.
//!
//! The random worlds crash the car at random steps, drop and restore links, lose the broker, restart the receiver, deliver
//! late and twice, while people change their minds. `CONSENT_SEEDS` says how many worlds; a failing one prints its seed, and
//! `CONSENT_SEED` plays that one alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed"
)]

use consent_core::{Assurance, Status as StandingStatus, Value};
use consent_gatekeeper::control::{PauseFor, PauseScope, Request, Response, Terms};
use consent_protocol::batch::Batch;
use consent_protocol::envelope::{self, Kind, sha256};
use consent_protocol::lane::{AnswerMessage, LaneMessage, State, StatementBody};
use consent_protocol::topic::{Channel, Topic};
use consent_protocol::{Digest, Head, Nonce, StreamId};
use consent_simulator::catalog::{demo_keys, example, example_v2};
use consent_simulator::harness::desk::Desk;
use consent_simulator::harness::{Chance, Faults, HandedWhat, Settings, World};
use consent_simulator::memstore::MemStore;
use consent_simulator::summary::{BrokenLines, Stored, Summary};
use consent_simulator::vehicle::{Vehicle, Wish};
use ed25519_dalek::Signer;
use std::collections::{BTreeMap, BTreeSet};

const RECIPIENTS: [&str; 9] = ["arvena", "connect", "roadinfo", "battery-lab", "insurer", "recovery", "roadside", "voice-service", "ad-partner"];
const USES: [&str; 6] = ["hazards", "traffic", "maintenance", "voice", "entry-comfort", "coaching"];

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("CONSENT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CONSENT_SEEDS").unwrap_or(300),
    }
}

/// Runs a world for many seeds, in as many threads as there are; a failing seed is named.
fn for_seeds(check: fn(u64)) {
    let threads = std::thread::available_parallelism().map_or(1, |count| u64::try_from(count.get()).unwrap());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    for seed in seeds().skip(usize::try_from(first).unwrap()).step_by(usize::try_from(threads).unwrap()) {
                        if let Err(panic) = std::panic::catch_unwind(|| check(seed)) {
                            eprintln!("seed {seed} fails");
                            std::panic::resume_unwind(panic);
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

/// What was handed to the wire, with the uses of the streams.
struct Wire {
    /// By position: the use and the batch.
    batches: Vec<(usize, String, Batch)>,
    /// Statements: position, stream, number, body.
    statements: Vec<(usize, StreamId, u32, StatementBody)>,
    /// By stream: the nonce of its last Hello, and its newest statement.
    lanes: BTreeMap<StreamId, (Nonce, Head)>,
}

/// Where a thing stands among everything handed over, for all recipients.
fn read_wire(world: &World) -> Wire {
    let (mut statements, mut found, mut uses, mut lanes) = (Vec::new(), Vec::new(), BTreeMap::new(), BTreeMap::<StreamId, (Nonce, Head)>::new());
    for (at, one) in world.handed().iter().enumerate() {
        let HandedWhat::Publish { topic, payload } = &one.what else { continue };
        let Some(Topic::Stream { stream, channel, .. }) = Topic::parse(topic) else { panic!("topic {topic}") };
        let (_, inner) = envelope::peek(payload).unwrap();
        match channel {
            Channel::Lane => match LaneMessage::from_bytes(&inner).unwrap() {
                LaneMessage::Hello(hello) => lanes.entry(stream).or_default().0 = hello.nonce,
                LaneMessage::Statement(statement) => {
                    lanes.entry(stream).or_default().1 = Head { n: statement.k, digest: sha256(&[payload]) };
                    if let StatementBody::BasisOpened(terms) = &statement.body {
                        uses.insert(stream, terms.use_id.clone());
                    }
                    statements.push((at, stream, statement.k, statement.body));
                }
            },
            Channel::Batch => found.push((at, stream, Batch::from_bytes(&inner).unwrap())),
            Channel::Answer => panic!("the car answers"),
        }
    }
    let batches = found.into_iter().map(|(at, stream, batch)| (at, uses.get(&stream).expect("a batch before its basis").clone(), batch)).collect();
    Wire { batches, statements, lanes }
}

/// People, car and what they were told.
struct Play {
    seed: u64,
    world: World,
    chance: Chance,
    car: Vehicle,
    /// Positions on the wire at which a withdrawal was answered, and at which a new consent was asked for.
    withdrawn: BTreeMap<String, Vec<(usize, usize)>>,
    stopped: BTreeMap<String, usize>,
    /// What the store must say of a use, if the last thing about it was answered.
    expected: BTreeMap<String, Option<StandingStatus>>,
    answered_events: u64,
    /// What it did, for a seed that fails.
    did: Vec<String>,
}

impl Play {
    fn new(seed: u64) -> Self {
        Self::on(seed, World::new(seed, example()).unwrap())
    }

    fn on(seed: u64, world: World) -> Self {
        let mut play = Self {
            seed,
            world,
            chance: Chance::new(seed, 99),
            car: Vehicle::new(seed),
            withdrawn: BTreeMap::new(),
            stopped: BTreeMap::new(),
            expected: BTreeMap::new(),
            answered_events: 0,
            did: Vec::new(),
        };
        play.drive(2);
        play.arrive();
        play
    }

    /// The driver gets in.
    fn arrive(&mut self) {
        self.ask(Request::PeopleDriver { person: Some("anna".into()), assurance: Assurance::High });
        self.ask(Request::PeopleComplete { complete: true });
    }

    fn position(&self) -> usize {
        self.world.handed().len()
    }

    fn ask(&mut self, request: Request) -> Option<Response> {
        self.world.control(request).unwrap()
    }

    fn drive(&mut self, seconds: u64) {
        for _ in 0..seconds * 10 {
            self.world.advance(100).unwrap();
            let t_ms = self.world.now().wall_ms;
            let readings = self.car.step();
            let texts: Vec<(&str, &str)> = readings.iter().map(|one| (one.path, one.text.as_str())).collect();
            assert_eq!(self.world.offer_texts(t_ms, &texts).unwrap(), Vec::<usize>::new());
        }
    }

    fn park(&mut self) {
        self.car.wish(Wish::Park);
        self.drive(12);
    }

    fn give(&mut self, use_id: &str) {
        self.park();
        if let Some(from) = self.stopped.remove(use_id) {
            let until = self.position();
            self.withdrawn.entry(use_id.to_owned()).or_default().push((from, until));
        }
        let terms = Terms { tier: Some(1), ..Terms::default() };
        let response = self.ask(Request::ConsentGive { person: Some("anna".into()), use_id: use_id.into(), terms });
        self.settle(use_id, response.as_ref(), StandingStatus::Given);
    }

    fn withdraw(&mut self, use_id: &str) {
        let erase = self.chance.per_mille(400);
        let response = self.ask(Request::ConsentWithdraw { person: Some("anna".into()), use_id: Some(use_id.into()), erase });
        if matches!(response, Some(Response::Done { .. })) {
            let at = self.position();
            self.stopped.entry(use_id.to_owned()).or_insert(at);
            self.nothing_of_it_is_under_way(use_id);
        }
        self.settle(use_id, response.as_ref(), StandingStatus::Withdrawn);
    }

    fn settle(&mut self, use_id: &str, response: Option<&Response>, status: StandingStatus) {
        match response {
            Some(Response::Done { .. } | Response::Data { .. }) => {
                self.answered_events += 1;
                self.expected.insert(use_id.to_owned(), Some(status));
            }
            Some(Response::Refused { .. }) => {}
            Some(Response::Unrecorded { .. } | Response::Status(_)) | None => {
                self.expected.insert(use_id.to_owned(), None);
            }
        }
    }

    fn nothing_of_it_is_under_way(&self, use_id: &str) {
        let streams: BTreeSet<StreamId> = read_wire(&self.world)
            .statements
            .iter()
            .filter(|(_, _, _, body)| matches!(body, StatementBody::BasisOpened(terms) if terms.use_id == use_id))
            .map(|(_, stream, _, _)| *stream)
            .collect();
        for recipient in RECIPIENTS {
            for sealed in self.world.in_flight(recipient) {
                let batch = Batch::from_bytes(&envelope::peek(sealed).unwrap().1).unwrap();
                assert!(!streams.contains(&batch.stream), "seed {}: a batch of {use_id} is under way after its withdrawal was answered", self.seed);
            }
        }
    }

    fn step(&mut self) {
        let use_id = USES[usize::try_from(self.chance.below(6)).unwrap()];
        let what = self.chance.below(22);
        self.did.push(format!("{what} {use_id} at {} (boot {})", self.world.now().mono_ms, self.world.boot()));
        match what {
            0..=4 => {
                self.car.wish(Wish::Drive);
                let seconds = 1 + self.chance.below(25);
                self.drive(seconds);
            }
            5..=7 => self.give(use_id),
            8 | 9 => self.withdraw(use_id),
            10 => drop(self.ask(Request::Pause { scope: PauseScope::Use(use_id.into()), duration: PauseFor::UntilResumed })),
            11 => drop(self.ask(Request::Resume { scope: PauseScope::Use(use_id.into()) })),
            12 => drop(self.ask(Request::PeopleEnter { person: Some("ben".into()), assurance: Assurance::Low, minor: false })),
            13 => drop(self.ask(Request::PeopleLeave { person: Some("ben".into()) })),
            14 => drop(self.ask(Request::StopWhileAboard)),
            15 => self.net(),
            16 => {
                let steps = self.chance.below(400);
                self.world.crash_after(steps);
            }
            17 => {
                self.world.crash_agent().unwrap();
                self.after_a_crash();
            }
            18 => self.world.restart_receiver().unwrap(),
            19 => {
                let groups = 1 + u32::try_from(self.chance.below(3)).unwrap();
                self.world.fail_store(groups);
            }
            20 if self.chance.per_mille(300) => {
                self.world.publish_catalog(example_v2()).unwrap();
                self.world.load_catalog().unwrap();
                // Its consent is suspended if it was given.
                self.expected.insert("coaching".to_owned(), None);
            }
            _ => {
                let ms = self.chance.below(90_000);
                self.world.advance(ms).unwrap();
            }
        }
    }

    fn net(&mut self) {
        let recipient = RECIPIENTS[usize::try_from(self.chance.below(9)).unwrap()];
        match self.chance.below(6) {
            0 => self.world.cut_link(recipient),
            1 | 2 => self.world.block_link(recipient),
            3 => self.world.restore_link(recipient),
            4 => self.world.lose_broker(),
            _ => {
                let faults = Faults { duplicate: 100, reorder: 100, lose: 50 };
                self.world.set_faults(if self.chance.per_mille(500) { faults } else { Faults::default() });
            }
        }
    }

    fn after_a_crash(&mut self) {
        self.the_store_knows_what_was_answered();
        self.arrive();
    }

    fn the_store_knows_what_was_answered(&mut self) {
        let snapshot = self.world.store().load().unwrap();
        for (use_id, expected) in &self.expected {
            let Some(expected) = expected else { continue };
            let found = snapshot.standings.iter().find(|row| row.person == "anna" && row.use_id == *use_id).map(|row| row.status);
            assert_eq!(found, Some(*expected), "seed {}: {use_id}", self.seed);
        }
        let stored = Stored::read(self.world.store()).unwrap();
        assert!(
            stored.consent_events >= self.answered_events,
            "seed {}: {} answered, {} in the ledger",
            self.seed,
            self.answered_events,
            stored.consent_events
        );
    }

    /// Everything works again, and everything that is owed is delivered.
    fn heal(&mut self) {
        self.world.set_faults(Faults::default());
        for recipient in RECIPIENTS {
            self.world.restore_link(recipient);
        }
        let boot = self.world.boot();
        self.world.crash_after(0);
        self.world.advance(1).unwrap();
        if self.world.boot() == boot {
            self.world.crash_agent().unwrap();
        }
        self.after_a_crash();
        for use_id in USES {
            drop(self.ask(Request::Resume { scope: PauseScope::Use(use_id.into()) }));
        }
        let quiet = self.world.drain(3 * 86_400_000).unwrap();
        let status = self.world.status();
        let owed: Vec<_> = status.uses.iter().filter(|used| used.outcomes.pending + used.outcomes.queued + used.outcomes.numbered > 0).collect();
        assert!(quiet, "seed {}: something is owed for ever: {:#?} {owed:#?}", self.seed, status.links);
    }

    fn summary(&mut self) -> Summary {
        let stored = Stored::read(self.world.store()).unwrap();
        Summary::new("test", self.seed, &self.world.status(), &stored, &self.world.counts().unwrap(), BrokenLines::default())
    }

    fn nothing_withdrawn_left_after_its_answer(&mut self) {
        let end = self.position();
        for (use_id, from) in std::mem::take(&mut self.stopped) {
            self.withdrawn.entry(use_id).or_default().push((from, end));
        }
        let wire = read_wire(&self.world);
        for (use_id, spans) in &self.withdrawn {
            for (from, until) in spans {
                let left = wire.batches.iter().filter(|(at, of, _)| of == use_id && at >= from && at < until).count();
                assert_eq!(left, 0, "seed {}: batches of {use_id} left after its withdrawal was answered", self.seed);
            }
        }
    }
}

#[test]
fn crashes_losses_and_changes_of_mind_break_none_of_the_promises_p1_to_p7() {
    for_seeds(|seed| {
        let mut play = Play::new(seed);
        for _ in 0..40 {
            play.step();
            let status = play.world.status();
            let off: Vec<_> = status.uses.iter().filter(|used| used.outcomes.sum() != used.decisions).collect();
            assert!(status.balanced, "seed {seed}: the sums do not balance after {:?}: {off:#?}", play.did);
        }
        play.heal();
        play.the_store_knows_what_was_answered();
        play.nothing_withdrawn_left_after_its_answer();
        let summary = play.summary();
        assert_eq!(summary.problems(), Vec::<String>::new(), "seed {seed}: {:?} {:#?}", play.did, summary.compared);
        assert!(play.world.status().links.iter().all(|link| link.alarms == 0), "seed {seed}: {:#?}", play.world.status().links);
    });
}

#[test]
fn without_a_consent_only_what_law_demands_leaves() {
    let mut play = Play::new(1);
    play.ask(Request::PeopleNotMe);
    play.car.wish(Wish::Drive);
    play.drive(120);
    play.world.drain(3_600_000).unwrap();
    let uses: BTreeSet<String> = read_wire(&play.world).batches.into_iter().map(|(_, use_id, _)| use_id).collect();
    let by_law: BTreeSet<String> = example().uses.iter().filter(|used| used.law.is_some()).map(|used| used.id.clone()).collect();
    assert!(uses.is_subset(&by_law), "{uses:?}");
}

#[test]
fn taking_a_consent_away_never_releases_more() {
    for seed in 0..20 {
        let sent = |withdraw: bool| {
            let mut play = Play::new(seed);
            for use_id in USES {
                play.give(use_id);
            }
            play.car.wish(Wish::Drive);
            play.drive(30);
            if withdraw {
                play.withdraw(USES[usize::try_from(seed % 6).unwrap()]);
            }
            play.drive(60);
            play.world.drain(3_600_000).unwrap();
            play.world.status().uses.into_iter().map(|used| (used.id, used.records_sent)).collect::<BTreeMap<_, _>>()
        };
        let (with, without) = (sent(true), sent(false));
        for (use_id, count) in with {
            assert!(count <= without[&use_id], "seed {seed}: {use_id} sent {count}, and {} without the withdrawal", without[&use_id]);
        }
    }
}

/// Gives every recipient's connection: when, and what.
fn slots(world: &World, recipient: &str) -> Vec<(u64, HandedWhat)> {
    world.delivered(recipient).into_iter().map(|one| (one.at_ms, one.what.clone())).collect()
}

#[test]
fn values_that_are_withheld_change_no_byte_and_no_moment_of_any_connection() {
    for seed in 0..20 {
        let run = |shift: f64| {
            let mut play = Play::new(seed);
            play.give("maintenance");
            play.give("hazards");
            play.ask(Request::Pause { scope: PauseScope::Use("hazards".into()), duration: PauseFor::UntilResumed });
            for second in 0..240_u32 {
                play.world.advance(1_000).unwrap();
                let t_ms = play.world.now().wall_ms;
                let wave = f64::from(second % 17) / 10.0;
                play.world.offer("Vehicle.OBD.ControlModuleVoltage", Value::Float(12.0 + wave), t_ms).unwrap();
                // Covered by uses without a consent, and by one that is paused.
                play.world.offer("Vehicle.CurrentLocation.Latitude", Value::Float(50.0 + shift + wave), t_ms).unwrap();
                play.world.offer("Vehicle.CurrentLocation.Longitude", Value::Float(6.0 - shift), t_ms).unwrap();
                play.world.offer("Vehicle.Acceleration.Longitudinal", Value::Float(shift * wave), t_ms).unwrap();
                play.world.offer("Vehicle.Cabin.Voice.WasUnderstood", Value::Bool(shift > 1.0), t_ms).unwrap();
            }
            play.world.drain(3_600_000).unwrap();
            play.world
        };
        let (one, two) = (run(0.0), run(3.0));
        assert!(one.status().batches_sent > 0);
        for recipient in RECIPIENTS {
            assert_eq!(slots(&one, recipient), slots(&two, recipient), "seed {seed}, {recipient}");
        }
    }
}

#[test]
fn what_another_recipient_gets_changes_no_byte_of_a_connection_and_no_moment_beyond_a_shared_sync() {
    for seed in 0..10 {
        let run = |voice: u32| {
            let settings = Settings { latency_ms: (50, 50), sync_ms: (2, 2), ..Settings::new(seed) };
            let mut play = Play::on(seed, World::with(settings, Desk::new(example()), Box::new(MemStore::new())).unwrap());
            play.give("maintenance");
            play.give("voice");
            for second in 0..240_u32 {
                play.world.advance(1_000).unwrap();
                let t_ms = play.world.now().wall_ms;
                play.world.offer("Vehicle.OBD.ControlModuleVoltage", Value::Float(12.0 + f64::from(second % 17) / 10.0), t_ms).unwrap();
                for at in 0..voice {
                    play.world.offer("Vehicle.Cabin.Voice.WasUnderstood", Value::Bool(at % 2 == 0), t_ms).unwrap();
                }
                // A consent given late has a secret that nothing before has moved.
                if second == 120 {
                    play.give("entry-comfort");
                }
            }
            play.world.drain(3_600_000).unwrap();
            play.world
        };
        let (one, two) = (run(0), run(3));
        assert!(one.status().batches_sent > 0 && two.counts().unwrap().records > one.counts().unwrap().records);
        for recipient in RECIPIENTS.into_iter().filter(|recipient| *recipient != "voice-service") {
            let (one, two) = (slots(&one, recipient), slots(&two, recipient));
            assert_eq!(one.len(), two.len(), "seed {seed}, {recipient}");
            for ((at_ms, what), (other_ms, other)) in one.iter().zip(&two) {
                assert_eq!(what, other, "seed {seed}, {recipient} at {at_ms}");
                assert!(at_ms.abs_diff(*other_ms) <= 50, "seed {seed}, {recipient}: {at_ms} and {other_ms}");
            }
        }
    }
}

/// R44: how somebody wants to be asked stays in the car. Who is asked, when and how differs between these worlds; the consents
/// are the same, and so is every byte that leaves.
#[test]
fn r44_how_a_person_wants_to_be_asked_changes_no_byte_and_no_moment_beyond_a_shared_sync() {
    use consent_gatekeeper::show::{Asking, FirstChoice};
    for seed in 0..2 {
        let run = |asking: Option<Asking>| {
            let settings = Settings { latency_ms: (50, 50), sync_ms: (2, 2), ..Settings::new(seed) };
            let mut play = Play::on(seed, World::with(settings, Desk::new(example()), Box::new(MemStore::new())).unwrap());
            play.ask(Request::FirstStart { choose: FirstChoice::Later });
            play.ask(Request::AskingSet { asking });
            for _ in 0..3 {
                play.park();
                play.car.wish(Wish::Drive);
                play.drive(10);
            }
            let asked = play.world.status().requests;
            play.give("maintenance");
            play.give("hazards");
            play.car.wish(Wish::Drive);
            play.drive(240);
            play.world.drain(3_600_000).unwrap();
            (play.world, asked)
        };
        let (neutral, asked) = run(None);
        assert!(neutral.status().batches_sent > 0 && asked > 0, "somebody without a wish is asked");
        let ways = [Asking::WhoFirst, Asking::BenefitFirst, Asking::ControlFirst, Asking::Balanced, Asking::TrustFirst];
        for way in ways {
            let (world, asked) = run(Some(way));
            assert_eq!(asked == 0, way == Asking::TrustFirst, "the worlds do differ");
            for recipient in RECIPIENTS {
                let (one, two) = (slots(&neutral, recipient), slots(&world, recipient));
                assert_eq!(one.len(), two.len(), "seed {seed}, {way:?}, {recipient}");
                for ((at_ms, what), (other_ms, other)) in one.iter().zip(&two) {
                    assert_eq!(what, other, "seed {seed}, {way:?}, {recipient} at {at_ms}");
                    assert!(at_ms.abs_diff(*other_ms) <= 50, "seed {seed}, {way:?}, {recipient}: {at_ms} and {other_ms}");
                }
            }
        }
    }
}

#[test]
fn p4_an_end_with_erase_reaches_the_receiver_and_p9_new_data_stays() {
    let mut play = Play::new(4);
    play.give("maintenance");
    play.car.wish(Wish::Drive);
    play.drive(60);
    play.world.drain(3_600_000).unwrap();
    let old = play.world.counts().unwrap().batches_accepted;
    assert!(old > 0);
    let withdraw = |play: &mut Play| play.ask(Request::ConsentWithdraw { person: None, use_id: Some("maintenance".into()), erase: true });
    withdraw(&mut play);
    play.world.drain(3_600_000).unwrap();
    let maintenance: Vec<u32> = read_wire(&play.world).batches.iter().filter(|(_, use_id, _)| use_id == "maintenance").map(|(_, _, batch)| batch.n).collect();
    let erased = play.world.counts().unwrap().erased;
    assert_eq!(erased, u64::try_from(maintenance.iter().collect::<BTreeSet<_>>().len()).unwrap());
    play.give("maintenance");
    play.car.wish(Wish::Drive);
    play.drive(60);
    play.world.drain(3_600_000).unwrap();
    let counts = play.world.counts().unwrap();
    assert!(counts.batches_accepted > old);
    assert_eq!(counts.erased, erased, "data of the new consent was erased");
}

#[test]
fn p8_an_answer_with_a_wrong_digest_completes_nothing() {
    let mut play = Play::new(8);
    play.give("maintenance");
    play.car.wish(Wish::Drive);
    play.world.drain(600_000).unwrap();
    let before = play.world.status().batches_sent;
    play.world.block_link("arvena");
    play.drive(60);
    let waiting = play.world.status().outcomes.queued + play.world.status().outcomes.numbered;
    assert!(waiting > 0);
    play.world.restore_link("arvena");
    play.world.hold_receiver();
    play.world.advance(30_000).unwrap();
    let wire = read_wire(&play.world);
    let key = demo_keys("arvena");
    // The recipient itself lies: it knows nonce and statements, and claims batches that it never got.
    for (stream, (nonce, lane)) in &wire.lanes {
        for n in 1..40_u32 {
            let lie = State {
                recipient: "arvena".into(),
                stream: *stream,
                nonce: *nonce,
                challenge: Digest::default(),
                lane: *lane,
                base: Head::default(),
                head: Head { n, digest: sha256(&[b"lie", &n.to_be_bytes()]) },
                refused: Vec::new(),
                erased_k: 0,
                conflict: None,
            };
            let public = key.verifying_key().to_bytes();
            let sealed =
                envelope::seal(Kind::Answer, envelope::key_id(&public), AnswerMessage::State(lie).to_bytes(), |bytes| Ok::<_, ()>(key.sign(bytes).to_bytes()))
                    .unwrap();
            play.world.inject(Topic::Stream { recipient: "arvena".into(), stream: *stream, channel: Channel::Answer }.name(), sealed);
        }
    }
    play.world.advance(5_000).unwrap();
    let lied_to = play.world.status();
    assert_eq!(lied_to.batches_sent, before, "a lie completed a batch");
    assert!(lied_to.balanced && lied_to.links.iter().any(|link| link.alarms > 0), "{:#?}", lied_to.links);
    play.world.release_receiver();
    assert!(play.world.drain(3_600_000).unwrap(), "{:#?}", play.world.status());
    assert_eq!(play.summary().problems(), Vec::<String>::new());
}

#[test]
fn a_material_change_suspends_the_consent_it_touches_and_no_other() {
    let mut play = Play::new(9);
    play.give("coaching");
    play.give("maintenance");
    play.world.publish_catalog(example_v2()).unwrap();
    play.world.load_catalog().unwrap();
    play.world.advance(10_000).unwrap();
    let snapshot = play.world.store().load().unwrap();
    let status = |use_id: &str| snapshot.standings.iter().find(|row| row.use_id == use_id).map(|row| row.status);
    assert_eq!(status("coaching"), Some(StandingStatus::Suspended));
    assert_eq!(status("maintenance"), Some(StandingStatus::Given));
}

#[test]
fn a_store_that_does_not_write_shuts_the_gate_and_the_sums_balance_afterwards() {
    let mut play = Play::new(10);
    play.give("maintenance");
    play.car.wish(Wish::Drive);
    play.drive(20);
    play.world.fail_store(30);
    play.drive(20);
    assert!(play.world.status().balanced);
    play.drive(60);
    assert!(play.world.drain(3_600_000).unwrap());
    assert_eq!(play.summary().problems(), Vec::<String>::new());
}

#[test]
fn a_car_that_is_shut_down_in_order_comes_back_clean_and_goes_on() {
    let mut play = Play::new(11);
    play.give("maintenance");
    play.car.wish(Wish::Drive);
    play.drive(25);
    play.world.stop_agent().unwrap();
    play.world.start_agent().unwrap();
    assert!(play.world.status().clean);
    assert!(play.world.drain(3_600_000).unwrap());
    assert_eq!(play.summary().problems(), Vec::<String>::new());
}
