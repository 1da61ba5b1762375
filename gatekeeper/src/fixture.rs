//! A small catalog and a few people for the tests of the people's side.

use crate::book::{Book, Profile};
use crate::change::{InForce, Moment};
use crate::control::Peer;
use crate::now::Now;
use crate::people::{Age, Effect};
use crate::rng::Rng;
use crate::signer::{KeyName, SignError, Signer};
use crate::store::Snapshot;
use crate::vault::Vault;
use consent_core::catalog::{EachTime, LawfulUse};
use consent_core::{Access, Assurance, CategoryKind, CategorySet, ClockTrust, Condition, DrivingState, Ground, Rule};
pub(crate) use consent_protocol::catalog::example::texts;
use consent_protocol::catalog::*;
use consent_protocol::ledger::Method;
use consent_protocol::tables::Tables;
use ed25519_dalek::{Signer as _, SigningKey};

/// 2025-11-24 12:00 UTC.
pub(crate) const T0_MS: i64 = 1_763_985_600_000;
pub(crate) const DAY_MS: i64 = 86_400_000;

fn recipient(id: &str, role: RecipientRole) -> Recipient {
    Recipient { outside: id != "maker", ..example::recipient(id, role) }
}

fn category(id: &str, iri: &str, kind: CategoryKind) -> Category {
    Category { id: id.to_owned(), iri: iri.to_owned(), kind, guarded: kind != CategoryKind::Vehicle, location: id == "location", name: texts(id) }
}

/// Covers signals 0.. of [`catalog`]: 0 location, 1 vehicle, 2 voice.
fn used(id: &str, recipient: u8, signals: &[u16]) -> Use {
    let tier = |words: &str| TierDef { reveals: texts(words), rules: signals.iter().map(|signal| SignalRule { signal: *signal, rule: Rule::Drop }).collect() };
    let used = example::used(id, recipient, signals, vec![tier("roughly"), tier("closely")]);
    Use { records_max: 100, age_max_s: 3_600, consent_days_max: 366, ..used }
}

fn by_law(id: &str, table: LawfulUse) -> Use {
    let may_refuse = table == LawfulUse::Obfcm;
    let law = Law { act: "Act".to_owned(), article: "1".to_owned(), table, may_refuse };
    Use { access: Access::Law, ground: Ground::LegalObligation, law: Some(law), ..used(id, 0, &[1]) }
}

/// Uses by name: `traffic` (before each trip), `insurance` (outside, each by review, at most 30 days), `voice` (cabin),
/// `obfcm` and `attacks` (by law, with and without a right to refuse), `assist` (by call), `service` (by contract).
pub(crate) fn catalog() -> CompiledCatalog {
    let signal =
        |path: &str, bit: u8| Signal { path: path.to_owned(), datatype: Datatype::Float, unit: String::new(), categories: CategorySet::single(bit), fix: None };
    CompiledCatalog {
        format: FORMAT,
        version: 7,
        environment: Environment::Production,
        country: "DE".to_owned(),
        model_line: "one".to_owned(),
        deployment: Deployment::Private,
        consent_age_years: 16,
        languages: vec!["en".to_owned(), "de".to_owned()],
        vss_version: "4.0".to_owned(),
        gate: GateListing { access: Access::Transmission, ground: Ground::LegitimateInterest, fields: Vec::new(), headline: Vec::new(), plain: Vec::new() },
        categories: vec![
            category("location", "https://w3id.org/dpv/pd#CurrentLocation", CategoryKind::Driver),
            category("vehicle", "https://w3id.org/dpv/pd#Vehicle", CategoryKind::Vehicle),
            category("voice", "https://w3id.org/dpv/pd#Biometric", CategoryKind::Cabin),
        ],
        recipients: vec![recipient("maker", RecipientRole::Controller), recipient("insurer", RecipientRole::ThirdParty)],
        signals: vec![signal("Vehicle.A", 0), signal("Vehicle.B", 1), signal("Vehicle.C", 2)],
        uses: vec![
            Use { each_time: Some(EachTime::Review), consent_days_max: 30, ..used("insurance", 1, &[0, 1]) },
            Use { each_time: Some(EachTime::BeforeTrip), ..used("traffic", 0, &[0, 1]) },
            used("voice", 0, &[2]),
            by_law("obfcm", LawfulUse::Obfcm),
            by_law("attacks", LawfulUse::AttackMonitoring),
            Use { condition: Condition::Call, ground: Ground::VitalInterest, access: Access::Transmission, ..used("assist", 0, &[0]) },
            Use { access: Access::Transmission, ground: Ground::Contract, ..used("service", 0, &[1]) },
        ],
    }
}

pub(crate) fn in_force(catalog: CompiledCatalog) -> InForce {
    let tables = Tables::new(&catalog).unwrap();
    let digest = catalog.digest();
    InForce { catalog, tables, digest }
}

/// A parked car.
pub(crate) fn moment(in_force: &InForce, wall_ms: i64) -> Moment<'_> {
    Moment { now: now(wall_ms), in_force, driving: DrivingState::Parked }
}

pub(crate) fn now(wall_ms: i64) -> Now {
    Now { boot: 1, mono_ms: u64::try_from(wall_ms - T0_MS + DAY_MS).unwrap(), wall_ms, trust: ClockTrust::Trusted }
}

pub(crate) const SCREEN: Peer = Peer { method: Method::Screen, assurance: Assurance::High };
pub(crate) const OPERATOR: Peer = Peer { method: Method::Operator, assurance: Assurance::None };

pub(crate) fn rng() -> Rng {
    Rng::new([5; 32])
}

pub(crate) fn profile(id: &str, age: Age) -> Profile {
    Profile {
        id: id.to_owned(),
        name: id.to_uppercase(),
        minor: age == Age::Minor,
        languages: vec!["fr".to_owned(), "de".to_owned()],
        created_ms: T0_MS,
        welcomed: true,
        ..Profile::default()
    }
}

/// A book in which `ada` and `bob` are aboard, `kid` is a minor aboard, and `eve` is not aboard; with their keys.
pub(crate) fn book(in_force: &InForce) -> (Book, Vault) {
    let mut rng = Rng::new([6; 32]);
    let mut vault = Vault::load(&Snapshot::default(), &mut rng, &mut Vec::new());
    let mut book = Book::load(&Snapshot::default());
    book.resolve(in_force);
    for id in ["ada", "bob", "kid", "eve"] {
        let key = vault.new_person(id, &mut rng);
        book.add_person(profile(id, Age::from(id == "kid")), key).unwrap();
    }
    for id in ["ada", "bob", "kid"] {
        book.seat(id).unwrap();
    }
    (book, vault)
}

/// A ledger key in memory; `None` answers nothing.
#[derive(Debug)]
pub(crate) struct TestSigner(pub(crate) Option<SigningKey>);

impl TestSigner {
    pub(crate) fn new() -> Self {
        Self(Some(SigningKey::from_bytes(&[8; 32])))
    }
}

impl Signer for TestSigner {
    fn public(&self, _: KeyName) -> Result<[u8; 32], SignError> {
        self.0.as_ref().map(|key| key.verifying_key().to_bytes()).ok_or(SignError::Unavailable)
    }

    fn sign(&self, _: KeyName, bytes: &[u8]) -> Result<[u8; 64], SignError> {
        self.0.as_ref().map(|key| key.sign(bytes).to_bytes()).ok_or(SignError::Unavailable)
    }

    fn certificate(&self, _: KeyName) -> Result<Vec<u8>, SignError> {
        Err(SignError::Unknown)
    }

    fn pool_len(&self) -> u32 {
        0
    }
}

/// Takes an effect that a test does not look at.
pub(crate) fn done(_: Effect) {}
