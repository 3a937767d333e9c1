//! What "when to use" needs: one thing at several sizes, each size an experiment of its own.

use crate::model::experiment::Experiment;
use crate::model::options::Size;
use crate::model::rows::family;
use crate::model::technique::Contestant::*;

/// How many timed rounds this experiment has at most. Sweeps and probes vary little: their time is better spent on the
/// workloads. Least is spent on a single point of those that a law is fitted to.
pub fn most_rounds(name: &str, size: Size) -> usize {
    match family(name) {
        "when" if name.starts_with("when-computing") => size.pick(2, 2, 5),
        "when" if name.starts_with("when-waiting") => size.pick(2, 2, 5),
        "when" => size.pick(2, 3, 5),
        "serve" => size.pick(1, 3, 5),
        "ticker" | "blocking" | "crash" | "pingpong" | "race" | "start" => size.pick(1, 3, 5),
        _ => usize::MAX,
    }
}

/// All sweeps, on a machine of so many cores.
pub fn sweeps(cores: u64) -> Vec<Experiment> {
    let mut sweeps = Vec::new();
    for steps in [10, 100, 300, 1000, 3000, 10_000, 30_000] {
        let hashes = format!("hashes --size {steps}");
        sweeps.push(
            Experiment::probe(&format!("when-unit-{steps}"))
                .label(format!("20 units of {steps} steps"))
                .expected(0.03)
                .by(Sequential, &hashes)
                .by(Threading, &hashes)
                .by(Multiprocessing, &hashes),
        );
    }
    for units in [1, 10, 30, 100, 300, 1000] {
        let sleepers = format!("sleepers --size {units} --time-scale 0.02");
        sweeps.push(
            Experiment::probe(&format!("when-asleep-{units}"))
                .label(format!("{units} units asleep for 20 ms"))
                .expected(0.04)
                .by(Threading, &sleepers)
                .by(Asyncio, &sleepers)
                .warmed_up(&sleepers),
        );
    }
    for microseconds in [0, 10, 30, 100, 300, 1000] {
        // Not to sleep at all is no call that blocks: a nanosecond is the shortest one.
        let nap = format!("{:.9}", (f64::from(microseconds) * 1e-6).max(1e-9));
        let calls = format!("--size 10 --time-scale {nap}");
        sweeps.push(
            Experiment::probe(&format!("when-blocking-{microseconds}"))
                .label(format!(
                    "ten calls that block for {microseconds} µs or a little more"
                ))
                .expected(0.01)
                .by(Sequential, &format!("blocking {calls}"))
                .by(Asyncio, &format!("blocking {calls}")),
        );
        sweeps.push(
            Experiment::probe(&format!("when-offloaded-{microseconds}"))
                .label("the same, moved off the event loop")
                .expected(0.01)
                .by(Asyncio, &format!("offload {calls}")),
        );
    }
    // At least four, for a law with two unknowns.
    for workers in 1..=(2 * cores).clamp(4, 16) {
        let hashes = format!("hashes --size 100000 --workers {workers}");
        sweeps.push(
            Experiment::probe(&format!("when-computing-{workers}"))
                .label(format!("20 chains over {workers} workers"))
                .expected(0.1)
                .by(Threading, &hashes)
                .by(Multiprocessing, &hashes)
                .by(AsyncioMultiThread, &hashes),
        );
    }
    for workers in [1, 2, 4, 8, 16, 32] {
        let sites = format!("sites --size 16 --delay 5 --workers {workers}");
        sweeps.push(
            Experiment::probe(&format!("when-waiting-{workers}"))
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
