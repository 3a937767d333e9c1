//! Do with every snippet what its reader does: run it here, start a project, add the crates that the
//! header names, paste, run. The same with what the page's buttons copy.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use anyhow::{Context, bail, ensure};

use crate::snippet::{self, Snippet, workspace};

/// The folder of the clone, as the headers have it.
const CLONE: &str = "story";

/// Seconds that a snippet may run before it counts as hanging.
const LIMIT: &str = "60";

/// Lines that a snippet prints.
const LINES: RangeInclusive<usize> = 2..=6;

/// Columns of the widest line that a snippet prints.
const WIDTH: usize = 79;

/// # Errors
///
/// If a snippet does not run to success in the workspace, or alone in its project does not build
/// without warnings or does not run to success, or prints what no reader wants: see [`read`].
pub fn run(filter: &str) -> anyhow::Result<()> {
    let mut snippets = snippet::all()?;
    let folder = tempfile::tempdir()?;
    snippets.extend(copies(folder.path())?);
    snippets.retain(|snippet| snippet.name().contains(filter));
    ensure!(
        !snippets.is_empty(),
        "no snippet is called {filter}: see examples/ of each technique"
    );

    let versions = locked_versions()?;
    let target = target()?;
    // Outside the workspace, or cargo takes them for its members.
    let projects = tempfile::tempdir()?;
    // Where the headers find the library: a reader's project lies beside a clone of this one.
    symlink(workspace(), projects.path().join(CLONE))?;
    let mut failures: Vec<String> = Vec::new();
    for snippet in &snippets {
        let name = snippet.name();
        print!("{name:<34}");
        io::stdout().flush()?;

        let start = Instant::now();
        match prove(snippet, projects.path(), &target, &versions) {
            Ok(()) => println!("ok      {:5.1} s", start.elapsed().as_secs_f32()),
            Err(error) => {
                println!("FAILED  {:5.1} s", start.elapsed().as_secs_f32());
                failures.push(format!("---- {name} ----\n{error:#}"));
            }
        }
    }

    for failure in &failures {
        println!("\n{failure}");
    }
    let passed = snippets.len() - failures.len();
    println!("\n{passed} passed, {} failed", failures.len());
    ensure!(
        failures.is_empty(),
        "not every snippet survives copying: see above"
    );
    Ok(())
}

/// What the copy buttons of the page copy: a workload of each technique as a program of its own.
fn copies(folder: &Path) -> anyhow::Result<Vec<Snippet>> {
    let mut write = cargo("run", workspace());
    write.args(["--bin", "compare", "--", "copies"]).arg(folder);
    succeed(&mut write)?;
    let mut copies = Vec::new();
    for entry in fs::read_dir(folder)? {
        let mut copy = Snippet::read("", entry?.path())?;
        let (technique, workload) = copy.stem.rsplit_once('-').context("a copy has two names")?;
        (copy.technique, copy.stem) = (technique.to_owned(), format!("copied-{workload}"));
        copies.push(copy);
    }
    copies.sort_by_key(Snippet::name);
    ensure!(copies.len() >= 12, "the page has {} copies", copies.len());
    Ok(copies)
}

fn prove(
    snippet: &Snippet,
    projects: &Path,
    target: &Path,
    versions: &BTreeMap<String, String>,
) -> anyhow::Result<()> {
    // Cargo refuses a package that depends on one of its own name, which one snippet's is.
    let name = format!("copy-of-{}", snippet.name());
    succeed(cargo("new", projects).args(["--vcs=none", &name]))?;

    let project = &projects.join(&name);
    for arguments in &snippet.crates {
        succeed(&mut add(arguments, project, versions)?)?;
    }
    // The versions that the workspace was tested with, so that this proof does not age.
    fs::copy(workspace().join("Cargo.lock"), project.join("Cargo.lock"))?;
    fs::copy(&snippet.path, project.join("src/main.rs"))?;

    let strictly = |command: &mut Command| {
        command
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("RUSTFLAGS", "--deny warnings");
    };
    let mut build = cargo("build", project);
    strictly(&mut build);
    succeed(&mut build)?;
    // Built already: `cargo run` becomes the program, wherever cargo has put it.
    let mut run = timed(project, &[]);
    strictly(&mut run);
    let alone = succeed(&mut run)?;
    if !snippet.is_example() {
        return Ok(());
    }
    // The header's other command, here in the workspace, where crates have more features.
    let arguments = ["--example", &snippet.name()];
    let here = succeed(&mut timed(workspace(), &arguments))?;
    for output in [alone, here] {
        read(&output)?;
    }
    Ok(())
}

/// `cargo run` within [`LIMIT`], for a reader who wants backtraces.
fn timed(folder: &Path, arguments: &[&str]) -> Command {
    let mut run = Command::new("timeout");
    run.args([LIMIT, env!("CARGO"), "run", "--quiet"])
        .args(arguments)
        .env("RUST_BACKTRACE", "1")
        .current_dir(folder);
    run
}

/// What a snippet prints is two lines or more, which fit a screen. Its panics are expected: no
/// backtrace and no other error disturbs the reader.
fn read(output: &Output) -> anyhow::Result<()> {
    let printed = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<_> = printed.lines().collect();
    ensure!(
        LINES.contains(&lines.len()),
        "it prints {} lines, and not {} to {}:\n{printed}",
        lines.len(),
        LINES.start(),
        LINES.end()
    );
    if let Some(line) = lines.iter().find(|line| line.chars().count() > WIDTH) {
        bail!("a line is wider than {WIDTH} columns:\n{line}");
    }
    ensure!(
        output.stderr.is_empty(),
        "it complains:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// The header's `cargo add`: as it stands where it names a path, else at the version of the workspace.
fn add(
    arguments: &[String],
    project: &Path,
    versions: &BTreeMap<String, String>,
) -> anyhow::Result<Command> {
    let [name, options @ ..] = arguments else {
        bail!("`cargo add` without a crate")
    };
    let mut add = cargo("add", project);
    if options.iter().any(|option| option == "--path") {
        add.args(arguments);
    } else {
        let version = versions.get(name);
        let version = version.with_context(|| format!("the workspace does not know {name}"))?;
        add.arg(format!("{name}@{version}")).args(options);
    }
    Ok(add)
}

/// The version of each crate in the workspace's Cargo.lock, the highest where there are several.
fn locked_versions() -> anyhow::Result<BTreeMap<String, String>> {
    let lock = fs::read_to_string(workspace().join("Cargo.lock"))?;
    let lines: Vec<_> = lock.lines().collect();
    let packages = lines.windows(2).filter_map(|pair| {
        let name = pair[0].strip_prefix("name = ")?;
        let version = pair[1].strip_prefix("version = ")?;
        Some((
            name.trim_matches('"').into(),
            version.trim_matches('"').into(),
        ))
    });
    // cargo sorts them, so the highest comes last and stays.
    Ok(packages.collect())
}

/// One for all projects, so that each crate is compiled once: in the workspace's own, which cargo knows.
fn target() -> anyhow::Result<PathBuf> {
    let mut metadata = cargo("metadata", workspace());
    let output = metadata.args(["--no-deps", "--format-version=1"]).output();
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.context("cannot run cargo metadata")?.stdout)
            .context("cargo metadata describes no workspace")?;
    let folder = metadata["target_directory"].as_str();
    let folder = folder.context("cargo metadata names no target directory")?;
    Ok(Path::new(folder).join("snippets"))
}

fn cargo(command: &str, folder: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([command, "--quiet"]).current_dir(folder);
    cargo
}

/// Run it to success, or fail with all that it said.
fn succeed(command: &mut Command) -> anyhow::Result<Output> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {command:?}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = [output.stdout, output.stderr].concat();
    bail!(
        "{command:?}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&said).trim_end()
    )
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;

    fn reads(stdout: &str, stderr: &str) -> anyhow::Result<()> {
        read(&Output {
            status: ExitStatus::default(),
            stdout: stdout.into(),
            stderr: stderr.into(),
        })
    }

    #[test]
    fn a_snippet_prints_a_few_short_lines_and_nothing_beside_them() {
        let wide = "ü".repeat(WIDTH);
        reads(&format!("soup\n{wide}\n"), "").unwrap();
        for (stdout, stderr, reason) in [
            ("", "", "0 lines"),
            ("soup\n", "", "1 lines"),
            (&"soup\n".repeat(7), "", "7 lines"),
            (&format!("soup\n{wide}n\n"), "", "wider"),
            ("soup\nroast\n", "stack backtrace:\n", "complains"),
        ] {
            let error = reads(stdout, stderr).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
