//! Everything that a gatekeeper asks its shell to do: a closed list, to be carried out in order.

use crate::control::Response;
use crate::event::Loaded;
use crate::pin::PinJob;
use crate::store::{DisclosurePage, DisclosureQuery, RowId, StoreOp, TxnId};

/// How a transaction is to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// With others, within 20 ms or 64 rows.
    #[default]
    Group,
    /// At once, ahead of the group that is being collected (but after every transaction handed over before it).
    Now,
    /// The same; and where the disk is full, in the space that is set aside for ends of consent. Nothing else may use that up.
    End,
}

/// What to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// The sealed payload of a row.
    Payload {
        /// Which row.
        row: RowId,
    },
    /// Ledger rows from a number on.
    Ledger {
        /// The request's token.
        token: u64,
        /// First number.
        from: u64,
        /// At most so many.
        count: u32,
    },
    /// The sealed payloads of several rows.
    Payloads {
        /// The request's token.
        token: u64,
        /// Which rows.
        rows: Vec<RowId>,
    },
    /// Disclosures, newest first.
    Disclosures {
        /// The request's token.
        token: u64,
        /// Which.
        query: DisclosureQuery,
    },
    /// What left since each of these times, summed up: no payload is read.
    Left {
        /// The request's token.
        token: u64,
        /// The times, Unix milliseconds.
        since_ms: Vec<i64>,
    },
}

impl Load {
    /// What a store answers that cannot be read: that there is nothing.
    pub fn nothing(&self) -> Loaded {
        match self {
            Self::Payload { row } => Loaded::Payload { row: *row, sealed: None },
            Self::Ledger { token, .. } => Loaded::Ledger { token: *token, rows: Vec::new() },
            Self::Payloads { token, .. } => Loaded::Payloads { token: *token, rows: Vec::new() },
            Self::Disclosures { token, .. } => Loaded::Disclosures { token: *token, page: DisclosurePage::default() },
            Self::Left { token, .. } => Loaded::Left { token: *token, windows: Vec::new(), last_ms: None },
        }
    }
}

/// Everything that a gatekeeper asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Write a transaction, whole and synced, in the order of these commands; then tell.
    Commit {
        /// Names it.
        txn: TxnId,
        /// How soon.
        urgency: Urgency,
        /// What.
        ops: Vec<StoreOp>,
    },
    /// Read something, as of all transactions handed over before.
    Load(Load),
    /// Open a connection to a recipient: clean start, no will, random client id.
    Connect {
        /// The recipient's id.
        recipient: String,
        /// Epoch of this connection; anything of an older epoch is dropped.
        epoch: u64,
    },
    /// Subscribe on the connection (QoS 1).
    Subscribe {
        /// The recipient's id.
        recipient: String,
        /// Epoch of the connection.
        epoch: u64,
        /// Topic name, no wildcard.
        topic: String,
    },
    /// Hand over a publish (QoS 1, not retained). Never more than the connection's room at a time.
    Publish {
        /// The recipient's id.
        recipient: String,
        /// Epoch of the connection: a publish of an older epoch must not reach the socket.
        epoch: u64,
        /// Names it in [`crate::event::LinkEvent::Acked`].
        handle: u64,
        /// Topic name.
        topic: String,
        /// Payload.
        payload: Vec<u8>,
    },
    /// Drop the connection at once, with all that it holds: something it holds must not leave.
    Cut {
        /// The recipient's id.
        recipient: String,
        /// Epoch of the connection.
        epoch: u64,
    },
    /// End the connection in order; nothing is owed.
    Disconnect {
        /// The recipient's id.
        recipient: String,
        /// Epoch of the connection.
        epoch: u64,
    },
    /// Answer a control request.
    Respond {
        /// Its token.
        token: u64,
        /// The answer.
        response: Response,
    },
    /// Hash a PIN, or compare it with a hash, beside this state machine: it takes long on purpose. Then tell.
    Pin(PinJob),
    /// A catalog came into force: resolve paths anew.
    CatalogChanged,
    /// The pool of stream certificates is below a quarter: refill it.
    RefillPool,
    /// Everything is stored and at rest.
    Stopped,
}
