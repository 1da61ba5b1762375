//! COSE_Sign1 (RFC 9052) around everything that is signed: tagged, payload embedded, EdDSA and key id protected,
//! `external_aad` = `cg/1/` + kind, so that a signature for one purpose is worth nothing for another.

use crate::ids::Digest;
use alloc::vec::Vec;
use sha2::Digest as _;

/// Largest envelope that is looked at, in bytes.
pub const ENVELOPE_BYTES_MAX: usize = 1 << 20;

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A batch.
    Batch,
    /// Hello or statement.
    Lane,
    /// State, answer or report of a recipient.
    Answer,
    /// A compiled catalog.
    Catalog,
    /// A certificate of a stream's key.
    Certificate,
    /// A ledger entry's header.
    Ledger,
}

impl Kind {
    /// The external additional authenticated data.
    pub fn aad(self) -> &'static [u8] {
        match self {
            Self::Batch => b"cg/1/batch",
            Self::Lane => b"cg/1/lane",
            Self::Answer => b"cg/1/answer",
            Self::Catalog => b"cg/1/catalog",
            Self::Certificate => b"cg/1/certificate",
            Self::Ledger => b"cg/1/ledger",
        }
    }
}

/// Why an envelope does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Larger than [`ENVELOPE_BYTES_MAX`].
    #[error("envelope larger than {ENVELOPE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not a tagged COSE_Sign1 with EdDSA, an 8-byte key id and an embedded payload.
    #[error("not a tagged COSE_Sign1 with EdDSA, key id and payload")]
    Form,
    /// Signed with another key than expected.
    #[error("signed by another key")]
    Key,
    /// The signature does not hold.
    #[error("signature does not hold")]
    Signature,
}

/// SHA-256 over the concatenation of parts.
pub fn sha256(parts: &[&[u8]]) -> Digest {
    let mut hash = sha2::Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    Digest(hash.finalize().into())
}

/// Key id: the first 8 bytes of SHA-256 of the public key.
pub fn key_id(public: &[u8; 32]) -> [u8; 8] {
    let Digest([a, b, c, d, e, f, g, h, ..]) = sha256(&[public]);
    [a, b, c, d, e, f, g, h]
}

/// Signs a payload; `sign` gets the bytes to be signed (RFC 9052 `Sig_structure`).
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn seal<E>(kind: Kind, key_id: [u8; 8], payload: Vec<u8>, sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>) -> Result<Vec<u8>, E> {
    todo!()
}

/// Verifies an envelope strictly and yields its payload.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn open(kind: Kind, envelope: &[u8], public: &[u8; 32]) -> Result<Vec<u8>, EnvelopeError> {
    todo!()
}

/// The payload and key id of an envelope whose signature was not looked at: only for our own stored envelopes, and to find
/// out which key to ask for.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn peek(envelope: &[u8]) -> Result<([u8; 8], Vec<u8>), EnvelopeError> {
    todo!()
}
