//! An order crosses the border of a process as a copy; a type that may not cross does not compile.
//!
//!     cargo run --example multiprocessing-pickling
//!
//! Python: pickle.dumps(order)
//! Rust:   #[derive(Clone, Debug, Serialize, Deserialize)]
//!
//! Python finds out when it sends: a lambda, a lock or an open file is an error then. Here a task
//! with a parameter that cannot cross, an `Rc` or a `MutexGuard`, does not compile.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo add serde --features derive
//!     cargo run

use multiprocessing::{Error, Pool, tasks};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    table: char,
    dishes: Vec<String>,
    /// Known here only. The other side gets `None`.
    #[serde(skip)]
    waiter: Option<u32>,
}

fn cook(mut order: Order) -> Result<Order, String> {
    assert_eq!(order.waiter, None);
    let dish = order.dishes.pop();
    dish.map(|_| order).ok_or("nothing was ordered".to_owned())
}

fn never_listed() {}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![cook]);

    let pool = Pool::builder().workers(1).build()?;
    let order = Order {
        table: 'A',
        dishes: vec!["soup".to_owned()],
        waiter: Some(1),
    };

    // An error of a task crosses as a value.
    let served = pool.apply(cook, order.clone())?.expect("one dish");
    println!("sent: {order:?}");
    println!("back: {served:?}");
    assert_eq!((served.table, served.dishes.len()), ('A', 0));
    assert_eq!((order.dishes.len(), order.waiter), (1, Some(1)));
    let nothing = pool.apply(cook, served)?.unwrap_err();
    println!("sent once more: {nothing}");
    assert_eq!(nothing, "nothing was ordered");

    let unlisted = pool.apply(never_listed, ());
    assert!(matches!(unlisted, Err(Error::Unregistered { .. })));
    Ok(())
}
