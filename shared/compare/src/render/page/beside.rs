//! Python beside Rust: how many times as fast, and what becomes of the claims.

use std::fmt::Write as _;

use super::cells::{class, field, noted_row_head, plain, row_head, rule_text, samples, table};
use super::{escape, heading, slug};
use crate::judge::factors::{Factors, Row};
use crate::judge::finding::Evidence;
use crate::judge::report::Beside;
use crate::model::difference::Factor;
use crate::model::quantity::times;
use crate::model::results::Results;
use crate::model::technique::Contestant;
use crate::render::table::glued;

/// The section; nothing, if no Python took part.
pub fn section(results: &Results, beside: &Beside) -> String {
    if beside.factors.is_empty() {
        return String::new();
    }
    let factors: String = beside
        .factors
        .iter()
        .map(|factors| factors_table(results, factors))
        .collect();
    format!(
        "<section>{}\n\
         <p>The same work in Python's own ways, in the same rounds: Python's time for an item divided by Rust's, and its \
         interval. Every field opens to Python's samples. The sources stand above, beside those of Rust.</p>\n\
         {factors}</section>\n",
        heading(2, "beside-python", "Beside Python")
    )
}

fn factors_table(results: &Results, factors: &Factors) -> String {
    let columns = results.columns(&Contestant::VERDICTS);
    let mut rows = String::new();
    for row in &factors.rows {
        let _ = write!(
            rows,
            "<tr role='row'>{}",
            noted_row_head(&row.name, &row.label)
        );
        for (who, factor) in Contestant::VERDICTS.into_iter().zip(&row.factors) {
            if columns.contains(&who) {
                rows += &cell(results, factors, row, who, *factor);
            }
        }
        rows += "</tr>\n";
    }
    let name = format!("Times as fast as {}", factors.python);
    format!(
        "{}\n{}",
        heading(3, &slug(&name), &name),
        table(
            &name,
            "work",
            &columns
                .into_iter()
                .map(Contestant::name)
                .collect::<Vec<_>>(),
            &rows
        )
    )
}

fn cell(
    results: &Results,
    factors: &Factors,
    row: &Row,
    who: Contestant,
    factor: Option<Factor>,
) -> String {
    let Some(factor) = factor else {
        return plain(who.name(), "<span class='dim'>-</span>");
    };
    let number = format!(
        "<span class='verdict'>{}</span> <span class='dim'>{} to {}</span>",
        times(factor.middle),
        times(factor.low),
        times(factor.high)
    );
    let python = results
        .pythons
        .iter()
        .find(|python| python.name() == factors.python);
    let cell = python.and_then(|python| {
        let rows = python.experiments.iter();
        rows.filter(|other| other.name.to_string() == row.name)
            .find_map(|row| row.cell(who))
    });
    match cell {
        Some(cell) => {
            let title = escape(&format!("{} {who}: {}", factors.python, row.name));
            let behind = format!("<h4>{title}</h4>{}", samples(&row.name, cell));
            field(who.name(), None, &number, &behind)
        }
        None => plain(who.name(), &number),
    }
}

/// What the fates in all languages come to.
const TOGETHER: &str = "together";

/// The claims, with or without Python; nothing, if nothing was measured for any.
pub fn claims(beside: &Beside) -> String {
    let heads = beside.pythons.iter().map(String::as_str);
    let together = !beside.pythons.is_empty();
    let last = together.then_some(TOGETHER);
    let heads: Vec<_> = heads.chain(["Rust"]).chain(last).collect();
    let mut rows = String::new();
    for claim in &beside.claims {
        let _ = write!(
            rows,
            "<tr role='row'>{}",
            row_head(
                &escape(&claim.text),
                Some(&rule_text(claim.words, claim.thresholds))
            )
        );
        let voices = claim.pythons.iter().chain([&claim.rust]);
        for (head, evidence) in heads.iter().zip(voices) {
            rows += &plain(head, &voice(evidence));
        }
        if together {
            let verdict = format!("<span class='verdict'>{}</span>", escape(claim.verdict()));
            rows += &plain(TOGETHER, &verdict);
        }
        rows += "</tr>\n";
    }
    if rows.is_empty() {
        return rows;
    }
    let languages = if together { ", in both languages" } else { "" };
    format!(
        "<section>{}\n<p>The claims of Python's documents{languages}. Every claim opens to the rule that judges it.</p>\n{}</section>\n",
        heading(2, "claims", "Claims"),
        table("Claims", "claim", &heads, &rows)
    )
}

fn voice(evidence: &Evidence) -> String {
    match evidence {
        Ok((fate, number)) => format!(
            "<span class='verdict {}'>{}</span><span class='number'>{}</span>",
            class(*fate),
            fate.word(),
            escape(&glued(number))
        ),
        Err(missing) => format!("<span class='dim'>{}</span>", escape(&missing.to_string())),
    }
}
