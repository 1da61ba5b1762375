//! Time as an argument: deadlines use the monotonic clock, validity uses wall time.

use consent_core::ClockTrust;

/// One reading of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Number of this boot, from 1.
    pub boot: u32,
    /// Milliseconds since some start, counting suspended time; rises within a boot.
    pub mono_ms: u64,
    /// Unix milliseconds, as the system clock has it.
    pub wall_ms: i64,
    /// Whether the system believes its clock to be set; the gatekeeper adds its own high-water mark.
    pub trust: ClockTrust,
}
