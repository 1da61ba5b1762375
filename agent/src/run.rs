//! The daemon: one task that gives events to the gatekeeper and carries out its commands, in order; everything else (store,
//! connections, sockets) runs beside it and talks to it over bounded channels.
//!
//! It can run inside another process too: [`Agent::start`], then [`Agent::request`] and [`Agent::records`].

mod shell;

use crate::clock::{Clock, MovedClock, SystemClock};
use crate::config::{Authority, Config};
use crate::control::{self, Ask, OPERATOR};
use crate::keys::{FileSigner, KeyError, demo_seed, read_seed};
use crate::link::Links;
use crate::screen::Keeper;
use crate::socket::{SocketError, SocketFile, listen};
use crate::source::{self, Offered};
use crate::sqlite::SqliteStore;
use crate::store::{Store, StoreError};
use crate::writer;
use consent_gatekeeper::Gatekeeper;
use consent_gatekeeper::control::{Peer, Request, Response};
use consent_gatekeeper::store::{BootMeta, MetaKey, Snapshot};
use consent_protocol::catalog::Environment;
use shell::{Inputs, Shell};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Batches of records that may wait.
const RECORDS_MAX: usize = 32;
/// Requests that may wait.
const ASKS_MAX: usize = 64;
/// Reports of connections that may wait.
const REPORTS_MAX: usize = 256;

/// Why the daemon does not start, or did not stop in order.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A socket.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The system refuses.
    #[error("{0}: {1}")]
    System(&'static str, String),
    /// It was stopped before everything was stored; the next start finds an unclean end.
    #[error("not everything was stored within the time for stopping")]
    Unclean,
}

/// Whether the daemon tells a service manager how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    /// systemd's protocol, if the environment names a socket.
    Systemd,
    /// Nobody.
    Nobody,
}

/// What a desk puts in the place of the car's own: a store that can be made to fail, a clock that can be put forward.
#[derive(Debug)]
pub struct Parts<S> {
    /// The store, opened.
    pub store: S,
    /// The clock. Outside the demo environment what it was moved by does not count.
    pub clock: MovedClock,
    /// What the gatekeeper draws from.
    pub seed: [u8; 32],
}

/// A running daemon.
#[derive(Debug)]
pub struct Agent {
    asks: mpsc::Sender<Ask>,
    records: mpsc::Sender<Vec<Offered>>,
    catalogs: mpsc::Sender<Vec<u8>>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), RunError>>,
    servers: Vec<JoinHandle<()>>,
    screen: Option<Keeper>,
    _files: Vec<SocketFile>,
}

impl Agent {
    /// Starts everything; it runs on the present tokio runtime and a thread of its own for the store.
    pub async fn start(config: Config, notify: Notify) -> Result<Self, RunError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| RunError::System("randomness", error.to_string()))?;
        Self::start_seeded(config, notify, seed).await
    }

    /// As [`Self::start`], with randomness that is given: for tests that compare runs, and for nothing else.
    pub async fn start_seeded(config: Config, notify: Notify, seed: [u8; 32]) -> Result<Self, RunError> {
        let store = SqliteStore::open(&config.state_dir)?;
        Self::start_with(config, notify, Parts { store, clock: MovedClock::default(), seed }).await
    }

    /// As [`Self::start`], on parts that are given.
    pub async fn start_with<S: Store + Send + 'static>(config: Config, notify: Notify, parts: Parts<S>) -> Result<Self, RunError> {
        let Parts { mut store, clock, seed } = parts;
        let clock = if config.gatekeeper.environment == Environment::Demo { clock } else { MovedClock::default() };
        let snapshot = store.load()?;
        let signer = signer(&config)?;
        let now = clock.now(boot_number(&snapshot));
        let gatekeeper = Box::new(Gatekeeper::boot(config.gatekeeper.clone(), snapshot, signer, seed, now));
        let (writer, done, thread) = writer::start(store).map_err(|error| RunError::System("the store's thread", error.to_string()))?;
        let (reports, link_reports) = mpsc::channel(REPORTS_MAX);
        let links = Links::new(config.brokers.clone(), config.broker.clone(), reports);
        let (asks, asked) = mpsc::channel(ASKS_MAX);
        let (records, offered) = mpsc::channel(RECORDS_MAX);
        let (catalogs, catalogs_in) = mpsc::channel(4);
        let (stop, stopped) = oneshot::channel();
        let screen = match &config.screen {
            Some(screen) => Some(Keeper::start(screen.clone(), &config.state_dir, (asks.clone(), clock.clone())).await),
            None => None,
        };
        let (servers, files) = serve(&config, &asks, &records, screen.as_ref()).await?;
        offer_catalog_file(&config, &catalogs);
        let inputs = Inputs { asked, done, reports: link_reports, offered, catalogs: catalogs_in };
        let shell = Shell::new(gatekeeper, (writer, thread), links, config, (clock, now.boot));
        let task = tokio::spawn(shell.run(inputs, stopped, notify));
        Ok(Self { asks, records, catalogs, stop: Some(stop), task, servers, screen, _files: files })
    }

    /// Asks as an operator does on the control socket.
    pub async fn request(&self, request: Request) -> Response {
        control::ask(&self.asks, OPERATOR, request).await
    }

    /// Asks as somebody else: the car's screen, an enrolled phone.
    pub async fn request_as(&self, peer: Peer, request: Request) -> Response {
        control::ask(&self.asks, peer, request).await
    }

    /// Where records can be offered. Sending waits while the gatekeeper is behind.
    pub fn records(&self) -> mpsc::Sender<Vec<Offered>> {
        self.records.clone()
    }

    /// Offers a signed catalog; whether the daemon takes it is seen in its status. `false` once it has stopped.
    pub async fn offer_catalog(&self, envelope: Vec<u8>) -> bool {
        self.catalogs.send(envelope).await.is_ok()
    }

    /// An address that opens the privacy screen once, within a minute; `None` while no screen is served.
    pub fn screen_url(&self) -> Option<String> {
        self.screen.as_ref().and_then(Keeper::url)
    }

    /// Waits until it stops by itself (it does not, unless its task fails).
    pub async fn ended(&mut self) -> Result<(), RunError> {
        flat((&mut self.task).await)
    }

    /// Closes batches, stores, disconnects, and ends.
    pub async fn shutdown(mut self) -> Result<(), RunError> {
        if let Some(stop) = self.stop.take()
            && stop.send(()).is_err()
        {
            tracing::debug!("the daemon has ended already");
        }
        let ended = flat((&mut self.task).await);
        self.servers.iter().for_each(JoinHandle::abort);
        ended
    }
}

fn flat(joined: Result<Result<(), RunError>, tokio::task::JoinError>) -> Result<(), RunError> {
    joined.unwrap_or_else(|error| Err(RunError::System("the daemon's task", error.to_string())))
}

fn signer(config: &Config) -> Result<FileSigner, RunError> {
    let mut signer = FileSigner::open(&config.keys_dir, config.gatekeeper.environment)?;
    if consent_gatekeeper::Signer::pool_len(&signer) == 0 && config.authority.is_some() {
        refill(&mut signer, config)?;
    }
    Ok(signer)
}

/// Certifies new keys with the authority that lies on this desk; `false` if none does.
fn refill(signer: &mut FileSigner, config: &Config) -> Result<bool, KeyError> {
    let Some(authority) = &config.authority else { return Ok(false) };
    let seed = match authority {
        Authority::Demo => demo_seed("authority").into(),
        Authority::File(path) => read_seed(path)?,
    };
    let now_s = u64::try_from(SystemClock.now(0).wall_ms / 1_000).unwrap_or(0);
    let added = signer.certify(&seed, config.pool_keys, now_s)?;
    tracing::info!(keys = added, "stream keys certified");
    Ok(true)
}

/// The number of the boot that begins: one more than the last that was stored.
fn boot_number(snapshot: &Snapshot) -> u32 {
    let last: BootMeta = snapshot.meta(MetaKey::Boot).and_then(|bytes| postcard::from_bytes(bytes).ok()).unwrap_or_default();
    last.boot.saturating_add(1)
}

type Served = (Vec<JoinHandle<()>>, Vec<SocketFile>);

async fn serve(config: &Config, asks: &mpsc::Sender<Ask>, records: &mpsc::Sender<Vec<Offered>>, screen: Option<&Keeper>) -> Result<Served, RunError> {
    let (mut servers, mut files) = (Vec::new(), Vec::new());
    if let Some((path, mode)) = &config.signals {
        let (listener, file) = listen(path, *mode).await?;
        servers.push(tokio::spawn(source::serve(listener, records.clone(), config.line_bytes_max)));
        files.push(file);
    }
    if let Some(path) = &config.control {
        // Whoever may connect is checked by user id, so the file's own mode admits every user that could be allowed.
        let mode = if config.control_users.is_empty() { 0o600 } else { 0o666 };
        let (listener, file) = listen(path, mode).await?;
        servers.push(tokio::spawn(control::serve(listener, asks.clone(), screen.map(Keeper::door), config.control_users.clone())));
        files.push(file);
    }
    Ok((servers, files))
}

fn offer_catalog_file(config: &Config, catalogs: &mpsc::Sender<Vec<u8>>) {
    let Some(path) = &config.catalog_file else { return };
    match std::fs::read(path) {
        Ok(envelope) => {
            if catalogs.try_send(envelope).is_err() {
                tracing::warn!("the catalog file could not be offered");
            }
        }
        Err(error) => tracing::warn!(file = %path.display(), %error, "the catalog file does not read"),
    }
}
