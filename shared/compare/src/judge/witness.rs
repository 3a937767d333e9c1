//! A second witness of equal work: instructions, which others cannot add to. And a third party: the quota.

use crate::model::difference::EQUAL;
use crate::model::experiment::{Experiment, Kind};
use crate::model::quantity::{count, percent};
use crate::model::results::Results;
use crate::model::run::Run;
use crate::model::technique::Contestant;

/// What both say.
pub fn sentences(results: &Results) -> Vec<String> {
    quota(results)
        .into_iter()
        .chain(instructions(results))
        .collect()
}

/// Whether the techniques took equally many instructions, row by row, in sentences.
fn instructions(results: &Results) -> Vec<String> {
    let rows = results
        .workloads()
        .filter(|row| row.kind == Kind::Computing);
    let ran: Vec<_> = rows
        .filter(|row| row.cells.iter().any(|cell| cell.runs().next().is_some()))
        .collect();
    let sentences: Vec<_> = ran.iter().filter_map(|row| sentence(row)).collect();
    if sentences.is_empty() && !ran.is_empty() {
        let none = "Instructions: not counted, because this kernel does not allow it or this (virtual) processor cannot.";
        return vec![none.to_owned()];
    }
    sentences
}

/// The counts of one row; `None` if they were not counted for all.
fn sentence(row: &Experiment) -> Option<String> {
    let taken = |run: &Run| Some(run.instructions? as f64);
    let taken: Option<Vec<_>> = row
        .contestants()
        .map(|(who, cell)| Some((who, cell.estimate(taken).ok()?.median)))
        .collect();
    let taken = taken?;
    let by_count = |one: &&(Contestant, f64), other: &&(Contestant, f64)| one.1.total_cmp(&other.1);
    let (_, least) = taken.iter().min_by(by_count)?;
    let (who, most) = taken.iter().max_by(by_count)?;
    let verdict = if most / least <= 1.0 + EQUAL {
        format!(
            "equal within {}, however noisy their times are",
            percent(EQUAL)
        )
    } else {
        format!(
            "{who} takes {} more than the fewest",
            percent(most / least - 1.0)
        )
    };
    Some(format!(
        "Instructions of {}: {} to {} million; {verdict}.",
        row.name,
        count((least / 1e6) as u64),
        count((most / 1e6) as u64)
    ))
}

/// How much of the time a quota has made the programs wait; `None` without a quota.
fn quota(results: &Results) -> Option<String> {
    let (cores, version) = results.machine.quota?;
    let cells = results.experiments.iter().flat_map(|row| &row.cells);
    let runs: Vec<_> = cells.flat_map(|cell| cell.runs()).collect();
    let waited: f64 = runs.iter().filter_map(|run| run.throttled).sum();
    let in_all: f64 = runs.iter().map(|run| run.wall * cores).sum();
    let share = if in_all > 0.0 { waited / in_all } else { 0.0 };
    Some(format!(
        "Quota: control groups (version {version}) grant {cores:.2} cores' time; they held the programs back for {} of it.",
        percent(share)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::*;

    fn counted(taken: impl Fn(Contestant) -> u64) -> Results {
        let techniques = Contestant::TECHNIQUES.into_iter();
        techniques.fold(fixtures::results(), |results, who| {
            results.with(Row::Hashes, who, |run| run.instructions = Some(taken(who)))
        })
    }

    #[test]
    fn a_noisy_row_says_that_its_instructions_are_equal() {
        let equal = counted(|who| {
            if who == Asyncio {
                1_029_000_000
            } else {
                1_000_000_000
            }
        });
        let said = instructions(&equal).join(" ");
        assert_eq!(
            said,
            "Instructions of hashes: 1,000 to 1,029 million; equal within 3.0%, however noisy their times are."
        );
    }

    #[test]
    fn the_technique_that_takes_more_is_named() {
        let more = counted(|who| {
            if who == Multiprocessing {
                1_031_000_000
            } else {
                1_000_000_000
            }
        });
        let said = instructions(&more).join(" ");
        assert!(
            said.ends_with("multiprocessing takes 3.1% more than the fewest."),
            "{said}"
        );
    }

    #[test]
    fn where_nothing_counts_a_note_says_so() {
        let said = instructions(&fixtures::results()).join(" ");
        assert!(said.starts_with("Instructions: not counted"), "{said}");
        let mut none = fixtures::results();
        none.experiments.clear();
        assert!(instructions(&none).is_empty());
    }

    #[test]
    fn a_quota_is_named_with_what_it_cost() {
        assert_eq!(quota(&fixtures::results()), None);
        let mut results = fixtures::results();
        results.experiments.retain(|row| row.name == Row::Hashes);
        results.machine.quota = Some((2.0, 2));
        for outcome in results.experiments[0]
            .cells
            .iter_mut()
            .flat_map(|cell| &mut cell.rounds)
        {
            if let crate::model::run::Outcome::Ran(run) = outcome {
                run.throttled = Some(0.1);
            }
        }
        let said = quota(&results).unwrap();
        assert_eq!(
            said,
            "Quota: control groups (version 2) grant 2.00 cores' time; they held the programs back for 5.0% of it."
        );
    }

    #[test]
    fn a_quota_holds_programs_back_for_its_share_of_what_it_grants() {
        assert_eq!(quota(&fixtures::results()), None);
        let mut results = fixtures::results();
        results.machine.quota = Some((0.5, 2));
        for row in &mut results.experiments {
            for outcome in row.cells.iter_mut().flat_map(|cell| &mut cell.rounds) {
                if let crate::model::run::Outcome::Ran(run) = outcome {
                    run.throttled = Some(0.1);
                }
            }
        }
        let text = quota(&results).unwrap();
        assert!(text.contains("grant 0.50 cores' time"), "{text}");
        assert!(text.contains("for 20% of it"), "{text}");
        results.experiments.clear();
        assert!(
            quota(&results).unwrap().contains("for 0"),
            "{:?}",
            quota(&results)
        );
    }

    #[test]
    fn the_quota_stands_before_the_instructions() {
        let mut results = fixtures::results();
        results.machine.quota = Some((0.5, 2));
        let said = sentences(&results);
        let begin: Vec<_> = said.iter().map(|said| said.split(':').next()).collect();
        assert_eq!(begin, [Some("Quota"), Some("Instructions")]);
    }
}
