//! What the receiver has, from its own store and files.

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A batch that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Stream in hexadecimal.
    pub stream: String,
    /// Number.
    pub n: u32,
    /// Digest of the envelope in hexadecimal.
    pub digest: String,
    /// Number of the statement that opened its basis.
    pub basis: u32,
    /// Decisions in it.
    pub decisions: u64,
    /// Unix milliseconds.
    pub received_ms: i64,
}

/// An end of a basis that was applied.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Stream in hexadecimal.
    pub stream: String,
    /// Number of the statement that opened the basis.
    pub basis: u32,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// `withdrawn` and so on.
    pub kind: String,
}

/// The receiver's store, read beside it.
#[derive(Debug)]
pub struct Store(Connection);

impl Store {
    /// Opens it for reading.
    pub fn open(database: &Path) -> Self {
        let store = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).unwrap();
        store.busy_timeout(Duration::from_secs(10)).unwrap();
        Self(store)
    }

    /// Batches accepted, in order of receipt.
    pub fn accepted(&self) -> Vec<Accepted> {
        let sql = "SELECT hex(streams.stream), n, hex(digest), basis, decisions, received_ms FROM batches JOIN streams ON streams.id = batches.stream
                   WHERE state = 0 ORDER BY batches.rowid";
        let mut query = self.0.prepare(sql).unwrap();
        let rows = query.query_map([], |row| {
            Ok(Accepted {
                stream: row.get::<_, String>(0)?.to_lowercase(),
                n: row.get(1)?,
                digest: row.get::<_, String>(2)?.to_lowercase(),
                basis: row.get(3)?,
                decisions: row.get::<_, i64>(4)?.unsigned_abs(),
                received_ms: row.get(5)?,
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Bases that ended.
    pub fn ended(&self) -> Vec<Ended> {
        let sql = "SELECT hex(streams.stream), basis, at_ms, kind FROM ends JOIN streams ON streams.id = ends.stream";
        let mut query = self.0.prepare(sql).unwrap();
        let rows =
            query.query_map([], |row| Ok(Ended { stream: row.get::<_, String>(0)?.to_lowercase(), basis: row.get(1)?, at_ms: row.get(2)?, kind: row.get(3)? }));
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Envelopes that it still holds, newest first.
    pub fn newest_envelopes(&self, count: usize) -> Vec<Vec<u8>> {
        let mut query = self.0.prepare("SELECT envelope FROM batches WHERE envelope IS NOT NULL ORDER BY rowid DESC LIMIT ?1").unwrap();
        let rows = query.query_map([i64::try_from(count).unwrap()], |row| row.get(0));
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// How many envelopes it still holds.
    pub fn envelopes(&self) -> i64 {
        self.0.query_row("SELECT count(*) FROM batches WHERE envelope IS NOT NULL", [], |row| row.get(0)).unwrap()
    }
}

/// Handed-on lines by file.
pub fn lines(folder: &Path) -> BTreeMap<PathBuf, Vec<Value>> {
    let mut found = BTreeMap::new();
    let recipients = std::fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect::<Vec<_>>()).unwrap_or_default();
    for recipient in recipients {
        for file in std::fs::read_dir(recipient).unwrap().flatten().filter(|file| file.path().extension().is_some_and(|end| end == "jsonl")) {
            let text = std::fs::read_to_string(file.path()).unwrap();
            found.insert(file.path(), text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
        }
    }
    found
}

/// All data lines of a use.
pub fn lines_of(folder: &Path, use_id: &str) -> Vec<Value> {
    lines(folder).into_values().flatten().filter(|line| line["use"] == use_id).collect()
}
