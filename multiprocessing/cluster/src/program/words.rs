//! The words of the command line: which command they name, and what is taken off them before anything else reads them.
//!
//! Any user of this machine sees the command line of a process for as long as it runs, so this program starts again with the broker's
//! address in its environment instead. And no error repeats a word that may have a password in it: the reading ends before.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use super::broker::{QUEUE, TLS_FILES, TlsFile, VARIABLE};
use super::commands::COMMANDS;
use super::{PROBES, WORKLOADS, usage};

/// What the words ask for.
#[derive(Debug, PartialEq)]
pub enum Choice {
    /// A command of this program alone.
    Own,
    /// The list of all commands.
    Help,
    /// A workload.
    Workload,
    /// What can be said to a workload.
    HelpOfWorkload,
}

/// The words, sorted.
#[derive(Debug, Default)]
struct Words {
    broker: Option<String>,
    /// Those of [`TLS_FILES`].
    files: [Option<String>; TLS_FILES.len()],
    queue: Option<String>,
    rest: Vec<OsString>,
}

/// Finds out what the words ask for. If they name the broker, a file that TLS is made with, or the queue of a workload, this program starts again without.
///
/// # Errors
///
/// If a flag has no value or two, a word may have a password in it, or there is no such command.
pub fn choose() -> Result<Choice> {
    let mut arguments = env::args_os();
    let program = arguments.next().unwrap_or_default();
    let mut words = Words::read(arguments)?;
    let choice = words.choice()?;
    let mut taken = Vec::new();
    taken.extend(words.broker.take().map(|broker| (VARIABLE, broker)));
    for (file, TlsFile { variable, .. }) in words.files.iter_mut().zip(TLS_FILES) {
        taken.extend(file.take().map(|file| (variable, file)));
    }
    match words.queue.take() {
        Some(queue) if choice == Choice::Own => words.rest.push(format!("--queue={queue}").into()),
        queue => taken.extend(queue.map(|queue| (QUEUE, queue))),
    }
    if taken.is_empty() {
        return Ok(choice);
    }
    let error = Command::new("/proc/self/exe")
        .arg0(program)
        .args(words.rest)
        .envs(taken)
        .exec();
    Err(error).context("cannot start again")
}

impl Words {
    fn read(words: impl IntoIterator<Item = OsString>) -> Result<Words> {
        let mut read = Words::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let text = word.to_string_lossy();
            let (flag, mut value) = match text.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (&*text, None),
            };
            let (place, form) = match flag {
                "--" => {
                    read.rest.push(word);
                    read.rest.extend(words);
                    break;
                }
                "--broker" => (&mut read.broker, "amqp://user:password@host:port/vhost"),
                "--queue" => (&mut read.queue, "the name of a queue"),
                _ => match TLS_FILES.iter().position(|file| file.option == flag) {
                    Some(place) => (&mut read.files[place], TLS_FILES[place].title),
                    None => {
                        read.rest.push(word);
                        continue;
                    }
                },
            };
            if value.is_none() {
                let next = words.next().map(|word| word.to_string_lossy().into_owned());
                value = next.filter(|it| !it.starts_with('-'));
            }
            let value = value.ok_or_else(|| usage(&format!("{flag} has a value: {form}")))?;
            if place.replace(value).is_some() {
                return Err(usage(&format!("{flag} is given twice")));
            }
        }
        let rest = read.rest.iter().map(|word| word.to_string_lossy());
        if rest
            .chain(read.queue.as_deref().map(Into::into))
            .any(|word| may_have_password(&word))
        {
            return Err(usage(
                "a word of the command line has a user in it, or a password: those belong into --broker amqp://user:password@host:port, or into CLUSTER_BROKER, which alone are never shown",
            ));
        }
        Ok(read)
    }

    fn choice(&self) -> Result<Choice> {
        let words: Vec<_> = self
            .rest
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
        let (first, second) = (words.first().copied(), words.get(1).copied());
        let is_workload = |word: &&str| WORKLOADS.contains(word) || PROBES.contains(word);
        let asks = |words: &[&str]| words.iter().any(|word| ["-h", "--help"].contains(word));
        match (first, second) {
            (Some("-V" | "--version"), _) => Ok(Choice::Own),
            (Some("help"), Some(word)) if is_workload(&word) => Ok(Choice::HelpOfWorkload),
            (Some("help"), Some(word)) if COMMANDS.contains(&word) => Ok(Choice::Own),
            (Some("help"), Some(word)) if !word.starts_with('-') => Err(unknown(Some(word))),
            (Some("help"), _) => Ok(Choice::Help),
            (Some(word), _) if COMMANDS.contains(&word) => Ok(Choice::Own),
            (Some(word), _) if !word.starts_with('-') && !is_workload(&word) => {
                Err(unknown(Some(word)))
            }
            // Before a workload there may be options, and before their help.
            _ => match (words.iter().any(is_workload), asks(&words)) {
                (true, true) => Ok(Choice::HelpOfWorkload),
                (true, false) => Ok(Choice::Workload),
                (false, true) => Ok(Choice::Help),
                (false, false) => Err(unknown(None)),
            },
        }
    }
}

fn unknown(word: Option<&str>) -> anyhow::Error {
    let wrong = word.map_or_else(
        || "no command is named".to_owned(),
        |word| format!("'{word}' is no command"),
    );
    let allowed: Vec<_> = COMMANDS
        .into_iter()
        .chain(WORKLOADS)
        .chain(PROBES)
        .collect();
    usage(&format!("{wrong}; allowed are {}", allowed.join(", ")))
}

/// Whether a word may have a password in it: the address of a broker, with its scheme or without, or of a page that asks for a user.
fn may_have_password(word: &str) -> bool {
    match word.split_once("://") {
        Some((scheme, rest)) if scheme.ends_with("http") || scheme.ends_with("https") => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let port = host.rsplit(']').next().and_then(|it| it.split_once(':'));
            // `user:pass/word@host` has a host `user`, and a port that is none.
            let is_none =
                port.is_some_and(|(_, port)| port.contains(|it: char| !it.is_ascii_digit()));
            host.contains('@') || is_none
        }
        Some((_, rest)) => rest.contains('@'),
        None => word
            .split_once(':')
            .is_some_and(|(_, rest)| rest.contains('@')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Words> {
        Words::read(line.split(' ').map(OsString::from))
    }

    #[test]
    fn a_word_that_may_have_a_password_differs_from_one_that_has_none() {
        for word in [
            "amqp://u:S@h",
            "amqps://u:S@h/x",
            "u:S@h",
            "//u:S@h",
            "amqp:/u:S@h",
            "--server=http://u:S@h/",
            "https://u:S/T@h",
            "-bamqp://u:S@h",
            "redis://:S@h",
        ] {
            assert!(may_have_password(word), "{word}");
        }
        for word in [
            "node1@machine1",
            "https://h/@someone",
            "http://[::1]:80/",
            "http://127.0.0.1:8000",
            "--name=n@h",
            "7:0.5",
            "flaky",
            "http://h:80/a:b@c",
            "amqp://h",
        ] {
            assert!(!may_have_password(word), "{word}");
        }
    }

    #[test]
    fn the_broker_and_the_queue_are_taken_off_wherever_they_stand() {
        let words = read("--broker amqp://u:S@h hashes --queue=q --json").unwrap();
        assert_eq!(words.broker.as_deref(), Some("amqp://u:S@h"));
        assert_eq!(words.queue.as_deref(), Some("q"));
        assert_eq!(words.rest, ["hashes", "--json"]);
        assert_eq!(read("dead -- --queue q").unwrap().rest.len(), 4);
        for line in [
            "node --broker",
            "node --broker --workers 2",
            "node --queue a --queue=b",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_command_is_found_behind_options_too() {
        for (line, choice) in [
            ("node --help", Choice::Own),
            ("-V", Choice::Own),
            ("help dead", Choice::Own),
            ("help", Choice::Help),
            ("--help", Choice::Help),
            ("--workers 2 --help", Choice::Help),
            ("--workers 2 hashes", Choice::Workload),
            ("help cats", Choice::HelpOfWorkload),
            ("cats -h", Choice::HelpOfWorkload),
        ] {
            assert_eq!(read(line).unwrap().choice().unwrap(), choice, "{line}");
        }
    }
}
