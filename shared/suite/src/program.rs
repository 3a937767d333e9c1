//! A program is run, and its words, its exit code and its receipt are read.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use shared::Receipt;
use shared::cli::Report;

/// No run here takes longer, on any machine: whatever does is hung.
pub(crate) const HUNG: Duration = Duration::from_secs(120);

/// The output of a program, and how it ended.
#[derive(Debug)]
pub struct Run {
    /// Exit code, or `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs `program` to its end with `arguments`, separated by blanks.
///
/// # Panics
///
/// If it does not start or does not end.
pub fn run(program: &str, arguments: &str) -> Run {
    run_with(program, arguments, &[])
}

pub(crate) fn run_with(program: &str, arguments: &str, environment: &[(&str, &Path)]) -> Run {
    let output = assert_cmd::Command::new(program)
        .args(arguments.split_whitespace())
        .envs(environment.iter().copied())
        .timeout(HUNG)
        .output()
        .expect("the program starts");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("programs print UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("programs print UTF-8"),
    }
}

/// Runs `program` with `--json` and reads its receipt.
///
/// # Panics
///
/// If it fails, or prints anything but a receipt.
pub fn receipt(program: &str, arguments: &str) -> Receipt {
    let run = run(program, &format!("{arguments} --json"));
    assert_eq!(run.code, Some(0), "{arguments}: {}", run.stderr);
    receipt_of(program, arguments, &run)
}

pub(crate) fn receipt_of(program: &str, arguments: &str, run: &Run) -> Receipt {
    let report: Report = serde_json::from_str(&run.stdout).expect("a receipt and nothing else");
    assert_eq!(
        Path::new(program).file_stem().unwrap(),
        report.program.as_str()
    );
    assert!(arguments.starts_with(&report.workload));
    assert!(report.seconds > 0.0);
    report.receipt
}

/// Runs `program`, which must fail with this exit code and say why in one line; returns the line.
///
/// # Panics
///
/// If it does otherwise.
pub fn failure(program: &str, arguments: &str, code: i32) -> String {
    one_line(program, arguments, code, run(program, arguments))
}

/// Runs `program`, which must fail with exit code 1 after what a shell does `first`; returns the one line that it says.
///
/// # Panics
///
/// If it does otherwise.
pub fn failure_within(first: &str, program: &str, arguments: &str) -> String {
    let output = assert_cmd::Command::new("sh")
        .args(["-c", &format!("{first} && exec {program} {arguments}")])
        .timeout(HUNG)
        .output();
    let output = output.expect("a shell");
    let stderr = String::from_utf8(output.stderr).expect("programs print UTF-8");
    let run = Run {
        code: output.status.code(),
        stdout: String::new(),
        stderr,
    };
    one_line(program, arguments, 1, run)
}

/// Runs `program`, which must fail with exit code 1 and say all of these in its one line.
pub(crate) fn fails_with(program: &str, arguments: &str, said: &[&str]) {
    let line = failure(program, arguments, 1);
    for part in said {
        assert!(line.contains(part), "{arguments}: no {part:?} in {line:?}");
    }
}

pub(crate) fn one_line(program: &str, arguments: &str, code: i32, run: Run) -> String {
    assert_eq!(run.code, Some(code), "{arguments}: {run:?}");
    let name = Path::new(program).file_stem().unwrap().to_str().unwrap();
    let line = run
        .stderr
        .strip_suffix('\n')
        .expect("a line on standard error");
    assert!(
        !line.contains('\n'),
        "{arguments}: more than one line: {line}"
    );
    line.strip_prefix(&format!("{name}: "))
        .expect("the program's name in front")
        .to_owned()
}

/// Lets SIGINT end every program that starts from now on. Tests in the background of a script ignore it, and so would all
/// programs that they start; a handler instead is not inherited.
pub(crate) fn heed_interrupts() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    let caught = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_shutdown(signal_hook::consts::SIGINT, 130, caught)
        .expect("a signal that may be caught");
}

/// Waits for the last process of a group to end.
///
/// # Panics
///
/// If one is left after half a minute. It is killed then.
pub fn ensure_gone(group: Pid) {
    let end = Instant::now() + Duration::from_secs(30);
    while is_alive(group) {
        if Instant::now() > end {
            let _ = kill_process_group(group, Signal::KILL);
            panic!("processes are left behind");
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Whether a process of this group has not ended. One that init has yet to reap has.
fn is_alive(group: Pid) -> bool {
    if test_kill_process_group(group) == Err(Errno::SRCH) {
        return false;
    }
    let group = group.as_raw_pid().to_string();
    let processes = std::fs::read_dir("/proc").expect("a list of processes");
    processes.flatten().any(|process| {
        // 1234 (name) S 1 1200 ...: behind the name state, parent and group. It may be gone by now.
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let Some((_, fields)) = stat.rsplit_once(')') else {
            return false;
        };
        let mut fields = fields.split_whitespace();
        fields.next() != Some("Z") && fields.nth(1) == Some(&group)
    })
}
