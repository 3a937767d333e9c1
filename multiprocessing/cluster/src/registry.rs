//! The functions that may run on a node, by name.

use cluster::tasks;

use crate::probes::{blocking, crash, pingpong, sleepers, tasks as many, ticker};
use crate::workloads::{compute, download, waiter};

/// In a worker process: runs what comes and does not return. In the program itself: does nothing.
pub fn init() {
    cluster::init(tasks![
        waiter::think,
        download::download,
        compute::compute,
        sleepers::sleep as "story.sleep"(probe),
        blocking::call,
        ticker::work,
        pingpong::far_side,
        crash::attempt,
        many::square as "story.square"(number, nap),
    ]);
}
