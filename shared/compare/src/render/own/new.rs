//! Work of your own, to be measured in every technique:
//!
//!     make compare WORK=work.rs
//!
//! Crates that it uses stand here, as `cargo add` takes them:
//!
//!     //! cargo add fastrand
//!
//! Items and answers cross a border between processes. Types of your own derive serde::Serialize and serde::Deserialize.

/// The items, any number of them.
fn items() -> Vec<u64> {
    (0..400).map(|item| 2_000_000 + item).collect()
}

/// The work on one item. It may also return a Result.
fn work(item: u64) -> u64 {
    (1..item).fold(item, |sum, number| (sum ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

// If the work waits for something, and there is an async form of it, asyncio does that one. Without it, asyncio hands `work`
// to threads.
//
// async fn work_async(item: u64) -> u64 {
//     tokio::time::sleep(std::time::Duration::from_millis(10)).await;
//     item
// }
//
// Instead of `items` a file may have `item`, which makes one of each line that it is given:
//
//     make compare WORK=work.rs ITEMS='photos/*.jpg'
//
// fn item(line: &str) -> u64 {
//     line.len() as u64
// }
