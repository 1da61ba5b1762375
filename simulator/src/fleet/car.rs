//! One car of the fleet: its world, its people and what they were told, so that its promises can be counted at the end.
//!
//! INVARIANT: whatever happens to it follows from its seed and from what its receiver answers, never from another car.

use super::life::{Life, often};
use super::machine::{Part, Spent};
use super::shard::Directory;
use super::sums::Happened;
use crate::harness::desk::Desk;
use crate::harness::{Faults, Handed, HandedWhat, Settings, World, WorldError};
use crate::vehicle::{STEP_MS, Vehicle, Wish};
use consent_agent::store::Store;
use consent_core::{Assurance, SignalId, Status as StandingStatus, Value};
use consent_gatekeeper::control::{PauseFor, PauseScope, Request, Response, Terms};
use consent_gatekeeper::event::Record;
use consent_protocol::batch::Batch;
use consent_protocol::envelope::{self, sha256};
use consent_protocol::topic::{Channel, Topic};
use consent_protocol::{Digest, StreamId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A driver sits so long before anything is asked, so that the car knows that it stands, seconds.
const BOARDS_S: u64 = 2;
/// A link that is blocked stays so, seconds, from and to.
const BLOCKED_S: (u64, u64) = (5, 60);
/// A crash comes within so many steps.
const CRASH_STEPS: u64 = 300;

/// What the car is doing; times are the world's seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Parked, ignition off.
    Off { until_s: u64 },
    /// Somebody has got in.
    Boarding { until_s: u64 },
    /// On the way.
    Driving { until_s: u64 },
    /// On the way to stand.
    Stopping,
}

/// What the sensors say in a second, by step.
type Second = Vec<Vec<(SignalId, Value)>>;

/// One car.
#[derive(Debug)]
pub(super) struct FleetCar {
    pub(super) seed: u64,
    pub(super) world: World,
    start_ms: i64,
    life: Life,
    vehicle: Vehicle,
    phase: Phase,
    driver: Option<String>,
    boot: u32,
    /// What the store must say of a person's use, if the last thing about it was answered.
    pub(super) expected: BTreeMap<(String, String), Option<StandingStatus>>,
    /// Consent events that were answered.
    pub(super) answered: u64,
    /// What rested on consents that were withdrawn, by stream and number of the statement that opened it.
    dead: BTreeSet<(StreamId, u32)>,
    /// Batches of it that were handed over, or were under way, after the withdrawal was answered.
    pub(super) came_back: u64,
    /// Whether the store always knew after a crash what had been answered.
    pub(super) forgot: u64,
    blocked: BTreeMap<String, u64>,
    paused: BTreeSet<String>,
    pub(super) happened: Happened,
    /// Over everything that was handed to the wire.
    pub(super) fingerprint: Digest,
}

impl FleetCar {
    /// A parked car with an empty store.
    pub(super) fn new(seed: u64, desk: &Arc<Desk>, store: Box<dyn Store>) -> Result<Self, WorldError> {
        let settings = Settings::new(seed);
        let start_ms = settings.start_ms;
        let mut world = World::apart(settings, desk, store)?;
        let life = Life::new(seed);
        world.set_faults(life.faults);
        let (boot, first_s) = (world.boot(), life.first_s);
        Ok(Self {
            seed,
            world,
            start_ms,
            life,
            vehicle: Vehicle::new(seed),
            phase: Phase::Off { until_s: first_s },
            driver: None,
            boot,
            expected: BTreeMap::new(),
            answered: 0,
            dead: BTreeSet::new(),
            came_back: 0,
            forgot: 0,
            blocked: BTreeMap::new(),
            paused: BTreeSet::new(),
            happened: Happened::default(),
            fingerprint: Digest::default(),
        })
    }

    /// Lives the second that ends at `to_s`.
    pub(super) fn second(&mut self, to_s: u64, directory: &Directory, spent: &mut Spent) -> Result<(), WorldError> {
        let begin_s = to_s.saturating_sub(1);
        spent.on(Part::Gate, || {
            self.mishaps(begin_s)?;
            self.people(begin_s, directory)
        })?;
        let second = spent.on(Part::Sensors, || self.sense(directory));
        self.happened.seconds = self.happened.seconds.saturating_add(1);
        self.happened.driven_s = self.happened.driven_s.saturating_add(u64::from(!second.is_empty()));
        spent.on(Part::Gate, || self.offer(begin_s, second))?;
        spent.on(Part::Gate, || self.idle(to_s))?;
        spent.on(Part::Checks, || self.look());
        Ok(())
    }

    /// Lets time go on without anybody.
    pub(super) fn idle(&mut self, to_s: u64) -> Result<(), WorldError> {
        self.advance_to(to_s.saturating_mul(1_000))
    }

    fn advance_to(&mut self, t_ms: u64) -> Result<(), WorldError> {
        self.world.advance_to(self.start_ms.saturating_add_unsigned(t_ms))
    }

    fn sense(&mut self, directory: &Directory) -> Second {
        if matches!(self.phase, Phase::Off { .. }) {
            return Vec::new();
        }
        let steps = 1_000_u64.checked_div(STEP_MS).unwrap_or(1);
        let mut second = Vec::new();
        for _ in 0..steps {
            let readings = self.vehicle.step();
            let known = readings.iter().filter_map(|one| directory.read(one.path, &one.text, &self.life.fitted));
            second.push(known.collect());
        }
        second
    }

    fn offer(&mut self, begin_s: u64, second: Second) -> Result<(), WorldError> {
        for (step, values) in (1_u64..).zip(second) {
            self.advance_to(begin_s.saturating_mul(1_000).saturating_add(step.saturating_mul(STEP_MS)))?;
            let t_ms = self.world.now().wall_ms;
            self.world.offer_records(values.into_iter().map(|(signal, value)| Record { signal, value, t_ms }).collect())?;
        }
        Ok(())
    }

    /// What nobody wants to happen.
    fn mishaps(&mut self, now_s: u64) -> Result<(), WorldError> {
        self.after_a_crash()?;
        let over: Vec<String> = self.blocked.iter().filter(|(_, until_s)| **until_s <= now_s).map(|(recipient, _)| recipient.clone()).collect();
        for recipient in over {
            self.world.restore_link(&recipient);
            self.blocked.remove(&recipient);
        }
        if self.life.chance.per_mille(often::LINK) {
            self.lose_a_link(now_s);
        }
        if self.life.chance.per_mille(often::CRASH) {
            self.world.crash_after(self.life.chance.below(CRASH_STEPS));
        }
        Ok(())
    }

    fn lose_a_link(&mut self, now_s: u64) {
        let recipients = &self.world.desk().catalog.recipients;
        let at = usize::try_from(self.life.chance.below(u64::try_from(recipients.len()).unwrap_or(1))).unwrap_or(0);
        let Some(recipient) = recipients.get(at).map(|one| one.id.clone()) else { return };
        self.happened.links_lost = self.happened.links_lost.saturating_add(1);
        if self.life.chance.per_mille(often::BLOCKED) {
            self.world.block_link(&recipient);
            self.blocked.insert(recipient, now_s.saturating_add(self.life.chance.between(BLOCKED_S)));
        } else {
            self.world.cut_link(&recipient);
        }
    }

    /// If it crashed since the last look: whoever is in the car gets recognised again.
    pub(super) fn after_a_crash(&mut self) -> Result<(), WorldError> {
        if self.world.boot() == self.boot {
            return Ok(());
        }
        self.boot = self.world.boot();
        self.happened.crashes = self.happened.crashes.saturating_add(1);
        self.forgot = self.forgot.saturating_add(self.unknown_to_the_store()?);
        if self.driver.is_some() { self.recognise() } else { Ok(()) }
    }

    /// Answers that the store does not stand by.
    pub(super) fn unknown_to_the_store(&mut self) -> Result<u64, WorldError> {
        let snapshot = self.world.store().load()?;
        let status = |person: &str, use_id: &str| {
            let row = snapshot.standings.iter().find(|row| row.person == person && row.use_id == use_id);
            row.map(|row| row.status)
        };
        let off = self.expected.iter().filter(|((person, use_id), expected)| expected.is_some() && status(person, use_id) != **expected).count();
        Ok(u64::try_from(off).unwrap_or(u64::MAX))
    }

    fn people(&mut self, now_s: u64, directory: &Directory) -> Result<(), WorldError> {
        match self.phase {
            Phase::Off { until_s } if now_s >= until_s => {
                self.vehicle.wish(Wish::Park);
                self.phase = Phase::Boarding { until_s: now_s.saturating_add(BOARDS_S) };
            }
            Phase::Boarding { until_s } if now_s >= until_s => {
                self.board()?;
                self.vehicle.wish(Wish::Drive);
                self.phase = Phase::Driving { until_s: now_s.saturating_add(self.life.chance.between(self.life.drive_s)) };
            }
            Phase::Driving { until_s } if now_s >= until_s => {
                self.vehicle.wish(Wish::Park);
                self.phase = Phase::Stopping;
            }
            Phase::Driving { .. } => self.change_minds()?,
            Phase::Stopping if self.vehicle.is_parked() => {
                self.alight(directory)?;
                self.phase = Phase::Off { until_s: now_s.saturating_add(self.life.chance.between(self.life.stand_s)) };
            }
            Phase::Stopping | Phase::Off { .. } | Phase::Boarding { .. } => {}
        }
        Ok(())
    }

    fn board(&mut self) -> Result<(), WorldError> {
        let at = usize::try_from(self.life.chance.below(u64::try_from(self.life.drivers.len()).unwrap_or(1))).unwrap_or(0);
        let Some(driver) = self.life.drivers.get(at).cloned() else { return Ok(()) };
        self.driver = Some(driver.clone());
        self.recognise()?;
        for (use_id, tiers) in super::life::asked_for(&self.world.desk().catalog) {
            let (wants, again, tier) =
                (self.life.chance.per_mille(self.life.leaning), self.life.chance.per_mille(often::AGAIN), self.life.chance.below(u64::from(tiers)));
            let key = (driver.clone(), use_id.clone());
            let gives = match self.expected.get(&key) {
                None | Some(None) => wants,
                Some(Some(status)) => *status == StandingStatus::Withdrawn && again,
            };
            if gives {
                let terms = Terms { tier: u8::try_from(tier).ok(), ..Terms::default() };
                let response = self.ask(Request::ConsentGive { person: Some(driver.clone()), use_id, terms })?;
                self.settle(key, response.as_ref(), StandingStatus::Given);
            }
        }
        Ok(())
    }

    fn recognise(&mut self) -> Result<(), WorldError> {
        self.ask(Request::PeopleDriver { person: self.driver.clone(), assurance: Assurance::High })?;
        self.ask(Request::PeopleComplete { complete: true })?;
        Ok(())
    }

    /// The driver gets out and switches the car off.
    fn alight(&mut self, directory: &Directory) -> Result<(), WorldError> {
        while let Some(use_id) = self.paused.first().cloned() {
            let answer = self.ask(Request::Resume { scope: PauseScope::Use(use_id.clone()) })?;
            // Of a computer that crashed meanwhile it is asked again: a pause that was to end here would keep its queue shut for ever.
            if answer.is_some() {
                self.paused.remove(&use_id);
            } else {
                self.after_a_crash()?;
            }
        }
        let person = self.driver.take();
        self.ask(Request::PeopleLeave { person })?;
        let t_ms = self.world.now().wall_ms;
        let off = directory.off();
        self.world.offer_records(off.into_iter().map(|(signal, value)| Record { signal, value, t_ms }).collect())
    }

    fn change_minds(&mut self) -> Result<(), WorldError> {
        let Some(driver) = self.driver.clone() else { return Ok(()) };
        let given = self.expected.iter().filter(|((person, _), status)| *person == driver && **status == Some(StandingStatus::Given));
        let given: Vec<String> = given.map(|((_, use_id), _)| use_id.clone()).collect();
        let at = usize::try_from(self.life.chance.below(u64::try_from(given.len()).unwrap_or(1))).unwrap_or(0);
        let (withdraws, pauses, erase) =
            (self.life.chance.per_mille(often::WITHDRAWS), self.life.chance.per_mille(often::PAUSES), self.life.chance.per_mille(often::ERASES));
        let Some(use_id) = given.get(at).cloned() else { return Ok(()) };
        if pauses {
            self.ask(Request::Pause { scope: PauseScope::Use(use_id.clone()), duration: PauseFor::UntilResumed })?;
            self.paused.insert(use_id.clone());
        }
        if withdraws {
            let response = self.ask(Request::ConsentWithdraw { person: Some(driver.clone()), use_id: Some(use_id.clone()), erase })?;
            let ended = matches!(response, Some(Response::Done { .. }));
            self.settle((driver.clone(), use_id.clone()), response.as_ref(), StandingStatus::Withdrawn);
            if ended {
                self.bury(&driver, &use_id)?;
            }
        }
        Ok(())
    }

    /// From now on nothing of a person's use may leave that rests on what was opened so far.
    fn bury(&mut self, person: &str, use_id: &str) -> Result<(), WorldError> {
        self.look();
        let snapshot = self.world.store().load()?;
        let theirs = snapshot.bases.iter().filter(|basis| basis.terms.use_id == use_id && basis.consents.iter().any(|(of, _)| of == person));
        self.dead.extend(theirs.filter(|basis| basis.k > 0).map(|basis| (basis.stream, basis.k)));
        let recipients: Vec<String> = self.world.desk().catalog.recipients.iter().map(|one| one.id.clone()).collect();
        for recipient in recipients {
            let under_way = self.world.in_flight(&recipient).into_iter().filter(|payload| self.is_dead(payload)).count();
            self.came_back = self.came_back.saturating_add(u64::try_from(under_way).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    fn ask(&mut self, request: Request) -> Result<Option<Response>, WorldError> {
        let response = self.world.control(request)?;
        if matches!(response, Some(Response::Refused { .. })) {
            self.happened.refused = self.happened.refused.saturating_add(1);
        }
        Ok(response)
    }

    fn settle(&mut self, key: (String, String), response: Option<&Response>, status: StandingStatus) {
        match response {
            Some(Response::Done { .. } | Response::Data { .. }) => {
                self.answered = self.answered.saturating_add(1);
                let count = if status == StandingStatus::Given { &mut self.happened.given } else { &mut self.happened.withdrawn };
                *count = count.saturating_add(1);
                self.expected.insert(key, Some(status));
            }
            Some(Response::Refused { .. }) => {}
            Some(Response::Unrecorded { .. } | Response::Status(_)) | None => {
                self.expected.insert(key, None);
            }
        }
    }

    /// Looks at what was handed to the wire since the last look.
    pub(super) fn look(&mut self) {
        for Handed { at_ms, what, .. } in self.world.take_handed() {
            let HandedWhat::Publish { topic, payload } = what else { continue };
            self.fingerprint = sha256(&[&self.fingerprint.0, &at_ms.to_be_bytes(), topic.as_bytes(), &payload]);
            let is_batch = matches!(Topic::parse(&topic), Some(Topic::Stream { channel: Channel::Batch, .. }));
            if is_batch && self.is_dead(&payload) {
                self.came_back = self.came_back.saturating_add(1);
            }
        }
    }

    fn is_dead(&self, payload: &[u8]) -> bool {
        if self.dead.is_empty() {
            return false;
        }
        let batch = envelope::peek(payload).ok().and_then(|(_, inner)| Batch::from_bytes(&inner).ok());
        batch.is_some_and(|batch| self.dead.contains(&(batch.stream, batch.basis)))
    }

    /// Everybody comes home: true once the car stands with its ignition off.
    pub(super) fn comes_home(&mut self, to_s: u64, directory: &Directory, spent: &mut Spent) -> Result<bool, WorldError> {
        let begin_s = to_s.saturating_sub(1);
        match self.phase {
            Phase::Off { .. } => {}
            Phase::Boarding { .. } | Phase::Driving { .. } => {
                self.vehicle.wish(Wish::Park);
                self.phase = Phase::Stopping;
            }
            Phase::Stopping => {
                spent.on(Part::Gate, || self.people(begin_s, directory))?;
            }
        }
        let second = spent.on(Part::Sensors, || self.sense(directory));
        spent.on(Part::Gate, || {
            self.offer(begin_s, second)?;
            self.idle(to_s)
        })?;
        self.after_a_crash()?;
        self.look();
        Ok(matches!(self.phase, Phase::Off { .. }))
    }

    /// The net works again.
    pub(super) fn heal(&mut self) {
        self.world.set_faults(Faults::default());
        for recipient in std::mem::take(&mut self.blocked).into_keys() {
            self.world.restore_link(&recipient);
        }
    }

    /// All connections are made anew, so that what the broker lost is noticed.
    pub(super) fn reconnect(&mut self) {
        let recipients: Vec<String> = self.world.desk().catalog.recipients.iter().map(|one| one.id.clone()).collect();
        for recipient in recipients {
            self.world.cut_link(&recipient);
        }
    }
}
