//! The program keeps the promises that all four make, and its own.

const PROGRAM: &str = env!("CARGO_BIN_EXE_sequential");

suite::suite!(PROGRAM);

#[test]
fn a_panic_takes_the_program() {
    let run = suite::run(PROGRAM, "crash --how panic --json");
    assert_eq!((run.code, run.stdout.as_str()), (Some(101), ""));
}

#[test]
fn it_has_no_pool_and_no_option_of_another_technique() {
    for arguments in ["offload", "crash-pool"] {
        let line = suite::failure(PROGRAM, arguments, 2);
        assert!(line.contains("sequential has no "), "{line}");
    }
    for arguments in ["--help", "hashes --help"] {
        let help = suite::run(PROGRAM, arguments).stdout;
        for other in ["--runtime", "offload", "crash-pool"] {
            assert!(!help.contains(other), "{other} in {help}");
        }
    }
}

#[test]
fn an_abort_costs_a_server_of_one_process_all_its_connections() {
    suite::an_abort_costs_a_server_of_one_process_all_its_connections(PROGRAM);
}
