//! Lost workers, nodes and brokers, and messages that nobody should send.

use std::time::{Duration, Instant};

use cluster::{Broker, Error};
use libtest_mimic::Trial;
use multiprocessing::Error as Process;

use crate::tasks;
use crate::tools::{client, node, start_node, trial, unique, wait_for};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("adversity::a_lost_node_costs_no_task", lost_node),
        trial(
            "adversity::a_node_that_is_asked_to_leave_finishes_and_hands_back",
            leave,
        ),
        trial(
            "adversity::a_task_that_kills_its_workers_lies_in_a_dead_letter_queue",
            dead,
        ),
        trial(
            "adversity::a_broker_that_is_killed_costs_no_task",
            killed_broker,
        ),
    ]
}

fn lost_node(broker: &Broker) {
    let queue = unique("lost-node");
    let (lost, _) = node(broker, &queue, 2);
    let cluster = client(broker, &queue);
    let naps: Vec<_> = (0..8)
        .map(|_| cluster.apply_async(tasks::nap, 0.2).unwrap())
        .collect();
    naps[0].get().unwrap();
    lost.signal("-KILL");
    let _other = node(broker, &queue, 2);
    for nap in naps {
        nap.get().unwrap();
    }
}

fn leave(broker: &Broker) {
    let queue = unique("leave");
    let (leaving, name) = node(broker, &queue, 1);
    let cluster = client(broker, &queue);
    let running = cluster.apply_async(tasks::nap, 6.0).unwrap();
    let unbegun = cluster.apply_async(tasks::square, 5).unwrap();
    wait_for(|| {
        let nodes = cluster::status(&broker.url()).unwrap();
        nodes
            .iter()
            .any(|node| node.name == name && node.tasks == 1)
    });
    leaving.signal("-TERM");
    running.get().unwrap();
    wait_for(|| !leaving.is_alive());
    assert!(!unbegun.done());
    let _other = node(broker, &queue, 1);
    assert_eq!(unbegun.get().unwrap(), 25);
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
    wait_for(|| letters().len() == 1);
    assert!(letters()[0].why.contains("3 times"));
}

fn killed_broker(_: &Broker) {
    let mut broker = Broker::start().unwrap();
    let queue = unique("killed");
    let name = format!("{}@test", unique("rust"));
    let _node = start_node(&broker.url(), &queue, &name, 2, None);
    let cluster = client(&broker, &queue);
    for _ in 0..2 {
        let naps: Vec<_> = (0..50_u64)
            .map(|number| {
                cluster
                    .apply_async(tasks::nap, 0.01 * (number % 5) as f64)
                    .unwrap()
            })
            .collect();
        naps[0].get().unwrap();
        broker.kill();
        broker.restart().unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        for nap in naps {
            let left = end.saturating_duration_since(Instant::now());
            nap.get_timeout(left).unwrap();
        }
    }
}
