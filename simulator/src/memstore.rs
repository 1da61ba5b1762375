//! A store in memory for simulations: what is committed is durable, nothing else is.
//!
//! It keeps the same rows by the same rules as the agent's database, so that a simulated car that crashes boots from exactly
//! what a real one would find. INVARIANT: a row under a tombstone is never seen again, also if it is appended late.

use consent_agent::store::{Purge, Store, StoreError};
use consent_gatekeeper::store::{
    BasisId, BasisRow, CounterRow, DisclosurePage, DisclosureQuery, DisclosureRow, LedgerRow, LeftRow, LeftSum, MetaKey, PersonRow, QueueRow, RequestRow,
    RowId, RowState, Snapshot, StandingRow, StatementRow, StoreOp, StreamRow,
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
    /// What was handed over, in order of time.
    left: BTreeMap<(i64, RowId), LeftRow>,
    /// Of whose trip a row is.
    drove: BTreeMap<RowId, String>,
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
            StoreOp::PruneDisclosures { before_ms } => {
                self.rows.retain(|_, (row, _)| waits(row.state) || row.done_ms >= *before_ms);
                self.left = self.left.split_off(&(*before_ms, 0));
            }
            StoreOp::DeleteDisclosures { basis } => {
                self.rows.retain(|_, (row, _)| waits(row.state) || row.basis != *basis);
                self.left.retain(|_, left| left.basis != *basis);
            }
            StoreOp::Left(row) => {
                self.left.insert((row.left_ms, row.row), row.clone());
            }
            StoreOp::Drove { row, person } => {
                self.drove.insert(*row, person.clone());
            }
            StoreOp::Meta { key, value } => {
                self.meta.insert(*key, value.clone());
            }
            StoreOp::Person(row) => {
                self.persons.insert(row.id.clone(), row.clone());
            }
            StoreOp::ErasePerson { person } => self.erase_person(person),
            StoreOp::EraseBodies { up_to } => {
                for row in self.ledger.range_mut(..=*up_to).map(|(_, row)| row) {
                    (row.sealed, row.person) = (None, String::new());
                }
            }
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
            | StoreOp::EraseBodies { .. }
            | StoreOp::Standing(_)
            | StoreOp::Ledger(_)
            | StoreOp::Stream(_)
            | StoreOp::Statement(_)
            | StoreOp::Basis(_)
            | StoreOp::Left(_)
            | StoreOp::Drove { .. }
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
        let theirs = |row: &RowId| self.drove.get(row).is_some_and(|driver| driver == person);
        self.rows.retain(|id, (row, _)| waits(row.state) || !theirs(id));
        self.left.retain(|(_, row), _| !theirs(row));
        self.drove.retain(|_, driver| driver != person);
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

    fn disclosures(&mut self, query: &DisclosureQuery) -> Result<DisclosurePage, StoreError> {
        let wanted = |row: &QueueRow| {
            !waits(row.state)
                && query.use_id.as_ref().is_none_or(|id| *id == row.use_id)
                && (query.bases.as_ref().is_none_or(|bases| bases.contains(&row.basis))
                    || self.drove.get(&row.id).is_some_and(|driver| query.driver.as_ref() == Some(driver)))
                && query.before_ms.is_none_or(|before_ms| row.done_ms < before_ms)
        };
        let mut found: Vec<&(QueueRow, Vec<u8>)> = self.rows.values().rev().filter(|(row, _)| wanted(row)).collect();
        found.sort_by_key(|(row, _)| std::cmp::Reverse(row.done_ms));
        let count = usize::try_from(query.count).unwrap_or(usize::MAX);
        let last_ms = found.get(count.saturating_sub(1)).map_or(i64::MIN, |(row, _)| row.done_ms);
        let (page, older): (Vec<_>, Vec<_>) = found.into_iter().partition(|(row, _)| row.done_ms >= last_ms);
        let rows = page.into_iter().map(|(row, sealed)| DisclosureRow { row: row.clone(), sealed: sealed.clone() }).collect();
        Ok(DisclosurePage { rows, more: !older.is_empty() })
    }

    fn left_since(&mut self, since_ms: i64) -> Result<Vec<LeftSum>, StoreError> {
        let mut sums: BTreeMap<BasisId, LeftSum> = BTreeMap::new();
        for row in self.left.range((since_ms, 0)..).map(|(_, row)| row) {
            let none = || LeftSum { basis: row.basis, use_id: row.use_id.clone(), batches: 0, records: 0, first_ms: row.first_ms, last_ms: row.last_ms };
            let sum = sums.entry(row.basis).or_insert_with(none);
            sum.batches = sum.batches.saturating_add(1);
            sum.records = sum.records.saturating_add(u64::from(row.records));
            (sum.first_ms, sum.last_ms) = (sum.first_ms.min(row.first_ms), sum.last_ms.max(row.last_ms));
        }
        Ok(sums.into_values().collect())
    }

    fn left_last(&mut self) -> Result<Option<i64>, StoreError> {
        Ok(self.left.last_key_value().map(|((left_ms, _), _)| *left_ms))
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
        let traffic = DisclosureQuery { use_id: Some("traffic".into()), count: 10, ..DisclosureQuery::default() };
        let disclosed = store.disclosures(&traffic).unwrap().rows;
        assert_eq!(disclosed.iter().map(|one| one.sealed.clone()).collect::<Vec<_>>(), [vec![9]]);
        store.commit(&[&[StoreOp::PruneDisclosures { before_ms: 1 }]]).unwrap();
        assert!(store.disclosures(&traffic).unwrap().rows.is_empty());
    }

    #[test]
    fn pages_part_no_moment_and_what_left_outlives_an_end() {
        let mut store = MemStore::new();
        let done = |id, basis, done_ms| StoreOp::Append { row: QueueRow { done_ms, ..row(id, basis, RowState::Sent) }, sealed: vec![7] };
        let left =
            |row, basis, left_ms| StoreOp::Left(LeftRow { row, basis, use_id: "traffic".into(), left_ms, records: 2, first_ms: left_ms, last_ms: left_ms + 1 });
        store.commit(&[&[done(1, 1, 10), done(2, 2, 30), done(3, 1, 20), done(4, 1, 20), left(1, 1, 5), left(2, 2, 25), left(3, 1, 15)]]).unwrap();
        let mut page = |before_ms, bases| {
            let page = store.disclosures(&DisclosureQuery { before_ms, bases, count: 1, ..DisclosureQuery::default() }).unwrap();
            (page.rows.iter().map(|found| found.row.id).collect::<Vec<_>>(), page.more)
        };
        assert_eq!(page(None, None), (vec![2], true));
        assert_eq!(page(Some(30), None), (vec![4, 3], true));
        assert_eq!(page(Some(20), None), (vec![1], false));
        assert_eq!(page(None, Some(vec![2])), (vec![2], false));
        store.commit(&[&[StoreOp::Tombstone { basis: 1, up_to: 9 }]]).unwrap();
        let sums =
            |store: &mut MemStore, since_ms| store.left_since(since_ms).unwrap().iter().map(|sum| (sum.basis, sum.batches, sum.records)).collect::<Vec<_>>();
        assert_eq!(sums(&mut store, 5), [(1, 2, 4), (2, 1, 2)]);
        store.commit(&[&[StoreOp::PruneDisclosures { before_ms: 10 }, StoreOp::DeleteDisclosures { basis: 2 }]]).unwrap();
        assert_eq!((sums(&mut store, 0), store.left_last().unwrap()), (vec![(1, 1, 2)], Some(15)));
    }
}
