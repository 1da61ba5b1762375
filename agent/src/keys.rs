//! Keys in files, and enrolment: a pool of stream keys, each certified apart by an enrolment authority.
//!
//! The folder has mode 0700, its files 0600: `ledger.key` (the car's own key) and `pool.json` (stream keys in the order of
//! their numbers, with certificates). A key gets its number when its certificate comes; numbers never change. Files are
//! replaced whole, so that a crash leaves the old or the new one.

mod file;

use consent_gatekeeper::{KeyName, SignError, Signer};
use consent_protocol::catalog::Environment;
use consent_protocol::cert::Certificate;
use consent_protocol::envelope::{key_id, sha256};
use ed25519_dalek::{Signer as _, SigningKey};
pub(crate) use file::hex;
use file::{PoolFile, PoolKey, seed_of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Stream keys of a full pool.
pub const POOL_KEYS: u32 = 512;
/// How long a certificate holds that is made at the desk.
const CERTIFICATE_S: u64 = 2 * 366 * 86_400;

/// Why keys cannot be used, made or certified.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file does not read or write.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A file is not what it should be.
    #[error("{0}: {1}")]
    Form(PathBuf, String),
    /// Keys or certificates of another environment.
    #[error("{what} is for the environment {found}, this car is in {expected}")]
    Environment {
        /// Which file.
        what: String,
        /// Ours.
        expected: String,
        /// Theirs.
        found: String,
    },
    /// A certificate that does not hold.
    #[error("certificate {0} of the answer: {1}")]
    Certificate(usize, String),
    /// The system gives no randomness.
    #[error("no randomness: {0}")]
    Randomness(String),
}

/// What a car asks an authority for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// 1.
    pub version: u32,
    /// Environment.
    pub environment: Environment,
    /// Public keys in hexadecimal.
    pub keys: Vec<String>,
}

/// What an authority answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolAnswer {
    /// 1.
    pub version: u32,
    /// Environment.
    pub environment: Environment,
    /// The authority's public key in hexadecimal.
    pub authority: String,
    /// Certificates (COSE_Sign1 in hexadecimal), one per key.
    pub certificates: Vec<String>,
}

/// Keys of one car in one folder.
#[derive(Debug)]
pub struct FileSigner {
    folder: PathBuf,
    environment: Environment,
    ledger: Zeroizing<[u8; 32]>,
    pool: PoolFile,
    /// How many keys at the front of the pool are certified.
    certified: usize,
}

impl FileSigner {
    /// Opens the folder; makes it and the ledger's key where they are missing.
    pub fn open(folder: &Path, environment: Environment) -> Result<Self, KeyError> {
        file::make_folder(folder)?;
        let ledger = file::ledger_seed(folder)?;
        let pool = file::read_pool(folder, environment)?;
        if pool.environment != environment {
            return Err(mixed("the key pool", environment, pool.environment));
        }
        let certified = pool.keys.iter().take_while(|key| key.certificate.is_some()).count();
        Ok(Self { folder: folder.to_path_buf(), environment, ledger, pool, certified })
    }

    /// Reads the pool again, if somebody else has filled it; whether there are more certified keys now.
    pub fn reload(&mut self) -> Result<bool, KeyError> {
        let fresh = Self::open(&self.folder, self.environment)?;
        let more = fresh.certified > self.certified;
        if more {
            *self = fresh;
        }
        Ok(more)
    }

    /// Makes keys until so many are without a certificate, stores them, and asks for certificates for all of these.
    pub fn request(&mut self, count: u32) -> Result<EnrolRequest, KeyError> {
        let open = self.pool.keys.len().saturating_sub(self.certified);
        let missing = usize::try_from(count).unwrap_or(0).saturating_sub(open);
        for _ in 0..missing {
            self.pool.keys.push(PoolKey { seed: file::fresh_seed()?, certificate: None });
        }
        if missing > 0 {
            file::write_pool(&self.folder, &self.pool)?;
        }
        let keys = self.pool.keys.iter().skip(self.certified).map(|key| hex(&public_of(&key.seed))).collect();
        Ok(EnrolRequest { version: 1, environment: self.environment, keys })
    }

    /// Takes certificates in; how many were new. Certificates of keys that are not ours are an error, those known are not.
    pub fn install(&mut self, answer: &EnrolAnswer, now_s: u64) -> Result<usize, KeyError> {
        if answer.environment != self.environment {
            return Err(mixed("the answer", self.environment, answer.environment));
        }
        let authority = file::unhex(&answer.authority).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let authority = authority.ok_or_else(|| KeyError::Certificate(0, "64 hexadecimal digits expected as the authority".to_string()))?;
        let mut by_key: BTreeMap<[u8; 32], Vec<u8>> = BTreeMap::new();
        for (at, text) in answer.certificates.iter().enumerate() {
            let bytes = file::unhex(text).ok_or_else(|| KeyError::Certificate(at, "hexadecimal digits expected".to_string()))?;
            let certificate = Certificate::open(&bytes, &[authority], self.environment, now_s).map_err(|error| KeyError::Certificate(at, error.to_string()))?;
            by_key.insert(certificate.public, bytes);
        }
        self.take(by_key)
    }

    /// Certifies with an authority's key that lies on this desk: the pool is full afterwards.
    pub fn certify(&mut self, authority_seed: &[u8; 32], count: u32, now_s: u64) -> Result<usize, KeyError> {
        let request = self.request(count)?;
        let answer = sign(&request, authority_seed, now_s.saturating_add(CERTIFICATE_S))?;
        self.install(&answer, now_s)
    }

    fn take(&mut self, mut by_key: BTreeMap<[u8; 32], Vec<u8>>) -> Result<usize, KeyError> {
        let open = self.pool.keys.split_off(self.certified);
        let (mut ready, mut rest) = (Vec::new(), Vec::new());
        for mut key in open {
            key.certificate = by_key.remove(&public_of(&key.seed));
            if key.certificate.is_some() { ready.push(key) } else { rest.push(key) }
        }
        let taken = ready.len();
        self.pool.keys.extend(ready);
        self.certified = self.pool.keys.len();
        self.pool.keys.extend(rest);
        let known: Vec<[u8; 32]> = self.pool.keys.iter().take(self.certified).map(|key| public_of(&key.seed)).collect();
        if let Some(at) = by_key.keys().position(|public| !known.contains(public)) {
            let fresh = Self::open(&self.folder, self.environment)?;
            *self = fresh;
            return Err(KeyError::Certificate(at, "it is for a key that is not in this car's pool".to_string()));
        }
        file::write_pool(&self.folder, &self.pool)?;
        Ok(taken)
    }

    fn seed(&self, key: KeyName) -> Result<&[u8; 32], SignError> {
        match key {
            KeyName::Ledger => Ok(&self.ledger),
            KeyName::Stream(number) => self.certified_key(number).map(|key| &*key.seed),
        }
    }

    fn certified_key(&self, number: u32) -> Result<&PoolKey, SignError> {
        let at = usize::try_from(number).map_err(|_| SignError::Unknown)?;
        self.pool.keys.get(at).filter(|_| at < self.certified).ok_or(SignError::Unknown)
    }
}

impl Signer for FileSigner {
    fn public(&self, key: KeyName) -> Result<[u8; 32], SignError> {
        self.seed(key).map(public_of)
    }

    fn sign(&self, key: KeyName, bytes: &[u8]) -> Result<[u8; 64], SignError> {
        self.seed(key).map(|seed| SigningKey::from_bytes(seed).sign(bytes).to_bytes())
    }

    fn certificate(&self, key: KeyName) -> Result<Vec<u8>, SignError> {
        match key {
            KeyName::Ledger => Err(SignError::Unknown),
            KeyName::Stream(number) => self.certified_key(number)?.certificate.clone().ok_or(SignError::Unknown),
        }
    }

    fn pool_len(&self) -> u32 {
        u32::try_from(self.certified).unwrap_or(u32::MAX)
    }
}

/// What an authority does: certifies each key of a request until `not_after_s`, Unix seconds.
pub fn sign(request: &EnrolRequest, authority_seed: &[u8; 32], not_after_s: u64) -> Result<EnrolAnswer, KeyError> {
    let authority = SigningKey::from_bytes(authority_seed);
    let public = authority.verifying_key().to_bytes();
    let mut certificates = Vec::with_capacity(request.keys.len());
    for (at, key) in request.keys.iter().enumerate() {
        let key = file::unhex(key).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = key.ok_or_else(|| KeyError::Certificate(at, "64 hexadecimal digits expected as a key".to_string()))?;
        let mut serial = [0; 16];
        getrandom::fill(&mut serial).map_err(|error| KeyError::Randomness(error.to_string()))?;
        let certificate = Certificate { version: 1, environment: request.environment, public: key, serial, not_after_s };
        let sealed = certificate.seal(key_id(&public), |bytes| Ok::<_, KeyError>(authority.sign(bytes).to_bytes()))?;
        certificates.push(hex(&sealed));
    }
    Ok(EnrolAnswer { version: 1, environment: request.environment, authority: hex(&public), certificates })
}

/// Reads a seed file: 64 hexadecimal digits.
pub fn read_seed(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| KeyError::File(path.to_path_buf(), error))?);
    seed_of(text.trim()).ok_or_else(|| KeyError::Form(path.to_path_buf(), "64 hexadecimal digits expected".to_string()))
}

/// Writes a request as pretty JSON.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), KeyError> {
    let text = serde_json::to_vec_pretty(value).map_err(|error| KeyError::Form(path.to_path_buf(), error.to_string()))?;
    std::fs::write(path, text).map_err(|error| KeyError::File(path.to_path_buf(), error))
}

/// Reads an answer of a version that we know.
pub fn read_answer(path: &Path) -> Result<EnrolAnswer, KeyError> {
    let text = std::fs::read(path).map_err(|error| KeyError::File(path.to_path_buf(), error))?;
    let answer: EnrolAnswer =
        serde_json::from_slice(&text).map_err(|error| KeyError::Form(path.to_path_buf(), format!("an enrolment answer expected, {error}")))?;
    if answer.version != 1 {
        return Err(KeyError::Form(path.to_path_buf(), format!("an enrolment answer of version 1 expected, version {} found", answer.version)));
    }
    Ok(answer)
}

/// The seed of a key of the demo: everybody can derive it, so it is worth nothing elsewhere. The name is a recipient's id,
/// `catalog-root` or `authority`.
pub fn demo_seed(name: &str) -> [u8; 32] {
    sha256(&[b"consent-gate demo key, worth nothing", &[0], name.as_bytes()]).0
}

/// The public half of a seed.
pub fn public_of(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

fn mixed(what: &str, expected: Environment, found: Environment) -> KeyError {
    let name = |environment| crate::config::environment_name(environment).to_string();
    KeyError::Environment { what: what.to_string(), expected: name(expected), found: name(found) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const NOW_S: u64 = 1_800_000_000;

    fn verifies(signer: &FileSigner, key: KeyName) -> bool {
        let public = ed25519_dalek::VerifyingKey::from_bytes(&signer.public(key).unwrap()).unwrap();
        public.verify_strict(b"bytes", &ed25519_dalek::Signature::from_bytes(&signer.sign(key, b"bytes").unwrap())).is_ok()
    }

    #[test]
    fn a_car_is_enrolled_by_request_and_answer_and_keeps_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let mut signer = FileSigner::open(&keys, Environment::Demo).unwrap();
        assert_eq!(signer.pool_len(), 0);
        assert_eq!(signer.public(KeyName::Stream(0)), Err(SignError::Unknown));
        let request = signer.request(4).unwrap();
        assert_eq!(request.keys.len(), 4);
        let mut answer = sign(&request, &[7; 32], NOW_S + 10).unwrap();
        answer.certificates.remove(0);
        assert_eq!(signer.install(&answer, NOW_S).unwrap(), 3);
        let third = signer.public(KeyName::Stream(2)).unwrap();
        assert_eq!(signer.request(1).unwrap().keys, request.keys[..1], "a key without certificate is asked for again");
        assert_eq!(signer.certify(&[7; 32], 4, NOW_S).unwrap(), 4);
        let mut again = FileSigner::open(&keys, Environment::Demo).unwrap();
        assert_eq!((again.pool_len(), again.public(KeyName::Stream(2)).unwrap()), (7, third));
        assert!(verifies(&again, KeyName::Ledger) && verifies(&again, KeyName::Stream(6)));
        let certificate = Certificate::open(&again.certificate(KeyName::Stream(2)).unwrap(), &[public_of(&[7; 32])], Environment::Demo, NOW_S).unwrap();
        assert_eq!(certificate.public, third);
        assert!(!again.reload().unwrap());
        signer.certify(&[7; 32], 1, NOW_S).unwrap();
        assert!(again.reload().unwrap() && again.pool_len() == 8);
    }

    #[test]
    fn key_files_are_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        FileSigner::open(&keys, Environment::Demo).unwrap().certify(&[7; 32], 1, NOW_S).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&keys), mode(&keys.join("ledger.key")), mode(&keys.join("pool.json"))), (0o700, 0o600, 0o600));
    }

    #[test]
    fn environments_do_not_mix_and_the_error_names_both() {
        let folder = tempfile::tempdir().unwrap();
        let mut signer = FileSigner::open(folder.path(), Environment::Demo).unwrap();
        let mut request = signer.request(1).unwrap();
        request.environment = Environment::Production;
        let answer = sign(&request, &[7; 32], NOW_S + 10).unwrap();
        let told = signer.install(&answer, NOW_S).unwrap_err().to_string();
        assert!(told.contains("production") && told.contains("demo"), "{told}");
        let told = FileSigner::open(folder.path(), Environment::Staging).map(|_| ()).unwrap_err().to_string();
        assert!(told.contains("staging") && told.contains("demo"), "{told}");
    }

    #[test]
    fn certificates_that_do_not_hold_or_are_not_ours_change_nothing() {
        let (ours, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut signer = FileSigner::open(ours.path(), Environment::Demo).unwrap();
        let request = signer.request(2).unwrap();
        let ended = sign(&request, &[7; 32], NOW_S).unwrap();
        assert!(signer.install(&ended, NOW_S).unwrap_err().to_string().contains("ended"));
        let other = FileSigner::open(others.path(), Environment::Demo).unwrap().request(1).unwrap();
        let mixed = EnrolRequest { keys: [request.keys.clone(), other.keys].concat(), ..request };
        assert!(signer.install(&sign(&mixed, &[7; 32], NOW_S + 1).unwrap(), NOW_S).unwrap_err().to_string().contains("not in this car"));
        assert_eq!(signer.pool_len(), 0);
        assert_eq!(FileSigner::open(ours.path(), Environment::Demo).unwrap().request(2).unwrap().keys, mixed.keys[..2]);
    }
}
