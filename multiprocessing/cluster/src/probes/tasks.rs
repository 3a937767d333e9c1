//! Many tasks at once: what each costs, and how many wait.
//!
//!     cargo run --release --bin cluster -- tasks --size 2000 --broker amqp://guest:guest@127.0.0.1:5672
//!
//! Each is a message of its own, unless they go in chunks. All are sent before the first answer is waited for.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use cluster::{Cluster, Future};
use shared::Receipt;
use shared::receipt::Answer;

/// Sends each as a message of its own, and waits for all. How many wait when all are sent is the reading `waiting`.
pub fn alone(cluster: &Cluster, size: u64, nap: u64) -> Result<Receipt> {
    let tasks = send(cluster, size, nap)?;
    let waiting = tasks.iter().filter(|task| !task.done()).count();
    let mut sum = 0;
    for task in tasks {
        sum += u128::from(task.get()?);
    }
    Ok(receipt(size, sum)?.with_reading("waiting", waiting as f64))
}

/// Sends as many in a message as are about 50 ms of work, and waits for all.
pub fn in_chunks(cluster: &Cluster, size: u64, nap: u64) -> Result<Receipt> {
    let mut sum = 0;
    for square in cluster.imap_unordered(square, (0..size).map(|number| (number, nap)))? {
        sum += u128::from(square?);
    }
    receipt(size, sum)
}

/// Sends each as a message of its own. Their answers are the squares of the numbers below `size`, each after a nap of so many milliseconds.
pub fn send(cluster: &Cluster, size: u64, nap: u64) -> Result<Vec<Future<u64>>> {
    let mut tasks = Vec::new();
    for number in 0..size {
        tasks.push(cluster.apply_async(square, (number, nap))?);
    }
    Ok(tasks)
}

/// The task.
pub fn square(number: u64, nap: u64) -> u64 {
    if nap > 0 {
        thread::sleep(Duration::from_millis(nap));
    }
    number * number
}

fn receipt(size: u64, sum: u128) -> Result<Receipt> {
    let right: u128 = (0..size.into()).map(|number: u128| number * number).sum();
    ensure!(sum == right, "the squares add up to {sum} and not {right}");
    Ok(Receipt {
        units: size,
        answer: Answer::Sum(sum),
        ..Receipt::default()
    })
}
