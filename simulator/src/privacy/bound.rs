//! What a share of few cars allows to say: the one-sided 95 % upper bound of Clopper and Pearson (1934).

use super::geo::number;

/// So sure is the bound that the true share is not above it.
const MISSED: f64 = 0.05;

/// The largest share at which so few hits among `n` are not rarer than 5 in 100. Hits that are a mean over draws are rounded up: draws
/// are not cars. 1 for no car at all.
pub fn upper95(hits: f64, n: u32) -> f64 {
    let hits = (0..n).find(|count| hits <= f64::from(*count) + 1e-9).unwrap_or(n);
    if hits >= n {
        return 1.0;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..60 {
        let middle = low.midpoint(high);
        if at_most(hits, n, middle) > MISSED {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// How likely at most so many hits are.
fn at_most(hits: u32, n: u32, share: f64) -> f64 {
    let (log_hit, log_miss) = (share.ln(), (1.0 - share).ln());
    let mut log_ways = 0.0;
    let mut sum = 0.0;
    for count in 0..=hits {
        if count > 0 {
            log_ways += (f64::from(n - count + 1) / f64::from(count)).ln();
        }
        sum += (log_ways + f64::from(count) * log_hit + f64::from(n - count) * log_miss).exp();
    }
    sum
}

/// The mean of some numbers; 0 of none.
pub fn mean(numbers: &[f64]) -> f64 {
    if numbers.is_empty() { 0.0 } else { numbers.iter().sum::<f64>() / number(numbers.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_tables() {
        // 1 - 0.05^(1/n) for no hit; the others from tables of the beta distribution.
        for (hits, n, bound) in [(0.0, 5, 0.4507), (0.0, 12, 0.2209), (1.0, 5, 0.6574), (1.0, 10, 0.3942), (5.0, 10, 0.7776), (5.0, 5, 1.0), (0.0, 0, 1.0)] {
            assert!((upper95(hits, n) - bound).abs() < 1e-4, "{hits} of {n}: {}", upper95(hits, n));
        }
    }

    #[test]
    fn part_of_a_hit_counts_as_one() {
        assert!((upper95(0.2, 5) - upper95(1.0, 5)).abs() < 1e-12);
        assert!(upper95(4.5, 5) > 0.999);
    }
}
