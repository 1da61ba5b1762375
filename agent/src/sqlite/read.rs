//! What is read back. A body of another version is an error, never a guess.

use super::apply::{BODY, BODY_2};
use super::{int, told};
use crate::store::StoreError;
use consent_gatekeeper::store::{
    BasisRow, CounterRow, DisclosurePage, DisclosureQuery, DisclosureRow, LedgerRow, LeftSum, MetaKey, Outcome, PersonRow1, QueueRow, RequestRow1, RowId,
    Snapshot, StatementRow, StreamRow,
};
use consent_protocol::envelope::sha256;
use consent_protocol::{Digest, Head, StreamId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

const META: &[MetaKey] = &[
    MetaKey::Boot,
    MetaKey::HighWater,
    MetaKey::PoolNext,
    MetaKey::Catalog,
    MetaKey::CarKey,
    MetaKey::Context,
    MetaKey::Ids,
    MetaKey::Totals,
    MetaKey::LastTrip,
    MetaKey::Lapsed,
    MetaKey::Heard,
];

/// Everything but payloads, ledger rows and completed rows.
pub(super) fn snapshot(sql: &Connection) -> Result<Snapshot, StoreError> {
    let streams: Vec<StreamRow> = bodies(sql, "SELECT body FROM stream ORDER BY id")?;
    Ok(Snapshot {
        meta: meta(sql).map_err(|error| told(&error))?,
        persons: grown::<_, PersonRow1>(sql, "SELECT body FROM person ORDER BY id")?,
        standings: bodies(sql, "SELECT body FROM standing ORDER BY person, use_id")?,
        ledger_head: ledger_head(sql).map_err(|error| told(&error))?,
        statements: statements(sql).map_err(|error| told(&error))?,
        bases: bases(sql)?,
        rows: bodies(
            sql,
            "SELECT body FROM row WHERE state <= 2 AND NOT EXISTS
             (SELECT 1 FROM tombstone WHERE tombstone.basis = row.basis AND tombstone.up_to >= row.id) ORDER BY id",
        )?,
        numbers: numbers(sql, &streams).map_err(|error| told(&error))?,
        counters: counters(sql)?,
        requests: grown::<_, RequestRow1>(sql, "SELECT body FROM request ORDER BY id")?,
        streams,
    })
}

pub(super) fn payload(sql: &Connection, row: RowId) -> rusqlite::Result<Option<Vec<u8>>> {
    sql.prepare_cached(
        "SELECT sealed FROM payload JOIN row ON row.id = payload.id WHERE row.id = ?1 AND row.state <> 9 AND NOT (row.state <= 2 AND EXISTS
         (SELECT 1 FROM tombstone WHERE tombstone.basis = row.basis AND tombstone.up_to >= row.id))",
    )?
    .query_row([int(row)], |found| found.get(0))
    .optional()
}

pub(super) fn ledger(sql: &Connection, from: u64, count: u32) -> rusqlite::Result<Vec<LedgerRow>> {
    sql.prepare_cached("SELECT seq, envelope, person, sealed FROM ledger WHERE seq >= ?1 ORDER BY seq LIMIT ?2")?
        .query_map(params![int(from), count], |row| {
            Ok(LedgerRow { seq: unsigned(row.get(0)?), envelope: row.get(1)?, person: row.get(2)?, sealed: row.get(3)? })
        })?
        .collect()
}

/// Which completed rows: at most those before a time, of a use, on some bases or of a person's trips.
const WANTED: &str = "row.state IN (3, 4) AND row.done_ms < ?1 AND (?2 IS NULL OR row.use_id = ?2)
                      AND (?3 IS NULL OR row.basis IN (SELECT value FROM json_each(?3)) OR row.id IN (SELECT row FROM drove WHERE person = ?4))";

pub(super) fn disclosures(sql: &Connection, query: &DisclosureQuery) -> Result<DisclosurePage, StoreError> {
    let (pairs, more) = disclosed(sql, query).map_err(|error| told(&error))?;
    let rows = pairs.into_iter().map(|(body, sealed)| Ok(DisclosureRow { row: decode::<QueueRow>(&body)?, sealed })).collect::<Result<_, StoreError>>()?;
    Ok(DisclosurePage { rows, more })
}

/// A row's body and its payload.
type Disclosed = (Vec<u8>, Vec<u8>);

/// Bodies with their payloads, and whether there are older ones.
fn disclosed(sql: &Connection, query: &DisclosureQuery) -> rusqlite::Result<(Vec<Disclosed>, bool)> {
    let before_ms = query.before_ms.unwrap_or(i64::MAX);
    let bases = query.bases.as_ref().map(|bases| format!("[{}]", bases.iter().map(|basis| int(*basis).to_string()).collect::<Vec<_>>().join(",")));
    let last = format!("SELECT row.done_ms FROM row WHERE {WANTED} ORDER BY row.done_ms DESC LIMIT 1 OFFSET ?5");
    let last: Option<i64> = sql
        .prepare_cached(&last)?
        .query_row(params![before_ms, query.use_id, bases, query.driver, query.count.saturating_sub(1)], |row| row.get(0))
        .optional()?;
    let rows = format!(
        "SELECT row.body, payload.sealed FROM row JOIN payload ON payload.id = row.id
         WHERE {WANTED} AND row.done_ms >= ?5 ORDER BY row.done_ms DESC, row.id DESC"
    );
    let rows = sql
        .prepare_cached(&rows)?
        .query_map(params![before_ms, query.use_id, bases, query.driver, last.unwrap_or(i64::MIN)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let Some(last) = last else { return Ok((rows, false)) };
    let older = format!("SELECT EXISTS (SELECT 1 FROM row WHERE {WANTED})");
    let more = sql.prepare_cached(&older)?.query_row(params![last.min(before_ms), query.use_id, bases, query.driver], |row| row.get(0))?;
    Ok((rows, more))
}

pub(super) fn left_since(sql: &Connection, since_ms: i64) -> rusqlite::Result<Vec<LeftSum>> {
    sql.prepare_cached(
        "SELECT basis, use_id, COUNT(*), SUM(records), MIN(first_ms), MAX(last_ms) FROM passed WHERE left_ms >= ?1 GROUP BY basis, use_id ORDER BY basis",
    )?
    .query_map([since_ms], |row| {
        Ok(LeftSum {
            basis: unsigned(row.get(0)?),
            use_id: row.get(1)?,
            batches: unsigned(row.get(2)?),
            records: unsigned(row.get(3)?),
            first_ms: row.get(4)?,
            last_ms: row.get(5)?,
        })
    })?
    .collect()
}

pub(super) fn left_last(sql: &Connection) -> rusqlite::Result<Option<i64>> {
    sql.prepare_cached("SELECT MAX(left_ms) FROM passed")?.query_row([], |row| row.get(0))
}

/// Bases; a body of version 1 ends before what a basis reveals, which was not kept.
fn bases(sql: &Connection) -> Result<Vec<BasisRow>, StoreError> {
    let found: Vec<Vec<u8>> = sql
        .prepare("SELECT body FROM basis ORDER BY id")
        .and_then(|mut query| query.query_map([], |row| row.get(0))?.collect())
        .map_err(|error| told(&error))?;
    let read = |bytes: Vec<u8>| match bytes.first() {
        Some(&BODY) => decode_as(BODY, &[bytes.as_slice(), &[0]].concat()),
        Some(_) | None => decode_as(BODY_2, &bytes),
    };
    found.into_iter().map(read).collect()
}

fn bodies<T: DeserializeOwned>(sql: &Connection, query: &str) -> Result<Vec<T>, StoreError> {
    let found: Vec<Vec<u8>> = sql.prepare(query).and_then(|mut prepared| prepared.query_map([], |row| row.get(0))?.collect()).map_err(|error| told(&error))?;
    found.iter().map(|bytes| decode(bytes)).collect()
}

/// Bodies of a kind of row that has grown: those of the version before are read as what they became.
fn grown<T: DeserializeOwned + From<Before>, Before: DeserializeOwned>(sql: &Connection, query: &str) -> Result<Vec<T>, StoreError> {
    let found: Vec<Vec<u8>> = sql.prepare(query).and_then(|mut prepared| prepared.query_map([], |row| row.get(0))?.collect()).map_err(|error| told(&error))?;
    let read = |bytes: &Vec<u8>| match bytes.first() {
        Some(&BODY) => decode_as::<Before>(BODY, bytes).map(T::from),
        Some(_) | None => decode_as(BODY_2, bytes),
    };
    found.iter().map(read).collect()
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    decode_as(BODY, bytes)
}

fn decode_as<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, StoreError> {
    let damaged =
        || StoreError::Unusable("a row is damaged; restore the state folder from a backup or move it away (consents are then asked anew)".to_string());
    match bytes.split_first() {
        Some((found, rest)) if *found == version => postcard::from_bytes(rest).map_err(|_| damaged()),
        Some((newer, _)) => {
            Err(StoreError::Unusable(format!("a row of version {newer} found, this program knows version {version}; start the newer program again")))
        }
        None => Err(damaged()),
    }
}

fn meta(sql: &Connection) -> rusqlite::Result<Vec<(MetaKey, Vec<u8>)>> {
    let mut found = Vec::new();
    for &key in META {
        let value = sql.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key.name()], |row| row.get(0)).optional()?;
        found.extend(value.map(|value| (key, value)));
    }
    Ok(found)
}

fn ledger_head(sql: &Connection) -> rusqlite::Result<Option<(u64, Digest)>> {
    sql.query_row("SELECT seq, envelope FROM ledger ORDER BY seq DESC LIMIT 1", [], |row| Ok((unsigned(row.get(0)?), sha256(&[&row.get::<_, Vec<u8>>(1)?]))))
        .optional()
}

fn statements(sql: &Connection) -> rusqlite::Result<Vec<StatementRow>> {
    sql.prepare("SELECT stream, k, envelope FROM statement ORDER BY stream, k")?
        .query_map([], |row| Ok(StatementRow { stream: StreamId(row.get(0)?), k: row.get(1)?, envelope: row.get(2)? }))?
        .collect()
}

fn numbers(sql: &Connection, streams: &[StreamRow]) -> rusqlite::Result<Vec<(StreamId, Head)>> {
    let base: BTreeMap<StreamId, u32> = streams.iter().map(|stream| (stream.id, stream.base.n)).collect();
    let found: rusqlite::Result<Vec<(StreamId, Head)>> = sql
        .prepare("SELECT stream, n, digest FROM number ORDER BY stream, n")?
        .query_map([], |row| Ok((StreamId(row.get(0)?), Head { n: row.get(1)?, digest: Digest(row.get(2)?) })))?
        .collect();
    Ok(found?.into_iter().filter(|(stream, head)| base.get(stream).is_some_and(|base| head.n >= *base)).collect())
}

fn counters(sql: &Connection) -> Result<Vec<CounterRow>, StoreError> {
    let triple = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, i64>(2)?));
    let found: Vec<(String, Vec<u8>, i64)> = sql
        .prepare("SELECT use_id, outcome, count FROM counter ORDER BY use_id, outcome")
        .and_then(|mut prepared| prepared.query_map([], triple)?.collect())
        .map_err(|error| told(&error))?;
    found.into_iter().map(|(use_id, outcome, count)| Ok(CounterRow { use_id, outcome: decode::<Outcome>(&outcome)?, count: unsigned(count) })).collect()
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
