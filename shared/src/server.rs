//! The local HTTP server: every page of the story, from 127.0.0.1.
//!
//! | page | answer |
//! |---|---|
//! | `/hello?delay=1` | a greeting that names the worker, after so many seconds |
//! | `/sites/large?delay=0`, `/sites/small?delay=0` | 10394 and 277 bytes of HTML, after so many seconds |
//! | `/cats/1.jpg` ... `/cats/20.jpg` | photos of about 100 kB |
//! | `/stats` | what the server itself saw, as JSON |
//!
//! It misbehaves on request, as [`Faults`] say: pages of a job carry their number as `?page=17`, and a further try says so
//! with `&try=2`.

mod misbehave;
mod pages;

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::faults::Faults;
use misbehave::{Mischief, Script, Wire};
use pages::page;

pub use pages::{CATS, GREETING, HELLO_BYTES, Site, cat};
pub(crate) use pages::{cat_number, delay, photo, value};

/// Connections that may wait to be accepted; the kernel's own limit is net.core.somaxconn.
const BACKLOG: u32 = 16_384;

/// How a server is to be.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where it listens on 127.0.0.1; at a free port if that is 0.
    pub port: u16,
    /// How it misbehaves, if it does.
    pub faults: Option<Faults>,
    /// How long a client may take to send the head of a request, and to leave a connection idle.
    pub patience: Duration,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            port: 0,
            faults: None,
            patience: Duration::from_secs(30),
        }
    }
}

/// A running server. It stops when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts a well-behaved server on 127.0.0.1 at `port`, or at a free one if that is 0.
    ///
    /// # Errors
    ///
    /// As for [`with`](Self::with).
    pub fn start(port: u16) -> io::Result<Self> {
        Self::with(Setup {
            port,
            ..Setup::default()
        })
    }

    /// Starts a server.
    ///
    /// # Errors
    ///
    /// If the port is taken or may not be bound, or threads cannot be started.
    pub fn with(setup: Setup) -> io::Result<Self> {
        let number = AtomicUsize::new(1);
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .thread_name_fn(move || format!("worker {:02}", number.fetch_add(1, Relaxed) % 100))
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            socket.bind((Ipv4Addr::LOCALHOST, setup.port).into())?;
            socket.listen(BACKLOG)?
        };
        let address = listener.local_addr()?;
        let mischief = setup.faults.map(Mischief::new).transpose()?;
        runtime.spawn(accept(listener, mischief.map(Arc::new), setup.patience));
        Ok(Self {
            address,
            runtime: Some(runtime),
        })
    }

    /// Where it listens.
    pub fn url(&self) -> Url {
        format!("http://{}/", self.address)
            .parse()
            .expect("a socket address makes a URL")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, mischief: Option<Arc<Mischief>>, patience: Duration) {
    let stats = Arc::new(Counters::default());
    loop {
        match listener.accept().await {
            Ok((connection, _)) => {
                stats.connections.fetch_add(1, Relaxed);
                // A small page must not wait for the acknowledgement of the one before it. Failing here only costs
                // time.
                let _ = connection.set_nodelay(true);
                let stats = stats.clone();
                match mischief.clone() {
                    None => tokio::spawn(serve(connection, stats, patience)),
                    Some(mischief) => {
                        tokio::spawn(serve_badly(connection, stats, patience, mischief))
                    }
                };
            }
            // Out of descriptors, most likely: those that are open must be able to end first.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(connection: TcpStream, stats: Arc<Counters>, patience: Duration) {
    let answer = service_fn(|request| {
        let stats = stats.clone();
        async move { Ok::<_, Infallible>(answer(&request, &stats).await) }
    });
    speak(connection, answer, patience).await;
}

async fn serve_badly(
    connection: TcpStream,
    stats: Arc<Counters>,
    patience: Duration,
    mischief: Arc<Mischief>,
) {
    let script = Script::default();
    let wire = Wire::new(connection, script.clone());
    let answer = service_fn(|request| {
        let (stats, mischief, script) = (stats.clone(), mischief.clone(), script.clone());
        async move {
            let good = answer(&request, &stats).await;
            Ok::<_, Infallible>(mischief.spoil(&request, good, &script).await)
        }
    });
    speak(wire, answer, patience).await;
}

/// Speaks HTTP until the client ends the connection, or takes longer than `patience` over a request.
async fn speak<C, S, B>(connection: C, answer: S, patience: Duration)
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: HttpService<Incoming, ResBody = B, Error = Infallible>,
    B: Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
{
    // An error here means that the client broke off: no answer can reach it.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(connection), answer)
        .await;
}

async fn answer(request: &Request<Incoming>, stats: &Counters) -> Response<Full<Bytes>> {
    // hyper keeps the body of an answer to HEAD to itself.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(
            StatusCode::METHOD_NOT_ALLOWED,
            "only GET and HEAD are served here\n",
        );
    }
    let Some(delay) = delay(request.uri().query()) else {
        return text(
            StatusCode::BAD_REQUEST,
            "delay is a number of seconds from 0 to 60\n",
        );
    };
    if !delay.is_zero() {
        let start = Instant::now();
        tokio::time::sleep(delay).await;
        stats.delayed.fetch_add(1, Relaxed);
        stats
            .waited_ns
            .fetch_add(start.elapsed().as_nanos() as u64, Relaxed);
    }
    let (content_type, body) = match request.uri().path() {
        "/" => ("text/plain", INDEX.into()),
        "/hello" => ("text/plain", hello()),
        "/sites/large" => ("text/html", Site::Large.body()),
        "/sites/small" => ("text/html", Site::Small.body()),
        "/stats" => ("application/json", stats.json()),
        path => match cat_number(path) {
            Some(number) => ("image/jpeg", cat(number)),
            None => return text(StatusCode::NOT_FOUND, "no such page: / lists them all\n"),
        },
    };
    stats.requests.fetch_add(1, Relaxed);
    page(StatusCode::OK, content_type, body)
}

fn text(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    page(status, "text/plain", text.into())
}

const INDEX: &str = "\
/hello?delay=1          a greeting, after so many seconds (0 to 60)
/sites/large?delay=0    10394 bytes of HTML
/sites/small?delay=0    277 bytes of HTML
/cats/1.jpg             a photo of about 100 kB; there are 20
/stats                  what the server saw, as JSON
";

fn hello() -> Bytes {
    let worker = std::thread::current();
    let mut greeting = GREETING.to_vec();
    greeting.extend_from_slice(worker.name().unwrap_or("worker ??").as_bytes());
    greeting.into()
}

/// What the server itself saw, as `/stats` shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Connections accepted.
    pub connections: u64,
    /// Pages served.
    pub requests: u64,
    /// Pages that were asked to wait.
    pub delayed: u64,
    /// Seconds that those waited in all: tokio's timer rounds a delay up to the next millisecond.
    pub waited: f64,
}

#[derive(Default)]
struct Counters {
    connections: AtomicU64,
    requests: AtomicU64,
    delayed: AtomicU64,
    waited_ns: AtomicU64,
}

impl Counters {
    fn json(&self) -> Bytes {
        let stats = Stats {
            connections: self.connections.load(Relaxed),
            requests: self.requests.load(Relaxed),
            delayed: self.delayed.load(Relaxed),
            waited: self.waited_ns.load(Relaxed) as f64 / 1e9,
        };
        serde_json::to_vec(&stats)
            .expect("four numbers make JSON")
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_has_its_length() {
        assert_eq!(
            hello().len(),
            HELLO_BYTES - "worker 01".len() + hello_name_length()
        );
    }

    fn hello_name_length() -> usize {
        std::thread::current().name().unwrap().len()
    }
}
