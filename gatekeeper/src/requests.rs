//! stub
#![allow(missing_docs, clippy::todo, unused_variables, reason = "being written")]
use crate::book::Book;
use crate::change::{Change, Moment};
use crate::control::{Peer, RequestAnswer};
use crate::people::People;
use crate::refusal::Refusal;
use crate::rng::Rng;
use crate::store::{RequestRow, Snapshot, StoreOp};
use std::collections::BTreeSet;

#[derive(Debug)]
pub struct Requests {}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub person: String,
    pub use_id: String,
    /// To be journalled and stored as one transaction (the request's row is among its ops). Given or renewed: `Book::bind` after the commit.
    pub change: Change,
}

impl Requests {
    pub fn load(snapshot: &Snapshot) -> Self { todo!() }
    /// Raises what may be asked now: events `requested`, with the request's row as op. Call on every change of context or standing.
    pub fn consider(&mut self, book: &Book, people: &People, moment: &Moment<'_>, rng: &mut Rng) -> Vec<Change> { todo!() }
    pub fn list(&self, book: &Book, moment: &Moment<'_>) -> serde_json::Value { todo!() }
    pub fn open(&self) -> impl Iterator<Item = &RequestRow> { core::iter::empty() }
    pub fn open_count(&self) -> u64 { todo!() }
    /// Answers a request through the book (give, refuse) and closes it; a refusal of the book leaves it open.
    pub fn answer(&mut self, id: u64, answer: &RequestAnswer, book: &mut Book, peer: Peer, moment: &Moment<'_>, rng: &mut Rng) -> Result<Answered, Refusal> { todo!() }
    pub fn catalog_changed(&mut self, material: &BTreeSet<String>, gone: &BTreeSet<String>) -> Vec<StoreOp> { todo!() }
    pub fn forget(&mut self, person: &str) { todo!() }
}
