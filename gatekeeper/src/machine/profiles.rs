//! Profiles, PINs, hand-over, take-over, private trips (R16, R20, R48-R51).

use super::Gatekeeper;
use super::ask::{Not, Outcome};
use crate::control::{Peer, Request};
use crate::now::Now;
use crate::signer::Signer;

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn ask_profiles(&mut self, _token: u64, _request: Request, _peer: Peer, _now: Now) -> Outcome {
        Err(Not::NoCatalog)
    }
}
