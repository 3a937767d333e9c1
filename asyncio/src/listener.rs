//! What [`shared::serve::Listener`] and `Connection` are to the other techniques: connections, up to a limit, that speak HTTP.
//! hyper receives and sends, within the same limits.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Result;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HOST, HeaderValue};
use http::{Request, Response, Version};
use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use shared::Receipt;
use shared::serve::{self, Answer, BUSY, HEAD_BYTES, Head, Job, Visit, pause_after};
use tokio::net::{TcpListener, TcpStream};
use tokio::time;

/// A listening socket, and the connections that came through it.
pub struct Listener {
    listener: Arc<serve::Listener>,
    socket: TcpListener,
}

impl Listener {
    /// Listens where the job says. SIGINT and SIGTERM end it; a second one ends the program.
    pub fn open(job: &Job) -> Result<Self> {
        let listener = serve::Listener::open(job)?;
        let socket = listener.socket().try_clone()?;
        socket.set_nonblocking(true)?;
        let socket = TcpListener::from_std(socket)?;
        Ok(Self { listener, socket })
    }

    /// Waits for the next connection that can be admitted. `None`: the server is to end.
    pub async fn accept(&self) -> Option<Connection> {
        loop {
            match self.socket.accept().await {
                Ok((stream, _)) => match self.listener.admit() {
                    Some(visit) => {
                        return Some(Connection {
                            stream,
                            visit: Arc::new(visit),
                        });
                    }
                    // There is room in the empty socket. A client that is gone already has lost nothing.
                    None => drop(stream.try_write(BUSY)),
                },
                Err(error) if self.listener.has_ended(&error) => return None,
                Err(error) => {
                    if let Some(pause) = pause_after(&error) {
                        time::sleep(pause).await;
                    }
                }
            }
        }
    }

    /// What all connections that have ended did.
    pub fn receipt(&self) -> Receipt {
        self.listener.receipt()
    }
}

/// A client that sends requests, one after another.
pub struct Connection {
    stream: TcpStream,
    /// Where its requests are counted.
    pub visit: Arc<Visit>,
}

impl Connection {
    /// Speaks HTTP with the client, whose requests `answer` answers.
    pub fn answered_by<F>(
        self,
        answer: fn(serve::Request) -> F,
    ) -> impl GracefulConnection<Error = hyper::Error>
    where
        F: Future<Output = Answer>,
    {
        let Self { stream, visit } = self;
        let patience = visit.listener().rules().patience;
        let service = service_fn(move |request| {
            let request = read(&request, &visit);
            let (visit, answer) = (visit.clone(), answer(request));
            async move {
                let answer = answer.await;
                visit.count(&answer);
                Ok::<_, Infallible>(response(answer))
            }
        });
        http1::Builder::new()
            // A client that has sent its last request may still want the answer.
            .half_close(true)
            .max_header_size(HEAD_BYTES)
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .serve_connection(TokioIo::new(stream), service)
    }
}

/// Counts a connection that ended otherwise than between two requests.
pub fn count_end(visit: &Visit, end: Result<(), hyper::Error>) {
    match end {
        Err(error) if error.is_parse_too_large() => visit.count_trouble("431"),
        Err(error) if error.is_parse() => visit.count_trouble("400"),
        Err(error) if error.is_timeout() => visit.count_trouble("timeout"),
        // A client that breaks off is its own affair.
        _ => {}
    }
}

fn read(request: &Request<Incoming>, visit: &Visit) -> serve::Request {
    let (uri, headers) = (request.uri(), request.headers());
    visit.read(Head {
        method: request.method().as_str(),
        path: uri.path(),
        query: uri.query(),
        is_1_1: request.version() == Version::HTTP_11,
        hosts: headers.get_all(HOST).iter().count(),
        has_content: !request.body().is_end_stream(),
    })
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(answer.body)));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    let values = [
        (CONTENT_TYPE, answer.content_type),
        (ALLOW, answer.allow),
        (CONNECTION, answer.closes.then_some("close")),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}
