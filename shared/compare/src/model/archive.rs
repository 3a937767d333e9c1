//! The runs that are kept: each in a folder of its own, and a link to the one that the other commands read.
//!
//! ```text
//! target/compare/runs/2026-11-29T12-00-00Z/    what one run has written; the newest twenty stay
//! target/compare/latest                        the newest whole run; a partial one only if there is no whole one
//! target/compare/index.html, results.json ...  links to the files of `latest`
//! ```
//!
//! A run writes into a draft, which becomes its folder at the end and is gone if the run fails before that. So nothing that an
//! earlier run has written changes while a run is under way.

use std::fs::{self, DirEntry};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use tempfile::{Builder, TempDir};

use crate::model::places::{self, RESULTS};

/// Runs that are kept.
pub const KEPT: usize = 20;

/// The name of the link to the run that the other commands read.
const LATEST: &str = "latest";

/// How the folders of runs that are not finished begin.
const DRAFT: &str = ".draft-";

/// A draft this old belongs to a run that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// All runs that are kept below a folder.
#[derive(Clone, Debug)]
pub struct Archive {
    folder: PathBuf,
}

/// The folder of a run that is under way. It is removed when this is dropped.
#[derive(Debug)]
pub struct Draft {
    archive: Archive,
    folder: TempDir,
}

/// A run to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// The newest whole run.
    Last,
    /// So many runs ago; the last one is 1.
    Ago(usize),
    /// A file of results.
    File(PathBuf),
}

impl From<&str> for Base {
    fn from(text: &str) -> Self {
        match text.parse() {
            Ok(ago) => Self::Ago(ago),
            Err(_) if text == "last" => Self::Last,
            Err(_) => Self::File(text.into()),
        }
    }
}

impl Archive {
    /// The archive in the target folder.
    ///
    /// # Errors
    ///
    /// If this program cannot tell where it is.
    pub fn open() -> anyhow::Result<Self> {
        Ok(Self {
            folder: places::folder()?,
        })
    }

    /// The folder of the run that the other commands read: the newest whole one.
    pub fn latest(&self) -> PathBuf {
        self.folder.join(LATEST)
    }

    /// Begins a run.
    ///
    /// # Errors
    ///
    /// If nothing can be written there. It is better to know before anything is measured.
    pub fn begin(&self) -> anyhow::Result<Draft> {
        let runs = self.runs_folder();
        let context = || format!("cannot write to {}, where runs are kept", runs.display());
        fs::create_dir_all(&runs).with_context(context)?;
        self.remove_abandoned();
        let folder = Builder::new()
            .prefix(DRAFT)
            .tempdir_in(&runs)
            .with_context(context)?;
        // A folder can be made on a device that has no room for a file.
        fs::write(folder.path().join(".room"), [0; 4096]).with_context(context)?;
        fs::remove_file(folder.path().join(".room")).with_context(context)?;
        Ok(Draft {
            archive: self.clone(),
            folder,
        })
    }

    /// The file of results that `base` means.
    ///
    /// # Errors
    ///
    /// If there is no such run.
    pub fn results(&self, base: &Base) -> anyhow::Result<PathBuf> {
        let folder = match base {
            Base::File(path) => return Ok(path.clone()),
            Base::Last => self.latest(),
            Base::Ago(ago) => {
                let runs = self.runs();
                let index = ago.checked_sub(1).and_then(|ago| runs.get(ago));
                let Some(folder) = index else {
                    bail!(
                        "{} holds {} runs, the last of which is 1",
                        self.runs_folder().display(),
                        runs.len()
                    );
                };
                folder.clone()
            }
        };
        let file = folder.join(RESULTS);
        ensure!(
            file.exists(),
            "no run has been kept yet: run `make compare`"
        );
        Ok(file)
    }

    fn runs_folder(&self) -> PathBuf {
        self.folder.join("runs")
    }

    /// The folders of the runs, newest first.
    pub fn runs(&self) -> Vec<PathBuf> {
        let mut runs: Vec<_> = entries(&self.runs_folder())
            .map(|entry| entry.path())
            .filter(|folder| folder.join(RESULTS).exists())
            .collect();
        runs.sort();
        runs.reverse();
        runs
    }

    fn remove_abandoned(&self) {
        let draft = |entry: &DirEntry| entry.file_name().to_string_lossy().starts_with(DRAFT);
        for entry in entries(&self.runs_folder()).filter(draft) {
            let modified = entry.metadata().and_then(|file| file.modified());
            let age = modified.ok().and_then(|time| time.elapsed().ok());
            if age.is_some_and(|age| age > ABANDONED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Removes all but the newest runs and the one that `latest` leads to.
    fn remove_old(&self) {
        let latest = fs::canonicalize(self.latest()).ok();
        for run in self.runs().into_iter().skip(KEPT) {
            if fs::canonicalize(&run).ok() != latest {
                let _ = fs::remove_dir_all(run);
            }
        }
    }
}

impl Draft {
    /// Where the run writes its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Keeps the run under the moment at which it began, and removes the oldest ones. Says where it is, and whether the other
    /// commands read it from now on.
    ///
    /// # Errors
    ///
    /// If the folder cannot be renamed, or a link cannot be set.
    pub fn keep(self, date: &str) -> anyhow::Result<(PathBuf, bool)> {
        let Self { archive, folder } = self;
        let kept = archive.free_name(date);
        let context = || format!("cannot write to {}", kept.display());
        let mode = fs::metadata(archive.runs_folder()).with_context(context)?;
        fs::set_permissions(folder.path(), mode.permissions()).with_context(context)?;
        fs::rename(folder.keep(), &kept).with_context(context)?;
        let latest = whole(&kept) || !whole(&archive.latest());
        if latest {
            archive.link(&kept).with_context(context)?;
        }
        archive.remove_old();
        Ok((kept, latest))
    }
}

impl Archive {
    /// A folder that does not exist yet, for a run that began then.
    fn free_name(&self, date: &str) -> PathBuf {
        let name = date.replace(':', "-");
        let mut folder = self.runs_folder().join(&name);
        let mut number = 1;
        while folder.exists() {
            number += 1;
            folder = self.runs_folder().join(format!("{name}-{number}"));
        }
        folder
    }

    /// Lets `latest` lead to this run, and the names beside it to its files.
    fn link(&self, run: &Path) -> anyhow::Result<()> {
        let name = run.file_name().context("a run has a name")?;
        self.replace(&Path::new("runs").join(name), LATEST)?;
        for entry in entries(run) {
            let name = entry.file_name();
            self.replace(&Path::new(LATEST).join(&name), &name.to_string_lossy())?;
        }
        Ok(())
    }

    /// Sets a link in one step. What an older version has written under its name is removed.
    fn replace(&self, target: &Path, name: &str) -> anyhow::Result<()> {
        let (link, fresh) = (self.folder.join(name), self.folder.join(".link"));
        if link.symlink_metadata().is_ok_and(|file| file.is_dir()) {
            fs::remove_dir_all(&link)?;
        }
        let _ = fs::remove_file(&fresh);
        symlink(target, &fresh)?;
        fs::rename(&fresh, &link)?;
        Ok(())
    }
}

/// Whether a run came to its end and left nothing out that its size has.
fn whole(run: &Path) -> bool {
    #[derive(Deserialize)]
    struct Extent {
        complete: bool,
        #[serde(default)]
        partial: bool,
    }
    let text = fs::read(run.join(RESULTS)).unwrap_or_default();
    let extent: Option<Extent> = serde_json::from_slice(&text).ok();
    extent.is_some_and(|it| it.complete && !it.partial)
}

fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    const WHOLE: &str = r#"{"complete": true, "partial": false}"#;
    const PARTIAL: &str = r#"{"complete": true, "partial": true}"#;
    const INTERRUPTED: &str = r#"{"complete": false, "partial": false}"#;

    fn archive() -> (TempDir, Archive) {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive {
            folder: folder.path().join("compare"),
        };
        (folder, archive)
    }

    /// Keeps a run with these results; whether it is the latest.
    fn keep(archive: &Archive, date: &str, results: &str) -> bool {
        let draft = archive.begin().unwrap();
        fs::write(draft.folder().join(RESULTS), results).unwrap();
        draft.keep(date).unwrap().1
    }

    fn latest(archive: &Archive) -> String {
        fs::read_to_string(archive.latest().join(RESULTS)).unwrap()
    }

    #[test]
    fn a_partial_run_never_replaces_a_whole_one() {
        let (_folder, archive) = archive();
        assert!(keep(&archive, "1", INTERRUPTED), "there is no other");
        assert!(keep(&archive, "2", PARTIAL), "nor is there now");
        assert!(keep(&archive, "3", WHOLE));
        assert!(!keep(&archive, "4", PARTIAL));
        assert!(!keep(&archive, "5", INTERRUPTED));
        assert_eq!(latest(&archive), WHOLE);
        let beside = fs::read_to_string(archive.folder.join(RESULTS)).unwrap();
        assert_eq!(beside, WHOLE);
        assert_eq!(archive.runs().len(), 5);
    }

    #[test]
    fn twenty_runs_are_kept_and_the_latest_whole_one_among_them() {
        let (_folder, archive) = archive();
        keep(&archive, "00", WHOLE);
        for run in 1..=KEPT + 3 {
            keep(&archive, &format!("{run:02}"), PARTIAL);
        }
        let runs = archive.runs();
        assert_eq!(runs.len(), KEPT + 1);
        assert!(runs[0].ends_with("23") && runs[KEPT].ends_with("00"));
        assert_eq!(latest(&archive), WHOLE);
    }

    #[test]
    fn a_run_that_ends_before_it_is_kept_leaves_nothing() {
        let (_folder, archive) = archive();
        keep(&archive, "1", WHOLE);
        let draft = archive.begin().unwrap();
        fs::write(draft.folder().join(RESULTS), INTERRUPTED).unwrap();
        drop(draft);
        assert_eq!(entries(&archive.runs_folder()).count(), 1);
        assert_eq!(latest(&archive), WHOLE);
    }

    #[test]
    fn runs_that_began_in_the_same_second_are_all_kept() {
        let (_folder, archive) = archive();
        for _ in 0..3 {
            keep(&archive, "10:00", WHOLE);
        }
        let names = ["10-00-3", "10-00-2", "10-00"];
        assert_eq!(
            archive.runs(),
            names.map(|name| archive.runs_folder().join(name))
        );
    }

    #[test]
    fn the_remains_of_a_killed_run_are_removed_after_a_day_and_no_run_with_them() {
        let (_folder, archive) = archive();
        keep(&archive, "1", WHOLE);
        let made = |name: &str, hours: u64| {
            let folder = archive.runs_folder().join(name);
            fs::create_dir_all(&folder).unwrap();
            let age = Duration::from_secs(hours * 60 * 60);
            let file = fs::File::open(&folder).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
            folder
        };
        let killed = made(".draft-killed", 25);
        let at_work = made(".draft-at-work", 23);
        let run = made("1", 25);
        drop(archive.begin().unwrap());
        let left = [&killed, &at_work, &run].map(|folder| folder.exists());
        assert_eq!(left, [false, true, true]);
    }

    #[test]
    fn a_base_is_the_last_run_one_so_many_runs_ago_or_a_file() {
        let (_folder, archive) = archive();
        let error = archive.results(&"last".into()).unwrap_err();
        assert!(error.to_string().contains("make compare"), "{error}");
        keep(&archive, "1", WHOLE);
        keep(&archive, "2", PARTIAL);
        let results = |base: &str| archive.results(&base.into());
        assert_eq!(results("last").unwrap(), archive.latest().join(RESULTS));
        let run = |name: &str| archive.runs_folder().join(name).join(RESULTS);
        assert_eq!(results("1").unwrap(), run("2"));
        assert_eq!(results("2").unwrap(), run("1"));
        for absent in ["0", "3"] {
            let error = results(absent).unwrap_err().to_string();
            assert!(error.contains("holds 2 runs"), "{error}");
        }
        assert_eq!(results("old.json").unwrap(), Path::new("old.json"));
    }

    #[test]
    fn files_of_an_older_version_give_way_to_links() {
        let (_folder, archive) = archive();
        fs::create_dir_all(archive.folder.join("timelines")).unwrap();
        fs::write(archive.folder.join("timelines/old.svg"), "").unwrap();
        fs::write(archive.folder.join(RESULTS), "old").unwrap();
        let draft = archive.begin().unwrap();
        fs::write(draft.folder().join(RESULTS), WHOLE).unwrap();
        fs::create_dir(draft.folder().join("timelines")).unwrap();
        draft.keep("1").unwrap();
        assert_eq!(latest(&archive), WHOLE);
        assert!(!archive.folder.join("timelines/old.svg").exists());
        assert!(archive.folder.join("timelines").is_symlink());
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_named() {
        let (folder, _) = archive();
        fs::write(folder.path().join("file"), "").unwrap();
        let archive = Archive {
            folder: folder.path().join("file/compare"),
        };
        let error = format!("{:#}", archive.begin().unwrap_err());
        assert!(error.contains("file/compare/runs"), "{error}");
    }
}
