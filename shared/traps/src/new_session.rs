//! Two hundred requests, each with a client of its own or all with one.
//!
//! One of the original Python programs opens a session for every request.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "new_session",
    mistake: "a new HTTP client for every request",
    wrong,
    right,
    noticed: "The client keeps a connection in TIME_WAIT for every request, until no port is left.",
};

const REQUESTS: u32 = 200;

static CONNECTIONS: AtomicU32 = AtomicU32::new(0);

type Session = Client<HttpConnector, Empty<&'static [u8]>>;

#[tokio::main(flavor = "current_thread")]
async fn wrong() -> Damage {
    let server = start_server();
    let start = Instant::now();
    for _ in 0..REQUESTS {
        let session = Client::builder(TokioExecutor::new()).build_http();
        download(&session, server).await;
    }
    damage(start)
}

#[tokio::main(flavor = "current_thread")]
async fn right() -> Damage {
    let server = start_server();
    let start = Instant::now();
    let session = Client::builder(TokioExecutor::new()).build_http();
    for _ in 0..REQUESTS {
        download(&session, server).await;
    }
    damage(start)
}

async fn download(session: &Session, server: SocketAddr) {
    let page = format!("http://{server}/");
    let response = session.get(page.parse().expect("it is an address")).await;
    let body = response.expect("the server answers").into_body();
    assert_eq!(body.collect().await.expect("in full").to_bytes(), "soup");
}

fn start_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            CONNECTIONS.fetch_add(1, Relaxed);
            thread::spawn(|| stream.and_then(serve));
        }
    });
    address
}

fn serve(stream: TcpStream) -> io::Result<()> {
    for line in BufReader::new(&stream).lines() {
        if line?.is_empty() {
            (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsoup")?;
        }
    }
    Ok(())
}

fn damage(start: Instant) -> Damage {
    let (connections, took) = (CONNECTIONS.load(Relaxed), start.elapsed().as_millis());
    let report = format!("{REQUESTS} requests, connections: {connections}; {took} ms");
    Damage {
        amount: connections.into(),
        report,
    }
}
