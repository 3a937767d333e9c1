//! How many can be alive at once, before something breaks, and what is it?

use crate::judge::cluster;
use crate::judge::finding::{Evidence, Fate, Finding, NOT_DECIDED};
use crate::judge::questions::memory_for_each::slope_of;
use crate::judge::rule::{Each, Question, Rule, Together, claim_about};
use crate::judge::threshold::Threshold;
use crate::model::experiment::NotMeasured;
use crate::model::ladder::{End, Ladder, Resource};
use crate::model::quantity::{bytes, count, percent, times, two_digits};
use crate::model::results::Results;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "How many can be alive at once, before something breaks?",
    file: file!(),
    source: Some("src/probes/sleepers.rs"),
    row: Some(Rule {
        subject: "scalability",
        words: "Ever more units sleep at once, each for longer than it takes to start all. The limits of memory, threads, memory \
            maps and open files, and the cost of one more unit, say how many units use up each; the nearest limit breaks first. LADDER=cliff finds \
            the number itself. The verdict is the magnitude of that number, in Python's words, where both ends of its range have the \
            same; else it is not decided. A range that lies in the claimed magnitude upholds the claim, one that lies outside refutes \
            it. Starts a second are of the largest step, ends included. On the cluster tasks wait at the broker: the number is \
                that of the tasks that waited when the last was sent.",
        thresholds: &[COUNTED, MEASURED, UNSEEN, LOW, MEDIUM, HIGH],
        experiments: &[],
        ladder: true,
        judge: Each::of(judge),
    }),
    claims: &[Rule {
        subject: "async carries more than threads",
        words: "Units asleep stand for open connections: a server's memory and bookkeeping without its work. The ranges of the \
            numbers at which something breaks are compared. Ranges that lie apart decide; nothing is decided where they meet.",
        thresholds: &[COUNTED, MEASURED, UNSEEN],
        experiments: &[],
        ladder: true,
        judge: Together {
            who: &[Threading, Asyncio],
            python: carries_more,
            rust: carries_more,
        },
    }],
};

const COUNTED: Threshold = Threshold {
    value: 0.9,
    written: percent,
    words: "from this share of a limit of threads, maps or files on it may be used up",
};

const MEASURED: Threshold = Threshold {
    value: 1.5,
    written: times,
    words: "by so much the memory of one more, and what is free, may differ to either side",
};

const UNSEEN: Threshold = Threshold {
    value: 256.0 * 1024.0,
    written: bytes,
    words: "so much memory of a step may not have been seen",
};

const LOW: Threshold = Threshold {
    value: 10.0,
    written: whole,
    words: "from here on it is low (10s); below it is none",
};

const MEDIUM: Threshold = Threshold {
    value: 100.0,
    written: whole,
    words: "from here on it is medium (100s)",
};

const HIGH: Threshold = Threshold {
    value: 1000.0,
    written: whole,
    words: "from here on it is high (1000s)",
};

fn whole(units: f64) -> String {
    count(units as u64)
}

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    if who == Cluster {
        return tasks_that_wait(results);
    }
    let ladder = results.ladder(who)?;
    let reach = reach(ladder)?;
    let mut number = reach.words();
    if let Some(rate) = starts_per_second(ladder) {
        number += &format!("; {rate}");
    }
    if let Ok(each) = slope_of(results, who) {
        number += &format!(", {} each", bytes(each));
    }
    let claims = [
        ("medium (100s)", MEDIUM),
        ("low (10s)", LOW),
        ("high (1000s)", HIGH),
    ];
    let claim = claim_about(who, claims);
    let claim = claim.map(|(claim, from)| (claim, reach.fate(from)));
    Ok(Finding::new(reach.verdict(), number).with_claim(claim))
}

/// Tasks wait in the broker, and not in a worker: it is they that count.
fn tasks_that_wait(results: &Results) -> Result<Finding, NotMeasured> {
    let (waited, fed) = (cluster::waited(results)?, cluster::feeds(results, 0.05)?);
    let number = format!(
        "{} tasks waited, none was lost; the broker feeds {} workers of 50 ms each",
        count(waited),
        count(fed)
    );
    Ok(Finding::new(MAGNITUDES[magnitude(waited as f64)], number))
}

/// Between which numbers of units something breaks, and what.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// So many are sure to go well.
    pub low: f64,
    /// So many are not.
    pub high: f64,
    /// What breaks; `None` if nothing does, but each unit waits for the one before.
    cause: Option<String>,
    /// Whether it was seen to break, or follows from what one more unit takes.
    seen: bool,
}

/// Between which numbers of units something breaks.
///
/// # Errors
///
/// If that was neither seen nor follows from what was.
pub fn reach(ladder: &Ladder) -> Result<Reach, NotMeasured> {
    let undecided = |reason: &str| NotMeasured::Undecided(reason.to_owned());
    if ladder.end == End::InTurn {
        let (low, high) = (1.0, 1.0);
        return Ok(Reach {
            low,
            high,
            cause: None,
            seen: true,
        });
    }
    let most = ladder.most().map(|most| most as f64);
    let most = most.ok_or_else(|| undecided("not even one came to its end"))?;
    let broke = match &ladder.end {
        End::Failed(cause) => Some(cause.name()),
        End::Hung => Some("it hangs"),
        _ => None,
    };
    if let (Some(cause), Some(too_many)) = (broke, ladder.least_too_many()) {
        return Ok(Reach {
            low: most,
            high: too_many as f64,
            cause: Some(cause.to_owned()),
            seen: true,
        });
    }
    // Of memory that did not grow it is known that it grew by no more than may not have been seen.
    let memory = ladder.limits.iter();
    let mut memory = memory.filter(|limit| limit.of == Resource::Memory);
    let unseen = || Some((memory.next()?, f64::INFINITY));
    let (limit, room) = ladder
        .nearest()
        .or_else(unseen)
        .ok_or_else(|| undecided("no limit is known here"))?;
    let (low, high) = match limit.of {
        Resource::Memory => {
            let least = ladder.room_with(limit, UNSEEN.value);
            let least = least.ok_or_else(|| undecided("one step tells of no other"))?;
            let most = ladder.room_with(limit, -UNSEEN.value);
            (
                least / MEASURED.value,
                most.unwrap_or(f64::INFINITY) * MEASURED.value,
            )
        }
        _ => (COUNTED.value * room, room),
    };
    Ok(Reach {
        low: low.max(most),
        high: high.max(most),
        cause: Some(limit.name.clone()),
        seen: false,
    })
}

impl Reach {
    /// The magnitudes of both ends of its range.
    fn magnitudes(&self) -> (usize, usize) {
        (magnitude(self.low), magnitude(self.high))
    }

    /// The magnitude of the number at which something breaks, in a word.
    fn verdict(&self) -> &'static str {
        match self.magnitudes() {
            (low, high) if low == high => MAGNITUDES[low],
            _ => NOT_DECIDED,
        }
    }

    /// The fate of the claim that it has the magnitude that begins here.
    fn fate(&self, from: Threshold) -> Fate {
        let (low, high) = self.magnitudes();
        let claimed = magnitude(from.value);
        if claimed < low || high < claimed {
            Fate::Refuted
        } else if low == high {
            Fate::Holds
        } else {
            Fate::Unsure
        }
    }

    /// The range, and what breaks there.
    fn words(&self) -> String {
        let Some(cause) = &self.cause else {
            return "never more than one alive".to_owned();
        };
        let range = self.range();
        match self.seen {
            true => format!("{range} alive, then {cause}"),
            false => format!("{range} use up {cause}"),
        }
    }

    /// The range to two digits.
    pub fn range(&self) -> String {
        if self.high.is_infinite() {
            return format!("{} or more", count(two_digits(self.low)));
        }
        let [low, high] = [self.low, self.high].map(two_digits);
        match low == high {
            true => count(low),
            false => format!("{} to {}", count(low), count(high)),
        }
    }
}

const MAGNITUDES: [&str; 4] = ["none", "low", "medium", "high"];

/// The place of a number among these.
fn magnitude(units: f64) -> usize {
    let begun = [LOW, MEDIUM, HIGH].iter();
    begun.filter(|from| units >= from.value).count()
}

/// How many started and ended in a second, in the largest step; no more than a bound, if others disturbed it.
fn starts_per_second(ladder: &Ladder) -> Option<String> {
    if ladder.end == End::InTurn {
        return None;
    }
    let step = ladder.last_good()?;
    let starting = step.starting().filter(|starting| *starting > 0.0)?;
    let rate = count(two_digits(step.units as f64 / starting));
    Some(match step.together()?.disturbed() {
        true => format!("at least {rate} starts/s"),
        false => format!("{rate} starts/s"),
    })
}

fn carries_more(results: &Results) -> Evidence {
    let (tasks, threads) = (
        reach(results.ladder(Asyncio)?)?,
        reach(results.ladder(Threading)?)?,
    );
    let number = format!(
        "asleep, not serving: {} in tasks, {} in threads",
        tasks.words(),
        threads.words()
    );
    let fate = if tasks.low > threads.high {
        Fate::Holds
    } else if threads.low > tasks.high {
        Fate::Refuted
    } else {
        Fate::Unsure
    };
    Ok((fate, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::cause::Cause;
    use crate::model::ladder::{Limit, Step};
    use crate::model::run::Outcome;

    /// Threads that climbed to a hundred, of which each takes one thread, where so many are allowed.
    fn of_threads(allowed: u64) -> Results {
        climbed(Threading, Resource::Threads, allowed)
    }

    fn climbed(who: Contestant, of: Resource, allowed: u64) -> Results {
        let mut results = fixtures::results().with_ladder(who, &[1, 10, 100], 1);
        let ladder = &mut results.ladders[0];
        for step in &mut ladder.steps {
            let Outcome::Ran(run) = &mut step.outcome else {
                panic!("it ran")
            };
            let peak = run.peak.as_mut().unwrap();
            (peak.memory, peak.threads) = (step.units << 20, step.units);
        }
        ladder.limits = vec![Limit {
            of,
            name: "the limit".to_owned(),
            before: 0,
            allowed: match of {
                Resource::Memory => allowed << 20,
                _ => allowed,
            },
            raise: String::new(),
        }];
        results
    }

    fn verdict(results: &Results) -> (String, Option<Fate>) {
        let finding = judge(results, results.ladders[0].contestant).unwrap();
        (finding.verdict.clone(), finding.fate())
    }

    #[test]
    fn the_magnitude_of_the_limit_decides_where_the_whole_range_has_it() {
        for (allowed, expected, fate) in [
            (100, "medium", Fate::Holds),
            (999, "medium", Fate::Holds),
            (1000, NOT_DECIDED, Fate::Unsure),
            (1111, NOT_DECIDED, Fate::Unsure),
            (1112, "high", Fate::Refuted),
            (65_530, "high", Fate::Refuted),
        ] {
            let found = verdict(&of_threads(allowed));
            assert_eq!(found, (expected.to_owned(), Some(fate)), "{allowed}");
        }
        assert!(judge(&fixtures::results(), Threading).is_err());
    }

    #[test]
    fn memory_is_known_to_a_half_more_or_less() {
        let tasks = |allowed| verdict(&climbed(Asyncio, Resource::Memory, allowed));
        // What may not have been seen is a quarter of a hundredth here.
        for (allowed, expected, fate) in [
            (1505, "high", Fate::Holds),
            (1495, NOT_DECIDED, Fate::Unsure),
            (669, NOT_DECIDED, Fate::Unsure),
            (663, "medium", Fate::Refuted),
        ] {
            assert_eq!(
                tasks(allowed),
                (expected.to_owned(), Some(fate)),
                "{allowed}"
            );
        }
    }

    #[test]
    fn memory_that_hardly_grew_gives_no_upper_end() {
        let results = fixtures::results().with_ladder(Asyncio, &[1, 10, 100], 1000);
        let finding = judge(&results, Asyncio).unwrap();
        assert!(
            finding
                .number
                .starts_with("1,600,000 or more use up memory"),
            "{finding:?}"
        );
        assert_eq!(finding.fate(), Some(Fate::Holds));
        let results = fixtures::results().with_ladder(Asyncio, &[1, 10, 100], 0);
        let finding = judge(&results, Asyncio).unwrap();
        assert!(
            finding
                .number
                .starts_with("2,200,000 or more use up memory"),
            "{finding:?}"
        );
    }

    #[test]
    fn a_range_above_the_claimed_magnitude_refutes_it_though_its_own_is_not_decided() {
        let processes = |allowed| verdict(&climbed(Multiprocessing, Resource::Threads, allowed));
        assert_eq!(
            processes(1050),
            (NOT_DECIDED.to_owned(), Some(Fate::Refuted))
        );
        assert_eq!(processes(999).1, Some(Fate::Refuted));
        let words = [9.9, 10.0, 99.9, 100.0].map(|units| MAGNITUDES[magnitude(units)]);
        assert_eq!(words, ["none", "low", "low", "medium"]);
    }

    #[test]
    fn neither_the_nap_nor_how_far_it_climbed_changes_the_verdict() {
        let long = of_threads(16_000);
        let mut short = long.clone();
        let ladder = &mut short.ladders[0];
        ladder.steps.truncate(2);
        for step in &mut ladder.steps {
            step.nap *= 0.7;
        }
        ladder.end = End::OutOfTime;
        let found = [&long, &short].map(|results| judge(results, Threading).unwrap());
        assert_eq!(found[0].verdict, found[1].verdict);
        assert_eq!(found[0].claim, found[1].claim);
        assert!(found[1].number.starts_with("14,000 to 16,000 use up"));
    }

    #[test]
    fn the_nearest_limit_breaks_first() {
        let mut results = of_threads(5000);
        let mut other = results.ladders[0].limits[0].clone();
        (other.name, other.before) = ("another".to_owned(), 3000);
        results.ladders[0].limits.push(other);
        let finding = judge(&results, Threading).unwrap();
        assert!(
            finding.number.starts_with("1,800 to 2,000 use up another"),
            "{finding:?}"
        );
    }

    /// Broke at so many, and went well with so many.
    fn broke(who: Contestant, most: u64, too_many: u64) -> Ladder {
        let results = fixtures::results().with_ladder(who, &[1, most], 9000);
        let mut ladder = results.ladders[0].clone();
        ladder.steps.push(Step {
            units: too_many,
            nap: 1.0,
            outcome: Outcome::Failed("oh".to_owned()),
        });
        ladder.end = End::Failed(Cause::OutOfMemory);
        ladder
    }

    #[test]
    fn a_limit_that_broke_a_climb_lies_between_two_steps() {
        let mut results = fixtures::results();
        results.ladders = vec![broke(Threading, 12_000, 13_000)];
        let finding = judge(&results, Threading).unwrap();
        assert!(
            finding
                .number
                .starts_with("12,000 to 13,000 alive, then out of memory"),
            "{finding:?}"
        );
        assert_eq!(finding.fate(), Some(Fate::Refuted));
        results.ladders[0].end = End::Hung;
        let number = judge(&results, Threading).unwrap().number;
        assert!(
            number.starts_with("12,000 to 13,000 alive, then it hangs"),
            "{number}"
        );
    }

    #[test]
    fn thresholds_are_written_as_whole_numbers_of_units() {
        let written = [LOW, MEDIUM, HIGH].map(|threshold| threshold.to_string());
        for (written, number) in written.iter().zip(["10: ", "100: ", "1,000: "]) {
            assert!(written.starts_with(number), "{written}");
        }
    }

    #[test]
    fn ranges_that_lie_apart_decide_which_carries_more() {
        let fate = |tasks: (u64, u64), threads: (u64, u64)| {
            let mut results = fixtures::results();
            results.ladders = vec![
                broke(Asyncio, tasks.0, tasks.1),
                broke(Threading, threads.0, threads.1),
            ];
            carries_more(&results).unwrap().0
        };
        assert_eq!(fate((1001, 1100), (900, 1000)), Fate::Holds);
        assert_eq!(fate((1000, 1100), (900, 1000)), Fate::Unsure);
        assert_eq!(fate((900, 1000), (1000, 1100)), Fate::Unsure);
        assert_eq!(fate((900, 1000), (1001, 1100)), Fate::Refuted);
    }

    #[test]
    fn units_that_run_one_after_another_are_never_alive_at_once() {
        let mut results = fixtures::results().with_ladder(Sequential, &[1], 0);
        results.ladders[0].end = End::InTurn;
        let finding = judge(&results, Sequential).unwrap();
        assert_eq!(
            (&*finding.verdict, &*finding.number),
            ("none", "never more than one alive")
        );
    }

    #[test]
    fn starts_a_second_are_those_of_the_largest_step_and_a_bound_where_others_disturbed_it() {
        let mut results = of_threads(5000);
        let Outcome::Ran(run) = &mut results.ladders[0].steps[2].outcome else {
            panic!("it ran")
        };
        run.seconds = 1.01;
        let number = |results: &Results| judge(results, Threading).unwrap().number;
        assert!(number(&results).contains("; 10,000 starts/s"));
        let Outcome::Ran(run) = &mut results.ladders[0].steps[2].outcome else {
            panic!("it ran")
        };
        run.noise = Some(fixtures::BUSY);
        assert!(number(&results).contains("; at least 10,000 starts/s"));
    }

    #[test]
    fn of_units_that_run_one_after_another_one_is_alive() {
        let mut results = fixtures::results().with_ladder(Sequential, &[1, 10], 9000);
        results.ladders[0].end = End::InTurn;
        let reach = reach(&results.ladders[0]).unwrap();
        assert_eq!((reach.low, reach.high), (1.0, 1.0));
        assert!(reach.seen && reach.cause.is_none());
    }
}
