//! Ends of bases, and erasure: of the store, of what was refused or laid aside, and of handed-on files.
//!
//! Erasures stand in a log of their own that is written before the erasing transaction commits, and is no part of a backup:
//! whoever restores the store from one erases again at the start (protocol rule 9).
//!
//! INVARIANT: a basis in `ends` accepts nothing any more; `erased_k` never runs ahead of the files.

use crate::engine::EngineError;
use crate::hand_on::{self, HandOn};
use crate::store::{self, Stream};
use consent_protocol::StreamId;
use consent_protocol::lane::EndKind;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Whether an end erases what was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// Received data stays until the end of its retention.
    Stays,
    /// It goes at once.
    Goes,
}

/// An end of a basis.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) basis: u32,
    /// The statement; none for an end by a secret.
    pub(crate) k: Option<u32>,
    pub(crate) kind: EndKind,
    pub(crate) data: Data,
    pub(crate) secret: Option<[u8; 32]>,
}

/// One erasure in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) recipient: String,
    pub(crate) stream: StreamId,
    pub(crate) basis: u32,
    pub(crate) kind: String,
    pub(crate) secret: Option<[u8; 32]>,
    pub(crate) at_ms: i64,
}

/// The erase log.
#[derive(Debug)]
pub(crate) struct EraseLog {
    db: Connection,
}

impl EraseLog {
    /// Opens or creates it; without a path it lives in memory.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, EngineError> {
        let db = path.map_or_else(Connection::open_in_memory, Connection::open)?;
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS erasures (
               recipient TEXT NOT NULL, stream BLOB NOT NULL, basis INTEGER NOT NULL, kind TEXT NOT NULL, secret BLOB, at_ms INTEGER NOT NULL,
               PRIMARY KEY (recipient, stream, basis)) STRICT, WITHOUT ROWID",
        )?;
        Ok(Self { db })
    }

    /// Writes erasures; what stands there stays.
    pub(crate) fn record(&mut self, entries: &[Logged]) -> Result<(), EngineError> {
        if entries.is_empty() {
            return Ok(());
        }
        let tx = self.db.transaction()?;
        for entry in entries {
            tx.prepare_cached("INSERT OR IGNORE INTO erasures (recipient, stream, basis, kind, secret, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                .execute(params![entry.recipient, entry.stream.0, entry.basis, entry.kind, entry.secret, entry.at_ms])?;
        }
        Ok(tx.commit()?)
    }

    /// Erasures of one stream.
    pub(crate) fn of(&self, recipient: &str, stream: StreamId) -> Result<Vec<Logged>, EngineError> {
        self.read("WHERE recipient = ?1 AND stream = ?2", params![recipient, stream.0])
    }

    /// All erasures.
    pub(crate) fn all(&self) -> Result<Vec<Logged>, EngineError> {
        self.read("", params![])
    }

    fn read(&self, filter: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Logged>, EngineError> {
        let mut query = self.db.prepare(&format!("SELECT recipient, stream, basis, kind, secret, at_ms FROM erasures {filter}"))?;
        let rows = query.query_map(values, |row| {
            Ok(Logged { recipient: row.get(0)?, stream: StreamId(row.get(1)?), basis: row.get(2)?, kind: row.get(3)?, secret: row.get(4)?, at_ms: row.get(5)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// An end's kind as it is stored and shown.
pub(crate) fn kind_name(kind: EndKind) -> &'static str {
    match kind {
        EndKind::Withdrawn => "withdrawn",
        EndKind::Expired => "expired",
        EndKind::Suspended => "suspended",
        EndKind::Narrowed => "narrowed",
        EndKind::Objected => "objected",
        EndKind::Restricted => "restricted",
    }
}

/// Ends a basis, and erases its data if the end says so. Yields what belongs in the log before the commit.
pub(crate) fn end(db: &Connection, hand_on: &HandOn, stream: &Stream, now_ms: i64, end: &End) -> Result<Option<Logged>, EngineError> {
    put_end(db, stream.id, now_ms, end, kind_name(end.kind))?;
    if end.data == Data::Stays {
        return Ok(None);
    }
    erase_basis(db, hand_on, stream, now_ms, end.basis, kind_name(end.kind))?;
    Ok(Some(Logged {
        recipient: stream.recipient.clone(),
        stream: stream.name,
        basis: end.basis,
        kind: kind_name(end.kind).to_owned(),
        secret: end.secret,
        at_ms: now_ms,
    }))
}

fn put_end(db: &Connection, stream: i64, now_ms: i64, end: &End, kind: &str) -> Result<(), EngineError> {
    let (erase, told) = (i64::from(end.data == Data::Goes), i64::from(end.secret.is_none()));
    db.prepare_cached(
        "INSERT INTO ends (stream, basis, k, kind, erase, at_ms, secret, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET k = coalesce(k, excluded.k), erase = max(erase, excluded.erase), secret = coalesce(secret, excluded.secret), told = min(told, excluded.told)",
    )?
    .execute(params![stream, end.basis, end.k, kind, erase, now_ms, end.secret, told])?;
    Ok(())
}

/// Erases again what the log says of a stream: after a restore, and when a stream becomes known anew.
pub(crate) fn apply_log(db: &Connection, hand_on: &HandOn, stream: &Stream, now_ms: i64, entries: &[Logged]) -> Result<(), EngineError> {
    for entry in entries {
        let told = i64::from(entry.secret.is_none());
        db.prepare_cached(
            "INSERT INTO ends (stream, basis, kind, erase, at_ms, secret, told) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET erase = 1",
        )?
        .execute(params![stream.id, entry.basis, entry.kind, entry.at_ms, entry.secret, told])?;
        erase_basis(db, hand_on, stream, now_ms, entry.basis, &entry.kind)?;
    }
    Ok(())
}

fn erase_basis(db: &Connection, hand_on: &HandOn, stream: &Stream, now_ms: i64, basis: u32, cause: &str) -> Result<(), EngineError> {
    let mut query = db.prepare_cached("SELECT n FROM batches WHERE stream = ?1 AND basis = ?2 AND envelope IS NOT NULL")?;
    let numbers: Vec<u32> = query.query_map(params![stream.id, basis], |row| row.get(0))?.collect::<Result<_, _>>()?;
    erase_batches(db, hand_on, stream, now_ms, &numbers, cause)?;
    db.prepare_cached("UPDATE aside SET envelope = NULL WHERE stream = ?1 AND basis = ?2")?.execute(params![stream.id, basis])?;
    Ok(())
}

/// Erases batches of a stream from the tables, marks their files, and tells those who read the lines.
pub(crate) fn erase_batches(db: &Connection, hand_on: &HandOn, stream: &Stream, now_ms: i64, numbers: &[u32], cause: &str) -> Result<(), EngineError> {
    let mut lines = Vec::new();
    for n in numbers {
        let mut day = db.prepare_cached("SELECT day FROM batches WHERE stream = ?1 AND n = ?2")?;
        if let Some(day) = day.query_row(params![stream.id, n], |row| row.get::<_, Option<String>>(0))? {
            db.prepare_cached("UPDATE files SET dirty = 1 WHERE stream = ?1 AND day = ?2")?.execute(params![stream.id, day])?;
            lines.append(&mut hand_on::erase_line(stream, *n, cause, now_ms)?);
        }
        db.prepare_cached("UPDATE batches SET envelope = NULL, erased_ms = ?3, erased_for = ?4 WHERE stream = ?1 AND n = ?2")?
            .execute(params![stream.id, n, now_ms, cause])?;
    }
    if lines.is_empty() { Ok(()) } else { hand_on.append(db, stream, now_ms, &lines) }
}

/// Rewrites marked files, and lets `erased_k` follow where a stream has none left. Yields the streams whose erasure is complete.
///
/// A file that cannot be rewritten stays marked: its stream is not answered, and it is tried again.
pub(crate) fn settle(db: &mut Connection, hand_on: &HandOn, now_ms: i64) -> Result<Vec<i64>, EngineError> {
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (id, day, length) in marked(&tx)? {
        let Some(stream) = store::stream_by_id(&tx, id)? else { continue };
        let mut query = tx.prepare_cached("SELECT n FROM batches WHERE stream = ?1 AND day = ?2 AND erased_ms IS NOT NULL")?;
        let erased: BTreeSet<u32> = query.query_map(params![id, day], |row| row.get(0))?.collect::<Result<_, _>>()?;
        match hand_on.rewrite(&stream, &day, length, &erased) {
            Ok(length) => {
                tx.prepare_cached("UPDATE files SET dirty = 0, length = ?3 WHERE stream = ?1 AND day = ?2")?.execute(params![id, day, length])?;
            }
            Err(error) => tracing::error!(%error, stream = %stream.name, "a handed-on file cannot be erased yet"),
        }
    }
    let due = "erase_k > erased_k AND NOT EXISTS (SELECT 1 FROM files WHERE files.stream = streams.id AND dirty = 1)";
    let done: Vec<i64> = tx.prepare_cached(&format!("SELECT id FROM streams WHERE {due}"))?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    tx.prepare_cached(&format!("UPDATE streams SET erased_k = erase_k, erased_ms = ?1, erasure_owed = 1 WHERE {due}"))?.execute([now_ms])?;
    tx.commit()?;
    // What was erased is not to live on in the write-ahead log.
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(done)
}

fn marked(db: &Connection) -> Result<Vec<(i64, String, i64)>, EngineError> {
    let mut query = db.prepare_cached("SELECT stream, day, length FROM files WHERE dirty = 1")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Deletes what is past its retention, at most `limit` batches at a time; yields how many there were.
pub(crate) fn expire(db: &Connection, hand_on: &HandOn, now_ms: i64, limit: u32) -> Result<usize, EngineError> {
    let mut query = db.prepare_cached("SELECT stream, n FROM batches WHERE envelope IS NOT NULL AND expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2")?;
    let rows: Vec<(i64, u32)> = query.query_map(params![now_ms, limit], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut by_stream: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for (id, n) in &rows {
        by_stream.entry(*id).or_default().push(*n);
    }
    for (id, numbers) in by_stream {
        if let Some(stream) = store::stream_by_id(db, id)? {
            erase_batches(db, hand_on, &stream, now_ms, &numbers, RETENTION)?;
        }
    }
    let long_ago_ms = now_ms.saturating_sub(ASIDE_MS);
    let aside = db.prepare_cached("UPDATE aside SET envelope = NULL WHERE envelope IS NOT NULL AND received_ms <= ?1")?.execute([long_ago_ms])?;
    Ok(rows.len().saturating_add(aside))
}

/// The cause of an erasure at the end of retention, which is no withdrawal (R45).
pub(crate) const RETENTION: &str = "retention";
/// How long what was refused or contradicts is kept to look at, milliseconds.
pub(crate) const ASIDE_MS: i64 = 90 * 86_400_000;
