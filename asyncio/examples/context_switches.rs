//! Two tasks exchange 1000 messages, and the system switches no thread for them.
//!
//!     cargo run --example asyncio-context_switches
//!
//! Python: getrusage(RUSAGE_THREAD).ru_nvcsw
//! Rust:   fs::read_to_string("/proc/thread-self/status")
//!
//! A task that waits returns to the loop, which calls the next one: to the system it is all one
//! thread at work. Compare threading's file of this name.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::fs;
use std::io;

use tokio::sync::mpsc;

const ROUNDS: u64 = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    // Room for one: a sender waits until the other task has taken the message before.
    let (ping, mut pings) = mpsc::channel(1);
    let (pong, mut pongs) = mpsc::channel(1);

    let partner = tokio::spawn(async move {
        while let Some(round) = pings.recv().await {
            pong.send(round).await.expect("main waits for its answer");
        }
    });
    let before = voluntary_switches()?;
    for round in 0..ROUNDS {
        ping.send(round).await.expect("the partner listens");
        assert_eq!(pongs.recv().await, Some(round));
    }
    let switches = voluntary_switches()? - before;
    drop(ping);
    partner.await.unwrap();

    println!("rounds: {ROUNDS}");
    println!("voluntary switches of this thread: {switches}");
    assert!(switches < ROUNDS / 10);
    Ok(())
}

fn voluntary_switches() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/thread-self/status")?;
    let counts = status.split_once("\nvoluntary_ctxt_switches:");
    let (_, count) = counts.expect("Linux counts switches");
    let count = count.lines().next().unwrap_or_default();
    count.trim().parse().map_err(io::Error::other)
}
