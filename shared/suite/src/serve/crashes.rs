//! What a server loses when a handler panics or aborts, or when a worker is killed.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, kill_process};
use shared::load::{Beside, Load};

use super::{GREETING, HELLO, Served, children, forms, get, one_answer, read_to_end};
use crate::program::{HUNG, ensure_gone};

/// Only for programs in which a unit can panic alone.
#[allow(missing_docs)]
pub fn a_panic_costs_a_server_one_connection(program: &str) {
    for form in forms(program) {
        let server = Served::start(program, &format!("{form} --crashes"));
        let mut other = server.connect();
        for _ in 0..5 {
            assert_eq!(server.answer(get("/crash?how=panic", "").as_bytes()), "");
        }
        other.write_all(HELLO.as_bytes()).expect("a request");
        assert_eq!(
            one_answer(&mut other).as_deref(),
            Some(GREETING),
            "{program} {form}"
        );
        drop(other);
        let receipt = server.end(Signal::TERM);
        assert_eq!(
            (receipt.units, receipt.errors["panic"]),
            (1, 5),
            "{program} {form}"
        );
    }
}

/// One process serves all: the program ends with the signal, and with it every connection, whatever it was waiting for.
#[allow(missing_docs)]
pub fn an_abort_costs_a_server_of_one_process_all_its_connections(program: &str) {
    for form in forms(program) {
        let mut server = Served::start(program, &format!("{form} --crashes"));
        let group = server.group();
        let aborts = get("/crash?how=abort", "");
        let mut silent = match super::serves_many(program) {
            // It has been answered, and could ask again.
            true => {
                let mut stream = server.connect();
                stream.write_all(HELLO.as_bytes()).expect("a request");
                let answer = one_answer(&mut stream);
                assert_eq!(answer.as_deref(), Some(GREETING), "{program} {form}");
                Some(stream)
            }
            false => None,
        };
        assert_eq!(server.answer(aborts.as_bytes()), "", "{program} {form}");
        if let Some(silent) = &mut silent {
            assert_eq!(read_to_end(silent), b"", "{program} {form}");
        }
        let mut said = String::new();
        server.stdout.read_to_string(&mut said).expect("an end");
        let status = server.child.take().expect("once").wait().expect("an end");
        let signal = status.signal();
        assert_eq!(signal, Some(Signal::ABORT.as_raw()), "{program} {form}");
        assert_eq!(said, "", "no receipt: {program} {form}");
        ensure_gone(group);
    }
}

/// Processes serve: each abort takes one of them and its connection, and another starts in its place. So does each kill.
#[allow(missing_docs)]
pub fn an_abort_costs_a_server_of_processes_one_connection(program: &str) {
    let server = Served::start(program, "--workers 2 --crashes");
    let mut other = server.connect();
    other.write_all(HELLO.as_bytes()).expect("a request");
    assert_eq!(one_answer(&mut other).as_deref(), Some(GREETING));
    let before = children(server.group());
    // Of the two workers one has a client already: all of these meet the other one, or one that has taken its place.
    for how in ["abort", "kill", "abort", "kill", "abort"] {
        let crash = get(&format!("/crash?how={how}"), "");
        assert_eq!(server.answer(crash.as_bytes()), "", "{how}");
    }
    other.write_all(HELLO.as_bytes()).expect("a request");
    assert_eq!(one_answer(&mut other).as_deref(), Some(GREETING));
    assert_eq!(server.answer(HELLO.as_bytes()), GREETING);
    let after = children(server.group());
    assert_eq!((before.len(), after.len()), (2, 2), "{before:?} {after:?}");
    assert_ne!(before, after);
    drop(other);
    let receipt = server.end(Signal::TERM);
    // A worker that aborts had answered nothing since its start.
    assert_eq!(receipt.units, 3, "{receipt:?}");
    assert!(receipt.errors.is_empty(), "{receipt:?}");
}

/// Only for programs whose workers are processes: it is asked to end before most of them can have started.
#[allow(missing_docs)]
pub fn a_server_that_is_to_end_while_its_processes_start_ends_well(program: &str) {
    for _ in 0..3 {
        let server = Served::start(program, "--workers 100");
        // The first that has started answers.
        assert_eq!(server.answer(HELLO.as_bytes()), GREETING);
        let receipt = server.end(Signal::TERM);
        assert_eq!(receipt.units, 1, "{receipt:?}");
        assert!(receipt.errors.is_empty(), "{receipt:?}");
    }
}

/// Only for programs whose workers are processes: kills some of them under load.
#[allow(missing_docs)]
pub fn a_killed_worker_costs_a_server_no_more_than_the_request_that_it_was_answering(
    program: &str,
) {
    const KILLS: u64 = 10;
    let server = Served::start(program, "--workers 4");
    let load = Load {
        addresses: vec![server.address()],
        host: "localhost".to_owned(),
        page: "/hello".to_owned(),
        rate: 300.0,
        connections: 4,
        greeting: Duration::ZERO,
        time: Duration::from_secs(1),
        patience: HUNG,
        beside: Beside::default(),
    };
    let outcome = thread::scope(|scope| {
        let load = scope.spawn(|| load.run().expect("a server that stays"));
        for _ in 0..KILLS {
            let workers = children(server.group());
            // One may have ended by itself, to be replaced: there is a next.
            if let Some(worker) = workers.first() {
                let _ = kill_process(*worker, Signal::KILL);
            }
            thread::sleep(Duration::from_millis(80));
        }
        load.join().expect("no panic")
    });
    assert!(outcome.lost <= KILLS, "{outcome}");
    assert_eq!(outcome.answered + outcome.lost, outcome.due, "{outcome}");
    server.end(Signal::TERM);
}
