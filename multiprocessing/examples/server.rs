//! An HTTP server of processes that share the listening socket.
//!
//!     cargo run -p multiprocessing --example multiprocessing-server
//!
//! Python: socketserver.ForkingMixIn, or Process(target=serve, args=(listener,))
//! Rust:   Handle::new(listener)
//!
//! The processes are there before the clients, as those of gunicorn and nginx are, and the system gives
//! each client to one that waits. A client that says nothing keeps its process.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

use multiprocessing::{Handle, Process, tasks};

fn main() -> Result<(), Box<dyn Error>> {
    multiprocessing::init(tasks![serve]);

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let listener = Handle::new(listener);
    let workers = [
        Process::spawn(serve, listener.clone())?,
        Process::spawn(serve, listener)?,
    ];

    let silent = TcpStream::connect(address)?;
    let answer = get(address, "/hello")?;
    println!("the server answers: {answer:?}");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("Hello, World!"));
    drop(silent);
    for worker in workers {
        assert_eq!(worker.join()?, 0);
    }
    Ok(())
}

/// Serves one client.
fn serve(listener: Handle<TcpListener>) {
    let listener = listener.get().expect("a descriptor for the socket");
    let (stream, _) = listener.accept().expect("a client");
    answer(&stream).expect("a client that speaks HTTP");
}

fn answer(mut stream: &TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    while let Some(request) = lines.next().transpose()? {
        while lines
            .next()
            .transpose()?
            .is_some_and(|field| !field.is_empty())
        {}
        let (status, body) = match request.split(' ').nth(1) {
            Some("/hello") => ("200 OK", "Hello, World!"),
            _ => ("404 Not Found", "no such page"),
        };
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}

fn get(address: SocketAddr, page: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {page} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    stream.shutdown(Shutdown::Write)?;

    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
