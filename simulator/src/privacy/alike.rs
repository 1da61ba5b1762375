//! How alike two trips are to an attacker who has of one what left, and the other in full.

use super::bound::mean;
use super::geo::{number, seconds};
use super::told::{Segment, length_m};

/// Shapes are compared at one value for so many metres.
const SHAPE_M: f64 = 50.0;
/// Shapes are shifted by at most so many values: 200 m.
const SHAPE_SHIFT: usize = 4;
/// A length that differs by its whole counts as so many metres a second.
const LENGTH_M_S: f64 = 25.0;
/// Values are shifted by at most so many rows.
const VALUES_SHIFT: usize = 1;
/// A number of rows that differs by its whole counts as so many mean deviations of a value.
const ROWS_SPREADS: f64 = 5.0;
/// Stamps that never meet, seconds.
const NEVER_S: f64 = 1e9;
const DAY_S: f64 = 86_400.0;

/// Numbers of a signal's rows, in order.
type Rows = Vec<Vec<f64>>;

/// What an attacker has of a trip.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    /// By signal.
    pub(super) values: Vec<Rows>,
    /// First and last stamp.
    pub(super) stamps: Option<(i64, i64)>,
    pub(super) shape: Option<Shape>,
}

/// Speed along the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shape {
    /// Metres a second, one for each [`SHAPE_M`].
    speeds: Vec<f64>,
    length_m: f64,
}

/// Two trips to be compared: what left of one, what would have left of the other, and that one in full.
pub(super) struct Pair<'a> {
    pub(super) made: &'a Made,
    pub(super) other: &'a Made,
    pub(super) other_raw: &'a Shape,
    pub(super) spreads: &'a [f64],
}

/// An attacker: the distance of two trips.
pub(super) type Attack = fn(&Pair<'_>) -> f64;
/// All of them; the first two need values, the last two stamps.
pub(super) const ATTACKS: [(&str, Attack); 5] = [("shape", by_shape), ("values", by_values), ("sums", by_sums), ("lasts", by_length), ("begins", by_begin)];

/// Share of right ones among the nearest.
pub(super) fn nearest(scored: &[(f64, bool)]) -> f64 {
    let least = scored.iter().map(|(distance, _)| *distance).fold(f64::INFINITY, f64::min);
    mean(&scored.iter().filter(|(distance, _)| *distance <= least + 1e-9).map(|(_, right)| if *right { 1.0 } else { 0.0 }).collect::<Vec<_>>())
}

/// Mean deviation of each signal's values from their mean, over a car's trips; 0 where nothing varies.
pub(super) fn spreads(made: &[Made]) -> Vec<f64> {
    let parts = made.iter().map(|made| made.values.len()).max().unwrap_or(0);
    let of = |part: usize| {
        let all: Vec<f64> = made.iter().filter_map(|made| made.values.get(part)).flatten().flatten().copied().collect();
        let middle = mean(&all);
        mean(&all.iter().map(|number| (number - middle).abs()).collect::<Vec<_>>())
    };
    (0..parts).map(of).collect()
}

/// Mean difference of speeds at the same place of the way, over shifts, and of the length.
fn by_shape(pair: &Pair<'_>) -> f64 {
    let Some(shape) = &pair.made.shape else { return 0.0 };
    let other = pair.other_raw;
    let shifted = |ahead: usize, behind: usize| {
        let apart: Vec<f64> = shape.speeds.iter().skip(ahead).zip(other.speeds.iter().skip(behind)).map(|(one, other)| (one - other).abs()).collect();
        if apart.is_empty() { f64::INFINITY } else { mean(&apart) }
    };
    let best = (0..=SHAPE_SHIFT).map(|by| shifted(by, 0).min(shifted(0, by))).fold(f64::INFINITY, f64::min);
    (if best.is_finite() { best } else { 0.0 }) + LENGTH_M_S * apart(shape.length_m, other.length_m)
}

/// Difference of two sizes as a share of the larger.
fn apart(one: f64, other: f64) -> f64 {
    (one - other).abs() / one.abs().max(other.abs()).max(1e-9)
}

/// Mean difference of rows in order, over shifts, and of their number; what the other trip would have left under the same rules.
fn by_values(pair: &Pair<'_>) -> f64 {
    let of_part = |((one, other), spread): ((&Rows, &Rows), &f64)| {
        let rows = ROWS_SPREADS * apart(number(one.len()), number(other.len()));
        if *spread <= 0.0 {
            return rows;
        }
        let row = |(one, other): (&Vec<f64>, &Vec<f64>)| one.iter().zip(other).map(|(one, other)| (one - other).abs()).sum::<f64>() / spread;
        let shifted = |ahead: usize, behind: usize| {
            let apart: Vec<f64> = one.iter().skip(ahead).zip(other.iter().skip(behind)).map(row).collect();
            if apart.is_empty() { f64::INFINITY } else { mean(&apart) }
        };
        let best = (0..=VALUES_SHIFT).map(|by| shifted(by, 0).min(shifted(0, by))).fold(f64::INFINITY, f64::min);
        (if best.is_finite() { best } else { 0.0 }) + rows
    };
    pair.made.values.iter().zip(&pair.other.values).zip(pair.spreads).map(of_part).sum()
}

/// Difference of the sums of all values.
fn by_sums(pair: &Pair<'_>) -> f64 {
    let sums = |rows: &Rows| {
        let mut sums: Vec<f64> = Vec::new();
        for row in rows {
            sums.resize(sums.len().max(row.len()), 0.0);
            sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
        }
        sums
    };
    let of_part = |((one, other), spread): ((&Rows, &Rows), &f64)| {
        let (mut one, mut other) = (sums(one), sums(other));
        let width = one.len().max(other.len());
        one.resize(width, 0.0);
        other.resize(width, 0.0);
        if *spread > 0.0 { one.iter().zip(&other).map(|(one, other)| (one - other).abs()).sum::<f64>() / spread } else { 0.0 }
    };
    pair.made.values.iter().zip(&pair.other.values).zip(pair.spreads).map(of_part).sum()
}

/// Difference of the times between first and last stamp.
fn by_length(pair: &Pair<'_>) -> f64 {
    let lasts = |made: &Made| made.stamps.map_or(-NEVER_S, |(from, until)| seconds(from, until));
    (lasts(pair.made) - lasts(pair.other)).abs()
}

/// Difference of the times of day of the first stamps.
fn by_begin(pair: &Pair<'_>) -> f64 {
    match (pair.made.stamps, pair.other.stamps) {
        (Some((one, _)), Some((other, _))) => of_day(one, other),
        (None, None) => 0.0,
        (Some(_), None) | (None, Some(_)) => NEVER_S,
    }
}

/// Seconds between two times of day.
pub(super) fn of_day(one_ms: i64, other_ms: i64) -> f64 {
    let apart = seconds(one_ms, other_ms).rem_euclid(DAY_S);
    apart.min(DAY_S - apart)
}

pub(super) fn segments_of(speeds: &[(f64, f64)]) -> Vec<Segment> {
    speeds.iter().zip(speeds.iter().skip(1)).map(|(from, to)| (to.0 - from.0, from.1 / 3.6, to.1 / 3.6)).collect()
}

pub(super) fn shape_of(segments: &[Segment]) -> Shape {
    let mut shape = Shape { speeds: Vec::new(), length_m: length_m(segments) };
    let mut due_m = 0.0;
    for (took_s, from, to) in segments {
        let step_m = took_s * from.midpoint(*to);
        while due_m < step_m {
            shape.speeds.push(from + (to - from) * due_m / step_m);
            due_m += SHAPE_M;
        }
        due_m -= step_m;
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_that_are_equally_near_share_the_guess() {
        assert!((nearest(&[(1.0, true), (1.0, false), (2.0, false)]) - 0.5).abs() < 1e-9);
        assert!((nearest(&[(0.0, false), (1.0, true)])).abs() < 1e-9 && (nearest(&[(0.0, true)]) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_shape_is_speed_by_the_way_and_is_found_again_when_shifted() {
        // 100 s at 10 m/s, then 100 s at 20 m/s.
        let shape = shape_of(&[(100.0, 10.0, 10.0), (100.0, 20.0, 20.0)]);
        assert_eq!((shape.speeds.len(), shape.length_m), (60, 3_000.0));
        assert!(shape.speeds[19] < 10.5 && shape.speeds[20] > 19.5, "the change lies at 1 km");
        let later = shape_of(&[(110.0, 10.0, 10.0), (95.0, 20.0, 20.0)]);
        let made = Made { shape: Some(later), ..Made::default() };
        let other = Made::default();
        let near = by_shape(&Pair { made: &made, other: &other, other_raw: &shape, spreads: &[] });
        let far = by_shape(&Pair { made: &made, other: &other, other_raw: &shape_of(&[(100.0, 20.0, 20.0), (100.0, 10.0, 10.0)]), spreads: &[] });
        assert!(near < 0.1 && far > 5.0, "{near} {far}");
    }

    #[test]
    fn times_of_day_meet_over_midnight() {
        assert!((of_day(86_400_000 - 60_000, 86_400_000 * 9 + 60_000) - 120.0).abs() < 1e-9);
    }
}
