//! The program keeps the promises that all four make, and its own.

const PROGRAM: &str = env!("CARGO_BIN_EXE_asyncio");

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
fn no_count_is_lost_between_two_awaits_and_every_second_across_one() {
    let lost = |race| suite::receipt(PROGRAM, &format!("{race} --size 1000")).readings["lost"];
    assert_eq!((lost("race"), lost("race-call")), (0.0, 1000.0));
}

#[test]
fn both_runtimes_give_the_same_answers() {
    for workload in [
        "waiter --time-scale 0.01",
        "hello --time-scale 0.01",
        "sites --size 3 --delay 0",
        "cats --size 1",
        "lists --size 250",
        "squares --size 1000",
        "hashes --size 1000",
        "blocking --time-scale 0.01",
        "offload --time-scale 0.01",
        "crash --how panic",
        "crash-pool --how panic",
    ] {
        let elsewhere = format!("{workload} --runtime multi-thread");
        assert_eq!(
            suite::receipt(PROGRAM, &elsewhere),
            suite::receipt(PROGRAM, workload)
        );
    }
}

#[test]
fn its_help_shows_the_option_that_it_alone_has() {
    let help = suite::run(PROGRAM, "sites --help").stdout;
    let (options, network) = help.split_once("\nBad networks").unwrap();
    assert!(
        options.contains("--runtime") && !network.contains("--runtime"),
        "{help}"
    );
}

#[test]
fn too_few_descriptors_are_named_with_what_to_do() {
    suite::too_few_descriptors_are_named_with_what_to_do(PROGRAM);
}

#[test]
fn a_panic_costs_a_server_one_connection() {
    suite::a_panic_costs_a_server_one_connection(PROGRAM);
}

#[test]
fn an_abort_costs_a_server_of_one_process_all_its_connections() {
    suite::an_abort_costs_a_server_of_one_process_all_its_connections(PROGRAM);
}
