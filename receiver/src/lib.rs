//! The manufacturer's side: verify with the same core, store, hand on, acknowledge, erase.
//!
//! [`engine`] is free of sockets and clocks, so that the same code runs in the process and in a simulation; one transaction
//! per message: verify, store, advance, erase; what it sends goes out after the commit.

mod admit;
mod batches;
mod calendar;
mod catalogs;
pub mod cli;
mod clock;
pub mod config;
pub mod engine;
mod erase;
mod hand_on;
pub mod keys;
mod lane;
mod link;
pub mod look;
mod report;
pub mod run;
mod service;
mod state;
mod store;
pub mod tls;
mod verify;
mod work;
