//! A2: the attacker who knows the rule and its parameters, though not what the car drew.
//!
//! Each end of a trip says by a density how likely home, or the centre of its zone, lies where. A place is scored by the sum of
//! log(1 + density / λ) with λ = 0.2 / (π reach²), so that many ends that agree win over one that is sure. The best place is a
//! guess; the ends that it explains are dropped, and the search goes on.

use super::attack::GUESSES;
use super::geo::{Point, centre, metres};
use super::protect::{Left, Place, Protection};
use consent_core::Rule;
use consent_core::track::{SHIFT_M, ZONE_M};
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::{PI, TAU};

/// Steps of the lattice in a reach.
const STEPS: i32 = 40;
/// A place leaves a zone so near to its edge, metres.
const RING_M: f64 = 30.0;
/// How fast a car gets from home to the edge of its cell, metres a second, and the spread of its logarithm.
const AWAY_M_S: f64 = 5.0;
const AWAY_SPREAD: f64 = 0.8;
/// Places this near to the best score are as good.
const PLATEAU: f64 = 0.1;
/// A heading is taken over so many metres.
const HEADING_M: f64 = 50.0;

/// Guesses of where the car lives; none for rules that A2 has no model of.
pub fn a2(left: &[Left], protection: &Protection) -> Option<Vec<Point>> {
    let (reach_m, model): (f64, Model) = if let Rule::Grid { cell_m, .. } = protection.rule {
        (f64::from(cell_m), in_cell)
    } else if let Rule::Track { cell_m: 0, .. } = protection.rule {
        (ZONE_M + RING_M, on_ring)
    } else {
        return None;
    };
    let backward = |trip: &Left| trip.places.iter().rev().copied().collect::<Vec<Place>>();
    let ways: Vec<Vec<Place>> = left.iter().filter(|trip| !trip.places.is_empty()).flat_map(|trip| [trip.places.clone(), backward(trip)]).collect();
    let starts: Vec<Point> = ways.iter().filter_map(|way| Some(way.first()?.at)).collect();
    // Where nothing left there is nothing to guess from: no hit, rather than no attack.
    let Some(origin) = centre(&starts) else { return Some(Vec::new()) };
    let step_m = reach_m / f64::from(STEPS);
    let lambda = 0.2 / (PI * (reach_m + if protection.rule.is_guarded() { SHIFT_M } else { 0.0 }).powi(2));
    let mut votes: Vec<Votes> = ways.iter().filter_map(|way| vote(way, origin, step_m, lambda, model)).collect();
    let mut guesses = Vec::new();
    while guesses.len() < GUESSES && !votes.is_empty() {
        let mut scores = Votes::new();
        votes.iter().flatten().for_each(|(at, score)| *scores.entry(*at).or_default() += score);
        let top = plateau(&scores);
        if top.is_empty() {
            break;
        }
        let points: Vec<Point> = top.iter().map(|(north, east)| moved(origin, f64::from(*north) * step_m, f64::from(*east) * step_m)).collect();
        guesses.extend(centre(&points));
        votes.retain(|vote| !top.iter().any(|at| vote.contains_key(at)));
    }
    Some(guesses)
}

/// The best place, with what around it is as good and hangs together with it.
fn plateau(scores: &Votes) -> Vec<(i32, i32)> {
    let Some((best, most)) = scores.iter().max_by(|one, other| one.1.total_cmp(other.1)) else { return Vec::new() };
    let (mut found, mut waiting) = (BTreeSet::new(), vec![*best]);
    while let Some((north, east)) = waiting.pop() {
        let is_top = scores.get(&(north, east)).is_some_and(|score| *score >= most - PLATEAU);
        if is_top && found.insert((north, east)) {
            let around = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)];
            waiting.extend(around.map(|(up, right)| (north.saturating_add(up), east.saturating_add(right))));
        }
    }
    found.into_iter().collect()
}

/// What one end of a trip adds to the score of lattice points, by steps north and east of the origin.
type Votes = BTreeMap<(i32, i32), f64>;
/// Weight of a place so many metres north and east of where a way begins; the way leads away from the place that is looked for.
type Model = fn(way: &[Place], (f64, f64)) -> f64;

fn vote(way: &[Place], origin: Point, step_m: f64, lambda: f64, model: Model) -> Option<Votes> {
    let start = way.first()?.at;
    let (north_m, east_m) = offset(origin, start);
    let (row, column) = (whole(north_m / step_m), whole(east_m / step_m));
    let mut weights = Votes::new();
    for north in -STEPS..=STEPS {
        for east in -STEPS..=STEPS {
            let at = (row.saturating_add(north), column.saturating_add(east));
            let weight = model(way, (f64::from(at.0) * step_m - north_m, f64::from(at.1) * step_m - east_m));
            if weight > 0.0 {
                weights.insert(at, weight);
            }
        }
    }
    let mass = weights.values().sum::<f64>() * step_m * step_m;
    for weight in weights.values_mut() {
        *weight = (1.0 + *weight / mass / lambda).ln();
    }
    Some(weights)
}

/// The zone's centre lies on a ring around the first place that left, rather behind the car than before it.
fn on_ring(way: &[Place], (north_m, east_m): (f64, f64)) -> f64 {
    if (north_m.hypot(east_m) - ZONE_M).abs() > RING_M {
        return 0.0;
    }
    let Some((from, to)) = way.first().and_then(|from| Some((from, way.iter().find(|place| metres(from.at, place.at) >= HEADING_M)?))) else { return 1.0 };
    let (ahead_north_m, ahead_east_m) = offset(from.at, to.at);
    let turn = (-ahead_north_m * north_m - ahead_east_m * east_m) / (ahead_north_m.hypot(ahead_east_m) * north_m.hypot(east_m)).max(1.0);
    (turn - 1.0).exp()
}

/// Home lies in the first cell, as far from the edge that was crossed as the time until then makes likely.
fn in_cell(way: &[Place], (north_m, east_m): (f64, f64)) -> f64 {
    let Some((first, next)) = way.first().and_then(|first| Some((first, way.iter().find(|place| metres(first.at, place.at) > 1.0)?))) else { return 1.0 };
    let (to_north_m, to_east_m) = offset(first.at, next.at);
    let half_m = to_north_m.abs().max(to_east_m.abs()) / 2.0;
    if north_m.abs() > half_m || east_m.abs() > half_m {
        return 0.0;
    }
    let along_m = if to_north_m.abs() >= to_east_m.abs() { north_m * to_north_m.signum() } else { east_m * to_east_m.signum() };
    let seconds = seconds(first.t_ms, next.t_ms).max(1.0);
    log_normal((half_m - along_m).max(1.0), AWAY_M_S * seconds, AWAY_SPREAD)
}

fn log_normal(value: f64, median: f64, spread: f64) -> f64 {
    let away = (value / median).ln() / spread;
    (-away * away / 2.0).exp() / (value * spread * TAU.sqrt())
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "a trip's length in milliseconds is exact")]
fn seconds(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.abs_diff(from_ms) as f64 / 1_000.0
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "saturates; a lattice of so many steps is none")]
fn whole(steps: f64) -> i32 {
    steps.round() as i32
}

/// Metres north and east.
fn offset(from: Point, to: Point) -> (f64, f64) {
    let north_m = metres(from, Point { lat_deg: to.lat_deg, ..from }) * (to.lat_deg - from.lat_deg).signum();
    let turn = to.lon_deg - from.lon_deg;
    let east_deg = turn - 360.0 * (turn / 360.0).round();
    (north_m, metres(Point { lat_deg: to.lat_deg, ..from }, to) * east_deg.signum())
}

fn moved(from: Point, north_m: f64, east_m: f64) -> Point {
    let degree_m = metres(from, Point { lat_deg: from.lat_deg - 1.0_f64.copysign(from.lat_deg), ..from });
    let lat_deg = from.lat_deg + north_m / degree_m;
    Point { lat_deg, lon_deg: from.lon_deg + east_m / (degree_m * lat_deg.to_radians().cos()).max(1.0) }
}

#[cfg(test)]
mod tests {
    use super::super::protect::Place;
    use super::*;
    use consent_core::{Guard, Slices};

    #[test]
    fn a_zone_that_many_trips_leave_gives_its_centre_away() {
        let zone = Point { lat_deg: 50.0, lon_deg: 8.0 };
        let trip = |angle: f64| {
            let at = |away_m: f64| moved(zone, away_m * angle.cos(), away_m * angle.sin());
            let places =
                (0..6_usize).map(|step| Place { t_ms: 0, at: at(1_000.0 + super::super::geo::number(step) * 100.0), source: step, slice: 0 }).collect();
            Left { places, passed: Vec::new() }
        };
        let left: Vec<Left> = [0.1, 1.5, 2.9, 4.4, 5.6].map(trip).into();
        let rule = Rule::Track { cell_m: 0, raster_ms: 1_000, guard: Guard::ZonesAndClip, slices: Slices::Whole };
        let guesses = a2(&left, &Protection { name: String::new(), rule }).unwrap();
        assert!(metres(guesses[0], zone) < 60.0, "{} m", metres(guesses[0], zone));
    }

    #[test]
    fn the_time_to_the_edge_of_a_cell_tells_how_far_home_is_from_it() {
        let at = |north_m: f64| moved(Point { lat_deg: 50.0, lon_deg: 8.0 }, north_m, 0.0);
        let trip = Left {
            places: vec![Place { t_ms: 0, at: at(0.0), source: 0, slice: 0 }, Place { t_ms: 60_000, at: at(2_000.0), source: 1, slice: 0 }],
            passed: Vec::new(),
        };
        let guesses = a2(&[trip], &Protection { name: String::new(), rule: Rule::Grid { cell_m: 2_000, raster_ms: 1_000 } }).unwrap();
        assert!(guesses.iter().any(|guess| (400.0..1_000.0).contains(&offset(at(0.0), *guess).0)), "{guesses:?}");
    }
}
