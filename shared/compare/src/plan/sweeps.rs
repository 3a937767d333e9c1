//! What "when to use" needs: one thing at several sizes, each size an experiment of its own.

use crate::model::experiment::Experiment;
use crate::model::rows::{Row, Sweep};
use crate::model::technique::Contestant::*;

/// All sweeps, on a machine of so many cores.
pub fn sweeps(cores: u64) -> Vec<Experiment> {
    let mut sweeps = Vec::new();
    for steps in [10, 100, 300, 1000, 3000, 10_000, 30_000] {
        let hashes = format!("hashes --size {steps}");
        sweeps.push(
            Experiment::probe(Row::At(Sweep::WhenUnit, steps))
                .label(format!("20 units of {steps} steps"))
                .expected(0.03)
                .by(Sequential, &hashes)
                .by(Threading, &hashes)
                .by(Multiprocessing, &hashes)
                .by(Cluster, &hashes),
        );
    }
    for units in [1, 10, 30, 100, 300, 1000] {
        let sleepers = format!("sleepers --size {units} --time-scale 0.02");
        sweeps.push(
            Experiment::probe(Row::At(Sweep::WhenAsleep, units))
                .label(format!("{units} units asleep for 20 ms"))
                .expected(0.04)
                .by(Threading, &sleepers)
                .by(Asyncio, &sleepers)
                .crowd()
                .warmed_up(&sleepers),
        );
    }
    for microseconds in [0, 10, 30, 100, 300, 1000_u32] {
        // Not to sleep at all is no call that blocks: a nanosecond is the shortest one.
        let nap = format!("{:.9}", (f64::from(microseconds) * 1e-6).max(1e-9));
        let calls = format!("--size 10 --time-scale {nap}");
        sweeps.push(
            Experiment::probe(Row::At(Sweep::WhenBlocking, microseconds.into()))
                .label(format!(
                    "ten calls that block for {microseconds} µs or a little more"
                ))
                .expected(0.01)
                .by(Sequential, &format!("blocking {calls}"))
                .by(Asyncio, &format!("blocking {calls}")),
        );
        sweeps.push(
            Experiment::probe(Row::At(Sweep::WhenOffloaded, microseconds.into()))
                .label("the same, moved off the event loop")
                .expected(0.01)
                .by(Asyncio, &format!("offload {calls}")),
        );
    }
    // At least four, for a law with two unknowns.
    for workers in 1..=(2 * cores).clamp(4, 16) {
        let hashes = format!("hashes --size 100000 --workers {workers}");
        sweeps.push(
            Experiment::probe(Row::At(Sweep::WhenComputing, workers))
                .label(format!("20 chains over {workers} workers"))
                .expected(0.1)
                .by(Threading, &hashes)
                .by(Multiprocessing, &hashes)
                .by(AsyncioMultiThread, &hashes),
        );
    }
    for workers in [1, 2, 4, 8, 16, 32_u32] {
        let sites = format!("sites --size 16 --delay 5 --workers {workers}");
        sweeps.push(
            Experiment::probe(Row::At(Sweep::WhenWaiting, workers.into()))
                .label(format!("32 pages after 5 ms each, {workers} in flight"))
                .expected(0.2 / f64::from(workers))
                .served()
                .by(Threading, &sites)
                .by(Multiprocessing, &sites)
                .by(Asyncio, &sites),
        );
    }
    sweeps
}
