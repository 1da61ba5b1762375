//! Values as they left, or would leave, or were before the gate, as track and charts.

use super::chart::{Chart, Form, Sample, Scale, Series, chart};
use super::track::{End, Layer, Place, Shape, Track, track};
use super::{Tone, float};
use crate::ctx::Ctx;
use crate::words::Var;
use consent_core::sample::Fix;
use consent_core::{Aggregate, Rule};
use consent_gatekeeper::show::SentValue;
use consent_protocol::catalog::Use;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Charts shown at first; the rest opens with a touch.
const CHARTS_FIRST: usize = 3;
/// Charts drawn at most; the table has all values.
const CHARTS_MAX: usize = 16;
const DEGREE_M: f64 = 111_195.0;
/// An end that left nearer to the true one than this was not cut.
const CUT_M: f64 = 150.0;

/// What is to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawn<'a> {
    /// The use.
    pub used: &'a Use,
    /// The tier at which it left; none = found by the values.
    pub tier: Option<u8>,
    /// What left or would leave.
    pub sent: &'a [SentValue],
    /// What it was before the gate; empty if that is not known.
    pub original: &'a [SentValue],
    /// Whether it left already.
    pub when: When,
}

/// Whether values left, or would leave if somebody says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// They left.
    Left,
    /// They would leave.
    WouldLeave,
}

impl When {
    fn key(self) -> &'static str {
        match self {
            Self::Left => "draw-sent",
            Self::WouldLeave => "draw-would-leave",
        }
    }
}

/// A track of the positions, and a chart for each signal with numbers.
pub fn values(ctx: &Ctx, drawn: &Drawn<'_>) -> Markup {
    let sent = by_signal(drawn.sent);
    let original = by_signal(drawn.original);
    let signals: Vec<&str> = sent.keys().copied().collect();
    let (positions, numbers): (Vec<&str>, Vec<&str>) = signals.into_iter().partition(|signal| rows(&sent, signal).iter().any(|row| place(row).is_some()));
    // A single value is no chart: the table says it better.
    let drawable = |signal: &&str| rows(&sent, signal).iter().filter(|row| sample(row).is_some()).nth(1).is_some();
    let numbers: Vec<&str> = numbers.into_iter().filter(drawable).take(CHARTS_MAX).collect();
    let (first, rest) = numbers.split_at(numbers.len().min(CHARTS_FIRST));
    html! {
        div.drawings {
            @for signal in positions { (positioned(ctx, drawn, rows(&sent, signal), rows(&original, signal))) }
            @for signal in first { (charted(ctx, drawn, signal, rows(&sent, signal), rows(&original, signal))) }
        }
        @if !rest.is_empty() {
            details.more {
                summary { (ctx.words.ta("draw-more", &[("n", Var::Count(u64::try_from(rest.len()).unwrap_or_default()))])) }
                div.drawings { @for signal in rest { (charted(ctx, drawn, signal, rows(&sent, signal), rows(&original, signal))) } }
            }
        }
    }
}

type BySignal<'a> = BTreeMap<&'a str, Vec<&'a SentValue>>;

/// The values of each signal in the order of their stamps.
fn by_signal(values: &[SentValue]) -> BySignal<'_> {
    let mut found: BySignal<'_> = BTreeMap::new();
    for value in values {
        found.entry(value.signal.as_str()).or_default().push(value);
    }
    for rows in found.values_mut() {
        rows.sort_by_key(|row| row.t_ms);
    }
    found
}

fn rows<'a, 'b>(all: &'b BySignal<'a>, signal: &str) -> &'b [&'a SentValue] {
    all.get(signal).map(Vec::as_slice).unwrap_or_default()
}

/// A position, if it is one.
fn place(row: &SentValue) -> Option<Place> {
    Some(Place { t_ms: row.t_ms, lat: row.value.get("lat")?.as_f64()?, lon: row.value.get("lon")?.as_f64()? })
}

/// A number, if it is one; yes is 1 and no is 0.
fn sample(row: &SentValue) -> Option<Sample> {
    let value = row.value.as_f64().or_else(|| row.value.as_bool().map(|flag| if flag { 1.0 } else { 0.0 }))?;
    Some(Sample { t_ms: row.t_ms, value })
}

fn positioned(ctx: &Ctx, drawn: &Drawn<'_>, sent: &[&SentValue], original: &[&SentValue]) -> Markup {
    let sent: Vec<Place> = sent.iter().filter_map(|row| place(row)).collect();
    let original: Vec<Place> = original.iter().filter_map(|row| place(row)).collect();
    let cell_m = cell_m(drawn, &sent);
    let words = ctx.words;
    let cells = u64::try_from(sent.len()).unwrap_or_default();
    let desc = match cell_m {
        Some(cell_m) => words.ta("draw-track-cells", &[("n", Var::Count(cells)), ("km", Var::Text(&super::number(words, f64::from(cell_m) / 1_000.0, 1)))]),
        None => words.ta("draw-track-points", &[("n", Var::Count(cells))]),
    };
    let (before, after) = (words.t("draw-original"), words.t(drawn.when.key()));
    let ends = |which: fn(&[Place]) -> Option<&Place>| match which(&sent).zip(which(&original)) {
        Some((sent, original)) if cell_m.is_none() && metres(sent, original) > CUT_M => End::Cut,
        Some(_) | None => End::Whole,
    };
    let mut layers = Vec::new();
    if !original.is_empty() {
        layers.push(Layer { tone: Tone::Original, label: &before, shape: Shape::Line, places: &original, start: End::Whole, end: End::Whole });
    }
    let shape = cell_m.map_or(Shape::Line, Shape::Cells);
    layers.push(Layer { tone: Tone::Sent, label: &after, shape, places: &sent, start: ends(<[Place]>::first), end: ends(<[Place]>::last) });
    track(words, &Track { title: &words.t("draw-track"), desc: &desc, layers: &layers })
}

fn metres(a: &Place, b: &Place) -> f64 {
    let east = (a.lon - b.lon) * a.lat.to_radians().cos();
    (a.lat - b.lat).hypot(east) * DEGREE_M
}

/// The edge of the cells whose centres the positions are: of the tier if it is known, else of the coarsest tier that fits.
fn cell_m(drawn: &Drawn<'_>, sent: &[Place]) -> Option<u32> {
    let tiers = drawn.used.tiers.iter().enumerate();
    let tiers = tiers.filter(|(tier, _)| drawn.tier.is_none_or(|wanted| usize::from(wanted) == *tier));
    let grids = tiers.flat_map(|(_, tier)| &tier.rules).filter_map(|rule| rule.rule.cell_m());
    let centred = |cell_m: u32| {
        let same = |place: &Place| {
            let fix = Fix { lat_deg: place.lat, lon_deg: place.lon, alt_m: None, heading_deg: None, accuracy_m: None };
            consent_core::grid::snap(&fix, cell_m) == Some(fix)
        };
        !sent.is_empty() && sent.iter().all(same)
    };
    grids.max_by_key(|cell_m| (centred(*cell_m), *cell_m)).filter(|cell_m| centred(*cell_m))
}

/// The rule under which a signal left: of the tier if it is known, else of the coarsest that lets it pass.
fn rule<'a>(ctx: &Ctx, drawn: &Drawn<'a>, signal: &str) -> Option<&'a Rule> {
    let catalog = &ctx.catalog.as_ref()?.catalog;
    let at = catalog.signals.iter().position(|known| known.path == signal)?;
    let tiers = drawn.used.tiers.iter().enumerate().filter(|(tier, _)| drawn.tier.is_none_or(|wanted| usize::from(wanted) == *tier));
    let mut rules = tiers.flat_map(|(_, tier)| &tier.rules).filter(|rule| usize::from(rule.signal) == at).map(|rule| &rule.rule);
    rules.find(|rule| !matches!(rule, Rule::Drop))
}

fn charted(ctx: &Ctx, drawn: &Drawn<'_>, signal: &str, sent: &[&SentValue], original: &[&SentValue]) -> Markup {
    let unit = ctx.words.unit(sent.iter().find_map(|row| row.unit.as_deref()).unwrap_or_default());
    let scale = if sent.iter().all(|row| row.value.is_boolean()) { Scale::YesNo } else { Scale::Numbers };
    let sent: Vec<Sample> = sent.iter().filter_map(|row| sample(row)).collect();
    let original: Vec<Sample> = original.iter().filter_map(|row| sample(row)).collect();
    // A count has another unit than what it counts: the two are not drawn over each other.
    let (form, comparable) = match rule(ctx, drawn, signal) {
        Some(Rule::Window { period_ms, aggregate, .. }) => {
            (Form::Bars(*period_ms), matches!(aggregate, Aggregate::Min | Aggregate::Max | Aggregate::Mean | Aggregate::TimeMean))
        }
        Some(rule) if rule.fills_window() => (Form::Bars(rule.pace_ms()), false),
        Some(_) | None => (Form::Step, true),
    };
    let words = ctx.words;
    let title = &crate::pages::choices::signal_name(signal);
    let (before, after) = (words.t("draw-original"), words.t(drawn.when.key()));
    let desc = words.ta("draw-chart", &[("n", Var::Count(u64::try_from(sent.len()).unwrap_or_default())), ("signal", Var::Text(title))]);
    let left = Series { tone: Tone::Sent, label: &after, form, samples: &sent };
    let was = Series { tone: Tone::Original, label: &before, form: Form::Step, samples: &original };
    let one = |series: &[Series<'_>], unit: &str| chart(words, &Chart { title, desc: &desc, unit, scale, series });
    match (original.is_empty(), comparable) {
        (true, true) => one(&[left], unit),
        (true, false) => one(&[left], ""),
        (false, true) => one(&[was, left], unit),
        (false, false) => html! { (one(&[left], "")) (one(&[was], unit)) },
    }
}

/// A number of seconds or a time as text is drawn nowhere; this keeps whole numbers readable in tables.
pub(crate) fn value_text(ctx: &Ctx, row: &SentValue) -> String {
    let words = ctx.words;
    if let Some(place) = place(row) {
        return format!("{}° / {}°", super::number(words, place.lat, 5), super::number(words, place.lon, 5));
    }
    match &row.value {
        serde_json::Value::Bool(flag) => words.t(if *flag { "draw-yes" } else { "draw-no" }),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => super::number(words, float(whole), 0),
            None => super::number(words, number.as_f64().unwrap_or_default(), 6),
        },
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => row.value.to_string(),
    }
}
