//! The contenders: programs that do what they are asked for, and `procspawn`.

use std::cell::RefCell;
use std::env;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that is asked for things on its standard input, and answers each with a number.
pub struct Contender {
    process: Child,
    lines: RefCell<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
}

impl Contender {
    /// The library: `benches/pool/library.rs`, as cargo builds it beside this program.
    pub fn library() -> io::Result<Contender> {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        // What cargo tells this program of its package would have build scripts run once more.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        Contender::start(
            command
                .args(["run", "--quiet", "--release", "-p", env!("CARGO_PKG_NAME")])
                .args(["--example", "multiprocessing-bench"]),
        )
    }

    pub fn python() -> io::Result<Contender> {
        Contender::start(Command::new("python3").args(["-c", include_str!("contenders.py")]))
    }

    fn start(command: &mut Command) -> io::Result<Contender> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            unreachable!("both are pipes")
        };
        Ok(Contender {
            process,
            lines: RefCell::new((input, BufReader::new(output).lines())),
        })
    }

    /// Has it do something so many times.
    pub fn ask(&self, what: &str, count: u64) -> f64 {
        let (input, output) = &mut *self.lines.borrow_mut();
        writeln!(input, "{what} {count}").unwrap();
        let answer = output.next().expect("an answer").unwrap();
        answer.parse().expect("a number")
    }

    /// How long it takes to do something so many times.
    pub fn time(&self, what: &str, count: u64) -> Duration {
        Duration::from_secs_f64(self.ask(what, count))
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Squares numbers with procspawn, in tasks of `chunksize`.
pub fn procspawn_map(pool: &procspawn::Pool, count: u64, chunksize: u64) -> Duration {
    let numbers: Vec<u64> = (0..count).collect();
    let chunks: Vec<_> = numbers
        .chunks(chunksize as usize)
        .map(<[u64]>::to_vec)
        .collect();
    let start = Instant::now();
    // A task holds descriptors until it is joined: more than some hundreds are too many.
    for chunks in chunks.chunks(100) {
        let mut handles = Vec::new();
        for chunk in chunks {
            handles.push(procspawn::spawn!(in pool, (chunk.clone() => chunk) || {
                chunk.into_iter().map(|number| number * number).collect::<Vec<u64>>()
            }));
        }
        for handle in handles {
            handle.join().unwrap();
        }
    }
    start.elapsed()
}
