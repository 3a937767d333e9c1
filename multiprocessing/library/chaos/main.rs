//! Kills a random worker every 10 ms under a stream of tasks, and accounts for every task.
//!
//!     cargo run --release --example multiprocessing-chaos -- [seconds]
//!
//! Half of the time tasks run at most once, and half of the time they are started again until they
//! are done. At the end nothing may be wrong, hang, or be left over.

use std::collections::HashSet;
use std::fs;
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use multiprocessing::{Array, Error, ExitStatus, Pool, Result, current_process, tasks};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

const WORKERS: usize = 4;
const KILL_EVERY: Duration = Duration::from_millis(10);
/// A batch that takes longer than this hangs.
const LIMIT: Duration = Duration::from_secs(60);
const BATCH: u64 = 1000;

fn main() -> ExitCode {
    multiprocessing::init(tasks![work]);
    let seconds = match std::env::args().nth(1).map(|text| text.parse()) {
        None => 20.0,
        Some(Ok(seconds)) if (0.1..=86_400.0).contains(&seconds) => seconds,
        Some(_) => {
            eprintln!("chaos: one argument is allowed, a number of seconds from 0.1 to 86400");
            return ExitCode::from(2);
        }
    };
    let time = Duration::from_secs_f64(seconds / 2.0);
    println!(
        "{:16} {:>9} {:>6} {:>6} {:>6} {:>5} {:>7}",
        "", "tasks", "kills", "lost", "wrong", "hung", "leaked"
    );
    let mut good = true;
    for (name, retries) in [("at most once", 0), ("with retries", u32::MAX)] {
        match storm(name, retries, time) {
            Ok(fine) => good &= fine,
            Err(error) => {
                eprintln!("{name}: {error}");
                good = false;
            }
        }
    }
    ExitCode::from(u8::from(!good))
}

/// One row of the table. Whether all is well.
fn storm(name: &str, retries: u32, time: Duration) -> Result<bool> {
    let before = holdings();
    let pool = Pool::builder()
        .workers(WORKERS)
        .retries(retries)
        .restart_limit(usize::MAX, Duration::from_secs(1))
        .build()?;
    let (mut tasks, mut lost, mut wrong) = (0, 0, 0);
    let kills = AtomicU64::new(0);
    let over = AtomicBool::new(false);
    // Milliseconds since the start, when the last batch was done.
    let progress = AtomicU64::new(0);
    let start = Instant::now();

    thread::scope(|scope| -> Result<()> {
        scope.spawn(|| {
            let mut random = Random(0x9E37_79B9_7F4A_7C15);
            while !over.load(Ordering::Relaxed) {
                thread::sleep(KILL_EVERY);
                kills.fetch_add(
                    u64::from(kill_one(&pool.pids(), &mut random)),
                    Ordering::Relaxed,
                );
                let last = Duration::from_millis(progress.load(Ordering::Relaxed));
                if start.elapsed().saturating_sub(last) > LIMIT {
                    println!("{name:16} {:>41}", "hung");
                    exit(1);
                }
            }
        });
        let mut round = 0;
        while start.elapsed() < time {
            let (batch_lost, batch_wrong) = batch(&pool, round * BATCH, retries > 0)?;
            lost += batch_lost;
            wrong += batch_wrong;
            tasks += BATCH;
            round += 1;
            progress.store(start.elapsed().as_millis() as u64, Ordering::Relaxed);
        }
        over.store(true, Ordering::Relaxed);
        Ok(())
    })?;

    drop(pool);
    let kills = kills.into_inner();
    let after = settled(before);
    let leaked = after.0.abs_diff(before.0) + after.1.abs_diff(before.1);
    println!(
        "{name:16} {tasks:>9} {kills:>6} {lost:>6} {wrong:>6} {:>5} {leaked:>7}",
        0
    );
    let lost_too_many = if retries > 0 { lost > 0 } else { lost > kills };
    Ok(kills > 0 && !lost_too_many && wrong == 0 && leaked == 0)
}

/// Runs a batch of tasks. How many were lost with a worker, and how many went wrong.
fn batch(pool: &Pool, first: u64, again: bool) -> Result<(u64, u64)> {
    let starts = Array::<u32>::new(BATCH as usize)?;
    let items = (0..BATCH).map(|place| (first + place, place, starts.clone()));
    let (mut lost, mut wrong) = (0, 0);
    let mut done = HashSet::new();
    for (place, result) in (0..BATCH).zip(pool.imap(work, items)?) {
        let started = starts.get(place as usize);
        match result {
            Ok(result) => {
                let right = result == expected(first + place) && done.insert(result[0]);
                let as_often_as_allowed = started == 1 || again && started > 1;
                wrong += u64::from(!right || !as_often_as_allowed);
            }
            Err(Error::Died {
                exitcode: ExitStatus::Signal(9),
                ..
            }) => {
                lost += 1;
                // It died while it ran: then it was started.
                wrong += u64::from(started > 1 && !again);
            }
            Err(error) => {
                eprintln!("task {}: {error}", first + place);
                wrong += 1;
            }
        }
    }
    wrong += u64::from(done.len() as u64 + lost != BATCH);
    Ok((lost, wrong))
}

/// Takes up to a millisecond, and gives a result of 1 to 10 000 numbers, now and then of 200 000.
fn work(number: u64, place: u64, starts: Array<u32>) -> Vec<u64> {
    starts.update(place as usize, |count| count + 1);
    let begun = Instant::now();
    let busy = Duration::from_micros(Random(number + 1).below(1000));
    while begun.elapsed() < busy {}
    expected(number)
}

fn expected(number: u64) -> Vec<u64> {
    let mut random = Random(number + 2);
    let length = if random.below(100) == 0 {
        200_000
    } else {
        1 + random.below(10_000)
    };
    (number..number + length).collect()
}

/// Kills a process out of these, if it is a child of this one. Whether it did.
fn kill_one(pids: &[u32], random: &mut Random) -> bool {
    if pids.is_empty() {
        return false;
    }
    let pid = pids[random.below(pids.len() as u64) as usize];
    // The number may have gone to another process by now. What is opened stays the same one.
    let Some(process) = Pid::from_raw(pid as i32) else {
        return false;
    };
    let Ok(process) = pidfd_open(process, PidfdFlags::empty()) else {
        return false;
    };
    is_child(pid) && pidfd_send_signal(&process, Signal::KILL).is_ok()
}

fn is_child(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name stands in parentheses, and may have any in it.
    let parent = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
    parent == Some(current_process().pid())
}

/// How many descriptors this process has, and how many children.
fn holdings() -> (usize, usize) {
    let descriptors = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    (descriptors, pids.filter(|&pid| is_child(pid)).count())
}

/// What is held once all that is on its way out has gone, or after a second.
fn settled(before: (usize, usize)) -> (usize, usize) {
    let start = Instant::now();
    while holdings() != before && start.elapsed() < Duration::from_secs(1) {
        thread::yield_now();
    }
    holdings()
}

/// Marsaglia's xorshift: quick, and the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        for (left, shift) in [(true, 13), (false, 7), (true, 17)] {
            self.0 ^= if left {
                self.0 << shift
            } else {
                self.0 >> shift
            };
        }
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % limit
    }
}
