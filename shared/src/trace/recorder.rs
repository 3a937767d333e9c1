//! Notes on what happens: which worker started, entered, left and finished which unit of work, and when.
//!
//! The main process keeps its notes to itself. A worker process, which may be killed as soon as its last result is in,
//! adds them to a file in the main process's memory whenever a unit ends. Nothing is left of it, however the run ends.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::hint::black_box;
use std::io::Write as _;
use std::mem;
use std::num::NonZero;
use std::os::unix::fs::FileExt;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use rustix::thread::gettid;
use rustix::time::ClockId;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::note::{NOTABLE, Note, Notes, Used, What};
use super::story::Printed;
use super::{Recording, Story, now, read};

/// How often to look whether a thread has had to wait for a core.
const LOOK: Duration = Duration::from_millis(2);

/// A listener that takes notes. Clones take them together.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    story: Story,
    notes: Mutex<Vec<Note>>,
    /// Where a worker process adds its notes.
    file: Option<File>,
    /// Threads that have been in a unit.
    threads: Mutex<Vec<Arc<Thread>>>,
    /// Nanoseconds of CPU time that recording took, beside taking the notes themselves.
    spent: AtomicU64,
    over: AtomicBool,
}

/// A thread that is, or has been, in a unit.
#[derive(Debug)]
struct Thread {
    tid: u32,
    /// The kernel's account of the thread, which can be read from other threads too.
    schedstat: Option<File>,
    /// How many units it is in.
    depth: AtomicU32,
    /// The delay that was last noted.
    delay: AtomicU64,
}

impl Thread {
    fn current() -> Self {
        Self {
            tid: gettid().as_raw_nonzero().get() as u32,
            schedstat: File::open("/proc/thread-self/schedstat").ok(),
            depth: AtomicU32::new(0),
            delay: AtomicU64::new(0),
        }
    }

    /// The second number of schedstat: nanoseconds spent waiting on a run queue.
    fn delay(&self) -> Option<u64> {
        let mut text = [0; 64];
        let length = self.schedstat.as_ref()?.read_at(&mut text, 0).ok()?;
        let text = str::from_utf8(&text[..length]).ok()?;
        text.split_whitespace().nth(1)?.parse().ok()
    }
}

impl Story {
    /// Prints and records every event from now on, as far as either was asked for. Without this call an event costs one
    /// load from memory.
    pub fn begin(self) -> Option<Recorder> {
        let recorder = self.notes.is_some().then(|| Recorder::start(self.clone()));
        let printer = match self.printed {
            Printed::Nothing => None,
            Printed::Troubles => Some(self.with_filter(LevelFilter::WARN)),
            Printed::All => Some(self.with_filter(LevelFilter::INFO)),
        };
        // A second story in one process would be a mistake of ours; the first goes on.
        let _ = tracing_subscriber::registry()
            .with(recorder.clone().map(Recorder::filtered))
            .with(printer)
            .try_init();
        recorder
    }
}

thread_local! {
    static THREAD: OnceCell<Arc<Thread>> = const { OnceCell::new() };
}

impl Recorder {
    /// Begins to take notes of this story.
    fn start(story: Story) -> Self {
        // A worker process whose main process has gone will not be asked for a picture.
        let file = match (&story.notes, &story.name) {
            (Some(notes), Some(_)) => OpenOptions::new().append(true).open(notes).ok(),
            _ => None,
        };
        let known = story.name.clone();
        let recorder = Self(Arc::new(Shared {
            story,
            notes: Mutex::default(),
            file,
            threads: Mutex::default(),
            spent: AtomicU64::new(0),
            over: AtomicBool::new(false),
        }));
        if let Some(name) = known {
            recorder.note(now(), process::id(), What::Process { name });
        }
        let watch = recorder.clone();
        // Where no thread can be started, the picture does without the places of delays.
        let _ = thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || watch.watch_delays());
        recorder
    }

    /// This recorder as a layer that hears of nothing but our own units and phases.
    fn filtered<S>(self) -> impl Layer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let program = self.0.story.program.clone();
        let ours = move |metadata: &Metadata<'_>| {
            let path = metadata.module_path().unwrap_or_default();
            let root = path.split("::").next().unwrap_or_default();
            if metadata.is_span() {
                root == program || root == "shared"
            } else {
                root == "shared" && metadata.fields().field("phase").is_some()
            }
        };
        self.with_filter(filter_fn(ours).with_max_level_hint(LevelFilter::DEBUG))
    }

    /// Ends the recording: what happened in this process and in all workers, put together under this title.
    ///
    /// # Errors
    ///
    /// If the notes of a worker process cannot be read.
    pub fn end(&self, title: String) -> anyhow::Result<Recording> {
        let end = now();
        self.0.over.store(true, Relaxed);
        let each = self.cost_of_a_note();
        self.note_totals();
        let mut all = vec![Notes {
            pid: process::id(),
            notes: mem::take(&mut *self.notes()),
        }];
        if let Some(notes) = &self.0.story.notes {
            let text = fs::read(notes).context("cannot read the workers' notes")?;
            all.extend(Notes::of_workers(&text));
        }
        let start = self.0.story.start;
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Recording::new(title, start, end, cores, each, all))
    }

    fn notes(&self) -> MutexGuard<'_, Vec<Note>> {
        // A panic while a note was pushed leaves the notes whole.
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what happened to the thread `tid` at the time `at`.
    fn note(&self, at: u64, tid: u32, what: What) {
        self.notes().push(Note { at, tid, what });
    }

    /// The calling thread, noted before its first note.
    fn thread(&self) -> Arc<Thread> {
        THREAD.with(|cell| {
            Arc::clone(cell.get_or_init(|| {
                let thread = Arc::new(Thread::current());
                let named = thread::current().name().map(str::to_owned);
                let name = match tokio::task::try_id() {
                    Some(_) => named.unwrap_or_else(|| "thread".to_owned()),
                    None => self.0.story.current_worker(None),
                };
                self.note(now(), thread.tid, What::Thread { name });
                let mut threads = self
                    .0
                    .threads
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                threads.push(Arc::clone(&thread));
                thread
            }))
        })
    }

    /// What the calling thread has used.
    fn used(&self, thread: &Thread) -> Used {
        let delay = thread.delay().unwrap_or_default();
        thread.delay.store(delay, Relaxed);
        Used {
            cpu: read(ClockId::ThreadCPUTime),
            delay,
        }
    }

    /// Nanoseconds of CPU time that a note takes, from entering or leaving a unit: found by taking some and dropping them.
    fn cost_of_a_note(&self) -> f64 {
        const NOTES: u32 = 1000;
        let mut notes = Vec::new();
        let thread = Thread::current();
        let start = read(ClockId::ThreadCPUTime);
        for unit in 0..u64::from(NOTES) {
            let (at, tid) = (now(), thread.tid);
            let used = self.used(&thread);
            let what = What::Enter { unit, used };
            notes.push(Note { at, tid, what });
        }
        let spent = read(ClockId::ThreadCPUTime) - start;
        black_box(notes);
        spent as f64 / f64::from(NOTES)
    }

    fn note_totals(&self) {
        let what = What::Total {
            cpu: read(ClockId::ProcessCPUTime),
            recording: self.0.spent.load(Relaxed),
        };
        self.note(now(), process::id(), what);
    }

    /// Writes the notes so far, if this is a worker process.
    fn write(&self) {
        let Some(mut file) = self.0.file.as_ref() else {
            return;
        };
        self.note_totals();
        let start = read(ClockId::ThreadCPUTime);
        let mut notes = self.notes();
        // A process that was killed while it wrote has left half a line: this one is no part of it.
        let mut text = vec![b'\n'];
        for note in notes.drain(..) {
            // Notes hold nothing that JSON cannot, and a Vec takes all.
            let _ = serde_json::to_writer(&mut text, &(process::id(), note));
            text.push(b'\n');
        }
        // Without room in memory the picture is incomplete, not the work.
        let _ = file.write_all(&text);
        let spent = read(ClockId::ThreadCPUTime) - start;
        self.0.spent.fetch_add(spent, Relaxed);
    }

    /// Looks at the threads that are in units, again and again, and notes when one has had to wait for a core.
    ///
    /// The kernel adds to a thread's delay when the thread gets a core, so what was added ended just now.
    fn watch_delays(&self) {
        if fs::metadata("/proc/thread-self/schedstat").is_err() {
            return;
        }
        let mut before = 0;
        while !self.0.over.load(Relaxed) {
            thread::sleep(LOOK);
            let threads = self
                .0
                .threads
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            for thread in threads
                .iter()
                .filter(|thread| thread.depth.load(Relaxed) > 0)
            {
                let at = now();
                let Some(delay) = thread.delay() else {
                    continue;
                };
                let length = delay.saturating_sub(thread.delay.swap(delay, Relaxed));
                if length >= NOTABLE {
                    self.note(at, thread.tid, What::Delayed { length });
                }
            }
            let spent = read(ClockId::ThreadCPUTime);
            self.0.spent.fetch_add(spent - before, Relaxed);
            before = spent;
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let at = now();
        let thread = self.thread();
        let what = What::Start {
            unit: id.into_u64(),
            name: Cow::Borrowed(attributes.metadata().name()),
            worker: self.0.story.current_worker(None),
        };
        self.note(at, thread.tid, what);
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        let at = now();
        let thread = self.thread();
        thread.depth.fetch_add(1, Relaxed);
        let used = self.used(&thread);
        let unit = id.into_u64();
        self.note(at, thread.tid, What::Enter { unit, used });
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        let at = now();
        let thread = self.thread();
        thread.depth.fetch_sub(1, Relaxed);
        let used = self.used(&thread);
        let unit = id.into_u64();
        self.note(at, thread.tid, What::Exit { unit, used });
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let unit = id.into_u64();
        self.note(now(), self.thread().tid, What::End { unit });
        self.write();
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let at = now();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Some(worker) = fields.worker else { return };
        let what = What::Phase {
            worker: self.0.story.current_worker(Some(&worker)),
            unit: context.event_span(event).map(|span| span.id().into_u64()),
            phase: fields.phase.filter(|phase| phase != "done"),
            until: fields
                .seconds
                .zip(fields.then)
                .map(|(seconds, then)| ((seconds * 1e9) as u64, then)),
        };
        self.note(at, self.thread().tid, what);
    }
}

/// What an event says about a phase.
#[derive(Default)]
struct Fields {
    worker: Option<String>,
    phase: Option<String>,
    seconds: Option<f64>,
    then: Option<String>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        let field = match field.name() {
            "worker" => &mut self.worker,
            "phase" => &mut self.phase,
            "then" => &mut self.then,
            _ => return,
        };
        *field = Some(value.to_owned());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "seconds" {
            self.seconds = Some(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_was_killed_while_it_wrote_costs_no_note_of_another() {
        let line = |pid: u32, at| {
            let what = What::End { unit: 1 };
            serde_json::to_string(&(pid, Note { at, tid: pid, what })).unwrap()
        };
        let (late, early, cut) = (line(3, 20), line(9, 10), line(5, 15));
        let text = format!("\n{late}\n\n{}\n{early}\n{late}\n", &cut[..cut.len() - 4]);
        let all = Notes::of_workers(text.as_bytes());
        let seen: Vec<_> = all
            .iter()
            .map(|notes| (notes.pid, notes.notes.len()))
            .collect();
        assert_eq!(seen, [(9, 1), (3, 2)]);
    }
}
