//! TLS by rustls with ring: the broker is checked against one CA file, the car shows a certificate if it has one.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates of the authorities that a broker's certificate is checked against.
    pub ca: PathBuf,
    /// The car's certificate and key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there or not PEM.
    #[error("{file}: {expected} expected, {found}")]
    File {
        /// Which.
        file: String,
        /// What should be in it.
        expected: &'static str,
        /// What is wrong.
        found: String,
    },
    /// rustls refuses them.
    #[error("certificate and key do not work: {0}")]
    Refused(#[from] rustls::Error),
}

/// Reads the files. Only TLS 1.2 and 1.3 with ring's algorithms.
pub fn client(files: &TlsFiles) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&files.ca, "certificates of authorities in PEM")? {
        roots.add(certificate)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider())).with_safe_default_protocol_versions()?;
    let builder = builder.with_root_certificates(roots);
    let config = match &files.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, "a private key in PEM", &error))?;
            builder.with_client_auth_cert(certificates(certificate, "a certificate in PEM")?, key_der)?
        }
    };
    Ok(Arc::new(config))
}

fn certificates(file: &Path, expected: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    match found {
        Ok(found) if found.is_empty() => Err(TlsError::File { file: file.display().to_string(), expected, found: "none in it".to_string() }),
        Ok(found) => Ok(found),
        Err(error) => Err(wrong(file, expected, &error)),
    }
}

fn wrong(file: &Path, expected: &'static str, error: &dyn std::error::Error) -> TlsError {
    TlsError::File { file: file.display().to_string(), expected, found: error.to_string() }
}
