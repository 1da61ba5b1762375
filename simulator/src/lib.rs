//! The desk: a simulated car and its people, replay of recorded drives, an embedded broker, catalog tools, the oracle.
pub mod oracle;

pub mod catalog;
