//! What a person decides: give, refuse, withdraw, object, lift.

use super::terms::{Taken, blank_row, ground_words, language_of, rests_on_consent, towards_deployer, use_of};
use super::{Book, By, Holds, Profile, is_given};
use crate::change::{Change, Ended, Moment};
use crate::control::{Peer, Terms};
use crate::refusal::Refusal;
use crate::rng::Rng;
use crate::store::StandingRow;
use crate::words::status_word;
use consent_core::{Assurance, ClockTrust, DrivingState, Ground, Status};
use consent_protocol::catalog::{Environment, Use};
use consent_protocol::lane::EndKind;
use consent_protocol::ledger::{ConsentAction, Method};

/// Whether recipients are to erase what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Erase {
    /// They may keep what they have lawfully received.
    Keep,
    /// They are to erase it.
    Erase,
}

impl From<bool> for Erase {
    fn from(erase: bool) -> Self {
        if erase { Self::Erase } else { Self::Keep }
    }
}

/// Which of the two rights (R37).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Objection {
    /// GDPR 21.
    Object,
    /// GDPR 18.
    Restrict,
}

impl From<bool> for Objection {
    fn from(restrict: bool) -> Self {
        if restrict { Self::Restrict } else { Self::Object }
    }
}

/// How a consent ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub(super) status: Status,
    pub(super) action: ConsentAction,
    pub(super) kind: EndKind,
    pub(super) erase: Erase,
    pub(super) by: By,
}

impl Book {
    /// Gives consent, or requests a service, on terms within what is offered. What is left out is as printed: the coarsest tier,
    /// all categories, the longest duration.
    ///
    /// It does not bind before [`Self::bind`] is called with `event.record`. An older consent to the use ends at once.
    pub fn give(&mut self, who: &str, use_id: &str, terms: &Terms, peer: Peer, moment: &Moment<'_>, rng: &mut Rng) -> Result<Change, Refusal> {
        let profile = self.decider(who, peer, moment)?;
        let (at, used) = use_of(moment, use_id)?;
        may_give(profile, used, peer, moment)?;
        let catalog = &moment.in_force.catalog;
        let taken = Taken::check(terms, used, &profile.languages, catalog)?;
        let old = self.standing(who, use_id).cloned();
        let row = StandingRow {
            notice: catalog.notice_digest(at, &taken.language).unwrap_or_default(),
            record: rng.uuid4(),
            status: taken.status,
            categories: taken.categories,
            tier: taken.tier,
            until_ms: moment.now.wall_ms.saturating_add(taken.duration_ms),
            cadence: taken.cadence,
            assurance: peer.assurance,
            language: taken.language,
            secret: rng.bytes(),
            ..blank_row(who, use_id, moment)
        };
        let action = old.as_ref().map_or(ConsentAction::Given, |old| action_after(old, &row));
        let before = old.as_ref().map_or(Status::None, |old| self.unbound.get(&old.record).copied().unwrap_or(old.status));
        let mut change = self.change(&row, action, peer.into(), moment);
        change.ended = old.filter(|old| is_given(old.status)).map(|old| self.ended(&old, EndKind::Narrowed, Erase::Keep));
        // Meanwhile what was before goes on, save a consent, which has just ended.
        self.unbound.insert(row.record, if is_given(before) { Status::None } else { before });
        change.ops.push(self.put(row));
        Ok(change)
    }

    /// Refuses a use; a consent to it ends as withdrawn.
    pub fn refuse(&mut self, who: &str, use_id: &str, peer: Peer, moment: &Moment<'_>, rng: &mut Rng) -> Result<Change, Refusal> {
        let profile = self.decider(who, peer, moment)?;
        let (at, used) = use_of(moment, use_id)?;
        may_refuse(used)?;
        let catalog = &moment.in_force.catalog;
        let language = language_of(catalog, used, &profile.languages).unwrap_or_default().to_owned();
        let old = self.standing(who, use_id).cloned();
        let row = StandingRow {
            notice: catalog.notice_digest(at, &language).filter(|_| !language.is_empty()).unwrap_or_default(),
            record: rng.uuid4(),
            status: Status::Refused,
            assurance: peer.assurance,
            language,
            ..blank_row(who, use_id, moment)
        };
        let mut change = self.change(&row, ConsentAction::Refused, peer.into(), moment);
        change.ended = old.filter(|old| is_given(old.status)).map(|old| self.ended(&old, EndKind::Withdrawn, Erase::Keep));
        change.ops.push(self.put(row));
        Ok(change)
    }

    /// Withdraws consent to a use. Needs neither a parked car nor assurance (R10); only for a profile that is not aboard the
    /// car's screen asks for its PIN (R51).
    pub fn withdraw(&mut self, who: &str, use_id: &str, erase: Erase, peer: Peer, moment: &Moment<'_>) -> Result<Change, Refusal> {
        self.decider(who, peer, moment)?;
        let status = self.standing(who, use_id).map(|row| row.status);
        let ending = Ending { erase, ..withdrawal(peer.into()) };
        match status {
            // A use that the catalog lost may still be withdrawn from; only one that nobody knows is an error.
            None => {
                use_of(moment, use_id)?;
                Err(Refusal::NotGiven { use_id: use_id.to_owned(), found: status_word(Status::None) })
            }
            Some(found) => {
                let not_given = || Refusal::NotGiven { use_id: use_id.to_owned(), found: status_word(found) };
                self.end(who, use_id, ending, moment).ok_or_else(not_given)
            }
        }
    }

    /// Withdraws every consent in force of a person.
    pub fn withdraw_all(&mut self, who: &str, erase: Erase, peer: Peer, moment: &Moment<'_>) -> Result<Vec<Change>, Refusal> {
        self.decider(who, peer, moment)?;
        let given = self.given_of(who);
        let ending = Ending { erase, ..withdrawal(peer.into()) };
        let changes: Vec<Change> = given.iter().filter_map(|use_id| self.end(who, use_id, ending, moment)).collect();
        if changes.is_empty() { Err(Refusal::NothingGiven) } else { Ok(changes) }
    }

    /// Objects to a use, or restricts it (R37); a consent to it ends.
    pub fn object(&mut self, who: &str, use_id: &str, objection: Objection, peer: Peer, moment: &Moment<'_>, rng: &mut Rng) -> Result<Change, Refusal> {
        self.decider(who, peer, moment)?;
        let (_, used) = use_of(moment, use_id)?;
        if used.ground == Ground::LegalObligation && !used.law.as_ref().is_some_and(|law| law.may_refuse) {
            return Err(Refusal::NoRight { use_id: use_id.to_owned() });
        }
        let (status, action, kind) = match objection {
            Objection::Object => (Status::Objected, ConsentAction::Objected, EndKind::Objected),
            Objection::Restrict => (Status::Restricted, ConsentAction::Restricted, EndKind::Restricted),
        };
        let ending = Ending { status, action, kind, erase: Erase::Keep, by: peer.into() };
        if let Some(change) = self.end(who, use_id, ending, moment) {
            return Ok(change);
        }
        let row = StandingRow { record: rng.uuid4(), status, assurance: peer.assurance, ..blank_row(who, use_id, moment) };
        let mut change = self.change(&row, action, peer.into(), moment);
        change.ops.push(self.put(row));
        Ok(change)
    }

    /// Lifts an objection or a restriction: the use may run again where it needs no consent, and may be asked for where it does.
    /// It does not bind before [`Self::bind`].
    pub fn lift(&mut self, who: &str, use_id: &str, peer: Peer, moment: &Moment<'_>) -> Result<Change, Refusal> {
        self.decider(who, peer, moment)?;
        use_of(moment, use_id)?;
        let old = self.standing(who, use_id).cloned();
        let found = old.as_ref().map_or(Status::None, |row| row.status);
        let Some(old) = old.filter(|row| matches!(row.status, Status::Objected | Status::Restricted)) else {
            return Err(Refusal::NotObjected { use_id: use_id.to_owned(), found: status_word(found) });
        };
        let row = StandingRow { status: Status::None, until_ms: moment.now.wall_ms, ..old };
        let mut change = self.change(&row, ConsentAction::Lifted, peer.into(), moment);
        self.unbound.insert(row.record, found);
        change.ops.push(self.put(row));
        Ok(change)
    }

    /// Whether somebody may decide for this profile at all.
    fn decider(&self, who: &str, peer: Peer, moment: &Moment<'_>) -> Result<&Profile, Refusal> {
        let environment = moment.in_force.catalog.environment;
        if peer.method == Method::Operator && environment != Environment::Demo {
            return Err(Refusal::OperatorOutsideDemo(environment));
        }
        let profile = self.person(who).ok_or(Refusal::PersonUnknown)?;
        let aboard = matches!(self.holds(who), Some(Holds::Aboard(_)));
        match peer.method {
            Method::Screen if !aboard && peer.assurance < Assurance::High => Err(Refusal::NotAboard),
            Method::Screen | Method::Phone | Method::Operator | Method::Receipt | Method::Gatekeeper => Ok(profile),
        }
    }

    /// Ends a consent in force, in memory at once; `None` if there is none.
    pub(super) fn end(&mut self, person: &str, use_id: &str, ending: Ending, moment: &Moment<'_>) -> Option<Change> {
        let old = self.standing(person, use_id).filter(|row| is_given(row.status))?.clone();
        let ended = self.ended(&old, ending.kind, ending.erase);
        let until_ms = old.until_ms.min(moment.now.wall_ms.max(old.from_ms));
        let row = StandingRow { status: ending.status, until_ms, ..old };
        let mut change = self.change(&row, ending.action, ending.by, moment);
        change.ended = Some(ended);
        change.ops.push(self.put(row));
        Some(change)
    }

    /// Tells of the end of a row, and forgets that it was still to bind.
    fn ended(&mut self, row: &StandingRow, kind: EndKind, erase: Erase) -> Ended {
        self.unbound.remove(&row.record);
        Ended { person: row.person.clone(), record: row.record, use_id: row.use_id.clone(), kind, erase: erase == Erase::Erase }
    }

    /// Ids of the uses that a person consented to.
    pub(super) fn given_of(&self, person: &str) -> Vec<String> {
        let rows = self.rows.get(person).into_iter().flat_map(|rows| rows.values());
        rows.filter(|row| is_given(row.status)).map(|row| row.use_id.clone()).collect()
    }
}

/// A withdrawal, the recipients keeping what they have.
pub(super) fn withdrawal(by: By) -> Ending {
    Ending { status: Status::Withdrawn, action: ConsentAction::Withdrawn, kind: EndKind::Withdrawn, erase: Erase::Keep, by }
}

/// Everything that giving asks for besides the terms. An operator in the demo stands for the person, who would sit there.
fn may_give(profile: &Profile, used: &Use, peer: Peer, moment: &Moment<'_>) -> Result<(), Refusal> {
    let catalog = &moment.in_force.catalog;
    let use_id = || used.id.clone();
    if !rests_on_consent(used) {
        return Err(Refusal::NotByConsent { use_id: use_id(), ground: ground_words(used) });
    }
    if profile.minor {
        return Err(Refusal::Minor { years: catalog.consent_age_years });
    }
    if let Some(deployer) = towards_deployer(catalog, used) {
        return Err(Refusal::Deployer { use_id: use_id(), deployer });
    }
    if moment.now.trust == ClockTrust::Untrusted {
        return Err(Refusal::ClockUntrusted);
    }
    if peer.method == Method::Operator {
        return Ok(());
    }
    if moment.driving != DrivingState::Parked {
        return Err(Refusal::NotParked { found: driving_word(moment.driving) });
    }
    if peer.assurance < used.assurance_give {
        return Err(Refusal::AssuranceLow { use_id: use_id(), needed: used.assurance_give, found: peer.assurance });
    }
    Ok(())
}

fn may_refuse(used: &Use) -> Result<(), Refusal> {
    if rests_on_consent(used) || used.law.as_ref().is_some_and(|law| law.may_refuse) {
        return Ok(());
    }
    let use_id = used.id.clone();
    if used.ground == Ground::LegalObligation { Err(Refusal::NoRight { use_id }) } else { Err(Refusal::NotByConsent { use_id, ground: ground_words(used) }) }
}

/// What giving again is called: what is finer or wider than before, or rests on other terms, is a new consent.
fn action_after(old: &StandingRow, new: &StandingRow) -> ConsentAction {
    let within = new.tier <= old.tier && new.categories.iter().all(|id| old.categories.contains(id));
    let equal = within && new.tier == old.tier && new.categories.len() == old.categories.len();
    match old.status {
        Status::Given | Status::GivenEachReview if equal => ConsentAction::Renewed,
        Status::Given | Status::GivenEachReview if within => ConsentAction::Narrowed,
        Status::Expired | Status::TripEnded | Status::Suspended if within => ConsentAction::Renewed,
        Status::Given
        | Status::GivenEachReview
        | Status::Expired
        | Status::TripEnded
        | Status::Suspended
        | Status::None
        | Status::Refused
        | Status::Withdrawn
        | Status::Objected
        | Status::Restricted => ConsentAction::Given,
    }
}

/// As it stands in JSON.
pub(crate) fn driving_word(driving: DrivingState) -> &'static str {
    match driving {
        DrivingState::Unknown => "unknown",
        DrivingState::Parked => "parked",
        DrivingState::Standing => "standing",
        DrivingState::Driving => "driving",
    }
}
