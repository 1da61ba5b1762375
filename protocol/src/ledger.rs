//! The entries of the ledger: the signed, chained record of what was decided and what became of it.
//!
//! The header is chained and signed and holds only a salted hash of the body. Body and salt are kept apart under the
//! person's key, so that erasing a person leaves a chain that still verifies ("erased").

use crate::envelope::{self, EnvelopeError, Kind};
use crate::ids::Digest;
use alloc::string::String;
use alloc::vec::Vec;
use consent_core::{Assurance, CategorySet, ClockTrust, DrivingState, Ground};
use serde::{Deserialize, Serialize};

/// What is signed of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// 1.
    pub version: u8,
    /// From 1.
    pub seq: u64,
    /// Digest of the previous header's envelope; zero before the first.
    pub prev: Digest,
    /// Unix milliseconds.
    pub wall_ms: i64,
    /// Whether that time could be trusted.
    pub clock: ClockTrust,
    /// Which kind of entry.
    pub kind: EntryKind,
    /// SHA-256(salt ‖ body).
    pub body: Digest,
}

/// The kinds of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A change of a standing.
    Consent,
    /// A catalog came into force.
    Catalog,
    /// The agent started.
    Boot,
    /// A theft state began or ended (R25).
    Theft,
    /// An erasure, a wipe, a take-over (R20, R50).
    Erasure,
    /// What a recipient answered to an end.
    Answer,
    /// A state that people should know of: store failed, rolled back.
    Notice,
}

/// Who decided (R36).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// On the car's screen.
    Screen,
    /// With an enrolled phone.
    Phone,
    /// An operator, in the demo environment only.
    Operator,
    /// With the secret of a receipt at the recipient (R35).
    Receipt,
    /// The gatekeeper itself: expiry, suspension.
    Gatekeeper,
}

/// What happened to a standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentAction {
    /// Asked; kept on board only.
    Requested,
    /// Put off by the person.
    Deferred,
    /// Given.
    Given,
    /// Renewed on the same or narrower terms.
    Renewed,
    /// Refused.
    Refused,
    /// Withdrawn.
    Withdrawn,
    /// Ended by its date.
    Expired,
    /// Ended with its trip.
    TripEnded,
    /// Suspended by a material change.
    Suspended,
    /// Narrowed: finer tier or category given up.
    Narrowed,
    /// Objected.
    Objected,
    /// Restricted.
    Restricted,
    /// Objection or restriction lifted.
    Lifted,
    /// Paused.
    Paused,
    /// Resumed.
    Resumed,
    /// Stopped by an occupant for this trip.
    StoppedByOccupant,
    /// A batch review was sent.
    ReviewSent,
    /// A batch review was destroyed, by the person or by time.
    ReviewDestroyed,
}

/// How long a consent lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    /// Until a date, at most a year away.
    Until,
    /// Until the trip ends.
    Trip,
    /// Confirmed each time.
    EachTime,
}

/// One change of a standing: the source of receipts (ISO/IEC TS 27560).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentEvent {
    /// UUIDv4 of the consent record.
    pub record: [u8; 16],
    /// The person, by their id on this car; empty for an occupant who has no profile.
    pub person: String,
    /// Use id; empty if it concerns all.
    pub use_id: String,
    /// Its revision.
    pub revision: u32,
    /// Digest of its terms.
    pub terms: Digest,
    /// What happened.
    pub action: ConsentAction,
    /// Ground of the use.
    pub ground: Ground,
    /// Tier.
    pub tier: u8,
    /// Categories by bit of the catalog in force.
    pub categories: CategorySet,
    /// Digest of the catalog in force, which gives tier and categories their meaning.
    pub catalog: Digest,
    /// Begin, Unix milliseconds.
    pub from_ms: i64,
    /// End, Unix milliseconds.
    pub until_ms: i64,
    /// How long it lasts.
    pub cadence: Cadence,
    /// Who decided, as a name of the actor on this car ("driver", "occupant", "operator", "gatekeeper").
    pub actor: String,
    /// By which means.
    pub method: Method,
    /// With what assurance.
    pub assurance: Assurance,
    /// Language of the text shown.
    pub language: String,
    /// Digest of the text shown.
    pub text: Digest,
    /// What the car was doing.
    pub driving: DrivingState,
    /// SHA-256 of the secret on the receipt.
    pub commitment: Digest,
}

/// The body of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "short-lived and few; a box would only move the bytes")]
pub enum Body {
    /// A change of a standing.
    Consent(ConsentEvent),
    /// A catalog came into force.
    Catalog {
        /// Its digest.
        digest: Digest,
        /// Its version.
        version: u32,
        /// Uses whose consent it suspended.
        suspended: Vec<String>,
    },
    /// The agent started.
    Boot {
        /// Boot number.
        boot: u32,
        /// Whether the last run ended in order.
        clean: bool,
    },
    /// A theft state.
    Theft {
        /// Whether it began.
        begins: bool,
        /// Unix milliseconds of its end.
        until_ms: i64,
    },
    /// An erasure.
    Erasure {
        /// What was erased, in words.
        scope: String,
    },
    /// What a recipient answered to an end.
    Answer {
        /// The recipient.
        recipient: String,
        /// Use id.
        use_id: String,
        /// How many systems have erased.
        erased: u32,
        /// Of how many.
        systems: u32,
    },
    /// A notice, in words.
    Notice {
        /// The words.
        text: String,
    },
}

/// What a check of the chain found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainReport {
    /// Entries whose chain and signature hold.
    pub entries: u64,
    /// Of them with a body that fits its hash.
    pub bodies: u64,
    /// Of them erased or not shown.
    pub erased: u64,
}

/// Where a chain breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The envelope does not hold.
    #[error("entry {seq}: {error}")]
    Envelope {
        /// Which entry.
        seq: u64,
        /// Why.
        error: EnvelopeError,
    },
    /// Not the encoding of a header.
    #[error("entry {seq}: not a ledger header of version 1")]
    Encoding {
        /// Which entry.
        seq: u64,
    },
    /// Number or previous digest does not follow.
    #[error("entry {seq}: does not follow its predecessor")]
    Order {
        /// Which entry.
        seq: u64,
    },
    /// The body does not fit its hash.
    #[error("entry {seq}: body does not fit its hash")]
    Body {
        /// Which entry.
        seq: u64,
    },
}

/// One entry as it is exported: the signed header, and salt and body where they may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// COSE_Sign1 of the header.
    pub envelope: Vec<u8>,
    /// Salt and postcard body.
    pub body: Option<([u8; 16], Vec<u8>)>,
}

/// Why bytes are no header or body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ledger header or body of version 1")]
pub struct DecodeError;

impl Header {
    /// The header of the entry after `prev` (zero digest and `seq` 1 for the first) with this body.
    pub fn new(seq: u64, prev: Digest, (wall_ms, clock): (i64, ClockTrust), salt: &[u8; 16], body: &Body) -> Self {
        Self { version: 1, seq, prev, wall_ms, clock, kind: body.kind(), body: body_digest(salt, &body.to_bytes()) }
    }

    /// The payload bytes: postcard, of which the first byte is the version.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads payload bytes; trailing bytes and other spellings are an error.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        match postcard::take_from_bytes::<Self>(bytes) {
            Ok((header, [])) if header.version == 1 && header.to_bytes() == bytes => Ok(header),
            Ok(_) | Err(_) => Err(DecodeError),
        }
    }
}

impl Body {
    /// Its kind, which stands in the header.
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::Consent(_) => EntryKind::Consent,
            Self::Catalog { .. } => EntryKind::Catalog,
            Self::Boot { .. } => EntryKind::Boot,
            Self::Theft { .. } => EntryKind::Theft,
            Self::Erasure { .. } => EntryKind::Erasure,
            Self::Answer { .. } => EntryKind::Answer,
            Self::Notice { .. } => EntryKind::Notice,
        }
    }

    /// The bytes that are hashed: version 1, then postcard.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_extend(self, alloc::vec![1_u8]).unwrap_or_default()
    }

    /// Reads the bytes; trailing bytes and other spellings are an error.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let [1, rest @ ..] = bytes else { return Err(DecodeError) };
        match postcard::take_from_bytes::<Self>(rest) {
            Ok((body, [])) if body.to_bytes() == bytes => Ok(body),
            Ok(_) | Err(_) => Err(DecodeError),
        }
    }
}

/// What the header says of its body: SHA-256(salt ‖ body).
pub fn body_digest(salt: &[u8; 16], body: &[u8]) -> Digest {
    envelope::sha256(&[salt, body])
}

/// Signs a header with the car's ledger key; the digest of the envelope is the next header's `prev`.
pub fn seal_entry<E>(header: &Header, key_id: [u8; 8], sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>) -> Result<Vec<u8>, E> {
    envelope::seal(Kind::Ledger, key_id, header.to_bytes(), sign)
}

/// Verifies a chain from its first entry with the car's ledger key.
///
/// A chain that was cut at its end still holds: whoever has a receipt knows a number and digest that must stand in it.
pub fn verify_chain<'a>(entries: impl Iterator<Item = &'a Exported>, public: &[u8; 32]) -> Result<ChainReport, ChainError> {
    let mut report = ChainReport::default();
    let mut prev = Digest::default();
    for entry in entries {
        let seq = report.entries.saturating_add(1);
        verify_entry(entry, seq, prev, public)?;
        report.entries = seq;
        let count = if entry.body.is_some() { &mut report.bodies } else { &mut report.erased };
        *count = count.saturating_add(1);
        prev = envelope::sha256(&[&entry.envelope]);
    }
    Ok(report)
}

fn verify_entry(entry: &Exported, seq: u64, prev: Digest, public: &[u8; 32]) -> Result<(), ChainError> {
    let payload = envelope::open(Kind::Ledger, &entry.envelope, public).map_err(|error| ChainError::Envelope { seq, error })?;
    let header = Header::from_bytes(&payload).map_err(|DecodeError| ChainError::Encoding { seq })?;
    if header.seq != seq || header.prev != prev {
        return Err(ChainError::Order { seq });
    }
    if let Some((salt, bytes)) = &entry.body {
        let kind = Body::from_bytes(bytes).map(|body| body.kind()).map_err(|DecodeError| ChainError::Body { seq })?;
        if body_digest(salt, bytes) != header.body || kind != header.kind {
            return Err(ChainError::Body { seq });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;
    use ed25519_dalek::{Signer, SigningKey};

    fn chain(key: &SigningKey) -> Vec<Exported> {
        let mut prev = Digest::default();
        (1..=4_u32)
            .map(|n| {
                let body = if n == 1 { Body::Boot { boot: 1, clean: true } } else { Body::Notice { text: n.to_string() } };
                let salt = [u8::try_from(n).unwrap(); 16];
                let header = Header::new(u64::from(n), prev, (i64::from(n), ClockTrust::Trusted), &salt, &body);
                let key_id = envelope::key_id(&key.verifying_key().to_bytes());
                let envelope = seal_entry(&header, key_id, |bytes| Ok::<_, ()>(key.sign(bytes).to_bytes())).unwrap();
                prev = envelope::sha256(&[&envelope]);
                Exported { envelope, body: Some((salt, body.to_bytes())) }
            })
            .collect()
    }

    fn verify(entries: &[Exported]) -> Result<ChainReport, ChainError> {
        verify_chain(entries.iter(), &SigningKey::from_bytes(&[4; 32]).verifying_key().to_bytes())
    }

    #[test]
    fn a_chain_verifies_after_a_person_is_erased() {
        let mut entries = chain(&SigningKey::from_bytes(&[4; 32]));
        assert_eq!(verify(&entries), Ok(ChainReport { entries: 4, bodies: 4, erased: 0 }));
        entries[2].body = None;
        assert_eq!(verify(&entries), Ok(ChainReport { entries: 4, bodies: 3, erased: 1 }));
        assert_eq!(verify(&[]), Ok(ChainReport::default()));
    }

    #[test]
    fn a_chain_shows_where_it_was_touched() {
        let entries = chain(&SigningKey::from_bytes(&[4; 32]));
        let without_second = [&entries[..1], &entries[2..]].concat();
        assert_eq!(verify(&without_second), Err(ChainError::Order { seq: 2 }));
        assert_eq!(verify(&entries[1..]), Err(ChainError::Order { seq: 1 }));
        let mut other_body = entries.clone();
        other_body[3].body = entries[2].body.clone();
        assert_eq!(verify(&other_body), Err(ChainError::Body { seq: 4 }));
        let mut other_bytes = entries.clone();
        other_bytes[1].envelope[40] ^= 1;
        assert_eq!(verify(&other_bytes), Err(ChainError::Envelope { seq: 2, error: EnvelopeError::Signature }));
        let strange = chain(&SigningKey::from_bytes(&[6; 32]));
        assert_eq!(verify(&strange), Err(ChainError::Envelope { seq: 1, error: EnvelopeError::Key }));
        let other_kind = vec![Exported { envelope: entries[0].envelope.clone(), body: Some(([1; 16], vec![1, 6, 0])) }];
        assert_eq!(verify(&other_kind), Err(ChainError::Body { seq: 1 }));
    }
}
