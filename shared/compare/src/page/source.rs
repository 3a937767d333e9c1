//! The sources that stand side by side, as they were compiled, and what a copy of one needs to be told.

use std::collections::BTreeMap;

use toml::Table;

use super::highlight::Language;

/// The columns, in order.
pub const TECHNIQUES: [&str; 4] = ["sequential", "threading", "multiprocessing", "asyncio"];

/// A source file of every technique.
pub struct Sources {
    /// Its path below `src`, without `.rs`.
    pub path: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// The workloads that are done by it, or the probe.
    pub workloads: &'static [&'static str],
    /// The text, for each of [`TECHNIQUES`].
    pub texts: [&'static str; 4],
    /// That of its twin in Python.
    pub pythons: [&'static str; 4],
}

macro_rules! sources {
    ($($folder:literal / $name:literal, $about:literal, $workloads:expr;)*) => {
        /// All files that every technique has.
        pub const ALL: &[Sources] = &[$(Sources {
            path: concat!($folder, "/", $name),
            about: $about,
            workloads: &$workloads,
            texts: [
                include_str!(concat!("../../../../sequential/src/", $folder, "/", $name, ".rs")),
                include_str!(concat!("../../../../threading/src/", $folder, "/", $name, ".rs")),
                include_str!(concat!("../../../../multiprocessing/src/", $folder, "/", $name, ".rs")),
                include_str!(concat!("../../../../asyncio/src/", $folder, "/", $name, ".rs")),
            ],
            pythons: [
                include_str!(concat!("../../../python/story/sequential/", $name, ".py")),
                include_str!(concat!("../../../python/story/threading/", $name, ".py")),
                include_str!(concat!("../../../python/story/multiprocessing/", $name, ".py")),
                include_str!(concat!("../../../python/story/asyncio/", $name, ".py")),
            ],
        }),*];
    };
}

sources! {
    "workloads" / "waiter", "Five tables, one waiter", ["waiter"];
    "workloads" / "download", "I/O bound: pages to wait for", ["hello", "sites", "cats"];
    "workloads" / "compute", "CPU bound: numbers to crunch", ["lists", "squares", "hashes"];
    "probes" / "sleepers", "How many at once?", ["sleepers"];
    "probes" / "ticker", "Who decides when to switch?", ["ticker"];
    "probes" / "pingpong", "What does a message cost?", ["pingpong"];
    "probes" / "crash", "What does one crash take with it?", ["crash"];
    "probes" / "race", "May another come in the middle of x = x + 1?", ["race"];
}

/// What asyncio downloads with, beside its three files.
const SESSION: &str = include_str!("../../../../asyncio/src/session.rs");

impl Sources {
    /// The three files of the workloads.
    pub fn workloads() -> impl Iterator<Item = &'static Self> {
        ALL.iter()
            .filter(|sources| sources.path.starts_with("workloads/"))
    }

    /// The file that does this workload or probe.
    pub fn of(workload: &str) -> Option<&'static Self> {
        ALL.iter()
            .find(|sources| sources.workloads.contains(&workload) || sources.name() == workload)
    }

    /// The file's name, without `.rs`.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The text of a technique.
    pub fn text(&self, technique: &str) -> Option<&'static str> {
        let place = TECHNIQUES.iter().position(|name| *name == technique)?;
        Some(self.texts[place])
    }

    /// The file to take away, in either language: the text, byte for byte, below a header that says what it needs.
    pub fn portable(&self, language: Language, technique: &str) -> Option<String> {
        match language {
            Language::Rust => self.portable_rust(technique),
            Language::Python => self.portable_python(technique),
        }
    }

    fn portable_python(&self, technique: &str) -> Option<String> {
        let place = TECHNIQUES.iter().position(|name| *name == technique)?;
        let (text, name) = (self.pythons[place], self.name());
        let packages: String = ["requests", "aiohttp"]
            .into_iter()
            .filter(|package| {
                text.contains(&format!("import {package}"))
                    || text.contains(&format!("from {package}"))
            })
            .map(|package| format!("#\n#     pip install {package}\n"))
            .collect();
        Some(format!(
            "# shared/python/story/{technique}/{name}.py of \"The concurrency story, measured\".\n\
             # It imports the work itself, jobs and receipts, from the package `story` in shared/python of that repository.\n\
             {packages}\n{text}"
        ))
    }

    fn portable_rust(&self, technique: &str) -> Option<String> {
        let text = self.text(technique)?;
        let (path, name) = (self.path, self.name());
        let mut header = format!(
            "// {technique}/src/{path}.rs of \"The concurrency story, measured\".\n\
             //\n\
             // In a project of its own, beside a copy of that repository called `story`, it needs\n\
             //\n"
        );
        // What comes along has needs too.
        let session = if text.contains("crate::session") {
            SESSION
        } else {
            ""
        };
        for line in needs(technique, &format!("{text}{session}")) {
            header += &format!("//     {line}\n");
        }
        header += &format!(
            "//\n// and `mod {name};` in main.rs. `shared` has the work itself: jobs, pages, tables, receipts.\n"
        );
        if !session.is_empty() {
            header += &format!("// `crate::session` is {technique}/src/session.rs: copy it too.\n");
        }
        if technique == "multiprocessing" {
            header += "// Functions that run in another process are listed in `multiprocessing::init(tasks![...])`, first thing in main.\n";
        }
        Some(format!("{header}\n{text}"))
    }
}

/// The commands that add the crates which `text` names, as this workspace uses them.
fn needs(technique: &str, text: &str) -> Vec<String> {
    let workspace = table(include_str!("../../../../Cargo.toml"));
    let manifest = table(match technique {
        "sequential" => include_str!("../../../../sequential/Cargo.toml"),
        "threading" => include_str!("../../../../threading/Cargo.toml"),
        "multiprocessing" => include_str!("../../../../multiprocessing/Cargo.toml"),
        _ => include_str!("../../../../asyncio/Cargo.toml"),
    });
    let known = workspace["workspace"]["dependencies"]
        .as_table()
        .into_iter()
        .flatten();
    let named = known.filter(|(name, _)| {
        let path = format!("{}::", name.replace('-', "_"));
        text.match_indices(&path).any(|(place, _)| {
            !text[..place].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
        })
    });

    let mut commands = Vec::new();
    // Crates by what is to be said of their features.
    let mut plain: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, dependency) in named {
        if dependency.get("path").is_some() {
            commands.push(format!("cargo add --path ../story/{name}"));
            continue;
        }
        let own = manifest
            .get("dependencies")
            .and_then(|table| table.get(name));
        let mut features = [Some(dependency), own]
            .into_iter()
            .flatten()
            .flat_map(features)
            .collect::<Vec<_>>();
        features.sort();
        features.dedup();
        let mut options = String::new();
        if dependency
            .get("default-features")
            .and_then(|value| value.as_bool())
            == Some(false)
        {
            options += " --no-default-features";
        }
        if !features.is_empty() {
            options += &format!(" --features {}", features.join(","));
        }
        plain.entry(options).or_default().push(name.clone());
    }
    if text.contains("multiprocessing::") {
        commands.push("cargo add --path ../story/multiprocessing --no-default-features".to_owned());
    }
    commands.extend(
        plain
            .into_iter()
            .map(|(options, crates)| format!("cargo add {}{options}", crates.join(" "))),
    );
    commands
}

fn table(manifest: &str) -> Table {
    manifest.parse().expect("cargo has read this manifest")
}

fn features(dependency: &toml::Value) -> Vec<String> {
    let features = dependency
        .get("features")
        .and_then(|features| features.as_array());
    let features = features
        .into_iter()
        .flatten()
        .filter_map(|feature| feature.as_str());
    features.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_file_below_a_header_with_every_crate_that_it_names() {
        for sources in ALL {
            for technique in TECHNIQUES {
                let text = sources.text(technique).unwrap();
                let copy = sources.portable(Language::Rust, technique).unwrap();
                assert!(copy.ends_with(text));
                let header = &copy[..copy.len() - text.len()];
                assert!(
                    header
                        .lines()
                        .all(|line| line.is_empty() || line.starts_with("//"))
                );
                for line in text.lines().filter(|line| line.starts_with("use ")) {
                    let root = line[4..]
                        .split([':', ';'])
                        .next()
                        .unwrap()
                        .replace('_', "-");
                    let own = ["std", "crate", "tokio"].contains(&root.as_str())
                        && !header.contains("tokio");
                    assert!(
                        own || root == "std" || root == "crate" || header.contains(&root),
                        "{line}: {header}"
                    );
                }
            }
        }
    }

    #[test]
    fn features_are_asked_for_as_the_workspace_does() {
        let copy = |workload, technique| {
            Sources::of(workload)
                .unwrap()
                .portable(Language::Rust, technique)
                .unwrap()
        };
        let threads = copy("waiter", "threading");
        assert!(
            threads.contains("cargo add --path ../story/shared\n"),
            "{threads}"
        );
        assert!(
            threads.contains("cargo add anyhow crossbeam-channel\n"),
            "{threads}"
        );
        let tasks = copy("waiter", "asyncio");
        assert!(
            tasks.contains("cargo add tokio --features macros,"),
            "{tasks}"
        );
        assert!(
            tasks.contains("cargo add tracing --no-default-features --features attributes,"),
            "{tasks}"
        );
    }
}
