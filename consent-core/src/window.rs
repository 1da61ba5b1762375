//! One window of one aggregate: many samples in, one number, or one row of counts, out.
//!
//! INVARIANT: `inputs` counts exactly the samples that the result sums up.

use crate::grid::{cell, metres};
use crate::ids::Tier;
use crate::limits::BINS_MAX;
use crate::rule::{Aggregate, Rule, Way, Weigh};
use crate::sample::{Fix, Sample, Value};
use crate::transform::{Counts, ReleasedValue, is_finite};

/// Faster than this nobody drives: between two fixes lies a fault of the receiver, metres per second.
pub(crate) const JUMP_M_S: f64 = 100.0;
/// Edge of the cells that a way is said to touch, metres.
const AREA_CELL_M: u32 = 5_000;
/// Cells told apart in one window; a way that touches more is said to touch so many.
const AREA_CELLS_MAX: usize = 12;

/// What a window takes of one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Item {
    Number(f64),
    Place(f64, f64),
}

/// What a sample contributes under a rule; `None` if the rule has no use for it.
pub(crate) fn item(rule: &Rule, sample: &Sample) -> Option<Item> {
    match (rule, sample) {
        (Rule::Path { .. }, Sample::Fix { fix, .. }) => crate::grid::on_the_globe(fix).then_some(Item::Place(fix.lat_deg, fix.lon_deg)),
        (Rule::Window { aggregate: Aggregate::Count, .. } | Rule::Score { aggregate: Aggregate::Count, .. }, Sample::Scalar { value, .. }) => {
            is_finite(value).then_some(Item::Number(0.0))
        }
        (Rule::Window { .. } | Rule::Score { .. }, Sample::Scalar { value, .. }) => value.as_number().filter(|number| number.is_finite()).map(Item::Number),
        // What falls into no bin that can be told must not open a window either.
        (Rule::Histogram { .. }, Sample::Scalar { value, .. }) => {
            value.as_number().filter(|number| number.is_finite() && bin(rule, *number).is_some()).map(Item::Number)
        }
        _ => None,
    }
}

/// The sum so far.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sum {
    /// Of single numbers.
    Plain { first: f64, last: f64, sum: f64, events: u32 },
    /// Of a number times the milliseconds for which it held; since when it has held.
    Timed { integral: f64, held: f64, since_ms: i64, from_ms: i64 },
    /// Per bin, in samples or milliseconds; the bin that holds, and since when.
    Bins { counts: [u32; BINS_MAX], bin: u8, since_ms: i64 },
    /// Metres between fixes.
    Metres { sum: f64, lat_deg: f64, lon_deg: f64 },
    /// Cells touched.
    Cells { touched: [(u16, u16); AREA_CELLS_MAX], count: u8 },
}

/// A window that fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    /// Of the rule that it is summed up under: a slot of state belongs to one signal of one use.
    pub(crate) tier: Tier,
    pub(crate) start_ms: i64,
    pub(crate) newest_ms: i64,
    pub(crate) inputs: u32,
    sum: Sum,
}

impl Window {
    /// An empty window; `first` is what will be added first, stamped `t_ms`.
    pub(crate) fn new(rule: &Rule, tier: Tier, start_ms: i64, t_ms: i64, first: Item) -> Self {
        let sum = match (rule, first) {
            (Rule::Histogram { .. }, Item::Number(number)) => Sum::Bins { counts: [0; BINS_MAX], bin: bin(rule, number).unwrap_or(0), since_ms: t_ms },
            (Rule::Path { way: Way::Cells, .. }, _) => Sum::Cells { touched: [(0, 0); AREA_CELLS_MAX], count: 0 },
            (_, Item::Place(lat_deg, lon_deg)) => Sum::Metres { sum: 0.0, lat_deg, lon_deg },
            (Rule::Window { aggregate: Aggregate::TimeMean, .. } | Rule::Score { aggregate: Aggregate::TimeMean, .. }, Item::Number(held)) => {
                Sum::Timed { integral: 0.0, held, since_ms: t_ms, from_ms: t_ms }
            }
            (_, Item::Number(first)) => Sum::Plain { first, last: first, sum: first, events: 0 },
        };
        Self { tier, start_ms, newest_ms: start_ms, inputs: 0, sum }
    }

    /// When it is full, Unix milliseconds.
    pub(crate) fn end_ms(&self, rule: &Rule) -> i64 {
        self.start_ms.saturating_add(i64::from(rule.pace_ms()))
    }

    /// Adds a sample not older than the newest; whether there was room for one more.
    pub(crate) fn add(&mut self, rule: &Rule, t_ms: i64, item: Item, inputs: u32, above: &mut Option<bool>) -> bool {
        let Some(inputs) = self.inputs.checked_add(inputs) else { return false };
        let elapsed_ms = t_ms.saturating_sub(self.newest_ms);
        match (&mut self.sum, item) {
            (Sum::Plain { last, sum, events, .. }, Item::Number(number)) => {
                *last = number;
                plain(rule, number, inputs, sum, events, above);
            }
            (Sum::Timed { integral, held, since_ms, .. }, Item::Number(number)) => {
                *integral += *held * span_ms(*since_ms, t_ms);
                (*held, *since_ms) = (number, t_ms);
            }
            (Sum::Bins { counts, bin: holding, since_ms }, Item::Number(number)) => {
                let Some(bin) = bin(rule, number) else { return false };
                if weighs(rule) == Weigh::Samples {
                    add_to(counts, bin, 1);
                } else {
                    add_to(counts, *holding, whole_ms(*since_ms, t_ms));
                }
                (*holding, *since_ms) = (bin, t_ms);
            }
            (Sum::Metres { sum, lat_deg, lon_deg }, Item::Place(lat, lon)) => {
                let driven_m = metres(*lat_deg, *lon_deg, lat, lon);
                // A jump is no way; the count goes on from where it led.
                if driven_m <= JUMP_M_S * span_ms(0, elapsed_ms) / 1_000.0 {
                    *sum += driven_m;
                }
                (*lat_deg, *lon_deg) = (lat, lon);
            }
            (Sum::Cells { touched, count }, Item::Place(lat_deg, lon_deg)) => touch(touched, count, lat_deg, lon_deg),
            (Sum::Plain { .. } | Sum::Timed { .. } | Sum::Bins { .. }, Item::Place(..)) | (Sum::Metres { .. } | Sum::Cells { .. }, Item::Number(_)) => {
                return false;
            }
        }
        (self.inputs, self.newest_ms) = (inputs, t_ms);
        true
    }

    /// The result in its form; `None` if it cannot be told.
    pub(crate) fn result(&self, rule: &Rule) -> Option<ReleasedValue> {
        match *rule {
            Rule::Histogram { bins, weigh, .. } => self.counts(rule, bins, weigh).map(ReleasedValue::Counts),
            Rule::Window { .. } | Rule::Path { .. } => form(rule, self.number(rule)?).map(ReleasedValue::Scalar),
            Rule::Score { .. }
            | Rule::Drop
            | Rule::AsIs
            | Rule::RateCap { .. }
            | Rule::Round { .. }
            | Rule::Grid { .. }
            | Rule::Level { .. }
            | Rule::Noise { .. }
            | Rule::Track { .. }
            | Rule::Event { .. }
            | Rule::Moved { .. } => None,
        }
    }

    /// The points that it adds to a score.
    pub(crate) fn points(&self, rule: &Rule) -> Option<i64> {
        let Rule::Score { step, weight, .. } = *rule else { return None };
        step.multiple_of(self.number(rule)?)?.checked_mul(i64::from(weight))
    }

    fn number(&self, rule: &Rule) -> Option<f64> {
        Some(match (self.sum, aggregate(rule)) {
            (Sum::Plain { sum, .. }, Some(Aggregate::Min | Aggregate::Max | Aggregate::Mean)) | (Sum::Metres { sum, .. }, _) => sum,
            (Sum::Plain { .. }, Some(Aggregate::Count)) => f64::from(self.inputs),
            (Sum::Plain { events, .. }, Some(Aggregate::DropsBelow | Aggregate::RisesTo)) => threshold(rule).map(|_| f64::from(events))?,
            (Sum::Plain { first, last, .. }, Some(Aggregate::Difference)) => last - first,
            (Sum::Timed { integral, held, since_ms, from_ms }, _) => {
                let whole_ms = span_ms(from_ms, self.end_ms(rule));
                (whole_ms > 0.0).then(|| (integral + held * span_ms(since_ms, self.end_ms(rule))) / whole_ms)?
            }
            (Sum::Cells { count, .. }, _) => f64::from(count),
            (Sum::Plain { .. }, Some(Aggregate::TimeMean) | None) | (Sum::Bins { .. }, _) => return None,
        })
    }

    fn counts(&self, rule: &Rule, bins: u8, weigh: Weigh) -> Option<Counts> {
        let Sum::Bins { mut counts, bin, since_ms } = self.sum else { return None };
        if weigh == Weigh::Seconds {
            add_to(&mut counts, bin, whole_ms(since_ms, self.end_ms(rule)));
            for count in &mut counts {
                *count /= 1_000;
            }
        }
        counts.get(..usize::from(bins)).and_then(|counts| Counts::from_slice(counts).ok())
    }
}

/// A result in the form that its rule yields: counts and ways are whole where the step is.
pub(crate) fn form(rule: &Rule, result: f64) -> Option<Value> {
    let step = rule.step()?;
    let multiple = step.multiple_of(result)?;
    let is_whole = matches!(rule, Rule::Path { .. }) || aggregate(rule).is_some_and(Aggregate::counts);
    match step.whole().filter(|_| is_whole) {
        Some(unit) => multiple.checked_mul(unit).map(Value::Int),
        None => step.value(multiple).map(Value::Float),
    }
}

fn aggregate(rule: &Rule) -> Option<Aggregate> {
    if let Rule::Window { aggregate, .. } | Rule::Score { aggregate, .. } = rule { Some(*aggregate) } else { None }
}

fn weighs(rule: &Rule) -> Weigh {
    if let Rule::Histogram { weigh, .. } = rule { *weigh } else { Weigh::Samples }
}

fn threshold(rule: &Rule) -> Option<f64> {
    if let Rule::Window { step, threshold_steps, .. } | Rule::Score { step, threshold_steps, .. } = rule {
        step.value(i64::from(*threshold_steps))
    } else {
        None
    }
}

fn plain(rule: &Rule, number: f64, inputs: u32, sum: &mut f64, events: &mut u32, above: &mut Option<bool>) {
    match aggregate(rule) {
        Some(Aggregate::Min) => *sum = sum.min(number),
        Some(Aggregate::Max) => *sum = sum.max(number),
        Some(Aggregate::Mean) => {
            // Divided before it is added: two huge numbers must not overflow.
            let count = f64::from(inputs);
            *sum = *sum - *sum / count + number / count;
        }
        Some(counted @ (Aggregate::DropsBelow | Aggregate::RisesTo)) => {
            let is_above = threshold(rule).is_some_and(|threshold| number >= threshold);
            let before = above.replace(is_above);
            if before == Some(counted == Aggregate::DropsBelow) && before != Some(is_above) {
                *events = events.saturating_add(1);
            }
        }
        Some(Aggregate::Count | Aggregate::Difference | Aggregate::TimeMean) | None => {}
    }
}

/// The bin of a number: below the first edge 0, and so on; `None` for what cannot be told.
fn bin(rule: &Rule, number: f64) -> Option<u8> {
    let Rule::Histogram { step, low_steps, width_steps, bins, .. } = *rule else { return None };
    let last = bins.checked_sub(1)?;
    // INVARIANT: edges are doubles that both ends compute alike, and ascend.
    for below in 0..last {
        let edge = i64::from(low_steps).checked_add(i64::from(below).checked_mul(i64::from(width_steps))?)?;
        if number < step.value(edge)? {
            return Some(below);
        }
    }
    Some(last)
}

fn add_to(counts: &mut [u32; BINS_MAX], bin: u8, more: u32) {
    if let Some(count) = counts.get_mut(usize::from(bin)) {
        *count = count.saturating_add(more);
    }
}

/// From one stamp to another, milliseconds; never negative.
#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "spans of a window are far below 2^53 ms")]
fn span_ms(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms).max(0) as f64
}

fn whole_ms(from_ms: i64, to_ms: i64) -> u32 {
    u32::try_from(to_ms.saturating_sub(from_ms).max(0)).unwrap_or(u32::MAX)
}

fn touch(touched: &mut [(u16, u16); AREA_CELLS_MAX], count: &mut u8, lat_deg: f64, lon_deg: f64) {
    let fix = Fix { lat_deg, lon_deg, alt_m: None, heading_deg: None, accuracy_m: None };
    let Some((row, column)) = cell(&fix, AREA_CELL_M) else { return };
    let (Ok(row), Ok(column)) = (u16::try_from(row), u16::try_from(column)) else { return };
    let cell = (row, column);
    let known = usize::from(*count);
    if touched.iter().take(known).any(|one| *one == cell) {
        return;
    }
    if let Some(place) = touched.get_mut(known) {
        *place = cell;
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Step;

    const STEP: Step = Step { mantissa: 1, exponent: 0 };

    fn fill(rule: Rule, items: &[(i64, f64)]) -> Option<ReleasedValue> {
        let (first_ms, first) = items[0];
        let mut window = Window::new(&rule, Tier(0), 0, first_ms, Item::Number(first));
        let mut above = None;
        for (t_ms, number) in items {
            assert!(window.add(&rule, *t_ms, Item::Number(*number), 1, &mut above));
        }
        window.result(&rule)
    }

    fn window(aggregate: Aggregate) -> Rule {
        Rule::Window { period_ms: 10_000, aggregate, step: STEP, threshold_steps: 3 }
    }

    #[test]
    fn a_mean_by_time_weighs_each_value_by_how_long_it_held() {
        let result = fill(window(Aggregate::TimeMean), &[(0, 10.0), (1_000, 0.0), (9_000, 100.0)]);
        assert_eq!(result, Some(ReleasedValue::Scalar(Value::Float(11.0))), "1 s of 10, 8 s of 0, 1 s of 100");
        let result = fill(window(Aggregate::TimeMean), &[(0, 10.0), (1_000, 4.0), (3_000, 0.0)]);
        assert_eq!(result, Some(ReleasedValue::Scalar(Value::Float(2.0))), "1 s of 10, 2 s of 4, 7 s of 0");
        assert_eq!(fill(window(Aggregate::TimeMean), &[(10_000, 7.0)]), None, "no time was seen");
        assert_eq!(fill(window(Aggregate::TimeMean), &[(5_000, 7.0)]), Some(ReleasedValue::Scalar(Value::Float(7.0))), "of the time that was seen");
    }

    #[test]
    fn rises_are_counted_when_they_reach_the_threshold() {
        let items = [(0, 5.0), (1, 2.0), (2, 3.0), (3, 9.0), (4, 1.0), (5, 3.0)];
        assert_eq!(fill(window(Aggregate::RisesTo), &items), Some(ReleasedValue::Scalar(Value::Int(2))));
        assert_eq!(fill(window(Aggregate::DropsBelow), &items), Some(ReleasedValue::Scalar(Value::Int(2))));
    }

    fn histogram(weigh: Weigh) -> Rule {
        Rule::Histogram { period_ms: 10_000, weigh, step: Step { mantissa: 10, exponent: 0 }, low_steps: 0, width_steps: 5, bins: 4 }
    }

    #[test]
    fn a_value_on_an_edge_belongs_to_the_bin_above() {
        let items = [(0, -1.0), (1_000, 0.0), (2_000, 49.9), (3_000, 50.0), (4_000, 100.0), (5_000, 1e9)];
        let Some(ReleasedValue::Counts(counts)) = fill(histogram(Weigh::Samples), &items) else { panic!() };
        assert_eq!(counts.as_slice(), [1, 2, 1, 2]);
        let Some(ReleasedValue::Counts(seconds)) = fill(histogram(Weigh::Seconds), &items) else { panic!() };
        assert_eq!(seconds.as_slice(), [1, 2, 1, 6], "the last value holds until the window's end");
    }

    #[test]
    fn a_bin_whose_edge_is_no_number_takes_nothing() {
        let huge = Step { mantissa: u32::MAX, exponent: 0 };
        let rule = Rule::Histogram { period_ms: 10_000, weigh: Weigh::Samples, step: huge, low_steps: i32::MIN, width_steps: 1, bins: 2 };
        let sample = Sample::Scalar { signal: crate::ids::SignalId(0), value: Value::Float(1.0), t_ms: 0 };
        assert_eq!((bin(&rule, 1.0), item(&rule, &sample)), (None, None));
    }

    #[test]
    fn a_way_is_measured_between_its_fixes_and_a_jump_is_no_way() {
        let rule = Rule::Path { period_ms: 600_000, way: Way::Metres, step: Step { mantissa: 100, exponent: 0 } };
        let mut window = Window::new(&rule, Tier(0), 0, 0, Item::Place(48.0, 11.0));
        let mut above = None;
        for (t_ms, lat_deg) in [(0, 48.0), (30_000, 48.01), (31_000, 49.0), (61_000, 49.01)] {
            assert!(window.add(&rule, t_ms, Item::Place(lat_deg, 11.0), 2, &mut above));
        }
        assert_eq!(window.result(&rule), Some(ReleasedValue::Scalar(Value::Int(2_200))));
        let area = Rule::Path { period_ms: 600_000, way: Way::Cells, step: STEP };
        let mut window = Window::new(&area, Tier(0), 0, 0, Item::Place(48.0, 11.0));
        for at in 0..40_i32 {
            assert!(window.add(&area, i64::from(at), Item::Place(48.0 + f64::from(at) * 0.05, 11.0), 2, &mut above));
        }
        assert_eq!(window.result(&area), Some(ReleasedValue::Scalar(Value::Int(12))), "no more cells are told apart");
    }
}
