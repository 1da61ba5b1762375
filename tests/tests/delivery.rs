//! One use, one person: from a signal to a signed acknowledgement, from a withdrawal to its answer; and a clean stop.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_protocol::ledger::{Body, ConsentAction};
use consent_tests::clock::{wait_for, wall_ms};
use consent_tests::process::{program, timed, well};
use consent_tests::{Desk, Feed, receiver};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// Keys of a handed-on line, as docs/receiver.md lists them.
const LINE_KEYS: [&str; 16] = [
    "schema",
    "batch_id",
    "row",
    "recipient",
    "stream",
    "event_time",
    "received_time",
    "clock_trust",
    "use",
    "use_revision",
    "signal",
    "value",
    "unit",
    "tier",
    "rule",
    "vss_version",
];

#[test]
fn one_use_one_person_from_signal_to_verified_acknowledgement() {
    let desk = Desk::running();
    let person = desk.person();
    let feed = Feed::start(&desk.signals(), 20);
    person.wait_status("records are offered, and all are withheld", |status| status.decisions > 100 && status.outcomes.withheld.values().sum::<u64>() > 100);
    assert_eq!(person.status().batches_sent, 0, "nobody consented yet");
    assert!(desk.tap().seen().iter().all(|seen| seen.batch().is_none()), "nothing leaves without consent");

    person.gives("engine");
    let status = person.wait_status("batches are acknowledged", |status| status.batches_sent >= 3);
    let engine = status.uses.iter().find(|used| used.id == "engine").unwrap();
    assert_eq!((engine.activity.as_str(), engine.consent.as_str()), ("live", "given"));
    assert!(engine.records_sent > 0 && engine.outcomes.sent > 0, "{engine:?}");
    check_lines(&desk);

    let (took, until_s) = (person.withdraws("engine"), wall_ms());
    println!("the withdrawal was answered after {took:?}");
    assert!(took < Duration::from_secs(5), "a withdrawal waits for nothing: {took:?}");
    let status = desk.settled();
    let engine = status.uses.iter().find(|used| used.id == "engine").unwrap();
    assert_eq!((engine.activity.as_str(), engine.consent.as_str()), ("withdrawn", "withdrawn"));
    assert!(engine.outcomes.purged + engine.outcomes.purged_possibly_sent > 0, "the open batch at least was destroyed: {:?}", engine.outcomes);
    let (stopped, ended) = (desk.store().accepted().len(), desk.store().ended());
    assert!(ended.len() == 1 && ended[0].kind == "withdrawn", "{ended:?}");

    // Signals go on; nothing of this use leaves or arrives any more.
    let before = person.status();
    person.wait_status("a thousand more decisions", |status| status.decisions > before.decisions + 1_000);
    assert_eq!(desk.store().accepted().len(), stopped);
    let late: Vec<i64> = desk.tap().batches().iter().map(|(at_ms, _)| *at_ms).filter(|at_ms| *at_ms > until_s + 2_000).collect();
    assert!(late.is_empty(), "batches at {late:?}, the withdrawal was answered at {until_s}");
    drop(feed);
    check_ledger(&desk);
    check_sums(&desk);
}

/// Every line has the documented keys, and the receiver's own check finds them as they were accepted.
fn check_lines(desk: &Desk) {
    let expected: BTreeSet<&str> = LINE_KEYS.into_iter().collect();
    let lines = wait_for("lines are handed on", || Some(receiver::lines(&desk.out())).filter(|lines| !lines.is_empty()));
    for (file, lines) in lines {
        for line in &lines {
            let found: BTreeSet<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(found, expected, "{line}");
            assert_eq!((line["use"].as_str(), line["recipient"].as_str()), (Some("engine"), Some("maker")));
        }
        let told = well(desk.receiver_command(&["verify", file.to_str().unwrap()]));
        println!("{}", told.trim());
    }
}

fn check_ledger(desk: &Desk) {
    let ledger = desk.person().ledger();
    let consents: Vec<(&str, ConsentAction)> = ledger
        .iter()
        .filter_map(|entry| match &entry.body {
            Some(Body::Consent(event)) => Some((event.use_id.as_str(), event.action)),
            _ => None,
        })
        .collect();
    assert_eq!(consents, [("engine", ConsentAction::Given), ("engine", ConsentAction::Withdrawn)]);
    let told = well(desk.agent_command(&["ledger", "verify"]));
    println!("{}", told.trim());
}

/// Three sums: the agent's, the receiver's, and the handed-on lines.
fn check_sums(desk: &Desk) {
    let status = desk.settled();
    assert!(status.balanced, "{:?}", status.outcomes);
    let told: Value = desk.receiver_status();
    assert_eq!(told["counts"]["batches_refused"], 0, "{told}");
    assert_eq!((&told["counts"]["forks"], &told["counts"]["bad"]), (&0.into(), &0.into()), "{told}");
    assert_eq!(told["counts"]["batches_accepted"], status.batches_sent, "{told}");
    assert_eq!(told["counts"]["decisions"], status.outcomes.sent, "{told}");
}

#[test]
fn a_clean_stop_loses_nothing() {
    let mut desk = Desk::running();
    let person = desk.person();
    person.gives("engine");
    // No broker: what is recorded has to wait.
    desk.kill_broker();
    let feed = Feed::start(&desk.signals(), 10);
    std::thread::sleep(Duration::from_secs(2));
    let written = feed.stop();
    let before = person.wait_status("all records are offered", |status| status.records == written && status.joining == 0);
    let engine = |status: &consent_gatekeeper::status::Status| status.uses.iter().find(|used| used.id == "engine").unwrap().clone();
    assert!(engine(&before).outcomes.sent == 0 && engine(&before).decisions > 0);

    let (status, took) = timed(|| desk.take_agent().terminate());
    assert_eq!(status.code(), Some(0), "SIGTERM ends in order");
    println!("stopped in {took:?} with {} decisions pending or queued", engine(&before).outcomes.pending + engine(&before).outcomes.queued);
    assert!(!desk.path("control.sock").exists() && !desk.path("signals.sock").exists(), "sockets are gone");

    desk.start_agent();
    let after = person.status();
    assert!(after.clean, "the boot before ended in order");
    assert_eq!((after.records, after.decisions, after.boot), (before.records, before.decisions, before.boot + 1));
    assert!(after.balanced && engine(&after).outcomes.pending == 0, "what was pending is stored: {:?}", engine(&after).outcomes);

    desk.start_broker();
    let sent = desk.settled();
    assert_eq!(engine(&sent).outcomes.sent, engine(&sent).decisions, "every decision of this use arrived: {:?}", engine(&sent).outcomes);
    let told = desk.receiver_status();
    assert_eq!((&told["counts"]["decisions"], &told["counts"]["batches_refused"]), (&engine(&sent).outcomes.sent.into(), &0.into()));
    assert_eq!(desk.take_receiver().interrupt().code(), Some(0));
    let boots: Vec<(u32, bool)> = person
        .ledger()
        .iter()
        .filter_map(|entry| match entry.body {
            Some(Body::Boot { boot, clean }) => Some((boot, clean)),
            _ => None,
        })
        .collect();
    assert_eq!(boots.last(), Some(&(after.boot, true)), "{boots:?}");
}

#[test]
fn the_simulated_car_feeds_an_agent_that_runs() {
    let desk = Desk::running();
    desk.person().gives("engine");
    let mut drive = program("consent-sim");
    drive.args(["drive", "--rate", "5", "--for", "3s", "--to"]).arg(desk.signals());
    println!("{}", well(drive).trim());
    let status = desk.settled();
    assert!(status.records > 500 && status.batches_sent > 0 && status.balanced, "{status:?}");
}
