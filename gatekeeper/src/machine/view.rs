//! What is shown: status and explanations in words and JSON.

use super::Gatekeeper;
use crate::change::InForce;
use crate::now::Now;
use crate::signer::Signer;
use crate::status::{GateStatus, LossStatus, Outcomes, STATUS_VERSION, Status, UseStatus};
use consent_core::gate::{Activity, Decided};
use consent_core::{Reason, SignalId, UseIx};
use consent_protocol::catalog::{Environment, Localized, Use, text_in};
use serde_json::json;
use std::collections::BTreeMap;

impl<S: Signer> Gatekeeper<S> {
    /// Everything at a glance.
    pub fn status(&self, now: Now) -> Status {
        let live = self.counted();
        let uses = self.use_status(&live);
        let mut outcomes = Outcomes::default();
        for used in &uses {
            outcomes.merge(&used.outcomes);
        }
        let totals = self.counters.totals();
        let decisions = live.values().fold(totals.decisions, |sum, counts| sum.saturating_add(counts.decisions));
        Status {
            version: STATUS_VERSION,
            environment: environment_word(self.config.environment).to_owned(),
            catalog_version: self.in_force.as_deref().map_or(0, |in_force| in_force.catalog.version),
            catalog_digest: self.in_force.as_deref().map(|in_force| in_force.digest.to_string()).unwrap_or_default(),
            boot: self.boot.boot,
            clean: self.boot.clean,
            driving: word(&self.people.driving()),
            trip: self.people.trip().is_some(),
            clock_trusted: self.clock_trusted(),
            store_ok: !self.store_failed,
            paused: self.people.paused_words(),
            pauses: self.people.pauses(),
            theft_until_ms: Some(self.people.theft_until_ms()).filter(|until_ms| *until_ms > now.wall_ms),
            private_trip: self.people.on_private_trip(),
            stopped_by_occupant: self.people.stopped_by_occupant(),
            location_active: self.location_active(),
            people: self.people.list(),
            records: totals.records,
            unknown: totals.unknown,
            joining: self.stage.undecided(),
            decisions,
            balanced: outcomes.sum() == decisions,
            outcomes,
            consent_events: totals.consent_events,
            batches_sent: totals.batches_sent,
            bytes_sent: totals.bytes_sent,
            records_sent: totals.records_sent,
            gate: self.gate_status(),
            uses,
            links: self.outbox.link_status(),
            events: self.journal.recent(),
            requests: self.requests.waiting_count(&self.book),
            reviews: self.reviews_waiting(),
            keys_left: self.outbox.keys_left(self.signer.pool_len()),
            losses: self.losses(),
        }
    }

    /// What the driver has lost to uses that blur, and what nobody has.
    fn losses(&self) -> Vec<LossStatus> {
        let (losses, day) = self.stage.losses();
        let driver = self.people.driver_id().unwrap_or_default();
        let shown = losses.iter().filter(|loss| loss.person.is_empty() || loss.person == driver);
        shown
            .map(|loss| LossStatus {
                use_id: loss.use_id.clone(),
                today_milli: if loss.day == day { loss.day_milli } else { 0 },
                year_milli: loss.year_milli,
                year_from_ms: loss.year_from_day.saturating_mul(86_400_000),
            })
            .collect()
    }

    fn gate_status(&self) -> GateStatus {
        let (listing, counts) = (self.in_force.as_deref().map(|in_force| &in_force.catalog.gate), self.counters.totals().gate);
        GateStatus {
            headline: listing.map(|listing| self.first_text(&listing.headline)).unwrap_or_default(),
            plain: listing.map(|listing| self.first_text(&listing.plain)).unwrap_or_default(),
            fields: listing.map(|listing| listing.fields.clone()).unwrap_or_default(),
            connections: counts.connections,
            hellos: counts.hellos,
            statements: counts.statements,
            catalog_polls: counts.catalog_polls,
        }
    }

    /// What the gate counted since the last epoch ended, by use.
    fn counted(&self) -> BTreeMap<UseIx, Counted> {
        let mut live: BTreeMap<UseIx, Counted> = BTreeMap::new();
        let Some(in_force) = &self.in_force else { return live };
        self.stage.peek(in_force, &mut |use_ix, decided, count| {
            let counts = live.entry(use_ix).or_default();
            counts.decisions = counts.decisions.saturating_add(count);
            if let Decided::Withheld(reason) = decided {
                let cell = counts.withheld.entry(reason).or_default();
                *cell = cell.saturating_add(count);
            }
        });
        live
    }

    fn use_status(&self, live: &BTreeMap<UseIx, Counted>) -> Vec<UseStatus> {
        let mut found = Vec::new();
        if let Some(in_force) = &self.in_force {
            for (use_ix, used) in (0_u8..).map(UseIx).zip(&in_force.catalog.uses) {
                found.push(self.one_use(in_force, use_ix, used, live.get(&use_ix)));
            }
        }
        let known: Vec<String> = found.iter().map(|used: &UseStatus| used.id.clone()).collect();
        for use_id in self.counters.use_ids().into_iter().filter(|use_id| !known.iter().any(|known| known == use_id)) {
            let outcomes = self.counters.outcomes(use_id);
            found.push(UseStatus { id: use_id.to_owned(), activity: "gone".to_owned(), decisions: outcomes.sum(), outcomes, ..UseStatus::default() });
        }
        found
    }

    fn one_use(&self, in_force: &InForce, use_ix: UseIx, used: &Use, live: Option<&Counted>) -> UseStatus {
        let state = self.stage.state(use_ix);
        let mut outcomes = self.outcomes_with_pending(&used.id);
        for (reason, count) in live.map(|live| &live.withheld).into_iter().flatten() {
            outcomes.put(crate::store::Outcome::Withheld(*reason), *count);
        }
        let recipient = in_force.catalog.recipients.get(usize::from(used.recipient));
        let standing = self.people.driver_id().and_then(|person| self.book.standing(person, &used.id));
        let sent = self.counters.totals().sent.get(&used.id).copied();
        // What has left is not made coarser by what is allowed now.
        let shown_tier = sent.map_or(state.tier.0, |sent| sent.tier);
        let sent = sent.unwrap_or_default();
        UseStatus {
            id: used.id.clone(),
            headline: self.first_text(&used.texts.headline),
            recipient: recipient.map(|recipient| recipient.id.clone()).unwrap_or_default(),
            recipient_name: recipient.map(|recipient| self.first_text(&recipient.name)).unwrap_or_default(),
            outside: recipient.is_some_and(|recipient| recipient.outside),
            activity: activity_word(state.activity).to_owned(),
            consent: self.book.consent_word(self.people.driver_id(), used).to_owned(),
            until_ms: standing.filter(|row| row.until_ms > 0).map(|row| row.until_ms),
            tier: state.tier.0,
            reveals: used.tiers.get(usize::from(shown_tier)).map(|tier| self.first_text(&tier.reveals)).unwrap_or_default(),
            decisions: outcomes.sum(),
            records_sent: sent.records,
            batches_sent: sent.batches,
            outcomes,
        }
    }

    /// The text in the car's first language that has it.
    fn first_text(&self, texts: &[Localized]) -> String {
        let wanted = self.config.languages.iter().find_map(|language| text_in(texts, language));
        wanted.or_else(|| texts.first().map(|text| text.text.as_str())).unwrap_or_default().to_owned()
    }

    /// Whether any use is live that gets a location category (R24).
    fn location_active(&self) -> bool {
        let Some(in_force) = &self.in_force else { return false };
        let located = |bits: u32| {
            let mut categories = in_force.catalog.categories.iter().enumerate();
            categories.any(|(bit, category)| category.location && u32::try_from(bit).is_ok_and(|bit| bits.checked_shr(bit).unwrap_or(0) & 1 == 1))
        };
        let view = in_force.tables.view();
        crate::stage::uses(in_force).any(|use_ix| {
            let state = self.stage.state(use_ix);
            let covered = view.uses.get(use_ix.index()).map_or(0, |def| def.categories.0);
            state.activity == Activity::Live && located(state.categories.0 & covered)
        })
    }

    /// For every use that covers a signal: verdict, reason, consent, until when.
    pub(super) fn explain_json(&self, in_force: &InForce, path: &str, now: Now) -> Option<serde_json::Value> {
        let id: SignalId = in_force.tables.signal(path)?;
        let view = in_force.tables.view();
        let def = view.signals.get(id.index())?;
        let mut uses = Vec::new();
        for use_ix in def.covered_by {
            let Some(used) = in_force.catalog.uses.get(use_ix.index()) else { continue };
            let status = self.one_use(in_force, use_ix, used, None);
            let reason = self.stage.gate().reason(use_ix, def.class);
            let verdict = match (reason, self.stage.state(use_ix).activity) {
                (Some(_), _) | (None, Activity::Off(_)) => "withheld",
                (None, Activity::Live) => "released",
                (None, Activity::Awaits) => "awaiting",
            };
            let rule = view
                .rule(use_ix, self.stage.state(use_ix).tier, id)
                .map(|rule| crate::words::of_rule(&rule.rule, in_force.catalog.signals.get(id.index()).map_or("", |signal| signal.unit.as_str())));
            uses.push(json!({
                "use": status.id, "headline": status.headline, "recipient": status.recipient, "verdict": verdict,
                "reason": reason.map(Reason::name), "consent": status.consent, "until_ms": status.until_ms,
                "tier": status.tier, "reveals": status.reveals, "rule": rule,
            }));
        }
        Some(json!({ "version": 1, "signal": path, "catalog_version": in_force.catalog.version, "at_ms": now.wall_ms, "uses": uses }))
    }
}

/// Counted by the gate in this epoch.
#[derive(Debug, Default)]
pub(super) struct Counted {
    decisions: u64,
    withheld: BTreeMap<Reason, u64>,
}

fn activity_word(activity: Activity) -> &'static str {
    match activity {
        Activity::Live => "live",
        Activity::Awaits => "awaits",
        Activity::Off(reason) => reason.name(),
    }
}

fn environment_word(environment: Environment) -> &'static str {
    match environment {
        Environment::Demo => "demo",
        Environment::Staging => "staging",
        Environment::Production => "production",
    }
}

/// The serde name of a plain enum.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(super) fn hex(bytes: [u8; 32]) -> String {
    consent_protocol::Digest(bytes).to_string()
}
