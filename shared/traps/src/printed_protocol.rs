//! A worker process answers on its standard output, and says there as well what it is doing.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "printed_protocol",
    mistake: "a process that prints into its own protocol",
    wrong,
    right,
    noticed: "It breaks when a print is added, by you or by a library, far from where it hurts.",
};

fn wrong() -> Damage {
    damage(ask(
        r#"while read n; do echo "squaring $n"; echo $((n * n)); done"#,
    ))
}

fn right() -> Damage {
    damage(ask(
        r#"while read n; do echo "squaring $n" >&2; echo $((n * n)); done"#,
    ))
}

fn ask(worker: &str) -> io::Result<u32> {
    let mut worker = Command::new("sh")
        .args(["-c", worker])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (stdin, stdout) = (worker.stdin.take(), worker.stdout.take());
    let mut requests = stdin.expect("it is piped");
    let mut answers = BufReader::new(stdout.expect("it is piped")).lines();

    let mut right = 0;
    for n in 0_u32..10 {
        writeln!(requests, "{n}")?;
        let answer = answers.next().transpose()?;
        right += u32::from(answer.and_then(|answer| answer.parse().ok()) == Some(n * n));
    }
    drop((requests, answers));
    worker.wait()?;
    Ok(right)
}

fn damage(right: io::Result<u32>) -> Damage {
    let right = right.expect("the worker runs");
    Damage {
        amount: (10 - right).into(),
        report: format!("{right} of 10 answers are right"),
    }
}
