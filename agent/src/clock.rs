//! The only file of the agent that reads clocks.

use consent_core::ClockTrust;
use consent_gatekeeper::Now;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// No car with this software was built before: an earlier wall time was never set. 1 January 2025, Unix milliseconds.
const BUILT_MS: i64 = 1_735_689_600_000;

/// Reads the time.
pub trait Clock: Send {
    /// One reading, for the boot with this number.
    fn now(&self, boot: u32) -> Now;
}

/// The system's clocks: `CLOCK_BOOTTIME`, which counts suspended time, for deadlines; `CLOCK_REALTIME` for validity.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self, boot: u32) -> Now {
        let wall_ms = ms(clock_gettime(ClockId::Realtime));
        let trust = if wall_ms >= BUILT_MS { ClockTrust::Trusted } else { ClockTrust::Untrusted };
        Now { boot, mono_ms: u64::try_from(ms(clock_gettime(ClockId::Boottime))).unwrap_or(0), wall_ms, trust }
    }
}

fn ms(time: Timespec) -> i64 {
    time.tv_sec.saturating_mul(1_000).saturating_add(i64::from(u32::try_from(time.tv_nsec / 1_000_000).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_run_backwards_and_is_trusted_on_a_desk() {
        let (first, second) = (SystemClock.now(3), SystemClock.now(3));
        assert!(second.mono_ms >= first.mono_ms && first.boot == 3);
        assert_eq!(first.trust, ClockTrust::Trusted);
    }
}
