//! A fleet in one process and in virtual time: many gatekeepers with real records, real batches and real receivers.
//!
//! What a fleet engineer wants to know: what a car costs in computing time and memory, and whether the promises hold for all
//! cars at once. Every car lives from its own seed, so the numbers do not depend on how many threads share the work, and a
//! car that breaks a promise is played again alone by its seed.
//!
//! INVARIANT: a promise counts as kept by a car only if it was looked at for that car; a car that could not go on keeps none.

mod audit;
mod car;
mod life;
mod machine;
mod report;
mod shard;
mod sums;

pub use audit::Promise;
pub use machine::Spent;
pub use sums::{Happened, Sums};

use crate::clock::Stopwatch;
use crate::harness::desk::Desk;
use crate::harness::{Passed, WorldError};
use crate::memstore::MemStore;
use audit::CarReport;
use consent_agent::store::Store;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::envelope::sha256;
use consent_receiver::engine::{Counts, EngineError};
use serde::Serialize;
use shard::{Shard, ShardReport};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::ScopedJoinHandle;
use std::time::Duration;

/// The version of the result's shape.
pub const FLEET_VERSION: u32 = 1;
/// Cars at most: the seeds of a fleet stay apart from those of the next.
pub const CARS_MAX: u32 = 1_000_000;
/// Whoever still owes something after this time owes it for ever, virtual seconds: longer than the longest window.
pub const REST_S: u32 = 26 * 3_600;
/// Between two looks at how far it is, milliseconds.
const LOOK_MS: u64 = 200;

/// What a test may put in the place of a car's honest surroundings.
pub trait Meddler: Sync {
    /// The store of a car.
    fn store(&self, _seed: u64) -> Box<dyn Store> {
        Box::new(MemStore::new())
    }

    /// Whether the receiver gets a message of a car.
    fn passes(&self, _seed: u64, _message: &Passed) -> bool {
        true
    }
}

/// Nobody meddles.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Meddler for Nobody {}

/// What fleet.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Cars.
    pub cars: u32,
    /// How long they live before everybody comes home, virtual seconds.
    pub seconds: u32,
    /// How long it may take at the end until nothing is owed, virtual seconds.
    pub rest_s: u32,
    /// Seed of the fleet.
    pub seed: u64,
    /// Plays this car alone.
    pub only: Option<u64>,
    /// Threads.
    pub threads: u32,
    /// The catalog of all cars.
    pub catalog: &'a CompiledCatalog,
    /// Who meddles.
    pub meddler: &'a dyn Meddler,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("cars", &self.cars).field("seconds", &self.seconds).field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl Options<'_> {
    /// The seeds of the cars, in order.
    pub fn seeds(&self) -> Vec<u64> {
        match self.only {
            Some(seed) => vec![seed],
            None => (0..u64::from(self.cars.min(CARS_MAX))).map(|car| self.seed.wrapping_mul(u64::from(CARS_MAX)).wrapping_add(car)).collect(),
        }
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// A car does not come up.
    #[error("car {seed} does not come up: {error}")]
    Car {
        /// Its seed.
        seed: u64,
        /// Why.
        error: WorldError,
    },
    /// The receiver of many cars failed.
    #[error("receiver: {0}")]
    Receiver(EngineError),
    /// No car, or a catalog that no car takes.
    #[error("expected at least one car")]
    Empty,
    /// A thread ended before the others.
    #[error("a thread of the fleet ended before it was done")]
    Stopped,
}

/// What is under way, for whoever shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Cars come up.
    Boot,
    /// Cars live.
    Run,
    /// What is owed is delivered.
    Rest,
}

/// A promise, and who broke it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Which.
    pub promise: Promise,
    /// Cars that kept it.
    pub kept: u64,
    /// Seeds of those that did not.
    pub broken: Vec<u64>,
}

/// A car that could not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// Its seed.
    pub seed: u64,
    /// Why.
    pub error: String,
}

/// What follows from the seeds alone: the same on every machine and for any number of threads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Cars.
    pub cars: u64,
    /// Sums over all cars.
    pub sums: Sums,
    /// What the receivers have in their tables.
    pub receiver: Counts,
    /// The promises.
    pub promises: Vec<Kept>,
    /// Cars that could not go on.
    pub failed: Vec<Failed>,
    /// A digest over every byte that was handed to the wire and when, car by car.
    pub fingerprint: String,
}

/// Memory of the process, bytes.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Memory {
    /// Resident before the first car.
    pub before: u64,
    /// Resident when all cars had come up.
    pub booted: u64,
    /// Resident at the end of the run: trips in memory, stores on simulated disks, and the receivers' tables are in it.
    pub driven: u64,
    /// What the core's state of one car takes at most, as checked at compile time.
    pub core: u64,
}

/// What it cost.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Cost {
    /// Threads.
    pub threads: u64,
    /// Real time of the run, milliseconds.
    pub run_ms: u64,
    /// Real time of everything, milliseconds.
    pub all_ms: u64,
    /// Computing time until all cars had come up, nanoseconds.
    pub boot_ns: u64,
    /// Computing time of the run, nanoseconds.
    pub run: Spent,
    /// Computing time of run and rest, without the last count, nanoseconds.
    pub all: Spent,
    /// Messages that the receivers took in the run.
    pub messages: u64,
    /// Rows of data that they accepted in the run.
    pub rows: u64,
    /// Memory, where the system tells.
    pub memory: Option<Memory>,
}

/// The result.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// [`FLEET_VERSION`].
    pub version: u32,
    /// Seed of the fleet.
    pub seed: u64,
    /// Virtual seconds of the run.
    pub seconds: u64,
    /// Version of the catalog, and its uses and signals.
    pub catalog: (u32, usize, usize),
    /// What follows from the seeds.
    pub found: Found,
    /// What it cost this machine, this time.
    pub cost: Cost,
}

impl Outcome {
    /// What is wrong, in words; empty if nothing is.
    pub fn problems(&self) -> Vec<String> {
        report::problems(&self.found)
    }

    /// In lines for a person.
    pub fn lines(&self) -> Vec<String> {
        report::lines(self)
    }
}

/// A thread: says when it is done with a stage, and waits to be told to go on.
struct Crew<'scope> {
    said: Receiver<()>,
    go: Sender<()>,
    thread: ScopedJoinHandle<'scope, Result<ShardReport, FleetError>>,
}

/// How far all threads are together.
#[derive(Debug, Default)]
struct Far {
    built: AtomicU64,
    lived: AtomicU64,
    resting: AtomicU64,
}

/// Plays a fleet. `show` is told now and then how far it is.
pub fn run(options: &Options<'_>, show: &mut dyn FnMut(Stage, u64, u64)) -> Result<Outcome, FleetError> {
    let watch = Stopwatch::start();
    let desk = Arc::new(Desk::new(options.catalog.clone()));
    let seeds = options.seeds();
    let threads = usize::try_from(options.threads).unwrap_or(1).clamp(1, seeds.len().max(1));
    let shards: Vec<Vec<u64>> = (0..threads).map(|first| seeds.iter().skip(first).step_by(threads).copied().collect()).collect();
    let before = machine::resident_bytes();
    let far = Far::default();
    let (cars, far) = (u64::try_from(seeds.len()).unwrap_or(u64::MAX), &far);
    let (reports, mut cost) = std::thread::scope(|scope| {
        let crews: Vec<Crew<'_>> = shards
            .iter()
            .map(|seeds| {
                let ((told, said), (go, gone)) = (channel(), channel());
                let desk = &desk;
                Crew { said, go, thread: scope.spawn(move || work(options, desk, seeds, far, &told, &gone)) }
            })
            .collect();
        let seconds = cars.saturating_mul(u64::from(options.seconds));
        let built = wait(&crews, || show(Stage::Boot, far.built.load(Ordering::Relaxed), cars));
        let booted = machine::resident_bytes();
        let run = Stopwatch::start();
        go_on(&crews);
        let lived = built && wait(&crews, || show(Stage::Run, far.lived.load(Ordering::Relaxed), seconds));
        let (run_ms, driven) = (run.elapsed_ms(), machine::resident_bytes());
        go_on(&crews);
        if lived {
            wait(&crews, || show(Stage::Rest, far.resting.load(Ordering::Relaxed), cars));
        }
        let memory = before.zip(booted).zip(driven).map(|((before, booted), driven)| Memory { before, booted, driven, core: machine::core_bytes() });
        let ended: Vec<Result<ShardReport, FleetError>> = crews
            .into_iter()
            .map(|Crew { go, thread, .. }| {
                drop(go);
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect();
        (first_cause(ended), Cost { threads: u64::try_from(threads).unwrap_or(0), run_ms, memory, ..Cost::default() })
    });
    let reports = reports?;
    cost.all_ms = watch.elapsed_ms();
    for report in &reports {
        cost.boot_ns = cost.boot_ns.saturating_add(report.boot_ns);
        cost.run.add(&report.spent);
        cost.all.add(&report.rest);
        cost.messages = cost.messages.saturating_add(report.messages);
        cost.rows = cost.rows.saturating_add(report.rows);
    }
    let catalog = (desk.catalog.version, desk.catalog.uses.len(), desk.catalog.signals.len());
    let found = found(reports);
    Ok(Outcome { version: FLEET_VERSION, seed: options.seed, seconds: u64::from(options.seconds), catalog, found, cost })
}

/// What a thread does.
fn work(options: &Options<'_>, desk: &Arc<Desk>, seeds: &[u64], far: &Far, told: &Sender<()>, gone: &Receiver<()>) -> Result<ShardReport, FleetError> {
    let next = || -> Result<(), FleetError> {
        told.send(()).map_err(|_| FleetError::Stopped)?;
        gone.recv().map_err(|_| FleetError::Stopped)
    };
    let mut shard = Shard::build(options, desk, seeds, &far.built)?;
    next()?;
    shard.drive(&far.lived)?;
    next()?;
    let report = shard.finish(&far.resting)?;
    told.send(()).map_err(|_| FleetError::Stopped)?;
    Ok(report)
}

/// Threads that wait go on; one that has ended hears nothing.
fn go_on(crews: &[Crew<'_>]) {
    for crew in crews {
        crew.go.send(()).unwrap_or_default();
    }
}

/// Waits until every thread is done with its stage; false if one ended early.
fn wait(crews: &[Crew<'_>], mut show: impl FnMut()) -> bool {
    for crew in crews {
        loop {
            match crew.said.recv_timeout(Duration::from_millis(LOOK_MS)) {
                Ok(()) => break,
                Err(RecvTimeoutError::Timeout) => show(),
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }
    true
}

/// All reports, or the first error that is not the end of another thread.
fn first_cause(ended: Vec<Result<ShardReport, FleetError>>) -> Result<Vec<ShardReport>, FleetError> {
    let (mut reports, mut errors) = (Vec::new(), Vec::new());
    for one in ended {
        match one {
            Ok(report) => reports.push(report),
            Err(error) => errors.push(error),
        }
    }
    errors.sort_by_key(|error| matches!(error, FleetError::Stopped));
    errors.into_iter().next().map_or(Ok(reports), Err)
}

fn found(reports: Vec<ShardReport>) -> Found {
    let (mut receiver, mut cars) = (Counts::default(), Vec::new());
    for mut report in reports {
        sums::add_counts(&mut receiver, &report.counts);
        cars.append(&mut report.cars);
    }
    cars.sort_by_key(|car| car.seed);
    let mut sums = Sums::default();
    let mut digest = consent_protocol::Digest::default();
    for car in &cars {
        sums.add(&car.sums);
        digest = sha256(&[&digest.0, &car.seed.to_be_bytes(), &car.fingerprint.0]);
    }
    let promises = Promise::ALL.into_iter().map(|promise| kept(promise, &cars)).collect();
    let failed = cars.iter().filter_map(|car| Some(Failed { seed: car.seed, error: car.error.clone()? })).collect();
    Found { cars: u64::try_from(cars.len()).unwrap_or(u64::MAX), sums, receiver, promises, failed, fingerprint: digest.to_string() }
}

/// A car that could not go on keeps no promise.
fn kept(promise: Promise, cars: &[CarReport]) -> Kept {
    let broke = |car: &&CarReport| car.error.is_some() || car.broken.contains(&promise);
    let broken: Vec<u64> = cars.iter().filter(broke).map(|car| car.seed).collect();
    Kept { promise, kept: u64::try_from(cars.len().saturating_sub(broken.len())).unwrap_or(0), broken }
}
