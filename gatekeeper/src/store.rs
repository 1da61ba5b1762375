//! What the gatekeeper keeps on disk: rows, and the closed list of changes to them. The agent maps each to SQL.
//!
//! Bodies are postcard of the structures here behind a version byte, so that a later version can tell. Sealed bytes are
//! ciphertext: the store never sees what leaves.

use crate::secret::Secret;
use crate::show::{Asking, Revealed};
use consent_core::{Assurance, CategorySet, Reason, Status};
use consent_protocol::lane::{BasisTerms, EndKind};
use consent_protocol::ledger::Cadence;
use consent_protocol::{Digest, Head, StreamId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Names a transaction within one boot.
pub type TxnId = u64;
/// Names a row of the queue for ever; rises with each append.
pub type RowId = u64;
/// Names a basis on this car for ever.
pub type BasisId = u64;

/// Small facts with one value each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MetaKey {
    /// [`BootMeta`].
    Boot,
    /// Highest wall time seen, i64 milliseconds.
    HighWater,
    /// Next number of the pool of stream keys, u32.
    PoolNext,
    /// COSE_Sign1 of the catalog in force.
    Catalog,
    /// The car's own secret, under which rows rest that concern no person.
    CarKey,
    /// [`crate::change::ContextMeta`]: what of the context outlives a restart (trip, stops, pauses, theft, last driver).
    Context,
    /// Highest ids given out.
    Ids,
    /// [`TotalsMeta`].
    Totals,
    /// When the last trip began, i64 Unix milliseconds.
    LastTrip,
    /// Decisions destroyed because a review was not answered in time, by person and use id.
    Lapsed,
    /// What recipients say (R42, R45), sealed under the car's key.
    Heard,
    /// What transformations keep ([`crate::kept`]), sealed under the car's key.
    Kept,
}

impl MetaKey {
    /// Its name in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::HighWater => "high_water",
            Self::PoolNext => "pool_next",
            Self::Catalog => "catalog",
            Self::CarKey => "car_key",
            Self::Context => "context",
            Self::Ids => "ids",
            Self::Totals => "totals",
            Self::LastTrip => "last_trip",
            Self::Lapsed => "lapsed",
            Self::Heard => "heard",
            Self::Kept => "kept",
        }
    }
}

/// The running boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootMeta {
    /// Its number.
    pub boot: u32,
    /// Whether it ended in order.
    pub clean: bool,
}

/// Durable totals over all boots, without what is pending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalsMeta {
    /// Records offered.
    pub records: u64,
    /// Of them with a path that the catalog does not have.
    pub unknown: u64,
    /// Decisions that came to an outcome: record × covering use.
    pub decisions: u64,
    /// Consent events written.
    pub consent_events: u64,
    /// Batches that were acknowledged.
    pub batches_sent: u64,
    /// Bytes of their envelopes.
    pub bytes_sent: u64,
    /// Rows of data in them.
    pub records_sent: u64,
    /// The gate's own traffic (R1).
    pub gate: GateTotals,
    /// What was acknowledged, by use id.
    pub sent: std::collections::BTreeMap<String, SentTotals>,
}

/// What was acknowledged of a use, over all boots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentTotals {
    /// Rows of data.
    pub records: u64,
    /// Batches.
    pub batches: u64,
    /// The finest tier at which any of it left.
    pub tier: u8,
}

/// Messages of the gate itself, over all boots: they carry no data (R1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateTotals {
    /// Connections that came up.
    pub connections: u64,
    /// Hellos.
    pub hellos: u64,
    /// Statements, repeated ones too.
    pub statements: u64,
    /// Subscriptions to the catalog.
    pub catalog_polls: u64,
}

/// A person with a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Id on this car; never leaves it.
    pub id: String,
    /// Name as shown.
    pub name: String,
    /// Under the age of consent (R48).
    pub minor: bool,
    /// Languages in order of preference.
    pub languages: Vec<String>,
    /// Unix milliseconds of creation.
    pub created_ms: i64,
    /// The key that protects this person's rows and ledger bodies; `None` once destroyed.
    pub key: Option<[u8; 32]>,
    /// How they want to be asked; none = the neutral form. It never leaves the car (R44).
    pub asking: Option<Asking>,
    /// Whether they answered the first screen (R43).
    pub welcomed: bool,
    /// Hash of their PIN in PHC form; none if none is set.
    pub pin: Option<Secret>,
    /// Wrong tries of it.
    pub tries: Tries,
}

/// Wrong tries of a PIN, so that a restart forgives none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// How many since the last right one.
    pub wrong: u32,
    /// Unix milliseconds until which further ones are refused; 0 if they are not.
    pub locked_until_ms: i64,
}

/// A person's standing towards a use, with what receipts need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingRow {
    /// Person id.
    pub person: String,
    /// Use id.
    pub use_id: String,
    /// Revision of the use when it was decided.
    pub revision: u32,
    /// Digest of its terms.
    pub terms: Digest,
    /// Digest of the notice shown.
    pub notice: Digest,
    /// UUIDv4 of the consent record.
    pub record: [u8; 16],
    /// What was decided or became of it.
    pub status: Status,
    /// Ids of the categories that it covers.
    pub categories: Vec<String>,
    /// Finest tier allowed.
    pub tier: u8,
    /// Unix milliseconds.
    pub from_ms: i64,
    /// Unix milliseconds.
    pub until_ms: i64,
    /// How long it lasts.
    pub cadence: Cadence,
    /// Assurance with which it was decided.
    pub assurance: Assurance,
    /// Language of the text shown.
    pub language: String,
    /// The secret on the receipt (R35).
    pub secret: [u8; 32],
    /// Number of the ledger entry.
    pub entry: u64,
}

/// An entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// Number.
    pub seq: u64,
    /// COSE_Sign1 of the header.
    pub envelope: Vec<u8>,
    /// Under whose key the body rests; empty for the car's.
    pub person: String,
    /// Salt and body, sealed; `None` once erased.
    pub sealed: Option<Vec<u8>>,
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamRow {
    /// Its id.
    pub id: StreamId,
    /// Recipient id.
    pub recipient: String,
    /// Use id.
    pub use_id: String,
    /// Number of its key in the pool.
    pub key: u32,
    /// Offset of its closing grid, milliseconds: the secret jitter.
    pub offset_ms: u32,
    /// Newest statement.
    pub lane: Head,
    /// Newest numbered batch.
    pub numbered: Head,
    /// Last completed batch.
    pub base: Head,
    /// Newest statement that the receiver has answered.
    pub answered_k: u32,
    /// Erased up to this statement, as the receiver said.
    pub erased_k: u32,
    /// Number of the newest catalog statement, and the catalog's digest.
    pub catalog: (u32, Digest),
    /// Closed.
    pub closed: bool,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRow {
    /// Its stream.
    pub stream: StreamId,
    /// Its number.
    pub k: u32,
    /// COSE_Sign1.
    pub envelope: Vec<u8>,
}

/// How a basis stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BasisEnd {
    /// In force; rows may leave.
    Open,
    /// Ended: nothing of it leaves any more; the statement tells the recipient, if it ever knew of it.
    Ended(EndKind),
}

/// A basis with what it rests on; the persons never leave the car.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasisRow {
    /// Its id on this car.
    pub id: BasisId,
    /// Its stream.
    pub stream: StreamId,
    /// Number of the statement that opened it; 0 if none was sent yet.
    pub k: u32,
    /// Number of the statement that ended it; 0 if none.
    pub end_k: u32,
    /// Its end asked for erasure.
    pub erase_owed: bool,
    /// Digest and version of the catalog in force when it was made: what waits for a review is coded under it.
    pub catalog: (Digest, u32),
    /// Its terms.
    pub terms: BasisTerms,
    /// Consents that it rests on: (person id, record).
    pub consents: Vec<(String, [u8; 16])>,
    /// How it stands.
    pub end: BasisEnd,
    /// What rows of it reveal of which category, by id: kept with it, since tier and categories mean something only together with
    /// the catalog of that time.
    pub reveals: Vec<(String, Revealed)>,
}

/// That a row was handed over for the first time: numbers and times, no value. It outlives the row where an end destroys that, since
/// it was possibly seen, and goes with the disclosures of its basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftRow {
    /// The row.
    pub row: RowId,
    /// Its basis.
    pub basis: BasisId,
    /// Use id.
    pub use_id: String,
    /// When, Unix milliseconds.
    pub left_ms: i64,
    /// Rows of data in it.
    pub records: u32,
    /// Earliest stamp, Unix milliseconds.
    pub first_ms: i64,
    /// Latest stamp, Unix milliseconds.
    pub last_ms: i64,
}

/// What left on one basis, summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftSum {
    /// The basis.
    pub basis: BasisId,
    /// Use id.
    pub use_id: String,
    /// How many rows of the queue.
    pub batches: u64,
    /// Rows of data in them.
    pub records: u64,
    /// Earliest stamp, Unix milliseconds.
    pub first_ms: i64,
    /// Latest stamp, Unix milliseconds.
    pub last_ms: i64,
}

/// What left since a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftWindow {
    /// The time, Unix milliseconds.
    pub since_ms: i64,
    /// A sum for each basis.
    pub sums: Vec<LeftSum>,
}

/// Where a row of the queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RowState {
    /// Waits for a review (R13).
    Awaiting,
    /// Closed and stored.
    Queued,
    /// Numbered: possibly sent.
    Numbered,
    /// Acknowledged: only a disclosure now.
    Sent,
    /// Refused by the receiver: only a disclosure now.
    Refused,
}

/// A row of the queue, without its payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// Its id.
    pub id: RowId,
    /// Its stream.
    pub stream: StreamId,
    /// Its basis.
    pub basis: BasisId,
    /// Use id.
    pub use_id: String,
    /// Where it is.
    pub state: RowState,
    /// Number in its stream; 0 if not numbered.
    pub n: u32,
    /// Digest of its envelope; zero if not numbered.
    pub digest: Digest,
    /// Rows of data in it.
    pub records: u32,
    /// Decisions that they merge.
    pub decisions: u32,
    /// Bytes of the sealed payload.
    pub bytes: u32,
    /// Earliest stamp, Unix milliseconds.
    pub first_ms: i64,
    /// Latest stamp, Unix milliseconds.
    pub last_ms: i64,
    /// When it was closed, Unix milliseconds.
    pub closed_ms: i64,
    /// When it was completed, Unix milliseconds; 0 if it was not.
    pub done_ms: i64,
}

/// A disclosure with its payload, as the store hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureRow {
    /// The row.
    pub row: QueueRow,
    /// The signed batch, sealed.
    pub sealed: Vec<u8>,
}

/// Which disclosures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisclosureQuery {
    /// Use id; `None` for all.
    pub use_id: Option<String>,
    /// Only those on these bases; `None` for all.
    pub bases: Option<Vec<BasisId>>,
    /// And those that rest on nobody's consent and left while this person alone drove ([`StoreOp::Drove`]).
    pub driver: Option<String>,
    /// Only those that were completed before this time, Unix milliseconds.
    pub before_ms: Option<i64>,
    /// At most about so many: those that were completed at one moment are never parted, so that a page begins where the last one
    /// ended.
    pub count: u32,
}

/// Disclosures, those completed last first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisclosurePage {
    /// Rows with their sealed envelopes.
    pub rows: Vec<DisclosureRow>,
    /// There are older ones.
    pub more: bool,
}

/// One outcome of decisions; the closed list of the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// In memory: in a window or an open batch. Never stored.
    Pending,
    /// Stored, waits for a review.
    Awaiting,
    /// Stored, waits for hand-over.
    Queued,
    /// Numbered, possibly sent.
    Numbered,
    /// Acknowledged.
    Sent,
    /// Refused by the receiver.
    Refused,
    /// Withheld.
    Withheld(Reason),
    /// Reduced away by a rule.
    Reduced,
    /// Beyond its age, or its review unanswered.
    Expired,
    /// Destroyed by an end before it was numbered.
    Purged,
    /// Destroyed by an end after it was numbered.
    PurgedPossiblySent,
    /// Dropped for want of room.
    Dropped,
    /// Dropped for want of room after it was numbered.
    DroppedPossiblySent,
}

/// A durable counter: how many decisions of a use have come to an outcome, over all boots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterRow {
    /// Use id.
    pub use_id: String,
    /// Outcome.
    pub outcome: Outcome,
    /// Decisions.
    pub count: u64,
}

/// A person as they were stored before they could choose how to be asked: the body of version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow1 {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Under the age of consent.
    pub minor: bool,
    /// Languages.
    pub languages: Vec<String>,
    /// Unix milliseconds of creation.
    pub created_ms: i64,
    /// Key.
    pub key: Option<[u8; 32]>,
}

impl From<PersonRow1> for PersonRow {
    fn from(row: PersonRow1) -> Self {
        let PersonRow1 { id, name, minor, languages, created_ms, key } = row;
        Self { id, name, minor, languages, created_ms, key, asking: None, welcomed: false, pin: None, tries: Tries::default() }
    }
}

/// A request as it was stored before screens had a number: the body of version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow1 {
    /// Number.
    pub id: u64,
    /// Person id.
    pub person: String,
    /// Use id.
    pub use_id: String,
    /// Digest of the terms asked for.
    pub terms: Digest,
    /// Unix milliseconds when it was raised.
    pub raised_ms: i64,
    /// What became of it.
    pub outcome: RequestOutcome,
}

impl From<RequestRow1> for RequestRow {
    fn from(row: RequestRow1) -> Self {
        let RequestRow1 { id, person, use_id, terms, raised_ms, outcome } = row;
        // What was raised at one moment was one screen, and nothing but the car raised it.
        let screen = u64::try_from(raised_ms).unwrap_or(0);
        Self { id, person, use_id, terms, raised_ms, outcome, screen, cause: Cause::Unasked }
    }
}

/// Who wanted a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nobody: the car raised it, and it counts (R43).
    Unasked,
    /// The person: on the first screen, or by opening the feature.
    Wanted,
    /// The person, who confirms before each trip (R13).
    BeforeTrip,
}

/// A request that was raised to a person, or is on record so that it is not raised again (R43).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow {
    /// Number.
    pub id: u64,
    /// Person id.
    pub person: String,
    /// Use id.
    pub use_id: String,
    /// Digest of the terms asked for.
    pub terms: Digest,
    /// Unix milliseconds when it was raised.
    pub raised_ms: i64,
    /// What became of it.
    pub outcome: RequestOutcome,
    /// Number of the screen on which it stands: the first request's of that screen.
    pub screen: u64,
    /// Who wanted it.
    pub cause: Cause,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestOutcome {
    /// Waits for the person.
    Open,
    /// Allowed.
    Allowed,
    /// Declined: not unasked again for twelve months.
    Declined,
    /// Put off.
    Deferred,
    /// "Don't ask again."
    Never,
}

/// One change to what is on disk.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a transaction has few operations, and a standing is the rarest of them")]
pub enum StoreOp {
    /// Sets a small fact.
    Meta {
        /// Which.
        key: MetaKey,
        /// Its bytes.
        value: Vec<u8>,
    },
    /// Puts a person (by id).
    Person(PersonRow),
    /// Erases a person: the row, its key, standings, requests and the sealed bodies of its ledger entries.
    ErasePerson {
        /// Person id.
        person: String,
    },
    /// Erases the sealed bodies of all ledger entries up to a number, whoever they are about; their place in the chain holds.
    EraseBodies {
        /// The last of them.
        up_to: u64,
    },
    /// Puts a standing (by person and use).
    Standing(StandingRow),
    /// Appends an entry of the ledger.
    Ledger(LedgerRow),
    /// Puts a stream (by id).
    Stream(StreamRow),
    /// Appends a statement.
    Statement(StatementRow),
    /// Puts a basis (by id).
    Basis(BasisRow),
    /// Appends a row with its sealed payload.
    Append {
        /// The row.
        row: QueueRow,
        /// Sealed payload.
        sealed: Vec<u8>,
    },
    /// Replaces a row's facts (by id), and its sealed payload where one is given.
    Update {
        /// The row.
        row: QueueRow,
        /// New sealed payload: at numbering, the sealed signed envelope.
        sealed: Option<Vec<u8>>,
    },
    /// Keeps that a row was handed over.
    Left(LeftRow),
    /// A row that rests on nobody's consent is of the trip of one person, who alone drove. It goes with the row; when the person is
    /// erased, the row goes too if it was completed.
    Drove {
        /// The row.
        row: RowId,
        /// Person id.
        person: String,
    },
    /// Keeps the digest of a number of a stream.
    Number {
        /// The stream.
        stream: StreamId,
        /// Number and digest.
        head: Head,
    },
    /// From this commit on, rows of the basis with id up to `up_to` that are awaiting, queued or numbered count as deleted;
    /// they are overwritten afterwards in chunks.
    Tombstone {
        /// Basis.
        basis: BasisId,
        /// Highest row id that it hits.
        up_to: RowId,
    },
    /// Deletes one row (dropped, expired, destroyed by review).
    DeleteRow {
        /// Which.
        row: RowId,
    },
    /// Sets a counter (absolute).
    Counter(CounterRow),
    /// Puts a request (by id).
    Request(RequestRow),
    /// Deletes disclosures that were completed before this time, Unix milliseconds, and what is kept of rows that left before it.
    PruneDisclosures {
        /// The time.
        before_ms: i64,
    },
    /// Deletes disclosures of a basis (a person erased their data), and what is kept of its rows that left.
    DeleteDisclosures {
        /// Basis.
        basis: BasisId,
    },
}

/// What a change puts whole.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Put<'a> {
    Meta(&'static str),
    Counter(&'a str, Outcome),
    Stream(StreamId),
    Basis(BasisId),
}

impl StoreOp {
    fn put(&self) -> Option<Put<'_>> {
        match self {
            Self::Meta { key, .. } => Some(Put::Meta(key.name())),
            Self::Counter(row) => Some(Put::Counter(&row.use_id, row.outcome)),
            // It also deletes numbers below the stream's base, which never goes back.
            Self::Stream(row) => Some(Put::Stream(row.id)),
            Self::Basis(row) => Some(Put::Basis(row.id)),
            Self::Person(_)
            | Self::ErasePerson { .. }
            | Self::EraseBodies { .. }
            | Self::Standing(_)
            | Self::Ledger(_)
            | Self::Statement(_)
            | Self::Append { .. }
            | Self::Update { .. }
            | Self::Left(_)
            | Self::Drove { .. }
            | Self::Number { .. }
            | Self::Tombstone { .. }
            | Self::DeleteRow { .. }
            | Self::Request(_)
            | Self::PruneDisclosures { .. }
            | Self::DeleteDisclosures { .. } => None,
        }
    }
}

/// Of each change, in order, whether it counts: of several puts of one thing only the last does, since what is put is whole, and no
/// change reads it.
pub fn which_count<'a>(ops: impl DoubleEndedIterator<Item = &'a StoreOp>) -> Vec<bool> {
    let mut seen = BTreeSet::new();
    let mut count: Vec<bool> = ops.rev().map(|op| op.put().is_none_or(|put| seen.insert(put))).collect();
    count.reverse();
    count
}

/// Everything on disk at boot but sealed payloads, ledger rows and completed rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Small facts.
    pub meta: Vec<(MetaKey, Vec<u8>)>,
    /// Persons.
    pub persons: Vec<PersonRow>,
    /// Standings.
    pub standings: Vec<StandingRow>,
    /// Number and header digest of the newest ledger entry.
    pub ledger_head: Option<(u64, Digest)>,
    /// Streams.
    pub streams: Vec<StreamRow>,
    /// Statements.
    pub statements: Vec<StatementRow>,
    /// Bases.
    pub bases: Vec<BasisRow>,
    /// Rows awaiting, queued or numbered, in order of id, without those under a tombstone.
    pub rows: Vec<QueueRow>,
    /// Digests of numbers from each stream's base on.
    pub numbers: Vec<(StreamId, Head)>,
    /// Counters.
    pub counters: Vec<CounterRow>,
    /// Requests.
    pub requests: Vec<RequestRow>,
}

impl Snapshot {
    /// The bytes of a small fact.
    pub fn meta(&self, key: MetaKey) -> Option<&[u8]> {
        self.meta.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_slice())
    }
}

/// Categories by id, as standings keep them.
pub fn category_ids(catalog: &consent_protocol::catalog::CompiledCatalog, set: CategorySet) -> Vec<String> {
    (0_u8..).zip(&catalog.categories).filter(|(bit, _)| set.intersects(CategorySet::single(*bit))).map(|(_, category)| category.id.clone()).collect()
}

/// Categories by bit of a catalog; ids that it lacks are left out.
pub fn category_set(catalog: &consent_protocol::catalog::CompiledCatalog, ids: &[String]) -> CategorySet {
    (0_u8..)
        .zip(&catalog.categories)
        .filter(|(_, category)| ids.contains(&category.id))
        .fold(CategorySet::EMPTY, |set, (bit, _)| set.or(CategorySet::single(bit)))
}
