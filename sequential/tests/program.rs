//! The program keeps the promises that all four make, and its own.

const PROGRAM: &str = env!("CARGO_BIN_EXE_sequential");

suite::suite!(PROGRAM);

#[test]
fn a_panic_takes_the_program() {
    let run = suite::run(PROGRAM, "crash --how panic --json");
    assert_eq!((run.code, run.stdout.as_str()), (Some(101), ""));
}
