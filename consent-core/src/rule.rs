//! What a tier does to the samples of one signal: a closed list, named in the catalog and in every batch.

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
