//! Measures a reader's own work: one item, then rows, sweeps and lengths, each a number of passes over items.

mod build;
pub mod prepare;
mod programs;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process;
use std::time::{Duration, Instant};

use anyhow::bail;
use shared::Receipt;
use shared::download::REDIRECTS;
use shared::receipt::Answer;
use work::{Probe, Report, Request, Seen, spread};

use crate::measure::child::{Watch, run_to_end};
use crate::measure::meter::Meter;
use crate::measure::progress::Progress;
use crate::model::difference::{Comparison, looks};
use crate::model::options::wrong;
use crate::model::own::{Card, Length, Loss, Price, Sweep};
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant::{self, *};

pub use programs::Programs;

/// Where a reader's work is measured.
pub struct Lab {
    /// The programs that do it.
    programs: Programs,
    techniques: Vec<Contestant>,
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
    fn seconds(&self) -> Option<f64> {
        Some(self.outcome.run()?.wall)
    }
}

/// How much is looked at before anything is ranked, in seconds.
const PROBE: Probe = Probe {
    most: 2.0,
    fewest: 4,
    least: 0.3,
};
/// A pass shorter than this is repeated until it is not.
const SHORT: f64 = 0.06;
/// Items of a row take so many seconds one after another if they compute,
const COMPUTING_ROW: f64 = 1.0;
/// and so many if they wait: of those it takes more to keep many workers busy.
const WAITING_ROW: f64 = 2.0;
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
    fn run(&self, who: Contestant, request: &Request, sampled: bool) -> anyhow::Result<Ran> {
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
        let noise = self.meter.since(before, ran.run.cpu());
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
                    "address {number} leads to another machine: list the one that it leads to"
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
    fn request(&self, workers: usize, repeat: usize) -> Request {
        Request {
            pick: self.pick.clone(),
            workers,
            repeat,
            ..self.base.clone()
        }
    }

    /// Its first items alone.
    fn first(&self, items: usize) -> Self {
        Self {
            base: self.base.clone(),
            pick: self.pick[..items].to_vec(),
        }
    }
}

/// How a row is measured.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How many rounds at least, and at most.
    pub rounds: RangeInclusive<usize>,
    /// When no further round is begun.
    pub until: Instant,
    /// Whether equal items must have equal answers.
    pub compared: bool,
    /// Whether a run that is not timed comes first.
    pub warmed_up: bool,
    /// Whether no more is done than must be: no pass is repeated, neither a short one nor a disturbed one.
    pub sparing: bool,
}

/// What a first look at the items brought.
#[derive(Debug)]
pub struct Look {
    /// One item; `None` if no sequential run came to its end.
    pub card: Option<Card>,
    /// Why the first sequential run did not come to its end, if it did not.
    pub fatal: Option<String>,
    /// What each technique lost then.
    pub lost: BTreeMap<Contestant, Loss>,
    /// How many items there are in the list.
    pub listed: usize,
    /// How many of them end no process.
    pub total: usize,
    /// The items that were looked at and gave an answer, each with its seconds, in the order in which they were done.
    pub good: Vec<(usize, f64)>,
    /// The sequential run, as far as it is a pass over all items.
    pub pass: Option<Ran>,
}

impl Lab {
    /// Looks at the items one after another, twice; or once at each of them, if each is to be done only `once`.
    ///
    /// # Errors
    ///
    /// If the user interrupts it, there are no items, or no technique can do one.
    pub fn look(&self, base: &Request, once: bool, cores: usize) -> anyhow::Result<Look> {
        let limits = match once {
            true => Probe {
                most: f64::INFINITY,
                fewest: usize::MAX,
                least: 0.0,
            },
            false => PROBE,
        };
        let request = |pick: Vec<usize>| Request {
            pick,
            workers: 1,
            repeat: 1,
            // JSON knows no infinity.
            probe: Some(Probe {
                most: limits.most.min(1e9),
                ..limits
            }),
            ..base.clone()
        };
        let mut first = self.run(Sequential, &request(base.pick.clone()), true)?;
        let fatal = first.outcome.failure();
        let (mut lost, mut listed) = (BTreeMap::new(), None);
        if fatal.is_some() {
            let (survivors, all) = self.survivors(base, cores, &mut lost)?;
            listed = Some(all);
            if once {
                bail!(
                    "with ONCE=1 nothing is tried again: {}",
                    fatal.unwrap_or_default()
                );
            }
            first = self.run(Sequential, &request(survivors), true)?;
        }
        let total = first.report.total;
        let listed = listed.unwrap_or(total);
        if first.outcome.run().is_none() {
            let reason = first.outcome.failure().unwrap_or_default();
            bail!("{reason}");
        }
        if total == 0 {
            bail!("there are no items");
        }
        let done = &first.report.done;
        let good = done.iter().filter(|done| done.answer.is_ok());
        let good: Vec<_> = good
            .map(|done| (done.item, done.seconds.unwrap_or_default()))
            .collect();
        let failures = failures(&first.report);
        if good.is_empty() {
            let kinds = failures
                .iter()
                .map(|(kind, count)| format!("{kind} ({count})"));
            let kinds = kinds.collect::<Vec<_>>().join(", ");
            bail!("no item gives an answer: {kinds}");
        }
        let second = match once {
            true => None,
            false => {
                let again = done.iter().map(|done| done.item).collect();
                Some(self.run(Sequential, &request(again), false)?)
            }
        };
        let card = card(&first, second.as_ref(), &good, failures);
        Ok(Look {
            card,
            fatal,
            lost,
            listed,
            total,
            good,
            pass: once.then_some(first),
        })
    }

    /// The items that end no process, and how many there are in all. Every technique tries them all, and what each loses is noted.
    fn survivors(
        &self,
        base: &Request,
        cores: usize,
        lost: &mut BTreeMap<Contestant, Loss>,
    ) -> anyhow::Result<(Vec<usize>, usize)> {
        let request = Request {
            workers: cores,
            repeat: 1,
            ..base.clone()
        };
        let processes = self.run(Multiprocessing, &request, false)?;
        if let Some(reason) = processes.outcome.failure() {
            bail!("{reason}");
        }
        let answered = |ran: &Ran| -> (Vec<_>, Vec<_>) {
            let done = ran.report.done.clone().into_iter();
            done.partition(|done| done.answer.is_ok())
        };
        let (mut good, bad) = answered(&processes);
        let why = bad.first().and_then(|done| done.answer.clone().err());
        lost.insert(
            Multiprocessing,
            Loss {
                items: bad.len(),
                why: why.unwrap_or_default(),
            },
        );
        if self.programs.pool_breaks() {
            let apart = Request {
                apart: true,
                ..request.clone()
            };
            let apart = self.run(Multiprocessing, &apart, false)?;
            if let Some(reason) = apart.outcome.failure() {
                bail!("{reason}");
            }
            good = answered(&apart).0;
        }
        for who in self.techniques.iter().copied() {
            if who == Multiprocessing {
                continue;
            }
            let ran = self.run(who, &request, false)?;
            let why = ran.outcome.failure();
            let items = match &why {
                Some(_) => processes.report.total,
                None => failures(&ran.report).values().sum(),
            };
            lost.insert(
                who,
                Loss {
                    items,
                    why: why.unwrap_or_default(),
                },
            );
        }
        let survivors = good.into_iter().map(|done| done.item).collect();
        Ok((survivors, processes.report.total))
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

    /// What techniques cost by themselves.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn prices(&self, cores: usize) -> anyhow::Result<BTreeMap<Contestant, Price>> {
        const MANY: usize = 10_000;
        const LARGE: usize = 1 << 18;
        let mut prices = BTreeMap::new();
        for who in self.techniques.iter().copied() {
            let took = |lines: usize, bytes: usize, workers: usize, repeat: usize| {
                let request = Request {
                    lines: vec![String::new(); lines],
                    nothing: Some(bytes),
                    workers,
                    repeat,
                    ..Request::default()
                };
                self.run(who, &request, false).map(|ran| ran.seconds())
            };
            let (Some(one), Some(four), Some(many)) = (
                took(1, 0, 1, 10)?,
                took(4, 0, 4, 10)?,
                took(MANY, 0, cores, 2)?,
            ) else {
                continue;
            };
            let worker = ((four - one) / 3.0).max(0.0);
            let start = one + worker * (cores as f64 - 1.0);
            let mut price = Price {
                start: one,
                worker,
                item: ((many - start) / MANY as f64).max(0.0),
                byte: 0.0,
            };
            if matches!(who, Multiprocessing | Subinterpreters)
                && let Some(large) = took(16, LARGE, cores, 2)?
            {
                let bytes = (16 * LARGE) as f64;
                price.byte = ((large - start) / bytes).max(0.0);
            }
            prices.insert(who, price);
        }
        Ok(prices)
    }

    /// One pass of `who` over these items, with more and more workers, until more of them do not help.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn sweep(&self, who: Contestant, list: &List, widths: &[usize]) -> anyhow::Result<Sweep> {
        const BETTER: f64 = 0.97;
        let mut points: Vec<(usize, f64)> = Vec::new();
        let (mut best, mut in_vain) = (f64::INFINITY, 0);
        for workers in widths {
            let Some(seconds) = self.pass(who, list, *workers)? else {
                break;
            };
            points.push((*workers, seconds));
            in_vain = if seconds < BETTER * best {
                0
            } else {
                in_vain + 1
            };
            best = best.min(seconds);
            if in_vain == 3 {
                break;
            }
        }
        Ok(Sweep { who, points })
    }

    /// Seconds of one pass, repeated if it is short; `None` if it failed.
    fn pass(&self, who: Contestant, list: &List, workers: usize) -> anyhow::Result<Option<f64>> {
        let request = list.request(workers, 1);
        let first = self.run(who, &request, false)?.seconds();
        let Some(repeat) = first.map(passes).filter(|passes| *passes > 1) else {
            return Ok(first);
        };
        let again = Request { repeat, ..request };
        Ok(self.run(who, &again, false)?.seconds())
    }

    /// Rounds of a row until it is decided, the time is over, or there are `most`. What each cell's rounds hold is in the order
    /// of `workers`.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn rounds(
        &self,
        list: &List,
        workers: &BTreeMap<Contestant, usize>,
        rules: &Rules,
    ) -> anyhow::Result<Rounds> {
        let Rules {
            rounds,
            until,
            compared,
            warmed_up,
            sparing,
        } = rules;
        let who: Vec<_> = workers.keys().copied().collect();
        let mut row = Rounds {
            outcomes: who.iter().map(|who| (*who, Vec::new())).collect(),
            ..Rounds::default()
        };
        let mut repeats: BTreeMap<Contestant, usize> = BTreeMap::new();
        for round in 0..*rounds.end() {
            let enough = round >= *rounds.start();
            if enough && (Instant::now() >= *until || row.decided(round)) {
                break;
            }
            let start = Instant::now();
            for turn in 0..who.len() {
                let who = who[(turn + round) % who.len()];
                let repeat = match repeats.get(&who) {
                    Some(repeat) => *repeat,
                    None if !*warmed_up => 1,
                    None => self.warm_up(who, list, workers[&who], &mut row)?,
                };
                repeats.insert(who, repeat);
                let ran = match *sparing {
                    true => self.run(who, &list.request(workers[&who], 1), !*warmed_up)?,
                    false => self.quiet(who, &list.request(workers[&who], repeat))?,
                };
                if who == Subinterpreters
                    && !*warmed_up
                    && let Some(why) = refusal(&ran.outcome)
                {
                    row.outcomes.remove(&who);
                    row.refusal = Some(why);
                    continue;
                }
                row.take(who, ran);
            }
            // A round that did not fit would be cut off.
            if round + 1 >= *rounds.start() && Instant::now() + start.elapsed() > *until {
                break;
            }
        }
        if !*compared {
            row.forget_answers();
        }
        if self.programs.one_by_one().is_some() && row.unequal.is_some() {
            row.unequal = Some("pages changed from one technique to the next".to_owned());
        }
        Ok(row)
    }

    /// One run that is not timed, but looked at for memory; says how often a pass is to be repeated.
    fn warm_up(
        &self,
        who: Contestant,
        list: &List,
        workers: usize,
        row: &mut Rounds,
    ) -> anyhow::Result<usize> {
        let request = list.request(workers, 1);
        let ran = self.run(who, &request, true)?;
        let repeat = ran.seconds().map_or(1, passes);
        row.warm_ups.insert(who, ran.outcome);
        Ok(repeat)
    }

    /// A run; and if others disturbed it another, of which the quieter counts.
    fn quiet(&self, who: Contestant, request: &Request) -> anyhow::Result<Ran> {
        let first = self.run(who, request, false)?;
        let Some(noise) = disturbed(&first) else {
            return Ok(first);
        };
        let second = self.run(who, request, false)?;
        Ok(match disturbed(&second) {
            Some(more) if more >= noise => first,
            _ => second,
        })
    }

    /// Seconds of short lists, one after another and in `who`, three of each in turn.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn lengths(
        &self,
        list: &List,
        who: Contestant,
        workers: usize,
        until: Instant,
    ) -> anyhow::Result<Vec<Length>> {
        let (mut lengths, mut pays) = (Vec::new(), 0);
        let sizes = (0..).map(|power| 1 << power);
        for items in sizes.take_while(|items| *items < list.pick.len()) {
            let short = list.first(items);
            let (mut alone, mut together) = (Vec::new(), Vec::new());
            for _ in 0..3 {
                alone.extend(self.pass(Sequential, &short, 1)?);
                together.extend(self.pass(who, &short, workers)?);
            }
            if alone.is_empty() || together.is_empty() {
                break;
            }
            lengths.push(Length {
                items,
                sequential: middle(&alone),
                technique: middle(&together),
            });
            let faster = middle(&together) < middle(&alone);
            pays = if faster { pays + 1 } else { 0 };
            // Further sizes would tell nothing new.
            if pays == 3 || Instant::now() > until {
                break;
            }
        }
        Ok(lengths)
    }
}

/// The rounds of a row.
#[derive(Debug, Default)]
pub struct Rounds {
    /// By technique.
    pub outcomes: BTreeMap<Contestant, Vec<Outcome>>,
    /// The runs before the rounds.
    pub warm_ups: BTreeMap<Contestant, Outcome>,
    /// Why subinterpreters, which were not tried before, could not do it.
    pub refusal: Option<String>,
    /// An item of which two techniques gave different answers.
    pub unequal: Option<String>,
    answers: BTreeMap<usize, (Contestant, Result<String, String>)>,
}

impl Rounds {
    /// Adds a run of `who`.
    pub fn take(&mut self, who: Contestant, ran: Ran) {
        for done in &ran.report.done {
            let (other, expected) = self
                .answers
                .entry(done.item)
                .or_insert_with(|| (who, done.answer.clone()));
            if *expected != done.answer && self.unequal.is_none() {
                let number = done.item + 1;
                let words = |answer: &Result<String, String>| match answer {
                    Ok(_) => "another answer".to_owned(),
                    Err(reason) => reason.clone(),
                };
                self.unequal = Some(match (&expected, &done.answer) {
                    (Ok(_), Ok(_)) => {
                        format!("item {number}: {who} and {other} give different answers")
                    }
                    _ => format!(
                        "item {number}: {who} gives {}, and {other} {}",
                        words(&done.answer),
                        words(expected)
                    ),
                });
            }
        }
        self.outcomes.entry(who).or_default().push(ran.outcome);
    }

    /// Answers that differ from run to run are not compared.
    fn forget_answers(&mut self) {
        self.unequal = None;
        let outcomes = self.outcomes.values_mut().flatten();
        for outcome in outcomes.chain(self.warm_ups.values_mut()) {
            if let Outcome::Ran(run) = outcome {
                run.receipt.answer = Answer::Nothing;
            }
        }
    }

    /// Whether nothing is open after so many rounds. It is looked at only when that is worth its share of the error.
    fn decided(&self, rounds: usize) -> bool {
        let walls = self.outcomes.values().map(|outcomes| {
            let runs = outcomes.iter().filter_map(Outcome::run);
            runs.map(|run| run.wall).collect::<Vec<_>>()
        });
        let look = looks().find(|look| *look >= rounds) == Some(rounds);
        look && Comparison::of(&walls.collect::<Vec<_>>()).open().is_empty()
    }
}

/// How often a pass that takes so long is repeated.
fn passes(seconds: f64) -> usize {
    (SHORT / seconds.max(1e-9)).ceil().clamp(1.0, 1000.0) as usize
}

/// Why nothing at all could be done, or a package could not be imported. What else goes wrong with an item is an answer.
fn refusal(outcome: &Outcome) -> Option<String> {
    let Some(run) = outcome.run() else {
        return outcome.failure();
    };
    let mut reasons = run.receipt.errors.keys();
    let nothing = run.receipt.units == 0;
    let reason = reasons.find(|reason| nothing || reason.starts_with("ImportError: "));
    reason.cloned()
}

fn disturbed(ran: &Ran) -> Option<f64> {
    let run = ran.outcome.run().filter(|run| run.disturbed())?;
    run.noise.map(|noise| noise.level())
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

fn middle(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count => (sorted[(count - 1) / 2] + sorted[count / 2]) / 2.0,
    }
}

fn failures(report: &Report) -> BTreeMap<String, usize> {
    let mut failures = BTreeMap::new();
    for reason in report
        .done
        .iter()
        .filter_map(|done| done.answer.as_ref().err())
    {
        *failures.entry(reason.clone()).or_default() += 1;
    }
    failures
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

fn card(
    first: &Ran,
    second: Option<&Ran>,
    good: &[(usize, f64)],
    failures: BTreeMap<String, usize>,
) -> Option<Card> {
    let seen = first.report.seen?;
    let times = || good.iter().map(|(_, seconds)| *seconds);
    let done = seen.done.max(1) as f64;
    let same = second.map(|second| {
        let answers = |ran: &Ran| -> BTreeMap<usize, Result<String, String>> {
            let done = ran.report.done.iter();
            done.map(|done| (done.item, done.answer.clone())).collect()
        };
        let (one, other) = (answers(first), answers(second));
        let both = one
            .iter()
            .filter_map(|(item, answer)| Some((answer, other.get(item)?)));
        both.into_iter().all(|(one, other)| one == other)
    });
    // Repeated passes hold no times of single items, and tell more about their mean.
    let repeated = first.report.seconds.iter().sum::<f64>() / done;
    let mean = match failures.is_empty() && seen.done > good.len() {
        true => repeated,
        false => times().sum::<f64>() / good.len() as f64,
    };
    let run = first.outcome.run()?;
    Some(Card {
        items: first.report.done.len(),
        seconds: [
            mean,
            times().fold(f64::INFINITY, f64::min),
            times().fold(0.0, f64::max),
        ],
        cpu: seen.cpu / done,
        cpu_of_children: seen.cpu_of_children,
        queued: seen.queued / done,
        memory: run.peak.map(|peak| peak.memory),
        bytes: seen
            .serialised
            .then_some([seen.item_bytes, seen.answer_bytes]),
        same,
        failures,
    })
}

/// Of the items that were looked at those of which a row is made: a second or two of them, but a few for each core.
pub fn row_of(good: &[(usize, f64)], computes: bool, cores: usize) -> Vec<usize> {
    let most = if computes { COMPUTING_ROW } else { WAITING_ROW };
    let mut sum = 0.0;
    let fewest = (2 * cores).max(4);
    let taken = good.iter().enumerate().take_while(|(place, (_, seconds))| {
        sum += seconds;
        sum <= most || *place < fewest
    });
    taken.map(|(_, (item, _))| *item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_second_of_items_and_some_for_each_core() {
        let items = |count: usize, seconds: f64| -> Vec<_> {
            (0..count).map(|item| (item, seconds)).collect()
        };
        assert_eq!(row_of(&items(100, 0.1), true, 2).len(), 10);
        assert_eq!(row_of(&items(100, 5.0), false, 4).len(), 8);
        assert_eq!(row_of(&items(3, 1e-6), true, 4).len(), 3);
    }

    #[test]
    fn a_short_pass_is_repeated() {
        assert_eq!((passes(0.5), passes(0.01), passes(0.0)), (1, 6, 1000));
    }

    #[test]
    fn an_unequal_answer_is_told_with_its_item() {
        let ran = |print: &str| Ran {
            outcome: Outcome::Failed(String::new()),
            report: Report {
                done: vec![work::Done {
                    item: 6,
                    answer: Ok(print.to_owned()),
                    seconds: None,
                }],
                ..Report::default()
            },
        };
        let mut rounds = Rounds::default();
        rounds.take(Sequential, ran("aa"));
        rounds.take(Threading, ran("aa"));
        assert_eq!(rounds.unequal, None);
        rounds.take(Asyncio, ran("ab"));
        assert_eq!(
            rounds.unequal.as_deref(),
            Some("item 7: asyncio and sequential give different answers")
        );
    }
}
