//! An HTTP server answers each connection in a task of its own.
//!
//!     cargo run --example asyncio-server
//!
//! Python: await asyncio.start_server(answer, port=0)
//! Rust:   connections.spawn(answer(stream))
//!
//! A silent client costs the memory of a task. `join_all` waits for all; to drop the set ends all.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use tokio::io::{self, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve(listener, 3));

    let silent = TcpStream::connect(address).await?;
    for (page, body) in [("/hello", "Hello, World!"), ("/soup", "no such page")] {
        let mut client = TcpStream::connect(address).await?;
        let request = format!("GET {page} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        client.write_all(request.as_bytes()).await?;
        client.shutdown().await?;
        let mut answer = String::new();
        client.read_to_string(&mut answer).await?;
        println!("{page}: {answer:?}");
        assert!(answer.starts_with("HTTP/1.1 ") && answer.ends_with(body));
    }
    drop(silent);
    server.await.unwrap()
}

async fn serve(listener: TcpListener, clients: usize) -> io::Result<()> {
    let mut connections = JoinSet::new();
    for _ in 0..clients {
        let (stream, _) = listener.accept().await?;
        connections.spawn(answer(stream));
    }
    connections.join_all().await.into_iter().collect()
}

async fn answer(stream: TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    while let Some(request) = lines.next_line().await? {
        while !matches!(lines.next_line().await?.as_deref(), None | Some("")) {}
        let answer = match request.split(' ').nth(1) {
            Some("/hello") => "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, World!",
            _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\nno such page",
        };
        lines.get_mut().write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
