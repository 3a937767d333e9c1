//! Two processes count, and enter their results into one dictionary.
//!
//!     cargo run --example multiprocessing-manager
//!
//! Python: Manager().dict()
//! Rust:   manager.dict("results")
//!
//! Keys and values have types. A dictionary has a name, by which other programs find it over TCP.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::collections::BTreeMap;
use std::hint::black_box;

use multiprocessing::{Dict, Manager, Process, tasks};

fn func1(results: Dict<u32, u32>) {
    for i in 0..10_000_000 {
        black_box(i);
    }
    results.set(1, 1).expect("the manager lives");
}

fn func2(results: Dict<u32, u32>) {
    for i in 0..10_000_000 {
        black_box(i);
    }
    results.update([(2, 2)]).expect("the manager lives");
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![func1, func2]);

    let manager = Manager::listen("127.0.0.1:0", b"open sesame")?;
    let first = Process::spawn(func1, manager.dict("results"))?;
    let second = Process::spawn(func2, manager.dict("results"))?;
    first.result()?;
    second.result()?;

    let address = manager.address().expect("it listens");
    let results: Dict<u32, u32> = Dict::connect(address, b"open sesame", "results")?;
    let sorted: BTreeMap<_, _> = results.to_map()?.into_iter().collect();
    println!("over TCP the dictionary is {sorted:?}");
    assert_eq!(sorted, BTreeMap::from([(1, 1), (2, 2)]));

    let swaps = [10, 100].map(|new| results.compare_and_set(&1, Some(&1), Some(&new)));
    let [first, second] = swaps;
    let (first, second) = (first?, second?);
    println!("1 becomes 10: {first}; 1 becomes 100: {second}");
    assert!(first && !second);
    assert_eq!(results.get(&1)?, Some(10));
    Ok(())
}
