//! How rows become bytes: per signal a column of times and a column of values.
//!
//! Coder 0, always built in: scaled integers, delta zigzag, bit-packed in blocks of 32, equal time columns once. Coder 1,
//! behind the feature `zstd`: delta zigzag varints under zstd.

use crate::batch::Row;
use alloc::vec::Vec;

/// Bit-packed.
pub const BIT_PACKED: u8 = 0;
/// Varints under zstd -3.
pub const ZSTD: u8 = 1;

/// Why a body cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoderError {
    /// A coder that this build does not have.
    #[error("coder {0} is not built in")]
    Unknown(u8),
    /// The bytes end early, go on too long, or contradict themselves.
    #[error("body is damaged")]
    Damaged,
    /// More rows than declared, or than any batch may have.
    #[error("body has more rows than declared")]
    TooMany,
}

/// Codes rows with the coder that suits them; the order of rows within a signal is kept. Yields the coder and the bytes.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn encode(rows: &[Row]) -> (u8, Vec<u8>) {
    todo!()
}

/// Decodes a body, sorted by signal; `records` is the declared number of rows and bounds the memory.
#[allow(clippy::todo, unused_variables, reason = "being written")]
pub fn decode(coder: u8, body: &[u8], records: u32) -> Result<Vec<Row>, CoderError> {
    todo!()
}
