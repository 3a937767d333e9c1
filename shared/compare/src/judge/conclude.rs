//! How numbers become verdicts: the conclusion table, one short rule for each row.
//!
//! A rule has two halves. The first looks its measurements up; if one is missing, so is the verdict. The second is a
//! pure function of plain numbers, tested below on made-up ones. What Python's users are told stands beside the rule
//! that judges it, and nothing else is written down beforehand.

use schemars::JsonSchema;
use serde::Serialize;

use crate::judge::ranking::{fastest, fastest_in_most};
use crate::judge::screening;
use crate::model::experiment::{Kind, NotMeasured};
use crate::model::ladder::{End, Ladder};
use crate::model::quantity::{bytes, count, seconds, times};
use crate::model::results::Results;
use crate::model::rows::{self, BLOCKING_CALLS, BLOCKING_NAP};
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant::{self, *};

/// A row of the conclusion table: a feature, and what was found for each technique.
#[derive(Debug)]
pub struct Row {
    /// What is asked.
    pub feature: &'static str,
    /// What was found, for each of [`Contestant::CONCLUDED`].
    pub findings: Vec<Result<Finding, NotMeasured>>,
}

impl Row {
    /// Whether nothing of it was asked for.
    pub fn left_out(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.all(|finding| finding.as_ref().is_err_and(NotMeasured::left_out))
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The verdict, in a word or two.
    pub verdict: String,
    /// The number behind it.
    pub number: String,
    /// What Python's users are told, and whether it is so here.
    pub claim: Option<(&'static str, Fate)>,
    /// Whether others disturbed what it rests on.
    pub noisy: bool,
}

impl Finding {
    fn new(verdict: impl Into<String>, number: impl Into<String>) -> Self {
        Self {
            verdict: verdict.into(),
            number: number.into(),
            claim: None,
            noisy: false,
        }
    }

    fn claimed(self, claim: Option<(&'static str, Fate)>) -> Self {
        Self { claim, ..self }
    }

    /// The same finding, beside the claim that its verdict is this word.
    fn said_to_be(self, claim: Option<&'static str>) -> Self {
        let fate = |claim| match self.verdict == claim {
            true => Fate::Holds,
            false => Fate::Refuted,
        };
        let claim = claim.map(|claim| (claim, fate(claim)));
        self.claimed(claim)
    }

    /// The same finding, from measurements that others disturbed: no claim falls by it, and none stands.
    fn disturbed(self) -> Self {
        Self {
            claim: self.claim.map(|(claim, _)| (claim, Fate::Unsure)),
            noisy: true,
            ..self
        }
    }
}

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is so here too.
    Holds,
    /// It is so in part, or in another measure.
    Changed,
    /// It is not so here.
    Refuted,
    /// The machine was too busy with other things to tell.
    Unsure,
}

impl Fate {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Changed => "changed",
            Self::Refuted => "refuted",
            Self::Unsure => "unsure",
        }
    }
}

/// A rule, and what it looks at.
pub struct Rule {
    /// The row of the conclusion table.
    pub feature: &'static str,
    /// The question that it answers.
    pub question: &'static str,
    /// The experiments that it looks at.
    pub experiments: &'static [&'static str],
    /// Whether it looks at the ladder as well.
    pub ladder: bool,
    /// The source of the probe or workload, in every technique's crate; none if it looks at many.
    pub source: Option<&'static str>,
    judge: fn(&Results, Contestant) -> Result<Finding, NotMeasured>,
}

/// All rules, in the order of the conclusion table.
pub const RULES: [Rule; 11] = [
    Rule {
        feature: "scheduling",
        question: "Who decides when to switch?",
        experiments: &["ticker"],
        ladder: false,
        source: Some("src/probes/ticker.rs"),
        judge: scheduling,
    },
    Rule {
        feature: "use multiple CPUs",
        question: "Does it use more than one core?",
        experiments: &["hashes"],
        ladder: false,
        source: Some("src/workloads/compute.rs"),
        judge: multiple_cpus,
    },
    Rule {
        feature: "scalability",
        question: "How many can be alive at once?",
        experiments: &[],
        ladder: true,
        source: Some("src/probes/sleepers.rs"),
        judge: scalability,
    },
    Rule {
        feature: "use blocking functions",
        question: "May one call a function that blocks, and the others go on?",
        experiments: &["blocking", "blocking-offloaded"],
        ladder: false,
        source: Some("src/probes/sleepers.rs"),
        judge: blocking_functions,
    },
    Rule {
        feature: "when to use",
        question: "For which need is it the choice?",
        experiments: &rows::WORKLOADS,
        ladder: true,
        source: None,
        judge: when_to_use,
    },
    Rule {
        feature: "start one",
        question: "What does it cost to start one, and to see it end?",
        experiments: &["start-one", "start-many"],
        ladder: false,
        source: Some("src/probes/sleepers.rs"),
        judge: start_one,
    },
    Rule {
        feature: "memory for each",
        question: "How much memory does one more take?",
        experiments: &[],
        ladder: true,
        source: Some("src/probes/sleepers.rs"),
        judge: memory_for_each,
    },
    Rule {
        feature: "switch and message",
        question: "What does a message there and back cost, on one core?",
        experiments: &["pingpong-one-core"],
        ladder: false,
        source: Some("src/probes/pingpong.rs"),
        judge: switch_and_message,
    },
    Rule {
        feature: "the same across cores",
        question: "And what on any core, where the other side may have to be woken up on another?",
        experiments: &["pingpong-any-core", "pingpong-one-core"],
        ladder: false,
        source: Some("src/probes/pingpong.rs"),
        judge: message_across_cores,
    },
    Rule {
        feature: "one crash takes",
        question: "If one of ten fails, what is lost?",
        experiments: &["crash-panic", "crash-abort"],
        ladder: false,
        source: Some("src/probes/crash.rs"),
        judge: one_crash_takes,
    },
    Rule {
        feature: "lines of code",
        question: "How much is there to write, and to read?",
        experiments: &[],
        ladder: false,
        source: None,
        judge: lines_of_code,
    },
];

/// The conclusion table.
pub fn conclude(results: &Results) -> Vec<Row> {
    let row = |rule: &Rule| Row {
        feature: rule.feature,
        findings: Contestant::CONCLUDED
            .map(|who| rule.conclude(results, who))
            .into(),
    };
    RULES.iter().map(row).collect()
}

impl Rule {
    /// What follows for `who`.
    ///
    /// # Errors
    ///
    /// If something that it looks at was not measured.
    pub fn conclude(&self, results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
        let finding = (self.judge)(results, who)?;
        let disturbed = screening::rests_on_noise(results, self.experiments, &[who])
            || self.ladder && results.ladder(who).is_ok_and(screening::shaken);
        Ok(match disturbed {
            true => finding.disturbed(),
            false => finding,
        })
    }
}

// Who decides when to switch? A ticker that wants to tick every millisecond shares one core with a hog.

fn scheduling(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let gap = results.median("ticker", who, |run| {
        run.receipt.readings.get("longest_gap").copied()
    })?;
    let hog = results.median("ticker", who, |run| Some(run.seconds))?;
    let verdict = match switching(gap, hog) {
        "cooperative" if who == Sequential => "none",
        switching => switching,
    };
    let number = format!("{} wait beside a {} hog", seconds(gap), seconds(hog));
    let claim = told(who, ["preemptive", "preemptive", "cooperative"]);
    Ok(Finding::new(verdict, number).said_to_be(claim))
}

/// Whoever is kept waiting for most of the hog's time depends on the hog to give way.
pub fn switching(gap: f64, hog: f64) -> &'static str {
    match gap / hog {
        share if share < 0.5 => "preemptive",
        share if share > 0.9 => "cooperative",
        _ => "unclear",
    }
}

// Does it use more than one core? CPU time against wall-clock time, on the workload that computes longest.

fn multiple_cpus(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let cores = results.machine.cores;
    if cores < 2 {
        return Err(NotMeasured("one core cannot tell".to_owned()));
    }
    let used = |who| results.median("hashes", who, |run| Some(run.cpu() / run.wall));
    let alone = used(who)?;
    let verdict = several_cores(alone);
    if let (Asyncio, Ok(spread)) = (who, used(AsyncioMultiThread))
        && several_cores(spread) != verdict
    {
        let number = format!("{alone:.2} or {spread:.2} of {cores} cores");
        let verdict = format!("{verdict}, unless multi-thread");
        return Ok(Finding::new(verdict, number).claimed(Some(("no", Fate::Changed))));
    }
    let number = format!("{alone:.2} of {cores} cores");
    let claim = told(who, ["no", "yes", "no"]);
    Ok(Finding::new(verdict, number).said_to_be(claim))
}

/// A program on one core uses a little more than one where starting and ending overlap with others.
fn several_cores(used: f64) -> &'static str {
    if used > 1.2 { "yes" } else { "no" }
}

// How many can be alive at once, before it takes 1.5 times as long as one?

fn scalability(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let ladder = results.ladder(who)?;
    let most = limit(ladder)?;
    let verdict = magnitude(most);
    let number = format!("{} asleep; {}", count(most), stopped_by(&ladder.end));
    let claim = told(who, ["medium (100s)", "low (10s)", "high (1000s)"]);
    let fate = |claim: &str| match claim.starts_with(verdict) {
        true => Fate::Holds,
        false => Fate::Changed,
    };
    Ok(Finding::new(verdict, number).claimed(claim.map(|claim| (claim, fate(claim)))))
}

/// The most units that were alive at once.
pub fn limit(ladder: &Ladder) -> Result<u64, NotMeasured> {
    ladder
        .most()
        .ok_or_else(|| NotMeasured("not even one ended in time".to_owned()))
}

/// Python's words for tens, hundreds and thousands.
fn magnitude(units: u64) -> &'static str {
    match units {
        0..10 => "none",
        10..100 => "low",
        100..1000 => "medium",
        1000.. => "high",
    }
}

fn stopped_by(end: &End) -> String {
    match end {
        End::Top => "no limit met".to_owned(),
        End::TooSlow => "then too slow".to_owned(),
        End::Budget { .. } => "then over budget".to_owned(),
        End::OutOfTime => "then out of time".to_owned(),
        End::Failed(cause) => format!("then {}", cause.name()),
    }
}

// May a unit call a function that blocks? Ten calls at once should take as long as one.

fn blocking_functions(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let share = |name| results.median(name, who, |run| Some(run.seconds / BLOCKING_NAP));
    let share_of_one = share("blocking")?;
    let verdict = overlap(share_of_one);
    let mut number = format!("{BLOCKING_CALLS} calls take {}", times(share_of_one));
    if let (Asyncio, Ok(offloaded)) = (who, share("blocking-offloaded")) {
        number += &format!("; {} offloaded", times(offloaded));
    }
    let claim = told(who, ["yes", "yes", "no"]);
    Ok(Finding::new(verdict, number).said_to_be(claim))
}

/// Blocking calls made at once, in units of one call's time. Starting a process for each takes time too.
fn overlap(share_of_one: f64) -> &'static str {
    let all = f64::from(BLOCKING_CALLS);
    match share_of_one / all {
        share if share < 0.3 => "yes",
        share if share > 0.9 => "no",
        _ => "in part",
    }
}

// Which technique is the choice for which need?

fn when_to_use(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let mut uses = Vec::new();
    for need in Need::ALL {
        if need.choice(results)?.contains(&who) {
            uses.push(need);
        }
    }
    let words: Vec<_> = uses.iter().map(|need| need.words()).collect();
    let verdict = match words[..] {
        [] => "-".to_owned(),
        _ => words.join(", "),
    };
    let rows: Vec<_> = results.workloads().collect();
    let wins = rows
        .iter()
        .filter(|row| fastest(row).contains(&who))
        .count();
    let mut number = format!("fastest or tied in {wins} of {} rows", rows.len());

    let claims: [(&str, &[Need]); 3] = [
        (
            "I/O bound, blocking calls",
            &[Need::Waiting, Need::Blocking],
        ),
        ("CPU bound", &[Need::Computing]),
        ("I/O bound, large scale", &[Need::Waiting, Need::Scale]),
    ];
    let Some((claim, needs)) = told(who, claims) else {
        return Ok(Finding::new(verdict, number));
    };
    let mut fate = overlapping(needs, &uses);
    for need in needs.iter().filter(|need| !uses.contains(need)) {
        // As fast as the choice, and only dearer: the claim is not refuted by that.
        if let Some(factor) = need.dearer(results, who) {
            number += &format!(
                "; {} as fast, in {} the memory",
                need.words(),
                times(factor)
            );
            fate = Fate::Changed;
        }
    }
    Ok(Finding::new(verdict, number).claimed(Some((claim, fate))))
}

/// What somebody may need a technique for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Waiting,
    Computing,
    Blocking,
    Scale,
    Crashes,
}

impl Need {
    const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Computing,
        Self::Blocking,
        Self::Scale,
        Self::Crashes,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::Waiting => "I/O bound",
            Self::Computing => "CPU bound",
            Self::Blocking => "blocking calls",
            Self::Scale => "large scale",
            Self::Crashes => "work that may crash",
        }
    }

    /// The techniques that meet this need best.
    fn choice(self, results: &Results) -> Result<Vec<Contestant>, NotMeasured> {
        match self {
            Self::Waiting => Ok(least(&memory_of_the_fastest(results, Kind::Waiting)?)),
            Self::Computing => Ok(least(&memory_of_the_fastest(results, Kind::Computing)?)),
            Self::Blocking => cheapest(|who| {
                let may = blocking_functions(results, who)?.verdict == "yes";
                may.then(|| memory_of_one(results, who)).transpose()
            }),
            Self::Scale => cheapest(|who| Ok(Some(1.0 / limit(results.ladder(who)?)? as f64))),
            Self::Crashes => {
                cheapest(|who| Ok(survives(results, who, "crash-abort")?.then_some(0.0)))
            }
        }
    }

    /// By which factor `who` takes more memory than the choice, having met this need as fast; `None` if it was slower.
    fn dearer(self, results: &Results, who: Contestant) -> Option<f64> {
        let kind = match self {
            Self::Waiting => Kind::Waiting,
            Self::Computing => Kind::Computing,
            _ => return None,
        };
        let costs = memory_of_the_fastest(results, kind).ok()?;
        let least = costs.iter().map(|(_, cost)| *cost).min_by(f64::total_cmp)?;
        let (_, mine) = costs.iter().find(|(technique, _)| *technique == who)?;
        Some(mine / least)
    }
}

/// Those who meet a need at the least cost; `None` is the cost of not meeting it.
fn cheapest(
    cost: impl Fn(Contestant) -> Result<Option<f64>, NotMeasured>,
) -> Result<Vec<Contestant>, NotMeasured> {
    let mut costs = Vec::new();
    for who in Contestant::CONCLUDED {
        costs.extend(cost(who)?.map(|cost| (who, cost)));
    }
    Ok(least(&costs))
}

/// What those who are fastest in most rows of this kind take of memory, all rows together.
fn memory_of_the_fastest(
    results: &Results,
    kind: Kind,
) -> Result<Vec<(Contestant, f64)>, NotMeasured> {
    let rows: Vec<_> = results.workloads().filter(|row| row.kind == kind).collect();
    if rows.is_empty() {
        return Err(NotMeasured("every such workload was left out".to_owned()));
    }
    let mut costs = Vec::new();
    for who in fastest_in_most(results, kind) {
        let mut cost = 0.0;
        for row in &rows {
            let peak = results.cell(&row.name, who)?.peak();
            // A memory that nobody saw is not a small one.
            let peak =
                peak.ok_or_else(|| NotMeasured(format!("no memory of {} was seen", row.name)))?;
            cost += peak.memory as f64;
        }
        costs.push((who, cost));
    }
    if costs.is_empty() {
        return Err(NotMeasured("no row could be ranked".to_owned()));
    }
    Ok(costs)
}

/// Whoever costs least, and whoever costs not even a tenth more.
fn least(costs: &[(Contestant, f64)]) -> Vec<Contestant> {
    let all = costs.iter().map(|(_, cost)| *cost);
    let least = all.fold(f64::INFINITY, f64::min);
    let cheap = costs.iter().filter(|(_, cost)| *cost <= 1.1 * least);
    cheap.map(|(who, _)| *who).collect()
}

fn overlapping(claimed: &[Need], found: &[Need]) -> Fate {
    let kept = claimed.iter().filter(|need| found.contains(need)).count();
    match kept {
        0 => Fate::Refuted,
        _ if kept == claimed.len() && kept == found.len() => Fate::Holds,
        _ => Fate::Changed,
    }
}

// What does it cost to start one unit, and to see it end?

fn start_one(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    if who == Sequential {
        results.experiment("start-one")?;
        return Ok(Finding::new("nothing to start", ""));
    }
    let cost = cost_of_start(results, who)?;
    let thread = cost_of_start(results, Threading);
    let number = compared("thread", cost, thread.as_ref(), who);
    Ok(
        Finding::new(seconds(cost), number).claimed(match (who, thread) {
            (Multiprocessing, Ok(thread)) => Some(("slower than a thread", more(cost, thread))),
            _ => None,
        }),
    )
}

/// The slope between one unit and many, so that the program's own start does not count.
fn cost_of_start(results: &Results, who: Contestant) -> Result<f64, NotMeasured> {
    let of = |name| results.median(name, who, |run| Some(run.seconds));
    let units = |name| results.median(name, who, |run| Some(run.receipt.units as f64));
    slope(
        (units("start-one")?, of("start-one")?),
        (units("start-many")?, of("start-many")?),
    )
    .ok_or_else(|| NotMeasured("many took no longer than one".to_owned()))
}

// How much memory does one more unit take? Again a slope, over the steps of the ladder.

fn memory_for_each(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let each = memory_of_one(results, who)?;
    let process = memory_of_one(results, Multiprocessing);
    let number = compared(
        "thread",
        each,
        memory_of_one(results, Threading).as_ref(),
        who,
    );
    Ok(
        Finding::new(bytes(each), number).claimed(match (who, process) {
            (Threading, Ok(process)) => Some(("lighter than a process", more(process, each))),
            _ => None,
        }),
    )
}

fn memory_of_one(results: &Results, who: Contestant) -> Result<f64, NotMeasured> {
    let ladder = results.ladder(who)?;
    let memory = |run: &Run| run.peak.map(|peak| peak.memory as f64);
    let mut sizes = ladder
        .good()
        .filter_map(|(units, run)| Some((units as f64, memory(run)?)));
    match (sizes.next(), sizes.next_back()) {
        (Some(first), Some(last)) => slope(first, last)
            .ok_or_else(|| NotMeasured("many took no more memory than one".to_owned())),
        _ => Err(NotMeasured("never more than one alive".to_owned())),
    }
}

/// What one more costs, where more were seen to cost more.
fn slope((x, y): (f64, f64), (more_x, more_y): (f64, f64)) -> Option<f64> {
    (more_x > x && more_y > y).then(|| (more_y - y) / (more_x - x))
}

// What does a message there and back cost, switches included, on one core?

fn switch_and_message(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let cost = round_trip(results, who)?;
    let call = round_trip(results, Sequential);
    let thread = round_trip(results, Threading);
    let number = match who {
        Sequential => "a function call".to_owned(),
        _ => compared("call", cost, call.as_ref(), who),
    };
    Ok(
        Finding::new(seconds(cost), number).claimed(match (who, thread) {
            (Multiprocessing, Ok(thread)) => Some(("slower than threads", more(cost, thread))),
            (Asyncio, Ok(thread)) => Some(("cheaper than threads", more(thread, cost))),
            _ => None,
        }),
    )
}

/// Waking an idle core up may cost more than everything else: on virtual machines 40 to 50 µs were seen.
fn message_across_cores(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let each = |run: &Run| Some(run.seconds / run.receipt.units as f64);
    let cost = results.median("pingpong-any-core", who, each)?;
    let number = match (who, round_trip(results, who)) {
        (Sequential, _) => "a function call".to_owned(),
        (_, Ok(one_core)) => format!("{} its time on one core", times(cost / one_core)),
        (_, Err(_)) => String::new(),
    };
    Ok(Finding::new(seconds(cost), number))
}

fn round_trip(results: &Results, who: Contestant) -> Result<f64, NotMeasured> {
    let each = |run: &Run| Some(run.seconds / run.receipt.units as f64);
    results.median("pingpong-one-core", who, each)
}

// One unit of ten fails, ever more violently. What is lost?

fn one_crash_takes(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let panic = survives(results, who, "crash-panic")?;
    let abort = survives(results, who, "crash-abort")?;
    let (verdict, number) = match (panic, abort) {
        (true, true) => ("itself alone", "even an abort"),
        (true, false) => ("itself; all if it aborts", "a panic is caught"),
        (false, _) => ("all units", "even a panic"),
    };
    let fate = if abort { Fate::Holds } else { Fate::Refuted };
    let claim = (who == Multiprocessing).then_some(("not the program", fate));
    Ok(Finding::new(verdict, number).claimed(claim))
}

/// Whether all units but the one that failed came through.
fn survives(results: &Results, who: Contestant, name: &str) -> Result<bool, NotMeasured> {
    let cell = results.cell(name, who)?;
    if cell.rounds.is_empty() {
        return Err(NotMeasured("no run was made".to_owned()));
    }
    let survived = |outcome: &Outcome| {
        let receipt = outcome.run().map(|run| &run.receipt);
        receipt.is_some_and(|receipt| receipt.errors.values().sum::<u64>() == 1)
    };
    Ok(cell.rounds.iter().all(survived))
}

// How much is there to write, and to read?

fn lines_of_code(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let lines = |who| {
        let lines = results.lines.get(&who).copied();
        lines.ok_or_else(|| NotMeasured("the sources are not here".to_owned()))
    };
    let (mine, plain) = (lines(who)?, lines(Sequential)?);
    let number = match who {
        Sequential => "three workload files".to_owned(),
        _ => format!("{:+} lines", mine as i64 - plain as i64),
    };
    let claim = (who == Threading).then(|| ("code grows", more(mine as f64, plain as f64)));
    Ok(Finding::new(mine.to_string(), number).claimed(claim))
}

// What becomes of a claim.

/// What Python's users are told of threading, multiprocessing and asyncio, if `who` is one of them.
fn told<T>(who: Contestant, [threading, multiprocessing, asyncio]: [T; 3]) -> Option<T> {
    match who {
        Threading => Some(threading),
        Multiprocessing => Some(multiprocessing),
        Asyncio => Some(asyncio),
        _ => None,
    }
}

/// The fate of the claim that one number is larger than another. A tenth more is no "more".
pub fn more(this: f64, that: f64) -> Fate {
    match this / that {
        ratio if ratio > 1.1 => Fate::Holds,
        ratio if ratio > 0.9 => Fate::Changed,
        _ => Fate::Refuted,
    }
}

/// `this` in multiples of what a thread or a call costs, unless it is one.
fn compared(unit: &str, this: f64, one: Result<&f64, &NotMeasured>, who: Contestant) -> String {
    match one {
        Ok(one) if *one > 0.0 && !(unit == "thread" && who == Threading) => {
            format!("{} a {unit}", times(this / one))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::noise::Noise;
    use crate::model::places;

    fn fate(finding: Result<Finding, NotMeasured>) -> Option<Fate> {
        finding.unwrap().claim.map(|(_, fate)| fate)
    }

    fn verdict(finding: Result<Finding, NotMeasured>) -> String {
        finding.unwrap().verdict
    }

    #[test]
    fn whoever_waits_for_the_hog_is_not_preempted() {
        assert_eq!(switching(0.008, 0.2), "preemptive");
        assert_eq!(switching(0.2, 0.2), "cooperative");
        assert_eq!(switching(0.15, 0.2), "unclear");
    }

    #[test]
    fn a_starved_thread_refutes_that_threads_are_preempted() {
        let gap = |seconds| {
            move |run: &mut Run| {
                run.receipt = run.receipt.clone().with_reading("longest_gap", seconds);
            }
        };
        let quick = fixtures::results().with("ticker", Threading, gap(0.01));
        assert_eq!(fate(scheduling(&quick, Threading)), Some(Fate::Holds));
        let starved = quick.with("ticker", Threading, gap(1.0));
        assert_eq!(fate(scheduling(&starved, Threading)), Some(Fate::Refuted));
        let alone = starved.with("ticker", Sequential, gap(1.0));
        assert_eq!(verdict(scheduling(&alone, Sequential)), "none");
    }

    #[test]
    fn threads_on_two_cores_refute_that_they_cannot() {
        let one = fixtures::results();
        assert_eq!(fate(multiple_cpus(&one, Threading)), Some(Fate::Holds));
        assert_eq!(
            fate(multiple_cpus(&one, Multiprocessing)),
            Some(Fate::Refuted)
        );
        let two = one.with("hashes", Threading, |run| run.user = 1.97);
        assert_eq!(verdict(multiple_cpus(&two, Threading)), "yes");
        assert_eq!(fate(multiple_cpus(&two, Threading)), Some(Fate::Refuted));
        assert_eq!(fate(multiple_cpus(&two, Sequential)), None);
    }

    #[test]
    fn an_event_loop_of_several_threads_changes_what_is_said_of_asyncio() {
        let results = fixtures::results().with("hashes", AsyncioMultiThread, |run| run.user = 1.9);
        let finding = multiple_cpus(&results, Asyncio).unwrap();
        assert_eq!(finding.verdict, "no, unless multi-thread");
        assert_eq!(finding.claim, Some(("no", Fate::Changed)));
    }

    #[test]
    fn one_core_cannot_tell_whether_several_are_used() {
        let mut results = fixtures::results();
        results.machine.cores = 1;
        assert!(multiple_cpus(&results, Threading).is_err());
    }

    #[test]
    fn the_last_good_step_decides_how_far_a_technique_scales() {
        for (steps, verdict_here, fate_here) in [
            (&[1][..], "none", Fate::Changed),
            (&[1, 10], "low", Fate::Changed),
            (&[1, 10, 100], "medium", Fate::Holds),
            (&[1, 10, 100, 1000, 10_000], "high", Fate::Changed),
        ] {
            let results = fixtures::results().with_ladder(Threading, steps, 9000);
            assert_eq!(verdict(scalability(&results, Threading)), verdict_here);
            assert_eq!(fate(scalability(&results, Threading)), Some(fate_here));
        }
        assert!(scalability(&fixtures::results(), Threading).is_err());
    }

    #[test]
    fn calls_that_overlap_may_block() {
        assert_eq!(overlap(1.1), "yes");
        assert_eq!(overlap(10.2), "no");
        assert_eq!(overlap(5.0), "in part");
        let results = fixtures::results().with("blocking", Asyncio, |run| run.seconds = 0.2);
        assert_eq!(
            fate(blocking_functions(&results, Asyncio)),
            Some(Fate::Holds)
        );
        let results = results.with("blocking", Asyncio, |run| run.seconds = 0.02);
        assert_eq!(
            fate(blocking_functions(&results, Asyncio)),
            Some(Fate::Refuted)
        );
    }

    #[test]
    fn memory_for_each_is_a_slope_and_not_a_share() {
        let results = fixtures::results()
            .with_ladder(Threading, &[1, 10, 1000], 9 * 1024)
            .with_ladder(Multiprocessing, &[1, 10, 100], 300 * 1024);
        let finding = memory_for_each(&results, Threading).unwrap();
        assert_eq!(finding.verdict, "9.00 KiB");
        assert_eq!(finding.claim, Some(("lighter than a process", Fate::Holds)));
        let heavy = fixtures::results()
            .with_ladder(Threading, &[1, 10], 400 * 1024)
            .with_ladder(Multiprocessing, &[1, 10], 300 * 1024);
        assert_eq!(
            fate(memory_for_each(&heavy, Threading)),
            Some(Fate::Refuted)
        );
    }

    #[test]
    fn starting_one_is_a_slope_between_one_and_many() {
        let many = |seconds| {
            move |run: &mut Run| {
                run.seconds = seconds;
                run.receipt.units = 1001;
            }
        };
        let results = fixtures::results()
            .with("start-many", Threading, many(1.01))
            .with("start-many", Multiprocessing, many(2.0));
        assert_eq!(verdict(start_one(&results, Threading)), "10.0 µs");
        let finding = start_one(&results, Multiprocessing).unwrap();
        assert_eq!(
            (&*finding.verdict, &*finding.number),
            ("1.00 ms", "100x a thread")
        );
        assert_eq!(finding.claim, Some(("slower than a thread", Fate::Holds)));
    }

    #[test]
    fn what_costs_no_more_when_there_is_more_of_it_was_not_measured() {
        let as_long = fixtures::results().with("start-many", Threading, |run| {
            run.receipt.units = 1001;
        });
        let missing = start_one(&as_long, Threading).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "not measured: many took no longer than one"
        );
        let as_heavy = fixtures::results().with_ladder(Threading, &[1, 10], 0);
        let missing = memory_for_each(&as_heavy, Threading).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "not measured: many took no more memory than one"
        );
    }

    #[test]
    fn a_task_that_switches_faster_than_a_thread_upholds_the_claim() {
        let took = |seconds| move |run: &mut Run| run.seconds = seconds;
        let results = fixtures::results()
            .with("pingpong-one-core", Threading, took(8e-6))
            .with("pingpong-one-core", Asyncio, took(5e-7))
            .with("pingpong-one-core", Multiprocessing, took(8e-6));
        assert_eq!(
            fate(switch_and_message(&results, Asyncio)),
            Some(Fate::Holds)
        );
        assert_eq!(
            fate(switch_and_message(&results, Multiprocessing)),
            Some(Fate::Changed)
        );
        let slow = results.with("pingpong-one-core", Asyncio, took(9e-5));
        assert_eq!(
            fate(switch_and_message(&slow, Asyncio)),
            Some(Fate::Refuted)
        );
    }

    #[test]
    fn whoever_dies_of_an_abort_is_not_safe_from_crashes() {
        let survived = |run: &mut Run| {
            run.receipt.errors.insert("abort".to_owned(), 1);
        };
        let results = fixtures::results()
            .with("crash-panic", Multiprocessing, survived)
            .with("crash-abort", Multiprocessing, survived)
            .with("crash-panic", Threading, survived)
            .with_failure("crash-abort", Threading, "ended by signal 6")
            .with_failure("crash-panic", Sequential, "panicked");
        assert_eq!(
            verdict(one_crash_takes(&results, Multiprocessing)),
            "itself alone"
        );
        assert_eq!(
            fate(one_crash_takes(&results, Multiprocessing)),
            Some(Fate::Holds)
        );
        assert_eq!(
            verdict(one_crash_takes(&results, Threading)),
            "itself; all if it aborts"
        );
        assert_eq!(verdict(one_crash_takes(&results, Sequential)), "all units");
        assert!(
            results.all_well(),
            "dying of a crash is an answer, not a failure"
        );
    }

    #[test]
    fn code_that_grows_is_counted_against_sequential() {
        let mut results = fixtures::results();
        results.lines = [(Sequential, 50), (Threading, 100)].into();
        let finding = lines_of_code(&results, Threading).unwrap();
        assert_eq!((&*finding.verdict, &*finding.number), ("100", "+50 lines"));
        assert_eq!(finding.claim, Some(("code grows", Fate::Holds)));
        assert!(lines_of_code(&results, Asyncio).is_err());
    }

    #[test]
    fn of_those_who_tie_the_cheapest_is_the_choice() {
        let costs = [
            (Threading, 100.0),
            (Asyncio, 95.0),
            (Multiprocessing, 200.0),
        ];
        assert_eq!(least(&costs), [Threading, Asyncio]);
        let computing = ["lists", "squares", "hashes"];
        let fast = |results: Results, who, memory| {
            computing.iter().fold(results, |results, name| {
                let results = results.with(name, who, |run| run.wall = 0.5);
                results.with_warm_up(name, who, |run| run.peak.as_mut().unwrap().memory = memory)
            })
        };
        let results = fast(fixtures::results(), Threading, 4 << 20);
        let results = fast(results, Multiprocessing, 8 << 20);
        assert_eq!(Need::Computing.choice(&results).unwrap(), [Threading]);
        assert_eq!(Need::Computing.dearer(&results, Multiprocessing), Some(2.0));
        assert_eq!(Need::Computing.dearer(&results, Asyncio), None);
        let unseen = results
            .with("lists", Multiprocessing, |run| run.peak = None)
            .with_warm_up("lists", Multiprocessing, |run| run.peak = None);
        let missing = Need::Computing.choice(&unseen).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "not measured: no memory of lists was seen"
        );
    }

    #[test]
    fn a_claim_that_is_met_in_part_has_changed() {
        let claimed = [Need::Waiting, Need::Scale];
        assert_eq!(overlapping(&claimed, &claimed), Fate::Holds);
        assert_eq!(overlapping(&claimed, &[Need::Scale]), Fate::Changed);
        assert_eq!(overlapping(&claimed, &[Need::Computing]), Fate::Refuted);
    }

    #[test]
    fn whoever_is_as_fast_and_only_dearer_does_not_refute_the_claim() {
        let fast = |results: Results, who, memory| {
            ["lists", "squares", "hashes"]
                .iter()
                .fold(results, |results, name| {
                    let results = results.with(name, who, |run| run.wall = 0.5);
                    results
                        .with_warm_up(name, who, |run| run.peak.as_mut().unwrap().memory = memory)
                })
        };
        let results = fast(fixtures::results(), Threading, 4 << 20);
        let mut results = fast(results, Multiprocessing, 8 << 20);
        for who in Contestant::CONCLUDED {
            results = results.with_ladder(who, &[1, 10, 100], 1024);
        }
        let finding = when_to_use(&results, Multiprocessing).unwrap();
        assert_eq!(finding.claim, Some(("CPU bound", Fate::Changed)));
        assert!(
            finding
                .number
                .contains("CPU bound as fast, in 2.00x the memory"),
            "{finding:?}"
        );
        let slow = results.with("hashes", Multiprocessing, |run| run.wall = 1.0);
        let slow = slow.with("lists", Multiprocessing, |run| run.wall = 1.0);
        let finding = when_to_use(&slow, Multiprocessing).unwrap();
        assert_eq!(finding.claim, Some(("CPU bound", Fate::Refuted)));
    }

    #[test]
    fn a_message_across_cores_stands_beside_the_one_on_one_core() {
        let took = |seconds| move |run: &mut Run| run.seconds = seconds;
        let results = fixtures::results()
            .with("pingpong-one-core", Threading, took(5e-6))
            .with("pingpong-any-core", Threading, took(50e-6));
        let finding = message_across_cores(&results, Threading).unwrap();
        assert_eq!(
            (&*finding.verdict, &*finding.number),
            ("50.0 µs", "10.0x its time on one core")
        );
    }

    #[test]
    fn a_failed_run_leaves_its_verdict_open_and_says_why() {
        let results = fixtures::results().with_failure("hashes", Threading, "no answer");
        let missing = multiple_cpus(&results, Threading).unwrap_err();
        assert_eq!(missing.to_string(), "not measured: no answer");
        assert!(multiple_cpus(&results, Multiprocessing).is_ok());
        assert!(!results.all_well());
    }

    #[test]
    fn no_claim_stands_or_falls_by_a_disturbed_measurement() {
        let busy = Noise {
            others: Some(0.5),
            stolen: None,
            pressure: None,
            queued: None,
        };
        let results = fixtures::results().with("hashes", Threading, |run| run.noise = Some(busy));
        let rule = RULES
            .iter()
            .find(|rule| rule.feature == "use multiple CPUs");
        let finding = rule.unwrap().conclude(&results, Threading).unwrap();
        assert_eq!(
            (finding.claim, finding.noisy),
            (Some(("no", Fate::Unsure)), true)
        );
        let quiet = rule.unwrap().conclude(&results, Multiprocessing).unwrap();
        assert!(!quiet.noisy);
    }

    #[test]
    fn every_rule_looks_at_experiments_and_sources_that_exist() {
        let results = fixtures::results();
        for rule in &RULES {
            for name in rule.experiments {
                assert!(results.experiment(name).is_ok(), "{}: {name}", rule.feature);
            }
            for who in Contestant::CONCLUDED {
                let source = places::workspace().unwrap().join(who.program());
                assert!(rule.source.is_none_or(|file| source.join(file).is_file()));
            }
        }
    }

    #[test]
    fn a_row_of_which_nothing_was_asked_for_is_left_out() {
        let results = fixtures::results_of(&["--only", "sites"]);
        let left_out = |row: &&Row| row.left_out();
        let conclusion = conclude(&results);
        let left_out: Vec<_> = conclusion
            .iter()
            .filter(left_out)
            .map(|row| row.feature)
            .collect();
        assert_eq!(
            left_out.len(),
            RULES.len() - 1,
            "all but the lines of code: {left_out:?}"
        );
    }

    #[test]
    fn what_was_left_out_is_not_measured() {
        let results = fixtures::results().without("ticker");
        let missing = scheduling(&results, Threading).unwrap_err();
        assert_eq!(missing.to_string(), "not measured: ticker was left out");
    }
}
