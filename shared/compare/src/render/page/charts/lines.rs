//! Lines over two logarithmic axes.

use std::fmt::Write as _;

use super::drawing::{WIDTH, class, mark, svg};
use super::scale::Scale;
use crate::model::stats::Estimate;
use crate::model::technique::Contestant;
use crate::render::page::escape;

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

const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 46.0;

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

/// Which shape and colour stands for whom.
fn legend(who: impl Iterator<Item = Contestant>) -> String {
    let entries = who.map(|who| {
        let (class, mark) = (class(who), mark(who, 8.0, 8.0));
        format!("<li><svg class='chart key' viewBox='0 0 16 16' aria-hidden='true'><path class='{class}' d='{mark}'/></svg> {who}</li>")
    });
    format!("<ul class='legend'>{}</ul>", entries.collect::<String>())
}
