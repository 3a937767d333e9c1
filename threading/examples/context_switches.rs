//! Two threads exchange 1000 messages, and the system switches between them.
//!
//!     cargo run --example threading-context_switches
//!
//! Python: getrusage(RUSAGE_THREAD).ru_nvcsw
//! Rust:   fs::read_to_string("/proc/thread-self/status")
//!
//! Each message that a thread must wait for puts it to sleep and costs a switch. Compare asyncio's
//! file of this name: there the same exchange costs none.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::fs;
use std::io;
use std::sync::mpsc;
use std::thread;

const ROUNDS: u64 = 1_000;

fn main() -> io::Result<()> {
    // No room in the channels: a sender waits until the other thread has taken the message.
    let (ping, pings) = mpsc::sync_channel(0);
    let (pong, pongs) = mpsc::sync_channel(0);

    let partner = thread::spawn(move || {
        for round in pings {
            pong.send(round).expect("main waits for its answer");
        }
    });
    let before = voluntary_switches()?;
    for round in 0..ROUNDS {
        ping.send(round).expect("the partner listens");
        assert_eq!(pongs.recv(), Ok(round));
    }
    let switches = voluntary_switches()? - before;
    drop(ping);
    partner.join().unwrap();

    println!("rounds: {ROUNDS}");
    println!("voluntary switches of this thread: {switches}");
    assert!(switches >= ROUNDS / 10);
    Ok(())
}

fn voluntary_switches() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/thread-self/status")?;
    let counts = status.split_once("\nvoluntary_ctxt_switches:");
    let (_, count) = counts.expect("Linux counts switches");
    let count = count.lines().next().unwrap_or_default();
    count.trim().parse().map_err(io::Error::other)
}
