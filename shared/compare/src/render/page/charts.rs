//! Charts as SVG: what the tables say, to be seen at a glance.

use std::fmt::Write as _;

use super::escape;
use crate::judge::latency::{SHARES, Spread};
use crate::model::quantity::{bytes, count, seconds};
use crate::model::stats::Estimate;
use crate::model::technique::Contestant;

/// A line of a chart.
pub struct Series {
    /// Whose it is.
    pub who: Contestant,
    /// Its points, left to right.
    pub points: Vec<Point>,
}

/// A point of a line.
pub struct Point {
    /// Where it is.
    pub x: f64,
    /// How high, and its interval; one value is its own interval.
    pub y: Estimate,
}

impl Point {
    /// A point that was measured once.
    pub fn once(x: f64, y: f64) -> Self {
        let y = Estimate {
            median: y,
            low: y,
            high: y,
        };
        Self { x, y }
    }
}

/// How the numbers of an axis are written.
pub type Words = fn(f64) -> String;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 46.0;

/// Horizontal bars from zero, one for each technique, with the interval as a line, and the floor as a dashed one.
pub fn bars(title: &str, entries: &[(Contestant, Estimate)], floor: Option<f64>) -> String {
    const LABEL: f64 = 150.0;
    const ROW: f64 = 26.0;
    const VALUE: f64 = 74.0;
    let most = entries
        .iter()
        .map(|(_, estimate)| estimate.high)
        .fold(f64::MIN_POSITIVE, f64::max);
    let chart = WIDTH - LABEL - VALUE;
    let x = |value: f64| LABEL + value / most * chart;
    let height = ROW * entries.len() as f64 + 24.0;
    let mut body = String::new();
    for (row, (who, Estimate { median, low, high })) in entries.iter().enumerate() {
        let (top, middle) = (ROW * row as f64 + 6.0, ROW * row as f64 + 15.0);
        let _ = write!(
            body,
            "<text x='{:.0}' y='{:.0}' class='end'>{who}</text>\
             <rect class='{}' x='{LABEL}' y='{top:.1}' width='{:.1}' height='18'/>\
             <path class='interval' d='M{:.1} {middle:.1}H{:.1}M{:.1} {:.1}v8M{:.1} {:.1}v8'/>\
             <text x='{:.1}' y='{:.0}'>{}</text>",
            LABEL - 8.0,
            middle + 4.0,
            class(*who),
            median / most * chart,
            x(*low),
            x(*high),
            x(*low),
            middle - 4.0,
            x(*high),
            middle - 4.0,
            x(*high) + 6.0,
            middle + 4.0,
            seconds(*median),
        );
    }
    if let Some(floor) = floor.filter(|floor| *floor <= most) {
        let _ = write!(
            body,
            "<path class='floor' d='M{0:.1} 2V{1:.1}'/><text class='dim' x='{0:.1}' y='{2:.1}' text-anchor='{3}'>floor {4}</text>",
            x(floor),
            height - 18.0,
            height - 5.0,
            if floor > most / 2.0 { "end" } else { "start" },
            seconds(floor),
        );
    }
    svg(title, height, &body)
}

/// Lines over two logarithmic axes, each point marked with its technique's own shape.
pub fn lines(
    title: &str,
    series: &[Series],
    across: (&str, Words),
    up: (&str, Words),
    ideal: bool,
) -> String {
    let points = || series.iter().flat_map(|series| &series.points);
    let (x_scale, y_scale) = (
        Scale::of(points().map(|point| point.x)),
        Scale::of(points().flat_map(|point| [point.y.low, point.y.high])),
    );
    let x = |value: f64| LEFT + x_scale.place(value) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - y_scale.place(value) * (HEIGHT - TOP - BOTTOM);
    let mut body = String::new();
    for tick in x_scale.ticks() {
        let _ = write!(
            body,
            "<path class='rule' d='M{0:.1} {TOP}V{1}'/><text class='dim mid' x='{0:.1}' y='{2}'>{3}</text>",
            x(tick),
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 17.0,
            across.1(tick)
        );
    }
    for tick in y_scale.ticks() {
        let _ = write!(
            body,
            "<path class='rule' d='M{LEFT} {0:.1}H{1}'/><text class='dim end' x='{2}' y='{3:.1}'>{4}</text>",
            y(tick),
            WIDTH - RIGHT,
            LEFT - 6.0,
            y(tick) + 4.0,
            up.1(tick)
        );
    }
    let _ = write!(
        body,
        "<text class='dim end' x='{}' y='{}'>{}</text><text class='dim' x='4' y='11'>{}</text>",
        WIDTH - RIGHT,
        HEIGHT - 8.0,
        escape(across.0),
        escape(up.0)
    );
    if ideal {
        let most = x_scale.high.min(y_scale.high);
        let _ = write!(
            body,
            "<path class='floor' d='M{:.1} {:.1}L{:.1} {:.1}'/>",
            x(1.0),
            y(1.0),
            x(most),
            y(most)
        );
    }
    for series in series {
        let class = class(series.who);
        let mut path = String::new();
        let mut marks = String::new();
        for (
            place,
            Point {
                x: number,
                y: value,
            },
        ) in series.points.iter().enumerate()
        {
            let (x, high) = (x(*number), y(value.median));
            let _ = write!(
                path,
                "{}{x:.1} {high:.1}",
                if place == 0 { "M" } else { "L" }
            );
            let mut words = up.1(value.median);
            if value.low < value.high {
                let (top, bottom) = (y(value.high), y(value.low));
                let _ = write!(
                    marks,
                    "<path class='interval' d='M{x:.1} {top:.1}V{bottom:.1}M{0:.1} {top:.1}h6M{0:.1} {bottom:.1}h6'/>",
                    x - 3.0
                );
                let _ = write!(words, " ({} to {})", up.1(value.low), up.1(value.high));
            }
            let _ = write!(
                marks,
                "<path class='{class}' d='{}'><title>{}: {}, {words}</title></path>",
                mark(series.who, x, high),
                series.who,
                across.1(*number),
            );
        }
        let _ = write!(
            body,
            "<g class='line {class}-line'><path d='{path}'/></g>{marks}"
        );
    }
    format!(
        "{}{}",
        svg(title, HEIGHT, &body),
        legend(series.iter().map(|series| series.who))
    )
}

/// For each technique how long its requests took, on a logarithmic axis: a shape for each share of them, and the numbers.
pub fn percentiles(title: &str, rows: &[(Contestant, Spread)]) -> String {
    const LABEL: f64 = 150.0;
    const ROW: f64 = 40.0;
    let scale = Scale::of(rows.iter().flat_map(|(_, Spread(times, _))| *times));
    let x = |value: f64| LABEL + scale.place(value) * (WIDTH - LABEL - 24.0);
    let height = ROW * rows.len() as f64 + 44.0;
    let mut body = String::new();
    for tick in scale.ticks() {
        let _ = write!(
            body,
            "<path class='rule' d='M{0:.1} 4V{1:.1}'/><text class='dim mid' x='{0:.1}' y='{2:.1}'>{3}</text>",
            x(tick),
            height - 38.0,
            height - 24.0,
            seconds(tick)
        );
    }
    let shape = |place: usize, x: f64, y: f64| match place {
        0 => format!("M{x:.1} {:.1}a5 5 0 1 0 .1 0z", y - 5.0),
        1 => format!("M{:.1} {:.1}h8v8h-8z", x - 4.0, y - 4.0),
        2 => format!("M{x:.1} {:.1}l5 9h-10z", y - 5.0),
        _ => format!("M{:.1} {:.1}h2v12h-2z", x - 1.0, y - 6.0),
    };
    for (row, (who, Spread(times, _))) in rows.iter().enumerate() {
        let middle = ROW * row as f64 + 14.0;
        let class = class(*who);
        let _ = write!(
            body,
            "<text x='{:.0}' y='{:.0}' class='end'>{who}</text><g class='line {class}-line'><path d='M{:.1} {middle}H{:.1}'/></g>",
            LABEL - 8.0,
            middle + 4.0,
            x(times[0]),
            x(times[3])
        );
        for (place, (time, (name, _))) in times.iter().zip(SHARES).enumerate() {
            let _ = write!(
                body,
                "<path class='{class}' d='{}'><title>{who}, {name}: {}</title></path>",
                shape(place, x(*time), middle),
                seconds(*time)
            );
        }
        let numbers = times.map(seconds).join(" · ");
        let _ = write!(
            body,
            "<text class='dim end small' x='{}' y='{:.0}'>{numbers}</text>",
            WIDTH - 4.0,
            middle + 20.0
        );
    }
    let mut left = LABEL;
    for (place, (name, _)) in SHARES.into_iter().enumerate() {
        let y = height - 8.0;
        let _ = write!(
            body,
            "<path class='key' d='{}'/><text class='dim' x='{:.0}' y='{:.0}'>{name}</text>",
            shape(place, left, y),
            left + 10.0,
            y + 4.0
        );
        left += 64.0;
    }
    svg(title, height, &body)
}

/// Which shape and colour stands for whom.
fn legend(who: impl Iterator<Item = Contestant>) -> String {
    let entries = who.map(|who| {
        let (class, mark) = (class(who), mark(who, 8.0, 8.0));
        format!("<li><svg class='chart key' viewBox='0 0 16 16' aria-hidden='true'><path class='{class}' d='{mark}'/></svg> {who}</li>")
    });
    format!("<ul class='legend'>{}</ul>", entries.collect::<String>())
}

fn svg(title: &str, height: f64, body: &str) -> String {
    let title = escape(title);
    format!(
        "<svg class='chart' viewBox='0 0 {WIDTH} {height}' role='img' aria-label='{title}'><title>{title}</title>{body}</svg>"
    )
}

fn class(who: Contestant) -> String {
    format!("t-{who}")
}

/// A technique's mark around this point.
fn mark(who: Contestant, x: f64, y: f64) -> String {
    format!("M{x:.1} {y:.1}{}", who.mark())
}

/// The techniques' colours, on a light ground and on a dark one.
pub fn style() -> String {
    let techniques = || Contestant::TECHNIQUES.into_iter();
    let colours = |ground: usize| {
        let colours = techniques().map(|who| format!("--t-{who}:{};", who.colours()[ground]));
        colours.collect::<String>()
    };
    let rules = techniques().map(|who| {
        format!(".t-{who}{{fill:var(--t-{who})}}.t-{who}-line{{stroke:var(--t-{who})}}\n")
    });
    format!(
        ":root{{{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n{}",
        colours(0),
        colours(1),
        rules.collect::<String>()
    )
}

/// A logarithmic axis.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, 0.0f64);
        for value in values.filter(|value| *value > 0.0 && value.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (1.0, 10.0);
        }
        if high / low < 2.0 {
            (low, high) = (low / 1.5, high * 1.5);
        }
        // A little room at either end.
        let room = (high / low).powf(0.04);
        Self {
            low: low / room,
            high: high * room,
        }
    }

    fn place(&self, value: f64) -> f64 {
        (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
    }

    /// Round numbers within, not too many.
    fn ticks(&self) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        let digits: &[f64] = match decades {
            d if d > 2.0 => &[1.0],
            d if d > 1.0 => &[1.0, 3.0],
            _ => &[1.0, 2.0, 4.0, 8.0],
        };
        let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let step = (decades / 6.0).ceil().max(1.0) as usize;
        let ticks = powers
            .step_by(step)
            .flat_map(|power| digits.iter().map(move |digit| digit * 10f64.powi(power)));
        ticks
            .filter(|tick| (self.low..=self.high).contains(tick))
            .collect()
    }
}

/// A whole number, for an axis.
pub fn whole(number: f64) -> String {
    match number {
        n if n >= 1e6 => format!("{} M", count((n / 1e6).round() as u64)),
        n if n >= 1e4 => format!("{} k", count((n / 1e3).round() as u64)),
        n => count(n.round() as u64),
    }
}

/// Bytes in a MiB.
pub const MIB: f64 = 1024.0 * 1024.0;

/// An amount of memory in MiB, for an axis.
pub fn mebibytes(number: f64) -> String {
    bytes(number * MIB)
}

/// A multiple, for an axis.
pub fn factor(number: f64) -> String {
    let digits = usize::from(number.fract() > 0.01);
    format!("{number:.digits$}x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_few_round_ticks_within_itself() {
        for (low, high) in [(1.0, 1e6), (0.09, 0.5), (3e6, 9e8), (5.0, 5.0), (1.0, 4.0)] {
            let scale = Scale::of([low, high].into_iter());
            let ticks = scale.ticks();
            assert!((1..=9).contains(&ticks.len()), "{low}..{high}: {ticks:?}");
            assert!(
                ticks
                    .iter()
                    .all(|tick| (0.0..=1.0).contains(&scale.place(*tick)))
            );
        }
    }
}
