//! All symmetric keys of the gatekeeper, and the only place that encrypts with them.
//!
//! Rows of the queue rest under HKDF(keys of all persons of their basis, else the car's key): destroying any one makes them
//! unreadable. Bodies of the ledger rest under their person's key, so that erasing a person keeps the chain.
//!
//! INVARIANT: without every key that a basis rests on nothing is sealed and nothing opens; there is no other key to fall back on.

use crate::rng::Rng;
use crate::store::{BasisRow, MetaKey, Snapshot, StoreOp};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce};
use core::fmt;
use hkdf::Hkdf;
use sha2::Sha256;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Bytes of the random nonce in front of every ciphertext.
const NONCE_BYTES: usize = 12;

type Key = Zeroizing<[u8; 32]>;

/// Why something was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// A key that it rests on was destroyed: somebody erased their data.
    #[error("expected the keys of everybody concerned, found one destroyed")]
    Destroyed,
    /// The bytes were not sealed for this place: torn, swapped or forged.
    #[error("expected bytes sealed for this place, found others")]
    Broken,
}

/// The car's key and those of its persons, wiped from memory when they go.
pub struct Vault {
    car: Key,
    persons: BTreeMap<String, Key>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("persons", &self.persons.len()).finish_non_exhaustive()
    }
}

impl Vault {
    /// Takes the keys from the store. A car without a key of its own (the first boot, or one that cannot be read) gets one, and
    /// `ops` what must be stored for it.
    pub fn load(snapshot: &Snapshot, rng: &mut Rng, ops: &mut Vec<StoreOp>) -> Self {
        let stored = snapshot.meta(MetaKey::CarKey).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let car = stored.unwrap_or_else(|| {
            let fresh = rng.bytes();
            ops.push(StoreOp::Meta { key: MetaKey::CarKey, value: fresh.to_vec() });
            fresh
        });
        let persons = snapshot.persons.iter().filter_map(|person| person.key.map(|key| (person.id.clone(), Zeroizing::new(key)))).collect();
        Self { car: Zeroizing::new(car), persons }
    }

    /// A person's key; `None` if they are not known or were erased.
    pub fn person_key(&self, person: &str) -> Option<&[u8; 32]> {
        self.persons.get(person).map(|key| &**key)
    }

    /// Draws a new person's key, which belongs into their [`crate::store::PersonRow`].
    pub fn new_person(&mut self, person: &str, rng: &mut Rng) -> [u8; 32] {
        let key = rng.bytes();
        self.persons.insert(person.to_owned(), Zeroizing::new(key));
        key
    }

    /// Destroys a person's key in memory; [`StoreOp::ErasePerson`] does it on disk.
    pub fn forget(&mut self, person: &str) {
        self.persons.remove(person);
    }

    /// Seals the payload of a row. `seq` is 0 while it is queued, and its number once it is numbered.
    pub fn seal_row(&self, basis: &BasisRow, row_id: u64, seq: u32, plain: &[u8], rng: &mut Rng) -> Result<Vec<u8>, VaultError> {
        seal(&self.row_key(basis)?, &row_aad(basis, row_id, seq), plain, rng)
    }

    /// Opens the payload of a row; it must have been sealed for the same row, basis and `seq`.
    pub fn open_row(&self, basis: &BasisRow, row_id: u64, seq: u32, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        open(&self.row_key(basis)?, &row_aad(basis, row_id, seq), sealed)
    }

    /// Seals salt and body of a ledger entry under a person's key, or the car's if `person` is empty.
    pub fn seal_body(&self, person: &str, seq: u64, plain: &[u8], rng: &mut Rng) -> Result<Vec<u8>, VaultError> {
        seal(&self.body_key(person)?, &seq.to_be_bytes(), plain, rng)
    }

    /// Opens salt and body of a ledger entry.
    pub fn open_body(&self, person: &str, seq: u64, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        open(&self.body_key(person)?, &seq.to_be_bytes(), sealed)
    }

    fn row_key(&self, basis: &BasisRow) -> Result<Key, VaultError> {
        let mut persons: Vec<&str> = basis.consents.iter().map(|(person, _)| person.as_str()).collect();
        persons.sort_unstable();
        persons.dedup();
        let mut secret = Zeroizing::new(Vec::with_capacity(32_usize.saturating_mul(persons.len().max(1))));
        for person in &persons {
            secret.extend_from_slice(self.person_key(person).ok_or(VaultError::Destroyed)?);
        }
        if persons.is_empty() {
            secret.extend_from_slice(&*self.car);
        }
        derive(&secret, &[b"cg/1/row", basis.terms.use_id.as_bytes(), &basis.id.to_be_bytes()])
    }

    fn body_key(&self, person: &str) -> Result<Key, VaultError> {
        let secret = if person.is_empty() { &self.car } else { self.persons.get(person).ok_or(VaultError::Destroyed)? };
        derive(&**secret, &[b"cg/1/body"])
    }
}

fn row_aad(basis: &BasisRow, row_id: u64, seq: u32) -> [u8; 20] {
    let mut aad = [0; 20];
    let parts = row_id.to_be_bytes().into_iter().chain(basis.id.to_be_bytes()).chain(seq.to_be_bytes());
    aad.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
    aad
}

fn derive(secret: &[u8], info: &[&[u8]]) -> Result<Key, VaultError> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret).expand_multi_info(info, &mut *key).map_err(|_| VaultError::Broken)?;
    Ok(key)
}

fn seal(key: &Key, aad: &[u8], plain: &[u8], rng: &mut Rng) -> Result<Vec<u8>, VaultError> {
    let nonce = rng.bytes::<NONCE_BYTES>();
    let sealed = cipher(key).encrypt(&Nonce::from(nonce), Payload { msg: plain, aad }).map_err(|_| VaultError::Broken)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &Key, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Broken)?;
    cipher(key).decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad }).map_err(|_| VaultError::Broken)
}

fn cipher(key: &Key) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&(**key).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use crate::store::{BasisEnd, PersonRow};
    use consent_core::{CategorySet, Ground};
    use consent_protocol::lane::BasisTerms;
    use consent_protocol::{Digest, StreamId};
    use proptest::prelude::*;

    fn basis(id: u64, persons: &[&str]) -> BasisRow {
        let terms = BasisTerms {
            use_id: "traffic".to_owned(),
            revision: 1,
            terms: Digest::default(),
            notice: Digest::default(),
            ground: Ground::Consent,
            tier: 0,
            categories: CategorySet::EMPTY,
            from_s: 0,
            until_s: 1,
            commitments: [Digest::default(); 8],
        };
        let consents = persons.iter().map(|person| ((*person).to_owned(), [0; 16])).collect();
        BasisRow {
            id,
            stream: StreamId::default(),
            k: 0,
            end_k: 0,
            terms,
            consents,
            end: BasisEnd::Open,
            erase_owed: false,
            catalog: Default::default(),
            reveals: Vec::new(),
        }
    }

    fn vault(persons: &[&str]) -> (Vault, Rng) {
        let mut rng = Rng::new([7; 32]);
        let mut vault = Vault::load(&Snapshot::default(), &mut rng, &mut Vec::new());
        for person in persons {
            vault.new_person(person, &mut rng);
        }
        (vault, rng)
    }

    #[test]
    fn the_car_gets_a_key_once() {
        let mut rng = Rng::new([7; 32]);
        let mut ops = Vec::new();
        let first = Vault::load(&Snapshot::default(), &mut rng, &mut ops);
        let Some(StoreOp::Meta { key: MetaKey::CarKey, value }) = ops.pop() else { panic!("no key stored") };
        let person = PersonRow {
            id: "ada".to_owned(),
            name: String::new(),
            minor: false,
            languages: Vec::new(),
            created_ms: 0,
            key: Some([9; 32]),
            asking: None,
            welcomed: false,
            pin: None,
            tries: crate::store::Tries::default(),
        };
        let snapshot = Snapshot { meta: vec![(MetaKey::CarKey, value)], persons: vec![person], ..Snapshot::default() };
        let sealed = first.seal_body("", 3, b"words", &mut rng).unwrap();
        let again = Vault::load(&snapshot, &mut rng, &mut ops);
        assert!(ops.is_empty());
        assert_eq!(again.open_body("", 3, &sealed).as_deref(), Ok(b"words".as_slice()));
        assert_eq!(again.person_key("ada"), Some(&[9; 32]));
    }

    #[test]
    fn destroying_any_key_makes_a_row_unreadable() {
        let (mut vault, mut rng) = vault(&["ada", "bob"]);
        let basis = basis(5, &["bob", "ada"]);
        let sealed = vault.seal_row(&basis, 1, 0, b"where you were", &mut rng).unwrap();
        assert_eq!(vault.open_row(&basis, 1, 0, &sealed).as_deref(), Ok(b"where you were".as_slice()));
        vault.forget("bob");
        assert_eq!(vault.open_row(&basis, 1, 0, &sealed), Err(VaultError::Destroyed));
        assert_eq!(vault.seal_row(&basis, 1, 0, b"more", &mut rng), Err(VaultError::Destroyed));
        vault.new_person("bob", &mut rng);
        assert_eq!(vault.open_row(&basis, 1, 0, &sealed), Err(VaultError::Broken), "a new key is not the old one");
    }

    #[test]
    fn a_row_opens_in_its_own_place_only() {
        let (vault, mut rng) = vault(&["ada", "bob"]);
        let own = basis(5, &["ada"]);
        let sealed = vault.seal_row(&own, 1, 0, b"plain", &mut rng).unwrap();
        for (other, row, seq) in [(basis(6, &["ada"]), 1, 0), (basis(5, &["bob"]), 1, 0), (basis(5, &[]), 1, 0), (own.clone(), 2, 0), (own.clone(), 1, 1)] {
            assert_eq!(vault.open_row(&other, row, seq, &sealed), Err(VaultError::Broken));
        }
        let again = vault.seal_row(&own, 1, 0, b"plain", &mut rng).unwrap();
        assert_ne!(sealed, again, "the nonce is fresh each time");
    }

    #[test]
    fn keys_do_not_show() {
        let (vault, _) = vault(&["ada"]);
        assert_eq!(format!("{vault:?}"), "Vault { persons: 1, .. }");
    }

    proptest! {
        #[test]
        fn any_change_of_the_bytes_is_noticed(plain in proptest::collection::vec(any::<u8>(), 0..200), at in any::<proptest::sample::Index>(), bit in 0..8_u32) {
            let (vault, mut rng) = vault(&["ada"]);
            let mut sealed = vault.seal_body("ada", 9, &plain, &mut rng).unwrap();
            prop_assert_eq!(vault.open_body("ada", 9, &sealed), Ok(plain));
            prop_assert_eq!(vault.open_body("ada", 10, &sealed), Err(VaultError::Broken));
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert_eq!(vault.open_body("ada", 9, &sealed), Err(VaultError::Broken));
            prop_assert_eq!(vault.open_body("ada", 9, &sealed[..at]), Err(VaultError::Broken));
        }
    }
}
