//! Who is in the car, what it is doing, and what people stopped: the context of every verdict.
//!
//! Fed by the control socket and by the signals that the configuration names. Who is aboard is not kept over a restart: until
//! told again nobody is known, and that is the strict side. A trip, a pause, an occupant's stop and a theft are kept, so that
//! a restart lifts none of them.
//!
//! INVARIANT: whatever is unknown, stale or contradictory leaves the gate with less.

mod effect;
mod motion;
mod pauses;
mod stops;

pub use effect::{Age, Effect, StoreHealth, Switch, TripChange};
pub use motion::ContextSignal;

use crate::book::Book;
use crate::change::{ContextMeta, Moment};
use crate::drove::Seat;
use crate::now::Now;
use crate::refusal::{Refusal, assurance_name};
use crate::status::{PauseStatus, PersonStatus};
use consent_core::limits::PERSONS_MAX;
use consent_core::{Assurance, ClockTrust, Context, DrivingState, Occupancy, Present, Role, UseIx, UseSet, Value};
use consent_protocol::catalog::CompiledCatalog;
use motion::{Motion, Sign};
use pauses::PauseList;
use std::collections::BTreeSet;
use stops::SHOWN_MAX;

/// A trip ends after so long without any sample, in milliseconds.
pub const TRIP_SILENCE_MS: u64 = 600_000;

/// Somebody in the car; without a person a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Aboard {
    person: Option<String>,
    role: Role,
    assurance: Assurance,
    age: Age,
    /// They proved who they are; that holds for as long as they are aboard.
    proof: Proof,
}

/// Whether somebody aboard gave their PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    None,
    Pin,
}

impl Aboard {
    fn new(person: Option<&str>, role: Role, assurance: Assurance, age: Age, proof: Proof) -> Self {
        match person {
            Some(person) => Self { person: Some(person.to_owned()), role, assurance: proof.at_least(assurance), age, proof },
            None => Self::guest(role),
        }
    }

    fn guest(role: Role) -> Self {
        Self { person: None, role, assurance: Assurance::None, age: Age::OfAge, proof: Proof::None }
    }

    fn is(&self, person: &str) -> bool {
        self.person.as_deref() == Some(person)
    }
}

impl Proof {
    /// A proof is not undone by a camera that is less sure.
    fn at_least(self, recognised: Assurance) -> Assurance {
        match self {
            Self::Pin => Assurance::High,
            Self::None => recognised,
        }
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
    /// Whether a private trip in an employer's car has begun (R49).
    private_trip: Switch,
    pauses: PauseList,
    /// Keys that are held down: one press counts once, however often it is told.
    pressed: BTreeSet<ContextSignal>,
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
            private_trip: meta.private_trip.into(),
            pauses: PauseList::load(&meta.pauses),
            pressed: BTreeSet::new(),
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
            known.assurance = known.proof.at_least(assurance);
            known.age = age;
            return Ok(if before == *known { Effect::NONE } else { Effect::LIST });
        }
        if self.aboard.len() >= PERSONS_MAX {
            self.occupancy = Occupancy::Unknown;
            return Err(Refusal::CarFull { max: PERSONS_MAX });
        }
        self.aboard.push(Aboard::new(person, Role::Occupant, assurance, age, Proof::None));
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
    /// over lifts no occupant's stop and no pause, since nobody can tell whether they are another person.
    pub fn driver(&mut self, person: Option<&str>, assurance: Assurance, age: Age, now: &Now) -> Effect {
        if let Some(driver) = self.aboard.iter_mut().find(|aboard| aboard.role == Role::Driver && aboard.person.as_deref() == person) {
            let before = driver.clone();
            if person.is_some() {
                driver.assurance = driver.proof.at_least(assurance);
                driver.age = age;
            }
            return if before == *driver { Effect::NONE } else { self.remember_driver(now).and(Effect::LIST) };
        }
        let proof = self.aboard.iter().find(|aboard| person.is_some_and(|person| aboard.is(person))).map_or(Proof::None, |aboard| aboard.proof);
        self.aboard.retain(|aboard| !(aboard.role == Role::Driver && aboard.person.is_none()));
        self.aboard.retain(|aboard| person.is_none_or(|person| !aboard.is(person)));
        self.aboard.iter_mut().for_each(|aboard| aboard.role = Role::Occupant);
        if self.aboard.len() >= PERSONS_MAX {
            // Who drives must be on the list, whoever else is not.
            self.aboard.truncate(PERSONS_MAX.saturating_sub(1));
            self.occupancy = Occupancy::Unknown;
        }
        self.aboard.push(Aboard::new(person, Role::Driver, assurance, age, proof));
        self.remember_driver(now).and(Effect { driver: true, ..Effect::LIST })
    }

    /// Somebody aboard gave their PIN: they are recognised with high assurance for as long as they are aboard.
    pub fn prove(&mut self, person: &str, now: &Now) -> Effect {
        let Some(aboard) = self.aboard.iter_mut().find(|aboard| aboard.is(person)) else { return Effect::NONE };
        (aboard.assurance, aboard.proof) = (Assurance::High, Proof::Pin);
        let drives = aboard.role == Role::Driver;
        if drives { self.remember_driver(now).and(Effect::LIST) } else { Effect::LIST }
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
        if matches!(signal, ContextSignal::Pause | ContextSignal::Stop) {
            return self.press(signal, value);
        }
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

    /// Everybody was erased: nobody is known to be aboard, and nothing that anybody stopped, paused or declared is left.
    pub fn all_gone(&mut self) -> Effect {
        let trip = self.end_trip();
        self.aboard.clear();
        self.occupancy = Occupancy::Unknown;
        self.last_driver = None;
        self.pauses = PauseList::default();
        self.theft_until_ms = 0;
        self.calls.clear();
        self.shown.clear();
        self.stopped_by_occupant = false;
        self.private_trip = Switch::End;
        trip.and(Effect { driver: true, ..Effect::LIST }).and(Effect::STORED)
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
            pauses: self.paused(catalog),
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

    /// The person in the driver's seat, recognised at least so surely, of whatever age.
    pub fn driver_at_least(&self, least: Assurance) -> Option<&str> {
        self.driver_aboard().filter(|driver| driver.assurance >= least).and_then(|driver| driver.person.as_deref())
    }

    /// Who is in the driver's seat, as far as the car recognises them.
    pub fn seat(&self) -> Seat {
        match (self.driver_aboard(), self.driver_at_least(Assurance::Low)) {
            (None, _) => Seat::Empty,
            (Some(_), None) => Seat::Guest,
            (Some(_), Some(person)) => Seat::Person(person.to_owned()),
        }
    }

    /// What a person is in the car and how surely they are recognised; `None` if they are not aboard.
    pub fn aboard(&self, person: &str) -> Option<(Role, Assurance)> {
        self.aboard.iter().find(|aboard| aboard.is(person)).map(|aboard| (aboard.role, aboard.assurance))
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
            private_trip: self.private_trip == Switch::Begin,
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

    /// Whether a private trip is under way.
    pub fn on_private_trip(&self) -> bool {
        self.private_trip == Switch::Begin
    }

    /// What is paused.
    pub fn pauses(&self) -> Vec<PauseStatus> {
        self.pauses.shown()
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
        let mut effect = Effect { store: true, ..Effect::NONE };
        // A guest who was recognised is on the same trip.
        if before.is_some() && self.trip.is_some() {
            let (stopped, pauses) = (self.stopped_by_occupant, self.pauses.clone());
            effect = effect.and(self.end_trip()).and(self.begin_trip(now));
            if self.last_driver.is_none() {
                (self.stopped_by_occupant, self.pauses) = (stopped, pauses);
            }
        }
        effect
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
        self.private_trip = Switch::End;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{DAY_MS, T0_MS, book, catalog, done, in_force, moment, now};

    const LOW: Assurance = Assurance::Low;

    fn people() -> People {
        People::load(None)
    }

    fn drive(people: &mut People, person: Option<&str>) -> Effect {
        people.driver(person, LOW, Age::OfAge, &now(T0_MS))
    }

    const ON: Value = Value::Bool(true);
    const OFF: Value = Value::Bool(false);

    fn ignition(people: &mut People, value: &Value, at_ms: i64) -> Effect {
        people.observe(ContextSignal::Ignition, value, at_ms, &now(at_ms))
    }

    fn roles(people: &People) -> Vec<(Option<String>, String)> {
        people.list().into_iter().map(|status| (status.person, status.role)).collect()
    }

    fn aboard(person: Option<&str>, role: &str) -> (Option<String>, String) {
        (person.map(str::to_owned), role.to_owned())
    }

    #[test]
    fn after_a_start_nobody_is_known_and_occupancy_is_unknown() {
        let in_force = in_force(catalog());
        let (book, _) = book(&in_force);
        let meta = ContextMeta { last_driver: Some("ada".to_owned()), trip: Some(3), stopped_by_occupant: true, ..ContextMeta::default() };
        let people = People::load(Some(meta.clone()));
        let context = people.context(&book, &moment(&in_force, T0_MS), UseSet::EMPTY, StoreHealth::Writes);
        assert!(context.present.is_empty() && context.stopped_by_occupant);
        assert_eq!((context.occupancy, context.driving), (Occupancy::Unknown, DrivingState::Unknown));
        assert_eq!(people.meta(), meta);
    }

    #[test]
    fn a_guest_is_recognised_and_not_me_makes_a_guest() {
        let mut people = people();
        assert!(drive(&mut people, None).driver);
        let recognised = drive(&mut people, Some("ada"));
        assert!(recognised.driver && recognised.list && recognised.store);
        assert_eq!(roles(&people), [aboard(Some("ada"), "driver")]);
        assert_eq!((people.driver_id(), people.last_driver()), (Some("ada"), Some("ada")));
        assert!(people.not_me(&now(T0_MS)).driver);
        assert_eq!(roles(&people), [aboard(None, "driver")]);
        assert_eq!(people.last_driver(), None, "a guest drove last");
    }

    #[test]
    fn who_drove_before_stays_aboard_until_told_otherwise() {
        let mut people = people();
        done(drive(&mut people, Some("ada")));
        done(drive(&mut people, Some("bob")));
        assert_eq!(roles(&people), [aboard(Some("ada"), "occupant"), aboard(Some("bob"), "driver")]);
        assert!(drive(&mut people, Some("bob")).is_none());
        let left = people.leave(Some("ada")).unwrap();
        assert!(left.list && !left.driver);
        assert_eq!(people.leave(Some("ada")), Err(Refusal::NobodyLeaves));
        assert!(people.leave(Some("bob")).unwrap().driver);
        assert_eq!(people.last_driver(), Some("bob"));
    }

    #[test]
    fn an_occupant_who_takes_the_wheel_sits_once() {
        let mut people = people();
        done(people.enter(Some("bob"), LOW, Age::OfAge).unwrap());
        done(drive(&mut people, Some("bob")));
        assert_eq!(roles(&people), [aboard(Some("bob"), "driver")]);
        assert!(people.enter(Some("bob"), LOW, Age::OfAge).unwrap().is_none());
        assert!(people.enter(Some("bob"), Assurance::High, Age::OfAge).unwrap().context);
        assert_eq!(roles(&people), [aboard(Some("bob"), "driver")]);
    }

    #[test]
    fn somebody_who_finds_no_seat_makes_occupancy_unknown() {
        let mut people = people();
        done(people.complete(Occupancy::Complete));
        for _ in 0..PERSONS_MAX {
            done(people.enter(None, Assurance::None, Age::OfAge).unwrap());
        }
        assert_eq!(people.enter(Some("ada"), LOW, Age::OfAge), Err(Refusal::CarFull { max: PERSONS_MAX }));
        assert_eq!(people.occupancy, Occupancy::Unknown);
        done(drive(&mut people, Some("ada")));
        assert_eq!((people.list().len(), people.driver_id()), (PERSONS_MAX, Some("ada")), "the driver is on the list");
    }

    #[test]
    fn a_trip_lasts_from_ignition_on_to_off() {
        let mut people = people();
        assert_eq!(ignition(&mut people, &ON, T0_MS).trip, Some(TripChange::Began));
        assert_eq!(ignition(&mut people, &ON, T0_MS + 1).trip, None);
        assert!(people.trip().is_some());
        assert_eq!(ignition(&mut people, &OFF, T0_MS + 2).trip, Some(TripChange::Ended));
        assert_eq!(ignition(&mut people, &OFF, T0_MS + 3).trip, None);
    }

    #[test]
    fn first_motion_begins_a_trip_and_ten_silent_minutes_end_it() {
        let mut people = people();
        let moving = people.observe(ContextSignal::Speed, &Value::Float(30.0), T0_MS, &now(T0_MS));
        assert_eq!(moving.trip, Some(TripChange::Began));
        done(people.saw_sample(&now(T0_MS + 300_000)));
        let due = people.next_due_ms(&now(T0_MS + 400_000)).unwrap();
        assert_eq!(due, now(T0_MS + 900_000).mono_ms);
        assert_eq!(people.tick(&now(T0_MS + 899_999)).trip, None);
        assert_eq!(people.tick(&now(T0_MS + 900_000)).trip, Some(TripChange::Ended));
        done(people.observe(ContextSignal::Speed, &Value::Float(30.0), T0_MS + DAY_MS, &now(T0_MS + DAY_MS)));
        let effect = people.saw_sample(&now(T0_MS + 2 * DAY_MS));
        assert_eq!(effect.trip, Some(TripChange::Ended), "also where no tick came in between");
    }

    #[test]
    fn another_driver_begins_another_trip() {
        let mut people = people();
        done(drive(&mut people, Some("ada")));
        done(ignition(&mut people, &ON, T0_MS));
        assert_eq!(drive(&mut people, Some("bob")).trip, Some(TripChange::Restarted));
        assert!(people.trip().is_some());
        assert_eq!(people.not_me(&now(T0_MS)).trip, Some(TripChange::Restarted));
        assert_eq!(drive(&mut people, Some("bob")).trip, None, "a guest was recognised");
    }

    #[test]
    fn an_occupants_stop_lasts_until_the_trip_ends_also_over_a_restart() {
        let mut people = people();
        done(drive(&mut people, Some("ada")));
        done(ignition(&mut people, &ON, T0_MS));
        done(people.enter(None, Assurance::None, Age::OfAge).unwrap());
        assert_eq!(people.stop_while_aboard(), Effect::STORED);
        assert!(people.stop_while_aboard().is_none());
        done(people.leave(None).unwrap());
        assert!(people.stopped_by_occupant(), "also if they leave");
        done(people.not_me(&now(T0_MS)));
        done(drive(&mut people, Some("ada")));
        assert!(people.stopped_by_occupant(), "nobody knows that it was another driver");

        let mut again = People::load(Some(people.meta()));
        done(again.resumed(T0_MS, &now(T0_MS + 60_000)));
        done(drive(&mut again, Some("ada")));
        done(ignition(&mut again, &ON, T0_MS + 60_000));
        assert!(again.stopped_by_occupant());
        done(ignition(&mut again, &OFF, T0_MS + 70_000));
        assert!(!again.stopped_by_occupant());
    }

    #[test]
    fn a_trip_is_over_when_the_computer_was_off_for_long() {
        let meta = ContextMeta { trip: Some(1), stopped_by_occupant: true, ..ContextMeta::default() };
        let mut people = People::load(Some(meta.clone()));
        assert_eq!(people.resumed(T0_MS, &now(T0_MS + 600_000)).trip, Some(TripChange::Ended));
        let mut people = People::load(Some(meta));
        let unsure = Now { trust: ClockTrust::Untrusted, ..now(T0_MS + 600_000) };
        assert!(people.resumed(T0_MS, &unsure).is_none());
        assert!(people.stopped_by_occupant());
    }

    #[test]
    fn driving_changes_show_once_and_parkings_are_counted() {
        let mut people = people();
        let at = |after_ms: i64| now(T0_MS + after_ms);
        let mut see = |signal, value, after_ms| people.observe(signal, &value, T0_MS + after_ms, &at(after_ms)).context;
        assert!(see(ContextSignal::Gear, Value::Int(126), 0));
        assert!(!see(ContextSignal::Gear, Value::Int(126), 1));
        assert!(see(ContextSignal::Speed, Value::Float(20.0), 2));
        assert!(!see(ContextSignal::Speed, Value::Float(21.0), 3));
        assert!(see(ContextSignal::Speed, Value::Float(0.0), 4));
        assert!(see(ContextSignal::Gear, Value::Int(126), 5));
        assert_eq!((people.parkings(), people.driving()), (2, DrivingState::Parked));
        assert_eq!(people.next_due_ms(&at(5)), Some(at(5_004).mono_ms));
        assert!(people.tick(&at(10_005)).context);
        assert_eq!(people.driving(), DrivingState::Unknown);
    }

    #[test]
    fn the_context_names_people_by_their_seats() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let mut people = people();
        done(drive(&mut people, Some("ada")));
        done(people.enter(Some("kid"), LOW, Age::Minor).unwrap());
        done(people.enter(Some("stranger"), LOW, Age::OfAge).unwrap());
        book.aboard(&people);
        let context = people.context(&book, &moment(&in_force, T0_MS), UseSet::EMPTY, StoreHealth::Writes);
        let present: Vec<_> = context.present.iter().map(|present| (present.person, present.role, present.minor)).collect();
        let expected = [(book.seat_of("ada"), Role::Driver, false), (book.seat_of("kid"), Role::Occupant, true), (None, Role::Occupant, false)];
        assert_eq!(present, expected);
        assert_eq!(context.last_driver, book.seat_of("ada"));
        assert_eq!(people.driver_of_age(Assurance::High), None);
    }

    #[test]
    fn an_erased_person_becomes_a_guest() {
        let mut people = people();
        done(drive(&mut people, Some("ada")));
        done(people.enter(Some("bob"), LOW, Age::OfAge).unwrap());
        assert!(people.forget("ada", &now(T0_MS)).driver);
        assert!(people.forget("bob", &now(T0_MS)).list);
        assert_eq!(roles(&people), [aboard(None, "occupant"), aboard(None, "driver")]);
        assert_eq!(people.last_driver(), None);
        assert!(people.forget("bob", &now(T0_MS)).is_none());
    }
}
