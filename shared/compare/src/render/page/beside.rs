//! Python beside Rust: how many times as fast, and what becomes of what is told.

use std::fmt::Write as _;

use super::cells::{class, rule_text, samples, table};
use super::escape;
use crate::judge::factors::{Factors, Row};
use crate::judge::finding::Evidence;
use crate::judge::report::Beside;
use crate::model::quantity::times;
use crate::model::results::Results;
use crate::model::technique::Contestant;

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
        "<section><h2 id='python'>Beside Python</h2>\n\
         <p>The same work in Python's own four ways, in the same rounds: Python's time for an item divided by Rust's, and its \
         interval. Every field opens to Python's samples. The sources stand below, beside those of Rust.</p>\n\
         {factors}{}</section>\n",
        claims_table(beside)
    )
}

fn factors_table(results: &Results, factors: &Factors) -> String {
    let mut rows = String::new();
    for row in &factors.rows {
        let _ = write!(
            rows,
            "<tr role='row'><th scope='row' role='rowheader'>{}<span class='number'>{}</span></th>",
            escape(&row.name),
            escape(&row.label)
        );
        for place in 0..Contestant::CONCLUDED.len() {
            rows += &factor(results, factors, row, place);
        }
        rows += "</tr>\n";
    }
    let name = format!("Times as fast as {}", factors.python);
    format!(
        "<h3>{}</h3>\n{}",
        escape(&name),
        table(
            &name,
            "work",
            &Contestant::CONCLUDED.map(Contestant::name),
            &rows
        )
    )
}

fn factor(results: &Results, factors: &Factors, row: &Row, place: usize) -> String {
    let who = Contestant::CONCLUDED[place];
    let Some(factor) = &row.factors[place] else {
        return format!("<td role='cell' data-who='{who}' class='dim'>-</td>");
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
        rows.filter(|other| other.name == row.name)
            .find_map(|row| row.cell(who))
    });
    let content = match cell {
        Some(cell) => format!(
            "<details><summary>{number}</summary><div>{}</div></details>",
            samples(&row.name, cell)
        ),
        None => number,
    };
    format!("<td role='cell' data-who='{who}'>{content}</td>")
}

fn claims_table(beside: &Beside) -> String {
    let heads = beside.pythons.iter().map(String::as_str);
    let heads: Vec<_> = heads.chain(["Rust", "the claim"]).collect();
    let mut rows = String::new();
    for claim in &beside.claims {
        let _ = write!(
            rows,
            "<tr role='row'><th scope='row' role='rowheader'><details><summary>{}</summary><div>{}</div></details></th>",
            escape(&claim.text),
            rule_text(claim.words, claim.thresholds)
        );
        let voices = claim.pythons.iter().chain([&claim.rust]);
        for (head, evidence) in heads.iter().zip(voices) {
            let _ = write!(
                rows,
                "<td role='cell' data-who='{}'>{}</td>",
                escape(head),
                voice(evidence)
            );
        }
        let _ = writeln!(
            rows,
            "<td role='cell' data-who='the claim'><span class='verdict'>{}</span></td></tr>",
            escape(claim.verdict())
        );
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "<h3>What is told</h3>\n{}",
        table("What is told", "claim", &heads, &rows)
    )
}

fn voice(evidence: &Evidence) -> String {
    match evidence {
        Ok((fate, number)) => format!(
            "<span class='verdict {}'>{}</span><span class='number'>{}</span>",
            class(*fate),
            fate.word(),
            escape(number)
        ),
        Err(missing) => format!("<span class='dim'>{}</span>", escape(&missing.to_string())),
    }
}
