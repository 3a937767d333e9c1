//! A broker of one's own, for tests, demonstrations and measurements: RabbitMQ on this machine, beside any other.
//!
//! It has its own node name, ports and folder, and an epmd of its own. A small shell stands between: it waits for the end of its
//! input, which comes when this process ends, however it ends; then it kills both and removes the folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tempfile::TempDir;

use crate::error::{Error, Result};

/// Where Debian and RabbitMQ's own packages put the server.
const SERVERS: [&str; 2] = [
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/usr/local/sbin/rabbitmq-server",
];

/// How long the broker may take to start on a busy machine.
const START_TIME: Duration = Duration::from_secs(240);

/// How often it is tried.
const TRIES: usize = 3;

const GUARD: &str = r#"
setsid epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 >/dev/null 2>&1 </dev/null & names=$!
setsid "$1" >"$2/log" 2>&1 </dev/null & server=$!
read -r word
kill -s KILL -- "-$server" "-$names" "$server" "$names" 2>/dev/null
wait
[ "$word" = keep ] || rm -rf "$2"
"#;

/// A RabbitMQ server that ends with this process.
#[derive(Debug)]
pub struct Broker {
    program: PathBuf,
    folder: TempDir,
    listen: Vec<IpAddr>,
    settings: String,
    port: u16,
    /// The port of its epmd: another with each start.
    names: u16,
    guard: Option<Child>,
}

impl Broker {
    /// The server's program, if it is installed.
    pub fn program() -> Option<PathBuf> {
        let places = SERVERS.map(PathBuf::from);
        places.into_iter().find(|place| place.exists())
    }

    /// Starts a broker on loopback, and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// If `rabbitmq-server` is not installed, or does not start.
    pub fn start() -> Result<Broker> {
        Broker::start_with(&[], "")
    }

    /// Starts a broker on loopback and on more addresses, with lines of `rabbitmq.conf`.
    ///
    /// # Errors
    ///
    /// As for [`start`](Broker::start).
    pub fn start_with(more: &[IpAddr], settings: &str) -> Result<Broker> {
        let program = Broker::program().ok_or_else(|| {
            Error::Setting(
                "there is no RabbitMQ on this machine: install it with `apt-get install rabbitmq-server`"
                    .to_owned(),
            )
        })?;
        let mut listen = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
        listen.extend(more);
        let folder = tempfile::Builder::new()
            .prefix("cluster-broker-")
            .tempdir()
            .map_err(Error::system("make a folder for the broker"))?;
        let mut broker = Broker {
            program,
            folder,
            listen,
            settings: settings.to_owned(),
            port: free_port()?,
            names: 0,
            guard: None,
        };
        broker.restart()?;
        Ok(broker)
    }

    /// Its address on loopback.
    pub fn url(&self) -> String {
        self.url_at(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }

    /// Its address, seen from another machine.
    pub fn url_at(&self, host: IpAddr) -> String {
        format!("amqp://guest:guest@{host}:{}", self.port)
    }

    /// Its port for AMQP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How many messages each queue has, given out or not, by the queue's name: what its own `rabbitmqctl` says.
    ///
    /// # Errors
    ///
    /// If that is not installed beside the server, or has no answer.
    pub fn messages(&self) -> Result<BTreeMap<String, u64>> {
        #[derive(Deserialize)]
        struct Queue {
            name: String,
            messages: u64,
        }
        let mut command = Command::new(self.program.with_file_name("rabbitmqctl"));
        command
            .args(["--silent", "--formatter", "json", "list_queues"])
            .args(["name", "messages"])
            .envs(self.environment())
            .stdin(Stdio::null());
        let asked = Error::system("ask RabbitMQ for its queues");
        let output = command.output().map_err(&asked)?;
        let queues: serde_json::Result<Vec<Queue>> = serde_json::from_slice(&output.stdout);
        match queues {
            Ok(queues) if output.status.success() => Ok(queues
                .into_iter()
                .map(|queue| (queue.name, queue.messages))
                .collect()),
            _ => {
                let said = [output.stdout, output.stderr].concat();
                let said = last_words(&String::from_utf8_lossy(&said));
                Err(asked(io::Error::other(said)))
            }
        }
    }

    /// Kills it, as `kill -9` does. What it has on disk stays.
    pub fn kill(&mut self) {
        self.end(b"keep\n");
    }

    /// Starts it again after [`kill`](Broker::kill), at the same address.
    ///
    /// # Errors
    ///
    /// If it does not take connections within four minutes, which is more than a busy machine needs.
    pub fn restart(&mut self) -> Result<()> {
        let mut tries = 1;
        loop {
            match self.launch().and_then(|()| self.wait()) {
                // Ports are free when they are chosen, and may not be when they are used.
                Err(_) if tries < TRIES => self.kill(),
                started => return started,
            }
            tries += 1;
        }
    }

    fn launch(&mut self) -> Result<()> {
        self.names = free_port()?;
        let folder = self.folder.path();
        let listeners: String = (1..)
            .zip(&self.listen)
            .map(|(number, host)| format!("listeners.tcp.{number} = {host}:{}\n", self.port))
            .collect();
        let config = format!("{listeners}loopback_users = none\n{}\n", self.settings);
        let write = |name: &str, text: &str| {
            fs::write(folder.join(name), text).map_err(Error::system("write the broker's settings"))
        };
        write("rabbitmq.conf", &config)?;
        write("plugins", "[].\n")?;
        write("env", "")?;
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .args([self.program.as_path(), folder])
            .envs(self.environment())
            .env("RABBITMQ_DIST_PORT", free_port()?.to_string())
            // Idle schedulers sleep at once: what others do on this machine is measured.
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C at the terminal is for this process; the guard ends when this process has.
            .process_group(0)
            .spawn()
            .map_err(Error::system("start the broker"))?;
        self.guard = Some(guard);
        Ok(())
    }

    /// What makes it one of its own, beside any other on this machine.
    fn environment(&self) -> [(&'static str, OsString); 9] {
        let folder = self.folder.path();
        let node = format!("story-{}@localhost", self.port);
        [
            ("HOME", folder.into()),
            ("RABBITMQ_NODENAME", node.into()),
            ("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq").into()),
            ("RABBITMQ_CONF_ENV_FILE", folder.join("env").into()),
            (
                "RABBITMQ_ENABLED_PLUGINS_FILE",
                folder.join("plugins").into(),
            ),
            ("RABBITMQ_MNESIA_BASE", folder.join("data").into()),
            ("RABBITMQ_LOG_BASE", folder.join("logs").into()),
            ("ERL_EPMD_PORT", self.names.to_string().into()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
        ]
    }

    /// Waits until it takes connections.
    fn wait(&self) -> Result<()> {
        let end = Instant::now() + START_TIME;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        while !greets(address) {
            if Instant::now() > end || self.has_given_up() {
                let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                return Err(Error::System {
                    action: "start RabbitMQ",
                    reason: last_words(&log),
                });
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn has_given_up(&self) -> bool {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.contains("BOOT FAILED") || log.contains("Kernel pid terminated")
    }

    fn end(&mut self, word: &[u8]) {
        if let Some(mut guard) = self.guard.take() {
            if let Some(mut input) = guard.stdin.take() {
                let _ = input.write_all(word);
            }
            let _ = guard.wait();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.end(b"remove\n");
    }
}

/// Whether a broker answers AMQP's greeting.
fn greets(address: SocketAddr) -> bool {
    let patience = Duration::from_secs(2);
    let Ok(mut stream) = TcpStream::connect_timeout(&address, patience) else {
        return false;
    };
    let mut first = [0];
    stream.set_read_timeout(Some(patience)).is_ok()
        && stream.write_all(b"AMQP\x00\x00\x09\x01").is_ok()
        && stream.read_exact(&mut first).is_ok()
        && first == [1]
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    Ok(address.map_err(Error::system("find a free port"))?.port())
}

/// The end of a log, in one line.
fn last_words(log: &str) -> String {
    let lines: Vec<_> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.len().saturating_sub(12);
    lines[last..].join("; ")
}
