//! What comes from outside: payloads from the store, messages from recipients, catalogs.

use super::{Cx, Gatekeeper, lanes, moment, outbox};
use crate::change::InForce;
use crate::command::Urgency;
use crate::event::{LinkEvent, Loaded};
use crate::now::Now;
use crate::outbox::Told;
use crate::signer::Signer;
use crate::store::{MetaKey, StoreOp};
use consent_core::UseSet;
use consent_core::transform::EndCause;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::diff::{Weight, diff};
use consent_protocol::envelope::{self, Kind};
use consent_protocol::ledger::Body;
use consent_protocol::tables::{Tables, lawful};
use consent_protocol::topic::{Channel, Topic};
use std::collections::BTreeSet;
use std::sync::Arc;

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn take_loaded(&mut self, loaded: Loaded, now: Now) {
        match loaded {
            Loaded::Payload { row, sealed } => outbox!(self, now, |outbox, cx| outbox.on_loaded(row, sealed.as_deref(), &mut cx)),
            Loaded::Ledger { token, rows } => self.answer_ledger(token, &rows),
            Loaded::Payloads { token, rows } => self.answer_review(token, rows, now),
            Loaded::Disclosures { token, page } => self.answer_data(token, &page, now),
            Loaded::Left { token, windows, .. } if self.counts_for(token) => self.gone_counted(token, &windows, now),
            Loaded::Left { token, windows, last_ms } => self.answer_passed(token, &windows, last_ms, now),
        }
    }

    pub(super) fn take_link(&mut self, recipient: &str, epoch: u64, event: LinkEvent, now: Now) {
        let audience = self.audience();
        let topic = (recipient == self.config.catalog_recipient).then(|| Topic::Catalog { audience: audience.clone() }.name());
        if topic.is_some() && matches!(event, LinkEvent::Up { .. }) {
            let pause_ms = self.outbox.below(recipient, super::CATALOG_POLL_MS.saturating_mul(2));
            self.poll_due_ms = now.mono_ms.saturating_add(pause_ms);
        }
        outbox!(self, now, |outbox, cx| outbox.on_link(recipient, epoch, &event, topic, &mut cx));
        let LinkEvent::Message { topic, payload } = event else { return };
        match Topic::parse(&topic) {
            Some(Topic::Stream { stream, channel: Channel::Answer, .. }) => {
                let told = outbox!(self, now, |outbox, cx| outbox.on_answer(stream, &payload, &mut cx));
                for told in told {
                    self.take_told(told, now);
                }
            }
            Some(Topic::Catalog { audience: of }) if of == audience => self.take_catalog(&payload, now),
            Some(Topic::Stream { .. } | Topic::Catalog { .. }) | None => {}
        }
    }

    fn audience(&self) -> String {
        let environment = match self.config.environment {
            consent_protocol::catalog::Environment::Demo => "demo",
            consent_protocol::catalog::Environment::Staging => "staging",
            consent_protocol::catalog::Environment::Production => "production",
        };
        format!("{environment}.{}.{}", self.config.country.to_lowercase(), self.config.model_line)
    }

    fn take_told(&mut self, told: Told, now: Now) {
        match told {
            Told::Refused { use_id, reason } => {
                let text = format!("the recipient refused a batch of {use_id}: {reason:?}");
                self.notice(text.to_lowercase(), now);
            }
            Told::Erasure { recipient, use_id, erased, systems } => self.note(&Body::Answer { recipient, use_id, erased, systems }, now),
            Told::OutsideWithdrawal { secret } => {
                let Some(moment) = moment(self.in_force.as_deref(), &self.people, now) else { return };
                let change = self.book.outside_withdrawal(&secret, &moment);
                self.apply(change.into_iter().collect(), now);
                self.refresh(UseSet::EMPTY, now);
            }
            Told::RolledBack => self.roll_back(now),
        }
    }

    /// This disk is an old image: all consents are suspended until renewed, everything that waits is destroyed.
    fn roll_back(&mut self, now: Now) {
        if self.in_force.is_none() {
            return;
        }
        let text = "the store is an old image: all consents are suspended until they are renewed; what recipients got meanwhile is erased there with the secrets on the receipts";
        self.note(&Body::Notice { text: text.to_owned() }, now);
        let Some(in_force) = self.in_force.as_deref() else { return };
        let all: BTreeSet<String> = in_force.catalog.uses.iter().map(|used| used.id.clone()).collect();
        self.suspend(&all, &BTreeSet::new(), now);
        outbox!(self, now, |outbox, cx| outbox.abandon_all(&mut cx));
        self.lanes = lanes();
        self.refresh(UseSet::EMPTY, now);
    }

    fn suspend(&mut self, material: &BTreeSet<String>, gone: &BTreeSet<String>, now: Now) -> Vec<String> {
        let Some(moment) = moment(self.in_force.as_deref(), &self.people, now) else { return Vec::new() };
        let changes = self.book.catalog_changed(material, gone, &moment);
        let suspended = changes.iter().map(|change| change.event.use_id.clone()).collect();
        let ops = self.requests.catalog_changed(material, gone);
        let shown_again = self.people.catalog_changed(material, gone);
        self.apply(changes, now);
        self.take_effect(shown_again, now);
        self.step.ops.extend(ops);
        suspended
    }

    /// Loads what is on disk, at boot. One that does not hold any more is as none: everything stays in the car (R3).
    pub(super) fn restore_catalog(&mut self, envelope: &[u8], now: Now) {
        match self.verify_catalog(envelope) {
            Ok(in_force) => self.put_in_force(in_force, now),
            Err(error) => self.notice(format!("catalog on disk not usable: {error}"), now),
        }
    }

    fn verify_catalog(&self, envelope: &[u8]) -> Result<InForce, String> {
        let bytes = envelope::open(Kind::Catalog, envelope, &self.config.catalog_root).map_err(|error| error.to_string())?;
        let catalog = CompiledCatalog::from_bytes(&bytes).map_err(|error| error.to_string())?;
        let (expected, found) = (&self.config, &catalog);
        if expected.environment != found.environment {
            return Err(format!("expected a catalog of environment {:?}, found one of {:?}", expected.environment, found.environment));
        }
        if !expected.country.eq_ignore_ascii_case(&found.country) || expected.model_line != found.model_line {
            return Err(format!("expected a catalog for {}/{}, found one for {}/{}", expected.country, expected.model_line, found.country, found.model_line));
        }
        let tables = Tables::new(&catalog).map_err(|error| error.to_string())?;
        lawful::check(&catalog).map_err(|error| error.to_string())?;
        Ok(InForce { digest: envelope::sha256(&[&bytes]), tables, catalog })
    }

    /// A signed catalog came. It must be for this car, and newer than the one in force; what it changes materially suspends
    /// consent (R15), by our own comparison.
    pub(super) fn take_catalog(&mut self, envelope: &[u8], now: Now) {
        let in_force = match self.verify_catalog(envelope) {
            Ok(in_force) => in_force,
            Err(error) => return self.notice(format!("catalog refused: {error}"), now),
        };
        let old = self.in_force.as_deref();
        if old.is_some_and(|old| in_force.digest == old.digest || in_force.catalog.version < old.catalog.version) {
            return;
        }
        if old.is_some_and(|old| in_force.catalog.version == old.catalog.version) {
            return self.notice("catalog refused: another one of the same version is in force".to_owned(), now);
        }
        let (material, gone) = old.map(|old| what_changed(&old.catalog, &in_force.catalog)).unwrap_or_default();
        self.close_all(EndCause::Changed, now);
        self.step.ops.push(StoreOp::Meta { key: MetaKey::Catalog, value: envelope.to_vec() });
        let (digest, version) = (in_force.digest, in_force.catalog.version);
        self.put_in_force(in_force, now);
        let suspended = self.suspend(&material, &gone, now);
        outbox!(self, now, |outbox, cx| outbox.close_streams(&gone, &mut cx));
        self.note(&Body::Catalog { digest, version, suspended }, now);
        let meta = self.people.meta();
        self.put_meta(MetaKey::Context, &meta);
        self.step.hurry(Urgency::Now);
        self.refresh(UseSet::EMPTY, now);
        self.raise_requests(now);
        self.step.commands.push(crate::Command::CatalogChanged);
    }

    fn put_in_force(&mut self, in_force: InForce, now: Now) {
        self.stage.reset(in_force.tables.slots());
        self.lanes = lanes();
        self.no_key = UseSet::EMPTY;
        self.terms = (0..in_force.catalog.uses.len()).map(|at| in_force.catalog.terms_digest(at).unwrap_or_default()).collect();
        let named = self.config.context.beyond();
        self.context_signals =
            named.iter().filter_map(|(path, beyond, signal, _)| path.map(|path| (in_force.tables.signal(path).unwrap_or(*beyond), *signal))).collect();
        self.book.resolve(&in_force);
        let recipients: Vec<String> = in_force.catalog.recipients.iter().map(|recipient| recipient.id.clone()).collect();
        self.outbox.assign_keys(&recipients, &mut self.step.ops);
        self.memory.reset(&in_force);
        self.in_force = Some(Arc::new(in_force));
        self.watch_trip(now);
        self.refresh(UseSet::EMPTY, now);
    }
}

/// Uses that changed materially, and uses that are gone.
fn what_changed(old: &CompiledCatalog, new: &CompiledCatalog) -> (BTreeSet<String>, BTreeSet<String>) {
    let gone: BTreeSet<String> = old.uses.iter().filter(|used| new.use_index(&used.id).is_none()).map(|used| used.id.clone()).collect();
    let changes = diff(old, new);
    let material = changes.into_iter().filter(|change| change.weight == Weight::Material && !gone.contains(&change.use_id)).map(|change| change.use_id);
    (material.collect(), gone)
}
