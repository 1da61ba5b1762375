//! Connections as the outbox sees them: one per recipient, and what was said on it for each stream.

use crate::store::RowId;
use consent_protocol::{Digest, Nonce, StreamId};
use std::collections::BTreeMap;

/// First pause before a new connection, milliseconds; doubles up to [`BACKOFF_MS_MAX`].
pub(super) const BACKOFF_MS: u64 = 200;
/// Longest pause before a new connection, milliseconds.
pub(super) const BACKOFF_MS_MAX: u64 = 10_000;
/// A Hello without a State is repeated after this time, milliseconds; doubles up to [`HELLO_MS_MAX`].
pub(super) const HELLO_MS: u64 = 3_000;
/// Longest time between two Hellos that nobody answers, milliseconds.
pub(super) const HELLO_MS_MAX: u64 = 60_000;
/// A connection on which nothing is owed is ended after this time, milliseconds.
pub(super) const LINGER_MS: u64 = 2_000;

/// What was said on the present connection for one stream.
#[derive(Debug, Default)]
pub(super) struct Conn {
    /// Nonce of its Hello; new with each connection.
    pub(super) nonce: Option<Nonce>,
    /// The receiver's challenge that was echoed.
    pub(super) echoed: Option<Digest>,
    /// A State with this connection's nonce has come: batches may go.
    pub(super) ready: bool,
    /// Highest statement handed over.
    pub(super) lane_sent: u32,
    /// Highest batch handed over.
    pub(super) handed: u32,
    /// Monotonic time of the next Hello if nothing moves.
    pub(super) hello_due_ms: u64,
    /// Present distance of repeated Hellos.
    pub(super) hello_every_ms: u64,
    /// Something is owed on the stream.
    pub(super) owed: bool,
    /// A repeated Hello was sent: its State says where to go on.
    pub(super) resync: bool,
    /// Envelopes that did not hold, over this boot.
    pub(super) alarms: u64,
}

impl Conn {
    /// As on a new connection; alarms stay.
    pub(super) fn reset(&mut self) {
        *self = Self { alarms: self.alarms, ..Self::default() };
    }

    pub(super) fn alarm(&mut self) {
        self.alarms = self.alarms.saturating_add(1);
    }
}

/// Where a connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LinkState {
    /// None.
    #[default]
    Idle,
    /// Asked for.
    Connecting,
    /// There, with room for so many unacknowledged publishes.
    Up {
        /// Window.
        room: usize,
    },
}

/// What a publish carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// Hello or statement.
    Lane(StreamId),
    /// A batch.
    Batch(StreamId, RowId),
}

/// The connection to one recipient.
#[derive(Debug, Default)]
pub(super) struct Link {
    pub(super) state: LinkState,
    pub(super) epoch: u64,
    pub(super) in_flight: BTreeMap<u64, Carried>,
    pub(super) backoff_ms: u64,
    /// No new connection before this monotonic time.
    pub(super) not_before_ms: u64,
    /// Something is owed on it.
    pub(super) wanted: bool,
    /// Monotonic time since when nothing is owed on it.
    pub(super) idle_since_ms: Option<u64>,
}

impl Link {
    pub(super) fn word(&self) -> &'static str {
        match self.state {
            LinkState::Idle => "idle",
            LinkState::Connecting => "connecting",
            LinkState::Up { .. } => "up",
        }
    }

    /// How many publishes may be handed over now.
    pub(super) fn room(&self) -> usize {
        match self.state {
            LinkState::Up { room } => room.saturating_sub(self.in_flight.len()),
            LinkState::Idle | LinkState::Connecting => 0,
        }
    }

    /// The connection is gone.
    pub(super) fn lost(&mut self, mono_ms: u64) {
        self.state = LinkState::Idle;
        self.in_flight.clear();
        self.idle_since_ms = None;
        self.backoff_ms = self.backoff_ms.saturating_mul(2).clamp(BACKOFF_MS, BACKOFF_MS_MAX);
        self.not_before_ms = mono_ms.saturating_add(self.backoff_ms);
    }
}
