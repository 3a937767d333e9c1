//! The story of a run: one line an event, with the time and the worker that did it.

use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use anyhow::{Context as _, Result, anyhow};
use serde::{Deserialize, Serialize};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::{now, timeline};
use crate::progress;

/// How to print and record the story. It can cross a process border, so that a worker process joins in with the same clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Story {
    /// The technique's program, whose units are recorded.
    pub(super) program: String,
    /// What the technique calls its workers: "thread", "process", "task".
    worker: String,
    /// The process's own name, where a process is the worker.
    pub(super) name: Option<String>,
    /// Start of the story on the system's monotonic clock, in nanoseconds.
    pub(super) start: u64,
    /// Which events are printed.
    pub(super) printed: Printed,
    /// Where worker processes add what they noted, if anything is recorded.
    pub(super) notes: Option<PathBuf>,
}

/// Which events are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Printed {
    /// None.
    Nothing,
    /// What goes wrong.
    Troubles,
    /// Everything.
    All,
}

impl Story {
    /// A story of this program that starts now, with workers of this kind. So far it has no listener.
    pub fn new(program: &str, worker: &str) -> Self {
        Self {
            program: program.to_owned(),
            worker: worker.to_owned(),
            name: None,
            start: now(),
            printed: Printed::Nothing,
            notes: None,
        }
    }

    /// The same story, printed as it happens.
    pub fn printed(self) -> Self {
        Self {
            printed: Printed::All,
            ..self
        }
    }

    /// The same story, of which only what goes wrong is printed.
    pub fn brief(self) -> Self {
        Self {
            printed: Printed::Troubles,
            ..self
        }
    }

    /// The same story, recorded too; worker processes add their part to the file `notes`.
    pub fn recorded(self, notes: PathBuf) -> Self {
        Self {
            notes: Some(notes),
            ..self
        }
    }

    /// The same story, of the worker process with this name.
    pub fn of_process(self, name: String) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    /// Whether it is printed or recorded.
    pub fn has_listeners(&self) -> bool {
        self.printed != Printed::Nothing || self.notes.is_some()
    }

    /// The worker that is running now, by the name that the event gives it, the process's own name, or its number in
    /// order of appearance.
    pub(super) fn current_worker(&self, named: Option<&str>) -> String {
        match (named, self.name.as_deref()) {
            (Some(name), _) | (None, Some(name)) => format!("{} {name}", self.worker),
            (None, None) => match number() {
                Some(number) => format!("{} {number}", self.worker),
                None => "main".to_owned(),
            },
        }
    }
}

impl<S: Subscriber> Layer<S> for Story {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // The libraries that the programs use have stories of their own.
        if event
            .metadata()
            .module_path()
            .is_none_or(|path| !path.starts_with("shared"))
        {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let seconds = (now() - self.start) as f64 / 1e9;
        let who = self.current_worker(line.worker.as_deref());
        let text = fitted(&self::line(seconds, &who, &line.message));
        let printed = writeln!(io::stdout().lock(), "{text}");
        // The work goes on; its end will say so.
        if let Err(error) = ignore_broken_pipe(printed) {
            NOT_PRINTED.get_or_init(|| format!("{error:#}"));
        }
    }
}

/// A line of the story: when, who and what.
pub fn line(seconds: f64, who: &str, message: &str) -> String {
    format!("{seconds:>8.3} s  {who:<16}  {message}")
}

/// The column in which the message of a line begins.
const MESSAGE: usize = 30;

/// A line as the terminal shows it whole: broken between words where it is too long for one. Elsewhere as it is.
pub fn fitted(line: &str) -> String {
    match timeline::columns() {
        Some(columns) => broken(line, columns),
        None => line.to_owned(),
    }
}

/// A line in so many columns. What goes on in the next stands under the message, or two columns in.
fn broken(line: &str, columns: usize) -> String {
    match line.starts_with(' ') && columns >= MESSAGE + 20 {
        true => wrapped(line, columns, MESSAGE),
        false => wrapped(line, columns, 2),
    }
}

/// A text wrapped between words, every line but the first behind so many spaces. No word is broken: a path can be copied.
pub fn wrapped(text: &str, columns: usize, indent: usize) -> String {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(columns)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// Why a part of this process's story could not be printed.
static NOT_PRINTED: OnceLock<String> = OnceLock::new();

/// # Errors
///
/// If a part of this process's story could not be printed.
pub fn check_printed() -> Result<()> {
    NOT_PRINTED
        .get()
        .map_or(Ok(()), |why| Err(anyhow!("{why}")))
}

/// Whether a write to standard output failed. A reader that has left, as `head` does, is no failure.
///
/// # Errors
///
/// If it could not be written.
pub fn ignore_broken_pipe(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

#[derive(Default)]
struct Line {
    worker: Option<String>,
    message: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "worker" {
            self.worker = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a String cannot fail.
            let _ = write!(self.message, "{value:?}");
        }
    }
}

/// The number of the task or, outside of one, the thread that is running now; `None` for threads that do no work: the main
/// thread and the one that follows its progress.
fn number() -> Option<usize> {
    #[derive(PartialEq, Eq, Hash)]
    enum Worker {
        Task(tokio::task::Id),
        Thread(ThreadId),
    }
    static SEEN: LazyLock<Mutex<HashMap<Worker, usize>>> = LazyLock::new(Mutex::default);

    let thread = thread::current();
    let worker = match tokio::task::try_id() {
        Some(task) => Worker::Task(task),
        None if matches!(thread.name(), Some("main" | progress::NAME)) => return None,
        None => Worker::Thread(thread.id()),
    };
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let next = seen.len() + 1;
    Some(*seen.entry(worker).or_insert(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_too_long_for_the_terminal_is_broken_between_words() {
        let told = line(
            0.108,
            "in all",
            "92.8 asleep at once on average, 17.9 ms on a core",
        );
        assert_eq!(broken(&told, 80), told);
        let indent = " ".repeat(MESSAGE);
        assert_eq!(
            broken(&told, 60),
            format!(
                "   0.108 s  in all            92.8 asleep at once on\n{indent}average, 17.9 ms on a core"
            )
        );
        let summary = "threading waiter: 5 orders in 0.903 s, never two tables at once";
        assert_eq!(
            broken(summary, 60),
            "threading waiter: 5 orders in 0.903 s, never two tables\n  at once"
        );
    }
}
