//! A caller turns a coroutine by hand through its states: pending, finished, cancelled.
//!
//!     cargo run --example asyncio-coroutine
//!
//! Python: coroutine = cook(); coroutine.send(None)
//! Rust:   soup.as_mut().poll(&mut context)
//!
//! Neither does anything when called. Python warns of one that was never awaited when it runs,
//! rustc when it compiles (`unused_must_use`). An event loop is nothing but a caller of `poll`.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::cell::Cell;
use std::future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn main() {
    let steps = Cell::new(0);
    let mut context = Context::from_waker(Waker::noop());

    let mut soup = pin!(cook(&steps));
    println!("made: {} steps done", steps.get());
    assert_eq!(steps.get(), 0);

    let first = soup.as_mut().poll(&mut context);
    println!("polled: {first:?}, steps done: {}", steps.get());
    assert_eq!((first, steps.get()), (Poll::Pending, 1));
    let second = soup.as_mut().poll(&mut context);
    println!("polled: {second:?}, steps done: {}", steps.get());
    assert_eq!((second, steps.get()), (Poll::Ready("soup"), 2));

    // To cancel a future is to drop it: it ends at the await where it stands.
    let mut roast = Box::pin(cook(&steps));
    assert_eq!(roast.as_mut().poll(&mut context), Poll::Pending);
    drop(roast);
    let of_roast = steps.get() - 2;
    println!("another one polled once, then dropped; steps done: {of_roast}");
    assert_eq!(of_roast, 1);
}

async fn cook(steps: &Cell<u32>) -> &'static str {
    steps.set(steps.get() + 1);
    simmer().await;
    steps.set(steps.get() + 1);
    "soup"
}

/// Pending at the first look, ready at the second.
async fn simmer() {
    let mut answer = Poll::Pending;
    let look = future::poll_fn(|context| {
        // A future that is pending must see to it that it is polled again.
        context.waker().wake_by_ref();
        std::mem::replace(&mut answer, Poll::Ready(()))
    });
    look.await;
}
