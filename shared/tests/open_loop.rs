//! The load sends what is due when it is due, and charges the server with every wait.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::thread;
use std::time::Duration;

use shared::cli::raise_descriptor_limit;
use shared::load::Load;
use shared::server::Server;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn load(address: SocketAddr, rate: f64, connections: usize) -> Load {
    Load {
        address,
        page: "/hello".to_owned(),
        rate,
        connections,
        greeting: Duration::ZERO,
        time: Duration::from_millis(500),
        patience: Duration::from_secs(60),
    }
}

fn address(server: &Server) -> SocketAddr {
    let addresses = server.url().socket_addrs(|| None).unwrap();
    addresses[0]
}

#[test]
fn as_many_requests_are_sent_as_are_due_over_any_number_of_connections() {
    raise_descriptor_limit();
    let server = Server::start(0).unwrap();
    for connections in [1, 10, 400] {
        let outcome = load(address(&server), 200.0, connections).run().unwrap();
        assert_eq!((outcome.due, outcome.answered), (100, 100), "{outcome}");
        assert_eq!(
            (outcome.latencies.count(), outcome.lateness.count()),
            (100, 100)
        );
        assert!(outcome.cpu > 0.0, "{outcome}");
    }
}

#[test]
fn a_connection_that_is_not_answered_before_the_load_begins_gets_no_part_of_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // The first client is served until it goes, the other two never.
    let server = thread::spawn(move || {
        let mut clients: Vec<_> = listener.incoming().take(3).map(Result::unwrap).collect();
        let mut answers = 0;
        while clients[0]
            .read(&mut [0; 1000])
            .is_ok_and(|length| length > 0)
        {
            clients[0].write_all(ANSWER).unwrap();
            answers += 1;
        }
        answers
    });
    let greeted = Load {
        greeting: Duration::from_millis(100),
        ..load(address, 100.0, 3)
    };
    let outcome = greeted.run().unwrap();
    assert_eq!((outcome.greeted, outcome.due), (1, 50), "{outcome}");
    assert_eq!((outcome.answered, outcome.unanswered), (50, 0), "{outcome}");
    assert_eq!(server.join().unwrap(), 51, "the first is not counted");
}

#[test]
fn large_bodies_are_taken_whole() {
    let server = Server::start(0).unwrap();
    let cats = Load {
        page: "/cats/1.jpg".to_owned(),
        ..load(address(&server), 100.0, 4)
    };
    let outcome = cats.run().unwrap();
    assert_eq!((outcome.answered, outcome.lost), (50, 0), "{outcome}");
}

#[test]
fn other_answers_than_good_ones_are_counted_apart() {
    let server = Server::start(0).unwrap();
    let nothing = Load {
        page: "/nothing".to_owned(),
        ..load(address(&server), 100.0, 4)
    };
    let outcome = nothing.run().unwrap();
    assert_eq!((outcome.answered, outcome.refused), (0, 50), "{outcome}");
}

#[test]
fn a_server_that_stalls_is_charged_with_every_request_that_was_due_meanwhile() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stalling = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut stall = Duration::from_millis(400);
        while client.read(&mut [0; 1000]).is_ok_and(|length| length > 0) {
            thread::sleep(std::mem::take(&mut stall));
            if client.write_all(ANSWER).is_err() {
                break;
            }
        }
    });
    let outcome = load(address, 100.0, 1).run().unwrap();
    stalling.join().unwrap();
    assert_eq!(outcome.answered, 50, "{outcome}");
    // One of fifty waited for 400 ms; by then forty were due. Counted from when they were sent, half would have taken no time.
    let median = outcome.latencies.quantile(0.5).unwrap();
    assert!(median >= 0.1, "{outcome}");
}

#[test]
fn a_request_whose_connection_ends_is_lost_and_the_next_has_a_new_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // One answer for each connection, and the next request is too much.
    let server = thread::spawn(move || {
        for client in listener.incoming().take(4) {
            let mut client = client.unwrap();
            for answer in [ANSWER, b""] {
                if client.read(&mut [0; 1000]).is_ok() {
                    let _ = client.write_all(answer);
                }
            }
        }
    });
    let few = Load {
        time: Duration::from_millis(60),
        ..load(address, 100.0, 1)
    };
    let outcome = few.run().unwrap();
    server.join().unwrap();
    assert_eq!(
        (outcome.due, outcome.answered, outcome.lost),
        (6, 3, 3),
        "{outcome}"
    );
}

#[test]
fn a_request_without_an_answer_is_counted_with_the_time_it_waited() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = Load {
        patience: Duration::from_millis(100),
        ..load(listener.local_addr().unwrap(), 100.0, 2)
    };
    let outcome = silent.run().unwrap();
    assert_eq!((outcome.due, outcome.unanswered), (50, 50), "{outcome}");
    assert!(outcome.latencies.quantile(0.5).unwrap() >= 0.1, "{outcome}");
}

/// A closed loop, so it finds no more than what the server can do; at a fraction of that the open loop must find all answered.
#[test]
fn wrk_as_a_second_witness_finds_a_server_that_can_do_more() {
    let server = Server::start(0).unwrap();
    let url = format!("{}hello", server.url());
    let wrk = Command::new("wrk")
        .args(["-t1", "-c8", "-d1s", &url])
        .output();
    let Ok(output) = wrk else {
        eprintln!("skipped: wrk is not installed");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"));
    let rate: f64 = rate.and_then(|rate| rate.trim().parse().ok()).expect(&text);
    let outcome = load(address(&server), (rate / 8.0).max(10.0), 8)
        .run()
        .unwrap();
    assert_eq!(
        (outcome.answered, outcome.lost),
        (outcome.due, 0),
        "{outcome}"
    );
}
