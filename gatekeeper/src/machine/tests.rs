//! The machine against a store and a signer that fail, clocks that go back, and people who do not let go.

mod people;

use super::*;
use crate::control::Peer;
use crate::fixture::{self, SCREEN, T0_MS};
use crate::signer::{KeyName, SignError};
use consent_core::{Assurance, ClockTrust, Status, Value};
use consent_protocol::envelope::{Kind, key_id, seal};
use ed25519_dalek::{Signer as _, SigningKey};
use std::cell::Cell;
use std::rc::Rc;

/// Keys that can fall silent.
#[derive(Clone, Debug)]
struct Keys {
    silent: Rc<Cell<bool>>,
    pool: Rc<Cell<u32>>,
}

impl Keys {
    fn new() -> Self {
        Self { silent: Rc::new(Cell::new(false)), pool: Rc::new(Cell::new(8)) }
    }

    fn key(name: KeyName) -> SigningKey {
        match name {
            KeyName::Ledger => SigningKey::from_bytes(&[1; 32]),
            KeyName::Stream(number) => SigningKey::from_bytes(&[u8::try_from(number % 200).unwrap() + 2; 32]),
        }
    }
}

impl Signer for Keys {
    fn public(&self, key: KeyName) -> Result<[u8; 32], SignError> {
        Ok(Self::key(key).verifying_key().to_bytes())
    }

    fn sign(&self, key: KeyName, bytes: &[u8]) -> Result<[u8; 64], SignError> {
        if self.silent.get() { Err(SignError::Unavailable) } else { Ok(Self::key(key).sign(bytes).to_bytes()) }
    }

    fn certificate(&self, _: KeyName) -> Result<Vec<u8>, SignError> {
        Ok(vec![0; 8])
    }

    fn pool_len(&self) -> u32 {
        self.pool.get()
    }
}

fn root() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Without the uses by law, whose fields the closed table knows and this small catalog does not.
fn catalog() -> consent_protocol::catalog::CompiledCatalog {
    let mut catalog = fixture::catalog();
    catalog.uses.retain(|used| used.law.is_none());
    catalog
}

fn config() -> Config {
    let catalog = catalog();
    Config {
        environment: catalog.environment,
        country: catalog.country,
        model_line: catalog.model_line,
        catalog_root: root().verifying_key().to_bytes(),
        catalog_recipient: "maker".to_owned(),
        queue_bytes_max: 1 << 20,
        review_bytes_max: 1 << 18,
        disclosure_days: 30,
        context: ContextSignals { gear: Some("Gear".to_owned()), ..ContextSignals::default() },
        languages: vec!["en".to_owned()],
    }
}

fn signed_catalog() -> Vec<u8> {
    let sign = |bytes: &[u8]| Ok::<_, ()>(root().sign(bytes).to_bytes());
    seal(Kind::Catalog, key_id(&root().verifying_key().to_bytes()), catalog().to_bytes(), sign).unwrap()
}

/// A gatekeeper with a shell that writes only what the test lets it write.
struct Bench {
    gate: Gatekeeper<Keys>,
    keys: Keys,
    mono_ms: u64,
    shift_ms: i64,
    trust: ClockTrust,
    /// Commits that were asked for and not decided, in order.
    commits: VecDeque<(TxnId, Vec<StoreOp>)>,
    /// How urgent each was when it was asked for last.
    urgencies: BTreeMap<TxnId, Urgency>,
    disk: Snapshot,
    /// Ledger entries on disk.
    entries: u64,
    ledger: Vec<crate::store::LedgerRow>,
    said: Vec<(u64, Response)>,
    refills: usize,
    /// PINs to be worked out.
    pins: VecDeque<crate::pin::PinJob>,
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self::boot(Snapshot::default(), 0);
        bench.write();
        bench.event(Event::Catalog { envelope: signed_catalog() });
        bench.write();
        bench.park();
        bench.ask(1, Request::PeopleDriver { person: Some("ada".into()), assurance: Assurance::High });
        bench.write();
        bench.said.clear();
        bench
    }

    fn boot(disk: Snapshot, shift_ms: i64) -> Self {
        let keys = Keys::new();
        let now = Now { boot: 1, mono_ms: 0, wall_ms: T0_MS + shift_ms, trust: ClockTrust::Trusted };
        let gate = Gatekeeper::boot(config(), disk.clone(), keys.clone(), [3; 32], now);
        let trust = ClockTrust::Trusted;
        let (commits, said) = (VecDeque::new(), Vec::new());
        let mut bench = Self {
            gate,
            keys,
            mono_ms: 0,
            shift_ms,
            trust,
            commits,
            urgencies: BTreeMap::new(),
            disk,
            entries: 0,
            ledger: Vec::new(),
            said,
            refills: 0,
            pins: VecDeque::new(),
        };
        bench.take();
        bench
    }

    fn now(&self) -> Now {
        let wall_ms = T0_MS + self.shift_ms + i64::try_from(self.mono_ms).unwrap();
        Now { boot: 1, mono_ms: self.mono_ms, wall_ms, trust: self.trust }
    }

    fn event(&mut self, event: Event) {
        self.gate.handle(self.now(), event);
        self.take();
    }

    fn ask(&mut self, token: u64, request: Request) {
        self.event(Event::Control { token, peer: SCREEN, request });
    }

    fn take(&mut self) {
        while let Some(command) = self.gate.poll() {
            match command {
                Command::Commit { txn, urgency, ops } => {
                    self.urgencies.insert(txn, urgency);
                    self.commits.push_back((txn, ops));
                }
                Command::Respond { token, response } => self.said.push((token, response)),
                Command::RefillPool => self.refills += 1,
                // Nothing ever left.
                Command::Load(load @ Load::Left { .. }) => {
                    let nothing = load.nothing();
                    self.event(Event::Loaded(nothing));
                }
                Command::Load(_)
                | Command::Connect { .. }
                | Command::Subscribe { .. }
                | Command::Publish { .. }
                | Command::Cut { .. }
                | Command::Disconnect { .. }
                | Command::CatalogChanged
                | Command::Stopped => {}
                Command::Pin(job) => self.pins.push_back(job),
            }
        }
    }

    /// Writes all that is asked for.
    fn write(&mut self) {
        while let Some((txn, ops)) = self.commits.pop_front() {
            for op in ops {
                self.apply(op);
            }
            self.event(Event::Committed { txn });
        }
    }

    fn apply(&mut self, op: StoreOp) {
        let disk = &mut self.disk;
        match op {
            StoreOp::Meta { key, value } => {
                disk.meta.retain(|(known, _)| *known != key);
                disk.meta.push((key, value));
            }
            StoreOp::Person(row) => {
                disk.persons.retain(|known| known.id != row.id);
                disk.persons.push(row);
            }
            StoreOp::ErasePerson { person } => {
                disk.persons.retain(|known| known.id != person);
                disk.standings.retain(|known| known.person != person);
                disk.requests.retain(|known| known.person != person);
            }
            StoreOp::Request(row) => {
                disk.requests.retain(|known| known.id != row.id);
                disk.requests.push(row);
            }
            StoreOp::Standing(row) => {
                disk.standings.retain(|known| (&known.person, &known.use_id) != (&row.person, &row.use_id));
                disk.standings.push(row);
            }
            StoreOp::Ledger(row) => {
                assert_eq!(row.seq, disk.ledger_head.map_or(1, |(seq, _)| seq + 1), "the chain has no gap");
                disk.ledger_head = Some((row.seq, consent_protocol::envelope::sha256(&[&row.envelope])));
                self.entries += 1;
                self.ledger.push(row);
            }
            StoreOp::EraseBodies { .. }
            | StoreOp::Stream(_)
            | StoreOp::Statement(_)
            | StoreOp::Basis(_)
            | StoreOp::Append { .. }
            | StoreOp::Update { .. }
            | StoreOp::Left(_)
            | StoreOp::Drove { .. }
            | StoreOp::Number { .. }
            | StoreOp::Tombstone { .. }
            | StoreOp::DeleteRow { .. }
            | StoreOp::Counter(_)
            | StoreOp::PruneDisclosures { .. }
            | StoreOp::DeleteDisclosures { .. } => {}
        }
    }

    /// Fails the first commit and, as the writer does, everything behind it.
    fn fail(&mut self) -> Vec<TxnId> {
        let failed: Vec<TxnId> = std::mem::take(&mut self.commits).into_iter().map(|(txn, _)| txn).collect();
        for txn in &failed {
            self.event(Event::CommitFailed { txn: *txn });
        }
        failed
    }

    fn wait(&mut self, ms: u64) {
        self.mono_ms += ms;
        self.event(Event::Tick);
    }

    fn park(&mut self) {
        let (gear, _) = self.gate.signal("Gear").unwrap();
        let t_ms = self.now().wall_ms;
        self.event(Event::Records(vec![Record { signal: gear, value: Value::Int(126), t_ms }]));
        self.write();
    }

    fn status_of(&self, use_id: &str) -> Option<Status> {
        self.disk.standings.iter().find(|row| row.use_id == use_id).map(|row| row.status)
    }

    fn answer(&self, token: u64) -> Option<&Response> {
        self.said.iter().find(|(of, _)| *of == token).map(|(_, response)| response)
    }
}

fn refuse(use_id: &str) -> Request {
    Request::ConsentRefuse { person: Some("ada".to_owned()), use_id: use_id.to_owned() }
}

fn give(use_id: &str, days: u32) -> Request {
    let terms = crate::control::Terms { days: Some(days), ..crate::control::Terms::default() };
    Request::ConsentGive { person: Some("ada".to_owned()), use_id: use_id.to_owned(), terms }
}

#[test]
fn what_the_store_did_not_write_is_said_so_at_once_and_written_again_in_order() {
    let mut bench = Bench::new();
    bench.ask(10, refuse("traffic"));
    assert_eq!(bench.answer(10), None, "nothing is answered before it is on disk");
    let first = bench.fail();
    assert!(matches!(bench.answer(10), Some(Response::Unrecorded { .. })));
    bench.ask(11, give("insurance", 1));
    assert!(matches!(bench.answer(11), Some(Response::Unrecorded { .. })), "{:?}", bench.said);
    assert!(bench.commits.is_empty(), "nothing goes behind what failed");
    let mut tries = 0;
    for _ in 0..3 {
        bench.wait(1_000);
        let again: Vec<TxnId> = bench.commits.iter().map(|(txn, _)| *txn).collect();
        assert_eq!(again.first(), first.first());
        assert!(again.is_sorted() && again.len() >= 2, "{again:?}");
        tries += 1;
        if tries < 3 {
            bench.fail();
        }
    }
    assert!(!bench.gate.status(bench.now()).store_ok);
    bench.write();
    assert!(bench.gate.status(bench.now()).store_ok);
    assert_eq!((bench.status_of("traffic"), bench.status_of("insurance")), (Some(Status::Refused), Some(Status::Given)));
    bench.ask(12, refuse("voice"));
    bench.write();
    assert!(matches!(bench.answer(12), Some(Response::Done { .. })));
}

/// The store has space set aside that only an end may use: what failed before it must not stand in its way.
#[test]
fn a_withdrawal_takes_what_failed_before_it_along_into_the_space_that_is_set_aside_for_ends() {
    let mut bench = Bench::new();
    bench.ask(10, give("insurance", 1));
    bench.write();
    bench.ask(11, refuse("traffic"));
    bench.fail();
    bench.ask(12, Request::ConsentWithdraw { person: Some("ada".to_owned()), use_id: Some("insurance".to_owned()), erase: false });
    let urgencies: Vec<Urgency> = bench.commits.iter().map(|(txn, _)| bench.urgencies[txn]).collect();
    assert!(urgencies.len() >= 2 && urgencies.iter().all(|urgency| *urgency == Urgency::End), "{urgencies:?}");
    bench.write();
    assert!(matches!(bench.answer(12), Some(Response::Done { .. })), "{:?}", bench.said);
    assert_eq!(bench.status_of("insurance"), Some(Status::Withdrawn));
}

#[test]
fn what_cannot_be_signed_shuts_the_gate_is_called_unrecorded_and_is_signed_later() {
    let mut bench = Bench::new();
    let entries = bench.entries;
    bench.keys.silent.set(true);
    bench.ask(20, refuse("traffic"));
    bench.write();
    assert!(matches!(bench.answer(20), Some(Response::Unrecorded { .. })), "{:?}", bench.said);
    assert_eq!(bench.status_of("traffic"), Some(Status::Refused), "it binds and is stored all the same");
    assert_eq!(bench.entries, entries);
    assert!(!bench.gate.status(bench.now()).store_ok);
    for _ in 0..1_000 {
        bench.ask(21, Request::Pause { scope: crate::control::PauseScope::All, duration: crate::control::PauseFor::Hour });
        bench.write();
    }
    assert!(bench.gate.unsigned.len() <= UNSIGNED_MAX);
    bench.keys.silent.set(false);
    bench.wait(RETRY_MS);
    bench.write();
    assert!(bench.entries > entries && bench.gate.unsigned.is_empty());
    assert!(bench.gate.status(bench.now()).store_ok);
}

#[test]
fn what_is_read_waits_for_the_sync_of_what_it_shows() {
    let mut bench = Bench::new();
    bench.ask(30, refuse("traffic"));
    bench.ask(31, Request::ConsentList { person: Some("ada".to_owned()) });
    bench.ask(32, Request::Status);
    assert_eq!((bench.answer(31), bench.answer(32)), (None, None));
    bench.write();
    assert!(matches!(bench.answer(31), Some(Response::Data { .. })));
    assert!(matches!(bench.answer(32), Some(Response::Status(_))));
    bench.ask(33, refuse("voice"));
    bench.ask(34, Request::Status);
    bench.fail();
    assert!(matches!(bench.answer(34), Some(Response::Status(status)) if status.store_ok), "who only looks is not held up");
    bench.ask(35, Request::Status);
    assert!(matches!(bench.answer(35), Some(Response::Status(status)) if !status.store_ok));
}

#[test]
fn ticks_come_under_a_flood_of_events() {
    let mut bench = Bench::new();
    bench.ask(40, give("traffic", 1));
    bench.write();
    let (gear, _) = bench.gate.signal("Gear").unwrap();
    bench.shift_ms += 86_400_000 - 2_000;
    let mut ticks: u64 = 0;
    for _ in 0..5_000 {
        bench.mono_ms += 1;
        let t_ms = bench.now().wall_ms;
        bench.event(Event::Records(vec![Record { signal: gear, value: Value::Int(126), t_ms }]));
        if bench.gate.deadline_ms().is_some_and(|due| due <= bench.mono_ms) {
            ticks += 1;
            bench.event(Event::Tick);
        }
        bench.write();
    }
    assert!(ticks > 0 && ticks <= 5_000 / DEADLINE_MS_MIN, "{ticks} ticks");
    assert_eq!(bench.status_of("traffic"), Some(Status::Expired), "its end came although records never ceased");
}

#[test]
fn a_deadline_after_a_tick_lies_ahead_and_a_failing_store_or_signer_does_not_make_it_spin() {
    for (store, silent) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut bench = Bench::new();
        bench.keys.silent.set(silent);
        bench.ask(50, give("traffic", 1));
        let (mut ticks, end_ms) = (0_u32, bench.mono_ms + 600_000);
        while bench.mono_ms < end_ms {
            if store {
                bench.write();
            } else {
                bench.fail();
            }
            bench.mono_ms = bench.gate.deadline_ms().map_or(end_ms, |due| due.max(bench.mono_ms));
            bench.event(Event::Tick);
            assert!(bench.gate.deadline_ms().is_none_or(|due| due > bench.mono_ms), "store writes: {store}, signer silent: {silent}");
            ticks += 1;
        }
        assert!(ticks < 2_500, "{ticks} ticks in ten minutes; store writes: {store}, signer silent: {silent}");
        assert!(bench.gate.in_flight.len() < 200, "{} transactions pile up", bench.gate.in_flight.len());
    }
}

#[test]
fn nobody_outside_fills_the_ledger_with_notices() {
    let mut bench = Bench::new();
    let before = bench.entries;
    for at in 0..2_000_u32 {
        bench.mono_ms += 1;
        let mut envelope = signed_catalog();
        let last = envelope.len() - 1 - usize::try_from(at % 40).unwrap();
        match at % 3 {
            0 => envelope.truncate(4),
            1 => envelope[last] ^= 1,
            _ => envelope.clear(),
        }
        bench.event(Event::Catalog { envelope });
        bench.write();
    }
    let written = bench.entries - before;
    assert!((1..=u64::try_from(NOTICES_MAX).unwrap()).contains(&written), "{written} entries");
}

#[test]
fn an_empty_pool_asks_for_keys_and_does_not_ask_without_end() {
    let mut bench = Bench::new();
    bench.keys.pool.set(0);
    bench.refills = 0;
    for _ in 0..10 {
        bench.wait(1_000);
    }
    assert_eq!(bench.refills, 1);
    bench.event(Event::PoolRefilled);
    assert_eq!(bench.refills, 2, "a refill that brought nothing is asked for again");
}

#[test]
fn what_was_over_by_trusted_time_is_ended_at_a_boot_with_a_clock_that_went_back() {
    let mut bench = Bench::new();
    bench.ask(60, give("traffic", 1));
    bench.write();
    assert_eq!(bench.status_of("traffic"), Some(Status::Given), "{:?}", bench.said);
    // Time passes the end of the consent and is stored, but power is cut before the end is.
    bench.shift_ms += 86_400_000 + 1_000;
    bench.ask(61, Request::PeopleList);
    bench.gate.high_water_ms = bench.now().wall_ms;
    let mark = postcard::to_allocvec(&bench.now().wall_ms).unwrap();
    bench.apply(StoreOp::Meta { key: MetaKey::HighWater, value: mark });
    let mut again = Bench::boot(bench.disk.clone(), 0);
    again.write();
    assert_eq!(again.status_of("traffic"), Some(Status::Expired));
    let untrusted = Peer { ..SCREEN };
    again.event(Event::Control { token: 1, peer: untrusted, request: Request::Status });
    assert!(again.said.iter().any(|(_, response)| matches!(response, Response::Status(status) if !status.clock_trusted)));
}

#[test]
fn nobody_is_told_that_a_consent_is_over_before_its_end_is_on_disk() {
    let mut bench = Bench::new();
    bench.ask(70, give("traffic", 1));
    bench.write();
    bench.shift_ms += 86_400_000 + 1;
    bench.ask(71, Request::ConsentList { person: Some("ada".to_owned()) });
    assert_eq!(bench.answer(71), None);
    bench.write();
    assert_eq!(bench.status_of("traffic"), Some(Status::Expired));
    assert!(matches!(bench.answer(71), Some(Response::Data { .. })));
}
