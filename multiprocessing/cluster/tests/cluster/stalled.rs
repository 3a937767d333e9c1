//! Brokers that take connections and then say nothing more: each is given up within 5 s, however far it came, and nothing waits for it meanwhile.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cluster::Broker;
use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use libtest_mimic::Trial;

use crate::program::program;
use crate::tools::{
    CONNECT_TIME, MARGIN, PATIENCE, over_a_channel, sleeper, start_node, trial, unique,
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "stalled::a_broker_that_stops_after_the_greeting_is_given_up_in_time",
            |broker| {
                given_up(broker, Duration::ZERO);
            },
        ),
        trial(
            "stalled::a_slow_broker_that_stops_is_given_up_at_the_same_time",
            |broker| {
                given_up(broker, Duration::from_secs(3));
            },
        ),
        trial(
            "stalled::a_node_that_adds_a_queue_leaves_before_the_broker_has_answered",
            leaves,
        ),
    ]
}

/// What stands before a broker: it lets it speak late, and no further than to a certain frame.
struct Front {
    address: String,
    /// A thread that sleeps for 4 s from then on.
    stalled: Receiver<JoinHandle<Duration>>,
    /// How long the client had its connection, and how long a thread slept meanwhile that was to sleep for 4 s.
    hung_up: Receiver<(Duration, Duration)>,
    end: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

/// The end of the greeting, `connection.open-ok`: the class and the method are the frame's first bytes.
fn is_open_ok(frame: &[u8]) -> bool {
    frame.starts_with(&[0, 10, 0, 41])
}

/// The request of Celery's remote control.
fn is_add_consumer(frame: &[u8]) -> bool {
    frame.windows(12).any(|bytes| bytes == b"add_consumer")
}

impl Front {
    fn start(broker: &Broker, late: Duration, is_last: fn(&[u8]) -> bool) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let port = broker.port();
        let (end, ended) = channel();
        let (sender, hung_up) = channel();
        let (stalls, stalled) = channel();
        let thread = thread::spawn(move || {
            let (client, _) = listener.accept().unwrap();
            let (start, slept) = (Instant::now(), sleeper(CONNECT_TIME));
            let broker = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), broker.try_clone().unwrap());
            let there = thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let time = start.elapsed();
                let _ = sender.send((time, slept.join().unwrap()));
            });
            if ended.recv_timeout(late).is_err() && speak(&broker, &client, is_last) {
                let _ = stalls.send(sleeper(CONNECT_TIME));
                let _ = ended.recv();
            }
            let _ = (
                client.shutdown(Shutdown::Both),
                broker.shutdown(Shutdown::Both),
            );
            let _ = there.join();
        });
        Front {
            address,
            stalled,
            hung_up,
            end,
            thread: Some(thread),
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = self.end.send(());
        if let Some(thread) = self.thread.take() {
            // Where it was not asked, it still waits for a client.
            let _ = TcpStream::connect(&self.address);
            thread.join().unwrap();
        }
    }
}

/// Passes the broker's frames on, up to the last one. Whether it came to that.
fn speak(mut broker: &TcpStream, mut client: &TcpStream, is_last: fn(&[u8]) -> bool) -> bool {
    let mut head = [0; 7];
    while broker.read_exact(&mut head).is_ok() {
        let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        let mut rest = vec![0; size as usize + 1];
        if broker.read_exact(&mut rest).is_err()
            || client.write_all(&head).is_err()
            || client.write_all(&rest).is_err()
        {
            return false;
        }
        if is_last(&rest) {
            return true;
        }
    }
    false
}

fn given_up(broker: &Broker, late: Duration) {
    thread::scope(|scope| {
        for words in [
            "node --workers 1",
            "status",
            "dead",
            "dead --again all",
            "hashes",
        ] {
            scope.spawn(move || {
                let front = Front::start(broker, late, is_open_ok);
                let address = format!("amqp://guest:guest@{}", front.address);
                let output = program(words)
                    .env("CLUSTER_BROKER", address)
                    .output()
                    .unwrap();
                let line = String::from_utf8(output.stderr).unwrap();
                assert!(
                    line.contains("does not answer within 4 s"),
                    "{words}: {line}"
                );
                assert_eq!(line.lines().count(), 1, "{words}: {line}");
                assert_eq!(output.status.code(), Some(1), "{words}");
                // The time of the connection, without that of the program's start and end, which a busy machine makes longer.
                let (time, slept) = front.hung_up.recv_timeout(PATIENCE).unwrap();
                assert!(time < slept + MARGIN, "{words}: {time:?}");
            });
        }
    });
}

fn leaves(broker: &Broker) {
    let queue = unique("stalled");
    let name = format!("{queue}@test");
    let front = Front::start(broker, Duration::ZERO, is_add_consumer);
    let address = format!("amqp://guest:guest@{}", front.address);
    let node = start_node(&address, &queue, &name, 1, None);
    node.wait_until_it_says("takes tasks from");
    request(broker, &name, &format!("{queue}.more"));
    // The broker has 4 s to answer the node, which are over when this thread's sleep is, or later.
    let sleeping = front.stalled.recv_timeout(PATIENCE).unwrap();
    node.signal("-TERM");
    node.wait_until_it_says("finishes what it has begun");
    assert!(!sleeping.is_finished(), "it has waited for the broker");
}

/// Asks a node to add a queue.
fn request(broker: &Broker, node: &str, queue: &str) {
    let body = serde_json::json!({
        "method": "add_consumer",
        "arguments": {"queue": queue},
        "destination": [node],
    });
    over_a_channel(broker, async |channel| {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let body = body.to_string();
        let exchange = "celery.pidbox".into();
        let publishing =
            channel.basic_publish(exchange, "".into(), options, body.as_bytes(), properties);
        publishing.await.unwrap().await.unwrap();
    });
}
