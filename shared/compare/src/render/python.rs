//! Python's part of the report: factors and claims, on a terminal and as Markdown.

use anstyle::{AnsiColor, Style};

use super::grid::{Align, Grid, Piece};
use super::layout::title;
use crate::judge::claims::Claim;
use crate::judge::factors::Factors;
use crate::judge::finding::{Evidence, Fate};
use crate::judge::report::Beside;
use crate::model::difference::Factor;
use crate::model::quantity::times;
use crate::model::technique::Contestant;

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The sections on a terminal: without Python only the claims.
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
        "\n{BOLD}Rust beside {}{BOLD:#}  {DIM}Python's time for an item by Rust's, and its interval{DIM:#}\n",
        factors.python
    );
    text += &grid.row(&heads);
    text += &grid.rule();
    for row in &factors.rows {
        let mut cells = vec![vec![(BOLD, row.name.clone()), (DIM, row.label.clone())]];
        cells.extend(row.factors.iter().map(|factor| match factor {
            Some(factor) => vec![(PLAIN, times(factor.middle)), (DIM, interval(factor))],
            None => vec![(DIM, "-".to_owned())],
        }));
        text += &grid.row(&cells);
    }
    text
}

fn terminal_claims(beside: &Beside) -> String {
    let (note, together) = match beside.pythons[..] {
        [] => ("what else Python's users are told", None),
        _ => (
            "what Python's users are told, in both languages",
            Some((8, Align::Left)),
        ),
    };
    let languages = beside.pythons.len() + 1;
    let columns = [(20, Align::Left)]
        .into_iter()
        .chain(vec![(50 / languages - 1, Align::Left); languages]);
    let grid = Grid::new(columns.chain(together));
    let heads = claims_heads(beside).into_iter();
    let mut text = title("Claims", note);
    text += &grid.row(
        &heads
            .map(|head| vec![(BOLD, head.to_owned())])
            .collect::<Vec<_>>(),
    );
    text += &grid.rule();
    let mut gap = "";
    for claim in &beside.claims {
        let mut cells = vec![vec![(BOLD, claim.text.clone())]];
        cells.extend(evidence(claim).map(terminal_evidence));
        cells.extend(together.map(|_| vec![(BOLD, claim.verdict().to_owned())]));
        text += gap;
        text += &grid.row(&cells);
        gap = "\n";
    }
    text
}

/// What is told, what each language makes of it, and what becomes of it if there are several.
fn claims_heads(beside: &Beside) -> Vec<&str> {
    let mut heads = vec!["what is told"];
    heads.extend(beside.pythons.iter().map(String::as_str));
    heads.push("Rust");
    heads.extend((!beside.pythons.is_empty()).then_some("the claim"));
    heads
}

fn terminal_evidence(evidence: &Evidence) -> Vec<Piece> {
    match evidence {
        Ok((fate, number)) => vec![
            (colour(*fate), fate.word().to_owned()),
            (PLAIN, number.clone()),
        ],
        Err(missing) => vec![(DIM, missing.to_string())],
    }
}

/// The sections as Markdown: without Python only the claims.
pub fn markdown(beside: &Beside) -> String {
    match (&beside.factors[..], &beside.claims[..]) {
        ([], []) => String::new(),
        ([], _) => format!("## Claims\n\n{}\n", claims(beside)),
        _ => format!("## Beside Python\n\n{}\n", tables(beside)),
    }
}

/// What the README of the Python programs shows of it: the factors and the claims.
pub fn tables(beside: &Beside) -> String {
    let mut text = String::new();
    for factors in &beside.factors {
        text += &factors_head(&factors.python);
        text += &format!("|---|{}\n", "--:|".repeat(Contestant::CONCLUDED.len()));
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
    text + &claims(beside)
}

fn claims(beside: &Beside) -> String {
    let heads = claims_heads(beside);
    let mut text = format!(
        "| {} |\n|{}\n",
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for claim in &beside.claims {
        let mut cells = vec![claim.text.clone()];
        cells.extend(evidence(claim).map(markdown_evidence));
        cells.extend((heads.len() > cells.len()).then(|| format!("**{}**", claim.verdict())));
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

fn factors_head(python: &str) -> String {
    let techniques = Contestant::CONCLUDED.map(Contestant::name).join(" | ");
    format!("| times as fast as {python} | {techniques} |\n")
}

fn markdown_factor(factor: &Option<Factor>) -> String {
    match factor {
        Some(factor) => format!("**{}**<br>{}", times(factor.middle), interval(factor)),
        None => "-".to_owned(),
    }
}

fn markdown_evidence(evidence: &Evidence) -> String {
    match evidence {
        Ok((fate, number)) => format!("*{}*<br>{number}", fate.word()),
        Err(missing) => missing.to_string(),
    }
}

fn evidence(claim: &Claim) -> impl Iterator<Item = &Evidence> {
    claim.pythons.iter().chain([&claim.rust])
}

fn interval(factor: &Factor) -> String {
    format!("{} to {}", times(factor.low), times(factor.high))
}

fn colour(fate: Fate) -> Style {
    match fate {
        Fate::Holds => AnsiColor::Green.on_default(),
        Fate::Changed => AnsiColor::Yellow.on_default(),
        Fate::Refuted => AnsiColor::Red.on_default(),
        Fate::Unsure => Style::new().dimmed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::report::Report;
    fn beside() -> Beside {
        let mut results = fixtures::results();
        results.pythons = vec![fixtures::python(&results)];
        Report::of(&results).beside
    }

    #[test]
    fn nothing_is_said_of_python_where_none_was_named() {
        let beside = Report::of(&fixtures::results()).beside;
        for text in [terminal(&beside), markdown(&beside)] {
            assert!(
                text.contains("Claims") && text.contains("1.00x a call"),
                "{text}"
            );
            assert!(
                !text.contains("beside Python") && !text.contains("Python 3"),
                "{text}"
            );
        }
        let mut nothing = fixtures::results();
        nothing.experiments.clear();
        let beside = Report::of(&nothing).beside;
        assert_eq!((terminal(&beside), markdown(&beside)), Default::default());
    }

    #[test]
    fn factors_and_claims_fit_eighty_columns() {
        let text = anstream::adapter::strip_str(&terminal(&beside())).to_string();
        assert!(text.contains("Rust beside Python 3.99.0") && text.contains("Claims"));
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
