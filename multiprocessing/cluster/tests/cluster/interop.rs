//! With Celery, both ways, in each version that is installed.

use std::io::BufReader;

use cluster::{Broker, Error};
use libtest_mimic::Trial;
use serde_json::json;

use crate::tools::{Python, celery_trial, client, line, node, pipe, start_node, unique};

pub fn trials() -> Vec<Trial> {
    vec![
        celery_trial("interop::300_tasks_of_python_run_in_rust", to_rust),
        celery_trial("interop::300_tasks_of_rust_run_in_python", to_python),
        celery_trial(
            "interop::failures_are_the_python_classes_that_they_are",
            failures,
        ),
        celery_trial("interop::a_chain_goes_from_python_to_rust_to_python", chain),
        celery_trial("interop::a_group_and_a_starmap_are_answered", group),
        celery_trial("interop::a_chord_is_refused_with_a_sentence", chord),
        celery_trial(
            "interop::callbacks_get_the_result_and_errbacks_the_id",
            links,
        ),
        celery_trial("interop::a_retry_runs_again_until_it_may_no_more", retries),
        celery_trial("interop::a_task_for_later_runs_later", later),
    ]
}

fn to_rust(broker: &Broker, python: &Python) {
    let queue = unique("to-rust");
    let _node = node(broker, &queue, 2);
    let sums = python.call(broker, "many", &[&queue]);
    let expected: Vec<_> = (0..300).map(|number| number * 2).collect();
    assert_eq!(sums, json!(expected));
}

fn to_python(broker: &Broker, python: &Python) {
    let queue = unique("to-python");
    let _worker = python.worker(broker, &queue);
    let cluster = client(broker, &queue);
    let mut sums = Vec::new();
    for number in 0..300_i64 {
        sums.push(cluster.call::<i64>("proj.add").send((number, 1)).unwrap());
    }
    let sums: Vec<_> = sums.iter().map(|sum| sum.get().unwrap()).collect();
    assert!(sums.into_iter().eq(1..301));

    let error = cluster
        .call::<()>("proj.fail")
        .send(("boom",))
        .unwrap()
        .get();
    let Err(Error::Raised(exception)) = error else {
        panic!("{error:?}")
    };
    assert_eq!(exception.repr(), "ValueError('boom', 7)");
    assert_eq!(exception.module.as_deref(), Some("builtins"));
    let named = cluster.call::<i64>("proj.add").keyword("b", 5).unwrap();
    assert_eq!(named.send((1,)).unwrap().get().unwrap(), 6);
}

fn failures(broker: &Broker, python: &Python) {
    let queue = unique("failures");
    let _node = node(broker, &queue, 2);
    let is = python.call(broker, "errors", &[&queue]);
    assert_eq!(is["raised"], json!(["builtins", "ValueError", ["boom"]]));
    assert_eq!(
        is["unknown"],
        json!(["celery.exceptions", "NotRegistered", ["rust.nosuch"]])
    );
    let missing = "add() missing 1 required positional argument: 'b'";
    assert_eq!(is["missing"], json!(["builtins", "TypeError", [missing]]));
    let unexpected = "add() got an unexpected keyword argument 'c'";
    assert_eq!(
        is["unexpected"],
        json!(["builtins", "TypeError", [unexpected]])
    );
    assert_eq!(is["keyword"], json!(["value", 3]));
    assert_eq!(is["panic"][1], "Panic");
    assert_eq!(is["panic"][2], json!(["help"]));
    assert_eq!(is["died"][1], "WorkerLostError");
    assert_eq!(is["died"][0], "billiard.exceptions");
    assert_eq!(is["limit"][1], "TimeLimitExceeded");
    assert_eq!(is["soft"][1], "SoftTimeLimitExceeded");
    assert_eq!(is["expired"][1], "TaskRevokedError");
    assert_eq!(is["expired"][2], json!(["expired"]));
    assert_eq!(is["nan"][1], "DecodeError");
    assert_eq!(is["big"], "1000000000000000000000000000002");
    assert_eq!(is["date"], json!(["value", "2026-11-28T20:25:00"]));
    assert_eq!(is["none"], json!(["value", null]));
}

fn chain(broker: &Broker, python: &Python) {
    let queue = unique("chain");
    let _node = node(broker, &queue, 1);
    let _worker = python.worker(broker, &format!("{queue}.py"));
    assert_eq!(python.call(broker, "chained", &[&queue]), json!([17, 10]));
}

fn group(broker: &Broker, python: &Python) {
    let queue = unique("group");
    let _node = node(broker, &queue, 2);
    let sums: Vec<_> = (1..=20).collect();
    assert_eq!(
        python.call(broker, "grouped", &[&queue]),
        json!([sums, [3, 7]])
    );
}

fn chord(broker: &Broker, python: &Python) {
    let queue = unique("chord");
    let _node = node(broker, &queue, 1);
    let answer = python.call(broker, "chords", &[&queue]);
    assert_eq!(answer[1], "NotImplementedError");
    assert!(answer[2][0].as_str().unwrap().contains("group"), "{answer}");
}

fn links(broker: &Broker, python: &Python) {
    let queue = unique("links");
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes");
    let mut noted = BufReader::new(pipe(&notes));
    let name = format!("{}@test", unique("rust"));
    let _node = start_node(&broker.url(), &queue, &name, 1, Some(&notes));
    let answer = python.call(broker, "linked", &[&queue]);
    assert_eq!(answer[0], 3);
    assert_eq!(answer[1], "ValueError");
    assert_eq!(line(&mut noted), "3\n");
    assert_eq!(line(&mut noted), format!("{}\n", answer[2]));
}

fn retries(broker: &Broker, python: &Python) {
    let queue = unique("retries");
    let _node = node(broker, &queue, 1);
    let answer = python.call(broker, "retried", &[&queue]);
    assert_eq!(
        answer,
        json!([["value", 2], ["builtins", "ValueError", ["later"]]])
    );
}

fn later(broker: &Broker, python: &Python) {
    let queue = unique("later");
    let _node = node(broker, &queue, 1);
    let answer = python.call(broker, "later", &[&queue]);
    assert_eq!(answer[0], 3);
    assert!(answer[1].as_f64().unwrap() >= 0.99, "{answer}");
}
