//! Two waiters carry ten dishes from the pass until the kitchen closes.
//!
//!     cargo run -p threading --example threading-condition
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

    let carried: u32 = thread::scope(|scope| {
        let waiters = [(); 2].map(|()| scope.spawn(|| carry(&pass, &changed)));
        for dish in 1..=10 {
            pass.lock().unwrap().dishes.push(dish);
            changed.notify_one();
        }
        pass.lock().unwrap().closed = true;
        changed.notify_all();
        waiters.map(|waiter| waiter.join().unwrap()).iter().sum()
    });
    println!("two waiters carried dishes 1 to 10; their numbers add up to {carried}");
    assert_eq!(carried, 55);
}

fn carry(pass: &Mutex<Pass>, changed: &Condvar) -> u32 {
    let mut carried = 0;
    loop {
        let guard = pass.lock().unwrap();
        let nothing_yet = |pass: &mut Pass| pass.dishes.is_empty() && !pass.closed;
        match changed.wait_while(guard, nothing_yet).unwrap().dishes.pop() {
            Some(dish) => carried += dish,
            None => return carried,
        }
    }
}
