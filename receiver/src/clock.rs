//! The one file that reads a clock and asks the system for randomness.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix milliseconds.
#[allow(clippy::disallowed_methods, reason = "the receiver's clock file")]
pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The system's clock, put forward for a demonstration.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MovedClock {
    by_ms: u64,
}

impl MovedClock {
    /// Unix milliseconds.
    pub(crate) fn now_ms(self) -> i64 {
        wall_ms().saturating_add_unsigned(self.by_ms)
    }

    /// Puts it forward.
    pub(crate) fn forward(&mut self, by_ms: u64) {
        self.by_ms = self.by_ms.saturating_add(by_ms);
    }
}

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
