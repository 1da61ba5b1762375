//! Bases: opened with the first batch that rests on them, ended by any change of what they rest on.

use super::{Basis, Cx, Outbox, Room, Row, Stored, Stream, waiting};
use crate::batcher::{Clearance, Closed, Terms};
use crate::book::Erase;
use crate::change::{Ended, InForce};
use crate::control::ReviewAnswer;
use crate::outbox::heard::{Ending, Possibly};
use crate::outbox::link::Carried;
use crate::passed;
use crate::rng::Rng;
use crate::signer::Signer;
use crate::store::{BasisEnd, BasisId, BasisRow, MetaKey, Outcome, QueueRow, RowId, RowState, StoreOp, StreamRow};
use consent_protocol::batch::Batch;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::lane::{BasisTerms, EndKind, StatementBody, VoidReason, WINDOW};
use consent_protocol::{Digest, Head, StreamId, coder};
use std::collections::{BTreeMap, BTreeSet};

/// On what a use may send now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasisSpec {
    /// Recipient id.
    pub recipient: String,
    /// Its terms; commitments are padded when it is made.
    pub terms: BasisTerms,
    /// Consents that it rests on: (person id, record).
    pub consents: Vec<(String, [u8; 16])>,
    /// Commitments of those consents.
    pub commitments: Vec<Digest>,
    /// Whether each transmission awaits a review: then a basis is for exactly the batches of one review.
    pub clearance: Clearance,
    /// Digest and version of the catalog in force.
    pub catalog: (Digest, u32),
    /// How batches close.
    pub records_max: u32,
    /// Period of the closing grid, seconds.
    pub within_s: u32,
}

/// No certified key for a new stream is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKey;

impl Outbox {
    /// The basis for a use, found or made, with how its batches close.
    pub fn basis_for<S: Signer>(&mut self, spec: &BasisSpec, cx: &mut Cx<'_, S>) -> Result<Terms, NoKey> {
        let stream = self.stream_for(spec, cx)?;
        let found = self.bases.values().find(|basis| basis.row.stream == stream && basis.serves(spec, cx.now.wall_ms)).map(|basis| basis.row.id);
        let basis = found.unwrap_or_else(|| self.make_basis(stream, spec, cx));
        let offset_ms = self.streams.get(&stream).map_or(0, |stream| i64::from(stream.row.offset_ms));
        let records_max = usize::try_from(spec.records_max).unwrap_or(usize::MAX);
        Ok(Terms { basis, clearance: spec.clearance, records_max, within_ms: i64::from(spec.within_s).saturating_mul(1_000), offset_ms })
    }

    fn stream_for<S: Signer>(&mut self, spec: &BasisSpec, cx: &mut Cx<'_, S>) -> Result<StreamId, NoKey> {
        let serves = |stream: &&Stream| !stream.row.closed && stream.row.use_id == spec.terms.use_id && stream.row.recipient == spec.recipient;
        if let Some(stream) = self.streams.values().find(serves) {
            return Ok(stream.row.id);
        }
        let key = self.take_key(&spec.recipient, cx.signer.pool_len(), cx.ops).ok_or(NoKey)?;
        let rng = self.rng_of(&spec.recipient);
        let within_ms = u64::from(spec.within_s).saturating_mul(1_000).max(1);
        let row = StreamRow {
            id: StreamId(rng.bytes()),
            recipient: spec.recipient.clone(),
            use_id: spec.terms.use_id.clone(),
            key,
            offset_ms: u32::try_from(rng.below(within_ms)).unwrap_or(0),
            lane: Head::default(),
            numbered: Head::default(),
            base: Head::default(),
            answered_k: 0,
            erased_k: 0,
            catalog: (0, Digest::default()),
            closed: false,
        };
        cx.ops.push(StoreOp::Stream(row.clone()));
        let id = row.id;
        self.streams.insert(id, Stream::new(row));
        Ok(id)
    }

    fn make_basis<S: Signer>(&mut self, stream: StreamId, spec: &BasisSpec, cx: &mut Cx<'_, S>) -> BasisId {
        let id = self.next_basis;
        self.next_basis = id.saturating_add(1);
        let mut terms = spec.terms.clone();
        let mut real = spec.commitments.iter();
        let rng = self.rng_of(&spec.recipient);
        terms.commitments = std::array::from_fn(|_| real.next().copied().unwrap_or_else(|| Digest(rng.bytes())));
        shuffle(&mut terms.commitments, rng);
        let (consents, catalog, end) = (spec.consents.clone(), spec.catalog, BasisEnd::Open);
        let reveals = cx.in_force.map(|in_force| passed::of_basis(&in_force.catalog, &terms)).unwrap_or_default();
        let row = BasisRow { id, stream, k: 0, end_k: 0, erase_owed: false, catalog, terms, consents, end, reveals };
        cx.ops.push(StoreOp::Basis(row.clone()));
        cx.ops.push(self.ids_op());
        self.bases.insert(id, Basis { row, rows: BTreeSet::new() });
        id
    }

    /// Stores a batch that closed; a live one opens its basis if it is the first. A batch whose basis has ended meanwhile is
    /// not stored: the caller counts it as purged. `driver` is who alone drove meanwhile: theirs is what rests on nobody's consent.
    pub fn append<S: Signer>(&mut self, closed: Closed, driver: Option<&str>, in_force: &InForce, room: Room, cx: &mut Cx<'_, S>) -> Result<(), Closed> {
        let (Some(basis), false) = (self.bases.get(&closed.basis).filter(|basis| basis.row.is_open()), closed.rows.is_empty()) else {
            return Err(closed);
        };
        let (stream, version) = (basis.row.stream, in_force.catalog.version);
        let (state, needs) = match closed.clearance {
            Clearance::Live => {
                let catalog = self.state_catalog(stream, in_force.digest, version, cx);
                (RowState::Queued, catalog.and_then(|k| self.open(closed.basis, cx).map(|basis| basis.max(k))))
            }
            Clearance::Review => (RowState::Awaiting, Ok(0)),
        };
        let recipient = self.streams.get(&stream).map(|stream| stream.row.recipient.clone()).unwrap_or_default();
        let random = self.rng_of(&recipient).bytes();
        let (Ok(needs), Some(basis)) = (needs, self.bases.get(&closed.basis)) else { return Err(closed) };
        let (coder, body) = coder::encode(&closed.rows);
        let (first_ms, last_ms) = closed.span_ms();
        let records = u32::try_from(closed.rows.len()).unwrap_or(u32::MAX);
        let batch = Batch {
            recipient,
            stream,
            n: 0,
            prev: Digest::default(),
            basis: 0,
            needs: 0,
            random,
            clock: closed.clock,
            records,
            decisions: closed.decisions,
            coder,
            body,
        };
        let plain = postcard::to_allocvec(&Stored { catalog: in_force.digest, needs, batch }).unwrap_or_default();
        let id = self.next_row;
        let Ok(sealed) = cx.vault.seal_row(&basis.row, id, 0, &plain, cx.rng) else { return Err(closed) };
        self.next_row = id.saturating_add(1);
        let meta = QueueRow {
            id,
            stream,
            basis: closed.basis,
            use_id: basis.row.terms.use_id.clone(),
            state,
            n: 0,
            digest: Digest::default(),
            records,
            decisions: closed.decisions,
            bytes: u32::try_from(sealed.len()).unwrap_or(u32::MAX),
            first_ms,
            last_ms,
            closed_ms: cx.now.wall_ms,
            done_ms: 0,
        };
        cx.counters.add(&meta.use_id, waiting(state), u64::from(closed.decisions));
        cx.ops.push(StoreOp::Append { row: meta.clone(), sealed });
        if basis.row.consents.is_empty()
            && let Some(person) = driver
        {
            cx.ops.push(StoreOp::Drove { row: id, person: person.to_owned() });
        }
        cx.ops.push(self.ids_op());
        let keep = self.cached.saturating_add(plain.len()) <= super::CACHE_BYTES_MAX;
        self.insert_row(Row { meta, txn: cx.txn, plain: keep.then_some(plain), loading: false });
        self.keep_within(room, id, cx);
        Ok(())
    }

    /// States that a basis begins, if that was not stated yet; yields the statement's number.
    fn open<S: Signer>(&mut self, id: BasisId, cx: &mut Cx<'_, S>) -> Result<u32, crate::SignError> {
        let Some(basis) = self.bases.get(&id) else { return Err(crate::SignError::Unknown) };
        if basis.row.k > 0 {
            return Ok(basis.row.k);
        }
        let (stream, terms) = (basis.row.stream, basis.row.terms.clone());
        let k = self.state_that(stream, StatementBody::BasisOpened(terms), cx)?;
        if let Some(basis) = self.bases.get_mut(&id) {
            basis.row.k = k;
            cx.ops.push(StoreOp::Basis(basis.row.clone()));
        }
        Ok(k)
    }

    /// Ends every basis that rests on a consent: rows are destroyed, what was numbered is voided, the recipient is told.
    /// Yields the decisions destroyed.
    pub fn end_consent<S: Signer>(&mut self, ended: &Ended, cx: &mut Cx<'_, S>) -> u64 {
        let rests = |basis: &&Basis| basis.row.consents.iter().any(|(person, record)| *person == ended.person && *record == ended.record);
        let hit: Vec<BasisId> = self.bases.values().filter(|basis| basis.row.is_open()).filter(rests).map(|basis| basis.row.id).collect();
        let erased: Vec<BasisId> = self
            .bases
            .values()
            .filter(|basis| ended.erase && !basis.row.is_open() && !basis.row.erase_owed && basis.row.k > 0)
            .filter(rests)
            .map(|basis| basis.row.id)
            .collect();
        for id in erased {
            self.tell_end(id, ended.kind, Erase::Erase, <_>::default(), cx);
        }
        hit.into_iter().fold(0, |sum: u64, id| sum.saturating_add(self.end_basis(id, ended.kind, ended.erase.into(), cx)))
    }

    /// Ends one basis.
    pub fn end_basis<S: Signer>(&mut self, id: BasisId, kind: EndKind, erase: Erase, cx: &mut Cx<'_, S>) -> u64 {
        let Some(basis) = self.bases.get_mut(&id) else { return 0 };
        basis.row.end = BasisEnd::Ended(kind);
        let rows: Vec<RowId> = basis.rows.iter().copied().collect();
        let mut destroyed: u64 = 0;
        let mut voids = Vec::new();
        let mut possibly = Possibly::default();
        let mut hit = BTreeSet::new();
        for row_id in &rows {
            let Some(row) = self.remove_row(*row_id) else { continue };
            let decisions = u64::from(row.meta.decisions);
            destroyed = destroyed.saturating_add(decisions);
            let outcome = if row.meta.state == RowState::Numbered { Outcome::PurgedPossiblySent } else { Outcome::Purged };
            cx.counters.shift(&row.meta.use_id, waiting(row.meta.state), outcome, decisions);
            if row.meta.state == RowState::Numbered {
                voids.push(Head { n: row.meta.n, digest: row.meta.digest });
                possibly.decisions = possibly.decisions.saturating_add(decisions);
                hit.insert(*row_id);
            }
        }
        possibly.batches = u32::try_from(voids.len()).unwrap_or(u32::MAX);
        if !rows.is_empty() {
            cx.ops.push(StoreOp::Tombstone { basis: id, up_to: self.next_row.saturating_sub(1) });
        }
        voids.sort_unstable_by_key(|void| void.n);
        self.tell_end(id, kind, erase, (voids, possibly), cx);
        self.cut_if_hit(&hit, cx);
        destroyed
    }

    /// States an end. If the signer does not answer, the end binds all the same and is stated later.
    pub(super) fn tell_end<S: Signer>(&mut self, id: BasisId, kind: EndKind, erase: Erase, (voids, possibly): (Vec<Head>, Possibly), cx: &mut Cx<'_, S>) {
        let Some(basis) = self.bases.get_mut(&id) else { return };
        basis.row.end = BasisEnd::Ended(kind);
        basis.row.erase_owed = erase == Erase::Erase && basis.row.k > 0;
        let (stream, k) = (basis.row.stream, basis.row.k);
        let body = StatementBody::BasisEnded { basis: k, kind, erase: erase == Erase::Erase, voids: voids.clone() };
        let told = if k == 0 { Ok(0) } else { self.state_that(stream, body, cx) };
        if told.is_err() {
            self.owe_voids(stream, &voids);
        }
        if let Some(basis) = self.bases.get_mut(&id) {
            if let Ok(end_k) = told {
                basis.row.end_k = end_k;
            }
            cx.ops.push(StoreOp::Basis(basis.row.clone()));
            let end_k = basis.row.end_k;
            if k > 0 {
                self.basis_ended(&Ending { stream, basis: k, end_k, possibly, erase }, cx.now.wall_ms);
            }
        }
        self.watch(id);
    }

    /// Remembers voids that could not be stated.
    fn owe_voids(&mut self, id: StreamId, voids: &[Head]) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.unvoided.extend(voids.iter().map(|void| (void.n, void.digest)));
            stream.conn.alarm();
        }
    }

    /// States voids that could not be stated for want of the signer: without them the receiver waits for these numbers for ever.
    fn tell_owed_voids<S: Signer>(&mut self, cx: &mut Cx<'_, S>) {
        let owing: Vec<StreamId> = self.streams.values().filter(|stream| !stream.unvoided.is_empty()).map(|stream| stream.row.id).collect();
        for id in owing {
            let Some(stream) = self.streams.get(&id) else { continue };
            let voids: Vec<Head> = stream.unvoided.iter().take(WINDOW).map(|(n, digest)| Head { n: *n, digest: *digest }).collect();
            let stated = self.state_that(id, StatementBody::Void { voids: voids.clone(), reason: VoidReason::Dropped }, cx);
            if let (Ok(_), Some(stream)) = (stated, self.streams.get_mut(&id)) {
                stream.unvoided.retain(|n, _| !voids.iter().any(|void| void.n == *n));
            }
        }
    }

    /// States ends that could not be stated for want of the signer.
    pub(super) fn tell_owed_ends<S: Signer>(&mut self, cx: &mut Cx<'_, S>) {
        let end_of = |id: &BasisId| match self.bases.get(id)?.row.end {
            BasisEnd::Ended(kind) => Some((*id, kind, self.bases.get(id)?.row.erase_owed.into())),
            BasisEnd::Open => None,
        };
        let owed: Vec<(BasisId, EndKind, Erase)> = self.untold.iter().filter_map(end_of).collect();
        for (id, kind, erase) in owed {
            self.tell_end(id, kind, erase, <_>::default(), cx);
        }
        self.tell_owed_voids(cx);
    }

    /// Drops the connection that holds any of these rows.
    fn cut_if_hit<S: Signer>(&mut self, rows: &BTreeSet<RowId>, cx: &mut Cx<'_, S>) {
        let holds = |carried: &Carried| matches!(carried, Carried::Batch(_, row) if rows.contains(row));
        let hit: Vec<String> = self.links.iter().filter(|(_, link)| link.in_flight.values().any(holds)).map(|(recipient, _)| recipient.clone()).collect();
        for recipient in hit {
            self.cut(&recipient, cx);
        }
    }

    /// Drops connections that hold rows of a use whose queue was shut.
    pub fn cut_shut<S: Signer>(&mut self, cx: &mut Cx<'_, S>) {
        let shut: BTreeSet<RowId> = self.rows.values().filter(|row| cx.shut.contains(&row.meta.use_id)).map(|row| row.meta.id).collect();
        self.cut_if_hit(&shut, cx);
    }

    /// Ends bases that rest on no consent and whose time is over, and rows that are too old to send.
    pub fn expire<S: Signer>(&mut self, in_force: &InForce, cx: &mut Cx<'_, S>) {
        if cx.now.trust == consent_core::ClockTrust::Untrusted {
            return;
        }
        let over = |basis: &&Basis| basis.row.is_open() && basis.row.terms.until_s.saturating_mul(1_000) <= cx.now.wall_ms && basis.row.consents.is_empty();
        let ended: Vec<BasisId> = self.bases.values().filter(over).map(|basis| basis.row.id).collect();
        for id in ended {
            self.end_basis(id, EndKind::Expired, Erase::Keep, cx);
        }
        let old: Vec<RowId> = self.rows.values().filter(|row| row.is_too_old(Some(in_force), cx.now.wall_ms)).map(|row| row.meta.id).collect();
        self.count_lapsed(&old, cx);
        self.void_rows(&old, VoidReason::Expired, cx);
    }

    /// Counts what is destroyed because a person did not answer a review, so that they can be told (R13).
    pub(super) fn count_lapsed<S: Signer>(&mut self, rows: &[RowId], cx: &mut Cx<'_, S>) {
        let mut counted = false;
        for row in rows.iter().filter_map(|id| self.rows.get(id)).filter(|row| row.meta.state == RowState::Awaiting) {
            let consents = self.bases.get(&row.meta.basis).map(|basis| basis.row.consents.as_slice()).unwrap_or_default();
            for (person, _) in consents {
                let cell = self.lapsed.entry((person.clone(), row.meta.use_id.clone())).or_default();
                *cell = cell.saturating_add(u64::from(row.meta.decisions));
                counted = true;
            }
        }
        if counted {
            cx.ops.push(self.lapsed_op());
        }
    }

    fn lapsed_op(&self) -> StoreOp {
        StoreOp::Meta { key: MetaKey::Lapsed, value: postcard::to_allocvec(&self.lapsed).unwrap_or_default() }
    }

    /// Decisions of a person's reviews that were destroyed unanswered, by use id.
    pub fn lapsed(&self, person: &str) -> impl Iterator<Item = (&str, u64)> {
        self.lapsed.iter().filter(move |((known, _), _)| known == person).map(|((_, use_id), decisions)| (use_id.as_str(), *decisions))
    }

    /// Ends rows although their basis lives; what was numbered is voided.
    pub(super) fn void_rows<S: Signer>(&mut self, rows: &[RowId], reason: VoidReason, cx: &mut Cx<'_, S>) {
        let mut voids: BTreeMap<StreamId, Vec<Head>> = BTreeMap::new();
        let mut hit = BTreeSet::new();
        for id in rows {
            let Some(row) = self.remove_row(*id) else { continue };
            let numbered = row.meta.state == RowState::Numbered;
            let outcome = match (reason, numbered) {
                (VoidReason::Expired, _) => Outcome::Expired,
                (VoidReason::Dropped | VoidReason::Closed, false) => Outcome::Dropped,
                (VoidReason::Dropped | VoidReason::Closed, true) => Outcome::DroppedPossiblySent,
            };
            cx.counters.shift(&row.meta.use_id, waiting(row.meta.state), outcome, u64::from(row.meta.decisions));
            cx.ops.push(StoreOp::DeleteRow { row: *id });
            if numbered {
                voids.entry(row.meta.stream).or_default().push(Head { n: row.meta.n, digest: row.meta.digest });
                hit.insert(*id);
            }
        }
        for (stream, voids) in voids {
            let owed = voids.clone();
            let body = if reason == VoidReason::Closed { StatementBody::Closed { voids } } else { StatementBody::Void { voids, reason } };
            if self.state_that(stream, body, cx).is_err() {
                self.owe_voids(stream, &owed);
            }
        }
        self.cut_if_hit(&hit, cx);
    }

    /// Uses of open streams that a catalog lacks.
    pub fn streams_without_use(&self, catalog: &CompiledCatalog) -> BTreeSet<String> {
        let open = self.streams.values().filter(|stream| !stream.row.closed).map(|stream| &stream.row.use_id);
        open.filter(|use_id| catalog.use_index(use_id).is_none()).cloned().collect()
    }

    /// Closes the streams of uses that the catalog no longer has; all of their bases have ended before.
    pub fn close_streams<S: Signer>(&mut self, gone: &BTreeSet<String>, cx: &mut Cx<'_, S>) {
        let closing: Vec<StreamId> =
            self.streams.values().filter(|stream| !stream.row.closed && gone.contains(&stream.row.use_id)).map(|stream| stream.row.id).collect();
        for id in closing {
            let open: Vec<BasisId> = self.bases.values().filter(|basis| basis.row.stream == id && basis.row.is_open()).map(|basis| basis.row.id).collect();
            for basis in open {
                self.end_basis(basis, EndKind::Suspended, Erase::Keep, cx);
            }
            if self.streams.get(&id).is_some_and(|stream| stream.row.lane.n > 0)
                && self.state_that(id, StatementBody::Closed { voids: Vec::new() }, cx).is_err()
            {
                continue;
            }
            if let Some(stream) = self.streams.get_mut(&id) {
                stream.row.closed = true;
                cx.ops.push(StoreOp::Stream(stream.row.clone()));
            }
        }
    }

    /// A person answered a review: their rows of a use (or of all), up to the newest that they saw, are sent on a basis of their
    /// own, or destroyed. Yields rows hit.
    pub fn review<S: Signer>(&mut self, person: &str, (use_id, newest): (Option<&str>, Option<RowId>), answer: ReviewAnswer, cx: &mut Cx<'_, S>) -> usize {
        let seen = |row: &Row| newest.is_none_or(|newest| row.meta.id <= newest);
        let asked = |row: &&Row| self.awaits(row, person) && use_id.is_none_or(|use_id| row.meta.use_id == use_id) && seen(row);
        let rows: Vec<(RowId, BasisId)> = self.rows.values().filter(asked).map(|row| (row.meta.id, row.meta.basis)).collect();
        match answer {
            ReviewAnswer::Destroy => {
                let ids: Vec<RowId> = rows.iter().map(|(row, _)| *row).collect();
                self.void_rows(&ids, VoidReason::Expired, cx);
            }
            ReviewAnswer::Send => rows.iter().for_each(|(row, basis)| self.release(*row, *basis, cx)),
        }
        rows.len()
    }

    /// Whether a row waits for a review by this person.
    pub(super) fn awaits(&self, row: &Row, person: &str) -> bool {
        let rests_on = |basis: &Basis| basis.row.consents.iter().any(|(known, _)| known == person);
        row.meta.state == RowState::Awaiting && self.bases.get(&row.meta.basis).is_some_and(rests_on)
    }

    /// A row that waited for a review may go, under the catalog that it was coded with. Without the signer it waits on.
    fn release<S: Signer>(&mut self, id: RowId, basis: BasisId, cx: &mut Cx<'_, S>) {
        let Some((stream, (digest, version))) = self.bases.get(&basis).map(|basis| (basis.row.stream, basis.row.catalog)) else { return };
        if self.state_catalog(stream, digest, version, cx).and_then(|_| self.open(basis, cx)).is_err() {
            return;
        }
        if let Some(mut row) = self.remove_row(id) {
            cx.counters.shift(&row.meta.use_id, Outcome::Awaiting, Outcome::Queued, u64::from(row.meta.decisions));
            (row.meta.state, row.txn) = (RowState::Queued, cx.txn);
            cx.ops.push(StoreOp::Update { row: row.meta.clone(), sealed: None });
            self.insert_row(row);
        }
    }

    /// Asks recipients to erase what they hold of a person (and of one use): open bases end, ended ones end again with the
    /// demand. Disclosures of it go too. Yields how many bases were hit.
    pub fn erase<S: Signer>(&mut self, person: &str, use_id: Option<&str>, cx: &mut Cx<'_, S>) -> usize {
        let of = |basis: &&Basis| basis.row.consents.iter().any(|(known, _)| known == person) && use_id.is_none_or(|use_id| basis.row.terms.use_id == use_id);
        let hit: Vec<(BasisId, BasisEnd, bool)> = self.bases.values().filter(of).map(|basis| (basis.row.id, basis.row.end, basis.row.erase_owed)).collect();
        for (id, end, told) in &hit {
            match end {
                BasisEnd::Open => {
                    self.end_basis(*id, EndKind::Withdrawn, Erase::Erase, cx);
                }
                BasisEnd::Ended(kind) if !told => self.tell_end(*id, *kind, Erase::Erase, <_>::default(), cx),
                BasisEnd::Ended(_) => {}
            }
            cx.ops.push(StoreOp::DeleteDisclosures { basis: *id });
        }
        let gone: Vec<(StreamId, u32)> = hit.iter().filter_map(|(id, ..)| self.bases.get(id)).map(|basis| (basis.row.stream, basis.row.k)).collect();
        self.unhear(&gone);
        if use_id.is_none() {
            self.unname(person, cx);
        }
        hit.len()
    }

    /// Takes a person's id out of the bases that rested on them; all of these have ended.
    fn unname<S: Signer>(&mut self, person: &str, cx: &mut Cx<'_, S>) {
        for basis in self.bases.values_mut() {
            let named = basis.row.consents.iter_mut().filter(|(known, _)| known == person);
            if named.map(|(known, _)| known.clear()).count() > 0 {
                cx.ops.push(StoreOp::Basis(basis.row.clone()));
            }
        }
        let counted = self.lapsed.len();
        self.lapsed.retain(|(known, _), _| known != person);
        if self.lapsed.len() < counted {
            cx.ops.push(self.lapsed_op());
        }
    }

    /// The bases that rest on a consent of a person.
    pub fn bases_of(&self, person: &str) -> Vec<BasisId> {
        let rows = self.bases.values().map(|basis| &basis.row);
        rows.filter(|row| row.consents.iter().any(|(known, _)| known == person)).map(|row| row.id).collect()
    }

    /// The basis of a stream that a statement opened.
    pub fn basis_opened_by(&self, stream: StreamId, k: u32) -> Option<&BasisRow> {
        self.bases.values().map(|basis| &basis.row).find(|row| row.stream == stream && row.k == k)
    }

    /// A basis.
    pub fn basis(&self, id: BasisId) -> Option<&BasisRow> {
        self.bases.get(&id).map(|basis| &basis.row)
    }
}

impl Row {
    /// Whether it is beyond the age at which its use still wants it.
    pub(super) fn is_too_old(&self, in_force: Option<&InForce>, wall_ms: i64) -> bool {
        let used = in_force.and_then(|in_force| in_force.catalog.uses.get(in_force.catalog.use_index(&self.meta.use_id)?));
        used.is_some_and(|used| self.meta.closed_ms.saturating_add(i64::from(used.age_max_s).saturating_mul(1_000)) < wall_ms)
    }
}

impl Basis {
    /// Whether it is just what is wanted, with some time left.
    fn serves(&self, spec: &BasisSpec, wall_ms: i64) -> bool {
        let (mine, wanted) = (&self.row.terms, &spec.terms);
        let same = (&mine.use_id, mine.revision, mine.terms, mine.notice, mine.ground, mine.tier, mine.categories)
            == (&wanted.use_id, wanted.revision, wanted.terms, wanted.notice, wanted.ground, wanted.tier, wanted.categories);
        // What waits for a review is of one review and of one catalog.
        let fresh = spec.clearance == Clearance::Live || (self.row.k == 0 && self.row.catalog == spec.catalog);
        let in_time = mine.until_s.saturating_mul(1_000) > wall_ms;
        self.row.is_open() && same && fresh && in_time && self.row.consents == spec.consents
    }
}

/// Moves the real commitments among the padding, so that their position tells nothing.
fn shuffle(commitments: &mut [Digest; 8], rng: &mut Rng) {
    for at in (1..commitments.len()).rev() {
        let bound = u64::try_from(at).unwrap_or(0).saturating_add(1);
        let other = usize::try_from(rng.below(bound)).unwrap_or(0);
        commitments.swap(at, other);
    }
}
