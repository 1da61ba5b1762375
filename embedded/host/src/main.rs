//! The fixed life of one car on a machine with std: what the other targets are compared with.

use consent_scenario::{Going, Life, write_state};
use std::io::{Write, stdout};

const HELP: &str = "Lives the fixed life of one car and prints what came of it: counts, digest of the verdicts, digest of what was released.

Usage: consent-scenario-host

The three lines on the standard output are the same on every target; the size of the state follows on the standard error.
Example: embedded/run builds this program and two others without std, and compares what they print.";

fn main() -> std::io::Result<()> {
    if std::env::args().len() > 1 {
        return writeln!(stdout(), "{HELP}");
    }
    let mut life = Box::new(Life::new());
    while life.step() == Going::On {}
    write!(stdout(), "{}", life.outcome())?;
    let mut state = String::new();
    write_state(&mut state).map_err(std::io::Error::other)?;
    write!(std::io::stderr(), "{state}")
}
