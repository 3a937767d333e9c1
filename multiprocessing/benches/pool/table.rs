//! Rows of contenders that take turns, and how they compare.

use std::time::{Duration, Instant};

use criterion::Criterion;

/// How often every contender of a row has its turn.
const ROUNDS: usize = 15;

/// How long something takes.
pub fn timed<T>(body: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let result = body();
    let time = start.elapsed();
    drop(result);
    time
}

/// What is asked of the library, compared with a rival.
#[derive(Clone, Copy)]
pub enum Target {
    /// At least so many times faster.
    Faster(f64),
    /// At most so many times as long.
    Cost(f64),
}

pub struct Rival<'a> {
    name: &'static str,
    target: Target,
    /// How often it does the work in one turn.
    count: u64,
    run: Box<dyn FnMut(u64) -> Option<Duration> + 'a>,
}

impl<'a> Rival<'a> {
    /// `run` does the work so many times, and returns the time it took; `None` if it cannot.
    pub fn new<T: Into<Option<Duration>>>(
        name: &'static str,
        target: Target,
        count: u64,
        mut run: impl FnMut(u64) -> T + 'a,
    ) -> Rival<'a> {
        Rival {
            name,
            target,
            count,
            run: Box::new(move |count| run(count).into()),
        }
    }
}

pub struct Table {
    criterion: Criterion,
    lines: Vec<String>,
}

impl Table {
    pub fn new(criterion: Criterion) -> Table {
        let head = ["", "median", "rival", "median", "ratio", "target", ""];
        Table {
            criterion,
            lines: vec![line(head)],
        }
    }

    /// Measures the library, with `count` repetitions in one turn, and its rivals.
    pub fn row<const N: usize>(
        &mut self,
        name: &str,
        count: u64,
        mut ours: impl FnMut(u64) -> Duration,
        mut rivals: [Rival<'_>; N],
    ) {
        self.criterion
            .bench_function(name, |bencher| bencher.iter_custom(&mut ours));

        let mut times = vec![];
        let mut rival_times: [Vec<f64>; N] = [const { vec![] }; N];
        for _ in 0..ROUNDS {
            times.push(ours(count).as_secs_f64() / count as f64);
            for (rival, times) in rivals.iter_mut().zip(&mut rival_times) {
                let time = (rival.run)(rival.count);
                times.extend(time.map(|time| time.as_secs_f64() / rival.count as f64));
            }
        }
        let time = median(&mut times);
        for (rival, mut times) in rivals.iter().zip(rival_times) {
            if times.is_empty() {
                self.lines.push(line([
                    name,
                    &seconds(time),
                    rival.name,
                    "missing",
                    "",
                    "",
                    "",
                ]));
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
            let (time, rival_time) = (seconds(time), seconds(rival_time));
            let ratio = format!("{ratio:.2}");
            self.lines.push(line([
                name,
                &time,
                rival.name,
                &rival_time,
                &ratio,
                &target,
                verdict(met),
            ]));
        }
    }

    /// Enters a number that has a limit, and no rival.
    pub fn fact(&mut self, name: &str, value: f64, unit: &str, limit: f64) {
        let (text, target) = (format!("{value:.0} {unit}"), format!("<= {limit}"));
        self.lines.push(line([
            name,
            &text,
            "",
            "",
            "",
            &target,
            verdict(value <= limit),
        ]));
    }

    pub fn print(self) {
        self.criterion.final_summary();
        for line in &self.lines {
            println!("{line}");
        }
    }
}

fn line(cells: [&str; 7]) -> String {
    let [name, time, rival, rival_time, ratio, target, verdict] = cells;
    let line = format!(
        "{name:40} {time:>10}  {rival:28} {rival_time:>10} {ratio:>8} {target:>8} {verdict}"
    );
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
