//! Do a reader's own work with tasks on an event loop; or, if it awaits nothing, with the threads that such a loop keeps for
//! what blocks.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::{spawn, spawn_blocking};
use work::{Answer, Item, unit, unit_async};

fn main() -> ExitCode {
    work::main(if work::AWAITS { run } else { offload })
}

fn run(items: Vec<Item>, workers: usize) -> Result<Vec<Answer>> {
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let places = Arc::new(Semaphore::new(workers));
            let mut tasks = Vec::new();
            for item in items {
                let place = places.clone().acquire_owned().await?;
                tasks.push(spawn(async move {
                    let answer = unit_async(item).await;
                    drop(place);
                    answer
                }));
            }
            let mut answers = Vec::new();
            for task in tasks {
                answers.push(task.await?);
            }
            Ok(answers)
        })
}

fn offload(items: Vec<Item>, workers: usize) -> Result<Vec<Answer>> {
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let places = Arc::new(Semaphore::new(workers));
            let mut tasks = Vec::new();
            for item in items {
                let place = places.clone().acquire_owned().await?;
                tasks.push(spawn_blocking(move || {
                    let answer = unit(item);
                    drop(place);
                    answer
                }));
            }
            let mut answers = Vec::new();
            for task in tasks {
                answers.push(task.await?);
            }
            Ok(answers)
        })
}
