//! Servers are put under load, and end with it.

mod tools;

use std::fs;
use std::process::Command;

use tools::{programs, unwrapped, without_options};

#[test]
fn the_load_measures_every_server() {
    let folder = programs("serving");
    let output = without_options(Command::new(folder.join("compare")))
        .args(["--quick", "--rounds", "1", "--only", "serve"])
        .args(["--techniques", "sequential,asyncio"])
        .output()
        .expect("compare starts");
    let text = unwrapped(&String::from_utf8(output.stdout).expect("text"));
    assert_eq!(output.status.code(), Some(0), "{text}");
    for said in [
        "To serve",
        "requests/s at most",
        "lost by a kill",
        "The load shares the cores",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }

    let page = text
        .split("side by side: ")
        .nth(1)
        .expect("where the page is");
    let page = page.split_whitespace().next().expect("a path");
    let page = fs::read_to_string(page).expect("the page");
    for chart in [
        "serve: how long 99%",
        "serve: memory against open connections",
    ] {
        assert!(page.contains(chart), "{chart}");
    }
}

#[test]
fn a_load_that_is_missing_fails_the_run_and_leaves_no_server() {
    let folder = programs("no-load");
    fs::remove_file(folder.join("load")).expect("it was there");
    let output = without_options(Command::new(folder.join("compare")))
        .args(["--quick", "--rounds", "1", "--only", "serve"])
        .args(["--techniques", "asyncio"])
        .output()
        .expect("compare starts");
    let text = unwrapped(&String::from_utf8(output.stdout).expect("text"));
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("serve-rate is not ranked: asyncio: cannot"),
        "{text}"
    );
    assert!(text.contains("load"), "{text}");
}
