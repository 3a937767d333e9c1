//! A program serves until a signal asks it to stop, here one that it sends to itself.
//!
//!     cargo run --example asyncio-signals
//!
//! Python: loop.add_signal_handler(SIGTERM, stop)
//! Rust:   signal(SignalKind::terminate())
//!
//! Both turn a signal into an event of the loop, whose handler may call any function. Call `signal`
//! before the signal comes; from then on the default, to end the program, is gone for good.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::process;

use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let (order, mut orders) = mpsc::channel(1);
    order.send("soup").await.expect("the loop below listens");

    let kill = format!("kill -TERM {}", process::id());
    let mut served = Vec::new();
    loop {
        tokio::select! {
            Some(dish) = orders.recv() => {
                println!("an order came: {dish}");
                served.push(dish);
                assert!(Command::new("sh").args(["-c", &kill]).status().await?.success());
            }
            _ = terminate.recv() => {
                println!("SIGTERM came");
                break;
            }
        }
    }
    println!("the loop ended, and the program did not; it served {served:?}");
    assert_eq!(served, ["soup"]);
    Ok(())
}
