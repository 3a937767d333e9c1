//! The workloads and probes, with the arguments of each.

use clap::{Args, Subcommand};
use url::Url;

use super::values::{between, web_url};
use crate::probes::{How, Of};

#[derive(Clone, Subcommand)]
pub(super) enum Workload {
    /// Five tables give their orders to one waiter
    Waiter {
        /// Tables
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between::<usize>(1, 26))]
        size: usize,
    },
    /// Fetch a page that takes its time to answer
    Hello {
        /// Requests
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 5, value_parser = between::<usize>(1, 1_000_000))]
        size: usize,
    },
    /// Fetch two sites many times over, or pages out in the world
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
    /// Probe: many units asleep at once
    Sleepers {
        /// Units
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 100, value_parser = between::<usize>(1, 10_000_000))]
        size: usize,
    },
    /// Probe: calls that block their thread
    Blocking {
        #[command(flatten)]
        calls: Calls,
    },
    /// Probe: calls that block, handed to threads or processes of a pool
    Offload {
        #[command(flatten)]
        calls: Calls,
    },
    /// Probe: a ticker beside a computation without a pause
    Ticker {
        /// Milliseconds for which the computation lasts
        #[arg(long, allow_negative_numbers = true, value_name = "MS", default_value_t = 300, value_parser = between::<u64>(1, 60_000))]
        size: u64,
    },
    /// Probe: a message there and back
    Pingpong {
        /// Round trips
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
    },
    /// Probe: the same, between sides that look for the message before they sleep
    PingpongSpinning {
        /// Round trips
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
    },
    /// Probe: two units that give way to each other
    Switch {
        /// Times that each gives way
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 100_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
    },
    /// Probe: a message of many bytes there and back
    Message {
        /// Round trips
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
        #[command(flatten)]
        bytes: Bytes,
        /// What it consists of
        #[arg(long, value_enum, default_value = "numbers")]
        of: Of,
    },
    /// Probe: two sides that change shared memory in turn
    Memory {
        /// Turns of each side
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
        #[command(flatten)]
        bytes: Bytes,
    },
    /// Probe: one unit of many fails
    Crash {
        #[command(flatten)]
        units: Failing,
    },
    /// Probe: one unit of many fails, all of them in a pool
    CrashPool {
        #[command(flatten)]
        units: Failing,
    },
    /// Probe: workers count up one number without a lock
    Race {
        #[command(flatten)]
        adds: Adds,
    },
    /// Probe: the same, with a call, or an await, between reading and writing
    RaceCall {
        #[command(flatten)]
        adds: Adds,
    },
}

#[derive(Args, Clone, Copy)]
pub(super) struct Calls {
    /// Calls
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10, value_parser = between::<usize>(1, 10_000))]
    pub size: usize,
}

#[derive(Args, Clone, Copy)]
pub(super) struct Bytes {
    /// Bytes that are handed over
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 65_536, value_parser = between::<usize>(8, 1 << 26))]
    pub bytes: usize,
}

#[derive(Args, Clone, Copy)]
pub(super) struct Failing {
    /// Units
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10, value_parser = between::<u64>(1, 10_000))]
    pub size: u64,
    /// How it fails
    #[arg(long, value_enum, default_value = "panic")]
    pub how: How,
}

#[derive(Args, Clone, Copy)]
pub(super) struct Adds {
    /// Times that each worker adds one
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 1_000_000, value_parser = between::<u64>(1, 1_000_000_000))]
    pub size: u64,
}

impl Workload {
    /// Its name on the command line.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Waiter { .. } => "waiter",
            Self::Hello { .. } => "hello",
            Self::Sites { .. } => "sites",
            Self::Cats { .. } => "cats",
            Self::Lists { .. } => "lists",
            Self::Squares { .. } => "squares",
            Self::Hashes { .. } => "hashes",
            Self::Serve { .. } => "serve",
            Self::Sleepers { .. } => "sleepers",
            Self::Blocking { .. } => "blocking",
            Self::Offload { .. } => "offload",
            Self::Ticker { .. } => "ticker",
            Self::Pingpong { .. } => "pingpong",
            Self::PingpongSpinning { .. } => "pingpong-spinning",
            Self::Switch { .. } => "switch",
            Self::Message { .. } => "message",
            Self::Memory { .. } => "memory",
            Self::Crash { .. } => "crash",
            Self::CrashPool { .. } => "crash-pool",
            Self::Race { .. } => "race",
            Self::RaceCall { .. } => "race-call",
        }
    }

    /// Whether it fetches pages.
    pub(super) fn downloads(&self) -> bool {
        matches!(
            self,
            Self::Hello { .. } | Self::Sites { .. } | Self::Cats { .. }
        )
    }

    /// Whether it is CPU bound.
    pub(super) fn computes(&self) -> bool {
        matches!(
            self,
            Self::Lists { .. } | Self::Squares { .. } | Self::Hashes { .. }
        )
    }

    /// Whether delays of the story are a part of it.
    pub(super) fn delays(&self) -> bool {
        let naps = matches!(
            self,
            Self::Sleepers { .. } | Self::Blocking { .. } | Self::Offload { .. }
        );
        naps || matches!(self, Self::Waiter { .. }) || self.needs_server()
    }

    /// Whether it counts up one number.
    pub(super) fn races(&self) -> bool {
        matches!(self, Self::Race { .. } | Self::RaceCall { .. })
    }

    /// Whether it serves until it is ended.
    pub(super) fn serves(&self) -> bool {
        matches!(self, Self::Serve { .. })
    }

    /// Whether its pages are those of the local server.
    pub(super) fn needs_server(&self) -> bool {
        self.downloads() && !matches!(self, Self::Sites { urls, .. } if !urls.is_empty())
    }
}
