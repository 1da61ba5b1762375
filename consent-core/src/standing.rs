//! What each present person decided about each use: replaced, never stacked.
//!
//! A refusal is a standing too, so refusal beats consent by construction. Persons are named by their seat in this table
//! only; who they are is the gatekeeper's business.

use crate::ids::{CategorySet, PersonIx, Tier, UseIx};
use crate::limits::{PERSONS_MAX, USES_MAX};

/// What a person last decided, or what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Status {
    /// Never decided.
    #[default]
    None,
    /// Consented, or requested the service.
    Given,
    /// Consented to record and keep; each transmission is confirmed by review (R13).
    GivenEachReview,
    /// Refused.
    Refused,
    /// Withdrawn.
    Withdrawn,
    /// Ended by its date.
    Expired,
    /// Ended with the trip that it was for.
    TripEnded,
    /// Suspended by a material change (R15).
    Suspended,
    /// Objected (R37).
    Objected,
    /// Restricted (R37).
    Restricted,
}

/// One person's standing towards one use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What was decided.
    pub status: Status,
    /// Categories that the consent covers.
    pub categories: CategorySet,
    /// Finest tier that the consent allows.
    pub tier: Tier,
    /// Wall time of its begin, Unix milliseconds.
    pub from_ms: i64,
    /// Wall time of its end, Unix milliseconds; at most [`crate::limits::CONSENT_MS_MAX`] after the begin.
    pub until_ms: i64,
}

/// Standings of all present persons.
#[derive(Clone, Debug)]
pub struct Standings {
    table: [[Standing; USES_MAX]; PERSONS_MAX],
}

impl Default for Standings {
    #[allow(clippy::large_stack_arrays, reason = "no allocation here; whoever holds a car boxes it whole")]
    fn default() -> Self {
        Self { table: [[Standing::default(); USES_MAX]; PERSONS_MAX] }
    }
}

impl Standings {
    /// A person's standing towards a use; out of range is "never decided".
    pub fn get(&self, person: PersonIx, use_ix: UseIx) -> Standing {
        self.table.get(person.index()).and_then(|row| row.get(use_ix.index())).copied().unwrap_or_default()
    }

    /// Replaces a standing; out of range changes nothing.
    pub fn set(&mut self, person: PersonIx, use_ix: UseIx, standing: Standing) {
        if let Some(cell) = self.table.get_mut(person.index()).and_then(|row| row.get_mut(use_ix.index())) {
            *cell = standing;
        }
    }

    /// Forgets a person: the seat is free for somebody else.
    pub fn clear(&mut self, person: PersonIx) {
        if let Some(row) = self.table.get_mut(person.index()) {
            *row = [Standing::default(); USES_MAX];
        }
    }
}
