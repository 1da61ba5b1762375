//! Seeded chance: SplitMix64. Whole numbers only, so that a life is the same on every target.

/// A stream of numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A whole number below a bound.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let below = (self.word() >> 32).checked_rem(u64::from(bound)).unwrap_or(0);
        u32::try_from(below).unwrap_or(0)
    }

    /// As [`Self::below`], for small bounds.
    pub(crate) fn small(&mut self, bound: u8) -> u8 {
        u8::try_from(self.below(u32::from(bound))).unwrap_or(0)
    }

    /// Whether one of so many came up.
    pub(crate) fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }

    /// One of several; of none, the default.
    pub(crate) fn pick<T: Copy + Default>(&mut self, of: &[T]) -> T {
        let at = self.below(u32::try_from(of.len()).unwrap_or(0));
        usize::try_from(at).ok().and_then(|at| of.get(at)).copied().unwrap_or_default()
    }

    /// From one whole number to another, as a double of tenths.
    pub(crate) fn tenths(&mut self, least: i32, most: i32) -> f64 {
        let span = u32::try_from(most.saturating_sub(least)).unwrap_or(0).saturating_add(1);
        f64::from(least.saturating_add_unsigned(self.below(span))) / 10.0
    }
}

/// A number in which every bit depends on every bit of another.
pub(crate) fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
