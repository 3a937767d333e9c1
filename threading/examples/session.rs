//! Ten requests over one connection, then ten that connect anew each time.
//!
//!     cargo run -p threading --example threading-session
//!
//! Python: requests.Session, urllib.request.urlopen -> ureq::Agent, ureq::get
//! An agent keeps its connections open between requests, as a Session does; the functions of the
//! crate's root forget theirs, as urllib does. Read the body to the end, or nothing can be reused.
//! cargo add ureq --no-default-features

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;

use ureq::Agent;

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
    let session: Agent = Agent::config_builder().proxy(None).build().into();
    for _ in 0..10 {
        let soup = session.get(&page).call()?.into_body().read_to_string()?;
        assert_eq!(soup, "soup");
    }
    assert_eq!(CONNECTIONS.swap(0, Relaxed), 1);

    for _ in 0..10 {
        let get = ureq::get(&page).config().proxy(None).build();
        let soup = get.call()?.into_body().read_to_string()?;
        assert_eq!(soup, "soup");
    }
    assert_eq!(CONNECTIONS.load(Relaxed), 10);
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
