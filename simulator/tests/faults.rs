//! The adversary of delivery and withdrawal, in virtual time: each test is named as the promise that it checks, and says which
//! rule of the protocol it is about (A: agent, R: receiver). Loops print the seed that fails; `CONSENT_SEED` plays one alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::as_conversions,
    reason = "a test that cannot go on has failed"
)]

use consent_agent::store::{Purge, Store, StoreError};
use consent_core::{Assurance, Status as Standing};
use consent_gatekeeper::control::{PauseFor, PauseScope, Request, Response, ReviewAnswer, Terms};
use consent_gatekeeper::status::{Outcomes, Status};
use consent_gatekeeper::store::{BasisEnd, DisclosurePage, DisclosureQuery, LedgerRow, LeftSum, RowId, RowState, Snapshot, StandingRow, StoreOp};
use consent_protocol::batch::Batch;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::envelope::{self, Kind, sha256};
use consent_protocol::lane::{AnswerMessage, LaneMessage, RefusalReason, Refused, State, StatementBody};
use consent_protocol::ledger::Cadence;
use consent_protocol::topic::{Channel, Topic};
use consent_protocol::{Digest, Head, Nonce, StreamId};
use consent_simulator::catalog::{demo_keys, example, example_v2};
use consent_simulator::harness::desk::Desk;
use consent_simulator::harness::{Answering, Chance, HandedWhat, Settings, World};
use consent_simulator::memstore::MemStore;
use consent_simulator::vehicle::{Vehicle, Wish};
use ed25519_dalek::Signer;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

fn for_seeds(count: u64, check: fn(u64)) {
    let one = std::env::var("CONSENT_SEED").ok().and_then(|text| text.parse::<u64>().ok());
    for seed in one.map_or(0..count, |seed| seed..seed + 1) {
        if let Err(panic) = std::panic::catch_unwind(|| check(seed)) {
            eprintln!("seed {seed} fails");
            std::panic::resume_unwind(panic);
        }
    }
}

/// Whether recipients are to erase.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Erase {
    Yes,
    No,
}

/// A disk that a test can copy, put back, or lose.
#[derive(Clone, Debug, Default)]
struct Disk(Rc<RefCell<MemStore>>);

impl Disk {
    fn image(&self) -> MemStore {
        self.0.borrow().clone()
    }

    fn put_back(&self, image: MemStore) {
        *self.0.borrow_mut() = image;
    }

    fn snapshot(&self) -> Snapshot {
        self.0.borrow_mut().load().unwrap()
    }
}

impl Store for Disk {
    fn load(&mut self) -> Result<Snapshot, StoreError> {
        self.0.borrow_mut().load()
    }

    fn commit(&mut self, group: &[&[StoreOp]]) -> Result<(), StoreError> {
        self.0.borrow_mut().commit(group)
    }

    fn payload(&mut self, row: RowId) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.borrow_mut().payload(row)
    }

    fn ledger(&mut self, from: u64, count: u32) -> Result<Vec<LedgerRow>, StoreError> {
        self.0.borrow_mut().ledger(from, count)
    }

    fn disclosures(&mut self, query: &DisclosureQuery) -> Result<DisclosurePage, StoreError> {
        self.0.borrow_mut().disclosures(query)
    }

    fn left_since(&mut self, since_ms: i64) -> Result<Vec<LeftSum>, StoreError> {
        self.0.borrow_mut().left_since(since_ms)
    }

    fn left_last(&mut self) -> Result<Option<i64>, StoreError> {
        self.0.borrow_mut().left_last()
    }

    fn purge_step(&mut self) -> Result<Purge, StoreError> {
        self.0.borrow_mut().purge_step()
    }
}

/// One car, its people and its receiver.
struct Scene {
    world: World,
    disk: Disk,
    car: Vehicle,
}

/// What was handed to the wire.
#[derive(Default)]
struct Wire {
    /// Position, use, batch, envelope.
    batches: Vec<(usize, String, Batch, Vec<u8>)>,
    /// Position, stream, number, body.
    statements: Vec<(usize, StreamId, u32, StatementBody)>,
    nonces: BTreeMap<StreamId, Nonce>,
    lanes: BTreeMap<StreamId, Head>,
    recipients: BTreeMap<StreamId, String>,
}

impl Scene {
    fn new(seed: u64) -> Self {
        Self::with(Settings::new(seed), example())
    }

    fn with(settings: Settings, catalog: CompiledCatalog) -> Self {
        let (seed, disk) = (settings.seed, Disk::default());
        let world = World::with(settings, Desk::new(catalog), Box::new(disk.clone())).unwrap();
        let mut scene = Self { world, disk, car: Vehicle::new(seed) };
        scene.drive(2);
        scene.get_in();
        scene
    }

    fn get_in(&mut self) {
        self.ask(Request::PeopleDriver { person: Some("anna".into()), assurance: Assurance::High });
        self.ask(Request::PeopleComplete { complete: true });
    }

    fn ask(&mut self, request: Request) -> Response {
        self.world.control(request).unwrap().expect("an answer")
    }

    fn drive(&mut self, seconds: u64) {
        (0..seconds * 10).for_each(|_| self.tenth());
    }

    fn tenth(&mut self) {
        self.world.advance(100).unwrap();
        let t_ms = self.world.now().wall_ms;
        let readings = self.car.step();
        let texts: Vec<(&str, &str)> = readings.iter().map(|one| (one.path, one.text.as_str())).collect();
        assert_eq!(self.world.offer_texts(t_ms, &texts).unwrap(), Vec::<usize>::new());
    }

    fn go(&mut self, seconds: u64) {
        self.car.wish(Wish::Drive);
        self.drive(seconds);
    }

    /// Drives until batches of a use are on their way, and keeps them and all that follows from the receiver.
    fn numbered_and_held(&mut self, use_id: &str) {
        self.car.wish(Wish::Drive);
        for _ in 0..1_200 {
            self.tenth();
            if self.of(use_id).numbered > 0 {
                self.world.hold_receiver();
                self.world.advance(100).unwrap();
                if self.of(use_id).numbered > 0 {
                    return;
                }
                self.world.release_receiver();
            }
        }
        panic!("nothing of {use_id} is numbered");
    }

    fn park(&mut self) {
        self.car.wish(Wish::Park);
        self.drive(12);
    }

    fn give_terms(&mut self, person: &str, use_id: &str, terms: Terms) {
        self.park();
        let response = self.ask(Request::ConsentGive { person: Some(person.into()), use_id: use_id.into(), terms });
        assert!(matches!(response, Response::Done { .. }), "{use_id}: {response:?}");
    }

    fn give(&mut self, use_id: &str) {
        let tier = u8::from(use_id != "entry-comfort");
        self.give_terms("anna", use_id, Terms { tier: Some(tier), ..Terms::default() });
    }

    fn withdraw(&mut self, use_id: &str, erase: Erase) -> Response {
        self.ask(Request::ConsentWithdraw { person: Some("anna".into()), use_id: Some(use_id.into()), erase: erase == Erase::Yes })
    }

    fn settle(&mut self) {
        let quiet = self.world.drain(3 * DAY_MS).unwrap();
        let status = self.world.status();
        assert!(quiet, "owed for ever: {:#?} {:?}", status.links, status.outcomes);
        assert!(status.balanced, "{:?}", status.outcomes);
    }

    fn status(&self) -> Status {
        self.world.status()
    }

    fn of(&self, use_id: &str) -> Outcomes {
        self.status().uses.into_iter().find(|used| used.id == use_id).map(|used| used.outcomes).unwrap_or_default()
    }

    fn standing(&self, person: &str, use_id: &str) -> Option<StandingRow> {
        self.disk.snapshot().standings.into_iter().find(|row| row.person == person && row.use_id == use_id)
    }

    fn standing_is(&self, use_id: &str) -> Option<Standing> {
        self.standing("anna", use_id).map(|row| row.status)
    }

    fn alarms(&self) -> u64 {
        self.status().links.iter().map(|link| link.alarms).sum()
    }

    fn wire(&self) -> Wire {
        let (mut wire, mut uses) = (Wire::default(), BTreeMap::new());
        for (at, one) in self.world.handed().iter().enumerate() {
            let HandedWhat::Publish { topic, payload } = &one.what else { continue };
            let Some(Topic::Stream { stream, channel, recipient }) = Topic::parse(topic) else { panic!("topic {topic}") };
            wire.recipients.insert(stream, recipient);
            let (_, inner) = envelope::peek(payload).unwrap();
            if channel == Channel::Batch {
                let batch = Batch::from_bytes(&inner).unwrap();
                wire.batches.push((at, String::new(), batch, payload.clone()));
                continue;
            }
            match LaneMessage::from_bytes(&inner).unwrap() {
                LaneMessage::Hello(hello) => drop(wire.nonces.insert(stream, hello.nonce)),
                LaneMessage::Statement(statement) => {
                    wire.lanes.insert(stream, Head { n: statement.k, digest: sha256(&[payload]) });
                    if let StatementBody::BasisOpened(terms) = &statement.body {
                        uses.insert(stream, terms.use_id.clone());
                    }
                    wire.statements.push((at, stream, statement.k, statement.body));
                }
            }
        }
        for (_, use_id, batch, _) in &mut wire.batches {
            use_id.clone_from(&uses[&batch.stream]);
        }
        wire
    }

    /// Batches of a use that were handed over from a position on.
    fn sent_after(&self, use_id: &str, from: usize) -> usize {
        self.wire().batches.iter().filter(|(at, of, ..)| *at >= from && of == use_id).count()
    }

    fn position(&self) -> usize {
        self.world.handed().len()
    }

    /// Everything that was handed over so far goes to the receiver once more, in an order of the seed.
    fn all_again(&mut self, chance: &mut Chance) {
        let mut old: Vec<(String, Vec<u8>)> = self
            .world
            .handed()
            .iter()
            .filter_map(|one| if let HandedWhat::Publish { topic, payload } = &one.what { Some((topic.clone(), payload.clone())) } else { None })
            .collect();
        for at in (1..old.len()).rev() {
            let other = usize::try_from(chance.below(u64::try_from(at).unwrap() + 1)).unwrap();
            old.swap(at, other);
        }
        for (topic, payload) in old {
            self.world.deliver(&topic, &payload).unwrap();
        }
    }

    /// An answer signed with the recipient's own key.
    fn say(&mut self, recipient: &str, stream: StreamId, message: &AnswerMessage) {
        let key = demo_keys(recipient);
        let public = key.verifying_key().to_bytes();
        let sealed = envelope::seal(Kind::Answer, envelope::key_id(&public), message.to_bytes(), |bytes| Ok::<_, ()>(key.sign(bytes).to_bytes())).unwrap();
        self.world.inject(Topic::Stream { recipient: recipient.to_owned(), stream, channel: Channel::Answer }.name(), sealed);
    }
}

/// Data lines of a folder by batch id.
fn lines(folder: &Path) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for recipient in std::fs::read_dir(folder.join("lines")).into_iter().flatten() {
        for file in std::fs::read_dir(recipient.unwrap().path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for line in text.lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                if let Some(id) = line["batch_id"].as_str() {
                    *found.entry(id.to_owned()).or_default() += 1;
                }
            }
        }
    }
    found
}

fn ids(batches: &[(usize, String, Batch, Vec<u8>)], use_id: &str) -> BTreeSet<String> {
    batches.iter().filter(|(_, of, ..)| of == use_id).map(|(_, _, batch, _)| format!("{}-{}", batch.stream, batch.n)).collect()
}

fn held(folder: &Path, ids: &BTreeSet<String>) -> usize {
    lines(folder).keys().filter(|id| ids.contains(*id)).count()
}

// ---- the old disk image

// A11: an end that reached the receiver proves that the disk is an old image; nothing under it leaves again.
#[test]
fn an_old_disk_image_sends_nothing_that_was_withdrawn_and_begins_anew() {
    for_seeds(12, |seed| {
        let mut scene = Scene::new(seed);
        scene.give("maintenance");
        scene.give("entry-comfort");
        scene.go(20 + seed);
        let image = scene.disk.image();
        scene.go(seed % 4 * 10);
        scene.withdraw("maintenance", if seed % 2 == 0 { Erase::Yes } else { Erase::No });
        scene.settle();
        scene.disk.put_back(image);
        let from = scene.position();
        scene.world.crash_agent().unwrap();
        scene.get_in();
        scene.go(40);
        scene.world.advance(600_000).unwrap();
        assert_eq!(scene.sent_after("maintenance", from), 0, "seed {seed}");
        for use_id in ["maintenance", "entry-comfort"] {
            assert_eq!(scene.standing_is(use_id), Some(Standing::Suspended), "seed {seed}: {use_id}");
        }
        scene.settle();
        // Renewed, it goes on, on a stream of its own.
        scene.give("maintenance");
        scene.go(60);
        scene.settle();
        assert_eq!(scene.standing_is("maintenance"), Some(Standing::Given), "seed {seed}: suspended once more");
        assert!(scene.of("maintenance").sent > 0);
        let streams = |later: bool| {
            let batches = scene.wire().batches.into_iter().filter(|(at, use_id, ..)| (*at >= from) == later && use_id == "maintenance");
            batches.map(|(_, _, batch, _)| batch.stream).collect::<BTreeSet<StreamId>>()
        };
        assert!(!streams(true).is_empty() && streams(true).is_disjoint(&streams(false)), "seed {seed}");
    });
}

// A11, R7: without a lost end the car numbers anew, the receiver shows it its own batch, and it begins anew.
#[test]
fn an_old_disk_image_that_numbers_again_is_shown_its_own_batch() {
    for_seeds(8, |seed| {
        let mut scene = Scene::new(seed);
        scene.give("maintenance");
        scene.go(20 + seed);
        scene.settle();
        let image = scene.disk.image();
        scene.go(60);
        scene.settle();
        scene.disk.put_back(image);
        scene.world.crash_agent().unwrap();
        scene.get_in();
        scene.go(60);
        scene.world.advance(600_000).unwrap();
        assert_eq!(scene.standing_is("maintenance"), Some(Standing::Suspended), "seed {seed}");
        scene.settle();
    });
}

// A11, R7: an image with numbered rows and nothing new to number is proven by what the receiver holds beyond it.
#[test]
fn an_old_disk_image_that_numbers_nothing_new_is_proven_too() {
    for_seeds(8, |seed| {
        let mut scene = Scene::new(seed);
        scene.give("maintenance");
        scene.numbered_and_held("maintenance");
        scene.world.advance(seed * 300).unwrap();
        let image = scene.disk.image();
        scene.world.release_receiver();
        scene.go(60);
        scene.settle();
        scene.park();
        scene.disk.put_back(image);
        scene.world.crash_agent().unwrap();
        scene.settle();
    });
}

// A11: an abandoned stream says nothing more: neither an erasure on it nor an old answer suspends what was renewed.
#[test]
fn a_disk_is_rolled_back_once() {
    let mut scene = Scene::new(3);
    scene.give("maintenance");
    scene.go(40);
    scene.settle();
    let image = scene.disk.image();
    scene.withdraw("maintenance", Erase::No);
    scene.settle();
    scene.disk.put_back(image);
    scene.world.crash_agent().unwrap();
    scene.get_in();
    scene.go(30);
    scene.settle();
    assert_eq!(scene.standing_is("maintenance"), Some(Standing::Suspended));
    scene.give("maintenance");
    scene.go(40);
    scene.ask(Request::DataErase { person: Some("anna".into()), use_id: Some("traffic".into()) });
    scene.all_again(&mut Chance::new(3, 7));
    scene.settle();
    assert_eq!(scene.standing_is("maintenance"), Some(Standing::Given));
    // A demand for erasure of everything does not wait for the streams that cannot be spoken on.
    scene.ask(Request::DataErase { person: Some("anna".into()), use_id: None });
    scene.settle();
    assert!(scene.world.counts().unwrap().erased > 0);
}

// ---- the lost disk

// A12, P9: a lost disk begins with new streams and without a consent; what was received stays as it was.
#[test]
fn a_lost_disk_begins_with_new_streams_and_no_consent() {
    for_seeds(6, |seed| {
        let mut scene = Scene::new(seed);
        scene.give("maintenance");
        scene.go(40);
        scene.settle();
        let (before, old) = (scene.world.counts().unwrap(), scene.wire().recipients);
        let from = scene.position();
        for _ in 0..=seed % 2 {
            scene.disk.put_back(MemStore::new());
            scene.world.crash_agent().unwrap();
        }
        scene.get_in();
        scene.go(40);
        scene.settle();
        assert_eq!(scene.sent_after("maintenance", from), 0, "seed {seed}");
        scene.give("maintenance");
        scene.go(40);
        scene.settle();
        scene.all_again(&mut Chance::new(seed, 5));
        scene.settle();
        let after = scene.world.counts().unwrap();
        assert!(after.batches_accepted > before.batches_accepted && after.erased == 0 && after.forks == 0, "seed {seed}: {after:?}");
        assert!(scene.wire().batches.iter().filter(|(at, ..)| *at >= from).all(|(_, _, batch, _)| !old.contains_key(&batch.stream)));
    });
}

// ---- messages again

// P4, P5, P6: whatever was handed over may come again, in any order and often; nothing is doubled, lost or revived.
#[test]
fn everything_once_more_in_any_order_changes_nothing() {
    for_seeds(10, |seed| {
        let mut scene = Scene::new(seed);
        let mut chance = Chance::new(seed, 5);
        scene.give("maintenance");
        scene.give("entry-comfort");
        scene.go(40);
        scene.withdraw("maintenance", Erase::Yes);
        scene.go(10);
        scene.give("maintenance");
        scene.go(30);
        scene.settle();
        let before = scene.world.counts().unwrap();
        for _ in 0..3 {
            scene.all_again(&mut chance);
            if seed % 2 == 0 {
                scene.world.restart_receiver().unwrap();
            }
        }
        assert_eq!(scene.world.counts().unwrap(), before, "seed {seed}");
        scene.go(20);
        scene.settle();
        assert_eq!((scene.alarms(), scene.world.counts().unwrap().forks, scene.world.counts().unwrap().batches_refused), (0, 0, 0), "seed {seed}");
    });
}

// ---- the restored receiver

// R9, P4: the erase log is no part of the backup, and is applied before anything else, to handed-on copies too.
#[test]
fn a_receiver_restored_from_a_backup_holds_nothing_that_was_withdrawn() {
    for_seeds(6, |seed| {
        let folder = tempfile::tempdir().unwrap();
        let mut scene = Scene::new(seed);
        scene.world.house_receiver(folder.path()).unwrap();
        scene.give("maintenance");
        scene.give("entry-comfort");
        scene.go(30);
        scene.settle();
        scene.world.back_up_receiver(folder.path()).unwrap();
        // A day later: other files.
        scene.world.advance(DAY_MS).unwrap();
        scene.go(30);
        scene.settle();
        let withdrawn = ids(&scene.wire().batches, "maintenance");
        assert!(held(folder.path(), &withdrawn) > 0);
        scene.withdraw("maintenance", Erase::Yes);
        scene.settle();
        assert_eq!(held(folder.path(), &withdrawn), 0, "seed {seed}: erased");
        scene.world.restore_receiver(folder.path()).unwrap();
        assert_eq!(held(folder.path(), &withdrawn), 0, "seed {seed}: restored");
        assert!(scene.world.counts().unwrap().erased > 0, "seed {seed}: erased again before anything was heard");
        scene.all_again(&mut Chance::new(seed, 5));
        scene.world.advance(60_000).unwrap();
        assert_eq!(held(folder.path(), &withdrawn), 0, "seed {seed}: late copies");
        scene.give("maintenance");
        scene.go(30);
        scene.settle();
        assert_eq!(held(folder.path(), &withdrawn), 0, "seed {seed}: in the end");
        let again: BTreeSet<String> = ids(&scene.wire().batches, "maintenance").difference(&withdrawn).cloned().collect();
        assert_eq!(held(folder.path(), &again), again.len(), "seed {seed}: what was consented to anew is there");
    });
}

// R9, P4: what was handed on between backup and restore is not known to the store any more; an end that comes later reaches it too.
#[test]
fn a_restored_receiver_keeps_no_handed_on_copy_that_it_could_never_erase() {
    for_seeds(4, |seed| {
        let folder = tempfile::tempdir().unwrap();
        let mut scene = Scene::new(seed);
        scene.world.house_receiver(folder.path()).unwrap();
        if seed % 2 == 0 {
            scene.world.back_up_receiver(folder.path()).unwrap();
        }
        scene.give("maintenance");
        scene.go(30);
        scene.settle();
        if seed % 2 == 1 {
            scene.world.back_up_receiver(folder.path()).unwrap();
        }
        scene.world.advance(DAY_MS).unwrap();
        scene.go(30);
        scene.settle();
        let withdrawn = ids(&scene.wire().batches, "maintenance");
        assert!(held(folder.path(), &withdrawn) > 1);
        scene.world.restore_receiver(folder.path()).unwrap();
        // On another day: the file is not written to again.
        scene.world.advance(DAY_MS).unwrap();
        scene.withdraw("maintenance", Erase::Yes);
        scene.settle();
        assert_eq!(held(folder.path(), &withdrawn), 0, "seed {seed}");
    });
}

// R9, R10, P4: restored to before it knew the stream, the log is applied when the stream becomes known anew.
#[test]
fn a_receiver_restored_to_before_the_stream_revives_nothing_that_was_withdrawn() {
    for_seeds(6, |seed| {
        let folder = tempfile::tempdir().unwrap();
        let mut scene = Scene::new(seed);
        scene.world.house_receiver(folder.path()).unwrap();
        scene.world.back_up_receiver(folder.path()).unwrap();
        scene.give("maintenance");
        scene.go(30);
        scene.settle();
        let withdrawn = ids(&scene.wire().batches, "maintenance");
        scene.withdraw("maintenance", Erase::Yes);
        scene.settle();
        scene.world.restore_receiver(folder.path()).unwrap();
        scene.all_again(&mut Chance::new(seed, 5));
        scene.give("maintenance");
        scene.go(30);
        scene.world.advance(20_000).unwrap();
        scene.all_again(&mut Chance::new(seed, 6));
        scene.settle();
        assert_eq!(held(folder.path(), &withdrawn), 0, "seed {seed}");
        assert!(scene.of("maintenance").sent > 0);
        assert_eq!(scene.world.counts().unwrap().forks, 0, "seed {seed}");
    });
}

// R9, P6: what a restored receiver had acknowledged and lost is its own loss; the chain goes on, and nothing is sent twice.
#[test]
fn what_a_restored_receiver_lost_does_not_stop_the_chain() {
    for_seeds(6, |seed| {
        let folder = tempfile::tempdir().unwrap();
        let mut scene = Scene::new(seed);
        scene.world.house_receiver(folder.path()).unwrap();
        scene.give("maintenance");
        scene.go(20);
        scene.settle();
        scene.world.back_up_receiver(folder.path()).unwrap();
        scene.go(40);
        scene.settle();
        if seed % 2 == 0 {
            scene.world.block_link("arvena");
            scene.go(20);
        }
        scene.world.restore_receiver(folder.path()).unwrap();
        scene.world.restore_link("arvena");
        scene.go(40);
        scene.settle();
        let counts = scene.world.counts().unwrap();
        assert_eq!((counts.forks, counts.batches_refused, scene.alarms()), (0, 0, 0), "seed {seed}: {counts:?}");
        assert!(lines(folder.path()).len() > 1);
    });
}

// ---- the liar

fn state(recipient: &str, stream: StreamId, nonce: Nonce, lane: Head) -> State {
    State {
        recipient: recipient.to_owned(),
        stream,
        nonce,
        challenge: Digest::default(),
        lane,
        base: Head::default(),
        head: Head::default(),
        refused: Vec::new(),
        erased_k: 0,
        conflict: None,
    }
}

// A7, A10, A11, P8: whatever a recipient signs, it ends no row that it did not get, and revives none.
#[test]
fn a_lying_recipient_can_only_hold_things_up() {
    let mut scene = Scene::new(4);
    scene.give("maintenance");
    scene.go(30);
    scene.settle();
    scene.numbered_and_held("maintenance");
    let (before, wire) = (scene.of("maintenance"), scene.wire());
    assert!(before.numbered > 0, "{before:?}");
    let stream = wire.batches.iter().find(|(_, use_id, ..)| use_id == "maintenance").unwrap().2.stream;
    let (nonce, lane) = (wire.nonces[&stream], wire.lanes[&stream]);
    let newest = wire.batches.iter().filter(|(_, _, batch, _)| batch.stream == stream).max_by_key(|(_, _, batch, _)| batch.n).unwrap();
    let head = Head { n: newest.2.n, digest: sha256(&[&newest.3]) };
    let lie = |change: &dyn Fn(&mut State)| {
        let mut told = state("arvena", stream, nonce, lane);
        change(&mut told);
        AnswerMessage::State(told)
    };
    let refused = |batch: Head| vec![Refused { batch, reason: RefusalReason::Tier }];
    let wrong = Head { n: head.n, digest: sha256(&[b"lie"]) };
    let beyond = Head { n: head.n + 1, digest: head.digest };
    let lies = [
        lie(&|told| told.head = wrong),
        lie(&|told| told.head = beyond),
        lie(&|told| (told.head, told.refused) = (head, refused(wrong))),
        lie(&|told| (told.head, told.refused) = (head, refused(beyond))),
        lie(&|told| told.refused = refused(head)),
        lie(&|told| (told.head, told.base) = (head, head)),
        lie(&|told| (told.head, told.lane) = (head, Head { n: lane.n, digest: head.digest })),
        lie(&|told| (told.head, told.lane) = (head, Head { n: lane.n + 1, digest: lane.digest })),
        lie(&|told| (told.head, told.nonce) = (head, Nonce([7; 16]))),
        lie(&|told| (told.head, told.recipient) = (head, "connect".to_owned())),
        lie(&|told| told.conflict = Some(newest.3.clone())),
        lie(&|told| told.conflict = Some(vec![1, 2, 3])),
        lie(&|told| told.erased_k = u32::MAX),
        AnswerMessage::OutsideWithdrawal { recipient: "arvena".to_owned(), stream, basis: 2, secret: [9; 32] },
    ];
    for message in &lies {
        scene.say("arvena", stream, message);
        scene.world.advance(500).unwrap();
        let now = scene.of("maintenance");
        assert_eq!((now.sent, now.refused), (before.sent, before.refused), "{message:?}");
        assert!(now.numbered >= before.numbered, "{message:?}");
        assert_eq!(scene.standing_is("maintenance"), Some(Standing::Given), "{message:?}");
    }
    scene.world.release_receiver();
    scene.settle();
    assert_eq!(scene.of("maintenance").refused, 0);
}

// A10: challenges of a receiver that plays are answered by the timer, not one by one; answers of erasure do not fill the ledger.
#[test]
fn a_recipient_that_talks_without_end_makes_the_car_neither_answer_nor_write_without_end() {
    let mut scene = Scene::new(5);
    scene.give("maintenance");
    scene.go(30);
    scene.world.hold_receiver();
    scene.go(20);
    scene.world.advance(2_000).unwrap();
    let wire = scene.wire();
    let stream = wire.batches.iter().find(|(_, use_id, ..)| use_id == "maintenance").unwrap().2.stream;
    let nonce = wire.nonces[&stream];
    let (from, entries) = (scene.position(), scene.disk.snapshot().ledger_head.unwrap().0);
    for at in 0..400_u32 {
        let mut told = state("arvena", stream, nonce, Head::default());
        told.challenge = sha256(&[&at.to_be_bytes()]);
        scene.say("arvena", stream, &AnswerMessage::State(told));
        let systems = (0..at % 7).map(|system| (system.to_string(), true)).collect();
        scene.say("arvena", stream, &AnswerMessage::Erasure { recipient: "arvena".to_owned(), stream, erased_k: at % 9, at_s: 0, systems });
        scene.world.inject("cg/1/catalog/none".to_owned(), vec![u8::try_from(at % 256).unwrap()]);
        scene.world.advance(20).unwrap();
    }
    let hellos = scene.world.handed()[from..].iter().filter(|one| matches!(&one.what, HandedWhat::Publish { topic, .. } if topic.ends_with("/s"))).count();
    let written = scene.disk.snapshot().ledger_head.unwrap().0 - entries;
    assert!(hellos < 12, "{hellos} Hellos in 8 s");
    assert!(written < 64, "{written} entries");
    scene.world.release_receiver();
    scene.settle();
}

// ---- refusals

// R4, A10, P6: a full list of refusals waits for the next Hello, and then goes on; every row is counted refused.
#[test]
fn a_full_list_of_refusals_goes_on_with_the_next_hello() {
    let mut scene = Scene::new(6);
    scene.give("maintenance");
    scene.go(20);
    scene.settle();
    let mut unknown = example();
    unknown.version += 5;
    scene.world.give_catalog(Desk::new(unknown).envelope).unwrap();
    scene.world.block_link("arvena");
    for _ in 0..50 {
        scene.go(11);
    }
    let waiting = scene.of("maintenance");
    assert!(waiting.queued > 0);
    scene.world.restore_link("arvena");
    scene.settle();
    let counts = scene.world.counts().unwrap();
    assert!(counts.batches_refused > 32, "{counts:?}");
    let after = scene.of("maintenance");
    assert_eq!((after.queued, after.numbered, after.dropped_possibly_sent), (0, 0, 0));
    assert!(after.refused >= waiting.queued, "{after:?}");
}

// ---- streams that close

// A13, R1, P3: a stream is closed when a catalog drops its use; it still takes statements, and erases.
#[test]
fn a_closed_stream_still_takes_a_demand_for_erasure() {
    let mut scene = Scene::new(7);
    scene.give("entry-comfort");
    scene.go(100);
    scene.world.hold_receiver();
    scene.go(70);
    let mut without = example();
    without.version += 1;
    without.uses.retain(|used| used.id != "entry-comfort");
    let from = scene.position();
    scene.world.publish_catalog(without).unwrap();
    scene.world.load_catalog().unwrap();
    scene.world.release_receiver();
    scene.go(70);
    scene.settle();
    assert_eq!(scene.sent_after("entry-comfort", from), 0);
    let wire = scene.wire();
    let closed = wire.statements.iter().filter(|(_, _, _, body)| matches!(body, StatementBody::Closed { .. })).count();
    assert_eq!(closed, 1);
    assert_eq!(scene.world.counts().unwrap().erased, 0);
    let before = scene.world.counts().unwrap().batches_accepted;
    scene.ask(Request::DataErase { person: Some("anna".into()), use_id: None });
    scene.settle();
    let counts = scene.world.counts().unwrap();
    assert!(counts.erased > 0 && counts.batches_accepted == before, "{counts:?}");
    scene.all_again(&mut Chance::new(7, 1));
    scene.settle();
    assert_eq!(scene.world.counts().unwrap(), counts);
}

// A13: a signer that does not answer only delays the closing.
#[test]
fn a_stream_that_could_not_be_closed_for_want_of_the_signer_is_closed_later() {
    let mut scene = Scene::new(8);
    scene.give("entry-comfort");
    scene.go(100);
    scene.settle();
    let mut without = example();
    without.version += 1;
    without.uses.retain(|used| used.id != "entry-comfort");
    scene.world.signer(Answering::No);
    scene.world.publish_catalog(without).unwrap();
    scene.world.load_catalog().unwrap();
    scene.world.advance(20_000).unwrap();
    assert!(!scene.status().store_ok);
    scene.world.signer(Answering::Yes);
    scene.go(30);
    scene.settle();
    assert!(scene.wire().statements.iter().any(|(_, _, _, body)| matches!(body, StatementBody::Closed { .. })));
}

// ---- signer and store

// A2, A6, P6: an end while the signer is silent binds at once; its voids are stated later, also after a restart.
#[test]
fn voids_of_an_end_survive_a_silent_signer_and_a_crash() {
    for_seeds(8, |seed| {
        let mut scene = Scene::new(seed);
        scene.give("maintenance");
        scene.go(30);
        scene.settle();
        scene.numbered_and_held("maintenance");
        scene.world.signer(Answering::No);
        let from = scene.position();
        let response = scene.withdraw("maintenance", Erase::Yes);
        assert!(matches!(response, Response::Unrecorded { .. }), "seed {seed}: {response:?}");
        assert_eq!(scene.of("maintenance").numbered, 0);
        scene.world.advance(3_000).unwrap();
        if seed % 2 == 0 {
            scene.world.crash_agent().unwrap();
            scene.get_in();
        } else {
            scene.world.signer(Answering::Yes);
        }
        assert_eq!(scene.standing_is("maintenance"), Some(Standing::Withdrawn), "seed {seed}");
        // The receiver lost what was on its way, so that only voids can fill the numbers.
        scene.world.lose_broker();
        scene.world.restart_receiver().unwrap();
        if seed % 4 < 2 {
            scene.world.release_receiver();
        } else {
            scene.world.forget_held();
        }
        scene.settle();
        assert_eq!(scene.sent_after("maintenance", from), 0, "seed {seed}");
        scene.give("maintenance");
        scene.go(40);
        scene.settle();
        assert!(scene.of("maintenance").sent > 0, "seed {seed}");
    });
}

// A1, P1, P2: groups that fail at random are written again in order; what was answered as done is there after any crash.
#[test]
fn groups_that_fail_at_random_lose_nothing_that_was_answered() {
    for_seeds(40, |seed| {
        let mut scene = Scene::new(seed);
        let mut chance = Chance::new(seed, 77);
        let mut expected: Option<Standing> = None;
        for _ in 0..14 {
            match chance.below(7) {
                0 => scene.world.fail_store(1 + u32::try_from(chance.below(6)).unwrap()),
                1 => {
                    scene.world.crash_agent().unwrap();
                    if let Some(expected) = expected {
                        assert_eq!(scene.standing_is("maintenance"), Some(expected), "seed {seed}");
                    }
                    scene.get_in();
                }
                2 | 3 => {
                    scene.park();
                    let terms = Terms { tier: Some(1), ..Terms::default() };
                    match scene.ask(Request::ConsentGive { person: Some("anna".into()), use_id: "maintenance".into(), terms }) {
                        Response::Done { .. } => expected = Some(Standing::Given),
                        Response::Unrecorded { .. } => expected = None,
                        Response::Refused { .. } | Response::Data { .. } | Response::Status(_) => {}
                    }
                }
                4 => {
                    let from = scene.position();
                    match scene.withdraw("maintenance", if chance.per_mille(500) { Erase::Yes } else { Erase::No }) {
                        Response::Done { .. } => expected = Some(Standing::Withdrawn),
                        Response::Unrecorded { .. } => expected = None,
                        Response::Refused { .. } | Response::Data { .. } | Response::Status(_) => continue,
                    }
                    scene.go(15);
                    assert_eq!(scene.sent_after("maintenance", from), 0, "seed {seed}");
                }
                _ => scene.go(1 + chance.below(20)),
            }
            assert!(scene.status().balanced, "seed {seed}");
        }
        scene.world.fail_store(0);
        scene.settle();
        let counts = scene.world.counts().unwrap();
        assert_eq!((counts.forks, counts.batches_refused, counts.bad, scene.alarms()), (0, 0, 0, 0), "seed {seed}");
        if let Some(expected) = expected {
            assert_eq!(scene.standing_is("maintenance"), Some(expected), "seed {seed}");
        }
    });
}

// A1: what is shown waits for the sync of what it follows from.
#[test]
fn nobody_is_shown_what_is_not_on_disk() {
    for_seeds(20, |seed| {
        let mut scene = Scene::new(seed);
        scene.give("maintenance");
        scene.go(15);
        let steps = scene.world.steps();
        scene.world.ask_and_go_on(Request::ConsentWithdraw { person: Some("anna".into()), use_id: Some("maintenance".into()), erase: false }).unwrap();
        let asked = scene.world.steps() - steps;
        scene.world.crash_after(asked + seed);
        let Some(Response::Data { data }) = scene.world.control(Request::ConsentList { person: Some("anna".into()) }).unwrap() else { return };
        scene.world.crash_agent().unwrap();
        if data.to_string().contains("withdrawn") {
            assert_eq!(scene.standing_is("maintenance"), Some(Standing::Withdrawn), "seed {seed}: shown, and not on disk");
        }
    });
}

// ---- time

// A3, P1: what expires while the link is down never leaves.
#[test]
fn what_expires_while_the_link_is_down_never_leaves() {
    let mut scene = Scene::new(9);
    scene.give_terms("anna", "maintenance", Terms { tier: Some(1), days: Some(1), ..Terms::default() });
    scene.go(20);
    scene.world.block_link("arvena");
    scene.go(60);
    let from = scene.position();
    let waiting = scene.of("maintenance").queued + scene.of("maintenance").numbered;
    assert!(waiting > 0);
    scene.world.advance(DAY_MS).unwrap();
    assert_eq!(scene.standing_is("maintenance"), Some(Standing::Expired));
    scene.world.restore_link("arvena");
    scene.settle();
    assert_eq!(scene.sent_after("maintenance", from), 0);
    assert_eq!(scene.of("maintenance").purged + scene.of("maintenance").purged_possibly_sent, waiting);
}

// A3, P1 ("expiry by clock"): over by a time that was ever trusted stays over, wherever power is cut and the clock goes back.
#[test]
fn what_is_over_stays_over_when_power_is_cut_and_the_clock_goes_back() {
    for_seeds(30, |seed| {
        let mut scene = Scene::new(seed);
        scene.give_terms("anna", "maintenance", Terms { tier: Some(1), days: Some(1), ..Terms::default() });
        scene.world.block_link("arvena");
        scene.go(40);
        scene.world.advance(DAY_MS - 70_000).unwrap();
        let end_ms = scene.standing("anna", "maintenance").unwrap().until_ms;
        while scene.world.now().wall_ms < end_ms - 200 {
            scene.go(1);
        }
        scene.world.crash_after(20 + seed * 3);
        let boot = scene.world.boot();
        for _ in 0..40 {
            scene.go(1);
            if scene.world.boot() != boot {
                break;
            }
        }
        let over = scene.world.now().wall_ms >= end_ms
            && scene.disk.snapshot().meta(consent_gatekeeper::store::MetaKey::HighWater).is_some_and(|bytes| !bytes.is_empty());
        let known_ms = high_water(&scene.disk.snapshot());
        scene.world.crash_agent().unwrap();
        scene.world.shift_clock(-i64::try_from(DAY_MS).unwrap() / 2);
        scene.world.crash_agent().unwrap();
        scene.get_in();
        scene.world.restore_link("arvena");
        let from = scene.position();
        scene.go(30);
        if over && known_ms >= end_ms {
            assert_eq!(scene.sent_after("maintenance", from), 0, "seed {seed}");
            assert_eq!(scene.standing_is("maintenance"), Some(Standing::Expired), "seed {seed}");
        }
    });
}

fn high_water(snapshot: &Snapshot) -> i64 {
    snapshot.meta(consent_gatekeeper::store::MetaKey::HighWater).map_or(0, |bytes| {
        // postcard's zigzag varint.
        let raw = bytes.iter().enumerate().fold(0_u64, |sum, (at, byte)| sum | u64::from(byte & 0x7f) << (7 * at));
        i64::try_from(raw >> 1).unwrap() ^ -i64::try_from(raw & 1).unwrap()
    })
}

// A6: numbered rows beyond their age are voided, and the chain goes on.
#[test]
fn numbered_rows_beyond_their_age_are_voided_and_the_chain_goes_on() {
    let mut scene = Scene::new(10);
    scene.give("maintenance");
    scene.go(20);
    scene.settle();
    scene.numbered_and_held("maintenance");
    let numbered = scene.of("maintenance").numbered;
    assert!(numbered > 0);
    scene.world.advance(15 * DAY_MS).unwrap();
    assert!(scene.of("maintenance").expired >= numbered);
    scene.world.forget_held();
    scene.go(40);
    scene.settle();
    let counts = scene.world.counts().unwrap();
    assert_eq!((counts.forks, counts.batches_refused), (0, 0));
}

// ---- people

// A2, R3: a basis of two persons ends with either of them, and rows of it are destroyed.
#[test]
fn a_basis_of_two_persons_ends_with_either() {
    for_seeds(6, |seed| {
        let mut scene = Scene::new(seed);
        scene.give("entry-comfort");
        scene.ask(Request::PeopleEnter { person: Some("ben".into()), assurance: Assurance::High, minor: false });
        scene.give_terms("ben", "entry-comfort", Terms::default());
        scene.go(100);
        scene.settle();
        scene.world.block_link("arvena");
        scene.go(100);
        let waiting = scene.of("entry-comfort");
        assert!(waiting.queued + waiting.numbered + waiting.pending > 0);
        let who = if seed % 2 == 0 { "ben" } else { "anna" };
        let from = scene.position();
        scene.ask(Request::ConsentWithdraw { person: Some(who.into()), use_id: Some("entry-comfort".into()), erase: true });
        assert_eq!(scene.of("entry-comfort").queued + scene.of("entry-comfort").numbered, 0, "seed {seed}");
        scene.world.restore_link("arvena");
        scene.go(70);
        scene.settle();
        assert_eq!(scene.sent_after("entry-comfort", from), 0, "seed {seed}");
        assert!(scene.world.counts().unwrap().erased > 0, "seed {seed}");
        // Who still consents goes on alone.
        if who == "ben" {
            scene.ask(Request::PeopleLeave { person: Some("ben".into()) });
            scene.go(130);
            scene.settle();
            assert!(scene.sent_after("entry-comfort", from) > 0, "seed {seed}");
        }
    });
}

// A5, A10: a pause cuts what is under way and keeps it shut; resumed, the same bytes go again.
#[test]
fn a_pause_keeps_numbered_rows_shut_and_re_sends_are_the_same_bytes() {
    for_seeds(6, |seed| {
        let mut scene = Scene::new(seed);
        scene.give("maintenance");
        scene.go(20);
        scene.numbered_and_held("maintenance");
        let scope = || PauseScope::Use("maintenance".into());
        let from = scene.position();
        scene.ask(Request::Pause { scope: scope(), duration: PauseFor::UntilResumed });
        scene.world.forget_held();
        scene.go(30);
        assert_eq!(scene.sent_after("maintenance", from), 0, "seed {seed}");
        assert!(scene.of("maintenance").numbered > 0, "seed {seed}");
        if seed % 2 == 0 {
            scene.world.crash_agent().unwrap();
            scene.get_in();
            scene.go(5);
            assert_eq!(scene.sent_after("maintenance", from), 0, "seed {seed}: a pause outlives a restart");
        }
        scene.ask(Request::Resume { scope: scope() });
        scene.settle();
        assert!(scene.sent_after("maintenance", from) > 0, "seed {seed}");
        let mut bytes: BTreeMap<(StreamId, u32), Vec<u8>> = BTreeMap::new();
        for (_, _, batch, sealed) in scene.wire().batches {
            let first = bytes.entry((batch.stream, batch.n)).or_insert_with(|| sealed.clone());
            assert_eq!(*first, sealed, "seed {seed}: another batch under number {}", batch.n);
        }
    });
}

// R13: rows that wait for a review leave only when they are sent, and only those.
#[test]
fn reviewed_rows_leave_when_they_are_sent_and_never_when_they_are_destroyed() {
    for_seeds(4, |seed| {
        let mut scene = Scene::new(seed);
        scene.give_terms("anna", "coaching", Terms { tier: Some(1), cadence: Some(Cadence::EachTime), ..Terms::default() });
        scene.go(90);
        scene.park();
        scene.settle();
        assert!(scene.of("coaching").awaiting > 0, "seed {seed}: {:?}", scene.of("coaching"));
        assert_eq!(scene.sent_after("coaching", 0), 0, "seed {seed}");
        if seed % 2 == 0 {
            scene.world.crash_agent().unwrap();
            scene.get_in();
        }
        let answer = if seed < 2 { ReviewAnswer::Send } else { ReviewAnswer::Destroy };
        // The car says again that it is parked; what it measures by the way waits for the next review.
        scene.park();
        let waiting = scene.of("coaching").awaiting;
        let answered = scene.ask(Request::ReviewAnswer { use_id: Some("coaching".into()), answer, newest: None });
        assert!(matches!(answered, Response::Done { .. }), "seed {seed}: {answered:?}");
        scene.settle();
        let after = scene.of("coaching");
        let (sent, expired) = if seed < 2 { (waiting, 0) } else { (0, waiting) };
        assert_eq!((after.sent, after.expired), (sent, expired), "seed {seed}");
        let (position, counts) = (scene.position(), scene.world.counts().unwrap());
        assert_eq!(counts.batches_refused, 0);
        scene.go(30);
        scene.park();
        scene.settle();
        assert_eq!(scene.sent_after("coaching", position), 0, "seed {seed}: what came after the review waits for the next");
    });
}

// R13: what nobody answers for has room of its own, and takes none of another use; the person sees that it was destroyed.
#[test]
fn an_unanswered_review_is_kept_within_its_room_and_takes_no_place_of_others() {
    for_seeds(2, |seed| {
        let mut scene = Scene::with(Settings { queue_bytes_max: 1 << 20, review_bytes_max: 4_096, ..Settings::new(seed) }, example());
        scene.give_terms("anna", "coaching", Terms { tier: Some(1), cadence: Some(Cadence::EachTime), ..Terms::default() });
        scene.give("maintenance");
        scene.go(20);
        scene.settle();
        scene.world.block_link("arvena");
        let mut most = 0;
        for _ in 0..30 {
            scene.go(30);
            assert!(scene.status().balanced, "seed {seed}");
            let snapshot = scene.disk.snapshot();
            let review = snapshot.rows.iter().filter(|row| row.state == RowState::Awaiting);
            let bytes: u64 = review.map(|row| u64::from(row.bytes)).sum();
            assert!(bytes <= 4_096, "seed {seed}: {bytes} bytes await a review");
            most = most.max(bytes);
        }
        assert!(most > 2_048, "seed {seed}: the room is used, {most} bytes");
        scene.park();
        let coaching = scene.of("coaching");
        assert!(coaching.dropped > 0 && coaching.awaiting > 0, "seed {seed}: {coaching:?}");
        assert_eq!(scene.of("maintenance").dropped, 0, "seed {seed}");
        let Response::Data { data: reviews } = scene.ask(Request::ReviewList) else { panic!("no reviews") };
        assert_eq!(reviews["lapsed"][0]["decisions"].as_u64(), Some(coaching.dropped), "seed {seed}: {reviews}");
    });
}

// R35, A2: who shows the secret of a receipt at the recipient ends the basis there at once, and in the car when it hears of it.
#[test]
fn a_secret_shown_outside_ends_the_consent_in_the_car_also_when_it_was_away() {
    for_seeds(8, |seed| {
        let folder = tempfile::tempdir().unwrap();
        let mut scene = Scene::new(seed);
        scene.world.house_receiver(folder.path()).unwrap();
        scene.give("maintenance");
        scene.go(30);
        scene.settle();
        if seed % 2 == 0 {
            scene.world.block_link("arvena");
        }
        scene.go(25);
        let secret = scene.standing("anna", "maintenance").unwrap().secret;
        scene.world.withdraw_outside(&[8; 32]).unwrap();
        scene.world.withdraw_outside(&secret).unwrap();
        if seed % 3 == 0 {
            scene.world.restart_receiver().unwrap();
        }
        scene.world.restore_link("arvena");
        scene.go(20);
        scene.settle();
        assert_eq!(scene.standing_is("maintenance"), Some(Standing::Withdrawn), "seed {seed}");
        assert!(scene.world.counts().unwrap().erased > 0, "seed {seed}");
        assert_eq!(held(folder.path(), &ids(&scene.wire().batches, "maintenance")), 0, "seed {seed}");
        let from = scene.position();
        scene.go(40);
        scene.settle();
        assert_eq!(scene.sent_after("maintenance", from), 0, "seed {seed}");
        scene.give("maintenance");
        scene.go(40);
        scene.settle();
        assert!(scene.sent_after("maintenance", from) > 0, "seed {seed}");
    });
}

// R20, A2: an erased person is gone from the disk; recipients are asked on every stream, and answer.
#[test]
fn an_erased_person_is_gone_here_and_there() {
    for_seeds(6, |seed| {
        let mut scene = Scene::new(seed);
        scene.give("maintenance");
        scene.give("entry-comfort");
        scene.go(100);
        if seed % 2 == 0 {
            scene.settle();
        } else {
            scene.numbered_and_held("maintenance");
        }
        scene.ask(Request::DataErase { person: Some("anna".into()), use_id: None });
        let from = scene.position();
        scene.world.advance(1_000).unwrap();
        scene.world.release_receiver();
        scene.world.crash_agent().unwrap();
        scene.go(40);
        scene.settle();
        for use_id in ["maintenance", "entry-comfort"] {
            assert_eq!(scene.sent_after(use_id, from), 0, "seed {seed}");
        }
        let snapshot = scene.disk.snapshot();
        assert!(snapshot.persons.is_empty() && snapshot.standings.is_empty(), "seed {seed}");
        assert!(!format!("{snapshot:?}").contains("anna"), "seed {seed}: her name is still on the disk");
        assert!(
            scene.disk.0.borrow_mut().disclosures(&DisclosureQuery { count: u32::MAX, ..DisclosureQuery::default() }).unwrap().rows.iter().all(|one| ![
                "maintenance",
                "entry-comfort"
            ]
            .contains(&one.row.use_id.as_str()))
        );
        let owned: u64 = ids(&scene.wire().batches, "maintenance").len() as u64 + ids(&scene.wire().batches, "entry-comfort").len() as u64;
        let counts = scene.world.counts().unwrap();
        assert!(counts.erased > 0 && counts.erased <= owned, "seed {seed}: {counts:?}");
        assert!(snapshot.bases.iter().filter(|row| row.terms.use_id == "maintenance").all(|row| row.end != BasisEnd::Open));
    });
}

// ---- room and keys

// A6, P6, P7: what is evicted for want of room is counted; the chain goes on.
#[test]
fn what_is_evicted_for_want_of_room_is_counted_and_the_chain_goes_on() {
    for_seeds(4, |seed| {
        let mut scene = Scene::with(Settings { queue_bytes_max: 4_096, ..Settings::new(seed) }, example());
        scene.give("maintenance");
        scene.go(20);
        scene.settle();
        if seed % 2 == 0 {
            scene.world.block_link("arvena");
        } else {
            scene.world.hold_receiver();
        }
        for _ in 0..30 {
            scene.go(11);
            assert!(scene.status().balanced, "seed {seed}");
        }
        assert!(scene.of("maintenance").dropped > 0, "seed {seed}: {:?}", scene.of("maintenance"));
        scene.world.restore_link("arvena");
        scene.world.release_receiver();
        scene.go(20);
        scene.settle();
        let counts = scene.world.counts().unwrap();
        assert_eq!((counts.forks, counts.batches_refused, scene.alarms()), (0, 0, 0), "seed {seed}");
    });
}

// Enrolment: without a key a use is withheld and says so; with new keys it goes on.
#[test]
fn an_exhausted_pool_withholds_and_a_refill_goes_on() {
    // A key or two for each recipient, of whom one has more uses than that.
    for pool in [16, 32] {
        let mut scene = Scene::with(Settings { pool, ..Settings::new(11) }, example());
        scene.world.hold_refills();
        scene.give("maintenance");
        scene.give("hazards");
        scene.go(40);
        let reasons: BTreeSet<String> = scene.status().uses.iter().flat_map(|used| used.outcomes.withheld.keys().cloned()).collect();
        assert!(reasons.contains("no_key"), "{reasons:?}");
        assert!(scene.status().balanced);
        scene.world.refill().unwrap();
        let from = scene.position();
        scene.go(60);
        scene.settle();
        assert!(scene.sent_after("maintenance", from) > 0, "pool of {pool}");
    }
}

// R15, A3: what a material change suspends is destroyed, and the recipient is told.
#[test]
fn rows_under_a_suspended_consent_are_destroyed() {
    let mut scene = Scene::new(12);
    scene.give_terms("anna", "coaching", Terms { tier: Some(1), cadence: Some(Cadence::EachTime), ..Terms::default() });
    scene.go(60);
    scene.park();
    scene.ask(Request::ReviewAnswer { use_id: Some("coaching".into()), answer: ReviewAnswer::Send, newest: None });
    scene.world.block_link("arvena");
    scene.go(40);
    scene.world.publish_catalog(example_v2()).unwrap();
    scene.world.load_catalog().unwrap();
    let from = scene.position();
    scene.world.advance(2_000).unwrap();
    assert_eq!(scene.standing_is("coaching"), Some(Standing::Suspended));
    scene.world.restore_link("arvena");
    scene.settle();
    assert_eq!(scene.sent_after("coaching", from), 0);
}
