//! How notes become a recording: units from their beginnings and ends, lanes from the workers and names that they name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::note::{NOTABLE, Note, Notes, Used, What};
use super::recording::{Cost, Lane, Process, Recording, Slice, Span, State, Unit};

impl Recording {
    /// Puts the notes of all processes together; each note took `note` nanoseconds.
    pub(super) fn new(
        title: String,
        start: u64,
        end: u64,
        cores: usize,
        note: f64,
        all: Vec<Notes>,
    ) -> Self {
        let length = end - start;
        let mut builder = Builder::default();
        for notes in all {
            builder.process(notes, start, length);
        }
        builder.cost.time += (note * builder.cost.notes as f64) as u64;
        builder.finish(title, length, cores)
    }
}

/// Notes on their way to a recording.
#[derive(Default)]
struct Builder {
    units: Vec<Unit>,
    /// The worker that each unit began on, and its process.
    homes: Vec<(u32, String)>,
    /// For each unit, when its thread was ready to go on with it, but without a core.
    late: Vec<Vec<Span>>,
    /// What is said of each worker that has a name in the story.
    said: BTreeMap<String, Vec<Saying>>,
    processes: Vec<Process>,
    cost: Cost,
}

/// A worker's change of phase.
struct Saying {
    at: u64,
    /// The unit that said so.
    unit: Option<usize>,
    phase: Option<State>,
    until: Option<(u64, State)>,
}

impl Builder {
    /// Takes in the notes of one process.
    fn process(&mut self, notes: Notes, start: u64, length: u64) {
        let Notes { pid, notes } = notes;
        let mut process = Process {
            pid,
            ..Process::default()
        };
        let mut recording = 0;
        let mut open = HashMap::new();
        let mut entered = HashMap::new();
        let mut left: HashMap<u32, (u64, Used)> = HashMap::new();
        let mut delays: HashMap<u32, Vec<Span>> = HashMap::new();
        let first = self.units.len();
        self.cost.notes += notes.len() as u64;
        for Note { at, tid, what } in notes {
            let at = at.saturating_sub(start).min(length);
            match what {
                What::Process { name } => process.name = Some(name),
                What::Thread { name } => process.threads.push((tid, name)),
                What::Start { unit, name, worker } => {
                    open.insert(unit, self.units.len());
                    self.homes.push((pid, worker));
                    self.late.push(Vec::new());
                    self.units.push(Unit {
                        name: name.into_owned(),
                        pid,
                        span: Span {
                            start: at,
                            end: length,
                        },
                        slices: Vec::new(),
                    });
                }
                What::Enter { unit: number, used } => {
                    if let (Some(unit), Some((last, before))) = (open.get(&number), left.get(&tid))
                        && *last == number
                    {
                        // It went from one slice of a unit to the next, so at the end of what it waited for in between.
                        let late = used.delay.saturating_sub(before.delay);
                        if late >= NOTABLE {
                            let start = at.saturating_sub(late);
                            self.late[*unit].push(Span { start, end: at });
                        }
                    }
                    entered.insert((tid, number), (at, used));
                }
                What::Exit { unit, used } => {
                    left.insert(tid, (unit, used));
                    let began = entered.remove(&(tid, unit));
                    if let (Some(unit), Some((start, before))) = (open.get(&unit), began) {
                        self.units[*unit].slices.push(Slice {
                            tid,
                            span: Span { start, end: at },
                            cpu: used.cpu.saturating_sub(before.cpu),
                            delay: used.delay.saturating_sub(before.delay),
                            delays: Vec::new(),
                        });
                    }
                }
                What::End { unit } => {
                    if let Some(unit) = open.remove(&unit) {
                        self.units[unit].span.end = at;
                    }
                }
                What::Phase {
                    worker,
                    unit,
                    phase,
                    until,
                } => self.said.entry(worker).or_default().push(Saying {
                    at,
                    unit: unit.and_then(|unit| open.get(&unit).copied()),
                    phase: phase.as_deref().map(State::named),
                    until: until.map(|(after, then)| (at + after, State::named(&then))),
                }),
                What::Delayed { length } => {
                    let start = at.saturating_sub(length);
                    delays.entry(tid).or_default().push(Span { start, end: at });
                }
                What::Total {
                    cpu,
                    recording: spent,
                } => (process.cpu, recording) = (cpu, spent),
            }
        }
        self.cost.time += recording;
        self.processes.push(process);
        for slice in self.units[first..]
            .iter_mut()
            .flat_map(|unit| &mut unit.slices)
        {
            let delays = delays.get(&slice.tid).into_iter().flatten();
            let inside = delays.map(|delay| Span {
                start: delay.start.max(slice.span.start),
                end: delay.end.min(slice.span.end),
            });
            slice.delays = inside.filter(|delay| delay.length() > 0).collect();
        }
    }

    /// Finds the lanes: a unit in which one name is said is on the lane of that name, any other on its worker's.
    fn finish(mut self, title: String, length: u64, cores: usize) -> Recording {
        let mut names: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); self.units.len()];
        let mut lanes = Vec::new();
        // Phases that units with several names say, which are their own worker's too.
        let mut extra: Vec<Vec<(Span, State)>> = vec![Vec::new(); self.units.len()];
        for (label, sayings) in &mut self.said {
            sayings.sort_by_key(|saying| saying.at);
            let mut lane = Lane {
                label: label.clone(),
                ..Lane::default()
            };
            for (place, saying) in sayings.iter().enumerate() {
                if let Some(unit) = saying.unit {
                    names[unit].insert(label);
                }
                let Some(state) = saying.phase else { continue };
                let start = saying.at;
                let end = sayings.get(place + 1).map_or(length, |next| next.at);
                match saying.until {
                    Some((turn, then)) if turn < end => {
                        lane.phases.push((Span { start, end: turn }, state));
                        lane.phases.push((Span { start: turn, end }, then));
                    }
                    _ => lane.phases.push((Span { start, end }, state)),
                }
                if let Some(unit) = saying.unit {
                    extra[unit].push((Span { start, end }, state));
                }
            }
            lanes.push(lane);
        }

        let mut places: BTreeMap<(u32, &str), usize> = BTreeMap::new();
        let mut order: Vec<_> = (0..self.units.len()).collect();
        order.sort_by_key(|unit| self.units[*unit].span.start);
        for &unit in &order {
            if let (1, Some(name)) = (names[unit].len(), names[unit].first()) {
                let named = lanes.iter_mut().find(|lane| lane.label == *name);
                named.into_iter().for_each(|lane| lane.units.push(unit));
                continue;
            }
            let (pid, worker) = &self.homes[unit];
            let place = *places.entry((*pid, worker)).or_insert_with(|| {
                lanes.push(Lane {
                    label: worker.clone(),
                    ..Lane::default()
                });
                lanes.len() - 1
            });
            lanes[place].units.push(unit);
            let Unit { name, span, .. } = &self.units[unit];
            let base = if name == "download" {
                State::InFlight
            } else {
                State::Waiting
            };
            let mut start = span.start;
            let late = self.late[unit].iter().map(|late| (*late, State::Delayed));
            extra[unit].extend(late);
            extra[unit].sort();
            for (phase, state) in &extra[unit] {
                lanes[place].phases.push((
                    Span {
                        start,
                        end: phase.start,
                    },
                    base,
                ));
                lanes[place].phases.push((*phase, *state));
                start = phase.end;
            }
            lanes[place].phases.push((
                Span {
                    start,
                    end: span.end,
                },
                base,
            ));
        }
        // "worker 2" before "worker 10".
        let number = |label: &str| {
            let digits = label
                .rsplit(|c: char| !c.is_ascii_digit())
                .next()
                .unwrap_or_default();
            (
                label[..label.len() - digits.len()].to_owned(),
                digits.parse::<u64>().unwrap_or(0),
            )
        };
        lanes.sort_by_cached_key(|lane| number(&lane.label));
        Recording {
            title,
            length,
            cores,
            lanes,
            units: self.units,
            processes: self.processes,
            cost: self.cost,
        }
    }
}
