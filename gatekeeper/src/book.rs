//! What everybody with a profile decided about each use: one standing a person and use, replaced, never stacked.
//!
//! Rules on deciding live here, not in any page: parked only, no minor, assurance, terms within what is offered.
//!
//! INVARIANT: an end binds here at once. What gives (a consent, a lifted objection) does not: until [`Book::bind`] is told that
//! it is stored, the gate sees what was before, less any consent that it replaced.

mod decide;
mod ends;
mod terms;
mod view;

pub(crate) use decide::may_ask;
pub use decide::{Erase, Objection};
pub(crate) use terms::language_of;
pub use terms::{categories_of, days_offered, ground_words, rests_on_consent, towards_deployer};
pub(crate) use view::secret_words;

use crate::change::{Change, InForce, Moment};
use crate::control::Peer;
use crate::people::People;
use crate::refusal::Refusal;
use crate::secret::Secret;
use crate::show::Asking;
use crate::store::{PersonRow, Snapshot, StandingRow, StoreOp, Tries};
use crate::words;
use consent_core::limits::PERSONS_MAX;
use consent_core::{Assurance, CategorySet, PersonIx, Role, Standing, Standings, Status, Tier, UseIx};
use consent_protocol::Digest;
use consent_protocol::envelope::sha256;
use consent_protocol::ledger::{ConsentAction, ConsentEvent, Method};
use core::fmt;
use std::collections::BTreeMap;

/// Profiles of one car.
pub const PROFILES_MAX: usize = 64;
/// Bytes of a person's id.
pub const PERSON_ID_BYTES_MAX: usize = 64;

/// A person with a profile on this car; the key is the vault's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Id on this car; never leaves it.
    pub id: String,
    /// Name as shown.
    pub name: String,
    /// Under the age of consent (R48).
    pub minor: bool,
    /// Languages in order of preference.
    pub languages: Vec<String>,
    /// Unix milliseconds of creation.
    pub created_ms: i64,
    /// How they want to be asked.
    pub asking: Option<Asking>,
    /// Whether they answered the first screen.
    pub welcomed: bool,
    /// Hash of their PIN.
    pub pin: Option<Secret>,
    /// Wrong tries of it.
    pub tries: Tries,
}

/// What holds a seat in the standings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Aboard, with what they are in the car where that was told.
    Aboard(Option<Role>),
    /// Drove last, and is not aboard.
    LastDriver,
}

/// The book of standings.
#[derive(Default)]
pub struct Book {
    profiles: BTreeMap<String, Profile>,
    /// By person id, then use id.
    rows: BTreeMap<String, BTreeMap<String, StandingRow>>,
    /// Records that are not stored yet, with the status that holds meanwhile.
    unbound: BTreeMap<[u8; 16], Status>,
    seats: [Option<(String, Holds)>; PERSONS_MAX],
    standings: Standings,
    /// Of the catalog in force: uses by id, and ids of categories by bit.
    uses: BTreeMap<String, UseIx>,
    categories: Vec<String>,
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("profiles", &self.profiles.len()).field("unbound", &self.unbound.len()).finish_non_exhaustive()
    }
}

impl Book {
    /// Takes what is stored; everything stored binds. [`Self::resolve`] comes next.
    pub fn load(snapshot: &Snapshot) -> Self {
        let mut book = Self::default();
        for row in snapshot.persons.iter().filter(|row| row.key.is_some()) {
            let PersonRow { id, name, minor, languages, created_ms, key: _, asking, welcomed, pin, tries } = row.clone();
            book.profiles.insert(id.clone(), Profile { id, name, minor, languages, created_ms, asking, welcomed, pin, tries });
        }
        for row in snapshot.standings.iter().filter(|row| book.profiles.contains_key(&row.person)) {
            book.rows.entry(row.person.clone()).or_default().insert(row.use_id.clone(), row.clone());
        }
        book
    }

    /// Adds a profile, or changes one; `key` is that of [`crate::vault::Vault::new_person`].
    pub fn add_person(&mut self, profile: Profile, key: [u8; 32]) -> Result<StoreOp, Refusal> {
        let found = profile.id.len();
        if found == 0 || found > PERSON_ID_BYTES_MAX {
            return Err(Refusal::IdLength { max: PERSON_ID_BYTES_MAX, found });
        }
        if self.profiles.len() >= PROFILES_MAX && !self.profiles.contains_key(&profile.id) {
            return Err(Refusal::ProfilesFull { max: PROFILES_MAX });
        }
        let Profile { id, name, minor, languages, created_ms, asking, welcomed, pin, tries } = profile.clone();
        self.profiles.insert(id.clone(), profile);
        Ok(StoreOp::Person(PersonRow { id, name, minor, languages, created_ms, key: Some(key), asking, welcomed, pin, tries }))
    }

    /// A profile.
    pub fn person(&self, id: &str) -> Option<&Profile> {
        self.profiles.get(id)
    }

    /// All profiles, by id.
    pub fn persons(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    /// Gives a person who is aboard a seat in the standings, or yields the one that they have. `None` without a profile or a
    /// free seat: then they count as a guest.
    pub fn seat(&mut self, id: &str) -> Option<PersonIx> {
        self.take_seat(id, Holds::Aboard(None))
    }

    /// Frees a seat.
    pub fn unseat(&mut self, id: &str) {
        for (ix, seat) in (0..).map(PersonIx).zip(&mut self.seats) {
            if seat.as_ref().is_some_and(|(person, _)| person == id) {
                *seat = None;
                self.standings.clear(ix);
            }
        }
    }

    /// The seat of a person, if they have one.
    pub fn seat_of(&self, id: &str) -> Option<PersonIx> {
        (0..).map(PersonIx).zip(&self.seats).find(|(_, seat)| seat.as_ref().is_some_and(|(person, _)| person == id)).map(|(ix, _)| ix)
    }

    /// Whether a person is in the car, and not only the one who drove it last.
    pub fn is_aboard(&self, id: &str) -> bool {
        matches!(self.holds(id), Some(Holds::Aboard(_)))
    }

    /// Who has a seat.
    pub fn seated(&self, seat: PersonIx) -> Option<&str> {
        self.seats.get(seat.index())?.as_ref().map(|(person, _)| person.as_str())
    }

    /// Seats exactly those who are aboard, and whoever drove last where a seat is left. Due after every [`crate::people::Effect`]
    /// that says `list` or `driver`, and after boot.
    pub fn aboard(&mut self, people: &People) {
        let last = people.last_driver().map(|person| (person, Holds::LastDriver));
        let wanted: Vec<(&str, Holds)> = people.persons().map(|(person, role)| (person, Holds::Aboard(Some(role)))).chain(last).collect();
        let gone = self.seats.iter().flatten().map(|(person, _)| person.clone()).filter(|person| !wanted.iter().any(|(known, _)| known == person));
        for person in gone.collect::<Vec<_>>() {
            self.unseat(&person);
        }
        for (at, (person, holds)) in wanted.iter().enumerate() {
            // The last driver may be aboard, which says more.
            if !wanted.iter().take(at).any(|(earlier, _)| earlier == person) {
                self.take_seat(person, *holds);
            }
        }
    }

    /// The standings of those who have a seat, for the gate.
    pub fn standings(&self) -> &Standings {
        &self.standings
    }

    /// A person's standing towards a use as it is recorded, whether it binds already or not.
    pub fn standing(&self, person: &str, use_id: &str) -> Option<&StandingRow> {
        self.rows.get(person)?.get(use_id)
    }

    /// Fills the seats for the catalog in force, by ids. A use that changed materially is not the matter of this function but of
    /// [`Self::catalog_changed`].
    pub fn resolve(&mut self, in_force: &InForce) {
        let catalog = &in_force.catalog;
        self.uses = (0..).map(UseIx).zip(&catalog.uses).map(|(ix, used)| (used.id.clone(), ix)).collect();
        self.categories = catalog.categories.iter().map(|category| category.id.clone()).collect();
        let seated: Vec<String> = self.seats.iter().flatten().map(|(person, _)| person.clone()).collect();
        for person in &seated {
            self.fill(person);
        }
    }

    /// What gave is stored, and binds. Whether the standings changed; what was ended or replaced meanwhile stays so.
    pub fn bind(&mut self, record: &[u8; 16]) -> bool {
        let Some(before) = self.unbound.remove(record) else { return false };
        let row = self.rows.values().flat_map(BTreeMap::values).find(|row| row.record == *record);
        let Some((person, use_id)) = row.filter(|row| row.status != before).map(|row| (row.person.clone(), row.use_id.clone())) else { return false };
        self.fill_use(&person, &use_id);
        true
    }

    /// SHA-256 of the secrets of consents in force, for the terms of a basis that rests on them.
    pub fn commitments_of(&self, consents: &[(String, [u8; 16])]) -> Vec<Digest> {
        let rows = consents.iter().filter_map(|(person, record)| self.rows.get(person)?.values().find(|row| row.record == *record));
        rows.map(commitment).collect()
    }

    /// Keeps the number of the ledger entry of a record.
    pub fn entered(&mut self, record: &[u8; 16], seq: u64) {
        for row in self.rows.values_mut().flat_map(BTreeMap::values_mut).filter(|row| row.record == *record) {
            row.entry = seq;
        }
    }

    /// A change that touches no standing (paused, resumed, stopped by an occupant, reviewed …), for the journal. `person` is
    /// empty for somebody without a profile, `use_id` if all are concerned.
    pub fn noted(&self, action: ConsentAction, person: &str, use_id: &str, peer: Peer, moment: &Moment<'_>) -> Change {
        let known = self.standing(person, use_id).cloned();
        let row = known.unwrap_or_else(|| terms::blank_row(person, use_id, moment));
        self.change(&row, action, peer.into(), moment)
    }

    /// What is told of a row, with nothing to be stored yet.
    fn change(&self, row: &StandingRow, action: ConsentAction, by: By, moment: &Moment<'_>) -> Change {
        let catalog = &moment.in_force.catalog;
        let used = catalog.uses.iter().find(|used| used.id == row.use_id);
        let event = ConsentEvent {
            record: row.record,
            person: row.person.clone(),
            use_id: row.use_id.clone(),
            revision: row.revision,
            terms: row.terms,
            action,
            ground: used.map_or(consent_core::Ground::Consent, |used| used.ground),
            tier: row.tier,
            categories: crate::store::category_set(catalog, &row.categories),
            catalog: moment.in_force.digest,
            from_ms: row.from_ms,
            until_ms: row.until_ms,
            cadence: row.cadence,
            actor: self.actor(&row.person, by.method).to_owned(),
            method: by.method,
            assurance: by.assurance,
            language: row.language.clone(),
            text: row.notice,
            driving: moment.driving,
            commitment: commitment(row),
        };
        let text = words::of_event(&event, Some(catalog));
        Change { event, ended: None, ops: Vec::new(), text }
    }

    fn actor(&self, person: &str, method: Method) -> &'static str {
        match method {
            Method::Operator => "operator",
            Method::Receipt => "holder of the receipt",
            Method::Gatekeeper => "gatekeeper",
            Method::Screen | Method::Phone => match self.holds(person) {
                Some(Holds::Aboard(Some(Role::Driver))) => "driver",
                Some(Holds::Aboard(Some(Role::Occupant))) => "occupant",
                Some(Holds::Aboard(None)) => "person aboard",
                None if person.is_empty() => "occupant",
                Some(Holds::LastDriver) | None => "person not aboard",
            },
        }
    }

    fn holds(&self, person: &str) -> Option<Holds> {
        self.seats.iter().flatten().find(|(known, _)| known == person).map(|(_, holds)| *holds)
    }

    fn take_seat(&mut self, id: &str, holds: Holds) -> Option<PersonIx> {
        if !self.profiles.contains_key(id) {
            return None;
        }
        let known = self.seat_of(id);
        let ix = known.or_else(|| (0..).map(PersonIx).zip(&self.seats).find(|(_, seat)| seat.is_none()).map(|(ix, _)| ix))?;
        *self.seats.get_mut(ix.index())? = Some((id.to_owned(), holds));
        if known.is_none() {
            self.fill(id);
        }
        Some(ix)
    }

    /// Writes a person's rows into their seat.
    fn fill(&mut self, person: &str) {
        let Some(seat) = self.seat_of(person) else { return };
        self.standings.clear(seat);
        let uses: Vec<String> = self.rows.get(person).map(|rows| rows.keys().cloned().collect()).unwrap_or_default();
        for use_id in &uses {
            self.fill_use(person, use_id);
        }
    }

    fn fill_use(&mut self, person: &str, use_id: &str) {
        let (Some(seat), Some(use_ix)) = (self.seat_of(person), self.uses.get(use_id).copied()) else { return };
        let standing = self.standing(person, use_id).map(|row| self.as_standing(row)).unwrap_or_default();
        self.standings.set(seat, use_ix, standing);
    }

    fn as_standing(&self, row: &StandingRow) -> Standing {
        let covers = (0_u8..).zip(&self.categories).filter(|(_, id)| row.categories.contains(id));
        Standing {
            status: self.unbound.get(&row.record).copied().unwrap_or(row.status),
            categories: covers.fold(CategorySet::EMPTY, |set, (bit, _)| set.or(CategorySet::single(bit))),
            tier: Tier(row.tier),
            from_ms: row.from_ms,
            until_ms: row.until_ms,
        }
    }

    /// Replaces a row, in memory and for the gate, and yields what stores it.
    fn put(&mut self, row: StandingRow) -> StoreOp {
        let (person, use_id) = (row.person.clone(), row.use_id.clone());
        self.rows.entry(person.clone()).or_default().insert(use_id.clone(), row.clone());
        self.fill_use(&person, &use_id);
        StoreOp::Standing(row)
    }
}

/// By which means and with what assurance something is decided; [`crate::control::Peer`] for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct By {
    /// By which means.
    pub(crate) method: Method,
    /// With what assurance.
    pub(crate) assurance: Assurance,
}

impl By {
    /// The gatekeeper itself.
    pub(crate) const GATEKEEPER: Self = Self { method: Method::Gatekeeper, assurance: Assurance::None };
}

impl From<Peer> for By {
    fn from(peer: Peer) -> Self {
        Self { method: peer.method, assurance: peer.assurance }
    }
}

/// SHA-256 of the secret on the receipt; zero where there is none.
fn commitment(row: &StandingRow) -> Digest {
    if row.secret == [0; 32] { Digest::default() } else { sha256(&[&row.secret]) }
}

/// Whether a standing is a consent that has not ended.
pub(crate) fn is_given(status: Status) -> bool {
    matches!(status, Status::Given | Status::GivenEachReview)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::ContextMeta;
    use crate::control::Terms;
    use crate::fixture::{DAY_MS, SCREEN, T0_MS, book, catalog, done, in_force, moment, now, profile, rng};
    use crate::people::Age;
    use consent_protocol::ledger::Cadence;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_stored_is_the_same_after_a_restart() {
        let in_force = in_force(catalog());
        let (mut first, vault) = book(&in_force);
        let change = first.give("ada", "traffic", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng()).unwrap();
        first.bind(&change.event.record);
        let StoreOp::Person(ada) = first.add_person(profile("ada", Age::OfAge), *vault.person_key("ada").unwrap()).unwrap() else { panic!() };
        let StoreOp::Standing(row) = change.ops[0].clone() else { panic!() };
        let orphan = StandingRow { person: "gone".to_owned(), ..row.clone() };
        let erased = PersonRow { id: "gone".to_owned(), key: None, ..ada.clone() };
        let snapshot = Snapshot { persons: vec![ada, erased], standings: vec![row, orphan], ..Snapshot::default() };
        let mut again = Book::load(&snapshot);
        again.resolve(&in_force);
        assert_eq!(again.persons().count(), 1);
        let (seat, use_ix) = (again.seat("ada").unwrap(), UseIx(1));
        assert_eq!(again.standings().get(seat, use_ix), first.standings().get(first.seat_of("ada").unwrap(), use_ix));
        assert_eq!(again.standings().get(seat, use_ix).status, Status::Given);
        assert!(again.standing("gone", "traffic").is_none());
    }

    /// What can happen to standings.
    #[derive(Clone, Copy, Debug)]
    enum Act {
        Give,
        Store,
        Refuse,
        Withdraw,
        Object,
        Lift,
        Due,
        TripEnded,
        Suspend,
    }

    fn acts() -> impl Strategy<Value = Vec<(Act, usize, usize)>> {
        let act = prop_oneof![
            4 => Just(Act::Give), 4 => Just(Act::Store), 1 => Just(Act::Refuse), 1 => Just(Act::Withdraw), 1 => Just(Act::Object),
            1 => Just(Act::Lift), 1 => Just(Act::Due), 1 => Just(Act::TripEnded), 1 => Just(Act::Suspend)
        ];
        proptest::collection::vec((act, 0..2_usize, 0..3_usize), 1..60)
    }

    proptest! {
        /// What the gate sees as given was stored, and has not ended since.
        #[test]
        fn only_a_stored_consent_that_has_not_ended_is_given(acts in acts()) {
            let in_force = in_force(catalog());
            let (mut book, _) = book(&in_force);
            let mut rng = rng();
            let (mut waiting, mut stored, mut ended) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
            for (step, (act, who, what)) in (0..).zip(acts) {
                let (who, use_id) = (["ada", "bob"][who], ["insurance", "traffic", "voice"][what]);
                let at = moment(&in_force, T0_MS + step * DAY_MS);
                let cadence = [Cadence::Until, Cadence::Trip][what % 2];
                let terms = Terms { days: Some(5), cadence: Some(cadence), ..Terms::default() };
                let changes = match act {
                    Act::Give => book.give(who, use_id, &terms, SCREEN, &at, &mut rng).map(|change| { waiting.push(change.event.record); vec![change] }),
                    Act::Store => { stored.extend(waiting.drain(..).inspect(|record| { book.bind(record); })); Ok(Vec::new()) }
                    Act::Refuse => book.refuse(who, use_id, SCREEN, &at, &mut rng).map(|change| vec![change]),
                    Act::Withdraw => book.withdraw(who, use_id, Erase::Keep, SCREEN, &at).map(|change| vec![change]),
                    Act::Object => book.object(who, use_id, Objection::Object, SCREEN, &at, &mut rng).map(|change| vec![change]),
                    Act::Lift => book.lift(who, use_id, SCREEN, &at).map(|change| { book.bind(&change.event.record); vec![change] }),
                    Act::Due => Ok(book.due(&at)),
                    Act::TripEnded => Ok(book.trip_ended(&at)),
                    Act::Suspend => Ok(book.catalog_changed(&BTreeSet::from([use_id.to_owned()]), &BTreeSet::new(), &at)),
                };
                for change in changes.unwrap_or_default().into_iter().filter_map(|change| change.ended) {
                    prop_assert!(ended.insert(change.record), "a consent ends once");
                }
                for person in ["ada", "bob"] {
                    for (ix, used) in (0..).map(UseIx).zip(&in_force.catalog.uses) {
                        let given = is_given(book.standings().get(book.seat_of(person).unwrap(), ix).status);
                        let row = book.standing(person, &used.id);
                        let may = row.is_some_and(|row| stored.contains(&row.record) && !ended.contains(&row.record));
                        prop_assert_eq!(given, may, "{} {}", person, used.id);
                    }
                }
            }
        }
    }

    #[test]
    fn a_seat_left_tells_the_next_nothing() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let change = book.give("ada", "traffic", &Terms::default(), SCREEN, &moment(&in_force, T0_MS), &mut rng()).unwrap();
        book.bind(&change.event.record);
        let seat = book.seat_of("ada").unwrap();
        book.unseat("ada");
        assert_eq!(book.seat("eve"), Some(seat));
        assert_eq!(book.standings().get(seat, UseIx(1)).status, Status::None);
        assert_eq!(book.seat("nobody"), None);
    }

    #[test]
    fn those_aboard_and_the_last_driver_have_seats() {
        let in_force = in_force(catalog());
        let (mut book, _) = book(&in_force);
        let mut people = People::load(Some(ContextMeta { last_driver: Some("eve".to_owned()), ..ContextMeta::default() }));
        done(people.enter(Some("bob"), Assurance::Low, Age::OfAge).unwrap());
        book.aboard(&people);
        let seated = |book: &Book| ["ada", "bob", "eve", "kid"].into_iter().filter(|id| book.seat_of(id).is_some()).collect::<Vec<_>>();
        assert_eq!(seated(&book), ["bob", "eve"]);
        assert_eq!((book.actor("bob", Method::Screen), book.actor("eve", Method::Screen)), ("occupant", "person not aboard"));
        done(people.driver(Some("ada"), Assurance::High, Age::OfAge, &now(T0_MS)));
        book.aboard(&people);
        assert_eq!(seated(&book), ["ada", "bob"]);
        assert_eq!(book.actor("ada", Method::Phone), "driver");
    }

    #[test]
    fn profiles_and_their_ids_are_bounded() {
        let mut book = Book::default();
        for n in 0..PROFILES_MAX {
            book.add_person(profile(&n.to_string(), Age::OfAge), [1; 32]).unwrap();
        }
        assert_eq!(book.add_person(profile("more", Age::OfAge), [1; 32]), Err(Refusal::ProfilesFull { max: PROFILES_MAX }));
        assert!(book.add_person(profile("0", Age::Minor), [1; 32]).is_ok(), "known ones change");
        for id in [String::new(), "x".repeat(65)] {
            assert_eq!(book.add_person(profile(&id, Age::OfAge), [1; 32]), Err(Refusal::IdLength { max: 64, found: id.len() }));
        }
    }
}
