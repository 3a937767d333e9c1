//! The computations: the arguments of each, its job, and what it says of itself.

use clap::Subcommand;

use super::number::{count, with_commas};
use super::values::between;
use crate::compute::{Job, UNITS};
use crate::receipt::{Answer, Receipt};

#[derive(Clone, Copy, Subcommand)]
pub(super) enum Computation {
    /// Build lists of 100000 items
    Lists {
        /// Lists
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 1000, value_parser = between::<usize>(1, 1_000_000))]
        size: usize,
    },
    /// Add up squares: twenty sums, of all i*i below N, N+1, ... N+19
    Squares {
        /// N
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5_000_000, value_parser = between::<u64>(1, 10_000_000_000))]
        size: u64,
        /// One sum instead, of all i*i below 20 N, cut into a slice for each worker
        #[arg(long)]
        slices: bool,
    },
    /// Hash hashes: twenty chains of SHA-256
    Hashes {
        /// Digests in a chain
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 500_000, value_parser = between::<u32>(1, 1_000_000_000))]
        size: u32,
    },
}

impl Computation {
    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lists { .. } => "lists",
            Self::Squares { .. } => "squares",
            Self::Hashes { .. } => "hashes",
        }
    }

    /// What so many workers are to do.
    pub(super) fn job(self, workers: usize) -> Job {
        match self {
            Self::Lists { size } => Job::lists(size, workers),
            Self::Squares { size, slices } => match slices {
                true => Job::slices(20 * size, workers),
                false => Job::squares(size, workers),
            },
            Self::Hashes { size } => Job::hashes(size, workers),
        }
    }

    /// How many units its job has for so many workers.
    pub(super) fn units(self, workers: usize) -> usize {
        match self {
            Self::Lists { size } => size,
            Self::Squares { slices: true, .. } => workers,
            Self::Squares { .. } | Self::Hashes { .. } => UNITS as usize,
        }
    }

    /// The sentence that a run begins with.
    pub(super) fn opening(self) -> String {
        match self {
            Self::Lists { size } => format!("{} of 100,000 items", count(size as u64, "list")),
            Self::Squares { size, .. } => {
                format!("sums of squares below {} and more", with_commas(size))
            }
            Self::Hashes { size } => format!("20 chains of {}", count(size.into(), "digest")),
        }
    }

    /// What its units are called.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Lists { .. } => "list",
            Self::Squares { .. } => "sum",
            Self::Hashes { .. } => "chain",
        }
    }

    /// A receipt as a sentence.
    pub(super) fn summary(self, receipt: &Receipt, seconds: f64) -> String {
        let (done, answer) = (count(receipt.units, self.unit()), &receipt.answer);
        let found = match self {
            Self::Lists { .. } => match answer {
                Answer::AllTrue(true) => "all of them right".to_owned(),
                _ => "not all of them right".to_owned(),
            },
            Self::Squares { .. } => format!("{answer} in all"),
            Self::Hashes { .. } => answer.to_string(),
        };
        format!("{done} in {seconds:.3} s, {found}")
    }
}
