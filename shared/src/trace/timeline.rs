//! A recording as text: a lane for each worker, from left to right, as wide as the terminal.
//!
//! Every state has a glyph of its own, so that the picture can be read without colour, on any background.

use std::fmt::Write as _;
use std::io;
use std::ops::RangeInclusive;

use anstyle::{AnsiColor, Style};
use rustix::termios::tcgetwinsize;

use super::Recording;
use super::recording::{Lane, Shares, State};

/// Columns of the whole picture, where there is no terminal.
const WIDTH: usize = 80;
/// A terminal of fewer columns breaks lines, and one of more is not filled.
const WIDTHS: RangeInclusive<usize> = 50..=140;
/// Columns for the time that a lane was on a core.
const SUM: usize = 10;
/// More lanes than this are counted, not drawn.
const LANES: usize = 32;
/// Labels are cut off after so many columns.
const LABEL: usize = 20;
/// Eighths of a column's height, for the share of its time on a core.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Columns of the terminal that standard output is; `None` where it is none.
pub(super) fn columns() -> Option<usize> {
    let seen = tcgetwinsize(io::stdout()).map(|size| usize::from(size.ws_col));
    seen.ok().filter(|columns| *columns > 0)
}

/// Columns of the picture: those of the terminal, within what can be drawn.
pub fn width() -> usize {
    columns()
        .unwrap_or(WIDTH)
        .clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// Draws a recording, in so many columns. The styles are ANSI escape sequences: print it to a stream that strips them where they
/// are not wanted.
pub fn render(recording: &Recording, columns: usize) -> String {
    let lanes = &recording.lanes[..recording.lanes.len().min(LANES)];
    let labels = lanes.iter().map(|lane| lane.label.chars().count());
    let label = labels.max().unwrap_or_default().clamp(5, LABEL);
    let width = columns - label - 1 - SUM;

    let mut text = format!(
        "{}: {} in all\n\n",
        recording.title,
        duration(recording.length as f64)
    );
    let (numbers, rule) = axis(recording.length, width);
    let _ = writeln!(text, "{:label$} {numbers:width$}{:>SUM$}", "", "on a core");
    let _ = writeln!(text, "{:label$} {rule}", "");
    let mut seen = Vec::new();
    for lane in lanes {
        let name: String = lane.label.chars().take(label).collect();
        let _ = write!(text, "{name:label$} ");
        let mut last = None;
        for shares in recording.columns(lane, width) {
            let (state, glyph) = glyph(&shares, recording.length as f64 / width as f64);
            if let Some(state) = state.filter(|state| !seen.contains(state)) {
                seen.push(state);
            }
            if state != last {
                let (end, begin) = (last.map(style), state.map(style));
                let _ = write!(
                    text,
                    "{:#}{}",
                    end.unwrap_or_default(),
                    begin.unwrap_or_default()
                );
                last = state;
            }
            text.push(glyph);
        }
        let end = last.map(style).unwrap_or_default();
        let _ = write!(text, "{end:#}");
        let running = recording
            .sums(lane)
            .get(&State::Running)
            .copied()
            .unwrap_or_default();
        let _ = writeln!(text, "{:>SUM$}", duration(running));
    }
    if recording.lanes.len() > LANES {
        let _ = writeln!(text, "and {} more workers", recording.lanes.len() - LANES);
    }
    if let Some(queue) = recording.queue(width) {
        let most = queue.iter().max().copied().unwrap_or_default().max(1);
        let bars = queue.iter().map(|waiting| match waiting {
            0 => ' ',
            waiting => BLOCKS[(waiting * 8).div_ceil(most) - 1],
        });
        let bars: String = bars.collect();
        let _ = writeln!(
            text,
            "{:label$} {bars}{:>SUM$}",
            "queue",
            format!("of {most}")
        );
    }
    text.push('\n');
    text.push_str(&legend(&seen, columns));
    let options = textwrap::Options::new(columns).subsequent_indent("  ");
    for line in sums(recording) {
        let _ = writeln!(text, "{}", textwrap::fill(&line, &options));
    }
    text
}

/// What a recording adds up to, in sentences; the last is about recording itself.
pub fn sums(recording: &Recording) -> Vec<String> {
    let mut all = Shares::new();
    for lane in &recording.lanes {
        for (state, time) in recording.sums(lane) {
            *all.entry(state).or_default() += time;
        }
    }
    let sum = |state| all.get(&state).copied().unwrap_or_default();
    let waited = all.iter().filter(|(state, _)| **state > State::Delayed);
    // The sum of no floats is -0.
    let waited = waited.fold(0.0, |sum, (_, time)| sum + time);
    let lanes = match recording.at_once() {
        0 => String::new(),
        1 => "; 1 worker at once".to_owned(),
        workers => format!("; {workers} workers at once"),
    };
    let workers = match recording.lanes.as_slice() {
        [] => "Workers: none noted a unit of work, so there is nothing to draw.".to_owned(),
        _ => format!(
            "Workers: {} on a core, {} ready without one, {} waiting.",
            duration(sum(State::Running)),
            duration(sum(State::Delayed)),
            duration(waited),
        ),
    };
    let takings = recording.takings().into_iter();
    let takings = takings.map(|(by, of, times)| {
        let often = if times == 1 {
            "once".to_owned()
        } else {
            format!("{times} times")
        };
        format!("Core: {by} took it from {of} {often}.")
    });
    let mut sums = vec![
        workers,
        format!(
            "Processes: {} of CPU time, {} of it in units of work{lanes}.",
            duration(recording.cpu() * 1e9),
            duration(recording.cpu_in_units() * 1e9),
        ),
    ];
    sums.extend(takings);
    sums.push(format!(
        "Recording: {} of CPU time for {} note{}.",
        duration(recording.cost.time as f64),
        recording.cost.notes,
        if recording.cost.notes == 1 { "" } else { "s" },
    ));
    sums
}

/// The glyph for a column of this length, and the state that it stands for.
fn glyph(shares: &Shares, length: f64) -> (Option<State>, char) {
    let share = |state| shares.get(&state).copied().unwrap_or_default() / length;
    let (running, delayed) = (share(State::Running), share(State::Delayed));
    let waits = shares.iter().filter(|(state, _)| **state > State::Delayed);
    let longest = waits
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map(|(state, _)| *state);
    let wait = longest.map_or(0.0, share);
    if delayed > running && delayed > wait {
        return (Some(State::Delayed), '×');
    }
    if running >= 1.0 / 16.0 {
        let eighths = (running * 8.0).round().clamp(1.0, 8.0) as usize;
        return (Some(State::Running), BLOCKS[eighths - 1]);
    }
    match longest {
        Some(state) if wait > 0.1 => (Some(state), sign(state)),
        _ => (None, ' '),
    }
}

fn sign(state: State) -> char {
    match state {
        State::Running => '█',
        State::Delayed => '×',
        State::Thinking => '·',
        State::Calling => '░',
        State::Ordering => '▓',
        State::InFlight => '─',
        State::Waiting => '┄',
    }
}

fn style(state: State) -> Style {
    let color = match state {
        State::Running => AnsiColor::Green,
        State::Delayed => AnsiColor::Red,
        State::Thinking => AnsiColor::Cyan,
        State::Calling => AnsiColor::Yellow,
        State::Ordering => AnsiColor::Magenta,
        State::InFlight => AnsiColor::Blue,
        State::Waiting => return Style::new(),
    };
    color.on_default()
}

fn legend(seen: &[State], columns: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for state in State::ALL.into_iter().filter(|state| seen.contains(state)) {
        let width = state.name().chars().count() + 5;
        if column > 0 && column + width > columns {
            text.truncate(text.trim_end().len());
            text.push('\n');
            column = 0;
        }
        let style = style(state);
        let _ = write!(text, "{style}{}{style:#} {}   ", sign(state), state.name());
        column += width;
    }
    format!("{}\n", text.trim_end())
}

/// Two lines: numbers, and a rule with a mark under each.
fn axis(length: u64, width: usize) -> (String, String) {
    let mut numbers = vec![' '; width];
    let mut rule = vec!['─'; width];
    let (ticks, unit) = ticks(length, width / 9);
    let last = ticks.len() - 1;
    for (place, (time, number)) in ticks.into_iter().enumerate() {
        let column = (time / length.max(1) as f64 * width as f64) as usize;
        let column = column.min(width - 1);
        rule[column] = '┬';
        let number = if place == last {
            format!("{number} {unit}")
        } else {
            number
        };
        let start = column.saturating_sub(number.chars().count() / 2);
        let start = start.min(width - number.chars().count());
        for (offset, digit) in number.chars().enumerate() {
            numbers[start + offset] = digit;
        }
    }
    rule[0] = '┌';
    (numbers.into_iter().collect(), rule.into_iter().collect())
}

/// At most so many round times from 0 to this length, each with its number, and the unit of the numbers.
pub(super) fn ticks(length: u64, most: usize) -> (Vec<(f64, String)>, &'static str) {
    let length = length.max(1) as f64;
    let (unit, name) = match length {
        l if l >= 1e9 => (1e9, "s"),
        l if l >= 1e6 => (1e6, "ms"),
        _ => (1e3, "µs"),
    };
    let steps = (-2..4).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
    let fits = |step: &f64| length / unit / step < most.max(2) as f64;
    let step = steps.clone().find(fits).unwrap_or(5000.0);
    let digits = if step < 0.1 {
        2
    } else {
        usize::from(step < 1.0)
    };
    let count = (length / unit / step) as usize;
    let ticks = (0..=count).map(|place| {
        let number = place as f64 * step;
        (number * unit, format!("{number:.digits$}"))
    });
    (ticks.collect(), name)
}

/// Nanoseconds in a unit that suits them, three digits of it.
pub fn duration(nanoseconds: f64) -> String {
    let (number, unit) = match nanoseconds {
        n if n >= 999_500_000.0 => (n / 1e9, "s"),
        n if n >= 999_500.0 => (n / 1e6, "ms"),
        n if n >= 999.5 => (n / 1e3, "µs"),
        n => return format!("{n:.0} ns"),
    };
    let digits = match number {
        n if !(0.005..99.95).contains(&n) => 0,
        n if n >= 9.995 => 1,
        _ => 2,
    };
    format!("{number:.digits$} {unit}")
}

/// What a lane did, in words.
pub(super) fn describe(recording: &Recording, lane: &Lane) -> String {
    let sums = recording.sums(lane);
    let states = sums.iter().filter(|(_, time)| **time > 0.0);
    let states: Vec<_> = states
        .map(|(state, time)| format!("{} {}", duration(*time), state.name()))
        .collect();
    format!("{}: {}", lane.label, states.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::recording::tests::sample;
    use super::*;

    #[test]
    fn a_duration_has_three_digits_at_most_in_a_unit_that_suits_it() {
        let cases = [5.2, 2_961.0, 74_800.0, 999_600.0, 1.5e9];
        let said = ["5 ns", "2.96 µs", "74.8 µs", "1.00 ms", "1.50 s"];
        assert_eq!(cases.map(duration), said);
    }

    #[test]
    fn the_picture_fills_its_columns_and_reads_without_colour() {
        let drawn = |width| anstream::adapter::strip_str(&render(&sample(), width)).to_string();
        for width in [50, 60, 80, 140] {
            let widths = drawn(width);
            let widths = widths.lines().map(|line| line.chars().count());
            assert_eq!(widths.max(), Some(width), "{}", drawn(width));
        }
        let plain = drawn(80);
        let lane = |label: &str| plain.lines().find(|line| line.starts_with(label)).unwrap();
        let table: String = lane("thread A")
            .split_whitespace()
            .nth(2)
            .unwrap()
            .to_owned();
        let mut states: Vec<char> = table.chars().collect();
        states.dedup();
        assert_eq!(states, ['·', '░', '▓'], "{plain}");
        assert!(
            lane("thread 1").contains("██████") && lane("thread 1").contains("×××"),
            "{plain}"
        );
        assert!(
            lane("task 2").contains("█████") && lane("task 2").contains("─────"),
            "{plain}"
        );
        for state in [
            "on a core",
            "ready, no core",
            "thinking",
            "waiting for the waiter",
            "ordering",
            "in flight",
        ] {
            assert!(plain.contains(state), "{plain}");
        }
        assert!(
            plain.contains("100 ms on a core, 20.0 ms ready without one"),
            "{plain}"
        );
    }

    #[test]
    fn a_run_without_units_of_work_says_that_there_is_nothing_to_draw() {
        let mut recording = Recording {
            length: 1_000_000,
            ..Recording::default()
        };
        recording.cost.notes = 1;
        let plain = render(&recording, 80);
        assert!(plain.contains("so there is nothing to draw."), "{plain}");
        assert!(plain.contains("for 1 note."), "{plain}");
    }

    #[test]
    fn ticks_are_round_and_few() {
        for (length, most, expected) in [
            (903_000_000, 6, &["0", "200", "400", "600", "800"][..]),
            (
                2_503_000_000,
                6,
                &["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"],
            ),
            (1_000, 6, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (0, 6, &["0.00"]),
        ] {
            let (ticks, _) = ticks(length, most);
            let numbers: Vec<_> = ticks.iter().map(|tick| tick.1.as_str()).collect();
            assert_eq!(numbers, expected, "{length}");
        }
    }
}
