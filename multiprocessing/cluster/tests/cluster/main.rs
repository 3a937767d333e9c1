//! Nodes, clients and brokers as processes of their own. This program is all of them but the broker: with `--node` it is a node.
//!
//! Without RabbitMQ or Celery the tests that need them pass, and say why they did nothing.

mod adversity;
mod broker;
mod control;
mod flower;
mod fuzz;
mod interop;
mod modules;
mod pool;
mod program;
mod stalled;
mod tasks;
mod tools;

use libtest_mimic::{Arguments, Trial};

fn main() {
    tasks::init();
    if tools::is_node() {
        return tools::run_node();
    }
    let trials = [
        pool::trials(),
        interop::trials(),
        control::trials(),
        flower::trials(),
        fuzz::trials(),
        adversity::trials(),
        broker::trials(),
        program::trials(),
        stalled::trials(),
        modules::trials(),
    ];
    let trials: Vec<Trial> = trials.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
