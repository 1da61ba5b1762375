//! What stays over restarts, restores and erasures: database, handed-on files, erase log.

use crate::car::{Car, NOW_MS, engine, secret};
use consent_protocol::Head;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join("out/oem")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn lines(folder: &Path) -> Vec<Value> {
    let texts = files(folder).iter().map(|path| fs::read_to_string(path).unwrap()).collect::<String>();
    texts.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn accepted_rows_are_handed_on_with_all_that_they_rest_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine(Some(folder.path()));
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.send_batch(&mut engine, 1);
    car.send_batch(&mut engine, 1);
    let lines = lines(folder.path());
    assert_eq!(lines.len(), 2);
    let expected = serde_json::json!({
        "schema": "consent-receiver/line/1", "batch_id": format!("{}-1", car.stream), "row": 1, "recipient": "oem", "stream": car.stream.to_string(),
        "event_time": "2026-03-01T00:00:00.011Z", "received_time": "2026-03-01T00:00:00.000Z", "clock_trust": "trusted", "use": "traffic",
        "use_revision": 3, "signal": "Vehicle.A.Speed", "value": 55.0, "unit": "km/h", "tier": 0,
        "rule": {"round": {"step": {"mantissa": 5, "exponent": 0}, "period_ms": 0}}, "vss_version": "4.2",
    });
    assert_eq!(lines[1], expected);
    assert!(files(folder.path())[0].ends_with(format!("{}-2026-03-01.jsonl", car.stream)));
}

#[test]
fn a_restart_keeps_everything_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = engine(Some(folder.path()));
    let mut car = Car::consented(10, &mut first);
    car.number(2);
    let before = car.send_batch(&mut first, 1);
    let counts = first.counts().unwrap();
    drop(first);
    let mut second = engine(Some(folder.path()));
    assert_eq!(second.counts().unwrap(), counts);
    let started = crate::car::Answers::read(&second.at_start(NOW_MS).unwrap());
    assert_eq!(started.state(), before.state());
    car.number(2);
    assert_eq!(car.send_batch(&mut second, 2).state().head.n, 2);
    assert_eq!(lines(folder.path()).len(), 4);
}

#[test]
fn what_a_crash_left_in_a_file_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = engine(Some(folder.path()));
    let mut car = Car::consented(10, &mut first);
    car.number(2);
    car.send_batch(&mut first, 1);
    drop(first);
    let path = files(folder.path()).remove(0);
    let committed = fs::read(&path).unwrap();
    fs::write(&path, [committed.as_slice(), b"{\"half a line"].concat()).unwrap();
    let mut second = engine(Some(folder.path()));
    assert_eq!(fs::read(&path).unwrap(), committed);
    fs::write(&path, [committed.as_slice(), b"again"].concat()).unwrap();
    car.number(2);
    car.send_batch(&mut second, 2);
    assert_eq!(lines(folder.path()).len(), 4);
}

#[test]
fn an_erasure_rewrites_the_files_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine(Some(folder.path()));
    let mut car = Car::consented(10, &mut engine);
    let other = car.open_basis();
    car.send_statement(&mut engine, other);
    car.number(2);
    car.number(other);
    car.send_batch(&mut engine, 1);
    car.send_batch(&mut engine, 2);
    let end = car.end_basis(2, Vec::new());
    let state = car.send_statement(&mut engine, end);
    assert_eq!(state.state().erased_k, end);
    let lines = lines(folder.path());
    let of = |n: u32| lines.iter().filter(|line| line["batch_id"] == format!("{}-{n}", car.stream)).count();
    assert_eq!((of(1), of(2)), (0, 2));
    let erased: Vec<&Value> = lines.iter().filter(|line| line["schema"] == "consent-receiver/erase/1").collect();
    assert_eq!(erased.len(), 1);
    assert_eq!(erased[0]["erase"]["batch_id"], format!("{}-1", car.stream));
    assert_eq!(erased[0]["erase"]["cause"], "withdrawn");
    car.number(other);
    car.send_batch(&mut engine, 3);
    assert_eq!(self::lines(folder.path()).len(), 5, "what comes later is appended behind it");
}

#[test]
fn nothing_erased_is_left_in_the_database_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine(Some(folder.path()));
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.send_batch(&mut engine, 1);
    let (envelope, _) = car.chain[0].clone();
    let trace = &envelope[envelope.len() - 40..];
    let holds = |name: &str| fs::read(folder.path().join(name)).unwrap_or_default().windows(trace.len()).any(|window| window == trace);
    assert!(holds("receiver.db") || holds("receiver.db-wal"));
    let end = car.end_basis(2, Vec::new());
    car.send_statement(&mut engine, end);
    assert!(!holds("receiver.db") && !holds("receiver.db-wal"));
}

#[test]
fn retention_takes_lines_out_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine(Some(folder.path()));
    let mut car = Car::consented(10, &mut engine);
    car.number(2);
    car.send_batch(&mut engine, 1);
    engine.tick(NOW_MS + 31 * 86_400_000).unwrap();
    let lines = lines(folder.path());
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["erase"]["cause"], "retention");
}

#[test]
fn a_restored_backup_erases_again_before_its_first_state() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = engine(Some(folder.path()));
    let mut car = Car::consented(10, &mut first);
    car.number(2);
    car.send_batch(&mut first, 1);
    drop(first);
    let backup = fs::read(folder.path().join("receiver.db")).unwrap();
    let copies: Vec<(PathBuf, Vec<u8>)> = files(folder.path()).into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect();
    let mut second = engine(Some(folder.path()));
    let end = car.end_basis(2, vec![]);
    car.send_statement(&mut second, end);
    drop(second);
    for name in ["receiver.db-wal", "receiver.db-shm"] {
        assert!(!folder.path().join(name).exists() || fs::remove_file(folder.path().join(name)).is_ok());
    }
    fs::write(folder.path().join("receiver.db"), backup).unwrap();
    for (path, bytes) in copies {
        fs::write(path, bytes).unwrap();
    }
    let mut restored = engine(Some(folder.path()));
    assert_eq!(restored.counts().unwrap().erased, 1);
    restored.at_start(NOW_MS).unwrap();
    assert!(lines(folder.path()).iter().all(|line| line["batch_id"].is_null()));
    car.connect(&mut restored, Head::default());
    assert_eq!(car.send_statement(&mut restored, end).state().erased_k, end, "the lane is sent again from our head");
}

#[test]
fn a_stream_known_anew_stays_erased() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = engine(Some(folder.path()));
    let mut car = Car::consented(10, &mut first);
    car.number(2);
    let end = car.end_basis(2, Vec::new());
    car.send_statement(&mut first, end);
    drop(first);
    for name in ["receiver.db", "receiver.db-wal", "receiver.db-shm"] {
        assert!(!folder.path().join(name).exists() || fs::remove_file(folder.path().join(name)).is_ok());
    }
    let mut anew = engine(Some(folder.path()));
    car.connect(&mut anew, Head::default());
    car.send_statement(&mut anew, 1);
    car.send_statement(&mut anew, 2);
    assert_eq!(car.send_batch(&mut anew, 1).state().head.n, 0, "its end has not come again, but the log knows");
}

#[test]
fn a_withdrawal_by_another_process_is_told_by_the_one_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = engine(Some(folder.path()));
    let mut car = Car::consented(10, &mut running);
    car.number(2);
    car.send_batch(&mut running, 1);
    let mut command = engine(Some(folder.path()));
    assert_eq!(command.withdraw_quietly(NOW_MS, &secret()).unwrap(), 1);
    assert_eq!(running.tick(NOW_MS).unwrap().len(), 1);
    assert!(running.tick(NOW_MS).unwrap().is_empty());
    assert!(lines(folder.path()).iter().all(|line| line["batch_id"].is_null()));
}
