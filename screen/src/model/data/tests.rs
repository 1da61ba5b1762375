//! A gatekeeper that holds a few batches and says what it is asked.

#![allow(clippy::wildcard_enum_match_arm, reason = "whatever else is asked is refused in these tests")]

use super::export::{Form, consents, sent};
use super::*;
use crate::fixture::{self, T0_MS};
use crate::port::{Answer, Port};
use consent_core::Assurance;
use consent_gatekeeper::control::{Peer, Response};
use consent_gatekeeper::show::{Ledger, LedgerEntry, Whose};
use consent_protocol::ledger::{Body, Cadence, ConsentAction, ConsentEvent, Method};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What it holds, and what it was asked.
#[derive(Default)]
pub(crate) struct Gate {
    pub(crate) batches: Vec<SentBatch>,
    pub(crate) original: Vec<SentValue>,
    pub(crate) reports: Reports,
    pub(crate) ledger: Vec<LedgerEntry>,
    /// Answers so many requests for data, then none.
    pub(crate) answers_max: Option<usize>,
    pub(crate) asked: Mutex<Vec<Request>>,
}

impl Gate {
    fn answer(&self, request: &Request) -> Response {
        let data = |data: Value| Response::Data { data };
        let refused = || Response::Refused { error: "not in this test".to_owned() };
        let pages = self.asked.lock().unwrap().iter().filter(|asked| matches!(asked, Request::DataShow { .. })).count();
        match request {
            Request::DataShow { .. } if self.answers_max.is_some_and(|most| pages > most) => refused(),
            Request::DataShow { person, use_id, before_ms, count } => {
                assert_eq!(person.as_deref(), Some("ada"), "only one's own");
                data(serde_json::to_value(self.page(use_id.as_deref(), *before_ms, count.unwrap())).unwrap())
            }
            Request::DataOriginal { .. } => data(json!({ "version": 1, "held": !self.original.is_empty(), "rows": self.original })),
            Request::ReportList => data(serde_json::to_value(&self.reports).unwrap()),
            Request::LedgerShow { from, count } => {
                let newest = self.ledger.len().saturating_sub(usize::try_from(count.unwrap()).unwrap());
                let from = from.unwrap_or(u64::try_from(newest).unwrap() + 1);
                let entries = self.ledger.iter().filter(|entry| entry.seq >= from).take(usize::try_from(count.unwrap()).unwrap()).cloned().collect();
                data(serde_json::to_value(Ledger { version: 1, head: u64::try_from(self.ledger.len()).unwrap(), entries }).unwrap())
            }
            Request::LedgerReceipt { entry } => data(json!({
                "@context": { "dpv": "https://w3id.org/dpv#" }, "record_id": "5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a5a5a", "purpose": { "use": "use-0" },
                "ledger_entry": { "seq": entry, "sha256": "ab".repeat(32) }, "processing_method": { "reveals": "roughly" },
                "withdrawal_method": { "without_the_car": { "at": "privacy@club.example", "secret": "5ec2e7aa".repeat(8) } },
                "event": { "event_type": "given", "event_time": "2025-11-24T12:00:00Z", "assurance": "high", "validity_duration": { "until": "2026-11-24T12:00:00Z" } },
            })),
            Request::Checkpoint => {
                data(json!({ "version": 1, "seq": self.ledger.len(), "digest": "cd".repeat(32), "public_key": "ef".repeat(32), "at_ms": T0_MS }))
            }
            Request::LedgerVerify => data(json!({ "version": 1, "holds": true, "report": { "entries": 3, "bodies": 2, "erased": 1 } })),
            other => Response::Refused { error: format!("not in this test: {other:?}") },
        }
    }

    /// As the store pages: what was completed at one moment is never parted.
    fn page(&self, use_id: Option<&str>, before_ms: Option<i64>, count: u32) -> Sent {
        let mut wanted: Vec<SentBatch> = self.batches.iter().filter(|batch| use_id.is_none_or(|use_id| batch.use_id == use_id)).cloned().collect();
        wanted.retain(|batch| before_ms.is_none_or(|before_ms| batch.done_ms < before_ms));
        wanted.sort_by_key(|batch| std::cmp::Reverse(batch.done_ms));
        let nth = wanted.get(usize::try_from(count).unwrap() - 1).map_or(i64::MIN, |batch| batch.done_ms);
        let batches: Vec<SentBatch> = wanted.iter().filter(|batch| batch.done_ms >= nth).cloned().collect();
        Sent { version: 1, more: batches.len() < wanted.len(), batches }
    }
}

impl Port for Arc<Gate> {
    fn ask(&self, _peer: Peer, request: Request) -> Answer {
        self.asked.lock().unwrap().push(request.clone());
        let response = self.answer(&request);
        Box::pin(async move { response })
    }

    fn now_ms(&self) -> i64 {
        T0_MS
    }
}

/// A page's context before this gate, with three uses of three recipients.
pub(crate) fn ctx(gate: &Arc<Gate>) -> Ctx {
    let catalog = fixture::catalog(3);
    let mut ctx = fixture::ctx(catalog.clone(), fixture::status(&catalog), None);
    for (used, recipient) in ctx.status.uses.iter_mut().zip(["club", "maker", "shop"]) {
        (used.recipient, used.batches_sent) = (recipient.to_owned(), 1);
    }
    ctx.port = Arc::new(Arc::clone(gate));
    ctx
}

pub(crate) fn batch(use_id: &str, done_ms: i64, rows: Vec<SentValue>) -> SentBatch {
    SentBatch {
        tier: Some(0),
        use_id: use_id.to_owned(),
        stream: "5a".repeat(16),
        n: 1,
        digest: "ab".repeat(32),
        refused: false,
        done_ms,
        records: u32::try_from(rows.len()).unwrap(),
        decisions: 1,
        readable: true,
        rows,
    }
}

pub(crate) fn value(signal: &str, t_ms: i64, value: Value) -> SentValue {
    SentValue { signal: signal.to_owned(), unit: Some("km/h".to_owned()), t_ms, value }
}

/// An entry in which a person decided.
pub(crate) fn decided(seq: u64, whose: Whose, action: ConsentAction) -> LedgerEntry {
    let event = ConsentEvent {
        record: [0x5a; 16],
        person: "ada".to_owned(),
        use_id: "use-0".to_owned(),
        revision: 1,
        terms: consent_protocol::Digest::default(),
        action,
        ground: consent_core::Ground::Consent,
        tier: 1,
        categories: consent_core::CategorySet::single(0),
        catalog: consent_protocol::Digest::default(),
        from_ms: T0_MS,
        until_ms: T0_MS + 86_400_000,
        cadence: Cadence::Until,
        actor: "driver".to_owned(),
        method: Method::Screen,
        assurance: Assurance::High,
        language: "en".to_owned(),
        text: consent_protocol::Digest::default(),
        driving: consent_core::DrivingState::Parked,
        commitment: consent_protocol::Digest::default(),
    };
    let own = whose == Whose::Mine;
    let word = serde_json::to_value(action).unwrap().as_str().unwrap().to_owned();
    LedgerEntry {
        seq,
        wall_ms: T0_MS,
        clock_trusted: true,
        digest: "ab".repeat(32),
        whose,
        action: if own { word } else { "other".to_owned() },
        use_id: if own { "use-0".to_owned() } else { String::new() },
        text: "text".to_owned(),
        body: own.then_some(Body::Consent(event)),
    }
}

/// Twenty batches a use; every fourth is completed at the same moment for all.
fn many() -> Vec<SentBatch> {
    let of = |use_at: i64| (0..20_i64).map(move |n| batch(&format!("use-{use_at}"), if n % 4 == 0 { n * 100 } else { n * 100 + use_at }, Vec::new()));
    (0..3).flat_map(of).collect()
}

#[tokio::test]
async fn r51_only_the_driver_who_proved_who_they_are_sees_their_data() {
    let gate = Arc::new(Gate::default());
    for (person, assurance) in [(None, "none"), (Some("ada"), "none"), (Some("ada"), "low")] {
        let mut ctx = ctx(&gate);
        (ctx.status.people[0].person, ctx.status.people[0].assurance) = (person.map(str::to_owned), assurance.to_owned());
        assert_eq!(all(&ctx, Filter::default()).await.err(), Some(Fault::Locked));
        assert_eq!(of_use(&ctx, "use-0", None).await.err(), Some(Fault::Locked));
        assert_eq!(consents(&ctx).await.err(), Some(Fault::Locked));
        assert_eq!(sent(ctx, None, Form::Csv).err(), Some(Fault::Locked));
    }
    assert!(gate.asked.lock().unwrap().is_empty(), "the gate is not even asked");
}

#[tokio::test]
async fn r32_pages_show_every_batch_once_however_they_are_filtered() {
    let gate = Arc::new(Gate { batches: many(), ..Gate::default() });
    let mut ctx = ctx(&gate);
    for used in &mut ctx.status.uses {
        used.recipient = "club".to_owned();
    }
    for (filter, expected) in [
        (Filter::default(), 60),
        (Filter { use_id: Some("use-1".to_owned()), ..Filter::default() }, 20),
        (Filter { recipient: Some("club".to_owned()), ..Filter::default() }, 60),
    ] {
        let (mut seen, mut before, mut pages) = (Vec::new(), None, 0);
        loop {
            let view = all(&ctx, Filter { before, ..filter.clone() }).await.unwrap();
            seen.extend(view.batches.into_iter().map(|batch| (batch.done_ms, batch.used.id)));
            (before, pages) = (view.before_ms, pages + 1);
            if before.is_none() {
                break;
            }
            assert!(pages < 60, "it comes to an end");
        }
        assert_eq!(seen.len(), expected, "{filter:?}");
        assert!(seen.is_sorted_by_key(|(done_ms, _)| std::cmp::Reverse(*done_ms)), "{filter:?}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), expected, "{filter:?}");
    }
    assert_eq!(all(&ctx, Filter { recipient: Some("nobody".to_owned()), ..Filter::default() }).await.err(), Some(Fault::NotFound));
}

#[tokio::test]
async fn r32_days_end_where_they_end() {
    let batches = (0..20).map(|day| batch("use-0", T0_MS - day * DAY_MS, Vec::new())).collect();
    let ctx = ctx(&Arc::new(Gate { batches, ..Gate::default() }));
    let view = all(&ctx, Filter { days: Some(3), ..Filter::default() }).await.unwrap();
    assert_eq!((view.batches.len(), view.before_ms), (4, None), "today and three days back");
    let view = all(&ctx, Filter { days: Some(30), ..Filter::default() }).await.unwrap();
    assert_eq!((view.batches.len(), view.before_ms), (8, Some(T0_MS - 7 * DAY_MS)));
}

async fn file(ctx: Ctx, form: Form) -> Result<String, std::io::Error> {
    let parts: Vec<_> = sent(ctx, None, form).unwrap().collect().await;
    parts.into_iter().collect()
}

#[tokio::test]
async fn r33_the_export_holds_everything_and_is_what_the_schema_says() {
    let position = json!({ "lat": 50.123_45, "lon": -0.5, "alt": null, "heading": null, "accuracy": null });
    let mut batches: Vec<SentBatch> = (0..1_250).map(|n| batch("use-0", T0_MS - n, vec![value("Vehicle.A", T0_MS - n, json!(n))])).collect();
    batches.push(batch("use-1", 5, vec![value("Vehicle.B", 7, position), value("Vehicle.A", 8, json!("a \"b\", c\n"))]));
    let ctx = ctx(&Arc::new(Gate { batches, ..Gate::default() }));
    let text = file(ctx.clone(), Form::Json).await.unwrap();
    let exported: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(exported["batches"].as_array().unwrap().len(), 1_251, "more than any page");
    let last = &exported["batches"][1_250];
    assert_eq!((&last["use"], &last["recipient"], &last["answered"]), (&json!("use-1"), &json!("maker"), &json!("1970-01-01T00:00:00.005Z")));
    assert_eq!(last["values"][0]["value"]["lat"], json!(50.123_45));
    let schema: Value = serde_json::from_str(include_str!("../../../../docs/export.schema.json")).unwrap();
    for (shape, found) in [
        ("/required", &exported),
        ("/$defs/batch/required", last),
        ("/$defs/value/required", &last["values"][0]),
        ("/$defs/use/required", &exported["uses"][0]),
    ] {
        let keys: Vec<&str> = schema.pointer(shape).unwrap().as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
        let known = |key: &String| key == "$schema" || keys.contains(&key.as_str());
        assert!(keys.iter().all(|key| found.get(key).is_some()) && found.as_object().unwrap().keys().all(known), "{shape}: {keys:?}");
    }
    let table = file(ctx, Form::Csv).await.unwrap();
    assert_eq!(table.matches("\r\n").count(), 1 + 1_252);
    assert!(table.ends_with(&format!(
        "use-1,maker,1970-01-01T00:00:00.005Z,{0},1,{1},false,Vehicle.B,km/h,1970-01-01T00:00:00.007Z,,50.12345,-0.5,,,\r\n\
         use-1,maker,1970-01-01T00:00:00.005Z,{0},1,{1},false,Vehicle.A,km/h,1970-01-01T00:00:00.008Z,\"a \"\"b\"\", c\n\",,,,,\r\n",
        "5a".repeat(16),
        "ab".repeat(32)
    )));
}

#[tokio::test]
async fn r33_of_nothing_the_files_are_whole_and_of_a_fault_none_is() {
    let nothing = ctx(&Arc::new(Gate::default()));
    let exported: Value = serde_json::from_str(&file(nothing.clone(), Form::Json).await.unwrap()).unwrap();
    assert_eq!(exported["batches"], json!([]));
    assert_eq!(file(nothing, Form::Csv).await.unwrap().matches("\r\n").count(), 1);
    let batches = (0..500).map(|n| batch("use-0", n, Vec::new())).collect();
    let failing = ctx(&Arc::new(Gate { batches, answers_max: Some(2), ..Gate::default() }));
    for form in [Form::Json, Form::Csv] {
        assert!(file(failing.clone(), form).await.is_err(), "{form:?}");
    }
}

#[tokio::test]
async fn r33_consents_are_all_there_and_their_secrets_are_not() {
    let mut ledger: Vec<LedgerEntry> = (1..=700).map(|seq| decided(seq, Whose::Mine, ConsentAction::Given)).collect();
    ledger[3] = decided(4, Whose::Other, ConsentAction::Given);
    let records = consents(&ctx(&Arc::new(Gate { ledger, ..Gate::default() }))).await.unwrap();
    assert_eq!(records["@graph"].as_array().unwrap().len(), 699);
    assert_eq!(records["@context"]["dpv"], "https://w3id.org/dpv#");
    let text = records.to_string();
    assert!(!text.contains("5ec2e7") && !text.contains("secret") && text.contains("privacy@club.example"));
}

#[tokio::test]
async fn r42_who_never_answered_is_silent() {
    let report = RecipientReport { recipient: "maker".to_owned(), silent: false, at_ms: Some(T0_MS), ..RecipientReport::default() };
    let gate = Arc::new(Gate { reports: Reports { version: 1, recipients: vec![report] }, ..Gate::default() });
    let said = reports(&ctx(&gate)).await.unwrap();
    let silent: Vec<(&str, bool)> = said.recipients.iter().map(|says| (says.recipient.id.as_str(), says.report.silent)).collect();
    assert_eq!(silent, [("club", true), ("maker", false), ("shop", true)]);
}
