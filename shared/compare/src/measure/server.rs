//! The server as a process of its own, so that its CPU time is never counted as a technique's.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use shared::server::Stats;
use url::Url;

/// How long the server may take to start, to answer, and to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// The running server. It stops when this is dropped, and also if this process dies: its standard input ends then.
pub struct Server {
    child: Child,
    url: Url,
    agent: ureq::Agent,
}

impl Server {
    /// Starts the server that lies in this folder, and lets it misbehave as `--faults` says.
    ///
    /// # Errors
    ///
    /// If it does not start, or does not say where it listens.
    pub fn start(folder: &Path, faults: Option<&str>) -> anyhow::Result<Self> {
        let program = folder.join("server");
        let faults = faults.into_iter().flat_map(|faults| ["--faults", faults]);
        let mut child = Command::new(&program)
            .args(["--port", "0", "--until-stdin-ends"])
            .args(faults)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Its own group, so that Ctrl-C reaches this process alone, which then stops everything in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let url = address(&mut child).inspect_err(|_| stop(&mut child))?;
        Ok(Self {
            child,
            url,
            agent: agent(),
        })
    }

    /// Where it listens.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has seen so far.
    ///
    /// # Errors
    ///
    /// If it does not answer.
    pub fn stats(&self) -> anyhow::Result<Stats> {
        let ask = || -> anyhow::Result<Stats> {
            let mut answer = self.agent.get(format!("{}stats", self.url)).call()?;
            Ok(serde_json::from_reader(answer.body_mut().as_reader())?)
        };
        ask().context("the server does not say for how long it held pages back")
    }
}

/// Asks the server itself, whatever proxy the environment names.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().proxy(None);
    config.timeout_global(Some(PATIENCE)).build().into()
}

impl Drop for Server {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// The line in which the server says where it listens.
fn address(child: &mut Child) -> anyhow::Result<Url> {
    let stdout = child.stdout.take().context("the server has no output")?;
    let (line, first) = mpsc::channel();
    // Reading has no time limit, receiving has. The thread ends with the server at the latest.
    thread::spawn(move || {
        let mut text = String::new();
        let read = BufReader::new(stdout).read_line(&mut text);
        // The receiver is gone if this took too long.
        let _ = line.send(read.map(|_| text));
    });
    let text = first
        .recv_timeout(PATIENCE)
        .map_err(|_| anyhow!("the server did not say where it listens"))??;
    ensure!(!text.is_empty(), "the server ended at once");
    let url = text.trim().parse();
    url.with_context(|| format!("the server said {text:?} instead of where it listens"))
}

/// Ends the server's input, which it waits for, and then its life.
fn stop(child: &mut Child) {
    drop(child.stdin.take());
    // It keeps nothing that would need an orderly end. It is ours and not reaped, so this cannot hit anybody else.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
impl Server {
    /// One that does not answer: no program can listen at port 0.
    pub fn mute() -> Self {
        Self {
            child: Command::new("true").spawn().unwrap(),
            url: "http://127.0.0.1:0/".parse().unwrap(),
            agent: agent(),
        }
    }
}
