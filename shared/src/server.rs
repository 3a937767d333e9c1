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

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use http::header::{CONTENT_TYPE, HeaderValue};
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

/// Number of photos.
pub const CATS: usize = 20;
/// How a greeting starts. The name of the worker follows.
pub const GREETING: &[u8] = b"Hello, World!, I am ";
/// Length of a greeting.
pub const HELLO_BYTES: usize = 29;
/// A page may be asked to wait so long at most.
const LONGEST_DELAY: Duration = Duration::from_secs(60);
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

/// Speaks HTTP until the client has had enough, or takes longer than `patience` over a request.
async fn speak<C, S, B>(connection: C, answer: S, patience: Duration)
where
    C: AsyncRead + AsyncWrite + Unpin,
    S: HttpService<Incoming, ResBody = B, Error = Infallible>,
    B: Body<Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
{
    // A client that breaks off is its own affair; the server has nobody to tell.
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

/// The delay that a query asks for: 0 if it does not, `None` if it is none that the server grants.
pub(crate) fn delay(query: Option<&str>) -> Option<Duration> {
    let Some(seconds) = value(query, "delay=") else {
        return Some(Duration::ZERO);
    };
    let delay = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    (delay <= LONGEST_DELAY).then_some(delay)
}

/// What stands behind `key` (with its `=`) in a query.
pub(crate) fn value<'q>(query: Option<&'q str>, key: &str) -> Option<&'q str> {
    let mut pairs = query?.split('&');
    pairs.find_map(|pair| pair.strip_prefix(key))
}

pub(crate) fn cat_number(path: &str) -> Option<usize> {
    let number = path
        .strip_prefix("/cats/")?
        .strip_suffix(".jpg")?
        .parse()
        .ok()?;
    (1..=CATS).contains(&number).then_some(number)
}

fn text(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    page(status, "text/plain", text.into())
}

fn page(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
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

/// The two sites of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// 10394 bytes.
    Large,
    /// 277 bytes.
    Small,
}

impl Site {
    /// Its path, without the leading slash.
    pub fn path(self) -> &'static str {
        match self {
            Self::Large => "sites/large",
            Self::Small => "sites/small",
        }
    }

    /// Its HTML.
    pub fn body(self) -> Bytes {
        static LARGE: LazyLock<Bytes> = LazyLock::new(|| html("A large site", 10_394));
        static SMALL: LazyLock<Bytes> = LazyLock::new(|| html("A small site", 277));
        match self {
            Self::Large => LARGE.clone(),
            Self::Small => SMALL.clone(),
        }
    }
}

/// A page with this title that is exactly `length` bytes long.
fn html(title: &str, length: usize) -> Bytes {
    const END: &str = "</p>\n";
    let mut html = format!("<!doctype html>\n<title>{title}</title>\n<p>");
    let mut number = 0;
    while html.len() + END.len() < length {
        html += &format!("line {number}<br>\n");
        number += 1;
    }
    html.truncate(length - END.len());
    (html + END).into()
}

/// Photo `number` (1 to [`CATS`]): a small real JPEG, brought to about 100 kB by comment segments, which differ from photo
/// to photo and which every viewer skips.
///
/// # Panics
///
/// If there is no such photo.
pub fn cat(number: usize) -> Bytes {
    Bytes::from_static(photo(number))
}

/// The bytes of photo `number`, which are drawn once.
pub(crate) fn photo(number: usize) -> &'static [u8] {
    static PHOTOS: LazyLock<[Vec<u8>; CATS]> =
        LazyLock::new(|| std::array::from_fn(|index| draw_cat(index + 1)));
    &PHOTOS[number - 1]
}

fn draw_cat(number: usize) -> Vec<u8> {
    const DRAWING: &[u8] = include_bytes!("server/cat.jpg");
    const START_OF_IMAGE: usize = 2;
    const COMMENT: [u8; 2] = [0xff, 0xfe];
    let (start, rest) = DRAWING.split_at(START_OF_IMAGE);
    let mut photo = start.to_vec();
    let mut random = number as u64;
    // Two comments of 45 to 50 kB; a segment's length counts its own two bytes (ITU T.81, B.1.1.4).
    let comment = 45_000 + 250 * number;
    for _ in 0..2 {
        photo.extend(COMMENT);
        photo.extend((comment as u16 + 2).to_be_bytes());
        let end = photo.len() + comment;
        while photo.len() < end {
            // Marsaglia's xorshift64, so that the bytes are the same everywhere and do not compress.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            photo.extend(random.to_le_bytes());
        }
        photo.truncate(end);
    }
    photo.extend(rest);
    photo
}

/// What the server itself saw, as `/stats` tells it.
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
    fn pages_have_their_lengths() {
        assert_eq!(Site::Large.body().len(), 10_394);
        assert_eq!(Site::Small.body().len(), 277);
        assert_eq!(
            hello().len(),
            HELLO_BYTES - "worker 01".len() + hello_name_length()
        );
    }

    fn hello_name_length() -> usize {
        std::thread::current().name().unwrap().len()
    }

    #[test]
    fn photos_are_jpegs_that_differ() {
        for number in 1..=CATS {
            let photo = cat(number);
            assert_eq!(
                (&photo[..4], &photo[photo.len() - 2..]),
                (&[0xff, 0xd8, 0xff, 0xfe][..], &[0xff, 0xd9][..])
            );
        }
        assert_ne!(crc32fast::hash(&cat(1)), crc32fast::hash(&cat(2)));
    }

    #[test]
    fn a_delay_is_a_number_of_seconds_that_the_server_grants() {
        assert_eq!(delay(None), Some(Duration::ZERO));
        assert_eq!(
            delay(Some("a=b&delay=0.5")),
            Some(Duration::from_millis(500))
        );
        for refused in ["delay=", "delay=-1", "delay=61", "delay=NaN", "delay=x"] {
            assert_eq!(delay(Some(refused)), None, "{refused}");
        }
    }
}
