//! What `asyncio.run` is in Python: an event loop, for as long as one future takes.

use anyhow::Result;
use shared::cli::Choice;
use tokio::runtime::Builder;

use crate::delay;

/// Which event loop to run.
pub const CHOICE: Choice<Runtime> = Choice {
    flag: "runtime",
    help: "Kind of event loop [default: current-thread]",
    values: &[
        ("current-thread", Runtime::CurrentThread),
        ("multi-thread", Runtime::MultiThread),
    ],
};

/// The two kinds of tokio runtime.
#[derive(Clone, Copy, Debug, Default)]
pub enum Runtime {
    /// One thread, as Python's event loop.
    #[default]
    CurrentThread,
    /// As many threads as there are cores, which take work from each other.
    MultiThread,
}

/// Runs `future` on a new event loop of this kind.
pub fn run<T>(runtime: Runtime, future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut builder = match runtime {
        Runtime::CurrentThread => Builder::new_current_thread(),
        Runtime::MultiThread => Builder::new_multi_thread(),
    };
    let event_loop = builder.enable_all().build()?;
    delay::watch(&event_loop)?;
    event_loop.block_on(future)
}
