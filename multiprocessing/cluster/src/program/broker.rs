//! Where the broker is: in CLUSTER_BROKER, where `--broker` is put, too.

use std::env;
use std::fs::File;
use std::process::Command;
use std::sync::Mutex;

use anyhow::Result;
use cluster::{Cluster, Error};
use url::form_urlencoded;

use super::usage;

/// The variable that names it.
pub const VARIABLE: &str = "CLUSTER_BROKER";

/// A file that TLS is made with: the option and the variable that name it, the parameter of the broker's address that does so, and what it is.
pub struct TlsFile {
    /// The option, with its dashes.
    pub option: &'static str,
    /// The variable of the environment.
    pub variable: &'static str,
    parameter: &'static str,
    /// What it is, for people.
    pub title: &'static str,
}

/// The certificates to trust; the certificate to show, and its key.
pub const TLS_FILES: [TlsFile; 3] = [
    TlsFile {
        option: "--ca",
        variable: "CLUSTER_CA",
        parameter: "cacertfile",
        title: "a file of certificates to trust",
    },
    TlsFile {
        option: "--cert",
        variable: "CLUSTER_CERT",
        parameter: "certfile",
        title: "the file of the certificate to show",
    },
    TlsFile {
        option: "--key",
        variable: "CLUSTER_KEY",
        parameter: "keyfile",
        title: "the file of that certificate's key",
    },
];

/// The variable that names the queue of a workload.
pub const QUEUE: &str = "CLUSTER_QUEUE";

/// Names the broker to a command. Certificates are named in its address alone.
pub fn at(command: &mut Command, broker: &str) {
    command.env(VARIABLE, broker);
    for file in TLS_FILES {
        command.env_remove(file.variable);
    }
}

/// What has been connected for a workload, or why that was not possible.
static PREPARED: Mutex<Option<Result<Cluster>>> = Mutex::new(None);

/// The broker's address.
///
/// # Errors
///
/// If nothing names it.
pub fn address() -> Result<String> {
    let Some(address) = env::var_os(VARIABLE) else {
        return Err(usage(
            "which broker? Name it with --broker amqp://user:password@host:port, or in CLUSTER_BROKER",
        ));
    };
    let mut address = address.to_string_lossy().into_owned();
    for TlsFile {
        variable,
        parameter,
        ..
    } in TLS_FILES
    {
        let Some(file) = env::var_os(variable) else {
            continue;
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(parameter, &file.to_string_lossy());
        address.push(if address.contains('?') { '&' } else { '?' });
        address += &query.finish();
    }
    Ok(address)
}

/// Connects a workload that is to come. If that fails, nothing is printed on standard output from now on: the workload would announce itself
/// before its error.
pub fn prepare() {
    let prepared = open();
    if prepared.is_err()
        && let Ok(nowhere) = File::options().write(true).open("/dev/null")
    {
        // Where this fails, there is a line too many.
        let _ = rustix::stdio::dup2_stdout(nowhere);
    }
    *PREPARED.lock().unwrap() = Some(prepared);
}

/// Connects a workload: once.
///
/// # Errors
///
/// If there is no broker, or it cannot be used.
pub fn connect() -> Result<Cluster> {
    let prepared = PREPARED.lock().unwrap().take();
    prepared.unwrap_or_else(open)
}

/// Closes a connection that no workload has taken.
pub fn leave() {
    drop(PREPARED.lock().unwrap().take());
}

/// An error of the library. A setting that makes no sense came from the command line.
pub fn explained(error: Error) -> anyhow::Error {
    match error {
        Error::Setting(text) => usage(&text),
        error => error.into(),
    }
}

fn open() -> Result<Cluster> {
    let mut cluster = Cluster::builder();
    if let Some(queue) = env::var_os(QUEUE) {
        cluster = cluster.queue(&queue.to_string_lossy());
    }
    cluster.connect(&address()?).map_err(explained)
}
