//! Whether a released value is as coarse as its rule says: what a receiver checks before it accepts a batch.

use crate::rule::Rule;
use crate::transform::ReleasedValue;

/// How a value breaks its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// The rule lets nothing of this signal pass.
    Dropped,
    /// The form of the value is not what the rule yields.
    Form,
    /// Finer than the step or the grid.
    Finer,
    /// The stamp is not on the raster.
    OffRaster,
    /// Closer to its predecessor than the rule allows.
    TooOften,
}

/// Checks one value of a column against its rule; `previous_t_ms` is the stamp before it in the same column.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn conforms(rule: &Rule, t_ms: i64, previous_t_ms: Option<i64>, value: &ReleasedValue) -> Result<(), Breach> {
    todo!()
}
