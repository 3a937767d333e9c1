//! Brokers, nodes and Pythons for the tests, and their end.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cluster::{Broker, Cluster, Node};
use lapin::options::ConfirmSelectOptions;
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use libtest_mimic::{Failed, Trial};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tempfile::TempDir;

use crate::tasks::{BEGUN, OPEN};
use crate::tls::{Served, serve};

/// Nothing here takes longer, on however busy a machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// How long a broker may take to answer.
pub const CONNECT_TIME: Duration = Duration::from_secs(4);

/// It is given up no later than so long after that: within 5 s.
pub const MARGIN: Duration = Duration::from_secs(1);

/// Runs a command in a group of its own, which is killed when the input of the shell ends: when this process ends, at the latest.
const GUARD: &str = r#"setsid "$@" </dev/null & echo $!; read -r word; kill -s KILL -- "-$!" "$!" 2>/dev/null; wait"#;

/// A test that needs a broker.
pub fn trial(name: &'static str, test: fn(&Broker)) -> Trial {
    Trial::test(name, move || {
        match broker() {
            Some(broker) => test(broker),
            None => skip(name, "RabbitMQ is not installed"),
        }
        Ok::<(), Failed>(())
    })
}

pub fn skip(name: &str, reason: &str) {
    eprintln!("skipped: {name}: {reason}");
}

/// The broker that most tests share: a start takes longer than most of them.
pub fn served() -> Option<&'static Served> {
    static SERVED: OnceLock<Option<Served>> = OnceLock::new();
    SERVED
        .get_or_init(|| Broker::program().map(|_| serve(false)))
        .as_ref()
}

fn broker() -> Option<&'static Broker> {
    served().map(|it| &it.broker)
}

/// A name that no other test has.
pub fn unique(name: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}", NUMBER.fetch_add(1, Relaxed))
}

/// A process that ends with this value, with all that it has started.
pub struct Guarded {
    shell: Child,
    pub pid: i32,
    /// What it says on standard error.
    lines: Receiver<String>,
}

impl Guarded {
    pub fn start(command: &Command) -> Guarded {
        let mut guard = Command::new("sh");
        guard
            .args(["-c", GUARD, "guard"])
            .arg(command.get_program());
        guard.args(command.get_args());
        for (name, value) in command.get_envs() {
            guard.env(name, value.unwrap_or_default());
        }
        if let Some(folder) = command.get_current_dir() {
            guard.current_dir(folder);
        }
        guard
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut shell = guard.spawn().unwrap();
        let errors = BufReader::new(shell.stderr.take().unwrap());
        let (said, lines) = channel();
        // It ends with the last process that can say something.
        thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                if std::env::var_os("CLUSTER_TEST_LOG").is_some() {
                    eprintln!("{line}");
                }
                let _ = said.send(line);
            }
        });
        let mut line = String::new();
        let output = shell.stdout.as_mut().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let pid = line.trim().parse().unwrap();
        Guarded { shell, pid, lines }
    }

    /// Sends a signal to the process alone.
    pub fn signal(&self, signal: &str) {
        let pid = self.pid.to_string();
        let _ = Command::new("kill").args([signal, &pid]).status();
    }

    /// Sends SIGINT to the process and all that it has started, as Ctrl-C at a terminal does.
    pub fn interrupt(&self) {
        let group = format!("-{}", self.pid);
        let sent = Command::new("kill").args(["-INT", "--", &group]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it says this.
    pub fn wait_until_it_says(&self, what: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(what) => return,
                Ok(_) => {}
                Err(_) => panic!("it never said `{what}`"),
            }
        }
    }

    /// Waits until the process has ended.
    pub fn wait_until_it_ends(&self) {
        // Where there is none any more, there is nothing to wait for.
        if let Ok(process) = pidfd_open(Pid::from_raw(self.pid).unwrap(), PidfdFlags::empty()) {
            wait_until_readable(&process);
        }
    }

    /// Whether the process is there.
    pub fn is_alive(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid));
        stat.is_ok_and(|stat| !stat.contains(") Z"))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Whether this process is to be a node.
pub fn is_node() -> bool {
    std::env::args().nth(1).as_deref() == Some("--node")
}

/// A node, as the arguments describe it: broker, queue, name, workers.
pub fn run_node() {
    let arguments: Vec<_> = std::env::args().skip(2).collect();
    let [broker, queue, name, workers] = &arguments[..] else {
        panic!("a node has four arguments")
    };
    Node::builder(broker)
        .queue(queue)
        .name(name)
        .workers(workers.parse().unwrap())
        .build()
        .and_then(Node::run)
        .unwrap();
}

/// Starts a node, and waits until it takes tasks.
pub fn node(broker: &Broker, queue: &str, workers: usize) -> (Guarded, String) {
    let name = format!("{}@test", unique("rust"));
    let node = start_node(&broker.url(), queue, &name, workers, None);
    node.wait_until_it_says("takes tasks from");
    (node, name)
}

pub fn start_node(
    broker: &str,
    queue: &str,
    name: &str,
    workers: usize,
    notes: Option<&Path>,
) -> Guarded {
    // A shell starts what runs in its background with SIGINT ignored.
    let mut command = Command::new("env");
    command
        .arg("--default-signal=INT")
        .arg(std::env::current_exe().unwrap());
    command.args(["--node", broker, queue, name, &workers.to_string()]);
    command.env("RUST_BACKTRACE", "0");
    if let Some(notes) = notes {
        command.env("NOTES", notes);
    }
    Guarded::start(&command)
}

pub fn client(broker: &Broker, queue: &str) -> Cluster {
    client_at(&broker.url(), queue)
}

pub fn client_at(broker: &str, queue: &str) -> Cluster {
    let cluster = Cluster::builder().queue(queue).quiet();
    cluster.connect(broker).unwrap()
}

/// Talks to the broker over a connection and a channel of their own, on which the broker confirms what is published. What was consumed
/// and not acknowledged goes back at the end.
pub fn over_a_channel(broker: &Broker, talk: impl AsyncFnOnce(&Channel)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let properties = ConnectionProperties::default();
        let connection = Connection::connect(&broker.url(), properties)
            .await
            .unwrap();
        let channel = connection.create_channel().await.unwrap();
        let confirm = ConfirmSelectOptions::default();
        channel.confirm_select(confirm).await.unwrap();
        talk(&channel).await;
        connection.close(200, "".into()).await.unwrap();
    });
}

/// The properties of a message that calls this task, which is its id, too, in JSON, and that is answered to this queue.
pub fn task_in_json(task: &str, answers: &str) -> BasicProperties {
    let mut headers = FieldTable::default();
    for name in ["task", "id"] {
        headers.insert(name.into(), AMQPValue::LongString(task.into()));
    }
    BasicProperties::default()
        .with_headers(headers)
        .with_content_type("application/json".into())
        .with_reply_to(answers.into())
}

/// Asks what takes its time to answer, again and again, until the answer is yes.
pub fn ask_until(mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "it never came");
    }
}

/// Sleeps for so long, and says how long that was: on a busy machine as much longer as other timers are late.
pub fn sleeper(time: Duration) -> JoinHandle<Duration> {
    let start = Instant::now();
    thread::spawn(move || {
        thread::sleep(time);
        start.elapsed()
    })
}

/// Waits until something can be read.
fn wait_until_readable(it: &impl AsFd) {
    let patience = Timespec::try_from(PATIENCE).unwrap();
    let mut it = [PollFd::new(it, PollFlags::IN)];
    assert_eq!(poll(&mut it, Some(&patience)), Ok(1), "it never came");
}

/// Waits for a connection.
pub fn accept(listener: &TcpListener) -> TcpStream {
    wait_until_readable(listener);
    listener.accept().unwrap().0
}

/// A pipe with a name, of which this process has both ends.
pub fn pipe(path: &Path) -> File {
    let mode = Mode::RUSR | Mode::WUSR;
    mknodat(CWD, path, FileType::Fifo, mode, 0).unwrap();
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap()
}

/// The next line in a pipe.
pub fn line(pipe: &mut BufReader<File>) -> String {
    if pipe.buffer().is_empty() {
        wait_until_readable(pipe.get_ref());
    }
    let mut line = String::new();
    pipe.read_line(&mut line).unwrap();
    line
}

/// What tasks wait at.
pub struct Gate {
    folder: TempDir,
    begun: File,
    open: Option<File>,
}

impl Gate {
    pub fn new() -> Gate {
        let folder = tempfile::tempdir().unwrap();
        let begun = pipe(&folder.path().join(BEGUN));
        let path = folder.path().join(OPEN);
        drop(pipe(&path));
        Gate {
            folder,
            begun,
            open: None,
        }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Waits until one more task stands before it.
    pub fn wait_until_one_has_begun(&mut self) {
        wait_until_readable(&self.begun);
        self.begun.read_exact(&mut [0]).unwrap();
    }

    /// Lets all through, from now on.
    pub fn open(&mut self) {
        let path = self.folder.path().join(OPEN);
        let both = OpenOptions::new().read(true).write(true).open(path);
        self.open = Some(both.unwrap());
    }
}

/// A Python with Celery.
#[derive(Clone, Debug)]
pub struct Python {
    pub program: PathBuf,
    pub celery: String,
}

/// Debian's Celery and PyPI's, as far as they are installed: the system's Python, and the one that `make celery` makes.
pub fn pythons() -> &'static [Python] {
    static PYTHONS: OnceLock<Vec<Python>> = OnceLock::new();
    PYTHONS.get_or_init(|| {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/celery/bin/python3");
        let places = [PathBuf::from("/usr/bin/python3"), own];
        places.into_iter().filter_map(python).collect()
    })
}

fn python(program: PathBuf) -> Option<Python> {
    let version = "import celery; print(celery.__version__)";
    let output = Command::new(&program).args(["-c", version]).output().ok()?;
    let celery = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !celery.is_empty()).then_some(Python { program, celery })
}

impl Python {
    /// Whether there is a module of this name.
    pub fn has(&self, module: &str) -> bool {
        let mut command = Command::new(&self.program);
        command
            .args(["-c", &format!("import {module}")])
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    pub fn command(&self, broker: &Broker) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/celery"))
            .env("CLUSTER_BROKER", broker.url())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// Runs one of the calls, and returns what it prints.
    pub fn call(&self, broker: &Broker, call: &str, arguments: &[&str]) -> serde_json::Value {
        let mut command = self.command(broker);
        command.args(["calls.py", call]).args(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut output, mut errors) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let errors = thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        let mut text = String::new();
        output.read_to_string(&mut text).unwrap();
        let status = child.wait().unwrap();
        let errors = errors.join().unwrap();
        assert!(
            status.success(),
            "{call} with Celery {}: {errors}",
            self.celery
        );
        serde_json::from_str(&text).unwrap()
    }

    /// Runs a command of Celery's, and returns its status and output.
    pub fn celery(&self, broker: &Broker, arguments: &[&str]) -> (bool, String) {
        let mut command = self.command(broker);
        command.args(["-m", "celery", "-A", "proj"]).args(arguments);
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success(), text)
    }

    /// Starts a worker, and waits until it takes tasks.
    pub fn worker(&self, broker: &Broker, queue: &str) -> (Guarded, String) {
        let name = format!("{}@test", unique("python"));
        let mut command = self.command(broker);
        command.args([
            "-m",
            "celery",
            "-A",
            "proj",
            "worker",
            "-E",
            "--without-mingle",
        ]);
        command.args(["-Q", queue, "-c", "2", "-n", &name]);
        command.args(["-l", "INFO"]);
        let worker = Guarded::start(&command);
        worker.wait_until_it_says(&format!("{name} ready"));
        (worker, name)
    }
}

/// A test that needs a broker and a Celery. It runs with each there is.
pub fn celery_trial(name: &'static str, test: fn(&Broker, &Python)) -> Trial {
    Trial::test(name, move || {
        match (broker(), pythons()) {
            (None, _) => skip(name, "RabbitMQ is not installed"),
            (_, []) => skip(
                name,
                "there is no Celery: run `make celery`, or install Debian's",
            ),
            (Some(broker), pythons) => pythons.iter().for_each(|python| test(broker, python)),
        }
        Ok::<(), Failed>(())
    })
}
