//! What recipients say: their use reports (R42), that they know of an end and what was possibly sent before it (R9), and which of
//! their systems have erased (R45).
//!
//! Kept sealed under the car's key, the newest of each stream. It is what others claim: nothing of the gate, of delivery or
//! of an end rests on it.

use super::Outbox;
use crate::book::Erase;
use crate::receipt::uuid;
use crate::rng::Rng;
use crate::show::{EndShown, ErasureShown, RecipientReport, UseReport};
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
/// Ends that are kept, the newest.
const ENDS_MAX: usize = 256;
/// One day, milliseconds.
const DAY_MS: i64 = 86_400_000;
/// A recipient that was silent for so long "has not answered", milliseconds (R42).
const SILENT_MS: i64 = 30 * 86_400_000;
/// A report may be so far ahead of our clock, seconds.
const AHEAD_S: i64 = 86_400;
/// Stands for the number of a ledger entry where the vault wants one: no ledger gets so far.
const PLACE: u64 = u64::MAX;

/// What was handed over before an end and never acknowledged: it possibly arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Possibly {
    pub(super) batches: u32,
    pub(super) decisions: u64,
}

/// The end of a basis that its recipient knew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    stream: StreamId,
    /// Number of the statement that opened the basis.
    basis: u32,
    /// Number of the statement that ended it last; 0 while it could not be stated.
    k: u32,
    ended_ms: i64,
    possibly: Possibly,
    /// When the recipient first said that it knows of the end.
    known_ms: Option<i64>,
    /// When it was asked to erase.
    asked_ms: Option<i64>,
    answered_ms: Option<i64>,
    systems: Vec<(String, bool)>,
}

/// A basis that ends, or is told to end again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub(super) stream: StreamId,
    pub(super) basis: u32,
    pub(super) end_k: u32,
    pub(super) possibly: Possibly,
    pub(super) erase: Erase,
}

/// Whom a report is for.
#[derive(Clone, Copy, Debug)]
pub enum For<'a> {
    /// An operator of the demo environment: everything.
    Everybody,
    /// A person: what rests on their consents; of what rests on nobody's, counts and days, since it may be of others' trips (R51).
    Person(&'a str),
}

/// What recipients say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Heard {
    reports: BTreeMap<StreamId, Report>,
    ends: Vec<End>,
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

    /// A basis ended; one that ended before may be ended again, to ask for erasure or because it could not be stated then.
    fn ended(&mut self, ending: &Ending, now_ms: i64) {
        let asked_ms = (ending.erase == Erase::Erase).then_some(now_ms);
        match self.ends.iter_mut().find(|known| (known.stream, known.basis) == (ending.stream, ending.basis)) {
            Some(known) => {
                known.k = ending.end_k;
                known.asked_ms = known.asked_ms.or(asked_ms);
            }
            None => self.ends.push(End {
                stream: ending.stream,
                basis: ending.basis,
                k: ending.end_k,
                ended_ms: now_ms,
                possibly: ending.possibly,
                known_ms: None,
                asked_ms,
                answered_ms: None,
                systems: Vec::new(),
            }),
        }
        let beyond = self.ends.len().saturating_sub(ENDS_MAX);
        self.ends.drain(..beyond);
    }

    /// The recipient knows of every statement up to this one; `true` if that is news about an end.
    fn known(&mut self, stream: StreamId, answered_k: u32, now_ms: i64) -> bool {
        let mut news = false;
        for end in self.ends.iter_mut().filter(|end| end.stream == stream && end.known_ms.is_none() && (1..=answered_k).contains(&end.k)) {
            end.known_ms = Some(now_ms);
            news = true;
        }
        news
    }

    fn answered(&mut self, stream: StreamId, erased_k: u32, systems: &[(String, bool)], now_ms: i64) {
        let asked = |end: &&mut End| end.stream == stream && end.asked_ms.is_some() && (1..=erased_k).contains(&end.k);
        for end in self.ends.iter_mut().filter(asked) {
            end.answered_ms = Some(now_ms);
            end.systems = systems.to_vec();
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

    /// A basis ended that its recipient knew.
    pub(super) fn basis_ended(&mut self, ending: &Ending, now_ms: i64) {
        self.heard.ended(ending, now_ms);
        self.heard_anew = true;
    }

    /// A recipient knows of what was stated, up to a number.
    pub(super) fn statements_known(&mut self, stream: StreamId, answered_k: u32, now_ms: i64) {
        self.heard_anew |= self.heard.known(stream, answered_k, now_ms);
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

    /// What each of these recipients says, as far as it is for whoever asks.
    pub fn reports(&self, recipients: &[String], reader: For<'_>, now_ms: i64) -> Vec<RecipientReport> {
        recipients.iter().map(|recipient| self.recipient_report(recipient, reader, now_ms)).collect()
    }

    fn recipient_report(&self, recipient: &str, reader: For<'_>, now_ms: i64) -> RecipientReport {
        let concern = |stream: StreamId, basis: u32| self.basis_opened_by(stream, basis).map_or(Concern::None, |row| concern(row, reader));
        let of = |stream: &StreamId| self.streams.get(stream).filter(|known| known.row.recipient == recipient).map(|known| known.row.use_id.clone());
        let mut uses: BTreeMap<String, UseReport> = BTreeMap::new();
        let mut at_ms = None;
        for (stream, report) in &self.heard.reports {
            let Some(use_id) = of(stream) else { continue };
            at_ms = at_ms.max(Some(report.at_s.saturating_mul(1_000)));
            let shown = uses.entry(use_id.clone()).or_insert_with(|| UseReport { use_id, ..UseReport::default() });
            say(shown, report, |basis| concern(*stream, basis));
        }
        let ends = self.heard.ends.iter().rev().filter(|end| concern(end.stream, end.basis) == Concern::Whole);
        let ends: Vec<(String, &End)> = ends.filter_map(|end| Some((of(&end.stream)?, end))).collect();
        let silent = at_ms.is_none_or(|at_ms| now_ms.saturating_sub(at_ms) > SILENT_MS);
        RecipientReport {
            recipient: recipient.to_owned(),
            silent,
            at_ms,
            uses: uses.into_values().collect(),
            erasures: ends.iter().filter_map(|(use_id, end)| erasure(use_id, end)).collect(),
            ends: ends.into_iter().map(|(use_id, end)| self.end_shown(use_id, end, reader)).collect(),
        }
    }

    fn end_shown(&self, use_id: String, end: &End, reader: For<'_>) -> EndShown {
        let End { ended_ms, possibly, known_ms, .. } = *end;
        let consents = self.basis_opened_by(end.stream, end.basis).map(|row| row.consents.as_slice()).unwrap_or_default();
        let theirs = |person: &str| match reader {
            For::Everybody => true,
            For::Person(reader) => reader == person,
        };
        let records = consents.iter().filter(|(person, _)| theirs(person)).map(|(_, record)| uuid(record)).collect();
        EndShown { erasure: erasure(&use_id, end), use_id, records, ended_ms, batches: possibly.batches, decisions: possibly.decisions, known_ms }
    }
}

fn erasure(use_id: &str, end: &End) -> Option<ErasureShown> {
    let asked_ms = end.asked_ms?;
    Some(ErasureShown { use_id: use_id.to_owned(), asked_ms, answered_ms: end.answered_ms, systems: end.systems.clone() })
}

/// How much of what is said of a basis is for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Concern {
    /// Nothing.
    None,
    /// Counts and days: it rests on nobody's consent, and may be of others' trips.
    Days,
    /// Everything.
    Whole,
}

fn concern(basis: &BasisRow, reader: For<'_>) -> Concern {
    match reader {
        For::Everybody => Concern::Whole,
        For::Person(person) if basis.consents.iter().any(|(known, _)| known == person) => Concern::Whole,
        For::Person(_) if basis.consents.is_empty() => Concern::Days,
        For::Person(_) => Concern::None,
    }
}

/// Adds what a report says of bases that are shown.
fn say(shown: &mut UseReport, report: &Report, concern: impl Fn(u32) -> Concern) {
    let ms = |seconds: Option<i64>| seconds.map(|seconds| seconds.saturating_mul(1_000));
    let day = |ms: i64| ms.div_euclid(DAY_MS).saturating_mul(DAY_MS);
    let mut others = false;
    for basis in &report.bases {
        let BasisReport { held, held_since_s, deleted, deleted_s, derived, .. } = basis;
        let (since_ms, gone_ms) = match concern(basis.basis) {
            Concern::None => {
                others = true;
                continue;
            }
            Concern::Days => {
                others = true;
                (ms(*held_since_s).map(day), ms(*deleted_s).map(day))
            }
            Concern::Whole => {
                shown.derived.extend(derived.iter().cloned());
                (ms(*held_since_s), ms(*deleted_s))
            }
        };
        shown.held = shown.held.saturating_add(u64::from(*held));
        shown.held_since_ms = [shown.held_since_ms, since_ms].into_iter().flatten().min();
        shown.deleted = shown.deleted.saturating_add(u64::from(*deleted));
        shown.deleted_ms = shown.deleted_ms.max(gone_ms);
    }
    let used_ms = ms(report.last_used_s);
    shown.last_used_ms = shown.last_used_ms.max(if others { used_ms.map(day) } else { used_ms });
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
        let ending = |basis, end_k, erase| Ending { stream, basis, end_k, possibly: Possibly::default(), erase };
        heard.ended(&ending(2, 3, Erase::Erase), 100);
        heard.ended(&ending(4, 5, Erase::Erase), 200);
        heard.ended(&ending(6, 2, Erase::Keep), 200);
        heard.answered(stream, 3, &[("store".to_owned(), true)], 300);
        let answers: Vec<_> = heard.ends.iter().map(|end| (end.basis, end.answered_ms)).collect();
        assert_eq!(answers, [(2, Some(300)), (4, None), (6, None)], "one that asked for nothing has no answer");
    }

    /// R9: what was possibly sent stays with its end, whatever is asked for later, and so does when the recipient knew.
    #[test]
    fn r9_an_end_keeps_what_was_possibly_sent_before_it_and_when_it_was_known() {
        let mut heard = Heard::default();
        let stream = StreamId([1; 16]);
        let possibly = Possibly { batches: 2, decisions: 9 };
        let first = Ending { stream, basis: 2, end_k: 0, possibly, erase: Erase::Keep };
        heard.ended(&first, 100);
        assert!(!heard.known(stream, 9, 150), "what could not be stated nobody knows");
        heard.ended(&Ending { end_k: 3, possibly: Possibly::default(), ..first }, 200);
        assert!(!heard.known(stream, 2, 210) && heard.known(stream, 3, 250) && !heard.known(stream, 4, 260));
        heard.ended(&Ending { end_k: 7, possibly: Possibly::default(), erase: Erase::Erase, ..first }, 300);
        let [end] = heard.ends.as_slice() else { panic!("{:?}", heard.ends) };
        assert_eq!((end.possibly, end.ended_ms, end.known_ms, end.asked_ms, end.k), (possibly, 100, Some(250), Some(300), 7));
    }
}
