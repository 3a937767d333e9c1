//! The programs that do a reader's work, and how they are asked and how they answer.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, anyhow};
use serde::de::DeserializeOwned;
use shared::cli;
use shared::download::is_foreign;
use shared::receipt::Answer;
use url::Url;
use work::{Done, Report, Request};

use crate::model::python::Description;
use crate::model::store::from_json;
use crate::model::technique::Contestant::{self, Subinterpreters};

/// The programs that do a reader's work.
#[derive(Clone, Debug)]
pub enum Programs {
    /// Those in this folder: the repository's own for commands, or those around a reader's function.
    Native {
        /// The folder.
        folder: PathBuf,
        /// What stands behind the technique's name in theirs.
        name: String,
        /// The repository's own, which know how to do nothing.
        own: PathBuf,
    },
    /// A script around a function in Python.
    Python {
        /// The interpreter.
        interpreter: OsString,
        /// The script.
        script: PathBuf,
        /// The reader's file.
        file: PathBuf,
        /// What the interpreter says of itself.
        description: Description,
    },
    /// The download programs in this folder.
    Downloads {
        /// The folder.
        own: PathBuf,
        /// The addresses.
        urls: Vec<Url>,
        /// Whether what answers may be on this machine: then what others take of it cannot be told from the work.
        here: bool,
    },
}

impl Programs {
    /// The command that does what `request` says, which is written to `path`.
    ///
    /// # Errors
    ///
    /// If the request cannot be written.
    pub fn command(
        &self,
        who: Contestant,
        request: &Request,
        path: &Path,
    ) -> anyhow::Result<Command> {
        if let (Self::Downloads { own, urls, .. }, None) = (self, request.nothing) {
            return Ok(download(&own.join(who.program()), urls, request));
        }
        let text = serde_json::to_string(request)?;
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(match self {
            Self::Native { folder, name, own } => {
                let program = match request.nothing {
                    Some(_) => own.join(format!("{who}-work")),
                    None => folder.join(format!("{who}-{name}")),
                };
                let mut command = Command::new(program);
                command.arg(path);
                command
            }
            Self::Downloads { own, .. } => {
                let mut command = Command::new(own.join(format!("{who}-work")));
                command.arg(path);
                command
            }
            Self::Python {
                interpreter,
                script,
                file,
                ..
            } => {
                let mut command = Command::new(interpreter);
                command.arg(script).arg(who.name()).arg(file).arg(path);
                command
            }
        })
    }

    /// The techniques that they are.
    pub fn techniques(&self) -> Vec<Contestant> {
        let mut techniques = Contestant::CONCLUDED.to_vec();
        if let Self::Python { description, .. } = self
            && description.interpreters
        {
            techniques.push(Subinterpreters);
        }
        techniques
    }

    /// Techniques that they might be and are not, each with the reason.
    pub fn left_out(&self) -> BTreeMap<Contestant, String> {
        let mut left_out = BTreeMap::new();
        if let Self::Python { description, .. } = self
            && !description.interpreters
        {
            let Description {
                implementation,
                version,
                ..
            } = description;
            let why = format!("{implementation} {version} has none; CPython 3.14 and newer do");
            left_out.insert(Subinterpreters, why);
        }
        left_out
    }

    /// Whether their pool of processes gives up all items when one of them ends its process.
    pub fn pool_breaks(&self) -> bool {
        matches!(self, Self::Python { .. })
    }

    /// How many addresses there are, if they are looked at one by one: a download does not say which page had which answer.
    pub fn one_by_one(&self) -> Option<usize> {
        match self {
            Self::Downloads { urls, .. } => Some(urls.len()),
            _ => None,
        }
    }

    /// Whether an address is on another machine.
    pub fn leave_this_machine(&self) -> bool {
        matches!(self, Self::Downloads { urls, .. } if urls.iter().any(is_foreign))
    }

    /// Whether what other programs take of the machine may be a part of the work.
    pub fn answered_here(&self) -> bool {
        matches!(self, Self::Downloads { here: true, .. })
    }

    /// What a program has printed.
    ///
    /// # Errors
    ///
    /// If it is no report.
    pub fn report(&self, request: &Request, stdout: &str) -> anyhow::Result<Report> {
        match (self, request.nothing) {
            (Self::Downloads { urls, .. }, None) => downloaded(parse(stdout)?, urls, request),
            _ if stdout.trim().is_empty() => {
                Err(anyhow!("ended with exit code 0, before its time"))
            }
            _ => parse(stdout),
        }
    }
}

/// The addresses that a request picks, by their numbers.
fn picked(urls: &[Url], request: &Request) -> Vec<usize> {
    match request.pick.is_empty() {
        true => (0..urls.len()).collect(),
        false => request.pick.clone(),
    }
}

fn download(program: &Path, urls: &[Url], request: &Request) -> Command {
    let mut command = Command::new(program);
    command.args(["sites", "--json", "--keep-going", "--tries", "1"]);
    command.arg(format!("--workers={}", request.workers));
    command.arg(format!("--repeat={}", request.repeat));
    let picked = picked(urls, request).into_iter();
    command.args(picked.map(|number| urls[number].as_str()));
    command
}

/// A download's receipt as a report. It counts failures and adds answers up, and does not say which of several pages had which.
fn downloaded(report: cli::Report, urls: &[Url], request: &Request) -> anyhow::Result<Report> {
    let numbers = picked(urls, request);
    let (receipt, passes) = (report.receipt, request.repeat.max(1));
    let mut kinds = Vec::new();
    for (outcome, count) in receipt.outcomes.troubles().iter() {
        kinds.extend(vec![outcome.to_string(); count as usize / passes]);
    }
    let sum = match receipt.answer {
        Answer::Checksum(sum) => sum / passes as u64,
        _ => 0,
    };
    let all_together = format!("{sum:016x}");
    let good = numbers.len().saturating_sub(kinds.len());
    let answers = (0..good).map(|_| Ok(all_together.clone()));
    let answers = answers.chain(kinds.into_iter().map(Err));
    let done = numbers.iter().zip(answers).map(|(item, answer)| Done {
        item: *item,
        answer,
        seconds: None,
    });
    Ok(Report {
        total: urls.len(),
        seconds: vec![report.seconds / passes as f64],
        seen: None,
        done: done.collect(),
        redirects: receipt.abroad / passes as u64,
    })
}

fn parse<T: DeserializeOwned>(stdout: &str) -> anyhow::Result<T> {
    from_json(stdout.as_bytes()).map_err(|error| anyhow!("printed no report: {error}"))
}
