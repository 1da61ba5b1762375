//! The loopback socket: bounded connections, each with its owner, and bounded time for what comes over them.

use crate::port::Port;
use crate::session::User;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// Connections at a time. A browser holds up to six a page.
const CONNECTIONS_MAX: usize = 64;
/// How long a request's head may take, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(15);
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1_024;
/// Header fields of a request.
const HEADERS_MAX: usize = 64;

/// Who is at the other end of a request's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner(pub(crate) User);

/// Serves until it is dropped; its connections end with it.
pub(crate) async fn serve(listener: TcpListener, ours: SocketAddr, port: Arc<dyn Port>, router: Router) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, theirs)) => {
                let owner = Owner(port.user(theirs, ours));
                connections.spawn(talk(stream, owner, router.clone(), place));
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

async fn talk(stream: TcpStream, owner: Owner, router: Router, place: OwnedSemaphorePermit) {
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
