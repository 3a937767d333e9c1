//! Which units the workers of a pool have begun, in memory that they share with it.
//!
//! A worker is sent several units at once, and claims each before it begins it. So the pool knows
//! what a worker was at when it died, and can take back what it has not begun.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::error::Result;
use crate::word::Word;

/// A cache line for each worker, so that they do not slow each other down.
const STRIDE: usize = 8;

/// In it: in the lower half the number of the unit that the worker claimed last, in the upper half
/// the least that it may claim.
const CLAIM: usize = 0;
/// How many packets with units the worker has taken out of its socket.
const TAKEN: usize = 1;

/// What the workers of a pool have begun.
pub(crate) struct Claims(Array<u64>);

impl Claims {
    pub(crate) fn new(workers: usize) -> Result<Claims> {
        Array::new(workers * STRIDE).map(Claims)
    }

    /// What a new worker claims with, whose units are numbered from 1.
    pub(crate) fn renew(&self, worker: usize) -> Claim {
        for word in [CLAIM, TAKEN] {
            self.0[worker * STRIDE + word].store(0, Ordering::Release);
        }
        Claim {
            words: self.0.clone(),
            place: worker * STRIDE,
        }
    }

    /// Whether the worker has claimed the unit.
    pub(crate) fn has(&self, worker: usize, unit: u32) -> bool {
        has(self.word(worker), unit)
    }

    /// Keeps the worker from claiming a unit before `next`, unless it has.
    pub(crate) fn revoke(&self, worker: usize, next: u32) {
        revoke(self.word(worker), next);
    }

    /// How many packets with units the worker has taken out of its socket.
    pub(crate) fn taken(&self, worker: usize) -> u64 {
        self.0[worker * STRIDE + TAKEN].load(Ordering::Acquire)
    }

    fn word(&self, worker: usize) -> &AtomicU64 {
        &self.0[worker * STRIDE + CLAIM]
    }
}

/// The words of one worker, as it has them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claim {
    words: Array<u64>,
    place: usize,
}

impl Claim {
    /// Claims a unit. `false`: the pool has taken it back.
    pub(crate) fn claim(&self, unit: u32) -> bool {
        self.word(CLAIM).is_some_and(|word| claim(word, unit))
    }

    /// Counts a packet that was taken out of the socket.
    pub(crate) fn count_packet(&self) {
        if let Some(word) = self.word(TAKEN) {
            word.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn word(&self, word: usize) -> Option<&AtomicU64> {
        <[AtomicU64]>::get(&self.words, self.place + word)
    }
}

fn has(word: &impl Word, unit: u32) -> bool {
    !precedes(word.load(Ordering::Acquire) as u32, unit)
}

fn revoke(word: &impl Word, next: u32) {
    word.update(|word| Some(u64::from(next) << 32 | u64::from(word as u32)));
}

fn claim(word: &impl Word, unit: u32) -> bool {
    word.update(|word| {
        // What it may claim goes along with what it claims: else the numbers, which go round, would
        // come before it in the end.
        let least = (word >> 32) as u32;
        (!precedes(unit, least)).then_some(u64::from(unit) << 32 | u64::from(unit))
    })
}

/// Whether one number comes before another. They go round, but never so far apart.
pub(crate) fn precedes(one: u32, other: u32) -> bool {
    (one.wrapping_sub(other) as i32) < 0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shuttle::sync::atomic::AtomicU64 as ModelWord;

    use super::*;

    /// In every order in which a worker and its pool can use the word.
    #[test]
    fn a_model_begins_each_unit_or_takes_it_back_and_never_both() {
        let model = || {
            let word = Arc::new(ModelWord::new(0));
            let theirs = Arc::clone(&word);
            let worker = shuttle::thread::spawn(move || {
                (1..3)
                    .filter(|&unit| claim(&*theirs, unit))
                    .collect::<Vec<_>>()
            });
            revoke(&*word, 3);
            let taken_back: Vec<_> = (1..3).filter(|&unit| !has(&*word, unit)).collect();
            let begun = worker.join().unwrap();
            let mut all = [begun, taken_back].concat();
            all.sort();
            assert_eq!(all, [1, 2]);
        };
        shuttle::check_dfs(model, None);
    }

    #[test]
    fn each_worker_has_words_of_its_own() {
        let claims = Claims::new(3).unwrap();
        let workers: Vec<_> = (0..3).map(|worker| claims.renew(worker)).collect();
        let begun = || [0, 1, 2].map(|worker| claims.has(worker, 5));
        let taken = || [0, 1, 2].map(|worker| claims.taken(worker));
        assert!(workers[1].claim(5));
        for worker in [1, 1, 2] {
            workers[worker].count_packet();
        }
        assert_eq!((begun(), taken()), ([false, true, false], [0, 2, 1]));
        claims.revoke(2, 6);
        assert!(!workers[2].claim(5));
        assert!(workers[0].claim(5));
        // A new worker begins anew, and the others go on.
        claims.renew(1);
        assert_eq!((begun(), taken()), ([true, false, false], [0, 0, 1]));
    }

    #[test]
    fn a_unit_is_begun_or_taken_back_and_never_both() {
        for _ in 0..1000 {
            let claims = Claims::new(1).unwrap();
            let claim = claims.renew(0);
            let worker = std::thread::spawn(move || {
                (1..10)
                    .filter(|&unit| claim.claim(unit))
                    .collect::<Vec<_>>()
            });
            claims.revoke(0, 10);
            let taken_back: Vec<_> = (1..10).filter(|&unit| !claims.has(0, unit)).collect();
            let begun = worker.join().unwrap();
            assert_eq!([begun, taken_back].concat().len(), 9);
        }
    }

    #[test]
    fn numbers_go_round() {
        assert!(precedes(1, 2) && !precedes(2, 2) && !precedes(3, 2));
        assert!(precedes(u32::MAX, 0) && !precedes(0, u32::MAX));
        let claims = Claims::new(1).unwrap();
        let claim = claims.renew(0);
        for round in 1..10_u32 {
            let unit = round.wrapping_mul(1 << 30);
            assert!(!claims.has(0, unit) && claim.claim(unit) && claims.has(0, unit));
        }
    }
}
