//! Results that are not there yet.

use std::sync::mpsc;
use std::time::Duration;

use multiprocessing::{Error, ExitStatus, Pipe, Pool, Result, ReturnWhen, as_completed, wait};

use crate::crash::{Death, die};
use crate::tools::{check, square, wait_for};

crate::trials![
    a_result_can_be_awaited,
    a_result_may_be_asked_for_again_and_again,
    get_with_a_timeout_leaves_the_task_alone,
    results_may_be_got_in_any_order,
    a_task_that_no_worker_has_begun_can_be_cancelled,
    a_task_that_a_worker_runs_cannot_be_cancelled,
    exception_returns_the_error_without_raising_it,
    a_callback_gets_the_result_once,
    a_callback_gets_the_error_too,
    a_callback_may_use_the_pool,
    a_callback_may_wait_for_several_futures,
    a_callback_that_panics_harms_no_other,
    callbacks_of_a_pool_that_is_dropped_are_called,
    as_completed_yields_the_first_result_first,
    wait_returns_at_the_first_result_the_first_error_or_the_last,
];

fn a_result_can_be_awaited() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let pool = Pool::builder().workers(2).build()?;
        // While this one waits the runtime does something else.
        let (release, theirs) = Pipe::new()?;
        let waiting = pool.apply_async(wait_for, theirs)?;
        let release = async {
            assert_eq!(pool.map_async(square, [1, 2, 3])?.await?, [1, 4, 9]);
            drop(release);
            Ok(())
        };
        let (worker, released): (_, Result<()>) = tokio::join!(waiting, release);
        released?;
        assert!(pool.pids().contains(&worker?));

        let done = pool.apply_async(square, 3)?;
        done.get()?;
        assert_eq!(done.await?, 9);

        let panicked = pool.apply_async(check, false)?.await;
        assert!(matches!(panicked, Err(Error::Panicked { .. })));
        Ok(())
    })
}

fn a_result_may_be_asked_for_again_and_again() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let future = pool.apply_async(square, 3)?;
    assert_eq!((future.get()?, future.get()?), (9, 9));
    assert!(future.done() && future.exception().is_none() && !future.cancelled());
    drop(pool);
    assert_eq!(future.get()?, 9);
    Ok(())
}

fn get_with_a_timeout_leaves_the_task_alone() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let (release, theirs) = Pipe::new()?;
    let future = pool.apply_async(wait_for, theirs)?;
    for timeout in [Duration::ZERO, Duration::from_millis(5)] {
        assert!(matches!(future.get_timeout(timeout), Err(Error::TimedOut)));
        assert!(!future.done());
    }
    drop(release);
    assert_eq!(future.get_timeout(Duration::MAX)?, pool.pids()[0]);
    Ok(())
}

fn results_may_be_got_in_any_order() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let futures: Result<Vec<_>> = (0..100)
        .map(|number| pool.apply_async(square, number))
        .collect();
    for (number, future) in futures?.iter().enumerate().rev() {
        assert_eq!(future.get()?, square(number as u64));
    }
    Ok(())
}

fn a_task_that_no_worker_has_begun_can_be_cancelled() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let (release, theirs) = Pipe::new()?;
    let running = pool.apply_async(wait_for, theirs)?;
    // Some of them wait with the worker already, others with the pool.
    let waiting: Result<Vec<_>> = (0..100)
        .map(|number| pool.apply_async(square, number))
        .collect();
    let waiting = waiting?;
    for (number, future) in waiting.iter().enumerate() {
        assert_eq!(number % 2 == 0 && future.cancel(), number % 2 == 0);
        assert_eq!(future.cancelled(), number % 2 == 0);
    }
    drop(release);
    running.get()?;
    for (number, future) in waiting.iter().enumerate() {
        match future.get() {
            Ok(result) => assert_eq!((result, number % 2), (square(number as u64), 1)),
            Err(Error::Cancelled) => assert_eq!(number % 2, 0),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn a_task_that_a_worker_runs_cannot_be_cancelled() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let (ours, theirs) = Pipe::<(), ()>::new()?;
    let future = pool.apply_async(answer_first, theirs)?;
    ours.recv()?;
    assert!(!future.cancel());
    drop(ours);
    assert_eq!(future.get()?, ());
    assert!(!future.cancel() && !future.cancelled());
    Ok(())
}

/// Says that it runs, and waits until it may end.
pub fn answer_first(pipe: Pipe<()>) {
    pipe.send(()).unwrap();
    while pipe.recv().is_ok() {}
}

fn exception_returns_the_error_without_raising_it() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let panicked = pool.apply_async(check, false)?;
    assert!(matches!(panicked.exception(), Some(Error::Panicked { .. })));
    let died = pool.apply_async(die, Death::Abort)?;
    assert!(matches!(
        died.exception(),
        Some(Error::Died {
            exitcode: ExitStatus::Signal(6),
            ..
        })
    ));
    Ok(())
}

fn a_callback_gets_the_result_once() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let (sender, results) = mpsc::channel();
    let (release, theirs) = Pipe::new()?;
    let future = pool.apply_async(wait_for, theirs)?;
    for name in ["before", "as well"] {
        let sender = sender.clone();
        future.add_done_callback(move |result| sender.send((name, result)).unwrap());
    }
    drop(release);
    assert_eq!(results.recv().unwrap().0, "before");
    assert_eq!(results.recv().unwrap().0, "as well");
    future.add_done_callback(move |result| sender.send(("after", result)).unwrap());
    assert_eq!(results.recv().unwrap().0, "after");
    assert!(results.recv().is_err());
    Ok(())
}

fn a_callback_gets_the_error_too() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let (sender, results) = mpsc::channel();
    let many = pool.map_async(check, [true, false, true])?;
    many.add_done_callback(move |result| sender.send(result).unwrap());
    assert!(matches!(
        results.recv().unwrap(),
        Err(Error::Panicked { .. })
    ));
    Ok(())
}

fn a_callback_may_use_the_pool() -> Result<()> {
    let pool = std::sync::Arc::new(Pool::builder().workers(1).build()?);
    let (sender, results) = mpsc::channel();
    let again = std::sync::Arc::clone(&pool);
    pool.apply_async(square, 3)?
        .add_done_callback(move |result| {
            sender.send(again.apply(square, result.unwrap())).unwrap();
        });
    // The pool's thread may be the last that has the pool.
    drop(pool);
    assert_eq!(results.recv().unwrap()?, 81);
    Ok(())
}

fn a_callback_may_wait_for_several_futures() -> Result<()> {
    // The callback runs in the thread of the first, to which no other attends meanwhile.
    let pools = [
        Pool::builder().workers(1).build()?,
        Pool::builder().workers(1).build()?,
    ];
    for order in [[0, 1], [1, 0]] {
        let ((start, first), (release, theirs)) = (Pipe::new()?, Pipe::new()?);
        let first = pools[0].apply_async(wait_for, first)?;
        let futures = || order.map(|pool| pools[pool].apply_async(wait_for, theirs.clone()));
        let (some, others) = (futures(), futures());
        let some = some.into_iter().collect::<Result<Vec<_>>>()?;
        let others = others.into_iter().collect::<Result<Vec<_>>>()?;
        let (sender, results) = mpsc::channel();
        first.add_done_callback(move |_| {
            sender.send((0, 0)).unwrap();
            let (done, pending) = wait(some, ReturnWhen::AllCompleted, None);
            assert!(pending.is_empty());
            let count = as_completed(others).count();
            sender.send((done.len(), count)).unwrap();
        });
        drop(start);
        assert_eq!(results.recv().unwrap(), (0, 0));
        drop((release, theirs));
        assert_eq!(results.recv().unwrap(), (2, 2));
    }
    Ok(())
}

fn a_callback_that_panics_harms_no_other() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let (sender, results) = mpsc::channel();
    let future = pool.apply_async(square, 3)?;
    future.add_done_callback(|_| panic!("a callback of a test"));
    future.get()?;
    pool.apply_async(square, 4)?
        .add_done_callback(move |it| sender.send(it).unwrap());
    assert_eq!(results.recv().unwrap()?, 16);
    Ok(())
}

fn callbacks_of_a_pool_that_is_dropped_are_called() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let (sender, results) = mpsc::channel();
    let (_bell, theirs) = Pipe::new()?;
    pool.apply_async(wait_for, theirs)?
        .add_done_callback(move |it| sender.send(it).unwrap());
    drop(pool);
    assert!(matches!(results.recv().unwrap(), Err(Error::Closed)));
    Ok(())
}

fn as_completed_yields_the_first_result_first() -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let (release, theirs) = Pipe::new()?;
    let mut futures = vec![pool.apply_async(wait_for, theirs)?];
    for _ in 0..3 {
        futures.push(pool.apply_async(wait_for, Pipe::new()?.0)?);
    }
    let mut completed = as_completed(futures);
    for _ in 0..3 {
        assert!(completed.next().unwrap().done());
    }
    assert!(matches!(
        completed.next_timeout(Duration::ZERO),
        Err(Error::TimedOut)
    ));
    drop(release);
    assert!(completed.next_timeout(Duration::MAX)?.is_some());
    assert!(completed.next().is_none());
    assert!(completed.next_timeout(Duration::MAX)?.is_none());
    Ok(())
}

fn wait_returns_at_the_first_result_the_first_error_or_the_last() -> Result<()> {
    // Two pools: futures need not be of one.
    let pools = [
        Pool::builder().workers(1).build()?,
        Pool::builder().workers(1).build()?,
    ];
    let (release, theirs) = Pipe::new()?;
    let futures = || -> Result<Vec<_>> {
        let waiting = pools[0].apply_async(wait_for, theirs.clone())?;
        Ok(vec![
            waiting,
            pools[1].apply_async(wait_for, Pipe::new()?.0)?,
        ])
    };
    let (done, pending) = wait(futures()?, ReturnWhen::FirstCompleted, None);
    assert_eq!((done.len(), pending.len()), (1, 1));
    assert!(done[0].done() && !pending[0].done());

    let (done, pending) = wait(
        pending,
        ReturnWhen::AllCompleted,
        Some(Duration::from_millis(5)),
    );
    assert_eq!((done.len(), pending.len()), (0, 1));

    let all = futures()?.into_iter().chain(pending);
    drop((release, theirs));
    let (done, pending) = wait(all, ReturnWhen::AllCompleted, None);
    assert_eq!((done.len(), pending.len()), (3, 0));

    let (_bell, theirs) = Pipe::<(), ()>::new()?;
    pools[0].apply_async(wait_for, theirs)?;
    let futures = vec![
        pools[0].apply_async(check, true)?,
        pools[1].apply_async(check, false)?,
    ];
    let (done, pending) = wait(futures, ReturnWhen::FirstException, None);
    assert!(matches!(done[0].exception(), Some(Error::Panicked { .. })));
    assert_eq!(pending.len(), 1);
    Ok(())
}
