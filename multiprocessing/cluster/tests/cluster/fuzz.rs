//! Messages that are wrong in some way: none may stop a queue or a node.

use cluster::Broker;
use futures_util::StreamExt;
use lapin::BasicProperties;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldArray, FieldTable, ShortString};
use libtest_mimic::Trial;
use tokio::time::timeout;

use crate::tasks;
use crate::tools::{
    PATIENCE, ask_until, client, node, over_a_channel, task_in_json, trial, unique,
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("fuzz::no_message_stops_a_node_or_stays_in_its_queue", fuzz),
        trial(
            "fuzz::a_name_that_is_too_long_for_a_queue_fails_its_task_alone",
            long_names,
        ),
    ]
}

/// Marsaglia's xorshift: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.throw(of.len())]
    }
}

const BODIES: [&str; 14] = [
    "",
    "[",
    "null",
    "{}",
    "[[], {}]",
    "[[1, 2], {}, {}]",
    "[[1, 2], {}, {\"chain\": 7}]",
    "[[1, 2], {}, {\"chain\": [{}], \"callbacks\": [{\"task\": 5}]}]",
    "[[1, 2], {}, {\"chain\": [{\"task\": \"celery.group\", \"kwargs\": {\"tasks\": [1]}}]}]",
    "[[NaN, Infinity], {}, {}]",
    "[[99999999999999999999999999999999999999999, 1], {}, {}]",
    "[{\"__type__\": \"datetime\"}, {}, {}]",
    "[[[[[[[[[[[[]]]]]]]]]]]], {\"a\": {\"__type__\": \"x\", \"__value__\": [1]}}, null]",
    "[[\"\\ud800\"], {}, {}]",
];

const NAMES: [&str; 8] = [
    "task",
    "id",
    "eta",
    "expires",
    "timelimit",
    "retries",
    "group_index",
    "cluster-each",
];

const METHODS: [&str; 12] = [
    "ping",
    "revoke",
    "time_limit",
    "pool_shrink",
    "pool_grow",
    "add_consumer",
    "nosuch",
    "query_task",
    "rate_limit",
    "hello",
    "stats",
    "terminate",
];

const ARGUMENTS: [&str; 8] = [
    "null",
    "{}",
    "{\"n\": -1}",
    "{\"n\": 99999999999}",
    "{\"queue\": \"\"}",
    "{\"task_id\": [1, null, \"x\"], \"terminate\": \"yes\"}",
    "{\"task_name\": \"rust.add\", \"hard\": -1e400, \"soft\": 1e300}",
    "[]",
];

fn header(dice: &mut Dice) -> AMQPValue {
    let text = |text: &str| AMQPValue::LongString(text.into());
    match dice.throw(9) {
        0 => AMQPValue::Void,
        1 => AMQPValue::LongLongInt(i64::MIN),
        2 => AMQPValue::Double(-1e300),
        3 => AMQPValue::FieldArray(FieldArray::from(vec![
            AMQPValue::Double(-1.0),
            AMQPValue::Void,
        ])),
        4 => AMQPValue::FieldTable(FieldTable::default()),
        5 => AMQPValue::ByteArray(vec![255, 0, 128].into()),
        6 => text("2026-13-45"),
        7 => text(&"x".repeat(dice.throw(5000))),
        _ => text(dice.one::<&str>(&["rust.add", "celery.starmap", "rust.nothing", "nosuch", ""])),
    }
}

fn fuzz(broker: &Broker) {
    let queue = unique("fuzz");
    let (node, name) = node(broker, &queue, 1);
    over_a_channel(broker, async |channel| {
        let mut dice = Dice(0x2026_1129);
        let publish = async |exchange: &str, key: &str, properties, body: &[u8]| {
            let options = BasicPublishOptions::default();
            let (exchange, key) = (exchange.into(), key.into());
            let sent = channel
                .basic_publish(exchange, key, options, body, properties)
                .await;
            sent.unwrap().await.unwrap();
        };
        for number in 0..1500 {
            let mut headers = FieldTable::default();
            if dice.throw(4) > 0 {
                headers.insert("task".into(), AMQPValue::LongString("rust.add".into()));
                headers.insert(
                    "id".into(),
                    AMQPValue::LongString(number.to_string().into()),
                );
            }
            for _ in 0..dice.throw(4) {
                let name = *dice.one(&NAMES);
                headers.insert(name.into(), header(&mut dice));
            }
            let mut properties = BasicProperties::default().with_headers(headers);
            let content = *dice.one(&[
                "application/json",
                "application/json",
                "application/x-python-serialize",
                "",
            ]);
            properties = properties.with_content_type(content.into());
            if dice.throw(2) == 0 {
                properties = properties.with_reply_to(ShortString::from("no.such.queue"));
            }
            let mut body = dice.one(&BODIES).as_bytes().to_vec();
            if dice.throw(4) == 0 && !body.is_empty() {
                let place = dice.throw(body.len());
                body[place] = dice.throw(256) as u8;
            }
            publish("", &queue, properties, &body).await;
            if number % 10 == 0 {
                let (method, arguments) = (dice.one(&METHODS), dice.one(&ARGUMENTS));
                // Not for the nodes of other tests.
                let body = format!(
                    r#"{{"method": "{method}", "arguments": {arguments}, "destination": ["{name}"], "ticket": null}}"#
                );
                let cut = body.len() - dice.throw(2) * dice.throw(body.len());
                publish(
                    "celery.pidbox",
                    "",
                    BasicProperties::default(),
                    &body.as_bytes()[..cut],
                )
                .await;
            }
        }
    });
    let cluster = client(broker, &queue);
    assert_eq!(cluster.apply(tasks::add, (40, 2)).unwrap(), 42);
    assert!(node.is_alive());
    ask_until(|| broker.messages().unwrap()[&queue] == 0);
}

fn long_names(broker: &Broker) {
    let queue = unique("long-names");
    let (node, _) = node(broker, &queue, 1);
    over_a_channel(broker, async |channel| {
        let (answers, none) = (unique("answers"), FieldTable::default());
        let temporary = QueueDeclareOptions::durable();
        let declaring = channel.queue_declare(answers.as_str().into(), temporary, none.clone());
        declaring.await.unwrap();
        let consume = BasicConsumeOptions::default();
        let consuming = channel.basic_consume(answers.as_str().into(), "".into(), consume, none);
        let mut came = consuming.await.unwrap();
        let mut ask = async |exchange: &str, key: &str, task: &str, body: String| {
            let properties = task_in_json(task, &answers);
            let options = BasicPublishOptions::default();
            let (exchange, key) = (exchange.into(), key.into());
            let publishing =
                channel.basic_publish(exchange, key, options, body.as_bytes(), properties);
            publishing.await.unwrap().await.unwrap();
            let answer = timeout(PATIENCE, came.next()).await.expect("an answer");
            String::from_utf8(answer.unwrap().unwrap().data).unwrap()
        };

        let call = format!(
            r#"{{"task": "rust.nothing", "options": {{"queue": "{}"}}}}"#,
            "x".repeat(300)
        );
        for after in ["callbacks", "chain"] {
            let body = format!(r#"[[], {{}}, {{"{after}": [{call}]}}]"#);
            let answer = ask("", &queue, "rust.nothing", body).await;
            assert!(answer.contains("at most 255 bytes"), "{answer}");
        }

        // The key that a message came with may be as long as a name can be, and `.dead` has no room behind it.
        let (key, bind) = ("k".repeat(255), QueueBindOptions::default());
        let (from, none) = ("amq.direct".into(), FieldTable::default());
        let binding =
            channel.queue_bind(queue.as_str().into(), from, key.as_str().into(), bind, none);
        binding.await.unwrap();
        let answer = ask("amq.direct", &key, "rust.die", "[[], {}, {}]".into()).await;
        assert!(answer.contains("(3 times)"), "{answer}");
    });
    assert_eq!(
        cluster::dead(&broker.url(), &queue).unwrap()[0].id,
        "rust.die"
    );
    assert!(node.is_alive());
}
