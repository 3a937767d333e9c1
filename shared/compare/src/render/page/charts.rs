//! Charts as SVG: what the tables say, to be seen at a glance.

mod bars;
mod drawing;
mod lines;
mod percentiles;
mod scale;

use std::fmt::Write as _;

pub use drawing::style;
use lines::{Point, Series};

use super::escape;
use crate::judge::floor::floor;
use crate::judge::latency;
use crate::judge::report::Report;
use crate::model::pictures::Pictures;
use crate::model::quantity::seconds;
use crate::model::results::Results;
use crate::model::run::Run;
use crate::model::technique::Contestant::{self, *};

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
        let entries = row.cells.iter().filter(|cell| cell.contestant != BareLoop);
        let entries: Vec<_> = entries
            .filter_map(|cell| Some((cell.contestant, cell.wall().ok()?)))
            .collect();
        if !entries.is_empty() {
            let caption = format!("{}, {}: time", row.name, row.label);
            let chart = bars::bars(&caption, &entries, floor(row).ok());
            figure(&caption, chart);
        }
    }
    let ladder = |reading: fn(&Run) -> Option<f64>| {
        let climbs = results.ladders.iter().map(|ladder| Series {
            who: ladder.contestant,
            points: ladder
                .steps
                .iter()
                .filter_map(|step| {
                    let reading = reading(step.outcome.run()?)?;
                    Some(Point::once(step.units as f64, reading))
                })
                .collect(),
        });
        climbs
            .filter(|series| !series.points.is_empty())
            .collect::<Vec<_>>()
    };
    let (times, memory) = (
        ladder(|run| Some(run.seconds)),
        ladder(|run| Some(run.peak?.memory as f64 / scale::MIB)),
    );
    if !times.is_empty() {
        let caption = "Units asleep at once: time until all have woken";
        figure(
            caption,
            lines::lines(
                caption,
                &times,
                ("units", scale::whole),
                ("time", |time| seconds(time)),
                false,
            ),
        );
        let caption = "Units asleep at once: memory at the peak";
        figure(
            caption,
            lines::lines(
                caption,
                &memory,
                ("units", scale::whole),
                ("memory", scale::mebibytes),
                false,
            ),
        );
    }
    let speedups = pictures.speedups();
    if !speedups.is_empty() {
        let caption = format!(
            "hashes: speed-up against workers, on {} cores",
            results.machine.cores
        );
        let series = speedups.into_iter().map(|(who, points)| Series {
            who,
            points: points.into_iter().map(|(x, y)| Point { x, y }).collect(),
        });
        let series: Vec<_> = series.collect();
        figure(
            &caption,
            lines::lines(
                &caption,
                &series,
                ("workers", scale::whole),
                ("times as fast as one", scale::factor),
                true,
            ),
        );
    }
    for latency::Row { name, spreads } in &report.latencies {
        let caption = format!("{name}: how long one request takes");
        let techniques = Contestant::TECHNIQUES.into_iter().zip(spreads);
        let rows: Vec<_> = techniques
            .filter_map(|(who, spread)| Some((who, (*spread)?)))
            .collect();
        figure(&caption, percentiles::percentiles(&caption, &rows));
    }
    let cost = pictures.cost().map_or(String::new(), |cost| {
        format!("<p class='dim'>{}</p>\n", escape(&cost))
    });
    format!(
        "<section><h2 id='charts'>Charts</h2>\n<p>Lines at the end of a bar are its interval; a dashed line is what no technique can \
         beat. Axes of the later charts are logarithmic.</p>\n<div class='charts'>{figures}</div>\n{cost}</section>\n</main>\n"
    )
}
