//! Seeded randomness, so that a run that failed can be told again.

use crate::clock;
use std::time::Duration;

/// A stream of numbers from a seed (splitmix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The seed in an environment variable, or one of the moment.
    pub fn seed(variable: &str) -> u64 {
        number(variable).unwrap_or_else(|| clock::wall_ms().unsigned_abs())
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let one = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let two = (one ^ (one >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        two ^ (two >> 31)
    }

    /// From `low` to below `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low.saturating_add(self.draw() % high.saturating_sub(low).max(1))
    }

    /// Sleeps so many milliseconds.
    pub fn nap_ms(&mut self, low: u64, high: u64) {
        std::thread::sleep(Duration::from_millis(self.between(low, high)));
    }

    /// Brings things into another order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            let other = usize::try_from(self.between(0, u64::try_from(last).unwrap_or(0).saturating_add(1))).unwrap_or(0);
            things.swap(last, other);
        }
    }
}

/// A number from an environment variable.
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
