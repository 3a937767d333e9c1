//! `cluster node`, `status`, `dead`, `machines` and `tasks`.

use std::io::{self, Write as _};
use std::thread;

use anyhow::{Result, ensure};
use clap::{Args, CommandFactory, Parser, Subcommand};
use cluster::{Node, NodeStatus, again, dead, status};
use shared::cli::{self, between};
use shared::trace::ignore_broken_pipe;

use super::broker::{address, explained};
use super::tasks::{self, Tasks};
use super::{PROBES, WORKLOADS, machines, standing};

/// The commands of this program alone.
pub const COMMANDS: [&str; 5] = ["node", "status", "dead", "machines", "tasks"];

/// Nodes that take tasks from a broker, and commands that look at them.
#[derive(Parser)]
#[command(name = "cluster", version, after_help = workloads())]
struct Commands {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take tasks from a queue and run them, until SIGTERM
    Node {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        from: From,
        /// Worker processes; by default one for each processor
        #[arg(long, value_parser = between::<usize>(1, 10_000))]
        workers: Option<usize>,
        /// Messages that may wait here or run; by default up to 32 for each worker, fewer of long tasks
        #[arg(long, value_parser = between::<u16>(1, 65_535))]
        prefetch: Option<u16>,
        /// Its name, name@host
        #[arg(long)]
        name: Option<String>,
    },
    /// List the nodes, those of Celery among them
    Status {
        #[command(flatten)]
        at: At,
    },
    /// Run every workload on two machines on this machine, with a broker of their own
    Machines(standing::Options),
    /// Probe: many tasks at once, their cost, and the losses with a node or the broker
    Tasks {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        tasks: Tasks,
    },
    /// List the tasks that killed every worker that tried them
    Dead {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        from: From,
        /// Send the task of this id back to its queue; `all` of them
        #[arg(long, value_name = "ID")]
        again: Option<String>,
    },
}

/// For the help alone: by the time that this is read, the address is in the environment.
#[derive(Args)]
struct At {
    /// The broker, amqp://user:password@host:port/vhost or amqps://; by default that of CLUSTER_BROKER
    #[arg(long = "broker", value_name = "URL")]
    _broker: Option<String>,
    /// The file with the certificate of the broker's authority, for amqps://; by default that of CLUSTER_CA, or those that this machine trusts
    #[arg(long = "ca", value_name = "FILE")]
    _authority: Option<String>,
    /// The file with the certificate to show to a broker that asks for one, for amqps://; by default that of CLUSTER_CERT
    #[arg(long = "cert", value_name = "FILE")]
    _certificate: Option<String>,
    /// The file with the key of that certificate, in PEM and without a password; by default that of CLUSTER_KEY
    #[arg(long = "key", value_name = "FILE")]
    _key: Option<String>,
}

#[derive(Args)]
struct From {
    /// The queue of tasks
    #[arg(long, default_value = "cluster")]
    queue: String,
}

/// Runs a command.
pub fn run() -> Result<()> {
    match cli::parse::<Commands>()?.command {
        Command::Node {
            from,
            workers,
            prefetch,
            name,
            ..
        } => node(&from.queue, workers, prefetch, name),
        Command::Status { .. } => {
            let mut text = String::new();
            for node in status(&address()?).map_err(explained)? {
                text += &line(&node);
            }
            ensure!(
                !text.is_empty(),
                "no node answers: start one with `cluster node`"
            );
            say(&text)
        }
        Command::Tasks { tasks, .. } => tasks::run(&tasks),
        Command::Machines(options) if options.until_stdin_ends => standing::run(&options),
        Command::Machines(_) => say(&machines::run()?),
        Command::Dead {
            from: From { queue },
            again: Some(id),
            ..
        } => {
            let sent = again(&address()?, &queue, &id).map_err(explained)?;
            ensure!(
                sent > 0 || id == "all",
                "no dead letter has the id {id}: `cluster dead` lists them"
            );
            say(&format!("{sent} sent back to {queue}\n"))
        }
        Command::Dead {
            from, again: None, ..
        } => {
            let letters = dead(&address()?, &from.queue).map_err(explained)?;
            let lines = letters.iter().map(|letter| {
                let (id, task) = (&letter.id, &letter.task);
                format!("{id}  {task}{}  {}\n", letter.arguments, letter.why)
            });
            say(&lines.collect::<String>())
        }
    }
}

/// Lists the options of the broker, which all workloads share, below those of each.
pub fn help_of_broker() -> Result<()> {
    let none = clap::Command::new("cluster").next_help_heading("Broker");
    let command = From::augment_args(At::augment_args(none))
        .disable_help_flag(true)
        .help_template("\n{all-args}\n");
    ignore_broken_pipe(command.max_term_width(80).print_help())
}

/// Lists the commands.
pub fn help() -> Result<()> {
    ignore_broken_pipe(Commands::command().max_term_width(80).print_help())
}

fn workloads() -> String {
    let (workloads, probes) = (WORKLOADS.join(", "), PROBES.join(", "));
    format!(
        "Workloads, which nodes do: {workloads}. Probes: {probes}.\n`cluster help hashes` shows their options, among them --broker and those of TLS."
    )
}

fn node(
    queue: &str,
    workers: Option<usize>,
    prefetch: Option<u16>,
    name: Option<String>,
) -> Result<()> {
    let workers = workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, Into::into));
    let mut node = Node::builder(&address()?).queue(queue).workers(workers);
    if let Some(messages) = prefetch {
        node = node.prefetch(messages);
    }
    if let Some(name) = name {
        node = node.name(&name);
    }
    node.build().and_then(Node::run).map_err(explained)
}

fn line(node: &NodeStatus) -> String {
    let NodeStatus { name, pool, .. } = node;
    format!(
        "{name:<32} {:>4} workers  {:>8} tasks  up {:>6} s  {pool}\n",
        node.workers, node.tasks, node.uptime
    )
}

fn say(text: &str) -> Result<()> {
    ignore_broken_pipe(write!(io::stdout(), "{text}"))
}
