//! Which units the workers of a pool have begun, in memory that they share with it.
//!
//! A worker is sent several units at once, and claims each before it begins it. So the pool knows
//! what a worker was at when it died, and can take back what it has not begun.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::error::Result;

/// A cache line for each worker, lest they slow each other down.
const STRIDE: usize = 8;

/// A word for each worker of a pool: in its lower half the number of the unit that the worker
/// claimed last, in its upper half the least that it may claim.
pub(crate) struct Claims(Array<u64>);

impl Claims {
    pub fn new(workers: usize) -> Result<Claims> {
        Array::new(workers * STRIDE).map(Claims)
    }

    /// The word of a new worker, whose units are numbered from 1.
    pub fn renew(&self, worker: usize) -> Claim {
        self.word(worker).store(0, Ordering::Release);
        Claim {
            words: self.0.clone(),
            place: worker * STRIDE,
        }
    }

    /// Whether the worker has claimed the unit.
    pub fn has(&self, worker: usize, unit: u32) -> bool {
        !precedes(self.word(worker).load(Ordering::Acquire) as u32, unit)
    }

    /// Keeps the worker from claiming a unit before `next`, unless it has.
    pub fn revoke(&self, worker: usize, next: u32) {
        let revoked = |word| Some(u64::from(next) << 32 | u64::from(word as u32));
        let _ = self
            .word(worker)
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, revoked);
    }

    fn word(&self, worker: usize) -> &AtomicU64 {
        &self.0[worker * STRIDE]
    }
}

/// The word of one worker, as it has it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claim {
    words: Array<u64>,
    place: usize,
}

impl Claim {
    /// Claims a unit. `false`: the pool has taken it back.
    pub fn claim(&self, unit: u32) -> bool {
        let claimed = |word: u64| {
            // What it may claim goes along with what it claims: else the numbers, which go round,
            // would come before it in the end.
            let least = (word >> 32) as u32;
            (!precedes(unit, least)).then_some(u64::from(unit) << 32 | u64::from(unit))
        };
        <[AtomicU64]>::get(&self.words, self.place).is_some_and(|word| {
            word.fetch_update(Ordering::AcqRel, Ordering::Acquire, claimed)
                .is_ok()
        })
    }
}

/// Whether one number comes before another. They go round, but never so far apart.
pub(crate) fn precedes(one: u32, other: u32) -> bool {
    (one.wrapping_sub(other) as i32) < 0
}

#[cfg(test)]
mod tests {
    use super::*;

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
