//! What ends a standing without a decision in the car: time, the trip, the catalog, a receipt, an erasure.

use super::decide::{Ending, Erase, withdrawal};
use super::{Book, By, commitment, is_given};
use crate::change::{Change, Moment};
use crate::store::{StandingRow, StoreOp};
use consent_core::{Assurance, ClockTrust, Status};
use consent_protocol::Digest;
use consent_protocol::envelope::sha256;
use consent_protocol::lane::EndKind;
use consent_protocol::ledger::{Cadence, ConsentAction, Method};
use std::collections::BTreeSet;

impl Book {
    /// Ends what is over by its date, present or not. By a trusted clock only: the gate withholds under any other (R3).
    pub fn due(&mut self, moment: &Moment<'_>) -> Vec<Change> {
        if moment.now.trust == ClockTrust::Untrusted {
            return Vec::new();
        }
        let over = |row: &StandingRow| row.until_ms <= moment.now.wall_ms;
        self.end_where(over, |_| ending(Status::Expired, ConsentAction::Expired, EndKind::Expired), moment)
    }

    /// Wall time of the next end by date, Unix milliseconds.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.all_given().map(|row| row.until_ms).min()
    }

    /// A trip ended: what was consented to for it, or for each trip anew, ends.
    pub fn trip_ended(&mut self, moment: &Moment<'_>) -> Vec<Change> {
        let over = |row: &StandingRow| match (row.cadence, row.status) {
            (Cadence::Trip, _) | (Cadence::EachTime, Status::Given) => true,
            (Cadence::Until | Cadence::EachTime, _) => false,
        };
        self.end_where(over, |_| ending(Status::TripEnded, ConsentAction::TripEnded, EndKind::Expired), moment)
    }

    /// A catalog came into force: consent to uses that changed materially, or are gone, is suspended (R15). Comes after
    /// [`Self::resolve`], with the new catalog in `moment`.
    pub fn catalog_changed(&mut self, material: &BTreeSet<String>, gone: &BTreeSet<String>, moment: &Moment<'_>) -> Vec<Change> {
        let hit = |row: &StandingRow| material.contains(&row.use_id) || gone.contains(&row.use_id);
        self.end_where(hit, |_| ending(Status::Suspended, ConsentAction::Suspended, EndKind::Suspended), moment)
    }

    /// The consent in force whose receipt has the secret of this SHA-256.
    pub fn by_secret(&self, secret_digest: &Digest) -> Option<&StandingRow> {
        self.all_given().find(|row| commitment(row) == *secret_digest)
    }

    /// Somebody showed the secret of a receipt at the recipient (R35): that consent is withdrawn. `None` if no consent in force
    /// has this secret.
    pub fn outside_withdrawal(&mut self, secret: &[u8; 32], moment: &Moment<'_>) -> Option<Change> {
        let row = self.by_secret(&sha256(&[secret]))?;
        let (person, use_id) = (row.person.clone(), row.use_id.clone());
        let by = By { method: Method::Receipt, assurance: Assurance::None };
        self.end(&person, &use_id, withdrawal(by), moment)
    }

    /// Forgets a person. Yields changes to be journalled, and then what must follow them in the same transaction.
    pub fn erase_person(&mut self, id: &str, moment: &Moment<'_>) -> (Vec<Change>, Vec<StoreOp>) {
        if self.profiles.remove(id).is_none() {
            return (Vec::new(), Vec::new());
        }
        let erasure = |_: &StandingRow| Ending { erase: Erase::Erase, ..withdrawal(By::GATEKEEPER) };
        let changes = self.end_where(|row| row.person == id, erasure, moment);
        for row in self.rows.remove(id).into_iter().flat_map(std::collections::BTreeMap::into_values) {
            self.unbound.remove(&row.record);
        }
        self.unseat(id);
        (changes, vec![StoreOp::ErasePerson { person: id.to_owned() }])
    }

    fn all_given(&self) -> impl Iterator<Item = &StandingRow> {
        self.rows.values().flat_map(|rows| rows.values()).filter(|row| is_given(row.status))
    }

    fn end_where(&mut self, over: impl Fn(&StandingRow) -> bool, how: impl Fn(&StandingRow) -> Ending, moment: &Moment<'_>) -> Vec<Change> {
        let hit: Vec<(String, String, Ending)> =
            self.all_given().filter(|row| over(row)).map(|row| (row.person.clone(), row.use_id.clone(), how(row))).collect();
        hit.into_iter().filter_map(|(person, use_id, ending)| self.end(&person, &use_id, ending, moment)).collect()
    }
}

fn ending(status: Status, action: ConsentAction, kind: EndKind) -> Ending {
    Ending { status, action, kind, erase: Erase::Keep, by: By::GATEKEEPER }
}
