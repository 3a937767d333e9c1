//! How a page ends, and how a try at it does.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::AddAssign;

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    /// No connection came about: no server listens, the host does not exist, or no trusted authority has
    /// signed the certificate.
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
            // A part is not the page where the request named no range (RFC 9110, 15.3.7).
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

#[cfg(test)]
mod tests {
    use super::*;

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
