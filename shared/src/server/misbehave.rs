//! The server at its worst: a good answer, spoilt as a [`Fault`] wants it.
//!
//! What HTTP can express is a changed answer. What it cannot, such as a connection reset in the middle of a body, is
//! left to the [`Wire`] below hyper, which has its [`Script`] before the answer comes.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONNECTION, CONTENT_ENCODING, HeaderValue, LOCATION, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Sleep, sleep};

use super::pages::{page, value};
use crate::faults::{Fault, Faults};

/// How late a late answer is, and how far apart single bytes come. No timeout that makes sense is near.
const LATENCY: Duration = Duration::from_millis(5);
const BYTE_INTERVAL: Duration = Duration::from_millis(1);
/// How many bytes come one by one.
const SINGLE_BYTES: usize = 8;
/// What a Retry-After asks for, in seconds. The techniques scale it as every delay of the story.
const RETRY_SECONDS: &str = "1";
/// An endless body ends after so many pieces of so many bytes, so that a client without a limit ends, too.
const HUGE: (usize, usize) = (16 * 1024, 64 * 1024);

/// An answer as it was, or one of unannounced length.
pub(super) type Answer = Response<Either<Full<Bytes>, Pieces>>;

/// Spoils answers, by the faults that it is given.
pub(super) struct Mischief {
    faults: Faults,
    /// Bound, and never listening: a client that connects is refused.
    closed: TcpSocket,
}

impl Mischief {
    /// Mischief by these faults.
    ///
    /// # Errors
    ///
    /// If there is no free port.
    pub(super) fn new(faults: Faults) -> io::Result<Self> {
        let closed = TcpSocket::new_v4()?;
        closed.bind((std::net::Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self { faults, closed })
    }

    /// The answer to `request`, spoilt if its page is to meet a fault at this try.
    pub(super) async fn spoil(
        &self,
        request: &Request<Incoming>,
        answer: Response<Full<Bytes>>,
        wire: &Script,
    ) -> Answer {
        let number = |key| value(request.uri().query(), key)?.parse::<u32>().ok();
        let fault = number("page=").and_then(|page| {
            let attempt = number("try=").unwrap_or(1);
            self.faults.fault(page.into(), attempt)
        });
        let (Some(fault), StatusCode::OK) = (fault, answer.status()) else {
            return answer.map(Either::Left);
        };
        let body = answer.body().clone();
        let Ok(body) = body.collect().await.map(|body| body.to_bytes());
        let wrong = |status| page(status, "text/plain", fault.name().into()).map(Either::Left);
        match fault {
            Fault::Latency => {
                sleep(LATENCY).await;
                whole(answer, body)
            }
            Fault::Silence => std::future::pending().await,
            Fault::NotFound => wrong(StatusCode::NOT_FOUND),
            Fault::ServerError => wrong(StatusCode::INTERNAL_SERVER_ERROR),
            Fault::Unavailable => later(wrong(StatusCode::SERVICE_UNAVAILABLE)),
            Fault::TooManyRequests => later(wrong(StatusCode::TOO_MANY_REQUESTS)),
            Fault::RedirectLoop => elsewhere(wrong(StatusCode::FOUND), request.uri().to_string()),
            Fault::Refused => {
                let closed = self.closed.local_addr();
                let closed = closed.expect("a bound socket has an address");
                elsewhere(wrong(StatusCode::FOUND), format!("http://{closed}/"))
            }
            Fault::Chunked => {
                let chunks = body
                    .chunks(body.len().div_ceil(4))
                    .map(Bytes::copy_from_slice);
                let chunks: Vec<_> = chunks.collect();
                answer.map(|_| Either::Right(Pieces(Box::new(chunks.into_iter()))))
            }
            Fault::Huge => {
                let piece = Bytes::from(vec![b'.'; HUGE.1]);
                let pieces = std::iter::repeat_n(piece, HUGE.0);
                answer.map(|_| Either::Right(Pieces(Box::new(pieces))))
            }
            Fault::Compressed => {
                let mut compressed = whole(answer, compress(&body));
                let gzip = HeaderValue::from_static("gzip");
                compressed.headers_mut().insert(CONTENT_ENCODING, gzip);
                compressed
            }
            Fault::WrongByte => {
                let mut wrong = body.to_vec();
                wrong[body.len() / 2] ^= 1;
                whole(answer, wrong.into())
            }
            Fault::Long => {
                let announced = body.len() - body.len() / 4;
                wire.set(Act::new(Place::End, Deed::Append(body.slice(announced..))));
                let mut long = whole(answer, body.slice(..announced));
                // The client would meet the rest when it uses the connection again, or it would not: a race.
                let close = HeaderValue::from_static("close");
                long.headers_mut().insert(CONNECTION, close);
                long
            }
            Fault::SlowHead => {
                wire.set(Act::new(Place::Head, Deed::Trickle(SINGLE_BYTES)));
                whole(answer, body)
            }
            Fault::SlowBody => {
                wire.set(Act::new(Place::Body, Deed::Trickle(SINGLE_BYTES)));
                whole(answer, body)
            }
            Fault::ResetBefore => {
                wire.set(Act::new(Place::Head, Deed::Reset));
                whole(answer, body)
            }
            Fault::ResetInBody => {
                wire.set(Act::new(Place::Body, Deed::Reset));
                whole(answer, body)
            }
            Fault::Short => {
                wire.set(Act::new(Place::Body, Deed::HangUp));
                whole(answer, body)
            }
        }
    }
}

fn whole(answer: Response<Full<Bytes>>, body: Bytes) -> Answer {
    answer.map(|_| Either::Left(Full::new(body)))
}

fn later(mut answer: Answer) -> Answer {
    let seconds = HeaderValue::from_static(RETRY_SECONDS);
    answer.headers_mut().insert(RETRY_AFTER, seconds);
    answer
}

fn elsewhere(mut answer: Answer, place: String) -> Answer {
    let place = place.try_into().expect("an address makes a header");
    answer.headers_mut().insert(LOCATION, place);
    answer
}

fn compress(body: &[u8]) -> Bytes {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(body).expect("memory takes it all");
    gzip.finish().expect("memory takes it all").into()
}

/// A body in pieces, of a length that the head does not announce.
pub(super) struct Pieces(Box<dyn Iterator<Item = Bytes> + Send>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece))))
    }
}

/// Where in an answer something is to happen.
#[derive(Clone, Copy)]
enum Place {
    /// Before its first byte.
    Head,
    /// In the middle of its body.
    Body,
    /// After its last byte.
    End,
}

/// What is to happen there.
enum Deed {
    Reset,
    HangUp,
    /// So many bytes, one by one.
    Trickle(usize),
    Append(Bytes),
}

struct Act {
    place: Place,
    deed: Deed,
    /// Bytes until then, once that is known.
    left: Option<usize>,
}

impl Act {
    fn new(place: Place, deed: Deed) -> Self {
        Self {
            place,
            deed,
            left: None,
        }
    }
}

/// What a wire is to do with the next answer. The service writes it, the wire reads it.
#[derive(Clone, Default)]
pub(super) struct Script(Arc<Mutex<Option<Act>>>);

impl Script {
    fn set(&self, act: Act) {
        *self.lock() = Some(act);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Act>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that does to answers what HTTP cannot express.
pub(super) struct Wire {
    connection: TcpStream,
    script: Script,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// A wire that follows `script`.
    pub(super) fn new(connection: TcpStream, script: Script) -> Self {
        Self {
            connection,
            script,
            pause: None,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        buffer: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self {
            connection,
            script,
            pause,
        } = self.get_mut();
        let mut script = script.lock();
        let Some(act) = &mut *script else {
            return Pin::new(connection).poll_write(context, bytes);
        };
        let left = act.left.get_or_insert_with(|| match act.place {
            Place::Head => 0,
            Place::Body => middle_of_body(bytes),
            Place::End => usize::MAX,
        });
        if *left > 0 {
            let until_then = &bytes[..bytes.len().min(*left)];
            let written = ready!(Pin::new(connection).poll_write(context, until_then))?;
            *left -= written;
            return Poll::Ready(Ok(written));
        }
        match &mut act.deed {
            Deed::Reset => {
                connection.set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            // hyper drops the connection at an error, which ends it in good order.
            Deed::HangUp => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            Deed::Trickle(bytes_left) if *bytes_left > 0 => {
                if let Some(pause) = pause {
                    ready!(pause.as_mut().poll(context));
                }
                let written = ready!(Pin::new(connection).poll_write(context, &bytes[..1]))?;
                *bytes_left -= written;
                *pause = Some(Box::pin(sleep(BYTE_INTERVAL)));
                Poll::Ready(Ok(written))
            }
            Deed::Trickle(_) | Deed::Append(_) => {
                (*script, *pause) = (None, None);
                Pin::new(connection).poll_write(context, bytes)
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        let Self {
            connection, script, ..
        } = self.get_mut();
        if let Some(Act {
            deed: Deed::Append(more),
            ..
        }) = &mut *script.lock()
        {
            while !more.is_empty() {
                let written = ready!(Pin::new(&mut *connection).poll_write(context, more))?;
                let _ = more.split_to(written);
            }
        }
        Pin::new(connection).poll_shutdown(context)
    }
}

/// Where the middle of the body is in what hyper writes first: the head, and as much of the body as there is.
fn middle_of_body(bytes: &[u8]) -> usize {
    const END_OF_HEAD: &[u8] = b"\r\n\r\n";
    let end = bytes
        .windows(END_OF_HEAD.len())
        .position(|window| window == END_OF_HEAD);
    let body = end.map_or(0, |end| end + END_OF_HEAD.len());
    body + (bytes.len() - body) / 2
}
