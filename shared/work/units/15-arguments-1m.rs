//! Items of 1 MiB that are read once: for processes they have to be sent.
//! Winner: threading or asyncio

fn items() -> Vec<Vec<u8>> {
    (0..200).map(|item| vec![item as u8; 1024 << 10]).collect()
}

fn work(item: Vec<u8>) -> u64 {
    (0..1).fold(0, |total, round| {
        item.iter().fold(total ^ round, |sum: u64, byte| (sum ^ u64::from(*byte)).wrapping_mul(31))
    })
}
