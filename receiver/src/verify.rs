//! Whether the content of a batch is what its basis allows: the same rules as the gate's, checked from the other side.
//!
//! Signature, chain and lane were checked before. INVARIANT: a batch that an honest car sends passes; anything finer, wider or
//! outside its time does not.

use crate::catalogs::{Catalogs, Known};
use crate::engine::EngineError;
use crate::store;
use consent_core::conform::conforms;
use consent_core::{CategorySet, ReleasedValue, Rule};
use consent_protocol::batch::{Batch, Row};
use consent_protocol::catalog::{FixPart, TierDef, Use};
use consent_protocol::coder;
use consent_protocol::lane::{BasisTerms, RefusalReason};
use rusqlite::Connection;
use std::sync::Arc;

/// What a batch rests on, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Resting {
    pub(crate) known: Arc<Known>,
    pub(crate) use_index: usize,
    pub(crate) terms: BasisTerms,
    /// Categories of the basis by bit of `known`.
    categories: CategorySet,
}

/// A batch whose content holds.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) resting: Resting,
    pub(crate) rows: Vec<Row>,
}

impl Resting {
    /// The use.
    pub(crate) fn used(&self) -> Option<&Use> {
        self.known.catalog.uses.get(self.use_index)
    }

    /// The tier.
    pub(crate) fn tier(&self) -> Option<&TierDef> {
        self.used()?.tiers.get(usize::from(self.terms.tier))
    }

    /// The rule of a signal.
    pub(crate) fn rule(&self, signal: u16) -> Option<&Rule> {
        let rules = &self.tier()?.rules;
        rules.binary_search_by_key(&signal, |rule| rule.signal).ok().and_then(|at| rules.get(at)).map(|found| &found.rule)
    }
}

impl Checked {
    /// When the oldest row is past the use's retention, Unix milliseconds: then the batch is deleted whole.
    pub(crate) fn expires_ms(&self) -> i64 {
        let oldest_ms = self.rows.iter().map(|row| row.t_ms).min().unwrap_or(0);
        let days = self.resting.used().map_or(0, |used| used.retention_days);
        oldest_ms.saturating_add(i64::from(days).saturating_mul(86_400_000))
    }
}

/// Finds what a batch rests on.
pub(crate) fn resolve(db: &Connection, stream: i64, batch: &Batch, catalogs: &Catalogs) -> Result<Result<Resting, RefusalReason>, EngineError> {
    if batch.basis > batch.needs {
        return Ok(Err(RefusalReason::Basis));
    }
    let (Some(terms), Some(first)) = (store::basis(db, stream, batch.basis)?, store::first_basis(db, stream)?) else { return Ok(Err(RefusalReason::Basis)) };
    let digests = (store::catalog_at(db, stream, batch.needs)?, store::catalog_at(db, stream, batch.basis)?);
    let (Some(now), Some(then)) = digests else { return Ok(Err(RefusalReason::Catalog)) };
    let (Some(known), Some(opened)) = (catalogs.get(now), catalogs.get(then)) else { return Ok(Err(RefusalReason::Catalog)) };
    let Some(use_index) = known.catalog.use_index(&terms.use_id) else { return Ok(Err(RefusalReason::Basis)) };
    let categories = translate(terms.categories, opened, known);
    let resting = Resting { known: Arc::clone(known), use_index, terms, categories };
    Ok(if holds(&resting, &first, &batch.recipient) { Ok(resting) } else { Err(RefusalReason::Basis) })
}

/// Whether the basis is of the stream's use, and its terms are those of the catalog.
fn holds(resting: &Resting, first: &BasisTerms, recipient: &str) -> bool {
    let Resting { known, use_index, terms, .. } = resting;
    resting.used().zip(resting.tier()).is_some_and(|(used, _)| {
        terms.use_id == first.use_id
            && terms.revision == used.revision
            && terms.ground == used.ground
            && known.terms(*use_index) == Some(terms.terms)
            && known.catalog.recipients.get(usize::from(used.recipient)).is_some_and(|named| named.id == recipient)
    })
}

/// A set of categories in the bits of another catalog; what that one lacks is dropped.
fn translate(categories: CategorySet, from: &Known, to: &Known) -> CategorySet {
    if from.digest == to.digest {
        return categories;
    }
    let held = |id: &str| (0..).zip(&from.catalog.categories).any(|(bit, named)| named.id == id && categories.contains_all(CategorySet::single(bit)));
    (0..).zip(&to.catalog.categories).filter(|(_, named)| held(&named.id)).fold(CategorySet::EMPTY, |set, (bit, _)| set.or(CategorySet::single(bit)))
}

/// Checks the content of a batch.
pub(crate) fn check(db: &Connection, stream: i64, batch: &Batch, catalogs: &Catalogs) -> Result<Result<Checked, RefusalReason>, EngineError> {
    let resting = match resolve(db, stream, batch, catalogs)? {
        Ok(resting) => resting,
        Err(reason) => return Ok(Err(reason)),
    };
    Ok(check_rows(&resting, batch).map(|rows| Checked { resting, rows }))
}

/// Decodes the rows and checks each. Every row merges at least one decision, so there are no fewer of those.
fn check_rows(resting: &Resting, batch: &Batch) -> Result<Vec<Row>, RefusalReason> {
    let rows = coder::decode(batch.coder, &batch.body, batch.records).map_err(|_| RefusalReason::Body)?;
    if rows.is_empty() || u32::try_from(rows.len()) != Ok(batch.records) || batch.decisions < batch.records {
        return Err(RefusalReason::Body);
    }
    let mut before: Option<&Row> = None;
    for row in &rows {
        let previous = before.filter(|before| before.signal == row.signal).map(|before| (before.t_ms, &before.value));
        check_row(resting, row, previous)?;
        before = Some(row);
    }
    Ok(rows)
}

fn check_row(resting: &Resting, row: &Row, previous: Option<(i64, &ReleasedValue)>) -> Result<(), RefusalReason> {
    let used = resting.used().ok_or(RefusalReason::Basis)?;
    let signal = resting.known.catalog.signals.get(row.signal.index()).ok_or(RefusalReason::Coverage)?;
    if used.signals.binary_search(&row.signal.0).is_err() || !resting.categories.contains_all(signal.categories) {
        return Err(RefusalReason::Coverage);
    }
    if !parts_covered(resting, used, row) {
        return Err(RefusalReason::Coverage);
    }
    let rule = resting.rule(row.signal.0).ok_or(RefusalReason::Tier)?;
    if !within(&resting.terms, rule, row.t_ms) {
        return Err(RefusalReason::Time);
    }
    conforms(rule, row.t_ms, previous, &row.value).map_err(|_| RefusalReason::Tier)
}

/// Whether the use covers every part of a fix: one signal stands for all.
fn parts_covered(resting: &Resting, used: &Use, row: &Row) -> bool {
    let ReleasedValue::Fix(fix) = &row.value else { return true };
    let covers = |part: FixPart| {
        let signals = used.signals.iter().filter_map(|index| resting.known.catalog.signals.get(usize::from(*index)));
        signals.into_iter().any(|signal| signal.fix == Some(part) && resting.categories.contains_all(signal.categories))
    };
    let further = [(FixPart::Altitude, fix.alt_m), (FixPart::Heading, fix.heading_deg), (FixPart::Accuracy, fix.accuracy_m)];
    covers(FixPart::Longitude) && further.into_iter().all(|(part, value)| value.is_none() || covers(part))
}

/// Whether a stamp lies in the basis' time. The basis counts in whole seconds, its begin and end rounded down; a stamp on a
/// raster is that of the slot's start, which may lie before the begin.
fn within(terms: &BasisTerms, rule: &Rule, t_ms: i64) -> bool {
    let begin_ms = terms.from_s.saturating_mul(1_000);
    let end_ms = terms.until_s.saturating_mul(1_000).saturating_add(999);
    let raster_ms = rule.raster_ms().unwrap_or(1);
    let begin_ms = begin_ms.saturating_sub(begin_ms.rem_euclid(i64::from(raster_ms.max(1))));
    (begin_ms..=end_ms).contains(&t_ms)
}
