//! Takes messages of streams, keeps their state in SQLite, and yields signed answers.

use consent_protocol::catalog::Environment;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One recipient that this process serves.
#[derive(Clone, Debug)]
pub struct RecipientConfig {
    /// Its id in catalogs and topics.
    pub id: String,
    /// Ed25519 seed of the key that signs State and answers; its public half stands in the catalog.
    pub ack_key: [u8; 32],
}

/// What an engine is told once.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Environment; certificates and catalogs of another one are refused.
    pub environment: Environment,
    /// Trusted enrolment authorities' Ed25519 public keys.
    pub authorities: Vec<[u8; 32]>,
    /// Ed25519 public key under which catalogs are signed.
    pub catalog_root: [u8; 32],
    /// Recipients served.
    pub recipients: Vec<RecipientConfig>,
    /// Database file; `None` keeps it in memory (simulations).
    pub database: Option<PathBuf>,
    /// Folder for handed-on JSON lines; `None` hands on nothing (simulations).
    pub hand_on: Option<PathBuf>,
}

/// Something to publish (QoS 1) after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Topic.
    pub topic: String,
    /// Payload.
    pub payload: Vec<u8>,
}

/// Counted over the life of the database, from its tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Batches stored.
    pub batches_accepted: u64,
    /// Batches refused.
    pub batches_refused: u64,
    /// Rows of data stored, erased ones included.
    pub records: u64,
    /// Decisions that they merge.
    pub decisions: u64,
    /// Statements applied.
    pub statements: u64,
    /// Bases ended.
    pub ended: u64,
    /// Batches whose data was erased.
    pub erased: u64,
    /// Messages whose signature, certificate or form did not hold.
    pub bad: u64,
    /// Forks seen.
    pub forks: u64,
    /// Streams known.
    pub streams: u64,
}

/// Why a message could not be handled; the message may be delivered again.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database failed.
    #[error("database: {0}")]
    Database(String),
    /// Handing on failed.
    #[error("handing on: {0}")]
    HandOn(String),
    /// Configuration that cannot work.
    #[error("{0}")]
    Config(String),
}

/// The engine of one receiver process.
#[derive(Debug)]
pub struct Engine {
    _todo: (),
}

#[allow(clippy::todo, clippy::missing_panics_doc, unused_variables, reason = "being written")]
impl Engine {
    /// Opens the database. `seed` is fresh randomness (the start's secret of challenges); simulations may pass the same
    /// database again by [`Self::restart`].
    pub fn open(config: EngineConfig, seed: [u8; 32]) -> Result<Self, EngineError> {
        todo!()
    }

    /// As a new process on the same database would be: parked batches are gone, challenges are new.
    pub fn restart(&mut self, seed: [u8; 32]) {
        todo!()
    }

    /// What goes out at start: a State for every known stream, so that nothing waits for a Hello.
    pub fn at_start(&mut self, wall_ms: i64) -> Result<Vec<Outgoing>, EngineError> {
        todo!()
    }

    /// Makes a signed catalog known; older ones stay known by digest.
    pub fn add_catalog(&mut self, envelope: &[u8]) -> Result<(), EngineError> {
        todo!()
    }

    /// Handles one message that came in on a topic. Verified, stored and committed when it returns.
    pub fn handle(&mut self, wall_ms: i64, topic: &str, payload: &[u8]) -> Result<Vec<Outgoing>, EngineError> {
        todo!()
    }

    /// Ends a basis by the secret of a receipt (R35): whoever shows it may.
    pub fn withdraw_by_secret(&mut self, wall_ms: i64, secret: &[u8; 32]) -> Result<Vec<Outgoing>, EngineError> {
        todo!()
    }

    /// Deletes what is past its retention (R45).
    pub fn tick(&mut self, wall_ms: i64) -> Result<Vec<Outgoing>, EngineError> {
        todo!()
    }

    /// Counts, from the tables.
    pub fn counts(&self) -> Result<Counts, EngineError> {
        todo!()
    }
}
