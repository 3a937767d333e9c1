//! Brokers that cannot be used: one line that says what to do, within 5 s.
//!
//! After 4 s that line says that the broker does not answer: any other has come before.

use std::net::TcpListener;
use std::time::Instant;

use cluster::Cluster;
use libtest_mimic::{Failed, Trial};

use crate::tools::{CONNECT_TIME, MARGIN, sleeper, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("broker::where_there_is_none_the_error_says_so", || {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            drop(listener);
            says(&format!("amqp://127.0.0.1:{port}"), "start RabbitMQ there");
            Ok::<(), Failed>(())
        }),
        Trial::test("broker::one_that_is_silent_is_given_up_in_time", || {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let (start, slept) = (Instant::now(), sleeper(CONNECT_TIME));
            says(&format!("amqp://127.0.0.1:{port}"), "does not answer");
            let time = start.elapsed();
            assert!(time < slept.join().unwrap() + MARGIN, "{time:?}");
            Ok::<(), Failed>(())
        }),
        Trial::test("broker::an_address_that_is_none_is_not_repeated", || {
            for address in [
                "amqp://me:secret@host:port/",
                "me:secret@host",
                "http://me:secret@host",
                "amqp://me:secret",
            ] {
                says(address, "amqp://user:password@host:port/vhost");
            }
            Ok::<(), Failed>(())
        }),
        trial(
            "broker::a_wrong_password_is_named_and_not_shown",
            |broker| {
                let url = format!("amqp://guest:secret@127.0.0.1:{}", broker.port());
                says(&url, "refuses user `guest`");
            },
        ),
        trial(
            "broker::a_virtual_host_that_does_not_exist_is_named",
            |broker| {
                let url = format!("amqp://guest:guest@127.0.0.1:{}/nosuch", broker.port());
                says(&url, "no virtual host `nosuch`");
            },
        ),
    ]
}

fn says(url: &str, what: &str) {
    let Err(error) = Cluster::connect(url) else {
        panic!("it connects")
    };
    let line = error.to_string();
    assert!(line.contains(what), "{line}");
    assert!(!line.contains("secret") && !line.contains('\n'), "{line}");
}
