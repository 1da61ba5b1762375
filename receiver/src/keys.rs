//! Keys as they stand in configuration and files: 64 hexadecimal digits, or a file that holds them.
//!
//! In the demo environment, and only there, the word `demo` stands for a key that everybody can derive.

use consent_protocol::catalog::Environment;
use consent_protocol::{envelope, ids};
use ed25519_dalek::SigningKey;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Name of the demo key that signs catalogs.
pub(crate) const DEMO_ROOT: &str = "catalog-root";
/// Name of the demo key of the enrolment authority.
pub(crate) const DEMO_AUTHORITY: &str = "authority";

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Neither digits nor a readable file.
    #[error("{0:?}: expected 64 hexadecimal digits or a file that holds them, found neither ({1})")]
    Unreadable(String, std::io::Error),
    /// A file with something else.
    #[error("{0}: expected 64 hexadecimal digits")]
    Digits(String),
    /// A secret that others can read.
    #[error("{0}: a secret key that others may read; expected mode 0600, found {1:04o}")]
    Mode(String, u32),
    /// A demo key elsewhere.
    #[error("the key \"demo\" is known to everybody; expected the demo environment, found {0:?}")]
    Demo(Environment),
    /// The file cannot be written.
    #[error("{0}: expected a new file to write the key to: {1}")]
    Unwritable(String, std::io::Error),
}

/// The seed of a demo key: the same rule as the simulator's.
pub(crate) fn demo_seed(name: &str) -> [u8; 32] {
    envelope::sha256(&[b"consent-gate demo key, worth nothing", &[0], name.as_bytes()]).0
}

/// The public half of a seed.
pub fn public_of(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 0xf] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

/// Reads a public key.
pub(crate) fn public(text: &str, folder: &Path, environment: Environment, demo_name: &str) -> Result<[u8; 32], KeyError> {
    if text == "demo" {
        return demo(environment, demo_name).map(|seed| public_of(&seed));
    }
    ids::from_hex::<32>(text).map_or_else(|| from_file(text, &folder.join(text)), Ok)
}

/// Reads a secret key, which stands in a file of its own.
pub(crate) fn secret(text: &str, folder: &Path, environment: Environment, demo_name: &str) -> Result<[u8; 32], KeyError> {
    if text == "demo" {
        return demo(environment, demo_name);
    }
    let path = folder.join(text);
    let seed = from_file(text, &path)?;
    let mode = std::fs::metadata(&path).map_err(|error| KeyError::Unreadable(text.to_owned(), error))?.permissions().mode() & 0o777;
    if mode.trailing_zeros() >= 6 { Ok(seed) } else { Err(KeyError::Mode(text.to_owned(), mode)) }
}

fn demo(environment: Environment, name: &str) -> Result<[u8; 32], KeyError> {
    if environment == Environment::Demo { Ok(demo_seed(name)) } else { Err(KeyError::Demo(environment)) }
}

fn from_file(text: &str, path: &Path) -> Result<[u8; 32], KeyError> {
    let content = std::fs::read_to_string(path).map_err(|error| KeyError::Unreadable(text.to_owned(), error))?;
    ids::from_hex::<32>(content.trim()).ok_or_else(|| KeyError::Digits(text.to_owned()))
}

/// Writes a seed to a new file of mode 0600.
pub(crate) fn write(path: &Path, seed: &[u8; 32]) -> Result<(), KeyError> {
    let wrong = |error| KeyError::Unwritable(path.display().to_string(), error);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(wrong)?;
    writeln!(file, "{}", hex(seed)).and_then(|()| file.sync_all()).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ack.key");
        write(&path, &[7; 32]).unwrap();
        assert_eq!(secret("ack.key", folder.path(), Environment::Production, "oem").unwrap(), [7; 32]);
        assert!(write(&path, &[8; 32]).is_err(), "a key is not overwritten");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(secret("ack.key", folder.path(), Environment::Production, "oem").unwrap_err().to_string().contains("0644"));
    }

    #[test]
    fn demo_keys_stay_in_the_demo() {
        let here = Path::new(".");
        assert_eq!(secret("demo", here, Environment::Demo, "oem").unwrap(), demo_seed("oem"));
        assert!(secret("demo", here, Environment::Staging, "oem").is_err());
        assert!(public("demo", here, Environment::Production, DEMO_ROOT).is_err());
        assert_eq!(public(&hex(&[5; 32]), here, Environment::Production, DEMO_ROOT).unwrap(), [5; 32]);
    }
}
