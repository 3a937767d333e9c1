//! Processes, pools and what they share.

mod array;
mod child;
mod claims;
mod error;
mod future;
mod job;
mod manager;
mod memory;
mod pipe;
mod pool;
mod process;
mod queue;
mod remote;
mod socket;
mod supervisor;
mod task;
mod value;
mod wire;
mod worker;

pub use array::Array;
pub use child::prepare;
pub use error::{Error, Result};
pub use future::{AsCompleted, Future, ReturnWhen, as_completed, wait};
pub use manager::{Dict, Manager};
pub use memory::{Guard, Scalar};
pub use pipe::Pipe;
pub use pool::{Builder, Pool, Results};
pub use process::Process;
pub use queue::{Consumer, Producer, Queue};
pub use task::{Registration, Task};
pub use value::Value;
pub use worker::{CurrentProcess, current_process, init};

/// The longest message, in bytes once serialised: the arguments of a chunk of calls, their results, an item of a queue.
pub const MESSAGE_LIMIT: usize = 1 << 30;

/// The most ends of pipes and queues and shared values in one message.
pub const DESCRIPTOR_LIMIT: usize = 252;

/// The longest name of a process, in bytes.
pub const NAME_LIMIT: usize = 255;
