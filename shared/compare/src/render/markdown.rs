//! The report as Markdown.

use super::{guidance, latency, python};
use crate::judge::conclusion::Row;
use crate::judge::finding::{Fate, Finding};
use crate::judge::network::BadNetwork;
use crate::judge::report::Report;
use crate::judge::resources::Resources;
use crate::judge::workload::{Entry, Workload};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{give_or_take, more, plain_seconds, times};
use crate::model::technique::Contestant;

/// The whole report.
pub fn report(report: &Report) -> String {
    format!(
        "# The concurrency story, measured\n\n{}\n{}{}{}{}## Gates\n\n{}\n## Floors\n\n{}\n## Ladder\n\n{}\n{}",
        tables(report),
        python::markdown(&report.beside),
        resources(&report.resources),
        latency::markdown(&report.latencies),
        report.network.as_ref().map_or(String::new(), bad_network),
        list(&report.gates),
        list(&report.floors),
        list(&report.ladders),
        if report.troubles.is_empty() {
            String::new()
        } else {
            format!("## Troubles\n\n{}", list(&report.troubles))
        }
    )
}

/// What README shows of it: where and when, and the verdicts, with the claims that do not hold.
pub fn summary(report: &Report) -> String {
    let verdict = |found: &Result<Finding, NotMeasured>| match found {
        Err(missing) => missing.to_string(),
        Ok(finding) => match finding.claim {
            Some((claim, fate)) if fate != Fate::Holds => {
                format!("{}<br>\"{claim}\" *{}*", finding.verdict, fate.words())
            }
            _ => finding.verdict.clone(),
        },
    };
    format!(
        "{}.\n\n{}",
        report.header.join("; "),
        conclusion(&report.conclusion, verdict)
    )
}

/// The whole tables: where and when, the workloads, the conclusion, and when to use what.
pub fn tables(report: &Report) -> String {
    let left_out = report.left_out.as_ref();
    format!(
        "{}.\n\n{}\n{}{}{}",
        report.header.join("; "),
        workloads(&report.workloads),
        conclusion(&report.conclusion, finding),
        left_out.map_or(String::new(), |line| format!("\n{line}\n")),
        guidance::markdown(&report.when)
    )
}

/// The first lines of the two tables, by which they can be told in a file.
pub fn heads() -> [String; 2] {
    let techniques = Contestant::TECHNIQUES.map(Contestant::name).join(" | ");
    let concluded = Contestant::CONCLUDED.map(Contestant::name).join(" | ");
    [
        format!("| seconds | {techniques} | floor |"),
        format!("| | {concluded} |"),
    ]
}

/// What sets a column of numbers for each technique to the right.
fn numbers() -> String {
    "--:|".repeat(Contestant::TECHNIQUES.len())
}

fn list(lines: &[String]) -> String {
    lines.iter().map(|line| format!("- {line}\n")).collect()
}

fn workloads(workloads: &[Workload]) -> String {
    let [head, _] = heads();
    let mut text = format!("{head}\n|---|{}--:|\n", numbers());
    for workload in workloads {
        let entries: Vec<_> = workload.entries.iter().map(entry).collect();
        text += &format!(
            "| **{}**<br>{} | {} | {} |\n",
            workload.name,
            workload.label,
            entries.join(" | "),
            workload.floor.map_or("?".to_owned(), plain_seconds)
        );
    }
    text
}

fn resources(resources: &[Resources]) -> String {
    let techniques = Contestant::TECHNIQUES.map(Contestant::name).join(" | ");
    let mut text = format!(
        "## Resources\n\n| in one run | | {techniques} |\n|---|---|{}\n",
        numbers()
    );
    for Resources { name, lines } in resources {
        for (what, values) in lines {
            text += &format!("| {name} | {what} | {} |\n", values.join(" | "));
        }
    }
    text + "\n"
}

fn bad_network(network: &BadNetwork) -> String {
    let [head, _] = heads();
    let mut text = format!(
        "## Bad network\n\n{}\n{head}\n|---|{}--:|\n",
        list(&network.ends),
        numbers()
    );
    for row in &network.rows {
        let entries: Vec<_> = row.entries.iter().map(entry).collect();
        text += &format!(
            "| **{}**<br>{} | {} | |\n",
            row.name,
            row.label,
            entries.join(" | ")
        );
    }
    for (what, values) in &network.lines {
        text += &format!("| {what} | {} | |\n", values.join(" | "));
    }
    text + "\n"
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::LeftOut => "-".to_owned(),
        Entry::Missing => "missing".to_owned(),
        Entry::Timed {
            wall,
            above,
            noisy,
            rank,
        } => {
            let (median, spread) = (plain_seconds(wall.median), give_or_take(wall.spread()));
            let above = above.map_or(String::new(), |above| format!("<br>{}", more(above)));
            let Some(rank) = rank else {
                let noisy = if *noisy { "<br>NOISY" } else { "" };
                return format!("{median} {spread}{above}{noisy}");
            };
            let word = rank.place.word();
            let factor = rank
                .factor
                .map_or(String::new(), |factor| times(factor.middle));
            format!("**{median}** {spread}{above}<br>{word} {factor}")
        }
    }
}

fn conclusion(rows: &[Row], cell: fn(&Result<Finding, NotMeasured>) -> String) -> String {
    let [_, head] = heads();
    let mut text = format!(
        "{head}\n|---|{}\n",
        "---|".repeat(Contestant::CONCLUDED.len())
    );
    for row in rows {
        let findings: Vec<_> = row.findings.iter().map(cell).collect();
        text += &format!("| {} | {} |\n", row.rule.subject, findings.join(" | "));
    }
    text
}

fn finding(finding: &Result<Finding, NotMeasured>) -> String {
    let Finding {
        verdict,
        number,
        claim,
        noisy,
    } = match finding {
        Ok(finding) => finding,
        Err(missing) => return missing.to_string(),
    };
    let mut lines = vec![format!("**{verdict}**")];
    if !number.is_empty() {
        lines.push(number.clone());
    }
    if *noisy {
        lines.push("NOISY".to_owned());
    }
    if let Some((claim, fate)) = claim {
        lines.push(format!("\"{claim}\" *{}*", fate.words()));
    }
    lines.join("<br>")
}
