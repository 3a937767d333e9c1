//! `cluster node`, `status`, `dead` and `machines`.

use std::io::{self, Write as _};
use std::thread;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use cluster::{NodeStatus, again, dead, status};
use shared::cli::{self, between};
use shared::trace::heard;

use super::{broker, machines};

/// Nodes that wait for work at a broker, and what became of it.
#[derive(Parser)]
#[command(name = "cluster", version)]
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
        /// Worker processes; by default one for each processor
        #[arg(long, value_parser = between::<usize>(1, 10_000))]
        workers: Option<usize>,
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
    Machines,
    /// List the tasks that killed every worker that tried them
    Dead {
        #[command(flatten)]
        at: At,
        /// Send the task of this id back to its queue; `all` of them
        #[arg(long, value_name = "ID")]
        again: Option<String>,
    },
}

#[derive(clap::Args)]
struct At {
    /// The broker, amqp://user:password@host:port/vhost or amqps://; by default that of CLUSTER_BROKER
    #[arg(long)]
    broker: Option<String>,
    /// The queue of tasks
    #[arg(long, default_value = "cluster")]
    queue: String,
}

/// Runs a command.
pub fn run() -> Result<()> {
    match cli::parse::<Commands>()?.command {
        Command::Node { at, workers, name } => node(at, workers, name),
        Command::Status { at } => {
            let mut text = String::new();
            for node in status(&broker::address(at.broker)?)? {
                text += &line(&node);
            }
            ensure!(
                !text.is_empty(),
                "no node answers: start one with `cluster node`"
            );
            say(&text)
        }
        Command::Machines => say(&machines::run()?),
        Command::Dead {
            at,
            again: Some(id),
        } => {
            let sent = again(&broker::address(at.broker)?, &at.queue, &id)?;
            ensure!(
                sent > 0 || id == "all",
                "no dead letter has the id {id}: `cluster dead` lists them"
            );
            say(&format!("{sent} sent back to {}\n", at.queue))
        }
        Command::Dead { at, again: None } => {
            let letters = dead(&broker::address(at.broker)?, &at.queue)?;
            let lines = letters.iter().map(|letter| {
                let (id, task) = (&letter.id, &letter.task);
                format!("{id}  {task}{}  {}\n", letter.arguments, letter.why)
            });
            say(&lines.collect::<String>())
        }
    }
}

fn node(at: At, workers: Option<usize>, name: Option<String>) -> Result<()> {
    let broker = broker::address(at.broker)?;
    let workers = workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, Into::into));
    let mut node = cluster::Node::builder(&broker)
        .queue(&at.queue)
        .workers(workers);
    if let Some(name) = name {
        node = node.name(&name);
    }
    Ok(node.build()?.run()?)
}

fn line(node: &NodeStatus) -> String {
    let NodeStatus { name, pool, .. } = node;
    format!(
        "{name:<32} {:>4} workers  {:>8} tasks  up {:>6} s  {pool}\n",
        node.workers, node.tasks, node.uptime
    )
}

fn say(text: &str) -> Result<()> {
    heard(write!(io::stdout(), "{text}"))
}
