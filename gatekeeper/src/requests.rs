//! Requests for consent: whom the car asks for what, when, and how often (R43).
//!
//! Asked is only while parked, a recognised driver of age, in a language of theirs that the catalog has in full, for a use that
//! rests on consent. Every request is for one use, with a switch of its own; requests raised at one moment are one *screen*.
//! Unasked there is at most one screen a parking and four a person and year. What was put off may come again at another parking.
//! A no is not asked about again for twelve months, and then only after a material change; nor is what a person withdrew,
//! objected to or restricted of their own accord. "Each time" before a trip is what the person chose, and counts for nothing.
//!
//! INVARIANT: no request leaves the car, and none decides anything without its answer (R7).

mod screen;

use crate::book::{Book, is_given, language_of, rests_on_consent, towards_deployer};
use crate::change::{Change, Moment};
use crate::control::{Peer, RequestAnswer};
use crate::people::People;
use crate::refusal::Refusal;
use crate::rng::Rng;
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
const SCREENS_YEAR_MAX: usize = 4;
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
    /// The parking at which a person was last asked, by [`People::parkings`].
    asked: BTreeMap<String, u64>,
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
    Due,
    /// Ends before long: shares a screen that is raised anyway.
    Shares,
}

impl Requests {
    /// Takes what is stored.
    pub fn load(snapshot: &Snapshot) -> Self {
        Self { rows: snapshot.requests.iter().map(|row| (row.id, row.clone())).collect(), asked: BTreeMap::new() }
    }

    /// Raises what may be asked now, as events `requested` with the row to be stored. Due on every change of context or
    /// standing; most often nothing comes of it.
    pub fn consider(&mut self, book: &Book, people: &People, moment: &Moment<'_>, rng: &mut Rng) -> Vec<Change> {
        if moment.driving != DrivingState::Parked || moment.now.trust == ClockTrust::Untrusted {
            return Vec::new();
        }
        let Some(person) = people.driver_of_age(Assurance::Low) else { return Vec::new() };
        let Some(profile) = book.person(person).filter(|profile| !profile.minor) else { return Vec::new() };
        let open = self.rows.values().any(|row| row.person == person && row.outcome == RequestOutcome::Open);
        if open || self.asked.get(person) == Some(&people.parkings()) {
            return Vec::new();
        }
        let uses = self.uses_to_ask(book, person, &profile.languages, moment);
        if uses.is_empty() {
            return Vec::new();
        }
        self.asked.insert(person.to_owned(), people.parkings());
        uses.iter().filter_map(|(used, cause)| self.raise(book, person, (used, *cause), moment, rng)).collect()
    }

    /// Requests that wait for an answer of somebody aboard, as JSON: the shape of `requests list`.
    pub fn list(&self, book: &Book, moment: &Moment<'_>) -> serde_json::Value {
        let shown = self.open().filter(|row| book.seat_of(&row.person).is_some()).filter_map(|row| screen::request(row, book, moment));
        serde_json::json!({ "version": 1, "requests": shown.collect::<Vec<_>>() })
    }

    /// Requests that wait for an answer.
    pub fn open(&self) -> impl Iterator<Item = &RequestRow> {
        self.rows.values().filter(|row| row.outcome == RequestOutcome::Open)
    }

    /// How many wait.
    pub fn open_count(&self) -> u64 {
        u64::try_from(self.open().count()).unwrap_or(u64::MAX)
    }

    /// Unasked screens of the last year, and how many there may be.
    pub fn budget(&self, person: &str, wall_ms: i64) -> (u32, u32) {
        let since_ms = wall_ms.saturating_sub(YEAR_MS);
        let unasked = self.rows.values().filter(|row| row.person == person && row.raised_ms > since_ms && row.cause == Cause::Unasked);
        let screens = unasked.map(|row| row.screen).collect::<BTreeSet<_>>().len();
        (u32::try_from(screens).unwrap_or(u32::MAX), u32::try_from(SCREENS_YEAR_MAX).unwrap_or(u32::MAX))
    }

    /// Uses about which a person does not want to be asked again.
    pub fn never(&self, person: &str) -> Vec<String> {
        let never = self.rows.values().filter(|row| row.person == person && row.outcome == RequestOutcome::Never);
        never.map(|row| row.use_id.clone()).collect::<BTreeSet<_>>().into_iter().collect()
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
    }

    /// Uses of one screen, the manufacturer's own first.
    fn uses_to_ask<'a>(&self, book: &Book, person: &str, languages: &[String], moment: &Moment<'a>) -> Vec<(&'a Use, Why)> {
        let catalog = &moment.in_force.catalog;
        let may_ask = |used: &&Use| rests_on_consent(used) && towards_deployer(catalog, used).is_none() && language_of(catalog, used, languages).is_some();
        let causes = catalog.uses.iter().filter(may_ask).filter_map(|used| {
            let cause = self.cause(used, book.standing(person, &used.id), person, moment.now.wall_ms)?;
            Some((used, cause))
        });
        let mut uses: Vec<(&Use, Why)> = causes.collect();
        let due = uses.iter().any(|(_, cause)| *cause == Why::Due);
        if !due || self.screens_of(book, person, moment) >= SCREENS_YEAR_MAX {
            uses.retain(|(_, cause)| *cause == Why::BeforeTrip);
        }
        uses.sort_by_key(|(used, _)| catalog.recipients.get(usize::from(used.recipient)).is_none_or(|recipient| recipient.outside));
        uses
    }

    fn cause(&self, used: &Use, row: Option<&StandingRow>, person: &str, wall_ms: i64) -> Option<Why> {
        let last = self.rows.values().rev().find(|row| row.person == person && row.use_id == used.id);
        if last.is_some_and(|row| matches!(row.outcome, RequestOutcome::Open | RequestOutcome::Never)) {
            return None;
        }
        let Some(row) = row else { return Some(Why::Due) };
        match row.status {
            Status::None | Status::Expired | Status::Suspended => Some(Why::Due),
            Status::TripEnded if is_before_trip(used, row) => Some(Why::BeforeTrip),
            // Whoever consented to one trip was asked for one trip.
            Status::TripEnded | Status::Withdrawn | Status::Objected | Status::Restricted => None,
            Status::Refused => {
                let changed = last.is_some_and(|last| last.outcome == RequestOutcome::Declined && last.terms == CHANGED);
                (changed && wall_ms.saturating_sub(row.from_ms) >= YEAR_MS).then_some(Why::Due)
            }
            Status::Given | Status::GivenEachReview => renewal(row, wall_ms),
        }
    }

    /// Unasked screens of the last year.
    fn screens_of(&self, book: &Book, person: &str, moment: &Moment<'_>) -> usize {
        let since_ms = moment.now.wall_ms.saturating_sub(YEAR_MS);
        let chosen = |row: &RequestRow| {
            let used = moment.in_force.catalog.uses.iter().find(|used| used.id == row.use_id);
            used.zip(book.standing(person, &row.use_id)).is_some_and(|(used, standing)| is_before_trip(used, standing))
        };
        let unasked = self.rows.values().filter(|row| row.person == person && row.raised_ms > since_ms && !chosen(row));
        unasked.map(|row| row.raised_ms).collect::<BTreeSet<_>>().len()
    }

    /// Raises one request. Those before a trip take the number of the last one, so that they do not pile up.
    fn raise(&mut self, book: &Book, person: &str, (used, cause): (&Use, Why), moment: &Moment<'_>, rng: &mut Rng) -> Option<Change> {
        let catalog = &moment.in_force.catalog;
        let at = catalog.use_index(&used.id)?;
        let language = language_of(catalog, used, &book.person(person)?.languages)?;
        let last = self.rows.values().rev().find(|row| row.person == person && row.use_id == used.id).map(|row| row.id);
        let next = self.rows.last_key_value().map_or(1, |(id, _)| id.saturating_add(1));
        let row = RequestRow {
            id: last.filter(|_| cause == Why::BeforeTrip).unwrap_or(next),
            person: person.to_owned(),
            use_id: used.id.clone(),
            terms: catalog.terms_digest(at)?,
            raised_ms: moment.now.wall_ms,
            outcome: RequestOutcome::Open,
            screen: u64::try_from(moment.now.wall_ms).unwrap_or(0),
            cause: if cause == Why::BeforeTrip { Cause::BeforeTrip } else { Cause::Unasked },
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
        Some(change)
    }
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
    if left_ms <= RENEWAL_MS.min(length_ms / 4) { Some(Why::Due) } else { (left_ms <= SHARED_MS.min(length_ms / 2)).then_some(Why::Shares) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::InForce;
    use crate::control::Terms;
    use crate::fixture::{SCREEN, T0_MS, book, catalog, done, in_force, moment, now, rng};
    use crate::people::{Age, ContextSignal};
    use consent_core::Value;
    use consent_protocol::catalog::Deployment;

    /// A car with ada at the wheel, parked for the first time.
    struct Car {
        in_force: InForce,
        book: Book,
        people: People,
        requests: Requests,
        rng: Rng,
        at_ms: i64,
    }

    impl Car {
        fn new() -> Self {
            let in_force = in_force(catalog());
            let (mut book, _) = book(&in_force);
            let mut people = People::load(None);
            done(people.driver(Some("ada"), Assurance::Low, Age::OfAge, &now(T0_MS)));
            book.aboard(&people);
            let mut car = Self { in_force, book, people, requests: Requests::default(), rng: rng(), at_ms: T0_MS };
            car.park(T0_MS);
            car
        }

        /// Drives off, and parks at that time.
        fn park(&mut self, at_ms: i64) {
            self.at_ms = at_ms;
            for (signal, value) in
                [(ContextSignal::Speed, Value::Float(9.0)), (ContextSignal::Speed, Value::Float(0.0)), (ContextSignal::Gear, Value::Int(126))]
            {
                done(self.people.observe(signal, &value, at_ms, &now(at_ms)));
            }
        }

        /// Use ids of the screen raised now.
        fn ask(&mut self) -> Vec<String> {
            let at = Moment { driving: self.people.driving(), ..moment(&self.in_force, self.at_ms) };
            let changes = self.requests.consider(&self.book, &self.people, &at, &mut self.rng);
            for change in &changes {
                assert_eq!((change.event.action, change.event.person.as_str(), change.event.method), (ConsentAction::Requested, "ada", Method::Gatekeeper));
                assert!(matches!(change.ops.as_slice(), [StoreOp::Request(_)]) && change.ended.is_none());
                assert_ne!(change.event.record, [0; 16]);
            }
            changes.into_iter().map(|change| change.event.use_id).collect()
        }

        fn answer_all(&mut self, answer: &RequestAnswer) {
            for id in self.requests.open().map(|row| row.id).collect::<Vec<_>>() {
                self.answer(id, answer).unwrap();
            }
        }

        fn answer(&mut self, id: u64, answer: &RequestAnswer) -> Result<Answered, Refusal> {
            let at = Moment { driving: self.people.driving(), ..moment(&self.in_force, self.at_ms) };
            let answered = self.requests.answer(id, answer, &mut self.book, SCREEN, &at, &mut self.rng)?;
            self.book.bind(&answered.change.event.record);
            Ok(answered)
        }
    }

    fn allow() -> RequestAnswer {
        RequestAnswer::Allow(Terms::default())
    }

    fn ids(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_decision_beside_the_request_answers_it() {
        let mut car = Car::new();
        car.ask();
        let at = Moment { driving: car.people.driving(), ..moment(&car.in_force, car.at_ms) };
        let given = car.book.give("ada", "traffic", &Terms::default(), SCREEN, &at, &mut car.rng).unwrap();
        assert!(matches!(car.requests.settle(&given.event), Some(StoreOp::Request(row)) if row.outcome == RequestOutcome::Allowed));
        let refused = car.book.refuse("ada", "voice", SCREEN, &at, &mut car.rng).unwrap();
        assert!(matches!(car.requests.settle(&refused.event), Some(StoreOp::Request(row)) if row.outcome == RequestOutcome::Declined));
        assert!(car.requests.settle(&refused.event).is_none(), "once");
        assert_eq!(car.requests.open().map(|row| row.use_id.as_str()).collect::<Vec<_>>(), ["insurance"]);
    }

    #[test]
    fn one_screen_has_a_request_for_every_use_by_consent_the_makers_first() {
        let mut car = Car::new();
        assert_eq!(car.ask(), ["traffic", "voice", "insurance"]);
        let raised: BTreeSet<i64> = car.requests.open().map(|row| row.raised_ms).collect();
        assert_eq!(raised.len(), 1);
        assert_eq!(car.requests.open_count(), 3);
        assert!(car.ask().is_empty(), "never twice while open");
    }

    #[test]
    fn nobody_is_asked_but_a_recognised_driver_of_age_in_a_parked_car() {
        let mut car = Car::new();
        done(car.people.observe(ContextSignal::Speed, &Value::Float(9.0), T0_MS + 1, &now(T0_MS + 1)));
        assert!(car.ask().is_empty(), "driving");
        for (person, assurance, age) in [
            (Some("ada"), Assurance::None, Age::OfAge),
            (Some("ada"), Assurance::Low, Age::Minor),
            (Some("kid"), Assurance::Low, Age::OfAge),
            (None, Assurance::None, Age::OfAge),
        ] {
            let mut car = Car::new();
            done(car.people.driver(person, assurance, age, &now(T0_MS)));
            assert!(car.ask().is_empty());
        }
        let mut car = Car::new();
        let mut at = moment(&car.in_force, T0_MS);
        at.now.trust = ClockTrust::Untrusted;
        assert!(car.requests.consider(&car.book, &car.people, &at, &mut car.rng).is_empty(), "no clock");
    }

    #[test]
    fn only_in_a_language_of_the_person_and_not_towards_an_employer() {
        let mut car = Car::new();
        car.in_force.catalog.uses[2].texts.plain.retain(|text| text.language == "en");
        car.in_force.catalog.deployment = Deployment::Employer;
        car.in_force.catalog.recipients[1].deployer = true;
        assert_eq!(car.ask(), ["traffic"]);
    }

    #[test]
    fn what_was_allowed_is_not_asked_again() {
        let mut car = Car::new();
        car.ask();
        car.answer_all(&allow());
        car.park(T0_MS + DAY_MS);
        assert!(car.ask().is_empty());
        assert_eq!(car.book.standing("ada", "traffic").unwrap().status, Status::Given);
    }

    #[test]
    fn what_was_put_off_comes_again_at_another_parking_at_most_four_times_a_year() {
        let mut car = Car::new();
        let mut screens = 0;
        for day in 0..10 {
            car.park(T0_MS + day * DAY_MS);
            screens += u32::from(!car.ask().is_empty());
            car.answer_all(&RequestAnswer::Defer);
            assert!(car.ask().is_empty(), "one a parking");
        }
        assert_eq!(screens, 4);
        car.park(T0_MS + YEAR_MS);
        assert_eq!(car.ask().len(), 3, "the first is a year ago");
    }

    #[test]
    fn after_a_no_twelve_months_and_a_material_change() {
        let mut car = Car::new();
        car.ask();
        car.answer_all(&RequestAnswer::Decline);
        assert_eq!(car.book.standing("ada", "voice").unwrap().status, Status::Refused);
        car.park(T0_MS + YEAR_MS + DAY_MS);
        assert!(car.ask().is_empty(), "nothing changed");
        assert_eq!(car.requests.catalog_changed(&ids(&["voice"]), &ids(&[])).len(), 1);
        assert!(car.requests.catalog_changed(&ids(&["voice"]), &ids(&[])).is_empty());
        car.at_ms = T0_MS + YEAR_MS - 1;
        assert!(car.ask().is_empty(), "changed, but too early");
        car.at_ms = T0_MS + YEAR_MS;
        assert_eq!(car.ask(), ["voice"]);
    }

    #[test]
    fn never_is_never() {
        let mut car = Car::new();
        car.ask();
        car.answer_all(&RequestAnswer::Never);
        car.requests.catalog_changed(&ids(&["traffic", "voice", "insurance"]), &ids(&[]));
        car.park(T0_MS + 2 * YEAR_MS);
        assert!(car.ask().is_empty());
    }

    #[test]
    fn what_a_person_ended_is_not_asked_about() {
        let mut car = Car::new();
        car.ask();
        car.answer_all(&allow());
        car.book.withdraw_all("ada", crate::book::Erase::Keep, SCREEN, &moment(&car.in_force, T0_MS)).unwrap();
        car.requests.catalog_changed(&ids(&["traffic"]), &ids(&[]));
        car.park(T0_MS + 2 * YEAR_MS);
        assert!(car.ask().is_empty());
    }

    #[test]
    fn what_a_material_change_suspended_is_asked_at_the_next_parking() {
        let mut car = Car::new();
        car.ask();
        car.answer_all(&allow());
        car.book.catalog_changed(&ids(&["traffic"]), &ids(&[]), &moment(&car.in_force, T0_MS));
        assert!(car.ask().is_empty(), "asked in this parking already");
        car.park(T0_MS + DAY_MS);
        assert_eq!(car.ask(), ["traffic"]);
    }

    #[test]
    fn an_open_request_for_what_changed_is_put_off() {
        let mut car = Car::new();
        car.ask();
        assert_eq!(car.requests.catalog_changed(&ids(&["traffic"]), &ids(&["voice"])).len(), 2);
        assert_eq!(car.requests.open().map(|row| row.use_id.as_str()).collect::<Vec<_>>(), ["insurance"]);
    }

    #[test]
    fn renewals_share_a_screen() {
        let mut car = Car::new();
        car.ask();
        car.answer_all(&allow());
        car.park(T0_MS + 15 * DAY_MS);
        assert!(car.ask().is_empty(), "a year and 30 days: neither is due");
        car.park(T0_MS + 24 * DAY_MS);
        assert_eq!(car.ask(), ["insurance"], "in its last quarter");
        car.answer_all(&RequestAnswer::Never);
        car.park(T0_MS + 320 * DAY_MS);
        assert!(car.ask().is_empty(), "within 60 days, but none is due");
        car.park(T0_MS + 352 * DAY_MS);
        assert_eq!(car.ask(), ["traffic", "voice"]);
    }

    #[test]
    fn each_time_before_a_trip_costs_no_budget_and_does_not_pile_up() {
        let mut car = Car::new();
        car.ask();
        car.answer_all(&RequestAnswer::Decline);
        let terms = Terms { cadence: Some(Cadence::EachTime), ..Terms::default() };
        for trip in 1..=9 {
            let at = moment(&car.in_force, car.at_ms);
            if trip == 1 {
                car.book.give("ada", "traffic", &terms, SCREEN, &at, &mut car.rng).unwrap();
            } else {
                car.answer_all(&RequestAnswer::Allow(terms.clone()));
            }
            car.book.trip_ended(&moment(&car.in_force, car.at_ms));
            car.park(T0_MS + trip * DAY_MS);
            assert_eq!(car.ask(), ["traffic"]);
        }
        assert_eq!(car.requests.rows.len(), 3);
    }

    #[test]
    fn an_answer_the_book_refuses_leaves_the_request_open() {
        let mut car = Car::new();
        car.ask();
        let id = car.requests.open().next().unwrap().id;
        done(car.people.observe(ContextSignal::Speed, &Value::Float(9.0), T0_MS + 1, &now(T0_MS + 1)));
        assert_eq!(car.answer(id, &allow()).err(), Some(Refusal::NotParked { found: "driving" }));
        assert_eq!(car.requests.open_count(), 3);
        car.park(T0_MS + 2);
        let answered = car.answer(id, &allow()).unwrap();
        assert!(matches!(answered.change.ops.as_slice(), [StoreOp::Standing(_), StoreOp::Request(row)] if row.outcome == RequestOutcome::Allowed));
        assert_eq!(car.answer(id, &allow()).err(), Some(Refusal::RequestUnknown { found: id }));
    }

    #[test]
    fn a_restart_forgets_no_request() {
        let mut car = Car::new();
        car.ask();
        let rows: Vec<RequestRow> = car.requests.rows.values().cloned().collect();
        car.requests = Requests::load(&Snapshot { requests: rows, ..Snapshot::default() });
        assert!(car.ask().is_empty());
        assert_eq!(car.requests.open_count(), 3);
        car.requests.forget("ada");
        assert_eq!(car.requests.open_count(), 0);
    }

    #[test]
    fn a_request_shows_all_that_must_be_known_before_a_yes() {
        let mut car = Car::new();
        car.ask();
        let at = moment(&car.in_force, T0_MS);
        let list = car.requests.list(&car.book, &at);
        let requests = list["requests"].as_array().unwrap();
        assert_eq!(requests.len(), 3);
        let shown = requests.iter().find(|request| request["use"] == "insurance").unwrap();
        let expected = serde_json::json!({
            "id": 3,
            "screen": T0_MS,
            "person": "ada",
            "use": "insurance",
            "language": "de",
            "headline": "Headline insurance (de)",
            "recipient": {
                "id": "insurer", "name": "insurer (de)", "role": "third_party", "contact": "privacy@insurer.example", "countries": ["DE"],
                "safeguard": "", "authority": "BfDI",
            },
            "outside": true,
            "what": "Plain (de)",
            "purpose": "https://w3id.org/dpv#ImproveTransportMobility",
            "benefit": { "text": "You save time (de)", "kind": "time", "beneficiary": "you" },
            "retention_days": 30,
            "automated_decision": false,
            "notice": "Notice (de)",
            "terms": {
                "tier": 0,
                "reveals": "roughly (de)",
                "categories": [{ "id": "location", "name": "location (de)" }, { "id": "vehicle", "name": "vehicle (de)" }],
                "days": 30,
                "until": "2025-12-24",
                "cadence": "until",
            },
            "tiers": ["roughly (de)", "closely (de)"],
            "each_time": "review",
            "assurance_needed": "high",
            "answers": ["allow", "decline", "defer", "never"],
        });
        assert_eq!(*shown, expected);
        car.book.unseat("ada");
        assert_eq!(car.requests.list(&car.book, &at)["requests"], serde_json::json!([]), "nobody sees another's");
    }
}
