//! Four items that compute for a few microseconds.
//! Winner: sequential

fn items() -> Vec<u64> {
    (0..4).collect()
}

fn work(item: u64) -> u64 {
    (0..2000).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7))
}
