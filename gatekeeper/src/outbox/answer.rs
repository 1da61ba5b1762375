//! What comes down: State completes rows, and answers are told on.
//!
//! Only a State whose heads have our own digests completes anything; a liar can at most hold things up.

use super::link::HELLO_MS;
use super::{Cx, Outbox};
use crate::signer::{KeyName, Signer};
use crate::store::{BasisId, Outcome, RowState, StoreOp};
use consent_protocol::batch::Batch;
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{AnswerMessage, LaneMessage, RefusalReason, State};
use consent_protocol::{Digest, Head, StreamId};

/// Systems of which a recipient may answer that they have erased.
const SYSTEMS_MAX: usize = 64;
/// Longest name of a system, bytes.
const NAME_MAX: usize = 64;

/// What the machine has to know of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Batches of a use were refused: somebody should look.
    Refused {
        /// Use id.
        use_id: String,
        /// Why.
        reason: RefusalReason,
    },
    /// A recipient says which systems have erased.
    Erasure {
        /// Recipient id.
        recipient: String,
        /// Use id.
        use_id: String,
        /// Systems that have.
        erased: u32,
        /// Of how many.
        systems: u32,
    },
    /// A person ended a consent at the recipient with the secret of a receipt.
    OutsideWithdrawal {
        /// The secret; its hash is a commitment of the basis.
        secret: [u8; 32],
    },
    /// The receiver holds envelopes of ours that we lack: this disk is an old image.
    RolledBack,
}

impl Outbox {
    /// Takes a message of a stream's answer topic.
    pub fn on_answer<S: Signer>(&mut self, id: StreamId, payload: &[u8], cx: &mut Cx<'_, S>) -> Vec<Told> {
        let Some(stream) = self.streams.get_mut(&id).filter(|stream| !stream.row.is_abandoned()) else { return Vec::new() };
        let recipient = stream.row.recipient.clone();
        let key = cx.in_force.and_then(|in_force| in_force.catalog.recipients.iter().find(|known| known.id == recipient)).map(|known| known.ack_key);
        let Some(key) = key else { return Vec::new() };
        let opened = envelope::open(Kind::Answer, payload, &key).ok().and_then(|bytes| AnswerMessage::from_bytes(&bytes).ok());
        match opened {
            Some(AnswerMessage::State(state)) if state.recipient == recipient && state.stream == id => self.on_state(&state, cx),
            Some(AnswerMessage::Erasure { recipient: from, stream: of, erased_k, systems, .. })
                if from == recipient
                    && of == id
                    && systems.len() <= SYSTEMS_MAX
                    && systems.iter().all(|(name, _)| name.len() <= NAME_MAX)
                    && erased_k <= stream.row.lane.n =>
            {
                let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                let erased = count(systems.iter().filter(|(_, done)| *done).count());
                // Each is an entry of the ledger: who repeats itself does not fill it.
                if (erased_k, erased) <= stream.erasure_told {
                    return Vec::new();
                }
                stream.erasure_told = (erased_k, erased);
                let told = Told::Erasure { recipient, use_id: stream.row.use_id.clone(), erased, systems: count(systems.len()) };
                self.erasure_answered(id, erased_k, &systems, cx.now.wall_ms);
                vec![told]
            }
            Some(AnswerMessage::Report(report)) if report.recipient == recipient && report.stream == id => {
                self.on_report(report, cx.now.wall_ms);
                Vec::new()
            }
            Some(AnswerMessage::OutsideWithdrawal { recipient: from, stream: of, basis, secret }) if from == recipient && of == id => {
                let commitment = envelope::sha256(&[&secret]);
                let known = self.basis_opened_by(id, basis).is_some_and(|row| row.terms.commitments.contains(&commitment));
                if known { vec![Told::OutsideWithdrawal { secret }] } else { Vec::new() }
            }
            Some(_) | None => {
                stream.conn.alarm();
                Vec::new()
            }
        }
    }

    fn on_state<S: Signer>(&mut self, state: &State, cx: &mut Cx<'_, S>) -> Vec<Told> {
        let id = state.stream;
        let Some(stream) = self.streams.get_mut(&id) else { return Vec::new() };
        if stream.conn.nonce != Some(state.nonce) {
            return Vec::new();
        }
        if state.challenge != Digest::default() {
            self.echo(state, cx);
            return Vec::new();
        }
        if let Some(proof) = &state.conflict
            && self.proves_rollback(id, proof, cx)
        {
            return vec![Told::RolledBack];
        }
        if !self.take_lane(state, cx) {
            return Vec::new();
        }
        let told = self.take_batches(state, cx);
        if let Some(stream) = self.streams.get_mut(&id) {
            let first = !stream.conn.ready;
            if first || stream.conn.resync {
                stream.conn.handed = stream.row.base.n;
                stream.conn.lane_sent = state.lane.n;
            }
            (stream.conn.ready, stream.conn.resync) = (true, false);
            stream.conn.hello_every_ms = HELLO_MS;
            stream.conn.hello_due_ms = cx.now.mono_ms.saturating_add(HELLO_MS);
        }
        told
    }

    /// The receiver does not know the stream: its challenge for this nonce is echoed, once.
    fn echo<S: Signer>(&mut self, state: &State, cx: &mut Cx<'_, S>) {
        let Some(stream) = self.streams.get_mut(&state.stream) else { return };
        let before = stream.conn.echoed.replace(state.challenge);
        if before == Some(state.challenge) {
            return;
        }
        let soon_ms = cx.now.mono_ms.saturating_add(HELLO_MS);
        if before.is_some() {
            // A receiver that started anew meanwhile, or one that plays: the Hello that is due anyway carries it.
            stream.conn.hello_due_ms = stream.conn.hello_due_ms.min(soon_ms);
            return;
        }
        stream.conn.hello_due_ms = soon_ms;
        if self.say_hello(state.stream, &state.recipient, cx).is_err()
            && let Some(stream) = self.streams.get_mut(&state.stream)
        {
            stream.conn.alarm();
        }
    }

    /// Whether an envelope is ours and contradicts or exceeds what we have: then this disk is an old image of another.
    fn proves_rollback<S: Signer>(&self, id: StreamId, proof: &[u8], cx: &Cx<'_, S>) -> bool {
        let Some(stream) = self.streams.get(&id) else { return false };
        let Ok(public) = cx.signer.public(KeyName::Stream(stream.row.key)) else { return false };
        let digest = envelope::sha256(&[proof]);
        if let Some(batch) = envelope::open(Kind::Batch, proof, &public).ok().and_then(|bytes| Batch::from_bytes(&bytes).ok()) {
            return batch.stream == id && batch.n >= stream.row.base.n && stream.numbers.get(&batch.n) != Some(&digest);
        }
        match envelope::open(Kind::Lane, proof, &public).ok().and_then(|bytes| LaneMessage::from_bytes(&bytes).ok()) {
            Some(LaneMessage::Statement(statement)) => statement.stream == id && stream.statements.get(&statement.k).is_none_or(|entry| entry.digest != digest),
            Some(LaneMessage::Hello(_)) | None => false,
        }
    }

    /// The lane part comes first: if its head is not ours, nothing of the State is used.
    fn take_lane<S: Signer>(&mut self, state: &State, cx: &mut Cx<'_, S>) -> bool {
        let Some(stream) = self.streams.get_mut(&state.stream) else { return false };
        let ours = match state.lane.n {
            0 => Some(Digest::default()),
            k => stream.statements.get(&k).filter(|entry| entry.txn <= cx.synced).map(|entry| entry.digest),
        };
        if ours != Some(state.lane.digest) {
            stream.conn.alarm();
            return false;
        }
        let erased = state.erased_k.min(state.lane.n);
        if (stream.row.answered_k, stream.row.erased_k) != (state.lane.n, erased) {
            (stream.row.answered_k, stream.row.erased_k) = (state.lane.n, erased);
            cx.ops.push(StoreOp::Stream(stream.row.clone()));
            self.statements_known(state.stream, state.lane.n, cx.now.wall_ms);
            let waiting: Vec<BasisId> = self.erasures.iter().copied().collect();
            for id in waiting {
                self.watch(id);
            }
        }
        true
    }

    /// Completes rows up to the receiver's head.
    fn take_batches<S: Signer>(&mut self, state: &State, cx: &mut Cx<'_, S>) -> Vec<Told> {
        let Some(stream) = self.streams.get_mut(&state.stream) else { return Vec::new() };
        let base = stream.row.base;
        if state.base.n > base.n || state.head.n <= base.n {
            return Vec::new();
        }
        let digest_of = |n: u32| stream.numbers.get(&n).copied();
        let fits = |head: &Head| head.n <= state.head.n && (head.n <= base.n || digest_of(head.n) == Some(head.digest));
        if digest_of(state.head.n) != Some(state.head.digest) || !state.refused.iter().all(|refused| fits(&refused.batch)) {
            stream.conn.alarm();
            return Vec::new();
        }
        // A State of what was never handed over can only be a lie; an honest receiver cannot know the digest.
        let done: Vec<(u32, u64)> = stream.numbered.range(..=state.head.n).map(|(n, row)| (*n, *row)).collect();
        let mut told = Vec::new();
        for (n, row) in done {
            let refused = state.refused.iter().find(|refused| refused.batch.n == n);
            if let (Some(refused), Some(row)) = (refused, self.rows.get(&row)) {
                told.push(Told::Refused { use_id: row.meta.use_id.clone(), reason: refused.reason });
            }
            self.complete(row, if refused.is_some() { RowState::Refused } else { RowState::Sent }, cx);
        }
        if let Some(stream) = self.streams.get_mut(&state.stream) {
            stream.row.base = state.head;
            stream.conn.handed = stream.conn.handed.max(state.head.n);
            stream.numbers = stream.numbers.split_off(&state.head.n);
            cx.ops.push(StoreOp::Stream(stream.row.clone()));
        }
        told
    }

    fn complete<S: Signer>(&mut self, id: u64, state: RowState, cx: &mut Cx<'_, S>) {
        let Some(mut row) = self.remove_row(id) else { return };
        let outcome = if state == RowState::Sent { Outcome::Sent } else { Outcome::Refused };
        cx.counters.shift(&row.meta.use_id, Outcome::Numbered, outcome, u64::from(row.meta.decisions));
        if state == RowState::Sent {
            let totals = cx.counters.totals_mut();
            totals.batches_sent = totals.batches_sent.saturating_add(1);
            totals.bytes_sent = totals.bytes_sent.saturating_add(u64::from(row.meta.bytes));
            totals.records_sent = totals.records_sent.saturating_add(u64::from(row.meta.records));
            let sent = totals.sent.entry(row.meta.use_id.clone()).or_default();
            sent.records = sent.records.saturating_add(u64::from(row.meta.records));
            sent.batches = sent.batches.saturating_add(1);
            sent.tier = sent.tier.max(self.bases.get(&row.meta.basis).map_or(0, |basis| basis.row.terms.tier));
        }
        (row.meta.state, row.meta.done_ms) = (state, cx.now.wall_ms);
        cx.ops.push(StoreOp::Update { row: row.meta, sealed: None });
    }

    /// The signed envelope of a disclosure, opened with the keys of its basis.
    pub fn open_disclosure<S: Signer>(&self, row: &crate::store::DisclosureRow, cx: &Cx<'_, S>) -> Option<Vec<u8>> {
        let basis = self.bases.get(&row.row.basis)?;
        cx.vault.open_row(&basis.row, row.row.id, row.row.n, &row.sealed).ok()
    }

    /// This disk is an old image: streams are left as they are for ever, everything that waits is destroyed, and whatever
    /// runs begins anew on other streams.
    pub fn abandon_all<S: Signer>(&mut self, cx: &mut Cx<'_, S>) {
        let open: Vec<BasisId> = self.bases.values().filter(|basis| basis.row.is_open()).map(|basis| basis.row.id).collect();
        for id in open {
            self.end_basis(id, consent_protocol::lane::EndKind::Suspended, crate::book::Erase::Keep, cx);
        }
        for stream in self.streams.values_mut() {
            stream.row.abandon();
            stream.unvoided.clear();
            cx.ops.push(StoreOp::Stream(stream.row.clone()));
        }
        let owed: Vec<BasisId> = self.erasures.iter().copied().collect();
        for id in owed {
            self.watch(id);
        }
    }
}
