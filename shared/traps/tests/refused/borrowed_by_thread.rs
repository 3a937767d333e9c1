//! A thread may run longer than the function whose variable it reads. Python keeps the variable alive.

use std::thread;

fn main() {
    let menu = vec!["soup", "salad"];
    let waiter = thread::spawn(|| println!("{menu:?}"));
    waiter.join().unwrap();
}
