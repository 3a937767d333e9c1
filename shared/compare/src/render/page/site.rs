//! `make site`: the page of the last run, and those of saved runs from other machines, in a folder that can be served as it is.
//!
//! ```text
//! target/site/index.html, results.json, timelines/        the last run
//! target/site/machines/NAME/index.html, results.json ...  a run from another machine
//! ```
//!
//! What else stands in the folder stays: a project's web space has files of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use super::contents::{Here, Machine};
use super::{FILE, page_among, say, slug};
use crate::judge::report::Report;
use crate::model::archive::Archive;
use crate::model::options::wrong;
use crate::model::pictures::{Pictures, TIMELINES};
use crate::model::places::{self, RESULTS};
use crate::model::quantity::{bytes, cores};
use crate::model::results::Results;
use crate::model::store;

/// Where the runs from other machines are, below the site.
const MACHINES: &str = "machines";

/// A run to show.
struct Shown {
    /// Where it was written.
    folder: PathBuf,
    /// The file of its results.
    file: PathBuf,
    results: Results,
    /// What its machine is called in the chooser.
    name: String,
    /// Where its page is, below the site; nothing for the last run.
    place: PathBuf,
}

/// Writes the site into this folder, or `site` beside the folder of the runs, and says where its page is.
///
/// Runs from other machines are those among the kept ones, the newest whole one of each machine, and all of `others`: files of
/// results, or the folders that hold them.
///
/// # Errors
///
/// If there was no run, a file cannot be read or written, or the folder holds something else of the names that it needs.
pub fn main(folder: Option<&Path>, others: &[PathBuf]) -> anyhow::Result<()> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => places::folder()?.with_file_name("site"),
    };
    let archive = Archive::open()?;
    let mut files = vec![archive.latest().join(RESULTS)];
    let (saved, unread) = of_other_machines(&archive, &Results::load(&files[0])?);
    if unread > 0 {
        anstream::eprintln!("left out: {unread} kept runs that this version does not read");
    }
    files.extend(saved);
    for path in others {
        let file = match path.is_dir() {
            true => path.join(RESULTS),
            false => path.clone(),
        };
        let missing = || {
            let file = file.display();
            wrong(format!(
                "OTHERS: there is no file {file}; allowed are files of results, and folders that hold a {RESULTS}"
            ))
        };
        ensure!(file.exists(), missing());
        files.push(file);
    }
    write(&folder, &files)?;
    say(&folder.join(FILE))
}

/// The newest whole run of every machine but this one among the kept runs, and how many cannot be read.
fn of_other_machines(archive: &Archive, latest: &Results) -> (Vec<PathBuf>, usize) {
    let mut known = BTreeSet::from([machine(latest)]);
    let (mut files, mut unread) = (Vec::new(), 0);
    for run in archive.runs() {
        let file = run.join(RESULTS);
        match Results::load(&file) {
            Ok(run) if run.complete && !run.partial => {
                if known.insert(machine(&run)) {
                    files.push(file);
                }
            }
            Ok(_) => {}
            Err(_) => unread += 1,
        }
    }
    (files, unread)
}

/// What tells one machine from another.
fn machine(results: &Results) -> String {
    let machine = &results.machine;
    format!(
        "{}, {}, {}",
        machine.cpu,
        cores(machine.cores),
        bytes(machine.memory as f64)
    )
}

/// Writes a page for each of these files of results, the first of which is the site's own.
fn write(site: &Path, files: &[PathBuf]) -> anyhow::Result<()> {
    let mut shown: Vec<Shown> = Vec::new();
    for file in files {
        let results = Results::load(file)?;
        let mut name = machine(&results);
        if shown.iter().any(|other| other.name == name) {
            name = format!("{name}, {}", results.machine.date);
        }
        let place = free(&slug(&name), &shown);
        shown.push(Shown {
            folder: file.parent().unwrap_or(Path::new(".")).to_owned(),
            file: file.clone(),
            results,
            name,
            place: if shown.is_empty() {
                PathBuf::new()
            } else {
                place
            },
        });
    }
    refuse_what_is_not_a_site(site)?;
    // A site is written anew: what it is made of cannot stand in it.
    let whole = fs::canonicalize(site).ok();
    let inside = |run: &&Shown| match (&whole, fs::canonicalize(&run.folder)) {
        (Some(site), Ok(folder)) => folder.starts_with(site),
        _ => false,
    };
    if let Some(run) = shown.iter().find(inside) {
        return Err(wrong(format!(
            "{} is a part of the site itself: name the run that it was made from",
            run.file.display()
        ))
        .into());
    }
    remove(&site.join(MACHINES))?;
    for run in &shown {
        let folder = match run.place.as_os_str().is_empty() {
            true => site.to_owned(),
            false => site.join(&run.place),
        };
        let context = || format!("cannot write to {}", folder.display());
        fs::create_dir_all(&folder).with_context(context)?;
        let pictures = Pictures::load(&run.folder)?;
        let report = Report::of(&run.results);
        let html = page_among(
            &run.results,
            &report,
            &pictures,
            &here(run, &shown),
            String::new(),
        );
        store::write(&folder.join(FILE), &html)?;
        fs::copy(&run.file, folder.join(RESULTS)).with_context(context)?;
        remove(&folder.join(TIMELINES))?;
        copy_files(&run.folder.join(TIMELINES), &folder.join(TIMELINES)).with_context(context)?;
    }
    Ok(())
}

/// A place for a machine that no other has.
fn free(name: &str, shown: &[Shown]) -> PathBuf {
    let mut place = Path::new(MACHINES).join(name);
    let mut number = 1;
    while shown.iter().any(|other| other.place == place) {
        number += 1;
        place = Path::new(MACHINES).join(format!("{name}-{number}"));
    }
    place
}

/// Where a page stands among the others.
fn here(run: &Shown, all: &[Shown]) -> Here {
    let up = "../".repeat(run.place.components().count());
    let machines = all.iter().map(|other| {
        let folder = other.place.join(FILE);
        Machine {
            name: other.name.clone(),
            link: (other.place != run.place).then(|| format!("{up}{}", folder.display())),
        }
    });
    let newest = &all[0].results.machine.commit;
    let commit = &run.results.machine.commit;
    Here {
        machines: machines.collect(),
        note: (commit != newest).then(|| {
            format!("This run was of commit {commit}; the sources below are those that this page was made with.")
        }),
    }
}

/// Nothing is overwritten that another program has written.
fn refuse_what_is_not_a_site(site: &Path) -> anyhow::Result<()> {
    let theirs = [FILE, TIMELINES, MACHINES].into_iter();
    let theirs: Vec<_> = theirs.filter(|name| site.join(name).exists()).collect();
    if let (Some(name), false) = (theirs.first(), site.join(RESULTS).exists()) {
        return Err(wrong(format!(
            "{} holds {name}, but no {RESULTS}, so it is no site of `make site`: name another folder",
            site.display()
        ))
        .into());
    }
    Ok(())
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Copies the files of a folder, if it is there.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::render::export::File;

    /// A run's folder, of a machine of this many cores.
    fn run(folder: &Path, cores: u64, commit: &str) -> PathBuf {
        let mut results = fixtures::results();
        results.machine.cores = cores;
        results.machine.commit = commit.to_owned();
        let file = folder.join(RESULTS);
        let text = File::of(&results, &Report::of(&results)).text().unwrap();
        fs::create_dir_all(folder.join(TIMELINES)).unwrap();
        fs::write(&file, text).unwrap();
        fs::write(
            folder.join(TIMELINES).join("hashes-threading.svg"),
            "<svg/>",
        )
        .unwrap();
        file
    }

    #[test]
    fn a_site_holds_every_machine_and_every_link_of_the_chooser_leads_to_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let runs = [(2, "abc"), (8, "abc"), (8, "def")];
        let runs = runs.into_iter().enumerate();
        let files: Vec<_> = runs
            .map(|(place, (cores, commit))| {
                run(&folder.path().join(place.to_string()), cores, commit)
            })
            .collect();
        let site = folder.path().join("site");
        fs::create_dir(&site).unwrap();
        fs::write(site.join("CNAME"), "example.org").unwrap();
        // The second time stands what the first has written.
        for _ in 0..2 {
            write(&site, &files).unwrap();
        }
        assert_eq!(
            fs::read_to_string(site.join("CNAME")).unwrap(),
            "example.org"
        );
        assert_eq!(
            fs::read(site.join(RESULTS)).unwrap(),
            fs::read(&files[0]).unwrap()
        );
        let mut pages = vec![site.join(FILE)];
        let mut seen = 0;
        while let Some(page) = pages.get(seen).cloned() {
            seen += 1;
            let html = fs::read_to_string(&page).unwrap();
            let here = page.parent().unwrap();
            assert!(here.join(TIMELINES).join("hashes-threading.svg").is_file());
            assert_eq!(
                html.contains("This run was of commit def"),
                seen == 3,
                "{page:?}"
            );
            let (_, chooser) = html.split_once("<nav class='machines'").unwrap();
            let chooser = chooser.split_once("</nav>").unwrap().0;
            let links: Vec<_> = chooser.split("href='").skip(1).collect();
            assert_eq!(links.len(), 2, "{chooser}");
            for link in links {
                let link = here
                    .join(link.split_once('\'').unwrap().0)
                    .canonicalize()
                    .unwrap();
                if !pages.contains(&link) {
                    pages.push(link);
                }
            }
            if seen == 1 {
                pages[0] = pages[0].canonicalize().unwrap();
            }
        }
        assert_eq!(pages.len(), 3, "{pages:?}");
    }

    #[test]
    fn a_run_within_the_site_is_refused_before_anything_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let [two, eight] =
            [2, 8].map(|cores| run(&folder.path().join(cores.to_string()), cores, "abc"));
        let site = folder.path().join("site");
        write(&site, &[two.clone(), eight]).unwrap();
        let machine = fs::read_dir(site.join(MACHINES)).unwrap().next().unwrap();
        let inside = machine.unwrap().path().join(RESULTS);
        let error = write(&site, &[two, inside.clone()])
            .unwrap_err()
            .to_string();
        assert!(error.contains("is a part of the site itself"), "{error}");
        assert!(inside.is_file());
    }

    #[test]
    fn the_page_of_one_machine_offers_no_choice() {
        let folder = tempfile::tempdir().unwrap();
        let file = run(&folder.path().join("run"), 2, "abc");
        write(&folder.path().join("site"), &[file]).unwrap();
        let html = fs::read_to_string(folder.path().join("site").join(FILE)).unwrap();
        assert!(!html.contains("class='machines'"));
    }

    #[test]
    fn a_folder_of_another_program_is_refused_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = run(&folder.path().join("run"), 2, "abc");
        let site = folder.path().join("site");
        fs::create_dir(&site).unwrap();
        fs::write(site.join(FILE), "mine").unwrap();
        let error = write(&site, &[file]).unwrap_err().to_string();
        assert!(
            error.contains("holds index.html, but no results.json"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(site.join(FILE)).unwrap(), "mine");
    }
}
