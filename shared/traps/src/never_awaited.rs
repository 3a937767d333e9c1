//! Ten orders are to be stored, by calling an async function and forgetting to await it.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "never_awaited",
    mistake: "a future that was never awaited",
    wrong,
    right,
    noticed: "Nothing happens, and fast. rustc warns; if it is silenced by `let _`, clippy does.",
};

const ORDERS: u32 = 10;

#[tokio::main]
#[expect(
    clippy::let_underscore_future,
    reason = "it is the mistake to be shown"
)]
async fn wrong() -> Damage {
    let stored = AtomicU32::new(0);
    for _ in 0..ORDERS {
        let _ = store(&stored);
    }
    damage(&stored)
}

#[tokio::main]
async fn right() -> Damage {
    let stored = AtomicU32::new(0);
    for _ in 0..ORDERS {
        store(&stored).await;
    }
    damage(&stored)
}

async fn store(stored: &AtomicU32) {
    tokio::task::yield_now().await;
    stored.fetch_add(1, Relaxed);
}

fn damage(stored: &AtomicU32) -> Damage {
    let stored = stored.load(Relaxed);
    Damage {
        amount: (ORDERS - stored).into(),
        report: format!("{stored} of {ORDERS} orders stored"),
    }
}
