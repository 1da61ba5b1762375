//! Whether a released value is as coarse as its rule says: what a receiver checks before it accepts a batch.
//!
//! INVARIANT: accepts everything that [`crate::transform`] makes under the same rule, and nothing finer. Equality is bit for
//! bit; both ends compute with the same code.

use crate::grid::{on_the_globe, snap, written};
use crate::level::Level;
use crate::rule::{Change, Rule, ScoreRole};
use crate::sample::{Fix, Value};
use crate::transform::{ReleasedValue, is_finite, round};
use crate::window;

/// How a value breaks its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// The rule lets nothing of this signal pass.
    Dropped,
    /// The form of the value is not what the rule yields.
    Form,
    /// Finer than the step or the grid.
    Finer,
    /// The stamp is not on the raster.
    OffRaster,
    /// Closer to its predecessor than the rule allows.
    TooOften,
    /// The same as its predecessor, under a rule that lets only changes leave.
    Unchanged,
}

/// Checks one value of a column against its rule; `previous` is the stamp and value before it in the same column.
pub fn conforms(rule: &Rule, t_ms: i64, previous: Option<(i64, &ReleasedValue)>, value: &ReleasedValue) -> Result<(), Breach> {
    let previous_t_ms = previous.map(|(t_ms, _)| t_ms);
    if let Some(raster_ms) = rule.raster_ms() {
        on_raster(t_ms, raster_ms)?;
    }
    apart(t_ms, previous_t_ms, rule.pace_ms())?;
    match *rule {
        Rule::Drop | Rule::Score { role: ScoreRole::Adds, .. } => Err(Breach::Dropped),
        Rule::AsIs | Rule::RateCap { .. } => sound(value),
        Rule::Round { step, .. } => same(scalar(value)?, &round(scalar(value)?, step).ok_or(Breach::Form)?),
        Rule::Level { change, .. } => {
            is_level(rule, value)?;
            let moved = change == Change::Every || previous.is_none_or(|(_, before)| before != value);
            if moved { Ok(()) } else { Err(Breach::Unchanged) }
        }
        Rule::Noise { .. } => is_level(rule, value),
        Rule::Window { .. } | Rule::Path { .. } => {
            let scalar @ (Value::Int(_) | Value::Float(_)) = scalar(value)? else { return Err(Breach::Form) };
            same(scalar, &scalar.as_number().and_then(|number| window::form(rule, number)).ok_or(Breach::Form)?)
        }
        Rule::Score { role: ScoreRole::Bears, .. } => {
            if let Value::Int(_) = scalar(value)? {
                Ok(())
            } else {
                Err(Breach::Form)
            }
        }
        Rule::Histogram { bins, .. } => match value {
            ReleasedValue::Counts(counts) if counts.len() == usize::from(bins) => Ok(()),
            ReleasedValue::Counts(_) | ReleasedValue::Scalar(_) | ReleasedValue::Fix(_) => Err(Breach::Form),
        },
        Rule::Grid { cell_m, .. } => is_centre(value, cell_m),
        Rule::Track { cell_m, .. } if cell_m > 0 => is_centre(value, cell_m),
        Rule::Track { .. } | Rule::Event { .. } | Rule::Moved { .. } => is_bare(value),
    }
}

fn scalar(value: &ReleasedValue) -> Result<&Value, Breach> {
    if let ReleasedValue::Scalar(scalar) = value { Ok(scalar) } else { Err(Breach::Form) }
}

fn is_level(rule: &Rule, value: &ReleasedValue) -> Result<(), Breach> {
    let scalar = scalar(value)?;
    same(scalar, &Level::of(rule).and_then(|level| level.again(scalar)).ok_or(Breach::Form)?)
}

fn is_centre(value: &ReleasedValue, cell_m: u32) -> Result<(), Breach> {
    let ReleasedValue::Fix(fix) = value else { return Err(Breach::Form) };
    let centre = snap(fix, cell_m).ok_or(Breach::Form)?;
    if same_fix(fix, &centre) { Ok(()) } else { Err(Breach::Finer) }
}

/// A place written to a metre, without anything beside it. Whether it had to be hidden, only the car knows.
fn is_bare(value: &ReleasedValue) -> Result<(), Breach> {
    let ReleasedValue::Fix(fix) = value else { return Err(Breach::Form) };
    if !on_the_globe(fix) {
        return Err(Breach::Form);
    }
    let bare = Fix { lat_deg: written(fix.lat_deg), lon_deg: written(fix.lon_deg), alt_m: None, heading_deg: None, accuracy_m: None };
    if same_fix(fix, &bare) { Ok(()) } else { Err(Breach::Finer) }
}

/// A value that any rule may leave as it is.
fn sound(value: &ReleasedValue) -> Result<(), Breach> {
    let sound = match value {
        ReleasedValue::Scalar(scalar) => is_finite(scalar),
        ReleasedValue::Counts(_) => false,
        ReleasedValue::Fix(fix) => on_the_globe(fix) && [fix.alt_m, fix.heading_deg, fix.accuracy_m].into_iter().flatten().all(f64::is_finite),
    };
    if sound { Ok(()) } else { Err(Breach::Form) }
}

/// Whether a number is what its rule makes of it. Bits are compared, so that not even the sign of a zero tells anything.
fn same(value: &Value, coarse: &Value) -> Result<(), Breach> {
    let same = match (value, coarse) {
        (Value::Int(value), Value::Int(coarse)) => value == coarse,
        (Value::Uint(value), Value::Uint(coarse)) => value == coarse,
        (Value::Float(value), Value::Float(coarse)) => value.to_bits() == coarse.to_bits(),
        _ => return Err(Breach::Form),
    };
    if same { Ok(()) } else { Err(Breach::Finer) }
}

fn same_fix(fix: &Fix, centre: &Fix) -> bool {
    let bits = |fix: &Fix| (fix.lat_deg.to_bits(), fix.lon_deg.to_bits());
    bits(fix) == bits(centre) && (fix.alt_m, fix.heading_deg, fix.accuracy_m) == (None, None, None)
}

fn on_raster(t_ms: i64, raster_ms: u32) -> Result<(), Breach> {
    if t_ms.checked_rem_euclid(i64::from(raster_ms)) == Some(0) { Ok(()) } else { Err(Breach::OffRaster) }
}

fn apart(t_ms: i64, previous_t_ms: Option<i64>, period_ms: u32) -> Result<(), Breach> {
    match previous_t_ms {
        Some(previous_t_ms) if period_ms > 0 && t_ms.saturating_sub(previous_t_ms) < i64::from(period_ms) => Err(Breach::TooOften),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Step;
    use crate::sample::Text;

    const STEP: Step = Step { mantissa: 5, exponent: -1 };

    fn scalar(value: Value) -> ReleasedValue {
        ReleasedValue::Scalar(value)
    }

    #[test]
    fn every_breach_has_its_name() {
        let round = Rule::Round { step: STEP, period_ms: 1_000 };
        let whole = Rule::Round { step: Step { mantissa: 5, exponent: 0 }, period_ms: 0 };
        let grid = Rule::Grid { cell_m: 2_000, raster_ms: 60_000 };
        let cell = snap(&Fix { lat_deg: 48.1, lon_deg: 11.5, alt_m: None, heading_deg: None, accuracy_m: None }, 2_000).unwrap();
        let table = [
            (Rule::Drop, 0, None, scalar(Value::Bool(true)), Err(Breach::Dropped)),
            (Rule::AsIs, 0, Some(5), scalar(Value::Float(0.123)), Ok(())),
            (Rule::AsIs, 0, None, scalar(Value::Float(f64::NAN)), Err(Breach::Form)),
            (Rule::RateCap { period_ms: 10 }, 9, Some(0), scalar(Value::Int(1)), Err(Breach::TooOften)),
            (Rule::RateCap { period_ms: 10 }, i64::MIN, Some(i64::MAX), scalar(Value::Int(1)), Err(Breach::TooOften)),
            (Rule::RateCap { period_ms: 10 }, i64::MAX, Some(i64::MIN), scalar(Value::Int(1)), Ok(())),
            (round, 1_000, Some(0), scalar(Value::Float(2.5)), Ok(())),
            (round, 999, Some(0), scalar(Value::Float(2.5)), Err(Breach::TooOften)),
            (round, 0, None, scalar(Value::Float(2.4)), Err(Breach::Finer)),
            (round, 0, None, scalar(Value::Float(-0.0)), Err(Breach::Finer)),
            (round, 0, None, scalar(Value::Int(2)), Err(Breach::Form)),
            (round, 0, None, scalar(Value::Text(Text::new())), Err(Breach::Form)),
            (whole, 0, None, scalar(Value::Int(-10)), Ok(())),
            (whole, 0, None, scalar(Value::Uint(11)), Err(Breach::Finer)),
            (grid, 60_000, None, ReleasedValue::Fix(cell), Ok(())),
            (grid, 60_001, None, ReleasedValue::Fix(cell), Err(Breach::OffRaster)),
            (grid, 60_000, Some(60_000), ReleasedValue::Fix(cell), Err(Breach::TooOften)),
            (grid, 0, None, ReleasedValue::Fix(Fix { alt_m: Some(500.0), ..cell }), Err(Breach::Finer)),
            (grid, 0, None, ReleasedValue::Fix(Fix { lat_deg: cell.lat_deg + 1e-9, ..cell }), Err(Breach::Finer)),
            (grid, 0, None, scalar(Value::Float(48.1)), Err(Breach::Form)),
        ];
        for (rule, t_ms, previous, value, expected) in table {
            let nothing = ReleasedValue::Scalar(Value::Bool(false));
            assert_eq!(conforms(&rule, t_ms, previous.map(|t_ms| (t_ms, &nothing)), &value), expected, "{rule:?} {value:?}");
        }
    }

    fn place(lat_deg: f64, lon_deg: f64) -> ReleasedValue {
        ReleasedValue::Fix(Fix { lat_deg, lon_deg, alt_m: None, heading_deg: None, accuracy_m: None })
    }

    #[test]
    fn a_level_is_one_of_its_steps_and_not_the_one_before() {
        let level = |change| Rule::Level { step: STEP, low_steps: -2, high_steps: 4, dead_steps: 2, change, period_ms: 0 };
        let every = level(Change::Every);
        let noise = Rule::Noise { period_ms: 1_000, step: STEP, low_steps: -2, high_steps: 4, epsilon_milli: 500, day_milli: 500 };
        for (rule, number, expected) in [
            (every, 1.5, Ok(())),
            (every, -1.0, Ok(())),
            (every, 1.4, Err(Breach::Finer)),
            (every, 0.5, Err(Breach::Finer)),
            (every, 2.5, Err(Breach::Finer)),
            (noise, 0.5, Ok(())),
            (noise, 0.6, Err(Breach::Finer)),
            (noise, -1.5, Err(Breach::Finer)),
        ] {
            assert_eq!(conforms(&rule, 0, None, &scalar(Value::Float(number))), expected, "{rule:?} {number}");
        }
        let (value, other) = (scalar(Value::Float(1.5)), scalar(Value::Float(1.0)));
        assert_eq!(conforms(&level(Change::Moved { beyond_pct: 0 }), 1, Some((0, &value)), &value), Err(Breach::Unchanged));
        assert_eq!(conforms(&level(Change::Moved { beyond_pct: 0 }), 1, Some((0, &other)), &value), Ok(()));
        assert_eq!(conforms(&every, 1, Some((0, &value)), &value), Ok(()));
        assert_eq!(conforms(&every, 0, None, &place(48.0, 11.0)), Err(Breach::Form));
    }

    #[test]
    fn counts_are_as_many_as_the_rule_has_bins() {
        let rule = Rule::Histogram { period_ms: 1_000, weigh: crate::rule::Weigh::Samples, step: STEP, low_steps: 0, width_steps: 1, bins: 3 };
        let counts = |counts: &[u32]| ReleasedValue::Counts(crate::transform::Counts::from_slice(counts).unwrap());
        assert_eq!(conforms(&rule, 0, None, &counts(&[0, 4, 1])), Ok(()));
        for wrong in [counts(&[0, 4]), counts(&[0, 4, 1, 0]), scalar(Value::Int(3))] {
            assert_eq!(conforms(&rule, 0, None, &wrong), Err(Breach::Form), "{wrong:?}");
        }
        assert_eq!(conforms(&Rule::AsIs, 0, None, &counts(&[1])), Err(Breach::Form), "no rule leaves counts as they came");
    }

    #[test]
    fn a_place_is_a_cells_centre_or_written_to_a_metre() {
        let track = |cell_m| Rule::Track { cell_m, raster_ms: 1_000, guard: crate::rule::Guard::Zones, slices: crate::rule::Slices::Whole };
        let metre = place(48.123_45, 11.5);
        let ReleasedValue::Fix(fix) = &metre else { panic!() };
        let centre = ReleasedValue::Fix(snap(fix, 2_000).unwrap());
        let moved = Rule::Moved { cell_m: 500, scale_m: 300, raster_ms: 1_000 };
        for (rule, value, expected) in [
            (track(0), &metre, Ok(())),
            (track(0), &centre, Ok(())),
            (track(2_000), &centre, Ok(())),
            (track(2_000), &metre, Err(Breach::Finer)),
            (moved, &metre, Ok(())),
            (moved, &place(48.123_456, 11.5), Err(Breach::Finer)),
            (Rule::Event { spacing_m: 1_000 }, &place(48.123_45, 11.500_001), Err(Breach::Finer)),
            (Rule::Event { spacing_m: 1_000 }, &place(90.5, 11.5), Err(Breach::Form)),
            (moved, &scalar(Value::Float(48.0)), Err(Breach::Form)),
            (Rule::AsIs, &place(91.0, 11.5), Err(Breach::Form)),
            (Rule::AsIs, &ReleasedValue::Fix(Fix { alt_m: Some(f64::INFINITY), ..*fix }), Err(Breach::Form)),
            (Rule::AsIs, &ReleasedValue::Fix(Fix { alt_m: Some(512.5), ..*fix }), Ok(())),
        ] {
            assert_eq!(conforms(&rule, 0, None, value), expected, "{rule:?} {value:?}");
        }
    }
}
