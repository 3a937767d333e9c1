//! TLS to the broker: which certificates are trusted, and the error for one that is not.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cluster::{Broker, Cluster};
use libtest_mimic::{Failed, Trial};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use tempfile::TempDir;

use crate::program::program;
use crate::tasks;
use crate::tools::{ask_until, client_at, skip, start_node, unique};

pub fn trials() -> Vec<Trial> {
    let served: [(&str, Test); 4] = [
        ("tls::a_map_goes_over_tls_where_the_authority_is_named", map),
        ("tls::the_program_takes_an_authority", program_takes),
        ("tls::an_authority_that_is_not_named_is_refused", unknown),
        (
            "tls::another_host_than_the_certificate_names_is_refused",
            host,
        ),
    ];
    let trials = served.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            match served_broker() {
                Some(broker) => test(broker),
                None => skip(name, "RabbitMQ is not installed"),
            }
            Ok::<(), Failed>(())
        })
    });
    let wrong = Trial::test("tls::a_file_that_names_no_authority_is_one_line", || {
        wrong_files();
        Ok::<(), Failed>(())
    });
    trials.chain([wrong]).collect()
}

type Test = fn(&Served);

/// A broker with a certificate for 127.0.0.1, and the files of two authorities: its own, a stranger, and one of its own's name.
struct Served {
    port: u16,
    files: TempDir,
    _broker: Broker,
}

impl Served {
    fn url(&self) -> String {
        format!("amqps://guest:guest@127.0.0.1:{}", self.port)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn url_with(&self, authority: &str) -> String {
        format!(
            "{}?cacertfile={}",
            self.url(),
            self.file(authority).display()
        )
    }
}

fn served_broker() -> Option<&'static Served> {
    static SERVED: OnceLock<Option<Served>> = OnceLock::new();
    SERVED
        .get_or_init(|| Broker::program().map(|_| serve()))
        .as_ref()
}

fn serve() -> Served {
    let files = tempfile::tempdir().unwrap();
    let own = authority(files.path(), "own.pem", "own");
    authority(files.path(), "stranger.pem", "stranger");
    authority(files.path(), "namesake.pem", "own");
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &own);
    let write = |name: &str, text: &str| fs::write(files.path().join(name), text).unwrap();
    write("broker.pem", &certificate.unwrap().pem());
    write("broker.key", &key.serialize_pem());
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let path = |name: &str| files.path().join(name).display().to_string();
    let settings = [
        format!("listeners.ssl.1 = 127.0.0.1:{port}"),
        format!("ssl_options.cacertfile = {}", path("own.pem")),
        format!("ssl_options.certfile = {}", path("broker.pem")),
        format!("ssl_options.keyfile = {}", path("broker.key")),
        "ssl_options.verify = verify_none".to_owned(),
    ];
    let broker = Broker::start_with(&[], &settings.join("\n")).unwrap();
    Served {
        port,
        files,
        _broker: broker,
    }
}

/// An authority, with its certificate in a file.
fn authority(folder: &Path, file: &str, name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(folder.join(file), issuer.pem()).unwrap();
    issuer
}

fn map(broker: &Served) {
    let url = broker.url_with("own.pem");
    let queue = unique("tls");
    let node = start_node(&url, &queue, &format!("{queue}@test"), 1, None);
    node.wait_until_it_says("takes tasks from");
    let squares = client_at(&url, &queue).map(tasks::square, 0..1000).unwrap();
    assert!(squares.into_iter().eq((0..1000).map(|it| it * it)));
}

fn program_takes(broker: &Served) {
    let url = broker.url_with("own.pem");
    let queue = unique("tls");
    let name = format!("{queue}@test");
    let node = start_node(&url, &queue, &name, 1, None);
    node.wait_until_it_says("takes tasks from");
    let shown = |command: &mut Command| {
        command.env("CLUSTER_BROKER", broker.url());
        // It waits a second for nodes, which may not be enough for one.
        ask_until(|| {
            let output = command.output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                error.is_empty() || error.contains("no node answers"),
                "{error}"
            );
            String::from_utf8_lossy(&output.stdout).contains(&name)
        });
    };
    let file = broker.file("own.pem");
    shown(program("status").arg("--ca").arg(&file));
    shown(program("status").env("CLUSTER_CA", &file));
    // An option is nearer than a variable.
    let stranger = broker.file("stranger.pem");
    shown(
        program("status")
            .arg("--ca")
            .arg(&file)
            .env("CLUSTER_CA", stranger),
    );
}

fn unknown(broker: &Served) {
    // A machine may trust many, and none of them has signed this one; nor has the stranger.
    for url in [
        broker.url(),
        broker.url_with("stranger.pem"),
        broker.url_with("namesake.pem"),
    ] {
        refuses(&url, "authority that is not trusted: name the file");
    }
    // The stranger is trusted in place of what the machine trusts: it opens nothing to others.
    let output = program("status")
        .env("CLUSTER_BROKER", broker.url())
        .env("CLUSTER_CA", broker.file("stranger.pem"))
        .env("SSL_CERT_FILE", broker.file("own.pem"))
        .output()
        .unwrap();
    let line = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        (output.status.code(), line.lines().count()),
        (Some(1), 1),
        "{line}"
    );
    assert!(line.contains("not trusted"), "{line}");
}

fn host(broker: &Served) {
    let url = broker.url_with("own.pem").replace("127.0.0.1", "localhost");
    refuses(&url, "the host that its certificate names");
}

fn refuses(url: &str, what: &str) {
    let Err(error) = Cluster::connect(url) else {
        panic!("it connects")
    };
    let line = error.to_string();
    assert!(line.contains(what), "{line}");
    assert!(!line.contains('\n'), "{line}");
}

fn wrong_files() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "no certificate\n").unwrap();
    let missing = folder.path().join("missing.pem");
    for (url, file, what) in [
        ("amqps://127.0.0.1:1", &missing, "No such file"),
        ("amqps://127.0.0.1:1", &empty, "no certificate in PEM"),
        ("amqp://127.0.0.1:1", &empty, "TLS is amqps://"),
    ] {
        for command in ["status", "node", "hashes"] {
            let output = program(command)
                .arg("--ca")
                .arg(file)
                .args(["--broker", url])
                .output()
                .unwrap();
            let line = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{command}: {line}");
            assert_eq!(line.lines().count(), 1, "{command}: {line}");
            assert!(line.contains(what), "{command}: {line}");
        }
    }
}
