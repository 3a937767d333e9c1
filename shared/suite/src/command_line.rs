//! A command line: what is taken, what is refused, and where the output goes.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{Run, failure, one_line, run};

#[allow(missing_docs)]
pub fn a_wrong_command_line_gets_one_line_and_exit_code_2(program: &str) {
    for (arguments, allowed) in [
        ("", "waiter, hello, sites, cats, lists, squares, hashes"),
        ("dogs", "waiter, hello, sites, cats, lists, squares, hashes"),
        ("hello --workers 0", "from 1 to 100000"),
        ("hello --workers -1", "from 1 to 100000"),
        ("hello --workers many", "from 1 to 100000"),
        ("lists --size 99999999999999999999", "from 1 to 1000000"),
        ("squares --size 0", "from 1 to 10000000000"),
        ("hello --server 127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("hello --server https://127.0.0.1", "http://127.0.0.1:8000"),
        (
            "hello --server http://localhost/#1",
            "http://127.0.0.1:8000",
        ),
        ("lists --size 1000000 --repeat 3", "at most 2000000"),
        ("hello --size 2000 --repeat 1000000", "at most 2000000"),
        (
            "squares --slices --workers 3 --repeat 700000",
            "at most 2000000",
        ),
        ("sites example.org", "https://example.org/page"),
        (
            "sites http://localhost/ --server http://localhost/",
            "--server",
        ),
        ("waiter --time-scale -1", "--time-scale"),
        ("waiter --time-scale soon", "0 to 60"),
        ("hello --time-scale 60.1", "0 to 60"),
        ("waiter --repeat 2", "--repeat"),
        ("pingpong --workers 2", "--workers"),
        ("message --bytes 7", "from 8 to 67108864"),
        ("message --of dogs", "numbers, bytes"),
        ("hashes --server http://localhost", "--server"),
        ("crash --how slowly", "error, panic, abort"),
        ("cats --fast", "--fast"),
        ("cats --timeline --json", "--timeline"),
        ("cats --faults 7", "7:0.3"),
        ("cats --faults 7:0.3:dogs", "flaky"),
        ("cats --timeout 0", "0.001"),
        ("cats --tries 0", "from 1 to 100"),
        ("cats --ca file", "--ca"),
        ("cats --faults slow --server http://localhost", "--faults"),
        ("waiter --deadline 1", "--deadline"),
        ("hello --offload", "--offload"),
        ("waiter --queue", "--queue"),
        ("hashes --time-scale 1", "--time-scale"),
        ("sites http://localhost/ --time-scale 1", "--time-scale"),
        ("sites http://localhost/ --size 3", "--size"),
        ("sites http://localhost/ --delay 3", "--delay"),
    ] {
        let line = failure(program, arguments, 2);
        assert!(line.contains(allowed), "{arguments}: {line}");
    }
}

#[allow(missing_docs)]
pub fn help_fits_80_columns_and_the_version_names_the_program(program: &str) {
    for arguments in ["--help", "-h", "sites --help", "sites -h", "help --help"] {
        let help = run(program, arguments);
        assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
        assert!(help.stdout.contains("Usage:"));
        for line in help.stdout.lines() {
            assert!(line.chars().count() <= 80, "{arguments}: {line}");
        }
    }
    let version = run(program, "--version");
    let name = Path::new(program).file_stem().unwrap().to_str().unwrap();
    assert_eq!(
        version.stdout,
        format!("{name} {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[allow(missing_docs)]
pub fn the_help_of_a_workload_names_no_flag_that_it_refuses(program: &str) {
    let named = |workload: &str, form: &str, flag: &str| {
        let help = run(program, &form.replace("NAME", workload));
        assert_eq!(help.code, Some(0), "{}", help.stderr);
        help.stdout
            .lines()
            .any(|line| line.trim_start().starts_with(flag))
    };
    for (flag, value, at, not_at) in [
        ("--workers", " 2", "hashes", "waiter"),
        ("--repeat", " 2", "cats", "ticker"),
        ("--time-scale", " 0.01", "waiter", "squares"),
        ("--tries", " 2", "hello", "lists"),
        ("--keep-going", "", "sites", "serve"),
        ("--ca", " /dev/null", "sites", "cats"),
    ] {
        for form in ["NAME --help", "NAME -h", "help NAME"] {
            assert!(named(at, form, flag), "{at} takes {flag}: {form}");
            assert!(
                !named(not_at, form, flag),
                "{not_at} takes no {flag}: {form}"
            );
        }
        let refused = run(program, &format!("{not_at} {flag}{value}"));
        assert_eq!(refused.code, Some(2), "{not_at} {flag}");
    }
    assert!(named("", "--help", "--tries"));
}

/// `--help` behind a command line keeps it from being run, and not from being read.
#[allow(missing_docs)]
pub fn every_command_in_its_headers_and_in_readmes_is_one_that_it_takes(program: &str) {
    assert_eq!(run(program, "cats --fast --help").code, Some(2));
    assert_eq!(run(program, "crash --how slowly --help").code, Some(2));

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |file: &Path| std::fs::read_to_string(file).expect("a file of this repository");
    let name = Path::new(program).file_stem().unwrap().to_str().unwrap();
    let start = format!("cargo run --release --bin {name} -- ");
    let documents = ["README.md", "shared/README.md"].map(|file| root.join(file));
    let mut sources = documents.to_vec();
    for folder in ["workloads", "probes"] {
        let folder = root.join(name).join("src").join(folder);
        let files = std::fs::read_dir(folder).expect("a folder");
        sources.extend(files.map(|file| file.expect("a file").path()));
    }
    for source in sources {
        let text = read(&source);
        let lines = text.lines().map(|line| line.trim_start_matches("//!"));
        let commands: Vec<_> = lines
            .filter_map(|line| line.trim_start().strip_prefix(&start))
            .collect();
        assert!(
            !commands.is_empty() || documents.contains(&source),
            "{source:?} has no command"
        );
        for command in commands {
            let command = command.split(" #").next().unwrap_or_default();
            let help = run(program, &format!("{command} --help"));
            assert_eq!(
                (help.code, help.stderr.as_str()),
                (Some(0), ""),
                "{source:?}: {command}"
            );
        }
    }
}

#[allow(missing_docs)]
pub fn a_reader_who_leaves_early_does_no_harm(program: &str) {
    let mut child = Command::new(program)
        .args(["waiter", "--time-scale", "0.01"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[allow(missing_docs)]
pub fn output_that_cannot_be_written_is_a_failure(program: &str) {
    for arguments in [
        "hello --time-scale 0 --json",
        "waiter --time-scale 0",
        "waiter --time-scale 0 --timeline",
        "--version",
    ] {
        let full = File::create("/dev/full").expect("a device of the kernel");
        let output = Command::new(program)
            .args(arguments.split_whitespace())
            .stdout(full)
            .output()
            .expect("the program starts");
        let stderr = String::from_utf8(output.stderr).expect("programs print UTF-8");
        let run = Run {
            code: output.status.code(),
            stdout: String::new(),
            stderr,
        };
        let line = one_line(program, arguments, 1, run);
        assert!(line.contains("cannot write to standard output"), "{line}");
    }
}
