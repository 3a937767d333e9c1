//! Many units asleep at once.
//!
//!     cargo run --release -p cluster -- sleepers --size 3 --broker amqp://guest:guest@127.0.0.1:5672
//!
//! Every unit is a node of its own, with a connection and a worker process: it starts, takes its first task, and sleeps in it.

use std::env;
use std::process::{self, Child, Command, Stdio};
use std::thread;

use anyhow::{Context, Result};
use cluster::Cluster;
use shared::Receipt;
use shared::probes::Sleepers;

use crate::broker;

/// A node that ends with this value.
pub struct Started(Child);

pub fn run(probe: &Sleepers) -> Result<Receipt> {
    let cluster = broker::connect()?;
    let mut nodes = Vec::new();
    let mut units = Vec::new();
    for unit in 0..probe.units {
        let queue = format!("sleepers-{}-{unit}", process::id());
        nodes.push(start(&queue, &broker::address()?)?);
        declare(&queue)?;
        units.push(cluster.call("story.sleep").queue(&queue).send((*probe,))?);
    }

    let mut receipt = Receipt::default();
    for unit in units {
        let () = unit.get()?;
        receipt.units += 1;
    }
    drop(nodes);
    Ok(receipt)
}

pub fn sleep(probe: Sleepers) {
    thread::sleep(probe.nap);
}

/// Makes a queue: what is sent to one that is not there is lost, and the node has only begun to start.
fn declare(queue: &str) -> Result<()> {
    let caller = Cluster::builder().queue(queue).quiet();
    drop(
        caller
            .connect(&broker::address()?)
            .map_err(broker::explained)?,
    );
    Ok(())
}

/// Starts a node of one worker for this queue, at this broker.
pub fn start(queue: &str, url: &str) -> Result<Started> {
    let mut node = Command::new(env::current_exe()?);
    node.args(["node", "--workers", "1", "--queue", queue]);
    broker::at(&mut node, url);
    node.stdin(Stdio::null()).stderr(Stdio::null());
    Ok(Started(node.spawn().context("cannot start a node")?))
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
