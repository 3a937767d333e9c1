//! Pools in a program of tests, whose `main` is not ours.

use multiprocessing::{Pool, Process};

fn square(number: u64) -> u64 {
    number * number
}

multiprocessing::init_before_main![square];

#[test]
fn a_pool_works_in_a_test() {
    let pool = Pool::builder().workers(2).build().unwrap();
    assert_eq!(pool.map(square, [1, 2, 3]).unwrap(), [1, 4, 9]);
}

#[test]
fn a_process_works_in_a_test_and_init_may_be_called_again_with_the_same_tasks() {
    multiprocessing::init(multiprocessing::tasks![square]);
    assert_eq!(Process::spawn(square, 3).unwrap().result().unwrap(), 9);
}

#[test]
#[should_panic(expected = "with other tasks")]
fn a_second_list_of_tasks_is_refused() {
    multiprocessing::init(multiprocessing::tasks![]);
}
