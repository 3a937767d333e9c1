//! Many items in one message, and how many.
//!
//! A chunk is a message for `celery.starmap`, which Celery's workers know too: `{task, it: [[args], ...]}`. A Rust node that is asked to
//! (header `cluster-each`) answers each item for itself, and says how long the chunk took. A Python worker answers a list, or
//! fails all of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::exception::Exception;
use crate::message::{Raw, Signature, raw};

pub(crate) const STARMAP: &str = "celery.starmap";
const MAP: &str = "celery.map";

/// Whether every worker knows this task.
pub(crate) fn is_built_in(task: &str) -> bool {
    task == STARMAP || task == MAP
}

/// What becomes of an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Each {
    Value(Raw),
    Exception(Exception),
}

/// The answer to a chunk whose items are answered each for itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answers {
    #[serde(rename = "cluster-each")]
    pub each: Vec<Each>,
    /// How long the work took, in seconds.
    pub seconds: f64,
}

/// The keyword arguments of a chunk.
pub(crate) fn arguments(task: &str, items: &[&Vec<Raw>]) -> Result<BTreeMap<String, Raw>> {
    let failed = || crate::Error::json("serialise a chunk");
    let signature = Signature::of(task).map_err(failed())?;
    Ok(BTreeMap::from([
        ("task".to_owned(), raw(&signature).map_err(failed())?),
        ("it".to_owned(), raw(&items).map_err(failed())?),
    ]))
}

/// How many items a message gets, found while they run.
///
/// As joblib does it: a message should be about 50 ms of work, so that neither the broker is the bottleneck nor a worker the last.
pub(crate) struct Size {
    items: usize,
    fixed: bool,
    /// No message has more, because one that had was too large for the broker.
    most: usize,
}

/// How long a message's work should take.
const AIM: Duration = Duration::from_millis(50);

/// No message has more items.
const MOST: usize = 1 << 16;

/// No message grows by more than this at a time: the first items may have been the cheap ones.
const GROWTH: usize = 8;

/// Of what is left, a message gets no more than this part, so that all workers end together.
const SHARE: usize = 16;

impl Size {
    /// Chunks of so many items, or of as many as are found to be right.
    pub(crate) fn new(fixed: Option<usize>) -> Size {
        Size {
            items: fixed.unwrap_or(1),
            fixed: fixed.is_some(),
            most: MOST,
        }
    }

    /// How many items the next message gets, of so many that are left.
    pub(crate) fn next(&self, left: usize) -> usize {
        match self.fixed {
            true => self.items.min(self.most),
            false => self.items.min(self.most).min(left.div_ceil(SHARE)).max(1),
        }
    }

    /// No message is to have more items than this.
    pub(crate) fn bound(&mut self, most: usize) {
        self.most = self.most.min(most.max(1));
    }

    /// Learns that so many items took so many seconds.
    pub(crate) fn learn(&mut self, items: usize, seconds: f64) {
        if self.fixed || items == 0 {
            return;
        }
        let each = (seconds / items as f64).max(1e-9);
        let right = (AIM.as_secs_f64() / each) as usize;
        self.items = right.clamp(1, (items * GROWTH).max(self.items).min(MOST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_grows_to_50_ms_of_work_and_shrinks_with_the_rest() {
        let mut size = Size::new(None);
        let left = 10_000_000;
        assert_eq!(size.next(left), 1);
        for _ in 0..10 {
            let items = size.next(left);
            size.learn(items, items as f64 * 1e-4);
        }
        assert_eq!(size.next(left), 500);
        assert_eq!(size.next(160), 10);
        size.learn(10, 10.0);
        assert_eq!(size.next(left), 1);
    }

    #[test]
    fn no_message_has_more_than_the_broker_takes() {
        for mut size in [Size::new(Some(100)), Size::new(None)] {
            size.bound(10);
            size.learn(100, 1e-9);
            assert!(size.next(10_000) <= 10);
        }
    }

    #[test]
    fn a_fixed_size_stays() {
        let mut size = Size::new(Some(7));
        size.learn(7, 100.0);
        assert_eq!(size.next(3), 7);
    }
}
