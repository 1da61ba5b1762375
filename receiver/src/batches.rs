//! Judging a batch, in the one order that the model proved: known, open, new, next, fitting, told of, alive, sound.
//!
//! INVARIANT: a number is filled once; `head` moves by one, and only onto a number that is filled in the same transaction.

use crate::calendar::day;
use crate::engine::EngineError;
use crate::hand_on::{self, HandOn};
use crate::store::{self, Aside, Filled, NewBatch};
use crate::verify::{self, Checked};
use crate::work::Work;
use consent_protocol::batch::Batch;
use consent_protocol::envelope::Kind;
use consent_protocol::lane::{RefusalReason, WINDOW};
use consent_protocol::{Digest, Head};
use std::collections::BTreeMap;

/// A batch whose signature held.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) batch: Batch,
    pub(crate) digest: Digest,
    pub(crate) envelope: Vec<u8>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// Its number is filled now.
    Filled,
    /// It cannot be judged yet: a gap, a statement that has not come, or a full list of refusals.
    Waits,
    /// Nothing of it is kept.
    Dropped,
}

/// Batches that wait, in memory: of each stream at most [`WINDOW`], of all together at most [`PARK_BYTES_MAX`].
#[derive(Debug, Default)]
pub(crate) struct Park {
    streams: BTreeMap<i64, BTreeMap<u32, Incoming>>,
    bytes: usize,
}

/// Most bytes that wait.
const PARK_BYTES_MAX: usize = 64 << 20;

impl Park {
    /// Keeps a batch if there is room; the car sends again what is dropped.
    fn put(&mut self, stream: i64, incoming: Incoming) {
        let size = incoming.envelope.len();
        let parked = self.streams.entry(stream).or_default();
        if parked.len() < WINDOW && self.bytes.saturating_add(size) <= PARK_BYTES_MAX && !parked.contains_key(&incoming.batch.n) {
            parked.insert(incoming.batch.n, incoming);
            self.bytes = self.bytes.saturating_add(size);
        }
    }

    /// Whether batches of a stream wait.
    pub(crate) fn waits(&self, stream: i64) -> bool {
        self.streams.contains_key(&stream)
    }

    /// Takes the batch of a number; what stands below is forgotten.
    fn take(&mut self, stream: i64, n: u32) -> Option<Incoming> {
        let parked = self.streams.get_mut(&stream)?;
        let above = parked.split_off(&n);
        let below: usize = parked.values().map(|incoming| incoming.envelope.len()).sum();
        *parked = above;
        let taken = parked.remove(&n);
        if parked.is_empty() {
            self.streams.remove(&stream);
        }
        self.bytes = self.bytes.saturating_sub(below).saturating_sub(taken.as_ref().map_or(0, |incoming| incoming.envelope.len()));
        taken
    }
}

/// Takes a batch, and parks it if it has to wait.
pub(crate) fn receive(work: &mut Work<'_>, incoming: Incoming) -> Result<(), EngineError> {
    let judged = judge(work, &incoming)?;
    if judged == Judged::Waits {
        work.park.put(work.stream.id, incoming);
    }
    Ok(())
}

/// Judges parked batches for which the time has come.
pub(crate) fn drain(work: &mut Work<'_>) -> Result<(), EngineError> {
    loop {
        advance(work)?;
        let next = work.stream.head.n.saturating_add(1);
        let Some(incoming) = work.park.take(work.stream.id, next) else { return Ok(()) };
        match judge(work, &incoming)? {
            Judged::Filled => (),
            Judged::Dropped => return Ok(()),
            Judged::Waits => {
                work.park.put(work.stream.id, incoming);
                return Ok(());
            }
        }
    }
}

/// Fills numbers that are void, as far as they follow the head.
pub(crate) fn advance(work: &mut Work<'_>) -> Result<(), EngineError> {
    while let Some(void) = store::take_void(work.db, work.stream.id, work.stream.head.n.saturating_add(1))? {
        store::add_batch(work.db, work.stream.id, work.now_ms, &NewBatch::empty(void, Filled::Void))?;
        work.stream.head = void;
    }
    Ok(())
}

fn judge(work: &mut Work<'_>, incoming: &Incoming) -> Result<Judged, EngineError> {
    let (batch, head) = (&incoming.batch, work.stream.head);
    if work.stream.closed_ms.is_some() {
        return Ok(Judged::Dropped);
    }
    if batch.n <= head.n {
        return match store::batch(work.db, work.stream.id, batch.n)? {
            Some((known, first)) if known != incoming.digest => fork(work, incoming, first),
            Some(_) | None => Ok(Judged::Dropped),
        };
    }
    if batch.n > head.n.saturating_add(1) {
        return Ok(Judged::Waits);
    }
    if batch.prev != head.digest {
        let first = store::batch(work.db, work.stream.id, head.n)?.and_then(|(_, first)| first);
        return fork(work, incoming, first);
    }
    if batch.needs > work.stream.lane.n {
        return Ok(Judged::Waits);
    }
    if store::has_ended(work.db, work.stream.id, batch.basis)? {
        return Ok(Judged::Dropped);
    }
    match verify::check(work.db, work.stream.id, batch, work.catalogs)? {
        Ok(checked) => accept(work, incoming, &checked),
        Err(_) if store::refused_count(work.db, work.stream.id, work.stream.base.n)? >= WINDOW => Ok(Judged::Waits),
        Err(reason) => refuse(work, incoming, reason),
    }
}

fn accept(work: &mut Work<'_>, incoming: &Incoming, checked: &Checked) -> Result<Judged, EngineError> {
    let Incoming { batch, digest, envelope } = incoming;
    match work.hand_on {
        HandOn::Nothing => (),
        HandOn::Stdout | HandOn::Folder(_) => {
            let lines = hand_on::lines(&work.stream, batch, &checked.resting, &checked.rows, work.now_ms)?;
            work.hand_on.append(work.db, &work.stream, work.now_ms, &lines)?;
        }
    }
    let (at, today, expires_ms) = (Head { n: batch.n, digest: *digest }, day(work.now_ms), checked.expires_ms());
    let row = NewBatch {
        at,
        filled: Filled::Accepted,
        basis: Some(batch.basis),
        reason: None,
        records: batch.records,
        decisions: batch.decisions,
        expires_ms: Some(expires_ms),
        day: Some(&today),
        envelope: Some(envelope),
    };
    store::add_batch(work.db, work.stream.id, work.now_ms, &row)?;
    work.stream.keep_ms = work.stream.keep_ms.max(expires_ms.saturating_add(crate::erase::ASIDE_MS));
    work.stream.head = at;
    Ok(Judged::Filled)
}

fn refuse(work: &mut Work<'_>, incoming: &Incoming, reason: RefusalReason) -> Result<Judged, EngineError> {
    let Incoming { batch, digest, envelope } = incoming;
    let at = Head { n: batch.n, digest: *digest };
    let row = NewBatch {
        basis: Some(batch.basis),
        reason: Some(reason),
        records: batch.records,
        decisions: batch.decisions,
        expires_ms: Some(work.now_ms.saturating_add(crate::erase::ASIDE_MS)),
        envelope: Some(envelope),
        ..NewBatch::empty(at, Filled::Refused)
    };
    store::add_batch(work.db, work.stream.id, work.now_ms, &row)?;
    work.stream.head = at;
    tracing::warn!(stream = %work.stream.name, n = batch.n, reason = store::reason_name(reason), "batch refused");
    Ok(Judged::Filled)
}

fn fork(work: &mut Work<'_>, incoming: &Incoming, first: Option<Vec<u8>>) -> Result<Judged, EngineError> {
    let Incoming { batch, digest, envelope } = incoming;
    // Data of a dead basis is not kept aside either.
    let held = if store::has_ended(work.db, work.stream.id, batch.basis)? { None } else { Some(envelope.as_slice()) };
    // Where the first is erased, what came after it proves the same.
    let proof = first.map_or_else(|| store::newest_held(work.db, work.stream.id, batch.n.saturating_sub(1)), |first| Ok(Some(first)))?;
    work.contradicted(&Aside { kind: Kind::Batch, number: batch.n, basis: Some(batch.basis), digest: *digest, envelope: held }, proof)?;
    Ok(Judged::Dropped)
}
