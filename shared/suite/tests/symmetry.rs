//! The four techniques can be laid side by side: same files, same functions in the same order, headers that work.

use std::fs;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 2] = ["workloads", "probes"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The techniques: the folders of this repository that hold workloads.
fn techniques() -> Vec<String> {
    let folders = fs::read_dir(root()).expect("the repository");
    let folders = folders.map(|folder| folder.expect("an entry").path());
    let techniques = folders.filter(|folder| folder.join("src/workloads").is_dir());
    let names = techniques.map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned());
    let names: Vec<_> = names.collect();
    assert!(names.len() >= 4, "{names:?}");
    names
}

/// Paths below a technique's src, such as `workloads/waiter.rs`, in order.
fn files(technique: &str) -> Vec<PathBuf> {
    let source = root().join(technique).join("src");
    let mut files = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(source.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            files.push(
                path.strip_prefix(&source)
                    .expect("a path below src")
                    .to_owned(),
            );
        }
    }
    files.sort();
    files
}

fn source(technique: &str, file: &Path) -> String {
    fs::read_to_string(root().join(technique).join("src").join(file)).expect("a source file")
}

/// Names of the functions in a file, in order.
fn functions(source: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for line in source.lines() {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let line = line.strip_prefix("async ").unwrap_or(line);
        if let Some(function) = line.strip_prefix("fn ") {
            names.extend(function.split(['(', '<']).next());
        }
    }
    names
}

/// Probes of a pool, which one thread is not.
const POOLS: [&str; 2] = ["probes/crash_pool.rs", "probes/offload.rs"];

#[test]
fn every_technique_has_the_same_files_but_for_those_of_a_pool() {
    for technique in &techniques() {
        let mut files = files(technique);
        if technique != "sequential" {
            let all = files.len();
            files.retain(|file| !POOLS.iter().any(|pool| file == Path::new(pool)));
            assert_eq!(files.len(), all - POOLS.len(), "{technique}");
        }
        assert_eq!(files, self::files("sequential"), "{technique}");
    }
}

#[test]
fn functions_of_the_same_work_stand_in_the_same_order() {
    for technique in &techniques() {
        for file in files("sequential") {
            let (sequential, theirs) = (source("sequential", &file), source(technique, &file));
            let theirs = functions(&theirs);
            assert_eq!(
                theirs[0], "run",
                "{technique} {file:?} begins with another function"
            );
            // A technique may need functions of its own, and a probe may do without a helper, but what both have is
            // in one order.
            let common: Vec<_> = functions(&sequential)
                .into_iter()
                .filter(|name| theirs.contains(name))
                .collect();
            let positions: Vec<_> = common
                .iter()
                .map(|name| theirs.iter().position(|their| their == name))
                .collect();
            assert!(positions.is_sorted(), "{technique} {file:?}: {theirs:?}");
            if file.starts_with("workloads") {
                assert_eq!(common, functions(&sequential), "{technique} {file:?}");
            }
        }
    }
}

#[test]
fn the_unit_of_every_workload_is_marked_in_every_technique() {
    for technique in &techniques() {
        for file in files("sequential")
            .iter()
            .filter(|file| file.starts_with("workloads"))
        {
            assert!(
                source(technique, file).contains("#[instrument"),
                "{technique} {file:?}"
            );
        }
    }
}

#[test]
fn side_by_side_files_fit_a_screen_and_have_no_clock_no_size_and_no_printing() {
    for technique in &techniques() {
        for file in files(technique) {
            let source = source(technique, &file);
            // A server listens, too, and ends when it is asked to.
            let slide = if file.ends_with("serve.rs") { 58 } else { 45 };
            assert!(
                source.lines().count() <= slide,
                "{technique} {file:?} does not fit a slide"
            );
            for forbidden in ["Instant", "println!", "Duration", "info!"] {
                assert!(
                    !source.contains(forbidden),
                    "{technique} {file:?} has {forbidden}"
                );
            }
        }
    }
}

#[test]
fn a_main_is_a_table_of_contents() {
    for technique in &techniques() {
        let main = source(technique, Path::new("main.rs"));
        assert!(
            main.lines().count() <= 30,
            "{technique}: {}",
            main.lines().count()
        );
        for folder in FOLDERS {
            assert!(main.contains(&format!("mod {folder};")), "{technique}");
        }
    }
}
