//! Open a session, use it, and close it whatever happens in between.
//!
//!     cargo run -p asyncio --example asyncio-async_with
//!
//! Python: async with open_session() as session:
//! Rust:   with_session(&mut log, async |session|
//!
//! `Drop` cannot await, so a close that must is a function to be called, and a function that takes
//! the body as a closure calls it for everybody. That the body was cancelled only `Drop` sees.
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
    assert_eq!(page, Ok("page /menu".into()));

    let page = with_session(&mut log, async |_session| Err("no such page")).await;
    assert_eq!(page, Err("no such page"));
    println!("closed after the page, and after the error: {log:?}");
    assert_eq!(log, ["open", "get", "close", "open", "close"]);
}

type Page = Result<String, &'static str>;

async fn with_session(log: &mut Vec<&str>, body: impl AsyncFnOnce(&mut Session) -> Page) -> Page {
    let mut session = Session::open(log).await;
    // An error of the body waits until the session is closed, so no `?` here.
    let result = body(&mut session).await;
    session.close().await;
    result
}

struct Session<'a, 'b> {
    log: &'a mut Vec<&'b str>,
}

impl<'a, 'b> Session<'a, 'b> {
    async fn open(log: &'a mut Vec<&'b str>) -> Self {
        task::yield_now().await;
        log.push("open");
        Session { log }
    }

    async fn get(&mut self, path: &str) -> String {
        task::yield_now().await;
        self.log.push("get");
        format!("page {path}")
    }

    async fn close(self) {
        task::yield_now().await;
        self.log.push("close");
    }
}
