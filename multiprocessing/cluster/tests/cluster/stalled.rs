//! Brokers that take connections and then say nothing more: each is given up within 5 s, however far it came.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cluster::Broker;
use libtest_mimic::Trial;

use crate::program::program;
use crate::tools::{CONNECT_TIME, MARGIN, PATIENCE, sleeper, trial};

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
    ]
}

/// What stands before a broker: it lets it speak late, and no further than to the end of the greeting.
struct Front {
    address: String,
    /// How long the client had its connection, and how long a thread slept meanwhile that was to sleep for 4 s.
    hung_up: Receiver<(Duration, Duration)>,
    end: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

/// `connection.open-ok`: the class and the method, in the frame's first bytes.
const OPEN_OK: [u8; 4] = [0, 10, 0, 41];

impl Front {
    fn start(broker: &Broker, late: Duration) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let port = broker.port();
        let (end, ended) = channel();
        let (sender, hung_up) = channel();
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
            speak(&broker, &client, late, &ended);
            let _ = (
                client.shutdown(Shutdown::Both),
                broker.shutdown(Shutdown::Both),
            );
            let _ = there.join();
        });
        Front {
            address,
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

/// Passes the broker's frames on, the first one late, up to the end of the greeting; then nothing until the end.
fn speak(mut broker: &TcpStream, mut client: &TcpStream, late: Duration, ended: &Receiver<()>) {
    if ended.recv_timeout(late).is_ok() {
        return;
    }
    let mut head = [0; 7];
    while broker.read_exact(&mut head).is_ok() {
        let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        let mut rest = vec![0; size as usize + 1];
        if broker.read_exact(&mut rest).is_err()
            || client.write_all(&head).is_err()
            || client.write_all(&rest).is_err()
        {
            return;
        }
        if rest.starts_with(&OPEN_OK) {
            let _ = ended.recv();
            return;
        }
    }
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
                let front = Front::start(broker, late);
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
