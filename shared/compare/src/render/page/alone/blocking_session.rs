/// Connections kept for reuse. The repository's are of reqwest, and speak TLS.
mod session {
    use anyhow::Result;

    use super::shared::download::Policy;

    #[derive(Debug)]
    pub struct Session {
        agent: ureq::Agent,
        pub policy: Policy,
    }

    impl Session {
        pub fn new(policy: &Policy) -> Result<Self> {
            Ok(Self {
                agent: ureq::agent(),
                policy: policy.clone(),
            })
        }

        pub fn get(&self, url: &str) -> Result<u64> {
            let page = self.agent.get(url).call()?.into_body().read_to_vec()?;
            Ok(page.len() as u64)
        }
    }
}
