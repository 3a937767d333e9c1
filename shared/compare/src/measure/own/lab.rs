//! Where a reader's work is measured: runs a program once, with what it is asked to do, and says what that brought.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process;
use std::time::{Duration, Instant};

use shared::Receipt;
use shared::download::REDIRECTS;
use shared::receipt::Answer;
use work::{Probe, Report, Request, Seen, spread};

use super::programs::Programs;
use crate::measure::child::{Watch, run_to_end};
use crate::measure::meter::Meter;
use crate::measure::progress::Progress;
use crate::model::options::wrong;
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant::{self, *};

/// Where a reader's work is measured.
pub struct Lab {
    /// The programs that do it.
    pub(super) programs: Programs,
    pub(super) techniques: Vec<Contestant>,
    /// How often each item was done, by its number.
    done: RefCell<BTreeMap<usize, f64>>,
    /// Requests to other machines that may be made in all, and for an address that leads to no other, where they are counted.
    budget: Option<(usize, usize)>,
    /// The file of a request, rewritten for each run.
    request: PathBuf,
    interrupt: OwnedFd,
    meter: Meter,
    progress: Progress,
}

/// What one run of a program brought.
#[derive(Debug)]
pub struct Ran {
    /// What was measured of it; its time is that of one pass.
    pub outcome: Outcome,
    /// What the program says.
    pub report: Report,
}

impl Ran {
    /// Seconds of a pass, if it ended well.
    pub(super) fn seconds(&self) -> Option<f64> {
        Some(self.outcome.run()?.wall)
    }
}

/// A pass shorter than this is repeated until it is not.
const SHORT: f64 = 0.06;
/// All of it takes about so many seconds.
const USUAL: f64 = 40.0;
/// After so many seconds a program counts as hung.
const PATIENCE: Duration = Duration::from_secs(120);

impl Lab {
    /// A place to measure, with files in `folder`.
    pub fn new(programs: Programs, folder: PathBuf, interrupt: OwnedFd) -> Self {
        let progress = Progress::begin();
        progress.expect(USUAL);
        Self {
            techniques: programs.techniques(),
            programs,
            done: RefCell::default(),
            budget: None,
            request: folder.join("request.json"),
            interrupt,
            meter: Meter::new(vec![process::id()]),
            progress,
        }
    }

    /// The same, where at most so many requests are made in all, of which an address that leads to no other takes `each`.
    pub fn sparing(self, requests: usize, each: usize) -> Self {
        Self {
            budget: Some((requests, each)),
            ..self
        }
    }

    /// The techniques that are measured.
    pub fn techniques(&self) -> &[Contestant] {
        &self.techniques
    }

    /// How often each of these items was done so far, on average.
    pub fn times_done(&self, items: &[usize]) -> f64 {
        let done = self.done.borrow();
        let times = items.iter().filter_map(|item| done.get(item));
        times.sum::<f64>() / items.len().max(1) as f64
    }

    /// Takes the progress bar away.
    pub fn end(&self) {
        self.progress.end();
    }

    /// Prints something above the progress bar.
    pub fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.progress.beside(print)
    }

    /// Runs one program once.
    pub(super) fn run(
        &self,
        who: Contestant,
        request: &Request,
        sampled: bool,
    ) -> anyhow::Result<Ran> {
        let start = Instant::now();
        self.progress
            .on(stage(request), &format!("{who}, {}", said(request)));
        let ran = self.run_unseen(who, request, sampled);
        self.progress.done(start.elapsed().as_secs_f64());
        ran
    }

    fn run_unseen(&self, who: Contestant, request: &Request, sampled: bool) -> anyhow::Result<Ran> {
        if let (Some(probe), Some(count)) = (request.probe, self.programs.one_by_one()) {
            return self.one_by_one(who, request, probe, count);
        }
        let mut command = self.programs.command(who, request, &self.request)?;
        let watch = Watch {
            one_core: false,
            sampled,
            beside: &[],
            patience: PATIENCE,
        };
        let before = self.meter.read();
        let (ran, peak) = run_to_end(&mut command, watch, &self.interrupt)?;
        let ran = match ran {
            Ok(ran) => ran,
            Err(outcome) => return Ok(Ran::failed(outcome)),
        };
        if let Some(failure) = ran.failure {
            return Ok(Ran::failed(Outcome::Failed(failure)));
        }
        let noise = self.meter.noise_since(before, ran.run.cpu());
        let report = match self.programs.report(request, &ran.stdout) {
            Ok(report) => report,
            Err(error) => return Ok(Ran::failed(Outcome::Failed(error.to_string()))),
        };
        let passes = report.seconds.len().max(1) as f64;
        if request.nothing.is_none() {
            self.count(&report, passes);
        }
        let run = Run {
            wall: middle(&report.seconds),
            seconds: ran.run.wall,
            user: ran.run.user / passes,
            system: ran.run.system / passes,
            receipt: receipt(&report),
            peak,
            // A share of a pass that was repeated is that of them all.
            noise: (!self.programs.answered_here()).then_some(noise),
            ..ran.run
        };
        Ok(Ran {
            outcome: Outcome::Ran(Box::new(run)),
            report,
        })
    }

    /// Seconds of one pass, repeated if it is short; `None` if it failed.
    pub(super) fn pass(
        &self,
        who: Contestant,
        list: &List,
        workers: usize,
    ) -> anyhow::Result<Option<f64>> {
        let request = list.request(workers, 1);
        let first = self.run(who, &request, false)?.seconds();
        let Some(repeat) = first.map(passes).filter(|passes| *passes > 1) else {
            return Ok(first);
        };
        let again = Request { repeat, ..request };
        Ok(self.run(who, &again, false)?.seconds())
    }

    /// Why subinterpreters cannot do these items, if there are any and they cannot: a package may refuse to be imported there.
    /// They are tried no more then.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn refusal(&mut self, list: &List, workers: usize) -> anyhow::Result<Option<String>> {
        if !self.techniques.contains(&Subinterpreters) {
            return Ok(None);
        }
        let ran = self.run(Subinterpreters, &list.request(workers, 1), false)?;
        let refusal = refusal(&ran.outcome);
        if refusal.is_some() {
            self.techniques.retain(|who| *who != Subinterpreters);
        }
        Ok(refusal)
    }
}

impl Lab {
    /// Keeps in mind how often a run has done its items.
    fn count(&self, report: &Report, passes: f64) {
        let items = report.done.len().max(1) as f64;
        let times = match report.seen {
            Some(seen) => seen.done as f64 / items,
            None => passes,
        };
        let mut done = self.done.borrow_mut();
        for it in &report.done {
            *done.entry(it.item).or_default() += times;
        }
    }

    /// A look at addresses, each by a run of its own, and then, unless nothing is to be done again, at all of them in one.
    fn one_by_one(
        &self,
        who: Contestant,
        request: &Request,
        probe: Probe,
        count: usize,
    ) -> anyhow::Result<Ran> {
        let pick: Vec<usize> = match request.pick.is_empty() {
            true => spread(count).collect(),
            false => request.pick.clone(),
        };
        let mut report = Report {
            total: count,
            ..Report::default()
        };
        let (mut total, mut start_up) = (0.0, f64::INFINITY);
        let (mut user, mut system, mut requests) = (0.0, 0.0, 0);
        let (mut seen, mut outcome) = (Seen::default(), None);
        for item in pick {
            // Not before the most that it may lead to is allowed, too.
            let possible = |(most, each)| each * requests + 1 + REDIRECTS <= most;
            if !self.budget.is_none_or(possible) {
                break;
            }
            let one = Request {
                pick: vec![item],
                probe: None,
                ..request.clone()
            };
            let ran = self.run_unseen(who, &one, true)?;
            let (Some(run), Some(done)) = (ran.outcome.run(), ran.report.done.first()) else {
                return Ok(ran);
            };
            let redirects = ran.report.redirects as usize;
            if redirects > 0 && !self.programs.leave_this_machine() {
                let number = item + 1;
                return Err(wrong(format!(
                    "address {number} leads to another machine: list the address there instead"
                ))
                .into());
            }
            let with_it = requests + 1 + redirects;
            if let Some((most, each)) = self.budget.filter(|(most, each)| each * with_it > *most) {
                if requests > 0 {
                    break;
                }
                let number = item + 1;
                let needed = each * with_it;
                return Err(wrong(format!(
                    "REQUESTS={most}: address {number} leads to another and takes {needed} requests, so no fewer are allowed"
                ))
                .into());
            }
            requests = with_it;
            total += run.wall;
            user += run.user;
            system += run.system;
            seen.done += 1;
            start_up = start_up.min(run.cpu());
            report.done.push(work::Done {
                seconds: Some(run.wall),
                ..done.clone()
            });
            outcome = Some(ran.outcome);
            if total >= probe.most && report.done.len() >= probe.fewest {
                break;
            }
        }
        // Starting a program and connecting are no part of a page: what all of them take in one run is.
        let together = Request {
            pick: report.done.iter().map(|done| done.item).collect(),
            probe: None,
            ..request.clone()
        };
        if probe.least > 0.0
            && let Some(run) = self.run_unseen(who, &together, false)?.outcome.run()
        {
            for done in &mut report.done {
                done.seconds = done.seconds.map(|seconds| seconds * run.wall / total);
            }
            total = run.wall;
            seen.cpu = (run.cpu() - start_up).max(0.0);
        }
        report.seconds = vec![total];
        report.seen = Some(seen);
        let mut outcome = outcome.unwrap_or(Outcome::Failed("there are no addresses".to_owned()));
        if let Outcome::Ran(run) = &mut outcome {
            (run.wall, run.user, run.system) = (total, user, system);
            run.receipt = receipt(&report);
        }
        Ok(Ran { outcome, report })
    }
}

impl Ran {
    fn failed(outcome: Outcome) -> Self {
        Self {
            outcome,
            report: Report::default(),
        }
    }
}

/// The items that are measured.
#[derive(Clone, Debug)]
pub struct List {
    /// What makes them, without workers and passes.
    pub base: Request,
    /// Their numbers.
    pub pick: Vec<usize>,
}

impl List {
    pub(super) fn request(&self, workers: usize, repeat: usize) -> Request {
        Request {
            pick: self.pick.clone(),
            workers,
            repeat,
            ..self.base.clone()
        }
    }

    /// Its first items alone.
    pub(super) fn first(&self, items: usize) -> Self {
        Self {
            base: self.base.clone(),
            pick: self.pick[..items].to_vec(),
        }
    }
}

/// How often a pass that takes so long is repeated.
pub(super) fn passes(seconds: f64) -> usize {
    (SHORT / seconds.max(1e-9)).ceil().clamp(1.0, 1000.0) as usize
}

/// Why nothing at all could be done, or a package could not be imported. What else goes wrong with an item is an answer.
pub(super) fn refusal(outcome: &Outcome) -> Option<String> {
    let Some(run) = outcome.run() else {
        return outcome.failure();
    };
    let mut reasons = run.receipt.errors.keys();
    let nothing = run.receipt.units == 0;
    let reason = reasons.find(|reason| nothing || reason.starts_with("ImportError: "));
    reason.cloned()
}

/// What is being done.
fn stage(request: &Request) -> &'static str {
    match (request.probe, request.nothing) {
        (Some(_), _) => "looking at items",
        (_, Some(_)) => "what techniques cost by themselves",
        _ => "measuring",
    }
}

fn said(request: &Request) -> String {
    match request.workers {
        1 => "1 worker".to_owned(),
        workers => format!("{workers} workers"),
    }
}

pub(super) fn middle(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count => (sorted[(count - 1) / 2] + sorted[count / 2]) / 2.0,
    }
}

/// What a run handed in: answers add up in whatever order they come.
fn receipt(report: &Report) -> Receipt {
    let answers = report.done.iter().map(|done| match &done.answer {
        Ok(print) => {
            let number = u64::from_str_radix(print, 16).unwrap_or_default();
            Receipt::unit(Answer::Checksum(number))
        }
        Err(reason) => Receipt::failure(reason.clone()),
    });
    answers.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_pass_is_repeated() {
        assert_eq!((passes(0.5), passes(0.01), passes(0.0)), (1, 6, 1000));
    }
}
