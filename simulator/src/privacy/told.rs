//! What the rows of a series tell of speed, distance and fuel.

use super::geo::seconds;
use super::series::{Kind, Row, Series};
use consent_core::{Aggregate, Rule};

/// A stretch of time with its speeds at both ends: seconds, metres a second.
pub(super) type Segment = (f64, f64, f64);

/// Stretches that a signal's rows tell the speed of; none where they tell none.
pub(super) fn segments(series: &Series, part: usize, rows: &[&Row]) -> Vec<Segment> {
    let Some(part) = series.parts.get(part) else { return Vec::new() };
    let first = |row: &Row| row.numbers.first().copied().unwrap_or_default();
    let width_s = f64::from(part.rule.pace_ms()) / 1_000.0;
    // Metres, or litres, a second.
    let unit = if part.kind == Kind::Fuel { 3_600.0 } else { 3.6 };
    let steps = || rows.iter().zip(rows.iter().skip(1)).map(|(from, to)| (seconds(from.t_ms, to.t_ms), first(from), first(to)));
    match (part.kind, part.rule) {
        (Kind::Speed | Kind::Fuel, Rule::Window { aggregate: Aggregate::Mean | Aggregate::TimeMean | Aggregate::Min | Aggregate::Max, .. }) => {
            rows.iter().map(|row| (width_s, first(row) / unit, first(row) / unit)).collect()
        }
        (Kind::Speed | Kind::Fuel, Rule::AsIs | Rule::RateCap { .. } | Rule::Round { .. } | Rule::Level { .. } | Rule::Noise { .. }) => {
            steps().map(|(took_s, from, to)| (took_s, from / unit, to / unit)).collect()
        }
        (Kind::Odometer | Kind::TripMeter, Rule::Window { aggregate: Aggregate::Difference, .. }) => {
            rows.iter().map(|row| (width_s, first(row) * 1_000.0 / width_s, first(row) * 1_000.0 / width_s)).collect()
        }
        (Kind::Odometer | Kind::TripMeter, Rule::AsIs | Rule::RateCap { .. } | Rule::Round { .. } | Rule::Level { .. }) => {
            let speed = |(took_s, from, to): (f64, f64, f64)| if took_s > 0.0 { (to - from) * 1_000.0 / took_s } else { 0.0 };
            steps().map(|step| (step.0, speed(step), speed(step))).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a use's series tell the metres driven.
pub(super) fn tells_way(series: &Series) -> bool {
    let probe = |part: usize, t_ms: i64| Row { part, t_ms, numbers: vec![1.0] };
    (0..series.parts.len()).any(|part| {
        series.parts.get(part).is_some_and(|part| part.kind != Kind::Fuel) && !segments(series, part, &[&probe(part, 0), &probe(part, 1_000)]).is_empty()
    })
}

/// Metres driven since the first row, at the stamps of the rows of the signal that tells most.
pub(super) fn driven(series: &Series, rows: &[Row]) -> Vec<(i64, f64)> {
    let of_part = |part: usize| {
        let of: Vec<&Row> = rows.iter().filter(|row| row.part == part).collect();
        let segments = segments(series, part, &of);
        let mut sum_m = 0.0;
        let mut driven: Vec<(i64, f64)> = of
            .iter()
            .map(|row| row.t_ms)
            .zip(segments.iter().map(|(took_s, from, to)| {
                let before_m = sum_m;
                sum_m += took_s * from.midpoint(*to);
                before_m
            }))
            .collect();
        let width_ms = series.parts.get(part).map_or(0, |part| if part.rule.fills_window() { i64::from(part.rule.pace_ms()) } else { 0 });
        driven.extend(of.last().filter(|_| !segments.is_empty()).map(|last| (last.t_ms.saturating_add(width_ms), sum_m)));
        driven
    };
    let speeds = (0..series.parts.len()).filter(|part| series.parts.get(*part).is_some_and(|part| part.kind != Kind::Fuel));
    speeds.map(of_part).max_by_key(Vec::len).unwrap_or_default()
}

/// Metres, or litres, that stretches sum up to.
pub(super) fn length_m(segments: &[Segment]) -> f64 {
    segments.iter().map(|(took_s, from, to)| took_s * from.midpoint(*to)).sum()
}
