//! What a user's limits forbid is an error that names the limit, and no more is lost than must be.

use std::fs::File;
use std::mem::forget;

use multiprocessing::{Error, Pool, Process, Result, Value, WORKER_LIMIT};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::adversity::leave_free;
use crate::tools::{Bytes, echo, square};

crate::trials![
    a_result_that_cannot_be_sent_is_an_error_that_says_why,
    a_message_beyond_the_limit_of_files_is_an_error,
    a_pool_raises_the_soft_limit_of_open_files,
    a_pool_of_more_workers_than_it_may_have_is_an_error,
    a_task_beyond_the_memory_limit_fails_and_no_other,
];

/// Leaves no file to be opened, and returns what needs one to be sent.
pub fn leak_and_return(length: usize) -> Bytes {
    leave_free(0);
    assert!(File::open("/dev/null").is_err());
    Bytes(vec![1; length])
}

fn a_result_that_cannot_be_sent_is_an_error_that_says_why() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let results = [
        pool.apply(leak_and_return, 40_000),
        Process::spawn(leak_and_return, 40_000)?.result(),
    ];
    for result in results {
        let error = result.err().unwrap();
        assert!(matches!(error, Error::Undelivered { .. }), "{error:?}");
        assert!(error.to_string().contains("Too many open files"), "{error}");
    }
    Ok(())
}

/// Sends 8 MiB, and has them sent, where a file may have one.
pub fn send_beyond_the_limit_of_files() -> [String; 3] {
    let limit = Rlimit {
        current: Some(1 << 20),
        ..getrlimit(Resource::Fsize)
    };
    let long = || Bytes(vec![1; 8 << 20]);
    let before = Pool::builder().workers(1).build().unwrap();
    setrlimit(Resource::Fsize, limit).unwrap();
    let after = Pool::builder().workers(1).build().unwrap();
    [
        before.apply(echo, long()).err().unwrap().to_string(),
        after
            .apply(leak_and_return, 8 << 20)
            .err()
            .unwrap()
            .to_string(),
        Value::<u64>::new(1).map_or_else(|error| error.to_string(), |_| "fits".to_owned()),
    ]
}

fn a_message_beyond_the_limit_of_files_is_an_error() -> Result<()> {
    let [argument, result, value] = Process::spawn(send_beyond_the_limit_of_files, ())?.result()?;
    for error in [argument, result] {
        assert!(error.contains("ulimit -f"), "{error}");
    }
    assert_eq!(value, "fits");
    Ok(())
}

pub fn open_many_workers() -> u64 {
    let limit = Rlimit {
        current: Some(30),
        ..getrlimit(Resource::Nofile)
    };
    setrlimit(Resource::Nofile, limit).unwrap();
    let pool = Pool::builder().workers(20).build().unwrap();
    pool.apply(square, 3).unwrap()
}

fn a_pool_raises_the_soft_limit_of_open_files() -> Result<()> {
    assert_eq!(Process::spawn(open_many_workers, ())?.result()?, 9);
    Ok(())
}

/// Takes memory, unless the number is one of many.
pub fn take_memory(number: usize) -> usize {
    if number % 20 == 7 {
        let bytes = vec![1_u8; 1 << 30];
        assert_eq!(bytes[number], 1);
        forget(bytes);
    }
    number
}

fn a_task_beyond_the_memory_limit_fails_and_no_other() -> Result<()> {
    let pool = Pool::builder().workers(4).memory_limit(256 << 20).build()?;
    let mut named = 0;
    for (number, result) in pool.imap(take_memory, 0..1000)?.enumerate() {
        match result {
            Ok(returned) => assert_eq!(returned, number),
            Err(Error::OutOfMemory { limit, .. }) => {
                assert_eq!((number % 20, limit), (7, 256 << 20));
                named += 1;
            }
            Err(other) => panic!("{number}: {other}"),
        }
    }
    assert_eq!(named, 50);
    Ok(())
}

fn a_pool_of_more_workers_than_it_may_have_is_an_error() -> Result<()> {
    for many in [WORKER_LIMIT + 1, usize::MAX / 2, usize::MAX] {
        let pool = Pool::builder().workers(many).build();
        assert!(
            matches!(pool, Err(Error::TooManyWorkers { workers }) if workers == many),
            "{pool:?}"
        );
    }
    Ok(())
}
