//! Finds or builds the programs that do a reader's work, and makes its items.

use std::fs;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use ::work::Request;
use anyhow::Context;
use shared::download::{REDIRECTS, is_foreign};

use super::{Programs, build};
use crate::measure::python;
use crate::model::options::{self, wrong};
use crate::model::own::{Kind, Subject};
use crate::model::places;
use crate::model::source::{Handed, Items, Source};
use crate::output;
use crate::plan::own::{self as plan, Input};

/// Requests in flight to another machine, unless the reader says otherwise.
pub const POLITE: usize = 5;

/// Requests for an address that leads to no other: two looks at it, each alone and with the others, and four techniques three times
/// and once before; or one from each technique, if each is to be done `once`.
pub fn each(once: bool) -> usize {
    if once { 4 } else { 20 }
}

/// What is measured, ready to run.
pub struct Work {
    /// What it is.
    pub subject: Subject,
    /// The technique.
    pub programs: Programs,
    /// What makes its items.
    pub request: Request,
    /// Where its files are.
    pub folder: PathBuf,
    /// What a program to take along is made of.
    pub handed: Handed,
    /// Requests to other machines that may be made in all, where they would be.
    pub requests: Option<usize>,
}

/// Finds or builds the programs and the items.
///
/// # Errors
///
/// If there are none, or a file does not compile; in a line that says what to do.
pub fn prepare(
    options: &options::Work,
    input: Input,
    interrupt: impl AsFd + Copy,
) -> anyhow::Result<Work> {
    let own = places::programs()?;
    let place = |name: &str| -> anyhow::Result<PathBuf> {
        let folder = places::own()?.join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot write {}", folder.display()))?;
        Ok(folder)
    };
    let lines = || plan::items(options.items.as_deref());
    let needed = |work: &str| -> anyhow::Result<Vec<String>> {
        lines()?.ok_or_else(|| {
            wrong(format!(
                "{work} needs items: ITEMS='photos/*.jpg', or lines on standard input"
            ))
            .into()
        })
    };
    let mut request = Request::default();
    Ok(match input {
        Input::New => unreachable!("a file is written, not measured"),
        Input::Command(template) => {
            let lines = needed("a command")?;
            let commands = lines.iter().enumerate();
            request.commands = commands
                .map(|(number, line)| template.command(line, number))
                .collect();
            Work {
                subject: subject(Kind::Command, &options.work, true),
                programs: Programs::Native {
                    folder: own.clone(),
                    name: "work".to_owned(),
                    own,
                },
                request,
                folder: place("command")?,
                handed: Handed::Command(template.words().to_vec(), options.items.clone()),
                requests: None,
            }
        }
        Input::Addresses(urls) => {
            if options.items.is_some() {
                return Err(
                    wrong("ITEMS is for functions and commands: addresses are items").into(),
                );
            }
            let here = !urls.iter().all(is_foreign);
            let foreign = urls.iter().any(is_foreign);
            if foreign {
                // The first may lead to others before it is known how many it takes.
                let each = each(options.once).max(1 + REDIRECTS);
                if options.requests < each {
                    return Err(wrong(format!(
                        "REQUESTS={}: an address takes {each} requests, so no fewer are allowed",
                        options.requests
                    ))
                    .into());
                }
                let width = options.workers.iter().copied().max().unwrap_or(POLITE);
                output::print(&format!(
                    "Addresses on other machines: at most {width} requests at once and {} in all; WORKERS and REQUESTS change \
                        that.\n",
                    options.requests
                ))?;
            }
            Work {
                subject: subject(Kind::Addresses, &options.work, true),
                programs: Programs::Downloads { own, urls, here },
                request,
                folder: place("addresses")?,
                handed: Handed::Addresses(options.work.clone()),
                requests: foreign.then_some(options.requests),
            }
        }
        Input::Python(file) => {
            let name = options.python.as_deref().unwrap_or("python3");
            let (interpreter, description) = python::interpreter(name)?;
            let text = fs::read_to_string(&file)
                .map_err(|error| wrong(format!("{file} cannot be read: {error}")))?;
            let defines = |name: &str| text.lines().any(|line| line.starts_with(name));
            if defines("def item(") && !defines("def items(") {
                request.lines = needed("`def item`")?;
            }
            Work {
                subject: Subject {
                    global_lock: !description.free_threading,
                    ..subject(Kind::Python, &file, defines("async def work_async("))
                },
                programs: Programs::Python {
                    interpreter,
                    script: places::twins()?.join("own.py"),
                    file: fs::canonicalize(&file)?,
                    description,
                },
                request,
                folder: place(&stem(&file))?,
                handed: Handed::Python {
                    beside: imported_from(&file, &text)?,
                    text,
                    interpreter: name.to_owned(),
                    patterns: options.items.clone(),
                },
                requests: None,
            }
        }
        Input::Rust(file) => {
            let text = fs::read_to_string(&file)
                .map_err(|error| wrong(format!("{file} cannot be read: {error}")))?;
            let source = Source::of(&file, text)?;
            if let Items::Lines { .. } = source.items {
                request.lines = needed("`fn item`")?;
            } else if options.items.is_some() {
                return Err(
                    wrong(format!("ITEMS is for `fn item`, and {file} has `fn items`")).into(),
                );
            }
            let folder = place(&stem(&file))?;
            eprintln!("building {file} in four programs: half a minute the first time");
            let programs = build::build(&file, &source, &folder, interrupt)?;
            Work {
                subject: subject(Kind::Rust, &file, source.awaited.is_some()),
                programs: Programs::Native {
                    folder: programs,
                    name: build::name(&folder),
                    own,
                },
                request,
                folder,
                handed: Handed::Rust(source, options.items.clone()),
                requests: None,
            }
        }
    })
}

fn subject(kind: Kind, name: &str, awaits: bool) -> Subject {
    Subject {
        kind,
        name: name.to_owned(),
        awaits,
        global_lock: false,
    }
}

/// The folder of a file of Python that imports modules from there.
fn imported_from(file: &str, text: &str) -> anyhow::Result<Option<String>> {
    let folder = fs::canonicalize(file)?;
    let folder = folder.parent().unwrap_or(Path::new("/"));
    let beside = text.lines().any(|line| {
        let mut words = line.split([' ', '.', ',']);
        let module = matches!(words.next(), Some("import" | "from")).then(|| words.next());
        module.flatten().is_some_and(|name| {
            !name.is_empty()
                && (folder.join(format!("{name}.py")).is_file() || folder.join(name).is_dir())
        })
    });
    Ok(beside.then(|| folder.display().to_string()))
}

/// A file's name as that of a folder.
fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem().unwrap_or_default();
    let plain = |sign: char| match sign.is_ascii_alphanumeric() {
        true => sign,
        false => '-',
    };
    let name: String = stem.to_string_lossy().chars().map(plain).collect();
    // A folder of programs, and that of a command, are beside it.
    match name.as_str() {
        "build" | "command" | "addresses" => format!("my-{name}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_called_as_the_file() {
        assert_eq!(stem("some/my thumbs.rs"), "my-thumbs");
        assert_eq!(stem("build.rs"), "my-build");
    }
}
