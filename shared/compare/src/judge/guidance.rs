//! "When to use", computed: break-evens and speed-ups with this machine's numbers, each a sentence.
//!
//! A sweep does one thing at several sizes, each an experiment of its own: `when-unit-1000` is the size 1000 of the sweep
//! `when-unit`. What follows from a sweep is a pure function of its points, tested on made-up ones.

mod break_even;
mod scaling;

use schemars::JsonSchema;
use serde::Serialize;

use crate::judge::cluster;
use crate::judge::latency::{self, Spread};
use crate::judge::screening;
use crate::judge::serving;
use crate::model::experiment::{Cell, Experiment, NotMeasured};
use crate::model::quantity::{count, digit_above, digit_below, one_digit, percent, seconds, times};
use crate::model::results::Results;
use crate::model::rows::{BREAK_EVEN_ROUNDS, Row, Sweep};
use crate::model::technique::Contestant::{self, *};
use break_even::{BreakEven, Point, break_even};
use scaling::{amdahl, scalability_law};

/// What follows from the sweeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct When {
    /// Break-evens and speed-ups, in sentences.
    pub sentences: Vec<String>,
    /// The speed-ups behind the last of them.
    pub scalings: Vec<Scaling>,
}

/// How a technique's speed grows with its workers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Scaling {
    /// The workload.
    pub workload: Row,
    /// Who.
    pub who: Contestant,
    /// Numbers of workers, each with how many times as fast as one it is.
    pub speedups: Vec<(f64, f64)>,
    /// The laws behind them, where there are cores enough to tell; `None` for a workload that waits, and on fewer than eight.
    pub law: Option<Law>,
}

/// Two laws of how speed grows, fitted to speed-ups with a core for each worker.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Law {
    /// Amdahl's law: the share of the work that no worker can take off another.
    pub serial: f64,
    /// The Universal Scalability Law: the cost of waiting for each other.
    pub contention: f64,
    /// And the cost of agreeing with each other, which in the end makes more workers slower.
    pub coherence: f64,
}

/// What follows from these results; empty if no sweep was asked for.
pub fn when(results: &Results) -> When {
    let scalings = scalings(results);
    let everybody = &Contestant::TECHNIQUES;
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
            serving::threads_beside_tasks(results),
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
        .filter_map(|(sentence, rows)| Some(stamped(sentence.ok()?, &rows, everybody)));
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
    When {
        sentences,
        scalings,
    }
}

/// A sentence, stamped if others disturbed what it rests on: these contestants' parts in these rows.
fn stamped(sentence: String, rows: &[&Experiment], who: &[Contestant]) -> String {
    let cells = rows.iter().flat_map(|row| &row.cells);
    let mut cells = cells.filter(|cell| cell.is_of(who));
    match cells.any(screening::noisy) {
        true => sentence + " NOISY: others disturbed it.",
        false => sentence,
    }
}

/// How long a part took, as seen from inside.
fn took(row: &Experiment, who: Contestant) -> Result<f64, NotMeasured> {
    let cell = row.cell(who);
    let cell = cell.ok_or_else(|| NotMeasured::LeftOut(who.to_string()))?;
    Ok(cell.estimate(|run| Some(run.seconds))?.median)
}

/// The same of each round.
fn rounds(row: &Experiment, who: Contestant) -> Result<Vec<f64>, NotMeasured> {
    took(row, who)?;
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
            at: took(row, Sequential)? / of as f64,
            this: rounds(row, who)?,
            that: rounds(row, Sequential)?,
        });
    }
    let pays = from_where(break_even(&points)?, "size of a unit", about);
    let cores = results.machine.cores;
    Ok(format!(
        "{} pay {pays} ({of} units over {cores} workers, {costs}).",
        capital(many)
    ))
}

/// How many must wait for tasks to be done with it sooner than threads.
fn asleep_in_time(results: &Results) -> Result<String, NotMeasured> {
    let mut points = Vec::new();
    for (at, row) in results.sweep(Sweep::WhenAsleep) {
        points.push(Point {
            at,
            this: rounds(row, Asyncio)?,
            that: rounds(row, Threading)?,
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
            this: either.iter().map(|share| share * tasks).collect(),
            that: vec![threads; either.len()],
        });
    }
    let less = from_where(break_even(&points)?, "number of units", units_of);
    Ok(format!(
        "Waiting tasks take less memory than threads {less}, their programs included."
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
            at: took(row, Sequential)? / calls as f64,
            this: rounds(offloaded, Asyncio)?,
            that: rounds(row, Asyncio)?,
        });
    }
    let pays = from_where(break_even(&points)?, "length", about);
    Ok(format!(
        "In asyncio a call that blocks is worth a thread {pays} ({calls} calls at once, starting the threads included)."
    ))
}

/// A break-even in words, after what begins there: `from about 20 to 70 on`. Its ends have one digit each, and are no nearer than
/// they are known.
fn from_where(found: BreakEven, what: &str, written: fn(f64) -> String) -> String {
    match found {
        BreakEven::Between(low, high) if one_digit(low) == one_digit(high) => {
            format!("from about {} on", written(one_digit(low)))
        }
        BreakEven::Between(low, high) => format!(
            "from about {} to {} on",
            written(digit_below(low)).replace(" units", ""),
            written(digit_above(high))
        ),
        BreakEven::AtMost(high) => {
            format!("from about {} on at the latest", written(digit_above(high)))
        }
        BreakEven::AtLeast(low) => format!(
            "only from about {} on, if at any {what} that was tried",
            written(digit_below(low))
        ),
        BreakEven::Everywhere(least) => format!(
            "at every {what} that was tried, down to {}",
            written(one_digit(least)).replace(" units", "")
        ),
        BreakEven::Nowhere(most) => format!(
            "at no {what} that was tried, up to {}",
            written(one_digit(most)).replace(" units", "")
        ),
    }
}

fn units_of(number: f64) -> String {
    format!("{} units", count(number as u64))
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

fn scalings(results: &Results) -> Vec<Scaling> {
    let mut scalings = Vec::new();
    for (sweep_name, workload) in [
        (Sweep::WhenComputing, Row::Hashes),
        (Sweep::WhenWaiting, Row::Sites),
    ] {
        for who in Contestant::TECHNIQUES {
            let points = results.sweep(sweep_name).into_iter();
            let times = points.map(|(workers, row)| Some((workers, took(row, who).ok()?)));
            let times: Vec<_> = times.flatten().collect();
            // What waits needs no cores, and its curve follows the waits.
            let cores = match sweep_name {
                Sweep::WhenComputing => results.machine.cores as f64,
                _ => 0.0,
            };
            scalings.extend(scaling(workload, who, &times, cores));
        }
    }
    scalings
}

/// The speed-ups behind these times by number of workers; `None` if one alone was not timed, or no other number.
fn scaling(workload: Row, who: Contestant, times: &[(f64, f64)], cores: f64) -> Option<Scaling> {
    let &(_, alone) = times.iter().find(|(workers, _)| *workers == 1.0)?;
    let speedups: Vec<_> = times
        .iter()
        .map(|(workers, time)| (*workers, alone / time))
        .collect();
    (speedups.len() > 1).then(|| Scaling {
        workload,
        who,
        law: law(&speedups, cores),
        speedups,
    })
}

/// Fewer cores than these tell no law: on two, "contention 46%" and "no end in sight" were fitted to the same machine.
const ENOUGH_CORES: f64 = 8.0;

/// The laws behind these speed-ups, as far as every worker has a core; `None` where there are too few cores to tell.
pub fn law(speedups: &[(f64, f64)], cores: f64) -> Option<Law> {
    if cores < ENOUGH_CORES {
        return None;
    }
    let on_cores = speedups.iter().copied();
    let on_cores: Vec<_> = on_cores.filter(|(workers, _)| *workers <= cores).collect();
    let (contention, coherence) = scalability_law(&on_cores)?;
    Some(Law {
        serial: amdahl(&on_cores)?,
        contention,
        coherence,
    })
}

impl Scaling {
    fn sentence(&self, results: &Results) -> String {
        let Self {
            workload,
            who,
            speedups,
            law,
        } = self;
        let [workers, factors] = [0, 1].map(|which| {
            let column = speedups.iter().map(|(workers, factor)| match which {
                0 => workers.to_string(),
                _ => times(*factor),
            });
            column.collect::<Vec<_>>().join(", ")
        });
        let cores = results.machine.cores;
        let curve =
            format!("{workload} in {who}, on {cores} cores: {factors} with {workers} workers.");
        match law {
            Some(law) => curve + &law.sentence(),
            None => curve,
        }
    }
}

impl Law {
    /// In words.
    pub fn sentence(&self) -> String {
        format!(
            " Amdahl's law: {} serial. Universal Scalability Law: contention {}, coherence {}.",
            percent(self.serial),
            percent(self.contention),
            small_percent(self.coherence),
        )
    }
}

/// A duration without zeros at its end: `20 µs`.
fn about(duration: f64) -> String {
    let written = seconds(duration);
    let (number, unit) = written.split_once(' ').unwrap_or((&written, ""));
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    format!("{number} {unit}")
}

/// A share with two digits however small it is.
fn small_percent(share: f64) -> String {
    if share == 0.0 {
        "none".to_owned()
    } else if share >= 0.001 {
        percent(share)
    } else {
        format!("{:.4}%", 100.0 * share)
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::noise::Noise;

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
        let noise = Some(Noise {
            others: Some(0.3),
            stolen: None,
            pressure: None,
            queued: None,
        });
        let results = fixtures::results().with(Row::Ticker, Asyncio, |run| run.noise = noise);
        let said = |name, who| stamped("So it is.".to_owned(), &[results.row(name)], &[who]);
        assert!(said(Row::Ticker, Asyncio).ends_with("NOISY: others disturbed it."));
        assert_eq!(said(Row::Ticker, Threading), "So it is.");
        assert_eq!(said(Row::TickerAnyCore, Asyncio), "So it is.");
    }

    #[test]
    fn processes_pay_where_their_start_is_less_than_what_they_save() {
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
    fn nodes_pay_where_sending_is_less_than_what_they_save() {
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
            let mut sentences = when(results).sentences.into_iter();
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
    fn a_short_wait_beside_a_computation_is_told_as_a_bound_and_a_long_one_as_its_range() {
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
    fn what_was_not_measured_is_no_sentence() {
        let results =
            fixtures::results().with_failure(Row::At(Sweep::WhenUnit, 10), Threading, "oh");
        assert!(unit_of_work(&results, Threading, "threads", "so").is_err());
        let mut none = fixtures::results();
        none.experiments.clear();
        assert_eq!(when(&none), When::default());
    }

    #[test]
    fn twice_the_workers_at_twice_the_speed_share_nothing() {
        let times = [(1.0, 8.0), (2.0, 4.0), (4.0, 2.0)];
        let many = scaling(Row::Hashes, Threading, &times, 8.0).unwrap();
        let law = many.law.unwrap();
        assert!(law.serial < 1e-9 && law.contention < 1e-9 && law.coherence < 1e-9);
        let sentence = many.sentence(&fixtures::results());
        assert!(sentence.contains("Amdahl's law: 0.0% serial"), "{sentence}");
    }

    /// The speed-ups of the Universal Scalability Law on so many cores, beyond which more workers are no faster.
    fn curve(contention: f64, coherence: f64, cores: f64) -> Vec<(f64, f64)> {
        let speedup = |n: f64| n / (1.0 + contention * (n - 1.0) + coherence * n * (n - 1.0));
        let workers = (1..=16).map(f64::from);
        workers.map(|n| (n, speedup(n.min(cores)))).collect()
    }

    #[test]
    fn the_laws_are_fitted_up_to_the_number_of_cores_and_not_beyond() {
        for cores in [8.0, 16.0] {
            for (contention, coherence) in [(0.0, 0.0), (0.05, 0.001), (0.2, 0.0)] {
                let law = law(&curve(contention, coherence, cores), cores).unwrap();
                assert!((law.contention - contention).abs() < 1e-9, "{law:?}");
                assert!((law.coherence - coherence).abs() < 1e-9, "{law:?}");
            }
            // Fitted beyond the cores, the flat end of the curve would be a cost of the work.
            let beyond = scalability_law(&curve(0.0, 0.0, 8.0)).unwrap();
            assert!(beyond.0 + beyond.1 > 0.001, "{beyond:?}");
        }
        for cores in [1.0, 2.0, 7.0] {
            assert_eq!(law(&curve(0.0, 0.0, cores), cores), None, "{cores}");
        }
    }

    #[test]
    fn of_what_waits_no_law_is_told_on_any_number_of_cores() {
        for cores in [2, 8, 16] {
            let mut results = fixtures::results();
            results.machine.cores = cores;
            let laws = |results: &Results, workload: Row| {
                let scalings = scalings(results).into_iter();
                let of = scalings.filter(|scaling| scaling.workload == workload);
                of.map(|scaling| scaling.law.is_some()).collect::<Vec<_>>()
            };
            let (waits, computes) = (laws(&results, Row::Sites), laws(&results, Row::Hashes));
            assert!(!waits.is_empty() && !waits.contains(&true), "{cores}");
            assert!(
                !computes.is_empty() && !computes.contains(&(cores < 8)),
                "{cores}"
            );
        }
    }

    #[test]
    fn on_fewer_than_eight_cores_the_curve_itself_is_told() {
        let times = [(1.0, 8.0), (2.0, 4.0), (4.0, 5.0)];
        let of_eight = scaling(Row::Hashes, Threading, &times, 8.0).unwrap();
        assert!(of_eight.law.is_some());
        let few = scaling(Row::Hashes, Threading, &times, 7.0).unwrap();
        assert_eq!(few.law, None);
        assert_eq!(
            few.sentence(&fixtures::results()),
            "hashes in threading, on 2 cores: 1.00x, 2.00x, 1.60x with 1, 2, 4 workers."
        );
        assert!(scaling(Row::Hashes, Threading, &times[..1], 8.0).is_none());
    }

    #[test]
    fn a_break_even_is_a_range_of_one_digit_each_or_one_digit() {
        let said = |found| from_where(found, "size", units_of);
        assert_eq!(
            said(BreakEven::Between(22.0, 67.0)),
            "from about 20 to 70 units on"
        );
        assert_eq!(
            said(BreakEven::Between(26.0, 34.0)),
            "from about 30 units on"
        );
        assert_eq!(
            said(BreakEven::Between(20.0, 70.0)),
            "from about 20 to 70 units on"
        );
        assert_eq!(
            said(BreakEven::AtMost(67.0)),
            "from about 70 units on at the latest"
        );
        assert_eq!(
            said(BreakEven::AtLeast(22.0)),
            "only from about 20 units on, if at any size that was tried"
        );
        assert_eq!(
            said(BreakEven::Everywhere(1.0)),
            "at every size that was tried, down to 1"
        );
        assert_eq!(
            said(BreakEven::Nowhere(1000.0)),
            "at no size that was tried, up to 1,000"
        );
        assert_eq!(
            [3e-5, 3.1e-5].map(|size| about(digit_above(size))),
            ["30 µs", "40 µs"]
        );
    }

    #[test]
    fn a_duration_of_one_digit_has_no_zeros_behind_it() {
        let said = [20e-6, 200e-6, 0.0, 2e-3].map(about);
        assert_eq!(said, ["20 µs", "200 µs", "0 ns", "2 ms"]);
    }

    #[test]
    fn sizes_are_told_in_the_units_that_suit_them() {
        assert_eq!(small_percent(0.0), "none");
        assert_eq!(small_percent(0.000_02), "0.0020%");
    }

    #[test]
    fn a_law_is_fitted_up_to_a_worker_for_each_core() {
        let speedups = [(1.0, 1.0), (2.0, 2.0), (4.0, 4.0), (8.0, 4.0)];
        assert!(law(&speedups, 8.0).unwrap().serial > 0.05);
        let beyond = [&speedups[..3], &[(16.0, 4.0)]].concat();
        assert!(law(&beyond, 8.0).unwrap().serial < 1e-9);
    }

    #[test]
    fn a_speed_up_is_stamped_for_the_noise_of_its_own_sweep() {
        let noise = Some(Noise {
            others: Some(0.3),
            stolen: None,
            pressure: None,
            queued: None,
        });
        let one_worker = Row::At(Sweep::WhenComputing, 1);
        let results = fixtures::results().with(one_worker, Threading, |run| run.noise = noise);
        let sentences = when(&results).sentences;
        let stamped = |begin: &str| {
            let mut sentences = sentences.iter();
            let sentence = sentences.find(|sentence| sentence.starts_with(begin));
            sentence.unwrap().ends_with("NOISY: others disturbed it.")
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
        assert!(more.contains("at no number of units"), "{more}");
        assert!(said(0.944).is_err() && said(1.041).is_err());
    }

    #[test]
    fn a_call_that_is_worth_a_thread_is_told_by_the_length_of_one() {
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

    #[test]
    fn a_share_of_a_thousandth_is_written_in_percent_and_a_smaller_one_with_four_places() {
        assert_eq!(small_percent(0.0), "none");
        assert_eq!(small_percent(0.00099), "0.0990%");
        assert_eq!(small_percent(0.001), percent(0.001));
        assert_eq!(small_percent(0.00105), percent(0.00105));
    }
}
