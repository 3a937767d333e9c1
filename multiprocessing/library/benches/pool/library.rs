//! The library, and the bare system beside it, as a program that `benches/pool/main.rs` starts.
//!
//! Does what it is asked for on standard input, and tells how many seconds it took, or how much it
//! found. It is a program of its own because every worker is this program started again: what a
//! worker costs is to be the library's, not that of the tools that measure it.

use std::hint::black_box;
use std::io::stdin;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use multiprocessing::{Array, Pipe, Pool, Process, tasks};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{read, write};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use sha2::{Digest, Sha256};

const MIB: usize = 1 << 20;

/// The first argument of a process that sends back whatever it receives.
const ECHO: &str = "--echo";
/// The first argument of a process that exits at once.
const EXIT: &str = "--exit";

fn main() {
    match env::args().nth(1).as_deref() {
        Some(ECHO) => return echo(),
        Some(EXIT) => return,
        _ => {}
    }
    multiprocessing::init(tasks![square, nothing, ends, chains, parent, forever, fail]);

    let pool = Pool::builder().workers(2).build().unwrap();
    let single = Pool::builder().workers(1).build().unwrap();
    let [here, there] = two_cores();
    let pair = || (Pool::builder().workers(1).build().unwrap(), Echo::start());
    let ((near, near_echo), (far, far_echo)) = (on_core(here, pair), on_core(there, pair));
    let (small, large) = (array(MIB), array(100 * MIB));
    let mut ballast = Vec::new();

    for line in stdin().lines() {
        let line = line.unwrap();
        let (name, count) = line.split_once(' ').unwrap();
        let count = count.parse().unwrap();
        let answer = match name {
            "map_1" => timed(|| pool.map_chunked(square, 0..count, 1).unwrap()),
            "map_100" => timed(|| pool.map_chunked(square, 0..count, 100).unwrap()),
            "apply" => apply(&single, count),
            "apply_on_one_core" => on_core(here, || apply(&near, count)),
            "round_trip_on_one_core" => on_core(here, || near_echo.round_trips(count)),
            "apply_across_cores" => on_core(here, || apply(&far, count)),
            "round_trip_across_cores" => on_core(here, || far_echo.round_trips(count)),
            "process" => repeat(count, process),
            "command" => repeat(count, || command(&mut Command::new("/bin/true"))),
            "itself" => repeat(count, || command(Command::new("/proc/self/exe").arg(EXIT))),
            "ballast" => timed(|| ballast = vec![1_u8; count as usize * MIB]),
            "up_and_down" => repeat(count, up_and_down),
            "array_small" => repeat(count, || see(&single, &small)),
            "array_large" => repeat(count, || see(&single, &large)),
            "chains_processes" => timed(|| pool.map_chunked(chains, [count; 8], 1).unwrap()),
            "chains_threads" => timed(|| chains_threads(count)),
            "private_memory" => private_memory(&pool),
            "survival" => survival(count),
            "failing_initializer" => repeat(count, failing_initializer) * 1e3,
            _ => panic!("{name}"),
        };
        println!("{answer}");
    }
    drop(black_box(ballast));
}

fn timed<T>(body: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    let result = body();
    let time = start.elapsed();
    drop(result);
    time.as_secs_f64()
}

fn repeat(count: u64, mut body: impl FnMut()) -> f64 {
    timed(|| (0..count).for_each(|_| body()))
}

/// Two of the cores that this process may use; the same one twice if there is no other.
fn two_cores() -> [usize; 2] {
    let all = sched_getaffinity(None).unwrap();
    let mut cores = (0..CpuSet::MAX_CPU).filter(|&core| all.is_set(core));
    let first = cores.next().unwrap();
    [first, cores.next().unwrap_or(first)]
}

/// Lets this thread, and what it starts meanwhile, run on one core only.
fn on_core<T>(core: usize, body: impl FnOnce() -> T) -> T {
    let all = sched_getaffinity(None).unwrap();
    let mut one = CpuSet::new();
    one.set(core);
    sched_setaffinity(None, &one).unwrap();
    let result = body();
    sched_setaffinity(None, &all).unwrap();
    result
}

fn square(number: u64) -> u64 {
    number * number
}

fn apply(pool: &Pool, count: u64) -> f64 {
    timed(|| {
        for number in 0..count {
            black_box(pool.apply(square, number).unwrap());
        }
    })
}

/// About as many bytes as a request to square a number has.
const BYTES: usize = 16;

fn echo() {
    let mut bytes = [0; BYTES];
    while read(stdin(), &mut bytes).is_ok_and(|count| count > 0) {
        write(stdin(), &bytes).unwrap();
    }
}

/// Another process that sends back what it receives: the least that a call can cost.
struct Echo {
    socket: OwnedFd,
    process: Child,
}

impl Echo {
    fn start() -> Echo {
        let (socket, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )
        .unwrap();
        let mut command = Command::new("/proc/self/exe");
        let command = command.arg(ECHO).stdin(Stdio::from(theirs));
        Echo {
            socket,
            process: command.spawn().unwrap(),
        }
    }

    fn round_trips(&self, count: u64) -> f64 {
        let mut bytes = [1; BYTES];
        repeat(count, || {
            write(&self.socket, &bytes).unwrap();
            assert_eq!(read(&self.socket, &mut bytes), Ok(BYTES));
        })
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn nothing() {}

fn process() {
    assert_eq!(Process::spawn(nothing, ()).unwrap().join().unwrap(), 0);
}

fn command(command: &mut Command) {
    assert!(command.status().unwrap().success());
}

fn up_and_down() {
    let pool = Pool::builder().workers(2).build().unwrap();
    assert_eq!(pool.map_chunked(square, 0..2, 1).unwrap(), [0, 1]);
}

fn array(length: usize) -> Array<u8> {
    let array = Array::new(length).unwrap();
    array
        .iter()
        .for_each(|cell: &std::sync::atomic::AtomicU8| cell.store(7, Ordering::Relaxed));
    array
}

/// The first byte and the last.
fn ends(array: Array<u8>) -> (u8, u8) {
    (array.get(0), array.get(array.len() - 1))
}

fn see(pool: &Pool, array: &Array<u8>) {
    assert_eq!(pool.apply(ends, array.clone()).unwrap(), (7, 7));
}

/// A chain of digests.
fn chains(length: u64) -> u64 {
    let mut digest = Sha256::digest(length.to_le_bytes());
    for _ in 0..length {
        digest = Sha256::digest(digest);
    }
    u64::from(black_box(digest[0]))
}

fn chains_threads(length: u64) {
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..4 {
                    black_box(chains(length));
                }
            });
        }
    });
}

/// The most that a worker has to itself, in kB.
fn private_memory(pool: &Pool) -> f64 {
    let private = |pid: u32| -> u32 {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let lines = rollup.lines().filter(|line| line.starts_with("Private_"));
        lines
            .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u32>().ok())
            .sum()
    };
    pool.pids()
        .into_iter()
        .map(private)
        .max()
        .unwrap_or(0)
        .into()
}

fn forever() {
    loop {
        thread::park();
    }
}

/// Has two busy workers, and waits to be killed.
fn parent(report: Pipe<Vec<u32>, ()>) {
    let pool = Pool::builder().workers(2).build().unwrap();
    let _busy = [(); 2].map(|()| pool.apply_async(forever, ()).unwrap());
    report.send(pool.pids()).unwrap();
    forever();
}

/// For how many milliseconds, at most, workers outlived so many killed parents.
fn survival(count: u64) -> f64 {
    let mut longest = Duration::ZERO;
    for _ in 0..count {
        let (ours, theirs) = Pipe::<(), Vec<u32>>::new().unwrap();
        let parent = Process::spawn(parent, theirs).unwrap();
        let open =
            |pid: u32| pidfd_open(Pid::from_raw(pid as i32).unwrap(), PidfdFlags::empty()).unwrap();
        let workers: Vec<_> = ours.recv().unwrap().into_iter().map(open).collect();
        let start = Instant::now();
        parent.kill().unwrap();
        for worker in &workers {
            poll(&mut [PollFd::new(worker, PollFlags::IN)], None).unwrap();
        }
        longest = longest.max(start.elapsed());
    }
    longest.as_secs_f64() * 1e3
}

fn fail() {
    std::process::exit(3);
}

fn failing_initializer() {
    let pool = Pool::builder().workers(2).initializer(fail, ()).build();
    assert!(pool.is_err());
}
