//! A catalog in any of its forms: authored, compiled, signed.

use super::{Loaded, Report, Vss};
use consent_protocol::catalog::{CatalogError, CompiledCatalog};
use consent_protocol::envelope;
use std::path::Path;

/// Largest compiled or signed catalog that is read, bytes.
const BYTES_MAX: u64 = 4 << 20;

/// Why a file is no catalog in any form.
#[derive(Debug, thiserror::Error)]
pub enum AnyError {
    /// Authored, with faults.
    #[error("{0}")]
    Faults(#[from] Report),
    /// Cannot be read.
    #[error("{file}: {error}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// Too large.
    #[error("{file}: expected at most {BYTES_MAX} bytes, found {bytes}")]
    TooLarge {
        /// The file.
        file: String,
        /// Its size.
        bytes: u64,
    },
    /// Neither compiled nor signed.
    #[error("{file}: expected a catalog as .toml, compiled or signed: {error}")]
    Form {
        /// The file.
        file: String,
        /// What is wrong with it as a compiled catalog.
        error: CatalogError,
    },
}

/// Reads a catalog: `.toml` is checked and compiled, anything else is taken as compiled or signed. A signature is not checked
/// here, for there is no key to check it with: this is for the author's desk, never for a car.
pub fn read_any(path: &Path, vss: &Vss) -> Result<Loaded, AnyError> {
    if path.extension().is_some_and(|extension| extension == "toml") {
        return Ok(super::load_all(path, vss)?);
    }
    let bytes = read_bytes(path)?;
    let compiled = CompiledCatalog::from_bytes(&bytes).or_else(|error| match envelope::peek(&bytes) {
        Ok((_, payload)) => CompiledCatalog::from_bytes(&payload),
        Err(_) => Err(error),
    });
    let compiled = compiled.map_err(|error| AnyError::Form { file: path.display().to_string(), error })?;
    Ok(Loaded { compiled, reasons: Vec::new() })
}

/// The bytes of a compiled or signed catalog.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, AnyError> {
    let file = path.display().to_string();
    let read = |error| AnyError::Read { file: file.clone(), error };
    let bytes = std::fs::metadata(path).map_err(read)?.len();
    if bytes > BYTES_MAX {
        return Err(AnyError::TooLarge { file, bytes });
    }
    std::fs::read(path).map_err(|error| AnyError::Read { file, error })
}
