//! What is let in: signature, certificate, form, and that a message says of itself what its topic says.

use crate::batches::Incoming;
use crate::engine::EngineConfig;
use crate::lane::{Told, well_formed};
use consent_protocol::StreamId;
use consent_protocol::batch::Batch;
use consent_protocol::cert::Certificate;
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{Hello, LaneMessage};

/// A message of the lane whose signature held.
#[derive(Clone, Debug)]
pub(crate) enum Admitted {
    Hello(Hello),
    Told(Box<Told>),
}

/// A batch of a known stream.
pub(crate) fn batch(recipient: &str, stream: StreamId, bytes: &[u8], public: &[u8; 32]) -> Option<Incoming> {
    let payload = envelope::open(Kind::Batch, bytes, public).ok()?;
    let batch = Batch::from_bytes(&payload).ok()?;
    (batch.recipient == recipient && batch.stream == stream && batch.n > 0).then(|| Incoming {
        batch,
        digest: envelope::sha256(&[bytes]),
        envelope: bytes.to_vec(),
    })
}

/// A Hello or statement of a known stream.
pub(crate) fn lane(recipient: &str, stream: StreamId, bytes: &[u8], public: &[u8; 32]) -> Option<Admitted> {
    let payload = envelope::open(Kind::Lane, bytes, public).ok()?;
    match LaneMessage::from_bytes(&payload).ok()? {
        LaneMessage::Hello(hello) => (hello.recipient == recipient && hello.stream == stream).then_some(Admitted::Hello(hello)),
        LaneMessage::Statement(statement) => {
            let fits = statement.recipient == recipient && statement.stream == stream && well_formed(&statement);
            fits.then(|| Admitted::Told(Box::new(Told { statement, digest: envelope::sha256(&[bytes]), envelope: bytes.to_vec() })))
        }
    }
}

/// Whether it claims to be a statement; nothing is verified.
pub(crate) fn is_statement(bytes: &[u8]) -> bool {
    envelope::peek(bytes).is_ok_and(|(_, payload)| matches!(LaneMessage::from_bytes(&payload), Ok(LaneMessage::Statement(_))))
}

/// A Hello of a stream that is not known: its certificate must hold. Yields it with the stream's key.
pub(crate) fn stranger(recipient: &str, stream: StreamId, bytes: &[u8], config: &EngineConfig, now_s: u64) -> Option<(Hello, [u8; 32])> {
    let (_, payload) = envelope::peek(bytes).ok()?;
    let Ok(LaneMessage::Hello(claimed)) = LaneMessage::from_bytes(&payload) else { return None };
    let certificate = Certificate::open(&claimed.certificate, &config.authorities, config.environment, now_s);
    let public = match certificate {
        Ok(certificate) => certificate.public,
        Err(error) => {
            tracing::warn!(%error, %stream, "certificate does not hold");
            return None;
        }
    };
    match lane(recipient, stream, bytes, &public)? {
        Admitted::Hello(hello) => Some((hello, public)),
        Admitted::Told(_) => None,
    }
}
