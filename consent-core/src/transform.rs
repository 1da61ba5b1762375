//! What is left of a sample that passed: drop, rounding, level, grid snap, rate cap, window, score, noise, place.
//!
//! Only this module makes a [`Released`]; there is no way to decode one. A transformation never adds precision, and accounts
//! for every input: it is pending in a [`RuleState`] or in its use's [`Shared`], reduced, or merged into exactly one
//! [`Released`].
//!
//! What a rule needs besides its own state: the [`Shared`] state of its use (a score is made of several signals, an event's
//! place goes with another signal's value), and a [`Source`] of fair bits, of the car's secret and of privacy budget.

use crate::grid::{cell, moved, on_the_globe, snap, written};
use crate::ids::{SignalId, Tier, UseIx};
use crate::level::{Level, is_apart};
use crate::limits::BINS_MAX;
use crate::noise;
use crate::rule::{Change, Rule, ScoreRole, Slices, Step};
use crate::sample::{Fix, Sample, Value};
use crate::window::{self, Window};

/// How much fell into each bin.
pub type Counts = heapless::Vec<u32, BINS_MAX>;

/// What may leave of one or several samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Released {
    use_ix: UseIx,
    signal: SignalId,
    tier: Tier,
    t_ms: i64,
    value: ReleasedValue,
    inputs: u32,
    slice: u32,
    timing: Timing,
}

/// Whether something leaves when it was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// At once, or at the end of its window.
    Live,
    /// When the car was far enough away. Its stamp does not say when, and its batch closes as if it had been measured now.
    Held,
}

/// The value that may leave.
#[derive(Clone, Debug, PartialEq)]
pub enum ReleasedValue {
    /// Of one signal.
    Scalar(Value),
    /// A position.
    Fix(Fix),
    /// A histogram of one signal.
    Counts(Counts),
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

    /// Its value, taken out of it.
    pub fn into_value(self) -> ReleasedValue {
        self.value
    }

    /// How many decisions it merges.
    pub fn inputs(&self) -> u32 {
        self.inputs
    }

    /// The slice of a track that it belongs to, from 1; 0 for what is in one piece. Slices never share a stream.
    pub fn slice(&self) -> u32 {
        self.slice
    }

    /// Whether it leaves when it was measured.
    pub fn timing(&self) -> Timing {
        self.timing
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

/// Whether privacy loss was debited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Debit {
    /// It was.
    Paid,
    /// The day's budget does not reach.
    Spent,
}

/// What a transformation draws on that is not its own.
pub trait Source {
    /// 64 fair bits that nobody can foretell.
    fn bits(&mut self) -> u64;

    /// Numbers that are the same for the same cell as long as the car has its secret, and that nobody can foretell without it.
    fn kept(&self, cell: (u32, u32), cell_m: u32) -> Option<[u64; 3]>;

    /// Debits the loss of a release from the persons concerned, before it leaves, if it is within what the use may cost each of them today.
    fn debit(&mut self, use_ix: UseIx, epsilon_milli: u16, day_milli: u16) -> Debit;
}

/// Offers nothing: rules that draw on it leave nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSource;

impl Source for NoSource {
    fn bits(&mut self) -> u64 {
        0
    }

    fn kept(&self, _: (u32, u32), _: u32) -> Option<[u64; 3]> {
        None
    }

    fn debit(&mut self, _: UseIx, _: u16, _: u16) -> Debit {
        Debit::Spent
    }
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
    /// The level that left last, in steps, and the tier whose steps they are.
    level: Option<(Tier, i64)>,
    /// Whether the newest sample was at or above the threshold.
    above: Option<bool>,
    /// An end lies between `last_ms` and the next sample.
    ended: bool,
}

/// State that the rules of one use share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shared {
    score: Option<Score>,
    /// Newest stamp of a value that left: what an event's place goes with.
    left_ms: Option<i64>,
    /// Where on the way the last event's place left, metres.
    event_at_m: Option<u64>,
    slice: Slice,
}

/// The slice of a track that lasts, or the gap behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Slice {
    number: u32,
    until_ms: i64,
    gap_until_ms: i64,
}

/// A score that adds up.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Score {
    start_ms: i64,
    period_ms: u32,
    points: i64,
    inputs: u32,
}

impl Shared {
    /// Decisions that are held in it.
    pub fn pending(&self) -> u32 {
        self.score.map_or(0, |score| score.inputs)
    }

    /// Whether a fix is the first that was measured shortly after a value left: only such a fix may become an event's place. It is asked
    /// when the fix is measured, since until it is cleared other values leave.
    pub fn is_event(&mut self, t_ms: i64) -> bool {
        let recent = self.left_ms.is_some_and(|left_ms| (0..=EVENT_MS).contains(&t_ms.saturating_sub(left_ms)));
        if recent {
            self.left_ms = None;
        }
        recent
    }
}

/// What a transformation works with.
pub struct Work<'a> {
    /// The rule's state.
    pub state: &'a mut RuleState,
    /// The use's.
    pub shared: &'a mut Shared,
    /// What is not its own.
    pub source: &'a mut dyn Source,
    /// Takes what it yields.
    pub sink: &'a mut dyn Sink,
}

impl core::fmt::Debug for Work<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Work").field("state", &self.state).field("shared", &self.shared).finish_non_exhaustive()
    }
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

/// An event's place goes with a value that left at most this long before, milliseconds.
pub const EVENT_MS: i64 = 5_000;
/// Shortest and longest slice of a track, milliseconds.
pub const SLICE_MS: (u32, u32) = (120_000, 600_000);
/// Shortest and longest gap between two slices, milliseconds.
pub const GAP_MS: (u32, u32) = (60_000, 300_000);

/// Takes a sample.
///
/// Reduced are: what a rule has no meaning for (a text to be rounded, a scalar on a grid), numbers that are not finite, fixes
/// off the globe or in a private place, stamps that go back behind what was released or summed up already, what belongs to a
/// raster slot that began before the state did (R46), and what no privacy budget is left for.
pub fn push(sample: &Sample, target: &Target, work: &mut Work<'_>) {
    let t_ms = sample.t_ms();
    work.state.resume(t_ms);
    if target.rule.fills_window() {
        if !push_window(sample, target, work) {
            work.sink.reduced(target.use_ix, sample.inputs());
        }
        return;
    }
    let Some((stamp_ms, value)) = kept(sample, target, work) else { return work.sink.reduced(target.use_ix, sample.inputs()) };
    let Some(slice) = slice(&target.rule, t_ms, work) else { return work.sink.reduced(target.use_ix, sample.inputs()) };
    if target.rule.has_state() {
        work.state.last_ms = Some(stamp_ms);
    }
    if !target.rule.is_for_places() {
        work.shared.left_ms = Some(stamp_ms);
    }
    work.sink.released(target.release(stamp_ms, value, sample.inputs(), slice));
}

/// What leaves of a sample at once, and its stamp.
fn kept(sample: &Sample, target: &Target, work: &mut Work<'_>) -> Option<(i64, ReleasedValue)> {
    let t_ms = sample.t_ms();
    let state = &mut *work.state;
    let value = match target.rule {
        Rule::AsIs => unchanged(sample)?,
        Rule::RateCap { period_ms } => unchanged(sample).filter(|_| state.apart(t_ms, period_ms))?,
        Rule::Round { step, period_ms } => rounded(sample, step).filter(|_| state.apart(t_ms, period_ms))?,
        Rule::Level { .. } => level(sample, target, state)?,
        Rule::Event { spacing_m } => event(sample, spacing_m, work.shared)?,
        Rule::Grid { cell_m, raster_ms } => return on_raster(state, t_ms, raster_ms, snapped(sample, cell_m)),
        Rule::Track { cell_m, raster_ms, .. } => return on_raster(state, t_ms, raster_ms, on_track(sample, cell_m)),
        Rule::Moved { cell_m, scale_m, raster_ms } => return on_raster(state, t_ms, raster_ms, moved_place(sample, cell_m, scale_m, work.source)),
        Rule::Noise { .. } => return noised(sample, target, work),
        Rule::Drop | Rule::Window { .. } | Rule::Histogram { .. } | Rule::Score { .. } | Rule::Path { .. } => return None,
    };
    Some((t_ms, value))
}

/// The slice that a stamp falls into, `None` in a gap. A slice begins with the first place behind a gap, and lasts as long as chance says.
fn slice(rule: &Rule, t_ms: i64, work: &mut Work<'_>) -> Option<u32> {
    let Rule::Track { slices: Slices::Cut, .. } = rule else { return Some(0) };
    let slice = &mut work.shared.slice;
    if slice.number == 0 || t_ms >= slice.gap_until_ms {
        let mut span_ms = |(least, most): (u32, u32)| i64::from(between(least, most, work.source.bits()));
        let until_ms = t_ms.saturating_add(span_ms(SLICE_MS));
        *slice = Slice { number: slice.number.wrapping_add(1).max(1), until_ms, gap_until_ms: until_ms.saturating_add(span_ms(GAP_MS)) };
    }
    (t_ms < slice.until_ms).then_some(slice.number)
}

/// A whole number from `least` to `most`.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "a product of two 32-bit numbers, shifted by 32 bits")]
fn between(least: u32, most: u32, bits: u64) -> u32 {
    let span = u64::from(most.saturating_sub(least)).saturating_add(1);
    least.saturating_add(((bits >> 32).saturating_mul(span) >> 32) as u32)
}

/// A value stamped with the start of its slot, if the slot is whole and its first.
fn on_raster(state: &mut RuleState, t_ms: i64, raster_ms: u32, value: Option<ReleasedValue>) -> Option<(i64, ReleasedValue)> {
    value.and_then(|value| Some((state.slot(t_ms, raster_ms)?, value)))
}

/// Tells that time has come to `now_ms`: full windows leave. A score leaves with [`tick_score`], after all of its parts.
pub fn tick(now_ms: i64, target: &Target, work: &mut Work<'_>) {
    if target.rule.raster_ms().is_some() {
        work.state.begin_ms.get_or_insert(now_ms);
    }
    if work.state.window.is_some_and(|window| now_ms >= window.end_ms(&target.rule)) {
        close(target, work);
    }
}

/// Tells the bearer of a score that time has come to `now_ms`.
pub fn tick_score(now_ms: i64, target: &Target, work: &mut Work<'_>) {
    let bears = matches!(target.rule, Rule::Score { role: ScoreRole::Bears, .. });
    let full = work.shared.score.is_some_and(|score| now_ms >= score.start_ms.saturating_add(i64::from(score.period_ms)));
    if bears && full {
        close_score(target, work);
    }
}

/// Ends: what a window or score holds is reduced, never released early (R46). The state is as new, except that it remembers
/// its last release: a rate cap holds across the end, unless the clock was set back, and what did not change stays.
pub fn end(cause: EndCause, target: &Target, work: &mut Work<'_>) {
    let last_ms = match cause {
        EndCause::Changed | EndCause::Trip | EndCause::Shutdown => work.state.last_ms,
    };
    let ended = core::mem::replace(work.state, RuleState { last_ms, level: work.state.level, ended: last_ms.is_some(), ..RuleState::default() });
    if ended.pending() > 0 {
        work.sink.reduced(target.use_ix, ended.pending());
    }
    if let Some(score) = work.shared.score.take() {
        work.sink.reduced(target.use_ix, score.inputs);
    }
    work.shared.left_ms = None;
}

impl Target {
    #[inline]
    fn release(&self, t_ms: i64, value: ReleasedValue, inputs: u32, slice: u32) -> Released {
        let timing = if self.rule.is_guarded() { Timing::Held } else { Timing::Live };
        Released { use_ix: self.use_ix, signal: self.signal, tier: self.tier, t_ms, value, inputs, slice, timing }
    }
}

/// Takes a sample into its window, closing the one before; whether it was taken.
fn push_window(sample: &Sample, target: &Target, work: &mut Work<'_>) -> bool {
    let t_ms = sample.t_ms();
    let Some(item) = window::item(&target.rule, sample) else { return false };
    if work.state.window.is_some_and(|window| window.tier != target.tier) {
        // INVARIANT: a window is summed up under one rule; the caller should have ended it.
        end(EndCause::Changed, target, work);
    }
    let Some(start_ms) = work.state.slot(t_ms, target.rule.pace_ms()) else { return false };
    match work.state.window {
        Some(window) if start_ms < window.start_ms || t_ms < window.newest_ms => return false,
        Some(window) if start_ms > window.start_ms => close(target, work),
        Some(_) | None => {}
    }
    let state = &mut *work.state;
    let window = state.window.get_or_insert_with(|| Window::new(&target.rule, target.tier, start_ms, t_ms, item));
    window.add(&target.rule, t_ms, item, sample.inputs(), &mut state.above)
}

/// Closes the open window: one release, or a part of a score; if its sum cannot be told, a reduction.
fn close(target: &Target, work: &mut Work<'_>) {
    let Some(window) = work.state.window.take() else { return };
    work.state.last_ms = Some(window.start_ms);
    if let Rule::Score { period_ms, .. } = target.rule {
        return match window.points(&target.rule) {
            Some(points) => add_points(target, Score { start_ms: window.start_ms, period_ms, points, inputs: window.inputs }, work),
            None => work.sink.reduced(target.use_ix, window.inputs),
        };
    }
    match window.result(&target.rule) {
        Some(value) => {
            if !target.rule.is_for_places() {
                work.shared.left_ms = Some(window.start_ms);
            }
            work.sink.released(target.release(window.start_ms, value, window.inputs, 0));
        }
        None => work.sink.reduced(target.use_ix, window.inputs),
    }
}

/// Adds a part to the score of its use. A part of an older span than the one that adds up has missed it; a newer one says that
/// the older will not be completed.
fn add_points(target: &Target, part: Score, work: &mut Work<'_>) {
    let sum = match work.shared.score {
        None => Some(part),
        Some(score) if (score.start_ms, score.period_ms) == (part.start_ms, part.period_ms) => {
            let points = score.points.checked_add(part.points);
            points.zip(score.inputs.checked_add(part.inputs)).map(|(points, inputs)| Score { points, inputs, ..score })
        }
        Some(score) if score.start_ms < part.start_ms => {
            work.sink.reduced(target.use_ix, score.inputs);
            Some(part)
        }
        Some(_) => None,
    };
    match sum {
        Some(sum) => work.shared.score = Some(sum),
        None => work.sink.reduced(target.use_ix, part.inputs),
    }
}

fn close_score(target: &Target, work: &mut Work<'_>) {
    let Some(score) = work.shared.score.take() else { return };
    work.shared.left_ms = Some(score.start_ms);
    work.sink.released(target.release(score.start_ms, ReleasedValue::Scalar(Value::Int(score.points)), score.inputs, 0));
}

/// A number as its level, if it is time for one.
fn level(sample: &Sample, target: &Target, state: &mut RuleState) -> Option<ReleasedValue> {
    let Sample::Scalar { value, t_ms, .. } = sample else { return None };
    let Rule::Level { step, change, period_ms, .. } = target.rule else { return None };
    let level = Level::of(&target.rule)?;
    let number = value.as_number().filter(|number| number.is_finite())?;
    let steps = level.steps(number);
    let moved = match change {
        Change::Every => true,
        Change::Moved { beyond_pct } => {
            let last = state.level.filter(|(tier, _)| *tier == target.tier);
            last.is_none_or(|(_, last)| last != steps && is_apart(step, number, last, beyond_pct))
        }
    };
    if !moved || !state.apart(*t_ms, period_ms) {
        return None;
    }
    let value = level.value(steps)?;
    state.level = Some((target.tier, steps));
    Some(ReleasedValue::Scalar(value))
}

/// A level with noise, if its slot is whole and the budget reaches.
fn noised(sample: &Sample, target: &Target, work: &mut Work<'_>) -> Option<(i64, ReleasedValue)> {
    let Sample::Scalar { value, t_ms, .. } = sample else { return None };
    let Rule::Noise { period_ms, low_steps, high_steps, epsilon_milli, day_milli, .. } = target.rule else { return None };
    let level = Level::of(&target.rule)?;
    let steps = level.steps(value.as_number().filter(|number| number.is_finite())?);
    let start_ms = work.state.slot(*t_ms, period_ms)?;
    let span = u64::try_from(i64::from(high_steps).checked_sub(i64::from(low_steps))?).ok()?;
    // Debited first: what is drawn and then lost has still been paid for.
    if work.source.debit(target.use_ix, epsilon_milli, day_milli) == Debit::Spent {
        return None;
    }
    let noise = noise::draw(span, epsilon_milli, &mut || work.source.bits())?;
    let noisy = steps.saturating_add(noise).clamp(i64::from(low_steps), i64::from(high_steps));
    level.value(noisy).map(|value| (start_ms, ReleasedValue::Scalar(value)))
}

/// A position written to a metre, and nothing else.
fn bare(lat_deg: f64, lon_deg: f64) -> ReleasedValue {
    ReleasedValue::Fix(Fix { lat_deg: written(lat_deg), lon_deg: written(lon_deg), alt_m: None, heading_deg: None, accuracy_m: None })
}

/// A cleared fix as its cell, or its bare place.
fn on_track(sample: &Sample, cell_m: u32) -> Option<ReleasedValue> {
    let Sample::Fix { fix, cleared: Some(_), .. } = sample else { return None };
    if cell_m > 0 { snap(fix, cell_m).map(ReleasedValue::Fix) } else { on_the_globe(fix).then(|| bare(fix.lat_deg, fix.lon_deg)) }
}

/// The place that goes with an event.
fn event(sample: &Sample, spacing_m: u32, shared: &mut Shared) -> Option<ReleasedValue> {
    let Sample::Fix { fix, cleared: Some(cleared), .. } = sample else { return None };
    let far = shared.event_at_m.is_none_or(|last_m| cleared.driven_m().saturating_sub(last_m) >= u64::from(spacing_m));
    if !far || !on_the_globe(fix) {
        return None;
    }
    shared.event_at_m = Some(cleared.driven_m());
    Some(bare(fix.lat_deg, fix.lon_deg))
}

/// The centre of a fix's cell, moved by what was drawn once for that cell: in a uniform direction, by a distance that is the
/// sum of two exponentials, as in the planar Laplace distribution.
fn moved_place(sample: &Sample, cell_m: u32, scale_m: u32, source: &dyn Source) -> Option<ReleasedValue> {
    let Sample::Fix { fix, .. } = sample else { return None };
    let centre = snap(fix, cell_m)?;
    let [first, second, third] = source.kept(cell(fix, cell_m)?, cell_m)?.map(unit);
    let distance_m = -f64::from(scale_m) / 2.0 * (libm::log(first) + libm::log(second));
    let angle = third * core::f64::consts::TAU;
    let (lat_deg, lon_deg) = moved(centre.lat_deg, centre.lon_deg, distance_m * libm::cos(angle), distance_m * libm::sin(angle));
    Some(bare(lat_deg, lon_deg))
}

/// A number above 0 and at most 1 from 64 bits.
#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "53 bits are exact")]
fn unit(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 1.0) / 9_007_199_254_740_992.0
}

/// The value as it came, if it is one.
#[inline]
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
mod tests;
