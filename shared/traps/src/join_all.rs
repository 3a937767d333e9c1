//! Wait for forty thousand timers in one task, or in a task each.
//!
//! tokio makes a task pause after 128 steps, so that others get their turn, and after each pause
//! `join_all` looks at much of the rest in vain: its time grows with the square of the number. Asked
//! not to pause (`task::unconstrained`) it grows with the number, as that of single tasks does. The
//! damage is counted, not timed: how often a timer was looked at.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
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

static LOOKS: AtomicU64 = AtomicU64::new(0);

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
    let mut timer = pin!(time::sleep(Duration::from_millis(10)));
    poll_fn(|context| {
        LOOKS.fetch_add(1, Relaxed);
        timer.as_mut().poll(context)
    })
    .await;
}

fn damage(start: Instant) -> Damage {
    let (looks, took) = (LOOKS.load(Relaxed), start.elapsed().as_millis());
    Damage {
        amount: looks as f64,
        report: format!("{TIMERS} waits of 10 ms: looked {looks} times, {took} ms"),
    }
}
