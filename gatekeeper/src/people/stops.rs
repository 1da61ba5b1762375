//! What people stop, start and declare: pauses, an occupant's stop, theft, calls, and what was shown to them.
//!
//! INVARIANT: what stops works at once and needs nothing; what lifts a rule on people (theft) needs proof and a trusted clock.

use super::pauses::{self, Until};
use super::{ContextSignal, Effect, People, Switch};
use crate::change::Moment;
use crate::control::{PauseFor, PauseScope, Peer};
use crate::refusal::Refusal;
use consent_core::limits::THEFT_MS_MAX;
use consent_core::{Assurance, ClockTrust, Condition, Ground, Pauses, UseIx, Value};
use consent_protocol::catalog::{CompiledCatalog, Environment, Use};
use consent_protocol::ledger::Method;
use std::collections::BTreeSet;

const HOUR_MS: i64 = 3_600_000;
/// Uses that are remembered as shown; what is beyond counts as not shown.
pub(super) const SHOWN_MAX: usize = 1_024;

impl People {
    /// Pauses; a pause of the same scope is replaced. "Trip" without a trip lasts until the next one ends.
    pub fn pause(&mut self, scope: PauseScope, duration: PauseFor, moment: &Moment<'_>) -> Result<Effect, Refusal> {
        let catalog = &moment.in_force.catalog;
        match &scope {
            PauseScope::Use(id) if catalog.use_index(id).is_none() => return Err(Refusal::UseUnknown { use_id: id.clone(), version: catalog.version }),
            PauseScope::Category(id) if !catalog.categories.iter().any(|category| category.id == *id) => {
                return Err(Refusal::CategoryUnknown { category: id.clone(), version: catalog.version });
            }
            PauseScope::All | PauseScope::Use(_) | PauseScope::Category(_) => {}
        }
        let until = match duration {
            PauseFor::Trip => Until::Trip,
            PauseFor::Hour => Until::Time(moment.now.wall_ms.saturating_add(HOUR_MS)),
            PauseFor::UntilResumed => Until::Resumed,
        };
        self.pauses.set(scope, until);
        Ok(Effect::STORED)
    }

    /// Ends the pause of exactly this scope.
    pub fn resume(&mut self, scope: &PauseScope) -> Result<Effect, Refusal> {
        if self.pauses.remove(scope) {
            return Ok(Effect::STORED);
        }
        let paused = self.pauses.words();
        let paused = if paused.is_empty() { "nothing".to_owned() } else { paused.join("; ") };
        Err(Refusal::NotPaused { scope: pauses::scope_words(scope), paused })
    }

    /// "Not while I'm aboard": driver categories stop until the trip ends, also if whoever said it leaves (R17).
    pub fn stop_while_aboard(&mut self) -> Effect {
        if self.stopped_by_occupant {
            return Effect::NONE;
        }
        self.stopped_by_occupant = true;
        Effect::STORED
    }

    /// A key or voice command for pause or stop. What stops works at once and needs nothing: neither a clock nor news.
    pub(super) fn press(&mut self, signal: ContextSignal, value: &Value) -> Effect {
        if value.as_number().is_none_or(|number| number == 0.0) {
            self.pressed.remove(&signal);
            return Effect::NONE;
        }
        if !self.pressed.insert(signal) {
            return Effect::NONE;
        }
        match signal {
            ContextSignal::Stop => self.stop_while_aboard(),
            ContextSignal::Pause if !self.pauses.all_paused() => {
                self.pauses.set(PauseScope::All, Until::Trip);
                Effect::STORED
            }
            // What is paused until resumed does not end sooner for being paused again.
            ContextSignal::Pause | ContextSignal::Speed | ContextSignal::Gear | ContextSignal::ParkingBrake | ContextSignal::Ignition => Effect::NONE,
        }
    }

    /// The owner declares theft for 72 hours, renews or ends it (R25).
    pub fn theft(&mut self, begins: Switch, peer: Peer, moment: &Moment<'_>) -> Result<Effect, Refusal> {
        let environment = moment.in_force.catalog.environment;
        let operator = peer.method == Method::Operator;
        if operator && environment != Environment::Demo {
            return Err(Refusal::OperatorOutsideDemo(environment));
        }
        if !operator && peer.assurance < Assurance::High {
            return Err(Refusal::TheftAssurance { found: peer.assurance });
        }
        self.theft_until_ms = match begins {
            Switch::Begin if moment.now.trust == ClockTrust::Untrusted => return Err(Refusal::ClockUntrusted),
            Switch::Begin => moment.now.wall_ms.saturating_add(THEFT_MS_MAX),
            Switch::End => 0,
        };
        Ok(Effect::STORED)
    }

    /// A person starts or ends a call; the call is the request (R16).
    pub fn call(&mut self, use_id: &str, begins: Switch, moment: &Moment<'_>) -> Result<Effect, Refusal> {
        let catalog = &moment.in_force.catalog;
        let used = catalog.uses.iter().find(|used| used.id == use_id);
        let used = used.ok_or_else(|| Refusal::UseUnknown { use_id: use_id.to_owned(), version: catalog.version })?;
        if used.condition != Condition::Call {
            return Err(Refusal::NotByCall { use_id: use_id.to_owned() });
        }
        let changed = match begins {
            Switch::Begin => self.calls.insert(use_id.to_owned()),
            Switch::End => self.calls.remove(use_id),
        };
        Ok(if changed { Effect::CONTEXT } else { Effect::NONE })
    }

    /// A private trip begins or ends; it ends with the trip at the latest, or with the next where none is under way.
    pub fn private_trip(&mut self, switch: Switch) -> Effect {
        if self.private_trip == switch {
            return Effect::NONE;
        }
        self.private_trip = switch;
        Effect::STORED
    }

    /// What is paused, with what a private trip stops: uses that rest on the agreement with the employer (R49). What the
    /// law demands and a call for help stay.
    pub(super) fn paused(&self, catalog: &CompiledCatalog) -> Pauses {
        let mut pauses = self.pauses.resolve(catalog);
        if self.private_trip == Switch::Begin {
            let of_employer = |used: &Use| catalog.recipients.get(usize::from(used.recipient)).is_none_or(|recipient| recipient.deployer);
            let by_agreement = |used: &Use| matches!(used.ground, Ground::Contract | Ground::LegitimateInterest);
            let stops = (0_u8..).map(UseIx).zip(&catalog.uses).filter(|(_, used)| by_agreement(used) && of_employer(used));
            stops.for_each(|(use_ix, _)| pauses.uses.insert(use_ix));
        }
        pauses
    }

    /// Uses were shown to a person; those that need no consent may start (R53).
    pub fn mark_shown(&mut self, use_ids: &BTreeSet<String>) -> Effect {
        let before = self.shown.len();
        for use_id in use_ids {
            if self.shown.len() < SHOWN_MAX {
                self.shown.insert(use_id.clone());
            }
        }
        if self.shown.len() == before { Effect::NONE } else { Effect::STORED }
    }

    /// Uses that changed materially, or are gone, must be shown again.
    pub fn catalog_changed(&mut self, material: &BTreeSet<String>, gone: &BTreeSet<String>) -> Effect {
        let before = self.shown.len();
        self.shown.retain(|use_id| !material.contains(use_id) && !gone.contains(use_id));
        if self.shown.len() == before { Effect::CONTEXT } else { Effect::STORED }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::InForce;
    use crate::fixture::{OPERATOR, SCREEN, T0_MS, book, catalog, done, in_force, moment, now};
    use crate::now::Now;
    use crate::people::StoreHealth;
    use consent_core::UseSet;
    use consent_protocol::catalog::CompiledCatalog;
    use consent_protocol::catalog::Deployment;

    const LOW: Assurance = Assurance::Low;

    fn people() -> People {
        People::load(None)
    }

    /// Ignition on and off.
    fn trip(people: &mut People) {
        for on in [true, false] {
            done(people.observe(ContextSignal::Ignition, &Value::Bool(on), T0_MS, &now(T0_MS)));
        }
    }

    fn demo() -> InForce {
        in_force(CompiledCatalog { environment: Environment::Demo, ..catalog() })
    }

    #[test]
    fn a_pause_ends_when_it_was_told_to() {
        let in_force = in_force(catalog());
        let (book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let mut people = people();
        done(people.pause(PauseScope::Use("traffic".to_owned()), PauseFor::Hour, &at).unwrap());
        done(people.pause(PauseScope::Category("voice".to_owned()), PauseFor::Trip, &at).unwrap());
        done(people.pause(PauseScope::All, PauseFor::UntilResumed, &at).unwrap());
        let pauses = people.context(&book, &at, UseSet::EMPTY, StoreHealth::Writes).pauses;
        assert!(pauses.all && pauses.uses.contains(UseIx(1)) && pauses.categories.0 == 0b100);
        assert_eq!(
            people.paused_words(),
            ["use `traffic`, until 2025-11-24 13:00 UTC", "category `voice`, for this trip", "everything optional, until resumed"]
        );
        let shown: Vec<(PauseScope, String, Option<i64>)> = people.pauses().into_iter().map(|pause| (pause.scope, pause.until, pause.until_ms)).collect();
        assert_eq!(shown[0], (PauseScope::Use("traffic".to_owned()), "time".to_owned(), Some(T0_MS + HOUR_MS)));
        assert_eq!((shown[1].1.as_str(), shown[2].1.as_str()), ("trip", "resumed"));
        let mut people = People::load(Some(people.meta()));
        assert_eq!(people.next_due_ms(&now(T0_MS)), Some(now(T0_MS + HOUR_MS).mono_ms));
        assert!(people.tick(&Now { trust: ClockTrust::Untrusted, ..now(T0_MS + HOUR_MS) }).is_none(), "by a trusted clock only");
        assert_eq!(people.tick(&now(T0_MS + HOUR_MS)), Effect::STORED);
        trip(&mut people);
        assert_eq!(people.paused_words().len(), 1);
        done(people.resume(&PauseScope::All).unwrap());
        let refused = Refusal::NotPaused { scope: "everything optional".to_owned(), paused: "nothing".to_owned() };
        assert_eq!(people.resume(&PauseScope::All), Err(refused));
    }

    #[test]
    fn only_what_the_catalog_has_is_paused() {
        let in_force = in_force(catalog());
        let mut people = people();
        let at = moment(&in_force, T0_MS);
        let unknown = PauseScope::Use("nothing".to_owned());
        assert_eq!(people.pause(unknown, PauseFor::Hour, &at), Err(Refusal::UseUnknown { use_id: "nothing".to_owned(), version: 7 }));
        let unknown = PauseScope::Category("nothing".to_owned());
        assert_eq!(people.pause(unknown, PauseFor::Hour, &at), Err(Refusal::CategoryUnknown { category: "nothing".to_owned(), version: 7 }));
    }

    #[test]
    fn theft_needs_proof_and_a_clock_and_ends_after_72_hours() {
        let in_force = in_force(catalog());
        let (book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let mut people = people();
        let low = Peer { assurance: LOW, ..SCREEN };
        assert_eq!(people.theft(Switch::Begin, low, &at), Err(Refusal::TheftAssurance { found: LOW }));
        assert_eq!(people.theft(Switch::Begin, OPERATOR, &at), Err(Refusal::OperatorOutsideDemo(Environment::Production)));
        assert!(people.theft(Switch::Begin, OPERATOR, &moment(&demo(), T0_MS)).is_ok());
        let mut untrusted = at;
        untrusted.now.trust = ClockTrust::Untrusted;
        assert_eq!(people.theft(Switch::Begin, SCREEN, &untrusted), Err(Refusal::ClockUntrusted));
        assert_eq!(people.theft(Switch::Begin, SCREEN, &at), Ok(Effect::STORED));
        let theft = |people: &People, at: &Moment<'_>| people.context(&book, at, UseSet::EMPTY, StoreHealth::Writes).theft;
        assert!(theft(&people, &at) && !theft(&people, &untrusted));
        let mut people = People::load(Some(people.meta()));
        let end_ms = T0_MS + 72 * HOUR_MS;
        assert!(theft(&people, &moment(&in_force, end_ms - 1)) && !theft(&people, &moment(&in_force, end_ms)));
        assert_eq!(people.tick(&now(end_ms)), Effect::STORED);
        assert_eq!(people.theft_until_ms(), 0);
    }

    #[test]
    fn a_call_is_for_uses_by_call_and_is_not_kept() {
        let in_force = in_force(catalog());
        let (book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let mut people = people();
        assert_eq!(people.call("traffic", Switch::Begin, &at), Err(Refusal::NotByCall { use_id: "traffic".to_owned() }));
        assert_eq!(people.call("assist", Switch::Begin, &at), Ok(Effect::CONTEXT));
        assert_eq!(people.context(&book, &at, UseSet::EMPTY, StoreHealth::Writes).calls.iter().collect::<Vec<_>>(), [UseIx(5)]);
        let again = People::load(Some(people.meta()));
        assert!(again.context(&book, &at, UseSet::EMPTY, StoreHealth::Writes).calls.is_empty());
        assert_eq!(people.call("assist", Switch::End, &at), Ok(Effect::CONTEXT));
        assert_eq!(people.call("assist", Switch::End, &at), Ok(Effect::NONE));
    }

    #[test]
    fn what_changed_materially_must_be_shown_again() {
        let in_force = in_force(catalog());
        let (book, _) = book(&in_force);
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<String>>();
        let mut people = people();
        assert_eq!(people.mark_shown(&ids(&["service", "obfcm"])), Effect::STORED);
        assert!(people.mark_shown(&ids(&["service"])).is_none());
        assert_eq!(people.catalog_changed(&ids(&["service"]), &BTreeSet::new()), Effect::STORED);
        let context = people.context(&book, &moment(&in_force, T0_MS), UseSet::EMPTY, StoreHealth::Failed);
        assert_eq!((context.shown.iter().collect::<Vec<_>>(), context.store_failed), (vec![UseIx(3)], true));
    }

    #[test]
    fn r19_a_key_pauses_until_the_trip_ends_and_one_stops_for_an_occupant() {
        let mut people = people();
        let press = |people: &mut People, signal, value| people.observe(signal, &value, 0, &now(T0_MS));
        assert_eq!(press(&mut people, ContextSignal::Pause, Value::Bool(true)), Effect::STORED, "however old its stamp is");
        assert!(press(&mut people, ContextSignal::Pause, Value::Bool(true)).is_none(), "one press counts once");
        assert_eq!(people.paused_words(), ["everything optional, for this trip"]);
        done(people.resume(&PauseScope::All).unwrap());
        assert!(press(&mut people, ContextSignal::Pause, Value::Bool(true)).is_none(), "it is still held");
        assert!(press(&mut people, ContextSignal::Pause, Value::Int(0)).is_none());
        assert_eq!(press(&mut people, ContextSignal::Pause, Value::Int(1)), Effect::STORED);
        assert_eq!(press(&mut people, ContextSignal::Stop, Value::Bool(true)), Effect::STORED);
        assert!(people.stopped_by_occupant());
        trip(&mut people);
        assert!(people.paused_words().is_empty() && !people.stopped_by_occupant());
    }

    #[test]
    fn a_key_shortens_no_pause() {
        let in_force = in_force(catalog());
        let mut people = people();
        done(people.pause(PauseScope::All, PauseFor::UntilResumed, &moment(&in_force, T0_MS)).unwrap());
        assert!(people.observe(ContextSignal::Pause, &Value::Bool(true), T0_MS, &now(T0_MS)).is_none());
        assert_eq!(people.paused_words(), ["everything optional, until resumed"]);
    }

    #[test]
    fn r49_a_private_trip_stops_what_rests_on_the_agreement_and_not_what_the_law_demands() {
        let mut employer = CompiledCatalog { deployment: Deployment::Employer, ..catalog() };
        employer.recipients[0].deployer = true;
        employer.uses[1..=2].iter_mut().for_each(|used| used.recipient = 1);
        let in_force = in_force(employer);
        let (book, _) = book(&in_force);
        let paused = |people: &People| {
            let pauses = people.context(&book, &moment(&in_force, T0_MS), UseSet::EMPTY, StoreHealth::Writes).pauses;
            (0_u8..7).filter(|use_ix| pauses.uses.contains(UseIx(*use_ix))).collect::<Vec<_>>()
        };
        let mut people = people();
        assert_eq!(people.private_trip(Switch::Begin), Effect::STORED);
        assert!(people.private_trip(Switch::Begin).is_none());
        // The service by contract; not what the law demands (3, 4), a call for help (5), or what goes to others by consent.
        assert_eq!(paused(&people), [6]);
        let mut people = People::load(Some(people.meta()));
        assert_eq!(paused(&people), [6], "also after a restart");
        trip(&mut people);
        assert!(paused(&people).is_empty(), "it ends with the trip");
        done(people.private_trip(Switch::Begin));
        done(people.private_trip(Switch::End));
        assert!(paused(&people).is_empty());
    }

    #[test]
    fn what_was_stored_before_there_were_private_trips_is_read() {
        let before = postcard::to_allocvec(&(Some("ada"), Some(3_u64), true, Vec::<(String, i64)>::new(), 7_i64, ["service"].as_slice().to_vec())).unwrap();
        let meta = crate::change::ContextMeta::read(&before).unwrap();
        assert_eq!((meta.last_driver.as_deref(), meta.trip, meta.stopped_by_occupant, meta.theft_until_ms), (Some("ada"), Some(3), true, 7));
        assert!(!meta.private_trip && meta.shown == ["service"]);
        let again = crate::change::ContextMeta { private_trip: true, ..meta };
        assert_eq!(crate::change::ContextMeta::read(&postcard::to_allocvec(&again).unwrap()), Some(again));
    }
}
