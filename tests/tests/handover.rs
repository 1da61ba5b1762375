//! The car changes hands: what is left of the people before, on the disk and at the recipients.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_core::Assurance;
use consent_gatekeeper::control::{Request, Response};
use consent_gatekeeper::show::{Asking, FirstChoice, Gone, Profiles};
use consent_protocol::ids::from_hex;
use consent_protocol::ledger::Body;
use consent_tests::clock::{wait_for, wall_ms};
use consent_tests::desk::holding;
use consent_tests::person::DRIVER;
use consent_tests::process::well;
use consent_tests::{Desk, Feed, Person, Plan};
use std::io::Write;
use std::os::unix::net::UnixStream;

const NAME: &str = "Maria-who-sold-the-car";
const PIN: &str = "271828";

/// A desk whose agent is told the gear, so that it knows a parked car.
fn desk() -> Desk {
    let mut desk = Desk::with(&Plan { agent_tail: "[context]\ngear = \"Vehicle.Gear\"\n".to_owned(), ..Plan::default() });
    desk.start_all();
    desk
}

/// Gear P, said now: it counts for ten seconds.
fn park(desk: &Desk) {
    let mut socket = UnixStream::connect(desk.signals()).unwrap();
    writeln!(socket, "{{\"path\":\"Vehicle.Gear\",\"value\":126,\"t_ms\":{}}}", wall_ms()).unwrap();
    desk.person().wait_status("the car is parked", |status| status.driving == "parked");
}

/// Consents that were used, a batch that waits, a second profile with a PIN; yields the secret on the receipt.
fn lived_in(desk: &mut Desk) -> [u8; 32] {
    let person = desk.person();
    person.data(&Request::ProfileMake { name: NAME.to_owned(), pin: Some(PIN.into()), minor: false, languages: vec!["en".to_owned()] });
    person.done(&Request::AskingSet { asking: Some(Asking::BenefitFirst) });
    person.done(&Request::FirstStart { choose: FirstChoice::Later });
    person.gives("engine");
    person.gives("battery");
    let feed = Feed::start(&desk.signals(), 10);
    person.wait_status("both uses send", |status| status.uses.iter().filter(|used| used.batches_sent > 1).count() == 2);
    drop(feed);
    desk.settled();
    desk.kill_broker();
    let feed = Feed::start(&desk.signals(), 10);
    person.wait_status("batches wait", |status| status.outcomes.queued > 0);
    drop(feed);
    let consents = person.data(&Request::ConsentList { person: None });
    let engine = consents["uses"].as_array().unwrap().iter().find(|used| used["use"] == "engine").unwrap().clone();
    from_hex(engine["decided"]["receipt_secret"].as_str().unwrap()).unwrap()
}

/// Nothing of anybody but what recipients still owe an answer to.
fn nobody_is_left(desk: &Desk, secret: &[u8]) {
    let state = desk.path("state");
    let wanted: [&[u8]; 5] = [DRIVER.as_bytes(), NAME.as_bytes(), PIN.as_bytes(), secret, b"benefit_first"];
    for bytes in wanted {
        let what = String::from_utf8_lossy(bytes).into_owned();
        wait_for(&format!("no file holds {what}"), || holding(&state, bytes).is_empty().then_some(()));
    }
    let ledger = desk.person().ledger();
    let readable: Vec<&Body> = ledger.iter().filter_map(|entry| entry.body.as_ref()).collect();
    assert!(ledger.len() > readable.len() && readable.iter().all(|body| !matches!(body, Body::Consent(_))), "{readable:?}");
    let shown = desk.person().data(&Request::DataShow { person: None, use_id: None, before_ms: None, count: None });
    assert_eq!(shown["batches"].as_array().map(Vec::len), Some(0), "{shown}");
}

#[test]
fn r20_after_a_hand_over_an_image_of_the_disk_holds_nobody_and_recipients_erase() {
    let mut desk = desk();
    let secret = lived_in(&mut desk);
    let person = desk.person();
    let before = person.status();
    assert!(!holding(&desk.path("state"), NAME.as_bytes()).is_empty(), "what is looked for is there before");
    let refused = person.ask(&Request::HandOver { kind: consent_gatekeeper::show::HandOver::Sale });
    assert!(matches!(&refused, Response::Refused { error } if error.contains("parked car")), "{refused:?}");
    park(&desk);
    let told = well(desk.agent_command(&["people", "hand-over", "sale"]));
    println!("{}", told.trim());
    assert!(told.contains("profiles 2, consents 2") && told.contains("Told to erase: garage, maker"), "{told}");
    assert!(told.contains(&format!("sent {}.", before.batches_sent)), "{told}");
    nobody_is_left(&desk, &secret);
    let status = person.status();
    assert!(status.balanced && status.people.is_empty(), "{:?}", status.outcomes);
    assert_eq!((status.decisions, status.records_sent, status.outcomes.queued, status.outcomes.purged), (0, 0, 0, 0), "counted anew");
    assert!(status.links.iter().any(|link| link.erasures_owed > 0), "owed, and shown as owed");
    // Cut the power: the owed demands are on the disk, and nothing else.
    desk.kill_agent();
    nobody_on_disk(&desk, &secret);
    desk.start_broker();
    desk.launch_agent();
    let status = desk.settled();
    assert!(status.links.iter().all(|link| link.erasures_owed == 0), "{:?}", status.links);
    assert_eq!(desk.store().envelopes(), 0, "the receiver holds nothing any more");
    // What the next people send stands on streams of its own.
    let used: Vec<String> = desk.store().ended().iter().map(|end| end.stream.clone()).collect();
    let person = desk.person();
    person.drives();
    desk.tap().clear();
    person.gives("engine");
    let feed = Feed::start(&desk.signals(), 10);
    person.wait_status("the use sends again", |status| status.uses.iter().any(|used| used.id == "engine" && used.activity == "live" && used.records_sent > 0));
    drop(feed);
    let batches = desk.tap().batches();
    assert!(!batches.is_empty() && batches.iter().all(|(_, batch)| !used.contains(&batch.stream.to_string())));
}

fn nobody_on_disk(desk: &Desk, secret: &[u8]) {
    for bytes in [DRIVER.as_bytes(), NAME.as_bytes(), PIN.as_bytes(), secret] {
        assert_eq!(holding(&desk.path("state"), bytes), Vec::<String>::new(), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn r50_a_buyer_takes_over_and_finds_an_empty_car_with_their_own_profile() {
    let mut desk = desk();
    let secret = lived_in(&mut desk);
    let person: Person = desk.person();
    person.data(&Request::PeopleLeave { person: Some(DRIVER.to_owned()) });
    park(&desk);
    let gone: Gone = serde_json::from_value(person.data(&Request::TakeOver { name: "Buyer".to_owned(), pin: "314159".into() })).unwrap();
    println!("{gone:?}");
    assert_eq!((gone.profiles, gone.consents), (2, 2));
    assert!(gone.batches > 0 && gone.disclosures > 0);
    nobody_is_left(&desk, &secret);
    let profiles: Profiles = serde_json::from_value(person.data(&Request::ProfileList)).unwrap();
    let [buyer] = profiles.profiles.as_slice() else { panic!("{profiles:?}") };
    assert_eq!((buyer.name.as_str(), buyer.pin, buyer.drives, buyer.assurance), ("Buyer", true, true, Assurance::High));
    // The PIN is a real one: it opens after the next start, and another does not.
    desk.kill_agent();
    desk.launch_agent();
    let person = desk.person();
    person.wait_up();
    let unlock = |pin: &str| person.ask(&Request::ProfileUnlock { person: buyer.person.clone(), pin: pin.into() });
    assert!(matches!(unlock("000000"), Response::Refused { error } if error.contains("4 more tries")));
    assert!(matches!(unlock("314159"), Response::Done { .. }));
}
