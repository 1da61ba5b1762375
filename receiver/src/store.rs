//! The tables of the receiver, and every query on them.
//!
//! Everything hangs on one row of `streams`, which belongs to one recipient: nothing is looked up by stream alone.
//!
//! INVARIANT: what stands in a table was verified before; only the engine's transactions write.

use crate::engine::{Counts, EngineError};
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{BasisTerms, LaneMessage, RefusalReason, Refused, Statement, StatementBody};
use consent_protocol::{Digest, Head, Nonce, StreamId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// Version of the table layout, in `user_version`.
const LAYOUT: i64 = 2;

/// What layout 2 has more than layout 1.
const TABLES_2: &str = "
CREATE TABLE systems (recipient TEXT NOT NULL, system TEXT NOT NULL, erased_ms INTEGER NOT NULL, PRIMARY KEY (recipient, system)) STRICT, WITHOUT ROWID;
";

const TABLES: &str = "
CREATE TABLE streams (
  id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, stream BLOB NOT NULL, public BLOB NOT NULL, first_ms INTEGER NOT NULL,
  lane_k INTEGER NOT NULL DEFAULT 0, lane_digest BLOB NOT NULL, head_n INTEGER NOT NULL DEFAULT 0, head_digest BLOB NOT NULL,
  base_n INTEGER NOT NULL DEFAULT 0, base_digest BLOB NOT NULL, nonce BLOB NOT NULL, closed_ms INTEGER, keep_ms INTEGER NOT NULL DEFAULT 0,
  erase_k INTEGER NOT NULL DEFAULT 0, erased_k INTEGER NOT NULL DEFAULT 0, erased_ms INTEGER, erasure_owed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (recipient, stream)) STRICT;
CREATE INDEX streams_erasing ON streams (id) WHERE erase_k > erased_k;
CREATE TABLE lane (
  stream INTEGER NOT NULL, k INTEGER NOT NULL, kind INTEGER NOT NULL, digest BLOB NOT NULL, received_ms INTEGER NOT NULL,
  envelope BLOB NOT NULL, PRIMARY KEY (stream, k)) STRICT, WITHOUT ROWID;
CREATE TABLE commitments (commitment BLOB NOT NULL, stream INTEGER NOT NULL, basis INTEGER NOT NULL,
  PRIMARY KEY (commitment, stream, basis)) STRICT, WITHOUT ROWID;
CREATE TABLE ends (
  stream INTEGER NOT NULL, basis INTEGER NOT NULL, k INTEGER, kind TEXT NOT NULL, erase INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  secret BLOB, told INTEGER NOT NULL, PRIMARY KEY (stream, basis)) STRICT, WITHOUT ROWID;
CREATE INDEX ends_untold ON ends (told) WHERE told = 0;
CREATE TABLE batches (
  stream INTEGER NOT NULL, n INTEGER NOT NULL, state INTEGER NOT NULL, digest BLOB NOT NULL, basis INTEGER, reason TEXT,
  records INTEGER NOT NULL DEFAULT 0, decisions INTEGER NOT NULL DEFAULT 0, received_ms INTEGER NOT NULL, expires_ms INTEGER,
  day TEXT, erased_ms INTEGER, erased_for TEXT, envelope BLOB, PRIMARY KEY (stream, n)) STRICT;
CREATE INDEX batches_basis ON batches (stream, basis) WHERE envelope IS NOT NULL;
CREATE INDEX batches_expire ON batches (expires_ms) WHERE envelope IS NOT NULL;
CREATE INDEX batches_refused ON batches (stream, n) WHERE state = 1;
CREATE TABLE voids (stream INTEGER NOT NULL, n INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (stream, n)) STRICT, WITHOUT ROWID;
CREATE TABLE aside (
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, what TEXT NOT NULL, number INTEGER NOT NULL, basis INTEGER, digest BLOB NOT NULL,
  received_ms INTEGER NOT NULL, envelope BLOB, UNIQUE (stream, digest)) STRICT;
CREATE TABLE catalogs (digest BLOB PRIMARY KEY, version INTEGER NOT NULL, audience TEXT NOT NULL, envelope BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE files (stream INTEGER NOT NULL, day TEXT NOT NULL, length INTEGER NOT NULL DEFAULT 0, dirty INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (stream, day)) STRICT, WITHOUT ROWID;
CREATE INDEX files_dirty ON files (dirty) WHERE dirty = 1;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// What stands at a number of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// A batch whose content holds.
    Accepted,
    /// A batch whose content does not hold.
    Refused,
    /// A number that a statement voided.
    Void,
    /// The base of a Hello beyond our head: what we had, we lost.
    Lost,
}

impl Filled {
    fn code(self) -> i64 {
        match self {
            Self::Accepted => 0,
            Self::Refused => 1,
            Self::Void => 2,
            Self::Lost => 3,
        }
    }
}

/// Kinds of statement, for queries.
fn kind_code(body: &StatementBody) -> i64 {
    match body {
        StatementBody::Catalog { .. } => 1,
        StatementBody::BasisOpened(_) => 2,
        StatementBody::BasisEnded { .. } => 3,
        StatementBody::Void { .. } => 4,
        StatementBody::Closed { .. } => 5,
    }
}

/// One known stream.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) id: i64,
    pub(crate) recipient: String,
    pub(crate) name: StreamId,
    pub(crate) public: [u8; 32],
    pub(crate) lane: Head,
    pub(crate) head: Head,
    pub(crate) base: Head,
    pub(crate) nonce: Nonce,
    pub(crate) closed_ms: Option<i64>,
    /// Until when at least the stream is not forgotten, Unix milliseconds.
    pub(crate) keep_ms: i64,
    /// Highest end with erasure applied in order.
    pub(crate) erase_k: u32,
    /// Highest of them that is complete, handed-on copies too.
    pub(crate) erased_k: u32,
}

const STREAM: &str = "SELECT id, recipient, stream, public, lane_k, lane_digest, head_n, head_digest, base_n, base_digest, nonce, closed_ms, keep_ms, erase_k, erased_k FROM streams";

fn read_stream(row: &Row<'_>) -> rusqlite::Result<Stream> {
    let head = |n: &str, digest: &str| Ok::<_, rusqlite::Error>(Head { n: row.get(n)?, digest: Digest(row.get(digest)?) });
    Ok(Stream {
        id: row.get("id")?,
        recipient: row.get("recipient")?,
        name: StreamId(row.get("stream")?),
        public: row.get("public")?,
        lane: head("lane_k", "lane_digest")?,
        head: head("head_n", "head_digest")?,
        base: head("base_n", "base_digest")?,
        nonce: Nonce(row.get("nonce")?),
        closed_ms: row.get("closed_ms")?,
        keep_ms: row.get("keep_ms")?,
        erase_k: row.get("erase_k")?,
        erased_k: row.get("erased_k")?,
    })
}

/// A row of `batches` to be.
#[derive(Clone, Debug)]
pub(crate) struct NewBatch<'a> {
    pub(crate) at: Head,
    pub(crate) filled: Filled,
    pub(crate) basis: Option<u32>,
    pub(crate) reason: Option<RefusalReason>,
    pub(crate) records: u32,
    pub(crate) decisions: u32,
    pub(crate) expires_ms: Option<i64>,
    pub(crate) day: Option<&'a str>,
    pub(crate) envelope: Option<&'a [u8]>,
}

impl NewBatch<'_> {
    /// A number that carries no data.
    pub(crate) fn empty(at: Head, filled: Filled) -> Self {
        Self { at, filled, basis: None, reason: None, records: 0, decisions: 0, expires_ms: None, day: None, envelope: None }
    }
}

/// Creates or checks the tables, and sets how the database is written.
pub(crate) fn prepare(db: &mut Connection) -> Result<(), EngineError> {
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    db.set_prepared_statement_cache_capacity(96);
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "secure_delete", "ON")?;
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    match tx.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))? {
        0 => {
            tx.execute_batch(TABLES)?;
            tx.execute_batch(TABLES_2)?;
            tx.pragma_update(None, "user_version", LAYOUT)?;
        }
        1 => {
            tx.execute_batch(TABLES_2)?;
            tx.pragma_update(None, "user_version", LAYOUT)?;
        }
        LAYOUT => (),
        found => return Err(EngineError::Config(format!("database has table layout {found}, expected {LAYOUT}"))),
    }
    Ok(tx.commit()?)
}

/// The stream of a recipient, if it is known.
pub(crate) fn stream(db: &Connection, recipient: &str, stream: StreamId) -> Result<Option<Stream>, EngineError> {
    let sql = format!("{STREAM} WHERE recipient = ?1 AND stream = ?2");
    Ok(db.prepare_cached(&sql)?.query_row(params![recipient, stream.0], read_stream).optional()?)
}

/// A stream by its row.
pub(crate) fn stream_by_id(db: &Connection, id: i64) -> Result<Option<Stream>, EngineError> {
    Ok(db.prepare_cached(&format!("{STREAM} WHERE id = ?1"))?.query_row([id], read_stream).optional()?)
}

/// All known streams, the oldest first.
pub(crate) fn streams(db: &Connection) -> Result<Vec<Stream>, EngineError> {
    Ok(db.prepare_cached(&format!("{STREAM} ORDER BY id"))?.query_map([], read_stream)?.collect::<Result<_, _>>()?)
}

/// Makes a stream known, with nothing in it.
pub(crate) fn create_stream(db: &Connection, recipient: &str, stream_id: StreamId, public: &[u8; 32], now_ms: i64) -> Result<Stream, EngineError> {
    let zero = Digest::default().0;
    db.prepare_cached(
        "INSERT INTO streams (recipient, stream, public, first_ms, lane_digest, head_digest, base_digest, nonce) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5, ?6)",
    )?
    .execute(params![recipient, stream_id.0, public, now_ms, zero, Nonce::default().0])?;
    stream(db, recipient, stream_id)?.ok_or_else(|| EngineError::Database("a stream that was just stored is gone".to_owned()))
}

/// Writes back what may have changed of a stream.
pub(crate) fn save_stream(db: &Connection, stream: &Stream) -> Result<(), EngineError> {
    db.prepare_cached(
        "UPDATE streams SET lane_k = ?2, lane_digest = ?3, head_n = ?4, head_digest = ?5, base_n = ?6, base_digest = ?7, nonce = ?8, closed_ms = ?9,
         keep_ms = ?10, erase_k = ?11, erased_k = ?12 WHERE id = ?1",
    )?
    .execute(params![
        stream.id,
        stream.lane.n,
        stream.lane.digest.0,
        stream.head.n,
        stream.head.digest.0,
        stream.base.n,
        stream.base.digest.0,
        stream.nonce.0,
        stream.closed_ms,
        stream.keep_ms,
        stream.erase_k,
        stream.erased_k
    ])?;
    Ok(())
}

/// Appends a statement to the lane.
pub(crate) fn add_statement(db: &Connection, stream: i64, statement: &Statement, digest: Digest, now_ms: i64, envelope: &[u8]) -> Result<(), EngineError> {
    db.prepare_cached("INSERT INTO lane (stream, k, kind, digest, received_ms, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        stream,
        statement.k,
        kind_code(&statement.body),
        digest.0,
        now_ms,
        envelope
    ])?;
    if let StatementBody::BasisOpened(terms) = &statement.body {
        let mut insert = db.prepare_cached("INSERT OR IGNORE INTO commitments (commitment, stream, basis) VALUES (?1, ?2, ?3)")?;
        for commitment in &terms.commitments {
            insert.execute(params![commitment.0, stream, statement.k])?;
        }
    }
    Ok(())
}

/// Digest and envelope of a statement.
pub(crate) fn statement(db: &Connection, stream: i64, k: u32) -> Result<Option<(Digest, Vec<u8>)>, EngineError> {
    let mut query = db.prepare_cached("SELECT digest, envelope FROM lane WHERE stream = ?1 AND k = ?2")?;
    Ok(query.query_row(params![stream, k], |row| Ok((Digest(row.get(0)?), row.get(1)?))).optional()?)
}

/// A stored statement, decoded.
pub(crate) fn decode_statement(envelope: &[u8]) -> Option<Statement> {
    let (_, payload) = envelope::peek(envelope).ok()?;
    match LaneMessage::from_bytes(&payload) {
        Ok(LaneMessage::Statement(statement)) => Some(statement),
        Ok(LaneMessage::Hello(_)) | Err(_) => None,
    }
}

/// The terms of a basis, if the statement of that number opened one.
pub(crate) fn basis(db: &Connection, stream: i64, k: u32) -> Result<Option<BasisTerms>, EngineError> {
    Ok(statement(db, stream, k)?.and_then(|(_, envelope)| decode_statement(&envelope)).and_then(|statement| match statement.body {
        StatementBody::BasisOpened(terms) => Some(terms),
        StatementBody::Catalog { .. } | StatementBody::BasisEnded { .. } | StatementBody::Void { .. } | StatementBody::Closed { .. } => None,
    }))
}

/// The use of a stream: that of its first basis.
pub(crate) fn first_basis(db: &Connection, stream: i64) -> Result<Option<BasisTerms>, EngineError> {
    let mut query = db.prepare_cached("SELECT min(k) FROM lane WHERE stream = ?1 AND kind = 2")?;
    let k: Option<u32> = query.query_row([stream], |row| row.get(0))?;
    k.map_or(Ok(None), |k| basis(db, stream, k))
}

/// Digest of the catalog that the newest catalog statement up to `k` names.
pub(crate) fn catalog_at(db: &Connection, stream: i64, k: u32) -> Result<Option<Digest>, EngineError> {
    let mut query = db.prepare_cached("SELECT envelope FROM lane WHERE stream = ?1 AND kind = 1 AND k <= ?2 ORDER BY k DESC LIMIT 1")?;
    let envelope: Option<Vec<u8>> = query.query_row(params![stream, k], |row| row.get(0)).optional()?;
    Ok(envelope.and_then(|envelope| decode_statement(&envelope)).and_then(|statement| match statement.body {
        StatementBody::Catalog { digest, .. } => Some(digest),
        StatementBody::BasisOpened(_) | StatementBody::BasisEnded { .. } | StatementBody::Void { .. } | StatementBody::Closed { .. } => None,
    }))
}

/// Whether a basis has ended, from the lane or by a secret.
pub(crate) fn has_ended(db: &Connection, stream: i64, basis: u32) -> Result<bool, EngineError> {
    Ok(db.prepare_cached("SELECT 1 FROM ends WHERE stream = ?1 AND basis = ?2")?.exists(params![stream, basis])?)
}

/// A digest, and the envelope if it is still held.
type Known = (Digest, Option<Vec<u8>>);

/// What is known of a number.
pub(crate) fn batch(db: &Connection, stream: i64, n: u32) -> Result<Option<Known>, EngineError> {
    let mut query = db.prepare_cached("SELECT digest, envelope FROM batches WHERE stream = ?1 AND n = ?2")?;
    Ok(query.query_row(params![stream, n], |row| Ok((Digest(row.get(0)?), row.get(1)?))).optional()?)
}

/// The newest envelope above a number that is still held.
pub(crate) fn newest_held(db: &Connection, stream: i64, above: u32) -> Result<Option<Vec<u8>>, EngineError> {
    let mut query = db.prepare_cached("SELECT envelope FROM batches WHERE stream = ?1 AND n > ?2 AND envelope IS NOT NULL ORDER BY n DESC LIMIT 1")?;
    Ok(query.query_row(params![stream, above], |row| row.get(0)).optional()?)
}

/// Fills a number.
pub(crate) fn add_batch(db: &Connection, stream: i64, now_ms: i64, batch: &NewBatch<'_>) -> Result<(), EngineError> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO batches (stream, n, state, digest, basis, reason, records, decisions, received_ms, expires_ms, day, envelope)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        stream,
        batch.at.n,
        batch.filled.code(),
        batch.at.digest.0,
        batch.basis,
        batch.reason.map(reason_name),
        batch.records,
        batch.decisions,
        now_ms,
        batch.expires_ms,
        batch.day,
        batch.envelope
    ])?;
    Ok(())
}

/// Refused batches above a number.
pub(crate) fn refused_above(db: &Connection, stream: i64, n: u32) -> Result<Vec<Refused>, EngineError> {
    let mut query = db.prepare_cached("SELECT n, digest, reason FROM batches WHERE stream = ?1 AND state = 1 AND n > ?2 ORDER BY n")?;
    let rows = query.query_map(params![stream, n], |row| {
        let reason: String = row.get(2)?;
        Ok(Refused { batch: Head { n: row.get(0)?, digest: Digest(row.get(1)?) }, reason: reason_from(&reason) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many refused batches stand above a number.
pub(crate) fn refused_count(db: &Connection, stream: i64, n: u32) -> Result<usize, EngineError> {
    let mut query = db.prepare_cached("SELECT count(*) FROM batches WHERE stream = ?1 AND state = 1 AND n > ?2")?;
    let count: i64 = query.query_row(params![stream, n], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Remembers voids whose number has not come.
pub(crate) fn add_voids(db: &Connection, stream: i64, above: u32, voids: &[Head]) -> Result<(), EngineError> {
    let mut insert = db.prepare_cached("INSERT OR REPLACE INTO voids (stream, n, digest) VALUES (?1, ?2, ?3)")?;
    for void in voids.iter().filter(|void| void.n > above) {
        insert.execute(params![stream, void.n, void.digest.0])?;
    }
    Ok(())
}

/// Takes the void of a number, and forgets all below.
pub(crate) fn take_void(db: &Connection, stream: i64, n: u32) -> Result<Option<Head>, EngineError> {
    let mut query = db.prepare_cached("SELECT digest FROM voids WHERE stream = ?1 AND n = ?2")?;
    let digest: Option<[u8; 32]> = query.query_row(params![stream, n], |row| row.get(0)).optional()?;
    let upto = if digest.is_some() { n } else { n.saturating_sub(1) };
    db.prepare_cached("DELETE FROM voids WHERE stream = ?1 AND n <= ?2")?.execute(params![stream, upto])?;
    Ok(digest.map(|digest| Head { n, digest: Digest(digest) }))
}

/// An envelope that contradicts what is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aside<'a> {
    pub(crate) kind: Kind,
    pub(crate) number: u32,
    pub(crate) basis: Option<u32>,
    pub(crate) digest: Digest,
    pub(crate) envelope: Option<&'a [u8]>,
}

/// Lays a contradicting envelope aside, at most `limit` of a stream; whether it was new.
pub(crate) fn lay_aside(db: &Connection, stream: i64, now_ms: i64, aside: &Aside<'_>, limit: u32) -> Result<bool, EngineError> {
    let what = if aside.kind == Kind::Batch { "batch" } else { "statement" };
    let laid = db
        .prepare_cached(
            "INSERT OR IGNORE INTO aside (stream, what, number, basis, digest, received_ms, envelope)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE (SELECT count(*) FROM aside WHERE stream = ?1) < ?8",
        )?
        .execute(params![stream, what, aside.number, aside.basis, aside.digest.0, now_ms, aside.envelope, limit])?;
    Ok(laid > 0)
}

/// Adds to a counter.
pub(crate) fn count(db: &Connection, name: &str, by: u64) -> Result<(), EngineError> {
    let by = i64::try_from(by).unwrap_or(i64::MAX);
    db.prepare_cached("INSERT INTO counters (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + ?2")?.execute(params![name, by])?;
    Ok(())
}

/// A reason as it is stored and shown.
pub(crate) fn reason_name(reason: RefusalReason) -> &'static str {
    match reason {
        RefusalReason::Basis => "basis",
        RefusalReason::Time => "time",
        RefusalReason::Coverage => "coverage",
        RefusalReason::Tier => "tier",
        RefusalReason::Body => "body",
        RefusalReason::Catalog => "catalog",
    }
}

fn reason_from(name: &str) -> RefusalReason {
    match name {
        "time" => RefusalReason::Time,
        "coverage" => RefusalReason::Coverage,
        "tier" => RefusalReason::Tier,
        "body" => RefusalReason::Body,
        "catalog" => RefusalReason::Catalog,
        _ => RefusalReason::Basis,
    }
}

/// Files that may have been written to when a process died: the newest of each stream, unless it is to be rewritten anyway.
pub(crate) fn newest_files(db: &Connection) -> Result<Vec<(i64, String, i64)>, EngineError> {
    let mut query =
        db.prepare_cached("SELECT stream, day, length FROM files AS f WHERE dirty = 0 AND day = (SELECT max(day) FROM files WHERE stream = f.stream)")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether the file of a stream and day counts.
pub(crate) fn has_file(db: &Connection, stream: i64, day: &str) -> Result<bool, EngineError> {
    Ok(db.prepare_cached("SELECT 1 FROM files WHERE stream = ?1 AND day = ?2")?.exists(params![stream, day])?)
}

/// Whether a file waits to be rewritten.
pub(crate) fn any_marked(db: &Connection) -> Result<bool, EngineError> {
    Ok(db.prepare_cached("SELECT 1 FROM files WHERE dirty = 1")?.exists([])?)
}

/// Bases that a commitment stands for.
pub(crate) fn committed(db: &Connection, commitment: Digest) -> Result<Vec<(i64, u32)>, EngineError> {
    let mut query = db.prepare_cached("SELECT stream, basis FROM commitments WHERE commitment = ?1")?;
    let rows = query.query_map([commitment.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Ends by a secret that the car was not told of.
pub(crate) fn untold(db: &Connection) -> Result<Vec<(i64, u32, [u8; 32])>, EngineError> {
    let mut query = db.prepare_cached("SELECT stream, basis, secret FROM ends WHERE told = 0 AND secret IS NOT NULL")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When a system of a recipient last said that it had erased everything asked for until then, Unix milliseconds.
pub(crate) fn system_erased(db: &Connection, recipient: &str, system: &str) -> Result<Option<i64>, EngineError> {
    let mut query = db.prepare_cached("SELECT erased_ms FROM systems WHERE recipient = ?1 AND system = ?2")?;
    Ok(query.query_row(params![recipient, system], |row| row.get(0)).optional()?)
}

/// Notes that a system has erased everything asked for until now; its streams owe their cars that answer. Yields how many.
pub(crate) fn confirm_system(db: &Connection, recipient: &str, system: &str, now_ms: i64) -> Result<usize, EngineError> {
    db.prepare_cached(
        "INSERT INTO systems (recipient, system, erased_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET erased_ms = max(erased_ms, excluded.erased_ms)",
    )?
    .execute(params![recipient, system, now_ms])?;
    Ok(db.prepare_cached("UPDATE streams SET erasure_owed = 1 WHERE recipient = ?1 AND erased_k > 0")?.execute([recipient])?)
}

/// Forgets a stream; what it counted stays counted.
pub(crate) fn forget(db: &Connection, id: i64) -> Result<(), EngineError> {
    let held = db.prepare_cached("SELECT 1 FROM batches WHERE stream = ?1 AND envelope IS NOT NULL")?.exists([id])?;
    if held {
        return Ok(());
    }
    for (name, sql) in SUMS {
        let sum: i64 = db.prepare_cached(&format!("{sql} AND stream = ?1"))?.query_row([id], |row| row.get(0))?;
        count(db, name, u64::try_from(sum).unwrap_or(0))?;
    }
    for table in ["lane", "commitments", "ends", "batches", "voids", "aside", "files"] {
        db.execute(&format!("DELETE FROM {table} WHERE stream = ?1"), [id])?;
    }
    db.execute("DELETE FROM streams WHERE id = ?1", [id])?;
    Ok(())
}

/// What is counted from the tables. The counters of the same names hold what forgotten streams counted.
const SUMS: [(&str, &str); 7] = [
    ("accepted", "SELECT count(*) FROM batches WHERE state = 0"),
    ("refused", "SELECT count(*) FROM batches WHERE state = 1"),
    ("records", "SELECT coalesce(sum(records), 0) FROM batches WHERE state = 0"),
    ("decisions", "SELECT coalesce(sum(decisions), 0) FROM batches WHERE state = 0"),
    ("statements", "SELECT count(*) FROM lane WHERE true"),
    ("ended", "SELECT count(*) FROM ends WHERE true"),
    ("erased", "SELECT count(*) FROM batches WHERE state = 0 AND erased_ms IS NOT NULL AND erased_for != 'retention'"),
];

/// All counts.
pub(crate) fn counts(db: &Connection) -> Result<Counts, EngineError> {
    let sum = |name: &str| -> Result<u64, EngineError> {
        let carried: Option<i64> = db.prepare_cached("SELECT value FROM counters WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()?;
        let found: i64 = match SUMS.iter().find(|(known, _)| *known == name) {
            Some((_, sql)) => db.prepare_cached(sql)?.query_row([], |row| row.get(0))?,
            None => 0,
        };
        Ok(u64::try_from(found.saturating_add(carried.unwrap_or(0))).unwrap_or(0))
    };
    let streams: i64 = db.prepare_cached("SELECT count(*) FROM streams")?.query_row([], |row| row.get(0))?;
    Ok(Counts {
        batches_accepted: sum("accepted")?,
        batches_refused: sum("refused")?,
        records: sum("records")?,
        decisions: sum("decisions")?,
        statements: sum("statements")?,
        ended: sum("ended")?,
        erased: sum("erased")?,
        bad: sum("bad")?,
        forks: sum("forks")?,
        streams: u64::try_from(streams).unwrap_or(0),
    })
}
