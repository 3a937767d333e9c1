//! The program keeps the promises that all four make, and its own.

const PROGRAM: &str = env!("CARGO_BIN_EXE_threading");

suite::suite!(PROGRAM);

#[test]
fn a_panic_costs_one_unit_and_an_abort_all() {
    let receipt = suite::receipt(PROGRAM, "crash --how panic --size 10");
    assert_eq!((receipt.units, receipt.errors["panic"]), (9, 1));
    let run = suite::run(PROGRAM, "crash --how abort --json");
    assert_eq!((run.code, run.stdout.as_str()), (None, ""));
}

#[test]
fn a_waiter_with_a_queue_takes_the_same_orders() {
    let with_lock = suite::receipt(PROGRAM, "waiter --time-scale 0.01");
    let with_queue = suite::receipt(PROGRAM, "waiter --time-scale 0.01 --queue");
    assert_eq!(with_queue, with_lock);
}

#[test]
fn too_few_descriptors_are_named_with_what_to_do() {
    suite::too_few_descriptors_are_named_with_what_to_do(PROGRAM);
}
