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

/// A person is reminded of an end so long before it.
const REMIND_MS: i64 = 60 * 86_400_000;

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

    /// Uses whose consent ends within 60 days, with the end: what a person is reminded of.
    pub fn ending(&self, person: &str, wall_ms: i64) -> Vec<(String, i64)> {
        let soon = |row: &&StandingRow| row.person == person && row.cadence != Cadence::Trip && row.until_ms.saturating_sub(wall_ms) <= REMIND_MS;
        self.all_given().filter(soon).map(|row| (row.use_id.clone(), row.until_ms)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::InForce;
    use crate::control::Terms;
    use crate::fixture::{DAY_MS, SCREEN, T0_MS, book, catalog, in_force, moment, rng};

    /// Gives and stores.
    fn give(book: &mut Book, in_force: &InForce, who: &str, use_id: &str, terms: &Terms) -> Change {
        let mut rng = crate::rng::Rng::new([u8::try_from(use_id.len()).unwrap().wrapping_add(who.as_bytes()[0]); 32]);
        let change = book.give(who, use_id, terms, SCREEN, &moment(in_force, T0_MS), &mut rng).unwrap();
        book.bind(&change.event.record);
        change
    }

    fn ids(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn uses(changes: &[Change]) -> Vec<(&str, &str)> {
        changes.iter().map(|change| (change.event.person.as_str(), change.event.use_id.as_str())).collect()
    }

    /// R11, R12: every consent ends, and its end is an event of its own.
    #[test]
    fn a_consent_ends_at_its_date_by_a_trusted_clock() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        give(&mut book, &in_force, "ada", "traffic", &Terms { days: Some(2), ..Terms::default() });
        give(&mut book, &in_force, "eve", "voice", &Terms { days: Some(1), ..Terms::default() });
        assert_eq!(book.next_due_ms(), Some(T0_MS + DAY_MS));
        assert!(book.due(&moment(&in_force, T0_MS + DAY_MS - 1)).is_empty());
        let mut untrusted = moment(&in_force, T0_MS + 9 * DAY_MS);
        untrusted.now.trust = ClockTrust::Untrusted;
        assert!(book.due(&untrusted).is_empty());
        let changes = book.due(&moment(&in_force, T0_MS + DAY_MS));
        assert_eq!(uses(&changes), [("eve", "voice")], "present or not");
        let ended = changes[0].ended.clone().unwrap();
        assert_eq!((ended.kind, ended.erase, changes[0].event.action), (EndKind::Expired, false, ConsentAction::Expired));
        assert_eq!(changes[0].event.actor, "gatekeeper");
        assert_eq!(uses(&book.due(&moment(&in_force, T0_MS + 2 * DAY_MS))), [("ada", "traffic")]);
        assert_eq!((book.next_due_ms(), book.due(&moment(&in_force, i64::MAX / 2)).len()), (None, 0));
    }

    #[test]
    fn a_consent_for_the_trip_ends_with_it() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let cadence = |cadence| Terms { cadence: Some(cadence), ..Terms::default() };
        give(&mut book, &in_force, "ada", "voice", &cadence(Cadence::Trip));
        give(&mut book, &in_force, "ada", "traffic", &cadence(Cadence::EachTime));
        give(&mut book, &in_force, "ada", "insurance", &cadence(Cadence::EachTime));
        give(&mut book, &in_force, "bob", "voice", &cadence(Cadence::Until));
        let changes = book.trip_ended(&moment(&in_force, T0_MS + 5));
        assert_eq!(uses(&changes), [("ada", "traffic"), ("ada", "voice")], "what is reviewed afterwards stays");
        assert!(changes.iter().all(|change| change.event.action == ConsentAction::TripEnded && change.ended.as_ref().unwrap().kind == EndKind::Expired));
    }

    #[test]
    fn a_material_change_suspends_and_no_other() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        for use_id in ["traffic", "voice", "insurance"] {
            give(&mut book, &in_force, "ada", use_id, &Terms::default());
        }
        book.refuse("bob", "traffic", SCREEN, &moment(&in_force, T0_MS), &mut rng()).unwrap();
        book.resolve(&in_force);
        let changes = book.catalog_changed(&ids(&["traffic"]), &ids(&["voice"]), &moment(&in_force, T0_MS + 1));
        assert_eq!(uses(&changes), [("ada", "traffic"), ("ada", "voice")]);
        assert!(changes.iter().all(|change| change.ended.as_ref().unwrap().kind == EndKind::Suspended));
        assert_eq!(book.standing("ada", "insurance").unwrap().status, Status::Given);
        assert_eq!(book.standing("bob", "traffic").unwrap().status, Status::Refused);
    }

    #[test]
    fn standings_follow_the_catalog_by_name() {
        let first = in_force(catalog());
        let (mut book, _) = book(&first);
        give(&mut book, &first, "ada", "traffic", &Terms { tier: Some(1), ..Terms::default() });
        let mut turned = catalog();
        turned.uses.reverse();
        turned.categories.swap(0, 1);
        for signal in &mut turned.signals {
            signal.categories = match signal.categories.0 {
                1 => consent_core::CategorySet(2),
                2 => consent_core::CategorySet(1),
                other => consent_core::CategorySet(other),
            };
        }
        turned.categories.remove(2);
        turned.uses.retain(|used| used.id != "voice");
        turned.signals.pop();
        let second = in_force(turned);
        book.resolve(&second);
        let ada = book.seat_of("ada").unwrap();
        let at = second.catalog.use_index("traffic").unwrap();
        let found = book.standings().get(ada, consent_core::UseIx(u8::try_from(at).unwrap()));
        assert_eq!((found.status, found.tier.0, found.categories.0), (Status::Given, 1, 0b11));
        let others = (0..8_u8).map(consent_core::UseIx).filter(|ix| book.standings().get(ada, *ix).status != Status::None).count();
        assert_eq!(others, 1);
    }

    #[test]
    fn the_secret_of_a_receipt_withdraws_from_outside() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        give(&mut book, &in_force, "ada", "traffic", &Terms::default());
        let secret = book.standing("ada", "traffic").unwrap().secret;
        assert_eq!(book.by_secret(&sha256(&[&secret])).map(|row| row.use_id.as_str()), Some("traffic"));
        let later = moment(&in_force, T0_MS + 1);
        assert_eq!(book.outside_withdrawal(&[9; 32], &later), None);
        assert_eq!(book.outside_withdrawal(&[0; 32], &later), None, "the secret of those who have none");
        let change = book.outside_withdrawal(&secret, &later).unwrap();
        assert_eq!((change.event.method, change.event.action, change.ended.unwrap().kind), (Method::Receipt, ConsentAction::Withdrawn, EndKind::Withdrawn));
        assert_eq!(book.outside_withdrawal(&secret, &later), None);
    }

    #[test]
    fn an_erased_person_is_gone_and_recipients_are_to_erase() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        give(&mut book, &in_force, "ada", "traffic", &Terms::default());
        give(&mut book, &in_force, "bob", "traffic", &Terms::default());
        let (changes, ops) = book.erase_person("ada", &moment(&in_force, T0_MS + 1));
        assert_eq!(uses(&changes), [("ada", "traffic")]);
        assert!(changes[0].ended.as_ref().unwrap().erase);
        assert_eq!(ops, [StoreOp::ErasePerson { person: "ada".to_owned() }]);
        assert!(book.person("ada").is_none() && book.standing("ada", "traffic").is_none() && book.seat_of("ada").is_none());
        assert_eq!(book.standing("bob", "traffic").unwrap().status, Status::Given);
        assert_eq!(book.erase_person("ada", &moment(&in_force, T0_MS + 1)), (Vec::new(), Vec::new()));
    }
}
