//! One waiter takes the orders of five tables, one at a time, or so it was meant.
//!
//! In the Python original the waiter's blocking sleep kept the others away. Made to await, as it
//! should be, it lets them in: what an await divides needs a lock, on one thread or on many. All
//! tables are ready at the same moment, so that the damage is certain.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use tokio::sync::{Barrier, Mutex};
use tokio::task::JoinSet;
use tokio::time;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "waiter",
    mistake: "one waiter at several tables at once",
    wrong,
    right,
    noticed: "It is too fast: faster than the one thing that cannot be shared allows.",
};

struct Waiter {
    ready: Barrier,
    free: Mutex<()>,
    tables: AtomicU32,
    most: AtomicU32,
}

#[tokio::main(flavor = "current_thread")]
async fn wrong() -> Damage {
    let (start, waiter, mut tables) = open();
    for _ in 0..5 {
        let waiter = Arc::clone(&waiter);
        tables.spawn(async move {
            waiter.ready.wait().await;
            waiter.take_order().await;
        });
    }
    tables.join_all().await;
    waiter.damage(start)
}

#[tokio::main(flavor = "current_thread")]
async fn right() -> Damage {
    let (start, waiter, mut tables) = open();
    for _ in 0..5 {
        let waiter = Arc::clone(&waiter);
        tables.spawn(async move {
            waiter.ready.wait().await;
            let _here = waiter.free.lock().await;
            waiter.take_order().await;
        });
    }
    tables.join_all().await;
    waiter.damage(start)
}

fn open() -> (Instant, Arc<Waiter>, JoinSet<()>) {
    let waiter = Waiter {
        ready: Barrier::new(5),
        free: Mutex::default(),
        tables: AtomicU32::new(0),
        most: AtomicU32::new(0),
    };
    (Instant::now(), Arc::new(waiter), JoinSet::new())
}

impl Waiter {
    async fn take_order(&self) {
        let tables = self.tables.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(tables, SeqCst);
        time::sleep(Duration::from_millis(100)).await;
        self.tables.fetch_sub(1, SeqCst);
    }

    fn damage(&self, start: Instant) -> Damage {
        let (most, took) = (self.most.load(SeqCst), start.elapsed().as_millis());
        Damage {
            amount: most.into(),
            report: format!("most tables at once: {most}; {took} ms"),
        }
    }
}
