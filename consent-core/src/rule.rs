//! What a tier does to the samples of one signal: a closed list, named in the catalog and in every batch.

/// Beyond this many steps, neighbours can no longer be told apart surely.
const MULTIPLES_MAX: i64 = 1 << 50;

/// A step of rounding: `mantissa × 10^exponent`, in the signal's unit. Decimal, so that it is the same on every target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub struct Step {
    /// At least 1.
    pub mantissa: u32,
    /// From -9 to 9.
    pub exponent: i8,
}

impl Step {
    /// The nearest multiple of the step, half away from zero. `None` for what is not finite, too large to tell steps apart
    /// (more than 2^50 of them, or a product beyond 2^53), or for a step that is none.
    ///
    /// `step.multiple_of(step.value(k)?) == Some(k)` for every `k` that has a value.
    #[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "checked to be a whole number below 2^50")]
    pub fn multiple_of(self, value: f64) -> Option<i64> {
        let power = self.power()?;
        let mantissa = f64::from(self.mantissa);
        let multiple = libm::round(if self.exponent < 0 { value * power / mantissa } else { value / (mantissa * power) });
        if multiple.is_nan() || libm::fabs(multiple) > 1_125_899_906_842_624.0 {
            return None;
        }
        let multiple = multiple as i64;
        self.value(multiple).map(|_| multiple)
    }

    /// That many steps: the double nearest to the decimal number `multiple × mantissa × 10^exponent`, so that both ends can
    /// compare for equality. `None` where [`Self::multiple_of`] would not find it again.
    #[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "checked to be at most 2^53")]
    pub fn value(self, multiple: i64) -> Option<f64> {
        let power = self.power()?;
        let units = multiple.checked_mul(i64::from(self.mantissa))?;
        if units.unsigned_abs() > 1 << 53 || multiple.unsigned_abs() > MULTIPLES_MAX.unsigned_abs() {
            return None;
        }
        let units = units as f64;
        Some(if self.exponent < 0 { units / power } else { units * power })
    }

    /// The step as a whole number, if it is one by form: an exponent of 0 or more.
    pub fn whole(self) -> Option<i64> {
        self.power()?;
        let exponent = u32::try_from(self.exponent).ok()?;
        10_i64.checked_pow(exponent)?.checked_mul(i64::from(self.mantissa))
    }

    /// `10^|exponent|`, exact; `None` for a step that is none.
    fn power(self) -> Option<f64> {
        let magnitude = self.exponent.unsigned_abs();
        if self.mantissa == 0 || magnitude > 9 {
            return None;
        }
        10_u32.checked_pow(u32::from(magnitude)).map(f64::from)
    }
}

/// How a window sums up its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Aggregate {
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The plain mean.
    Mean,
    /// How many samples there were.
    Count,
    /// How often the value fell below the threshold after having been at or above it (in units of the step): harsh braking.
    DropsBelow,
    /// Last value minus first: a counter as a difference.
    Difference,
    /// The mean weighted by time: each value holds until the next, the last until the window's end.
    TimeMean,
    /// How often the value rose to the threshold or above after having been below it.
    RisesTo,
}

impl Aggregate {
    /// Whether it says how often something happened, and nothing of a value.
    pub fn counts(self) -> bool {
        match self {
            Self::Count | Self::DropsBelow | Self::RisesTo => true,
            Self::Min | Self::Max | Self::Mean | Self::TimeMean | Self::Difference => false,
        }
    }

    /// Whether it has a threshold.
    pub fn has_threshold(self) -> bool {
        match self {
            Self::DropsBelow | Self::RisesTo => true,
            Self::Count | Self::Min | Self::Max | Self::Mean | Self::TimeMean | Self::Difference => false,
        }
    }
}

/// When a level leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Change {
    /// Whenever its period allows.
    Every,
    /// When it is another than the one that left last, and the value lies farther from that one than half a step and this
    /// share of a step, in hundredths (hysteresis).
    Moved {
        /// From 0 to 100.
        beyond_pct: u8,
    },
}

/// What a histogram adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Weigh {
    /// Samples.
    Samples,
    /// Whole seconds for which a value held.
    Seconds,
}

/// What a signal is to the score of its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ScoreRole {
    /// The score leaves under this signal; one of a tier's signals.
    Bears,
    /// It adds its part, and nothing leaves under it.
    Adds,
}

/// Where a track hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Guard {
    /// In private zones and around both ends of a trip.
    Zones,
    /// There, and for a random stretch of the path at both ends.
    ZonesAndClip,
}

/// Whether a track leaves in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Slices {
    /// As it was driven.
    Whole,
    /// In random slices of 2 to 10 minutes with gaps of 1 to 5, each a stream of its own.
    Cut,
}

/// What a window says of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Way {
    /// Metres driven.
    Metres,
    /// How many 5 km cells were touched.
    Cells,
}

/// What is left of the samples of one signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Rule {
    /// Nothing: counted as reduced.
    Drop,
    /// Every value, unchanged.
    AsIs,
    /// Rounded to a step; at most one value per period (0: every value). Half away from zero.
    Round {
        /// The step.
        step: Step,
        /// Least distance of released values, milliseconds.
        period_ms: u32,
    },
    /// Unchanged, at most one value per period.
    RateCap {
        /// Least distance of released values, milliseconds.
        period_ms: u32,
    },
    /// A fix snapped to a static global grid on a fixed time raster: the first fix of each raster slot leaves, as the
    /// centre of its cell, stamped with the start of the slot. Never released on a change of cell.
    Grid {
        /// Edge of a cell in metres, at least 2,000.
        cell_m: u32,
        /// Raster in milliseconds, at least 1,000.
        raster_ms: u32,
    },
    /// One aggregate per full window on a fixed time raster, rounded to a step and stamped with the window's start.
    Window {
        /// Raster in milliseconds, at least 1,000.
        period_ms: u32,
        /// How values are summed up.
        aggregate: Aggregate,
        /// Rounding of the result.
        step: Step,
        /// Threshold where the aggregate has one, in steps; otherwise 0.
        threshold_steps: i32,
    },
    /// Rounded to a step and clamped; zero within the dead band; at its pace, or when it moved.
    Level {
        /// The step.
        step: Step,
        /// Least multiple of the step that leaves.
        low_steps: i32,
        /// Greatest multiple of the step that leaves.
        high_steps: i32,
        /// Multiples nearer to zero than this leave as zero.
        dead_steps: u16,
        /// When it leaves.
        change: Change,
        /// Least distance of released values, milliseconds.
        period_ms: u32,
    },
    /// Per full window on a fixed time raster, how much of it fell into each of so many bins of equal width; the first and the
    /// last are open.
    Histogram {
        /// Raster in milliseconds, at least 1,000.
        period_ms: u32,
        /// What is added up.
        weigh: Weigh,
        /// Unit of the edges.
        step: Step,
        /// Upper edge of the first bin, in steps; a value on an edge belongs to the bin above.
        low_steps: i32,
        /// Width of the bins between, in steps, at least 1.
        width_steps: u16,
        /// How many, 2 to [`crate::limits::BINS_MAX`].
        bins: u8,
    },
    /// A part of the use's score: an aggregate per full window in whole steps, times a weight. The sum over all parts leaves as
    /// one whole number, the same on every target.
    Score {
        /// What it is to the score.
        role: ScoreRole,
        /// Raster in milliseconds, at least 1,000; the same for all parts of a tier.
        period_ms: u32,
        /// How values are summed up.
        aggregate: Aggregate,
        /// Rounding of the aggregate.
        step: Step,
        /// Threshold where the aggregate has one, in steps; otherwise 0.
        threshold_steps: i32,
        /// Points for a step.
        weight: i16,
    },
    /// A level with discrete Laplace noise, at most one per period of a fixed time raster, out of the person's budget for the use and the day
    /// (local differential privacy).
    Noise {
        /// Raster in milliseconds, at least 1,000.
        period_ms: u32,
        /// The step.
        step: Step,
        /// Least multiple of the step that is told apart.
        low_steps: i32,
        /// Greatest multiple of the step that is told apart.
        high_steps: i32,
        /// Privacy loss of one release, in thousandths.
        epsilon_milli: u16,
        /// Most privacy loss of a person by the use on one day, in thousandths.
        day_milli: u16,
    },
    /// A track outside what is private, on a fixed time raster; as cells, or with a cell of 0 as it was driven.
    Track {
        /// Edge of a cell in metres, 0 or at least 2,000.
        cell_m: u32,
        /// Raster in milliseconds, at least 1,000.
        raster_ms: u32,
        /// Where it hides.
        guard: Guard,
        /// In how many pieces.
        slices: Slices,
    },
    /// The place of a single event, outside private zones: after another value of the use left, and at most one per so many metres.
    Event {
        /// Metres driven between two places, at least 1,000.
        spacing_m: u32,
    },
    /// A place moved by planar Laplace noise that was drawn once for its cell and kept, on a fixed time raster.
    Moved {
        /// Edge of a cell in metres, at least 500.
        cell_m: u32,
        /// Mean distance by which it is moved, metres.
        scale_m: u32,
        /// Raster in milliseconds, at least 1,000.
        raster_ms: u32,
    },
    /// Per full window on a fixed time raster, one number of the way; rounded to a step.
    Path {
        /// Raster in milliseconds, at least 1,000.
        period_ms: u32,
        /// What it says.
        way: Way,
        /// Rounding of the result, in metres or cells.
        step: Step,
    },
}

/// How much a rule leaves of a signal, from nothing to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaves {
    /// Nothing.
    Nothing,
    /// A number for a span of time.
    Aggregate,
    /// Places and values made coarser.
    Coarse,
    /// Values at their pace, unchanged.
    Capped,
    /// Every value.
    All,
}

/// What a rule takes, and how it works on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Each sample by itself.
    Single,
    /// Values of one signal, summed up.
    Window,
    /// Fixes.
    Place,
    /// Fixes that lie outside what is private.
    Guarded,
    /// Fixes, summed up.
    Way,
}

/// What is so of a rule whatever it is: one row for each.
struct Facts {
    leaves: Leaves,
    kind: Kind,
    /// Least distance of two released values, milliseconds.
    pace_ms: u32,
    beat: Beat,
    step: Option<Step>,
    /// 0: none.
    cell_m: u32,
}

/// Where a rule's stamps lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beat {
    /// Where the samples were measured.
    Own,
    /// On a raster as wide as the pace.
    Raster,
}

impl Rule {
    fn facts(&self) -> Facts {
        use Beat::{Own, Raster};
        let facts = |leaves, kind, pace_ms, beat| Facts { leaves, kind, pace_ms, beat, step: None, cell_m: 0 };
        let stepped = |leaves, kind, pace_ms, beat, step| Facts { step: Some(step), ..facts(leaves, kind, pace_ms, beat) };
        match *self {
            Self::Drop => facts(Leaves::Nothing, Kind::Single, 0, Own),
            Self::AsIs => facts(Leaves::All, Kind::Single, 0, Own),
            Self::RateCap { period_ms } => facts(Leaves::Capped, Kind::Single, period_ms, Own),
            Self::Round { step, period_ms } | Self::Level { step, period_ms, .. } => stepped(Leaves::Coarse, Kind::Single, period_ms, Own, step),
            Self::Noise { step, period_ms, .. } => stepped(Leaves::Coarse, Kind::Single, period_ms, Raster, step),
            Self::Window { step, period_ms, .. } | Self::Histogram { step, period_ms, .. } | Self::Score { step, period_ms, .. } => {
                stepped(Leaves::Aggregate, Kind::Window, period_ms, Raster, step)
            }
            Self::Path { step, period_ms, .. } => stepped(Leaves::Aggregate, Kind::Way, period_ms, Raster, step),
            Self::Grid { cell_m, raster_ms } => Facts { cell_m, ..facts(Leaves::Coarse, Kind::Place, raster_ms, Raster) },
            Self::Moved { raster_ms, .. } => facts(Leaves::Coarse, Kind::Place, raster_ms, Raster),
            Self::Track { cell_m, raster_ms, .. } => {
                let leaves = if cell_m > 0 { Leaves::Coarse } else { Leaves::Capped };
                Facts { cell_m, ..facts(leaves, Kind::Guarded, raster_ms, Raster) }
            }
            Self::Event { .. } => facts(Leaves::Capped, Kind::Guarded, 0, Own),
        }
    }

    /// How much it leaves.
    pub fn leaves(&self) -> Leaves {
        self.facts().leaves
    }

    /// Least distance of two released values, milliseconds; 0: none.
    pub fn pace_ms(&self) -> u32 {
        self.facts().pace_ms
    }

    /// The raster on which its stamps lie.
    pub fn raster_ms(&self) -> Option<u32> {
        let facts = self.facts();
        (facts.beat == Beat::Raster).then_some(facts.pace_ms)
    }

    /// The step of its numbers.
    pub fn step(&self) -> Option<Step> {
        self.facts().step
    }

    /// The cell that its places are centres of.
    pub fn cell_m(&self) -> Option<u32> {
        Some(self.facts().cell_m).filter(|cell_m| *cell_m > 0)
    }

    /// Whether it takes a fix and leaves a place or a number of the way; every other rule takes a value of one signal, and the
    /// two that leave a sample unchanged take both.
    pub fn is_for_places(&self) -> bool {
        matches!(self.facts().kind, Kind::Place | Kind::Guarded | Kind::Way)
    }

    /// Whether it takes only fixes that lie outside what is private.
    pub fn is_guarded(&self) -> bool {
        self.facts().kind == Kind::Guarded
    }

    /// Whether a window fills that leaves by time.
    pub fn fills_window(&self) -> bool {
        matches!(self.facts().kind, Kind::Window | Kind::Way)
    }

    /// Whether it remembers anything between two samples.
    pub fn has_state(&self) -> bool {
        let facts = self.facts();
        facts.kind != Kind::Single || facts.pace_ms > 0 || matches!(self, Self::Level { change: Change::Moved { .. }, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_away_from_zero() {
        let step = Step { mantissa: 5, exponent: 0 };
        for (value, multiple) in [(0.0, 0), (2.4, 0), (2.5, 1), (-2.5, -1), (-2.4, 0), (7.5, 2), (-7.5, -2)] {
            assert_eq!(step.multiple_of(value), Some(multiple), "{value}");
        }
        assert_eq!(step.value(-1), Some(-5.0));
        assert_eq!(Step { mantissa: 1, exponent: -1 }.value(3), Some(0.3));
    }

    #[test]
    fn what_cannot_be_rounded_is_none() {
        let step = Step { mantissa: 1, exponent: 0 };
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e16] {
            assert_eq!(step.multiple_of(value), None, "{value}");
        }
        for step in [Step { mantissa: 0, exponent: 0 }, Step { mantissa: 1, exponent: 10 }, Step { mantissa: 1, exponent: i8::MIN }] {
            assert_eq!((step.multiple_of(1.0), step.value(1), step.whole()), (None, None, None));
        }
    }

    #[test]
    fn steps_are_counted_up_to_a_bound_and_not_beyond() {
        let (one, eight) = (Step { mantissa: 1, exponent: 0 }, Step { mantissa: 8, exponent: 0 });
        let most = 1_i64 << 50;
        assert_eq!((one.value(most), one.value(-most)), (Some(1_125_899_906_842_624.0), Some(-1_125_899_906_842_624.0)));
        assert_eq!((one.multiple_of(1_125_899_906_842_624.0), one.multiple_of(1_125_899_906_842_625.0)), (Some(most), None));
        assert_eq!((one.value(most + 1), one.value(i64::MIN)), (None, None));
        assert_eq!(eight.value(most), Some(9_007_199_254_740_992.0), "a product of just 2^53");
        assert_eq!(Step { mantissa: 9, exponent: 0 }.value(most), None, "one beyond");
        let (giga, nano) = (Step { mantissa: 1, exponent: 9 }, Step { mantissa: 1, exponent: -9 });
        assert_eq!((giga.value(2), giga.whole(), giga.multiple_of(1.6e9)), (Some(2e9), Some(1_000_000_000), Some(2)));
        assert_eq!((nano.value(2), nano.whole(), nano.multiple_of(1.6e-9)), (Some(2e-9), None, Some(2)));
    }

    #[test]
    fn what_is_so_of_an_aggregate() {
        use Aggregate::{Count, Difference, DropsBelow, Max, Mean, Min, RisesTo, TimeMean};
        let all = [Min, Max, Mean, Count, DropsBelow, Difference, TimeMean, RisesTo];
        assert_eq!(all.map(Aggregate::counts), [false, false, false, true, true, false, false, true]);
        assert_eq!(all.map(Aggregate::has_threshold), [false, false, false, false, true, false, false, true]);
    }

    /// What is so of a rule: leaves, pace, raster, whether it has the step, cell; and of `is_for_places`, `is_guarded`, `fills_window`
    /// and `has_state` those that are so.
    type Row = (Rule, Leaves, u32, Option<u32>, Option<Step>, Option<u32>, &'static [&'static str]);

    #[test]
    #[rustfmt::skip]
    fn what_is_so_of_a_rule() {
        const STEP: Step = Step { mantissa: 5, exponent: -1 };
        const LEVEL: Rule = Rule::Level { step: STEP, low_steps: 0, high_steps: 9, dead_steps: 0, change: Change::Every, period_ms: 0 };
        const MOVED: Rule = Rule::Level { step: STEP, low_steps: 0, high_steps: 9, dead_steps: 0, change: Change::Moved { beyond_pct: 0 }, period_ms: 0 };
        const WINDOW: Rule = Rule::Window { period_ms: 7, aggregate: Aggregate::Min, step: STEP, threshold_steps: 0 };
        const BINS: Rule = Rule::Histogram { period_ms: 7, weigh: Weigh::Samples, step: STEP, low_steps: 0, width_steps: 1, bins: 2 };
        const SCORE: Rule = Rule::Score { role: ScoreRole::Bears, period_ms: 7, aggregate: Aggregate::Min, step: STEP, threshold_steps: 0, weight: 1 };
        const NOISE: Rule = Rule::Noise { period_ms: 7, step: STEP, low_steps: 0, high_steps: 1, epsilon_milli: 1, day_milli: 1 };
        let track = |cell_m| Rule::Track { cell_m, raster_ms: 7, guard: Guard::Zones, slices: Slices::Whole };
        let table: [Row; 17] = [
            (Rule::Drop, Leaves::Nothing, 0, None, None, None, &[]),
            (Rule::AsIs, Leaves::All, 0, None, None, None, &[]),
            (Rule::RateCap { period_ms: 7 }, Leaves::Capped, 7, None, None, None, &["state"]),
            (Rule::Round { step: STEP, period_ms: 0 }, Leaves::Coarse, 0, None, Some(STEP), None, &[]),
            (Rule::Round { step: STEP, period_ms: 7 }, Leaves::Coarse, 7, None, Some(STEP), None, &["state"]),
            (LEVEL, Leaves::Coarse, 0, None, Some(STEP), None, &[]),
            (MOVED, Leaves::Coarse, 0, None, Some(STEP), None, &["state"]),
            (NOISE, Leaves::Coarse, 7, Some(7), Some(STEP), None, &["state"]),
            (WINDOW, Leaves::Aggregate, 7, Some(7), Some(STEP), None, &["window", "state"]),
            (BINS, Leaves::Aggregate, 7, Some(7), Some(STEP), None, &["window", "state"]),
            (SCORE, Leaves::Aggregate, 7, Some(7), Some(STEP), None, &["window", "state"]),
            (Rule::Path { period_ms: 7, way: Way::Metres, step: STEP }, Leaves::Aggregate, 7, Some(7), Some(STEP), None, &["places", "window", "state"]),
            (Rule::Grid { cell_m: 2_000, raster_ms: 7 }, Leaves::Coarse, 7, Some(7), None, Some(2_000), &["places", "state"]),
            (Rule::Moved { cell_m: 500, scale_m: 9, raster_ms: 7 }, Leaves::Coarse, 7, Some(7), None, None, &["places", "state"]),
            (track(0), Leaves::Capped, 7, Some(7), None, None, &["places", "guarded", "state"]),
            (track(2_000), Leaves::Coarse, 7, Some(7), None, Some(2_000), &["places", "guarded", "state"]),
            (Rule::Event { spacing_m: 1_000 }, Leaves::Capped, 0, None, None, None, &["places", "guarded", "state"]),
        ];
        for (rule, leaves, pace_ms, raster_ms, step, cell_m, so) in table {
            let found = (rule.leaves(), rule.pace_ms(), rule.raster_ms(), rule.step(), rule.cell_m());
            assert_eq!(found, (leaves, pace_ms, raster_ms, step, cell_m), "{rule:?}");
            let is_so = |name| so.contains(&name);
            assert_eq!((rule.is_for_places(), rule.is_guarded()), (is_so("places"), is_so("guarded")), "{rule:?}");
            assert_eq!((rule.fills_window(), rule.has_state()), (is_so("window"), is_so("state")), "{rule:?}");
        }
    }

    proptest! {
        #[test]
        fn a_multiple_is_found_again(mantissa in 1_u32.., exponent in -9_i8..=9, multiple in any::<i64>(), shift in 0_u32..64) {
            let step = Step { mantissa, exponent };
            let multiple = multiple >> shift;
            if let Some(value) = step.value(multiple) {
                prop_assert_eq!(step.multiple_of(value), Some(multiple));
            }
        }

        #[test]
        fn rounding_moves_by_half_a_step_at_most(mantissa in 1_u32..1_000, exponent in -4_i8..=4, value in -1e6_f64..1e6) {
            let step = Step { mantissa, exponent };
            let rounded = step.value(step.multiple_of(value).unwrap()).unwrap();
            prop_assert!((rounded - value).abs() <= step.value(1).unwrap() * 0.500_001);
        }
    }
}
