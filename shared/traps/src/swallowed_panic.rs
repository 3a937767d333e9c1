//! Ten tasks store an order each, and three of them panic.

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "swallowed_panic",
    mistake: "a dropped join handle swallows a panic",
    wrong,
    right,
    noticed: "Work is missing, the exit code is 0, and only stderr knows why.",
};

const ORDERS: u32 = 10;

#[tokio::main]
async fn wrong() -> Damage {
    let (done, mut all_done) = mpsc::channel::<()>(1);
    for order in 0..ORDERS {
        let done = done.clone();
        tokio::spawn(async move {
            store(order);
            drop(done);
        });
    }
    drop(done);
    all_done.recv().await;
    damage(0)
}

#[tokio::main]
async fn right() -> Damage {
    let mut tasks = JoinSet::new();
    for order in 0..ORDERS {
        tasks.spawn(async move { store(order) });
    }
    let mut noticed = 0;
    while let Some(stored) = tasks.join_next().await {
        noticed += u32::from(stored.is_err_and(|error| error.is_panic()));
    }
    damage(noticed)
}

fn store(order: u32) {
    assert!(!order.is_multiple_of(4), "no room for order {order}");
}

fn damage(noticed: u32) -> Damage {
    let panics = (0..ORDERS).filter(|order| order.is_multiple_of(4)).count() as u32;
    let unseen = panics - noticed;
    Damage {
        amount: unseen.into(),
        report: format!("{unseen} of {panics} panics go unseen"),
    }
}
