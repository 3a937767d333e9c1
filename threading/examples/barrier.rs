//! Three cooks begin each course together.
//!
//!     cargo run --example threading-barrier
//!
//! Python: ready.wait()
//! Rust:   ready.wait().is_leader()
//!
//! The last cook to be ready wakes the others, and is the leader: what Python's `action` does, the
//! leader can do. There is no `abort`: if a thread panics, the others wait for ever.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

const COOKS: u32 = 3;

fn main() {
    let ready = Barrier::new(COOKS as usize);
    let dishes = AtomicU32::new(0);
    let courses = AtomicU32::new(0);

    thread::scope(|scope| {
        for _ in 0..COOKS {
            scope.spawn(|| {
                for course in 1..=2 {
                    dishes.fetch_add(1, SeqCst);
                    if ready.wait().is_leader() {
                        courses.fetch_add(1, SeqCst);
                        println!("course {course}: {} dishes so far", dishes.load(SeqCst));
                    }
                    // All have cooked this course, and none begins the next before all have looked.
                    assert_eq!(dishes.load(SeqCst), course * COOKS);
                    ready.wait();
                }
            });
        }
    });
    let courses = courses.into_inner();
    println!("each course had one leader among {COOKS} cooks: {courses} in all");
    assert_eq!((dishes.into_inner(), courses), (6, 2));
}
