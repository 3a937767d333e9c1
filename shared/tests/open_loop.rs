//! The load sends what is due when it is due, and charges the server with every wait.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::thread;
use std::time::Duration;

use shared::cli::raise_descriptor_limit;
use shared::load::{Beside, Load, Other};
use shared::server::Server;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn load(address: SocketAddr, rate: f64, connections: usize) -> Load {
    Load {
        addresses: vec![address],
        host: "localhost".to_owned(),
        page: "/hello".to_owned(),
        rate,
        connections,
        greeting: Duration::ZERO,
        time: Duration::from_millis(500),
        patience: Duration::from_secs(60),
        beside: Beside::default(),
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

#[test]
fn requests_for_another_page_keep_their_rate_and_their_times_stand_apart() {
    let server = Server::start(0).unwrap();
    let mixed = |every| {
        let mut load = load(address(&server), 100.0, 20);
        load.beside.other = Some(Other {
            page: "/hello?delay=0.2".to_owned(),
            every,
        });
        load.run().unwrap()
    };
    let tenth = mixed(Some(10));
    assert_eq!((tenth.due, tenth.answered), (50, 50), "{tenth}");
    assert_eq!((tenth.latencies.count(), tenth.others.count()), (45, 5));
    assert!(tenth.others.quantile(0.0).unwrap() >= 0.19, "{tenth}");
    let once = mixed(None);
    assert_eq!((once.latencies.count(), once.others.count()), (49, 1));
}

#[test]
fn a_slow_client_comes_first_and_sends_a_byte_a_second() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut slow, _) = listener.accept().unwrap();
        let (mut client, _) = listener.accept().unwrap();
        while client.read(&mut [0; 1000]).is_ok_and(|length| length > 0) {
            client.write_all(ANSWER).unwrap();
        }
        let mut sent = String::new();
        slow.read_to_string(&mut sent).unwrap();
        sent
    });
    let mut load = load(address, 100.0, 1);
    load.beside.slow = 1;
    let outcome = load.run().unwrap();
    assert_eq!(outcome.answered, 50, "{outcome}");
    let sent = server.join().unwrap();
    let head = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert!(
        !sent.is_empty() && head.starts_with(&sent) && sent != head,
        "{sent:?}"
    );
}

#[test]
fn connections_that_the_server_ends_are_counted_and_those_that_are_kept_stay_open() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (first, _) = listener.accept().unwrap();
        drop(first);
        let (mut client, _) = listener.accept().unwrap();
        while client.read(&mut [0; 1000]).is_ok_and(|length| length > 0) {
            client.write_all(ANSWER).unwrap();
        }
    });
    let (outcome, kept) = load(address, 100.0, 1).run_and_keep().unwrap();
    assert_eq!(outcome.ended, 1, "{outcome}");
    assert_eq!(outcome.answered + outcome.lost, 50, "{outcome}");
    assert!(!server.is_finished(), "its client is still there");
    drop(kept);
    server.join().unwrap();
}

/// The server takes 2 ms for each request, and has one client: it answers 500 a second at most.
#[test]
fn the_highest_rate_that_is_answered_in_time_is_found_and_half_of_it_is_what_is_counted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        while client.read(&mut [0; 1000]).is_ok_and(|length| length > 0) {
            thread::sleep(Duration::from_millis(2));
            client.write_all(ANSWER).unwrap();
        }
    });
    let flood = Load {
        time: Duration::from_millis(100),
        ..load(address, 10_000.0, 1)
    };
    let (outcome, kept) = flood.search(Duration::from_millis(100)).unwrap();
    drop(kept);
    server.join().unwrap();
    let found = outcome.found.clone().unwrap();
    assert!(found.most > 0.0 && found.most <= 510.0, "{outcome}");
    let well = found.trials.iter().filter(|trial| trial.well);
    let highest = well.map(|trial| trial.rate).reduce(f64::max);
    assert_eq!(found.highest, highest, "{outcome}");
    // Within 100 ms no more than 100 ms' worth of requests can wait.
    let highest = highest.expect("a rate that is answered in time");
    assert!(highest <= 1010.0, "{outcome}");
    let due = (highest / 2.0 * outcome.seconds).ceil();
    assert_eq!(outcome.due as f64, due, "{outcome}");
    assert_eq!(outcome.lost, 0, "{outcome}");
}

#[test]
fn a_server_is_found_at_any_of_its_addresses_and_learns_the_name_that_it_was_called_by() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut head = [0; 1000];
        let length = client.read(&mut head).unwrap();
        client.write_all(ANSWER).unwrap();
        String::from_utf8_lossy(&head[..length]).into_owned()
    });
    // Nothing listens at the first.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let named = Load {
        addresses: vec![closed.unwrap(), address],
        host: "pages.example:8080".to_owned(),
        time: Duration::from_millis(5),
        ..load(address, 100.0, 1)
    };
    let outcome = named.run().unwrap();
    assert_eq!(outcome.answered, 1, "{outcome}");
    let head = server.join().unwrap();
    assert!(head.contains("\r\nHost: pages.example:8080\r\n"), "{head}");
}
