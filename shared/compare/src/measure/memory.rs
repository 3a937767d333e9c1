//! How large a contestant gets: memory, threads and processes, looked up in /proc while it runs.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use rustix::time::{ClockId, clock_gettime};

use crate::measure::tree::descendants;
use crate::model::run::Peak;

/// Shortest time between two looks.
const PAUSE: Duration = Duration::from_millis(2);
/// Looking may take this part of a contestant's time: adding up the maps of ten thousand threads takes tens of
/// milliseconds, during which no new thread can start.
const SHARE: u32 = 10;

/// Looks at a process group again and again, and remembers the most it saw.
pub struct Sampler {
    group: Pid,
    beside: Vec<u32>,
    peak: Peak,
    next: Instant,
}

impl Sampler {
    /// A sampler for the processes of `group`.
    pub fn new(group: Pid) -> Self {
        Self {
            group,
            beside: Vec::new(),
            peak: Peak::default(),
            next: Instant::now(),
        }
    }

    /// The same, and for these processes with all below them.
    pub fn beside(self, processes: &[u32]) -> Self {
        Self {
            beside: processes.to_vec(),
            ..self
        }
    }

    /// When to look next.
    pub fn next(&self) -> Instant {
        self.next
    }

    /// Looks once.
    pub fn look(&mut self) {
        let start = worked();
        let seen = sizes(self.group, &self.beside);
        // They need not have been at their largest at the same moment, but each was that large.
        self.peak = Peak {
            memory: self.peak.memory.max(seen.memory),
            private: self.peak.private.max(seen.private),
            threads: self.peak.threads.max(seen.threads),
            processes: self.peak.processes.max(seen.processes),
            maps: self.peak.maps.max(seen.maps),
            files: self.peak.files.max(seen.files),
        };
        self.next = Instant::now() + PAUSE.max((worked() - start) * SHARE);
    }

    /// The most that was seen, if anything was.
    pub fn peak(self) -> Option<Peak> {
        (self.peak.memory > 0).then_some(self.peak)
    }
}

/// CPU time of the calling thread: to wait for a core disturbs nothing, and would make the next look too late.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// What the processes of a group, and these beside, take up now.
fn sizes(group: Pid, beside: &[u32]) -> Peak {
    let mut sum = Peak::default();
    let beside = beside.iter().flat_map(|process| descendants(*process));
    let beside = beside.filter_map(|process| {
        let (_, threads) = in_stat(process)?;
        Some((process, threads))
    });
    for (process, threads) in members(group).into_iter().chain(beside) {
        // A process may end between being listed and being looked at. Then it takes up nothing.
        let rollup = format!("/proc/{process}/smaps_rollup");
        let Ok(rollup) = fs::read_to_string(rollup) else {
            continue;
        };
        let bytes = |key| 1024 * kib_in(&rollup, key);
        sum.memory += bytes("Pss");
        sum.private += bytes("Private_Clean") + bytes("Private_Dirty");
        sum.threads += threads;
        sum.processes += 1;
        let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
        sum.maps = sum.maps.max(maps.lines().count() as u64);
        let files = fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count);
        sum.files = sum.files.max(files as u64);
    }
    sum
}

/// The processes of a group, each with its number of threads.
fn members(group: Pid) -> Vec<(u32, u64)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let members = entries.flatten().filter_map(|entry| {
        let process = entry.file_name().to_str()?.parse().ok()?;
        let (its_group, threads) = in_stat(process)?;
        (its_group == group.as_raw_nonzero().get()).then_some((process, threads))
    });
    members.collect()
}

/// A process's group and number of threads.
fn in_stat(process: u32) -> Option<(i32, u64)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    group_and_threads(&stat)
}

/// Fields 5 and 20 of /proc/PID/stat. The second is the program's name in parentheses, which may hold anything.
fn group_and_threads(stat: &str) -> Option<(i32, u64)> {
    let (_, fields) = stat.rsplit_once(')')?;
    let field = |number: usize| fields.split_ascii_whitespace().nth(number - 3);
    Some((field(5)?.parse().ok()?, field(20)?.parse().ok()?))
}

/// The value in kB of the line `key:`, 0 if there is none.
fn kib_in(text: &str, key: &str) -> u64 {
    let value = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let value = value.trim().strip_suffix(" kB")?;
        (name == key).then(|| value.parse().ok())?
    });
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_does_not_shift_the_fields() {
        let stat = "42 (a) b (c) S 1 77 77 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 9 0 100 1 1";
        assert_eq!(group_and_threads(stat), Some((77, 9)));
    }

    #[test]
    fn this_process_has_memory_and_threads() {
        let group = rustix::process::getpgrp();
        let seen = sizes(group, &[]);
        assert!(seen.memory > 0 && seen.threads >= 1 && seen.processes >= 1);
    }
}
