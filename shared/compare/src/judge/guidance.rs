//! "When to use", computed: break-evens and speed-ups with this machine's numbers, each a sentence.
//!
//! A sweep does one thing at several sizes, each an experiment of its own: `when-unit-1000` is the size 1000 of the sweep
//! `when-unit`. What follows from a sweep is a pure function of its points, tested on made-up ones.

mod break_even;
mod laws;
mod scaling;

use schemars::JsonSchema;
use serde::Serialize;

use crate::judge::cluster;
use crate::judge::latency::{self, Spread};
use crate::judge::screening;
use crate::judge::servers;
use crate::model::experiment::{Cell, Experiment, NotMeasured};
use crate::model::quantity::{percent, seconds};
use crate::model::results::Results;
use crate::model::rows::{BREAK_EVEN_ROUNDS, Row, Sweep};
use crate::model::technique::Contestant::{self, *};
use break_even::{BreakEven, Point, about, break_even, from_where, units_of};
use scaling::scalings;
pub use scaling::{Scaling, law};

/// What follows from the sweeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Guidance {
    /// Break-evens and speed-ups, in sentences.
    pub sentences: Vec<String>,
    /// The speed-ups behind the last of them.
    pub scalings: Vec<Scaling>,
}

/// What follows from these results; empty if no sweep was asked for.
pub fn guidance(results: &Results) -> Guidance {
    let scalings = scalings(results);
    let all = &Contestant::TECHNIQUES;
    let point = |(_, row)| row;
    let of_sweep = |sweep| results.sweep(sweep).into_iter().map(point).collect();
    let of_row = |name| results.experiment(name).into_iter().collect::<Vec<_>>();
    let looked_for: [(_, Vec<_>); 8] = [
        (
            unit_of_work(results, Threading, "threads", "starting them included"),
            of_sweep(Sweep::WhenUnit),
        ),
        (
            unit_of_work(
                results,
                Multiprocessing,
                "processes",
                "starting them included",
            ),
            of_sweep(Sweep::WhenUnit),
        ),
        (asleep_in_time(results), of_sweep(Sweep::WhenAsleep)),
        (asleep_in_memory(results), of_sweep(Sweep::WhenAsleep)),
        (offloading(results), of_sweep(Sweep::WhenBlocking)),
        (
            servers::threads_beside_tasks(results),
            of_sweep(Sweep::ServeOpen),
        ),
        (
            beside_a_computation(results, Row::Ticker, "on one core"),
            of_row(Row::Ticker),
        ),
        (
            beside_a_computation(results, Row::TickerAnyCore, "on any core"),
            of_row(Row::TickerAnyCore),
        ),
    ];
    let found = looked_for
        .into_iter()
        .filter_map(|(sentence, rows)| Some(stamped(sentence.ok()?, &rows, all)));
    let mut sentences: Vec<_> = found.collect();
    // They stand before the run begins, and are machines of this one's cores.
    let nodes = unit_of_work(results, Cluster, "nodes", "connecting to them included");
    let rows = of_sweep(Sweep::WhenUnit);
    sentences.extend(nodes.map(|sentence| stamped(sentence, &rows, &[Sequential, Cluster])));
    let tasks = [Row::TasksAlone, Row::TasksChunks, Row::TasksLong];
    let tasks: Vec<_> = tasks.into_iter().flat_map(of_row).collect();
    let on_machines = cluster::sentences(results).into_iter();
    sentences.extend(on_machines.map(|sentence| stamped(sentence, &tasks, &[Cluster])));
    sentences.extend(scalings.iter().map(|scaling| {
        let sweep = match scaling.workload {
            Row::Hashes => Sweep::WhenComputing,
            _ => Sweep::WhenWaiting,
        };
        let rows = of_sweep(sweep);
        stamped(scaling.sentence(results), &rows, &[scaling.who])
    }));
    Guidance {
        sentences,
        scalings,
    }
}

/// A sentence, stamped if others disturbed what it rests on: these contestants' parts in these rows.
fn stamped(sentence: String, rows: &[&Experiment], who: &[Contestant]) -> String {
    let cells = rows.iter().flat_map(|row| &row.cells);
    let mut cells = cells.filter(|cell| cell.is_of(who));
    match cells.any(screening::noisy) {
        true => sentence + " NOISY: other programs disturbed it.",
        false => sentence,
    }
}

/// How long a part took in each round, as seen from inside.
fn rounds(row: &Experiment, who: Contestant) -> Result<Vec<f64>, NotMeasured> {
    row.took(who)?;
    let runs = row.cell(who).into_iter().flat_map(Cell::runs);
    Ok(runs.map(|run| run.seconds).collect())
}

/// How many units a row has.
fn units(row: &Experiment) -> u64 {
    let receipts = row.cell(Sequential).into_iter().flat_map(Cell::runs);
    receipts.map(|run| run.receipt.units).max().unwrap_or(1)
}

/// How large a unit of work must be for its technique to pay, with these costs of it.
fn unit_of_work(
    results: &Results,
    who: Contestant,
    many: &str,
    costs: &str,
) -> Result<String, NotMeasured> {
    let mut points = Vec::new();
    let mut of = 0;
    for (_, row) in results.sweep(Sweep::WhenUnit) {
        of = units(row);
        points.push(Point {
            at: row.took(Sequential)? / of as f64,
            technique: rounds(row, who)?,
            other: rounds(row, Sequential)?,
        });
    }
    let pays = from_where(break_even(&points)?, "size of a unit", about);
    let workers = shared::cli::count(results.machine.cores, "worker");
    Ok(format!(
        "{} pay {pays} ({of} units over {workers}, {costs}).",
        capital(many)
    ))
}

/// How many must wait for tasks to be done with it sooner than threads.
fn asleep_in_time(results: &Results) -> Result<String, NotMeasured> {
    let mut points = Vec::new();
    for (at, row) in results.sweep(Sweep::WhenAsleep) {
        points.push(Point {
            at,
            technique: rounds(row, Asyncio)?,
            other: rounds(row, Threading)?,
        });
    }
    let found = break_even(&points)?;
    let below = match found {
        BreakEven::Between(..) => "; below that threads do, whose timers are finer",
        _ => "",
    };
    let less = from_where(found, "number of units", units_of);
    Ok(format!(
        "Tasks take less time to wait than threads {less}{below}."
    ))
}

/// Memory is looked at once, and two looks differ by up to this share.
const LOOKS: f64 = 0.05;

/// How many must wait for tasks to take less memory than threads.
fn asleep_in_memory(results: &Results) -> Result<String, NotMeasured> {
    let memory = |row: &Experiment, who| {
        let peak = row.cell(who).and_then(Cell::peak);
        let peak = peak.ok_or_else(|| NotMeasured::Undecided("no memory was seen".to_owned()))?;
        Ok(peak.memory as f64)
    };
    let mut points = Vec::new();
    for (at, row) in results.sweep(Sweep::WhenAsleep) {
        let (tasks, threads) = (memory(row, Asyncio)?, memory(row, Threading)?);
        let either = [1.0 - LOOKS, 1.0 + LOOKS].repeat(BREAK_EVEN_ROUNDS / 2);
        points.push(Point {
            at,
            technique: either.iter().map(|share| share * tasks).collect(),
            other: vec![threads; either.len()],
        });
    }
    let less = from_where(break_even(&points)?, "number of units", units_of);
    Ok(format!(
        "Waiting tasks take less memory than threads {less}, their programs included, each seen once and known to within {}.",
        percent(LOOKS)
    ))
}

/// How long a call must block for moving it to a thread to pay.
fn offloading(results: &Results) -> Result<String, NotMeasured> {
    let mut points = Vec::new();
    let mut calls = 0;
    for (place, row) in results.sweep(Sweep::WhenBlocking) {
        let offloaded = results.experiment(Row::At(Sweep::WhenOffloaded, place as u64))?;
        calls = units(row);
        points.push(Point {
            // A sleep takes longer than it was asked to, so its length is taken from calls made one after another.
            at: row.took(Sequential)? / calls as f64,
            technique: rounds(offloaded, Asyncio)?,
            other: rounds(row, Asyncio)?,
        });
    }
    let pays = from_where(break_even(&points)?, "length", about);
    Ok(format!(
        "In asyncio a call that blocks is worth a thread {pays} ({calls} calls at once, starting the threads included)."
    ))
}

/// A wait of less than this share of the computation is a short one. It is given as this bound, since the wait itself moves by
/// forty times from run to run, with what the system's scheduler happens to do.
const SHORT_WAIT: f64 = 0.1;

/// What one long request that computes does to short ones that come every millisecond (David Beazley's experiment).
fn beside_a_computation(results: &Results, name: Row, place: &str) -> Result<String, NotMeasured> {
    let row = results.experiment(name)?;
    let computing = results.median(name, Sequential, |run| Some(run.seconds))?;
    let waits = Contestant::TECHNIQUES.into_iter().filter_map(|who| {
        let (least, most) = late(row.cell(who)?)?;
        Some((who, least, most))
    });
    let waits: Vec<_> = waits.collect();
    if waits.is_empty() {
        return Err(NotMeasured::Undecided("no ticks were timed".to_owned()));
    }
    let bound = SHORT_WAIT * computing;
    let (short, long): (Vec<_>, Vec<_>) = waits.into_iter().partition(|(.., most)| *most < bound);
    let short: Vec<_> = short.iter().map(|(who, ..)| who.to_string()).collect();
    let mut parts = Vec::new();
    if !short.is_empty() {
        parts.push(format!("under {} in {}", seconds(bound), short.join(", ")));
    }
    parts.extend(long.iter().map(|(who, least, most)| {
        let [least, most] = [least, most].map(|wait| seconds(*wait));
        match least == most {
            true => format!("{most} in {who}"),
            false => format!("{least} to {most} in {who}"),
        }
    }));
    Ok(format!(
        "Beside one request that computes for {}, 99% of the short ones wait, {place}: {}.",
        seconds(computing),
        parts.join("; ")
    ))
}

/// Within which time 99% of a cell's ticks came late: in the round in which it was shortest, and in that in which it was longest.
fn late(cell: &Cell) -> Option<(f64, f64)> {
    let rounds = cell.runs().filter_map(|run| {
        let Spread([.., late, _], _) = latency::of(&run.receipt.latencies)?;
        Some(late)
    });
    let rounds: Vec<_> = rounds.collect();
    let least = rounds.iter().copied().min_by(f64::total_cmp)?;
    let most = rounds.iter().copied().max_by(f64::total_cmp)?;
    Some((least, most))
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// Results in which each experiment of a sweep took `who` so long, by where it stands.
    fn swept(results: Results, name: Sweep, who: Contestant, time: impl Fn(f64) -> f64) -> Results {
        let rows: Vec<_> = results
            .sweep(name)
            .into_iter()
            .map(|(place, row)| (place, row.name))
            .collect();
        rows.into_iter().fold(results, |results, (place, name)| {
            results.with(name, who, |run| run.seconds = time(place))
        })
    }

    #[test]
    fn a_sentence_that_rests_on_noise_says_so() {
        let noise = Some(fixtures::BUSY);
        let results = fixtures::results().with(Row::Ticker, Asyncio, |run| run.noise = noise);
        let said = |name, who| stamped("So it is.".to_owned(), &[results.row(name)], &[who]);
        assert!(said(Row::Ticker, Asyncio).ends_with("NOISY: other programs disturbed it."));
        assert_eq!(said(Row::Ticker, Threading), "So it is.");
        assert_eq!(said(Row::TickerAnyCore, Asyncio), "So it is.");
    }

    #[test]
    fn processes_pay_where_they_save_more_than_their_start() {
        let processes =
            |results: &Results| unit_of_work(results, Multiprocessing, "processes", "so");
        // A step takes 50 ns, 20 units of them are halved by two workers, and starting those takes 1 ms.
        let alone = |steps: f64| 20.0 * 50e-9 * steps;
        let results = swept(fixtures::results(), Sweep::WhenUnit, Sequential, alone);
        let results = swept(results, Sweep::WhenUnit, Multiprocessing, |steps| {
            1e-3 + alone(steps) / 2.0
        });
        let results = results.map_receipts(
            |row| row.place_in(Sweep::WhenUnit).is_some(),
            |receipt| receipt.units = 20,
        );
        let sentence = processes(&results).unwrap();
        // 20 units of 100 µs take 2 ms alone, and 1 ms + 1 ms in two processes.
        assert!(
            sentence.starts_with("Processes pay from about 100 µs on (20 units"),
            "{sentence}"
        );
        let slow = swept(results, Sweep::WhenUnit, Multiprocessing, |steps| {
            2.0 * alone(steps)
        });
        let sentence = processes(&slow).unwrap();
        assert!(
            sentence.contains("pay at no size of a unit that was tried, up to"),
            "{sentence}"
        );
    }

    #[test]
    fn nodes_pay_where_they_save_more_than_sending_takes() {
        // A step takes 50 ns, 20 units of them are halved by two nodes, and connecting and sending takes 10 ms.
        let alone = |steps: f64| 20.0 * 50e-9 * steps;
        let results = swept(
            fixtures::with_machines(),
            Sweep::WhenUnit,
            Sequential,
            alone,
        );
        let results = swept(results, Sweep::WhenUnit, Cluster, |steps| {
            10e-3 + alone(steps) / 2.0
        });
        let results = results.map_receipts(
            |row| row.place_in(Sweep::WhenUnit).is_some(),
            |receipt| receipt.units = 20,
        );
        let said = |results: &Results| {
            let mut sentences = guidance(results).sentences.into_iter();
            sentences.find(|sentence| sentence.starts_with("Nodes pay"))
        };
        // 20 units of 1 ms take 20 ms alone, and 10 ms + 10 ms on two nodes.
        let sentence = said(&results).unwrap();
        assert_eq!(
            sentence,
            "Nodes pay from about 1 ms on (20 units over 2 workers, connecting to them included)."
        );
        assert_eq!(said(&fixtures::results()), None);
    }

    #[test]
    fn tasks_get_cheaper_where_starting_threads_takes_longer_than_their_coarser_timer() {
        let results = swept(fixtures::results(), Sweep::WhenAsleep, Asyncio, |_| 0.021);
        let results = swept(results, Sweep::WhenAsleep, Threading, |units| {
            0.02 + 25e-6 * units
        });
        let sentence = asleep_in_time(&results).unwrap();
        assert!(
            sentence
                .starts_with("Tasks take less time to wait than threads from about 40 units on;"),
            "{sentence}"
        );
        let always = swept(results, Sweep::WhenAsleep, Asyncio, |_| 0.019);
        let sentence = asleep_in_time(&always).unwrap();
        assert!(
            sentence.contains("at every number of units that was tried, down to 1."),
            "{sentence}"
        );
    }

    #[test]
    fn a_short_wait_beside_a_computation_stands_as_a_bound_and_a_long_one_as_its_range() {
        let waited = |results: Results, who, milliseconds: &[u64]| {
            let round = std::cell::Cell::new(0);
            results.with(Row::Ticker, who, |run| {
                let wait = milliseconds[round.get() % milliseconds.len()];
                round.set(round.get() + 1);
                let wait = std::time::Duration::from_millis(wait);
                run.receipt.latencies = shared::Latencies::of(wait);
            })
        };
        let said =
            |results: &Results| beside_a_computation(results, Row::Ticker, "on one core").unwrap();
        // The computation takes a second.
        let quick = waited(fixtures::results(), Threading, &[1, 40]);
        let slow = waited(quick, Multiprocessing, &[99]);
        let both = waited(slow, Asyncio, &[980, 990, 985]);
        let sentence = said(&both);
        assert!(
            sentence.contains("on one core: under 100 ms in threading, multiprocessing; 980 ms to 990 ms in asyncio."),
            "{sentence}"
        );
        let sentence = said(&waited(both, Threading, &[1, 101]));
        assert!(
            sentence.contains("1.00 ms to 101 ms in threading"),
            "{sentence}"
        );
    }

    #[test]
    fn a_sweep_that_was_not_measured_has_no_sentence() {
        let results =
            fixtures::results().with_failure(Row::At(Sweep::WhenUnit, 10), Threading, "oh");
        assert!(unit_of_work(&results, Threading, "threads", "so").is_err());
        let mut none = fixtures::results();
        none.experiments.clear();
        assert_eq!(guidance(&none), Guidance::default());
    }

    #[test]
    fn a_speed_up_is_stamped_for_the_noise_of_its_own_sweep() {
        let noise = Some(fixtures::BUSY);
        let one_worker = Row::At(Sweep::WhenComputing, 1);
        let results = fixtures::results().with(one_worker, Threading, |run| run.noise = noise);
        let sentences = guidance(&results).sentences;
        let stamped = |begin: &str| {
            let mut sentences = sentences.iter();
            let sentence = sentences.find(|sentence| sentence.starts_with(begin));
            sentence
                .unwrap()
                .ends_with("NOISY: other programs disturbed it.")
        };
        assert!(stamped("hashes in threading"));
        assert!(!stamped("hashes in multiprocessing") && !stamped("sites in threading"));
    }

    #[test]
    fn two_looks_at_memory_may_differ_by_a_twentieth() {
        let said = |share: f64| {
            let results = fixtures::results();
            let rows = results.sweep(Sweep::WhenAsleep).into_iter();
            let rows: Vec<_> = rows.map(|(_, row)| row.name).collect();
            let results = rows.into_iter().fold(results, |results, row| {
                results.with_warm_up(row, Asyncio, |run| {
                    let peak = run.peak.as_mut().unwrap();
                    peak.memory = (share * peak.memory as f64) as u64;
                })
            });
            asleep_in_memory(&results)
        };
        let (less, more) = (said(0.942).unwrap(), said(1.043).unwrap());
        assert!(less.contains("at every number of units"), "{less}");
        assert!(
            less.ends_with(", each seen once and known to within 5.0%."),
            "{less}"
        );
        assert!(more.contains("at no number of units"), "{more}");
        assert!(said(0.944).is_err() && said(1.041).is_err());
    }

    #[test]
    fn the_sentence_on_offloading_gives_the_length_of_one_call() {
        let results = fixtures::results().map_receipts(
            |row| row.place_in(Sweep::WhenBlocking).is_some(),
            |receipt| receipt.units = 10,
        );
        let results = swept(results, Sweep::WhenOffloaded, Asyncio, |_| 0.5);
        let sentence = offloading(&results).unwrap();
        let all = "at every length that was tried, down to 100 ms (10 calls";
        assert!(sentence.contains(all), "{sentence}");
    }

    #[test]
    fn a_wait_is_short_below_a_tenth_of_the_computation_however_long_that_is() {
        let said = |late: f64| {
            let results = fixtures::results()
                .with(Row::Ticker, Sequential, |run| run.seconds = 0.2)
                .map_receipts(
                    |row| row == Row::Ticker,
                    |receipt| {
                        let late = std::time::Duration::from_secs_f64(late);
                        receipt.latencies = shared::Latencies::of(late);
                    },
                );
            beside_a_computation(&results, Row::Ticker, "on one core").unwrap()
        };
        assert!(
            said(0.0195).contains("under 20.0 ms in sequential"),
            "{}",
            said(0.0195)
        );
        assert!(!said(0.0205).contains("under"), "{}", said(0.0205));
    }
}
