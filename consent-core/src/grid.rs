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
/// Centres are written with five decimals (1 m), so that they code as whole numbers.
const DECIMALS: f64 = 1e5;

/// Whether a position can be one: finite, and on the globe.
pub(crate) fn on_the_globe(fix: &Fix) -> bool {
    (-90.0..=90.0).contains(&fix.lat_deg) && (-180.0..=180.0).contains(&fix.lon_deg)
}

/// The centre of the cell that a fix lies in; nothing else of the fix is kept. `None` off the globe or for a cell of no size.
pub fn snap(fix: &Fix, cell_m: u32) -> Option<Fix> {
    if !on_the_globe(fix) || cell_m == 0 {
        return None;
    }
    let cell_m = f64::from(cell_m);
    let lat_deg = centre(fix.lat_deg, -90.0, 180.0, fitting(180.0, DEGREE_M, cell_m), Edge::Capped);
    let degree_m = DEGREE_M * libm::cos(lat_deg.to_radians());
    let lon_deg = centre(fix.lon_deg, -180.0, 360.0, fitting(360.0, degree_m, cell_m), Edge::Wrapped);
    Some(Fix { lat_deg, lon_deg, alt_m: None, heading_deg: None, accuracy_m: None })
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

/// Centre of the cell of a coordinate, when `count` cells divide `span` degrees from `from` on.
fn centre(at_deg: f64, from_deg: f64, span_deg: f64, count: f64, edge: Edge) -> f64 {
    let index = libm::floor((at_deg - from_deg) * count / span_deg);
    let index = if index < count {
        index.max(0.0)
    } else if edge == Edge::Wrapped {
        0.0
    } else {
        count - 1.0
    };
    let centre = from_deg + (index + 0.5) * span_deg / count;
    // `+ 0.0` makes a negative zero positive: the sign would tell on which side it was rounded.
    libm::round(centre * DECIMALS) / DECIMALS + 0.0
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
