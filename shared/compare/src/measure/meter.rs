//! Reads what else happens on this machine while something is measured.

use std::fs;
use std::time::Instant;

use crate::model::noise::Noise;

/// Watches the machine's CPU time, and which of it is our own.
pub struct Meter {
    cores: f64,
    ours: Vec<u32>,
}

/// The meter at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    at: Instant,
    /// CPU seconds used by everybody since the machine started.
    everybody: Option<f64>,
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
    /// A meter for a machine of so many cores, on which these processes belong to the measuring.
    pub fn new(cores: u64, ours: Vec<u32>) -> Self {
        Self {
            cores: cores as f64,
            ours,
        }
    }

    /// Reads the meter.
    pub fn read(&self) -> Reading {
        let text = |path| fs::read_to_string(path).ok();
        let stat = text("/proc/stat");
        let stat = stat.as_deref();
        let schedstat = text("/proc/schedstat");
        let schedstat = schedstat.as_deref();
        Reading {
            at: Instant::now(),
            everybody: schedstat
                .and_then(|text| scheduler_account(text, RAN))
                .or_else(|| group_account(&text("/sys/fs/cgroup/cpuacct/cpuacct.usage")?))
                .or_else(|| tick_account(stat?)),
            ours: self.ours.iter().map(|process| cpu_seconds(*process)).sum(),
            stolen: stat.and_then(stolen),
            pressure: text("/proc/pressure/cpu").and_then(|text| pressure(&text)),
            queued: schedstat.and_then(|text| scheduler_account(text, QUEUED)),
        }
    }

    /// What others have done since `before`, if `measured` CPU seconds went to what was measured.
    pub fn since(&self, before: Reading, measured: f64) -> Noise {
        let now = self.read();
        let wall = now.at.duration_since(before.at).as_secs_f64();
        let grown = |reading: fn(&Reading) -> Option<f64>| Some(reading(&now)? - reading(&before)?);
        let share = |seconds: f64| seconds / (wall * self.cores);
        let ours = measured + now.ours - before.ours;
        Noise {
            others: grown(|reading| reading.everybody).map(|everybody| share(everybody - ours)),
            stolen: grown(|reading| reading.stolen).map(share),
            pressure: grown(|reading| reading.pressure).map(|seconds| seconds / wall),
            queued: grown(|reading| reading.queued),
        }
    }
}

/// Where a core's line has the time in which anything ran, and the time in which anything stood in its queue.
const RAN: usize = 7;
const QUEUED: usize = 8;

/// The scheduler's account, exact to the nanosecond: one of the numbers of every core, added up.
fn scheduler_account(schedstat: &str, field: usize) -> Option<f64> {
    let cores = schedstat.lines().filter(|line| line.starts_with("cpu"));
    let nanoseconds = cores.map(|line| {
        line.split_ascii_whitespace()
            .nth(field)?
            .parse::<f64>()
            .ok()
    });
    Some(nanoseconds.sum::<Option<f64>>()? / 1e9)
}

/// A control group's account, as exact. In a container it leaves out what is outside.
fn group_account(usage: &str) -> Option<f64> {
    Some(usage.trim().parse::<f64>().ok()? / 1e9)
}

/// The account that is always there: whom the timer's tick found running.
fn tick_account(stat: &str) -> Option<f64> {
    let ticks = ticks(stat)?;
    let [user, nice, system, _idle, _waiting, irq, soft_irq] = ticks[..7].try_into().ok()?;
    Some((user + nice + system + irq + soft_irq) / TICKS)
}

fn stolen(stat: &str) -> Option<f64> {
    Some(ticks(stat)?.get(7)? / TICKS)
}

/// Of /proc/stat a second has a hundred ticks on every machine, whatever its timer does.
const TICKS: f64 = 100.0;

fn ticks(stat: &str) -> Option<Vec<f64>> {
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Result<Vec<f64>, _> = numbers.split_ascii_whitespace().map(str::parse).collect();
    ticks.ok().filter(|ticks| ticks.len() >= 8)
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
        assert_eq!(scheduler_account(schedstat, RAN), Some(2.0));
        assert_eq!(scheduler_account(schedstat, QUEUED), Some(14e-9));
        assert_eq!(group_account("2500000000\n"), Some(2.5));
        let stat = "cpu  100 20 30 4000 50 6 4 70 0 0\ncpu0 1 2 3\n";
        assert_eq!(tick_account(stat), Some(1.6));
        assert_eq!(stolen(stat), Some(0.7));
        let psi = "some avg10=1.00 avg60=0.50 avg300=0.20 total=123456\nfull avg10=0 total=0\n";
        assert_eq!(pressure(psi), Some(0.123456));
    }

    #[test]
    fn what_the_system_does_not_tell_is_not_made_up() {
        for text in ["", "nonsense", "cpu  1 2 3\n"] {
            assert_eq!(tick_account(text), None, "{text}");
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
            "more than everybody is a clock's error"
        );
    }
}
