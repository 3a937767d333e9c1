//! One process for one task.

use std::io::{Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use multiprocessing::{
    Error, ExitStatus, Manager, NAME_LIMIT, Pipe, Pool, Process, Result, current_process, prepare,
};

use crate::pool::refuse;
use crate::tools::{Watch, add, check, never_return, pid, square, wait_for};

crate::trials![
    a_process_returns_what_its_task_returned,
    a_task_of_several_parameters_takes_a_tuple,
    exit_codes_are_those_of_cpython,
    a_panic_comes_back_with_its_message,
    an_error_of_a_task_is_a_value,
    the_error_of_a_killed_process_names_the_signal,
    join_with_a_timeout_gives_up_and_may_be_repeated,
    several_threads_may_join_one_process,
    a_process_lives_until_it_is_terminated,
    a_process_that_is_dropped_is_killed,
    a_process_knows_its_name,
    a_process_shows_the_name_of_its_program,
    a_name_that_is_none_is_refused,
    a_task_that_is_not_registered_is_refused_with_the_remedy,
    a_task_may_read_and_print,
    programs_that_a_task_starts_inherit_nothing,
    preparations_come_before_the_first_task,
    a_preparation_that_returns_an_error_is_an_error_of_its_process,
    a_worker_without_a_parent_says_so,
];

fn a_process_returns_what_its_task_returned() -> Result<()> {
    assert_eq!(Process::spawn(square, 12)?.result()?, 144);
    Ok(())
}

fn a_task_of_several_parameters_takes_a_tuple() -> Result<()> {
    assert_eq!(Process::spawn(add, (1, 2))?.result()?, 3);
    Ok(())
}

pub fn end(how: String) {
    match how.as_str() {
        "return" => (),
        "raise" => panic!("an exception"),
        "exit" => std::process::exit(3),
        "exit large" => std::process::exit(256 + 7),
        "abort" => std::process::abort(),
        "SIGTERM" | "SIGKILL" => never_return(),
        other => panic!("no way to end: {other}"),
    }
}

/// How a process ends, and the exit code that CPython gives it.
const EXIT_CODES: [(&str, i32); 7] = [
    ("return", 0),
    ("raise", 1),
    ("exit", 3),
    ("exit large", 7),
    ("abort", -6),
    ("SIGTERM", -15),
    ("SIGKILL", -9),
];

fn exit_codes_are_those_of_cpython() -> Result<()> {
    for (how, exitcode) in EXIT_CODES {
        let process = Process::spawn(end, how.to_owned())?;
        match how {
            "SIGTERM" => process.terminate()?,
            "SIGKILL" => process.kill()?,
            _ => {}
        }
        assert_eq!(process.join()?, exitcode, "{how}");
        assert_eq!(process.exitcode()?.unwrap(), exitcode, "{how}");
    }

    let python = "
import multiprocessing, os, sys, time

def end(how):
    if how == 'raise': sys.stderr = open(os.devnull, 'w'); raise Exception
    if how == 'exit': sys.exit(3)
    if how == 'exit large': os._exit(256 + 7)
    if how == 'abort': os.abort()
    if how.startswith('SIG'): time.sleep(1000)

context = multiprocessing.get_context('fork')
for how in sys.argv[1:]:
    process = context.Process(target=end, args=(how,))
    process.start()
    if how == 'SIGTERM': process.terminate()
    if how == 'SIGKILL': process.kill()
    process.join()
    print(process.exitcode)
";
    let ways = EXIT_CODES.map(|(how, _)| how);
    match Command::new("python3")
        .args(["-c", python])
        .args(ways)
        .output()
    {
        Ok(output) => {
            let codes = EXIT_CODES
                .map(|(_, exitcode)| format!("{exitcode}\n"))
                .concat();
            assert_eq!(String::from_utf8_lossy(&output.stdout), codes, "{output:?}");
        }
        Err(error) => eprintln!("python3 was not asked for its exit codes: {error}"),
    }
    Ok(())
}

fn a_panic_comes_back_with_its_message() -> Result<()> {
    let process = Process::spawn(check, false)?;
    let pid = process.pid();
    match process.result() {
        Err(Error::Panicked {
            task,
            pid: where_it_was,
            message,
            ..
        }) => {
            assert!(task.ends_with("tools::check"));
            assert_eq!((where_it_was, message.as_str()), (pid, "this is not good"));
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}

fn an_error_of_a_task_is_a_value() -> Result<()> {
    let process = Process::spawn(check, true)?;
    assert_eq!(process.join()?, 0);
    assert_eq!(process.result()?, Err("an error is a value".to_owned()));
    Ok(())
}

fn the_error_of_a_killed_process_names_the_signal() -> Result<()> {
    let process = Process::spawn(never_return, ())?;
    let pid = process.pid();
    process.kill()?;
    let error = process.result().unwrap_err();
    assert!(
        matches!(error, Error::Died { exitcode: ExitStatus::Signal(9), pid: who, .. } if who == pid),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains(&pid.to_string()) && text.contains("SIGKILL"),
        "{text}"
    );
    Ok(())
}

fn join_with_a_timeout_gives_up_and_may_be_repeated() -> Result<()> {
    let (release, theirs) = Pipe::new()?;
    let process = Process::spawn(wait_for, theirs)?;
    assert_eq!(process.join_timeout(Duration::ZERO)?, None);
    assert_eq!(process.join_timeout(Duration::from_millis(5))?, None);
    drop(release);
    assert_eq!(
        process.join_timeout(Duration::MAX)?,
        Some(ExitStatus::Code(0))
    );
    assert_eq!(
        process.join_timeout(Duration::ZERO)?,
        Some(ExitStatus::Code(0))
    );
    Ok(())
}

fn several_threads_may_join_one_process() -> Result<()> {
    let process = Process::spawn(never_return, ())?;
    std::thread::scope(|scope| {
        let waiting = [(); 4].map(|()| scope.spawn(|| process.join()));
        process.terminate()?;
        for thread in waiting {
            assert_eq!(thread.join().unwrap()?, -15);
        }
        Ok(())
    })
}

fn a_process_lives_until_it_is_terminated() -> Result<()> {
    let process = Process::spawn(never_return, ())?;
    assert!(process.is_alive()?);
    assert_eq!(process.exitcode()?, None);
    process.terminate()?;
    assert_eq!(process.join()?, -15);
    assert!(!process.is_alive()?);
    // A signal to one that is gone hits no other process.
    process.kill()?;
    Ok(())
}

fn a_process_that_is_dropped_is_killed() -> Result<()> {
    let process = Process::spawn(never_return, ())?;
    let watch = Watch::new(process.pid());
    drop(process);
    watch.wait_for_its_end();
    Ok(())
}

pub fn who() -> (String, u32) {
    (current_process().name().to_owned(), current_process().pid())
}

fn a_process_knows_its_name() -> Result<()> {
    let bob = Process::spawn_named("bob", who, ())?;
    assert_eq!(bob.name(), "bob");
    let pid = bob.pid();
    assert_eq!(bob.result()?, ("bob".to_owned(), pid));

    let unnamed = Process::spawn(who, ())?;
    assert!(unnamed.name().starts_with("Process-"));
    assert_eq!(unnamed.name().to_owned(), unnamed.result()?.0);
    assert_eq!(current_process().name(), "MainProcess");
    assert_eq!(current_process().pid(), std::process::id());
    Ok(())
}

fn a_process_shows_the_name_of_its_program() -> Result<()> {
    let (release, theirs) = Pipe::new()?;
    let process = Process::spawn_named("jerry", wait_for, theirs)?;
    let read = |file| std::fs::read_to_string(format!("/proc/{}/{file}", process.pid())).unwrap();
    crate::tools::eventually("the process is named", || {
        read("comm").starts_with("library")
    });
    assert!(
        read("cmdline").ends_with("\0jerry\0"),
        "{}",
        read("cmdline")
    );
    drop(release);
    assert_eq!(process.join()?, 0);
    Ok(())
}

fn a_name_that_is_none_is_refused() -> Result<()> {
    for name in ["", "b\0b", &"b".repeat(NAME_LIMIT + 1)] {
        let process = Process::spawn_named(name, pid, ());
        assert!(matches!(process.err(), Some(Error::Name)));
    }
    let process = Process::spawn_named(&"b".repeat(NAME_LIMIT), pid, ())?;
    assert_eq!(process.join()?, 0);
    Ok(())
}

fn a_task_that_is_not_registered_is_refused_with_the_remedy() -> Result<()> {
    fn unlisted() {}
    let error = Process::spawn(unlisted, ()).err().unwrap().to_string();
    assert!(error.contains("unlisted` is not registered"), "{error}");
    assert!(
        error.contains("add it to multiprocessing::init(tasks![...])"),
        "{error}"
    );
    let pool = Pool::builder().workers(1).build()?;
    assert!(matches!(
        pool.map(unlisted, [()]),
        Err(Error::Unregistered { .. })
    ));
    assert!(matches!(
        prepare(unlisted, ()),
        Err(Error::Unregistered { .. })
    ));
    Ok(())
}

/// The argument that makes a program of its own of this one.
pub const PRINTER: &str = "print-through-workers";

pub fn printer() -> ExitCode {
    let pool = Pool::builder().workers(1).build().unwrap();
    assert_eq!(pool.map(read_and_print, [1, 2, 3]).unwrap(), [0, 0, 0]);
    assert_eq!(
        Process::spawn(read_and_print, 4).unwrap().result().unwrap(),
        0
    );
    ExitCode::SUCCESS
}

pub fn read_and_print(number: u32) -> usize {
    print!("number {number};");
    std::io::stdout().flush().unwrap();
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).unwrap()
}

fn a_task_may_read_and_print() -> Result<()> {
    let mut command = Command::new("/proc/self/exe");
    let output = command.arg(PRINTER).stdin(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, "number 1;number 2;number 3;number 4;");
    Ok(())
}

pub fn list_descriptors() -> String {
    let output = Command::new("ls")
        .arg("/proc/self/fd")
        .stdin(Stdio::inherit())
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

fn programs_that_a_task_starts_inherit_nothing() -> Result<()> {
    // No more than what is started here: that inherits what this program did, and no more either.
    assert_eq!(
        Process::spawn(list_descriptors, ())?.result()?,
        list_descriptors()
    );
    Ok(())
}

static PREPARED: AtomicU32 = AtomicU32::new(0);

pub fn prepared(number: u32) {
    PREPARED.fetch_add(number, Ordering::Relaxed);
}

pub fn was_prepared() -> u32 {
    PREPARED.load(Ordering::Relaxed)
}

pub fn prepare_twice() {
    let before = Process::spawn(was_prepared, ()).unwrap();
    prepare(prepared, 1).unwrap();
    prepare(prepared, 10).unwrap();
    let after = Process::spawn(was_prepared, ()).unwrap();
    let pool = Pool::builder().workers(2).build().unwrap();

    assert_eq!(before.result().unwrap(), 0);
    assert_eq!(after.result().unwrap(), 11);
    assert_eq!(pool.map_chunked(was_prepared, [(); 8], 1).unwrap(), [11; 8]);
    assert_eq!(
        Manager::new()
            .unwrap()
            .dict::<u32, u32>("any")
            .get(&1)
            .unwrap(),
        None
    );
    assert_eq!(was_prepared(), 0);
}

pub fn prepare_in_vain() -> [String; 2] {
    prepare(refuse, "no certificates".to_owned()).unwrap();
    let process = Process::spawn(square, 3).unwrap().result();
    let pool = Pool::builder().workers(1).build();
    [process.err().unwrap(), pool.err().unwrap()].map(|error| error.to_string())
}

fn a_preparation_that_returns_an_error_is_an_error_of_its_process() -> Result<()> {
    for error in Process::spawn(prepare_in_vain, ())?.result()? {
        assert!(
            error.ends_with("returned an error: no certificates"),
            "{error}"
        );
    }
    Ok(())
}

fn preparations_come_before_the_first_task() -> Result<()> {
    // In a process of its own: what is prepared once is prepared for all that follow.
    Process::spawn(prepare_twice, ())?.result()
}

fn a_worker_without_a_parent_says_so() -> Result<()> {
    let mut command = Command::new("/proc/self/exe");
    let command = command
        .args(["--multiprocessing-worker", "Worker-1"])
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("started by another process of its program"),
        "{text}"
    );
    Ok(())
}
