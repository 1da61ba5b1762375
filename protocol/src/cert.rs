//! The certificate of a stream's key: the enrolment authority says that some enrolled car of this environment holds it, and
//! not which one.

use crate::catalog::Environment;
use crate::envelope::{self, EnvelopeError, Kind};
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
    /// Signs the certificate with the authority's key; `authority` is that key's id.
    pub fn seal<E>(&self, authority: [u8; 8], sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>) -> Result<Vec<u8>, E> {
        envelope::seal(Kind::Certificate, authority, postcard::to_allocvec(self).unwrap_or_default(), sign)
    }

    /// Verifies a certificate against the trusted authorities' keys. It ends at `not_after_s` itself.
    pub fn open(envelope: &[u8], authorities: &[[u8; 32]], environment: Environment, now_s: u64) -> Result<Self, CertificateError> {
        let (signer, _) = envelope::peek(envelope)?;
        let authority = authorities.iter().find(|public| envelope::key_id(public) == signer).ok_or(EnvelopeError::Key)?;
        let certificate = Self::from_bytes(&envelope::open(Kind::Certificate, envelope, authority)?)?;
        if certificate.environment != environment {
            return Err(CertificateError::Environment { expected: environment, found: certificate.environment });
        }
        if now_s >= certificate.not_after_s {
            return Err(CertificateError::Ended);
        }
        Ok(certificate)
    }

    /// Reads the payload of a certificate's envelope; says nothing about its signature.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertificateError> {
        match postcard::take_from_bytes::<Self>(bytes) {
            Ok((certificate, [])) if certificate.version == 1 && postcard::to_allocvec(&certificate).is_ok_and(|canonical| canonical == bytes) => {
                Ok(certificate)
            }
            Ok(_) | Err(_) => Err(CertificateError::Encoding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    #[test]
    fn a_certificate_holds_for_its_authority_environment_and_time() {
        let authority = SigningKey::from_bytes(&[5; 32]);
        let public = authority.verifying_key().to_bytes();
        let certificate = Certificate { version: 1, environment: Environment::Demo, public: [7; 32], serial: [8; 16], not_after_s: 100 };
        let seal = |certificate: &Certificate| certificate.seal(envelope::key_id(&public), |bytes| Ok::<_, ()>(authority.sign(bytes).to_bytes())).unwrap();
        let sealed = seal(&certificate);
        let keys = [[9; 32], public];
        assert_eq!(Certificate::open(&sealed, &keys, Environment::Demo, 99), Ok(certificate.clone()));
        assert_eq!(Certificate::open(&sealed, &keys, Environment::Demo, 100), Err(CertificateError::Ended));
        assert_eq!(
            Certificate::open(&sealed, &keys, Environment::Production, 99),
            Err(CertificateError::Environment { expected: Environment::Production, found: Environment::Demo })
        );
        assert_eq!(Certificate::open(&sealed, &[], Environment::Demo, 99), Err(CertificateError::Envelope(EnvelopeError::Key)));
        let newer = seal(&Certificate { version: 2, ..certificate });
        assert_eq!(Certificate::open(&newer, &keys, Environment::Demo, 99), Err(CertificateError::Encoding));
    }
}
