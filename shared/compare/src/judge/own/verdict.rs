//! The verdict on a reader's own work, in sentences: what to use, from how many items on, and what the others cost.

use super::break_even::break_even;
use crate::judge::answer::listed;
use crate::judge::ranking::{Place, Ranking, ranking};
use crate::judge::screening;
use crate::model::experiment::Experiment;
use crate::model::own::{Card, Kind, Own, TECHNIQUES};
use crate::model::quantity::{count, more, times};
use crate::model::technique::Contestant::{self, *};

/// What to use.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The technique to use; `None` if nothing could be decided.
    pub winner: Option<Contestant>,
    /// The technique that was foretold, where others disturbed the runs and nothing else can be said.
    pub foretold: Option<Contestant>,
    /// The techniques that are not surely slower than the winner, itself included.
    pub unbeaten: Vec<Contestant>,
    /// In sentences.
    pub sentences: Vec<String>,
}

/// Of techniques that are equally fast the first is used: it asks least of a program.
const SIMPLEST: [Contestant; 5] = [
    Sequential,
    Threading,
    Asyncio,
    Multiprocessing,
    Subinterpreters,
];

/// What the measurements say.
pub fn verdict(own: &Own) -> Verdict {
    if own.once {
        return silent("Each item was done once in each technique: one run ranks nothing.");
    }
    if let Some(unequal) = &own.unequal {
        return silent(&format!(
            "Nothing is ranked, because the answers differ: {unequal}."
        ));
    }
    if !own.lost.is_empty() {
        return deadly(own);
    }
    let Some(ranking) = ranking(&own.row) else {
        let reason = match screening::pass(&own.row) {
            Err(reason) => reason,
            Ok(()) => "too few rounds fitted into the time".to_owned(),
        };
        return silent(&format!("Nothing is ranked: {reason}."));
    };
    let unbeaten = ranking.fastest();
    let mut simplest = SIMPLEST.into_iter();
    let winner = simplest.find(|who| unbeaten.contains(who));
    let Some(winner) = winner.filter(|_| ranking.compares()) else {
        let mut sentence = "Nothing is ranked: other programs disturbed the runs.".to_owned();
        let mut foretold = own.predictions.clone();
        foretold.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
        if let Some(first) = foretold.first() {
            let who = workers(first.who, first.workers, own.subject.awaits);
            sentence += &format!(" The prediction alone remains: {who}.");
        }
        return Verdict {
            foretold: foretold.first().map(|first| first.who),
            ..silent(&sentence)
        };
    };
    let mut sentences = vec![first_sentence(own, winner, &ranking)];
    sentences.extend(break_even(own, winner));
    sentences.extend(others(own, winner, &ranking));
    sentences.extend(limits(own, &ranking));
    sentences.extend(noise(&own.row));
    Verdict {
        winner: Some(winner),
        foretold: None,
        unbeaten,
        sentences,
    }
}

fn silent(sentence: &str) -> Verdict {
    Verdict {
        winner: None,
        foretold: None,
        unbeaten: Vec::new(),
        sentences: vec![sentence.to_owned()],
    }
}

/// Some items end their process, and only a process of their own keeps the other answers.
fn deadly(own: &Own) -> Verdict {
    let total = count(own.listed as u64);
    let lost = TECHNIQUES.into_iter().filter_map(|who| {
        let loss = own.lost.get(&who)?;
        let items = match loss.items {
            items if items == own.listed => "all".to_owned(),
            items => count(items as u64),
        };
        Some(format!("{who} {items}"))
    });
    let lost = lost.collect::<Vec<_>>().join(", ");
    let reason = own.fatal.clone().unwrap_or_default();
    if own.subject.kind == Kind::Python {
        return deadly_in_python(own, &reason, &lost);
    }
    let fewest = own.lost.values().map(|loss| loss.items).min();
    let unbeaten = TECHNIQUES.into_iter().filter(|who| {
        let items = own.lost.get(who).map(|loss| loss.items);
        items.is_some() && items == fewest
    });
    let unbeaten: Vec<_> = unbeaten.collect();
    let sentence = match unbeaten[..] {
        [Multiprocessing] => format!(
            "Use processes: an item ends the process that does it ({reason}), and only they keep the answers of the others. \
             Lost of {total} items: {lost}."
        ),
        _ => {
            format!("No technique is safer than another: {reason}. Lost of {total} items: {lost}.")
        }
    };
    let mut sentences = vec![sentence];
    if let Some(loss) = own.lost.get(&Multiprocessing).filter(|loss| loss.items > 0) {
        sentences.push(format!("Its error in processes: {}.", loss.why));
    }
    Verdict {
        winner: unbeaten.first().copied(),
        foretold: None,
        unbeaten,
        sentences,
    }
}

/// Python's executor is broken when an item ends one of its processes.
fn deadly_in_python(own: &Own, reason: &str, lost: &str) -> Verdict {
    let alone = own.listed - own.total;
    let are = if alone == 1 { "is" } else { "are" };
    Verdict {
        winner: Some(Multiprocessing),
        foretold: None,
        unbeaten: vec![Multiprocessing],
        sentences: vec![
            format!(
                "Use a process for each item: an item ends the process that does it ({reason}), and so only {} of {} {are} lost.",
                count(alone as u64),
                count(own.listed as u64)
            ),
            format!("Lost otherwise: {lost}."),
            "ProcessPoolExecutor is broken by such an item (BrokenProcessPool): it starts no process anew, and loses all items \
             whose answers it has not handed out."
                .to_owned(),
        ],
    }
}

/// So many threads, as a reader counts them.
pub fn workers(who: Contestant, count: usize, awaits: bool) -> String {
    let (one, many) = match who {
        Sequential => return "one after another".to_owned(),
        Threading => ("thread", "threads"),
        Multiprocessing => ("process", "processes"),
        Subinterpreters => ("subinterpreter", "subinterpreters"),
        _ if awaits => ("task at once", "tasks at once"),
        _ if count == 1 => return "asyncio with 1 thread".to_owned(),
        _ => return format!("asyncio with {count} threads"),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}

fn named(own: &Own, who: Contestant) -> String {
    let count = own.workers.get(&who).copied().unwrap_or(1);
    workers(who, count, own.subject.awaits)
}

fn first_sentence(own: &Own, winner: Contestant, ranking: &Ranking) -> String {
    if winner == Sequential {
        let others = ranking.fastest();
        return match others.len() {
            1 => "Stay sequential: everything else takes longer.".to_owned(),
            _ => "Stay sequential: nothing that was tried is surely faster.".to_owned(),
        };
    }
    let use_it = format!("Use {}", named(own, winner));
    match ranking.factor(Sequential, winner) {
        Some(factor) if factor.high / factor.low > 1.04 => format!(
            "{use_it}: {} as fast as one after another ({} to {}).",
            times(factor.middle),
            times(factor.low),
            times(factor.high)
        ),
        Some(factor) => format!(
            "{use_it}: {} as fast as one after another.",
            times(factor.middle)
        ),
        None => format!("{use_it}."),
    }
}

/// What the others cost.
fn others(own: &Own, winner: Contestant, ranking: &Ranking) -> Vec<String> {
    let mut sentences = Vec::new();
    for who in SIMPLEST.into_iter().filter(|who| *who != winner) {
        let Some(factor) = ranking.factor(who, winner) else {
            continue;
        };
        let subject = match who {
            Sequential => continue,
            Threading => "Threads",
            // Python's executor is broken by a crash.
            Multiprocessing if own.subject.kind == Kind::Python => "Processes",
            Multiprocessing => "Processes, which survive a crash of an item,",
            Subinterpreters => "Subinterpreters",
            _ if own.subject.awaits => "Tasks of asyncio",
            _ => "asyncio, which hands a blocking call to threads,",
        };
        let plural = who != Asyncio || own.subject.awaits;
        let [are, take] = match plural {
            true => ["are", "take"],
            false => ["is", "takes"],
        };
        let unseen = match ranking.place(who) {
            Some(Place::Undecided { unseen }) => Some(unseen),
            _ => None,
        };
        let fate = if let Some(unseen) = unseen {
            format!(
                "cannot be told from it: a difference under {:.0}% would not have been seen",
                100.0 * unseen
            )
        } else if ranking.place(who).is_some() {
            format!("{are} as fast")
        } else if factor.middle >= 2.0 {
            format!("{take} {} as long", times(factor.middle))
        } else {
            format!(
                "{take} {} time",
                more(factor.middle - 1.0).replace('+', "") + " more"
            )
        };
        sentences.push(format!("{subject} {fate}."));
    }
    sentences
}

/// Why it is no faster.
fn limits(own: &Own, ranking: &Ranking) -> Option<String> {
    let card = own.card.as_ref()?;
    let cores = own.machine.cores as f64;
    let gain = |who| {
        ranking
            .factor(Sequential, who)
            .map_or(1.0, |factor| factor.middle)
    };
    if card.uses_several() {
        return Some(format!(
            "An item keeps {:.1} of {cores} cores busy by itself: several at once compete for them.",
            card.cores()
        ));
    }
    if !card.computes() {
        return None;
    }
    let (threads, processes) = (gain(Threading), gain(Multiprocessing));
    let possible = cores.min(own.measured as f64);
    let limited = possible >= 2.0 && threads < 0.7 * possible;
    let apart = processes.max(gain(Subinterpreters));
    if limited && apart > 1.0 && apart > 1.25 * threads {
        let why = match own.subject.global_lock {
            true => {
                "Python's global lock lets one thread compute at a time, and does not reach beyond an interpreter"
            }
            false => {
                "items share something that lets one work at a time, such as a lock, which processes do not share"
            }
        };
        return Some(format!(
            "Threads reach {} on {cores} cores: {why}.",
            times(threads)
        ));
    }
    if !own.subject.awaits || gain(Asyncio) > 1.1 {
        return None;
    }
    Some("Tasks do not help: an item computes and never waits.".to_owned())
}

fn noise(row: &Experiment) -> Option<String> {
    let noisy = row.cells.iter().filter(|cell| screening::noisy(cell));
    let names: Vec<_> = noisy.map(|cell| cell.runner.name().to_string()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Other programs disturbed {}: disturbed runs are not ranked.",
            listed(&names)
        )
    })
}

/// What an item is like, in a few words.
pub fn nature(card: &Card) -> String {
    match card.cores() {
        cores if card.uses_several() => format!("uses {cores:.1} cores by itself"),
        _ if card.computes() => "computes all the time".to_owned(),
        cores if cores < 0.02 => "waits all the time".to_owned(),
        cores => format!(
            "computes {:.0}% of the time and waits the rest",
            100.0 * cores
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, length, own};
    use crate::model::own::{Length, Loss, Prediction};
    use crate::model::run::Outcome;

    fn said(own: &Own) -> (Option<Contestant>, String) {
        let verdict = verdict(own);
        (verdict.winner, verdict.sentences.join(" "))
    }

    #[test]
    fn where_all_others_were_disturbed_the_one_that_is_left_has_not_won() {
        let loud = |but: Contestant| {
            own([0.4, 0.2, 0.3, 0.3], |own| {
                let cells = own.row.cells.iter_mut();
                for cell in cells.filter(|cell| cell.runner != but) {
                    for outcome in &mut cell.rounds {
                        if let Outcome::Ran(run) = outcome {
                            run.noise = Some(fixtures::BUSY);
                        }
                    }
                }
            })
        };
        for who in [Sequential, Threading] {
            let said = verdict(&loud(who));
            assert_eq!(said.winner, None, "{:?}", said.sentences);
            assert!(said.sentences[0].contains("other programs disturbed"));
        }
    }

    #[test]
    fn the_verdict_recommends_the_fastest_and_gives_the_prices_of_the_others() {
        let (winner, text) = said(&own([0.4, 0.2, 0.22, 0.3], |own| {
            own.lengths = vec![
                length(1, 0.01, 0.02),
                length(2, 0.02, 0.03),
                length(4, 0.04, 0.03),
            ];
        }));
        assert_eq!(winner, Some(Threading));
        for part in [
            "Use 2 threads: 2.00x as fast as one after another.",
            "Below about 3 items stay sequential.",
            "Processes, which survive a crash of an item, take 10% more time.",
            "asyncio, which hands a blocking call to threads, takes 50% more time.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn of_equals_the_simplest_is_used() {
        let (winner, text) = said(&own([0.4, 0.4005, 0.4, 0.4], |_| {}));
        assert_eq!(winner, Some(Sequential));
        assert!(
            text.starts_with("Stay sequential: nothing that was tried is surely faster."),
            "{text}"
        );
        let (winner, text) = said(&own([0.4, 0.2, 0.2005, 0.3], |_| {}));
        assert_eq!(winner, Some(Threading));
        assert!(
            text.contains("Processes, which survive a crash of an item, are as fast."),
            "{text}"
        );
        let (winner, text) = said(&own([0.2, 0.4, 0.4, 0.4], |_| {}));
        assert_eq!(winner, Some(Sequential));
        assert!(text.contains("everything else takes longer"), "{text}");
    }

    #[test]
    fn the_verdict_names_the_obstacle_of_threads() {
        let (winner, text) = said(&own([0.4, 0.41, 0.21, 0.42], |_| {}));
        assert_eq!(winner, Some(Multiprocessing));
        assert!(
            text.contains("items share something that lets one work at a time"),
            "{text}"
        );
        let (winner, text) = said(&own([0.4, 0.4, 0.41, 0.4], |own| {
            own.card.as_mut().unwrap().cpu = 0.019;
        }));
        assert_eq!(winner, Some(Sequential));
        assert!(
            text.contains("An item keeps 1.9 of 2 cores busy by itself"),
            "{text}"
        );
        let (winner, text) = said(&own([0.4, 0.2, 0.22, 0.4], |own| own.subject.awaits = true));
        assert_eq!(winner, Some(Threading));
        assert!(
            text.contains("Tasks do not help: an item computes and never waits."),
            "{text}"
        );
    }

    #[test]
    fn subinterpreters_are_used_where_they_alone_are_the_fastest() {
        let with = |seconds: [f64; 4], subinterpreters: f64| {
            own(seconds, move |own| {
                own.subject.kind = Kind::Python;
                own.subject.global_lock = true;
                let mut cell = own.row.cell(Threading).unwrap().clone();
                cell.runner = Subinterpreters.into();
                for outcome in &mut cell.rounds {
                    let Outcome::Ran(run) = outcome else {
                        panic!("all have run");
                    };
                    run.wall *= subinterpreters / seconds[1];
                }
                own.row.cells.push(cell);
                own.workers.insert(Subinterpreters, 2);
            })
        };
        let (winner, text) = said(&with([0.4, 0.41, 0.25, 0.42], 0.21));
        assert_eq!(winner, Some(Subinterpreters));
        for part in [
            "Use 2 subinterpreters: 1.90x as fast as one after another.",
            "Processes take 19% more time.",
            "Threads reach 0.98x on 2 cores: Python's global lock lets one thread compute at a time",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let (winner, text) = said(&with([0.4, 0.41, 0.21, 0.42], 0.2101));
        assert_eq!(winner, Some(Multiprocessing));
        assert!(text.contains("Subinterpreters are as fast."), "{text}");
    }

    #[test]
    fn nothing_is_ranked_by_unequal_answers_or_single_runs() {
        let unequal = |own: &mut Own| own.unequal = Some("item 3: they differ".to_owned());
        let (winner, text) = said(&own([0.4, 0.2, 0.2, 0.2], unequal));
        assert_eq!(winner, None);
        assert!(text.contains("item 3: they differ"), "{text}");
        let (winner, text) = said(&own([0.4, 0.2, 0.2, 0.2], |own| own.once = true));
        assert_eq!(winner, None);
        assert!(text.contains("one run ranks nothing"), "{text}");
        let single = |own: &mut Own| {
            own.row
                .cells
                .iter_mut()
                .for_each(|cell| cell.rounds.truncate(1))
        };
        let (winner, text) = said(&own([0.4, 0.2, 0.2, 0.2], single));
        assert_eq!(winner, None);
        assert!(text.contains("too few rounds"), "{text}");
    }

    #[test]
    fn an_item_that_ends_its_process_decides_for_processes() {
        let deadly = |own: &mut Own| {
            own.fatal = Some("ended by signal 6 (abort)".to_owned());
            own.listed = 41;
            for who in Contestant::CONCLUDED {
                let items = if who == Multiprocessing { 1 } else { 41 };
                let why = "it died".to_owned();
                own.lost.insert(who, Loss { items, why });
            }
        };
        let (winner, text) = said(&own([0.4, 0.2, 0.3, 0.2], deadly));
        assert_eq!(winner, Some(Multiprocessing));
        assert!(
            text.contains(
                "Lost of 41 items: sequential all, threading all, multiprocessing 1, asyncio all."
            ),
            "{text}"
        );
    }

    #[test]
    fn in_python_such_an_item_breaks_the_pool() {
        let deadly = |own: &mut Own| {
            own.subject.kind = Kind::Python;
            own.fatal = Some("ended by signal 6 (abort)".to_owned());
            (own.listed, own.total) = (41, 40);
            for who in Contestant::CONCLUDED {
                let items = if who == Multiprocessing { 30 } else { 41 };
                let why = "it died".to_owned();
                own.lost.insert(who, Loss { items, why });
            }
        };
        let (winner, text) = said(&own([0.4, 0.2, 0.3, 0.2], deadly));
        assert_eq!(winner, Some(Multiprocessing));
        for part in [
            "Use a process for each item: an item ends the process that does it (ended by signal 6 (abort)), and so only 1 of 41 is lost.",
            "Lost otherwise: sequential all, threading all, multiprocessing 30, asyncio all.",
            "(BrokenProcessPool)",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let (_, text) = said(&own([0.4, 0.2, 0.3, 0.2], |own| {
            deadly(own);
            own.total = 38;
        }));
        assert!(text.contains("only 3 of 41 are lost"), "{text}");
    }

    #[test]
    fn workers_are_counted_as_readers_count_them() {
        assert_eq!(workers(Threading, 2, true), "2 threads");
        assert_eq!(workers(Multiprocessing, 1, true), "1 process");
        assert_eq!(workers(Asyncio, 64, true), "64 tasks at once");
        assert_eq!(workers(Asyncio, 2, false), "asyncio with 2 threads");
        assert_eq!(workers(Asyncio, 1, false), "asyncio with 1 thread");
        assert_eq!(workers(Sequential, 1, false), "one after another");
    }

    #[test]
    fn an_obstacle_of_threads_is_named_from_its_threshold_on() {
        const SHARED: &str = "share something that lets one work at a time";
        const SEVERAL_CORES: &str = "cores busy by itself";
        let says = |threads: f64, processes: f64, cores: f64, words: &str| {
            let seconds = [0.4, 0.4 / threads, 0.4 / processes, 0.42];
            let busy = |own: &mut Own| own.card.as_mut().unwrap().cpu = cores * 0.01;
            said(&own(seconds, busy)).1.contains(words)
        };
        // Two cores: threads reach less than 0.7 of both, and processes more than 1.25 times that.
        assert!(says(1.39, 1.9, 1.0, SHARED) && !says(1.41, 1.9, 1.0, SHARED));
        assert!(says(1.3, 1.3 * 1.26, 1.0, SHARED) && !says(1.3, 1.3 * 1.24, 1.0, SHARED));
        // What keeps less than 0.8 of a core busy waits.
        assert!(says(1.0, 1.9, 0.81, SHARED) && !says(1.0, 1.9, 0.79, SHARED));
        assert!(says(1.0, 1.0, 1.26, SEVERAL_CORES) && !says(1.0, 1.0, 1.24, SEVERAL_CORES));
    }

    #[test]
    fn processes_are_named_only_where_they_alone_lose_the_fewest() {
        let with = |processes: usize| {
            said(&own([0.4, 0.2, 0.3, 0.2], |own| {
                own.fatal = Some("ended by signal 6 (abort)".to_owned());
                for who in Contestant::CONCLUDED {
                    let items = if who == Multiprocessing {
                        processes
                    } else {
                        41
                    };
                    let why = "worker died".to_owned();
                    own.lost.insert(who, Loss { items, why });
                }
            }))
        };
        const ERROR: &str = "Its error in processes: worker died.";
        let (winner, text) = with(1);
        assert_eq!(winner, Some(Multiprocessing));
        assert!(
            text.starts_with("Use processes: an item ends the process"),
            "{text}"
        );
        assert!(text.contains(ERROR), "{text}");
        let (_, text) = with(0);
        assert!(
            text.starts_with("Use processes") && !text.contains(ERROR),
            "{text}"
        );
        let (winner, text) = with(41);
        assert_eq!(winner, Some(Sequential));
        assert!(
            text.starts_with("No technique is safer than another"),
            "{text}"
        );
    }

    #[test]
    fn where_others_disturbed_all_runs_the_prediction_stands_alone() {
        let disturb = |own: &mut Own, of: &[Contestant]| {
            let cells = own.row.cells.iter_mut();
            for cell in cells.filter(|cell| cell.is_of(of)) {
                for outcome in &mut cell.rounds {
                    if let Outcome::Ran(run) = outcome {
                        run.noise = Some(fixtures::BUSY);
                    }
                }
            }
        };
        let foretold = |who, seconds| Prediction {
            who,
            workers: 3,
            seconds,
        };
        let (winner, text) = said(&own([0.4, 0.2, 0.3, 0.3], |own| {
            own.predictions = vec![foretold(Asyncio, 0.3), foretold(Threading, 0.2)];
            disturb(own, &TECHNIQUES);
        }));
        assert_eq!(winner, None);
        assert_eq!(
            text,
            "Nothing is ranked: other programs disturbed the runs. The prediction alone remains: 3 threads."
        );
        let disturbed = own([0.4, 0.2, 0.3, 0.3], |own| {
            own.predictions = vec![foretold(Asyncio, 0.3), foretold(Threading, 0.2)];
            disturb(own, &TECHNIQUES);
        });
        assert_eq!(verdict(&disturbed).foretold, Some(Threading));
        let (winner, text) = said(&own([0.4, 0.2, 0.3, 0.3], |own| disturb(own, &[Threading])));
        assert_ne!(winner, Some(Threading));
        assert!(
            text.ends_with("Other programs disturbed threading: disturbed runs are not ranked."),
            "{text}"
        );
        let (_, text) = said(&own([0.4, 0.2, 0.3, 0.3], |_| {}));
        assert!(!text.contains("disturbed"), "{text}");
    }

    #[test]
    fn a_factor_has_its_bounds_beside_it_from_four_hundredths_apart_on() {
        let mut written = [false; 2];
        for share in 1..60 {
            let own = own([0.4, 0.2, 0.4, 0.4], |own| {
                let mut cells = own.row.cells.iter_mut();
                let cell = cells.find(|cell| cell.runner == Threading).unwrap();
                for (round, outcome) in cell.rounds.iter_mut().enumerate() {
                    if let Outcome::Ran(run) = outcome {
                        run.wall *= 1.0 + f64::from(share) * 0.001 * (round % 2) as f64;
                    }
                }
            });
            let factor = ranking(&own.row).unwrap().factor(Sequential, Threading);
            let factor = factor.unwrap();
            let apart = factor.high / factor.low > 1.04;
            let (_, text) = said(&own);
            assert_eq!(text.contains(" to 2."), apart, "{factor:?}: {text}");
            written[usize::from(apart)] = true;
        }
        assert_eq!(written, [true; 2]);
    }

    #[test]
    fn it_pays_from_the_second_item_on_or_from_a_later_one_or_not_yet() {
        let pays = |lengths: &[Length]| {
            let lengths = lengths.to_vec();
            said(&own([0.4, 0.2, 0.3, 0.3], |own| {
                own.lengths = lengths.clone()
            }))
            .1
        };
        let (dear, cheap) = (2.0, 0.5);
        for (lengths, sentence) in [
            (
                vec![length(1, 1.0, dear), length(2, 1.0, cheap)],
                "It pays from the second item on.",
            ),
            (
                vec![length(1, 1.0, cheap), length(2, 1.0, cheap)],
                "It pays from the second item on.",
            ),
            (
                vec![length(2, 1.0, dear), length(3, 1.0, cheap)],
                "Below about 3 items stay sequential.",
            ),
            (
                vec![length(1, 1.0, dear), length(40, 1.0, dear)],
                "With 40 items it does not pay yet.",
            ),
        ] {
            let text = pays(&lengths);
            assert!(text.contains(sentence), "{sentence} {text}");
        }
    }

    #[test]
    fn every_other_technique_but_sequential_has_a_price() {
        let (_, text) = said(&own([0.4, 0.3, 0.2, 0.3], |own| own.subject.awaits = true));
        for part in [
            "Threads take 50% more time.",
            "Tasks of asyncio take 50% more time.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(text.matches(" more time.").count(), 2, "{text}");
        assert!(!text.contains("as long"), "{text}");
        let others = |seconds| said(&own([0.4, 0.2, seconds, 0.3], |_| {})).1;
        assert!(
            others(0.399).contains("take 99% more time."),
            "{}",
            others(0.399)
        );
        assert!(
            others(0.401).contains("take 2.00x as long."),
            "{}",
            others(0.401)
        );
        let (_, text) = said(&own([0.4, 0.2, 0.3, 0.3], |own| {
            let mut cells = own.row.cells.iter_mut();
            let cell = cells.find(|cell| cell.runner == Multiprocessing);
            for (round, outcome) in cell.unwrap().rounds.iter_mut().enumerate() {
                if let Outcome::Ran(run) = outcome {
                    run.wall = if round % 2 == 0 { 0.1 } else { 0.4 };
                }
            }
        }));
        assert!(
            text.contains("cannot be told from it: a difference under"),
            "{text}"
        );
    }

    #[test]
    fn threads_share_something_only_where_processes_gain_and_two_cores_are_free() {
        const SHARED: &str = "share something that lets one work at a time";
        let says = |threads: f64, processes: f64, measured: usize| {
            let seconds = [0.4, 0.4 / threads, 0.4 / processes, 0.42];
            said(&own(seconds, |own| own.measured = measured))
                .1
                .contains(SHARED)
        };
        assert!(says(0.5, 1.02, 40) && !says(0.5, 0.98, 40));
        assert!(says(0.5, 1.02, 2) && !says(0.5, 1.02, 1));
    }

    #[test]
    fn tasks_help_computations_if_they_gain_more_than_a_tenth() {
        const NO_HELP: &str = "Tasks do not help";
        let says = |tasks: f64, awaits: bool| {
            let seconds = [0.4, 0.2, 0.22, 0.4 / tasks];
            said(&own(seconds, |own| own.subject.awaits = awaits))
                .1
                .contains(NO_HELP)
        };
        assert!(says(1.09, true) && !says(1.11, true));
        assert!(!says(1.0, false) && !says(1.11, false));
    }

    #[test]
    fn an_item_computes_or_waits_or_does_both() {
        let like = |cpu: f64| {
            let own = own([1.0; 4], |_| {});
            let card = Card {
                cpu,
                ..own.card.unwrap()
            };
            nature(&card)
        };
        assert_eq!(like(0.0126), "uses 1.3 cores by itself");
        assert_eq!(like(0.0124), "computes all the time");
        assert_eq!(like(0.0081), "computes all the time");
        assert_eq!(like(0.0079), "computes 79% of the time and waits the rest");
        assert_eq!(like(0.00021), "computes 2% of the time and waits the rest");
        assert_eq!(like(0.00019), "waits all the time");
    }
}
