//! The static global grid that a fix is snapped to.
//!
//! Rows and columns divide the globe evenly, and never finer than asked: a whole number of rows from pole to pole, and per row
//! a whole number of columns from -180 to 180, as many as fit at the latitude of the row's centre. Every car and every target
//! gets the same cells.
//!
//! INVARIANT: snapping a snapped fix changes nothing, bit for bit.

use crate::sample::Fix;

/// Metres of one degree of latitude where they are fewest (the equator, WGS 84), so that no cell is smaller than it says.
const DEGREE_M: f64 = 110_574.0;
/// Metres of one degree on a globe of the mean radius, for distances.
const METRES_DEG: f64 = 111_194.93;
/// Centres are written with five decimals (1 m), so that they code as whole numbers.
const DECIMALS: f64 = 1e5;

/// Whether a position can be one: finite, and on the globe.
pub(crate) fn on_the_globe(fix: &Fix) -> bool {
    (-90.0..=90.0).contains(&fix.lat_deg) && (-180.0..=180.0).contains(&fix.lon_deg)
}

/// The centre of the cell that a fix lies in; nothing else of the fix is kept. `None` off the globe or for a cell of no size.
pub fn snap(fix: &Fix, cell_m: u32) -> Option<Fix> {
    let (rows, columns) = located(fix, cell_m)?;
    Some(Fix { lat_deg: rows.centre_deg(), lon_deg: columns.centre_deg(), alt_m: None, heading_deg: None, accuracy_m: None })
}

/// Row and column of the cell that a fix lies in.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers from 0 to 4 × 10^7 / cell")]
pub(crate) fn cell(fix: &Fix, cell_m: u32) -> Option<(u32, u32)> {
    located(fix, cell_m).map(|(rows, columns)| (rows.index as u32, columns.index as u32))
}

fn located(fix: &Fix, cell_m: u32) -> Option<(Axis, Axis)> {
    if !on_the_globe(fix) || cell_m == 0 {
        return None;
    }
    let cell_m = f64::from(cell_m);
    let rows = Axis::new(fix.lat_deg, -90.0, 180.0, fitting(180.0, DEGREE_M, cell_m), Edge::Capped);
    let degree_m = DEGREE_M * libm::cos(rows.centre_deg().to_radians());
    Some((rows, Axis::new(fix.lon_deg, -180.0, 360.0, fitting(360.0, degree_m, cell_m), Edge::Wrapped)))
}

/// Metres between two positions that are near each other: exact to a thousandth within 50 km.
pub fn metres(lat_deg: f64, lon_deg: f64, other_lat_deg: f64, other_lon_deg: f64) -> f64 {
    let turn = libm::fabs(lon_deg - other_lon_deg);
    let east_deg = if turn > 180.0 { 360.0 - turn } else { turn };
    let middle = lat_deg.midpoint(other_lat_deg);
    libm::hypot((lat_deg - other_lat_deg) * METRES_DEG, east_deg * METRES_DEG * libm::cos(middle.to_radians()))
}

/// The position so many metres north and east of another. What would lie beyond a pole lies at it.
pub(crate) fn moved(lat_deg: f64, lon_deg: f64, north_m: f64, east_m: f64) -> (f64, f64) {
    let lat = (lat_deg + north_m / METRES_DEG).clamp(-90.0, 90.0);
    let degree_m = (METRES_DEG * libm::cos(lat_deg.to_radians())).max(1.0);
    (lat, wrapped(lon_deg + libm::fmod(east_m / degree_m, 360.0)))
}

fn wrapped(lon_deg: f64) -> f64 {
    if lon_deg > 180.0 {
        lon_deg - 360.0
    } else if lon_deg < -180.0 {
        lon_deg + 360.0
    } else {
        lon_deg
    }
}

/// A coordinate as coarse as a centre is written.
pub(crate) fn written(deg: f64) -> f64 {
    // `+ 0.0` makes a negative zero positive: the sign would tell on which side it was rounded.
    libm::round(deg * DECIMALS) / DECIMALS + 0.0
}

/// What lies at the upper end of an axis.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    /// A pole belongs to the last row.
    Capped,
    /// 180° is -180°.
    Wrapped,
}

/// How many cells fit on an axis, at least one.
fn fitting(span_deg: f64, degree_m: f64, cell_m: f64) -> f64 {
    libm::floor(span_deg * degree_m / cell_m).max(1.0)
}

/// The place of a coordinate on an axis of `count` cells.
struct Axis {
    from_deg: f64,
    span_deg: f64,
    count: f64,
    /// A whole number, 0 to `count - 1`.
    index: f64,
}

impl Axis {
    fn new(at_deg: f64, from_deg: f64, span_deg: f64, count: f64, edge: Edge) -> Self {
        let index = libm::floor((at_deg - from_deg) * count / span_deg);
        let index = if index < count {
            index.max(0.0)
        } else if edge == Edge::Wrapped {
            0.0
        } else {
            count - 1.0
        };
        Self { from_deg, span_deg, count, index }
    }

    fn centre_deg(&self) -> f64 {
        written(self.from_deg + (self.index + 0.5) * self.span_deg / self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fix(lat_deg: f64, lon_deg: f64) -> Fix {
        Fix { lat_deg, lon_deg, alt_m: Some(1.0), heading_deg: Some(2.0), accuracy_m: Some(3.0) }
    }

    fn metres(a: Fix, b: Fix) -> f64 {
        let turn = (a.lon_deg - b.lon_deg).rem_euclid(360.0);
        let east_m = turn.min(360.0 - turn) * DEGREE_M * libm::cos(b.lat_deg.to_radians());
        libm::hypot((a.lat_deg - b.lat_deg) * DEGREE_M, east_m)
    }

    #[test]
    fn edges_of_the_globe_have_a_cell() {
        let centre = |lat_deg, lon_deg| snap(&fix(lat_deg, lon_deg), 2_000).unwrap();
        assert_eq!(centre(10.0, 180.0), centre(10.0, -180.0));
        assert_eq!(centre(90.0, 0.0), centre(89.9999, 0.0));
        assert_eq!(centre(-90.0, 77.0), centre(-89.9999, 77.0));
        assert_eq!(
            snap(&fix(1.0, 1.0), u32::MAX).map(|whole| (whole.lat_deg, whole.lon_deg)),
            snap(&fix(80.0, -170.0), u32::MAX).map(|whole| (whole.lat_deg, whole.lon_deg))
        );
    }

    #[test]
    fn what_is_nowhere_has_no_cell() {
        for (lat_deg, lon_deg) in [(f64::NAN, 0.0), (0.0, f64::INFINITY), (90.1, 0.0), (0.0, -180.1)] {
            assert_eq!(snap(&fix(lat_deg, lon_deg), 2_000), None);
        }
        assert_eq!(snap(&fix(0.0, 0.0), 0), None);
    }

    #[test]
    fn distances_hold_across_the_date_line_and_at_a_pole() {
        assert!((super::metres(10.0, 179.999, 10.0, -179.999) - 219.0).abs() < 1.0);
        assert!((super::metres(48.0, 11.0, 48.01, 11.0) - 1_112.0).abs() < 1.0);
        assert!((super::moved(89.999, 0.0, 1_000.0, 0.0).0 - 90.0).abs() < f64::EPSILON);
        let (lat, lon) = super::moved(10.0, 179.999, 0.0, 1_000.0);
        assert!((super::metres(10.0, 179.999, lat, lon) - 1_000.0).abs() < 1.0 && lon < -179.0);
        let (_, lon) = super::moved(90.0, 5.0, 0.0, 1e9);
        assert!((-180.0..=180.0).contains(&lon));
    }

    proptest! {
        #[test]
        fn a_centre_stays_and_lies_within_its_cell(lat_deg in -90.0_f64..=90.0, lon_deg in -180.0_f64..=180.0, cell_m in 2_000_u32..50_000) {
            let from = fix(lat_deg, lon_deg);
            let centre = snap(&from, cell_m).unwrap();
            prop_assert_eq!(snap(&centre, cell_m), Some(centre));
            prop_assert_eq!((centre.alt_m, centre.heading_deg, centre.accuracy_m), (None, None, None));
            // Half a diagonal; where few columns fit (the poles), they are up to twice as wide.
            prop_assert!(metres(from, centre) <= f64::from(cell_m) * 3.2);
        }

        #[test]
        fn no_cell_is_smaller_than_it_says(lat_deg in -85.0_f64..=85.0, lon_deg in -179.0_f64..=179.0, cell_m in 2_000_u32..50_000) {
            let centre = snap(&fix(lat_deg, lon_deg), cell_m).unwrap();
            let half_deg = f64::from(cell_m) * 0.49 / DEGREE_M;
            let half_lon_deg = half_deg / libm::cos(centre.lat_deg.to_radians());
            for (north, east) in [(half_deg, 0.0), (-half_deg, 0.0), (0.0, half_lon_deg), (0.0, -half_lon_deg)] {
                prop_assert_eq!(snap(&fix(centre.lat_deg + north, centre.lon_deg + east), cell_m), Some(centre));
            }
        }
    }
}
