//! A car made by hand: keys, a certificate, a small catalog, and the chains of one stream.

use consent_core::{Access, Assurance, Benefit, CategoryKind, CategorySet, ClockTrust, Condition, Fix, Ground, ReleasedValue, Rule, SignalId, Step, Value};
use consent_protocol::batch::{Batch, Row};
use consent_protocol::catalog::{
    Beneficiary, Category, CompiledCatalog, Datatype, Deployment, Environment, FORMAT, FixPart, GateListing, Recipient, RecipientRole, Signal, SignalRule,
    TierDef, Use, UseTexts,
};
use consent_protocol::cert::Certificate;
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{AnswerMessage, BasisTerms, EndKind, Hello, LaneMessage, Report, State, Statement, StatementBody};
use consent_protocol::topic::{Channel, Topic};
use consent_protocol::{Digest, Head, Nonce, StreamId, coder};
use consent_receiver::engine::{Engine, EngineConfig, Outgoing, RecipientConfig};
use ed25519_dalek::{Signer, SigningKey};
use std::path::Path;

pub(crate) const ROOT: [u8; 32] = [1; 32];
pub(crate) const AUTHORITY: [u8; 32] = [2; 32];
pub(crate) const ACK: [u8; 32] = [3; 32];
/// 2026-03-01T00:00:00Z.
pub(crate) const NOW_MS: i64 = 1_772_323_200_000;
pub(crate) const SPEED: u16 = 0;
pub(crate) const LATITUDE: u16 = 1;
pub(crate) const LONGITUDE: u16 = 2;
pub(crate) const STEP: Step = Step { mantissa: 5, exponent: 0 };

pub(crate) fn public(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

pub(crate) fn seal(kind: Kind, seed: &[u8; 32], payload: Vec<u8>) -> Vec<u8> {
    let key = SigningKey::from_bytes(seed);
    let key_id = envelope::key_id(&key.verifying_key().to_bytes());
    envelope::seal(kind, key_id, payload, |bytes| Ok::<_, ()>(key.sign(bytes).to_bytes())).unwrap()
}

fn signal(path: &str, unit: &str, bit: u8, fix: Option<FixPart>) -> Signal {
    Signal { path: path.to_owned(), datatype: Datatype::Double, unit: unit.to_owned(), categories: CategorySet::single(bit), fix }
}

fn category(id: &str) -> Category {
    Category { id: id.to_owned(), iri: String::new(), kind: CategoryKind::Driver, guarded: false, location: id == "location", name: Vec::new() }
}

pub(crate) fn catalog() -> CompiledCatalog {
    let rule = |signal, rule| SignalRule { signal, rule };
    let coarse = vec![rule(SPEED, Rule::Round { step: STEP, period_ms: 0 }), rule(LATITUDE, Rule::Grid { cell_m: 2_000, raster_ms: 60_000 })];
    CompiledCatalog {
        format: FORMAT,
        version: 1,
        environment: Environment::Demo,
        country: "de".to_owned(),
        model_line: "line-1".to_owned(),
        deployment: Deployment::Private,
        consent_age_years: 16,
        languages: vec!["en".to_owned()],
        vss_version: "4.2".to_owned(),
        gate: GateListing { access: Access::Transmission, ground: Ground::LegitimateInterest, fields: Vec::new(), headline: Vec::new(), plain: Vec::new() },
        categories: vec![category("driving"), category("location")],
        recipients: vec![Recipient {
            id: "oem".to_owned(),
            name: Vec::new(),
            role: RecipientRole::Controller,
            outside: false,
            deployer: false,
            countries: vec!["DE".to_owned()],
            safeguard: String::new(),
            contact: String::new(),
            authority: String::new(),
            systems: vec!["store".to_owned(), "lake".to_owned()],
            ack_key: public(&ACK),
        }],
        signals: vec![
            signal("Vehicle.A.Speed", "km/h", 0, None),
            signal("Vehicle.Location.Latitude", "degrees", 1, Some(FixPart::Latitude)),
            signal("Vehicle.Location.Longitude", "degrees", 1, Some(FixPart::Longitude)),
            signal("Vehicle.Z.Other", "", 0, None),
        ],
        uses: vec![Use {
            id: "traffic".to_owned(),
            revision: 3,
            recipient: 0,
            purpose: String::new(),
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
            signals: vec![SPEED, LATITUDE, LONGITUDE],
            patterns: Vec::new(),
            tiers: vec![TierDef { reveals: Vec::new(), rules: coarse }],
            within_s: 60,
            records_max: 1_000,
            age_max_s: 14 * 86_400,
            retention_days: 30,
            consent_days_max: 366,
            automated_decision: false,
            linked: false,
            texts: UseTexts { headline: Vec::new(), plain: Vec::new(), benefit: Vec::new(), notice: Vec::new() },
        }],
    }
}

/// An engine that knows the catalog. Without a folder everything is in memory.
pub(crate) fn engine(folder: Option<&Path>) -> Engine {
    let config = EngineConfig {
        environment: Environment::Demo,
        authorities: vec![public(&AUTHORITY)],
        catalog_root: public(&ROOT),
        recipients: vec![RecipientConfig { id: "oem".to_owned(), ack_key: ACK, uses: std::collections::BTreeMap::new() }],
        database: folder.map(|folder| folder.join("receiver.db")),
        hand_on: folder.map(|folder| folder.join("out")),
        report_ms: consent_receiver::engine::REPORT_MS,
    };
    let mut engine = Engine::open(config, [9; 32]).unwrap();
    engine.add_catalog(&seal(Kind::Catalog, &ROOT, catalog().to_bytes())).unwrap();
    engine
}

/// What an engine answered.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) states: Vec<State>,
    pub(crate) others: Vec<AnswerMessage>,
    pub(crate) reports: Vec<Report>,
}

impl Answers {
    /// Verifies and reads.
    pub(crate) fn read(outgoing: &[Outgoing]) -> Self {
        let mut answers = Self::default();
        for out in outgoing {
            assert!(out.topic.ends_with("/a"), "{}", out.topic);
            let payload = envelope::open(Kind::Answer, &out.payload, &public(&ACK)).unwrap();
            match AnswerMessage::from_bytes(&payload).unwrap() {
                AnswerMessage::State(state) => answers.states.push(state),
                AnswerMessage::Report(report) => answers.reports.push(report),
                other @ (AnswerMessage::OutsideWithdrawal { .. } | AnswerMessage::Erasure { .. }) => answers.others.push(other),
            }
        }
        assert!(answers.states.len() <= 1, "at most one State per message");
        answers
    }

    pub(crate) fn state(&self) -> &State {
        self.states.first().expect("a State")
    }
}

/// One stream of a car.
#[derive(Clone, Debug)]
pub(crate) struct Car {
    pub(crate) key: [u8; 32],
    pub(crate) stream: StreamId,
    pub(crate) certificate: Vec<u8>,
    pub(crate) lane: Vec<(Vec<u8>, Digest)>,
    pub(crate) chain: Vec<(Vec<u8>, Digest)>,
    pub(crate) nonces: u8,
}

impl Car {
    pub(crate) fn new(id: u8) -> Self {
        let key = [id; 32];
        let certificate = Certificate { version: 1, environment: Environment::Demo, public: public(&key), serial: [id; 16], not_after_s: 2_000_000_000 };
        let certificate = seal_certificate(&certificate, &AUTHORITY);
        Self { key, stream: StreamId([id; 16]), certificate, lane: Vec::new(), chain: Vec::new(), nonces: 0 }
    }

    pub(crate) fn topic(&self, channel: Channel) -> String {
        Topic::Stream { recipient: "oem".to_owned(), stream: self.stream, channel }.name()
    }

    fn head(chain: &[(Vec<u8>, Digest)]) -> Head {
        let digest = chain.last().map_or(Digest::default(), |(_, digest)| *digest);
        Head { n: u32::try_from(chain.len()).unwrap(), digest }
    }

    /// Number and digest of a batch.
    pub(crate) fn batch_head(&self, n: u32) -> Head {
        Head { n, digest: self.chain[usize::try_from(n).unwrap() - 1].1 }
    }

    pub(crate) fn hello_with(&self, nonce: Nonce, echo: Option<Digest>, base: Head) -> Vec<u8> {
        let (recipient, certificate) = ("oem".to_owned(), self.certificate.clone());
        let hello = Hello { recipient, stream: self.stream, nonce, echo, lane: Self::head(&self.lane), base, certificate };
        seal(Kind::Lane, &self.key, LaneMessage::Hello(hello).to_bytes())
    }

    /// Connects, as far as the challenge demands; yields the last answers.
    pub(crate) fn connect(&mut self, engine: &mut Engine, base: Head) -> Answers {
        self.nonces += 1;
        let nonce = Nonce([self.nonces; 16]);
        let first = Answers::read(&engine.handle(NOW_MS, &self.topic(Channel::Lane), &self.hello_with(nonce, None, base)).unwrap());
        assert_eq!(first.state().nonce, nonce);
        let challenge = first.state().challenge;
        if challenge == Digest::default() {
            return first;
        }
        Answers::read(&engine.handle(NOW_MS, &self.topic(Channel::Lane), &self.hello_with(nonce, Some(challenge), base)).unwrap())
    }

    /// Makes the next statement.
    pub(crate) fn tell(&mut self, body: StatementBody) -> u32 {
        let Head { n, digest: prev } = Self::head(&self.lane);
        let statement = Statement { recipient: "oem".to_owned(), stream: self.stream, k: n + 1, prev, body };
        let sealed = seal(Kind::Lane, &self.key, LaneMessage::Statement(statement).to_bytes());
        let digest = envelope::sha256(&[&sealed]);
        self.lane.push((sealed, digest));
        n + 1
    }

    pub(crate) fn tell_catalog(&mut self) -> u32 {
        self.tell(StatementBody::Catalog { digest: catalog().digest(), version: 1 })
    }

    pub(crate) fn open_basis(&mut self) -> u32 {
        self.tell(StatementBody::BasisOpened(terms()))
    }

    pub(crate) fn end_basis(&mut self, basis: u32, voids: Vec<Head>) -> u32 {
        self.tell(StatementBody::BasisEnded { basis, kind: EndKind::Withdrawn, erase: true, voids })
    }

    /// Makes the next batch, of rows that conform.
    pub(crate) fn number(&mut self, basis: u32) -> u32 {
        let n = u32::try_from(self.chain.len()).unwrap() + 1;
        self.number_rows(basis, &[speed(NOW_MS + i64::from(n), 50.0), speed(NOW_MS + i64::from(n) + 10, 55.0)])
    }

    pub(crate) fn number_rows(&mut self, basis: u32, rows: &[Row]) -> u32 {
        let Head { n, digest: prev } = Self::head(&self.chain);
        let needs = u32::try_from(self.lane.len()).unwrap();
        let sealed = self.seal_batch(n + 1, prev, basis, needs, rows);
        let digest = envelope::sha256(&[&sealed]);
        self.chain.push((sealed, digest));
        n + 1
    }

    pub(crate) fn seal_batch(&self, n: u32, prev: Digest, basis: u32, needs: u32, rows: &[Row]) -> Vec<u8> {
        let records = u32::try_from(rows.len()).unwrap();
        let (coder, body) = coder::encode(rows);
        let batch = Batch {
            recipient: "oem".to_owned(),
            stream: self.stream,
            n,
            prev,
            basis,
            needs,
            random: [u8::try_from(n).unwrap(); 16],
            clock: ClockTrust::Trusted,
            records,
            decisions: records * 2,
            coder,
            body,
        };
        seal(Kind::Batch, &self.key, batch.to_bytes())
    }

    pub(crate) fn send_statement(&self, engine: &mut Engine, k: u32) -> Answers {
        let (sealed, _) = &self.lane[usize::try_from(k).unwrap() - 1];
        Answers::read(&engine.handle(NOW_MS, &self.topic(Channel::Lane), sealed).unwrap())
    }

    pub(crate) fn send_batch(&self, engine: &mut Engine, n: u32) -> Answers {
        let (sealed, _) = &self.chain[usize::try_from(n).unwrap() - 1];
        self.send_raw(engine, sealed)
    }

    pub(crate) fn send_raw(&self, engine: &mut Engine, sealed: &[u8]) -> Answers {
        Answers::read(&engine.handle(NOW_MS, &self.topic(Channel::Batch), sealed).unwrap())
    }

    /// A connected car with the catalog told and one basis open (number 2), all of it delivered.
    pub(crate) fn consented(id: u8, engine: &mut Engine) -> Self {
        let mut car = Self::new(id);
        let state = car.connect(engine, Head::default());
        assert_eq!(state.state().challenge, Digest::default());
        car.tell_catalog();
        car.open_basis();
        car.send_statement(engine, 1);
        assert_eq!(car.send_statement(engine, 2).state().lane.n, 2);
        car
    }
}

pub(crate) fn seal_certificate(certificate: &Certificate, authority: &[u8; 32]) -> Vec<u8> {
    let key = SigningKey::from_bytes(authority);
    certificate.seal(envelope::key_id(&public(authority)), |bytes| Ok::<_, ()>(key.sign(bytes).to_bytes())).unwrap()
}

pub(crate) fn secret() -> [u8; 32] {
    [77; 32]
}

pub(crate) fn terms() -> BasisTerms {
    let mut commitments: [Digest; 8] = std::array::from_fn(|at| Digest([u8::try_from(at).unwrap(); 32]));
    commitments[5] = envelope::sha256(&[&secret()]);
    BasisTerms {
        use_id: "traffic".to_owned(),
        revision: 3,
        terms: catalog().terms_digest(0).unwrap(),
        notice: Digest::default(),
        ground: Ground::Consent,
        tier: 0,
        categories: CategorySet(0b11),
        from_s: NOW_MS / 1_000 - 10,
        until_s: NOW_MS / 1_000 + 86_400,
        commitments,
    }
}

pub(crate) fn speed(t_ms: i64, km_h: f64) -> Row {
    Row { signal: SignalId(SPEED), t_ms, value: ReleasedValue::Scalar(Value::Float(km_h)) }
}

pub(crate) fn place(t_ms: i64, lat_deg: f64, lon_deg: f64) -> Row {
    let fix = Fix { lat_deg, lon_deg, alt_m: None, heading_deg: None, accuracy_m: None };
    Row { signal: SignalId(LATITUDE), t_ms, value: ReleasedValue::Fix(fix) }
}
