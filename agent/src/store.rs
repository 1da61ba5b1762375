//! The one place where anything of a car is kept. Everything on disk passes this trait.

use consent_gatekeeper::command::Load;
use consent_gatekeeper::event::Loaded;
use consent_gatekeeper::store::{DisclosurePage, DisclosureQuery, LedgerRow, LeftSum, LeftWindow, RowId, Snapshot, StoreOp};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The medium failed; nothing of the group is on disk.
    #[error("store does not write: {0}")]
    Medium(String),
    /// The medium is full; nothing of the group is on disk.
    #[error("store does not write: no space left for {0}")]
    Full(String),
    /// What is on disk is not ours, newer than we know, or damaged; says what to do.
    #[error("store is not usable: {0}")]
    Unusable(String),
}

/// Whether there is more to overwrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// Everything under a tombstone is overwritten and the log truncated.
    Done,
    /// Call again.
    More,
}

/// What became of the space that is set aside for ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// It was there and is free now: try again.
    Freed,
    /// There is none (left).
    None,
}

/// Keeps rows; one writer, ordered commits.
pub trait Store {
    /// Everything on disk at boot but payloads, ledger rows and completed rows. Rows under a tombstone are left out.
    fn load(&mut self) -> Result<Snapshot, StoreError>;

    /// Applies the transactions of a group in order, all or nothing, with one sync.
    fn commit(&mut self, group: &[&[StoreOp]]) -> Result<(), StoreError>;

    /// The sealed payload of a row that is not under a tombstone.
    fn payload(&mut self, row: RowId) -> Result<Option<Vec<u8>>, StoreError>;

    /// Ledger rows from a number on, ascending.
    fn ledger(&mut self, from: u64, count: u32) -> Result<Vec<LedgerRow>, StoreError>;

    /// Completed rows with their sealed envelopes, those completed last first.
    fn disclosures(&mut self, query: &DisclosureQuery) -> Result<DisclosurePage, StoreError>;

    /// What was handed over since a time, Unix milliseconds, summed up for each basis.
    fn left_since(&mut self, since_ms: i64) -> Result<Vec<LeftSum>, StoreError>;

    /// When anything was handed over last, Unix milliseconds.
    fn left_last(&mut self) -> Result<Option<i64>, StoreError>;

    /// Reads what a gatekeeper asks for.
    fn read(&mut self, load: Load) -> Result<Loaded, StoreError> {
        Ok(match load {
            Load::Payload { row } => Loaded::Payload { row, sealed: self.payload(row)? },
            Load::Ledger { token, from, count } => Loaded::Ledger { token, rows: self.ledger(from, count)? },
            Load::Payloads { token, rows } => {
                let mut found = Vec::with_capacity(rows.len());
                for row in rows {
                    found.extend(self.payload(row)?.map(|sealed| (row, sealed)));
                }
                Loaded::Payloads { token, rows: found }
            }
            Load::Disclosures { token, query } => Loaded::Disclosures { token, page: self.disclosures(&query)? },
            Load::Left { token, since_ms } => {
                let window = |since_ms: i64| self.left_since(since_ms).map(|sums| LeftWindow { since_ms, sums });
                let windows = since_ms.into_iter().map(window).collect::<Result<_, _>>()?;
                Loaded::Left { token, windows, last_ms: self.left_last()? }
            }
        })
    }

    /// Overwrites a chunk of what is under tombstones, and makes the reserve anew once there is room.
    fn purge_step(&mut self) -> Result<Purge, StoreError>;

    /// Frees the space that is set aside so that a withdrawal can be written on a full disk.
    fn free_reserve(&mut self) -> Reserve {
        Reserve::None
    }
}
