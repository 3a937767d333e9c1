//! Requests at a constant rate to a server of this machine, or another: the load that measures `threading -- serve` and the other servers.
//!
//!     cargo run --release --bin load -- http://127.0.0.1:8000/hello --rate 1000 --connections 64

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use clap::Parser;
use shared::cli;
use shared::load::{Beside, Load, Other};
use shared::trace::{fitted, ignore_broken_pipe};
use url::{Position, Url};

/// Asks a server for a page at a constant rate, and counts each answer's time from when its request was due.
#[derive(Parser)]
#[command(name = "load", version)]
struct Options {
    /// Page to ask for, such as http://127.0.0.1:8000/hello
    url: Url,
    /// Requests a second
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 1000, value_parser = cli::between::<u32>(1, 1_000_000))]
    rate: u32,
    /// Connections, which take turns and stay open
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 64, value_parser = cli::between::<usize>(1, 60_000))]
    connections: usize,
    /// Before the load, ask once on each connection, until all are answered, or none was for so many milliseconds
    #[arg(long, allow_negative_numbers = true, value_name = "MS", default_value_t = 0, value_parser = cli::between::<u64>(0, 3_600_000))]
    greeting: u64,
    /// Milliseconds for which requests are due
    #[arg(long, allow_negative_numbers = true, value_name = "MS", default_value_t = 2000, value_parser = cli::between::<u64>(1, 3_600_000))]
    time: u64,
    /// Milliseconds to wait for the last answers
    #[arg(long, allow_negative_numbers = true, value_name = "MS", default_value_t = 2000, value_parser = cli::between::<u64>(1, 3_600_000))]
    patience: u64,
    /// Search for the highest rate at which 99% of the requests take at most so many milliseconds, and load with half of it; --rate is more than can be answered, --time that of a trial
    #[arg(long, allow_negative_numbers = true, value_name = "MS", value_parser = cli::between::<u64>(1, 60_000))]
    search: Option<u64>,
    /// Another page, for one request half-way, or for one of every --every
    #[arg(long, value_name = "PAGE", value_parser = page)]
    other: Option<String>,
    /// One of so many requests asks for the other page
    #[arg(long, allow_negative_numbers = true, value_name = "N", requires = "other", value_parser = cli::between::<u64>(1, 1_000_000))]
    every: Option<u64>,
    /// Further connections, each of which sends the head of a request at a byte a second
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 0, value_parser = cli::between::<usize>(0, 60_000))]
    slow: usize,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    /// At the end keep the connections open until standard input ends
    #[arg(long)]
    until_stdin_ends: bool,
}

fn page(text: &str) -> Result<String, String> {
    let plain = text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic());
    plain
        .then(|| text.to_owned())
        .ok_or_else(|| "a page such as /work?us=1000 is".to_owned())
}

fn main() -> ExitCode {
    cli::report("load", run)
}

fn run() -> anyhow::Result<()> {
    let options = cli::parse::<Options>()?;
    cli::raise_descriptor_limit();
    let url = &options.url;
    ensure!(
        url.scheme() == "http" && url.has_host(),
        "{url} names no server that speaks HTTP without TLS"
    );
    let addresses = url.socket_addrs(|| None);
    let load = Load {
        addresses: addresses.with_context(|| format!("cannot find the server of {url}"))?,
        host: url[Position::BeforeHost..Position::AfterPort].to_owned(),
        page: url[Position::BeforePath..Position::AfterQuery].to_owned(),
        rate: options.rate.into(),
        connections: options.connections,
        greeting: Duration::from_millis(options.greeting),
        time: Duration::from_millis(options.time),
        patience: Duration::from_millis(options.patience),
        beside: Beside {
            other: options.other.map(|page| Other {
                page,
                every: options.every,
            }),
            slow: options.slow,
        },
    };
    let outcome = match options.search {
        Some(in_time) => load.search(Duration::from_millis(in_time)),
        None => load.run_and_keep(),
    };
    let (outcome, _kept) = outcome.map_err(|error| anyhow!("cannot load {url}: {error}"))?;
    let line = match options.json {
        true => serde_json::to_string(&outcome)?,
        false => fitted(&outcome.to_string()),
    };
    ignore_broken_pipe(writeln!(io::stdout(), "{line}"))?;
    if options.until_stdin_ends {
        io::copy(&mut io::stdin(), &mut io::sink())?;
    }
    Ok(())
}
