//! A table calls off an order that no cook has begun, and one at the stove, which is too late.
//!
//!     cargo run --example multiprocessing-cancel
//!
//! Python: future.cancel()
//! Rust:   late.cancel()
//!
//! In both languages `cancel` reaches only what no worker has begun. What one has begun ends with
//! its process: see `terminate.rs`.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use multiprocessing::{Error, Pipe, Pool, tasks};

fn stir(kitchen: Pipe<String, ()>) -> String {
    kitchen
        .send("at the stove".to_owned())
        .expect("main listens");
    kitchen.recv().expect("main rings");
    "a plate of soup".to_owned()
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![stir]);

    // One cook: a later order waits.
    let pool = Pool::builder().workers(1).build()?;
    let (table, kitchen) = Pipe::<(), String>::new()?;
    let soup = pool.apply_async(stir, kitchen.clone())?;
    let late = pool.apply_async(stir, kitchen)?;
    println!("{}", table.recv()?);

    assert!(late.cancel() && late.cancelled());
    let nothing = late.get();
    println!("called off before the start: {nothing:?}");
    assert!(matches!(nothing, Err(Error::Cancelled)));

    let called_off = soup.cancel();
    table.send(())?;
    let plate = soup.get()?;
    println!("called off at the stove: {called_off}, it becomes {plate}");
    assert!(!called_off && plate == "a plate of soup");
    Ok(())
}
