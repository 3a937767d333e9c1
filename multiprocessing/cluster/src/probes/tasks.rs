//! Many tasks at once: what each costs, how many wait, and what is lost with a node or the broker.
//!
//!     cargo run --release -p cluster -- tasks --size 2000 --broker amqp://guest:guest@127.0.0.1:5672
//!
//! Each is a message of its own, unless they go in chunks. All are sent before the first answer is waited for.

use std::env;
use std::io::{self, Write as _};
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use cluster::{Broker, Cluster, Future};
use shared::Receipt;
use shared::cli::{Report, between};
use shared::receipt::Answer;
use shared::trace::ignore_broken_pipe;

use crate::broker::{QUEUE, address, explained};
use crate::probes::sleepers::{Started, start};

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

/// What is killed.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Lost {
    /// One of two nodes.
    Node,
    /// The broker, which starts again.
    Broker,
}

/// Runs them, and prints the receipt.
pub fn run(tasks: &Tasks) -> Result<()> {
    let (receipt, seconds) = match tasks.lose {
        Some(lost) => tasks.lose(lost)?,
        None => {
            let mut cluster = Cluster::builder();
            if let Some(queue) = tasks.queue.clone().or_else(|| env::var(QUEUE).ok()) {
                cluster = cluster.queue(&queue);
            }
            let cluster = cluster.connect(&address()?).map_err(explained)?;
            let start = Instant::now();
            let receipt = match tasks.chunks {
                true => tasks.in_chunks(&cluster)?,
                false => tasks.alone(&cluster)?,
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

impl Tasks {
    fn alone(&self, cluster: &Cluster) -> Result<Receipt> {
        let tasks = self.send(cluster)?;
        let waiting = tasks.iter().filter(|task| !task.done()).count();
        let mut sum = 0;
        for task in tasks {
            sum += u128::from(task.get()?);
        }
        self.receipt(self.size, sum)
            .map(|receipt| receipt.with_reading("waiting", waiting as f64))
    }

    fn in_chunks(&self, cluster: &Cluster) -> Result<Receipt> {
        let items = (0..self.size).map(|number| (number, self.nap));
        let mut sum = 0;
        for square in cluster.imap_unordered(square, items)? {
            sum += u128::from(square?);
        }
        self.receipt(self.size, sum)
    }

    /// Sends all, kills something when some are done, and counts those that never come back.
    fn lose(&self, lost: Lost) -> Result<(Receipt, f64)> {
        let mut own = match lost {
            Lost::Broker => Some(Broker::start()?),
            Lost::Node => None,
        };
        let url = own.as_ref().map_or_else(address, |own| Ok(own.url()))?;
        let queue = format!("tasks-{}", process::id());
        let mut nodes = [start(&queue, &url)?, start(&queue, &url)?].map(Some);
        let cluster = Cluster::builder().queue(&queue).quiet();
        let cluster = cluster.connect(&url).map_err(explained)?;
        let begun = Instant::now();
        let tasks = self.send(&cluster)?;
        let (first, rest) = tasks.split_at(tasks.len() / 10);
        let mut receipt = Receipt::default();
        first.iter().for_each(|task| receipt += came(task));
        match &mut own {
            Some(broker) => {
                broker.kill();
                broker.restart()?;
            }
            None => drop::<Option<Started>>(nodes[0].take()),
        }
        rest.iter().for_each(|task| receipt += came(task));
        drop(nodes);
        Ok((receipt, begun.elapsed().as_secs_f64()))
    }

    fn send(&self, cluster: &Cluster) -> Result<Vec<Future<u64>>> {
        let mut tasks = Vec::new();
        for number in 0..self.size {
            tasks.push(cluster.apply_async(square, (number, self.nap))?);
        }
        Ok(tasks)
    }

    fn receipt(&self, units: u64, sum: u128) -> Result<Receipt> {
        let right: u128 = (0..u128::from(self.size))
            .map(|number| number * number)
            .sum();
        ensure!(sum == right, "the squares add up to {sum} and not {right}");
        Ok(Receipt {
            units,
            answer: Answer::Sum(sum),
            ..Receipt::default()
        })
    }
}

pub fn square(number: u64, nap: u64) -> u64 {
    if nap > 0 {
        thread::sleep(Duration::from_millis(nap));
    }
    number * number
}

/// How long a task may take to come back after a loss.
const PATIENCE: Duration = Duration::from_secs(60);

fn came(task: &Future<u64>) -> Receipt {
    match task.get_timeout(PATIENCE) {
        Ok(square) => Receipt::unit(Answer::Sum(square.into())),
        Err(_) => Receipt::failure("lost"),
    }
}
