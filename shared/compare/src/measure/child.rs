//! One child, measured from outside: from starting the program to its end, with everything it started.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use shared::Receipt;
use shared::cli::Report;

use crate::measure::instructions::Instructions;
use crate::measure::interrupt::wait_for;
use crate::measure::memory::Sampler;
use crate::measure::process::{Account, Child, LINGER, Woken};
use crate::model::places;
use crate::model::rows::SERVER_GONE;
use crate::model::run::{Outcome, Peak, Run};
use crate::model::store::{from_json, printable};

/// How a child is watched while it runs.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    /// Confine it to one core.
    pub one_core: bool,
    /// Look at its memory now and then, which disturbs it a little.
    pub sampled: bool,
    /// Processes that are looked at with it, though it has not started them.
    pub beside: &'a [u32],
    /// When it counts as hung and is killed.
    pub patience: Duration,
}

/// The user wants to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Runs `command`, a program that prints a report, to its end. The peak is there however it ended, if it was sampled.
///
/// The child gets a process group of its own, so that nothing it started outlives it.
///
/// # Errors
///
/// If `interrupt` becomes readable meanwhile: the child is killed. All else that can go wrong is an outcome.
pub fn measure(
    command: &mut Command,
    watch: Watch,
    interrupt: impl AsFd,
) -> Result<(Outcome, Option<Peak>), Interrupted> {
    let (ran, peak) = run_to_end(command, watch, interrupt)?;
    Ok((ran.map_or_else(|outcome| outcome, report), peak))
}

/// A program that has ended.
pub struct Ran {
    /// What was measured of it: all but what it says itself.
    pub run: Run,
    /// What it has printed.
    pub stdout: String,
    /// What it has complained of.
    pub stderr: String,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// Runs `command` to its end, as [`measure`] does, whatever it prints. If it did not come to an end, the outcome says why.
///
/// # Errors
///
/// If `interrupt` becomes readable meanwhile: the child is killed.
pub fn run_to_end(
    command: &mut Command,
    watch: Watch,
    interrupt: impl AsFd,
) -> Result<(Result<Ran, Outcome>, Option<Peak>), Interrupted> {
    match run(command, watch, interrupt) {
        Ok(Ended::Itself(exit, output)) => Ok((Ok(ran(&exit, output)), exit.peak)),
        Ok(Ended::Hung) => Ok((Err(Outcome::Hung(watch.patience.as_secs_f64())), None)),
        Ok(Ended::Interrupted) => Err(Interrupted),
        Err(error) => {
            let program = command.get_program().display();
            let reason = format!("cannot run {program}: {error}");
            Ok((Err(Outcome::Failed(reason)), None))
        }
    }
}

/// Waits for so long.
///
/// # Errors
///
/// If `interrupt` becomes readable meanwhile.
pub fn pause(time: Duration, interrupt: impl AsFd) -> Result<(), Interrupted> {
    let mut events = [PollFd::new(&interrupt, PollFlags::IN)];
    // A pause that is cut short by an error is only shorter.
    let _ = wait_for(&mut events, time);
    match events[0].revents().contains(PollFlags::IN) {
        true => Err(Interrupted),
        false => Ok(()),
    }
}

/// How a child came to its end.
enum Ended {
    Itself(Exit, Output),
    Hung,
    Interrupted,
}

/// What the system says about a child that has ended.
pub(super) struct Exit {
    pub status: ExitStatus,
    pub wall: Duration,
    pub account: Account,
    pub peak: Option<Peak>,
    pub instructions: Option<u64>,
}

/// What a child has printed.
pub(super) struct Output {
    pub stdout: String,
    pub stderr: String,
}

/// Where a child prints. Files in memory take any amount of output without anybody reading along, unlike pipes.
pub(super) struct Streams {
    pub stdout: File,
    stderr: File,
}

impl Streams {
    /// New ones, to which `command` prints.
    pub fn of(command: &mut Command) -> io::Result<Self> {
        let (stdout, stderr) = (memory_file()?, memory_file()?);
        command
            .stdin(Stdio::null())
            .stdout(stdout.try_clone()?)
            .stderr(stderr.try_clone()?)
            // A backtrace takes longer than what it would explain.
            .env("RUST_BACKTRACE", "0")
            // The server is on this machine. Python's requests would ask a proxy for its pages.
            .env("no_proxy", "127.0.0.1")
            .process_group(0);
        Ok(Self { stdout, stderr })
    }

    /// All that was printed.
    pub fn read(mut self) -> io::Result<Output> {
        Ok(Output {
            stdout: read(&mut self.stdout)?,
            stderr: read(&mut self.stderr)?,
        })
    }
}

fn run(command: &mut Command, watch: Watch, interrupt: impl AsFd) -> io::Result<Ended> {
    let streams = Streams::of(command)?;
    let confined = watch.one_core.then(OneCore::enter).transpose()?;
    let counter = Instructions::count().ok();
    let start = Instant::now();
    let mut child = Child::start(command)?;
    drop(confined);

    let mut sampler = watch
        .sampled
        .then(|| Sampler::new(child.pid).beside(watch.beside));
    let deadline = start + watch.patience;
    loop {
        let next = sampler.as_ref().map_or(deadline, Sampler::next);
        let wait = next.min(deadline).saturating_duration_since(Instant::now());
        match child.ended(wait, interrupt.as_fd())? {
            Some(Woken::Ended) => break,
            Some(Woken::Interrupted) => return Ok(Ended::Interrupted),
            None if Instant::now() >= deadline => return Ok(Ended::Hung),
            None => sampler.iter_mut().for_each(Sampler::look),
        }
    }
    let wall = start.elapsed();
    let (status, account) = child.reap(LINGER)?;

    let exit = Exit {
        status,
        wall,
        account,
        peak: sampler.and_then(Sampler::peak),
        instructions: counter.and_then(Instructions::taken),
    };
    Ok(Ended::Itself(exit, streams.read()?))
}

/// What is known of a child that has ended.
fn ran(exit: &Exit, output: Output) -> Ran {
    let failed = !exit.status.success();
    let run = Run {
        wall: exit.wall.as_secs_f64(),
        user: exit.account.user,
        system: exit.account.system,
        voluntary: exit.account.voluntary,
        involuntary: exit.account.involuntary,
        seconds: 0.0,
        receipt: Receipt::default(),
        peak: exit.peak,
        served_after: None,
        noise: None,
        instructions: exit.instructions,
        throttled: None,
        crowd: false,
        trials: Vec::new(),
    };
    Ran {
        run,
        failure: failed.then(|| printable(&complaint(exit.status, &output.stderr))),
        stdout: output.stdout,
        stderr: output.stderr,
    }
}

/// What a child's end and its words amount to.
pub(super) fn judge(exit: &Exit, output: Output) -> Outcome {
    report(ran(exit, output))
}

/// The same of a child that may die, of which there is no receipt then.
pub(super) fn judge_if_it_may_die(exit: &Exit, output: Output) -> Outcome {
    let ran = ran(exit, output);
    match ran.failure {
        Some(_) => Outcome::Ran(Box::new(Run {
            receipt: Receipt::default().with_reading(SERVER_GONE, 1.0),
            ..ran.run
        })),
        None => report(ran),
    }
}

/// What a program says in its report.
fn report(ran: Ran) -> Outcome {
    if let Some(failure) = ran.failure {
        return Outcome::Failed(failure);
    }
    match from_json::<Report>(ran.stdout.as_bytes()) {
        Ok(report) => Outcome::Ran(Box::new(Run {
            seconds: report.seconds,
            receipt: report.receipt,
            ..ran.run
        })),
        Err(error) => Outcome::Failed(format!("printed no receipt: {error}")),
    }
}

/// Why a program failed: what it said, or else what ended it.
pub(super) fn complaint(status: ExitStatus, stderr: &str) -> String {
    if let Some(signal) = status.signal() {
        let name = match signal {
            libc::SIGABRT => " (abort)",
            libc::SIGKILL => " (killed)",
            libc::SIGSEGV => " (segmentation fault)",
            _ => "",
        };
        return format!("ended by signal {signal}{name}");
    }
    let mut lines = stderr.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next() else {
        return match status.code() {
            Some(code) => format!("ended with exit code {code} and said nothing"),
            None => format!("it said nothing ({status})"),
        };
    };
    if first.starts_with("Traceback") {
        // Python says where first, and what last.
        return lines.next_back().unwrap_or(first).to_owned();
    }
    match (first.contains("panicked at"), lines.next()) {
        (true, Some(message)) => format!("panicked: {message}"),
        _ => first.to_owned(),
    }
}

fn memory_file() -> io::Result<File> {
    let file: OwnedFd = memfd_create("output", MemfdFlags::CLOEXEC)?;
    Ok(file.into())
}

fn read(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// While this lives, the calling thread runs on one core, and so does whatever it starts.
struct OneCore {
    before: CpuSet,
}

impl OneCore {
    fn enter() -> io::Result<Self> {
        let before = sched_getaffinity(None)?;
        let mut one = CpuSet::new();
        one.set(places::one_core());
        sched_setaffinity(None, &one)?;
        Ok(Self { before })
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        // Going back to more cores is never refused.
        let _ = sched_setaffinity(None, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, PipeWriter, Write, pipe};

    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process_group};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const WATCH: Watch = Watch {
        one_core: false,
        sampled: false,
        beside: &[],
        patience: LONG,
    };
    const REPORT: &str = r#"{"program":"sh","workload":"none","receipt":{"units":3,"bytes":0,"answer":"nothing"},"seconds":0.5}"#;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    /// An interrupt that does not come while the writer lives.
    fn silence() -> (PipeReader, PipeWriter) {
        pipe().unwrap()
    }

    fn outcome(script: &str, watch: Watch) -> Outcome {
        let (interrupt, _open) = silence();
        measure(&mut shell(script), watch, &interrupt).unwrap().0
    }

    #[test]
    fn a_receipt_comes_with_what_was_measured_outside() {
        // It stays until it must have been looked at, however busy this machine is.
        let busy = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done";
        let script = format!("{busy}; sleep 1; echo '{REPORT}'");
        let outcome = outcome(
            &script,
            Watch {
                sampled: true,
                ..WATCH
            },
        );
        let run = outcome.run().unwrap();
        assert_eq!((run.receipt.units, run.seconds), (3, 0.5));
        assert!(run.wall > 0.0 && run.cpu() > 0.0, "{run:?}");
        assert!(run.peak.unwrap().processes >= 1);
    }

    #[test]
    fn a_descendants_cpu_time_is_counted() {
        let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let script = format!("sh -c '{busy}'; echo '{REPORT}'");
        let idle = outcome(&format!("echo '{REPORT}'"), WATCH);
        let busy = outcome(&script, WATCH);
        assert!(busy.run().unwrap().cpu() > idle.run().unwrap().cpu());
    }

    #[test]
    fn so_is_that_of_a_process_that_outlives_its_program() {
        let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let idle = outcome(&format!("echo '{REPORT}'"), WATCH);
        let left = outcome(&format!("({busy}) & echo '{REPORT}'"), WATCH);
        assert!(left.run().unwrap().cpu() > idle.run().unwrap().cpu());
    }

    #[test]
    fn a_program_that_fails_is_quoted() {
        for (script, said) in [
            ("echo 'no such page' >&2; exit 1", "no such page"),
            ("exit 1", "ended with exit code 1 and said nothing"),
            ("kill -ABRT $$", "ended by signal 6 (abort)"),
            (
                "echo \"thread 'main' panicked at a.rs\" >&2; echo oh >&2; exit 101",
                "panicked: oh",
            ),
            (
                "echo hello",
                "printed no receipt: expected value at line 1 column 1",
            ),
        ] {
            assert_eq!(outcome(script, WATCH).failure().unwrap(), said, "{script}");
        }
    }

    #[test]
    fn no_proxy_comes_between_a_program_and_the_server() {
        let script = format!("test $no_proxy = 127.0.0.1 && echo '{REPORT}'");
        assert!(outcome(&script, WATCH).run().is_some());
    }

    #[test]
    fn a_program_that_does_not_exist_is_a_failure_and_no_error() {
        let (interrupt, _open) = silence();
        let (outcome, _) =
            measure(&mut Command::new("/no/such/program"), WATCH, &interrupt).unwrap();
        assert!(
            outcome
                .failure()
                .unwrap()
                .starts_with("cannot run /no/such/program")
        );
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_all_it_started() {
        let patience = Duration::from_millis(50);
        let outcome = outcome("sleep 1000 & sleep 1000", Watch { patience, ..WATCH });
        assert_eq!(outcome, Outcome::Hung(0.05));
    }

    #[test]
    fn processes_that_a_program_leaves_behind_are_killed() {
        let script = "sleep 1000 & echo \"$$ is my group\" >&2; exit 1";
        let said = outcome(script, WATCH).failure().unwrap();
        let group: i32 = said.split(' ').next().unwrap().parse().unwrap();
        let group = Pid::from_raw(group).unwrap();
        assert_eq!(test_kill_process_group(group), Err(Errno::SRCH));
    }

    #[test]
    fn an_interrupt_kills_the_program() {
        let (interrupt, mut signal) = silence();
        signal.write_all(b"!").unwrap();
        let result = measure(&mut shell("sleep 1000"), WATCH, &interrupt);
        assert_eq!(result.unwrap_err(), Interrupted);
    }

    #[test]
    fn a_child_can_be_confined_to_one_core_and_this_thread_is_free_again() {
        let before = sched_getaffinity(None).unwrap();
        let script = "grep Cpus_allowed_list /proc/self/status >&2; exit 1";
        let watch = Watch {
            one_core: true,
            ..WATCH
        };
        let said = outcome(script, watch).failure().unwrap();
        let cores = said.split_whitespace().nth(1).unwrap();
        assert!(cores.parse::<usize>().is_ok(), "{said}");
        assert_eq!(sched_getaffinity(None).unwrap().count(), before.count());
    }
}
