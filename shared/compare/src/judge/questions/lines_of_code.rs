//! How much is there to write, and to read?

use crate::judge::finding::{ALIKE, Finding, LESS, MORE, more};
use crate::judge::rule::{Each, Question, Rule};
use crate::model::experiment::NotMeasured;
use crate::model::results::Results;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "How much is there to write, and to read?",
    file: file!(),
    source: None,
    row: Some(Rule {
        subject: "lines of code",
        words: "The lines of the three workload files are counted, without comments and empty lines, and those of threading compared with \
            those of sequential.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[],
        ladder: false,
        judge: Each::of(judge),
    }),
    claims: &[],
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let lines = |who| {
        let lines = results.lines.get(&who).copied();
        lines.ok_or_else(|| {
            let reason = results.uncounted.get(&who).cloned();
            NotMeasured::Undecided(reason.unwrap_or("its lines were not counted".to_owned()))
        })
    };
    let (mine, plain) = (lines(who)?, lines(Sequential)?);
    let number = match who {
        Sequential => "three workload files".to_owned(),
        _ => format!("{:+} lines", mine as i64 - plain as i64),
    };
    let claim = (who == Threading).then(|| ("code grows", more(mine as f64, plain as f64)));
    Ok(Finding::new(mine.to_string(), number).with_claim(claim))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;

    #[test]
    fn code_that_grows_is_counted_against_sequential() {
        let mut results = fixtures::results();
        results.lines = [(Sequential, 50), (Threading, 100)].into();
        let finding = judge(&results, Threading).unwrap();
        assert_eq!((&*finding.verdict, &*finding.number), ("100", "+50 lines"));
        assert_eq!(finding.claim, Some(("code grows", Fate::Holds)));
        let plain = judge(&results, Sequential).unwrap();
        assert_eq!(plain.number, "three workload files");
        let unknown = judge(&results, Asyncio).unwrap_err().reason();
        assert_eq!(unknown, "its lines were not counted");
        results.uncounted = [(Asyncio, "cannot read waiter.rs".to_owned())].into();
        let known = judge(&results, Asyncio).unwrap_err().reason();
        assert_eq!(known, "cannot read waiter.rs");
    }
}
