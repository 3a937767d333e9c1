//! Questions about tasks and nodes, one file each. What asks about memory that units share makes no sense here.

pub mod blocking;
pub mod crash;
pub mod loss;
pub mod pingpong;
pub mod sleepers;
pub mod tasks;
pub mod ticker;

use shared::cli::Probes;

use crate::program;

pub const ALL: Probes<()> = Probes {
    sleepers: |probe, ()| sleepers::run(probe),
    blocking: |probe, ()| blocking::run(probe),
    offload: None,
    ticker: |probe, ()| ticker::run(probe),
    pingpong: |probe, ()| pingpong::run(probe),
    pingpong_spinning: |_, ()| program::makes_no_sense("a node sleeps until a task comes"),
    switch: |_, ()| program::makes_no_sense("nodes share no core"),
    message: |_, ()| program::makes_no_sense("nodes take tasks, and no messages of another size"),
    memory: |_, ()| program::makes_no_sense("nodes share no memory"),
    crash: |probe, ()| crash::run(probe),
    crash_pool: None,
    race: |_, ()| program::makes_no_sense("nodes share no memory"),
    race_call: |_, ()| program::makes_no_sense("nodes share no memory"),
};
