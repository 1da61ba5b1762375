//! The commands of the binary, on a database that the engine wrote.

use crate::car::{Car, NOW_MS, engine, speed};
use consent_protocol::Head;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn config(folder: &Path) {
    let root = consent_receiver::keys::hex(&crate::car::public(&crate::car::ROOT));
    let text = format!(
        "environment = \"demo\"\nauthorities = [\"demo\"]\ncatalog_root = \"{root}\"\ndatabase = \"receiver.db\"\nhand_on = \"out\"\n\
         [broker]\nhost = \"127.0.0.1\"\nport = 1883\n[[recipients]]\nid = \"oem\"\nkey = \"demo\"\n"
    );
    std::fs::write(folder.join("receiver.toml"), text).unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_consent-receiver")).args(arguments).arg("--config").arg(folder.join("receiver.toml")).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// A car with one accepted and one refused batch.
fn filled(folder: &Path) -> Car {
    config(folder);
    let mut engine = engine(Some(folder));
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.send_batch(&mut engine, 1);
    car.number_rows(2, &[speed(NOW_MS, 51.0)]);
    assert_eq!(car.send_batch(&mut engine, 2).state().head.n, 2);
    car
}

#[test]
fn status_and_explain_tell_what_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let car = filled(folder.path());
    let status = json(&run(folder.path(), &["status", "--json"]));
    assert_eq!(status["counts"]["batches_accepted"], 1);
    assert_eq!(status["streams"][0]["use"], "traffic");
    let stream = json(&run(folder.path(), &["explain", &car.stream.to_string(), "--json"]));
    assert_eq!(stream["statements"][1]["says"]["basis_opened"]["tier"], 0);
    let batch = json(&run(folder.path(), &["explain", &format!("{}-1", car.stream), "--json"]));
    assert_eq!((&batch["verdict"], &batch["basis"]["terms"]["use"]), (&Value::from("accepted"), &Value::from("traffic")));
    let text = run(folder.path(), &["status"]);
    assert!(String::from_utf8(text.stdout).unwrap().starts_with("1 batches accepted with 2 records, 1 refused"));
}

#[test]
fn refused_batches_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let car = filled(folder.path());
    let listed = json(&run(folder.path(), &["refused", "list", "--json"]));
    assert_eq!(listed["refused"][0]["reason"], "tier");
    let envelope = folder.path().join("batch.cose");
    let name = format!("{}-2", car.stream);
    let shown = json(&run(folder.path(), &["refused", "show", &name, "--json", "--output", envelope.to_str().unwrap()]));
    assert_eq!(shown["rows"].as_array().map(Vec::len), Some(1));
    let verified = run(folder.path(), &["verify", envelope.to_str().unwrap(), "--json"]);
    assert_eq!((verified.status.code(), json(&verified)["signature"].clone()), (Some(0), Value::from("holds")));
    let mut bytes = std::fs::read(&envelope).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&envelope, bytes).unwrap();
    assert_eq!(run(folder.path(), &["verify", envelope.to_str().unwrap()]).status.code(), Some(1));
}

#[test]
fn handed_on_lines_are_verified_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let car = filled(folder.path());
    let path = folder.path().join(format!("out/oem/{}-2026-03-01.jsonl", car.stream));
    let verified = run(folder.path(), &["verify", path.to_str().unwrap(), "--json"]);
    assert_eq!((verified.status.code(), json(&verified)["batches_holding"].clone()), (Some(0), Value::from(1)));
    let lines = std::fs::read_to_string(&path).unwrap();
    assert_eq!(String::from_utf8(run(folder.path(), &["replay"]).stdout).unwrap(), lines, "the same lines again");
    std::fs::write(&path, lines.replace("55.0", "60.0")).unwrap();
    assert_eq!(run(folder.path(), &["verify", path.to_str().unwrap()]).status.code(), Some(1), "a touched value is found");
    let first = lines.lines().next().unwrap();
    std::fs::write(&path, format!("{first}\n")).unwrap();
    assert_eq!(run(folder.path(), &["verify", path.to_str().unwrap()]).status.code(), Some(1), "a missing row is found");
}

#[test]
fn a_secret_withdraws_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut car = filled(folder.path());
    let secret = |byte: u8| format!("{byte:02x}").repeat(32);
    assert_eq!(run(folder.path(), &["withdraw", "--secret", &secret(1)]).status.code(), Some(1));
    assert_eq!(run(folder.path(), &["withdraw", "--secret", "12"]).status.code(), Some(2));
    let done = run(folder.path(), &["withdraw", "--secret", &secret(77), "--json"]);
    assert_eq!((done.status.code(), json(&done)["bases"].clone()), (Some(0), Value::from(1)));
    let stream = json(&run(folder.path(), &["explain", &car.stream.to_string(), "--json"]));
    assert_eq!(stream["ended"][0]["by"], "secret");
    assert!(run(folder.path(), &["replay"]).stdout.is_empty());
    let mut engine = engine(Some(folder.path()));
    assert_eq!(car.connect(&mut engine, Head::default()).others.len(), 1);
}

#[test]
fn what_is_asked_wrongly_exits_with_2() {
    let folder = tempfile::tempdir().unwrap();
    config(folder.path());
    assert_eq!(run(folder.path(), &["explain", "nonsense"]).status.code(), Some(1), "no database yet is a problem");
    drop(engine(Some(folder.path())));
    assert_eq!(run(folder.path(), &["explain", "nonsense"]).status.code(), Some(2));
    assert_eq!(run(folder.path(), &["explode"]).status.code(), Some(2));
    let text = std::fs::read_to_string(folder.path().join("receiver.toml")).unwrap();
    std::fs::write(folder.path().join("receiver.toml"), text.replace("hand_on", "handon")).unwrap();
    let output = run(folder.path(), &["status"]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(complaint.contains("line 5") && complaint.contains("\"hand_on\""), "{complaint}");
}
