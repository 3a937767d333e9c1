//! What the work is: a command for each item; or nothing, which shows what a technique costs by itself.

use std::os::unix::process::ExitStatusExt;
use std::process::{self, Stdio};

use serde::{Deserialize, Serialize};

use crate::{Answer, Request};

/// One thing to work on. It can cross a process border.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Item {
    /// A program and its arguments.
    Command(Vec<String>),
    /// So many bytes, which come back as they are.
    Nothing(Vec<u8>),
}

/// What a command has written to its standard output.
pub type Output = Vec<u8>;

/// Whether the work has a form that awaits: a command is waited for without a thread.
pub const AWAITS: bool = true;

/// The items of a request: one for each line, or so many of nothing.
///
/// # Errors
///
/// Never: a reader's own items may not be had, and their programs are these.
pub(crate) fn items(request: &Request) -> Result<Vec<Item>, String> {
    if let Some(bytes) = request.nothing {
        return Ok(vec![Item::Nothing(vec![7; bytes]); request.lines.len()]);
    }
    let commands = request.commands.iter().cloned();
    Ok(commands.map(Item::Command).collect())
}

/// Does the work, and keeps the thread waiting for it.
pub fn unit(item: Item) -> Answer {
    let words = match item {
        Item::Command(words) => words,
        Item::Nothing(bytes) => return Ok(bytes),
    };
    let (program, arguments) = split(&words)?;
    let mut command = process::Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    let output = command
        .output()
        .map_err(|error| cannot_run(program, &error))?;
    judge(output)
}

/// Does the work, and awaits it.
pub async fn unit_async(item: Item) -> Answer {
    let words = match item {
        Item::Command(words) => words,
        Item::Nothing(bytes) => return Ok(bytes),
    };
    let (program, arguments) = split(&words)?;
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = command.output().await;
    judge(output.map_err(|error| cannot_run(program, &error))?)
}

fn split(words: &[String]) -> Result<(&String, &[String]), String> {
    words
        .split_first()
        .ok_or_else(|| "an empty command".to_owned())
}

fn cannot_run(program: &str, error: &std::io::Error) -> String {
    format!("cannot run {program}: {error}")
}

/// What a command has written, if it ended with 0.
fn judge(output: process::Output) -> Answer {
    match (output.status.code(), output.status.signal()) {
        (Some(0), _) => Ok(output.stdout),
        (Some(code), _) => Err(format!("exit code {code}")),
        (None, signal) => Err(format!("ended by signal {}", signal.unwrap_or_default())),
    }
}
