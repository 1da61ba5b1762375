//! A4 and A3: is it seen which trips are of one car, and is a trip alone among all with a few of its points?
//!
//! A4 takes a trip as if it came under a name of its own, and guesses that the nearest other trip is of the same car: nearest by ends (the
//! two ends that are nearest), by time of day, or by style (apparent speed: mean, spread, change, 90th percentile). Only cars in one crowd
//! are asked, that come within `CROWD_M` of each other; elsewhere the place alone says whose trip it is. Where a track leaves in slices,
//! the attacker looks for the next one of the same car: the one that starts nearest to where the car would be at 0.7 of its speed, 30 to
//! 310 s later; once as driven, once with all traffic folded into two hours.
//!
//! A3 draws four different points of what left of a trip: it is unique if no other trip has them all.
//!
//! INVARIANT: chance is reckoned over the same trips and the same candidates as the attack.

use super::Twice;
use super::alike::{nearest, of_day};
use super::bound::{mean, upper95};
use super::geo::{Point, metres, offset, seconds};
use super::protect::{Left, Place};
use super::read::{Car, Fleet, Trip};
use serde::Serialize;
use std::collections::BTreeSet;

/// Cars that come so near to each other are one crowd, metres.
const CROWD_M: f64 = 50_000.0;
/// Every so many-th fix is looked at for it.
const CROWD_STEP: usize = 20;
/// A next slice begins so long after the end of one, seconds.
const NEXT_S: (f64, f64) = (30.0, 310.0);
/// Expected speed in a gap, as a share of the last one.
const NEXT_SPEED: f64 = 0.7;
/// Traffic is folded into so much time, milliseconds.
const FOLD_MS: i64 = 7_200_000;
/// Points that an attacker knows of a trip.
const POINTS: usize = 4;
/// So many draws of points for each trip.
const POINT_DRAWS: u64 = 8;
/// Cell where the rule has none, metres.
const POINT_CELL_M: f64 = 200.0;
const HOUR_MS: i64 = 3_600_000;
/// Metres of a degree north.
const DEGREE_M: f64 = 111_195.0;

/// How often something was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// What.
    pub attack: &'static str,
    /// How often, in the mean over draws.
    pub share: f64,
    /// How often a guess at random would be right; none where there is none.
    pub chance: Option<f64>,
    /// Trips or slices.
    pub n: u32,
    /// Bound over them; those of one car are not independent, so that it is rather too low.
    pub upper95: f64,
}

/// Links and unicity of one rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkRow {
    /// What it is called.
    pub name: String,
    /// A4: trips of one car.
    pub trips: Vec<Found>,
    /// A4: the next slice of a car.
    pub slices: Vec<Found>,
    /// A3: trips that are unique with four points.
    pub unique: Vec<Found>,
}

/// Adds up over draws.
#[derive(Debug, Default)]
pub struct Links {
    /// Of each attack, trip by trip and draw by draw: share of right guesses, and chance.
    trips: [Vec<(f64, f64)>; 3],
    slices: [Vec<(f64, f64)>; 2],
    unique: [Vec<(f64, f64)>; 3],
    draws: u32,
}

const TRIPS: [&str; 3] = ["ends", "hour", "style"];
const SLICES: [&str; 2] = ["next slice", "folded"];
const UNIQUE: [&str; 3] = ["place", "place and hour", "dated hour"];

/// A trip among all.
struct One<'a> {
    car: usize,
    crowd: Option<usize>,
    trip: &'a Trip,
    left: &'a [Place],
    /// Mean apparent speed, its spread, its change and its 90th percentile, each as a multiple of its mean over all trips.
    style: Option<[f64; 4]>,
}

impl One<'_> {
    /// Whether the attacker may not take the other one for it: itself, or the same drive recorded twice.
    fn is(&self, other: &Self, twice: Twice) -> bool {
        std::ptr::eq(self.trip, other.trip) || (twice == Twice::LeftOut && self.car == other.car && self.trip.overlaps(other.trip))
    }
}

/// Which crowd each car is in; none for a car that no other comes near.
pub fn crowds(fleet: &Fleet) -> Vec<Option<usize>> {
    let points = |car: &Car| car.trips.iter().flat_map(|trip| trip.fixes.iter().step_by(CROWD_STEP)).map(|seen| seen.at).collect::<Vec<Point>>();
    let all: Vec<Vec<Point>> = fleet.cars.iter().map(points).collect();
    let near = |one: &[Point], other: &[Point]| one.iter().any(|at| other.iter().any(|to| metres(*at, *to) <= CROWD_M));
    let mut crowd: Vec<usize> = (0..all.len()).collect();
    for (at, one) in all.iter().enumerate() {
        for (other_at, other) in all.iter().enumerate().take(at) {
            let (Some(mine), Some(theirs)) = (crowd.get(at).copied(), crowd.get(other_at).copied()) else { continue };
            if mine != theirs && near(one, other) {
                crowd.iter_mut().filter(|crowd| **crowd == mine).for_each(|crowd| *crowd = theirs);
            }
        }
    }
    crowd.iter().map(|of| Some(*of).filter(|of| crowd.iter().filter(|other| *other == of).count() > 1)).collect()
}

impl Links {
    /// What left of all cars in one draw.
    pub fn add(&mut self, fleet: &Fleet, crowds: &[Option<usize>], left: &[Vec<Left>], cell_m: f64, (twice, seed): (Twice, u64)) {
        let all = all(fleet, crowds, left);
        self.draws = self.draws.saturating_add(1);
        let distances: [fn(&One<'_>, &One<'_>) -> f64; 3] = [by_ends, by_hour, by_style];
        for (found, distance) in self.trips.iter_mut().zip(distances) {
            for one in all.iter().filter(|one| one.crowd.is_some()) {
                let others = all.iter().filter(|other| other.crowd == one.crowd && !one.is(other, twice));
                let scored: Vec<(f64, bool)> = others.map(|other| (distance(one, other), other.car == one.car)).collect();
                found.push((nearest(&scored), share(&scored)));
            }
        }
        let pieces: Vec<Piece> =
            left.iter().enumerate().flat_map(|(car, trips)| trips.iter().enumerate().flat_map(move |(trip, left)| pieces(car, trip, left))).collect();
        for (found, fold) in self.slices.iter_mut().zip([Fold::No, Fold::Yes]) {
            found.extend(pieces.iter().enumerate().filter_map(|piece| next(piece, &pieces, fold)));
        }
        for (found, time) in self.unique.iter_mut().zip([Time::None, Time::OfDay, Time::Dated]) {
            let sets: Vec<BTreeSet<Dot>> = all.iter().map(|one| one.left.iter().map(|place| dot(place, cell_m, time)).collect()).collect();
            for (at, (one, set)) in all.iter().zip(&sets).enumerate() {
                let others: Vec<&BTreeSet<Dot>> = all.iter().zip(&sets).filter(|(other, _)| !one.is(other, twice)).map(|(_, set)| set).collect();
                found.push((unique(set, &others, seed.wrapping_add(at.try_into().unwrap_or(u64::MAX).wrapping_mul(1_000_003))), 0.0));
            }
        }
    }

    /// What came of it.
    pub fn row(&self, name: &str) -> LinkRow {
        let found = |names: &[&'static str], all: &[Vec<(f64, f64)>], has_chance: Chance| {
            let one = |(attack, found): (&&'static str, &Vec<(f64, f64)>)| {
                let n = u32::try_from(found.len()).unwrap_or(u32::MAX) / self.draws.max(1);
                let share = mean(&found.iter().map(|(share, _)| *share).collect::<Vec<_>>());
                let chance = mean(&found.iter().map(|(_, chance)| *chance).collect::<Vec<_>>());
                let chance = match has_chance {
                    Chance::Known => Some(chance),
                    Chance::None => None,
                };
                (n > 0).then(|| Found { attack, share, chance, n, upper95: upper95(share * f64::from(n), n) })
            };
            names.iter().zip(all).filter_map(one).collect()
        };
        LinkRow {
            name: name.to_owned(),
            trips: found(&TRIPS, &self.trips, Chance::Known),
            slices: found(&SLICES, &self.slices, Chance::Known),
            unique: found(&UNIQUE, &self.unique, Chance::None),
        }
    }
}

#[derive(Clone, Copy)]
enum Chance {
    Known,
    None,
}

fn share(scored: &[(f64, bool)]) -> f64 {
    mean(&scored.iter().map(|(_, right)| if *right { 1.0 } else { 0.0 }).collect::<Vec<_>>())
}

fn all<'a>(fleet: &'a Fleet, crowds: &[Option<usize>], left: &'a [Vec<Left>]) -> Vec<One<'a>> {
    let mut all = Vec::new();
    for ((car, of), (crowd, left)) in fleet.cars.iter().enumerate().zip(crowds.iter().zip(left)) {
        all.extend(of.trips.iter().zip(left).map(|(trip, left)| One { car, crowd: *crowd, trip, left: &left.places, style: style(&left.places) }));
    }
    for at in 0..4 {
        let of = |one: &One<'_>| one.style.and_then(|style| style.get(at).copied());
        let middle = mean(&all.iter().filter_map(of).collect::<Vec<_>>());
        for feature in all.iter_mut().filter_map(|one| one.style.as_mut()?.get_mut(at)) {
            *feature /= middle.max(1e-9);
        }
    }
    all
}

fn style(places: &[Place]) -> Option<[f64; 4]> {
    let mut speeds: Vec<f64> = Vec::new();
    let mut changes: Vec<f64> = Vec::new();
    for (from, to) in places.iter().zip(places.iter().skip(1)).filter(|(from, to)| from.slice == to.slice && to.t_ms > from.t_ms) {
        let took_s = seconds(from.t_ms, to.t_ms);
        let speed = metres(from.at, to.at) / took_s;
        changes.extend(speeds.last().map(|before| (speed - before).abs() / took_s));
        speeds.push(speed);
    }
    let middle = mean(&speeds);
    let spread = mean(&speeds.iter().map(|speed| (speed - middle).abs()).collect::<Vec<_>>());
    speeds.sort_by(f64::total_cmp);
    Some([middle, spread, mean(&changes), speeds.get(speeds.len() * 9 / 10).copied()?])
}

fn by_ends(one: &One<'_>, other: &One<'_>) -> f64 {
    if one.left.is_empty() {
        return 0.0;
    }
    let other = ends(other.left);
    ends(one.left).iter().flatten().flat_map(|from| other.iter().flatten().map(|to| metres(from.at, to.at))).fold(f64::INFINITY, f64::min)
}

fn ends(places: &[Place]) -> [Option<&Place>; 2] {
    [places.first(), places.last()]
}

fn by_hour(one: &One<'_>, other: &One<'_>) -> f64 {
    match (one.left.first(), other.left.first()) {
        (Some(one), Some(other)) => of_day(one.t_ms, other.t_ms),
        (None, _) => 0.0,
        (Some(_), None) => f64::INFINITY,
    }
}

fn by_style(one: &One<'_>, other: &One<'_>) -> f64 {
    match (one.style, other.style) {
        (Some(one), Some(other)) => one.iter().zip(other).map(|(one, other)| (one - other).abs()).sum(),
        (None, _) => 0.0,
        (Some(_), None) => f64::INFINITY,
    }
}

/// A slice of a track.
struct Piece {
    car: usize,
    trip: usize,
    from: Place,
    until: Place,
    /// Metres a second north and east at its end.
    towards: (f64, f64),
}

fn pieces(car: usize, trip: usize, left: &Left) -> Vec<Piece> {
    let of = |slice: &[Place]| {
        let (from, until) = (*slice.first()?, *slice.last()?);
        if from.slice == 0 {
            return None;
        }
        let before = slice.iter().rev().find(|place| place.t_ms < until.t_ms && metres(place.at, until.at) > 1.0);
        let towards = before.map_or((0.0, 0.0), |before| {
            let took_s = seconds(before.t_ms, until.t_ms);
            let (north_m, east_m) = offset(before.at, until.at);
            (north_m / took_s, east_m / took_s)
        });
        Some(Piece { car, trip, from, until, towards })
    };
    left.places.chunk_by(|before, after| before.slice == after.slice).filter_map(of).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Fold {
    No,
    Yes,
}

/// Whether the next slice of the same car is found, and how often by chance; none where the car has no next one in time.
fn next((at, piece): (usize, &Piece), pieces: &[Piece], fold: Fold) -> Option<(f64, f64)> {
    let gap_s = |other: &Piece, fold: Fold| {
        let gap_ms = other.from.t_ms.saturating_sub(piece.until.t_ms);
        seconds(0, if fold == Fold::Yes { gap_ms.rem_euclid(FOLD_MS) } else { gap_ms })
    };
    let in_time = |other: &Piece, fold: Fold| (NEXT_S.0..=NEXT_S.1).contains(&gap_s(other, fold));
    pieces.iter().any(|other| (other.car, other.trip) == (piece.car, piece.trip) && in_time(other, Fold::No)).then_some(())?;
    let distance = |other: &Piece| {
        let (north_m, east_m) = offset(piece.until.at, other.from.at);
        let ahead_s = gap_s(other, fold) * NEXT_SPEED;
        (north_m - piece.towards.0 * ahead_s).hypot(east_m - piece.towards.1 * ahead_s)
    };
    let others = pieces.iter().enumerate().filter(|(other_at, other)| *other_at != at && in_time(other, fold));
    let scored: Vec<(f64, bool)> = others.map(|(_, other)| (distance(other), other.car == piece.car)).collect();
    Some((nearest(&scored), share(&scored)))
}

#[derive(Clone, Copy)]
enum Time {
    None,
    OfDay,
    Dated,
}

/// A point of a trip as an attacker knows it: cell and time.
type Dot = (i64, i64, i64);

fn dot(place: &Place, cell_m: f64, time: Time) -> Dot {
    let cell_m = cell_m.max(POINT_CELL_M);
    let row = (place.at.lat_deg * DEGREE_M / cell_m).floor();
    let width_deg = DEGREE_M * ((row + 0.5) * cell_m / DEGREE_M).to_radians().cos().max(1e-6);
    let (row, column) = (whole(row), whole((place.at.lon_deg * width_deg / cell_m).floor()));
    let hour = place.t_ms.div_euclid(HOUR_MS);
    match time {
        Time::None => (row, column, 0),
        Time::OfDay => (row, column, hour.rem_euclid(24)),
        Time::Dated => (0, 0, hour),
    }
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "saturates; cells of the globe are far fewer")]
fn whole(number: f64) -> i64 {
    number as i64
}

/// Share of draws of points with which no other trip agrees.
fn unique(set: &BTreeSet<Dot>, others: &[&BTreeSet<Dot>], seed: u64) -> f64 {
    let dots: Vec<Dot> = set.iter().copied().collect();
    let alone = |draw: u64| {
        let known = draw_points(&dots, seed.wrapping_mul(POINT_DRAWS).wrapping_add(draw));
        !known.is_empty() && !others.iter().any(|other| known.iter().all(|dot| other.contains(dot)))
    };
    mean(&(0..POINT_DRAWS).map(|draw| if alone(draw) { 1.0 } else { 0.0 }).collect::<Vec<_>>())
}

/// At most [`POINTS`] different points.
fn draw_points(dots: &[Dot], seed: u64) -> Vec<Dot> {
    let mut rest = dots.to_vec();
    let mut word = seed;
    let mut known = Vec::new();
    while known.len() < POINTS && !rest.is_empty() {
        // SplitMix64 (Steele et al. 2014).
        word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let count = u64::try_from(rest.len()).unwrap_or(1).max(1);
        let at = usize::try_from((mixed ^ (mixed >> 31)) % count).unwrap_or(0);
        known.push(rest.swap_remove(at));
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_different_and_all_when_there_are_few() {
        let dots: Vec<Dot> = (0..9).map(|at| (at, 0, 0)).collect();
        for seed in 0..50 {
            let known: BTreeSet<Dot> = draw_points(&dots, seed).into_iter().collect();
            assert_eq!(known.len(), POINTS);
        }
        assert_eq!((draw_points(&dots[..2], 1).len(), draw_points(&[], 1).len()), (2, 0));
    }

    #[test]
    fn a_trip_is_unique_if_no_other_has_all_of_its_points() {
        let set = |dots: &[i64]| dots.iter().map(|at| (*at, 0, 0)).collect::<BTreeSet<Dot>>();
        let one = set(&[1, 2, 3]);
        assert!(unique(&one, &[&set(&[1, 2]), &set(&[3])], 1) > 0.999);
        assert!(unique(&one, &[&set(&[1, 2]), &set(&[3, 2, 1])], 1) < 0.001);
        assert!(unique(&set(&[]), &[], 1) < 0.001, "of nothing nothing is unique");
    }
}
