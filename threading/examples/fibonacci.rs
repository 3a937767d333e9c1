//! Two objects that know their work each compute a Fibonacci number on a thread.
//!
//!     cargo run -p threading --example threading-fibonacci
//!
//! Python: a class with run() -> a struct with run()
//! Nothing inherits from a thread: a value moves into one and has its `run` called there, and the
//! result comes back by `join`, not through a field.

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

    assert_eq!(ninth.join().unwrap(), 34);
    assert_eq!(twelfth.join().unwrap(), 144);
}
