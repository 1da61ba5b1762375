//! The verdict: may this record leave, for which uses, and how precisely?
//!
//! Pure and total: no allocation, no clock, no I/O, no panic. Time and context are arguments. Everything that decides about
//! a person's data stands in this crate, so that one small piece of code can be read, fuzzed and held against an oracle.
//!
//! - [`catalog`]: the borrowed tables that a compiled catalog yields.
//! - [`standing`] and [`context`]: what people decided, and who is in the car now.
//! - [`gate`]: rebuild on change, decide per record.
//! - [`rule`], [`grid`] and [`transform`]: what is left of a sample that passed; [`track`]: which places are nobody's business;
//!   [`conform`]: the same, seen from the receiver.
//! - [`limits`]: sizes, and the limits (R53) that stand above any catalog.
#![no_std]
#![deny(clippy::arithmetic_side_effects)]

pub mod catalog;
pub mod conform;
pub mod context;
pub mod gate;
pub mod grid;
pub mod ids;
mod judge;
mod level;
pub mod limits;
mod noise;
pub mod reason;
pub mod rule;
pub mod sample;
pub mod standing;
pub mod track;
pub mod transform;
mod window;

pub use catalog::{Access, Benefit, Catalog, CategoryDef, CategoryKind, Condition, Ground, SignalDef, TierRule, UseDef};
pub use context::{Assurance, ClockTrust, Context, DrivingState, Occupancy, Pauses, Present, Role};
pub use gate::{Activity, Gate, UseState, Verdict};
pub use ids::{CategorySet, PersonIx, SignalId, Tier, UseIx, UseSet};
pub use reason::Reason;
pub use rule::{Aggregate, Change, Guard, Leaves, Rule, ScoreRole, Slices, Step, Way, Weigh};
pub use sample::{Fix, Sample, Text, Value};
pub use standing::{Standing, Standings, Status};
pub use track::{Cleared, Fate, Places, Stop, Track};
pub use transform::{Counts, Debit, EndCause, NoSource, Released, ReleasedValue, RuleState, Shared, Sink, Source, Timing, Work};
