//! Reads recorded drives: long (`t_ms,path,value`), wide (`t_ms,<path>,…`), others by a map; plain or gzip; a line at a time.
//!
//! INVARIANT: a broken line costs that line only, and is named by file and line; memory does not grow with the file.

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest line that is read, bytes.
const LINE_BYTES_MAX: usize = 1 << 20;
/// The last stamp that is believed: the year 2100, Unix milliseconds.
const STAMP_MS_MAX: i64 = 4_102_444_800_000;

/// One value of a drive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Unix milliseconds.
    pub t_ms: i64,
    /// VSS path.
    pub path: Rc<str>,
    /// The value as it stands in the file.
    pub text: String,
    /// Where it stands.
    pub at: Place,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Rc<str>,
    /// Its line, from 1.
    pub line: u64,
}

/// A line that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}: {what}", .at.file, .at.line)]
pub struct Broken {
    /// Where.
    pub at: Place,
    /// What was expected.
    pub what: String,
}

/// Why a file cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// Cannot be opened or read.
    #[error("{file}: {error}")]
    Io {
        /// Which file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// Not a drive.
    #[error("{file}: {what}")]
    Layout {
        /// Which file.
        file: String,
        /// What was expected and found.
        what: String,
    },
    /// A map that cannot work.
    #[error("{file}: {what}")]
    Map {
        /// Which file.
        file: String,
        /// What was expected and found.
        what: String,
    },
}

/// Which column of another CSV is which signal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriveMap {
    time: TimeColumn,
    /// Signals.
    signal: Vec<SignalColumn>,
    /// Only rows with these values in these columns.
    #[serde(default)]
    only: BTreeMap<String, String>,
    /// Between columns.
    #[serde(default = "comma")]
    delimiter: char,
}

fn comma() -> char {
    ','
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeColumn {
    column: String,
    unit: TimeUnit,
    /// Added after scaling, milliseconds.
    #[serde(default)]
    offset_ms: i64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum TimeUnit {
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "us")]
    Microseconds,
    #[serde(rename = "ns")]
    Nanoseconds,
}

impl TimeUnit {
    fn per_ms(self) -> f64 {
        match self {
            Self::Seconds => 0.001,
            Self::Milliseconds => 1.0,
            Self::Microseconds => 1_000.0,
            Self::Nanoseconds => 1_000_000.0,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalColumn {
    column: String,
    path: String,
    #[serde(default)]
    factor: Option<f64>,
    #[serde(default)]
    offset: Option<f64>,
}

impl DriveMap {
    /// Reads a map.
    pub fn read(file: &Path) -> Result<Self, DriveError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| DriveError::Io { file: name.clone(), error })?;
        toml::from_str(&text).map_err(|error| DriveError::Map { file: name, what: error.to_string() })
    }
}

enum Layout {
    Long,
    Wide(Vec<Rc<str>>),
    Mapped { time: usize, columns: Vec<(usize, Rc<str>, SignalColumn)>, only: Vec<(usize, String)>, map: DriveMap },
}

/// One file, a value at a time.
pub struct DriveReader {
    csv: csv::Reader<Box<dyn Read>>,
    record: csv::ByteRecord,
    file: Rc<str>,
    layout: Layout,
    paths: BTreeMap<String, Rc<str>>,
    ready: VecDeque<Entry>,
    ended: bool,
    read_bytes: Arc<AtomicU64>,
    total_bytes: u64,
}

impl std::fmt::Debug for DriveReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DriveReader").field("file", &self.file).finish_non_exhaustive()
    }
}

impl DriveReader {
    /// Opens a file and looks at its first line.
    pub fn open(file: &Path, map: Option<&DriveMap>) -> Result<Self, DriveError> {
        let name = file.display().to_string();
        let unreadable = |error| DriveError::Io { file: name.clone(), error };
        let Opened { plain, read_bytes, total_bytes } = opened(file).map_err(unreadable)?;
        let delimiter = map.and_then(|map| u8::try_from(map.delimiter).ok()).unwrap_or(b',');
        let mut csv = csv::ReaderBuilder::new().flexible(true).quoting(map.is_some()).delimiter(delimiter).from_reader(plain);
        let header = csv.byte_headers().map_err(|error| DriveError::Layout { file: name.clone(), what: format!("cannot be read: {error}") })?;
        let header: Option<Vec<String>> =
            header.iter().map(|field| std::str::from_utf8(field).ok().map(|text| text.trim_start_matches('\u{feff}').trim().to_owned())).collect();
        let layout = layout(header.unwrap_or_default(), map).map_err(|what| DriveError::Layout { file: name.clone(), what })?;
        let record = csv::ByteRecord::new();
        Ok(Self { csv, record, file: name.into(), layout, paths: BTreeMap::new(), ready: VecDeque::new(), ended: false, read_bytes, total_bytes })
    }

    /// How much of the file was read: bytes read and bytes in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.read_bytes.load(Ordering::Relaxed), self.total_bytes)
    }

    fn row(&mut self) -> Result<(), Broken> {
        let at = Place { file: Rc::clone(&self.file), line: self.record.position().map_or(0, csv::Position::line) };
        let broken = |what: String| Broken { at: at.clone(), what };
        let fields: Result<Vec<&str>, _> = self.record.iter().map(std::str::from_utf8).collect();
        let fields = fields.map_err(|_| broken("not UTF-8".to_owned()))?;
        match &self.layout {
            Layout::Long => {
                let [t_ms, path, text] = fields.as_slice() else { return Err(broken(format!("expected 3 fields, found {}", fields.len()))) };
                let (t_ms, path) = (stamp(t_ms).map_err(broken)?, path.trim());
                if path.is_empty() || text.trim().is_empty() {
                    return Err(broken("path or value is empty".to_owned()));
                }
                let path = match self.paths.get(path) {
                    Some(known) => Rc::clone(known),
                    None if self.paths.len() >= 4_096 => Rc::from(path),
                    None => Rc::clone(self.paths.entry(path.to_owned()).or_insert_with(|| Rc::from(path))),
                };
                self.ready.push_back(Entry { t_ms, path, text: (*text).to_owned(), at });
            }
            Layout::Wide(paths) => {
                let [t_ms, values @ ..] = fields.as_slice() else { return Err(broken("empty line".to_owned())) };
                if values.len() != paths.len() {
                    return Err(broken(format!("expected {} fields, found {}", paths.len().saturating_add(1), fields.len())));
                }
                let t_ms = stamp(t_ms).map_err(broken)?;
                let given = paths.iter().zip(values).filter(|(_, text)| !text.trim().is_empty());
                self.ready.extend(given.map(|(path, text)| Entry { t_ms, path: Rc::clone(path), text: (*text).to_owned(), at: at.clone() }));
            }
            Layout::Mapped { time, columns, only, map } => {
                if only.iter().any(|(column, value)| fields.get(*column).is_none_or(|found| found.trim() != value)) {
                    return Ok(());
                }
                let t_ms = scaled_stamp(fields.get(*time).copied().unwrap_or_default(), &map.time).map_err(broken)?;
                let mut entries = Vec::with_capacity(columns.len());
                for (column, path, signal) in columns {
                    let text = fields.get(*column).map_or("", |text| text.trim());
                    if text.is_empty() {
                        continue;
                    }
                    let text = scaled(text, signal).ok_or_else(|| broken(format!("column {}: expected a number", signal.column)))?;
                    entries.push(Entry { t_ms, path: Rc::clone(path), text, at: at.clone() });
                }
                self.ready.extend(entries);
            }
        }
        Ok(())
    }
}

impl Iterator for DriveReader {
    type Item = Result<Entry, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Some(Ok(entry));
            }
            if self.ended {
                return None;
            }
            let read = self.csv.read_byte_record(&mut self.record);
            let broken = match read {
                Ok(true) => self.row(),
                Ok(false) => {
                    self.ended = true;
                    Ok(())
                }
                Err(error) => {
                    self.ended = true;
                    let at = Place { file: Rc::clone(&self.file), line: self.csv.position().line() };
                    Err(Broken { at, what: format!("the file cannot be read any further: {error}") })
                }
            };
            if let Err(broken) = broken {
                return Some(Err(broken));
            }
        }
    }
}

/// A file that is read: plain or gzip, and no line longer than any drive's.
pub(crate) struct Opened {
    /// Its text.
    pub(crate) plain: Box<dyn Read>,
    /// How many bytes of the file were read.
    pub(crate) read_bytes: Arc<AtomicU64>,
    /// How many it has.
    pub(crate) total_bytes: u64,
}

/// Opens a file; gzip is recognised by its bytes.
pub(crate) fn opened(file: &Path) -> io::Result<Opened> {
    let opened = File::open(file)?;
    let total_bytes = opened.metadata()?.len();
    let read_bytes = Arc::new(AtomicU64::new(0));
    let mut raw = BufReader::new(Counted { inner: opened, read: Arc::clone(&read_bytes) });
    let zipped = io::BufRead::fill_buf(&mut raw)?.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn Read> = if zipped { Box::new(MultiGzDecoder::new(raw)) } else { Box::new(raw) };
    Ok(Opened { plain: Box::new(Bounded { inner: plain, line_bytes: 0 }), read_bytes, total_bytes })
}

fn layout(header: Vec<String>, map: Option<&DriveMap>) -> Result<Layout, String> {
    if header == ["t_ms", "path", "value"] {
        return Ok(Layout::Long);
    }
    match (header.as_slice(), map) {
        (_, Some(map)) => mapped(&header, map),
        ([first, paths @ ..], None) if first == "t_ms" && !paths.is_empty() => Ok(Layout::Wide(paths.iter().map(|path| Rc::from(path.as_str())).collect())),
        (_, None) => Err("expected a first line `t_ms,path,value` or `t_ms,<path>,…`, or a map of its columns (--map FILE)".to_owned()),
    }
}

fn mapped(header: &[String], map: &DriveMap) -> Result<Layout, String> {
    let find =
        |name: &str| header.iter().position(|column| column == name).ok_or_else(|| format!("the map names column `{name}`, found: {}", header.join(", ")));
    let columns = map.signal.iter().map(|signal| Ok((find(&signal.column)?, Rc::from(signal.path.as_str()), signal.clone())));
    let only = map.only.iter().map(|(column, value)| Ok((find(column)?, value.clone())));
    Ok(Layout::Mapped {
        time: find(&map.time.column)?,
        columns: columns.collect::<Result<_, String>>()?,
        only: only.collect::<Result<_, String>>()?,
        map: map.clone(),
    })
}

fn stamp(text: &str) -> Result<i64, String> {
    text.trim().parse().ok().filter(|t_ms| (0..=STAMP_MS_MAX).contains(t_ms)).ok_or_else(|| "expected Unix milliseconds before the year 2100".to_owned())
}

#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the range is checked first; 2^53 ms lie far beyond the year 2100"
)]
fn scaled_stamp(text: &str, time: &TimeColumn) -> Result<i64, String> {
    let wrong = || format!("column {}: expected a time before the year 2100", time.column);
    let number: f64 = text.trim().parse().map_err(|_| wrong())?;
    let t_ms = (number / time.unit.per_ms()).round();
    if !(0.0..=STAMP_MS_MAX as f64).contains(&t_ms) {
        return Err(wrong());
    }
    Ok((t_ms as i64).saturating_add(time.offset_ms))
}

fn scaled(text: &str, signal: &SignalColumn) -> Option<String> {
    if signal.factor.is_none() && signal.offset.is_none() {
        return Some(text.to_owned());
    }
    let number: f64 = text.parse().ok()?;
    Some((number * signal.factor.unwrap_or(1.0) + signal.offset.unwrap_or(0.0)).to_string())
}

/// Several files in order of their stamps.
#[derive(Debug)]
pub struct Merged {
    files: Vec<(DriveReader, Option<Entry>)>,
    broken: Vec<Broken>,
}

impl Merged {
    /// Opens all files; one that cannot be used is an error.
    pub fn open(files: &[PathBuf], map: Option<&DriveMap>) -> Result<Self, DriveError> {
        let readers = files.iter().map(|file| Ok((DriveReader::open(file, map)?, None))).collect::<Result<_, _>>()?;
        let mut merged = Self { files: readers, broken: Vec::new() };
        for at in 0..merged.files.len() {
            merged.refill(at);
        }
        if let Some((empty, _)) = merged.files.iter().find(|(_, first)| first.is_none()) {
            let what = merged.broken.iter().find(|broken| broken.at.file == empty.file).map_or_else(
                || "expected records, found none".to_owned(),
                |broken| format!("not one line can be used; line {}: {}", broken.at.line, broken.what),
            );
            return Err(DriveError::Layout { file: empty.file.to_string(), what });
        }
        Ok(merged)
    }

    fn refill(&mut self, at: usize) {
        let Some((reader, first)) = self.files.get_mut(at) else { return };
        loop {
            match reader.next() {
                Some(Ok(entry)) => *first = Some(entry),
                Some(Err(broken)) => {
                    self.broken.push(broken);
                    // Whoever plays the drive takes them away; a file of broken lines only must not fill the memory.
                    if self.broken.len() < 4_096 {
                        continue;
                    }
                    self.broken.truncate(4_096);
                    continue;
                }
                None => *first = None,
            }
            return;
        }
    }

    /// The next entry, still there.
    pub fn peek(&self) -> Option<&Entry> {
        self.files.iter().filter_map(|(_, first)| first.as_ref()).min_by_key(|entry| entry.t_ms)
    }

    /// Takes the next entry.
    pub fn take(&mut self) -> Option<Entry> {
        let (at, _) =
            self.files.iter().enumerate().filter_map(|(at, (_, first))| first.as_ref().map(|entry| (at, entry.t_ms))).min_by_key(|(_, t_ms)| *t_ms)?;
        let entry = self.files.get_mut(at).and_then(|(_, first)| first.take());
        self.refill(at);
        entry
    }

    /// Broken lines since the last call.
    pub fn take_broken(&mut self) -> Vec<Broken> {
        std::mem::take(&mut self.broken)
    }

    /// How much was read: bytes read and bytes in all.
    pub fn progress(&self) -> (u64, u64) {
        self.files.iter().map(|(reader, _)| reader.progress()).fold((0, 0), |(read, total), (more, of)| (read.saturating_add(more), total.saturating_add(of)))
    }
}

struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

/// Ends where a line is longer than any drive's.
struct Bounded<R> {
    inner: R,
    line_bytes: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let got = buffer.get(..read).unwrap_or_default();
        self.line_bytes = match got.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => read.saturating_sub(at).saturating_sub(1),
            None => self.line_bytes.saturating_add(read),
        };
        if self.line_bytes > LINE_BYTES_MAX {
            Err(io::Error::new(io::ErrorKind::InvalidData, format!("a line is longer than {LINE_BYTES_MAX} bytes")))
        } else {
            Ok(read)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn write(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn all(text: &str, map: Option<&DriveMap>) -> Vec<Result<(i64, String, String), u64>> {
        let file = write(text);
        let reader = DriveReader::open(file.path(), map).unwrap();
        reader.map(|one| one.map(|entry| (entry.t_ms, entry.path.to_string(), entry.text)).map_err(|broken| broken.at.line)).collect()
    }

    #[test]
    fn a_broken_line_costs_that_line_only_and_is_named() {
        let found = all("t_ms,path,value\n5,Vehicle.Speed,1\nx,Vehicle.Speed,2\n7,Vehicle.Speed\n\"9,Vehicle.Speed,3\n11,Vehicle.Speed,4\n", None);
        let good = |t_ms: i64, text: &str| Ok((t_ms, "Vehicle.Speed".to_owned(), text.to_owned()));
        assert_eq!(found, [good(5, "1"), Err(3), Err(4), Err(5), good(11, "4")]);
    }

    #[test]
    fn a_wide_row_gives_the_values_that_stand_in_it() {
        let found = all("t_ms,Vehicle.Speed,Vehicle.IsMoving\n5,,true\n6,1.5,\n7,1\n", None);
        assert_eq!(found, [Ok((5, "Vehicle.IsMoving".into(), "true".into())), Ok((6, "Vehicle.Speed".into(), "1.5".into())), Err(4)]);
    }

    #[test]
    fn a_map_scales_time_and_values_and_picks_rows() {
        let map: DriveMap =
            toml::from_str("only = { car = \"a\" }\ntime = { column = \"t\", unit = \"s\" }\n[[signal]]\ncolumn = \"mph\"\npath = \"Vehicle.Speed\"\nfactor = 1.5\noffset = 1\n").unwrap();
        let found = all("car,t,mph\na,1.5,10\nb,2,20\na,3,fast\na,4,\n", Some(&map));
        assert_eq!(found, [Ok((1_500, "Vehicle.Speed".into(), "16".into())), Err(4)]);
    }

    #[test]
    fn gzip_is_read_and_a_cut_file_ends_with_a_broken_line() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"t_ms,path,value\n5,Vehicle.Speed,1\n").unwrap();
        let whole = encoder.finish().unwrap();
        for (bytes, broken) in [(whole.as_slice(), 0), (&whole[..whole.len() - 6], 1)] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(bytes).unwrap();
            let found: Vec<_> = DriveReader::open(file.path(), None).unwrap().collect();
            assert_eq!(found.iter().filter(|one| one.is_err()).count(), broken);
        }
    }

    #[test]
    fn files_are_merged_by_their_stamps() {
        let (one, two) = (write("t_ms,path,value\n5,A,1\n9,A,2\n"), write("t_ms,path,value\n1,B,1\n7,B,2\n"));
        let mut merged = Merged::open(&[one.path().into(), two.path().into()], None).unwrap();
        let stamps: Vec<i64> = std::iter::from_fn(|| merged.take()).map(|entry| entry.t_ms).collect();
        assert_eq!(stamps, [1, 5, 7, 9]);
    }

    #[test]
    fn a_file_that_is_no_drive_is_an_error_that_says_so() {
        for text in ["", "time,speed\n1,2\n", "t_ms,path,value\n", "t_ms,path,value\nx,y,z\n"] {
            let file = write(text);
            let error = Merged::open(&[file.path().into()], None).unwrap_err().to_string();
            assert!(error.contains("expected"), "{error}");
        }
    }
}
