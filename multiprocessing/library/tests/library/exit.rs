//! A worker that exits is given its time, and is not taken for a dead one before.

use std::fs::read_dir;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use multiprocessing::{Error, Manager, Pool, Process, Result, Value, prepare};

use crate::tools::{never_return, pid, square};

crate::trials![
    a_worker_exits_in_its_own_time_after_join,
    a_worker_exits_in_its_own_time_after_drop,
    a_worker_exits_in_its_own_time_after_its_last_task,
    a_manager_exits_in_its_own_time_after_drop,
    a_worker_that_closes_its_connection_and_goes_on_is_replaced,
];

static EXITS: OnceLock<Value<u32>> = OnceLock::new();

/// Registers what takes a while at the exit of this process.
pub fn take_time_to_exit(exits: Value<u32>) {
    extern "C" fn at_exit() {
        thread::sleep(Duration::from_millis(100));
        EXITS.get().unwrap().update(|exits| exits + 1);
    }
    assert!(EXITS.set(exits).is_ok());
    // SAFETY: the function neither unwinds nor uses what is gone at the exit of a process.
    #[expect(unsafe_code)]
    let refused = unsafe { libc::atexit(at_exit) };
    assert_eq!(refused, 0);
}

fn with_exits(workers: usize) -> Result<(Value<u32>, multiprocessing::Builder)> {
    let exits = Value::<u32>::new(0)?;
    let pool = Pool::builder().workers(workers);
    Ok((exits.clone(), pool.initializer(take_time_to_exit, exits)))
}

fn a_worker_exits_in_its_own_time_after_join() -> Result<()> {
    let (exits, pool) = with_exits(2)?;
    let pool = pool.build()?;
    assert_eq!(pool.apply(square, 3)?, 9);
    pool.join()?;
    assert_eq!(exits.get(), 2);
    Ok(())
}

fn a_worker_exits_in_its_own_time_after_drop() -> Result<()> {
    let (exits, pool) = with_exits(2)?;
    let pool = pool.build()?;
    assert_eq!(pool.apply(square, 3)?, 9);
    drop(pool);
    assert_eq!(exits.get(), 2);
    Ok(())
}

fn a_worker_exits_in_its_own_time_after_its_last_task() -> Result<()> {
    let (exits, pool) = with_exits(1)?;
    let pool = pool.max_tasks_per_worker(2).build()?;
    assert_eq!(pool.map_chunked(square, 0..6, 1)?, [0, 1, 4, 9, 16, 25]);
    pool.join()?;
    assert_eq!(exits.get(), 3);
    Ok(())
}

/// Starts a manager that takes a while to exit, and drops it. Returns how many processes exited in their own time.
pub fn drop_a_manager() -> u32 {
    let exits = Value::<u32>::new(0).unwrap();
    prepare(take_time_to_exit, exits.clone()).unwrap();
    let manager = Manager::new().unwrap();
    manager.dict::<i32, i32>("one").set(1, 1).unwrap();
    drop(manager);
    exits.get()
}

fn a_manager_exits_in_its_own_time_after_drop() -> Result<()> {
    assert_eq!(Process::spawn(drop_a_manager, ())?.result()?, 1);
    Ok(())
}

/// Closes whatever this process has open but its standard streams, and goes on.
pub fn close_all_and_go_on() {
    let files = read_dir("/proc/self/fd").unwrap();
    let numbers: Vec<i32> = files
        .filter_map(|file| {
            file.unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .parse()
                .ok()
        })
        .collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // SAFETY: what had these files open is never used again: this task does not return.
        #[expect(unsafe_code)]
        unsafe {
            libc::close(number)
        };
    }
    never_return();
}

fn a_worker_that_closes_its_connection_and_goes_on_is_replaced() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let worker = pool.apply(pid, ())?;
    let error = pool.apply(close_all_and_go_on, ());
    assert!(matches!(error, Err(Error::Protocol(_))), "{error:?}");
    assert_ne!(pool.apply(pid, ())?, worker);
    Ok(())
}
