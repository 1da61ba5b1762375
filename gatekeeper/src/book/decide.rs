//! What a person decides: give, refuse, withdraw, object, lift.

use super::terms::{Taken, blank_row, ground_words, language_of, rests_on_consent, towards_deployer, use_of};
use super::{Book, By, Holds, Profile, is_given};
use crate::change::{Change, Ended, Moment};
use crate::control::{Peer, Terms};
use crate::refusal::Refusal;
use crate::rng::Rng;
use crate::store::StandingRow;
use crate::words::{driving_word, status_word};
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

/// A use that a person may be asked about: they could consent to it, and the catalog has it in a language of theirs in full (R47).
pub(crate) fn may_ask<'a>(profile: &Profile, use_id: &str, moment: &Moment<'a>) -> Result<&'a Use, Refusal> {
    let (_, used) = use_of(moment, use_id)?;
    could_give(profile, used, moment)?;
    let catalog = &moment.in_force.catalog;
    match language_of(catalog, used, &profile.languages) {
        Some(_) => Ok(used),
        None => Err(Refusal::Language { use_id: use_id.to_owned(), offered: catalog.languages.join(", ") }),
    }
}

/// Whether a person could ever consent to a use: not a minor (R48), not towards their employer or lessor (R49).
fn could_give(profile: &Profile, used: &Use, moment: &Moment<'_>) -> Result<(), Refusal> {
    let catalog = &moment.in_force.catalog;
    let use_id = || used.id.clone();
    if !rests_on_consent(used) {
        return Err(Refusal::NotByConsent { use_id: use_id(), ground: ground_words(used) });
    }
    if profile.minor {
        return Err(Refusal::Minor { years: catalog.consent_age_years });
    }
    match towards_deployer(catalog, used) {
        Some(deployer) => Err(Refusal::Deployer { use_id: use_id(), deployer }),
        None => Ok(()),
    }
}

/// Everything that giving asks for besides the terms. An operator in the demo stands for the person, who would sit there.
fn may_give(profile: &Profile, used: &Use, peer: Peer, moment: &Moment<'_>) -> Result<(), Refusal> {
    let use_id = || used.id.clone();
    could_give(profile, used, moment)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::InForce;
    use crate::fixture::{DAY_MS, OPERATOR, SCREEN, T0_MS, book, catalog, in_force, moment, rng};
    use crate::store::StoreOp;
    use consent_core::UseIx;
    use consent_protocol::catalog::{CompiledCatalog, Deployment};
    use consent_protocol::envelope::sha256;
    use consent_protocol::ledger::Cadence;

    fn demo() -> CompiledCatalog {
        CompiledCatalog { environment: Environment::Demo, ..catalog() }
    }

    fn row(change: &Change) -> StandingRow {
        let rows: Vec<&StandingRow> = change.ops.iter().filter_map(|op| if let StoreOp::Standing(row) = op { Some(row) } else { None }).collect();
        assert_eq!(rows.len(), 1);
        rows[0].clone()
    }

    /// As the gate sees it.
    fn status(book: &Book, in_force: &InForce, who: &str, use_id: &str) -> Status {
        let use_ix = UseIx(u8::try_from(in_force.catalog.use_index(use_id).unwrap()).unwrap());
        book.standings().get(book.seat_of(who).unwrap(), use_ix).status
    }

    #[test]
    fn a_consent_takes_the_printed_terms_and_binds_when_it_is_stored() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let change = book.give("ada", "traffic", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng()).unwrap();
        let row = row(&change);
        assert_eq!((row.tier, row.categories.as_slice()), (0, ["location".to_owned(), "vehicle".to_owned()].as_slice()));
        assert_eq!((row.from_ms, row.until_ms), (T0_MS, T0_MS + 365 * DAY_MS));
        assert_eq!((row.language.as_str(), row.revision, row.status), ("de", 1, Status::Given), "their second language is the first in the catalog");
        assert_eq!(Some(row.notice), in_force.catalog.notice_digest(1, "de"));
        assert_eq!(change.event.commitment, sha256(&[&row.secret]));
        assert_eq!(book.commitments_of(&[("ada".to_owned(), row.record)]), [change.event.commitment]);
        assert_eq!((change.event.action, change.event.driving, change.ended), (ConsentAction::Given, DrivingState::Parked, None));
        assert_eq!(change.text, "allowed: Headline traffic (de), roughly (de), until 2026-11-24");

        assert_eq!(status(&book, &in_force, "ada", "traffic"), Status::None, "not before it is stored");
        assert!(book.bind(&row.record));
        assert_eq!(status(&book, &in_force, "ada", "traffic"), Status::Given);
        assert_eq!(status(&book, &in_force, "bob", "traffic"), Status::None);
        assert!(!book.bind(&row.record));
    }

    #[test]
    fn a_moving_or_unknown_car_takes_no_consent() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        for driving in [DrivingState::Driving, DrivingState::Standing, DrivingState::Unknown] {
            let moment = Moment { driving, ..moment(&in_force, T0_MS) };
            let refused = book.give("ada", "traffic", &Terms::default(), SCREEN, &moment, &mut rng());
            assert_eq!(refused, Err(Refusal::NotParked { found: driving_word(driving) }));
        }
    }

    #[test]
    fn an_operator_decides_in_the_demo_only() {
        let (real, demo) = (in_force(catalog()), in_force(demo()));
        let (mut book, _) = book(&real);
        let refused = Err(Refusal::OperatorOutsideDemo(Environment::Production));
        assert_eq!(book.give("ada", "traffic", &Terms::default(), OPERATOR, &moment(&real, T0_MS), &mut rng()), refused);
        assert_eq!(book.refuse("ada", "traffic", OPERATOR, &moment(&real, T0_MS), &mut rng()), refused);
        book.resolve(&demo);
        let driving = Moment { driving: DrivingState::Driving, ..moment(&demo, T0_MS) };
        let change = book.give("eve", "traffic", &Terms::default(), OPERATOR, &driving, &mut rng()).unwrap();
        assert_eq!((change.event.method, change.event.actor.as_str(), change.event.driving), (Method::Operator, "operator", DrivingState::Driving));
        assert_eq!(change.event.assurance, Assurance::None, "recorded as it was");
    }

    #[test]
    fn a_minor_a_stranger_and_the_weakly_recognised_give_nothing() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let low = Peer { assurance: Assurance::Low, ..SCREEN };
        let mut give = |who: &str, peer| book.give(who, "traffic", &Terms::default(), peer, &at, &mut rng()).map(|_| ());
        assert_eq!(give("kid", SCREEN), Err(Refusal::Minor { years: 16 }));
        assert_eq!(give("nobody", SCREEN), Err(Refusal::PersonUnknown));
        assert_eq!(give("eve", low), Err(Refusal::NotAboard));
        assert_eq!(give("eve", SCREEN), Ok(()), "with the PIN");
        assert_eq!(give("ada", low), Err(Refusal::AssuranceLow { use_id: "traffic".to_owned(), needed: Assurance::High, found: Assurance::Low }));
    }

    #[test]
    fn consent_needs_a_clock() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let mut at = moment(&in_force, T0_MS);
        at.now.trust = ClockTrust::Untrusted;
        assert_eq!(book.give("ada", "traffic", &Terms::default(), SCREEN, &at, &mut rng()), Err(Refusal::ClockUntrusted));
    }

    #[test]
    fn what_rests_on_something_else_takes_no_consent() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        for (use_id, ground) in [("obfcm", "law"), ("assist", "a call that a person starts"), ("service", "a contract")] {
            let refused = book.give("ada", use_id, &Terms::default(), SCREEN, &at, &mut rng());
            assert_eq!(refused, Err(Refusal::NotByConsent { use_id: use_id.to_owned(), ground }));
        }
        let unknown = book.give("ada", "nothing", &Terms::default(), SCREEN, &at, &mut rng());
        assert_eq!(unknown, Err(Refusal::UseUnknown { use_id: "nothing".to_owned(), version: 7 }));
    }

    #[test]
    fn nobody_consents_towards_employer_or_lessor() {
        let mut in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        in_force.catalog.recipients[0].deployer = true;
        for (deployment, expected) in [(Deployment::Employer, Some("employer")), (Deployment::Rental, Some("lessor")), (Deployment::Private, None)] {
            in_force.catalog.deployment = deployment;
            let given = book.give("ada", "traffic", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng());
            assert_eq!(given.err(), expected.map(|deployer| Refusal::Deployer { use_id: "traffic".to_owned(), deployer }));
            let other = book.give("ada", "insurance", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng());
            assert!(other.is_ok());
        }
    }

    #[test]
    fn giving_again_replaces_and_never_stacks() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let mut rng = rng();
        let at = moment(&in_force, T0_MS);
        let fine = Terms { tier: Some(1), ..Terms::default() };
        let first = book.give("ada", "traffic", &fine, SCREEN, &at, &mut rng).unwrap();
        book.bind(&first.event.record);
        let some = Terms { categories: Some(vec!["vehicle".to_owned()]), ..Terms::default() };
        for (terms, action) in [(some, ConsentAction::Narrowed), (fine.clone(), ConsentAction::Given), (fine, ConsentAction::Renewed)] {
            let before = book.standing("ada", "traffic").unwrap().record;
            let change = book.give("ada", "traffic", &terms, SCREEN, &at, &mut rng).unwrap();
            assert_eq!(change.event.action, action);
            let ended = change.ended.unwrap();
            assert_eq!((ended.record, ended.kind, ended.erase), (before, EndKind::Narrowed, false));
            assert_eq!(status(&book, &in_force, "ada", "traffic"), Status::None, "the old one ended at once, the new one is not stored");
            assert!(book.bind(&change.event.record));
        }
        assert_eq!(book.given_of("ada"), ["traffic"]);
    }

    #[test]
    fn a_refusal_beats_the_consent_before_it() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let mut rng = rng();
        let at = Moment { driving: DrivingState::Driving, ..moment(&in_force, T0_MS) };
        let given = book.give("ada", "traffic", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng).unwrap();
        book.bind(&given.event.record);
        let low = Peer { assurance: Assurance::None, ..SCREEN };
        let change = book.refuse("ada", "traffic", low, &at, &mut rng).unwrap();
        assert_eq!(change.ended.unwrap().kind, EndKind::Withdrawn);
        assert_eq!(status(&book, &in_force, "ada", "traffic"), Status::Refused);
        assert_ne!(change.event.record, given.event.record);
        let again = book.give("ada", "traffic", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng).unwrap();
        assert_eq!(status(&book, &in_force, "ada", "traffic"), Status::Refused, "until the consent is stored");
        assert!(book.bind(&again.event.record));
        assert_eq!(status(&book, &in_force, "ada", "traffic"), Status::Given);
    }

    #[test]
    fn the_law_says_what_can_be_refused() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let mut rng = rng();
        book.refuse("ada", "obfcm", SCREEN, &at, &mut rng).unwrap();
        assert_eq!(status(&book, &in_force, "ada", "obfcm"), Status::Refused);
        let no_right = Err(Refusal::NoRight { use_id: "attacks".to_owned() });
        assert_eq!(book.refuse("ada", "attacks", SCREEN, &at, &mut rng), no_right);
        assert_eq!(book.object("ada", "attacks", Objection::Object, SCREEN, &at, &mut rng), no_right);
    }

    #[test]
    fn withdrawing_needs_neither_parking_nor_assurance() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let given = book.give("ada", "traffic", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng()).unwrap();
        book.bind(&given.event.record);
        let driving = Moment { driving: DrivingState::Driving, ..moment(&in_force, T0_MS + 9) };
        let none = Peer { assurance: Assurance::None, ..SCREEN };
        let change = book.withdraw("ada", "traffic", Erase::Erase, none, &driving).unwrap();
        let ended = change.ended.clone().unwrap();
        assert_eq!((ended.record, ended.kind, ended.erase), (given.event.record, EndKind::Withdrawn, true));
        assert_eq!((row(&change).status, row(&change).until_ms), (Status::Withdrawn, T0_MS + 9));
        assert_eq!(status(&book, &in_force, "ada", "traffic"), Status::Withdrawn);
        let again = book.withdraw("ada", "traffic", Erase::Keep, none, &driving);
        assert_eq!(again, Err(Refusal::NotGiven { use_id: "traffic".to_owned(), found: "withdrawn" }));
        assert_eq!(book.withdraw("eve", "traffic", Erase::Keep, none, &driving), Err(Refusal::NotAboard), "an absent profile needs its PIN");
        assert!(matches!(book.withdraw("ada", "voice", Erase::Keep, none, &driving), Err(Refusal::NotGiven { found: "not decided", .. })));
    }

    #[test]
    fn what_was_withdrawn_before_it_was_stored_never_binds() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let given = book.give("ada", "traffic", &Terms::default(), SCREEN, &at, &mut rng()).unwrap();
        let change = book.withdraw("ada", "traffic", Erase::Keep, SCREEN, &at).unwrap();
        assert_eq!(change.ended.unwrap().record, given.event.record);
        assert!(!book.bind(&given.event.record));
        assert_eq!(status(&book, &in_force, "ada", "traffic"), Status::Withdrawn);
    }

    #[test]
    fn withdrawing_all_ends_each() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let mut rng = rng();
        for who in ["ada", "bob"] {
            for use_id in ["traffic", "voice"] {
                book.give(who, use_id, &Terms::default(), SCREEN, &at, &mut rng).unwrap();
            }
        }
        let uses: Vec<String> = book.withdraw_all("ada", Erase::Keep, SCREEN, &at).unwrap().into_iter().map(|change| change.event.use_id).collect();
        assert_eq!(uses, ["traffic", "voice"]);
        assert_eq!(book.withdraw_all("ada", Erase::Keep, SCREEN, &at), Err(Refusal::NothingGiven));
        assert_eq!(book.given_of("bob").len(), 2);
    }

    #[test]
    fn an_objection_ends_a_consent_and_is_lifted_to_undecided() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let mut rng = rng();
        let given = book.give("ada", "traffic", &Terms::default(), SCREEN, &at, &mut rng).unwrap();
        book.bind(&given.event.record);
        for (objection, kind, expected) in
            [(Objection::Object, EndKind::Objected, Status::Objected), (Objection::Restrict, EndKind::Restricted, Status::Restricted)]
        {
            let change = book.object("ada", if expected == Status::Objected { "traffic" } else { "service" }, objection, SCREEN, &at, &mut rng).unwrap();
            assert_eq!(change.ended.map(|ended| ended.kind), (expected == Status::Objected).then_some(kind));
            let use_id = change.event.use_id;
            assert_eq!(status(&book, &in_force, "ada", &use_id), expected);
            let lifted = book.lift("ada", &use_id, SCREEN, &at).unwrap();
            assert_eq!(status(&book, &in_force, "ada", &use_id), expected, "until that is stored");
            assert!(book.bind(&lifted.event.record));
            assert_eq!(status(&book, &in_force, "ada", &use_id), Status::None);
        }
        assert!(matches!(book.lift("ada", "traffic", SCREEN, &at), Err(Refusal::NotObjected { found: "not decided", .. })));
    }

    #[test]
    fn terms_lie_within_what_is_offered() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let at = moment(&in_force, T0_MS);
        let mut rng = rng();
        let mut give = |use_id: &str, terms: &Terms| book.give("ada", use_id, terms, SCREEN, &at, &mut rng);
        let days = |days| Terms { days: Some(days), ..Terms::default() };
        let cadence = |cadence| Terms { cadence: Some(cadence), ..Terms::default() };
        let categories = |ids: &[&str]| Terms { categories: Some(ids.iter().map(|id| (*id).to_owned()).collect()), ..Terms::default() };
        let language = |tag: &str| Terms { language: Some(tag.to_owned()), ..Terms::default() };
        let use_id = || "traffic".to_owned();

        assert_eq!(give("traffic", &Terms { tier: Some(2), ..Terms::default() }), Err(Refusal::Tier { use_id: use_id(), finest: 1, found: 2 }));
        for found in [0, 367, u32::MAX] {
            assert_eq!(give("traffic", &days(found)), Err(Refusal::Days { use_id: use_id(), max: 366, found }));
        }
        assert_eq!(give("insurance", &days(31)), Err(Refusal::Days { use_id: "insurance".to_owned(), max: 30, found: 31 }));
        assert_eq!(give("voice", &cadence(Cadence::EachTime)), Err(Refusal::EachTime { use_id: "voice".to_owned() }));
        assert_eq!(give("traffic", &categories(&[])), Err(Refusal::NoCategory { use_id: use_id() }));
        assert!(matches!(give("traffic", &categories(&["voice"])), Err(Refusal::CategoryNotOffered { .. })));
        assert!(matches!(give("traffic", &language("fr")), Err(Refusal::Language { .. })));

        assert_eq!(row(&give("insurance", &Terms::default()).unwrap()).until_ms, T0_MS + 30 * DAY_MS);
        assert_eq!(row(&give("traffic", &days(366)).unwrap()).until_ms, T0_MS + 366 * DAY_MS);
        assert_eq!(row(&give("insurance", &cadence(Cadence::EachTime)).unwrap()).status, Status::GivenEachReview);
        assert_eq!(row(&give("traffic", &cadence(Cadence::EachTime)).unwrap()).status, Status::Given);
        assert_eq!(row(&give("traffic", &language("en")).unwrap()).language, "en");
    }

    #[test]
    fn a_language_in_which_a_text_is_missing_is_not_offered() {
        let mut in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        in_force.catalog.uses[1].texts.benefit.retain(|text| text.language == "en");
        let refused = book.give("ada", "traffic", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng());
        assert_eq!(refused, Err(Refusal::Language { use_id: "traffic".to_owned(), offered: "en, de".to_owned() }));
    }
}
