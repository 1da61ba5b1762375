//! What goes down: State, answers, and the challenge of a stream that is not known yet. Composed after the commit.

use crate::engine::{EngineError, Outgoing};
use crate::hand_on::HandOn;
use crate::store::{self, Stream};
use consent_protocol::envelope::{self, ENVELOPE_BYTES_MAX, Kind};
use consent_protocol::lane::{AnswerMessage, State};
use consent_protocol::topic::{Channel, Topic};
use consent_protocol::{Digest, Head, Nonce, StreamId};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rusqlite::{Connection, params};
use sha2::Sha256;

/// Systems that are this receiver itself.
pub(crate) const OWN_SYSTEMS: [&str; 2] = ["store", "handed_on"];
/// Room that a State needs besides the car's own envelope.
const STATE_BYTES_MAX: usize = 8_192;

/// A recipient's voice.
#[derive(Debug)]
pub(crate) struct Voice {
    key: SigningKey,
    key_id: [u8; 8],
}

impl Voice {
    /// From the seed of the acknowledgement key.
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let key_id = envelope::key_id(&key.verifying_key().to_bytes());
        Self { key, key_id }
    }

    /// Signs an answer and addresses it.
    pub(crate) fn say(&self, recipient: &str, stream: StreamId, message: &AnswerMessage) -> Outgoing {
        let sign = |bytes: &[u8]| Ok::<_, std::convert::Infallible>(self.key.sign(bytes).to_bytes());
        let payload = match envelope::seal(Kind::Answer, self.key_id, message.to_bytes(), sign) {
            Ok(payload) => payload,
            Err(never) => match never {},
        };
        Outgoing { topic: Topic::Stream { recipient: recipient.to_owned(), stream, channel: Channel::Answer }.name(), payload }
    }
}

/// The challenge for a stream's Hello: nobody else can say it, and it says nothing once this start is over.
pub(crate) fn challenge(secret: &[u8; 32], recipient: &str, stream: StreamId, nonce: Nonce) -> Digest {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Digest::default() };
    mac.update(recipient.as_bytes());
    mac.update(&[0]);
    mac.update(&stream.0);
    mac.update(&nonce.0);
    Digest(mac.finalize().into_bytes().into())
}

/// What a stream that is not known is told: nothing but the challenge.
pub(crate) fn unknown(recipient: &str, stream: StreamId, nonce: Nonce, challenge: Digest) -> AnswerMessage {
    let (recipient, nowhere) = (recipient.to_owned(), Head::default());
    AnswerMessage::State(State {
        recipient,
        stream,
        nonce,
        challenge,
        lane: nowhere,
        base: nowhere,
        head: nowhere,
        refused: Vec::new(),
        erased_k: 0,
        conflict: None,
    })
}

/// The state of a known stream.
pub(crate) fn known(db: &Connection, stream: &Stream, conflict: Option<Vec<u8>>) -> Result<AnswerMessage, EngineError> {
    Ok(AnswerMessage::State(State {
        recipient: stream.recipient.clone(),
        stream: stream.name,
        nonce: stream.nonce,
        challenge: Digest::default(),
        lane: stream.lane,
        base: stream.base,
        head: stream.head,
        refused: store::refused_above(db, stream.id, stream.base.n)?,
        erased_k: stream.erased_k,
        conflict: conflict.filter(|proof| proof.len() <= ENVELOPE_BYTES_MAX - STATE_BYTES_MAX),
    }))
}

/// Notices of withdrawals by secret that the car has not answered with an end.
pub(crate) fn outside_withdrawals(db: &Connection, stream: &Stream) -> Result<Vec<AnswerMessage>, EngineError> {
    let mut query = db.prepare_cached("SELECT basis, secret FROM ends WHERE stream = ?1 AND secret IS NOT NULL AND k IS NULL")?;
    let rows = query.query_map([stream.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| row.map(|(basis, secret)| outside_withdrawal(stream, basis, secret)).map_err(EngineError::from)).collect()
}

/// The notice of a withdrawal by secret.
pub(crate) fn outside_withdrawal(stream: &Stream, basis: u32, secret: [u8; 32]) -> AnswerMessage {
    AnswerMessage::OutsideWithdrawal { recipient: stream.recipient.clone(), stream: stream.name, basis, secret }
}

/// When the erasure that a stream is still to be told of was complete, Unix milliseconds.
pub(crate) fn owed_erasure(db: &Connection, stream: &Stream) -> Result<Option<i64>, EngineError> {
    let mut query = db.prepare_cached("SELECT CASE WHEN erasure_owed = 1 THEN erased_ms END FROM streams WHERE id = ?1")?;
    Ok(query.query_row(params![stream.id], |row| row.get(0))?)
}

/// Which systems have erased: the store and the handed-on files are this receiver's own; others it cannot look into:
/// that they have erased says `consent-receiver erased`.
pub(crate) fn erasure(stream: &Stream, at_ms: i64, registered: &[(String, Option<i64>)], handed_on: &HandOn) -> AnswerMessage {
    let [store_name, files_name] = OWN_SYSTEMS;
    let mut systems = Vec::from([(store_name.to_owned(), true), (files_name.to_owned(), handed_on.erases())]);
    let others = registered.iter().filter(|(name, _)| !OWN_SYSTEMS.contains(&name.as_str()));
    systems.extend(others.map(|(name, erased_ms)| (name.clone(), erased_ms.is_some_and(|erased_ms| erased_ms >= at_ms))));
    AnswerMessage::Erasure { recipient: stream.recipient.clone(), stream: stream.name, erased_k: stream.erased_k, at_s: at_ms.div_euclid(1_000), systems }
}
