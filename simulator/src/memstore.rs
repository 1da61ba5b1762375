//! A store in memory for simulations: what is committed is durable, nothing else is.
//!
//! It keeps the same rows by the same rules as the agent's database, so that a simulated car that crashes boots from exactly
//! what a real one would find. INVARIANT: a row under a tombstone is never seen again, also if it is appended late.

use consent_agent::store::{Purge, Store, StoreError};
use consent_gatekeeper::store::{
    BasisId, BasisRow, CounterRow, DisclosureRow, LedgerRow, MetaKey, PersonRow, QueueRow, RequestRow, RowId, RowState, Snapshot, StandingRow, StatementRow,
    StoreOp, StreamRow,
};
use consent_protocol::envelope::sha256;
use consent_protocol::{Head, StreamId};
use std::collections::BTreeMap;

/// Everything durable of one simulated car.
#[derive(Clone, Debug, Default)]
pub struct MemStore {
    meta: BTreeMap<MetaKey, Vec<u8>>,
    persons: BTreeMap<String, PersonRow>,
    standings: BTreeMap<(String, String), StandingRow>,
    ledger: BTreeMap<u64, LedgerRow>,
    streams: BTreeMap<StreamId, StreamRow>,
    statements: BTreeMap<(StreamId, u32), StatementRow>,
    bases: BTreeMap<BasisId, BasisRow>,
    rows: BTreeMap<RowId, (QueueRow, Vec<u8>)>,
    numbers: BTreeMap<(StreamId, u32), Head>,
    tombstones: BTreeMap<BasisId, RowId>,
    counters: Vec<CounterRow>,
    requests: BTreeMap<u64, RequestRow>,
}

impl MemStore {
    /// A store without anything.
    pub fn new() -> Self {
        Self::default()
    }

    fn is_dead(&self, row: &QueueRow) -> bool {
        waits(row.state) && self.tombstones.get(&row.basis).is_some_and(|up_to| row.id <= *up_to)
    }

    fn apply(&mut self, op: &StoreOp) {
        match op {
            StoreOp::Append { .. } | StoreOp::Update { .. } | StoreOp::Tombstone { .. } | StoreOp::DeleteRow { .. } => self.apply_to_queue(op),
            StoreOp::PruneDisclosures { before_ms } => self.rows.retain(|_, (row, _)| waits(row.state) || row.done_ms >= *before_ms),
            StoreOp::DeleteDisclosures { basis } => self.rows.retain(|_, (row, _)| waits(row.state) || row.basis != *basis),
            StoreOp::Meta { key, value } => {
                self.meta.insert(*key, value.clone());
            }
            StoreOp::Person(row) => {
                self.persons.insert(row.id.clone(), row.clone());
            }
            StoreOp::ErasePerson { person } => self.erase_person(person),
            StoreOp::Standing(row) => {
                self.standings.insert((row.person.clone(), row.use_id.clone()), row.clone());
            }
            StoreOp::Ledger(row) => {
                self.ledger.insert(row.seq, row.clone());
            }
            StoreOp::Stream(row) => {
                self.streams.insert(row.id, row.clone());
            }
            StoreOp::Statement(row) => {
                self.statements.insert((row.stream, row.k), row.clone());
            }
            StoreOp::Basis(row) => {
                self.bases.insert(row.id, row.clone());
            }
            StoreOp::Number { stream, head } => {
                self.numbers.insert((*stream, head.n), *head);
            }
            StoreOp::Counter(row) => self.set_counter(row),
            StoreOp::Request(row) => {
                self.requests.insert(row.id, row.clone());
            }
        }
    }

    fn apply_to_queue(&mut self, op: &StoreOp) {
        match op {
            StoreOp::Append { row, sealed } if !self.is_dead(row) => {
                self.rows.insert(row.id, (row.clone(), sealed.clone()));
            }
            StoreOp::Update { row, sealed } => {
                if let Some((kept, payload)) = self.rows.get_mut(&row.id) {
                    *kept = row.clone();
                    if let Some(sealed) = sealed {
                        payload.clone_from(sealed);
                    }
                }
            }
            StoreOp::Tombstone { basis, up_to } => {
                let hit = self.tombstones.entry(*basis).or_default();
                *hit = (*hit).max(*up_to);
                self.rows.retain(|id, (row, _)| !(waits(row.state) && row.basis == *basis && id <= up_to));
            }
            StoreOp::DeleteRow { row } => {
                self.rows.remove(row);
            }
            StoreOp::Append { .. }
            | StoreOp::Meta { .. }
            | StoreOp::Person(_)
            | StoreOp::ErasePerson { .. }
            | StoreOp::Standing(_)
            | StoreOp::Ledger(_)
            | StoreOp::Stream(_)
            | StoreOp::Statement(_)
            | StoreOp::Basis(_)
            | StoreOp::Number { .. }
            | StoreOp::Counter(_)
            | StoreOp::Request(_)
            | StoreOp::PruneDisclosures { .. }
            | StoreOp::DeleteDisclosures { .. } => {}
        }
    }

    fn erase_person(&mut self, person: &str) {
        self.persons.remove(person);
        self.standings.retain(|(owner, _), _| owner != person);
        self.requests.retain(|_, row| row.person != person);
        for row in self.ledger.values_mut().filter(|row| row.person == person) {
            row.sealed = None;
        }
    }

    fn set_counter(&mut self, row: &CounterRow) {
        match self.counters.iter_mut().find(|kept| kept.use_id == row.use_id && kept.outcome == row.outcome) {
            Some(kept) => kept.count = row.count,
            None => self.counters.push(row.clone()),
        }
    }
}

fn waits(state: RowState) -> bool {
    match state {
        RowState::Awaiting | RowState::Queued | RowState::Numbered => true,
        RowState::Sent | RowState::Refused => false,
    }
}

impl Store for MemStore {
    fn load(&mut self) -> Result<Snapshot, StoreError> {
        let base = |stream: &StreamId| self.streams.get(stream).map_or(0, |row| row.base.n);
        Ok(Snapshot {
            meta: self.meta.iter().map(|(key, value)| (*key, value.clone())).collect(),
            persons: self.persons.values().cloned().collect(),
            standings: self.standings.values().cloned().collect(),
            ledger_head: self.ledger.last_key_value().map(|(seq, row)| (*seq, sha256(&[&row.envelope]))),
            streams: self.streams.values().cloned().collect(),
            statements: self.statements.values().cloned().collect(),
            bases: self.bases.values().cloned().collect(),
            rows: self.rows.values().filter(|(row, _)| waits(row.state)).map(|(row, _)| row.clone()).collect(),
            numbers: self.numbers.iter().filter(|((stream, n), _)| *n >= base(stream)).map(|((stream, _), head)| (*stream, *head)).collect(),
            counters: self.counters.clone(),
            requests: self.requests.values().cloned().collect(),
        })
    }

    fn commit(&mut self, group: &[&[StoreOp]]) -> Result<(), StoreError> {
        group.iter().copied().flatten().for_each(|op| self.apply(op));
        Ok(())
    }

    fn payload(&mut self, row: RowId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.rows.get(&row).map(|(_, sealed)| sealed.clone()))
    }

    fn ledger(&mut self, from: u64, count: u32) -> Result<Vec<LedgerRow>, StoreError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(self.ledger.range(from..).take(count).map(|(_, row)| row.clone()).collect())
    }

    fn disclosures(&mut self, use_id: Option<&str>, count: u32) -> Result<Vec<DisclosureRow>, StoreError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let done = self.rows.values().rev().filter(|(row, _)| !waits(row.state) && use_id.is_none_or(|id| id == row.use_id));
        Ok(done.take(count).map(|(row, sealed)| DisclosureRow { row: row.clone(), sealed: sealed.clone() }).collect())
    }

    fn purge_step(&mut self) -> Result<Purge, StoreError> {
        Ok(Purge::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_protocol::Digest;

    fn row(id: RowId, basis: BasisId, state: RowState) -> QueueRow {
        QueueRow {
            id,
            stream: StreamId::default(),
            basis,
            use_id: "traffic".into(),
            state,
            n: 0,
            digest: Digest::default(),
            records: 1,
            decisions: 1,
            bytes: 1,
            first_ms: 0,
            last_ms: 0,
            closed_ms: 0,
            done_ms: 0,
        }
    }

    fn append(id: RowId, basis: BasisId) -> StoreOp {
        StoreOp::Append { row: row(id, basis, RowState::Queued), sealed: vec![7] }
    }

    fn ids(store: &mut MemStore) -> Vec<RowId> {
        store.load().unwrap().rows.iter().map(|row| row.id).collect()
    }

    #[test]
    fn a_row_under_a_tombstone_never_comes_back_not_even_when_it_is_appended_late() {
        let mut store = MemStore::new();
        store.commit(&[&[append(1, 1), append(2, 2)], &[StoreOp::Tombstone { basis: 1, up_to: 3 }]]).unwrap();
        store.commit(&[&[append(3, 1), append(4, 1)]]).unwrap();
        assert_eq!(ids(&mut store), [2, 4]);
        assert_eq!(store.payload(1).unwrap(), None);
        store.commit(&[&[StoreOp::Update { row: row(3, 1, RowState::Numbered), sealed: None }]]).unwrap();
        assert_eq!(ids(&mut store), [2, 4]);
    }

    #[test]
    fn a_completed_row_is_a_disclosure_and_outlives_the_tombstone() {
        let mut store = MemStore::new();
        store
            .commit(&[&[append(1, 1), StoreOp::Update { row: row(1, 1, RowState::Sent), sealed: Some(vec![9]) }, StoreOp::Tombstone { basis: 1, up_to: 9 }]])
            .unwrap();
        assert!(ids(&mut store).is_empty());
        let disclosed = store.disclosures(Some("traffic"), 10).unwrap();
        assert_eq!(disclosed.iter().map(|one| one.sealed.clone()).collect::<Vec<_>>(), [vec![9]]);
        store.commit(&[&[StoreOp::PruneDisclosures { before_ms: 1 }]]).unwrap();
        assert!(store.disclosures(None, 10).unwrap().is_empty());
    }
}
