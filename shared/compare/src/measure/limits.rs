//! What did it die of? The limits of this machine, what was in use when a step of the ladder failed, and what it said.
//!
//! A cause is named only if there is evidence: an error that only one limit gives, a counter that moved, or a limit that
//! was used up to nine tenths or would have been exceeded. Otherwise the complaint stands for itself.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::{Resource, geteuid, getrlimit};

use crate::model::cause::{Cause, used_up};
use crate::model::run::Peak;

/// The limits that a crowd of threads, processes or tasks can run into. `None` is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory maps of one process.
    maps: Option<u64>,
    /// Open files of one process.
    files: Option<u64>,
    /// Threads of this user, unless it is root, and how many there were before.
    user: Option<(u64, u64)>,
    /// Threads of this control group, and how many there were before.
    group: Option<(u64, u64)>,
    /// Threads of the machine: the kernel's own number and the numbers it can give away.
    machine: Option<u64>,
    /// Threads on the machine before.
    threads_before: u64,
    /// Processes that the kernel has killed so far because memory ran out.
    killed_before: Option<u64>,
}

impl Limits {
    /// The limits here, now.
    pub fn here() -> Self {
        let kernel = |name: &str| number(&Path::new("/proc/sys").join(name));
        // The programs raise the limit of open files as far as they may.
        let hard = |resource| getrlimit(resource).maximum;
        let machine = [kernel("kernel/threads-max"), kernel("kernel/pid_max")];
        Self {
            maps: kernel("vm/max_map_count"),
            files: hard(Resource::Nofile),
            user: getrlimit(Resource::Nproc)
                .current
                .filter(|_| !geteuid().is_root())
                .map(|allowed| (allowed, threads_of_this_user())),
            group: group_limit(),
            machine: machine.into_iter().flatten().min(),
            threads_before: threads_on_machine().unwrap_or_default(),
            killed_before: killed(),
        }
    }
}

/// Finds out why a program complained so, having been seen to use so much, under these limits.
pub fn examine(complaint: &str, peak: Option<Peak>, limits: &Limits) -> Cause {
    examine_with(complaint, peak.unwrap_or_default(), limits, killed())
}

fn examine_with(complaint: &str, peak: Peak, limits: &Limits, killed: Option<u64>) -> Cause {
    let files = |allowed| Cause::Limit {
        name: "RLIMIT_NOFILE".to_owned(),
        used: peak.files,
        allowed,
        raise: "`ulimit -Hn`, or nofile in /etc/security/limits.conf".to_owned(),
    };
    // Only one limit gives "Too many open files", so this needs no other evidence.
    if let (true, Some(allowed)) = (complaint.contains("os error 24"), limits.files) {
        return files(allowed);
    }
    if complaint.contains("signal 9") && killed > limits.killed_before {
        return Cause::OutOfMemory;
    }
    // What remains is refused with one error for many reasons. The reason is a limit that was all but used up.
    // An abort is how a thread dies that could start but gets no map for its signal stack.
    let refused = ["os error 11", "os error 12", "signal 6"]
        .iter()
        .any(|error| complaint.contains(error));
    let mut candidates = Vec::new();
    if let Some(allowed) = limits.maps {
        candidates.push((
            "vm.max_map_count",
            peak.maps,
            allowed,
            "sysctl vm.max_map_count=1000000",
        ));
    }
    if let Some((allowed, before)) = limits.group {
        let used = before + peak.threads;
        candidates.push((
            "the control group's pids.max",
            used,
            allowed,
            "`docker run --pids-limit`, or TasksMax of the unit",
        ));
    }
    let everybody = limits.threads_before + peak.threads;
    if let Some((allowed, before)) = limits.user {
        candidates.push((
            "RLIMIT_NPROC",
            before + peak.threads,
            allowed,
            "`ulimit -u`, or nproc in /etc/security/limits.conf",
        ));
    }
    if let Some(allowed) = limits.machine {
        candidates.push((
            "kernel.threads-max or pid_max",
            everybody,
            allowed,
            "sysctl kernel.threads-max and kernel.pid_max",
        ));
    }
    let share = |(_, used, allowed, _): &(&str, u64, u64, &str)| *used as f64 / *allowed as f64;
    let nearest = candidates
        .into_iter()
        .max_by(|one, other| share(one).total_cmp(&share(other)));
    match nearest {
        Some(limit) if refused && used_up(limit.1, limit.2) => {
            let (name, used, allowed, raise) = limit;
            Cause::Limit {
                name: name.to_owned(),
                used,
                allowed,
                raise: raise.to_owned(),
            }
        }
        _ => Cause::Unknown(complaint.to_owned()),
    }
}

/// The smallest pids.max of this process's control group and those above it, and how many threads that group has.
fn group_limit() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let folders = text.lines().filter_map(group_folder).flat_map(|folder| {
        let folders: Vec<PathBuf> = folder.ancestors().map(Path::to_owned).collect();
        folders
    });
    let limits = folders.filter_map(|folder| {
        let limit = number(&folder.join("pids.max"))?;
        Some((
            limit,
            number(&folder.join("pids.current")).unwrap_or_default(),
        ))
    });
    limits.min()
}

/// The folder of a line of /proc/self/cgroup, if that is where threads are counted.
fn group_folder(line: &str) -> Option<PathBuf> {
    let mut fields = line.splitn(3, ':');
    let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    let root = match controllers {
        "" => "/sys/fs/cgroup",
        "pids" => "/sys/fs/cgroup/pids",
        _ => return None,
    };
    Some(Path::new(root).join(path.trim_start_matches('/')))
}

/// The fourth field of /proc/loadavg: threads running / threads there.
fn threads_on_machine() -> Option<u64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let (_, all) = text.split_ascii_whitespace().nth(3)?.split_once('/')?;
    all.parse().ok()
}

/// Threads of all processes of this user, as far as they can be seen.
fn threads_of_this_user() -> u64 {
    let me = geteuid().as_raw();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mine = processes.filter(|process| process.metadata().is_ok_and(|it| it.uid() == me));
    let threads = mine.filter_map(|process| fs::read_dir(process.path().join("task")).ok());
    threads.map(|threads| threads.count() as u64).sum()
}

fn killed() -> Option<u64> {
    let text = fs::read_to_string("/proc/vmstat").ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix("oom_kill "))?
        .parse()
        .ok()
}

/// The number in a file; `None` if there is none, as in a limit of "max".
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "thread 99 did not start: Resource temporarily unavailable (os error 11)";

    fn limits() -> Limits {
        Limits {
            maps: Some(65_530),
            files: Some(1024),
            user: Some((4000, 200)),
            group: Some((9000, 100)),
            machine: Some(100_000),
            threads_before: 200,
            killed_before: Some(3),
        }
    }

    fn named(complaint: &str, peak: Peak) -> String {
        examine_with(complaint, peak, &limits(), Some(3))
            .name()
            .to_owned()
    }

    #[test]
    fn the_limit_that_was_used_up_is_named() {
        let maps = Peak {
            maps: 65_500,
            ..Peak::default()
        };
        assert_eq!(named(REFUSED, maps), "vm.max_map_count");
        assert_eq!(named("ended by signal 6 (abort)", maps), "vm.max_map_count");
        let threads = Peak {
            threads: 3790,
            ..Peak::default()
        };
        assert_eq!(named(REFUSED, threads), "RLIMIT_NPROC");
        let more = Limits {
            user: None,
            ..limits()
        };
        let threads = Peak {
            threads: 8890,
            ..Peak::default()
        };
        let cause = examine_with(REFUSED, threads, &more, None);
        assert_eq!(cause.name(), "the control group's pids.max");
        let none = Limits {
            user: None,
            group: None,
            ..limits()
        };
        let threads = Peak {
            threads: 99_700,
            ..Peak::default()
        };
        let cause = examine_with(REFUSED, threads, &none, None);
        assert_eq!(cause.name(), "kernel.threads-max or pid_max");
    }

    #[test]
    fn too_many_open_files_needs_no_other_evidence() {
        let cause = examine_with(
            "Too many open files (os error 24)",
            Peak::default(),
            &limits(),
            None,
        );
        assert_eq!(cause.name(), "RLIMIT_NOFILE");
        assert!(cause.sentence().contains("1,024") && cause.sentence().contains("ulimit -Hn"));
    }

    #[test]
    fn a_kill_is_for_memory_only_if_the_kernel_says_so() {
        let killed = "ended by signal 9 (killed)";
        let cause = |now| examine_with(killed, Peak::default(), &limits(), Some(now));
        assert_eq!(cause(4), Cause::OutOfMemory);
        assert_eq!(cause(3), Cause::Unknown(killed.to_owned()));
    }

    #[test]
    fn without_evidence_no_limit_is_blamed() {
        let idle = Peak {
            threads: 10,
            maps: 50,
            ..Peak::default()
        };
        assert_eq!(named(REFUSED, idle), "for a reason unknown");
        let full = Peak {
            maps: 65_530,
            ..Peak::default()
        };
        assert_eq!(named("wrong answer", full), "for a reason unknown");
    }

    #[test]
    fn a_control_group_is_found_in_both_versions() {
        assert_eq!(
            group_folder("0::/user.slice").unwrap(),
            Path::new("/sys/fs/cgroup/user.slice")
        );
        assert_eq!(
            group_folder("8:pids:/a/b").unwrap(),
            Path::new("/sys/fs/cgroup/pids/a/b")
        );
        assert_eq!(group_folder("4:memory:/a"), None);
    }
}
