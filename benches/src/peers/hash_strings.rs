//! The obvious implementation over names, as they come from a configuration: the same as over whole numbers, with strings
//! for signals, uses, persons and categories.

use super::Decides;
use crate::load::{Load, NOW_MS};
use consent_core::{CategoryKind, PersonIx, SignalId, Status, UseIx};
use std::collections::{HashMap, HashSet};

/// What a person gave.
#[derive(Debug)]
struct Grant {
    excluded: HashSet<String>,
    from_ms: i64,
    until_ms: i64,
}

/// The path of a signal.
pub fn path(signal: SignalId) -> String {
    format!("Vehicle.Made.Up.Signal{:03}", signal.0)
}

/// The id of a use.
pub fn use_id(used: UseIx) -> String {
    format!("use-{}", used.0)
}

/// The id of a person.
pub fn person_id(person: PersonIx) -> String {
    format!("person-{}", person.0)
}

/// The id of a category.
pub fn category_id(bit: u8) -> String {
    format!("category-{bit}")
}

/// Ids of the categories of a set.
pub fn category_ids(set: u32) -> impl Iterator<Item = String> {
    (0..32_u8).filter(move |bit| set & 1 << bit != 0).map(category_id)
}

/// Maps by name.
#[derive(Debug)]
pub struct HashStrings {
    paths: Vec<String>,
    uses: Vec<(String, HashSet<String>)>,
    bits: HashMap<String, u8>,
    categories: HashMap<String, Vec<String>>,
    cabin: HashSet<String>,
    grants: HashMap<(String, String), Grant>,
    driver: String,
    occupants: Vec<String>,
}

impl HashStrings {
    /// Of a load.
    pub fn new(load: &Load) -> Self {
        let catalog = load.catalog();
        let signals = || (0_u16..).map(SignalId).zip(catalog.signals);
        let uses = || (0..u8::try_from(catalog.uses.len()).unwrap_or(0)).map(UseIx);
        let covered = |used: UseIx| signals().filter(|(_, def)| def.covered_by.contains(used)).map(|(signal, _)| path(signal)).collect();
        let grants =
            load.given().filter(|(.., standing)| matches!(standing.status, Status::Given | Status::GivenEachReview)).map(|(person, used, standing)| {
                let excluded = category_ids(!standing.categories.0).collect();
                ((person_id(person), use_id(used)), Grant { excluded, from_ms: standing.from_ms.max(NOW_MS), until_ms: standing.until_ms })
            });
        Self {
            paths: signals().map(|(signal, _)| path(signal)).collect(),
            uses: uses().map(|used| (use_id(used), covered(used))).collect(),
            bits: uses().map(|used| (use_id(used), used.0)).collect(),
            categories: signals().map(|(signal, def)| (path(signal), category_ids(def.categories.0).collect())).collect(),
            cabin: (0_u8..).zip(catalog.categories).filter(|(_, def)| def.kind == CategoryKind::Cabin).map(|(bit, _)| category_id(bit)).collect(),
            grants: grants.collect(),
            driver: person_id(PersonIx(0)),
            occupants: vec![person_id(PersonIx(1))],
        }
    }

    fn gave<'a>(&self, person: &str, used: &str, mut categories: impl Iterator<Item = &'a String>, t_ms: i64) -> bool {
        let Some(grant) = self.grants.get(&(person.to_owned(), used.to_owned())) else { return false };
        (grant.from_ms..grant.until_ms).contains(&t_ms) && categories.all(|category| !grant.excluded.contains(category))
    }

    fn passes(&self, used: &str, categories: &[String], t_ms: i64) -> bool {
        let cabin = || categories.iter().filter(|category| self.cabin.contains(*category));
        let agrees = |person: &String| self.gave(person, used, cabin(), t_ms);
        self.gave(&self.driver, used, categories.iter(), t_ms) && (cabin().next().is_none() || self.occupants.iter().all(agrees))
    }

    /// The ids of the uses that get a record.
    pub fn allowed(&self, signal: &str, t_ms: i64) -> Vec<&str> {
        let Some(categories) = self.categories.get(signal) else { return Vec::new() };
        let covering = self.uses.iter().filter(|(_, signals)| signals.contains(signal)).map(|(used, _)| used.as_str());
        covering.filter(|used| self.passes(used, categories, t_ms)).collect()
    }
}

impl Decides for HashStrings {
    fn decide(&mut self, signal: SignalId, t_ms: i64) -> u128 {
        let Some(path) = self.paths.get(signal.index()) else { return 0 };
        self.allowed(path, t_ms).into_iter().filter_map(|used| self.bits.get(used)).fold(0, |set, bit| set | 1 << bit)
    }
}
