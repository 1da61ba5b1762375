//! A batch: released rows of one basis, numbered, chained and signed.

use crate::ids::{Digest, StreamId};
use alloc::string::String;
use alloc::vec::Vec;
use consent_core::{ClockTrust, Released, ReleasedValue, SignalId};
use serde::{Deserialize, Serialize};

/// Most rows of a batch.
pub const ROWS_MAX: usize = 1 << 16;

/// One row of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Signal in the catalog of the newest catalog statement ≤ `needs`.
    pub signal: SignalId,
    /// Stamp, Unix milliseconds.
    pub t_ms: i64,
    /// Value.
    pub value: ReleasedValue,
}

impl From<Released> for Row {
    fn from(released: Released) -> Self {
        Self { signal: released.signal(), t_ms: released.t_ms(), value: released.into_value() }
    }
}

/// A batch as it is signed. Everything but `n`, `prev` and `needs` is fixed when it closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The recipient's id; equals the topic's.
    pub recipient: String,
    /// The stream; equals the topic's.
    pub stream: StreamId,
    /// Number in the stream, from 1, over all boots.
    pub n: u32,
    /// Digest of the envelope of batch `n - 1`, sent or void; zero before the first.
    pub prev: Digest,
    /// The basis: number of the statement that opened it.
    pub basis: u32,
    /// Highest statement that it rests on.
    pub needs: u32,
    /// So that its digest tells nothing of data that was purged.
    pub random: [u8; 16],
    /// Whether the car trusted its clock while recording.
    pub clock: ClockTrust,
    /// Rows in the body.
    pub records: u32,
    /// Decisions that they merge.
    pub decisions: u32,
    /// How the body is coded: see [`crate::coder`].
    pub coder: u8,
    /// The coded rows.
    pub body: Vec<u8>,
}

/// Why bytes are no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a batch of version 1")]
pub struct DecodeError;

impl Batch {
    /// The payload bytes: version 1, then postcard.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_extend(self, alloc::vec![1_u8]).unwrap_or_default()
    }

    /// Reads payload bytes; trailing bytes and other spellings are an error. The body is not looked at.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let [1, rest @ ..] = bytes else { return Err(DecodeError) };
        match postcard::take_from_bytes::<Self>(rest) {
            Ok((batch, [])) if batch.to_bytes() == bytes => Ok(batch),
            Ok(_) | Err(_) => Err(DecodeError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{self, Kind};

    #[test]
    fn header_chain_and_signature_take_at_most_224_bytes() {
        for body_len in [0, 200, 4_096, 70_000] {
            let batch = Batch {
                recipient: "r".repeat(24),
                stream: StreamId([1; 16]),
                n: u32::MAX,
                prev: Digest([2; 32]),
                basis: u32::MAX,
                needs: u32::MAX,
                random: [3; 16],
                clock: ClockTrust::Trusted,
                records: u32::MAX,
                decisions: u32::MAX,
                coder: u8::MAX,
                body: alloc::vec![4; body_len],
            };
            let payload = batch.to_bytes();
            assert_eq!(Batch::from_bytes(&payload), Ok(batch));
            let sealed = envelope::seal(Kind::Batch, [0; 8], payload, |_| Ok::<_, ()>([0; 64])).unwrap();
            assert!(sealed.len() - body_len <= 224, "{} bytes besides a body of {body_len}", sealed.len() - body_len);
        }
    }

    #[test]
    fn a_batch_has_one_spelling() {
        let batch = Batch {
            recipient: "oem".into(),
            stream: StreamId::default(),
            n: 1,
            prev: Digest::default(),
            basis: 2,
            needs: 2,
            random: [0; 16],
            clock: ClockTrust::Untrusted,
            records: 0,
            decisions: 0,
            coder: 0,
            body: alloc::vec![0],
        };
        let bytes = batch.to_bytes();
        assert_eq!(Batch::from_bytes(&[&bytes[..], &[0]].concat()), Err(DecodeError));
        assert_eq!(Batch::from_bytes(&[&[2], &bytes[1..]].concat()), Err(DecodeError));
        assert_eq!(Batch::from_bytes(&[&[1, 0x83, 0x00], &bytes[2..]].concat()), Err(DecodeError));
        assert_eq!(Batch::from_bytes(&bytes[..bytes.len() - 1]), Err(DecodeError));
    }
}
