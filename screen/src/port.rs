//! The way to the gatekeeper.

use consent_gatekeeper::control::{Peer, Request, Response};
use std::future::Future;
use std::pin::Pin;

/// An answer on its way.
pub type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Who carries out requests: the agent in the car, a fixed scene in the preview.
pub trait Port: Send + Sync + 'static {
    /// Asks, and waits until what the answer says is on disk.
    fn ask(&self, peer: Peer, request: Request) -> Answer;

    /// Wall time, Unix milliseconds.
    fn now_ms(&self) -> i64;
}
