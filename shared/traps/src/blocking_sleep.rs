//! Ten tasks wait for 20 ms each, with the wrong sleep and with the right one.

use std::thread;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "blocking_sleep",
    mistake: "a blocking sleep in a task",
    wrong,
    right,
    noticed: "All requests get slower together while no processor is busy; timers come late.",
};

const NAP: Duration = Duration::from_millis(20);

#[tokio::main(flavor = "current_thread")]
async fn wrong() -> Damage {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        tasks.spawn(async { thread::sleep(NAP) });
    }
    tasks.join_all().await;
    damage(start)
}

#[tokio::main(flavor = "current_thread")]
async fn right() -> Damage {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        tasks.spawn(async { time::sleep(NAP).await });
    }
    tasks.join_all().await;
    damage(start)
}

fn damage(start: Instant) -> Damage {
    let took = start.elapsed().as_secs_f64() * 1000.0;
    Damage {
        amount: took,
        told: format!("10 waits of 20 ms took {took:.0} ms"),
    }
}
