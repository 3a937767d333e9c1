//! Two waiters carry ten dishes from the pass until the kitchen closes.
//!
//!     cargo run -p asyncio --example asyncio-condition
//!
//! Python: asyncio.Condition, wait_for, notify, notify_all -> tokio::sync::Notify
//! Python's Condition owns a lock. tokio has none: look under a std lock, let it go, then wait for
//! a notification that was subscribed to before the look, so that none falls between.
//! cargo add tokio --features full

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
    assert_eq!(one.await.unwrap() + other.await.unwrap(), 55);
}

async fn carry(kitchen: Arc<(Mutex<Pass>, Notify)>) -> u32 {
    let (pass, changed) = &*kitchen;
    let mut carried = 0;
    loop {
        let notified = changed.notified();
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
