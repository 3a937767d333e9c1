//! What [`shared::download::Session`] is to the other techniques: connections kept for reuse, within the limits of a policy.

use std::sync::Arc;

use anyhow::{Context, Result};
use http::Request;
use http::header::ACCEPT_ENCODING;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Body, Bytes};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use shared::download::{Answer, Policy, REDIRECTS, Trouble};
use shared::stop;
use tokio::time::{self, Instant};
use tower::ServiceExt;
use tower_http::follow_redirect::FollowRedirect;
use tower_http::follow_redirect::policy::Limited as Redirects;

type Http = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// A session that tasks share by cloning it.
#[derive(Clone)]
pub struct Session {
    client: FollowRedirect<Http, Redirects>,
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
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self {
            client: FollowRedirect::with_policy(client, Redirects::new(REDIRECTS)),
            policy: Arc::new(policy.clone()),
        })
    }

    /// Fetches the page at `url`.
    pub async fn get(&self, url: &str) -> Result<Answer> {
        self.fetch(url).await.with_context(|| url.to_owned())
    }

    async fn fetch(&self, url: &str) -> Result<Answer> {
        let policy = &self.policy;
        let end = Instant::now() + policy.whole_left();
        let mut request = Request::get(url).body(Empty::new())?;
        if policy.compressed() {
            let gzip = http::HeaderValue::from_static("gzip");
            request.headers_mut().insert(ACCEPT_ENCODING, gzip);
        }
        let response = self.client.clone().oneshot(request);
        let (head, body) = time::timeout(policy.first_byte_left(), response)
            .await??
            .into_parts();

        policy.admit(body.size_hint().lower())?;
        let largest = usize::try_from(policy.largest)?;
        let body = time::timeout_at(end, Limited::new(body, largest).collect())
            .await?
            .map_err(Trouble::reading)?;
        Answer::new(head.status, &head.headers, body.to_bytes(), policy)
    }
}
