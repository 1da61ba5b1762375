//! Values over time.

use super::{Tone, at, count, float, legend, number, round_down, runs, thinned};
use crate::words::Words;
use maud::{Markup, html};

/// Size of the drawing in its own units.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 180.0;
/// The part in which values are drawn.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 392.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 146.0;
/// Values drawn of a series at most.
const SAMPLES_MAX: usize = 800;
const TICKS_MAX: f64 = 4.0;

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Unix milliseconds.
    pub t_ms: i64,
    /// What it was.
    pub value: f64,
}

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Each holds until the next; a silence breaks the line.
    Step,
    /// Each stands for itself.
    Dots,
    /// Each sums up the time before it, of this length in milliseconds.
    Bars(u32),
}

/// What the vertical axis is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Numbers, with round ticks around the values.
    #[default]
    Numbers,
    /// 0 is no and 1 is yes.
    YesNo,
}

/// One series.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// Sent or original.
    pub tone: Tone,
    /// What the legend says.
    pub label: &'a str,
    /// How it is drawn.
    pub form: Form,
    /// In the order of their stamps.
    pub samples: &'a [Sample],
}

/// A chart.
#[derive(Clone, Copy, Debug)]
pub struct Chart<'a> {
    /// Name for screen readers, and above the drawing.
    pub title: &'a str,
    /// What it shows, in a sentence.
    pub desc: &'a str,
    /// Unit of all series, as it is shown; empty = none.
    pub unit: &'a str,
    /// Its vertical axis.
    pub scale: Scale,
    /// Drawn from first to last.
    pub series: &'a [Series<'a>],
}

/// Draws it; without a value it says so.
pub fn chart(words: Words, chart: &Chart<'_>) -> Markup {
    let series: Vec<(&Series<'_>, Vec<Sample>)> =
        chart.series.iter().map(|series| (series, sound(series))).filter(|(_, samples)| !samples.is_empty()).collect();
    let Some(axes) = Axes::around(chart.scale, &series) else {
        return html! { figure.chart { figcaption { (chart.title) } p.empty { (words.t("draw-no-value")) } } };
    };
    let labels: Vec<(Tone, &str)> = series.iter().map(|(series, _)| (series.tone, series.label)).collect();
    html! {
        figure.chart.drawing {
            figcaption { (chart.title) @if !chart.unit.is_empty() { " " span.fine { "(" (chart.unit) ")" } } }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" {
                title { (chart.title) }
                desc { (chart.desc) }
                (axes.drawn(words))
                @for (series, samples) in &series { g class=(series.tone.class()) { (drawn(series.form, samples, &axes)) } }
            }
            (legend(&labels))
        }
    }
}

fn sound(series: &Series<'_>) -> Vec<Sample> {
    // Beyond this no car measures, and differences would overflow.
    series.samples.iter().filter(|sample| sample.value.is_finite() && sample.value.abs() < 1e300).copied().collect()
}

struct Axes {
    t_ms: (i64, i64),
    value: (f64, f64),
    step: f64,
    decimals: usize,
    scale: Scale,
}

impl Axes {
    fn around(scale: Scale, series: &[(&Series<'_>, Vec<Sample>)]) -> Option<Self> {
        let first = series.first()?.1.first()?;
        let mut t_ms = (first.t_ms, first.t_ms);
        let mut value = (first.value, first.value);
        for (series, samples) in series {
            for sample in samples {
                let before_ms = if let Form::Bars(period_ms) = series.form { i64::from(period_ms) } else { 0 };
                t_ms = (t_ms.0.min(sample.t_ms.saturating_sub(before_ms)), t_ms.1.max(sample.t_ms));
                value = (value.0.min(sample.value), value.1.max(sample.value));
            }
            if matches!(series.form, Form::Bars(_)) {
                value = (value.0.min(0.0), value.1.max(0.0));
            }
        }
        if scale == Scale::YesNo {
            return Some(Self { t_ms, value: (0.0, 1.0), step: 1.0, decimals: 0, scale });
        }
        if value.1 - value.0 <= value.1.abs().max(1.0) * 1e-12 {
            let around = if value.0 == 0.0 { 1.0 } else { value.0.abs() * 0.1 };
            value = (value.0 - around, value.1 + around);
        }
        // A round step of which at most TICKS_MAX fit: the one below the next larger power.
        let (step, decimals) = round_down((value.1 - value.0) / TICKS_MAX * 2.4);
        let value = ((value.0 / step).floor() * step, (value.1 / step).ceil() * step);
        Some(Self { t_ms, value, step, decimals, scale })
    }

    fn x(&self, t_ms: i64) -> f64 {
        let span = float(self.t_ms.1.saturating_sub(self.t_ms.0));
        let share = if span <= 0.0 { 0.5 } else { float(t_ms.saturating_sub(self.t_ms.0)) / span };
        LEFT + share * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (value - self.value.0) / (self.value.1 - self.value.0) * (BOTTOM - TOP)
    }

    fn tick(&self, words: Words, tick: f64) -> String {
        match self.scale {
            Scale::Numbers => number(words, tick, self.decimals),
            Scale::YesNo => words.t(if tick > 0.5 { "draw-yes" } else { "draw-no" }),
        }
    }

    fn drawn(&self, words: Words) -> Markup {
        let ticks = (0..=8_usize).map(|n| self.value.0 + self.step * count(n)).take_while(|tick| *tick <= self.value.1 + self.step * 0.01);
        html! {
            g.axes {
                @for tick in ticks {
                    path d={ "M" (LEFT) " " (at(self.y(tick))) "H" (RIGHT) } {}
                    text x=(LEFT - 6.0) y=(at(self.y(tick) + 5.0)) text-anchor="end" { (self.tick(words, tick)) }
                }
                @if self.t_ms.0 == self.t_ms.1 {
                    text x=(f64::midpoint(LEFT, RIGHT)) y=(HEIGHT - 14.0) text-anchor="middle" { (words.time(self.t_ms.0)) }
                } @else {
                    text x=(LEFT) y=(HEIGHT - 14.0) { (words.time(self.t_ms.0)) }
                    text x=(RIGHT) y=(HEIGHT - 14.0) text-anchor="end" { (words.time(self.t_ms.1)) }
                }
            }
        }
    }
}

fn drawn(form: Form, samples: &[Sample], axes: &Axes) -> Markup {
    match form {
        Form::Step => html! { @for run in runs(samples, |sample| sample.t_ms) { (steps(&run, axes)) } },
        Form::Dots => html! {
            @for sample in thinned(samples, SAMPLES_MAX / 4) { circle.dot cx=(at(axes.x(sample.t_ms))) cy=(at(axes.y(sample.value))) r="3.5" {} }
        },
        Form::Bars(period_ms) => html! {
            @for sample in thinned(samples, SAMPLES_MAX / 4) { (bar(sample, period_ms, axes)) }
        },
    }
}

/// A run as steps; a single value is a dot.
fn steps(run: &[Sample], axes: &Axes) -> Markup {
    let kept = thinned(run, SAMPLES_MAX);
    let Some(first) = kept.first() else { return html! {} };
    if kept.len() == 1 {
        return html! { circle.dot cx=(at(axes.x(first.t_ms))) cy=(at(axes.y(first.value))) r="3.5" {} };
    }
    let mut d = format!("M{} {}", at(axes.x(first.t_ms)), at(axes.y(first.value)));
    let mut held = first.value.to_bits();
    for (n, sample) in kept.iter().enumerate().skip(1) {
        if sample.value.to_bits() != held || n + 1 == kept.len() {
            d.extend(["H", &at(axes.x(sample.t_ms)), "V", &at(axes.y(sample.value))]);
            held = sample.value.to_bits();
        }
    }
    html! { path.line d=(d) {} }
}

fn bar(sample: Sample, period_ms: u32, axes: &Axes) -> Markup {
    let (from, to) = (axes.x(sample.t_ms.saturating_sub(i64::from(period_ms))), axes.x(sample.t_ms));
    let (zero, value) = (axes.y(0.0), axes.y(sample.value));
    let wide = (to - from).max(2.0);
    let gap = (wide * 0.15).min(2.0);
    // A value of zero is a value: it keeps a hairline.
    html! { rect.fill x=(at(from + gap / 2.0)) y=(at(zero.min(value))) width=(at(wide - gap)) height=(at((zero - value).abs().max(1.5))) {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[f64]) -> Vec<Sample> {
        (0..).zip(values).map(|(second, value)| Sample { t_ms: 1_795_000_000_000 + second * 1_000, value: *value }).collect()
    }

    fn draw(form: Form, samples: &[Sample]) -> String {
        let series = [Series { tone: Tone::Sent, label: "as it was sent", form, samples }];
        chart(Words::default(), &Chart { title: "Speed", desc: "How fast.", unit: "km/h", scale: Scale::Numbers, series: &series }).into_string()
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        for values in [&[][..], &[f64::NAN, f64::INFINITY]] {
            let drawn = draw(Form::Step, &samples(values));
            assert!(!drawn.contains("<svg") && drawn.contains("class=\"empty\""), "{drawn}");
        }
    }

    #[test]
    fn all_forms_take_one_value_equal_values_and_extremes() {
        for values in [&[7.0][..], &[0.0, 0.0, 0.0], &[-1e290, 1e290], &[1e-300, 2e-300], &[f64::NAN, 3.0, f64::NEG_INFINITY], &[-5.0, -3.0]] {
            for form in [Form::Step, Form::Dots, Form::Bars(1_000), Form::Bars(0)] {
                let drawn = draw(form, &samples(values));
                assert!(drawn.contains("<svg") && !drawn.contains("NaN") && !drawn.contains("inf"), "{values:?} {form:?} {drawn}");
                assert!(drawn.len() < 20_000, "{values:?} {form:?}");
            }
        }
    }

    #[test]
    fn ten_thousand_values_make_a_small_drawing() {
        let many: Vec<f64> = (0..10_000_u32).map(|n| f64::from(n % 131)).collect();
        for form in [Form::Step, Form::Dots, Form::Bars(1_000)] {
            assert!(draw(form, &samples(&many)).len() < 60_000);
        }
    }

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        let drawn = draw(Form::Step, &samples(&[3.0, 97.0]));
        for tick in [">0<", ">50<", ">100<"] {
            assert!(drawn.contains(tick), "{drawn}");
        }
        assert!(draw(Form::Step, &samples(&[0.11, 0.14])).contains(">0.12<"));
    }

    #[test]
    fn a_silence_breaks_the_line() {
        let mut values = samples(&[1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
        for late in &mut values[3..] {
            late.t_ms += 600_000;
        }
        assert_eq!(draw(Form::Step, &values).matches("class=\"line\"").count(), 2);
    }

    #[test]
    fn bars_stand_on_zero() {
        let drawn = draw(Form::Bars(1_000), &samples(&[4.0, 5.0, 0.0]));
        assert!(drawn.contains(">0<"), "{drawn}");
        assert_eq!(drawn.matches("class=\"fill\"").count(), 3);
    }
}
