//! What is shown of the ledger: every entry's place in the chain to everybody, what it says to whoever it is about (R51).

use super::Gatekeeper;
use super::ask::Outcome;
use crate::command::Load;
use crate::control::{Peer, Request, Response};
use crate::journal::{Journal, Reader};
use crate::now::Now;
use crate::show::{Ledger, SHOW_VERSION};
use crate::signer::{KeyName, Signer};
use crate::store::{LedgerRow, StoreOp};
use consent_protocol::Digest;
use consent_protocol::catalog::Environment;
use consent_protocol::ledger::Method;
use serde_json::json;

impl<S: Signer> Gatekeeper<S> {
    pub(super) fn show_ledger(&mut self, token: u64, (from, count): (Option<u64>, Option<u32>), peer: Peer, now: Now) -> Outcome {
        let count = count.unwrap_or(50).clamp(1, 1_000);
        let from = from.unwrap_or_else(|| self.journal.head().0.saturating_sub(u64::from(count)).saturating_add(1));
        self.read_ledger(token, Request::LedgerShow { from: Some(from), count: Some(count) }, (from, count), peer, now)
    }

    /// A receipt opens with that person's authentication only; whose it is, the entry says once it is read.
    pub(super) fn show_receipt(&mut self, token: u64, entry: u64, peer: Peer, now: Now) -> Outcome {
        self.receipts.retain(|token, _| self.loads.contains_key(token));
        self.receipts.insert(token, peer);
        self.read_ledger(token, Request::LedgerReceipt { entry }, (entry, 1), peer, now)
    }

    pub(super) fn read_ledger(&mut self, token: u64, request: Request, (from, count): (u64, u32), peer: Peer, now: Now) -> Outcome {
        self.readers.retain(|token, _| self.loads.contains_key(token));
        self.readers.insert(token, self.reader(peer, now));
        self.load(token, request, Load::Ledger { token, from, count })
    }

    /// Whose entries somebody may read: an operator of the demo environment everybody's, a driver who proved who they are their own.
    fn reader(&self, peer: Peer, now: Now) -> Reader {
        if peer.method == Method::Operator && self.config.environment == Environment::Demo {
            return Reader::Everybody;
        }
        match self.people.driver_id() {
            Some(driver) if self.may_open(peer, driver, now).is_ok() => Reader::Person(driver.to_owned()),
            Some(_) | None => Reader::Nobody,
        }
    }

    /// Number of the first ledger entry that is not known to be on disk.
    pub(super) fn first_entry_in_flight(&self) -> Option<u64> {
        let ops = self.in_flight.values().flat_map(|flight| &flight.ops);
        ops.filter_map(|op| if let StoreOp::Ledger(row) = op { Some(row.seq) } else { None }).min()
    }

    pub(super) fn answer_ledger(&mut self, token: u64, rows: &[LedgerRow]) {
        let catalog = self.in_force.as_deref().map(|in_force| &in_force.catalog);
        let reader = self.readers.remove(&token).unwrap_or(Reader::Nobody);
        let response = match self.loads.remove(&token) {
            Some(Request::LedgerShow { .. }) => {
                let entries = rows.iter().map(|row| Journal::entry(row, &self.vault, catalog, &reader)).collect();
                super::shown::data(&Ledger { version: SHOW_VERSION, head: self.journal.head().0, entries })
            }
            Some(Request::LedgerVerify) => self.verified(rows),
            Some(Request::LedgerExport) => {
                let public = self.signer.public(KeyName::Ledger).map(|public| Digest(public).to_string()).unwrap_or_default();
                Response::Data { data: json!({ "version": 1, "public_key": public, "entries": Journal::export_for(rows, &self.vault, &reader) }) }
            }
            Some(Request::LedgerReceipt { entry }) => self.receipt(token, entry, rows.first()),
            Some(Request::Checkpoint) => self.checkpoint(rows.first()),
            // Asked for at boot, so that the newest events are known again.
            None => return self.journal.recall(rows, &self.vault, catalog),
            Some(_) => return,
        };
        self.step.responds.push((token, response));
    }

    fn receipt(&mut self, token: u64, entry: u64, row: Option<&LedgerRow>) -> Response {
        let catalog = self.in_force.as_deref().map(|in_force| &in_force.catalog);
        let receipt = row.zip(catalog).and_then(|(row, catalog)| Journal::receipt(row, &self.vault, catalog, &self.book));
        let person = row.map_or("", |row| row.person.as_str());
        let peer = self.receipts.remove(&token);
        match (receipt, peer.map(|peer| self.may_open(peer, person, self.seen))) {
            (Some(data), Some(Ok(()))) => Response::Data { data },
            (Some(_), Some(Err(refusal))) => Response::Refused { error: refusal.to_string() },
            (None, _) | (_, None) => {
                Response::Refused { error: format!("expected a consent event with number {entry}, found another entry or none: see `ledger show`") }
            }
        }
    }

    fn verified(&self, rows: &[LedgerRow]) -> Response {
        let public = match self.signer.public(KeyName::Ledger) {
            Ok(public) => public,
            Err(error) => return Response::Refused { error: error.to_string() },
        };
        match self.journal.verify(rows, &self.vault, &public, self.first_entry_in_flight()) {
            Ok(report) => Response::Data { data: json!({ "version": 1, "holds": true, "report": report }) },
            Err(error) => Response::Data { data: json!({ "version": 1, "holds": false, "error": error.to_string() }) },
        }
    }
}
