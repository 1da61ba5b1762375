#![allow(clippy::arithmetic_side_effects, reason = "sums of small test counts")]

extern crate std;

use super::*;
use crate::conform::conforms;
use crate::rule::{Aggregate, Guard, Slices, Way, Weigh};
use crate::track::Cleared;
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
            ReleasedValue::Fix(_) | ReleasedValue::Counts(_) => None,
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
    Sample::Fix { signal: SignalId(7), fix, t_ms, inputs: 3, cleared: None }
}

fn cleared(sample: Sample, driven_m: u64) -> Sample {
    match sample {
        Sample::Fix { signal, fix, t_ms, inputs, .. } => Sample::Fix { signal, fix, t_ms, inputs, cleared: Some(Cleared::after(driven_m)) },
        scalar @ Sample::Scalar { .. } => scalar,
    }
}

/// Bits of a seed, a secret of its own, and a purse.
struct Chance {
    seed: u64,
    milli: u32,
}

impl Source for Chance {
    fn bits(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.seed ^ (self.seed >> 29)
    }

    fn kept(&self, (row, column): (u32, u32), cell_m: u32) -> Option<[u64; 3]> {
        let mut mix = Self { seed: (u64::from(row) << 32) ^ u64::from(column) ^ (u64::from(cell_m) << 16), milli: 0 };
        Some([mix.bits(), mix.bits(), mix.bits()])
    }

    fn debit(&mut self, _: UseIx, epsilon_milli: u16, _: u16) -> Debit {
        match self.milli.checked_sub(u32::from(epsilon_milli)) {
            Some(left) => {
                self.milli = left;
                Debit::Paid
            }
            None => Debit::Spent,
        }
    }
}

/// A rule with all that it works with.
struct Bench {
    rule: Rule,
    sink: Collected,
    state: RuleState,
    shared: Shared,
    source: Chance,
}

impl Bench {
    fn new(rule: Rule) -> Self {
        Self { rule, sink: Collected::default(), state: RuleState::default(), shared: Shared::default(), source: Chance { seed: 1, milli: 1_000_000 } }
    }

    fn with(rule: Rule, samples: &[Sample]) -> Self {
        let mut bench = Self::new(rule);
        for sample in samples {
            bench.push(sample);
        }
        bench
    }

    fn work(&mut self) -> (Target, Work<'_>) {
        let work = Work { state: &mut self.state, shared: &mut self.shared, source: &mut self.source, sink: &mut self.sink };
        (target(self.rule), work)
    }

    fn push(&mut self, sample: &Sample) {
        let (target, mut work) = self.work();
        push(sample, &target, &mut work);
    }

    fn tick(&mut self, now_ms: i64) {
        let (target, mut work) = self.work();
        tick(now_ms, &target, &mut work);
        tick_score(now_ms, &target, &mut work);
    }

    fn end(&mut self, cause: EndCause) {
        let (target, mut work) = self.work();
        end(cause, &target, &mut work);
    }

    fn pending(&self) -> u32 {
        self.state.pending() + self.shared.pending()
    }
}

fn window(aggregate: Aggregate, threshold_steps: i32) -> Rule {
    Rule::Window { period_ms: 1_000, aggregate, step: Step { mantissa: 1, exponent: 0 }, threshold_steps }
}

const ONE: Step = Step { mantissa: 1, exponent: 0 };

#[test]
fn rounding_keeps_the_form_of_whole_numbers() {
    let five = Rule::Round { step: Step { mantissa: 5, exponent: 0 }, period_ms: 0 };
    let samples = [scalar(0, Value::Int(-8)), scalar(1, Value::Uint(13)), float(2, 2.5), scalar(3, Value::Int(i64::MAX)), scalar(4, Value::Bool(true))];
    let bench = Bench::with(five, &samples);
    assert_eq!(bench.sink.values(), [Value::Int(-10), Value::Uint(15), Value::Float(5.0), Value::Int(i64::MAX - 2)]);
    assert_eq!(bench.sink.reduced, 1);
    let tenth = Rule::Round { step: Step { mantissa: 25, exponent: -1 }, period_ms: 0 };
    assert_eq!(Bench::with(tenth, &[scalar(0, Value::Int(4))]).sink.values(), [Value::Float(5.0)]);
}

#[test]
fn a_rate_cap_counts_what_it_leaves_out_and_holds_across_an_end() {
    let mut bench = Bench::with(Rule::RateCap { period_ms: 1_000 }, &[float(0, 1.0), float(999, 2.0), float(-5, 3.0), float(1_000, 4.0)]);
    assert_eq!((bench.sink.stamps(), bench.sink.reduced), (std::vec![0, 1_000], 2));
    bench.end(EndCause::Trip);
    bench.push(&float(1_500, 5.0));
    bench.push(&float(2_000, 6.0));
    assert_eq!((bench.sink.stamps(), bench.sink.reduced), (std::vec![0, 1_000, 2_000], 3));
    bench.end(EndCause::Changed);
    bench.push(&float(-90_000, 7.0));
    assert_eq!(bench.sink.stamps().last(), Some(&-90_000), "a clock set back does not shut the rule");
}

#[test]
fn a_fix_leaves_once_per_slot_as_its_cell_and_without_its_trimmings() {
    let rule = Rule::Grid { cell_m: 2_000, raster_ms: 60_000 };
    let bench = Bench::with(
        rule,
        &[at(59_000, 48.1, 11.5), at(61_000, 48.1, 11.5), at(90_000, 49.0, 11.5), at(119_999, 48.1, 11.5), at(120_000, 48.1, 11.5), at(61_000, 48.1, 11.5)],
    );
    assert_eq!(bench.sink.stamps(), [60_000, 120_000], "the slot that began before the first fix is not whole");
    assert_eq!((bench.sink.merged(), bench.sink.reduced, bench.pending()), (6, 12, 0));
    assert_eq!(Bench::with(rule, &[float(0, 48.0)]).sink.reduced, 1, "a scalar has no place on a grid");
    assert_eq!(Bench::with(Rule::AsIs, &[at(0, 91.0, 0.0)]).sink.reduced, 3, "off the globe");
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
        (Aggregate::RisesTo, Value::Int(1)),
        (Aggregate::Difference, Value::Float(-1.0)),
        (Aggregate::TimeMean, Value::Float(1.0)),
    ] {
        let mut bench = Bench::with(window(aggregate, 0), &samples);
        assert_eq!((bench.pending(), bench.sink.released.len(), bench.sink.reduced), (3, 0, 1), "going back in time is reduced");
        bench.tick(1_999);
        assert_eq!(bench.pending(), 3);
        bench.tick(2_000);
        assert_eq!((bench.sink.stamps(), bench.sink.merged(), bench.pending()), (std::vec![1_000], 3, 0));
        assert_eq!(bench.sink.values(), [expected], "{aggregate:?}");
        bench.push(&float(1_950, 1.0));
        assert_eq!(bench.sink.reduced, 2, "a window that left takes nothing more");
    }
}

#[test]
fn rules_without_memory_leave_the_state_as_new() {
    for rule in [Rule::Drop, Rule::AsIs, Rule::Round { step: ONE, period_ms: 0 }] {
        let mut bench = Bench::with(rule, &[float(5, 1.0)]);
        bench.tick(9);
        assert_eq!(bench.state, RuleState::default());
    }
}

#[test]
fn what_cannot_be_summed_up_is_reduced() {
    let samples = [float(0, f64::MAX), float(1, f64::NAN), float(2, f64::INFINITY), scalar(3, Value::Text(crate::Text::new()))];
    let mut bench = Bench::with(window(Aggregate::Max, 0), &samples);
    assert_eq!((bench.pending(), bench.sink.reduced), (1, 3));
    bench.tick(i64::MAX);
    assert_eq!((bench.pending(), bench.sink.reduced, bench.sink.released.len()), (0, 4, 0), "too large for the step");
    let mut bench = Bench::with(window(Aggregate::Mean, 0), &[float(0, 1e9), float(1, -1e9), float(2, 3.0)]);
    bench.end(EndCause::Changed);
    assert_eq!((bench.sink.reduced, bench.sink.released.len(), bench.pending()), (3, 0, 0), "an end releases nothing early");
}

fn level_rule(change: Change) -> Rule {
    Rule::Level { step: Step { mantissa: 10, exponent: 0 }, low_steps: 0, high_steps: 13, dead_steps: 1, change, period_ms: 1_000 }
}

#[test]
fn a_level_leaves_when_it_moved_well_beyond_the_last_one() {
    let speeds = [(0, 51.0), (1_000, 54.0), (2_000, 55.5), (3_000, 57.1), (3_500, 80.0), (4_000, 58.0), (5_000, 52.0), (6_000, 500.0)];
    let samples: Vec<Sample> = speeds.iter().map(|(t_ms, value)| float(*t_ms, *value)).collect();
    let mut bench = Bench::with(level_rule(Change::Moved { beyond_pct: 20 }), &samples);
    assert_eq!(bench.sink.values(), [50, 60, 50, 130].map(Value::Int), "55.5 is not well beyond 50; 80 comes too soon; 500 is clamped");
    bench.end(EndCause::Trip);
    bench.push(&float(9_000, 133.0));
    assert_eq!(bench.sink.released.len(), 4, "what did not change does not leave again after an end");
    assert_eq!(Bench::with(level_rule(Change::Every), &samples).sink.values(), [50, 50, 60, 60, 60, 50, 130].map(Value::Int));
    assert_eq!(Bench::with(level_rule(Change::Every), &[float(0, f64::NAN), at(1, 48.0, 11.0)]).sink.reduced, 4);
}

fn score_part(role: ScoreRole, aggregate: Aggregate, weight: i16) -> Rule {
    Rule::Score { role, period_ms: 1_000, aggregate, step: ONE, threshold_steps: -3, weight }
}

#[test]
fn a_score_is_one_whole_number_of_all_its_parts() {
    let mut braking = Bench::new(score_part(ScoreRole::Bears, Aggregate::DropsBelow, -10));
    let mut speed = Bench::new(score_part(ScoreRole::Adds, Aggregate::Max, 2));
    for (t_ms, pull) in [(1_000, 0.0), (1_100, -4.0), (1_200, -1.0), (1_300, -5.0)] {
        braking.push(&float(t_ms, pull));
    }
    speed.push(&float(1_000, 30.6));
    speed.tick(2_000);
    assert_eq!((speed.sink.released.len(), speed.pending()), (0, 1), "a part that adds does not leave by itself");
    braking.shared = core::mem::take(&mut speed.shared);
    braking.tick(1_999);
    assert_eq!(braking.sink.released.len(), 0);
    braking.tick(2_000);
    assert_eq!(braking.sink.values(), [Value::Int(62 - 20)]);
    assert_eq!((braking.sink.stamps(), braking.sink.merged(), braking.pending()), (std::vec![1_000], 5, 0));
}

#[test]
fn a_score_that_ends_early_and_a_part_that_comes_late_are_reduced() {
    let mut bench = Bench::with(score_part(ScoreRole::Bears, Aggregate::Count, 1), &[float(1_000, 0.0), float(2_500, 0.0), float(3_100, 0.0)]);
    assert_eq!((bench.shared.pending(), bench.sink.reduced), (1, 1), "the older span was never asked for and gave way");
    bench.end(EndCause::Trip);
    assert_eq!((bench.pending(), bench.sink.reduced, bench.sink.released.len()), (0, 3, 0));
}

#[test]
fn noise_is_paid_for_before_it_leaves_and_stops_when_the_purse_is_empty() {
    let rule = Rule::Noise { period_ms: 1_000, step: Step { mantissa: 5, exponent: 0 }, low_steps: 0, high_steps: 20, epsilon_milli: 500, day_milli: 5_000 };
    let mut bench = Bench::new(rule);
    bench.source.milli = 1_250;
    (1..=9).for_each(|second| bench.push(&float(second * 1_000, 40.0)));
    assert_eq!((bench.sink.stamps(), bench.sink.reduced, bench.source.milli), (std::vec![1_000, 2_000], 7, 250));
    let in_span = |value: &Value| matches!(value, Value::Int(0..=100));
    assert!(bench.sink.values().iter().all(in_span), "{:?}", bench.sink.values());
    let mut poor = NoSource;
    let mut sink = Collected::default();
    let (mut state, mut shared) = (RuleState::default(), Shared::default());
    push(&float(0, 40.0), &target(rule), &mut Work { state: &mut state, shared: &mut shared, source: &mut poor, sink: &mut sink });
    assert_eq!((sink.reduced, sink.released.len()), (1, 0));
}

fn track(cell_m: u32, slices: Slices) -> Rule {
    Rule::Track { cell_m, raster_ms: 10_000, guard: Guard::ZonesAndClip, slices }
}

#[test]
fn a_track_takes_cleared_fixes_only() {
    let there = |t_ms| at(t_ms, 48.123_456_7, 11.5);
    let bench = Bench::with(track(0, Slices::Whole), &[there(0), there(10_000), cleared(there(20_000), 0), cleared(there(25_000), 0)]);
    assert_eq!((bench.sink.stamps(), bench.sink.reduced), (std::vec![20_000], 9));
    let bare = Fix { lat_deg: 48.123_46, lon_deg: 11.5, alt_m: None, heading_deg: None, accuracy_m: None };
    assert_eq!(bench.sink.released[0].value(), &ReleasedValue::Fix(bare), "to a metre, and nothing beside it");
    let coarse = Bench::with(track(2_000, Slices::Whole), &[cleared(there(20_000), 0)]);
    assert_eq!(coarse.sink.released[0].value(), &ReleasedValue::Fix(snap(&bare, 2_000).unwrap()));
}

#[test]
fn slices_have_gaps_and_numbers_of_their_own() {
    let fixes: Vec<Sample> = (0..2_000).map(|at_s| cleared(at(at_s * 10_000, 48.0, 11.0), 0)).collect();
    let bench = Bench::with(track(0, Slices::Cut), &fixes);
    let slices: std::collections::BTreeMap<u32, (i64, i64)> = bench.sink.released.iter().fold(std::collections::BTreeMap::new(), |mut slices, released| {
        let span = slices.entry(released.slice()).or_insert((released.t_ms(), released.t_ms()));
        span.1 = released.t_ms();
        slices
    });
    let spans: Vec<(i64, i64)> = slices.values().copied().collect();
    assert!(spans.len() > 20 && !slices.contains_key(&0), "{spans:?}");
    assert!(spans.iter().rev().skip(1).all(|(from, to)| (110_000..=600_000).contains(&(to - from))), "{spans:?}");
    assert!(spans.windows(2).all(|pair| pair[1].0 - pair[0].1 >= 60_000), "{spans:?}");
}

#[test]
fn an_events_place_goes_with_a_value_that_left_and_keeps_its_distance() {
    let mut bench = Bench::new(Rule::AsIs);
    assert!(!bench.shared.is_event(0), "nothing happened");
    bench.push(&float(1_000, 1.0));
    assert!(!bench.shared.is_event(999) && !bench.shared.is_event(6_001), "before it, or too late");
    assert!(bench.shared.is_event(1_500) && !bench.shared.is_event(1_600), "one place for one event");
    bench.rule = Rule::Event { spacing_m: 20_000 };
    for (driven_m, expected) in [(200, 1), (300, 1), (20_199, 1), (20_200, 2)] {
        bench.push(&cleared(at(1_500, 48.0, 11.0), driven_m));
        assert_eq!(bench.sink.released.len() - 1, expected, "at {driven_m} m");
    }
    bench.push(&at(30_500, 48.0, 11.0));
    assert_eq!(bench.sink.released.len() - 1, 2, "in a private place");
    assert_eq!(bench.sink.released[1].timing(), Timing::Held);
}

#[test]
fn a_moved_place_is_drawn_once_for_its_cell() {
    let rule = Rule::Moved { cell_m: 500, scale_m: 2_000, raster_ms: 1_000 };
    let bench = Bench::with(rule, &[at(0, 48.1, 11.5), at(1_000, 48.100_1, 11.500_1), at(2_000, 48.3, 11.5)]);
    let places: Vec<&ReleasedValue> = bench.sink.released.iter().map(Released::value).collect();
    assert_eq!(places.len(), 3);
    assert_eq!(places[0], places[1], "the same cell, the same place");
    assert_ne!(places[0], places[2]);
    // The mean distance is what the rule says.
    let mut source = Chance { seed: 5, milli: 0 };
    let away = |source: &mut Chance| {
        let bits = [source.bits(), source.bits(), source.bits()];
        -1_000.0 * (unit(bits[0]).ln() + unit(bits[1]).ln())
    };
    let mean_m = (0..20_000).map(|_| away(&mut source)).sum::<f64>() / 20_000.0;
    assert!((1_940.0..2_060.0).contains(&mean_m), "{mean_m}");
}

#[test]
fn a_part_of_a_score_adds_up_gives_way_or_has_missed_it() {
    let part = |start_ms, period_ms, points, inputs| Score { start_ms, period_ms, points, inputs };
    for (added, left, reduced) in [
        (part(1_000, 1_000, -3, 4), part(1_000, 1_000, 2, 6), 0),
        (part(2_000, 1_000, 7, 4), part(2_000, 1_000, 7, 4), 2),
        (part(0, 1_000, 7, 4), part(1_000, 1_000, 5, 2), 4),
        (part(1_000, 2_000, 7, 4), part(1_000, 1_000, 5, 2), 4),
        (part(1_000, 1_000, i64::MAX, 4), part(1_000, 1_000, 5, 2), 4),
        (part(1_000, 1_000, 1, u32::MAX), part(1_000, 1_000, 5, 2), u64::from(u32::MAX)),
    ] {
        let mut bench = Bench::new(score_part(ScoreRole::Bears, Aggregate::Count, 1));
        bench.shared.score = Some(part(1_000, 1_000, 5, 2));
        let (target, mut work) = bench.work();
        add_points(&target, added, &mut work);
        assert_eq!((bench.shared.score, bench.sink.reduced), (Some(left), reduced), "{added:?}");
    }
}

#[test]
fn without_chance_a_slice_lasts_as_short_as_it_may_and_ends_where_its_gap_begins() {
    let mut sink = Collected::default();
    let (mut state, mut shared, mut source) = (RuleState::default(), Shared::default(), NoSource);
    for t_ms in [0, 110_000, 120_000, 170_000, 180_000, 290_000, 300_000] {
        let mut work = Work { state: &mut state, shared: &mut shared, source: &mut source, sink: &mut sink };
        push(&cleared(at(t_ms, 48.0, 11.0), 0), &target(track(0, Slices::Cut)), &mut work);
    }
    let slices: Vec<(i64, u32)> = sink.released.iter().map(|released| (released.t_ms(), released.slice())).collect();
    assert_eq!((slices, sink.reduced), (std::vec![(0, 1), (110_000, 1), (180_000, 2), (290_000, 2)], 9));
    assert_eq!([0, 1 << 63, u64::MAX].map(|bits| between(2, 9, bits)), [2, 6, 9]);
    assert_eq!((between(0, u32::MAX, u64::MAX), between(7, 7, u64::MAX)), (u32::MAX, 7));
    let moved = Rule::Moved { cell_m: 500, scale_m: 1, raster_ms: 1_000 };
    let mut state = RuleState::default();
    let mut work = Work { state: &mut state, shared: &mut shared, source: &mut source, sink: &mut sink };
    push(&at(0, 48.0, 11.0), &target(moved), &mut work);
    assert_eq!((sink.released.len(), sink.reduced), (4, 12), "no place is moved by what nobody drew");
}

#[test]
fn what_is_released_says_whom_it_is_for() {
    let bench = Bench::with(Rule::AsIs, &[at(5, 48.0, 11.0)]);
    let released = &bench.sink.released[0];
    assert_eq!((released.use_ix(), released.signal(), released.tier()), (UseIx(3), SignalId(7), Tier(1)));
    assert_eq!((released.t_ms(), released.inputs(), released.slice(), released.timing()), (5, 3, 0, Timing::Live));
    let broken = Fix { lat_deg: 48.0, lon_deg: 11.0, alt_m: Some(f64::NAN), heading_deg: Some(f64::INFINITY), accuracy_m: Some(f64::NEG_INFINITY) };
    let whole = Fix { alt_m: Some(1.0), heading_deg: Some(2.0), accuracy_m: Some(3.0), ..broken };
    for (fix, leaves) in [(broken, Fix { alt_m: None, heading_deg: None, accuracy_m: None, ..broken }), (whole, whole)] {
        let sample = Sample::Fix { signal: SignalId(7), fix, t_ms: 0, inputs: 5, cleared: None };
        assert_eq!(Bench::with(Rule::AsIs, &[sample]).sink.released[0].value(), &ReleasedValue::Fix(leaves));
    }
    let mut bench = Bench::new(Rule::AsIs);
    let told = std::format!("{:?}", bench.work().1);
    assert!(told.contains("RuleState") && told.contains("Shared") && !told.contains("Chance"), "state is shown, secrets are not: {told}");
}

#[test]
fn samples_of_one_stamp_share_a_window_and_its_result_is_an_event_unless_it_is_of_the_way() {
    let mut bench = Bench::with(window(Aggregate::Count, 0), &[float(1_500, 1.0), float(1_500, 2.0)]);
    assert_eq!((bench.pending(), bench.sink.reduced), (0, 2), "a slot that began before the first sample is not whole");
    bench.push(&float(2_000, 1.0));
    bench.push(&float(2_000, 2.0));
    bench.push(&float(2_000, 3.0));
    assert_eq!((bench.pending(), bench.sink.reduced), (3, 2));
    bench.tick(3_000);
    assert!(bench.shared.is_event(2_500));
    let mut way = Bench::with(Rule::Path { period_ms: 1_000, way: Way::Metres, step: ONE }, &[at(0, 48.0, 11.0)]);
    way.tick(1_000);
    assert_eq!(way.sink.released.len(), 1);
    assert!(!way.shared.is_event(500));
}

#[test]
fn an_end_of_nothing_tells_nothing() {
    struct Quiet;
    impl Sink for Quiet {
        fn released(&mut self, released: Released) {
            panic!("{released:?}");
        }

        fn reduced(&mut self, _: UseIx, inputs: u32) {
            panic!("{inputs} reduced");
        }
    }
    let mut bench = Bench::new(window(Aggregate::Count, 0));
    let (target, work) = bench.work();
    end(EndCause::Trip, &target, &mut Work { state: work.state, shared: work.shared, source: work.source, sink: &mut Quiet });
}

#[test]
fn a_place_is_moved_as_far_and_in_the_direction_that_was_drawn() {
    struct Drawn([u64; 3]);
    impl Source for Drawn {
        fn bits(&mut self) -> u64 {
            panic!("what is kept is not drawn again")
        }

        fn kept(&self, _: (u32, u32), cell_m: u32) -> Option<[u64; 3]> {
            assert_eq!(cell_m, 500);
            Some(self.0)
        }

        fn debit(&mut self, _: UseIx, _: u16, _: u16) -> Debit {
            Debit::Spent
        }
    }
    assert_eq!((unit(0), unit(u64::MAX)), (f64::EPSILON / 2.0, 1.0), "above zero, or its logarithm would be no number");
    // So many eighths.
    let eighths = |count: u64| ((count << 50) - 1) << 11;
    let (half, quarter) = (eighths(4), eighths(2));
    assert_eq!((unit(half), unit(quarter)), (0.5, 0.25));
    // 1,000 m times the logarithms of 2 and of 4, so 2,079 m; from a centre, by the angle clockwise from north.
    let centre = snap(&Fix { lat_deg: 48.1, lon_deg: 11.5, alt_m: None, heading_deg: None, accuracy_m: None }, 500).unwrap();
    for (third, north_m, east_m) in [(eighths(8), 2_079.4, 0.0), (quarter, 0.0, 2_079.4), (half, -2_079.4, 0.0), (eighths(1), 1_470.4, 1_470.4)] {
        let sample = at(0, 48.1, 11.5);
        let Some(ReleasedValue::Fix(place)) = moved_place(&sample, 500, 2_000, &Drawn([half, quarter, third])) else { panic!() };
        let north = (place.lat_deg - centre.lat_deg) * 111_195.0;
        let east = (place.lon_deg - centre.lon_deg) * 111_195.0 * libm::cos(centre.lat_deg.to_radians());
        assert!((north - north_m).abs() < 2.0 && (east - east_m).abs() < 2.0, "{north} m north and {east} m east, not {north_m} and {east_m}");
    }
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
        1 => (any_time(), -90.0_f64..90.0, -180.0_f64..180.0, 0_u64..100_000).prop_map(|(t_ms, lat, lon, driven_m)| cleared(at(t_ms, lat, lon), driven_m)),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    (1_u32..200, -3_i8..=3).prop_map(|(mantissa, exponent)| Step { mantissa, exponent })
}

fn any_aggregate() -> impl Strategy<Value = Aggregate> {
    prop_oneof![
        Just(Aggregate::Min),
        Just(Aggregate::Max),
        Just(Aggregate::Mean),
        Just(Aggregate::Count),
        Just(Aggregate::DropsBelow),
        Just(Aggregate::Difference),
        Just(Aggregate::TimeMean),
        Just(Aggregate::RisesTo)
    ]
}

fn any_number_rule() -> impl Strategy<Value = Rule> {
    let change = prop_oneof![Just(Change::Every), (0_u8..=100).prop_map(|beyond_pct| Change::Moved { beyond_pct })];
    let weigh = prop_oneof![Just(Weigh::Samples), Just(Weigh::Seconds)];
    prop_oneof![
        (0_u32..3_000).prop_map(|period_ms| Rule::RateCap { period_ms }),
        (any_step(), 0_u32..3_000).prop_map(|(step, period_ms)| Rule::Round { step, period_ms }),
        (1_000_u32..5_000, any_aggregate(), any_step(), -100_i32..100).prop_map(|(period_ms, aggregate, step, threshold_steps)| Rule::Window {
            period_ms,
            aggregate,
            step,
            threshold_steps
        }),
        (any_step(), -100_i32..=0, 0_i32..100, 0_u16..5, change, 0_u32..3_000).prop_map(|(step, low_steps, high_steps, dead_steps, change, period_ms)| {
            Rule::Level { step, low_steps, high_steps, dead_steps, change, period_ms }
        }),
        (1_000_u32..5_000, weigh, any_step(), -100_i32..100, 1_u16..50, 2_u8..=12)
            .prop_map(|(period_ms, weigh, step, low_steps, width_steps, bins)| Rule::Histogram { period_ms, weigh, step, low_steps, width_steps, bins }),
        (1_000_u32..5_000, any_aggregate(), any_step(), -100_i32..100, any::<i16>()).prop_map(|(period_ms, aggregate, step, threshold_steps, weight)| {
            Rule::Score { role: ScoreRole::Bears, period_ms, aggregate, step, threshold_steps, weight }
        }),
        (1_000_u32..5_000, any_step(), -50_i32..0, 1_i32..50, 1_u16..5_000).prop_map(|(period_ms, step, low_steps, high_steps, epsilon_milli)| Rule::Noise {
            period_ms,
            step,
            low_steps,
            high_steps,
            epsilon_milli,
            day_milli: 10_000
        }),
    ]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let slices = prop_oneof![Just(Slices::Whole), Just(Slices::Cut)];
    let way = prop_oneof![Just(Way::Metres), Just(Way::Cells)];
    prop_oneof![
        1 => Just(Rule::Drop),
        1 => Just(Rule::AsIs),
        7 => any_number_rule(),
        1 => (2_000_u32..20_000, 1_000_u32..5_000).prop_map(|(cell_m, raster_ms)| Rule::Grid { cell_m, raster_ms }),
        1 => (prop_oneof![Just(0), 2_000_u32..20_000], 1_000_u32..5_000, slices)
            .prop_map(|(cell_m, raster_ms, slices)| Rule::Track { cell_m, raster_ms, guard: Guard::Zones, slices }),
        1 => (1_000_u32..30_000).prop_map(|spacing_m| Rule::Event { spacing_m }),
        1 => (500_u32..5_000, 1_u32..5_000, 1_000_u32..5_000).prop_map(|(cell_m, scale_m, raster_ms)| Rule::Moved { cell_m, scale_m, raster_ms }),
        1 => (1_000_u32..5_000, way, any_step()).prop_map(|(period_ms, way, step)| Rule::Path { period_ms, way, step }),
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
        let mut bench = Bench::new(rule);
        let mut offered = 0_u64;
        let mut ended = false;
        let mut columns = Vec::new();
        for deed in &deeds {
            match deed {
                Deed::Push(sample) => {
                    offered += u64::from(sample.inputs());
                    // Behind an end a stamp that goes back says that the clock was set back: a new batch begins.
                    if std::mem::take(&mut ended) && bench.state.last_ms.is_some_and(|last_ms| sample.t_ms() < last_ms) {
                        columns.push(bench.sink.released.len());
                    }
                    bench.push(sample);
                }
                Deed::Tick(now_ms) => bench.tick(*now_ms),
                Deed::End(cause) => {
                    bench.end(*cause);
                    prop_assert_eq!(bench.pending(), 0);
                    ended = true;
                }
            }
            prop_assert_eq!(offered, u64::from(bench.pending()) + bench.sink.reduced + bench.sink.merged());
        }
        let mut previous: Option<(i64, &ReleasedValue)> = None;
        for (at, released) in bench.sink.released.iter().enumerate() {
            previous = previous.filter(|_| !columns.contains(&at));
            prop_assert_eq!(conforms(&rule, released.t_ms(), previous, released.value()), Ok(()));
            previous = Some((released.t_ms(), released.value()));
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
