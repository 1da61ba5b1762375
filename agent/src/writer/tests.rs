use super::*;
use consent_gatekeeper::store::{DisclosurePage, DisclosureQuery, LedgerRow, LeftSum, MetaKey, RowId, Snapshot};
use std::sync::{Arc, Mutex};

/// What a store was asked to do, and how it answers.
#[derive(Debug, Default)]
struct Book {
    /// First byte of every transaction's meta, a group a line.
    groups: Vec<Vec<u8>>,
    fail: usize,
    full: bool,
    reserve: bool,
    purges: u32,
}

#[derive(Debug, Clone, Default)]
struct Fake(Arc<Mutex<Book>>);

fn mark(op: &StoreOp) -> u8 {
    let StoreOp::Meta { value, .. } = op else { panic!("these tests write facts only") };
    value[0]
}

impl Store for Fake {
    fn load(&mut self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot::default())
    }

    fn commit(&mut self, group: &[&[StoreOp]]) -> Result<(), StoreError> {
        let mut book = self.0.lock().unwrap();
        if book.full {
            return Err(StoreError::Full("test".to_string()));
        }
        if book.fail > 0 {
            book.fail -= 1;
            return Err(StoreError::Medium("test".to_string()));
        }
        book.groups.push(group.iter().map(|ops| mark(&ops[0])).collect());
        Ok(())
    }

    fn payload(&mut self, row: RowId) -> Result<Option<Vec<u8>>, StoreError> {
        let groups = self.0.lock().unwrap().groups.len();
        Ok(Some(vec![u8::try_from(row).unwrap(), u8::try_from(groups).unwrap()]))
    }

    fn ledger(&mut self, _: u64, _: u32) -> Result<Vec<LedgerRow>, StoreError> {
        Err(StoreError::Medium("test".to_string()))
    }

    fn disclosures(&mut self, _: &DisclosureQuery) -> Result<DisclosurePage, StoreError> {
        Ok(DisclosurePage::default())
    }

    fn left_since(&mut self, _: i64) -> Result<Vec<LeftSum>, StoreError> {
        Ok(Vec::new())
    }

    fn left_last(&mut self) -> Result<Option<i64>, StoreError> {
        Ok(None)
    }

    fn purge_step(&mut self) -> Result<Purge, StoreError> {
        let mut book = self.0.lock().unwrap();
        book.purges += 1;
        Ok(if book.purges.is_multiple_of(3) { Purge::Done } else { Purge::More })
    }

    fn free_reserve(&mut self) -> Reserve {
        let mut book = self.0.lock().unwrap();
        if std::mem::take(&mut book.reserve) {
            book.full = false;
            return Reserve::Freed;
        }
        Reserve::None
    }
}

fn commit(txn: u8, urgency: Urgency) -> Job {
    Job::Commit { txn: u64::from(txn), urgency, ops: vec![StoreOp::Meta { key: MetaKey::Ids, value: vec![txn] }] }
}

/// Hands all jobs over before the writer looks, and gives its answers until it ends.
fn answers(store: &Fake, jobs: Vec<Job>) -> Vec<String> {
    answers_at(store, Pace::new(Instant::now()), jobs)
}

fn answers_at(store: &Fake, pace: Pace, jobs: Vec<Job>) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (sender, queue) = mpsc::channel(JOBS_MAX);
    let (done, mut answers) = mpsc::unbounded_channel();
    for job in jobs {
        sender.try_send(job).unwrap();
    }
    drop(sender);
    let mut work = Work { store: store.clone(), queue, done, tidy: Tidy::Owed, failed: None, groups: 0, pace };
    runtime.block_on(work.run());
    drop(work);
    let mut told = Vec::new();
    while let Ok(done) = answers.try_recv() {
        told.push(match done {
            Done::Committed(txn) => format!("+{txn}"),
            Done::Failed(txns) => format!("-{txns:?}"),
            Done::Loaded(Loaded::Payload { row, sealed }) => format!("row {row} {sealed:?}"),
            Done::Loaded(loaded) => format!("{loaded:?}"),
        });
    }
    told
}

#[test]
fn a_group_is_one_commit_of_at_most_64_in_order() {
    let store = Fake::default();
    let told = answers(&store, (1..=100).map(|txn| commit(txn, Urgency::Group)).collect());
    assert_eq!(told, (1..=100).map(|txn| format!("+{txn}")).collect::<Vec<_>>());
    let groups = &store.0.lock().unwrap().groups;
    assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [64, 36]);
    assert_eq!(groups.concat(), (1..=100).collect::<Vec<u8>>());
}

#[test]
fn an_urgent_commit_closes_the_group_and_goes_with_it() {
    let store = Fake::default();
    let jobs = vec![commit(1, Urgency::Group), commit(2, Urgency::Now), commit(3, Urgency::Group)];
    assert_eq!(answers(&store, jobs), ["+1", "+2", "+3"]);
    assert_eq!(store.0.lock().unwrap().groups, [vec![1, 2], vec![3]]);
}

#[test]
fn a_read_sees_every_commit_before_it() {
    let store = Fake::default();
    let jobs = vec![
        commit(1, Urgency::Group),
        Job::Load(Load::Payload { row: 9 }),
        commit(2, Urgency::Group),
        Job::Load(Load::Ledger { token: 4, from: 1, count: 9 }),
    ];
    assert_eq!(answers(&store, jobs), ["+1", "row 9 Some([9, 1])", "+2", "Ledger { token: 4, rows: [] }"]);
}

#[test]
fn nothing_built_upon_a_failed_transaction_is_written_before_it_is_known() {
    let store = Fake::default();
    store.0.lock().unwrap().fail = 1;
    let jobs = vec![commit(1, Urgency::Now), commit(2, Urgency::Now), Job::Load(Load::Payload { row: 9 }), commit(3, Urgency::Group)];
    assert_eq!(answers(&store, jobs), ["row 9 Some([9, 0])", "-[1, 2, 3]"]);
    let store = Fake::default();
    store.0.lock().unwrap().fail = 1;
    let (writer, mut told, thread) = start(store.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        assert!(writer.send(commit(1, Urgency::Now)).await);
        assert!(matches!(told.recv().await, Some(Done::Failed(txns)) if txns == [1]));
        assert!(writer.send(commit(2, Urgency::Now)).await);
        assert!(writer.send(Job::Resume).await);
        assert!(matches!(told.recv().await, Some(Done::Failed(txns)) if txns == [2]), "built before the failure was known");
        assert!(writer.send(Job::Resume).await);
        assert!(writer.send(commit(3, Urgency::Now)).await);
        assert!(matches!(told.recv().await, Some(Done::Committed(3))));
    });
    drop(writer);
    thread.join().unwrap();
    assert_eq!(store.0.lock().unwrap().groups, [vec![3]]);
}

#[test]
fn only_an_end_may_use_the_reserve() {
    let store = Fake::default();
    *store.0.lock().unwrap() = Book { full: true, reserve: true, ..Book::default() };
    assert_eq!(answers(&store, vec![commit(1, Urgency::Group)]), ["-[1]"]);
    assert_eq!(answers(&store, vec![commit(2, Urgency::Group), commit(3, Urgency::End)]), ["+2", "+3"]);
}

#[test]
fn what_is_withdrawn_is_overwritten_when_nothing_else_is_to_do() {
    let store = Fake::default();
    let (writer, mut told, thread) = start(store.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        assert!(writer.send(commit(1, Urgency::Group)).await);
        assert!(matches!(told.recv().await, Some(Done::Committed(1))));
        for _ in 0..500 {
            if store.0.lock().unwrap().purges >= 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    drop(writer);
    thread.join().unwrap();
    assert!(store.0.lock().unwrap().purges >= 3);
}

#[test]
fn a_group_waits_for_others_only_while_few_come() {
    let begun = Instant::now();
    let after = |ms: u64| begun + Duration::from_millis(ms);
    let mut pace = Pace::new(begun);
    // A transaction every 20 ms for ten minutes is the most that stays calm.
    (1..=30_000).for_each(|at| pace.came(1, after(at * 20)));
    assert!(pace.is_calm(), "{pace:?}");
    pace.came(usize::try_from(CALM_BURST).unwrap() - 1, after(600_010));
    assert!(pace.is_calm(), "{pace:?}: a burst after them too");
    pace.came(1, after(600_011));
    assert!(!pace.is_calm(), "{pace:?}");
    // However many there were, it is over soon.
    pace.came(1_000_000, after(600_012));
    pace.came(0, after(600_012 + 1_900));
    assert!(!pace.is_calm(), "{pace:?}");
    pace.came(0, after(600_012 + 2_000));
    assert!(pace.is_calm(), "{pace:?}");
}

#[test]
fn while_many_come_a_group_is_what_waits() {
    let mut pace = Pace::new(Instant::now());
    pace.came(usize::MAX, Instant::now());
    let store = Fake::default();
    let told = answers_at(&store, pace, (1..=100).map(|txn| commit(txn, Urgency::Group)).collect());
    assert_eq!(told.len(), 100);
    assert_eq!(store.0.lock().unwrap().groups.iter().map(Vec::len).collect::<Vec<_>>(), [64, 36], "one sync for all that waits, not one each");
}
