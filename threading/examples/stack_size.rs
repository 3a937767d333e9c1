//! Walk a chain of 100000 rooms by recursion, on a stack that is large enough for it.
//!
//!     cargo run -p threading --example threading-stack_size
//!
//! Python: threading.stack_size -> std::thread::Builder::stack_size
//! Python sets one size for all threads to come, Rust one for each thread; without it, it is 2 MiB.
//! The system hands out pages only as they are touched, so a large stack costs address space first.

use std::hint::black_box;
use std::io;
use std::thread;

const ROOMS: usize = 100_000;

fn main() -> io::Result<()> {
    let roomy = thread::Builder::new().stack_size(256 << 20);

    let walker = roomy.spawn(|| walk(ROOMS))?;
    assert_eq!(walker.join().unwrap(), ROOMS);

    // A hundred small ones take less than that one. Too small a stack is not caught: it is a
    // segmentation fault of the whole process.
    let mut walkers = Vec::new();
    for rooms in 0..100 {
        walkers.push(
            thread::Builder::new()
                .stack_size(256 << 10)
                .spawn(move || walk(rooms))?,
        );
    }
    let walked: usize = walkers
        .into_iter()
        .map(|walker| walker.join().unwrap())
        .sum();
    assert_eq!(walked, 4950);
    Ok(())
}

fn walk(rooms: usize) -> usize {
    let room = black_box([0_u8; 256]);
    match rooms {
        0 => 0,
        rooms => 1 + walk(rooms - 1) + usize::from(room[0]),
    }
}
