//! The outbox: everything that waits to leave, and the streams that it leaves by.
//!
//! The rules are those that were model-checked (see ARCHITECTURE.md). In short: a row is numbered, chained and signed at
//! hand-over, in a synced transaction; a numbered row counts as possibly sent and ends only by a State or a void; an end
//! removes all rows of its bases in one transaction, and what was numbered is voided.
//!
//! INVARIANT: a row or statement is handed over only when the transaction that made it is synced, and the basis of a row is
//! looked at again right before every hand-over, re-sends too.

mod answer;
mod basis;
mod handover;
mod heard;
mod lane;
mod link;
mod pool;
mod wipe;

use crate::change::InForce;
use crate::command::Command;
use crate::counters::Counters;
use crate::now::Now;
use crate::rng::Rng;
use crate::signer::Signer;
use crate::status::LinkStatus;
use crate::store::{BasisEnd, BasisId, BasisRow, MetaKey, Outcome, QueueRow, RowId, RowState, Snapshot, StoreOp, StreamRow, TxnId};
use crate::vault::Vault;
use consent_protocol::batch::Batch;
use consent_protocol::lane::{LaneMessage, Statement, StatementBody};
use consent_protocol::{Digest, Head, StreamId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use answer::Told;
pub use basis::{BasisSpec, NoKey};
pub use heard::For;
use link::{Conn, Link};

/// Plain payloads kept in memory beside the store, at most so many bytes.
const CACHE_BYTES_MAX: usize = 1 << 20;

/// What the parts of a step share.
#[derive(Debug)]
pub struct Cx<'a, S> {
    /// Keys.
    pub signer: &'a S,
    /// Randomness that nobody outside sees: nonces at rest.
    pub rng: &'a mut Rng,
    /// Keys at rest.
    pub vault: &'a Vault,
    /// Counters.
    pub counters: &'a mut Counters,
    /// Catalog in force.
    pub in_force: Option<&'a InForce>,
    /// Time.
    pub now: Now,
    /// The transaction that this step's changes will be in.
    pub txn: TxnId,
    /// The newest transaction up to which all are synced.
    pub synced: TxnId,
    /// Uses whose queue is shut by a pause.
    pub shut: &'a BTreeSet<String>,
    /// What must be stored.
    pub ops: &'a mut Vec<StoreOp>,
    /// What must be done after it.
    pub commands: &'a mut Vec<Command>,
}

/// The payload of a row until it is numbered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stored {
    /// Catalog under which its rows were coded.
    catalog: Digest,
    /// Highest statement that it rests on, besides its basis.
    needs: u32,
    /// The batch; number, previous digest, basis and needs are set at numbering.
    batch: Batch,
}

#[derive(Clone, Debug)]
struct Row {
    meta: QueueRow,
    /// Transaction of its last change.
    txn: TxnId,
    /// A [`Stored`] while queued, the signed envelope once numbered.
    plain: Option<Vec<u8>>,
    loading: bool,
}

#[derive(Clone, Debug)]
struct Basis {
    row: BasisRow,
    /// Rows of it that wait.
    rows: BTreeSet<RowId>,
}

#[derive(Debug)]
struct Stream {
    row: StreamRow,
    statements: BTreeMap<u32, Entry>,
    /// Digests of numbers from the base on.
    numbers: BTreeMap<u32, Digest>,
    /// Numbered rows.
    numbered: BTreeMap<u32, RowId>,
    /// Queued rows in order.
    queued: BTreeSet<RowId>,
    /// Numbers whose rows are gone and that no statement voids yet, for want of the signer.
    unvoided: BTreeMap<u32, Digest>,
    /// What the recipient last said of erasures: up to which statement, and by how many systems.
    erasure_told: (u32, u32),
    conn: Conn,
}

impl Stream {
    fn new(row: StreamRow) -> Self {
        Self {
            row,
            statements: BTreeMap::new(),
            numbers: BTreeMap::new(),
            numbered: BTreeMap::new(),
            queued: BTreeSet::new(),
            unvoided: BTreeMap::new(),
            erasure_told: (0, 0),
            conn: Conn::default(),
        }
    }

    /// Finds numbers that have neither a row nor a void: power was cut after their rows went and before that could be stated.
    fn find_unvoided(&mut self) {
        let above = self.row.base.n.saturating_add(1)..;
        let mut lost: BTreeMap<u32, Digest> =
            self.numbers.range(above).filter(|(n, _)| !self.numbered.contains_key(n)).map(|(n, digest)| (*n, *digest)).collect();
        for entry in self.statements.values() {
            if lost.is_empty() {
                break;
            }
            for void in voids_of(&entry.envelope) {
                lost.remove(&void.n);
            }
        }
        self.unvoided = lost;
    }
}

/// The numbers that a statement voids.
fn voids_of(envelope: &[u8]) -> Vec<Head> {
    let statement = consent_protocol::envelope::peek(envelope).ok().and_then(|(_, payload)| LaneMessage::from_bytes(&payload).ok());
    match statement {
        Some(LaneMessage::Statement(Statement { body, .. })) => match body {
            StatementBody::BasisEnded { voids, .. } | StatementBody::Void { voids, .. } | StatementBody::Closed { voids } => voids,
            StatementBody::Catalog { .. } | StatementBody::BasisOpened(_) => Vec::new(),
        },
        Some(LaneMessage::Hello(_)) | None => Vec::new(),
    }
}

#[derive(Clone, Debug)]
struct Entry {
    envelope: Vec<u8>,
    digest: Digest,
    txn: TxnId,
}

/// Streams, bases, rows and links.
#[derive(Debug, Default)]
pub struct Outbox {
    streams: BTreeMap<StreamId, Stream>,
    bases: BTreeMap<BasisId, Basis>,
    rows: BTreeMap<RowId, Row>,
    links: BTreeMap<String, Link>,
    next_row: RowId,
    next_basis: BasisId,
    next_epoch: u64,
    next_handle: u64,
    pool: pool::Pool,
    /// Of this boot; each recipient's generator comes from it.
    seed: [u8; 32],
    rngs: BTreeMap<String, Rng>,
    bytes: u64,
    cached: usize,
    /// Bases whose end asked for an erasure that is not confirmed.
    erasures: BTreeSet<BasisId>,
    /// Bases whose end could not be stated yet.
    untold: BTreeSet<BasisId>,
    heard: heard::Heard,
    /// Something was heard that is not stored yet.
    heard_anew: bool,
    /// Decisions of reviews that were not answered in time, by person and use id.
    lapsed: BTreeMap<(String, String), u64>,
}

/// Highest ids given out, so that none is given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Ids {
    row: RowId,
    basis: BasisId,
}

impl Outbox {
    /// Starts from what is on disk, with fresh randomness.
    pub fn load(snapshot: &Snapshot, seed: [u8; 32]) -> Self {
        let decode = |key| snapshot.meta(key);
        let ids: Ids = decode(MetaKey::Ids).and_then(|bytes| postcard::from_bytes(bytes).ok()).unwrap_or_default();
        let pool = decode(MetaKey::PoolNext).and_then(|bytes| postcard::from_bytes(bytes).ok()).unwrap_or_default();
        let lapsed = decode(MetaKey::Lapsed).and_then(|bytes| postcard::from_bytes(bytes).ok()).unwrap_or_default();
        let mut outbox = Self { pool, seed, lapsed, ..Self::default() };
        outbox.next_row = snapshot.rows.iter().map(|row| row.id).max().unwrap_or(0).max(ids.row).saturating_add(1);
        outbox.next_basis = snapshot.bases.iter().map(|basis| basis.id).max().unwrap_or(0).max(ids.basis).saturating_add(1);
        outbox.load_streams(snapshot);
        for basis in &snapshot.bases {
            outbox.bases.insert(basis.id, Basis { row: basis.clone(), rows: BTreeSet::new() });
            outbox.watch(basis.id);
        }
        for row in &snapshot.rows {
            outbox.insert_row(Row { meta: row.clone(), txn: 0, plain: None, loading: false });
        }
        outbox.streams.values_mut().filter(|stream| !stream.row.is_abandoned()).for_each(Stream::find_unvoided);
        outbox
    }

    fn load_streams(&mut self, snapshot: &Snapshot) {
        for row in &snapshot.streams {
            self.key_was_taken(row.key);
            self.streams.insert(row.id, Stream::new(row.clone()));
        }
        for statement in &snapshot.statements {
            if let Some(stream) = self.streams.get_mut(&statement.stream) {
                let digest = consent_protocol::envelope::sha256(&[&statement.envelope]);
                stream.statements.insert(statement.k, Entry { envelope: statement.envelope.clone(), digest, txn: 0 });
            }
        }
        for (id, head) in &snapshot.numbers {
            if let Some(stream) = self.streams.get_mut(id) {
                stream.numbers.insert(head.n, head.digest);
            }
        }
    }

    fn insert_row(&mut self, row: Row) {
        self.bytes = self.bytes.saturating_add(u64::from(row.meta.bytes));
        self.cached = self.cached.saturating_add(row.plain.as_ref().map_or(0, Vec::len));
        if let Some(basis) = self.bases.get_mut(&row.meta.basis) {
            basis.rows.insert(row.meta.id);
        }
        if let Some(stream) = self.streams.get_mut(&row.meta.stream) {
            match row.meta.state {
                RowState::Queued => {
                    stream.queued.insert(row.meta.id);
                }
                RowState::Numbered => {
                    stream.numbered.insert(row.meta.n, row.meta.id);
                }
                RowState::Awaiting | RowState::Sent | RowState::Refused => {}
            }
        }
        self.rows.insert(row.meta.id, row);
    }

    /// Forgets a row; what becomes of it on disk is the caller's.
    fn remove_row(&mut self, id: RowId) -> Option<Row> {
        let row = self.rows.remove(&id)?;
        self.bytes = self.bytes.saturating_sub(u64::from(row.meta.bytes));
        self.cached = self.cached.saturating_sub(row.plain.as_ref().map_or(0, Vec::len));
        if let Some(basis) = self.bases.get_mut(&row.meta.basis) {
            basis.rows.remove(&id);
        }
        if let Some(stream) = self.streams.get_mut(&row.meta.stream) {
            stream.queued.remove(&id);
            if row.meta.n > 0 {
                stream.numbered.remove(&row.meta.n);
            }
        }
        Some(row)
    }

    /// Remembers a payload while there is room.
    fn cache(&mut self, id: RowId, plain: Vec<u8>) {
        if let Some(row) = self.rows.get_mut(&id) {
            let before = row.plain.as_ref().map_or(0, Vec::len);
            self.cached = self.cached.saturating_sub(before).saturating_add(plain.len());
            row.plain = Some(plain);
            row.loading = false;
        }
    }

    fn uncache(&mut self, id: RowId) {
        if let Some(plain) = self.rows.get_mut(&id).and_then(|row| row.plain.take()) {
            self.cached = self.cached.saturating_sub(plain.len());
        }
    }

    fn ids_op(&self) -> StoreOp {
        let ids = Ids { row: self.next_row.saturating_sub(1), basis: self.next_basis.saturating_sub(1) };
        StoreOp::Meta { key: MetaKey::Ids, value: postcard::to_allocvec(&ids).unwrap_or_default() }
    }

    /// Whether anything waits.
    pub fn has_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Rows that await a review by this person.
    pub fn awaiting(&self, person: &str) -> impl Iterator<Item = &QueueRow> {
        self.rows.values().filter(move |row| self.awaits(row, person)).map(|row| &row.meta)
    }

    /// Rows of a use that await a review by this person, newest first.
    pub fn awaiting_rows(&self, person: &str, use_id: &str) -> impl Iterator<Item = &QueueRow> {
        self.rows.values().rev().filter(move |row| row.meta.use_id == use_id && self.awaits(row, person)).map(|row| &row.meta)
    }

    /// What waits for a review, opened: the digest of the catalog that it is coded under, and the batch.
    pub fn open_awaiting<S: Signer>(&self, id: RowId, sealed: &[u8], cx: &Cx<'_, S>) -> Option<(Digest, Batch)> {
        let row = self.rows.get(&id).filter(|row| row.meta.state == RowState::Awaiting)?;
        let plain = cx.vault.open_row(&self.bases.get(&row.meta.basis)?.row, id, 0, sealed).ok()?;
        postcard::from_bytes::<Stored>(&plain).ok().map(|stored| (stored.catalog, stored.batch))
    }

    /// The catalog under which a batch is coded: that of the newest catalog statement that it needs.
    pub fn catalog_of(&self, batch: &Batch) -> Option<Digest> {
        let stream = self.streams.get(&batch.stream)?;
        stream.statements.range(..=batch.needs).rev().find_map(|(_, entry)| {
            let (_, payload) = consent_protocol::envelope::peek(&entry.envelope).ok()?;
            match LaneMessage::from_bytes(&payload).ok()? {
                LaneMessage::Statement(Statement { body: StatementBody::Catalog { digest, .. }, .. }) => Some(digest),
                LaneMessage::Statement(_) | LaneMessage::Hello(_) => None,
            }
        })
    }

    /// Connections for the status.
    pub fn link_status(&self) -> Vec<LinkStatus> {
        let mut recipients: BTreeSet<&String> = self.links.keys().collect();
        recipients.extend(self.streams.values().map(|stream| &stream.row.recipient));
        recipients.into_iter().map(|recipient| self.one_link_status(recipient)).collect()
    }

    fn one_link_status(&self, recipient: &str) -> LinkStatus {
        let streams = || self.streams.values().filter(move |stream| stream.row.recipient == recipient);
        let count = |sum: u64, more: usize| sum.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        LinkStatus {
            recipient: recipient.to_owned(),
            state: self.links.get(recipient).map_or("idle", Link::word).to_owned(),
            waiting: streams().fold(0, |sum, stream| count(sum, stream.queued.len().saturating_add(stream.numbered.len()))),
            statements_owed: streams().fold(0, |sum, stream| sum.saturating_add(u64::from(stream.row.lane.n.saturating_sub(stream.row.answered_k)))),
            erasures_owed: count(0, self.erasures_owed(|stream| stream.recipient == recipient)),
            alarms: streams().fold(0, |sum, stream| sum.saturating_add(stream.conn.alarms)),
        }
    }

    /// Remembers what is still to be said or heard of an ended basis.
    fn watch(&mut self, id: BasisId) {
        let Some(row) = self.bases.get(&id).map(|basis| &basis.row) else { return };
        let erased_k = self.streams.get(&row.stream).map_or(u32::MAX, |stream| stream.row.erased_k);
        let ended = !row.is_open() && row.k > 0;
        let (untold, erasure) = (ended && row.end_k == 0, ended && row.erase_owed && erased_k < row.end_k);
        for (set, holds) in [(&mut self.untold, untold), (&mut self.erasures, erasure)] {
            if holds {
                set.insert(id);
            } else {
                set.remove(&id);
            }
        }
    }

    /// Erasures that a stream's recipient has not confirmed.
    fn erasures_owed(&self, of: impl Fn(&StreamRow) -> bool) -> usize {
        let streams = self.erasures.iter().filter_map(|id| self.bases.get(id)).filter_map(|basis| self.streams.get(&basis.row.stream));
        streams.filter(|stream| of(&stream.row)).count()
    }

    /// Drops the oldest waiting rows while more bytes wait than may: of one use's review first, so that what nobody answers for
    /// takes no place of another use.
    fn keep_within<S: Signer>(&mut self, room: Room, newest: RowId, cx: &mut Cx<'_, S>) {
        if let Some(use_id) = self.rows.get(&newest).filter(|row| row.meta.state == RowState::Awaiting).map(|row| row.meta.use_id.clone()) {
            let review = |row: &&Row| row.meta.state == RowState::Awaiting && row.meta.use_id == use_id;
            let mut bytes = self.rows.values().filter(review).fold(0, |sum: u64, row| sum.saturating_add(u64::from(row.meta.bytes)));
            while bytes > room.review {
                let Some(dropped) = self.drop_oldest(|row| review(&row), cx) else { break };
                bytes = bytes.saturating_sub(dropped);
            }
        }
        while self.bytes > room.all && self.drop_oldest(|row| matches!(row.meta.state, RowState::Queued | RowState::Awaiting), cx).is_some() {}
    }

    /// Drops the oldest row of a kind; yields its bytes, none if there is no such row.
    fn drop_oldest<S: Signer>(&mut self, of_kind: impl Fn(&Row) -> bool, cx: &mut Cx<'_, S>) -> Option<u64> {
        let id = self.rows.values().find(|row| of_kind(row)).map(|row| row.meta.id)?;
        self.count_lapsed(&[id], cx);
        let row = self.remove_row(id)?;
        cx.counters.shift(&row.meta.use_id, waiting(row.meta.state), Outcome::Dropped, u64::from(row.meta.decisions));
        cx.ops.push(StoreOp::DeleteRow { row: id });
        Some(u64::from(row.meta.bytes))
    }
}

/// How many bytes of sealed payloads may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Of everything.
    pub all: u64,
    /// Of one use, for a review.
    pub review: u64,
}

impl StreamRow {
    /// Left as it is for ever: its receiver knows more of it than this store, so nothing can be said on it any more.
    fn is_abandoned(&self) -> bool {
        self.answered_k == u32::MAX
    }

    fn abandon(&mut self) {
        // Beyond every statement: nothing is owed on it, and nothing is waited for.
        (self.closed, self.answered_k, self.erased_k) = (true, u32::MAX, u32::MAX);
    }
}

impl BasisRow {
    /// Whether rows of it may leave.
    pub fn is_open(&self) -> bool {
        self.end == BasisEnd::Open
    }
}

/// The outcome under which the decisions of a waiting row are counted.
fn waiting(state: RowState) -> Outcome {
    match state {
        RowState::Awaiting => Outcome::Awaiting,
        RowState::Queued => Outcome::Queued,
        RowState::Numbered => Outcome::Numbered,
        RowState::Sent => Outcome::Sent,
        RowState::Refused => Outcome::Refused,
    }
}
