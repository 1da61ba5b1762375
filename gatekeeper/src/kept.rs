//! What transformations draw on, and what of it outlives a boot: the car's secret, its stops, and the privacy losses of persons.
//!
//! Stops are kept with those who drove there, and go with the last of them (R20). The secret is drawn once and stays until the
//! car changes hands: new draws for old places would tell more than either. A loss is debited in memory before anything
//! leaves, and is in the transaction of the same step, ahead of the batch that the value will be in.
//!
//! INVARIANT: what cannot be read back is begun anew with a secret of its own; then no budget of the day it was lost on is given out twice,
//! since a day that is not known to be new counts as spent.

use crate::rng::Rng;
use crate::store::{MetaKey, Snapshot, StoreOp};
use crate::vault::Vault;
use consent_core::{Debit, Places, Source, Stop, UseIx};
use consent_protocol::envelope::sha256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Bytes of the secret that kept draws rest on.
const SECRET_BYTES: usize = 32;
/// Persons told apart among those who drove to a stop; more share the last place.
const PEOPLE_MAX: usize = 64;
/// Losses that are kept, one for each person and use. †
const LOSSES_MAX: usize = 512;
/// Stands for the number of a ledger entry where the vault wants one: no ledger gets so far, and what was heard has the last.
const PLACE: u64 = u64::MAX - 1;
/// One day, milliseconds.
const DAY_MS: i64 = 86_400_000;
/// Days of a year of losses.
const YEAR_DAYS: i64 = 365;

/// What a person has lost to a use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Person id; empty for a use that rests on nobody's consent.
    pub person: String,
    /// Use id.
    pub use_id: String,
    /// The last day on which something was debited, days since 1970.
    pub day: i64,
    /// Debited on it, thousandths of epsilon.
    pub day_milli: u32,
    /// The day on which the year of the sum began.
    pub year_from_day: i64,
    /// Debited in that year, thousandths of epsilon.
    pub year_milli: u64,
}

/// What is on disk, sealed under the car's key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Durable {
    secret: [u8; SECRET_BYTES],
    people: Vec<String>,
    stops: Vec<Stop>,
    losses: Vec<Loss>,
}

/// Who pays for a use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Payers {
    use_id: String,
    persons: Vec<String>,
}

/// One car's chance, secret and losses.
pub struct Kept {
    rng: Rng,
    secret: [u8; SECRET_BYTES],
    people: Vec<String>,
    losses: Vec<Loss>,
    payers: BTreeMap<UseIx, Payers>,
    /// The newest day that was seen.
    day: i64,
    /// Something differs from what is on disk.
    dirty: bool,
    /// Revision of the stops that are on disk.
    stored: u64,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("losses", &self.losses.len()).field("dirty", &self.dirty).finish_non_exhaustive()
    }
}

impl Kept {
    /// Reads what is on disk; yields the stops beside it.
    pub fn load(snapshot: &Snapshot, vault: &Vault, mut rng: Rng) -> (Self, Vec<Stop>) {
        let opened = snapshot.meta(MetaKey::Kept).and_then(|sealed| vault.open_body("", PLACE, sealed).ok());
        let durable = opened.and_then(|plain| postcard::from_bytes::<Durable>(&plain).ok());
        let lost = durable.is_none();
        let Durable { secret, people, stops, losses } = durable.unwrap_or_else(|| Durable { secret: rng.bytes(), ..Durable::default() });
        (Self { people, losses, dirty: lost, ..Self::fresh(rng, secret) }, stops)
    }

    /// For a look at what would leave: it draws of its own, and nothing is stored.
    pub fn looking() -> Self {
        Self::fresh(Rng::new([0; 32]), [0; SECRET_BYTES])
    }

    fn fresh(rng: Rng, secret: [u8; SECRET_BYTES]) -> Self {
        Self { rng, secret, people: Vec::new(), losses: Vec::new(), payers: BTreeMap::new(), day: i64::MIN, dirty: false, stored: 0 }
    }

    /// What must be stored since the last call.
    pub fn op(&mut self, places: &Places, vault: &Vault, rng: &mut Rng) -> Option<StoreOp> {
        if !self.dirty && self.stored == places.revision() {
            return None;
        }
        let durable = Durable { secret: self.secret, people: self.people.clone(), stops: places.stops().to_vec(), losses: self.losses.clone() };
        let value = vault.seal_body("", PLACE, &postcard::to_allocvec(&durable).ok()?, rng).ok()?;
        (self.dirty, self.stored) = (false, places.revision());
        Some(StoreOp::Meta { key: MetaKey::Kept, value })
    }

    /// 64 fair bits.
    pub fn word(&mut self) -> u64 {
        u64::from_le_bytes(self.rng.bytes())
    }

    /// Tells what time it is. Days do not come back: a clock that was set back opens no budget again.
    pub fn on(&mut self, wall_ms: i64) {
        self.day = self.day.max(wall_ms.div_euclid(DAY_MS));
    }

    /// Who pays for what a use releases.
    pub fn pays(&mut self, use_ix: UseIx, use_id: &str, persons: &[(String, [u8; 16])]) {
        let mut named: Vec<String> = persons.iter().map(|(person, _)| person.clone()).collect();
        named.sort_unstable();
        named.dedup();
        if named.is_empty() {
            named.push(String::new());
        }
        self.payers.insert(use_ix, Payers { use_id: use_id.to_owned(), persons: named });
    }

    /// The mark of a person among those who drove to a stop; none for a guest.
    pub fn mark(&mut self, person: Option<&str>) -> u64 {
        let Some(person) = person else { return 0 };
        let known = self.people.iter().position(|known| known == person);
        bit(known.unwrap_or_else(|| {
            if self.people.len() < PEOPLE_MAX {
                self.people.push(person.to_owned());
                self.dirty = true;
            }
            self.people.len().saturating_sub(1)
        }))
    }

    /// A person is erased: yields their mark, and their losses are gone.
    pub fn forget(&mut self, person: &str) -> u64 {
        self.losses.retain(|loss| loss.person != person);
        let Some(at) = self.people.iter().position(|known| known == person) else { return 0 };
        self.dirty = true;
        // The place stays taken: marks of others count from the front.
        if let Some(name) = self.people.get_mut(at) {
            name.clear();
        }
        bit(at)
    }

    /// The car changes hands: a new secret, and nobody is known.
    pub fn wipe(&mut self) {
        self.secret = self.rng.bytes();
        (self.people, self.losses, self.payers) = (Vec::new(), Vec::new(), BTreeMap::new());
        self.dirty = true;
    }

    /// What was debited.
    pub fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// The day that losses are debited on, days since 1970.
    pub fn day(&self) -> i64 {
        self.day
    }

    fn loss_mut(&mut self, person: &str, use_id: &str) -> Option<&mut Loss> {
        if let Some(at) = self.losses.iter().position(|loss| loss.person == person && loss.use_id == use_id) {
            return self.losses.get_mut(at);
        }
        if self.losses.len() >= LOSSES_MAX {
            return None;
        }
        let (person, use_id) = (person.to_owned(), use_id.to_owned());
        self.losses.push(Loss { person, use_id, day: self.day, year_from_day: self.day, ..Loss::default() });
        self.losses.last_mut()
    }
}

/// The mark of a place among those who drove.
fn bit(at: usize) -> u64 {
    u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0)
}

impl Source for Kept {
    fn bits(&mut self) -> u64 {
        self.word()
    }

    fn kept(&self, (row, column): (u32, u32), cell_m: u32) -> Option<[u64; 3]> {
        let digest = sha256(&[b"cg/1/kept", &self.secret, &cell_m.to_le_bytes(), &row.to_le_bytes(), &column.to_le_bytes()]);
        let mut words = digest.0.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok().map(u64::from_le_bytes));
        Some([words.next()?, words.next()?, words.next()?])
    }

    fn debit(&mut self, use_ix: UseIx, epsilon_milli: u16, day_milli: u16) -> Debit {
        let Some(Payers { use_id, persons }) = self.payers.get(&use_ix).cloned() else { return Debit::Spent };
        let day = self.day;
        if day == i64::MIN {
            return Debit::Spent;
        }
        let after = |loss: &Loss| if loss.day == day { loss.day_milli } else { 0 }.saturating_add(u32::from(epsilon_milli));
        let all_can = persons.iter().all(|person| self.loss_mut(person, &use_id).is_some_and(|loss| loss.day <= day && after(loss) <= u32::from(day_milli)));
        if !all_can {
            return Debit::Spent;
        }
        for person in &persons {
            if let Some(loss) = self.loss_mut(person, &use_id) {
                (loss.day_milli, loss.day) = (after(loss), day);
                if day.saturating_sub(loss.year_from_day) >= YEAR_DAYS {
                    (loss.year_from_day, loss.year_milli) = (day, 0);
                }
                loss.year_milli = loss.year_milli.saturating_add(u64::from(epsilon_milli));
            }
        }
        self.dirty = true;
        Debit::Paid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USE: UseIx = UseIx(3);

    fn kept() -> (Kept, Vault) {
        let (mut rng, mut ops) = (Rng::new([7; 32]), Vec::new());
        let vault = Vault::load(&Snapshot::default(), &mut rng, &mut ops);
        let mut kept = Kept::load(&Snapshot::default(), &vault, rng).0;
        kept.on(20_000 * DAY_MS);
        kept.pays(USE, "mood", &[("anna".to_owned(), [0; 16]), ("ben".to_owned(), [1; 16])]);
        (kept, vault)
    }

    fn again(kept: &mut Kept, vault: &Vault) -> (Kept, Vec<Stop>) {
        let places = Places::default();
        kept.dirty = true;
        let Some(StoreOp::Meta { value, .. }) = kept.op(&places, vault, &mut Rng::new([1; 32])) else { panic!("nothing to store") };
        let mut snapshot = Snapshot::default();
        snapshot.meta.push((MetaKey::Kept, value));
        Kept::load(&snapshot, vault, Rng::new([9; 32]))
    }

    #[test]
    fn a_days_budget_is_debited_from_everybody_and_opens_again_the_next_day() {
        let (mut kept, _) = kept();
        assert_eq!([(); 3].map(|()| kept.debit(USE, 400, 1_000)), [Debit::Paid, Debit::Paid, Debit::Spent]);
        assert_eq!(kept.losses().iter().map(|loss| (loss.person.as_str(), loss.day_milli)).collect::<Vec<_>>(), [("anna", 800), ("ben", 800)]);
        kept.pays(USE, "mood", &[("anna".to_owned(), [0; 16])]);
        assert_eq!(kept.debit(USE, 400, 1_000), Debit::Spent, "whoever else pays");
        kept.on(19_999 * DAY_MS);
        assert_eq!(kept.debit(USE, 400, 1_000), Debit::Spent, "a clock set back opens nothing");
        kept.on(20_001 * DAY_MS);
        assert_eq!(kept.debit(USE, 400, 1_000), Debit::Paid);
        assert_eq!((kept.losses()[0].day_milli, kept.losses()[0].year_milli), (400, 1_200));
        kept.on(20_365 * DAY_MS);
        assert_eq!((kept.debit(USE, 400, 1_000), kept.losses()[0].year_milli), (Debit::Paid, 400), "another year");
        assert_eq!(kept.debit(UseIx(9), 1, 1_000), Debit::Spent, "a use that nobody pays for");
    }

    #[test]
    fn secret_and_losses_outlive_a_restart_and_go_when_the_car_changes_hands() {
        let (mut kept, vault) = kept();
        kept.debit(USE, 900, 1_000);
        let drawn = kept.kept((1, 2), 500);
        let (mut restarted, _) = again(&mut kept, &vault);
        restarted.on(20_000 * DAY_MS);
        restarted.pays(USE, "mood", &[("anna".to_owned(), [0; 16])]);
        assert_eq!((restarted.kept((1, 2), 500), restarted.debit(USE, 200, 1_000)), (drawn, Debit::Spent));
        assert_ne!(restarted.kept((1, 3), 500), drawn);
        restarted.wipe();
        assert_ne!(restarted.kept((1, 2), 500), drawn);
        assert!(restarted.losses().is_empty());
    }

    #[test]
    fn an_erased_person_leaves_neither_name_nor_loss_and_no_mark_moves() {
        let (mut kept, vault) = kept();
        kept.debit(USE, 100, 1_000);
        assert_eq!([kept.mark(Some("anna")), kept.mark(Some("ben")), kept.mark(None)], [1, 2, 0]);
        assert_eq!((kept.forget("anna"), kept.forget("carla")), (1, 0));
        assert!(kept.losses().iter().all(|loss| loss.person == "ben"));
        let (mut restarted, _) = again(&mut kept, &vault);
        assert_eq!([restarted.mark(Some("ben")), restarted.mark(Some("anna"))], [2, 4]);
    }
}
