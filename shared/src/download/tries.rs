//! The tries at one page, from the first to the one that settles it.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
use tracing::info;

use super::outcome::{Outcome, Tally, Trouble, classify};
use super::policy::{Answer, Policy};
use super::{Expected, Page};
use crate::faults::Dice;
use crate::latencies::Latencies;
use crate::receipt::Receipt;

/// The tries at one page. They fetch nothing and wait for nothing: they say what to fetch and how long to wait.
#[derive(Debug)]
pub struct Tries<'a> {
    page: &'a Page,
    policy: &'a Policy,
    made: u32,
    receipt: Receipt,
    state: State,
    /// When the page was first asked for, if it is of interest how long it took to come, or to be given up.
    begun: Option<Instant>,
}

#[derive(Debug)]
enum State {
    /// Another try is to be made.
    Open,
    /// The run is over before the page is.
    Unfinished,
    /// The page is here.
    Fetched,
    /// The page cannot be had.
    Lost(Outcome, Error),
    /// No page can be had: this machine has run out of something.
    Broken(Error),
}

impl Page {
    /// The tries at this page that `policy` allows.
    pub fn tries<'a>(&'a self, policy: &'a Policy) -> Tries<'a> {
        Tries {
            page: self,
            policy,
            made: 0,
            receipt: Receipt::default(),
            state: State::Open,
            begun: policy.timed.then(Instant::now),
        }
    }
}

impl<'a> Tries<'a> {
    /// What to fetch now; `None` if nothing more is to be fetched.
    pub fn next_url(&mut self) -> Option<Cow<'a, str>> {
        if matches!(self.state, State::Open) && self.policy.is_over() {
            self.state = State::Unfinished;
        }
        if !matches!(self.state, State::Open) {
            return None;
        }
        self.made += 1;
        Some(match self.page.expected {
            // The local server's faults depend on the try.
            Expected::Greeting | Expected::Body { .. } if self.made > 1 => {
                format!("{}&try={}", self.page.url, self.made).into()
            }
            _ => self.page.url.as_str().into(),
        })
    }

    /// Takes the answer to the last try in. How long to wait before the next; `None` if there is nothing to wait for.
    pub fn judge(&mut self, answer: Result<Answer>) -> Option<Duration> {
        let asked = answer.as_ref().ok().and_then(|answer| answer.retry_after);
        let checked = answer.and_then(|answer| self.page.check(answer.status, &answer.body));
        let error = match checked {
            Ok(receipt) => {
                self.receipt += receipt;
                self.receipt.tries += Tally::of(Outcome::Ok);
                self.state = State::Fetched;
                return None;
            }
            Err(error) => error,
        };
        let Some(verdict) = classify(error.as_ref()) else {
            self.state = State::Broken(error);
            return None;
        };
        if verdict.outcome == Outcome::Timeout && self.policy.is_over() {
            // The deadline has cut it short.
            self.state = State::Unfinished;
            return None;
        }
        self.receipt.tries += Tally::of(verdict.outcome);
        let error = match verdict.outcome {
            Outcome::Timeout => Error::from(Trouble::late(error.as_ref(), self.policy))
                .context(self.page.url.clone()),
            _ => error,
        };

        let (made, allowed) = (self.made, self.policy.tries);
        let pause = (verdict.again && made < allowed)
            .then(|| self.policy.pause(made, asked, self.jitter()))
            .flatten();
        match pause {
            Some(pause) => info!("{error:#}: try {made} of {allowed}, again in {pause:.0?}"),
            None => {
                info!("{error:#}: {}", verdict.outcome);
                self.state = State::Lost(verdict.outcome, error);
            }
        }
        pause
    }

    /// What has become of the page.
    ///
    /// # Errors
    ///
    /// If it cannot be had, and the run is not to go on without it.
    pub fn receipt(self) -> Result<Receipt> {
        let took = self.begun.map(|begun| Latencies::of(begun.elapsed()));
        let Self {
            made, mut receipt, ..
        } = self;
        match self.state {
            State::Fetched => receipt.latencies = took.unwrap_or_default(),
            State::Lost(outcome, _) if self.policy.keep_going => {
                receipt += Receipt::lost(outcome);
                receipt.latencies = took.unwrap_or_default();
            }
            State::Lost(_, error) if made > 1 => {
                return Err(error.context(format!("given up after {made} tries")));
            }
            State::Lost(_, error) | State::Broken(error) => return Err(error),
            State::Open | State::Unfinished => receipt += Receipt::unfinished(),
        }
        Ok(receipt)
    }

    /// A number from 0 to 1 that follows from page and try.
    fn jitter(&self) -> f64 {
        let page = crc32fast::hash(self.page.url.as_bytes());
        Dice::new(&[page.into(), self.made.into()]).fraction()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use url::Url;

    use super::*;
    use crate::download::Job;

    fn page() -> Page {
        let server: Url = "http://localhost/".parse().unwrap();
        Job::cats(&server, 1, 1).pages.remove(6)
    }

    fn answer(status: u16, body: Bytes) -> Result<Answer> {
        let status = StatusCode::from_u16(status).unwrap();
        Answer::new(status, &HeaderMap::new(), body, &Policy::default())
    }

    fn photo() -> Bytes {
        crate::server::cat(7)
    }

    #[test]
    fn a_page_that_comes_at_once_is_one_try() {
        let (page, policy) = (page(), Policy::default());
        let mut tries = page.tries(&policy);
        assert_eq!(
            tries.next_url().unwrap(),
            "http://localhost/cats/7.jpg?page=6"
        );
        assert_eq!(tries.judge(answer(200, photo())), None);
        assert_eq!(tries.next_url(), None);
        let receipt = tries.receipt().unwrap();
        assert_eq!((receipt.units, receipt.tries.total()), (1, 1));
    }

    #[test]
    fn a_page_is_timed_only_if_that_is_wanted() {
        let page = page();
        for timed in [true, false] {
            let policy = Policy {
                timed,
                keep_going: true,
                ..Policy::default()
            };
            for status in [200, 404] {
                let mut tries = page.tries(&policy);
                tries.next_url();
                tries.judge(answer(status, photo()));
                let latencies = tries.receipt().unwrap().latencies;
                assert_eq!(latencies.count(), u64::from(timed), "{status}");
            }
        }
    }

    #[test]
    fn a_further_try_says_which_it_is() {
        let (page, policy) = (page(), Policy::default());
        let mut tries = page.tries(&policy);
        tries.next_url();
        assert!(tries.judge(answer(500, Bytes::new())).is_some());
        let again = tries.next_url().unwrap();
        assert_eq!(again, "http://localhost/cats/7.jpg?page=6&try=2");
        assert_eq!(tries.judge(answer(200, photo())), None);
        let receipt = tries.receipt().unwrap();
        assert_eq!(receipt.tries.to_string(), "1 ok, 1 server error");
        assert_eq!(receipt.outcomes.to_string(), "1 ok");
    }

    #[test]
    fn tries_end_and_what_is_not_worth_a_retry_gets_none() {
        let page = page();
        for (keep_going, status, made) in [(false, 503, 4), (true, 503, 4), (true, 404, 1)] {
            let policy = Policy {
                keep_going,
                ..Policy::default()
            };
            let mut tries = page.tries(&policy);
            while tries.next_url().is_some() {
                tries.judge(answer(status, Bytes::new()));
            }
            match tries.receipt() {
                Ok(receipt) => {
                    assert!(keep_going);
                    assert_eq!((receipt.units, receipt.outcomes.total()), (0, 1));
                    assert_eq!(receipt.tries.total(), made);
                }
                Err(error) => {
                    let said = format!("{error:#}");
                    assert!(!keep_going && said.contains("4 tries"), "{said}");
                }
            }
        }
    }

    #[test]
    fn a_deadline_leaves_pages_unfinished() {
        let page = page();
        let policy = Policy {
            deadline: Some(crate::stop::Deadline::after(Duration::ZERO)),
            ..Policy::default()
        };
        let mut tries = page.tries(&policy);
        assert_eq!(tries.next_url(), None);
        let receipt = tries.receipt().unwrap();
        assert_eq!((receipt.unfinished, receipt.outcomes.total()), (1, 0));
    }
}
