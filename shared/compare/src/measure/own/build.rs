//! Builds the four programs around a reader's function.

use std::fs;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::measure::child::{Watch, run_to_end};
use crate::model::options::wrong;
use crate::model::places;
use crate::model::source::Source;
use crate::model::technique::Contestant;

/// The reader's file in the package, with what stands below it.
const FILE: &str = "src/mine.rs";

/// Builds the programs in `folder`, and returns the folder where they are.
///
/// # Errors
///
/// If the package cannot be written, or the compiler refuses it: in the compiler's own words about the reader's own lines.
pub fn build(
    name: &str,
    source: &Source,
    folder: &Path,
    interrupt: impl AsFd + Copy,
) -> anyhow::Result<PathBuf> {
    write(source, folder)?;
    for crates in &source.crates {
        let mut add = cargo("add", folder);
        add.args(crates);
        if let Err(said) = succeed(&mut add, interrupt)? {
            let line = last_error(&said);
            let message = format!("{name}: cargo add {}: {line}", crates.join(" "));
            return Err(wrong(message).into());
        }
    }
    let target = folder.parent().unwrap_or(folder).join("build");
    let mut build = cargo("build", folder);
    build.args([
        "--release",
        "--bins",
        "--message-format=json-render-diagnostics",
    ]);
    build.env("CARGO_TARGET_DIR", &target);
    let messages = match succeed(&mut build, interrupt)? {
        Ok(messages) => messages,
        Err(said) => bail!("{}", explained(name, &said)),
    };
    programs(&messages).context("cargo has built no programs")
}

/// The folder of the programs: cargo says where it has put them, which its configuration decides.
fn programs(messages: &str) -> Option<PathBuf> {
    let program = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    Some(program?.parent()?.to_owned())
}

/// Writes the package: `shared/work` with the reader's unit in place of its own, and the techniques' programs as they are.
fn write(source: &Source, folder: &Path) -> anyhow::Result<()> {
    let workspace = places::workspace()?;
    fs::create_dir_all(folder.join("src/bin"))?;
    let put = |path: &str, text: String| -> anyhow::Result<()> {
        let path = folder.join(path);
        // Cargo goes by times: what is the same as before stays as old as it is.
        if fs::read_to_string(&path).is_ok_and(|before| before == text) {
            return Ok(());
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let copy = |from: &str, to: &str| -> anyhow::Result<()> {
        let path = workspace.join(from);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        put(to, text)
    };
    // Packages of one name would be one for cargo, as they share a target folder.
    let name = name(folder);
    put("Cargo.toml", manifest(&name, &workspace))?;
    if !folder.join("Cargo.lock").exists() {
        copy("Cargo.lock", "Cargo.lock")?;
    }
    copy("shared/work/src/lib.rs", "src/lib.rs")?;
    copy("shared/work/src/program.rs", "src/program.rs")?;
    put("src/unit.rs", UNIT.to_owned())?;
    put(FILE, source.adapted())?;
    for technique in Contestant::CONCLUDED {
        copy(
            &format!("{technique}/src/work.rs"),
            &format!("src/bin/{technique}-{name}.rs"),
        )?;
    }
    Ok(())
}

/// The unit is the reader's, and need not pass the lints of this project.
const UNIT: &str = "#![allow(dead_code, unreachable_pub)]\n#[path = \"mine.rs\"]\nmod mine;\npub use mine::adapted::*;\n";

/// What tells this package and its programs from those around other files: the name of the folder.
pub fn name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn manifest(name: &str, workspace: &Path) -> String {
    let library = workspace.join("multiprocessing/library");
    format!(
        "[workspace]

[package]
name = \"work-{name}\"
version = \"0.1.0\"
edition = \"2024\"

[lib]
name = \"work\"

[dependencies]
anyhow = \"1\"
multiprocessing-pool = {{ path = {library:?} }}
postcard = {{ version = \"1\", default-features = false, features = [\"use-std\"] }}
rayon = \"1\"
rustix = {{ version = \"1\", features = [\"param\", \"time\"] }}
serde = {{ version = \"1\", features = [\"derive\"] }}
serde_json = \"1\"
sha2 = \"0.11\"
tokio = {{ version = \"1\", features = [\"fs\", \"io-util\", \"net\", \"process\", \"rt\", \"sync\", \"time\"] }}
"
    )
}

fn cargo(command: &str, folder: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([command, "--quiet"]).current_dir(folder);
    // What cargo says to this program of another package is not about this one.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") {
            cargo.env_remove(name);
        }
    }
    cargo
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_TARGET_DIR");
    cargo
}

/// Runs it to its end. What it has printed, or if it failed what it said.
fn succeed(command: &mut Command, interrupt: impl AsFd) -> anyhow::Result<Result<String, String>> {
    const WATCH: Watch = Watch {
        one_core: false,
        sampled: false,
        beside: &[],
        patience: Duration::from_secs(1800),
    };
    let (ran, _) = run_to_end(command, WATCH, interrupt)?;
    Ok(match ran {
        Ok(ran) if ran.failure.is_some() => Err(ran.stderr),
        Ok(ran) => Ok(ran.stdout),
        Err(outcome) => Err(outcome.failure().unwrap_or_default()),
    })
}

/// The compiler's words, with the reader's name for the file, and what to do where that is known.
fn explained(name: &str, said: &str) -> String {
    let mut text = format!("{name} does not compile:\n{}", said.trim_end()).replace(FILE, name);
    if said.contains("Serialize") || said.contains("Deserialize") {
        text += "\nItems and answers cross a border between processes: derive serde::Serialize and serde::Deserialize for \
                 their types, or return what matters of them.";
    }
    text
}

fn last_error(said: &str) -> String {
    let mut lines = said.lines().filter(|line| line.starts_with("error"));
    let line = lines.next().or(said.lines().next()).unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_where_cargo_says() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n\
            {\"reason\":\"compiler-artifact\",\"executable\":\"/a/riscv/release/asyncio-x\"}\n{\"reason\":\"build-finished\"}\n";
        assert_eq!(programs(messages), Some(PathBuf::from("/a/riscv/release")));
        assert_eq!(programs("{}\nnonsense\n"), None);
    }

    #[test]
    fn the_compilers_words_are_about_the_readers_file() {
        let said = explained(
            "my/own.rs",
            "error: oh\n --> src/mine.rs:3:5\n the trait `Serialize`\n",
        );
        assert!(said.contains(" --> my/own.rs:3:5"), "{said}");
        assert!(said.contains("derive serde::Serialize"), "{said}");
    }
}
