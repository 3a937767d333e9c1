//! Which technique is the choice for which need?

use crate::judge::finding::{Evidence, Fate, Finding};
use crate::judge::questions::scalability::limit;
use crate::judge::questions::{blocking, crash, memory_for_each};
use crate::judge::ranking::{fastest, fastest_in_most, ranking};
use crate::judge::rule::{Question, Rule, Together, claim_about};
use crate::judge::threshold::Threshold;
use crate::model::difference::Answer;
use crate::model::experiment::{Kind, NotMeasured};
use crate::model::quantity::{bytes, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "For which need is it the choice?",
    file: file!(),
    source: None,
    row: Some(Rule {
        subject: "when to use",
        words: "The techniques that are not surely beaten in at least half of the workloads that wait, or that compute, are the choice, \
            but for those that take twice the memory, and 50 MiB more, than another of them. For blocking calls it is the technique that may block and takes least memory for each, for large scale \
            the one with the most units alive at once, and for work that may crash whoever loses only the unit that aborts. A claim that \
            is met in part holds in part, and so does one about a technique that is as fast as the choice and only takes more memory.",
        thresholds: &[CHEAP, DEARER, MATTERS],
        experiments: &Row::WORKLOADS,
        ladder: true,
        judge,
    }),
    claims: &[Rule {
        subject: "asyncio when you can, threads when you must",
        words: "In each workload that waits, asyncio is compared with threads, round by round. The claim holds if asyncio is surely faster \
            or equal within 3% in all, is refuted if it is surely slower in all, and holds in part if it is one here and the other there. \
            One workload alone decides nothing.",
        thresholds: &[],
        experiments: &[Row::Waiter, Row::Hello, Row::Sites, Row::Cats],
        ladder: false,
        judge: Together {
            who: &[Threading, Asyncio],
            python: when_you_can,
            rust: when_you_can,
        },
    }],
};

const CHEAP: Threshold = Threshold {
    value: 1.1,
    written: times,
    words: "up to this many times the least cost for each is as cheap",
};

const DEARER: Threshold = Threshold {
    value: 2.0,
    written: times,
    words: "this many times the least memory in all of the rows matters",
};

const MATTERS: Threshold = Threshold {
    value: 50.0 * 1024.0 * 1024.0,
    written: bytes,
    words: "if it is at least so much more",
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
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
    let Some((claim, needs)) = claim_about(who, claims) else {
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
            fate = Fate::InPart;
        }
    }
    Ok(Finding::new(verdict, number).with_claim(Some((claim, fate))))
}

/// A need that a technique may meet.
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
            Self::Waiting => Ok(light(&memory_of_the_fastest(results, Kind::Waiting)?)),
            Self::Computing => Ok(light(&memory_of_the_fastest(results, Kind::Computing)?)),
            Self::Blocking => cheapest(|who| {
                let may = blocking::judge(results, who)?.verdict == "yes";
                may.then(|| memory_for_each::slope_of(results, who))
                    .transpose()
            }),
            Self::Scale => cheapest(|who| Ok(Some(1.0 / limit(results.ladder(who)?)? as f64))),
            Self::Crashes => {
                cheapest(|who| Ok(crash::survives(results, who, Row::CrashAbort)?.then_some(0.0)))
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

/// The techniques that meet a need at the least cost; `None` is the cost of not meeting it.
fn cheapest(
    cost: impl Fn(Contestant) -> Result<Option<f64>, NotMeasured>,
) -> Result<Vec<Contestant>, NotMeasured> {
    let mut costs = Vec::new();
    for who in Contestant::CONCLUDED {
        costs.extend(cost(who)?.map(|cost| (who, cost)));
    }
    Ok(least(&costs))
}

/// The memory of the techniques that are fastest in most rows of this kind, all rows together.
fn memory_of_the_fastest(
    results: &Results,
    kind: Kind,
) -> Result<Vec<(Contestant, f64)>, NotMeasured> {
    let rows: Vec<_> = results.workloads().filter(|row| row.kind == kind).collect();
    match rows.len() {
        0 => return Err(NotMeasured::LeftOut("every such workload".to_owned())),
        1 => return Err(NotMeasured::LeftOut(ALL_BUT_ONE.to_owned())),
        _ => {}
    }
    let mut costs = Vec::new();
    for who in fastest_in_most(results, kind) {
        let mut cost = 0.0;
        for row in &rows {
            let peak = results.cell(row.name, who)?.peak();
            // Memory that was not seen is not little memory.
            let unseen = || NotMeasured::Undecided(format!("no memory of {} was seen", row.name));
            cost += peak.ok_or_else(unseen)?.memory as f64;
        }
        costs.push((who, cost));
    }
    if costs.is_empty() {
        return Err(NotMeasured::Undecided("no row could be ranked".to_owned()));
    }
    Ok(costs)
}

/// The techniques of which none takes so much more memory than the lightest that it matters.
fn light(costs: &[(Contestant, f64)]) -> Vec<Contestant> {
    let all = costs.iter().map(|(_, cost)| *cost);
    let least = all.fold(f64::INFINITY, f64::min);
    let heavy = |cost: f64| cost >= DEARER.value * least && cost - least >= MATTERS.value;
    let light = costs.iter().filter(|(_, cost)| !heavy(*cost));
    light.map(|(who, _)| *who).collect()
}

/// The techniques with the least cost.
fn least(costs: &[(Contestant, f64)]) -> Vec<Contestant> {
    let all = costs.iter().map(|(_, cost)| *cost);
    let least = all.fold(f64::INFINITY, f64::min);
    let cheap = costs
        .iter()
        .filter(|(_, cost)| *cost <= CHEAP.value * least);
    cheap.map(|(who, _)| *who).collect()
}

fn overlapping(claimed: &[Need], found: &[Need]) -> Fate {
    let kept = claimed.iter().filter(|need| found.contains(need)).count();
    match kept {
        0 => Fate::Refuted,
        _ if kept == claimed.len() && kept == found.len() => Fate::Holds,
        _ => Fate::InPart,
    }
}

fn when_you_can(results: &Results) -> Evidence {
    let (mut kept, mut slower, mut undecided) = (0, 0, 0);
    for row in results.workloads().filter(|row| row.kind == Kind::Waiting) {
        let factor = ranking(row).and_then(|ranking| ranking.factor(Asyncio, Threading));
        match factor.map(|factor| factor.answer()) {
            Some(Answer::Faster | Answer::Equal) => kept += 1,
            Some(Answer::Slower) => slower += 1,
            Some(Answer::Undecided { .. }) | None => undecided += 1,
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
        number += &format!("; of {undecided} it is not decided");
    }
    Ok((fate, number))
}

/// One workload cannot tell of many.
const ALL_BUT_ONE: &str = "every such workload but one";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// Computes in half of the others' time, with this much memory.
    fn fast(results: Results, who: Contestant, memory: u64) -> Results {
        let computing = [Row::Lists, Row::Squares, Row::Hashes];
        computing.iter().fold(results, |results, name| {
            let results = results.with(*name, who, |run| run.wall = 0.5);
            results.with_warm_up(*name, who, |run| run.peak.as_mut().unwrap().memory = memory)
        })
    }

    #[test]
    fn memory_breaks_a_tie_only_from_twice_and_fifty_mebibytes_on() {
        let costs = [
            (Threading, 100.0),
            (Asyncio, 95.0),
            (Multiprocessing, 200.0),
        ];
        assert_eq!(least(&costs), [Threading, Asyncio]);
        let mib = |mib: f64| mib * 1024.0 * 1024.0;
        let choice = |one, other| light(&[(Threading, mib(one)), (Multiprocessing, mib(other))]);
        assert_eq!(choice(4.0, 53.0), [Threading, Multiprocessing]);
        assert_eq!(choice(4.0, 54.0), [Threading]);
        assert_eq!(choice(60.0, 119.0), [Threading, Multiprocessing]);
        assert_eq!(choice(60.0, 120.0), [Threading]);
        let results = fast(fixtures::results(), Threading, 4 << 20);
        let results = fast(results, Multiprocessing, 80 << 20);
        assert_eq!(Need::Computing.choice(&results).unwrap(), [Threading]);
        assert_eq!(
            Need::Computing.dearer(&results, Multiprocessing),
            Some(20.0)
        );
        assert_eq!(Need::Computing.dearer(&results, Asyncio), None);
        let unseen = results
            .with(Row::Lists, Multiprocessing, |run| run.peak = None)
            .with_warm_up(Row::Lists, Multiprocessing, |run| run.peak = None);
        let missing = Need::Computing.choice(&unseen).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "not measured: no memory of lists was seen"
        );
    }

    #[test]
    fn a_claim_that_is_met_in_part_holds_in_part() {
        let claimed = [Need::Waiting, Need::Scale];
        assert_eq!(overlapping(&claimed, &claimed), Fate::Holds);
        assert_eq!(overlapping(&claimed, &[Need::Scale]), Fate::InPart);
        assert_eq!(overlapping(&claimed, &[Need::Computing]), Fate::Refuted);
    }

    #[test]
    fn a_technique_as_fast_and_only_dearer_does_not_refute_the_claim() {
        let results = fast(fixtures::results(), Threading, 4 << 20);
        let mut results = fast(results, Multiprocessing, 80 << 20);
        for who in Contestant::CONCLUDED {
            results = results.with_ladder(who, &[1, 10, 100], 1024);
        }
        let finding = judge(&results, Multiprocessing).unwrap();
        assert_eq!(finding.claim, Some(("CPU bound", Fate::InPart)));
        assert!(
            finding
                .number
                .contains("CPU bound as fast, in 20.0x the memory"),
            "{finding:?}"
        );
        let slow = results.with(Row::Hashes, Multiprocessing, |run| run.wall = 1.0);
        let slow = slow.with(Row::Lists, Multiprocessing, |run| run.wall = 1.0);
        let finding = judge(&slow, Multiprocessing).unwrap();
        assert_eq!(finding.claim, Some(("CPU bound", Fate::Refuted)));
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
        assert!(
            Need::Waiting.choice(&results).is_err() && Need::Computing.choice(&results).is_err()
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
            .into_iter()
            .fold(some, |results, name| took(results, name, 1.1));
        assert_eq!(when_you_can(&slow).unwrap().0, Fate::Refuted);
        let round = std::cell::Cell::new(0);
        let rough = slow.with(Row::Cats, Asyncio, |run| {
            round.set(round.get() + 1);
            run.wall = if round.get() % 2 == 0 { 0.5 } else { 2.0 };
        });
        let (fate, number) = when_you_can(&rough).unwrap();
        assert_eq!(fate, Fate::Unsure);
        assert!(number.ends_with("of 1 it is not decided"), "{number}");
    }

    #[test]
    fn a_tenth_dearer_is_as_cheap_and_more_is_not() {
        let choice = |other| least(&[(Threading, 100.0), (Asyncio, other)]);
        assert_eq!(choice(109.0), [Threading, Asyncio]);
        assert_eq!(choice(111.0), [Threading]);
        assert_eq!(choice(92.0), [Threading, Asyncio]);
        assert_eq!(choice(90.0), [Asyncio]);
    }
}
