//! The loopback socket: bounded connections, each with its owner, and bounded time for what comes over them.
//!
//! INVARIANT: no user of the system takes the places of another. Whoever holds all of theirs open in silence waits for themselves.

use crate::port::Port;
use crate::session::User;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Connections of one user at a time; the next is closed at once. A browser holds up to six a page, and its streams.
const USER_MAX: usize = 48;
/// Connections of all users at a time.
const CONNECTIONS_MAX: usize = 256;
/// How long a request's head may take, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(15);
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1_024;
/// Header fields of a request.
const HEADERS_MAX: usize = 64;

/// Who is at the other end of a request's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner(pub(crate) User);

/// Who holds how many connections.
#[derive(Debug, Default)]
struct Places(Mutex<BTreeMap<User, usize>>);

/// One of them, until it is dropped.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    user: User,
}

impl Places {
    fn take(self: &Arc<Self>, user: User) -> Option<Place> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (own, all) = (held.get(&user).copied().unwrap_or(0), held.values().sum::<usize>());
        if own >= USER_MAX || all >= CONNECTIONS_MAX {
            return None;
        }
        held.insert(user, own.saturating_add(1));
        Some(Place { places: Arc::clone(self), user })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = held.get_mut(&self.user) {
            *own = own.saturating_sub(1);
        }
        held.retain(|_, own| *own > 0);
    }
}

/// Serves until it is dropped; its connections end with it.
pub(crate) async fn serve(listener: TcpListener, ours: SocketAddr, port: Arc<dyn Port>, router: Router) {
    let places = Arc::<Places>::default();
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, theirs)) => {
                let user = port.user(theirs, ours);
                if let Some(place) = places.take(user) {
                    connections.spawn(talk(stream, Owner(user), router.clone(), place));
                }
            }
            // No file descriptors left, or the like: what is open goes on.
            Err(error) => {
                tracing::warn!(%error, "a connection of the screen could not be taken");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn talk(stream: TcpStream, owner: Owner, router: Router, place: Place) {
    let router = router.layer(axum::Extension(owner));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection of the screen ended");
    }
    drop(place);
}
