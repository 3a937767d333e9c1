//! The conclusion: a verdict for each question and technique, that opens to everything that led to it.

use std::fmt::Write as _;

use super::cells::{
    NOISY, class, climb, field, names, noted_row_head, plain, rule_text, samples_of, table,
};
use super::columns::highlighted;
use super::{escape, heading, source};
use crate::judge::conclusion;
use crate::judge::finding::Finding;
use crate::judge::report::Report;
use crate::model::results::Results;
use crate::model::technique::Contestant;
use crate::render::explain::address;
use crate::render::table::glued;

/// The section.
pub fn section(results: &Results, report: &Report) -> String {
    let mut rows = String::new();
    let columns = results.columns(&Contestant::VERDICTS);
    for row in &report.conclusion {
        let _ = write!(
            rows,
            "<tr role='row'>{}",
            noted_row_head(row.rule.subject, row.question.text)
        );
        let findings = Contestant::VERDICTS.into_iter().zip(&row.findings);
        for (who, finding) in findings.filter(|(who, _)| columns.contains(who)) {
            rows += &match finding {
                Ok(finding) => field(
                    who.name(),
                    Some(&address(who, row.rule.subject)),
                    &verdict(finding),
                    &behind(results, row, who, finding),
                ),
                Err(missing) => {
                    let reason = escape(&missing.reason());
                    plain(
                        who.name(),
                        &format!("<span class='dim'>not measured: {reason}</span>"),
                    )
                }
            };
        }
        rows += "</tr>\n";
    }
    let left_out = report.left_out.iter();
    let left_out: String = left_out
        .map(|line| format!("<p>{}</p>\n", escape(line)))
        .collect();
    format!(
        "<section>{}\n\
         <p>The claims of Python's documents, and what was measured here. Every field opens to its claim, the rule that judges, the \
         samples, and the source of the probe. Noisy: other programs took a part of the machine meanwhile.</p>\n{}{left_out}</section>\n",
        heading(2, "conclusion", "Conclusion"),
        table("Conclusion", "feature", &names(&columns), &rows)
    )
}

/// A verdict, and what becomes of the claim.
fn verdict(finding: &Finding) -> String {
    let mut text = format!("<span class='verdict'>{}</span>", escape(&finding.verdict));
    if !finding.number.is_empty() {
        let _ = write!(
            text,
            "<span class='number'>{}</span>",
            escape(&glued(&finding.number))
        );
    }
    if finding.noisy {
        text += NOISY;
    }
    if let Some((claim, fate)) = finding.claim {
        let _ = write!(
            text,
            "<span class='fate {}'>claim “{}” {}</span>",
            class(fate),
            escape(claim),
            fate.words()
        );
    }
    text
}

/// Everything that led to a verdict.
fn behind(results: &Results, row: &conclusion::Row, who: Contestant, finding: &Finding) -> String {
    let conclusion::Row { question, rule, .. } = row;
    let mut text = format!("<h3>{who}: {}</h3>", escape(rule.subject));
    if let Some((claim, fate)) = finding.claim {
        let _ = write!(
            text,
            "<h4>Claim</h4><p>“{}”: {}</p>",
            escape(claim),
            fate.words()
        );
    }
    let _ = write!(
        text,
        "<h4>Rule</h4>{}",
        rule_text(rule.words, rule.thresholds)
    );
    let samples: String = rule
        .experiments
        .iter()
        .map(|name| samples_of(results, *name, who))
        .collect();
    let climbed = if rule.ladder {
        climb(results, who)
    } else {
        None
    };
    if !samples.is_empty() || climbed.is_some() {
        let _ = write!(
            text,
            "<h4>Samples</h4>{samples}{}",
            climbed.unwrap_or_default()
        );
    }
    if let Some((path, source)) = question
        .source
        .and_then(|path| Some((path, source_of(path, who)?)))
    {
        let _ = write!(
            text,
            "<h4>{}/{path}</h4><pre class='code'>{}</pre>",
            who.folder(),
            highlighted(source)
        );
    }
    text
}

/// A file of `src`, as this technique has it.
fn source_of(path: &str, who: Contestant) -> Option<&'static str> {
    let mut files = source::ALL.iter();
    let sources = files.find(|sources| path == format!("src/{}.rs", sources.path))?;
    sources.text(who.program())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::Threading;

    #[test]
    fn every_verdict_shows_its_question_its_claim_its_samples_and_the_probe() {
        let ladder = |results: Results, who| results.with_ladder(who, &[1, 10, 100, 1000], 4096);
        let results = Contestant::CONCLUDED
            .into_iter()
            .fold(fixtures::results(), ladder);
        let section = section(&results, &Report::of(&results));
        let mut shown = 0;
        let rows = conclusion::conclude(&results);
        for conclusion::Row { question, rule, .. } in rows.iter().filter(|row| !row.left_out()) {
            assert!(section.contains(&escape(question.text)), "{}", rule.subject);
            if rule.find(&results, Threading).is_err() {
                continue;
            }
            shown += 1;
            let text = rule_text(rule.words, rule.thresholds);
            assert!(section.contains(&text), "{}", rule.subject);
            let own = |name: &&Row| results.cell(**name, Threading).is_ok();
            for name in rule.experiments.iter().filter(own) {
                let samples = format!("<pre>{name}: threading ");
                assert!(section.contains(&samples), "{}: {name}", rule.subject);
            }
            if let Some(path) = question.source {
                let head = format!("<h4>threading/{path}</h4>");
                assert!(section.contains(&head), "{}: {path}", rule.subject);
            }
        }
        assert!(
            shown >= 8,
            "{shown} of {} verdicts",
            conclusion::rules().count()
        );
        // Every made-up run keeps one core busy.
        assert!(section.contains("claim “no” holds"), "{section}");
    }
}
