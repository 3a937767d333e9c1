//! The program keeps the promises that all four make, and its own.

const PROGRAM: &str = env!("CARGO_BIN_EXE_multiprocessing");

suite::suite!(PROGRAM);

#[test]
fn neither_a_panic_nor_an_abort_costs_more_than_its_unit() {
    for crash in ["crash", "crash-pool"] {
        for how in ["error", "panic", "abort"] {
            let crash = format!("{crash} --how {how} --size 10");
            let receipt = suite::receipt(PROGRAM, &crash);
            assert_eq!((receipt.units, receipt.errors[how]), (9, 1), "{crash}");
        }
    }
}

/// The system ends it when it has computed for a second.
#[test]
fn a_computation_that_is_killed_beside_the_ticker_is_a_failure() {
    let line = suite::failure_within("ulimit -t 1", PROGRAM, "ticker --size 60000");
    assert!(line.contains("died while it ran task"), "{line}");
}

#[test]
fn a_panic_costs_a_server_one_connection() {
    suite::a_panic_costs_a_server_one_connection(PROGRAM);
}

#[test]
fn a_killed_worker_costs_a_server_no_more_than_the_request_that_it_was_answering() {
    suite::a_killed_worker_costs_a_server_no_more_than_the_request_that_it_was_answering(PROGRAM);
}

#[test]
fn an_abort_costs_a_server_of_processes_one_connection() {
    suite::an_abort_costs_a_server_of_processes_one_connection(PROGRAM);
}

#[test]
fn a_server_that_is_to_end_while_its_processes_start_ends_well() {
    suite::a_server_that_is_to_end_while_its_processes_start_ends_well(PROGRAM);
}
