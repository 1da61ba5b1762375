//! Hello and statements. Ends act at once, wherever they stand; everything else waits for its turn in the chain.
//!
//! INVARIANT: the lane's head moves by one, onto a statement that is stored in the same transaction.

use crate::batches;
use crate::engine::EngineError;
use crate::erase::{self, Data, End};
use crate::store::{self, Aside, Filled, NewBatch};
use crate::work::Work;
use consent_protocol::envelope::Kind;
use consent_protocol::lane::{Hello, Statement, StatementBody, WINDOW};
use consent_protocol::{Digest, Head};

/// A statement whose signature held.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) statement: Statement,
    pub(crate) digest: Digest,
    pub(crate) envelope: Vec<u8>,
}

/// Whether a statement keeps to the sizes of the protocol.
pub(crate) fn well_formed(statement: &Statement) -> bool {
    let voids = match &statement.body {
        StatementBody::BasisEnded { voids, .. } | StatementBody::Void { voids, .. } | StatementBody::Closed { voids } => voids.as_slice(),
        StatementBody::Catalog { .. } | StatementBody::BasisOpened(_) => &[],
    };
    statement.k > 0 && voids.len() <= WINDOW
}

/// Takes a Hello of a known stream.
pub(crate) fn hello(work: &mut Work<'_>, hello: &Hello) -> Result<(), EngineError> {
    let again = work.stream.nonce == hello.nonce && work.stream.base == hello.base;
    work.stream.nonce = hello.nonce;
    work.stream.base = hello.base;
    if hello.base.n > work.stream.head.n {
        // We acknowledged more than we hold: a restored backup. What lies between is ours to answer for; the car goes on.
        store::count(work.db, "lost", u64::from(hello.base.n.saturating_sub(work.stream.head.n)))?;
        store::add_batch(work.db, work.stream.id, work.now_ms, &NewBatch::empty(hello.base, Filled::Lost))?;
        work.stream.head = hello.base;
        batches::advance(work)?;
    }
    if work.park.waits(work.stream.id) {
        tracing::warn!(stream = %work.stream.name, "batches still wait for what lies before them");
    }
    work.conflict = match (newer_than(work, hello.lane)?, other_base(work, hello.base)?) {
        (Some(proof), _) | (None, Some(proof)) => Some(proof),
        // It greets again although it was told how far we are: either that was lost, or its store does not know what it sent us.
        (None, None) if again => store::newest_held(work.db, work.stream.id, hello.base.n)?,
        (None, None) => None,
    };
    Ok(())
}

/// The car's own batch where its base has another.
fn other_base(work: &Work<'_>, theirs: Head) -> Result<Option<Vec<u8>>, EngineError> {
    let known = store::batch(work.db, work.stream.id, theirs.n)?;
    Ok(known.filter(|(digest, _)| *digest != theirs.digest).and_then(|(_, envelope)| envelope))
}

/// The car's own statement that its Hello does not know of: the proof that its store was rolled back.
fn newer_than(work: &Work<'_>, theirs: Head) -> Result<Option<Vec<u8>>, EngineError> {
    let ours = work.stream.lane;
    let first_unknown = match store::statement(work.db, work.stream.id, theirs.n)? {
        Some((digest, _)) if digest != theirs.digest => theirs.n,
        Some(_) | None => theirs.n.saturating_add(1),
    };
    if first_unknown > ours.n {
        return Ok(None);
    }
    Ok(store::statement(work.db, work.stream.id, first_unknown)?.map(|(_, envelope)| envelope))
}

/// Takes a statement.
pub(crate) fn receive(work: &mut Work<'_>, told: &Told) -> Result<(), EngineError> {
    let Told { statement, digest, envelope } = told;
    let head = work.stream.lane;
    if statement.k <= head.n {
        return match store::statement(work.db, work.stream.id, statement.k)? {
            Some((known, first)) if known != *digest => contradicted(work, told, first),
            Some(_) | None => Ok(()),
        };
    }
    if statement.k > head.n.saturating_add(1) {
        return end_at_once(work, statement);
    }
    if statement.prev != head.digest {
        let first = store::statement(work.db, work.stream.id, head.n)?.map(|(_, first)| first);
        return first.map_or(Ok(()), |first| contradicted(work, told, first));
    }
    store::add_statement(work.db, work.stream.id, statement, *digest, work.now_ms, envelope)?;
    work.stream.lane = Head { n: statement.k, digest: *digest };
    apply(work, statement)
}

fn contradicted(work: &mut Work<'_>, told: &Told, first: Vec<u8>) -> Result<(), EngineError> {
    let aside = Aside { kind: Kind::Lane, number: told.statement.k, basis: None, digest: told.digest, envelope: Some(&told.envelope) };
    work.contradicted(&aside, Some(first))
}

/// A statement from beyond a gap: an end only takes away, so it acts, but its voids wait for its turn.
fn end_at_once(work: &mut Work<'_>, statement: &Statement) -> Result<(), EngineError> {
    match &statement.body {
        StatementBody::BasisEnded { .. } => end(work, statement),
        StatementBody::Catalog { .. } | StatementBody::BasisOpened(_) | StatementBody::Void { .. } | StatementBody::Closed { .. } => Ok(()),
    }
}

fn apply(work: &mut Work<'_>, statement: &Statement) -> Result<(), EngineError> {
    match &statement.body {
        StatementBody::Catalog { .. } | StatementBody::BasisOpened(_) => Ok(()),
        StatementBody::BasisEnded { erase, voids, .. } => {
            end(work, statement)?;
            if *erase {
                work.stream.erase_k = work.stream.erase_k.max(statement.k);
            }
            void(work, voids)
        }
        StatementBody::Void { voids, .. } => void(work, voids),
        StatementBody::Closed { voids } => {
            void(work, voids)?;
            work.stream.closed_ms = work.stream.closed_ms.or(Some(work.now_ms));
            Ok(())
        }
    }
}

/// Numbers that will never come; they are filled when their turn comes.
fn void(work: &mut Work<'_>, voids: &[Head]) -> Result<(), EngineError> {
    store::add_voids(work.db, work.stream.id, work.stream.head.n, voids)?;
    batches::advance(work)
}

fn end(work: &mut Work<'_>, statement: &Statement) -> Result<(), EngineError> {
    let StatementBody::BasisEnded { basis, kind, erase, .. } = &statement.body else { return Ok(()) };
    let data = if *erase { Data::Goes } else { Data::Stays };
    let end = End { basis: *basis, k: Some(statement.k), kind: *kind, data, secret: None };
    work.logged.extend(erase::end(work.db, work.hand_on, &work.stream, work.now_ms, &end)?);
    Ok(())
}
