//! Catalogs that this receiver knows, by digest. An old one stays known: data that rests on it may still come.
//!
//! INVARIANT: every catalog here is signed by the root, of this environment, and holds together.

use crate::engine::EngineError;
use consent_protocol::Digest;
use consent_protocol::catalog::{CatalogError, CompiledCatalog, Environment};
use consent_protocol::envelope::{self, EnvelopeError, Kind};
use consent_protocol::tables::Tables;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a catalog is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddError {
    #[error("catalog is not signed by the configured root: {0}")]
    Envelope(#[from] EnvelopeError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error("catalog is for {found:?}, this receiver for {expected:?}")]
    Environment { expected: Environment, found: Environment },
}

/// A catalog with the digests of its uses' terms.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) catalog: CompiledCatalog,
    pub(crate) digest: Digest,
    terms: Vec<Option<Digest>>,
}

impl Known {
    /// Reads and checks a signed catalog.
    pub(crate) fn open(signed: &[u8], root: &[u8; 32], environment: Environment) -> Result<Self, AddError> {
        let payload = envelope::open(Kind::Catalog, signed, root)?;
        let catalog = CompiledCatalog::from_bytes(&payload)?;
        if catalog.environment != environment {
            return Err(AddError::Environment { expected: environment, found: catalog.environment });
        }
        Tables::new(&catalog)?;
        let terms = (0..catalog.uses.len()).map(|index| catalog.terms_digest(index)).collect();
        Ok(Self { digest: envelope::sha256(&[&payload]), catalog, terms })
    }

    /// Digest of the terms of a use.
    pub(crate) fn terms(&self, use_index: usize) -> Option<Digest> {
        self.terms.get(use_index).copied().flatten()
    }
}

/// All known catalogs.
#[derive(Debug, Default)]
pub(crate) struct Catalogs {
    by_digest: BTreeMap<Digest, Arc<Known>>,
}

impl Catalogs {
    /// Those of the database. One that no longer holds (another root or environment is configured) is unknown from now on.
    pub(crate) fn load(db: &Connection, root: &[u8; 32], environment: Environment) -> Result<Self, EngineError> {
        let mut query = db.prepare("SELECT envelope FROM catalogs")?;
        let envelopes: Vec<Vec<u8>> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut catalogs = Self::default();
        for signed in envelopes {
            match Known::open(&signed, root, environment) {
                Ok(known) => catalogs.insert(known),
                Err(error) => tracing::warn!(%error, "a stored catalog is not used"),
            }
        }
        Ok(catalogs)
    }

    /// Verifies a catalog and stores it.
    pub(crate) fn add(&mut self, db: &Connection, signed: &[u8], root: &[u8; 32], environment: Environment) -> Result<(), EngineError> {
        let known = Known::open(signed, root, environment).map_err(|error| EngineError::Config(error.to_string()))?;
        db.execute(
            "INSERT OR IGNORE INTO catalogs (digest, version, audience, envelope) VALUES (?1, ?2, ?3, ?4)",
            params![known.digest.0, known.catalog.version, known.catalog.audience(), signed],
        )?;
        self.insert(known);
        Ok(())
    }

    fn insert(&mut self, known: Known) {
        self.by_digest.insert(known.digest, Arc::new(known));
    }

    /// A catalog by its digest.
    pub(crate) fn get(&self, digest: Digest) -> Option<&Arc<Known>> {
        self.by_digest.get(&digest)
    }

    /// The newest catalog that names a recipient, for what is said of the recipient itself.
    pub(crate) fn newest_with(&self, recipient: &str) -> Option<&Arc<Known>> {
        self.by_digest.values().filter(|known| known.catalog.recipients.iter().any(|named| named.id == recipient)).max_by_key(|known| known.catalog.version)
    }
}

/// The newest signed catalog of each audience: topic part and envelope.
pub(crate) fn newest_signed(db: &Connection) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
    let mut query = db.prepare("SELECT audience, envelope, max(version) FROM catalogs GROUP BY audience")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
