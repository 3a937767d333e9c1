//! The probes, one file for each question.

pub mod blocking;
pub mod crash;
pub mod memory;
pub mod message;
pub mod pingpong;
pub mod pingpong_spinning;
pub mod race;
pub mod race_call;
pub mod sleepers;
pub mod switch;
pub mod ticker;

use shared::cli::Probes;

pub const ALL: Probes<()> = Probes {
    sleepers: |probe, ()| sleepers::run(probe),
    blocking: |probe, ()| blocking::run(probe),
    offload: None,
    ticker: |probe, ()| ticker::run(probe),
    pingpong: |probe, ()| pingpong::run(probe),
    pingpong_spinning: Some(|probe, ()| pingpong_spinning::run(probe)),
    switch: Some(|probe, ()| switch::run(probe)),
    message: Some(|probe, ()| message::run(probe)),
    memory: Some(|probe, ()| memory::run(probe)),
    crash: |probe, ()| crash::run(probe),
    crash_pool: None,
    race: Some(|probe, ()| race::run(probe)),
    race_call: Some(|probe, ()| race_call::run(probe)),
};
