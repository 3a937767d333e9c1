//! Wait for forty thousand timers in one task, or in a task each.
//!
//! tokio makes a task pause after 128 steps, so that others get their turn, and after each pause
//! `join_all` looks at much of the rest in vain: its time grows with the square of the number. Told
//! not to pause (`task::unconstrained`) it grows with the number, as that of single tasks does.

use std::time::{Duration, Instant};

use futures_util::future;
use tokio::task::JoinSet;
use tokio::time;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "join_all",
    mistake: "join_all of very many timers",
    wrong,
    right,
    noticed: "Twice the load takes four times as long, with one processor busy and nothing done.",
};

const TIMERS: u32 = 40_000;

#[tokio::main(flavor = "current_thread")]
async fn wrong() -> Damage {
    let start = Instant::now();
    future::join_all((0..TIMERS).map(|_| wait())).await;
    damage(start)
}

#[tokio::main(flavor = "current_thread")]
async fn right() -> Damage {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..TIMERS {
        tasks.spawn(wait());
    }
    tasks.join_all().await;
    damage(start)
}

async fn wait() {
    time::sleep(Duration::from_millis(10)).await;
}

fn damage(start: Instant) -> Damage {
    let took = start.elapsed().as_secs_f64() * 1000.0;
    Damage {
        amount: took,
        told: format!("{TIMERS} waits of 10 ms took {took:.0} ms"),
    }
}
