//! Levels: whole numbers of steps, clamped, with a dead band around zero.
//!
//! INVARIANT: the level of a level's value is that level, so that both ends agree on what is one.

use crate::rule::{Rule, Step};
use crate::sample::Value;

/// The parts of a rule that yields levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Level {
    step: Step,
    low_steps: i64,
    high_steps: i64,
    dead_steps: u64,
}

impl Level {
    /// Of [`Rule::Level`] and [`Rule::Noise`].
    pub(crate) fn of(rule: &Rule) -> Option<Self> {
        let (step, low_steps, high_steps, dead_steps) = match *rule {
            Rule::Level { step, low_steps, high_steps, dead_steps, .. } => (step, low_steps, high_steps, dead_steps),
            Rule::Noise { step, low_steps, high_steps, .. } => (step, low_steps, high_steps, 0),
            Rule::Drop
            | Rule::AsIs
            | Rule::Round { .. }
            | Rule::RateCap { .. }
            | Rule::Grid { .. }
            | Rule::Window { .. }
            | Rule::Histogram { .. }
            | Rule::Score { .. }
            | Rule::Track { .. }
            | Rule::Event { .. }
            | Rule::Moved { .. }
            | Rule::Path { .. } => return None,
        };
        let level = Self { step, low_steps: i64::from(low_steps), high_steps: i64::from(high_steps), dead_steps: u64::from(dead_steps) };
        // Both ends must be numbers, or the step is none: what lies beyond a countable step would jump to one that is not.
        let has_ends = step.value(level.low_steps).is_some() && step.value(level.high_steps).is_some();
        (low_steps <= high_steps && has_ends).then_some(level)
    }

    /// The level of a finite number. What is too large to be counted in steps is at the end of the span that it lies beyond.
    pub(crate) fn steps(&self, number: f64) -> i64 {
        let beyond = if number > 0.0 { self.high_steps } else { self.low_steps };
        let steps = self.step.multiple_of(number).unwrap_or(beyond);
        // Clamped before it may be quiet: an end that lies within the dead band is no level of its own, unless zero lies beyond it.
        let steps = steps.clamp(self.low_steps, self.high_steps);
        let live = if steps.unsigned_abs() < self.dead_steps { 0 } else { steps };
        live.clamp(self.low_steps, self.high_steps)
    }

    /// A level as a value: whole where the step is.
    pub(crate) fn value(&self, steps: i64) -> Option<Value> {
        match self.step.whole() {
            Some(unit) => steps.checked_mul(unit).map(Value::Int),
            None => self.step.value(steps).map(Value::Float),
        }
    }

    /// The value of the level that a value lies in: what a receiver compares with.
    pub(crate) fn again(&self, value: &Value) -> Option<Value> {
        self.value(self.steps(value.as_number().filter(|number| number.is_finite())?))
    }
}

/// Whether a number lies farther from a level than half a step and so many hundredths of one.
pub(crate) fn is_apart(step: Step, number: f64, level: i64, beyond_pct: u8) -> bool {
    let (Some(size), Some(at)) = (step.value(1), step.value(level)) else { return true };
    libm::fabs(number - at) > size * (0.5 + f64::from(beyond_pct) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Change;
    use proptest::prelude::*;

    fn level(low_steps: i32, high_steps: i32, dead_steps: u16, exponent: i8) -> Level {
        let step = Step { mantissa: 5, exponent };
        Level::of(&Rule::Level { step, low_steps, high_steps, dead_steps, change: Change::Every, period_ms: 0 }).unwrap()
    }

    #[test]
    fn levels_are_clamped_and_quiet_around_zero() {
        let level = level(-2, 26, 2, 0);
        for (number, steps) in [(-1e300, -2), (-12.0, -2), (-8.0, -2), (-7.4, 0), (7.4, 0), (7.5, 2), (129.0, 26), (1e300, 26)] {
            assert_eq!(level.steps(number), steps, "{number}");
        }
        assert_eq!(level.value(26), Some(Value::Int(130)));
    }

    #[test]
    fn a_span_without_room_and_a_step_of_nothing_have_no_levels() {
        let step = Step { mantissa: 0, exponent: 0 };
        assert_eq!(Level::of(&Rule::Level { step, low_steps: 1, high_steps: 0, dead_steps: 0, change: Change::Every, period_ms: 0 }), None);
        assert_eq!(Level::of(&Rule::Noise { period_ms: 1_000, step, low_steps: 0, high_steps: 1, epsilon_milli: 1, day_milli: 1 }), None);
        let step = Step { mantissa: u32::MAX, exponent: 0 };
        let ends = |low_steps, high_steps| Level::of(&Rule::Level { step, low_steps, high_steps, dead_steps: 0, change: Change::Every, period_ms: 0 });
        assert_eq!((ends(0, i32::MAX), ends(i32::MIN, 0)), (None, None), "ends beyond what steps can be counted to");
        assert!(ends(-1, 1).is_some());
    }

    #[test]
    fn an_end_within_the_dead_band_is_quiet_and_zero_beyond_an_end_is_that_end() {
        let quiet = level(-1, 5, 2, 0);
        assert_eq!([-40.0, -5.0, 5.0, 10.0].map(|number| quiet.steps(number)), [0, 0, 0, 2]);
        let above = level(3, 9, 5, 0);
        assert_eq!([-40.0, 0.0, 20.0, 25.0].map(|number| above.steps(number)), [3, 3, 3, 5]);
        for (level, number) in [(quiet, -40.0), (above, 20.0)] {
            let once = level.value(level.steps(number)).unwrap();
            assert_eq!(level.again(&once), Some(once));
        }
    }

    #[test]
    fn hysteresis_holds_a_level_until_the_value_is_well_outside() {
        let step = Step { mantissa: 5, exponent: 0 };
        assert!(!is_apart(step, 12.6, 2, 20), "half a step and a tenth");
        assert!(is_apart(step, 13.6, 2, 20));
        assert!(is_apart(step, 12.6, 2, 0));
        assert!(!is_apart(step, 12.5, 2, 0), "just half a step");
    }

    proptest! {
        #[test]
        fn a_levels_value_is_that_level(low in -1_000_i32..0, high in 0_i32..1_000, dead in 0_u16..20, exponent in -4_i8..=4, number in any::<f64>()) {
            let level = level(low, high, dead, exponent);
            if number.is_finite() {
                let once = level.value(level.steps(number)).unwrap();
                prop_assert_eq!(level.again(&once), Some(once));
            }
        }
    }
}
