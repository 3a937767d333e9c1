//! How much of the machine this process may use, where control groups of version 1 or 2 allow less than its cores.
//!
//! A quota gives so much CPU time in a period, on any core; who has used it up waits for the next period, throttled.

use std::fs;
use std::path::{Path, PathBuf};

/// The quota that binds, and the group that counts how often it did.
#[derive(Debug)]
pub struct Quota {
    /// How many cores' time there is.
    pub cores: f64,
    /// The version of the control groups.
    pub version: u32,
    folder: PathBuf,
}

impl Quota {
    /// The tightest quota of this process; `None` if there is none.
    pub fn here() -> Option<Self> {
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        tightest(&groups, &mounts, Path::new("/"))
    }

    /// Seconds that the group has been throttled for since it was made, all its cores together; `None` if the system does not
    /// tell.
    pub fn throttled(&self) -> Option<f64> {
        throttled(&fs::read_to_string(self.folder.join("cpu.stat")).ok()?)
    }
}

/// The tightest quota of these groups and all above them, as their folders stand below `root`.
fn tightest(groups: &str, mounts: &str, root: &Path) -> Option<Quota> {
    let mut quotas = Vec::new();
    for (version, top, folder) in folders(groups, mounts) {
        for folder in folder
            .ancestors()
            .take_while(|folder| folder.starts_with(&top))
        {
            let folder = root.join(folder.strip_prefix("/").unwrap_or(folder));
            if let Some(cores) = limit(version, &folder) {
                quotas.push(Quota {
                    cores,
                    version,
                    folder,
                });
            }
        }
    }
    quotas
        .into_iter()
        .min_by(|one, other| one.cores.total_cmp(&other.cores))
}

/// Where the process's groups that limit CPU time have their folders: the version, the folder that is mounted, and the
/// group's own in or below it.
fn folders(groups: &str, mounts: &str) -> Vec<(u32, PathBuf, PathBuf)> {
    let mut folders = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (fields.next(), fields.next()) else {
            continue;
        };
        let version = match controllers {
            "" => 2,
            controllers if controllers.split(',').any(|name| name == "cpu") => 1,
            _ => continue,
        };
        if let Some((shown, top)) = mounts.lines().find_map(|line| mounted(line, version)) {
            // A group outside of what is mounted is seen as what is mounted: a container sees itself as the top.
            let below = Path::new(group)
                .strip_prefix(shown)
                .unwrap_or(Path::new(""));
            folders.push((version, PathBuf::from(top), Path::new(top).join(below)));
        }
    }
    folders
}

/// Of a line of mountinfo: the group that it shows, and where; `None` if it shows none of this version that limits CPU time.
fn mounted(line: &str, version: u32) -> Option<(&str, &str)> {
    let (mount, kind) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(3);
    let (shown, top) = (mount.next()?, mount.next()?);
    let kind: Vec<&str> = kind.split(' ').collect();
    let fits = match (version, kind[..].first()?) {
        (2, &"cgroup2") => true,
        (1, &"cgroup") => kind.last()?.split(',').any(|option| option == "cpu"),
        _ => false,
    };
    fits.then_some((shown, top))
}

/// How many cores' time a group has; `None` if it has no quota.
fn limit(version: u32, folder: &Path) -> Option<f64> {
    let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let (quota, period) = match version {
        2 => {
            let both = text("cpu.max")?;
            let (quota, period) = both.trim().split_once(' ')?;
            (quota.to_owned(), period.to_owned())
        }
        _ => (text("cpu.cfs_quota_us")?, text("cpu.cfs_period_us")?),
    };
    // Version 2 says "max" where there is no quota, version 1 says -1.
    let number = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|number| *number > 0.0)
    };
    Some(number(&quota)? / number(&period)?)
}

/// Seconds for which a group was throttled: nanoseconds in version 1, microseconds in version 2.
fn throttled(stat: &str) -> Option<f64> {
    let mut fields = stat.lines().filter_map(|line| line.split_once(' '));
    fields.find_map(|(name, number)| match name {
        "throttled_time" => Some(number.trim().parse::<f64>().ok()? / 1e9),
        "throttled_usec" => Some(number.trim().parse::<f64>().ok()? / 1e6),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder in which these files stand.
    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const TWO: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    const ONE: &str = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n\
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
        35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

    #[test]
    fn the_tightest_group_on_the_way_up_binds() {
        let root = root(&[
            ("sys/fs/cgroup/a/cpu.max", "150000 100000\n"),
            ("sys/fs/cgroup/a/b/cpu.max", "400000 100000\n"),
            ("sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n"),
            (
                "sys/fs/cgroup/a/cpu.stat",
                "usage_usec 7\nthrottled_usec 2500000\n",
            ),
        ]);
        let quota = tightest("0::/a/b/c\n", TWO, root.path()).unwrap();
        assert_eq!((quota.cores, quota.version), (1.5, 2));
        assert_eq!(quota.throttled(), Some(2.5));
    }

    #[test]
    fn groups_of_version_1_are_read_where_they_are_mounted() {
        let root = root(&[
            ("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "200000\n"),
            (
                "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us",
                "100000\n",
            ),
            (
                "sys/fs/cgroup/cpu,cpuacct/box/cpu.stat",
                "nr_throttled 3\nthrottled_time 500000000\n",
            ),
        ]);
        let groups = "4:memory:/elsewhere\n1:cpu,cpuacct:/box\n0::/\n";
        let quota = tightest(groups, ONE, root.path()).unwrap();
        assert_eq!((quota.cores, quota.version), (2.0, 1));
        assert_eq!(quota.throttled(), Some(0.5));
    }

    #[test]
    fn a_container_that_sees_its_own_group_as_the_top_finds_it_there() {
        let mounts = "32 31 0:29 /docker/7f /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n";
        let root = root(&[
            ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n"),
            ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
        ]);
        for group in ["/docker/7f", "/somewhere/else"] {
            let quota = tightest(&format!("2:cpu:{group}\n"), mounts, root.path()).unwrap();
            assert_eq!(quota.cores, 0.5, "{group}");
        }
    }

    #[test]
    fn without_a_quota_there_is_none() {
        let root = root(&[
            ("sys/fs/cgroup/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
        ]);
        assert!(tightest("0::/\n", TWO, root.path()).is_none());
        assert!(tightest("1:cpu,cpuacct:/\n", ONE, root.path()).is_none());
        assert!(tightest("0::/\n", "", root.path()).is_none());
        assert!(tightest("nonsense", TWO, root.path()).is_none());
        assert_eq!(throttled("nr_periods 0\n"), None);
    }
}
