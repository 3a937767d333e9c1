//! The pool of [`multiprocessing`] on more than one machine: over RabbitMQ, in Celery's protocol, both ways.
//!
//! ```no_run
//! use cluster::{Cluster, Node, tasks};
//!
//! fn square(number: u64) -> u64 {
//!     number * number
//! }
//!
//! fn main() -> cluster::Result<()> {
//!     cluster::init(tasks![square]);
//!     let broker = "amqp://guest:guest@127.0.0.1:5672";
//!
//!     if std::env::args().nth(1).as_deref() == Some("node") {
//!         return Node::builder(broker).build()?.run();
//!     }
//!     let cluster = Cluster::connect(broker)?;
//!     assert_eq!(cluster.map(square, [1, 2, 3])?, [1, 4, 9]);
//!     Ok(())
//! }
//! ```
//!
//! | | |
//! |---|---|
//! | [`Cluster`] | the pool: `map`, `imap_unordered`, `apply`, [`Future`]s; and [calls](Cluster::call) of foreign tasks by name |
//! | [`Node`] | worker processes that take tasks from a queue, seen and controlled as one of Celery's workers |
//! | [`tasks!`], [`init`] | the functions that may run, by name: one list for this machine's processes and for messages |
//! | [`Exception`] | a failure with its class, in Rust and in Python |
//! | [`dead`], [`again`] | tasks that killed every worker that tried them |
//! | [`status`] | all nodes, Python's among them |
//! | [`Broker`] | a RabbitMQ of one's own on loopback, for tests |
//!
//! Arguments and results travel as JSON. The README describes guarantees, limits and speed.

#![warn(unreachable_pub)]

mod amqp;
mod broker;
mod chunks;
mod client;
mod dead;
mod error;
mod exception;
mod machines;
mod message;
mod node;
mod relay;
mod status;
mod tasks;
mod trust;

#[doc(hidden)]
pub use multiprocessing;

#[doc(hidden)]
pub use amqp::delete_queues;
pub use broker::Broker;
pub use client::{Builder, Call, Cluster, Future, Results};
pub use dead::{Dead, again, dead};
pub use error::{Error, Result};
pub use exception::{Exception, LostWorker};
pub use machines::{Machine, Machines};
pub use node::{Node, NodeBuilder};
pub use relay::{CurrentTask, current_task, time_left};
pub use status::{NodeStatus, status};
pub use tasks::{Entry, Parameters, Tasks, init};
