//! An interpreter that cannot be measured costs a line, and Rust's rows nothing.

mod tools;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use tools::{programs, unwrapped, without_options};

/// No run here takes longer, on any machine: whatever does is hung.
const HUNG: Duration = Duration::from_secs(120);

/// A Python 3.99 whose twins do what this shell script does.
fn interpreter(folder: &Path, name: &str, twin: &str) -> String {
    let path = folder.join(name);
    let description = r#"{"version": "3.99.0", "implementation": "CPython", "free_threading": false, "interpreters": false, "missing": []}"#;
    let script = format!(
        "#!/bin/sh\nif [ \"$2\" = interpreter ]; then echo '{description}'; exit; fi\n{twin}\n"
    );
    fs::write(&path, script).expect("a disk with space");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a file of our own");
    path.to_str().expect("a path in UTF-8").to_owned()
}

#[test]
fn an_interpreter_that_cannot_be_measured_costs_a_line_and_rusts_rows_nothing() {
    let folder = programs("python");
    let nonsense = interpreter(&folder, "nonsense", "echo hello");
    let crashing = interpreter(
        &folder,
        "crashing",
        "printf 'Traceback (most recent call last):\\n  where\\nOSError: all wrong\\n' >&2; exit 1",
    );
    let wrong = interpreter(
        &folder,
        "wrong",
        r#"echo '{"program": "threading", "workload": "waiter", "seconds": 1.0, "receipt": {"units": 4, "bytes": 0, "answer": "nothing"}}'"#,
    );
    let compare = std::process::Command::new(folder.join("compare"));
    let mut compare = assert_cmd::Command::from_std(without_options(compare));
    let output = compare
        .args(["--quick", "--rounds", "1", "--only", "waiter"])
        .args(["--techniques", "threading", "--python"])
        .arg(format!("python9.99,{nonsense},{crashing},{wrong}"))
        .timeout(HUNG)
        .output()
        .expect("compare starts");
    let stdout = String::from_utf8(output.stdout).expect("programs print UTF-8");
    let stderr = String::from_utf8(output.stderr).expect("programs print UTF-8");

    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    assert!(
        stderr.contains("Rust is measured, but not every Python"),
        "{stderr}"
    );
    // Lines are wrapped to the terminal's width.
    let text = unwrapped(&stdout);
    for (name, trouble) in [
        (
            "python9.99",
            "there is no such program: install it, or name another with PYTHON=python3",
        ),
        ("nonsense", "printed no receipt"),
        ("crashing", "OSError: all wrong"),
        ("wrong", "4 units with nothing, where Rust has 5 with"),
    ] {
        assert!(
            text.contains(name) && text.contains(trouble),
            "{name}: {stdout}"
        );
    }
    let results = fs::read(folder.join("../compare/latest/results.json")).expect("results");
    let results: serde_json::Value = serde_json::from_slice(&results).expect("JSON");
    let rust = &results["experiments"][0]["cells"][0]["rounds"][0]["ran"];
    assert_eq!(rust["receipt"]["units"], 5, "{rust}");
    assert_eq!(results["experiments"].as_array().expect("rows").len(), 1);
}
