//! TLS to the broker: which certificates are trusted, which are shown, and the errors for those that are not taken.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use cluster::{Broker, Cluster};
use libtest_mimic::{Failed, Trial};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tempfile::TempDir;

use crate::program::program;
use crate::tasks;
use crate::tools::{ask_until, client_at, served, skip, start_node, unique};

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 5] = [
        ("tls::a_map_goes_over_tls_where_the_authority_is_named", map),
        ("tls::the_program_takes_an_authority", program_takes),
        ("tls::an_authority_that_is_not_named_is_refused", unknown),
        (
            "tls::another_host_than_the_certificate_names_is_refused",
            host,
        ),
        (
            "tls::a_broker_that_asks_for_a_certificate_is_shown_the_one_that_is_named",
            shown,
        ),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            match served() {
                Some(broker) => test(broker),
                None => skip(name, "RabbitMQ is not installed"),
            }
            Ok::<(), Failed>(())
        })
    });
    let wrong = Trial::test(
        "tls::a_file_without_what_it_is_named_for_is_one_line",
        || {
            wrong_files();
            Ok::<(), Failed>(())
        },
    );
    trials.chain([wrong]).collect()
}

type Test = fn(&Served);

/// A broker with a certificate for 127.0.0.1, and files: of three authorities, its own, a stranger, and one of its own's name; and of two
/// clients, of which its own authority has signed one, and the stranger the other.
pub struct Served {
    pub broker: Broker,
    port: u16,
    files: TempDir,
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

/// Starts a broker that asks its clients for a certificate, or not.
pub fn serve(asks: bool) -> Served {
    let files = tempfile::tempdir().unwrap();
    let folder = files.path();
    let own = authority(folder, "own.pem", "own");
    let stranger = authority(folder, "stranger.pem", "stranger");
    authority(folder, "namesake.pem", "own");
    let (server, client) = (
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    );
    certificate(folder, "broker", "127.0.0.1", server, &own);
    certificate(folder, "client", "client", client.clone(), &own);
    certificate(folder, "unknown", "client", client, &stranger);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let path = |name: &str| files.path().join(name).display().to_string();
    let settings = [
        format!("listeners.ssl.1 = 127.0.0.1:{port}"),
        format!("ssl_options.cacertfile = {}", path("own.pem")),
        format!("ssl_options.certfile = {}", path("broker.pem")),
        format!("ssl_options.keyfile = {}", path("broker.key")),
        format!(
            "ssl_options.verify = verify_{}",
            if asks { "peer" } else { "none" }
        ),
        format!("ssl_options.fail_if_no_peer_cert = {asks}"),
    ];
    let broker = Broker::start_with(&[], &settings.join("\n")).expect("the broker starts");
    Served {
        broker,
        port,
        files,
    }
}

/// A certificate that an authority has signed, and its key, each in a file.
fn certificate(
    folder: &Path,
    file: &str,
    name: &str,
    usage: ExtendedKeyUsagePurpose,
    authority: &CertifiedIssuer<'static, KeyPair>,
) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.extended_key_usages = vec![usage];
    let certificate = params.signed_by(&key, authority).unwrap();
    fs::write(folder.join(format!("{file}.pem")), certificate.pem()).unwrap();
    fs::write(folder.join(format!("{file}.key")), key.serialize_pem()).unwrap();
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
    let file = broker.file("own.pem");
    lists(program("status").arg("--ca").arg(&file), broker, &name);
    lists(program("status").env("CLUSTER_CA", &file), broker, &name);
    // An option is nearer than a variable.
    let stranger = broker.file("stranger.pem");
    let mut command = program("status");
    command.arg("--ca").arg(&file).env("CLUSTER_CA", stranger);
    lists(&mut command, broker, &name);
}

/// Waits until `cluster status` lists a node.
fn lists(command: &mut Command, broker: &Served, name: &str) {
    command.env("CLUSTER_BROKER", broker.url());
    // It waits a second for nodes, which may not be enough for one.
    ask_until(|| {
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        let none = error.contains("no node answers");
        assert!(error.is_empty() || none, "{error}");
        String::from_utf8_lossy(&output.stdout).contains(name)
    });
}

fn shown(_: &Served) {
    let broker = &serve(true);
    let named = |file: &str| {
        let url = broker.url_with("own.pem");
        let path = |end| broker.file(&format!("{file}.{end}")).display().to_string();
        format!("{url}&certfile={}&keyfile={}", path("pem"), path("key"))
    };
    // What the broker has against it comes as TLS's alert, or as the end of the connection, if that is faster.
    refuses(&broker.url_with("own.pem"), "--cert");
    refuses(&named("unknown"), "--cert");

    let (url, queue) = (named("client"), unique("tls"));
    let name = format!("{queue}@test");
    let node = start_node(&url, &queue, &name, 1, None);
    node.wait_until_it_says("takes tasks from");
    let squares = client_at(&url, &queue).map(tasks::square, 0..100).unwrap();
    assert!(squares.into_iter().eq((0..100).map(|it| it * it)));

    let [own, certificate, key] = ["own.pem", "client.pem", "client.key"].map(|it| broker.file(it));
    let mut options = program("status");
    options.arg("--ca").arg(&own);
    options
        .arg("--cert")
        .arg(&certificate)
        .arg("--key")
        .arg(&key);
    lists(&mut options, broker, &name);
    let mut variables = program("status");
    variables.env("CLUSTER_CA", &own);
    variables.env("CLUSTER_CERT", &certificate);
    variables.env("CLUSTER_KEY", &key);
    lists(&mut variables, broker, &name);
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
    let folder = folder.path();
    let empty = folder.join("empty.pem");
    fs::write(&empty, "no certificate\n").unwrap();
    let own = authority(folder, "own.pem", "own");
    for name in ["one", "other"] {
        let usage = ExtendedKeyUsagePurpose::ClientAuth;
        certificate(folder, name, name, usage, &own);
    }
    let to = |scheme: &str, words: &str| {
        let words = words.replace("DIR", &folder.display().to_string());
        format!("--broker {scheme}://127.0.0.1:1 {words}")
    };
    let tls = |words: &str| to("amqps", words);
    let mut wrong = vec![
        (tls("--ca DIR/missing.pem"), "No such file"),
        (tls("--ca DIR/empty.pem"), "no certificate in PEM"),
        (to("amqp", "--ca DIR/own.pem"), "TLS is amqps://"),
    ];
    for (pair, what) in [
        ("--cert DIR/one.pem", "name both files"),
        ("--key DIR/one.key", "name both files"),
        ("--cert DIR/missing.pem --key DIR/one.key", "No such file"),
        ("--cert DIR/one.pem --key DIR/missing.key", "No such file"),
        (
            "--cert DIR/empty.pem --key DIR/one.key",
            "no certificate in PEM",
        ),
        ("--cert DIR/one.pem --key DIR/empty.pem", "no key in PEM"),
        ("--cert DIR/one.pem --key DIR/other.key", "belong together"),
    ] {
        wrong.push((tls(&format!("--ca DIR/own.pem {pair}")), what));
    }
    let pair = "--cert DIR/one.pem --key DIR/one.key";
    wrong.push((to("amqp", pair), "TLS is amqps://"));
    for (words, what) in wrong {
        for command in ["status", "node", "hashes"] {
            let output = program(&format!("{command} {words}")).output().unwrap();
            let line = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{command} {words}: {line}");
            assert_eq!(line.lines().count(), 1, "{command} {words}: {line}");
            assert!(line.contains(what), "{command} {words}: {line}");
        }
    }
}
