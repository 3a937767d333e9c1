//! Ten tasks wait for 20 ms each, with the wrong sleep and with the right one.
//!
//! The damage is counted, not timed: how many of ten waits could not overlap.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time;

use crate::overlap::Overlap;
use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "blocking_sleep",
    mistake: "a blocking sleep in a task",
    wrong,
    right,
    noticed: "All requests get slower together while no processor is busy; timers come late.",
};

const WAITS: u32 = 10;
const NAP: Duration = Duration::from_millis(20);

#[tokio::main(flavor = "current_thread")]
async fn wrong() -> Damage {
    let start = Instant::now();
    let overlap = Arc::new(Overlap::default());
    let mut tasks = JoinSet::new();
    for _ in 0..WAITS {
        let overlap = Arc::clone(&overlap);
        tasks.spawn(async move {
            let _waiting = overlap.begin();
            thread::sleep(NAP);
        });
    }
    tasks.join_all().await;
    damage(&overlap, start)
}

#[tokio::main(flavor = "current_thread")]
async fn right() -> Damage {
    let start = Instant::now();
    let overlap = Arc::new(Overlap::default());
    let mut tasks = JoinSet::new();
    for _ in 0..WAITS {
        let overlap = Arc::clone(&overlap);
        tasks.spawn(async move {
            let _waiting = overlap.begin();
            time::sleep(NAP).await;
        });
    }
    tasks.join_all().await;
    damage(&overlap, start)
}

fn damage(overlap: &Overlap, start: Instant) -> Damage {
    let (most, took) = (overlap.most(), start.elapsed().as_millis());
    Damage {
        amount: (WAITS - most).into(),
        report: format!("{WAITS} waits of 20 ms, most at once: {most}; {took} ms"),
    }
}
