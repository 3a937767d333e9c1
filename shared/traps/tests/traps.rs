//! The traps bite, and the ways out of them lead out.

use std::process::{Command, Output};

fn traps(arguments: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_traps"))
        .args(arguments)
        .output()
        .unwrap();
    let said = [output.stdout.clone(), output.stderr.clone()].concat();
    (output, String::from_utf8(said).unwrap())
}

#[test]
fn every_wrong_program_does_more_damage_than_its_right_one() {
    let (output, said) = traps(&[]);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("noticed by"), "{said}");
    assert_eq!(said.lines().last(), Some("14 of 14 traps bite"));
    assert!(
        said.lines().all(|line| line.chars().count() <= 80),
        "{said}"
    );
}

#[test]
fn traps_bite_on_one_core_too() {
    let output = Command::new("taskset")
        .args(["-c", "0", env!("CARGO_BIN_EXE_traps")])
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: taskset is not installed");
        return;
    };
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.lines().last(), Some("14 of 14 traps bite"), "{said}");
}

#[test]
fn help_fits_80_columns() {
    let (output, said) = traps(&["--help"]);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("[SIDE]"), "{said}");
    assert!(
        said.lines().all(|line| line.chars().count() <= 80),
        "{said}"
    );
}

#[test]
fn the_watchdog_names_each_waiting_thread_and_its_lock() {
    let (output, said) = traps(&["lock_order", "wrong"]);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("Ada waits for the knife, Bob waits for the fork"),
        "{said}"
    );
}

#[test]
fn an_unknown_trap_is_answered_with_the_known_ones() {
    let (output, said) = traps(&["tiger"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("no trap is called 'tiger'; allowed are waiter, "),
        "{said}"
    );
}
