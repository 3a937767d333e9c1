//! Two players return a ball a thousand times.
//!
//!     cargo run --example threading-pingpong
//!
//! Python: queue.put(ball); ball = answers.get()
//! Rust:   serve.send(ball)
//!
//! A channel has two ends of different types, and hands over what is sent: the sender loses the
//! ball, so no two players can hold it. The end of one side is an error on the other.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::sync::mpsc;
use std::thread;

struct Ball {
    returns: u32,
}

fn main() {
    let (serve, served) = mpsc::channel::<Ball>();
    let (give_back, returned) = mpsc::channel();

    let partner = thread::spawn(move || {
        for mut ball in served {
            ball.returns += 1;
            give_back.send(ball).expect("the other player waits");
        }
    });

    let mut ball = Ball { returns: 0 };
    for _ in 0..1_000 {
        serve.send(ball).expect("the partner plays");
        ball = returned.recv().expect("the partner returns");
    }
    println!("the ball came back {} times", ball.returns);
    assert_eq!(ball.returns, 1_000);

    // The partner's loop ends with the last sender, and the partner drops its own.
    drop(serve);
    partner.join().unwrap();
    let over = returned.recv().map(|ball| ball.returns);
    println!("after the game: {over:?}");
    assert!(over.is_err());
}
