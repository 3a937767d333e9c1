//! A function that is not async needs the answer of one that is, while the loop is running.

use tokio::runtime::Runtime;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "nested_runtime",
    mistake: "a runtime inside a runtime",
    wrong,
    right,
    noticed: "It panics at the first call, but only where the caller is async.",
};

#[tokio::main]
async fn wrong() -> Damage {
    let total = || {
        let runtime = Runtime::new().expect("the system has threads left");
        runtime.block_on(price("soup"))
    };
    damage(tokio::spawn(async move { total() }).await.ok())
}

#[tokio::main]
async fn right() -> Damage {
    let total = async || price("soup").await;
    damage(tokio::spawn(async move { total().await }).await.ok())
}

async fn price(dish: &str) -> usize {
    tokio::task::yield_now().await;
    dish.len()
}

fn damage(price: Option<usize>) -> Damage {
    match price {
        Some(price) => Damage {
            amount: 0.0,
            report: format!("the price is {price}"),
        },
        None => Damage {
            amount: 1.0,
            report: "a panic instead of the price".into(),
        },
    }
}
