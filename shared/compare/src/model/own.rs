//! A reader's own work: what it is, and what was found out about it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::experiment::Experiment;
use crate::model::machine::Machine;
use crate::model::technique::Contestant::{self, *};

/// The techniques that do a reader's work: the four, and those that Python has beside them.
pub const TECHNIQUES: [Contestant; 5] = [
    Sequential,
    Threading,
    Multiprocessing,
    Asyncio,
    Subinterpreters,
];

/// Version of the structure.
pub const VERSION: u32 = 1;

/// A reader's own work, measured.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Own {
    /// [`VERSION`] of the program that wrote it.
    pub version: u32,
    /// What the work is.
    pub subject: Subject,
    /// Where and when.
    pub machine: Machine,
    /// Whether each item was done once in each technique, so that nothing is ranked.
    pub once: bool,
    /// How many items there are in the list.
    pub listed: usize,
    /// How many of them end no process.
    pub total: usize,
    /// Of how many times each of the measured items was done, over all techniques, on average.
    pub times_done: f64,
    /// One item, as a sequential run sees it; `None` if that did not come to its end.
    pub card: Option<Card>,
    /// Why the sequential run did not come to its end, if it did not.
    pub fatal: Option<String>,
    /// What techniques cost by themselves on this machine.
    pub prices: BTreeMap<Contestant, Price>,
    /// What the card and the prices foretell of the measured row.
    pub predictions: Vec<Prediction>,
    /// Seconds by the number of workers.
    pub sweeps: Vec<Sweep>,
    /// The measured row: its times are those of one pass over the measured items.
    pub row: Experiment,
    /// How many workers each technique had in the row.
    pub workers: BTreeMap<Contestant, usize>,
    /// How many items the row has.
    pub measured: usize,
    /// Seconds by the number of items, one after another and in the fastest technique.
    pub lengths: Vec<Length>,
    /// An item of which two techniques gave different answers, if there is one.
    pub unequal: Option<String>,
    /// Techniques that were not measured, each with the reason.
    pub left_out: BTreeMap<Contestant, String>,
    /// How many items each technique did not bring home because one of them ended its process.
    pub lost: BTreeMap<Contestant, Loss>,
    /// The technique to use as a program of the reader's own; `None` if there is none to use.
    pub program: Option<Program>,
}

/// What a reader takes along: the work in the technique to use, without `compare`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Program {
    /// A line for a shell that does the work.
    pub command: String,
    /// Where its files are, if it has some.
    pub path: Option<String>,
    /// The files, each with its text.
    #[serde(skip)]
    pub files: Vec<(String, String)>,
}

/// What the work is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Subject {
    /// Its kind.
    pub kind: Kind,
    /// As the reader calls it: a file, or a command.
    pub name: String,
    /// Whether it has a form that awaits; without one asyncio hands it to threads.
    pub awaits: bool,
    /// Whether a lock around the interpreter lets one of its threads compute at a time.
    pub global_lock: bool,
}

/// Which kind of work it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A function in Rust.
    Rust,
    /// A function in Python.
    Python,
    /// A command for each item.
    Command,
    /// Addresses to fetch.
    Addresses,
}

/// One item, as a sequential run sees it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Card {
    /// How many items were looked at.
    pub items: usize,
    /// Seconds for an item: the mean, the shortest and the longest.
    pub seconds: [f64; 3],
    /// CPU seconds for an item in the program itself.
    pub cpu: f64,
    /// CPU seconds for an item in processes that the work starts.
    pub cpu_of_children: f64,
    /// Seconds of an item in which it could have run and had no core: others had them.
    pub queued: f64,
    /// Most memory of the sequential run, in bytes, if it lasted long enough to be looked at.
    pub memory: Option<u64>,
    /// Bytes of an item and of its answer when they cross a process border; `None` where nothing is serialised.
    pub bytes: Option<[f64; 2]>,
    /// Whether every item gave the same answer twice; `None` if each was done once.
    pub same: Option<bool>,
    /// Items without an answer, by the reason.
    pub failures: BTreeMap<String, usize>,
}

impl Card {
    /// Seconds for an item on a machine without others.
    pub fn unit(&self) -> f64 {
        let [mean, ..] = self.seconds;
        let undisturbed = (mean - self.queued).max(self.cpu.min(mean));
        undisturbed.max(f64::MIN_POSITIVE)
    }

    /// Whether an item uses several cores by itself.
    pub fn uses_several(&self) -> bool {
        self.cores() > 1.25
    }

    /// Whether an item computes rather than waits.
    pub fn computes(&self) -> bool {
        self.cores() >= 0.8
    }

    /// Cores that an item keeps busy: below 1 it waits, above 1 it uses several.
    pub fn cores(&self) -> f64 {
        (self.cpu + self.cpu_of_children) / self.unit()
    }
}

/// What a technique costs by itself, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Price {
    /// Starting and ending it, with one worker.
    pub start: f64,
    /// Each further worker.
    pub worker: f64,
    /// Handing out an item and taking its answer.
    pub item: f64,
    /// Each byte of an item that comes back as its answer.
    pub byte: f64,
}

/// What is foretold of a technique.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Prediction {
    /// The technique.
    pub who: Contestant,
    /// With how many workers it is fastest.
    pub workers: usize,
    /// Seconds for the measured items.
    pub seconds: f64,
}

/// A technique with more and more workers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Sweep {
    /// The technique.
    pub who: Contestant,
    /// Numbers of workers, each with the seconds for the measured items.
    pub points: Vec<(usize, f64)>,
}

impl Sweep {
    /// The fewest workers with which it is as fast as with any number, but for a trifle.
    pub fn best(&self) -> Option<usize> {
        const TRIFLE: f64 = 1.04;
        let least = self.points.iter().map(|(_, seconds)| *seconds);
        let least = least.min_by(f64::total_cmp)?;
        let mut points = self.points.iter();
        let best = points.find(|(_, seconds)| *seconds <= TRIFLE * least);
        best.map(|(workers, _)| *workers)
    }
}

/// So many items, one after another and in the fastest technique.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Length {
    /// Items.
    pub items: usize,
    /// Seconds one after another.
    pub sequential: f64,
    /// Seconds in the technique.
    pub technique: f64,
}

/// What a technique lost when an item ended its process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Loss {
    /// Items without an answer.
    pub items: usize,
    /// In its own words.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn card(change: impl Fn(&mut Card)) -> Card {
        let mut card = fixtures::own([1.0; 4], |_| ()).card.unwrap();
        change(&mut card);
        card
    }

    #[test]
    fn an_item_takes_no_time_in_which_others_had_its_core_and_no_less_than_its_own_cpu_time() {
        let unit = |queued, cpu| {
            card(|card| {
                card.seconds[0] = 0.1;
                (card.queued, card.cpu) = (queued, cpu);
            })
            .unit()
        };
        assert!((unit(0.04, 0.01) - 0.06).abs() < 1e-9);
        assert!((unit(0.04, 0.08) - 0.08).abs() < 1e-9);
        assert!((unit(0.0, 0.3) - 0.1).abs() < 1e-9);
    }

    #[test]
    fn an_item_computes_from_four_fifths_of_a_core_on_and_uses_several_from_five_quarters_on() {
        let of = |own: f64, children: f64| {
            let card = card(|card| {
                card.seconds[0] = 0.1;
                (card.cpu, card.cpu_of_children) = (own, children);
            });
            (card.computes(), card.uses_several())
        };
        assert_eq!(of(0.039, 0.04), (false, false));
        assert_eq!(of(0.041, 0.04), (true, false));
        assert_eq!(of(0.02, 0.104), (true, false));
        assert_eq!(of(0.02, 0.106), (true, true));
    }

    #[test]
    fn the_fewest_workers_are_best_that_take_four_hundredths_more_at_most() {
        let best = |of_two| {
            let points = vec![(1, 4.0), (2, of_two), (4, 2.0), (8, 2.4)];
            let who = Contestant::Threading;
            Sweep { who, points }.best()
        };
        assert_eq!((best(2.079), best(2.081)), (Some(2), Some(4)));
    }
}
