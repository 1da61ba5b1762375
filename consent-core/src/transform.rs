//! What is left of a sample that passed: drop, rounding, grid snap, rate cap, one window aggregate.
//!
//! Only this module makes a [`Released`]; there is no way to decode one. A transformation never adds precision, and accounts
//! for every input: it is pending in a [`RuleState`], reduced, or merged into exactly one [`Released`].

use crate::grid::{on_the_globe, snap};
use crate::ids::{SignalId, Tier, UseIx};
use crate::rule::{Rule, Step};
use crate::sample::{Fix, Sample, Value};
use crate::window::{Window, WindowRule};

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
    /// From when on the state surely saw everything: a raster slot that starts earlier is not whole.
    begin_ms: Option<i64>,
    /// Stamp of the last release, or start of the last window that closed.
    last_ms: Option<i64>,
    /// The window that fills.
    window: Option<Window>,
    /// Whether the newest sample was at or above the threshold.
    above: Option<bool>,
}

impl RuleState {
    /// Decisions that are held in the state.
    pub fn pending(&self) -> u32 {
        self.window.map_or(0, |window| window.inputs)
    }

    /// Start of the raster slot of `t_ms`, if the slot is whole and none was released since.
    fn slot(&mut self, t_ms: i64, raster_ms: u32) -> Option<i64> {
        let begin_ms = *self.begin_ms.get_or_insert(t_ms);
        let start_ms = t_ms.checked_sub(t_ms.checked_rem_euclid(i64::from(raster_ms))?)?;
        (start_ms >= begin_ms && self.apart(start_ms, raster_ms)).then_some(start_ms)
    }

    /// Whether a stamp is as far from the last one as it must be.
    fn apart(&self, t_ms: i64, period_ms: u32) -> bool {
        period_ms == 0 || self.last_ms.is_none_or(|last_ms| t_ms.saturating_sub(last_ms) >= i64::from(period_ms))
    }
}

/// Takes a sample.
///
/// Reduced are: what a rule has no meaning for (a text to be rounded, a scalar on a grid), numbers that are not finite, fixes
/// off the globe, stamps that go back behind what was released or summed up already, and what belongs to a raster slot that
/// began before the state did (R46).
pub fn push(sample: &Sample, target: &Target, state: &mut RuleState, sink: &mut dyn Sink) {
    let t_ms = sample.t_ms();
    let kept = match target.rule {
        Rule::Drop => None,
        Rule::AsIs => unchanged(sample).map(|value| (t_ms, value)),
        Rule::RateCap { period_ms } => unchanged(sample).filter(|_| state.apart(t_ms, period_ms)).map(|value| (t_ms, value)),
        Rule::Round { step, period_ms } => rounded(sample, step).filter(|_| state.apart(t_ms, period_ms)).map(|value| (t_ms, value)),
        Rule::Grid { cell_m, raster_ms } => snapped(sample, cell_m).and_then(|value| Some((state.slot(t_ms, raster_ms)?, value))),
        Rule::Window { period_ms, aggregate, step, threshold_steps } => {
            let rule = WindowRule { period_ms, aggregate, step, threshold_steps };
            if !push_window(sample, rule, target, state, sink) {
                sink.reduced(target.use_ix, sample.inputs());
            }
            return;
        }
    };
    match kept {
        Some((t_ms, value)) => {
            state.last_ms = Some(t_ms);
            sink.released(target.release(t_ms, value, sample.inputs()));
        }
        None => sink.reduced(target.use_ix, sample.inputs()),
    }
}

/// Tells that time has come to `now_ms`: full windows leave.
pub fn tick(now_ms: i64, target: &Target, state: &mut RuleState, sink: &mut dyn Sink) {
    state.begin_ms.get_or_insert(now_ms);
    let full = state.window.is_some_and(|window| now_ms >= window.start_ms.saturating_add(i64::from(window.rule.period_ms)));
    if full {
        close(target, state, sink);
    }
}

/// Ends: what a window holds is reduced, never released early (R46). The state is as new, except that it remembers the stamp
/// of its last release: a rate cap holds across the end.
pub fn end(cause: EndCause, target: &Target, state: &mut RuleState, sink: &mut dyn Sink) {
    let last_ms = match cause {
        EndCause::Changed | EndCause::Trip | EndCause::Shutdown => state.last_ms,
    };
    let ended = core::mem::replace(state, RuleState { last_ms, ..RuleState::default() });
    if ended.pending() > 0 {
        sink.reduced(target.use_ix, ended.pending());
    }
}

impl Target {
    fn release(&self, t_ms: i64, value: ReleasedValue, inputs: u32) -> Released {
        Released { use_ix: self.use_ix, signal: self.signal, tier: self.tier, t_ms, value, inputs }
    }
}

/// Takes a sample into its window, closing the one before; whether it was taken.
fn push_window(sample: &Sample, rule: WindowRule, target: &Target, state: &mut RuleState, sink: &mut dyn Sink) -> bool {
    let Sample::Scalar { value, t_ms, .. } = sample else { return false };
    let Some(number) = rule.number(value) else { return false };
    if state.window.is_some_and(|window| window.rule != rule) {
        // INVARIANT: a window is summed up under one rule; the caller should have ended it.
        end(EndCause::Changed, target, state, sink);
    }
    let Some(start_ms) = state.slot(*t_ms, rule.period_ms) else { return false };
    match state.window {
        Some(window) if start_ms < window.start_ms || *t_ms < window.newest_ms => return false,
        Some(window) if start_ms > window.start_ms => close(target, state, sink),
        Some(_) | None => {}
    }
    let window = state.window.get_or_insert_with(|| Window::new(rule, start_ms, number));
    window.add(*t_ms, number, sample.inputs(), &mut state.above)
}

/// Closes the open window: one release, or if its sum cannot be told, a reduction.
fn close(target: &Target, state: &mut RuleState, sink: &mut dyn Sink) {
    let Some(window) = state.window.take() else { return };
    state.last_ms = Some(window.start_ms);
    match window.result() {
        Some(value) => sink.released(target.release(window.start_ms, ReleasedValue::Scalar(value), window.inputs)),
        None => sink.reduced(target.use_ix, window.inputs),
    }
}

/// The value as it came, if it is one.
fn unchanged(sample: &Sample) -> Option<ReleasedValue> {
    match sample {
        Sample::Scalar { value, .. } => is_finite(value).then(|| ReleasedValue::Scalar(value.clone())),
        Sample::Fix { fix, .. } => on_the_globe(fix).then(|| {
            let finite = |part: Option<f64>| part.filter(|number| number.is_finite());
            ReleasedValue::Fix(Fix { alt_m: finite(fix.alt_m), heading_deg: finite(fix.heading_deg), accuracy_m: finite(fix.accuracy_m), ..*fix })
        }),
    }
}

/// Whether every number of a value is finite.
pub(crate) fn is_finite(value: &Value) -> bool {
    match value {
        Value::Float(number) => number.is_finite(),
        Value::Floats(numbers) => numbers.iter().all(|number| number.is_finite()),
        Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Text(_) | Value::Ints(_) => true,
    }
}

fn snapped(sample: &Sample, cell_m: u32) -> Option<ReleasedValue> {
    match sample {
        Sample::Fix { fix, .. } => snap(fix, cell_m).map(ReleasedValue::Fix),
        Sample::Scalar { .. } => None,
    }
}

fn rounded(sample: &Sample, step: Step) -> Option<ReleasedValue> {
    match sample {
        Sample::Scalar { value, .. } => round(value, step).map(ReleasedValue::Scalar),
        Sample::Fix { .. } => None,
    }
}

/// A number rounded to a step, half away from zero. Whole numbers stay whole and exact where the step is whole; rounded to a
/// fraction they become a float.
pub(crate) fn round(value: &Value, step: Step) -> Option<Value> {
    match (value, step.whole()) {
        (Value::Int(number), Some(unit)) => i64::try_from(round_whole(i128::from(*number), unit)?).ok().map(Value::Int),
        (Value::Uint(number), Some(unit)) => u64::try_from(round_whole(i128::from(*number), unit)?).ok().map(Value::Uint),
        (Value::Int(_) | Value::Uint(_) | Value::Float(_), _) => step.value(step.multiple_of(value.as_number()?)?).map(Value::Float),
        (Value::Bool(_) | Value::Text(_) | Value::Ints(_) | Value::Floats(_), _) => None,
    }
}

fn round_whole(number: i128, unit: i64) -> Option<i128> {
    let unit = i128::from(unit);
    let rest = number.checked_rem(unit)?;
    let down = number.checked_sub(rest)?;
    if rest.abs().checked_mul(2)? >= unit { down.checked_add(unit.checked_mul(number.signum())?) } else { Some(down) }
}
