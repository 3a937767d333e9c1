//! What a technique costs by itself, with more and more workers, and with more and more of a reader's items.

use std::collections::BTreeMap;
use std::time::Instant;

use work::Request;

use super::lab::{Lab, List, middle};
use crate::model::own::{Length, Price, Sweep};
use crate::model::technique::Contestant::{self, *};

impl Lab {
    /// What techniques cost by themselves.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn prices(&self, cores: usize) -> anyhow::Result<BTreeMap<Contestant, Price>> {
        const MANY: usize = 10_000;
        const LARGE: usize = 1 << 18;
        let mut prices = BTreeMap::new();
        for who in self.techniques.iter().copied() {
            let took = |lines: usize, bytes: usize, workers: usize, repeat: usize| {
                let request = Request {
                    lines: vec![String::new(); lines],
                    nothing: Some(bytes),
                    workers,
                    repeat,
                    ..Request::default()
                };
                self.run(who, &request, false).map(|ran| ran.seconds())
            };
            let (Some(one), Some(four), Some(many)) = (
                took(1, 0, 1, 10)?,
                took(4, 0, 4, 10)?,
                took(MANY, 0, cores, 2)?,
            ) else {
                continue;
            };
            let worker = ((four - one) / 3.0).max(0.0);
            let start = one + worker * (cores as f64 - 1.0);
            let mut price = Price {
                start: one,
                worker,
                item: ((many - start) / MANY as f64).max(0.0),
                byte: 0.0,
            };
            if matches!(who, Multiprocessing | Subinterpreters)
                && let Some(large) = took(16, LARGE, cores, 2)?
            {
                let bytes = (16 * LARGE) as f64;
                price.byte = ((large - start) / bytes).max(0.0);
            }
            prices.insert(who, price);
        }
        Ok(prices)
    }

    /// One pass of `who` over these items, with more and more workers, until more of them do not help.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn sweep(&self, who: Contestant, list: &List, widths: &[usize]) -> anyhow::Result<Sweep> {
        const BETTER: f64 = 0.97;
        let mut points: Vec<(usize, f64)> = Vec::new();
        let (mut best, mut in_vain) = (f64::INFINITY, 0);
        for workers in widths {
            let Some(seconds) = self.pass(who, list, *workers)? else {
                break;
            };
            points.push((*workers, seconds));
            in_vain = if seconds < BETTER * best {
                0
            } else {
                in_vain + 1
            };
            best = best.min(seconds);
            if in_vain == 3 {
                break;
            }
        }
        Ok(Sweep { who, points })
    }

    /// Seconds of short lists, one after another and in `who`, three of each in turn.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn lengths(
        &self,
        list: &List,
        who: Contestant,
        workers: usize,
        until: Instant,
    ) -> anyhow::Result<Vec<Length>> {
        let (mut lengths, mut pays) = (Vec::new(), 0);
        let sizes = (0..).map(|power| 1 << power);
        for items in sizes.take_while(|items| *items < list.pick.len()) {
            let short = list.first(items);
            let (mut alone, mut together) = (Vec::new(), Vec::new());
            for _ in 0..3 {
                alone.extend(self.pass(Sequential, &short, 1)?);
                together.extend(self.pass(who, &short, workers)?);
            }
            if alone.is_empty() || together.is_empty() {
                break;
            }
            lengths.push(Length {
                items,
                sequential: middle(&alone),
                technique: middle(&together),
            });
            let faster = middle(&together) < middle(&alone);
            pays = if faster { pays + 1 } else { 0 };
            // Further sizes would tell nothing new.
            if pays == 3 || Instant::now() > until {
                break;
            }
        }
        Ok(lengths)
    }
}
