//! Tests of the verdicts on the cluster, from both sides of every number at which one changes.

use super::conclude;
use crate::fixtures;
use crate::judge::finding::{Fate, Finding};
use crate::model::experiment::NotMeasured;
use crate::model::results::Results;
use crate::model::rows::{BROKER_CPU, NODES_CPU, Row, TASKS_WAITING};
use crate::model::run::{Peak, Run};
use crate::model::technique::Contestant::{self, *};

/// What is found for the cluster in this row.
fn found(results: &Results, subject: &str) -> Result<Finding, NotMeasured> {
    let rows = conclude(results);
    let row = rows.iter().find(|row| row.rule.subject == subject);
    let place = Contestant::VERDICTS.iter().position(|who| *who == Cluster);
    row.expect(subject).findings[place.unwrap()].clone()
}

fn verdict(results: &Results, subject: &str) -> String {
    found(results, subject).expect(subject).verdict
}

/// A task alone costs the caller and the broker so much, one in a chunk a thousandth of that.
fn costing(each: f64) -> Results {
    let taken = |each: f64| {
        move |run: &mut Run| {
            run.receipt.units = 1000;
            (run.user, run.system) = (each * 1000.0, 0.0);
            let readings = [(NODES_CPU, 0.0), (BROKER_CPU, 0.0), (TASKS_WAITING, 900.0)];
            run.receipt.readings = readings
                .map(|(name, value)| (name.to_owned(), value))
                .into();
        }
    };
    fixtures::with_machines()
        .with(Row::TasksAlone, Cluster, taken(each))
        .with(Row::TasksChunks, Cluster, taken(each / 1000.0))
}

#[test]
fn a_computation_on_a_node_stops_a_ticker_here_or_not() {
    let gap = |share: f64| {
        let results = fixtures::with_machines().with(Row::Ticker, Cluster, |run| {
            run.seconds = 0.1;
            let gap = ("longest_gap".to_owned(), 0.1 * share);
            run.receipt.readings.extend([gap]);
        });
        verdict(&results, "scheduling")
    };
    let verdicts = [0.49, 0.51, 0.89, 0.91].map(gap);
    assert_eq!(
        verdicts,
        ["preemptive", "not decided", "not decided", "cooperative"]
    );
    let number = found(&fixtures::with_machines(), "use multiple CPUs").unwrap();
    assert!(number.claim.is_none(), "Python's table has no cluster");
}

#[test]
fn nodes_use_several_cores_or_one() {
    let used = |cores: f64| {
        let results = fixtures::with_machines().with(Row::Hashes, Cluster, |run| {
            (run.wall, run.user, run.system) = (1.0, cores, 0.0);
        });
        verdict(&results, "use multiple CPUs")
    };
    let verdicts = [1.14, 1.16, 1.39, 1.41].map(used);
    assert_eq!(verdicts, ["no", "not decided", "not decided", "yes"]);
}

#[test]
fn tasks_that_wait_are_counted_by_their_magnitude() {
    let waited = |tasks: f64| {
        let results = costing(100e-6).with(Row::TasksAlone, Cluster, |run| {
            let waited = (TASKS_WAITING.to_owned(), tasks);
            run.receipt.readings.extend([waited]);
        });
        verdict(&results, "scalability")
    };
    let verdicts = [9.0, 10.0, 99.0, 100.0, 999.0, 1000.0].map(waited);
    assert_eq!(verdicts, ["none", "low", "low", "medium", "medium", "high"]);
}

#[test]
fn calls_that_block_overlap_on_nodes_or_do_not() {
    let ten = |calls: f64| {
        let one = crate::model::rows::BLOCKING_NAP;
        let results =
            fixtures::with_machines().with(Row::Blocking, Cluster, |run| run.seconds = one * calls);
        verdict(&results, "use blocking functions")
    };
    let verdicts = [2.9, 3.1, 8.9, 9.1].map(ten);
    assert_eq!(verdicts, ["yes", "in part", "in part", "no"]);
}

#[test]
fn more_machines_are_for_units_that_take_longer_than_sending_them() {
    // A unit takes 100 µs.
    let unit = |run: &mut Run| {
        run.receipt.units = 10;
        run.user = 1e-3;
    };
    let fate = |each: f64| {
        let results = costing(each).with(Row::Hashes, Sequential, unit);
        let finding = found(&results, "when to use").unwrap();
        (finding.verdict, finding.claim.unwrap().1)
    };
    let machines = "more than one machine";
    assert_eq!(fate(99e-6), (machines.to_owned(), Fate::Holds));
    assert_eq!(fate(101e-6), (machines.to_owned(), Fate::InPart));
    assert_eq!(fate(0.099), (machines.to_owned(), Fate::InPart));
    assert_eq!(fate(0.101), ("-".to_owned(), Fate::Refuted));
}

#[test]
fn a_node_is_started_once_and_timed_to_the_end_of_its_first_task() {
    let results = fixtures::with_machines().with(Row::StartOne, Cluster, |run| run.seconds = 0.2);
    let finding = found(&results, "start one").unwrap();
    assert_eq!(finding.verdict, "200 ms");
    let words = "a node until its first task is done";
    assert!(finding.number.starts_with(words), "{}", finding.number);
    let none = results.with_failure(Row::StartOne, Cluster, "no node");
    assert!(found(&none, "start one").is_err());
}

#[test]
fn a_nodes_memory_is_what_more_of_them_take() {
    let memory = |many: u64| {
        let of = |units: u64, memory: u64| {
            move |run: &mut Run| {
                run.receipt.units = units;
                run.peak = Some(Peak {
                    memory,
                    ..run.peak.unwrap_or_default()
                });
            }
        };
        let results = fixtures::with_machines()
            .with_warm_up(Row::StartOne, Cluster, of(1, 10 << 20))
            .with_warm_up(Row::StartMany, Cluster, of(5, many << 20));
        found(&results, "memory for each")
    };
    assert_eq!(memory(30).unwrap().verdict, "5.00 MiB");
    for no_more in [10, 9] {
        let missing = memory(no_more).unwrap_err().to_string();
        assert!(missing.contains("no more memory than one"), "{missing}");
    }
}

#[test]
fn a_crash_takes_its_task_or_others_and_a_loss_is_counted() {
    let lost = |crash: u64, node: u64| {
        let lose = |units: u64| {
            move |run: &mut Run| {
                run.receipt.errors = [("abort".to_owned(), units)].into();
            }
        };
        let results = fixtures::with_machines()
            .with(Row::CrashPanic, Cluster, lose(1))
            .with(Row::CrashAbort, Cluster, lose(crash))
            .with(Row::TasksLostNode, Cluster, lose(node))
            .with(Row::TasksLostBroker, Cluster, lose(0));
        let finding = found(&results, "one crash takes").unwrap();
        (finding.verdict, finding.number)
    };
    let (verdict, number) = lost(1, 0);
    assert_eq!(verdict, "itself alone");
    let none = "of the tasks none with a node, none with the broker";
    assert!(number.ends_with(none), "{number}");
    let (verdict, number) = lost(2, 1);
    assert_eq!(verdict, "itself; on an abort the program");
    assert!(number.contains("1 with a node, none"), "{number}");
}

#[test]
fn a_message_goes_through_the_broker_and_nothing_is_said_of_a_bare_switch() {
    let trip = |name| {
        move |results: Results| {
            results.with(name, Cluster, |run| {
                run.receipt.units = 10;
                run.seconds = 0.01;
            })
        }
    };
    let results = trip(Row::PingpongOneCore)(fixtures::with_machines());
    let results = trip(Row::PingpongAnyCore)(results);
    for subject in ["switch and message", "the same across cores"] {
        assert_eq!(verdict(&results, subject), "1.00 ms", "{subject}");
    }
    assert!(found(&results, "switch").is_err());
}

#[test]
fn without_machines_there_is_no_verdict_on_them() {
    for row in conclude(&fixtures::results()) {
        let subject = row.rule.subject;
        assert!(found(&fixtures::results(), subject).is_err(), "{subject}");
    }
}
