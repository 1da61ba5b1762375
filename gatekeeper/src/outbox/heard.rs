//! What recipients say: their use reports (R42), and which of their systems have erased (R45).
//!
//! Kept sealed under the car's key, the newest of each stream. It is what others claim: nothing of the gate, of delivery or
//! of an end rests on it.

use super::Outbox;
use crate::rng::Rng;
use crate::show::{ErasureShown, RecipientReport, UseReport};
use crate::store::{BasisRow, MetaKey, Snapshot, StoreOp};
use crate::vault::Vault;
use consent_protocol::StreamId;
use consent_protocol::lane::{BasisReport, Report};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Streams whose report is kept: those that were heard of last.
const REPORTS_MAX: usize = 128;
/// Longest report that is kept, bytes; the basis reports of a longer one are dropped.
const REPORT_BYTES_MAX: usize = 4_096;
/// Erasures that are kept, the newest.
const ERASURES_MAX: usize = 256;
/// A recipient that was silent for so long "has not answered", milliseconds (R42).
const SILENT_MS: i64 = 30 * 86_400_000;
/// A report may be so far ahead of our clock, seconds.
const AHEAD_S: i64 = 86_400;
/// Stands for the number of a ledger entry where the vault wants one: no ledger gets so far.
const PLACE: u64 = u64::MAX;

/// An end that asked for erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Erasure {
    stream: StreamId,
    /// Number of the statement that opened the basis.
    basis: u32,
    /// Number of the statement that ended it.
    end_k: u32,
    asked_ms: i64,
    answered_ms: Option<i64>,
    systems: Vec<(String, bool)>,
}

/// What recipients say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Heard {
    reports: BTreeMap<StreamId, Report>,
    erasures: Vec<Erasure>,
}

impl Heard {
    /// Starts from what is on disk; what does not open or read is as never said.
    fn load(snapshot: &Snapshot, vault: &Vault) -> Self {
        let opened = snapshot.meta(MetaKey::Heard).and_then(|sealed| vault.open_body("", PLACE, sealed).ok());
        opened.and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default()
    }

    /// Takes a report; `false` if it breaks a limit or is no newer than what is known.
    fn take(&mut self, mut report: Report, now_ms: i64) -> bool {
        let known_s = self.reports.get(&report.stream).map_or(i64::MIN, |known| known.at_s);
        let ahead = report.at_s.saturating_sub(now_ms.div_euclid(1_000)) > AHEAD_S;
        if !report.is_bounded() || report.at_s <= known_s || ahead {
            return false;
        }
        if postcard::to_allocvec(&report).map_or(usize::MAX, |bytes| bytes.len()) > REPORT_BYTES_MAX {
            report.bases.iter_mut().for_each(|basis| basis.derived.clear());
        }
        self.reports.insert(report.stream, report);
        while self.reports.len() > REPORTS_MAX
            && let Some(oldest) = self.reports.values().min_by_key(|report| report.at_s).map(|report| report.stream)
        {
            self.reports.remove(&oldest);
        }
        true
    }

    /// An end was stated that asks for erasure.
    fn asked(&mut self, (stream, basis, end_k): (StreamId, u32, u32), now_ms: i64) {
        self.erasures.retain(|known| (known.stream, known.basis) != (stream, basis));
        self.erasures.push(Erasure { stream, basis, end_k, asked_ms: now_ms, answered_ms: None, systems: Vec::new() });
        let beyond = self.erasures.len().saturating_sub(ERASURES_MAX);
        self.erasures.drain(..beyond);
    }

    fn answered(&mut self, stream: StreamId, erased_k: u32, systems: &[(String, bool)], now_ms: i64) {
        for asked in self.erasures.iter_mut().filter(|asked| asked.stream == stream && asked.end_k <= erased_k) {
            asked.answered_ms = Some(now_ms);
            asked.systems = systems.to_vec();
        }
    }
}

impl Outbox {
    /// Takes what was heard before from the disk.
    pub fn recall_heard(&mut self, snapshot: &Snapshot, vault: &Vault) {
        self.heard = Heard::load(snapshot, vault);
    }

    /// Takes a use report of a stream's recipient.
    pub(super) fn on_report(&mut self, report: Report, now_ms: i64) {
        self.heard_anew |= self.heard.take(report, now_ms);
    }

    /// An end that asks for erasure was stated.
    pub(super) fn erasure_asked(&mut self, at: (StreamId, u32, u32), now_ms: i64) {
        self.heard.asked(at, now_ms);
        self.heard_anew = true;
    }

    /// A recipient said which systems have erased.
    pub(super) fn erasure_answered(&mut self, stream: StreamId, erased_k: u32, systems: &[(String, bool)], now_ms: i64) {
        self.heard.answered(stream, erased_k, systems, now_ms);
        self.heard_anew = true;
    }

    /// Forgets what was said about bases whose person is erased.
    pub(super) fn unhear(&mut self, bases: &[(StreamId, u32)]) {
        for (stream, basis) in bases {
            if let Some(report) = self.heard.reports.get_mut(stream) {
                report.bases.retain(|known| known.basis != *basis);
            }
        }
        self.heard_anew = true;
    }

    /// What must be stored of what was heard in this step, sealed once however much it was.
    pub fn heard_op(&mut self, vault: &Vault, rng: &mut Rng) -> Option<StoreOp> {
        if !std::mem::take(&mut self.heard_anew) {
            return None;
        }
        let plain = postcard::to_allocvec(&self.heard).ok()?;
        let value = vault.seal_body("", PLACE, &plain, rng).ok()?;
        Some(StoreOp::Meta { key: MetaKey::Heard, value })
    }

    /// What each of these recipients says, as far as it concerns a person: what rests on their consents, and what rests on
    /// nobody's. None = everything.
    pub fn reports(&self, recipients: &[String], person: Option<&str>, now_ms: i64) -> Vec<RecipientReport> {
        recipients.iter().map(|recipient| self.recipient_report(recipient, person, now_ms)).collect()
    }

    fn recipient_report(&self, recipient: &str, person: Option<&str>, now_ms: i64) -> RecipientReport {
        let mine = |stream: StreamId, basis: u32| self.basis_opened_by(stream, basis).is_some_and(|row| concerns(row, person));
        let of = |stream: &StreamId| self.streams.get(stream).filter(|known| known.row.recipient == recipient).map(|known| known.row.use_id.clone());
        let mut uses: BTreeMap<String, UseReport> = BTreeMap::new();
        let mut at_ms = None;
        for (stream, report) in &self.heard.reports {
            let Some(use_id) = of(stream) else { continue };
            at_ms = at_ms.max(Some(report.at_s.saturating_mul(1_000)));
            let shown = uses.entry(use_id.clone()).or_insert_with(|| UseReport { use_id, ..UseReport::default() });
            say(shown, report, |basis| mine(*stream, basis));
        }
        let erasures = self.heard.erasures.iter().rev().filter(|asked| mine(asked.stream, asked.basis));
        let erasures = erasures.filter_map(|asked| {
            let use_id = of(&asked.stream)?;
            Some(ErasureShown { use_id, asked_ms: asked.asked_ms, answered_ms: asked.answered_ms, systems: asked.systems.clone() })
        });
        let silent = at_ms.is_none_or(|at_ms| now_ms.saturating_sub(at_ms) > SILENT_MS);
        RecipientReport { recipient: recipient.to_owned(), silent, at_ms, uses: uses.into_values().collect(), erasures: erasures.collect() }
    }
}

fn concerns(basis: &BasisRow, person: Option<&str>) -> bool {
    person.is_none_or(|person| basis.consents.is_empty() || basis.consents.iter().any(|(known, _)| known == person))
}

/// Adds what a report says of bases that are shown.
fn say(shown: &mut UseReport, report: &Report, mine: impl Fn(u32) -> bool) {
    let ms = |seconds: Option<i64>| seconds.map(|seconds| seconds.saturating_mul(1_000));
    for BasisReport { held, held_since_s, deleted, deleted_s, derived, .. } in report.bases.iter().filter(|basis| mine(basis.basis)) {
        shown.held = shown.held.saturating_add(u64::from(*held));
        shown.held_since_ms = [shown.held_since_ms, ms(*held_since_s)].into_iter().flatten().min();
        shown.deleted = shown.deleted.saturating_add(u64::from(*deleted));
        shown.deleted_ms = shown.deleted_ms.max(ms(*deleted_s));
        shown.derived.extend(derived.iter().cloned());
    }
    shown.last_used_ms = shown.last_used_ms.max(ms(report.last_used_s));
    report.used_for.clone_into(&mut shown.used_for);
    report.benefit.clone_into(&mut shown.benefit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_protocol::lane::REPORT_BASES_MAX;

    fn report(stream: u8, at_s: i64) -> Report {
        Report {
            recipient: "oem".to_owned(),
            stream: StreamId([stream; 16]),
            at_s,
            bases: vec![BasisReport { basis: 2, held: 3, ..BasisReport::default() }],
            last_used_s: None,
            used_for: String::new(),
            benefit: String::new(),
        }
    }

    #[test]
    fn the_newest_report_of_a_stream_is_kept_and_not_of_more_streams_than_there_is_room_for() {
        let mut heard = Heard::default();
        assert!(heard.take(report(1, 10), 10_000));
        assert!(!heard.take(report(1, 10), 10_000), "the same again");
        assert!(!heard.take(report(1, 9), 10_000), "an older one");
        assert!(!heard.take(report(1, 10 + AHEAD_S + 1), 10_000), "one of the day after tomorrow");
        for stream in 2..=250 {
            assert!(heard.take(report(stream, 10 + i64::from(stream)), 10_000));
        }
        assert_eq!(heard.reports.len(), REPORTS_MAX);
        assert!(!heard.reports.contains_key(&StreamId([1; 16])), "the oldest went");
    }

    #[test]
    fn a_report_that_breaks_a_limit_is_not_taken_and_a_long_one_loses_what_is_derived() {
        let mut heard = Heard::default();
        let many = Report { bases: vec![BasisReport::default(); REPORT_BASES_MAX + 1], ..report(1, 1) };
        assert!(!heard.take(many, 0));
        let derived = vec![("x".repeat(160), "y".repeat(160)); 16];
        let long = Report { bases: vec![BasisReport { held: 1, derived, ..BasisReport::default() }; 4], ..report(1, 1) };
        assert!(heard.take(long, 0));
        assert!(heard.reports.values().all(|kept| kept.bases.len() == 4 && kept.bases.iter().all(|basis| basis.held == 1 && basis.derived.is_empty())));
    }

    #[test]
    fn an_erasure_is_answered_up_to_the_statement_that_the_recipient_names() {
        let mut heard = Heard::default();
        let stream = StreamId([1; 16]);
        heard.asked((stream, 2, 3), 100);
        heard.asked((stream, 4, 5), 200);
        heard.answered(stream, 3, &[("store".to_owned(), true)], 300);
        let answers: Vec<_> = heard.erasures.iter().map(|asked| (asked.basis, asked.answered_ms)).collect();
        assert_eq!(answers, [(2, Some(300)), (4, None)]);
    }
}
