/// Connections kept for reuse. The repository's have limits, try again, follow redirects themselves and speak TLS.
mod session {
    use anyhow::Result;
    use reqwest::blocking::Client;

    use super::shared::download::{Answer, Page, Policy};

    #[derive(Debug)]
    pub struct Session(Client);

    impl Session {
        pub fn new(policy: &Policy) -> Result<Self> {
            let client = Client::builder().timeout(policy.timeout);
            Ok(Self(client.build()?))
        }

        pub fn get(&self, page: &Page) -> Result<Answer> {
            let response = self.0.get(&page.url).send()?;
            Ok(Answer {
                status: response.status(),
                bytes: response.bytes()?.len(),
            })
        }
    }
}
