//! A counter that one process alone can hold is given to another. Python fails when it sends.

use std::rc::Rc;

use multiprocessing::Process;

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(multiprocessing::tasks![count]);
    Process::spawn(count, Rc::new(5))?;
    Ok(())
}

fn count(guests: Rc<u32>) -> u32 {
    *guests
}
