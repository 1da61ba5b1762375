//! One change after the other, as SQL inside the caller's transaction.

use super::{PURGE_BYTES, int, state_number, told};
use crate::store::StoreError;
use consent_gatekeeper::store::{CounterRow, LedgerRow, LeftRow, QueueRow, RowId, StatementRow, StoreOp, StreamRow};
use consent_protocol::{Head, StreamId};
use rusqlite::{Transaction, params};
use serde::Serialize;

/// Version of the bodies.
pub(super) const BODY: u8 = 1;
/// Version of the bodies of persons, requests and bases; version 1 is read too.
pub(super) const BODY_2: u8 = 2;

/// A row is under a tombstone: open, and hit by it.
const UNDER: &str = "state <= 2 AND EXISTS (SELECT 1 FROM tombstone WHERE tombstone.basis = row.basis AND tombstone.up_to >= row.id)";

/// Applies one change.
pub(super) fn op(sql: &Transaction<'_>, op: &StoreOp) -> Result<(), StoreError> {
    match op {
        StoreOp::Person(row) => put(sql, "INSERT OR REPLACE INTO person (id, body) VALUES (?1, ?2)", params![row.id, body_of(BODY_2, row)?]),
        StoreOp::Standing(row) => {
            put(sql, "INSERT OR REPLACE INTO standing (person, use_id, body) VALUES (?1, ?2, ?3)", params![row.person, row.use_id, body(row)?])
        }
        StoreOp::Basis(row) => put(sql, "INSERT OR REPLACE INTO basis (id, body) VALUES (?1, ?2)", params![int(row.id), body_of(BODY_2, row)?]),
        StoreOp::Request(row) => {
            put(sql, "INSERT OR REPLACE INTO request (id, person, body) VALUES (?1, ?2, ?3)", params![int(row.id), row.person, body_of(BODY_2, row)?])
        }
        StoreOp::Stream(row) => stream(sql, row),
        StoreOp::Counter(row) => counter(sql, row),
        StoreOp::Append { row, sealed } => append(sql, row, sealed),
        StoreOp::Update { row, sealed } => update(sql, row, sealed.as_deref()),
        StoreOp::ErasePerson { person } => erase_person(sql, person),
        StoreOp::EraseBodies { up_to } => put(sql, "UPDATE ledger SET sealed = NULL, person = '' WHERE seq <= ?1 AND sealed IS NOT NULL", params![int(*up_to)]),
        StoreOp::Ledger(row) => ledger(sql, row),
        StoreOp::Statement(row) => statement(sql, row),
        StoreOp::Left(row) => left(sql, row),
        StoreOp::Drove { row, person } => drove(sql, *row, person),
        StoreOp::Meta { .. }
        | StoreOp::Number { .. }
        | StoreOp::Tombstone { .. }
        | StoreOp::DeleteRow { .. }
        | StoreOp::PruneDisclosures { .. }
        | StoreOp::DeleteDisclosures { .. } => plain(sql, op),
    }
}

/// Whether old images of what the change replaced or deleted must not stay in the log.
pub(super) fn leaves_traces(op: &StoreOp) -> bool {
    match op {
        StoreOp::Person(_)
        | StoreOp::ErasePerson { .. }
        | StoreOp::EraseBodies { .. }
        | StoreOp::Tombstone { .. }
        | StoreOp::DeleteRow { .. }
        | StoreOp::PruneDisclosures { .. }
        | StoreOp::DeleteDisclosures { .. } => true,
        StoreOp::Meta { .. }
        | StoreOp::Standing(_)
        | StoreOp::Ledger(_)
        | StoreOp::Stream(_)
        | StoreOp::Statement(_)
        | StoreOp::Basis(_)
        | StoreOp::Append { .. }
        | StoreOp::Update { .. }
        | StoreOp::Left(_)
        | StoreOp::Drove { .. }
        | StoreOp::Number { .. }
        | StoreOp::Counter(_)
        | StoreOp::Request(_) => false,
    }
}

/// Deletes up to `rows_max` rows that are under a tombstone or erased; how many steps' worth it found (0 = nothing left).
pub(super) fn purge(sql: &Transaction<'_>, rows_max: u32) -> rusqlite::Result<u32> {
    let mut select = sql.prepare_cached("SELECT basis, up_to FROM tombstone WHERE done = 0 LIMIT 1")?;
    let open = select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?.next().transpose()?;
    let Some((basis, up_to)) = open else {
        let dead = rows(sql, "row.state = 9", params![rows_max])?;
        return delete(sql, &dead);
    };
    let hit = rows(sql, "row.basis = ?2 AND row.id <= ?3 AND row.state <= 2", params![rows_max, basis, up_to])?;
    if hit.is_empty() {
        sql.prepare_cached("UPDATE tombstone SET done = 1 WHERE basis = ?1")?.execute([basis])?;
    }
    delete(sql, &hit).map(|found| found.max(1))
}

/// Rows that one step deletes: the first of a kind, as far as their payloads go into it.
fn rows(sql: &Transaction<'_>, of_kind: &str, values: impl rusqlite::Params) -> rusqlite::Result<Vec<i64>> {
    let query = format!("SELECT row.id, length(payload.sealed) FROM row LEFT JOIN payload ON payload.id = row.id WHERE {of_kind} LIMIT ?1");
    let mut select = sql.prepare_cached(&query)?;
    let mut found = select.query_map(values, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)))?;
    let (mut rows, mut bytes) = (Vec::new(), 0_i64);
    while bytes < PURGE_BYTES
        && let Some(row) = found.next().transpose()?
    {
        let (id, payload) = row;
        rows.push(id);
        bytes = bytes.saturating_add(payload.unwrap_or(0));
    }
    Ok(rows)
}

fn delete(sql: &Transaction<'_>, rows: &[i64]) -> rusqlite::Result<u32> {
    for id in rows {
        sql.prepare_cached("DELETE FROM payload WHERE id = ?1")?.execute([id])?;
        sql.prepare_cached("DELETE FROM drove WHERE row = ?1")?.execute([id])?;
        sql.prepare_cached("DELETE FROM row WHERE id = ?1")?.execute([id])?;
    }
    Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
}

fn put(sql: &Transaction<'_>, statement: &str, values: impl rusqlite::Params) -> Result<(), StoreError> {
    changed(sql, statement, values).map(|_| ())
}

fn changed(sql: &Transaction<'_>, statement: &str, values: impl rusqlite::Params) -> Result<usize, StoreError> {
    sql.prepare_cached(statement).and_then(|mut prepared| prepared.execute(values)).map_err(|error| told(&error))
}

/// The version byte, then postcard.
pub(super) fn body<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    body_of(BODY, value)
}

fn body_of<T: Serialize>(version: u8, value: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(value, vec![version]).map_err(|_| StoreError::Medium("a row could not be encoded".to_string()))
}

fn plain(sql: &Transaction<'_>, op: &StoreOp) -> Result<(), StoreError> {
    match op {
        StoreOp::Meta { key, value } => put(sql, "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", params![key.name(), value]),
        StoreOp::Number { stream: StreamId(id), head: Head { n, digest } } => {
            put(sql, "INSERT OR REPLACE INTO number (stream, n, digest) VALUES (?1, ?2, ?3)", params![id, n, digest.0])
        }
        StoreOp::Tombstone { basis, up_to } => put(
            sql,
            "INSERT INTO tombstone (basis, up_to, done) VALUES (?1, ?2, 0) ON CONFLICT (basis) DO UPDATE SET up_to = max(up_to, excluded.up_to), done = 0",
            params![int(*basis), int(*up_to)],
        ),
        StoreOp::DeleteRow { row } => {
            put(sql, "DELETE FROM payload WHERE id = ?1", params![int(*row)])?;
            put(sql, "DELETE FROM drove WHERE row = ?1", params![int(*row)])?;
            put(sql, "DELETE FROM row WHERE id = ?1", params![int(*row)])
        }
        StoreOp::PruneDisclosures { before_ms } => {
            put(sql, "DELETE FROM passed WHERE left_ms < ?1", params![before_ms])?;
            put(sql, "UPDATE row SET state = 9 WHERE state IN (3, 4) AND done_ms < ?1", params![before_ms])
        }
        StoreOp::DeleteDisclosures { basis } => {
            put(sql, "DELETE FROM passed WHERE basis = ?1", params![int(*basis)])?;
            put(sql, "UPDATE row SET state = 9 WHERE state IN (3, 4) AND basis = ?1", params![int(*basis)])
        }
        StoreOp::Person(_)
        | StoreOp::ErasePerson { .. }
        | StoreOp::EraseBodies { .. }
        | StoreOp::Standing(_)
        | StoreOp::Ledger(_)
        | StoreOp::Stream(_)
        | StoreOp::Statement(_)
        | StoreOp::Basis(_)
        | StoreOp::Append { .. }
        | StoreOp::Update { .. }
        | StoreOp::Left(_)
        | StoreOp::Drove { .. }
        | StoreOp::Counter(_)
        | StoreOp::Request(_) => Ok(()),
    }
}

fn stream(sql: &Transaction<'_>, row: &StreamRow) -> Result<(), StoreError> {
    put(sql, "INSERT OR REPLACE INTO stream (id, body) VALUES (?1, ?2)", params![row.id.0, body(row)?])?;
    // Digests below the base are answered for: nobody asks for them again.
    put(sql, "DELETE FROM number WHERE stream = ?1 AND n < ?2", params![row.id.0, row.base.n])
}

/// A row is handed over for the first time once; the gatekeeper may write the transaction again.
fn left(sql: &Transaction<'_>, row: &LeftRow) -> Result<(), StoreError> {
    put(
        sql,
        "INSERT OR REPLACE INTO passed (left_ms, row, basis, use_id, records, first_ms, last_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![row.left_ms, int(row.row), int(row.basis), row.use_id, row.records, row.first_ms, row.last_ms],
    )
}

/// Whose trip a row is of; of a row that a tombstone hit nothing is kept.
fn drove(sql: &Transaction<'_>, row: RowId, person: &str) -> Result<(), StoreError> {
    let insert = "INSERT OR REPLACE INTO drove (row, person) SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM row WHERE id = ?1)";
    put(sql, insert, params![int(row), person])
}

fn counter(sql: &Transaction<'_>, row: &CounterRow) -> Result<(), StoreError> {
    put(sql, "INSERT OR REPLACE INTO counter (use_id, outcome, count) VALUES (?1, ?2, ?3)", params![row.use_id, body(&row.outcome)?, int(row.count)])
}

/// The gatekeeper may write a transaction again; another entry under a number that is taken would break the chain.
fn ledger(sql: &Transaction<'_>, row: &LedgerRow) -> Result<(), StoreError> {
    let LedgerRow { seq, envelope, person, sealed } = row;
    let insert = "INSERT INTO ledger (seq, person, envelope, sealed) VALUES (?1, ?2, ?3, ?4)
                  ON CONFLICT (seq) DO UPDATE SET sealed = excluded.sealed WHERE envelope = excluded.envelope";
    once(changed(sql, insert, params![int(*seq), person, envelope, sealed])?, "ledger entry", *seq)
}

fn statement(sql: &Transaction<'_>, row: &StatementRow) -> Result<(), StoreError> {
    let insert = "INSERT INTO statement (stream, k, envelope) VALUES (?1, ?2, ?3)
                  ON CONFLICT (stream, k) DO UPDATE SET envelope = excluded.envelope WHERE envelope = excluded.envelope";
    once(changed(sql, insert, params![row.stream.0, row.k, row.envelope])?, "statement", u64::from(row.k))
}

fn once(written: usize, what: &str, number: u64) -> Result<(), StoreError> {
    if written == 0 { Err(StoreError::Medium(format!("{what} {number} is there already with other content"))) } else { Ok(()) }
}

// INVARIANT: a row that a tombstone hits is never written, however late it comes.
fn append(sql: &Transaction<'_>, row: &QueueRow, sealed: &[u8]) -> Result<(), StoreError> {
    let written = changed(
        sql,
        "INSERT OR IGNORE INTO row (id, basis, use_id, state, done_ms, body) SELECT ?1, ?2, ?3, ?4, ?5, ?6
         WHERE NOT EXISTS (SELECT 1 FROM tombstone WHERE basis = ?2 AND up_to >= ?1)",
        params![int(row.id), int(row.basis), row.use_id, state_number(row.state), row.done_ms, body(row)?],
    )?;
    if written == 0 {
        return Ok(());
    }
    put(sql, "INSERT INTO payload (id, sealed) VALUES (?1, ?2)", params![int(row.id), sealed])
}

fn update(sql: &Transaction<'_>, row: &QueueRow, sealed: Option<&[u8]>) -> Result<(), StoreError> {
    let statement = format!("UPDATE row SET basis = ?2, use_id = ?3, state = ?4, done_ms = ?5, body = ?6 WHERE id = ?1 AND state <> 9 AND NOT ({UNDER})");
    let written = changed(sql, &statement, params![int(row.id), int(row.basis), row.use_id, state_number(row.state), row.done_ms, body(row)?])?;
    match sealed {
        Some(sealed) if written > 0 => put(sql, "INSERT OR REPLACE INTO payload (id, sealed) VALUES (?1, ?2)", params![int(row.id), sealed]),
        Some(_) | None => Ok(()),
    }
}

fn erase_person(sql: &Transaction<'_>, person: &str) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM person WHERE id = ?1",
        "DELETE FROM standing WHERE person = ?1",
        "DELETE FROM request WHERE person = ?1",
        "UPDATE ledger SET sealed = NULL, person = '' WHERE person = ?1",
        "DELETE FROM passed WHERE row IN (SELECT row FROM drove WHERE person = ?1)",
        "UPDATE row SET state = 9 WHERE state IN (3, 4) AND id IN (SELECT row FROM drove WHERE person = ?1)",
        "DELETE FROM drove WHERE person = ?1",
    ] {
        put(sql, statement, params![person])?;
    }
    Ok(())
}
