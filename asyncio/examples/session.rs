//! A session sends ten requests over one connection; without it each request connects anew.
//!
//!     cargo run --example asyncio-session
//!
//! Python: async with session.get(page) as answer:
//! Rust:   session.get(page).send().await?.text().await?
//!
//! A client keeps its connections open, as a ClientSession does, if you read each body to its end.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add reqwest --no-default-features --features rustls-no-provider
//!     cargo add rustls --no-default-features --features ring,std
//!     cargo add tokio --features full
//!     cargo run

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use reqwest::Client;
use tokio::io::{self, AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

static CONNECTIONS: AtomicU32 = AtomicU32::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let page = &format!("http://{}/menu", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            CONNECTIONS.fetch_add(1, Relaxed);
            tokio::spawn(serve(stream));
        }
    });
    // https wants a provider; this page is on this machine, and no proxy is to be asked for it.
    _ = rustls::crypto::ring::default_provider().install_default();
    let open = || Client::builder().no_proxy().build();
    let session = open()?;
    for kept in [true, false] {
        for _ in 0..10 {
            let session = if kept { session.clone() } else { open()? };
            assert_eq!(session.get(page).send().await?.text().await?, "soup");
        }
        let opened = CONNECTIONS.swap(0, Relaxed);
        println!("ten requests, session kept: {kept}; connections: {opened}");
        assert_eq!(opened, if kept { 1 } else { 10 });
    }
    Ok(())
}

async fn serve(stream: TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next_line().await? {
        if line.is_empty() {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsoup";
            lines.get_mut().write_all(answer).await?;
        }
    }
    Ok(())
}
