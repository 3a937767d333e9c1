//! What is lost with a node, or with the broker, of tasks that wait.
//!
//!     cargo run --release --bin cluster -- tasks --lose node --broker amqp://guest:guest@127.0.0.1:5672
//!
//! The broker keeps a task until its result has arrived: it gives the tasks of a lost node to another, and writes all of them down.

use std::time::Duration;
use std::{process, slice};

use anyhow::Result;
use cluster::{Broker, Cluster, Future};
use shared::{Receipt, receipt::Answer};

use crate::probes::tasks::send;
use crate::program::broker::{address, explained};
use crate::program::patience::settle;
use crate::program::started::{Started, Temporary, start_node};

/// Two nodes, their queue, and the broker, if it is to be killed. They end in this order.
pub struct Stage(Vec<Started>, Cluster, Option<Temporary>, Option<Broker>);

/// Starts what a run needs.
pub fn set(with_broker: bool) -> Result<Stage> {
    let broker = with_broker.then(Broker::start).transpose()?;
    let url = broker.as_ref().map_or_else(address, |own| Ok(own.url()))?;
    let queue = format!("tasks-{}", process::id());
    let temporary = || Temporary::new(slice::from_ref(&queue), &url);
    let temporary = broker.is_none().then(temporary).transpose()?;
    let nodes = vec![start_node(&queue, &url)?, start_node(&queue, &url)?];
    let cluster = Cluster::builder().queue(&queue).quiet().connect(&url);
    Ok(Stage(nodes, cluster.map_err(explained)?, temporary, broker))
}

/// Kills the broker, if it is there, or one of the nodes, when a tenth of the tasks is done.
pub fn run(stage: &mut Stage, size: u64, nap: u64) -> Result<Receipt> {
    let Stage(nodes, cluster, _queue, broker) = stage;
    let tasks = send(cluster, size, nap)?;
    let (first, rest) = tasks.split_at(tasks.len() / 10);
    let nap_time = Duration::from_millis(nap);
    settle(first, nap_time);
    match broker {
        Some(broker) => {
            broker.kill();
            broker.restart()?;
        }
        None => drop(nodes.pop()),
    }
    settle(rest, nap_time);
    if tasks.iter().any(|task| !task.done()) {
        nodes.iter_mut().try_for_each(Started::check)?;
    }
    Ok(tasks.iter().map(came).sum())
}

fn came(task: &Future<u64>) -> Receipt {
    match task.get_timeout(Duration::ZERO) {
        Ok(square) => Receipt::unit(Answer::Sum(square.into())),
        Err(_) => Receipt::failure("lost"),
    }
}
