//! What does a server carry: how many requests, over how many connections?

use crate::judge::finding::{Evidence, Fate, Finding};
use crate::judge::rule::{Each, Question, Rule, Together};
use crate::judge::serving::{self, Limit, PATIENCE};
use crate::judge::threshold::Threshold;
use crate::model::difference::Answer;
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{bytes, count, seconds};
use crate::model::results::Results;
use crate::model::rows::{Row, Sweep, UVLOOP};
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "What does a server carry?",
    file: file!(),
    source: Some("src/workloads/serve.rs"),
    row: Some(Rule {
        subject: "serve",
        words: "A load that does not wait for answers sends more requests than the server can answer over 64 connections: the \
            verdict is the number of answers a second. A rate, or a number of connections, is too high where p99 is too long or \
            a request is lost: a search finds the highest that is not.",
        thresholds: &[IN_TIME],
        experiments: &SEEN,
        ladder: false,
        judge: Each::of(judge),
    }),
    claims: &[Rule {
        subject: "an async server carries more than a threaded one",
        words: "Two measures: requests a second over 64 connections, compared as the times of a row are, and the number of \
            connections that are served in time. More in one and no fewer in the other: it holds. More in one alone: in part. \
            More in neither, and fewer in one: refuted. Memory stands beside it.",
        thresholds: &[IN_TIME],
        experiments: &SEEN,
        ladder: false,
        judge: Together {
            who: &[Threading, Asyncio],
            python: carries_more,
            rust: carries_more,
        },
    }],
};

/// The search for a rate, and all numbers of connections: how many the last has is up to the system.
const SEEN: [Row; 5] = [
    Row::ServeRate,
    Row::At(Sweep::ServeOpen, 1),
    Row::At(Sweep::ServeOpen, 64),
    Row::At(Sweep::ServeOpen, 500),
    Row::At(Sweep::ServeOpen, 10_000),
];

const IN_TIME: Threshold = Threshold {
    value: PATIENCE,
    written: seconds,
    words: "where 99% of the requests take longer, it is too much",
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    if who == Cluster {
        results.experiment(Row::ServeRate)?;
        let reason = "nodes take tasks, and no connections";
        return Err(NotMeasured::Undecided(reason.to_owned()));
    }
    let verdict = format!(
        "{}/s",
        count(serving::per_second(results, who)?.median as u64)
    );
    let connections = serving::connections(results, who)?;
    let mut number = format!("{} connections", connections.words());
    if let Ok(each) = serving::memory_each(results, who) {
        number += &format!(", {} each", bytes(each));
    }
    Ok(Finding::new(verdict, number))
}

fn carries_more(results: &Results) -> Evidence {
    let rate = |who| Ok(serving::per_second(results, who)?.median as u64);
    let (tasks, threads) = (
        serving::connections(results, Asyncio)?,
        serving::connections(results, Threading)?,
    );
    let cell = results.cell(Row::ServeRate, Asyncio)?;
    let uvloop = cell
        .runs()
        .any(|run| run.receipt.readings.contains_key(UVLOOP));
    let tasks_on = if uvloop { "tasks on uvloop" } else { "tasks" };
    let mut number = format!(
        "{} requests/s and {} connections in {tasks_on}, {} and {} in threads",
        count(rate(Asyncio)?),
        tasks.words(),
        count(rate(Threading)?),
        threads.words()
    );
    if let Ok(memory) = serving::memory_of_threads(results) {
        number += &format!(", in {memory:.2} times the memory");
    }
    Ok((both(requests(results), apart(tasks, threads)), number))
}

/// Whether tasks answer more requests a second than threads.
fn requests(results: &Results) -> Fate {
    match serving::factor(results, Asyncio, Threading).map(|factor| factor.answer()) {
        Some(Answer::Faster) => Fate::Holds,
        Some(Answer::Slower) => Fate::Refuted,
        Some(Answer::Equal) => Fate::InPart,
        Some(Answer::Undecided { .. }) | None => Fate::Unsure,
    }
}

/// Whether the first limit is higher: the same steps are as many.
fn apart(first: Limit, second: Limit) -> Fate {
    let above = |one: Limit, other: Limit| {
        let (most, too_many) = (one.most.unwrap_or(0.0), other.too_many);
        too_many.is_some_and(|too_many| most >= too_many)
    };
    match () {
        () if first.open || second.open => Fate::Unsure,
        () if first.most == second.most => Fate::InPart,
        () if above(first, second) => Fate::Holds,
        () if above(second, first) => Fate::Refuted,
        () => Fate::Unsure,
    }
}

/// What two measures say together.
fn both(one: Fate, other: Fate) -> Fate {
    use Fate::{Holds, InPart, Refuted, Unsure};
    match (one, other) {
        (Unsure, _) | (_, Unsure) => Unsure,
        (Holds, Refuted) | (Refuted, Holds) => InPart,
        (Holds, _) | (_, Holds) => Holds,
        (Refuted, _) | (_, Refuted) => Refuted,
        (InPart, InPart) => InPart,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::Latencies;

    use super::*;
    use crate::fixtures;
    use crate::judge::answer::answer;
    use crate::judge::guidance::guidance;
    use crate::judge::servers;
    use crate::model::rows::{ENDED, GREETED, HIGHEST, LOAD_BUSY, LOAD_LATE, MOST, SERVER_GONE};
    use crate::model::run::Trial;

    /// Servers that answer so many requests a second, carry all connections up to so many, and take up so much for each.
    fn results(carried: impl Fn(Contestant) -> (u64, u64, u64)) -> Results {
        let mut results = fixtures::results_of(&["--only", "serve"]);
        for row in &mut results.experiments {
            let load = row.load.clone().unwrap();
            for cell in &mut row.cells {
                let (rate, most, each) = carried(cell.runner.contestant().unwrap());
                for outcome in cell.rounds.iter_mut().chain(&mut cell.warm_up) {
                    let crate::model::run::Outcome::Ran(run) = outcome else {
                        continue;
                    };
                    let greeted = load.connections.min(most.max(1));
                    let late = load.connections > most && !load.search;
                    let milliseconds = if late { 20 } else { 2 };
                    run.receipt.latencies = Latencies::of(Duration::from_millis(milliseconds));
                    run.receipt = run.receipt.clone().with_reading(GREETED, greeted as f64);
                    if load.search {
                        let most = run.receipt.clone().with_reading(MOST, rate as f64);
                        run.receipt = most.with_reading(HIGHEST, 0.8 * rate as f64);
                        run.trials = vec![Trial {
                            rate: 0.9 * rate as f64,
                            p99: 0.02,
                            late: 0.001,
                            well: false,
                        }];
                    }
                    run.peak.as_mut().unwrap().memory = (1 << 20) + greeted * each;
                }
            }
        }
        results
    }

    fn everyday(who: Contestant) -> (u64, u64, u64) {
        match who {
            Sequential => (9_000, 1, 0),
            Threading => (40_000, 10_000, 12 << 10),
            Multiprocessing => (30_000, 500, 300 << 10),
            _ => (20_000, 10_000, 6 << 10),
        }
    }

    #[test]
    fn a_servers_cell_has_its_requests_connections_and_memory() {
        let results = results(everyday);
        let found = |who| {
            let Finding {
                verdict, number, ..
            } = judge(&results, who).unwrap();
            format!("{verdict}; {number}")
        };
        assert_eq!(found(Sequential), "9,000/s; 1 to 64 connections");
        assert_eq!(
            found(Threading),
            "40,000/s; 10,000 connections, 12.0 KiB each"
        );
        assert_eq!(
            found(Multiprocessing),
            "30,000/s; 500 connections, 300 KiB each"
        );
    }

    #[test]
    fn the_highest_rate_is_the_median_of_the_rounds_and_a_lower_bound_where_the_load_was_late() {
        let words = |late| {
            let results = results(everyday).with(Row::ServeRate, Threading, |run| {
                run.trials[0].late = late;
            });
            serving::highest(&results, Threading).unwrap().words()
        };
        assert_eq!(words(0.0049), "32,000 ±0.0%");
        assert_eq!(words(0.0051), "at least 32,000");
        let none = results(everyday).with(Row::ServeRate, Threading, |run| {
            run.receipt.readings.remove(HIGHEST);
        });
        assert!(serving::highest(&none, Threading).is_err());
    }

    #[test]
    fn a_rate_is_a_lower_bound_where_the_load_was_late_in_most_rounds_and_not_in_half() {
        let at_least = |late: usize| {
            let mut results = results(everyday);
            for row in &mut results.experiments {
                row.cells
                    .iter_mut()
                    .for_each(|cell| cell.rounds.truncate(4));
            }
            let round = std::cell::Cell::new(0);
            let results = results.with(Row::ServeRate, Threading, |run| {
                round.set(round.get() + 1);
                run.trials[0].late = if round.get() <= late { 0.02 } else { 0.0 };
            });
            serving::highest(&results, Threading).unwrap().at_least
        };
        assert!(!at_least(2) && at_least(3));
    }

    #[test]
    fn the_most_requests_are_named_first_and_connections_where_they_were_counted() {
        let mut results = results(everyday).among(&fixtures::NAMED);
        let all = servers::sentence(&results).unwrap();
        assert!(
            all.starts_with("threading 40,000, multiprocessing 30,000"),
            "{all}"
        );
        assert!(
            all.contains("; connections answered in time: 10,000 in threading, asyncio, asyncio-multi-thread; 500 in"),
            "{all}"
        );
        results.experiments.retain(|row| row.name == Row::ServeRate);
        let rates = servers::sentence(&results).unwrap();
        assert!(rates.ends_with("sequential 9,000 requests/s"), "{rates}");
    }

    #[test]
    fn threads_are_not_compared_with_tasks_where_no_task_was_in_time() {
        let beside = |tasks: u64| {
            servers::threads_beside_tasks(&results(|who| match who {
                Asyncio => (20_000, tasks, 6 << 10),
                who => everyday(who),
            }))
        };
        assert!(beside(10_000).unwrap().contains("Up to 10,000 connections"));
        assert!(beside(0).is_err());
    }

    #[test]
    fn noise_among_as_many_connections_as_the_system_allows_leaves_the_claim_open() {
        let mut results = results(everyday);
        let last = Row::At(Sweep::ServeOpen, 3_996);
        let rows = &mut results.experiments;
        rows.retain(|row| row.name != Row::At(Sweep::ServeOpen, 10_000));
        let row = rows
            .iter_mut()
            .find(|row| row.name == Row::At(Sweep::ServeOpen, 500));
        row.unwrap().name = last;
        let claim = &QUESTION.claims[0];
        assert_ne!(claim.in_rust(&results).unwrap().0, Fate::Unsure);
        let loud = results.with(last, Asyncio, |run| run.noise = Some(fixtures::BUSY));
        assert_eq!(claim.in_rust(&loud).unwrap().0, Fate::Unsure);
    }

    #[test]
    fn a_percentile_stands_where_ten_requests_took_longer() {
        let stands = |requests: u64, share| {
            let results = results(everyday).with(Row::ServeRate, Asyncio, |run| {
                // There are five rounds.
                let one = Latencies::of(Duration::from_millis(1));
                run.receipt.latencies =
                    (0..requests / 5).fold(Latencies::default(), |mut all, _| {
                        all += one.clone();
                        all
                    });
            });
            serving::within(&results, Row::ServeRate, Asyncio, share).is_ok()
        };
        assert!(stands(20, 0.5) && !stands(15, 0.5));
        assert!(stands(1_000, 0.99) && !stands(995, 0.99));
        assert!(stands(10_000, 0.999) && !stands(9_995, 0.999));
    }

    /// The line of the table with this label: a value for each technique.
    fn line(results: &Results, label: &str) -> Vec<String> {
        let lines = servers::servers(results).lines;
        let line = lines.into_iter().find(|(name, _)| name == label);
        line.unwrap_or_else(|| panic!("no {label}")).1
    }

    #[test]
    fn the_table_counts_connections_that_slow_clients_keep_from_a_worker() {
        let results = results(everyday).map_receipts(
            |row| row == Row::ServeSlow,
            |receipt| {
                let one = Latencies::of(Duration::from_millis(2));
                receipt.latencies = (0..200).fold(Latencies::default(), |mut all, _| {
                    all += one.clone();
                    all
                });
            },
        );
        let greeted = |results: Results, who, connections| {
            results.with(Row::ServeSlow, who, |run| {
                let receipt = run.receipt.clone();
                run.receipt = receipt.with_reading(GREETED, connections);
            })
        };
        let results = greeted(results, Multiprocessing, 32.0);
        let results = greeted(results, Sequential, 0.0);
        let line = line(&results, "beside slow clients");
        assert_eq!(
            line[..4],
            ["none", "all, 2.01 ms", "32 of 64, 2.01 ms", "all, 2.01 ms"]
        );
    }

    #[test]
    fn losses_with_a_worker_are_counted_unless_the_server_ends_with_it() {
        let lost = |results: Results, row, who, requests, connections| {
            results.with(row, who, |run| {
                run.receipt.errors = [("lost".to_owned(), requests)].into();
                let receipt = run.receipt.clone();
                run.receipt = receipt.with_reading(ENDED, connections);
            })
        };
        let results = lost(results(everyday), Row::ServeAbort, Multiprocessing, 1, 1.0);
        let results = results.with(Row::ServeAbort, Threading, |run| {
            run.receipt = run.receipt.clone().with_reading(SERVER_GONE, 1.0);
        });
        let line = line(&results, "lost by an abort");
        assert_eq!(line[1..4], ["the server", "1, 1", "0, 0"]);
    }

    #[test]
    fn beside_requests_that_compute_the_times_are_those_of_the_others() {
        let results = results(everyday).with(Row::ServeMix, Asyncio, |run| {
            let times = (1..=100).map(|it| Latencies::of(Duration::from_millis(it)));
            run.receipt.latencies = times.fold(Latencies::default(), |mut all, time| {
                all += time;
                all
            });
        });
        let line = line(&results, "beside requests that compute");
        assert_eq!(line[3], "50.1 ms, 90.2 ms");
        assert_eq!(line[1], "-", "five requests are too few");
    }

    #[test]
    fn memory_stands_beside_the_claim_and_so_does_the_loop_if_it_is_not_pythons_own() {
        let number = |results: &Results| carries_more(results).unwrap().1;
        let own = results(everyday);
        assert_eq!(
            number(&own),
            "20,000 requests/s and 10,000 connections in tasks, 40,000 and 10,000 in threads, in 2.00 times the memory"
        );
        let other = own.with(Row::ServeRate, Asyncio, |run| {
            run.receipt = run.receipt.clone().with_reading(UVLOOP, 1.0);
        });
        assert!(number(&other).contains("in tasks on uvloop,"));
    }

    #[test]
    fn more_in_one_measure_is_more_unless_it_is_fewer_in_the_other() {
        let fate = |tasks: (u64, u64), threads: (u64, u64)| {
            let results = results(|who| match who {
                Threading => (threads.0, threads.1, 9 << 10),
                _ => (tasks.0, tasks.1, 9 << 10),
            });
            carries_more(&results).unwrap().0
        };
        let (many, few) = (10_000, 64);
        assert_eq!(fate((20_000, many), (10_000, few)), Fate::Holds);
        assert_eq!(fate((20_000, many), (10_000, many)), Fate::Holds);
        assert_eq!(fate((10_000, many), (10_000, few)), Fate::Holds);
        assert_eq!(fate((10_000, many), (20_000, few)), Fate::InPart);
        assert_eq!(fate((10_000, many), (10_000, many)), Fate::InPart);
        assert_eq!(fate((10_000, many), (20_000, many)), Fate::Refuted);
        assert_eq!(fate((10_000, few), (20_000, many)), Fate::Refuted);
    }

    #[test]
    fn a_server_that_loses_a_request_does_not_carry_that_many() {
        let mut results = results(everyday);
        let rows = &mut results.experiments;
        let row = rows
            .iter_mut()
            .find(|row| row.name == Row::At(Sweep::ServeOpen, 500));
        for cell in &mut row.unwrap().cells {
            let crate::model::run::Outcome::Ran(run) = &mut cell.rounds[0] else {
                continue;
            };
            run.receipt.errors.insert("lost".to_owned(), 1);
        }
        let limit = serving::connections(&results, Asyncio).unwrap();
        assert_eq!(limit.words(), "64 to 500");
    }

    #[test]
    fn the_answer_and_the_guidance_have_a_sentence_on_servers() {
        let results = results(everyday).among(&fixtures::NAMED);
        let answers = answer(&results, &[]);
        let sentence = answers.iter().find(|it| it.subject == "To serve").unwrap();
        assert_eq!(
            sentence.text,
            "threading 40,000, multiprocessing 30,000, asyncio 20,000, asyncio-multi-thread 20,000, sequential 9,000 requests/s; \
             connections answered in time: 10,000 in threading, asyncio, asyncio-multi-thread; 500 in multiprocessing; \
             1 to 64 in sequential"
        );
        let sentences = guidance(&results).sentences;
        assert_eq!(
            sentences,
            [
                "Up to 10,000 connections threads serve in time as tasks do, in 2.00 times the memory: 12.0 KiB for each, and 6.00 KiB."
            ]
        );
    }

    #[test]
    fn a_server_is_not_charged_with_a_load_that_was_late_itself() {
        let late = |seconds| {
            let results = results(everyday).map_receipts(
                |row| row == Row::At(Sweep::ServeOpen, 500),
                |receipt| {
                    receipt.latencies = Latencies::of(Duration::from_millis(20));
                    *receipt = receipt.clone().with_reading(LOAD_LATE, seconds);
                },
            );
            let limit = serving::connections(&results, Asyncio).unwrap();
            (limit.words(), carries_more(&results).unwrap().0)
        };
        assert_eq!(late(0.001), ("64 to 500".to_owned(), Fate::Refuted));
        assert_eq!(late(0.0049), ("64 to 500".to_owned(), Fate::Refuted));
        assert_eq!(late(0.0051), ("at least 64".to_owned(), Fate::Unsure));
    }

    #[test]
    fn a_server_is_in_time_if_one_request_of_a_hundred_takes_more_than_ten_milliseconds() {
        let carried = |slow: u64, micros: u64| {
            let results = results(everyday).map_receipts(
                |row| row == Row::At(Sweep::ServeOpen, 500),
                |receipt| {
                    let times = |micros, count| {
                        let time = Latencies::of(Duration::from_micros(micros));
                        (0..count).fold(Latencies::default(), |mut all, _| {
                            all += time.clone();
                            all
                        })
                    };
                    receipt.latencies = times(2000, 200 - slow);
                    receipt.latencies += times(micros, slow);
                },
            );
            serving::connections(&results, Asyncio).unwrap().words()
        };
        assert_eq!(carried(200, 9_800), "10,000");
        assert_eq!(carried(200, 10_200), "64 to 500");
        assert_eq!(carried(1, 20_000), "10,000");
        assert_eq!(carried(4, 20_000), "64 to 500");
    }

    #[test]
    fn servers_that_were_not_measured_have_no_cell_and_no_claim() {
        let results = fixtures::results();
        assert!(judge(&results, Asyncio).is_err());
        assert!(carries_more(&results).is_err());
    }

    #[test]
    fn a_limit_is_higher_where_it_begins_as_the_other_ends() {
        let limit = |most: f64, too_many: f64| serving::Limit {
            most: Some(most),
            too_many: Some(too_many),
            open: false,
        };
        let all = serving::Limit {
            most: Some(10_000.0),
            ..serving::Limit::default()
        };
        assert_eq!(apart(limit(500.0, 2000.0), limit(64.0, 500.0)), Fate::Holds);
        assert_eq!(
            apart(limit(64.0, 500.0), limit(500.0, 2000.0)),
            Fate::Refuted
        );
        assert_eq!(apart(all, limit(64.0, 500.0)), Fate::Holds);
        assert_eq!(apart(limit(64.0, 500.0), limit(64.0, 500.0)), Fate::InPart);
        // The steps between are none that both were tried with.
        assert_eq!(
            apart(limit(499.0, 2000.0), limit(64.0, 500.0)),
            Fate::Unsure
        );
        assert_eq!(
            apart(limit(64.0, 500.0), limit(499.0, 2000.0)),
            Fate::Unsure
        );
        // None at all went well.
        let none = serving::Limit {
            too_many: Some(1.0),
            ..serving::Limit::default()
        };
        let open = |limit| serving::Limit {
            open: true,
            ..limit
        };
        assert_eq!(apart(limit(1.0, 64.0), none), Fate::Holds);
        assert_eq!(apart(none, limit(1.0, 64.0)), Fate::Refuted);
        assert_eq!(apart(open(all), limit(64.0, 500.0)), Fate::Unsure);
        assert_eq!(apart(all, open(limit(64.0, 500.0))), Fate::Unsure);
    }

    #[test]
    fn a_rate_is_the_loads_own_limit_if_that_was_late_in_most_rounds() {
        let at_least = |late: usize| {
            let mut results = results(everyday);
            let mut rows = results.experiments.iter_mut();
            let row = rows.find(|row| row.name == Row::ServeRate).unwrap();
            let mut cells = row.cells.iter_mut();
            let cell = cells.find(|cell| cell.runner == Asyncio).unwrap();
            cell.rounds = vec![cell.rounds[0].clone(); 5];
            for outcome in &mut cell.rounds[..late] {
                if let crate::model::run::Outcome::Ran(run) = outcome {
                    run.trials[0].late = 0.0051;
                }
            }
            serving::highest(&results, Asyncio).unwrap().at_least
        };
        assert!(at_least(3) && !at_least(2));
    }

    #[test]
    fn rates_that_were_tried_come_lowest_first_and_the_lowest_too_high_one_tells_whose_limit_it_is()
    {
        let trial = |rate: f64, late: f64, well: bool| Trial {
            rate,
            p99: 0.02,
            late,
            well,
        };
        let results = results(everyday).with(Row::ServeRate, Asyncio, |run| {
            run.trials = vec![
                trial(900.0, 0.02, false),
                trial(500.0, 0.02, true),
                trial(700.0, 0.0049, false),
            ];
        });
        let tried = serving::trials(results.cell(Row::ServeRate, Asyncio).unwrap());
        let rates: Vec<_> = tried[..].iter().map(|trial| trial.rate).collect();
        assert!(rates.is_sorted() && rates.len() >= 3, "{rates:?}");
        assert!(!serving::highest(&results, Asyncio).unwrap().at_least);
    }

    #[test]
    fn how_late_and_how_busy_the_load_was_is_that_of_the_worst_technique() {
        let results = results(everyday);
        assert_eq!(
            (serving::lateness(&results), serving::busy(&results)),
            (None, None)
        );
        let with = |results: Results, who, late, busy| {
            results.with(Row::ServeRate, who, |run| {
                let receipt = run.receipt.clone().with_reading(LOAD_LATE, late);
                run.receipt = receipt.with_reading(LOAD_BUSY, busy);
            })
        };
        let results = with(with(results, Threading, 0.002, 0.4), Asyncio, 0.003, 0.3);
        assert_eq!(serving::lateness(&results), Some(0.003));
        assert_eq!(serving::busy(&results), Some(0.4));
        let notes = servers::servers(&results).notes.join(" ");
        assert!(notes.contains("at most 3.00 ms late"), "{notes}");
        assert!(notes.contains("up to 40% of a core"), "{notes}");
    }

    #[test]
    fn threads_serve_as_many_as_tasks_do_or_fewer() {
        let said = |threads: u64, tasks: u64| {
            let results = results(|who| match who {
                Threading => (10_000, threads, 12 << 10),
                _ => (10_000, tasks, 6 << 10),
            });
            servers::threads_beside_tasks(&results).unwrap()
        };
        assert!(said(500, 10_000).starts_with(
            "Up to 500 connections threads serve in time as tasks do, and tasks up to 10,000, in"
        ));
        for (threads, tasks) in [(10_000, 10_000), (10_000, 500)] {
            let text = said(threads, tasks);
            let all = format!(
                "Up to {} connections threads serve in time as tasks do, in",
                count(tasks)
            );
            assert!(text.starts_with(&all), "{text}");
        }
        assert!(servers::threads_beside_tasks(&results(|_| (10_000, 0, 1))).is_err());
    }

    #[test]
    fn the_percentiles_are_those_of_the_half_rate_and_each_line_says_what_it_counts() {
        let results = results(everyday).with(Row::ServeRate, Asyncio, |run| {
            let times = |milliseconds, count| {
                let one = Latencies::of(Duration::from_millis(milliseconds));
                (0..count).fold(Latencies::default(), |mut all, _| {
                    all += one.clone();
                    all
                })
            };
            // Of 10,000 5,100 took 2 ms, 99.1% up to 4 ms, and 99.91% up to 8 ms.
            run.receipt.latencies = times(2, 5100);
            run.receipt.latencies += times(4, 4810);
            run.receipt.latencies += times(8, 81);
            run.receipt.latencies += times(16, 9);
        });
        let near = |name: &str, milliseconds: f64| {
            let written = line(&results, name)[3].clone();
            let (number, _) = written.split_once(" ms").unwrap();
            let number: f64 = number.parse().unwrap();
            assert!(
                (number / milliseconds - 1.0).abs() < 0.02,
                "{name}: {written}"
            );
        };
        near("p50 at half of that", 2.0);
        near("p99 at half of that", 4.0);
        near("p99.9 at half of that", 8.0);
        let notes = servers::servers(&results).notes.join(" ");
        for part in [
            "A percentile stands where ten requests or more took longer",
            "Beside requests that compute: p50 and p90",
            "Beside slow clients: how many of 64 connections",
            "Lost, over ",
        ] {
            assert!(notes.contains(part), "{part}: {notes}");
        }
        let nothing = servers::servers(&fixtures::results());
        assert!(
            nothing.lines.is_empty() && nothing.notes.is_empty(),
            "{nothing:?}"
        );
    }
}
