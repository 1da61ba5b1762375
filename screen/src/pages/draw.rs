//! Drawings from values, made on the server: a track without map tiles, charts over time, bars.
//!
//! Each is a pure function of what it is given, so that a page without script shows the same as one with it. Sent stands in
//! the accent, the original in neutral, both labelled in words: colour is never alone. Whatever the values are (none, one, not
//! a number, around a pole, across the date line, ten thousand), a drawing comes out of bounded size.
//!
//! [`values`] draws what [`SentValue`]s say; [`track()`], [`chart()`] and [`bars`] draw what they are given.
//!
//! [`SentValue`]: consent_gatekeeper::show::SentValue

mod bars;
mod chart;
mod track;
mod values;

pub use bars::{Bar, bars};
pub use chart::{Chart, Form, Sample, Scale, Series, chart};
pub use track::{End, Layer, Place, Shape, Track, track};
pub(crate) use values::value_text;
pub use values::{Drawn, When, values};

use crate::words::Words;
use maud::{Markup, html};

/// Whether something left the car or stayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Left, or would leave: the accent.
    Sent,
    /// Stayed, or was before the gate: neutral.
    Original,
}

impl Tone {
    /// Its class in data.css.
    fn class(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Original => "original",
        }
    }
}

/// The legend under a drawing: a mark and a word for each tone that is in it.
fn legend(labels: &[(Tone, &str)]) -> Markup {
    html! {
        ul.legend { @for (tone, label) in labels { li { span class={ "stroke " (tone.class()) } aria-hidden="true" {} (label) } } }
    }
}

/// A whole number as a float; exact up to 2^53, as far as a drawing needs it beyond.
fn float(number: i64) -> f64 {
    let high = i32::try_from(number >> 32).unwrap_or_default();
    let low = u32::try_from(number & 0xffff_ffff).unwrap_or_default();
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

fn count(number: usize) -> f64 {
    float(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A coordinate of the drawing, to a tenth.
fn at(value: f64) -> String {
    format!("{:.1}", if value.is_finite() { value + 0.0 } else { 0.0 })
}

/// The length of the form 1, 2 or 5 times a power of ten that is at most `most`, and its decimals.
fn round_down(most: f64) -> (f64, usize) {
    if !most.is_finite() || most <= 0.0 {
        return (1.0, 0);
    }
    let magnitude = most.log10().floor();
    let power = 10_f64.powf(magnitude);
    let lead = [5.0, 2.0, 1.0].into_iter().find(|lead| lead * power <= most * (1.0 + 1e-9)).unwrap_or(1.0);
    let decimals = (1..=9_usize).find(|decimals| 10_f64.powf(magnitude + count(*decimals)) >= 1.0 - 1e-9);
    (lead * power, if magnitude >= 0.0 { 0 } else { decimals.unwrap_or(9) })
}

/// At most `most` of the items, evenly taken; the first and the last always.
fn thinned<T: Copy>(items: &[T], most: usize) -> Vec<T> {
    let stride = items.len().div_ceil(most.max(2)).max(1);
    let mut kept: Vec<T> = items.iter().step_by(stride).copied().collect();
    if let Some(last) = items.last()
        && stride > 1
        && !items.len().wrapping_sub(1).is_multiple_of(stride)
    {
        kept.push(*last);
    }
    kept
}

/// The time between two stamps beyond which they are not joined: nothing is known of what lies between.
fn gap_ms(stamps: impl Iterator<Item = i64>) -> i64 {
    let stamps: Vec<i64> = stamps.collect();
    let mut steps: Vec<i64> = stamps.iter().zip(stamps.iter().skip(1)).map(|(from, to)| to.saturating_sub(*from)).filter(|step| *step > 0).collect();
    let middle = steps.len() / 2;
    let (_, median, _) = if steps.is_empty() { return i64::MAX } else { steps.select_nth_unstable(middle) };
    median.saturating_mul(4)
}

/// Splits items into runs that are joined.
fn runs<T: Copy>(items: &[T], t_ms: impl Fn(&T) -> i64) -> Vec<Vec<T>> {
    let gap_ms = gap_ms(items.iter().map(&t_ms));
    let mut runs: Vec<Vec<T>> = Vec::new();
    let mut last = None;
    for item in items {
        let joined = last.is_some_and(|last| t_ms(item).saturating_sub(last) <= gap_ms);
        match runs.last_mut().filter(|_| joined) {
            Some(run) => run.push(*item),
            None => runs.push(vec![*item]),
        }
        last = Some(t_ms(item));
    }
    runs
}

/// A number with no more decimals than it needs, at most `most`.
fn number(words: Words, value: f64, most: usize) -> String {
    words.number(value, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_round_and_never_more_than_asked() {
        for (most, expected, decimals) in
            [(1.0, 1.0, 0), (9.99, 5.0, 0), (4_900.0, 2_000.0, 0), (0.3, 0.2, 1), (0.021, 0.02, 2), (1e9, 1e9, 0), (f64::NAN, 1.0, 0), (-3.0, 1.0, 0)]
        {
            let (length, found) = round_down(most);
            assert!((length - expected).abs() < expected * 1e-9, "{most}: {length}");
            assert_eq!(found, decimals, "{most}");
        }
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let items: Vec<u32> = (0..10_000).collect();
        let kept = thinned(&items, 100);
        assert!(kept.len() <= 101);
        assert_eq!((kept.first(), kept.last()), (Some(&0), Some(&9_999)));
        assert_eq!(thinned(&items[..3], 100), [0, 1, 2]);
        assert_eq!(thinned::<u32>(&[], 100), Vec::<u32>::new());
    }

    #[test]
    fn a_silence_breaks_a_line() {
        let stamps = [0_i64, 1_000, 2_000, 3_000, 60_000, 61_000];
        assert_eq!(runs(&stamps, |t_ms| *t_ms), [vec![0, 1_000, 2_000, 3_000], vec![60_000, 61_000]]);
        assert_eq!(runs(&[5_i64], |t_ms| *t_ms), [vec![5]]);
    }

    #[test]
    fn whole_numbers_stay_whole() {
        for n in [0, 1, -1, i64::from(u32::MAX), -5_000_000_000, 1_795_000_000_123] {
            assert_eq!(format!("{:.0}", float(n)), n.to_string());
        }
    }
}
