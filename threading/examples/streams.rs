//! A server repeats every line, with a thread for each client.
//!
//!     cargo run --example threading-streams
//!
//! Python: ThreadingTCPServer(address, Handler)
//! Rust:   scope.spawn(move || io::copy(&mut &stream, &mut &stream))
//!
//! Port 0 lets the system choose a free one. `&TcpStream` reads and writes, so that one thread may
//! do both without cloning it.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo run

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || serve(&listener, 3));

    let dishes = ["soup", "salad", "roast"];
    let clients = dishes.map(|dish| thread::spawn(move || order(address, dish)));
    for (dish, client) in dishes.iter().zip(clients) {
        let answer = client.join().unwrap()?;
        println!("a client orders {dish:?}, the server repeats {answer:?}");
        assert_eq!(answer, format!("{dish}\n"));
    }
    server.join().unwrap()
}

fn serve(listener: &TcpListener, clients: usize) -> io::Result<()> {
    thread::scope(|scope| {
        let mut connections = Vec::new();
        for stream in listener.incoming().take(clients) {
            let stream = stream?;
            connections.push(scope.spawn(move || io::copy(&mut &stream, &mut &stream)));
        }
        for connection in connections {
            connection.join().unwrap()?;
        }
        Ok(())
    })
}

fn order(address: SocketAddr, dish: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    writeln!(stream, "{dish}")?;
    stream.shutdown(Shutdown::Write)?;

    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(answer)
}
