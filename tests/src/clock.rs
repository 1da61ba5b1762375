//! The only file here that reads clocks, and waiting with a deadline.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long something may take that takes milliseconds on an idle machine.
pub const SOON: Duration = Duration::from_secs(30);

/// Unix milliseconds.
#[allow(clippy::disallowed_methods, reason = "the clock file of the scenarios")]
pub fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A moment to measure from.
#[allow(clippy::disallowed_methods, reason = "the clock file of the scenarios")]
pub fn moment() -> Instant {
    Instant::now()
}

/// Looks again and again until `look` yields something; fails with `what` after [`SOON`].
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_within(SOON, what, look)
}

/// The same with another deadline.
pub fn wait_within<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = moment();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < limit, "waited {limit:?} in vain for: {what}");
        std::thread::sleep(Duration::from_millis(if begun.elapsed() < Duration::from_secs(2) { 3 } else { 20 }));
    }
}
