//! What a user sees of `compare` without measuring anything.

mod tools;

use assert_cmd::Command;

fn compare() -> Command {
    Command::from_std(tools::compare())
}

fn refusal(command: &mut Command) -> String {
    let assert = command.assert().code(2);
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn a_wrong_option_gets_one_line_that_says_what_is_allowed() {
    for (name, value, allowed) in [
        ("ONLY", "dogs", "hashes"),
        ("TECHNIQUES", "magic", "asyncio-multi-thread"),
        ("ONLY", "hashes, dogs", "hashes"),
        ("ROUNDS", "0", "from 1 to 100 "),
        ("ROUNDS", "many", "from 1 to 100 "),
        ("MEMORY", "5", "from 1000000 to 1000000000000000 "),
        ("MEMORY", "8G", "from 1000000 to 1000000000000000 "),
        ("LADDER", "high", "cliff"),
        ("FAULTS", "often", "7:0.3"),
        ("MACHINES", "1", "from 2 to 8 "),
        ("BASE", "no.json", "allowed are last, how many runs ago"),
    ] {
        let line = refusal(compare().env(name, value));
        assert!(
            line.contains(value.trim_start_matches("hashes, ")) && line.contains(allowed),
            "{name}={value}: {line}"
        );
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}

#[test]
fn a_variable_set_to_nothing_is_not_set_and_blanks_around_a_name_are_nothing() {
    // What is wrong on purpose is answered, so the rest has been taken.
    let mut taken = compare();
    for name in tools::VARIABLES {
        taken.env(name, "");
    }
    let line = refusal(taken.env("FULL", "1").env("QUICK", "1"));
    assert!(line.contains("FULL and QUICK"), "{line}");
    let line = refusal(
        compare()
            .env("ONLY", "hashes, cats ")
            .env("TECHNIQUES", " threading, asyncio")
            .args(["--full", "--quick"]),
    );
    assert!(line.contains("FULL and QUICK"), "{line}");
    for name in ["W", "A", "B"] {
        compare().arg("read").env(name, "").assert().code(0);
    }
}

#[test]
fn an_unknown_file_technique_or_command_is_answered_with_the_known_ones() {
    for (arguments, said, allowed) in [
        (
            &["read", "dogs", "threading"][..],
            "'dogs'",
            "waiter, download",
        ),
        (
            &["read", "waiter", "magic"],
            "'magic'",
            "sequential, threading",
        ),
        (&["sow"], "'sow' is no command", "allowed are show, open"),
    ] {
        let line = refusal(compare().args(arguments));
        assert!(line.contains(said) && line.contains(allowed), "{line}");
    }
}

#[test]
fn a_base_that_cannot_be_compared_with_is_refused_before_anything_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.json");
    for (content, said) in [
        ("nonsense", "no results"),
        ("{\"version\": 1}", "is of version 1"),
        ("{\"version\": 99}", "is of version 99"),
    ] {
        std::fs::write(&file, content).unwrap();
        let assert = compare().env("BASE", &file).assert().code(1);
        let line = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert!(line.contains(said), "{content:?}: {line}");
    }
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let folder = tools::programs("full");
    // The first makes the results that the others print.
    for arguments in [
        "--quick --rounds 1 --only lists --techniques sequential",
        "show",
        "explain sequential.lists",
        "page",
        "open",
        "read",
        "schema",
        "--help",
    ] {
        let full = std::fs::File::create("/dev/full").expect("a device of the kernel");
        let output = tools::without_options(std::process::Command::new(folder.join("compare")))
            .args(arguments.split_whitespace())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(full)
            .output()
            .expect("compare starts");
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(1), "{arguments}: {stderr}");
        let said = stderr.lines().last().unwrap_or_default();
        assert!(
            said.starts_with("compare: cannot write to standard output: "),
            "{arguments}: {stderr}"
        );
    }
}

#[test]
fn a_place_that_cannot_be_written_to_is_named_before_anything_is_measured() {
    let folder = tools::programs("unwritable");
    let beside = folder.join("../compare");
    let _ = std::fs::remove_dir_all(&beside);
    std::fs::create_dir(&beside).expect("a folder of our own");
    std::fs::write(beside.join("runs"), "").expect("a folder of our own");
    let compare = tools::without_options(std::process::Command::new(folder.join("compare")));
    let assert = Command::from_std(compare).assert().code(1);
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("compare/runs"), "{stderr}");
}

#[test]
fn a_calibration_that_could_not_be_kept_is_refused_before_it_is_made() {
    let folder = tools::programs("calibration");
    let beside = folder.join("../compare");
    let _ = std::fs::remove_dir_all(&beside);
    std::fs::write(&beside, "").expect("a folder of our own");
    let mut compare = tools::without_options(std::process::Command::new(folder.join("compare")));
    compare.args(["calibrate", "--rows", "1"]);
    let assert = Command::from_std(compare).assert().code(1);
    std::fs::remove_file(&beside).expect("a folder of our own");
    let output = assert.get_output();
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.stdout.is_empty(), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("calibration.md"), "{stderr}");
}

#[test]
fn works_of_which_no_winner_is_known_are_refused_before_any_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |said: &str| {
        let path = folder.path().display().to_string();
        let line = refusal(compare().args(["calibrate", "--work", &path]));
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.contains(said), "{line}");
    };
    refused("holds no file of Rust");
    // Neither could be built, and the first would be.
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.rs", "//! Winner: threading or asyncio\n");
    write("b.rs", "//! Mine.\n");
    refused("b.rs names no winner");
    write("b.rs", "//! Winner: threads\n");
    refused("b.rs: the winner 'threads' is no technique");
}

#[test]
fn a_base_that_does_not_exist_is_named_before_anything_is_measured() {
    let folder = tools::programs("base");
    let _ = std::fs::remove_dir_all(folder.join("../compare"));
    for (base, said, code) in [
        ("last", "no run has been kept", 1),
        ("3", "holds 0 runs", 1),
        ("none.json", "no file none.json", 2),
    ] {
        let mut compare =
            tools::without_options(std::process::Command::new(folder.join("compare")));
        compare.args(["--base", base]);
        let assert = Command::from_std(compare).assert().code(code);
        let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[test]
fn the_cluster_takes_part_on_machines_alone() {
    let line = refusal(compare().env("TECHNIQUES", "cluster"));
    assert!(line.contains("add MACHINES=2"), "{line}");
}

#[test]
fn full_and_quick_exclude_each_other() {
    let line = refusal(compare().args(["--full", "--quick"]));
    assert!(line.contains("FULL and QUICK"), "{line}");
    let line = refusal(compare().env("FULL", "1").env("QUICK", "yes"));
    assert!(line.contains("FULL and QUICK"), "{line}");
}

#[test]
fn a_run_of_nothing_is_refused_with_the_option_to_change() {
    for (only, techniques, said) in [
        ("tasks", "", "add MACHINES=2"),
        (
            "start",
            "sequential",
            "TECHNIQUES leaves nothing of ONLY=start",
        ),
    ] {
        let run = &mut compare();
        let line = refusal(run.env("ONLY", only).env("TECHNIQUES", techniques));
        assert!(line.contains(said), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}

#[test]
fn repeated_runs_refuse_what_has_no_part_in_them() {
    for (name, value) in [("FULL", "1"), ("BASE", "last"), ("PYTHON", "python3")] {
        let line = refusal(compare().env("STABLE", "2").env(name, value));
        assert!(line.contains(&format!("STABLE and {name}")), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}

#[test]
fn repeated_runs_of_a_program_that_fails_are_a_failure() {
    let folder = tools::programs("stable");
    tools::replace(
        &folder.join("threading"),
        "echo no thread today >&2; exit 1",
    );
    let words = "--stable 2 --rounds 1 --only lists --techniques sequential,threading";
    let mut compare = tools::without_options(std::process::Command::new(folder.join("compare")));
    compare.args(words.split_whitespace());
    let assert = Command::from_std(compare).assert().code(1);
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(stderr.contains("run 2: lists is not ranked"), "{stderr}");
    assert!(stderr.contains("no thread today"), "{stderr}");
}

#[test]
fn a_missing_program_is_named_with_what_to_do() {
    // A link, since a copy may still be open for writing in a child that another test has just forked.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let alone = folder.path().join("compare");
    std::fs::hard_link(env!("CARGO_BIN_EXE_compare"), &alone).unwrap();
    let alone = tools::without_options(std::process::Command::new(alone));
    let assert = Command::from_std(alone).assert().code(1);
    let line = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(line.contains("server is missing"), "{line}");
    assert!(line.contains("cargo build --release"), "{line}");
}
