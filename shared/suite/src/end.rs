//! A run that is ended from outside, or by a limit.

use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{ensure_gone, failure_within, heed_interrupts};

#[allow(missing_docs)]
pub fn an_interrupt_ends_the_program_and_all_its_processes(program: &str) {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::{CommandExt, ExitStatusExt};

    heed_interrupts();
    let mut child = Command::new(program)
        .args(["waiter", "--time-scale", "10"])
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("the program starts");
    let group = Pid::from_child(&child);
    // The program is at work when the first table has opened its menu.
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    stdout.read_line(&mut line).expect("a line");
    assert!(line.contains("opens the menu"), "{line}");

    // To the program alone, as `kill` does: its processes must notice by themselves.
    kill_process(group, Signal::INT).expect("the program is alive");
    let status = child.wait().expect("the program ends");
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()), "{status}");

    ensure_gone(group);
}

/// Only for programs that open their connections in one process.
#[allow(missing_docs)]
pub fn too_few_descriptors_are_named_with_what_to_do(program: &str) {
    let line = failure_within("ulimit -n 40", program, "hello --size 200 --workers 200");
    assert!(
        line.contains("40 open files")
            && line.contains("--workers")
            && line.contains("`ulimit -n 80`"),
        "{line}"
    );
}
