//! From the command line to a job in a technique's hands.

use std::iter;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use url::Url;

use super::arguments::{Cli, Options};
use super::computation::Computation;
use super::download::Download;
use super::ending;
use super::probe::{Adds, Failing, Probe};
use super::serving;
use super::technique::{Probes, Run, Technique};
use super::workload::Workload;
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
        match *workload {
            Workload::Download(ref download) => {
                let job = download_job(download, options, server);
                let units = job.pages.len() as u64;
                let task = run.task(Some(technique.workloads.download), job.expected(), job)?;
                Ok(Self {
                    pages: Some(units),
                    units,
                    ..task
                })
            }
            Workload::Computation(computation) => {
                let job = compute_job(computation, options);
                let units = job.units.len() as u64;
                let task = run.task(Some(technique.workloads.compute), job.expected(), job)?;
                Ok(Self { units, ..task })
            }
            Workload::Waiter { size } => {
                let job = waiter::Job::new(size, options.time_scale());
                run.task(Some(technique.workloads.waiter), Some(job.expected()), job)
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
                run.task(technique.workloads.serve, None, job)
            }
            Workload::Probe(probe) => probe_task(&run, &technique.probes, probe, options),
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

/// The same of a probe.
fn probe_task<O: Copy + 'static>(
    run: &Runner<O>,
    probes: &Probes<O>,
    probe: Probe,
    options: &Options,
) -> Result<Task> {
    let nap = Duration::from_secs(1).mul_f64(options.time_scale());
    match probe {
        Probe::Sleepers { size } => {
            let job = Sleepers { units: size, nap };
            run.task(Some(probes.sleepers), Some(job.expected()), job)
        }
        Probe::Blocking { calls } => {
            let job = Blocking {
                calls: calls.size,
                nap,
            };
            run.task(Some(probes.blocking), Some(job.expected()), job)
        }
        Probe::Offload { calls } => {
            let job = Blocking {
                calls: calls.size,
                nap,
            };
            run.task(probes.offload, Some(job.expected()), job)
        }
        Probe::Ticker { size } => {
            let job = Ticker {
                interval: TICK,
                computing: Duration::from_millis(size),
            };
            run.task(Some(probes.ticker), None, job)
        }
        Probe::Pingpong { size } => {
            let job = Pingpong { rounds: size };
            run.task(Some(probes.pingpong), Some(job.expected()), job)
        }
        Probe::PingpongSpinning { size } => {
            let job = Pingpong { rounds: size };
            run.task(probes.pingpong_spinning, None, job)
        }
        Probe::Switch { size } => {
            let job = Switch { rounds: size };
            run.task(probes.switch, None, job)
        }
        Probe::Message { size, bytes, of } => {
            let job = Message {
                rounds: size,
                bytes: bytes.bytes,
                of,
            };
            run.task(probes.message, Some(job.expected()), job)
        }
        Probe::Memory { size, bytes } => {
            let job = Memory {
                rounds: size,
                bytes: bytes.bytes,
            };
            run.task(probes.memory, Some(job.expected()), job)
        }
        Probe::Crash { units } => run.task(Some(probes.crash), None, crash(units)),
        Probe::CrashPool { units } => run.task(probes.crash_pool, None, crash(units)),
        Probe::Race { adds } => run.task(probes.race, None, race(adds, options)),
        Probe::RaceCall { adds } => run.task(probes.race_call, None, race(adds, options)),
    }
}

/// The receipt of a correct run of a workload with these arguments, found without a program. `None` for probes, servers and pages out
/// in the world, and where no program takes the arguments.
pub fn expected(arguments: &[String]) -> Option<Receipt> {
    let words = iter::once("any").chain(arguments.iter().map(String::as_str));
    let Cli { workload, options } = Cli::try_parse_from(words).ok()?;
    match workload {
        Workload::Waiter { size } => Some(waiter::Job::new(size, 1.0).expected()),
        Workload::Download(download) => {
            let nowhere = Url::parse("http://none.invalid/").ok()?;
            download_job(&download, &options, &nowhere).expected()
        }
        Workload::Computation(computation) => {
            let job = compute_job(computation, &options);
            // Chains of a length without a known answer are quickly computed.
            let computed = || job.units.iter().map(compute::Unit::compute).sum();
            Some(job.expected().unwrap_or_else(computed))
        }
        _ => None,
    }
}

fn download_job(download: &Download, options: &Options, server: &Url) -> download::Job {
    let (pace, workers) = (options.time_scale(), options.downloading_workers());
    let job = download.job(server, pace, workers);
    let mut job = job.repeated(options.repeat.unwrap_or(1));
    job.policy.timed = options.latencies;
    options.network.apply(job, pace)
}

fn compute_job(computation: Computation, options: &Options) -> compute::Job {
    let job = computation.job(options.computing_workers());
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
