//! Where the broker is: `--broker`, or CLUSTER_BROKER.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, bail};
use cluster::Cluster;

/// The variable that names it.
pub const VARIABLE: &str = "CLUSTER_BROKER";

/// The variable that names the queue.
const QUEUE: &str = "CLUSTER_QUEUE";

/// The broker's address, given on the command line or not.
///
/// # Errors
///
/// If neither names it.
pub fn address(given: Option<String>) -> Result<String> {
    given.or_else(|| env::var(VARIABLE).ok()).context(
        "which broker? Name it with --broker amqp://user:password@host:port, or in CLUSTER_BROKER",
    )
}

/// Connects a workload.
pub fn connect() -> Result<Cluster> {
    let mut cluster = Cluster::builder();
    if let Ok(queue) = env::var(QUEUE) {
        cluster = cluster.queue(&queue);
    }
    Ok(cluster.connect(&address(None)?)?)
}

/// Takes `--broker` and `--queue` off the command line of a workload: this program starts again with their values in its environment, where
/// no list of processes shows a password.
pub fn take() -> Result<()> {
    let mut arguments = env::args_os();
    let program = arguments.next().unwrap_or_default();
    let mut rest = Vec::new();
    let mut taken = Vec::new();
    while let Some(argument) = arguments.next() {
        match variable(&argument) {
            None => rest.push(argument),
            Some((name, Some(value))) => taken.push((name, value)),
            Some((name, None)) => match arguments.next() {
                Some(value) => taken.push((name, value)),
                None => bail!("{} has a value", argument.to_string_lossy()),
            },
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    let error = Command::new("/proc/self/exe")
        .arg0(program)
        .args(rest)
        .envs(taken)
        .exec();
    Err(error).context("cannot start again")
}

fn variable(argument: &OsString) -> Option<(&'static str, Option<OsString>)> {
    let text = argument.to_str()?;
    let (flag, value) = match text.split_once('=') {
        Some((flag, value)) => (flag, Some(value.into())),
        None => (text, None),
    };
    match flag {
        "--broker" => Some((VARIABLE, value)),
        "--queue" if value.is_some() || text == "--queue" => Some((QUEUE, value)),
        _ => None,
    }
}
