//! What [`shared::download::Session`] is to the other techniques: connections kept for reuse, within the limits of a policy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use http::header::{ACCEPT, ACCEPT_ENCODING, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use shared::download::{Answer, Policy, REDIRECTS, Trouble, Unconnected};
use shared::stop;
use tokio::time;
use tower::{ServiceExt, service_fn};
use tower_http::follow_redirect::FollowRedirect;
use tower_http::follow_redirect::policy::{Action, redirect_fn};

/// A session that tasks share by cloning it.
///
/// It keeps hyper's connections itself: hyper-util's client, which starts one more task for every request, takes a tenth
/// longer with 64 in flight.
#[derive(Clone)]
pub struct Session {
    connector: HttpsConnector<HttpConnector>,
    kept: Kept,
    /// What it puts up with.
    pub policy: Arc<Policy>,
}

impl Session {
    /// A session without connections yet. From now on an interrupt ends this process gently.
    pub fn new(policy: &Policy) -> Result<Self> {
        stop::listen()?;
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(policy.connect));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(policy.trust.tls()?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self {
            connector,
            kept: Kept::default(),
            policy: Arc::new(policy.clone()),
        })
    }

    /// Fetches the page at `url`.
    pub async fn get(&self, url: &str) -> Result<Answer> {
        self.fetch(url).await.with_context(|| url.to_owned())
    }

    async fn fetch(&self, url: &str) -> Result<Answer> {
        let policy = &self.policy;
        let mut request = Request::get(url).header(ACCEPT, "*/*").body(Empty::new())?;
        if policy.compressed() {
            let gzip = HeaderValue::from_static("gzip");
            request.headers_mut().insert(ACCEPT_ENCODING, gzip);
        }
        let client = service_fn(|request| self.send(request));
        let mut left = REDIRECTS;
        let redirect = redirect_fn(move |_| {
            left = left.checked_sub(1).ok_or_else(Trouble::redirects)?;
            Ok(Action::Follow)
        });
        let client = FollowRedirect::with_policy(client, redirect);
        let (head, body) = time::timeout(policy.part_left(), client.oneshot(request))
            .await??
            .into_parts();

        policy.admit(body.size_hint().lower())?;
        let largest = usize::try_from(policy.largest)?;
        let body = time::timeout(policy.part_left(), Limited::new(body, largest).collect())
            .await?
            .map_err(|error| Trouble::reading(error, policy))?;
        Answer::new(head.status, &head.headers, body.to_bytes(), policy)
    }

    /// Sends `request` over a connection that was kept, or else over a new one.
    async fn send(&self, mut request: Request<Empty<Bytes>>) -> Result<Response<Incoming>> {
        let url = request.uri().clone();
        let parts = url.clone().into_parts();
        let scheme = parts.scheme.filter(|scheme| WEB.contains(scheme));
        let host = scheme
            .zip(parts.authority)
            .context("no address of a page")?;
        // A user's name is nobody's business.
        let name = host.1.as_str().rsplit('@').next().unwrap_or_default();
        request.headers_mut().insert(HOST, name.parse()?);
        *request.uri_mut() = parts.path_and_query.map(Uri::from).unwrap_or_default();

        while let Some(mut kept) = self.kept.take(&host) {
            if kept.ready().await.is_err() {
                continue;
            }
            match kept.try_send_request(request).await {
                Ok(response) => return Ok(self.kept.lend(host, kept, response)),
                // The server has closed it in time: nothing was sent.
                Err(mut error) => request = error.take_message().ok_or(error.into_error())?,
            }
        }
        let mut fresh = self.connect(url).await?;
        let response = fresh.send_request(request).await?;
        Ok(self.kept.lend(host, fresh, response))
    }

    async fn connect(&self, url: Uri) -> Result<Connection> {
        let stream = self.connector.clone().oneshot(url);
        // The connector's own limit is for each address of a host whose name has been looked up.
        let stream = time::timeout(self.policy.connect, stream)
            .await
            .map_err(|late| Unconnected(late.into()))?
            .map_err(Unconnected)?;
        let (connection, traffic) = http1::handshake(stream).await?;
        tokio::spawn(traffic);
        Ok(connection)
    }
}

/// What a redirect may lead to.
const WEB: [Scheme; 2] = [Scheme::HTTP, Scheme::HTTPS];

type Connection = SendRequest<Empty<Bytes>>;
type Host = (Scheme, Authority);

/// Connections that nobody uses, by where they lead.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<HashMap<Host, Vec<Connection>>>>);

impl Kept {
    fn take(&self, host: &Host) -> Option<Connection> {
        self.lock().get_mut(host)?.pop()
    }

    /// The response that came over `connection`, which is kept again once the response's head is dropped.
    fn lend(
        &self,
        host: Host,
        connection: Connection,
        mut response: Response<Incoming>,
    ) -> Response<Incoming> {
        let loan = Loan {
            kept: self.clone(),
            of: Some((host, connection)),
        };
        response.extensions_mut().insert(Arc::new(loan));
        response
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Host, Vec<Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Loan {
    kept: Kept,
    of: Option<(Host, Connection)>,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some((host, connection)) = self.of.take() {
            self.kept.lock().entry(host).or_default().push(connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::*;

    /// Answers a request so. What was asked.
    fn answer(connection: &TcpStream, head: &str) -> io::Result<Vec<String>> {
        let mut asked = Vec::new();
        for line in BufReader::new(connection).lines() {
            match line? {
                line if line.is_empty() => break,
                line => asked.push(line),
            }
        }
        let mut connection = connection;
        connection
            .write_all(format!("HTTP/1.1 {head}\r\nContent-Length: 4\r\n\r\nsoup").as_bytes())?;
        Ok(asked)
    }

    #[tokio::test]
    async fn a_connection_is_kept_past_redirects_until_the_server_closes_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (found, page) = ("302 Found\r\nLocation: /page?x=1", "200 OK");
            let last = "200 OK\r\nConnection: close";
            for answers in [&[found, page, last][..], &[page]] {
                let (connection, _) = listener.accept().unwrap();
                for head in answers {
                    let asked = answer(&connection, head).unwrap();
                    let moved = if *head == found { "/" } else { "/page?x=1" };
                    assert_eq!(asked[0], format!("GET {moved} HTTP/1.1"));
                    assert!(asked.contains(&format!("host: {address}")), "{asked:?}");
                }
            }
        });
        let session = Session::new(&Policy::default()).unwrap();
        for path in ["", "page?x=1", "page?x=1"] {
            let url = format!("http://nobody@{address}/{path}");
            session.clone().get(&url).await.unwrap();
        }
        server.join().unwrap();
    }
}
