//! Twenty tasks fetch a page each and add it to a sum, with the lock around both or around the sum.
//!
//! A std guard cannot be held across an await in a spawned task, rustc sees to that. tokio's can,
//! and turns twenty waits that could overlap into a queue.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "lock_across_await",
    mistake: "a lock held across an await",
    wrong,
    right,
    noticed: "More tasks bring no more throughput, and most of them wait for the same lock.",
};

#[tokio::main]
async fn wrong() -> Damage {
    let start = Instant::now();
    let total = Arc::new(Mutex::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let total = Arc::clone(&total);
        tasks.spawn(async move {
            let mut total = total.lock().await;
            *total += fetch().await;
        });
    }
    tasks.join_all().await;
    damage(start)
}

#[tokio::main]
async fn right() -> Damage {
    let start = Instant::now();
    let total = Arc::new(Mutex::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let total = Arc::clone(&total);
        tasks.spawn(async move {
            let page = fetch().await;
            *total.lock().await += page;
        });
    }
    tasks.join_all().await;
    damage(start)
}

async fn fetch() -> u64 {
    time::sleep(Duration::from_millis(10)).await;
    10394
}

fn damage(start: Instant) -> Damage {
    let took = start.elapsed().as_secs_f64() * 1000.0;
    Damage {
        amount: took,
        told: format!("20 pages of 10 ms took {took:.0} ms"),
    }
}
