//! What a program is asked to do: a workload or a probe, its arguments, and what it says of itself.

use std::time::Duration;

use clap::Subcommand;

use super::computation::Computation;
use super::download::Download;
use super::number::count;
use super::probe::Probe;
use super::values::between;
use crate::receipt::Receipt;

#[derive(Clone, Subcommand)]
pub(super) enum Workload {
    /// Five tables give their orders to one waiter
    Waiter {
        /// Tables
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between::<usize>(1, 26))]
        size: usize,
    },
    #[command(flatten)]
    Download(Download),
    #[command(flatten)]
    Computation(Computation),
    /// Serve pages to any HTTP client until Ctrl-C
    Serve {
        /// Port to listen at on 127.0.0.1; 0 takes a free one
        #[arg(long, allow_negative_numbers = true, value_name = "PORT", default_value_t = 8000, value_parser = between::<u16>(0, 65_535))]
        port: u16,
        /// Connections open at once; one more gets 503
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 20_000, value_parser = between::<usize>(1, 1_000_000))]
        max_connections: usize,
        /// Milliseconds for the head of a connection's next request, and for taking an answer
        #[arg(long, allow_negative_numbers = true, value_name = "MS", default_value_t = 30_000, value_parser = between::<u64>(1, 3_600_000))]
        patience: u64,
        /// Have pages that crash: /crash?how=panic, /crash?how=abort and /crash?how=kill
        #[arg(long, hide = true)]
        crashes: bool,
    },
    #[command(flatten)]
    Probe(Probe),
}

impl Workload {
    /// Its name on the command line.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Waiter { .. } => "waiter",
            Self::Download(download) => download.name(),
            Self::Computation(computation) => computation.name(),
            Self::Serve { .. } => "serve",
            Self::Probe(probe) => probe.name(),
        }
    }

    /// Whether it fetches pages.
    pub(super) fn downloads(&self) -> bool {
        matches!(self, Self::Download(_))
    }

    /// Whether it is CPU bound.
    pub(super) fn computes(&self) -> bool {
        matches!(self, Self::Computation(_))
    }

    /// Whether delays of the story are a part of it.
    pub(super) fn delays(&self) -> bool {
        match self {
            Self::Waiter { .. } => true,
            Self::Probe(probe) => probe.naps(),
            _ => self.needs_server(),
        }
    }

    /// Whether it counts up one number.
    pub(super) fn races(&self) -> bool {
        matches!(self, Self::Probe(probe) if probe.races())
    }

    /// Whether it serves until it is ended.
    pub(super) fn serves(&self) -> bool {
        matches!(self, Self::Serve { .. })
    }

    /// Whether its pages are those of the local server.
    pub(super) fn needs_server(&self) -> bool {
        matches!(self, Self::Download(download) if download.needs_server())
    }

    /// The sentence that a run begins with, where its work prints nothing while it runs.
    pub(super) fn opening(&self) -> Option<String> {
        match self {
            Self::Computation(computation) => Some(computation.opening()),
            Self::Probe(probe) => Some(probe.opening()),
            Self::Waiter { .. } | Self::Download(_) | Self::Serve { .. } => None,
        }
    }

    /// A remark beside the summary of a run that took so many `seconds`, and whose units nap for so long; `None` where each unit, or
    /// each worker, has a line.
    pub(super) fn remark(&self, receipt: &Receipt, seconds: f64, nap: Duration) -> Option<String> {
        match self {
            Self::Probe(probe) => Some(probe.remark(receipt, seconds, nap)),
            _ => None,
        }
    }

    /// What its units are called, if each is done by one worker.
    pub(super) fn unit(&self) -> Option<&'static str> {
        match self {
            Self::Download(download) => Some(download.unit()),
            Self::Computation(computation) => Some(computation.unit()),
            _ => None,
        }
    }

    /// A receipt as a sentence.
    pub(super) fn summary(&self, receipt: &Receipt, seconds: f64) -> String {
        match self {
            Self::Waiter { .. } => {
                let orders = count(receipt.units, "order");
                format!("{orders} in {seconds:.3} s, never two tables at once")
            }
            Self::Download(download) => download.summary(receipt, seconds),
            Self::Computation(computation) => computation.summary(receipt, seconds),
            Self::Serve { .. } => served(receipt, seconds),
            Self::Probe(probe) => probe.summary(receipt, seconds),
        }
    }
}

/// The receipt of a server as a sentence.
fn served(receipt: &Receipt, seconds: f64) -> String {
    let most = receipt.readings.get("most_connections").copied();
    let mut text = format!(
        "{} over {} in {seconds:.3} s, at most {} open at once in a process",
        count(receipt.units, "request"),
        count(receipt.answer.sum() as u64, "connection"),
        most.unwrap_or_default(),
    );
    for (kind, number) in &receipt.errors {
        text += &format!("; {kind}: {number}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_prints_nothing_meanwhile_says_first_what_it_does() {
        let hashes = Workload::Computation(Computation::Hashes { size: 500_000 });
        assert_eq!(
            hashes.opening().as_deref(),
            Some("20 chains of 500,000 digests")
        );
        assert_eq!(Workload::Waiter { size: 5 }.opening(), None);
    }

    #[test]
    fn a_run_whose_units_have_lines_tells_no_more() {
        let receipt = Receipt::default();
        let hashes = Workload::Computation(Computation::Hashes { size: 1 });
        assert_eq!(hashes.remark(&receipt, 0.2, Duration::ZERO), None);
    }
}
