//! What is said where workers are a program of tests that does not call `init` before `main`.

use multiprocessing::{Pool, Process};

fn square(number: u64) -> u64 {
    number * number
}

#[test]
fn a_missing_call_of_init_is_named() {
    multiprocessing::init(multiprocessing::tasks![square]);
    let pool = Pool::builder().workers(1).build().err().unwrap();
    let process = Process::spawn(square, 3).unwrap().result().unwrap_err();
    for error in [pool, process] {
        let error = error.to_string();
        assert!(
            error.contains("did not call multiprocessing::init"),
            "{error}"
        );
        assert!(error.contains("init_before_main"), "{error}");
    }
}
