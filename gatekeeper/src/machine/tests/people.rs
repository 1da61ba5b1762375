//! Profiles, PINs, first screen, hand-over and take-over through the machine: what is answered, stored, and survives a restart.

use super::*;
use crate::control::{PauseFor, PauseScope, Terms};
use crate::pin::{PinResult, PinTask};
use crate::secret::Secret;
use crate::show::{Asking, AskingShown, FirstChoice, Gone, HandOver, Profiles};
use consent_protocol::ledger::Method;

const LOW: Peer = Peer { method: Method::Screen, assurance: Assurance::Low };
const PIN: &str = "271828";

impl Bench {
    /// Parked, with a driver who chose a profile by touch.
    fn with_low_driver(person: &str) -> Self {
        let mut bench = Self::new();
        bench.asked(Request::PeopleNotMe);
        bench.asked(Request::PeopleDriver { person: Some(person.to_owned()), assurance: Assurance::Low });
        bench
    }

    /// Asks as the car's screen does, works out PINs, writes, and yields the answer.
    fn asked(&mut self, request: Request) -> Response {
        let token = 1_000 + u64::try_from(self.said.len()).unwrap();
        self.event(Event::Control { token, peer: LOW, request });
        self.work_out();
        self.write();
        self.answer(token).cloned().unwrap()
    }

    /// A hash that is none: enough to tell whether PINs go where they should.
    fn work_out(&mut self) {
        while let Some(job) = self.pins.pop_front() {
            let result = match &job.task {
                PinTask::Hash { salt } => PinResult::Hashed(Secret::from(format!("{}:{}", salt[0], job.pin.expose()))),
                PinTask::Compare { hash } if hash.expose().split(':').nth(1) == Some(job.pin.expose()) => PinResult::Right,
                PinTask::Compare { .. } => PinResult::Wrong,
            };
            self.event(Event::Pin { token: job.token, result });
        }
    }

    fn data<T: serde::de::DeserializeOwned>(&mut self, request: Request) -> T {
        let response = self.asked(request);
        let Response::Data { data } = response else { panic!("{response:?}") };
        serde_json::from_value(data).unwrap()
    }

    fn refused(&mut self, request: Request) -> String {
        let response = self.asked(request);
        let Response::Refused { error } = response else { panic!("{response:?}") };
        error
    }

    fn done(&mut self, request: Request) {
        let response = self.asked(request);
        assert!(matches!(response, Response::Done { .. }), "{response:?}");
    }

    /// Makes a profile with a PIN; its id.
    fn profile(&mut self, name: &str, pin: Option<&str>) -> String {
        let (name, pin) = (name.to_owned(), pin.map(Secret::from));
        let data: serde_json::Value = self.data(Request::ProfileMake { name, pin, minor: false, languages: Vec::new() });
        data["person"].as_str().unwrap().to_owned()
    }

    fn unlock(&mut self, person: &str, pin: &str) -> Response {
        self.asked(Request::ProfileUnlock { person: person.to_owned(), pin: pin.into() })
    }

    fn shown(&mut self, person: &str) -> crate::show::ProfileShown {
        let profiles: Profiles = self.data(Request::ProfileList);
        profiles.profiles.into_iter().find(|profile| profile.person == person).unwrap()
    }

    /// The same car after a cut of power, parked again.
    fn reboot(self) -> Self {
        let shift_ms = self.shift_ms + i64::try_from(self.mono_ms).unwrap();
        let mut again = Self::boot(self.disk, shift_ms);
        again.entries = self.entries;
        again.write();
        again.park();
        again
    }
}

fn drives(person: &str) -> Request {
    Request::PeopleDriver { person: Some(person.to_owned()), assurance: Assurance::Low }
}

fn recognised(person: &str) -> Request {
    Request::PeopleDriver { person: Some(person.to_owned()), assurance: Assurance::High }
}

fn consents(person: &str) -> Request {
    Request::ConsentList { person: Some(person.to_owned()) }
}

fn withdraw(person: &str, use_id: &str) -> Request {
    Request::ConsentWithdraw { person: Some(person.to_owned()), use_id: Some(use_id.to_owned()), erase: false }
}

fn give_of(person: &str, use_id: &str) -> Request {
    Request::ConsentGive { person: Some(person.to_owned()), use_id: use_id.to_owned(), terms: Terms::default() }
}

#[test]
fn r16_a_pin_recognises_a_driver_with_high_assurance_for_as_long_as_they_are_aboard() {
    let mut bench = Bench::new();
    let maria = bench.profile("Maria", Some(PIN));
    assert_ne!(maria, "Maria", "an id is drawn, not the name");
    bench.asked(Request::PeopleNotMe);
    bench.asked(drives(&maria));
    assert_eq!(bench.shown(&maria).assurance, Assurance::Low);
    let refused = bench.refused(give_of(&maria, "traffic"));
    assert!(refused.contains("assurance high"), "{refused}");
    assert!(matches!(bench.unlock(&maria, PIN), Response::Done { .. }));
    bench.done(give_of(&maria, "traffic"));
    bench.asked(drives(&maria));
    assert_eq!(bench.shown(&maria).assurance, Assurance::High, "a camera that is less sure undoes no proof");
    bench.asked(Request::PeopleLeave { person: Some(maria.clone()) });
    bench.asked(drives(&maria));
    assert_eq!(bench.shown(&maria).assurance, Assurance::Low, "who got out proves it anew");
    let mut bench = bench.reboot();
    bench.asked(drives(&maria));
    assert_eq!(bench.shown(&maria).assurance, Assurance::Low, "and after a restart");
    assert!(matches!(bench.unlock(&maria, PIN), Response::Done { .. }), "the PIN holds over it");
}

#[test]
fn r51_tries_of_a_pin_are_limited_also_over_a_restart() {
    let mut bench = Bench::new();
    let maria = bench.profile("Maria", Some(PIN));
    for left in ["4 more", "3 more", "2 more", "1 more"] {
        let response = bench.unlock(&maria, "0000");
        assert!(matches!(&response, Response::Refused { error } if error.contains(left)), "{response:?}");
    }
    let locked = |response: Response, until: &str| assert!(matches!(&response, Response::Refused { error } if error.contains(until)), "{response:?}");
    locked(bench.unlock(&maria, "0000"), "2025-11-24 12:01");
    locked(bench.unlock(&maria, PIN), "2025-11-24 12:01");
    let mut bench = bench.reboot();
    locked(bench.unlock(&maria, PIN), "2025-11-24 12:01");
    assert!(bench.shown(&maria).locked_until_ms.is_some());
    bench.wait(60_000);
    locked(bench.unlock(&maria, "1111"), "2025-11-24 12:06");
    bench.wait(5 * 60_000);
    assert!(matches!(bench.unlock(&maria, PIN), Response::Done { .. }));
    let response = bench.unlock(&maria, "0000");
    assert!(matches!(&response, Response::Refused { error } if error.contains("4 more")), "a right one begins anew: {response:?}");
}

#[test]
fn r51_tries_at_once_do_not_get_around_the_limit() {
    let mut bench = Bench::new();
    let maria = bench.profile("Maria", Some(PIN));
    for token in 10..30 {
        let request = Request::ProfileUnlock { person: maria.clone(), pin: format!("{token}00").as_str().into() };
        bench.event(Event::Control { token, peer: LOW, request });
    }
    assert_eq!(bench.pins.len(), 1);
    bench.work_out();
    bench.write();
    assert_eq!(bench.disk.persons.iter().find(|row| row.id == maria).unwrap().tries.wrong, 1);
}

#[test]
fn r51_a_pin_stands_nowhere_but_in_its_hash() {
    let mut bench = Bench::new();
    let request = Request::ProfileMake { name: "Maria".to_owned(), pin: Some(PIN.into()), minor: false, languages: Vec::new() };
    assert!(!format!("{request:?}").contains(PIN));
    let event = Event::Control { token: 1, peer: LOW, request };
    assert!(!format!("{event:?}").contains(PIN));
    bench.event(event);
    assert!(!format!("{:?}{:?}", bench.gate, bench.pins).contains(PIN));
    bench.work_out();
    bench.write();
    assert!(!format!("{:?}{:?}{:?}", bench.gate, bench.said, bench.disk).contains(PIN));
    let (_, envelope) = (0, bench.gate.journal.recent());
    assert!(!serde_json::to_string(&envelope).unwrap().contains(PIN));
}

#[test]
fn r51_an_absent_profile_opens_by_its_pin_for_five_minutes_and_only_to_end() {
    let mut bench = Bench::new();
    let maria = bench.profile("Maria", Some(PIN));
    bench.asked(Request::PeopleEnter { person: Some(maria.clone()), assurance: Assurance::Low, minor: false });
    bench.unlock(&maria, PIN);
    bench.done(give_of(&maria, "traffic"));
    bench.done(give_of(&maria, "voice"));
    bench.asked(Request::PeopleLeave { person: Some(maria.clone()) });
    bench.refused(withdraw(&maria, "traffic"));
    bench.refused(consents(&maria));
    assert!(matches!(bench.unlock(&maria, PIN), Response::Done { .. }));
    assert!(matches!(bench.asked(consents(&maria)), Response::Data { .. }));
    bench.done(withdraw(&maria, "traffic"));
    let refused = bench.refused(give_of(&maria, "traffic"));
    assert!(refused.contains("aboard"), "nobody gives from afar: {refused}");
    bench.wait(5 * 60_000);
    bench.refused(withdraw(&maria, "voice"));
    bench.refused(consents(&maria));
}

#[test]
fn r51_what_is_anothers_opens_with_their_proof_only() {
    let mut bench = Bench::with_low_driver("ada");
    let maria = bench.profile("Maria", Some(PIN));
    bench.asked(Request::PeopleEnter { person: Some(maria.clone()), assurance: Assurance::Low, minor: false });
    assert!(matches!(bench.asked(consents("ada")), Response::Data { .. }), "the driver's own need low assurance");
    bench.refused(consents(&maria));
    let erase = Request::DataErase { person: Some(maria.clone()), use_id: None };
    bench.refused(erase.clone());
    assert!(bench.gate.may_open(LOW, "ada", bench.now()).is_err(), "data, reviews and receipts need high assurance");
    bench.unlock(&maria, PIN);
    assert!(matches!(bench.asked(consents(&maria)), Response::Data { .. }));
    assert!(bench.gate.may_open(LOW, &maria, bench.now()).is_ok() && bench.gate.may_open(LOW, "ada", bench.now()).is_err());
    bench.done(erase);
    assert!(!bench.disk.persons.iter().any(|row| row.id == maria));
    bench.asked(Request::PeopleNotMe);
    bench.refused(consents("ada"));
}

#[test]
fn r51_a_receipt_opens_for_its_person_only() {
    let mut bench = Bench::new();
    bench.ask(5, give("traffic", 1));
    bench.write();
    let entry = bench.gate.journal.head().0;
    let row = bench.ledger.iter().find(|row| row.seq == entry).unwrap().clone();
    let receipt = |bench: &mut Bench, token| {
        bench.event(Event::Control { token, peer: SCREEN, request: Request::LedgerReceipt { entry } });
        bench.event(Event::Loaded(crate::event::Loaded::Ledger { token, rows: vec![row.clone()] }));
        bench.answer(token).cloned().unwrap()
    };
    assert!(matches!(receipt(&mut bench, 6), Response::Data { .. }));
    bench.asked(Request::PeopleNotMe);
    assert!(matches!(receipt(&mut bench, 7), Response::Refused { .. }));
}

#[test]
fn r16_a_first_pin_takes_a_key_or_a_new_profile_and_is_changed_by_its_person() {
    let mut bench = Bench::with_low_driver("ada");
    let maria = bench.profile("Maria", Some(PIN));
    let set = |person: &str, pin: &str| Request::ProfilePin { person: person.to_owned(), pin: pin.into() };
    bench.refused(set(&maria, "1234"));
    // Whom the car takes for Ada by looks alone is not sure to be her.
    assert!(bench.refused(set("ada", PIN)).contains("key or phone") && !bench.shown("ada").may_set_pin);
    let new = bench.profile("Cleo", None);
    assert!(bench.shown(&new).may_set_pin, "whoever made it a moment ago is there");
    bench.wait(301_000);
    bench.park();
    assert!(!bench.shown(&new).may_set_pin && bench.refused(set(&new, PIN)).contains("key or phone"));
    bench.asked(recognised("ada"));
    assert!(bench.refused(set("ada", "12")).contains("4 to 12 digits"));
    bench.done(set("ada", "1234"));
    assert!(bench.shown("ada").pin);
    bench.asked(Request::PeopleLeave { person: Some("ada".to_owned()) });
    bench.asked(drives("ada"));
    bench.refused(set("ada", "5678"));
    bench.unlock("ada", "1234");
    bench.done(set("ada", "5678"));
    assert!(matches!(bench.unlock("ada", "5678"), Response::Done { .. }));
}

#[test]
fn r48_a_minor_has_no_pin_and_is_never_asked() {
    let mut bench = Bench::new();
    let kid = |pin: Option<Secret>| Request::ProfileMake { name: "Kid".to_owned(), pin, minor: true, languages: vec!["de".to_owned()] };
    assert!(bench.refused(kid(Some(PIN.into()))).contains("minor"));
    let data: serde_json::Value = bench.data(kid(None));
    let id = data["person"].as_str().unwrap().to_owned();
    assert_eq!((bench.shown(&id).minor, bench.shown(&id).languages), (true, vec!["de".to_owned()]));
    bench.asked(drives(&id));
    bench.done(Request::FirstStart { choose: FirstChoice::Now });
    assert_eq!(bench.gate.requests.waiting_count(&bench.gate.book), 0);
    assert!(bench.refused(Request::RequestsOpen { use_id: "traffic".to_owned() }).contains("minor"));
    assert!(bench.refused(give_of(&id, "traffic")).contains("minor"));
}

/// R20, R48: a profile under age has no PIN; it goes at its own word or at that of an adult driver who proved who they are.
#[test]
fn r20_r48_a_profile_under_age_is_erased_by_itself_or_by_a_sure_adult() {
    let mut bench = Bench::with_low_driver("ada");
    let erase = |person: &str| Request::DataErase { person: Some(person.to_owned()), use_id: None };
    let minor = |bench: &mut Bench| -> String {
        let wanted = Request::ProfileMake { name: "Kim".to_owned(), pin: None, minor: true, languages: Vec::new() };
        bench.data::<serde_json::Value>(wanted)["person"].as_str().unwrap().to_owned()
    };
    let kim = minor(&mut bench);
    assert!(bench.refused(erase(&kim)).contains("adult driver"), "the car is not sure of Ada");
    bench.asked(recognised("ada"));
    let ben = bench.profile("Ben", Some(PIN));
    bench.refused(erase(&ben));
    bench.done(erase(&kim));
    let profiles: Profiles = bench.data(Request::ProfileList);
    assert!(profiles.profiles.iter().all(|profile| profile.person != kim));
    // Kim drives, recognised by looks: of Ada's nothing goes, of Kim's everything.
    let kim = minor(&mut bench);
    bench.asked(Request::PeopleNotMe);
    bench.asked(drives(&kim));
    bench.refused(erase("ada"));
    bench.done(erase(&kim));
}

#[test]
fn names_and_languages_are_checked() {
    let mut bench = Bench::new();
    for name in ["", "   ", "a\nb", &"x".repeat(41)] {
        let made = Request::ProfileMake { name: name.to_owned(), pin: None, minor: false, languages: Vec::new() };
        assert!(bench.refused(made).contains("name of 1 to 40"), "{name:?}");
    }
    let languages = |tags: &[&str]| Request::ProfileLanguages { person: "ada".to_owned(), languages: tags.iter().map(|tag| (*tag).to_owned()).collect() };
    for bad in [&[][..], &["e"], &["en us"], &["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii"]] {
        assert!(bench.refused(languages(bad)).contains("language tags"), "{bad:?}");
    }
    bench.done(languages(&["de", "en", "de"]));
    assert_eq!(bench.shown("ada").languages, ["de", "en"]);
}

#[test]
fn r43_the_first_screen_asks_nothing_and_its_answer_is_kept() {
    let mut bench = Bench::new();
    assert_eq!(bench.gate.requests.waiting_count(&bench.gate.book), 0, "a recognised driver in a parked car, and nothing is asked");
    let asking: AskingShown = bench.data(Request::AskingShow);
    assert_eq!((asking.welcomed, asking.screens_year, asking.screens_year_max), (false, 0, 4));
    bench.done(Request::FirstStart { choose: FirstChoice::Later });
    assert_eq!(bench.gate.requests.waiting_count(&bench.gate.book), 0, "nothing at this parking");
    let asking: AskingShown = bench.data(Request::AskingShow);
    assert!(asking.welcomed);
    let mut bench = bench.reboot();
    bench.asked(Request::PeopleDriver { person: Some("ada".to_owned()), assurance: Assurance::High });
    assert_eq!(bench.gate.requests.waiting_count(&bench.gate.book), 2, "at the next one the maker's uses, on one screen");
    let asking: AskingShown = bench.data(Request::AskingShow);
    assert_eq!(asking.screens_year, 1);
    assert!(bench.disk.requests.iter().all(|row| row.cause == crate::store::Cause::Unasked));
}

#[test]
fn r43_choose_now_raises_everything_and_counts_for_nothing() {
    let mut bench = Bench::new();
    bench.done(Request::FirstStart { choose: FirstChoice::Now });
    assert_eq!(bench.gate.requests.waiting_count(&bench.gate.book), 3);
    let asking: AskingShown = bench.data(Request::AskingShow);
    assert_eq!(asking.screens_year, 0);
    bench.done(Request::AskingNever { use_id: "voice".to_owned(), never: true });
    assert_eq!(bench.gate.requests.waiting_count(&bench.gate.book), 2, "what stood open is closed");
    let asking: AskingShown = bench.data(Request::AskingShow);
    assert_eq!(asking.never, ["voice"]);
    bench.done(Request::AskingNever { use_id: "voice".to_owned(), never: false });
    let asking: AskingShown = bench.data(Request::AskingShow);
    assert!(asking.never.is_empty());
}

#[test]
fn r44_how_somebody_wants_to_be_asked_is_kept_and_is_no_consent() {
    let mut bench = Bench::new();
    let before = (bench.disk.standings.clone(), bench.entries);
    for asking in [Some(Asking::WhoFirst), Some(Asking::TrustFirst), None, Some(Asking::ControlFirst)] {
        bench.done(Request::AskingSet { asking });
        let shown: AskingShown = bench.data(Request::AskingShow);
        assert_eq!(shown.asking, asking);
    }
    assert_eq!((bench.disk.standings.clone(), bench.entries), before, "no standing, no entry of the ledger");
    let mut bench = bench.reboot();
    bench.asked(drives("ada"));
    let shown: AskingShown = bench.data(Request::AskingShow);
    assert_eq!(shown.asking, Some(Asking::ControlFirst));
}

#[test]
fn r14_an_end_is_announced_sixty_days_before() {
    let mut bench = Bench::new();
    bench.ask(5, give("traffic", 61));
    bench.write();
    let shown: AskingShown = bench.data(Request::AskingShow);
    assert!(shown.ending.is_empty());
    bench.shift_ms += 86_400_000;
    let shown: AskingShown = bench.data(Request::AskingShow);
    assert_eq!(shown.ending, [("traffic".to_owned(), T0_MS + 61 * 86_400_000)]);
}

#[test]
fn r36_an_operator_decides_nothing_for_people_outside_the_demo() {
    let mut bench = Bench::new();
    let maria = bench.profile("Maria", Some(PIN));
    let requests = [
        Request::RequestsOpen { use_id: "traffic".to_owned() },
        Request::FirstStart { choose: FirstChoice::Now },
        Request::AskingSet { asking: None },
        Request::AskingNever { use_id: "traffic".to_owned(), never: true },
        Request::ProfilePin { person: "ada".to_owned(), pin: PIN.into() },
        Request::ProfileLanguages { person: "ada".to_owned(), languages: vec!["en".to_owned()] },
        Request::HandOver { kind: HandOver::Sale },
        Request::TakeOver { name: "Buyer".to_owned(), pin: PIN.into() },
        consents(&maria),
        Request::DataErase { person: Some(maria), use_id: None },
    ];
    for (token, request) in (10..).zip(requests) {
        bench.event(Event::Control { token, peer: fixture::OPERATOR, request: request.clone() });
        bench.write();
        let answer = bench.answer(token);
        assert!(matches!(answer, Some(Response::Refused { error }) if error.contains("demo environment")), "{request:?}: {answer:?}");
    }
}

#[test]
fn r20_a_hand_over_needs_a_parked_car_and_proof_and_leaves_nobody() {
    let mut bench = Bench::with_low_driver("ada");
    let sale = Request::HandOver { kind: HandOver::Sale };
    assert!(bench.refused(sale.clone()).contains("assurance high"));
    let set = Request::ProfilePin { person: "ada".to_owned(), pin: PIN.into() };
    bench.asked(recognised("ada"));
    bench.done(set);
    bench.done(give_of("ada", "traffic"));
    bench.profile("Maria", None);
    bench.done(Request::Pause { scope: PauseScope::All, duration: PauseFor::UntilResumed });
    bench.wait(11_000);
    assert!(bench.refused(sale.clone()).contains("parked car"), "silent for too long: not known to be parked");
    bench.park();
    let gone: Gone = bench.data(sale);
    assert_eq!((gone.profiles, gone.consents, gone.batches, gone.disclosures), (2, 1, 0, 0));
    assert!(gone.told.is_empty(), "nothing ever left, so nobody is to erase");
    assert!(bench.disk.persons.is_empty() && bench.disk.standings.is_empty() && bench.disk.requests.is_empty());
    let status = bench.gate.status(bench.now());
    assert!(status.people.is_empty() && status.paused.is_empty());
    assert_eq!(status.events.len(), 1, "nothing but that everything went: {:?}", status.events);
    let mut bench = bench.reboot();
    let profiles: Profiles = bench.data(Request::ProfileList);
    assert!(profiles.profiles.is_empty());
}

#[test]
fn r50_a_buyer_takes_over_without_the_seller() {
    let mut bench = Bench::new();
    bench.ask(5, give("traffic", 1));
    bench.write();
    bench.asked(Request::PeopleLeave { person: Some("ada".to_owned()) });
    let take = |pin: &str| Request::TakeOver { name: "Buyer".to_owned(), pin: pin.into() };
    assert!(bench.refused(take("12")).contains("4 to 12 digits"));
    let gone: Gone = bench.data(take(PIN));
    assert_eq!((gone.profiles, gone.consents), (1, 1));
    let [buyer] = bench.disk.persons.clone().try_into().unwrap();
    assert_eq!((buyer.name.as_str(), buyer.welcomed, buyer.pin.is_some()), ("Buyer", false, true));
    let shown = bench.shown(&buyer.id);
    assert_eq!((shown.drives, shown.assurance), (true, Assurance::High));
    assert_eq!(bench.gate.requests.waiting_count(&bench.gate.book), 0, "R43: the first screen comes first");
    bench.done(give_of(&buyer.id, "traffic"));
}

#[test]
fn what_the_signer_owes_for_an_erased_person_does_not_keep_the_gate_shut() {
    let mut bench = Bench::new();
    bench.ask(5, give("traffic", 1));
    bench.write();
    bench.keys.silent.set(true);
    bench.ask(6, Request::DataErase { person: Some("ada".to_owned()), use_id: None });
    bench.write();
    bench.keys.silent.set(false);
    bench.wait(RETRY_MS);
    bench.write();
    assert!(bench.gate.unsigned.is_empty() && bench.gate.status(bench.now()).store_ok);
}

#[test]
fn r49_a_private_trip_is_for_an_employers_car() {
    let mut bench = Bench::new();
    assert!(bench.refused(Request::PrivateTrip { begins: true }).contains("employer"));
}
