//! What a process gets from the one that started it, and from the system, when it should not or does
//! not.

use std::fs::read_to_string;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::ptr::null_mut;

use multiprocessing::{Error, ExitStatus, Pipe, Pool, Process, Result};

use crate::tools::{eventually, never_return, square, wait_for};

crate::trials![
    a_forked_copy_leaves_its_parents_workers_alone,
    a_worker_can_be_terminated_whatever_its_parent_ignores,
    a_worker_ignores_what_its_program_was_started_to_ignore,
    a_program_that_the_loader_was_started_with_is_what_workers_run,
    a_missing_file_is_named,
    a_worker_that_ignores_interrupts_ignores_one_that_comes_while_it_starts,
];

/// Forks while a pool has tasks. Returns how the copy ended, and the results.
pub fn fork_with_a_pool() -> (i32, Vec<bool>) {
    let pool = Pool::builder().workers(2).build().unwrap();
    let process = Process::spawn(never_return, ()).unwrap();
    let (ours, theirs) = Pipe::new().unwrap();
    let futures = [(); 2].map(|()| pool.apply_async(wait_for, theirs.clone()).unwrap());
    drop(theirs);
    let mut results = pool.imap(square, 0..3).unwrap();
    // SAFETY: no other thread of this process has a lock for longer than it takes, and the copy calls
    // nothing but the library.
    #[expect(unsafe_code)]
    let copy = unsafe { libc::fork() };
    if copy == 0 {
        let inherited = |error: Option<Error>| matches!(error, Some(Error::Inherited { .. }));
        let refused = [
            inherited(pool.apply(square, 3).err()),
            inherited(futures[0].get().err()),
            inherited(results.next().unwrap().err()),
            results.next().is_none(),
            inherited(pool.join().err()),
            inherited(process.kill().err()),
            inherited(process.join().err()),
            pool.pids().is_empty(),
        ];
        pool.terminate();
        drop((results, pool, process));
        drop(futures);
        // The copy can have a pool of its own.
        let own = Pool::builder().workers(1).build();
        let works = own.and_then(|pool| pool.apply(square, 3));
        let code = i32::from(refused != [true; 8] || works.ok() != Some(9));
        std::process::exit(code);
    }
    let mut status = -1;
    // SAFETY: it writes to a number of this function.
    #[expect(unsafe_code)]
    unsafe {
        libc::waitpid(copy, &mut status, 0)
    };
    drop(ours);
    let results = futures.map(|future| future.get().is_ok());
    assert!(process.is_alive().unwrap());
    (status, results.to_vec())
}

fn a_forked_copy_leaves_its_parents_workers_alone() -> Result<()> {
    let (status, results) = Process::spawn(fork_with_a_pool, ())?.result()?;
    assert_eq!(status, 0);
    assert_eq!(results, [true, true]);
    Ok(())
}

/// Starts a process while SIGTERM is blocked and SIGINT ignored here. Returns its exit codes.
pub fn start_with_signals_off() -> Vec<ExitStatus> {
    // SAFETY: the set is filled before it is read, and to ignore a signal calls nothing.
    #[expect(unsafe_code)]
    unsafe {
        let mut all = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, null_mut());
        libc::signal(libc::SIGINT, libc::SIG_IGN);
        libc::signal(libc::SIGTERM, libc::SIG_IGN);
    }
    let ends = [libc::SIGTERM, libc::SIGINT].map(|signal| {
        let (ours, theirs) = Pipe::<()>::new().unwrap();
        let process = Process::spawn(wait_for, theirs).unwrap();
        // It has begun when it has taken its end of the pipe.
        let pid = process.pid();
        eventually("it catches, blocks and ignores none of both", || {
            let status = read_to_string(format!("/proc/{pid}/status")).unwrap();
            let bits = |name| {
                let line = status.lines().find_map(|line| line.strip_prefix(name));
                u64::from_str_radix(line.unwrap().trim(), 16).unwrap()
            };
            let both = 1 << (libc::SIGTERM - 1) | 1 << (libc::SIGINT - 1);
            (bits("SigBlk:") | bits("SigIgn:")) & both == 0
        });
        // SAFETY: a number for a number.
        #[expect(unsafe_code)]
        unsafe {
            libc::kill(pid as i32, signal)
        };
        let end = process.join().unwrap();
        drop(ours);
        end
    });
    ends.to_vec()
}

/// Starts itself as `nohup` or a script starts a program, and waits for the signals of a worker's worker.
fn a_worker_ignores_what_its_program_was_started_to_ignore() -> Result<()> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(NOHUP);
    // SAFETY: to ignore a signal calls nothing, and needs no memory.
    #[expect(unsafe_code)]
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            libc::signal(libc::SIGQUIT, libc::SIG_IGN);
            Ok(())
        });
    }
    let output = command.output().unwrap();
    let signals = format!("{:?}", [libc::SIGHUP, libc::SIGQUIT]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        signals,
        "{output:?}"
    );
    Ok(())
}

/// The argument of a program of these tests that is to print which signals its worker's worker ignores.
pub const NOHUP: &str = "--print-ignored-signals";

pub fn nohup() -> ExitCode {
    let process = Process::spawn(ignored_by_a_workers_worker, ()).unwrap();
    println!("{:?}", process.result().unwrap());
    ExitCode::SUCCESS
}

/// Which signals of the terminal a worker's worker ignores.
pub fn ignored_by_a_workers_worker() -> Vec<i32> {
    let pool = Pool::builder().workers(1).build().unwrap();
    pool.apply(ignored, ()).unwrap()
}

/// Which signals of the terminal this process ignores.
pub fn ignored() -> Vec<i32> {
    let status = read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let bits = u64::from_str_radix(line.unwrap().trim(), 16).unwrap();
    let mut signals = vec![libc::SIGHUP, libc::SIGINT, libc::SIGQUIT];
    signals.retain(|signal| bits & 1 << (signal - 1) != 0);
    signals
}

fn a_worker_can_be_terminated_whatever_its_parent_ignores() -> Result<()> {
    let ends = Process::spawn(start_with_signals_off, ())?.result()?;
    assert_eq!(ends, [libc::SIGTERM, libc::SIGINT].map(ExitStatus::Signal));
    Ok(())
}

/// The argument that makes a program of its own of this one, which starts a pool.
pub const STARTER: &str = "start-a-pool";

pub fn starter() -> ExitCode {
    match Pool::builder().workers(1).build() {
        Ok(pool) => println!("{}", pool.apply(square, 3).unwrap()),
        Err(error) => println!("{error}"),
    }
    ExitCode::SUCCESS
}

fn a_program_that_the_loader_was_started_with_is_what_workers_run() -> Result<()> {
    let maps = read_to_string("/proc/self/maps").unwrap();
    let mut files = maps
        .lines()
        .filter_map(|line| line.find('/').map(|at| &line[at..]));
    let Some(loader) = files.find(|file| file.contains("/ld-") && file.contains(".so")) else {
        println!("skipped: this program was linked without a loader");
        return Ok(());
    };
    let program = std::env::current_exe().unwrap();
    let output = Command::new(loader)
        .arg(program)
        .arg(STARTER)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "9\n", "{output:?}");
    Ok(())
}

/// Starts a pool after the system has forgotten one call.
pub fn start_without(call: i64) -> String {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};

    let refused = SeccompAction::Errno(libc::ENOSYS as u32);
    let architecture = TargetArch::try_from(std::env::consts::ARCH).unwrap();
    let rules = [(call, Vec::new())].into();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, architecture).unwrap();
    apply_filter(&BpfProgram::try_from(filter).unwrap()).unwrap();
    let pool = Pool::builder().workers(1).build();
    pool.map_or_else(
        |error| error.to_string(),
        |_| "nothing is missing".to_owned(),
    )
}

fn a_missing_file_is_named() -> Result<()> {
    for (call, name) in [
        (libc::SYS_pidfd_open, "pidfd_open"),
        (libc::SYS_memfd_create, "memfd_create"),
    ] {
        let error = Process::spawn(start_without, call)?.result()?;
        assert!(error.contains(name), "{error}");
        assert!(error.contains("Function not implemented"), "{error}");
    }
    let hidden = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c"])
        .arg("mount -t tmpfs none /proc && exec \"$0\" \"$1\"")
        .arg(std::env::current_exe().unwrap())
        .arg(STARTER)
        .output();
    match hidden {
        Ok(output) if output.status.success() => {
            let error = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(error.contains("/proc"), "{error}");
        }
        other => println!("skipped: /proc cannot be taken away here: {other:?}"),
    }
    Ok(())
}

/// Programs that have this variable are interrupted as soon as they start.
const INTERRUPTED: &str = "INTERRUPTED_AT_START";

pub fn interrupt_if_asked() {
    if std::env::var_os(INTERRUPTED).is_some() {
        // SAFETY: a number for a number.
        #[expect(unsafe_code)]
        unsafe {
            libc::raise(libc::SIGINT)
        };
    }
}

/// Whether SIGINT is blocked here.
pub fn blocks_interrupts() -> bool {
    let status = read_to_string("/proc/thread-self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
    let bits = u64::from_str_radix(line.unwrap().trim(), 16).unwrap();
    bits & 1 << (libc::SIGINT - 1) != 0
}

/// Starts a pool whose workers are interrupted while they start. Whether SIGINT is blocked here then, and there.
pub fn start_interrupted() -> [bool; 2] {
    // SAFETY: no other thread of this process looks at its environment.
    #[expect(unsafe_code)]
    unsafe {
        std::env::set_var(INTERRUPTED, "")
    };
    let pool = Pool::builder()
        .workers(2)
        .ignore_interrupts()
        .build()
        .unwrap();
    [
        blocks_interrupts(),
        pool.apply(blocks_interrupts, ()).unwrap(),
    ]
}

fn a_worker_that_ignores_interrupts_ignores_one_that_comes_while_it_starts() -> Result<()> {
    let blocked = Process::spawn(start_interrupted, ())?.result()?;
    assert_eq!(blocked, [false, false]);
    Ok(())
}
