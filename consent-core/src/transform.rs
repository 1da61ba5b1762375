//! What is left of a sample that passed: drop, rounding, grid snap, rate cap, one window aggregate.
//!
//! Only this module makes a [`Released`]; there is no way to decode one. A transformation never adds precision, and accounts
//! for every input: it is pending in a [`RuleState`], reduced, or merged into exactly one [`Released`].

use crate::ids::{SignalId, Tier, UseIx};
use crate::rule::Rule;
use crate::sample::{Fix, Sample, Value};

/// What may leave of one or several samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Released {
    use_ix: UseIx,
    signal: SignalId,
    tier: Tier,
    t_ms: i64,
    value: ReleasedValue,
    inputs: u32,
}

/// The value that may leave.
#[derive(Clone, Debug, PartialEq)]
pub enum ReleasedValue {
    /// Of one signal.
    Scalar(Value),
    /// A position.
    Fix(Fix),
}

impl Released {
    /// The use that gets it.
    pub fn use_ix(&self) -> UseIx {
        self.use_ix
    }

    /// Its signal; for a fix the latitude signal.
    pub fn signal(&self) -> SignalId {
        self.signal
    }

    /// The tier whose rule made it.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// Its stamp, Unix milliseconds.
    pub fn t_ms(&self) -> i64 {
        self.t_ms
    }

    /// Its value.
    pub fn value(&self) -> &ReleasedValue {
        &self.value
    }

    /// How many decisions it merges.
    pub fn inputs(&self) -> u32 {
        self.inputs
    }
}

/// Receives what a transformation yields.
pub trait Sink {
    /// Something may leave.
    fn released(&mut self, released: Released);
    /// So many inputs were reduced away.
    fn reduced(&mut self, use_ix: UseIx, inputs: u32);
}

/// Why a transformation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// The use's state changed: consent, tier, categories, pause.
    Changed,
    /// Driver or trip changed.
    Trip,
    /// The agent stops.
    Shutdown,
}

/// Whom a transformation works for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The use.
    pub use_ix: UseIx,
    /// The tier.
    pub tier: Tier,
    /// The signal; for a fix the latitude signal.
    pub signal: SignalId,
    /// The rule.
    pub rule: Rule,
}

/// State of one rule of one use and signal; bounded, allotted when the catalog is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RuleState {
    _todo: (),
}

#[allow(clippy::todo, unused_variables, reason = "being written")]
impl RuleState {
    /// Decisions that are held in the state.
    pub fn pending(&self) -> u32 {
        todo!()
    }
}

/// Takes a sample.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn push(sample: &Sample, target: &Target, state: &mut RuleState, sink: &mut dyn Sink) {
    todo!()
}

/// Tells that time has come to `now_ms`: full windows leave.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn tick(now_ms: i64, target: &Target, state: &mut RuleState, sink: &mut dyn Sink) {
    todo!()
}

/// Ends: what a window holds is reduced, never released early (R46); the state is as new.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn end(cause: EndCause, target: &Target, state: &mut RuleState, sink: &mut dyn Sink) {
    todo!()
}
