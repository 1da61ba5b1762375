//! Everybody at the desk: catalog root, enrolment authority, recipients, cars. The keys are the demo's, known to all.
//!
//! The desk plays every part, so it signs a catalog anew, with its own keys for the recipients.

use crate::catalog::{demo_keys, demo_root};
use consent_gatekeeper::{KeyName, SignError, Signer};
use consent_protocol::catalog::{CompiledCatalog, Environment};
use consent_protocol::cert::Certificate;
use consent_protocol::envelope::{self, Kind, sha256};
use consent_receiver::engine::{RecipientConfig, UseWords};
use ed25519_dalek::{Signer as _, SigningKey};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// Signs certificates of stream keys.
pub fn authority() -> SigningKey {
    demo_keys("authority")
}

/// What the example's recipients say of themselves: recipient, use, what for, benefit.
const SAID: [(&str, &str, &str, &str); 4] = [
    ("arvena", "maintenance", "service dates and spare parts", "your next service was moved by what the car measured"),
    ("roadinfo", "traffic", "the traffic map", ""),
    ("insurer", "insurance", "your discount of this year", ""),
    ("battery-lab", "battery-research", "a study of ageing batteries", ""),
];

fn words(recipient: &str) -> BTreeMap<String, UseWords> {
    let said = SAID.iter().filter(|(of, ..)| *of == recipient);
    said.map(|(_, used, used_for, benefit)| ((*used).to_owned(), UseWords { used_for: (*used_for).to_owned(), benefit: (*benefit).to_owned() })).collect()
}

/// The public half of a key.
pub fn public(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

/// A catalog signed by the desk, with the keys that go with it.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The catalog, its recipients' keys replaced by the desk's.
    pub catalog: CompiledCatalog,
    /// The catalog as signed by the desk's root.
    pub envelope: Vec<u8>,
}

impl Desk {
    /// Takes over a catalog.
    pub fn new(mut catalog: CompiledCatalog) -> Self {
        for recipient in &mut catalog.recipients {
            recipient.ack_key = public(&demo_keys(&recipient.id));
        }
        let envelope = sign(Kind::Catalog, &demo_root(), catalog.to_bytes());
        Self { catalog, envelope }
    }

    /// What a receiver needs to answer for every recipient of the catalog.
    pub fn recipients(&self) -> Vec<RecipientConfig> {
        self.catalog.recipients.iter().map(|one| RecipientConfig { id: one.id.clone(), ack_key: demo_keys(&one.id).to_bytes(), uses: words(&one.id) }).collect()
    }

    /// The manufacturer: the first recipient that is not outside, else the first.
    pub fn manufacturer(&self) -> String {
        let recipients = &self.catalog.recipients;
        recipients.iter().find(|one| !one.outside).or_else(|| recipients.first()).map(|one| one.id.clone()).unwrap_or_default()
    }
}

fn sign(kind: Kind, key: &SigningKey, payload: Vec<u8>) -> Vec<u8> {
    let sealed = envelope::seal(kind, envelope::key_id(&public(key)), payload, |bytes| Ok::<_, Infallible>(key.sign(bytes).to_bytes()));
    match sealed {
        Ok(envelope) => envelope,
        Err(never) => match never {},
    }
}

/// How many stream keys a refill adds.
pub const POOL: u32 = 512;

/// A car's keys in memory.
#[derive(Debug)]
pub struct DeskSigner {
    seed: [u8; 32],
    ledger: SigningKey,
    authority: SigningKey,
    environment: Environment,
    not_after_s: u64,
    /// Made when they are first used: most never are.
    streams: Vec<OnceCell<Box<SigningKey>>>,
    pub(super) answering: super::Answering,
}

impl DeskSigner {
    /// The keys of one car; the same name gives the same keys, also after a restart.
    pub fn new(desk: &Desk, car: u64, pool: u32, not_after_s: u64) -> Self {
        let seed = sha256(&[b"simulated car", &car.to_be_bytes()]).0;
        let mut signer = Self {
            seed,
            ledger: SigningKey::from_bytes(&sha256(&[&seed, b"ledger"]).0),
            authority: authority(),
            environment: desk.catalog.environment,
            not_after_s,
            streams: Vec::new(),
            answering: super::Answering::Yes,
        };
        signer.refill(pool);
        signer
    }

    /// Adds so many stream keys.
    pub fn refill(&mut self, keys: u32) {
        self.streams.extend((0..keys).map(|_| OnceCell::new()));
    }

    fn key(&self, name: KeyName) -> Result<&SigningKey, SignError> {
        match name {
            KeyName::Ledger => Ok(&self.ledger),
            KeyName::Stream(number) => {
                let slot = usize::try_from(number).ok().and_then(|at| self.streams.get(at)).ok_or(SignError::Unknown)?;
                Ok(slot.get_or_init(|| Box::new(SigningKey::from_bytes(&sha256(&[&self.seed, b"stream", &number.to_be_bytes()]).0))))
            }
        }
    }
}

impl Signer for DeskSigner {
    fn public(&self, key: KeyName) -> Result<[u8; 32], SignError> {
        self.key(key).map(public)
    }

    fn sign(&self, key: KeyName, bytes: &[u8]) -> Result<[u8; 64], SignError> {
        if self.answering == super::Answering::No {
            return Err(SignError::Unavailable);
        }
        self.key(key).map(|key| key.sign(bytes).to_bytes())
    }

    fn certificate(&self, key: KeyName) -> Result<Vec<u8>, SignError> {
        let public_key = self.public(key)?;
        let serial = sha256(&[&self.seed, b"serial", &public_key]).0;
        let (serial, _) = serial.split_first_chunk::<16>().ok_or(SignError::Unknown)?;
        let certificate = Certificate { version: 1, environment: self.environment, public: public_key, serial: *serial, not_after_s: self.not_after_s };
        certificate.seal(envelope::key_id(&public(&self.authority)), |bytes| Ok(self.authority.sign(bytes).to_bytes()))
    }

    fn pool_len(&self) -> u32 {
        u32::try_from(self.streams.len()).unwrap_or(u32::MAX)
    }
}
