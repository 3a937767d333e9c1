//! Whom a broker's certificate may come from.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::error::{Error, Result};

/// The certificates in a file, as text. Where it is named, no others are trusted.
///
/// # Errors
///
/// If the file cannot be read, or has no certificate in it.
pub fn named(file: &Path) -> Result<String> {
    let wrong = |why: &str| {
        Error::Setting(format!(
            "the certificate to trust cannot be read from {}: {why}",
            file.display()
        ))
    };
    let text = fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(text),
        _ => Err(wrong("it holds no certificate in PEM")),
    }
}

/// Those that this machine trusts, or the file that `SSL_CERT_FILE` names, as text.
///
/// # Errors
///
/// If there are none.
pub fn of_this_machine() -> Result<String> {
    let certificates = rustls_native_certs::load_native_certs().certs;
    if certificates.is_empty() {
        return Err(Error::Setting(
            "this machine trusts no certificates: install ca-certificates, or name a file with the broker's authority by --ca or CLUSTER_CA"
                .to_owned(),
        ));
    }
    let pem = certificates.iter().map(|certificate| {
        let body = BASE64_STANDARD.encode(certificate);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    });
    Ok(pem.collect())
}
