//! The demo as a user runs it: one JSON object on stdout, sums that balance, nothing refused; and the story as lines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed"
)]

use std::process::Command;

fn run(arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_consent-sim")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn a_short_demo_ends_with_exactly_one_json_object_whose_sums_balance() {
    let (stdout, stderr, code) = run(&["--for", "20s", "--json", "--seed", "3"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let summary: serde_json::Value = serde_json::from_str(stdout.trim()).unwrap();
    assert_eq!(summary["version"], 1);
    let outcomes = summary["outcomes"].as_object().unwrap();
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    let withheld: u64 = outcomes["withheld"].as_object().unwrap().values().map(number).sum();
    let others: u64 = outcomes.iter().filter(|(name, _)| *name != "withheld").map(|(_, value)| number(value)).sum();
    assert_eq!(withheld + others, number(&summary["decisions"]));
    assert_eq!(summary["balanced"], true);
    assert_eq!(summary["compared"]["agree"], true);
    for field in ["records", "decisions", "batches", "bytes", "consent_events"] {
        assert!(number(&summary[field]) > 0, "{field}: {summary}");
    }
    let receiver = &summary["receiver"];
    assert_eq!(number(&receiver["batches_refused"]) + number(&receiver["bad"]) + number(&receiver["forks"]), 0);
    assert_eq!(receiver["batches_accepted"], summary["batches"]);
    assert!(number(&receiver["records"]) > 0 && number(&receiver["decisions"]) > 0 && number(&receiver["statements"]) > 0);
    assert_eq!(summary["catalog_version"], 2);
}

#[test]
fn without_a_terminal_the_whole_story_is_told_in_plain_lines_and_the_table_stands_at_the_end() {
    let (stdout, stderr, code) = run(&["--for", "63s"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let told = [
        "a guest drives",
        "Anna is recognised",
        "allowed: Traffic for your navigation, where you were, to 5 km",
        "that consent expires",
        "an occupant stopped location and driving",
        "The link drops",
        "withdrawn: See wear before it stops you",
        "batches reviewed",
        "suspended coaching",
    ];
    let shown = ["recipient", "awaiting reduced purged withheld", "where you were, to 5 km", "batches accepted, 0 refused", "balanced yes", "agree"];
    for expected in told.iter().chain(&shown) {
        assert!(stdout.contains(expected), "{expected} in\n{stdout}");
    }
    let line = |headline: &str| {
        stdout
            .lines()
            .find(|line| line.starts_with(headline) && (line.contains(" times ") || line.contains(", once ")))
            .unwrap_or_else(|| panic!("{headline} sent nothing:\n{stdout}"))
    };
    assert!(line("Warn others of danger").contains("expired"));
    assert!(line("See wear before it stops you").contains("withdrawn"));
    assert!(line("Learn to drive with less fuel").contains("suspended"));
    assert!(!stdout.contains(" 0 consents ended"), "the receiver was told of no end:\n{stdout}");
    assert!(!stdout.contains('\u{1b}'), "escape sequences without a terminal");
}

#[test]
fn a_time_that_cannot_be_read_is_a_usage_error() {
    let (_, stderr, code) = run(&["--for", "soon"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("20s, 5m or 1h"), "{stderr}");
}
