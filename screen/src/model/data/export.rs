//! A person's own copy: what left as JSON and CSV, consents as records of ISO/IEC TS 27560. docs/export.md describes the files.
//!
//! Files are made page by page while they are read, so that everything is in them however much it is. One that could not be
//! finished breaks off as a download: no file looks whole that is not.

use super::{owner, recipient_name, use_name};
use crate::ctx::Ctx;
use crate::fault::Fault;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{Ledger, LedgerEntry, Sent, SentBatch, SentValue, Whose};
use consent_protocol::ledger::Body;
use futures_util::stream::{Stream, unfold};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Batches read at a time.
const BATCHES: u32 = 100;
/// Ledger entries read at a time.
const ENTRIES: u32 = 500;
/// The columns of the table.
const COLUMNS: &str = "use,recipient,answered,stream,number,digest,refused,signal,unit,time,value,latitude,longitude,altitude,heading,accuracy\r\n";

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Csv,
}

/// How far a file is made.
enum Step {
    Head,
    Batches { before_ms: Option<i64> },
    Tail,
    Done,
}

struct Making {
    ctx: Ctx,
    person: String,
    use_id: Option<String>,
    form: Form,
    step: Step,
}

/// What left, all of it, or for one use.
pub(crate) fn sent(ctx: Ctx, use_id: Option<String>, form: Form) -> Result<impl Stream<Item = Result<String, std::io::Error>>, Fault> {
    let person = owner(&ctx)?;
    let making = Making { ctx, person, use_id, form, step: Step::Head };
    Ok(unfold(making, |mut making| async move {
        let part = making.next().await?;
        Some((part, making))
    }))
}

impl Making {
    async fn next(&mut self) -> Option<Result<String, std::io::Error>> {
        match std::mem::replace(&mut self.step, Step::Done) {
            Step::Head => {
                self.step = Step::Batches { before_ms: None };
                Some(Ok(match self.form {
                    Form::Json => head(&self.ctx),
                    Form::Csv => COLUMNS.to_owned(),
                }))
            }
            Step::Batches { before_ms } => Some(self.page(before_ms).await),
            Step::Tail => Some(Ok(match self.form {
                Form::Json => "]}\n".to_owned(),
                Form::Csv => String::new(),
            })),
            Step::Done => None,
        }
    }

    async fn page(&mut self, before_ms: Option<i64>) -> Result<String, std::io::Error> {
        let request = Request::DataShow { person: Some(self.person.clone()), use_id: self.use_id.clone(), before_ms, count: Some(BATCHES) };
        let sent: Sent = self.ctx.data(request).await.map_err(|fault| std::io::Error::other(fault.code()))?;
        let oldest = sent.batches.last().map(|batch| batch.done_ms);
        self.step = match oldest {
            Some(oldest) if sent.more => Step::Batches { before_ms: Some(oldest) },
            Some(_) | None => Step::Tail,
        };
        Ok(match self.form {
            Form::Json => {
                let batches: Vec<String> = sent.batches.iter().map(|batch| batch_json(&self.ctx, batch).to_string()).collect();
                let comma = if before_ms.is_none() || batches.is_empty() { "" } else { "," };
                format!("{comma}{}", batches.join(","))
            }
            Form::Csv => sent.batches.iter().map(|batch| batch_csv(&self.ctx, batch)).collect(),
        })
    }
}

/// Everything before the batches, without the closing bracket.
fn head(ctx: &Ctx) -> String {
    let uses: Vec<Value> = ctx.status.uses.iter().map(|used| use_json(ctx, &used.id)).collect();
    let recipients: Vec<Value> =
        ctx.catalog.iter().flat_map(|catalog| &catalog.catalog.recipients).map(|recipient| recipient_json(ctx, &recipient.id)).collect();
    let head = json!({
        "$schema": "urn:consent-gate:export:1",
        "format": "consent-gate-export",
        "version": 1,
        "made": rfc3339(ctx.port.now_ms()),
        "language": ctx.words.language().tag(),
        "catalog": { "version": ctx.status.catalog_version, "sha256": ctx.status.catalog_digest },
        "recipients": recipients,
        "uses": uses,
    });
    let text = head.to_string();
    format!("{},\"batches\":[", text.strip_suffix('}').unwrap_or(&text))
}

fn recipient_json(ctx: &Ctx, id: &str) -> Value {
    let name = recipient_name(ctx, id);
    json!({ "id": id, "name": name.name, "outside": name.outside, "contact": name.contact })
}

fn use_json(ctx: &Ctx, id: &str) -> Value {
    let name = use_name(ctx, id);
    let used = ctx.used(id);
    json!({
        "id": id, "recipient": name.recipient.id, "headline": name.headline, "plain": name.plain,
        "purpose": used.map(|used| used.purpose.as_str()), "retention_days": used.map(|used| used.retention_days),
    })
}

fn batch_json(ctx: &Ctx, batch: &SentBatch) -> Value {
    let values: Vec<Value> = batch
        .rows
        .iter()
        .map(|row| json!({ "signal": row.signal, "unit": row.unit, "time": rfc3339(row.t_ms), "t_ms": row.t_ms, "value": row.value }))
        .collect();
    json!({
        "use": batch.use_id, "recipient": use_name(ctx, &batch.use_id).recipient.id, "stream": batch.stream, "number": batch.n, "sha256": batch.digest,
        "refused": batch.refused, "answered": rfc3339(batch.done_ms), "readable": batch.readable, "values": values,
    })
}

fn batch_csv(ctx: &Ctx, batch: &SentBatch) -> String {
    let recipient = use_name(ctx, &batch.use_id).recipient.id;
    let answered = rfc3339(batch.done_ms);
    let number = batch.n.to_string();
    let refused = if batch.refused { "true" } else { "false" };
    let start = [batch.use_id.as_str(), &recipient, &answered, &batch.stream, &number, &batch.digest, refused];
    batch.rows.iter().map(|row| row_csv(&start, row)).collect()
}

/// One value as a line (RFC 4180); a position has columns of its own.
fn row_csv(start: &[&str], row: &SentValue) -> String {
    let time = rfc3339(row.t_ms);
    let place = row.value.as_object();
    let part = |name: &str| place.and_then(|place| place.get(name)).filter(|value| !value.is_null()).map(ToString::to_string).unwrap_or_default();
    let value = match &row.value {
        Value::Object(_) => String::new(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => row.value.to_string(),
    };
    let places = ["lat", "lon", "alt", "heading", "accuracy"].map(part);
    let own = [row.signal.as_str(), row.unit.as_deref().unwrap_or_default(), &time, &value];
    let cells: Vec<String> = start.iter().copied().chain(own).chain(places.iter().map(String::as_str)).map(quoted).collect();
    cells.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// A moment as RFC 3339 with milliseconds, UTC.
pub(crate) fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| format!("{at:.3}")).unwrap_or_default()
}

/// Every consent event of the person as a record of its own, oldest first, without the secrets: those open with the receipt alone.
pub(crate) async fn consents(ctx: &Ctx) -> Result<Value, Fault> {
    owner(ctx)?;
    let mut context = Value::Null;
    let mut records = Vec::new();
    for entry in consent_entries(ctx).await? {
        let mut record: Value = ctx.data(Request::LedgerReceipt { entry: entry.seq }).await?;
        if let Some(record) = record.as_object_mut() {
            context = record.remove("@context").unwrap_or_default();
        }
        if let Some(without) = record.pointer_mut("/withdrawal_method/without_the_car").and_then(Value::as_object_mut) {
            without.remove("secret");
        }
        records.push(record);
    }
    Ok(json!({ "@context": context, "@graph": records }))
}

/// The person's own consent events that concern a use.
async fn consent_entries(ctx: &Ctx) -> Result<VecDeque<LedgerEntry>, Fault> {
    let mut found = VecDeque::new();
    let mut from = 1;
    loop {
        let page: Ledger = ctx.data(Request::LedgerShow { from: Some(from), count: Some(ENTRIES) }).await?;
        let Some(last) = page.entries.last().map(|entry| entry.seq) else { return Ok(found) };
        let own = page.entries.into_iter().filter(|entry| entry.whose == Whose::Mine && !entry.use_id.is_empty());
        found.extend(own.filter(|entry| matches!(entry.body, Some(Body::Consent(_)))));
        if last < from || last >= page.head {
            return Ok(found);
        }
        from = last.saturating_add(1);
    }
}
