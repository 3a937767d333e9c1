//! What all four programs promise about networks that are slow, broken or hostile, and about ends before their time.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use shared::Receipt;
use shared::download::{Outcome, REDIRECTS, Tally};
use shared::faults::{Fault, Faults};

use crate::addresses::names_are_resolved;
use crate::peers::{Answers, Peer, read_request};
use crate::program::{
    ensure_gone, fails_with, failure, heed_interrupts, receipt, receipt_of, run, run_with,
};

/// Far longer than any fault but silence holds a page back, so that a busy machine does not turn lateness into loss.
const PATIENT: &str = "--timeout 8";

/// The same pages meet the same faults in every technique, and each page has the end that was foreseen.
#[allow(missing_docs)]
pub fn a_bad_network_is_the_same_for_every_technique(program: &str) {
    let jobs = [
        ("sites --size 500 --delay 0", 1, 2),
        ("sites --size 500 --delay 0", 2, 4),
        ("cats --size 50", 3, 2),
    ];
    // A silent server costs time, and no work: the jobs wait side by side.
    thread::scope(|scope| {
        for (job, seed, tries) in jobs {
            scope.spawn(move || ends_as_foreseen(program, job, seed, tries));
        }
    });
}

fn ends_as_foreseen(program: &str, job: &str, seed: u64, tries: u32) {
    let faults = format!("{seed}:0.3");
    let arguments = format!(
        "{job} --workers 16 --faults {faults} --keep-going --tries {tries} {PATIENT} \
         --max-body 200000 --time-scale 0.01"
    );
    let faults: Faults = faults.parse().expect("a seed and a rate");
    let (ends, made) = faults.predict(1000, tries);
    assert!(
        made.count(Outcome::Timeout) > 0,
        "choose another seed than {seed}"
    );
    let receipt = receipt(program, &arguments);
    assert_eq!(
        (receipt.outcomes, receipt.tries),
        (ends, made),
        "{arguments}"
    );
    assert_eq!(receipt.units, ends.count(Outcome::Ok), "{arguments}");
}

#[allow(missing_docs)]
pub fn every_fault_alone_has_its_outcome(program: &str) {
    for fault in Fault::all() {
        let timeout = match fault {
            Fault::Silence => "--timeout 0.2",
            _ => PATIENT,
        };
        let arguments = format!(
            "cats --size 1 --workers 10 --faults {fault} --keep-going --tries 2 {timeout} \
             --max-body 200000 --time-scale 0.01"
        );
        let receipt = receipt(program, &arguments);
        let tries = match fault.outcome() {
            Outcome::Ok => 20,
            _ if fault.is_worth_a_retry() => 40,
            _ => 20,
        };
        for (tally, count) in [(receipt.outcomes, 20), (receipt.tries, tries)] {
            assert_eq!(tally.count(fault.outcome()), count, "{fault}: {receipt:?}");
            assert_eq!(tally.total(), count, "{fault}: {receipt:?}");
        }
    }
}

#[allow(missing_docs)]
pub fn a_run_that_may_not_go_on_without_a_page_fails_by_name(program: &str) {
    let line = failure(program, "cats --size 1 --faults not-found", 1);
    assert!(
        line.contains("/cats/") && line.contains("answered 404"),
        "{line}"
    );
    let arguments = "cats --size 1 --faults short --tries 2 --time-scale 0.01";
    let line = failure(program, arguments, 1);
    assert!(
        line.contains("/cats/") && line.contains("2 tries"),
        "{line}"
    );
    // Libraries have words of their own for these.
    let (late, large) = (
        "no whole page in time: raise --timeout",
        "more than 200000 bytes: raise --max-body",
    );
    for (flags, said) in [
        ("--faults silence --timeout 0.2", late),
        ("--faults huge --max-body 200000", large),
    ] {
        let arguments = format!("cats --size 1 --tries 1 {flags}");
        fails_with(program, &arguments, &["/cats/", said]);
    }
    let slow = Peer::acting(a_byte_now_and_then);
    let arguments = format!("sites {} --tries 1 --timeout 0.2", slow.url());
    fails_with(program, &arguments, &[slow.url().as_str(), late]);
    // One fault is no failure where there is another try.
    let receipt = receipt(
        program,
        "cats --size 1 --faults 1:0.3:flaky --tries 9 --time-scale 0.01",
    );
    assert!(receipt.tries.troubles().total() > 0, "{receipt:?}");
}

/// The first page is missing, and the server holds all others back until its connection has ended.
#[allow(missing_docs)]
pub fn a_failure_leaves_the_pages_that_wait_unasked_for(program: &str) {
    let asked = Arc::new(AtomicU64::new(0));
    let (count, failed) = (asked.clone(), (Mutex::new(false), Condvar::new()));
    let peer = Peer::acting(move |mut connection| {
        let (over, changed) = &failed;
        let mut requests = BufReader::new(connection.try_clone()?);
        let mut missing = false;
        while !requests.fill_buf()?.is_empty() {
            let head = read_request(&mut requests)?;
            count.fetch_add(1, SeqCst);
            let status = if head[0].contains("missing") {
                missing = true;
                "404 Not Found"
            } else {
                drop(changed.wait_while(over.lock().unwrap(), |over| !*over));
                // The one that failed need not be fast to stop the others.
                thread::sleep(Duration::from_millis(100));
                "200 OK"
            };
            write!(connection, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")?;
        }
        if missing {
            *over.lock().unwrap() = true;
            changed.notify_all();
        }
        Ok(())
    });
    let pages = format!("{} ", peer.url()).repeat(40);
    let arguments = format!("sites {}missing {pages} --workers 2", peer.url());
    fails_with(program, &arguments, &["/missing", "404"]);
    let asked = asked.load(SeqCst);
    assert!(asked < 20, "{asked} of 41 pages were asked for");
}

/// Fetches one page from `peer` with a single try; how that ended.
fn outcome(program: &str, url: &str, flags: &str) -> Tally {
    receipt(
        program,
        &format!("sites {url} --keep-going --tries 1 {flags}"),
    )
    .outcomes
}

/// Whatever the environment says.
#[allow(missing_docs)]
pub fn a_proxy_is_not_asked_for_pages(program: &str) {
    let page = Peer::http(Answers::status("200 OK").with_body("at home"));
    for arguments in [
        "hello --size 1 --tries 1 --time-scale 0",
        &format!("sites {} --tries 1", page.url()),
    ] {
        let gone = Peer::gone();
        let gone = gone.as_str();
        let proxies = [
            ("http_proxy", gone),
            ("ALL_PROXY", gone),
            ("NO_PROXY", ""),
            ("no_proxy", ""),
        ];
        let proxies = proxies.map(|(name, value)| (name, Path::new(value)));
        let run = run_with(program, arguments, &proxies);
        assert_eq!(run.code, Some(0), "{run:?}");
    }
}

#[allow(missing_docs)]
pub fn an_answer_that_is_too_late_or_too_large_is_not_taken(program: &str) {
    let answer = |head: &str| Peer::http(Answers::raw(&format!("HTTP/1.1 200 OK\r\n{head}\r\n")));
    for (peer, flags, expected) in [
        (
            answer("content-length: 5000000000\r\n"),
            "",
            Outcome::TooLarge,
        ),
        (
            answer("content-length: 11\r\n"),
            "--max-body 10",
            Outcome::TooLarge,
        ),
        (answer("content-length: 11\r\n"), "", Outcome::Corrupt),
        (
            answer("transfer-encoding: chunked\r\n\r\nxyz"),
            "",
            Outcome::Corrupt,
        ),
        (
            answer("content-encoding: br\r\n\r\nxyz"),
            "",
            Outcome::Corrupt,
        ),
        (Peer::http(Answers::raw("")), "", Outcome::Reset),
        (
            Peer::http(Answers::raw("220 mail ready\r\n\r\n")),
            "",
            Outcome::Corrupt,
        ),
        (
            Peer::http(Answers::status("403 Forbidden")),
            "",
            Outcome::ClientError,
        ),
        (
            Peer::http(Answers::status("410 Gone")),
            "",
            Outcome::NotFound,
        ),
        (
            Peer::acting(a_byte_now_and_then),
            "--timeout 0.3",
            Outcome::Timeout,
        ),
    ] {
        let ends = outcome(program, peer.url().as_str(), flags);
        assert_eq!(ends, Tally::of(expected), "{peer:?} {flags}: {ends}");
    }
    let stranger = Some("http://no-such-host.invalid/").filter(|_| names_are_resolved());
    for gone in [Peer::gone().as_str()].into_iter().chain(stranger) {
        let ends = outcome(program, gone, "");
        assert_eq!(ends, Tally::of(Outcome::Refused), "{gone}: {ends}");
    }
}

fn a_byte_now_and_then(mut connection: std::net::TcpStream) -> std::io::Result<()> {
    read_request(&mut BufReader::new(&mut connection))?;
    connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")?;
    loop {
        connection.write_all(b".")?;
        thread::sleep(Duration::from_millis(10));
    }
}

/// What is asked, of whom, and what it amounts to, is the same whichever library asks.
#[allow(missing_docs)]
pub fn an_address_means_the_same_to_every_technique(program: &str) {
    let (asked, questions) = mpsc::channel();
    let peer = move || {
        let asked = asked.clone();
        Peer::acting(move |mut connection| {
            let mut head = read_request(&mut BufReader::new(&mut connection))?;
            let path = head.remove(0).replace("GET ", "").replace(" HTTP/1.1", "");
            let status = match path.split_once("?to=") {
                Some((_, to)) => format!("302 Found\r\nlocation: {to}"),
                None if path == "/nowhere" => "302 Found".to_owned(),
                None => "200 OK".to_owned(),
            };
            head.sort();
            asked.send((path, head)).expect("a test that listens");
            write!(
                connection,
                "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
        })
    };
    let (here, there) = (peer(), peer());
    let (host, far) = (here.url().authority(), there.url().authority());
    let to = |to: &str| (format!("/?to={to}"), host);
    for (path, outcome, further) in [
        ("/page".to_owned(), Outcome::Ok, vec![]),
        ("/page?q=%20#part".to_owned(), Outcome::Ok, vec![]),
        (to("/page").0, Outcome::Ok, vec![("/page".to_owned(), host)]),
        (
            to(&format!("http://me:secret@{far}/?to=/page")).0,
            Outcome::Ok,
            vec![("/?to=/page".to_owned(), far), ("/page".to_owned(), far)],
        ),
        ("/nowhere".to_owned(), Outcome::Corrupt, vec![]),
        (to("ftp://localhost/").0, Outcome::Corrupt, vec![]),
        (to("http://").0, Outcome::Corrupt, vec![]),
        (to("").0, Outcome::RedirectLoop, vec![to(""); REDIRECTS]),
    ] {
        let url = format!("http://me:secret@{host}{path}");
        let run = run(program, &format!("sites {url} --keep-going --tries 1"));
        assert_eq!(run.code, Some(0), "{run:?}");
        let said = run.stdout.replace(&format!("{host}{path}"), "PAGE");
        assert_eq!(said.matches("http://PAGE").count(), 1, "{said}");
        assert!(!said.contains("secret"), "{said}");
        if outcome != Outcome::Ok {
            assert!(said.contains(&format!("lost: 1 {outcome};")), "{said}");
        }

        let first = path.split('#').next().expect("a path").to_owned();
        let expected = [(first, host)].into_iter().chain(further);
        let expected = expected.map(|(path, host)| {
            let head = ["accept-encoding: gzip", "accept: */*"].map(str::to_owned);
            (path, [&head[..], &[format!("host: {host}")]].concat())
        });
        let asked: Vec<_> = questions.try_iter().collect();
        assert_eq!(asked, expected.collect::<Vec<_>>(), "{url}");
    }
}

#[allow(missing_docs)]
pub fn a_server_that_asks_for_a_pause_gets_it(program: &str) {
    let (asked, questions) = mpsc::channel();
    let count = AtomicU64::new(0);
    let peer = Peer::acting(move |mut connection| {
        read_request(&mut BufReader::new(&mut connection))?;
        let _ = asked.send(Instant::now());
        let status = match count.fetch_add(1, SeqCst) {
            0 => "503 Service Unavailable\r\nretry-after: 1",
            _ => "200 OK",
        };
        write!(
            connection,
            "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    });
    let receipt = receipt(program, &format!("sites {} --workers 1", peer.url()));
    assert_eq!(receipt.tries.to_string(), "1 ok, 1 server error");
    let times: Vec<_> = questions.try_iter().collect();
    assert!(times[1] - times[0] >= Duration::from_secs(1), "{times:?}");
}

#[allow(missing_docs)]
pub fn no_more_pages_are_in_flight_than_workers(program: &str) {
    let (now, peak, count) = (
        AtomicU64::new(0),
        Arc::new(AtomicU64::new(0)),
        AtomicU64::new(0),
    );
    let highest = peak.clone();
    let peer = Peer::acting(move |mut connection| {
        let mut requests = BufReader::new(connection.try_clone()?);
        while !requests.fill_buf()?.is_empty() {
            read_request(&mut requests)?;
            highest.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
            thread::sleep(Duration::from_millis(5));
            now.fetch_sub(1, SeqCst);
            match count.fetch_add(1, SeqCst) % 4 {
                0 => return Ok(()),
                1 => connection.write_all(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n")?,
                2 => connection.write_all(
                    b"HTTP/1.1 302 Found\r\nlocation: /else\r\ncontent-length: 0\r\n\r\n",
                )?,
                _ => connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?,
            }
        }
        Ok(())
    });
    let urls: String = (0..60)
        .map(|page| format!("{}{page} ", peer.url()))
        .collect();
    let receipt = receipt(
        program,
        &format!("sites {urls} --workers 4 --keep-going --tries 2"),
    );
    assert_eq!(receipt.outcomes.total(), 60);
    let peak = peak.load(SeqCst);
    assert!((1..=4).contains(&peak), "{peak} requests at once");
}

#[allow(missing_docs)]
pub fn a_deadline_ends_a_run_with_its_pages_so_far(program: &str) {
    let arguments = "hello --size 200 --workers 2 --time-scale 0.1 --deadline 0.7";
    let run = run(program, &format!("{arguments} --json"));
    assert_eq!(run.code, Some(124), "{run:?}");
    assert!(run.stderr.contains("the deadline has passed"), "{run:?}");
    let receipt = receipt_of(program, arguments, &run);
    assert!(receipt.unfinished > 0, "{receipt:?}");
    assert_eq!(receipt.outcomes.total() + receipt.unfinished, 200);
    assert_eq!(receipt.outcomes.troubles().total(), 0, "{receipt:?}");
}

/// Servers that take so long for a head, and then three seconds for its body, the length of which they announce or do not.
fn drips(before: Duration) -> [Peer; 2] {
    [
        ("content-length: 30\r\n\r\n", ".", ""),
        (
            "transfer-encoding: chunked\r\n\r\n",
            "1\r\n.\r\n",
            "0\r\n\r\n",
        ),
    ]
    .map(|(head, drop, end)| {
        Peer::acting(move |mut connection| {
            read_request(&mut BufReader::new(&mut connection))?;
            thread::sleep(before);
            write!(connection, "HTTP/1.1 200 OK\r\n{head}")?;
            for _ in 0..30 {
                thread::sleep(Duration::from_millis(100));
                connection.write_all(drop.as_bytes())?;
            }
            connection.write_all(end.as_bytes())
        })
    })
}

fn drips_end(program: &str, before: u64, flags: &str, expected: Outcome) {
    let peers = drips(Duration::from_secs(before));
    thread::scope(|scope| {
        for peer in &peers {
            scope.spawn(|| {
                let ends = outcome(program, peer.url().as_str(), flags);
                assert_eq!(ends, Tally::of(expected), "{ends}");
            });
        }
    });
}

#[allow(missing_docs)]
pub fn a_body_has_half_of_the_time_whether_its_length_is_known_or_not(program: &str) {
    drips_end(program, 0, "--timeout 4", Outcome::Timeout);
}

#[allow(missing_docs)]
pub fn a_far_deadline_leaves_a_slow_page_its_time(program: &str) {
    // Head and body together take longer than either of them may.
    drips_end(program, 3, "--timeout 10 --deadline 600", Outcome::Ok);
}

/// A program at work, in a process group of its own.
fn start(program: &str, arguments: &str) -> (Child, Pid) {
    heed_interrupts();
    let child = Command::new(program)
        .args(arguments.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("the program starts");
    let pid = Pid::from_child(&child);
    (child, pid)
}

#[allow(missing_docs)]
pub fn an_interrupted_download_ends_gently(program: &str) {
    // Pages come in a fraction of the grace time, so that those on their way are had on a busy machine too.
    let (mut child, pid) = start(program, "hello --size 20 --workers 3 --time-scale 0.1");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let first = lines.next().expect("a story").expect("UTF-8");
    assert!(first.contains("29 bytes from"), "{first}");
    // To the program alone, as `kill` does: its processes must learn of it.
    kill_process(pid, Signal::INT).expect("the program is alive");
    let rest: Vec<_> = lines.map(|line| line.expect("UTF-8")).collect();
    let (last, story) = rest.split_last().expect("a last line");
    let greetings = 1 + story
        .iter()
        .filter(|line| line.contains("29 bytes from"))
        .count();
    assert!(
        last.contains(&format!(" hello: {greetings} greeting")),
        "{rest:?}"
    );
    assert!(
        last.contains(&format!("not fetched: {}", 20 - greetings)),
        "{rest:?}"
    );
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("interrupted"),
        "{output:?}"
    );
    ensure_gone(pid);
}

#[allow(missing_docs)]
pub fn an_interrupt_that_was_ignored_at_the_start_stays_ignored(program: &str) {
    let mut child = Command::new("sh")
        .args(["-c", "trap '' INT; exec \"$0\" \"$@\"", program])
        .args(["hello", "--size", "20", "--time-scale", "0.01"])
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("a shell");
    let pid = Pid::from_child(&child);
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    lines.next().expect("a story").expect("UTF-8");
    kill_process(pid, Signal::INT).expect("the program is alive");
    let last = lines.last().expect("a last line").expect("UTF-8");
    assert!(last.contains(" hello: 20 greetings"), "{last}");
    let status = child.wait().expect("the program ends");
    assert_eq!(status.code(), Some(0));
    ensure_gone(pid);
}

/// A program that waits for two pages that will never come.
fn start_in_vain(program: &str) -> (Child, Pid) {
    let (asked, questions) = mpsc::channel();
    let peer = Peer::acting(move |mut connection| {
        read_request(&mut BufReader::new(&mut connection))?;
        let _ = asked.send(());
        // Until the client has gone.
        connection.read(&mut [0]).map(drop)
    });
    let started = start(program, &format!("sites {0} {0} --workers 2", peer.url()));
    questions.recv().expect("a request");
    started
}

#[allow(missing_docs)]
pub fn a_program_that_waits_for_a_page_says_so(program: &str) {
    let (mut child, pid) = start_in_vain(program);
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let said = stdout.lines().map(|line| line.expect("UTF-8"));
    let waits = said
        .into_iter()
        .find(|line| line.contains("no page has come"));
    let waits = waits.expect("a line about the wait");
    assert!(
        waits.contains("--timeout") && waits.contains("180 s"),
        "{waits}"
    );
    kill_process(pid, Signal::INT).expect("the program is alive");
    child.wait().expect("the program ends");
    ensure_gone(pid);
}

#[allow(missing_docs)]
pub fn a_second_interrupt_ends_a_download_at_once(program: &str) {
    let (mut child, pid) = start_in_vain(program);
    while child.try_wait().expect("a child").is_none() {
        let _ = kill_process(pid, Signal::INT);
        thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    ensure_gone(pid);

    // One interrupt alone: what hangs is given up after a grace time.
    let (child, pid) = start_in_vain(program);
    kill_process(pid, Signal::INT).expect("the program is alive");
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.ends_with("; not fetched: 2\n"), "{said}");
    ensure_gone(pid);
}

/// One page is there, and the other takes four seconds: less than a patient program would wait, far more than it takes to
/// end, on any machine.
#[allow(missing_docs)]
pub fn an_interrupted_download_waits_for_no_slow_page(program: &str) {
    let (asked, questions) = mpsc::channel();
    let peer = Peer::acting(move |mut connection| {
        const PAGE: &[u8] =
            b"HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\nHello, World!, I am worker 07";
        let mut requests = BufReader::new(connection.try_clone()?);
        if requests.fill_buf()?.is_empty() {
            // The program has found a listener.
            return Ok(());
        }
        read_request(&mut requests)?;
        connection.write_all(PAGE)?;
        read_request(&mut requests)?;
        let _ = asked.send(());
        thread::sleep(Duration::from_secs(4));
        connection.write_all(PAGE)
    });
    let arguments = format!("hello --size 2 --workers 1 --server {}", peer.url());
    let (child, pid) = start(program, &arguments);
    questions.recv().expect("a request");
    kill_process(pid, Signal::INT).expect("the program is alive");
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(" hello: 1 greeting in "), "{said}");
    assert!(said.ends_with("; not fetched: 1\n"), "{said}");
    ensure_gone(pid);
}

#[allow(missing_docs)]
pub fn an_authority_of_ones_own_is_trusted_instead_of_the_systems(program: &str) {
    let peer = Peer::https(Answers::status("200 OK").with_body("far away"));
    let (url, file) = (
        peer.url(),
        peer.authority().expect("a peer with TLS has one"),
    );
    let receipt: Receipt = receipt(program, &format!("sites {url} --ca {}", file.display()));
    assert_eq!((receipt.units, receipt.bytes), (1, 8));

    let stranger = Peer::https(Answers::status("200 OK"));
    let other = stranger
        .authority()
        .expect("a peer with TLS has one")
        .display();
    let ends = outcome(program, url.as_str(), &format!("--ca {other}"));
    assert_eq!(ends, Tally::of(Outcome::Refused));

    for nothing in ["/dev/null", "/nowhere"] {
        let arguments = format!("sites {url} --ca {nothing}");
        let line = failure(program, &arguments, 2);
        assert!(line.contains(nothing) && line.contains("PEM"), "{line}");
    }
}
