//! What serves which need: a row for each need, with what every technique does for it.

use crate::judge::questions::scalability::reach;
use crate::judge::questions::{blocking, crash, memory_for_each};
use crate::judge::ranking::{Behind, behind_in_most, overall};
use crate::judge::screening;
use crate::judge::threshold::Threshold;
use crate::model::experiment::{Kind, NotMeasured};
use crate::model::quantity::{bytes, count, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant::{self, *};

/// A need that a technique may serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Work that waits.
    Waiting,
    /// Work that computes.
    Computing,
    /// Calls that block their thread.
    Blocking,
    /// Work that may crash.
    Crashes,
    /// Many thousands at once.
    Scale,
}

/// How a technique serves a need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Service {
    /// As well as any other.
    Well,
    /// As well as any other, as far as could be seen.
    Perhaps,
    /// As well as any other, in so many times the memory.
    Dearly(f64),
    /// Not at all, or surely not as well.
    Not,
}

/// What a technique does for a need.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// How it serves it.
    pub service: Service,
    /// The number behind it.
    pub number: String,
}

/// A need, and what serves it.
#[derive(Debug)]
pub struct Line {
    /// The need.
    pub need: Need,
    /// What each of [`Contestant::TECHNIQUES`] does for it; `None` if that was not measured.
    pub entries: Vec<Option<Entry>>,
}

/// This many times the least memory matters, if it is [`MATTERS`] more.
pub const DEARER: Threshold = Threshold {
    value: 2.0,
    written: times,
    words: "this many times the least memory matters",
};

/// Less memory than this does not matter.
pub const MATTERS: Threshold = Threshold {
    value: 50.0 * 1024.0 * 1024.0,
    written: bytes,
    words: "if it is at least so much more",
};

/// Many thousands are so many.
pub const MANY: Threshold = Threshold {
    value: 10_000.0,
    written: |units| count(units as u64),
    words: "so many alive at once are many thousands",
};

/// The needs of which something was measured.
pub fn lines(results: &Results) -> Vec<Line> {
    let line = |need: Need| {
        let entries = need.entries(results).ok()?;
        Some(Line { need, entries })
    };
    Need::ALL.into_iter().filter_map(line).collect()
}

impl Need {
    /// All of them, in the table's order.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Computing,
        Self::Blocking,
        Self::Crashes,
        Self::Scale,
    ];

    /// As Python's documents call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Waiting => "I/O bound",
            Self::Computing => "CPU bound",
            Self::Blocking => "blocking calls",
            Self::Crashes => "work that may crash",
            Self::Scale => "large scale",
        }
    }

    /// What its numbers say.
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "speed in rows that wait",
            Self::Computing => "speed in rows that compute",
            Self::Blocking => "ten calls at once, by one",
            Self::Crashes => "lost of ten, if one aborts",
            Self::Scale => "memory of 10,000 at once",
        }
    }

    /// What each of [`Contestant::TECHNIQUES`] does for it.
    ///
    /// # Errors
    ///
    /// If nothing of it was measured.
    pub fn entries(self, results: &Results) -> Result<Vec<Option<Entry>>, NotMeasured> {
        match self {
            Self::Waiting => fast(results, Kind::Waiting),
            Self::Computing => fast(results, Kind::Computing),
            Self::Blocking => each(|who| blocks(results, who)),
            Self::Crashes => each(|who| survives(results, who)),
            Self::Scale => many(results),
        }
    }
}

impl Service {
    /// In a word or two; `None` if it does not serve.
    pub fn words(self) -> Option<String> {
        match self {
            Self::Well => Some("serves".to_owned()),
            Self::Perhaps => Some("not decided".to_owned()),
            Self::Dearly(factor) => Some(format!("{} memory", times(factor))),
            Self::Not => None,
        }
    }
}

/// An entry for each technique. If none was measured, why the first was not.
fn each(
    entry: impl Fn(Contestant) -> Result<Entry, NotMeasured>,
) -> Result<Vec<Option<Entry>>, NotMeasured> {
    let entries = Contestant::TECHNIQUES.map(entry);
    if let Some(Err(missing)) = entries.iter().find(|entry| entry.is_err())
        && entries.iter().all(Result::is_err)
    {
        return Err(missing.clone());
    }
    Ok(entries.into_iter().map(Result::ok).collect())
}

/// One workload cannot tell of many.
pub const ALL_BUT_ONE: &str = "every such workload but one";

/// The techniques that are near the fastest in most rows of this kind.
fn fast(results: &Results, kind: Kind) -> Result<Vec<Option<Entry>>, NotMeasured> {
    let rows: Vec<_> = results.workloads().filter(|row| row.kind == kind).collect();
    match rows.len() {
        0 => return Err(NotMeasured::LeftOut("every such workload".to_owned())),
        1 => return Err(NotMeasured::LeftOut(ALL_BUT_ONE.to_owned())),
        _ => {}
    }
    let speeds = overall(results, kind);
    let took_part = |who| rows.iter().any(|row| row.cell(who).is_some());
    let entries = Contestant::TECHNIQUES.map(|who| {
        took_part(who).then(|| {
            let speed = match who {
                Sequential => Some(1.0),
                _ => speeds
                    .iter()
                    .find_map(|(other, speed)| (*other == who).then_some(*speed)),
            };
            Entry {
                service: match behind_in_most(results, kind, who) {
                    // Several cores are what such techniques are for.
                    _ if needs_cores(results, kind) => Service::Perhaps,
                    Behind::Within => Service::Well,
                    Behind::Undecided => Service::Perhaps,
                    Behind::Beyond => Service::Not,
                },
                number: speed.map_or(String::new(), times),
            }
        })
    });
    // Memory that was not seen is not little memory, and makes no technique dearer.
    let memory = Contestant::TECHNIQUES.map(|who| {
        let peaks = rows
            .iter()
            .map(|row| Some(row.cell(who)?.peak()?.memory as f64));
        peaks.sum::<Option<f64>>()
    });
    Ok(weighed(entries.into(), &memory))
}

/// Whether this machine has too few cores to tell who serves such work.
fn needs_cores(results: &Results, kind: Kind) -> bool {
    kind == Kind::Computing && results.machine.has_one_core()
}

fn blocks(results: &Results, who: Contestant) -> Result<Entry, NotMeasured> {
    let found = blocking::judge(results, who)?;
    let noisy = screening::rests_on_noise(results, &[Row::Blocking], &[who]);
    Ok(Entry {
        service: match found.verdict.as_str() {
            _ if noisy => Service::Perhaps,
            "yes" => Service::Well,
            "no" => Service::Not,
            _ => Service::Perhaps,
        },
        number: times(blocking::share_of_one(results, who)?),
    })
}

fn survives(results: &Results, who: Contestant) -> Result<Entry, NotMeasured> {
    let survives = crash::survives(results, who, Row::CrashAbort)?;
    Ok(Entry {
        service: match survives {
            true => Service::Well,
            false => Service::Not,
        },
        number: crash::lost(results, who, Row::CrashAbort)?,
    })
}

/// The techniques that carry many thousands, and the memory that they take for so many.
fn many(results: &Results) -> Result<Vec<Option<Entry>>, NotMeasured> {
    let entries = each(|who| {
        let reach = reach(results.ladder(who)?)?;
        let memory = memory_for_each::slope_of(results, who);
        let service = carries(reach.low, reach.high);
        Ok(Entry {
            service,
            number: match (service, memory) {
                (Service::Not, _) => reach.range(),
                (_, Ok(each)) => bytes(each * MANY.value),
                (_, Err(_)) => String::new(),
            },
        })
    })?;
    let memory = Contestant::TECHNIQUES
        .map(|who| Some(memory_for_each::slope_of(results, who).ok()? * MANY.value));
    Ok(weighed(entries, &memory))
}

/// How a technique serves many thousands, of whose units so many are sure to go well, and so many are not.
fn carries(well: f64, too_many: f64) -> Service {
    match () {
        () if well >= MANY.value => Service::Well,
        () if too_many < MANY.value => Service::Not,
        () => Service::Perhaps,
    }
}

/// The same entries, in which those that serve well, but take so much more memory than the lightest of all that may serve that it
/// matters, serve dearly.
fn weighed(mut entries: Vec<Option<Entry>>, memory: &[Option<f64>]) -> Vec<Option<Entry>> {
    let serves = |entry: &Option<Entry>| {
        let service = entry.as_ref().map(|entry| entry.service);
        matches!(service, Some(Service::Well | Service::Perhaps))
    };
    let of_those = entries.iter().zip(memory);
    let of_those = of_those.filter_map(|(entry, memory)| memory.filter(|_| serves(entry)));
    let Some(least) = of_those.min_by(f64::total_cmp) else {
        return entries;
    };
    for (entry, memory) in entries.iter_mut().zip(memory) {
        let heavy = memory
            .filter(|memory| *memory >= DEARER.value * least && memory - least >= MATTERS.value);
        if let (Some(memory), Some(entry)) = (heavy, entry)
            && entry.service == Service::Well
        {
            entry.service = Service::Dearly(memory / least);
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// Computes in so many seconds, with this much memory.
    fn computes(results: Results, who: Contestant, seconds: f64, memory: u64) -> Results {
        let computing = fixtures::computing();
        computing.iter().fold(results, |results, name| {
            let results = results.with(*name, who, |run| run.wall = seconds);
            results.with_warm_up(*name, who, |run| run.peak.as_mut().unwrap().memory = memory)
        })
    }

    fn service(results: &Results, need: Need, who: Contestant) -> Option<Service> {
        let entries = need.entries(results).unwrap();
        let place = Contestant::TECHNIQUES.iter().position(|it| *it == who);
        Some(entries[place.unwrap()].as_ref()?.service)
    }

    #[test]
    fn all_that_are_within_three_hundredths_of_the_fastest_serve() {
        let results = computes(fixtures::results(), Threading, 0.5, 4 << 20);
        let results = computes(results, AsyncioMultiThread, 0.514, 4 << 20);
        let results = computes(results, Multiprocessing, 0.516, 4 << 20);
        let of = |who| service(&results, Need::Computing, who);
        assert_eq!(of(Threading), Some(Service::Well));
        assert_eq!(of(AsyncioMultiThread), Some(Service::Well));
        assert_eq!(of(Multiprocessing), Some(Service::Not));
        assert_eq!(of(Asyncio), Some(Service::Not));
    }

    #[test]
    fn one_core_cannot_tell_who_serves_work_that_computes() {
        let mut results = computes(fixtures::results(), Multiprocessing, 1.5, 4 << 20);
        let of = |results: &Results, need| service(results, need, Multiprocessing);
        assert_eq!(of(&results, Need::Computing), Some(Service::Not));
        results.machine.cores = 1;
        assert_eq!(of(&results, Need::Computing), Some(Service::Perhaps));
        assert_eq!(of(&results, Need::Waiting), Some(Service::Well));
    }

    #[test]
    fn a_technique_that_may_be_the_fastest_is_not_decided() {
        let round = std::cell::Cell::new(0);
        let computing = fixtures::computing();
        let rough = computing.iter().fold(fixtures::results(), |results, name| {
            results.with(*name, Asyncio, |run| {
                round.set(round.get() + 1);
                run.wall = if round.get() % 2 == 0 { 0.9 } else { 1.1 };
            })
        });
        let of = service(&rough, Need::Computing, Asyncio);
        assert_eq!(of, Some(Service::Perhaps));
    }

    #[test]
    fn memory_breaks_a_tie_only_from_twice_and_fifty_mebibytes_on() {
        let memory = |one: f64, other: f64| {
            let entry = || {
                Some(Entry {
                    service: Service::Well,
                    number: String::new(),
                })
            };
            let mib = |mib: f64| Some(mib * 1024.0 * 1024.0);
            let weighed = weighed(vec![entry(), entry()], &[mib(one), mib(other)]);
            weighed[1].as_ref().unwrap().service
        };
        assert_eq!(memory(4.0, 53.0), Service::Well);
        assert_eq!(memory(4.0, 54.0), Service::Dearly(13.5));
        assert_eq!(memory(60.0, 119.0), Service::Well);
        assert_eq!(memory(60.0, 120.0), Service::Dearly(2.0));
    }

    #[test]
    fn memory_that_was_not_seen_makes_nothing_dearer_and_a_slow_one_is_not_weighed() {
        let results = computes(fixtures::results(), Threading, 0.5, 4 << 20);
        let results = computes(results, Multiprocessing, 0.5, 80 << 20);
        let of = |results: &Results, who| service(results, Need::Computing, who);
        assert_eq!(of(&results, Multiprocessing), Some(Service::Dearly(20.0)));
        let unseen = results
            .clone()
            .with(Row::Lists, Multiprocessing, |run| run.peak = None)
            .with_warm_up(Row::Lists, Multiprocessing, |run| run.peak = None);
        assert_eq!(of(&unseen, Multiprocessing), Some(Service::Well));
        let slow = computes(results, Multiprocessing, 1.0, 80 << 20);
        assert_eq!(of(&slow, Multiprocessing), Some(Service::Not));
    }

    #[test]
    fn large_scale_is_for_techniques_that_carry_ten_thousand_units_in_little_memory() {
        let steps = [1, 10, 100];
        let results = fixtures::results()
            // 8 GiB have room for 80,000 of these, and for 8,000 of those.
            .with_ladder(Threading, &steps, (8 << 30) / 80_000)
            .with_ladder(Multiprocessing, &steps, (8 << 30) / 6_000)
            .with_ladder(Asyncio, &steps, 400);
        let of = |who| service(&results, Need::Scale, who);
        assert_eq!(of(Asyncio), Some(Service::Well));
        assert!(matches!(of(Threading), Some(Service::Dearly(_))));
        assert_eq!(of(Multiprocessing), Some(Service::Not));
        assert_eq!(of(Sequential), None);
        let entries = Need::Scale.entries(&results).unwrap();
        let mut numbers = entries.iter().flatten().map(|entry| entry.number.as_str());
        assert!(numbers.any(|number| number == "3.81 MiB"), "{entries:?}");
    }

    #[test]
    fn one_workload_of_a_kind_serves_no_need() {
        let mut results = fixtures::results();
        results
            .experiments
            .retain(|row| [Row::Waiter, Row::Hashes].contains(&row.name));
        for need in [Need::Waiting, Need::Computing] {
            let missing = need.entries(&results).unwrap_err();
            assert!(missing.to_string().contains("but one was left out"));
        }
    }

    #[test]
    fn ten_thousand_are_many_thousands_and_one_fewer_are_not() {
        assert_eq!(carries(10_000.0, 20_000.0), Service::Well);
        assert_eq!(carries(9_999.0, 10_000.0), Service::Perhaps);
        assert_eq!(carries(9_000.0, 9_999.0), Service::Not);
    }

    #[test]
    fn calls_that_run_in_turn_do_not_serve_where_calls_block() {
        let results = fixtures::results()
            .with(Row::Blocking, Asyncio, |run| run.seconds = 0.2)
            .with(Row::Blocking, Threading, |run| run.seconds = 0.02);
        let of = |who| service(&results, Need::Blocking, who);
        assert_eq!(of(Asyncio), Some(Service::Not));
        assert_eq!(of(Threading), Some(Service::Well));
    }

    #[test]
    fn the_number_beside_a_need_is_the_speed_of_that_technique() {
        let results = fixtures::results().among(&fixtures::NAMED);
        let results = computes(results, Threading, 0.5, 4 << 20);
        let results = computes(results, Asyncio, 0.8, 4 << 20);
        let lines = lines(&results);
        let needs: Vec<_> = lines.iter().map(|line| line.need).collect();
        assert_eq!(
            needs,
            [
                Need::Waiting,
                Need::Computing,
                Need::Blocking,
                Need::Crashes
            ]
        );
        let numbers = lines[1].entries.iter().flatten();
        let numbers: Vec<_> = numbers.map(|entry| &*entry.number).collect();
        assert_eq!(numbers, ["1.00x", "2.00x", "1.00x", "1.25x", "1.00x"]);
    }

    #[test]
    fn calls_that_others_disturbed_serve_perhaps() {
        let results = fixtures::results()
            .with(Row::Blocking, Asyncio, |run| run.seconds = 0.2)
            .with(Row::Blocking, Asyncio, |run| {
                run.noise = Some(fixtures::BUSY);
            });
        let of = service(&results, Need::Blocking, Asyncio);
        assert_eq!(of, Some(Service::Perhaps));
    }

    #[test]
    fn work_that_may_crash_is_for_techniques_that_lose_one_unit_alone() {
        let results = fixtures::results().with(Row::CrashAbort, Multiprocessing, |run| {
            run.receipt.errors = [("crashed".to_owned(), 1)].into();
        });
        let results = results.with_failure(Row::CrashAbort, Threading, "ended by signal 6");
        let of = |who| service(&results, Need::Crashes, who);
        assert_eq!(of(Multiprocessing), Some(Service::Well));
        assert_eq!(of(Threading), Some(Service::Not));
    }

    #[test]
    fn each_service_has_a_word_and_a_need_that_is_not_served_has_none() {
        let services = [Service::Well, Service::Perhaps, Service::Dearly(2.4)];
        let words = services.map(|service| service.words().unwrap());
        assert_eq!(words, ["serves", "not decided", "2.40x memory"]);
        assert_eq!(Service::Not.words(), None);
    }

    #[test]
    fn each_need_has_a_label_of_its_own() {
        let labels: std::collections::BTreeSet<_> =
            Need::ALL.into_iter().map(Need::label).collect();
        assert_eq!(labels.len(), Need::ALL.len());
        assert!(Need::Crashes.label().contains("lost"));
    }
}
