//! Commands that look: status, explain, refused.

use super::inspect::{Inspector, Name, Stored};
use super::{Form, Outcome, Usage, out};
use crate::calendar::rfc3339;
use crate::config::Config;
use crate::hand_on;
use crate::keys;
use crate::store::{self, Stream};
use crate::verify;
use anyhow::{Context as _, Result, anyhow, bail};
use consent_protocol::coder;
use consent_protocol::lane::{BasisTerms, StatementBody};
use rusqlite::params;
use serde_json::{Value, json};
use std::path::Path;

/// Prints counts and streams.
pub(crate) fn status(config: &Config, form: Form) -> Result<Outcome> {
    let inspector = Inspector::open(config)?;
    let counts = store::counts(&inspector.db)?;
    let streams = store::streams(&inspector.db)?;
    let rows = streams.iter().map(|stream| stream_row(&inspector, stream)).collect::<Result<Vec<Value>>>()?;
    if form == Form::Json {
        out::json(&json!({"schema": "consent-receiver/status/1", "environment": config.engine.environment, "counts": counts, "streams": rows}))?;
        return Ok(Outcome::Well);
    }
    out::line(&format!(
        "{} batches accepted with {} records, {} refused, {} statements, {} bases ended, {} batches erased, {} forks, {} bad messages",
        counts.batches_accepted, counts.records, counts.batches_refused, counts.statements, counts.ended, counts.erased, counts.forks, counts.bad
    ))?;
    for row in &rows {
        let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or("-").to_owned();
        let number = |key: &str| row.get(key).map_or_else(String::new, Value::to_string);
        out::line(&format!(
            "{:12} {} {:20} {:6} statements {:>4}  batches {:>6}  erased up to {}",
            text("recipient"),
            text("stream"),
            text("use"),
            text("phase"),
            number("lane"),
            number("head"),
            number("erased_k")
        ))?;
    }
    Ok(Outcome::Well)
}

fn stream_row(inspector: &Inspector, stream: &Stream) -> Result<Value> {
    let used = store::first_basis(&inspector.db, stream.id)?.map(|terms| terms.use_id);
    let phase = if stream.closed_ms.is_some() { "closed" } else { "open" };
    Ok(json!({
        "recipient": stream.recipient, "stream": stream.name.to_string(), "use": used, "phase": phase, "lane": stream.lane.n, "head": stream.head.n,
        "base": stream.base.n, "erased_k": stream.erased_k, "key": keys::hex(&stream.public),
    }))
}

/// Explains a stream or a batch.
pub(crate) fn explain(config: &Config, name: &str, form: Form) -> Result<Outcome> {
    let inspector = Inspector::open(config)?;
    let value = match Name::parse(name)? {
        Name::Stream(id) => explain_stream(&inspector, &inspector.stream(id)?)?,
        Name::Batch(id, n) => {
            let stream = inspector.stream(id)?;
            let Some(stored) = inspector.stored(&stream, n)? else { bail!("batch {n} of this stream is not decided; its head is {}", stream.head.n) };
            explain_batch(&inspector, &stream, &stored)?
        }
    };
    out::object(&value, form)?;
    Ok(Outcome::Well)
}

fn explain_stream(inspector: &Inspector, stream: &Stream) -> Result<Value> {
    let mut statements = Vec::new();
    for k in 1..=stream.lane.n {
        if let Some(statement) = store::statement(&inspector.db, stream.id, k)?.and_then(|(_, envelope)| store::decode_statement(&envelope)) {
            statements.push(json!({"k": k, "says": says(&statement.body)}));
        }
    }
    let mut ends = inspector.db.prepare("SELECT basis, k, kind, erase, at_ms, secret IS NOT NULL FROM ends WHERE stream = ?1 ORDER BY basis")?;
    let ends: Vec<Value> = ends
        .query_map(params![stream.id], |row| {
            let by = if row.get::<_, bool>(5)? { "secret" } else { "car" };
            Ok(json!({"basis": row.get::<_, u32>(0)?, "statement": row.get::<_, Option<u32>>(1)?, "kind": row.get::<_, String>(2)?,
                "erased": row.get::<_, bool>(3)?, "time": rfc3339(row.get(4)?), "by": by}))
        })?
        .collect::<Result<_, _>>()?;
    Ok(json!({"schema": "consent-receiver/explain/1", "stream": stream_row(inspector, stream)?, "statements": statements, "ended": ends}))
}

fn says(body: &StatementBody) -> Value {
    match body {
        StatementBody::Catalog { digest, version } => json!({"catalog": digest.to_string(), "version": version}),
        StatementBody::BasisOpened(terms) => json!({"basis_opened": basis(terms)}),
        StatementBody::BasisEnded { basis, kind, erase, voids } => json!({"basis_ended": basis, "kind": kind, "erase": erase, "voids": voids.len()}),
        StatementBody::Void { voids, reason } => json!({"void": voids.iter().map(|void| void.n).collect::<Vec<_>>(), "reason": reason}),
        StatementBody::Closed { voids } => json!({"closed": true, "voids": voids.len()}),
    }
}

fn basis(terms: &BasisTerms) -> Value {
    json!({"use": terms.use_id, "revision": terms.revision, "ground": terms.ground, "tier": terms.tier,
        "from": rfc3339(terms.from_s.saturating_mul(1_000)), "until": rfc3339(terms.until_s.saturating_mul(1_000))})
}

fn explain_batch(inspector: &Inspector, stream: &Stream, stored: &Stored) -> Result<Value> {
    let mut value = json!({
        "schema": "consent-receiver/explain/1", "batch_id": hand_on::batch_id(stream, stored.n), "recipient": stream.recipient, "verdict": stored.what(),
        "reason": stored.reason, "received": rfc3339(stored.received_ms), "records": stored.records, "decisions": stored.decisions,
        "erased": stored.erased_ms.map(rfc3339), "erased_for": stored.erased_for,
    });
    if let (Some(batch), Some(object)) = (stored.batch(), value.as_object_mut()) {
        object.insert("needs".to_owned(), batch.needs.into());
        object.insert("basis".to_owned(), json!({"statement": batch.basis, "terms": store::basis(&inspector.db, stream.id, batch.basis)?.as_ref().map(basis)}));
        object.insert("basis_alive".to_owned(), (!store::has_ended(&inspector.db, stream.id, batch.basis)?).into());
        if let Ok(resting) = verify::resolve(&inspector.db, stream.id, &batch, &inspector.catalogs)? {
            object.insert("catalog".to_owned(), json!({"digest": resting.known.digest.to_string(), "version": resting.known.catalog.version}));
        }
    }
    Ok(value)
}

/// Lists what was refused, and what contradicts.
pub(crate) fn refused(config: &Config, form: Form) -> Result<Outcome> {
    let inspector = Inspector::open(config)?;
    let mut rows = Vec::new();
    for stream in store::streams(&inspector.db)? {
        for stored in inspector.all_stored(&stream, 1)? {
            rows.push(json!({"batch_id": hand_on::batch_id(&stream, stored.n), "recipient": stream.recipient, "reason": stored.reason,
                "received": rfc3339(stored.received_ms), "held": stored.envelope.is_some()}));
        }
        let mut aside = inspector.db.prepare_cached("SELECT what, number, received_ms, envelope IS NOT NULL FROM aside WHERE stream = ?1 ORDER BY id")?;
        let contradicting = aside.query_map([stream.id], |row| {
            let what: String = row.get(0)?;
            Ok(json!({"batch_id": hand_on::batch_id(&stream, row.get(1)?), "recipient": stream.recipient, "reason": format!("second {what} of this number"),
                "received": rfc3339(row.get(2)?), "held": row.get::<_, bool>(3)?}))
        })?;
        rows.extend(contradicting.collect::<Result<Vec<_>, _>>()?);
    }
    if form == Form::Json {
        out::json(&json!({"schema": "consent-receiver/refused/1", "refused": rows}))?;
    } else if rows.is_empty() {
        out::line("nothing was refused")?;
    } else {
        for row in &rows {
            let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or("-").to_owned();
            out::line(&format!("{} {:12} {:28} {}", text("received"), text("recipient"), text("reason"), text("batch_id")))?;
        }
    }
    Ok(Outcome::Well)
}

/// Shows a refused batch.
pub(crate) fn refused_one(config: &Config, name: &str, output: Option<&Path>, form: Form) -> Result<Outcome> {
    let Name::Batch(id, n) = Name::parse(name)? else { return Err(anyhow!(Usage("expected a batch: stream, hyphen, number".to_owned()))) };
    let inspector = Inspector::open(config)?;
    let stream = inspector.stream(id)?;
    let stored = inspector.stored(&stream, n)?.filter(|stored| stored.state == 1).with_context(|| format!("batch {n} of this stream was not refused"))?;
    let mut value = explain_batch(&inspector, &stream, &stored)?;
    if let (Some(batch), Some(object)) = (stored.batch(), value.as_object_mut()) {
        let rows = coder::decode(batch.coder, &batch.body, batch.records).map(|rows| rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>());
        object.insert("rows".to_owned(), rows.map_or_else(|error| json!({"unreadable": error.to_string()}), Value::from));
    }
    if let Some(path) = output {
        let envelope = stored.envelope.as_ref().context("the envelope is no longer held")?;
        std::fs::write(path, envelope).with_context(|| path.display().to_string())?;
    }
    out::object(&value, form)?;
    Ok(Outcome::Well)
}
