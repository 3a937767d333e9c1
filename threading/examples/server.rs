//! An HTTP server answers each connection on a thread of its own.
//!
//!     cargo run --example threading-server
//!
//! Python: ThreadingHTTPServer(address, Handler)
//! Rust:   scope.spawn(move || answer(&stream))
//!
//! A silent client costs a thread that sleeps. The scope ends when the last connection has.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || serve(&listener, 3));
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
    server.join().unwrap()
}

fn serve(listener: &TcpListener, clients: usize) -> io::Result<()> {
    thread::scope(|scope| {
        let mut connections = Vec::new();
        for stream in listener.incoming().take(clients) {
            let stream = stream?;
            connections.push(scope.spawn(move || answer(&stream)));
        }
        for connection in connections {
            connection.join().unwrap()?;
        }
        Ok(())
    })
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
