//! The process: an engine on its own thread, one connection per recipient on another. Also for a desk that runs a receiver
//! within its own process.

use crate::clock;
use crate::config::Config;
use crate::engine::{Counts, Engine, EngineError};
use crate::link::{self, CameUp, End, RECEIVE_MAX, Target};
use crate::look::{Depth, Look};
use crate::service::{self, Ask, Asking};
use crate::tls::{self, TlsError};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// Shortest and longest wait before a connection is tried again.
const RETRY_MS: (u64, u64) = (250, 8_000);

/// Why a receiver does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The engine does not open, or a catalog does not hold.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A catalog does not hold.
    #[error("{0}: {1}")]
    Catalog(String, String),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system refuses something.
    #[error("{0}: {1}")]
    System(String, std::io::Error),
    /// Somebody else serves this database.
    #[error("{0} is served by another consent-receiver")]
    Busy(String),
    /// No randomness.
    #[error("no randomness from the system: {0}")]
    Random(#[from] getrandom::Error),
    /// It has stopped already.
    #[error("the receiver has stopped")]
    Stopped,
}

/// A running receiver. Dropping it stops it.
#[derive(Debug)]
pub struct Handle {
    asking: Asking,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

/// Opens the engine of a configuration, with its catalogs. The process that serves takes the lock; commands beside it do not.
pub fn open(config: &Config) -> Result<Engine, StartError> {
    let database = config.engine.database.as_ref();
    if let Some(folder) = database.and_then(|database| database.parent()) {
        std::fs::create_dir_all(folder).map_err(|error| StartError::System(folder.display().to_string(), error))?;
    }
    let seed = clock::random()?;
    let mut engine = match &config.erase_log {
        Some(log) => Engine::open_with_log(config.engine.clone(), Some(log), seed)?,
        None => Engine::open(config.engine.clone(), seed)?,
    };
    for path in &config.catalogs {
        let name = path.display().to_string();
        let signed = std::fs::read(path).map_err(|error| StartError::System(name.clone(), error))?;
        engine.add_catalog(&signed).map_err(|error| StartError::Catalog(name, error.to_string()))?;
    }
    Ok(engine)
}

/// Starts a receiver and returns at once; connections come up by themselves, again and again.
pub fn start(config: Config) -> Result<Handle, StartError> {
    let lock = lock(&config)?;
    let engine = open(&config)?;
    let targets = targets(&config)?;
    let queue = usize::from(RECEIVE_MAX).saturating_mul(2).saturating_mul(targets.len()).saturating_add(64);
    let (asking, asked) = mpsc::sync_channel(queue);
    let (stop, stopped) = watch::channel(false);
    let publisher = config.publish_catalogs;
    let serving = spawn("engine", move || {
        service::serve(engine, &asked, publisher.as_deref());
        drop(lock);
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| StartError::System("runtime".to_owned(), error))?;
    let for_links = asking.clone();
    let linking = spawn("links", move || runtime.block_on(all(targets, for_links, stopped)))?;
    Ok(Handle { asking, stop, threads: vec![linking, serving] })
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StartError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|error| StartError::System("thread".to_owned(), error))
}

/// One process serves a database: the lock is gone with the file handle, however the process ends.
fn lock(config: &Config) -> Result<Option<std::fs::File>, StartError> {
    let Some(database) = &config.engine.database else { return Ok(None) };
    let path = database.with_extension("lock");
    let wrong = |error| StartError::System(path.display().to_string(), error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    let file = std::fs::File::create(&path).map_err(wrong)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::Busy(database.display().to_string())),
        Err(std::fs::TryLockError::Error(error)) => Err(wrong(error)),
    }
}

fn targets(config: &Config) -> Result<Vec<Target>, StartError> {
    let tls = config.broker.tls.as_ref().map(tls::client).transpose()?;
    let password = match &config.broker.password_file {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| StartError::System(path.display().to_string(), error))?.trim().to_owned()),
        None => None,
    };
    let target = |id: &str| Target { recipient: id.to_owned(), broker: config.broker.clone(), password: password.clone(), tls: tls.clone() };
    Ok(config.engine.recipients.iter().map(|recipient| target(&recipient.id)).collect())
}

async fn all(targets: Vec<Target>, asking: Asking, stopped: watch::Receiver<bool>) {
    let mut tasks = tokio::task::JoinSet::new();
    for target in targets {
        tasks.spawn(keep_connected(target, asking.clone(), stopped.clone()));
    }
    while tasks.join_next().await.is_some() {}
}

/// Connects again and again, until it is stopped.
async fn keep_connected(target: Target, asking: Asking, mut stopped: watch::Receiver<bool>) {
    let mut wait_ms = RETRY_MS.0;
    while !*stopped.borrow() {
        let (came_up, end) = link::session(&target, &asking, &mut stopped).await;
        if matches!(end, End::Stopped) {
            return;
        }
        wait_ms = if came_up == CameUp::Yes { RETRY_MS.0 } else { wait_ms.saturating_mul(2).min(RETRY_MS.1) };
        let spread = clock::random::<1>().map_or(0, |[byte]| u64::from(byte));
        let wait = Duration::from_millis(wait_ms.saturating_add(wait_ms.saturating_mul(spread) / 512));
        tracing::warn!(recipient = %target.recipient, %end, wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), "connection ended");
        tokio::select! {
            () = tokio::time::sleep(wait) => (),
            changed = stopped.changed() => if changed.is_err() { return },
        }
    }
}

impl Handle {
    /// What was received, from the tables.
    pub fn counts(&self) -> Result<Counts, StartError> {
        let (done, result) = mpsc::channel();
        self.asking.send(Ask::Counts { done }).map_err(|_| StartError::Stopped)?;
        Ok(result.recv().map_err(|_| StartError::Stopped)??)
    }

    /// What each recipient has.
    pub fn look(&self, depth: Depth) -> Result<Look, StartError> {
        let (done, result) = mpsc::channel();
        self.asking.send(Ask::Look { depth, done }).map_err(|_| StartError::Stopped)?;
        Ok(result.recv().map_err(|_| StartError::Stopped)??)
    }

    /// Puts the clock forward, milliseconds, as if so much time had passed: in the demo environment only.
    pub fn forward(&self, by_ms: u64) -> Result<(), StartError> {
        self.asking.send(Ask::Forward { by_ms }).map_err(|_| StartError::Stopped)
    }

    /// Ends a basis by the secret of a receipt (R35). Yields how many notices went to cars; none if the secret is of no basis here.
    pub fn withdraw(&self, secret: [u8; 32]) -> Result<usize, StartError> {
        let (done, result) = mpsc::channel();
        self.asking.send(Ask::Withdraw { secret, done }).map_err(|_| StartError::Stopped)?;
        Ok(result.recv().map_err(|_| StartError::Stopped)??)
    }

    /// Disconnects and stops; what the broker still holds comes with the next start.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.send_replace(true);
        let mut threads = std::mem::take(&mut self.threads).into_iter();
        if let Some(Err(_)) = threads.next().map(JoinHandle::join) {
            tracing::error!("the connections' thread ended badly");
        }
        if self.asking.send(Ask::Stop).is_err() {
            tracing::debug!("the engine has stopped");
        }
        if threads.any(|thread| thread.join().is_err()) {
            tracing::error!("the engine's thread ended badly");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.end();
        }
    }
}
