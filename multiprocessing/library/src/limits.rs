//! How long messages and names may be, and how large pools.

/// The most bytes of a message: the arguments of a chunk of calls, their results, an item of a
/// queue.
pub const MESSAGE_LIMIT: usize = 1 << 30;

/// The most descriptors in a message: ends of pipes, and shared values; a queue has two.
pub const DESCRIPTOR_LIMIT: usize = 252;

/// The most bytes of the name of a process.
pub const NAME_LIMIT: usize = 255;

/// The most workers of a pool.
pub const WORKER_LIMIT: usize = 1 << 16;

/// The longest message, in bytes, that travels in the packet itself.
pub(crate) const PACKET_LIMIT: usize = 32 * 1024;
