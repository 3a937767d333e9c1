//! Work handed in, and looked after later.
//!
//!     cargo run -p multiprocessing --example multiprocessing-apply_async
//!
//! Python: apply, apply_async, map_async, callback, error_callback, get(timeout) -> Future
//! One callback gets a `Result`, where Python has two callbacks.
//! cargo add multiprocessing-pool --path ../story/multiprocessing/library

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
    assert_eq!(pool.apply(square, 12)?, 144);

    let (ring, bell) = Pipe::new()?;
    let waiting = pool.apply_async(wait_for_bell, bell)?;
    assert!(matches!(
        waiting.get_timeout(Duration::from_millis(1)),
        Err(Error::TimedOut)
    ));
    ring.send(())?;
    assert_eq!(waiting.get()?, ());

    let (results, collected) = mpsc::channel();
    for numbers in [[1, 2, 3], [4, 5, u64::MAX]] {
        let results = results.clone();
        let squares = pool.map_async(square, numbers)?;
        squares.add_done_callback(move |squares| results.send(squares).expect("somebody waits"));
    }
    let (good, bad): (Vec<_>, Vec<_>) = collected.iter().take(2).partition(Result::is_ok);
    assert_eq!(good[0].as_ref().unwrap(), &[1, 4, 9]);
    assert!(matches!(&bad[0], Err(Error::Panicked { message, .. }) if message == "a small number"));

    pool.close();
    assert!(matches!(pool.apply(square, 12), Err(Error::Closed)));
    pool.join()
}
