//! What clients ask of a server, and in which order of magnitude.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Requests at a constant rate over connections that are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
        let options = options.into_iter();
        options
            .flat_map(|(name, value)| [name.to_owned(), value.to_string()])
            .collect()
    }

    /// Seconds for which requests are due.
    pub fn seconds(&self) -> f64 {
        self.milliseconds as f64 / 1e3
    }
}
