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
        /// Threshold for [`Aggregate::DropsBelow`], in steps; otherwise 0.
        threshold_steps: i32,
    },
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
