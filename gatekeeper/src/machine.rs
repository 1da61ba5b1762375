//! Joins the parts: takes events, keeps order, yields commands.
//!
//! One event makes at most one transaction. What must not wait for it (dropping a connection) goes before it; what must
//! (an answer, a hand-over) waits until it is synced. A transaction that fails shuts the gate, is kept, and is written again
//! with everything after it, in order.

mod ask;
mod asking;
mod consents;
mod data;
mod ledger;
mod loading;
mod profiles;
mod reports;
mod shown;
mod view;
mod wipe;

use crate::batcher::Batcher;
use crate::book::Book;
use crate::change::{Change, ContextMeta, InForce, Moment};
use crate::command::{Command, Load, Urgency};
use crate::control::{Peer, Request, Response};
use crate::counters::Counters;
use crate::drove::Drove;
use crate::event::{Event, Record};
use crate::journal::{Journal, Reader};
use crate::kept::Kept;
use crate::now::Now;
use crate::outbox::{BasisSpec, Cx, Outbox};
use crate::people::{ContextSignal, Effect, People};
use crate::requests::Requests;
use crate::rng::Rng;
use crate::signer::Signer;
use crate::stage::{Stage, Yield};
use crate::store::{BootMeta, MetaKey, Snapshot, StoreOp, TotalsMeta, TxnId, which_count};
use crate::trip::TripMemory;
use crate::vault::Vault;
use consent_core::limits::USES_MAX;
use consent_core::{ClockTrust, SignalId, UseSet};
use consent_protocol::Digest;
use consent_protocol::catalog::{Datatype, Environment};
use consent_protocol::ledger::Body;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Counters are stored at least this often, monotonic milliseconds.
const COUNTERS_MS: u64 = 10_000;
/// Deadlines are never closer than this, so that no clock and no fault can make the shell spin, milliseconds.
const DEADLINE_MS_MIN: u64 = 5;
/// A failed transaction is written again after this time, milliseconds.
const RETRY_MS: u64 = 1_000;
/// A clock this far behind its high-water mark is not trusted, milliseconds.
const SET_BACK_MS: i64 = 5_000;
/// Ages and retention are looked at this often, monotonic milliseconds.
const HOUSEKEEPING_MS: u64 = 10_000;
/// Disclosures beyond their time are deleted this often, monotonic milliseconds.
const PRUNE_MS: u64 = 3_600_000;
/// The catalog is asked for about this often, monotonic milliseconds (R1: once a day at a random time).
const CATALOG_POLL_MS: u64 = 86_400_000;
/// Ledger entries that wait for the signer at most.
const UNSIGNED_MAX: usize = 256;
/// The same notice is written again after this time, monotonic milliseconds.
const NOTICE_MS: u64 = 3_600_000;
/// Notices within that time.
const NOTICES_MAX: usize = 32;
/// Consent events that the status shows.
const RECENT: u64 = 16;
/// Requests that wait for the store; more are refused.
const LOADS_MAX: usize = 64;

/// Signals that feed the context, by VSS path. A source that is not named here is only data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextSignals {
    /// Speed, km/h.
    pub speed: Option<String>,
    /// Current gear: 0 neutral, 126 park (VSS 4) or the text `P`.
    pub gear: Option<String>,
    /// Parking brake engaged.
    pub parking_brake: Option<String>,
    /// Ignition or low-voltage system state: `ON`, `START`, `OFF`, …, or a boolean.
    pub ignition: Option<String>,
    /// A key or voice command that pauses everything until the trip ends: true or not 0.
    pub pause: Option<String>,
    /// One that says "not while I'm aboard".
    pub stop: Option<String>,
}

impl ContextSignals {
    /// Each named path with a number beyond any catalog, for a catalog that lacks it: such a record tells what the car is
    /// doing, and no use covers it.
    fn beyond(&self) -> [(Option<&str>, SignalId, ContextSignal, Datatype); 6] {
        [
            (self.speed.as_deref(), SignalId(u16::MAX), ContextSignal::Speed, Datatype::Float),
            (self.gear.as_deref(), SignalId(u16::MAX - 1), ContextSignal::Gear, Datatype::Int8),
            (self.parking_brake.as_deref(), SignalId(u16::MAX - 2), ContextSignal::ParkingBrake, Datatype::Boolean),
            (self.ignition.as_deref(), SignalId(u16::MAX - 3), ContextSignal::Ignition, Datatype::String),
            (self.pause.as_deref(), SignalId(u16::MAX - 4), ContextSignal::Pause, Datatype::Boolean),
            (self.stop.as_deref(), SignalId(u16::MAX - 5), ContextSignal::Stop, Datatype::Boolean),
        ]
    }
}

/// What a gatekeeper is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Environment; a catalog or certificate of another one is refused.
    pub environment: Environment,
    /// ISO 3166 code of the country.
    pub country: String,
    /// Model line.
    pub model_line: String,
    /// Ed25519 public key under which catalogs are signed.
    pub catalog_root: [u8; 32],
    /// Id of the recipient over whose connection catalogs come (the manufacturer).
    pub catalog_recipient: String,
    /// Most bytes of sealed payloads that wait (awaiting, queued, numbered); the oldest queued are dropped beyond.
    pub queue_bytes_max: u64,
    /// Most bytes of sealed payloads of one use that await a review; the oldest of that use are dropped beyond (R13).
    pub review_bytes_max: u64,
    /// How long disclosures stay, days.
    pub disclosure_days: u32,
    /// Signals that feed the context.
    pub context: ContextSignals,
    /// Languages of the car, in order of preference.
    pub languages: Vec<String>,
}

#[derive(Debug)]
struct InFlight {
    ops: Vec<StoreOp>,
    responds: Vec<(u64, Response)>,
    /// What was read after it: answered once it is decided what became of it.
    reads: Vec<(u64, Response)>,
    /// Records of consents that bind when it is stored.
    binds: Vec<[u8; 16]>,
    urgency: Urgency,
    failed: bool,
}

/// What of a use follows from the gate's state: the basis that it may send on.
#[derive(Debug, Default)]
struct Lane {
    spec: Option<BasisSpec>,
    /// Found with the first released row; forgotten when the specification changes.
    terms: Option<crate::batcher::Terms>,
}

/// What this event has gathered.
#[derive(Debug, Default)]
struct Step {
    ops: Vec<StoreOp>,
    commands: Vec<Command>,
    responds: Vec<(u64, Response)>,
    binds: Vec<[u8; 16]>,
    urgency: Urgency,
}

impl Step {
    fn hurry(&mut self, urgency: Urgency) {
        self.urgency = self.urgency.max(urgency);
    }
}

/// The catalog that a gatekeeper verified and derived its tables from, for others of the same process that verified the same.
#[derive(Clone, Debug)]
pub struct SharedCatalog(Arc<InForce>);

/// The state machine of one car.
#[derive(Debug)]
pub struct Gatekeeper<S> {
    config: Config,
    signer: S,
    /// What people's decisions draw: records and secrets of receipts. Nothing that goes on in the outbox moves it.
    rng: Rng,
    /// Nonces and salts at rest, which nobody outside sees.
    inner_rng: Rng,
    vault: Vault,
    boot: BootMeta,
    in_force: Option<Arc<InForce>>,
    terms: Vec<Digest>,
    context_signals: Vec<(SignalId, ContextSignal)>,
    book: Book,
    people: People,
    /// Who drove when.
    drove: Drove,
    requests: Requests,
    journal: Journal,
    stage: Stage,
    /// The present trip, for the driver's screen.
    memory: TripMemory,
    lanes: Vec<Lane>,
    batcher: Batcher,
    outbox: Outbox,
    counters: Counters,
    shut: BTreeSet<String>,
    no_key: UseSet,
    step: Step,
    out: VecDeque<Command>,
    in_flight: BTreeMap<TxnId, InFlight>,
    next_txn: TxnId,
    store_failed: bool,
    /// What is stored but could not be signed into the ledger yet; the gate is shut meanwhile.
    unsigned: VecDeque<Unsigned>,
    sign_due_ms: u64,
    retry_due_ms: Option<u64>,
    /// Monotonic time of the last [`Event::Tick`]: the next is due no sooner than a little after it, whatever else happens.
    ticked_ms: u64,
    counters_due_ms: u64,
    housekeeping_due_ms: u64,
    poll_due_ms: u64,
    high_water_ms: i64,
    high_water_stored_ms: i64,
    prune_due_ms: u64,
    /// When the last trip began, Unix milliseconds; 0 before the first.
    last_trip_ms: i64,
    /// Notices of the last hour and when they were written, so that nobody outside fills the ledger.
    notices: BTreeMap<String, u64>,
    /// The newest reading of the clocks.
    seen: Now,
    loads: BTreeMap<u64, Request>,
    /// Whose entries each reading of the ledger may show.
    readers: BTreeMap<u64, Reader>,
    /// Who asked for a receipt, by the token of the request.
    receipts: BTreeMap<u64, Peer>,
    /// What waits for a PIN to be worked out, by the token of the request.
    pins: BTreeMap<u64, profiles::Awaited>,
    /// Persons not aboard who proved who they are, and the monotonic time until which that holds.
    opened: BTreeMap<String, u64>,
    /// Profiles that were just made, and the monotonic time until which whoever made them may set their first PIN.
    made: BTreeMap<String, u64>,
    stopping: Stopping,
    refill_asked: bool,
}

/// A ledger entry that waits for the signer.
#[derive(Debug)]
enum Unsigned {
    Consent(Change),
    Other(Body),
}

impl Unsigned {
    /// Whether it would rest under this person's key.
    fn is_of(&self, person: &str) -> bool {
        match self {
            Self::Consent(change) => change.event.person == person,
            Self::Other(_) => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopping {
    No,
    Stored,
    Stopped,
}

/// Splits the gatekeeper into the outbox and what it shares with it.
macro_rules! outbox {
    ($self:ident, $now:expr, |$outbox:ident, $cx:ident| $body:expr) => {{
        let txn = $self.next_txn;
        let synced = $self.synced();
        let $outbox = &mut $self.outbox;
        #[allow(unused_mut, reason = "some calls only read")]
        let mut $cx = Cx {
            signer: &$self.signer,
            rng: &mut $self.inner_rng,
            vault: &$self.vault,
            counters: &mut $self.counters,
            in_force: $self.in_force.as_deref(),
            now: $now,
            txn,
            synced,
            shut: &$self.shut,
            ops: &mut $self.step.ops,
            commands: &mut $self.step.commands,
        };
        $body
    }};
}
pub(crate) use outbox;

impl<S: Signer> Gatekeeper<S> {
    /// Starts from what is on disk. `seed` is fresh randomness; commands wait in [`Self::poll`] afterwards.
    pub fn boot(config: Config, snapshot: Snapshot, signer: S, seed: [u8; 32], now: Now) -> Self {
        let mut step = Step::default();
        let mut rng = Rng::new(seed);
        let (mut inner_rng, outer) = (Rng::new(rng.bytes()), rng.bytes());
        let vault = Vault::load(&snapshot, &mut inner_rng, &mut step.ops);
        let (kept, stops) = Kept::load(&snapshot, &vault, Rng::new(inner_rng.bytes()));
        let before: BootMeta = meta(&snapshot, MetaKey::Boot);
        let boot = BootMeta { boot: before.boot.saturating_add(1), clean: before.boot == 0 || before.clean };
        let high_water_ms: i64 = meta(&snapshot, MetaKey::HighWater);
        let totals: TotalsMeta = meta(&snapshot, MetaKey::Totals);
        let context: Option<ContextMeta> = snapshot.meta(MetaKey::Context).and_then(ContextMeta::read);
        let poll_due_ms = if snapshot.meta(MetaKey::Catalog).is_some() { now.mono_ms.saturating_add(rng.below(CATALOG_POLL_MS)) } else { now.mono_ms };
        let mut gatekeeper = Self {
            counters: Counters::load(&snapshot.counters, totals),
            book: Book::load(&snapshot),
            people: People::load(context),
            drove: Drove::default(),
            requests: Requests::load(&snapshot),
            journal: Journal::load(&snapshot),
            outbox: Outbox::load(&snapshot, outer),
            config,
            signer,
            rng,
            inner_rng,
            vault,
            boot,
            in_force: None,
            terms: Vec::new(),
            context_signals: Vec::new(),
            stage: Stage::new(kept, stops),
            memory: TripMemory::default(),
            lanes: Vec::new(),
            batcher: Batcher::default(),
            shut: BTreeSet::new(),
            no_key: UseSet::EMPTY,
            step,
            out: VecDeque::new(),
            in_flight: BTreeMap::new(),
            next_txn: 1,
            store_failed: false,
            unsigned: VecDeque::new(),
            sign_due_ms: 0,
            retry_due_ms: None,
            ticked_ms: now.mono_ms,
            counters_due_ms: now.mono_ms.saturating_add(COUNTERS_MS),
            housekeeping_due_ms: now.mono_ms,
            poll_due_ms,
            high_water_ms,
            high_water_stored_ms: high_water_ms,
            prune_due_ms: now.mono_ms,
            last_trip_ms: meta(&snapshot, MetaKey::LastTrip),
            notices: BTreeMap::new(),
            seen: now,
            loads: BTreeMap::new(),
            readers: BTreeMap::new(),
            receipts: BTreeMap::new(),
            pins: BTreeMap::new(),
            opened: BTreeMap::new(),
            made: BTreeMap::new(),
            stopping: Stopping::No,
            refill_asked: false,
        };
        gatekeeper.outbox.recall_heard(&snapshot, &gatekeeper.vault);
        gatekeeper.come_up(&snapshot, now);
        gatekeeper
    }

    fn come_up(&mut self, snapshot: &Snapshot, now: Now) {
        let now = self.believe(now);
        self.put_meta(MetaKey::Boot, &BootMeta { clean: false, ..self.boot });
        self.note(&Body::Boot { boot: self.boot.boot, clean: self.boot.clean }, now);
        if let Some(envelope) = snapshot.meta(MetaKey::Catalog) {
            self.restore_catalog(envelope, now);
        }
        let from = self.journal.head().0.saturating_sub(RECENT).saturating_add(1);
        self.step.commands.push(Command::Load(Load::Ledger { token: u64::MAX, from, count: u32::try_from(RECENT).unwrap_or(1) }));
        let effect = self.people.resumed(self.high_water_ms, &now);
        self.take_effect(effect, now);
        self.tick(now);
        self.step.hurry(Urgency::Now);
        self.finish(now);
    }

    /// Takes an event.
    pub fn handle(&mut self, now: Now, event: Event) {
        let now = self.believe(now);
        let offers = matches!(event, Event::Records(_) | Event::Unknown { .. });
        match event {
            Event::Records(records) => self.take_records(records, now),
            Event::Unknown { records } => self.take_unknown(records),
            Event::Control { token, peer, request } => {
                // Nobody is shown what is over by the clock before its end is on its way to the disk.
                self.end_due(now);
                self.ask(token, peer, request, now);
            }
            Event::Committed { txn } => self.committed(txn, now),
            Event::CommitFailed { txn } => self.commit_failed(txn, now),
            Event::Loaded(loaded) => self.take_loaded(loaded, now),
            Event::Link { recipient, epoch, event } => self.take_link(&recipient, epoch, event, now),
            Event::Catalog { envelope } => self.take_catalog(&envelope, now),
            Event::Pin { token, result } => self.take_pin(token, result, now),
            Event::PoolRefilled => {
                self.refill_asked = false;
                self.no_key = UseSet::EMPTY;
                self.refresh(UseSet::EMPTY, now);
            }
            Event::Tick => self.tick(now),
            Event::Shutdown => self.shut_down(now),
        }
        // Records alone move nothing in the outbox unless a batch closed.
        if offers && self.step.ops.is_empty() && self.step.commands.is_empty() && now.mono_ms < self.counters_due_ms {
            return;
        }
        self.finish(now);
    }

    /// The next command to carry out, in order.
    pub fn poll(&mut self) -> Option<Command> {
        self.out.pop_front()
    }

    /// Finds a signal of the catalog in force, with the datatype that its values must have.
    pub fn signal(&self, path: &str) -> Option<(SignalId, Datatype)> {
        let in_force = self.in_force.as_deref()?;
        match in_force.tables.signal(path) {
            Some(id) => in_force.catalog.signals.get(id.index()).map(|signal| (id, signal.datatype)),
            None => self.config.context.beyond().into_iter().find(|(named, ..)| *named == Some(path)).map(|(_, id, _, datatype)| (id, datatype)),
        }
    }

    /// The catalog in force, to be shared with other gatekeepers of this process.
    pub fn shared_catalog(&self) -> Option<SharedCatalog> {
        self.in_force.clone().map(SharedCatalog)
    }

    /// Holds another gatekeeper's copy of the catalog in force instead of its own, if both are of the same bytes: many cars in one
    /// process keep it once. Each has verified it itself.
    pub fn share_catalog(&mut self, other: &SharedCatalog) {
        if self.in_force.as_deref().is_some_and(|own| own.digest == other.0.digest) {
            self.in_force = Some(Arc::clone(&other.0));
        }
    }

    /// The signer, for a pool that was refilled.
    pub fn signer_mut(&mut self) -> &mut S {
        &mut self.signer
    }

    /// The number of this boot.
    pub fn boot_number(&self) -> u32 {
        self.boot.boot
    }

    /// Lowers the clock's trust when it is behind its high-water mark, and raises the mark.
    fn believe(&mut self, now: Now) -> Now {
        let set_back = now.wall_ms < self.high_water_ms.saturating_sub(SET_BACK_MS);
        let trust = if set_back { ClockTrust::Untrusted } else { now.trust };
        if trust == ClockTrust::Trusted {
            self.high_water_ms = self.high_water_ms.max(now.wall_ms);
        }
        self.seen = Now { boot: self.boot.boot, trust, ..now };
        self.seen
    }

    /// Time as far as it is certain: the clock, or the latest that was ever trusted. What is over by it stays over, also when the
    /// clock goes back.
    fn certain(&self, now: Now) -> Now {
        if self.high_water_ms == 0 {
            return now;
        }
        let clock_ms = if now.trust == ClockTrust::Trusted { now.wall_ms } else { 0 };
        Now { wall_ms: clock_ms.max(self.high_water_ms), trust: ClockTrust::Trusted, ..now }
    }

    /// The newest transaction up to which all are on disk.
    fn synced(&self) -> TxnId {
        self.in_flight.keys().next().copied().unwrap_or(self.next_txn).saturating_sub(1)
    }

    fn put_meta<T: serde::Serialize>(&mut self, key: MetaKey, value: &T) {
        self.step.ops.push(StoreOp::Meta { key, value: postcard::to_allocvec(value).unwrap_or_default() });
    }

    /// Decisions that are in memory only.
    fn pending(&self) -> u64 {
        let Some(in_force) = &self.in_force else { return 0 };
        crate::stage::uses(in_force)
            .fold(0, |sum: u64, use_ix| sum.saturating_add(self.stage.pending(in_force, use_ix)).saturating_add(self.batcher.pending(use_ix)))
    }

    /// Ends a step: hands over what can go, then what was gathered, in the order that the rules demand.
    fn finish(&mut self, now: Now) {
        let poll = (now.mono_ms >= self.poll_due_ms).then(|| self.config.catalog_recipient.clone());
        if self.stopping == Stopping::No && !self.store_failed {
            outbox!(self, now, |outbox, cx| outbox.pump(poll.as_deref(), &mut cx));
        }
        self.watch_pool();
        self.step.ops.extend(self.outbox.heard_op(&self.vault, &mut self.inner_rng));
        self.step.ops.extend(self.stage.kept_op(&self.vault, &mut self.inner_rng));
        let counters_due = now.mono_ms >= self.counters_due_ms && self.counters.is_dirty();
        if counters_due && self.store_failed {
            // Behind a store that does not write counters only pile up: they go with the next change.
            self.counters_due_ms = now.mono_ms.saturating_add(COUNTERS_MS);
        }
        let counters_due = counters_due && !self.store_failed;
        if !self.step.ops.is_empty() || counters_due {
            self.drain();
            let pending = self.pending();
            self.counters.take_ops(pending, &mut self.step.ops);
            self.counters_due_ms = now.mono_ms.saturating_add(COUNTERS_MS);
            if self.high_water_ms > self.high_water_stored_ms {
                self.high_water_stored_ms = self.high_water_ms;
                self.put_meta(MetaKey::HighWater, &self.high_water_ms.clone());
            }
        }
        let mut step = std::mem::take(&mut self.step);
        let mut counts = which_count(step.ops.iter()).into_iter();
        step.ops.retain(|_| counts.next().unwrap_or(true));
        let (cuts, rest): (Vec<Command>, Vec<Command>) = step.commands.into_iter().partition(|command| matches!(command, Command::Cut { .. }));
        self.out.extend(cuts);
        if step.ops.is_empty() {
            self.respond_to_reads(step.responds);
        } else {
            let txn = self.next_txn;
            self.next_txn = txn.saturating_add(1);
            let urgency = step.urgency;
            let held = self.in_flight.values().any(|flight| flight.failed);
            if !held {
                self.out.push_back(Command::Commit { txn, urgency, ops: step.ops.clone() });
            }
            // What is not in the ledger is not recorded either.
            let late = (held && urgency < Urgency::End) || !self.unsigned.is_empty();
            let responds = if late { self.unrecorded(step.responds) } else { step.responds };
            self.in_flight.insert(txn, InFlight { ops: step.ops, responds, reads: Vec::new(), binds: step.binds, urgency, failed: held });
            if held && urgency == Urgency::End {
                // Space is set aside for it, so it does not wait until others are tried again.
                self.write_again();
            }
        }
        self.out.extend(rest);
        self.stopped();
    }

    fn respond(&mut self, responds: Vec<(u64, Response)>) {
        self.out.extend(responds.into_iter().map(|(token, response)| Command::Respond { token, response }));
    }

    /// What is shown may follow from what is not on disk yet: then it waits for that. A store that does not write holds up
    /// nobody who only wants to see.
    fn respond_to_reads(&mut self, responds: Vec<(u64, Response)>) {
        match self.in_flight.values_mut().next_back().filter(|flight| !flight.failed) {
            Some(flight) => flight.reads.extend(responds),
            None => self.respond(responds),
        }
    }

    /// What a person asked for binds in memory; that it is not on disk yet is said at once.
    fn unrecorded(&mut self, responds: Vec<(u64, Response)>) -> Vec<(u64, Response)> {
        let said = responds.into_iter().map(|(token, response)| {
            let told = match response {
                Response::Done { detail } => Response::Unrecorded { detail: format!("{detail} Not yet recorded: the store does not write; retrying.") },
                // What is read changes nothing that would have to be recorded.
                Response::Data { .. } | Response::Status(_) | Response::Refused { .. } | Response::Unrecorded { .. } => response,
            };
            (token, told)
        });
        let said: Vec<_> = said.collect();
        self.respond(said);
        Vec::new()
    }

    fn committed(&mut self, txn: TxnId, now: Now) {
        let behind_failed = self.in_flight.range(..txn).any(|(_, flight)| flight.failed);
        if behind_failed {
            // Written, but something older was not: it is written again behind it, so that the order stands.
            if let Some(flight) = self.in_flight.get_mut(&txn) {
                flight.failed = true;
            }
            return;
        }
        let Some(flight) = self.in_flight.remove(&txn) else { return };
        self.respond(flight.responds);
        self.respond(flight.reads);
        let bound = flight.binds.iter().filter(|record| self.book.bind(record)).count() > 0;
        self.recover(now);
        if bound {
            self.refresh(UseSet::EMPTY, now);
            self.raise_requests(now);
        }
    }

    /// Opens the gate again once everything is stored and signed.
    fn recover(&mut self, now: Now) {
        if self.store_failed && self.unsigned.is_empty() && !self.in_flight.values().any(|flight| flight.failed) {
            self.store_failed = false;
            self.notice("the store writes again".to_owned(), now);
            self.refresh(UseSet::EMPTY, now);
        }
    }

    /// Signs what could not be signed before, in order.
    fn sign_late(&mut self, now: Now) {
        while let Some(entry) = self.unsigned.front() {
            let signed = match entry {
                Unsigned::Consent(change) => self.journal.record(change, &mut self.book, &now, &self.signer, &self.vault, &mut self.inner_rng),
                Unsigned::Other(body) => self.journal.append(body, "", &now, &self.signer, &self.vault, &mut self.inner_rng).map(|op| vec![op]),
            };
            let Ok(ops) = signed else {
                self.sign_due_ms = now.mono_ms.saturating_add(RETRY_MS);
                return;
            };
            self.step.ops.extend(ops);
            self.unsigned.pop_front();
        }
        self.recover(now);
    }

    /// Keeps an entry for later and shuts the gate. The list is bounded: a gate that is shut makes few entries, and the
    /// newest say the most.
    fn keep_unsigned(&mut self, entry: Unsigned, now: Now) {
        if self.unsigned.len() >= UNSIGNED_MAX {
            self.unsigned.pop_front();
        }
        if self.unsigned.is_empty() {
            self.sign_due_ms = now.mono_ms.saturating_add(RETRY_MS);
        }
        self.unsigned.push_back(entry);
        self.shut_gate(now);
    }

    /// Nothing is released while something that must be recorded is not.
    fn shut_gate(&mut self, now: Now) {
        if !self.store_failed {
            self.store_failed = true;
            self.refresh(UseSet::EMPTY, now);
        }
    }

    fn commit_failed(&mut self, txn: TxnId, now: Now) {
        let Some(flight) = self.in_flight.get_mut(&txn) else { return };
        flight.failed = true;
        let (responds, reads) = (std::mem::take(&mut flight.responds), std::mem::take(&mut flight.reads));
        self.unrecorded(responds);
        self.respond(reads);
        self.retry_due_ms.get_or_insert(now.mono_ms.saturating_add(RETRY_MS));
        self.shut_gate(now);
    }

    /// Writes failed transactions again, and everything behind the first of them, in order.
    fn retry(&mut self, now: Now) {
        if self.retry_due_ms.is_none_or(|due| now.mono_ms < due) {
            return;
        }
        self.write_again();
    }

    fn write_again(&mut self) {
        self.retry_due_ms = None;
        let Some(first) = self.in_flight.iter().find(|(_, flight)| flight.failed).map(|(txn, _)| *txn) else { return };
        // An end may use the space that is set aside for it, and so may whatever has to be written before it.
        let end = self.in_flight.iter().rev().find(|(_, flight)| flight.urgency == Urgency::End).map(|(txn, _)| *txn);
        for (txn, flight) in self.in_flight.range_mut(first..) {
            flight.failed = false;
            let urgency = if end.is_some_and(|end| *txn <= end) { Urgency::End } else { flight.urgency };
            self.out.push_back(Command::Commit { txn: *txn, urgency, ops: flight.ops.clone() });
        }
    }

    /// Asks for certificates below a quarter of the pool.
    fn watch_pool(&mut self) {
        if self.outbox.pool_is_low(self.signer.pool_len()) && !self.refill_asked {
            self.refill_asked = true;
            self.step.commands.push(Command::RefillPool);
        }
    }

    /// Does what time demands.
    fn tick(&mut self, now: Now) {
        self.ticked_ms = now.mono_ms;
        self.retry(now);
        if !self.unsigned.is_empty() && now.mono_ms >= self.sign_due_ms {
            self.sign_late(now);
        }
        let effect = self.people.tick(&now);
        self.take_effect(effect, now);
        self.end_due(now);
        if self.stage.next_change_ms() <= now.wall_ms {
            self.refresh(UseSet::EMPTY, now);
        }
        self.tick_data(now);
        if now.mono_ms >= self.housekeeping_due_ms {
            self.housekeeping_due_ms = now.mono_ms.saturating_add(HOUSEKEEPING_MS);
            self.keep_house(now);
        }
    }

    /// Monotonic milliseconds at which [`Event::Tick`] is due at the latest.
    pub fn deadline_ms(&self) -> Option<u64> {
        let now = self.seen;
        let wall = |due: i64| now.mono_ms.saturating_add(u64::try_from(due.saturating_sub(now.wall_ms)).unwrap_or(0));
        let trusted = now.trust == ClockTrust::Trusted;
        let next_change = Some(self.stage.next_change_ms()).filter(|due| trusted && *due != i64::MAX);
        let windows = self.in_force.as_deref().and_then(|in_force| self.stage.tick_due_ms(in_force, now.wall_ms));
        let due = [
            self.outbox.due_ms(),
            self.stage.join_due_ms(),
            self.people.next_due_ms(&now),
            self.retry_due_ms,
            (!self.unsigned.is_empty()).then_some(self.sign_due_ms),
            self.counters.is_dirty().then_some(self.counters_due_ms),
            self.outbox.has_rows().then_some(self.housekeeping_due_ms),
            self.book.next_due_ms().filter(|_| trusted).map(wall),
            next_change.map(wall),
            windows.map(wall),
            self.batcher.due_ms().map(wall),
            // Once it is due, the link's own pauses govern.
            Some(self.poll_due_ms).filter(|due| *due > now.mono_ms),
        ];
        due.into_iter().flatten().min().map(|due| due.max(self.ticked_ms.saturating_add(DEADLINE_MS_MIN)))
    }

    /// Closes what is open, stores it, and leaves.
    fn shut_down(&mut self, now: Now) {
        if self.stopping != Stopping::No {
            return;
        }
        self.close_all(consent_core::transform::EndCause::Shutdown, now);
        outbox!(self, now, |outbox, cx| outbox.disconnect_all(&mut cx));
        let meta = self.people.meta();
        self.put_meta(MetaKey::Context, &meta);
        self.put_meta(MetaKey::Boot, &BootMeta { clean: true, ..self.boot });
        self.step.hurry(Urgency::Now);
        self.stopping = Stopping::Stored;
        self.watch_trip(now);
    }

    fn stopped(&mut self) {
        if self.stopping == Stopping::Stored && self.in_flight.is_empty() {
            self.stopping = Stopping::Stopped;
            self.out.push_back(Command::Stopped);
        }
    }

    /// Carries out what a change of the context asks for.
    fn take_effect(&mut self, effect: Effect, now: Now) {
        if effect.list || effect.driver {
            self.book.aboard(&self.people);
            self.drove.sits(self.people.seat(), now.wall_ms);
        }
        if effect.trip.is_some_and(crate::people::TripChange::began) {
            self.last_trip_ms = now.wall_ms;
            self.put_meta(MetaKey::LastTrip, &now.wall_ms);
        }
        let ended = effect.trip.is_some_and(crate::people::TripChange::ended);
        if ended {
            // What waits on the track was measured under what is still in force.
            self.arrive(now);
            self.end_trip(now);
        }
        if effect.store {
            let meta = self.people.meta();
            self.put_meta(MetaKey::Context, &meta);
        }
        if effect.list || effect.driver || effect.context || effect.trip.is_some() {
            self.watch_trip(now);
            let restarts = if effect.driver || effect.trip.is_some() { UseSet(u128::MAX) } else { UseSet::EMPTY };
            self.refresh(restarts, now);
            self.raise_requests(now);
        }
    }

    /// Writes a notice, unless it, or too many others, were written within the last hour.
    fn notice(&mut self, text: String, now: Now) {
        self.notices.retain(|_, at_ms| now.mono_ms.saturating_sub(*at_ms) < NOTICE_MS);
        if self.notices.len() < NOTICES_MAX && !self.notices.contains_key(&text) {
            self.notices.insert(text.clone(), now.mono_ms);
            self.note(&Body::Notice { text }, now);
        }
    }

    /// Writes an entry that is no consent event.
    fn note(&mut self, body: &Body, now: Now) {
        match self.journal.append(body, "", &now, &self.signer, &self.vault, &mut self.inner_rng) {
            Ok(op) => self.step.ops.push(op),
            Err(_) => self.keep_unsigned(Unsigned::Other(body.clone()), now),
        }
    }
}

/// Reads a small fact; what cannot be read is as new.
fn meta<T: serde::de::DeserializeOwned + Default>(snapshot: &Snapshot, key: MetaKey) -> T {
    snapshot.meta(key).and_then(|bytes| postcard::from_bytes(bytes).ok()).unwrap_or_default()
}

/// What the parts need to know of the moment; `None` without a catalog.
fn moment<'a>(in_force: Option<&'a InForce>, people: &People, now: Now) -> Option<Moment<'a>> {
    in_force.map(|in_force| Moment { now, in_force, driving: people.driving() })
}

fn lanes() -> Vec<Lane> {
    (0..USES_MAX).map(|_| Lane::default()).collect()
}

#[cfg(test)]
mod tests;
