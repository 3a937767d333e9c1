//! The report as Markdown.

use super::sections::{self, Part, Section, in_short, verdicts};
use crate::judge::report::{Beside, Report};
use crate::model::technique::Contestant;

/// The whole report.
pub fn report(report: &Report) -> String {
    let sections = sections::all(report);
    let sections = sections.iter().map(|section| {
        let note = match section.note.as_str() {
            "" => String::new(),
            note => format!("{note}.\n\n"),
        };
        format!("## {}\n\n{note}{}\n", section.title, parts(section))
    });
    format!(
        "# The concurrency story, measured\n\n{}",
        sections.collect::<String>()
    )
}

/// What README shows of it: where and when, the answer, and the verdicts, with the claims that do not hold.
pub fn summary(report: &Report) -> String {
    format!(
        "{}.\n\n{}\n{}",
        report.header.join("; "),
        part(&Part::Answers(report.answer.clone())),
        verdicts(&report.conclusion, in_short).in_markdown(),
    )
}

/// The whole tables: where and when, the workloads, the conclusion, and when to use what.
pub fn tables(report: &Report) -> String {
    let when = match &report.guidance.sentences[..] {
        [] => String::new(),
        sentences => format!(
            "\nWhen to use what, with this machine's numbers:\n\n{}",
            part(&Part::List(sentences.to_vec()))
        ),
    };
    format!(
        "{}.\n\n{}\n{}\n{}{when}",
        report.header.join("; "),
        parts(&sections::workloads(&report.workloads)),
        parts(&sections::conclusion(report)),
        parts(&sections::when_to_use(report)),
    )
}

/// Python beside Rust: the factors and the claims.
pub fn beside(beside: &Beside) -> String {
    let factors = beside
        .factors
        .iter()
        .map(|of| sections::factors(of).in_markdown() + "\n");
    factors.collect::<String>() + &sections::claims(beside).in_markdown()
}

/// The first lines of the tables of workloads and of verdicts, by which they are recognised in a file.
pub fn heads() -> [String; 2] {
    let techniques = Contestant::TECHNIQUES.map(Contestant::name).join(" | ");
    let concluded = Contestant::CONCLUDED.map(Contestant::name).join(" | ");
    [
        format!("| seconds | {techniques} | floor |"),
        format!("| | {concluded} |"),
    ]
}

fn parts(section: &Section) -> String {
    let parts: Vec<_> = section.parts.iter().map(part).collect();
    parts.join("\n")
}

fn part(part: &Part) -> String {
    match part {
        Part::List(sentences) => sentences
            .iter()
            .map(|sentence| format!("- {sentence}\n"))
            .collect(),
        Part::Answers(answers) => {
            let lines = answers
                .iter()
                .map(|it| format!("- **{}**: {}\n", it.subject, it.text));
            lines.collect()
        }
        Part::Table(table) => table.in_markdown(),
    }
}
