//! A table hands in work, and asks for the results later.
//!
//!     cargo run --example multiprocessing-apply_async
//!
//! Python: pool.apply_async(square, (12,)).get()
//! Rust:   pool.apply_async(square, 12)?.get()?
//!
//! One callback gets a `Result`, where Python has two callbacks.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::panic;
use std::sync::mpsc;
use std::time::Duration;

use multiprocessing::{Error, Pipe, Pool, tasks};

fn square(number: u64) -> u64 {
    number.checked_mul(number).expect("a small number")
}

fn wait_for_bell(bell: Pipe<()>) {
    bell.recv().expect("main rings");
}

fn main() -> multiprocessing::Result<()> {
    // No backtraces of workers, which do not leave `init`: a panic is an error of its result.
    panic::set_hook(Box::new(|_| ()));
    multiprocessing::init(tasks![square, wait_for_bell]);
    drop(panic::take_hook());

    let pool = Pool::builder().workers(2).build()?;
    let squared = pool.apply_async(square, 12)?.get()?;
    assert_eq!(squared, pool.apply(square, 12)?);
    let (ring, bell) = Pipe::new()?;
    let waiting = pool.apply_async(wait_for_bell, bell)?;
    let early = waiting.get_timeout(Duration::from_millis(1));
    println!("a square: {squared}; before the bell rings: {early:?}");
    assert!(squared == 144 && matches!(early, Err(Error::TimedOut)));
    ring.send(())?;
    assert_eq!(waiting.get()?, ());

    for numbers in [[1, 2, 3], [4, 5, u64::MAX]] {
        let (results, collected) = mpsc::channel();
        let squares = pool.map_async(square, numbers)?;
        squares.add_done_callback(move |squares| results.send(squares).expect("main waits"));
        match collected.recv().expect("the callback sends") {
            Err(Error::Panicked { message, .. }) => println!("a callback got a panic: {message}"),
            squares => println!("a callback got {:?}", squares?),
        }
    }

    pool.close();
    assert!(matches!(pool.apply(square, 12), Err(Error::Closed)));
    pool.join()
}
