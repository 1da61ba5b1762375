//! Precision by picture: the person's last trip as the recipient would see it at each tier, small, all tiers in one frame.
//!
//! Positions on a grid are drawn as cells, other positions as a line, numbers as bars. Where no trip is in memory an example
//! is drawn by the rules of the tier, and marked as one.

use crate::ctx::Ctx;
use crate::model::requests::RequestView;
use crate::words::{Var, Words};
use consent_core::sample::Fix;
use consent_core::{Leaves, Rule};
use consent_gatekeeper::show::{Pictures, SentValue};
use consent_protocol::catalog::{FixPart, TierDef, Use};
use maud::{Markup, html};

/// Size of a picture.
const WIDTH: f64 = 200.0;
const HEIGHT: f64 = 112.0;
const MARGIN: f64 = 8.0;
/// Bars or points drawn at most.
const DRAWN_MAX: usize = 24;
const DEGREE_M: f64 = 110_574.0;

/// What one tier shows.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    /// Latitude and longitude, and the edge of the cell in metres (0: the very place).
    places: Vec<(f64, f64)>,
    cell_m: f64,
    bars: Vec<f64>,
    values: usize,
}

/// Whose trip is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trip {
    Last,
    Example,
}

/// A picture for each tier of a request, coarsest first.
pub(in crate::pages) fn tiers(ctx: &Ctx, view: &RequestView, pictures: &Pictures) -> Vec<Markup> {
    let Some(used) = ctx.used(&view.use_id) else { return Vec::new() };
    let trip = if pictures.held { Trip::Last } else { Trip::Example };
    let seen: Vec<Seen> = used
        .tiers
        .iter()
        .enumerate()
        .map(|(at, tier)| match trip {
            Trip::Last => pictures.tiers.iter().find(|picture| usize::from(picture.tier) == at).map(|picture| of_rows(&picture.rows, tier)).unwrap_or_default(),
            Trip::Example => example(ctx, used, tier),
        })
        .collect();
    let frame = Frame::around(&seen);
    let most = seen.iter().flat_map(|seen| &seen.bars).fold(0.0_f64, |most, bar| most.max(bar.abs()));
    seen.iter().map(|seen| drawn(seen, frame, most, trip, ctx.words)).collect()
}

fn of_rows(rows: &[SentValue], tier: &TierDef) -> Seen {
    let place = |row: &SentValue| Some((row.value.get("lat")?.as_f64()?, row.value.get("lon")?.as_f64()?));
    let places: Vec<(f64, f64)> = rows.iter().filter_map(place).collect();
    let number = |row: &SentValue| row.value.as_f64().or_else(|| row.value.as_bool().map(|on| if on { 1.0 } else { 0.0 }));
    // Of the signal of which most is left.
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for row in rows.iter().filter(|row| number(row).is_some()) {
        let count = counts.entry(row.signal.as_str()).or_default();
        *count = count.saturating_add(1);
    }
    let chosen = counts.iter().max_by_key(|(_, count)| **count).map(|(signal, _)| *signal);
    let bars = rows.iter().filter(|row| Some(row.signal.as_str()) == chosen).filter_map(number).collect();
    Seen { places, cell_m: cell_m(tier), bars, values: rows.len() }
}

fn cell_m(tier: &TierDef) -> f64 {
    tier.rules.iter().find_map(|rule| rule.rule.cell_m()).map_or(0.0, f64::from)
}

/// Half an hour of an invented drive, as a tier would let it through: a fix and a number every ten seconds.
fn example(ctx: &Ctx, used: &Use, tier: &TierDef) -> Seen {
    let signals = ctx.catalog.as_ref().map(|catalog| catalog.catalog.signals.as_slice()).unwrap_or_default();
    let is_place = |signal: u16| signals.get(usize::from(signal)).is_some_and(|signal| matches!(signal.fix, Some(FixPart::Latitude | FixPart::Longitude)));
    let place = tier.rules.iter().find(|rule| used.signals.contains(&rule.signal) && is_place(rule.signal));
    let number = tier.rules.iter().find(|rule| !is_place(rule.signal) && rule.rule != Rule::Drop);
    let mut seen = Seen { cell_m: cell_m(tier), ..Seen::default() };
    if let Some(rule) = place {
        seen.places = (0..180).step_by(step_of(&rule.rule)).filter_map(|at| snapped(&rule.rule, drive(f64::from(at)))).collect();
    }
    if let Some(rule) = number {
        let values: Vec<f64> = (0..180).map(|at| wave(f64::from(at))).collect();
        seen.bars = values.chunks(step_of(&rule.rule)).map(|chunk| summed(&rule.rule, chunk)).collect();
    }
    seen.values = seen.places.len().saturating_add(seen.bars.len());
    seen
}

/// How many ten-second steps of the example lie between two values.
fn step_of(rule: &Rule) -> usize {
    usize::try_from(rule.pace_ms() / 10_000).unwrap_or(1).clamp(1, 180)
}

fn snapped(rule: &Rule, fix: Fix) -> Option<(f64, f64)> {
    let fix = match (rule.leaves(), rule.cell_m()) {
        (Leaves::Nothing | Leaves::Aggregate, _) => return None,
        (_, Some(cell_m)) => consent_core::grid::snap(&fix, cell_m)?,
        (_, None) => fix,
    };
    Some((fix.lat_deg, fix.lon_deg))
}

/// A bend through an invented country: about 40 km.
fn drive(at: f64) -> Fix {
    let turn = at / 180.0;
    Fix {
        lat_deg: 50.02 + 0.16 * turn + 0.035 * (turn * 9.0).sin(),
        lon_deg: 10.03 + 0.42 * turn + 0.03 * (turn * 7.0).cos(),
        alt_m: None,
        heading_deg: None,
        accuracy_m: None,
    }
}

fn wave(at: f64) -> f64 {
    60.0 + 24.0 * (at / 11.0).sin() + 12.0 * (at / 3.7).sin()
}

/// A chunk of the example as a rule leaves it; rounded coarsely where the rule rounds.
fn summed(rule: &Rule, chunk: &[f64]) -> f64 {
    let count = u32::try_from(chunk.len()).map_or(1.0, f64::from).max(1.0);
    match rule.leaves() {
        Leaves::Aggregate => chunk.iter().sum::<f64>() / count,
        Leaves::Coarse => (chunk.first().copied().unwrap_or_default() / 20.0).round() * 20.0,
        Leaves::Nothing | Leaves::Capped | Leaves::All => chunk.first().copied().unwrap_or_default(),
    }
}

/// What all pictures show of the world, in degrees, and how large a degree is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Frame {
    north: f64,
    west: f64,
    scale: f64,
    /// Width of a degree of longitude by one of latitude.
    narrow: f64,
    left: f64,
    top: f64,
}

impl Frame {
    fn around(seen: &[Seen]) -> Option<Self> {
        let places = || seen.iter().flat_map(|seen| seen.places.iter().map(|place| (*place, seen.cell_m / 2.0 / DEGREE_M)));
        let (first, _) = places().next()?;
        let narrow = first.0.to_radians().cos().max(0.05);
        let edge = |start: f64, pick: fn(f64, f64) -> f64, at: fn((f64, f64), f64, f64) -> f64| {
            places().fold(start, |edge, (place, half)| pick(edge, at(place, half, narrow)))
        };
        let north = edge(f64::MIN, f64::max, |place, half, _| place.0 + half);
        let south = edge(f64::MAX, f64::min, |place, half, _| place.0 - half);
        let east = edge(f64::MIN, f64::max, |place, half, narrow| place.1 + half / narrow);
        let west = edge(f64::MAX, f64::min, |place, half, narrow| place.1 - half / narrow);
        let (width, height) = (((east - west) * narrow).max(1e-4), (north - south).max(1e-4));
        let scale = ((WIDTH - 2.0 * MARGIN) / width).min((HEIGHT - 2.0 * MARGIN) / height);
        let (left, top) = ((WIDTH - width * scale) / 2.0, (HEIGHT - height * scale) / 2.0);
        Some(Self { north, west, scale, narrow, left, top })
    }

    fn x(&self, lon: f64) -> f64 {
        self.left + (lon - self.west) * self.narrow * self.scale
    }

    fn y(&self, lat: f64) -> f64 {
        self.top + (self.north - lat) * self.scale
    }
}

fn drawn(seen: &Seen, frame: Option<Frame>, most: f64, trip: Trip, words: Words) -> Markup {
    let alt = if seen.places.is_empty() { "requests-picture-bars" } else { "requests-picture-track" };
    let count = u64::try_from(seen.values).unwrap_or(u64::MAX);
    let values = if count == 0 { words.t("requests-picture-none") } else { words.ta("requests-picture-values", &[("n", Var::Count(count))]) };
    html! {
        svg.tier viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(words.t(alt)) {
            @match frame.filter(|_| !seen.places.is_empty()) {
                Some(frame) => { (track(seen, frame)) }
                None => { (bars(seen, most)) }
            }
        }
        small { (values) ", " (words.t(match trip { Trip::Last => "requests-picture-held", Trip::Example => "requests-picture-example" })) }
    }
}

fn track(seen: &Seen, frame: Frame) -> Markup {
    let points: Vec<String> = seen.places.iter().map(|place| format!("{},{}", tenth(frame.x(place.1)), tenth(frame.y(place.0)))).collect();
    let side = seen.cell_m / DEGREE_M * frame.scale;
    let mut cells = seen.places.clone();
    cells.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    cells.dedup();
    html! {
        @if seen.cell_m > 0.0 {
            @for place in cells.iter().take(400) {
                rect.cell x=(tenth(frame.x(place.1) - side / 2.0)) y=(tenth(frame.y(place.0) - side / 2.0)) width=(tenth(side)) height=(tenth(side)) {}
            }
        } @else if let [only] = points.as_slice() {
            @let (x, y) = only.split_once(',').unwrap_or_default();
            circle.spot cx=(x) cy=(y) r="6" {}
        } @else {
            polyline.line points=(points.join(" ")) {}
        }
    }
}

fn bars(seen: &Seen, most: f64) -> Markup {
    let stride = seen.bars.len().div_ceil(DRAWN_MAX).max(1);
    let drawn: Vec<f64> = seen.bars.iter().step_by(stride).copied().collect();
    let count = u32::try_from(drawn.len()).map_or(1.0, f64::from).max(1.0);
    let pitch = ((WIDTH - 2.0 * MARGIN) / count).min(40.0);
    let height = |bar: f64| if most > 0.0 { (bar.abs() / most * (HEIGHT - 2.0 * MARGIN)).max(2.0) } else { 2.0 };
    html! {
        @for (at, bar) in (0_u32..).zip(&drawn) {
            rect.bar-value x=(tenth(MARGIN + f64::from(at) * pitch)) y=(tenth(HEIGHT - MARGIN - height(*bar))) width=(tenth(pitch * 0.7)) height=(tenth(height(*bar))) {}
        }
        path.axis d={ "M" (MARGIN) "," (HEIGHT - MARGIN) "H" (WIDTH - MARGIN) } {}
    }
}

/// A coordinate, to a tenth.
fn tenth(value: f64) -> String {
    format!("{:.1}", if value.is_finite() { value } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(cell_m: u32) -> Rule {
        Rule::Grid { cell_m, raster_ms: 60_000 }
    }

    fn seen(cell_m: u32) -> Seen {
        let places = (0..180).step_by(6).filter_map(|at| snapped(&grid(cell_m), drive(f64::from(at)))).collect();
        Seen { places, cell_m: f64::from(cell_m), ..Seen::default() }
    }

    #[test]
    fn a_finer_tier_shows_more_and_smaller_cells_in_the_same_frame() {
        let tiers = [seen(20_000), seen(5_000), seen(2_000)];
        let frame = Frame::around(&tiers).unwrap();
        let cells: Vec<usize> = tiers.iter().map(|seen| track(seen, frame).0.matches("<rect").count()).collect();
        assert!(cells[0] < cells[1] && cells[1] < cells[2], "{cells:?}");
        for seen in &tiers {
            for place in &seen.places {
                assert!((0.0..=WIDTH).contains(&frame.x(place.1)) && (0.0..=HEIGHT).contains(&frame.y(place.0)));
            }
        }
    }

    #[test]
    fn whatever_the_values_are_a_picture_comes_out() {
        for bars in [vec![], vec![f64::NAN], vec![0.0; 10_000], vec![-5.0, 5.0]] {
            let seen = Seen { values: bars.len(), bars, ..Seen::default() };
            let markup = super::bars(&seen, 5.0).0;
            assert!(markup.matches("<rect").count() <= DRAWN_MAX && !markup.contains("NaN"), "{markup}");
        }
        let pole = Seen { places: vec![(90.0, 0.0), (90.0, 179.0)], ..Seen::default() };
        let markup = track(&pole, Frame::around(std::slice::from_ref(&pole)).unwrap()).0;
        assert!(markup.contains("polyline") && !markup.contains("NaN") && !markup.contains("inf"));
    }
}
