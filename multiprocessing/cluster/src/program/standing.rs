//! `cluster machines --until-stdin-ends`: machines on this machine, with nodes on them, for a program that gives them work.
//!
//! A line of JSON says what stands. All of it ends when standard input does, which is at the latest when that program ends.

use std::env;
use std::io::{self, Read as _, Write as _};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

use anyhow::Result;
use cluster::{Machine, Machines};
use serde::Serialize;
use shared::cli::between;
use shared::trace::ignore_broken_pipe;

use super::broker::at;
use super::machines::{self, serve, wait};
use super::started::{self, start};

/// Messages that may wait at Celery's workers for each of them, as by default there.
const EACH: u16 = 4;

/// What is to stand.
#[derive(clap::Args)]
pub struct Options {
    /// Run no workload: keep machines and nodes for another program, until standard input ends
    #[arg(long, hide = true)]
    pub until_stdin_ends: bool,
    /// How many machines
    #[arg(long, hide = true, requires = "until_stdin_ends", default_value_t = 2, value_parser = between::<u8>(1, 8))]
    machines: u8,
    /// A queue, and how many workers there are for it on all machines together
    #[arg(
        long,
        hide = true,
        requires = "until_stdin_ends",
        value_name = "QUEUE:WORKERS[:EACH]"
    )]
    nodes: Vec<Crew>,
    /// The port of 127.0.0.1 at which machines see the pages of the story
    #[arg(long, hide = true, requires = "until_stdin_ends")]
    pages: Option<u16>,
    /// A Python whose Celery workers are to stand beside the nodes, as many, each crew at the queue QUEUE-PLACE
    #[arg(long, hide = true, requires = "twins", value_name = "PYTHON")]
    celery: Vec<PathBuf>,
    /// The folder of the Python programs
    #[arg(long, hide = true, requires = "until_stdin_ends")]
    twins: Option<PathBuf>,
}

/// Workers for a queue.
#[derive(Clone, Debug, PartialEq)]
struct Crew {
    queue: String,
    workers: usize,
    /// How many messages may be at a node for each of its workers, if not as many as by default.
    each: Option<NonZeroU16>,
}

impl FromStr for Crew {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a queue and a number of workers, as in computing:4, and of messages for each, as in waiting:5:1";
        let (queue, workers, each) = match text.split(':').collect::<Vec<_>>()[..] {
            [queue, workers] => (queue, workers, None),
            [queue, workers, each] => (queue, workers, Some(each)),
            _ => return Err(FORM),
        };
        Ok(Self {
            queue: queue.to_owned(),
            workers: workers.parse().map_err(|_| FORM)?,
            each: each.map(str::parse).transpose().map_err(|_| FORM)?,
        })
    }
}

/// What stands. Processes are numbered as the first of them in these namespaces sees them.
#[derive(Serialize)]
struct Standing {
    broker: String,
    apart: bool,
    nodes: Vec<Node>,
    servers: Vec<u32>,
}

#[derive(Serialize)]
struct Node {
    queue: String,
    machine: usize,
    workers: usize,
    process: u32,
}

/// Makes machines, says what stands, and waits for the end of standard input.
pub fn run(options: &Options) -> Result<()> {
    Machines::enter();
    let Machines {
        all: machines,
        broker,
        apart,
    } = Machines::start(options.machines)?;
    let mut started = Vec::new();
    let mut nodes = Vec::new();
    for crew in &options.nodes {
        for (place, machine) in machines.iter().enumerate() {
            let workers = share(crew.workers, machines.len(), place);
            if workers > 0 {
                let mut stand = |queue: String, command: Command| {
                    let process = start(command)?;
                    nodes.push(Node {
                        queue,
                        machine: place + 1,
                        workers,
                        process: process.id(),
                    });
                    started.push(process);
                    anyhow::Ok(())
                };
                let here = Place {
                    machine,
                    number: place + 1,
                    workers,
                };
                stand(crew.queue.clone(), node(&here, crew)?)?;
                for (number, python) in options.celery.iter().enumerate() {
                    let queue = format!("{}-{number}", crew.queue);
                    let twins = options.twins.as_deref().unwrap_or(Path::new("."));
                    let worker = celery(&here, crew, &queue, &[python, twins]);
                    stand(queue, worker)?;
                }
            }
        }
    }
    let mut servers = Vec::new();
    if let Some(port) = options.pages.filter(|_| apart) {
        for server in machines::servers(&env::current_exe()?, &machines, apart)? {
            let (server, _) = serve(server, port)?;
            servers.push(server.id());
            started.push(server);
        }
    }
    wait(&broker.url(), nodes.len(), &mut started)?;

    let standing = Standing {
        broker: broker.url(),
        apart,
        nodes,
        servers,
    };
    ignore_broken_pipe(writeln!(
        io::stdout(),
        "{}",
        serde_json::to_string(&standing)?
    ))?;
    io::stdin().read_to_end(&mut Vec::new())?;
    drop((started, machines, broker));
    Ok(())
}

/// A machine, and how many workers of a crew are on it.
struct Place<'a> {
    machine: &'a Machine,
    number: usize,
    workers: usize,
}

/// The command of a node on this machine.
fn node(here: &Place, crew: &Crew) -> Result<Command> {
    let queue = &crew.queue;
    let mut node = started::node(Some(here.machine), &here.machine.url, here.workers)?;
    node.args(["--queue", queue]);
    node.arg("--name")
        .arg(format!("{queue}@machine{}", here.number));
    if let Some(each) = crew.each {
        let messages = here.workers.saturating_mul(each.get().into());
        let messages = messages.min(u16::MAX.into());
        node.args(["--prefetch", &messages.to_string()]);
    }
    Ok(node)
}

/// The command of Celery's workers on this machine, as many as a node has: a Python, and the folder of the Python programs.
fn celery(here: &Place, crew: &Crew, queue: &str, [python, twins]: &[&Path; 2]) -> Command {
    let mut command = started::command(Some(here.machine), python);
    command.arg(twins).args(["cluster", "worker"]);
    command.args(["--workers", &here.workers.to_string()]);
    let each = crew.each.map_or(EACH, NonZeroU16::get);
    command.args(["--each", &each.to_string()]);
    command
        .arg("--name")
        .arg(format!("{queue}-{}", here.number));
    command.env("CLUSTER_QUEUE", queue);
    at(&mut command, &here.machine.url);
    // They greet on standard output, where one line of ours is awaited.
    command.stdout(Stdio::null());
    command
}

/// How many of so many workers are on the machine at this place.
fn share(workers: usize, machines: usize, place: usize) -> usize {
    workers / machines + usize::from(place < workers % machines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_spread_evenly_and_none_is_lost() {
        let shares = |workers, machines| {
            let places = 0..machines;
            places
                .map(|place| share(workers, machines, place))
                .collect::<Vec<_>>()
        };
        assert_eq!(shares(5, 2), [3, 2]);
        assert_eq!(shares(2, 2), [1, 1]);
        assert_eq!(shares(1, 3), [1, 0, 0]);
    }

    #[test]
    fn a_crew_is_a_queue_and_a_number() {
        let crew = |queue: &str, workers, each| Crew {
            queue: queue.to_owned(),
            workers,
            each,
        };
        assert_eq!("computing:4".parse(), Ok(crew("computing", 4, None)));
        assert_eq!(
            "waiting:5:1".parse(),
            Ok(crew("waiting", 5, NonZeroU16::new(1)))
        );
        for wrong in ["computing", "a:b", "a:1:b", "a:1:0", "a:1:1:1"] {
            assert!(wrong.parse::<Crew>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_node_takes_the_given_number_of_messages_for_each_worker() {
        let machine = Machine::here("amqp://127.0.0.1");
        let words = |crew: &str| {
            let here = Place {
                machine: &machine,
                number: 1,
                workers: 3,
            };
            let node = node(&here, &crew.parse().unwrap()).unwrap();
            let words = node.get_args().map(|word| word.to_string_lossy());
            words.collect::<Vec<_>>().join(" ")
        };
        let usual = words("computing:5");
        assert!(!usual.contains("--prefetch"), "{usual}");
        let each = words("waiting:5:2");
        assert!(each.ends_with("--prefetch 6"), "{each}");
        let most = words("waiting:5:65535");
        assert!(most.ends_with("--prefetch 65535"), "{most}");
    }
}
