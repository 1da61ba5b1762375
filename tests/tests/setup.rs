//! Configurations, enrolments and catalogs that are wrong: each is refused, with what was expected and found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_tests::clock::wait_for;
use consent_tests::desk::CATALOG;
use consent_tests::process::{ends_with, program, well};
use consent_tests::{Desk, Feed, Plan};
use std::process::Command;

/// Replaces in a file of the desk's folder; what is replaced must be there.
fn edit(desk: &Desk, file: &str, edits: &[(&str, &str)], to: &str) {
    let mut text = std::fs::read_to_string(desk.path(file)).unwrap();
    for (from, by) in edits {
        assert!(text.contains(from), "{file}: expected {from:?}");
        text = text.replace(from, by);
    }
    std::fs::write(desk.path(to), text).unwrap();
}

fn agent(desk: &Desk, config: &str, args: &[&str]) -> Command {
    let mut command = program("consent-agent");
    command.current_dir(desk.path("")).args(["--config", config]).args(args);
    command
}

fn receiver(desk: &Desk, config: &str, args: &[&str]) -> Command {
    let mut command = program("consent-receiver");
    command.current_dir(desk.path("")).args(args).args(["--config", config]);
    command
}

#[test]
fn a_broken_config_names_file_key_and_nearest() {
    let desk = Desk::new();
    well(agent(&desk, "agent.toml", &["check"]));
    edit(&desk, "agent.toml", &[("environment =", "enviroment ="), ("port =", "prot =")], "broken.toml");
    for command in ["check", "run"] {
        let told = ends_with(1, agent(&desk, "broken.toml", &[command]));
        for part in ["broken.toml:1", "enviroment", "nearest is environment", "broker.prot", "nearest is broker.port"] {
            assert!(told.contains(part), "expected {part:?} in {told}");
        }
    }
    let mut variable = agent(&desk, "agent.toml", &["check"]);
    variable.env("CONSENT_AGENT__BROKER__PROT", "1");
    let told = ends_with(1, variable);
    assert!(told.contains("CONSENT_AGENT__BROKER__PROT") && told.contains("broker.port"), "{told}");

    edit(&desk, "receiver.toml", &[("hand_on =", "handon =")], "broken.toml");
    let told = ends_with(2, receiver(&desk, "broken.toml", &["status"]));
    for part in ["broken.toml", "line 5", "handon", "hand_on"] {
        assert!(told.contains(part), "expected {part:?} in {told}");
    }
}

#[test]
fn environments_do_not_mix_at_enrolment_and_the_error_names_both() {
    let desk = Desk::new();
    let sign = ["enrol", "sign", "--authority", "authority.key", "--environment", "staging", "request.json", "--output", "staging.json"];
    let mut command = program("consent-receiver");
    command.current_dir(desk.path("")).args(sign);
    let told = ends_with(2, command).to_lowercase();
    assert!(told.contains("demo") && told.contains("staging"), "{told}");

    edit(&desk, "request.json", &[("demo", "staging")], "request.json");
    let mut command = program("consent-receiver");
    command.current_dir(desk.path("")).args(sign);
    well(command);
    let told = ends_with(1, agent(&desk, "agent.toml", &["enrol", "--install", "staging.json"]));
    assert!(told.contains("demo") && told.contains("staging"), "{told}");

    edit(&desk, "agent.toml", &[("environment = \"demo\"", "environment = \"staging\"")], "staging.toml");
    let told = ends_with(1, agent(&desk, "staging.toml", &["run"]));
    assert!(told.contains("demo") && told.contains("staging"), "keys of one environment are not used in another: {told}");
}

#[test]
fn the_demo_refuses_a_broker_that_is_not_loopback() {
    let desk = Desk::new();
    let away = [("host = \"127.0.0.1\"", "host = \"broker.example\"")];
    edit(&desk, "agent.toml", &away, "away.toml");
    let told = ends_with(1, agent(&desk, "away.toml", &["run"]));
    assert!(told.contains("broker.host") && told.contains("broker.example") && told.contains("loopback"), "{told}");
    edit(&desk, "receiver.toml", &away, "away.toml");
    let told = ends_with(2, receiver(&desk, "away.toml", &["run"]));
    assert!(told.contains("broker.host") && told.contains("broker.example") && told.contains("loopback"), "{told}");
}

#[test]
fn a_missing_catalog_withholds_everything() {
    let mut desk = Desk::with(&Plan { catalog_file: false, ..Plan::default() });
    desk.start_agent();
    let person = desk.person();
    person.drives();
    let told = ends_with(1, desk.agent_command(&["consent", "give", "engine"]));
    assert!(told.contains("catalog"), "{told}");
    let feed = Feed::start(&desk.signals(), 10);
    let status = person.wait_status("records are offered", |status| status.records > 300);
    assert_eq!((status.catalog_version, status.batches_sent, status.outcomes.pending + status.outcomes.queued), (0, 0, 0));
    assert!(status.balanced);

    // The manufacturer's connection brings one, and nothing of what came before leaves.
    desk.start_broker();
    desk.start_receiver();
    person.wait_status("the catalog came over the manufacturer's connection", |status| status.catalog_version == 1);
    person.drives();
    person.gives("engine");
    person.wait_status("batches are acknowledged", |status| status.batches_sent > 0);
    drop(feed);
    assert!(desk.settled().balanced);
}

#[test]
fn a_catalog_of_another_signer_or_an_older_version_is_refused() {
    let mut desk = Desk::running();
    let person = desk.person();
    assert_eq!(person.status().catalog_version, 1);
    let offer = |desk: &mut Desk| {
        assert_eq!(desk.take_agent().terminate().code(), Some(0));
        desk.start_agent();
    };
    let notices = |desk: &Desk| desk.person().ledger_words().iter().filter(|entry| entry["text"].as_str().unwrap().contains("catalog")).count();

    // Version 2 of another signer.
    let catalog = std::fs::read_to_string(desk.path("catalog.toml")).unwrap();
    let version = |number: u32| catalog.replacen("version = 1", &format!("version = {number}"), 1);
    assert!(CATALOG.contains("version = 1"));
    std::fs::write(desk.path("two.toml"), version(2)).unwrap();
    well({
        let mut command = program("consent-catalog");
        command.current_dir(desk.path("")).args(["keygen", "other.key"]);
        command
    });
    std::fs::rename(desk.path("catalog.cose"), desk.path("one.cose")).unwrap();
    desk.sign_catalog("two.toml", "other.key", "catalog.cose");
    let before = notices(&desk);
    offer(&mut desk);
    wait_for("the refusal is in the ledger", || (notices(&desk) > before).then_some(()));
    assert_eq!(desk.person().status().catalog_version, 1, "another signer's catalog is not taken");

    // Version 2 of the right one, then version 1 again.
    desk.sign_catalog("two.toml", "root.key", "catalog.cose");
    offer(&mut desk);
    desk.person().wait_status("version 2 is in force", |status| status.catalog_version == 2);
    std::fs::rename(desk.path("one.cose"), desk.path("catalog.cose")).unwrap();
    offer(&mut desk);
    // Requests go before a catalog that is offered, so some time has to pass.
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(desk.person().status().catalog_version, 2, "an older version is not taken");
}
