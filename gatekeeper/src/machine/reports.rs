//! What recipients say that they hold, derived, did and deleted (R42, R45), to the person whom it concerns (R51).

use super::Gatekeeper;
use super::ask::{Not, Outcome};
use super::shown::data;
use crate::control::Peer;
use crate::now::Now;
use crate::outbox::For;
use crate::show::{Reports, SHOW_VERSION};
use crate::signer::Signer;
use consent_core::Assurance;
use consent_protocol::ledger::Method;

impl<S: Signer> Gatekeeper<S> {
    /// The driver sees what concerns them, derived values only when surely recognised; an operator of the demo everything.
    pub(super) fn ask_reports(&mut self, peer: Peer, now: Now) -> Outcome {
        let in_force = self.in_force.as_deref().ok_or(Not::NoCatalog)?;
        self.may_see_secrets(peer)?;
        let person = if peer.method == Method::Operator { None } else { Some(self.who(None)?) };
        let reader = person.as_deref().map_or(For::Everybody, For::Person);
        let recipients: Vec<String> = in_force.catalog.recipients.iter().map(|recipient| recipient.id.clone()).collect();
        let mut recipients = self.outbox.reports(&recipients, reader, now.wall_ms);
        if peer.assurance < Assurance::High {
            recipients.iter_mut().flat_map(|recipient| &mut recipient.uses).for_each(|used| used.derived.clear());
        }
        Ok(Some(data(&Reports { version: SHOW_VERSION, recipients })))
    }
}
