//! The story that a program tells while it runs: one line an event, with the time and the worker that did it.

use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// How to tell the story. It can cross a process border, so that a worker process joins in with the same clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Story {
    /// What the technique calls its workers: "thread", "process", "task".
    worker: String,
    /// The process's own name, where a process is the worker.
    name: Option<String>,
    /// Start of the story on the system's monotonic clock, in nanoseconds.
    start: i128,
}

impl Story {
    /// A story that starts now, told by workers of this kind.
    pub fn new(worker: &str) -> Self {
        Self {
            worker: worker.to_owned(),
            name: None,
            start: now(),
        }
    }

    /// The same story, told by the process of this name.
    pub fn told_by(self, name: String) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    /// Prints every event of this process from now on. Without this call an event costs one load from memory.
    pub fn begin(self) {
        // A second story in one process would be a mistake of ours; the first goes on.
        let _ = tracing_subscriber::registry()
            .with(self.with_filter(LevelFilter::INFO))
            .try_init();
    }

    /// The worker that is running now, by the name that the event gives it, the process's own name, or its number in
    /// order of appearance.
    fn who(&self, named: Option<&str>) -> String {
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
        let who = self.who(line.worker.as_deref());
        // Whoever closed our output no longer listens; the work goes on.
        let _ = writeln!(
            std::io::stdout().lock(),
            "{seconds:>8.3} s  {who:<16}  {}",
            line.message
        );
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

/// The number of the task or, outside of one, the thread that is running now; `None` for the main thread.
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
        None if thread.name() == Some("main") => return None,
        None => Worker::Thread(thread.id()),
    };
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let next = seen.len() + 1;
    Some(*seen.entry(worker).or_insert(next))
}

fn now() -> i128 {
    let now = clock_gettime(ClockId::Monotonic);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}
