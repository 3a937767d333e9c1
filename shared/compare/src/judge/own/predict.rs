//! What a unit's card and the machine's prices foretell of a technique.
//!
//! A unit computes and waits. Waits overlap as far as there are workers, computing as far as there are cores; asyncio awaits on one
//! thread, on which all computing stands in a line. To that come the prices of the technique itself.

use std::collections::BTreeMap;

use crate::model::difference::EQUAL;
use crate::model::own::{Card, Own, Prediction, Price, Subject, TECHNIQUES};
use crate::model::technique::Contestant::{self, *};

/// What is foretold of each technique for so many items, each with the number of workers of these that suits it best.
pub fn predict(
    card: &Card,
    prices: &BTreeMap<Contestant, Price>,
    subject: &Subject,
    items: usize,
    widths: &[usize],
    cores: f64,
) -> Vec<Prediction> {
    let predict = |who: Contestant| {
        let price = prices.get(&who)?;
        let at = |workers: usize| seconds(card, price, who, subject, items, workers, cores);
        let widths: &[usize] = if who == Sequential { &[1] } else { widths };
        let least = widths.iter().map(|workers| at(*workers));
        let least = least.min_by(f64::total_cmp)?;
        let workers = *widths
            .iter()
            .find(|workers| at(**workers) <= TRIFLE * least)?;
        Some(Prediction {
            who,
            workers,
            seconds: at(workers),
        })
    };
    TECHNIQUES.into_iter().filter_map(predict).collect()
}

/// The techniques of which it is foretold that they are the fastest, or as fast; `None` if nothing is foretold.
pub fn foretold(own: &Own) -> Option<Vec<Contestant>> {
    let predictions = own.predictions.iter();
    let least = predictions
        .clone()
        .map(|it| it.seconds)
        .min_by(f64::total_cmp)?;
    let fastest = predictions.filter(|it| it.seconds <= (1.0 + EQUAL) * least);
    Some(fastest.map(|it| it.who).collect())
}

/// Further workers are not worth less than this.
const TRIFLE: f64 = 1.02;

fn seconds(
    card: &Card,
    price: &Price,
    who: Contestant,
    subject: &Subject,
    items: usize,
    workers: usize,
    cores: f64,
) -> f64 {
    let (count, width) = (items as f64, workers.min(items).max(1) as f64);
    if who == Sequential {
        return count * card.unit();
    }
    // An item that uses several cores by itself keeps them all to itself, the last one for a part of the time.
    let computing = match card.uses_several() {
        true => count * card.unit() * card.cores().ceil() / cores,
        false => count * (card.cpu + card.cpu_of_children) / cores,
    };
    // The last turn is as long as a full one.
    let waiting = (count / width).ceil() * card.unit();
    let one_thread = match who {
        Threading => subject.global_lock,
        Asyncio => subject.global_lock || subject.awaits,
        _ => false,
    };
    let in_a_line = if one_thread { count * card.cpu } else { 0.0 };
    let bytes = card
        .bytes
        .map_or(0.0, |[item, answer]| (item + answer) / 2.0);
    let itself =
        price.start + price.worker * (width - 1.0) + count * (price.item + price.byte * bytes);
    itself + computing.max(waiting).max(in_a_line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::own::Kind;

    fn card(cpu: f64, unit: f64, bytes: f64) -> Card {
        Card {
            items: 10,
            seconds: [unit; 3],
            cpu,
            cpu_of_children: 0.0,
            queued: 0.0,
            memory: None,
            bytes: Some([bytes, bytes]),
            same: Some(true),
            failures: BTreeMap::new(),
        }
    }

    fn subject(awaits: bool, global_lock: bool) -> Subject {
        Subject {
            kind: Kind::Rust,
            name: "mine".to_owned(),
            awaits,
            global_lock,
        }
    }

    fn best(card: &Card, subject: &Subject, items: usize) -> (Contestant, usize) {
        let price = |start, item, byte| Price {
            start,
            worker: start / 2.0,
            item,
            byte,
        };
        let prices = BTreeMap::from([
            (Sequential, Price::default()),
            (Threading, price(80e-6, 0.1e-6, 0.0)),
            (Multiprocessing, price(1.5e-3, 1e-6, 1e-9)),
            (Asyncio, price(30e-6, 1e-6, 0.0)),
            (Subinterpreters, price(20e-3, 50e-6, 1e-9)),
        ]);
        let widths = [1, 2, 4, 8, 16, 32, 64];
        let all = predict(card, &prices, subject, items, &widths, 2.0);
        let best = all
            .into_iter()
            .min_by(|one, other| one.seconds.total_cmp(&other.seconds));
        best.map(|best| (best.who, best.workers)).unwrap()
    }

    #[test]
    fn a_computation_takes_a_thread_for_each_core() {
        assert_eq!(
            best(&card(0.01, 0.01, 8.0), &subject(false, false), 100),
            (Threading, 2)
        );
    }

    #[test]
    fn waiting_takes_tasks_and_many_of_them() {
        assert_eq!(
            best(&card(1e-6, 0.01, 8.0), &subject(true, false), 64),
            (Asyncio, 64)
        );
    }

    #[test]
    fn work_that_is_over_at_once_stays_sequential() {
        assert_eq!(
            best(&card(1e-6, 1e-6, 8.0), &subject(false, false), 20),
            (Sequential, 1)
        );
    }

    #[test]
    fn work_that_uses_all_cores_by_itself_stays_sequential() {
        assert_eq!(
            best(&card(0.02, 0.01, 8.0), &subject(false, false), 100),
            (Sequential, 1)
        );
        assert_eq!(
            best(&card(0.018, 0.01, 8.0), &subject(false, false), 100),
            (Sequential, 1)
        );
    }

    #[test]
    fn under_a_global_lock_a_computation_takes_processes_and_waiting_takes_threads() {
        let python = subject(false, true);
        assert_eq!(
            best(&card(0.01, 0.01, 8.0), &python, 100).0,
            Multiprocessing
        );
        assert_eq!(best(&card(1e-6, 0.01, 8.0), &python, 64).0, Asyncio);
    }

    #[test]
    fn further_workers_are_taken_for_more_than_two_hundredths_alone() {
        // Two items of a second that wait, with one worker or two, and what starting takes in both.
        let workers = |start: f64| {
            let price = Price {
                start,
                ..Price::default()
            };
            let prices = BTreeMap::from([(Threading, price)]);
            let subject = subject(false, false);
            predict(&card(0.0, 1.0, 0.0), &prices, &subject, 2, &[1, 2], 8.0)[0].workers
        };
        let start = |factor: f64| 1.0 / (factor - 1.0) - 1.0;
        assert_eq!(workers(start(1.019)), 1);
        assert_eq!(workers(start(1.021)), 2);
    }

    #[test]
    fn each_price_is_a_part_of_the_prediction() {
        let price = Price {
            start: 1.0,
            worker: 0.1,
            item: 0.001,
            byte: 0.0001,
        };
        let of = |card: &Card, items: usize, cores: f64| {
            seconds(
                card,
                &price,
                Threading,
                &subject(false, false),
                items,
                10,
                cores,
            )
        };
        let near = |seconds: f64, expected: f64| (seconds - expected).abs() < 1e-9;
        let itself = |bytes: f64| 1.0 + 9.0 * 0.1 + 100.0 * (0.001 + 0.0001 * bytes);
        // A hundred items that wait 10 ms each, ten at a time, with 8 bytes there and 24 back.
        let waiting = Card {
            bytes: Some([8.0, 24.0]),
            ..card(0.0, 0.01, 0.0)
        };
        assert!(near(of(&waiting, 100, 2.0), itself(16.0) + 0.1));
        // Where nothing is serialised no byte is paid for.
        let unserialised = Card {
            bytes: None,
            ..waiting.clone()
        };
        assert!(near(of(&unserialised, 100, 2.0), itself(0.0) + 0.1));
        // Processes that the work starts compute on all cores, as the work itself does.
        let children = Card {
            cpu: 0.002,
            cpu_of_children: 0.006,
            ..unserialised.clone()
        };
        assert!(near(of(&children, 100, 2.0), itself(0.0) + 0.4));
        // What keeps 1.5 cores busy takes two at a time, of four.
        let several = Card {
            cpu: 0.015,
            ..unserialised.clone()
        };
        assert!(near(of(&several, 100, 4.0), itself(0.0) + 0.5));
        // A single item, in one worker, stands in no line.
        assert!(near(of(&unserialised, 1, 2.0), 1.0 + 0.001 + 0.01));
    }

    #[test]
    fn a_prediction_within_three_hundredths_of_the_fastest_counts_as_fast() {
        let with = |seconds: f64| {
            let foretold = |who, seconds| Prediction {
                who,
                workers: 2,
                seconds,
            };
            let own = fixtures::own([1.0; 4], |own| {
                own.predictions = vec![foretold(Threading, seconds), foretold(Asyncio, 2.0)];
            });
            super::foretold(&own)
        };
        assert_eq!(with(2.059), Some(vec![Threading, Asyncio]));
        assert_eq!(with(2.061), Some(vec![Asyncio]));
        assert_eq!(super::foretold(&fixtures::own([1.0; 4], |_| {})), None);
    }
}
