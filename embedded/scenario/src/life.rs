//! A life: trips, people who decide and change their minds, and what the gate and the transformations make of it.
//!
//! The gate is driven as `consent-gatekeeper` drives it, without its allocations: latitude and longitude join to a fix, decisions
//! are drained before a rebuild, what changed is ended, and a fix that must be cleared waits on the track.

use crate::chance::Chance;
use crate::desk::{Desk, Digest, KINDS};
use crate::road::Road;
use crate::tables::{LATITUDE, SIGNALS, TIERS, Tables, USES, What};
use consent_core::gate::{CAR_BYTES, Decided};
use consent_core::limits::CAR_BYTES_MAX;
use consent_core::transform::EndCause;
use consent_core::{
    Activity, Assurance, CategorySet, ClockTrust, Context, DrivingState, Fix, Gate, Occupancy, Pauses, PersonIx, Present, Reason, Role, Rule, Sample, SignalId,
    Standing, Standings, Status, Tier, Track, UseIx, UseSet, Value,
};
use core::fmt::{self, Write};

const SEED: u64 = 20_260_801;
const BEGIN_MS: i64 = 1_785_000_000_000;
const DAY_MS: i64 = 86_400_000;
/// Windows are closed by time only this long after their end, as the gatekeeper does it.
const GRACE_MS: i64 = 2_000;
/// A stamp this far ahead of the clock is not believed.
const AHEAD_MS: i64 = 60_000;
const TRIPS: u32 = 5;
const TRIP_S: u32 = 900;
const PARKED_S: u32 = 40;
const PERSONS: u8 = 4;

/// What came of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Records offered.
    pub records: u64,
    /// Pairs of record and use that passed to the transformation.
    pub passed: u64,
    /// Pairs that passed to the transformation of a use that awaits review.
    pub awaiting: u64,
    /// Pairs that were withheld.
    pub withheld: u64,
    /// The same, by the number of the reason.
    pub by_reason: [u64; Reason::COUNT],
    /// Values released.
    pub released: u64,
    /// The same, by kind of rule.
    pub by_kind: [u32; KINDS],
    /// Pairs that were merged into released values.
    pub merged: u64,
    /// Pairs that were reduced away.
    pub reduced: u64,
    /// Times that the gate was rebuilt.
    pub rebuilds: u64,
    /// Over every verdict of every record.
    pub verdicts_digest: u64,
    /// Over every bit of every released value, in order.
    pub released_digest: u64,
}

/// The three lines that are the same on every target.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, passed, awaiting, withheld, released, merged, reduced, rebuilds, .. } = self;
        writeln!(
            f,
            "{records} records: passed {passed}, awaiting {awaiting}, withheld {withheld}; released {released} of {merged}, reduced {reduced}; {rebuilds} rebuilds"
        )?;
        writeln!(f, "verdicts {:016x}", self.verdicts_digest)?;
        writeln!(f, "released {:016x}", self.released_digest)
    }
}

/// Whether a life goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    /// There is more.
    On,
    /// It is over.
    Over,
}

/// A car that lives.
#[derive(Debug)]
pub struct Life {
    tables: Tables,
    gate: Gate,
    standings: Standings,
    context: Context,
    track: Track,
    track_chance: Chance,
    desk: Desk,
    road: Road,
    chance: Chance,
    wall_ms: i64,
    step: u32,
    tracking: bool,
    records: u64,
    rebuilds: u64,
    verdicts: Digest,
    passed: u64,
    awaiting: u64,
    by_reason: [u64; Reason::COUNT],
}

/// A part of a fix with what was decided about it.
struct Part {
    what: What,
    signal: SignalId,
    value: f64,
    uses: UseSet,
}

impl Default for Life {
    fn default() -> Self {
        Self::new()
    }
}

impl Life {
    /// At its beginning: everybody has decided about everything, and nobody is in the car.
    pub fn new() -> Self {
        let mut life = Self {
            tables: Tables::draw(SEED),
            gate: Gate::new(),
            standings: Standings::default(),
            context: Context { occupancy: Occupancy::Complete, clock: ClockTrust::Trusted, shown: UseSet(u128::MAX), ..Context::default() },
            track: Track::default(),
            track_chance: Chance::new(SEED ^ 1),
            desk: Desk::new(SEED ^ 2),
            road: Road::new(SEED ^ 3),
            chance: Chance::new(SEED ^ 4),
            wall_ms: BEGIN_MS,
            step: 0,
            tracking: false,
            records: 0,
            rebuilds: 0,
            verdicts: Digest::new(),
            passed: 0,
            awaiting: 0,
            by_reason: [0; Reason::COUNT],
        };
        for person in 0..PERSONS {
            for use_ix in 0..USES {
                let status = if life.chance.one_in(8) { Status::GivenEachReview } else { Status::Given };
                life.decided(PersonIx(person), UseIx(use_ix), status, DAY_MS);
            }
        }
        life
    }

    /// One step of it: a second of a trip, or ten while parked.
    pub fn step(&mut self) -> Going {
        let (trip, at) = (self.step / (TRIP_S + PARKED_S), self.step % (TRIP_S + PARKED_S));
        if trip >= TRIPS {
            self.over();
            return Going::Over;
        }
        self.step += 1;
        match at {
            0 => self.set_out(trip),
            TRIP_S => self.arrive(),
            _ => {}
        }
        let seconds = if at < TRIP_S && at % 300 < 250 { 1 } else { 10 };
        self.wall_ms = self.wall_ms.saturating_add(i64::from(seconds) * 1_000);
        // A long stand in the middle of every trip, of 500 s.
        if at < TRIP_S && at % 300 < 250 {
            self.road.drive(seconds);
        } else {
            self.road.stand();
        }
        if self.wall_ms >= self.gate.next_change_ms() {
            self.rebuild(UseSet::EMPTY);
        }
        if self.chance.one_in(12) {
            self.happen();
        }
        self.measure();
        if self.step.is_multiple_of(5) {
            self.tick();
        }
        Going::On
    }

    /// What came of it so far.
    pub fn outcome(&self) -> Outcome {
        let tally = &self.desk.tally;
        Outcome {
            records: self.records,
            passed: self.passed,
            awaiting: self.awaiting,
            withheld: self.by_reason.iter().sum(),
            by_reason: self.by_reason,
            released: tally.released,
            by_kind: tally.by_kind,
            merged: tally.merged,
            reduced: tally.reduced,
            rebuilds: self.rebuilds,
            verdicts_digest: self.verdicts.get(),
            released_digest: tally.digest.get(),
        }
    }

    /// So many rounds of verdicts over all signals and nothing else; yields how many verdicts, and a number that hangs on each, so
    /// that none can be left out. For measuring, after a life.
    pub fn verdicts(&mut self, rounds: u32) -> (u32, u128) {
        let view = self.tables.view();
        let (mut count, mut sum) = (0_u32, 0_u128);
        for _ in 0..rounds {
            for signal in (0_u16..).take(view.signals.len()).map(SignalId) {
                let verdict = self.gate.decide(&view, signal, self.wall_ms);
                sum ^= verdict.released.0 ^ verdict.awaiting.0.rotate_left(1);
                count = count.wrapping_add(1);
            }
        }
        (count, sum)
    }

    /// So many rebuilds. For measuring, after a life.
    pub fn rebuilds(&mut self, rounds: u32) {
        for _ in 0..rounds {
            self.rebuild(UseSet::EMPTY);
        }
    }

    fn decided(&mut self, person: PersonIx, use_ix: UseIx, status: Status, lasts_ms: i64) {
        let tier = Tier(self.chance.small(TIERS));
        let categories = if self.chance.one_in(6) { CategorySet(self.chance.below(8)) } else { CategorySet::ALL };
        let from_ms = self.wall_ms.saturating_add(if self.chance.one_in(9) { 20_000 } else { 0 });
        let standing = Standing { status, categories, tier, from_ms, until_ms: from_ms.saturating_add(lasts_ms) };
        self.standings.set(person, use_ix, standing);
    }

    fn board(&mut self, role: Role) {
        let person = Some(PersonIx(self.chance.small(PERSONS))).filter(|_| !self.chance.one_in(10));
        let assurance = if self.chance.one_in(3) { Assurance::High } else { Assurance::Low };
        let present = Present { person, role, assurance, minor: self.chance.one_in(15) };
        // A car that is full stays so.
        self.context.present.extend(Some(present).filter(|_| self.context.present.len() < 4));
    }

    fn set_out(&mut self, trip: u32) {
        self.wall_ms = self.wall_ms.saturating_add(DAY_MS / 4);
        if trip.is_multiple_of(4) {
            self.desk.new_day();
        }
        self.road.set_out(trip);
        self.context.driving = DrivingState::Driving;
        self.board(Role::Driver);
        self.context.stopped_by_occupant = false;
        self.track.driven_by(1);
        self.rebuild(UseSet(u128::MAX));
    }

    fn arrive(&mut self) {
        let Self { tables, gate, track, track_chance, desk, .. } = self;
        let view = tables.view();
        track.end(&mut || track_chance.word(), &mut |fate| desk.fate(&view, gate, LATITUDE, fate));
        self.context.last_driver = self.context.present.iter().find_map(|present| present.person);
        self.context.present.clear();
        self.context.driving = DrivingState::Parked;
        self.rebuild(UseSet(u128::MAX));
    }

    /// All that still waits is let go, and what was decided is counted.
    fn over(&mut self) {
        let Self { tables, gate, track, desk, .. } = self;
        let view = tables.view();
        track.abandon(&mut |fate| desk.fate(&view, gate, LATITUDE, fate));
        for use_ix in (0..USES).map(UseIx) {
            self.end(use_ix, EndCause::Shutdown);
        }
        self.drain();
    }

    /// Something happens to people, the car or the store. What shuts everything is over when the next thing happens.
    fn happen(&mut self) {
        (self.context.store_failed, self.context.clock, self.context.stopped_by_occupant) = (false, ClockTrust::Trusted, false);
        (self.context.pauses, self.context.no_key) = (Pauses::default(), UseSet::EMPTY);
        let use_ix = UseIx(self.chance.small(USES));
        let mut restarts = UseSet::EMPTY;
        match self.chance.small(32) {
            0 => {
                self.context.present.clear();
                self.board(Role::Driver);
                restarts = UseSet(u128::MAX);
            }
            1 | 2 => self.board(Role::Occupant),
            3 | 4 => self.context.present.retain(|present| present.role == Role::Driver),
            5 => self.context.pauses.all = true,
            6 => self.context.pauses.uses = UseSet(1 << use_ix.0),
            7 => self.context.pauses.categories = CategorySet(self.chance.below(8)),
            8 => self.context.stopped_by_occupant = true,
            9 | 10 => self.context.theft = !self.context.theft,
            11 | 12 => self.context.calls = UseSet(self.context.calls.0 ^ (1 << 12)),
            13 => self.context.store_failed = true,
            14 => self.context.clock = ClockTrust::Untrusted,
            15 => self.context.no_key = UseSet(1 << use_ix.0),
            16 => self.context.shown = self.context.shown.without(UseSet(1 << 6)).or(UseSet(u128::from(self.chance.small(2)) << 6)),
            17 => self.context.occupancy = if self.chance.one_in(2) { Occupancy::Unknown } else { Occupancy::Complete },
            18 => restarts.insert(use_ix),
            _ => {
                let ends = [Status::Refused, Status::Withdrawn, Status::TripEnded, Status::Expired, Status::Suspended, Status::Objected, Status::Restricted];
                let given = if self.chance.one_in(4) { Status::GivenEachReview } else { Status::Given };
                let status = if self.chance.one_in(4) { self.chance.pick(&ends) } else { given };
                let lasts_ms = if self.chance.one_in(4) { i64::from(self.chance.below(1_200)).saturating_mul(1_000) } else { DAY_MS };
                for person in 0..PERSONS {
                    self.decided(PersonIx(person), use_ix, status, lasts_ms);
                }
            }
        }
        self.rebuild(restarts);
    }

    /// A fix and some other values.
    fn measure(&mut self) {
        let t_ms = self.stamp();
        if !self.chance.one_in(20) {
            self.offer_fix(t_ms);
        }
        for _ in 0..3 {
            let at = 4 + self.chance.small(12);
            let Some(what) = SIGNALS.get(usize::from(at)).copied() else { continue };
            let t_ms = if self.chance.one_in(3) { self.stamp() } else { t_ms };
            let value = self.road.value(what);
            let signal = SignalId(u16::from(at));
            let uses = self.decide(signal, t_ms);
            self.scalar(uses, signal, value, t_ms);
        }
    }

    /// When something was measured: now, or late, or by a clock that is wrong.
    fn stamp(&mut self) -> i64 {
        let t_ms = match self.chance.small(100) {
            0 => self.wall_ms.saturating_sub(i64::from(self.chance.below(120_000))),
            1 => self.wall_ms.saturating_add(i64::from(self.chance.below(120_000))),
            2 if self.chance.one_in(4) => i64::MIN,
            3 if self.chance.one_in(4) => i64::MAX,
            _ => self.wall_ms.saturating_sub(i64::from(self.chance.below(900))),
        };
        if t_ms > self.wall_ms.saturating_add(AHEAD_MS) { i64::MIN } else { t_ms }
    }

    /// The verdict about one record, digested; yields the uses that get it.
    fn decide(&mut self, signal: SignalId, t_ms: i64) -> UseSet {
        let verdict = self.gate.decide(&self.tables.view(), signal, t_ms);
        self.records = self.records.wrapping_add(1);
        self.verdicts.bytes(&signal.0.to_le_bytes());
        self.verdicts.bytes(&t_ms.to_le_bytes());
        self.verdicts.bytes(&verdict.released.0.to_le_bytes());
        self.verdicts.bytes(&verdict.awaiting.0.to_le_bytes());
        verdict.released.or(verdict.awaiting)
    }

    fn scalar(&mut self, uses: UseSet, signal: SignalId, value: Value, t_ms: i64) {
        let view = self.tables.view();
        let sample = Sample::Scalar { signal, value, t_ms };
        for use_ix in uses {
            self.desk.push(&view, &self.gate, use_ix, &sample);
        }
    }

    /// Latitude and longitude of one time, and what else came with them.
    fn offer_fix(&mut self, t_ms: i64) {
        let mut parts = [(What::Latitude, 0), (What::Longitude, 1), (What::Altitude, 2), (What::Heading, 3)].map(|(what, signal)| {
            let value = self.road.value(what).as_number().unwrap_or(0.0);
            Part { what, signal: SignalId(signal), value, uses: UseSet::EMPTY }
        });
        for part in &mut parts {
            part.uses = self.decide(part.signal, t_ms);
        }
        let [latitude, longitude, beside @ ..] = &parts;
        let joined = latitude.uses.and(longitude.uses);
        for half in [latitude, longitude] {
            half.uses.without(joined).iter().for_each(|use_ix| self.desk.reduced(use_ix, 1));
        }
        let mut guarded = UseSet::EMPTY;
        for use_ix in joined {
            if self.fix(use_ix, (latitude.value, longitude.value), beside, t_ms) {
                guarded.insert(use_ix);
            }
        }
        if self.tracking {
            let fix = Fix { lat_deg: latitude.value, lon_deg: longitude.value, alt_m: None, heading_deg: None, accuracy_m: None };
            let Self { tables, gate, track, track_chance, desk, .. } = self;
            let view = tables.view();
            track.push(t_ms, &fix, guarded, &mut || track_chance.word(), &mut |fate| desk.fate(&view, gate, LATITUDE, fate));
        }
        for part in beside {
            self.scalar(part.uses.without(joined), part.signal, Value::Float(part.value), t_ms);
        }
    }

    /// One fix for one use; whether it waits on the track.
    fn fix(&mut self, use_ix: UseIx, (lat_deg, lon_deg): (f64, f64), beside: &[Part], t_ms: i64) -> bool {
        let view = self.tables.view();
        let tier = self.gate.state(use_ix).tier;
        let rule_of = |signal| view.rule(use_ix, tier, signal).map(|rule| rule.rule);
        let rule = rule_of(LATITUDE);
        let exact = matches!(rule, Some(Rule::AsIs | Rule::RateCap { .. }));
        let mut fix = Fix { lat_deg, lon_deg, alt_m: None, heading_deg: None, accuracy_m: None };
        let mut inputs: u32 = 2;
        for part in beside.iter().filter(|part| part.uses.contains(use_ix)) {
            if exact && rule_of(part.signal) == Some(Rule::AsIs) {
                let cell = if part.what == What::Altitude { &mut fix.alt_m } else { &mut fix.heading_deg };
                *cell = Some(part.value);
                inputs = inputs.saturating_add(1);
            } else {
                self.desk.reduced(use_ix, 1);
            }
        }
        if rule.is_some_and(|rule| rule.is_guarded()) {
            let wanted = !matches!(rule, Some(Rule::Event { .. })) || self.desk.is_event(use_ix, t_ms);
            if !wanted {
                self.desk.reduced(use_ix, inputs);
            }
            return wanted;
        }
        self.desk.push(&view, &self.gate, use_ix, &Sample::Fix { signal: LATITUDE, fix, t_ms, inputs, cleared: None });
        false
    }

    fn tick(&mut self) {
        let due_ms = self.wall_ms.saturating_sub(GRACE_MS);
        for use_ix in (0..USES).map(UseIx) {
            let tier = self.gate.state(use_ix).tier;
            let rules = self.tables.rules(use_ix).iter().filter(|rule| rule.tier == tier);
            self.desk.tick(use_ix, rules, due_ms);
        }
    }

    /// Works the gate out anew; uses whose state changed end what they held.
    fn rebuild(&mut self, restarts: UseSet) {
        self.drain();
        self.rebuilds = self.rebuilds.wrapping_add(1);
        self.context.wall_ms = self.wall_ms;
        let changed = self.gate.rebuild(&self.tables.view(), &self.standings, &self.context, restarts);
        for use_ix in changed {
            self.end(use_ix, EndCause::Changed);
        }
        self.tracking = (0..USES).map(UseIx).any(|use_ix| {
            let state = self.gate.state(use_ix);
            let runs = !matches!(state.activity, Activity::Off(_));
            runs && self.tables.rules(use_ix).iter().any(|rule| rule.tier == state.tier && rule.rule.is_guarded())
        });
    }

    fn end(&mut self, use_ix: UseIx, cause: EndCause) {
        let forgotten = self.track.forget(use_ix).saturating_mul(2);
        self.desk.reduced(use_ix, forgotten);
        self.desk.end(use_ix, self.tables.rules(use_ix), cause);
    }

    fn drain(&mut self) {
        let Self { tables, gate, passed, awaiting, by_reason, .. } = self;
        gate.drain(&tables.view(), &mut |_, decided, count| {
            let sum = match decided {
                Decided::Passed => &mut *passed,
                Decided::Awaiting => &mut *awaiting,
                Decided::Withheld(reason) => match by_reason.get_mut(reason.index()) {
                    Some(sum) => sum,
                    None => return,
                },
            };
            *sum = sum.wrapping_add(count);
        });
    }
}

/// Writes how large the state is: of a life, and of one car with a full catalog, beside what is asserted when the core is built.
///
/// # Errors
/// Those of `out`.
pub fn write_state(out: &mut impl Write) -> fmt::Result {
    let life = size_of::<Life>();
    writeln!(out, "state: {life} B static here; of a car with a full catalog {CAR_BYTES} B, asserted to be at most {} KiB", CAR_BYTES_MAX / 1_024)
}
