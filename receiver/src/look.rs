//! A look at what each recipient has, while the process serves: for a desk that shows it live. Nothing is changed by looking.
//!
//! INVARIANT: a value is shown only from an envelope that was verified before it was stored and is still held.

use crate::catalogs::Catalogs;
use crate::engine::{Counts, EngineError};
use crate::hand_on;
use crate::store::{self, Stream};
use crate::verify;
use consent_protocol::batch::Batch;
use consent_protocol::{StreamId, coder, envelope};
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything at a glance.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Look {
    /// All recipients together.
    pub counts: Counts,
    /// Each recipient of which a stream is known, by id.
    pub recipients: BTreeMap<String, RecipientLook>,
}

/// One recipient.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RecipientLook {
    /// Batches accepted.
    pub accepted: u64,
    /// Batches refused.
    pub refused: u64,
    /// Numbers that the car declared void: destroyed before they were sent.
    pub void: u64,
    /// Rows of data accepted, erased ones included.
    pub records: u64,
    /// Of them still held.
    pub held: u64,
    /// Decisions that they merge.
    pub decisions: u64,
    /// Batches erased because a consent ended or somebody asked.
    pub erased: u64,
    /// Batches deleted at the end of their retention.
    pub deleted: u64,
    /// Bases that ended.
    pub ended: u64,
    /// Streams known.
    pub streams: u64,
    /// Of them not closed.
    pub open: u64,
    /// Messages that contradict what is stored.
    pub forks: u64,
    /// Numbers up to the heads of the chains at which nothing stands.
    pub gaps: u64,
    /// The newest batches, newest first.
    pub newest: Vec<BatchLook>,
}

/// One batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BatchLook {
    /// Its name: stream and number.
    pub batch_id: String,
    /// Number in its stream.
    pub n: u32,
    /// Use id; empty where the catalog is not known.
    pub use_id: String,
    /// When it was received, Unix milliseconds.
    pub received_ms: i64,
    /// `accepted` or `refused`.
    pub verdict: &'static str,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Rows of data.
    pub records: u32,
    /// When it was erased.
    pub erased_ms: Option<i64>,
    /// Why it was erased.
    pub erased_for: Option<String>,
    /// The values, newest first, at most as many as were asked for; none once it is erased.
    pub rows: Vec<RowLook>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowLook {
    /// VSS path.
    pub signal: String,
    /// VSS unit.
    pub unit: String,
    /// Its stamp, Unix milliseconds.
    pub t_ms: i64,
    /// The value.
    pub value: serde_json::Value,
}

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Newest batches of each recipient.
    pub batches: u32,
    /// Values of each batch.
    pub rows: usize,
}

/// Looks.
pub(crate) fn look(db: &Connection, catalogs: &Catalogs, counts: Counts, depth: Depth) -> Result<Look, EngineError> {
    let mut recipients: BTreeMap<String, RecipientLook> = BTreeMap::new();
    let streams: BTreeMap<i64, Stream> = store::streams(db)?.into_iter().map(|stream| (stream.id, stream)).collect();
    for stream in streams.values() {
        let one = recipients.entry(stream.recipient.clone()).or_default();
        one.streams = one.streams.saturating_add(1);
        one.open = one.open.saturating_add(u64::from(stream.closed_ms.is_none()));
        add_sums(db, stream, one)?;
    }
    for (id, one) in &mut recipients {
        one.newest = newest(db, catalogs, &streams, id, depth)?;
    }
    Ok(Look { counts, recipients })
}

fn add_sums(db: &Connection, stream: &Stream, one: &mut RecipientLook) -> Result<(), EngineError> {
    let mut query = db.prepare_cached(
        "SELECT coalesce(sum(state = 0), 0), coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0),
                coalesce(sum(records) FILTER (WHERE state = 0), 0), coalesce(sum(records) FILTER (WHERE state = 0 AND envelope IS NOT NULL), 0),
                coalesce(sum(decisions) FILTER (WHERE state = 0), 0),
                coalesce(sum(state = 0 AND erased_ms IS NOT NULL AND erased_for != 'retention'), 0), coalesce(sum(erased_for = 'retention'), 0),
                (SELECT count(*) FROM ends WHERE stream = ?1), (SELECT count(*) FROM aside WHERE stream = ?1), ?2 - coalesce(sum(n <= ?2), 0)
         FROM batches WHERE stream = ?1",
    )?;
    let sums: [i64; 11] = query.query_row(params![stream.id, stream.head.n], |row| {
        let mut sums = [0; 11];
        for (at, sum) in sums.iter_mut().enumerate() {
            *sum = row.get(at)?;
        }
        Ok(sums)
    })?;
    let fields = [
        &mut one.accepted,
        &mut one.refused,
        &mut one.void,
        &mut one.records,
        &mut one.held,
        &mut one.decisions,
        &mut one.erased,
        &mut one.deleted,
        &mut one.ended,
        &mut one.forks,
        &mut one.gaps,
    ];
    for (field, sum) in fields.into_iter().zip(sums) {
        *field = field.saturating_add(u64::try_from(sum).unwrap_or(0));
    }
    Ok(())
}

/// The counts of each stream that is known. Messages that do not hold are of no stream.
pub(crate) fn by_stream(db: &Connection) -> Result<BTreeMap<StreamId, Counts>, EngineError> {
    let mut counted = BTreeMap::new();
    for stream in store::streams(db)? {
        let mut one = RecipientLook::default();
        add_sums(db, &stream, &mut one)?;
        let statements: i64 = db.prepare_cached("SELECT count(*) FROM lane WHERE stream = ?1")?.query_row([stream.id], |row| row.get(0))?;
        let counts = Counts {
            batches_accepted: one.accepted,
            batches_refused: one.refused,
            records: one.records,
            decisions: one.decisions,
            statements: u64::try_from(statements).unwrap_or(0),
            ended: one.ended,
            erased: one.erased,
            bad: 0,
            forks: one.forks,
            streams: 1,
        };
        counted.insert(stream.name, counts);
    }
    Ok(counted)
}

/// A row of `batches` with its stream.
struct Stored {
    stream: i64,
    look: BatchLook,
    envelope: Option<Vec<u8>>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let accepted = row.get::<_, i64>(2)? == 0;
    let look = BatchLook {
        n: row.get(1)?,
        verdict: if accepted { "accepted" } else { "refused" },
        reason: row.get(3)?,
        received_ms: row.get(4)?,
        erased_ms: row.get(5)?,
        erased_for: row.get(6)?,
        records: row.get(7)?,
        ..BatchLook::default()
    };
    Ok(Stored { stream: row.get(0)?, look, envelope: row.get(8)? })
}

fn newest(db: &Connection, catalogs: &Catalogs, streams: &BTreeMap<i64, Stream>, recipient: &str, depth: Depth) -> Result<Vec<BatchLook>, EngineError> {
    let mut query = db.prepare_cached(
        "SELECT b.stream, b.n, b.state, b.reason, b.received_ms, b.erased_ms, b.erased_for, b.records, b.envelope FROM batches AS b
         JOIN streams AS s ON s.id = b.stream WHERE s.recipient = ?1 AND b.state IN (0, 1) ORDER BY b.received_ms DESC, b.rowid DESC LIMIT ?2",
    )?;
    let stored: Vec<Stored> = query.query_map(params![recipient, depth.batches], read)?.collect::<Result<_, _>>()?;
    let mut looks = Vec::with_capacity(stored.len());
    for Stored { stream, mut look, envelope } in stored {
        let Some(stream) = streams.get(&stream) else { continue };
        look.batch_id = hand_on::batch_id(stream, look.n);
        look.use_id = store::first_basis(db, stream.id)?.map(|terms| terms.use_id).unwrap_or_default();
        if let Some(envelope) = envelope {
            look.rows = rows(db, catalogs, stream, &envelope, depth.rows)?;
        }
        looks.push(look);
    }
    Ok(looks)
}

fn rows(db: &Connection, catalogs: &Catalogs, stream: &Stream, sealed: &[u8], rows_max: usize) -> Result<Vec<RowLook>, EngineError> {
    let batch = envelope::peek(sealed).ok().and_then(|(_, payload)| Batch::from_bytes(&payload).ok());
    let Some(batch) = batch else { return Ok(Vec::new()) };
    let Ok(resting) = verify::resolve(db, stream.id, &batch, catalogs)? else { return Ok(Vec::new()) };
    let Ok(mut rows) = coder::decode(batch.coder, &batch.body, batch.records) else { return Ok(Vec::new()) };
    rows.sort_by_key(|row| std::cmp::Reverse(row.t_ms));
    let shown = rows.iter().take(rows_max).map(|row| {
        let signal = resting.known.catalog.signals.get(row.signal.index());
        let text = |part: fn(&consent_protocol::catalog::Signal) -> &String| signal.map(part).cloned().unwrap_or_default();
        RowLook { signal: text(|signal| &signal.path), unit: text(|signal| &signal.unit), t_ms: row.t_ms, value: hand_on::json(&row.value) }
    });
    Ok(shown.collect())
}
