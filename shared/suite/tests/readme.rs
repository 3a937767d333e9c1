//! What README tells people to type works.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect("a file of this repository")
}

/// The lines of all ```sh blocks, comments and blank lines left out.
fn commands(readme: &str) -> Vec<&str> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if inside {
            let command = line.split(" #").next().unwrap_or_default().trim();
            commands.extend(Some(command).filter(|command| !command.is_empty()));
        }
    }
    commands
}

#[test]
fn every_command_in_readme_exists() {
    let (readme, makefile) = (read("README.md"), read("Makefile"));
    let commands = commands(&readme);
    assert!(commands.contains(&"make compare") && commands.contains(&"make test"));
    for command in commands {
        let words: Vec<_> = command.split_whitespace().collect();
        match words[..] {
            ["make", target, ..] => {
                let rule = format!("\n{target}:");
                assert!(makefile.contains(&rule), "{command}: no such target");
            }
            // Each program's own tests see to it that it takes them.
            ["cargo", "run", "--release", "-p", technique, "--", ..] => {
                assert!(root().join(technique).is_dir(), "{command}");
            }
            ["cargo", "run", "-p", "shared", "--bin", "server", ..]
            | [
                "cargo",
                "run",
                "--release",
                "-p",
                "shared",
                "--bin",
                "load",
                ..,
            ]
            | ["git" | "cd" | "curl", ..] => {}
            ["cargo", "run", .., "--example", example] => {
                let package = words[words.iter().position(|word| *word == "-p").unwrap() + 1];
                let manifest = read(&format!("{package}/Cargo.toml"));
                assert!(
                    manifest.contains(&format!("name = \"{example}\"")),
                    "{command}"
                );
            }
            ["diff", one, other] | ["diff", "-y", one, other] => {
                assert!(
                    root().join(one).exists() && root().join(other).exists(),
                    "{command}"
                );
            }
            _ => panic!(
                "README tells people to type `{command}`, and no test knows whether it works"
            ),
        }
    }
}

#[test]
fn every_link_in_readme_to_a_file_leads_somewhere() {
    let readme = read("README.md");
    let targets = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let mut count = 0;
    for target in targets.filter(|target| !target.starts_with("http") && !target.starts_with('#')) {
        assert!(root().join(target).exists(), "{target}");
        count += 1;
    }
    assert!(count >= 12, "README links workloads and techniques");
}

#[test]
fn the_top_level_holds_what_it_should() {
    // What git keeps, and not what lies about: README tells people to save a run as old.json.
    let git = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output();
    let Some(git) = git
        .ok()
        .filter(|git| git.status.success() && !git.stdout.is_empty())
    else {
        eprintln!("skipped: this takes git, and a repository that it may read");
        return;
    };
    let files = String::from_utf8(git.stdout).expect("names in UTF-8");
    let names: BTreeSet<_> = files
        .split('\0')
        .filter_map(|file| file.split('/').next())
        .filter(|name| !name.is_empty() && !name.starts_with('.'))
        .collect();
    let expected = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "Makefile",
        "README.md",
        "asyncio",
        "multiprocessing",
        "sequential",
        "shared",
        "threading",
    ];
    assert_eq!(names, BTreeSet::from(expected));
}
