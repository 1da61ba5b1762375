//! Who is in the car, what it is doing, and whether its clock can be believed. Stale means unknown means the strict side.

use crate::ids::{CategorySet, PersonIx, UseSet};
use crate::limits::PERSONS_MAX;

/// How surely a person was recognised (R16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Assurance {
    /// Not at all.
    #[default]
    None,
    /// A chosen profile, a key fob, a phone nearby.
    Low,
    /// A PIN, a face, the own phone unlocked.
    High,
}

/// What a person is in the car.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Role {
    /// Drives.
    Driver,
    /// Sits in any other seat.
    Occupant,
}

/// One person present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// Their row in the standings; `None` for a guest, whose optional uses are all denied.
    pub person: Option<PersonIx>,
    /// What they are in the car.
    pub role: Role,
    /// How surely they were recognised.
    pub assurance: Assurance,
    /// Under the age of consent of the country (R48): gives none, and counts as no for the cabin.
    pub minor: bool,
}

/// Whether all occupied seats are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Occupancy {
    /// Unreadable counts as occupied by somebody who said nothing.
    #[default]
    Unknown,
    /// The list of present persons is complete.
    Complete,
}

/// What the car is doing; standing and unknown count as driving where asking is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum DrivingState {
    /// No recent data.
    #[default]
    Unknown,
    /// Gear P, or parking brake on and speed 0 for 5 s. †
    Parked,
    /// Speed 0 without being parked.
    Standing,
    /// Moving.
    Driving,
}

/// Whether wall time can be used for validity (R3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ClockTrust {
    /// Set back, or never set.
    #[default]
    Untrusted,
    /// Good.
    Trusted,
}

/// What is paused (R19).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// Everything optional.
    pub all: bool,
    /// Single uses.
    pub uses: UseSet,
    /// Single categories.
    pub categories: CategorySet,
}

/// All that the verdict depends on besides standings and catalog.
#[derive(Clone, Debug)]
pub struct Context {
    /// Persons present; empty together with [`Occupancy::Complete`] means nobody is aboard.
    pub present: heapless::Vec<Present, PERSONS_MAX>,
    /// Whether that list is complete.
    pub occupancy: Occupancy,
    /// The last driver, for uses that may rest on their standing while parked with nobody aboard.
    pub last_driver: Option<PersonIx>,
    /// What the car is doing.
    pub driving: DrivingState,
    /// An occupant's stop of the driver categories, until the trip ends (R17).
    pub stopped_by_occupant: bool,
    /// Pauses.
    pub pauses: Pauses,
    /// Uses without consent that were shown to a person already (R53).
    pub shown: UseSet,
    /// Uses whose call is under way.
    pub calls: UseSet,
    /// Theft declared and not over (R25).
    pub theft: bool,
    /// Uses for which no certified key is left.
    pub no_key: UseSet,
    /// The store failed: nothing that it could not record may leave.
    pub store_failed: bool,
    /// Clock trust.
    pub clock: ClockTrust,
    /// Wall time, Unix milliseconds.
    pub wall_ms: i64,
}

impl Default for Context {
    /// The strict side of everything.
    fn default() -> Self {
        Self {
            present: heapless::Vec::new(),
            occupancy: Occupancy::Unknown,
            last_driver: None,
            driving: DrivingState::Unknown,
            stopped_by_occupant: false,
            pauses: Pauses::default(),
            shown: UseSet::EMPTY,
            calls: UseSet::EMPTY,
            theft: false,
            no_key: UseSet::EMPTY,
            store_failed: false,
            clock: ClockTrust::Untrusted,
            wall_ms: 0,
        }
    }
}
