//! Ten requests over one connection, then ten that connect anew each time.
//!
//!     cargo run -p threading --example threading-session
//!
//! Python: session.get(page).text
//! Rust:   session.get(&page)
//!
//! A client keeps its connections open between requests, as a Session does: make one and clone it.
//! Read the body to the end, or nothing can be reused. Inside, a client that blocks hands its
//! requests to a thread of its own, which lives as long as the client.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add reqwest --no-default-features --features blocking
//!     cargo run

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

use reqwest::blocking::Client;

static CONNECTIONS: AtomicU32 = AtomicU32::new(0);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let page = format!("http://{}/menu", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming() {
            CONNECTIONS.fetch_add(1, Relaxed);
            thread::spawn(|| stream.and_then(serve));
        }
    });

    // The page is on this machine: no proxy of the environment is to be asked for it.
    let session = Client::builder().no_proxy().build()?;
    for _ in 0..10 {
        assert_eq!(session.get(&page).send()?.text()?, "soup");
    }
    let opened = CONNECTIONS.swap(0, Relaxed);
    println!("ten requests of one session: {opened} connection");
    assert_eq!(opened, 1);

    for _ in 0..10 {
        let session = Client::builder().no_proxy().build()?;
        assert_eq!(session.get(&page).send()?.text()?, "soup");
    }
    let opened = CONNECTIONS.load(Relaxed);
    println!("ten requests without a session: {opened} connections");
    assert_eq!(opened, 10);
    Ok(())
}

fn serve(stream: TcpStream) -> io::Result<()> {
    // A request without a body ends with an empty line.
    for line in BufReader::new(&stream).lines() {
        if line?.is_empty() {
            (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsoup")?;
        }
    }
    Ok(())
}
