//! The obvious implementation over whole numbers: for every use, ask a set whether it covers the signal, and a map of grants
//! whether everybody concerned has given it.

use super::Decides;
use crate::load::{Load, NOW_MS};
use consent_core::{CategoryKind, SignalId, Status};
use std::collections::{HashMap, HashSet};

/// Who drives.
const DRIVER: u16 = 0;
/// Who else is aboard.
const OCCUPANT: u16 = 1;

/// What a person gave.
#[derive(Debug)]
struct Grant {
    excluded: HashSet<u16>,
    from_ms: i64,
    until_ms: i64,
}

/// Where the uses of a record are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Among all uses.
    All,
    /// In a list of those that cover the signal.
    Listed,
}

/// Maps by number.
#[derive(Debug)]
pub struct HashIds {
    look: Look,
    uses: Vec<(u16, HashSet<u16>)>,
    listed: HashMap<u16, Vec<u16>>,
    categories: HashMap<u16, Vec<u16>>,
    cabin: HashSet<u16>,
    grants: HashMap<(u16, u16), Grant>,
}

impl HashIds {
    /// Of a load.
    pub fn new(load: &Load, look: Look) -> Self {
        let catalog = load.catalog();
        let signals = || (0_u16..).zip(catalog.signals);
        let bits = |set: u32| (0..32_u16).filter(move |bit| set & 1 << bit != 0);
        let uses = (0..u16::try_from(catalog.uses.len()).unwrap_or(0))
            .map(|used| (used, signals().filter(|(_, def)| def.covered_by.0 & 1 << used != 0).map(|(signal, _)| signal).collect()))
            .collect();
        let grants =
            load.given().filter(|(.., standing)| matches!(standing.status, Status::Given | Status::GivenEachReview)).map(|(person, used, standing)| {
                let excluded = bits(!standing.categories.0).collect();
                ((u16::from(person.0), u16::from(used.0)), Grant { excluded, from_ms: standing.from_ms.max(NOW_MS), until_ms: standing.until_ms })
            });
        Self {
            look,
            uses,
            listed: signals().map(|(signal, def)| (signal, def.covered_by.iter().map(|used| u16::from(used.0)).collect())).collect(),
            categories: signals().map(|(signal, def)| (signal, bits(def.categories.0).collect())).collect(),
            cabin: (0_u16..).zip(catalog.categories).filter(|(_, def)| def.kind == CategoryKind::Cabin).map(|(bit, _)| bit).collect(),
            grants: grants.collect(),
        }
    }

    /// Whether a person gave a use and did not exclude any of these categories.
    fn gave<'a>(&self, person: u16, used: u16, mut categories: impl Iterator<Item = &'a u16>, t_ms: i64) -> bool {
        let Some(grant) = self.grants.get(&(person, used)) else { return false };
        (grant.from_ms..grant.until_ms).contains(&t_ms) && categories.all(|category| !grant.excluded.contains(category))
    }

    fn passes(&self, used: u16, categories: &[u16], t_ms: i64) -> bool {
        let mut cabin = categories.iter().filter(|category| self.cabin.contains(category)).peekable();
        self.gave(DRIVER, used, categories.iter(), t_ms) && (cabin.peek().is_none() || self.gave(OCCUPANT, used, cabin, t_ms))
    }

    /// The uses that get a record, as a list.
    pub fn allowed(&self, signal: u16, t_ms: i64) -> Vec<u16> {
        let Some(categories) = self.categories.get(&signal) else { return Vec::new() };
        match self.look {
            Look::All => {
                let covering = self.uses.iter().filter(|(_, signals)| signals.contains(&signal)).map(|(used, _)| *used);
                covering.filter(|used| self.passes(*used, categories, t_ms)).collect()
            }
            Look::Listed => self.listed.get(&signal).into_iter().flatten().copied().filter(|used| self.passes(*used, categories, t_ms)).collect(),
        }
    }
}

impl Decides for HashIds {
    fn decide(&mut self, signal: SignalId, t_ms: i64) -> u128 {
        self.allowed(signal.0, t_ms).into_iter().fold(0, |set, used| set | 1 << used)
    }
}
