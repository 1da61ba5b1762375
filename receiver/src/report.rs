//! Use reports (R42): what this receiver holds of a stream, what follows from it, and what it deleted, from its own tables.
//!
//! INVARIANT: a report says nothing that the tables do not show; what the recipient does elsewhere it says itself, in the
//! words of its configuration.

use crate::catalogs::Catalogs;
use crate::engine::{EngineError, UseWords};
use crate::store::Stream;
use crate::verify;
use consent_core::{ReleasedValue, Value};
use consent_protocol::batch::{Batch, Row};
use consent_protocol::lane::{BasisReport, REPORT_BASES_MAX, REPORT_DERIVED_MAX, REPORT_TEXT_MAX, Report};
use consent_protocol::{coder, envelope};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// Batches of a basis that are decoded for what follows from them: the newest.
const DECODED_MAX: u32 = 128;

/// The report of a stream; none if nothing was ever accepted on it.
pub(crate) fn compose(
    db: &Connection,
    stream: &Stream,
    catalogs: &Catalogs,
    words: &BTreeMap<String, UseWords>,
    now_ms: i64,
) -> Result<Option<Report>, EngineError> {
    let (mut bases, last_ms) = bases(db, stream.id)?;
    if bases.is_empty() {
        return Ok(None);
    }
    let mut use_id = None;
    for basis in &mut bases {
        let derived = derived(db, stream.id, basis.basis, catalogs)?;
        use_id = derived.use_id.or(use_id);
        basis.derived = derived.values;
    }
    let said = use_id.and_then(|use_id| words.get(&use_id)).cloned().unwrap_or_default();
    // What is handed on is used by whoever reads the files: the receiver knows that it gave it, and when.
    let last_used_s = last_ms.map(|last_ms| last_ms.div_euclid(1_000)).filter(|_| !said.used_for.is_empty());
    Ok(Some(Report {
        recipient: stream.recipient.clone(),
        stream: stream.name,
        at_s: now_ms.div_euclid(1_000),
        bases,
        last_used_s,
        used_for: bounded(said.used_for),
        benefit: bounded(said.benefit),
    }))
}

/// Counts by basis, the newest last, and when the newest batch came in.
fn bases(db: &Connection, stream: i64) -> Result<(Vec<BasisReport>, Option<i64>), EngineError> {
    let mut query = db.prepare_cached(
        "SELECT basis, coalesce(sum(records) FILTER (WHERE envelope IS NOT NULL), 0), min(received_ms) FILTER (WHERE envelope IS NOT NULL),
         coalesce(sum(records) FILTER (WHERE erased_ms IS NOT NULL), 0), max(erased_ms), max(received_ms)
         FROM batches WHERE stream = ?1 AND state = 0 AND basis IS NOT NULL GROUP BY basis ORDER BY basis DESC LIMIT ?2",
    )?;
    let seconds = |ms: Option<i64>| ms.map(|ms| ms.div_euclid(1_000));
    let rows = query.query_map(params![stream, i64::try_from(REPORT_BASES_MAX).unwrap_or(i64::MAX)], |row| {
        let report = BasisReport {
            basis: row.get(0)?,
            held: row.get(1)?,
            held_since_s: seconds(row.get(2)?),
            deleted: row.get(3)?,
            deleted_s: seconds(row.get(4)?),
            derived: Vec::new(),
        };
        Ok((report, row.get::<_, Option<i64>>(5)?))
    })?;
    let found: Vec<(BasisReport, Option<i64>)> = rows.collect::<Result<_, _>>()?;
    let last_ms = found.iter().filter_map(|(_, last_ms)| *last_ms).max();
    Ok((found.into_iter().rev().map(|(report, _)| report).collect(), last_ms))
}

#[derive(Debug, Default)]
struct Derived {
    use_id: Option<String>,
    values: Vec<(String, String)>,
}

/// What follows from the rows that are held: of numbers their mean, of positions how many places.
fn derived(db: &Connection, stream: i64, basis: u32, catalogs: &Catalogs) -> Result<Derived, EngineError> {
    let mut query =
        db.prepare_cached("SELECT envelope FROM batches WHERE stream = ?1 AND basis = ?2 AND state = 0 AND envelope IS NOT NULL ORDER BY n DESC LIMIT ?3")?;
    let rows = query.query_map(params![stream, basis, DECODED_MAX], |row| row.get::<_, Vec<u8>>(0))?;
    let envelopes: Vec<Vec<u8>> = rows.collect::<Result<_, _>>()?;
    let mut found = Derived::default();
    let mut sums: BTreeMap<(String, String), Sum> = BTreeMap::new();
    for signed in &envelopes {
        let Some(batch) = envelope::peek(signed).ok().and_then(|(_, payload)| Batch::from_bytes(&payload).ok()) else { continue };
        let Ok(resting) = verify::resolve(db, stream, &batch, catalogs)? else { continue };
        found.use_id = Some(resting.terms.use_id.clone());
        for row in coder::decode(batch.coder, &batch.body, batch.records).unwrap_or_default() {
            if let Some(signal) = resting.known.catalog.signals.get(row.signal.index()) {
                sums.entry((signal.path.clone(), signal.unit.clone())).or_default().add(&row);
            }
        }
    }
    found.values = sums.into_iter().take(REPORT_DERIVED_MAX).map(|((path, unit), sum)| (bounded(path), bounded(sum.words(&unit)))).collect();
    Ok(found)
}

/// Values of one signal.
#[derive(Debug, Default)]
struct Sum {
    values: u32,
    numbers: u32,
    total: f64,
    places: BTreeSet<(i64, i64)>,
}

impl Sum {
    fn add(&mut self, row: &Row) {
        self.values = self.values.saturating_add(1);
        match &row.value {
            ReleasedValue::Fix(fix) => {
                // A tenth of a minute of arc: what is on a grid falls together, what is not stays apart.
                self.places.insert((tenth(fix.lat_deg), tenth(fix.lon_deg)));
            }
            // A histogram has no mean.
            ReleasedValue::Counts(_) => {}
            ReleasedValue::Scalar(value) => {
                if let Some(number) = number(value) {
                    self.numbers = self.numbers.saturating_add(1);
                    self.total += number;
                }
            }
        }
    }

    fn words(&self, unit: &str) -> String {
        if !self.places.is_empty() {
            return format!("{} places in {} positions", self.places.len(), self.values);
        }
        if self.numbers == 0 {
            return format!("{} values", self.values);
        }
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        format!("mean {:.2}{unit} of {} values", self.total / f64::from(self.numbers), self.numbers)
    }
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "saturates; a degree times 600 is small")]
fn tenth(deg: f64) -> i64 {
    (deg * 600.0).round() as i64
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "a mean for people to read")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Text(_) | Value::Ints(_) | Value::Floats(_) => None,
    }
    .filter(|number| number.is_finite())
}

/// At most [`REPORT_TEXT_MAX`] bytes, cut between characters.
fn bounded(mut text: String) -> String {
    let mut end = REPORT_TEXT_MAX.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.truncate(end);
    text
}
