//! `make cluster`: machines on this machine, nodes on them, and every workload.

use std::env;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cluster::{Machine, Machines, status};
use shared::cli::Report;

use super::WORKLOADS;
use super::broker::at;
use super::started::{Started, command, node, start};

const MACHINES: u8 = 2;
const NODES: usize = 2;

/// Runs all workloads on the nodes of machines on this machine.
pub fn run() -> Result<String> {
    Machines::enter();
    let Machines {
        all: machines,
        broker,
        apart,
    } = Machines::start(MACHINES)?;
    let program = env::current_exe()?;
    let mut started = Vec::new();
    for (number, machine) in (1..).zip(&machines) {
        for place in 1..=NODES {
            let mut node = node(Some(machine), &machine.url, 5)?;
            node.arg("--name")
                .arg(format!("node{place}@machine{number}"));
            started.push(start(node)?);
        }
    }
    wait(&broker.url(), machines.len() * NODES, &mut started)?;

    let mut text = match apart {
        true => "two machines: network namespaces, each at the end of a wire; two nodes of five workers on each\n",
        false => "two machines: plain processes, because the user may make no network namespaces; two nodes of five workers on each\n",
    }
    .to_owned();
    let url = pages(&program, &machines, apart, &mut started)?;
    for workload in WORKLOADS {
        let mut command = Command::new(&program);
        command.args([workload, "--json"]);
        at(&mut command, &broker.url());
        if ["hello", "sites", "cats"].contains(&workload) {
            command.args(["--server", &url]);
        }
        let output = command.stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "{workload} failed");
        let Report {
            receipt, seconds, ..
        } = serde_json::from_slice(&output.stdout)?;
        writeln!(
            text,
            "{workload:<8} {:>6} units  {seconds:>8.3} s",
            receipt.units
        )?;
    }
    for node in status(&broker.url())? {
        writeln!(text, "{:<16} {:>6} messages", node.name, node.tasks)?;
    }
    Ok(text)
}

/// Serves the story's pages on each machine, at one address: what loopback is, each sees for itself.
fn pages(
    program: &Path,
    machines: &[Machine],
    apart: bool,
    started: &mut Vec<Started>,
) -> Result<String> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut url = String::new();
    for server in servers(program, machines, apart)? {
        let (server, at) = serve(server, port)?;
        url = at;
        started.push(server);
    }
    Ok(url)
}

/// The commands of servers of pages: here, and on each machine that has a loopback of its own.
pub(super) fn servers(program: &Path, machines: &[Machine], apart: bool) -> Result<Vec<Command>> {
    let server = server(program)?;
    let far = machines.iter().filter(|_| apart).map(Some);
    let places = std::iter::once(None).chain(far);
    Ok(places.map(|machine| command(machine, &server)).collect())
}

/// The server's program, which lies beside this one.
fn server(program: &Path) -> Result<PathBuf> {
    let server = program.with_file_name("server");
    ensure!(
        server.exists(),
        "there is no {}: run `make cluster`",
        server.display()
    );
    Ok(server)
}

/// Starts the server of the story's pages at this port. Its address is that which it says.
pub(super) fn serve(mut command: Command, port: u16) -> Result<(Started, String)> {
    command.args(["--port", &port.to_string()]);
    command.stdout(Stdio::piped());
    let mut server = start(command)?;
    let output = server.stdout().context("the server has no output")?;
    let mut url = String::new();
    BufReader::new(output).read_line(&mut url)?;
    if url.is_empty() {
        return Err(server.end());
    }
    Ok((server, url.trim().to_owned()))
}

/// Waits until so many nodes are at the broker, and all that was started for that is still there.
pub(super) fn wait(broker: &str, nodes: usize, started: &mut [Started]) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(60);
    while status(broker)?.len() < nodes {
        started.iter_mut().try_for_each(Started::check)?;
        ensure!(Instant::now() < end, "the nodes do not come");
    }
    Ok(())
}
