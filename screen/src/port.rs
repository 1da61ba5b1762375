//! The way to the gatekeeper, and to what only the process around it knows.

use consent_gatekeeper::control::{Peer, Request, Response};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

/// An answer on its way.
pub type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Who carries out requests: the agent in the car, a fixed scene in the preview.
pub trait Port: Send + Sync + 'static {
    /// Asks, and waits until what the answer says is on disk.
    fn ask(&self, peer: Peer, request: Request) -> Answer;

    /// Wall time, Unix milliseconds.
    fn now_ms(&self) -> i64;

    /// The time that sessions age by, Unix milliseconds: a desk that puts its clock forward does not end them.
    fn session_ms(&self) -> i64 {
        self.now_ms()
    }

    /// The system user at the other end of an accepted connection, as the kernel says; none where it cannot. `ours` is this
    /// end of it.
    fn user(&self, theirs: SocketAddr, ours: SocketAddr) -> Option<u32> {
        let _ = (theirs, ours);
        None
    }

    /// A secret of this car that outlives a restart; with it sessions do too. None = they end with the process.
    fn session_key(&self) -> Option<[u8; 32]> {
        None
    }
}
