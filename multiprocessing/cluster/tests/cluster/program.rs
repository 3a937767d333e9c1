//! The program's command line: what it refuses, what it hides, and how a node ends.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;

use cluster::Broker;
use libtest_mimic::{Failed, Trial};
use rustix::process::{Pid, Signal, kill_process};

use crate::tools::{PATIENCE, accept, ask_until, served, skip};

/// A password.
const SECRET: &str = "S3cret";

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_cluster");

const ALL: [&str; 17] = [
    "node", "status", "dead", "machines", "tasks", "waiter", "hello", "sites", "cats", "lists",
    "squares", "hashes", "sleepers", "blocking", "ticker", "pingpong", "crash",
];

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 13] = [
        ("program::no_error_repeats_a_password", no_password),
        (
            "program::no_process_shows_the_address_of_the_broker",
            hidden,
        ),
        (
            "program::a_wrong_command_line_is_one_line_and_exit_code_2",
            wrong,
        ),
        (
            "program::the_commands_that_are_allowed_are_its_own",
            allowed,
        ),
        (
            "program::a_broker_that_cannot_be_used_is_one_line_with_one_advice",
            one_line,
        ),
        ("program::what_speaks_no_amqp_is_said_to", no_amqp),
        (
            "program::a_node_that_is_asked_to_leave_while_it_connects_leaves",
            leaves,
        ),
        (
            "program::signals_that_were_ignored_at_the_start_stay_ignored",
            ignored,
        ),
        (
            "program::a_signal_ends_machines_and_all_that_is_on_them",
            signalled,
        ),
        (
            "program::a_signal_ends_the_nodes_that_a_probe_has_started",
            probe_signalled,
        ),
        (
            "program::a_probe_leaves_no_queue_at_the_broker",
            no_queue_left,
        ),
        ("program::help_needs_no_broker", help),
        (
            "program::the_line_of_a_wrong_option_comes_before_that_of_a_lost_broker",
            options_first,
        ),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok::<(), Failed>(())
        })
    });
    trials.collect()
}

/// The program with the words of a line, and no broker but theirs.
pub fn program(line: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(line.split_whitespace())
        .env_remove("CLUSTER_BROKER")
        .env_remove("CLUSTER_CA")
        .env_remove("CLUSTER_CERT")
        .env_remove("CLUSTER_KEY")
        .env_remove("CLUSTER_QUEUE")
        .stdin(Stdio::null());
    command
}

/// What it says and how it ends: one line on standard error.
fn fails(command: &mut Command, code: i32) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let line = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{command:?}: {line}");
    assert_eq!(String::from_utf8(stdout).unwrap(), "", "{command:?}");
    assert_eq!(line.lines().count(), 1, "{command:?}: {line}");
    assert!(!line.contains(SECRET), "{command:?}: {line}");
    line
}

/// A server of pages answers as it does whatever it does not understand.
fn no_amqp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("amqp://me:{SECRET}@{}", listener.local_addr().unwrap());
    for words in ["node", "status", "dead", "hashes"] {
        let mut command = program(words);
        command.env("CLUSTER_BROKER", &address);
        let line = thread::scope(|scope| {
            scope.spawn(|| {
                let mut client = accept(&listener);
                client
                    .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    .unwrap();
                // Until it hangs up: what it has not read would be lost with an end of this side.
                let _ = client.read_to_end(&mut Vec::new());
            });
            fails(&mut command, 1)
        });
        assert!(
            line.contains("does not speak AMQP 0.9.1: is it RabbitMQ"),
            "{line}"
        );
    }
}

/// An address at which nothing listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("amqp://me:{SECRET}@{}", listener.local_addr().unwrap())
}

fn no_password() {
    for command in ALL {
        for word in [
            format!("amqp://me:{SECRET}@host"),
            format!("amqps://me:{SECRET}@host/vhost"),
            format!("me:{SECRET}@host"),
            format!("--name amqp://me:{SECRET}@host"),
            format!("--workers amqp://me:{SECRET}@host"),
            format!("--workers=amqp://me:{SECRET}@host"),
            format!("--size amqp://me:{SECRET}@host"),
            format!("--nosuch amqp://me:{SECRET}@host"),
            format!("--queue amqp://me:{SECRET}@host"),
            format!("--server http://me:{SECRET}@host/"),
            format!("-- amqp://me:{SECRET}@host"),
            format!("http://me:{SECRET}@host/"),
            format!("--broker amqp://me:{SECRET}/x@host amqp://me:{SECRET}@host"),
        ] {
            fails(&mut program(&format!("{command} {word}")), 2);
            if command == ALL[0] {
                fails(&mut program(&format!("help {word}")), 2);
                fails(&mut program(&word), 2);
            }
        }
    }
    for command in ALL.into_iter().filter(|it| *it != "machines") {
        for address in [
            format!("amqp://me:{SECRET}/x@host"),
            format!("amqp://me:{SECRET}@host:port"),
            format!("amqp://me:1/{SECRET}@host"),
            format!("me:{SECRET}@host"),
            SECRET.to_owned(),
        ] {
            fails(&mut program(&format!("{command} --broker {address}")), 2);
            fails(program(command).env("CLUSTER_BROKER", address), 2);
        }
        fails(
            &mut program(&format!("{command} --broker {}", nowhere())),
            1,
        );
    }
}

/// A process that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Starts a program, and waits until it has come to a broker that says nothing.
    fn at_a_silent_broker(command: &mut Command, words: &str) -> (Running, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let broker = format!("amqp://me:{SECRET}@{address}");
        command
            .args(words.split_whitespace())
            .args(["--broker", &broker])
            .env_remove("CLUSTER_BROKER")
            .env_remove("CLUSTER_CA")
            .env_remove("CLUSTER_CERT")
            .env_remove("CLUSTER_KEY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let running = Running(command.spawn().unwrap());
        (running, accept(&listener))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// What is in a file that the system keeps of it.
    fn file(&self, name: &str) -> String {
        let file = fs::read(format!("/proc/{}/{name}", self.0.id())).unwrap();
        String::from_utf8_lossy(&file).replace('\0', " ")
    }

    /// Its signals of a kind: number n in bit n - 1.
    fn signals(&self, kind: &str) -> u64 {
        let status = self.file("status");
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix(kind))
            .unwrap();
        u64::from_str_radix(mask.trim(), 16).unwrap()
    }
}

fn hidden() {
    for words in [
        "node --workers 1",
        "status",
        "dead",
        "dead --again all",
        "hashes",
        "--json hashes",
    ] {
        let (running, _broker) = Running::at_a_silent_broker(&mut Command::new(PROGRAM), words);
        let line = running.file("cmdline");
        assert!(
            !line.contains(SECRET) && !line.contains("--broker"),
            "{line}"
        );
        assert!(line.contains(words.split(' ').next().unwrap()), "{line}");
    }
}

fn wrong() {
    let nowhere = nowhere();
    for command in ALL.into_iter().filter(|it| *it != "machines") {
        assert!(fails(&mut program(command), 2).contains("which broker?"));
        assert!(
            fails(&mut program(&format!("{command} --broker")), 2).contains("--broker has a value")
        );
        fails(&mut program(&format!("{command} --broker --json")), 2);
        fails(&mut program(&format!("{command} --broker a --broker b")), 2);
        fails(
            &mut program(&format!("{command} --broker {nowhere} --queue")),
            2,
        );
        fails(
            program(&format!("{command} --broker {nowhere}")).args(["--queue", ""]),
            2,
        );
        fails(
            program(&format!("{command} --broker {nowhere}")).args(["--queue", &"q".repeat(251)]),
            2,
        );
    }
    fails(
        &mut program(&format!("node --broker {nowhere} --name nameless")),
        2,
    );
    fails(
        &mut program(&format!("node --broker {nowhere} --workers 0")),
        2,
    );
}

fn allowed() {
    let list = format!("allowed are {}\n", ALL.join(", "));
    for words in [
        "",
        "nosuch",
        "help nosuch",
        "--json",
        "--workers 2 nosuch",
        "race",
        "serve",
        "offload",
    ] {
        let line = fails(&mut program(words), 2);
        assert!(line.ends_with(&list), "{line}");
    }
}

fn one_line() {
    for command in ALL.into_iter().filter(|it| *it != "machines") {
        let line = fails(
            &mut program(&format!("{command} --broker {}", nowhere())),
            1,
        );
        assert!(line.contains("start RabbitMQ there"), "{line}");
        assert!(!line.contains("address"), "a second advice: {line}");
        let line = fails(
            &mut program(&format!(
                "{command} --broker amqp://me:{SECRET}@nosuch.invalid"
            )),
            1,
        );
        assert!(line.contains("`nosuch.invalid`"), "{line}");
        assert!(!line.contains("check the name"), "a second advice: {line}");
    }
}

fn leaves() {
    let (mut node, _broker) =
        Running::at_a_silent_broker(&mut Command::new(PROGRAM), "node --workers 1");
    node.signal(Signal::TERM);
    // It would fail if it waited for the broker.
    assert_eq!(node.0.wait().unwrap().code(), Some(0));
}

fn ignored() {
    for (signal, name) in [(Signal::INT, "INT"), (Signal::TERM, "TERM")] {
        let bit = 1_u64 << (signal.as_raw() - 1);
        for ignores in [true, false] {
            let how = if ignores { "ignore" } else { "default" };
            let mut command = Command::new("env");
            command.arg(format!("--{how}-signal={name}")).arg(PROGRAM);
            let (mut node, _broker) = Running::at_a_silent_broker(&mut command, "node --workers 1");
            assert_eq!(node.signals("SigIgn:") & bit != 0, ignores, "{name}");
            assert_eq!(node.signals("SigCgt:") & bit == 0, ignores, "{name}");
            if !ignores {
                node.signal(signal);
                assert_eq!(node.0.wait().unwrap().code(), Some(0), "{name}");
            }
        }
    }
}

fn signalled() {
    if Broker::program().is_none() {
        return skip(
            "a_signal_ends_machines_and_all_that_is_on_them",
            "RabbitMQ is not installed",
        );
    }
    for signal in [Signal::INT, Signal::TERM] {
        // A shell starts what runs in its background with SIGINT ignored.
        let mut machines = Command::new("env")
            .args(["--default-signal", PROGRAM])
            .args(["machines", "--until-stdin-ends", "--nodes", "computing:2"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(machines.stdout.take().unwrap());
        let (line, lines) = channel();
        // All that is on the machines has this pipe: it ends with the last of them.
        thread::spawn(move || {
            for read in output.by_ref().lines() {
                line.send(read.unwrap()).unwrap();
            }
        });
        lines.recv_timeout(PATIENCE).expect("they stand");
        kill_process(Pid::from_child(&machines), signal).unwrap();
        let end = lines.recv_timeout(PATIENCE);
        assert_eq!(end, Err(RecvTimeoutError::Disconnected));
        assert_eq!(machines.wait().unwrap().signal(), Some(signal.as_raw()));
    }
}

fn no_queue_left() {
    if Broker::program().is_none() {
        return skip(
            "a_probe_leaves_no_queue_at_the_broker",
            "RabbitMQ is not installed",
        );
    }
    let broker = Broker::start().unwrap();
    for line in ["sleepers --size 2", "tasks --lose node --size 20"] {
        let mut probe = program(line);
        probe.env("CLUSTER_BROKER", broker.url());
        let output = probe.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let left = || {
        let queues = broker.messages().unwrap();
        let left = |name: &String| name.starts_with("sleepers-") || name.starts_with("tasks-");
        queues.into_keys().filter(left).collect::<Vec<_>>()
    };
    assert_eq!(left(), [""; 0]);
    let mut probe = program("tasks --lose node --size 100 --nap 60000");
    probe
        .env("CLUSTER_BROKER", broker.url())
        .stdout(Stdio::null());
    let mut probe = probe.spawn().unwrap();
    // One of tasks, and one of dead letters, which the nodes declare.
    ask_until(|| left().len() == 2);
    probe.kill().unwrap();
    probe.wait().unwrap();
    ask_until(|| left().is_empty());
}

fn probe_signalled() {
    let Some(served) = served() else {
        return skip(
            "a_signal_ends_the_nodes_that_a_probe_has_started",
            "RabbitMQ is not installed",
        );
    };
    let mut probe = program("tasks --lose node --size 100 --nap 60000")
        .args(["--broker", &served.broker.url()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let children = format!("/proc/{0}/task/{0}/children", probe.id());
    let node = |child: &str| {
        let words = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
        // Before that it is a copy of its parent, `setpriv`, or a shell.
        words.starts_with(format!("{PROGRAM}\0node\0").as_bytes())
    };
    ask_until(|| {
        let children = fs::read_to_string(&children).unwrap();
        children.split_whitespace().filter(|it| node(it)).count() == 2
    });
    kill_process(Pid::from_child(&probe), Signal::TERM).unwrap();
    assert_eq!(probe.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
    // The nodes have this pipe, too: it ends with the last of them.
    let mut output = probe.stdout.take().unwrap();
    let (end, ended) = channel();
    thread::spawn(move || end.send(output.read_to_end(&mut Vec::new()).unwrap()));
    ended.recv_timeout(PATIENCE).expect("no node is left");
}

fn help() {
    for words in [
        "--help",
        "-h",
        "help",
        "-V",
        "help node",
        "node --help",
        "help hashes",
        "hashes --help",
        "--json --help",
    ] {
        let output = program(words).output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{words}"
        );
    }
    let said = |words| String::from_utf8(program(words).output().unwrap().stdout).unwrap();
    let text = said("--help");
    for command in ALL {
        assert!(text.contains(command), "{text}");
    }
    for words in ["hashes --help", "help cats", "node --help", "dead --help"] {
        let text = said(words);
        for option in ["--broker <", "--ca <", "--cert <", "--key <", "--queue <"] {
            assert!(text.contains(option), "{words}: {text}");
        }
    }
}

fn options_first() {
    let line = fails(
        &mut program(&format!("hashes --nosuch --broker {}", nowhere())),
        2,
    );
    assert!(line.contains("--nosuch"), "{line}");
}
