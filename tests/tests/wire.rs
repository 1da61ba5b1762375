//! What stands on the wire, and what does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_core::{ReleasedValue, Value};
use consent_gatekeeper::control::Request;
use consent_protocol::coder;
use consent_tests::feed::VIN;
use consent_tests::person::DRIVER;
use consent_tests::process::Proc;
use consent_tests::tap::{Way, What};
use consent_tests::{Desk, Feed};
use std::process::Command;
use std::time::Duration;

/// Records every topic at the broker: retained flag, topic, payload in hexadecimal.
fn listen(desk: &Desk) -> Proc {
    let mut command = Command::new("mosquitto_sub");
    command.args(["-h", "127.0.0.1", "-p", &desk.broker_port().to_string(), "-t", "#", "-F", "%r %t %x"]);
    let listener = Proc::spawn("mosquitto_sub", command, &desk.path("heard.txt"));
    std::thread::sleep(Duration::from_millis(500));
    listener
}

#[test]
fn no_name_no_vin_no_will_and_nothing_retained_but_the_catalog() {
    let mut desk = Desk::new();
    desk.start_broker();
    let listener = listen(&desk);
    desk.start_receiver();
    desk.start_agent();
    let person = desk.person();
    person.drives();
    for use_id in ["engine", "battery", "area"] {
        person.gives(use_id);
    }
    let feed = Feed::start(&desk.signals(), 10);
    person.wait_status("all three uses send", |status| status.uses.iter().filter(|used| used.batches_sent > 0).count() == 3);
    person.withdraws("battery");
    person.done(&Request::DataErase { person: None, use_id: Some("engine".to_owned()) });
    drop(feed);
    desk.settled();
    assert_eq!(desk.take_agent().terminate().code(), Some(0));
    std::thread::sleep(Duration::from_millis(300));

    let heard = heard(&listener);
    assert!(heard.len() > 10, "{} messages", heard.len());
    println!("{} messages heard on {} topics", heard.len(), heard.iter().map(|(_, topic, _)| topic).collect::<std::collections::BTreeSet<_>>().len());
    for (_, topic, payload) in &heard {
        for secret in [VIN, DRIVER] {
            assert!(!topic.contains(secret) && !holds(payload, secret.as_bytes()), "{secret} on {topic}");
        }
        assert!(topic.starts_with("cg/1/"), "{topic}");
    }
    check_retained(&desk);
    check_packets(&desk);
}

fn heard(listener: &Proc) -> Vec<(String, String, Vec<u8>)> {
    let log = listener.log();
    let parts = log.lines().map(|line| line.splitn(3, ' ').map(str::to_owned).collect::<Vec<_>>());
    parts.filter(|parts| parts.len() == 3).map(|parts| (parts[0].clone(), parts[1].clone(), bytes(&parts[2]))).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
}

/// Somebody who connects now hears what is retained: the catalog, and nothing else.
fn check_retained(desk: &Desk) {
    let mut command = Command::new("mosquitto_sub");
    command.args(["-h", "127.0.0.1", "-p", &desk.broker_port().to_string(), "-t", "#", "-W", "2", "-F", "%r %t"]);
    let output = command.output().unwrap();
    let retained = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(retained.lines().collect::<Vec<_>>(), ["1 cg/1/catalog/demo.de.test-car"], "{retained}");
}

/// Packet by packet: no will, client ids that tell nothing, no retained publish of the car, and no value that no use covers.
fn check_packets(desk: &Desk) {
    let (mut connects, mut ids) = (0, std::collections::BTreeSet::new());
    for seen in desk.tap().seen().iter().filter(|seen| seen.way == Way::Up) {
        for secret in [VIN, DRIVER] {
            assert!(!holds(&seen.bytes, secret.as_bytes()), "{secret} in {:?}", seen.what);
        }
        match &seen.what {
            What::Connect { flags, client_id } => {
                assert_eq!(flags & 0xfc, 0, "no will, no user name");
                assert!(ids.insert(client_id.clone()), "a client id is used once: {client_id}");
                connects += 1;
            }
            What::Publish { retain, .. } => assert!(!retain),
            What::Other(_) => {}
        }
        if let Some(batch) = seen.batch() {
            for row in coder::decode(batch.coder, &batch.body, batch.records).unwrap() {
                assert!(!matches!(&row.value, ReleasedValue::Scalar(Value::Text(_))), "no use of this catalog has a text");
            }
        }
    }
    println!("{connects} connections of the car");
    assert!(connects >= 2, "one connection per recipient");
}
