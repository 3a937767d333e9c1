//! What a snippet says of itself in its header.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The crates that have snippets, in the order of the table's columns.
pub const TECHNIQUES: [&str; 3] = ["threading", "multiprocessing", "asyncio"];

pub struct Snippet {
    pub technique: String,
    /// The file's name without its ending, which is Python's name for the primitive.
    pub stem: String,
    pub path: PathBuf,
    /// A line of Python and the same in Rust, from `//! Python: ...` and `//! Rust: ...`.
    pub lines: Option<(String, String)>,
    /// From `//! cargo add tokio --features full`: the arguments of each line.
    pub crates: Vec<Vec<String>>,
}

impl Snippet {
    pub fn read(technique: &str, path: PathBuf) -> anyhow::Result<Self> {
        let source = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let header = || {
            source
                .lines()
                .map_while(|line| line.strip_prefix("//!"))
                .map(str::trim)
        };

        let line = |language| header().find_map(|line| line.strip_prefix(language));
        let lines = line("Python:").zip(line("Rust:"));
        let crates = header()
            .filter_map(|line| line.strip_prefix("cargo add "))
            .map(|arguments| arguments.split_whitespace().map(String::from).collect());

        Ok(Snippet {
            technique: technique.to_owned(),
            stem: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            lines: lines.map(|(python, rust)| (python.trim().into(), rust.trim().into())),
            crates: crates.collect(),
            path,
        })
    }

    /// The name of its target, which must differ from those of the other techniques.
    pub fn name(&self) -> String {
        format!("{}-{}", self.technique, self.stem)
    }

    /// Whether it is a target of the workspace, and not what a button of the page copies.
    pub fn is_example(&self) -> bool {
        self.path.starts_with(workspace())
    }

    /// Its path from the README of this package.
    pub fn link(&self) -> String {
        format!("../../{}/examples/{}.rs", self.technique, self.stem)
    }
}

/// Every snippet of every technique, by technique and name.
pub fn all() -> anyhow::Result<Vec<Snippet>> {
    let mut snippets = Vec::new();
    for technique in TECHNIQUES {
        let folder = workspace().join(technique).join("examples");
        let mut paths = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            paths.push(entry?.path());
        }
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
        paths.sort();
        for path in paths {
            snippets.push(Snippet::read(technique, path)?);
        }
    }
    Ok(snippets)
}

/// The workspace from which this program was built.
pub fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .ancestors()
        .nth(2)
        .expect("this package lies two folders deep")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_gives_the_command_that_runs_its_snippet() {
        for snippet in all().unwrap() {
            let source = fs::read_to_string(&snippet.path).unwrap();
            let name = snippet.name();
            let command = format!("cargo run --example {name}");
            let header: Vec<_> = source
                .lines()
                .take_while(|line| line.starts_with("//!"))
                .collect();
            assert!(
                header
                    .iter()
                    .any(|line| line.trim_start_matches("//!").trim() == command),
                "{name}"
            );

            let manifest = workspace().join(snippet.technique).join("Cargo.toml");
            let target = format!("name = \"{name}\"\npath = \"examples/{}.rs\"", snippet.stem);
            assert!(
                fs::read_to_string(manifest).unwrap().contains(&target),
                "no target {name}"
            );
        }
    }

    #[test]
    fn a_snippet_is_at_most_60_lines_long_and_100_columns_wide() {
        for snippet in all().unwrap() {
            let source = fs::read_to_string(&snippet.path).unwrap();
            let lines = source.lines().count();
            assert!(lines <= 60, "{} has {lines} lines", snippet.name());
            let wide = source.lines().find(|line| line.chars().count() > 100);
            assert_eq!(wide, None, "{}", snippet.name());
        }
    }

    #[test]
    fn a_header_begins_with_a_sentence_and_ends_with_the_commands_for_a_copy() {
        for snippet in all().unwrap() {
            let source = fs::read_to_string(&snippet.path).unwrap();
            let header: Vec<_> = source
                .lines()
                .map_while(|line| line.strip_prefix("//!"))
                .collect();
            assert!(header[0].ends_with('.'), "{}", snippet.name());
            let (_, commands) = header.split_at(header.len() - snippet.crates.len() - 3);
            assert_eq!(
                commands[0],
                " Copied into src/main.rs of a new project it runs with:",
                "{}",
                snippet.name()
            );
            assert_eq!(
                commands.last(),
                Some(&"     cargo run"),
                "{}",
                snippet.name()
            );
        }
    }

    #[test]
    fn a_header_names_no_crate_that_its_snippet_does_not_use() {
        for snippet in all().unwrap() {
            let source = fs::read_to_string(&snippet.path).unwrap();
            for arguments in &snippet.crates {
                let library = match arguments[0].as_str() {
                    "multiprocessing-pool" => "multiprocessing",
                    name => name,
                };
                let path = format!("{}::", library.replace('-', "_"));
                assert!(
                    source.contains(&path),
                    "{} does not use {path}",
                    snippet.name()
                );
            }
        }
    }

    #[test]
    fn a_snippet_asserts_and_prints_and_its_line_of_rust_is_in_its_code() {
        for snippet in all().unwrap() {
            let source = fs::read_to_string(&snippet.path).unwrap();
            assert!(
                source.contains("assert"),
                "{} asserts nothing",
                snippet.name()
            );
            assert!(
                source.contains("println!"),
                "{} prints nothing",
                snippet.name()
            );
            let code: Vec<_> = source
                .lines()
                .filter(|line| !line.starts_with("//!"))
                .collect();
            let (python, rust) = snippet.lines.clone().unwrap_or_default();
            assert!(
                !python.is_empty() && !rust.is_empty(),
                "{} lacks a line `//! Python: ...` or `//! Rust: ...`",
                snippet.name()
            );
            assert!(
                code.join("\n").contains(&rust),
                "{} has no line {rust}",
                snippet.name()
            );
            for line in [python, rust] {
                let count = |bracket| line.matches(bracket).count();
                // Only the brace of a block that begins may be left open.
                let whole = count('(') == count(')') && count('[') == count(']');
                assert!(whole, "{} shows half a line: {line}", snippet.name());
            }
        }
    }
}
