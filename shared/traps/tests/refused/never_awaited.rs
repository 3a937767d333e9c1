//! A coroutine is called and not awaited. Python warns at run time, if at all.

#![deny(warnings)]

#[tokio::main]
async fn main() {
    store("soup");
}

async fn store(order: &str) {
    tokio::task::yield_now().await;
    println!("{order}");
}
