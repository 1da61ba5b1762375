//! Sizes in one place, and the limits that no catalog exceeds (R53).
//!
//! Sizes are chosen so that the state of one car, without the catalog shared by all, stays under [`CAR_BYTES_MAX`]; the
//! assertion stands beside the gate's state in [`crate::gate`].

/// Signals in one catalog.
pub const SIGNALS_MAX: usize = 1_024;
/// Uses in one catalog.
pub const USES_MAX: usize = 128;
/// Categories in one catalog.
pub const CATEGORIES_MAX: usize = 32;
/// Recipients in one catalog.
pub const RECIPIENTS_MAX: usize = 16;
/// Tiers of precision of one use.
pub const TIERS_MAX: usize = 8;
/// Persons present at once.
pub const PERSONS_MAX: usize = 8;
/// Distinct sets of categories that signals of one catalog carry.
pub const CLASSES_MAX: usize = 64;
/// Slots of transformation state of one car, allotted when the catalog is compiled.
pub const SLOTS_MAX: usize = 384;
/// Longest text value, in bytes.
pub const TEXT_BYTES_MAX: usize = 32;
/// Longest array value, in elements.
pub const ARRAY_MAX: usize = 4;
/// Bins of a histogram.
pub const BINS_MAX: usize = 12;
/// Bytes of state of one car besides the shared catalog.
pub const CAR_BYTES_MAX: usize = 128 * 1_024;
/// Longest time that a consent may last, in milliseconds: one year and a day for leap years (R11, R14).
pub const CONSENT_MS_MAX: i64 = 366 * 86_400_000;
/// A theft state ends after this time unless renewed, in milliseconds (R25).
pub const THEFT_MS_MAX: i64 = 72 * 3_600_000;
