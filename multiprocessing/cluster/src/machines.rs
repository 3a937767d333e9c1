//! Machines on one machine: network namespaces, each at the end of a wire of its own, and a broker between them.
//!
//! All of it is in namespaces that end with the first process in them, however that ends: processes, wires, and files, which lie in memory.
//! Where the user may make none, machines are plain processes.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::process::{self, Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::broker::Broker;
use crate::error::{Error, Result};

/// Set in the process that is the first in its namespaces.
const INSIDE: &str = "CLUSTER_MACHINES";

/// Where its temporary files lie.
const FILES: &str = "/mnt";

/// Machines, and the broker that they reach.
#[derive(Debug)]
pub struct Machines {
    /// The machines.
    pub all: Vec<Machine>,
    /// The broker, which this process reaches on loopback.
    pub broker: Broker,
    /// Whether each has a network of its own.
    pub apart: bool,
}

impl fmt::Debug for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Machine")
            .field("apart", &self.holder.is_some())
            .finish_non_exhaustive()
    }
}

/// A machine.
pub struct Machine {
    /// The address of the broker, seen from there.
    pub url: String,
    holder: Option<Holder>,
}

/// What keeps a network namespace: a process, which sleeps in it, and the wire that leads there.
struct Holder {
    process: Child,
    wire: String,
}

impl Machines {
    /// Starts the program again in namespaces of its own, if the user may make them, and ends as it ends: call this in the main thread,
    /// before anything is started. All that it has started ends with this process, however that ends.
    pub fn enter() {
        if env::var_os(INSIDE).is_some() {
            return;
        }
        let Ok(program) = env::current_exe() else {
            return;
        };
        for user in [&[][..], &["--user", "--map-root-user"]] {
            let mut unshare = Command::new("unshare");
            unshare.args(user);
            unshare.args(["--net", "--pid", "--fork", "--kill-child", "--mount-proc"]);
            let mut attempt = Command::new("unshare");
            attempt.args(unshare.get_args()).args(["sh", "-c"]);
            attempt.arg(format!("ip link set lo up && mount -t tmpfs tmpfs {FILES}"));
            attempt.stdout(Stdio::null()).stderr(Stdio::null());
            if !attempt.status().is_ok_and(|status| status.success()) {
                continue;
            }
            // The first process of a namespace heeds no signal, and `unshare` none of the user's: so this one stays to heed them.
            let mut inside = Command::new("setpriv");
            inside.args(["--pdeathsig", "KILL", "--", "unshare"]);
            inside.args(unshare.get_args()).arg(&program);
            inside.args(env::args_os().skip(1));
            inside.env(INSIDE, "1").env("TMPDIR", FILES);
            // If it cannot be started machines are plain processes.
            if let Ok(status) = inside.status() {
                process::exit(status.code().unwrap_or(1));
            }
        }
    }

    /// Makes machines, and starts a broker.
    ///
    /// # Errors
    ///
    /// If RabbitMQ is not installed, or the system refuses.
    pub fn start(count: u8) -> Result<Machines> {
        let apart = env::var_os(INSIDE).is_some();
        let mut machines = Vec::new();
        let mut hosts = Vec::new();
        if apart {
            run(["mount", "-t", "tmpfs", "tmpfs", FILES])?;
            run(["ip", "link", "set", "lo", "up"])?;
            for number in 1..=count {
                machines.push(Some(wire(number)?));
                hosts.push(IpAddr::V4(Ipv4Addr::new(10, 77, number, 1)));
            }
        } else {
            machines.resize_with(count.into(), || None);
        }
        let broker = Broker::start_with(&hosts, "")?;
        let all = machines.into_iter().enumerate().map(|(place, holder)| {
            let url = hosts.get(place).map(|host| broker.url_at(*host));
            Machine {
                url: url.unwrap_or_else(|| broker.url()),
                holder,
            }
        });
        Ok(Machines {
            all: all.collect(),
            broker,
            apart,
        })
    }
}

impl Machine {
    /// This machine itself, with a broker at this address.
    pub fn here(url: &str) -> Machine {
        Machine {
            url: url.to_owned(),
            holder: None,
        }
    }

    /// A command that runs there.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let Some(holder) = &self.holder else {
            return Command::new(program);
        };
        let mut command = Command::new("nsenter");
        let pid = holder.process.id().to_string();
        command.args(["--target", &pid, "--net", "--"]).arg(program);
        command
    }

    /// Cuts its wire, or mends it. Whether it has one.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn cut(&self, cut: bool) -> Result<bool> {
        let Some(holder) = &self.holder else {
            return Ok(false);
        };
        let state = if cut { "down" } else { "up" };
        run(["ip", "link", "set", &holder.wire, state])?;
        Ok(true)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // The system takes a namespace's wires away some time after its last process; the next machine's has the same name.
        let _ = run(["ip", "link", "delete", &self.wire]);
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Makes a network namespace, and a wire to it.
fn wire(number: u8) -> Result<Holder> {
    let process = Command::new("unshare")
        .args(["--net", "sleep", "infinity"])
        .stdin(Stdio::null())
        .spawn()
        .map_err(Error::system("make a network namespace"))?;
    let pid = process.id().to_string();
    let wire = format!("machine{number}");
    let holder = Holder { process, wire };
    let network = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/net")).ok();
    let end = Instant::now() + Duration::from_secs(30);
    while network(&pid) == network("self") {
        if Instant::now() > end {
            return Err(Error::Setting(
                "a network namespace does not come".to_owned(),
            ));
        }
        sleep(Duration::from_millis(5));
    }
    let (here, there) = (
        format!("10.77.{number}.1/24"),
        format!("10.77.{number}.2/24"),
    );
    let wire = holder.wire.as_str();
    let far = ["nsenter", "--target", &pid, "--net", "ip"];
    run([
        "ip", "link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", &pid,
    ])?;
    run(["ip", "address", "add", &here, "dev", wire])?;
    run(["ip", "link", "set", wire, "up"])?;
    run(far
        .into_iter()
        .chain(["address", "add", &there, "dev", "eth0"]))?;
    run(far.into_iter().chain(["link", "set", "eth0", "up"]))?;
    run(far.into_iter().chain(["link", "set", "lo", "up"]))?;
    Ok(holder)
}

fn run<'a>(command: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let words: Vec<_> = command.into_iter().collect();
    let failed = Error::system("make a machine");
    let output = Command::new(words[0]).args(&words[1..]).output();
    let output = output.map_err(failed)?;
    match output.status.success() {
        true => Ok(()),
        false => Err(Error::System {
            action: "make a machine",
            reason: format!(
                "{}: {}",
                words.join(" "),
                String::from_utf8_lossy(&output.stderr).trim()
            ),
        }),
    }
}
