//! More connections than a server has cores, threads or processes for.

use std::fs;
use std::io::Write;
use std::net::TcpStream;

use rustix::process::{Resource, Signal, getrlimit};
use shared::cli::raise_descriptor_limit;

use super::{GREETING, HELLO, Served, forms, get, one_answer, read_to_end, serves_many, undated};

/// Connections open at once.
const CROWD: usize = 10_000;

/// What a process opens beside them.
const BESIDE: u64 = 500;

/// A task or a thread for each connection: all of them are open at once, and each is answered, twice.
///
/// A process or a pool that serves some: the others wait where the system keeps them, as many as it keeps, and are answered
/// when those have gone.
#[allow(missing_docs)]
pub fn ten_thousand_connections_are_served_or_wait(program: &str) {
    raise_descriptor_limit();
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if limit < CROWD as u64 + BESIDE {
        eprintln!("skipped: a process may open {limit} descriptors here, not {CROWD}");
        return;
    }
    for form in forms(program) {
        match serves_many(program) && !form.contains("--workers") {
            true => all_are_served(program, form),
            false => others_wait(program, form),
        }
    }
}

fn all_are_served(program: &str, form: &str) {
    let server = Served::start(program, form);
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        let mut stream = server.connect();
        stream.write_all(HELLO.as_bytes()).expect("a request");
        crowd.push(stream);
    }
    // Where the system has no thread for one, that one ends.
    crowd.retain_mut(|stream| match one_answer(stream) {
        Some(answer) => answer == GREETING,
        None => false,
    });
    let served = crowd.len() as u64;
    for stream in &mut crowd {
        stream.write_all(HELLO.as_bytes()).expect("a request");
    }
    for stream in &mut crowd {
        let answer = one_answer(stream);
        assert_eq!(answer.as_deref(), Some(GREETING), "{program} {form}");
    }
    drop(crowd);
    let receipt = server.end(Signal::TERM);
    let short = receipt.errors.get("no thread").copied().unwrap_or_default();
    if short > 0 {
        eprintln!("skipped in part: {program} had no thread for {short} of {CROWD} connections");
    }
    assert_eq!(served + short, CROWD as u64, "{program} {form}");
    assert_eq!(receipt.units, 2 * served, "{program} {form}");
    assert_eq!(receipt.answer.sum(), CROWD as u128, "{program} {form}");
    let most = receipt.readings["most_connections"];
    assert!(most >= served as f64, "{program} {form}: {most}");
}

fn others_wait(program: &str, form: &str) {
    let server = Served::start(program, form);
    let workers = form
        .strip_prefix("--workers ")
        .map_or(1, |workers| workers.parse().expect("a number"));
    let mut inside: Vec<_> = (0..workers).map(|_| server.connect()).collect();
    for stream in &mut inside {
        stream.write_all(HELLO.as_bytes()).expect("a request");
        let answer = one_answer(stream);
        assert_eq!(answer.as_deref(), Some(GREETING), "{program} {form}");
    }
    let last = get("/hello", "Connection: close\r\n");
    let mut waiting = Vec::new();
    for _ in 0..CROWD.min(backlog()) {
        let mut stream: TcpStream = server.connect();
        stream.write_all(last.as_bytes()).expect("it is kept");
        waiting.push(stream);
    }
    drop(inside);
    for stream in &mut waiting {
        let answer = undated(&read_to_end(stream));
        assert!(
            answer.ends_with("Hello, World!"),
            "{program} {form}: {answer}"
        );
    }
    let receipt = server.end(Signal::TERM);
    let served = (waiting.len() + workers) as u64;
    assert_eq!(receipt.units, served, "{program} {form}: {receipt:?}");
    assert!(receipt.errors.is_empty(), "{program} {form}: {receipt:?}");
    let most = receipt.readings["most_connections"];
    assert!(most <= workers as f64, "{program} {form}: {most}");
}

/// Connections that the system keeps until they are accepted.
fn backlog() -> usize {
    let most = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap_or_default();
    most.trim().parse().unwrap_or(128)
}
