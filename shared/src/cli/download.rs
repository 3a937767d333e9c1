//! The downloads: the arguments of each, its job, and what it says of itself.

use std::time::Duration;

use clap::Subcommand;
use url::Url;

use super::number::count;
use super::values::{between, web_url};
use crate::download::{HELLO_DELAY, Job};
use crate::receipt::Receipt;
use crate::server::CATS;

#[derive(Clone, Subcommand)]
pub(super) enum Download {
    /// Fetch a page that takes its time to answer
    Hello {
        /// Requests
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between::<usize>(1, 1_000_000))]
        size: usize,
    },
    /// Fetch two sites many times over, or pages of other servers
    Sites {
        /// Pages to fetch instead
        #[arg(value_parser = web_url)]
        urls: Vec<Url>,
        /// Times to fetch each site
        #[arg(long, conflicts_with = "urls", allow_negative_numbers = true, value_name = "N", default_value_t = 80, value_parser = between::<usize>(1, 1_000_000))]
        size: usize,
        /// Milliseconds for which the local server holds every page back
        #[arg(long, conflicts_with = "urls", allow_negative_numbers = true, value_name = "MS", default_value_t = 20, value_parser = between::<u64>(0, 60_000))]
        delay: u64,
    },
    /// Fetch twenty photos of about 100 kB
    Cats {
        /// Times to fetch each photo
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between::<usize>(1, 100_000))]
        size: usize,
    },
}

impl Download {
    /// Its name on the command line.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Sites { .. } => "sites",
            Self::Cats { .. } => "cats",
        }
    }

    /// What so many workers are to fetch, from this server unless the pages are those of other servers. Delays of the story are
    /// multiplied with `time_scale`.
    pub(super) fn job(&self, server: &Url, time_scale: f64, workers: usize) -> Job {
        match self {
            Self::Hello { size } => {
                Job::hello(server, *size, HELLO_DELAY.mul_f64(time_scale), workers)
            }
            Self::Sites { urls, size, delay } if urls.is_empty() => {
                Job::sites(server, *size, Duration::from_millis(*delay), workers)
            }
            Self::Sites { urls, .. } => Job::real(urls, workers),
            Self::Cats { size } => Job::cats(server, *size, workers),
        }
    }

    /// How many pages its job has.
    pub(super) fn pages(&self) -> usize {
        match self {
            Self::Hello { size } => *size,
            Self::Sites { urls, size, .. } if urls.is_empty() => 2 * size,
            Self::Sites { urls, .. } => urls.len(),
            Self::Cats { size } => CATS * size,
        }
    }

    /// Whether its pages are those of the local server.
    pub(super) fn needs_server(&self) -> bool {
        !matches!(self, Self::Sites { urls, .. } if !urls.is_empty())
    }

    /// What its pages are called.
    pub(super) fn unit(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "greeting",
            Self::Sites { .. } | Self::Cats { .. } => "page",
        }
    }

    /// A receipt as a sentence.
    pub(super) fn summary(&self, receipt: &Receipt, seconds: f64) -> String {
        let pages = count(receipt.units, self.unit());
        let fetched = match self {
            Self::Hello { .. } => pages,
            Self::Sites { .. } | Self::Cats { .. } => {
                format!("{pages}, {}", count(receipt.bytes, "byte"))
            }
        };
        format!("{fetched} in {seconds:.3} s{}", troubles(receipt))
    }
}

/// What went wrong, behind a sentence that says what went well.
fn troubles(receipt: &Receipt) -> String {
    let (lost, failed) = (receipt.outcomes.troubles(), receipt.tries.troubles());
    let mut text = String::new();
    if lost.total() > 0 {
        text += &format!("; lost: {lost}");
    }
    if failed.total() > 0 {
        text += &format!("; tries that failed: {failed}");
    }
    if receipt.unfinished > 0 {
        text += &format!("; not fetched: {}", receipt.unfinished);
    }
    text
}
