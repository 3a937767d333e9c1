//! One of three dishes fails: the table stops at the first failure, or hears of each.
//!
//!     cargo run --example asyncio-gather_exceptions
//!
//! Python: await gather(*dishes, return_exceptions=True)
//! Rust:   tokio::join!(cook("soup"), cook("burnt roast"), cook("cake"))
//!
//! Python's gather raises the first exception and lets the others run on unobserved; `try_join!`
//! drops them. With `join!` an error is a value among the others, no option needed.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::cell::Cell;
use std::panic;

use tokio::task;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let served = Cell::new(0);
    let cook = |dish| prepare(dish, &served);

    let all = tokio::try_join!(cook("soup"), cook("burnt roast"), cook("cake"));
    println!("stop at the first failure: {all:?}");
    assert_eq!(all, Err("burnt roast"));
    // At most the soup: the cake was dropped where it waited.
    assert!(served.get() < 2);

    served.set(0);
    let each = tokio::join!(cook("soup"), cook("burnt roast"), cook("cake"));
    println!("hear of each: {each:?}");
    assert_eq!(each, (Ok("soup"), Err("burnt roast"), Ok("cake")));
    assert_eq!(served.get(), 2);

    // A panic is kept apart from an error, and is caught only at the border of a task.
    panic::set_hook(Box::new(|_| ()));
    let fire = tokio::spawn(async { panic!("the kitchen is on fire") }).await;
    drop(panic::take_hook());
    let is_panic = fire.is_err_and(|error: task::JoinError| error.is_panic());
    println!("a task panics; its handle tells: {is_panic}");
    assert!(is_panic);
}

async fn prepare<'a>(dish: &'a str, served: &Cell<u32>) -> Result<&'a str, &'a str> {
    task::yield_now().await;
    if dish.starts_with("burnt") {
        return Err(dish);
    }
    served.set(served.get() + 1);
    Ok(dish)
}
