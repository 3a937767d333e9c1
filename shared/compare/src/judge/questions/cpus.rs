//! Does it use more than one core? CPU time against wall-clock time, on the workload that computes longest.

use crate::judge::finding::{Evidence, Fate, Finding, NOT_DECIDED};
use crate::judge::rule::{Each, Question, Rule, Together, claim_about};
use crate::judge::threshold::Threshold;
use crate::model::difference::{Comparison, Factor, between};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::times;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "Does it use more than one core?",
    file: file!(),
    source: Some("src/workloads/compute.rs"),
    row: Some(Rule {
        subject: "use multiple CPUs",
        words: "The CPU time of hashes is divided by its wall-clock time. A program on one core uses a little more than one, \
            because its start and its end overlap with the rest. A machine of one core cannot answer.",
        thresholds: &[SEVERAL, ONE],
        experiments: &[Row::Hashes],
        ladder: false,
        judge: Each::of(judge),
    }),
    claims: &[
        Rule {
            subject: "CPU-bound work gains only from processes",
            words: "How many times as fast as sequential is each technique in hashes, round by round? If threads or tasks gain, \
                or threads with an interpreter each, the claim is refuted; if processes do not gain either, it holds in part. A \
                machine of one core decides nothing.",
            thresholds: &[GAIN, NO_GAIN],
            experiments: &[Row::Hashes, Row::HashesInterpreters],
            ladder: false,
            judge: Together {
                who: &Contestant::CONCLUDED,
                python: only_processes,
                rust: only_processes,
            },
        },
        Rule {
            subject: "threads and asyncio did not help CPU-bound work",
            words: "How many times as fast as sequential are threads and tasks in hashes, round by round? If both gain, the claim \
                is refuted; if one does, it holds in part. A machine of one core decides nothing.",
            thresholds: &[GAIN, NO_GAIN],
            experiments: &[Row::Hashes],
            ladder: false,
            judge: Together {
                who: &[Sequential, Threading, Asyncio],
                python: did_not_help,
                rust: did_not_help,
            },
        },
        Rule {
            subject: "one thread computes at a time, in most cases",
            words: "How many times as fast as sequential are threads in hashes, round by round? A gain refutes the claim. In Python, \
                hashes of buffers of 1 MiB are tried as well, since hashlib releases the interpreter's lock for 2048 bytes and more: \
                a gain there alone changes the claim. A machine of one core decides nothing.",
            thresholds: &[GAIN, NO_GAIN],
            experiments: &[Row::Hashes, Row::HashesBuffers],
            ladder: false,
            judge: Together {
                who: &[Sequential, Threading],
                python: one_at_a_time,
                rust: one_at_a_time_in_rust,
            },
        },
    ],
};

const SEVERAL: Threshold = Threshold {
    value: 1.4,
    written: |cores| format!("{cores:.2} cores"),
    words: "more than this is more than one",
};

const ONE: Threshold = Threshold {
    value: 1.15,
    written: |cores| format!("{cores:.2} cores"),
    words: "less than this is one; between the two it is not decided",
};

const GAIN: Threshold = Threshold {
    value: 1.1,
    written: times,
    words: "the interval's lower end must be beyond this for a gain: a second core would bring far more than a tenth",
};

const NO_GAIN: Threshold = Threshold {
    value: 1.25,
    written: times,
    words: "the interval's upper end must be below this for no gain; otherwise nothing is decided",
};

/// Why nothing that is about several cores is decided.
pub const ONE_CORE: &str = "one core cannot tell";

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let cores = results.machine.cores;
    if results.machine.has_one_core() {
        return Err(NotMeasured::Undecided(ONE_CORE.to_owned()));
    }
    let used = |who| results.median(Row::Hashes, who, |run| Some(run.cpu() / run.wall));
    let alone = used(who)?;
    let verdict = several_cores(alone);
    if let (Asyncio, Ok(spread)) = (who, used(AsyncioMultiThread))
        && (verdict, several_cores(spread)) == ("no", "yes")
    {
        let number = format!("{alone:.2} or {spread:.2} of {cores} cores");
        let verdict = format!("{verdict}, unless multi-thread");
        return Ok(Finding::new(verdict, number).with_claim(Some(("no", Fate::InPart))));
    }
    let number = format!("{alone:.2} of {cores} cores");
    let claim = claim_about(who, ["no", "yes", "no"]);
    Ok(Finding::new(verdict, number).with_claimed_verdict(claim))
}

fn several_cores(used: f64) -> &'static str {
    match used {
        used if used > SEVERAL.value => "yes",
        used if used < ONE.value => "no",
        _ => NOT_DECIDED,
    }
}

/// How many times as fast as sequential, round by round, with the scatter of the whole row as a witness.
fn gain(results: &Results, name: Row, who: Contestant) -> Result<Factor, NotMeasured> {
    let mut row = vec![took(results, name, Sequential)?, took(results, name, who)?];
    let others = Contestant::TECHNIQUES.into_iter();
    let others = others.filter(|other| *other != Sequential && *other != who);
    row.extend(others.filter_map(|other| took(results, name, other).ok()));
    Comparison::of(&row).factor(0, 1).ok_or(NotMeasured::NoRun)
}

/// The evidence for a claim about several cores: on one it is not decided, and says why.
fn on_several_cores(results: &Results, fate: Fate, number: String) -> Evidence {
    Ok(match results.machine.has_one_core() {
        true => (Fate::Unsure, format!("{ONE_CORE}; {number}")),
        false => (fate, number),
    })
}

/// The seconds of each timed run.
fn took(results: &Results, name: Row, who: Contestant) -> Result<Vec<f64>, NotMeasured> {
    let cell = results.cell(name, who)?;
    cell.wall()?;
    Ok(cell.runs().map(|run| run.seconds).collect())
}

/// Whether a factor is a gain; `None` if that is not decided.
fn gains(factor: Factor) -> Option<bool> {
    if factor.low > GAIN.value {
        Some(true)
    } else if factor.high < NO_GAIN.value {
        Some(false)
    } else {
        None
    }
}

fn only_processes(results: &Results) -> Evidence {
    let gain = |who| gain(results, Row::Hashes, who);
    let (threads, processes, tasks) = (gain(Threading)?, gain(Multiprocessing)?, gain(Asyncio)?);
    let interpreters = interpreters(results);
    let others = [Some(threads), Some(tasks), interpreters];
    let others: Vec<_> = others.into_iter().flatten().map(gains).collect();
    let fate = match gains(processes) {
        _ if others.contains(&Some(true)) => Fate::Refuted,
        _ if others.contains(&None) => Fate::Unsure,
        Some(true) => Fate::Holds,
        Some(false) => Fate::InPart,
        None => Fate::Unsure,
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
    on_several_cores(results, fate, number)
}

/// The gain of threads with an interpreter each, where Python has that.
fn interpreters(results: &Results) -> Option<Factor> {
    let alone = took(results, Row::Hashes, Sequential).ok()?;
    let spread = took(results, Row::HashesInterpreters, Threading).ok()?;
    between(&alone, &spread)
}

fn did_not_help(results: &Results) -> Evidence {
    let gain = |who| gain(results, Row::Hashes, who);
    let (threads, tasks) = (gain(Threading)?, gain(Asyncio)?);
    let fate = match (gains(threads), gains(tasks)) {
        (Some(false), Some(false)) => Fate::Holds,
        (Some(true), Some(true)) => Fate::Refuted,
        (Some(_), Some(_)) => Fate::InPart,
        _ => Fate::Unsure,
    };
    let (threads, tasks) = (times(threads.middle), times(tasks.middle));
    on_several_cores(results, fate, format!("threads {threads}, asyncio {tasks}"))
}

fn one_at_a_time(results: &Results) -> Evidence {
    let gain = |name| gain(results, name, Threading);
    let (chains, buffers) = (gain(Row::Hashes)?, gain(Row::HashesBuffers)?);
    let fate = match (gains(chains), gains(buffers)) {
        (Some(false), Some(false)) => Fate::Holds,
        (Some(true), _) => Fate::Refuted,
        (Some(false), Some(true)) => Fate::InPart,
        _ => Fate::Unsure,
    };
    let number = format!(
        "threads {} on 32-byte hashes, {} on buffers of 1 MiB",
        times(chains.middle),
        times(buffers.middle)
    );
    on_several_cores(results, fate, number)
}

fn one_at_a_time_in_rust(results: &Results) -> Evidence {
    let chains = gain(results, Row::Hashes, Threading)?;
    let fate = match gains(chains) {
        Some(true) => Fate::Refuted,
        Some(false) => Fate::Holds,
        None => Fate::Unsure,
    };
    let number = format!("threads {} on 32-byte hashes", times(chains.middle));
    on_several_cores(results, fate, number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::run::Outcome;

    #[test]
    fn threads_on_two_cores_refute_that_they_cannot() {
        let fate = |results: &Results, who| judge(results, who).unwrap().fate();
        let one = fixtures::results();
        assert_eq!(fate(&one, Threading), Some(Fate::Holds));
        assert_eq!(fate(&one, Multiprocessing), Some(Fate::Refuted));
        let two = one.with(Row::Hashes, Threading, |run| run.user = 1.97);
        assert_eq!(judge(&two, Threading).unwrap().verdict, "yes");
        assert_eq!(fate(&two, Threading), Some(Fate::Refuted));
        assert_eq!(fate(&two, Sequential), None);
    }

    #[test]
    fn an_event_loop_of_several_threads_changes_the_claim_about_asyncio() {
        let results =
            fixtures::results().with(Row::Hashes, AsyncioMultiThread, |run| run.user = 1.9);
        let finding = judge(&results, Asyncio).unwrap();
        assert_eq!(finding.verdict, "no, unless multi-thread");
        assert_eq!(finding.claim, Some(("no", Fate::InPart)));
    }

    #[test]
    fn one_core_cannot_tell_whether_several_are_used() {
        let mut results = fixtures::results();
        results.machine.cores = 1;
        assert!(judge(&results, Threading).is_err());
    }

    #[test]
    fn no_claim_about_several_cores_is_decided_on_one() {
        let two = fixtures::results();
        let mut one = two.clone();
        one.machine.cores = 1;
        for claim in QUESTION.claims {
            let words = claim.subject;
            let (fate, _) = claim.in_rust(&two).unwrap();
            assert_ne!(fate, Fate::Unsure, "{words}");
            let (fate, number) = claim.in_rust(&one).unwrap();
            assert_eq!(fate, Fate::Unsure, "{words}");
            assert!(number.starts_with("one core cannot tell; "), "{number}");
        }
    }

    #[test]
    fn a_failed_run_leaves_its_verdict_open_and_says_why() {
        let results = fixtures::results().with_failure(Row::Hashes, Threading, "no answer");
        let missing = judge(&results, Threading).unwrap_err();
        assert_eq!(missing, NotMeasured::Failed("no answer".to_owned()));
        assert_eq!(missing.to_string(), "not measured: no answer");
        assert!(judge(&results, Multiprocessing).is_ok());
        assert!(!results.all_well());
    }

    #[test]
    fn an_interpreter_for_each_thread_counts_where_there_is_one() {
        let mut results =
            fixtures::results().with(Row::Hashes, Multiprocessing, |run| run.seconds = 0.5);
        assert_eq!(only_processes(&results).unwrap().0, Fate::Holds);
        let mut row = results.row(Row::Hashes).clone();
        row.name = Row::HashesInterpreters;
        results.experiments.push(row);
        let results = results.with(Row::HashesInterpreters, Threading, |run| run.seconds = 0.5);
        let (fate, number) = only_processes(&results).unwrap();
        assert_eq!(fate, Fate::Refuted);
        assert!(number.ends_with("interpreters 2.00x"), "{number}");
    }

    #[test]
    fn a_gain_in_some_rounds_alone_is_chance() {
        let at = |fast: f64| {
            let mut results = fixtures::results();
            let rows = &mut results.experiments;
            let row = rows.iter_mut().find(|row| row.name == Row::Hashes).unwrap();
            let mut cells = row.cells.iter_mut();
            let cell = cells.find(|cell| cell.runner == Asyncio).unwrap();
            for outcome in &mut cell.rounds[..3] {
                if let Outcome::Ran(run) = outcome {
                    run.seconds = fast;
                }
            }
            gain(&results, Row::Hashes, Asyncio).unwrap()
        };
        let lucky = at(0.8);
        assert!(lucky.middle > 1.1 && gains(lucky).is_none(), "{lucky:?}");
        let none = fixtures::results().with(Row::Hashes, Asyncio, |run| run.seconds = 0.5);
        assert_eq!(
            gains(gain(&none, Row::Hashes, Asyncio).unwrap()),
            Some(true)
        );
    }

    #[test]
    fn a_gain_begins_beyond_a_tenth_and_none_ends_before_a_quarter() {
        let gains = |low, high| {
            gains(Factor {
                middle: 1.2,
                low,
                high,
            })
        };
        assert_eq!(gains(1.11, 1.9), Some(true));
        assert_eq!(gains(1.09, 1.9), None);
        assert_eq!(gains(0.8, 1.26), None);
        assert_eq!(gains(0.8, 1.24), Some(false));
    }

    #[test]
    fn a_difference_that_may_be_chance_decides_no_claim() {
        let rough = |results: Results, who| {
            let wall = std::cell::Cell::new(0.5);
            results.with(Row::Hashes, who, |run| {
                wall.set(1.9 - wall.get());
                run.seconds = wall.get();
            })
        };
        let threads = rough(fixtures::results(), Threading);
        assert_eq!(only_processes(&threads).unwrap().0, Fate::Unsure);
        assert_eq!(did_not_help(&threads).unwrap().0, Fate::Unsure);
        assert_eq!(one_at_a_time_in_rust(&threads).unwrap().0, Fate::Unsure);
        let processes = rough(fixtures::results(), Multiprocessing);
        assert_eq!(only_processes(&processes).unwrap().0, Fate::Unsure);
    }

    #[test]
    fn threads_that_gain_beside_tasks_that_do_not_change_that_both_did_not_help() {
        let results = fixtures::results();
        assert_eq!(did_not_help(&results).unwrap().0, Fate::Holds);
        assert_eq!(only_processes(&results).unwrap().0, Fate::InPart);
        let threads = results.with(Row::Hashes, Threading, |run| run.seconds = 0.5);
        assert_eq!(did_not_help(&threads).unwrap().0, Fate::InPart);
        assert_eq!(one_at_a_time_in_rust(&threads).unwrap().0, Fate::Refuted);
        let both = threads.with(Row::Hashes, Asyncio, |run| run.seconds = 0.5);
        assert_eq!(did_not_help(&both).unwrap().0, Fate::Refuted);
    }

    #[test]
    fn between_one_core_and_several_nothing_is_decided() {
        assert_eq!(several_cores(1.14), "no");
        assert_eq!(several_cores(1.16), NOT_DECIDED);
        assert_eq!(several_cores(1.39), NOT_DECIDED);
        assert_eq!(several_cores(1.41), "yes");
    }

    #[test]
    fn as_many_cores_are_used_as_cpu_time_passes_in_a_second() {
        let results = fixtures::results().with(Row::Hashes, Threading, |run| {
            run.wall = 0.5;
            run.user = 0.95;
        });
        let finding = judge(&results, Threading).unwrap();
        assert_eq!(
            (&*finding.verdict, &*finding.number),
            ("yes", "1.90 of 2 cores")
        );
    }

    #[test]
    fn threads_that_gain_on_large_buffers_alone_leave_the_claim_in_part() {
        let mut results = fixtures::results();
        let mut row = results.row(Row::Hashes).clone();
        row.name = Row::HashesBuffers;
        results.experiments.push(row);
        let fate = |results: &Results| one_at_a_time(results).unwrap().0;
        assert_eq!(fate(&results), Fate::Holds);
        let buffers = results.with(Row::HashesBuffers, Threading, |run| run.seconds = 0.5);
        assert_eq!(fate(&buffers), Fate::InPart);
        let both = buffers.with(Row::Hashes, Threading, |run| run.seconds = 0.5);
        assert_eq!(fate(&both), Fate::Refuted);
    }

    #[test]
    fn all_techniques_of_a_row_witness_its_scatter_each_once() {
        let mut results = fixtures::results();
        for (place, who) in Contestant::TECHNIQUES.into_iter().enumerate() {
            let round = std::cell::Cell::new(0);
            results = results.with(Row::Hashes, who, |run| {
                round.set(round.get() + 1);
                let scatter = f64::from((round.get() * (2 * place as u32 + 3)) % 7);
                run.seconds = 1.0 + 0.02 * (place + 1) as f64 * scatter;
            });
        }
        let took = |who| took(&results, Row::Hashes, who).unwrap();
        // The two that are compared, and all others.
        let pair = [Sequential, Asyncio];
        let others = Contestant::TECHNIQUES.into_iter();
        let others = others.filter(|who| !pair.contains(who));
        let row: Vec<_> = pair.into_iter().chain(others).map(took).collect();
        let gained = gain(&results, Row::Hashes, Asyncio).unwrap();
        assert_eq!(Some(gained), Comparison::of(&row).factor(0, 1));
    }

    #[test]
    fn a_technique_of_which_one_run_failed_gains_nothing() {
        let mut results = fixtures::results();
        let mut rows = results.experiments.iter_mut();
        let row = rows.find(|row| row.name == Row::Hashes).unwrap();
        let mut cells = row.cells.iter_mut();
        let cell = cells.find(|cell| cell.runner == Threading).unwrap();
        cell.rounds[2] = Outcome::Failed("no answer".to_owned());
        let missing = gain(&results, Row::Hashes, Threading).unwrap_err();
        assert_eq!(missing, NotMeasured::Failed("no answer".to_owned()));
    }
}
