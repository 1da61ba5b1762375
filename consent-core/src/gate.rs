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
use crate::transform::RuleState;

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

const _: () = assert!(
    size_of::<Gate>() + size_of::<Standings>() + size_of::<Context>() + SLOTS_MAX * size_of::<RuleState>() <= CAR_BYTES_MAX,
    "the state of one car is too large"
);

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
            for (allowed, class) in self.allowed.iter_mut().zip(&self.classes) {
                if categories.contains_all(*class) {
                    allowed.insert(use_ix);
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
