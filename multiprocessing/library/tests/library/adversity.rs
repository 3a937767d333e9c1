//! What tasks, callers and the system may do that no task should: a pool goes on.

use std::cell::RefCell;
use std::fs::{self, File, read_dir};
use std::os::fd::OwnedFd;
use std::panic::panic_any;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use multiprocessing::{Error, ExitStatus, Pipe, Pool, Process, Queue, Result, Value, prepare};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{Shutdown, SocketType, shutdown, sockopt::socket_type};
use rustix::process::{
    Pid, PidfdFlags, PidfdGetfdFlags, Resource, Rlimit, Signal, getpid, getrlimit, kill_process,
    pidfd_getfd, pidfd_open, setrlimit,
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::crash::{Death, die};
use crate::queue::{become_limited, long, put_all, unless_unlimited};
use crate::tools::{Bytes, Watch, eventually, never_return, square, stop};

crate::trials![
    a_worker_that_dies_is_missed_though_another_process_has_its_socket,
    a_process_has_ended_though_another_one_has_its_socket,
    a_dead_worker_is_watched_no_longer_though_its_socket_is_open,
    a_worker_that_takes_no_more_is_replaced,
    tasks_that_a_stopped_worker_has_not_begun_are_done_by_another,
    an_unreadable_item_is_not_followed_by_a_made_up_one,
    a_task_is_not_run_again_because_its_answer_did_not_get_through,
    preparations_that_no_worker_takes_are_part_of_the_time_to_start,
    a_worker_is_replaced_where_no_more_files_can_be_open,
    an_argument_that_no_worker_can_receive_fails_in_the_end,
    a_worker_that_cannot_receive_its_task_keeps_no_caller_waiting,
    a_thread_may_leave_a_pool_behind,
    a_task_may_panic_with_any_value,
    a_callback_may_panic_with_any_value,
    a_result_arrives_where_the_end_of_a_process_stays_unknown,
];

/// The sockets of this process that keep the bounds of messages, once more each.
pub fn sockets() -> Vec<OwnedFd> {
    let this = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    let numbers = read_dir("/proc/self/fd").unwrap();
    let numbers = numbers.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    numbers
        .filter_map(|number| {
            let number = number.parse().unwrap();
            pidfd_getfd(&this, number, PidfdGetfdFlags::empty()).ok()
        })
        .filter(|file| socket_type(file) == Ok(SocketType::SEQPACKET))
        .collect()
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid as i32).unwrap();
    kill_process(pid, signal).unwrap();
}

fn kill(pid: u32) {
    signal(pid, Signal::KILL);
}

/// Kills a worker of a pool, and waits until it has ended.
fn kill_worker(pool: &Pool) -> u32 {
    let worker = pool.pids()[0];
    let watch = Watch::new(worker);
    kill(worker);
    watch.wait_for_its_end();
    worker
}

/// Leaves a process behind that has the sockets of this one, and may die.
#[expect(clippy::zombie_processes, reason = "it outlives this one")]
pub fn leave_a_child(death: Option<Death>, child: Pipe<u32, ()>) -> u32 {
    let sockets = sockets();
    for socket in &sockets {
        fcntl_setfd(socket, FdFlags::empty()).unwrap();
    }
    let sleep = Command::new("sleep").arg("60").spawn().unwrap();
    child.send(sleep.id()).unwrap();
    if let Some(death) = death {
        death.happen();
    }
    7
}

fn a_worker_that_dies_is_missed_though_another_process_has_its_socket() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let (child, theirs) = Pipe::new()?;
    assert_eq!(pool.apply(leave_a_child, (None, theirs))?, 7);
    let worker = kill_worker(&pool);
    assert_eq!(pool.apply(square, 3)?, 9);
    assert_ne!(pool.pids(), [worker]);
    kill(child.recv()?);
    Ok(())
}

fn a_process_has_ended_though_another_one_has_its_socket() -> Result<()> {
    for death in [None, Some(Death::Sigkill)] {
        let (child, theirs) = Pipe::new()?;
        match (
            death,
            Process::spawn(leave_a_child, (death, theirs))?.result(),
        ) {
            (None, Ok(7))
            | (
                Some(_),
                Err(Error::Died {
                    exitcode: ExitStatus::Signal(9),
                    ..
                }),
            ) => {}
            other => panic!("{other:?}"),
        }
        kill(child.recv()?);
    }
    Ok(())
}

/// How many descriptors this process watches with epoll.
fn watched() -> usize {
    let infos = read_dir("/proc/self/fdinfo").unwrap();
    let texts = infos.filter_map(|info| fs::read_to_string(info.unwrap().path()).ok());
    texts.map(|text| text.matches("tfd:").count()).sum()
}

pub fn watch_a_worker_die() -> (usize, usize) {
    let pool = Pool::builder().workers(1).build().unwrap();
    let before = watched();
    // As a process has them that was forked here.
    let _sockets = sockets();
    kill_worker(&pool);
    pool.apply(square, 3).unwrap();
    (before, watched())
}

fn a_dead_worker_is_watched_no_longer_though_its_socket_is_open() -> Result<()> {
    let (before, after) = Process::spawn(watch_a_worker_die, ())?.result()?;
    assert_eq!(before, after);
    Ok(())
}

pub fn pid_and_square(number: u64) -> (u32, u64) {
    (std::process::id(), square(number))
}

pub fn shut_reading(done: Value<bool>) {
    for socket in sockets() {
        shutdown(&socket, Shutdown::Read).unwrap();
    }
    done.set(true);
    never_return();
}

fn a_worker_that_takes_no_more_is_replaced() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let done = Value::new(false)?;
    let first = pool.apply_async(shut_reading, done.clone())?;
    eventually("it takes no more", || done.get());
    assert_eq!(pool.apply(square, 3)?, 9);
    // It was not the task's doing that the process was killed in the end.
    assert!(matches!(first.get(), Err(Error::Protocol(_))));
    Ok(())
}

fn tasks_that_a_stopped_worker_has_not_begun_are_done_by_another() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let [one, other] = pool.pids()[..] else {
        panic!("there are not two workers")
    };
    stop(one);
    let futures = [3, 4, 5].map(|number| pool.apply_async(pid_and_square, number).unwrap());
    for (future, square) in futures.iter().zip([9, 16, 25]) {
        assert_eq!(future.get()?, (other, square));
    }
    // Now there is no other.
    signal(one, Signal::CONT);
    stop(other);
    assert_eq!(pool.apply(pid_and_square, 6)?, (one, 36));
    signal(other, Signal::CONT);
    Ok(())
}

/// A number that cannot be read once, if it is 2.
#[derive(Debug, Serialize)]
pub struct Once(u32);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Once, D::Error> {
        static FAILED: AtomicBool = AtomicBool::new(false);
        match u32::deserialize(deserializer)? {
            2 if !FAILED.swap(true, Ordering::Relaxed) => Err(serde::de::Error::custom("not now")),
            number => Ok(Once(number)),
        }
    }
}

pub fn take_once(Once(number): Once) -> u32 {
    number
}

pub fn give_once(number: u32) -> Once {
    Once(number)
}

fn an_unreadable_item_is_not_followed_by_a_made_up_one() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let taken = pool.imap_chunked(take_once, (1..6).map(Once), 3)?;
    let given = pool.imap_chunked(give_once, 1..6, 3)?;
    for results in [
        taken.map(Result::ok).collect(),
        given.map(|it| it.ok().map(take_once)).collect::<Vec<_>>(),
    ] {
        assert_eq!(results, [Some(1), None, None, Some(4), Some(5)]);
    }
    Ok(())
}

/// Lets this process have so many more files open, and no more.
pub fn leave_free(files: u64) {
    // The limit is on their numbers, of which any may be free.
    let open = |number: &u64| fs::exists(format!("/proc/self/fd/{number}")).unwrap();
    let free = (0..).filter(|number| !open(number));
    let limit = Rlimit {
        current: free.take(files as usize + 1).last(),
        ..getrlimit(Resource::Nofile)
    };
    setrlimit(Resource::Nofile, limit).unwrap();
}

pub fn give(count: usize, begun: Value<u32>) -> Vec<Value<u32>> {
    begun.fetch_add(1, Ordering::Relaxed);
    (0..count).map(|_| Value::new(0).unwrap()).collect()
}

/// The first of four answers has more descriptors than there is room for.
pub fn receive_too_many() -> (Vec<bool>, u32) {
    let pool = Pool::builder().workers(1).build().unwrap();
    let begun = Value::<u32>::new(0).unwrap();
    // The pool's thread sees the answers when they are all there, or nearly.
    let (gate, opened) = crossbeam_channel::bounded::<()>(0);
    let (sender, there) = crossbeam_channel::bounded(1);
    let first = pool.apply_async(square, 1).unwrap();
    first.add_done_callback(move |_| {
        sender.send(()).unwrap();
        let _ = opened.recv();
    });
    there.recv().unwrap();
    let counts = [20, 0, 0, 0].map(|count| (count, begun.clone()));
    let results = pool.imap(give, counts).unwrap();
    leave_free(8);
    eventually("all have begun", || begun.get() == 4);
    drop(gate);
    (results.map(|it| it.is_ok()).collect(), begun.get())
}

fn a_task_is_not_run_again_because_its_answer_did_not_get_through() -> Result<()> {
    let (results, begun) = Process::spawn(receive_too_many, ())?.result()?;
    assert_eq!(begun, 4);
    // The last may not have been done yet when its worker was killed.
    assert_eq!(results[..3], [false, true, true]);
    Ok(())
}

pub fn swallow(_: Bytes) {}

/// More preparations than a socket holds, behind one that does not end.
pub fn start_in_vain() -> String {
    prepare(never_return, ()).unwrap();
    for _ in 0..20 {
        prepare(swallow, Bytes(vec![1; 30_000])).unwrap();
    }
    let pool = Pool::builder()
        .workers(1)
        .start_timeout(Duration::from_millis(100));
    pool.build().err().unwrap().to_string()
}

fn preparations_that_no_worker_takes_are_part_of_the_time_to_start() -> Result<()> {
    let error = Process::spawn(start_in_vain, ())?.result()?;
    assert!(error.contains("took longer than 100ms"), "{error}");
    Ok(())
}

pub fn fill_the_table() -> [u64; 2] {
    let pool = Pool::builder().workers(2).build().unwrap();
    let worker = pool.pids()[0];
    let watch = Watch::new(worker);
    leave_free(0);
    assert!(File::open("/dev/null").is_err());
    kill(worker);
    watch.wait_for_its_end();
    let both = [3, 4].map(|number| pool.apply_async(square, number).unwrap());
    both.map(|it| it.get().unwrap())
}

fn a_worker_is_replaced_where_no_more_files_can_be_open() -> Result<()> {
    assert_eq!(Process::spawn(fill_the_table, ())?.result()?, [9, 16]);
    Ok(())
}

pub fn never_received(_: Value<u32>) {}

fn an_argument_that_no_worker_can_receive_fails_in_the_end() -> Result<()> {
    let pool = Pool::builder()
        .workers(1)
        .initializer(leave_free, 0)
        .build()?;
    let error = pool.apply(never_received, Value::new(1)?);
    assert!(
        matches!(
            error,
            Err(Error::Died {
                exitcode: ExitStatus::Code(1),
                ..
            })
        ),
        "{error:?}"
    );
    assert_eq!(pool.apply(square, 3)?, 9);
    Ok(())
}

/// What a new worker is sent first carries descriptors, of which too many are on their way.
pub fn start_in_scarcity() -> bool {
    if !become_limited(54_322) {
        return false;
    }
    let pool = Pool::builder().workers(1).build().unwrap();
    let (producer, consumer) = Queue::new().unwrap().split();
    let count = put_all(&producer);
    kill_worker(&pool);
    let result = pool.apply_async(square, 3).unwrap();
    let soon = result.get_timeout(Duration::from_millis(20));
    let Some(count) = count else {
        return false;
    };
    assert!(matches!(soon, Err(Error::TimedOut)), "{soon:?}");
    for _ in 0..count {
        assert_eq!(consumer.get().unwrap(), long());
    }
    assert_eq!(result.get().unwrap(), 9);
    true
}

fn a_worker_that_cannot_receive_its_task_keeps_no_caller_waiting() -> Result<()> {
    unless_unlimited(start_in_scarcity)
}

thread_local! {
    static POOL: RefCell<Option<Pool>> = const { RefCell::new(None) };
}

pub fn leave_a_pool_behind() -> u64 {
    let thread = thread::spawn(|| {
        POOL.with_borrow_mut(|pool| {
            let pool = pool.insert(Pool::builder().workers(1).build().unwrap());
            pool.apply(square, 3).unwrap()
        })
    });
    thread.join().unwrap()
}

fn a_thread_may_leave_a_pool_behind() -> Result<()> {
    assert_eq!(Process::spawn(leave_a_pool_behind, ())?.result()?, 9);
    Ok(())
}

/// What panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a bomb of a test");
    }
}

pub fn throw_a_bomb() {
    panic_any(Bomb);
}

fn a_task_may_panic_with_any_value() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let pids = pool.pids();
    for thrown in [
        pool.apply(throw_a_bomb, ()),
        Process::spawn(throw_a_bomb, ())?.result(),
    ] {
        assert!(matches!(thrown, Err(Error::Panicked { .. })), "{thrown:?}");
    }
    assert_eq!((pool.apply(square, 3)?, pool.pids()), (9, pids));
    Ok(())
}

fn a_callback_may_panic_with_any_value() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let (gate, opened) = crossbeam_channel::bounded::<()>(0);
    let (sender, called) = crossbeam_channel::bounded(1);
    let first = pool.apply_async(square, 3)?;
    first.add_done_callback(move |_| _ = opened.recv());
    let second = pool.apply_async(square, 4)?;
    second.add_done_callback(|_| panic_any(Bomb));
    second.add_done_callback(move |result| sender.send(result).unwrap());
    drop(gate);
    assert_eq!(called.recv().unwrap()?, 16);
    Ok(())
}

/// The first argument of a program that ignores the ends of its processes.
pub const CHILDLESS: &str = "--ignores-sigchld";

/// What such a program does.
pub fn childless() -> ExitCode {
    let unknown = ExitStatus::Unknown;
    let pool = Pool::builder().workers(1).build().unwrap();
    let lost = pool.apply(die, Death::Exit3);
    assert!(matches!(lost, Err(Error::Died { exitcode, .. }) if exitcode == unknown));
    let error = lost.unwrap_err().to_string();
    assert!(error.contains("where SIGCHLD is ignored"), "{error}");
    assert_eq!(pool.apply(square, 3).unwrap(), 9);

    let process = Process::spawn(square, 4).unwrap();
    assert_eq!(process.join().unwrap(), unknown);
    assert_eq!(process.result().unwrap(), 16);
    ExitCode::SUCCESS
}

fn a_result_arrives_where_the_end_of_a_process_stays_unknown() -> Result<()> {
    let program = std::env::current_exe().unwrap();
    let output = Command::new("env")
        .arg("--ignore-signal=CHLD")
        .arg(program)
        .arg(CHILDLESS)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Ok(())
}
