//! The certificate of a stream's key: the enrolment authority says that some enrolled car of this environment holds it, and
//! not which one.

use crate::catalog::Environment;
use crate::envelope::EnvelopeError;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What the authority signs; a pseudonym certificate, as in V2X.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// 1.
    pub version: u8,
    /// Environment in which it holds.
    pub environment: Environment,
    /// The stream's Ed25519 key.
    pub public: [u8; 32],
    /// Random.
    pub serial: [u8; 16],
    /// Unix seconds of its end.
    pub not_after_s: u64,
}

/// Why a certificate does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The envelope does not hold.
    #[error("certificate: {0}")]
    Envelope(#[from] EnvelopeError),
    /// Not the encoding of a certificate.
    #[error("not a stream certificate of version 1")]
    Encoding,
    /// From another environment.
    #[error("certificate is for {found:?}, expected {expected:?}")]
    Environment {
        /// Of the receiver.
        expected: Environment,
        /// Of the certificate.
        found: Environment,
    },
    /// Its time is over.
    #[error("certificate has ended")]
    Ended,
}

impl Certificate {
    /// Signs the certificate with the authority's key.
    #[allow(clippy::todo, unused_variables, reason = "being written")]
    pub fn seal<E>(&self, authority: [u8; 8], sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>) -> Result<Vec<u8>, E> {
        todo!()
    }

    /// Verifies a certificate against the trusted authorities' keys.
    #[allow(clippy::todo, unused_variables, reason = "being written")]
    pub fn open(envelope: &[u8], authorities: &[[u8; 32]], environment: Environment, now_s: u64) -> Result<Self, CertificateError> {
        todo!()
    }
}
