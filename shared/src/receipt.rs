//! The receipt of a run: what it did, in a form that must be equal for all techniques.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::iter::Sum;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::latencies::Latencies;
use crate::outcome::{Outcome, Tally};

/// What one unit of work did, or, added up, what a whole run did.
///
/// Adding is commutative, so that the order in which workers finish leaves no mark.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Units of work done: orders, pages, lists, sums, chains, sleeps, messages.
    pub units: u64,
    /// Bytes of page bodies received.
    pub bytes: u64,
    /// What came out.
    pub answer: Answer,
    /// Units that failed where the run went on, by kind of failure.
    #[serde(default)]
    pub errors: BTreeMap<String, u64>,
    /// How pages ended.
    #[serde(default)]
    pub outcomes: Tally,
    /// How the tries at them ended.
    #[serde(default)]
    pub tries: Tally,
    /// Redirects to other machines that were followed: requests beside one for each try.
    #[serde(default)]
    pub abroad: u64,
    /// Pages that were not fetched because the run was ended before.
    #[serde(default)]
    pub unfinished: u64,
    /// Seconds that a probe read off: no part of the work, so never compared between techniques.
    #[serde(default)]
    pub readings: BTreeMap<String, f64>,
    /// How long each request took, where that was asked for: no part of the work either.
    #[serde(default)]
    pub latencies: Latencies,
    /// How long a task was ready before it ran, each time that one was woken, where that was asked for and the technique has tasks.
    #[serde(default)]
    pub ready: Latencies,
}

impl Receipt {
    /// The receipt of one unit that gave `answer`.
    pub fn unit(answer: Answer) -> Self {
        Self {
            units: 1,
            answer,
            ..Self::default()
        }
    }

    /// The receipt of one unit that failed in the way that `kind` names.
    pub fn failure(kind: impl Into<String>) -> Self {
        Self {
            errors: BTreeMap::from([(kind.into(), 1)]),
            ..Self::default()
        }
    }

    /// The receipt of a page that could not be had.
    pub fn lost(outcome: Outcome) -> Self {
        Self {
            outcomes: Tally::of(outcome),
            ..Self::default()
        }
    }

    /// The receipt of a page that was not fetched because the run was ended before.
    pub fn unfinished() -> Self {
        Self {
            unfinished: 1,
            ..Self::default()
        }
    }

    /// Adds a probe's reading, in seconds.
    pub fn with_reading(mut self, name: &str, seconds: f64) -> Self {
        self.readings.insert(name.to_owned(), seconds);
        self
    }

    /// Whether two runs did the same work and met the same troubles: everything but readings and times.
    ///
    /// Pages and tries that ended well are counted by the units already.
    pub fn same_work(&self, other: &Self) -> bool {
        self.same_answer(other)
            && self.errors == other.errors
            && self.outcomes.troubles() == other.outcomes.troubles()
            && self.tries.troubles() == other.tries.troubles()
            && self.unfinished == other.unfinished
    }

    /// Whether two runs brought the same home, whatever it cost them.
    pub fn same_answer(&self, other: &Self) -> bool {
        (self.units, self.bytes) == (other.units, other.bytes) && self.answer == other.answer
    }
}

impl AddAssign for Receipt {
    /// # Panics
    ///
    /// If the two answers are of different kinds: no run mixes two workloads.
    fn add_assign(&mut self, other: Self) {
        self.units += other.units;
        self.bytes += other.bytes;
        self.answer += other.answer;
        for (kind, count) in other.errors {
            *self.errors.entry(kind).or_default() += count;
        }
        self.outcomes += other.outcomes;
        self.tries += other.tries;
        self.abroad += other.abroad;
        self.unfinished += other.unfinished;
        for (name, seconds) in other.readings {
            let longest = self.readings.entry(name).or_default();
            *longest = longest.max(seconds);
        }
        self.latencies += other.latencies;
        self.ready += other.ready;
    }
}

impl Sum for Receipt {
    fn sum<I: Iterator<Item = Self>>(receipts: I) -> Self {
        receipts.fold(Self::default(), |mut total, receipt| {
            total += receipt;
            total
        })
    }
}

/// The answer of a unit or of a run, in the form that its workload asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing was asked: a sleep, or no unit yet.
    #[default]
    Nothing,
    /// waiter: whose orders were taken, and how many tables were served at once at the worst.
    Orders {
        /// Names of the tables.
        tables: BTreeSet<String>,
        /// 1 if the waiter was never at two tables at once.
        at_once: u64,
    },
    /// Downloads: the CRC-32 of every body, added up, so that order does not matter.
    Checksum(u64),
    /// lists: whether every list was right.
    AllTrue(bool),
    /// squares and probes: a sum. A string in JSON, where numbers end at 2^53.
    #[serde(with = "decimal")]
    Sum(u128),
    /// hashes: the last digest of every chain, in hexadecimal.
    Digests(BTreeMap<u32, String>),
}

impl Answer {
    /// The sum, where this is one; otherwise 0.
    pub fn sum(&self) -> u128 {
        match self {
            Self::Sum(sum) => *sum,
            _ => 0,
        }
    }
}

impl AddAssign for Answer {
    fn add_assign(&mut self, other: Self) {
        match (&mut *self, other) {
            (_, Self::Nothing) => {}
            (Self::Nothing, other) => *self = other,
            (
                Self::Orders { tables, at_once },
                Self::Orders {
                    tables: more,
                    at_once: other,
                },
            ) => {
                tables.extend(more);
                *at_once = other.max(*at_once);
            }
            (Self::Checksum(sum), Self::Checksum(more)) => *sum = sum.wrapping_add(more),
            (Self::AllTrue(all), Self::AllTrue(more)) => *all &= more,
            (Self::Sum(sum), Self::Sum(more)) => *sum += more,
            (Self::Digests(digests), Self::Digests(more)) => digests.extend(more),
            (mine, other) => panic!("an answer {mine:?} cannot take in {other:?}"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Nothing => write!(f, "nothing"),
            Self::Orders { tables, at_once } => {
                let names: Vec<_> = tables.iter().map(String::as_str).collect();
                write!(
                    f,
                    "orders of {}, {at_once} table(s) at once",
                    names.join(" ")
                )
            }
            Self::Checksum(sum) => write!(f, "checksum {sum:x}"),
            Self::AllTrue(all) => write!(f, "{all}"),
            Self::Sum(sum) => write!(f, "{sum}"),
            Self::Digests(digests) => {
                let first: Vec<_> = digests.values().take(1).map(|hex| &hex[..16]).collect();
                write!(f, "{} digests {}...", digests.len(), first.concat())
            }
        }
    }
}

/// Numbers of 128 bits as decimal strings, which every reader of JSON takes without loss.
mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(sum: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(sum)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<u128, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_in_which_receipts_arrive_leaves_no_mark() {
        let order = |table: &str| Answer::Orders {
            tables: [table.to_owned()].into(),
            at_once: 1,
        };
        let receipts = [
            Receipt::unit(order("A")),
            Receipt::unit(order("B")),
            Receipt::failure("panic"),
            Receipt::failure("panic").with_reading("gap", 0.5),
        ];
        let forward: Receipt = receipts.iter().cloned().sum();
        let backward: Receipt = receipts.into_iter().rev().sum();
        assert_eq!(forward, backward);
        assert_eq!((forward.units, forward.errors["panic"]), (2, 2));
    }

    #[test]
    fn a_sum_beyond_64_bits_survives_json() {
        let receipt = Receipt::unit(Answer::Sum(333_333_328_333_333_350_000_000));
        let json = serde_json::to_string(&receipt).unwrap();
        assert!(json.contains("\"333333328333333350000000\""), "{json}");
        assert_eq!(serde_json::from_str::<Receipt>(&json).unwrap(), receipt);
    }

    #[test]
    fn as_many_units_of_other_bytes_are_other_work() {
        let page = Receipt {
            bytes: 29,
            ..Receipt::unit(Answer::Checksum(7))
        };
        let longer = Receipt {
            bytes: 30,
            ..page.clone()
        };
        assert!(page.same_answer(&page) && page.same_work(&page));
        assert!(!page.same_answer(&longer) && !page.same_work(&longer));
    }

    #[test]
    fn readings_are_no_part_of_the_work() {
        let receipt = Receipt::unit(Answer::AllTrue(true));
        assert!(receipt.same_work(&receipt.clone().with_reading("gap", 1.0)));
        assert!(!receipt.same_work(&Receipt::unit(Answer::AllTrue(false))));
    }

    #[test]
    fn troubles_are_part_of_the_work_and_successes_are_counted_once() {
        let page = Receipt {
            outcomes: Tally::of(Outcome::Ok),
            tries: Tally::of(Outcome::Ok),
            ..Receipt::unit(Answer::Checksum(7))
        };
        assert!(page.same_work(&Receipt::unit(Answer::Checksum(7))));
        let mut later = page.clone();
        later.tries += Tally::of(Outcome::Timeout);
        assert!(!page.same_work(&later) && page.same_answer(&later));
        let mut less = page.clone();
        less += Receipt::unfinished();
        assert!(!page.same_work(&less));
        less += Receipt::lost(Outcome::NotFound);
        assert_eq!(less.outcomes.to_string(), "1 ok, 1 not found");
    }
}
