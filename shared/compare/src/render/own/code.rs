//! What a reader takes along: for a file a program around it in the fastest technique's way, for commands and addresses a line.

mod line;
mod python;

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use syn::Item;
use syn::spanned::Spanned;

use crate::model::own::{Own, Program};
use crate::model::places;
use crate::model::source::{Handed, Items, Source};
use crate::model::store;
use crate::model::technique::Contestant::{self, *};

/// Writes what the reader takes along: their work with `winner`.
///
/// # Errors
///
/// If a file cannot be read or written.
pub fn write(
    own: &Own,
    winner: Contestant,
    handed: &Handed,
    folder: &Path,
) -> anyhow::Result<Program> {
    let workers = own.workers.get(&winner).copied().unwrap_or(1);
    match handed {
        Handed::Rust(source, patterns) => {
            let files = package(own, winner, source, folder)?;
            let path = near(&folder.join("program"));
            let input = match source.items {
                Items::All { .. } => String::new(),
                Items::Lines { .. } => input(patterns.as_deref()),
            };
            let manifest = line::quoted(&format!("{path}/Cargo.toml"));
            Ok(Program {
                command: format!("{input}cargo run --release --manifest-path {manifest}"),
                path: Some(path),
                files,
            })
        }
        Handed::Python {
            text,
            beside,
            interpreter,
            patterns,
        } => {
            let program = python::program(own, winner, text, beside.as_deref());
            let name = "program.py".to_owned();
            store::write(&folder.join(&name), &program)?;
            let path = near(&folder.join(&name));
            let input = match python::reads_lines(text) {
                true => input(patterns.as_deref()),
                false => String::new(),
            };
            let [python, script] = [interpreter, &path].map(|word| line::quoted(word));
            Ok(Program {
                command: format!("{input}{python} {script}"),
                path: Some(path),
                files: vec![(name, program)],
            })
        }
        Handed::Command(words, patterns) => {
            Ok(alone(line::command(words, patterns.as_deref(), workers)))
        }
        Handed::Addresses(name) => {
            let program = near(&places::programs()?.join(winner.program()));
            let line = line::addresses(name, Path::new(&program), winner, workers);
            Ok(alone(line))
        }
    }
}

/// A line that needs no file.
fn alone(command: String) -> Program {
    Program {
        command,
        path: None,
        files: Vec::new(),
    }
}

/// What hands items to a program's standard input.
fn input(patterns: Option<&str>) -> String {
    match patterns {
        Some(patterns) => format!("printf '%s\\n' {patterns} | "),
        None => "… | ".to_owned(),
    }
}

/// A path as it is called from here.
fn near(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Writes a package that does the reader's work with `winner`, and returns its files.
fn package(
    own: &Own,
    winner: Contestant,
    source: &Source,
    folder: &Path,
) -> anyhow::Result<Vec<(String, String)>> {
    let package = folder.join("program");
    let _ = fs::remove_dir_all(&package);
    fs::create_dir_all(package.join("src"))
        .with_context(|| format!("cannot write {}", package.display()))?;
    let workspace = places::workspace()?;
    let technique = fs::read_to_string(workspace.join(format!("{winner}/src/work.rs")))?;
    let wanted = match (winner, own.subject.awaits) {
        (Asyncio, false) => "offload",
        _ => "run",
    };
    let workers = own.workers.get(&winner).copied().unwrap_or(1);
    let files = [
        ("src/main.rs", program(source, winner, wanted, workers)),
        ("src/technique.rs", module(&technique, wanted, winner)?),
        ("Cargo.toml", manifest(winner, folder)?),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text));
    for (name, text) in &files {
        store::write(&package.join(name), text)?;
    }
    if let Ok(lock) = fs::read_to_string(folder.join("Cargo.lock")) {
        store::write(&package.join("Cargo.lock"), &lock)?;
    }
    Ok(files.into())
}

/// The packages that the technique needs, beside those of the reader's file.
fn manifest(winner: Contestant, folder: &Path) -> anyhow::Result<String> {
    let measured = fs::read_to_string(folder.join("Cargo.toml"))?;
    let needless: &[&str] = match winner {
        Threading => &["multiprocessing-pool", "tokio"],
        Multiprocessing => &["rayon", "tokio"],
        Asyncio => &["multiprocessing-pool", "rayon"],
        _ => &["multiprocessing-pool", "rayon", "tokio"],
    };
    // What the measuring alone needs; and what the reader's file names stays, whatever it is.
    let measuring = ["postcard", "rustix", "serde_json", "sha2"];
    let own = fs::read_to_string(folder.join("src/mine.rs"))?;
    let named = |name: &str| own.contains(&format!("{}::", name.replace('-', "_")));
    let keeps = |line: &str| {
        let name = line.split([' ', '.']).next().unwrap_or_default();
        !(needless.contains(&name) || measuring.contains(&name)) || named(name)
    };
    let lines = measured.lines().filter(|line| keeps(line));
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    let text = text.replace("\n[lib]\nname = \"work\"\n", "");
    Ok(text.replace("name = \"work-", "name = \"my-"))
}

/// The technique's file as a module: without its `main`, and with the reader's names in place of the measured ones.
fn module(text: &str, wanted: &str, winner: Contestant) -> anyhow::Result<String> {
    let file = syn::parse_file(text).context("a technique's file is no Rust")?;
    let mut dropped = Vec::new();
    for item in &file.items {
        let drop = match item {
            Item::Fn(function) => function.sig.ident != wanted,
            Item::Use(_) => false,
            _ => bail!("a technique's file holds more than functions"),
        };
        if drop {
            dropped.push(item.span().start().line..=item.span().end().line);
        }
    }
    let kept = text
        .lines()
        .enumerate()
        .filter(|(number, _)| !dropped.iter().any(|lines| lines.contains(&(number + 1))));
    let mut module = String::new();
    for (_, line) in kept {
        let line = match line {
            "use std::process::ExitCode;" => continue,
            line if line.starts_with("use work::") => imports(wanted, winner).to_owned(),
            line => line.to_owned(),
        };
        if line.is_empty() && module.ends_with("\n\n") {
            continue;
        }
        module += &line;
        module.push('\n');
    }
    let module = module.replace(&format!("\nfn {wanted}("), &format!("\npub fn {wanted}("));
    let module = match winner {
        Multiprocessing => module.replace(
            "use multiprocessing::{Pool, tasks};",
            "use multiprocessing::Pool;",
        ),
        Asyncio if wanted == "run" => module
            .replace("spawn, spawn_blocking", "spawn")
            .replace("{spawn}", "spawn"),
        Asyncio => module
            .replace("spawn, spawn_blocking", "spawn_blocking")
            .replace("{spawn_blocking}", "spawn_blocking"),
        _ => module,
    };
    Ok(module.trim_end().to_owned() + "\n")
}

/// What the technique calls, by names that a reader's file hardly has.
fn imports(wanted: &str, winner: Contestant) -> &'static str {
    match (winner, wanted) {
        (Asyncio, "run") => {
            "use crate::{WorkAnswer as Answer, WorkItem as Item, work_on as unit_async};"
        }
        _ => "use crate::{WorkAnswer as Answer, WorkItem as Item, work_on as unit};",
    }
}

/// The reader's file, with a `main` that does its work.
fn program(source: &Source, winner: Contestant, wanted: &str, workers: usize) -> String {
    let awaits = winner == Asyncio && wanted == "run";
    let answer = match (&source.awaited, awaits) {
        (Some(awaited), true) => awaited,
        _ => &source.answer,
    };
    let call = if awaits {
        "work_async(item).await"
    } else {
        "work(item)"
    };
    let attempt = match answer.fallible {
        true => format!("{call}.map_err(|error| error.to_string())"),
        false => format!("Ok({call})"),
    };
    let unit = if awaits { "async fn" } else { "fn" };
    let items = match source.items {
        Items::All { fallible: false } => "let items = items();".to_owned(),
        Items::All { fallible: true } => "let items = items()?;".to_owned(),
        Items::Lines { fallible, owned } => {
            let line = if owned { "line?" } else { "&line?" };
            let question = if fallible { "?" } else { "" };
            format!(
                "let mut items = Vec::new();\n    for line in std::io::stdin().lines() {{\n        items.push(item({line}){question});\n    }}"
            )
        }
    };
    let init = match winner {
        Multiprocessing => "    multiprocessing::init(multiprocessing::tasks![work_on]);\n",
        _ => "",
    };
    let unused = match (awaits, &source.awaited) {
        (true, _) => "work",
        (false, Some(_)) => "work_async",
        (false, None) => "",
    };
    let allowed = match unused {
        "" => String::new(),
        _ => format!(
            "// `{unused}` is the form that other techniques take.\n#![allow(dead_code)]\n\n"
        ),
    };
    let mut file = source.without_main();
    if !allowed.is_empty() {
        let header = file
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .count();
        let (head, rest): (Vec<_>, Vec<_>) = file
            .lines()
            .enumerate()
            .partition(|(number, _)| *number < header);
        let join = |lines: Vec<(usize, &str)>| {
            let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
            lines.join("\n")
        };
        let (head, rest) = (join(head), join(rest));
        let gap = if head.is_empty() { "" } else { "\n\n" };
        file = format!("{head}{gap}{allowed}{}\n", rest.trim_start());
    }
    format!(
        "{file}
mod technique;

type WorkItem = {item};
type WorkAnswer = std::result::Result<{good}, String>;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {{
{init}    {items}
    let answers = technique::{wanted}(items, {workers})?;
    let good = answers.iter().filter(|answer| answer.is_ok()).count();
    println!(\"{{good}} of {{}} items have an answer\", answers.len());
    Ok(())
}}

{unit} work_on(item: WorkItem) -> WorkAnswer {{
    {attempt}
}}
",
        item = source.item,
        good = answer.good,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "//! Mine.\n\nfn items() -> Vec<u64> {\n    vec![1]\n}\n\nfn work(item: u64) -> Result<u64, String> {\n    Ok(item)\n}\n\nasync fn work_async(item: u64) -> u64 {\n    item\n}\n\nfn main() {\n    work(1).unwrap();\n}\n";

    #[test]
    fn a_program_is_the_readers_file_with_a_main_of_its_own() {
        let source = Source::of("mine.rs", FILE.to_owned()).unwrap();
        let threads = program(&source, Threading, "run", 2);
        assert!(
            threads.starts_with("//! Mine.\n\n// `work_async` is the form"),
            "{threads}"
        );
        assert!(threads.contains("technique::run(items, 2)?"), "{threads}");
        assert_eq!(threads.matches("fn main()").count(), 1);
        let tasks = program(&source, Asyncio, "run", 8);
        assert!(tasks.contains(
            "async fn work_on(item: WorkItem) -> WorkAnswer {\n    Ok(work_async(item).await)"
        ));
        for text in [&threads, &tasks] {
            syn::parse_file(text).unwrap();
        }
    }

    #[test]
    fn a_techniques_file_becomes_a_module() {
        let text = include_str!("../../../../../asyncio/src/work.rs");
        let tasks = module(text, "run", Asyncio).unwrap();
        assert!(
            tasks.contains("pub fn run(")
                && tasks.contains("WorkItem as Item, work_on as unit_async};"),
            "{tasks}"
        );
        assert!(
            !tasks.contains("spawn_blocking") && !tasks.contains("ExitCode"),
            "{tasks}"
        );
        let threads = module(text, "offload", Asyncio).unwrap();
        assert!(
            threads.contains("use tokio::task::spawn_blocking;"),
            "{threads}"
        );
    }
}
