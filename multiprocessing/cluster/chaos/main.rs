//! 2,000 tasks on four nodes of two machines, while worker processes, nodes, the broker and a wire are lost; then the same with Celery's
//! workers in place of the nodes, if there are any: as they are, and with the settings that lose least.
//!
//!     make chaos CLUSTER=1

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};
use std::{env, fs};

use cluster::{Cluster, Machines, Node, tasks};

const TASKS: u64 = 2000;
const LIMIT: Duration = Duration::from_secs(90);
const QUEUE: &str = "chaos";

/// The variable that names the broker to a node.
const BROKER: &str = "CLUSTER_BROKER";

/// How long what is left in the queues may take, after the last answer: a machine that was cut off is missed after some heartbeats.
const DRAIN: Duration = Duration::from_secs(60);

fn work(number: u64) -> u64 {
    sleep(Duration::from_millis(40));
    number * number
}

fn main() -> ExitCode {
    cluster::init(tasks![work as "chaos.work"]);
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [mark, name] = &arguments[..]
        && mark == "--node"
    {
        let broker = env::var(BROKER).unwrap_or_default();
        let node = Node::builder(&broker)
            .queue(QUEUE)
            .name(name)
            .workers(2)
            .quiet();
        return match node.build().and_then(Node::run) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    if !arguments.is_empty() {
        eprintln!("cluster-chaos: no argument is allowed");
        return ExitCode::from(2);
    }
    Machines::enter();
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chaos: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let nodes = round(&Contender::Nodes)?;
    println!("{nodes}");
    if let Some(python) = python() {
        for careful in [false, true] {
            let python = python.clone();
            println!("{}", round(&Contender::Celery { python, careful })?);
        }
    } else {
        println!("Celery's workers: skipped, because there is no target/celery: run `make celery`");
    }
    Ok(nodes.is_right())
}

/// What runs the tasks.
enum Contender {
    Nodes,
    Celery {
        python: PathBuf,
        /// A task is acknowledged after its end, and results are kept on disk.
        careful: bool,
    },
}

fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/celery/bin/python3");
    python.exists().then_some(python)
}

/// What a round came to.
#[derive(Default)]
struct Report {
    name: &'static str,
    right: u64,
    wrong: u64,
    failed: BTreeMap<String, u64>,
    repeated: u64,
    seconds: f64,
    workers: u64,
    nodes: u64,
    brokers: u64,
    apart: bool,
    /// Processes that are left.
    left: usize,
    /// Messages that are left, by queue.
    messages: BTreeMap<String, u64>,
}

impl Report {
    fn is_right(&self) -> bool {
        self.right == TASKS && self.left == 0 && self.messages.is_empty()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let machines = match self.apart {
            true => "two network namespaces, one cut off for 15 s",
            false => "plain processes: the user may make no network namespaces",
        };
        let failed: u64 = self.failed.values().sum();
        let lost = TASKS - self.right - self.wrong - failed;
        writeln!(
            f,
            "{}, {TASKS} tasks, four nodes of two workers, {machines}",
            self.name
        )?;
        writeln!(
            f,
            "  killed: {} workers, {} nodes, {} brokers",
            self.workers, self.nodes, self.brokers
        )?;
        write!(
            f,
            "  {} right, {} wrong, {failed} failed {:?}, {lost} never answered in {:.1} s; {} answers came twice; {} left running",
            self.right, self.wrong, self.failed, self.seconds, self.repeated, self.left
        )?;
        match self.messages.is_empty() {
            true => write!(f, "; all queues are empty"),
            false => write!(f, "; messages are left in queues: {:?}", self.messages),
        }
    }
}

fn round(contender: &Contender) -> Result<Report, Box<dyn Error>> {
    let Machines {
        all: machines,
        broker,
        apart,
    } = Machines::start(2)?;
    let broker = Arc::new(Mutex::new(broker));
    let url = broker.lock().unwrap().url();
    let start = |place: usize| -> std::io::Result<Child> {
        let machine = &machines[place % 2];
        let name = format!("node{place}@machine{}", place % 2);
        let mut command = match contender {
            Contender::Nodes => {
                let mut command = machine.command(env::current_exe()?);
                command.args(["--node", &name]);
                command
            }
            Contender::Celery { python, careful } => {
                let mut command = machine.command(python);
                command.args([
                    "-m", "celery", "-A", "chaos", "worker", "-c", "2", "-Q", QUEUE,
                ]);
                command.args(["-n", &name, "--without-mingle", "--without-gossip"]);
                command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("chaos"));
                if *careful {
                    command.env("CHAOS_CAREFUL", "1");
                }
                command.env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
        };
        command
            .env(BROKER, &machine.url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    let cluster = Cluster::builder()
        .queue(QUEUE)
        .retries(100)
        .quiet()
        .connect(&url)?;
    let mut nodes = (0..4).map(start).collect::<Result<Vec<_>, _>>()?;
    let ready = Instant::now() + Duration::from_secs(60);
    while cluster::status(&url)?.len() < 4 {
        if Instant::now() > ready {
            return Err("the nodes do not come".into());
        }
    }

    let mut report = Report {
        name: match contender {
            Contender::Nodes => "Nodes of this crate",
            Contender::Celery { careful: false, .. } => "Celery's workers",
            Contender::Celery { careful: true, .. } => {
                "Celery's workers with acks late and results kept"
            }
        },
        apart,
        ..Report::default()
    };
    let began = Instant::now();
    let (sender, answers) = channel();
    for number in 0..TASKS {
        let sender = sender.clone();
        cluster
            .call::<u64>("chaos.work")
            .send((number,))?
            .add_done_callback(move |answer| {
                let _ = sender.send((number, answer));
            });
    }
    let over = Arc::new(AtomicBool::new(false));
    let killer = {
        let (broker, over) = (Arc::clone(&broker), Arc::clone(&over));
        thread::spawn(move || kill_brokers(&broker, &over))
    };

    let mut answered = 0;
    let mut next = [Instant::now() + Duration::from_secs(1); 2];
    let mut victim = 0;
    while answered < TASKS && began.elapsed() < LIMIT {
        while let Ok((number, answer)) = answers.try_recv() {
            answered += 1;
            match answer {
                Ok(square) if square == number * number => report.right += 1,
                Ok(_) => report.wrong += 1,
                Err(error) => {
                    let text = error.to_string();
                    let text = text.split(':').next().unwrap_or_default().to_owned();
                    *report.failed.entry(text).or_default() += 1;
                }
            }
        }
        let now = Instant::now();
        if now >= next[0] {
            next[0] = now + Duration::from_millis(100);
            report.workers += u64::from(kill_worker(&nodes, report.workers));
        }
        if now >= next[1] {
            next[1] = now + Duration::from_secs(1);
            report.nodes += 1;
            end(&mut nodes[victim]);
            nodes[victim] = start(victim)?;
            victim = (victim + 1) % 4;
        }
        if apart {
            let since = began.elapsed().as_secs();
            machines[1].cut((5..20).contains(&since))?;
        }
        sleep(Duration::from_millis(10));
    }
    report.seconds = began.elapsed().as_secs_f64();
    over.store(true, Relaxed);
    report.brokers = killer
        .join()
        .map_err(|_| "the killer of brokers panicked")?;
    machines[1].cut(false)?;
    report.messages = drain(&broker.lock().unwrap())?;
    nodes.iter_mut().for_each(end);
    report.repeated = cluster.repeated();
    report.left = machines_workers();
    Ok(report)
}

/// Waits until the nodes have done what came twice. What is left in the queues then.
fn drain(broker: &cluster::Broker) -> cluster::Result<BTreeMap<String, u64>> {
    let end = Instant::now() + DRAIN;
    loop {
        let mut messages = broker.messages()?;
        messages.retain(|_, count| *count > 0);
        if messages.is_empty() || Instant::now() > end {
            return Ok(messages);
        }
    }
}

/// Kills the broker three times, and starts it again.
fn kill_brokers(broker: &Mutex<cluster::Broker>, over: &AtomicBool) -> u64 {
    let mut killed = 0;
    while killed < 3 {
        let pause = Instant::now() + Duration::from_secs(4);
        while Instant::now() < pause {
            if over.load(Relaxed) {
                return killed;
            }
            sleep(Duration::from_millis(10));
        }
        let mut broker = broker.lock().unwrap();
        broker.kill();
        if broker.restart().is_err() {
            return killed;
        }
        killed += 1;
    }
    killed
}

/// Kills one worker process of the nodes. Whether there was one.
fn kill_worker(nodes: &[Child], number: u64) -> bool {
    let node = &nodes[number as usize % nodes.len()];
    let children = children(node.id());
    let worker = children.get(number as usize / nodes.len() % children.len().max(1));
    worker.is_some_and(|pid| kill(*pid))
}

fn kill(pid: u32) -> bool {
    let mut command = Command::new("kill");
    command
        .args(["-KILL", &pid.to_string()])
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Kills a node, and with it its workers, which Celery's would survive.
fn end(node: &mut Child) {
    let workers = children(node.id());
    let _ = node.kill();
    let _ = node.wait();
    for worker in workers {
        kill(worker);
    }
}

fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    let lists = threads.into_iter().flatten().flatten();
    let lists = lists.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let pids: Vec<_> = lists.collect();
    pids.iter()
        .flat_map(|list| list.split_whitespace())
        .filter_map(|pid| pid.parse().ok())
        .collect()
}

/// How many processes of workers are left on this machine, or in these namespaces.
fn machines_workers() -> usize {
    let own = env::current_exe().unwrap_or_default();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let left = processes.filter(|process| {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let program = fs::read_link(process.path().join("exe")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let dead = stat.contains(") Z");
        !dead && program == own && line.contains("--multiprocessing-worker")
    });
    left.count()
}
