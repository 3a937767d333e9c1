//! The rounds of a row of a reader's items: all techniques in turn, until it is decided which is the fastest.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Instant;

use shared::receipt::Answer;
use work::Request;

use super::lab::{Lab, List, Ran, passes, refusal};
use crate::model::difference::{Comparison, looks};
use crate::model::run::Outcome;
use crate::model::technique::Contestant::{self, *};

/// How a row is measured.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How many rounds at least, and at most.
    pub rounds: RangeInclusive<usize>,
    /// When no further round is begun.
    pub until: Instant,
    /// Whether equal items must have equal answers.
    pub compared: bool,
    /// Whether a run that is not timed comes first.
    pub warmed_up: bool,
    /// Whether no more is done than must be: no pass is repeated, neither a short one nor a disturbed one.
    pub sparing: bool,
}

/// The rounds of a row.
#[derive(Debug, Default)]
pub struct Rounds {
    /// By technique.
    pub outcomes: BTreeMap<Contestant, Vec<Outcome>>,
    /// The runs before the rounds.
    pub warm_ups: BTreeMap<Contestant, Outcome>,
    /// Why subinterpreters, which were not tried before, could not do it.
    pub refusal: Option<String>,
    /// An item of which two techniques gave different answers.
    pub unequal: Option<String>,
    answers: BTreeMap<usize, (Contestant, Result<String, String>)>,
}

impl Lab {
    /// Rounds of a row until it is decided, the time is over, or there are `most`. What each cell's rounds hold is in the order
    /// of `workers`.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn rounds(
        &self,
        list: &List,
        workers: &BTreeMap<Contestant, usize>,
        rules: &Rules,
    ) -> anyhow::Result<Rounds> {
        let Rules {
            rounds,
            until,
            compared,
            warmed_up,
            sparing,
        } = rules;
        let who: Vec<_> = workers.keys().copied().collect();
        let mut row = Rounds {
            outcomes: who.iter().map(|who| (*who, Vec::new())).collect(),
            ..Rounds::default()
        };
        let mut repeats: BTreeMap<Contestant, usize> = BTreeMap::new();
        for round in 0..*rounds.end() {
            let enough = round >= *rounds.start();
            if enough && (Instant::now() >= *until || row.decided(round)) {
                break;
            }
            let start = Instant::now();
            for turn in 0..who.len() {
                let who = who[(turn + round) % who.len()];
                let repeat = match repeats.get(&who) {
                    Some(repeat) => *repeat,
                    None if !*warmed_up => 1,
                    None => self.warm_up(who, list, workers[&who], &mut row)?,
                };
                repeats.insert(who, repeat);
                let ran = match *sparing {
                    true => self.run(who, &list.request(workers[&who], 1), !*warmed_up)?,
                    false => self.quiet(who, &list.request(workers[&who], repeat))?,
                };
                if who == Subinterpreters
                    && !*warmed_up
                    && let Some(why) = refusal(&ran.outcome)
                {
                    row.outcomes.remove(&who);
                    row.refusal = Some(why);
                    continue;
                }
                row.take(who, ran);
            }
            // A round that did not fit would be cut off.
            if round + 1 >= *rounds.start() && Instant::now() + start.elapsed() > *until {
                break;
            }
        }
        if !*compared {
            row.forget_answers();
        }
        if self.programs.one_by_one().is_some() && row.unequal.is_some() {
            row.unequal = Some("pages changed from one technique to the next".to_owned());
        }
        Ok(row)
    }

    /// One run that is not timed, but looked at for memory; says how often a pass is to be repeated.
    fn warm_up(
        &self,
        who: Contestant,
        list: &List,
        workers: usize,
        row: &mut Rounds,
    ) -> anyhow::Result<usize> {
        let request = list.request(workers, 1);
        let ran = self.run(who, &request, true)?;
        let repeat = ran.seconds().map_or(1, passes);
        row.warm_ups.insert(who, ran.outcome);
        Ok(repeat)
    }

    /// A run; and if others disturbed it another, of which the quieter counts.
    fn quiet(&self, who: Contestant, request: &Request) -> anyhow::Result<Ran> {
        let first = self.run(who, request, false)?;
        let Some(noise) = disturbed(&first) else {
            return Ok(first);
        };
        let second = self.run(who, request, false)?;
        Ok(match disturbed(&second) {
            Some(more) if more >= noise => first,
            _ => second,
        })
    }
}

impl Rounds {
    /// Adds a run of `who`.
    pub fn take(&mut self, who: Contestant, ran: Ran) {
        for done in &ran.report.done {
            let (other, expected) = self
                .answers
                .entry(done.item)
                .or_insert_with(|| (who, done.answer.clone()));
            if *expected != done.answer && self.unequal.is_none() {
                let number = done.item + 1;
                let words = |answer: &Result<String, String>| match answer {
                    Ok(_) => "another answer".to_owned(),
                    Err(reason) => reason.clone(),
                };
                self.unequal = Some(match (&expected, &done.answer) {
                    (Ok(_), Ok(_)) => {
                        format!("item {number}: {who} and {other} give different answers")
                    }
                    _ => format!(
                        "item {number}: {who} gives {}, and {other} {}",
                        words(&done.answer),
                        words(expected)
                    ),
                });
            }
        }
        self.outcomes.entry(who).or_default().push(ran.outcome);
    }

    /// Answers that differ from run to run are not compared.
    fn forget_answers(&mut self) {
        self.unequal = None;
        let outcomes = self.outcomes.values_mut().flatten();
        for outcome in outcomes.chain(self.warm_ups.values_mut()) {
            if let Outcome::Ran(run) = outcome {
                run.receipt.answer = Answer::Nothing;
            }
        }
    }

    /// Whether nothing is open after so many rounds. It is looked at only when that is worth its share of the error.
    fn decided(&self, rounds: usize) -> bool {
        let walls = self.outcomes.values().map(|outcomes| {
            let runs = outcomes.iter().filter_map(Outcome::run);
            runs.map(|run| run.wall).collect::<Vec<_>>()
        });
        let look = looks().find(|look| *look >= rounds) == Some(rounds);
        look && Comparison::of(&walls.collect::<Vec<_>>()).open().is_empty()
    }
}

fn disturbed(ran: &Ran) -> Option<f64> {
    let run = ran.outcome.run().filter(|run| run.disturbed())?;
    run.noise.map(|noise| noise.level())
}

#[cfg(test)]
mod tests {
    use work::Report;

    use super::*;

    #[test]
    fn an_unequal_answer_names_its_item() {
        let ran = |print: &str| Ran {
            outcome: Outcome::Failed(String::new()),
            report: Report {
                done: vec![work::Done {
                    item: 6,
                    answer: Ok(print.to_owned()),
                    seconds: None,
                }],
                ..Report::default()
            },
        };
        let mut rounds = Rounds::default();
        rounds.take(Sequential, ran("aa"));
        rounds.take(Threading, ran("aa"));
        assert_eq!(rounds.unequal, None);
        rounds.take(Asyncio, ran("ab"));
        assert_eq!(
            rounds.unequal.as_deref(),
            Some("item 7: asyncio and sequential give different answers")
        );
    }
}
