//! The functions that may run on a node, by name.

use cluster::tasks;

use crate::workloads::{compute, download, waiter};

/// In a worker process: runs what comes and does not return. In the program itself: does nothing.
pub fn init() {
    cluster::init(tasks![
        waiter::give_order,
        download::download,
        compute::compute,
    ]);
}
