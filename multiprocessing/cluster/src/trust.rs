//! Whom a broker's certificate may come from, and what a client shows of itself.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lapin::tcp::OwnedIdentity;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::error::{Error, Result};

/// The certificates in a file, as text. Where it is named, no others are trusted.
///
/// # Errors
///
/// If the file cannot be read, or has no certificate in it.
pub(crate) fn named(file: &Path) -> Result<String> {
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

/// The certificate that a client shows, with those between it and its authority, and its key: the files of both.
///
/// # Errors
///
/// If a file cannot be read, or has no such thing in it, or the key is that of another certificate.
pub(crate) fn identity(certificate: &Path, key: &Path) -> Result<OwnedIdentity> {
    let wrong = |content: &str, file: &Path, why: &str| {
        let file = file.display();
        Error::Setting(format!("the {content} cannot be read from {file}: {why}"))
    };
    let read = |content: &str, file: &Path| {
        fs::read(file).map_err(|error| wrong(content, file, &error.to_string()))
    };
    let (own, its_key) = ("certificate to show", "key of the certificate to show");
    let pem = read(own, certificate)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = match found {
        Ok(found) if !found.is_empty() => found,
        _ => return Err(wrong(own, certificate, "it holds no certificate in PEM")),
    };
    let text = read(its_key, key)?;
    let none = "it holds no key in PEM that can be read without a password";
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(|_| wrong(its_key, key, none))?;
    match CertifiedKey::from_der(chain, private, &default_provider()) {
        Ok(_) => Ok(OwnedIdentity::PKCS8 { pem, key: text }),
        Err(rustls::Error::InconsistentKeys(_)) => Err(Error::Setting(format!(
            "the key in {} is not that of the certificate in {}: name two that belong together",
            key.display(),
            certificate.display()
        ))),
        Err(error) => Err(wrong(own, certificate, &error.to_string())),
    }
}

/// Those that this machine trusts, or the file that `SSL_CERT_FILE` names, as text.
///
/// # Errors
///
/// If there are none.
pub(crate) fn of_this_machine() -> Result<String> {
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
