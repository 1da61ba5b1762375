//! TLS by rustls with ring: the broker is checked against one file of authorities, we show a certificate if we have one.

use crate::config::TlsFiles;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not what it should be.
    #[error("{0}: expected {1} in PEM: {2}")]
    File(String, &'static str, String),
    /// rustls refuses them.
    #[error("certificate and key do not work: {0}")]
    Refused(#[from] rustls::Error),
}

/// Reads the files.
pub(crate) fn client(files: &TlsFiles) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&files.ca)? {
        roots.add(certificate)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider())).with_safe_default_protocol_versions()?;
    let builder = builder.with_root_certificates(roots);
    Ok(Arc::new(match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => {
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, "a private key", &error))?;
            builder.with_client_auth_cert(certificates(certificate)?, secret)?
        }
        (_, _) => builder.with_no_client_auth(),
    }))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<_> = CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(|error| wrong(file, "certificates", &error))?;
    if found.is_empty() { Err(wrong(file, "certificates", &"found none")) } else { Ok(found) }
}

fn wrong(file: &Path, expected: &'static str, found: &dyn std::fmt::Display) -> TlsError {
    TlsError::File(file.display().to_string(), expected, found.to_string())
}
