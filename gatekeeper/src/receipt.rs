//! stub
#![allow(missing_docs, clippy::todo, unused_variables, reason = "being written")]
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::ledger::ConsentEvent;

pub fn receipt(event: &ConsentEvent, person: &str, catalog: &CompiledCatalog, secret: Option<&[u8; 32]>) -> serde_json::Value { todo!() }
