//! Ids of tasks that are not to run.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// As many as Celery keeps, for as long.
const MOST: usize = 50_000;
const AGE: Duration = Duration::from_secs(3 * 60 * 60);

/// Ids of tasks that are not to run, the newest 50,000, for three hours.
#[derive(Default)]
pub(crate) struct Revoked {
    since: HashMap<String, Instant>,
    order: VecDeque<(Instant, String)>,
}

impl Revoked {
    pub(crate) fn add(&mut self, id: &str) {
        let now = Instant::now();
        while let Some((since, oldest)) = self.order.front()
            && (self.order.len() >= MOST || since.elapsed() > AGE)
        {
            if self.since.get(oldest) == Some(since) {
                self.since.remove(oldest);
            }
            self.order.pop_front();
        }
        self.since.insert(id.to_owned(), now);
        self.order.push_back((now, id.to_owned()));
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.since.get(id).is_some_and(|it| it.elapsed() <= AGE)
    }

    /// All ids.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self.since.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_ids_are_forgotten_first() {
        let mut revoked = Revoked::default();
        for number in 0..=MOST {
            revoked.add(&number.to_string());
        }
        assert!(!revoked.contains("0"));
        assert!(revoked.contains("1"));
        assert!(revoked.contains(&MOST.to_string()));
    }
}
