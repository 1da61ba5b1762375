//! Where the tool writes: results to stdout, complaints to stderr. A closed pipe ends the tool quietly.

use anyhow::{Context, Result};
use std::io::Write;
use std::process::ExitCode;

/// Writes a line of result.
pub(crate) fn line(text: impl std::fmt::Display) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}").context("writing to stdout")
}

/// Writes one JSON value.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<()> {
    line(serde_json::to_string_pretty(value).context("writing JSON")?)
}

/// Writes a complaint.
pub(crate) fn complain(text: impl std::fmt::Display) -> Result<()> {
    writeln!(std::io::stderr().lock(), "{text}").context("writing to stderr")
}

/// Says why the tool cannot go on.
pub(crate) fn failure(error: &anyhow::Error) -> ExitCode {
    let pipe_closed = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe);
    if !pipe_closed && complain(format!("consent-catalog: {error:#}")).is_err() {
        return ExitCode::from(2);
    }
    ExitCode::from(1)
}
