//! Lost workers, nodes and brokers.

use cluster::{Broker, Error};
use futures_util::StreamExt;
use lapin::BasicProperties;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use libtest_mimic::Trial;
use multiprocessing::Error as Process;
use tokio::time::timeout;

use crate::tasks;
use crate::tools::{Gate, PATIENCE, client, node, over_a_channel, start_node, trial, unique};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("adversity::a_lost_node_costs_no_task", lost_node),
        trial(
            "adversity::a_node_that_is_asked_to_leave_finishes_and_hands_back",
            leave,
        ),
        trial(
            "adversity::a_node_that_is_interrupted_at_a_terminal_finishes_what_it_has_begun",
            interrupted,
        ),
        trial(
            "adversity::a_task_that_kills_its_workers_lies_in_a_dead_letter_queue",
            dead,
        ),
        trial(
            "adversity::a_broker_that_is_killed_costs_no_task_and_no_confirmed_message",
            killed_broker,
        ),
    ]
}

fn lost_node(broker: &Broker) {
    let queue = unique("lost-node");
    let (lost, _) = node(broker, &queue, 2);
    let cluster = client(broker, &queue);
    assert_eq!(cluster.apply(tasks::square, 3).unwrap(), 9);
    let mut gate = Gate::new();
    let held: Vec<_> = (0..8)
        .map(|_| cluster.apply_async(tasks::hold, gate.path()).unwrap())
        .collect();
    for _ in 0..2 {
        gate.wait_until_one_has_begun();
    }
    lost.signal("-KILL");
    gate.open();
    let _other = node(broker, &queue, 2);
    for task in held {
        task.get_timeout(PATIENCE).unwrap();
    }
}

fn leave(broker: &Broker) {
    let queue = unique("leave");
    let (leaving, _) = node(broker, &queue, 1);
    let cluster = client(broker, &queue);
    let mut gate = Gate::new();
    let running = cluster.apply_async(tasks::hold, gate.path()).unwrap();
    let unbegun = cluster.apply_async(tasks::square, 5).unwrap();
    gate.wait_until_one_has_begun();
    leaving.signal("-TERM");
    leaving.wait_until_it_says("finishes what it has begun");
    gate.open();
    running.get_timeout(PATIENCE).unwrap();
    leaving.wait_until_it_ends();
    assert!(!unbegun.done());
    let _other = node(broker, &queue, 1);
    assert_eq!(unbegun.get_timeout(PATIENCE).unwrap(), 25);
}

fn interrupted(broker: &Broker) {
    let queue = unique("interrupted");
    let (node, _) = node(broker, &queue, 1);
    let cluster = client(broker, &queue);
    let mut gate = Gate::new();
    let running = cluster.apply_async(tasks::hold, gate.path()).unwrap();
    gate.wait_until_one_has_begun();
    node.interrupt();
    node.wait_until_it_says("finishes what it has begun");
    gate.open();
    // No other node is there that could do it.
    running.get_timeout(PATIENCE).unwrap();
    node.wait_until_it_ends();
}

fn dead(broker: &Broker) {
    let queue = unique("dead");
    let _node = node(broker, &queue, 1);
    let cluster = client(broker, &queue);
    let deadly = cluster.apply_async(tasks::die, ()).unwrap();
    let others = cluster.map(tasks::square, 0..100).unwrap();
    assert_eq!(others.len(), 100);
    let id = deadly.id().to_owned();
    let error = deadly.get().unwrap_err();
    assert!(matches!(error, Error::Process(Process::Died { .. })));

    let letters = || cluster::dead(&broker.url(), &queue).unwrap();
    assert_eq!(letters().len(), 1);
    assert_eq!(letters()[0].id, id);
    assert!(
        letters()[0].why.contains("signal 6 (3 times)"),
        "{:?}",
        letters()
    );
    assert_eq!(cluster::again(&broker.url(), &queue, "nosuch").unwrap(), 0);
    assert_eq!(cluster::again(&broker.url(), &queue, &id).unwrap(), 1);
    wait_for_message(broker, &format!("{queue}.dead"));
    assert_eq!(letters().len(), 1);
    assert!(letters()[0].why.contains("3 times"));
}

fn killed_broker(_: &Broker) {
    let mut broker = Broker::start().unwrap();
    let queue = unique("killed");
    let name = format!("{}@test", unique("rust"));
    let _node = start_node(&broker.url(), &queue, &name, 2, None);
    let cluster = client(&broker, &queue);
    let confirmed = unique("confirmed");
    publish_confirmed(&broker, &confirmed, 500);
    for _ in 0..2 {
        let mut gate = Gate::new();
        let squares: Vec<_> = (0..50)
            .map(|number| cluster.apply_async(tasks::square, number).unwrap())
            .collect();
        let held = cluster.apply_async(tasks::hold, gate.path()).unwrap();
        // One worker waits at the gate, or will, the other is anywhere in its work.
        squares[0].get_timeout(PATIENCE).unwrap();
        broker.kill();
        broker.restart().unwrap();
        gate.open();
        held.get_timeout(PATIENCE).unwrap();
        for (number, square) in (0..).zip(squares) {
            assert_eq!(square.get_timeout(PATIENCE).unwrap(), number * number);
        }
        assert_eq!(broker.messages().unwrap()[&confirmed], 500);
    }
}

/// Publishes messages to a queue of their own, and waits until the broker has confirmed all.
fn publish_confirmed(broker: &Broker, queue: &str, count: u32) {
    over_a_channel(broker, async |channel| {
        let (durable, none) = (QueueDeclareOptions::durable(), FieldTable::default());
        let declaring = channel.queue_declare(queue.into(), durable, none);
        declaring.await.unwrap();
        let mut confirms = Vec::new();
        for number in 0..count {
            let properties = BasicProperties::default().with_delivery_mode(2);
            let options = BasicPublishOptions::default();
            let body = number.to_string();
            let publishing = channel.basic_publish(
                "".into(),
                queue.into(),
                options,
                body.as_bytes(),
                properties,
            );
            confirms.push(publishing.await.unwrap());
        }
        for confirm in confirms {
            assert!(confirm.await.unwrap().is_ack());
        }
    });
}

/// Waits for a message in a queue. It stays there.
fn wait_for_message(broker: &Broker, queue: &str) {
    over_a_channel(broker, async |channel| {
        let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
        let consuming = channel.basic_consume(queue.into(), "".into(), options, none);
        let mut messages = consuming.await.unwrap();
        let message = timeout(PATIENCE, messages.next()).await.expect("a message");
        message.unwrap().unwrap();
    });
}
