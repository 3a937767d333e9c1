//! How fast nodes are, beside a bare loop and Celery's workers at the same broker; then from how long a task on it pays to send it to another
//! machine, and how many workers a broker feeds, by a model that is checked against two, three and four nodes.
//!
//!     make cluster-bench          (QUICK=1: a round of little)

mod bare;
mod crew;
mod model;

use std::env;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cluster::{Broker, Cluster, Node, NodeStatus, tasks};
use multiprocessing::Pool;
use serde::Deserialize;
use shared::cli::Report;

use crew::{Crew, Started, broker, cpu_of_tree, own_cpu, python};
use model::{Costs, Measured, span};

/// How much is measured.
struct Size {
    /// Everything is measured so often, in turn; shown is the median.
    rounds: usize,
    tasks: u64,
    items: u64,
    /// In a local pool a task is so short that its cost shows in many alone.
    local: u64,
    calls: u64,
    /// In a chain of hashes.
    digests: u64,
}

const FULL: Size = Size {
    rounds: 5,
    tasks: 2_000,
    items: 300_000,
    local: 50_000,
    calls: 100,
    digests: 500_000,
};

/// Enough to see that all of it works.
const QUICK: Size = Size {
    rounds: 1,
    tasks: 500,
    items: 50_000,
    local: 10_000,
    calls: 20,
    digests: 20_000,
};

/// `QUICK=1` asks for little.
fn size() -> Size {
    match env::var("QUICK").as_deref() {
        Err(_) | Ok("" | "0") => FULL,
        Ok(_) => QUICK,
    }
}

/// The nodes that the model is checked with have tasks of this length.
const WAIT: Duration = Duration::from_millis(10);

const NODES: &str = "bench-nodes";
const BARE: &str = "bench-bare";
const CELERY: &str = "bench-celery";
const HASHES: [&str; 2] = ["bench-hashes-1", "bench-hashes-2"];
const WAITS: [&str; 4] = ["bench-1", "bench-2", "bench-3", "bench-4"];

fn square(number: u64) -> u64 {
    number * number
}

fn wait(_: u64) {
    thread::sleep(WAIT);
}

fn main() -> ExitCode {
    cluster::init(tasks![square as "bench.square", wait as "bench.wait"]);
    let words: Vec<_> = env::args().skip(1).collect();
    let url = env::var("CLUSTER_BROKER").unwrap_or_default();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--node", queue, name] => node(&url, queue, name),
        ["--bare", queue] => bare::run(&url, queue),
        [] => run(),
        _ => {
            eprintln!("cluster-bench: no argument is allowed; QUICK=1 makes one small round");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cluster-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn node(url: &str, queue: &str, name: &str) -> Result<()> {
    let node = Node::builder(url).queue(queue).name(name).workers(1);
    Ok(node.quiet().build().and_then(Node::run)?)
}

fn run() -> Result<()> {
    let own = Broker::start()?;
    let bench = Bench {
        url: own.url(),
        broker: broker()?,
        cluster: Cluster::builder()
            .queue(NODES)
            .quiet()
            .connect(&own.url())?,
    };
    let mut found = Found::default();
    let nodes = bench.nodes(NODES, 2)?;
    found.rows.push(Rows::new("a bare loop", bench.bare()?));
    found.rows.push(Rows::new("nodes", nodes));
    let python = python();
    match &python {
        Some(python) => found
            .rows
            .push(Rows::new("Celery's workers", bench.celery(python)?)),
        None => println!("Celery: skipped, because there is no target/celery: run `make celery`"),
    }
    let hashers = [bench.hashers(HASHES[0], 1)?, bench.hashers(HASHES[1], 2)?];
    let pool = Pool::builder().workers(2).build()?;
    pool.map(square, 0..1000)?;
    for rows in &found.rows {
        bench.calls(rows.crew.queue, 200)?;
    }
    let rounds = size().rounds;
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        bench.round(&mut found, &pool)?;
        if let Some(python) = &python {
            found.clients.push(bench.own_client(python)?);
        }
        for (queue, seconds) in HASHES.iter().zip(&mut found.hashes) {
            seconds.push(bench.hashes(queue)?);
        }
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let processors = thread::available_parallelism().map_or(1, usize::from);
    println!("{processors} processors, a load of {load} at the end, with all that runs here");
    found.shares = bench.shares(HASHES[1], 2)?;
    // What follows is of nodes alone, and of their number.
    drop((hashers, pool));
    found
        .rows
        .iter_mut()
        .for_each(|rows| rows.crew.processes.clear());
    found.print();

    println!("\nthe model");
    let rate = median(&found.rows[1].rates());
    let most = found.measured(0.0).ceiling;
    check("two nodes of tasks without work", most, rate);
    let work = WAIT.as_secs_f64();
    let rates = bench.waiting_rates()?;
    let between = 1.0 / rates[0] - work;
    println!(
        "  one node of tasks that wait {}: {:.0} a second measured",
        span(work),
        rates[0]
    );
    for (count, rate) in (1..).zip(rates).skip(1) {
        let predicted = found.measured(between).rate(f64::from(count), work);
        check(&format!("{count} nodes of the same"), predicted, rate);
    }
    print!("{}", found.measured(between).sentences());
    Ok(())
}

/// Many tasks, for one kind of workers.
#[derive(Clone, Copy)]
struct Sample {
    seconds: f64,
    costs: Costs,
}

/// What was measured of one kind of workers, task for task.
struct Rows {
    name: &'static str,
    crew: Crew,
    samples: Vec<Sample>,
    latencies: Vec<f64>,
}

impl Rows {
    fn new(name: &'static str, crew: Crew) -> Rows {
        let (samples, latencies) = (Vec::new(), Vec::new());
        Rows {
            name,
            crew,
            samples,
            latencies,
        }
    }

    fn rates(&self) -> Vec<f64> {
        let rates = self
            .samples
            .iter()
            .map(|it| size().tasks as f64 / it.seconds);
        rates.collect()
    }

    fn cpu(&self) -> Vec<f64> {
        self.samples.iter().map(|it| it.costs.node).collect()
    }
}

/// What Celery's own client says.
#[derive(Deserialize)]
struct OwnClient {
    seconds: f64,
    latencies: Vec<f64>,
}

/// Everything that was measured in rounds.
#[derive(Default)]
struct Found {
    /// The bare loop, nodes, and Celery's workers, if they are there.
    rows: Vec<Rows>,
    /// Items in chunks.
    chunks: Vec<Sample>,
    /// CPU seconds of an item in a local pool: alone, in chunks.
    local: [Vec<f64>; 2],
    /// Seconds of one call of a local pool.
    near: Vec<f64>,
    clients: Vec<OwnClient>,
    /// Seconds of hashes on one node, and on two.
    hashes: [Vec<f64>; 2],
    /// How many units of hashes each of the two nodes has done.
    shares: Vec<u64>,
}

impl Found {
    fn print(&self) {
        let Size {
            rounds,
            tasks,
            items,
            ..
        } = size();
        println!(
            "two workers, {tasks} tasks a round, medians of {rounds} rounds (least to most)\n{:<30} {:>24} {:>16} {:>16} {:>16}",
            "", "tasks a second", "there and back", "the 99th of 100", "CPU of a task"
        );
        for rows in &self.rows {
            line(rows.name, &rows.rates(), &rows.latencies, &rows.cpu());
        }
        if !self.clients.is_empty() {
            let rates: Vec<_> = self
                .clients
                .iter()
                .map(|it| tasks as f64 / it.seconds)
                .collect();
            let latencies: Vec<_> = self
                .clients
                .iter()
                .flat_map(|it| it.latencies.clone())
                .collect();
            line("the same, Celery's own client", &rates, &latencies, &[]);
        }
        let (bare, nodes) = (&self.rows[0], &self.rows[1]);
        let items: Vec<_> = self
            .chunks
            .iter()
            .map(|it| items as f64 / it.seconds)
            .collect();
        println!("{:<30} {:>24}", "nodes, items in chunks", range(&items));

        println!(
            "  CPU of a task at a node, in that of the bare loop: {}",
            range(&ratios(&nodes.cpu(), &bare.cpu()))
        );
        println!("\ntargets");
        target(
            "tasks a second of nodes, in those of the bare loop",
            &ratios(&nodes.rates(), &bare.rates()),
            |it| it >= 0.7,
            "at least 0.7",
        );
        target(
            "items a second in chunks",
            &items,
            |it| it >= 100_000.0,
            "at least 100000",
        );
        if let Some(celery) = self.rows.get(2) {
            target(
                "CPU of a task at a node, in that at Celery's workers",
                &ratios(&nodes.cpu(), &celery.cpu()),
                |it| it <= 0.1,
                "at most 0.1",
            );
            let chunks: Vec<_> = self.chunks.iter().map(|it| it.costs.node).collect();
            target(
                "CPU of an item in a chunk, in the same",
                &ratios(&chunks, &celery.cpu()),
                |it| it <= 0.1,
                "at most 0.1",
            );
            println!(
                "  CPU of a task in the bare loop, in the same: {}",
                range(&ratios(&bare.cpu(), &celery.cpu()))
            );
            let rates = ratios(&nodes.rates(), &celery.rates());
            println!(
                "  tasks a second of nodes, in those of Celery's workers: {}",
                range(&rates)
            );
        }
        let faster = ratios(&self.hashes[0], &self.hashes[1]);
        target(
            "hashes on two nodes, in times the speed of one",
            &faster,
            |it| it >= 1.8,
            "at least 1.8",
        );
        let [one, two] = [0, 1].map(|place| part(&self.hashes[place], 0.0));
        println!("  the same, of the best round of each: {:.2}", one / two);
        println!("  units that each of the two has done: {:?}", self.shares);
    }

    fn measured(&self, between: f64) -> Measured {
        let nodes = &self.rows[1];
        Measured {
            alone: costs(&nodes.samples),
            chunk: costs(&self.chunks),
            local: (median(&self.local[0]), median(&self.local[1])),
            latency: (median(&nodes.latencies), median(&self.near)),
            between,
            ceiling: median(&self.rows[0].rates()),
        }
    }
}

struct Bench {
    url: String,
    /// The broker's process.
    broker: u32,
    cluster: Cluster,
}

impl Bench {
    fn round(&self, found: &mut Found, pool: &Pool) -> Result<()> {
        let Size {
            tasks,
            items,
            local: many,
            calls,
            ..
        } = size();
        for rows in &mut found.rows {
            let queue = rows.crew.queue;
            let sample = self.sample(&rows.crew, tasks, || self.calls(queue, tasks))?;
            rows.samples.push(sample);
            for number in 0..calls {
                let begun = Instant::now();
                self.calls_of(queue, number..number + 1)?;
                rows.latencies.push(begun.elapsed().as_secs_f64());
            }
        }
        found
            .chunks
            .push(self.sample(&found.rows[1].crew, items, || {
                let squares = self.cluster.map(square, 0..items)?;
                ensure!(
                    squares.into_iter().eq((0..items).map(square)),
                    "wrong squares"
                );
                Ok(())
            })?);
        found.local[0].push(local(pool, many, || {
            let sent = (0..many).map(|number| pool.apply_async(square, number));
            let sent: Vec<_> = sent.collect::<Result<_, _>>()?;
            Ok(sent
                .into_iter()
                .map(|it| it.get())
                .collect::<Result<_, _>>()?)
        })?);
        found.local[1].push(local(pool, items, || Ok(pool.map(square, 0..items)?))?);
        for number in 0..calls {
            let begun = Instant::now();
            ensure!(
                pool.apply(square, number)? == square(number),
                "a wrong square"
            );
            found.near.push(begun.elapsed().as_secs_f64());
        }
        Ok(())
    }

    /// What so many tasks take and cost, a task.
    fn sample(&self, crew: &Crew, tasks: u64, run: impl FnOnce() -> Result<()>) -> Result<Sample> {
        let costs = || [own_cpu(), cpu_of_tree(self.broker), crew.cpu()];
        let (before, begun) = (costs(), Instant::now());
        run()?;
        let (seconds, after) = (begun.elapsed().as_secs_f64(), costs());
        let [client, broker, node] =
            [0, 1, 2].map(|place| (after[place] - before[place]) / tasks as f64);
        Ok(Sample {
            seconds,
            costs: Costs {
                client,
                broker,
                node,
            },
        })
    }

    fn calls(&self, queue: &str, tasks: u64) -> Result<()> {
        self.calls_of(queue, 0..tasks)
    }

    /// Sends tasks, each in a message of its own, and waits for all.
    fn calls_of(&self, queue: &str, numbers: Range<u64>) -> Result<()> {
        let send = |number| {
            let call = self.cluster.call::<u64>("bench.square").queue(queue);
            call.send((number,))
        };
        let sent: Vec<_> = numbers.clone().map(send).collect::<Result<_, _>>()?;
        for (number, answer) in numbers.zip(sent) {
            ensure!(answer.get()? == square(number), "a wrong square");
        }
        Ok(())
    }

    /// Tasks a second that one node, two, three and four do, of tasks that wait: medians of rounds.
    fn waiting_rates(&self) -> Result<[f64; WAITS.len()]> {
        let mut crews = Vec::new();
        for (count, queue) in (1..).zip(WAITS) {
            crews.push(self.nodes(queue, count)?);
            self.calls(queue, 20 * count as u64)?;
        }
        let mut rates = WAITS.map(|_| Vec::new());
        for _ in 0..size().rounds {
            for (crew, rates) in crews.iter().zip(&mut rates) {
                let tasks = 100 * crew.processes.len();
                rates.push(tasks as f64 / self.waits(crew.queue, tasks)?);
            }
        }
        Ok(rates.map(|rates| median(&rates)))
    }

    /// Seconds of tasks that wait.
    fn waits(&self, queue: &str, tasks: usize) -> Result<f64> {
        let begun = Instant::now();
        let send = |number| {
            let call = self.cluster.call::<()>("bench.wait").queue(queue);
            call.send((number,))
        };
        let sent: Vec<_> = (0..tasks).map(send).collect::<Result<_, _>>()?;
        sent.into_iter().try_for_each(|answer| answer.get())?;
        Ok(begun.elapsed().as_secs_f64())
    }

    fn bare(&self) -> Result<Crew> {
        let mut processes = Vec::new();
        for _ in 0..2 {
            let mut command = Command::new(env::current_exe()?);
            command
                .args(["--bare", BARE])
                .env("CLUSTER_BROKER", &self.url);
            processes.push(Started::new(command.stdout(Stdio::piped()))?);
        }
        processes.iter_mut().try_for_each(Started::is_ready)?;
        Ok(Crew {
            queue: BARE,
            processes,
        })
    }

    fn nodes(&self, queue: &'static str, count: usize) -> Result<Crew> {
        self.crew(queue, count, |name| {
            let mut command = Command::new(env::current_exe()?);
            command.args(["--node", queue, name]);
            Ok(command)
        })
    }

    /// Nodes of the program, which knows the workloads.
    fn hashers(&self, queue: &'static str, count: usize) -> Result<Crew> {
        self.crew(queue, count, |name| {
            let mut command = Command::new(program()?);
            command.args(["node", "--workers", "1", "--queue", queue, "--name", name]);
            Ok(command)
        })
    }

    fn celery(&self, python: &Path) -> Result<Crew> {
        self.crew(CELERY, 2, |name| {
            let mut command = celery(python);
            command.args([
                "-m", "celery", "-A", "bench", "worker", "-c", "1", "-Q", CELERY,
            ]);
            command.args(["-n", name, "--without-mingle", "--without-gossip"]);
            Ok(command)
        })
    }

    fn crew(
        &self,
        queue: &'static str,
        count: usize,
        command: impl Fn(&str) -> Result<Command>,
    ) -> Result<Crew> {
        let mut processes = Vec::new();
        for number in 1..=count {
            let mut command = command(&name(queue, number))?;
            command
                .env("CLUSTER_BROKER", &self.url)
                .stdout(Stdio::null());
            processes.push(Started::new(&mut command)?);
        }
        self.answers(queue, count)?;
        Ok(Crew { queue, processes })
    }

    /// What so many workers at a queue say of themselves, when all of them do.
    fn answers(&self, queue: &str, count: usize) -> Result<Vec<NodeStatus>> {
        let names: Vec<_> = (1..=count).map(|number| name(queue, number)).collect();
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let mut there = cluster::status(&self.url)?;
            there.retain(|it| names.contains(&it.name));
            if there.len() == count {
                return Ok(there);
            }
            ensure!(Instant::now() < end, "the workers at {queue} do not come");
        }
    }

    /// How many messages each of so many nodes at a queue has taken: of a computation, a unit each.
    fn shares(&self, queue: &str, count: usize) -> Result<Vec<u64>> {
        let nodes = self.answers(queue, count)?;
        Ok(nodes.into_iter().map(|node| node.tasks).collect())
    }

    /// Seconds of the workload.
    fn hashes(&self, queue: &str) -> Result<f64> {
        let mut command = Command::new(program()?);
        command.args(["hashes", "--json", "--queue", queue, "--size"]);
        command.arg(size().digests.to_string());
        command
            .env("CLUSTER_BROKER", &self.url)
            .stderr(Stdio::inherit());
        let output = command.output()?;
        ensure!(output.status.success(), "hashes failed");
        let report: Report = serde_json::from_slice(&output.stdout)?;
        Ok(report.seconds)
    }

    fn own_client(&self, python: &Path) -> Result<OwnClient> {
        let mut command = celery(python);
        let Size { tasks, calls, .. } = size();
        command.args(["bench.py", &tasks.to_string(), &calls.to_string()]);
        command
            .env("CLUSTER_BROKER", &self.url)
            .stderr(Stdio::inherit());
        let output = command.output()?;
        ensure!(output.status.success(), "Celery's client failed");
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// The name of a worker at a queue.
fn name(queue: &str, number: usize) -> String {
    format!("{queue}-{number}@bench")
}

fn celery(python: &Path) -> Command {
    let mut command = Command::new(python);
    command
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("bench"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The program `cluster`, which lies above the examples.
fn program() -> Result<PathBuf> {
    let own = env::current_exe()?;
    let program = own.ancestors().nth(2).context("no folder")?.join("cluster");
    ensure!(
        program.exists(),
        "there is no {}: run `make cluster-bench`",
        program.display()
    );
    Ok(program)
}

/// CPU seconds of an item in a local pool, of this process and the workers.
fn local(pool: &Pool, items: u64, run: impl FnOnce() -> Result<Vec<u64>>) -> Result<f64> {
    let cpu = || own_cpu() + pool.pids().into_iter().map(cpu_of_tree).sum::<f64>();
    let before = cpu();
    let squares = run()?;
    let cost = (cpu() - before) / items as f64;
    ensure!(
        squares.into_iter().eq((0..items).map(square)),
        "wrong squares"
    );
    Ok(cost)
}

fn costs(samples: &[Sample]) -> Costs {
    let of = |part: fn(&Costs) -> f64| {
        let values: Vec<_> = samples.iter().map(|it| part(&it.costs)).collect();
        median(&values)
    };
    Costs {
        client: of(|it| it.client),
        broker: of(|it| it.broker),
        node: of(|it| it.node),
    }
}

fn line(name: &str, rates: &[f64], latencies: &[f64], cpu: &[f64]) {
    let cpu = match cpu {
        [] => String::new(),
        cpu => span(median(cpu)),
    };
    let (middle, late) = (span(median(latencies)), span(part(latencies, 0.99)));
    println!(
        "{name:<30} {:>24} {middle:>16} {late:>16} {cpu:>16}",
        range(rates)
    );
}

fn check(what: &str, predicted: f64, measured: f64) {
    let error = (predicted / measured - 1.0) * 100.0;
    println!(
        "  {what}: {predicted:.0} a second predicted, {measured:.0} measured, error {error:+.0} %"
    );
}

fn target(what: &str, values: &[f64], holds: impl Fn(f64) -> bool, wanted: &str) {
    let verdict = match holds(median(values)) {
        true => "held",
        false => "missed",
    };
    println!("  {what}: {}, {wanted}: {verdict}", range(values));
}

/// Round for round.
fn ratios(these: &[f64], those: &[f64]) -> Vec<f64> {
    these
        .iter()
        .zip(those)
        .map(|(this, that)| this / that)
        .collect()
}

fn median(values: &[f64]) -> f64 {
    part(values, 0.5)
}

/// The value below which so great a part of them lies.
fn part(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = (part * (sorted.len() - 1) as f64).round();
    sorted[place as usize]
}

/// Median, least and most.
fn range(values: &[f64]) -> String {
    let places = match median(values) {
        small if small < 0.1 => 4,
        small if small < 100.0 => 2,
        _ => 0,
    };
    let [middle, least, most] = [0.5, 0.0, 1.0].map(|it| part(values, it));
    format!("{middle:.places$} ({least:.places$} to {most:.places$})")
}
