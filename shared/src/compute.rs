//! The CPU-bound work: lists, squares and hashes.
//!
//! Every item passes through [`black_box`], because an optimiser that sees through a loop replaces it with its result:
//! a naive sum of 10^8 squares was seen to take 40 ns.

use std::hint::black_box;

use serde::{Deserialize, Serialize};
use sha2::block_api::compress256;

use crate::receipt::{Answer, Receipt};

/// Items in one list.
pub const LIST: u32 = 100_000;
/// Lists that a worker takes at a time.
const LISTS_AT_A_TIME: usize = 100;
/// Sums of squares in one run, and chains of hashes.
pub const UNITS: u32 = 20;

/// A CPU-bound job: units that need nothing from each other.
#[derive(Clone, Debug)]
pub struct Job {
    /// The units, in order.
    pub units: Vec<Unit>,
    /// How many units to work on at once, at least 1.
    pub workers: usize,
    /// How many units a worker takes at a time, at least 1.
    pub chunk: usize,
}

impl Job {
    /// `lists` lists of 100 000 items each, handed out in chunks of 100.
    pub fn lists(lists: usize, workers: usize) -> Self {
        Self {
            chunk: LISTS_AT_A_TIME,
            ..Self::of(vec![Unit::List { items: LIST }; lists], workers)
        }
    }

    /// Twenty sums: of i*i for all i below `below`, `below` + 1, ... `below` + 19.
    pub fn squares(below: u64, workers: usize) -> Self {
        let sums = (0..u64::from(UNITS)).map(|x| Unit::Squares {
            from: 0,
            to: below + x,
        });
        Self::of(sums.collect(), workers)
    }

    /// One sum of i*i for all i below `below`, cut into a slice for each worker.
    pub fn slices(below: u64, workers: usize) -> Self {
        let cut = |worker: u64| (u128::from(below) * u128::from(worker) / workers as u128) as u64;
        let slices = (0..workers as u64).map(|worker| Unit::Squares {
            from: cut(worker),
            to: cut(worker + 1),
        });
        Self::of(slices.collect(), workers)
    }

    /// Twenty chains of `steps` SHA-256 digests.
    pub fn hashes(steps: u32, workers: usize) -> Self {
        let chains = (0..UNITS).map(|chain| Unit::Hashes { chain, steps });
        Self::of(chains.collect(), workers)
    }

    fn of(units: Vec<Unit>, workers: usize) -> Self {
        Self {
            units,
            workers,
            chunk: 1,
        }
    }

    /// The job's units `times` times over: more of the same, for clocks that are too coarse for one.
    pub fn repeated(mut self, times: usize) -> Self {
        self.units = self.units.repeat(times);
        self
    }

    /// The receipt of a correct run, found in another way than by doing the work. `None` for chains of a length whose
    /// digests are not among the known ones.
    pub fn expected(&self) -> Option<Receipt> {
        self.units.iter().map(Unit::expected).sum::<Option<_>>()
    }
}

/// One unit of work. It can cross a process border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Build the list 0..items.
    List {
        /// Length of the list.
        items: u32,
    },
    /// Add up i*i for i in from..to.
    Squares {
        /// First i.
        from: u64,
        /// The i to stop before.
        to: u64,
    },
    /// Hash 16 bytes, then the digest, then the digest of the digest, `steps` digests in all.
    Hashes {
        /// Which chain: it starts from this number as 16 bytes, the highest first.
        chain: u32,
        /// Digests to compute.
        steps: u32,
    },
}

impl Unit {
    /// Does the work, all of it, on the calling thread.
    pub fn compute(&self) -> Receipt {
        Receipt::unit(match *self {
            Self::List { items } => Answer::AllTrue(list(items)),
            Self::Squares { from, to } => Answer::Sum(squares(from, to)),
            Self::Hashes { chain, steps } => digest(chain, &hash_chain(chain, steps)),
        })
    }

    fn expected(&self) -> Option<Receipt> {
        Some(Receipt::unit(match *self {
            Self::List { .. } => Answer::AllTrue(true),
            Self::Squares { from, to } => Answer::Sum(squares_below(to) - squares_below(from)),
            Self::Hashes { chain, steps } => {
                let (_, digests) = KNOWN.iter().find(|(known, _)| *known == steps)?;
                Answer::Digests([(chain, digests[chain as usize].to_owned())].into())
            }
        }))
    }
}

fn list(items: u32) -> bool {
    let list: Vec<u32> = (0..items).map(black_box).collect();
    black_box(&list).len() == items as usize && list.last() == items.checked_sub(1).as_ref()
}

fn squares(from: u64, to: u64) -> u128 {
    let mut sum = 0;
    for i in from..to {
        let i = u128::from(black_box(i));
        sum += i * i;
    }
    sum
}

/// The closed form that the work itself must not be replaced with.
fn squares_below(n: u64) -> u128 {
    let n = u128::from(n);
    if n == 0 {
        0
    } else {
        (n - 1) * n * (2 * n - 1) / 6
    }
}

/// `steps` times SHA-256, straight on the block function: a digest of a digest is always one padded block, so only its
/// first half changes from step to step. `Sha256::digest` pads anew each time, for a tenth more.
fn hash_chain(chain: u32, steps: u32) -> [u8; 32] {
    let mut block = padded(&u128::from(chain).to_be_bytes());
    let mut digest = [0; 32];
    for step in 0..steps {
        let mut state = SHA256_START;
        compress256(&mut state, &[block]);
        for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        if step == 0 {
            block = padded(&digest);
        } else {
            block[..32].copy_from_slice(&digest);
        }
    }
    digest
}

/// The one block of a message shorter than 56 bytes: the message, a 1 bit, zeros, its length in bits (FIPS 180-4, 5.1.1).
fn padded(message: &[u8]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..message.len()].copy_from_slice(message);
    block[message.len()] = 0x80;
    block[56..].copy_from_slice(&(8 * message.len() as u64).to_be_bytes());
    block
}

/// The initial hash value (FIPS 180-4, 5.3.3).
const SHA256_START: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

fn digest(chain: u32, digest: &[u8; 32]) -> Answer {
    let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Answer::Digests([(chain, hex)].into())
}

/// Last digests of the twenty chains by number of steps, computed with Python's hashlib.
const KNOWN: [(u32, [&str; UNITS as usize]); 3] = include!("compute/known_digests.in");

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_sums_of_squares_are_the_published_ones() {
        let total = |job: Job| job.expected().unwrap().answer;
        assert_eq!(
            total(Job::squares(5_000_000, 2)),
            Answer::Sum(833_337_833_344_750_010_830)
        );
        assert_eq!(
            total(Job::slices(100_000_000, 3)),
            Answer::Sum(333_333_328_333_333_350_000_000)
        );
    }

    #[test]
    fn slices_leave_out_no_number_and_count_none_twice() {
        for workers in 1..10 {
            let job = Job::slices(1001, workers);
            let receipt: Receipt = job.units.iter().map(Unit::compute).sum();
            assert_eq!(receipt.answer, Answer::Sum(squares_below(1001)));
            assert_eq!(receipt.units, workers as u64);
        }
    }

    #[test]
    fn the_computed_sums_are_the_expected_ones() {
        for job in [
            Job::lists(3, 2),
            Job::squares(1000, 2),
            Job::slices(1000, 2),
            Job::hashes(1000, 2),
        ] {
            let receipt: Receipt = job.units.iter().map(Unit::compute).sum();
            assert_eq!(Some(receipt), job.expected());
        }
    }

    #[test]
    fn a_chain_on_the_block_function_is_a_chain_of_digests() {
        for steps in [1, 2, 3, 100] {
            let mut data = 7u128.to_be_bytes().to_vec();
            for _ in 0..steps {
                data = Sha256::digest(&data).to_vec();
            }
            assert_eq!(hash_chain(7, steps).as_slice(), data);
        }
    }
}
