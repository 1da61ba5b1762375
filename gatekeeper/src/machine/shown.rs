//! What is shown as typed answers: windows, reviews, originals, pictures, the catalog, the checkpoint.

use super::Gatekeeper;
use super::ask::{Not, Outcome};
use crate::control::{Peer, Request, Response};
use crate::now::Now;
use crate::show::{CatalogShown, SHOW_VERSION};
use crate::signer::Signer;
use serde::Serialize;

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn ask_shown(&mut self, _token: u64, request: Request, _peer: Peer, _now: Now) -> Outcome {
        if request != Request::CatalogShow {
            return Err(Not::NoCatalog);
        }
        let in_force = self.in_force.as_ref().ok_or(Not::NoCatalog)?;
        let shown = CatalogShown { version: SHOW_VERSION, digest: in_force.digest.to_string(), catalog: in_force.catalog.clone() };
        Ok(Some(data(&shown)))
    }
}

/// A typed answer.
pub(super) fn data<T: Serialize>(shown: &T) -> Response {
    Response::Data { data: serde_json::to_value(shown).unwrap_or_default() }
}
