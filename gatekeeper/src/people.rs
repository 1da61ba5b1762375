//! stub
#![allow(missing_docs, clippy::todo, unused_variables, reason = "being written")]
use crate::book::Book;
use crate::change::{ContextMeta, Moment};
use crate::control::{PauseFor, PauseScope, Peer};
use crate::now::Now;
use crate::refusal::Refusal;
use crate::status::PersonStatus;
use consent_core::{Assurance, Context, DrivingState, Occupancy, UseSet, Value};
use std::collections::BTreeSet;

/// Which of the context's signals (see `ContextSignals`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContextSignal { Speed, Gear, ParkingBrake, Ignition }

/// What became of the trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TripChange { Began, Ended, Restarted }

impl TripChange {
    /// Whether a trip ended: call `Book::trip_ended`.
    pub fn ended(self) -> bool { matches!(self, Self::Ended | Self::Restarted) }
}

/// Whether something begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Switch { Begin, End }

impl From<bool> for Switch {
    fn from(begins: bool) -> Self { if begins { Self::Begin } else { Self::End } }
}

/// Whether the store can record what would leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreHealth { Writes, Failed }

/// What a change of the context asks of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// The list of people changed: `Book::aboard`.
    pub list: bool,
    /// Somebody else drives.
    pub driver: bool,
    /// The gate must be rebuilt.
    pub context: bool,
    /// `meta()` must be stored.
    pub store: bool,
    pub trip: Option<TripChange>,
}

#[derive(Debug)]
pub struct People {}

impl People {
    pub fn load(meta: Option<ContextMeta>) -> Self { todo!() }
    /// At boot: ends a trip that was over while the car's computer was off (high-water mark more than 10 min ago).
    pub fn resumed(&mut self, high_water_ms: i64, now: &Now) -> Effect { todo!() }
    pub fn enter(&mut self, person: Option<&str>, assurance: Assurance, minor: Age) -> Result<Effect, Refusal> { todo!() }
    pub fn leave(&mut self, person: Option<&str>) -> Result<Effect, Refusal> { todo!() }
    pub fn driver(&mut self, person: Option<&str>, assurance: Assurance, minor: Age, now: &Now) -> Result<Effect, Refusal> { todo!() }
    pub fn not_me(&mut self, now: &Now) -> Result<Effect, Refusal> { todo!() }
    pub fn complete(&mut self, occupancy: Occupancy) -> Effect { todo!() }
    pub fn observe(&mut self, signal: ContextSignal, value: &Value, t_ms: i64, now: &Now) -> Effect { todo!() }
    /// Any record came in.
    pub fn saw_sample(&mut self, now: &Now) { todo!() }
    pub fn tick(&mut self, now: &Now) -> Effect { todo!() }
    /// Monotonic.
    pub fn next_due_ms(&self, now: &Now) -> Option<u64> { todo!() }
    pub fn pause(&mut self, scope: PauseScope, duration: PauseFor, moment: &Moment<'_>) -> Result<Effect, Refusal> { todo!() }
    pub fn resume(&mut self, scope: &PauseScope) -> Result<Effect, Refusal> { todo!() }
    pub fn stop_while_aboard(&mut self) -> Effect { todo!() }
    pub fn theft(&mut self, begins: Switch, peer: Peer, now: &Now) -> Result<Effect, Refusal> { todo!() }
    pub fn theft_until_ms(&self) -> i64 { todo!() }
    pub fn call(&mut self, use_id: &str, begins: Switch, moment: &Moment<'_>) -> Result<Effect, Refusal> { todo!() }
    pub fn mark_shown(&mut self, use_ids: &BTreeSet<String>) -> Effect { todo!() }
    /// Uses that changed materially must be shown again.
    pub fn catalog_changed(&mut self, material: &BTreeSet<String>, gone: &BTreeSet<String>) -> Effect { todo!() }
    /// A person was erased: they become a guest.
    pub fn forget(&mut self, person: &str, now: &Now) -> Effect { todo!() }
    pub fn context(&self, book: &Book, moment: &Moment<'_>, no_key: UseSet, store: StoreHealth) -> Context { todo!() }
    pub fn driving(&self) -> DrivingState { todo!() }
    pub fn trip(&self) -> Option<u64> { todo!() }
    pub fn stopped_by_occupant(&self) -> bool { todo!() }
    pub fn driver_id(&self) -> Option<&str> { todo!() }
    pub fn meta(&self) -> ContextMeta { todo!() }
    pub fn list(&self) -> Vec<PersonStatus> { todo!() }
    pub fn paused_words(&self) -> Vec<String> { todo!() }
}

/// Whether a person can consent (R48).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Age { OfAge, Minor }
impl From<bool> for Age {
    fn from(minor: bool) -> Self { if minor { Self::Minor } else { Self::OfAge } }
}
