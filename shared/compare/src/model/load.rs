//! What clients ask of a server, and in which order of magnitude.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 99% of the requests must be answered within so many milliseconds: a user who waits longer for a page of this machine notices.
pub const IN_TIME: u64 = 10;

/// Requests at a constant rate over connections that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Load {
    /// The page that they ask for.
    pub page: String,
    /// Requests a second.
    pub rate: u64,
    /// Connections, which take turns.
    pub connections: u64,
    /// Milliseconds for which requests are due.
    pub milliseconds: u64,
    /// Milliseconds to wait for the last answers.
    pub patience: u64,
    /// Whether the highest rate that is answered in time is searched for, in trials of so many milliseconds. The rate is then more
    /// than is answered, and what is counted at the end is half of the rate that was found.
    #[serde(default)]
    pub search: bool,
    /// Another page, for which some of the requests ask.
    #[serde(default)]
    pub other: Option<Other>,
    /// Connections beside the others, which send the head of a request, a byte a second.
    #[serde(default)]
    pub slow: u64,
}

/// Another page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Other {
    /// The page.
    pub page: String,
    /// One of so many requests asks for it; `None`: one alone, half-way.
    pub every: Option<u64>,
}

/// A connection that has no answer before the load begins, and none has come for so many milliseconds, is not carried.
const GREETING: u64 = 500;

impl Load {
    /// The arguments of the program `load`, but for the server's address.
    pub fn arguments(&self) -> Vec<String> {
        let options = [
            ("--rate", self.rate),
            ("--connections", self.connections),
            ("--time", self.milliseconds),
            ("--patience", self.patience),
            ("--greeting", GREETING),
        ];
        let other = self.other.as_ref();
        let every = other.and_then(|other| other.every);
        let more = [
            ("--search", self.search.then_some(IN_TIME)),
            ("--slow", (self.slow > 0).then_some(self.slow)),
            ("--every", every),
        ];
        let more = more
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let options = options.into_iter().chain(more);
        let page = other.map(|other| ["--other".to_owned(), other.page.clone()]);
        options
            .flat_map(|(name, value)| [name.to_owned(), value.to_string()])
            .chain(page.into_iter().flatten())
            .collect()
    }

    /// Whether a request may end the server.
    pub fn crashes(&self) -> bool {
        let other = self.other.as_ref();
        other.is_some_and(|other| other.page.starts_with("/crash"))
    }

    /// Seconds for which requests are due.
    pub fn seconds(&self) -> f64 {
        self.milliseconds as f64 / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_for_the_seconds_of_its_milliseconds() {
        let load = Load {
            milliseconds: 1500,
            ..Load::default()
        };
        assert_eq!(load.seconds(), 1.5);
    }
}
