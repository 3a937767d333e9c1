//! From the command line to a job in a technique's hands, and from its receipt to a sentence.

use std::fmt::Display;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::ValueEnum;
use url::Url;

use super::arguments::{Options, Workload};
use super::{Run, Technique, ending};
use crate::probes::{Crash, Pingpong, Race, Sleepers, TICK, Ticker};
use crate::receipt::Receipt;
use crate::waiter::Form;
use crate::{compute, download, stop, waiter};

/// A job, ready to run, and what it must hand in, where that is known beforehand.
pub struct Task {
    run: Box<dyn FnOnce() -> Result<Receipt>>,
    expected: Option<Receipt>,
    pages: Option<u64>,
}

impl Task {
    /// The job that the command line describes, in this technique's hands.
    pub fn new(
        technique: &Technique,
        workload: &Workload,
        options: &Options,
        server: &Url,
    ) -> Self {
        let runtime = options.runtime.unwrap_or_default();
        if workload.downloads() {
            let job = download_job(workload, options, server);
            let pages = Some(job.pages.len() as u64);
            return Self {
                pages,
                ..Self::of(technique.download, job.expected(), job, runtime)
            };
        }
        let (offload, time_scale) = (options.offload, options.time_scale());
        match *workload {
            Workload::Waiter {
                size,
                queue,
                blocking_waiter,
            } => {
                let form = match (queue, blocking_waiter) {
                    (true, _) => Form::Queue,
                    (_, true) => Form::Blocking,
                    _ => Form::Usual,
                };
                let job = waiter::Job::new(size, time_scale, form);
                Self::of(technique.waiter, Some(job.expected()), job, runtime)
            }
            Workload::Sleepers { size, blocking } => {
                let job = Sleepers {
                    units: size,
                    nap: Duration::from_secs(1).mul_f64(time_scale),
                    blocking,
                    offload,
                };
                Self::of(technique.sleepers, Some(job.expected()), job, runtime)
            }
            Workload::Ticker { size } => {
                let job = Ticker {
                    interval: TICK,
                    hog: Duration::from_millis(size),
                };
                Self::of(technique.ticker, None, job, runtime)
            }
            Workload::Pingpong { size } => {
                let job = Pingpong { rounds: size };
                Self::of(technique.pingpong, Some(job.expected()), job, runtime)
            }
            Workload::Crash { size, how, home } => {
                let job = Crash {
                    units: size,
                    how,
                    home,
                };
                Self::of(technique.crash, None, job, runtime)
            }
            Workload::Race { size, call } => {
                let job = Race {
                    adds: size,
                    workers: options.workers.unwrap_or(2) as u64,
                    call,
                };
                Self::of(technique.race, None, job, runtime)
            }
            _ => {
                let job = compute_job(workload, options);
                Self::of(technique.compute, job.expected(), job, runtime)
            }
        }
    }

    fn of<J: 'static>(
        run: Run<J>,
        expected: Option<Receipt>,
        job: J,
        runtime: super::Runtime,
    ) -> Self {
        Self {
            run: Box::new(move || run(&job, runtime)),
            expected,
            pages: None,
        }
    }

    /// How many pages it is to fetch, if it is a download.
    pub fn pages(&self) -> Option<u64> {
        self.pages
    }

    /// Runs the job.
    ///
    /// # Errors
    ///
    /// If it fails.
    pub fn run(self) -> Result<Outcome> {
        let receipt = match ((self.run)(), self.pages) {
            // An interrupt may well find a worker where nothing can be done gently.
            (Err(_), Some(pages)) if stop::asked() => ending::so_far(pages),
            (receipt, _) => receipt?,
        };
        Ok(Outcome {
            receipt,
            expected: self.expected,
            pages: self.pages,
        })
    }
}

/// What came out, not yet looked at.
pub struct Outcome {
    receipt: Receipt,
    expected: Option<Receipt>,
    pages: Option<u64>,
}

impl Outcome {
    /// The receipt, if it is right. Every page has been looked at when it came; here it is seen that none is missing.
    ///
    /// # Errors
    ///
    /// If it is not the expected one.
    pub fn checked(self) -> Result<Receipt> {
        let Self {
            receipt,
            expected,
            pages,
        } = self;
        let (ends, unfinished) = (receipt.outcomes, receipt.unfinished);
        if let Some(pages) = pages {
            ensure!(
                ends.total() + unfinished == pages,
                "wrong answer: {} of {pages} pages ended, and {unfinished} did not",
                ends.total()
            );
        }
        let complete = unfinished + ends.troubles().total() == 0;
        if let Some(expected) = expected.filter(|_| complete) {
            ensure!(
                expected.same_answer(&receipt) && expected.errors == receipt.errors,
                "wrong answer: {} units, {} bytes and {} instead of {} units, {} bytes and {}",
                receipt.units,
                receipt.bytes,
                receipt.answer,
                expected.units,
                expected.bytes,
                expected.answer
            );
        }
        Ok(receipt)
    }
}

fn download_job(workload: &Workload, options: &Options, server: &Url) -> download::Job {
    let workers = options.workers.unwrap_or(5);
    let job = match *workload {
        Workload::Hello { size } => {
            let delay = download::HELLO_DELAY.mul_f64(options.time_scale());
            download::Job::hello(server, size, delay, workers)
        }
        Workload::Cats { size } => download::Job::cats(server, size, workers),
        Workload::Sites {
            ref urls,
            size,
            delay,
        } => {
            if urls.is_empty() {
                download::Job::sites(server, size, Duration::from_millis(delay), workers)
            } else {
                download::Job::real(urls, workers)
            }
        }
        _ => unreachable!("{} is no download", workload.name()),
    };
    let mut job = job.repeated(options.repeat.unwrap_or(1));
    job.policy.timed = options.latencies;
    options.network.apply(job, options.time_scale())
}

fn compute_job(workload: &Workload, options: &Options) -> compute::Job {
    let workers = options.workers.unwrap_or_else(cores);
    let job = match *workload {
        Workload::Lists { size } => compute::Job::lists(size, workers),
        Workload::Squares {
            size,
            slices: false,
        } => compute::Job::squares(size, workers),
        Workload::Squares { size, slices: true } => compute::Job::slices(20 * size, workers),
        Workload::Hashes { size } => compute::Job::hashes(size, workers),
        _ => unreachable!("{} is no computation", workload.name()),
    };
    compute::Job {
        offload: options.offload,
        ..job.repeated(options.repeat.unwrap_or(1))
    }
}

/// Cores that this process may use.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

impl Workload {
    /// A receipt as a sentence.
    pub fn summary(&self, receipt: &Receipt, seconds: f64) -> String {
        let Receipt {
            answer, readings, ..
        } = receipt;
        let units = |noun| count(receipt.units, noun);
        let reading = |name| readings.get(name).copied().unwrap_or_default();
        let time = format!("{seconds:.3} s");
        match self {
            Self::Waiter { .. } => {
                format!("{} in {time}, never two tables at once", units("order"))
            }
            Self::Hello { .. } => format!("{} in {time}{}", units("greeting"), troubles(receipt)),
            Self::Sites { .. } | Self::Cats { .. } => downloaded(receipt, seconds),
            Self::Lists { .. } => format!("{} in {time}, all right: {answer}", units("list")),
            Self::Squares { .. } => format!("{} in {time}, {answer} in all", units("sum")),
            Self::Hashes { .. } => format!("{} in {time}, {answer}", units("chain")),
            Self::Sleepers { .. } => format!("{} slept and woke in {time}", units("unit")),
            Self::Ticker { size } => format!(
                "{}, at the worst {:.1} ms apart, beside a hog of {size} ms",
                count(reading("ticks") as u64, "tick"),
                1e3 * reading("longest_gap"),
            ),
            Self::Pingpong { .. } => format!("{} in {time}", units("round trip")),
            Self::Crash { size, how, .. } => {
                let how = how.to_possible_value().expect("no way to fail is hidden");
                let how = how.get_name();
                let (finished, units) = (with_commas(receipt.units), count(*size, "unit"));
                format!("{finished} of {units} finished in spite of one {how}, in {time}")
            }
            Self::Race { size, .. } => format!(
                "{} counted to {} each and lost {}, in {time}",
                units("worker"),
                with_commas(*size),
                count(reading("lost") as u64, "count")
            ),
        }
    }
}

/// The receipt of a download as a sentence.
fn downloaded(receipt: &Receipt, seconds: f64) -> String {
    let (pages, bytes) = (count(receipt.units, "page"), count(receipt.bytes, "byte"));
    let troubles = troubles(receipt);
    format!("{pages}, {bytes} in {seconds:.3} s{troubles}")
}

/// What went wrong, behind a sentence that says what went well.
fn troubles(receipt: &Receipt) -> String {
    let (lost, failed) = (receipt.outcomes.troubles(), receipt.tries.troubles());
    let mut text = String::new();
    if lost.total() > 0 {
        text += &format!("; lost: {lost}");
    }
    if failed.total() > 0 {
        text += &format!("; tries that failed: {failed}");
    }
    if receipt.unfinished > 0 {
        text += &format!("; not fetched: {}", receipt.unfinished);
    }
    text
}

/// So many of them: "1 page", "2,000 pages".
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", with_commas(number))
}

fn with_commas(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(with_commas(7), "7");
        assert_eq!(with_commas(853_680), "853,680");
        assert_eq!(with_commas(1_000_000), "1,000,000");
        assert_eq!(count(1000, "page"), "1,000 pages");
        assert_eq!(count(1, "page"), "1 page");
    }
}
