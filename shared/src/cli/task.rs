//! From the command line to a job in a technique's hands.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use url::Url;

use super::arguments::{Options, cores};
use super::ending;
use super::serving;
use super::technique::{Run, Technique};
use super::workload::{Adds, Failing, Workload};
use crate::probes::{
    Blocking, Crash, Memory, Message, Pingpong, Race, Sleepers, Switch, TICK, Ticker,
};
use crate::receipt::Receipt;
use crate::{compute, download, serve, stop, waiter};

/// A job, ready to run, and what it must hand in, where that is known beforehand.
pub(super) struct Task {
    run: Box<dyn FnOnce() -> Result<Receipt>>,
    expected: Option<Receipt>,
    pages: Option<u64>,
    units: u64,
}

impl Task {
    /// The job that the command line describes, in this technique's hands.
    pub(super) fn new<O: Copy + 'static>(
        technique: &Technique<O>,
        workload: &Workload,
        options: &Options,
        choice: O,
        server: &Url,
    ) -> Result<Self> {
        let run = Runner { choice, workload };
        if workload.downloads() {
            let job = download_job(workload, options, server);
            let units = job.pages.len() as u64;
            let task = run.task(Some(technique.download), job.expected(), job)?;
            return Ok(Self {
                pages: Some(units),
                units,
                ..task
            });
        }
        let nap = Duration::from_secs(1).mul_f64(options.time_scale());
        match *workload {
            Workload::Waiter { size } => {
                let job = waiter::Job::new(size, options.time_scale());
                run.task(Some(technique.waiter), Some(job.expected()), job)
            }
            Workload::Serve {
                port,
                max_connections,
                patience,
                crashes,
            } => {
                let rules = serve::Rules {
                    connections: max_connections,
                    patience: Duration::from_millis(patience),
                    crashes,
                    ..serve::Rules::default()
                };
                let job = serving::listen(port, options.workers, rules)?;
                run.task(Some(technique.serve), None, job)
            }
            Workload::Sleepers { size } => {
                let job = Sleepers { units: size, nap };
                run.task(Some(technique.sleepers), Some(job.expected()), job)
            }
            Workload::Blocking { calls } => {
                let job = Blocking {
                    calls: calls.size,
                    nap,
                };
                run.task(Some(technique.blocking), Some(job.expected()), job)
            }
            Workload::Offload { calls } => {
                let job = Blocking {
                    calls: calls.size,
                    nap,
                };
                run.task(technique.offload, Some(job.expected()), job)
            }
            Workload::Ticker { size } => {
                let job = Ticker {
                    interval: TICK,
                    computing: Duration::from_millis(size),
                };
                run.task(Some(technique.ticker), None, job)
            }
            Workload::Pingpong { size } => {
                let job = Pingpong { rounds: size };
                run.task(Some(technique.pingpong), Some(job.expected()), job)
            }
            Workload::PingpongSpinning { size } => {
                let job = Pingpong { rounds: size };
                run.task(Some(technique.pingpong_spinning), None, job)
            }
            Workload::Switch { size } => {
                let job = Switch { rounds: size };
                run.task(Some(technique.switch), None, job)
            }
            Workload::Message { size, bytes, of } => {
                let job = Message {
                    rounds: size,
                    bytes: bytes.bytes,
                    of,
                };
                run.task(Some(technique.message), Some(job.expected()), job)
            }
            Workload::Memory { size, bytes } => {
                let job = Memory {
                    rounds: size,
                    bytes: bytes.bytes,
                };
                run.task(Some(technique.memory), Some(job.expected()), job)
            }
            Workload::Crash { units } => run.task(Some(technique.crash), None, crash(units)),
            Workload::CrashPool { units } => run.task(technique.crash_pool, None, crash(units)),
            Workload::Race { adds } => run.task(Some(technique.race), None, race(adds, options)),
            Workload::RaceCall { adds } => {
                run.task(Some(technique.race_call), None, race(adds, options))
            }
            _ => {
                let job = compute_job(workload, options);
                let units = job.units.len() as u64;
                let task = run.task(Some(technique.compute), job.expected(), job)?;
                Ok(Self { units, ..task })
            }
        }
    }

    /// How many pages it is to fetch, or computations to do.
    pub(super) fn units(&self) -> u64 {
        self.units
    }

    /// How many pages it is to fetch, if it is a download.
    pub(super) fn pages(&self) -> Option<u64> {
        self.pages
    }

    /// Runs the job.
    ///
    /// # Errors
    ///
    /// If it fails.
    pub(super) fn run(self) -> Result<Outcome> {
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

/// What all tasks of one command line have in common.
struct Runner<'a, O> {
    choice: O,
    workload: &'a Workload,
}

impl<O: Copy + 'static> Runner<'_, O> {
    fn task<J: 'static>(
        &self,
        run: Option<Run<J, O>>,
        expected: Option<Receipt>,
        job: J,
    ) -> Result<Task> {
        let choice = self.choice;
        let run = run.with_context(|| format!("{} is missing here", self.workload.name()))?;
        Ok(Task {
            run: Box::new(move || run(&job, choice)),
            expected,
            pages: None,
            units: 0,
        })
    }
}

/// What came out, not yet looked at.
pub(super) struct Outcome {
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
    pub(super) fn checked(self) -> Result<Receipt> {
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
    job.repeated(options.repeat.unwrap_or(1))
}

fn crash(units: Failing) -> Crash {
    Crash {
        units: units.size,
        how: units.how,
    }
}

fn race(adds: Adds, options: &Options) -> Race {
    Race {
        adds: adds.size,
        workers: options.workers.unwrap_or(2) as u64,
    }
}
