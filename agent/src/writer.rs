//! The one writer: a thread that owns the store, groups commits, reads, and overwrites what is under tombstones when idle.
//!
//! INVARIANT: transactions reach the disk in the order in which they were handed over, and are reported in that order. After
//! one fails, every transaction behind it fails too until [`Job::Resume`] says that the gatekeeper has heard of it: nothing
//! that was built upon a failed transaction is ever written without it.
//!
//! An urgent commit does not wait for the group that is being collected: it closes it, and both are written with one sync.
//! While many transactions come, a group does not wait for its time either: it is closed as soon as nothing else waits, and what
//! comes during its sync is the next. In a car at rest or on the road there are few, and the medium is spared by waiting.

use crate::store::{Purge, Reserve, Store, StoreError};
use consent_gatekeeper::command::{Load, Urgency};
use consent_gatekeeper::event::Loaded;
use consent_gatekeeper::store::{StoreOp, TxnId};
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout, timeout_at};

/// Most rows of a group.
pub const GROUP_ROWS: usize = 64;
/// Longest time that a transaction waits for its group.
pub const GROUP_MS: u64 = 20;
/// Transactions a second that are still few.
const CALM_TXNS: u64 = 50;
/// Transactions that may come at once and still be few: all uses of a car that end, say, with its trip.
const CALM_BURST: u64 = 100;
/// Jobs that may wait.
pub const JOBS_MAX: usize = 1_024;
/// How long a failure is held back, so that trying again does not spin.
const FAILED_MS: u64 = 100;
/// How often space is tidied when nothing else happens.
const TIDY_S: u64 = 60;

/// Something to do.
#[derive(Debug)]
pub enum Job {
    /// Write a transaction.
    Commit {
        /// Its name.
        txn: TxnId,
        /// How soon.
        urgency: Urgency,
        /// What.
        ops: Vec<StoreOp>,
    },
    /// Read, as of all commits before.
    Load(Load),
    /// The failures that were reported have been taken in.
    Resume,
}

/// What became of it. Every job but [`Job::Resume`] has exactly one answer, so that the answers are bounded by the jobs.
#[derive(Debug)]
pub enum Done {
    /// On disk, synced.
    Committed(TxnId),
    /// Not on disk, in order; answer with [`Job::Resume`].
    Failed(Vec<TxnId>),
    /// Read.
    Loaded(Loaded),
}

/// Hands jobs to the writer.
#[derive(Clone, Debug)]
pub struct Writer {
    jobs: Sender<Job>,
}

impl Writer {
    /// Hands a job over, waiting for room; `false` once the writer is gone.
    pub async fn send(&self, job: Job) -> bool {
        self.jobs.send(job).await.is_ok()
    }

    /// Jobs that wait.
    pub fn waiting(&self) -> usize {
        self.jobs.max_capacity().saturating_sub(self.jobs.capacity())
    }
}

/// Starts the thread; it ends when the last [`Writer`] is dropped, after all jobs are done.
pub fn start<S: Store + Send + 'static>(store: S) -> std::io::Result<(Writer, UnboundedReceiver<Done>, std::thread::JoinHandle<()>)> {
    let (jobs, queue) = mpsc::channel(JOBS_MAX);
    // Unbounded in type only: see `Done`.
    let (done, answers) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let thread = std::thread::Builder::new().name("consent-store".to_string()).spawn(move || {
        let mut work = Work { store, queue, done, tidy: Tidy::Owed, failed: None, groups: 0, pace: Pace::new(Instant::now()) };
        runtime.block_on(work.run());
    })?;
    Ok((Writer { jobs }, answers, thread))
}

/// Whether there is something to overwrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tidy {
    Owed,
    Idle,
}

struct Txn {
    id: TxnId,
    urgency: Urgency,
    ops: Vec<StoreOp>,
}

/// Transactions that failed and were not reported yet.
struct Failed {
    txns: Vec<TxnId>,
    report: Report,
}

enum Report {
    At(Instant),
    /// Reported; later ones fail at once until the gatekeeper has heard.
    Told,
}

/// How many transactions come: a bucket that [`CALM_TXNS`] leave each second.
#[derive(Clone, Copy, Debug)]
struct Pace {
    txns: u64,
    /// Until when the bucket was emptied.
    at: Instant,
}

impl Pace {
    fn new(at: Instant) -> Self {
        Self { txns: 0, at }
    }

    fn came(&mut self, txns: usize, now: Instant) {
        let each_us = 1_000_000 / CALM_TXNS;
        let since_us = u64::try_from(now.saturating_duration_since(self.at).as_micros()).unwrap_or(u64::MAX);
        let left = since_us / each_us;
        if left >= self.txns {
            (self.txns, self.at) = (0, now);
        } else {
            self.txns = self.txns.saturating_sub(left);
            self.at += Duration::from_micros(left.saturating_mul(each_us));
        }
        // Not higher, so that it is over two seconds after the last of many.
        self.txns = self.txns.saturating_add(u64::try_from(txns).unwrap_or(u64::MAX)).min(2 * CALM_BURST);
    }

    fn is_calm(self) -> bool {
        self.txns <= CALM_BURST
    }
}

struct Work<S> {
    store: S,
    queue: Receiver<Job>,
    done: UnboundedSender<Done>,
    tidy: Tidy,
    failed: Option<Failed>,
    /// Groups on disk.
    groups: u64,
    pace: Pace,
}

impl<S: Store> Work<S> {
    async fn run(&mut self) {
        while let Some(job) = self.next().await {
            let mut job = Some(job);
            while let Some(current) = job.take() {
                job = self.take(current).await;
            }
        }
        self.report_failed();
        tracing::debug!(groups = self.groups, "the store closes");
    }

    /// The next job; overwrites and reports while there is none.
    async fn next(&mut self) -> Option<Job> {
        loop {
            if let Some(Failed { report: Report::At(instant), .. }) = self.failed {
                match timeout_at(instant, self.queue.recv()).await {
                    Ok(job) => return job,
                    Err(_) => self.report_failed(),
                }
                continue;
            }
            if let Ok(job) = self.queue.try_recv() {
                return Some(job);
            }
            match self.tidy {
                Tidy::Owed => self.tidy(),
                Tidy::Idle => match timeout(Duration::from_secs(TIDY_S), self.queue.recv()).await {
                    Ok(job) => return job,
                    Err(_) => self.tidy(),
                },
            }
        }
    }

    fn tidy(&mut self) {
        self.tidy = match self.store.purge_step() {
            Ok(Purge::More) => Tidy::Owed,
            Ok(Purge::Done) => Tidy::Idle,
            Err(error) => {
                tracing::warn!(%error, "overwriting what was withdrawn does not go on; trying again");
                Tidy::Idle
            }
        };
    }

    /// Does a job; gives back a job that was taken while a group was collected.
    async fn take(&mut self, job: Job) -> Option<Job> {
        match job {
            Job::Commit { txn, urgency, ops } => self.group(Txn { id: txn, urgency, ops }).await,
            Job::Load(load) => {
                self.load(load);
                None
            }
            Job::Resume => {
                self.resume();
                None
            }
        }
    }

    async fn group(&mut self, first: Txn) -> Option<Job> {
        if let Some(failed) = &mut self.failed {
            failed.txns.push(first.id);
            return None;
        }
        let now = Instant::now();
        let until = if self.pace.is_calm() { now + Duration::from_millis(GROUP_MS) } else { now };
        let mut group = vec![first];
        let mut left = None;
        while open(&group) {
            match timeout_at(until, self.queue.recv()).await {
                Ok(Some(Job::Commit { txn, urgency, ops })) => group.push(Txn { id: txn, urgency, ops }),
                Ok(Some(other)) => {
                    left = Some(other);
                    break;
                }
                Ok(None) | Err(_) => break,
            }
        }
        self.pace.came(group.len(), Instant::now());
        self.write(group);
        left
    }

    fn write(&mut self, group: Vec<Txn>) {
        let ops: Vec<&[StoreOp]> = group.iter().map(|txn| txn.ops.as_slice()).collect();
        match self.commit(&ops, urgency(&group)) {
            Ok(()) => {
                self.tidy = Tidy::Owed;
                self.groups = self.groups.saturating_add(1);
                for txn in &group {
                    self.tell(Done::Committed(txn.id));
                }
            }
            Err(error) => {
                tracing::warn!(%error, transactions = group.len(), "nothing of a group is on disk");
                let txns = group.iter().map(|txn| txn.id).collect();
                self.failed = Some(Failed { txns, report: Report::At(Instant::now() + Duration::from_millis(FAILED_MS)) });
            }
        }
    }

    /// An end may use the space that is set aside for it.
    fn commit(&mut self, group: &[&[StoreOp]], urgency: Urgency) -> Result<(), StoreError> {
        match (self.store.commit(group), urgency) {
            (Err(StoreError::Full(what)), Urgency::End) => match self.store.free_reserve() {
                Reserve::Freed => self.store.commit(group),
                Reserve::None => Err(StoreError::Full(what)),
            },
            (done, _) => done,
        }
    }

    fn report_failed(&mut self) {
        if let Some(failed) = &mut self.failed {
            failed.report = Report::Told;
            let txns = std::mem::take(&mut failed.txns);
            self.tell(Done::Failed(txns));
        }
    }

    fn resume(&mut self) {
        let Some(failed) = self.failed.take() else { return };
        // What came in between was built without knowing of the failure.
        if !failed.txns.is_empty() {
            self.failed = Some(failed);
            self.report_failed();
        }
    }

    fn load(&mut self, load: Load) {
        // What cannot be read counts as not there: a row of it does not leave.
        let nothing = load.nothing();
        let loaded = self.store.read(load).unwrap_or_else(|error| {
            tracing::warn!(%error, "not read");
            nothing
        });
        self.tell(Done::Loaded(loaded));
    }

    fn tell(&self, done: Done) {
        if self.done.send(done).is_err() {
            tracing::debug!("nobody waits for the store's answers any more");
        }
    }
}

fn urgency(group: &[Txn]) -> Urgency {
    group.iter().map(|txn| txn.urgency).max().unwrap_or_default()
}

/// Whether a group may take one more transaction.
fn open(group: &[Txn]) -> bool {
    let rows: usize = group.iter().map(|txn| txn.ops.iter().filter(|op| matches!(op, StoreOp::Append { .. } | StoreOp::Update { .. })).count()).sum();
    urgency(group) == Urgency::Group && rows < GROUP_ROWS && group.len() < GROUP_ROWS
}

#[cfg(test)]
mod tests;
