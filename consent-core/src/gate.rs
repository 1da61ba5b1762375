//! The gate: rebuild on any change, decide per record.
//!
//! Within an epoch (the span between two rebuilds) the verdict of a signal is constant, so the hot path intersects bit sets,
//! compares one instant and counts; reasons are filled by the rebuild and multiplied out when the epoch ends.
//!
//! INVARIANT: what [`Gate::decide`] lets pass is exactly what [`Gate::reason`] has no reason against and is not late.

use crate::catalog::Catalog;
use crate::context::Context;
use crate::ids::{CategorySet, SignalId, Tier, UseIx, UseSet};
use crate::judge::{Barred, Judge};
use crate::limits::{CAR_BYTES_MAX, CLASSES_MAX, SIGNALS_MAX, SLOTS_MAX, USES_MAX};
use crate::reason::Reason;
use crate::standing::Standings;
use crate::track::Track;
use crate::transform::{RuleState, Shared};

/// Whether a use runs in this epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It gets records.
    Live,
    /// It records, and each transmission awaits a review (R13).
    Awaits,
    /// It gets nothing.
    Off(Reason),
}

/// What the last rebuild found for one use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UseState {
    /// Whether it runs.
    pub activity: Activity,
    /// Effective tier: the coarsest that any person concerned allows; the coarsest of all where nobody is asked.
    pub tier: Tier,
    /// Categories that may pass.
    pub categories: CategorySet,
    /// Wall time at which the present state began; older samples are late (R46).
    pub since_ms: i64,
}

/// Uses that get a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Uses whose record may leave.
    pub released: UseSet,
    /// Uses whose record is kept for review.
    pub awaiting: UseSet,
}

/// How the decisions of an epoch ended, per use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// Passed to the use's transformation.
    Passed,
    /// Passed to the transformation of a use that awaits review.
    Awaiting,
    /// Withheld.
    Withheld(Reason),
}

const OFF: UseState = UseState { activity: Activity::Off(Reason::NoCatalog), tier: Tier(0), categories: CategorySet::EMPTY, since_ms: 0 };

/// The gate's state of one car.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Per class of categories, the uses whose records of it pass.
    allowed: [UseSet; CLASSES_MAX],
    /// Running uses that await review.
    awaits: UseSet,
    /// The youngest begin of a running use: from then on no record is late for any.
    settled_ms: i64,
    /// Records per signal since the last drain.
    counts: [u64; SIGNALS_MAX],
    /// Records late per use since the last drain, counted in `counts` as passed.
    late: [u64; USES_MAX],
    states: [UseState; USES_MAX],
    barred: [Barred; USES_MAX],
    classes: heapless::Vec<CategorySet, CLASSES_MAX>,
    next_change_ms: i64,
}

/// Bytes of the state of one car with the largest catalog: gate, standings, context, track and all slots of transformations.
pub const CAR_BYTES: usize = size_of::<Gate>()
    + size_of::<Standings>()
    + size_of::<Context>()
    + size_of::<Track>()
    + SLOTS_MAX * size_of::<RuleState>()
    + USES_MAX * size_of::<Shared>();
const _: () = assert!(CAR_BYTES <= CAR_BYTES_MAX, "the state of one car is too large");

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A gate that lets nothing pass: every use is off for want of a catalog.
    pub fn new() -> Self {
        Self {
            allowed: [UseSet::EMPTY; CLASSES_MAX],
            awaits: UseSet::EMPTY,
            settled_ms: i64::MIN,
            counts: [0; SIGNALS_MAX],
            late: [0; USES_MAX],
            states: [OFF; USES_MAX],
            barred: [Barred::default(); USES_MAX],
            classes: heapless::Vec::new(),
            next_change_ms: i64::MAX,
        }
    }

    /// Works out every use's state anew.
    ///
    /// `restarts` are uses whose state begins anew although nothing else of them changes (driver, trip or pause changed,
    /// R46). Returns the uses whose state (activity, tier, categories or begin) is not what it was. A begin that lies ahead
    /// of `context.wall_ms` is moved back to it: the clock was set back.
    /// Counted decisions must be drained first.
    pub fn rebuild(&mut self, catalog: &Catalog<'_>, standings: &Standings, context: &Context, restarts: UseSet) -> UseSet {
        let judge = Judge::new(catalog, standings, context);
        let mut changed = UseSet::EMPTY;
        let mut running = UseSet::EMPTY;
        self.awaits = UseSet::EMPTY;
        self.next_change_ms = i64::MAX;
        self.settled_ms = i64::MIN;
        for ((ix, state), barred) in (0_u8..).zip(&mut self.states).zip(&mut self.barred) {
            let use_ix = UseIx(ix);
            if use_ix.index() >= catalog.uses.len() {
                if *state != OFF {
                    changed.insert(use_ix);
                }
                (*state, *barred) = (OFF, Barred::default());
                continue;
            }
            let found = judge.judge(use_ix);
            let same = (state.activity, state.tier, state.categories) == (found.activity, found.tier, found.categories);
            if !same || restarts.contains(use_ix) || state.since_ms > context.wall_ms {
                *state = UseState { activity: found.activity, tier: found.tier, categories: found.categories, since_ms: context.wall_ms };
                changed.insert(use_ix);
            }
            *barred = found.barred;
            if !matches!(state.activity, Activity::Off(_)) {
                running.insert(use_ix);
                self.settled_ms = self.settled_ms.max(state.since_ms);
            }
            if state.activity == Activity::Awaits {
                self.awaits.insert(use_ix);
            }
            self.next_change_ms = self.next_change_ms.min(judge.next_change_ms(use_ix));
        }
        self.allow(catalog, running);
        changed
    }

    /// Fills the sets of uses per class: a signal passes when all of its categories may.
    fn allow(&mut self, catalog: &Catalog<'_>, running: UseSet) {
        self.classes.clear();
        self.classes.extend(catalog.classes.iter().copied().take(CLASSES_MAX));
        self.allowed = [UseSet::EMPTY; CLASSES_MAX];
        for use_ix in running {
            let categories = self.state(use_ix).categories;
            let mut single = UseSet::EMPTY;
            single.insert(use_ix);
            for (allowed, class) in self.allowed.iter_mut().zip(&self.classes) {
                if categories.contains_all(*class) {
                    *allowed = allowed.or(single);
                }
            }
        }
    }

    /// Decides about one record and counts the decision. Constant time.
    ///
    /// `catalog` must be the one of the last rebuild. A signal outside it is covered by no use: nothing to decide.
    #[inline]
    pub fn decide(&mut self, catalog: &Catalog<'_>, signal: SignalId, t_ms: i64) -> Verdict {
        let (Some(def), Some(count)) = (catalog.signals.get(signal.index()), self.counts.get_mut(signal.index())) else {
            return Verdict::default();
        };
        *count = count.wrapping_add(1);
        let allowed = self.allowed.get(usize::from(def.class)).copied().unwrap_or(UseSet::EMPTY);
        let mut passing = def.covered_by.and(allowed);
        if t_ms < self.settled_ms {
            passing = self.sift_late(passing, t_ms);
        }
        Verdict { released: passing.without(self.awaits), awaiting: passing.and(self.awaits) }
    }

    /// Takes out the uses for which the record is late, and counts it so.
    #[cold]
    #[inline(never)]
    fn sift_late(&mut self, passing: UseSet, t_ms: i64) -> UseSet {
        let mut in_time = passing;
        for use_ix in passing {
            let late = self.states.get(use_ix.index()).is_none_or(|state| t_ms < state.since_ms);
            if late {
                in_time.remove(use_ix);
                if let Some(count) = self.late.get_mut(use_ix.index()) {
                    *count = count.wrapping_add(1);
                }
            }
        }
        in_time
    }

    /// Wall time at which the next standing of a present person begins or ends; `i64::MAX` if none does.
    pub fn next_change_ms(&self) -> i64 {
        self.next_change_ms
    }

    /// The state of a use.
    pub fn state(&self, use_ix: UseIx) -> UseState {
        self.states.get(use_ix.index()).copied().unwrap_or(OFF)
    }

    /// Why signals of a class do not reach a use that is live or awaiting; `None` if they do. For a use that is off, why.
    pub fn reason(&self, use_ix: UseIx, class: u8) -> Option<Reason> {
        let class = usize::from(class);
        if let Activity::Off(reason) = self.state(use_ix).activity {
            return Some(reason);
        }
        if self.allowed.get(class).is_some_and(|allowed| allowed.contains(use_ix)) {
            return None;
        }
        let categories = self.classes.get(class).copied().unwrap_or(CategorySet::EMPTY);
        Some(self.barred.get(use_ix.index()).map_or(Reason::NoCatalog, |barred| barred.reason(categories)))
    }

    /// Multiplies out what was counted since the last call, and starts counting anew.
    ///
    /// `catalog` must be the one of the last rebuild. A pair of use and outcome may be visited more than once; the visits add up.
    pub fn drain(&mut self, catalog: &Catalog<'_>, visit: &mut dyn FnMut(UseIx, Decided, u64)) {
        // Of a use that is off all decisions end the same; of one that runs, those whose class passes.
        let mut sums = [0_u64; USES_MAX];
        for (def, count) in catalog.signals.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            for use_ix in def.covered_by {
                let apart = match self.state(use_ix).activity {
                    Activity::Off(_) => None,
                    Activity::Live | Activity::Awaits => self.reason(use_ix, def.class),
                };
                match (apart, sums.get_mut(use_ix.index())) {
                    (None, Some(sum)) => *sum = sum.saturating_add(*count),
                    (Some(reason), _) => visit(use_ix, Decided::Withheld(reason), *count),
                    (None, None) => {}
                }
            }
        }
        for ((ix, sum), late) in (0_u8..).zip(sums).zip(self.late) {
            let use_ix = UseIx(ix);
            let decided = match self.state(use_ix).activity {
                Activity::Live => Decided::Passed,
                Activity::Awaits => Decided::Awaiting,
                Activity::Off(reason) => Decided::Withheld(reason),
            };
            for (decided, count) in [(decided, sum.saturating_sub(late)), (Decided::Withheld(Reason::Late), late)] {
                if count > 0 {
                    visit(use_ix, decided, count);
                }
            }
        }
        self.counts = [0; SIGNALS_MAX];
        self.late = [0; USES_MAX];
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::catalog::{Access, CategoryDef, CategoryKind, Condition, Ground, LawfulUse, SignalDef, UseDef};
    use crate::context::{Assurance, ClockTrust, DrivingState, Occupancy, Present, Role};
    use crate::ids::PersonIx;
    use crate::limits::CONSENT_MS_MAX;
    use crate::standing::{Standing, Status};
    use std::vec::Vec;

    const NOW: i64 = 1_700_000_000_000;
    const DRIVER: PersonIx = PersonIx(0);
    const PASSENGER: PersonIx = PersonIx(1);

    const CAR: CategorySet = CategorySet(1);
    const PLACE: CategorySet = CategorySet(2);
    const VOICE: CategorySet = CategorySet(4);
    const CATEGORIES: [CategoryDef; 3] = [
        CategoryDef { kind: CategoryKind::Vehicle, guarded: false },
        CategoryDef { kind: CategoryKind::Driver, guarded: true },
        CategoryDef { kind: CategoryKind::Cabin, guarded: true },
    ];
    const CLASSES: [CategorySet; 4] = [CAR, PLACE, VOICE, CategorySet(3)];
    /// A signal of each class; the last one is of the vehicle and says where it is.
    const SPEED: SignalId = SignalId(0);
    const FIX: SignalId = SignalId(1);
    const MIC: SignalId = SignalId(2);
    const SLOPE: SignalId = SignalId(3);

    const REPAIR: UseIx = UseIx(0);
    const TRAFFIC: UseIx = UseIx(1);
    const TALK: UseIx = UseIx(2);
    const MIXED: UseIx = UseIx(3);
    const LAW: UseIx = UseIx(4);
    const FAKE_LAW: UseIx = UseIx(5);
    const INTEREST: UseIx = UseIx(6);
    const CONTRACT: UseIx = UseIx(7);
    const THEFT: UseIx = UseIx(8);
    const ROADSIDE: UseIx = UseIx(9);
    const FIND: UseIx = UseIx(10);
    const VITAL: UseIx = UseIx(11);
    const SURE: UseIx = UseIx(12);
    const EMERGENCY: UseIx = UseIx(13);
    const SERVICE: UseIx = UseIx(14);
    const SENT: UseIx = UseIx(15);
    const NOTHING: UseIx = UseIx(16);
    const USES: usize = 17;

    fn by_consent(categories: CategorySet) -> UseDef {
        UseDef {
            access: Access::Consent,
            ground: Ground::Consent,
            law: None,
            may_refuse: false,
            condition: Condition::Always,
            assurance_active: Assurance::Low,
            parked_last_driver: false,
            categories,
            tiers: 3,
            rules_from: 0,
            rules_len: 0,
        }
    }

    fn without(access: Access, ground: Ground, categories: CategorySet) -> UseDef {
        UseDef { access, ground, ..by_consent(categories) }
    }

    fn uses() -> [UseDef; USES] {
        let by_law = without(Access::Law, Ground::LegalObligation, CAR);
        [
            by_consent(CAR),
            by_consent(CAR.or(PLACE)),
            by_consent(VOICE),
            by_consent(CAR.or(PLACE).or(VOICE)),
            UseDef { law: Some(LawfulUse::Obfcm), may_refuse: true, ..by_law },
            by_law,
            without(Access::Law, Ground::LegitimateInterest, CAR),
            without(Access::Transmission, Ground::Contract, CAR.or(PLACE)),
            UseDef { condition: Condition::TheftDeclared, ..by_consent(PLACE) },
            UseDef { condition: Condition::Call, ..without(Access::RequestedService, Ground::Contract, PLACE) },
            UseDef { condition: Condition::Parked, parked_last_driver: true, ..by_consent(PLACE) },
            without(Access::Transmission, Ground::VitalInterest, PLACE),
            UseDef { assurance_active: Assurance::High, ..by_consent(CAR) },
            without(Access::Transmission, Ground::VitalInterest, VOICE),
            without(Access::RequestedService, Ground::Contract, CAR),
            without(Access::Transmission, Ground::Consent, CAR),
            by_consent(CategorySet::EMPTY),
        ]
    }

    struct World {
        standings: Standings,
        context: Context,
    }

    impl World {
        /// Driver alone, moving, everything given at the finest tier, everything shown.
        fn new() -> Self {
            let mut world = Self { standings: Standings::default(), context: Context::default() };
            world.aboard(Some(DRIVER), Role::Driver, Assurance::Low);
            world.context.occupancy = Occupancy::Complete;
            world.context.driving = DrivingState::Driving;
            world.context.clock = ClockTrust::Trusted;
            world.context.wall_ms = NOW;
            world.context.shown = UseSet(u128::MAX);
            for ix in 0..USES {
                world.decided(DRIVER, UseIx(u8::try_from(ix).unwrap()), Status::Given);
            }
            world
        }

        fn aboard(&mut self, person: Option<PersonIx>, role: Role, assurance: Assurance) {
            self.context.present.push(Present { person, role, assurance, minor: false }).unwrap();
        }

        fn passenger(&mut self) {
            self.aboard(Some(PASSENGER), Role::Occupant, Assurance::Low);
        }

        fn driver(&mut self) -> &mut Present {
            self.context.present.first_mut().unwrap()
        }

        fn nobody(&mut self) {
            self.context.present.clear();
            self.context.last_driver = Some(DRIVER);
        }

        fn decided(&mut self, person: PersonIx, use_ix: UseIx, status: Status) {
            let standing = Standing { status, categories: CategorySet::ALL, tier: Tier(2), from_ms: NOW - 1_000, until_ms: NOW + 1_000 };
            self.standings.set(person, use_ix, standing);
        }

        fn all_decided(&mut self, status: Status) {
            for ix in 0..USES {
                self.decided(DRIVER, UseIx(u8::try_from(ix).unwrap()), status);
            }
        }

        fn change(&mut self, person: PersonIx, use_ix: UseIx, change: impl FnOnce(&mut Standing)) {
            let mut standing = self.standings.get(person, use_ix);
            change(&mut standing);
            self.standings.set(person, use_ix, standing);
        }
    }

    /// Runs a closure on the test catalog.
    fn with_catalog<T>(run: impl FnOnce(&Catalog<'_>) -> T) -> T {
        let uses = uses();
        let signals: Vec<SignalDef> = (0..)
            .zip(CLASSES)
            .map(|(class, categories)| {
                let mut covered_by = UseSet::EMPTY;
                for (ix, used) in (0..).zip(&uses) {
                    if used.categories.contains_all(categories) {
                        covered_by.insert(UseIx(ix));
                    }
                }
                SignalDef { categories, class, covered_by }
            })
            .collect();
        run(&Catalog { signals: &signals, uses: &uses, categories: &CATEGORIES, classes: &CLASSES, rules: &[] })
    }

    /// How one record ends for one use; asserts that decide, reason and the drained counts say the same.
    fn outcome(world: &World, use_ix: UseIx, signal: SignalId, t_ms: i64) -> Decided {
        with_catalog(|catalog| {
            let mut gate = Gate::new();
            gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            let verdict = gate.decide(catalog, signal, t_ms);
            let mut drained = Vec::new();
            gate.drain(catalog, &mut |of, decided, count| {
                assert_eq!(count, 1);
                if of == use_ix {
                    drained.push(decided);
                }
            });
            assert_eq!(drained.len(), 1, "one decision, one outcome");
            let decided = drained[0];
            assert_eq!(verdict.released.contains(use_ix), decided == Decided::Passed);
            assert_eq!(verdict.awaiting.contains(use_ix), decided == Decided::Awaiting);
            let class = catalog.signals[signal.index()].class;
            match decided {
                Decided::Withheld(Reason::Late) | Decided::Passed | Decided::Awaiting => assert_eq!(gate.reason(use_ix, class), None),
                Decided::Withheld(reason) => assert_eq!(gate.reason(use_ix, class), Some(reason)),
            }
            decided
        })
    }

    type Row = (&'static str, fn(&mut World), UseIx, SignalId, Decided);

    const PASSED: Decided = Decided::Passed;

    const fn withheld(reason: Reason) -> Decided {
        Decided::Withheld(reason)
    }

    /// The table of verdicts: what stands, which use, which signal, what comes of it.
    #[rustfmt::skip]
    const TABLE: &[Row] = &[
        ("given", |_| {}, REPAIR, SPEED, PASSED),
        ("given, driver category", |_| {}, TRAFFIC, FIX, PASSED),
        ("given by everybody, alone", |_| {}, TALK, MIC, PASSED),
        ("each time", |w| w.all_decided(Status::GivenEachReview), REPAIR, SPEED, Decided::Awaiting),
        ("nothing decided", |w| w.standings.clear(DRIVER), REPAIR, SPEED, withheld(Reason::NoConsent)),
        ("refused", |w| w.all_decided(Status::Refused), REPAIR, SPEED, withheld(Reason::Refused)),
        ("withdrawn", |w| w.all_decided(Status::Withdrawn), REPAIR, SPEED, withheld(Reason::Withdrawn)),
        ("expired", |w| w.all_decided(Status::Expired), REPAIR, SPEED, withheld(Reason::Expired)),
        ("trip over", |w| w.all_decided(Status::TripEnded), REPAIR, SPEED, withheld(Reason::TripEnded)),
        ("suspended", |w| w.all_decided(Status::Suspended), REPAIR, SPEED, withheld(Reason::NoticeChanged)),
        ("objected", |w| w.all_decided(Status::Objected), REPAIR, SPEED, withheld(Reason::Objected)),
        ("restricted", |w| w.all_decided(Status::Restricted), REPAIR, SPEED, withheld(Reason::Restricted)),
        ("begins now", |w| w.change(DRIVER, REPAIR, |s| s.from_ms = NOW), REPAIR, SPEED, PASSED),
        ("begins later", |w| w.change(DRIVER, REPAIR, |s| s.from_ms = NOW + 1), REPAIR, SPEED, withheld(Reason::NotYet)),
        ("ends later", |w| w.change(DRIVER, REPAIR, |s| s.until_ms = NOW + 1), REPAIR, SPEED, PASSED),
        ("ends now", |w| w.change(DRIVER, REPAIR, |s| s.until_ms = NOW), REPAIR, SPEED, withheld(Reason::Expired)),
        ("endless ends after a year", |w| w.change(DRIVER, REPAIR, |s| (s.from_ms, s.until_ms) = (NOW - CONSENT_MS_MAX, i64::MAX)), REPAIR, SPEED, withheld(Reason::Expired)),
        ("almost a year", |w| w.change(DRIVER, REPAIR, |s| (s.from_ms, s.until_ms) = (NOW - CONSENT_MS_MAX + 1, i64::MAX)), REPAIR, SPEED, PASSED),
        ("category left out", |w| w.change(DRIVER, TRAFFIC, |s| s.categories = CAR), TRAFFIC, FIX, withheld(Reason::CategoryExcluded)),
        ("category left out, the other passes", |w| w.change(DRIVER, TRAFFIC, |s| s.categories = CAR), TRAFFIC, SPEED, PASSED),
        ("one of two categories left out", |w| w.change(DRIVER, TRAFFIC, |s| s.categories = CAR), TRAFFIC, SLOPE, withheld(Reason::CategoryExcluded)),
        ("guest", |w| w.driver().person = None, REPAIR, SPEED, withheld(Reason::PersonUnknown)),
        ("not recognised", |w| w.driver().assurance = Assurance::None, REPAIR, SPEED, withheld(Reason::PersonUnknown)),
        ("two drivers", |w| w.aboard(Some(PASSENGER), Role::Driver, Assurance::High), REPAIR, SPEED, withheld(Reason::PersonUnknown)),
        ("no driver", |w| w.driver().role = Role::Occupant, REPAIR, SPEED, withheld(Reason::PersonUnknown)),
        ("driver of age unknown list", |w| w.context.occupancy = Occupancy::Unknown, REPAIR, SPEED, PASSED),
        ("minor drives", |w| w.driver().minor = true, REPAIR, SPEED, withheld(Reason::NoConsent)),
        ("not sure enough", |_| {}, SURE, SPEED, withheld(Reason::AssuranceLow)),
        ("sure enough", |w| w.driver().assurance = Assurance::High, SURE, SPEED, PASSED),
        ("clock", |w| w.context.clock = ClockTrust::Untrusted, REPAIR, SPEED, withheld(Reason::ClockUntrusted)),
        ("clock, law", |w| w.context.clock = ClockTrust::Untrusted, LAW, SPEED, PASSED),
        ("passenger said nothing, cabin", |w| w.passenger(), TALK, MIC, withheld(Reason::OtherPerson)),
        ("passenger said nothing, driver", |w| w.passenger(), MIXED, FIX, PASSED),
        ("passenger said nothing, mixed cabin", |w| w.passenger(), MIXED, MIC, withheld(Reason::OtherPerson)),
        ("passenger agreed", |w| { w.passenger(); w.decided(PASSENGER, TALK, Status::Given); }, TALK, MIC, PASSED),
        ("passenger agreed each time", |w| { w.passenger(); w.decided(PASSENGER, TALK, Status::GivenEachReview); }, TALK, MIC, Decided::Awaiting),
        ("passenger expired", |w| { w.passenger(); w.decided(PASSENGER, TALK, Status::Given); w.change(PASSENGER, TALK, |s| s.until_ms = NOW); }, TALK, MIC, withheld(Reason::OtherPerson)),
        ("passenger left it out", |w| { w.passenger(); w.decided(PASSENGER, TALK, Status::Given); w.change(PASSENGER, TALK, |s| s.categories = CAR); }, TALK, MIC, withheld(Reason::OtherPerson)),
        ("passenger is a child", |w| { w.passenger(); w.decided(PASSENGER, TALK, Status::Given); w.context.present[1].minor = true; }, TALK, MIC, withheld(Reason::OtherPerson)),
        ("passenger is a guest", |w| w.aboard(None, Role::Occupant, Assurance::None), TALK, MIC, withheld(Reason::OtherPerson)),
        ("seats unreadable", |w| w.context.occupancy = Occupancy::Unknown, TALK, MIC, withheld(Reason::PersonUnknown)),
        ("stopped by an occupant", |w| w.context.stopped_by_occupant = true, TRAFFIC, FIX, withheld(Reason::OtherPerson)),
        ("stopped, vehicle passes", |w| w.context.stopped_by_occupant = true, TRAFFIC, SPEED, PASSED),
        ("stopped, law passes", |w| w.context.stopped_by_occupant = true, LAW, SPEED, PASSED),
        ("paused all", |w| w.context.pauses.all = true, REPAIR, SPEED, withheld(Reason::Paused)),
        ("paused use", |w| w.context.pauses.uses.insert(REPAIR), REPAIR, SPEED, withheld(Reason::Paused)),
        ("paused other use", |w| w.context.pauses.uses.insert(TRAFFIC), REPAIR, SPEED, PASSED),
        ("paused category", |w| w.context.pauses.categories = PLACE, TRAFFIC, FIX, withheld(Reason::Paused)),
        ("paused category, other passes", |w| w.context.pauses.categories = PLACE, TRAFFIC, SPEED, PASSED),
        ("paused, law", |w| w.context.pauses = crate::Pauses { all: true, uses: UseSet(u128::MAX), categories: CategorySet::ALL }, LAW, SPEED, PASSED),
        ("law for a guest", |w| w.driver().person = None, LAW, SPEED, PASSED),
        ("law, refused by right", |w| w.decided(DRIVER, LAW, Status::Refused), LAW, SPEED, withheld(Reason::Refused)),
        ("law, withdrawn by right", |w| w.decided(DRIVER, LAW, Status::Withdrawn), LAW, SPEED, withheld(Reason::Withdrawn)),
        ("law outside the table", |_| {}, FAKE_LAW, SPEED, withheld(Reason::NotLawful)),
        ("interest, shown", |w| w.standings.clear(DRIVER), INTEREST, SPEED, PASSED),
        ("interest, refused is no objection", |w| w.decided(DRIVER, INTEREST, Status::Refused), INTEREST, SPEED, PASSED),
        ("interest, withdrawn is no objection", |w| w.decided(DRIVER, INTEREST, Status::Withdrawn), INTEREST, SPEED, PASSED),
        ("interest, not shown", |w| w.context.shown.remove(INTEREST), INTEREST, SPEED, withheld(Reason::NotYet)),
        ("interest, objected", |w| w.decided(DRIVER, INTEREST, Status::Objected), INTEREST, SPEED, withheld(Reason::Objected)),
        ("interest, restricted", |w| w.decided(DRIVER, INTEREST, Status::Restricted), INTEREST, SPEED, withheld(Reason::Restricted)),
        ("contract, place without consent", |_| {}, CONTRACT, FIX, withheld(Reason::NotLawful)),
        ("contract, rest", |_| {}, CONTRACT, SPEED, PASSED),
        ("vital interest, place", |w| w.standings.clear(DRIVER), VITAL, FIX, PASSED),
        ("vital interest, cabin, passenger said nothing", |w| w.passenger(), EMERGENCY, MIC, PASSED),
        ("requested service is asked for", |w| w.standings.clear(DRIVER), SERVICE, SPEED, withheld(Reason::NoConsent)),
        ("a ground of consent is asked for", |w| w.standings.clear(DRIVER), SENT, SPEED, withheld(Reason::NoConsent)),
        ("no theft", |_| {}, THEFT, FIX, withheld(Reason::ConditionUnmet)),
        ("theft", |w| w.context.theft = true, THEFT, FIX, PASSED),
        ("theft, thief refuses", |w| { w.context.theft = true; w.decided(DRIVER, THEFT, Status::Refused); w.context.stopped_by_occupant = true; }, THEFT, FIX, PASSED),
        ("theft, nobody aboard", |w| { w.context.theft = true; w.nobody(); }, THEFT, FIX, PASSED),
        ("no call", |_| {}, ROADSIDE, FIX, withheld(Reason::ConditionUnmet)),
        ("guest calls", |w| { w.driver().person = None; w.context.calls.insert(ROADSIDE); w.context.shown = UseSet::EMPTY; }, ROADSIDE, FIX, PASSED),
        ("not parked", |_| {}, FIND, FIX, withheld(Reason::ConditionUnmet)),
        ("parked, driver aboard", |w| w.context.driving = DrivingState::Parked, FIND, FIX, PASSED),
        ("parked, nobody aboard", |w| { w.nobody(); w.context.driving = DrivingState::Parked; }, FIND, FIX, PASSED),
        ("parked, nobody aboard, last driver refused", |w| { w.nobody(); w.context.driving = DrivingState::Parked; w.decided(DRIVER, FIND, Status::Refused); }, FIND, FIX, withheld(Reason::Refused)),
        ("nobody aboard, rolling", |w| { w.nobody(); w.context.driving = DrivingState::Unknown; }, FIND, FIX, withheld(Reason::PersonUnknown)),
        ("nobody aboard, any other use", |w| { w.nobody(); w.context.driving = DrivingState::Parked; }, REPAIR, SPEED, withheld(Reason::PersonUnknown)),
        ("nobody remembered", |w| { w.nobody(); w.context.driving = DrivingState::Parked; w.context.last_driver = None; }, FIND, FIX, withheld(Reason::PersonUnknown)),
        ("no key", |w| w.context.no_key.insert(REPAIR), REPAIR, SPEED, withheld(Reason::NoKey)),
        ("no key, no consent", |w| { w.context.no_key.insert(REPAIR); w.standings.clear(DRIVER); }, REPAIR, SPEED, withheld(Reason::NoConsent)),
        ("store failed", |w| w.context.store_failed = true, LAW, SPEED, withheld(Reason::StoreFailed)),
    ];

    #[test]
    fn verdicts_are_as_in_the_table() {
        for (name, change, use_ix, signal, expected) in TABLE {
            let mut world = World::new();
            change(&mut world);
            assert_eq!(outcome(&world, *use_ix, *signal, NOW), *expected, "{name}");
        }
    }

    #[test]
    fn records_from_before_are_late_and_only_for_uses_that_changed() {
        with_catalog(|catalog| {
            let mut world = World::new();
            let mut gate = Gate::new();
            assert!(gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY).contains(REPAIR));
            world.context.wall_ms = NOW + 500;
            world.change(DRIVER, TRAFFIC, |standing| standing.tier = Tier(0));
            let changed = gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            assert_eq!(changed.iter().collect::<Vec<_>>(), [TRAFFIC]);
            assert_eq!(gate.state(TRAFFIC).tier, Tier(0));
            let verdict = gate.decide(catalog, SPEED, NOW + 499);
            assert!(verdict.released.contains(REPAIR) && !verdict.released.contains(TRAFFIC));
            let verdict = gate.decide(catalog, SPEED, NOW + 500);
            assert!(verdict.released.contains(REPAIR) && verdict.released.contains(TRAFFIC));
            let mut traffic = Vec::new();
            gate.drain(catalog, &mut |use_ix, decided, count| {
                if use_ix == TRAFFIC {
                    traffic.push((decided, count));
                }
            });
            assert_eq!(traffic, [(PASSED, 1), (withheld(Reason::Late), 1)]);
            let mut restarts = UseSet::EMPTY;
            restarts.insert(REPAIR);
            world.context.wall_ms = NOW + 600;
            assert_eq!(gate.rebuild(catalog, &world.standings, &world.context, restarts), restarts);
            assert_eq!(gate.state(REPAIR).since_ms, NOW + 600);
        });
    }

    #[test]
    fn a_clock_set_back_does_not_shut_a_use_for_good() {
        with_catalog(|catalog| {
            let mut world = World::new();
            let mut gate = Gate::new();
            gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            world.context.wall_ms = NOW - 1_000;
            assert!(gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY).contains(LAW));
            assert!(gate.decide(catalog, SPEED, NOW - 1_000).released.contains(LAW));
        });
    }

    #[test]
    fn a_record_of_the_very_begin_is_in_time_also_when_another_use_began_later() {
        with_catalog(|catalog| {
            let mut world = World::new();
            let mut gate = Gate::new();
            gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            assert!(gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY).is_empty(), "the same instant again changes nothing");
            world.context.wall_ms = NOW + 500;
            world.change(DRIVER, TRAFFIC, |standing| standing.tier = Tier(0));
            gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            assert!(gate.decide(catalog, SPEED, NOW).released.contains(REPAIR));
            assert!(!gate.decide(catalog, SPEED, NOW - 1).released.contains(REPAIR));
        });
    }

    #[test]
    fn a_use_with_nothing_left_is_off_and_one_that_covers_nothing_is_not() {
        with_catalog(|catalog| {
            let mut world = World::new();
            let mut gate = Gate::new();
            world.change(DRIVER, REPAIR, |standing| standing.categories = PLACE);
            gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            assert_eq!(gate.state(REPAIR).activity, Activity::Off(Reason::CategoryExcluded));
            assert_eq!(gate.state(NOTHING).activity, Activity::Live);
        });
    }

    #[test]
    fn the_next_change_is_the_next_begin_or_end_and_never_now() {
        with_catalog(|catalog| {
            let mut gate = Gate::new();
            let mut next_ms = |from_ms, until_ms| {
                let mut world = World::new();
                world.all_decided(Status::Refused);
                world.decided(DRIVER, REPAIR, Status::Given);
                world.change(DRIVER, REPAIR, |standing| (standing.from_ms, standing.until_ms) = (from_ms, until_ms));
                gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
                gate.next_change_ms()
            };
            for (from_ms, until_ms, expected_ms) in [
                (NOW + 7, NOW + 9, NOW + 7),
                (NOW, NOW + 9, NOW + 9),
                (NOW - 7, NOW + 9, NOW + 9),
                (NOW - 7, NOW, i64::MAX),
                (NOW - 7, NOW - 1, i64::MAX),
                (NOW - CONSENT_MS_MAX + 3, i64::MAX, NOW + 3),
            ] {
                assert_eq!(next_ms(from_ms, until_ms), expected_ms, "from {from_ms} until {until_ms}");
            }
        });
    }

    #[test]
    fn the_bytes_of_a_car_are_those_of_all_its_parts() {
        struct Car {
            _gate: Gate,
            _standings: Standings,
            _context: Context,
            _track: Track,
            _states: [RuleState; SLOTS_MAX],
            _shared: [Shared; USES_MAX],
        }
        let padding = size_of::<Car>().checked_sub(CAR_BYTES);
        assert!(padding.is_some_and(|bytes| bytes < align_of::<Car>()), "{padding:?}");
    }

    #[test]
    fn only_people_aboard_are_waited_for() {
        with_catalog(|catalog| {
            let mut world = World::new();
            let mut gate = Gate::new();
            world.decided(PASSENGER, TALK, Status::Given);
            world.change(PASSENGER, TALK, |standing| standing.until_ms = NOW + 10);
            gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            assert_eq!(gate.next_change_ms(), NOW + 1_000);
            world.passenger();
            gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            assert_eq!(gate.next_change_ms(), NOW + 10);
            world.nobody();
            world.context.driving = DrivingState::Parked;
            gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            assert_eq!(gate.next_change_ms(), NOW + 1_000);
        });
    }

    #[test]
    fn the_coarsest_tier_of_those_concerned_holds() {
        with_catalog(|catalog| {
            let mut world = World::new();
            let mut gate = Gate::new();
            world.passenger();
            for use_ix in [TALK, TRAFFIC] {
                world.decided(PASSENGER, use_ix, Status::Given);
                world.change(PASSENGER, use_ix, |standing| standing.tier = Tier(1));
            }
            world.change(DRIVER, REPAIR, |standing| standing.tier = Tier(200));
            gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY);
            assert_eq!([TALK, TRAFFIC, REPAIR, LAW].map(|use_ix| gate.state(use_ix).tier), [Tier(1), Tier(2), Tier(2), Tier(0)]);
        });
    }

    #[test]
    fn without_a_catalog_every_use_is_off() {
        let empty = Catalog { signals: &[], uses: &[], categories: &[], classes: &[], rules: &[] };
        let world = World::new();
        let mut gate = Gate::new();
        with_catalog(|catalog| gate.rebuild(catalog, &world.standings, &world.context, UseSet::EMPTY));
        assert!(gate.rebuild(&empty, &world.standings, &world.context, UseSet::EMPTY).contains(LAW));
        assert_eq!(gate.state(LAW).activity, Activity::Off(Reason::NoCatalog));
        assert_eq!(gate.decide(&empty, SPEED, NOW), Verdict::default());
        assert_eq!(gate.reason(LAW, 0), Some(Reason::NoCatalog));
    }
}
