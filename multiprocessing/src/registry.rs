//! The functions that may run in another process, by name: what pickling a function is in Python.

use multiprocessing::{current_process, prepare, tasks};
use shared::trace::Story;

use crate::probes::{
    blocking, crash, crash_pool, memory, message, offload, pingpong, pingpong_spinning, race,
    race_call, sleepers, switch, ticker,
};
use crate::workloads::{compute, download, serve, waiter};

/// In a worker process: runs the tasks that it is sent, and does not return. In the program itself: does nothing.
pub fn init() {
    multiprocessing::init(tasks![
        join_in,
        waiter::think,
        download::open_session,
        download::download,
        compute::compute,
        serve::work,
        sleepers::sleep,
        blocking::call,
        offload::call,
        ticker::work,
        pingpong::far_side,
        pingpong_spinning::far_side,
        message::far_side,
        memory::far_side,
        switch::side,
        crash::attempt,
        crash_pool::attempt,
        race::add,
        race_call::add,
    ]);
}

/// Lets every process that starts from now on print and record its part of the story.
pub fn pass_on(story: &Story) -> anyhow::Result<()> {
    Ok(prepare(join_in, story.clone())?)
}

fn join_in(story: Story) {
    story
        .of_process(current_process().name().to_owned())
        .begin();
}
