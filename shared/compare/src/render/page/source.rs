//! The sources that stand side by side, as they were compiled, and what a copy of one needs.

use toml::Table;

use super::alone;
use super::highlight::Language;
use crate::model::places;
use crate::model::rows::{Family, Row};
use crate::model::technique::Contestant;

/// The columns, in order. That of the cluster stands behind them, where it has the file.
pub const TECHNIQUES: [&str; Contestant::CONCLUDED.len()] = Contestant::PROGRAMS;

/// The column of the cluster.
pub const CLUSTER: &str = Contestant::Cluster.name();

/// A source file of every technique.
pub struct Sources {
    /// Its path below `src`, without `.rs`.
    pub path: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// The workloads that are done by it, or the probe.
    pub families: &'static [Family],
    /// The text, for each of [`TECHNIQUES`].
    pub texts: [&'static str; TECHNIQUES.len()],
    /// Those of its twins in Python, if it has any.
    pub pythons: Option<[&'static str; 4]>,
    /// That of the cluster and its twin's, if it has any.
    pub cluster: Option<[&'static str; 2]>,
}

macro_rules! pythons {
    (twins $name:literal) => {
        Some([
            include_str!(concat!(
                "../../../../python/story/sequential/",
                $name,
                ".py"
            )),
            include_str!(concat!("../../../../python/story/threading/", $name, ".py")),
            include_str!(concat!(
                "../../../../python/story/multiprocessing/",
                $name,
                ".py"
            )),
            include_str!(concat!("../../../../python/story/asyncio/", $name, ".py")),
        ])
    };
    (alone $name:literal) => {
        None
    };
}

macro_rules! cluster {
    (nodes $folder:literal $name:literal) => {
        Some([
            include_str!(concat!(
                "../../../../../multiprocessing/cluster/src/",
                $folder,
                "/",
                $name,
                ".rs"
            )),
            include_str!(concat!("../../../../python/story/cluster/", $name, ".py")),
        ])
    };
    (none $folder:literal $name:literal) => {
        None
    };
}

macro_rules! sources {
    ($($folder:literal / $name:literal, $about:literal, $families:expr, $twins:ident, $cluster:ident;)*) => {
        /// All files that every technique of one machine has.
        pub const ALL: &[Sources] = &[$(Sources {
            path: concat!($folder, "/", $name),
            about: $about,
            families: &$families,
            texts: [
                include_str!(concat!("../../../../../sequential/src/", $folder, "/", $name, ".rs")),
                include_str!(concat!("../../../../../threading/src/", $folder, "/", $name, ".rs")),
                include_str!(concat!("../../../../../multiprocessing/src/", $folder, "/", $name, ".rs")),
                include_str!(concat!("../../../../../asyncio/src/", $folder, "/", $name, ".rs")),
            ],
            pythons: pythons!($twins $name),
            cluster: cluster!($cluster $folder $name),
        }),*];
    };
}

sources! {
    "workloads" / "waiter", "Five tables, one waiter", [Family::Waiter], twins, nodes;
    "workloads" / "download", "I/O bound: pages to wait for", Family::DOWNLOADS, twins, nodes;
    "workloads" / "compute", "CPU bound: numbers to compute", Family::COMPUTATIONS, twins, nodes;
    "workloads" / "serve", "A server: requests to answer", [Family::Serve], alone, none;
    "probes" / "sleepers", "How many at once?", [Family::Sleepers], twins, nodes;
    "probes" / "ticker", "Who decides when to switch?", [Family::Ticker], twins, nodes;
    "probes" / "switch", "What does a bare switch cost?", [Family::Switch], twins, none;
    "probes" / "pingpong", "What does a message cost?", [Family::Pingpong], twins, nodes;
    "probes" / "pingpong_spinning", "What does it cost between sides that look before they sleep?", [Family::Pingpong], twins, none;
    "probes" / "message", "What does a large message cost?", [Family::Message], twins, none;
    "probes" / "memory", "What does memory cost that both sides see?", [Family::Message], twins, none;
    "probes" / "crash", "What does one crash take with it?", [Family::Crash], twins, nodes;
    "probes" / "blocking", "What does a call that blocks stop?", [Family::Blocking], twins, nodes;
    "probes" / "race", "May another come in the middle of x = x + 1?", [Family::Race], twins, none;
}

impl Sources {
    /// The files of the workloads.
    pub fn workloads() -> impl Iterator<Item = &'static Self> {
        ALL.iter()
            .filter(|sources| sources.path.starts_with("workloads/"))
    }

    /// The file that does this workload or probe.
    pub fn of(workload: &str) -> Option<&'static Self> {
        let does = |family: &Family| family.to_string() == workload;
        ALL.iter()
            .find(|sources| sources.families.iter().any(does) || sources.name() == workload)
    }

    /// The rows that it does under its own name.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.families.iter().filter_map(|family| family.row())
    }

    /// The file's name, without `.rs`.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The text of a technique.
    pub fn text(&self, technique: &str) -> Option<&'static str> {
        if technique == CLUSTER {
            return self.cluster.map(|[text, _]| text);
        }
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
        let text = match technique {
            CLUSTER => self.cluster?[1],
            _ => {
                let place = TECHNIQUES.iter().position(|name| *name == technique)?;
                *self.pythons.as_ref()?.get(place)?
            }
        };
        let name = self.name();
        let packages: String = ["requests", "aiohttp", "celery"]
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

    /// A program of one file: a header that says what it needs, the text, byte for byte, and below it what the text calls. One for a
    /// cluster would be no program without a broker and nodes.
    fn portable_rust(&self, technique: &str) -> Option<String> {
        if technique == CLUSTER {
            return None;
        }
        let text = self.text(technique)?;
        let path = self.path;
        let nouns = alone::nouns(self.name(), technique)?;
        let main = alone::main(self.name(), technique);
        let program = format!("{text}{main}{nouns}");
        let needs = needs(technique, &program);
        Some(format!(
            "//! A program of its own, made from {technique}/src/{path}.rs of \"The concurrency story, measured\": that file as it is, \
             and\n//! below it, in brief, what it calls there. As src/main.rs of a new project it needs\n//!\n{}//!\n{program}",
            needs
                .iter()
                .map(|line| format!("//! {line}\n"))
                .collect::<String>()
        ))
    }
}

/// The commands that add the crates which `program` names, one each, as this workspace uses them.
fn needs(technique: &str, program: &str) -> Vec<String> {
    let workspace = table(include_str!("../../../../../Cargo.toml"));
    let manifest = table(match technique {
        "sequential" => include_str!("../../../../../sequential/Cargo.toml"),
        "threading" => include_str!("../../../../../threading/Cargo.toml"),
        "multiprocessing" => include_str!("../../../../../multiprocessing/Cargo.toml"),
        _ => include_str!("../../../../../asyncio/Cargo.toml"),
    });
    let named = |name: &str| {
        let path = format!("{}::", name.replace('-', "_"));
        program.match_indices(&path).any(|(place, _)| {
            !program[..place].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
        })
    };
    let mut commands = Vec::new();
    if named("multiprocessing") {
        // Where this clone is: the page is written on its reader's machine.
        let clone = places::workspace().unwrap_or_else(|_| "../story".into());
        let library = clone.join("multiprocessing/library");
        let library = library.display().to_string();
        let quote = if library.contains(char::is_whitespace) {
            "'"
        } else {
            ""
        };
        commands.push(format!(
            "cargo add multiprocessing-pool --path {quote}{library}{quote}"
        ));
    }
    let known = workspace["workspace"]["dependencies"].as_table();
    for (name, dependency) in known.into_iter().flatten() {
        // What the workspace calls by path is below.
        if dependency.get("path").is_some() || !named(name) {
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
        let mut command = format!("cargo add {name}");
        let default = dependency.get("default-features");
        if default.and_then(|value| value.as_bool()) == Some(false) {
            command += " --no-default-features";
        }
        if !features.is_empty() {
            command += &format!(" --features {}", features.join(","));
        }
        commands.push(command);
    }
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

    /// That it builds and runs is seen by `make snippets`.
    #[test]
    fn a_copy_holds_the_file_byte_for_byte_below_a_header_with_every_crate_that_it_names() {
        for sources in Sources::workloads() {
            for technique in TECHNIQUES {
                let text = sources.text(technique).unwrap();
                let Some(copy) = sources.portable(Language::Rust, technique) else {
                    assert_eq!(sources.name(), "serve", "it needs a client beside it");
                    continue;
                };
                let (header, rest) = copy.split_once(text).unwrap();
                assert!(header.lines().all(|line| line.starts_with("//!")));
                assert!(rest.contains("fn main()"), "{rest}");
                for line in text.lines().filter(|line| line.starts_with("use ")) {
                    let root = line[4..].split([':', ';']).next().unwrap();
                    let command = format!("//! cargo add {}", root.replace('_', "-"));
                    assert!(
                        ["std", "crate", "shared"].contains(&root) || header.contains(&command),
                        "{line}: {header}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_cluster_has_a_column_where_it_has_the_file_and_a_copy_in_python_alone() {
        let with: Vec<_> = ALL
            .iter()
            .filter(|sources| sources.text(CLUSTER).is_some())
            .map(Sources::name)
            .collect();
        let all = [
            "waiter", "download", "compute", "sleepers", "ticker", "pingpong", "crash", "blocking",
        ];
        assert_eq!(with, all);
        let waiter = Sources::of("waiter").unwrap();
        assert!(waiter.text(CLUSTER).unwrap().contains("broker::connect()"));
        assert_eq!(waiter.portable(Language::Rust, CLUSTER), None);
        let copy = waiter.portable(Language::Python, CLUSTER).unwrap();
        assert!(copy.contains("#     pip install celery\n"), "{copy}");
    }

    #[test]
    fn features_are_asked_for_as_the_workspace_does() {
        let copy = Sources::of("waiter").unwrap();
        let copy = copy.portable(Language::Rust, "asyncio").unwrap();
        for command in [
            "//! cargo add anyhow\n",
            "//! cargo add tokio --features macros,",
            "//! cargo add tracing --no-default-features --features attributes,",
        ] {
            assert!(copy.contains(command), "{copy}");
        }
    }
}
