//! stub
#![allow(missing_docs, clippy::todo, unused_variables, reason = "being written")]
use crate::book::Book;
use crate::change::Change;
use crate::now::Now;
use crate::rng::Rng;
use crate::signer::{SignError, Signer};
use crate::status::EventStatus;
use crate::store::{LedgerRow, Snapshot, StoreOp};
use crate::vault::{Vault, VaultError};
use consent_protocol::Digest;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::ledger::{Body, ChainError, ChainReport, Exported};

#[derive(Debug)]
pub struct Journal {}

/// Why an entry was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    #[error("ledger entry not signed: {0}")]
    Sign(#[from] SignError),
    #[error("ledger entry not sealed: {0}")]
    Seal(#[from] VaultError),
}

impl Journal {
    pub fn load(snapshot: &Snapshot) -> Self { todo!() }
    pub fn append(&mut self, body: &Body, person: &str, now: &Now, signer: &impl Signer, vault: &Vault, rng: &mut Rng) -> Result<StoreOp, JournalError> { todo!() }
    /// Appends the entry of a change and yields all that is to be stored: the entry first, then the change's ops with the entry's number.
    pub fn record(&mut self, change: &Change, book: &mut Book, now: &Now, signer: &impl Signer, vault: &Vault, rng: &mut Rng) -> Result<Vec<StoreOp>, JournalError> { todo!() }
    pub fn head(&self) -> (u64, Digest) { todo!() }
    pub fn words(row: &LedgerRow, vault: &Vault, catalog: Option<&CompiledCatalog>) -> EventStatus { todo!() }
    pub fn recent(&self) -> Vec<EventStatus> { todo!() }
    /// At boot, with the newest rows: fills `recent`.
    pub fn recall(&mut self, rows: &[LedgerRow], vault: &Vault, catalog: Option<&CompiledCatalog>) { todo!() }
    pub fn export(rows: &[LedgerRow], vault: &Vault) -> Vec<Exported> { todo!() }
    pub fn verify(&self, rows: &[LedgerRow], vault: &Vault, public: &[u8; 32]) -> Result<ChainReport, ChainError> { todo!() }
}
