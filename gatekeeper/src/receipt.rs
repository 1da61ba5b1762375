//! stub
#![allow(missing_docs, clippy::todo, unused_variables, reason = "being written")]
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::ledger::ConsentEvent;

pub fn receipt(event: &ConsentEvent, person: &str, catalog: &CompiledCatalog, secret: Option<&[u8; 32]>) -> serde_json::Value { todo!() }

/// A UUID in its text form.
pub(crate) fn uuid(bytes: &[u8; 16]) -> String {
    let digits = consent_protocol::StreamId(*bytes).to_string();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range).unwrap_or_default());
    parts.join("-")
}
