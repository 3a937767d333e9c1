//! The machines of the cluster, on this machine, and the nodes on them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::quantity::count;

/// The queue of work that waits, whose workers are as many as others have requests in flight.
pub const WAITING: &str = "waiting";

/// The queue of work that computes, whose workers are as many as there are cores.
pub const COMPUTING: &str = "computing";

/// What the cluster stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// How many machines.
    pub machines: u8,
    /// Whether each is a network namespace of its own; otherwise they are plain processes.
    pub apart: bool,
    /// How many nodes.
    pub nodes: usize,
    /// Workers of all nodes for work that waits, and for work that computes.
    pub workers: [usize; 2],
}

impl Standing {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        let kind = match self.apart {
            true => "network namespaces, each at the end of a wire of its own",
            false => "plain processes, because this user may make no network namespaces",
        };
        let [waiting, computing] = self.workers.map(|workers| count(workers as u64));
        format!(
            "cluster: {} machines on this one, which are {kind}; {} nodes with {waiting} workers for what waits and {computing} for what \
             computes; a broker between them. The nodes' CPU time and memory count as the cluster's, the broker's do not",
            self.machines, self.nodes
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::fixtures;

    #[test]
    fn a_sentence_says_what_machines_are_and_counts_their_nodes_and_workers() {
        let mut standing = fixtures::with_machines().standing.unwrap();
        let said = standing.sentence();
        for part in [
            "cluster: 2 machines",
            "network namespaces, each",
            "4 nodes with 5 workers for what waits and 2 for",
        ] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
        standing.apart = false;
        let said = standing.sentence();
        assert!(said.contains("which are plain processes"), "{said}");
    }
}
