//! Two players return a ball a thousand times.
//!
//!     cargo run --example asyncio-pingpong
//!
//! Python: await queue.put(ball); await answers.get()
//! Rust:   serve.send(ball).await
//!
//! A channel has two ends of different types, and hands over what is sent: the sender loses the
//! ball, so no two players can hold it. The end of one side is an error on the other.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use tokio::sync::mpsc;

struct Ball {
    returns: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (serve, mut served) = mpsc::channel::<Ball>(1);
    let (give_back, mut returned) = mpsc::channel(1);

    let partner = tokio::spawn(async move {
        while let Some(mut ball) = served.recv().await {
            ball.returns += 1;
            give_back.send(ball).await.expect("the other player waits");
        }
    });

    let mut ball = Ball { returns: 0 };
    for _ in 0..1_000 {
        serve.send(ball).await.expect("the partner plays");
        ball = returned.recv().await.expect("the partner returns");
    }
    println!("the ball came back {} times", ball.returns);
    assert_eq!(ball.returns, 1_000);

    // The partner's loop ends with the last sender, and the partner drops its own.
    drop(serve);
    partner.await.unwrap();
    let over = returned.recv().await.map(|ball| ball.returns);
    println!("after the game: {over:?}");
    assert!(over.is_none());
}
