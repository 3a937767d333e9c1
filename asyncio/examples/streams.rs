//! A server repeats every line, with a task for each client.
//!
//!     cargo run --example asyncio-streams
//!
//! Python: await start_server(handle, port=0)
//! Rust:   TcpListener::bind("127.0.0.1:0").await
//!
//! Port 0 lets the system choose a free one. `split` makes the reader and the writer that Python
//! hands out as a pair; `shutdown` is `write_eof`.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use std::net::SocketAddr;

use tokio::io::{self, AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve(listener, 3));
    let dishes = ["soup", "salad", "roast"];
    let clients = dishes.map(|dish| tokio::spawn(order(address, dish)));
    for (dish, client) in dishes.iter().zip(clients) {
        let answer = client.await.unwrap()?;
        println!("a client orders {dish:?}, the server repeats {answer:?}");
        assert_eq!(answer, format!("{dish}\n"));
    }
    server.await.unwrap()
}

async fn serve(listener: TcpListener, clients: usize) -> io::Result<()> {
    let mut connections = JoinSet::new();
    for _ in 0..clients {
        let (mut stream, _) = listener.accept().await?;
        connections.spawn(async move {
            let (mut reader, mut writer) = stream.split();
            io::copy(&mut reader, &mut writer).await
        });
    }
    for copied in connections.join_all().await {
        copied?;
    }
    Ok(())
}

async fn order(address: SocketAddr, dish: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("{dish}\n").as_bytes()).await?;
    stream.shutdown().await?;

    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).await?;
    Ok(answer)
}
