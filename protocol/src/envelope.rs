//! COSE_Sign1 (RFC 9052) around everything that is signed: tagged, payload embedded, EdDSA and key id protected,
//! `external_aad` = `cg/1/` + kind, so that a signature for one purpose is worth nothing for another.

use crate::ids::Digest;
use alloc::vec::Vec;
use coset::{CoseSign1, CoseSign1Builder, Header, HeaderBuilder, ProtectedHeader, TaggedCborSerializable as _, iana};
use ed25519_dalek::{Signature, VerifyingKey};
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
    for part in parts {
        hash.update(part);
    }
    Digest(hash.finalize().into())
}

/// Key id: the first 8 bytes of SHA-256 of the public key.
pub fn key_id(public: &[u8; 32]) -> [u8; 8] {
    sha256(&[public]).0.first_chunk().copied().unwrap_or_default()
}

/// Signs a payload; `sign` gets the bytes to be signed (RFC 9052 `Sig_structure`).
///
/// Whoever makes payloads keeps them small enough: [`open`] refuses an envelope beyond [`ENVELOPE_BYTES_MAX`].
pub fn seal<E>(kind: Kind, key_id: [u8; 8], payload: Vec<u8>, sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>) -> Result<Vec<u8>, E> {
    let signed = CoseSign1Builder::new()
        .protected(protected(key_id))
        .payload(payload)
        .try_create_signature(kind.aad(), |to_be_signed| sign(to_be_signed).map(|signature| signature.to_vec()))?
        .build();
    Ok(signed.to_tagged_vec().unwrap_or_default())
}

/// Verifies an envelope strictly and yields its payload.
pub fn open(kind: Kind, envelope: &[u8], public: &[u8; 32]) -> Result<Vec<u8>, EnvelopeError> {
    let (found, sign1) = parse(envelope)?;
    if found != key_id(public) {
        return Err(EnvelopeError::Key);
    }
    let key = VerifyingKey::from_bytes(public).map_err(|_| EnvelopeError::Key)?;
    sign1.verify_signature(kind.aad(), |signature, to_be_signed| {
        let signature = Signature::from_slice(signature).map_err(|_| EnvelopeError::Form)?;
        key.verify_strict(to_be_signed, &signature).map_err(|_| EnvelopeError::Signature)
    })?;
    sign1.payload.ok_or(EnvelopeError::Form)
}

/// The payload and key id of an envelope whose signature was not looked at: only for our own stored envelopes, and to find
/// out which key to ask for.
pub fn peek(envelope: &[u8]) -> Result<([u8; 8], Vec<u8>), EnvelopeError> {
    let (key_id, sign1) = parse(envelope)?;
    sign1.payload.map(|payload| (key_id, payload)).ok_or(EnvelopeError::Form)
}

fn protected(key_id: [u8; 8]) -> Header {
    HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(key_id.to_vec()).build()
}

/// Everything before the payload, save the key id: tag 18, array of 4, 13 bytes `{1: -8, 4: key id}`, and after it an empty map.
const START: [u8; 8] = [0xd2, 0x84, 0x4d, 0xa2, 0x01, 0x27, 0x04, 0x48];

/// Reads the one form that [`seal`] makes. What is not signed (lengths, unprotected header) has one spelling only: whoever
/// carries an envelope cannot give it another digest, which would look like a fork.
fn parse(envelope: &[u8]) -> Result<([u8; 8], CoseSign1), EnvelopeError> {
    if envelope.len() > ENVELOPE_BYTES_MAX {
        return Err(EnvelopeError::TooLarge);
    }
    let rest = envelope.strip_prefix(&START).ok_or(EnvelopeError::Form)?;
    let (key_id, rest) = rest.split_first_chunk::<8>().ok_or(EnvelopeError::Form)?;
    // A map that is empty and a byte string; anything else could make the parser below build what nobody wants.
    let [0xa0, 0x40..=0x5b, ..] = rest else { return Err(EnvelopeError::Form) };
    let sign1 = CoseSign1::from_tagged_slice(envelope).map_err(|_| EnvelopeError::Form)?;
    let same = CoseSign1 { protected: ProtectedHeader { original_data: None, header: protected(*key_id) }, unprotected: Header::default(), ..sign1 };
    match same.clone().to_tagged_vec() {
        Ok(bytes) if bytes == envelope && same.signature.len() == 64 => Ok((*key_id, same)),
        Ok(_) | Err(_) => Err(EnvelopeError::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    fn sealed(kind: Kind, key: &SigningKey, payload: &[u8]) -> Vec<u8> {
        seal(kind, key_id(&key.verifying_key().to_bytes()), payload.to_vec(), |bytes| Ok::<_, ()>(key.sign(bytes).to_bytes())).unwrap()
    }

    const KINDS: [Kind; 6] = [Kind::Batch, Kind::Lane, Kind::Answer, Kind::Catalog, Kind::Certificate, Kind::Ledger];

    #[test]
    fn what_is_sealed_opens_for_its_kind_and_key_alone() {
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]).verifying_key().to_bytes());
        let public = key.verifying_key().to_bytes();
        for kind in KINDS {
            let envelope = sealed(kind, &key, b"payload");
            for as_kind in KINDS {
                let expected = if kind == as_kind { Ok(b"payload".to_vec()) } else { Err(EnvelopeError::Signature) };
                assert_eq!(open(as_kind, &envelope, &public), expected);
            }
            assert_eq!(open(kind, &envelope, &other), Err(EnvelopeError::Key));
            assert_eq!(peek(&envelope), Ok((key_id(&public), b"payload".to_vec())));
        }
    }

    #[test]
    fn an_envelope_has_one_spelling() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let envelope = sealed(Kind::Batch, &key, b"payload");
        let public = key.verifying_key().to_bytes();
        let mut longer_length = envelope.clone();
        longer_length.splice(17..18, [0x58, 7]);
        let mut unprotected = envelope.clone();
        unprotected.splice(16..17, [0xa1, 0x04, 0x41, 0x00]);
        let untagged = envelope[1..].to_vec();
        let trailing = [envelope.as_slice(), &[0]].concat();
        let mut no_payload = envelope.clone();
        no_payload.splice(17..25, [0xf6]);
        for bytes in [longer_length, unprotected, untagged, trailing, no_payload, Vec::new()] {
            assert_eq!(open(Kind::Batch, &bytes, &public), Err(EnvelopeError::Form));
        }
        assert_eq!(open(Kind::Batch, &alloc::vec![0; ENVELOPE_BYTES_MAX + 1], &public), Err(EnvelopeError::TooLarge));
    }

    #[test]
    fn a_weak_key_signs_nothing() {
        let identity = {
            let mut point = [0; 32];
            point[0] = 1;
            point
        };
        let signature = {
            let mut bytes = [0; 64];
            bytes[0] = 1;
            bytes
        };
        let envelope = seal(Kind::Batch, key_id(&identity), b"any".to_vec(), |_| Ok::<_, ()>(signature)).unwrap();
        assert_eq!(open(Kind::Batch, &envelope, &identity), Err(EnvelopeError::Signature));
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_noticed(payload in proptest::collection::vec(any::<u8>(), 0..300), at in any::<proptest::sample::Index>(), bit in 0..8_u32) {
            let key = SigningKey::from_bytes(&[3; 32]);
            let mut envelope = sealed(Kind::Lane, &key, &payload);
            let at = at.index(envelope.len());
            envelope[at] ^= 1 << bit;
            prop_assert!(open(Kind::Lane, &envelope, &key.verifying_key().to_bytes()).is_err());
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(peek(&bytes).is_err());
            prop_assert!(peek(&[&START[..], &bytes].concat()).is_err() || bytes.len() > 70);
        }
    }
}
