//! A run as the notes of all processes tell it: which worker did what, when, and what it used.

use std::collections::BTreeMap;

/// What happened during one run.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// What was run.
    pub title: String,
    /// Nanoseconds from the start of the recording to its end. All times below count from its start.
    pub length: u64,
    /// The cores that it could use.
    pub cores: usize,
    /// The workers, in the order of their names and numbers.
    pub lanes: Vec<Lane>,
    /// Units of work, process by process, in the order in which they began.
    pub units: Vec<Unit>,
    /// The processes, the program itself first.
    pub processes: Vec<Process>,
    /// What recording itself took.
    pub cost: Cost,
}

/// A stretch of time, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its beginning.
    pub start: u64,
    /// Its end.
    pub end: u64,
}

/// A worker, or a table of the story.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    /// Its name.
    pub label: String,
    /// Its units, by their places in [`Recording::units`].
    pub units: Vec<usize>,
    /// What it did or waited for, one after another.
    pub phases: Vec<(Span, State)>,
}

/// A unit of work.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The function that does it.
    pub name: String,
    /// The process that it ran in.
    pub pid: u32,
    /// From its beginning to its end.
    pub span: Span,
    /// When a thread was at it: once for a function, once a poll for an async one.
    pub slices: Vec<Slice>,
}

/// A thread's uninterrupted time with one unit.
#[derive(Clone, Debug)]
pub struct Slice {
    /// The thread.
    pub tid: u32,
    /// When.
    pub span: Span,
    /// Nanoseconds of it on a core.
    pub cpu: u64,
    /// Nanoseconds of it ready to run, without a core.
    pub delay: u64,
    /// Those of these delays of which is known when they were.
    pub delays: Vec<Span>,
}

/// What a lane is seen to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// On a core.
    Running,
    /// Ready to run, without a core.
    Delayed,
    /// The guests read the menu.
    Thinking,
    /// The guests know what they want, and the waiter is elsewhere.
    Calling,
    /// The waiter takes the order.
    Ordering,
    /// A page has been asked for.
    InFlight,
    /// In a unit, and none of the above.
    Waiting,
}

impl State {
    /// All states, in the order of a legend.
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::Delayed,
        Self::Thinking,
        Self::Calling,
        Self::Ordering,
        Self::InFlight,
        Self::Waiting,
    ];

    /// The state in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "on a core",
            Self::Delayed => "ready, no core",
            Self::Thinking => "thinking",
            Self::Calling => "waiting for the waiter",
            Self::Ordering => "ordering",
            Self::InFlight => "in flight",
            Self::Waiting => "waiting",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        let state = Self::ALL.into_iter().find(|state| state.name() == name);
        state.unwrap_or(Self::Waiting)
    }
}

/// A process of the run.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its name, unless it is the program itself.
    pub name: Option<String>,
    /// Its threads that had a part in units: number and name.
    pub threads: Vec<(u32, String)>,
    /// Nanoseconds that all its threads spent on cores, start-up included.
    pub cpu: u64,
}

/// What recording itself took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Notes taken.
    pub notes: u64,
    /// Nanoseconds of CPU time spent on taking and writing them, and on looking for delays.
    pub time: u64,
}

impl Span {
    /// Nanoseconds from beginning to end.
    pub fn length(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Nanoseconds that both have in common.
    fn overlap(self, other: Self) -> u64 {
        self.end
            .min(other.end)
            .saturating_sub(self.start.max(other.start))
    }
}

impl Slice {
    /// How a part of this slice was spent, in nanoseconds: on a core, and ready without one.
    ///
    /// What is known of the slice only as a sum is spread over it evenly.
    fn within(&self, part: Span) -> (f64, f64) {
        let placed: u64 = self.delays.iter().map(|delay| delay.length()).sum();
        let rest = self.span.length().saturating_sub(placed).max(1) as f64;
        let delayed: u64 = self.delays.iter().map(|delay| delay.overlap(part)).sum();
        let other = self.span.overlap(part).saturating_sub(delayed) as f64;
        let share = |nanoseconds: u64| (nanoseconds as f64 / rest).min(1.0) * other;
        (
            share(self.cpu),
            delayed as f64 + share(self.delay.saturating_sub(placed)),
        )
    }
}

impl Unit {
    /// Nanoseconds on a core.
    pub fn cpu(&self) -> u64 {
        self.slices.iter().map(|slice| slice.cpu).sum()
    }

    /// Nanoseconds ready to run, without a core.
    pub fn delay(&self) -> u64 {
        self.slices.iter().map(|slice| slice.delay).sum()
    }
}

/// A moment at which a thread took the only core from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// When.
    pub at: u64,
    /// The lane whose thread took it, by its place in [`Recording::lanes`].
    pub by: usize,
    /// The lane whose thread lost it.
    pub of: usize,
}

/// How a lane spent a part of the time, in nanoseconds for each state.
pub type Shares = BTreeMap<State, f64>;

impl Recording {
    /// How a lane spent each of `count` equal parts of the time.
    pub fn columns(&self, lane: &Lane, count: usize) -> Vec<Shares> {
        let mut columns = vec![Shares::new(); count];
        for (span, state) in &lane.phases {
            for (part, column) in self.parts(*span, count) {
                *columns[column].entry(*state).or_default() += span.overlap(part) as f64;
            }
        }
        for slice in lane.units.iter().flat_map(|unit| &self.units[*unit].slices) {
            for (part, column) in self.parts(slice.span, count) {
                let (running, delayed) = slice.within(part);
                let shares = &mut columns[column];
                for (state, time) in [(State::Running, running), (State::Delayed, delayed)] {
                    if time > 0.0 {
                        // A lane that runs, or could, does not wait.
                        let mut taken = time;
                        for waited in shares
                            .iter_mut()
                            .filter(|(state, _)| **state > State::Delayed)
                        {
                            let less = taken.min(*waited.1);
                            *waited.1 -= less;
                            taken -= less;
                        }
                        *shares.entry(state).or_default() += time;
                    }
                }
            }
        }
        columns
    }

    /// Those of `count` equal parts of the time that a span touches.
    fn parts(&self, span: Span, count: usize) -> impl Iterator<Item = (Span, usize)> {
        let length = self.length.max(1);
        let edge =
            move |column: usize| (u128::from(length) * column as u128 / count as u128) as u64;
        let column = |time: u64| (u128::from(time) * count as u128 / u128::from(length)) as usize;
        let last = column(span.end).min(count.saturating_sub(1));
        (column(span.start).min(last)..=last).map(move |column| {
            let (start, end) = (edge(column), edge(column + 1));
            (Span { start, end }, column)
        })
    }

    /// Nanoseconds that a lane spent in each state.
    pub fn sums(&self, lane: &Lane) -> Shares {
        self.columns(lane, 1).swap_remove(0)
    }

    /// How many units had not begun, at the start of each of `count` equal parts of the time; `None` if none waited for
    /// another, as each has a worker of its own.
    pub fn queue(&self, count: usize) -> Option<Vec<usize>> {
        let queued = self.units.iter().filter(|unit| has_queue(&unit.name));
        let starts: Vec<_> = queued.map(|unit| unit.span.start).collect();
        (starts.len() > self.lanes.len()).then(|| {
            let edge = |column: usize| self.length * column as u64 / count as u64;
            let waiting = |time: u64| starts.iter().filter(|start| **start > time).count();
            (0..count).map(|column| waiting(edge(column))).collect()
        })
    }

    /// When one thread took the core from another, where there is but one: a slice that begins while another thread is within
    /// one has the core from that. On several cores it may have been free.
    pub fn interruptions(&self) -> Vec<Interruption> {
        if self.cores != 1 {
            return Vec::new();
        }
        let slices = self.lanes.iter().enumerate().flat_map(|(lane, it)| {
            let slices = it.units.iter().flat_map(|unit| &self.units[*unit].slices);
            slices.map(move |slice| (lane, slice))
        });
        let mut slices: Vec<_> = slices.collect();
        slices.sort_by_key(|(_, slice)| slice.span.start);
        // Those that may not have ended yet, in the order of their beginning.
        let mut open: Vec<(usize, &Slice)> = Vec::new();
        let mut interruptions = Vec::new();
        for (by, slice) in slices {
            let at = slice.span.start;
            open.retain(|(_, other)| other.span.end > at);
            // What has begun last was on the core.
            let last = open.iter().rev();
            let interrupted = last
                .filter(|(of, other)| *of != by && other.tid != slice.tid && other.span.start < at)
                .map(|(of, _)| *of)
                .next();
            interruptions.extend(interrupted.map(|of| Interruption { at, by, of }));
            open.push((by, slice));
        }
        interruptions
    }

    /// How often each lane took the core from each other one, by their names: who, from whom, how many times.
    pub fn takings(&self) -> Vec<(&str, &str, usize)> {
        let mut counts = BTreeMap::<_, usize>::new();
        for Interruption { by, of, .. } in self.interruptions() {
            *counts.entry((by, of)).or_default() += 1;
        }
        let name = |lane: usize| self.lanes[lane].label.as_str();
        let counts = counts.into_iter();
        counts
            .map(|((by, of), times)| (name(by), name(of), times))
            .collect()
    }

    /// Seconds of CPU time in units.
    pub fn cpu_in_units(&self) -> f64 {
        self.units.iter().map(Unit::cpu).sum::<u64>() as f64 / 1e9
    }

    /// Seconds of CPU time in all processes, in units or not.
    pub fn cpu(&self) -> f64 {
        self.processes
            .iter()
            .map(|process| process.cpu)
            .sum::<u64>() as f64
            / 1e9
    }

    /// The largest number of lanes that were on cores at once, to the nearest whole, over a twentieth of the time.
    ///
    /// No more than there are cores: where within a slice a thread had none is known as well as the watch on it kept time.
    pub fn at_once(&self) -> usize {
        const TWENTIETHS: usize = 20;
        let mut running = [0.0; TWENTIETHS];
        for lane in &self.lanes {
            for (sum, shares) in running.iter_mut().zip(self.columns(lane, TWENTIETHS)) {
                *sum += shares.get(&State::Running).unwrap_or(&0.0);
            }
        }
        let most = running.into_iter().fold(0.0, f64::max);
        let most = (most * TWENTIETHS as f64 / self.length.max(1) as f64).round() as usize;
        most.min(self.cores)
    }
}

/// Whether a unit is one of many that workers take one after another.
pub(super) fn has_queue(unit: &str) -> bool {
    matches!(unit, "download" | "compute")
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::note::{Note, Notes, Used, What};
    use super::*;

    /// A run of 100 ms: one thread computes for 40 ms and is without a core for 20 of the next 60, one task downloads
    /// in two polls, and the waiter serves a table.
    pub(crate) fn sample() -> Recording {
        let ms = |time: u64| time * 1_000_000;
        let note = |at: u64, what| Note {
            at: ms(1000 + at),
            tid: 7,
            what,
        };
        let used = |cpu: u64, delay: u64| Used {
            cpu: ms(cpu),
            delay: ms(delay),
        };
        let start = |unit, name: &'static str, worker: &str| What::Start {
            unit,
            name: name.into(),
            worker: worker.to_owned(),
        };
        let phase = |phase: Option<&str>, until: Option<u64>| What::Phase {
            worker: "thread A".to_owned(),
            unit: None,
            phase: phase.map(str::to_owned),
            until: until.map(|after| (ms(after), "waiting for the waiter".to_owned())),
        };
        let main = vec![
            note(
                0,
                What::Thread {
                    name: "main".to_owned(),
                },
            ),
            note(0, phase(Some("thinking"), Some(50))),
            note(0, start(1, "compute", "thread 1")),
            note(
                0,
                What::Enter {
                    unit: 1,
                    used: used(0, 0),
                },
            ),
            note(60, phase(Some("ordering"), None)),
            note(90, phase(None, None)),
            note(90, What::Delayed { length: ms(20) }),
            note(
                100,
                What::Exit {
                    unit: 1,
                    used: used(80, 20),
                },
            ),
            note(100, What::End { unit: 1 }),
            note(
                100,
                What::Total {
                    cpu: ms(90),
                    recording: 5,
                },
            ),
        ];
        let name = "Worker-1".to_owned();
        let worker = vec![
            note(5, What::Process { name }),
            note(10, start(1, "download", "task 2")),
            note(
                10,
                What::Enter {
                    unit: 1,
                    used: used(1, 0),
                },
            ),
            note(
                20,
                What::Exit {
                    unit: 1,
                    used: used(11, 0),
                },
            ),
            note(
                80,
                What::Enter {
                    unit: 1,
                    used: used(11, 0),
                },
            ),
            note(
                90,
                What::Exit {
                    unit: 1,
                    used: used(21, 0),
                },
            ),
            note(90, What::End { unit: 1 }),
            note(
                90,
                What::Total {
                    cpu: ms(30),
                    recording: 5,
                },
            ),
        ];
        let notes = |pid, notes| Notes { pid, notes };
        let all = vec![notes(7, main), notes(8, worker)];
        Recording::new(
            "threading <test>".to_owned(),
            ms(1000),
            ms(1100),
            2,
            100.0,
            all,
        )
    }

    fn sums(recording: &Recording, label: &str) -> Vec<(State, f64)> {
        let lane = recording
            .lanes
            .iter()
            .find(|lane| lane.label == label)
            .unwrap();
        let sums = recording.sums(lane).into_iter();
        sums.map(|(state, time)| (state, (time / 1e6).round()))
            .filter(|sum| sum.1 > 0.0)
            .collect()
    }

    #[test]
    fn a_lane_for_each_worker_and_each_name_says_what_it_did_for_how_long() {
        let recording = sample();
        let labels: Vec<_> = recording
            .lanes
            .iter()
            .map(|lane| lane.label.as_str())
            .collect();
        assert_eq!(labels, ["task 2", "thread 1", "thread A"]);
        assert_eq!(
            sums(&recording, "thread 1"),
            [(State::Running, 80.0), (State::Delayed, 20.0)]
        );
        assert_eq!(
            sums(&recording, "task 2"),
            [(State::Running, 20.0), (State::InFlight, 60.0)]
        );
        let evening = [
            (State::Thinking, 50.0),
            (State::Calling, 10.0),
            (State::Ordering, 30.0),
        ];
        assert_eq!(sums(&recording, "thread A"), evening);
        assert_eq!((recording.cpu(), recording.cpu_in_units()), (0.12, 0.1));
        assert_eq!(recording.at_once(), 2);
    }

    #[test]
    fn no_more_lanes_run_at_once_than_there_are_cores() {
        let one_core = Recording {
            cores: 1,
            ..sample()
        };
        assert_eq!(one_core.at_once(), 1);
    }

    #[test]
    fn a_delay_stands_where_it_was_and_not_elsewhere() {
        let recording = sample();
        let lane = recording
            .lanes
            .iter()
            .find(|lane| lane.label == "thread 1")
            .unwrap();
        let columns = recording.columns(lane, 10);
        for (column, shares) in columns.iter().enumerate() {
            let delayed = shares.get(&State::Delayed).is_some_and(|time| *time > 5e6);
            assert_eq!(delayed, [7, 8].contains(&column), "{column}: {shares:?}");
        }
    }

    #[test]
    fn a_thread_that_woke_up_without_a_core_is_late() {
        let ms = |time: u64| time * 1_000_000;
        let used = |delay| Used {
            cpu: 0,
            delay: ms(delay),
        };
        let start = What::Start {
            unit: 1,
            name: "ticker".into(),
            worker: "main".to_owned(),
        };
        let (enter, exit) = (
            |delay| What::Enter {
                unit: 1,
                used: used(delay),
            },
            |delay| What::Exit {
                unit: 1,
                used: used(delay),
            },
        );
        let happened = [
            (0, start),
            (0, enter(0)),
            (10, exit(0)),
            (60, enter(30)),
            (70, exit(30)),
            (100, What::End { unit: 1 }),
        ];
        let notes = happened.map(|(at, what)| Note {
            at: ms(at),
            tid: 7,
            what,
        });
        let notes = Notes {
            pid: 7,
            notes: notes.into(),
        };
        let recording = Recording::new(String::new(), 0, ms(100), 2, 0.0, vec![notes]);
        assert_eq!(
            sums(&recording, "main"),
            [(State::Delayed, 30.0), (State::Waiting, 70.0)]
        );
    }

    #[test]
    fn a_thread_that_begins_within_anothers_time_has_taken_the_only_core_from_it() {
        let slice = |tid, start, end| Slice {
            tid,
            span: Span { start, end },
            cpu: end - start,
            delay: 0,
            delays: Vec::new(),
        };
        let unit = |slices: Vec<Slice>| Unit {
            name: "tick".to_owned(),
            pid: 7,
            span: Span { start: 0, end: 100 },
            slices,
        };
        let lane = |label: &str, unit| Lane {
            label: label.to_owned(),
            units: vec![unit],
            ..Lane::default()
        };
        let recording = |cores, ticker| Recording {
            length: 100,
            cores,
            lanes: vec![lane("computation", 0), lane("ticker", 1)],
            units: vec![
                unit(vec![slice(8, 5, 90)]),
                unit([0, 20, 40, 95].map(|at| slice(ticker, at, at + 2)).into()),
            ],
            ..Recording::default()
        };
        // The ticks at 20 and 40, not that before the computation began and that after its end.
        assert_eq!(recording(1, 7).takings(), [("ticker", "computation", 2)]);
        assert_eq!(recording(2, 7).takings(), [], "the other core was free");
        assert_eq!(
            recording(1, 8).takings(),
            [],
            "a thread interrupts no other task of its own"
        );
    }

    #[test]
    fn a_unit_that_never_ended_lasts_to_the_end() {
        let start = What::Start {
            unit: 1,
            name: "compute".into(),
            worker: "thread 1".to_owned(),
        };
        let note = Note {
            at: 40,
            tid: 7,
            what: start,
        };
        let notes = Notes {
            pid: 7,
            notes: vec![note],
        };
        let recording = Recording::new(String::new(), 0, 100, 2, 0.0, vec![notes]);
        assert_eq!(
            recording.units[0].span,
            Span {
                start: 40,
                end: 100
            }
        );
    }
}
