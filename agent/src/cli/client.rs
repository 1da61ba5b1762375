//! Asks a running daemon over its control socket.

use super::{Common, Outcome, out};
use anyhow::{Context, anyhow, bail};
use consent_agent::control::RESPONSE_BYTES_MAX;
use consent_gatekeeper::control::{Request, Response};
use serde::Serialize;
use serde_json::Value;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// How long an answer is waited for; the daemon itself gives up before.
const ANSWER: Duration = Duration::from_secs(40);

const NO_AGENT: &str = "no agent answers here; start one with `consent-agent run`";
const WHO_MAY_ASK: &str = "the agent's own user, root and users in sockets.control_users may ask";

/// Puts a request and yields the answer.
pub(crate) fn ask(common: &Common, request: &impl Serialize) -> anyhow::Result<Response> {
    let path = socket(common)?;
    let mut stream = UnixStream::connect(&path).map_err(|error| {
        let what = if error.kind() == ErrorKind::PermissionDenied { format!("not open to this user; {WHO_MAY_ASK}") } else { format!("{NO_AGENT}: {error}") };
        anyhow!("{}: {what}", path.display())
    })?;
    stream.set_read_timeout(Some(ANSWER))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = String::new();
    let limit = u64::try_from(RESPONSE_BYTES_MAX).unwrap_or(u64::MAX);
    BufReader::new(stream.take(limit)).read_line(&mut answer).with_context(|| format!("{}: no answer", path.display()))?;
    if answer.is_empty() {
        bail!("{}: turned away; {WHO_MAY_ASK}", path.display());
    }
    serde_json::from_str(&answer).with_context(|| format!("{}: an answer as in docs/control.md expected", path.display()))
}

/// Puts a request and prints the answer; data in words by `words`.
pub(crate) fn tell(common: &Common, request: &Request, words: impl Fn(&Value)) -> anyhow::Result<Outcome> {
    let response = ask(common, request)?;
    if common.form() == out::Form::Json {
        out::line(&serde_json::to_string(&response)?);
        return Ok(outcome(&response));
    }
    match &response {
        Response::Done { detail } => out::line(detail),
        Response::Data { data } => words(data),
        Response::Status(status) => super::show::status(status),
        Response::Refused { error } => out::complain(&format!("not done: {error}")),
        Response::Unrecorded { detail } => out::complain(detail),
    }
    Ok(outcome(&response))
}

/// Puts a request that is answered with data.
pub(crate) fn data(common: &Common, request: &impl Serialize) -> anyhow::Result<Value> {
    match ask(common, request)? {
        Response::Data { data } => Ok(data),
        Response::Refused { error } => bail!("not done: {error}"),
        Response::Done { .. } | Response::Status(_) | Response::Unrecorded { .. } => bail!("data expected, another answer found"),
    }
}

fn outcome(response: &Response) -> Outcome {
    match response {
        Response::Done { .. } | Response::Data { .. } | Response::Status(_) => Outcome::Done,
        Response::Refused { .. } | Response::Unrecorded { .. } => Outcome::NotDone,
    }
}

fn socket(common: &Common) -> anyhow::Result<PathBuf> {
    if let Some(path) = &common.socket {
        return Ok(path.clone());
    }
    let file = common.config_file();
    let config = consent_agent::config::load(&file)?;
    config.control.with_context(|| format!("{}: sockets.control: a path expected, nothing found; or give --socket", file.display()))
}
