//! Items that compute for a millisecond, of which every tenth fails.
//! Winner: threading or asyncio or multiprocessing

fn items() -> Vec<u64> {
    (0..600).collect()
}

fn work(item: u64) -> Result<u64, String> {
    if item % 10 == 3 {
        return Err("no answer for this one".to_owned());
    }
    Ok((0..600_000).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7)))
}
