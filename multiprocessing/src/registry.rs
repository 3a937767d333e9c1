//! The functions that may run in another process, by name: what pickling a function is in Python.

use multiprocessing::{current_process, prepare, tasks};
use shared::trace::Story;

use crate::probes::{crash, pingpong, race, sleepers, ticker};
use crate::workloads::{compute, download, waiter};

/// In a worker process: runs what it is told and does not return. In the program itself: does nothing.
pub fn init() {
    multiprocessing::init(tasks![
        tell,
        waiter::give_order,
        download::open_session,
        download::download,
        compute::compute,
        sleepers::sleep,
        ticker::hog,
        pingpong::far_side,
        crash::attempt,
        race::add,
        race::add_with_call,
    ]);
}

/// Lets every process that starts from now on tell its part of the story.
pub fn pass_on(story: &Story) -> anyhow::Result<()> {
    Ok(prepare(tell, story.clone())?)
}

fn tell(story: Story) {
    story.told_by(current_process().name().to_owned()).begin();
}
