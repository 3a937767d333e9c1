//! Items that compute for five milliseconds and wait for one: tasks compute one after another.
//! Winner: threading or multiprocessing

fn items() -> Vec<u64> {
    (0..150).collect()
}

fn work(item: u64) -> u64 {
    let item = (0..3000000).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7));
    std::thread::sleep(std::time::Duration::from_micros(1000));
    item
}

async fn work_async(item: u64) -> u64 {
    let item = (0..3000000).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7));
    tokio::time::sleep(std::time::Duration::from_micros(1000)).await;
    item
}
