//! Items that wait for fifty milliseconds, in a form that blocks and one that awaits.
//! Winner: threading or asyncio or multiprocessing

fn items() -> Vec<u64> {
    (0..60).collect()
}

fn work(item: u64) -> u64 {
    std::thread::sleep(std::time::Duration::from_micros(50000));
    item
}

async fn work_async(item: u64) -> u64 {
    tokio::time::sleep(std::time::Duration::from_micros(50000)).await;
    item
}
