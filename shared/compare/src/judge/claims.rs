//! What Python's users are told, claim by claim: what comes of it in Python, on this machine, and what in Rust.
//!
//! A claim is judged in both languages by one rule. Those of the conclusion table are judged there; the others here.

use crate::judge::conclude::{Fate, Finding, Row, conclude, limit, more, switching};
use crate::judge::screening;
use crate::model::difference::{Factor, between};
use crate::model::experiment::{Kind, NotMeasured};
use crate::model::quantity::{count, seconds, times};
use crate::model::results::Results;
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant::{self, *};

/// A claim, and what became of it.
#[derive(Debug)]
pub struct Claim {
    /// What is said.
    pub said: String,
    /// What each interpreter does.
    pub pythons: Vec<Evidence>,
    /// What Rust does.
    pub rust: Evidence,
}

/// What a language makes of a claim, and the number behind it.
pub type Evidence = Result<(Fate, String), NotMeasured>;

/// All claims that something was measured for, in as many interpreters as took part. Without any, those of the conclusion
/// table stand there alone.
pub fn claims(rust: &Results) -> Vec<Claim> {
    let pythons = rust.pythons.iter();
    let pythons = pythons.filter(|python| python.description.is_ok());
    let pythons: Vec<_> = pythons.map(|python| python.as_results(rust)).collect();
    let mut claims = match pythons[..] {
        [] => Vec::new(),
        _ => of_the_conclusion(rust, &pythons),
    };
    for rule in &RULES {
        let [in_python, in_rust] = rule.judges;
        claims.push(Claim {
            said: rule.said.to_owned(),
            pythons: pythons
                .iter()
                .map(|python| rule.judge(in_python, python))
                .collect(),
            rust: rule.judge(in_rust, rust),
        });
    }
    // A run of a few workloads says nothing about most claims, and a claim about Python alone needs one.
    claims.retain(|claim| match claim.pythons[..] {
        [] => claim.rust.is_ok(),
        _ => claim.pythons.iter().any(Result::is_ok),
    });
    claims
}

impl Claim {
    /// What becomes of it, taking all languages together.
    pub fn verdict(&self) -> &'static str {
        let fate = |evidence: &Evidence| evidence.as_ref().ok().map(|(fate, _)| *fate);
        let pythons: Vec<_> = self.pythons.iter().filter_map(fate).collect();
        verdict(&pythons, fate(&self.rust))
    }
}

fn verdict(pythons: &[Fate], rust: Option<Fate>) -> &'static str {
    let mut all = pythons.iter().copied().chain(rust);
    let Some(first) = all.next() else {
        return "not measured";
    };
    if !all.all(|fate| fate == first) {
        return "depends";
    }
    first.word()
}

/// The claims of the conclusion table, one for each of its cells that has one.
fn of_the_conclusion(rust: &Results, pythons: &[Results]) -> Vec<Claim> {
    let ours = conclude(rust);
    let theirs: Vec<_> = pythons.iter().map(conclude).collect();
    let mut claims = Vec::new();
    for (row, Row { feature, .. }) in ours.iter().enumerate() {
        for (column, who) in Contestant::CONCLUDED.into_iter().enumerate() {
            let mut tables = std::iter::once(&ours).chain(&theirs);
            let said = tables.find_map(|table| table[row].findings[column].as_ref().ok()?.claim);
            let Some((said, _)) = said else { continue };
            let evidence = |table: &Vec<Row>| evidence(&table[row].findings[column]);
            claims.push(Claim {
                said: format!("{feature}, {who}: {said}"),
                pythons: theirs.iter().map(evidence).collect(),
                rust: evidence(&ours),
            });
        }
    }
    claims
}

fn evidence(finding: &Result<Finding, NotMeasured>) -> Evidence {
    let Finding {
        verdict,
        number,
        claim,
        ..
    } = finding.clone()?;
    let (_, fate) =
        claim.ok_or_else(|| NotMeasured("there is nothing to compare it with".to_owned()))?;
    let words = [verdict, number]
        .into_iter()
        .filter(|word| !word.is_empty());
    Ok((fate, words.collect::<Vec<_>>().join("; ")))
}

/// A claim that the conclusion table has no row for.
struct Rule {
    said: &'static str,
    /// How it is judged in Python, and how in Rust: mostly in the same way.
    judges: [fn(&Results) -> Evidence; 2],
    /// What others may disturb of what it looks at: these contestants in these experiments. Whether a count is lost, or a
    /// task, is not a matter of time.
    experiments: &'static [&'static str],
    who: &'static [Contestant],
    /// Whether it looks at their ladders.
    ladder: bool,
}

/// The other claims.
const RULES: [Rule; 13] = [
    Rule {
        said: "sharing memory is faster than messages",
        judges: [sharing, sharing],
        experiments: &["pingpong-one-core"],
        who: &[Threading, Multiprocessing],
        ladder: false,
    },
    Rule {
        said: "messages need (de)serialising",
        judges: [serialising, serialising],
        experiments: &["pingpong-one-core"],
        who: &[Threading, Multiprocessing],
        ladder: false,
    },
    Rule {
        said: "switching tasks is cheaper than a function call",
        judges: [cheaper_than_a_call, cheaper_than_a_call],
        experiments: &["pingpong-one-core"],
        who: &[Sequential, Asyncio],
        ladder: false,
    },
    Rule {
        said: "one task that does not yield stops all others",
        judges: [stops_all_others, stops_all_others],
        experiments: &["ticker"],
        who: &[Asyncio],
        ladder: false,
    },
    Rule {
        said: "async needs no locks",
        judges: [no_locks, no_locks_in_rust],
        experiments: &[],
        who: &[],
        ladder: false,
    },
    Rule {
        said: "a switch may come in the middle of x = x + 1",
        judges: [in_the_middle, in_the_middle_in_rust],
        experiments: &[],
        who: &[],
        ladder: false,
    },
    Rule {
        said: "async carries more than threads",
        judges: [carries_more, carries_more],
        experiments: &[],
        who: &[Threading, Asyncio],
        ladder: true,
    },
    Rule {
        said: "CPU-bound work gains only from processes",
        judges: [only_processes, only_processes],
        experiments: &["hashes", "hashes-interpreters"],
        who: &Contestant::CONCLUDED,
        ladder: false,
    },
    Rule {
        said: "threads and asyncio did not help CPU-bound work",
        judges: [did_not_help, did_not_help],
        experiments: &["hashes"],
        who: &[Sequential, Threading, Asyncio],
        ladder: false,
    },
    Rule {
        said: "one thread computes at a time, in most cases",
        judges: [one_at_a_time, one_at_a_time_in_rust],
        experiments: &["hashes", "hashes-buffers"],
        who: &[Sequential, Threading],
        ladder: false,
    },
    Rule {
        said: "asyncio when you can, threads when you must",
        judges: [when_you_can, when_you_can],
        experiments: &["waiter", "hello", "sites", "cats"],
        who: &[Threading, Asyncio],
        ladder: false,
    },
    Rule {
        said: "a worker that crashes costs no more than its own task",
        judges: [crash_in_a_pool, crash_in_our_pool],
        experiments: &[],
        who: &[],
        ladder: false,
    },
    Rule {
        said: "a session is worth keeping",
        judges: [sessions_kept, sessions_kept_in_rust],
        experiments: &["cats", "cats-published"],
        who: &[Threading, Asyncio],
        ladder: false,
    },
];

impl Rule {
    /// What this language makes of it. By a disturbed measurement no claim stands or falls.
    fn judge(&self, judge: fn(&Results) -> Evidence, results: &Results) -> Evidence {
        let (fate, number) = judge(results)?;
        let shaken = |who: &Contestant| results.ladder(*who).is_ok_and(screening::shaken);
        let disturbed = screening::rests_on_noise(results, self.experiments, self.who)
            || self.ladder && self.who.iter().any(shaken);
        Ok(match disturbed {
            true => (Fate::Unsure, number),
            false => (fate, number),
        })
    }
}

fn round_trip(results: &Results, who: Contestant, of: fn(&Run) -> f64) -> Result<f64, NotMeasured> {
    results.median("pingpong-one-core", who, |run| {
        Some(of(run) / run.receipt.units as f64)
    })
}

fn sharing(results: &Results) -> Evidence {
    let trip = |who| round_trip(results, who, |run| run.seconds);
    let (threads, processes) = (trip(Threading)?, trip(Multiprocessing)?);
    let number = format!(
        "{} between threads, {} between processes",
        seconds(threads),
        seconds(processes)
    );
    Ok((more(processes, threads), number))
}

/// What serialising takes cannot be told from what copying takes: both are in the CPU time of a message.
fn serialising(results: &Results) -> Evidence {
    let trip = |who| round_trip(results, who, Run::cpu);
    let (threads, processes) = (trip(Threading)?, trip(Multiprocessing)?);
    let number = format!(
        "{} of CPU a message, {} without",
        seconds(processes),
        seconds(threads)
    );
    let fate = match more(processes, threads) {
        // They do need it, but it is nothing that could be measured.
        Fate::Refuted => Fate::Changed,
        fate => fate,
    };
    Ok((fate, number))
}

fn cheaper_than_a_call(results: &Results) -> Evidence {
    let trip = |who| round_trip(results, who, |run| run.seconds);
    let (task, call) = (trip(Asyncio)?, trip(Sequential)?);
    Ok((more(call, task), format!("{} a call", times(task / call))))
}

fn stops_all_others(results: &Results) -> Evidence {
    let gap = |run: &Run| run.receipt.readings.get("longest_gap").copied();
    let (gap, hog) = (
        results.median("ticker", Asyncio, gap)?,
        results.median("ticker", Asyncio, |run| Some(run.seconds))?,
    );
    let fate = match switching(gap, hog) {
        "cooperative" => Fate::Holds,
        "preemptive" => Fate::Refuted,
        _ => Fate::Changed,
    };
    Ok((
        fate,
        format!("nobody else ran for {} of {}", seconds(gap), seconds(hog)),
    ))
}

/// Counts lost by two workers, of a million each.
fn lost(results: &Results, name: &str, who: Contestant) -> Result<f64, NotMeasured> {
    results.median(name, who, |run| run.receipt.readings.get("lost").copied())
}

fn no_locks(results: &Results) -> Evidence {
    let (between, across) = (
        lost(results, "race", Asyncio)?,
        lost(results, "race-call", Asyncio)?,
    );
    let number = format!(
        "{} counts lost between awaits, {} across one",
        count(between as u64),
        count(across as u64)
    );
    Ok((needed(between, across), number))
}

/// The same, and what becomes of it on a loop of several threads.
fn no_locks_in_rust(results: &Results) -> Evidence {
    let (fate, number) = no_locks(results)?;
    let spread = lost(results, "race", AsyncioMultiThread)?;
    let number = format!("{number}, {} on several threads", count(spread as u64));
    Ok((fate, number))
}

fn in_the_middle(results: &Results) -> Evidence {
    let (plain, call) = (
        lost(results, "race", Threading)?,
        lost(results, "race-call", Threading)?,
    );
    let number = format!(
        "{} counts lost, {} with a call in the middle",
        count(plain as u64),
        count(call as u64)
    );
    let fate = match needed(plain, call) {
        Fate::Holds => Fate::Refuted,
        Fate::Refuted => Fate::Holds,
        unclear => unclear,
    };
    Ok((fate, number))
}

/// A plain x does not compile, so x is an atomic, read in one step and written in another.
fn in_the_middle_in_rust(results: &Results) -> Evidence {
    let lost = lost(results, "race", Threading)?;
    let fate = if lost > 0.0 {
        Fate::Changed
    } else {
        Fate::Refuted
    };
    let number = format!(
        "a plain x does not compile; {} counts of an atomic one lost",
        count(lost as u64)
    );
    Ok((fate, number))
}

/// Whether locks are needless: where nothing is lost, or only where another may come in between.
fn needed(plain: f64, interrupted: f64) -> Fate {
    match (plain, interrupted) {
        (0.0, 0.0) => Fate::Holds,
        (0.0, _) => Fate::Changed,
        _ => Fate::Refuted,
    }
}

/// Units asleep stand for connections that are open: a server's memory and bookkeeping, without its work.
fn carries_more(results: &Results) -> Evidence {
    let most = |who| limit(results.ladder(who)?);
    let (tasks, threads) = (most(Asyncio)?, most(Threading)?);
    let number = format!(
        "{} tasks asleep at once, {} threads",
        count(tasks),
        count(threads)
    );
    Ok((more(tasks as f64, threads as f64), number))
}

/// How many times as fast as sequential, round by round.
fn gain(results: &Results, name: &str, who: Contestant) -> Result<Factor, NotMeasured> {
    between(
        &took(results, name, Sequential)?,
        &took(results, name, who)?,
    )
    .ok_or_else(|| NotMeasured("no run was made".to_owned()))
}

/// The seconds of each timed run.
fn took(results: &Results, name: &str, who: Contestant) -> Result<Vec<f64>, NotMeasured> {
    let cell = results.cell(name, who)?;
    cell.wall()?;
    Ok(cell.runs().map(|run| run.seconds).collect())
}

fn only_processes(results: &Results) -> Evidence {
    let gain = |who| gain(results, "hashes", who);
    let (threads, processes, tasks) = (gain(Threading)?, gain(Multiprocessing)?, gain(Asyncio)?);
    let interpreters = interpreters(results);
    let others = [Some(threads), Some(tasks), interpreters];
    let fate = match (others.into_iter().flatten().any(gains), gains(processes)) {
        (true, _) => Fate::Refuted,
        (false, true) => Fate::Holds,
        (false, false) => Fate::Changed,
    };
    let mut number = format!(
        "processes {}, threads {}, asyncio {}",
        times(processes.middle),
        times(threads.middle),
        times(tasks.middle)
    );
    if let Some(interpreters) = interpreters {
        number += &format!(", interpreters {}", times(interpreters.middle));
    }
    Ok((fate, number))
}

/// What threads gain that have an interpreter each, where Python has that.
fn interpreters(results: &Results) -> Option<Factor> {
    let alone = took(results, "hashes", Sequential).ok()?;
    let spread = took(results, "hashes-interpreters", Threading).ok()?;
    between(&alone, &spread)
}

fn did_not_help(results: &Results) -> Evidence {
    let gain = |who| gain(results, "hashes", who);
    let (threads, tasks) = (gain(Threading)?, gain(Asyncio)?);
    let fate = match (gains(threads), gains(tasks)) {
        (false, false) => Fate::Holds,
        (true, true) => Fate::Refuted,
        _ => Fate::Changed,
    };
    Ok((
        fate,
        format!(
            "threads {}, asyncio {}",
            times(threads.middle),
            times(tasks.middle)
        ),
    ))
}

/// hashlib lets go of the interpreter's lock for 2048 bytes and more.
fn one_at_a_time(results: &Results) -> Evidence {
    let gain = |name| gain(results, name, Threading);
    let (chains, buffers) = (gain("hashes")?, gain("hashes-buffers")?);
    let fate = match (gains(chains), gains(buffers)) {
        (false, false) => Fate::Holds,
        (true, _) => Fate::Refuted,
        (false, true) => Fate::Changed,
    };
    Ok((
        fate,
        format!(
            "threads {} on 32-byte hashes, {} on buffers of 1 MiB",
            times(chains.middle),
            times(buffers.middle)
        ),
    ))
}

fn one_at_a_time_in_rust(results: &Results) -> Evidence {
    let chains = gain(results, "hashes", Threading)?;
    let fate = if gains(chains) {
        Fate::Refuted
    } else {
        Fate::Holds
    };
    Ok((
        fate,
        format!("threads {} on 32-byte hashes", times(chains.middle)),
    ))
}

fn when_you_can(results: &Results) -> Evidence {
    let took = |name, who| results.median(name, who, |run| Some(run.wall));
    let (mut rows, mut kept) = (0, 0);
    for row in results.workloads().filter(|row| row.kind == Kind::Waiting) {
        let (tasks, threads) = (took(&row.name, Asyncio)?, took(&row.name, Threading)?);
        rows += 1;
        kept += u64::from(tasks <= 1.02 * threads);
    }
    if rows == 0 {
        return Err(NotMeasured("all that waits was left out".to_owned()));
    }
    let fate = match kept {
        0 => Fate::Refuted,
        _ if kept == rows => Fate::Holds,
        _ => Fate::Changed,
    };
    Ok((
        fate,
        format!("asyncio not slower in {kept} of {rows} workloads that wait"),
    ))
}

/// Units that did not come back when one of ten aborted.
fn lost_units(results: &Results, name: &str) -> Result<(u64, bool), NotMeasured> {
    let cell = results.cell(name, Multiprocessing)?;
    let outcome = cell.rounds.first();
    let run = outcome.and_then(Outcome::run);
    let receipt = run.map(|run| &run.receipt);
    let receipt = receipt.ok_or_else(|| NotMeasured("it did not end by itself".to_owned()))?;
    let lost = receipt.errors.values().sum();
    Ok((lost, receipt.errors.contains_key("hung")))
}

fn crash_in_a_pool(results: &Results) -> Evidence {
    let (pool, hung) = lost_units(results, "crash-Pool")?;
    let (executor, _) = lost_units(results, "crash-ProcessPoolExecutor")?;
    let pool_says = if hung {
        "Pool.map hung after 5 s".to_owned()
    } else {
        format!("Pool.map lost {pool} of 10")
    };
    let number = format!("{pool_says}; the executor lost {executor} of 10");
    Ok((spared(pool.max(executor)), number))
}

fn crash_in_our_pool(results: &Results) -> Evidence {
    let (lost, _) = lost_units(results, "crash-pool")?;
    Ok((spared(lost), format!("Pool lost {lost} of 10")))
}

fn spared(lost: u64) -> Fate {
    if lost == 1 {
        Fate::Holds
    } else {
        Fate::Refuted
    }
}

/// The programs as published, with a session for every page, beside those that keep theirs.
fn sessions_kept(results: &Results) -> Evidence {
    let took = |name, who| results.median(name, who, |run| Some(run.seconds));
    let cost = |who| Ok(took("cats-published", who)? / took("cats", who)?);
    let (threads, tasks) = (cost(Threading)?, cost(Asyncio)?);
    let number = format!(
        "one for each page takes threads {}, asyncio {} as long",
        times(threads),
        times(tasks)
    );
    Ok((more(threads.min(tasks), 1.0), number))
}

fn sessions_kept_in_rust(_: &Results) -> Evidence {
    Err(NotMeasured("all keep theirs".to_owned()))
}

/// A tenth is no gain, for a second core would bring far more; nor is what may be chance.
fn gains(factor: Factor) -> bool {
    factor.low > 1.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::noise::Noise;
    fn judged(claims: &[Claim], said: &str) -> (&'static str, Option<Fate>, Option<Fate>) {
        let claim = claims
            .iter()
            .find(|claim| claim.said.contains(said))
            .expect(said);
        let fate = |evidence: &Evidence| evidence.as_ref().ok().map(|(fate, _)| *fate);
        (claim.verdict(), fate(&claim.pythons[0]), fate(&claim.rust))
    }

    #[test]
    fn without_python_those_of_the_conclusion_table_stand_there_alone() {
        let claims = claims(&fixtures::results());
        let said: Vec<_> = claims.iter().map(|claim| claim.said.as_str()).collect();
        assert!(said.contains(&"sharing memory is faster than messages"));
        assert!(!said.iter().any(|said| said.starts_with("scheduling")));
        let about_python = "a session is worth keeping";
        assert!(!said.contains(&about_python), "{said:?}");
    }

    #[test]
    fn no_claim_stands_or_falls_by_a_disturbed_measurement() {
        let busy = |run: &mut Run| {
            run.noise = Some(Noise {
                others: Some(0.5),
                stolen: None,
                pressure: None,
                queued: None,
            });
        };
        let results = fixtures::results().with("hashes", Threading, busy);
        let claims = claims(&results);
        let fate = |said| {
            let claim = claims.iter().find(|claim| claim.said == said).expect(said);
            claim.rust.as_ref().map(|(fate, _)| *fate)
        };
        let gains = fate("CPU-bound work gains only from processes");
        assert_eq!(gains, Ok(Fate::Unsure));
        let sharing = fate("sharing memory is faster than messages");
        assert_eq!(sharing, Ok(Fate::Changed), "it looks at something else");
    }

    #[test]
    fn every_claim_looks_at_experiments_that_exist() {
        let results = fixtures::results();
        // These only Python has.
        let of_their_own = ["hashes-interpreters", "hashes-buffers", "cats-published"];
        for name in RULES.iter().flat_map(|rule| rule.experiments) {
            let known = results.experiment(name).is_ok() || of_their_own.contains(name);
            assert!(known, "{name}");
        }
    }

    #[test]
    fn threads_that_gain_in_one_language_alone_make_it_depend() {
        let python = fixtures::results().with("hashes", Multiprocessing, |run| run.seconds = 0.5);
        let python = fixtures::python(&python);
        let mut rust = fixtures::results()
            .with("hashes", Multiprocessing, |run| run.seconds = 0.5)
            .with("hashes", Threading, |run| run.seconds = 0.5);
        rust.pythons = vec![python];
        let claims = claims(&rust);
        let found = judged(&claims, "gains only from processes");
        assert_eq!(found, ("depends", Some(Fate::Holds), Some(Fate::Refuted)));
        let found = judged(&claims, "did not help");
        assert_eq!(found, ("depends", Some(Fate::Holds), Some(Fate::Changed)));
    }

    #[test]
    fn an_interpreter_for_each_thread_counts_where_there_is_one() {
        let mut results =
            fixtures::results().with("hashes", Multiprocessing, |run| run.seconds = 0.5);
        assert_eq!(only_processes(&results).unwrap().0, Fate::Holds);
        let mut row = results.row("hashes").clone();
        row.name = "hashes-interpreters".to_owned();
        results.experiments.push(row);
        let results = results.with("hashes-interpreters", Threading, |run| run.seconds = 0.5);
        let (fate, number) = only_processes(&results).unwrap();
        assert_eq!(fate, Fate::Refuted);
        assert!(number.ends_with("interpreters 2.00x"), "{number}");
    }

    #[test]
    fn a_gain_in_some_rounds_alone_is_chance() {
        let at = |fast: f64| {
            let mut results = fixtures::results();
            let rows = &mut results.experiments;
            let row = rows.iter_mut().find(|row| row.name == "hashes").unwrap();
            let mut cells = row.cells.iter_mut();
            let cell = cells.find(|cell| cell.contestant == Asyncio).unwrap();
            for outcome in &mut cell.rounds[..3] {
                if let Outcome::Ran(run) = outcome {
                    run.seconds = fast;
                }
            }
            gain(&results, "hashes", Asyncio).unwrap()
        };
        let lucky = at(0.8);
        assert!(lucky.middle > 1.1 && !gains(lucky), "{lucky:?}");
        let none = fixtures::results().with("hashes", Asyncio, |run| run.seconds = 0.5);
        assert!(gains(gain(&none, "hashes", Asyncio).unwrap()));
    }

    #[test]
    fn nothing_is_said_of_workloads_that_nobody_measured() {
        let mut results = fixtures::results();
        results.experiments.retain(|row| row.kind != Kind::Waiting);
        assert!(when_you_can(&results).is_err());
    }

    #[test]
    fn every_claim_of_the_conclusion_table_is_among_them() {
        let mut rust = fixtures::results()
            .with_ladder(Threading, &[1, 10], 9000)
            .with_ladder(Multiprocessing, &[1, 10], 90_000)
            .with_ladder(Asyncio, &[1, 10, 100], 900)
            .with_ladder(Sequential, &[1], 0)
            .with("ticker", Threading, |run| {
                run.receipt = run.receipt.clone().with_reading("longest_gap", 0.01);
            });
        let python = fixtures::python(&rust);
        rust.pythons = vec![python];
        let claims = claims(&rust);
        for feature in [
            "scheduling, threading",
            "use multiple CPUs, asyncio",
            "scalability, asyncio",
            "memory for each",
        ] {
            assert!(
                claims.iter().any(|claim| claim.said.starts_with(feature)),
                "{feature}"
            );
        }
        assert_eq!(judged(&claims, "async carries more").0, "holds");
        assert_eq!(judged(&claims, "cheaper than a function call").0, "changed");
    }

    #[test]
    fn a_count_lost_only_across_a_call_changes_the_claim() {
        assert_eq!(needed(0.0, 0.0), Fate::Holds);
        assert_eq!(needed(0.0, 7.0), Fate::Changed);
        assert_eq!(needed(7.0, 7.0), Fate::Refuted);
    }

    #[test]
    fn a_race_is_measured_in_rust_too() {
        let losing = |lost: f64| {
            move |run: &mut Run| {
                run.receipt.readings.insert("lost".to_owned(), lost);
            }
        };
        let results = fixtures::results()
            .with("race", Asyncio, losing(0.0))
            .with("race-call", Asyncio, losing(9.0))
            .with("race", AsyncioMultiThread, losing(1234.0))
            .with("race", Threading, losing(5678.0));
        let (fate, number) = no_locks_in_rust(&results).unwrap();
        assert_eq!(fate, Fate::Changed);
        assert!(
            number.contains("9 across one, 1,234 on several"),
            "{number}"
        );
        let (fate, number) = in_the_middle_in_rust(&results).unwrap();
        assert!(
            fate == Fate::Changed && number.contains("5,678"),
            "{number}"
        );
        let whole = results.with("race", Threading, losing(0.0));
        assert_eq!(in_the_middle_in_rust(&whole).unwrap().0, Fate::Refuted);
    }

    #[test]
    fn a_pool_that_hangs_refutes_that_a_crash_costs_one_task() {
        let losing = |kind: &'static str, lost| {
            move |run: &mut Run| run.receipt.errors = [(kind.to_owned(), lost)].into()
        };
        let results = fixtures::results().with("crash-pool", Multiprocessing, losing("abort", 1));
        let alone = crash_in_our_pool(&results).unwrap();
        assert_eq!(alone, (Fate::Holds, "Pool lost 1 of 10".to_owned()));

        let mut results = results;
        for name in ["crash-Pool", "crash-ProcessPoolExecutor"] {
            let mut row = results.experiment("crash-abort").unwrap().clone();
            row.name = name.to_owned();
            results.experiments.push(row);
        }
        let results = results
            .with("crash-Pool", Multiprocessing, losing("hung", 10))
            .with(
                "crash-ProcessPoolExecutor",
                Multiprocessing,
                losing("abort", 5),
            );
        let (fate, number) = crash_in_a_pool(&results).unwrap();
        assert_eq!(fate, Fate::Refuted);
        assert_eq!(number, "Pool.map hung after 5 s; the executor lost 5 of 10");
    }

    #[test]
    fn a_verdict_needs_agreement() {
        use Fate::{Changed, Holds, Refuted};
        assert_eq!(verdict(&[Holds], Some(Holds)), "holds");
        assert_eq!(verdict(&[Holds, Refuted], Some(Holds)), "depends");
        assert_eq!(verdict(&[Holds], Some(Changed)), "depends");
        assert_eq!(verdict(&[Refuted], None), "refuted");
        assert_eq!(verdict(&[], None), "not measured");
    }
}
