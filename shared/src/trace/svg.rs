//! A recording as an SVG picture: no scripts, in the reader's light or dark, as sharp on a poster as on a phone.

use std::fmt::{Display, Write as _};

use super::Recording;
use super::recording::{Lane, Shares, State};
use super::timeline::{describe, duration, sums, ticks};

const WIDTH: usize = 400;
/// Where the chart begins; to its left stand the labels.
const LEFT: usize = 84;
/// Columns of the chart, one unit of length each.
const CHART: usize = 244;
/// Height of a lane, and of the bar in it.
const LANE: usize = 20;
const BAR: usize = 14;
/// Height of a bar for time without a core, so that it is not taken for time on one.
const DELAYED: usize = 6;
/// Where the first lane begins; above it stand the title and the axis.
const TOP: usize = 46;
/// More lanes than this are counted, not drawn.
const LANES: usize = 40;

/// The looks. A state is told by its shape as well as by its colour.
const STYLE: &str = "\
.tl{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;--ink:#1c2024;--dim:#5c6570;--rule:#d5dae0;\
--running:#15803d;--delayed:#d1242f;--thinking:#0e7490;--calling:#b45309;--ordering:#86198f;--in-flight:#1d5fd1;--waiting:#8a929c;background:#fff}\
@media screen and (prefers-color-scheme:dark){.tl{--ink:#e8eaed;--dim:#a0a8b3;--rule:#373d46;\
--running:#4ade80;--delayed:#ff7b80;--thinking:#3fc6dd;--calling:#f5a83d;--ordering:#e08cf0;--in-flight:#7cb0ff;--waiting:#767e8a;background:#15181c}}\
.tl text{fill:var(--ink)}.tl .dim{fill:var(--dim)}.tl .title{font-weight:700;font-size:13px}\
.tl .rule{stroke:var(--rule);stroke-width:1}.tl .end{text-anchor:end}.tl .mid{text-anchor:middle}\
.tl .running{fill:var(--running)}.tl .delayed{fill:var(--delayed)}.tl .thinking{fill:var(--thinking)}\
.tl .calling{fill:var(--calling)}.tl .ordering{fill:var(--ordering)}.tl .in-flight{fill:var(--in-flight)}\
.tl .waiting{fill:var(--waiting)}.tl .queue{fill:var(--dim)}";

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
    if recording.lanes.len() > LANES {
        text(
            &mut body,
            4,
            y + 14,
            "dim",
            format!("and {} more lanes", recording.lanes.len() - LANES),
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
    for line in sums(recording)
        .iter()
        .take(2)
        .flat_map(|line| wrapped(line))
    {
        y += 17;
        text(&mut body, 4, y, "dim", line);
    }

    let mut head = String::new();
    text(&mut head, 4, 16, "title", &recording.title);
    let (marks, unit) = ticks(recording.length, 6);
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
            (_, share) => (share * BAR as f64).round().clamp(3.0, BAR as f64) as usize,
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
    let running = recording
        .sums(lane)
        .get(&State::Running)
        .copied()
        .unwrap_or_default();
    text(body, WIDTH - 2, y + 12, "end", duration(running));
    body.push_str("</g>\n");
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

/// A state as a bar: a line for what merely passes, the full height for what somebody is busy with.
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
        if last.len() + word.len() < 53 {
            last.push_str(word);
            last.push(' ');
        } else {
            lines.push(format!("{word} "));
        }
    }
    lines
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

fn escape(text: &str) -> String {
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
    fn nothing_stands_outside_the_picture() {
        let text = render(&sample());
        let picture = Document::parse(&text).unwrap();
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
