//! Every worker reads the menu once, before its first order.
//!
//!     cargo run --example multiprocessing-initializer
//!
//! Python: Pool(2, initializer=read_menu, initargs=(dishes,))
//! Rust:   .initializer(read_menu, dishes)
//!
//! A worker keeps its menu in a static, in Python in a global. An initializer that fails is an
//! error of `build`; Python starts new workers for ever.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::collections::HashMap;
use std::panic;
use std::sync::OnceLock;

use multiprocessing::{Error, Pool, tasks};

static MENU: OnceLock<HashMap<String, u32>> = OnceLock::new();

fn read_menu(dishes: Vec<(String, u32)>) {
    assert!(!dishes.is_empty(), "the kitchen is closed");
    MENU.set(dishes.into_iter().collect())
        .expect("a worker reads it once");
}

fn price(dish: String) -> Option<u32> {
    MENU.get()?.get(&dish).copied()
}

fn main() -> multiprocessing::Result<()> {
    // No backtraces of workers, which do not leave `init`: a panic is an error of `build`.
    panic::set_hook(Box::new(|_| ()));
    multiprocessing::init(tasks![read_menu, price]);
    drop(panic::take_hook());

    let dishes = vec![("soup".to_owned(), 4), ("roast".to_owned(), 12)];
    let pool = Pool::builder()
        .workers(2)
        .initializer(read_menu, dishes)
        .build()?;
    let prices = pool.map(price, ["soup", "roast", "cake"].map(String::from))?;
    println!("prices of soup, roast and cake: {prices:?}");
    assert_eq!(prices, [Some(4), Some(12), None]);

    let closed = Pool::builder().initializer(read_menu, vec![]).build();
    let Err(Error::Unprepared(reason)) = closed else {
        panic!("a pool without a menu");
    };
    // It names the task, the process and the line, too.
    let message = reason.rsplit(": ").next();
    println!("without a menu: {message:?}");
    assert!(reason.contains("kitchen is closed"));
    Ok(())
}
