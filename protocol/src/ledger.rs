//! The entries of the ledger: the signed, chained record of what was decided and what became of it.
//!
//! The header is chained and signed and holds only a salted hash of the body. Body and salt are kept apart under the
//! person's key, so that erasing a person leaves a chain that still verifies ("erased").

use crate::envelope::EnvelopeError;
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

/// Verifies a chain from its first entry with the car's ledger key.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn verify_chain<'a>(entries: impl Iterator<Item = &'a Exported>, public: &[u8; 32]) -> Result<ChainReport, ChainError> {
    todo!()
}
