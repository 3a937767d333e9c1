//! The tries at one page, from the first to the one that settles it.

use std::borrow::Cow;
use std::io;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result};
use tracing::warn;

use super::answer::{Answer, End, Reply, is_foreign};
use super::encoding::decode;
use super::policy::{Policy, REDIRECTS};
use super::trouble::{Trouble, classify};
use super::{Expected, Page};
use crate::faults::Dice;
use crate::latencies::Latencies;
use crate::outcome::{Outcome, Tally};

/// The tries at one page. They fetch nothing and wait for nothing: they say what to ask for and how long to wait.
#[derive(Debug)]
pub struct Tries<'a> {
    page: &'a Page,
    policy: &'a Policy,
    /// How often the page was asked for.
    made: u32,
    /// How that ended.
    ended: Tally,
    /// When the last try began.
    begun: Instant,
    /// What the last try asks for, and after how many redirects.
    url: Cow<'a, str>,
    redirects: usize,
    /// How many redirects to other machines were followed, over all tries.
    abroad: u64,
    state: State,
    /// When the page was first asked for, if it is of interest how long it took to come, or to be given up.
    timed: Option<Instant>,
}

#[derive(Debug)]
enum State {
    /// Another try is to be made.
    Open,
    /// The page is elsewhere.
    Moved,
    /// There is nothing more to do.
    Settled(End),
    /// The page cannot be had.
    Lost(Outcome, Error),
    /// No page can be had: this machine has run out of something.
    Broken(Error),
}

impl<'a> Tries<'a> {
    /// The tries at `page` that `policy` allows.
    pub fn new(page: &'a Page, policy: &'a Policy) -> Self {
        let now = Instant::now();
        Self {
            page,
            policy,
            made: 0,
            ended: Tally::default(),
            begun: now,
            url: Cow::default(),
            redirects: 0,
            abroad: 0,
            state: State::Open,
            timed: policy.timed.then_some(now),
        }
    }

    /// What to ask for now; `None` if nothing more is to be asked for.
    pub fn next_url(&mut self) -> Option<Cow<'a, str>> {
        let moved = match self.state {
            State::Open => false,
            State::Moved => true,
            _ => return None,
        };
        if self.policy.is_over() {
            self.state = State::Settled(End::Unfinished);
            return None;
        }
        if !moved {
            self.made += 1;
            self.begun = Instant::now();
            self.redirects = 0;
            self.url = match self.page.expected {
                // The local server's faults depend on the try.
                Expected::Greeting | Expected::Body(_) if self.made > 1 => {
                    format!("{}&try={}", self.page.url, self.made).into()
                }
                _ => self.page.url.as_str().into(),
            };
        }
        Some(self.url.clone())
    }

    /// Takes in the reply to what was asked for last. How long to wait before the next question; `None` if there is nothing
    /// to wait for.
    pub fn judge(&mut self, reply: Result<Reply>) -> Option<Duration> {
        let asked = reply.as_ref().ok().and_then(Reply::retry_after);
        let reply = reply.with_context(|| self.page.url.clone());
        let error = match reply.and_then(|reply| self.read(reply)) {
            Ok(state) => {
                self.state = state;
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
            self.state = State::Settled(End::Unfinished);
            return None;
        }
        self.ended += Tally::of(verdict.outcome);
        let error = match verdict.outcome {
            Outcome::Timeout => {
                Error::from(self.policy.late(error.as_ref())).context(self.page.url.clone())
            }
            _ => error,
        };

        let (made, allowed) = (self.made, self.policy.tries);
        let pause = (verdict.again && made < allowed)
            .then(|| self.policy.pause(made, asked, self.jitter()))
            .flatten();
        match pause {
            Some(pause) => {
                warn!("{error:#}: try {made} of {allowed}, again in {pause:.0?}");
                self.state = State::Open;
            }
            None => {
                warn!("{error:#}: {}", verdict.outcome);
                self.state = State::Lost(verdict.outcome, error);
            }
        }
        pause
    }

    /// What a reply makes of the page.
    fn read(&mut self, reply: Reply) -> Result<State> {
        let page = || self.page.url.clone();
        if let Some(there) = reply.moved(&self.url).with_context(page)? {
            self.redirects += 1;
            if self.redirects > REDIRECTS {
                return Err(Trouble::redirects()).with_context(page);
            }
            if self.begun.elapsed() > self.policy.part {
                return Err(io::Error::from(io::ErrorKind::TimedOut).into());
            }
            self.abroad += u64::from(is_foreign(&there));
            self.url = String::from(there).into();
            return Ok(State::Moved);
        }
        if Outcome::of(reply.status) != Outcome::Ok {
            return Err(Trouble::status(&self.page.url, reply.status).into());
        }
        let body = decode(&reply.headers, reply.body, self.policy).with_context(page)?;
        let body = self.page.weigh(&body);
        self.page.compare(body)?;
        self.ended += Tally::of(Outcome::Ok);
        Ok(State::Settled(End::Came(body)))
    }

    /// What has come of the page.
    ///
    /// # Errors
    ///
    /// If it cannot be had, and the run is not to go on without it.
    pub fn answer(self) -> Result<Answer> {
        let end = match self.state {
            State::Settled(end) => end,
            State::Lost(outcome, _) if self.policy.keep_going => End::Lost(outcome),
            State::Lost(_, error) if self.made > 1 => {
                return Err(error.context(format!("given up after {} tries", self.made)));
            }
            State::Lost(_, error) | State::Broken(error) => return Err(error),
            State::Open | State::Moved => End::Unfinished,
        };
        let took = self.timed.filter(|_| !matches!(end, End::Unfinished));
        Ok(Answer {
            end,
            tries: self.ended,
            abroad: self.abroad,
            took: took.map_or_else(Latencies::default, |begun| Latencies::of(begun.elapsed())),
        })
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
    use http::header::LOCATION;
    use http::{HeaderMap, StatusCode};
    use url::Url;

    use super::*;
    use crate::download::Job;
    use crate::receipt::Receipt;

    fn page() -> Page {
        let server: Url = "http://localhost/".parse().unwrap();
        Job::cats(&server, 1, 1).pages.remove(6)
    }

    fn reply(status: u16, body: Bytes) -> Result<Reply> {
        Ok(Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body,
        })
    }

    fn receipt(page: &Page, tries: Tries) -> Receipt {
        page.check(tries.answer().unwrap()).unwrap()
    }

    fn photo() -> Bytes {
        crate::server::cat(7)
    }

    #[test]
    fn a_page_that_comes_at_once_is_one_try() {
        let (page, policy) = (page(), Policy::default());
        let mut tries = Tries::new(&page, &policy);
        assert_eq!(
            tries.next_url().unwrap(),
            "http://localhost/cats/7.jpg?page=6"
        );
        assert_eq!(tries.judge(reply(200, photo())), None);
        assert_eq!(tries.next_url(), None);
        let receipt = receipt(&page, tries);
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
                let mut tries = Tries::new(&page, &policy);
                tries.next_url();
                tries.judge(reply(status, photo()));
                let latencies = receipt(&page, tries).latencies;
                assert_eq!(latencies.count(), u64::from(timed), "{status}");
            }
        }
    }

    #[test]
    fn a_further_try_says_which_it_is() {
        let (page, policy) = (page(), Policy::default());
        let mut tries = Tries::new(&page, &policy);
        tries.next_url();
        assert!(tries.judge(reply(500, Bytes::new())).is_some());
        let again = tries.next_url().unwrap();
        assert_eq!(again, "http://localhost/cats/7.jpg?page=6&try=2");
        assert_eq!(tries.judge(reply(200, photo())), None);
        let receipt = receipt(&page, tries);
        assert_eq!(receipt.tries.to_string(), "1 ok, 1 server error");
        assert_eq!(receipt.outcomes.to_string(), "1 ok");
    }

    #[test]
    fn tries_end_and_a_permanent_error_gets_no_retry() {
        let page = page();
        for (keep_going, status, made) in [(false, 503, 4), (true, 503, 4), (true, 404, 1)] {
            let policy = Policy {
                keep_going,
                ..Policy::default()
            };
            let mut tries = Tries::new(&page, &policy);
            while tries.next_url().is_some() {
                tries.judge(reply(status, Bytes::new()));
            }
            match tries.answer() {
                Ok(answer) => {
                    assert!(keep_going);
                    let receipt = page.check(answer).unwrap();
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
    fn a_redirect_is_followed_within_the_same_try() {
        let (page, policy) = (page(), Policy::default());
        let mut tries = Tries::new(&page, &policy);
        let moved = |to: &str| {
            reply(302, Bytes::new()).map(|mut reply| {
                reply.headers.insert(LOCATION, to.parse().unwrap());
                reply
            })
        };
        tries.next_url();
        assert_eq!(tries.judge(moved("http://me@there/7.jpg")), None);
        assert_eq!(tries.next_url().unwrap(), "http://there/7.jpg");
        assert_eq!(tries.judge(moved("8.jpg")), None);
        assert_eq!(tries.next_url().unwrap(), "http://there/8.jpg");
        tries.judge(reply(200, photo()));
        let came = receipt(&page, tries);
        // The request to the host `there` is for another machine; the list names one to this machine.
        assert_eq!((came.tries.to_string().as_str(), came.abroad), ("1 ok", 2));

        let mut tries = Tries::new(&page, &policy);
        let mut asked = 0;
        while tries.next_url().is_some() {
            asked += 1;
            assert_eq!(tries.judge(moved("#")), None);
        }
        assert_eq!(asked, 1 + REDIRECTS);
        let said = format!("{:#}", tries.answer().unwrap_err());
        assert!(said.contains("too many redirects"), "{said}");
    }

    #[test]
    fn a_deadline_leaves_pages_unfinished() {
        let page = page();
        let policy = Policy {
            deadline: Some(crate::stop::Deadline::after(Duration::ZERO)),
            ..Policy::default()
        };
        let mut tries = Tries::new(&page, &policy);
        assert_eq!(tries.next_url(), None);
        let receipt = receipt(&page, tries);
        assert_eq!((receipt.unfinished, receipt.outcomes.total()), (1, 0));
    }
}
