//! Everything of everybody goes: the car is sold, a rental returned, or a buyer takes over (R20, R49, R50). And private trips.
//!
//! First it is counted what there is, since afterwards nobody can tell; then everything goes in one transaction. What stays on
//! disk are ends with demands to erase that recipients have not answered: pseudonyms and numbers, no person.

use super::ask::{Not, Outcome};
use super::profiles::{Awaited, name_of};
use super::shown::data;
use super::{Cx, Gatekeeper, moment, outbox};
use crate::book::Profile;
use crate::change::Change;
use crate::command::{Command, Load, Urgency};
use crate::control::Peer;
use crate::now::Now;
use crate::people::{Age, Effect, Switch};
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::show::{Gone, HandOver, SHOW_VERSION};
use crate::signer::Signer;
use crate::store::{LeftWindow, StoreOp};
use consent_core::{Assurance, DrivingState, UseSet};
use consent_protocol::catalog::Deployment;
use consent_protocol::ledger::{Body, Method};

/// Why everything goes, while it is counted.
#[derive(Debug)]
pub(super) enum Counting {
    /// The driver hands the car over.
    HandOver(HandOver),
    /// A buyer takes over.
    TakeOver {
        /// Their name.
        name: String,
        /// Hash of their PIN.
        hash: Secret,
    },
}

impl<S: Signer> Gatekeeper<S> {
    /// The driver hands the parked car over, having proved who they are.
    pub(super) fn hand_over(&mut self, token: u64, kind: HandOver, peer: Peer) -> Outcome {
        self.may_decide(peer)?;
        self.is_parked()?;
        if peer.method != Method::Operator && self.people.driver_at_least(Assurance::High).is_none() {
            let found = self.people.driver_id().and_then(|person| self.people.aboard(person)).map(|(_, assurance)| assurance).unwrap_or_default();
            return Err(Refusal::HandOverAssurance { found }.into());
        }
        self.count(token, Counting::HandOver(kind))
    }

    /// A buyer in the parked car takes over; the seller need not be there (R50).
    pub(super) fn take_over(&mut self, token: u64, name: &str, pin: Secret, peer: Peer) -> Outcome {
        self.may_decide(peer)?;
        self.is_parked()?;
        let name = name_of(name)?;
        self.hash(token, pin, Awaited::TakeOver(name))
    }

    fn is_parked(&self) -> Result<(), Not> {
        self.in_force.as_deref().ok_or(Not::NoCatalog)?;
        let driving = self.people.driving();
        if driving == DrivingState::Parked { Ok(()) } else { Err(Refusal::NotParked { found: crate::words::driving_word(driving) }.into()) }
    }

    /// Has it counted what left and is kept.
    pub(super) fn count(&mut self, token: u64, counting: Counting) -> Outcome {
        self.is_parked()?;
        self.pins.insert(token, Awaited::Count(counting));
        self.step.commands.push(Command::Load(Load::Left { token, since_ms: vec![i64::MIN] }));
        Ok(None)
    }

    /// Whether a count is for this token.
    pub(super) fn counts_for(&self, token: u64) -> bool {
        matches!(self.pins.get(&token), Some(Awaited::Count(_)))
    }

    /// It is counted. A store that cannot be read counts as empty: what is in it goes all the same.
    pub(super) fn gone_counted(&mut self, token: u64, windows: &[LeftWindow], now: Now) {
        let Some(Awaited::Count(counting)) = self.pins.remove(&token) else { return };
        let left = windows.iter().flat_map(|window| &window.sums).fold(0_u64, |sum, left| sum.saturating_add(left.batches));
        let disclosures = left.saturating_sub(self.outbox.numbered_count());
        let outcome = self.let_go(counting, disclosures, now);
        self.answer(token, outcome);
    }

    fn let_go(&mut self, counting: Counting, disclosures: u64, now: Now) -> Outcome {
        self.is_parked()?;
        let scope = match &counting {
            Counting::HandOver(HandOver::Sale) => "everything of everybody: the car is sold",
            Counting::HandOver(HandOver::RentalReturn) => "everything of everybody: the rental is over",
            Counting::TakeOver { .. } => "everything of everybody: somebody took the car over",
        };
        let gone = self.wipe(scope, disclosures, now)?;
        if let Counting::TakeOver { name, hash } = counting {
            self.seat_buyer(name, hash, now)?;
        }
        Ok(Some(data(&gone)))
    }

    fn wipe(&mut self, scope: &str, disclosures: u64, now: Now) -> Result<Gone, Not> {
        self.destroy_all_open(now);
        let persons: Vec<String> = self.book.persons().map(|profile| profile.id.clone()).collect();
        let batches = self.outbox.row_count();
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let mut changes: Vec<Change> = Vec::new();
        let mut erased: Vec<StoreOp> = Vec::new();
        for person in &persons {
            let (ended, ops) = self.book.erase_person(person, &moment);
            changes.extend(ended);
            erased.extend(ops);
        }
        let consents = changes.iter().filter(|change| change.ended.is_some()).count();
        self.apply(changes, now);
        for person in &persons {
            outbox!(self, now, |outbox, cx| outbox.erase(person, None, &mut cx));
        }
        let told = outbox!(self, now, |outbox, cx| outbox.let_all_go(&mut cx));
        self.stage.wipe();
        self.step.ops.extend(erased);
        self.step.ops.push(StoreOp::EraseBodies { up_to: self.journal.head().0 });
        self.step.ops.push(StoreOp::PruneDisclosures { before_ms: i64::MAX });
        for person in &persons {
            self.forget_person(person);
        }
        self.unsigned.clear();
        self.journal.forget_recent();
        self.notices.clear();
        self.opened.clear();
        self.last_trip_ms = 0;
        self.put_meta(crate::store::MetaKey::LastTrip, &0_i64);
        self.note(&Body::Erasure { scope: scope.to_owned() }, now);
        self.step.hurry(Urgency::End);
        let effect = self.people.all_gone();
        self.take_effect(effect, now);
        self.lanes = super::lanes();
        self.refresh(UseSet(u128::MAX), now);
        self.drain();
        self.counters.start_anew(self.pending());
        let count = |found: usize| u64::try_from(found).unwrap_or(u64::MAX);
        Ok(Gone { version: SHOW_VERSION, profiles: count(persons.len()), consents: count(consents), batches, disclosures, told: told.into_iter().collect() })
    }

    /// What is kept of a person in memory beside the book; the store erases the rest with them.
    pub(super) fn forget_person(&mut self, person: &str) {
        self.requests.forget(person);
        self.vault.forget(person);
        self.opened.remove(person);
        self.made.remove(person);
        self.drove.forget(person);
        self.stage.forget(person);
        // Without their key it could never be sealed, and the gate would stay shut for it.
        self.unsigned.retain(|entry| !entry.is_of(person));
    }

    /// The buyer is the car's first profile, and drives: they sit in the parked car and have just chosen their PIN.
    fn seat_buyer(&mut self, name: String, hash: Secret, now: Now) -> Result<(), Refusal> {
        let (id, languages) = (self.new_id(), self.config.languages.clone());
        self.keep_new(Profile { id: id.clone(), name, languages, created_ms: now.wall_ms, pin: Some(hash), ..Profile::default() })?;
        let effect = self.people.driver(Some(&id), Assurance::Low, Age::OfAge, &now).and(self.people.prove(&id, &now));
        self.take_effect(effect, now);
        Ok(())
    }

    /// In an employer's car: what rests on the agreement with the employer stops for a private trip (R49). Whoever is aboard may say
    /// so: nothing leaves by it.
    pub(super) fn private_trip(&mut self, switch: Switch, now: Now) -> Outcome {
        let in_force = self.in_force.as_deref().ok_or(Not::NoCatalog)?;
        if in_force.catalog.deployment != Deployment::Employer {
            return Err(Refusal::NotEmployer.into());
        }
        let effect = self.people.private_trip(switch);
        let text = match switch {
            Switch::Begin => "A private trip: what rests on the agreement with the employer stops until the trip ends.",
            Switch::End => "The private trip is over.",
        };
        if effect != Effect::default() {
            self.note(&Body::Notice { text: text.to_owned() }, now);
        }
        self.take_effect(effect, now);
        Ok(Some(super::ask::said(text)))
    }
}
