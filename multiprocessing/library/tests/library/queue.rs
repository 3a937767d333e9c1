//! Pipes and queues between processes.

use std::collections::HashSet;
use std::time::Duration;

use multiprocessing::{Consumer, Error, Pipe, Pool, Process, Producer, Queue, Result, Task, Value};
use rustix::process::{Resource, Rlimit, Uid, geteuid, setrlimit};
use rustix::thread::set_thread_uid;
use serde::{Deserialize, Serialize};

use crate::pool::{measure, stop_at};
use crate::tools::{Bytes, eventually, never_return, wait_for};

crate::trials![
    calls_that_do_not_wait_say_that_the_queue_is_full_or_empty,
    a_full_pipe_is_not_waited_for_longer_than_asked,
    a_pipe_carries_values_both_ways,
    a_pipe_ends_when_the_other_end_is_gone,
    poll_tells_whether_there_is_something,
    an_end_crosses_through_another_pipe,
    two_readers_of_one_end_get_whole_messages,
    a_queue_keeps_order_and_types,
    a_queue_of_many_producers_and_consumers_loses_nothing,
    long_items_go_through_a_queue,
    a_consumer_killed_in_get_costs_nothing,
    a_producer_that_is_gone_ends_the_queue,
    a_full_queue_waits_for_a_consumer,
    a_queue_without_consumers_refuses,
    long_messages_wait_while_too_many_are_on_their_way,
    ends_do_not_cross_in_anything_but_messages,
    a_message_carries_so_many_descriptors_and_no_more,
];

pub fn answer(pipe: Pipe<String, u32>) {
    while let Ok(number) = pipe.recv() {
        pipe.send(format!("number {number}")).unwrap();
    }
}

fn a_pipe_carries_values_both_ways() -> Result<()> {
    let (ours, theirs) = Pipe::<u32, String>::new()?;
    let process = Process::spawn(answer, theirs)?;
    for number in 0..100 {
        ours.send(number)?;
        assert_eq!(ours.recv()?, format!("number {number}"));
    }
    drop(ours);
    assert_eq!(process.join()?, 0);
    Ok(())
}

fn a_pipe_ends_when_the_other_end_is_gone() -> Result<()> {
    let (one, other) = Pipe::<u32>::new()?;
    other.send(1)?;
    drop(other);
    assert_eq!(one.recv()?, 1);
    assert!(matches!(one.recv(), Err(Error::Disconnected)));
    assert!(matches!(one.send(2), Err(Error::Disconnected)));
    Ok(())
}

fn poll_tells_whether_there_is_something() -> Result<()> {
    let (one, other) = Pipe::<u32>::new()?;
    assert!(!one.poll(Duration::ZERO)?);
    assert!(matches!(
        one.recv_timeout(Duration::from_millis(1)),
        Err(Error::TimedOut)
    ));
    other.send(1)?;
    assert!(one.poll(Duration::MAX)?);
    assert_eq!(one.recv_timeout(Duration::ZERO)?, 1);
    drop(other);
    assert!(one.poll(Duration::MAX)?);
    Ok(())
}

fn an_end_crosses_through_another_pipe() -> Result<()> {
    let (post, letterbox) = Pipe::<Pipe<String, u32>>::new()?;
    let (ours, theirs) = Pipe::<u32, String>::new()?;
    post.send(theirs)?;
    let process = Process::spawn(answer, letterbox.recv()?)?;
    ours.send(7)?;
    assert_eq!(ours.recv()?, "number 7");
    drop(ours);
    assert_eq!(process.join()?, 0);
    Ok(())
}

fn two_readers_of_one_end_get_whole_messages() -> Result<()> {
    let (ours, theirs) = Pipe::<u32, String>::new()?;
    let readers = [(); 2].map(|()| Process::spawn(answer, theirs.clone()));
    drop(theirs);
    let mut answers = HashSet::new();
    for number in 0..1000 {
        ours.send(number)?;
        if number >= 100 {
            answers.insert(ours.recv()?);
        }
    }
    for _ in 0..100 {
        answers.insert(ours.recv()?);
    }
    assert_eq!(
        answers,
        (0..1000).map(|number| format!("number {number}")).collect()
    );
    drop(ours);
    for reader in readers {
        assert_eq!(reader?.join()?, 0);
    }
    Ok(())
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Thing {
    Number(u32),
    Nothing,
    Text(String),
}

fn a_queue_keeps_order_and_types() -> Result<()> {
    let queue = Queue::new()?;
    let things = [
        Thing::Number(42),
        Thing::Nothing,
        Thing::Text("hello".to_owned()),
    ];
    for thing in things.clone() {
        queue.put(thing)?;
    }
    for thing in things {
        assert_eq!(queue.get()?, thing);
    }
    assert!(matches!(
        queue.get_timeout(Duration::ZERO),
        Err(Error::TimedOut)
    ));
    Ok(())
}

pub fn produce(items: std::ops::Range<u64>, length: usize, queue: Producer<(u64, Bytes)>) {
    for item in items {
        queue.put((item, Bytes(vec![item as u8; length]))).unwrap();
    }
}

pub fn consume(queue: Consumer<(u64, Bytes)>) -> Vec<u64> {
    let check = |(item, bytes): (u64, Bytes)| {
        assert!(bytes.0.iter().all(|&byte| byte == item as u8));
        item
    };
    queue.map(|item| check(item.unwrap())).collect()
}

/// Every item comes out of one consumer, and out of each in the order of its producer.
fn through_a_queue(items: u64, length: usize) -> Result<()> {
    let (producer, consumer) = Queue::new()?.split();
    let half = items / 2;
    let consumers = [(); 3].map(|()| Process::spawn(consume, consumer.clone()));
    drop(consumer);
    let producers = [0..half, half..items]
        .map(|part| Process::spawn(produce, (part, length, producer.clone())));
    drop(producer);
    for producer in producers {
        assert_eq!(producer?.join()?, 0);
    }
    let mut all = Vec::new();
    for consumer in consumers {
        let got = consumer?.result()?;
        let (first, second): (Vec<u64>, Vec<u64>) = got.iter().partition(|&&item| item < half);
        assert!(first.is_sorted() && second.is_sorted());
        all.extend(got);
    }
    all.sort_unstable();
    assert!(all.into_iter().eq(0..items));
    Ok(())
}

fn a_queue_of_many_producers_and_consumers_loses_nothing() -> Result<()> {
    through_a_queue(2000, 10)
}

fn long_items_go_through_a_queue() -> Result<()> {
    through_a_queue(40, 1 << 20)
}

/// Gets one item, tells that it has it, and keeps it.
pub fn hold(queue: Consumer<(u64, Bytes)>, got: Producer<u64>) {
    got.put(queue.get().unwrap().0).unwrap();
    never_return();
}

fn a_consumer_killed_in_get_costs_nothing() -> Result<()> {
    let (producer, consumer) = Queue::<(u64, Bytes)>::new()?.split();
    for _ in 0..20 {
        let waiting = [(); 3].map(|()| Process::spawn(consume, consumer.clone()));
        for process in waiting {
            let process = process?;
            // It sleeps in the system's receive, or is on its way there.
            process.kill()?;
            assert_eq!(process.join()?, -9);
        }
    }
    let waiting = Process::spawn(consume, consumer.clone())?;
    let stat = format!("/proc/{}/stat", waiting.pid());
    eventually("it sleeps", || {
        std::fs::read_to_string(&stat).unwrap().contains(") S ")
    });
    waiting.kill()?;
    waiting.join()?;

    // One who has an item when it is killed takes that item along, and no other.
    let (got, gotten) = Queue::new()?.split();
    let holding = Process::spawn(hold, (consumer.clone(), got))?;
    for item in 0..10 {
        producer.put((item, Bytes(vec![])))?;
    }
    assert_eq!(gotten.get()?, 0);
    holding.kill()?;
    let consumer = Process::spawn(consume, consumer)?;
    drop(producer);
    assert!(consumer.result()?.into_iter().eq(1..10));
    Ok(())
}

fn a_producer_that_is_gone_ends_the_queue() -> Result<()> {
    let (producer, mut consumer) = Queue::new()?.split();
    let process = Process::spawn(produce, (0..5, 1, producer))?;
    assert_eq!(consumer.by_ref().collect::<Result<Vec<_>>>()?.len(), 5);
    assert!(consumer.next().is_none());
    assert!(matches!(consumer.get(), Err(Error::Disconnected)));
    process.join()?;
    Ok(())
}

fn a_full_queue_waits_for_a_consumer() -> Result<()> {
    let (producer, consumer) = Queue::<u64>::new()?.split();
    let mut count = 0;
    while producer.put_timeout(count, Duration::ZERO).is_ok() {
        count += 1;
    }
    assert!(count >= 200, "it holds {count} items");
    assert!(matches!(
        producer.put_timeout(count, Duration::ZERO),
        Err(Error::TimedOut)
    ));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| producer.put(count));
        for item in 0..=count {
            assert_eq!(consumer.get()?, item);
        }
        waiting.join().unwrap()
    })
}

/// Makes this process that of a user for whom the system lets 65 long messages be on their way, and
/// no more: root may send as many as it likes. `false`: it cannot be.
pub fn become_limited(user: u32) -> bool {
    if geteuid().is_root() && set_thread_uid(Uid::from_raw(user)).is_err() {
        return false;
    }
    let limit = Rlimit {
        current: Some(64),
        maximum: Some(64),
    };
    setrlimit(Resource::Nofile, limit).unwrap();
    true
}

pub fn long() -> Bytes {
    Bytes(vec![7; 40_000])
}

/// Puts in as many long messages as can be on their way. `None`: this system counts none.
pub fn put_all(producer: &Producer<Bytes>) -> Option<u32> {
    (0..100).find(|_| producer.put_timeout(long(), Duration::ZERO).is_err())
}

/// Runs a task that says whether this system lets few messages be on their way.
pub fn unless_unlimited<S, F>(task: F) -> Result<()>
where
    F: Task<S, Arguments = (), Output = bool>,
{
    if !Process::spawn(task, ())?.result()? {
        eprintln!("skipped: this system lets any number of messages be on their way");
    }
    Ok(())
}

pub fn with_few_on_their_way() -> bool {
    if !become_limited(54_321) {
        return false;
    }
    let pool = Pool::builder().workers(4).build().unwrap();

    // However many wait for the workers, few are on their way to them.
    let releases = [(); 4].map(|()| Pipe::new().unwrap());
    let theirs = releases.each_ref().map(|(_, theirs)| theirs.clone());
    let busy = theirs.map(|it| pool.apply_async(wait_for, it).unwrap());
    let mut waiting = pool
        .imap(measure, std::iter::repeat_n(long(), 200))
        .unwrap();
    drop(releases);
    assert!(busy.iter().all(|future| future.get().is_ok()));
    assert!(waiting.all(|length| length.unwrap() == 40_000));

    // What was taken back from a worker lies in its socket until it comes to its next task.
    let (release, theirs) = Pipe::new().unwrap();
    let begun = Value::<u32>::new(0).unwrap();
    let tasks = [(); 4].map(|()| (theirs.clone(), begun.clone()));
    drop(theirs);
    let tasks = tasks.map(|it| pool.apply_async(stop_at, it).unwrap());
    eventually("each worker has begun one", || begun.get() == 4);
    drop(release);
    assert!(tasks.iter().all(|task| task.get().is_ok()));

    let (producer, consumer) = Queue::new().unwrap().split();
    let Some(count) = put_all(&producer) else {
        return false;
    };
    // Now those that go to a pool wait, too: with it, and those of another queue with who puts.
    let result = pool.apply_async(measure, long()).unwrap();
    let short = result.get_timeout(Duration::from_millis(20));
    assert!(matches!(short, Err(Error::TimedOut)), "{short:?}");
    let (other, receiver) = Queue::new().unwrap().split();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| producer.put(long()).unwrap());
        let in_vain = scope.spawn(|| other.put(long()));
        drop(receiver);
        assert!(matches!(in_vain.join().unwrap(), Err(Error::Disconnected)));
        for _ in 0..=count {
            assert_eq!(consumer.get().unwrap(), long());
        }
        waiting.join().unwrap();
    });
    assert_eq!(result.get().unwrap(), 40_000);
    true
}

fn long_messages_wait_while_too_many_are_on_their_way() -> Result<()> {
    unless_unlimited(with_few_on_their_way)
}

fn a_queue_without_consumers_refuses() -> Result<()> {
    let (producer, consumer) = Queue::<u64>::new()?.split();
    drop(consumer);
    assert!(matches!(producer.put(1), Err(Error::Disconnected)));
    Ok(())
}

fn ends_do_not_cross_in_anything_but_messages() -> Result<()> {
    let queue = Queue::<u64>::new()?;
    let error = serde_json::to_string(&queue.producer())
        .unwrap_err()
        .to_string();
    assert!(error.contains("cross only between processes"), "{error}");
    let error = serde_json::from_str::<Queue<u64>>("{\"producer\":{\"socket\":0,\"item\":null}}");
    let error = error.unwrap_err().to_string();
    assert!(error.contains("no such descriptor"), "{error}");
    Ok(())
}

fn a_message_carries_so_many_descriptors_and_no_more() -> Result<()> {
    let limit = multiprocessing::DESCRIPTOR_LIMIT;
    let (one, other) = Pipe::<Vec<Pipe<u32>>>::new()?;
    let (near, far) = Pipe::new()?;
    one.send(vec![far.clone(); limit])?;
    let received = other.recv()?;
    assert_eq!(received.len(), limit);
    received[limit - 1].send(5)?;
    assert_eq!(near.recv()?, 5);
    let error = one.send(vec![far.clone(); limit + 1]).unwrap_err();
    assert!(matches!(error, Error::TooManyDescriptors { count } if count == limit + 1));

    // A pool finds it out before a worker is concerned.
    let pool = Pool::builder().workers(1).build()?;
    let error = pool.apply(never_asked, vec![far; limit + 1]).unwrap_err();
    assert!(
        matches!(error, Error::TooManyDescriptors { .. }),
        "{error:?}"
    );
    Ok(())
}

pub fn never_asked(_: Vec<Pipe<u32>>) {}

fn calls_that_do_not_wait_say_that_the_queue_is_full_or_empty() -> Result<()> {
    let (near, far) = Pipe::<u32>::new()?;
    assert!(matches!(far.try_recv(), Err(Error::Empty)));
    let queue = Queue::new()?;
    assert!(matches!(queue.try_get(), Err(Error::Empty)));
    let (mut sent, mut put) = (0, 0);
    let full = loop {
        match near.try_send(sent) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, Error::Full), "{full:?}");
    let full = loop {
        match queue.try_put(put) {
            Ok(()) => put += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, Error::Full), "{full:?}");
    // What was refused was not sent, and what was sent comes in order.
    for number in 0..sent {
        assert_eq!(far.try_recv()?, number);
    }
    for number in 0..put {
        assert_eq!(queue.try_get()?, number);
    }
    assert!(matches!(far.try_recv(), Err(Error::Empty)));
    assert!(matches!(queue.try_get(), Err(Error::Empty)));
    near.try_send(1)?;
    queue.try_put(1)?;
    drop(near);
    assert_eq!(far.try_recv()?, 1);
    // A process that another test starts at this moment has copies of all files until it runs its program.
    let end = far.recv_timeout(Duration::from_secs(60));
    assert!(matches!(end, Err(Error::Disconnected)), "{end:?}");
    assert!(matches!(far.try_recv(), Err(Error::Disconnected)));
    assert!(matches!(far.try_send(1), Err(Error::Disconnected)));
    Ok(())
}

fn a_full_pipe_is_not_waited_for_longer_than_asked() -> Result<()> {
    let (near, far) = Pipe::<u32>::new()?;
    while near.try_send(1).is_ok() {}
    let sent = near.send_timeout(2, Duration::from_millis(10));
    assert!(matches!(sent, Err(Error::TimedOut)), "{sent:?}");
    far.recv()?;
    near.send_timeout(2, Duration::from_secs(60))
}
