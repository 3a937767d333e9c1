//! Items that wait for five milliseconds under one lock, which processes do not share.
//! Winner: multiprocessing

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

static LOCK: Mutex<()> = Mutex::new(());

fn items() -> Vec<u64> {
    (0..150).collect()
}

fn work(item: u64) -> u64 {
    let _guard = LOCK.lock().unwrap();
    thread::sleep(Duration::from_millis(5));
    item
}
