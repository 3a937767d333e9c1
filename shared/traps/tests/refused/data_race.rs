//! Two threads count in one variable. Python lets them, and loses some.

use std::thread;

fn main() {
    let mut guests = 0;
    thread::scope(|scope| {
        scope.spawn(|| guests += 1);
        scope.spawn(|| guests += 1);
    });
    println!("{guests} guests");
}
