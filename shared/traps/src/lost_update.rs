//! Four threads count to a thousand each in one atomic.
//!
//! In life a switch comes between the two steps once in a while; the barrier makes it certain.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "lost_update",
    mistake: "an update in two steps: load, then store",
    wrong,
    right,
    noticed: "Totals are a little too small, differently each time, and right under a debugger.",
};

const THREADS: usize = 4;
const EACH: u32 = 1_000;

fn wrong() -> Damage {
    let count = AtomicU32::new(0);
    let together = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let counted = count.load(SeqCst);
                    together.wait();
                    count.store(counted + 1, SeqCst);
                }
            });
        }
    });
    damage(count.into_inner())
}

fn right() -> Damage {
    let count = AtomicU32::new(0);
    let together = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    together.wait();
                    count.fetch_add(1, SeqCst);
                }
            });
        }
    });
    damage(count.into_inner())
}

fn damage(counted: u32) -> Damage {
    let expected = THREADS as u32 * EACH;
    let lost = expected - counted;
    Damage {
        amount: lost.into(),
        report: format!("{lost} of {expected} lost"),
    }
}
