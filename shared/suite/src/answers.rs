//! Every workload and probe gives the known answer.

use std::time::Duration;

use shared::receipt::Answer;
use shared::{compute, download, waiter};
use url::Url;

use crate::program::receipt;

#[allow(missing_docs)]
pub fn every_workload_gives_the_known_answer(program: &str) {
    let nowhere: Url = "http://127.0.0.1/".parse().unwrap();
    let moment = Duration::ZERO;
    for (arguments, expected) in [
        (
            "waiter --time-scale 0.01",
            waiter::Job::new(5, 1.0).expected(),
        ),
        (
            "waiter --time-scale 0 --size 26",
            waiter::Job::new(26, 1.0).expected(),
        ),
        (
            "hello --time-scale 0.01 --size 7",
            download::Job::hello(&nowhere, 7, moment, 1)
                .expected()
                .unwrap(),
        ),
        (
            "sites --size 10 --delay 1",
            download::Job::sites(&nowhere, 10, moment, 1)
                .expected()
                .unwrap(),
        ),
        (
            "cats --size 1 --repeat 2 --workers 3",
            download::Job::cats(&nowhere, 2, 1).expected().unwrap(),
        ),
        (
            "lists --size 250",
            compute::Job::lists(250, 1).expected().unwrap(),
        ),
        (
            "squares --size 1000",
            compute::Job::squares(1000, 1).expected().unwrap(),
        ),
        (
            "squares --slices --size 1000 --workers 3",
            compute::Job::slices(20_000, 3).expected().unwrap(),
        ),
        (
            "hashes --size 1000",
            compute::Job::hashes(1000, 1).expected().unwrap(),
        ),
    ] {
        let receipt = receipt(program, arguments);
        assert!(receipt.same_work(&expected), "{arguments}: {receipt:?}");
    }
    let Answer::Orders { at_once, .. } = receipt(program, "waiter --time-scale 0.01").answer else {
        panic!("the waiter brings orders");
    };
    assert_eq!(at_once, 1, "the waiter was at several tables at once");
}

#[allow(missing_docs)]
pub fn every_probe_ends(program: &str) {
    assert_eq!(
        receipt(program, "sleepers --size 7 --time-scale 0.01").units,
        7
    );
    assert_eq!(
        receipt(program, "blocking --size 3 --time-scale 0.01").units,
        3
    );
    for (pingpong, sum) in [
        ("pingpong --size 10", 10),
        ("pingpong-spinning --size 10", 10),
        // Twice a round, in every number.
        ("message --size 10 --bytes 8", 20),
        ("message --size 10 --bytes 1048576", 20 << 17),
        ("message --size 10 --bytes 8 --of bytes", 20),
        ("message --size 10 --bytes 1048576 --of bytes", 20 << 17),
        ("memory --size 10 --bytes 8", 20),
        ("memory --size 10 --bytes 1048576", 20 << 17),
    ] {
        let answer = receipt(program, pingpong).answer;
        assert_eq!(answer, Answer::Sum(sum), "{pingpong}");
    }
    assert_eq!(receipt(program, "switch --size 10").units, 20);
    let readings = receipt(program, "ticker --size 20").readings;
    assert!(
        readings["ticks"] >= 2.0 && readings["longest_gap"] > 0.0,
        "{readings:?}"
    );
}

#[allow(missing_docs)]
pub fn a_race_loses_no_more_than_was_counted(program: &str) {
    for race in ["race", "race-call"] {
        let receipt = receipt(program, &format!("{race} --size 1000 --workers 3"));
        assert_eq!(receipt.units, 3);
        assert!(
            (0.0..=2000.0).contains(&receipt.readings["lost"]),
            "{receipt:?}"
        );
    }
}

#[allow(missing_docs)]
pub fn an_error_costs_exactly_the_unit_that_failed(program: &str) {
    let receipt = receipt(program, "crash --how error --size 10");
    assert_eq!((receipt.units, receipt.errors["error"]), (9, 1));
    assert_eq!(receipt.answer, Answer::Sum(45 - 5));
}
