//! Nodes of one worker that this program starts for itself.

use std::env;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use cluster::Cluster;

use super::broker;

/// A node that ends with this value.
pub struct Started(Child);

/// Starts a node of one worker for this queue, at this broker. The queue is there afterwards: what is sent to one that is not
/// is lost, and the node has only begun to start.
pub fn start(queue: &str, url: &str) -> Result<Started> {
    let caller = Cluster::builder().queue(queue).quiet();
    drop(caller.connect(url).map_err(broker::explained)?);

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
