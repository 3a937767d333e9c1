//! Items that compute for five milliseconds, with an async form that awaits nothing.
//! Winner: threading or multiprocessing

fn items() -> Vec<u64> {
    (0..150).collect()
}

fn work(item: u64) -> u64 {
    (0..3_000_000).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7))
}

async fn work_async(item: u64) -> u64 {
    work(item)
}
