//! Five tables and one waiter: the workload in which units must take turns.
//!
//! Every table thinks for 4 s and then gives its order, which takes the one waiter 1 s. Thinking may overlap, ordering
//! may not: 25 s one after another, 9 s at best.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tracing::{debug, info};

use crate::receipt::{Answer, Receipt};

/// How long a table thinks at time scale 1.
pub const THINKING: Duration = Duration::from_secs(4);
/// How long the waiter takes to note an order at time scale 1.
pub const ORDERING: Duration = Duration::from_secs(1);

/// One evening: the tables, and the waiter who serves them.
#[derive(Clone, Debug)]
pub struct Job {
    /// The tables, A first.
    pub tables: Vec<Table>,
    /// How long the waiter takes over one order.
    pub ordering: Duration,
}

impl Job {
    /// `tables` tables (1 to 26, named A to Z), all times multiplied by `time_scale`.
    pub fn new(tables: usize, time_scale: f64) -> Self {
        let thinking = THINKING.mul_f64(time_scale);
        let tables = ('A'..='Z').take(tables).map(|name| Table {
            name: name.to_string(),
            thinking,
        });
        Self {
            tables: tables.collect(),
            ordering: ORDERING.mul_f64(time_scale),
        }
    }

    /// The waiter, who is at no table yet.
    pub fn waiter(&self) -> Waiter {
        Waiter {
            name: "John Doe",
            ordering: self.ordering,
            serving: AtomicU64::new(0),
        }
    }

    /// The receipt of a correct run: an order from every table, never two at once.
    pub fn expected(&self) -> Receipt {
        self.tables.iter().map(|table| order(&table.name, 1)).sum()
    }

    /// No run can be faster: all think at once, then one orders after another.
    pub fn floor(&self) -> Duration {
        let thinking = self.tables.iter().map(|table| table.thinking).max();
        thinking.unwrap_or_default() + self.ordering * self.tables.len() as u32
    }
}

/// A table and its guests.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    /// A letter.
    pub name: String,
    thinking: Duration,
}

impl Table {
    /// Opens the menu; returns how long the guests think.
    pub fn open_menu(&self) -> Duration {
        info!(
            worker = self.name,
            phase = "thinking",
            seconds = self.thinking.as_secs_f64(),
            then = "waiting for the waiter",
            "{} opens the menu",
            self.name
        );
        self.thinking
    }
}

/// The one waiter.
///
/// Being at a table is counted, never locked: a technique keeps the waiter from two tables at once, and the count shows
/// whether it did.
#[derive(Debug)]
pub struct Waiter {
    name: &'static str,
    /// How long an order takes.
    pub ordering: Duration,
    serving: AtomicU64,
}

impl Waiter {
    /// Walks up to `table`. The visit lasts until [`Visit::order_taken`].
    pub fn visit<'a>(&'a self, table: &'a Table) -> Visit<'a> {
        let at_once = self.serving.fetch_add(1, SeqCst) + 1;
        debug!(worker = table.name, phase = "ordering");
        Visit {
            waiter: self,
            table,
            at_once,
        }
    }
}

/// The waiter at a table, pencil ready.
#[must_use = "a visit ends with `order_taken`"]
#[derive(Debug)]
pub struct Visit<'a> {
    waiter: &'a Waiter,
    table: &'a Table,
    at_once: u64,
}

impl Visit<'_> {
    /// Ends the visit. The receipt counts the tables that the waiter served during it.
    pub fn order_taken(self) -> Receipt {
        let Self {
            waiter,
            table,
            at_once,
        } = self;
        // A visit that began during this one is still counted when this one ends, or has counted this one at its start.
        let at_once = at_once.max(waiter.serving.fetch_sub(1, SeqCst));
        let name = &table.name;
        info!(
            worker = name,
            phase = "done",
            "{name} has ordered from {}",
            waiter.name
        );
        order(name, at_once)
    }
}

fn order(table: &str, at_once: u64) -> Receipt {
    Receipt::unit(Answer::Orders {
        tables: [table.to_owned()].into(),
        at_once,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_visits_at_once_are_noticed() {
        let job = Job::new(2, 1.0);
        let waiter = job.waiter();
        let (first, second) = (waiter.visit(&job.tables[0]), waiter.visit(&job.tables[1]));
        let mut receipt = first.order_taken();
        receipt += second.order_taken();
        assert_ne!(receipt, job.expected());
        assert!(matches!(receipt.answer, Answer::Orders { at_once: 2, .. }));
    }

    #[test]
    fn five_tables_at_full_time_need_nine_seconds() {
        assert_eq!(Job::new(5, 1.0).floor(), Duration::from_secs(9));
    }
}
