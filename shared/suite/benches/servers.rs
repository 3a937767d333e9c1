//! Our servers beside others' under the same load, in the same rounds: nginx, and axum, a well-kept server in Rust.
//!
//!     make bench
//!
//! More requests are due than any of them answers, over 64 connections that are kept. The load shares the cores with the server.
//! Others are asked for the same page, and answer it from memory too.
//!
//! Two of them are floors: they send the same bytes for whatever they receive, and neither parse nor count. What a technique is behind
//! its floor is the server's; what the floor is behind nginx is the technique's own: its switches between threads, its runtime.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, kill_process_group};
use shared::load::{Beside, Load};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{self, Runtime};

const ROUNDS: usize = 5;
const CONNECTIONS: usize = 64;

/// More requests a second than any server of this machine answers.
const TOO_MANY: f64 = 400_000.0;

/// How long a server may take for its first answer, and for the first one over each connection.
const FIRST: Duration = Duration::from_secs(10);

/// The servers, each by the name under which it stands in the table. With one worker or thread, or with one for each core.
const SERVERS: [(&str, Kind); 9] = [
    ("nginx, 1 worker", Kind::Nginx(Width::One)),
    ("nginx, all cores", Kind::Nginx(Width::Cores)),
    ("axum, 1 thread", Kind::Peer("axum", Width::One)),
    ("axum, all cores", Kind::Peer("axum", Width::Cores)),
    ("bare tasks, all cores", Kind::Peer("tasks", Width::Cores)),
    ("bare threads", Kind::Peer("threads", Width::Connections)),
    ("asyncio", Kind::Ours("asyncio", &[])),
    (
        "asyncio, multi-thread",
        Kind::Ours("asyncio", &["--runtime", "multi-thread"]),
    ),
    ("threading", Kind::Ours("threading", &[])),
];

/// How many times as many requests as another each of ours is to answer.
const TARGETS: [(&str, &str, f64); 3] = [
    ("asyncio", "nginx, 1 worker", 0.85),
    ("asyncio, multi-thread", "nginx, all cores", 0.85),
    ("threading", "nginx, all cores", 0.7),
];

/// How many workers or threads a server has.
#[derive(Clone, Copy)]
enum Width {
    One,
    /// As many as the runtime of tasks takes by itself.
    Cores,
    Connections,
}

impl Width {
    fn number(self) -> usize {
        match self {
            Self::One => 1,
            Self::Cores => thread::available_parallelism().map_or(1, usize::from),
            Self::Connections => CONNECTIONS,
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    /// With workers of this width.
    Nginx(Width),
    /// One of this program's own, with threads of this width.
    Peer(&'static str, Width),
    /// A program of this workspace, and its flags.
    Ours(&'static str, &'static [&'static str]),
}

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [peer, threads] = &arguments[..] {
        let threads = threads.parse()?;
        return match peer.as_str() {
            "axum" => serve_with_axum(threads),
            "tasks" => serve_with_bare_tasks(threads),
            _ => serve_with_bare_threads(),
        };
    }
    let mut servers = Vec::from(SERVERS);
    if Command::new("nginx").arg("-v").output().is_err() {
        println!("skipped: nginx is not installed");
        servers.retain(|(_, kind)| !matches!(kind, Kind::Nginx(_)));
    }
    let mut rates = vec![Vec::new(); servers.len()];
    for round in 0..ROUNDS {
        for place in 0..servers.len() {
            // Rotated, so that none always follows the same one.
            let place = (place + round) % servers.len();
            let (name, kind) = servers[place];
            let rate = measure(kind).with_context(|| name.to_owned())?;
            rates[place].push(rate);
        }
    }

    println!("requests a second over {CONNECTIONS} connections, {ROUNDS} rounds:");
    for ((name, _), rates) in servers.iter().zip(&rates) {
        let (low, high) = (quantile(rates, 0.0), quantile(rates, 1.0));
        println!(
            "  {name:22} {:>8.0}   {low:.0} to {high:.0}",
            quantile(rates, 0.5)
        );
    }
    let of = |name| {
        let place = servers.iter().position(|(other, _)| *other == name);
        Some(&rates[place?])
    };
    for (ours, theirs, target) in TARGETS {
        if let (Some(these), Some(those)) = (of(ours), of(theirs)) {
            let factor = factor(these, those);
            let met = if factor >= target { "met" } else { "missed" };
            println!("{ours}: {factor:.2} of {theirs}; the target is {target}: {met}");
        }
    }
    for (ours, theirs) in [
        ("asyncio", "axum, 1 thread"),
        ("asyncio, multi-thread", "axum, all cores"),
        ("asyncio, multi-thread", "bare tasks, all cores"),
        ("bare tasks, all cores", "nginx, all cores"),
        ("threading", "axum, all cores"),
        ("threading", "bare threads"),
        ("bare threads", "nginx, all cores"),
    ] {
        if let (Some(these), Some(those)) = (of(ours), of(theirs)) {
            println!("{ours}: {:.2} of {theirs}", factor(these, those));
        }
    }
    Ok(())
}

/// Requests a second that a server answers.
fn measure(kind: Kind) -> Result<f64> {
    let server = Server::start(kind)?;
    let load = Load {
        addresses: vec![server.address],
        host: "localhost".to_owned(),
        page: "/hello".to_owned(),
        rate: TOO_MANY,
        connections: CONNECTIONS,
        greeting: FIRST,
        time: Duration::from_secs(1),
        patience: Duration::from_millis(1),
        beside: Beside::default(),
    };
    let outcome = load.run()?;
    ensure!(
        outcome.lost == 0 && outcome.refused == 0,
        "not all are answered: {outcome}"
    );
    ensure!(
        outcome.greeted == CONNECTIONS as u64,
        "not all connections are answered: {outcome}"
    );
    Ok(outcome.answered as f64 / outcome.seconds)
}

/// The median, round by round, of how many times as many these are as those.
fn factor(these: &[f64], those: &[f64]) -> f64 {
    let factors = these.iter().zip(those).map(|(one, other)| one / other);
    quantile(&factors.collect::<Vec<_>>(), 0.5)
}

fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

/// A server in a process group of its own, which is killed with it.
struct Server {
    child: Child,
    address: SocketAddr,
    _folder: Option<TempDir>,
}

impl Server {
    fn start(kind: Kind) -> Result<Self> {
        let mut server = match kind {
            Kind::Nginx(width) => Self::nginx(width.number())?,
            Kind::Peer(peer, width) => {
                let threads = width.number().to_string();
                Self::speaking(&env::current_exe()?, &[peer, &threads])?
            }
            Kind::Ours(program, flags) => {
                let serve = ["serve", "--port", "0"];
                Self::speaking(&program_of(program)?, &[&serve, flags].concat())?
            }
        };
        server.ensure_it_answers()?;
        Ok(server)
    }

    /// One that says where it listens.
    fn speaking(program: &Path, arguments: &[&str]) -> Result<Self> {
        let child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            _folder: None,
        };
        let mut line = String::new();
        let stdout = server.child.stdout.as_mut().context("a pipe")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().trim_start_matches("http://");
        server.address = address.trim_end_matches('/').parse()?;
        Ok(server)
    }

    /// nginx takes no free port of its own: it gets a socket that has one, as from the nginx that it replaces.
    fn nginx(workers: usize) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        // nginx takes it as it is: of two workers that see a connection, one would wait in accept for the next.
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let folder = tempfile::tempdir()?;
        let settings = folder.path().join("nginx.conf");
        fs::write(&settings, settings_of(address, workers, folder.path()))?;
        fcntl_setfd(&listener, FdFlags::empty())?;
        let child = Command::new("nginx")
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&settings)
            .env("NGINX", format!("{};", listener.as_raw_fd()))
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self {
            child,
            address,
            _folder: Some(folder),
        })
    }

    fn ensure_it_answers(&mut self) -> Result<()> {
        let mut stream = TcpStream::connect_timeout(&self.address, FIRST)?;
        stream.set_read_timeout(Some(FIRST))?;
        stream.write_all(b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        ensure!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nHello, World!"),
            "this is no greeting: {answer:?}"
        );
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

fn settings_of(address: SocketAddr, workers: usize, folder: &Path) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|what| format!("{what}_temp_path {folder}/{what}; "));
    format!(
        "worker_processes {workers};
        daemon off;
        pid {folder}/pid;
        error_log {folder}/errors;
        events {{ worker_connections 1024; }}
        http {{
            {}
            access_log off;
            keepalive_requests 1000000000;
            server {{
                listen {address};
                location = /hello {{ default_type text/plain; return 200 'Hello, World!'; }}
            }}
        }}",
        temporary.concat()
    )
}

/// A program that `make bench` has built.
fn program_of(name: &str) -> Result<PathBuf> {
    let bench = env::current_exe()?;
    let folder = bench.ancestors().nth(2).context("target/release")?;
    let program = folder.join(name);
    ensure!(
        program.is_file(),
        "{} is missing: `make bench` builds it",
        program.display()
    );
    Ok(program)
}

fn serve_with_axum(threads: usize) -> Result<()> {
    runtime(threads)?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}/", listener.local_addr()?);
        let listener = listener.tap_io(|stream| {
            // As all the others do.
            let _ = stream.set_nodelay(true);
        });
        let hello = Router::new().route("/hello", get(|| async { "Hello, World!" }));
        Ok(axum::serve(listener, hello).await?)
    })
}

fn runtime(threads: usize) -> Result<Runtime> {
    let mut builder = match threads {
        1 => runtime::Builder::new_current_thread(),
        _ => runtime::Builder::new_multi_thread(),
    };
    Ok(builder.worker_threads(threads).enable_all().build()?)
}

/// What our servers answer to `/hello`, by its length.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\
    date: Mon, 30 Nov 2026 10:00:00 GMT\r\n\r\nHello, World!";

/// Whether a client asks for no more. A request of the load, and of the check before it, arrives whole.
fn is_last(request: &[u8]) -> bool {
    request.ends_with(b"close\r\n\r\n")
}

fn serve_with_bare_tasks(threads: usize) -> Result<()> {
    runtime(threads)?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}/", listener.local_addr()?);
        loop {
            let (mut stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let mut request = [0; 1024];
                while let Ok(length @ 1..) = stream.read(&mut request).await {
                    if stream.write_all(ANSWER).await.is_err() || is_last(&request[..length]) {
                        break;
                    }
                }
            });
        }
    })
}

fn serve_with_bare_threads() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}/", listener.local_addr()?);
    loop {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        thread::spawn(move || {
            let mut request = [0; 1024];
            while let Ok(length @ 1..) = stream.read(&mut request) {
                if stream.write_all(ANSWER).is_err() || is_last(&request[..length]) {
                    break;
                }
            }
        });
    }
}
