//! What is signed and what goes over the wire, in both directions: `docs/wire.md` describes every byte of it.
//!
//! - [`catalog`]: the compiled catalog, the same bytes for every car of an audience; [`tables`] makes the gate's view of it.
//! - [`diff`]: which changes between two catalogs are material (R15).
//! - [`envelope`]: COSE_Sign1 around everything that is signed; [`cert`]: the certificate of a stream's key.
//! - [`batch`] and [`coder`]: released data; [`lane`]: Hello, statements, State and answers.
//! - [`ledger`]: the entries of the chained record of consent.
//!
//! Decoders are total: any bytes yield a value or an error, in bounded time and memory.
#![no_std]

extern crate alloc;

pub mod batch;
pub mod catalog;
pub mod cert;
pub mod coder;
pub mod diff;
pub mod envelope;
pub mod ids;
pub mod lane;
pub mod ledger;
pub mod tables;
pub mod topic;

pub use ids::{Digest, Head, Nonce, StreamId};
