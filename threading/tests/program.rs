//! The program keeps the promises that all four make, and its own.

use shared::server::{Server, Stats};

const PROGRAM: &str = env!("CARGO_BIN_EXE_threading");

suite::suite!(PROGRAM);

#[test]
fn a_panic_costs_one_unit_and_an_abort_all() {
    for crash in ["crash", "crash-pool"] {
        let receipt = suite::receipt(PROGRAM, &format!("{crash} --how panic --size 10"));
        assert_eq!((receipt.units, receipt.errors["panic"]), (9, 1), "{crash}");
        let run = suite::run(PROGRAM, &format!("{crash} --how abort --json"));
        assert_eq!((run.code, run.stdout.as_str()), (None, ""), "{crash}");
    }
}

#[test]
fn too_few_descriptors_are_named_with_what_to_do() {
    suite::too_few_descriptors_are_named_with_what_to_do(PROGRAM);
}

/// Stacks are far larger than usual here, so that there is room for two threads, or for none.
#[test]
fn a_thread_that_cannot_be_started_ends_the_program_in_one_line() {
    let (two, none) = (3_u64 << 30, 1_u64 << 46);
    for (stack, arguments) in [
        (none, "sites http://127.0.0.1/"),
        (two, "lists --workers 3"),
        (two, "sleepers --size 3 --time-scale 0.01"),
        // Of these a thread may have ended before the next one starts.
        (none, "blocking --time-scale 0.01"),
        (none, "crash"),
        (none, "race"),
        (none, "race-call"),
    ] {
        let room = format!("ulimit -v 8000000 && export RUST_MIN_STACK={stack}");
        let line = suite::failure_within(&room, PROGRAM, arguments);
        assert!(line.contains("--workers or --size"), "{arguments}: {line}");
    }
}

/// There is room for two of these stacks: for the first thread and its session's, which would fetch all pages alone.
#[test]
fn a_thread_that_cannot_be_started_leaves_the_pages_that_wait_unasked_for() {
    let server = Server::start(0).expect("a free port");
    let room = format!("ulimit -v 8000000 && export RUST_MIN_STACK={}", 3_u64 << 30);
    let pages = 50_000;
    let hello = format!(
        "hello --size {pages} --time-scale 0 --workers 20 --server {}",
        server.url()
    );
    suite::failure_within(&room, PROGRAM, &hello);
    let stats = ureq::get(format!("{}stats", server.url()))
        .config()
        .proxy(None);
    let stats = stats.build().call().expect("an answer").into_body();
    let stats: Stats = serde_json::from_reader(stats.into_reader()).expect("what it saw");
    assert!(
        stats.requests < pages,
        "{} of {pages} pages were asked for",
        stats.requests
    );
}

#[test]
fn a_panic_costs_a_server_one_connection() {
    suite::a_panic_costs_a_server_one_connection(PROGRAM);
}

#[test]
fn an_abort_costs_a_server_of_one_process_all_its_connections() {
    suite::an_abort_costs_a_server_of_one_process_all_its_connections(PROGRAM);
}
