//! A bad network is measured beside a good one, and is the same for every technique.

mod tools;

use std::fs;
use std::process::Command;

use tools::{programs, unwrapped, without_options};

#[test]
fn a_proxy_in_the_environment_costs_no_floor() {
    let folder = programs("proxy");
    let mut compare = without_options(Command::new(folder.join("compare")));
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        // No program can listen at port 0.
        for name in [name.to_owned(), name.to_uppercase()] {
            compare.env(name, "http://127.0.0.1:0");
        }
    }
    let output = compare
        .args(["--quick", "--rounds", "1", "--only", "sites"])
        .args(["--techniques", "threading,asyncio"])
        .output()
        .expect("compare starts");
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{text}");

    let results = fs::read(folder.join("../compare/latest/results.json")).expect("results");
    let results: serde_json::Value = serde_json::from_slice(&results).expect("JSON");
    let rows = results["experiments"].as_array().expect("rows");
    let sites = rows.iter().find(|row| row["name"] == "sites");
    for cell in sites.expect("a row")["cells"].as_array().expect("cells") {
        let held_back = &cell["rounds"][0]["ran"]["served_after"];
        assert!(held_back.as_f64() > Some(0.0), "{cell}");
    }
}

#[test]
fn all_techniques_meet_the_same_faults_and_the_report_has_their_price() {
    let folder = programs("network");
    let output = without_options(Command::new(folder.join("compare")))
        .args(["--quick", "--rounds", "1", "--only", "sites"])
        .args(["--techniques", "threading,asyncio", "--faults", "7:0.4"])
        .output()
        .expect("compare starts");
    let text = unwrapped(&String::from_utf8(output.stdout).expect("text"));
    assert_eq!(output.status.code(), Some(0), "{text}");
    for said in [
        "Of 60 pages, --faults 7:0.4: ",
        "wasted requests",
        "page p99, bad",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }

    let results = fs::read(folder.join("../compare/latest/results.json")).expect("results");
    let results: serde_json::Value = serde_json::from_slice(&results).expect("JSON");
    let rows = results["experiments"].as_array().expect("rows");
    let bad = rows.iter().find(|row| row["name"] == "sites-bad");
    let cells = bad.expect("a row")["cells"].as_array().expect("cells");
    let receipts: Vec<_> = cells
        .iter()
        .map(|cell| &cell["rounds"][0]["ran"]["receipt"])
        .collect();
    assert_eq!(receipts.len(), 2);
    assert_eq!(receipts[0]["tries"], receipts[1]["tries"]);
    assert!(
        receipts[0]["tries"]["corrupt"].as_u64() > Some(0),
        "{receipts:?}"
    );
}
