//! Reads recorded tracks of cars, and the places that are to be hidden.
//!
//! INVARIANT: a share is only worth what was read. So unlike a replay, which skips a broken line, a measurement ends at one, by file and line.

use super::geo::{Point, metres, seconds};
use crate::drives::opened;
use crate::progress::Progress;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Trips of fewer fixes are dropped.
pub const FIXES_MIN: usize = 5;
/// More fixes are not taken: they are all held in memory.
const FIXES_MAX: usize = 20_000_000;
/// The last stamp that is believed: the year 2100, Unix milliseconds.
const STAMP_MS_MAX: i64 = 4_102_444_800_000;
/// Columns of a track; more may follow.
const TRACK: [&str; 5] = ["vehicle", "trip", "t_ms", "lat", "lon"];
/// Columns of a track that are taken where they are; a field may be empty.
const MORE: [&str; 2] = ["speed_kmh", "fuel_l_h"];
/// Columns of the places; more may follow.
const ANCHORS: [&str; 4] = ["vehicle", "rank", "lat", "lon"];

/// Why something cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Cannot be opened or read.
    #[error("{file}: {error}")]
    Io {
        /// Which file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// A line that is not what it should be.
    #[error("{file}:{line}: {what}")]
    Line {
        /// Which file.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// What was expected and found.
        what: String,
    },
    /// Nothing to measure.
    #[error("{0}")]
    Nothing(String),
}

/// One position of a track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Unix milliseconds.
    pub t_ms: i64,
    /// Where.
    pub at: Point,
    /// How fast the car itself says that it is, km/h.
    pub speed_kmh: Option<f64>,
    /// Fuel that flows, litres an hour.
    pub fuel_l_h: Option<f64>,
}

/// One trip, in order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Trip {
    /// At least [`FIXES_MIN`] positions.
    pub fixes: Vec<Seen>,
}

impl Trip {
    /// Metres driven, from fix to fix.
    pub fn metres(&self) -> f64 {
        self.fixes.iter().zip(self.fixes.iter().skip(1)).map(|(from, to)| metres(from.at, to.at)).sum()
    }

    /// Speed at each fix, km/h: as the car says, or of the way since the fix before.
    pub fn speeds_kmh(&self) -> Vec<f64> {
        let mut before: Option<(Seen, f64)> = None;
        let mut speeds = Vec::with_capacity(self.fixes.len());
        for seen in &self.fixes {
            let by_way = before.map(|(from, speed)| {
                let took_s = seconds(from.t_ms, seen.t_ms);
                if took_s > 0.0 { metres(from.at, seen.at) / took_s * 3.6 } else { speed }
            });
            let speed = seen.speed_kmh.or(by_way).unwrap_or(0.0).max(0.0);
            before = Some((*seen, speed));
            speeds.push(speed);
        }
        speeds
    }

    /// When it began and ended, Unix milliseconds.
    pub fn span_ms(&self) -> (i64, i64) {
        (self.fixes.first().map_or(0, |seen| seen.t_ms), self.fixes.last().map_or(0, |seen| seen.t_ms))
    }

    /// Whether two trips of one car overlap in time: then it is one drive that was recorded twice.
    pub fn overlaps(&self, other: &Self) -> bool {
        let ((from, until), (other_from, other_until)) = (self.span_ms(), other.span_ms());
        from <= other_until && other_from <= until
    }
}

/// One car with all its trips, in order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Car {
    /// As the file calls it.
    pub name: String,
    /// Its trips.
    pub trips: Vec<Trip>,
    /// Where it lives: the place of rank 1.
    pub home: Option<Point>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Cars, by name.
    pub cars: Vec<Car>,
    /// Trips that were too short.
    pub trips_dropped: usize,
}

/// Trips by car and trip.
type Trips = BTreeMap<String, BTreeMap<String, Vec<Seen>>>;

/// Reads all files. A car that is in several is one car.
pub fn fleet(files: &[PathBuf], progress: &mut Progress) -> Result<Fleet, ReadError> {
    let mut trips = Trips::new();
    let mut count = 0_usize;
    for file in files {
        rows(file, (&TRACK, &MORE), progress, |fields| {
            let [vehicle, trip, t_ms, lat, lon, speed, fuel] = fields else { return Err("expected 5 fields".to_owned()) };
            let t_ms = t_ms.parse().ok().filter(|t_ms| (0..=STAMP_MS_MAX).contains(t_ms));
            let t_ms = t_ms.ok_or("t_ms: expected Unix milliseconds before the year 2100")?;
            let seen = Seen { t_ms, at: point(lat, lon)?, speed_kmh: reading("speed_kmh", speed)?, fuel_l_h: reading("fuel_l_h", fuel)? };
            count = count.saturating_add(1);
            if count > FIXES_MAX {
                return Err(format!("expected at most {FIXES_MAX} fixes in all"));
            }
            trips.entry((*vehicle).to_owned()).or_default().entry((*trip).to_owned()).or_default().push(seen);
            Ok(())
        })?;
    }
    progress.done();
    let mut fleet = Fleet { cars: Vec::new(), trips_dropped: 0 };
    for (name, trips) in trips {
        let mut long: Vec<Trip> = Vec::new();
        for mut fixes in trips.into_values() {
            fixes.sort_by_key(|seen| seen.t_ms);
            if fixes.len() < FIXES_MIN {
                fleet.trips_dropped += 1;
            } else {
                long.push(Trip { fixes });
            }
        }
        long.sort_by_key(|trip| trip.fixes.first().map(|seen| seen.t_ms));
        if !long.is_empty() {
            fleet.cars.push(Car { name, trips: long, home: None });
        }
    }
    if fleet.cars.is_empty() {
        return Err(ReadError::Nothing(format!("no trip has {FIXES_MIN} fixes or more: nothing to measure")));
    }
    Ok(fleet)
}

/// Reads where cars live. Places of cars that were not read are passed over.
pub fn homes(file: &Path, fleet: &mut Fleet) -> Result<(), ReadError> {
    let mut found = BTreeMap::new();
    rows(file, (&ANCHORS, &[]), &mut Progress::hidden(), |fields| {
        let [vehicle, rank, lat, lon] = fields else { return Err("expected 4 fields".to_owned()) };
        let rank: u32 = rank.parse().map_err(|_| "rank: expected a whole number".to_owned())?;
        let at = point(lat, lon)?;
        if rank == 1 && found.insert((*vehicle).to_owned(), at).is_some() {
            return Err("a second place of rank 1 for this vehicle".to_owned());
        }
        Ok(())
    })?;
    for car in &mut fleet.cars {
        car.home = found.get(&car.name).copied();
    }
    Ok(())
}

/// Calls `take` with the wanted fields of every line, then with those that may be missing; those are empty then.
fn rows(
    file: &Path,
    (wanted, more): (&[&str], &[&str]),
    progress: &mut Progress,
    mut take: impl FnMut(&[&str]) -> Result<(), String>,
) -> Result<(), ReadError> {
    let name = || file.display().to_string();
    let opened = opened(file).map_err(|error| ReadError::Io { file: name(), error })?;
    let at_line = |line, what: String| ReadError::Line { file: name(), line, what };
    let mut csv = csv::ReaderBuilder::new().flexible(true).quoting(false).from_reader(opened.plain);
    let header = csv.headers().map_err(|error| at_line(1, format!("cannot be read: {error}")))?.clone();
    let column = |name: &&str| header.iter().position(|found| found.trim_start_matches('\u{feff}').trim() == *name);
    let columns: Vec<usize> = wanted.iter().filter_map(column).collect();
    if columns.len() != wanted.len() {
        let found = header.iter().collect::<Vec<_>>().join(",");
        return Err(at_line(1, format!("expected columns `{}`, found `{}`", wanted.join(","), found.chars().take(200).collect::<String>())));
    }
    let more: Vec<Option<usize>> = more.iter().map(column).collect();
    let mut record = csv::StringRecord::new();
    loop {
        let line = csv.position().line();
        match csv.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => return Err(at_line(line, format!("cannot be read: {error}"))),
        }
        let line = record.position().map_or(line, csv::Position::line);
        if record.len() != header.len() {
            return Err(at_line(line, format!("expected {} fields, found {}", header.len(), record.len())));
        }
        let known = columns.iter().filter_map(|column| record.get(*column));
        let perhaps = more.iter().map(|column| column.and_then(|column| record.get(column)).unwrap_or_default());
        let fields: Vec<&str> = known.chain(perhaps).map(str::trim).collect();
        take(&fields).map_err(|what| at_line(line, what))?;
        progress.show((opened.read_bytes.load(Ordering::Relaxed), opened.total_bytes));
    }
}

/// A number, if the field has one.
fn reading(column: &str, text: &str) -> Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Some).ok_or_else(|| format!("{column}: expected a number or nothing"))
}

/// A position on the globe.
fn point(lat: &str, lon: &str) -> Result<Point, String> {
    let degrees = |text: &str, most: f64| text.parse().ok().filter(|deg: &f64| (-most..=most).contains(deg));
    let lat_deg = degrees(lat, 90.0).ok_or("lat: expected degrees from -90 to 90")?;
    let lon_deg = degrees(lon, 180.0).ok_or("lon: expected degrees from -180 to 180")?;
    Ok(Point { lat_deg, lon_deg })
}
