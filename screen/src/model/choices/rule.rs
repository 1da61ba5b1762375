//! What a tier leaves of a signal, as a shape that a page turns into words in any language.

use consent_core::{Aggregate, Rule, Step};
use schemars::JsonSchema;
use serde::Serialize;

/// What is left of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum RuleView {
    /// Nothing.
    Nothing,
    /// Every value, unchanged.
    Every,
    /// Unchanged, at most one value in a period.
    Capped {
        /// Milliseconds.
        period_ms: u32,
    },
    /// Rounded, at most one value in a period (0 = every value).
    Rounded {
        /// In the signal's unit.
        step: f64,
        /// Milliseconds.
        period_ms: u32,
    },
    /// The middle of a square.
    Square {
        /// Edge of the square in metres.
        cell_m: u32,
        /// Milliseconds between two.
        period_ms: u32,
    },
    /// One number for a window.
    Window {
        /// `min`, `max`, `mean`, `count`, `drops_below`, `difference`.
        sum: &'static str,
        /// Milliseconds.
        period_ms: u32,
        /// Rounded to this, in the signal's unit.
        step: f64,
        /// For `drops_below`: below what, in the signal's unit.
        below: f64,
    },
}

impl RuleView {
    /// From the rule that the gate executes.
    pub fn of(rule: &Rule) -> Self {
        let unit = |step: Step| step.value(1).unwrap_or_default();
        match *rule {
            Rule::Drop => Self::Nothing,
            Rule::AsIs => Self::Every,
            Rule::RateCap { period_ms } => Self::Capped { period_ms },
            Rule::Round { step, period_ms } => Self::Rounded { step: unit(step), period_ms },
            Rule::Grid { cell_m, raster_ms } => Self::Square { cell_m, period_ms: raster_ms },
            Rule::Window { period_ms, aggregate, step, threshold_steps } => {
                Self::Window { sum: sum(aggregate), period_ms, step: unit(step), below: step.value(i64::from(threshold_steps)).unwrap_or_default() }
            }
        }
    }
}

fn sum(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::Mean => "mean",
        Aggregate::Count => "count",
        Aggregate::DropsBelow => "drops_below",
        Aggregate::Difference => "difference",
    }
}
