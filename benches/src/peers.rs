//! What others would do: deciding with hash maps and policy engines, writing records as rows.

pub mod cached;
pub mod cedar;
pub mod hash_ids;
pub mod hash_strings;
pub mod rego;
pub mod rows;

use consent_core::SignalId;

/// An engine that decides which uses get a record; the answer has one bit for each.
pub trait Decides {
    /// Uses that get the record.
    fn decide(&mut self, signal: SignalId, t_ms: i64) -> u128;
}
