//! What is written for a pool runs on nodes.

use std::collections::BTreeSet;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use cluster::{Broker, Cluster, Error, Exception, Future};
use futures_util::StreamExt;
use lapin::ExchangeKind;
use lapin::options::{
    BasicConsumeOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use libtest_mimic::Trial;
use multiprocessing::Error as Process;
use tokio::time::timeout;

use crate::tasks;
use crate::tools::{Gate, PATIENCE, client, client_at, node, over_a_channel, trial, unique};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "pool::a_map_has_the_results_in_the_order_of_the_items",
            in_order,
        ),
        trial("pool::several_nodes_share_the_items", shared),
        trial(
            "pool::a_long_task_waits_at_the_broker_for_whichever_node_is_free",
            long_ones,
        ),
        trial(
            "pool::a_task_behind_one_that_takes_long_goes_to_another_worker",
            slow_worker,
        ),
        trial(
            "pool::a_task_that_is_taken_back_as_its_turn_comes_has_its_result",
            at_the_border,
        ),
        trial(
            "pool::messages_behind_one_that_takes_long_go_to_another_node",
            slow_node,
        ),
        trial("pool::an_error_is_the_one_that_a_pool_has", errors),
        trial(
            "pool::an_item_that_kills_its_worker_costs_no_other_item",
            one_item,
        ),
        trial("pool::a_future_can_be_awaited_and_cancelled", futures),
        trial("pool::a_task_that_takes_too_long_is_overdue", overdue),
        trial(
            "pool::the_time_is_that_of_an_item_and_not_of_a_chunk",
            each_in_time,
        ),
        trial(
            "pool::what_a_panic_leaves_behind_costs_no_other_item",
            bombs,
        ),
        trial("pool::results_end_with_the_cluster", results_end),
        trial(
            "pool::a_task_is_cancelled_while_the_broker_is_away",
            cancelled_meanwhile,
        ),
    ]
}

fn in_order(broker: &Broker) {
    let queue = unique("in-order");
    let _node = node(broker, &queue, 2);
    let cluster = client(broker, &queue);
    let squares = cluster.map(tasks::square, 0..20_000).unwrap();
    assert!(squares.into_iter().eq((0..20_000).map(|it| it * it)));
    assert_eq!(
        cluster.apply(tasks::add, (1 << 100, 2)).unwrap(),
        (1 << 100) + 2
    );
    assert!(cluster.map(tasks::square, []).unwrap().is_empty());
}

fn shared(broker: &Broker) {
    let queue = unique("shared");
    let (_one, _other) = (node(broker, &queue, 1), node(broker, &queue, 1));
    let cluster = client(broker, &queue);
    let mut pids = BTreeSet::new();
    for pid in cluster
        .imap_unordered_chunked(tasks::pid, 0..200, 1)
        .unwrap()
    {
        pids.insert(pid.unwrap());
    }
    assert_eq!(pids.len(), 2);
}

fn long_ones(broker: &Broker) {
    let queue = unique("long-ones");
    let _one = node(broker, &queue, 1);
    let cluster = client(broker, &queue);
    // Each lasts for as long as its soft time limit.
    let long = Some(Duration::from_millis(300));
    for _ in 0..2 {
        let patient = cluster.call::<()>("rust.patient").time_limit(None, long);
        assert!(patient.send(()).unwrap().get().is_err());
    }
    let mut gates = [Gate::new(), Gate::new()];
    let tasks: Vec<_> = gates
        .iter()
        .map(|gate| cluster.apply_async(tasks::hold, gate.path()).unwrap())
        .collect();
    gates[0].wait_until_one_has_begun();
    // The first node has taken the second task neither then nor since: it would keep it for ever.
    let _other = node(broker, &queue, 1);
    gates[1].wait_until_one_has_begun();
    for gate in &mut gates {
        gate.open();
    }
    for task in tasks {
        task.get().unwrap();
    }
}

fn slow_worker(broker: &Broker) {
    let queue = unique("slow-worker");
    let _node = node(broker, &queue, 2);
    let cluster = client(broker, &queue);
    one_by_one(&cluster, 200);
    let mut gate = Gate::new();
    let slow = cluster.apply_async(tasks::hold, gate.path()).unwrap();
    // Some of these are sent to the worker that will not begin them.
    one_by_one(&cluster, 200);
    gate.open();
    slow.get().unwrap();
}

fn at_the_border(broker: &Broker) {
    let queue = unique("at-the-border");
    let _node = node(broker, &queue, 2);
    let cluster = client(broker, &queue);
    one_by_one(&cluster, 200);
    // The naps end when others wait no longer for them, about as often before that as after it.
    let naps: Vec<_> = (0..50)
        .map(|number| {
            let nap = cluster.apply_async(tasks::nap, 19 + number % 3).unwrap();
            (nap, send_squares(&cluster, 6))
        })
        .collect();
    for (nap, squares) in naps {
        nap.get_timeout(PATIENCE).unwrap();
        for (number, square) in (0..).zip(squares) {
            assert_eq!(square.get_timeout(PATIENCE).unwrap(), number * number);
        }
    }
}

fn slow_node(broker: &Broker) {
    let queue = unique("slow-node");
    let _slow = node(broker, &queue, 1);
    let cluster = client(broker, &queue);
    one_by_one(&cluster, 200);
    let mut gate = Gate::new();
    let slow = cluster.apply_async(tasks::hold, gate.path()).unwrap();
    gate.wait_until_one_has_begun();
    let squares = send_squares(&cluster, 20);
    // The first node has taken them, because all before were short, and has no worker for them.
    let _other = node(broker, &queue, 1);
    for (number, square) in (0..).zip(squares) {
        assert_eq!(square.get_timeout(PATIENCE).unwrap(), number * number);
    }
    gate.open();
    slow.get().unwrap();
}

/// Has so many squares computed, each in a message of its own.
fn one_by_one(cluster: &Cluster, count: u64) {
    for (number, square) in (0..).zip(send_squares(cluster, count)) {
        assert_eq!(square.get_timeout(PATIENCE).unwrap(), number * number);
    }
}

fn send_squares(cluster: &Cluster, count: u64) -> Vec<Future<u64>> {
    let send = |number| cluster.apply_async(tasks::square, number).unwrap();
    (0..count).map(send).collect()
}

fn errors(broker: &Broker) {
    let queue = unique("errors");
    let _node = node(broker, &queue, 2);
    let cluster = client(broker, &queue);

    let died = cluster.apply(tasks::die, ()).unwrap_err();
    assert!(
        matches!(died, Error::Process(Process::Died { .. })),
        "{died:?}"
    );
    let panicked = cluster.apply(tasks::panic, "help".to_owned()).unwrap_err();
    assert!(
        matches!(&panicked, Error::Process(Process::Panicked { message, .. }) if message == "help"),
        "{panicked:?}"
    );
    assert_eq!(cluster.apply(tasks::halve, 8).unwrap(), Ok(4));
    assert_eq!(
        cluster.apply(tasks::halve, 7).unwrap(),
        Err("7 is odd".to_owned())
    );
    let raised = cluster.apply(tasks::fail, "boom".to_owned()).unwrap();
    assert_eq!(raised, Err(Exception::value_error("boom")));
    let halves: Vec<_> = cluster.map(tasks::halve, 0..3).unwrap();
    assert_eq!(halves, [Ok(0), Err("1 is odd".to_owned()), Ok(1)]);
    let unknown = cluster.call::<u64>("rust.nosuch").send(()).unwrap().get();
    assert!(matches!(unknown, Err(Error::Raised(it)) if it.class == "NotRegistered"));
}

fn one_item(broker: &Broker) {
    let queue = unique("one-item");
    let _node = node(broker, &queue, 2);
    let cluster = Cluster::builder()
        .queue(&queue)
        .chunksize(10)
        .retries(0)
        .quiet();
    let cluster = cluster.connect(&broker.url()).unwrap();
    let items = (0..100).map(|number| (number, 42));
    let (mut right, mut dead) = (BTreeSet::new(), 0);
    for result in cluster.imap_unordered(tasks::die_of, items).unwrap() {
        match result {
            Ok(number) => assert!(right.insert(number)),
            Err(Error::Process(Process::Died { .. })) => dead += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!((right.len(), dead), (99, 1));
}

fn futures(broker: &Broker) {
    let queue = unique("futures");
    let node = node(broker, &queue, 1);
    let cluster = client(broker, &queue);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let future = cluster.apply_async(tasks::square, 9).unwrap();
    assert_eq!(runtime.block_on(future).unwrap(), 81);

    let mut gate = Gate::new();
    let slow = cluster.apply_async(tasks::hold, gate.path()).unwrap();
    let waiting = cluster.apply_async(tasks::square, 3).unwrap();
    let early = slow.get_timeout(Duration::from_millis(10));
    assert!(matches!(early, Err(Error::Process(Process::TimedOut))));
    assert!(waiting.cancel() && waiting.cancelled());
    assert!(matches!(
        waiting.get(),
        Err(Error::Process(Process::Cancelled))
    ));
    let (sender, receiver) = channel();
    slow.add_done_callback(move |result| sender.send(result).unwrap());
    gate.open();
    receiver.recv_timeout(PATIENCE).unwrap().unwrap();
    drop(node);
}

fn overdue(broker: &Broker) {
    let queue = unique("overdue");
    let _node = node(broker, &queue, 1);
    let limit = Duration::from_millis(300);
    let hasty = Cluster::builder().queue(&queue).timeout(limit).quiet();
    let hasty = hasty.connect(&broker.url()).unwrap();
    let error = hasty.apply(tasks::endless, ()).unwrap_err();
    assert!(
        matches!(&error, Error::Process(Process::Overdue { limit: found, .. }) if *found == limit),
        "{error:?}"
    );
    // The worker that comes in its place may take longer than that to start.
    let patient = client(broker, &queue);
    assert_eq!(patient.apply(tasks::square, 4).unwrap(), 16);
}

fn each_in_time(broker: &Broker) {
    let queue = unique("each-in-time");
    let _node = node(broker, &queue, 1);
    let limit = Duration::from_millis(300);
    let cluster = Cluster::builder().queue(&queue).timeout(limit).quiet();
    let cluster = cluster.connect(&broker.url()).unwrap();
    // All in one message would take a minute, and have no limit.
    let naps = cluster.imap_unordered_chunked(tasks::nap, [0, 60_000, 0], 3);
    let naps: Vec<_> = naps
        .unwrap()
        .map(|nap| nap.map_err(|it| it.to_string()))
        .collect();
    let overdue = naps.iter().filter(|it| it.is_err()).count();
    assert_eq!((naps.len(), overdue), (3, 1), "{naps:?}");
}

fn bombs(broker: &Broker) {
    let queue = unique("bombs");
    let _node = node(broker, &queue, 1);
    let cluster = client(broker, &queue);
    let results = cluster.imap_unordered_chunked(tasks::bomb, 0..10, 10);
    let (mut right, mut panicked) = (0, 0);
    for result in results.unwrap() {
        match result {
            Ok(_) => right += 1,
            Err(Error::Process(Process::Panicked { .. })) => panicked += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!((right, panicked), (9, 1));
}

fn results_end(broker: &Broker) {
    // Nobody takes tasks here.
    let queue = unique("results-end");
    for _ in 0..5 {
        let cluster = client(broker, &queue);
        let results = cluster.imap_unordered_chunked(tasks::square, 0..10_000, 1);
        let mut results = results.unwrap();
        let (sender, ended) = channel();
        let waiting = thread::spawn(move || {
            let failed = results.by_ref().filter(Result::is_err).count();
            sender.send(failed).unwrap();
        });
        drop(cluster);
        assert_eq!(ended.recv_timeout(PATIENCE), Ok(10_000));
        waiting.join().unwrap();
    }
}

fn cancelled_meanwhile(broker: &Broker) {
    let wire = Wire::to(broker.port());
    let url = format!("amqp://guest:guest@127.0.0.1:{}", wire.port);
    let cluster = client_at(&url, &unique("cancelled-meanwhile"));
    let task = cluster.apply_async(tasks::square, 3).unwrap();
    over_a_channel(broker, async |channel| {
        // What nodes are told.
        let (options, none) = (QueueDeclareOptions::default(), FieldTable::default());
        let queue = channel.queue_declare("".into(), options, none.clone());
        let queue = queue.await.unwrap().name().clone();
        let (bind, all) = (QueueBindOptions::default(), "".into());
        let (kind, fanout) = (ExchangeDeclareOptions::default(), ExchangeKind::Fanout);
        let exchange = channel.exchange_declare("celery.pidbox".into(), fanout, kind, none.clone());
        exchange.await.unwrap();
        let binding = channel.queue_bind(
            queue.clone(),
            "celery.pidbox".into(),
            all,
            bind,
            none.clone(),
        );
        binding.await.unwrap();
        let consume = BasicConsumeOptions::default();
        let consuming = channel.basic_consume(queue, "".into(), consume, none);
        let mut told = consuming.await.unwrap();

        wire.cut();
        wire.refuse_one();
        assert!(task.cancel());
        // It has looked at what it is to do after the first of these.
        wire.refuse_one();
        wire.refuse_one();
        wire.mend();
        // Other tests tell nodes of other things.
        let is_told = async {
            while let Some(Ok(request)) = told.next().await {
                if String::from_utf8_lossy(&request.data).contains(task.id()) {
                    return;
                }
            }
        };
        timeout(PATIENCE, is_told).await.expect("nodes are told");
    });
}

/// A wire that can be cut.
struct Wire {
    port: u16,
    is_cut: Arc<AtomicBool>,
    ends: Arc<Mutex<Vec<TcpStream>>>,
    refused: Receiver<()>,
}

impl Wire {
    fn to(port: u16) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (refuse, refused) = channel();
        let wire = Wire {
            port: listener.local_addr().unwrap().port(),
            is_cut: Arc::default(),
            ends: Arc::default(),
            refused,
        };
        let (is_cut, ends) = (Arc::clone(&wire.is_cut), Arc::clone(&wire.ends));
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if is_cut.load(Relaxed) {
                    drop(near);
                    if refuse.send(()).is_err() {
                        return;
                    }
                    continue;
                }
                let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
                let end = |it: &TcpStream| it.try_clone().unwrap();
                ends.lock().unwrap().extend([end(&near), end(&far)]);
                for (mut from, mut to) in [(end(&near), end(&far)), (far, near)] {
                    thread::spawn(move || std::io::copy(&mut from, &mut to));
                }
            }
        });
        wire
    }

    fn cut(&self) {
        self.is_cut.store(true, Relaxed);
        for end in self.ends.lock().unwrap().drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Waits until it has refused a connection.
    fn refuse_one(&self) {
        self.refused.recv_timeout(PATIENCE).unwrap();
    }

    fn mend(&self) {
        self.is_cut.store(false, Relaxed);
    }
}
