//! Items of 64 KiB that are read twenty times.
//! Winner: threading or asyncio or multiprocessing

fn items() -> Vec<Vec<u8>> {
    (0..400).map(|item| vec![item as u8; 64 << 10]).collect()
}

fn work(item: Vec<u8>) -> u64 {
    (0..20).fold(0, |total, round| {
        item.iter().fold(total ^ round, |sum: u64, byte| (sum ^ u64::from(*byte)).wrapping_mul(31))
    })
}
