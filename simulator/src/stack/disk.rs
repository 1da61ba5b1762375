//! The agent's store with what can happen to a disk: that it is full, and that its power is gone.
//!
//! INVARIANT: what is refused here is not on disk; nothing is written after the power was cut. The space that the agent sets
//! aside for ends (its file `reserve`) is real: on a full disk it is freed and used up as it would be.

use consent_agent::sqlite::SqliteStore;
use consent_agent::store::{Purge, Reserve, Store, StoreError};
use consent_gatekeeper::store::{DisclosurePage, DisclosureQuery, LedgerRow, LeftSum, RowId, Snapshot, StoreOp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a freed reserve gives.
const RESERVE_BYTES: u64 = 1 << 20;
/// What one change takes at least: a page.
const PAGE_BYTES: u64 = 4_096;

/// How a disk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Space {
    /// There is room.
    #[default]
    Free,
    /// Nothing more fits.
    Full,
}

#[derive(Debug)]
struct State {
    /// None once the power was cut.
    store: Option<SqliteStore>,
    space: Space,
    /// What is left of a freed reserve on a full disk, bytes.
    room: u64,
}

/// A disk; copies are the same one.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    state: Arc<Mutex<State>>,
}

impl Disk {
    /// A disk with a store on it.
    pub(super) fn new(store: SqliteStore, space: Space) -> Self {
        Self { state: Arc::new(Mutex::new(State { store: Some(store), space, room: 0 })) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills it, or frees it.
    pub(super) fn set(&self, space: Space) {
        let mut state = self.state();
        (state.space, state.room) = (space, 0);
    }

    /// How it is.
    pub(super) fn space(&self) -> Space {
        self.state().space
    }

    /// The power is gone: what the agent has handed over and is not yet written, never will be.
    pub(super) fn cut(&self) {
        self.state().store = None;
    }

    /// Reads what is on it beside the agent; none without power.
    pub(super) fn read<T>(&self, read: impl FnOnce(&mut SqliteStore) -> Result<T, StoreError>) -> Option<Result<T, StoreError>> {
        self.state().store.as_mut().map(read)
    }

    fn with<T>(&self, act: impl FnOnce(&mut SqliteStore) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.read(act).unwrap_or_else(|| Err(StoreError::Medium("the power is gone".to_owned())))
    }
}

/// What a group takes, bytes.
fn size(group: &[&[StoreOp]]) -> u64 {
    let of = |op: &StoreOp| {
        let sealed = if let StoreOp::Append { sealed, .. } = op { sealed.len() } else { 0 };
        u64::try_from(sealed).unwrap_or(u64::MAX).saturating_add(PAGE_BYTES)
    };
    group.iter().copied().flatten().map(of).fold(0, u64::saturating_add)
}

impl Store for Disk {
    fn load(&mut self) -> Result<Snapshot, StoreError> {
        self.with(SqliteStore::load)
    }

    fn commit(&mut self, group: &[&[StoreOp]]) -> Result<(), StoreError> {
        {
            let mut state = self.state();
            if state.space == Space::Full {
                let left = state.room.checked_sub(size(group));
                state.room = left.ok_or_else(|| StoreError::Full("a transaction".to_owned()))?;
            }
        }
        self.with(|store| store.commit(group))
    }

    fn payload(&mut self, row: RowId) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|store| store.payload(row))
    }

    fn ledger(&mut self, from: u64, count: u32) -> Result<Vec<LedgerRow>, StoreError> {
        self.with(|store| store.ledger(from, count))
    }

    fn disclosures(&mut self, query: &DisclosureQuery) -> Result<DisclosurePage, StoreError> {
        self.with(|store| store.disclosures(query))
    }

    fn left_since(&mut self, since_ms: i64) -> Result<Vec<LeftSum>, StoreError> {
        self.with(|store| store.left_since(since_ms))
    }

    fn left_last(&mut self) -> Result<Option<i64>, StoreError> {
        self.with(SqliteStore::left_last)
    }

    fn purge_step(&mut self) -> Result<Purge, StoreError> {
        // It would make the reserve anew, for which a full disk has no room.
        if self.space() == Space::Full { Ok(Purge::Done) } else { self.with(SqliteStore::purge_step) }
    }

    fn free_reserve(&mut self) -> Reserve {
        let mut state = self.state();
        let freed = state.store.as_mut().map_or(Reserve::None, SqliteStore::free_reserve);
        if freed == Reserve::Freed {
            state.room = RESERVE_BYTES;
        }
        freed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_gatekeeper::store::MetaKey;

    fn meta() -> Vec<StoreOp> {
        vec![StoreOp::Meta { key: MetaKey::Boot, value: vec![1, 2, 3] }]
    }

    #[test]
    fn a_full_disk_takes_nothing_but_what_fits_into_the_freed_reserve() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Disk::new(SqliteStore::open(folder.path()).unwrap(), Space::Free);
        disk.commit(&[&meta()]).unwrap();
        disk.set(Space::Full);
        assert!(matches!(disk.commit(&[&meta()]), Err(StoreError::Full(_))));
        assert_eq!(disk.free_reserve(), Reserve::Freed);
        disk.commit(&[&meta()]).unwrap();
        assert_eq!(disk.free_reserve(), Reserve::None);
        let pages = (0..300).filter(|_| disk.commit(&[&meta()]).is_ok()).count();
        assert_eq!(pages, 255);
        disk.set(Space::Free);
        disk.commit(&[&meta()]).unwrap();
    }

    #[test]
    fn nothing_is_written_after_the_power_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Disk::new(SqliteStore::open(folder.path()).unwrap(), Space::Free);
        disk.commit(&[&meta()]).unwrap();
        disk.clone().cut();
        assert!(matches!(disk.commit(&[&meta()]), Err(StoreError::Medium(_))));
        let mut again = SqliteStore::open(folder.path()).unwrap();
        assert_eq!(again.load().unwrap().meta(MetaKey::Boot), Some([1, 2, 3].as_slice()));
    }
}
