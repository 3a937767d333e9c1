//! How much code a technique takes: the lines of its three workload files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::model::options::Extent;
use crate::model::places;
use crate::model::technique::Contestant;

/// What `count` says of every technique that has verdicts and takes part: lines, or why they are not counted.
pub fn counted(
    extent: &Extent,
    count: impl Fn(Contestant) -> anyhow::Result<u64>,
) -> (BTreeMap<Contestant, u64>, BTreeMap<Contestant, String>) {
    let (mut lines, mut uncounted) = (BTreeMap::new(), BTreeMap::new());
    for who in Contestant::VERDICTS {
        if who == Contestant::Cluster && !extent.invites(who) {
            continue;
        }
        match count(who) {
            Ok(number) => drop(lines.insert(who, number)),
            Err(error) => drop(uncounted.insert(who, format!("{error:#}"))),
        }
    }
    (lines, uncounted)
}

/// Lines of code of `contestant`'s three workload files.
///
/// # Errors
///
/// If the sources are no longer where they were built from.
pub fn of(contestant: Contestant) -> anyhow::Result<u64> {
    let crate_folder = places::workspace()?.join(contestant.folder());
    let files = ["waiter.rs", "download.rs", "compute.rs"];
    let counts = files.map(|file| {
        let path = crate_folder.join("src/workloads").join(file);
        count_file(&path)
    });
    counts.into_iter().sum()
}

fn count_file(path: &Path) -> anyhow::Result<u64> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(count(&text))
}

/// Lines that are neither blank nor comment.
fn count(text: &str) -> u64 {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::options::Options;

    #[test]
    fn lines_that_cannot_be_counted_say_why() {
        let extent = Options::without_environment(&[]).extent;
        let (lines, uncounted) = counted(&extent, |who| match who {
            Contestant::Asyncio => count_file(Path::new("nowhere/waiter.rs")),
            _ => Ok(50),
        });
        assert_eq!(lines.len(), Contestant::CONCLUDED.len() - 1);
        let reason = &uncounted[&Contestant::Asyncio];
        assert!(
            reason.starts_with("cannot read nowhere/waiter.rs: "),
            "{reason}"
        );
    }

    #[test]
    fn blank_lines_and_comments_are_no_code() {
        let text = "//! Header\n\nuse std::thread; // why\n\n    // because\nfn main() {}\n";
        assert_eq!(count(text), 2);
    }
}
