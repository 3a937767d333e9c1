//! How a page ends, and how a try does: the same word for the same thing, whichever library met it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Display};
use std::io::{self, ErrorKind};
use std::iter;
use std::ops::AddAssign;

use http::StatusCode;
use hyper_util::client::legacy;
use rustix::io::Errno;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::time::error::Elapsed;

use super::policy::Policy;

/// How a page, or one try at it, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The page came, to the last byte.
    Ok,
    /// 404 or 410.
    NotFound,
    /// Another status from 400 to 499.
    ClientError,
    /// A status from 500 to 599.
    ServerError,
    /// It took longer than allowed.
    Timeout,
    /// The connection broke.
    Reset,
    /// No connection came about: nobody listens, no such host, a certificate that nobody vouches for.
    Refused,
    /// Something else came than was announced or is known.
    Corrupt,
    /// More came than allowed.
    TooLarge,
    /// Redirects did not end.
    RedirectLoop,
}

impl Outcome {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Ok,
        Self::NotFound,
        Self::ClientError,
        Self::ServerError,
        Self::Timeout,
        Self::Reset,
        Self::Refused,
        Self::Corrupt,
        Self::TooLarge,
        Self::RedirectLoop,
    ];

    /// The outcome that a final status amounts to.
    pub fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            // A part that nobody asked for is not the page (RFC 9110, 15.3.7).
            206 => Self::Corrupt,
            200..300 => Self::Ok,
            404 | 410 => Self::NotFound,
            400..500 => Self::ClientError,
            500..600 => Self::ServerError,
            _ => Self::Corrupt,
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::NotFound => "not found",
            Self::ClientError => "client error",
            Self::ServerError => "server error",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Refused => "refused",
            Self::Corrupt => "corrupt",
            Self::TooLarge => "too large",
            Self::RedirectLoop => "redirect loop",
        })
    }
}

/// How many ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([u64; Outcome::ALL.len()]);

impl Tally {
    /// One that ended so.
    pub fn of(outcome: Outcome) -> Self {
        let mut tally = Self::default();
        tally.0[outcome as usize] = 1;
        tally
    }

    /// How many ended so.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The same without those that ended well.
    pub fn troubles(mut self) -> Self {
        self.0[Outcome::Ok as usize] = 0;
        self
    }

    /// What there is, with how often.
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> {
        let all = Outcome::ALL.into_iter().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for (mine, more) in self.0.iter_mut().zip(other.0) {
            *mine += more;
        }
    }
}

/// As in `3 not found, 1 timeout`.
impl Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (index, (outcome, count)) in self.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{count} {outcome}")?;
        }
        Ok(())
    }
}

/// People read what there is, by name; processes send each other the numbers.
impl Serialize for Tally {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_map(self.iter())
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Tally {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Ok(Self(Deserialize::deserialize(deserializer)?));
        }
        let counts: BTreeMap<Outcome, u64> = Deserialize::deserialize(deserializer)?;
        let mut tally = Self::default();
        for (outcome, count) in counts {
            tally.0[outcome as usize] = count;
        }
        Ok(tally)
    }
}

/// An answer that is not the page.
#[derive(Debug)]
pub struct Trouble {
    pub(super) verdict: Verdict,
    message: String,
}

impl Trouble {
    /// Trouble of this kind, in these words.
    pub(super) fn new(outcome: Outcome, message: String) -> Self {
        let verdict = Verdict::from(outcome);
        Self { verdict, message }
    }

    /// The trouble that a status is.
    pub(super) fn status(url: &str, status: StatusCode) -> Self {
        let verdict = Verdict {
            outcome: Outcome::of(status),
            again: matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504),
        };
        let message = format!("{url} answered {status}");
        Self { verdict, message }
    }

    /// More redirects than are followed.
    pub(super) fn redirects() -> Self {
        Self::new(Outcome::RedirectLoop, "too many redirects".to_owned())
    }

    /// More bytes than `policy` allows.
    pub(super) fn too_large(policy: &Policy) -> Self {
        let largest = policy.largest;
        let message = format!("more than {largest} bytes: raise --max-body to take them");
        Self::new(Outcome::TooLarge, message)
    }

    /// Less than a page within the time that `policy` allows. Every library has words of its own for it.
    pub(super) fn late(error: &(dyn Error + 'static), policy: &Policy) -> Self {
        let message = if causes(error).any(is_about_connecting) && policy.connect < policy.part {
            format!("no connection within {:?}", policy.connect)
        } else {
            "no whole page in time: raise --timeout to wait longer".to_owned()
        };
        Self::new(Outcome::Timeout, message)
    }
}

impl Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Trouble {}

/// What an error means for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How the try ended.
    pub outcome: Outcome,
    /// Whether another one may end otherwise.
    pub again: bool,
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        let again = match outcome {
            Outcome::Timeout | Outcome::Reset | Outcome::Refused | Outcome::Corrupt => true,
            // Which statuses are worth a retry is said where statuses are read.
            _ => false,
        };
        Self { outcome, again }
    }
}

/// What an error means for a page; `None` if it says more about this machine than about the page.
///
/// It looks at the error and at all its causes, from the outside in: reqwest, hyper, TLS and the system each put what
/// happened at another depth.
pub fn classify(error: &(dyn Error + 'static)) -> Option<Verdict> {
    let mut connecting = false;
    for error in causes(error) {
        if let Some(trouble) = error.downcast_ref::<Trouble>() {
            return Some(trouble.verdict);
        }
        if let Some(certificate) = error.downcast_ref::<rustls::Error>() {
            return Some(of_tls(certificate));
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            if is_our_own(error) {
                return None;
            }
            if let Some(outcome) = of_io(error, connecting) {
                return Some(outcome.into());
            }
        }
        if let Some(outcome) = of_http(error) {
            return Some(outcome.into());
        }
        connecting |= is_about_connecting(error);
    }
    // No connection, or else what came is nothing that HTTP knows.
    let outcome = if connecting {
        Outcome::Refused
    } else {
        Outcome::Corrupt
    };
    Some(outcome.into())
}

/// An error and its causes, from the outside in.
pub(super) fn causes<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    iter::successors(Some(error), |error| inside(*error))
}

/// The next cause. An error that hides in an `io::Error` is one too, which `source` passes over.
fn inside<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let hidden = error.downcast_ref().and_then(io::Error::get_ref);
    hidden.map_or(error.source(), |hidden| Some(hidden))
}

fn is_about_connecting(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref().is_some_and(legacy::Error::is_connect)
}

fn of_http(error: &(dyn Error + 'static)) -> Option<Outcome> {
    if error.is::<Elapsed>() {
        return Some(Outcome::Timeout);
    }
    if let Some(error) = error.downcast_ref::<reqwest::Error>() {
        // Its cause is reqwest's private matter.
        return error.is_timeout().then_some(Outcome::Timeout);
    }
    let error = error.downcast_ref::<hyper::Error>()?;
    let broken = error.is_incomplete_message() || error.is_canceled() || error.is_closed();
    broken.then_some(Outcome::Reset)
}

fn of_io(error: &io::Error, connecting: bool) -> Option<Outcome> {
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable => Some(Outcome::Refused),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected => Some(Outcome::Reset),
        ErrorKind::TimedOut => Some(Outcome::Timeout),
        ErrorKind::UnexpectedEof if connecting => Some(Outcome::Reset),
        ErrorKind::UnexpectedEof => Some(Outcome::Corrupt),
        _ => None,
    }
}

/// Nobody vouches for the other side; asking again changes nothing.
fn of_tls(error: &rustls::Error) -> Verdict {
    let again = !matches!(error, rustls::Error::InvalidCertificate(_));
    Verdict {
        outcome: Outcome::Refused,
        again,
    }
}

/// Whether this machine has run out of something.
fn is_our_own(error: &io::Error) -> bool {
    const SHORTAGES: [Errno; 5] = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOMEM,
        Errno::NOBUFS,
        Errno::ADDRNOTAVAIL,
    ];
    Errno::from_io_error(error).is_some_and(|errno| SHORTAGES.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(error: impl Error + Send + Sync + 'static) -> Option<Outcome> {
        let error = anyhow::Error::from(error).context("http://localhost/");
        classify(error.as_ref()).map(|verdict| verdict.outcome)
    }

    #[test]
    fn an_error_is_known_however_deep_it_lies() {
        let refused = || io::Error::from(ErrorKind::ConnectionRefused);
        assert_eq!(outcome(refused()), Some(Outcome::Refused));
        let hidden = io::Error::other(io::Error::other(refused()));
        assert_eq!(outcome(hidden), Some(Outcome::Refused));
        let trouble = Trouble::new(Outcome::TooLarge, "much".to_owned());
        assert_eq!(outcome(io::Error::other(trouble)), Some(Outcome::TooLarge));
        assert_eq!(
            outcome(io::Error::from(ErrorKind::UnexpectedEof)),
            Some(Outcome::Corrupt)
        );
        assert_eq!(outcome(fmt::Error), Some(Outcome::Corrupt));
    }

    #[test]
    fn a_shortage_of_this_machine_is_no_outcome_of_a_page() {
        let error = io::Error::from_raw_os_error(Errno::MFILE.raw_os_error());
        assert_eq!(outcome(error), None);
    }

    #[test]
    fn a_certificate_is_not_asked_for_again() {
        let error = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let hidden = io::Error::new(ErrorKind::InvalidData, error);
        let verdict = classify(&hidden).unwrap();
        assert_eq!((verdict.outcome, verdict.again), (Outcome::Refused, false));
    }

    #[test]
    fn every_status_has_an_outcome_and_only_some_are_worth_a_retry() {
        for (status, outcome, again) in [
            (206, Outcome::Corrupt, false),
            (304, Outcome::Corrupt, false),
            (403, Outcome::ClientError, false),
            (404, Outcome::NotFound, false),
            (410, Outcome::NotFound, false),
            (429, Outcome::ClientError, true),
            (500, Outcome::ServerError, true),
            (501, Outcome::ServerError, false),
            (503, Outcome::ServerError, true),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let verdict = Trouble::status("http://localhost/", status).verdict;
            assert_eq!(verdict, Verdict { outcome, again }, "{status}");
        }
    }

    #[test]
    fn a_tally_names_what_there_is_and_survives_json() {
        let mut tally = Tally::of(Outcome::Timeout);
        tally += Tally::of(Outcome::NotFound);
        tally += Tally::of(Outcome::NotFound);
        assert_eq!(tally.to_string(), "2 not found, 1 timeout");
        let json = serde_json::to_string(&tally).unwrap();
        assert_eq!(json, r#"{"not_found":2,"timeout":1}"#);
        assert_eq!(serde_json::from_str::<Tally>(&json).unwrap(), tally);
        assert_eq!((tally.total(), tally.count(Outcome::NotFound)), (3, 2));
    }
}
