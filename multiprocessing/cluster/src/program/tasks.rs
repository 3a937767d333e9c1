//! `cluster tasks`: its options, and what it prints.

use std::env;
use std::io::{self, Write as _};
use std::time::Instant;

use anyhow::Result;
use cluster::Cluster;
use shared::cli::{Report, between};
use shared::trace::ignore_broken_pipe;

use super::broker::{QUEUE, address, explained};
use crate::probes::loss;
use crate::probes::tasks::{alone, in_chunks};

/// What is killed.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Lost {
    /// One of two nodes.
    Node,
    /// A broker, which starts again.
    Broker,
}

/// What tasks, and how.
#[derive(clap::Args)]
// The command has a group of this name.
#[group(skip)]
pub struct Tasks {
    /// Tasks
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = between::<u64>(1, 10_000_000))]
    size: u64,
    /// Milliseconds for which each sleeps
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = between::<u64>(0, 60_000))]
    nap: u64,
    /// Put as many into a message as are about 50 ms of work
    #[arg(long, conflicts_with = "lose")]
    chunks: bool,
    /// Kill this while they run: one of two nodes, or a broker, each started for that
    #[arg(long)]
    lose: Option<Lost>,
    /// The queue of the nodes [default: cluster]
    #[arg(long)]
    queue: Option<String>,
    /// Print nothing but the receipt, as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs them, and prints the receipt.
pub fn run(tasks: &Tasks) -> Result<()> {
    let (size, nap) = (tasks.size, tasks.nap);
    let (receipt, seconds) = match tasks.lose {
        Some(lost) => {
            let mut stage = loss::set(lost == Lost::Broker)?;
            let start = Instant::now();
            let receipt = loss::run(&mut stage, size, nap)?;
            (receipt, start.elapsed().as_secs_f64())
        }
        None => {
            let mut cluster = Cluster::builder();
            if let Some(queue) = tasks.queue.clone().or_else(|| env::var(QUEUE).ok()) {
                cluster = cluster.queue(&queue);
            }
            let cluster = cluster.connect(&address()?).map_err(explained)?;
            let start = Instant::now();
            let receipt = match tasks.chunks {
                true => in_chunks(&cluster, size, nap)?,
                false => alone(&cluster, size, nap)?,
            };
            (receipt, start.elapsed().as_secs_f64())
        }
    };
    let line = match tasks.json {
        true => serde_json::to_string(&Report {
            program: "cluster".to_owned(),
            workload: "tasks".to_owned(),
            receipt,
            seconds,
        })?,
        false => format!(
            "cluster tasks: {} done, {} lost, {seconds:.3} s",
            receipt.units,
            receipt.errors.values().sum::<u64>()
        ),
    };
    ignore_broken_pipe(writeln!(io::stdout(), "{line}"))
}
