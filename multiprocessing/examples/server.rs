//! Three processes of an HTTP server share the listening socket.
//!
//!     cargo run --example multiprocessing-server
//!
//! Python: Process(target=serve_one, args=(listener,)).start()
//! Rust:   Process::spawn(serve_one, listener.clone())
//!
//! The processes are there before the clients, as those of gunicorn and nginx, and the system gives
//! each client to one that waits. A client that says nothing keeps its process.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use multiprocessing::{Handle, Process, tasks};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    multiprocessing::init(tasks![serve_one]);

    let listener = Handle::new(TcpListener::bind("127.0.0.1:0")?);
    let address = listener.get()?.local_addr()?;
    let workers = [(); 3].map(|()| Process::spawn(serve_one, listener.clone()));
    let silent = TcpStream::connect(address)?;
    for (page, body) in [("/hello", "Hello, World!"), ("/soup", "no such page")] {
        let mut client = TcpStream::connect(address)?;
        write!(client, "GET {page} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        client.shutdown(Shutdown::Write)?;
        let answer = io::read_to_string(client)?;
        println!("{page}: {answer:?}");
        assert!(answer.starts_with("HTTP/1.1 ") && answer.ends_with(body));
    }
    drop(silent);
    for worker in workers {
        worker?.result()?;
    }
    Ok(())
}

fn serve_one(listener: Handle<TcpListener>) {
    let listener = listener.get().expect("a descriptor for the socket");
    let (stream, _) = listener.accept().expect("a client");
    answer(&stream).expect("a client that speaks HTTP");
}

fn answer(mut stream: &TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    while let Some(request) = lines.next().transpose()? {
        while !matches!(lines.next().transpose()?.as_deref(), None | Some("")) {}
        let answer = match request.split(' ').nth(1) {
            Some("/hello") => "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, World!",
            _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\nno such page",
        };
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}
