//! Deleting alone: the store's purge of rows under a tombstone, and a plain delete of the same rows in the same file.

use crate::Chance;
use crate::clock::moment;
use consent_agent::sqlite::SqliteStore;
use consent_agent::store::{Purge, Store};
use consent_gatekeeper::store::{QueueRow, RowState, StoreOp};
use consent_protocol::{Digest, StreamId};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// Bytes of a payload.
const PAYLOAD_BYTES: usize = 4_096;

/// How long each takes for so many rows: the tombstone's commit, overwriting and the emptied log; and the plain delete.
pub fn purge_and_delete(rows: u64) -> (Duration, Duration) {
    let (ours, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(filled(ours.path(), rows));
    std::fs::copy(ours.path().join("consent.db"), plain.path().join("consent.db")).unwrap();
    let deleted = delete(&plain.path().join("consent.db"), rows);
    let mut store = SqliteStore::open(ours.path()).unwrap();
    settle(&mut store);
    let begun = moment();
    store.commit(&[&[StoreOp::Tombstone { basis: 1, up_to: rows }]]).unwrap();
    settle(&mut store);
    let purged = begun.elapsed();
    assert!(store.payload(1).unwrap().is_none() && store.payload(rows).unwrap().is_none(), "rows are left after the purge");
    (purged, deleted)
}

fn settle(store: &mut SqliteStore) {
    while store.purge_step().unwrap() == Purge::More {}
}

fn filled(folder: &Path, rows: u64) -> SqliteStore {
    let mut store = SqliteStore::open(folder).unwrap();
    let mut chance = Chance::new(rows);
    for id in 1..=rows {
        let sealed = std::iter::repeat_with(|| u8::try_from(chance.between(0, 255)).unwrap()).take(PAYLOAD_BYTES).collect();
        store.commit(&[&[StoreOp::Append { row: row(id), sealed }]]).unwrap();
    }
    settle(&mut store);
    store
}

fn row(id: u64) -> QueueRow {
    QueueRow {
        id,
        stream: StreamId([7; 16]),
        basis: 1,
        use_id: "load".to_owned(),
        state: RowState::Queued,
        n: 0,
        digest: Digest::default(),
        records: 1_000,
        decisions: 1_000,
        bytes: 4_096,
        first_ms: 1,
        last_ms: 2,
        closed_ms: 3,
        done_ms: 0,
    }
}

/// As anybody would: one transaction, pages left as they are.
fn delete(file: &Path, rows: u64) -> Duration {
    let mut plain = Connection::open(file).unwrap();
    plain.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF;").unwrap();
    let begun = moment();
    let transaction = plain.transaction().unwrap();
    let payloads = transaction.execute("DELETE FROM payload WHERE id IN (SELECT id FROM row WHERE basis = 1)", []).unwrap();
    transaction.execute("DELETE FROM row WHERE basis = 1", []).unwrap();
    transaction.commit().unwrap();
    let took = begun.elapsed();
    assert_eq!(u64::try_from(payloads).unwrap(), rows, "the plain delete found other rows");
    took
}
