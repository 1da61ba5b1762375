//! A consent's way through the machine: changes are journalled, bases end, the gate is worked out anew.

use super::{Cx, Gatekeeper, moment, outbox};
use crate::batcher::Clearance;
use crate::change::{Change, InForce};
use crate::command::Urgency;
use crate::now::Now;
use crate::outbox::BasisSpec;
use crate::people::StoreHealth;
use crate::signer::Signer;
use crate::store::{Outcome, StandingRow};
use consent_core::gate::Activity;
use consent_core::transform::EndCause;
use consent_core::{Access, CategoryKind, CategorySet, Condition, Context, Ground, PersonIx, Role, Status, UseIx, UseSet};
use consent_protocol::lane::BasisTerms;
use consent_protocol::ledger::{Cadence, ConsentAction};
use std::collections::BTreeSet;

/// A basis that rests on no consent is renewed after this time, milliseconds.
const RENEW_MS: i64 = 366 * 86_400_000;
/// A basis that ends by an event is valid at most so long, milliseconds.
const EVENT_MS: i64 = 7 * 86_400_000;
/// So long before its end it is renewed, milliseconds; the gate is worked out anew much more often.
const EVENT_EARLY_MS: i64 = 86_400_000;

/// The span in which a basis that ends by an event is valid now: a new one begins before the last is over.
fn event_span(from_ms: i64, until_ms: i64, wall_ms: i64) -> (i64, i64) {
    let step_ms = EVENT_MS - EVENT_EARLY_MS;
    let steps = wall_ms.saturating_sub(from_ms).div_euclid(step_ms).max(0);
    let from_ms = from_ms.saturating_add(steps.saturating_mul(step_ms));
    (from_ms, until_ms.min(from_ms.saturating_add(EVENT_MS)))
}

impl<S: Signer> Gatekeeper<S> {
    /// Journals changes and ends what rested on consents that ended. All in this step's transaction.
    pub(super) fn apply(&mut self, changes: Vec<Change>, now: Now) {
        for change in changes {
            if let Some(ended) = &change.ended {
                self.destroy_open(ended.record, now);
                outbox!(self, now, |outbox, cx| outbox.end_consent(ended, &mut cx));
            }
            if matches!(change.event.action, ConsentAction::Withdrawn | ConsentAction::Objected | ConsentAction::Restricted) {
                self.forget_trip_of(&change.event.use_id);
            }
            if matches!(change.event.action, ConsentAction::Given | ConsentAction::Renewed | ConsentAction::Lifted | ConsentAction::Narrowed) {
                self.step.binds.push(change.event.record);
            }
            let totals = self.counters.totals_mut();
            totals.consent_events = totals.consent_events.saturating_add(1);
            let stops = matches!(change.event.action, ConsentAction::Withdrawn | ConsentAction::Refused | ConsentAction::Objected | ConsentAction::Restricted);
            self.step.hurry(if change.ended.is_some() || stops { Urgency::End } else { Urgency::Now });
            let recorded = self.journal.record(&change, &mut self.book, &now, &self.signer, &self.vault, &mut self.inner_rng);
            if let Ok(ops) = recorded {
                self.step.ops.extend(ops);
            } else {
                // What cannot be signed still binds and is stored; its entry follows.
                self.step.ops.extend(change.ops.iter().cloned());
                self.keep_unsigned(super::Unsigned::Consent(change), now);
            }
        }
    }

    /// Destroys the open batches, and what windows hold, of uses that rest on a consent that ended.
    fn destroy_open(&mut self, record: [u8; 16], now: Now) {
        let rests = |spec: &BasisSpec| spec.consents.iter().any(|(_, known)| *known == record);
        let hit: Vec<UseIx> =
            (0_u8..).map(UseIx).zip(&self.lanes).filter(|(_, lane)| lane.spec.as_ref().is_some_and(rests)).map(|(use_ix, _)| use_ix).collect();
        for use_ix in hit {
            if let Some(closed) = self.batcher.close(use_ix) {
                self.destroyed(use_ix, u64::from(closed.decisions));
            }
            self.end_use(use_ix, EndCause::Changed, now);
        }
    }

    /// Destroys all open batches, and what windows hold.
    pub(super) fn destroy_all_open(&mut self, now: Now) {
        let uses: Vec<UseIx> = self.in_force.as_deref().map(|in_force| crate::stage::uses(in_force).collect()).unwrap_or_default();
        for use_ix in uses {
            self.end_use(use_ix, EndCause::Changed, now);
            if let Some(closed) = self.batcher.close(use_ix) {
                self.destroyed(use_ix, u64::from(closed.decisions));
            }
        }
    }

    /// Ends what is over by time. After a restart with a clock that went back, what was over before stays over.
    pub(super) fn end_due(&mut self, now: Now) {
        let certain = self.certain(now);
        if self.book.next_due_ms().is_none_or(|due| due > certain.wall_ms) {
            return;
        }
        let Some(moment) = moment(self.in_force.as_deref(), &self.people, certain) else { return };
        let changes = self.book.due(&moment);
        if !changes.is_empty() {
            self.apply(changes, now);
            self.refresh(UseSet::EMPTY, now);
        }
    }

    pub(super) fn end_trip(&mut self, now: Now) {
        let Some(moment) = moment(self.in_force.as_deref(), &self.people, now) else { return };
        let changes = self.book.trip_ended(&moment);
        self.apply(changes, now);
    }

    /// Raises requests that may be raised now.
    pub(super) fn raise_requests(&mut self, now: Now) {
        let Some(moment) = moment(self.in_force.as_deref(), &self.people, now) else { return };
        let changes = self.requests.consider(&self.book, &self.people, &moment, &mut self.inner_rng);
        self.apply(changes, now);
    }

    /// Works the gate out anew after any change.
    pub(super) fn refresh(&mut self, restarts: UseSet, now: Now) {
        self.drain();
        let Some(in_force) = self.in_force.as_deref() else { return };
        let moment = crate::change::Moment { now, in_force, driving: self.people.driving() };
        let health = if self.store_failed { StoreHealth::Failed } else { StoreHealth::Writes };
        let context = self.people.context(&self.book, &moment, self.no_key, health);
        let changed = self.stage.rebuild(in_force, self.book.standings(), &context, restarts);
        let specs: Vec<(UseIx, Option<BasisSpec>)> = crate::stage::uses(in_force).map(|use_ix| (use_ix, self.spec(in_force, use_ix, &context))).collect();
        let shut = Self::shut_uses(in_force, &context);
        let cause = if restarts.is_empty() { EndCause::Changed } else { EndCause::Trip };
        for use_ix in changed {
            self.end_use(use_ix, cause, now);
        }
        if let Some(in_force) = self.in_force.as_deref() {
            self.stage.driven_by(in_force, self.people.driver_id());
        }
        for (use_ix, spec) in specs {
            if let Some(spec) = &spec {
                self.stage.pays(use_ix, &spec.terms.use_id, &spec.consents);
            }
            let same = self.lanes.get(use_ix.index()).is_some_and(|lane| lane.spec == spec);
            if !same {
                self.close_use(use_ix, now);
                if let Some(lane) = self.lanes.get_mut(use_ix.index()) {
                    (lane.spec, lane.terms) = (spec, None);
                }
            }
        }
        self.watch_signals(&context);
        let newly_shut = shut.iter().any(|use_id| !self.shut.contains(use_id));
        self.shut = shut;
        if newly_shut {
            outbox!(self, now, |outbox, cx| outbox.cut_shut(&mut cx));
        }
    }

    /// Uses whose queue a pause keeps shut.
    fn shut_uses(in_force: &InForce, context: &Context) -> BTreeSet<String> {
        let view = in_force.tables.view();
        let paused = |use_ix: UseIx| {
            let Some(def) = view.uses.get(use_ix.index()) else { return false };
            let pauses = &context.pauses;
            def.ground != Ground::LegalObligation && (pauses.all || pauses.uses.contains(use_ix) || pauses.categories.intersects(def.categories))
        };
        (0_u8..).map(UseIx).zip(&in_force.catalog.uses).filter(|(use_ix, _)| paused(*use_ix)).map(|(_, used)| used.id.clone()).collect()
    }

    /// The basis on which a use may send now.
    fn spec(&self, in_force: &InForce, use_ix: UseIx, context: &Context) -> Option<BasisSpec> {
        let state = self.stage.state(use_ix);
        let clearance = match state.activity {
            Activity::Live => Clearance::Live,
            Activity::Awaits => Clearance::Review,
            Activity::Off(_) => return None,
        };
        let used = in_force.catalog.uses.get(use_ix.index())?;
        let recipient = in_force.catalog.recipients.get(usize::from(used.recipient))?;
        let standings = self.rests_on(in_force, use_ix, state.categories, context);
        let consents: Vec<(String, [u8; 16])> = standings.iter().map(|row| (row.person.clone(), row.record)).collect();
        let from_ms = standings.iter().map(|row| row.from_ms).max().unwrap_or(self.seen.wall_ms);
        let until_ms = standings.iter().map(|row| row.until_ms).min().unwrap_or_else(|| from_ms.saturating_add(RENEW_MS));
        let by_event = standings.iter().any(|row| row.cadence == Cadence::Trip);
        let (from_ms, until_ms) = if by_event { event_span(from_ms, until_ms, self.seen.wall_ms) } else { (from_ms, until_ms) };
        let terms = BasisTerms {
            use_id: used.id.clone(),
            revision: used.revision,
            terms: self.terms.get(use_ix.index()).copied().unwrap_or_default(),
            notice: standings.first().map(|row| row.notice).unwrap_or_default(),
            ground: used.ground,
            tier: state.tier.0,
            categories: state.categories,
            from_s: if standings.is_empty() { 0 } else { from_ms.div_euclid(1_000) },
            until_s: if standings.is_empty() {
                until_ms.div_euclid(RENEW_MS).saturating_add(1).saturating_mul(RENEW_MS / 1_000)
            } else {
                until_ms.div_euclid(1_000)
            },
            commitments: [consent_protocol::Digest::default(); 8],
        };
        let commitments = self.book.commitments_of(&consents);
        Some(BasisSpec {
            recipient: recipient.id.clone(),
            terms,
            consents,
            commitments,
            clearance,
            catalog: (in_force.digest, in_force.catalog.version),
            records_max: used.records_max,
            within_s: used.within_s,
        })
    }

    /// The standings that a use rests on now: the driver's, and of everybody aboard where the cabin is concerned.
    fn rests_on(&self, in_force: &InForce, use_ix: UseIx, categories: CategorySet, context: &Context) -> Vec<&StandingRow> {
        let view = in_force.tables.view();
        let Some(def) = view.uses.get(use_ix.index()) else { return Vec::new() };
        let by_act = matches!(def.condition, Condition::TheftDeclared | Condition::Call);
        if by_act || !(matches!(def.access, Access::Consent | Access::RequestedService) || def.ground == Ground::Consent) {
            return Vec::new();
        }
        let cabin =
            (0_u8..).zip(view.categories).any(|(bit, category)| category.kind == CategoryKind::Cabin && categories.intersects(CategorySet::single(bit)));
        let mut seats: Vec<PersonIx> =
            context.present.iter().filter(|present| cabin || present.role == Role::Driver).filter_map(|present| present.person).collect();
        if context.present.is_empty() {
            seats.extend(context.last_driver);
        }
        let given = |row: &&StandingRow| matches!(row.status, Status::Given | Status::GivenEachReview);
        let use_id = in_force.catalog.uses.get(use_ix.index()).map_or("", |used| used.id.as_str());
        seats.iter().filter_map(|seat| self.book.seated(*seat)).filter_map(|person| self.book.standing(person, use_id)).filter(given).collect()
    }

    /// Counts of a use with what is pending.
    pub(super) fn outcomes_with_pending(&self, use_id: &str) -> crate::status::Outcomes {
        let mut outcomes = self.counters.outcomes(use_id);
        let Some(in_force) = &self.in_force else { return outcomes };
        if let Some(use_ix) = in_force.catalog.use_index(use_id).and_then(|at| u8::try_from(at).ok()).map(UseIx) {
            outcomes.put(Outcome::Pending, self.stage.pending(in_force, use_ix).saturating_add(self.batcher.pending(use_ix)));
        }
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_that_ends_by_an_event_is_renewed_before_its_week_is_over() {
        let (from_ms, end_ms) = (1_000, i64::MAX);
        for hour in 0..24 * 30 {
            let now_ms = from_ms + hour * 3_600_000;
            let (begin_ms, until_ms) = event_span(from_ms, end_ms, now_ms);
            assert!(begin_ms <= now_ms && until_ms - begin_ms <= EVENT_MS && until_ms - now_ms >= EVENT_EARLY_MS, "hour {hour}");
        }
        assert_eq!(event_span(from_ms, from_ms + 5, from_ms), (from_ms, from_ms + 5), "never beyond the consent");
    }
}
