//! One of three dishes fails: stop at the first failure, or hear what became of each.
//!
//!     cargo run -p asyncio --example asyncio-gather_exceptions
//!
//! Python: await gather(*dishes, return_exceptions=True)
//! Rust:   tokio::join!(
//!
//! Python's gather raises the first exception and lets the others run on unobserved; `try_join!`
//! drops them. With `join!` an error is a value among the others, no option needed.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::cell::Cell;

use tokio::task;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let served = Cell::new(0);
    let all_or_nothing = tokio::try_join!(
        cook("soup", &served),
        cook("burnt roast", &served),
        cook("cake", &served)
    );
    println!("stop at the first failure: {all_or_nothing:?}");
    assert_eq!(all_or_nothing, Err("burnt roast"));
    // At most the soup: the cake was dropped where it waited.
    assert!(served.get() < 2);

    served.set(0);
    let each = tokio::join!(
        cook("soup", &served),
        cook("burnt roast", &served),
        cook("cake", &served)
    );
    println!("hear of each: {each:?}");
    assert_eq!(each, (Ok("soup"), Err("burnt roast"), Ok("cake")));
    assert_eq!(served.get(), 2);

    // A panic is kept apart from an error, and is caught only at the border of a task.
    println!("now a task panics, as it should");
    let fire = tokio::spawn(async { panic!("the kitchen is on fire") });
    assert!(fire.await.is_err_and(|error| error.is_panic()));
}

async fn cook<'a>(dish: &'a str, served: &Cell<u32>) -> Result<&'a str, &'a str> {
    task::yield_now().await;
    if dish.starts_with("burnt") {
        return Err(dish);
    }
    served.set(served.get() + 1);
    Ok(dish)
}
