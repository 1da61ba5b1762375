//! A receipt that a person can keep: as a record, as a line for a QR code, as text (docs/export.md).

use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::data::{UseName, owner, use_name};
use consent_gatekeeper::control::Request;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A receipt.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ReceiptView {
    /// Number of the ledger entry.
    pub seq: u64,
    /// Digest of its signed bytes: it must stand in the chain.
    pub digest: String,
    /// UUID of the consent record.
    pub record: String,
    /// Which use.
    #[serde(rename = "use")]
    pub used: UseName,
    /// What happened, as an action of consent.
    pub action: String,
    /// When, RFC 3339.
    pub time: String,
    /// Until when it lasts, RFC 3339; none where it ended.
    pub until: Option<String>,
    /// What it reveals.
    pub reveals: String,
    /// `none`, `low`, `high`: with what assurance the profile was recognised.
    pub assurance: String,
    /// Ends the consent at the controller without the car (R35), while it is in force.
    pub secret: Option<String>,
    /// Where.
    pub contact: String,
    /// All that is needed in one line, as in the QR code.
    pub text: String,
    /// The record itself: ISO/IEC TS 27560 as JSON-LD.
    pub consent_record: Value,
}

/// The receipt of an entry, for its person alone.
pub async fn receipt(ctx: &Ctx, entry: u64) -> Result<ReceiptView, Fault> {
    owner(ctx)?;
    let record: Value = match ctx.data(Request::LedgerReceipt { entry }).await {
        // Whether there is no such entry, or it is another person's, is the same to whoever asks.
        Err(Fault::Refused(_)) => return Err(Fault::NotFound),
        other => other?,
    };
    view(ctx, entry, record).ok_or(Fault::Silent)
}

fn view(ctx: &Ctx, seq: u64, consent_record: Value) -> Option<ReceiptView> {
    let text = |pointer: &str| consent_record.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let record = text("/record_id")?;
    let digest = text("/ledger_entry/sha256")?;
    let action = text("/event/event_type")?;
    let use_id = text("/purpose/use").unwrap_or_default();
    let used = use_name(ctx, &use_id);
    let secret = text("/withdrawal_method/without_the_car/secret");
    let contact = text("/withdrawal_method/without_the_car/at").unwrap_or_else(|| used.recipient.contact.clone());
    let ended = !matches!(action.as_str(), "given" | "renewed" | "narrowed");
    let time = text("/event/event_time")?;
    let id = record.replace('-', "");
    let start = match &secret {
        Some(secret) => format!("CG1:R:{id}:{seq}:{digest}:{secret}:").to_uppercase(),
        None => format!("CG1:E:{id}:{seq}:{digest}:").to_uppercase(),
    };
    let line = match secret {
        Some(_) => format!("{start}{}:{use_id}:{contact}", used.recipient.id),
        None => format!("{start}{}:{use_id}:{action}:{time}", used.recipient.id),
    };
    Some(ReceiptView {
        seq,
        digest,
        record,
        used,
        until: text("/event/validity_duration/until").filter(|_| !ended),
        reveals: text("/processing_method/reveals").unwrap_or_default(),
        assurance: text("/event/assurance").unwrap_or_default(),
        action,
        time,
        secret,
        contact,
        text: line,
        consent_record,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ctx() -> Ctx {
        let catalog = crate::fixture::catalog(0);
        crate::fixture::ctx(catalog.clone(), crate::fixture::status(&catalog), None)
    }

    fn record(action: &str, secret: Option<&str>) -> Value {
        json!({
            "record_id": "5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a5a5a",
            "ledger_entry": { "seq": 9, "sha256": "ab".repeat(32) },
            "purpose": { "use": "traffic" },
            "processing_method": { "reveals": "where you were, to 2 km" },
            "withdrawal_method": { "without_the_car": { "at": "privacy@roadinfo.example", "secret": secret } },
            "event": { "event_type": action, "event_time": "2026-11-24T12:00:00Z", "assurance": "high", "validity_duration": { "until": "2027-11-24T12:00:00Z" } },
        })
    }

    #[test]
    fn the_line_of_a_receipt_holds_what_ends_the_consent() {
        let ctx = ctx();
        let secret = "0f".repeat(32);
        let given = view(&ctx, 9, record("given", Some(&secret))).unwrap();
        let expected = format!("CG1:R:5A5A5A5A5A5A4A5A8A5A5A5A5A5A5A5A:9:{}:{}::traffic:privacy@roadinfo.example", "AB".repeat(32), "0F".repeat(32));
        assert_eq!((given.text.as_str(), given.secret.as_deref(), given.until.is_some()), (expected.as_str(), Some(secret.as_str()), true));
        assert!(crate::qr::svg(&given.text, "").is_some());
        let ended = view(&ctx, 9, record("withdrawn", None)).unwrap();
        assert!(ended.text.starts_with("CG1:E:") && ended.text.ends_with(":withdrawn:2026-11-24T12:00:00Z"), "{}", ended.text);
        assert_eq!((ended.secret, ended.until), (None, None));
    }

    #[test]
    fn a_record_without_its_place_in_the_ledger_is_no_receipt() {
        let ctx = ctx();
        let mut record = record("given", None);
        record.as_object_mut().unwrap().remove("ledger_entry");
        assert_eq!(view(&ctx, 9, record), None);
    }
}
