//! An HTTP server with a task for each connection.
//!
//!     cargo run -p asyncio --example asyncio-server
//!
//! Python: await asyncio.start_server(answer, port=0)
//! Rust:   connections.spawn(answer(stream))
//!
//! A client that keeps its connection and says nothing costs the memory of a task. Dropping the set
//! would end all tasks; `join_all` waits for them.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve(listener, 2));

    let silent = TcpStream::connect(address).await?;
    let answer = get(address, "/hello").await?;
    println!("the server answers: {answer:?}");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("Hello, World!"));
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

async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(request) = lines.next_line().await? {
        while lines
            .next_line()
            .await?
            .is_some_and(|field| !field.is_empty())
        {}
        let (status, body) = match request.split(' ').nth(1) {
            Some("/hello") => ("200 OK", "Hello, World!"),
            _ => ("404 Not Found", "no such page"),
        };
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        writer.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

async fn get(address: SocketAddr, page: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {page} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.shutdown().await?;

    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
