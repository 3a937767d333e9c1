//! An abort calls off a cook at the stove, and one who has not begun.
//!
//!     cargo run --example asyncio-cancel
//!
//! Python: task.cancel()
//! Rust:   cook.abort();
//!
//! Python throws CancelledError in at the await, and the coroutine may catch it. Rust's is never
//! resumed: its values are dropped where it stands, so clean up in `Drop`.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use tokio::sync::mpsc::{self, Sender};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (report, mut reports) = mpsc::channel(1);

    let cook = tokio::spawn(stir(report.clone()));
    let place = reports.recv().await.expect("the cook reports");
    println!("{place}: finished is {}", cook.is_finished());
    assert!(!cook.is_finished());

    cook.abort();
    assert!(cook.await.unwrap_err().is_cancelled());
    let cleaned = reports.recv().await;
    println!("called off at the stove: {cleaned:?}");
    assert_eq!(cleaned, Some("stove cleaned"));

    let late = tokio::spawn(stir(report));
    late.abort();
    assert!(late.await.unwrap_err().is_cancelled());
    let nothing = reports.recv().await;
    println!("called off before the start: {nothing:?}");
    assert_eq!(nothing, None);
}

async fn stir(report: Sender<&'static str>) {
    report.send("at the stove").await.expect("main listens");
    let _stove = Stove(report);
    loop {
        // No await, no cancellation: a loop without this line could not be called off.
        tokio::task::yield_now().await;
    }
}

struct Stove(Sender<&'static str>);

impl Drop for Stove {
    fn drop(&mut self) {
        self.0.try_send("stove cleaned").expect("there is room");
    }
}
