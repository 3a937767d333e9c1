/// Connections kept for reuse. The repository's have limits, try again, follow redirects themselves and speak TLS.
mod session {
    use anyhow::Result;
    use reqwest::Client;

    use super::shared::download::{Answer, Page, Policy};

    #[derive(Clone)]
    pub struct Session(Client);

    impl Session {
        pub fn new(policy: &Policy) -> Result<Self> {
            let client = Client::builder().timeout(policy.timeout);
            Ok(Self(client.build()?))
        }

        pub async fn get(&self, page: &Page) -> Result<Answer> {
            let response = self.0.get(&page.url).send().await?;
            Ok(Answer {
                status: response.status(),
                bytes: response.bytes().await?.len(),
            })
        }
    }
}
