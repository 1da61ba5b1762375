//! Stores that fail: a full disk, a disk that does not sync.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_gatekeeper::control::Response;
use consent_gatekeeper::status::Status;
use consent_protocol::ledger::{Body, ConsentAction};
use consent_tests::clock::{wait_for, wall_ms};
use consent_tests::disk::break_syncs;
use consent_tests::{Desk, Disk, Feed, Person, Plan};
use std::time::Duration;

fn withdrawn(person: &Person, use_id: &str) -> usize {
    let is_it = |body: &Option<Body>| matches!(body, Some(Body::Consent(event)) if event.use_id == use_id && event.action == ConsentAction::Withdrawn);
    person.ledger().iter().filter(|entry| is_it(&entry.body)).count()
}

fn decisions(status: &Status, use_id: &str) -> u64 {
    status.uses.iter().find(|used| used.id == use_id).map(|used| used.decisions).unwrap_or_default()
}

#[test]
fn a_full_disk_still_withdraws() {
    let disk = Disk::mount("24m");
    let mut desk = Desk::with(&Plan { state_dir: Some(disk.path().join("state")), ..Plan::default() });
    desk.start_all();
    let person = desk.person();
    person.gives("engine");
    person.gives("battery");
    desk.kill_broker();
    let feed = Feed::start(&desk.signals(), 5);
    person.wait_status("batches wait", |status| status.outcomes.queued > 0);
    disk.fill();
    let before = person.status();
    person.wait_status("records go on being decided", |status| status.decisions > before.decisions + 2_000);

    let took = person.withdraws("engine");
    println!("withdrawn on a full disk in {took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(withdrawn(&person, "engine"), 1);

    // What was answered holds, however the process ends and as long as the disk is full.
    desk.kill_agent();
    disk.fill();
    desk.launch_agent();
    let status = wait_for("an agent on a full disk answers", || person.try_status());
    println!("on a full disk after a kill: store_ok {}, {:?}", status.store_ok, status.outcomes);
    person.drives();
    assert_eq!(withdrawn(&person, "engine"), 1);
    assert!(person.status().uses.iter().any(|used| used.id == "engine" && used.consent == "withdrawn"));

    drop(feed);
    disk.free();
    desk.tap().clear();
    desk.start_broker();
    person.wait_status("the store writes again", |status| status.store_ok);
    let status = desk.settled();
    assert!(status.balanced, "{:?}", status.outcomes);
    let engine: Vec<String> = desk.store().ended().iter().map(|end| end.stream.clone()).collect();
    assert!(desk.tap().batches().iter().all(|(_, batch)| !engine.contains(&batch.stream.to_string())), "nothing of the ended use leaves");
    assert_eq!(desk.receiver_status()["counts"]["batches_refused"], 0);
}

#[test]
fn a_store_that_fails_shuts_the_gate() {
    let mut desk = Desk::running();
    let person = desk.person();
    person.gives("engine");
    person.gives("battery");
    let feed = Feed::start(&desk.signals(), 10);
    person.wait_status("both uses send", |status| status.uses.iter().filter(|used| used.batches_sent > 0).count() == 2);

    let pid = desk.agent().pid();
    let strace = break_syncs(pid, &desk.path("strace.log"));
    person.wait_status("the store is known to fail", |status| !status.store_ok);
    let shut = person.wait_status("the gate is shut", |status| status.outcomes.withheld.get("store_failed").is_some_and(|count| *count > 100));
    let (shut_ms, at_shut) = (wall_ms(), decisions(&shut, "engine"));

    let asked = consent_tests::clock::moment();
    let answer = person.ask(&Person::withdrawing("engine"));
    println!("withdrawn on a store that fails: {answer:?} after {:?}", asked.elapsed());
    assert!(matches!(&answer, Response::Unrecorded { .. }), "the person is told that it is not recorded yet: {answer:?}");
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    let later = person.wait_status("a thousand more decisions", |status| decisions(status, "engine") > at_shut + 300);
    assert!(!later.store_ok);
    let late = desk.tap().batches().iter().filter(|(at_ms, _)| *at_ms > shut_ms + 1_500).count();
    assert_eq!(late, 0, "a shut gate hands nothing over that was not stored");

    assert_eq!(strace.interrupt().code().unwrap_or(130), 130);
    person.wait_status("the store writes again", |status| status.store_ok);
    wait_for("the withdrawal is recorded", || (withdrawn(&person, "engine") == 1).then_some(()));
    person.wait_status("the other use sends again", |status| status.uses.iter().any(|used| used.id == "battery" && used.activity == "live"));
    drop(feed);
    let status = desk.settled();
    assert!(status.balanced, "{:?}", status.outcomes);
    wait_for("the receiver was told", || desk.store().ended().iter().any(|end| end.kind == "withdrawn").then_some(()));
    assert_eq!(desk.receiver_status()["counts"]["batches_refused"], 0);
}
