//! One of forty items aborts: processes alone keep the answers of the others.
//! Winner: multiprocessing

fn items() -> Vec<u64> {
    (0..40).collect()
}

fn work(item: u64) -> u64 {
    if item == 17 {
        std::process::abort();
    }
    (0..600_000).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7))
}
