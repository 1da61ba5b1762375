//! stub
#![allow(missing_docs, clippy::todo, unused_variables, reason = "being written")]
use crate::change::{Change, InForce, Moment};
use crate::control::{Peer, Terms};
use crate::people::People;
use crate::refusal::Refusal;
use crate::rng::Rng;
use crate::store::{Snapshot, StandingRow, StoreOp};
use consent_core::{PersonIx, Standings};
use consent_protocol::Digest;
use consent_protocol::ledger::ConsentAction;
use std::collections::BTreeSet;

/// A person with a profile on this car; the key is the vault's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile { pub id: String, pub name: String, pub minor: bool, pub languages: Vec<String>, pub created_ms: i64 }

/// Whether recipients are to erase what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Erase { Keep, Erase }
impl From<bool> for Erase { fn from(erase: bool) -> Self { if erase { Self::Erase } else { Self::Keep } } }

/// Which of the two (R37).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Objection { Object, Restrict }
impl From<bool> for Objection { fn from(restrict: bool) -> Self { if restrict { Self::Restrict } else { Self::Object } } }

#[derive(Debug)]
pub struct Book {}

impl Book {
    /// Call `resolve` before anything else.
    pub fn load(snapshot: &Snapshot) -> Self { todo!() }
    pub fn add_person(&mut self, profile: Profile, key: [u8; 32]) -> Result<StoreOp, Refusal> { todo!() }
    pub fn person(&self, id: &str) -> Option<&Profile> { todo!() }
    pub fn persons(&self) -> impl Iterator<Item = &Profile> { core::iter::empty() }
    /// Gives a seat (or yields the one that the person has). `aboard` does it for all.
    pub fn seat(&mut self, id: &str) -> Option<PersonIx> { todo!() }
    pub fn unseat(&mut self, id: &str) { todo!() }
    pub fn seat_of(&self, id: &str) -> Option<PersonIx> { todo!() }
    pub fn seated(&self, seat: PersonIx) -> Option<&str> { todo!() }
    /// Seats exactly those present and the last driver, with their roles; call after every `Effect::list` or `Effect::driver`.
    pub fn aboard(&mut self, people: &People) { todo!() }
    pub fn standings(&self) -> &Standings { todo!() }
    pub fn standing(&self, person: &str, use_id: &str) -> Option<&StandingRow> { todo!() }
    /// Refills the seats for a catalog.
    pub fn resolve(&mut self, in_force: &InForce) { todo!() }
    /// Gives consent. It does NOT bind yet: call `bind` with `change.event.record` once its transaction is committed. An older
    /// consent that it replaces ends at once (`change.ended`).
    pub fn give(&mut self, who: &str, use_id: &str, terms: &Terms, peer: Peer, moment: &Moment<'_>, rng: &mut Rng) -> Result<Change, Refusal> { todo!() }
    /// A consent (or a lifted objection) is stored: it binds. Whether the standings changed.
    pub fn bind(&mut self, record: &[u8; 16]) -> bool { todo!() }
    pub fn refuse(&mut self, who: &str, use_id: &str, peer: Peer, moment: &Moment<'_>, rng: &mut Rng) -> Result<Change, Refusal> { todo!() }
    pub fn withdraw(&mut self, who: &str, use_id: &str, erase: Erase, peer: Peer, moment: &Moment<'_>) -> Result<Change, Refusal> { todo!() }
    pub fn withdraw_all(&mut self, who: &str, erase: Erase, peer: Peer, moment: &Moment<'_>) -> Result<Vec<Change>, Refusal> { todo!() }
    pub fn object(&mut self, who: &str, use_id: &str, objection: Objection, peer: Peer, moment: &Moment<'_>, rng: &mut Rng) -> Result<Change, Refusal> { todo!() }
    /// Binds only when `bind` is called, like `give`.
    pub fn lift(&mut self, who: &str, use_id: &str, peer: Peer, moment: &Moment<'_>) -> Result<Change, Refusal> { todo!() }
    pub fn due(&mut self, moment: &Moment<'_>) -> Vec<Change> { todo!() }
    /// Wall time of the next end.
    pub fn next_due_ms(&self) -> Option<i64> { todo!() }
    pub fn trip_ended(&mut self, moment: &Moment<'_>) -> Vec<Change> { todo!() }
    /// Call after `resolve` with the new catalog in `moment`.
    pub fn catalog_changed(&mut self, material: &BTreeSet<String>, gone: &BTreeSet<String>, moment: &Moment<'_>) -> Vec<Change> { todo!() }
    pub fn by_secret(&self, commitment: &Digest) -> Option<&StandingRow> { todo!() }
    pub fn outside_withdrawal(&mut self, secret: &[u8; 32], moment: &Moment<'_>) -> Option<Change> { todo!() }
    /// Changes to journal, then ops that must follow them in the same transaction.
    pub fn erase_person(&mut self, id: &str, moment: &Moment<'_>) -> (Vec<Change>, Vec<StoreOp>) { todo!() }
    /// A change that touches no standing (paused, resumed, stopped by an occupant, review …), for the journal.
    pub fn noted(&self, action: ConsentAction, person: &str, use_id: &str, peer: Peer, moment: &Moment<'_>) -> Change { todo!() }
    pub fn list(&self, person: &str, moment: &Moment<'_>) -> serde_json::Value { todo!() }
    /// SHA-256 of the secrets of these consents, for `BasisTerms`.
    pub fn commitments_of(&self, consents: &[(String, [u8; 16])]) -> Vec<Digest> { todo!() }
    /// The ledger entry of a record was numbered (done by `Journal::record`).
    pub fn entered(&mut self, record: &[u8; 16], seq: u64) { todo!() }
}
