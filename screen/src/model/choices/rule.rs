//! What a tier leaves of a signal, as a shape that a page turns into words in any language.

use consent_core::{Aggregate, Change, Rule, Step, Way};
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
    /// Rounded, between two ends.
    Level {
        /// In the signal's unit.
        step: f64,
        /// Least, in the signal's unit.
        low: f64,
        /// Greatest, in the signal's unit.
        high: f64,
        /// Milliseconds between two.
        period_ms: u32,
        /// `every`, `changes`.
        when: &'static str,
    },
    /// How much of a window fell into each of some ranges.
    Ranges {
        /// Milliseconds.
        period_ms: u32,
        /// How many ranges.
        bins: u8,
    },
    /// One score for a window, of this signal and others.
    Score {
        /// Milliseconds.
        period_ms: u32,
    },
    /// Rounded, and blurred by chance.
    Blurred {
        /// In the signal's unit.
        step: f64,
        /// Milliseconds between two.
        period_ms: u32,
        /// Privacy loss of one.
        epsilon: f64,
    },
    /// Where the car was, not near stops.
    Track {
        /// Edge of the square, metres; 0: the place itself.
        cell_m: u32,
        /// Milliseconds between two.
        period_ms: u32,
    },
    /// Where something happened, not near stops.
    Event {
        /// Metres between two.
        spacing_m: u32,
    },
    /// A place moved by chance.
    Moved {
        /// By about so many metres.
        scale_m: u32,
        /// Milliseconds between two.
        period_ms: u32,
    },
    /// How far the car drove, or how many squares it touched, in a window.
    Way {
        /// `metres`, `cells`.
        what: &'static str,
        /// Milliseconds.
        period_ms: u32,
        /// Rounded to this.
        step: f64,
    },
    /// One number for a window.
    Window {
        /// `min`, `max`, `mean`, `count`, `drops_below`, `difference`, `time_mean`, `rises_to`.
        sum: &'static str,
        /// Milliseconds.
        period_ms: u32,
        /// Rounded to this, in the signal's unit.
        step: f64,
        /// For `drops_below` and `rises_to`: which threshold, in the signal's unit.
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
            Rule::Level { step, low_steps, high_steps, change, period_ms, .. } => Self::Level {
                step: unit(step),
                low: step.value(i64::from(low_steps)).unwrap_or_default(),
                high: step.value(i64::from(high_steps)).unwrap_or_default(),
                period_ms,
                when: if change == Change::Every { "every" } else { "changes" },
            },
            Rule::Histogram { period_ms, bins, .. } => Self::Ranges { period_ms, bins },
            Rule::Score { period_ms, .. } => Self::Score { period_ms },
            Rule::Noise { period_ms, step, epsilon_milli, .. } => Self::Blurred { step: unit(step), period_ms, epsilon: f64::from(epsilon_milli) / 1_000.0 },
            Rule::Track { cell_m, raster_ms, .. } => Self::Track { cell_m, period_ms: raster_ms },
            Rule::Event { spacing_m } => Self::Event { spacing_m },
            Rule::Moved { scale_m, raster_ms, .. } => Self::Moved { scale_m, period_ms: raster_ms },
            Rule::Path { period_ms, way, step } => {
                let what = match way {
                    Way::Metres => "metres",
                    Way::Cells => "cells",
                };
                Self::Way { what, period_ms, step: unit(step) }
            }
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
        Aggregate::TimeMean => "time_mean",
        Aggregate::RisesTo => "rises_to",
    }
}
