//! What `reqwest::blocking::Client` is to the other techniques: connections kept for reuse, TLS, redirects.

use anyhow::Result;
use http::{Request, Response};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
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

    /// Asks for the page at `url`, up to ten redirects away; the body is still to come.
    pub async fn get(&self, url: &str) -> Result<Response<Incoming>> {
        let request = Request::get(url).body(Empty::new())?;
        Ok(self.0.clone().oneshot(request).await?)
    }
}
