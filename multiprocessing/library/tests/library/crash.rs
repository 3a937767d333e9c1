//! The crash matrix: every way to die, at every moment.

use std::hint::black_box;
use std::thread;

use libtest_mimic::Trial;
use multiprocessing::{Error, ExitStatus, Pipe, Pool, Result, Value, current_process};
use rustix::process::{Pid, Resource, Rlimit, Signal, getpid, kill_process, setrlimit};
use serde::{Deserialize, Serialize, Serializer};

use crate::future::answer_first;
use crate::tools::{Bytes, Watch, eventually, pid, square, stop, trial, wait_for};

/// A way to die.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Death {
    Sigkill,
    Sigsegv,
    Sigterm,
    Abort,
    Exit3,
    Panic,
    MemoryLimit,
}

impl Death {
    const ALL: [Death; 7] = [
        Death::Sigkill,
        Death::Sigsegv,
        Death::Sigterm,
        Death::Abort,
        Death::Exit3,
        Death::Panic,
        Death::MemoryLimit,
    ];

    fn name(self) -> &'static str {
        match self {
            Death::Sigkill => "sigkill",
            Death::Sigsegv => "sigsegv",
            Death::Sigterm => "sigterm",
            Death::Abort => "abort",
            Death::Exit3 => "exit_3",
            Death::Panic => "a_panic",
            Death::MemoryLimit => "its_memory_limit",
        }
    }

    /// The exit code, unless it does not end the process.
    fn exitcode(self) -> Option<i32> {
        match self {
            Death::Sigkill => Some(-9),
            Death::Sigsegv => Some(-11),
            Death::Sigterm => Some(-15),
            Death::Abort | Death::MemoryLimit => Some(-6),
            Death::Exit3 => Some(3),
            Death::Panic => None,
        }
    }

    pub fn happen(self) {
        match self {
            Death::Sigkill => signal(Signal::KILL),
            Death::Sigsegv => signal(Signal::SEGV),
            Death::Sigterm => signal(Signal::TERM),
            Death::Abort => std::process::abort(),
            Death::Exit3 => std::process::exit(3),
            Death::Panic => panic!("a panic of a test"),
            Death::MemoryLimit => {
                let limit = Rlimit {
                    current: Some(1 << 30),
                    maximum: Some(1 << 30),
                };
                setrlimit(Resource::As, limit).unwrap();
                black_box(vec![1_u8; 2 << 30]);
            }
        }
    }
}

fn signal(signal: Signal) {
    loop {
        // Rust's own handler of SIGSEGV lets the first one pass, if no access to memory caused it.
        kill_process(getpid(), signal).unwrap();
    }
}

/// What is to be so when a worker dies at this moment.
type Moment = fn(Death) -> Result<()>;

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for death in Death::ALL {
        let moments: [(&str, Moment); 4] = [
            ("while_idle", while_idle),
            ("in_a_task", in_a_task),
            ("while_sending_8_mib", while_sending),
            ("in_the_initializer", in_the_initializer),
        ];
        for (moment, test) in moments {
            let name = format!(
                "a_worker_that_meets_{}_{moment}_costs_only_its_task",
                death.name()
            );
            trials.push(trial(&name, move || test(death)));
        }
    }
    trials.push(trial(
        "a_task_that_was_not_begun_is_not_lost",
        a_task_that_was_not_begun_is_not_lost,
    ));
    trials
}

/// The number of the task that is to be lost.
const DOOMED: u32 = 7;

/// Only this task is lost, if any, all others are done in order, and there are as many workers as before.
fn in_order_but(
    lost: Option<u32>,
    pool: &Pool,
    results: impl Iterator<Item = Result<u32>>,
    death: Death,
) -> Result<()> {
    for (number, result) in (0_u32..).zip(results) {
        match (result, death.exitcode()) {
            (Ok(result), _) => assert_eq!((result, Some(number) == lost), (number, false)),
            (
                Err(Error::Died {
                    pid,
                    exitcode,
                    task,
                }),
                Some(expected),
            ) => {
                assert_eq!(Some(number), lost);
                assert_eq!(exitcode, expected);
                assert!(task.contains("crash::") && pid != std::process::id());
            }
            (Err(Error::Panicked { message, .. }), None) => {
                assert_eq!(
                    (Some(number), message.as_str()),
                    (lost, "a panic of a test")
                );
            }
            (Err(error), _) => return Err(error),
        }
    }
    assert_eq!(pool.pids().len(), 2);
    assert_eq!(pool.map(square, [1, 2, 3])?, [1, 4, 9]);
    Ok(())
}

pub fn die(death: Death) -> u32 {
    death.happen();
    0
}

/// Dies if it is asked to, or returns its number.
pub fn plant(number: u32, death: Option<Death>, release: Option<Pipe<()>>) -> u32 {
    match (death, release) {
        (Some(death), None) => death.happen(),
        // Dies when the worker has nothing to do.
        (Some(death), Some(release)) => drop(thread::spawn(move || {
            wait_for(release);
            death.happen();
        })),
        (None, _) => {}
    }
    number
}

fn while_idle(death: Death) -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let (release, theirs) = Pipe::new()?;
    pool.apply(plant, (0, Some(death), Some(theirs)))?;
    let workers = pool.pids();
    drop(release);
    if death.exitcode().is_some() {
        eventually("one is replaced", || {
            let now = pool.pids();
            now.len() == 2 && now.iter().filter(|pid| workers.contains(pid)).count() == 1
        });
    }
    let results = pool.imap(plant, (0..20).map(|number| (number, None, None)))?;
    in_order_but(None, &pool, results, death)
}

fn in_a_task(death: Death) -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let items = (0..20).map(|number| (number, (number == DOOMED).then_some(death), None));
    let results = pool.imap(plant, items)?;
    in_order_but(Some(DOOMED), &pool, results, death)
}

/// A long result that kills its process when it is almost sent.
#[derive(Deserialize)]
pub struct Result8MiB {
    number: u32,
    _bytes: Bytes,
    _death: Dying,
}

#[derive(Deserialize)]
pub struct Dying(Option<Death>);

impl Serialize for Result8MiB {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.number, &self._bytes, &self._death).serialize(serializer)
    }
}

impl Serialize for Dying {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(death) = self.0 {
            death.happen();
        }
        self.0.serialize(serializer)
    }
}

pub fn die_while_sending(number: u32, death: Option<Death>) -> Result8MiB {
    Result8MiB {
        number,
        _bytes: Bytes(vec![1; 8 << 20]),
        _death: Dying(death),
    }
}

fn while_sending(death: Death) -> Result<()> {
    let pool = Pool::builder().workers(2).build()?;
    let items = (0..10).map(|number| (number, (number == DOOMED).then_some(death)));
    let results = pool.imap(die_while_sending, items)?;
    let results = results.map(|result| Ok(result?.number));
    in_order_but(Some(DOOMED), &pool, results, death)
}

fn in_the_initializer(death: Death) -> Result<()> {
    let starts = Value::<u32>::new(0)?;
    let pool = Pool::builder()
        .workers(2)
        .initializer(initialise, (death, starts.clone()))
        .build();
    let error = pool.expect_err("no worker is ever ready");
    assert!(starts.get() <= 2, "{} were started", starts.get());
    let text = error.to_string();
    match (error, death.exitcode()) {
        (Error::Unprepared(_), None) => assert!(text.contains("a panic of a test"), "{text}"),
        (Error::Broken(_), Some(code)) => {
            assert!(text.contains("before it was ready"), "{text}");
            assert!(text.contains(&code.unsigned_abs().to_string()), "{text}");
        }
        (error, _) => panic!("{error:?}"),
    }
    Ok(())
}

pub fn initialise(death: Death, starts: Value<u32>) {
    starts.update(|count| count + 1);
    death.happen();
}

/// Dies as often as the value says, then returns.
pub fn die_once(deaths: Value<u32>) -> u32 {
    if deaths.get() > 0 {
        deaths.update(|deaths| deaths - 1);
        std::process::abort();
    }
    current_process().pid()
}

/// It waits in the socket of a worker that is killed, which is known to have not begun it.
fn a_task_that_was_not_begun_is_not_lost() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    for _ in 0..20 {
        let worker = pool.apply(pid, ())?;
        let watch = Watch::new(worker);
        let process = Pid::from_raw(worker as i32).unwrap();
        stop(worker);
        let futures: Result<Vec<_>> = (0..5)
            .map(|number| pool.apply_async(square, number))
            .collect();
        kill_process(process, Signal::KILL).unwrap();
        watch.wait_for_its_end();
        for (number, future) in futures?.iter().enumerate() {
            assert_eq!(future.get()?, square(number as u64));
        }
    }

    // Nor are those lost that wait behind the one that the worker runs.
    let (ours, theirs) = Pipe::new()?;
    let killed = pool.apply_async(answer_first, theirs)?;
    let futures: Result<Vec<_>> = (0..5)
        .map(|number| pool.apply_async(square, number))
        .collect();
    ours.recv()?;
    let process = Pid::from_raw(pool.pids()[0] as i32).unwrap();
    kill_process(process, Signal::KILL).unwrap();
    assert!(matches!(
        killed.get(),
        Err(Error::Died {
            exitcode: ExitStatus::Signal(9),
            ..
        })
    ));
    for (number, future) in futures?.iter().enumerate() {
        assert_eq!(future.get()?, square(number as u64));
    }
    Ok(())
}
