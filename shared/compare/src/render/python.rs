//! Python's part of the report: factors and claims, on a terminal and as Markdown.

use anstyle::{AnsiColor, Style};

use super::grid::{Align, Grid, Piece};
use crate::claims::{Claim, Evidence};
use crate::conclude::Fate;
use crate::contestant::Contestant;
use crate::factors::Factors;
use crate::quantity::times;
use crate::report::Beside;
use crate::stats::Estimate;

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The sections on a terminal: nothing without Python.
pub fn terminal(beside: &Beside) -> String {
    let mut text = String::new();
    for factors in &beside.factors {
        text += &terminal_factors(factors);
    }
    if !beside.claims.is_empty() {
        text += &terminal_claims(beside);
    }
    text
}

fn terminal_factors(factors: &Factors) -> String {
    let columns = [(15, Align::Right); Contestant::CONCLUDED.len()];
    let grid = Grid::new([(16, Align::Left)].into_iter().chain(columns));
    let mut heads = vec![vec![(BOLD, "times as fast".to_owned())]];
    heads.extend(Contestant::CONCLUDED.map(|who| vec![(BOLD, who.to_string())]));
    let mut text = format!(
        "\n{BOLD}Rust beside {}{BOLD:#}  {DIM}Python's time for an item by Rust's, 95% interval{DIM:#}\n",
        factors.python
    );
    text += &grid.row(&heads);
    text += &grid.rule();
    for row in &factors.rows {
        let mut cells = vec![vec![(BOLD, row.name.clone()), (DIM, row.label.clone())]];
        cells.extend(row.factors.iter().map(|factor| match factor {
            Some(factor) => vec![(PLAIN, times(factor.median)), (DIM, interval(factor))],
            None => vec![(DIM, "-".to_owned())],
        }));
        text += &grid.row(&cells);
    }
    text
}

fn terminal_claims(beside: &Beside) -> String {
    let voices = beside.pythons.len() + 1;
    let width = 50 / voices - 1;
    let grid = Grid::new(
        [(20, Align::Left)]
            .into_iter()
            .chain(vec![(width, Align::Left); voices])
            .chain([(8, Align::Left)]),
    );
    let heads = ["what is told"]
        .into_iter()
        .chain(beside.pythons.iter().map(String::as_str));
    let heads: Vec<_> = heads
        .chain(["Rust", "the claim"])
        .map(|head| vec![(BOLD, head.to_owned())])
        .collect();
    let mut text = format!(
        "\n{BOLD}Claims{BOLD:#}  {DIM}what Python's users are told, in both languages{DIM:#}\n"
    );
    text += &grid.row(&heads);
    text += &grid.rule();
    let mut gap = "";
    for claim in &beside.claims {
        let mut cells = vec![vec![(BOLD, claim.said.clone())]];
        cells.extend(evidence(claim).map(terminal_evidence));
        cells.push(vec![(BOLD, claim.verdict().to_owned())]);
        text += gap;
        text += &grid.row(&cells);
        gap = "\n";
    }
    text
}

fn terminal_evidence(evidence: &Evidence) -> Vec<Piece> {
    match evidence {
        Ok((fate, number)) => vec![
            (colour(*fate), word(*fate).to_owned()),
            (PLAIN, number.clone()),
        ],
        Err(missing) => vec![(DIM, missing.to_string())],
    }
}

/// The sections as Markdown: nothing without Python.
pub fn markdown(beside: &Beside) -> String {
    if beside.factors.is_empty() {
        return String::new();
    }
    let mut text = "## Beside Python\n\n".to_owned();
    text += &tables(beside);
    text
}

/// What README shows of it: the factors and the claims.
pub fn tables(beside: &Beside) -> String {
    let mut text = String::new();
    for factors in &beside.factors {
        text += &factors_head(&factors.python);
        text += "|---|--:|--:|--:|--:|\n";
        for row in &factors.rows {
            let cells: Vec<_> = row.factors.iter().map(markdown_factor).collect();
            text += &format!(
                "| **{}**<br>{} | {} |\n",
                row.name,
                row.label,
                cells.join(" | ")
            );
        }
        text += "\n";
    }
    let pythons = beside.pythons.join(" | ");
    text += &format!("| what is told | {pythons} | Rust | the claim |\n");
    text += &format!("|---|{}---|\n", "---|".repeat(beside.pythons.len() + 1));
    for claim in &beside.claims {
        let cells: Vec<_> = evidence(claim).map(markdown_evidence).collect();
        text += &format!(
            "| {} | {} | **{}** |\n",
            claim.said,
            cells.join(" | "),
            claim.verdict()
        );
    }
    text
}

fn factors_head(python: &str) -> String {
    let techniques = Contestant::CONCLUDED.map(Contestant::name).join(" | ");
    format!("| times as fast as {python} | {techniques} |\n")
}

fn markdown_factor(factor: &Option<Estimate>) -> String {
    match factor {
        Some(factor) => format!("**{}**<br>{}", times(factor.median), interval(factor)),
        None => "-".to_owned(),
    }
}

fn markdown_evidence(evidence: &Evidence) -> String {
    match evidence {
        Ok((fate, number)) => format!("*{}*<br>{number}", word(*fate)),
        Err(missing) => missing.to_string(),
    }
}

fn evidence(claim: &Claim) -> impl Iterator<Item = &Evidence> {
    claim.pythons.iter().chain([&claim.rust])
}

fn interval(factor: &Estimate) -> String {
    format!("{} to {}", times(factor.low), times(factor.high))
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Holds => "holds",
        Fate::Changed => "changed",
        Fate::Refuted => "refuted",
        Fate::Unsure => "unsure",
    }
}

fn colour(fate: Fate) -> Style {
    match fate {
        Fate::Holds => AnsiColor::Green.on_default(),
        Fate::Changed => AnsiColor::Yellow.on_default(),
        Fate::Refuted => AnsiColor::Red.on_default(),
        Fate::Unsure => Style::new().dimmed(),
    }
}

const BEGIN: &str = "<!-- python -->\n";
const END: &str = "<!-- /python -->";

/// README with the tables of this run between its marks; unchanged if no Python took part, or if it has no such marks.
pub fn into_readme(readme: String, beside: &Beside) -> String {
    let marks = readme.split_once(BEGIN);
    let marks = marks.and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    match marks {
        Some((before, after)) if !beside.factors.is_empty() => {
            format!("{before}{BEGIN}\n{}\n{END}{after}", tables(beside))
        }
        _ => readme,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;
    use crate::python::made_up_python;
    use crate::report::Report;

    fn beside() -> Beside {
        let mut results = made_up::results();
        results.pythons = vec![made_up_python(&results)];
        Report::of(&results).beside
    }

    #[test]
    fn nothing_is_said_of_python_where_none_was_named() {
        let beside = Report::of(&made_up::results()).beside;
        assert_eq!(
            (terminal(&beside), markdown(&beside)),
            (String::new(), String::new())
        );
        let readme = "<!-- python -->\nstale\n<!-- /python -->\n".to_owned();
        assert_eq!(into_readme(readme.clone(), &beside), readme);
    }

    #[test]
    fn factors_and_claims_fit_eighty_columns() {
        let text = anstream::adapter::strip_str(&terminal(&beside())).to_string();
        assert!(text.contains("Rust beside Python 3.99.0") && text.contains("Claims"));
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn readme_holds_the_tables_between_its_marks_and_nothing_else_changes() {
        let beside = beside();
        let readme = into_readme(
            "before\n<!-- python -->\nstale\n<!-- /python -->\nafter\n".to_owned(),
            &beside,
        );
        assert!(readme.starts_with(
            "before\n<!-- python -->\n\n| times as fast as Python 3.99.0 | sequential"
        ));
        assert!(readme.ends_with("\n<!-- /python -->\nafter\n") && !readme.contains("stale"));
        assert_eq!(into_readme(readme.clone(), &beside), readme);
    }
}
