//! Many units asleep at once.
//!
//!     cargo run --release --bin cluster -- sleepers --size 3 --broker amqp://guest:guest@127.0.0.1:5672
//!
//! Every unit is a node of its own, with a connection and a worker process: it starts, takes its first task, and sleeps in it.

use std::process;
use std::thread;

use anyhow::Result;
use shared::Receipt;
use shared::probes::Sleepers;

use crate::program::broker;
use crate::program::started::{Temporary, start_node};

pub fn run(probe: &Sleepers) -> Result<Receipt> {
    let cluster = broker::connect()?;
    let address = broker::address()?;
    let queue = |unit| format!("sleepers-{}-{unit}", process::id());
    let queues: Vec<_> = (0..probe.units).map(queue).collect();
    // Dropped after the nodes.
    let _temporary = Temporary::new(&queues, &address)?;
    let mut nodes = Vec::new();
    let mut units = Vec::new();
    for queue in &queues {
        nodes.push(start_node(queue, &address)?);
        units.push(cluster.call("story.sleep").queue(queue).send((*probe,))?);
    }

    let mut receipt = Receipt::default();
    for (node, unit) in nodes.iter_mut().zip(&units) {
        let () = node.answer(unit)?;
        receipt.units += 1;
    }
    drop(nodes);
    Ok(receipt)
}

pub fn sleep(probe: Sleepers) {
    thread::sleep(probe.nap);
}
