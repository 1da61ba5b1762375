//! What rules cost whoever is to use a series: how far off a trip's length, its hard braking and its consumption come out.
//!
//! Length and consumption are what the rows sum up to against what the car sums up at every value; a trip of which nothing left is off by
//! all of it. Hard braking is counted on board at every value and, as a recipient would, from the rows.

use super::cost::median;
use super::read::{Fleet, Trip};
use super::series::{self, Drive, Kind, Row, Series};
use super::told::{length_m, segments};
use consent_core::{Aggregate, Rule};
use serde::Serialize;

/// From here on braking is hard, m/s².
const HARD_M_S2: f64 = -3.0;

/// What a series costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Useful {
    /// What it is called.
    pub name: String,
    /// Trips that were compared.
    pub trips: usize,
    /// Median error of a trip's length, as a share; none where no row tells it.
    pub distance_error: Option<f64>,
    /// Hard braking, on board and from the rows; none where no row tells it.
    pub braking: Option<(u32, u32)>,
    /// Median error of a trip's litres for 100 km, as a share; none without fuel, in the series or in the tracks.
    pub consumption_error: Option<f64>,
    /// Trips with fuel that were compared.
    pub consumption_trips: usize,
}

/// Measures all series that have something to use.
pub(super) fn measure(fleet: &Fleet, series: &[Series], seed: u64) -> Vec<Useful> {
    series.iter().map(|series| of_series(fleet, series, seed)).filter(|useful| useful.distance_error.is_some() || useful.braking.is_some()).collect()
}

fn of_series(fleet: &Fleet, series: &Series, seed: u64) -> Useful {
    let (mut distances, mut consumptions) = (Vec::new(), Vec::new());
    let (mut on_board, mut from_rows, mut tells_braking) = (0_u32, 0_u32, false);
    let mut trips = 0_usize;
    for car in &fleet.cars {
        for (trip, rows) in car.trips.iter().zip(series::apply(car, series, seed)) {
            trips = trips.saturating_add(1);
            let drive = Drive::of(trip, 0.0);
            let true_m = drive.way_m.last().copied().unwrap_or_default();
            if let Some(way_m) = summed(series, &rows, &[Kind::Speed, Kind::Odometer, Kind::TripMeter]).filter(|_| true_m > 0.0) {
                distances.push((way_m - true_m).abs() / true_m);
                let litres = summed(series, &rows, &[Kind::Fuel]).zip(litres(trip));
                consumptions.extend(litres.filter(|(_, litres)| *litres > 0.0).map(|(seen, litres)| (seen / way_m.max(1.0) * true_m / litres - 1.0).abs()));
            }
            on_board = on_board.saturating_add(falls(&drive.longitudinal));
            if let Some(count) = braking(series, &rows) {
                (from_rows, tells_braking) = (from_rows.saturating_add(count), true);
            }
        }
    }
    Useful {
        name: series.name.clone(),
        trips,
        distance_error: median(&mut distances),
        braking: tells_braking.then_some((on_board, from_rows)),
        consumption_trips: consumptions.len(),
        consumption_error: median(&mut consumptions),
    }
}

/// What the rows of a trip sum up to; none if no signal of the series tells it.
fn summed(series: &Series, rows: &[Row], kinds: &[Kind]) -> Option<f64> {
    let of_part = |part: usize| segments(series, part, &rows.iter().filter(|row| row.part == part).collect::<Vec<_>>());
    let told = series.parts.iter().enumerate().filter(|(_, part)| kinds.contains(&part.kind) && tells(&part.rule));
    told.map(|(part, _)| of_part(part)).max_by_key(Vec::len).map(|segments| length_m(&segments))
}

fn tells(rule: &Rule) -> bool {
    match rule {
        Rule::Window { aggregate, .. } => !aggregate.counts(),
        Rule::AsIs | Rule::RateCap { .. } | Rule::Round { .. } | Rule::Level { .. } | Rule::Noise { .. } => true,
        Rule::Drop
        | Rule::Grid { .. }
        | Rule::Histogram { .. }
        | Rule::Score { .. }
        | Rule::Track { .. }
        | Rule::Event { .. }
        | Rule::Moved { .. }
        | Rule::Path { .. } => false,
    }
}

/// Litres of a trip, where every fix says how much flows.
fn litres(trip: &Trip) -> Option<f64> {
    let mut sum = 0.0;
    for (from, to) in trip.fixes.iter().zip(trip.fixes.iter().skip(1)) {
        sum += from.fuel_l_h?.midpoint(to.fuel_l_h?) / 3_600.0 * super::geo::seconds(from.t_ms, to.t_ms);
    }
    Some(sum)
}

/// How often a recipient counts hard braking: what was counted on board, or where speeds fall.
fn braking(series: &Series, rows: &[Row]) -> Option<u32> {
    for (at, part) in series.parts.iter().enumerate() {
        let of_part = || rows.iter().filter(move |row| row.part == at);
        match (part.kind, part.rule) {
            (Kind::Longitudinal, Rule::Window { aggregate: Aggregate::DropsBelow, .. }) => {
                let counts = of_part().filter_map(|row| row.numbers.first());
                return Some(counts.fold(0, |sum, count| sum.saturating_add(whole(*count))));
            }
            (Kind::Speed, rule) if tells(&rule) => {
                let speeds: Vec<(i64, f64)> = of_part().filter_map(|row| Some((row.t_ms, *row.numbers.first()?))).collect();
                let change = |((from_ms, from), (to_ms, to)): (&(i64, f64), &(i64, f64))| (to - from) / 3.6 / super::geo::seconds(*from_ms, *to_ms).max(0.1);
                return Some(falls(&speeds.iter().zip(speeds.iter().skip(1)).map(change).collect::<Vec<_>>()));
            }
            _ => {}
        }
    }
    None
}

/// How often a value fell below [`HARD_M_S2`] after having been at or above it.
fn falls(values: &[f64]) -> u32 {
    let begins = values.iter().zip(values.iter().skip(1)).filter(|(before, now)| **before >= HARD_M_S2 && **now < HARD_M_S2).count();
    u32::try_from(begins).unwrap_or(u32::MAX)
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; a count is no more")]
fn whole(count: f64) -> u32 {
    count as u32
}
