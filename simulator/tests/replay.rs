//! Replay of drives as a user runs it, on small synthetic drives made here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed"
)]

use consent_simulator::vehicle::{Vehicle, Wish};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// When the synthetic drives begin, Unix milliseconds.
const BEGIN_MS: i64 = 1_700_000_000_000;

fn run(arguments: &[&str]) -> (serde_json::Value, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_consent-sim")).arg("replay").args(arguments).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    (serde_json::from_str(stdout.trim()).unwrap_or_default(), String::from_utf8(output.stderr).unwrap(), output.status.code())
}

/// Readings of a car in a row of drives: (stamp, path, value).
fn readings(seed: u64, drives: i64, seconds: u64) -> Vec<(i64, &'static str, String)> {
    let mut car = Vehicle::new(seed);
    car.wish(Wish::Drive);
    let mut all = Vec::new();
    for drive in 0..drives {
        for step in 0..i64::try_from(seconds * 10).unwrap() {
            let t_ms = BEGIN_MS + drive * 5 * 3_600_000 + step * 100;
            all.extend(car.step().into_iter().map(|one| (t_ms, one.path, one.text)));
        }
    }
    all
}

fn long(readings: &[(i64, &str, String)]) -> String {
    readings.iter().fold("t_ms,path,value\n".to_owned(), |mut text, (t_ms, path, value)| {
        writeln!(text, "{t_ms},{path},{value}").unwrap();
        text
    })
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn number(value: &serde_json::Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

#[test]
fn a_drive_goes_through_with_sums_that_balance_and_nothing_refused() {
    let folder = tempfile::tempdir().unwrap();
    let all = readings(1, 3, 300);
    let drive = file(folder.path(), "drive.csv", &long(&all));
    let (summary, stderr, code) = run(&[drive.to_str().unwrap(), "--json"]);
    assert_eq!(code, Some(0), "{summary}{stderr}");
    // The shipped people add two readings of the gear to each drive.
    assert_eq!(number(&summary["records"]), u64::try_from(all.len()).unwrap() + 6);
    assert_eq!((&summary["balanced"], &summary["compared"]["agree"]), (&true.into(), &true.into()));
    assert_eq!(number(&summary["receiver"]["batches_refused"]), 0);
    assert!(number(&summary["receiver"]["records"]) > 20, "{summary}");
    let outcomes = &summary["outcomes"];
    assert_eq!(number(&outcomes["pending"]) + number(&outcomes["queued"]) + number(&outcomes["numbered"]), 0);
}

#[test]
fn the_same_seed_gives_the_same_summary_and_gzip_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = long(&readings(2, 1, 200));
    let plain = file(folder.path(), "drive.csv", &text);
    let zipped = folder.path().join("drive.csv.gz");
    let mut encoder = flate2::write::GzEncoder::new(std::fs::File::create(&zipped).unwrap(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap();
    let summary = |path: &Path| run(&[path.to_str().unwrap(), "--json", "--seed", "9"]).0;
    assert_eq!(summary(&plain), summary(&zipped));
}

#[test]
fn wide_and_mapped_files_offer_what_the_long_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<(i64, f64)> = (0..200_i32).map(|at| (BEGIN_MS + i64::from(at) * 1_000, f64::from(at % 50))).collect();
    let build = |header: &str, row: &dyn Fn(&(i64, f64)) -> String| rows.iter().fold(format!("{header}\n"), |text, one| text + &row(one) + "\n");
    let long = file(folder.path(), "long.csv", &build("t_ms,path,value", &|(t_ms, speed)| format!("{t_ms},Vehicle.Speed,{speed}")));
    let wide = file(folder.path(), "wide.csv", &build("t_ms,Vehicle.Speed", &|(t_ms, speed)| format!("{t_ms},{speed}")));
    let other = file(folder.path(), "other.csv", &build("when;mps", &|(t_ms, speed)| format!("{};{}", t_ms / 1_000, speed / 3.6)));
    let map = file(
        folder.path(),
        "map.toml",
        "delimiter = \";\"\ntime = { column = \"when\", unit = \"s\" }\n[[signal]]\ncolumn = \"mps\"\npath = \"Vehicle.Speed\"\nfactor = 3.6\n",
    );
    let of_long = run(&[long.to_str().unwrap(), "--json"]).0;
    assert!(number(&of_long["records"]) > 200);
    assert_eq!(run(&[wide.to_str().unwrap(), "--json"]).0, of_long);
    let mapped = run(&[other.to_str().unwrap(), "--map", map.to_str().unwrap(), "--json"]).0;
    assert_eq!((&mapped["records"], &mapped["decisions"]), (&of_long["records"], &of_long["decisions"]));
}

#[test]
fn broken_lines_are_counted_and_named_and_cost_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{}soon,Vehicle.Speed,3\n{},Vehicle.Speed\n{},Vehicle.Speed,fast\n", long(&readings(3, 1, 60)), BEGIN_MS + 60_000, BEGIN_MS + 60_000);
    let lines = text.lines().count();
    let drive = file(folder.path(), "drive.csv", &text);
    let (summary, _, code) = run(&[drive.to_str().unwrap(), "--json"]);
    assert_eq!(code, Some(0));
    assert_eq!(summary["broken_lines"]["count"], 3);
    let first = summary["broken_lines"]["first"].as_array().unwrap();
    for (at, line) in [lines - 2, lines - 1, lines].iter().enumerate() {
        assert!(first[at].as_str().unwrap().contains(&format!("drive.csv:{line}:")), "{first:?}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let strange = file(folder.path(), "strange.csv", "a,b\n1,2\n");
    let gone = folder.path().join("gone.csv");
    for (path, expected) in [(&strange, "t_ms,path,value"), (&gone, "gone.csv")] {
        let (_, stderr, code) = run(&[path.to_str().unwrap()]);
        assert_eq!(code, Some(1));
        assert!(stderr.contains(expected), "{stderr}");
    }
    let drive = file(folder.path(), "drive.csv", &long(&readings(3, 1, 5)));
    let people = file(folder.path(), "people.toml", "version = 1\n[[event]]\nat_s = 0\nop = \"fly\"\n");
    let (_, stderr, code) = run(&[drive.to_str().unwrap(), "--people", people.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("[[event]] number 1"), "{stderr}");
}

#[test]
fn real_time_over_mqtt_ends_with_the_same_kind_of_summary() {
    let folder = tempfile::tempdir().unwrap();
    let drive = file(folder.path(), "drive.csv", &long(&readings(4, 1, 100)));
    let (summary, stderr, code) = run(&[drive.to_str().unwrap(), "--speed", "10x", "--json"]);
    assert_eq!(code, Some(0), "{summary}{stderr}");
    assert_eq!((&summary["run"], &summary["balanced"], &summary["compared"]["agree"]), (&"replay".into(), &true.into(), &true.into()));
    assert!(number(&summary["batches"]) > 0, "{summary}");
}
