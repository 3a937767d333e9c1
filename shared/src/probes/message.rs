//! More than a number, handed over: as a message, or in memory that both sides see.

use std::hint::black_box;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::receipt::{Answer, Receipt};

/// Bytes of a number.
const NUMBER: usize = 8;

/// What does a message cost that is more than a number? A ball of many bytes goes to and fro, and each side writes a new
/// number all over it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Messages there and back.
    pub rounds: u64,
    /// Bytes of the ball, at least those of one number. What is left over behind the last number is left out.
    pub bytes: usize,
    /// What the ball consists of.
    pub of: Of,
}

/// What a ball consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// Numbers, each of which is serialised where the message is.
    Numbers,
    /// Bytes, which are copied as they are.
    Bytes,
}

/// What goes to and fro.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Ball {
    /// Numbers that are serialised to as many bytes as they have.
    Numbers(Vec<f64>),
    /// The bytes of numbers.
    Bytes(#[serde(with = "serde_bytes")] Vec<u8>),
}

impl Message {
    /// The ball at the start of the game: zeros.
    pub fn ball(&self) -> Ball {
        let numbers = self.bytes / NUMBER;
        match self.of {
            Of::Numbers => Ball::Numbers(vec![0.0; numbers]),
            Of::Bytes => Ball::Bytes(vec![0; NUMBER * numbers]),
        }
    }

    /// The receipt for a game that ended with `ball`.
    pub fn receipt(&self, ball: &Ball) -> Receipt {
        game(self.rounds, ball.sum())
    }

    /// The receipt of a correct run: each side struck in every round, and no number of the ball was left out.
    pub fn expected(&self) -> Receipt {
        expected(self.rounds, self.bytes)
    }
}

impl Ball {
    /// Writes the next number all over the ball.
    pub fn strike(&mut self) {
        match black_box(self) {
            Self::Numbers(numbers) => {
                let next = numbers[0] + 1.0;
                numbers.fill(next);
            }
            Self::Bytes(bytes) => {
                let next = number(&bytes[..NUMBER]) + 1;
                for place in bytes.chunks_exact_mut(NUMBER) {
                    place.copy_from_slice(&next.to_le_bytes());
                }
            }
        }
    }

    /// All its numbers, added up.
    fn sum(&self) -> u128 {
        match self {
            Self::Numbers(numbers) => numbers.iter().map(|number| *number as u128).sum(),
            Self::Bytes(bytes) => {
                let numbers = bytes.chunks_exact(NUMBER).map(number);
                numbers.map(u128::from).sum()
            }
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("as many bytes as a number has"))
}

/// What does it cost to hand over memory that both sides see? They take turns, and each writes a new number all over it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Memory {
    /// Turns of each side.
    pub rounds: u64,
    /// Bytes of the memory, at least those of one number. What is left over behind the last number is left out.
    pub bytes: usize,
}

impl Memory {
    /// What the memory holds at the start: zeros.
    pub fn numbers(&self) -> Vec<u64> {
        vec![0; self.bytes / NUMBER]
    }

    /// Writes the next number all over the memory.
    pub fn strike(numbers: &mut [u64]) {
        let numbers = black_box(numbers);
        numbers.fill(numbers[0] + 1);
    }

    /// The receipt for a game that left these numbers.
    pub fn receipt(&self, numbers: &[u64]) -> Receipt {
        game(self.rounds, numbers.iter().copied().map(u128::from).sum())
    }

    /// The receipt of a correct run: each side struck in every round, and no number was left out.
    pub fn expected(&self) -> Receipt {
        expected(self.rounds, self.bytes)
    }
}

/// The receipt of so many rounds, after which the numbers have this sum.
fn game(rounds: u64, sum: u128) -> Receipt {
    Receipt {
        units: rounds,
        answer: Answer::Sum(sum),
        ..Receipt::default()
    }
}

fn expected(rounds: u64, bytes: usize) -> Receipt {
    game(rounds, 2 * u128::from(rounds) * (bytes / NUMBER) as u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strike_reaches_every_number_whatever_the_ball_consists_of() {
        for of in [Of::Numbers, Of::Bytes] {
            let message = Message {
                rounds: 1,
                bytes: 27,
                of,
            };
            let mut ball = message.ball();
            ball.strike();
            assert_ne!(message.receipt(&ball), message.expected(), "{of:?}");
            ball.strike();
            assert_eq!(message.receipt(&ball), message.expected(), "{of:?}");
        }
    }
}
