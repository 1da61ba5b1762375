//! What is paused (R19), and until when.
//!
//! INVARIANT: a pause ends only when it was told to, with its trip, or at its time by a trusted clock; what cannot be kept
//! apart any more becomes a pause of everything.

use crate::control::PauseScope;
use crate::status::PauseStatus;
use consent_core::{CategorySet, Pauses, UseIx};
use consent_protocol::catalog::CompiledCatalog;

/// Scopes kept apart.
const SCOPES_MAX: usize = 256;
/// As stored: until resumed, and until the trip ends.
const RESUMED: i64 = 0;
const TRIP: i64 = -1;

/// When a pause ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    Resumed,
    Trip,
    /// Unix milliseconds.
    Time(i64),
}

/// Scopes with their ends; at most one end a scope, at most [`SCOPES_MAX`].
#[derive(Clone, Debug, Default)]
pub(super) struct PauseList(Vec<(PauseScope, Until)>);

impl PauseList {
    /// Reads what was stored. A scope that cannot be read pauses everything.
    pub(super) fn load(stored: &[(String, i64)]) -> Self {
        let mut list = Self::default();
        for (scope, until) in stored {
            let until = match *until {
                RESUMED => Until::Resumed,
                TRIP => Until::Trip,
                time_ms => Until::Time(time_ms),
            };
            list.set(serde_json::from_str(scope).unwrap_or(PauseScope::All), until);
        }
        list
    }

    /// As it is stored.
    pub(super) fn stored(&self) -> Vec<(String, i64)> {
        let end = |until: Until| match until {
            Until::Resumed => RESUMED,
            Until::Trip => TRIP,
            Until::Time(time_ms) => time_ms,
        };
        self.0.iter().map(|(scope, until)| (serde_json::to_string(scope).unwrap_or_default(), end(*until))).collect()
    }

    pub(super) fn set(&mut self, scope: PauseScope, until: Until) {
        let (scope, until) =
            if self.0.len() < SCOPES_MAX || self.0.iter().any(|(known, _)| *known == scope) { (scope, until) } else { (PauseScope::All, Until::Resumed) };
        self.0.retain(|(known, _)| *known != scope);
        self.0.push((scope, until));
    }

    /// Whether everything is paused.
    pub(super) fn all_paused(&self) -> bool {
        self.0.iter().any(|(scope, _)| *scope == PauseScope::All)
    }

    /// Whether there was such a pause.
    pub(super) fn remove(&mut self, scope: &PauseScope) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != scope);
        self.0.len() < before
    }

    /// Whether a pause ended with the trip.
    pub(super) fn end_trip(&mut self) -> bool {
        let before = self.0.len();
        self.0.retain(|(_, until)| *until != Until::Trip);
        self.0.len() < before
    }

    /// Whether a pause ended by time.
    pub(super) fn end_by(&mut self, wall_ms: i64) -> bool {
        let before = self.0.len();
        self.0.retain(|(_, until)| !matches!(until, Until::Time(end_ms) if *end_ms <= wall_ms));
        self.0.len() < before
    }

    /// Wall time of the next end by time.
    pub(super) fn due_ms(&self) -> Option<i64> {
        let ends = self.0.iter().filter_map(|(_, until)| match until {
            Until::Time(end_ms) => Some(*end_ms),
            Until::Resumed | Until::Trip => None,
        });
        ends.min()
    }

    /// As the gate takes it; scopes that the catalog does not have pause nothing of it.
    pub(super) fn resolve(&self, catalog: &CompiledCatalog) -> Pauses {
        let mut pauses = Pauses::default();
        for (scope, _) in &self.0 {
            match scope {
                PauseScope::All => pauses.all = true,
                PauseScope::Use(id) => {
                    if let Some(use_ix) = catalog.use_index(id).and_then(|at| u8::try_from(at).ok()) {
                        pauses.uses.insert(UseIx(use_ix));
                    }
                }
                PauseScope::Category(id) => {
                    let bit = catalog.categories.iter().position(|category| category.id == *id).and_then(|at| u8::try_from(at).ok());
                    pauses.categories = pauses.categories.or(bit.map_or(CategorySet::EMPTY, CategorySet::single));
                }
            }
        }
        pauses
    }

    /// For a page to put into words.
    pub(super) fn shown(&self) -> Vec<PauseStatus> {
        let one = |(scope, until): &(PauseScope, Until)| PauseStatus {
            scope: scope.clone(),
            until: match until {
                Until::Resumed => "resumed".to_owned(),
                Until::Trip => "trip".to_owned(),
                Until::Time(_) => "time".to_owned(),
            },
            until_ms: match until {
                Until::Resumed | Until::Trip => None,
                Until::Time(end_ms) => Some(*end_ms),
            },
        };
        self.0.iter().map(one).collect()
    }

    /// For people to read.
    pub(super) fn words(&self) -> Vec<String> {
        let end = |until: &Until| match until {
            Until::Resumed => "until resumed".to_owned(),
            Until::Trip => "for this trip".to_owned(),
            Until::Time(end_ms) => format!("until {}", crate::words::date_time(*end_ms)),
        };
        self.0.iter().map(|(scope, until)| format!("{}, {}", scope_words(scope), end(until))).collect()
    }
}

/// A scope in words.
pub(super) fn scope_words(scope: &PauseScope) -> String {
    match scope {
        PauseScope::All => "everything optional".to_owned(),
        PauseScope::Use(id) => format!("use `{id}`"),
        PauseScope::Category(id) => format!("category `{id}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back_and_the_unreadable_pauses_everything() {
        let mut list = PauseList::default();
        list.set(PauseScope::Use("traffic".to_owned()), Until::Trip);
        list.set(PauseScope::Category("location".to_owned()), Until::Time(5));
        list.set(PauseScope::Use("traffic".to_owned()), Until::Resumed);
        let again = PauseList::load(&list.stored());
        assert_eq!(again.0, list.0);
        assert_eq!(again.0.len(), 2, "one end a scope");
        assert_eq!(PauseList::load(&[("{".to_owned(), 0)]).0, [(PauseScope::All, Until::Resumed)]);
    }

    #[test]
    fn too_many_scopes_pause_everything() {
        let mut list = PauseList::default();
        for n in 0..SCOPES_MAX + 5 {
            list.set(PauseScope::Use(n.to_string()), Until::Trip);
        }
        assert_eq!(list.0.len(), SCOPES_MAX + 1);
        assert!(list.0.contains(&(PauseScope::All, Until::Resumed)));
    }
}
