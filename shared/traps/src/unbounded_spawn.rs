//! Two thousand orders for eight stoves: all taken in at once, or one whenever a stove is free.

use std::fs;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::{self, JoinSet};

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "unbounded_spawn",
    mistake: "a task for everything that comes in",
    wrong,
    right,
    noticed: "Memory grows with the load instead of with the width, until the system ends it.",
};

const ORDERS: usize = 2_000;

#[tokio::main(flavor = "current_thread")]
async fn wrong() -> Damage {
    let stoves = Arc::new(Semaphore::new(8));
    let mut tasks = JoinSet::new();
    for _ in 0..ORDERS {
        let stoves = Arc::clone(&stoves);
        tasks.spawn(async move {
            let order = receive();
            let _stove = stoves.acquire().await;
            cook(order).await;
        });
    }
    tasks.join_all().await;
    damage()
}

#[tokio::main(flavor = "current_thread")]
async fn right() -> Damage {
    let stoves = Arc::new(Semaphore::new(8));
    let mut tasks = JoinSet::new();
    for _ in 0..ORDERS {
        // Before the task, not in it: it is the loop that must wait.
        let stove = Arc::clone(&stoves).acquire_owned().await;
        tasks.spawn(async move {
            let _stove = stove;
            cook(receive()).await;
        });
    }
    tasks.join_all().await;
    damage()
}

fn receive() -> Vec<u8> {
    vec![1; 64 << 10]
}

async fn cook(order: Vec<u8>) {
    task::yield_now().await;
    drop(order);
}

fn damage() -> Damage {
    let peak = peak_memory();
    Damage {
        amount: peak,
        report: format!("{ORDERS} orders of 64 kB took {peak:.0} MB at the peak"),
    }
}

/// The most memory that this process ever had, in megabytes.
fn peak_memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells of each process");
    let (_, peak) = status.split_once("VmHWM:").expect("Linux keeps the peak");
    let (kilobytes, _) = peak.split_once("kB").expect("it is in kB");
    kilobytes.trim().parse::<f64>().expect("it is a number") / 1024.0
}
