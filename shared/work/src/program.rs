//! The program around the work: reads a request, does the work as often as that is wanted, prints a report.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Answer;
use crate::unit::{self, Item};

/// A technique: does all of these items, so many at once, and gives the answers in the items' order.
pub type Run = fn(Vec<Item>, usize) -> Result<Vec<Answer>>;

/// What to do, as JSON in a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// The lines from which items are made, where the work makes them of lines.
    #[serde(default)]
    pub lines: Vec<String>,
    /// A command for each line, where the work is a command.
    #[serde(default)]
    pub commands: Vec<Vec<String>>,
    /// Do nothing, with as many bytes for each line.
    #[serde(default)]
    pub nothing: Option<usize>,
    /// Which items to do, by number; all if there is none.
    #[serde(default)]
    pub pick: Vec<usize>,
    /// How many to do at once, from 1 on.
    pub workers: usize,
    /// How often to do them all, from 1 on.
    pub repeat: usize,
    /// Do the items one after another instead, in an order that is spread over the list.
    #[serde(default)]
    pub probe: Option<Probe>,
    /// Replace a process that an item ends, where a technique's pool does not: Python's.
    #[serde(default)]
    pub apart: bool,
}

/// When to stop looking at items.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Probe {
    /// After so many seconds no further item is begun,
    pub most: f64,
    /// unless fewer than these are done, and that takes no more than ten times as long.
    pub fewest: usize,
    /// As long as all items together take less than this, in seconds, they are done again.
    pub least: f64,
}

/// What was done, as JSON on standard output.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// How many items there are.
    pub total: usize,
    /// The items that were done, and what became of each.
    pub done: Vec<Done>,
    /// Seconds that each repetition took. A probe has one, in which every item may have been done several times.
    pub seconds: Vec<f64>,
    /// What a probe saw of the items.
    #[serde(default)]
    pub seen: Option<Seen>,
    /// Requests to other machines beside one for each item, where addresses are fetched: redirects that were followed.
    #[serde(default)]
    pub redirects: u64,
}

/// What a probe saw of the items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// How many were done, the repeated ones included.
    pub done: usize,
    /// CPU seconds of this process, of all its threads.
    pub cpu: f64,
    /// CPU seconds for an item of processes that the work has started and waited for.
    pub cpu_of_children: f64,
    /// Seconds for which this thread could have run and had no core; 0 where the system does not tell.
    pub queued: f64,
    /// Whether it was looked at how large items and answers are.
    pub serialised: bool,
    /// Bytes of an item when it is serialised, on average.
    pub item_bytes: f64,
    /// Bytes of an answer when it is serialised, on average.
    pub answer_bytes: f64,
}

/// What became of an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Done {
    /// The item's number, from 0 on.
    pub item: usize,
    /// The beginning of the SHA-256 of its serialised answer, or why it has none.
    pub answer: Result<String, String>,
    /// Seconds that it took, where it was timed alone: in a probe.
    #[serde(default)]
    pub seconds: Option<f64>,
}

/// Runs the program that `run` makes: its only argument is the file of a request.
pub fn main(run: Run) -> ExitCode {
    match answer(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn answer(run: Run) -> Result<()> {
    let path = std::env::args_os().nth(1);
    let path = path.context("name the file of a request: `compare work` writes one")?;
    let request = read(path.as_ref())?;
    let report = match request.probe {
        Some(limits) => probe(&request, limits)?,
        None => repeat(&request, run)?,
    };
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

fn read(path: &Path) -> Result<Request> {
    let request = || anyhow::Ok(serde_json::from_slice(&fs::read(path)?)?);
    let name = path.display();
    request()
        .with_context(|| format!("{name} is no file of a request, as `compare work` writes it"))
}

/// Does the items again and again. Making items and looking at answers is not timed.
fn repeat(request: &Request, run: Run) -> Result<Report> {
    let mut report = Report::default();
    for time in 0..request.repeat {
        let (numbers, items) = picked(request)?;
        let count = items.len();
        let start = Instant::now();
        let answers = run(items, request.workers)?;
        report.seconds.push(start.elapsed().as_secs_f64());
        ensure!(
            answers.len() == count,
            "{} answers to {count} items",
            answers.len()
        );
        if time == 0 {
            report.total = count;
            let answers = numbers.into_iter().zip(&answers);
            let done = answers.map(|(item, answer)| done(item, answer, None));
            report.done = done.collect::<Result<_>>()?;
        }
    }
    Ok(report)
}

/// Does one item after another until the time is over, but at least one. If all of them take little time, they are done again
/// and again, and what that took counts instead: short times drown in reading the clock.
fn probe(request: &Request, limits: Probe) -> Result<Report> {
    let begin = Instant::now();
    let mut report = look(request, limits)?;
    let whole = report.done.len() == report.total && report.total > 0;
    let short = report.seconds.iter().sum::<f64>() < limits.least;
    if let (Some(seen), true, true) = (&mut report.seen, whole, short) {
        let (mut total, mut done, mut spent) = (0.0, 0, Spent::default());
        while total < limits.least && begin.elapsed().as_secs_f64() < limits.most {
            let (_, items) = picked(request)?;
            done += items.len();
            let (before, start) = (Spent::now(), Instant::now());
            for item in items {
                // The compiler must not leave out what nothing reads.
                let _ = black_box(unit::unit(item));
            }
            total += start.elapsed().as_secs_f64();
            spent.add_since(before);
        }
        if done > 0 {
            (seen.done, seen.cpu, seen.queued) = (done, spent.cpu, spent.queued);
            report.seconds = vec![total];
        }
    }
    Ok(report)
}

/// Every item once, as far as the time goes.
fn look(request: &Request, limits: Probe) -> Result<Report> {
    let (numbers, items) = picked(request)?;
    let mut report = Report {
        total: items.len(),
        ..Report::default()
    };
    let mut seen = Seen {
        serialised: true,
        ..Seen::default()
    };
    let (mut total, mut spent) = (0.0, Spent::default());
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    for place in spread(items.len()) {
        let Some(item) = items[place].take() else {
            continue;
        };
        seen.item_bytes += postcard::to_allocvec(&item)?.len() as f64;
        let (before, start) = (Spent::now(), Instant::now());
        let answer = unit::unit(item);
        let seconds = start.elapsed().as_secs_f64();
        spent.add_since(before);
        total += seconds;
        if let Ok(answer) = &answer {
            seen.answer_bytes += postcard::to_allocvec(answer)?.len() as f64;
        }
        report
            .done
            .push(done(numbers[place], &answer, Some(seconds))?);
        let enough = report.done.len() >= limits.fewest || total >= 10.0 * limits.most;
        if total >= limits.most && enough {
            break;
        }
    }
    seen.done = report.done.len();
    (seen.cpu, seen.queued) = (spent.cpu, spent.queued);
    let count = seen.done.max(1) as f64;
    seen.item_bytes /= count;
    seen.answer_bytes /= count;
    seen.cpu_of_children = cpu_time_of_children()? / count;
    report.seen = Some(seen);
    report.seconds.push(total);
    Ok(report)
}

/// What the work has taken of the cores, in seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    /// CPU time of all threads.
    cpu: f64,
    /// Time for which this thread could have run and had no core.
    queued: f64,
}

impl Spent {
    fn now() -> Self {
        let account = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let nanoseconds = account.split_ascii_whitespace().nth(1);
        let nanoseconds = nanoseconds.and_then(|it| it.parse::<f64>().ok());
        Self {
            queued: nanoseconds.unwrap_or_default() / 1e9,
            cpu: cpu_time(),
        }
    }

    fn add_since(&mut self, before: Self) {
        // The account of the queue is read last: reading it is no part of the work.
        self.cpu += cpu_time() - before.cpu;
        self.queued += Self::now().queued - before.queued;
    }
}

/// CPU seconds of this process so far.
fn cpu_time() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// CPU seconds of all children that have been waited for, with those that they waited for.
fn cpu_time_of_children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The second field is the program's name in brackets, and may hold anything.
    let (_, fields) = stat
        .rsplit_once(')')
        .context("no account of this process")?;
    let fields = fields.split_ascii_whitespace().skip(13).take(2);
    let ticks: u64 = fields.map(|ticks| ticks.parse().unwrap_or(0)).sum();
    Ok(ticks as f64 / clock_ticks_per_second() as f64)
}

/// The items that the request picks, and their numbers.
fn picked(request: &Request) -> Result<(Vec<usize>, Vec<Item>)> {
    let items = unit::items(request).map_err(|error| anyhow!("no items: {error}"))?;
    if request.pick.is_empty() {
        return Ok(((0..items.len()).collect(), items));
    }
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    let count = items.len();
    let pick = request.pick.iter().map(|number| {
        let item = items.get_mut(*number).and_then(Option::take);
        item.with_context(|| format!("no item {number}: there are {count} this time"))
    });
    let picked = pick.collect::<Result<_>>()?;
    Ok((request.pick.clone(), picked))
}

fn done(item: usize, answer: &Answer, seconds: Option<f64>) -> Result<Done> {
    let answer = match answer {
        Ok(output) => Ok(fingerprint(&postcard::to_allocvec(output)?)),
        Err(reason) => Err(reason.clone()),
    };
    Ok(Done {
        item,
        answer,
        seconds,
    })
}

/// Equal answers have equal fingerprints, and others do not: 64 bits of SHA-256.
fn fingerprint(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The numbers below `count`, each once, in an order of which every beginning is spread over them all: multiples of the golden
/// ratio.
pub fn spread(count: usize) -> impl Iterator<Item = usize> {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    let mut step = ((count as f64 * GOLDEN) as usize).max(1);
    while common_divisor(step, count) > 1 {
        step += 1;
    }
    let (step, modulus) = (step as u128, count as u128);
    (0..modulus).map(move |turn| (turn * step % modulus) as usize)
}

fn common_divisor(one: usize, other: usize) -> usize {
    match other {
        0 => one,
        _ => common_divisor(other, one % other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_once_and_early_ones_are_spread() {
        for count in [0, 1, 2, 3, 10, 97, 1000] {
            let mut all: Vec<_> = spread(count).collect();
            let early = all.iter().take(10).copied().collect::<Vec<_>>();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..count), "{count}");
            if count >= 100 {
                let halves = early.iter().filter(|place| **place < count / 2).count();
                assert!((3..=7).contains(&halves), "{early:?}");
            }
        }
    }

    #[test]
    fn only_the_picked_items_are_done_in_that_order() {
        let request = Request {
            lines: vec![String::new(); 5],
            nothing: Some(3),
            pick: vec![4, 1],
            workers: 1,
            repeat: 2,
            ..Request::default()
        };
        let run: Run = |items, _| Ok(items.into_iter().map(unit::unit).collect());
        let report = repeat(&request, run).unwrap();
        let items: Vec<_> = report.done.iter().map(|done| done.item).collect();
        assert_eq!((items, report.seconds.len()), (vec![4, 1], 2));
        let missing = Request {
            pick: vec![5],
            ..request
        };
        assert!(repeat(&missing, run).is_err());
    }

    #[test]
    fn a_line_that_is_no_request_is_named() {
        for path in ["--help", "/dev/null"] {
            let error = read(Path::new(path)).expect_err(path).to_string();
            assert!(error.starts_with(&format!("{path} is no file")), "{error}");
        }
    }

    #[test]
    fn the_error_of_a_failed_command_says_how_it_ended() {
        let end = |script: &str| {
            let words = ["sh", "-c", script].map(str::to_owned).to_vec();
            unit::unit(Item::Command(words))
        };
        assert_eq!(end("printf hello"), Ok(b"hello".to_vec()));
        assert_eq!(end("exit 3"), Err("exit code 3".to_owned()));
        assert_eq!(end("kill -9 $$"), Err("ended by signal 9".to_owned()));
        let missing = unit::unit(Item::Command(vec!["/no/such/program".to_owned()]));
        assert!(
            missing
                .unwrap_err()
                .starts_with("cannot run /no/such/program")
        );
    }
}
