//! A second witness of work: how many instructions a child and all that it starts take, as the processor counts them.
//!
//! Others can slow a program down, but they can hardly make it do more.

use std::io;

use perf_event::events::{Event, Hardware};
use perf_event::{Builder, Counter};

/// Counts what every process takes that this thread starts from now on, until it is dropped.
pub struct Instructions(Counter);

impl Instructions {
    /// Begins to count.
    ///
    /// # Errors
    ///
    /// If the kernel does not allow it (perf_event_paranoid above 2), or the processor does not count, as in many virtual
    /// machines.
    pub fn count() -> io::Result<Self> {
        Self::count_of(Hardware::INSTRUCTIONS)
    }

    fn count_of(event: impl Event) -> io::Result<Self> {
        let mut counter = Builder::new(event)
            .observe_self()
            .inherit(true)
            .exclude_kernel(true)
            .build()?;
        counter.enable()?;
        Ok(Self(counter))
    }

    /// How many were taken by those that have ended, this thread's own few included; `None` if the counter was not always on.
    pub fn taken(mut self) -> Option<u64> {
        let read = self.0.read_full().ok()?;
        let always = read.time_enabled() == read.time_running();
        always.then(|| read.count())
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use perf_event::events::Software;

    use super::*;

    #[test]
    fn the_instructions_of_a_child_are_counted_when_it_has_ended() {
        // Every kernel that counts for us at all counts page faults, and no program starts without some.
        let faults = |start: fn() -> Command| {
            let counter = Instructions::count_of(Software::PAGE_FAULTS).ok()?;
            let mut child = start().spawn().unwrap();
            assert!(child.wait().unwrap().success());
            counter.taken()
        };
        let program = || Command::new("true");
        let many = || {
            let mut command = Command::new("sh");
            command.args(["-c", "for program in 1 2 3 4 5 6 7 8; do (exit); done"]);
            command
        };
        let (Some(few), Some(more)) = (faults(program), faults(many)) else {
            return eprintln!("skipped: this kernel lets nothing be counted");
        };
        assert!(
            few > 0 && more > 2 * few,
            "{few} of one process, {more} of nine"
        );
    }
}
