//! Erasure and its answer, and a withdrawal without the car.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{Checkpoint, Passed, RecipientReport, Reports, Sent, WindowName};
use consent_protocol::ledger::{Body, ConsentAction, Method};
use consent_tests::clock::wait_for;
use consent_tests::desk::holding;
use consent_tests::person::DRIVER;
use consent_tests::process::{ends_with, well};
use consent_tests::{Desk, Feed, receiver};
use serde_json::Value;

#[test]
fn erasure_is_answered_and_shown() {
    let desk = Desk::running();
    let person = desk.person();
    person.gives("engine");
    person.gives("battery");
    let feed = Feed::start(&desk.signals(), 10);
    person.wait_status("both uses send", |status| status.uses.iter().filter(|used| used.batches_sent > 1).count() == 2);
    drop(feed);
    desk.settled();
    let shown = person.data(&Request::DataShow { person: None, use_id: Some("engine".to_owned()), before_ms: None, count: None });
    assert!(!shown["batches"].as_array().unwrap().is_empty() && !receiver::lines_of(&desk.out(), "engine").is_empty());
    let others = receiver::lines_of(&desk.out(), "battery").len();

    println!("{}", well(desk.agent_command(&["data", "erase", "engine"])).trim());
    let answer = wait_for("the recipient's answer is in the ledger", || {
        person.ledger().into_iter().find_map(|entry| match entry.body {
            Some(Body::Answer { recipient, use_id, erased, systems }) => Some((recipient, use_id, erased, systems)),
            _ => None,
        })
    });
    println!("answered: {answer:?}");
    assert_eq!((answer.0.as_str(), answer.1.as_str()), ("maker", "engine"));
    assert!(answer.2 > 0 && answer.2 <= answer.3, "{answer:?}");
    let words = well(desk.agent_command(&["ledger", "show"]));
    println!("{words}");
    assert!(words.contains("erased"), "the person is shown the answer: {words}");

    // Gone at the recipient, with a line that says so, and gone here; what was not asked for stays.
    let lines: Vec<Value> = receiver::lines(&desk.out()).into_values().flatten().collect();
    assert!(receiver::lines_of(&desk.out(), "engine").is_empty());
    assert!(lines.iter().any(|line| line["schema"] == "consent-receiver/erase/1" && line["recipient"] == "maker"), "{lines:?}");
    assert_eq!(receiver::lines_of(&desk.out(), "battery").len(), others);
    let shown = person.data(&Request::DataShow { person: None, use_id: Some("engine".to_owned()), before_ms: None, count: None });
    assert_eq!(shown["batches"].as_array().map(Vec::len), Some(0), "{shown}");
    assert!(desk.settled().links.iter().all(|link| link.erasures_owed == 0));
}

/// R42, R45: what a recipient says of what it holds is shown, also after a power cut; after an erasure it says that no more,
/// and which systems have erased.
#[test]
fn what_a_recipient_says_is_shown_and_kept_r42_r45() {
    let mut desk = Desk::running();
    desk.person().gives("engine");
    let feed = Feed::start(&desk.signals(), 10);
    let of = |desk: &Desk| -> RecipientReport {
        let reports: Reports = serde_json::from_value(desk.person().data(&Request::ReportList)).unwrap();
        reports.recipients.into_iter().find(|report| report.recipient == "maker").unwrap()
    };
    let said = wait_for("the recipient reports", || Some(of(&desk)).filter(|report| !report.silent));
    drop(feed);
    let [used] = said.uses.as_slice() else { panic!("one use, found {said:?}") };
    assert!(used.use_id == "engine" && used.held > 0 && used.held_since_ms.is_some() && !used.derived.is_empty() && used.deleted == 0, "{used:?}");
    desk.settled();
    desk.kill_agent();
    desk.start_agent();
    desk.person().drives();
    assert_eq!(of(&desk), said, "kept over a power cut");
    well(desk.agent_command(&["data", "erase", "engine"]));
    let erased = wait_for("the recipient answers", || Some(of(&desk)).filter(|report| report.erasures.iter().any(|asked| asked.answered_ms.is_some())));
    assert!(erased.uses.iter().all(|used| used.held == 0 && used.derived.is_empty()), "what is erased is not shown as held: {erased:?}");
    assert!(erased.erasures[0].systems.contains(&("store".to_owned(), true)), "{erased:?}");
}

/// R51: what left is listed with the person on whose consent it left, and with nobody else.
#[test]
fn r51_what_left_is_listed_with_its_person_and_counted_by_window() {
    let desk = Desk::running();
    let person = desk.person();
    person.gives("engine");
    let feed = Feed::start(&desk.signals(), 10);
    person.wait_status("the use sends", |status| status.batches_sent > 2);
    drop(feed);
    let sent = desk.settled();
    let of = |who: &str, before_ms: Option<i64>, count: u32| -> Sent {
        let request = Request::DataShow { person: Some(who.to_owned()), use_id: None, before_ms, count: Some(count) };
        serde_json::from_value(person.data(&request)).unwrap()
    };
    let all = of(DRIVER, None, 1_000);
    println!("{} batches of {} values", all.batches.len(), sent.records_sent);
    assert_eq!(u64::try_from(all.batches.len()).unwrap(), sent.batches_sent);
    assert!(!all.more && all.batches.iter().all(|batch| batch.readable && batch.use_id == "engine"));
    assert!(of("somebody-else", None, 1_000).batches.is_empty());
    let newest = of(DRIVER, None, 1);
    let older = of(DRIVER, newest.batches.last().map(|batch| batch.done_ms), 1_000);
    assert_eq!([newest.batches, older.batches].concat(), all.batches, "pages follow on each other");

    let passed: Passed = serde_json::from_value(person.data(&Request::Passed)).unwrap();
    // The car of this scenario stands still: no trip ever began, and the trip's window is empty.
    let (trip, others) = passed.windows.split_first().unwrap();
    assert!(trip.window == WindowName::Trip && trip.rows.is_empty() && others.len() == 2);
    for window in others {
        let counted: Vec<_> = window.rows.iter().map(|row| (row.use_id.as_str(), row.category.as_str(), row.times, row.batches)).collect();
        assert_eq!(counted, [("engine", "condition", sent.records_sent, sent.batches_sent)], "{window:?}");
    }
    let checkpoint: Checkpoint = serde_json::from_value(person.data(&Request::Checkpoint)).unwrap();
    assert_eq!(person.ledger().last().map(|entry| entry.seq), Some(checkpoint.seq));
}

#[test]
fn everything_of_a_person_is_erased_and_the_chain_still_holds() {
    let desk = Desk::running();
    let person = desk.person();
    person.gives("engine");
    let feed = Feed::start(&desk.signals(), 10);
    person.wait_status("the use sends", |status| status.batches_sent > 1);
    println!("{}", well(desk.agent_command(&["data", "erase", "--person", DRIVER])).trim());
    let status = desk.settled();
    drop(feed);
    assert!(status.balanced && status.people.iter().all(|present| present.person.as_deref() != Some(DRIVER)), "{:?}", status.people);
    assert_eq!(desk.store().envelopes(), 0, "the receiver holds nothing any more");
    let ledger = person.ledger();
    assert!(ledger.iter().any(|entry| entry.body.is_none()) && ledger.iter().any(|entry| matches!(entry.body, Some(Body::Erasure { .. }))));
    for place in ["state", "receiver", "out"] {
        wait_for("no file names the person any more", || holding(&desk.path(place), DRIVER.as_bytes()).is_empty().then_some(()));
    }
}

#[test]
fn a_secret_shown_at_the_receiver_ends_the_basis_in_the_car() {
    let desk = Desk::running();
    let person = desk.person();
    person.gives("engine");
    let feed = Feed::start(&desk.signals(), 10);
    person.wait_status("the use sends", |status| status.batches_sent > 1);
    let consents = person.data(&Request::ConsentList { person: None });
    let engine = consents["uses"].as_array().unwrap().iter().find(|used| used["use"] == "engine").unwrap().clone();
    let secret = engine["decided"]["receipt_secret"].as_str().unwrap().to_owned();

    ends_with(1, desk.receiver_command(&["withdraw", "--secret", &"0".repeat(64)]));
    println!("{}", well(desk.receiver_command(&["withdraw", "--secret", &secret])).trim());
    assert_eq!(desk.store().envelopes(), 0, "what was received on it is erased at once");
    person.wait_status("the car knows", |status| status.uses.iter().any(|used| used.id == "engine" && used.consent == "withdrawn"));
    let by: Vec<Method> = person
        .ledger()
        .into_iter()
        .filter_map(|entry| match entry.body {
            Some(Body::Consent(event)) if event.action == ConsentAction::Withdrawn => Some(event.method),
            _ => None,
        })
        .collect();
    assert_eq!(by, [Method::Receipt]);
    let accepted = desk.store().accepted().len();
    let before = person.status().decisions;
    person.wait_status("signals go on", |status| status.decisions > before + 500);
    drop(feed);
    let status = desk.settled();
    assert!(status.balanced);
    assert_eq!(desk.store().accepted().len(), accepted, "nothing comes any more");
    assert_eq!(desk.receiver_status()["counts"]["batches_refused"], 0);
}
