//! One stream of a car, made by hand from the protocol's own parts: a catalog of the drive's five signals, statements, and
//! batches that are numbered, chained and signed.

use crate::drive::{PATHS, STEPS};
use consent_core::{CategorySet, ClockTrust, Ground, Rule};
use consent_protocol::batch::{Batch, Row};
use consent_protocol::catalog::{CompiledCatalog, Datatype, Environment, Signal, SignalRule, TierDef, example};
use consent_protocol::cert::Certificate;
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::{BasisTerms, Hello, LaneMessage, Statement, StatementBody};
use consent_protocol::topic::{Channel, Topic};
use consent_protocol::{Digest, Head, Nonce, StreamId, coder};
use ed25519_dalek::{Signer as _, SigningKey};

/// Seed of the key that catalogs are signed with.
pub const ROOT: [u8; 32] = [1; 32];
/// Seed of the enrolment authority's key.
pub const AUTHORITY: [u8; 32] = [2; 32];
/// Seed of the recipient's key.
pub const ACK: [u8; 32] = [3; 32];
/// The recipient.
pub const RECIPIENT: &str = "oem";
/// Seed of the stream's key.
const STREAM_KEY: [u8; 32] = [10; 32];
/// The statement that opens the only basis.
const BASIS: u32 = 2;

/// What the use gets of the drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Rounded to [`STEPS`]: the coarse tier.
    Rounded,
    /// As it is: the fine tier.
    Full,
}

/// The public half of a key.
pub fn public(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// Signs a payload.
pub fn seal(kind: Kind, key: &SigningKey, payload: Vec<u8>) -> Vec<u8> {
    let key_id = envelope::key_id(&key.verifying_key().to_bytes());
    let Ok(sealed) = envelope::seal(kind, key_id, payload, |bytes| Ok::<_, std::convert::Infallible>(key.sign(bytes).to_bytes()));
    sealed
}

/// Five signals, and one use of them in two tiers.
pub fn catalog() -> CompiledCatalog {
    let base = example::catalog();
    let signals =
        PATHS.map(|path| Signal { path: path.to_owned(), datatype: Datatype::Double, unit: String::new(), categories: CategorySet::single(1), fix: None });
    let tier = |rule: &dyn Fn(usize) -> Rule| TierDef {
        reveals: example::texts("Reveals"),
        rules: (0..5_u16).map(|signal| SignalRule { signal, rule: rule(usize::from(signal)) }).collect(),
    };
    let tiers = vec![tier(&|at| Rule::Round { step: STEPS[at], period_ms: 0 }), tier(&|_| Rule::AsIs)];
    let used = example::used("research", 0, &[0, 1, 2, 3, 4], tiers);
    let recipients = base.recipients.iter().map(|recipient| consent_protocol::catalog::Recipient { ack_key: public(&ACK), ..recipient.clone() }).collect();
    CompiledCatalog { signals: signals.into(), recipients, uses: vec![used], ..base }
}

/// A stream with its chains.
#[derive(Debug)]
pub struct Stream {
    key: SigningKey,
    id: StreamId,
    lane: Head,
    numbered: Head,
    /// The envelopes of its two statements: the catalog in force, then the basis.
    pub statements: [Vec<u8>; 2],
}

impl Stream {
    /// A stream on one basis, which holds from one time to another, Unix milliseconds.
    pub fn new(precision: Precision, (from_ms, until_ms): (i64, i64)) -> Self {
        let catalog = catalog();
        let mut stream = Self {
            key: SigningKey::from_bytes(&STREAM_KEY),
            id: StreamId([10; 16]),
            lane: Head::default(),
            numbered: Head::default(),
            statements: [Vec::new(), Vec::new()],
        };
        let terms = BasisTerms {
            use_id: "research".to_owned(),
            revision: 1,
            terms: catalog.terms_digest(0).unwrap_or_default(),
            notice: Digest([4; 32]),
            ground: Ground::Consent,
            tier: u8::from(precision == Precision::Full),
            categories: CategorySet::single(1),
            from_s: from_ms.div_euclid(1_000),
            until_s: until_ms.div_euclid(1_000),
            commitments: [Digest([5; 32]); 8],
        };
        let bodies = [StatementBody::Catalog { digest: catalog.digest(), version: catalog.version }, StatementBody::BasisOpened(terms)];
        stream.statements = bodies.map(|body| stream.tell(body));
        stream
    }

    fn tell(&mut self, body: StatementBody) -> Vec<u8> {
        let statement = Statement { recipient: RECIPIENT.to_owned(), stream: self.id, k: self.lane.n + 1, prev: self.lane.digest, body };
        let sealed = seal(Kind::Lane, &self.key, LaneMessage::Statement(statement).to_bytes());
        self.lane = Head { n: self.lane.n + 1, digest: envelope::sha256(&[&sealed]) };
        sealed
    }

    /// The next batch of the chain, sealed.
    pub fn batch(&mut self, rows: &[Row]) -> Vec<u8> {
        let (coder, body) = coder::encode(rows);
        let records = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let n = self.numbered.n + 1;
        let batch = Batch {
            recipient: RECIPIENT.to_owned(),
            stream: self.id,
            n,
            prev: self.numbered.digest,
            basis: BASIS,
            needs: BASIS,
            random: [n as u8; 16],
            clock: ClockTrust::Trusted,
            records,
            decisions: records,
            coder,
            body,
        };
        let sealed = seal(Kind::Batch, &self.key, batch.to_bytes());
        self.numbered = Head { n, digest: envelope::sha256(&[&sealed]) };
        sealed
    }

    /// The public half of the stream's key.
    pub fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The topic of a channel.
    pub fn topic(&self, channel: Channel) -> String {
        Topic::Stream { recipient: RECIPIENT.to_owned(), stream: self.id, channel }.name()
    }

    /// The Hello of a car that has sent nothing yet; `echo` answers a challenge.
    pub fn hello(&self, echo: Option<Digest>) -> Vec<u8> {
        let certificate = Certificate { version: 1, environment: Environment::Demo, public: self.public(), serial: [6; 16], not_after_s: 4_000_000_000 };
        let authority = SigningKey::from_bytes(&AUTHORITY);
        let Ok(certificate) =
            certificate.seal(envelope::key_id(&public(&AUTHORITY)), |bytes| Ok::<_, std::convert::Infallible>(authority.sign(bytes).to_bytes()));
        let hello =
            Hello { recipient: RECIPIENT.to_owned(), stream: self.id, nonce: Nonce([7; 16]), echo, lane: self.lane, base: Head::default(), certificate };
        seal(Kind::Lane, &self.key, LaneMessage::Hello(hello).to_bytes())
    }
}
