//! Small experiments that answer one question each about a technique.

mod message;

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tracing::{Span, info_span, instrument};

use crate::latencies::Latencies;
use crate::receipt::{Answer, Receipt};

pub use message::{Ball, Memory, Message, Of};

/// How many units can be alive at once? All of them sleep at the same time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sleepers {
    /// How many units.
    pub units: usize,
    /// How long each sleeps.
    pub nap: Duration,
}

impl Sleepers {
    /// The receipt of a correct run: every unit woke up.
    pub fn expected(&self) -> Receipt {
        Receipt {
            units: self.units as u64,
            ..Receipt::default()
        }
    }
}

/// What does a call that blocks its thread stop? Several are made at once, as far as a technique can.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Blocking {
    /// How many calls, at least 1.
    pub calls: usize,
    /// How long each blocks its thread.
    pub nap: Duration,
}

impl Blocking {
    /// One call: a library that waits without a way to await it.
    pub fn call(&self) -> Receipt {
        thread::sleep(self.nap);
        Receipt::unit(Answer::Nothing)
    }

    /// The receipt of a correct run: every call returned.
    pub fn expected(&self) -> Receipt {
        Receipt {
            units: self.calls as u64,
            ..Receipt::default()
        }
    }
}

/// Who decides when to switch? A ticker ticks every `interval`, while a computation beside it never pauses.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Ticker {
    /// Time between two ticks.
    pub interval: Duration,
    /// How long the computation lasts.
    pub computing: Duration,
}

impl Ticker {
    /// Computes without a pause for the time `computing`.
    #[instrument(skip_all)]
    pub fn work(&self) {
        let start = Instant::now();
        let mut work: u64 = 0;
        while start.elapsed() < self.computing {
            for _ in 0..1000 {
                work = black_box(work + 1);
            }
        }
    }
}

/// Time between two ticks.
pub const TICK: Duration = Duration::from_millis(1);

/// A ticker's record: the number of ticks, the longest wait between two, and how late each came.
#[derive(Debug)]
pub struct Ticks {
    /// From the first tick to the last, in pictures.
    span: Span,
    last: Option<Instant>,
    longest: Duration,
    count: u64,
    late: Latencies,
}

impl Default for Ticks {
    fn default() -> Self {
        Self {
            span: info_span!("ticker"),
            last: None,
            longest: Duration::ZERO,
            count: 0,
            late: Latencies::default(),
        }
    }
}

impl Ticks {
    /// Notes a tick, now.
    pub fn tick(&mut self) {
        let _on_a_core = self.span.clone().entered();
        let now = Instant::now();
        if let Some(last) = self.last.replace(now) {
            self.longest = self.longest.max(now - last);
            self.late.note((now - last).saturating_sub(TICK), TICK);
        }
        self.count += 1;
    }

    /// The record as a receipt. Its one unit is the computation; the number of ticks depends on the machine, so it is a reading.
    pub fn receipt(&self) -> Receipt {
        let ticks = Receipt {
            latencies: self.late.clone(),
            ..Receipt::unit(Answer::Nothing)
        };
        ticks
            .with_reading("longest_gap", self.longest.as_secs_f64())
            .with_reading("ticks", self.count as f64)
    }
}

/// What does a message there and back cost? A number goes to and fro and grows by one on the far side.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Pingpong {
    /// Messages there and back.
    pub rounds: u64,
}

impl Pingpong {
    /// How often a side that does not sleep at once looks for the ball before it does.
    pub const LOOKS: u32 = 200;

    /// The rounds between sides that look for the ball: fewer, if others want the same core.
    pub fn looking(&self) -> impl Iterator<Item = u64> {
        while_patient(self.rounds, PATIENCE)
    }

    /// What the far side does with the ball.
    pub fn strike(ball: u64) -> u64 {
        black_box(ball + 1)
    }

    /// The receipt for a game that ended with `ball`, which counts its rounds.
    pub fn receipt(&self, ball: u64) -> Receipt {
        Receipt {
            units: ball,
            answer: Answer::Sum(ball.into()),
            ..Receipt::default()
        }
    }

    /// The receipt of a correct run.
    pub fn expected(&self) -> Receipt {
        self.receipt(self.rounds)
    }
}

/// What does a bare switch cost? Two units give way to each other, and hand nothing over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Switch {
    /// How often each of the two gives way.
    pub rounds: u64,
}

impl Switch {
    /// The rounds of a side that gives its core away: fewer, if others want the same core.
    pub fn giving_way(&self) -> impl Iterator<Item = u64> {
        while_patient(self.rounds, PATIENCE)
    }
}

/// How long a run may give its core away.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many rounds, or as many as begin in time. On a busy core another program takes milliseconds at each round that gives
/// the core away, and all of them would take minutes.
fn while_patient(rounds: u64, patience: Duration) -> impl Iterator<Item = u64> {
    const A_LOOK_AT_THE_CLOCK_EVERY: u64 = 16;
    let start = Instant::now();
    let in_time = move |round: &u64| {
        !round.is_multiple_of(A_LOOK_AT_THE_CLOCK_EVERY) || start.elapsed() < patience
    };
    (0..rounds).take_while(in_time)
}

/// What does one failure take with it? One unit of many fails; the others add their numbers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Crash {
    /// How many units; the one in the middle fails.
    pub units: u64,
    /// In which way it fails.
    pub how: How,
}

/// Ways to fail, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The unit returns an error.
    Error,
    /// The unit panics.
    Panic,
    /// The unit aborts its process.
    Abort,
}

impl Crash {
    /// Unit number `unit`'s work.
    ///
    /// # Errors
    ///
    /// If this is the unit that fails, and it fails mildly.
    ///
    /// # Panics
    ///
    /// If this is the unit that fails, and it panics.
    pub fn attempt(&self, unit: u64) -> Result<Receipt, crate::Failure> {
        if unit == self.units / 2 {
            match self.how {
                How::Error => Err(anyhow::anyhow!("unit {unit} failed, as it should"))?,
                How::Panic => panic!("unit {unit} panicked, as it should"),
                How::Abort => std::process::abort(),
            }
        }
        Ok(Receipt::unit(Answer::Sum(unit.into())))
    }
}

/// May a switch come in the middle of x = x + 1? Workers count up one number without a lock.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Race {
    /// How often each worker adds one.
    pub adds: u64,
    /// How many workers.
    pub workers: u64,
}

impl Race {
    /// One, from a call that the optimiser leaves where it is.
    #[inline(never)]
    pub fn one() -> u64 {
        black_box(1)
    }

    /// The receipt for a count of `counter`. The number of lost counts depends on the machine, so it is a reading.
    pub fn receipt(&self, counter: u64) -> Receipt {
        let lost = self.adds * self.workers - counter;
        Receipt {
            units: self.workers,
            ..Receipt::default().with_reading("lost", lost as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_keep_the_longest_gap_between_two() {
        let mut ticks = Ticks::default();
        for _ in 0..3 {
            ticks.tick();
        }
        let receipt = ticks.receipt();
        assert_eq!(receipt.readings["ticks"], 3.0);
        assert!(receipt.readings["longest_gap"] > 0.0);
    }

    #[test]
    fn rounds_that_give_the_core_away_end_in_time_whatever_was_done() {
        let unhurried = while_patient(100, Duration::from_secs(3600));
        assert_eq!(unhurried.count(), 100);
        assert_eq!(while_patient(100, Duration::ZERO).count(), 0);
    }

    #[test]
    fn exactly_one_unit_fails() {
        let crash = Crash {
            units: 10,
            how: How::Error,
        };
        let failed = (0..10).filter(|unit| crash.attempt(*unit).is_err()).count();
        assert_eq!(failed, 1);
    }
}
