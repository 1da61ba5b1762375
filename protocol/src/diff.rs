//! Which changes between two catalogs are material, so that they suspend a consent until it is renewed (R15).
//!
//! One function for the author's `consent-catalog diff` and for the agent that loads a catalog: the signer's word is not used.

use crate::catalog::CompiledCatalog;
use alloc::string::String;
use alloc::vec::Vec;

/// Whether a change touches consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Consent to the use is suspended until renewed.
    Material,
    /// Consent goes on.
    Editorial,
}

/// What changed of a use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Use id.
    pub use_id: String,
    /// Whether it touches consent.
    pub weight: Weight,
    /// Which key changed, as in the TOML.
    pub key: &'static str,
    /// From what to what, in words.
    pub what: String,
}

/// All changes of uses from one catalog to the next, by use id; a use that is gone or new is listed with the key `id`.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn diff(old: &CompiledCatalog, new: &CompiledCatalog) -> Vec<Change> {
    todo!()
}
