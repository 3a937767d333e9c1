//! What is measured, at which sizes: a results structure in which nothing has been measured yet.
//!
//! Sizes follow from two rules. A timed run of a workload lasts at least 100 ms, since shorter ones cannot be screened for noise one
//! by one, so a short job is repeated inside its run; the shorter runs of a probe are looked at together. And the whole comparison
//! fits a minute and a half on two cores: the story's delays are scaled down, and say so in their labels. Where it has to fit half
//! a minute, the second rule comes first.

use crate::model::experiment::{Experiment, Floor, Kind};
use crate::model::options::{Extent, Size};
use crate::model::rows::{BLOCKING_CALLS, BLOCKING_NAP, Family, Row, Sweep};
use crate::model::technique::Contestant::*;
use crate::model::technique::Runner::BareLoop;
use crate::plan::serve;
use crate::plan::sweeps::sweeps;
use crate::plan::workloads::workloads;

/// All experiments that were asked for, none of them done, on a machine of so many cores.
pub fn plan(extent: &Extent, cores: u64) -> Vec<Experiment> {
    let size = extent.size();
    let mut experiments = workloads(size, cores);
    experiments.extend(
        extent
            .faults()
            .into_iter()
            .flat_map(|faults| bad_network(size, faults)),
    );
    experiments.extend(probes(size));
    experiments.extend(tasks(size));
    if size != Size::Quick || extent.names(Family::When) {
        experiments.extend(sweeps(cores));
    }
    experiments.extend(crowds(size));
    // They would take longer than all the rest has.
    if extent.names(Family::Serve) {
        experiments.extend(serve::rows(size));
    }
    experiments.retain_mut(|experiment| {
        experiment.cells.retain(|cell| extent.invites(cell.runner));
        let family = experiment.name.family();
        // A floor alone is none of anything.
        let measured = experiment.contestants().next().is_some();
        family.is_some_and(|family| extent.includes(family)) && measured
    });
    experiments
}

/// The same pages within the same limits, from a server that behaves and from one that does not.
fn bad_network(size: Size, faults: &str) -> [Experiment; 2] {
    let copies: u64 = size.pick(30, 60, 500);
    let job = format!(
        "sites --size {copies} --time-scale 0.01 --keep-going --timeout 2 --max-body 200000"
    );
    let row = |name, label: &str, seconds: f64| {
        Experiment::new(name, Kind::Limited)
            .label(format!("{} pages, {label}", 2 * copies))
            .expected(seconds * 2.0 * copies as f64)
            .served()
            .by_all(&job)
            .warmed_up(&job)
    };
    let mut bad = row(Row::SitesBad, &format!("--faults {faults}"), 0.033);
    bad.faults = Some(faults.to_owned());
    [row(Row::SitesGood, "no faults", 0.005), bad]
}

/// What the conclusion table needs beside the workloads.
fn probes(size: Size) -> Vec<Experiment> {
    let computing = size.pick(100, 100, 300);
    let ticker = Experiment::probe(Row::Ticker)
        .label(format!(
            "a tick every 1 ms beside a computation of {computing} ms"
        ))
        .expected(f64::from(computing) / 1000.0)
        .one_core()
        .by_all(&format!("ticker --size {computing}"))
        .by(Cluster, &format!("ticker --size {computing}"));
    let spread_ticker = Experiment::probe(Row::TickerAnyCore)
        .label("the same, on cores as the system likes")
        .expected(f64::from(computing) / 1000.0)
        .by_all(&format!("ticker --size {computing}"))
        .by(Cluster, &format!("ticker --size {computing}"));

    // Each takes long enough for a clock; a call is a nanosecond.
    let trips = |all: u64| size.pick(all / 4, all, all);
    let switches = |all| format!("switch --size {}", trips(all));
    let switch = Experiment::probe(Row::Switch)
        .label("two that give way to each other on one core")
        .expected(0.15)
        .one_core()
        .by(Sequential, &switches(20_000_000))
        .by(Threading, &switches(50_000))
        .by(Multiprocessing, &switches(50_000))
        .by(Asyncio, &switches(200_000));
    let call = format!("pingpong --size {}", trips(50_000_000));
    let round_trips = |probe: &str, name, label: &str, [threads, processes, tasks]: [u64; 3]| {
        let trips = |all| format!("{probe} --size {}", trips(all));
        Experiment::probe(name)
            .label(label)
            .expected(0.1)
            .by(Threading, &trips(threads))
            .by(Multiprocessing, &trips(processes))
            .by(Asyncio, &trips(tasks))
    };
    let pingpong = |name, label, all| {
        let row = round_trips("pingpong", name, label, all);
        row.by(Cluster, &format!("pingpong --size {}", trips(100)))
    };
    let spinning = |name, label, all| round_trips("pingpong-spinning", name, label, all);

    let start = |name, label: &str, units: [u32; 5]| {
        let sleepers = |units| format!("sleepers --time-scale 0 --size {units}");
        let [threads, processes, tasks, spread_tasks, nodes] = units;
        Experiment::probe(name)
            .label(label)
            .expected(0.2)
            .by(Threading, &sleepers(threads))
            .by(Multiprocessing, &sleepers(processes))
            .by(Asyncio, &sleepers(tasks))
            .by(AsyncioMultiThread, &sleepers(spread_tasks))
            // Sampled as well: a node's memory is what more of them take.
            .by(Cluster, &sleepers(nodes))
            .warmed_up_alone(Cluster)
            .crowd()
    };

    let calls = format!("--size {BLOCKING_CALLS} --time-scale {BLOCKING_NAP}");
    let blocking = Experiment::probe(Row::Blocking)
        .label("ten calls that block")
        .expected(f64::from(BLOCKING_CALLS) * BLOCKING_NAP)
        .by_all(&format!("blocking {calls}"))
        .by(Cluster, &format!("blocking {calls}"));
    let offloaded = Experiment::probe(Row::BlockingOffloaded)
        .label("the same, moved off the event loop")
        .expected(BLOCKING_NAP)
        .by(Asyncio, &format!("offload {calls}"));

    let crash = |name, how| {
        Experiment::probe(name)
            .label(format!("1 of 10 units fails: {how}"))
            .expected(0.01)
            .may_die()
            .by_all(&format!("crash --how {how}"))
            .by(Cluster, &format!("crash --how {how}"))
    };

    let in_pool = Experiment::probe(Row::CrashPool)
        .label("1 of 10 units aborts in a pool")
        .expected(0.01)
        .may_die()
        .by(Multiprocessing, "crash-pool --how abort");

    // Long enough for all to be at it at once, however long it takes to start them.
    let race = Experiment::probe(Row::Race)
        .label("x = x + 1 by two")
        .expected(0.02)
        .by_all("race --size 5000000");
    let race_call = Experiment::probe(Row::RaceCall)
        .label("x = x + one() by two")
        .expected(0.02)
        .by(Sequential, "race-call --size 5000000")
        .by(Threading, "race-call --size 5000000")
        .by(Multiprocessing, "race-call --size 5000000")
        .by(Asyncio, "race-call --size 50000")
        .by(AsyncioMultiThread, "race-call --size 50000");

    vec![
        ticker,
        spread_ticker,
        switch,
        pingpong(
            Row::PingpongOneCore,
            "there and back on one core, asleep until it comes",
            [10_000, 10_000, 200_000],
        )
        .by(Sequential, &call)
        .one_core(),
        pingpong(
            Row::PingpongAnyCore,
            "the same, on cores as the system likes",
            [2000, 2000, 200_000],
        ),
        spinning(
            Row::PingpongSpinningOneCore,
            "there and back on one core, with a look before sleep",
            [10_000, 5000, 100_000],
        )
        .one_core(),
        spinning(
            Row::PingpongSpinningAnyCore,
            "the same, on cores as the system likes",
            [20_000, 5000, 100_000],
        ),
        start(Row::StartOne, "one unit that ends at once", [1; 5]),
        start(
            Row::StartMany,
            "many units that end at once",
            [2000, 50, 100_000, 100_000, 5],
        ),
        blocking,
        offloaded,
        crash(Row::CrashError, "error"),
        crash(Row::CrashPanic, "panic"),
        crash(Row::CrashAbort, "abort"),
        in_pool,
        race,
        race_call,
    ]
    .into_iter()
    .chain(handed_over(size))
    .collect()
}

/// As many bytes, handed over as a message of numbers, as one of bytes, and in shared memory.
fn handed_over(size: Size) -> Vec<Experiment> {
    let mut rows = Vec::new();
    for (bytes, [numbers, plain, shared]) in [
        (8, [5000, 5000, 10_000]),
        (8192, [2000, 2000, 8000]),
        (65_536, [250, 250, 5000]),
        (1_048_576, [16, 16, 600_u64]),
    ] {
        let job = |probe: &str, trips: u64| {
            let trips = size.pick(trips.div_ceil(4), trips, trips);
            format!("{probe} --size {trips} --bytes {bytes}")
        };
        let row = |sweep, label: &str| {
            Experiment::probe(Row::At(sweep, bytes))
                .label(format!("{bytes} bytes there and back, {label}"))
                .expected(0.15)
                .one_core()
        };
        rows.extend([
            row(Sweep::MessageNumbers, "as numbers")
                .by(Multiprocessing, &job("message", numbers))
                .warmed_up(&format!("message --size 1 --bytes {bytes}")),
            row(Sweep::MessageBytes, "as bytes")
                .by(Multiprocessing, &job("message --of bytes", plain))
                .warmed_up(&format!("message --of bytes --size 1 --bytes {bytes}")),
            row(Sweep::MessageShared, "in shared memory")
                .by(Threading, &job("memory", shared))
                .by(Multiprocessing, &job("memory", shared)),
        ]);
    }
    rows
}

/// What a broker and its nodes do with many tasks, and what is lost with one of them.
fn tasks(size: Size) -> Vec<Experiment> {
    let row = |name, label: String, seconds, arguments: String| {
        Experiment::probe(name)
            .label(label)
            .expected(seconds)
            .by(Cluster, &format!("tasks {arguments}"))
    };
    let alone = size.pick(2_000, 5_000, 10_000);
    let chunks = size.pick(100_000, 300_000, 1_000_000);
    let naps = size.pick(100, 200, 1_000);
    let lost = size.pick(200, 400, 1_000);
    let lose = |what| format!("--size {lost} --nap 5 --lose {what}");
    vec![
        row(
            Row::TasksAlone,
            format!("{alone} tasks without work, a message each"),
            f64::from(alone) / 1000.0,
            format!("--size {alone}"),
        ),
        row(
            Row::TasksChunks,
            format!("{chunks} of the same, many in a message"),
            0.5,
            format!("--chunks --size {chunks}"),
        ),
        row(
            Row::TasksLong,
            format!("{naps} tasks that sleep for 10 ms"),
            0.012 * f64::from(naps),
            format!("--size {naps} --nap 10"),
        ),
        row(
            Row::TasksLostNode,
            format!("{lost} tasks of 5 ms, and one of two nodes is killed"),
            5.0,
            lose("node"),
        )
        .once(),
        row(
            Row::TasksLostBroker,
            format!("{lost} tasks of 5 ms, and their broker is killed and starts again"),
            30.0,
            lose("broker"),
        )
        .once(),
    ]
}

/// Large numbers at once: one round of each, sampled for memory while it is timed.
fn crowds(size: Size) -> Vec<Experiment> {
    let greetings = size.pick(1_000, 10_000, 10_000);
    let hello = Experiment::probe(Row::HelloCrowd)
        .label(format!("{greetings} greetings in flight, 1 s each"))
        .floor(Floor::Served { turns: 1 })
        .expected(3.0)
        .served()
        .by(
            Asyncio,
            &format!("hello --size {greetings} --workers {greetings} --time-scale 1"),
        )
        .once();

    let repeat = size.pick(30, 50, 100);
    let cats = Experiment::probe(Row::CatsCrowd)
        .label(format!("{repeat}00 photos, 64 in flight"))
        .floor(Floor::BareLoop { cores: 1 })
        .expected(0.006 * f64::from(repeat))
        .served()
        .by(Asyncio, &format!("cats --workers 64 --repeat {repeat}"))
        .by(
            BareLoop,
            &format!("bare-loop cats --workers 64 --repeat {repeat}"),
        );

    let tasks = size.pick(100_000, 1_000_000, 1_000_000);
    let threads = size.pick(1_000, 10_000, 10_000);
    let nap = size.pick(0.3, 1.5, 2.0);
    let sleepers = Experiment::probe(Row::SleepersCrowd)
        .label(format!(
            "{tasks} tasks, {threads} threads asleep for {nap} s"
        ))
        .expected(5.0)
        .by(
            Threading,
            &format!("sleepers --size {threads} --time-scale {nap}"),
        )
        .by(
            Asyncio,
            &format!("sleepers --size {tasks} --time-scale {nap}"),
        )
        .crowd()
        .once();

    vec![hello, cats, sleepers]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::options::Options;
    use crate::model::technique::Contestant;

    fn planned(arguments: &[&str]) -> Vec<Experiment> {
        plan(&Options::without_environment(arguments).extent, 2)
    }

    #[test]
    fn every_row_of_the_workload_table_has_all_techniques_and_a_floor() {
        let workloads: Vec<_> = planned(&[])
            .into_iter()
            .filter(|row| matches!(row.kind, Kind::Waiting | Kind::Computing))
            .collect();
        let names: Vec<_> = workloads.iter().map(|row| row.name).collect();
        assert_eq!(names, Row::WORKLOADS);
        for row in workloads {
            for technique in Contestant::TECHNIQUES {
                assert!(row.cell(technique).is_some(), "{}: {technique}", row.name);
            }
            assert_ne!(row.floor, Floor::Unknown);
        }
    }

    #[test]
    fn more_cores_get_more_work_to_share() {
        let items = |cores, name| {
            let rows = plan(&Options::without_environment(&[]).extent, cores);
            let row = rows.into_iter().find(|row| row.name == name).unwrap();
            row.work.unwrap().items
        };
        for name in [Row::Lists, Row::Squares, Row::Hashes] {
            let two = items(2, name);
            let more = [1, 4, 8, 64].map(|cores| items(cores, name) / two);
            assert_eq!(more, [1.0, 2.0, 4.0, 4.0], "{name}");
        }
    }

    #[test]
    fn only_and_techniques_leave_the_rest_out_but_not_the_floor() {
        let experiments = planned(&["--only", "hashes,ticker", "--techniques", "threading"]);
        let names: Vec<_> = experiments.iter().map(|row| row.name).collect();
        assert_eq!(names, [Row::Hashes, Row::Ticker, Row::TickerAnyCore]);
        let who: Vec<_> = experiments[0]
            .cells
            .iter()
            .map(|cell| cell.runner)
            .collect();
        assert_eq!(who, [Threading.into(), BareLoop]);
    }

    #[test]
    fn a_bad_network_is_measured_beside_a_good_one_if_asked_for() {
        let rows = planned(&["--faults", "7:0.5", "--only", "sites"]);
        let faults: Vec<_> = rows
            .iter()
            .map(|row| (row.name, row.faults.as_deref()))
            .collect();
        let expected = [
            (Row::Sites, None),
            (Row::SitesGood, None),
            (Row::SitesBad, Some("7:0.5")),
        ];
        assert_eq!(faults, expected);
        let command = |row: &Experiment| row.command(row.cell(Asyncio).unwrap()).unwrap();
        assert!(command(&rows[2]).ends_with("--faults 7:0.5"));
        assert!(
            planned(&["--faults", "0"])
                .iter()
                .all(|row| row.faults.is_none())
        );
    }
}
