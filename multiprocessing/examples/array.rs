//! Two processes fill the halves of one array.
//!
//!     cargo run --example multiprocessing-array
//!
//! Python: Array("d", numbers)
//! Rust:   Array::from_slice(&numbers)
//!
//! An array crosses to a process as a file descriptor, so that its numbers are not copied. Every
//! number is an atomic: no process sees half of one.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::ops::Range;

use multiprocessing::{Array, Process, tasks};

fn halve(numbers: Array<f64>, part: Range<usize>) {
    for place in part {
        numbers.set(place, numbers.get(place) / 2.0);
    }
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![halve]);

    let numbers: Vec<f64> = (0..1_000).map(f64::from).collect();
    let array = Array::from_slice(&numbers)?;
    let first = Process::spawn(halve, (array.clone(), 0..500))?;
    let second = Process::spawn(halve, (array.clone(), 500..1_000))?;
    assert!(first.join()?.success() && second.join()?.success());

    let halves = array.to_vec();
    println!("before: {:?} of {}", &numbers[997..], numbers.len());
    println!("after:  {:?} of {}", &halves[997..], array.len());
    assert_eq!(halves[999], 499.5);
    let sum: f64 = numbers.iter().sum();
    assert_eq!(halves.iter().sum::<f64>(), sum / 2.0);
    Ok(())
}
