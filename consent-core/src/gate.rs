//! The gate: rebuild on any change, decide per record.
//!
//! Within an epoch (the span between two rebuilds) the verdict of a signal is constant, so the hot path intersects bit sets,
//! compares one instant and counts; reasons are filled by the rebuild and multiplied out when the epoch ends.

use crate::catalog::Catalog;
use crate::context::Context;
use crate::ids::{CategorySet, SignalId, Tier, UseIx, UseSet};
use crate::reason::Reason;
use crate::standing::Standings;

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
    /// Effective tier: the coarsest that any person concerned allows.
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

/// The gate's state of one car.
#[derive(Clone, Debug)]
pub struct Gate {
    _todo: (),
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

#[allow(clippy::todo, unused_variables, reason = "being written")]
impl Gate {
    /// A gate that lets nothing pass: every use is off for want of a catalog.
    pub fn new() -> Self {
        todo!()
    }

    /// Works out every use's state anew.
    ///
    /// `restarts` are uses whose state begins anew although nothing else of them changes (driver, trip or pause changed,
    /// R46). Returns the uses whose state (activity, tier, categories or begin) is not what it was.
    /// Counted decisions must be drained first.
    pub fn rebuild(&mut self, catalog: &Catalog<'_>, standings: &Standings, context: &Context, restarts: UseSet) -> UseSet {
        todo!()
    }

    /// Decides about one record and counts the decision. Constant time.
    pub fn decide(&mut self, catalog: &Catalog<'_>, signal: SignalId, t_ms: i64) -> Verdict {
        todo!()
    }

    /// Wall time at which the next standing of a present person begins or ends; `i64::MAX` if none does.
    pub fn next_change_ms(&self) -> i64 {
        todo!()
    }

    /// The state of a use.
    pub fn state(&self, use_ix: UseIx) -> UseState {
        todo!()
    }

    /// Why signals of a class do not reach a use that is live or awaiting; `None` if they do. For a use that is off, why.
    pub fn reason(&self, use_ix: UseIx, class: u8) -> Option<Reason> {
        todo!()
    }

    /// Multiplies out what was counted since the last call, and starts counting anew.
    pub fn drain(&mut self, catalog: &Catalog<'_>, visit: &mut dyn FnMut(UseIx, Decided, u64)) {
        todo!()
    }
}
