//! An error that a page met, and what it means for the page: the same word for the same thing, whichever library met it.

use std::error::Error;
use std::fmt::{self, Display};
use std::io::{self, ErrorKind};
use std::iter;

use http::StatusCode;
use hyper_util::client::legacy;
use rustix::io::Errno;
use tokio::time::error::Elapsed;

use crate::outcome::Outcome;

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

    /// More than `largest` bytes.
    pub(super) fn too_large(largest: u64) -> Self {
        let message = format!("more than {largest} bytes: raise --max-body to take them");
        Self::new(Outcome::TooLarge, message)
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

/// Whether an error, but not its causes, says that no connection came about.
pub(super) fn is_about_connecting(error: &(dyn Error + 'static)) -> bool {
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

/// No trusted authority has signed the certificate: another try changes nothing.
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
}
