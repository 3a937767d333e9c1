//! Two waiters carry ten dishes from the pass until the kitchen closes.
//!
//!     cargo run --example threading-condition
//!
//! Python: changed.wait_for(lambda: dishes or closed)
//! Rust:   changed.wait_while(guard, nothing_yet)
//!
//! Python's Condition owns a lock, Rust's Condvar borrows the guard of one while it waits.
//! `wait_while` waits as long as the test is true, Python's `wait_for` until it is.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::{Condvar, Mutex};
use std::thread;

#[derive(Default)]
struct Pass {
    dishes: Vec<u32>,
    closed: bool,
}

fn main() {
    let pass = Mutex::new(Pass::default());
    let changed = Condvar::new();

    let mut carried = thread::scope(|scope| {
        let waiters = [(); 2].map(|()| scope.spawn(|| carry(&pass, &changed)));
        for dish in 1..=10 {
            pass.lock().unwrap().dishes.push(dish);
            changed.notify_one();
        }
        pass.lock().unwrap().closed = true;
        changed.notify_all();
        waiters.map(|waiter| waiter.join().unwrap()).concat()
    });
    carried.sort();
    println!("carried by two waiters: {carried:?}");
    println!("left on the pass: {:?}", pass.lock().unwrap().dishes);
    assert_eq!(carried, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

fn carry(pass: &Mutex<Pass>, changed: &Condvar) -> Vec<u32> {
    let mut carried = Vec::new();
    loop {
        let guard = pass.lock().unwrap();
        let nothing_yet = |pass: &mut Pass| pass.dishes.is_empty() && !pass.closed;
        match changed.wait_while(guard, nothing_yet).unwrap().dishes.pop() {
            Some(dish) => carried.push(dish),
            None => return carried,
        }
    }
}
