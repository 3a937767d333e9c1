//! Why a step of the ladder failed, and the evidence for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::quantity::count;

/// Why a step of the ladder failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A limit was reached.
    Limit {
        /// Its name.
        name: String,
        /// What was in use when it failed, as far as was seen; more than is allowed if it is what would have been needed.
        used: u64,
        /// What is allowed.
        allowed: u64,
        /// How to raise it.
        raise: String,
    },
    /// The kernel killed it because memory ran out.
    OutOfMemory,
    /// It is not known; this is what it said.
    Unknown(String),
}

impl Cause {
    /// The cause in a few words.
    pub fn name(&self) -> &str {
        match self {
            Self::Limit { name, .. } => name,
            Self::OutOfMemory => "out of memory",
            Self::Unknown(_) => "for a reason unknown",
        }
    }

    /// The cause, its evidence, and what can be done about it.
    pub fn sentence(&self) -> String {
        match self {
            Self::Limit {
                name,
                used,
                allowed,
                raise,
            } => {
                let evidence = if used > allowed {
                    format!("about {} would be needed", count(*used))
                } else if used_up(*used, *allowed) {
                    format!("{} were seen in use", count(*used))
                } else {
                    "the error names it".to_owned()
                };
                let allowed = count(*allowed);
                format!("{name} allows {allowed}, and {evidence}; raise it with {raise}")
            }
            Self::OutOfMemory => "the kernel killed it because memory ran out".to_owned(),
            Self::Unknown(complaint) => format!("it said: {complaint}"),
        }
    }
}

/// Whether so little of a limit was left that the next unit ran into it.
pub fn used_up(used: u64, allowed: u64) -> bool {
    used as f64 >= 0.9 * allowed as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_named_with_what_was_seen_of_it_or_would_be_needed() {
        let said = |used| {
            let limit = Cause::Limit {
                name: "ulimit -u".to_owned(),
                used,
                allowed: 1000,
                raise: "ulimit -u 2000".to_owned(),
            };
            limit.sentence()
        };
        let evidence = [
            (1001, "about 1,001 would be needed"),
            (1000, "1,000 were seen in use"),
            (900, "900 were seen in use"),
            (899, "the error names it"),
        ];
        for (used, evidence) in evidence {
            let said = said(used);
            let all =
                format!("ulimit -u allows 1,000, and {evidence}; raise it with ulimit -u 2000");
            assert_eq!(said, all);
        }
    }

    #[test]
    fn a_cause_is_named_in_a_few_words() {
        let killed = Cause::OutOfMemory;
        assert_eq!(killed.name(), "out of memory");
        assert!(killed.sentence().contains("memory ran out"));
        let unknown = Cause::Unknown("oh".to_owned());
        assert_eq!(unknown.name(), "for a reason unknown");
        assert_eq!(unknown.sentence(), "it said: oh");
    }
}
