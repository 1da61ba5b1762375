//! Tables of the store, and what makes a file ours.

use super::told;
use crate::store::StoreError;
use rusqlite::Connection;

/// The version of the tables; kept in `user_version`.
const SCHEMA: i64 = 1;
/// Marks the file as ours; kept in `application_id`.
const APPLICATION: i64 = 0x4347_4131;

/// `state`: 0 awaiting, 1 queued, 2 numbered, 3 sent, 4 refused, 9 erased and not yet overwritten. `tombstone.done` is 1 once
/// its rows are overwritten; the tombstone itself stays, so that a row that is appended late finds it.
const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE person (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE standing (person TEXT NOT NULL, use_id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (person, use_id)) STRICT, WITHOUT ROWID;
CREATE TABLE ledger (seq INTEGER PRIMARY KEY, person TEXT NOT NULL, envelope BLOB NOT NULL, sealed BLOB) STRICT;
CREATE INDEX ledger_person ON ledger (person) WHERE sealed IS NOT NULL;
CREATE TABLE stream (id BLOB PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE statement (stream BLOB NOT NULL, k INTEGER NOT NULL, envelope BLOB NOT NULL, PRIMARY KEY (stream, k)) STRICT, WITHOUT ROWID;
CREATE TABLE basis (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE row (id INTEGER PRIMARY KEY, basis INTEGER NOT NULL, use_id TEXT NOT NULL, state INTEGER NOT NULL, done_ms INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX row_open ON row (basis, id) WHERE state <= 2;
CREATE INDEX row_done ON row (done_ms) WHERE state IN (3, 4);
CREATE INDEX row_dead ON row (id) WHERE state = 9;
CREATE TABLE payload (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE number (stream BLOB NOT NULL, n INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (stream, n)) STRICT, WITHOUT ROWID;
CREATE TABLE tombstone (basis INTEGER PRIMARY KEY, up_to INTEGER NOT NULL, done INTEGER NOT NULL) STRICT;
CREATE INDEX tombstone_open ON tombstone (basis) WHERE done = 0;
CREATE TABLE counter (use_id TEXT NOT NULL, outcome BLOB NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (use_id, outcome)) STRICT, WITHOUT ROWID;
CREATE TABLE request (id INTEGER PRIMARY KEY, person TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX request_person ON request (person);
";

/// What came after the first version without changing what was there: made where it is missing. `passed` is in order of time, so
/// that the home page's windows are each one range of it.
const LATER: &str = "
CREATE TABLE IF NOT EXISTS passed (left_ms INTEGER NOT NULL, row INTEGER NOT NULL, basis INTEGER NOT NULL, use_id TEXT NOT NULL,
  records INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, PRIMARY KEY (left_ms, row)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS drove (row INTEGER PRIMARY KEY, person TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS drove_person ON drove (person);
";

/// Checks that the file is ours and readable, makes the tables of a new one, and sets how it is written.
pub(super) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    let sql = |error: rusqlite::Error| told(&error);
    // Exclusive before the first read, so that the log's index lives in memory and a second process is turned away.
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;")
        .map_err(sql)?;
    let number = |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0)).map_err(sql);
    let (application, version, pages) = (number("application_id")?, number("user_version")?, number("page_count")?);
    match (application, version, pages) {
        (APPLICATION, SCHEMA, _) => {
            settle(connection)?;
            connection.execute_batch(LATER).map_err(sql)
        }
        (0, 0, 0) => {
            settle(connection)?;
            let mark = format!("BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA}; {TABLES} {LATER} COMMIT;");
            connection.execute_batch(&mark).map_err(sql)
        }
        (APPLICATION, newer, _) if newer > SCHEMA => {
            Err(StoreError::Unusable(format!("tables of version {newer} found, this program knows version {SCHEMA}; start the newer program again")))
        }
        _ => Err(StoreError::Unusable("the file is not a store of this program; name another state folder in the configuration".to_string())),
    }
}

/// The log stays below the reserve: with the reserve freed it can be emptied into the database on a full disk.
fn settle(connection: &Connection) -> Result<(), StoreError> {
    let sql = |error: rusqlite::Error| told(&error);
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 128;")
        .map_err(sql)?;
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(sql)?;
    if mode != "wal" {
        return Err(StoreError::Unusable(format!("write-ahead log expected, journal mode {mode} found; the folder's file system does not support it")));
    }
    Ok(())
}
