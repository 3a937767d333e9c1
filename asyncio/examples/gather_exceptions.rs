//! One of three dishes fails: stop at the first failure, or hear what became of each.
//!
//!     cargo run -p asyncio --example asyncio-gather_exceptions
//!
//! Python: asyncio.gather, gather(return_exceptions=True) -> tokio::try_join!, tokio::join!
//! Python's gather raises the first exception and lets the others run on unobserved; `try_join!`
//! drops them. With `join!` an error is a value among the others, no option needed.
//! cargo add tokio --features full

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
    assert_eq!(all_or_nothing, Err("burnt roast"));
    // At most the soup: the cake was dropped where it waited.
    assert!(served.get() < 2);

    served.set(0);
    let each = tokio::join!(
        cook("soup", &served),
        cook("burnt roast", &served),
        cook("cake", &served)
    );
    assert_eq!(each, (Ok("soup"), Err("burnt roast"), Ok("cake")));
    assert_eq!(served.get(), 2);

    // A panic is kept apart from an error, and is caught only at the border of a task.
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
