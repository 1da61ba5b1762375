//! How a person wants to be asked, the first screen, and what a person asks for by opening a feature (R43, R44).

use super::Gatekeeper;
use super::ask::{Not, Outcome};
use crate::control::{Peer, Request};
use crate::now::Now;
use crate::signer::Signer;

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn ask_asking(&mut self, _request: Request, _peer: Peer, _now: Now) -> Outcome {
        Err(Not::NoCatalog)
    }
}
