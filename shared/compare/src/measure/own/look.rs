//! A first look at a reader's items: what one of them is like, which of them end their process, and which make a row.

use std::collections::BTreeMap;

use anyhow::bail;
use work::{Probe, Report, Request};

use super::lab::{Lab, Ran};
use crate::model::own::{Card, Loss};
use crate::model::technique::Contestant::{self, *};

/// How much is looked at before anything is ranked, in seconds.
const PROBE: Probe = Probe {
    most: 2.0,
    fewest: 4,
    least: 0.3,
};
/// Items of a row take so many seconds one after another if they compute,
const COMPUTING_ROW: f64 = 1.0;
/// and so many if they wait: of those it takes more to keep many workers busy.
const WAITING_ROW: f64 = 2.0;

/// What a first look at the items brought.
#[derive(Debug)]
pub struct Look {
    /// One item; `None` if no sequential run came to its end.
    pub card: Option<Card>,
    /// Why the first sequential run did not come to its end, if it did not.
    pub fatal: Option<String>,
    /// What each technique lost then.
    pub lost: BTreeMap<Contestant, Loss>,
    /// How many items there are in the list.
    pub listed: usize,
    /// How many of them end no process.
    pub total: usize,
    /// The items that were looked at and gave an answer, each with its seconds, in the order in which they were done.
    pub good: Vec<(usize, f64)>,
    /// The sequential run, as far as it is a pass over all items.
    pub pass: Option<Ran>,
}

impl Lab {
    /// Looks at the items one after another, twice; or once at each of them, if each is to be done only `once`.
    ///
    /// # Errors
    ///
    /// If the user interrupts it, there are no items, or no technique can do one.
    pub fn look(&self, base: &Request, once: bool, cores: usize) -> anyhow::Result<Look> {
        let limits = match once {
            true => Probe {
                most: f64::INFINITY,
                fewest: usize::MAX,
                least: 0.0,
            },
            false => PROBE,
        };
        let request = |pick: Vec<usize>| Request {
            pick,
            workers: 1,
            repeat: 1,
            // JSON knows no infinity.
            probe: Some(Probe {
                most: limits.most.min(1e9),
                ..limits
            }),
            ..base.clone()
        };
        let mut first = self.run(Sequential, &request(base.pick.clone()), true)?;
        let fatal = first.outcome.failure();
        let (mut lost, mut listed) = (BTreeMap::new(), None);
        if fatal.is_some() {
            let (survivors, all) = self.survivors(base, cores, &mut lost)?;
            listed = Some(all);
            if once {
                bail!(
                    "with ONCE=1 nothing is tried again: {}",
                    fatal.unwrap_or_default()
                );
            }
            first = self.run(Sequential, &request(survivors), true)?;
        }
        let total = first.report.total;
        let listed = listed.unwrap_or(total);
        if first.outcome.run().is_none() {
            let reason = first.outcome.failure().unwrap_or_default();
            bail!("{reason}");
        }
        if total == 0 {
            bail!("there are no items");
        }
        let done = &first.report.done;
        let good = done.iter().filter(|done| done.answer.is_ok());
        let good: Vec<_> = good
            .map(|done| (done.item, done.seconds.unwrap_or_default()))
            .collect();
        let failures = failures(&first.report);
        if good.is_empty() {
            let kinds = failures
                .iter()
                .map(|(kind, count)| format!("{kind} ({count})"));
            let kinds = kinds.collect::<Vec<_>>().join(", ");
            bail!("no item gives an answer: {kinds}");
        }
        let second = match once {
            true => None,
            false => {
                let again = done.iter().map(|done| done.item).collect();
                Some(self.run(Sequential, &request(again), false)?)
            }
        };
        let card = card(&first, second.as_ref(), &good, failures);
        Ok(Look {
            card,
            fatal,
            lost,
            listed,
            total,
            good,
            pass: once.then_some(first),
        })
    }

    /// The items that end no process, and how many there are in all. Every technique tries them all, and what each loses is noted.
    fn survivors(
        &self,
        base: &Request,
        cores: usize,
        lost: &mut BTreeMap<Contestant, Loss>,
    ) -> anyhow::Result<(Vec<usize>, usize)> {
        let request = Request {
            workers: cores,
            repeat: 1,
            ..base.clone()
        };
        let processes = self.run(Multiprocessing, &request, false)?;
        if let Some(reason) = processes.outcome.failure() {
            bail!("{reason}");
        }
        let answered = |ran: &Ran| -> (Vec<_>, Vec<_>) {
            let done = ran.report.done.clone().into_iter();
            done.partition(|done| done.answer.is_ok())
        };
        let (mut good, bad) = answered(&processes);
        let why = bad.first().and_then(|done| done.answer.clone().err());
        lost.insert(
            Multiprocessing,
            Loss {
                items: bad.len(),
                why: why.unwrap_or_default(),
            },
        );
        if self.programs.pool_breaks() {
            let apart = Request {
                apart: true,
                ..request.clone()
            };
            let apart = self.run(Multiprocessing, &apart, false)?;
            if let Some(reason) = apart.outcome.failure() {
                bail!("{reason}");
            }
            good = answered(&apart).0;
        }
        for who in self.techniques.iter().copied() {
            if who == Multiprocessing {
                continue;
            }
            let ran = self.run(who, &request, false)?;
            let why = ran.outcome.failure();
            let items = match &why {
                Some(_) => processes.report.total,
                None => failures(&ran.report).values().sum(),
            };
            lost.insert(
                who,
                Loss {
                    items,
                    why: why.unwrap_or_default(),
                },
            );
        }
        let survivors = good.into_iter().map(|done| done.item).collect();
        Ok((survivors, processes.report.total))
    }
}

fn failures(report: &Report) -> BTreeMap<String, usize> {
    let mut failures = BTreeMap::new();
    for reason in report
        .done
        .iter()
        .filter_map(|done| done.answer.as_ref().err())
    {
        *failures.entry(reason.clone()).or_default() += 1;
    }
    failures
}

fn card(
    first: &Ran,
    second: Option<&Ran>,
    good: &[(usize, f64)],
    failures: BTreeMap<String, usize>,
) -> Option<Card> {
    let seen = first.report.seen?;
    let times = || good.iter().map(|(_, seconds)| *seconds);
    let done = seen.done.max(1) as f64;
    let same = second.map(|second| {
        let answers = |ran: &Ran| -> BTreeMap<usize, Result<String, String>> {
            let done = ran.report.done.iter();
            done.map(|done| (done.item, done.answer.clone())).collect()
        };
        let (one, other) = (answers(first), answers(second));
        let both = one
            .iter()
            .filter_map(|(item, answer)| Some((answer, other.get(item)?)));
        both.into_iter().all(|(one, other)| one == other)
    });
    // Repeated passes hold no times of single items, and tell more about their mean.
    let repeated = first.report.seconds.iter().sum::<f64>() / done;
    let mean = match failures.is_empty() && seen.done > good.len() {
        true => repeated,
        false => times().sum::<f64>() / good.len() as f64,
    };
    let run = first.outcome.run()?;
    Some(Card {
        items: first.report.done.len(),
        seconds: [
            mean,
            times().fold(f64::INFINITY, f64::min),
            times().fold(0.0, f64::max),
        ],
        cpu: seen.cpu / done,
        cpu_of_children: seen.cpu_of_children,
        queued: seen.queued / done,
        memory: run.peak.map(|peak| peak.memory),
        bytes: seen
            .serialised
            .then_some([seen.item_bytes, seen.answer_bytes]),
        same,
        failures,
    })
}

/// Of the items that were looked at those of which a row is made: a second or two of them, but a few for each core.
pub fn row_of(good: &[(usize, f64)], computes: bool, cores: usize) -> Vec<usize> {
    let most = if computes { COMPUTING_ROW } else { WAITING_ROW };
    let mut sum = 0.0;
    let fewest = (2 * cores).max(4);
    let taken = good.iter().enumerate().take_while(|(place, (_, seconds))| {
        sum += seconds;
        sum <= most || *place < fewest
    });
    taken.map(|(_, (item, _))| *item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_second_of_items_and_some_for_each_core() {
        let items = |count: usize, seconds: f64| -> Vec<_> {
            (0..count).map(|item| (item, seconds)).collect()
        };
        assert_eq!(row_of(&items(100, 0.1), true, 2).len(), 10);
        assert_eq!(row_of(&items(100, 5.0), false, 4).len(), 8);
        assert_eq!(row_of(&items(3, 1e-6), true, 4).len(), 3);
    }
}
