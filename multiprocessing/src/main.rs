//! Processes: the program started again, with a memory of its own each time.

mod probes;
mod workloads;

use std::process::ExitCode;

use multiprocessing::{current_process, prepare, tasks};
use probes::{crash, pingpong, sleepers, ticker};
use shared::cli::{self, Technique};
use shared::trace::Story;
use workloads::{compute, download, waiter};

fn main() -> ExitCode {
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
    ]);
    cli::main(Technique {
        name: "multiprocessing",
        worker: "process",
        pass_on: |story| Ok(prepare(tell, story.clone())?),
        waiter: |job, _| waiter::run(job),
        download: |job, _| download::run(job),
        compute: |job, _| compute::run(job),
        sleepers: |probe, _| sleepers::run(probe),
        ticker: |probe, _| ticker::run(probe),
        pingpong: |probe, _| pingpong::run(probe),
        crash: |probe, _| crash::run(probe),
    })
}

fn tell(story: Story) {
    story.told_by(current_process().name().to_owned()).begin();
}
