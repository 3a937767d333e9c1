//! If one of ten fails, ever more violently, what is lost?

use crate::judge::finding::{Evidence, Fate, Finding};
use crate::judge::rule::{Each, Question, Rule, Together};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::count;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::{Outcome, Run};
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "If one of ten fails, what is lost?",
    file: file!(),
    source: Some("src/probes/crash.rs"),
    row: Some(Rule {
        subject: "one crash takes",
        words: "One of ten units panics, then one aborts. A technique survives if the other nine finish in every run; an abort \
            that ends the program refutes the claim. On the cluster a node is killed, too, \
            and a broker, which starts again.",
        thresholds: &[],
        experiments: &[Row::CrashPanic, Row::CrashAbort],
        ladder: false,
        judge: Each::of(judge),
    }),
    claims: &[Rule {
        subject: "a worker that crashes costs no more than its own task",
        words: "One of ten tasks in a pool of worker processes aborts. More than one task lost, or a pool that hangs, refutes the claim. \
            In Python, Pool.map and ProcessPoolExecutor are both tried.",
        thresholds: &[],
        // Noise loses no task.
        experiments: &[],
        ladder: false,
        judge: Together {
            who: &[],
            python: in_pythons_pools,
            rust: in_our_pool,
        },
    }],
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let panic = survives(results, who, Row::CrashPanic)?;
    let abort = survives(results, who, Row::CrashAbort)?;
    let (verdict, number) = match (panic, abort) {
        (true, true) => ("itself alone", "even an abort"),
        (true, false) => ("itself; on an abort the program", "a panic is caught"),
        (false, _) => ("all units", "even a panic"),
    };
    let number = match who {
        Cluster => match of_machines(results) {
            Some(lost) => format!("{number}; {lost}"),
            None => number.to_owned(),
        },
        _ => number.to_owned(),
    };
    let fate = if abort { Fate::Holds } else { Fate::Refuted };
    let claim = (who == Multiprocessing).then_some(("not the program", fate));
    Ok(Finding::new(verdict, number).with_claim(claim))
}

/// How many tasks are lost with a node, and with the broker, as far as that was measured.
fn of_machines(results: &Results) -> Option<String> {
    let lost = |(name, with)| {
        let lost = |run: &Run| Some(run.receipt.errors.values().sum::<u64>() as f64);
        let lost = match results.median(name, Cluster, lost).ok()? as u64 {
            0 => "none".to_owned(),
            lost => count(lost),
        };
        Some(format!("{lost} {with}"))
    };
    let losses = [
        (Row::TasksLostNode, "with a node"),
        (Row::TasksLostBroker, "with the broker"),
    ];
    let losses: Vec<_> = losses.into_iter().filter_map(lost).collect();
    (!losses.is_empty()).then(|| format!("of the tasks {}", losses.join(", ")))
}

/// Whether all units but the one that failed came through.
///
/// # Errors
///
/// If it was not measured.
pub fn survives(results: &Results, who: Contestant, name: Row) -> Result<bool, NotMeasured> {
    let cell = results.cell(name, who)?;
    if cell.rounds.is_empty() {
        return Err(NotMeasured::NoRun);
    }
    let survived = |outcome: &Outcome| {
        let receipt = outcome.run().map(|run| &run.receipt);
        receipt.is_some_and(|receipt| receipt.errors.values().sum::<u64>() == 1)
    };
    Ok(cell.rounds.iter().all(survived))
}

/// How many units of ten are lost with one that fails, in the worst round, in words: `all` where the program ends.
///
/// # Errors
///
/// If it was not measured.
pub fn lost(results: &Results, who: Contestant, name: Row) -> Result<String, NotMeasured> {
    let cell = results.cell(name, who)?;
    let lost = |outcome: &Outcome| {
        let errors = &outcome.run()?.receipt.errors;
        Some(errors.values().sum::<u64>())
    };
    let rounds: Option<Vec<_>> = cell.rounds.iter().map(lost).collect();
    match rounds.map(|lost| lost.into_iter().max()) {
        None => Ok("all".to_owned()),
        Some(None) => Err(NotMeasured::NoRun),
        Some(Some(lost)) => Ok(count(lost)),
    }
}

/// Units that did not come back when one of ten aborted, in the worst round, and whether the pool hung in one.
fn lost_units(results: &Results, name: Row) -> Result<(u64, bool), NotMeasured> {
    let cell = results.cell(name, Multiprocessing)?;
    let runs: Option<Vec<_>> = cell.rounds.iter().map(Outcome::run).collect();
    let runs = runs.ok_or_else(|| NotMeasured::Undecided("it did not end by itself".to_owned()))?;
    let lost = runs
        .iter()
        .map(|run| run.receipt.errors.values().sum())
        .max();
    let hung = runs
        .iter()
        .any(|run| run.receipt.errors.contains_key("hung"));
    Ok((lost.ok_or(NotMeasured::NoRun)?, hung))
}

fn in_pythons_pools(results: &Results) -> Evidence {
    let (pool, hung) = lost_units(results, Row::CrashPythonPool)?;
    let (executor, _) = lost_units(results, Row::CrashExecutor)?;
    let in_pool = if hung {
        "Pool.map hung after 5 s".to_owned()
    } else {
        format!("Pool.map lost {pool} of 10")
    };
    let number = format!("{in_pool}; the executor lost {executor} of 10");
    Ok((spared(pool.max(executor)), number))
}

fn in_our_pool(results: &Results) -> Evidence {
    let (lost, _) = lost_units(results, Row::CrashPool)?;
    Ok((spared(lost), format!("Pool lost {lost} of 10")))
}

fn spared(lost: u64) -> Fate {
    if lost == 1 {
        Fate::Holds
    } else {
        Fate::Refuted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_technique_that_dies_of_an_abort_is_not_safe_from_crashes() {
        let survived = |run: &mut Run| {
            run.receipt.errors.insert("abort".to_owned(), 1);
        };
        let results = fixtures::results()
            .with(Row::CrashPanic, Multiprocessing, survived)
            .with(Row::CrashAbort, Multiprocessing, survived)
            .with(Row::CrashPanic, Threading, survived)
            .with_failure(Row::CrashAbort, Threading, "ended by signal 6")
            .with_failure(Row::CrashPanic, Sequential, "panicked");
        let finding = judge(&results, Multiprocessing).unwrap();
        assert_eq!(
            (&*finding.verdict, finding.fate()),
            ("itself alone", Some(Fate::Holds))
        );
        let verdict = |who| judge(&results, who).unwrap().verdict;
        assert_eq!(verdict(Threading), "itself; on an abort the program");
        assert_eq!(verdict(Sequential), "all units");
        assert!(
            results.all_well(),
            "dying of a crash is an answer, not a failure"
        );
    }

    #[test]
    fn a_pool_that_hangs_refutes_that_a_crash_costs_one_task() {
        let losing = |kind: &'static str, lost| {
            move |run: &mut Run| run.receipt.errors = [(kind.to_owned(), lost)].into()
        };
        let mut results =
            fixtures::results().with(Row::CrashPool, Multiprocessing, losing("abort", 1));
        let alone = in_our_pool(&results).unwrap();
        assert_eq!(alone, (Fate::Holds, "Pool lost 1 of 10".to_owned()));

        for name in [Row::CrashPythonPool, Row::CrashExecutor] {
            let mut row = results.experiment(Row::CrashAbort).unwrap().clone();
            row.name = name.to_owned();
            results.experiments.push(row);
        }
        let results = results
            .with(Row::CrashPythonPool, Multiprocessing, losing("hung", 10))
            .with(Row::CrashExecutor, Multiprocessing, losing("abort", 5));
        let (fate, number) = in_pythons_pools(&results).unwrap();
        assert_eq!(fate, Fate::Refuted);
        assert_eq!(number, "Pool.map hung after 5 s; the executor lost 5 of 10");
    }

    /// Loses so many units of ten in every round from this one on, and one in those before.
    fn losing(lost: u64, from: u32) -> impl Fn(&mut Run) {
        let round = std::cell::Cell::new(0);
        move |run| {
            let lost = if round.get() < from { 1 } else { lost };
            round.set(round.get() + 1);
            run.receipt.errors = [("abort".to_owned(), lost)].into();
        }
    }

    #[test]
    fn one_unit_lost_of_ten_is_a_crash_survived_and_two_or_all_are_not() {
        for (lost, from, expected, fate) in [
            (1, 0, "itself alone", Fate::Holds),
            (2, 0, "itself; on an abort the program", Fate::Refuted),
            (10, 0, "itself; on an abort the program", Fate::Refuted),
            (2, 4, "itself; on an abort the program", Fate::Refuted),
        ] {
            let results = fixtures::results()
                .with(Row::CrashPanic, Multiprocessing, losing(1, 0))
                .with(Row::CrashAbort, Multiprocessing, losing(lost, from));
            let finding = judge(&results, Multiprocessing).unwrap();
            assert_eq!(
                (&*finding.verdict, finding.fate()),
                (expected, Some(fate)),
                "{lost} lost from round {from} on"
            );
        }
        let panics = fixtures::results()
            .with(Row::CrashPanic, Threading, losing(2, 0))
            .with(Row::CrashAbort, Threading, losing(1, 0));
        assert_eq!(judge(&panics, Threading).unwrap().verdict, "all units");
        let of_two_kinds = fixtures::results().with(Row::CrashAbort, Multiprocessing, |run| {
            run.receipt.errors = [("abort".to_owned(), 1), ("lost".to_owned(), 1)].into();
        });
        assert_eq!(
            survives(&of_two_kinds, Multiprocessing, Row::CrashAbort),
            Ok(false)
        );
    }

    #[test]
    fn a_pool_that_loses_one_task_of_ten_is_spared_and_one_that_loses_two_or_all_is_not() {
        for (lost, from, fate) in [
            (1, 0, Fate::Holds),
            (2, 0, Fate::Refuted),
            (10, 0, Fate::Refuted),
            (10, 4, Fate::Refuted),
        ] {
            let results =
                fixtures::results().with(Row::CrashPool, Multiprocessing, losing(lost, from));
            let expected = (fate, format!("Pool lost {lost} of 10"));
            assert_eq!(in_our_pool(&results), Ok(expected), "from round {from} on");
        }
        let mut results = fixtures::results();
        for name in [Row::CrashPythonPool, Row::CrashExecutor] {
            let mut row = results.row(Row::CrashAbort).clone();
            row.name = name.to_owned();
            results.experiments.push(row);
        }
        for (pool, executor, fate) in [
            (1, 1, Fate::Holds),
            (2, 1, Fate::Refuted),
            (1, 2, Fate::Refuted),
            (10, 10, Fate::Refuted),
        ] {
            let results = results
                .clone()
                .with(Row::CrashPythonPool, Multiprocessing, losing(pool, 0))
                .with(Row::CrashExecutor, Multiprocessing, losing(executor, 0));
            assert_eq!(
                in_pythons_pools(&results).unwrap().0,
                fate,
                "{pool} and {executor}"
            );
        }
    }

    #[test]
    fn a_pool_of_which_one_round_did_not_end_decides_nothing() {
        let mut results = fixtures::results().with(Row::CrashPool, Multiprocessing, losing(1, 0));
        assert!(in_our_pool(&results).is_ok());
        let mut rows = results.experiments.iter_mut();
        let row = rows.find(|row| row.name == Row::CrashPool).unwrap();
        row.cells[0].rounds[4] = Outcome::Failed("ended by signal 6".to_owned());
        let missing = in_our_pool(&results).unwrap_err();
        assert!(matches!(missing, NotMeasured::Undecided(_)), "{missing}");
    }

    #[test]
    fn units_are_lost_as_in_the_worst_round_and_all_of_them_where_the_program_ends() {
        let round = std::cell::Cell::new(0);
        let results = fixtures::results()
            .with(Row::CrashAbort, Multiprocessing, |run| {
                round.set(round.get() + 1);
                let units = if round.get() == 3 { 2 } else { 1 };
                run.receipt.errors = [("abort".to_owned(), units)].into();
            })
            .with_failure(Row::CrashAbort, Threading, "ended by signal 6");
        let lost = |who| lost(&results, who, Row::CrashAbort).unwrap();
        assert_eq!(lost(Multiprocessing), "2");
        assert_eq!(lost(Threading), "all");
        assert_eq!(lost(Asyncio), "0");
    }

    #[test]
    fn tasks_that_are_lost_with_a_node_and_with_the_broker_are_counted() {
        let lost = |results: Results, name, lost| {
            results.with(name, Cluster, |run| {
                run.receipt.errors = [("lost".to_owned(), lost)].into();
            })
        };
        let results = lost(fixtures::with_machines(), Row::TasksLostNode, 3);
        let mut node_alone = results.clone();
        node_alone
            .experiments
            .retain(|row| row.name != Row::TasksLostBroker);
        let lost_with_it = of_machines(&node_alone).unwrap();
        assert_eq!(lost_with_it, "of the tasks 3 with a node");
        assert_eq!(of_machines(&fixtures::results()), None);
        let results = lost(results, Row::TasksLostBroker, 0);
        assert_eq!(
            of_machines(&results).unwrap(),
            "of the tasks 3 with a node, none with the broker"
        );
        let finding = judge(&results, Cluster).unwrap();
        assert!(
            finding.number.ends_with("none with the broker"),
            "{finding:?}"
        );
        assert!(
            !judge(&results, Threading)
                .unwrap()
                .number
                .contains("broker")
        );
    }
}
