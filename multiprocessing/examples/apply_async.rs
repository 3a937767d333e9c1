//! Work handed in, and looked after later.
//!
//!     cargo run -p multiprocessing --example multiprocessing-apply_async
//!
//! Python: pool.apply_async(square, (12,)).get(1)
//! Rust:   pool.apply_async(wait_for_bell, bell)
//!
//! One callback gets a `Result`, where Python has two callbacks.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::sync::mpsc;
use std::time::Duration;

use multiprocessing::{Error, Pipe, Pool, tasks};

fn square(number: u64) -> u64 {
    number.checked_mul(number).expect("a small number")
}

fn wait_for_bell(bell: Pipe<()>) {
    bell.recv().expect("somebody rings");
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![square, wait_for_bell]);

    let pool = Pool::builder().workers(2).build()?;
    let squared = pool.apply(square, 12)?;
    println!("apply: {squared}");
    assert_eq!(squared, 144);

    let (ring, bell) = Pipe::new()?;
    let waiting = pool.apply_async(wait_for_bell, bell)?;
    assert!(matches!(
        waiting.get_timeout(Duration::from_millis(1)),
        Err(Error::TimedOut)
    ));
    ring.send(())?;
    assert_eq!(waiting.get()?, ());

    println!("one of the next squares panics, as it should");
    let (results, collected) = mpsc::channel();
    for numbers in [[1, 2, 3], [4, 5, u64::MAX]] {
        let results = results.clone();
        let squares = pool.map_async(square, numbers)?;
        squares.add_done_callback(move |squares| results.send(squares).expect("somebody waits"));
    }
    let (good, bad): (Vec<_>, Vec<_>) = collected.iter().take(2).partition(Result::is_ok);
    println!("callbacks got {good:?} and {bad:?}");
    assert_eq!(good[0].as_ref().unwrap(), &[1, 4, 9]);
    assert!(matches!(&bad[0], Err(Error::Panicked { message, .. }) if message == "a small number"));

    pool.close();
    assert!(matches!(pool.apply(square, 12), Err(Error::Closed)));
    pool.join()
}
