//! The tutorial's commands, run as they stand in `docs/tutorial.md`, and what they print compared with what it shows.
//!
//! In a `console` block `$ ` begins a command and `> ` continues it; other lines are its output. A line `…` stands for any
//! lines, and `…` at the end of a line for the rest of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

#[derive(Debug, Default)]
struct Step {
    command: String,
    output: Vec<String>,
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            if let Some(command) = line.strip_prefix("$ ") {
                steps.push(Step { command: command.to_owned(), output: Vec::new() });
            } else if let Some(more) = line.strip_prefix('>') {
                let step = steps.last_mut().expect("a command before its continuation");
                step.command.push('\n');
                step.command.push_str(more.strip_prefix(' ').unwrap_or(more));
            } else {
                steps.last_mut().expect("a command before its output").output.push(line.to_owned());
            }
        }
    }
    steps
}

/// Whether what was printed is what is shown.
fn agrees(shown: &[String], printed: &[&str]) -> bool {
    let Some((first, rest)) = shown.split_first() else { return printed.is_empty() };
    if first == "…" {
        return (0..=printed.len()).any(|skipped| agrees(rest, &printed[skipped..]));
    }
    let Some((line, left)) = printed.split_first() else { return false };
    let same = first.strip_suffix('…').map_or(line == first, |begin| line.starts_with(begin));
    same && agrees(rest, left)
}

#[test]
fn every_command_of_the_tutorial_does_what_the_tutorial_says() {
    let document = include_str!("../../docs/tutorial.md");
    let steps = steps(document);
    assert!(steps.len() >= 18, "the tutorial has lost its commands");
    let desk = tempfile::tempdir().unwrap();
    let tools = Path::new(env!("CARGO_BIN_EXE_consent-catalog")).parent().unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    for step in &steps {
        let script = format!("{{ {}\n}} 2>&1", step.command);
        let output = Command::new("sh").args(["-c", &script]).current_dir(desk.path()).env("PATH", &path).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed: Vec<&str> = printed.lines().collect();
        assert!(agrees(&step.output, &printed), "$ {}\nshown:\n{}\nprinted:\n{}", step.command, step.output.join("\n"), printed.join("\n"));
    }
}

#[test]
fn a_tutorial_that_shows_something_else_would_be_found_out() {
    let shown = ["a".to_owned(), "…".to_owned(), "d".to_owned()];
    assert!(agrees(&shown, &["a", "b", "c", "d"]));
    assert!(!agrees(&shown, &["a", "b", "c"]));
    assert!(!agrees(&["digest …".to_owned()], &["digit 1"]));
    assert!(!agrees(&[], &["more"]));
}
