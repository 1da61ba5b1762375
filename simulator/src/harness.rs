//! Virtual time on one thread: a car, its store, a link per recipient and a receiver, all from one seed.
//!
//! Every crash, loss and delay comes from the seed, so a run can be played again step by step. The harness only carries what
//! the gatekeeper commands and tells it what became of it; it judges and counts nothing. INVARIANT: what was handed over to
//! the store and not committed is gone after a crash; what the store was told to commit and told back is there.

mod car;
pub mod chance;
pub mod desk;
mod faults;
mod net;

use car::Car;
pub use chance::Chance;
use consent_agent::store::{Store, StoreError};
use consent_core::{Assurance, ClockTrust, SignalId, Value};
use consent_gatekeeper::control::{Peer, Request, Response};
use consent_gatekeeper::event::Record;
use consent_gatekeeper::status::Status;
use consent_gatekeeper::{Config, ContextSignals, Event, Now, SharedCatalog};
use consent_protocol::catalog::{CompiledCatalog, Datatype};
use consent_protocol::ledger::Method;
use consent_receiver::engine::{Counts, Engine, EngineConfig, EngineError, Outgoing};
use desk::{Desk, DeskSigner};
pub use faults::Answering;
pub use net::{Handed, HandedWhat};
use net::{Happening, Net};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How the people of the harness decide: on the car's screen, well recognised.
pub const SCREEN: Peer = Peer { method: Method::Screen, assurance: Assurance::High };

/// Whether the bytes handed to the wire are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireLog {
    /// For tests.
    Keep,
    /// For long replays.
    Forget,
}

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where all chance comes from.
    pub seed: u64,
    /// Wall time at the beginning, Unix milliseconds.
    pub start_ms: i64,
    /// Stream keys at the beginning.
    pub pool: u32,
    /// Room for waiting rows, bytes.
    pub queue_bytes_max: u64,
    /// Room for what of one use awaits a review, bytes.
    pub review_bytes_max: u64,
    /// How long disclosures stay, days.
    pub disclosure_days: u32,
    /// Whether the wire is kept.
    pub wire: WireLog,
    /// One way over the link takes this long, milliseconds, from and to.
    pub latency_ms: (u64, u64),
    /// An urgent sync takes this long, milliseconds, from and to.
    pub sync_ms: (u64, u64),
    /// Signals that feed the context.
    pub context: ContextSignals,
    /// What the first boot's gatekeeper draws from; by default something of the seed.
    pub gate_seed: Option<[u8; 32]>,
}

impl Settings {
    /// Usual settings for a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            start_ms: 1_790_000_000_000,
            pool: desk::POOL,
            queue_bytes_max: 64 << 20,
            review_bytes_max: 8 << 20,
            disclosure_days: 30,
            wire: WireLog::Keep,
            latency_ms: (20, 120),
            sync_ms: (1, 4),
            context: context_signals(),
            gate_seed: None,
        }
    }
}

/// The signals that tell the demo car's gatekeeper what the car is doing.
pub fn context_signals() -> ContextSignals {
    ContextSignals {
        speed: Some("Vehicle.Speed".to_owned()),
        gear: Some("Vehicle.Powertrain.Transmission.CurrentGear".to_owned()),
        parking_brake: Some("Vehicle.Chassis.ParkingBrake.IsEngaged".to_owned()),
        ignition: Some("Vehicle.LowVoltageSystemState".to_owned()),
        ..ContextSignals::default()
    }
}

/// What the gatekeeper of a car for this catalog is told.
pub fn gatekeeper_config(settings: &Settings, desk: &Desk) -> Config {
    let catalog = &desk.catalog;
    Config {
        environment: catalog.environment,
        country: catalog.country.clone(),
        model_line: catalog.model_line.clone(),
        catalog_root: desk::public(&crate::catalog::demo_root()),
        catalog_recipient: desk.manufacturer(),
        queue_bytes_max: settings.queue_bytes_max,
        review_bytes_max: settings.review_bytes_max,
        disclosure_days: settings.disclosure_days,
        context: settings.context.clone(),
        languages: catalog.languages.clone(),
    }
}

/// What the net does to messages that the broker took, in a thousand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Delivered a second time, later.
    pub duplicate: u32,
    /// Overtaken by later ones.
    pub reorder: u32,
    /// Acknowledged and never delivered.
    pub lose: u32,
}

/// Why a world cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The receiver failed.
    #[error("receiver: {0}")]
    Receiver(#[from] EngineError),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Something happens again and again without time going on.
    #[error("the car does not come to rest at {mono_ms} ms of its boot: last {what}")]
    Restless {
        /// Since boot.
        mono_ms: u64,
        /// What happened last.
        what: &'static str,
    },
    /// A request was not answered within a minute of virtual time.
    #[error("a control request was not answered within a minute")]
    Unanswered,
    /// What was asked for needs the receiver, and this car's is elsewhere.
    #[error("the receiver of this car is elsewhere")]
    Elsewhere,
}

/// Happenings within one millisecond that are still believed.
const RESTLESS: u32 = 200_000;
/// A request is answered within this time, milliseconds.
const ANSWER_MS: u64 = 60_000;
/// How often the receiver looks for what is past its retention, milliseconds.
const RECEIVER_TICK_MS: u64 = 3_600_000;

/// A message that the broker passed on to a receiver elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Milliseconds since the world began.
    pub at_ms: u64,
    /// Topic.
    pub topic: String,
    /// Payload.
    pub payload: Vec<u8>,
}

/// Where the receiver is.
#[derive(Debug)]
enum Receiving {
    /// Part of this world.
    Here(Box<Engine>),
    /// Serves many worlds; what is for it waits here.
    Elsewhere(Vec<Passed>),
}

/// One car and its receiver.
#[derive(Debug)]
pub struct World {
    settings: Settings,
    desk: Arc<Desk>,
    chance: Chance,
    faults: Faults,
    /// What the receiver does not get yet.
    held: Option<Vec<(String, Vec<u8>)>>,
    /// Milliseconds since the world began.
    t_ms: u64,
    wall_shift_ms: i64,
    trust: ClockTrust,
    car: Car,
    net: Net,
    receiver: Receiving,
    /// A catalog that many worlds hold together.
    shared: Option<SharedCatalog>,
    responses: BTreeMap<u64, Response>,
    next_token: u64,
    /// Steps until the car crashes.
    fuse: Option<u64>,
    steps: u64,
    busy: (u64, u32),
    ticked_ms: Option<u64>,
}

impl World {
    /// A world of a seed with an empty store in memory.
    pub fn new(seed: u64, catalog: CompiledCatalog) -> Result<Self, WorldError> {
        Self::with(Settings::new(seed), Desk::new(catalog), Box::new(crate::memstore::MemStore::new()))
    }

    /// A world as told, on a store.
    pub fn with(settings: Settings, desk: Desk, store: Box<dyn Store>) -> Result<Self, WorldError> {
        let mut chance = Chance::new(settings.seed, 0);
        let receiver = open_receiver(&desk, chance.bytes())?;
        Self::compose(settings, Arc::new(desk), chance, Receiving::Here(Box::new(receiver)), store)
    }

    /// A car whose receiver is elsewhere: what is for it is taken by [`Self::take_passed`], its answers come by [`Self::answer`].
    pub fn apart(settings: Settings, desk: &Arc<Desk>, store: Box<dyn Store>) -> Result<Self, WorldError> {
        let chance = Chance::new(settings.seed, 0);
        Self::compose(settings, Arc::clone(desk), chance, Receiving::Elsewhere(Vec::new()), store)
    }

    fn compose(settings: Settings, desk: Arc<Desk>, mut chance: Chance, receiver: Receiving, mut store: Box<dyn Store>) -> Result<Self, WorldError> {
        let now = Now { boot: 1, mono_ms: 0, wall_ms: settings.start_ms, trust: ClockTrust::Trusted };
        let snapshot = store.load()?;
        let signer = DeskSigner::new(&desk, settings.seed, settings.pool, NOT_AFTER_S);
        let gate = consent_gatekeeper::Gatekeeper::boot(
            gatekeeper_config(&settings, &desk),
            snapshot,
            signer,
            settings.gate_seed.unwrap_or_else(|| chance.bytes()),
            now,
        );
        let mut net = Net::new(Chance::new(settings.seed, 1), settings.latency_ms, settings.wire);
        net.retain(&desk);
        if matches!(receiver, Receiving::Here(_)) {
            net.at(RECEIVER_TICK_MS, Happening::ReceiverTick);
        }
        let car = Car::new(gate, store, Chance::new(settings.seed, 2), settings.pool);
        let mut world = Self {
            settings,
            desk,
            chance,
            faults: Faults::default(),
            held: None,
            t_ms: 0,
            wall_shift_ms: 0,
            trust: ClockTrust::Trusted,
            car,
            net,
            receiver,
            shared: None,
            responses: BTreeMap::new(),
            next_token: 1,
            fuse: None,
            steps: 0,
            busy: (0, 0),
            ticked_ms: None,
        };
        world.carry()?;
        world.offer_catalog()?;
        Ok(world)
    }

    /// The time as the car reads it.
    pub fn now(&self) -> Now {
        Now {
            boot: self.car.boot,
            mono_ms: self.t_ms.saturating_sub(self.car.boot_at_ms),
            wall_ms: self.true_wall_ms().saturating_add(self.wall_shift_ms),
            trust: self.trust,
        }
    }

    fn true_wall_ms(&self) -> i64 {
        self.settings.start_ms.saturating_add_unsigned(self.t_ms)
    }

    /// Sets the car's clock wrong by so many milliseconds.
    pub fn shift_clock(&mut self, shift_ms: i64) {
        self.wall_shift_ms = shift_ms;
    }

    /// Lets time go on to a moment of the world's own wall time, if it lies ahead.
    pub fn advance_to(&mut self, wall_ms: i64) -> Result<(), WorldError> {
        let ahead = wall_ms.saturating_sub(self.true_wall_ms());
        self.advance(u64::try_from(ahead).unwrap_or(0))
    }

    /// Lets time go on.
    pub fn advance(&mut self, ms: u64) -> Result<(), WorldError> {
        let until = self.t_ms.saturating_add(ms);
        while self.step_until(until)? {}
        self.t_ms = until;
        Ok(())
    }

    /// Lets time go on until nothing is owed any more or the time is up; whether nothing is owed.
    pub fn drain(&mut self, ms_max: u64) -> Result<bool, WorldError> {
        let until = self.t_ms.saturating_add(ms_max);
        while self.t_ms < until {
            if self.nothing_owed() {
                return Ok(true);
            }
            // A look at the status is dear; between two looks at most a minute goes by.
            let look = self.t_ms.saturating_add(60_000).min(until);
            for _ in 0..16 {
                if !self.step_until(look)? {
                    self.t_ms = look;
                    break;
                }
            }
        }
        Ok(self.nothing_owed())
    }

    /// Whether everything is delivered and answered, and nothing waits for its time.
    pub fn nothing_owed(&self) -> bool {
        let status = self.status();
        let outcomes = &status.outcomes;
        self.car.jobs.is_empty()
            && status.joining == 0
            && status.store_ok
            && outcomes.pending == 0
            && outcomes.queued == 0
            && outcomes.numbered == 0
            && status.links.iter().all(|link| link.waiting == 0 && link.statements_owed == 0 && link.erasures_owed == 0)
    }

    /// Asks the car, as a person at its screen, and lets time go on until it answers; `None` if it crashed meanwhile.
    pub fn control(&mut self, request: Request) -> Result<Option<Response>, WorldError> {
        self.control_as(SCREEN, request)
    }

    /// Asks the car in another role.
    pub fn control_as(&mut self, peer: Peer, request: Request) -> Result<Option<Response>, WorldError> {
        let (token, boot) = (self.next_token, self.car.boot);
        self.next_token = self.next_token.saturating_add(1);
        self.feed(Event::Control { token, peer, request })?;
        let until = self.t_ms.saturating_add(ANSWER_MS);
        loop {
            if let Some(response) = self.responses.remove(&token) {
                return Ok(Some(response));
            }
            if self.car.boot != boot {
                return Ok(None);
            }
            if !self.step_until(until)? {
                return Err(WorldError::Unanswered);
            }
        }
    }

    /// A signal of the catalog in force, with the datatype that its values must have.
    pub fn signal(&mut self, path: &str) -> Option<(SignalId, Datatype)> {
        self.car.signal(path)
    }

    /// Offers records whose signals are known, those of one moment together.
    pub fn offer_records(&mut self, records: Vec<Record>) -> Result<(), WorldError> {
        if records.is_empty() { Ok(()) } else { self.feed(Event::Records(records)) }
    }

    /// The catalog in force, for other worlds.
    pub fn shared_catalog(&self) -> Option<SharedCatalog> {
        self.car.gate.shared_catalog()
    }

    /// Holds a catalog together with other worlds, as soon as it is in force here, also after a restart.
    pub fn share_catalog(&mut self, shared: SharedCatalog) {
        self.car.gate.share_catalog(&shared);
        self.shared = Some(shared);
    }

    /// What was passed on to a receiver elsewhere since the last call, in order.
    pub fn take_passed(&mut self) -> Vec<Passed> {
        match &mut self.receiver {
            Receiving::Elsewhere(passed) => std::mem::take(passed),
            Receiving::Here(_) => Vec::new(),
        }
    }

    /// What a receiver elsewhere answers.
    pub fn answer(&mut self, outgoing: Vec<Outgoing>) {
        self.net.answer(self.t_ms, outgoing);
    }

    /// What was handed to the wire since the last call, in order; empty if it is not kept.
    pub fn take_handed(&mut self) -> Vec<Handed> {
        std::mem::take(&mut self.net.handed)
    }

    /// Offers one record.
    pub fn offer(&mut self, path: &str, value: Value, t_ms: i64) -> Result<(), WorldError> {
        let event = match self.car.signal(path) {
            Some((signal, _)) => Event::Records(vec![Record { signal, value, t_ms }]),
            None => Event::Unknown { records: 1 },
        };
        self.feed(event)
    }

    /// Offers records of one moment as texts; yields the positions of those that do not fit their signal, which are not offered.
    pub fn offer_texts(&mut self, t_ms: i64, records: &[(&str, &str)]) -> Result<Vec<usize>, WorldError> {
        let (mut known, mut unknown, mut broken) = (Vec::with_capacity(records.len()), 0, Vec::new());
        for (at, (path, text)) in records.iter().enumerate() {
            match self.car.signal(path) {
                None => unknown += 1,
                Some((signal, datatype)) => match crate::value::parse(datatype, text) {
                    Some(value) => known.push(Record { signal, value, t_ms }),
                    None => broken.push(at),
                },
            }
        }
        if unknown > 0 {
            self.feed(Event::Unknown { records: unknown })?;
        }
        if !known.is_empty() {
            self.feed(Event::Records(known))?;
        }
        Ok(broken)
    }

    /// What the car says of itself.
    pub fn status(&self) -> Status {
        self.car.gate.status(self.now())
    }

    /// What the receiver has in its tables.
    pub fn counts(&self) -> Result<Counts, WorldError> {
        match &self.receiver {
            Receiving::Here(engine) => Ok(engine.counts()?),
            Receiving::Elsewhere(_) => Err(WorldError::Elsewhere),
        }
    }

    fn engine(&mut self) -> Result<&mut Engine, WorldError> {
        match &mut self.receiver {
            Receiving::Here(engine) => Ok(engine),
            Receiving::Elsewhere(_) => Err(WorldError::Elsewhere),
        }
    }

    /// The car's store, to be read.
    pub fn store(&mut self) -> &mut dyn Store {
        self.car.store.as_mut()
    }

    /// The keys and the catalog.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// What was handed to the wire for a recipient, in order; empty if it is not kept.
    pub fn delivered(&self, recipient: &str) -> Vec<&Handed> {
        self.net.handed.iter().filter(|one| one.recipient == recipient).collect()
    }

    /// Everything that was handed to the wire, for all recipients, in order.
    pub fn handed(&self) -> &[Handed] {
        &self.net.handed
    }

    /// Keeps back what reaches the receiver, until [`Self::release_receiver`].
    pub fn hold_receiver(&mut self) {
        self.held = Some(Vec::new());
    }

    /// Lets the receiver have what was kept back.
    pub fn release_receiver(&mut self) {
        for (topic, payload) in self.held.take().unwrap_or_default() {
            self.net.at(self.t_ms, Happening::Deliver { topic, payload });
        }
    }

    /// Puts a message on the broker, as anybody could who may publish there.
    pub fn inject(&mut self, topic: String, payload: Vec<u8>) {
        self.net.answer(self.t_ms, vec![Outgoing { topic, payload }]);
    }

    /// Batches on their way to the broker for a recipient.
    pub fn in_flight(&self, recipient: &str) -> Vec<&[u8]> {
        self.net.in_flight(recipient)
    }

    /// Number of the boot.
    pub fn boot(&self) -> u32 {
        self.car.boot
    }

    /// Steps so far: events taken and commands carried out.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Lets the car crash after so many steps.
    pub fn crash_after(&mut self, steps: u64) {
        self.fuse = Some(steps);
    }

    /// What the net does to messages from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Lets the next groups fail to be written.
    pub fn fail_store(&mut self, groups: u32) {
        self.car.failures = groups;
    }

    /// Makes a newer catalog known to the receiver and has the broker keep it for the cars.
    pub fn publish_catalog(&mut self, catalog: CompiledCatalog) -> Result<(), WorldError> {
        let desk = Arc::new(Desk::new(catalog));
        self.engine()?.add_catalog(&desk.envelope)?;
        self.net.retain(&desk);
        self.desk = desk;
        self.net.send_retained(self.t_ms, self.car.boot, &self.desk.catalog.audience());
        Ok(())
    }

    /// Gives the car a signed catalog, as from a file.
    pub fn load_catalog(&mut self) -> Result<(), WorldError> {
        let envelope = self.desk.envelope.clone();
        self.feed(Event::Catalog { envelope })
    }

    fn offer_catalog(&mut self) -> Result<(), WorldError> {
        if self.status().catalog_version == 0 { self.load_catalog() } else { Ok(()) }
    }

    /// Drops a connection; what was on its way may have arrived.
    pub fn cut_link(&mut self, recipient: &str) {
        self.net.lose_link(self.t_ms, self.car.boot, recipient);
    }

    /// Drops a connection, and lets none come up until [`Self::restore_link`].
    pub fn block_link(&mut self, recipient: &str) {
        self.net.block(recipient);
        self.cut_link(recipient);
    }

    /// Lets connections come up again.
    pub fn restore_link(&mut self, recipient: &str) {
        self.net.unblock(recipient);
    }

    /// The broker starts anew: all connections and everything in flight are gone.
    pub fn lose_broker(&mut self) {
        self.net.lose_broker(self.t_ms, self.car.boot);
    }

    /// The receiver starts anew on its database.
    pub fn restart_receiver(&mut self) -> Result<(), WorldError> {
        let seed = self.chance.bytes();
        let wall_ms = self.true_wall_ms();
        self.engine()?.restart(seed);
        self.net.lose_inbox();
        let outgoing = self.engine()?.at_start(wall_ms)?;
        self.net.answer(self.t_ms, outgoing);
        Ok(())
    }

    /// The car loses power and comes up again.
    pub fn crash_agent(&mut self) -> Result<(), WorldError> {
        self.fuse = None;
        self.net.lose_car(self.t_ms);
        self.responses.clear();
        self.car.jobs.clear();
        let snapshot = self.car.store.load()?;
        self.boot_agent(snapshot)
    }

    /// The car is shut down in order; afterwards it is at rest until [`Self::start_agent`].
    pub fn stop_agent(&mut self) -> Result<(), WorldError> {
        self.feed(Event::Shutdown)?;
        let until = self.t_ms.saturating_add(ANSWER_MS);
        while !self.car.stopped {
            if !self.step_until(until)? {
                return Err(WorldError::Unanswered);
            }
        }
        Ok(())
    }

    /// The car comes up after it was shut down.
    pub fn start_agent(&mut self) -> Result<(), WorldError> {
        self.crash_agent()
    }

    fn boot_agent(&mut self, snapshot: consent_gatekeeper::store::Snapshot) -> Result<(), WorldError> {
        self.car.boot = self.car.boot.saturating_add(1);
        self.car.restarts();
        self.car.boot_at_ms = self.t_ms;
        self.car.stopped = false;
        self.car.paths.clear();
        self.ticked_ms = None;
        let signer = DeskSigner::new(&self.desk, self.settings.seed, self.car.pool, NOT_AFTER_S);
        let now = self.now();
        self.car.gate = consent_gatekeeper::Gatekeeper::boot(gatekeeper_config(&self.settings, &self.desk), snapshot, signer, self.chance.bytes(), now);
        self.carry()?;
        self.offer_catalog()?;
        if let Some(shared) = &self.shared {
            self.car.gate.share_catalog(shared);
        }
        Ok(())
    }

    /// Lets the next thing happen if it is due by `until`; whether it did.
    fn step_until(&mut self, until_ms: u64) -> Result<bool, WorldError> {
        let tick_ms = self.car.deadline_ms().map(|at| if self.ticked_ms == Some(self.t_ms) { at.max(self.t_ms.saturating_add(1)) } else { at });
        let next_ms = self.net.next_ms();
        let Some(at_ms) = [tick_ms, next_ms, self.car.store_due_ms()].into_iter().flatten().min().filter(|at| *at <= until_ms) else {
            return Ok(false);
        };
        self.t_ms = self.t_ms.max(at_ms);
        if self.car.store_due_ms().is_some_and(|due| due <= self.t_ms) {
            self.rest("store")?;
            for event in self.car.work(self.t_ms) {
                self.net.at(self.t_ms, Happening::Tell { boot: self.car.boot, event: Box::new(event) });
            }
        } else if next_ms.is_some_and(|due| due <= self.t_ms) {
            self.rest("net")?;
            if let Some(happening) = self.net.pop(self.t_ms) {
                self.happen(happening)?;
            }
        } else {
            self.rest("tick")?;
            self.ticked_ms = Some(self.t_ms);
            self.feed(Event::Tick)?;
        }
        Ok(true)
    }

    fn rest(&mut self, what: &'static str) -> Result<(), WorldError> {
        self.busy = if self.busy.0 == self.t_ms { (self.t_ms, self.busy.1.saturating_add(1)) } else { (self.t_ms, 0) };
        if self.busy.1 > RESTLESS { Err(WorldError::Restless { mono_ms: self.now().mono_ms, what }) } else { Ok(()) }
    }

    fn happen(&mut self, happening: Happening) -> Result<(), WorldError> {
        let wall_ms = self.true_wall_ms();
        match happening {
            Happening::Tell { boot, event } if boot == self.car.boot => {
                self.car.hears(&event);
                self.feed(*event)?;
            }
            Happening::Tell { .. } => {}
            Happening::Arrive(flight) => self.net.arrive(self.t_ms, flight, self.faults),
            Happening::Deliver { topic, payload } => {
                if let Some(held) = &mut self.held {
                    held.push((topic, payload));
                    return Ok(());
                }
                match &mut self.receiver {
                    Receiving::Here(engine) => {
                        let outgoing = engine.handle(wall_ms, &topic, &payload)?;
                        self.net.answer(self.t_ms, outgoing);
                    }
                    Receiving::Elsewhere(passed) => passed.push(Passed { at_ms: self.t_ms, topic, payload }),
                }
            }
            Happening::Answer(message) => self.net.pass_down(self.t_ms, self.car.boot, message),
            Happening::ReceiverTick => {
                let outgoing = self.engine()?.tick(wall_ms)?;
                self.net.answer(self.t_ms, outgoing);
                self.net.at(self.t_ms.saturating_add(RECEIVER_TICK_MS), Happening::ReceiverTick);
            }
        }
        Ok(())
    }

    fn feed(&mut self, event: Event) -> Result<(), WorldError> {
        let now = self.now();
        self.car.gate.handle(now, event);
        if self.burns() { self.crash_agent() } else { self.carry() }
    }

    fn carry(&mut self) -> Result<(), WorldError> {
        while let Some(command) = self.car.gate.poll() {
            self.carry_out(command);
            if self.burns() {
                return self.crash_agent();
            }
        }
        Ok(())
    }

    /// Counts a step; whether it was the last one before a crash.
    fn burns(&mut self) -> bool {
        self.steps = self.steps.saturating_add(1);
        match self.fuse {
            Some(0) => true,
            Some(left) => {
                self.fuse = Some(left.saturating_sub(1));
                false
            }
            None => false,
        }
    }
}

/// A receiver in memory for all recipients of a desk's catalog, which it knows.
pub fn open_receiver(desk: &Desk, seed: [u8; 32]) -> Result<Engine, EngineError> {
    let config = EngineConfig {
        environment: desk.catalog.environment,
        authorities: vec![desk::public(&desk::authority())],
        catalog_root: desk::public(&crate::catalog::demo_root()),
        recipients: desk.recipients(),
        database: None,
        hand_on: None,
        report_ms: consent_receiver::engine::REPORT_MS,
    };
    let mut receiver = Engine::open(config, seed)?;
    receiver.add_catalog(&desk.envelope)?;
    Ok(receiver)
}

/// Certificates of the desk hold until 2100.
const NOT_AFTER_S: u64 = 4_102_444_800;
