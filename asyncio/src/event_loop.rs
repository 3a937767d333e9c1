//! What `asyncio.run` is in Python: an event loop, for as long as one future takes.

use anyhow::Result;
use shared::cli::Runtime;
use tokio::runtime::Builder;

/// Runs `future` on a new event loop of this kind.
pub fn run<T>(runtime: Runtime, future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut builder = match runtime {
        Runtime::CurrentThread => Builder::new_current_thread(),
        Runtime::MultiThread => Builder::new_multi_thread(),
    };
    builder.enable_all().build()?.block_on(future)
}
