//! The tests that all four programs must pass, because they make the same promises.
//!
//! A technique's `tests/program.rs` calls [`suite!`] with the path of its program and adds what is its own.

#![warn(unreachable_pub)]

mod network;
mod others;
mod peers;
mod pictures;
mod replies;
mod serve;

use std::collections::BTreeMap;
use std::fs::File;
use std::net::ToSocketAddrs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use shared::Receipt;
use shared::cli::Report;
use shared::receipt::Answer;
use shared::{compute, download, waiter};
use url::Url;

pub use network::*;
pub use others::*;
pub use peers::{Answers, Authority, Peer, read_request};
pub use pictures::{
    a_picture_is_svg_and_a_file_that_cannot_be_made_is_named_first,
    a_timeline_fits_80_columns_and_needs_no_colour, a_trace_keeps_the_rules_of_its_format,
    a_trace_names_real_processes_and_threads, an_interrupted_recording_leaves_nothing_behind,
    the_picture_agrees_with_the_cpu_time_that_the_kernel_counts,
};
pub use replies::*;
pub use serve::*;

/// No run here takes longer, on any machine: whatever does is hung.
const HUNG: Duration = Duration::from_secs(120);

/// Defines a test for each promise, made by the program at this path.
#[macro_export]
macro_rules! suite {
    ($program:expr) => {
        $crate::suite! { $program;
            every_workload_gives_the_known_answer,
            every_probe_ends,
            a_race_loses_no_more_than_was_counted,
            an_error_costs_exactly_the_unit_that_failed,
            a_wrong_command_line_gets_one_line_and_exit_code_2,
            help_fits_80_columns_and_the_version_names_the_program,
            the_help_of_a_workload_names_no_flag_that_it_refuses,
            every_command_in_its_headers_and_in_readmes_is_one_that_it_takes,
            a_missing_server_gets_one_line_that_says_how_to_start_one,
            a_page_that_is_missing_broken_or_wrong_fails_the_run_by_name,
            a_host_that_does_not_resolve_fails_the_run_by_name,
            pages_out_in_the_world_are_fetched_over_tls_and_redirects,
            a_certificate_of_an_unknown_authority_is_refused,
            the_story_appears_as_it_happens,
            a_few_lines_say_what_the_workers_did,
            a_long_download_in_a_pipe_has_no_line_for_a_page_that_came,
            a_probe_tells_its_story_in_three_lines,
            a_reader_who_leaves_early_does_no_harm,
            output_that_cannot_be_written_is_a_failure,
            an_interrupt_ends_the_program_and_all_its_processes,
            a_trace_keeps_the_rules_of_its_format,
            a_trace_names_real_processes_and_threads,
            the_picture_agrees_with_the_cpu_time_that_the_kernel_counts,
            an_interrupted_recording_leaves_nothing_behind,
            a_timeline_fits_80_columns_and_needs_no_colour,
            a_picture_is_svg_and_a_file_that_cannot_be_made_is_named_first,
            a_proxy_is_not_asked_for_pages,
            a_bad_network_is_the_same_for_every_technique,
            every_fault_alone_has_its_outcome,
            a_run_that_may_not_go_on_without_a_page_fails_by_name,
            a_failure_leaves_the_pages_that_wait_unasked_for,
            an_answer_that_is_too_late_or_too_large_is_not_taken,
            an_address_means_the_same_to_every_technique,
            a_body_is_unpacked_to_its_end_by_all_codings_that_it_has,
            a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not,
            a_reply_may_have_many_header_lines_and_old_ones,
            a_status_tells_how_a_page_ends_whatever_body_follows,
            a_kept_connection_that_ends_silently_costs_no_try,
            a_new_connection_that_breaks_costs_a_try,
            a_program_that_waits_for_a_page_says_so,
            a_server_that_asks_for_a_pause_gets_it,
            no_more_pages_are_in_flight_than_workers,
            a_deadline_ends_a_run_with_its_pages_so_far,
            a_body_has_half_of_the_time_whether_its_length_is_known_or_not,
            a_far_deadline_leaves_a_slow_page_its_time,
            an_interrupted_download_ends_gently,
            an_interrupted_download_waits_for_no_slow_page,
            a_second_interrupt_ends_a_download_at_once,
            an_interrupt_that_was_ignored_at_the_start_stays_ignored,
            an_authority_of_ones_own_is_trusted_instead_of_the_systems,
            pages_from_nginx_are_right_to_the_last_byte,
            pages_from_a_server_without_keep_alive_are_right_to_the_last_byte,
            every_answer_of_a_server_is_right_to_the_last_byte,
            requests_may_come_together_or_in_pieces,
            a_client_that_sends_no_more_still_gets_its_answer,
            a_slow_client_costs_a_server_no_more_than_its_patience,
            a_connection_too_many_is_refused_or_waits,
            ten_thousand_connections_are_served_or_wait,
            a_server_that_is_to_end_answers_the_requests_before,
            an_interrupt_that_was_ignored_at_the_start_ends_no_server,
            a_port_that_is_taken_gets_one_line,
            curl_and_a_browser_are_served,
        }
    };
    ($program:expr; $($promise:ident,)*) => {$(
        #[test]
        fn $promise() {
            $crate::$promise($program);
        }
    )*};
}

/// What a program said and how it ended.
#[derive(Debug)]
pub struct Run {
    /// Exit code, or `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs `program` to its end with `arguments`, separated by blanks.
///
/// # Panics
///
/// If it does not start or does not end.
pub fn run(program: &str, arguments: &str) -> Run {
    run_with(program, arguments, &[])
}

fn run_with(program: &str, arguments: &str, environment: &[(&str, &Path)]) -> Run {
    let output = assert_cmd::Command::new(program)
        .args(arguments.split_whitespace())
        .envs(environment.iter().copied())
        .timeout(HUNG)
        .output()
        .expect("the program starts");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("programs print UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("programs print UTF-8"),
    }
}

/// Runs `program` with `--json` and reads its receipt.
///
/// # Panics
///
/// If it fails, or prints anything but a receipt.
pub fn receipt(program: &str, arguments: &str) -> Receipt {
    let run = run(program, &format!("{arguments} --json"));
    assert_eq!(run.code, Some(0), "{arguments}: {}", run.stderr);
    receipt_of(program, arguments, &run)
}

fn receipt_of(program: &str, arguments: &str, run: &Run) -> Receipt {
    let report: Report = serde_json::from_str(&run.stdout).expect("a receipt and nothing else");
    assert_eq!(
        Path::new(program).file_stem().unwrap(),
        report.program.as_str()
    );
    assert!(arguments.starts_with(&report.workload));
    assert!(report.seconds > 0.0);
    report.receipt
}

/// Runs `program`, which must fail with this exit code and say why in one line; returns the line.
///
/// # Panics
///
/// If it does otherwise.
pub fn failure(program: &str, arguments: &str, code: i32) -> String {
    one_line(program, arguments, code, run(program, arguments))
}

/// Runs `program`, which must fail with exit code 1 and say all of these in its one line.
fn fails_with(program: &str, arguments: &str, said: &[&str]) {
    let line = failure(program, arguments, 1);
    for part in said {
        assert!(line.contains(part), "{arguments}: no {part:?} in {line:?}");
    }
}

fn one_line(program: &str, arguments: &str, code: i32, run: Run) -> String {
    assert_eq!(run.code, Some(code), "{arguments}: {run:?}");
    let name = Path::new(program).file_stem().unwrap().to_str().unwrap();
    let line = run
        .stderr
        .strip_suffix('\n')
        .expect("a line on standard error");
    assert!(
        !line.contains('\n'),
        "{arguments}: more than one line: {line}"
    );
    line.strip_prefix(&format!("{name}: "))
        .expect("the program's name in front")
        .to_owned()
}

#[allow(missing_docs)]
pub fn every_workload_gives_the_known_answer(program: &str) {
    let nowhere: Url = "http://127.0.0.1/".parse().unwrap();
    let moment = Duration::ZERO;
    for (arguments, expected) in [
        (
            "waiter --time-scale 0.01",
            waiter::Job::new(5, 1.0).expected(),
        ),
        (
            "waiter --time-scale 0 --size 26",
            waiter::Job::new(26, 1.0).expected(),
        ),
        (
            "hello --time-scale 0.01 --size 7",
            download::Job::hello(&nowhere, 7, moment, 1)
                .expected()
                .unwrap(),
        ),
        (
            "sites --size 10 --delay 1",
            download::Job::sites(&nowhere, 10, moment, 1)
                .expected()
                .unwrap(),
        ),
        (
            "cats --size 1 --repeat 2 --workers 3",
            download::Job::cats(&nowhere, 2, 1).expected().unwrap(),
        ),
        (
            "lists --size 250",
            compute::Job::lists(250, 1).expected().unwrap(),
        ),
        (
            "squares --size 1000",
            compute::Job::squares(1000, 1).expected().unwrap(),
        ),
        (
            "squares --slices --size 1000 --workers 3",
            compute::Job::slices(20_000, 3).expected().unwrap(),
        ),
        (
            "hashes --size 1000",
            compute::Job::hashes(1000, 1).expected().unwrap(),
        ),
    ] {
        let receipt = receipt(program, arguments);
        assert!(receipt.same_work(&expected), "{arguments}: {receipt:?}");
    }
    let Answer::Orders { at_once, .. } = receipt(program, "waiter --time-scale 0.01").answer else {
        panic!("the waiter brings orders");
    };
    assert_eq!(at_once, 1, "the waiter was at several tables at once");
}

#[allow(missing_docs)]
pub fn every_probe_ends(program: &str) {
    assert_eq!(
        receipt(program, "sleepers --size 7 --time-scale 0.01").units,
        7
    );
    assert_eq!(
        receipt(program, "blocking --size 3 --time-scale 0.01").units,
        3
    );
    for (pingpong, sum) in [
        ("pingpong --size 10", 10),
        ("pingpong-spinning --size 10", 10),
        // Twice a round, in every number.
        ("message --size 10 --bytes 8", 20),
        ("message --size 10 --bytes 1048576", 20 << 17),
        ("message --size 10 --bytes 8 --of bytes", 20),
        ("message --size 10 --bytes 1048576 --of bytes", 20 << 17),
        ("memory --size 10 --bytes 8", 20),
        ("memory --size 10 --bytes 1048576", 20 << 17),
    ] {
        let answer = receipt(program, pingpong).answer;
        assert_eq!(answer, Answer::Sum(sum), "{pingpong}");
    }
    assert_eq!(receipt(program, "switch --size 10").units, 20);
    let readings = receipt(program, "ticker --size 20").readings;
    assert!(
        readings["ticks"] >= 2.0 && readings["longest_gap"] > 0.0,
        "{readings:?}"
    );
}

#[allow(missing_docs)]
pub fn a_race_loses_no_more_than_was_counted(program: &str) {
    for race in ["race", "race-call"] {
        let receipt = receipt(program, &format!("{race} --size 1000 --workers 3"));
        assert_eq!(receipt.units, 3);
        assert!(
            (0.0..=2000.0).contains(&receipt.readings["lost"]),
            "{receipt:?}"
        );
    }
}

#[allow(missing_docs)]
pub fn an_error_costs_exactly_the_unit_that_failed(program: &str) {
    let receipt = receipt(program, "crash --how error --size 10");
    assert_eq!((receipt.units, receipt.errors["error"]), (9, 1));
    assert_eq!(receipt.answer, Answer::Sum(45 - 5));
}

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
        ("waiter --time-scale soon", "0 to 100"),
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
pub fn a_missing_server_gets_one_line_that_says_how_to_start_one(program: &str) {
    let gone = Peer::gone();
    let hello = format!("hello --server {gone}");
    fails_with(program, &hello, &[gone.as_str(), "cargo run --bin server"]);
}

#[allow(missing_docs)]
pub fn a_page_that_is_missing_broken_or_wrong_fails_the_run_by_name(program: &str) {
    for (answer, reason) in [
        ("404 Not Found", "404 Not Found: check the address"),
        (
            "500 Internal Server Error",
            "500 Internal Server Error: the server's own failure",
        ),
        ("200 OK", "0 bytes instead of"),
    ] {
        let peer = Peer::http(Answers::status(answer));
        let cats = format!("cats --size 1 --server {}", peer.url());
        fails_with(program, &cats, &["/cats/", reason]);
    }
    // A page that breaks off in its middle.
    let peer = Peer::http(Answers::raw(
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
    ));
    let cats = format!("cats --size 1 --server {}", peer.url());
    fails_with(program, &cats, &["/cats/", ": the server broke off"]);
    // A server that is gone when the run has begun.
    let cats = "cats --size 1 --faults refused --tries 1";
    fails_with(program, cats, &["/cats/", "start the server again"]);
}

/// Whether this machine can tell in time that a host does not exist: its name server may be out of reach.
fn names_are_resolved() -> bool {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(("no-such-host.invalid", 80).to_socket_addrs().is_err()));
    let knows = receiver.recv_timeout(Duration::from_secs(2)) == Ok(true);
    if !knows {
        eprintln!("skipped: no name server says that no-such-host.invalid does not exist");
    }
    knows
}

#[allow(missing_docs)]
pub fn a_host_that_does_not_resolve_fails_the_run_by_name(program: &str) {
    if !names_are_resolved() {
        return;
    }
    for arguments in [
        "sites http://no-such-host.invalid/page",
        "hello --server http://no-such-host.invalid",
    ] {
        fails_with(
            program,
            arguments,
            &["no-such-host.invalid", ": check the name"],
        );
    }
}

#[allow(missing_docs)]
pub fn pages_out_in_the_world_are_fetched_over_tls_and_redirects(program: &str) {
    let secure = Peer::https(Answers::status("200 OK").with_body("far away"));
    let moved = Peer::http(Answers::redirect(secure.url()));
    let arguments = format!("sites {} {} --workers 2", secure.url(), moved.url());
    let authority = secure
        .authority()
        .expect("a peer with TLS has an authority");
    let run = run_with(program, &arguments, &[("SSL_CERT_FILE", authority)]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for url in [secure.url(), moved.url()] {
        let said = format!("8 bytes from {url}");
        assert!(
            run.stdout.lines().any(|line| line.ends_with(&said)),
            "{run:?}"
        );
    }
    assert!(run.stdout.contains("2 pages, 16 bytes in "), "{run:?}");
}

#[allow(missing_docs)]
pub fn a_certificate_of_an_unknown_authority_is_refused(program: &str) {
    let (trusted, other) = (
        Peer::https(Answers::status("200 OK")),
        Peer::https(Answers::status("200 OK")),
    );
    let authority = trusted
        .authority()
        .expect("a peer with TLS has an authority");
    let arguments = format!("sites {}", other.url());
    let run = run_with(program, &arguments, &[("SSL_CERT_FILE", authority)]);
    let line = one_line(program, &arguments, 1, run);
    assert!(
        line.contains(other.url().as_str()) && line.contains("certificate"),
        "{line}"
    );
}

#[allow(missing_docs)]
pub fn the_story_appears_as_it_happens(program: &str) {
    let run = run(program, "waiter --time-scale 0.01");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 11, "{run:?}");
    // Lines of different workers may overtake each other, those of one table may not.
    let mut last = BTreeMap::new();
    for line in &lines[..10] {
        let (time, event) = line.split_once(" s  ").expect("a time first");
        let time: f64 = time.trim().parse().expect("a time in seconds");
        let opens = event.strip_suffix(" opens the menu");
        let gives = event.strip_suffix(" has ordered from John Doe");
        let table = opens.or(gives).and_then(|who| who.chars().last());
        let before = last.insert(table.expect("a table"), time);
        assert_eq!(before.is_some(), gives.is_some(), "{run:?}");
        assert!(time >= before.unwrap_or_default(), "{run:?}");
    }
    assert_eq!(last.len(), 5, "{run:?}");
    let name = Path::new(program).file_stem().unwrap().to_str().unwrap();
    let sentence = format!("{name} waiter: 5 orders in ");
    assert!(lines[10].starts_with(&sentence), "{run:?}");
}

#[allow(missing_docs)]
pub fn a_long_download_in_a_pipe_has_no_line_for_a_page_that_came(program: &str) {
    let lines = |arguments: &str, what: &str| {
        let run = run(program, arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let lines = run.stdout.lines().filter(|line| line.contains(what));
        lines.count()
    };
    for (size, came) in [(20, 20), (21, 0)] {
        let arguments = format!("hello --size {size} --time-scale 0");
        assert_eq!(lines(&arguments, " bytes from "), came);
    }
    // What goes wrong has its line all the same.
    let faulty = "hello --size 21 --faults not-found --keep-going --time-scale 0";
    assert_eq!(lines(faulty, "answered 404"), 21);
}

#[allow(missing_docs)]
pub fn a_probe_tells_its_story_in_three_lines(program: &str) {
    for (arguments, remark) in [
        (
            "sleepers --size 4 --time-scale 0.01",
            " asleep at once on average, ",
        ),
        (
            "blocking --size 2 --time-scale 0.01",
            " calls at once on average, ",
        ),
        ("ticker --size 20", " of 20 ticks came, "),
        ("pingpong --size 100", " a second, "),
        ("pingpong-spinning --size 100", " a second, "),
        ("switch --size 100", " a second, "),
        ("message --size 10 --bytes 8", " GB a second, "),
        ("memory --size 10 --bytes 8", " GB a second, "),
        ("crash --how error", " 1 unit lost, "),
        ("race --size 100", " of all counts lost, "),
        ("race-call --size 100", " of all counts lost, "),
    ] {
        let run = run(program, arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let lines: Vec<_> = run.stdout.lines().collect();
        assert_eq!(lines.len(), 3, "{run:?}");
        assert!(lines[1].contains(" s  in all "), "{run:?}");
        assert!(
            lines[1].contains(remark) && lines[1].ends_with(" on a core"),
            "{run:?}"
        );
        assert!(lines.iter().all(|line| line.len() <= 100), "{run:?}");
    }
}

#[allow(missing_docs)]
pub fn a_few_lines_say_what_the_workers_did(program: &str) {
    for (arguments, unit, expected) in [
        ("hashes --size 10 --workers 2", " chain", 20),
        (
            "hello --size 30 --time-scale 0 --workers 3",
            " greeting",
            30,
        ),
    ] {
        let run = run(program, arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let lines = run
            .stdout
            .lines()
            .filter(|line| line.contains(" on a core"));
        let lines: Vec<_> = lines.collect();
        assert!((1..=8).contains(&lines.len()), "{run:?}");
        let number = |words: &str| words.parse::<u64>().expect("a number");
        let units = lines.iter().map(|line| {
            let (_, event) = line.split_once(" s  ").expect("a time first");
            let (who, did) = event.split_at(18);
            let (units, _) = did.split_once(unit).expect("units");
            // Many workers share a line: "20 tasks", each with so many.
            match did.contains(" each, ") {
                true => number(units) * number(who.split(' ').next().expect("a word")),
                false => number(units),
            }
        });
        assert_eq!(units.sum::<u64>(), expected, "{run:?}");
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

/// Has SIGINT end what is started from now on. Who runs tests in the background of a script ignores it, and so would all
/// that they start; what is caught instead is not inherited.
fn heed_interrupts() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    let caught = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_shutdown(signal_hook::consts::SIGINT, 130, caught)
        .expect("a signal that may be caught");
}

#[allow(missing_docs)]
pub fn an_interrupt_ends_the_program_and_all_its_processes(program: &str) {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::{CommandExt, ExitStatusExt};

    heed_interrupts();
    let mut child = Command::new(program)
        .args(["waiter", "--time-scale", "10"])
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("the program starts");
    let group = Pid::from_child(&child);
    // The program is at work when the first table has opened its menu.
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    stdout.read_line(&mut line).expect("a line");
    assert!(line.contains("opens the menu"), "{line}");

    // To the program alone, as `kill` does: its processes must notice by themselves.
    kill_process(group, Signal::INT).expect("the program is alive");
    let status = child.wait().expect("the program ends");
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()), "{status}");

    ensure_gone(group);
}

/// Waits for the last process of a group to end.
///
/// # Panics
///
/// If one is left after half a minute. It is killed then.
pub fn ensure_gone(group: Pid) {
    let end = Instant::now() + Duration::from_secs(30);
    while is_alive(group) {
        if Instant::now() > end {
            let _ = kill_process_group(group, Signal::KILL);
            panic!("processes are left behind");
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Whether a process of this group has not ended. One that init has yet to reap has.
fn is_alive(group: Pid) -> bool {
    if test_kill_process_group(group) == Err(Errno::SRCH) {
        return false;
    }
    let group = group.as_raw_pid().to_string();
    let processes = std::fs::read_dir("/proc").expect("a list of processes");
    processes.flatten().any(|process| {
        // 1234 (name) S 1 1200 ...: behind the name state, parent and group. It may be gone by now.
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let Some((_, fields)) = stat.rsplit_once(')') else {
            return false;
        };
        let mut fields = fields.split_whitespace();
        fields.next() != Some("Z") && fields.nth(1) == Some(&group)
    })
}

/// Only for programs that open their connections in one process.
#[allow(missing_docs)]
pub fn too_few_descriptors_are_named_with_what_to_do(program: &str) {
    let line = failure_within("ulimit -n 40", program, "hello --size 200 --workers 200");
    assert!(
        line.contains("40 open files")
            && line.contains("--workers")
            && line.contains("`ulimit -n 80`"),
        "{line}"
    );
}

/// Runs `program`, which must fail with exit code 1 after what a shell does `first`; returns the one line that it says.
///
/// # Panics
///
/// If it does otherwise.
pub fn failure_within(first: &str, program: &str, arguments: &str) -> String {
    let output = assert_cmd::Command::new("sh")
        .args(["-c", &format!("{first} && exec {program} {arguments}")])
        .timeout(HUNG)
        .output();
    let output = output.expect("a shell");
    let stderr = String::from_utf8(output.stderr).expect("programs print UTF-8");
    let run = Run {
        code: output.status.code(),
        stdout: String::new(),
        stderr,
    };
    one_line(program, arguments, 1, run)
}
