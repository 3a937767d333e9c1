//! A session sends ten requests over one connection; without it each request connects anew.
//!
//!     cargo run --example threading-session
//!
//! Python: session.get(page).text
//! Rust:   session.get(page).send()?.text()?
//!
//! A client keeps its connections open, as a Session does: make one, and read each body to its end,
//! or nothing can be reused. A client that blocks sends its requests from a thread of its own.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add reqwest --no-default-features --features blocking,rustls-no-provider
//!     cargo add rustls --no-default-features --features ring,std
//!     cargo run

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

use reqwest::blocking::Client;

static CONNECTIONS: AtomicU32 = AtomicU32::new(0);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let page = &format!("http://{}/menu", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming() {
            CONNECTIONS.fetch_add(1, Relaxed);
            thread::spawn(|| stream.and_then(serve));
        }
    });
    // https wants a provider; this page is on this machine, and no proxy is to be asked for it.
    let ring = rustls::crypto::ring::default_provider();
    ring.install_default().expect("it is the first");
    let open = || Client::builder().no_proxy().build();
    let session = open()?;
    for kept in [true, false] {
        for _ in 0..10 {
            let session = if kept { session.clone() } else { open()? };
            assert_eq!(session.get(page).send()?.text()?, "soup");
        }
        let opened = CONNECTIONS.swap(0, Relaxed);
        println!("ten requests, session kept: {kept}; connections: {opened}");
        assert_eq!(opened, if kept { 1 } else { 10 });
    }
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
