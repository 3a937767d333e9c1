//! What did it die of? The limits of this machine, what was in use when a step of the ladder failed, and what it said.
//!
//! A cause is named only if there is evidence: an error that only one limit gives, a counter that moved, or a limit that
//! was used up to nine tenths or would have been exceeded. Otherwise the complaint stands for itself.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::{Resource as Limited, geteuid, getrlimit};

use crate::measure::machine::{available_memory, kib};
use crate::model::cause::{Cause, used_up};
use crate::model::ladder::{Limit, Resource};
use crate::model::run::Peak;

/// The limits that a crowd of threads, processes or tasks can run into, and what could be one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The limits.
    pub all: Vec<Limit>,
    /// Processes that the kernel has killed so far because memory ran out.
    killed_before: Option<u64>,
}

impl Limits {
    /// The limits here, now.
    pub fn here() -> Self {
        let all = [
            maps(),
            files(),
            threads_of_user(),
            threads_of_group(),
            threads_of_machine("kernel.threads-max", "kernel/threads-max"),
            threads_of_machine("kernel.pid_max", "kernel/pid_max"),
            memory_of_machine(),
            memory_of_group(),
        ];
        Self {
            all: all.into_iter().flatten().collect(),
            killed_before: killed(),
        }
    }
}

fn limit(of: Resource, name: &str, before: u64, allowed: u64, raise: &str) -> Limit {
    Limit {
        of,
        name: name.to_owned(),
        before,
        allowed,
        raise: raise.to_owned(),
    }
}

/// A number of the kernel's own.
fn kernel(name: &str) -> Option<u64> {
    number(&Path::new("/proc/sys").join(name))
}

fn maps() -> Option<Limit> {
    let allowed = kernel("vm/max_map_count")?;
    let raise = "sysctl vm.max_map_count=1000000";
    Some(limit(Resource::Maps, "vm.max_map_count", 0, allowed, raise))
}

fn files() -> Option<Limit> {
    // The programs raise the limit of open files as far as they may.
    let allowed = getrlimit(Limited::Nofile).maximum?;
    let raise = "`ulimit -Hn`, or nofile in /etc/security/limits.conf";
    Some(limit(Resource::Files, "RLIMIT_NOFILE", 0, allowed, raise))
}

/// Root has as many as it likes.
fn threads_of_user() -> Option<Limit> {
    let allowed = getrlimit(Limited::Nproc).current?;
    let raise = "`ulimit -u`, or nproc in /etc/security/limits.conf";
    let threads = threads_of_this_user();
    (!geteuid().is_root())
        .then(|| limit(Resource::Threads, "RLIMIT_NPROC", threads, allowed, raise))
}

fn threads_of_machine(name: &str, file: &str) -> Option<Limit> {
    let threads = threads_on_machine().unwrap_or_default();
    let raise = format!("sysctl {name}");
    Some(limit(
        Resource::Threads,
        name,
        threads,
        kernel(file)?,
        &raise,
    ))
}

/// Of this process's control group and those above it the one with least left.
fn threads_of_group() -> Option<Limit> {
    let name = "the control group's pids.max";
    let raise = "`docker run --pids-limit`, or TasksMax of the unit";
    let limits = group_folders("pids").filter_map(|folder| {
        let allowed = number(&folder.join("pids.max"))?;
        let before = number(&folder.join("pids.current")).unwrap_or_default();
        Some(limit(Resource::Threads, name, before, allowed, raise))
    });
    limits.min_by_key(left)
}

fn memory_of_machine() -> Option<Limit> {
    let all = 1024 * kib("/proc/meminfo", "MemTotal")?;
    let before = all.saturating_sub(available_memory()?);
    Some(limit(
        Resource::Memory,
        "memory",
        before,
        all,
        "more memory",
    ))
}

/// The same for memory. What the kernel can take back at once, since it stands in a file, is not in use.
fn memory_of_group() -> Option<Limit> {
    let name = "the control group's memory";
    let raise = "`docker run --memory`, or MemoryMax of the unit";
    let all = 1024 * kib("/proc/meminfo", "MemTotal")?;
    let limits = group_folders("memory").filter_map(|folder| {
        let either = |one, other| number(&folder.join(one)).or_else(|| number(&folder.join(other)));
        let allowed = either("memory.max", "memory.limit_in_bytes")?;
        let used = either("memory.current", "memory.usage_in_bytes").unwrap_or_default();
        let text = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let before = used.saturating_sub(in_files(&text));
        (allowed < all).then(|| limit(Resource::Memory, name, before, allowed, raise))
    });
    limits.min_by_key(left)
}

/// Bytes of a control group that stand in files that were not read of late.
fn in_files(stat: &str) -> u64 {
    let of = |key| {
        let lines = stat.lines();
        let mut values = lines.filter_map(|line| line.strip_prefix(key)?.trim().parse().ok());
        values.next()
    };
    of("total_inactive_file ")
        .or_else(|| of("inactive_file "))
        .unwrap_or_default()
}

fn left(limit: &Limit) -> u64 {
    limit.allowed.saturating_sub(limit.before)
}

/// Finds out why a program complained so, having been seen to use so much, under these limits.
pub fn examine(complaint: &str, peak: Option<Peak>, limits: &Limits) -> Cause {
    examine_with(complaint, peak.unwrap_or_default(), limits, killed())
}

fn examine_with(complaint: &str, peak: Peak, limits: &Limits, killed: Option<u64>) -> Cause {
    let used = |limit: &Limit| limit.before + limit.of.taken(&peak);
    let reached = |limit: &Limit| Cause::Limit {
        name: limit.name.clone(),
        used: used(limit),
        allowed: limit.allowed,
        raise: limit.raise.clone(),
    };
    // Only one limit gives "Too many open files", so this needs no other evidence.
    let mut all = limits.all.iter();
    let files = all.find(|limit| limit.of == Resource::Files);
    if let (true, Some(files)) = (complaint.contains("os error 24"), files) {
        return reached(files);
    }
    if complaint.contains("signal 9") && killed > limits.killed_before {
        return Cause::OutOfMemory;
    }
    // What remains is refused with one error for many reasons. The reason is a limit that was all but used up.
    // An abort is how a thread dies that could start but gets no map for its signal stack.
    let refused = ["os error 11", "os error 12", "signal 6"]
        .iter()
        .any(|error| complaint.contains(error));
    let candidates = limits.all.iter();
    let candidates =
        candidates.filter(|limit| matches!(limit.of, Resource::Maps | Resource::Threads));
    let share = |limit: &&Limit| used(limit) as f64 / limit.allowed as f64;
    let nearest = candidates.max_by(|one, other| share(one).total_cmp(&share(other)));
    match nearest {
        Some(limit) if refused && used_up(used(limit), limit.allowed) => reached(limit),
        _ => Cause::Unknown(complaint.to_owned()),
    }
}

/// This process's control group and those above it, where this controller has them.
fn group_folders(controller: &str) -> impl Iterator<Item = PathBuf> {
    let text = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let folders = text
        .lines()
        .filter_map(|line| group_folder(line, controller));
    let folders = folders.flat_map(|folder| {
        let folders: Vec<PathBuf> = folder.ancestors().map(Path::to_owned).collect();
        folders
    });
    folders.collect::<Vec<_>>().into_iter()
}

/// The folder of a line of /proc/self/cgroup, if this controller counts there.
fn group_folder(line: &str, controller: &str) -> Option<PathBuf> {
    let mut fields = line.splitn(3, ':');
    let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    let all = Path::new("/sys/fs/cgroup");
    let root = match controllers {
        "" => all.to_owned(),
        one if one == controller => all.join(controller),
        _ => return None,
    };
    Some(root.join(path.trim_start_matches('/')))
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

    /// Limits of these resources: what is used of them before, and what is allowed.
    fn limits() -> Limits {
        let all = [
            (Resource::Maps, "vm.max_map_count", 0, 65_530),
            (Resource::Files, "RLIMIT_NOFILE", 0, 1024),
            (Resource::Threads, "RLIMIT_NPROC", 200, 4000),
            (Resource::Threads, "the control group's pids.max", 100, 9000),
            (Resource::Threads, "kernel.pid_max", 200, 100_000),
            (Resource::Memory, "memory", 500, 1000),
        ];
        Limits {
            all: all
                .map(|(of, name, before, allowed)| limit(of, name, before, allowed, "`ulimit -Hn`"))
                .into(),
            killed_before: Some(3),
        }
    }

    fn without(names: &[&str]) -> Limits {
        let mut limits = limits();
        limits
            .all
            .retain(|limit| !names.contains(&limit.name.as_str()));
        limits
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
        let more = without(&["RLIMIT_NPROC"]);
        let threads = Peak {
            threads: 8890,
            ..Peak::default()
        };
        let cause = examine_with(REFUSED, threads, &more, None);
        assert_eq!(cause.name(), "the control group's pids.max");
        let none = without(&["RLIMIT_NPROC", "the control group's pids.max"]);
        let threads = Peak {
            threads: 99_700,
            ..Peak::default()
        };
        let cause = examine_with(REFUSED, threads, &none, None);
        assert_eq!(cause.name(), "kernel.pid_max");
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
            group_folder("0::/user.slice", "pids").unwrap(),
            Path::new("/sys/fs/cgroup/user.slice")
        );
        assert_eq!(
            group_folder("8:pids:/a/b", "pids").unwrap(),
            Path::new("/sys/fs/cgroup/pids/a/b")
        );
        assert_eq!(group_folder("4:memory:/a", "pids"), None);
    }

    #[test]
    fn memory_that_stands_in_files_can_be_had() {
        let newer = "anon 5\ninactive_file 700\nactive_file 9\n";
        let older = "inactive_file 1\ntotal_inactive_file 800\n";
        assert_eq!([newer, older, ""].map(in_files), [700, 800, 0]);
    }

    #[test]
    fn the_limits_of_this_machine_are_read() {
        let limits = Limits::here().all;
        let of = |of| limits.iter().filter(move |limit| limit.of == of);
        for resource in [Resource::Maps, Resource::Threads, Resource::Memory] {
            assert!(of(resource).next().is_some(), "{resource:?}: {limits:?}");
        }
        assert!(of(Resource::Memory).all(|limit| limit.before < limit.allowed));
    }
}
