//! What a rule costs whoever is to use the places: how much of the way is left, how far off places are, and how many bytes they take.

use super::geo::{metres, seconds};
use super::protect::{Left, Passed, Place, SIGNAL, count};
use super::read::{Car, Trip};
use consent_core::{Fix, ReleasedValue};
use consent_protocol::batch::{ROWS_MAX, Row};
use consent_protocol::coder;
use serde::Serialize;

/// A hidden stretch of the way that is shorter is a gap between two fixes, not a private place: the shortest clip is as long.
const HOLE_M: f64 = 200.0;

/// Travel times are compared over stretches so long, metres.
const STRETCH_M: f64 = 1_000.0;

/// What a rule costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Share of the distance that is left; none where single places leave.
    pub distance_left: Option<f64>,
    /// Median distance of a place from where the car was, metres; none where nothing left.
    pub error_m: Option<f64>,
    /// Bytes of the batches' bodies a kilometre driven, by the protocol's own coder.
    pub bytes_per_km: f64,
    /// Places that left, in the mean over draws.
    pub fixes: f64,
    /// Median error of the travel time for a kilometre, as a share of the true one; none where no stretch is whole.
    pub travel_time_error: Option<f64>,
    /// Median error of the length of a trip, summed up between its places, as a share of the true one; none where single places leave.
    pub distance_error: Option<f64>,
}

/// Adds up over cars and draws.
#[derive(Debug, Default)]
pub struct Bill {
    driven_m: f64,
    left_m: f64,
    bytes: f64,
    fixes: f64,
    errors_m: Vec<f64>,
    travel_time_errors: Vec<f64>,
    distance_errors: Vec<f64>,
}

impl Bill {
    /// What left of a car in one draw.
    pub fn add(&mut self, car: &Car, left: &[Left]) {
        for (trip, left) in car.trips.iter().zip(left) {
            let steps: Vec<f64> = trip.fixes.iter().zip(trip.fixes.iter().skip(1)).map(|(from, to)| metres(from.at, to.at)).collect();
            self.driven_m += steps.iter().sum::<f64>();
            self.left_m += left_m(left, &steps);
            self.bytes += bytes(left);
            self.travel_time_errors.extend(travel_time_errors(trip, left, &steps));
            let summed_m: f64 = pairs(left).filter(|(from, to)| from.slice == to.slice).map(|(from, to)| metres(from.at, to.at)).sum();
            let true_m: f64 = steps.iter().sum();
            self.distance_errors.extend((true_m > 0.0).then(|| (summed_m - true_m).abs() / true_m));
            let error = |place: &Place| Some(metres(place.at, trip.fixes.get(place.source)?.at));
            self.errors_m.extend(left.places.iter().filter_map(error));
        }
        self.fixes += count(left);
    }

    /// The sum, over so many draws.
    pub fn total(mut self, draws: f64, is_track: Tracked) -> Cost {
        let share = if self.driven_m > 0.0 { self.left_m / self.driven_m } else { 0.0 };
        let of_tracks = |median: Option<f64>| match is_track {
            Tracked::Yes => median,
            Tracked::No => None,
        };
        Cost {
            distance_left: of_tracks(Some(share)),
            travel_time_error: of_tracks(median(&mut self.travel_time_errors)),
            distance_error: of_tracks(median(&mut self.distance_errors)),
            error_m: median(&mut self.errors_m),
            bytes_per_km: if self.driven_m > 0.0 { self.bytes / (self.driven_m / 1_000.0) } else { 0.0 },
            fixes: self.fixes / draws,
        }
    }
}

/// Whether what leaves is a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracked {
    /// Distances between its places mean something.
    Yes,
    /// Single places.
    No,
}

fn pairs(left: &Left) -> impl Iterator<Item = (&Place, &Place)> {
    left.places.iter().zip(left.places.iter().skip(1))
}

/// Metres driven between two places, if they are of one slice with nothing private between them.
fn between_m(left: &Left, steps: &[f64], (from, to): (&Place, &Place)) -> Option<f64> {
    let way_m = steps.get(from.source..to.source).filter(|_| from.slice == to.slice)?.iter().sum::<f64>();
    let whole = left.passed.get(from.source..to.source).is_some_and(|passed| passed.iter().all(|passed| *passed == Passed::Yes));
    (whole || way_m < HOLE_M).then_some(way_m)
}

/// Metres between places of one slice with nothing private between them.
fn left_m(left: &Left, steps: &[f64]) -> f64 {
    pairs(left).filter_map(|pair| between_m(left, steps, pair)).sum()
}

/// Errors of the time for a kilometre, one for each stretch that is [`STRETCH_M`] long between the places that left. Idealised: the recipient
/// takes straight lines between places for the road; where raw fixes leave that is what is held to be true, so that raw has no error.
fn travel_time_errors(trip: &Trip, left: &Left, steps: &[f64]) -> Vec<f64> {
    let mut errors = Vec::new();
    let (mut seen_m, mut true_m, mut seen_s, mut true_s) = (0.0, 0.0, 0.0, 0.0);
    for (from, to) in pairs(left) {
        let (Some(way_m), Some(begin), Some(end)) = (between_m(left, steps, (from, to)), trip.fixes.get(from.source), trip.fixes.get(to.source)) else {
            (seen_m, true_m, seen_s, true_s) = (0.0, 0.0, 0.0, 0.0);
            continue;
        };
        seen_m += metres(from.at, to.at);
        true_m += way_m;
        seen_s += seconds(from.t_ms, to.t_ms);
        true_s += seconds(begin.t_ms, end.t_ms);
        if seen_m >= STRETCH_M {
            if true_m > 0.0 && true_s > 0.0 {
                let true_s_m = true_s / true_m;
                errors.push((seen_s / seen_m - true_s_m).abs() / true_s_m);
            }
            (seen_m, true_m, seen_s, true_s) = (0.0, 0.0, 0.0, 0.0);
        }
    }
    errors
}

/// Bytes of what left of a trip, each slice a stream, each body as many rows as a batch may have at most.
fn bytes(left: &Left) -> f64 {
    let mut sum = 0.0;
    for slice in left.places.chunk_by(|before, after| before.slice == after.slice) {
        for batch in slice.chunks(ROWS_MAX.max(1)) {
            let value = |place: &Place| Fix { lat_deg: place.at.lat_deg, lon_deg: place.at.lon_deg, alt_m: None, heading_deg: None, accuracy_m: None };
            let rows: Vec<Row> = batch.iter().map(|place| Row { signal: SIGNAL, t_ms: place.t_ms, value: ReleasedValue::Fix(value(place)) }).collect();
            sum += super::geo::number(coder::encode(&rows).1.len());
        }
    }
    sum
}

/// The middle one; none of none.
pub fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}
