//! The ledger: every change of a standing and what people should know besides, numbered, chained and signed.
//!
//! The signed header holds a salted hash of the body; body and salt rest under the person's key, so that erasing a person
//! leaves a chain that still verifies.
//!
//! INVARIANT: an entry that was not signed or not sealed has no number: the next one takes it.

use crate::book::{Book, is_given};
use crate::change::Change;
use crate::now::Now;
use crate::receipt::receipt;
use crate::rng::Rng;
use crate::show::{LedgerEntry, Whose};
use crate::signer::{KeyName, SignError, Signer};
use crate::status::EventStatus;
use crate::store::{LedgerRow, Snapshot, StoreOp};
use crate::vault::{Vault, VaultError};
use crate::words;
use consent_core::ClockTrust;
use consent_protocol::Digest;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::envelope::{key_id, peek, sha256};
use consent_protocol::ledger::{Body, ChainError, ChainReport, Exported, Header, seal_entry, verify_chain};
use serde_json::json;
use std::collections::VecDeque;

/// Entries kept in memory for the status.
const RECENT_MAX: usize = 16;
const SALT_BYTES: usize = 16;

/// Why an entry was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The car's key did not sign.
    #[error("expected a signature of the ledger's key, found none: {0}")]
    Sign(#[from] SignError),
    /// The person's key did not seal.
    #[error("ledger entry not sealed: {0}")]
    Seal(#[from] VaultError),
}

/// Whose entries somebody may read; those that are about nobody are everybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Everybody's: an operator of the demo environment.
    Everybody,
    /// This person's.
    Person(String),
    /// Nobody's.
    Nobody,
}

impl Reader {
    /// Whether entries of a person may be read; an empty id is nobody.
    pub fn reads(&self, person: &str) -> bool {
        match self {
            Self::Everybody => true,
            Self::Person(reader) => person.is_empty() || reader == person,
            Self::Nobody => person.is_empty(),
        }
    }
}

/// The end of the chain, and its newest entries in words.
#[derive(Debug)]
pub struct Journal {
    head: (u64, Digest),
    recent: VecDeque<EventStatus>,
}

impl Journal {
    /// Goes on where the store ends.
    pub fn load(snapshot: &Snapshot) -> Self {
        Self { head: snapshot.ledger_head.unwrap_or_default(), recent: VecDeque::new() }
    }

    /// Fills [`Self::recent`] from the newest rows of the store, ascending.
    pub fn recall(&mut self, rows: &[LedgerRow], vault: &Vault, catalog: Option<&CompiledCatalog>) {
        let newest = rows.iter().skip(rows.len().saturating_sub(RECENT_MAX));
        let known = self.recent.front().map_or(u64::MAX, |event| event.seq);
        let recalled: Vec<EventStatus> = newest.filter(|row| row.seq < known).map(|row| Self::words(row, vault, catalog)).collect();
        recalled.into_iter().rev().for_each(|event| self.recent.push_front(event));
        while self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
    }

    /// Appends an entry. Its body rests under the key of `person`, or under the car's if that is empty.
    pub fn append(&mut self, body: &Body, person: &str, now: &Now, signer: &impl Signer, vault: &Vault, rng: &mut Rng) -> Result<StoreOp, JournalError> {
        let row = self.write(body, person, now, signer, vault, rng)?;
        let (action, text) = words::of_body(body, None);
        self.remember(EventStatus { seq: row.seq, wall_ms: now.wall_ms, use_id: use_id_of(body), action: action.to_owned(), text });
        Ok(StoreOp::Ledger(row))
    }

    /// Appends the entry of a change. Yields all that is to be stored: the entry, then the change's own with the entry's number.
    pub fn record(
        &mut self,
        change: &Change,
        book: &mut Book,
        now: &Now,
        signer: &impl Signer,
        vault: &Vault,
        rng: &mut Rng,
    ) -> Result<Vec<StoreOp>, JournalError> {
        let event = &change.event;
        let row = self.write(&Body::Consent(event.clone()), &event.person, now, signer, vault, rng)?;
        let seq = row.seq;
        self.remember(EventStatus {
            seq,
            wall_ms: now.wall_ms,
            use_id: event.use_id.clone(),
            action: words::action_word(event.action).to_owned(),
            text: change.text.clone(),
        });
        let mut ops = vec![StoreOp::Ledger(row)];
        for op in &change.ops {
            let mut op = op.clone();
            if let StoreOp::Standing(row) = &mut op {
                row.entry = seq;
                book.entered(&row.record, seq);
            }
            ops.push(op);
        }
        Ok(ops)
    }

    /// The newest entries were erased.
    pub fn forget_recent(&mut self) {
        self.recent.clear();
    }

    /// Number and digest of the newest entry; 0 before the first.
    pub fn head(&self) -> (u64, Digest) {
        self.head
    }

    /// The newest entries in words, oldest first.
    pub fn recent(&self) -> Vec<EventStatus> {
        self.recent.iter().cloned().collect()
    }

    /// An entry in words, as far as it can be opened.
    pub fn words(row: &LedgerRow, vault: &Vault, catalog: Option<&CompiledCatalog>) -> EventStatus {
        let wall_ms = peek(&row.envelope).ok().and_then(|(_, payload)| Header::from_bytes(&payload).ok()).map_or(0, |header| header.wall_ms);
        let body = opened(row, vault).ok().flatten().and_then(|(_, bytes)| Body::from_bytes(&bytes).ok());
        match body {
            Some(body) => {
                let (action, text) = words::of_body(&body, catalog);
                EventStatus { seq: row.seq, wall_ms, use_id: use_id_of(&body), action: action.to_owned(), text }
            }
            None => EventStatus {
                seq: row.seq,
                wall_ms,
                use_id: String::new(),
                action: "erased".to_owned(),
                text: "erased; the entry's place in the chain holds".to_owned(),
            },
        }
    }

    /// An entry as it is shown to somebody: what they may not read has its place in the chain and says nothing.
    pub fn entry(row: &LedgerRow, vault: &Vault, catalog: Option<&CompiledCatalog>, reader: &Reader) -> LedgerEntry {
        let digest = sha256(&[&row.envelope]).to_string();
        let header = peek(&row.envelope).ok().and_then(|(_, payload)| Header::from_bytes(&payload).ok());
        let (wall_ms, clock_trusted) = header.map_or((0, false), |header| (header.wall_ms, header.clock == ClockTrust::Trusted));
        let place = LedgerEntry { seq: row.seq, wall_ms, clock_trusted, digest, ..LedgerEntry::default() };
        if !reader.reads(&row.person) {
            return LedgerEntry { whose: Whose::Other, action: "other".to_owned(), text: "another person's entry".to_owned(), ..place };
        }
        let shown = Self::words(row, vault, catalog);
        let body = opened(row, vault).ok().flatten().and_then(|(_, bytes)| Body::from_bytes(&bytes).ok());
        let whose = match (&body, row.person.is_empty()) {
            (None, _) => Whose::Erased,
            (Some(_), true) => Whose::Car,
            (Some(_), false) => Whose::Mine,
        };
        LedgerEntry { whose, action: shown.action, use_id: shown.use_id, text: shown.text, body, ..place }
    }

    /// The receipt of an entry that is a consent event and can be opened, with the secret while that consent is in force. Whoever is
    /// shown it must be that person (R51).
    pub fn receipt(row: &LedgerRow, vault: &Vault, catalog: &CompiledCatalog, book: &Book) -> Option<serde_json::Value> {
        let (_, bytes) = opened(row, vault).ok().flatten()?;
        let Body::Consent(event) = Body::from_bytes(&bytes).ok()? else { return None };
        let standing = book.standing(&event.person, &event.use_id).filter(|standing| standing.record == event.record && is_given(standing.status));
        let mut receipt = receipt(&event, &event.person, catalog, standing.map(|standing| &standing.secret));
        if let Some(receipt) = receipt.as_object_mut() {
            // Whoever holds the receipt knows a number and a digest that must stand in the chain.
            receipt.insert("ledger_entry".to_owned(), json!({ "seq": row.seq, "sha256": sha256(&[&row.envelope]).to_string() }));
        }
        Some(receipt)
    }

    /// What a verifier elsewhere needs: signed headers, and salt and body where they can be opened.
    pub fn export(rows: &[LedgerRow], vault: &Vault) -> Vec<Exported> {
        rows.iter().map(|row| Exported { envelope: row.envelope.clone(), body: opened(row, vault).ok().flatten() }).collect()
    }

    /// As [`Self::export`], with the bodies that somebody may read.
    pub fn export_for(rows: &[LedgerRow], vault: &Vault, reader: &Reader) -> Vec<Exported> {
        let body = |row: &LedgerRow| opened(row, vault).ok().flatten().filter(|_| reader.reads(&row.person));
        rows.iter().map(|row| Exported { envelope: row.envelope.clone(), body: body(row) }).collect()
    }

    /// Checks the whole chain of rows from the first entry: numbers, digests, signatures, bodies, and that none is missing at the
    /// end, save those from number `in_flight` on, which are not on disk yet.
    pub fn verify(&self, rows: &[LedgerRow], vault: &Vault, public: &[u8; 32], in_flight: Option<u64>) -> Result<ChainReport, ChainError> {
        if let Some(broken) = rows.iter().find(|row| opened(row, vault).is_err()) {
            return Err(ChainError::Body { seq: broken.seq });
        }
        let exported = Self::export(rows, vault);
        let report = verify_chain(exported.iter(), public)?;
        let end = exported.last().map(|entry| sha256(&[&entry.envelope])).unwrap_or_default();
        let next = report.entries.saturating_add(1);
        let awaited = next <= self.head.0 && in_flight.is_some_and(|first| next >= first);
        if awaited || (report.entries, end) == self.head { Ok(report) } else { Err(ChainError::Order { seq: next }) }
    }

    fn write(&mut self, body: &Body, person: &str, now: &Now, signer: &impl Signer, vault: &Vault, rng: &mut Rng) -> Result<LedgerRow, JournalError> {
        let seq = self.head.0.saturating_add(1);
        let salt = rng.bytes::<SALT_BYTES>();
        let header = Header::new(seq, self.head.1, (now.wall_ms, now.trust), &salt, body);
        let sealed = vault.seal_body(person, seq, &[salt.as_slice(), &body.to_bytes()].concat(), rng)?;
        let key = key_id(&signer.public(KeyName::Ledger)?);
        let envelope = seal_entry(&header, key, |bytes| signer.sign(KeyName::Ledger, bytes))?;
        self.head = (seq, sha256(&[&envelope]));
        Ok(LedgerRow { seq, envelope, person: person.to_owned(), sealed: Some(sealed) })
    }

    fn remember(&mut self, event: EventStatus) {
        self.recent.push_back(event);
        if self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
    }
}

type Opened = ([u8; SALT_BYTES], Vec<u8>);

/// Salt and body; `None` once the person was erased, an error if the bytes do not belong here.
fn opened(row: &LedgerRow, vault: &Vault) -> Result<Option<Opened>, VaultError> {
    let Some(sealed) = &row.sealed else { return Ok(None) };
    match vault.open_body(&row.person, row.seq, sealed) {
        Ok(plain) => plain.split_first_chunk().map(|(salt, body)| Some((*salt, body.to_vec()))).ok_or(VaultError::Broken),
        Err(VaultError::Destroyed) => Ok(None),
        Err(VaultError::Broken) => Err(VaultError::Broken),
    }
}

fn use_id_of(body: &Body) -> String {
    match body {
        Body::Consent(event) => event.use_id.clone(),
        Body::Answer { use_id, .. } => use_id.clone(),
        Body::Catalog { .. } | Body::Boot { .. } | Body::Theft { .. } | Body::Erasure { .. } | Body::Notice { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Terms;
    use crate::fixture::{SCREEN, T0_MS, TestSigner, book, catalog, in_force, moment, now, rng};
    use consent_protocol::envelope::EnvelopeError;
    use consent_protocol::ledger::EntryKind;

    struct Car {
        journal: Journal,
        vault: Vault,
        rng: Rng,
        signer: TestSigner,
        rows: Vec<LedgerRow>,
    }

    impl Car {
        fn new(vault: Vault) -> Self {
            Self { journal: Journal::load(&Snapshot::default()), vault, rng: rng(), signer: TestSigner::new(), rows: Vec::new() }
        }

        fn append(&mut self, body: &Body, person: &str) {
            let op = self.journal.append(body, person, &now(T0_MS), &self.signer, &self.vault, &mut self.rng).unwrap();
            let StoreOp::Ledger(row) = op else { panic!("no entry") };
            self.rows.push(row);
        }

        fn verify(&self) -> Result<ChainReport, ChainError> {
            self.journal.verify(&self.rows, &self.vault, &self.signer.public(KeyName::Ledger).unwrap(), None)
        }
    }

    fn notice(text: &str) -> Body {
        Body::Notice { text: text.to_owned() }
    }

    /// A boot entry, one of ada's and one of bob's.
    fn car() -> Car {
        let mut car = Car::new(book(&in_force(catalog())).1);
        car.append(&Body::Boot { boot: 1, clean: true }, "");
        car.append(&notice("ada's"), "ada");
        car.append(&notice("bob's"), "bob");
        car
    }

    #[test]
    fn erasing_a_person_keeps_the_chain() {
        let mut car = car();
        assert_eq!(car.verify(), Ok(ChainReport { entries: 3, bodies: 3, erased: 0 }));
        car.vault.forget("ada");
        assert_eq!(car.verify(), Ok(ChainReport { entries: 3, bodies: 2, erased: 1 }));
        car.rows[1].sealed = None;
        assert_eq!(car.verify(), Ok(ChainReport { entries: 3, bodies: 2, erased: 1 }));
        let exported = Journal::export(&car.rows, &car.vault);
        assert_eq!(exported.iter().map(|entry| entry.body.is_some()).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(Journal::words(&car.rows[1], &car.vault, None).action, "erased");
        assert_eq!(Journal::words(&car.rows[2], &car.vault, None).text, "bob's");
    }

    #[test]
    fn nobody_reads_another_persons_entry() {
        let mut car = car();
        let shown = |car: &Car, reader: &Reader| car.rows.iter().map(|row| Journal::entry(row, &car.vault, None, reader)).collect::<Vec<_>>();
        let ada = Reader::Person("ada".to_owned());
        let texts = |entries: &[LedgerEntry]| entries.iter().map(|entry| entry.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&shown(&car, &ada)), ["started for the first time", "ada's", "another person's entry"]);
        assert_eq!(texts(&shown(&car, &Reader::Nobody)), ["started for the first time", "another person's entry", "another person's entry"]);
        assert_eq!(texts(&shown(&car, &Reader::Everybody)), ["started for the first time", "ada's", "bob's"]);
        let hidden = serde_json::to_string(&shown(&car, &ada)[2]).unwrap();
        assert!(!hidden.contains("bob"), "{hidden}");
        let bodies = |reader| Journal::export_for(&car.rows, &car.vault, reader).iter().map(|entry| entry.body.is_some()).collect::<Vec<_>>();
        assert_eq!(bodies(&ada), [true, true, false]);
        let exported = Journal::export_for(&car.rows, &car.vault, &ada);
        assert_eq!(verify_chain(exported.iter(), &car.signer.public(KeyName::Ledger).unwrap()), Ok(ChainReport { entries: 3, bodies: 2, erased: 1 }));
        car.vault.forget("ada");
        assert_eq!(shown(&car, &ada).iter().map(|entry| entry.whose).collect::<Vec<_>>(), [Whose::Car, Whose::Erased, Whose::Other]);
    }

    #[test]
    fn whatever_is_touched_is_found() {
        type Touch = fn(&mut Car);
        let cases: [(Touch, ChainError); 5] = [
            (|car| drop(car.rows.pop()), ChainError::Order { seq: 3 }),
            (|car| drop(car.rows.remove(1)), ChainError::Order { seq: 2 }),
            (|car| car.rows[1].sealed.as_mut().unwrap()[20] ^= 1, ChainError::Body { seq: 2 }),
            (|car| car.rows[2].sealed = car.rows[1].sealed.clone(), ChainError::Body { seq: 3 }),
            (|car| *car.rows[0].envelope.last_mut().unwrap() ^= 1, ChainError::Envelope { seq: 1, error: EnvelopeError::Signature }),
        ];
        for (touch, expected) in cases {
            let mut car = car();
            touch(&mut car);
            assert_eq!(car.verify(), Err(expected));
        }
        let car = car();
        let strange = car.journal.verify(&car.rows, &car.vault, &[7; 32], None);
        assert_eq!(strange, Err(ChainError::Envelope { seq: 1, error: EnvelopeError::Key }));
    }

    #[test]
    fn entries_that_are_not_on_disk_yet_are_not_missed_and_others_are() {
        let mut car = car();
        car.rows.pop();
        let public = car.signer.public(KeyName::Ledger).unwrap();
        let verify = |in_flight| car.journal.verify(&car.rows, &car.vault, &public, in_flight).map(|report| report.entries);
        assert_eq!(verify(None), Err(ChainError::Order { seq: 3 }));
        assert_eq!(verify(Some(4)), Err(ChainError::Order { seq: 3 }));
        assert_eq!((verify(Some(3)), verify(Some(2))), (Ok(2), Ok(2)));
    }

    #[test]
    fn an_entry_that_was_not_signed_or_sealed_takes_no_number() {
        let mut car = car();
        let before = car.journal.head();
        let silent = TestSigner(None);
        let failed = car.journal.append(&notice("x"), "", &now(T0_MS), &silent, &car.vault, &mut car.rng);
        assert_eq!(failed.err(), Some(JournalError::Sign(SignError::Unavailable)));
        let stranger = car.journal.append(&notice("x"), "nobody", &now(T0_MS), &car.signer, &car.vault, &mut car.rng);
        assert_eq!(stranger.err(), Some(JournalError::Seal(VaultError::Destroyed)));
        assert_eq!(car.journal.head(), before);
        car.append(&notice("next"), "");
        assert_eq!(car.verify().map(|report| report.entries), Ok(4));
    }

    #[test]
    fn the_chain_goes_on_after_a_restart() {
        let mut car = car();
        let snapshot = Snapshot { ledger_head: Some(car.journal.head()), ..Snapshot::default() };
        car.journal = Journal::load(&snapshot);
        car.append(&notice("after"), "");
        car.journal.recall(&car.rows, &car.vault, None);
        assert_eq!(car.verify().map(|report| report.entries), Ok(4));
        assert_eq!(car.journal.recent().iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
        for n in 0..30 {
            car.append(&notice(&n.to_string()), "");
        }
        assert_eq!(car.journal.recent().iter().map(|event| event.seq).collect::<Vec<_>>(), (19..=34).collect::<Vec<u64>>());
    }

    #[test]
    fn a_change_is_recorded_with_the_number_of_its_entry() {
        let in_force = in_force(catalog());
        let (mut book, vault) = book(&in_force);
        let mut car = Car::new(vault);
        car.append(&Body::Boot { boot: 1, clean: false }, "");
        let change = book.give("ada", "traffic", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng()).unwrap();
        let ops = car.journal.record(&change, &mut book, &now(T0_MS), &car.signer, &car.vault, &mut car.rng).unwrap();
        let [StoreOp::Ledger(entry), StoreOp::Standing(row)] = ops.as_slice() else { panic!("{ops:?}") };
        assert_eq!((entry.seq, entry.person.as_str(), row.entry, book.standing("ada", "traffic").unwrap().entry), (2, "ada", 2, 2));
        let header = Header::from_bytes(&peek(&entry.envelope).unwrap().1).unwrap();
        assert_eq!((header.kind, header.wall_ms), (EntryKind::Consent, T0_MS));
        let shown = Journal::words(entry, &car.vault, Some(&in_force.catalog));
        assert_eq!(Some(&shown), car.journal.recent().last());
        assert_eq!((shown.action.as_str(), shown.use_id.as_str()), ("given", "traffic"));
        let receipt = Journal::receipt(entry, &car.vault, &in_force.catalog, &book).unwrap();
        assert_eq!(receipt["record_id"], crate::receipt::uuid(&row.record));
        assert!(receipt["withdrawal_method"]["without_the_car"]["secret"].is_string());
        let boot = LedgerRow { sealed: None, ..entry.clone() };
        assert!(Journal::receipt(&boot, &car.vault, &in_force.catalog, &book).is_none());
        book.withdraw("ada", "traffic", crate::book::Erase::Keep, SCREEN, &moment(&in_force, T0_MS)).unwrap();
        let after = Journal::receipt(entry, &car.vault, &in_force.catalog, &book).unwrap();
        assert!(after["withdrawal_method"]["without_the_car"]["secret"].is_null(), "nothing left to withdraw");
        assert!(!entry.envelope.windows(3).any(|bytes| bytes == b"ada"), "no person outside the sealed body");
    }
}
