//! Statements: made, signed and chained in the transaction of what they tell.

use super::{Cx, Entry, Outbox};
use crate::signer::{KeyName, SignError, Signer};
use crate::store::{StatementRow, StoreOp};
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{LaneMessage, Statement, StatementBody};
use consent_protocol::{Digest, Head, StreamId};

impl Outbox {
    /// Appends a statement to a stream's lane and yields its number.
    pub(super) fn state_that<S: Signer>(&mut self, id: StreamId, body: StatementBody, cx: &mut Cx<'_, S>) -> Result<u32, SignError> {
        let stream = self.streams.get_mut(&id).ok_or(SignError::Unknown)?;
        let k = stream.row.lane.n.saturating_add(1);
        let statement = Statement { recipient: stream.row.recipient.clone(), stream: id, k, prev: stream.row.lane.digest, body };
        let payload = LaneMessage::Statement(statement).to_bytes();
        let envelope = seal(cx.signer, Kind::Lane, KeyName::Stream(stream.row.key), payload)?;
        let digest = envelope::sha256(&[&envelope]);
        stream.row.lane = Head { n: k, digest };
        stream.statements.insert(k, Entry { envelope: envelope.clone(), digest, txn: cx.txn });
        cx.ops.push(StoreOp::Statement(StatementRow { stream: id, k, envelope }));
        cx.ops.push(StoreOp::Stream(stream.row.clone()));
        Ok(k)
    }

    /// States the catalog under which rows are coded, unless the stream's newest catalog statement says the same.
    pub(super) fn state_catalog<S: Signer>(&mut self, id: StreamId, digest: Digest, version: u32, cx: &mut Cx<'_, S>) -> Result<u32, SignError> {
        let known = self.streams.get(&id).map(|stream| stream.row.catalog);
        if let Some((k, told)) = known
            && k > 0
            && told == digest
        {
            return Ok(k);
        }
        let k = self.state_that(id, StatementBody::Catalog { digest, version }, cx)?;
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.row.catalog = (k, digest);
            cx.ops.push(StoreOp::Stream(stream.row.clone()));
        }
        Ok(k)
    }
}

/// Signs with one of the car's keys.
pub(super) fn seal<S: Signer>(signer: &S, kind: Kind, key: KeyName, payload: Vec<u8>) -> Result<Vec<u8>, SignError> {
    let public = signer.public(key)?;
    envelope::seal(kind, envelope::key_id(&public), payload, |bytes| signer.sign(key, bytes))
}
