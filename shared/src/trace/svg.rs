//! A recording as an SVG picture: no scripts, in the reader's light or dark, as sharp on a poster as on a phone.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use super::Recording;
use super::recording::{Interruption, Lane, Shares, State};
use super::timeline::{describe, duration, sums, ticks};

/// Width of the picture. Text is 12 units high, so that it is 12 pixels high where the picture is as wide as a phone.
const WIDTH: usize = 360;
/// Where the chart begins; to its left stand the labels.
const LEFT: usize = 84;
/// Columns of the chart, one unit of length each.
const CHART: usize = 203;
/// Height of a lane, and of the bar in it.
const LANE: usize = 20;
const BAR: usize = 14;
/// Height of a bar for time without a core, so that it is not taken for time on one.
const DELAYED: usize = 6;
/// Where the first lane begins; above it stand the title and the axis.
const TOP: usize = 46;
/// Where the title ends, so that the total has room beside it.
const TITLE: usize = 31;
/// Between units that take fewer columns than this there is no cut.
const APART: usize = 4;
/// Interruptions nearer to each other than this many columns share an arrow.
const ARROWS: usize = 5;
/// More lanes than this are counted, not drawn.
const LANES: usize = 24;

/// The looks. A state has a shape of its own as well as a colour.
const STYLE: &str = "\
.tl{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;--ink:#1c2024;--dim:#5c6570;--rule:#d5dae0;\
--running:#15803d;--delayed:#d1242f;--thinking:#0e7490;--calling:#b45309;--ordering:#86198f;--in-flight:#1d5fd1;--waiting:#8a929c;--back:#fff;background:var(--back)}\
@media screen and (prefers-color-scheme:dark){.tl{--ink:#e8eaed;--dim:#a0a8b3;--rule:#373d46;\
--running:#4ade80;--delayed:#ff7b80;--thinking:#3fc6dd;--calling:#f5a83d;--ordering:#e08cf0;--in-flight:#7cb0ff;--waiting:#767e8a;--back:#15181c}}\
.tl text{fill:var(--ink)}.tl .dim{fill:var(--dim)}.tl .title{font-weight:700;font-size:13px}\
.tl .rule{stroke:var(--rule);stroke-width:1}.tl .end{text-anchor:end}.tl .mid{text-anchor:middle}\
.tl .running{fill:var(--running)}.tl .delayed{fill:var(--delayed)}.tl .thinking{fill:var(--thinking)}\
.tl .calling{fill:var(--calling)}.tl .ordering{fill:var(--ordering)}.tl .in-flight{fill:var(--in-flight)}\
.tl .waiting{fill:var(--waiting)}.tl .queue{fill:var(--dim)}.tl .cut{fill:var(--back)}\
.tl .taking{stroke:var(--ink);stroke-width:1;fill:none}.tl .stamp{fill:var(--delayed);font-weight:700}";

/// Draws a recording.
pub fn render(recording: &Recording) -> String {
    let lanes = &recording.lanes[..recording.lanes.len().min(LANES)];
    let mut body = String::new();
    let mut y = TOP;
    let mut seen = Vec::new();
    for lane in lanes {
        draw_lane(&mut body, recording, lane, y, &mut seen);
        y += LANE;
    }
    draw_takings(&mut body, recording);
    if recording.lanes.len() > LANES {
        text(
            &mut body,
            4,
            y + 14,
            "dim",
            format!("and {} more workers", recording.lanes.len() - LANES),
        );
        y += LANE;
    }
    if let Some(queue) = recording.queue(CHART) {
        draw_queue(&mut body, &queue, y);
        y += LANE;
    }
    let bottom = y;
    y += 18;
    let mut x = 4;
    for state in State::ALL.into_iter().filter(|state| seen.contains(state)) {
        let width = 30 + state.name().len() * 15 / 2;
        if x > 4 && x + width > WIDTH {
            x = 4;
            y += 18;
        }
        bar(&mut body, state, x, y - 11, 16);
        text(&mut body, x + 21, y, "", state.name());
        x += width;
    }
    let sums = sums(recording);
    // The last is about recording, which is no part of the picture.
    for line in sums[..sums.len() - 1].iter().flat_map(|line| wrapped(line)) {
        y += 17;
        text(&mut body, 4, y, "dim", line);
    }

    let mut head = String::new();
    text(&mut head, 4, 16, "title", cut_off(&recording.title));
    let total = format!("{} in all", duration(recording.length as f64));
    text(&mut head, WIDTH - 2, 16, "end", total);
    let (marks, unit) = ticks(recording.length, 5);
    for (time, number) in &marks {
        let x = LEFT + (time / recording.length.max(1) as f64 * CHART as f64) as usize;
        let _ = write!(head, "<path class='rule' d='M{x}.5 {}V{bottom}'/>", TOP - 6);
        // The last number must not run into the words beside it.
        let side = if x + 14 > LEFT + CHART {
            "dim end"
        } else {
            "dim mid"
        };
        text(&mut head, x, TOP - 10, side, number);
    }
    text(&mut head, 4, TOP - 10, "dim", unit);
    text(&mut head, WIDTH - 2, TOP - 10, "dim end", "on a core");

    let height = y + 10;
    let title = escape(&recording.title);
    let words: Vec<_> = lanes.iter().map(|lane| describe(recording, lane)).collect();
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' class='tl' viewBox='0 0 {WIDTH} {height}' role='img' aria-label='Timeline of {title}'>\
         <title>Timeline of {title}</title><desc>{}</desc><style>{STYLE}</style>\n{head}\n{body}</svg>\n",
        escape(&words.join("; "))
    )
}

/// A lane: what it waited for as bars, and above them how much of the time it was on a core.
fn draw_lane(
    body: &mut String,
    recording: &Recording,
    lane: &Lane,
    y: usize,
    seen: &mut Vec<State>,
) {
    let length = recording.length as f64 / CHART as f64;
    let columns = recording.columns(lane, CHART);
    let mut see = |state| {
        if !seen.contains(&state) {
            seen.push(state);
        }
    };
    let _ = write!(
        body,
        "<g><title>{}</title>",
        escape(&describe(recording, lane))
    );
    text(body, 4, y + 12, "", short(&lane.label));

    let waits = runs(columns.iter().map(|shares| longest_wait(shares, length)));
    for (start, width, state) in waits {
        if let Some(state) = state {
            see(state);
            bar(body, state, LEFT + start, y, width);
        }
    }
    // A poll of a task is often shorter than a column, and shows; a thread's little work within a long wait is nowhere.
    let slices = || {
        lane.units
            .iter()
            .flat_map(|unit| &recording.units[*unit].slices)
    };
    let mut short_slices = [false; CHART];
    for slice in slices().filter(|slice| (slice.span.length() as f64) < length) {
        let column = (slice.span.start as f64 / length) as usize;
        short_slices[column.min(CHART - 1)] = true;
    }
    for state in [State::Delayed, State::Running] {
        let share = |shares: &Shares| shares.get(&state).copied().unwrap_or_default() / length;
        let parts = columns.iter().zip(short_slices);
        let heights = parts.map(|(shares, polled)| match (state, share(shares)) {
            (State::Delayed, share) => usize::from(share > 0.3) * DELAYED,
            (_, share) if share < 0.02 && !polled => 0,
            // What is there is seen, and never looks like much more than it is.
            (_, share) => (share * BAR as f64).round().clamp(1.0, BAR as f64) as usize,
        });
        let mut path = String::new();
        for (start, width, height) in runs(heights).into_iter().filter(|run| run.2 > 0) {
            let top = match state {
                State::Running => y + BAR - height,
                _ => y + (BAR - height) / 2,
            };
            let _ = write!(path, "M{} {top}h{width}v{height}h-{width}z", LEFT + start);
        }
        if !path.is_empty() {
            see(state);
            let _ = write!(body, "<path class='{}' d='{path}'/>", class(state));
        }
    }
    cut_apart(body, recording, lane, y);
    let running = recording
        .sums(lane)
        .get(&State::Running)
        .copied()
        .unwrap_or_default();
    text(body, WIDTH - 2, y + 12, "end", duration(running));
    body.push_str("</g>\n");
}

/// Cuts a lane between one unit and the next, so that five pages one after another are five bars.
fn cut_apart(body: &mut String, recording: &Recording, lane: &Lane, y: usize) {
    let column =
        |time: u64| LEFT + (time as f64 / recording.length.max(1) as f64 * CHART as f64) as usize;
    let mut path = String::new();
    for pair in lane.units.windows(2) {
        let [one, next] = [pair[0], pair[1]].map(|unit| recording.units[unit].span);
        let wide = [one, next]
            .iter()
            .all(|span| column(span.end) - column(span.start) >= APART);
        if wide && one.end <= next.start {
            let _ = write!(path, "M{} {y}h2v{BAR}h-2z", column(next.start));
        }
    }
    if !path.is_empty() {
        let _ = write!(body, "<path class='cut' d='{path}'/>");
    }
}

/// An arrow for every time at which one lane took the core from another; of those that would touch, the first.
fn draw_takings(body: &mut String, recording: &Recording) {
    let mut last = BTreeMap::new();
    let mut path = String::new();
    for Interruption { at, by, of } in recording.interruptions() {
        let x = LEFT + (at as f64 / recording.length.max(1) as f64 * CHART as f64) as usize;
        let near = last.get(&(by, of)).is_some_and(|last| x < last + ARROWS);
        if near || by >= LANES || of >= LANES {
            continue;
        }
        last.insert((by, of), x);
        let middle = |lane: usize| TOP + lane * LANE + BAR / 2;
        let (from, to, head) = match by < of {
            true => (middle(by), middle(of) - BAR / 2, -3),
            false => (middle(by), middle(of) + BAR / 2, 3),
        };
        let _ = write!(path, "M{x}.5 {from}V{to}m-2 {head}l2 {}l2 {head}", -head);
    }
    if !path.is_empty() {
        let _ = write!(
            body,
            "<path class='taking' d='{path}'><title>One takes the core from the other</title></path>"
        );
    }
}

fn draw_queue(body: &mut String, queue: &[usize], y: usize) {
    let most = queue.iter().max().copied().unwrap_or_default().max(1);
    let mut path = String::new();
    for (start, width, waiting) in runs(queue.iter().copied())
        .into_iter()
        .filter(|run| run.2 > 0)
    {
        let height = (waiting * BAR).div_ceil(most);
        let _ = write!(
            path,
            "M{} {}h{width}v{height}h-{width}z",
            LEFT + start,
            y + BAR - height
        );
    }
    let _ = write!(
        body,
        "<g><title>Units that wait for a worker, {most} at first</title>"
    );
    text(body, 4, y + 12, "", "queue");
    let _ = write!(body, "<path class='queue' d='{path}'/>");
    text(body, WIDTH - 2, y + 12, "end", format!("of {most}"));
    body.push_str("</g>\n");
}

/// The wait that a column shows, if it shows any.
fn longest_wait(shares: &Shares, length: f64) -> Option<State> {
    let waits = shares.iter().filter(|(state, _)| **state > State::Delayed);
    let longest = waits.max_by(|a, b| a.1.total_cmp(b.1));
    longest
        .filter(|(_, time)| **time > 0.1 * length)
        .map(|(state, _)| *state)
}

/// A state as a bar: a line for time that merely passes, the full height for work.
fn bar(body: &mut String, state: State, x: usize, y: usize, width: usize) {
    let (top, height) = match state {
        State::Running | State::Ordering => (0, BAR),
        State::Delayed => ((BAR - DELAYED) / 2, DELAYED),
        State::Calling => (3, 8),
        State::InFlight => (5, 4),
        State::Thinking | State::Waiting => (6, 2),
    };
    let class = class(state);
    let y = y + top;
    if state == State::Calling {
        // Stripes.
        let mut path = String::new();
        for x in (x..x + width).step_by(4) {
            let _ = write!(path, "M{x} {y}h2v{height}h-2z");
        }
        let _ = write!(body, "<path class='{class}' d='{path}'/>");
    } else {
        let _ = write!(
            body,
            "<rect class='{class}' x='{x}' y='{y}' width='{width}' height='{height}'/>"
        );
    }
}

fn class(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Delayed => "delayed",
        State::Thinking => "thinking",
        State::Calling => "calling",
        State::Ordering => "ordering",
        State::InFlight => "in-flight",
        State::Waiting => "waiting",
    }
}

/// A line in lines that fit the picture.
fn wrapped(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let last = lines.last_mut().expect("there is always a line");
        if last.len() + word.len() < 48 {
            last.push_str(word);
            last.push(' ');
        } else {
            lines.push(format!("{word} "));
        }
    }
    lines
}

/// A title that leaves room for the total.
fn cut_off(title: &str) -> String {
    match title.chars().count() {
        length if length <= TITLE => title.to_owned(),
        _ => title.chars().take(TITLE - 1).chain(['…']).collect(),
    }
}

/// Writes across a finished picture why it is not to be trusted.
///
/// A text that is no such picture stays as it is.
pub fn stamp(picture: &str, reason: &str) -> String {
    let cut = picture.rsplit_once("</svg>").and_then(|(before, after)| {
        let (head, height, rest) = height_of(before)?;
        Some((head, height, rest, after))
    });
    let Some((head, height, rest, after)) = cut else {
        return picture.to_owned();
    };
    let lines = wrapped(&format!("Disturbed: {reason}."));
    let mut stamp = String::new();
    for (place, line) in lines.iter().enumerate() {
        text(
            &mut stamp,
            4,
            height + 8 + place * 15,
            "stamp",
            line.trim_end(),
        );
    }
    let height = height + lines.len() * 15 + 4;
    format!("{head}{height}{rest}{stamp}</svg>{after}")
}

/// A picture cut at its height: before it, the number, after it.
fn height_of(picture: &str) -> Option<(&str, usize, &str)> {
    let mark = format!("viewBox='0 0 {WIDTH} ");
    let start = picture.find(&mark)? + mark.len();
    let end = start + picture[start..].find('\'')?;
    Some((
        &picture[..start],
        picture[start..end].parse().ok()?,
        &picture[end..],
    ))
}

/// A label that fits beside the chart: of a long one, what follows the word for all workers.
fn short(label: &str) -> String {
    let rest = label.split_once(' ').map(|(_, rest)| rest);
    let label = rest.filter(|_| label.chars().count() > 12).unwrap_or(label);
    label.chars().take(12).collect()
}

/// Stretches of equal values: where each starts, how long it is, and the value.
fn runs<T: PartialEq + Copy>(values: impl Iterator<Item = T>) -> Vec<(usize, usize, T)> {
    let mut runs: Vec<(usize, usize, T)> = Vec::new();
    for (place, value) in values.enumerate() {
        match runs.last_mut() {
            Some((_, length, last)) if *last == value => *length += 1,
            _ => runs.push((place, 1, value)),
        }
    }
    runs
}

fn text(body: &mut String, x: usize, y: usize, class: &str, words: impl Display) {
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(" class='{class}'")
    };
    let _ = write!(
        body,
        "<text x='{x}' y='{y}'{class}>{}</text>",
        escape(&words.to_string())
    );
}

/// Text as XML and HTML have it, in quotes too.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#39;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::super::recording::tests::sample;
    use super::super::{Slice, Span, Unit};
    use super::*;

    #[test]
    fn the_picture_is_xml_without_scripts_and_says_in_words_what_it_shows() {
        let text = render(&sample());
        let picture = Document::parse(&text).unwrap();
        let names = || picture.descendants().map(|node| node.tag_name().name());
        assert!(names().all(|name| name != "script" && name != "image"));
        assert!(
            !text.contains("http:") || text.matches("http:").count() == 1,
            "the name space alone"
        );
        let label = picture.root_element().attribute("aria-label");
        assert_eq!(label, Some("Timeline of threading <test>"));
        let words = picture
            .descendants()
            .find(|node| node.tag_name().name() == "desc");
        let words = words.and_then(|node| node.text()).unwrap();
        assert!(
            words.contains("thread A: 50.0 ms thinking, 10.0 ms waiting for the waiter"),
            "{words}"
        );
    }

    #[test]
    fn five_units_one_after_another_are_five_bars() {
        let unit = |place: u64| Unit {
            name: "download".to_owned(),
            pid: 1,
            span: Span {
                start: place * 20,
                end: place * 20 + 20,
            },
            slices: Vec::new(),
        };
        let lane = Lane {
            label: "main".to_owned(),
            units: (0..5).collect(),
            phases: vec![(Span { start: 0, end: 100 }, State::InFlight)],
        };
        let recording = Recording {
            length: 100,
            cores: 2,
            lanes: vec![lane],
            units: (0..5).map(unit).collect(),
            ..Recording::default()
        };
        let picture = render(&recording);
        let (_, cuts) = picture.split_once("class='cut' d='").unwrap();
        let cuts = cuts.split_once('\'').unwrap().0.matches('M').count();
        assert_eq!(cuts, 4, "{picture}");
    }

    /// The height of what shows time on a core, in the first lane.
    fn height_on_a_core(cpu: u64) -> usize {
        let slices = (0..100).map(|place| Slice {
            tid: 1,
            span: Span {
                start: place * 1000,
                end: place * 1000 + cpu,
            },
            cpu,
            delay: 0,
            delays: Vec::new(),
        });
        let unit = Unit {
            name: "download".to_owned(),
            pid: 1,
            span: Span {
                start: 0,
                end: 100_000,
            },
            slices: slices.collect(),
        };
        let lane = Lane {
            label: "main".to_owned(),
            units: vec![0],
            ..Lane::default()
        };
        let recording = Recording {
            length: 100_000,
            cores: 2,
            lanes: vec![lane],
            units: vec![unit],
            ..Recording::default()
        };
        let picture = render(&recording);
        let (_, path) = picture.split_once("<path class='running' d='").unwrap();
        let heights = path.split_once('\'').unwrap().0.split('v').skip(1);
        let heights = heights.map(|rest| rest.split('h').next().unwrap().parse::<usize>().unwrap());
        heights.max().unwrap()
    }

    #[test]
    fn a_lane_on_a_core_for_a_twentieth_of_the_time_is_flat_and_seen() {
        assert_eq!(height_on_a_core(50), 1);
        assert!(height_on_a_core(1000) >= BAR - 1);
    }

    #[test]
    fn the_total_stands_on_the_picture_and_a_stamp_within_it() {
        let picture = render(&sample());
        assert!(picture.contains(">100 ms in all</text>"), "{picture}");
        let stamped = stamp(
            &picture,
            "others took 40% of the CPU, and a <good> deal of the memory",
        );
        assert!(stamped.contains("Disturbed: others took 40%"), "{stamped}");
        nothing_stands_outside(&stamped);
        assert_eq!(stamp("no picture", "why"), "no picture");
    }

    #[test]
    fn nothing_stands_outside_the_picture() {
        nothing_stands_outside(&render(&sample()));
    }

    fn nothing_stands_outside(text: &str) {
        let picture = Document::parse(text).unwrap();
        let number = |node: &roxmltree::Node, name| {
            node.attribute(name)
                .and_then(|number| number.parse::<usize>().ok())
        };
        let height: usize = picture
            .root_element()
            .attribute("viewBox")
            .unwrap()
            .split(' ')
            .next_back()
            .unwrap()
            .parse()
            .unwrap();
        for node in picture.descendants().filter(|node| node.is_element()) {
            let (x, y) = (number(&node, "x"), number(&node, "y"));
            let right = x.unwrap_or(0) + number(&node, "width").unwrap_or(0);
            assert!(right <= WIDTH && y.unwrap_or(0) < height, "{node:?}");
            if let (Some(x), Some(words)) = (x, node.text()) {
                let end = node
                    .attribute("class")
                    .is_some_and(|class| class.contains("end"));
                assert!(
                    end || x + words.trim().chars().count() * 15 / 2 <= WIDTH + 8,
                    "{words}"
                );
            }
        }
    }
}
