//! Processes that this program starts for itself: nodes, and servers of pages.

use std::env;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{self, Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use cluster::{Cluster, Future, Machine};

use super::broker;

/// How often a process is looked at while its answer is waited for.
const GLANCE: Duration = Duration::from_secs(1);

/// A process that ends with this value, and at the latest with this process.
pub struct Started {
    child: Child,
    /// Where it complains.
    stderr: File,
}

/// A command that runs here or on this machine, and ends with this process, however that ends. The main thread is to start it: the
/// system ends it with the thread that has.
pub fn command(machine: Option<&Machine>, program: &Path) -> Command {
    let mut command = match machine {
        Some(machine) => machine.command("setpriv"),
        None => Command::new("setpriv"),
    };
    command.args(["--pdeathsig", "KILL", "--"]);
    // If this process has ended before that was asked for, there is no other end.
    command.args(["sh", "-c", r#"[ "$PPID" = "$0" ] && exec "$@""#]);
    command.arg(process::id().to_string()).arg(program);
    command
}

/// The command of a node with so many workers, on this machine or here.
pub fn node(machine: Option<&Machine>, url: &str, workers: usize) -> Result<Command> {
    let mut node = command(machine, &env::current_exe()?);
    node.args(["node", "--workers", &workers.to_string()]);
    broker::at(&mut node, url);
    Ok(node)
}

/// Starts a node of one worker for this queue, at this broker. The queue is there afterwards: what is sent to one that is not
/// is lost, and the node has only begun to start.
pub fn start_node(queue: &str, url: &str) -> Result<Started> {
    let caller = Cluster::builder().queue(queue).quiet();
    drop(caller.connect(url).map_err(broker::explained)?);
    let mut node = node(None, url, 1)?;
    node.args(["--queue", queue]);
    start(node)
}

/// Queues that end with this value, and what is in them: a broker keeps those of nodes and clients. This process may end by a signal,
/// so another one deletes them, when its input ends.
pub struct Temporary {
    keeper: Child,
    names: Option<ChildStdin>,
}

/// The variable that makes this program the keeper of queues.
const KEEPER: &str = "CLUSTER_KEEPER";

impl Temporary {
    /// The queues of these names, which need not be there yet.
    pub fn new(queues: &[String], url: &str) -> Result<Temporary> {
        let mut keeper = Command::new(env::current_exe()?);
        broker::at(&mut keeper, url);
        keeper.env(KEEPER, "").process_group(0);
        let mut keeper = keeper
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start the keeper of queues")?;
        let mut names = keeper.stdin.take().context("the keeper has no input")?;
        for queue in queues {
            writeln!(names, "{queue}")?;
        }
        Ok(Temporary {
            keeper,
            names: Some(names),
        })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(self.names.take());
        let _ = self.keeper.wait();
    }
}

/// Whether this process is a keeper of queues.
pub fn is_keeper() -> bool {
    env::var_os(KEEPER).is_some()
}

/// Waits for the end of the input, and deletes the queues that it names.
pub fn keep() -> Result<()> {
    let names = io::read_to_string(io::stdin())?;
    let queues: Vec<_> = names.lines().map(str::to_owned).collect();
    cluster::delete_queues(&broker::address()?, &queues).map_err(broker::explained)
}

/// Starts a process.
pub fn start(mut command: Command) -> Result<Started> {
    // A file and no pipe: a process that says much is not held up.
    let (stderr, path) = tempfile::NamedTempFile::new()?.into_parts();
    let for_it = File::options().append(true).open(&path)?;
    let child = command.stdin(Stdio::null()).stderr(for_it).spawn();
    let program = command.get_program().display();
    Ok(Started {
        child: child.with_context(|| format!("cannot start {program}"))?,
        stderr,
    })
}

impl Started {
    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it prints, if that comes through a pipe: once.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Looks whether it is there.
    ///
    /// # Errors
    ///
    /// If it has ended: how, and the last that it said.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(_) => Err(self.end()),
        }
    }

    /// Waits for the answer to a task that this node alone can do.
    ///
    /// # Errors
    ///
    /// What befell the task, or the node.
    pub fn answer<T>(&mut self, task: &Future<T>) -> Result<T> {
        while !task.done() {
            if task.get_timeout(GLANCE).is_err() && !task.done() {
                self.check()?;
            }
        }
        Ok(task.get()?)
    }

    /// Waits for its end, which has begun. How it ended, and the last that it said.
    pub fn end(&mut self) -> Error {
        let status = match self.child.wait() {
            Ok(status) => status,
            Err(error) => return error.into(),
        };
        let mut said = Vec::new();
        let read = self.stderr.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().rfind(|line| !line.trim().is_empty());
        let last = last.filter(|_| read.is_ok()).unwrap_or("it said nothing");
        anyhow!("a process of the cluster has ended ({status}): {last}")
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, thread};

    use super::*;

    #[test]
    fn a_process_that_ends_early_says_why() {
        let shell = |script: &str| {
            let mut shell = command(None, Path::new("sh"));
            shell.args(["-c", script]);
            start(shell).unwrap()
        };
        let mut lasting = shell("exec sleep 1000");
        lasting.check().unwrap();
        let error = shell("echo first >&2; echo why >&2; exit 3").end();
        let error = error.to_string();
        assert!(error.ends_with("(exit status: 3): why"), "{error}");
        let error = shell("exit 1").end().to_string();
        assert!(error.ends_with("it said nothing"), "{error}");
    }

    #[test]
    fn a_process_whose_parent_has_ended_already_does_not_begin() {
        let mut orphan = Command::new("sh");
        let echo = command(None, Path::new("echo"));
        // The shell between is its parent.
        orphan.args(["-c", r#""$@"; true"#, "sh"]);
        orphan.arg(echo.get_program()).args(echo.get_args());
        let output = orphan.arg("begun").output().unwrap();
        assert!(output.stdout.is_empty(), "{output:?}");
        let begun = command(None, Path::new("echo")).arg("begun").output();
        assert_eq!(begun.unwrap().stdout, b"begun\n");
    }

    #[test]
    fn a_process_ends_with_the_thread_that_has_started_it() {
        let mut sleep = command(None, Path::new("sleep"));
        sleep.arg("1000");
        let starting = thread::spawn(|| {
            let mut sleep = start(sleep).unwrap();
            let words = format!("/proc/{}/cmdline", sleep.id());
            // Before it is `sleep`, it is `setpriv` and a shell, which may not have asked for the signal yet.
            while !fs::read(&words).unwrap().starts_with(b"sleep") {
                sleep.check().unwrap();
            }
            sleep
        });
        let end = starting.join().unwrap().end().to_string();
        assert!(end.contains("SIGKILL"), "{end}");
    }
}
