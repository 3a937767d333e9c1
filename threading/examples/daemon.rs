//! A heartbeat runs beside the program and ends with it.
//!
//!     cargo run --example threading-daemon
//!
//! Python: Thread(target=beat, daemon=True).start()
//! Rust:   thread::spawn(|| beat(pulse))
//!
//! Every Rust thread is a daemon: the process ends when `main` returns, and all threads with it.
//! Python's default, to wait for all, is `join` or `scope` here.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::mpsc::{self, SyncSender};
use std::thread;

fn main() {
    let (pulse, beats) = mpsc::sync_channel(0);

    let heartbeat = thread::spawn(|| beat(pulse));
    let first: Vec<u32> = beats.iter().take(3).collect();
    println!("heartbeats: {first:?}");
    assert_eq!(first, [1, 2, 3]);

    // It waits to hand over the fourth beat, and is gone when `main` returns: what it owns is not
    // dropped, its buffers not flushed. Where that matters, drop `beats` and join.
    let finished = heartbeat.is_finished();
    println!("main returns; has the heartbeat finished? {finished}");
    assert!(!finished);
}

fn beat(pulse: SyncSender<u32>) {
    for count in 1.. {
        if pulse.send(count).is_err() {
            break;
        }
    }
}
