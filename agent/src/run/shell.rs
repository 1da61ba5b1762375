//! The loop around the gatekeeper.
//!
//! INVARIANT: requests go before everything, and records after everything: whatever a source does, a withdrawal is the next
//! event. Records are not taken while the store is behind.

use super::{Notify, RunError, refill};
use crate::clock::{Clock, MovedClock};
use crate::config::Config;
use crate::control::Ask;
use crate::keys::FileSigner;
use crate::link::{LinkReport, Links};
use crate::pin::{Cost, work_out};
use crate::source::Offered;
use crate::value::convert;
use crate::writer::{Done, Job, Writer};
use consent_core::SignalId;
use consent_gatekeeper::control::Response;
use consent_gatekeeper::event::Record;
use consent_gatekeeper::pin::{PinJob, PinResult};
use consent_gatekeeper::{Command, Event, Gatekeeper};
use consent_protocol::catalog::Datatype;
use sd_notify::NotifyState;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep};

/// Records wait while so many jobs wait for the store.
const BEHIND_JOBS: usize = 128;
/// Longest sleep: timers do not run while the car is suspended, so deadlines are looked at anew.
const NAP_MS: u64 = 1_000;
/// How often the key pool's file is looked at while certificates are missing, seconds.
const POOL_S: u64 = 5;
/// How long stopping may take.
const STOP_S: u64 = 10;
/// Paths that are remembered.
const PATHS_MAX: usize = 4_096;

/// What comes in.
pub(super) struct Inputs {
    pub(super) asked: mpsc::Receiver<Ask>,
    pub(super) done: mpsc::UnboundedReceiver<Done>,
    pub(super) reports: mpsc::Receiver<LinkReport>,
    pub(super) offered: mpsc::Receiver<Vec<Offered>>,
    pub(super) catalogs: mpsc::Receiver<Vec<u8>>,
}

/// The gatekeeper with what carries its commands out.
pub(super) struct Shell {
    gatekeeper: Box<Gatekeeper<FileSigner>>,
    writer: Writer,
    thread: std::thread::JoinHandle<()>,
    links: Links,
    config: Config,
    clock: MovedClock,
    boot: u32,
    tokens: u64,
    answers: BTreeMap<u64, oneshot::Sender<Response>>,
    /// PINs that are being worked out.
    pins: JoinSet<(u64, PinResult)>,
    paths: HashMap<Arc<str>, Option<(SignalId, Datatype)>>,
    pool: Pool,
    /// Values that did not fit their datatype, and when that was said last.
    unfit: (u64, Option<Instant>),
}

/// Whether certificates are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pool {
    Fine,
    Low,
}

impl Shell {
    pub(super) fn new(
        gatekeeper: Box<Gatekeeper<FileSigner>>,
        (writer, thread): (Writer, std::thread::JoinHandle<()>),
        links: Links,
        config: Config,
        (clock, boot): (MovedClock, u32),
    ) -> Self {
        let (answers, pins, paths) = (BTreeMap::new(), JoinSet::new(), HashMap::new());
        Self { gatekeeper, writer, thread, links, config, clock, boot, tokens: 0, answers, pins, paths, pool: Pool::Fine, unfit: (0, None) }
    }

    pub(super) async fn run(mut self, mut inputs: Inputs, mut stop: oneshot::Receiver<()>, notify: Notify) -> Result<(), RunError> {
        let mut alive = interval(watchdog(notify));
        let mut pool = interval(Duration::from_secs(POOL_S));
        let mut stopping: Option<Instant> = None;
        if self.carry_out().await.is_break() {
            return self.end().await;
        }
        say(notify, &[NotifyState::Ready]);
        loop {
            let nap = Duration::from_millis(self.nap_ms());
            let takes = self.writer.waiting() < BEHIND_JOBS && stopping.is_none();
            tokio::select! {
                biased;
                Some(ask) = inputs.asked.recv() => self.ask(ask),
                Some(done) = inputs.done.recv() => self.done(done).await,
                Some(worked_out) = self.pins.join_next() => {
                    if let Ok((token, result)) = worked_out {
                        self.handle(Event::Pin { token, result });
                    }
                }
                Some(report) = inputs.reports.recv() => self.handle(Event::Link { recipient: report.recipient, epoch: report.epoch, event: report.event }),
                _ = &mut stop, if stopping.is_none() => {
                    say(notify, &[NotifyState::Stopping]);
                    stopping = Some(Instant::now() + Duration::from_secs(STOP_S));
                    self.handle(Event::Shutdown);
                }
                _ = alive.tick() => say(notify, &[NotifyState::Watchdog]),
                _ = pool.tick(), if self.pool == Pool::Low => self.look_at_pool(),
                Some(envelope) = inputs.catalogs.recv() => self.handle(Event::Catalog { envelope }),
                () = sleep(nap) => {}
                Some(offered) = inputs.offered.recv(), if takes => self.records(offered),
            }
            self.tick();
            if self.carry_out().await.is_break() {
                return self.end().await;
            }
            if stopping.is_some_and(|until| Instant::now() >= until) {
                tracing::error!("stopping took too long");
                self.end().await?;
                return Err(RunError::Unclean);
            }
        }
    }

    fn handle(&mut self, event: Event) {
        self.gatekeeper.handle(self.clock.now(self.boot), event);
    }

    fn nap_ms(&self) -> u64 {
        let mono_ms = self.clock.now(self.boot).mono_ms;
        self.gatekeeper.deadline_ms().map_or(NAP_MS, |deadline| deadline.saturating_sub(mono_ms).clamp(1, NAP_MS))
    }

    fn tick(&mut self) {
        let mono_ms = self.clock.now(self.boot).mono_ms;
        if self.gatekeeper.deadline_ms().is_some_and(|deadline| deadline <= mono_ms) {
            self.handle(Event::Tick);
        }
    }

    fn ask(&mut self, Ask { peer, request, answer }: Ask) {
        self.tokens = self.tokens.saturating_add(1);
        // Nobody waits for an answer for ever: what was given up is forgotten.
        self.answers.retain(|_, waiting| !waiting.is_closed());
        self.answers.insert(self.tokens, answer);
        self.handle(Event::Control { token: self.tokens, peer, request });
    }

    async fn done(&mut self, done: Done) {
        match done {
            Done::Committed(txn) => self.handle(Event::Committed { txn }),
            Done::Loaded(loaded) => self.handle(Event::Loaded(loaded)),
            Done::Failed(txns) => {
                for txn in txns {
                    self.handle(Event::CommitFailed { txn });
                }
                // Before any command that the gatekeeper gives now that it knows.
                self.hand(Job::Resume).await;
            }
        }
    }

    fn records(&mut self, offered: Vec<Offered>) {
        let (mut records, mut unknown) = (Vec::with_capacity(offered.len()), 0_u64);
        for Offered { path, value, t_ms } in offered {
            let Some((signal, datatype)) = self.look_up(path) else {
                unknown = unknown.saturating_add(1);
                continue;
            };
            match convert(&value, datatype) {
                Ok(value) => records.push(Record { signal, value, t_ms }),
                Err(_) => self.unfit.0 = self.unfit.0.saturating_add(1),
            }
        }
        self.say_unfit();
        if unknown > 0 {
            self.handle(Event::Unknown { records: unknown });
        }
        if !records.is_empty() {
            self.handle(Event::Records(records));
        }
    }

    fn look_up(&mut self, path: Arc<str>) -> Option<(SignalId, Datatype)> {
        if let Some(known) = self.paths.get(&path) {
            return *known;
        }
        let found = self.gatekeeper.signal(&path);
        // A source that makes paths up must not fill the memory.
        if self.paths.len() >= PATHS_MAX {
            self.paths.clear();
        }
        self.paths.insert(path, found);
        found
    }

    fn say_unfit(&mut self) {
        let (values, said) = self.unfit;
        if values > 0 && said.is_none_or(|said| said.elapsed() >= Duration::from_secs(1)) {
            tracing::warn!(values, "values did not fit their signal's datatype and were dropped");
            self.unfit = (0, Some(Instant::now()));
        }
    }

    /// Carries out what the gatekeeper wants, in order; breaks once everything is at rest.
    async fn carry_out(&mut self) -> ControlFlow<()> {
        while let Some(command) = self.gatekeeper.poll() {
            match command {
                Command::Commit { txn, urgency, ops } => self.hand(Job::Commit { txn, urgency, ops }).await,
                Command::Load(load) => self.hand(Job::Load(load)).await,
                Command::Connect { recipient, epoch } => self.links.connect(&recipient, epoch).await,
                Command::Subscribe { recipient, epoch, topic } => self.links.subscribe(&recipient, epoch, topic).await,
                Command::Publish { recipient, epoch, handle, topic, payload } => self.links.publish(&recipient, epoch, handle, topic, payload).await,
                Command::Cut { recipient, epoch } => self.links.cut(&recipient, epoch).await,
                Command::Disconnect { recipient, epoch } => self.links.disconnect(&recipient, epoch).await,
                Command::Respond { token, response } => self.respond(token, response),
                Command::Pin(job) => self.pin(job),
                Command::CatalogChanged => {
                    tracing::info!("a catalog came into force");
                    self.paths.clear();
                }
                Command::RefillPool => self.refill_pool(),
                Command::Stopped => return ControlFlow::Break(()),
            }
        }
        ControlFlow::Continue(())
    }

    async fn hand(&mut self, job: Job) {
        if !self.writer.send(job).await {
            tracing::error!("the store's thread is gone; nothing more is stored");
        }
    }

    fn respond(&mut self, token: u64, response: Response) {
        if let Some(answer) = self.answers.remove(&token)
            && answer.send(response).is_err()
        {
            tracing::debug!("nobody waits for this answer any more");
        }
    }

    /// On a thread that may wait; what it finds comes back as an event.
    fn pin(&mut self, job: PinJob) {
        self.pins.spawn_blocking(move || (job.token, work_out(&job, Cost::CAR)));
    }

    fn refill_pool(&mut self) {
        let refilled = refill(self.gatekeeper.signer_mut(), &self.config);
        match refilled {
            Ok(true) => self.handle(Event::PoolRefilled),
            Ok(false) => {
                tracing::warn!("few certified stream keys are left; run `consent-agent enrol` and have the request signed");
                self.pool = Pool::Low;
            }
            Err(error) => {
                tracing::warn!(%error, "the key pool was not refilled");
                self.pool = Pool::Low;
            }
        }
    }

    /// Somebody may have installed certificates meanwhile.
    fn look_at_pool(&mut self) {
        match self.gatekeeper.signer_mut().reload() {
            Ok(true) => {
                self.pool = Pool::Fine;
                self.handle(Event::PoolRefilled);
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the key pool does not read"),
        }
    }

    /// Everything is at rest, or has to be.
    async fn end(self) -> Result<(), RunError> {
        let Self { writer, thread, links, .. } = self;
        links.close().await;
        drop(writer);
        let joined = tokio::task::spawn_blocking(move || thread.join().is_ok()).await;
        if joined.is_ok_and(|whole| whole) { Ok(()) } else { Err(RunError::System("the store's thread", "it ended by a fault of its own".to_string())) }
    }
}

fn watchdog(notify: Notify) -> Duration {
    let every = match notify {
        Notify::Systemd => sd_notify::watchdog_enabled(),
        Notify::Nobody => None,
    };
    every.map_or(Duration::from_hours(1), |every| every / 2).max(Duration::from_millis(100))
}

fn say(notify: Notify, states: &[NotifyState<'_>]) {
    if notify == Notify::Systemd
        && let Err(error) = sd_notify::notify(states)
    {
        tracing::debug!(%error, "the service manager does not listen");
    }
}
