//! A signal's way through the machine: records in, batches stored.

use super::{Cx, Gatekeeper, Record, Stopping, Yield, lanes, outbox};
use crate::batcher::{Clearance, Closed};
use crate::now::Now;
use crate::outbox::Room;
use crate::signer::Signer;
use crate::store::{Outcome, StoreOp};
use consent_core::gate::Decided;
use consent_core::transform::{EndCause, Released};
use consent_core::{Assurance, Context, Reason, SignalDef, UseIx, UseSet};

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn take_unknown(&mut self, records: u64) {
        let totals = self.counters.totals_mut();
        totals.records = totals.records.saturating_add(records);
        totals.unknown = totals.unknown.saturating_add(records);
    }

    pub(super) fn take_records(&mut self, records: Vec<Record>, now: Now) {
        let totals = self.counters.totals_mut();
        totals.records = totals.records.saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX));
        let effect = self.people.saw_sample(&now);
        self.take_effect(effect, now);
        let (mut found, mut reduced) = (Yield::default(), Vec::new());
        for record in records {
            if let Some((_, signal)) = self.context_signals.iter().find(|(id, _)| *id == record.signal) {
                self.take_context(*signal, &record.value, record.t_ms, now);
            }
            self.memory.push(&record, now.wall_ms);
            if let Some(in_force) = &self.in_force {
                self.stage.push(in_force, record, now.mono_ms, now.wall_ms, &mut found);
            }
            // Emptied with every record and counted once for all of them: most records are reduced or released by several uses.
            found.reduced.drain(..).for_each(|(use_ix, inputs)| add(&mut reduced, use_ix, inputs));
            for released in found.released.drain(..) {
                self.batch(released, now);
            }
        }
        self.count_reduced((0..).map(UseIx).zip(reduced));
    }

    /// Keeps the present trip in memory while a recognised driver of age drives whom no occupant stopped, and nothing beyond it.
    pub(super) fn watch_trip(&mut self, now: Now) {
        let driver = self.people.driver_of_age(Assurance::Low).filter(|_| !self.people.stopped_by_occupant() && self.stopping == Stopping::No);
        self.memory.belongs_to(self.people.trip().zip(driver), now.wall_ms);
    }

    /// Nothing is kept of what no use covers or what is paused.
    pub(super) fn watch_signals(&mut self, context: &Context) {
        let Some(in_force) = self.in_force.as_deref() else { return };
        let (view, pauses) = (in_force.tables.view(), context.pauses);
        self.memory.open(|signal| {
            let def = view.signals.get(signal.index());
            let paused = |def: &SignalDef| pauses.all || pauses.categories.intersects(def.categories) || !pauses.uses.and(def.covered_by).is_empty();
            def.is_some_and(|def| !def.covered_by.is_empty() && !paused(def))
        });
    }

    /// What a use covers is gone from the memory of the trip: the driver ended or stopped it.
    pub(super) fn forget_trip_of(&mut self, use_id: &str) {
        let Some(in_force) = self.in_force.as_deref() else { return };
        let used = in_force.catalog.use_index(use_id).and_then(|at| in_force.catalog.uses.get(at));
        if let Some(used) = used {
            self.memory.forget(|signal| used.signals.binary_search(&signal.0).is_ok());
        }
    }

    /// Counts what was reduced, and batches what was released.
    pub(super) fn take_yield(&mut self, found: Yield, now: Now) {
        self.count_reduced(found.reduced.into_iter().map(|(use_ix, inputs)| (use_ix, u64::from(inputs))));
        for released in found.released {
            self.batch(released, now);
        }
    }

    fn count_reduced(&mut self, reduced: impl Iterator<Item = (UseIx, u64)>) {
        let Some(in_force) = self.in_force.as_deref() else { return };
        for (use_ix, inputs) in reduced {
            if let Some(used) = in_force.catalog.uses.get(use_ix.index()) {
                self.counters.add(&used.id, Outcome::Reduced, inputs);
            }
        }
    }

    fn batch(&mut self, released: Released, now: Now) {
        let use_ix = released.use_ix();
        let known = self.lanes.get(use_ix.index()).and_then(|lane| lane.terms);
        let terms = known.or_else(|| self.find_basis(use_ix, now));
        let Some(terms) = terms else {
            if let Some(used) = self.in_force.as_deref().and_then(|in_force| in_force.catalog.uses.get(use_ix.index())) {
                self.counters.add(&used.id.clone(), Outcome::Withheld(Reason::NoKey), u64::from(released.inputs()));
            }
            self.no_key.insert(use_ix);
            return;
        };
        for closed in self.batcher.push(released, terms, now) {
            self.store_batch(closed, now);
        }
    }

    fn find_basis(&mut self, use_ix: UseIx, now: Now) -> Option<crate::batcher::Terms> {
        let lane = self.lanes.get_mut(use_ix.index())?;
        let spec = lane.spec.clone()?;
        let terms = outbox!(self, now, |outbox, cx| outbox.basis_for(&spec, &mut cx)).ok()?;
        if let Some(lane) = self.lanes.get_mut(use_ix.index()) {
            lane.terms = Some(terms);
        }
        Some(terms)
    }

    /// After a review a use that awaits the next one rests on a basis of its own again, its open batch too.
    pub(super) fn rest_anew(&mut self, now: Now) {
        let reviewed = |lane: &super::Lane| lane.spec.as_ref().is_some_and(|spec| spec.clearance == Clearance::Review);
        let uses: Vec<UseIx> = (0_u8..).map(UseIx).zip(&self.lanes).filter(|(_, lane)| reviewed(lane)).map(|(use_ix, _)| use_ix).collect();
        for use_ix in uses {
            if let Some(lane) = self.lanes.get_mut(use_ix.index()) {
                lane.terms = None;
            }
            if self.batcher.pending(use_ix) > 0
                && let Some(terms) = self.find_basis(use_ix, now)
            {
                self.batcher.move_to(use_ix, terms);
            }
        }
    }

    /// Stores a batch that closed. Where its basis has ended meanwhile it is destroyed instead.
    pub(super) fn store_batch(&mut self, closed: Closed, now: Now) {
        let room = Room { all: self.config.queue_bytes_max, review: self.config.review_bytes_max };
        let Some(in_force) = self.in_force.as_deref() else { return };
        let driver = self.drove.alone(closed.span_ms());
        let refused = outbox!(self, now, |outbox, cx| outbox.append(closed, driver, in_force, room, &mut cx));
        if let Err(closed) = refused {
            self.destroyed(closed.use_ix, u64::from(closed.decisions));
        }
    }

    pub(super) fn destroyed(&mut self, use_ix: UseIx, decisions: u64) {
        if let Some(used) = self.in_force.as_deref().and_then(|in_force| in_force.catalog.uses.get(use_ix.index())) {
            self.counters.add(&used.id.clone(), Outcome::Purged, decisions);
        }
    }

    /// Ends a use's transformations; what they held is reduced.
    pub(super) fn end_use(&mut self, use_ix: UseIx, cause: EndCause, now: Now) {
        let mut found = Yield::default();
        if let Some(in_force) = &self.in_force {
            self.stage.end(in_force, use_ix, cause, &mut found);
        }
        self.take_yield(found, now);
    }

    /// Closes a use's open batch and stores it.
    pub(super) fn close_use(&mut self, use_ix: UseIx, now: Now) {
        if let Some(closed) = self.batcher.close(use_ix) {
            self.store_batch(closed, now);
        }
    }

    /// Ends and closes everything: catalog change or shutdown.
    pub(super) fn close_all(&mut self, cause: EndCause, now: Now) {
        self.flush_fix(now);
        let uses: Vec<UseIx> = self.in_force.as_deref().map(|in_force| crate::stage::uses(in_force).collect()).unwrap_or_default();
        for use_ix in uses {
            self.end_use(use_ix, cause, now);
            self.close_use(use_ix, now);
        }
        self.drain();
        self.lanes = lanes();
    }

    /// The trip is over: what waits on the track is judged by where it ended.
    pub(super) fn arrive(&mut self, now: Now) {
        self.flush_fix(now);
        let mut found = Yield::default();
        if let Some(in_force) = &self.in_force {
            self.stage.arrive(in_force, &mut found);
        }
        self.take_yield(found, now);
    }

    pub(super) fn flush_fix(&mut self, now: Now) {
        let mut found = Yield::default();
        if let Some(in_force) = &self.in_force {
            self.stage.flush(in_force, &mut found);
        }
        self.take_yield(found, now);
    }

    /// Multiplies out what the gate counted.
    pub(super) fn drain(&mut self) {
        let Self { stage, in_force: Some(in_force), counters, .. } = self else { return };
        let mut decisions: u64 = 0;
        stage.drain(in_force, &mut |use_ix, decided, count| {
            decisions = decisions.saturating_add(count);
            if let (Decided::Withheld(reason), Some(used)) = (decided, in_force.catalog.uses.get(use_ix.index())) {
                counters.add(&used.id, Outcome::Withheld(reason), count);
            }
        });
        if decisions > 0 {
            let totals = counters.totals_mut();
            totals.decisions = totals.decisions.saturating_add(decisions);
        }
    }

    /// Closes what is due by time.
    pub(super) fn tick_data(&mut self, now: Now) {
        if self.stage.join_due_ms().is_some_and(|due| due <= now.mono_ms) {
            self.flush_fix(now);
        }
        let mut found = Yield::default();
        if let Some(in_force) = &self.in_force {
            self.stage.tick(in_force, now.wall_ms, &mut found);
        }
        self.take_yield(found, now);
        for closed in self.batcher.tick(now.wall_ms) {
            self.store_batch(closed, now);
        }
    }

    /// Ages, retention, bases that end by time.
    pub(super) fn keep_house(&mut self, now: Now) {
        let Some(in_force) = self.in_force.as_deref() else { return };
        let certain = self.certain(now);
        outbox!(self, certain, |outbox, cx| outbox.expire(in_force, &mut cx));
        let gone = self.outbox.streams_without_use(&in_force.catalog);
        outbox!(self, now, |outbox, cx| outbox.close_streams(&gone, &mut cx));
        let ended: Vec<UseIx> = crate::stage::uses(in_force).filter(|use_ix| self.lane_is_stale(*use_ix)).collect();
        for use_ix in &ended {
            self.close_use(*use_ix, now);
            if let Some(lane) = self.lanes.get_mut(use_ix.index()) {
                (lane.spec, lane.terms) = (None, None);
            }
        }
        if !ended.is_empty() {
            self.refresh(UseSet::EMPTY, now);
        }
        if now.mono_ms >= self.prune_due_ms {
            self.prune_due_ms = now.mono_ms.saturating_add(super::PRUNE_MS);
            let kept_ms = i64::from(self.config.disclosure_days).saturating_mul(86_400_000);
            self.step.ops.push(StoreOp::PruneDisclosures { before_ms: now.wall_ms.saturating_sub(kept_ms) });
            // A basis that is valid for a few days only is renewed in time.
            self.refresh(UseSet::EMPTY, now);
        }
    }

    /// Whether a use's basis has ended under it.
    fn lane_is_stale(&self, use_ix: UseIx) -> bool {
        let terms = self.lanes.get(use_ix.index()).and_then(|lane| lane.terms);
        terms.is_some_and(|terms| self.outbox.basis(terms.basis).is_none_or(|basis| !basis.is_open()))
    }
}

/// Adds to a use's sum; sums are by use.
fn add(sums: &mut Vec<u64>, use_ix: UseIx, inputs: u32) {
    if sums.len() <= use_ix.index() {
        sums.resize(use_ix.index().saturating_add(1), 0);
    }
    if let Some(sum) = sums.get_mut(use_ix.index()) {
        *sum = sum.saturating_add(u64::from(inputs));
    }
}
