//! Items that use two threads by themselves: on two cores there is nothing to gain.
//! Winner: sequential

fn items() -> Vec<u64> {
    (0..24).collect()
}

fn work(item: u64) -> u64 {
    let half = |start: u64| (0..30_000_000).fold(start, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7));
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(item));
        half(!item) ^ other.join().unwrap()
    })
}
