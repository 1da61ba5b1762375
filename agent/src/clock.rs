//! The only file of the agent that reads clocks.

use consent_core::ClockTrust;
use consent_gatekeeper::Now;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// The system's clocks, put forward as if the car had stood so long. All copies move together. Only a car of the demo environment
/// takes one that was moved.
#[derive(Clone, Debug, Default)]
pub struct MovedClock {
    by_ms: Arc<AtomicU64>,
}

impl MovedClock {
    /// Puts it forward, milliseconds.
    pub fn forward(&self, by_ms: u64) {
        self.by_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    /// How far it was put forward, milliseconds.
    pub fn moved_ms(&self) -> u64 {
        self.by_ms.load(Ordering::SeqCst)
    }
}

impl Clock for MovedClock {
    fn now(&self, boot: u32) -> Now {
        let (now, by_ms) = (SystemClock.now(boot), self.moved_ms());
        Now { mono_ms: now.mono_ms.saturating_add(by_ms), wall_ms: now.wall_ms.saturating_add_unsigned(by_ms), ..now }
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

    #[test]
    fn a_clock_that_is_put_forward_moves_all_its_copies() {
        let clock = MovedClock::default();
        let (copy, before) = (clock.clone(), SystemClock.now(1));
        clock.forward(86_400_000);
        let after = copy.now(1);
        assert!(after.wall_ms >= before.wall_ms + 86_400_000 && after.mono_ms >= before.mono_ms + 86_400_000);
        assert_eq!(copy.moved_ms(), 86_400_000);
    }
}
