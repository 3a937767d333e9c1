//! Items that wait for nine milliseconds and compute for one.
//! Winner: threading or asyncio or multiprocessing

fn items() -> Vec<u64> {
    (0..150).collect()
}

fn work(item: u64) -> u64 {
    let item = (0..600000).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7));
    std::thread::sleep(std::time::Duration::from_micros(9000));
    item
}

async fn work_async(item: u64) -> u64 {
    let item = (0..600000).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7));
    tokio::time::sleep(std::time::Duration::from_micros(9000)).await;
    item
}
