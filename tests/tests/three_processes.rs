//! The commands of `docs/three-processes.md`, as a person would copy them, in a folder and on a port of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_tests::desk::{free_port, workspace_file};
use consent_tests::process::programs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What stands in the document between "```sh" and "```", without the build, which has been done.
fn commands(document: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
            if inside {
                blocks.push(String::new());
            }
        } else if inside {
            let block = blocks.last_mut().unwrap();
            block.push_str(line);
            block.push('\n');
        }
    }
    blocks.iter().flat_map(|block| block.lines()).filter(|line| !line.starts_with("cargo ")).map(str::to_owned).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of `deploy/` with another port for the broker.
fn desk(folder: &Path) {
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy"), &folder.join("deploy"));
    let port = free_port().to_string();
    for (file, from) in [("agent.toml", "port = 1883"), ("receiver.toml", "port = 1883"), ("mosquitto.conf", "listener 1883")] {
        let path = folder.join("deploy").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}: expected {from:?}");
        std::fs::write(&path, text.replace(from, &from.replace("1883", &port))).unwrap();
    }
}

#[test]
fn the_documents_commands_work_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    desk(folder.path());
    let lines = commands(&workspace_file("docs/three-processes.md"));
    assert!(lines.len() > 35, "{} lines", lines.len());
    // Whatever happens, no process stays behind.
    let head = "set -euo pipefail\ntrap 'kill -9 $(jobs -p) 2>/dev/null || true' EXIT\n";
    let told: Vec<String> = lines.iter().map(|line| format!("echo '$ {}'\n{line}\n", line.replace('\'', "'\\''"))).collect();
    let script = format!("{head}{}echo all done\n", told.concat());
    let path = format!("{}:/usr/sbin:{}", programs().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("timeout");
    command.args(["180", "bash", "-c", &script]).current_dir(folder.path()).env("PATH", path).stdin(Stdio::null());
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "ended with {}", output.status);
    for expected in [
        "512 certificates taken",
        "no fault",
        "no_consent",
        "roadside-help",
        "consent-receiver/line/1",
        "chained and signed",
        "nothing was refused",
        "erased maintenance in",
        "all done",
    ] {
        assert!(printed.contains(expected), "expected {expected:?}");
    }
    assert!(!printed.contains("SUMS DO NOT BALANCE") && !printed.contains("ALARM"));
}
