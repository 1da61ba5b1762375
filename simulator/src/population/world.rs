//! A year of one driver in one car, under the gatekeeper's own rules of asking: its book, its requests, its people, in virtual
//! time. Only what the person says is simulated.

use super::Form;
use super::params::Params;
use super::person::{Person, Says};
use crate::harness::SCREEN;
use crate::harness::chance::Chance;
use consent_core::{Assurance, ClockTrust, Value};
use consent_gatekeeper::Now;
use consent_gatekeeper::book::{Book, Erase, Profile};
use consent_gatekeeper::change::{Change, InForce, Moment};
use consent_gatekeeper::control::{RequestAnswer, Terms};
use consent_gatekeeper::people::{Age, ContextSignal, People};
use consent_gatekeeper::requests::Requests;
use consent_gatekeeper::rng::Rng;
use consent_gatekeeper::show::Asking;
use consent_gatekeeper::store::Cause;
use consent_protocol::catalog::Use;
use consent_protocol::ledger::Cadence;
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: i64 = 86_400_000;
/// 1 January 2027.
const BEGIN_MS: i64 = 1_798_761_600_000;
const DRIVER: &str = "driver";
/// A person withdraws at latest so many days after a yes if they regret it.
const REGRET_DAYS: u64 = 30;

/// What a year came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Lived {
    /// Uses that the car asked about, each time that it did.
    pub(super) requests: u32,
    /// Of them those that the person set off by opening a feature, choosing now, or confirming a trip.
    pub(super) wanted: u32,
    /// Screens that came unasked.
    pub(super) unasked_screens: u32,
    /// Touches: answers, reviews, withdrawals, the first screen.
    pub(super) steps: u32,
    /// Answers.
    pub(super) allowed: u32,
    pub(super) declined: u32,
    pub(super) later: u32,
    pub(super) never: u32,
    /// Yeses taken back within 30 days.
    pub(super) regretted: u32,
    /// Days of consent in force, by recipient id.
    pub(super) days: BTreeMap<String, u32>,
}

struct Car<'a> {
    params: &'a Params,
    in_force: &'a InForce,
    person: Person,
    form: Option<Asking>,
    book: Book,
    people: People,
    requests: Requests,
    rng: Rng,
    chance: Chance,
    /// Uses to withdraw, by day.
    regrets: BTreeMap<u32, Vec<String>>,
    /// Yeses of this use were taken back: nobody gives them again in the same year by themselves.
    burnt: BTreeSet<String>,
    lived: Lived,
    at_ms: i64,
}

/// Lives a year.
pub(super) fn live(params: &Params, in_force: &InForce, person: Person, form: Form, seed: u64) -> Lived {
    let mut chance = Chance::new(seed, 2);
    let asking = match form {
        Form::One => None,
        Form::ByKind => Some(person.kind),
    };
    let mut car = Car {
        params,
        in_force,
        person,
        form: asking,
        book: Book::default(),
        people: People::load(None),
        requests: Requests::default(),
        rng: Rng::new(chance.bytes()),
        chance,
        regrets: BTreeMap::new(),
        burnt: BTreeSet::new(),
        lived: Lived::default(),
        at_ms: BEGIN_MS,
    };
    car.begin();
    for day in 0..params.year.days {
        car.day(day);
    }
    car.lived
}

impl Car<'_> {
    fn now(&self) -> Now {
        Now { boot: 1, mono_ms: u64::try_from(self.at_ms - BEGIN_MS).unwrap_or(0), wall_ms: self.at_ms, trust: ClockTrust::Trusted }
    }

    /// The profile is made, and the first screen answered with Later: whoever wants to decide opens a feature.
    fn begin(&mut self) {
        self.book.resolve(self.in_force);
        let profile = Profile {
            id: DRIVER.to_owned(),
            name: DRIVER.to_owned(),
            languages: self.in_force.catalog.languages.clone(),
            created_ms: self.at_ms,
            asking: self.form,
            welcomed: true,
            ..Profile::default()
        };
        let key = self.rng.bytes();
        if self.book.add_person(profile, key).is_err() {
            return;
        }
        let now = self.now();
        // What an effect says concerns data, and none flows here.
        let _effect = self.people.driver(Some(DRIVER), Assurance::High, Age::OfAge, &now);
        self.book.aboard(&self.people);
        self.lived.steps = self.lived.steps.saturating_add(1);
    }

    fn day(&mut self, day: u32) {
        self.at_ms = BEGIN_MS.saturating_add(i64::from(day).saturating_mul(DAY_MS));
        for use_id in self.regrets.remove(&day).unwrap_or_default() {
            self.take_back(&use_id);
        }
        let mut left = self.params.year.parkings_per_day;
        while left > 0.0 {
            if left >= 1.0 || self.chance.unit() < left {
                self.trip();
            }
            left -= 1.0;
        }
        self.count_day();
    }

    /// Drives off, parks, and sits there for a moment.
    fn trip(&mut self) {
        self.at_ms = self.at_ms.saturating_add(2 * 3_600_000);
        let moment = Moment { now: self.now(), in_force: self.in_force, driving: self.people.driving() };
        let expired = self.book.due(&moment);
        self.settle(&expired);
        self.see(ContextSignal::Ignition, &Value::Bool(true));
        self.see(ContextSignal::Speed, &Value::Float(30.0));
        self.at_ms = self.at_ms.saturating_add(900_000);
        let moment = Moment { now: self.now(), in_force: self.in_force, driving: self.people.driving() };
        let ended = self.book.trip_ended(&moment);
        self.settle(&ended);
        self.see(ContextSignal::Speed, &Value::Float(0.0));
        self.see(ContextSignal::Gear, &Value::Int(126));
        self.opens();
        let moment = Moment { now: self.now(), in_force: self.in_force, driving: self.people.driving() };
        let raised = self.requests.consider(&self.book, &self.people, &moment, &mut self.rng);
        self.asked(&raised);
        self.answer_all();
        self.reviews();
    }

    fn see(&mut self, signal: ContextSignal, value: &Value) {
        let now = self.now();
        let _effect = self.people.observe(signal, value, self.at_ms, &now);
    }

    /// Somebody opens the feature of a use that they have not decided about.
    fn opens(&mut self) {
        let trips = f64::from(self.params.year.days) * self.params.year.parkings_per_day;
        let often = self.params.year.opens_per_use * f64::from(self.params.year.days) / 365.0 / trips;
        let uses: Vec<String> = self.in_force.catalog.uses.iter().map(|used| used.id.clone()).collect();
        for use_id in uses {
            let undecided = self.book.standing(DRIVER, &use_id).is_none() && !self.burnt.contains(&use_id);
            if !undecided || self.chance.unit() >= often {
                continue;
            }
            let moment = Moment { now: self.now(), in_force: self.in_force, driving: self.people.driving() };
            let raised = self.requests.open_feature(&self.book, &self.people, &use_id, &moment, &mut self.rng);
            if let Ok(Some(change)) = raised {
                self.asked(std::slice::from_ref(&change));
            }
        }
    }

    /// Counts requests that were raised just now.
    fn asked(&mut self, raised: &[Change]) {
        if raised.is_empty() {
            return;
        }
        let new: BTreeSet<&str> = raised.iter().map(|change| change.event.use_id.as_str()).collect();
        let rows: Vec<(u64, Cause)> = self.requests.open().filter(|row| new.contains(row.use_id.as_str())).map(|row| (row.screen, row.cause)).collect();
        let count = |wanted: fn(Cause) -> bool| u32::try_from(rows.iter().filter(|(_, cause)| wanted(*cause)).count()).unwrap_or(u32::MAX);
        let screens: BTreeSet<u64> = rows.iter().filter(|(_, cause)| *cause == Cause::Unasked).map(|(screen, _)| *screen).collect();
        self.lived.requests = self.lived.requests.saturating_add(count(|_| true));
        self.lived.wanted = self.lived.wanted.saturating_add(count(|cause| cause != Cause::Unasked));
        self.lived.unasked_screens = self.lived.unasked_screens.saturating_add(u32::try_from(screens.len()).unwrap_or(u32::MAX));
    }

    fn answer_all(&mut self) {
        let open: Vec<(u64, String, Cause)> = self.requests.open().map(|row| (row.id, row.use_id.clone(), row.cause)).collect();
        for (id, use_id, cause) in open {
            let Some(used) = self.in_force.catalog.uses.iter().find(|used| used.id == use_id) else { continue };
            let likes = self.person.likes(self.params, &self.in_force.catalog, used);
            // A trip is confirmed by whoever chose to confirm each: they are not tired of what they asked for.
            let asked = if cause == Cause::BeforeTrip { 0 } else { self.lived.requests.saturating_sub(1) };
            let says = self.person.answers(self.params, likes, self.form, asked, &mut self.chance);
            self.answer(id, used, says, likes);
        }
    }

    fn answer(&mut self, id: u64, used: &Use, says: Says, likes: f64) {
        let answer = match says {
            Says::Allow => RequestAnswer::Allow(self.terms(used)),
            Says::Decline => RequestAnswer::Decline,
            Says::Later => RequestAnswer::Defer,
            Says::Never => RequestAnswer::Never,
        };
        let moment = Moment { now: self.now(), in_force: self.in_force, driving: self.people.driving() };
        let Ok(answered) = self.requests.answer(id, &answer, &mut self.book, SCREEN, &moment, &mut self.rng) else { return };
        self.book.bind(&answered.change.event.record);
        let counted = match says {
            Says::Allow => &mut self.lived.allowed,
            Says::Decline => &mut self.lived.declined,
            Says::Later => &mut self.lived.later,
            Says::Never => &mut self.lived.never,
        };
        *counted = counted.saturating_add(1);
        self.lived.steps = self.lived.steps.saturating_add(1);
        if says == Says::Allow && Person::regrets(self.params, likes, &mut self.chance) {
            let today = u32::try_from((self.at_ms - BEGIN_MS) / DAY_MS).unwrap_or(0);
            let after = u32::try_from(self.chance.between((1, REGRET_DAYS))).unwrap_or(1);
            self.regrets.entry(today.saturating_add(after)).or_default().push(used.id.clone());
        }
    }

    /// The terms of a yes: as printed, and each time where the form offers that first.
    fn terms(&self, used: &Use) -> Terms {
        let each = self.form == Some(Asking::ControlFirst) && used.each_time.is_some();
        Terms { cadence: each.then_some(Cadence::EachTime), ..Terms::default() }
    }

    fn take_back(&mut self, use_id: &str) {
        let moment = Moment { now: self.now(), in_force: self.in_force, driving: self.people.driving() };
        if let Ok(change) = self.book.withdraw(DRIVER, use_id, Erase::Erase, SCREEN, &moment) {
            self.settle(std::slice::from_ref(&change));
            self.burnt.insert(use_id.to_owned());
            self.lived.regretted = self.lived.regretted.saturating_add(1);
            self.lived.steps = self.lived.steps.saturating_add(1);
        }
    }

    /// After a trip, one touch for the screen of all that waits for a review.
    fn reviews(&mut self) {
        let uses = self.in_force.catalog.uses.iter().filter(|used| used.each_time == Some(consent_core::catalog::EachTime::Review));
        let each = uses.filter(|used| self.book.standing(DRIVER, &used.id).is_some_and(|row| row.status == consent_core::Status::GivenEachReview));
        let waits = each.count() > 0;
        self.lived.steps = self.lived.steps.saturating_add(u32::from(waits));
    }

    fn settle(&mut self, changes: &[Change]) {
        for change in changes {
            self.requests.settle(&change.event);
        }
    }

    fn count_day(&mut self) {
        for used in &self.in_force.catalog.uses {
            let given = self
                .book
                .standing(DRIVER, &used.id)
                .is_some_and(|row| matches!(row.status, consent_core::Status::Given | consent_core::Status::GivenEachReview) && row.until_ms > self.at_ms);
            if let (true, Some(recipient)) = (given, self.in_force.catalog.recipients.get(usize::from(used.recipient))) {
                let days = self.lived.days.entry(recipient.id.clone()).or_default();
                *days = days.saturating_add(1);
            }
        }
    }
}
