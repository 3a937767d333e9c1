//! Remote control and events, as Celery's own tools use them.

use cluster::Broker;
use libtest_mimic::Trial;

use crate::tools::{PATIENCE, Python, ask_until, celery_trial, node, unique};

pub fn trials() -> Vec<Trial> {
    vec![
        celery_trial("control::a_revoked_task_ends_within_a_second", revoke),
        celery_trial(
            "control::inspect_shows_a_rust_node_like_a_python_worker",
            inspect,
        ),
        celery_trial("control::status_lists_both_kinds_of_workers", status),
        celery_trial("control::a_node_grows_shrinks_and_takes_queues_on", grow),
        celery_trial(
            "control::a_queue_that_is_cancelled_while_it_is_added_is_not_consumed",
            cancel,
        ),
    ]
}

fn revoke(broker: &Broker, python: &Python) {
    let queue = unique("revoke");
    let (_node, name) = node(broker, &queue, 1);
    let answer = python.call(broker, "revoked", &[&queue, &name]);
    for error in answer[0].as_array().unwrap() {
        assert_eq!(error[1], "TaskRevokedError", "{answer}");
    }
    // A second is for a machine that has time: where ten tasks without work take longer, so may this.
    let [end, ten_trips] = [1, 2].map(|place: usize| answer[place].as_f64().unwrap());
    assert!(end < 1.0 + ten_trips, "{answer}");
}

fn inspect(broker: &Broker, python: &Python) {
    let queue = unique("inspect");
    let (_node, name) = node(broker, &queue, 1);
    let (_worker, worker) = python.worker(broker, &format!("{queue}.py"));
    let asked = python.call(broker, "inspected", &[&queue, &name, &worker]);
    assert_eq!(asked["ping"][&name]["ok"], "pong");
    assert!(asked["stats"][&name]["total"].is_object());
    let registered = asked["registered"][&name].as_array().unwrap();
    assert!(registered.contains(&"rust.add".into()));
    assert_eq!(asked["scheduled"][&name][0]["request"]["name"], "rust.add");
    assert_eq!(asked["active_queues"][&name][0]["name"], queue.as_str());
    for method in ["active", "reserved", "revoked"] {
        assert!(asked[method][&name].is_array(), "{method}: {asked}");
    }
    assert!(asked["conf"][&name].is_object());
    // What Python's workers say of themselves, a node says, too.
    for key in asked["stats"][&worker].as_object().unwrap().keys() {
        assert!(!asked["stats"][&name][key].is_null(), "stats without {key}");
    }
}

fn status(broker: &Broker, python: &Python) {
    let queue = unique("status");
    let (_node, name) = node(broker, &queue, 1);
    let (_worker, worker) = python.worker(broker, &format!("{queue}.py"));
    // It asks all workers, so that it cannot know when all have answered: each time it waits longer.
    let mut seconds = 1;
    ask_until(|| {
        let (succeeded, text) =
            python.celery(broker, &["status", "--timeout", &seconds.to_string()]);
        seconds *= 2;
        succeeded && text.contains(&name) && text.contains(&worker)
    });
    let patience = PATIENCE.as_secs().to_string();
    let ping = [
        "inspect",
        "ping",
        "--timeout",
        &patience,
        "--destination",
        &name,
    ];
    let (succeeded, text) = python.celery(broker, &ping);
    assert!(succeeded && text.contains(&name), "{text}");
}

fn grow(broker: &Broker, python: &Python) {
    let queue = unique("grow");
    let (_node, name) = node(broker, &queue, 1);
    let is = python.call(broker, "controlled", &[&queue, &name]);
    assert_eq!(is["more"], 3, "{is}");
    assert_eq!(is["fewer"], 1, "{is}");
    assert_eq!(is["other"], 23, "{is}");
    assert_eq!(is["queues"], serde_json::json!([queue]), "{is}");
    assert_eq!(is["overdue"][1], "TimeLimitExceeded", "{is}");
    assert!(is["rate"][0][&name]["error"].is_string(), "{is}");
}

fn cancel(broker: &Broker, python: &Python) {
    let queue = unique("cancel");
    let (_node, name) = node(broker, &queue, 1);
    let queues = python.call(broker, "cancelled", &[&queue, &name]);
    assert_eq!(queues, serde_json::json!([queue]));
}
