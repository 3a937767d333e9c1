//! A server that repeats every line, with a thread for each client.
//!
//!     cargo run -p threading --example threading-streams
//!
//! Python: ThreadingTCPServer(address, Handler)
//! Rust:   TcpListener::bind("127.0.0.1:0")
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

    let clients =
        ["soup", "salad", "roast"].map(|dish| thread::spawn(move || order(address, dish)));
    let answers = clients.map(|client| client.join().unwrap());

    let [soup, salad, roast] = answers;
    let answers = [soup?, salad?, roast?];
    println!("the server repeats: {answers:?}");
    assert_eq!(answers, ["soup\n", "salad\n", "roast\n"]);
    server.join().unwrap()
}

fn serve(listener: &TcpListener, clients: usize) -> io::Result<()> {
    for stream in listener.incoming().take(clients) {
        let stream = stream?;
        thread::spawn(move || io::copy(&mut &stream, &mut &stream));
    }
    Ok(())
}

fn order(address: SocketAddr, dish: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    writeln!(stream, "{dish}")?;
    stream.shutdown(Shutdown::Write)?;

    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(answer)
}
