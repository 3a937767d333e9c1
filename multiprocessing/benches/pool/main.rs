//! The library against Python's pool, `procspawn` and the bare system, all in one run.
//!
//!     cargo bench -p multiprocessing
//!
//! Absolute times depend on the machine and on what else it does. So the contenders of a row take
//! turns, round after round, and the table at the end compares the medians of their rounds.

mod contenders;
mod table;

use std::fs;
use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use criterion::Criterion;
use multiprocessing::{Array, Pipe, Pool, Process, current_process, tasks};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use sha2::{Digest, Sha256};

use contenders::{Echo, Python, procspawn_map};
use table::{Rival, Table, Target, timed};

const MIB: usize = 1 << 20;

fn main() {
    multiprocessing::init(tasks![square, nothing, pid, ends, chains, parent, forever]);
    procspawn::init();
    contenders::init();

    let criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let mut table = Table::new(criterion);

    let python = Python::start();
    tasks_of_a_pool(&mut table, python.as_ref());
    life_of_a_process(&mut table);
    life_of_a_pool(&mut table, python.as_ref());
    shared_memory(&mut table);
    computing(&mut table);
    memory_of_a_worker(&mut table);
    death_of_a_parent(&mut table);

    table.print();
}

fn square(number: u64) -> u64 {
    number * number
}

fn tasks_of_a_pool(table: &mut Table, python: Option<&Python>) {
    let pool = Pool::builder().workers(2).build().unwrap();
    let map = |count, chunksize| timed(|| pool.map_chunked(square, 0..count, chunksize).unwrap());
    let rival = procspawn::Pool::new(2).unwrap();

    let name = "an item of map, 2 workers, chunk 1";
    table.row(
        name,
        20_000,
        |count| map(count, 1),
        [
            Rival::new(
                "Python's Pool.map",
                Target::Faster(10.0),
                2_000,
                Python::run(python, "map_1"),
            ),
            Rival::new("procspawn", Target::Faster(30.0), 500, |count| {
                procspawn_map(&rival, count, 1)
            }),
        ],
    );
    let name = "an item of map, 2 workers, chunk 100";
    table.row(
        name,
        400_000,
        |count| map(count, 100),
        [
            Rival::new(
                "Python's Pool.map",
                Target::Faster(7.0),
                50_000,
                Python::run(python, "map_100"),
            ),
            Rival::new("procspawn", Target::Faster(8.0), 50_000, |count| {
                procspawn_map(&rival, count, 100)
            }),
        ],
    );

    let single = Pool::builder().workers(1).build().unwrap();
    let apply = |count| {
        timed(|| {
            for number in 0..count {
                black_box(single.apply(square, number).unwrap());
            }
        })
    };
    let echo = Echo::start();
    table.row(
        "apply",
        5_000,
        apply,
        [
            Rival::new("a bare round trip", Target::Cost(1.5), 5_000, |count| {
                echo.round_trips(count)
            }),
            Rival::new(
                "Python's Pool.apply",
                Target::Faster(4.0),
                1_000,
                Python::run(python, "apply"),
            ),
        ],
    );
}

fn nothing() {}

fn life_of_a_process(table: &mut Table) {
    let start_and_join = |count| {
        timed(|| {
            for _ in 0..count {
                assert_eq!(Process::spawn(nothing, ()).unwrap().join().unwrap(), 0);
            }
        })
    };
    let command = |count| {
        timed(|| {
            for _ in 0..count {
                assert!(Command::new("/bin/true").status().unwrap().success());
            }
        })
    };
    let small = "start and join of a process";
    table.row(
        small,
        50,
        start_and_join,
        [Rival::new(
            "a bare Command of /bin/true",
            Target::Cost(1.5),
            50,
            command,
        )],
    );

    let ballast = vec![1_u8; 1024 * MIB];
    table.row(
        "the same from a parent of 1 GiB",
        50,
        start_and_join,
        [Rival::new(
            "a bare Command of /bin/true",
            Target::Cost(1.5),
            50,
            command,
        )],
    );
    drop(black_box(ballast));
}

fn life_of_a_pool(table: &mut Table, python: Option<&Python>) {
    let up_and_down = |count| {
        timed(|| {
            for _ in 0..count {
                let pool = Pool::builder().workers(2).build().unwrap();
                assert_eq!(pool.map_chunked(square, 0..2, 1).unwrap(), [0, 1]);
            }
        })
    };
    table.row(
        "a pool of 2 up, used, down",
        20,
        up_and_down,
        [Rival::new(
            "Python's Pool(2)",
            Target::Faster(4.0),
            5,
            Python::run(python, "up_and_down"),
        )],
    );
}

/// The first byte and the last.
fn ends(array: Array<u8>) -> (u8, u8) {
    (array.get(0), array.get(array.len() - 1))
}

fn shared_memory(table: &mut Table) {
    let pool = Pool::builder().workers(1).build().unwrap();
    let pool = &pool;
    let array = |length: usize| {
        let array = Array::<u8>::new(length).unwrap();
        array
            .iter()
            .for_each(|cell| cell.store(7, Ordering::Relaxed));
        move |count| {
            timed(|| {
                for _ in 0..count {
                    assert_eq!(pool.apply(ends, array.clone()).unwrap(), (7, 7));
                }
            })
        }
    };
    table.row(
        "an Array of 100 MiB seen in a worker",
        200,
        array(100 * MIB),
        [Rival::new(
            "an Array of 4 KiB",
            Target::Cost(1.5),
            200,
            array(4096),
        )],
    );
}

/// Chains of digests, one after another.
fn chains(count: u64) -> u64 {
    let mut digest = Sha256::digest(count.to_le_bytes());
    for _ in 0..count {
        digest = Sha256::digest(digest);
    }
    u64::from(black_box(digest[0]))
}

fn computing(table: &mut Table) {
    let pool = Pool::builder().workers(2).build().unwrap();
    let processes = |count| timed(|| pool.map_chunked(chains, [count; 8], 1).unwrap());
    let threads = |count| {
        timed(|| {
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        for _ in 0..4 {
                            black_box(chains(count));
                        }
                    });
                }
            });
        })
    };
    table.row(
        "a digest of 8 chains, 2 processes",
        100_000,
        processes,
        [Rival::new(
            "2 threads",
            Target::Cost(1.05),
            100_000,
            threads,
        )],
    );
}

fn pid() -> u32 {
    current_process().pid()
}

fn memory_of_a_worker(table: &mut Table) {
    let pool = Pool::builder().workers(4).build().unwrap();
    pool.map_chunked(square, 0..1000, 1).unwrap();
    let private = |pid: u32| -> u64 {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let lines = rollup.lines().filter(|line| line.starts_with("Private_"));
        lines
            .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
            .sum()
    };
    let most = pool.pids().into_iter().map(private).max().unwrap_or(0);
    table.fact("private memory of a worker", most as f64, "kB", 300.0);
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

fn death_of_a_parent(table: &mut Table) {
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
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
    let milliseconds = longest.as_secs_f64() * 1e3;
    table.fact(
        "workers outlive a killed parent, at most",
        milliseconds,
        "ms",
        100.0,
    );
}
