//! The probes, one file for each question.

pub mod blocking;
pub mod crash;
pub mod crash_pool;
pub mod memory;
pub mod message;
pub mod offload;
pub mod pingpong;
pub mod pingpong_spinning;
pub mod race;
pub mod race_call;
pub mod sleepers;
pub mod switch;
pub mod ticker;

use shared::cli::Probes;

use crate::event_loop::{Runtime, run};

pub const ALL: Probes<Runtime> = Probes {
    sleepers: |probe, runtime| run(runtime, sleepers::run(probe)),
    blocking: |probe, runtime| run(runtime, blocking::run(probe)),
    offload: Some(|probe, runtime| run(runtime, offload::run(probe))),
    ticker: |probe, runtime| run(runtime, ticker::run(probe)),
    pingpong: |probe, runtime| run(runtime, pingpong::run(probe)),
    pingpong_spinning: Some(|probe, runtime| run(runtime, pingpong_spinning::run(probe))),
    switch: Some(|probe, runtime| run(runtime, switch::run(probe))),
    message: Some(|probe, runtime| run(runtime, message::run(probe))),
    memory: Some(|probe, runtime| run(runtime, memory::run(probe))),
    crash: |probe, runtime| run(runtime, crash::run(probe)),
    crash_pool: Some(|probe, runtime| run(runtime, crash_pool::run(probe))),
    race: Some(|probe, runtime| run(runtime, race::run(probe))),
    race_call: Some(|probe, runtime| run(runtime, race_call::run(probe))),
};
