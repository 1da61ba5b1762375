//! Pins the wire: fixed keys and messages give exactly the bytes in `tests/vectors`, and those bytes read back.
//!
//! The vectors are one small stream, so that a verifier in another language can be held against them: a catalog, a
//! certificate, Hello, a lane of five statements, two chained batches, the recipient's answers, and a ledger of two entries.
//! `docs/wire.md` describes them. A file here never changes; a new version of the wire adds files. To write files that are
//! missing: `CONSENT_VECTORS=write cargo nextest run -p consent-protocol --test vectors fixed`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code: a failure should end the test")]

use consent_core::catalog::LawfulUse;
use consent_core::{
    Access, Aggregate, Assurance, Benefit, CategoryKind, CategorySet, Change, ClockTrust, Condition, DrivingState, Fix, Ground, Guard, ReleasedValue, Rule,
    ScoreRole, SignalId, Slices, Step, Text, Value, Way, Weigh,
};
use consent_protocol::batch::{Batch, Row};
use consent_protocol::catalog::{
    Beneficiary, Category, CompiledCatalog, Datatype, Deployment, Environment, FORMAT, FixPart, GateListing, Law, Localized, Recipient, RecipientRole, Signal,
    SignalRule, Texts, TierDef, Use, UseTexts,
};
use consent_protocol::cert::Certificate;
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{
    AnswerMessage, BasisReport, BasisTerms, EndKind, Hello, LaneMessage, RefusalReason, Refused, Report, State, Statement, StatementBody, VoidReason,
};
use consent_protocol::ledger::{self, Body, Cadence, ConsentAction, ConsentEvent, Exported, Header, Method};
use consent_protocol::tables::{Tables, lawful};
use consent_protocol::{Digest, Head, Nonce, StreamId, coder};
use ed25519_dalek::{Signer, SigningKey};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

const AUTHORITY: u8 = 1;
const STREAM: u8 = 2;
const RECIPIENT: u8 = 3;
const ROOT: u8 = 4;
const LEDGER: u8 = 5;

/// The secret key of a role is its number 32 times.
fn key(role: u8) -> SigningKey {
    SigningKey::from_bytes(&[role; 32])
}

fn public(role: u8) -> [u8; 32] {
    key(role).verifying_key().to_bytes()
}

fn seal(kind: Kind, role: u8, payload: Vec<u8>) -> Vec<u8> {
    envelope::seal(kind, envelope::key_id(&public(role)), payload, sign(role)).unwrap()
}

fn sign(role: u8) -> impl FnOnce(&[u8]) -> Result<[u8; 64], ()> {
    move |bytes| Ok(key(role).sign(bytes).to_bytes())
}

fn head(n: u32, envelope: &[u8]) -> Head {
    Head { n, digest: envelope::sha256(&[envelope]) }
}

const ID: StreamId = StreamId([0x5a; 16]);
const NAME: &str = "oem";

fn texts(words: &str) -> Texts {
    vec![Localized { language: "en".into(), text: words.into() }]
}

fn signal(path: &str, datatype: Datatype, unit: &str, category: u8, fix: Option<FixPart>) -> Signal {
    Signal { path: path.into(), datatype, unit: unit.into(), categories: CategorySet::single(category), fix }
}

fn traffic() -> Use {
    let step = Step { mantissa: 5, exponent: 0 };
    let tiers: [(&str, [Rule; 2]); 2] = [
        (
            "where you were, to 2 km",
            [Rule::Grid { cell_m: 2_000, raster_ms: 60_000 }, Rule::Window { period_ms: 60_000, aggregate: Aggregate::Mean, step, threshold_steps: 0 }],
        ),
        ("your way and speed", [Rule::AsIs, Rule::Round { step, period_ms: 1_000 }]),
    ];
    Use {
        id: "traffic".into(),
        revision: 1,
        recipient: 0,
        purpose: "https://w3id.org/dpv#ImproveTransportMobility".into(),
        access: Access::Consent,
        ground: Ground::Consent,
        law: None,
        condition: Condition::Always,
        assurance_active: Assurance::Low,
        assurance_give: Assurance::High,
        parked_last_driver: false,
        each_time: None,
        benefit: Benefit::Time,
        beneficiary: Beneficiary::You,
        signals: vec![0, 1, 4],
        patterns: vec!["Vehicle.CurrentLocation.*".into(), "Vehicle.Speed".into()],
        tiers: tiers
            .into_iter()
            .map(|(reveals, [place, speed])| TierDef {
                reveals: texts(reveals),
                rules: vec![SignalRule { signal: 0, rule: place }, SignalRule { signal: 4, rule: speed }],
            })
            .collect(),
        within_s: 60,
        records_max: 1_000,
        age_max_s: 1_209_600,
        retention_days: 30,
        consent_days_max: 365,
        automated_decision: false,
        linked: false,
        texts: UseTexts { headline: texts("Less time in traffic"), plain: texts("Your way"), benefit: texts("You arrive sooner"), notice: texts("The notice") },
    }
}

fn fuel() -> Use {
    let law = Law { act: "Regulation (EU) 2021/392".into(), article: "9".into(), table: LawfulUse::Obfcm, may_refuse: true };
    let tier = TierDef { reveals: texts("fuel used"), rules: vec![SignalRule { signal: 3, rule: Rule::RateCap { period_ms: 60_000 } }] };
    Use { id: "fuel".into(), access: Access::Law, ground: Ground::LegalObligation, law: Some(law), signals: vec![3], tiers: vec![tier], ..traffic() }
}

fn catalog() -> CompiledCatalog {
    let category =
        |id: &str, kind, guarded, location| Category { id: id.into(), iri: format!("https://w3id.org/dpv/pd#{id}"), kind, guarded, location, name: texts(id) };
    CompiledCatalog {
        format: FORMAT,
        version: 7,
        environment: Environment::Demo,
        country: "DE".into(),
        model_line: "line-1".into(),
        deployment: Deployment::Private,
        consent_age_years: 16,
        languages: vec!["en".into()],
        vss_version: "4.0".into(),
        gate: GateListing {
            access: Access::Transmission,
            ground: Ground::LegitimateInterest,
            fields: vec!["message counts".into()],
            headline: texts("Running the gate"),
            plain: texts("The gate says what it must."),
        },
        categories: vec![category("Location", CategoryKind::Driver, true, true), category("VehicleUsage", CategoryKind::Vehicle, false, false)],
        recipients: vec![Recipient {
            id: NAME.into(),
            name: texts("The manufacturer"),
            role: RecipientRole::Controller,
            outside: false,
            deployer: false,
            countries: vec!["DE".into()],
            safeguard: String::new(),
            contact: "privacy@oem.example".into(),
            authority: "The authority".into(),
            systems: vec!["lake".into(), "backup".into()],
            ack_key: public(RECIPIENT),
        }],
        signals: vec![
            signal("Vehicle.CurrentLocation.Latitude", Datatype::Double, "degrees", 0, Some(FixPart::Latitude)),
            signal("Vehicle.CurrentLocation.Longitude", Datatype::Double, "degrees", 0, Some(FixPart::Longitude)),
            signal("Vehicle.IsMoving", Datatype::Boolean, "", 1, None),
            signal("Vehicle.Obfcm.TotalFuelConsumed", Datatype::Float, "l", 1, None),
            signal("Vehicle.Speed", Datatype::Float, "km/h", 1, None),
        ],
        uses: vec![traffic(), fuel()],
    }
}

fn certificate() -> Vec<u8> {
    let certificate = Certificate { version: 1, environment: Environment::Demo, public: public(STREAM), serial: [0x11; 16], not_after_s: 1_800_000_000 };
    certificate.seal(envelope::key_id(&public(AUTHORITY)), sign(AUTHORITY)).unwrap()
}

fn terms() -> BasisTerms {
    let catalog = catalog();
    BasisTerms {
        use_id: "traffic".into(),
        revision: 1,
        terms: catalog.terms_digest(0).unwrap(),
        notice: catalog.notice_digest(0, "en").unwrap(),
        ground: Ground::Consent,
        tier: 1,
        categories: CategorySet(0b11),
        from_s: 1_700_000_000,
        until_s: 1_731_536_000,
        commitments: std::array::from_fn(|at| envelope::sha256(&[&[u8::try_from(at).unwrap(); 32]])),
    }
}

/// Rows of two signals at 1 Hz, in the order in which they were released.
fn drive() -> Vec<Row> {
    let second = |at: i64| {
        let t_ms = 1_700_000_000_000 + at * 1_000;
        let step = f64::from(i32::try_from(at).unwrap());
        let fix =
            Fix { lat_deg: (51_500_000.0 + step * 83.0) / 1e6, lon_deg: 6.75, alt_m: (at % 2 == 0).then_some(31.5), heading_deg: Some(90.0), accuracy_m: None };
        let speed = Value::Float(50.0 + 5.0 * (step % 3.0));
        [Row { signal: SignalId(0), t_ms, value: ReleasedValue::Fix(fix) }, Row { signal: SignalId(4), t_ms, value: ReleasedValue::Scalar(speed) }]
    };
    (0..40).flat_map(second).collect()
}

/// One column of each form, and floats of each kind.
fn forms() -> Vec<Row> {
    let values = [
        vec![Value::Bool(false), Value::Bool(true), Value::Bool(true)],
        vec![Value::Int(-3), Value::Int(i64::MIN), Value::Int(i64::MAX)],
        vec![Value::Uint(u64::MAX), Value::Uint(0), Value::Uint(1)],
        vec![Value::Float(-0.0), Value::Float(f64::INFINITY), Value::Float(0.1 + 0.2)],
        vec![Value::Float(12.34), Value::Float(-0.5), Value::Float(0.0)],
        vec![Value::Float(f64::from(12.1_f32)), Value::Float(f64::from(12.3_f32)), Value::Float(0.0)],
        ["P", "D", "P"].map(|text| Value::Text(Text::try_from(text).unwrap())).into(),
        [vec![1, -2, 3], vec![], vec![4]].map(|array| Value::Ints(array.into_iter().collect())).into(),
        [vec![0.5], vec![], vec![1.5, 2.5]].map(|array| Value::Floats(array.into_iter().collect())).into(),
    ];
    let column = |(signal, values): (u16, Vec<Value>)| {
        [5, 7, 11].into_iter().zip(values).map(move |(t_ms, value)| Row { signal: SignalId(signal), t_ms, value: ReleasedValue::Scalar(value) })
    };
    (0..).zip(values).flat_map(column).collect()
}

fn batch(n: u32, prev: Digest, rows: &[Row]) -> Batch {
    // Too few rows for coder 1, whose bytes are zstd's and not pinned.
    let (coder, body) = coder::encode(rows);
    let records = u32::try_from(rows.len()).unwrap();
    let random = [u8::try_from(n).unwrap(); 16];
    Batch { recipient: NAME.into(), stream: ID, n, prev, basis: 2, needs: 2, random, clock: ClockTrust::Trusted, records, decisions: records * 3, coder, body }
}

/// The five kinds of statement, chained.
fn statements(batches: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let bodies = [
        StatementBody::Catalog { digest: catalog().digest(), version: 7 },
        StatementBody::BasisOpened(terms()),
        StatementBody::Void { voids: vec![head(1, &batches[0])], reason: VoidReason::Expired },
        StatementBody::BasisEnded { basis: 2, kind: EndKind::Withdrawn, erase: true, voids: vec![head(2, &batches[1])] },
        StatementBody::Closed { voids: Vec::new() },
    ];
    let mut envelopes: Vec<Vec<u8>> = Vec::new();
    for (k, body) in (1..).zip(bodies) {
        let prev = envelopes.last().map(|envelope| envelope::sha256(&[envelope])).unwrap_or_default();
        let message = LaneMessage::Statement(Statement { recipient: NAME.into(), stream: ID, k, prev, body });
        envelopes.push(seal(Kind::Lane, STREAM, message.to_bytes()));
    }
    envelopes
}

fn answers(statements: &[Vec<u8>], batches: &[Vec<u8>]) -> [(&'static str, AnswerMessage); 5] {
    let first = State {
        recipient: NAME.into(),
        stream: ID,
        nonce: Nonce([0x77; 16]),
        challenge: Digest([0x88; 32]),
        lane: Head::default(),
        base: Head::default(),
        head: Head::default(),
        refused: Vec::new(),
        erased_k: 0,
        conflict: None,
    };
    let refused = vec![Refused { batch: head(2, &batches[1]), reason: RefusalReason::Tier }];
    let lane = head(2, &statements[1]);
    let later = State { challenge: Digest::default(), lane, head: head(2, &batches[1]), refused, conflict: Some(batches[0].clone()), ..first.clone() };
    let systems = vec![("lake".into(), true), ("backup".into(), false)];
    let basis = BasisReport {
        basis: 2,
        held: 40,
        held_since_s: Some(1_700_000_100),
        deleted: 2,
        deleted_s: Some(1_700_000_900),
        derived: vec![("Vehicle.Speed".into(), "mean 41.2 km/h of 38 values".into())],
    };
    let report = Report {
        recipient: NAME.into(),
        stream: ID,
        at_s: 1_700_001_000,
        bases: vec![basis],
        last_used_s: Some(1_700_000_950),
        used_for: "traffic map".into(),
        benefit: String::new(),
    };
    [
        ("state-challenge", AnswerMessage::State(first)),
        ("state", AnswerMessage::State(later)),
        ("outside-withdrawal", AnswerMessage::OutsideWithdrawal { recipient: NAME.into(), stream: ID, basis: 2, secret: [0; 32] }),
        ("erasure", AnswerMessage::Erasure { recipient: NAME.into(), stream: ID, erased_k: 4, at_s: 1_700_000_999, systems }),
        ("report", AnswerMessage::Report(report)),
    ]
}

fn consent() -> ConsentEvent {
    let (catalog, terms) = (catalog(), terms());
    ConsentEvent {
        record: [0x33; 16],
        person: "anna".into(),
        use_id: terms.use_id,
        revision: 1,
        terms: terms.terms,
        action: ConsentAction::Given,
        ground: Ground::Consent,
        tier: 1,
        categories: terms.categories,
        catalog: catalog.digest(),
        from_ms: terms.from_s * 1_000,
        until_ms: terms.until_s * 1_000,
        cadence: Cadence::Until,
        actor: "driver".into(),
        method: Method::Screen,
        assurance: Assurance::High,
        language: "en".into(),
        text: terms.notice,
        driving: DrivingState::Parked,
        commitment: terms.commitments[0],
    }
}

fn entries() -> Vec<Exported> {
    let mut prev = Digest::default();
    let bodies = [Body::Boot { boot: 1, clean: true }, Body::Consent(consent())];
    let entry = |(seq, body): (u64, Body)| {
        let salt = [u8::try_from(seq).unwrap(); 16];
        let header = Header::new(seq, prev, (1_700_000_000_000, ClockTrust::Trusted), &salt, &body);
        let envelope = ledger::seal_entry(&header, envelope::key_id(&public(LEDGER)), sign(LEDGER)).unwrap();
        prev = envelope::sha256(&[&envelope]);
        Exported { envelope, body: Some((salt, body.to_bytes())) }
    };
    (1..).zip(bodies).map(entry).collect()
}

fn all() -> BTreeMap<String, Vec<u8>> {
    let first = seal(Kind::Batch, STREAM, batch(1, Digest::default(), &drive()).to_bytes());
    let second = seal(Kind::Batch, STREAM, batch(2, envelope::sha256(&[&first]), &forms()).to_bytes());
    let batches = [first, second];
    let statements = statements(&batches);
    let hello = Hello {
        recipient: NAME.into(),
        stream: ID,
        nonce: Nonce([0x77; 16]),
        echo: None,
        lane: head(2, &statements[1]),
        base: Head::default(),
        certificate: certificate(),
    };
    let echoing = Hello { echo: Some(Digest([0x88; 32])), ..hello.clone() };
    let mut vectors = BTreeMap::new();
    let mut add = |name: &str, bytes: Vec<u8>| vectors.insert(name.to_string(), bytes);
    add("catalog", seal(Kind::Catalog, ROOT, catalog().to_bytes()));
    add("certificate", certificate());
    add("hello", seal(Kind::Lane, STREAM, LaneMessage::Hello(hello).to_bytes()));
    add("hello-echo", seal(Kind::Lane, STREAM, LaneMessage::Hello(echoing).to_bytes()));
    for (name, envelope) in
        ["statement-1-catalog", "statement-2-basis-opened", "statement-3-void", "statement-4-basis-ended", "statement-5-closed"].into_iter().zip(&statements)
    {
        add(name, envelope.clone());
    }
    for (name, message) in answers(&statements, &batches) {
        add(name, seal(Kind::Answer, RECIPIENT, message.to_bytes()));
    }
    let [first, second] = batches;
    add("batch-1-drive", first);
    add("batch-2-forms", second);
    for (name, entry) in ["ledger-1-boot", "ledger-2-consent"].into_iter().zip(entries()) {
        add(name, entry.envelope);
        add(&format!("{name}-body"), entry.body.map(|(_, body)| body).unwrap());
    }
    vectors
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("{name}.hex"))
}

fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(40) {
        for byte in line {
            write!(text, "{byte:02x}").unwrap();
        }
        text.push('\n');
    }
    text
}

fn read(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn fixed_messages_give_the_pinned_bytes() {
    let write = std::env::var("CONSENT_VECTORS").is_ok_and(|value| value == "write");
    let vectors = all();
    for (name, bytes) in &vectors {
        if write && !path(name).exists() {
            std::fs::write(path(name), to_hex(bytes)).unwrap();
        }
        assert_eq!(to_hex(&read(name)), to_hex(bytes), "{name}");
    }
    let files = std::fs::read_dir(path("").parent().unwrap()).unwrap().count();
    assert_eq!(files, vectors.len(), "a vector that nothing makes");
}

/// What postcard writes for one value.
fn bytes<T: serde::Serialize>(values: &[T]) -> Vec<u8> {
    values.iter().flat_map(|value| postcard::to_allocvec(value).unwrap()).collect()
}

#[test]
fn vocabulary_has_the_numbers_of_the_document() {
    use consent_core::catalog::EachTime;
    let up_to = |last: u8| (0..=last).collect::<Vec<u8>>();
    assert_eq!(bytes(&[ClockTrust::Untrusted, ClockTrust::Trusted]), up_to(1));
    assert_eq!(bytes(&[Access::Consent, Access::RequestedService, Access::Transmission, Access::Law]), up_to(3));
    assert_eq!(bytes(&[Ground::Consent, Ground::Contract, Ground::LegalObligation, Ground::VitalInterest, Ground::LegitimateInterest]), up_to(4));
    assert_eq!(bytes(&[CategoryKind::Vehicle, CategoryKind::Driver, CategoryKind::Cabin]), up_to(2));
    assert_eq!(bytes(&[Condition::Always, Condition::Parked, Condition::TheftDeclared, Condition::Call]), up_to(3));
    assert_eq!(bytes(&[EachTime::BeforeTrip, EachTime::Review]), up_to(1));
    assert_eq!(bytes(&[LawfulUse::Obfcm, LawfulUse::AttackMonitoring]), up_to(1));
    assert_eq!(bytes(&[Assurance::None, Assurance::Low, Assurance::High]), up_to(2));
    assert_eq!(bytes(&[DrivingState::Unknown, DrivingState::Parked, DrivingState::Standing, DrivingState::Driving]), up_to(3));
    let benefits = [Benefit::Safety, Benefit::Time, Benefit::Cost, Benefit::Comfort, Benefit::Environment, Benefit::PublicGood];
    assert_eq!(bytes(&benefits), up_to(5));
    let aggregates = [
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Mean,
        Aggregate::Count,
        Aggregate::DropsBelow,
        Aggregate::Difference,
        Aggregate::TimeMean,
        Aggregate::RisesTo,
    ];
    assert_eq!(bytes(&aggregates), up_to(7));
    let ends = [EndKind::Withdrawn, EndKind::Expired, EndKind::Suspended, EndKind::Narrowed, EndKind::Objected, EndKind::Restricted];
    assert_eq!(bytes(&ends), up_to(5));
    assert_eq!(bytes(&[VoidReason::Dropped, VoidReason::Expired, VoidReason::Closed]), up_to(2));
    let refusals = [RefusalReason::Basis, RefusalReason::Time, RefusalReason::Coverage, RefusalReason::Tier, RefusalReason::Body, RefusalReason::Catalog];
    assert_eq!(bytes(&refusals), up_to(5));
    let step = Step { mantissa: 5, exponent: -2 };
    assert_eq!(bytes(&[Rule::Drop, Rule::AsIs]), [0, 1]);
    assert_eq!(bytes(&[Rule::Round { step, period_ms: 1_000 }]), [2, 5, 0xfe, 0xe8, 7]);
    assert_eq!(bytes(&[Rule::RateCap { period_ms: 1 }]), [3, 1]);
    assert_eq!(bytes(&[Rule::Grid { cell_m: 2_000, raster_ms: 1_000 }]), [4, 0xd0, 0x0f, 0xe8, 7]);
    assert_eq!(bytes(&[Rule::Window { period_ms: 1_000, aggregate: Aggregate::Count, step, threshold_steps: -1 }]), [5, 0xe8, 7, 3, 5, 0xfe, 1]);
    let moved = Change::Moved { beyond_pct: 20 };
    assert_eq!(bytes(&[Rule::Level { step, low_steps: -1, high_steps: 2, dead_steps: 3, change: moved, period_ms: 4 }]), [6, 5, 0xfe, 1, 4, 3, 1, 20, 4]);
    let weigh = Weigh::Seconds;
    assert_eq!(bytes(&[Rule::Histogram { period_ms: 1_000, weigh, step, low_steps: 0, width_steps: 9, bins: 4 }]), [7, 0xe8, 7, 1, 5, 0xfe, 0, 9, 4]);
    let score = Rule::Score { role: ScoreRole::Adds, period_ms: 1_000, aggregate: Aggregate::RisesTo, step, threshold_steps: 1, weight: -2 };
    assert_eq!(bytes(&[score]), [8, 1, 0xe8, 7, 7, 5, 0xfe, 2, 3]);
    let noise = Rule::Noise { period_ms: 1_000, step, low_steps: 0, high_steps: 3, epsilon_milli: 4, day_milli: 5 };
    assert_eq!(bytes(&[noise]), [9, 0xe8, 7, 5, 0xfe, 0, 6, 4, 5]);
    assert_eq!(bytes(&[Rule::Track { cell_m: 0, raster_ms: 1_000, guard: Guard::ZonesAndClip, slices: Slices::Whole }]), [10, 0, 0xe8, 7, 1, 0]);
    assert_eq!(bytes(&[Rule::Event { spacing_m: 1_000 }]), [11, 0xe8, 7]);
    assert_eq!(bytes(&[Rule::Moved { cell_m: 500, scale_m: 2, raster_ms: 1_000 }]), [12, 0xf4, 3, 2, 0xe8, 7]);
    assert_eq!(bytes(&[Rule::Path { period_ms: 1_000, way: Way::Cells, step }]), [13, 0xe8, 7, 1, 5, 0xfe]);
}

#[test]
fn pinned_bytes_read_back_and_are_written_the_same() {
    let opened = |name: &str, kind, role| envelope::open(kind, &read(name), &public(role)).unwrap_or_else(|error| panic!("{name}: {error}"));
    for name in all().keys() {
        let again = match name.split('-').next().unwrap() {
            "catalog" => seal(Kind::Catalog, ROOT, CompiledCatalog::from_bytes(&opened(name, Kind::Catalog, ROOT)).unwrap().to_bytes()),
            "certificate" => {
                let certificate = Certificate::open(&read(name), &[public(AUTHORITY)], Environment::Demo, 1_700_000_000).unwrap();
                certificate.seal(envelope::key_id(&public(AUTHORITY)), sign(AUTHORITY)).unwrap()
            }
            "hello" | "statement" => seal(Kind::Lane, STREAM, LaneMessage::from_bytes(&opened(name, Kind::Lane, STREAM)).unwrap().to_bytes()),
            "batch" => {
                let batch = Batch::from_bytes(&opened(name, Kind::Batch, STREAM)).unwrap();
                let rows = coder::decode(batch.coder, &batch.body, batch.records).unwrap();
                let (coder, body) = coder::encode(&rows);
                seal(Kind::Batch, STREAM, Batch { coder, body, ..batch }.to_bytes())
            }
            "ledger" if name.ends_with("body") => Body::from_bytes(&read(name)).unwrap().to_bytes(),
            "ledger" => seal(Kind::Ledger, LEDGER, Header::from_bytes(&opened(name, Kind::Ledger, LEDGER)).unwrap().to_bytes()),
            _ => seal(Kind::Answer, RECIPIENT, AnswerMessage::from_bytes(&opened(name, Kind::Answer, RECIPIENT)).unwrap().to_bytes()),
        };
        assert_eq!(again, read(name), "{name}");
    }
}

#[test]
fn the_pinned_stream_holds_together() {
    let catalog = CompiledCatalog::from_bytes(&envelope::open(Kind::Catalog, &read("catalog"), &public(ROOT)).unwrap()).unwrap();
    let tables = Tables::new(&catalog).unwrap();
    assert_eq!(lawful::check(&catalog), Ok(()));
    assert_eq!(tables.signal("Vehicle.Speed"), Some(SignalId(4)));
    let batch = Batch::from_bytes(&envelope::open(Kind::Batch, &read("batch-1-drive"), &public(STREAM)).unwrap()).unwrap();
    let rows = coder::decode(batch.coder, &batch.body, batch.records).unwrap();
    assert_eq!(rows.len(), 80);
    assert_eq!(rows[40].value, ReleasedValue::Scalar(Value::Float(50.0)));
    let entries = ["ledger-1-boot", "ledger-2-consent"]
        .into_iter()
        .zip(1..)
        .map(|(name, salt)| Exported { envelope: read(name), body: Some(([salt; 16], read(&format!("{name}-body")))) });
    assert_eq!(ledger::verify_chain(entries.collect::<Vec<_>>().iter(), &public(LEDGER)).map(|report| report.bodies), Ok(2));
}
