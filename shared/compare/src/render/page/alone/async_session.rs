/// Connections kept for reuse. The repository's have limits, follow redirects and speak TLS.
mod session {
    use anyhow::{Result, ensure};
    use http_body_util::{BodyExt, Empty};
    use hyper_util::client::legacy::Client;
    use hyper_util::client::legacy::connect::HttpConnector;
    use hyper_util::rt::TokioExecutor;

    use super::shared::download::Policy;

    #[derive(Clone)]
    pub struct Session {
        client: Client<HttpConnector, Empty<&'static [u8]>>,
        pub policy: Policy,
    }

    impl Session {
        pub fn new(policy: &Policy) -> Result<Self> {
            Ok(Self {
                client: Client::builder(TokioExecutor::new()).build_http(),
                policy: policy.clone(),
            })
        }

        pub async fn get(&self, url: &str) -> Result<u64> {
            let response = self.client.get(url.parse()?).await?;
            ensure!(response.status().is_success(), "{}", response.status());
            let page = response.into_body().collect().await?.to_bytes();
            Ok(page.len() as u64)
        }
    }
}
