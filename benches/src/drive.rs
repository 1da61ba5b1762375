//! Five signals of a drive at 1 Hz: recorded, from a file, or made up.

use crate::load::Dice;
use consent_core::transform::{self, RuleState, Sink, Target};
use consent_core::{NoSource, Released, ReleasedValue, Rule, Sample, Shared, SignalId, Step, Tier, UseIx, Value, Work};
use consent_protocol::batch::Row;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Paths of the signals, sorted as in a catalog: a signal's number is its place here.
pub const PATHS: [&str; 5] = [
    "Vehicle.CurrentLocation.Latitude",
    "Vehicle.CurrentLocation.Longitude",
    "Vehicle.Powertrain.CombustionEngine.Speed",
    "Vehicle.Powertrain.FuelSystem.RelativeLevel",
    "Vehicle.Speed",
];
/// Whether a signal is a whole number in VSS.
const WHOLE: [bool; 5] = [false, false, true, true, false];
/// Steps of the rounded drive: 0.001°, 100/min, 5 %, 5 km/h.
pub const STEPS: [Step; 5] = [
    Step { mantissa: 1, exponent: -3 },
    Step { mantissa: 1, exponent: -3 },
    Step { mantissa: 100, exponent: 0 },
    Step { mantissa: 5, exponent: 0 },
    Step { mantissa: 5, exponent: 0 },
];
/// Seconds of a drive that is made up.
const SECONDS: i64 = 2_400;

/// A drive.
#[derive(Clone, Debug)]
pub struct Drive {
    /// Where it is from.
    pub name: String,
    /// Its records in the order of time, five to a second.
    pub rows: Vec<Row>,
}

impl Drive {
    /// Reads a CSV file, as it is or in gzip: a head `t_ms,PATH,…` with at least the five paths, then one line a second; an
    /// empty cell holds what was before it. What stands before every signal had a value is left out.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let said = |error: std::io::Error| format!("{name}: {error}");
        let mut file = File::open(path).map_err(said)?;
        let mut text = String::new();
        if path.extension().is_some_and(|extension| extension == "gz") {
            MultiGzDecoder::new(file).read_to_string(&mut text).map_err(said)?;
        } else {
            file.read_to_string(&mut text).map_err(said)?;
        }
        let rows = parse(&text).map_err(|error| format!("{name}: {error}"))?;
        Ok(Self { name, rows })
    }

    /// A drive that nobody drove, the same each time.
    pub fn made_up() -> Self {
        let mut dice = Dice::new(0xd21e);
        let (mut speed, mut target, mut heading, mut lat, mut lon, mut fuel) = (0.0_f64, 50.0_f64, 0.8_f64, 48.137_154_2_f64, 11.576_124_1_f64, 55.0_f64);
        let mut rows = Vec::new();
        for second in 0..SECONDS {
            if dice.below(40) == 0 {
                target = [0.0, 30.0, 50.0, 50.0, 80.0, 110.0][usize::try_from(dice.below(6)).unwrap_or(0)];
            }
            heading += (dice.below(101) as f64 - 50.0) / 1_000.0;
            speed = (speed + (target - speed).clamp(-6.0, 4.0) + (dice.below(5) as f64 - 2.0) / 2.0).max(0.0);
            let metres = speed / 3.6;
            lat += metres * heading.cos() / 111_320.0;
            lon += metres * heading.sin() / 74_300.0;
            fuel -= 0.000_6;
            let rpm = 800.0 + speed % 35.0 * 60.0 + dice.below(40) as f64;
            let degrees = |value: f64| (value * 1e7).round() / 1e7;
            push(&mut rows, 1_700_000_000_000 + second * 1_000, [degrees(lat), degrees(lon), rpm, fuel, speed.round()]);
        }
        Self { name: "a drive that is made up".to_owned(), rows }
    }

    /// So many pieces of so many records, evenly spread over the drive.
    pub fn windows(&self, count: usize, records: usize) -> Result<Vec<&[Row]>, String> {
        let seconds = records.div_ceil(PATHS.len());
        let all = self.rows.len() / PATHS.len();
        let room = all.checked_sub(seconds).ok_or_else(|| format!("{}: {all} seconds with all five signals, expected at least {seconds}", self.name))?;
        let start = |at: usize| room * at / count.saturating_sub(1).max(1) * PATHS.len();
        Ok((0..count).filter_map(|at| self.rows.get(start(at)..start(at) + records)).collect())
    }

    /// The drive as the gate rounds it.
    pub fn rounded(&self) -> Self {
        let mut rows = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let ReleasedValue::Scalar(value) = &row.value else { continue };
            let step = STEPS.get(row.signal.index()).copied().unwrap_or(STEPS[0]);
            let target = Target { use_ix: UseIx(0), tier: Tier(0), signal: row.signal, rule: Rule::Round { step, period_ms: 0 } };
            let (mut state, mut shared, mut sink) = (RuleState::default(), Shared::default(), Rows(&mut rows));
            let mut work = Work { state: &mut state, shared: &mut shared, source: &mut NoSource, sink: &mut sink };
            transform::push(&Sample::Scalar { signal: row.signal, value: value.clone(), t_ms: row.t_ms }, &target, &mut work);
        }
        Self { name: format!("{}, rounded", self.name), rows }
    }
}

/// What is released becomes rows.
struct Rows<'a>(&'a mut Vec<Row>);

impl Sink for Rows<'_> {
    fn released(&mut self, released: Released) {
        self.0.push(Row::from(released));
    }

    fn reduced(&mut self, _: UseIx, _: u32) {}
}

fn push(rows: &mut Vec<Row>, t_ms: i64, values: [f64; 5]) {
    for ((signal, value), whole) in (0_u16..).zip(values).zip(WHOLE) {
        let value = if whole { Value::Int(value.round() as i64) } else { Value::Float(value) };
        rows.push(Row { signal: SignalId(signal), t_ms, value: ReleasedValue::Scalar(value) });
    }
}

fn parse(text: &str) -> Result<Vec<Row>, String> {
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    if head.first() != Some(&"t_ms") {
        return Err("expected a head that begins with t_ms, as in t_ms,Vehicle.Speed,…".to_owned());
    }
    let mut columns = [0_usize; 5];
    for (column, path) in columns.iter_mut().zip(PATHS) {
        *column = head.iter().position(|found| *found == path).ok_or_else(|| format!("has no column {path}"))?;
    }
    let (mut rows, mut last) = (Vec::new(), [None; 5]);
    for (number, line) in (2..).zip(lines) {
        let cells: Vec<&str> = line.split(',').collect();
        let t_ms = cells.first().and_then(|cell| cell.parse().ok()).ok_or_else(|| format!("line {number}: expected Unix milliseconds first"))?;
        for (last, column) in last.iter_mut().zip(columns) {
            let cell = cells.get(column).copied().unwrap_or_default();
            if !cell.is_empty() {
                *last = Some(cell.parse::<f64>().map_err(|_| format!("line {number}, column {}: expected a number", column + 1))?);
            }
        }
        if let [Some(a), Some(b), Some(c), Some(d), Some(e)] = last {
            push(&mut rows, t_ms, [a, b, c, d, e]);
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_empty_cells_hold_what_was_before() {
        let head = format!("t_ms,{},Vehicle.Other", PATHS.join(","));
        let rows = parse(&format!("{head}\n1000,48.1,11.5,800,,0,\n2000,,,900,55,3.5,7\n3000,48.2,,,,,")).unwrap();
        assert_eq!(rows.len(), 10, "the first line has no fuel");
        let value = |at: usize| match &rows[at].value {
            ReleasedValue::Scalar(value) => value.as_number().unwrap(),
            _ => f64::NAN,
        };
        assert_eq!([value(0), value(2), value(4), value(5), value(7)], [48.1, 900.0, 3.5, 48.2, 900.0]);
        assert!(parse("t_ms,Vehicle.Speed\n").unwrap_err().contains(PATHS[0]));
        assert!(parse(&format!("{head}\nx,1,1,1,1,1,1")).unwrap_err().contains("line 2"));
    }

    #[test]
    fn windows_span_the_drive_and_rounding_keeps_every_record() {
        let drive = Drive::made_up();
        let windows = drive.windows(20, 3_600).unwrap();
        assert_eq!((windows.len(), windows[0][0].t_ms, windows[19].last()), (20, drive.rows[0].t_ms, drive.rows.last()));
        assert_eq!(drive.rounded().rows.len(), drive.rows.len());
        assert!(drive.windows(20, 1_000_000).is_err());
    }
}
