//! Two objects that know their work each compute a Fibonacci number on a thread.
//!
//!     cargo run --example threading-fibonacci
//!
//! Python: class Fibonacci(Thread): def run(self)
//! Rust:   thread::spawn(|| ninth.run())
//!
//! Nothing inherits from a thread: a value moves into one and has its `run` called there, and the
//! result comes back by `join`, not through a field.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::thread;

struct Fibonacci {
    n: u32,
}

impl Fibonacci {
    fn run(self) -> u64 {
        let (mut current, mut next) = (0, 1);
        for _ in 0..self.n {
            (current, next) = (next, current + next);
        }
        current
    }
}

fn main() {
    let ninth = Fibonacci { n: 9 };
    let twelfth = Fibonacci { n: 12 };

    let ninth = thread::spawn(|| ninth.run());
    let twelfth = thread::spawn(|| twelfth.run());

    let (ninth, twelfth) = (ninth.join().unwrap(), twelfth.join().unwrap());
    println!("Fibonacci number 9:  {ninth}");
    println!("Fibonacci number 12: {twelfth}");
    assert_eq!(ninth, 34);
    assert_eq!(twelfth, 144);
}
