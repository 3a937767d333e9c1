//! However it ends, nothing is left.

use std::collections::BTreeSet;

use multiprocessing::{
    Array, Manager, Pipe, Pool, Process, Queue, Result, Value, as_completed, current_process,
};

use crate::crash::{Death, die};
use crate::tools::{Watch, eventually, never_return, pid, square};

crate::trials![
    when_a_parent_dies_in_any_way_its_workers_die_too,
    a_program_leaves_no_file_process_or_socket_behind,
];

/// Has a busy pool, an idle pool and a process, tells of them, and dies when it is asked to.
pub fn parent(death: Option<Death>, report: Pipe<Vec<u32>, ()>) {
    let busy = Pool::builder().workers(2).build().unwrap();
    let _futures = [(); 2].map(|()| busy.apply_async(never_return, ()).unwrap());
    let idle = Pool::builder().workers(1).build().unwrap();
    let process = Process::spawn(never_return, ()).unwrap();
    report
        .send([busy.pids(), idle.pids(), vec![process.pid()]].concat())
        .unwrap();
    report.recv().unwrap();
    match death {
        Some(death) => death.happen(),
        None => never_return(),
    }
}

fn when_a_parent_dies_in_any_way_its_workers_die_too() -> Result<()> {
    let deaths = [
        None,
        Some(Death::Sigkill),
        Some(Death::Sigsegv),
        Some(Death::Abort),
        Some(Death::Exit3),
        Some(Death::Panic),
    ];
    for round in 0..100 {
        let (ours, theirs) = Pipe::new()?;
        let death = deaths[round % deaths.len()];
        let parent = Process::spawn(parent, (death, theirs))?;
        let workers: Vec<_> = ours.recv()?.into_iter().map(Watch::new).collect();
        assert_eq!(workers.len(), 4);
        ours.send(())?;
        if death.is_none() {
            parent.kill()?;
        }
        assert_ne!(parent.join()?, 0);
        workers.iter().for_each(Watch::wait_for_its_end);
    }
    Ok(())
}

/// What this process holds: descriptors, threads, children.
fn holdings() -> (usize, usize, usize) {
    let count = |path: &str| std::fs::read_dir(path).unwrap().count();
    (
        count("/proc/self/fd"),
        count("/proc/self/task"),
        children().len(),
    )
}

fn children() -> BTreeSet<u32> {
    let processes = std::fs::read_dir("/proc").unwrap();
    let pids = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let parent_of = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may contain anything.
        stat.rsplit_once(") ")?
            .1
            .split(' ')
            .nth(1)?
            .parse::<u32>()
            .ok()
    };
    pids.filter(|pid| parent_of(pid) == Some(current_process().pid()))
        .collect()
}

fn use_everything() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    assert_eq!(pool.map(square, [1, 2, 3])?, [1, 4, 9]);
    assert!(pool.apply(die, Death::Abort).is_err());
    for future in as_completed([pool.apply_async(square, 3)?, pool.apply_async(square, 4)?]) {
        future.get()?;
    }
    pool.apply_async(never_return, ())?;
    drop(pool);
    assert!(
        Pool::builder()
            .initializer(crate::pool::initialise, 0)
            .build()
            .is_err()
    );
    let pool = Pool::builder().workers(2).max_tasks_per_worker(1).build()?;
    pool.map_chunked(pid, [(); 6], 1)?;
    pool.join()?;

    let process = Process::spawn(square, 3)?;
    assert_eq!(process.result()?, 9);
    drop(Process::spawn(never_return, ())?);

    let queue = Queue::new()?;
    let (one, other) = Pipe::<Pipe<u8>>::new()?;
    queue.put(vec![1_u8; 100_000])?;
    one.send(Pipe::new()?.0)?;
    drop((queue, one, other));
    let value = Value::new(1_u32)?;
    drop(value.lock()?);
    drop(Array::from_slice(&[1_u32, 2, 3])?);

    let manager = Manager::listen("127.0.0.1:0", b"open sesame")?;
    manager.dict("any").set(1, 2)?;
    Ok(())
}

/// In a process of its own, where nothing else goes on.
pub fn leave_nothing() {
    // What a program starts once, it keeps: a thread that starts processes for other threads.
    std::thread::spawn(use_everything).join().unwrap().unwrap();
    let before = holdings();
    assert_eq!(before.2, 0);
    for _ in 0..10 {
        use_everything().unwrap();
    }
    // A thread that was joined may still be on its way out of the system's list, then and now: a leak would be ten times that.
    eventually("no more is held than before", || {
        let now = holdings();
        now.0 <= before.0 && now.1 <= before.1 && now.2 == 0
    });
}

fn a_program_leaves_no_file_process_or_socket_behind() -> Result<()> {
    Process::spawn(leave_nothing, ())?.result()
}
