//! Three cooks begin each course together.
//!
//!     cargo run -p threading --example threading-barrier
//!
//! Python: ready.wait()
//! Rust:   ready.wait().is_leader()
//!
//! The last cook to be ready wakes the others, and is the leader: what Python's `action` does, the
//! leader can do. There is no `abort`: a thread that panics before it waits leaves the others waiting.
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
                    }
                    // All have cooked this course, and none begins the next before all have looked.
                    assert_eq!(dishes.load(SeqCst), course * COOKS);
                    ready.wait();
                }
            });
        }
    });
    let (dishes, courses) = (dishes.into_inner(), courses.into_inner());
    println!("{COOKS} cooks made {dishes} dishes in {courses} courses");
    assert_eq!((dishes, courses), (6, 2));
}
