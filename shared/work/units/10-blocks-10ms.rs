//! Items that wait for ten milliseconds, in a form that blocks alone.
//! Winner: threading or asyncio or multiprocessing

fn items() -> Vec<u64> {
    (0..150).collect()
}

fn work(item: u64) -> u64 {
    std::thread::sleep(std::time::Duration::from_micros(10000));
    item
}
