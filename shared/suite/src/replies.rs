//! What all four programs make of replies that are unusual, and of connections that end between two of them.

use std::io::{BufRead, BufReader, Write};
use std::iter;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use flate2::write::GzEncoder;
use shared::download::{Outcome, Tally};
use shared::receipt::Answer;

use crate::peers::{Peer, read_request};
use crate::program::receipt;

fn pack(body: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Default::default());
    gzip.write_all(body).expect("memory takes it all");
    gzip.finish().expect("memory takes it all")
}

/// Answers each request with one of these replies, by the number that its path is; then the connection ends.
fn replies(replies: Vec<Vec<u8>>) -> Peer {
    Peer::acting(move |mut connection| {
        let request = read_request(&mut BufReader::new(&mut connection))?;
        let path = request[0].split(['/', ' ']).nth(2);
        let number: usize = path.and_then(|path| path.parse().ok()).expect("a number");
        connection.write_all(&replies[number])
    })
}

/// A reply with this status, these header lines and this body, of announced length.
fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The addresses of the first pages of a peer.
fn pages(peer: &Peer, count: usize) -> String {
    (0..count)
        .map(|page| format!("{}{page} ", peer.url()))
        .collect()
}

/// Every reply is the page of these bytes, at the first try.
fn all_are(program: &str, body: &[u8], kinds: Vec<Vec<u8>>) {
    let count = kinds.len();
    let peer = replies(kinds);
    let arguments = format!("sites {} --keep-going", pages(&peer, count));
    let receipt = receipt(program, &arguments);
    assert_eq!(receipt.tries.to_string(), format!("{count} ok"));
    let (bytes, crc32) = (body.len(), crc32fast::hash(body));
    assert_eq!(receipt.bytes, (count * bytes) as u64);
    assert_eq!(
        receipt.answer,
        Answer::Checksum(count as u64 * u64::from(crc32))
    );
}

#[allow(missing_docs)]
pub fn a_body_is_unpacked_to_its_end_by_all_codings_that_it_has(program: &str) {
    const PAGE: &[u8] = b"hello page";
    let members = [pack(b"hello "), pack(b"page")].concat();
    let (once, twice) = (pack(PAGE), pack(&pack(PAGE)));
    let coded = |headers: &str, body: &[u8]| reply("200 OK", headers, body);
    let kinds = vec![
        coded("content-encoding: gzip\r\n", &members),
        coded(
            "content-encoding: gzip\r\ncontent-encoding: gzip\r\n",
            &twice,
        ),
        coded("content-encoding: gzip, x-gzip\r\n", &twice),
        coded("content-encoding: gzip, identity\r\n", &once),
        coded(
            "content-encoding: identity\r\ncontent-encoding: GZIP\r\n",
            &once,
        ),
        coded("content-encoding: none\r\n", PAGE),
        coded("content-encoding:\r\n", PAGE),
        coded("content-encoding: identity,,none\r\n", PAGE),
    ];
    all_are(program, PAGE, kinds);

    let cut = &members[..members.len() - 4];
    let spoilt = vec![
        coded("content-encoding: gzip\r\n", cut),
        coded(
            "content-encoding: gzip\r\n",
            &[&once[..], b"and more"].concat(),
        ),
        coded("content-encoding: gzip\r\ncontent-encoding: br\r\n", &once),
    ];
    let count = spoilt.len();
    let peer = replies(spoilt);
    let arguments = format!("sites {} --keep-going --tries 1", pages(&peer, count));
    let receipt = receipt(program, &arguments);
    assert_eq!(receipt.tries.to_string(), format!("{count} corrupt"));
}

#[allow(missing_docs)]
pub fn a_reply_may_have_many_header_lines_and_old_ones(program: &str) {
    let lines = |count| {
        (0..count)
            .map(|n| format!("X-{n}: 1\r\n"))
            .collect::<String>()
    };
    let kinds = vec![
        reply("200 OK", &lines(150), b"page"),
        reply("200 OK", &lines(900), b"page"),
        reply("200 OK", "x-folded: one\r\n  and two\r\n", b"page"),
        reply("200 OK", "x-blank : before the colon\r\n", b"page"),
    ];
    all_are(program, b"page", kinds);
}

/// What is wrong with the body changes neither the outcome nor how often the page is asked for.
#[allow(missing_docs)]
pub fn a_status_tells_how_a_page_ends_whatever_body_follows(program: &str) {
    const BODIES: [&str; 5] = [
        "content-encoding: gzip\r\ncontent-length: 5\r\n\r\nplain",
        "content-encoding: br\r\ncontent-length: 5\r\n\r\nplain",
        "content-length: 100\r\n\r\nshort",
        "transfer-encoding: chunked\r\n\r\nno number of bytes",
        "content-length: 5000\r\n\r\n",
    ];
    for (status, outcome, tries) in [
        ("404 Not Found", Outcome::NotFound, 1),
        ("403 Forbidden", Outcome::ClientError, 1),
        ("503 Service Unavailable", Outcome::ServerError, 2),
        ("206 Partial Content", Outcome::Corrupt, 1),
    ] {
        let kinds = BODIES.map(|body| format!("HTTP/1.1 {status}\r\n{body}").into_bytes());
        let peer = replies(kinds.to_vec());
        let arguments = format!(
            "sites {} --keep-going --tries 2 --max-body 1000",
            pages(&peer, BODIES.len())
        );
        let receipt = receipt(program, &arguments);
        for (tally, each) in [(receipt.outcomes, 1), (receipt.tries, tries)] {
            let count = each * BODIES.len() as u64;
            assert_eq!(
                (tally.count(outcome), tally.total()),
                (count, count),
                "{status}"
            );
        }
    }
    // A body that never comes keeps no program.
    let peer = Peer::acting(|mut connection| {
        read_request(&mut BufReader::new(&mut connection))?;
        connection.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\n")?;
        BufReader::new(connection).fill_buf().map(drop)
    });
    let receipt = receipt(program, &format!("sites {} --keep-going", peer.url()));
    assert_eq!(receipt.tries, Tally::of(Outcome::NotFound));
}

#[allow(missing_docs)]
pub fn a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not(program: &str) {
    let body = [b'.'; 1000];
    let chunked = b"3e8\r\n".iter().chain(&body).chain(b"\r\n0\r\n\r\n");
    let chunked: Vec<u8> = chunked.copied().collect();
    let until_its_end = [b"HTTP/1.1 200 OK\r\n\r\n", &body[..]].concat();
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let kinds = vec![
        reply("200 OK", "", &body),
        reply("200 OK", "content-encoding: gzip\r\n", &pack(&body)),
        [head, &chunked[..]].concat(),
        until_its_end,
    ];
    let count = kinds.len() as u64;
    let peer = replies(kinds);
    for (largest, outcome) in [(1000, Outcome::Ok), (999, Outcome::TooLarge)] {
        let arguments = format!(
            "sites {} --keep-going --tries 1 --max-body {largest}",
            pages(&peer, count as usize)
        );
        let tries = receipt(program, &arguments).tries;
        assert_eq!(
            (tries.count(outcome), tries.total()),
            (count, count),
            "{largest}"
        );
    }
}

/// Answers so many requests as if more were welcome, then ends the connection: at once, or when the next request is here.
fn ends_silently(after: usize, at_once: bool) -> Peer {
    Peer::acting(move |mut connection: TcpStream| {
        let mut requests = BufReader::new(connection.try_clone()?);
        for _ in 0..after {
            read_request(&mut requests)?;
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npage")?;
        }
        if !at_once {
            read_request(&mut requests)?;
        }
        Ok(())
    })
}

#[allow(missing_docs)]
pub fn a_kept_connection_that_ends_silently_costs_no_try(program: &str) {
    for (after, at_once) in [(1, true), (1, false), (2, true), (3, false)] {
        let peer = ends_silently(after, at_once);
        let urls: String = iter::repeat_n(format!("{} ", peer.url()), 200).collect();
        let receipt = receipt(
            program,
            &format!("sites {urls} --workers 4 --keep-going --tries 1"),
        );
        let ended = (after, at_once, receipt.tries.to_string());
        assert_eq!(ended, (after, at_once, "200 ok".to_owned()));
    }
}

/// Nor is a page that breaks every connection asked for more often than it may be.
#[allow(missing_docs)]
pub fn a_new_connection_that_breaks_costs_a_try(program: &str) {
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    let peer = Peer::acting(move |mut connection| {
        read_request(&mut BufReader::new(&mut connection))?;
        count.fetch_add(1, SeqCst);
        Ok(())
    });
    let receipt = receipt(
        program,
        &format!("sites {} --keep-going --tries 2", peer.url()),
    );
    assert_eq!(receipt.tries.to_string(), "2 reset");
    assert_eq!(asked.load(SeqCst), 2);
}
