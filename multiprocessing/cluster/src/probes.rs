//! Questions about tasks and nodes, one file each. What asks about memory that units share makes no sense here.

pub mod blocking;
pub mod crash;
pub mod loss;
pub mod pingpong;
pub mod sleepers;
pub mod tasks;
pub mod ticker;
