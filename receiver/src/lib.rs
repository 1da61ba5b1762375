//! The manufacturer's side: verify with the same core, store, hand on, acknowledge, erase.
//!
//! [`engine`] is free of sockets and clocks, so that the same code runs in the process and in a simulation; one transaction
//! per message: verify, store, advance, erase; what it sends goes out after the commit.

mod admit;
mod batches;
mod calendar;
mod catalogs;
pub mod engine;
mod erase;
mod hand_on;
mod lane;
mod state;
mod store;
mod verify;
mod work;
