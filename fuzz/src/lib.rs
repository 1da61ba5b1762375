//! Every decoder, fed with anything. A target is a plain function `one(&[u8])` that panics when a promise is broken, so that
//! cargo-fuzz and the stable replay of the corpus (`tests/replay.rs`) run the same code.
//!
//! `cargo +nightly fuzz run batch` searches; an input worth keeping goes into the corpus under a name of its own.
//!
//! Promises: any bytes yield a value or an error; what is decoded is written back as it was; what is encoded reads back. And of
//! the transformations: any rule over any samples accounts for each once, and what leaves is as coarse as the rule says.

use consent_core::{ReleasedValue, Value};
use consent_protocol::batch::{Batch, Row};
use consent_protocol::catalog::{CompiledCatalog, Environment};
use consent_protocol::cert::Certificate;
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{AnswerMessage, LaneMessage};
use consent_protocol::ledger::{Body, Exported, Header, verify_chain};
use consent_protocol::tables::Tables;
use consent_protocol::topic::Topic;
use consent_protocol::{coder, diff};
use ed25519_dalek::SigningKey;
use std::sync::LazyLock;

pub mod transform;

/// A target.
pub type One = fn(&[u8]);

/// All targets by the name of their corpus.
pub const TARGETS: [(&str, One); 9] = [
    ("answer", answer::one),
    ("batch", batch::one),
    ("catalog", catalog::one),
    ("certificate", certificate::one),
    ("envelope", envelopes::one),
    ("lane", lane::one),
    ("ledger", ledger::one),
    ("topic", topic::one),
    ("transform", transform::one),
];

/// Public keys of the secret keys that are a role's number 32 times, as in `protocol/tests/vectors`.
static PUBLIC: LazyLock<[[u8; 32]; 6]> = LazyLock::new(|| [0, 1, 2, 3, 4, 5].map(|role| SigningKey::from_bytes(&[role; 32]).verifying_key().to_bytes()));

const AUTHORITY: usize = 1;
const STREAM: usize = 2;
const RECIPIENT: usize = 3;
const ROOT: usize = 4;
const LEDGER: usize = 5;

/// Envelopes: one spelling, and no signature that was not made.
pub mod envelopes {
    use super::{AUTHORITY, Kind, LEDGER, PUBLIC, RECIPIENT, ROOT, STREAM, envelope};

    /// Feeds one input.
    pub fn one(data: &[u8]) {
        let peeked = envelope::peek(data);
        if let Ok((key_id, payload)) = peeked.clone() {
            let signature = *data.last_chunk::<64>().expect("a parsed envelope ends with its signature");
            assert_eq!(envelope::seal(Kind::Batch, key_id, payload, |_| Ok::<_, ()>(signature)).as_deref(), Ok(data));
        }
        for (kind, role) in [
            (Kind::Batch, STREAM),
            (Kind::Lane, STREAM),
            (Kind::Answer, RECIPIENT),
            (Kind::Catalog, ROOT),
            (Kind::Certificate, AUTHORITY),
            (Kind::Ledger, LEDGER),
        ] {
            if let Ok(payload) = envelope::open(kind, data, &PUBLIC[role]) {
                assert_eq!(peeked.clone().map(|(_, payload)| payload), Ok(payload));
            }
        }
    }
}

/// Batches and both coders.
pub mod batch {
    use super::{Batch, ReleasedValue, Row, Value, coder};

    /// Feeds one input, as a payload and as a bare body behind a byte for the coder and two for the number of rows.
    pub fn one(data: &[u8]) {
        if let Ok(batch) = Batch::from_bytes(data) {
            assert_eq!(batch.to_bytes(), data);
            body(batch.coder, &batch.body, batch.records);
        }
        if let [coder, low, high, bytes @ ..] = data {
            body(*coder, bytes, u32::from(u16::from_le_bytes([*low, *high])));
        }
    }

    fn body(coder: u8, bytes: &[u8], records: u32) {
        let Ok(rows) = coder::decode(coder, bytes, records) else { return };
        assert_eq!(u32::try_from(rows.len()), Ok(records));
        assert!(rows.is_sorted_by_key(|row| row.signal));
        let (coder, bytes) = coder::encode(&rows);
        let again = coder::decode(coder, &bytes, records).expect("what is encoded reads back");
        assert!(rows.iter().map(bits).eq(again.iter().map(bits)), "rows came back changed");
    }

    /// Not-a-number equals itself, and the zeros differ.
    fn bits(row: &Row) -> (u16, i64, Vec<Option<u64>>, Option<Value>) {
        let bits = |numbers: &[f64]| numbers.iter().map(|number| Some(number.to_bits())).collect();
        let (floats, other) = match &row.value {
            ReleasedValue::Fix(fix) => {
                let parts = [Some(fix.lat_deg), Some(fix.lon_deg), fix.alt_m, fix.heading_deg, fix.accuracy_m];
                (parts.iter().map(|part| part.map(f64::to_bits)).collect(), None)
            }
            ReleasedValue::Counts(counts) => (counts.iter().map(|count| Some(u64::from(*count))).collect(), Some(Value::Bool(false))),
            ReleasedValue::Scalar(Value::Float(number)) => (bits(&[*number]), None),
            ReleasedValue::Scalar(Value::Floats(numbers)) => (bits(numbers), Some(Value::Bool(true))),
            ReleasedValue::Scalar(other) => (Vec::new(), Some(other.clone())),
        };
        (row.signal.0, row.t_ms, floats, other)
    }
}

/// Hello and statements.
pub mod lane {
    use super::LaneMessage;

    /// Feeds one input.
    pub fn one(data: &[u8]) {
        if let Ok(message) = LaneMessage::from_bytes(data) {
            assert_eq!(message.to_bytes(), data);
        }
    }
}

/// State and answers.
pub mod answer {
    use super::AnswerMessage;

    /// Feeds one input.
    pub fn one(data: &[u8]) {
        if let Ok(message) = AnswerMessage::from_bytes(data) {
            assert_eq!(message.to_bytes(), data);
        }
    }
}

/// Catalogs: decoder, check, tables, digests and comparison.
pub mod catalog {
    use super::{CompiledCatalog, Tables, diff};
    use consent_core::limits::{CLASSES_MAX, SLOTS_MAX};
    use consent_core::{SignalId, Tier, UseIx};
    use consent_protocol::tables::lawful;

    /// Feeds one input.
    pub fn one(data: &[u8]) {
        let Ok(catalog) = CompiledCatalog::from_bytes(data) else { return };
        assert_eq!(catalog.to_bytes(), data);
        for index in 0..catalog.uses.len() {
            let _ = (catalog.terms_digest(index), catalog.notice_digest(index, "en"));
        }
        let _ = lawful::check(&catalog);
        let same = diff::diff(&catalog, &catalog);
        if let Ok(tables) = Tables::new(&catalog) {
            assert_eq!(same, []);
            hold_together(&catalog, &tables);
        }
    }

    fn hold_together(catalog: &CompiledCatalog, tables: &Tables) {
        let view = tables.view();
        assert!(tables.slots() <= SLOTS_MAX && view.classes.len() <= CLASSES_MAX);
        for (id, signal) in (0..).map(SignalId).zip(&catalog.signals) {
            assert_eq!(tables.signal(&signal.path), Some(id));
        }
        for (use_ix, used) in (0..).map(UseIx).zip(&catalog.uses) {
            for (tier, rules) in (0..).map(Tier).zip(&used.tiers) {
                for rule in &rules.rules {
                    let found = view.rule(use_ix, tier, SignalId(rule.signal)).expect("every rule is found");
                    assert!(found.rule == rule.rule && usize::from(found.slot) < tables.slots());
                }
            }
        }
    }
}

/// Headers, bodies and chains of the ledger.
pub mod ledger {
    use super::{Body, Exported, Header, LEDGER, PUBLIC, verify_chain};

    /// Feeds one input, as a header, a body and an exported chain.
    pub fn one(data: &[u8]) {
        if let Ok(header) = Header::from_bytes(data) {
            assert_eq!(header.to_bytes(), data);
        }
        if let Ok(body) = Body::from_bytes(data) {
            assert_eq!(body.to_bytes(), data);
        }
        let Ok(entries) = postcard::from_bytes::<Vec<Exported>>(data) else { return };
        if let Ok(report) = verify_chain(entries.iter(), &PUBLIC[LEDGER]) {
            assert_eq!(report.entries, report.bodies + report.erased);
        }
    }
}

/// Certificates.
pub mod certificate {
    use super::{AUTHORITY, Certificate, Environment, PUBLIC};

    /// Feeds one input, as an envelope and as a payload.
    pub fn one(data: &[u8]) {
        if let Ok(certificate) = Certificate::open(data, &[PUBLIC[0], PUBLIC[AUTHORITY]], Environment::Demo, 1_700_000_000) {
            assert!(certificate.not_after_s > 1_700_000_000);
        }
        if let Ok(certificate) = Certificate::from_bytes(data) {
            assert_eq!(certificate.version, 1);
        }
    }
}

/// Topic names.
pub mod topic {
    use super::Topic;

    /// Feeds one input.
    pub fn one(data: &[u8]) {
        let Ok(name) = core::str::from_utf8(data) else { return };
        if let Some(topic) = Topic::parse(name) {
            assert_eq!(topic.name(), name);
        }
    }
}
