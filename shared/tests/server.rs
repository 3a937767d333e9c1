//! The server as its clients see it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use shared::server::{CATS, GREETING, HELLO_BYTES, Server, Site, Stats, cat};
use url::Url;

/// A keep-alive connection that asks in plain text.
struct Client(BufReader<TcpStream>);

impl Client {
    fn of(server: &Url) -> Self {
        let address = (server.host_str().unwrap(), server.port().unwrap());
        Self(BufReader::new(TcpStream::connect(address).unwrap()))
    }

    fn ask(&mut self, line: &str) -> (String, String, Vec<u8>) {
        let (status, kind, length) = self.head(line);
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, kind, body)
    }

    /// Status, type and announced length of the answer.
    fn head(&mut self, line: &str) -> (String, String, usize) {
        let request = format!("{line} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut head, mut line) = (String::new(), String::new());
        while self.0.read_line(&mut line).unwrap() > 2 {
            head += &line.to_lowercase();
            line.clear();
        }
        let header = |name: &str| {
            let found = head.lines().find_map(|line| line.strip_prefix(name));
            found
                .unwrap_or_default()
                .trim_start_matches(": ")
                .to_owned()
        };
        let status = head.split_whitespace().nth(1).unwrap().to_owned();
        let length = header("content-length").parse().unwrap();
        (status, header("content-type"), length)
    }
}

#[test]
fn every_page_of_the_story_is_there_on_one_connection() {
    let server = Server::start(0).unwrap();
    let mut client = Client::of(&server.url());
    let (status, kind, body) = client.ask("GET /hello?delay=0.01");
    assert_eq!((status.as_str(), kind.as_str()), ("200", "text/plain"));
    assert!(
        body.starts_with(GREETING) && body.len() == HELLO_BYTES,
        "{body:?}"
    );

    for (path, site) in [
        ("/sites/large", Site::Large),
        ("/sites/small?delay=0", Site::Small),
    ] {
        let (status, kind, body) = client.ask(&format!("GET {path}"));
        assert_eq!((status.as_str(), kind.as_str()), ("200", "text/html"));
        assert_eq!(body, site.body());
    }
    for number in 1..=CATS {
        let (status, kind, body) = client.ask(&format!("GET /cats/{number}.jpg"));
        assert_eq!((status.as_str(), kind.as_str()), ("200", "image/jpeg"));
        assert_eq!(body, cat(number));
    }
}

#[test]
fn a_request_for_another_page_is_refused_and_the_connection_goes_on() {
    let server = Server::start(0).unwrap();
    let mut client = Client::of(&server.url());
    for (line, expected) in [
        ("GET /dogs", "404"),
        ("GET /cats/0.jpg", "404"),
        ("GET /cats/21.jpg", "404"),
        ("GET /hello?delay=-1", "400"),
        ("GET /hello?delay=soon", "400"),
        ("POST /hello", "405"),
        ("GET /", "200"),
    ] {
        assert_eq!(client.ask(line).0, expected, "{line}");
    }
}

#[test]
fn head_is_answered_as_get_but_without_the_body() {
    let server = Server::start(0).unwrap();
    let mut client = Client::of(&server.url());
    let (status, kind, length) = client.head("HEAD /cats/1.jpg");
    assert_eq!((status.as_str(), kind.as_str()), ("200", "image/jpeg"));
    assert_eq!(length, cat(1).len());
    assert_eq!(client.head("HEAD /dogs").0, "404");
    // No body is in the way of the next answer.
    assert_eq!(client.ask("GET /sites/small").2, Site::Small.body());
}

#[test]
fn the_server_tells_what_it_saw() {
    let server = Server::start(0).unwrap();
    let mut client = Client::of(&server.url());
    client.ask("GET /sites/small");
    client.ask("GET /sites/small?delay=0.01");
    let stats: Stats = serde_json::from_slice(&client.ask("GET /stats").2).unwrap();
    assert_eq!(
        (stats.connections, stats.requests, stats.delayed),
        (1, 2, 1)
    );
    assert!(stats.waited >= 0.01, "{stats:?}");
}

fn program(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_server"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn the_program_says_where_it_listens_and_ends_with_its_input() {
    let mut server = program(&["--port", "0", "--until-stdin-ends"]);
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(
        Client::of(&line.trim().parse().unwrap()).ask("GET /").0,
        "200"
    );
    drop(server.stdin.take());
    assert!(server.wait().unwrap().success());
}

#[test]
fn a_port_that_is_taken_gets_one_line() {
    let first = Server::start(0).unwrap();
    let port = first.url().port().unwrap().to_string();
    let output = program(&["--port", &port]).wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.starts_with(&format!("server: cannot listen at port {port}: ")),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
}
