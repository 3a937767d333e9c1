//! Mistakes that compile: each as a wrong and a right program, with the damage measured.
//!
//!     cargo run --release --bin traps
//!     cargo run --release --bin traps -- waiter wrong
//!
//! Each runs as a process of its own, so that its memory, its threads and its panics are its own.

mod blocking_pool;
mod blocking_sleep;
mod join_all;
mod lock_across_await;
mod lock_order;
mod lost_update;
mod nested_runtime;
mod never_awaited;
mod new_session;
mod overlap;
mod printed_protocol;
mod swallowed_panic;
mod two_readers;
mod unbounded_spawn;
mod waiter;

use std::env;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, ensure};
use clap::error::ErrorKind;
use clap::{Parser, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets};
use shared::cli;
use shared::trace::timeline;

const TRAPS: [Trap; 14] = [
    waiter::TRAP,
    blocking_sleep::TRAP,
    lock_across_await::TRAP,
    join_all::TRAP,
    swallowed_panic::TRAP,
    lost_update::TRAP,
    lock_order::TRAP,
    unbounded_spawn::TRAP,
    blocking_pool::TRAP,
    new_session::TRAP,
    nested_runtime::TRAP,
    never_awaited::TRAP,
    two_readers::TRAP,
    printed_protocol::TRAP,
];

/// A mistake that compiles, and how it is avoided.
struct Trap {
    /// The name of its file.
    name: &'static str,
    mistake: &'static str,
    wrong: fn() -> Damage,
    right: fn() -> Damage,
    /// How one notices it in real life.
    noticed: &'static str,
}

/// The harm that a program did: an amount, where less is better, and a sentence.
struct Damage {
    amount: f64,
    report: String,
}

#[derive(Parser)]
#[command(
    name = "traps",
    about = "Mistakes that compile, with the damage measured"
)]
struct Arguments {
    /// One trap, by the name of its file [default: all of them]
    name: Option<String>,
    /// Run this side of the pair alone, and print its damage: the amount, and a sentence
    side: Option<Side>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Side {
    Wrong,
    Right,
}

fn main() -> ExitCode {
    cli::report("traps", run_traps)
}

fn run_traps() -> anyhow::Result<()> {
    let arguments = cli::parse::<Arguments>()?;
    let mut traps: Vec<_> = TRAPS.iter().collect();
    if let Some(name) = arguments.name {
        traps.retain(|trap| trap.name == name);
        let names: Vec<_> = TRAPS.iter().map(|trap| trap.name).collect();
        let unknown = || {
            let names = names.join(", ");
            let message = format!("no trap is called '{name}'; allowed are {names}");
            clap::Error::raw(ErrorKind::InvalidValue, message)
        };
        ensure!(!traps.is_empty(), unknown());
    }

    match (arguments.side, traps.as_slice()) {
        (Some(side), [trap]) => {
            let damage = match side {
                Side::Wrong => (trap.wrong)(),
                Side::Right => (trap.right)(),
            };
            println!("{}\t{}", damage.amount, damage.report);
            Ok(())
        }
        _ => compare(&traps),
    }
}

/// Runs both sides of each. Fails if a wrong one does no more damage than its right one.
fn compare(traps: &[&Trap]) -> anyhow::Result<()> {
    let mut harmless = Vec::new();
    for trap in traps {
        let wrong = run(trap, "wrong")?;
        let right = run(trap, "right")?;
        if wrong.amount <= right.amount {
            harmless.push(trap.name);
        }
        println!("{} ({})", trap.mistake, trap.name);
        println!("{}\n", block(&wrong, &right, trap.noticed).trim_fmt());
    }

    println!(
        "{} of {} traps bite",
        traps.len() - harmless.len(),
        traps.len()
    );
    ensure!(
        harmless.is_empty(),
        "{} did no more damage than the right way",
        harmless.join(", ")
    );
    Ok(())
}

/// The two damages of a trap, in at most 80 columns.
fn block(wrong: &Damage, right: &Damage, noticed: &str) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(timeline::width().min(80) as u16);
    table.add_row(["  wrong", &wrong.report]);
    table.add_row(["  right", &right.report]);
    table.add_row(["  noticed by", noticed]);
    table
}

fn run(trap: &Trap, side: &str) -> anyhow::Result<Damage> {
    let mut program = Command::new("timeout");
    program
        .arg("60")
        .arg(env::current_exe()?)
        .args([trap.name, side]);
    // A panic is damage; its message would only tear the table.
    let output = program
        .stderr(Stdio::null())
        .output()
        .context("cannot run `timeout`")?;

    let said = String::from_utf8(output.stdout)?;
    let damage = said.lines().last().and_then(|line| line.split_once('\t'));
    let (amount, report) = damage
        .with_context(|| format!("{} {side} reported no damage: {}", trap.name, output.status))?;
    Ok(Damage {
        amount: amount.parse()?,
        report: report.into(),
    })
}
