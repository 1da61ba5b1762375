//! Who is in the car, what it is doing, and what people stopped: the context of every verdict.
//!
//! Fed by the control socket and by the signals that the configuration names. Who is aboard is not kept over a restart: until
//! told again nobody is known, and that is the strict side. A trip, a pause, an occupant's stop and a theft are kept, so that
//! a restart lifts none of them.
//!
//! INVARIANT: whatever is unknown, stale or contradictory leaves the gate with less.

mod motion;
mod pauses;

pub use motion::ContextSignal;

use crate::book::Book;
use crate::change::{ContextMeta, Moment};
use crate::control::{PauseFor, PauseScope, Peer};
use crate::now::Now;
use crate::refusal::{Refusal, assurance_name};
use crate::status::PersonStatus;
use consent_core::limits::{PERSONS_MAX, THEFT_MS_MAX};
use consent_core::{Assurance, ClockTrust, Condition, Context, DrivingState, Occupancy, Present, Role, UseIx, UseSet, Value};
use consent_protocol::catalog::{CompiledCatalog, Environment};
use consent_protocol::ledger::Method;
use motion::{Motion, Sign};
use pauses::{PauseList, Until};
use std::collections::BTreeSet;

/// A trip ends after so long without any sample, in milliseconds.
pub const TRIP_SILENCE_MS: u64 = 600_000;
const HOUR_MS: i64 = 3_600_000;
/// Uses that are remembered as shown; what is beyond counts as not shown.
const SHOWN_MAX: usize = 1_024;

/// What became of the trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TripChange {
    /// One began.
    Began,
    /// It ended.
    Ended,
    /// It ended and the next began: somebody else drives.
    Restarted,
}

impl TripChange {
    /// Whether a trip ended, so that consents for it end ([`Book::trip_ended`]).
    pub fn ended(self) -> bool {
        matches!(self, Self::Ended | Self::Restarted)
    }
}

/// Whether something begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Switch {
    /// Begins.
    Begin,
    /// Ends.
    End,
}

impl From<bool> for Switch {
    fn from(begins: bool) -> Self {
        if begins { Self::Begin } else { Self::End }
    }
}

/// Whether a person is old enough to consent in the country (R48).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Age {
    /// Old enough.
    OfAge,
    /// Not.
    Minor,
}

impl From<bool> for Age {
    fn from(minor: bool) -> Self {
        if minor { Self::Minor } else { Self::OfAge }
    }
}

/// Whether the store records what would leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreHealth {
    /// It writes.
    Writes,
    /// It does not.
    Failed,
}

/// What a change of the context asks of the machine.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// The list of people changed: [`Book::aboard`] is due.
    pub list: bool,
    /// Somebody else drives, or nobody.
    pub driver: bool,
    /// The gate must be rebuilt.
    pub context: bool,
    /// [`People::meta`] must be stored.
    pub store: bool,
    /// What became of the trip.
    pub trip: Option<TripChange>,
}

impl Effect {
    const NONE: Self = Self { list: false, driver: false, context: false, store: false, trip: None };
    const CONTEXT: Self = Self { context: true, ..Self::NONE };
    const STORED: Self = Self { context: true, store: true, ..Self::NONE };
    const LIST: Self = Self { list: true, context: true, ..Self::NONE };

    /// Whether there is anything to do.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Both, in this order.
    pub fn and(self, next: Self) -> Self {
        let trip = match (self.trip, next.trip) {
            (Some(TripChange::Ended), Some(TripChange::Began)) => Some(TripChange::Restarted),
            (Some(TripChange::Restarted), Some(TripChange::Ended)) => Some(TripChange::Ended),
            (first, second) => second.or(first),
        };
        Self {
            list: self.list || next.list,
            driver: self.driver || next.driver,
            context: self.context || next.context,
            store: self.store || next.store,
            trip,
        }
    }
}

/// Somebody in the car; without a person a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Aboard {
    person: Option<String>,
    role: Role,
    assurance: Assurance,
    age: Age,
}

impl Aboard {
    fn guest(role: Role) -> Self {
        Self { person: None, role, assurance: Assurance::None, age: Age::OfAge }
    }

    fn is(&self, person: &str) -> bool {
        self.person.as_deref() == Some(person)
    }
}

/// The context of one car.
#[derive(Debug)]
pub struct People {
    /// At most [`PERSONS_MAX`], at most one of them driving.
    aboard: Vec<Aboard>,
    occupancy: Occupancy,
    last_driver: Option<String>,
    motion: Motion,
    driving: DrivingState,
    /// Counts how often the car came to be parked in this boot.
    parkings: u64,
    trip: Option<u64>,
    /// Monotonic time of the last sample of any signal, or of the first moment of this boot.
    last_sample_ms: Option<u64>,
    stopped_by_occupant: bool,
    pauses: PauseList,
    theft_until_ms: i64,
    calls: BTreeSet<String>,
    shown: BTreeSet<String>,
}

impl People {
    /// Starts from what was stored. Nobody is known to be aboard.
    pub fn load(meta: Option<ContextMeta>) -> Self {
        let meta = meta.unwrap_or_default();
        Self {
            aboard: Vec::new(),
            occupancy: Occupancy::Unknown,
            last_driver: meta.last_driver,
            motion: Motion::default(),
            driving: DrivingState::Unknown,
            parkings: 0,
            trip: meta.trip,
            last_sample_ms: None,
            stopped_by_occupant: meta.stopped_by_occupant,
            pauses: PauseList::load(&meta.pauses),
            theft_until_ms: meta.theft_until_ms,
            calls: BTreeSet::new(),
            shown: meta.shown.into_iter().take(SHOWN_MAX).collect(),
        }
    }

    /// Once at boot: a trip during which this computer was off for longer than a trip may be silent is over.
    pub fn resumed(&mut self, high_water_ms: i64, now: &Now) -> Effect {
        self.last_sample_ms = Some(now.mono_ms);
        let off_ms = u64::try_from(now.wall_ms.saturating_sub(high_water_ms)).unwrap_or(0);
        if now.trust == ClockTrust::Trusted && off_ms >= TRIP_SILENCE_MS { self.end_trip() } else { Effect::NONE }
    }

    /// Somebody gets in, or is recognised more surely. Somebody who is aboard already keeps their seat.
    ///
    /// # Errors
    /// [`Refusal::CarFull`]: occupancy is unknown from then on, since somebody aboard is not on the list.
    pub fn enter(&mut self, person: Option<&str>, assurance: Assurance, age: Age) -> Result<Effect, Refusal> {
        if let Some(known) = self.aboard.iter_mut().find(|aboard| person.is_some_and(|person| aboard.is(person))) {
            let before = known.clone();
            known.assurance = assurance;
            known.age = age;
            return Ok(if before == *known { Effect::NONE } else { Effect::LIST });
        }
        if self.aboard.len() >= PERSONS_MAX {
            self.occupancy = Occupancy::Unknown;
            return Err(Refusal::CarFull { max: PERSONS_MAX });
        }
        let entered = match person {
            Some(person) => Aboard { person: Some(person.to_owned()), role: Role::Occupant, assurance, age },
            None => Aboard::guest(Role::Occupant),
        };
        self.aboard.push(entered);
        Ok(Effect::LIST)
    }

    /// Somebody gets out; of several guests one who does not drive.
    pub fn leave(&mut self, person: Option<&str>) -> Result<Effect, Refusal> {
        let leaves = |aboard: &Aboard| aboard.person.as_deref() == person;
        let occupant = self.aboard.iter().position(|aboard| leaves(aboard) && aboard.role == Role::Occupant);
        let at = occupant.or_else(|| self.aboard.iter().position(leaves)).ok_or(Refusal::NobodyLeaves)?;
        let left = self.aboard.remove(at);
        Ok(Effect { driver: left.role == Role::Driver, ..Effect::LIST })
    }

    /// The car recognises its driver; without a person a guest drives.
    ///
    /// Whoever was recognised before in that seat counts as an occupant until told that they got out; a guest who is
    /// recognised is that guest no more. Another driver than the last one recognised begins another trip; a guest who takes
    /// over lifts no occupant's stop, since nobody can tell whether they are another person.
    pub fn driver(&mut self, person: Option<&str>, assurance: Assurance, age: Age, now: &Now) -> Effect {
        if let Some(driver) = self.aboard.iter_mut().find(|aboard| aboard.role == Role::Driver && aboard.person.as_deref() == person) {
            let before = driver.clone();
            if person.is_some() {
                driver.assurance = assurance;
                driver.age = age;
            }
            return if before == *driver { Effect::NONE } else { self.remember_driver(now).and(Effect::LIST) };
        }
        self.aboard.retain(|aboard| !(aboard.role == Role::Driver && aboard.person.is_none()));
        self.aboard.retain(|aboard| person.is_none_or(|person| !aboard.is(person)));
        self.aboard.iter_mut().for_each(|aboard| aboard.role = Role::Occupant);
        if self.aboard.len() >= PERSONS_MAX {
            // Who drives must be on the list, whoever else is not.
            self.aboard.truncate(PERSONS_MAX.saturating_sub(1));
            self.occupancy = Occupancy::Unknown;
        }
        let driver = match person {
            Some(person) => Aboard { person: Some(person.to_owned()), role: Role::Driver, assurance, age },
            None => Aboard::guest(Role::Driver),
        };
        self.aboard.push(driver);
        self.remember_driver(now).and(Effect { driver: true, ..Effect::LIST })
    }

    /// "Not me": whoever drives was taken for somebody else, and is a guest.
    pub fn not_me(&mut self, now: &Now) -> Effect {
        self.aboard.retain(|aboard| aboard.role != Role::Driver || aboard.person.is_none());
        self.driver(None, Assurance::None, Age::OfAge, now)
    }

    /// Whether the list of people is complete.
    pub fn complete(&mut self, occupancy: Occupancy) -> Effect {
        if self.occupancy == occupancy {
            return Effect::NONE;
        }
        self.occupancy = occupancy;
        Effect::CONTEXT
    }

    /// A sample of one of the context's signals; [`Self::saw_sample`] is called for it as for any other.
    pub fn observe(&mut self, signal: ContextSignal, value: &Value, t_ms: i64, now: &Now) -> Effect {
        let trip = match (self.motion.observe(signal, value, t_ms, now), self.trip) {
            (Sign::Starts, None) => self.begin_trip(now),
            (Sign::Stops, Some(_)) => self.end_trip(),
            (Sign::Starts, Some(_)) | (Sign::Stops, None) | (Sign::Nothing, _) => Effect::NONE,
        };
        trip.and(self.update_driving(now))
    }

    /// A sample of any signal came in. A trip that was silent for too long before it is over.
    pub fn saw_sample(&mut self, now: &Now) -> Effect {
        let effect = self.end_silent_trip(now);
        self.last_sample_ms = Some(now.mono_ms);
        effect
    }

    /// Time passed.
    pub fn tick(&mut self, now: &Now) -> Effect {
        let mut effect = self.end_silent_trip(now);
        self.last_sample_ms.get_or_insert(now.mono_ms);
        if now.trust == ClockTrust::Trusted {
            if self.pauses.end_by(now.wall_ms) {
                effect = effect.and(Effect::STORED);
            }
            if self.theft_until_ms != 0 && self.theft_until_ms <= now.wall_ms {
                self.theft_until_ms = 0;
                effect = effect.and(Effect::STORED);
            }
        }
        effect.and(self.update_driving(now))
    }

    /// Monotonic milliseconds at which [`Self::tick`] is due.
    pub fn next_due_ms(&self, now: &Now) -> Option<u64> {
        let silence = self.last_sample_ms.filter(|_| self.trip.is_some()).map(|last_ms| last_ms.saturating_add(TRIP_SILENCE_MS));
        let theft = Some(self.theft_until_ms).filter(|until_ms| *until_ms != 0);
        let by_wall = [self.pauses.due_ms(), theft].into_iter().flatten().filter(|_| now.trust == ClockTrust::Trusted);
        let by_wall = by_wall.map(|wall_ms| now.mono_ms.saturating_add(u64::try_from(wall_ms.saturating_sub(now.wall_ms)).unwrap_or(0)));
        [self.motion.due_ms(now.mono_ms), silence].into_iter().flatten().chain(by_wall).min()
    }

    /// Pauses; a pause of the same scope is replaced. "Trip" without a trip lasts until the next one ends.
    pub fn pause(&mut self, scope: PauseScope, duration: PauseFor, moment: &Moment<'_>) -> Result<Effect, Refusal> {
        let catalog = &moment.in_force.catalog;
        match &scope {
            PauseScope::Use(id) if catalog.use_index(id).is_none() => return Err(Refusal::UseUnknown { use_id: id.clone(), version: catalog.version }),
            PauseScope::Category(id) if !catalog.categories.iter().any(|category| category.id == *id) => {
                return Err(Refusal::CategoryUnknown { category: id.clone(), version: catalog.version });
            }
            PauseScope::All | PauseScope::Use(_) | PauseScope::Category(_) => {}
        }
        let until = match duration {
            PauseFor::Trip => Until::Trip,
            PauseFor::Hour => Until::Time(moment.now.wall_ms.saturating_add(HOUR_MS)),
            PauseFor::UntilResumed => Until::Resumed,
        };
        self.pauses.set(scope, until);
        Ok(Effect::STORED)
    }

    /// Ends the pause of exactly this scope.
    pub fn resume(&mut self, scope: &PauseScope) -> Result<Effect, Refusal> {
        if self.pauses.remove(scope) {
            return Ok(Effect::STORED);
        }
        let paused = self.pauses.words();
        let paused = if paused.is_empty() { "nothing".to_owned() } else { paused.join("; ") };
        Err(Refusal::NotPaused { scope: pauses::scope_words(scope), paused })
    }

    /// "Not while I'm aboard": driver categories stop until the trip ends, also if whoever said it leaves (R17).
    pub fn stop_while_aboard(&mut self) -> Effect {
        if self.stopped_by_occupant {
            return Effect::NONE;
        }
        self.stopped_by_occupant = true;
        Effect::STORED
    }

    /// The owner declares theft for 72 hours, renews or ends it (R25).
    pub fn theft(&mut self, begins: Switch, peer: Peer, moment: &Moment<'_>) -> Result<Effect, Refusal> {
        let environment = moment.in_force.catalog.environment;
        match peer.method {
            Method::Operator if environment != Environment::Demo => return Err(Refusal::OperatorOutsideDemo(environment)),
            Method::Operator => {}
            Method::Screen | Method::Phone | Method::Receipt | Method::Gatekeeper if peer.assurance < Assurance::High => {
                return Err(Refusal::TheftAssurance { found: peer.assurance });
            }
            Method::Screen | Method::Phone | Method::Receipt | Method::Gatekeeper => {}
        }
        self.theft_until_ms = match begins {
            Switch::Begin if moment.now.trust == ClockTrust::Untrusted => return Err(Refusal::ClockUntrusted),
            Switch::Begin => moment.now.wall_ms.saturating_add(THEFT_MS_MAX),
            Switch::End => 0,
        };
        Ok(Effect::STORED)
    }

    /// A person starts or ends a call; the call is the request (R16).
    pub fn call(&mut self, use_id: &str, begins: Switch, moment: &Moment<'_>) -> Result<Effect, Refusal> {
        let catalog = &moment.in_force.catalog;
        let used = catalog.uses.iter().find(|used| used.id == use_id);
        let used = used.ok_or_else(|| Refusal::UseUnknown { use_id: use_id.to_owned(), version: catalog.version })?;
        if used.condition != Condition::Call {
            return Err(Refusal::NotByCall { use_id: use_id.to_owned() });
        }
        let changed = match begins {
            Switch::Begin => self.calls.insert(use_id.to_owned()),
            Switch::End => self.calls.remove(use_id),
        };
        Ok(if changed { Effect::CONTEXT } else { Effect::NONE })
    }

    /// Uses were shown to a person; those that need no consent may start (R53).
    pub fn mark_shown(&mut self, use_ids: &BTreeSet<String>) -> Effect {
        let before = self.shown.len();
        for use_id in use_ids {
            if self.shown.len() < SHOWN_MAX {
                self.shown.insert(use_id.clone());
            }
        }
        if self.shown.len() == before { Effect::NONE } else { Effect::STORED }
    }

    /// Uses that changed materially, or are gone, must be shown again.
    pub fn catalog_changed(&mut self, material: &BTreeSet<String>, gone: &BTreeSet<String>) -> Effect {
        let before = self.shown.len();
        self.shown.retain(|use_id| !material.contains(use_id) && !gone.contains(use_id));
        if self.shown.len() == before { Effect::CONTEXT } else { Effect::STORED }
    }

    /// A person was erased: whoever sits there is a guest.
    pub fn forget(&mut self, person: &str, now: &Now) -> Effect {
        let mut effect = Effect::NONE;
        if self.driver_id() == Some(person) {
            effect = self.not_me(now);
        }
        for aboard in self.aboard.iter_mut().filter(|aboard| aboard.is(person)) {
            *aboard = Aboard::guest(aboard.role);
            effect = effect.and(Effect::LIST);
        }
        if self.last_driver.as_deref() == Some(person) {
            self.last_driver = None;
            effect = effect.and(Effect { list: true, ..Effect::STORED });
        }
        effect
    }

    /// All that the verdict depends on besides standings and catalog.
    pub fn context(&self, book: &Book, moment: &Moment<'_>, no_key: UseSet, store: StoreHealth) -> Context {
        let catalog = &moment.in_force.catalog;
        let present = self.aboard.iter().map(|aboard| Present {
            person: aboard.person.as_deref().and_then(|person| book.seat_of(person)),
            role: aboard.role,
            assurance: aboard.assurance,
            minor: aboard.age == Age::Minor,
        });
        let trusted = moment.now.trust == ClockTrust::Trusted;
        Context {
            present: present.take(PERSONS_MAX).collect(),
            occupancy: self.occupancy,
            last_driver: self.last_driver.as_deref().and_then(|person| book.seat_of(person)),
            driving: self.driving,
            stopped_by_occupant: self.stopped_by_occupant,
            pauses: self.pauses.resolve(catalog),
            shown: use_set(catalog, &self.shown),
            calls: use_set(catalog, &self.calls),
            // What lifts rules on people does so by a trusted clock only (R3).
            theft: trusted && self.theft_until_ms > moment.now.wall_ms,
            no_key,
            store_failed: store == StoreHealth::Failed,
            clock: moment.now.trust,
            wall_ms: moment.now.wall_ms,
        }
    }

    /// What the car is doing.
    pub fn driving(&self) -> DrivingState {
        self.driving
    }

    /// How often the car came to be parked in this boot.
    pub fn parkings(&self) -> u64 {
        self.parkings
    }

    /// The trip under way, if one is.
    pub fn trip(&self) -> Option<u64> {
        self.trip
    }

    /// Whether an occupant stopped the driver categories.
    pub fn stopped_by_occupant(&self) -> bool {
        self.stopped_by_occupant
    }

    /// Unix milliseconds of the end of a theft state; 0 if none.
    pub fn theft_until_ms(&self) -> i64 {
        self.theft_until_ms
    }

    /// The person in the driver's seat, if they have a profile.
    pub fn driver_id(&self) -> Option<&str> {
        self.driver_aboard().and_then(|driver| driver.person.as_deref())
    }

    /// The person in the driver's seat, recognised at least so surely, and of age.
    pub fn driver_of_age(&self, least: Assurance) -> Option<&str> {
        self.driver_aboard().filter(|driver| driver.assurance >= least && driver.age == Age::OfAge).and_then(|driver| driver.person.as_deref())
    }

    /// Persons with a profile who are aboard, with what they are in the car.
    pub fn persons(&self) -> impl Iterator<Item = (&str, Role)> {
        self.aboard.iter().filter_map(|aboard| aboard.person.as_deref().map(|person| (person, aboard.role)))
    }

    /// The person who drove last, if they were recognised.
    pub fn last_driver(&self) -> Option<&str> {
        self.last_driver.as_deref()
    }

    /// What outlives a restart.
    pub fn meta(&self) -> ContextMeta {
        ContextMeta {
            last_driver: self.last_driver.clone(),
            trip: self.trip,
            stopped_by_occupant: self.stopped_by_occupant,
            pauses: self.pauses.stored(),
            theft_until_ms: self.theft_until_ms,
            shown: self.shown.iter().cloned().collect(),
        }
    }

    /// Who is aboard, as the car's own screen shows it.
    pub fn list(&self) -> Vec<PersonStatus> {
        let status = |aboard: &Aboard| PersonStatus {
            person: aboard.person.clone(),
            role: match aboard.role {
                Role::Driver => "driver".to_owned(),
                Role::Occupant => "occupant".to_owned(),
            },
            assurance: assurance_name(aboard.assurance).to_owned(),
        };
        self.aboard.iter().map(status).collect()
    }

    /// What is paused, in words.
    pub fn paused_words(&self) -> Vec<String> {
        self.pauses.words()
    }

    fn driver_aboard(&self) -> Option<&Aboard> {
        self.aboard.iter().find(|aboard| aboard.role == Role::Driver)
    }

    /// Keeps who drove last, and ends the trip of another.
    fn remember_driver(&mut self, now: &Now) -> Effect {
        let driver = self.driver_of_age(Assurance::Low).map(str::to_owned);
        if driver == self.last_driver {
            return Effect::NONE;
        }
        let before = core::mem::replace(&mut self.last_driver, driver);
        let stopped = self.stopped_by_occupant;
        let trip = match (before, self.trip) {
            (Some(_), Some(_)) => self.end_trip().and(self.begin_trip(now)),
            // A guest was recognised: the trip is the same.
            (None, _) | (_, None) => Effect::NONE,
        };
        self.stopped_by_occupant = stopped && (self.last_driver.is_none() || trip.trip.is_none());
        Effect { store: true, ..trip }
    }

    fn begin_trip(&mut self, now: &Now) -> Effect {
        self.trip = Some(u64::try_from(now.wall_ms).unwrap_or(0));
        self.last_sample_ms = Some(now.mono_ms);
        Effect { trip: Some(TripChange::Began), ..Effect::STORED }
    }

    fn end_trip(&mut self) -> Effect {
        if self.trip.take().is_none() {
            return Effect::NONE;
        }
        self.stopped_by_occupant = false;
        self.pauses.end_trip();
        Effect { trip: Some(TripChange::Ended), ..Effect::STORED }
    }

    fn end_silent_trip(&mut self, now: &Now) -> Effect {
        let silent = self.last_sample_ms.is_some_and(|last_ms| now.mono_ms.saturating_sub(last_ms) >= TRIP_SILENCE_MS);
        if silent { self.end_trip() } else { Effect::NONE }
    }

    fn update_driving(&mut self, now: &Now) -> Effect {
        let driving = self.motion.state(now.mono_ms);
        if driving == self.driving {
            return Effect::NONE;
        }
        if driving == DrivingState::Parked {
            self.parkings = self.parkings.saturating_add(1);
        }
        self.driving = driving;
        Effect::CONTEXT
    }
}

fn use_set(catalog: &CompiledCatalog, ids: &BTreeSet<String>) -> UseSet {
    let mut set = UseSet::EMPTY;
    for (use_ix, used) in (0_u8..).map(UseIx).zip(&catalog.uses) {
        if ids.contains(&used.id) {
            set.insert(use_ix);
        }
    }
    set
}
