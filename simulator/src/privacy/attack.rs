//! The attackers. All trips of a car are linked, as under one pseudonym; each makes at most three guesses of where the car lives.
//!
//! INVARIANT: what an attacker guesses is made of what left, and of nothing else. Only the control sees the raw track.

use super::geo::{Point, centre, metres, number};
use super::protect::{Left, Protection};
use super::read::{Car, Trip};

/// So near to home a guess is a hit, metres.
pub const HITS_M: [f64; 3] = [100.0, 200.0, 500.0];
/// Guesses for a car.
pub const GUESSES: usize = 3;
/// Points of the raw track that the control draws from are so far apart, metres.
const CONTROL_STEP_M: f64 = 100.0;
/// Ends of trips this near to each other are one place to A1, metres; or this share of the cell.
pub(super) const ENDS_M: f64 = 150.0;
/// See [`ENDS_M`].
pub(super) const ENDS_CELL: f64 = 0.3;
/// Fewest ends that make a place to A1.
pub(super) const ENDS_MIN: usize = 2;

/// How likely one of three random points of the car's own raw track is a hit, for each of [`HITS_M`]. Reckoned, not drawn.
pub fn control(car: &Car, home: Point) -> [f64; 3] {
    let points: Vec<Point> = car.trips.iter().flat_map(every_step).collect();
    HITS_M.map(|within_m| {
        let all = number(points.len());
        let misses = number(points.iter().filter(|point| metres(**point, home) > within_m).count());
        let mut none = 1.0;
        for drawn in (0..GUESSES.min(points.len())).map(number) {
            none *= ((misses - drawn) / (all - drawn)).max(0.0);
        }
        1.0 - none
    })
}

/// A trip's raw track, a point for each 100 m.
pub fn every_step(trip: &Trip) -> Vec<Point> {
    let mut points = Vec::new();
    let mut due_m = 0.0;
    for (from, to) in trip.fixes.iter().zip(trip.fixes.iter().skip(1)) {
        let step_m = metres(from.at, to.at);
        while due_m < step_m {
            let part = due_m / step_m;
            let between = |from: f64, to: f64| from + (to - from) * part;
            points.push(Point { lat_deg: between(from.at.lat_deg, to.at.lat_deg), lon_deg: between(from.at.lon_deg, to.at.lon_deg) });
            due_m += CONTROL_STEP_M;
        }
        due_m -= step_m;
    }
    points
}

/// A1: where trips begin and end most often.
pub fn a1(left: &[Left], protection: &Protection) -> Vec<Point> {
    let ends = ends(left);
    let near_m = ENDS_M.max(ENDS_CELL * protection.cell_m());
    places(&ends, near_m, ENDS_MIN).into_iter().take(GUESSES).map(|(at, _)| at).collect()
}

/// First and last place of each trip.
pub fn ends(left: &[Left]) -> Vec<Point> {
    left.iter().flat_map(|trip| [trip.places.first(), trip.places.last()]).flatten().map(|place| place.at).collect()
}

/// Centres of clusters and their sizes, the largest first (DBSCAN, Ester et al. 1996; a point is its own neighbour).
pub fn places(points: &[Point], near_m: f64, least: usize) -> Vec<(Point, usize)> {
    let near = |at: Point| points.iter().enumerate().filter(move |(_, other)| metres(at, **other) <= near_m).map(|(index, _)| index);
    let mut of: Vec<Option<usize>> = vec![None; points.len()];
    let mut clusters: Vec<Vec<Point>> = Vec::new();
    for (start, at) in points.iter().enumerate() {
        if of.get(start).is_none_or(Option::is_some) || near(*at).count() < least {
            continue;
        }
        let number = clusters.len();
        let mut members = Vec::new();
        let mut waiting = vec![start];
        while let Some(index) = waiting.pop() {
            let (Some(mark), Some(at)) = (of.get_mut(index), points.get(index)) else { continue };
            if mark.is_some() {
                continue;
            }
            *mark = Some(number);
            members.push(*at);
            let around: Vec<usize> = near(*at).collect();
            if around.len() >= least {
                waiting.extend(around);
            }
        }
        clusters.push(members);
    }
    let mut centres: Vec<(Point, usize)> = clusters.iter().filter_map(|members| Some((centre(members)?, members.len()))).collect();
    centres.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    centres
}

/// Whether the nearest guess is a hit, for each of [`HITS_M`].
pub fn hits(guesses: &[Point], home: Point) -> [f64; 3] {
    let nearest_m = guesses.iter().map(|guess| metres(*guess, home)).fold(f64::INFINITY, f64::min);
    HITS_M.map(|within_m| if nearest_m <= within_m { 1.0 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::super::read::Seen;
    use super::*;

    /// So many metres north and east of a place.
    fn at(north_m: f64, east_m: f64) -> Point {
        Point { lat_deg: north_m / 111_194.93, lon_deg: east_m / 111_194.93 }
    }

    #[test]
    fn places_are_chains_of_neighbours_and_the_largest_comes_first() {
        let points = [at(0.0, 0.0), at(5_000.0, 0.0), at(5_100.0, 0.0), at(5_200.0, 0.0), at(9_000.0, 0.0), at(100.0, 0.0)];
        let found = places(&points, 150.0, 2);
        assert_eq!(found.iter().map(|(_, size)| *size).collect::<Vec<_>>(), [3, 2], "the lone one is no place");
        assert!(metres(found[0].0, at(5_100.0, 0.0)) < 1.0 && metres(found[1].0, at(50.0, 0.0)) < 1.0, "{found:?}");
        assert!(places(&points, 150.0, 4).is_empty() && places(&[], 150.0, 2).is_empty());
    }

    #[test]
    fn the_nearest_guess_counts() {
        let guesses = [at(9_000.0, 0.0), at(0.0, 150.0)];
        let found = |guesses: &[Point]| hits(guesses, at(0.0, 0.0)).map(|hit| hit > 0.5);
        assert_eq!((found(&guesses), found(&[])), ([false, true, true], [false; 3]));
    }

    #[test]
    fn the_control_is_reckoned_from_all_ways_to_draw_three_points() {
        // 1,000 m north: ten points, of which those at 0 and 100 m are within 100 m, and 0 to 500 m within 500 m.
        let fixes =
            (0..=10).map(|step| Seen { t_ms: step, at: at(f64::from(u8::try_from(step).unwrap()) * 99.999, 0.0), speed_kmh: None, fuel_l_h: None }).collect();
        let car = Car { name: "one".to_owned(), trips: vec![Trip { fixes }], home: None };
        let [near, _, far] = control(&car, at(0.0, 0.0));
        assert!((near - (1.0 - 8.0 * 7.0 * 6.0 / 720.0)).abs() < 1e-9, "{near}");
        assert!((far - (1.0 - 4.0 * 3.0 * 2.0 / 720.0)).abs() < 1e-9, "{far}");
    }
}
