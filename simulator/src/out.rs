//! Where the simulator writes: results to stdout, progress and complaints to stderr.
//!
//! A reader that went away (`| head`) is no error of ours: what it did not want is dropped.

use std::io::{IsTerminal, Write};

/// A line on stdout.
pub fn line(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// A line on stderr.
pub fn note(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Whether a person at a terminal sees stdout.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}
