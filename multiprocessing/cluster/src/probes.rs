//! Questions about tasks and nodes, one file each. What asks about memory that units share makes no sense here.

pub mod blocking;
pub mod crash;
pub mod loss;
pub mod pingpong;
pub mod sleepers;
pub mod tasks;
pub mod ticker;

use shared::cli::Probes;

pub const ALL: Probes<()> = Probes {
    sleepers: |probe, ()| sleepers::run(probe),
    blocking: |probe, ()| blocking::run(probe),
    offload: None,
    ticker: |probe, ()| ticker::run(probe),
    pingpong: |probe, ()| pingpong::run(probe),
    pingpong_spinning: None,
    switch: None,
    message: None,
    memory: None,
    crash: |probe, ()| crash::run(probe),
    crash_pool: None,
    race: None,
    race_call: None,
};
