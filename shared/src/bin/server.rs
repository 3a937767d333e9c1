//! The local server by itself, for curl, for a client of your own, and for `make compare`.
//!
//!     cargo run --bin server -- --port 8000

use std::io::{self, Read, Write as _};
use std::process::ExitCode;

use clap::Parser;
use shared::cli::{self, between};
use shared::faults::Faults;
use shared::server::{Server, Setup};
use shared::trace::ignore_broken_pipe;

/// Serves the pages of the story on 127.0.0.1 until it is interrupted.
#[derive(Parser)]
#[command(name = "server", version)]
struct Options {
    /// Port to listen at; 0 takes a free one
    #[arg(long, allow_negative_numbers = true, value_name = "PORT", default_value_t = 8000, value_parser = between::<u16>(0, 65_535))]
    port: u16,
    /// Faults: SEED:RATE, a profile (all, slow, flaky, hostile), or a fault by name
    #[arg(long)]
    faults: Option<Faults>,
    /// Stop when standard input ends, so that the program that started the server cannot leave it behind
    #[arg(long)]
    until_stdin_ends: bool,
}

fn main() -> ExitCode {
    cli::report("server", serve)
}

fn serve() -> anyhow::Result<()> {
    let options = cli::parse::<Options>()?;
    cli::raise_descriptor_limit();
    let setup = Setup {
        port: options.port,
        faults: options.faults,
        ..Setup::default()
    };
    let server = Server::with(setup)
        .map_err(|error| anyhow::anyhow!("cannot listen at port {}: {error}", options.port))?;
    ignore_broken_pipe(writeln!(io::stdout(), "{}", server.url()))?;
    if options.until_stdin_ends {
        io::stdin().read_to_end(&mut Vec::new())?;
    } else {
        loop {
            std::thread::park();
        }
    }
    Ok(())
}
