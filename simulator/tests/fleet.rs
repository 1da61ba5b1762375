//! A fleet finds the same numbers whatever shares the work, and names the car whose promise is broken.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use consent_agent::store::{Purge, Store, StoreError};
use consent_core::Status;
use consent_gatekeeper::store::{DisclosurePage, DisclosureQuery, LedgerRow, LeftSum, RowId, Snapshot, StoreOp};
use consent_simulator::catalog::example;
use consent_simulator::fleet::{self, Meddler, Nobody, Options, Outcome, Promise};
use consent_simulator::harness::Passed;
use consent_simulator::memstore::MemStore;

const CARS: u32 = 8;
const SECONDS: u32 = 60;
/// An honest car of these is at rest long before.
const REST_S: u32 = 1_800;

fn play(threads: u32, cars: u32, only: Option<u64>, meddler: &dyn Meddler) -> Outcome {
    let catalog = example();
    let options = Options { cars, seconds: SECONDS, rest_s: REST_S, seed: 3, only, threads, catalog: &catalog, meddler };
    fleet::run(&options, &mut |_, _, _| {}).unwrap()
}

/// Seeds of the cars that broke a promise.
fn broke(outcome: &Outcome, promise: Promise) -> Vec<u64> {
    outcome.found.promises.iter().find(|kept| kept.promise == promise).unwrap().broken.clone()
}

#[test]
fn a_fleet_keeps_its_promises_and_is_the_same_twice_on_one_thread_and_on_two() {
    let one = play(1, CARS, None, &Nobody);
    assert_eq!(one.problems(), Vec::<String>::new());
    let (sums, receiver) = (&one.found.sums, &one.found.receiver);
    assert_eq!(sums.outcomes.sum(), sums.decisions);
    assert_eq!((sums.batches, sums.rows), (receiver.batches_accepted, receiver.records));
    let happened = &sums.happened;
    assert!(sums.outcomes.sent > 0 && sums.outcomes.reduced > 0 && sums.outcomes.withheld.values().any(|count| *count > 0), "{sums:?}");
    assert!(happened.given > 0 && happened.withdrawn > 0 && happened.crashes > 0 && happened.links_lost > 0, "{happened:?}");
    assert_eq!(happened.seconds, u64::from(CARS * SECONDS));
    assert_eq!(play(1, CARS, None, &Nobody).found, one.found);
    assert_eq!(play(2, CARS, None, &Nobody).found, one.found);
}

#[test]
fn a_car_alone_is_the_car_that_it_was_in_the_fleet() {
    let all = play(1, 3, None, &Nobody).found;
    let alone: Vec<_> = (3_000_000..3_000_003).map(|seed| play(1, 1, Some(seed), &Nobody).found).collect();
    let told = |found: &fleet::Found| {
        let (sums, receiver) = (&found.sums, &found.receiver);
        [sums.records, sums.decisions, sums.outcomes.sent, sums.bytes, sums.happened.given, receiver.statements, receiver.decisions]
    };
    let sums = alone.iter().map(told).fold([0; 7], |sums, one| std::array::from_fn(|at| sums[at] + one[at]));
    assert!(sums[3] > 0);
    assert_eq!(sums, told(&all));
}

/// What a bad store does to one transaction's operations.
type Spoil = fn(&StoreOp, &mut u32) -> bool;

/// Loses what it is told to lose, and says that it is stored.
struct Bad {
    kept: MemStore,
    loses: Spoil,
    seen: u32,
}

impl Store for Bad {
    fn load(&mut self) -> Result<Snapshot, StoreError> {
        self.kept.load()
    }

    fn commit(&mut self, group: &[&[StoreOp]]) -> Result<(), StoreError> {
        let (loses, seen) = (self.loses, &mut self.seen);
        let left: Vec<StoreOp> = group.iter().copied().flatten().filter(|op| !loses(op, seen)).cloned().collect();
        self.kept.commit(&[&left])
    }

    fn payload(&mut self, row: RowId) -> Result<Option<Vec<u8>>, StoreError> {
        self.kept.payload(row)
    }

    fn ledger(&mut self, from: u64, count: u32) -> Result<Vec<LedgerRow>, StoreError> {
        self.kept.ledger(from, count)
    }

    fn disclosures(&mut self, query: &DisclosureQuery) -> Result<DisclosurePage, StoreError> {
        self.kept.disclosures(query)
    }

    fn left_since(&mut self, since_ms: i64) -> Result<Vec<LeftSum>, StoreError> {
        self.kept.left_since(since_ms)
    }

    fn left_last(&mut self) -> Result<Option<i64>, StoreError> {
        self.kept.left_last()
    }

    fn purge_step(&mut self) -> Result<Purge, StoreError> {
        self.kept.purge_step()
    }
}

/// One car of the fleet has a bad store.
struct BadStore {
    seed: u64,
    loses: Spoil,
}

impl Meddler for BadStore {
    fn store(&self, seed: u64) -> Box<dyn Store> {
        let kept = MemStore::new();
        if seed == self.seed { Box::new(Bad { kept, loses: self.loses, seen: 0 }) } else { Box::new(kept) }
    }
}

/// The receiver never gets a batch of one car.
struct NoBatches(u64);

impl Meddler for NoBatches {
    fn passes(&self, seed: u64, message: &Passed) -> bool {
        seed != self.0 || !message.topic.ends_with("/b")
    }
}

const VICTIM: u64 = 3_000_002;

#[test]
fn a_store_that_loses_a_batch_is_noticed_and_its_car_named() {
    let loses: Spoil = |op, seen| {
        let first = matches!(op, StoreOp::Append { .. }) && *seen == 0;
        *seen += u32::from(first);
        first
    };
    let outcome = play(1, 4, None, &BadStore { seed: VICTIM, loses });
    assert_eq!(broke(&outcome, Promise::Agree), [VICTIM], "{:?}", outcome.problems());
    assert!(outcome.problems()[0].contains("3000002"));
}

#[test]
fn a_store_that_forgets_a_consent_is_noticed_and_its_car_named() {
    let loses: Spoil = |op, _| matches!(op, StoreOp::Standing(row) if row.status == Status::Given);
    let outcome = play(1, 4, None, &BadStore { seed: VICTIM, loses });
    assert_eq!(broke(&outcome, Promise::AnswersKept), [VICTIM], "{:?}", outcome.problems());
}

#[test]
fn a_batch_that_never_reaches_the_receiver_is_owed_and_its_car_named() {
    let outcome = play(2, 4, None, &NoBatches(VICTIM));
    assert_eq!(broke(&outcome, Promise::Delivered), [VICTIM], "{:?}", outcome.problems());
}
