//! A number of processes for any number of tasks.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs;
use std::iter::from_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use multiprocessing::{Error, ExitStatus, MESSAGE_LIMIT, Pipe, Pool, Process, Result, Value};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use serde::{Deserialize, Serialize, Serializer};

use crate::crash::{Death, die, die_once};
use crate::tools::{
    Bytes, LIMIT, Watch, add, check, echo, eventually, never_return, pid, square, stop, wait_for,
};

crate::trials![
    map_keeps_the_order_whatever_the_chunks,
    map_of_nothing_is_nothing,
    a_task_of_several_parameters_is_a_starmap,
    imap_yields_in_order,
    a_bounded_imap_takes_no_more_of_endless_items_than_it_may,
    items_are_not_asked_again_after_their_end,
    a_bounded_imap_yields_errors_in_their_places,
    imap_unordered_yields_each_once_and_the_quick_first,
    a_panic_costs_no_worker,
    one_item_that_panics_does_not_spoil_its_chunk,
    map_waits_for_all_and_tells_the_first_error,
    an_initializer_runs_once_in_every_worker,
    an_initializer_that_panics_is_an_error_of_build,
    an_initializer_that_returns_an_error_is_an_error_of_build,
    the_error_of_a_panic_has_its_place,
    items_are_cut_into_no_more_than_four_chunks_for_each_worker,
    dropped_results_and_pools_do_not_go_on,
    items_before_a_panic_of_their_iterator_are_taken_back,
    workers_may_ignore_interrupts,
    an_initializer_that_takes_too_long_is_an_error_that_says_so,
    a_worker_leaves_after_its_last_task,
    a_task_that_takes_too_long_is_stopped_and_no_other,
    tasks_that_a_stopped_worker_has_not_begun_go_to_its_successor,
    a_worker_that_answers_in_time_is_not_stopped_because_another_was,
    a_lost_task_is_started_again_as_often_as_allowed,
    workers_that_keep_dying_end_the_pool,
    an_idle_worker_that_is_killed_is_replaced_though_no_call_waits,
    large_arguments_and_results_cross,
    long_answers_and_short_ones_keep_their_order,
    an_answer_does_not_wait_for_the_tasks_behind_it,
    an_answer_comes_in_after_a_caller_left,
    a_value_that_cannot_be_serialised_is_an_error_of_its_item,
    an_argument_that_cannot_be_serialised_is_an_error_of_the_call,
    workers_begin_while_items_are_still_taken,
    a_slow_caller_does_not_hold_workers_up,
    thousands_of_tasks_need_no_descriptors,
    many_threads_share_a_pool,
    a_task_may_have_a_pool_of_its_own,
    a_closed_pool_finishes_and_takes_no_more,
    a_terminated_pool_fails_the_tasks_that_are_left,
    a_dropped_pool_ends_its_workers,
    tasks_do_not_queue_behind_a_slow_one_while_others_idle,
];

fn map_keeps_the_order_whatever_the_chunks() -> Result<()> {
    let pool = Pool::builder().workers(3).build()?;
    assert_eq!(pool.workers(), 3);
    let squares: Vec<u64> = (0..1000).map(square).collect();
    assert_eq!(pool.map(square, 0..1000)?, squares);
    for chunksize in [1, 2, 7, 999, 1000, 5000] {
        assert_eq!(
            pool.map_chunked(square, 0..1000, chunksize)?,
            squares,
            "{chunksize}"
        );
    }
    assert_eq!(pool.map_async(square, 0..1000)?.get()?, squares);
    Ok(())
}

fn map_of_nothing_is_nothing() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    assert!(pool.map(square, [])?.is_empty());
    assert!(pool.imap(square, [])?.next().is_none());
    assert!(pool.map_async(square, [])?.get()?.is_empty());
    Ok(())
}

fn a_task_of_several_parameters_is_a_starmap() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    assert_eq!(pool.map(add, [(1, 2), (3, 4)])?, [3, 7]);
    Ok(())
}

fn imap_yields_in_order() -> Result<()> {
    let pool = Pool::builder().workers(3).build()?;
    for chunksize in [1, 7] {
        let results: Result<Vec<u64>> = pool.imap_chunked(square, 0..500, chunksize)?.collect();
        assert!(results?.into_iter().eq((0..500).map(square)));
    }
    Ok(())
}

fn a_bounded_imap_takes_no_more_of_endless_items_than_it_may() -> Result<()> {
    let pool = Pool::builder().workers(3).build()?;
    let taken = Cell::new(0);
    let endless = (0..).inspect(|_| taken.set(taken.get() + 1));
    let mut results = pool.imap_bounded(square, endless, 8);
    for number in 0..500 {
        assert_eq!(results.next().unwrap()?, square(number));
        assert!(taken.get() <= number + 8, "{} at {number}", taken.get());
    }
    drop(results);

    let results: Result<Vec<_>> = pool.imap_bounded(square, 0..20, 50).collect();
    assert!(results?.into_iter().eq((0..20).map(square)));
    assert!(pool.imap_bounded(square, [], 1).next().is_none());
    Ok(())
}

/// Items that go on after their end, as those of a channel or a terminal do.
fn items_are_not_asked_again_after_their_end() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let mut items = [Some(1), Some(2), None, Some(3)].into_iter().cycle();
    let results: Result<Vec<_>> = pool
        .imap_bounded(square, from_fn(|| items.next().flatten()), 2)
        .collect();
    assert_eq!(results?, [1, 4]);
    assert_eq!(items.next(), Some(Some(3)));
    for chunksize in [1, 2, 3] {
        let ends = from_fn(|| items.next().flatten());
        assert_eq!(pool.map_chunked(square, ends, chunksize)?, [1, 4]);
        assert_eq!(items.next(), Some(Some(3)));
    }
    Ok(())
}

fn a_bounded_imap_yields_errors_in_their_places() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let results: Vec<_> = pool.imap_bounded(check, [true, false, true], 2).collect();
    assert!(matches!(
        results[..],
        [Ok(Err(_)), Err(Error::Panicked { .. }), Ok(Err(_))]
    ));
    Ok(())
}

fn imap_unordered_yields_each_once_and_the_quick_first() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let (release, theirs) = Pipe::new()?;
    let releases = (0..5).map(|place| match place {
        0 => theirs.clone(),
        // The other end of this one is closed: it ends at once.
        _ => Pipe::new().expect("two descriptors").0,
    });
    let mut results = pool.imap_unordered(wait_for, releases)?;
    drop(theirs);
    for _ in 1..5 {
        results.next().unwrap()?;
    }
    drop(release);
    results.next().unwrap()?;
    assert!(results.next().is_none());

    let results: Result<HashSet<u64>> = pool.imap_unordered_chunked(square, 0..500, 7)?.collect();
    assert_eq!(results?, (0..500).map(square).collect());
    Ok(())
}

fn a_panic_costs_no_worker() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let worker = pool.apply(pid, ())?;
    match pool.apply(check, false) {
        Err(Error::Panicked { message, pid, .. }) => {
            assert_eq!((message.as_str(), pid), ("this is not good", worker));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(pool.apply(pid, ())?, worker);
    Ok(())
}

fn one_item_that_panics_does_not_spoil_its_chunk() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let results: Vec<_> = pool.imap_chunked(check, [true, false, true], 3)?.collect();
    assert!(matches!(
        &results[..],
        [Ok(Err(_)), Err(Error::Panicked { .. }), Ok(Err(_))]
    ));
    Ok(())
}

/// Counts those that have ended, and panics for 1 at once and for 0 later.
pub fn fail_first(number: u32, ended: Value<u32>) -> u32 {
    if number == 0 {
        while ended.get() < 9 {
            std::thread::yield_now();
        }
    }
    ended.update(|count| count + 1);
    assert!(number > 1, "number {number}");
    number
}

fn map_waits_for_all_and_tells_the_first_error() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let ended = Value::<u32>::new(0)?;
    let items = (0..10).map(|number| (number, ended.clone()));
    let error = pool.map_chunked(fail_first, items, 1).unwrap_err();
    assert!(matches!(error, Error::Panicked { message, .. } if message == "number 0"));
    assert_eq!(ended.get(), 10);
    Ok(())
}

static INITIALISED: OnceLock<u32> = OnceLock::new();

pub fn initialise(number: u32) {
    assert_ne!(number, 0, "nothing to begin with");
    INITIALISED.set(number).unwrap();
}

pub fn initialised() -> (u32, Option<u32>) {
    (pid(), INITIALISED.get().copied())
}

fn an_initializer_runs_once_in_every_worker() -> Result<()> {
    let pool = Pool::builder()
        .workers(2)
        .initializer(initialise, 7)
        .build()?;
    let before = pool.pids();
    pool.apply_async(die, Death::Abort)?.exception().unwrap();
    for (_, number) in pool.map_chunked(initialised, [(); 20], 1)? {
        assert_eq!(number, Some(7));
    }
    eventually("a successor", || {
        pool.pids().len() == 2 && pool.pids() != before
    });
    Ok(())
}

fn an_initializer_that_panics_is_an_error_of_build() -> Result<()> {
    let error = Pool::builder()
        .initializer(initialise, 0)
        .build()
        .err()
        .unwrap();
    assert!(
        matches!(&error, Error::Unprepared(reason) if reason.contains("nothing to begin with"))
    );
    Ok(())
}

pub fn refuse(reason: String) -> Result<(), String> {
    match reason.as_str() {
        "" => Ok(()),
        _ => Err(reason),
    }
}

fn an_initializer_that_returns_an_error_is_an_error_of_build() -> Result<()> {
    let pool = |reason: &str| {
        let pool = Pool::builder().workers(2);
        pool.initializer(refuse, reason.to_owned()).build()
    };
    assert_eq!(pool("")?.apply(square, 3)?, 9);
    let error = pool("no certificates").err().unwrap();
    assert!(
        matches!(&error, Error::Unprepared(reason) if reason.ends_with("returned an error: no certificates")),
        "{error}"
    );
    Ok(())
}

fn the_error_of_a_panic_has_its_place() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let Err(Error::Panicked { location, .. }) = pool.apply(check, false) else {
        panic!("it does not panic")
    };
    let location = location.unwrap();
    let (file, place) = location.split_once(".rs:").unwrap();
    assert!(file.ends_with("tools"), "{location}");
    assert!(place.split(':').all(|number| number.parse::<u32>().is_ok()));
    Ok(())
}

/// A chunk counts as one task of a worker.
fn items_are_cut_into_no_more_than_four_chunks_for_each_worker() -> Result<()> {
    let pool = Pool::builder().workers(1).max_tasks_per_worker(1).build()?;
    let workers: HashSet<u32> = pool.map(pid, [(); 9])?.into_iter().collect();
    assert_eq!(workers.len(), 3, "9 items are three chunks of three");
    Ok(())
}

pub fn stop_at(pipe: Pipe<()>, count: Value<u32>) {
    count.update(|count| count + 1);
    let _ = pipe.send(());
    while pipe.recv().is_ok() {}
}

fn dropped_results_and_pools_do_not_go_on() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let count = Value::<u32>::new(0)?;
    let (ours, theirs) = Pipe::new()?;
    let items = (0..300).map(|_| (theirs.clone(), count.clone()));
    let results = pool.imap(stop_at, items)?;
    ours.recv()?;
    drop(results);
    drop((ours, theirs));
    assert_eq!(pool.apply(square, 3)?, 9);
    assert_eq!(count.get(), 1, "the others had not begun");
    Ok(())
}

fn items_before_a_panic_of_their_iterator_are_taken_back() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let count = Value::<u32>::new(0)?;
    let (ours, theirs) = Pipe::new()?;
    let items = (0..300).map(|number| {
        if number == 200 {
            // Only when the first has begun, which a busy machine may put off.
            ours.recv().unwrap();
            panic!("enough");
        }
        (theirs.clone(), count.clone())
    });
    let panic = catch_unwind(AssertUnwindSafe(|| pool.imap(stop_at, items).map(drop)));
    assert!(panic.is_err());
    drop((ours, theirs));
    assert_eq!(pool.apply(square, 3)?, 9);
    assert_eq!(count.get(), 1, "the others had not begun");
    Ok(())
}

fn workers_may_ignore_interrupts() -> Result<()> {
    let pool = Pool::builder().workers(1).ignore_interrupts().build()?;
    let worker = pool.apply(pid, ())?;
    let process = Pid::from_raw(worker as i32).unwrap();
    kill_process(process, Signal::INT).unwrap();
    assert_eq!(pool.apply(pid, ())?, worker);

    let pool = Pool::builder().workers(1).build()?;
    let worker = pool.apply(pid, ())?;
    let watch = Watch::new(worker);
    kill_process(Pid::from_raw(worker as i32).unwrap(), Signal::INT).unwrap();
    watch.wait_for_its_end();
    assert_ne!(pool.apply(pid, ())?, worker);
    Ok(())
}

fn an_initializer_that_takes_too_long_is_an_error_that_says_so() -> Result<()> {
    let error = Pool::builder()
        .workers(1)
        .initializer(never_return, ())
        .start_timeout(Duration::from_millis(50))
        .build()
        .err()
        .unwrap();
    let text = error.to_string();
    assert!(text.contains("took longer than 50ms"), "{text}");
    assert!(!text.contains("signal"), "{text}");
    Ok(())
}

fn a_worker_leaves_after_its_last_task() -> Result<()> {
    let pool = Pool::builder().workers(2).max_tasks_per_worker(5).build()?;
    let mut tasks = std::collections::HashMap::new();
    for worker in pool.map_chunked(pid, [(); 40], 1)? {
        *tasks.entry(worker).or_insert(0) += 1;
    }
    assert!(
        tasks.len() >= 8 && tasks.values().all(|&count| count <= 5),
        "{tasks:?}"
    );
    Ok(())
}

/// Time for a small task on any machine.
const ENOUGH: Duration = Duration::from_secs(2);

fn a_task_that_takes_too_long_is_stopped_and_no_other() -> Result<()> {
    let pool = Pool::builder().workers(2).timeout(ENOUGH).build()?;
    let endless = pool.apply_async(never_return, ())?;
    let squares = pool.map(square, 0..100)?;
    let error = endless.exception().unwrap();
    assert!(matches!(error, Error::Overdue { limit, .. } if limit == ENOUGH));
    assert!(squares.into_iter().eq((0..100).map(square)));
    assert_eq!(pool.apply(square, 3)?, 9);
    Ok(())
}

fn tasks_that_a_stopped_worker_has_not_begun_go_to_its_successor() -> Result<()> {
    let pool = Pool::builder().workers(1).timeout(ENOUGH).build()?;
    let worker = pool.pids()[0];
    let watch = Watch::new(worker);
    stop(worker);
    assert_eq!(pool.apply(square, 3)?, 9);
    watch.wait_for_its_end();
    Ok(())
}

fn a_worker_that_answers_in_time_is_not_stopped_because_another_was() -> Result<()> {
    // Far more than what comes next takes, however busy the machine. What counts are the
    // milliseconds around it, which nothing but time can hit.
    let limit = Duration::from_secs(4);
    let pool = Pool::builder().workers(8).timeout(limit).build()?;
    let endless = (0..4).map(|_| pool.apply_async(never_return, ()));
    let endless = endless.collect::<Result<Vec<_>>>()?;
    pool.apply(rest, Duration::from_millis(3))?;
    // They end while the successors of those that do not are started.
    let long = (0..4).map(|_| pool.apply_async(rest, limit - Duration::from_millis(2)));
    let long = long.collect::<Result<Vec<_>>>()?;
    let next = (0..8).map(|_| pool.apply_async(rest, Duration::from_millis(50)));
    let next = next.collect::<Result<Vec<_>>>()?;
    for future in endless {
        assert!(matches!(future.get(), Err(Error::Overdue { .. })));
    }
    for future in next {
        future.get()?;
    }
    // On a busy machine they may have taken too long.
    drop(long);
    Ok(())
}

pub fn rest(time: Duration) {
    std::thread::sleep(time);
}

fn a_lost_task_is_started_again_as_often_as_allowed() -> Result<()> {
    let pool = Pool::builder().workers(2).retries(2).build()?;
    for (deaths, lost) in [(1, false), (2, false), (3, true)] {
        let left = Value::<u32>::new(deaths)?;
        let result = pool.apply(die_once, left.clone());
        assert_eq!(
            matches!(
                result,
                Err(Error::Died {
                    exitcode: ExitStatus::Signal(6),
                    ..
                })
            ),
            lost,
            "{result:?}"
        );
        assert_eq!(left.get(), 0);
    }
    Ok(())
}

fn workers_that_keep_dying_end_the_pool() -> Result<()> {
    let pool = Pool::builder().workers(2).restart_limit(5, LIMIT).build()?;
    let results: Vec<_> = pool.imap(die, [Death::Abort; 20])?.collect();
    let died = results
        .iter()
        .filter(|it| matches!(it, Err(Error::Died { .. })))
        .count();
    assert_eq!(died, 6, "{results:?}");
    let Some(Err(error)) = results.last() else {
        panic!("{results:?}")
    };
    let text = error.to_string();
    assert!(
        text.contains("gave up: 6 workers died within 60s"),
        "{text}"
    );
    assert!(text.contains("SIGABRT"), "{text}");
    assert!(matches!(pool.apply(square, 3), Err(Error::Broken(_))));
    Ok(())
}

fn an_idle_worker_that_is_killed_is_replaced_though_no_call_waits() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    assert_eq!(pool.map(square, [1, 2, 3])?, [1, 4, 9]);
    let before = pool.pids();
    let victim = rustix::process::Pid::from_raw(before[0] as i32).unwrap();
    rustix::process::kill_process(victim, Signal::KILL).unwrap();
    eventually("a successor", || {
        pool.pids().len() == 2 && !pool.pids().contains(&before[0])
    });
    assert!(pool.pids().contains(&before[1]));
    assert_eq!(pool.map(square, [1, 2, 3])?, [1, 4, 9]);
    Ok(())
}

fn large_arguments_and_results_cross() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    // Around the length at which a message no longer fits into a packet, and far beyond.
    for length in [0, 1, 32_700, 32_768, 32_769, 200_000, 8 << 20] {
        let bytes = Bytes((0..length).map(|place| place as u8).collect());
        assert_eq!(pool.apply(echo, bytes.clone())?, bytes, "{length}");
    }
    let mib = Bytes(vec![7; 1 << 20]);
    let results = pool.map_chunked(echo, std::iter::repeat_n(mib.clone(), 20), 1)?;
    assert!(results.iter().all(|result| *result == mib));
    Ok(())
}

fn long_answers_and_short_ones_keep_their_order() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    // Short ones share the worker's outbox until it is full, the others cannot.
    let lengths = [0, 10, 200_000, 10, 20_000, 20_000, 30_000, 10, 40_000, 0];
    let items = || {
        lengths
            .into_iter()
            .cycle()
            .take(100)
            .map(|length| Bytes(vec![7; length]))
    };
    let results = pool.map_chunked(echo, items(), 1)?;
    assert!(results.into_iter().eq(items()));
    Ok(())
}

fn an_answer_does_not_wait_for_the_tasks_behind_it() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    for quick in 0..10 {
        let (release, theirs) = Pipe::new()?;
        let calls = (0..20).map(|place| (place == quick).then(|| theirs.clone()));
        let mut results = pool.imap(ignore_the_call, calls)?;
        for _ in 0..quick {
            results.next().unwrap()?;
        }
        drop(release);
        assert_eq!(results.count(), 20 - quick);
    }
    Ok(())
}

/// Whether the thread of this process's only pool waits for events, in a poll of two descriptors.
/// Where the system does not tell it is taken for granted.
fn pool_sleeps() -> bool {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let mut threads = threads.map(|thread| thread.unwrap().path());
    threads.any(|thread| {
        let call = fs::read_to_string(thread.join("syscall"));
        let polls = call.map_or(true, |call| call.split(' ').nth(2) == Some("0x2"));
        polls && fs::read(thread.join("comm")).is_ok_and(|name| name == b"pool\n")
    })
}

pub fn leave_answers_behind() {
    let pool = Pool::builder().workers(1).build().unwrap();
    for _ in 0..20 {
        eventually("the pool's thread has nothing to do", pool_sleeps);
        let releases = [(); 2].map(|()| Pipe::new().unwrap());
        let visit = pool.apply_async(rest, Duration::from_millis(2)).unwrap();
        let [first, second] = releases
            .each_ref()
            .map(|(_, theirs)| pool.apply_async(wait_for, theirs.clone()).unwrap());
        let others = pool.imap(square, 0..3).unwrap();
        visit.get().unwrap();
        let [first_bell, second_bell] = releases;
        drop(first_bell);
        eventually("the first answer", || first.done());
        drop(second_bell);
        second.get().unwrap();
        assert_eq!(others.count(), 3);
    }
}

fn an_answer_comes_in_after_a_caller_left() -> Result<()> {
    Process::spawn(leave_answers_behind, ())?.result()
}

/// Cannot be serialised.
#[derive(Debug, Deserialize)]
pub struct Stubborn;

impl Serialize for Stubborn {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it does not want to"))
    }
}

pub fn measure(bytes: Bytes) -> usize {
    bytes.0.len()
}

pub fn refuse_to_cross(refuses: bool) -> Option<Stubborn> {
    refuses.then_some(Stubborn)
}

fn a_value_that_cannot_be_serialised_is_an_error_of_its_item() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let results: Vec<_> = pool
        .imap_chunked(refuse_to_cross, [false, true, false], 3)?
        .collect();
    let [Ok(None), Err(Error::Serialise(reason)), Ok(None)] = &results[..] else {
        panic!("{results:?}")
    };
    assert!(reason.contains("Stubborn"), "{reason}");
    let error = pool
        .apply(measure, Bytes(vec![0; MESSAGE_LIMIT]))
        .unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { bytes } if bytes > MESSAGE_LIMIT),
        "{error:?}"
    );
    Ok(())
}

pub fn is_none(value: Option<Stubborn>) -> bool {
    value.is_none()
}

fn an_argument_that_cannot_be_serialised_is_an_error_of_the_call() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    for bad in [0, 50, 99] {
        let calls = (0..100).map(|place| (place == bad).then_some(Stubborn));
        let results = pool.map_chunked(is_none, calls, 1);
        assert!(matches!(results, Err(Error::Serialise(_))), "{results:?}");
        assert_eq!(pool.map(square, [1, 2, 3])?, [1, 4, 9]);
    }
    Ok(())
}

fn workers_begin_while_items_are_still_taken() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let done = Value::<u32>::new(0)?;
    let items = (0..1000).map(|place| {
        if place == 900 {
            eventually("the first tasks are done", || done.get() > 0);
        }
        done.clone()
    });
    assert_eq!(pool.imap(count, items)?.count(), 1000);
    assert_eq!(done.get(), 1000);
    Ok(())
}

/// Counts itself, and makes a result too long for any socket's buffer.
pub fn fill(done: Value<u32>) -> Bytes {
    done.fetch_add(1, Ordering::Relaxed);
    Bytes(vec![1; 20_000])
}

fn a_slow_caller_does_not_hold_workers_up() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let done = Value::<u32>::new(0)?;
    let mut results = pool.imap(fill, (0..500).map(|_| done.clone()))?;
    results.next().unwrap()?;
    eventually("all tasks are done, and one result was asked for", || {
        done.get() == 500
    });
    assert_eq!(results.count(), 499);
    Ok(())
}

/// In a process that may have 64 files open.
pub fn with_few_descriptors() {
    let limit = Rlimit {
        current: Some(64),
        ..getrlimit(Resource::Nofile)
    };
    setrlimit(Resource::Nofile, limit).unwrap();
    let pool = Pool::builder().workers(4).build().unwrap();
    let futures: Vec<_> = (0..5000)
        .map(|number| pool.apply_async(square, number).unwrap())
        .collect();
    for (number, future) in futures.iter().enumerate().rev() {
        assert_eq!(future.get().unwrap(), square(number as u64));
    }
    let done = Value::<u32>::new(0).unwrap();
    let filled = pool
        .map_chunked(fill, (0..5000).map(|_| done.clone()), 1)
        .unwrap();
    assert_eq!((filled.len(), done.get()), (5000, 5000));
    let long = pool
        .map_chunked(echo, std::iter::repeat_n(Bytes(vec![1; 40_000]), 200), 1)
        .unwrap();
    assert_eq!(long.len(), 200);
}

fn thousands_of_tasks_need_no_descriptors() -> Result<()> {
    Process::spawn(with_few_descriptors, ())?.result()
}

fn many_threads_share_a_pool() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let pool = &pool;
                scope.spawn(move || -> Result<()> {
                    for number in 0..100 {
                        assert_eq!(pool.apply(add, (thread, number))?, thread + number);
                    }
                    let squares = pool.map_chunked(square, 0..100, 3)?;
                    assert!(squares.into_iter().eq((0..100).map(square)));
                    Ok(())
                })
            })
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap())
    })
}

pub fn nested(workers: usize) -> Vec<u64> {
    let pool = Pool::builder().workers(workers).build().unwrap();
    pool.map(square, [1, 2, 3]).unwrap()
}

fn a_task_may_have_a_pool_of_its_own() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    assert_eq!(pool.map(nested, [1, 2])?, [[1, 4, 9], [1, 4, 9]]);
    Ok(())
}

pub fn count(done: Value<u32>) {
    done.fetch_add(1, Ordering::Relaxed);
}

fn a_closed_pool_finishes_and_takes_no_more() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let done = Value::<u32>::new(0)?;
    let future = pool.map_async(count, (0..100).map(|_| done.clone()))?;
    pool.close();
    assert!(matches!(pool.apply(square, 3), Err(Error::Closed)));
    pool.join()?;
    assert!(pool.pids().is_empty());
    assert_eq!((done.get(), future.get()?.len()), (100, 100));
    Ok(())
}

fn a_terminated_pool_fails_the_tasks_that_are_left() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let watches: Vec<_> = pool.pids().into_iter().map(Watch::new).collect();
    let futures: Vec<_> = (0..5)
        .map(|_| pool.apply_async(never_return, ()))
        .collect::<Result<_>>()?;
    pool.terminate();
    for future in &futures {
        assert!(matches!(future.get(), Err(Error::Closed)));
    }
    assert!(matches!(pool.join(), Err(Error::Closed)));
    watches.iter().for_each(Watch::wait_for_its_end);
    Ok(())
}

fn a_dropped_pool_ends_its_workers() -> Result<()> {
    for busy in [false, true] {
        let pool = Pool::builder().workers(2).build()?;
        let watches: Vec<_> = pool.pids().into_iter().map(Watch::new).collect();
        let future = busy
            .then(|| pool.apply_async(never_return, ()))
            .transpose()?;
        drop(pool);
        watches.iter().for_each(Watch::wait_for_its_end);
        if let Some(future) = future {
            assert!(matches!(future.get(), Err(Error::Closed)));
        }
    }
    Ok(())
}

static CALLS: AtomicU32 = AtomicU32::new(0);

/// Waits for the pipe to end, but only if it is given one.
pub fn ignore_the_call(release: Option<Pipe<()>>) -> u32 {
    release.map(wait_for);
    CALLS.fetch_add(1, Ordering::Relaxed)
}

fn tasks_do_not_queue_behind_a_slow_one_while_others_idle() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    // Workers that have answered quickly are trusted with several tasks at once.
    pool.map_chunked(ignore_the_call, (0..1000).map(|_| None), 1)?;
    let (release, theirs) = Pipe::new()?;
    let slow = pool.apply_async(ignore_the_call, Some(theirs))?;
    let quick: Vec<_> = (0..10)
        .map(|_| pool.apply_async(ignore_the_call, None))
        .collect::<Result<_>>()?;
    for future in quick {
        future.get()?;
    }
    assert!(!slow.done());
    drop(release);
    slow.get()?;
    Ok(())
}
