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
    /// An end lies between `last_ms` and the next sample.
    ended: bool,
}

impl RuleState {
    /// Decisions that are held in the state.
    pub fn pending(&self) -> u32 {
        self.window.map_or(0, |window| window.inputs)
    }

    /// After an end the gate lets nothing through that is older; a stamp before the last release means that the clock was
    /// set back, and the cap begins anew with it instead of waiting for a time that never was.
    fn resume(&mut self, t_ms: i64) {
        if core::mem::take(&mut self.ended) {
            self.last_ms = self.last_ms.filter(|last_ms| t_ms >= *last_ms);
        }
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
    state.resume(t_ms);
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
            if keeps_time(&target.rule) {
                state.last_ms = Some(t_ms);
            }
            sink.released(target.release(t_ms, value, sample.inputs()));
        }
        None => sink.reduced(target.use_ix, sample.inputs()),
    }
}

/// Tells that time has come to `now_ms`: full windows leave.
pub fn tick(now_ms: i64, target: &Target, state: &mut RuleState, sink: &mut dyn Sink) {
    if matches!(target.rule, Rule::Grid { .. } | Rule::Window { .. }) {
        state.begin_ms.get_or_insert(now_ms);
    }
    let full = state.window.is_some_and(|window| now_ms >= window.start_ms.saturating_add(i64::from(window.rule.period_ms)));
    if full {
        close(target, state, sink);
    }
}

/// Ends: what a window holds is reduced, never released early (R46). The state is as new, except that it remembers the stamp
/// of its last release: a rate cap holds across the end, unless the clock was set back.
pub fn end(cause: EndCause, target: &Target, state: &mut RuleState, sink: &mut dyn Sink) {
    let last_ms = match cause {
        EndCause::Changed | EndCause::Trip | EndCause::Shutdown => state.last_ms,
    };
    let ended = core::mem::replace(state, RuleState { last_ms, ended: last_ms.is_some(), ..RuleState::default() });
    if ended.pending() > 0 {
        sink.reduced(target.use_ix, ended.pending());
    }
}

/// Whether a rule remembers when it last released. One that does not leaves its state as new, so that all such rules can
/// share one.
fn keeps_time(rule: &Rule) -> bool {
    match rule {
        Rule::Drop | Rule::AsIs => false,
        Rule::Round { period_ms, .. } | Rule::RateCap { period_ms } => *period_ms > 0,
        Rule::Grid { .. } | Rule::Window { .. } => true,
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

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "sums of small test counts")]
mod tests {
    extern crate std;

    use super::*;
    use crate::conform::conforms;
    use crate::rule::Aggregate;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[derive(Default)]
    struct Collected {
        released: Vec<Released>,
        reduced: u64,
    }

    impl Sink for Collected {
        fn released(&mut self, released: Released) {
            self.released.push(released);
        }

        fn reduced(&mut self, _: UseIx, inputs: u32) {
            self.reduced += u64::from(inputs);
        }
    }

    impl Collected {
        fn merged(&self) -> u64 {
            self.released.iter().map(|released| u64::from(released.inputs())).sum()
        }

        fn stamps(&self) -> Vec<i64> {
            self.released.iter().map(Released::t_ms).collect()
        }

        fn values(&self) -> Vec<Value> {
            let value = |released: &Released| match released.value() {
                ReleasedValue::Scalar(value) => Some(value.clone()),
                ReleasedValue::Fix(_) => None,
            };
            self.released.iter().filter_map(value).collect()
        }
    }

    fn target(rule: Rule) -> Target {
        Target { use_ix: UseIx(3), tier: Tier(1), signal: SignalId(7), rule }
    }

    fn scalar(t_ms: i64, value: Value) -> Sample {
        Sample::Scalar { signal: SignalId(7), value, t_ms }
    }

    fn float(t_ms: i64, value: f64) -> Sample {
        scalar(t_ms, Value::Float(value))
    }

    fn at(t_ms: i64, lat_deg: f64, lon_deg: f64) -> Sample {
        let fix = Fix { lat_deg, lon_deg, alt_m: Some(f64::NAN), heading_deg: Some(90.0), accuracy_m: None };
        Sample::Fix { signal: SignalId(7), fix, t_ms, inputs: 3 }
    }

    fn run(rule: Rule, samples: &[Sample]) -> (Collected, RuleState) {
        let mut sink = Collected::default();
        let mut state = RuleState::default();
        for sample in samples {
            push(sample, &target(rule), &mut state, &mut sink);
        }
        (sink, state)
    }

    fn window(aggregate: Aggregate, threshold_steps: i32) -> Rule {
        Rule::Window { period_ms: 1_000, aggregate, step: Step { mantissa: 1, exponent: 0 }, threshold_steps }
    }

    #[test]
    fn rounding_keeps_the_form_of_whole_numbers() {
        let five = Rule::Round { step: Step { mantissa: 5, exponent: 0 }, period_ms: 0 };
        let (sink, _) =
            run(five, &[scalar(0, Value::Int(-8)), scalar(1, Value::Uint(13)), float(2, 2.5), scalar(3, Value::Int(i64::MAX)), scalar(4, Value::Bool(true))]);
        assert_eq!(sink.values(), [Value::Int(-10), Value::Uint(15), Value::Float(5.0), Value::Int(i64::MAX - 2)]);
        assert_eq!(sink.reduced, 1);
        let tenth = Rule::Round { step: Step { mantissa: 25, exponent: -1 }, period_ms: 0 };
        assert_eq!(run(tenth, &[scalar(0, Value::Int(4))]).0.values(), [Value::Float(5.0)]);
    }

    #[test]
    fn a_rate_cap_counts_what_it_leaves_out_and_holds_across_an_end() {
        let rule = Rule::RateCap { period_ms: 1_000 };
        let (mut sink, mut state) = run(rule, &[float(0, 1.0), float(999, 2.0), float(-5, 3.0), float(1_000, 4.0)]);
        assert_eq!((sink.stamps(), sink.reduced), (std::vec![0, 1_000], 2));
        end(EndCause::Trip, &target(rule), &mut state, &mut sink);
        push(&float(1_500, 5.0), &target(rule), &mut state, &mut sink);
        push(&float(2_000, 6.0), &target(rule), &mut state, &mut sink);
        assert_eq!((sink.stamps(), sink.reduced), (std::vec![0, 1_000, 2_000], 3));
        end(EndCause::Changed, &target(rule), &mut state, &mut sink);
        push(&float(-90_000, 7.0), &target(rule), &mut state, &mut sink);
        assert_eq!(sink.stamps().last(), Some(&-90_000), "a clock set back does not shut the rule");
    }

    #[test]
    fn a_fix_leaves_once_per_slot_as_its_cell_and_without_its_trimmings() {
        let rule = Rule::Grid { cell_m: 2_000, raster_ms: 60_000 };
        let (sink, state) = run(
            rule,
            &[at(59_000, 48.1, 11.5), at(61_000, 48.1, 11.5), at(90_000, 49.0, 11.5), at(119_999, 48.1, 11.5), at(120_000, 48.1, 11.5), at(61_000, 48.1, 11.5)],
        );
        assert_eq!(sink.stamps(), [60_000, 120_000], "the slot that began before the first fix is not whole");
        assert_eq!((sink.merged(), sink.reduced, state.pending()), (6, 12, 0));
        assert_eq!(run(rule, &[float(0, 48.0)]).0.reduced, 1, "a scalar has no place on a grid");
        assert_eq!(run(Rule::AsIs, &[at(0, 91.0, 0.0)]).0.reduced, 3, "off the globe");
    }

    #[test]
    fn a_window_leaves_when_it_is_full() {
        let samples = [float(1_000, 5.0), float(1_400, -3.0), float(1_300, 99.0), float(1_900, 4.0)];
        for (aggregate, expected) in [
            (Aggregate::Min, Value::Float(-3.0)),
            (Aggregate::Max, Value::Float(5.0)),
            (Aggregate::Mean, Value::Float(2.0)),
            (Aggregate::Count, Value::Int(3)),
            (Aggregate::DropsBelow, Value::Int(1)),
            (Aggregate::Difference, Value::Float(-1.0)),
        ] {
            let rule = window(aggregate, 0);
            let (mut sink, mut state) = run(rule, &samples);
            assert_eq!((state.pending(), sink.released.len(), sink.reduced), (3, 0, 1), "going back in time is reduced");
            tick(1_999, &target(rule), &mut state, &mut sink);
            assert_eq!(state.pending(), 3);
            tick(2_000, &target(rule), &mut state, &mut sink);
            assert_eq!((sink.stamps(), sink.merged(), state.pending()), (std::vec![1_000], 3, 0));
            assert_eq!(sink.values(), [expected], "{aggregate:?}");
            push(&float(1_950, 1.0), &target(rule), &mut state, &mut sink);
            assert_eq!(sink.reduced, 2, "a window that left takes nothing more");
        }
    }

    #[test]
    fn rules_without_memory_leave_the_state_as_new() {
        for rule in [Rule::Drop, Rule::AsIs, Rule::Round { step: Step { mantissa: 1, exponent: 0 }, period_ms: 0 }] {
            let (mut sink, mut state) = run(rule, &[float(5, 1.0)]);
            tick(9, &target(rule), &mut state, &mut sink);
            assert_eq!(state, RuleState::default());
        }
    }

    #[test]
    fn what_cannot_be_summed_up_is_reduced() {
        let (mut sink, mut state) =
            run(window(Aggregate::Max, 0), &[float(0, f64::MAX), float(1, f64::NAN), float(2, f64::INFINITY), scalar(3, Value::Text(crate::Text::new()))]);
        assert_eq!((state.pending(), sink.reduced), (1, 3));
        tick(i64::MAX, &target(window(Aggregate::Max, 0)), &mut state, &mut sink);
        assert_eq!((state.pending(), sink.reduced, sink.released.len()), (0, 4, 0), "too large for the step");
        let (mut sink, mut state) = run(window(Aggregate::Mean, 0), &[float(0, 1e9), float(1, -1e9), float(2, 3.0)]);
        end(EndCause::Changed, &target(window(Aggregate::Mean, 0)), &mut state, &mut sink);
        assert_eq!((sink.reduced, sink.released.len(), state.pending()), (3, 0, 0), "an end releases nothing early");
    }

    fn any_time() -> impl Strategy<Value = i64> {
        prop_oneof![8 => 0_i64..20_000, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
    }

    fn any_number() -> impl Strategy<Value = f64> {
        prop_oneof![6 => -1e3_f64..1e3, 1 => any::<f64>(), 1 => Just(f64::NAN), 1 => Just(-0.0)]
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            6 => any_number().prop_map(Value::Float),
            2 => (-1_000_i64..1_000).prop_map(Value::Int),
            1 => any::<i64>().prop_map(Value::Int),
            1 => any::<u64>().prop_map(Value::Uint),
            1 => any::<bool>().prop_map(Value::Bool),
            1 => Just(Value::Text(crate::Text::try_from("gear").unwrap())),
            1 => any_number().prop_map(|number| Value::Floats(heapless::Vec::from_slice(&[number]).unwrap())),
        ]
    }

    fn any_sample() -> impl Strategy<Value = Sample> {
        prop_oneof![
            2 => (any_time(), any_value()).prop_map(|(t_ms, value)| scalar(t_ms, value)),
            1 => (any_time(), -95.0_f64..95.0, -185.0_f64..185.0).prop_map(|(t_ms, lat_deg, lon_deg)| at(t_ms, lat_deg, lon_deg)),
        ]
    }

    fn any_rule() -> impl Strategy<Value = Rule> {
        let step = (1_u32..200, -3_i8..=3).prop_map(|(mantissa, exponent)| Step { mantissa, exponent });
        let aggregate = prop_oneof![
            Just(Aggregate::Min),
            Just(Aggregate::Max),
            Just(Aggregate::Mean),
            Just(Aggregate::Count),
            Just(Aggregate::DropsBelow),
            Just(Aggregate::Difference)
        ];
        prop_oneof![
            Just(Rule::Drop),
            Just(Rule::AsIs),
            (0_u32..3_000).prop_map(|period_ms| Rule::RateCap { period_ms }),
            (step.clone(), 0_u32..3_000).prop_map(|(step, period_ms)| Rule::Round { step, period_ms }),
            (2_000_u32..20_000, 1_000_u32..5_000).prop_map(|(cell_m, raster_ms)| Rule::Grid { cell_m, raster_ms }),
            (1_000_u32..5_000, aggregate, step, -100_i32..100).prop_map(|(period_ms, aggregate, step, threshold_steps)| Rule::Window {
                period_ms,
                aggregate,
                step,
                threshold_steps
            }),
        ]
    }

    #[derive(Clone, Debug)]
    enum Deed {
        Push(Sample),
        Tick(i64),
        End(EndCause),
    }

    fn any_deed() -> impl Strategy<Value = Deed> {
        prop_oneof![
            12 => any_sample().prop_map(Deed::Push),
            2 => (0_i64..20_000).prop_map(Deed::Tick),
            1 => prop_oneof![Just(EndCause::Changed), Just(EndCause::Trip), Just(EndCause::Shutdown)].prop_map(Deed::End),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn every_input_is_accounted_for_once_and_what_leaves_conforms(rule in any_rule(), deeds in prop::collection::vec(any_deed(), 1..60)) {
            let target = target(rule);
            let mut sink = Collected::default();
            let mut state = RuleState::default();
            let mut offered = 0_u64;
            let mut ended = false;
            let mut columns = Vec::new();
            for deed in &deeds {
                match deed {
                    Deed::Push(sample) => {
                        offered += u64::from(sample.inputs());
                        // Behind an end a stamp that goes back says that the clock was set back: a new batch begins.
                        if std::mem::take(&mut ended) && state.last_ms.is_some_and(|last_ms| sample.t_ms() < last_ms) {
                            columns.push(sink.released.len());
                        }
                        push(sample, &target, &mut state, &mut sink);
                    }
                    Deed::Tick(now_ms) => tick(*now_ms, &target, &mut state, &mut sink),
                    Deed::End(cause) => {
                        end(*cause, &target, &mut state, &mut sink);
                        prop_assert_eq!(state.pending(), 0);
                        ended = true;
                    }
                }
                prop_assert_eq!(offered, u64::from(state.pending()) + sink.reduced + sink.merged());
            }
            let mut previous = None;
            for (at, released) in sink.released.iter().enumerate() {
                previous = previous.filter(|_| !columns.contains(&at));
                prop_assert_eq!(conforms(&rule, released.t_ms(), previous, released.value()), Ok(()));
                previous = Some(released.t_ms());
            }
        }

        #[test]
        fn what_left_once_is_not_made_coarser_or_finer_again(step in (1_u32..200, -3_i8..=3), value in any_value()) {
            let step = Step { mantissa: step.0, exponent: step.1 };
            if let Some(once) = round(&value, step) {
                prop_assert_eq!(round(&once, step), Some(once));
            }
        }
    }
}
