//! Everything that can happen to a gatekeeper: a closed list.

use crate::control::{Peer, Request};
use crate::pin::PinResult;
use crate::store::{DisclosurePage, LedgerRow, LeftWindow, RowId, TxnId};
use consent_core::{SignalId, Value};

/// One offered record; its signal was resolved with `Gatekeeper::signal` of the catalog in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The signal.
    pub signal: SignalId,
    /// The value, already of the signal's datatype.
    pub value: Value,
    /// Source time, Unix milliseconds.
    pub t_ms: i64,
}

/// What a store was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Loaded {
    /// The sealed payload of a row; `None` if the row is gone.
    Payload {
        /// Which row.
        row: RowId,
        /// Its sealed bytes.
        sealed: Option<Vec<u8>>,
    },
    /// Ledger rows for a control request.
    Ledger {
        /// The request's token.
        token: u64,
        /// Rows in ascending order.
        rows: Vec<LedgerRow>,
    },
    /// Payloads for a control request.
    Payloads {
        /// The request's token.
        token: u64,
        /// Those that are there, in the order asked for.
        rows: Vec<(RowId, Vec<u8>)>,
    },
    /// Disclosures for a control request.
    Disclosures {
        /// The request's token.
        token: u64,
        /// Rows with their sealed envelopes.
        page: DisclosurePage,
    },
    /// What left, for a control request.
    Left {
        /// The request's token.
        token: u64,
        /// In the order asked for; none if the store cannot be read.
        windows: Vec<LeftWindow>,
        /// When anything left last, Unix milliseconds.
        last_ms: Option<i64>,
    },
}

/// What happened on the connection to a recipient. `epoch` is that of the [`crate::Command::Connect`] that it belongs to;
/// events of older epochs are ignored.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkEvent {
    /// Connected (MQTT 5, clean start); `room` publishes may be unacknowledged at a time.
    Up {
        /// Window of the connection.
        room: u16,
    },
    /// The connection is gone, and with it everything that was handed over and not acknowledged.
    Down,
    /// The broker took a publish; this frees a slot and proves nothing else.
    Acked {
        /// Handle of the publish.
        handle: u64,
        /// Whether the broker took it and somebody was there to get it.
        taken: bool,
    },
    /// A message came in.
    Message {
        /// Its topic.
        topic: String,
        /// Its payload.
        payload: Vec<u8>,
    },
}

/// Everything that can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Sources offer records, in the order of their arrival.
    Records(Vec<Record>),
    /// A source offered records of a path that the catalog does not have.
    Unknown {
        /// How many.
        records: u64,
    },
    /// Somebody at the control socket (or the page) asks for something.
    Control {
        /// Names the request in [`crate::Command::Respond`].
        token: u64,
        /// Who asks.
        peer: Peer,
        /// What.
        request: Request,
    },
    /// A transaction is on disk, synced.
    Committed {
        /// Which.
        txn: TxnId,
    },
    /// A transaction could not be written; nothing of it is on disk.
    CommitFailed {
        /// Which.
        txn: TxnId,
    },
    /// What [`crate::Command::Load`] asked for.
    Loaded(Loaded),
    /// Something about a connection.
    Link {
        /// The recipient's id.
        recipient: String,
        /// Epoch of the connection.
        epoch: u64,
        /// What.
        event: LinkEvent,
    },
    /// A signed catalog, from the broker or from a file.
    Catalog {
        /// COSE_Sign1.
        envelope: Vec<u8>,
    },
    /// What [`crate::Command::Pin`] asked for.
    Pin {
        /// Its token.
        token: u64,
        /// What became of it.
        result: PinResult,
    },
    /// More stream certificates are there.
    PoolRefilled,
    /// A deadline has come, or nothing did.
    Tick,
    /// Close batches, store, and come to rest: afterwards [`crate::Command::Stopped`].
    Shutdown,
}
