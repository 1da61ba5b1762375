//! [`Store`] on SQLite: write-ahead log, one connection that locks the file for itself, every commit synced.
//!
//! INVARIANT: a commit that returned is on disk; from the commit of a tombstone on nothing that it hits can be read, and it
//! is overwritten afterwards in chunks that resume after a restart. Bodies are a version byte and postcard of the structs of
//! `consent_gatekeeper::store`; a column exists only for what is queried.

mod apply;
mod read;
mod reserve;
mod schema;

use crate::store::{Purge, Reserve, Store, StoreError};
use consent_gatekeeper::store::{DisclosurePage, DisclosureQuery, LedgerRow, LeftSum, RowId, RowState, Snapshot, StoreOp, which_count};
use reserve::ReserveFile;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

/// Rows overwritten by one [`Store::purge_step`]: a withdrawal waits for one step at most, and each costs two syncs of its own.
pub const PURGE_ROWS: u32 = 256;
/// Bytes of payloads overwritten by one step, unless a single row has more.
pub const PURGE_BYTES: i64 = 1 << 20;

/// What is on disk now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scrub {
    /// Old images of what was deleted may stand in the log.
    Owed,
    /// The log holds nothing.
    Clean,
}

/// The car's store.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    reserve: ReserveFile,
    scrub: Scrub,
    commits: u64,
}

impl SqliteStore {
    /// Opens or makes the store `consent.db` in a folder, which is made with mode 0700; its files get mode 0600.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let io = |what: &str, error: std::io::Error| StoreError::Medium(format!("{what} {}: {error}", folder.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| io("folder", error))?;
        let file = folder.join("consent.db");
        let made = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&file).map_err(|error| io("file in", error))?;
        // SQLite gives its log the mode of the database: a file that others may read would leak through it.
        made.set_permissions(Permissions::from_mode(0o600)).map_err(|error| io("mode of the file in", error))?;
        drop(made);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&file, flags).map_err(|error| told(&error))?;
        connection.busy_timeout(Duration::from_millis(500)).map_err(|error| told(&error))?;
        schema::prepare(&connection)?;
        let mut store = Self { connection, reserve: ReserveFile::new(folder.join("reserve")), scrub: Scrub::Owed, commits: 0 };
        store.reserve.make();
        Ok(store)
    }

    /// Groups committed since it was opened; each was one sync of the log.
    pub fn commits(&self) -> u64 {
        self.commits
    }

    /// Deletes up to so many rows; how many it found.
    fn purge_rows(&mut self, rows_max: u32) -> Result<u32, StoreError> {
        let sql = |error: rusqlite::Error| told(&error);
        let transaction = self.connection.transaction().map_err(sql)?;
        let found = apply::purge(&transaction, rows_max).map_err(sql)?;
        transaction.commit().map_err(sql)?;
        Ok(found)
    }

    /// Overwriting needs room in the log; on a full disk the log is emptied first, and the steps get small.
    fn purge_rows_anyhow(&mut self) -> Result<u32, StoreError> {
        match self.purge_rows(PURGE_ROWS) {
            Err(StoreError::Full(_)) => {
                self.truncate_log().map_err(|error| told(&error))?;
                self.purge_rows(1)
            }
            done => done,
        }
    }

    fn truncate_log(&mut self) -> rusqlite::Result<Purge> {
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy != 0 {
            return Ok(Purge::More);
        }
        self.scrub = Scrub::Clean;
        Ok(Purge::Done)
    }
}

impl Store for SqliteStore {
    fn load(&mut self) -> Result<Snapshot, StoreError> {
        read::snapshot(&self.connection)
    }

    fn commit(&mut self, group: &[&[StoreOp]]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction().map_err(|error| told(&error))?;
        let mut deletes = false;
        let ops = || group.iter().copied().flatten();
        for (op, _) in ops().zip(which_count(ops())).filter(|(_, counts)| *counts) {
            apply::op(&transaction, op)?;
            deletes |= apply::leaves_traces(op);
        }
        transaction.commit().map_err(|error| told(&error))?;
        self.commits = self.commits.saturating_add(1);
        if deletes {
            self.scrub = Scrub::Owed;
        }
        Ok(())
    }

    fn payload(&mut self, row: RowId) -> Result<Option<Vec<u8>>, StoreError> {
        read::payload(&self.connection, row).map_err(|error| told(&error))
    }

    fn ledger(&mut self, from: u64, count: u32) -> Result<Vec<LedgerRow>, StoreError> {
        read::ledger(&self.connection, from, count).map_err(|error| told(&error))
    }

    fn disclosures(&mut self, query: &DisclosureQuery) -> Result<DisclosurePage, StoreError> {
        read::disclosures(&self.connection, query)
    }

    fn left_since(&mut self, since_ms: i64) -> Result<Vec<LeftSum>, StoreError> {
        read::left_since(&self.connection, since_ms).map_err(|error| told(&error))
    }

    fn left_last(&mut self) -> Result<Option<i64>, StoreError> {
        read::left_last(&self.connection).map_err(|error| told(&error))
    }

    fn purge_step(&mut self) -> Result<Purge, StoreError> {
        if self.purge_rows_anyhow()? > 0 {
            self.scrub = Scrub::Owed;
            return Ok(Purge::More);
        }
        self.reserve.make();
        match self.scrub {
            Scrub::Owed => self.truncate_log().map_err(|error| told(&error)),
            Scrub::Clean => Ok(Purge::Done),
        }
    }

    fn free_reserve(&mut self) -> Reserve {
        self.reserve.free()
    }
}

/// What SQLite's error means for us. Its text names tables and files, never a value.
fn told(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full("the database".to_string()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Unusable(format!("{error}; move the state folder away (consents are then asked anew) or restore it from a backup"))
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Unusable("another process holds it; end that process first".to_string()),
        Some(_) | None => StoreError::Medium(error.to_string()),
    }
}

/// The number of a state in its column.
fn state_number(state: RowState) -> i64 {
    match state {
        RowState::Awaiting => 0,
        RowState::Queued => 1,
        RowState::Numbered => 2,
        RowState::Sent => 3,
        RowState::Refused => 4,
    }
}

/// SQLite's integers are signed; ids beyond them mean "all".
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
