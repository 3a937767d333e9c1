//! The program keeps the promises that all four make, and its own.

const PROGRAM: &str = env!("CARGO_BIN_EXE_asyncio");

suite::suite!(PROGRAM);

#[test]
fn a_panic_costs_one_unit_and_an_abort_all() {
    let receipt = suite::receipt(PROGRAM, "crash --how panic --size 10");
    assert_eq!((receipt.units, receipt.errors["panic"]), (9, 1));
    let run = suite::run(PROGRAM, "crash --how abort --json");
    assert_eq!((run.code, run.stdout.as_str()), (None, ""));
}

#[test]
fn a_waiter_who_blocks_takes_the_same_orders() {
    let awaited = suite::receipt(PROGRAM, "waiter --time-scale 0.01");
    let blocking = suite::receipt(PROGRAM, "waiter --time-scale 0.01 --blocking-waiter");
    assert_eq!(blocking, awaited);
}

#[test]
fn nobody_comes_between_two_awaits_and_everybody_at_one() {
    let lost =
        |flags| suite::receipt(PROGRAM, &format!("race --size 1000 {flags}")).readings["lost"];
    assert_eq!((lost(""), lost("--call")), (0.0, 1000.0));
}

#[test]
fn both_runtimes_and_offloading_give_the_same_answers() {
    for workload in [
        "waiter --time-scale 0.01",
        "hello --time-scale 0.01",
        "sites --size 3 --delay 0",
        "cats --size 1",
        "lists --size 250",
        "squares --size 1000",
        "hashes --size 1000",
        "crash --how panic",
    ] {
        let elsewhere = format!("{workload} --runtime multi-thread");
        assert_eq!(
            suite::receipt(PROGRAM, &elsewhere),
            suite::receipt(PROGRAM, workload)
        );
    }
    for workload in [
        "lists --size 250",
        "squares --size 1000",
        "hashes --size 1000",
        "sleepers --blocking --time-scale 0.01",
    ] {
        let on_the_loop = suite::receipt(PROGRAM, workload);
        for flags in ["--offload", "--runtime multi-thread --offload"] {
            let elsewhere = format!("{workload} {flags}");
            assert_eq!(suite::receipt(PROGRAM, &elsewhere), on_the_loop);
        }
    }
}

#[test]
fn too_few_descriptors_are_named_with_what_to_do() {
    suite::too_few_descriptors_are_named_with_what_to_do(PROGRAM);
}
