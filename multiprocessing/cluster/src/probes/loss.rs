//! What is lost with a node, or with the broker, of tasks that wait.
//!
//!     cargo run --release --bin cluster -- tasks --lose node --broker amqp://guest:guest@127.0.0.1:5672
//!
//! The broker keeps a task until its result has arrived: it gives the tasks of a lost node to another, and writes all of them down.

use std::process;
use std::time::{Duration, Instant};

use anyhow::Result;
use cluster::{Broker, Cluster, Future};
use shared::Receipt;
use shared::receipt::Answer;

use crate::probes::tasks::send;
use crate::program::broker::{address, explained};
use crate::program::started::start;

/// How long a task may take to come back after a loss.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is killed.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lost {
    /// One of two nodes.
    Node,
    /// A broker, which starts again.
    Broker,
}

/// The receipt, and the seconds from the first task to the last answer.
pub fn run(lost: Lost, size: u64, nap: u64) -> Result<(Receipt, f64)> {
    let mut broker = (lost == Lost::Broker).then(Broker::start).transpose()?;
    let url = broker.as_ref().map_or_else(address, |own| Ok(own.url()))?;
    let queue = format!("tasks-{}", process::id());
    let mut nodes = vec![start(&queue, &url)?, start(&queue, &url)?];
    let cluster = Cluster::builder().queue(&queue).quiet();
    let cluster = cluster.connect(&url).map_err(explained)?;
    let begun = Instant::now();
    let tasks = send(&cluster, size, nap)?;
    let (first, rest) = tasks.split_at(tasks.len() / 10);
    let mut receipt: Receipt = first.iter().map(came).sum();
    match &mut broker {
        Some(broker) => {
            broker.kill();
            broker.restart()?;
        }
        None => drop(nodes.pop()),
    }
    receipt += rest.iter().map(came).sum();
    drop(nodes);
    Ok((receipt, begun.elapsed().as_secs_f64()))
}

fn came(task: &Future<u64>) -> Receipt {
    match task.get_timeout(PATIENCE) {
        Ok(square) => Receipt::unit(Answer::Sum(square.into())),
        Err(_) => Receipt::failure("lost"),
    }
}
