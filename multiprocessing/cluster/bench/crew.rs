//! Processes that do the tasks, what they cost, and their end.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// A process that is asked to end with this value, and then is made to.
pub struct Started(Child);

impl Started {
    pub fn new(command: &mut Command) -> Result<Started> {
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().context("cannot start a worker")?;
        Ok(Started(child))
    }

    /// Waits for its first line.
    pub fn is_ready(&mut self) -> Result<()> {
        let output = self.0.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(!line.is_empty(), "a worker ended before it was ready");
        Ok(())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(pid) = Pid::from_raw(self.0.id() as i32) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let end = Instant::now() + Duration::from_secs(20);
        while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < end {
            sleep(Duration::from_millis(20));
        }
        let rest = tree(self.0.id());
        let _ = self.0.kill();
        let _ = self.0.wait();
        for pid in rest.into_iter().filter_map(|pid| Pid::from_raw(pid as i32)) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Workers of one kind, at a queue of their own.
pub struct Crew {
    pub queue: &'static str,
    pub processes: Vec<Started>,
}

impl Crew {
    /// CPU seconds of all its processes until now.
    pub fn cpu(&self) -> f64 {
        self.processes.iter().map(|it| cpu_of_tree(it.0.id())).sum()
    }
}

/// CPU seconds of a process and those below it, the ended ones among them.
pub fn cpu_of_tree(pid: u32) -> f64 {
    tree(pid).into_iter().map(|pid| cpu(pid, 4)).sum()
}

/// CPU seconds of this process alone.
pub fn own_cpu() -> f64 {
    cpu(std::process::id(), 2)
}

/// The broker's process below this one.
pub fn broker() -> Result<u32> {
    let name = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let mut all = tree(std::process::id()).into_iter();
    all.find(|pid| name(pid).starts_with("beam"))
        .context("the broker's process is not found")
}

/// The first so many of: user, system, and the same of ended children.
fn cpu(pid: u32, times: usize) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(times);
    let ticks: u64 = ticks.filter_map(|it| it.parse::<u64>().ok()).sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// A process and all below it.
fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while let Some(pid) = all.get(next) {
        let threads = fs::read_dir(format!("/proc/{pid}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            let list = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            all.extend(
                list.split_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            );
        }
        next += 1;
    }
    all
}

/// Celery's Python, if `make celery` has made it.
pub fn python() -> Option<std::path::PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/celery/bin/python3");
    python.exists().then_some(python)
}
