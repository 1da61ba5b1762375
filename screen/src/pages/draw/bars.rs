//! Amounts side by side.

use super::{Tone, at, number};
use crate::words::Words;
use maud::{Markup, html};

const WIDTH: f64 = 400.0;

/// One amount.
#[derive(Clone, Copy, Debug)]
pub struct Bar<'a> {
    /// What it is an amount of.
    pub label: &'a str,
    /// The amount, not below zero.
    pub value: f64,
    /// Sent or original.
    pub tone: Tone,
}

/// Draws a bar for each amount, the largest over the whole width; labels and amounts are text beside it.
pub fn bars(words: Words, title: &str, unit: &str, bars: &[Bar<'_>]) -> Markup {
    let most = bars.iter().map(|bar| bar.value).filter(|value| value.is_finite()).fold(0.0, f64::max);
    html! {
        figure.bars.drawing {
            figcaption { (title) }
            @if bars.is_empty() { p.empty { (words.t("draw-no-value")) } }
            ul {
                @for bar in bars {
                    @let share = if most > 0.0 && bar.value.is_finite() { (bar.value / most).clamp(0.0, 1.0) } else { 0.0 };
                    li {
                        span { (bar.label) }
                        span.num { @if bar.value.is_finite() { (number(words, bar.value, 2)) " " (unit) } @else { "–" } }
                        svg viewBox={ "0 0 " (WIDTH) " 10" } preserveAspectRatio="none" aria-hidden="true" {
                            rect.rest width=(WIDTH) height="10" {}
                            g class=(bar.tone.class()) { rect.fill width=(at(share * WIDTH)) height="10" {} }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(values: &[f64]) -> String {
        let all: Vec<Bar<'_>> = values.iter().map(|value| Bar { label: "Traffic", value: *value, tone: Tone::Sent }).collect();
        bars(Words::default(), "Values", "values", &all).into_string()
    }

    #[test]
    fn the_largest_fills_the_width_and_odd_amounts_draw_nothing() {
        assert!(draw(&[10.0, 5.0]).contains("class=\"fill\" width=\"400.0\"") && draw(&[10.0, 5.0]).contains("class=\"fill\" width=\"200.0\""));
        for values in [&[0.0][..], &[f64::NAN], &[-3.0], &[f64::INFINITY]] {
            assert!(draw(values).contains("class=\"fill\" width=\"0.0\""), "{values:?}");
        }
        assert!(draw(&[]).contains("class=\"empty\""));
    }
}
