//! Requests for consent: whom the car asks for what, when, and how often (R43).
//!
//! Asked is only while parked, a recognised driver of age, in a language of theirs that the catalog has in full, for a use that
//! rests on consent. Every request is for one use, with a switch of its own; requests raised together are one *screen*. Uses of
//! outside recipients stand on a screen of their own; renewals share one, whoever receives.
//!
//! Unasked nothing comes before the person answered the first screen, and then at most one screen a parking and four a person
//! and year. What was put off may come again at another parking. A no is not asked about again for twelve months, and then only
//! after a material change; nor is what a person withdrew, objected to or restricted of their own accord. What the person
//! wanted (on the first screen, by opening a feature, "each time" before a trip) counts for nothing.
//!
//! INVARIANT: no request leaves the car, and none decides anything without its answer (R7).

mod screen;

use crate::book::{Book, Profile, is_given, language_of, may_ask, rests_on_consent, towards_deployer};
use crate::change::{Change, Moment};
use crate::control::{Peer, RequestAnswer};
use crate::people::People;
use crate::refusal::Refusal;
use crate::rng::Rng;
use crate::show::Asking;
use crate::store::{Cause, RequestOutcome, RequestRow, Snapshot, StandingRow, StoreOp};
use consent_core::catalog::EachTime;
use consent_core::{Assurance, ClockTrust, DrivingState, Status};
use consent_protocol::Digest;
use consent_protocol::catalog::Use;
use consent_protocol::ledger::{Cadence, ConsentAction, ConsentEvent, Method};
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: i64 = 86_400_000;
const YEAR_MS: i64 = 365 * DAY_MS;
/// Unasked screens a person and year.
const SCREENS_YEAR_MAX: u32 = 4;
/// A consent is due for renewal so long before its end, or in the last quarter of it where that is shorter. †
const RENEWAL_MS: i64 = 14 * DAY_MS;
/// Renewals within this time share one screen, if half of the consent is over.
const SHARED_MS: i64 = 60 * DAY_MS;
/// Terms of a request that was declined before its use changed materially.
const CHANGED: Digest = Digest([0; 32]);

/// Requests, open and answered.
#[derive(Debug, Default)]
pub struct Requests {
    rows: BTreeMap<u64, RequestRow>,
    /// The parking at which a person was last asked unasked, or wanted to be left alone, by [`People::parkings`].
    asked: BTreeMap<String, u64>,
    /// The parking at which a person was last asked about the trip before them.
    before_trip: BTreeMap<String, u64>,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Person id.
    pub person: String,
    /// Use id.
    pub use_id: String,
    /// To be journalled and stored in one transaction; the request's row is among its ops. A consent binds by [`Book::bind`]
    /// after the commit.
    pub change: Change,
}

/// Why a use may be asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// Confirmed before each trip, as the person chose.
    BeforeTrip,
    /// Never decided, or over.
    New,
    /// In force, and ends in days.
    Renewal,
    /// Ends before long: shares the screen of a renewal.
    Shares,
}

impl Requests {
    /// Takes what is stored.
    pub fn load(snapshot: &Snapshot) -> Self {
        let rows = snapshot.requests.iter().map(|row| (row.id, row.clone())).collect();
        Self { rows, ..Self::default() }
    }

    /// Raises what may be asked now, as events `requested` with the row to be stored. Due on every change of context or
    /// standing; most often nothing comes of it. `rng` is one that nothing outside the car depends on.
    pub fn consider(&mut self, book: &Book, people: &People, moment: &Moment<'_>, rng: &mut Rng) -> Vec<Change> {
        if moment.driving != DrivingState::Parked || moment.now.trust == ClockTrust::Untrusted {
            return Vec::new();
        }
        let Some(profile) = asked_person(book, people) else { return Vec::new() };
        let (person, parking) = (profile.id.as_str(), people.parkings());
        let askable = self.askable(book, profile, moment);
        let mut changes = Vec::new();
        if self.before_trip.get(person) != Some(&parking) {
            let confirmed: Vec<&Use> = only(&askable, |why| why == Why::BeforeTrip);
            if !confirmed.is_empty() {
                self.before_trip.insert(person.to_owned(), parking);
                changes.extend(self.raise_screen(book, person, &confirmed, Cause::BeforeTrip, moment, rng));
            }
        }
        let unasked = if self.may_ask_unasked(profile, parking, moment) { unasked_screen(&askable, moment) } else { Vec::new() };
        if !unasked.is_empty() {
            self.asked.insert(person.to_owned(), parking);
            changes.extend(self.raise_screen(book, person, &unasked, Cause::Unasked, moment, rng));
        }
        changes
    }

    /// The driver wants to choose now: everything that may be asked is raised, outside recipients on a screen of their own.
    pub fn choose_now(&mut self, book: &Book, people: &People, moment: &Moment<'_>, rng: &mut Rng) -> Result<Vec<Change>, Refusal> {
        askable_moment(moment)?;
        let Some(profile) = asked_person(book, people) else { return Ok(Vec::new()) };
        let askable = self.askable(book, profile, moment);
        let new = only(&askable, |why| why == Why::New);
        let (outside, own): (Vec<&Use>, Vec<&Use>) = new.into_iter().partition(|used| is_outside(used, moment));
        let mut changes = self.raise_screen(book, &profile.id, &own, Cause::Wanted, moment, rng);
        changes.extend(self.raise_screen(book, &profile.id, &outside, Cause::Wanted, moment, rng));
        self.leave_alone(people);
        Ok(changes)
    }

    /// Whoever drives is asked nothing more at this parking.
    pub fn leave_alone(&mut self, people: &People) {
        if let Some(person) = people.driver_id() {
            self.asked.insert(person.to_owned(), people.parkings());
        }
    }

    /// The driver opened the feature that needs a use: it is asked for, also after a no. `None` if it is asked for already.
    pub fn open_feature(&mut self, book: &Book, people: &People, use_id: &str, moment: &Moment<'_>, rng: &mut Rng) -> Result<Option<Change>, Refusal> {
        let profile = people.driver_id().and_then(|person| book.person(person)).ok_or(Refusal::NoDriver)?;
        let used = may_ask(profile, use_id, moment)?;
        askable_moment(moment)?;
        let sure = people.aboard(&profile.id).map(|(_, assurance)| assurance).unwrap_or_default();
        if sure < Assurance::Low {
            return Err(Refusal::AssuranceLow { use_id: use_id.to_owned(), needed: Assurance::Low, found: sure });
        }
        if book.standing(&profile.id, use_id).is_some_and(|row| is_given(row.status)) {
            return Err(Refusal::GivenAlready { use_id: use_id.to_owned() });
        }
        if self.open().any(|row| row.person == profile.id && row.use_id == use_id) {
            return Ok(None);
        }
        Ok(self.raise_screen(book, &profile.id, &[used], Cause::Wanted, moment, rng).pop())
    }

    /// Requests that wait for an answer of somebody aboard, as JSON: the shape of `requests list`.
    pub fn list(&self, book: &Book, moment: &Moment<'_>) -> serde_json::Value {
        let shown = self.waiting(book).filter_map(|row| screen::request(row, book, moment));
        serde_json::json!({ "version": 1, "requests": shown.collect::<Vec<_>>() })
    }

    /// Requests that wait for an answer.
    pub fn open(&self) -> impl Iterator<Item = &RequestRow> {
        self.rows.values().filter(|row| row.outcome == RequestOutcome::Open)
    }

    /// Those of them that somebody aboard can answer; another's are nobody's business here (R51).
    pub fn waiting<'a>(&'a self, book: &'a Book) -> impl Iterator<Item = &'a RequestRow> {
        self.open().filter(|row| book.is_aboard(&row.person))
    }

    /// How many somebody aboard can answer.
    pub fn waiting_count(&self, book: &Book) -> u64 {
        u64::try_from(self.waiting(book).count()).unwrap_or(u64::MAX)
    }

    /// Unasked screens of the last year, and how many there may be.
    pub fn budget(&self, person: &str, wall_ms: i64) -> (u32, u32) {
        let since_ms = wall_ms.saturating_sub(YEAR_MS);
        let unasked = self.rows.values().filter(|row| row.person == person && row.raised_ms > since_ms && row.cause == Cause::Unasked);
        let screens = unasked.map(|row| row.screen).collect::<BTreeSet<_>>().len();
        (u32::try_from(screens).unwrap_or(u32::MAX), SCREENS_YEAR_MAX)
    }

    /// Uses about which a person does not want to be asked again.
    pub fn never(&self, person: &str) -> Vec<String> {
        let never = self.rows.values().filter(|row| row.person == person && row.outcome == RequestOutcome::Never);
        never.map(|row| row.use_id.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// "Don't ask again" for a use, without a request being open.
    pub fn set_never(&mut self, person: &str, use_id: &str, moment: &Moment<'_>) -> Result<StoreOp, Refusal> {
        let catalog = &moment.in_force.catalog;
        let terms = catalog.use_index(use_id).and_then(|at| catalog.terms_digest(at));
        let terms = terms.ok_or_else(|| Refusal::UseUnknown { use_id: use_id.to_owned(), version: catalog.version })?;
        let next = self.next_id();
        let last = self.last(person, use_id).cloned();
        let mut row = last.unwrap_or_else(|| RequestRow {
            id: next,
            person: person.to_owned(),
            use_id: use_id.to_owned(),
            terms,
            raised_ms: moment.now.wall_ms,
            outcome: RequestOutcome::Never,
            screen: next,
            cause: Cause::Wanted,
        });
        row.outcome = RequestOutcome::Never;
        self.rows.insert(row.id, row.clone());
        Ok(StoreOp::Request(row))
    }

    /// A use may be asked for again; a no to it stays a no.
    pub fn lift_never(&mut self, person: &str, use_id: &str) -> Vec<StoreOp> {
        let never = |row: &&mut RequestRow| row.person == person && row.use_id == use_id && row.outcome == RequestOutcome::Never;
        let lifted = self.rows.values_mut().filter(never).map(|row| {
            row.outcome = RequestOutcome::Declined;
            StoreOp::Request(row.clone())
        });
        lifted.collect()
    }

    /// Answers a request through the book, and closes it. A refusal of the book leaves it open.
    pub fn answer(&mut self, id: u64, answer: &RequestAnswer, book: &mut Book, peer: Peer, moment: &Moment<'_>, rng: &mut Rng) -> Result<Answered, Refusal> {
        let row = self.rows.get_mut(&id).filter(|row| row.outcome == RequestOutcome::Open).ok_or(Refusal::RequestUnknown { found: id })?;
        let (person, use_id) = (row.person.clone(), row.use_id.clone());
        let (outcome, mut change) = match answer {
            RequestAnswer::Allow(terms) => (RequestOutcome::Allowed, book.give(&person, &use_id, terms, peer, moment, rng)?),
            RequestAnswer::Decline => (RequestOutcome::Declined, book.refuse(&person, &use_id, peer, moment, rng)?),
            RequestAnswer::Never => (RequestOutcome::Never, book.refuse(&person, &use_id, peer, moment, rng)?),
            RequestAnswer::Defer => (RequestOutcome::Deferred, book.noted(ConsentAction::Deferred, &person, &use_id, peer, moment)),
        };
        row.outcome = outcome;
        change.ops.push(StoreOp::Request(row.clone()));
        Ok(Answered { person, use_id, change })
    }

    /// A person decided about a use without being asked, or beside the request: what was open for it is answered by that.
    pub fn settle(&mut self, event: &ConsentEvent) -> Option<StoreOp> {
        let outcome = match event.action {
            ConsentAction::Given | ConsentAction::Renewed | ConsentAction::Narrowed => RequestOutcome::Allowed,
            ConsentAction::Refused | ConsentAction::Withdrawn | ConsentAction::Objected | ConsentAction::Restricted => RequestOutcome::Declined,
            ConsentAction::Requested
            | ConsentAction::Deferred
            | ConsentAction::Expired
            | ConsentAction::TripEnded
            | ConsentAction::Suspended
            | ConsentAction::Lifted
            | ConsentAction::Paused
            | ConsentAction::Resumed
            | ConsentAction::StoppedByOccupant
            | ConsentAction::ReviewSent
            | ConsentAction::ReviewDestroyed => return None,
        };
        let asked = |row: &&mut RequestRow| row.outcome == RequestOutcome::Open && row.person == event.person && row.use_id == event.use_id;
        let row = self.rows.values_mut().find(asked)?;
        row.outcome = outcome;
        Some(StoreOp::Request(row.clone()))
    }

    /// A catalog came into force: open requests for what changed are put off, since they show what is no more; a no may be asked
    /// about again once its year is over.
    pub fn catalog_changed(&mut self, material: &BTreeSet<String>, gone: &BTreeSet<String>) -> Vec<StoreOp> {
        let mut ops = Vec::new();
        for row in self.rows.values_mut() {
            let changed = material.contains(&row.use_id);
            match row.outcome {
                RequestOutcome::Open if changed || gone.contains(&row.use_id) => row.outcome = RequestOutcome::Deferred,
                RequestOutcome::Declined if changed && row.terms != CHANGED => row.terms = CHANGED,
                RequestOutcome::Open | RequestOutcome::Declined | RequestOutcome::Allowed | RequestOutcome::Deferred | RequestOutcome::Never => continue,
            }
            ops.push(StoreOp::Request(row.clone()));
        }
        ops
    }

    /// Forgets a person; [`StoreOp::ErasePerson`] does it on disk.
    pub fn forget(&mut self, person: &str) {
        self.rows.retain(|_, row| row.person != person);
        self.asked.remove(person);
        self.before_trip.remove(person);
    }

    /// Uses that this person may be asked about now, and why; the manufacturer's own first.
    fn askable<'a>(&self, book: &Book, profile: &Profile, moment: &Moment<'a>) -> Vec<(&'a Use, Why)> {
        let catalog = &moment.in_force.catalog;
        let languages = &profile.languages;
        let may_ask = |used: &&Use| rests_on_consent(used) && towards_deployer(catalog, used).is_none() && language_of(catalog, used, languages).is_some();
        let why = |used: &'a Use| Some((used, self.why(used, book.standing(&profile.id, &used.id), &profile.id, moment.now.wall_ms)?));
        let mut uses: Vec<(&Use, Why)> = catalog.uses.iter().filter(may_ask).filter_map(why).collect();
        uses.sort_by_key(|(used, _)| is_outside(used, moment));
        uses
    }

    fn why(&self, used: &Use, row: Option<&StandingRow>, person: &str, wall_ms: i64) -> Option<Why> {
        let of_use = || self.rows.values().rev().filter(|row| row.person == person && row.use_id == used.id);
        if of_use().any(|row| matches!(row.outcome, RequestOutcome::Open | RequestOutcome::Never)) {
            return None;
        }
        let Some(row) = row else { return Some(Why::New) };
        match row.status {
            Status::None | Status::Expired | Status::Suspended => Some(Why::New),
            Status::TripEnded if is_before_trip(used, row) => Some(Why::BeforeTrip),
            // Whoever consented to one trip was asked for one trip.
            Status::TripEnded | Status::Withdrawn | Status::Objected | Status::Restricted => None,
            Status::Refused => {
                let changed = of_use().next().is_some_and(|last| last.outcome == RequestOutcome::Declined && last.terms == CHANGED);
                (changed && wall_ms.saturating_sub(row.from_ms) >= YEAR_MS).then_some(Why::New)
            }
            Status::Given | Status::GivenEachReview => renewal(row, wall_ms),
        }
    }

    /// Whether a screen that nobody wanted may be raised now (R43).
    fn may_ask_unasked(&self, profile: &Profile, parking: u64, moment: &Moment<'_>) -> bool {
        let waits = self.open().any(|row| row.person == profile.id && row.cause != Cause::BeforeTrip);
        let (screens, max) = self.budget(&profile.id, moment.now.wall_ms);
        let never_unasked = profile.asking == Some(Asking::TrustFirst);
        profile.welcomed && !never_unasked && !waits && self.asked.get(&profile.id) != Some(&parking) && screens < max
    }

    fn next_id(&self) -> u64 {
        self.rows.last_key_value().map_or(1, |(id, _)| id.saturating_add(1))
    }

    fn last(&self, person: &str, use_id: &str) -> Option<&RequestRow> {
        self.rows.values().rev().find(|row| row.person == person && row.use_id == use_id)
    }

    /// Raises the requests of one screen.
    fn raise_screen(&mut self, book: &Book, person: &str, uses: &[&Use], cause: Cause, moment: &Moment<'_>, rng: &mut Rng) -> Vec<Change> {
        let mut screen = None;
        let mut changes = Vec::new();
        for used in uses {
            if let Some((id, change)) = self.raise(book, person, used, (cause, screen), moment, rng) {
                screen.get_or_insert(id);
                changes.push(change);
            }
        }
        changes
    }

    /// Raises one request. Those that the person wanted take the number of the last one, so that they do not pile up.
    fn raise(
        &mut self,
        book: &Book,
        person: &str,
        used: &Use,
        (cause, screen): (Cause, Option<u64>),
        moment: &Moment<'_>,
        rng: &mut Rng,
    ) -> Option<(u64, Change)> {
        let catalog = &moment.in_force.catalog;
        let at = catalog.use_index(&used.id)?;
        let language = language_of(catalog, used, &book.person(person)?.languages)?;
        // An unasked one stays on record as it was, since it counts; and "don't ask again" stays said.
        let again = |row: &&RequestRow| cause != Cause::Unasked && row.cause != Cause::Unasked && row.outcome != RequestOutcome::Never;
        let id = self.last(person, &used.id).filter(again).map_or_else(|| self.next_id(), |row| row.id);
        let row = RequestRow {
            id,
            person: person.to_owned(),
            use_id: used.id.clone(),
            terms: catalog.terms_digest(at)?,
            raised_ms: moment.now.wall_ms,
            outcome: RequestOutcome::Open,
            screen: screen.unwrap_or(id),
            cause,
        };
        let gatekeeper = Peer { method: Method::Gatekeeper, assurance: Assurance::None };
        let mut change = book.noted(ConsentAction::Requested, person, &used.id, gatekeeper, moment);
        language.clone_into(&mut change.event.language);
        if change.event.record == [0; 16] {
            change.event.record = rng.uuid4();
        }
        change.event.text = catalog.notice_digest(at, language)?;
        change.ops.push(StoreOp::Request(row.clone()));
        self.rows.insert(row.id, row);
        Some((id, change))
    }
}

/// The driver, if they may be asked at all.
fn asked_person<'a>(book: &'a Book, people: &People) -> Option<&'a Profile> {
    book.person(people.driver_of_age(Assurance::Low)?).filter(|profile| !profile.minor)
}

/// A request is shown in a parked car, and its terms end by a clock.
fn askable_moment(moment: &Moment<'_>) -> Result<(), Refusal> {
    if moment.driving != DrivingState::Parked {
        return Err(Refusal::NotParked { found: crate::words::driving_word(moment.driving) });
    }
    if moment.now.trust == ClockTrust::Untrusted { Err(Refusal::ClockUntrusted) } else { Ok(()) }
}

fn only<'a>(askable: &[(&'a Use, Why)], wanted: impl Fn(Why) -> bool) -> Vec<&'a Use> {
    askable.iter().filter(|(_, why)| wanted(*why)).map(|(used, _)| *used).collect()
}

/// What one unasked screen holds: renewals if one is due, else what is new of the manufacturer, else of outside recipients.
fn unasked_screen<'a>(askable: &[(&'a Use, Why)], moment: &Moment<'_>) -> Vec<&'a Use> {
    if askable.iter().any(|(_, why)| *why == Why::Renewal) {
        return only(askable, |why| matches!(why, Why::Renewal | Why::Shares));
    }
    let (outside, own): (Vec<&Use>, Vec<&Use>) = only(askable, |why| why == Why::New).into_iter().partition(|used| is_outside(used, moment));
    if own.is_empty() { outside } else { own }
}

fn is_outside(used: &Use, moment: &Moment<'_>) -> bool {
    moment.in_force.catalog.recipients.get(usize::from(used.recipient)).is_none_or(|recipient| recipient.outside)
}

fn is_before_trip(used: &Use, row: &StandingRow) -> bool {
    row.cadence == Cadence::EachTime && used.each_time == Some(EachTime::BeforeTrip)
}

/// Whether a consent in force is due for renewal, or may share a screen.
fn renewal(row: &StandingRow, wall_ms: i64) -> Option<Why> {
    if !is_given(row.status) || row.cadence == Cadence::Trip {
        return None;
    }
    let (length_ms, left_ms) = (row.until_ms.saturating_sub(row.from_ms), row.until_ms.saturating_sub(wall_ms));
    if left_ms <= RENEWAL_MS.min(length_ms / 4) { Some(Why::Renewal) } else { (left_ms <= SHARED_MS.min(length_ms / 2)).then_some(Why::Shares) }
}

#[cfg(test)]
mod tests;
