//! One simulated car: the gatekeeper with its shell of store and keys.

use super::World;
use super::chance::Chance;
use super::desk::{DeskSigner, POOL};
use super::net::Happening;
use consent_agent::pin::{Cost, work_out};
use consent_agent::store::Store;
use consent_core::SignalId;
use consent_gatekeeper::command::{Load, Urgency};
use consent_gatekeeper::store::{StoreOp, TxnId};
use consent_gatekeeper::{Command, Event, Gatekeeper};
use consent_protocol::catalog::Datatype;
use std::collections::{BTreeMap, VecDeque};

/// A group that nothing hastens is written after this time, milliseconds.
const GROUP_MS: u64 = 20;

/// A PIN is worked out in this time, milliseconds.
const PIN_MS: u64 = 60;

pub(super) enum Job {
    Commit {
        txn: TxnId,
        ops: Vec<StoreOp>,
    },
    Load(Load),
    /// The gatekeeper has heard that something failed.
    Resume,
}

pub(super) struct Car {
    pub(super) gate: Gatekeeper<DeskSigner>,
    pub(super) store: Box<dyn Store>,
    /// Handed over, not yet done: (due, job). In order; dues never fall.
    pub(super) jobs: VecDeque<(u64, Job)>,
    pub(super) boot: u32,
    pub(super) boot_at_ms: u64,
    pub(super) stopped: bool,
    pub(super) failures: u32,
    pub(super) refills: Refills,
    /// A group failed and the gatekeeper has not heard of it: nothing behind it is written.
    failed: Failed,
    pub(super) pool: u32,
    pub(super) paths: BTreeMap<String, Option<(SignalId, Datatype)>>,
    chance: Chance,
}

impl std::fmt::Debug for Car {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Car").field("boot", &self.boot).field("jobs", &self.jobs.len()).field("stopped", &self.stopped).finish_non_exhaustive()
    }
}

/// Whether stream keys that the gatekeeper asks for come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refills {
    Granted,
    Held,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    No,
    Unheard,
}

impl Car {
    /// The gatekeeper is about to hear of something. After a failure it goes on from there: what it handed over before it
    /// heard fails too, as behind the real writer's queue.
    pub(super) fn hears(&mut self, event: &Event) {
        if matches!(event, Event::CommitFailed { .. }) {
            let due = self.jobs.back().map_or(0, |(last, _)| *last);
            self.jobs.push_back((due, Job::Resume));
        }
    }

    /// What it had not heard of died with it.
    pub(super) fn restarts(&mut self) {
        self.failed = Failed::No;
    }

    pub(super) fn new(gate: Gatekeeper<DeskSigner>, store: Box<dyn Store>, chance: Chance, pool: u32) -> Self {
        Self {
            gate,
            store,
            jobs: VecDeque::new(),
            boot: 1,
            boot_at_ms: 0,
            stopped: false,
            failures: 0,
            refills: Refills::Granted,
            failed: Failed::No,
            pool,
            paths: BTreeMap::new(),
            chance,
        }
    }

    /// A signal of the catalog in force.
    pub(super) fn signal(&mut self, path: &str) -> Option<(SignalId, Datatype)> {
        if let Some(known) = self.paths.get(path) {
            return *known;
        }
        let found = self.gate.signal(path);
        self.paths.insert(path.to_owned(), found);
        found
    }

    /// When the gatekeeper wants to be woken, in the world's milliseconds.
    pub(super) fn deadline_ms(&self) -> Option<u64> {
        if self.stopped { None } else { self.gate.deadline_ms().map(|at| self.boot_at_ms.saturating_add(at)) }
    }

    pub(super) fn store_due_ms(&self) -> Option<u64> {
        self.jobs.front().map(|(due, _)| *due)
    }

    fn hand_over(&mut self, t_ms: u64, urgency: Urgency, job: Job, sync_ms: (u64, u64)) {
        let due = match urgency {
            Urgency::Group => t_ms.saturating_add(GROUP_MS),
            Urgency::Now | Urgency::End => t_ms.saturating_add(self.chance.between(sync_ms)),
        };
        // What is urgent takes along everything before it.
        for (earlier, _) in &mut self.jobs {
            *earlier = (*earlier).min(due);
        }
        let due = self.jobs.back().map_or(due, |(last, _)| due.max(*last));
        self.jobs.push_back((due, job));
    }

    /// Does what is due: consecutive transactions with one sync, then what is to be read.
    pub(super) fn work(&mut self, t_ms: u64) -> Vec<Event> {
        let (mut events, mut group): (Vec<Event>, Vec<(TxnId, Vec<StoreOp>)>) = (Vec::new(), Vec::new());
        while self.jobs.front().is_some_and(|(due, _)| *due <= t_ms) {
            match self.jobs.pop_front() {
                Some((_, Job::Commit { txn, ops })) => group.push((txn, ops)),
                Some((_, Job::Resume)) => {
                    self.sync(&mut group, &mut events);
                    self.failed = Failed::No;
                }
                Some((_, Job::Load(load))) => {
                    self.sync(&mut group, &mut events);
                    events.extend(self.load(load));
                }
                None => break,
            }
        }
        self.sync(&mut group, &mut events);
        events
    }

    fn sync(&mut self, group: &mut Vec<(TxnId, Vec<StoreOp>)>, events: &mut Vec<Event>) {
        if group.is_empty() {
            return;
        }
        let ops: Vec<&[StoreOp]> = group.iter().map(|(_, ops)| ops.as_slice()).collect();
        let fails = self.failures > 0 && self.failed == Failed::No;
        if fails {
            self.failures = self.failures.saturating_sub(1);
        }
        let written = !fails && self.failed == Failed::No && self.store.commit(&ops).is_ok();
        if !written {
            self.failed = Failed::Unheard;
        }
        events.extend(group.drain(..).map(|(txn, _)| if written { Event::Committed { txn } } else { Event::CommitFailed { txn } }));
    }

    fn load(&mut self, load: Load) -> Option<Event> {
        self.store.read(load).ok().map(Event::Loaded)
    }
}

impl World {
    pub(super) fn carry_out(&mut self, command: Command) {
        let (t_ms, boot, sync_ms) = (self.t_ms, self.car.boot, self.settings.sync_ms);
        match command {
            Command::Commit { txn, urgency, ops } => self.car.hand_over(t_ms, urgency, Job::Commit { txn, ops }, sync_ms),
            Command::Load(load) => self.car.hand_over(t_ms, Urgency::Now, Job::Load(load), sync_ms),
            Command::Connect { recipient, epoch } => self.net.connect(t_ms, boot, recipient, epoch),
            Command::Subscribe { recipient, epoch, topic } => self.net.subscribe(t_ms, boot, &recipient, epoch, topic),
            Command::Publish { recipient, epoch, handle, topic, payload } => {
                self.net.publish(t_ms, super::net::Flight { recipient, boot, epoch, handle, topic, payload });
            }
            Command::Cut { recipient, epoch } => self.net.cut(t_ms, boot, &recipient, epoch),
            Command::Disconnect { recipient, epoch } => self.net.disconnect(t_ms, &recipient, epoch),
            Command::Respond { token, response } => {
                self.responses.insert(token, response);
            }
            Command::Pin(job) => {
                let result = work_out(&job, Cost::SIMULATED);
                self.net.at(t_ms.saturating_add(PIN_MS), Happening::Tell { boot, event: Box::new(Event::Pin { token: job.token, result }) });
            }
            Command::CatalogChanged => self.car.paths.clear(),
            Command::RefillPool if self.car.refills == Refills::Held => {}
            Command::RefillPool => {
                self.car.pool = self.car.pool.saturating_add(POOL);
                self.car.gate.signer_mut().refill(POOL);
                self.net.at(t_ms, Happening::Tell { boot, event: Box::new(Event::PoolRefilled) });
            }
            Command::Stopped => self.car.stopped = true,
        }
    }
}
