//! A function opens a session, lends it, and closes it even if the borrower fails.
//!
//!     cargo run --example asyncio-async_with
//!
//! Python: async with open_session() as session:
//! Rust:   with_session(&mut log, async |session| Ok(session.get("/menu").await))
//!
//! `Drop` cannot await, so a close that awaits is a function of its own, and a function that takes
//! the body as a closure calls it for every caller. Only `Drop` sees that the body was cancelled.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add tokio --features full
//!     cargo run

use tokio::task;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut log = Vec::new();

    let page = with_session(&mut log, async |session| Ok(session.get("/menu").await)).await;
    println!("{page:?}: {log:?}");
    assert_eq!(page, Ok("page /menu".into()));
    assert_eq!(log, ["open", "get", "close"]);

    log.clear();
    let page = with_session(&mut log, async |_session| Err("no such page")).await;
    println!("{page:?}: {log:?}");
    assert_eq!(page, Err("no such page"));
    assert_eq!(log, ["open", "close"]);
}

type Log<'a> = &'a mut Vec<&'static str>;
type Page = Result<String, &'static str>;

async fn with_session(log: Log<'_>, body: impl AsyncFnOnce(&mut Session) -> Page) -> Page {
    task::yield_now().await;
    log.push("open");
    let mut session = Session(log);
    // An error of the body waits until the session is closed, so no `?` here.
    let result = body(&mut session).await;
    session.close().await;
    result
}

struct Session<'a>(Log<'a>);

impl Session<'_> {
    async fn get(&mut self, path: &str) -> String {
        task::yield_now().await;
        self.0.push("get");
        format!("page {path}")
    }

    async fn close(self) {
        task::yield_now().await;
        self.0.push("close");
    }
}
