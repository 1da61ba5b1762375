//! Local differential privacy: discrete Laplace noise from fair bits alone.
//!
//! Textbook noise (a logarithm of a floating-point uniform) leaves holes in the doubles that it can reach, and the holes tell
//! the value (Mironov 2012). Here nothing is a double: a value is a whole number of steps, and the noise is drawn by integer
//! arithmetic, exactly, after Canonne, Kamath and Steinke (2020), algorithms 1 and 2: a coin of probability exp(-x) from coins
//! of rational probability, and of those a two-sided geometric number.
//!
//! With a span of `high - low` steps and a loss of ε a release, the noise has the scale span / ε, so that any two values of
//! the span can be told apart by a factor of exp(ε) at most. Clamping after the noise is post-processing and costs nothing.
//!
//! INVARIANT: total. Loops end by chance almost at once; one that has not ended after [`DRAWS_MAX`] draws yields nothing, and
//! the value stays in the car. That happens with a probability below 2^-100 at any parameters.

/// Most draws for one release.
const DRAWS_MAX: u32 = 20_000;
/// Thousandths in one.
const MILLI: u64 = 1_000;

/// Fair bits, counted.
struct Coins<'a> {
    bits: &'a mut dyn FnMut() -> u64,
    left: u32,
}

impl Coins<'_> {
    fn word(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        Some((self.bits)())
    }

    /// A uniform whole number below a bound; by rejection, so that none is likelier.
    fn below(&mut self, bound: u64) -> Option<u64> {
        let rest = u64::MAX.checked_rem(bound)?.checked_add(1)?.checked_rem(bound)?;
        let most = u64::MAX.checked_sub(rest)?;
        loop {
            let word = self.word()?;
            if word <= most {
                return word.checked_rem(bound);
            }
        }
    }

    /// A coin of probability exp(-numerator / denominator), for a quotient of at most 1.
    fn exp_small(&mut self, numerator: u64, denominator: u64) -> Option<bool> {
        let mut k: u64 = 1;
        loop {
            // A coin of probability numerator / (denominator × k).
            let drawn = self.below(denominator.checked_mul(k)?)?;
            if drawn >= numerator {
                return Some(k.checked_rem(2)? == 1);
            }
            k = k.checked_add(1)?;
        }
    }

    /// A coin of probability exp(-whole).
    fn exp_whole(&mut self, whole: u64) -> Option<bool> {
        for _ in 0..whole {
            if !self.exp_small(1, 1)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// A number k of probability proportional to exp(-|k| × numerator / denominator).
    fn laplace(&mut self, numerator: u64, denominator: u64) -> Option<i64> {
        loop {
            let fine = self.below(denominator)?;
            if !self.exp_small(fine, denominator)? {
                continue;
            }
            let mut coarse: u64 = 0;
            while self.exp_whole(1)? {
                coarse = coarse.checked_add(1)?;
            }
            let magnitude = fine.checked_add(denominator.checked_mul(coarse)?)?.checked_div(numerator)?;
            let negative = self.below(2)? == 1;
            if negative && magnitude == 0 {
                continue;
            }
            let magnitude = i64::try_from(magnitude).ok()?;
            return if negative { magnitude.checked_neg() } else { Some(magnitude) };
        }
    }
}

/// Noise for a value of a span of `span_steps` at a loss of `epsilon_milli` thousandths. `None` for parameters that mean
/// nothing, and where chance does not end.
pub(crate) fn draw(span_steps: u64, epsilon_milli: u16, bits: &mut dyn FnMut() -> u64) -> Option<i64> {
    if span_steps == 0 || epsilon_milli == 0 {
        return None;
    }
    Coins { bits, left: DRAWS_MAX }.laplace(u64::from(epsilon_milli), span_steps.checked_mul(MILLI)?)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::cast_precision_loss, reason = "statistics of a test")]
mod tests {
    extern crate std;

    use super::*;
    use std::collections::BTreeMap;

    /// SplitMix64: good enough to count with.
    fn bits(seed: u64) -> impl FnMut() -> u64 {
        let mut state = seed;
        move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }
    }

    #[test]
    fn noise_has_the_probabilities_that_it_says() {
        let (span, epsilon_milli, draws) = (4_u64, 2_000_u16, 200_000_u32);
        let mut bits = bits(7);
        let mut found: BTreeMap<i64, u32> = BTreeMap::new();
        for _ in 0..draws {
            *found.entry(draw(span, epsilon_milli, &mut bits).unwrap()).or_default() += 1;
        }
        // p(k) = (1 - q) / (1 + q) × q^|k| with q = exp(-ε / span).
        let q = (-f64::from(epsilon_milli) / 1_000.0 / span as f64).exp();
        for k in -12_i64..=12 {
            let expected = (1.0 - q) / (1.0 + q) * q.powi(i32::try_from(k.abs()).unwrap()) * f64::from(draws);
            let count = f64::from(found.get(&k).copied().unwrap_or(0));
            // Five standard deviations: a right sampler fails once in a hundred thousand seeds, and this seed is fixed.
            assert!((count - expected).abs() < 5.0 * expected.sqrt(), "{k}: {count} of {expected}");
        }
    }

    #[test]
    fn two_values_differ_by_a_factor_of_exp_epsilon_at_most() {
        let (span, epsilon_milli, draws) = (3_u64, 1_000_u16, 300_000_u32);
        let mut bits = bits(11);
        let mut counts = |at: i64| -> BTreeMap<i64, f64> {
            let mut found = BTreeMap::new();
            for _ in 0..draws {
                let leaves = (at + draw(span, epsilon_milli, &mut bits).unwrap()).clamp(0, 3);
                *found.entry(leaves).or_default() += 1.0;
            }
            found
        };
        let (low, high) = (counts(0), counts(3));
        for k in 0..=3 {
            let ratio = low[&k] / high[&k];
            assert!((0.97 * (-1.0_f64).exp()..=1.03 * 1.0_f64.exp()).contains(&ratio), "{k}: {ratio}");
        }
    }

    #[test]
    fn what_means_nothing_yields_nothing_and_bad_bits_end() {
        assert_eq!(draw(0, 1, &mut || 0), None);
        assert_eq!(draw(1, 0, &mut || 0), None);
        assert_eq!(draw(u64::MAX, 1, &mut || 0), None);
        for stuck in [0, u64::MAX, 1] {
            assert_eq!(draw(1_000, 10, &mut || stuck), None, "a stuck generator comes to an end, and nothing leaves");
        }
    }
}
