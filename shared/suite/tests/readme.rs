//! What READMEs tell people to type works, and their links lead somewhere.

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

/// Every document that a newcomer reads, from the top of the workspace.
const DOCUMENTS: [&str; 11] = [
    "README.md",
    ".github/CONTRIBUTING.md",
    "multiprocessing/README.md",
    "multiprocessing/cluster/README.md",
    "multiprocessing/library/README.md",
    "shared/README.md",
    "shared/compare/README.md",
    "shared/python/README.md",
    "shared/snippets/README.md",
    "shared/suite/README.md",
    "shared/work/README.md",
];

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

/// Whether a document is about other projects, too, whose commands are no business of this one.
fn is_for_other_projects(document: &str) -> bool {
    [
        "multiprocessing/library/README.md",
        "multiprocessing/cluster/README.md",
    ]
    .contains(&document)
}

#[test]
fn every_command_exists() {
    let makefile = read("Makefile");
    let mut count = 0;
    for document in DOCUMENTS {
        if is_for_other_projects(document) {
            continue;
        }
        for command in commands(&read(document)) {
            count += 1;
            exists(command, &makefile, document);
        }
    }
    assert!(count > 30, "{count} commands in all documents");
    let readme = read("README.md");
    assert!(commands(&readme).contains(&"make compare"));
}

/// CARGO_TARGET_DIR, cargo's configuration and the target platform decide where programs are: cargo runs them. And a package that is
/// chosen by itself has other features than the workspace, so that all of it would be compiled twice.
#[test]
fn recipes_leave_to_cargo_where_programs_are_and_compile_none_twice() {
    let makefile = read("Makefile");
    let recipes = makefile.lines().filter(|line| line.starts_with('\t'));
    for line in recipes {
        let guessed = ["target/release", "target/debug", " -p "];
        assert!(!guessed.iter().any(|it| line.contains(it)), "{line}");
    }
    let compare = makefile.lines().find(|line| line.starts_with("COMPARE ="));
    assert!(!compare.unwrap().contains(" -p "));
}

fn exists(command: &str, makefile: &str, document: &str) {
    let words: Vec<_> = command.split_whitespace().collect();
    let program = |name: &str| root().join(name).is_dir();
    match words[..] {
        ["make", target, ..] => {
            let rule = format!("\n{target}:");
            assert!(
                makefile.contains(&rule),
                "{document}: {command}: no such target"
            );
        }
        ["cargo", "run", .., "--example", example] => {
            let package = example.split('-').next().unwrap();
            let manifest = read(&format!("{package}/Cargo.toml"));
            let target = format!("name = \"{example}\"");
            assert!(manifest.contains(&target), "{document}: {command}");
        }
        ["cargo", "run", "--bin", "server", ..]
        | ["cargo", "run", "--release", "--bin", "load", ..]
        | ["git" | "cd" | "curl", ..] => {}
        ["seq", _, "|", "target/release/compare", "work", ..] => {}
        // Each program's own tests see to it that it takes them.
        ["cargo", "run", "--release", "--bin", technique, "--", ..] => {
            assert!(program(technique), "{document}: {command}");
        }
        ["cargo", "test" | "bench" | "doc", "-p", package, ..] => {
            let manifests = read("Cargo.lock");
            let package = format!("name = \"{package}\"");
            assert!(manifests.contains(&package), "{document}: {command}");
        }
        _ => panic!(
            "{document} tells people to type `{command}`, and no test knows whether it works"
        ),
    }
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    for document in DOCUMENTS {
        let text = read(document);
        let folder = root().join(document);
        let folder = folder.parent().unwrap();
        let targets = text.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("http")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => root().join(document),
                file => folder.join(file),
            };
            assert!(file.exists(), "{document}: {target}");
            if !heading.is_empty() {
                let text = fs::read_to_string(&file).unwrap();
                let found = text
                    .lines()
                    .any(|line| anchor(line).as_deref() == Some(heading));
                assert!(found, "{document}: no heading is {target}");
            }
        }
    }
}

/// The address that a heading gets where Markdown is shown.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

#[test]
fn readme_is_short() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= 150 && readme.len() <= 10_500);
    assert!(readme.contains("](shared/snippets/README.md)"));
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
    let files = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "Makefile",
        "README.md",
    ];
    // A folder is a package of the workspace, or holds some.
    let manifest = read("Cargo.toml");
    let (_, members) = manifest.split_once("members = [").expect("a workspace");
    let (members, _) = members.split_once(']').expect("a list that ends");
    let folders = members.split('"').skip(1).step_by(2);
    let folders = folders.filter_map(|member| member.split('/').next());
    let expected: BTreeSet<_> = files.into_iter().chain(folders).collect();
    assert!(expected.contains("sequential") && expected.contains("shared"));
    assert_eq!(names, expected);
}

#[test]
fn readme_counts_the_snippets() {
    let manifests = ["threading", "multiprocessing", "asyncio"];
    let examples = |technique: &str| {
        read(&format!("{technique}/Cargo.toml"))
            .matches("[[example]]")
            .count()
    };
    let all: usize = manifests.map(examples).iter().sum();
    let said = format!("(shared/snippets/README.md): {all} programs");
    assert!(read("README.md").contains(&said), "{said}");
}
