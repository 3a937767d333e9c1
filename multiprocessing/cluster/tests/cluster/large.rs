//! A broker that takes only small messages, or has no room: what it refuses is answered, and nothing is sent for ever.

use std::thread;

use cluster::{Broker, Error};
use futures_util::StreamExt;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, QueueDeclareOptions, QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use libtest_mimic::Trial;
use tokio::time::timeout;

use crate::tasks;
use crate::tools::{PATIENCE, client, node, over_a_channel, task_in_json, trial, unique};

/// So many bytes this broker takes.
const MOST: usize = 10_000;

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "large::a_message_that_the_broker_does_not_take_is_an_error_of_its_task_alone",
            too_large,
        ),
        trial(
            "large::an_answer_that_the_broker_has_no_room_for_comes_when_it_has",
            no_room,
        ),
    ]
}

fn too_large(_: &Broker) {
    let settings = format!("max_message_size = {MOST}");
    let broker = Broker::start_with(&[], &settings).unwrap();
    let queue = unique("too-large");
    let (node, _) = node(&broker, &queue, 2);
    let cluster = client(&broker, &queue);

    let large = cluster.apply_async(tasks::echo, "x".repeat(MOST)).unwrap();
    let others: Vec<_> = (0..50)
        .map(|number| cluster.apply_async(tasks::square, number).unwrap())
        .collect();
    let error = large.get_timeout(PATIENCE).unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { bytes, most } if bytes > MOST && most == MOST),
        "{error:?}"
    );
    for (number, other) in (0..).zip(others) {
        assert_eq!(other.get_timeout(PATIENCE).unwrap(), number * number);
    }

    // A large answer to a small task, of a node that knows nothing of it, and then of one that does.
    for _ in 0..2 {
        let large = cluster.apply_async(tasks::repeat, MOST).unwrap();
        let other = cluster.apply_async(tasks::square, 5).unwrap();
        let error = large.get_timeout(PATIENCE).unwrap_err();
        assert!(
            matches!(&error, Error::Raised(it) if it.class == "MessageTooLarge"),
            "{error:?}"
        );
        assert_eq!(other.get_timeout(PATIENCE).unwrap(), 25);
    }

    // Chunks that are too large are divided: the first for what is sent, the second for what is answered.
    let text = "y".repeat(MOST / 20);
    let items = vec![text.clone(); 100];
    let echoed = cluster
        .imap_unordered_chunked(tasks::echo, items, 50)
        .unwrap();
    assert_eq!(
        echoed.filter(|it| it.as_ref().unwrap() == &text).count(),
        100
    );
    let repeated = cluster.imap_unordered_chunked(tasks::repeat, [MOST / 20; 100], 50);
    assert_eq!(repeated.unwrap().filter(Result::is_ok).count(), 100);
    assert!(node.is_alive());
}

fn no_room(broker: &Broker) {
    let queue = unique("no-room");
    let _node = node(broker, &queue, 1);
    over_a_channel(broker, async |channel| {
        let answers = unique("answers");
        let mut one = FieldTable::default();
        one.insert("x-max-length".into(), AMQPValue::LongInt(1));
        let overflow = AMQPValue::LongString("reject-publish".into());
        one.insert("x-overflow".into(), overflow);
        let durable = QueueDeclareOptions::durable();
        let declaring = channel.queue_declare(answers.as_str().into(), durable, one);
        declaring.await.unwrap();
        let publish = async |key: &str, task: &str| {
            let properties = task_in_json(task, &answers);
            let (options, body) = (BasicPublishOptions::default(), b"[[], {}, {}]");
            let publishing =
                channel.basic_publish("".into(), key.into(), options, body, properties);
            assert!(publishing.await.unwrap().await.unwrap().is_ack());
        };
        publish(&answers, "stands in the way").await;
        publish(&queue, "rust.nothing").await;
        // Its answer has been refused when the node has answered another task after it.
        let square = || client(broker, &queue).apply(tasks::square, 3).unwrap();
        // On a thread of its own: here it would block what keeps this connection.
        assert_eq!(thread::scope(|it| it.spawn(square).join().unwrap()), 9);
        let purge = QueuePurgeOptions::default();
        channel
            .queue_purge(answers.as_str().into(), purge)
            .await
            .unwrap();
        let (consume, none) = (BasicConsumeOptions::default(), FieldTable::default());
        let consuming = channel.basic_consume(answers.as_str().into(), "".into(), consume, none);
        let mut came = consuming.await.unwrap();
        let answer = timeout(PATIENCE, came.next()).await.expect("an answer");
        let answer = String::from_utf8(answer.unwrap().unwrap().data).unwrap();
        assert!(answer.contains("rust.nothing"), "{answer}");
    });
}
