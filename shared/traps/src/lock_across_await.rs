//! Twenty tasks fetch a page each and add it to a sum, with the lock around both or around the sum.
//!
//! A std guard cannot be held across an await in a spawned task, rustc sees to that. tokio's can,
//! and turns twenty waits that could overlap into a queue. The damage is counted, not timed: how
//! many of the twenty waits did not overlap.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time;

use crate::overlap::Overlap;
use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "lock_across_await",
    mistake: "a lock held across an await",
    wrong,
    right,
    noticed: "More tasks bring no more throughput, and most of them wait for the same lock.",
};

const PAGES: u32 = 20;

#[tokio::main(flavor = "current_thread")]
async fn wrong() -> Damage {
    let start = Instant::now();
    let total = Arc::new(Mutex::new(0));
    let overlap = Arc::new(Overlap::default());
    let mut tasks = JoinSet::new();
    for _ in 0..PAGES {
        let (total, overlap) = (Arc::clone(&total), Arc::clone(&overlap));
        tasks.spawn(async move {
            let mut total = total.lock().await;
            *total += fetch(&overlap).await;
        });
    }
    tasks.join_all().await;
    damage(&overlap, start)
}

#[tokio::main(flavor = "current_thread")]
async fn right() -> Damage {
    let start = Instant::now();
    let total = Arc::new(Mutex::new(0));
    let overlap = Arc::new(Overlap::default());
    let mut tasks = JoinSet::new();
    for _ in 0..PAGES {
        let (total, overlap) = (Arc::clone(&total), Arc::clone(&overlap));
        tasks.spawn(async move {
            let page = fetch(&overlap).await;
            *total.lock().await += page;
        });
    }
    tasks.join_all().await;
    damage(&overlap, start)
}

async fn fetch(overlap: &Overlap) -> u64 {
    let _on_its_way = overlap.begin();
    time::sleep(Duration::from_millis(10)).await;
    10394
}

fn damage(overlap: &Overlap, start: Instant) -> Damage {
    let (most, took) = (overlap.most(), start.elapsed().as_millis());
    Damage {
        amount: (PAGES - most).into(),
        report: format!("{PAGES} pages after 10 ms each, most at once: {most}; {took} ms"),
    }
}
