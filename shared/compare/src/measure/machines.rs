//! The machines of the cluster, and the nodes on them: a process of the program `cluster` keeps them while this one lives.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::event::{PollFd, PollFlags};
use serde::Deserialize;
use shared::cli::Partial;

use crate::measure::interrupt::wait_for;
use crate::measure::python;
use crate::measure::tree::{Spent, descendants, spent};
use crate::model::standing::{COMPUTING, Standing, WAITING};
use crate::model::store::from_json;
use crate::model::technique::Contestant;

/// How long broker, machines and nodes may take to start on a busy machine.
const START: Duration = Duration::from_secs(180);

/// How long they may take to end.
const END: Duration = Duration::from_secs(20);

/// Machines and nodes that end with this value, and at the latest with this process.
pub struct Machines {
    keeper: Child,
    /// The first process in the namespaces of the machines; where these have none of their own, the keeper.
    first: u32,
    program: PathBuf,
    broker: String,
    nodes: Vec<Node>,
    servers: Vec<u32>,
    standing: Standing,
    /// The interpreters whose Celery workers stand beside the nodes.
    pythons: Vec<String>,
}

/// A node or a worker of Celery's, by its process.
struct Node {
    queue: String,
    process: u32,
}

/// What the keeper says, once all of it stands. It numbers processes as it sees them itself.
#[derive(Deserialize)]
struct Said {
    broker: String,
    apart: bool,
    nodes: Vec<SaidNode>,
    servers: Vec<u32>,
}

#[derive(Deserialize)]
struct SaidNode {
    queue: String,
    workers: usize,
    process: u32,
}

/// What the cluster's processes have taken until now.
#[derive(Clone, Copy)]
pub struct Reading {
    /// The nodes or Celery's workers that do this work.
    nodes: Spent,
    /// The broker, and the other nodes, which are idle.
    broker: Spent,
    /// The servers of pages, one on each machine.
    servers: Spent,
}

impl Machines {
    /// Starts them, with the program in this folder, and workers for what waits and for what computes; as many of Celery's for each of these
    /// interpreters. On each machine the pages of the story are at this port.
    ///
    /// # Errors
    ///
    /// If the program is missing, RabbitMQ is not installed, something does not start, or the user interrupts it.
    pub fn start(
        folder: &Path,
        count: u8,
        [waiting, computing]: [usize; 2],
        pages: u16,
        pythons: &[String],
        interrupt: impl AsFd,
    ) -> anyhow::Result<Self> {
        let program = folder.join(Contestant::Cluster.program());
        ensure!(
            program.is_file(),
            "{} is missing: build it with `cargo build --release --bin cluster`",
            program.display()
        );
        let mut command = Command::new(&program);
        command
            .args(["machines", "--until-stdin-ends"])
            .args(["--machines", &count.to_string()])
            .args(["--nodes", &format!("{WAITING}:{waiting}:1")])
            .args(["--nodes", &format!("{COMPUTING}:{computing}")])
            .args(["--pages", &pages.to_string()])
            .args(python::as_celery(pythons)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Its own group, so that Ctrl-C reaches this process alone, which then stops everything in order.
            .process_group(0);
        let keeper = command.spawn();
        let keeper = keeper.with_context(|| format!("cannot start {}", program.display()))?;
        let mut machines = Self {
            first: keeper.id(),
            keeper,
            program,
            broker: String::new(),
            nodes: Vec::new(),
            servers: Vec::new(),
            standing: Standing {
                machines: count,
                apart: false,
                nodes: 0,
                workers: [waiting, computing],
            },
            pythons: pythons.to_vec(),
        };
        let said = machines.said(interrupt)?;
        if said.apart {
            let first = numbers(machines.first).get(&1).copied();
            machines.first = first.context("the first process of the cluster is not found")?;
        }
        let numbers = numbers(machines.first);
        let seen = |process: u32| {
            let number = numbers.get(&process).copied();
            number.context("a process of the cluster is not found")
        };
        for node in &said.nodes {
            machines.nodes.push(Node {
                queue: node.queue.clone(),
                process: seen(node.process)?,
            });
        }
        for server in said.servers {
            machines.servers.push(seen(server)?);
        }
        let workers = |queue| {
            let nodes = said.nodes.iter().filter(|node| node.queue == queue);
            nodes.map(|node| node.workers).sum()
        };
        machines.broker = said.broker;
        machines.standing.apart = said.apart;
        let ours = |node: &&SaidNode| [WAITING, COMPUTING].contains(&node.queue.as_str());
        machines.standing.nodes = said.nodes.iter().filter(ours).count();
        machines.standing.workers = [WAITING, COMPUTING].map(workers);
        Ok(machines)
    }

    /// What they are.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What does this work, the program or an interpreter's twin, with the broker's address and the queue of its workers.
    ///
    /// # Errors
    ///
    /// If the sources of the twins are no longer where they were built from.
    pub fn command(
        &self,
        interpreter: Option<&str>,
        arguments: &[String],
    ) -> anyhow::Result<Command> {
        let program = match interpreter {
            Some(interpreter) => python::command(interpreter, Contestant::Cluster)?,
            None => Command::new(&self.program),
        };
        let mut command = match self.standing.apart {
            true => self.inside(&program),
            false => program,
        };
        command.env("CLUSTER_BROKER", &self.broker);
        command.env("CLUSTER_QUEUE", self.queue(interpreter, arguments));
        for certificates in ["CLUSTER_CA", "CLUSTER_CERT", "CLUSTER_KEY"] {
            command.env_remove(certificates);
        }
        Ok(command)
    }

    /// This program, in the network in which the broker is.
    fn inside(&self, program: &Command) -> Command {
        let first = self.first.to_string();
        let user = |process: &str| fs::read_link(format!("/proc/{process}/ns/user")).ok();
        let mut command = Command::new("nsenter");
        command.args(["--target", &first, "--net"]);
        if user("self") != user(&first) {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg("--").arg(program.get_program());
        command.args(program.get_args());
        command
    }

    /// The nodes, or the workers of this interpreter, that do this work.
    pub fn nodes(&self, interpreter: Option<&str>, arguments: &[String]) -> Vec<u32> {
        let queue = self.queue(interpreter, arguments);
        let nodes = self.nodes.iter().filter(|node| node.queue == queue);
        nodes.map(|node| node.process).collect()
    }

    /// The queue that this work goes to. Each interpreter's workers have their own.
    fn queue(&self, interpreter: Option<&str>, arguments: &[String]) -> String {
        let queue = queue(arguments);
        let mut pythons = self.pythons.iter();
        let place = interpreter.and_then(|it| pythons.position(|python| python == it));
        place.map_or(queue.to_owned(), |place| format!("{queue}-{place}"))
    }

    /// Reads off what has been taken until now, by these nodes and by the rest.
    pub fn read(&self, nodes: &[u32]) -> Reading {
        let nodes = trees(nodes);
        let servers = trees(&self.servers);
        let mut rest = descendants(self.keeper.id());
        rest.retain(|process| !nodes.contains(process) && !servers.contains(process));
        Reading {
            nodes: spent(&nodes),
            broker: spent(&rest),
            servers: spent(&servers),
        }
    }

    /// The line that the keeper says.
    fn said(&mut self, interrupt: impl AsFd) -> anyhow::Result<Said> {
        let stdout = self.keeper.stdout.take().context("a pipe")?;
        wait_for_line(&stdout, interrupt)?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        if line.is_empty() {
            let mut complaint = String::new();
            if let Some(mut stderr) = self.keeper.stderr.take() {
                stderr.read_to_string(&mut complaint)?;
            }
            let complaint = complaint.lines().next().unwrap_or("it said nothing");
            bail!("{}", complaint.trim_start_matches("cluster: "));
        }
        from_json(line.as_bytes()).context("the cluster does not say where it is")
    }
}

impl Reading {
    /// What was taken since `before` by the nodes; by the broker; and by all but the nodes.
    pub fn minus(&self, before: &Self) -> (Spent, f64, f64) {
        let broker = self.broker.minus(&before.broker).cpu();
        let servers = self.servers.minus(&before.servers).cpu();
        (self.nodes.minus(&before.nodes), broker, broker + servers)
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let deadline = Instant::now() + END;
        while matches!(self.keeper.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

/// Waits until there is something to read, or its end.
fn wait_for_line(stdout: &ChildStdout, interrupt: impl AsFd) -> anyhow::Result<()> {
    let mut events = [
        PollFd::new(stdout, PollFlags::IN),
        PollFd::new(&interrupt, PollFlags::IN),
    ];
    let ready = wait_for(&mut events, START)?;
    if events[1].revents().contains(PollFlags::IN) {
        bail!(Partial::interrupted(
            "nothing was measured, and the files of earlier runs are as they were"
        ));
    }
    ensure!(
        ready > 0,
        "the cluster was not ready after {} s",
        START.as_secs()
    );
    Ok(())
}

/// The queue that this work goes to.
fn queue(arguments: &[String]) -> &'static str {
    match arguments.first().map(String::as_str) {
        Some("lists" | "squares" | "hashes" | "ticker" | "pingpong" | "tasks") => COMPUTING,
        _ => WAITING,
    }
}

/// These processes and all below them.
fn trees(roots: &[u32]) -> Vec<u32> {
    roots.iter().flat_map(|root| descendants(*root)).collect()
}

/// The processes below this one, by the number that each has in its own namespace.
fn numbers(keeper: u32) -> HashMap<u32, u32> {
    let own = |process: u32| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let numbers = status
            .lines()
            .find_map(|line| line.strip_prefix("NSpid:"))?;
        numbers.split_whitespace().last()?.parse().ok()
    };
    let all = descendants(keeper).into_iter();
    all.filter_map(|process| Some((own(process)?, process)))
        .collect()
}
