//! Flower, which shows Celery's workers on web pages.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use cluster::Broker;
use libtest_mimic::Trial;

use crate::tools::{Guarded, PATIENCE, Python, ask_until, celery_trial, node, skip, unique};

pub fn trials() -> Vec<Trial> {
    vec![celery_trial(
        "flower::a_rust_node_is_online_and_has_its_page",
        page,
    )]
}

fn page(broker: &Broker, python: &Python) {
    if !python.has("flower") {
        let reason = format!("there is no Flower beside Celery {}", python.celery);
        return skip("flower::a_rust_node_is_online_and_has_its_page", &reason);
    }
    let queue = unique("flower");
    let (_node, name) = node(broker, &queue, 1);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut command = python.command(broker);
    command.args([
        "-m",
        "celery",
        "-A",
        "proj",
        "flower",
        "--address=127.0.0.1",
    ]);
    command.arg(format!("--port={port}"));
    // For the page of a node it asks that one, and waits no longer than until it has answered.
    command.arg(format!("--inspect_timeout={}", PATIENCE.as_millis()));
    let flower = Guarded::start(&command);
    flower.wait_until_it_says("Visit me at");
    let online = || {
        let (status, workers) = get(port, "/workers?json=1").unwrap_or_default();
        let workers: serde_json::Value = serde_json::from_str(&workers).unwrap_or_default();
        let rows = workers["data"].as_array().cloned().unwrap_or_default();
        let is_here = |row: &serde_json::Value| row["hostname"] == *name && row["status"] == true;
        status == 200 && rows.iter().any(is_here)
    };
    ask_until(online);
    assert_eq!(get(port, "/workers").unwrap().0, 200);
    ask_until(|| {
        let page = get(port, &format!("/worker/{name}")).unwrap_or_default();
        page.0 == 200 && page.1.contains(&name)
    });
    take_pictures(port, &name, &python.celery);
}

/// What people see, in target/tmp: the list of workers, and the node's page.
fn take_pictures(port: u16, name: &str, version: &str) {
    let folder = tempfile::tempdir().unwrap();
    for (path, file) in [("workers", "workers"), (&*format!("worker/{name}"), "node")] {
        let file = format!(
            "{}/flower-{version}-{file}.png",
            env!("CARGO_TARGET_TMPDIR")
        );
        let _ = fs::remove_file(&file);
        let mut browser = Command::new("chromium");
        // The user of a container is root, whom the sandbox refuses.
        browser.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1200,900",
        ]);
        browser.arg(format!("--user-data-dir={}", folder.path().display()));
        browser.arg(format!("--screenshot={file}"));
        browser.arg(format!("http://127.0.0.1:{port}/{path}"));
        match browser.output() {
            Ok(output) => assert!(is_picture(Path::new(&file)), "{output:?}"),
            Err(_) => {
                return skip(
                    "the pictures of Flower's pages",
                    "chromium is not installed",
                );
            }
        }
    }
}

fn is_picture(file: &Path) -> bool {
    fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG"))
}

/// Fetches a page: its status and its body.
fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
