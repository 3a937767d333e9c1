//! Two waiters carry ten dishes from the pass until the kitchen closes.
//!
//!     cargo run -p asyncio --example asyncio-condition
//!
//! Python: changed.wait_for(lambda: dishes or closed)
//! Rust:   changed.notified()
//!
//! Python's Condition owns a lock. tokio has none: look under a std lock, let it go, then wait for
//! a notification. `notified()` alone does not register for `notify_one`: `enable` does, and comes
//! before the look, so that no notification falls between.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::pin::pin;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

#[derive(Default)]
struct Pass {
    dishes: Vec<u32>,
    closed: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let kitchen = Arc::new((Mutex::new(Pass::default()), Notify::new()));
    let (pass, changed) = &*kitchen;

    let waiters = [(); 2].map(|()| tokio::spawn(carry(Arc::clone(&kitchen))));
    for dish in 1..=10 {
        pass.lock().unwrap().dishes.push(dish);
        changed.notify_one();
        tokio::task::yield_now().await;
    }
    pass.lock().unwrap().closed = true;
    changed.notify_waiters();

    let [one, other] = waiters;
    let carried = one.await.unwrap() + other.await.unwrap();
    println!("two waiters carried dishes 1 to 10; their numbers add up to {carried}");
    assert_eq!(carried, 55);
}

async fn carry(kitchen: Arc<(Mutex<Pass>, Notify)>) -> u32 {
    let (pass, changed) = &*kitchen;
    let mut carried = 0;
    loop {
        let mut notified = pin!(changed.notified());
        notified.as_mut().enable();
        let (dish, closed) = {
            let mut pass = pass.lock().unwrap();
            (pass.dishes.pop(), pass.closed)
        };
        match dish {
            Some(dish) => carried += dish,
            None if closed => return carried,
            None => notified.await,
        }
    }
}
