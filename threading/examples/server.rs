//! An HTTP server with a thread for each connection.
//!
//!     cargo run -p threading --example threading-server
//!
//! Python: ThreadingHTTPServer(address, Handler)
//! Rust:   thread::scope
//!
//! A client that keeps its connection and says nothing costs a thread that sleeps. The scope ends when
//! the last connection has.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || serve(&listener, 2));

    let silent = TcpStream::connect(address)?;
    let answer = get(address, "/hello")?;
    println!("the server answers: {answer:?}");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("Hello, World!"));
    drop(silent);
    server.join().unwrap()
}

fn serve(listener: &TcpListener, clients: usize) -> io::Result<()> {
    thread::scope(|scope| {
        for stream in listener.incoming().take(clients) {
            let stream = stream?;
            scope.spawn(move || answer(&stream));
        }
        Ok(())
    })
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
