//! Remote control and events, as Celery's own tools use them.

use cluster::Broker;
use libtest_mimic::Trial;

use crate::tools::{Python, celery_trial, node, unique};

pub fn trials() -> Vec<Trial> {
    vec![
        celery_trial("control::a_revoked_task_ends_within_a_second", revoke),
        celery_trial(
            "control::inspect_shows_a_rust_node_like_a_python_worker",
            inspect,
        ),
        celery_trial("control::status_lists_both_kinds_of_workers", status),
        celery_trial("control::a_node_grows_shrinks_and_takes_queues_on", grow),
    ]
}

fn revoke(broker: &Broker, python: &Python) {
    let queue = unique("revoke");
    let _node = node(broker, &queue, 1);
    let answer = python.call(broker, "revoked", &[&queue]);
    assert_eq!(answer[0][1], "TaskRevokedError");
    assert!(answer[1].as_f64().unwrap() < 1.0, "{answer}");
}

fn inspect(broker: &Broker, python: &Python) {
    let queue = unique("inspect");
    let (_node, name) = node(broker, &queue, 1);
    let worker = python.worker(broker, &format!("{queue}.py"));
    let asked = python.call(broker, "inspected", &[&queue]);
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
    let (_, python) = asked["stats"]
        .as_object()
        .unwrap()
        .iter()
        .find(|(it, _)| it.starts_with("python"))
        .unwrap();
    for key in python.as_object().unwrap().keys() {
        assert!(!asked["stats"][&name][key].is_null(), "stats without {key}");
    }
    drop(worker);
}

fn status(broker: &Broker, python: &Python) {
    let queue = unique("status");
    let (_node, name) = node(broker, &queue, 1);
    let _worker = python.worker(broker, &format!("{queue}.py"));
    let (succeeded, text) = python.celery(broker, &["status", "--timeout", "5"]);
    assert!(succeeded, "{text}");
    assert!(text.contains(&name) && text.contains("python"), "{text}");
    let (succeeded, text) = python.celery(broker, &["inspect", "ping", "--timeout", "5"]);
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
