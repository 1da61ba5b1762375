//! The privacy screen beside the gate: served if it can be, and never a reason to stop.
//!
//! A port that is taken is tried again; until then there is no page, and the gate goes on.

mod owner;

use crate::clock::{Clock, MovedClock, SystemClock};
use crate::control::{self, Ask};
use consent_gatekeeper::control::{Peer, Request};
use consent_screen::serve::Entry;
use consent_screen::{Port, Screen, ScreenConfig, ScreenError};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// The first wait before a taken port is tried again; it doubles.
const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(10);
/// File of the secret that lets sessions outlive a restart.
const KEY_FILE: &str = "screen.key";

/// What the control socket gives codes of: none while no page is served.
pub type Door = watch::Receiver<Option<Entry>>;

/// Serves the screen for as long as it lives.
#[derive(Debug)]
pub(crate) struct Keeper {
    door: Door,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Tries at once, so that an address is known when it can be; then for as long as it takes.
    pub(crate) async fn start(config: ScreenConfig, state_dir: &Path, (asks, clock): (mpsc::Sender<Ask>, MovedClock)) -> Self {
        let port: Arc<dyn Port> = Arc::new(Desk { asks, clock, key: session_key(&state_dir.join(KEY_FILE)) });
        let first = Screen::start(config.clone(), Arc::clone(&port)).await;
        let entry = first.as_ref().ok().map(Screen::entry);
        let (open, door) = watch::channel(entry);
        let task = tokio::spawn(keep(first, config, port, open));
        Self { door, task }
    }

    /// What gives codes.
    pub(crate) fn door(&self) -> Door {
        self.door.clone()
    }

    /// An address that opens the page once, within a minute.
    pub(crate) fn url(&self) -> Option<String> {
        self.door.borrow().as_ref().and_then(Entry::url)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(first: Result<Screen, ScreenError>, config: ScreenConfig, port: Arc<dyn Port>, open: watch::Sender<Option<Entry>>) {
    let mut tried = first;
    let mut wait = RETRY_MIN;
    loop {
        match tried {
            Ok(mut screen) => {
                tracing::info!(address = %screen.address(), "the privacy screen is served");
                open.send_replace(Some(screen.entry()));
                wait = RETRY_MIN;
                screen.ended().await;
                open.send_replace(None);
                tracing::error!("the privacy screen is not served any more");
            }
            Err(error @ ScreenError::Listen(..)) => tracing::warn!(%error, "no privacy screen yet; the gate goes on without, and it is tried again"),
            Err(error @ (ScreenError::NotLoopback(_) | ScreenError::Origin)) => {
                tracing::error!(%error, "no privacy screen; the gate goes on without");
                return;
            }
        }
        tokio::time::sleep(wait).await;
        wait = wait.saturating_mul(2).min(RETRY_MAX);
        tried = Screen::start(config.clone(), Arc::clone(&port)).await;
    }
}

/// What the screen asks through.
struct Desk {
    asks: mpsc::Sender<Ask>,
    clock: MovedClock,
    key: Option<[u8; 32]>,
}

impl Port for Desk {
    fn ask(&self, peer: Peer, request: Request) -> consent_screen::port::Answer {
        let asks = self.asks.clone();
        Box::pin(async move { control::ask(&asks, peer, request).await })
    }

    fn now_ms(&self) -> i64 {
        self.clock.now(0).wall_ms
    }

    fn session_ms(&self) -> i64 {
        SystemClock.now(0).wall_ms
    }

    fn user(&self, theirs: SocketAddr, ours: SocketAddr) -> Option<u32> {
        owner::of(theirs, ours)
    }

    fn session_key(&self) -> Option<[u8; 32]> {
        self.key
    }
}

/// Reads the secret, or makes it; without it sessions end with the agent.
fn session_key(path: &Path) -> Option<[u8; 32]> {
    read_key(path)
        .or_else(|| make_key(path).inspect_err(|error| tracing::warn!(%error, "sessions of the screen end with the agent: their key is not kept")).ok())
}

fn read_key(path: &Path) -> Option<[u8; 32]> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(33).read_to_end(&mut bytes).ok()?;
    bytes.try_into().ok()
}

fn make_key(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| std::io::Error::other(error.to_string()))?;
    std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(&key)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_session_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        let key = session_key(&path).unwrap();
        assert_eq!(session_key(&path), Some(key));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, b"short").unwrap();
        assert!(session_key(&path).is_some_and(|other| other != key), "what is no key is made anew");
        assert_eq!(session_key(&folder.path().join("missing/screen.key")), None);
    }

    #[tokio::test]
    async fn a_taken_port_is_tried_again_until_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = ScreenConfig { listen: taken.local_addr().unwrap(), frame_ancestors: Vec::new(), languages: Vec::new() };
        let (asks, _asked) = mpsc::channel(1);
        let keeper = Keeper::start(config, folder.path(), (asks, MovedClock::default())).await;
        assert_eq!(keeper.url(), None);
        drop(taken);
        let mut door = keeper.door();
        tokio::time::timeout(Duration::from_secs(5), door.wait_for(Option::is_some)).await.unwrap().unwrap();
        assert!(keeper.url().is_some_and(|url| url.contains("/enter?code=")));
    }
}
