//! Ten requests over one connection, then ten that connect anew each time.
//!
//!     cargo run -p asyncio --example asyncio-session
//!
//! Python: async with session.get(page) as answer:
//! Rust:   session.get(&page).send().await
//!
//! A client keeps its connections open between requests, as a ClientSession does: make one and
//! clone it. Read the body to the end, or nothing can be reused.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add reqwest --no-default-features
//!     cargo add tokio --features full
//!     cargo run

use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use reqwest::Client;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

static CONNECTIONS: AtomicU32 = AtomicU32::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let page = format!("http://{}/menu", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            CONNECTIONS.fetch_add(1, Relaxed);
            tokio::spawn(serve(stream));
        }
    });

    // The page is on this machine: no proxy of the environment is to be asked for it.
    let session = Client::builder().no_proxy().build()?;
    for _ in 0..10 {
        assert_eq!(session.get(&page).send().await?.text().await?, "soup");
    }
    let opened = CONNECTIONS.swap(0, Relaxed);
    println!("ten requests of one session: {opened} connection");
    assert_eq!(opened, 1);

    for _ in 0..10 {
        let session = Client::builder().no_proxy().build()?;
        assert_eq!(session.get(&page).send().await?.text().await?, "soup");
    }
    let opened = CONNECTIONS.load(Relaxed);
    println!("a session for each of ten requests: {opened} connections");
    assert_eq!(opened, 10);
    Ok(())
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    // A request without a body ends with an empty line.
    while let Some(line) = lines.next_line().await? {
        if line.is_empty() {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsoup";
            writer.write_all(answer).await?;
        }
    }
    Ok(())
}
