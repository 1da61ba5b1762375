//! Randomness as an argument: one generator of cryptographic quality, seeded by the shell at boot, so that a simulated car
//! with the same seed does the same and a real one cannot be foreseen.

use core::fmt;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// The generator of one boot: ChaCha20 under the seed of [`crate::Gatekeeper::boot`].
pub struct Rng(ChaCha20Rng);

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng(..)")
    }
}

impl Rng {
    /// Starts from 32 bytes of fresh randomness.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// Fills bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// So many bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A UUID of version 4 (RFC 9562): 122 random bits.
    pub fn uuid4(&mut self) -> [u8; 16] {
        let mut uuid = self.bytes::<16>();
        uuid[6] = (uuid[6] & 0x0f) | 0x40;
        uuid[8] = (uuid[8] & 0x3f) | 0x80;
        uuid
    }

    /// A number below `limit`, every one equally likely; 0 if `limit` is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        // Numbers of the last, incomplete span would favour the low ones: draw again.
        let fair = limit.checked_mul(u64::MAX.checked_div(limit).unwrap_or(0)).unwrap_or(0);
        if fair == 0 {
            return 0;
        }
        loop {
            let drawn = self.0.next_u64();
            if drawn < fair {
                return drawn.checked_rem(limit).unwrap_or(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_reproduces_and_another_does_not() {
        assert_eq!(Rng::new([1; 32]).bytes::<40>(), Rng::new([1; 32]).bytes::<40>());
        assert_ne!(Rng::new([1; 32]).bytes::<40>(), Rng::new([2; 32]).bytes::<40>());
        let mut rng = Rng::new([1; 32]);
        assert_ne!(rng.bytes::<32>(), rng.bytes::<32>());
    }

    #[test]
    fn a_uuid_says_version_and_variant() {
        let mut rng = Rng::new([3; 32]);
        for _ in 0..100 {
            let uuid = rng.uuid4();
            assert_eq!((uuid[6] >> 4, uuid[8] >> 6), (4, 2));
        }
    }

    #[test]
    fn numbers_below_a_limit_cover_it() {
        let mut rng = Rng::new([4; 32]);
        let mut seen = [0_u32; 5];
        for _ in 0..1_000 {
            seen[usize::try_from(rng.below(5)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (100..300).contains(count)), "{seen:?}");
        assert_eq!((rng.below(0), rng.below(1)), (0, 0));
        assert!((0..100).all(|_| rng.below(u64::MAX) < u64::MAX));
    }
}
