//! Requests of people and operators, and their answers. An answer waits until what it says is on disk.

use super::asking::Again;
use super::profiles::Wanted;
use super::{Cx, Gatekeeper, moment, outbox};
use crate::book::{Book, Profile};
use crate::change::{Change, Moment};
use crate::command::{Command, Load, Urgency};
use crate::control::{PauseScope, Peer, Request, RequestAnswer, Response, ReviewAnswer};
use crate::now::Now;
use crate::people::{Age, ContextSignal, Effect, People, Switch};
use crate::refusal::Refusal;
use crate::rng::Rng;
use crate::signer::Signer;
use crate::store::StoreOp;
use crate::words::driving_word;
use consent_core::{Assurance, ClockTrust, DrivingState, Occupancy, UseSet, Value};
use consent_protocol::catalog::Environment;
use consent_protocol::ledger::{Body, ConsentAction, Method};
use std::collections::BTreeSet;

/// Why a request is not carried out.
pub(super) enum Not {
    Done(Refusal),
    NoCatalog,
    Busy,
}

/// Which way a decision goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deciding {
    Gives,
    Ends,
}

impl From<Refusal> for Not {
    fn from(refusal: Refusal) -> Self {
        Self::Done(refusal)
    }
}

pub(super) type Outcome = Result<Option<Response>, Not>;

impl<S: Signer> Gatekeeper<S> {
    /// Carries out a request; the answer waits for this step's transaction.
    pub(super) fn ask(&mut self, token: u64, peer: Peer, request: Request, now: Now) {
        let outcome = self.carry_out(token, peer, request, now);
        self.answer(token, outcome);
    }

    /// Answers a request once this step's transaction is stored, unless its answer comes later.
    pub(super) fn answer(&mut self, token: u64, outcome: Outcome) {
        let response = match outcome {
            Ok(None) => return,
            Ok(Some(response)) => response,
            Err(Not::Done(refusal)) => Response::Refused { error: refusal.to_string() },
            Err(Not::NoCatalog) => {
                let refused = self.notices.iter().max_by_key(|(_, at_ms)| **at_ms);
                let why = refused.map_or_else(String::new, |(text, _)| format!(" ({text})"));
                Response::Refused { error: format!("expected a catalog in force, found none{why}: give one in the config or wait for the broker") }
            }
            Err(Not::Busy) => Response::Refused { error: "expected fewer than 64 reads at a time: try again".to_owned() },
        };
        self.step.responds.push((token, response));
        self.step.hurry(Urgency::Now);
    }

    #[allow(clippy::too_many_lines, reason = "one flat list of what can be asked")]
    fn carry_out(&mut self, token: u64, peer: Peer, request: Request, now: Now) -> Outcome {
        match request {
            Request::PeopleEnter { person, assurance, minor } => self.enter(person.as_deref(), assurance, minor.into(), now),
            Request::PeopleLeave { person } => {
                let effect = self.people.leave(person.as_deref())?;
                Ok(Some(self.people_changed(effect, now)))
            }
            Request::PeopleDriver { person, assurance } => {
                let age = self.profile(person.as_deref(), Age::OfAge, now)?;
                let effect = self.people.driver(person.as_deref(), assurance, age, &now);
                Ok(Some(self.people_changed(effect, now)))
            }
            Request::PeopleNotMe => {
                let effect = self.people.not_me(&now);
                Ok(Some(self.people_changed(effect, now)))
            }
            Request::PeopleComplete { complete } => {
                let effect = self.people.complete(if complete { Occupancy::Complete } else { Occupancy::Unknown });
                Ok(Some(self.people_changed(effect, now)))
            }
            Request::PeopleList => Ok(Some(self.people_changed(Effect::default(), now))),
            Request::RequestsList => self.list_requests(now),
            Request::RequestsAnswer { id, answer } => self.answer_request(id, &answer, peer, now),
            Request::ConsentList { person } => self.list_consents(person, peer, now),
            Request::ConsentGive { person, use_id, terms } => {
                self.decide(person, (peer, Deciding::Gives), now, |book, who, peer, moment, rng| book.give(who, &use_id, &terms, peer, moment, rng).map(one))
            }
            Request::ConsentRefuse { person, use_id } => {
                self.decide(person, (peer, Deciding::Ends), now, |book, who, peer, moment, rng| book.refuse(who, &use_id, peer, moment, rng).map(one))
            }
            Request::ConsentWithdraw { person, use_id: Some(use_id), erase } => {
                self.decide(person, (peer, Deciding::Ends), now, |book, who, peer, moment, _| book.withdraw(who, &use_id, erase.into(), peer, moment).map(one))
            }
            Request::ConsentWithdraw { person, use_id: None, erase } => {
                self.decide(person, (peer, Deciding::Ends), now, |book, who, peer, moment, _| book.withdraw_all(who, erase.into(), peer, moment))
            }
            Request::ConsentObject { person, use_id, restrict } => self.decide(person, (peer, Deciding::Ends), now, |book, who, peer, moment, rng| {
                book.object(who, &use_id, restrict.into(), peer, moment, rng).map(one)
            }),
            Request::ConsentLift { person, use_id } => {
                self.decide(person, (peer, Deciding::Gives), now, |book, who, peer, moment, _| book.lift(who, &use_id, peer, moment).map(one))
            }
            Request::Pause { scope, duration } => {
                let use_id = scope_use(&scope);
                self.touch(ConsentAction::Paused, &use_id, peer, now, |people, moment| people.pause(scope, duration, moment))
            }
            Request::Resume { scope } => self.touch(ConsentAction::Resumed, &scope_use(&scope), peer, now, |people, _| people.resume(&scope)),
            Request::StopWhileAboard => self.touch(ConsentAction::StoppedByOccupant, "", peer, now, |people, _| Ok(people.stop_while_aboard())),
            Request::Call { use_id, begins } => {
                let action = if begins { ConsentAction::Given } else { ConsentAction::TripEnded };
                self.touch(action, &use_id, peer, now, |people, moment| people.call(&use_id, begins.into(), moment))
            }
            Request::Theft { begins } => self.declare_theft(begins.into(), peer, now),
            Request::ReviewList => self.reviews(),
            Request::ReviewShow { use_id } => self.show_review(token, use_id, peer, now),
            Request::ReviewAnswer { use_id, answer, newest } => self.ask_review(peer, (use_id, newest), answer, now),
            Request::Explain { path } => self.explain(&path, now).map(Some),
            Request::LedgerShow { from, count } => self.show_ledger(token, (from, count), peer, now),
            Request::LedgerReceipt { entry } => self.show_receipt(token, entry, peer, now),
            Request::LedgerVerify | Request::LedgerExport => self.read_ledger(token, request, (1, u32::MAX), peer, now),
            Request::DataShow { .. } => self.show_data(token, request, peer, now),
            Request::DataOriginal { use_id } => self.show_original(&use_id, peer, now),
            Request::TierPictures { use_id } => self.show_pictures(&use_id, peer, now),
            Request::Passed => self.show_passed(token, now),
            Request::CatalogShow => self.show_catalog(),
            Request::Checkpoint => self.show_checkpoint(token),
            Request::ReportList => self.ask_reports(peer, now),
            Request::RequestsOpen { use_id } => self.open_feature(&use_id, peer, now),
            Request::FirstStart { choose } => self.first_start(choose, peer, now),
            Request::AskingShow => Ok(Some(self.show_asking(now))),
            Request::AskingSet { asking } => self.set_asking(asking, peer),
            Request::AskingNever { use_id, never } => self.set_never(&use_id, if never { Again::Never } else { Again::MayAsk }, peer, now),
            Request::ProfileList => Ok(Some(self.list_profiles(now))),
            Request::ProfileMake { name, pin, minor, languages } => self.make_profile(token, Wanted { name, pin, minor, languages }, now),
            Request::ProfileUnlock { person, pin } => self.unlock(token, person, pin, now),
            Request::ProfilePin { person, pin } => self.set_pin(token, person, pin, peer, now),
            Request::ProfileLanguages { person, languages } => self.set_languages(&person, languages, peer, now),
            Request::HandOver { kind } => self.hand_over(token, kind, peer),
            Request::TakeOver { name, pin } => self.take_over(token, &name, pin, peer),
            Request::PrivateTrip { begins } => self.private_trip(begins.into(), now),
            Request::DataErase { person, use_id } => self.ask_erase(person, use_id, peer, now),
            Request::Status => Ok(Some(Response::Status(Box::new(self.status(now))))),
        }
    }

    pub(super) fn load(&mut self, token: u64, request: Request, load: Load) -> Outcome {
        if self.loads.len() >= super::LOADS_MAX {
            return Err(Not::Busy);
        }
        self.loads.insert(token, request);
        self.step.commands.push(Command::Load(load));
        Ok(None)
    }

    /// Journals changes, works the gate out anew, and answers with what happened.
    fn changed(&mut self, changes: Vec<Change>, now: Now) -> Response {
        let detail = changes.iter().map(|change| change.text.as_str()).collect::<Vec<_>>().join(" ");
        let settled: Vec<StoreOp> = changes.iter().filter_map(|change| self.requests.settle(&change.event)).collect();
        self.step.ops.extend(settled);
        self.apply(changes, now);
        self.refresh(UseSet::EMPTY, now);
        Response::Done { detail }
    }

    /// The person named, or who drives.
    pub(super) fn who(&self, person: Option<String>) -> Result<String, Refusal> {
        person.or_else(|| self.people.driver_id().map(str::to_owned)).ok_or(Refusal::NoDriver)
    }

    fn people_changed(&mut self, effect: Effect, now: Now) -> Response {
        self.take_effect(effect, now);
        Response::Data { data: serde_json::json!({ "people": self.people.list() }) }
    }

    fn enter(&mut self, person: Option<&str>, assurance: Assurance, age: Age, now: Now) -> Outcome {
        let age = self.profile(person, age, now)?;
        let effect = self.people.enter(person, assurance, age)?;
        Ok(Some(self.people_changed(effect, now)))
    }

    /// Makes a profile on first sight; yields whether the person can consent.
    fn profile(&mut self, person: Option<&str>, age: Age, now: Now) -> Result<Age, Refusal> {
        let Some(id) = person else { return Ok(age) };
        if let Some(profile) = self.book.person(id) {
            return Ok(profile.minor.into());
        }
        let (minor, languages) = (age == Age::Minor, self.config.languages.clone());
        let profile = Profile { id: id.to_owned(), name: id.to_owned(), minor, languages, created_ms: now.wall_ms, ..Profile::default() };
        self.keep_new(profile)?;
        Ok(age)
    }

    /// Changes a profile, and stores it.
    pub(super) fn change_profile(&mut self, person: &str, change: impl FnOnce(&mut Profile)) -> Result<(), Refusal> {
        let mut profile = self.book.person(person).ok_or(Refusal::PersonUnknown)?.clone();
        let key = *self.vault.person_key(person).ok_or(Refusal::PersonUnknown)?;
        change(&mut profile);
        self.step.ops.push(self.book.add_person(profile, key)?);
        Ok(())
    }

    /// An operator decides for people in the demo environment only (R36).
    pub(super) fn may_decide(&self, peer: Peer) -> Result<(), Refusal> {
        let environment = self.config.environment;
        if peer.method == Method::Operator && environment != Environment::Demo { Err(Refusal::OperatorOutsideDemo(environment)) } else { Ok(()) }
    }

    fn list_requests(&mut self, now: Now) -> Outcome {
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let data = self.requests.list(&self.book, &moment);
        Ok(Some(Response::Data { data }))
    }

    fn answer_request(&mut self, id: u64, answer: &RequestAnswer, peer: Peer, now: Now) -> Outcome {
        let peer = match self.requests.open().find(|row| row.id == id) {
            Some(row) => self.peer_as(peer, &row.person, now),
            None => peer,
        };
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let answered = self.requests.answer(id, answer, &mut self.book, peer, &moment, &mut self.rng)?;
        Ok(Some(self.changed(vec![answered.change], now)))
    }

    /// Lets the book decide about a person, and carries out what it says.
    fn decide(
        &mut self,
        person: Option<String>,
        (peer, deciding): (Peer, Deciding),
        now: Now,
        decision: impl FnOnce(&mut Book, &str, Peer, &Moment<'_>, &mut Rng) -> Result<Vec<Change>, Refusal>,
    ) -> Outcome {
        let who = self.who(person)?;
        let peer = self.peer_as(peer, &who, now);
        // A proof without its person in the car opens the way out, not the way in (R51).
        if deciding == Deciding::Gives && peer.method == Method::Screen && self.people.aboard(&who).is_none() {
            return Err(Refusal::NotAboard.into());
        }
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let changes = decision(&mut self.book, &who, peer, &moment, &mut self.rng)?;
        Ok(Some(self.changed(changes, now)))
    }

    /// Who asks, as sure of the person concerned as the car is: at its screen nobody is more than the car recognised, and nobody
    /// decides with another's assurance.
    pub(super) fn peer_as(&self, peer: Peer, person: &str, now: Now) -> Peer {
        match peer.method {
            Method::Screen => Peer { assurance: self.assurance_of(person, now), ..peer },
            Method::Phone | Method::Operator | Method::Receipt | Method::Gatekeeper => peer,
        }
    }

    /// The list shows every use, so that those without consent were shown from now on (R53).
    fn list_consents(&mut self, person: Option<String>, peer: Peer, now: Now) -> Outcome {
        let who = self.who(person)?;
        self.may_list(peer, &who, now)?;
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let data = self.book.list(&who, &moment);
        let shown: BTreeSet<String> = moment.in_force.catalog.uses.iter().map(|used| used.id.clone()).collect();
        let effect = self.people.mark_shown(&shown);
        self.take_effect(effect, now);
        Ok(Some(Response::Data { data }))
    }

    /// What is about the car's people as a whole opens to whoever is recognised, or to an operator of the demo environment.
    pub(super) fn may_see_secrets(&self, peer: Peer) -> Result<(), Refusal> {
        self.may_decide(peer)?;
        if peer.method == Method::Operator || peer.assurance > Assurance::None { Ok(()) } else { Err(Refusal::NotAboard) }
    }

    /// Standings open to the driver who is recognised, and to whoever proved that they are another (R51).
    fn may_list(&self, peer: Peer, person: &str, now: Now) -> Result<(), Refusal> {
        let drives = self.people.driver_at_least(Assurance::Low) == Some(person);
        match peer.method {
            Method::Screen if drives => Ok(()),
            Method::Phone if peer.assurance > Assurance::None => Ok(()),
            Method::Screen | Method::Phone | Method::Operator | Method::Receipt | Method::Gatekeeper => self.may_open(peer, person, now),
        }
    }

    /// Whether a person's data, reviews and receipts may be shown to whoever asks (R51): that person proved who they are, aboard or
    /// within the last minutes; on a phone the phone vouches for them.
    pub(super) fn may_open(&self, peer: Peer, person: &str, now: Now) -> Result<(), Refusal> {
        let proved = match peer.method {
            Method::Operator if self.config.environment == Environment::Demo => true,
            Method::Operator => return Err(Refusal::OperatorOutsideDemo(self.config.environment)),
            Method::Screen => self.assurance_of(person, now) == Assurance::High,
            Method::Phone => peer.assurance == Assurance::High,
            Method::Receipt | Method::Gatekeeper => false,
        };
        if proved { Ok(()) } else { Err(Refusal::NotProved) }
    }

    /// Sending what waited is giving: by the person, in a parked car, at a time that can be told (R7, R13).
    fn may_send(&self, peer: Peer, person: &str, now: Now) -> Result<(), Refusal> {
        self.may_open(peer, person, now)?;
        if now.trust == ClockTrust::Untrusted {
            return Err(Refusal::ClockUntrusted);
        }
        if peer.method != Method::Operator && self.people.driving() != DrivingState::Parked {
            return Err(Refusal::NotParked { found: driving_word(self.people.driving()) });
        }
        Ok(())
    }

    /// How surely a person is recognised now, in the car or, not aboard, by their PIN a moment ago.
    pub(super) fn assurance_of(&self, person: &str, now: Now) -> Assurance {
        let opened = self.opened.get(person).is_some_and(|until_ms| *until_ms > now.mono_ms);
        match self.people.aboard(person) {
            Some((_, assurance)) => assurance,
            None if opened => Assurance::High,
            None => Assurance::None,
        }
    }

    /// A touch that changes the context, and is journalled.
    fn touch(
        &mut self,
        action: ConsentAction,
        use_id: &str,
        peer: Peer,
        now: Now,
        change: impl FnOnce(&mut People, &Moment<'_>) -> Result<Effect, Refusal>,
    ) -> Outcome {
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let effect = change(&mut self.people, &moment)?;
        // An occupant needs no profile to stop, and none is written down.
        let person = if action == ConsentAction::StoppedByOccupant { "" } else { self.people.driver_id().unwrap_or_default() };
        let change = self.book.noted(action, person, use_id, self.peer_as(peer, person, now), &moment);
        let detail = change.text.clone();
        self.apply(vec![change], now);
        self.take_effect(Effect { context: true, store: true, ..effect }, now);
        Ok(Some(Response::Done { detail }))
    }

    /// A sample of a signal of the context. What a key stopped is journalled as if it had been touched on the screen.
    pub(super) fn take_context(&mut self, signal: ContextSignal, value: &Value, t_ms: i64, now: Now) {
        let effect = self.people.observe(signal, value, t_ms, &now);
        let action = match signal {
            ContextSignal::Pause => Some(ConsentAction::Paused),
            ContextSignal::Stop => Some(ConsentAction::StoppedByOccupant),
            ContextSignal::Speed | ContextSignal::Gear | ContextSignal::ParkingBrake | ContextSignal::Ignition => None,
        };
        if let Some(action) = action.filter(|_| !effect.is_none())
            && let Some(moment) = moment(self.in_force.as_deref(), &self.people, now)
        {
            // Whoever pressed it is not known.
            let key = Peer { method: Method::Gatekeeper, assurance: Assurance::None };
            let change = self.book.noted(action, "", "", key, &moment);
            self.apply(vec![change], now);
        }
        self.take_effect(effect, now);
    }

    fn declare_theft(&mut self, begins: Switch, peer: Peer, now: Now) -> Outcome {
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let peer = self.peer_as(peer, self.people.driver_id().unwrap_or_default(), now);
        let effect = self.people.theft(begins, peer, &moment)?;
        let until_ms = self.people.theft_until_ms();
        self.note(&Body::Theft { begins: until_ms > now.wall_ms, until_ms }, now);
        self.take_effect(Effect { context: true, store: true, ..effect }, now);
        Ok(Some(Response::Done { detail: "The theft state changed; it stands in the ledger.".to_owned() }))
    }

    fn ask_review(&mut self, peer: Peer, (use_id, newest): (Option<String>, Option<u64>), answer: ReviewAnswer, now: Now) -> Outcome {
        let who = self.who(None)?;
        match answer {
            ReviewAnswer::Send => self.may_send(peer, &who, now)?,
            ReviewAnswer::Destroy => self.may_decide(peer)?,
        }
        let hit = outbox!(self, now, |outbox, cx| outbox.review(&who, (use_id.as_deref(), newest), answer, &mut cx));
        let action = match answer {
            ReviewAnswer::Send => ConsentAction::ReviewSent,
            ReviewAnswer::Destroy => ConsentAction::ReviewDestroyed,
        };
        let moment = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        let change = self.book.noted(action, &who, use_id.as_deref().unwrap_or_default(), self.peer_as(peer, &who, now), &moment);
        self.apply(vec![change], now);
        self.rest_anew(now);
        Ok(Some(Response::Done { detail: format!("{hit} batches reviewed.") }))
    }

    fn ask_erase(&mut self, person: Option<String>, use_id: Option<String>, peer: Peer, now: Now) -> Outcome {
        let who = self.who(person)?;
        let moment: Moment<'_> = moment(self.in_force.as_deref(), &self.people, now).ok_or(Not::NoCatalog)?;
        self.book.person(&who).ok_or(Refusal::PersonUnknown)?;
        match &use_id {
            // As a withdrawal, which needs no proof of a person aboard.
            Some(_) if peer.method == Method::Screen && self.people.aboard(&who).is_some() => {}
            Some(_) => self.may_open(peer, &who, now)?,
            None => self.may_erase(peer, &who, now)?,
        }
        let (changes, ops): (Vec<Change>, Vec<StoreOp>) = match &use_id {
            Some(use_id) => (self.book.withdraw(&who, use_id, true.into(), peer, &moment).into_iter().collect(), Vec::new()),
            None => self.book.erase_person(&who, &moment),
        };
        self.apply(changes, now);
        let hit = outbox!(self, now, |outbox, cx| outbox.erase(&who, use_id.as_deref(), &mut cx));
        self.step.ops.extend(ops);
        let scope = use_id.clone().unwrap_or_else(|| "everything of a person".to_owned());
        self.note(&Body::Erasure { scope }, now);
        self.step.hurry(Urgency::End);
        if use_id.is_none() {
            self.forget_person(&who);
            let effect = self.people.forget(&who, &now);
            self.take_effect(effect, now);
        }
        self.refresh(UseSet::EMPTY, now);
        Ok(Some(Response::Done { detail: format!("Destroyed here; recipients are asked to erase what they hold ({hit} agreements).") }))
    }

    pub(super) fn clock_trusted(&self) -> bool {
        self.seen.trust == ClockTrust::Trusted
    }
}

/// Done, in a sentence for a person.
pub(super) fn said(detail: &str) -> Response {
    Response::Done { detail: detail.to_owned() }
}

fn one(change: Change) -> Vec<Change> {
    vec![change]
}

fn scope_use(scope: &PauseScope) -> String {
    match scope {
        PauseScope::Use(use_id) => use_id.clone(),
        PauseScope::All | PauseScope::Category(_) => String::new(),
    }
}

impl<S: Signer> Gatekeeper<S> {
    fn explain(&self, path: &str, now: Now) -> Result<Response, Not> {
        let in_force = self.in_force.as_deref().ok_or(Not::NoCatalog)?;
        match self.explain_json(in_force, path, now) {
            Some(data) => Ok(Response::Data { data }),
            None => Ok(Response::Refused {
                error: format!("expected a signal of catalog version {}, found `{path}`: see `consent-catalog matrix`", in_force.catalog.version),
            }),
        }
    }
}
