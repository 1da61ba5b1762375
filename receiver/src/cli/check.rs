//! Commands that check or repeat: verify, replay.

use super::inspect::{Inspector, Stored};
use super::{Form, Outcome, key_argument, out};
use crate::config::Config;
use crate::hand_on;
use crate::store::{self, Stream};
use crate::verify;
use anyhow::{Context as _, Result, anyhow};
use consent_protocol::batch::Batch;
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::LaneMessage;
use consent_protocol::{StreamId, coder, ids};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Checks an envelope or handed-on lines.
pub(crate) fn verify(config: &Config, file: &Path, key: Option<&str>, form: Form) -> Result<Outcome> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let (value, outcome) = match std::str::from_utf8(&bytes) {
        Ok(text) if text.starts_with('{') || text.is_empty() => lines(config, text)?,
        Ok(_) | Err(_) => one(config, &bytes, key)?,
    };
    out::object(&value, form)?;
    Ok(outcome)
}

/// An envelope: whose it is, and whether its signature holds.
fn one(config: &Config, bytes: &[u8], key: Option<&str>) -> Result<(Value, Outcome)> {
    let (key_id, payload) = envelope::peek(bytes).context("expected an envelope or JSON lines")?;
    let (kind, stream, summary) = summary(&payload).context("the envelope holds neither a batch nor a message of a lane")?;
    let public = match key {
        Some(text) => key_argument(text)?,
        None => Inspector::open(config)?.stream(stream)?.public,
    };
    let verdict = envelope::open(kind, bytes, &public);
    let outcome = if verdict.is_ok() { Outcome::Well } else { Outcome::Problem };
    let holds = verdict.map_or_else(|error| error.to_string(), |_| "holds".to_owned());
    let key_id = crate::keys::hex(&key_id);
    Ok((
        json!({"schema": "consent-receiver/verify/1", "signature": holds, "key_id": key_id, "digest": envelope::sha256(&[bytes]).to_string(), "holds": summary}),
        outcome,
    ))
}

fn summary(payload: &[u8]) -> Option<(Kind, StreamId, Value)> {
    match LaneMessage::from_bytes(payload) {
        Ok(LaneMessage::Hello(hello)) => {
            Some((Kind::Lane, hello.stream, json!({"hello": {"recipient": hello.recipient, "lane": hello.lane.n, "base": hello.base.n}})))
        }
        Ok(LaneMessage::Statement(told)) => Some((Kind::Lane, told.stream, json!({"statement": {"recipient": told.recipient, "k": told.k}}))),
        Err(_) => {
            let batch = Batch::from_bytes(payload).ok()?;
            let readable = coder::decode(batch.coder, &batch.body, batch.records).is_ok();
            let shown = json!({"batch": {"recipient": batch.recipient, "stream": batch.stream.to_string(), "n": batch.n, "basis": batch.basis, "needs": batch.needs,
                "records": batch.records, "decisions": batch.decisions, "coder": batch.coder, "body_readable": readable}});
            Some((Kind::Batch, batch.stream, shown))
        }
    }
}

/// Handed-on lines against the signed batches in the store: each line must be what its batch says.
fn lines(config: &Config, text: &str) -> Result<(Value, Outcome)> {
    let inspector = Inspector::open(config)?;
    let mut by_batch: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut erased = 0_u64;
    for (at, line) in text.lines().enumerate() {
        let value: Value = serde_json::from_str(line).with_context(|| format!("line {}: not JSON", at.saturating_add(1)))?;
        match value.get("batch_id").and_then(Value::as_str) {
            Some(id) => by_batch.entry(id.to_owned()).or_default().push(line),
            None => erased = erased.saturating_add(1),
        }
    }
    let (mut holding, mut wrong) = (0_u64, BTreeMap::new());
    for (id, found) in &by_batch {
        match compare(&inspector, id, found) {
            Ok(()) => holding = holding.saturating_add(1),
            Err(error) => {
                wrong.insert(id.clone(), format!("{error:#}"));
            }
        }
    }
    let outcome = if wrong.is_empty() { Outcome::Well } else { Outcome::Problem };
    Ok((json!({"schema": "consent-receiver/verify/1", "batches_holding": holding, "erase_lines": erased, "wrong": wrong}), outcome))
}

fn compare(inspector: &Inspector, id: &str, found: &[&str]) -> Result<()> {
    let (stream, n) = id.split_once('-').and_then(|(stream, n)| Some((StreamId(ids::from_hex(stream)?), n.parse().ok()?))).context("not a batch id")?;
    for stream in inspector.streams_of(stream)? {
        let Some(stored) = inspector.stored(&stream, n)?.filter(|stored| stored.state == 0) else { continue };
        if stored.erased_ms.is_some() {
            return Err(anyhow!("its batch was erased, the lines should be gone"));
        }
        let text = String::from_utf8(again(inspector, &stream, &stored)?)?;
        let expected: BTreeSet<&str> = text.lines().collect();
        let complete = found.iter().all(|line| expected.contains(line)) && found.iter().collect::<BTreeSet<_>>().len() == expected.len();
        return if complete { Ok(()) } else { Err(anyhow!("differs from its signed batch")) };
    }
    Err(anyhow!("no such batch was accepted"))
}

/// The lines of a stored batch, made again from its envelope, whose signature is checked once more.
fn again(inspector: &Inspector, stream: &Stream, stored: &Stored) -> Result<Vec<u8>> {
    let envelope = stored.envelope.as_ref().context("no longer held")?;
    envelope::open(Kind::Batch, envelope, &stream.public)?;
    let batch = stored.batch().context("not a batch")?;
    let checked = verify::check(&inspector.db, stream.id, &batch, &inspector.catalogs)?;
    let checked = checked.map_err(|reason| anyhow!("no longer holds: {}", store::reason_name(reason)))?;
    Ok(hand_on::lines(stream, &batch, &checked.resting, &checked.rows, stored.received_ms)?)
}

/// Prints the lines of all that is held.
pub(crate) fn replay(config: &Config, recipient: Option<&str>) -> Result<Outcome> {
    let inspector = Inspector::open(config)?;
    let mut outcome = Outcome::Well;
    for stream in store::streams(&inspector.db)?.iter().filter(|stream| recipient.is_none_or(|id| id == stream.recipient)) {
        for stored in inspector.all_stored(stream, 0)?.iter().filter(|stored| stored.envelope.is_some()) {
            match again(&inspector, stream, stored) {
                Ok(lines) => out::bytes(&lines)?,
                Err(error) => {
                    out::complain(&format!("{}: {error:#}", hand_on::batch_id(stream, stored.n)));
                    outcome = Outcome::Problem;
                }
            }
        }
    }
    Ok(outcome)
}
