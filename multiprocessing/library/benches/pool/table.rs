//! Rows of contenders that take turns, and how they compare.

use std::time::Duration;

use criterion::Criterion;

use crate::contenders::Contender;

/// How often every contender of a row has its turn.
const ROUNDS: usize = 15;

/// What is asked of the library, compared with a rival.
#[derive(Clone, Copy)]
pub enum Target {
    /// At least so many times faster.
    Faster(f64),
    /// At most so many times as long.
    Cost(f64),
}

/// What a contender is asked for, and how often it does it in one turn.
type Work = (&'static str, u64);

pub struct Rival<'a> {
    name: String,
    target: Target,
    count: u64,
    runner: Runner<'a>,
}

enum Runner<'a> {
    Python(&'static str),
    System(&'static str),
    Here(Box<dyn FnMut(u64) -> Duration + 'a>),
}

impl<'a> Rival<'a> {
    /// Python's way to do it.
    pub fn python(name: &str, target: Target, (what, count): Work) -> Rival<'a> {
        Rival {
            name: format!("Python's {name}"),
            target,
            count,
            runner: Runner::Python(what),
        }
    }

    /// The bare system's, from the same process as the library.
    pub fn system(name: &str, target: Target, (what, count): Work) -> Rival<'a> {
        Rival {
            name: name.to_owned(),
            target,
            count,
            runner: Runner::System(what),
        }
    }

    /// Another crate's: `run` does the work so many times, and returns the time it took.
    pub fn new(
        name: &str,
        target: Target,
        count: u64,
        run: impl FnMut(u64) -> Duration + 'a,
    ) -> Rival<'a> {
        Rival {
            name: name.to_owned(),
            target,
            count,
            runner: Runner::Here(Box::new(run)),
        }
    }
}

pub struct Table<'a> {
    criterion: Criterion,
    pub library: &'a Contender,
    python: Option<&'a Contender>,
    /// Only rows with this in their names are measured.
    filter: String,
    lines: Vec<String>,
}

impl<'a> Table<'a> {
    pub fn new(
        criterion: Criterion,
        library: &'a Contender,
        python: Option<&'a Contender>,
    ) -> Table<'a> {
        let mut arguments = std::env::args().skip(1);
        Table {
            criterion,
            library,
            python,
            filter: arguments
                .find(|argument| !argument.starts_with('-'))
                .unwrap_or_default(),
            lines: vec![line("", "time", "ratio", "target", "")],
        }
    }

    /// Measures the library and its rivals.
    pub fn row<const N: usize>(
        &mut self,
        name: &str,
        (what, count): Work,
        mut rivals: [Rival<'_>; N],
    ) {
        if !name.contains(&self.filter) {
            return;
        }
        let library = self.library;
        self.criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|count| library.time(what, count));
        });

        let mut times = vec![];
        let mut rival_times: [Vec<f64>; N] = [const { vec![] }; N];
        for _ in 0..ROUNDS {
            times.push(library.ask(what, count) / count as f64);
            for (rival, times) in rivals.iter_mut().zip(&mut rival_times) {
                let time = match &mut rival.runner {
                    Runner::Python(what) => self.python.map(|it| it.ask(what, rival.count)),
                    Runner::System(what) => Some(library.ask(what, rival.count)),
                    Runner::Here(run) => Some(run(rival.count).as_secs_f64()),
                };
                times.extend(time.map(|time| time / rival.count as f64));
            }
        }

        let time = median(&mut times);
        self.lines.push(line(name, &seconds(time), "", "", ""));
        for (rival, mut times) in rivals.iter().zip(rival_times) {
            let name = format!("  {}", rival.name);
            if times.is_empty() {
                self.lines.push(line(&name, "missing", "", "", ""));
                continue;
            }
            let rival_time = median(&mut times);
            let (ratio, target, met) = match rival.target {
                Target::Faster(target) => {
                    let ratio = rival_time / time;
                    (ratio, format!(">= {target}"), ratio >= target)
                }
                Target::Cost(target) => {
                    let ratio = time / rival_time;
                    (ratio, format!("<= {target}"), ratio <= target)
                }
            };
            let ratio = format!("{ratio:.2}");
            self.lines.push(line(
                &name,
                &seconds(rival_time),
                &ratio,
                &target,
                verdict(met),
            ));
        }
    }

    /// Enters a number that the library tells, and that has a limit and no rival.
    pub fn fact(&mut self, name: &str, what: &str, count: u64, unit: &str, limit: f64) {
        if name.contains(&self.filter) {
            let value = self.library.ask(what, count);
            let (text, target) = (format!("{value:.0} {unit}"), format!("<= {limit}"));
            self.lines
                .push(line(name, &text, "", &target, verdict(value <= limit)));
        }
    }

    pub fn print(self) {
        self.criterion.final_summary();
        for line in &self.lines {
            println!("{line}");
        }
    }
}

fn line(name: &str, time: &str, ratio: &str, target: &str, verdict: &str) -> String {
    let line = format!("{name:38} {time:>10} {ratio:>8} {target:>8}  {verdict}");
    line.trim_end().to_owned()
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn seconds(time: f64) -> String {
    match time {
        _ if time < 1e-6 => format!("{:.0} ns", time * 1e9),
        _ if time < 1e-3 => format!("{:.2} us", time * 1e6),
        _ => format!("{:.2} ms", time * 1e3),
    }
}
