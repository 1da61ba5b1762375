//! A5: is it seen from a series without position which of the car's routes a trip took?
//!
//! The attacker holds the car's other trips in full, and has of one trip what left. The other trip that is nearest to it is the guess; it
//! is right if it took the same route: both ends within `SAME_ENDS_M`, and `SAME_SHARE` of either way within `SAME_WAY_M` of the
//! other. Only trips with another one of the same route are asked. Others that are equally near share the guess, so that an attacker who
//! learned nothing is right as often as chance.
//!
//! What counts as the same route was read so that it gives the study's number of trips and chance on its own cars, before any rule of the
//! project was measured.

use super::Twice;
use super::alike::{ATTACKS, Attack, Made, Pair, Shape, nearest, segments_of, shape_of, spreads};
use super::attack::every_step;
use super::bound::{mean, upper95};
use super::geo::{Point, metres, number, seconds};
use super::read::{Car, Fleet, Trip};
use super::series::{self, Kind, Located, Row, Series};
use super::told::segments;
use serde::Serialize;

/// Ends of the same route are this near to each other, metres.
const SAME_ENDS_M: f64 = 500.0;
/// Such a share of each way lies near the other.
const SAME_SHARE: f64 = 0.8;
/// So near, metres.
const SAME_WAY_M: f64 = 100.0;
/// A use fails whose route is found this much more often than by chance.
pub const ABOVE_CHANCE: f64 = 0.10;

/// What was found of routes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Routes {
    /// Trips of which another one of the same car took the same route.
    pub n: u32,
    /// Cars that they are of.
    pub cars: u32,
    /// How often a guess at random is right.
    pub chance: f64,
    /// Rules.
    pub rows: Vec<RouteRow>,
    /// Uses without location consent that fail, and by what.
    pub failing: Vec<String>,
}

/// One rule or use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RouteRow {
    /// What it is called.
    pub name: String,
    /// Consent to location; none for what no rule lets out: one row for a trip.
    pub located: Option<Located>,
    /// Its signals, and of how many the values are known from the tracks.
    pub signals: usize,
    /// Of so many the values are known.
    pub known: usize,
    /// Rows of a trip, in the mean.
    pub rows_per_trip: f64,
    /// What attackers found.
    pub attacks: Vec<Found>,
}

/// How often an attacker was right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// Which.
    pub attack: &'static str,
    /// Share of trips.
    pub share: f64,
    /// Trips.
    pub n: u32,
    /// Bound over trips; those of one car are not independent, so that it is rather too low.
    pub upper95: f64,
}

impl RouteRow {
    /// The attacker that found most.
    pub fn worst(&self) -> Option<&Found> {
        self.attacks.iter().max_by(|one, other| one.share.total_cmp(&other.share))
    }
}

/// Which trips of a car are asked, and which others took the same route.
struct Asked {
    trip: usize,
    /// For each other trip that is a candidate, whether it is right.
    others: Vec<(usize, bool)>,
}

/// Measures all series on all cars.
pub fn measure(fleet: &Fleet, series: &[Series], twice: Twice, seed: u64) -> Routes {
    let asked: Vec<(&Car, Vec<Asked>)> = fleet.cars.iter().map(|car| (car, asked(car, twice))).collect();
    let trips = || asked.iter().flat_map(|(_, asked)| asked);
    let chances: Vec<f64> = trips().map(|asked| mean(&asked.others.iter().map(|(_, right)| if *right { 1.0 } else { 0.0 }).collect::<Vec<_>>())).collect();
    let chance = mean(&chances);
    let raw: Vec<Vec<Shape>> = fleet.cars.iter().map(|car| car.trips.iter().map(|trip| shape_of(&segments_of(&series::raw_speed(trip)))).collect()).collect();
    let mut rows: Vec<RouteRow> = series.iter().map(|series| of_series(&asked, &raw, series, seed)).collect();
    rows.extend(summaries().into_iter().map(|(name, summary)| of_summary(&asked, &raw, name, summary)));
    let failing = rows.iter().filter(|row| row.located == Some(Located::Without)).filter_map(|row| fails(row, chance)).collect();
    let cars = asked.iter().filter(|(_, asked)| !asked.is_empty()).count();
    Routes { n: count(trips().count()), cars: count(cars), chance, rows, failing }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

fn fails(row: &RouteRow, chance: f64) -> Option<String> {
    let above: Vec<String> = row
        .attacks
        .iter()
        .filter(|found| found.share > chance + ABOVE_CHANCE + 1e-9)
        .map(|found| format!("{} {:.0}", found.attack, found.share * 100.0))
        .collect();
    (!above.is_empty()).then(|| format!("{} ({})", row.name, above.join(", ")))
}

fn asked(car: &Car, twice: Twice) -> Vec<Asked> {
    let tracks: Vec<Vec<Point>> = car.trips.iter().map(every_step).collect();
    let of = |(trip, this): (usize, &Trip)| {
        let candidates = car.trips.iter().enumerate().filter(|(at, other)| *at != trip && (twice == Twice::Kept || !this.overlaps(other)));
        let right = |at: usize, other: &Trip| same_ends(this, other) && tracks.get(trip).zip(tracks.get(at)).is_some_and(|(one, other)| same_way(one, other));
        let others: Vec<(usize, bool)> = candidates.map(|(at, other)| (at, right(at, other))).collect();
        others.iter().any(|(_, right)| *right).then_some(Asked { trip, others })
    };
    car.trips.iter().enumerate().filter_map(of).collect()
}

fn same_ends(one: &Trip, other: &Trip) -> bool {
    let near = |(from, to): (&super::read::Seen, &super::read::Seen)| metres(from.at, to.at) <= SAME_ENDS_M;
    one.fixes.first().zip(other.fixes.first()).is_some_and(near) && one.fixes.last().zip(other.fixes.last()).is_some_and(near)
}

fn same_way(one: &[Point], other: &[Point]) -> bool {
    let beside = |from: &[Point], to: &[Point]| {
        let near = from.iter().filter(|at| to.iter().any(|other| metres(**at, *other) <= SAME_WAY_M)).count();
        !from.is_empty() && number(near) >= SAME_SHARE * number(from.len())
    };
    beside(one, other) && beside(other, one)
}

fn of_series(asked: &[(&Car, Vec<Asked>)], raw: &[Vec<Shape>], series: &Series, seed: u64) -> RouteRow {
    let left: Vec<Vec<Vec<Row>>> = asked.iter().map(|(car, _)| series::apply(car, series, seed)).collect();
    let made: Vec<Vec<Made>> = left.iter().map(|trips| trips.iter().map(|rows| made_of(series, rows)).collect()).collect();
    let all: Vec<Vec<Row>> = left.into_iter().flatten().collect();
    let known = series.parts.iter().filter(|part| part.kind != Kind::Still).count();
    RouteRow {
        name: series.name.clone(),
        located: Some(series.located),
        signals: series.parts.len(),
        known,
        rows_per_trip: series::per_trip(&all),
        attacks: attack(asked, raw, &made),
    }
}

/// What one row for a trip would tell: no rule of the project lets it out.
#[derive(Clone, Copy)]
enum Summary {
    Length { step_m: f64 },
    Lasts,
    Begins,
    Bins,
}

fn summaries() -> [(&'static str, Summary); 6] {
    [
        ("one row a trip: length", Summary::Length { step_m: 1.0 }),
        ("one row a trip: length to 1 km", Summary::Length { step_m: 1_000.0 }),
        ("one row a trip: length to 5 km", Summary::Length { step_m: 5_000.0 }),
        ("one row a trip: how long it took", Summary::Lasts),
        ("one row a trip: seconds in bins of 20 km/h", Summary::Bins),
        ("one row a trip: when it began", Summary::Begins),
    ]
}

fn of_summary(asked: &[(&Car, Vec<Asked>)], raw: &[Vec<Shape>], name: &str, summary: Summary) -> RouteRow {
    let one = |numbers: Vec<f64>| Made { values: vec![vec![numbers]], ..Made::default() };
    let of_trip = |trip: &Trip| match summary {
        Summary::Length { step_m } => one(vec![(series::length_m(trip) / step_m).round() * step_m]),
        Summary::Lasts => one(vec![seconds(trip.span_ms().0, trip.span_ms().1)]),
        Summary::Begins => Made { stamps: Some((trip.span_ms().0, trip.span_ms().0)), ..Made::default() },
        Summary::Bins => one(bins(trip)),
    };
    let made: Vec<Vec<Made>> = asked.iter().map(|(car, _)| car.trips.iter().map(of_trip).collect()).collect();
    RouteRow { name: name.to_owned(), located: None, signals: 1, known: 1, rows_per_trip: 1.0, attacks: attack(asked, raw, &made) }
}

/// Seconds of a trip in bins of 20 km/h.
fn bins(trip: &Trip) -> Vec<f64> {
    let speeds = series::raw_speed(trip);
    let mut bins = vec![0.0; 8];
    for (from, to) in speeds.iter().zip(speeds.iter().skip(1)) {
        let at = (0_usize..7).find(|bin| from.1 < (number(*bin) + 1.0) * 20.0).unwrap_or(7);
        if let Some(bin) = bins.get_mut(at) {
            *bin += to.0 - from.0;
        }
    }
    bins
}

/// All attackers on all trips that are asked.
fn attack(asked: &[(&Car, Vec<Asked>)], raw: &[Vec<Shape>], made: &[Vec<Made>]) -> Vec<Found> {
    let of_all = |is: fn(&Made) -> bool| made.iter().flatten().any(is);
    let has_values = of_all(|made| made.values.iter().flatten().flatten().any(|number| *number != 0.0));
    let applies = |name: &str| match name {
        "shape" => of_all(|made| made.shape.is_some()),
        "values" | "sums" => has_values,
        _ => of_all(|made| made.stamps.is_some()),
    };
    let mut found = Vec::new();
    for (name, attack) in ATTACKS.into_iter().filter(|(name, _)| applies(name)) {
        let mut hits = Vec::new();
        for (((_, asked), raw), made) in asked.iter().zip(raw).zip(made) {
            let spreads = spreads(made);
            hits.extend(asked.iter().filter_map(|asked| guess(asked, attack, raw, made, &spreads)));
        }
        let n = count(hits.len());
        let sum: f64 = hits.iter().sum();
        found.push(Found { attack: name, share: mean(&hits), n, upper95: upper95(sum, n) });
    }
    found
}

/// How likely the guess is right: 1 or 0, or a share where several others are equally near.
fn guess(asked: &Asked, attack: Attack, raw: &[Shape], made: &[Made], spreads: &[f64]) -> Option<f64> {
    let this = made.get(asked.trip)?;
    let distance = |at: usize| Some(attack(&Pair { made: this, other: made.get(at)?, other_raw: raw.get(at)?, spreads }));
    let scored: Vec<(f64, bool)> = asked.others.iter().filter_map(|(at, right)| Some((distance(*at)?, *right))).collect();
    Some(nearest(&scored))
}

fn made_of(series: &Series, rows: &[Row]) -> Made {
    let of_part = |part: usize| rows.iter().filter(move |row| row.part == part);
    let stamps = rows.iter().map(|row| row.t_ms).min().zip(rows.iter().map(|row| row.t_ms).max());
    let values = (0..series.parts.len()).map(|part| of_part(part).map(|row| row.numbers.clone()).collect()).collect();
    let speeds = (0..series.parts.len()).filter(|part| series.parts.get(*part).is_some_and(|part| part.kind != Kind::Fuel));
    let segments = speeds.map(|part| segments(series, part, &of_part(part).collect::<Vec<_>>()));
    let best = segments.max_by_key(Vec::len).filter(|segments| !segments.is_empty());
    Made { values, stamps, shape: best.map(|segments| shape_of(&segments)) }
}
