//! Servers that answer as a test wants them to, on ports of their own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::NamedTempFile;
use url::Url;

/// What a peer answers to every request.
#[derive(Clone, Debug)]
pub struct Answers {
    status: String,
    headers: String,
    body: String,
    raw: Option<String>,
}

impl Answers {
    /// A status line such as `404 Not Found`, with an empty body.
    pub fn status(status: &str) -> Self {
        Self {
            status: status.to_owned(),
            headers: String::new(),
            body: String::new(),
            raw: None,
        }
    }

    /// A redirect to `url`.
    pub fn redirect(url: &Url) -> Self {
        Self {
            headers: format!("location: {url}\r\n"),
            ..Self::status("302 Found")
        }
    }

    /// These bytes and no others; then the connection closes.
    pub fn raw(bytes: &str) -> Self {
        Self {
            raw: Some(bytes.to_owned()),
            ..Self::status("")
        }
    }

    /// The same with this body.
    pub fn with_body(self, body: &str) -> Self {
        Self {
            body: body.to_owned(),
            ..self
        }
    }

    fn bytes(&self) -> String {
        let Self {
            status,
            headers,
            body,
            raw,
        } = self;
        raw.clone().unwrap_or_else(|| {
            let length = body.len();
            format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
        })
    }
}

/// An authority that no client knows, and the file with its certificate.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    /// A new one.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let mut authority = CertificateParams::new([]).expect("no names are valid names");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key"))
            .expect("an authority");
        let mut file = NamedTempFile::new().expect("a temporary file");
        file.write_all(issuer.pem().as_bytes())
            .expect("a disk with space");
        Self { issuer, file }
    }

    /// A certificate for `host` and its key, in PEM.
    pub fn vouch_for(&self, host: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new([host.to_owned()])
            .and_then(|names| names.signed_by(&key, &self.issuer))
            .expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }

    /// The file with its certificate.
    pub fn file(&self) -> &Path {
        self.file.path()
    }
}

/// A server of one answer, on 127.0.0.1, for as long as the test process lives.
#[derive(Debug)]
pub struct Peer {
    url: Url,
    authority: Option<Authority>,
}

impl Peer {
    /// An address at which no server listens: it was free a moment ago.
    pub fn gone() -> Url {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        address(
            "http",
            "127.0.0.1",
            listener.local_addr().expect("an address"),
        )
    }

    /// A peer that speaks plain HTTP.
    pub fn http(answers: Answers) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = address(
            "http",
            "127.0.0.1",
            listener.local_addr().expect("an address"),
        );
        serve(listener, move |connection| reply(connection, &answers));
        Self {
            url,
            authority: None,
        }
    }

    /// A peer that does so with every connection, each in a thread of its own.
    pub fn acting(act: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = address(
            "http",
            "127.0.0.1",
            listener.local_addr().expect("an address"),
        );
        let act = Arc::new(act);
        serve(listener, move |connection| {
            let act = act.clone();
            thread::spawn(move || act(connection));
            Ok(())
        });
        Self {
            url,
            authority: None,
        }
    }

    /// A peer that speaks HTTPS as `localhost`, with a certificate from an authority of its own.
    pub fn https(answers: Answers) -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.vouch_for("localhost");
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                let chain = vec![certificate.expect("a certificate")];
                let config = config.with_no_client_auth();
                config.with_single_cert(chain, key.expect("a key"))
            })
            .expect("a TLS configuration");
        let config = Arc::new(config);

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = address(
            "https",
            "localhost",
            listener.local_addr().expect("an address"),
        );
        serve(listener, move |connection| {
            let tls = ServerConnection::new(config.clone()).expect("a TLS connection");
            reply(StreamOwned::new(tls, connection), &answers)
        });
        Self {
            url,
            authority: Some(authority),
        }
    }

    /// Where the peer is.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The file with the certificate of the peer's authority, if it speaks TLS.
    pub fn authority(&self) -> Option<&Path> {
        self.authority.as_ref().map(Authority::file)
    }
}

fn address(scheme: &str, host: &str, address: SocketAddr) -> Url {
    format!("{scheme}://{host}:{}/", address.port())
        .parse()
        .expect("an address makes a URL")
}

fn serve(listener: TcpListener, reply: impl Fn(TcpStream) -> std::io::Result<()> + Send + 'static) {
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // What a client does with its connection is for the test to see in the client.
            let _ = reply(connection);
        }
    });
}

/// Reads a request to the end of its head, which is returned line by line.
pub fn read_request(connection: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let lines = connection.lines();
    lines
        .take_while(|line| line.as_ref().map_or(true, |line| !line.is_empty()))
        .collect()
}

fn reply(connection: impl Read + Write, answers: &Answers) -> std::io::Result<()> {
    let mut connection = BufReader::new(connection);
    read_request(&mut connection)?;
    let connection = connection.get_mut();
    connection.write_all(answers.bytes().as_bytes())?;
    connection.flush()
}
