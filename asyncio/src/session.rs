//! What `reqwest::blocking::Client` is to the other techniques: connections kept for reuse, TLS, redirects.

use anyhow::{Context, Error, Result};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use shared::download::TIMEOUT;
use tokio::time;
use tower::ServiceExt;
use tower_http::follow_redirect::FollowRedirect;

/// A session that tasks share by cloning it.
#[derive(Clone)]
pub struct Session(FollowRedirect<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>>);

impl Session {
    /// A session without connections yet.
    pub fn new(tls: ClientConfig) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self(FollowRedirect::new(
            Client::builder(TokioExecutor::new()).build(connector),
        ))
    }

    /// Fetches the page at `url`, up to ten redirects away.
    pub async fn get(&self, url: &str) -> Result<(StatusCode, Bytes)> {
        let page = time::timeout(TIMEOUT, self.fetch(url)).await;
        page.map_err(Error::from)
            .flatten()
            .with_context(|| url.to_owned())
    }

    async fn fetch(&self, url: &str) -> Result<(StatusCode, Bytes)> {
        let request = Request::get(url).body(Empty::new())?;
        let response = self.0.clone().oneshot(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
