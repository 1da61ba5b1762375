//! Handing data on as JSON lines: one file per stream and day of receipt, or standard output. `docs/receiver.md` has the fields.
//!
//! INVARIANT: the store says how many bytes of a file count. What a crash left behind them is cut off before the next byte is
//! written, so that a file has every accepted batch exactly once; standard output has it at least once.

use crate::calendar::{day, rfc3339};
use crate::engine::EngineError;
use crate::store::Stream;
use crate::verify::Resting;
use consent_core::{ClockTrust, Fix, ReleasedValue, Rule, Value};
use consent_protocol::batch::{Batch, Row};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Schema of a data line.
pub(crate) const LINE_SCHEMA: &str = "consent-receiver/line/1";
/// Schema of a line that says that a batch was erased.
pub(crate) const ERASE_SCHEMA: &str = "consent-receiver/erase/1";

impl From<std::io::Error> for EngineError {
    fn from(error: std::io::Error) -> Self {
        Self::HandOn(error.to_string())
    }
}

/// Where data goes.
#[derive(Clone, Debug)]
pub(crate) enum HandOn {
    /// Nowhere.
    Nothing,
    /// Standard output.
    Stdout,
    /// Files in a folder.
    Folder(PathBuf),
}

/// A data line.
#[derive(Debug, Serialize)]
struct Line<'a> {
    schema: &'a str,
    batch_id: &'a str,
    row: usize,
    recipient: &'a str,
    stream: &'a str,
    event_time: String,
    received_time: &'a str,
    clock_trust: ClockTrust,
    #[serde(rename = "use")]
    use_id: &'a str,
    use_revision: u32,
    signal: &'a str,
    value: serde_json::Value,
    unit: &'a str,
    tier: u8,
    rule: &'a Rule,
    vss_version: &'a str,
}

/// A line that says that a batch is gone.
#[derive(Debug, Serialize)]
struct EraseLine<'a> {
    schema: &'a str,
    recipient: &'a str,
    stream: &'a str,
    erase: Erased<'a>,
}

#[derive(Debug, Serialize)]
struct Erased<'a> {
    batch_id: &'a str,
    cause: &'a str,
    time: &'a str,
}

/// What of a line says whose it is; an erase line has no batch of its own.
#[derive(Debug, Deserialize)]
struct Whose<'a> {
    #[serde(borrow, default)]
    batch_id: Option<Cow<'a, str>>,
}

/// The name of a batch in lines and commands: stream and number.
pub(crate) fn batch_id(stream: &Stream, n: u32) -> String {
    format!("{}-{n}", stream.name)
}

/// A value as JSON.
pub(crate) fn json(value: &ReleasedValue) -> serde_json::Value {
    match value {
        ReleasedValue::Scalar(Value::Bool(flag)) => (*flag).into(),
        ReleasedValue::Scalar(Value::Int(number)) => (*number).into(),
        ReleasedValue::Scalar(Value::Uint(number)) => (*number).into(),
        ReleasedValue::Scalar(Value::Float(number)) => (*number).into(),
        ReleasedValue::Scalar(Value::Text(text)) => text.as_str().into(),
        ReleasedValue::Scalar(Value::Ints(numbers)) => numbers.as_slice().into(),
        ReleasedValue::Scalar(Value::Floats(numbers)) => numbers.as_slice().into(),
        ReleasedValue::Fix(fix) => json_of_fix(fix),
        ReleasedValue::Counts(counts) => counts.as_slice().into(),
    }
}

fn json_of_fix(fix: &Fix) -> serde_json::Value {
    let parts = [
        ("latitude", Some(fix.lat_deg)),
        ("longitude", Some(fix.lon_deg)),
        ("altitude", fix.alt_m),
        ("heading", fix.heading_deg),
        ("accuracy", fix.accuracy_m),
    ];
    parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), serde_json::Value::from(part?)))).collect()
}

/// The lines of a batch.
pub(crate) fn lines(stream: &Stream, batch: &Batch, resting: &Resting, rows: &[Row], received_ms: i64) -> Result<Vec<u8>, EngineError> {
    let (id, stream_id, received) = (batch_id(stream, batch.n), stream.name.to_string(), rfc3339(received_ms));
    let mut out = Vec::with_capacity(rows.len().saturating_mul(384));
    for (at, row) in rows.iter().enumerate() {
        let signal = resting.known.catalog.signals.get(row.signal.index());
        let line = Line {
            schema: LINE_SCHEMA,
            batch_id: &id,
            row: at,
            recipient: &stream.recipient,
            stream: &stream_id,
            event_time: rfc3339(row.t_ms),
            received_time: &received,
            clock_trust: batch.clock,
            use_id: &resting.terms.use_id,
            use_revision: resting.terms.revision,
            signal: signal.map_or("", |signal| &signal.path),
            value: json(&row.value),
            unit: signal.map_or("", |signal| &signal.unit),
            tier: resting.terms.tier,
            rule: resting.rule(row.signal.0).unwrap_or(&Rule::Drop),
            vss_version: &resting.known.catalog.vss_version,
        };
        put(&mut out, &line)?;
    }
    Ok(out)
}

/// The line that tells that a batch was erased.
pub(crate) fn erase_line(stream: &Stream, n: u32, cause: &str, now_ms: i64) -> Result<Vec<u8>, EngineError> {
    let (id, stream_id, time) = (batch_id(stream, n), stream.name.to_string(), rfc3339(now_ms));
    let erase = Erased { batch_id: &id, cause, time: &time };
    let mut out = Vec::new();
    put(&mut out, &EraseLine { schema: ERASE_SCHEMA, recipient: &stream.recipient, stream: &stream_id, erase })?;
    Ok(out)
}

fn put(out: &mut Vec<u8>, line: &impl Serialize) -> Result<(), EngineError> {
    serde_json::to_writer(&mut *out, line).map_err(|error| EngineError::HandOn(error.to_string()))?;
    out.push(b'\n');
    Ok(())
}

impl HandOn {
    /// From the configuration: a folder, or `-` for standard output.
    pub(crate) fn new(place: Option<&Path>) -> Self {
        match place {
            None => Self::Nothing,
            Some(path) if path == Path::new("-") => Self::Stdout,
            Some(path) => Self::Folder(path.to_owned()),
        }
    }

    /// Hands lines on, before the transaction that stores what they say is committed.
    pub(crate) fn append(&self, db: &Connection, stream: &Stream, now_ms: i64, bytes: &[u8]) -> Result<(), EngineError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Stdout => {
                let mut out = std::io::stdout().lock();
                out.write_all(bytes)?;
                Ok(out.flush()?)
            }
            Self::Folder(root) => {
                let day = day(now_ms);
                let mut query = db.prepare_cached("SELECT length FROM files WHERE stream = ?1 AND day = ?2")?;
                let committed: Option<i64> = query.query_row(params![stream.id, day], |row| row.get(0)).optional()?;
                let length = append_to(&path(root, stream, &day), committed.unwrap_or(0), bytes)?;
                db.prepare_cached("INSERT INTO files (stream, day, length) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET length = ?3")?
                    .execute(params![stream.id, day, length])?;
                Ok(())
            }
        }
    }

    /// Takes the lines of erased batches out of a file; yields how long it is afterwards. May be repeated.
    pub(crate) fn rewrite(&self, stream: &Stream, day: &str, committed: i64, erased: &BTreeSet<u32>) -> Result<i64, EngineError> {
        let Self::Folder(root) = self else { return Ok(committed) };
        let path = path(root, stream, day);
        let source = match File::open(&path) {
            Ok(source) => source,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error.into()),
        };
        let gone: BTreeSet<String> = erased.iter().map(|n| batch_id(stream, *n)).collect();
        let beside = path.with_extension("jsonl.tmp");
        let mut target = File::create(&beside)?;
        let length = copy_without(source, &mut target, committed, &gone)?;
        target.sync_all()?;
        std::fs::rename(&beside, &path)?;
        sync_folder(&path)?;
        Ok(length)
    }

    /// Cuts off what a crash left behind the committed length.
    pub(crate) fn cut(&self, stream: &Stream, day: &str, committed: i64) -> Result<(), EngineError> {
        let Self::Folder(root) = self else { return Ok(()) };
        match OpenOptions::new().write(true).open(path(root, stream, day)) {
            Ok(file) => {
                let committed = u64::try_from(committed).unwrap_or(0);
                if file.metadata()?.len() > committed {
                    file.set_len(committed)?;
                    file.sync_all()?;
                }
                Ok(())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// All files of a recipient: stream and day in words, and where each is.
    pub(crate) fn files(&self, recipient: &str) -> Result<Vec<(String, String, PathBuf)>, EngineError> {
        let Self::Folder(root) = self else { return Ok(Vec::new()) };
        let listed = match std::fs::read_dir(root.join(recipient)) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut found = Vec::new();
        for entry in listed {
            let path = entry?.path();
            let named = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".jsonl")).and_then(|name| name.split_once('-'));
            if let Some((stream, day)) = named.map(|(stream, day)| (stream.to_owned(), day.to_owned())) {
                found.push((stream, day, path));
            }
        }
        Ok(found)
    }

    /// Whether copies that were handed on can be erased here.
    pub(crate) fn erases(&self) -> bool {
        !matches!(self, Self::Stdout)
    }
}

/// Where the lines of a stream and day are.
pub(crate) fn path(root: &Path, stream: &Stream, day: &str) -> PathBuf {
    root.join(&stream.recipient).join(format!("{}-{day}.jsonl", stream.name))
}

fn append_to(path: &Path, committed: i64, bytes: &[u8]) -> Result<i64, EngineError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    let found = file.metadata()?.len();
    // Shorter than committed: somebody took the file away, or it was rewritten and the commit of that was lost.
    let start = found.min(u64::try_from(committed).unwrap_or(0));
    file.set_len(start)?;
    file.seek(SeekFrom::Start(start))?;
    file.write_all(bytes)?;
    file.sync_data()?;
    if found == 0 {
        sync_folder(path)?;
    }
    let end = start.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    Ok(i64::try_from(end).unwrap_or(i64::MAX))
}

fn copy_without(source: File, target: &mut File, committed: i64, gone: &BTreeSet<String>) -> Result<i64, EngineError> {
    let mut reader = BufReader::new(source.take(u64::try_from(committed).unwrap_or(0)));
    let (mut line, mut kept) = (Vec::new(), Vec::new());
    let mut length = 0_i64;
    while reader.read_until(b'\n', &mut line)? > 0 {
        let whose = serde_json::from_slice::<Whose<'_>>(&line).ok().and_then(|whose| whose.batch_id.map(Cow::into_owned));
        if whose.is_none_or(|id| !gone.contains(&id)) {
            length = length.saturating_add(i64::try_from(line.len()).unwrap_or(i64::MAX));
            kept.append(&mut line);
        }
        line.clear();
        if kept.len() > 1 << 16 {
            target.write_all(&kept)?;
            kept.clear();
        }
    }
    target.write_all(&kept)?;
    Ok(length)
}

fn sync_folder(path: &Path) -> Result<(), EngineError> {
    match path.parent() {
        Some(folder) => Ok(File::open(folder)?.sync_all()?),
        None => Ok(()),
    }
}
