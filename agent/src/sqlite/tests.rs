use super::*;
use consent_core::{Assurance, CategorySet, Ground, Reason, Status};
use consent_gatekeeper::show::Revealed;
use consent_gatekeeper::store::{
    BasisEnd, BasisRow, BootMeta, Cause, CounterRow, DisclosureRow, LeftRow, MetaKey, Outcome, PersonRow, PersonRow1, QueueRow, RequestOutcome, RequestRow,
    RequestRow1, StandingRow, StatementRow, StreamRow, Tries,
};
use consent_protocol::envelope::sha256;
use consent_protocol::lane::{BasisTerms, EndKind};
use consent_protocol::ledger::Cadence;
use consent_protocol::{Digest, Head, StreamId};
use std::process::Command;

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder).unwrap()
}

const ALL: DisclosureQuery = DisclosureQuery { use_id: None, bases: None, driver: None, before_ms: None, count: 9 };

fn queue_row(id: RowId, basis: u64, state: RowState) -> QueueRow {
    let done_ms = if matches!(state, RowState::Sent | RowState::Refused) { 50_000 } else { 0 };
    QueueRow {
        id,
        stream: StreamId([7; 16]),
        basis,
        use_id: "traffic".to_string(),
        state,
        n: 0,
        digest: Digest::default(),
        records: 3,
        decisions: 5,
        bytes: 9,
        first_ms: 1,
        last_ms: 2,
        closed_ms: 3,
        done_ms,
    }
}

fn append(id: RowId, basis: u64) -> StoreOp {
    StoreOp::Append { row: queue_row(id, basis, RowState::Queued), sealed: format!("payload-marker-{id}").into_bytes() }
}

fn stream_row(base: u32) -> StreamRow {
    StreamRow {
        id: StreamId([7; 16]),
        recipient: "oem".to_string(),
        use_id: "traffic".to_string(),
        key: 3,
        offset_ms: 17,
        lane: Head { n: 2, digest: Digest([1; 32]) },
        numbered: Head { n: 4, digest: Digest([2; 32]) },
        base: Head { n: base, digest: Digest([3; 32]) },
        answered_k: 1,
        erased_k: 0,
        catalog: (1, Digest([4; 32])),
        closed: false,
    }
}

fn basis_row() -> BasisRow {
    let terms = BasisTerms {
        use_id: "traffic".to_string(),
        revision: 1,
        terms: Digest([5; 32]),
        notice: Digest([6; 32]),
        ground: Ground::Consent,
        tier: 1,
        categories: CategorySet(3),
        from_s: 10,
        until_s: 20,
        commitments: [Digest([8; 32]); 8],
    };
    BasisRow {
        id: 1,
        stream: StreamId([7; 16]),
        k: 2,
        end_k: 0,
        terms,
        consents: vec![("anna".to_string(), [9; 16])],
        end: BasisEnd::Ended(EndKind::Withdrawn),
        erase_owed: true,
        catalog: (Digest([9; 32]), 3),
        reveals: vec![("location".to_string(), Revealed::Coarse)],
    }
}

fn standing_row() -> StandingRow {
    StandingRow {
        person: "anna".to_string(),
        use_id: "traffic".to_string(),
        revision: 1,
        terms: Digest([5; 32]),
        notice: Digest([6; 32]),
        record: [9; 16],
        status: Status::Given,
        categories: vec!["location".to_string()],
        tier: 1,
        from_ms: 10,
        until_ms: 20,
        cadence: Cadence::Until,
        assurance: Assurance::High,
        language: "en".to_string(),
        secret: [3; 32],
        entry: 1,
    }
}

fn person_row() -> PersonRow {
    PersonRow {
        id: "anna".to_string(),
        name: "Anna-the-name".to_string(),
        minor: false,
        languages: vec!["de".to_string()],
        created_ms: 4,
        key: Some([0x5a; 32]),
        asking: None,
        welcomed: true,
        pin: Some("hash".into()),
        tries: Tries { wrong: 2, locked_until_ms: 0 },
    }
}

fn ledger_row(seq: u64, person: &str) -> LedgerRow {
    let mut envelope = vec![0xd2, 1, 2];
    envelope.extend(seq.to_le_bytes());
    LedgerRow { seq, envelope, person: person.to_string(), sealed: Some(b"sealed-ledger-body".to_vec()) }
}

fn request_row() -> RequestRow {
    let (person, use_id) = ("anna".to_string(), "traffic".to_string());
    RequestRow { id: 6, person, use_id, terms: Digest([5; 32]), raised_ms: 3, outcome: RequestOutcome::Open, screen: 6, cause: Cause::Unasked }
}

#[test]
fn what_is_committed_is_loaded_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let counter = CounterRow { use_id: "traffic".to_string(), outcome: Outcome::Withheld(Reason::NoConsent), count: 12 };
    let statement = StatementRow { stream: StreamId([7; 16]), k: 1, envelope: vec![1, 2, 3] };
    let heads: Vec<Head> = (3..=4).map(|n| Head { n, digest: Digest([4; 32]) }).collect();
    let mut ops = vec![
        StoreOp::Meta { key: MetaKey::Boot, value: postcard::to_allocvec(&BootMeta { boot: 2, clean: true }).unwrap() },
        StoreOp::Person(person_row()),
        StoreOp::Standing(standing_row()),
        StoreOp::Ledger(ledger_row(1, "anna")),
        StoreOp::Stream(stream_row(0)),
        StoreOp::Statement(statement.clone()),
        StoreOp::Basis(basis_row()),
        append(11, 1),
        StoreOp::Append { row: queue_row(12, 2, RowState::Awaiting), sealed: vec![12] },
        StoreOp::Append { row: queue_row(13, 2, RowState::Queued), sealed: vec![13] },
        StoreOp::Counter(CounterRow { count: 3, ..counter.clone() }),
        StoreOp::Counter(counter.clone()),
        StoreOp::Request(request_row()),
    ];
    ops.extend(heads.iter().map(|head| StoreOp::Number { stream: StreamId([7; 16]), head: *head }));
    let mut store = open(folder.path());
    store.commit(&[&ops]).unwrap();
    let numbered = QueueRow { n: 5, state: RowState::Numbered, ..queue_row(11, 1, RowState::Queued) };
    store
        .commit(&[
            &[StoreOp::Update { row: numbered.clone(), sealed: Some(vec![42]) }],
            &[StoreOp::Update { row: queue_row(13, 2, RowState::Sent), sealed: None }],
        ])
        .unwrap();
    drop(store);
    let mut store = open(folder.path());
    let snapshot = store.load().unwrap();
    let expected = Snapshot {
        meta: vec![(MetaKey::Boot, postcard::to_allocvec(&BootMeta { boot: 2, clean: true }).unwrap())],
        persons: vec![person_row()],
        standings: vec![standing_row()],
        ledger_head: Some((1, sha256(&[&ledger_row(1, "anna").envelope]))),
        streams: vec![stream_row(0)],
        statements: vec![statement],
        bases: vec![basis_row()],
        rows: vec![numbered, queue_row(12, 2, RowState::Awaiting)],
        numbers: heads.iter().map(|head| (StreamId([7; 16]), *head)).collect(),
        counters: vec![counter],
        requests: vec![request_row()],
    };
    assert_eq!(snapshot, expected);
    assert_eq!(store.payload(11).unwrap(), Some(vec![42]));
    assert_eq!(store.ledger(1, 9).unwrap(), vec![ledger_row(1, "anna")]);
    let of = |use_id: &str| DisclosureQuery { use_id: Some(use_id.into()), ..ALL };
    assert_eq!(store.disclosures(&of("traffic")).unwrap().rows, vec![DisclosureRow { row: queue_row(13, 2, RowState::Sent), sealed: vec![13] }]);
    assert_eq!(store.disclosures(&of("other")).unwrap().rows, vec![]);
    store.commit(&[&[StoreOp::Stream(stream_row(4))]]).unwrap();
    assert_eq!(store.load().unwrap().numbers.len(), 1, "digests below the base are no longer needed");
}

#[test]
fn rows_under_a_tombstone_are_gone_from_its_commit_on_however_late_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let sent = StoreOp::Append { row: queue_row(5, 1, RowState::Sent), sealed: vec![5] };
    store.commit(&[&[append(1, 1), append(2, 2), append(4, 1), sent]]).unwrap();
    store.commit(&[&[StoreOp::Tombstone { basis: 1, up_to: 9 }]]).unwrap();
    for purged in [false, true] {
        let late = StoreOp::Update { row: queue_row(1, 1, RowState::Sent), sealed: Some(vec![1]) };
        store.commit(&[&[append(3, 1)], &[late]]).unwrap();
        drop(store);
        store = open(folder.path());
        let rows: Vec<RowId> = store.load().unwrap().rows.iter().map(|row| row.id).collect();
        assert_eq!(rows, [2], "purged: {purged}");
        assert_eq!([1, 3, 4].map(|row| store.payload(row).unwrap()), [None, None, None]);
        assert_eq!(store.payload(2).unwrap(), Some(b"payload-marker-2".to_vec()));
        assert_eq!(store.disclosures(&ALL).unwrap().rows.len(), 1, "what was sent stays a disclosure");
        while store.purge_step().unwrap() == Purge::More {}
    }
    store.commit(&[&[append(10, 1)]]).unwrap();
    assert_eq!(store.load().unwrap().rows.len(), 2, "a row after the tombstone lives");
}

/// What a power cut at this moment leaves: the files as they are, without the orderly end of their connection.
fn after_a_power_cut(folder: &Path) -> (tempfile::TempDir, Snapshot, SqliteStore) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["consent.db", "consent.db-wal"] {
        std::fs::copy(folder.join(name), copy.path().join(name)).unwrap();
    }
    let mut store = open(copy.path());
    let snapshot = store.load().unwrap();
    (copy, snapshot, store)
}

#[test]
fn what_a_commit_answered_is_there_wherever_power_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    for id in 1..=150_u64 {
        store.commit(&[&[append(id, id % 3)], &[StoreOp::Ledger(ledger_row(id, ""))]]).unwrap();
        if id % 50 == 0 {
            store.commit(&[&[StoreOp::Tombstone { basis: 1, up_to: id }]]).unwrap();
        }
        // In the middle of a purge too.
        let purged = id % 7 == 0 && store.purge_step().unwrap() == Purge::More;
        if id % 10 == 0 || purged {
            let (_copy, snapshot, _) = after_a_power_cut(folder.path());
            let hit = id / 50 * 50;
            let expected: Vec<RowId> = (1..=id).filter(|row| row % 3 != 1 || *row > hit).collect();
            assert_eq!(snapshot.rows.iter().map(|row| row.id).collect::<Vec<_>>(), expected, "after {id}");
            assert_eq!(snapshot.ledger_head.map(|head| head.0), Some(id));
        }
    }
    let (copy, _, mut again) = after_a_power_cut(folder.path());
    while again.purge_step().unwrap() == Purge::More {}
    assert!(holds(copy.path(), b"payload-marker-149") && !holds(copy.path(), b"payload-marker-148"), "148 is of the basis that ended");
}

fn image(folder: &Path) -> Vec<u8> {
    let mut bytes = std::fs::read(folder.join("consent.db")).unwrap();
    bytes.extend(std::fs::read(folder.join("consent.db-wal")).unwrap_or_default());
    bytes
}

fn holds(folder: &Path, needle: &[u8]) -> bool {
    image(folder).windows(needle.len()).any(|window| window == needle)
}

#[test]
fn a_purge_leaves_no_byte_of_what_it_hits_and_resumes_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    for id in 1..=400 {
        let sealed = [format!("purge-marker-{id:03}-").as_bytes(), &[0x77; 6_000]].concat();
        store.commit(&[&[StoreOp::Append { row: queue_row(id, 1, RowState::Queued), sealed }, append(1_000 + id, 2)]]).unwrap();
    }
    assert!(holds(folder.path(), b"purge-marker-"));
    store.commit(&[&[StoreOp::Tombstone { basis: 1, up_to: 400 }]]).unwrap();
    assert_eq!(store.purge_step().unwrap(), Purge::More);
    drop(store);
    let mut store = open(folder.path());
    let mut steps = 0;
    while store.purge_step().unwrap() == Purge::More {
        steps += 1;
    }
    assert!(steps >= 3, "{steps} steps of {PURGE_BYTES} bytes for what was left of 400 rows");
    assert!(!holds(folder.path(), b"purge-marker-") && !holds(folder.path(), &[0x77; 64]));
    assert!(holds(folder.path(), b"payload-marker-1001"), "other rows stay");
    assert_eq!(std::fs::metadata(folder.path().join("consent.db-wal")).unwrap().len(), 0);
}

#[test]
fn an_erased_person_leaves_no_byte_and_a_ledger_that_chains() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store
        .commit(&[
            &[StoreOp::Person(person_row()), StoreOp::Standing(standing_row()), StoreOp::Request(request_row())],
            &[StoreOp::Ledger(ledger_row(1, "anna"))],
        ])
        .unwrap();
    store.commit(&[&[StoreOp::Ledger(ledger_row(2, ""))], &[StoreOp::ErasePerson { person: "anna".to_string() }]]).unwrap();
    while store.purge_step().unwrap() == Purge::More {}
    let snapshot = store.load().unwrap();
    assert!(snapshot.persons.is_empty() && snapshot.standings.is_empty() && snapshot.requests.is_empty());
    let ledger = store.ledger(1, 10).unwrap();
    assert_eq!(ledger, vec![LedgerRow { sealed: None, person: String::new(), ..ledger_row(1, "anna") }, ledger_row(2, "")]);
    assert!(!holds(folder.path(), b"Anna-the-name") && !holds(folder.path(), &[0x5a; 32]));
}

#[test]
fn disclosures_end_by_time_and_by_erasure() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store.commit(&[&[done(1, 1, 100), done(2, 1, 200), done(3, 2, 300), append(4, 2)]]).unwrap();
    let ids = |store: &mut SqliteStore| store.disclosures(&ALL).unwrap().rows.iter().map(|found| found.row.id).collect::<Vec<_>>();
    assert_eq!(ids(&mut store), [3, 2, 1]);
    store.commit(&[&[StoreOp::PruneDisclosures { before_ms: 200 }]]).unwrap();
    assert_eq!(ids(&mut store), [3, 2]);
    store.commit(&[&[StoreOp::DeleteDisclosures { basis: 2 }]]).unwrap();
    assert_eq!(ids(&mut store), [2]);
    assert_eq!(store.payload(3).unwrap(), None);
    store.commit(&[&[StoreOp::DeleteRow { row: 2 }]]).unwrap();
    while store.purge_step().unwrap() == Purge::More {}
    assert!(!holds(folder.path(), b"disclosed"));
    assert_eq!(store.load().unwrap().rows.len(), 1);
}

fn done(id: RowId, basis: u64, done_ms: i64) -> StoreOp {
    StoreOp::Append { row: QueueRow { done_ms, ..queue_row(id, basis, RowState::Sent) }, sealed: b"disclosed".to_vec() }
}

#[test]
fn pages_of_disclosures_miss_none_and_repeat_none_and_part_no_moment() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    // Rows 1 to 20 on bases 1 and 2, five of them at each moment; what was completed last need not have the highest number.
    let rows: Vec<StoreOp> = (1..=20).map(|id| done(id, 1 + id % 2, 1_000 - i64::try_from(id / 5).unwrap())).collect();
    store.commit(&[&rows]).unwrap();
    for bases in [None, Some(vec![1]), Some(vec![1, 2]), Some(Vec::new())] {
        let wanted = |id: &RowId| bases.as_ref().is_none_or(|bases: &Vec<u64>| bases.contains(&(1 + id % 2)));
        let mut query = DisclosureQuery { bases: bases.clone(), count: 3, ..ALL };
        let mut seen: Vec<(i64, RowId)> = Vec::new();
        loop {
            let page = store.disclosures(&query).unwrap();
            assert!(!page.more || page.rows.len() >= 3, "{bases:?}");
            seen.extend(page.rows.iter().map(|found| (found.row.done_ms, found.row.id)));
            query.before_ms = page.rows.last().map(|found| found.row.done_ms);
            if !page.more {
                break;
            }
        }
        let mut expected: Vec<(i64, RowId)> = (1..=20).filter(wanted).map(|id| (1_000 - i64::try_from(id / 5).unwrap(), id)).collect();
        expected.sort_unstable();
        expected.reverse();
        assert_eq!(seen, expected, "{bases:?}");
    }
}

/// R51, R20: what rests on nobody's consent is found by whoever drove, and goes with them.
#[test]
fn r51_r20_what_rests_on_nobody_is_its_drivers_and_goes_when_they_are_erased() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let drove = |row: RowId, person: &str| StoreOp::Drove { row, person: person.to_owned() };
    let waits = StoreOp::Append { row: queue_row(4, 1, RowState::Queued), sealed: vec![4] };
    store.commit(&[&[done(1, 1, 100), done(2, 1, 200), done(3, 2, 300), waits, left(1, 1, 100), left(2, 1, 200)]]).unwrap();
    store.commit(&[&[drove(1, "anna"), drove(2, "ben"), drove(4, "anna"), drove(99, "anna")]]).unwrap();
    let of = |store: &mut SqliteStore, driver: &str| -> Vec<RowId> {
        let query = DisclosureQuery { bases: Some(vec![2]), driver: Some(driver.to_owned()), ..ALL };
        store.disclosures(&query).unwrap().rows.iter().map(|found| found.row.id).collect()
    };
    assert_eq!((of(&mut store, "anna"), of(&mut store, "ben"), of(&mut store, "cleo")), (vec![3, 1], vec![3, 2], vec![3]));
    store.commit(&[&[StoreOp::ErasePerson { person: "anna".to_owned() }]]).unwrap();
    while store.purge_step().unwrap() == Purge::More {}
    assert_eq!((of(&mut store, "anna"), of(&mut store, "ben")), (vec![3], vec![3, 2]));
    assert_eq!(store.load().unwrap().rows.iter().map(|row| row.id).collect::<Vec<_>>(), [4], "what is owed by law still goes");
    let kept: i64 = store.connection.query_row("SELECT COUNT(*) FROM drove", [], |row| row.get(0)).unwrap();
    assert_eq!((kept, store.left_since(0).unwrap().len()), (1, 1));
    store.commit(&[&[StoreOp::PruneDisclosures { before_ms: i64::MAX }]]).unwrap();
    while store.purge_step().unwrap() == Purge::More {}
    let kept: i64 = store.connection.query_row("SELECT COUNT(*) FROM drove", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0, "it goes with the row");
}

fn left(row: RowId, basis: u64, left_ms: i64) -> StoreOp {
    let stamp_ms = i64::try_from(row).unwrap();
    StoreOp::Left(LeftRow { row, basis, use_id: "traffic".to_string(), left_ms, records: 10, first_ms: stamp_ms, last_ms: stamp_ms + 5 })
}

#[test]
fn what_left_is_summed_up_by_time_outlives_an_end_and_goes_with_its_disclosures() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    assert_eq!((store.left_since(0).unwrap(), store.left_last().unwrap()), (vec![], None));
    let numbered = StoreOp::Append { row: queue_row(1, 1, RowState::Numbered), sealed: vec![1] };
    store.commit(&[&[numbered, left(1, 1, 100), left(2, 1, 200), left(3, 2, 200)]]).unwrap();
    store.commit(&[&[left(1, 1, 100)]]).unwrap();
    let sums = |store: &mut SqliteStore, since_ms| -> Vec<(u64, u64, u64, i64, i64)> {
        store.left_since(since_ms).unwrap().iter().map(|sum| (sum.basis, sum.batches, sum.records, sum.first_ms, sum.last_ms)).collect()
    };
    assert_eq!(sums(&mut store, 100), [(1, 2, 20, 1, 7), (2, 1, 10, 3, 8)], "also if a transaction comes again");
    assert_eq!(sums(&mut store, 101), [(1, 1, 10, 2, 7), (2, 1, 10, 3, 8)]);
    store.commit(&[&[StoreOp::Tombstone { basis: 1, up_to: 9 }]]).unwrap();
    while store.purge_step().unwrap() == Purge::More {}
    let mut store = (drop(store), open(folder.path())).1;
    assert_eq!(sums(&mut store, 100).len(), 2, "it was possibly seen");
    store.commit(&[&[StoreOp::DeleteDisclosures { basis: 2 }]]).unwrap();
    assert_eq!(sums(&mut store, 0), [(1, 2, 20, 1, 7)]);
    store.commit(&[&[StoreOp::PruneDisclosures { before_ms: 200 }]]).unwrap();
    assert_eq!((sums(&mut store, 0), store.left_last().unwrap()), (vec![(1, 1, 10, 2, 7)], Some(200)));
}

#[test]
fn a_store_from_before_bases_told_what_they_reveal_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store.commit(&[&[StoreOp::Basis(basis_row())]]).unwrap();
    let old = BasisRow { reveals: Vec::new(), ..basis_row() };
    let mut body = apply::body(&old).unwrap();
    assert_eq!(body.pop(), Some(0), "a version 1 body lacks the empty list");
    store.connection.execute("UPDATE basis SET body = ?1", [body]).unwrap();
    store.connection.execute_batch("DROP TABLE passed; DROP TABLE drove").unwrap();
    let mut store = (drop(store), open(folder.path())).1;
    assert_eq!(store.load().unwrap().bases, [old]);
    assert_eq!(store.left_last().unwrap(), None);
    store.commit(&[&[left(1, 1, 100)]]).unwrap();
    assert_eq!(store.left_last().unwrap(), Some(100));
}

#[test]
fn a_group_is_all_or_nothing_and_may_come_again_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let statement = StatementRow { stream: StreamId([7; 16]), k: 1, envelope: vec![1] };
    let first = [StoreOp::Ledger(ledger_row(1, "")), StoreOp::Statement(statement.clone()), append(2, 1)];
    store.commit(&[&first]).unwrap();
    let numbered = StoreOp::Update { row: queue_row(2, 1, RowState::Numbered), sealed: Some(vec![42]) };
    store.commit(&[&[numbered]]).unwrap();
    store.commit(&[&first]).unwrap();
    assert_eq!(store.payload(2).unwrap(), Some(vec![42]), "a row that is there stays as it is");
    let other = StoreOp::Ledger(LedgerRow { envelope: vec![9], ..ledger_row(1, "") });
    assert!(store.commit(&[&[append(1, 1)], &[other]]).is_err(), "an entry is never replaced");
    let other = StoreOp::Statement(StatementRow { envelope: vec![2], ..statement });
    assert!(store.commit(&[&[append(1, 1)], &[other]]).is_err(), "nor is a statement");
    assert_eq!(store.load().unwrap().rows, vec![queue_row(2, 1, RowState::Numbered)]);
    assert_eq!(store.commits(), 3);
}

#[test]
fn files_are_for_their_owner_alone_and_one_process_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("consent.db"), b"").unwrap();
    let mut store = open(folder.path());
    store.commit(&[&[append(1, 1)]]).unwrap();
    for name in ["consent.db", "consent.db-wal", "reserve"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let second = SqliteStore::open(folder.path()).map(|_| ()).unwrap_err();
    assert!(matches!(&second, StoreError::Unusable(text) if text.contains("another process")), "{second}");
}

#[test]
fn a_group_leaves_what_its_changes_leave_one_by_one() {
    let counter = |use_id: &str, outcome, count| StoreOp::Counter(CounterRow { use_id: use_id.to_string(), outcome, count });
    let number = |n: u8| StoreOp::Number { stream: StreamId([7; 16]), head: Head { n: n.into(), digest: Digest([n; 32]) } };
    let fact = |key, value: u8| StoreOp::Meta { key, value: vec![value] };
    let other = StoreOp::Stream(StreamRow { id: StreamId([8; 16]), ..stream_row(1) });
    let transactions = [
        vec![number(1), number(2), StoreOp::Stream(stream_row(1)), counter("traffic", Outcome::Queued, 5), fact(MetaKey::Totals, 1)],
        vec![counter("traffic", Outcome::Sent, 1), counter("wear", Outcome::Queued, 9), other, fact(MetaKey::Ids, 2), append(1, 1)],
        vec![StoreOp::Stream(stream_row(2)), number(3), counter("traffic", Outcome::Queued, 4), fact(MetaKey::Totals, 3)],
        vec![number(4), StoreOp::Stream(stream_row(3)), number(5), counter("traffic", Outcome::Queued, 7)],
    ];
    let (together, apart) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut together, mut apart) = (open(together.path()), open(apart.path()));
    let group: Vec<&[StoreOp]> = transactions.iter().map(Vec::as_slice).collect();
    together.commit(&group).unwrap();
    transactions.iter().flatten().for_each(|op| apart.commit(&[std::slice::from_ref(op)]).unwrap());
    let left = together.load().unwrap();
    assert_eq!(left, apart.load().unwrap());
    assert_eq!(left.numbers.iter().map(|(_, head)| head.n).collect::<Vec<_>>(), [3, 4, 5]);
    assert_eq!((together.commits(), apart.commits()), (1, 18));
}

#[test]
fn a_strange_newer_or_damaged_file_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let file = folder.path().join("consent.db");
    Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 2").unwrap();
    let newer = SqliteStore::open(folder.path()).map(|_| ()).unwrap_err().to_string();
    assert!(newer.contains("version 2") && newer.contains("newer program"), "{newer}");
    let strange = tempfile::tempdir().unwrap();
    Connection::open(strange.path().join("consent.db")).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    let told = SqliteStore::open(strange.path()).map(|_| ()).unwrap_err().to_string();
    assert!(told.contains("not a store of this program"), "{told}");
    let damaged = tempfile::tempdir().unwrap();
    std::fs::write(damaged.path().join("consent.db"), vec![0x55; 8_192]).unwrap();
    assert!(matches!(SqliteStore::open(damaged.path()), Err(StoreError::Unusable(_))));
}

/// A small file system of its own, if this process may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path()).output();
        done.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        assert!(Command::new("umount").arg("-l").arg(self.0.path()).output().is_ok());
    }
}

#[test]
fn a_withdrawal_can_be_written_on_a_full_disk() {
    let disk = SmallDisk::mount("4m").expect("this test mounts a small file system: run it as root");
    let mut store = open(disk.0.path());
    let mut id = 0;
    // First large rows, then small ones into what is left of the log.
    for bytes in [30_000, 1_000] {
        let error = loop {
            id += 1;
            let row = StoreOp::Append { row: queue_row(id, 1, RowState::Queued), sealed: vec![1; bytes] };
            if let Err(error) = store.commit(&[&[row]]) {
                break error;
            }
            assert!(id < 10_000, "the disk never fills");
        };
        assert!(matches!(error, StoreError::Full(_)), "{error}");
        std::fs::write(disk.0.path().join(format!("filler-{bytes}")), vec![0; 4 << 20]).unwrap_err();
    }
    let end = [StoreOp::Ledger(ledger_row(1, "anna")), StoreOp::Tombstone { basis: 1, up_to: id }];
    assert!(matches!(store.commit(&[&end]), Err(StoreError::Full(_))));
    assert_eq!(store.free_reserve(), Reserve::Freed);
    store.commit(&[&end]).unwrap();
    assert_eq!(store.free_reserve(), Reserve::None);
    while store.purge_step().unwrap() == Purge::More {}
    assert_eq!(store.load().unwrap().rows, vec![]);
    for bytes in [30_000, 1_000] {
        std::fs::remove_file(disk.0.path().join(format!("filler-{bytes}"))).unwrap();
    }
    drop(store);
    drop(open(disk.0.path()));
    assert_eq!(std::fs::metadata(disk.0.path().join("reserve")).unwrap().len(), reserve::RESERVE_BYTES, "made anew once there is room");
}

#[test]
fn persons_and_requests_of_the_version_before_are_read_as_what_they_became() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let body = |bytes: Vec<u8>| [vec![1], bytes].concat();
    let (id, languages) = ("anna".to_string(), vec!["de".to_string()]);
    let person = PersonRow1 { id: id.clone(), name: "Anna".to_string(), minor: false, languages: languages.clone(), created_ms: 4, key: Some([7; 32]) };
    let request =
        RequestRow1 { id: 6, person: id.clone(), use_id: "traffic".to_string(), terms: Digest([5; 32]), raised_ms: 3, outcome: RequestOutcome::Never };
    let sql = &store.connection;
    sql.execute("INSERT INTO person (id, body) VALUES ('anna', ?1)", [body(postcard::to_allocvec(&person).unwrap())]).unwrap();
    sql.execute("INSERT INTO request (id, person, body) VALUES (6, 'anna', ?1)", [body(postcard::to_allocvec(&request).unwrap())]).unwrap();
    let snapshot = store.load().unwrap();
    let [found] = snapshot.persons.as_slice() else { panic!("{snapshot:?}") };
    assert_eq!((&found.name, &found.languages, found.key), (&"Anna".to_string(), &languages, Some([7; 32])));
    assert_eq!((found.asking, found.welcomed, &found.pin, found.tries), (None, false, &None, Tries::default()), "the first screen comes once");
    let [found] = snapshot.requests.as_slice() else { panic!("{snapshot:?}") };
    assert_eq!((found.outcome, found.cause, found.screen), (RequestOutcome::Never, Cause::Unasked, 3));
    // What is written again is of this version, and what a newer program wrote is refused.
    let rows = [StoreOp::Person(snapshot.persons[0].clone()), StoreOp::Request(snapshot.requests[0].clone())];
    store.commit(&[&rows]).unwrap();
    assert_eq!(store.load().unwrap().persons, snapshot.persons);
    store.connection.execute("UPDATE person SET body = ?1", [vec![3_u8]]).unwrap();
    assert!(matches!(store.load(), Err(StoreError::Unusable(told)) if told.contains("version 3")));
}

#[test]
fn erased_bodies_leave_their_place_in_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let rows =
        [StoreOp::Ledger(ledger_row(1, "anna")), StoreOp::Ledger(ledger_row(2, "")), StoreOp::EraseBodies { up_to: 2 }, StoreOp::Ledger(ledger_row(3, ""))];
    store.commit(&[&rows]).unwrap();
    let kept = store.ledger(1, 9).unwrap();
    assert_eq!(
        kept.iter().map(|row| (row.seq, row.person.as_str(), row.sealed.is_some())).collect::<Vec<_>>(),
        [(1, "", false), (2, "", false), (3, "", true)]
    );
}
