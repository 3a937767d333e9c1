//! A function times another one, once as a decorator would, and ten times over.
//!
//!     cargo run --example threading-timeit
//!
//! Python: timeit(lambda: cook("soup"), number=10)
//! Rust:   timeit(10, || cook("soup"))
//!
//! A decorator is a function that takes a closure. Rust's optimiser removes work whose result is
//! not used, so give it to `black_box`, or you time nothing. Instant never runs backwards.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let (dish, took) = timed("cook", || cook("soup"));
    assert_eq!(dish, "a bowl of soup");
    assert!(took >= Duration::from_millis(5));

    let total = timeit(10, || cook("soup"));
    println!("cook took {total:.1?} for ten times");
    assert!(total >= Duration::from_millis(50));
}

fn cook(dish: &str) -> String {
    thread::sleep(Duration::from_millis(5));
    format!("a bowl of {dish}")
}

fn timed<T>(name: &str, work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    println!("{name} took {took:.1?} for one time");
    (result, took)
}

fn timeit<T>(number: u32, mut work: impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..number {
        black_box(work());
    }
    start.elapsed()
}
