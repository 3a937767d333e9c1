//! Charts as SVG: what the tables say, to be seen at a glance.

mod bars;
mod drawing;
mod ladder;
mod lines;
mod percentiles;
mod scale;
mod servers;

use std::fmt::Write as _;

pub use drawing::style;
use lines::{Frame, Point, Series};

use super::{escape, heading};
use crate::judge::floor::floor;
use crate::judge::latency;
use crate::judge::ranking::overall;
use crate::judge::report::Report;
use crate::model::experiment::Kind;
use crate::model::pictures::Pictures;
use crate::model::quantity::{cores, seconds, times};
use crate::model::results::Results;
use crate::model::stats::Estimate;
use crate::model::technique::Contestant::{self, *};

/// The answer as two charts: how many times as fast as one after another each technique waits, and computes. Nothing, if
/// neither was measured.
pub fn glance(results: &Results) -> String {
    let kinds = [
        (
            Kind::Waiting,
            "Waiting: times as fast as sequential, over all rows",
        ),
        (
            Kind::Computing,
            "Computing: times as fast as sequential, over all rows",
        ),
    ];
    let mut figures = String::new();
    for (kind, caption) in kinds {
        let factors = overall(results, kind);
        if factors.is_empty() {
            continue;
        }
        let entries = [(Sequential, 1.0)].into_iter().chain(factors);
        let entries: Vec<_> = entries
            .map(|(who, factor)| (who, exactly(factor)))
            .collect();
        let chart = bars::bars(caption, &entries, None, times);
        let _ = writeln!(
            figures,
            "<figure><figcaption>{caption}</figcaption>{chart}</figure>"
        );
    }
    if figures.is_empty() {
        return figures;
    }
    format!(
        "<section>{}\n<div class='charts'>{figures}</div></section>\n",
        heading(2, "at-a-glance", "At a glance")
    )
}

/// A value without an interval.
fn exactly(value: f64) -> Estimate {
    Estimate {
        median: value,
        low: value,
        high: value,
    }
}

/// The section.
pub fn section(results: &Results, report: &Report, pictures: &Pictures) -> String {
    let mut figures = String::new();
    let mut figure = |caption: &str, chart: String| {
        let _ = writeln!(
            figures,
            "<figure><figcaption>{}</figcaption>{chart}</figure>",
            escape(caption)
        );
    };
    for row in results.workloads() {
        let entries = row.contestants();
        let entries: Vec<_> = entries
            .filter_map(|(who, cell)| Some((who, cell.wall().ok()?)))
            .collect();
        if !entries.is_empty() {
            let caption = format!("{}, {}: time", row.name, row.label);
            let chart = bars::bars(&caption, &entries, floor(row).ok(), seconds);
            figure(&caption, chart);
        }
    }
    for (caption, chart) in ladder::charts(results) {
        figure(caption, chart);
    }
    for (caption, chart) in servers::figures(results) {
        figure(caption, chart);
    }
    let speedups = pictures.speedups();
    if !speedups.is_empty() {
        let caption = format!(
            "hashes: speed-up against workers, on {}",
            cores(results.machine.cores)
        );
        let series = speedups.into_iter().map(|(who, points)| Series {
            who,
            points: points
                .into_iter()
                .map(|(x, y)| Point {
                    x,
                    y: Some(y),
                    failed: None,
                })
                .collect(),
        });
        let series: Vec<_> = series.collect();
        figure(
            &caption,
            lines::lines(
                &caption,
                &series,
                &Frame {
                    across: ("workers", scale::whole),
                    up: ("times as fast as one", scale::factor),
                    ideal: true,
                    limit: None,
                },
            ),
        );
    }
    for latency::Row { name, spreads } in &report.latencies {
        let caption = format!("{name}: how long one request takes");
        let techniques = Contestant::COLUMNS.into_iter().zip(spreads);
        let rows: Vec<_> = techniques
            .filter_map(|(who, spread)| Some((who, (*spread)?)))
            .collect();
        figure(&caption, percentiles::percentiles(&caption, &rows));
    }
    let cost = pictures.cost().map_or(String::new(), |cost| {
        format!("<p class='dim'>{}</p>\n", escape(&cost))
    });
    format!(
        "<section>{}\n<p>Lines at the end of a bar are its interval; a dashed line is what no technique can \
         beat, or the limit that ends a climb; what failed there is hollow. Axes of the later charts are logarithmic.</p>\n<div class='charts'>{figures}</div>\n{cost}</section>\n",
        heading(2, "charts", "Charts")
    )
}
