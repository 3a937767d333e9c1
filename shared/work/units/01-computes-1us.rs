//! A thousand items that compute for about a microsecond: over before a pool has earned its start back.
//! Winner: sequential or threading

fn items() -> Vec<u64> {
    (0..1000).collect()
}

fn work(item: u64) -> u64 {
    (0..500).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7))
}
