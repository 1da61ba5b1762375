//! Key files as they lie on disk.

use super::KeyError;
use consent_protocol::catalog::Environment;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// `pool.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PoolFile {
    version: u32,
    pub(super) environment: Environment,
    pub(super) keys: Vec<PoolKey>,
}

/// One key of the pool.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PoolKey {
    #[serde(serialize_with = "seed_out", deserialize_with = "seed_in")]
    pub(super) seed: Zeroizing<[u8; 32]>,
    #[serde(default, serialize_with = "bytes_out", deserialize_with = "bytes_in")]
    pub(super) certificate: Option<Vec<u8>>,
}

impl std::fmt::Debug for PoolKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PoolKey").field("certified", &self.certificate.is_some()).finish_non_exhaustive()
    }
}

fn seed_out<S: Serializer>(seed: &Zeroizing<[u8; 32]>, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&Zeroizing::new(hex(&**seed)))
}

fn seed_in<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<[u8; 32]>, D::Error> {
    let text = Zeroizing::new(String::deserialize(from)?);
    seed_of(&text).ok_or_else(|| serde::de::Error::custom("64 hexadecimal digits expected"))
}

#[allow(clippy::ref_option, reason = "serde calls it with the field")]
fn bytes_out<S: Serializer>(bytes: &Option<Vec<u8>>, out: S) -> Result<S::Ok, S::Error> {
    bytes.as_deref().map(hex).serialize(out)
}

fn bytes_in<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| unhex(&text).ok_or_else(|| serde::de::Error::custom("hexadecimal digits expected"))).transpose()
}

pub(super) fn make_folder(folder: &Path) -> Result<(), KeyError> {
    let told = |error| KeyError::File(folder.to_path_buf(), error);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(told)?;
    std::fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(told)
}

pub(super) fn ledger_seed(folder: &Path) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let path = folder.join("ledger.key");
    if path.exists() {
        return super::read_seed(&path);
    }
    let seed = fresh_seed()?;
    replace(&path, Zeroizing::new(hex(&*seed)).as_bytes())?;
    Ok(seed)
}

/// The pool, or an empty one where there is no file.
pub(super) fn read_pool(folder: &Path, environment: Environment) -> Result<PoolFile, KeyError> {
    let path = folder.join("pool.json");
    let text = match std::fs::read(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(PoolFile { version: 1, environment, keys: Vec::new() }),
        Err(error) => return Err(KeyError::File(path, error)),
    };
    // The parser's words could hold part of a key.
    let pool: PoolFile = serde_json::from_slice(&text)
        .map_err(|error| KeyError::Form(path.clone(), format!("a key pool expected, something else found at line {}", error.line())))?;
    if pool.version != 1 {
        return Err(KeyError::Form(path, format!("a key pool of version 1 expected, version {} found", pool.version)));
    }
    Ok(pool)
}

pub(super) fn write_pool(folder: &Path, pool: &PoolFile) -> Result<(), KeyError> {
    let path = folder.join("pool.json");
    let text = serde_json::to_vec(pool).map_err(|error| KeyError::Form(path.clone(), error.to_string()))?;
    replace(&path, &Zeroizing::new(text))
}

/// Writes a file of mode 0600 beside, syncs it, and puts it in place.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let told = |error| KeyError::File(path.to_path_buf(), error);
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside).map_err(told)?;
    file.write_all(bytes).map_err(told)?;
    file.sync_all().map_err(told)?;
    std::fs::rename(&beside, path).map_err(told)?;
    match path.parent() {
        Some(folder) => std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(told),
        None => Ok(()),
    }
}

pub(super) fn fresh_seed() -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(|error| KeyError::Randomness(error.to_string()))?;
    Ok(seed)
}

/// A seed from 64 hexadecimal digits.
pub(super) fn seed_of(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(unhex(text)?);
    <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}
