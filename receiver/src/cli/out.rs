//! Where commands write: results to standard output, complaints to standard error.

use super::Form;
use std::io::Write as _;

/// A line of text.
pub(crate) fn line(text: &str) -> std::io::Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// One JSON object.
pub(crate) fn json(value: &serde_json::Value) -> std::io::Result<()> {
    line(&value.to_string())
}

/// A JSON object: for programs on one line, for people on many.
pub(crate) fn object(value: &serde_json::Value, form: Form) -> std::io::Result<()> {
    match form {
        Form::Json => json(value),
        Form::Text => line(&format!("{value:#}")),
    }
}

/// Bytes as they are. A reader that went away (`| head`) wanted no more.
pub(crate) fn bytes(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other,
    }
}

/// A complaint; when nobody can read it, there is nothing left to do.
pub(crate) fn complain(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "consent-receiver: {text}"));
}
