//! A thread walks a chain of 100000 rooms by recursion, on a stack that is large enough for it.
//!
//!     cargo run --example threading-stack_size
//!
//! Python: threading.stack_size(256 << 20)
//! Rust:   thread::Builder::new().stack_size(256 << 20)
//!
//! Python sets one size for all threads to come, Rust one for each thread; without it, it is 2 MiB.
//! The system hands out pages only as they are touched, so a large stack costs address space first.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::hint::black_box;
use std::io;
use std::thread;

const ROOMS: usize = 100_000;

fn main() -> io::Result<()> {
    let roomy = thread::Builder::new().stack_size(256 << 20);

    let walker = roomy.spawn(|| walk(ROOMS))?;
    let walked = walker.join().unwrap();
    println!("one thread on 256 MiB: {walked} calls deep");
    assert_eq!(walked, ROOMS);

    // A hundred small ones take less than that one. An overflow is noticed, but it is no panic that
    // one could catch: it ends the process.
    let mut walkers = Vec::new();
    for rooms in 0..100 {
        let narrow = thread::Builder::new().stack_size(256 << 10);
        walkers.push(narrow.spawn(move || walk(rooms))?);
    }
    let mut deepest = 0;
    for (rooms, walker) in walkers.into_iter().enumerate() {
        deepest = walker.join().unwrap();
        assert_eq!(deepest, rooms);
    }
    println!("100 threads on 256 KiB each: up to {deepest} calls deep");
    Ok(())
}

fn walk(rooms: usize) -> usize {
    let room = black_box([0_u8; 256]);
    match rooms {
        0 => 0,
        rooms => 1 + walk(rooms - 1) + usize::from(room[0]),
    }
}
