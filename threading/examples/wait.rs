//! Three dishes are on their way: wait for one, then for no longer than guests will, then for all.
//!
//!     cargo run -p threading --example threading-wait
//!
//! Python: concurrent.futures.wait(return_when, timeout) -> std::sync::mpsc::Receiver
//! std cannot wait for one of several threads, only for a channel into which they all send. Python
//! gives back two sets, done and pending; here the handles tell them apart.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

fn main() {
    let (serve, served) = mpsc::channel();
    let (heat, oven) = mpsc::channel();

    let cold = ["salad", "cheese"].map(|dish| {
        let serve = serve.clone();
        thread::spawn(move || serve.send(dish))
    });
    let roast = thread::spawn(move || {
        oven.recv().expect("somebody heats the oven");
        serve.send("roast")
    });

    let first = served.recv().expect("a dish comes");
    assert!(["salad", "cheese"].contains(&first));

    let patience = Duration::from_millis(20);
    let mut done = vec![first];
    let late = loop {
        match served.recv_timeout(patience) {
            Ok(dish) => done.push(dish),
            Err(late) => break late,
        }
    };
    assert_eq!(late, RecvTimeoutError::Timeout);
    assert!(!roast.is_finished());

    heat.send(()).expect("the roast is waiting");
    done.extend(served);
    assert_eq!((done.len(), done[2]), (3, "roast"));
    for dish in cold.into_iter().chain([roast]) {
        assert_eq!(dish.join().unwrap(), Ok(()));
    }
}
