//! Reads what else happens on our share of this machine while something is measured: on the CPUs that we may use.

use std::fs;
use std::time::Instant;

use rustix::thread::{CpuSet, sched_getaffinity};

use crate::measure::quota::Quota;
use crate::model::noise::Noise;

/// Watches the CPU time of our share of the machine, and which of it is our own.
pub struct Meter {
    /// How many cores' time we may use.
    cores: f64,
    /// On which CPUs: more than that if there is a quota.
    cpus: Vec<usize>,
    quota: Option<Quota>,
    ours: Vec<u32>,
}

/// The meter at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    at: Instant,
    /// CPU seconds used by all programs since the machine started.
    all: Option<f64>,
    /// CPU seconds of those processes that belong to the measuring.
    ours: f64,
    /// CPU seconds given to other machines.
    stolen: Option<f64>,
    /// Seconds in which something waited for a core.
    pressure: Option<f64>,
    /// Seconds that threads stood in queues.
    queued: Option<f64>,
}

impl Meter {
    /// A meter for the share of the machine that this process may use, on which these processes belong to the measuring.
    pub fn new(ours: Vec<u32>) -> Self {
        let allowed = sched_getaffinity(None).unwrap_or_default();
        let cpus = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        let cpus: Vec<_> = cpus.collect();
        let quota = Quota::here();
        let all = cpus.len().max(1) as f64;
        Self {
            cores: quota.as_ref().map_or(all, |quota| quota.cores.min(all)),
            cpus,
            quota,
            ours,
        }
    }

    /// Seconds for which our quota has made us wait so far; `None` if there is no quota.
    pub fn throttled(&self) -> Option<f64> {
        self.quota.as_ref()?.throttled()
    }

    /// Reads the meter.
    pub fn read(&self) -> Reading {
        let text = |path| fs::read_to_string(path).ok();
        let cpus = &self.cpus[..];
        let stat = text("/proc/stat");
        let stat = stat.as_deref();
        let schedstat = text("/proc/schedstat");
        let schedstat = schedstat.as_deref();
        Reading {
            at: Instant::now(),
            all: schedstat
                .and_then(|text| scheduler_account(text, cpus, RAN))
                .or_else(|| group_account(&text(GROUP_ACCOUNT)?, cpus))
                .or_else(|| tick_account(stat?, cpus)),
            ours: self.ours.iter().map(|process| cpu_seconds(*process)).sum(),
            stolen: stat.and_then(|stat| stolen(stat, cpus)),
            pressure: text("/proc/pressure/cpu").and_then(|text| pressure(&text)),
            queued: schedstat.and_then(|text| scheduler_account(text, cpus, QUEUED)),
        }
    }

    /// What others have done since `before`, if `measured` CPU seconds went to what was measured.
    pub fn noise_since(&self, before: Reading, measured: f64) -> Noise {
        let now = self.read();
        let wall = now.at.duration_since(before.at).as_secs_f64();
        let grown = |reading: fn(&Reading) -> Option<f64>| Some(reading(&now)? - reading(&before)?);
        let share = |seconds: f64| seconds / (wall * self.cores);
        let ours = measured + now.ours - before.ours;
        Noise {
            others: grown(|reading| reading.all).map(|all| {
                let left_over = (self.cpus.len() as f64 - self.cores) * wall;
                share(in_our_way(all - ours, left_over))
            }),
            stolen: grown(|reading| reading.stolen).map(share),
            pressure: grown(|reading| reading.pressure).map(|seconds| seconds / wall),
            queued: grown(|reading| reading.queued),
        }
    }
}

/// Of the CPU seconds of others those that were ours to use: under a quota more CPUs are there than we may fill, and others
/// fill the rest and disturb nothing.
fn in_our_way(others: f64, left_over: f64) -> f64 {
    if left_over > 0.0 {
        (others - left_over).max(0.0)
    } else {
        others
    }
}

/// Where a core's line has the time in which anything ran, and the time in which anything stood in its queue.
const RAN: usize = 7;
const QUEUED: usize = 8;

/// The scheduler's account, exact to the nanosecond: one of the numbers of each of these CPUs, added up.
fn scheduler_account(schedstat: &str, cpus: &[usize], field: usize) -> Option<f64> {
    let nanoseconds = of_cpus(schedstat, cpus).map(|numbers| numbers.get(field - 1).copied());
    Some(nanoseconds.sum::<Option<f64>>()? / 1e9)
}

/// A control group's account, as exact, which has a number for each CPU. In a container it leaves out what is outside.
fn group_account(usage: &str, cpus: &[usize]) -> Option<f64> {
    let usage: Result<Vec<f64>, _> = usage.split_ascii_whitespace().map(str::parse).collect();
    let usage = usage.ok()?;
    let nanoseconds = cpus.iter().map(|cpu| usage.get(*cpu).copied());
    Some(nanoseconds.sum::<Option<f64>>()? / 1e9)
}

const GROUP_ACCOUNT: &str = "/sys/fs/cgroup/cpuacct/cpuacct.usage_percpu";

/// The account that is always there: whom the timer's tick found running.
fn tick_account(stat: &str, cpus: &[usize]) -> Option<f64> {
    // User, nice, system, idle, waiting, interrupts, soft interrupts.
    ticks(stat, cpus, |ticks| {
        Some(ticks[..3].iter().chain(ticks.get(5..7)?).sum())
    })
}

fn stolen(stat: &str, cpus: &[usize]) -> Option<f64> {
    ticks(stat, cpus, |ticks| ticks.get(7).copied())
}

/// Of /proc/stat a second has a hundred ticks on every machine, whatever its timer does.
const TICKS: f64 = 100.0;

/// What `reading` reads off the line of each of these CPUs, in seconds.
fn ticks(stat: &str, cpus: &[usize], reading: impl Fn(&[f64]) -> Option<f64>) -> Option<f64> {
    let lines: Vec<_> = of_cpus(stat, cpus).collect();
    if lines.is_empty() {
        return None;
    }
    let ticks = lines.iter().map(|ticks| match ticks.len() {
        0..8 => None,
        _ => reading(ticks),
    });
    Some(ticks.sum::<Option<f64>>()? / TICKS)
}

/// The numbers on the lines of these CPUs, as in "cpu3 1 2 3".
fn of_cpus<'a>(text: &'a str, cpus: &'a [usize]) -> impl Iterator<Item = Vec<f64>> + 'a {
    text.lines().filter_map(|line| {
        let (name, numbers) = line.split_once(' ')?;
        let cpu: usize = name.strip_prefix("cpu")?.parse().ok()?;
        let numbers = numbers.split_ascii_whitespace().map(str::parse);
        cpus.contains(&cpu)
            .then(|| numbers.collect::<Result<_, _>>().unwrap_or_default())
    })
}

fn pressure(text: &str) -> Option<f64> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    let (_, microseconds) = some.split_once("total=")?;
    Some(microseconds.parse::<f64>().ok()? / 1e6)
}

/// CPU seconds of all threads of a process, 0 if the system does not tell.
fn cpu_seconds(process: u32) -> f64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
        return 0.0;
    };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let account = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        account.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_accounts_are_read_in_seconds() {
        let schedstat = "version 15\ntimestamp 4\n\
            cpu0 0 0 0 0 0 0 1500000000 7 9\ndomain0 3 0 0\ncpu1 0 0 0 0 0 0 500000000 7 9\n";
        assert_eq!(scheduler_account(schedstat, &[0, 1], RAN), Some(2.0));
        assert_eq!(scheduler_account(schedstat, &[0, 1], QUEUED), Some(14e-9));
        assert_eq!(group_account("2500000000 500000000 \n", &[0, 1]), Some(3.0));
        let stat = "cpu  1 2 3\ncpu0 100 20 30 4000 50 6 4 70 0 0\ncpu1 0 0 0 0 0 0 0 30\n";
        assert_eq!(tick_account(stat, &[0, 1]), Some(1.6));
        assert_eq!(stolen(stat, &[0, 1]), Some(1.0));
        let psi = "some avg10=1.00 avg60=0.50 avg300=0.20 total=123456\nfull avg10=0 total=0\n";
        assert_eq!(pressure(psi), Some(0.123456));
    }

    #[test]
    fn work_on_cpus_that_are_not_ours_is_not_counted() {
        let schedstat = "cpu0 0 0 0 0 0 0 1000000000 0 0\ncpu1 0 0 0 0 0 0 9000000000 0 0\n\
            cpu11 0 0 0 0 0 0 7000000000 0 0\n";
        assert_eq!(scheduler_account(schedstat, &[0], RAN), Some(1.0));
        assert_eq!(group_account("1000000000 9000000000\n", &[0]), Some(1.0));
        let stat = "cpu0 100 0 0 0 0 0 0 10\ncpu1 900 0 0 0 0 0 0 90\n";
        assert_eq!(tick_account(stat, &[0]), Some(1.0));
        assert_eq!(stolen(stat, &[0]), Some(0.1));
    }

    #[test]
    fn under_a_quota_only_work_that_leaves_too_few_cpus_is_in_our_way() {
        // Two of 64 CPUs for a second: others may fill 62.
        assert_eq!(in_our_way(60.0, 62.0), 0.0);
        assert_eq!(in_our_way(63.5, 62.0), 1.5);
        assert_eq!(in_our_way(0.5, 0.0), 0.5);
        assert_eq!(in_our_way(-0.1, 0.0), -0.1);
    }

    #[test]
    fn a_reading_that_the_system_does_not_have_stays_unknown() {
        for text in ["", "nonsense", "cpu  1 2 3\n"] {
            assert_eq!(tick_account(text, &[0]), None, "{text}");
            assert_eq!(pressure(text), None, "{text}");
        }
        let unknown = Noise {
            others: None,
            stolen: None,
            pressure: None,
            queued: None,
        };
        assert!(!unknown.disturbs());
    }

    #[test]
    fn theft_and_other_processes_add_up() {
        let noise = |others, stolen| Noise {
            others: Some(others),
            stolen: Some(stolen),
            pressure: None,
            queued: None,
        };
        assert!(!noise(0.02, 0.01).disturbs());
        assert!(noise(0.03, 0.02).disturbs());
        assert!(
            !noise(-0.5, 0.01).disturbs(),
            "more than all is a clock's error"
        );
    }
}
