//! The gatekeeper: a sans-IO state machine. Events go in, commands come out; it has no files, sockets, tasks or clocks, so
//! that the same code runs in the car, in ten thousand simulated cars in one process, and under fault simulation.
//!
//! Five parts, each testable alone: standing (`book`, `people`, `requests`), gate (`stage`), batcher, outbox and ledger
//! (`journal`). `machine` joins them.
//!
//! INVARIANT: what others see (an answer, a hand-over, "expired") waits for [`event::Event::Committed`] of its cause. A grant
//! binds when it is stored; an end binds in memory at once.

pub mod batcher;
pub mod book;
pub mod change;
pub mod command;
pub mod control;
pub mod counters;
pub mod drove;
pub mod event;
pub mod journal;
pub mod kept;
pub mod machine;
pub mod now;
pub mod outbox;
pub mod passed;
pub mod people;
pub mod pin;
pub mod receipt;
pub mod refusal;
pub mod requests;
pub mod rng;
pub mod secret;
pub mod show;
pub mod signer;
pub mod stage;
pub mod status;
pub mod store;
pub mod trip;
pub mod vault;
mod words;

#[cfg(test)]
mod fixture;

pub use command::Command;
pub use event::Event;
pub use machine::{Config, ContextSignals, Gatekeeper, SharedCatalog};
pub use now::Now;
pub use signer::{KeyName, SignError, Signer};
