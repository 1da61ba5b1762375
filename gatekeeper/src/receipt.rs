//! The record of a decision as it is issued to the person: ISO/IEC TS 27560:2023 as JSON-LD with the terms of the W3C Data
//! Privacy Vocabulary 2.3, of giving and of ending.
//!
//! A receipt says that a profile decided with some assurance, not who sat there (R36).

use crate::book::secret_words;
use crate::refusal::assurance_name;
use crate::words::{action_word, driving_word, rfc3339, text_or_first};
use consent_core::{CategorySet, Ground};
use consent_protocol::catalog::{Category, CompiledCatalog, Recipient, RecipientRole, Use};
use consent_protocol::ledger::{Cadence, ConsentAction, ConsentEvent, Method};
use serde_json::{Value, json};

const PROFILE: &str = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr";
const GDPR: &str = "https://w3id.org/dpv/legal/eu/gdpr#";
const PD: &str = "https://w3id.org/dpv/pd#";
/// Personal data of special categories (GDPR 9), by the last part of their IRI.
const SPECIAL: [&str; 4] = ["Biometric", "Health", "FacialPrint", "Fingerprint"];

/// The receipt of an event. `catalog` is the one in force at the event, which gives tier and categories their meaning; `secret` is
/// printed where a consent is given, and ends it at the controller without the car (R35).
pub fn receipt(event: &ConsentEvent, person: &str, catalog: &CompiledCatalog, secret: Option<&[u8; 32]>) -> Value {
    let used = catalog.uses.iter().find(|used| used.id == event.use_id);
    let recipient = used.and_then(|used| catalog.recipients.get(usize::from(used.recipient)));
    let covered: Vec<&Category> =
        (0_u8..).zip(&catalog.categories).filter(|(bit, _)| event.categories.intersects(CategorySet::single(*bit))).map(|(_, category)| category).collect();
    json!({
        "@context": context(),
        "@id": format!("urn:uuid:{}", uuid(&event.record)),
        "@type": "dpv:ConsentRecord",
        "conforms_to": PROFILE,
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": uuid(&event.record),
        "pii_principal_id": person,
        "language": event.language,
        "privacy_notice": used.map(|used| notice(event, used)),
        "purpose": used.map(|used| purpose(event, used)),
        "lawful_basis": lawful_basis(event.ground, &covered),
        "pii_type": covered.iter().map(|category| pii_type(category, &event.language)).collect::<Vec<_>>(),
        "processing_method": used.map(|used| processing(event, used)),
        "pii_controllers": recipient.map(|recipient| vec![party(recipient, &event.language)]),
        "recipient_third_parties": recipient.filter(|recipient| recipient.role == RecipientRole::ThirdParty).map(|recipient| vec![recipient.id.as_str()]).unwrap_or_default(),
        "storage_locations": recipient.map(|recipient| recipient.countries.clone()),
        "retention_period": used.map(|used| format!("P{}D", used.retention_days)),
        "jurisdiction": catalog.country,
        "privacy_rights": ["eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A16", "eu-gdpr:A17", "eu-gdpr:A18", "eu-gdpr:A20", "eu-gdpr:A21", "eu-gdpr:A77"],
        "authority_party": recipient.map(|recipient| recipient.authority.as_str()),
        "withdrawal_method": recipient.map(|recipient| withdrawal(recipient, secret)),
        "event": happening(event, person),
    })
}

/// A UUID in its text form.
pub fn uuid(bytes: &[u8; 16]) -> String {
    let digits = consent_protocol::StreamId(*bytes).to_string();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range).unwrap_or_default());
    parts.join("-")
}

/// The names of the standard as terms of the vocabulary. What has none there is ours.
fn context() -> Value {
    json!({
        "dpv": "https://w3id.org/dpv#",
        "pd": PD,
        "eu-gdpr": GDPR,
        "dct": "http://purl.org/dc/terms/",
        "@vocab": "urn:consent-gate:record#",
        "conforms_to": { "@id": "dct:conformsTo", "@type": "@id" },
        "record_id": "dct:identifier",
        "language": "dct:language",
        "pii_principal_id": "dpv:hasDataSubject",
        "privacy_notice": "dpv:hasNotice",
        "purpose": "dpv:hasPurpose",
        "lawful_basis": { "@id": "dpv:hasLegalBasis", "@type": "@id" },
        "pii_type": "dpv:hasPersonalData",
        "processing_method": "dpv:hasProcessing",
        "pii_controllers": "dpv:hasDataController",
        "recipient_third_parties": "dpv:hasRecipientThirdParty",
        "jurisdiction": "dpv:hasJurisdiction",
        "privacy_rights": { "@id": "dpv:hasRight", "@type": "@id" },
        "authority_party": "dpv:hasAuthority",
        "event_state": { "@id": "dpv:hasConsentStatus", "@type": "@id" },
        "validity_duration": "dpv:hasDuration"
    })
}

fn notice(event: &ConsentEvent, used: &Use) -> Value {
    json!({
        "@type": "dpv:ConsentNotice",
        "headline": text_or_first(&used.texts.headline, &event.language),
        "text": text_or_first(&used.texts.notice, &event.language),
        "sha256": event.text.to_string(),
    })
}

fn purpose(event: &ConsentEvent, used: &Use) -> Value {
    json!({
        "@type": used.purpose,
        "use": used.id,
        "revision": event.revision,
        "terms_sha256": event.terms.to_string(),
        "catalog_sha256": event.catalog.to_string(),
        "description": text_or_first(&used.texts.plain, &event.language),
        "benefit": text_or_first(&used.texts.benefit, &event.language),
    })
}

fn pii_type(category: &Category, language: &str) -> Value {
    json!({ "@type": category.iri, "id": category.id, "name": text_or_first(&category.name, language), "special": is_special(category) })
}

fn processing(event: &ConsentEvent, used: &Use) -> Value {
    let reveals = used.tiers.get(usize::from(event.tier)).map(|tier| text_or_first(&tier.reveals, &event.language));
    json!({ "@type": "dpv:Transmit", "tier": event.tier, "reveals": reveals, "automated_decision": used.automated_decision })
}

fn party(recipient: &Recipient, language: &str) -> Value {
    let role = match recipient.role {
        RecipientRole::Controller => "dpv:DataController",
        RecipientRole::JointController => "dpv:JointDataControllers",
        RecipientRole::Processor => "dpv:DataProcessor",
        RecipientRole::ThirdParty => "dpv:ThirdParty",
        RecipientRole::Authority => "dpv:Authority",
    };
    json!({
        "@type": role,
        "id": recipient.id,
        "name": text_or_first(&recipient.name, language),
        "contact": recipient.contact,
        "outside": recipient.outside,
        "transfer_safeguard": recipient.safeguard,
    })
}

fn withdrawal(recipient: &Recipient, secret: Option<&[u8; 32]>) -> Value {
    json!({
        "in_the_car": "at any time, on the screen that lists every use",
        "without_the_car": { "at": recipient.contact, "secret": secret.map(secret_words) },
    })
}

/// The event of the record (TS 27560, clause on events).
fn happening(event: &ConsentEvent, person: &str) -> Value {
    let validity = match event.cadence {
        Cadence::Until => json!({ "@type": "dpv:UntilTimeDuration", "from": rfc3339(event.from_ms), "until": rfc3339(event.until_ms) }),
        Cadence::Trip => {
            json!({ "@type": "dpv:UntilEventDuration", "event": "end of the trip", "from": rfc3339(event.from_ms), "until": rfc3339(event.until_ms) })
        }
        Cadence::EachTime => {
            json!({ "@type": "dpv:FixedOccurrencesDuration", "occurrences": 1, "from": rfc3339(event.from_ms), "until": rfc3339(event.until_ms) })
        }
    };
    json!({
        "event_time": rfc3339(if is_opening(event.action) { event.from_ms } else { event.until_ms }),
        "event_type": action_word(event.action),
        "event_state": consent_status(event.action),
        "validity_duration": validity,
        "entity_id": if event.actor.is_empty() { person } else { event.actor.as_str() },
        "method": method_word(event.method),
        "assurance": assurance_name(event.assurance),
        "driving_state": driving_word(event.driving),
        "secret_sha256": event.commitment.to_string(),
        "proves": format!(
            "this profile decided with assurance {}; it does not prove who sat there",
            assurance_name(event.assurance)
        ),
    })
}

fn is_opening(action: ConsentAction) -> bool {
    matches!(
        action,
        ConsentAction::Given | ConsentAction::Renewed | ConsentAction::Narrowed | ConsentAction::Refused | ConsentAction::Requested | ConsentAction::Deferred
    )
}

/// The status of the vocabulary. Objection and restriction take a consent back as a withdrawal does; what touches no consent
/// leaves its status unknown here.
fn consent_status(action: ConsentAction) -> &'static str {
    match action {
        ConsentAction::Requested => "dpv:ConsentRequested",
        ConsentAction::Deferred => "dpv:ConsentRequestDeferred",
        ConsentAction::Given | ConsentAction::Narrowed => "dpv:ConsentGiven",
        ConsentAction::Renewed => "dpv:RenewedConsentGiven",
        ConsentAction::Refused => "dpv:ConsentRefused",
        ConsentAction::Withdrawn | ConsentAction::Objected | ConsentAction::Restricted => "dpv:ConsentWithdrawn",
        ConsentAction::Expired | ConsentAction::TripEnded => "dpv:ConsentExpired",
        ConsentAction::Suspended => "dpv:ConsentInvalidated",
        ConsentAction::Lifted
        | ConsentAction::Paused
        | ConsentAction::Resumed
        | ConsentAction::StoppedByOccupant
        | ConsentAction::ReviewSent
        | ConsentAction::ReviewDestroyed => "dpv:ConsentUnknown",
    }
}

/// Legal bases of GDPR 6, and of 9 where a special category is covered.
fn lawful_basis(ground: Ground, covered: &[&Category]) -> Vec<&'static str> {
    let special = covered.iter().any(|category| is_special(category));
    match ground {
        Ground::Consent if special => vec!["eu-gdpr:A6-1-a-explicit-consent", "eu-gdpr:A9-2-a"],
        Ground::Consent => vec!["eu-gdpr:A6-1-a"],
        Ground::Contract => vec!["eu-gdpr:A6-1-b-contract-performance"],
        Ground::LegalObligation => vec!["eu-gdpr:A6-1-c"],
        Ground::VitalInterest => vec!["eu-gdpr:A6-1-d"],
        Ground::LegitimateInterest => vec!["eu-gdpr:A6-1-f-controller"],
    }
}

fn is_special(category: &Category) -> bool {
    let term = category.iri.rsplit(['#', ':', '/']).next().unwrap_or_default();
    SPECIAL.contains(&term)
}

fn method_word(method: Method) -> &'static str {
    match method {
        Method::Screen => "screen",
        Method::Phone => "phone",
        Method::Operator => "operator",
        Method::Receipt => "receipt",
        Method::Gatekeeper => "gatekeeper",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::{Book, Erase};
    use crate::change::InForce;
    use crate::control::{Peer, Terms};
    use crate::fixture::{SCREEN, T0_MS, book, catalog, in_force, moment, rng};
    use crate::store::StoreOp;

    fn given(in_force: &InForce, use_id: &str) -> (Book, ConsentEvent, [u8; 32]) {
        let (mut book, _) = book(in_force);
        let change = book.give("ada", use_id, &Terms::default(), SCREEN, &moment(in_force, T0_MS), &mut rng()).unwrap();
        let Some(StoreOp::Standing(row)) = change.ops.first() else { panic!("no standing") };
        let secret = row.secret;
        (book, change.event, secret)
    }

    #[test]
    fn a_receipt_of_giving_has_the_fields_of_the_standard() {
        let in_force = in_force(catalog());
        let (_, event, secret) = given(&in_force, "insurance");
        let receipt = receipt(&event, "ada", &in_force.catalog, Some(&secret));
        let record = uuid(&event.record);
        assert_eq!((record.len(), record.as_bytes()[14]), (36, b'4'));
        let digest = |digest: Option<consent_protocol::Digest>| digest.unwrap().to_string();
        let expected = json!({
            "@context": context(),
            "@id": format!("urn:uuid:{record}"),
            "@type": "dpv:ConsentRecord",
            "conforms_to": "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr",
            "schema_version": "ISO/IEC TS 27560:2023",
            "record_id": record,
            "pii_principal_id": "ada",
            "language": "de",
            "privacy_notice": {
                "@type": "dpv:ConsentNotice",
                "headline": "Headline insurance (de)",
                "text": "Notice (de)",
                "sha256": digest(in_force.catalog.notice_digest(0, "de")),
            },
            "purpose": {
                "@type": "https://w3id.org/dpv#ImproveTransportMobility",
                "use": "insurance",
                "revision": 1,
                "terms_sha256": digest(in_force.catalog.terms_digest(0)),
                "catalog_sha256": in_force.digest.to_string(),
                "description": "Plain (de)",
                "benefit": "You save time (de)",
            },
            "lawful_basis": ["eu-gdpr:A6-1-a"],
            "pii_type": [
                { "@type": "https://w3id.org/dpv/pd#CurrentLocation", "id": "location", "name": "location (de)", "special": false },
                { "@type": "https://w3id.org/dpv/pd#Vehicle", "id": "vehicle", "name": "vehicle (de)", "special": false },
            ],
            "processing_method": { "@type": "dpv:Transmit", "tier": 0, "reveals": "roughly (de)", "automated_decision": false },
            "pii_controllers": [{
                "@type": "dpv:ThirdParty", "id": "insurer", "name": "insurer (de)", "contact": "privacy@insurer.example", "outside": true,
                "transfer_safeguard": "",
            }],
            "recipient_third_parties": ["insurer"],
            "storage_locations": ["DE"],
            "retention_period": "P30D",
            "jurisdiction": "DE",
            "privacy_rights": ["eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A16", "eu-gdpr:A17", "eu-gdpr:A18", "eu-gdpr:A20", "eu-gdpr:A21", "eu-gdpr:A77"],
            "authority_party": "BfDI",
            "withdrawal_method": {
                "in_the_car": "at any time, on the screen that lists every use",
                "without_the_car": { "at": "privacy@insurer.example", "secret": secret_words(&secret) },
            },
            "event": {
                "event_time": "2025-11-24T12:00:00Z",
                "event_type": "given",
                "event_state": "dpv:ConsentGiven",
                "validity_duration": { "@type": "dpv:UntilTimeDuration", "from": "2025-11-24T12:00:00Z", "until": "2025-12-24T12:00:00Z" },
                "entity_id": "person aboard",
                "method": "screen",
                "assurance": "high",
                "driving_state": "parked",
                "secret_sha256": event.commitment.to_string(),
                "proves": "this profile decided with assurance high; it does not prove who sat there",
            },
        });
        assert_eq!(receipt, expected);
        let printed = receipt["withdrawal_method"]["without_the_car"]["secret"].as_str().unwrap();
        assert_eq!(consent_protocol::ids::from_hex::<32>(printed), Some(secret));
    }

    #[test]
    fn a_receipt_of_ending_names_the_same_record_and_no_secret() {
        let in_force = in_force(catalog());
        let (mut book, event, _) = given(&in_force, "traffic");
        let low = Peer { assurance: consent_core::Assurance::Low, ..SCREEN };
        let change = book.withdraw("ada", "traffic", Erase::Keep, low, &moment(&in_force, T0_MS + 60_000)).unwrap();
        let receipt = receipt(&change.event, "ada", &in_force.catalog, None);
        assert_eq!(receipt["record_id"], uuid(&event.record));
        let happened = &receipt["event"];
        assert_eq!((&happened["event_state"], &happened["event_time"]), (&json!("dpv:ConsentWithdrawn"), &json!("2025-11-24T12:01:00Z")));
        assert_eq!(happened["proves"], "this profile decided with assurance low; it does not prove who sat there");
        assert!(receipt["withdrawal_method"]["without_the_car"]["secret"].is_null());
        assert_eq!(receipt["recipient_third_parties"], json!([]), "the manufacturer is none");
    }

    #[test]
    fn a_special_category_needs_explicit_consent() {
        let in_force = in_force(catalog());
        let (_, event, _) = given(&in_force, "voice");
        let receipt = receipt(&event, "ada", &in_force.catalog, None);
        assert_eq!(receipt["lawful_basis"], json!(["eu-gdpr:A6-1-a-explicit-consent", "eu-gdpr:A9-2-a"]));
        assert_eq!(receipt["pii_type"][0]["special"], true);
    }

    #[test]
    fn a_receipt_of_a_use_that_is_gone_still_tells_the_event() {
        let in_force = in_force(catalog());
        let (_, event, _) = given(&in_force, "traffic");
        let mut without = in_force.catalog.clone();
        without.uses.clear();
        let receipt = receipt(&event, "ada", &without, None);
        assert_eq!((&receipt["purpose"], &receipt["event"]["event_type"]), (&Value::Null, &json!("given")));
    }
}
