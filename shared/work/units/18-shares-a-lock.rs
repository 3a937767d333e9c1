//! Items that compute for five milliseconds under one lock, which processes do not share.
//! Winner: multiprocessing

use std::sync::Mutex;

static LOCK: Mutex<()> = Mutex::new(());

fn items() -> Vec<u64> {
    (0..150).collect()
}

fn work(item: u64) -> u64 {
    let _guard = LOCK.lock().unwrap();
    (0..3_000_000).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7))
}
