//! Arguments and results that take longer to arrive than a task may wait for its worker.

use std::fs::{read_dir, read_to_string};

use multiprocessing::{Pool, Result};
use rustix::process::{Pid, Signal, kill_process};

use crate::tools::{Bytes, LIMIT, echo, stop};

crate::trials![
    a_long_argument_arrives_beside_idle_workers,
    many_long_arguments_arrive_by_every_call,
    a_long_argument_arrives_within_the_time_of_its_task,
    half_a_gibibyte_arrives_beside_idle_workers,
    a_stopped_worker_is_sent_few_long_arguments,
];

pub fn length(bytes: Bytes) -> usize {
    bytes.0.len()
}

fn bytes(mebibytes: usize) -> Bytes {
    Bytes(vec![7; mebibytes << 20])
}

fn a_long_argument_arrives_beside_idle_workers() -> Result<()> {
    let pool = Pool::builder().workers(3).build()?;
    for mebibytes in [1, 16, 64] {
        assert_eq!(pool.apply(length, bytes(mebibytes))?, mebibytes << 20);
    }
    assert!(pool.apply(echo, bytes(16))? == bytes(16));
    Ok(())
}

fn half_a_gibibyte_arrives_beside_idle_workers() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    assert_eq!(pool.apply_async(length, bytes(512))?.get()?, 512 << 20);
    Ok(())
}

fn many_long_arguments_arrive_by_every_call() -> Result<()> {
    let pool = Pool::builder().workers(4).build()?;
    let items = || (1..=3).map(|count| bytes(8 * count));
    let expected = [8 << 20, 16 << 20, 24 << 20];

    assert_eq!(pool.map(length, items())?, expected);
    assert_eq!(pool.map_chunked(length, items(), 2)?, expected);
    assert_eq!(pool.map_async(length, items())?.get()?, expected);
    let lengths: Result<Vec<_>> = pool.imap(length, items())?.collect();
    assert_eq!(lengths?, expected);
    let lengths: Result<Vec<_>> = pool.imap_chunked(length, items(), 2)?.collect();
    assert_eq!(lengths?, expected);
    for chunksize in [1, 2] {
        let lengths = pool.imap_unordered_chunked(length, items(), chunksize)?;
        let mut lengths = lengths.collect::<Result<Vec<_>>>()?;
        lengths.sort();
        assert_eq!(lengths, expected);
    }
    Ok(())
}

fn a_long_argument_arrives_within_the_time_of_its_task() -> Result<()> {
    let pool = Pool::builder().workers(3).timeout(LIMIT).build()?;
    assert_eq!(pool.apply(length, bytes(32))?, 32 << 20);
    let lengths = pool.map(length, [bytes(8), bytes(8)])?;
    assert_eq!(lengths, [8 << 20, 8 << 20]);
    Ok(())
}

/// How many descriptors wait in the sockets of a process.
fn unread(pid: u32) -> usize {
    let infos = read_dir(format!("/proc/{pid}/fdinfo")).unwrap();
    let texts = infos.filter_map(|info| read_to_string(info.unwrap().path()).ok());
    let counts = texts.filter_map(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("scm_fds:"));
        line?.trim().parse::<usize>().ok()
    });
    counts.sum()
}

fn a_stopped_worker_is_sent_few_long_arguments() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let worker = pool.pids()[0];
    let stopped = Pid::from_raw(worker as i32).unwrap();
    stop(worker);
    let lengths = pool.map_chunked(length, (0..40).map(|_| bytes(1)), 1)?;
    let unread = unread(worker);
    kill_process(stopped, Signal::CONT).unwrap();
    assert_eq!(lengths, [1 << 20; 40]);
    assert!(unread <= 3, "{unread} memory files wait for it");
    // It goes on when it can.
    assert_eq!(
        pool.map_chunked(length, (0..4).map(|_| bytes(1)), 1)?,
        [1 << 20; 4]
    );
    Ok(())
}
