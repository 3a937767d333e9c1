//! Lines over two logarithmic axes.

use std::fmt::Write as _;

use super::drawing::{WIDTH, class, mark, svg};
use super::scale::{Scale, Words};
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
    /// How high, and its interval; one value is its own interval. What failed may have none: it stands at the upper edge.
    pub y: Option<Estimate>,
    /// Why it does not count, if it does not: it is drawn hollow, and the line ends before it.
    pub failed: Option<String>,
}

impl Point {
    /// A point that was measured once.
    pub fn once(x: f64, y: f64) -> Self {
        let y = Estimate {
            median: y,
            low: y,
            high: y,
        };
        Self {
            x,
            y: Some(y),
            failed: None,
        }
    }
}

/// What is drawn beside the points.
pub struct Frame<'a> {
    /// What the horizontal axis counts, and how its numbers are written.
    pub across: (&'a str, Words),
    /// The same of the vertical one.
    pub up: (&'a str, Words),
    /// Whether a dashed line shows where both numbers are equal.
    pub ideal: bool,
    /// The value that no point that counts exceeds, and its label.
    pub limit: Option<(f64, String)>,
}

const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 46.0;

/// Lines over two logarithmic axes, each point marked with its technique's own shape.
pub fn lines(title: &str, series: &[Series], frame: &Frame) -> String {
    let Frame {
        across,
        up,
        ideal,
        limit,
    } = frame;
    let points = || series.iter().flat_map(|series| &series.points);
    let heights = points().filter_map(|point| point.y);
    let heights = heights.flat_map(|y| [y.low, y.high]);
    let (x_scale, y_scale) = (
        Scale::of(points().map(|point| point.x)),
        Scale::of(heights.chain(limit.iter().map(|limit| limit.0))),
    );
    let x = |value: f64| LEFT + x_scale.place(value) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - y_scale.place(value) * (HEIGHT - TOP - BOTTOM);
    let mut body = String::new();
    for tick in x_scale.ticks(0.14) {
        let _ = write!(
            body,
            "<path class='rule' d='M{0:.1} {TOP}V{1}'/><text class='dim mid' x='{0:.1}' y='{2}'>{3}</text>",
            x(tick),
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 17.0,
            across.1(tick)
        );
    }
    for tick in y_scale.ticks(0.1) {
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
    if *ideal {
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
    if let Some((value, words)) = limit {
        let _ = write!(
            body,
            "<path class='floor' d='M{LEFT} {0:.1}H{1}'/><text class='dim' x='{2}' y='{3:.1}'>{4}</text>",
            y(*value),
            WIDTH - RIGHT,
            LEFT + 4.0,
            y(*value) - 5.0,
            escape(words)
        );
    }
    for series in series {
        let class = class(series.who);
        let good = series.points.iter().filter(|point| point.failed.is_none());
        let places = good.filter_map(|point| Some((x(point.x), y(point.y?.median))));
        let path: Vec<_> = places.map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let marks = series.points.iter().map(|point| {
            let height = point.y.map_or(TOP, |value| y(value.median));
            point_mark(series.who, point, (x(point.x), height), (across.1, up.1), y)
        });
        let _ = write!(
            body,
            "<g class='line {class}-line'><path d='M{}'/></g>{}",
            if path.is_empty() {
                "0 0".to_owned()
            } else {
                path.join("L")
            },
            marks.collect::<String>()
        );
    }
    format!(
        "{}{}",
        svg(title, HEIGHT, &body),
        legend(series.iter().map(|series| series.who))
    )
}

/// A point's mark, its interval, and its label.
fn point_mark(
    who: Contestant,
    point: &Point,
    (x, high): (f64, f64),
    (across, up): (Words, Words),
    y: impl Fn(f64) -> f64,
) -> String {
    let class = class(who);
    let mut interval = String::new();
    let mut words = point.y.map_or(String::new(), |value| up(value.median));
    if let Some(value) = point.y.filter(|value| value.low < value.high) {
        let (top, bottom) = (y(value.high), y(value.low));
        interval = format!(
            "<path class='interval' d='M{x:.1} {top:.1}V{bottom:.1}M{0:.1} {top:.1}h6M{0:.1} {bottom:.1}h6'/>",
            x - 3.0
        );
        let _ = write!(words, " ({} to {})", up(value.low), up(value.high));
    }
    let hollow = match &point.failed {
        Some(reason) => {
            words = [words, escape(reason)]
                .into_iter()
                .filter(|it| !it.is_empty())
                .collect::<Vec<_>>()
                .join("; ");
            format!(" hollow {class}-line")
        }
        None => String::new(),
    };
    format!(
        "{interval}<path class='{class}{hollow}' d='{}'><title>{who}: {}, {words}</title></path>",
        mark(who, x, high),
        across(point.x),
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

#[cfg(test)]
mod tests {
    use super::super::scale;
    use super::*;

    #[test]
    fn a_failed_step_is_hollow_and_the_limit_that_decides_is_drawn() {
        let failed = |point, reason: &str| Point {
            failed: Some(reason.to_owned()),
            ..point
        };
        let points = vec![
            Point::once(1.0, 1.0),
            Point::once(10.0, 1.1),
            failed(Point::once(100.0, 2.0), "too slow"),
            failed(
                Point {
                    x: 1000.0,
                    y: None,
                    failed: None,
                },
                "no more memory",
            ),
        ];
        let series = [Series {
            who: Contestant::Threading,
            points,
        }];
        let frame = Frame {
            across: ("units", scale::whole),
            up: ("time", scale::factor),
            ideal: false,
            limit: Some((1.5, "over 1.5 is too slow".to_owned())),
        };
        let chart = lines("a climb", &series, &frame);
        assert_eq!(chart.matches(" hollow ").count(), 2, "{chart}");
        assert!(
            chart.contains("threading: 100, 2x; too slow</title>"),
            "{chart}"
        );
        assert!(
            chart.contains("threading: 1,000, no more memory</title>"),
            "{chart}"
        );
        assert!(chart.contains("over 1.5 is too slow</text>"), "{chart}");
        // The line joins the two that count.
        let (_, line) = chart.split_once("threading-line'><path d='").unwrap();
        assert_eq!(
            line.split_once('\'').unwrap().0.matches('L').count(),
            1,
            "{chart}"
        );
    }
}
