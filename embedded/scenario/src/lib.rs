//! A fixed life of one car, driven through consent-core's gate, transformations and track, without std and alloc.
//!
//! The same life runs on the machine that builds it, on x86-64 without any library, and on a Cortex-M4; what comes of it is three
//! lines that must be the same to the byte: counts, a digest over every verdict, a digest over every bit of every released value.
//!
//! INVARIANT: nothing here asks the target for anything. Chance is seeded, time is counted, and no function is called whose last bit
//! a target could choose.
#![no_std]

mod chance;
mod desk;
mod life;
mod road;
mod tables;

pub use consent_core::Reason;
pub use desk::KINDS;
pub use life::{Going, Life, Outcome, write_state};

/// Verdicts and nothing else are measured over so many rounds of all signals.
pub const ROUNDS: u32 = 2_000;
