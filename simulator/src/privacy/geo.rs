//! Positions and distances as an attacker reckons them: on a globe, over tens of kilometres.

use serde::Serialize;

/// A position, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Degrees north.
    pub lat_deg: f64,
    /// Degrees east.
    pub lon_deg: f64,
}

/// Metres from one position to another that is near it.
pub fn metres(from: Point, to: Point) -> f64 {
    consent_core::grid::metres(from.lat_deg, from.lon_deg, to.lat_deg, to.lon_deg)
}

/// The middle of some positions that are near each other; none of none.
pub fn centre(points: &[Point]) -> Option<Point> {
    let first = points.first()?;
    // Differences to the first, so that 180° is no seam.
    let east = |point: &Point| {
        let turn = point.lon_deg - first.lon_deg;
        turn - 360.0 * (turn / 360.0).round()
    };
    let count = number(points.len());
    let lat_deg = points.iter().map(|point| point.lat_deg).sum::<f64>() / count;
    let lon_deg = first.lon_deg + points.iter().map(east).sum::<f64>() / count;
    Some(Point { lat_deg, lon_deg: lon_deg - 360.0 * (lon_deg / 360.0).round() })
}

/// Metres north and east from one position to another that is near it.
pub fn offset(from: Point, to: Point) -> (f64, f64) {
    let north_m = metres(from, Point { lat_deg: to.lat_deg, ..from }) * (to.lat_deg - from.lat_deg).signum();
    let turn = to.lon_deg - from.lon_deg;
    let east_deg = turn - 360.0 * (turn / 360.0).round();
    (north_m, metres(Point { lat_deg: to.lat_deg, ..from }, to) * east_deg.signum())
}

/// Seconds from one stamp to another, negative where it goes back.
#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "spans between stamps of two centuries are exact in milliseconds")]
pub fn seconds(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms) as f64 / 1_000.0
}

/// A count as a number.
pub fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_north_and_a_step_across_the_date_line_have_their_length() {
        let at = |lat_deg, lon_deg| Point { lat_deg, lon_deg };
        assert!((metres(at(50.0, 8.0), at(51.0, 8.0)) - 111_195.0).abs() < 1.0);
        assert!((metres(at(0.0, 179.999), at(0.0, -179.999)) - 222.4).abs() < 0.1);
        let middle = centre(&[at(0.0, 179.999), at(0.0, -179.997)]).unwrap();
        assert!(metres(middle, at(0.0, -179.999)) < 0.5, "{middle:?}");
        assert_eq!(centre(&[]), None);
    }
}
