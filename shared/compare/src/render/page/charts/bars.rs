//! Horizontal bars.

use std::fmt::Write as _;

use super::drawing::{WIDTH, class, svg};
use super::scale::Words;
use crate::model::stats::Estimate;
use crate::model::technique::Contestant;

/// Horizontal bars from zero, one for each technique, with the interval as a line, and the floor as a dashed one. Numbers are
/// written as `words` does.
pub fn bars(
    title: &str,
    entries: &[(Contestant, Estimate)],
    floor: Option<f64>,
    words: Words,
) -> String {
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
             {}<text x='{:.1}' y='{:.0}'>{}</text>",
            LABEL - 8.0,
            middle + 4.0,
            class(*who),
            median / most * chart,
            interval(x(*low), x(*high), middle),
            x(*high) + 6.0,
            middle + 4.0,
            words(*median),
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
            words(floor),
        );
    }
    svg(title, height, &body)
}

/// The line of an interval, with its ends; a value without one has none.
fn interval(low: f64, high: f64, middle: f64) -> String {
    if low >= high {
        return String::new();
    }
    let top = middle - 4.0;
    format!(
        "<path class='interval' d='M{low:.1} {middle:.1}H{high:.1}M{low:.1} {top:.1}v8M{high:.1} {top:.1}v8'/>"
    )
}
