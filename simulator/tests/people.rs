//! `consent-sim people` at the command line: whatever is wrong is said before a run of minutes begins.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

#[test]
fn what_cannot_be_read_or_written_is_said_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing").join("file").display().to_string();
    for option in ["--catalog", "--compare", "--params", "--html"] {
        // So many people would take hours.
        let output = Command::new(env!("CARGO_BIN_EXE_consent-sim")).args(["people", "--count", "1000000", option, &missing]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(&missing), "{option}: {said}");
        assert!(!said.contains("years of people"), "{option}: {said}");
    }
}
