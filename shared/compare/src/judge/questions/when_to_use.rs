//! Which technique is the choice for which need? The table of needs, summed up for each technique.

use crate::judge::cluster;
use crate::judge::finding::{Evidence, Fate, Finding, NOT_DECIDED};
use crate::judge::needs::{ALL_BUT_ONE, DEARER, Entry, MANY, MATTERS, Need, Service};
use crate::judge::questions::cpus::ONE_CORE;
use crate::judge::ranking::{Behind, behind, ranking};
use crate::judge::rule::{Each, Question, Rule, Together, claim_about};
use crate::judge::screening;
use crate::judge::threshold::Threshold;
use crate::model::difference::EQUAL;
use crate::model::experiment::{Kind, NotMeasured};
use crate::model::quantity::{percent, seconds, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "Which needs does it serve?",
    file: file!(),
    source: None,
    row: Some(Rule {
        subject: "when to use",
        words: "A technique serves work that waits, or work that computes, if it is surely near the fastest in at least half of \
            those workloads, and does not if it is surely farther behind in most of them; otherwise nothing is decided, nor is it on one core \
            about work that computes. It \
            serves blocking calls if they overlap, work that may crash if only the unit that aborts is lost, large scale if many \
            thousands are alive at once. Of techniques that serve a need alike, those that take far more memory are no choice. A need that \
            asyncio meets on several threads alone is named so. A claim about several needs holds if all are served, is refuted if none \
            is, and holds in part if some are, or are served in far more memory. The cluster is for \
            more than one machine if a unit of hashes takes more CPU time than sending one and the broker's part in it; if only in chunks, in part.",
        thresholds: &[NEAR, DEARER, MATTERS, MANY],
        experiments: &Row::WORKLOADS,
        ladder: true,
        judge: Each::of(judge).weighing_noise(),
    }),
    claims: &[Rule {
        subject: "asyncio when you can, threads when you must",
        words: "In each workload that waits, asyncio is compared with threads, round by round. The claim holds if asyncio is surely no \
            farther behind in any, is refuted if it surely is in all, and holds in part if it is one here and the other there. One \
            workload alone decides nothing.",
        thresholds: &[NEAR],
        experiments: &[Row::Waiter, Row::Hello, Row::Sites, Row::Cats],
        ladder: false,
        judge: Together {
            who: &[Threading, Asyncio],
            python: when_you_can,
            rust: when_you_can,
        },
    }],
};

const NEAR: Threshold = Threshold {
    value: EQUAL,
    written: percent,
    words: "up to this much behind is near; both ends of the interval must be on one side",
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    if who == Cluster {
        return more_machines(results);
    }
    let needs = Need::ALL.map(|need| (need, need.entries(results)));
    if let Some((_, Err(missing))) = needs.iter().find(|(_, entries)| entries.is_err())
        && needs.iter().all(|(_, entries)| entries.is_err())
    {
        return Err(missing.clone());
    }
    let services: Vec<_> = needs
        .into_iter()
        .filter_map(|(need, entries)| Some((need, entries.ok()?)))
        .collect();
    let of = |entries: &[Option<Entry>], who| {
        let place = Contestant::TECHNIQUES.iter().position(|it| *it == who)?;
        Some(entries[place].as_ref()?.service)
    };
    let served = services.iter().filter_map(|(need, entries)| {
        let spread = match who {
            Asyncio => of(entries, AsyncioMultiThread),
            _ => None,
        };
        words(*need, of(entries, who)?, spread)
    });
    let served: Vec<_> = served.collect();
    let verdict = match served[..] {
        [] => "-".to_owned(),
        _ => served.join(", "),
    };

    let claims: [(&str, &[Need]); 3] = [
        (
            "I/O bound, blocking calls",
            &[Need::Waiting, Need::Blocking],
        ),
        ("CPU bound", &[Need::Computing]),
        ("I/O bound, large scale", &[Need::Waiting, Need::Scale]),
    ];
    let claim = claim_about(who, claims).and_then(|(claim, needs)| {
        let services: Option<Vec<_>> = needs
            .iter()
            .map(|need| {
                let (_, entries) = services.iter().find(|(other, _)| other == need)?;
                of(entries, who)
            })
            .collect();
        Some((claim, met(&services?)))
    });
    let computing = services.iter().any(|(need, _)| *need == Need::Computing);
    let mut number = near_in(results, who);
    if computing && results.machine.has_one_core() {
        number += &format!("; work that computes: {ONE_CORE}");
    }
    Ok(Finding::new(verdict, number).with_claim(claim))
}

/// A need that is served, in words; `None` if it is not.
fn words(need: Need, service: Service, spread: Option<Service>) -> Option<String> {
    let words = need.words();
    match (service, spread) {
        (Service::Well, _) => Some(words.to_owned()),
        (Service::Perhaps, _) => Some(format!("{words} (not decided)")),
        (Service::Not | Service::Dearly(_), Some(Service::Well)) => {
            Some(format!("{words} if multi-thread"))
        }
        (Service::Dearly(factor), _) => Some(format!("{words} (in {} the memory)", times(factor))),
        (Service::Not, Some(Service::Perhaps)) => {
            Some(format!("{words} if multi-thread (not decided)"))
        }
        (Service::Not, _) => None,
    }
}

/// The cluster is for work that one machine has too few cores for, if its units are long enough to be sent: those of hashes are as
/// long as any of the story.
fn more_machines(results: &Results) -> Result<Finding, NotMeasured> {
    let [perhaps_alone, alone] = cluster::alone(results)?.pays();
    let [perhaps_in_chunks, in_chunks] = cluster::in_chunks(results)?.pays();
    let unit = results.median(Row::Hashes, Sequential, |run| {
        Some(run.cpu() / run.receipt.units as f64)
    })?;
    let (verdict, fate) = match unit {
        unit if unit > alone => (MORE_MACHINES.to_owned(), Fate::Holds),
        unit if unit < perhaps_in_chunks => ("-".to_owned(), Fate::Refuted),
        unit if unit > in_chunks && unit < perhaps_alone => {
            (MORE_MACHINES.to_owned(), Fate::InPart)
        }
        _ => (format!("{MORE_MACHINES} ({NOT_DECIDED})"), Fate::Unsure),
    };
    let number = format!(
        "units above {} pay alone, above {} in chunks; {} here",
        seconds(alone),
        seconds(in_chunks),
        near_in(results, Cluster)
    );
    let finding = Finding::new(verdict, number).with_claim(Some((MORE_MACHINES, fate)));
    let noisy =
        screening::rests_on_noise(results, &[Row::TasksAlone, Row::TasksChunks], &[Cluster])
            || screening::rests_on_noise(results, &[Row::Hashes], &[Sequential]);
    Ok(match noisy {
        true => finding.disturbed(),
        false => finding,
    })
}

/// The documents' claim about Celery.
const MORE_MACHINES: &str = "more than one machine";

/// In how many rows it was near the fastest.
fn near_in(results: &Results, who: Contestant) -> String {
    let rows: Vec<_> = results.workloads().map(|row| behind(row, who)).collect();
    if rows.is_empty() {
        return String::new();
    }
    let count = |which| rows.iter().filter(|it| **it == which).count();
    let mut number = format!(
        "within {} of the fastest in {} of {} rows",
        percent(EQUAL),
        count(Behind::Within),
        rows.len()
    );
    match count(Behind::Undecided) {
        0 => {}
        undecided => number += &format!(", not decided in {undecided}"),
    }
    number
}

/// The fate of a claim about needs that are served like this.
fn met(services: &[Service]) -> Fate {
    let count = |of: fn(&Service) -> bool| services.iter().filter(|it| of(it)).count();
    let well = count(|it| *it == Service::Well);
    let dearly = count(|it| matches!(it, Service::Dearly(_)));
    let not = count(|it| *it == Service::Not);
    match services.len() {
        all if well == all => Fate::Holds,
        all if not == all => Fate::Refuted,
        _ if dearly > 0 || well > 0 && not > 0 => Fate::InPart,
        _ => Fate::Unsure,
    }
}

fn when_you_can(results: &Results) -> Evidence {
    let (mut kept, mut slower, mut undecided) = (0, 0, 0);
    for row in results.workloads().filter(|row| row.kind == Kind::Waiting) {
        let factor = ranking(row).and_then(|ranking| ranking.factor(Asyncio, Threading));
        match factor {
            Some(factor) if factor.high <= 1.0 + EQUAL => kept += 1,
            Some(factor) if factor.low > 1.0 + EQUAL => slower += 1,
            _ => undecided += 1,
        }
    }
    let rows = kept + slower + undecided;
    match rows {
        0 => return Err(NotMeasured::LeftOut("all that waits".to_owned())),
        1 => return Err(NotMeasured::LeftOut(ALL_BUT_ONE.to_owned())),
        _ => {}
    }
    let fate = match (kept, slower) {
        (0, _) if slower == rows => Fate::Refuted,
        (_, 0) if kept == rows => Fate::Holds,
        (1.., 1..) => Fate::InPart,
        _ => Fate::Unsure,
    };
    let mut number = format!("asyncio not slower in {kept} of {rows} workloads that wait");
    if undecided > 0 {
        number += &format!("; not decided in {undecided}");
    }
    Ok((fate, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::rows::{BROKER_CPU, NODES_CPU};

    /// Computes in so many seconds.
    fn computes(results: Results, who: Contestant, seconds: f64) -> Results {
        let computing = fixtures::computing();
        computing.iter().fold(results, |results, name| {
            results.with(*name, who, |run| run.wall = seconds)
        })
    }

    #[test]
    fn on_one_core_it_is_not_decided_who_serves_work_that_computes_and_the_number_says_why() {
        let computing = fixtures::computing();
        let slow = computing.into_iter().fold(fixtures::results(), |all, row| {
            all.with(row, Multiprocessing, |run| run.wall = 1.5)
        });
        let two = judge(&slow, Multiprocessing).unwrap();
        assert_eq!(two.fate(), Some(Fate::Refuted));
        let mut one = slow;
        one.machine.cores = 1;
        let one = judge(&one, Multiprocessing).unwrap();
        assert_eq!(one.fate(), Some(Fate::Unsure));
        assert!(
            one.number.ends_with("one core cannot tell"),
            "{}",
            one.number
        );
    }

    #[test]
    fn a_claim_holds_if_all_its_needs_are_served_and_is_refuted_if_none_is() {
        use Service::{Dearly, Not, Perhaps, Well};
        for (services, fate) in [
            (&[Well, Well][..], Fate::Holds),
            (&[Well], Fate::Holds),
            (&[Not, Not], Fate::Refuted),
            (&[Well, Not], Fate::InPart),
            (&[Dearly(3.0)], Fate::InPart),
            (&[Dearly(3.0), Perhaps], Fate::InPart),
            (&[Well, Perhaps], Fate::Unsure),
            (&[Not, Perhaps], Fate::Unsure),
            (&[Perhaps], Fate::Unsure),
        ] {
            assert_eq!(met(services), fate, "{services:?}");
        }
    }

    #[test]
    fn where_multi_thread_tasks_win_asyncios_cell_says_so() {
        let results = computes(fixtures::results(), AsyncioMultiThread, 0.5);
        let finding = |who| judge(&results, who).unwrap();
        assert!(
            finding(Asyncio)
                .verdict
                .contains("CPU bound if multi-thread"),
            "{:?}",
            finding(Asyncio)
        );
        assert!(!finding(Threading).verdict.contains("CPU bound"));
        assert_eq!(
            finding(Multiprocessing).claim,
            Some(("CPU bound", Fate::Refuted))
        );
    }

    #[test]
    fn a_technique_as_fast_and_only_dearer_does_not_refute_the_claim() {
        let results = computes(fixtures::results(), Threading, 0.5);
        let results = computes(results, Multiprocessing, 0.5);
        let names = fixtures::computing();
        let results = names.iter().fold(results, |results, name| {
            results.with_warm_up(*name, Multiprocessing, |run| {
                run.peak.as_mut().unwrap().memory = 80 << 20;
            })
        });
        let finding = judge(&results, Multiprocessing).unwrap();
        assert_eq!(finding.claim, Some(("CPU bound", Fate::InPart)));
        assert!(
            finding.verdict.contains("CPU bound (in 80.0x the memory)"),
            "{finding:?}"
        );
    }

    #[test]
    fn a_need_that_was_not_measured_is_left_out_and_so_is_a_claim_about_it() {
        let mut results = computes(fixtures::results(), Threading, 0.5);
        results
            .experiments
            .retain(|row| row.kind == Kind::Computing);
        let finding = judge(&results, Threading).unwrap();
        assert_eq!((&*finding.verdict, finding.claim), ("CPU bound", None));
        assert_eq!(judge(&results, Sequential).unwrap().verdict, "-");
        let all = fixtures::computing().len();
        let number = format!("within 3.0% of the fastest in {all} of {all} rows");
        assert_eq!(finding.number, number);
        results.experiments.clear();
        assert!(matches!(
            judge(&results, Threading),
            Err(NotMeasured::LeftOut(_))
        ));
    }

    #[test]
    fn without_workloads_that_wait_the_claim_about_them_is_not_measured() {
        let mut results = fixtures::results();
        results.experiments.retain(|row| row.kind != Kind::Waiting);
        assert!(when_you_can(&results).is_err());
    }

    #[test]
    fn one_workload_decides_no_claim_about_many() {
        let mut results = fixtures::results();
        results
            .experiments
            .retain(|row| [Row::Waiter, Row::Hashes].contains(&row.name));
        assert!(
            when_you_can(&results)
                .unwrap_err()
                .to_string()
                .contains("but one was left out")
        );
    }

    #[test]
    fn asyncio_where_it_is_surely_not_slower_and_threads_where_it_surely_is() {
        let took = |results: Results, name: Row, seconds: f64| {
            results.with(name, Asyncio, |run| run.wall = seconds)
        };
        let equal = fixtures::results();
        assert_eq!(when_you_can(&equal).unwrap().0, Fate::Holds);
        let some = took(took(equal, Row::Cats, 1.029), Row::Hello, 1.031);
        let (fate, number) = when_you_can(&some).unwrap();
        assert_eq!(
            (fate, &*number),
            (
                Fate::InPart,
                "asyncio not slower in 3 of 4 workloads that wait"
            )
        );
        let slow = [Row::Waiter, Row::Hello, Row::Sites, Row::Cats]
            .iter()
            .fold(some, |results, name| took(results, *name, 1.1));
        assert_eq!(when_you_can(&slow).unwrap().0, Fate::Refuted);
        let round = std::cell::Cell::new(0);
        let rough = slow.with(Row::Cats, Asyncio, |run| {
            round.set(round.get() + 1);
            run.wall = if round.get() % 2 == 0 { 0.5 } else { 2.0 };
        });
        let (fate, number) = when_you_can(&rough).unwrap();
        assert_eq!(fate, Fate::Unsure);
        assert!(number.ends_with("not decided in 1"), "{number}");
    }

    #[test]
    fn more_machines_are_for_units_that_take_more_than_it_costs_to_send_them() {
        // A task costs its caller and the broker 500 µs alone, and 5 µs in a chunk of a hundred.
        let results = |unit: f64| {
            let sent = |units: u64, each: f64| {
                move |run: &mut crate::model::run::Run| {
                    run.receipt.units = units;
                    (run.user, run.system) = (0.8 * each * units as f64, 0.0);
                    run.receipt.readings = [
                        (NODES_CPU.to_owned(), 0.0),
                        (BROKER_CPU.to_owned(), 0.2 * each * units as f64),
                    ]
                    .into();
                }
            };
            fixtures::with_machines()
                .with(Row::TasksAlone, Cluster, sent(1000, 500e-6))
                .with(Row::TasksChunks, Cluster, sent(1000, 5e-6))
                .with(Row::Hashes, Sequential, |run| {
                    run.receipt.units = 20;
                    run.user = 20.0 * unit;
                })
        };
        let fate = |unit| more_machines(&results(unit)).unwrap();
        let claims = |unit| fate(unit).fate();
        assert_eq!(claims(501e-6), Some(Fate::Holds));
        // Between what it costs the caller and what it costs both it depends on where the broker is.
        assert_eq!(claims(499e-6), Some(Fate::Unsure));
        assert_eq!(claims(401e-6), Some(Fate::Unsure));
        assert_eq!(claims(399e-6), Some(Fate::InPart));
        assert_eq!(claims(5.1e-6), Some(Fate::InPart));
        assert_eq!(claims(4.9e-6), Some(Fate::Unsure));
        assert_eq!(claims(3.9e-6), Some(Fate::Refuted));
        assert_eq!(fate(3.9e-6).verdict, "-");
        assert_eq!(fate(399e-6).verdict, MORE_MACHINES);
        assert!(!fate(501e-6).noisy);
        for (row, who) in [
            (Row::TasksAlone, Cluster),
            (Row::TasksChunks, Cluster),
            (Row::Hashes, Sequential),
        ] {
            let loud = results(501e-6).with(row, who, |run| run.noise = Some(fixtures::BUSY));
            assert!(more_machines(&loud).unwrap().noisy, "{row} of {who}");
        }
    }

    #[test]
    fn between_as_fast_and_slower_asyncio_is_not_decided() {
        // An interval from below equality on, and one within two hundredths around the threshold.
        for (one, other) in [(1.0, 1.06), (1.028, 1.034)] {
            let round = std::cell::Cell::new(0);
            let results = fixtures::results().with(Row::Cats, Asyncio, |run| {
                round.set(round.get() + 1);
                run.wall = if round.get() % 2 == 0 { one } else { other };
            });
            let (fate, number) = when_you_can(&results).unwrap();
            assert_eq!(fate, Fate::Unsure, "{one} {other}");
            assert_eq!(
                number,
                "asyncio not slower in 3 of 4 workloads that wait; not decided in 1"
            );
        }
    }
}
