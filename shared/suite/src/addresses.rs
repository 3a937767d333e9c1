//! Addresses of pages and servers: those that lead nowhere, and those out in the world.

use std::net::ToSocketAddrs;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::peers::{Answers, Peer};
use crate::program::{fails_with, one_line, run_with};

#[allow(missing_docs)]
pub fn a_missing_server_gets_one_line_that_says_how_to_start_one(program: &str) {
    let gone = Peer::gone();
    let hello = format!("hello --server {gone}");
    fails_with(program, &hello, &[gone.as_str(), "cargo run --bin server"]);
}

#[allow(missing_docs)]
pub fn a_page_that_is_missing_broken_or_wrong_fails_the_run_by_name(program: &str) {
    for (answer, reason) in [
        ("404 Not Found", "404 Not Found: check the address"),
        (
            "500 Internal Server Error",
            "500 Internal Server Error: the server's own failure",
        ),
        ("200 OK", "0 bytes instead of"),
    ] {
        let peer = Peer::http(Answers::status(answer));
        let cats = format!("cats --size 1 --server {}", peer.url());
        fails_with(program, &cats, &["/cats/", reason]);
    }
    // A page that breaks off in its middle.
    let peer = Peer::http(Answers::raw(
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
    ));
    let cats = format!("cats --size 1 --server {}", peer.url());
    fails_with(program, &cats, &["/cats/", ": the server broke off"]);
    // A server that is gone when the run has begun.
    let cats = "cats --size 1 --faults refused --tries 1";
    fails_with(program, cats, &["/cats/", "start the server again"]);
}

/// Whether this machine can tell in time that a host does not exist: its name server may be out of reach.
pub(crate) fn names_are_resolved() -> bool {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(("no-such-host.invalid", 80).to_socket_addrs().is_err()));
    let knows = receiver.recv_timeout(Duration::from_secs(2)) == Ok(true);
    if !knows {
        eprintln!("skipped: no name server says that no-such-host.invalid does not exist");
    }
    knows
}

#[allow(missing_docs)]
pub fn a_host_that_does_not_resolve_fails_the_run_by_name(program: &str) {
    if !names_are_resolved() {
        return;
    }
    for arguments in [
        "sites http://no-such-host.invalid/page",
        "hello --server http://no-such-host.invalid",
    ] {
        fails_with(
            program,
            arguments,
            &["no-such-host.invalid", ": check the name"],
        );
    }
}

#[allow(missing_docs)]
pub fn pages_out_in_the_world_are_fetched_over_tls_and_redirects(program: &str) {
    let secure = Peer::https(Answers::status("200 OK").with_body("far away"));
    let moved = Peer::http(Answers::redirect(secure.url()));
    let arguments = format!("sites {} {} --workers 2", secure.url(), moved.url());
    let authority = secure
        .authority()
        .expect("a peer with TLS has an authority");
    let run = run_with(program, &arguments, &[("SSL_CERT_FILE", authority)]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for url in [secure.url(), moved.url()] {
        let said = format!("8 bytes from {url}");
        assert!(
            run.stdout.lines().any(|line| line.ends_with(&said)),
            "{run:?}"
        );
    }
    assert!(run.stdout.contains("2 pages, 16 bytes in "), "{run:?}");
}

#[allow(missing_docs)]
pub fn a_certificate_of_an_unknown_authority_is_refused(program: &str) {
    let (trusted, other) = (
        Peer::https(Answers::status("200 OK")),
        Peer::https(Answers::status("200 OK")),
    );
    let authority = trusted
        .authority()
        .expect("a peer with TLS has an authority");
    let arguments = format!("sites {}", other.url());
    let run = run_with(program, &arguments, &[("SSL_CERT_FILE", authority)]);
    let line = one_line(program, &arguments, 1, run);
    assert!(
        line.contains(other.url().as_str()) && line.contains("certificate"),
        "{line}"
    );
}
