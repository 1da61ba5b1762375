//! Hello and statements up, State and answers down. The rules of their exchange are model-checked; see ARCHITECTURE.md.

use crate::ids::{Digest, Head, Nonce, StreamId};
use alloc::string::String;
use alloc::vec::Vec;
use consent_core::{CategorySet, Ground};
use serde::{Deserialize, Serialize};

/// Most numbered rows open in a stream, voids in an entry, refusals in a State, batches parked.
pub const WINDOW: usize = 32;

/// Up, topic `…/s`: what opens a connection of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The recipient's id; equals the topic's.
    pub recipient: String,
    /// The stream; equals the topic's.
    pub stream: StreamId,
    /// Random, new at each connect.
    pub nonce: Nonce,
    /// The receiver's challenge for this nonce, if it sent one.
    pub echo: Option<Digest>,
    /// Newest statement.
    pub lane: Head,
    /// Last completed batch.
    pub base: Head,
    /// The stream key's certificate.
    pub certificate: Vec<u8>,
}

/// Why a basis ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndKind {
    /// Withdrawn (R9), also by the secret on a receipt (R35).
    Withdrawn,
    /// Ended by its date or event.
    Expired,
    /// Suspended by a material change of the catalog (R15).
    Suspended,
    /// Replaced by a narrower one.
    Narrowed,
    /// Objected (R37).
    Objected,
    /// Restricted (R37).
    Restricted,
}

/// Why numbers will never come although their basis lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidReason {
    /// Dropped for want of room.
    Dropped,
    /// Beyond its age.
    Expired,
    /// The stream was closed.
    Closed,
}

/// What a recipient is told of consent. Numbered from 1 and chained per stream. No person, no cadence, no segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The recipient's id; equals the topic's.
    pub recipient: String,
    /// The stream; equals the topic's.
    pub stream: StreamId,
    /// Number.
    pub k: u32,
    /// Digest of the envelope of statement `k - 1`.
    pub prev: Digest,
    /// What is told.
    pub body: StatementBody,
}

/// The terms of a basis, as the recipient sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasisTerms {
    /// Use id.
    pub use_id: String,
    /// Its revision.
    pub revision: u32,
    /// Digest of its terms in the catalog.
    pub terms: Digest,
    /// Digest of the notice shown; zero if nothing had to be shown.
    pub notice: Digest,
    /// Ground.
    pub ground: Ground,
    /// Tier of precision.
    pub tier: u8,
    /// Categories, by bit of the newest catalog statement.
    pub categories: CategorySet,
    /// Unix seconds of its begin.
    pub from_s: i64,
    /// Unix seconds of its end.
    pub until_s: i64,
    /// SHA-256 of secrets on the receipts of the persons that it rests on, padded with random ones to eight (R35).
    pub commitments: [Digest; 8],
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "short-lived and few; a box would only move the bytes")]
pub enum StatementBody {
    /// From here on the catalog with this digest holds.
    Catalog {
        /// Digest of its postcard bytes.
        digest: Digest,
        /// Its version.
        version: u32,
    },
    /// A basis begins; its name is this statement's number.
    BasisOpened(BasisTerms),
    /// A basis ends.
    BasisEnded {
        /// Number of the statement that opened it.
        basis: u32,
        /// Why.
        kind: EndKind,
        /// Data received on it is to be erased.
        erase: bool,
        /// Numbered batches that will never come.
        voids: Vec<Head>,
    },
    /// Numbered batches that will never come.
    Void {
        /// Which.
        voids: Vec<Head>,
        /// Why.
        reason: VoidReason,
    },
    /// The stream carries no more batches.
    Closed {
        /// Numbered batches that will never come.
        voids: Vec<Head>,
    },
}

/// Up, topic `…/s`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "short-lived and few; a box would only move the bytes")]
pub enum LaneMessage {
    /// Opens a connection of a stream.
    Hello(Hello),
    /// Tells of consent.
    Statement(Statement),
}

/// Why a receiver refused a batch whose signature and chain hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// Basis unknown to the lane or of another use.
    Basis,
    /// A value lies outside the basis' time.
    Time,
    /// A signal that the use does not cover, or of an excluded category.
    Coverage,
    /// Finer than the tier.
    Tier,
    /// The body cannot be decoded.
    Body,
    /// The catalog is not known to the receiver.
    Catalog,
}

/// A refused batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Which.
    pub batch: Head,
    /// Why.
    pub reason: RefusalReason,
}

/// Down, topic `…/a`: the receiver's signed acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The recipient's id; equals the topic's.
    pub recipient: String,
    /// The stream; equals the topic's.
    pub stream: StreamId,
    /// Echo of the last Hello's nonce.
    pub nonce: Nonce,
    /// For the car to echo, if the receiver does not know the stream; else zero.
    pub challenge: Digest,
    /// Newest statement applied.
    pub lane: Head,
    /// Base of the last Hello.
    pub base: Head,
    /// Newest batch decided.
    pub head: Head,
    /// Refused batches between base and head.
    pub refused: Vec<Refused>,
    /// Erased, handed-on copies too, for ends up to this statement.
    pub erased_k: u32,
    /// The car's own envelope that contradicts what it sends now.
    pub conflict: Option<Vec<u8>>,
}

/// Most bases that one use report speaks of: the newest.
pub const REPORT_BASES_MAX: usize = 32;
/// Most derived values of a basis.
pub const REPORT_DERIVED_MAX: usize = 16;
/// Longest text of a use report, bytes.
pub const REPORT_TEXT_MAX: usize = 160;

/// What a recipient says of what came in on one basis, so that the car can show it to the person whose basis it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasisReport {
    /// Number of the statement that opened it.
    pub basis: u32,
    /// Rows of data held.
    pub held: u32,
    /// Unix seconds when the oldest of them came in; `None` if nothing is held.
    pub held_since_s: Option<i64>,
    /// Rows deleted, by retention and by erasure.
    pub deleted: u32,
    /// Unix seconds of the last deletion.
    pub deleted_s: Option<i64>,
    /// What is derived from the rows held: what of, and the value with its unit in the recipient's words.
    pub derived: Vec<(String, String)>,
}

/// A use report (R42): what a recipient holds of a stream, derived from it, did with it and deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The recipient's id; equals the topic's.
    pub recipient: String,
    /// The stream; equals the topic's.
    pub stream: StreamId,
    /// Unix seconds when it was made.
    pub at_s: i64,
    /// By basis, the newest last, at most [`REPORT_BASES_MAX`].
    pub bases: Vec<BasisReport>,
    /// Unix seconds when the data was used last; `None` if it was not, or the recipient does not say.
    pub last_used_s: Option<i64>,
    /// What for, in the recipient's words; empty if it does not say.
    pub used_for: String,
    /// The benefit that was delivered, in the recipient's words; empty if it does not say.
    pub benefit: String,
}

impl Report {
    /// Whether it keeps to the limits.
    pub fn is_bounded(&self) -> bool {
        let short = |text: &String| text.len() <= REPORT_TEXT_MAX;
        let derived = |basis: &BasisReport| basis.derived.len() <= REPORT_DERIVED_MAX && basis.derived.iter().all(|(of, value)| short(of) && short(value));
        self.bases.len() <= REPORT_BASES_MAX && self.bases.iter().all(derived) && short(&self.used_for) && short(&self.benefit)
    }
}

/// Down, topic `…/a`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnswerMessage {
    /// Acknowledgement.
    State(State),
    /// A person ended a basis at the recipient with the secret of a receipt (R35).
    OutsideWithdrawal {
        /// The recipient's id; equals the topic's.
        recipient: String,
        /// The stream; equals the topic's.
        stream: StreamId,
        /// The basis.
        basis: u32,
        /// The secret whose SHA-256 is one of the commitments: the car checks it.
        secret: [u8; 32],
    },
    /// Which systems have erased (R45).
    Erasure {
        /// The recipient's id; equals the topic's.
        recipient: String,
        /// The stream; equals the topic's.
        stream: StreamId,
        /// For ends up to this statement.
        erased_k: u32,
        /// Unix seconds.
        at_s: i64,
        /// System name, and whether it has erased.
        systems: Vec<(String, bool)>,
    },
    /// What the recipient holds, derived, did and deleted (R42).
    Report(Report),
}

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a lane message of version 1")]
pub struct DecodeError;

macro_rules! codec {
    ($($name:ident),+) => {$(
        impl $name {
            /// The payload bytes: version 1, then postcard.
            pub fn to_bytes(&self) -> Vec<u8> {
                postcard::to_extend(self, alloc::vec![1_u8]).unwrap_or_default()
            }

            /// Reads payload bytes; trailing bytes and other spellings are an error.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
                let [1, rest @ ..] = bytes else { return Err(DecodeError) };
                match postcard::take_from_bytes::<Self>(rest) {
                    Ok((message, [])) if message.to_bytes() == bytes => Ok(message),
                    Ok(_) | Err(_) => Err(DecodeError),
                }
            }
        }
    )+};
}
codec!(LaneMessage, AnswerMessage);
