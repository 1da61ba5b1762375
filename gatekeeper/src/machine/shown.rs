//! What is shown as typed answers: windows, reviews, what left, the catalog, the checkpoint.

use super::ask::{Not, Outcome};
use super::view::hex;
use super::{Cx, Gatekeeper, outbox};
use crate::change::InForce;
use crate::command::Load;
use crate::control::{Peer, Request, Response};
use crate::now::Now;
use crate::passed;
use crate::refusal::Refusal;
use crate::show::{
    CatalogShown, Checkpoint, LapsedRow, Original, Passed, Picture, Pictures, ReviewRow, ReviewShown, Reviews, SHOW_VERSION, Sent, SentBatch, SentValue,
    WindowName,
};
use crate::signer::{KeyName, Signer};
use crate::stage::{LookAt, Stage, Yield};
use crate::store::{DisclosurePage, DisclosureQuery, DisclosureRow, LedgerRow, LeftWindow, RowId, RowState};
use consent_core::{CategorySet, ReleasedValue, SignalId, Tier, UseIx, UseSet, Value};
use consent_protocol::batch::{Batch, Row};
use consent_protocol::catalog::Use;
use consent_protocol::ledger::Method;
use consent_protocol::{coder, envelope};
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// One day, milliseconds.
const DAY_MS: i64 = 86_400_000;
/// Values of a review that are listed at most.
const REVIEW_VALUES_MAX: usize = 5_000;

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn show_catalog(&self) -> Outcome {
        let in_force = self.in_force.as_deref().ok_or(Not::NoCatalog)?;
        let shown = CatalogShown { version: SHOW_VERSION, digest: in_force.digest.to_string(), catalog: in_force.catalog.clone() };
        Ok(Some(data(&shown)))
    }

    /// Sums up what left; the store reads no payload for it.
    pub(super) fn show_passed(&mut self, token: u64, now: Now) -> Outcome {
        let began_ms = self.people.trip().and_then(|trip| i64::try_from(trip).ok()).unwrap_or(self.last_trip_ms);
        let trip_ms = if began_ms == 0 { now.wall_ms } else { began_ms };
        let since_ms = vec![trip_ms, now.wall_ms.saturating_sub(DAY_MS), now.wall_ms.saturating_sub(7 * DAY_MS)];
        self.load(token, Request::Passed, Load::Left { token, since_ms })
    }

    pub(super) fn answer_passed(&mut self, token: u64, windows: &[LeftWindow], last_left_ms: Option<i64>, now: Now) {
        if self.loads.remove(&token).is_none() {
            return;
        }
        let names = [WindowName::Trip, WindowName::Day, WindowName::Week];
        let response = if windows.len() == names.len() {
            let windows = names.into_iter().zip(windows).map(|(name, left)| passed::window(name, left, |id| self.outbox.basis(id))).collect();
            data(&Passed { version: SHOW_VERSION, at_ms: now.wall_ms, windows, last_left_ms })
        } else {
            // An empty picture would say that nothing left.
            Response::Refused { error: "expected a store that can be read, found one that cannot: try again".to_owned() }
        };
        self.step.responds.push((token, response));
    }

    /// How many uses wait for the driver's review.
    pub(super) fn reviews_waiting(&self) -> u64 {
        let uses = self.people.driver_id().map(|driver| self.outbox.awaiting(driver).map(|row| row.use_id.as_str()).collect::<BTreeSet<&str>>());
        uses.map_or(0, |uses| u64::try_from(uses.len()).unwrap_or(u64::MAX))
    }

    /// What waits for the driver's review, and what nobody answered in time.
    pub(super) fn reviews(&self) -> Outcome {
        let in_force = self.in_force.as_deref().ok_or(Not::NoCatalog)?;
        let driver = self.people.driver_id().unwrap_or_default();
        let mut waiting: BTreeMap<&str, ReviewRow> = BTreeMap::new();
        for row in self.outbox.awaiting(driver) {
            let used = in_force.catalog.use_index(&row.use_id).and_then(|at| in_force.catalog.uses.get(at));
            let age_ms = used.map_or(0, |used| i64::from(used.age_max_s).saturating_mul(1_000));
            let destroyed_ms = row.closed_ms.saturating_add(age_ms);
            let shown = waiting.entry(&row.use_id).or_insert_with(|| ReviewRow {
                use_id: row.use_id.clone(),
                batches: 0,
                records: 0,
                first_ms: row.first_ms,
                last_ms: row.last_ms,
                destroyed_ms,
                newest: row.id,
            });
            shown.newest = shown.newest.max(row.id);
            (shown.batches, shown.records) = (shown.batches.saturating_add(1), shown.records.saturating_add(u64::from(row.records)));
            (shown.first_ms, shown.last_ms) = (shown.first_ms.min(row.first_ms), shown.last_ms.max(row.last_ms));
            shown.destroyed_ms = shown.destroyed_ms.min(destroyed_ms);
        }
        let lapsed = self.outbox.lapsed(driver).map(|(use_id, decisions)| LapsedRow { use_id: use_id.to_owned(), decisions });
        Ok(Some(data(&Reviews { version: SHOW_VERSION, waiting: waiting.into_values().collect(), lapsed: lapsed.collect() })))
    }

    /// Reads as many of the newest rows of a review as are listed.
    pub(super) fn show_review(&mut self, token: u64, use_id: String, peer: Peer, now: Now) -> Outcome {
        let driver = self.people.driver_id().ok_or(Refusal::NoDriver)?;
        self.may_open(peer, driver, now)?;
        let mut values: usize = 0;
        let newest = self.outbox.awaiting_rows(driver, &use_id).take_while(|row| {
            let room = values < REVIEW_VALUES_MAX;
            values = values.saturating_add(usize::try_from(row.records).unwrap_or(usize::MAX));
            room
        });
        let rows: Vec<RowId> = newest.map(|row| row.id).collect();
        self.load(token, Request::ReviewShow { use_id }, Load::Payloads { token, rows })
    }

    /// What cannot be opened is left out: it would not leave either. Whoever drives may be another by now; what is shown rests on
    /// the consent of both.
    pub(super) fn answer_review(&mut self, token: u64, payloads: Vec<(RowId, Vec<u8>)>, now: Now) {
        let Some(Request::ReviewShow { use_id }) = self.loads.remove(&token) else { return };
        let driver = self.people.driver_id().unwrap_or_default();
        let waits: Vec<RowId> = self.outbox.awaiting_rows(driver, &use_id).map(|row| row.id).collect();
        let read: BTreeMap<RowId, Vec<u8>> = payloads.into_iter().filter(|(row, _)| waits.contains(row)).collect();
        let mut values = Vec::new();
        for (row, sealed) in &read {
            let Some((catalog, batch)) = outbox!(self, now, |outbox, cx| outbox.open_awaiting(*row, sealed, &cx)) else { continue };
            let in_force = self.in_force.as_deref().filter(|in_force| in_force.digest == catalog);
            values.extend(batch_values(&batch, in_force));
        }
        values.sort_by_key(|value: &SentValue| value.t_ms);
        let beyond = values.len().saturating_sub(REVIEW_VALUES_MAX);
        values.drain(..beyond);
        let truncated = beyond > 0 || read.len() < waits.len();
        self.step.responds.push((token, data(&ReviewShown { version: SHOW_VERSION, use_id, rows: values, truncated })));
    }

    /// What left, of one person or of everybody (R51).
    pub(super) fn show_data(&mut self, token: u64, request: Request, peer: Peer, now: Now) -> Outcome {
        let Request::DataShow { person, use_id, before_ms, count } = &request else { return Ok(None) };
        let bases = match person {
            Some(person) => {
                self.may_open(peer, person, now)?;
                Some(self.outbox.bases_of(person))
            }
            None if peer.method == Method::Operator => {
                self.may_open(peer, "", now)?;
                None
            }
            None => return Err(Refusal::NotProved.into()),
        };
        // What rests on nobody's consent is of whoever drove, and shown to nobody else.
        let driver = person.clone();
        let query = DisclosureQuery { use_id: use_id.clone(), bases, driver, before_ms: *before_ms, count: count.unwrap_or(10).clamp(1, 1_000) };
        self.load(token, request, Load::Disclosures { token, query })
    }

    pub(super) fn answer_data(&mut self, token: u64, page: &DisclosurePage, now: Now) {
        if self.loads.remove(&token).is_none() {
            return;
        }
        let opened: Vec<(&DisclosureRow, Option<Vec<u8>>)> =
            page.rows.iter().map(|row| (row, outbox!(self, now, |outbox, cx| outbox.open_disclosure(row, &cx)))).collect();
        let batches = opened.iter().map(|(row, envelope)| self.sent_batch(row, envelope.as_deref())).collect();
        self.step.responds.push((token, data(&Sent { version: SHOW_VERSION, batches, more: page.more })));
    }

    /// One disclosure, decoded by the receiver's decoder from the signed bytes themselves.
    fn sent_batch(&self, disclosed: &DisclosureRow, envelope: Option<&[u8]>) -> SentBatch {
        let batch = envelope.and_then(|envelope| envelope::peek(envelope).ok()).and_then(|(_, payload)| Batch::from_bytes(&payload).ok());
        let coded_under = batch.as_ref().and_then(|batch| self.outbox.catalog_of(batch));
        let in_force = self.in_force.as_deref().filter(|in_force| coded_under == Some(in_force.digest));
        let row = &disclosed.row;
        // A tier means something only together with the use as it was then.
        let revision = |use_id: &str| in_force.and_then(|in_force| in_force.catalog.uses.iter().find(|used| used.id == use_id)).map(|used| used.revision);
        let terms = self.outbox.basis(row.basis).map(|basis| &basis.terms);
        SentBatch {
            use_id: row.use_id.clone(),
            tier: terms.filter(|terms| revision(&terms.use_id) == Some(terms.revision)).map(|terms| terms.tier),
            stream: row.stream.to_string(),
            n: row.n,
            digest: row.digest.to_string(),
            refused: row.state == RowState::Refused,
            done_ms: row.done_ms,
            records: row.records,
            decisions: row.decisions,
            readable: batch.is_some(),
            rows: batch.as_ref().map(|batch| batch_values(batch, in_force)).unwrap_or_default(),
        }
    }

    /// The trip in memory as it was, for whoever drove it.
    pub(super) fn show_original(&self, use_id: &str, peer: Peer, now: Now) -> Outcome {
        let (in_force, use_ix, used) = self.looked_at(use_id, peer, now)?;
        let held = self.memory.holds(|signal| used.signals.contains(&signal.0));
        let rows = self.look(in_force, LookAt { use_ix, tier: None }, now);
        Ok(Some(data(&Original { version: SHOW_VERSION, held, rows })))
    }

    /// The trip in memory as the recipient would see it at each tier.
    pub(super) fn show_pictures(&self, use_id: &str, peer: Peer, now: Now) -> Outcome {
        let (in_force, use_ix, used) = self.looked_at(use_id, peer, now)?;
        let held = self.memory.holds(|signal| used.signals.contains(&signal.0));
        let picture = |tier: u8| {
            let reveals = passed::of_tier(&in_force.catalog, used, tier, CategorySet::ALL);
            let revealed = reveals.iter().map(|(_, revealed)| *revealed).max().unwrap_or_default();
            Picture { tier, revealed, rows: self.look(in_force, LookAt { use_ix, tier: Some(Tier(tier)) }, now) }
        };
        let tiers = (0_u8..).zip(&used.tiers).map(|(tier, _)| picture(tier)).collect();
        Ok(Some(data(&Pictures { version: SHOW_VERSION, held, tiers })))
    }

    /// A use, for a driver who may see their own trip.
    fn looked_at(&self, use_id: &str, peer: Peer, now: Now) -> Result<(&InForce, UseIx, &Use), Not> {
        let in_force = self.in_force.as_deref().ok_or(Not::NoCatalog)?;
        let driver = self.people.driver_id().ok_or(Refusal::NoDriver)?;
        self.may_open(peer, driver, now)?;
        let mut uses = (0_u8..).map(UseIx).zip(&in_force.catalog.uses);
        let found = uses.find(|(_, used)| used.id == use_id);
        let (use_ix, used) = found.ok_or_else(|| Refusal::UseUnknown { use_id: use_id.to_owned(), version: in_force.catalog.version })?;
        Ok((in_force, use_ix, used))
    }

    /// Runs the trip in memory through the transformations of one use, on a stage of its own.
    fn look(&self, in_force: &InForce, at: LookAt, now: Now) -> Vec<SentValue> {
        let view = in_force.tables.view();
        let mut covered = UseSet::EMPTY;
        covered.insert(at.use_ix);
        let covers = |signal: SignalId| view.signals.get(signal.index()).is_some_and(|def| !def.covered_by.and(covered).is_empty());
        let mut stage = Stage::scratch(at, in_force.tables.slots(), self.stage.places().clone());
        let mut found = Yield::default();
        for record in self.memory.records(covers) {
            stage.push(in_force, record, now.mono_ms, i64::MAX, &mut found);
        }
        stage.flush(in_force, &mut found);
        stage.arrive(in_force, &mut found);
        stage.tick(in_force, now.wall_ms, &mut found);
        found.released.into_iter().map(|released| sent_value(&Row::from(released), Some(in_force))).collect()
    }

    /// Asks for the newest entry that is surely on disk.
    pub(super) fn show_checkpoint(&mut self, token: u64) -> Outcome {
        let from = self.first_entry_in_flight().map_or(self.journal.head().0, |first| first.saturating_sub(1));
        self.load(token, Request::Checkpoint, Load::Ledger { token, from, count: 1 })
    }

    pub(super) fn checkpoint(&self, entry: Option<&LedgerRow>) -> Response {
        let Some(entry) = entry else {
            return Response::Refused { error: "expected an entry of the ledger on disk, found none: try again".to_owned() };
        };
        let public_key = match self.signer.public(KeyName::Ledger) {
            Ok(public) => hex(public),
            Err(error) => return Response::Refused { error: error.to_string() },
        };
        let digest = envelope::sha256(&[&entry.envelope]).to_string();
        data(&Checkpoint { version: SHOW_VERSION, seq: entry.seq, digest, public_key, at_ms: self.seen.wall_ms })
    }
}

/// The values of a batch, with names where the catalog that they are coded under is in force.
fn batch_values(batch: &Batch, in_force: Option<&InForce>) -> Vec<SentValue> {
    let rows: Vec<Row> = coder::decode(batch.coder, &batch.body, batch.records).unwrap_or_default();
    rows.iter().map(|row| sent_value(row, in_force)).collect()
}

fn sent_value(row: &Row, in_force: Option<&InForce>) -> SentValue {
    let signal = in_force.and_then(|in_force| in_force.catalog.signals.get(row.signal.index()));
    SentValue {
        signal: signal.map_or_else(|| format!("signal {} of an older catalog", row.signal.0), |signal| signal.path.clone()),
        unit: signal.map(|signal| signal.unit.clone()).filter(|unit| !unit.is_empty()),
        t_ms: row.t_ms,
        value: value_json(&row.value),
    }
}

/// A released value as JSON.
fn value_json(value: &ReleasedValue) -> serde_json::Value {
    match value {
        ReleasedValue::Fix(fix) => json!({ "lat": fix.lat_deg, "lon": fix.lon_deg, "alt": fix.alt_m, "heading": fix.heading_deg, "accuracy": fix.accuracy_m }),
        ReleasedValue::Counts(counts) => json!(counts.as_slice()),
        ReleasedValue::Scalar(value) => match value {
            Value::Bool(flag) => json!(flag),
            Value::Int(number) => json!(number),
            Value::Uint(number) => json!(number),
            Value::Float(number) => json!(number),
            Value::Text(text) => json!(text.as_str()),
            Value::Ints(numbers) => json!(numbers.as_slice()),
            Value::Floats(numbers) => json!(numbers.as_slice()),
        },
    }
}

/// A typed answer.
pub(super) fn data<T: Serialize>(shown: &T) -> Response {
    Response::Data { data: serde_json::to_value(shown).unwrap_or_default() }
}
