//! The answer: what a reader wants to know first, each in a sentence.

use crate::judge::claims;
use crate::judge::conclusion::Row;
use crate::judge::finding::Fate;
use crate::judge::questions::{crash, memory_for_each, start_one};
use crate::judge::ranking::{Place, fastest_in_most, overall, undisturbed};
use crate::judge::servers;
use crate::model::experiment::Kind;
use crate::model::quantity::times;
use crate::model::results::Results;
use crate::model::rows;
use crate::model::technique::Contestant::{self, *};

/// What is asked, and the answer in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What is asked, in a few words.
    pub subject: &'static str,
    /// The answer.
    pub text: String,
}

/// The sentences for which something was measured.
pub fn answer(results: &Results, conclusion: &[Row]) -> Vec<Sentence> {
    let fates = claims::fates(results);
    let sentences = [
        ("To wait", speed(results, Kind::Waiting)),
        ("To compute", speed(results, Kind::Computing)),
        ("To serve", servers::sentence(results)),
        ("To survive a crash", survivors(results)),
        ("One more costs", one_more(conclusion)),
        ("Claims", tally(&fates)),
        ("Refuted", refuted(&fates)),
    ];
    let sentences = sentences.into_iter();
    let measured = sentences.filter_map(|(subject, text)| {
        Some(Sentence {
            subject,
            text: text?,
        })
    });
    measured.collect()
}

/// How many times as fast as sequential each technique is over all undisturbed rows of this kind, and which are in front.
fn speed(results: &Results, kind: Kind) -> Option<String> {
    let (rankings, disturbed) = undisturbed(results, kind);
    let disturbed: Vec<_> = disturbed.iter().map(|row| row.to_string()).collect();
    if rankings.is_empty() {
        let why = format!("not decided: {} cannot be ranked", listed(&disturbed));
        return (!disturbed.is_empty()).then_some(why);
    }
    let mut factors = overall(results, kind);
    factors.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    if factors.is_empty() {
        return None;
    }
    let each = factors.iter().enumerate().map(|(place, (who, factor))| {
        let factor = times(*factor);
        match place {
            0 => format!("{who} is {factor} as fast as sequential"),
            _ => format!("{who} {factor}"),
        }
    });
    let mut text = each.collect::<Vec<_>>().join(", ");
    if !disturbed.is_empty() {
        text += &format!(", without {}, which cannot be ranked", listed(&disturbed));
    }
    let front = fastest_in_most(results, kind);
    let one_after_another = front.contains(&Sequential);
    let all = !one_after_another && factors.iter().all(|(who, _)| front.contains(who));
    let undecided = rankings.iter().filter(|row| {
        let place = row.place(Sequential);
        matches!(place, Some(Place::Undecided { .. }))
    });
    let scatter = 2 * undecided.count() >= rankings.len();
    Some(match front[..] {
        [] => text,
        // Sequential is in front mostly where the times scatter.
        _ if one_after_another && scatter => {
            format!("{text}; not decided: times scatter too much in most rows")
        }
        // Where all are in front the numbers say it.
        _ if all => text,
        [one] => format!("{text}; in most rows {one} is unbeaten"),
        _ => format!("{text}; in most rows {} are unbeaten", names(&front)),
    })
}

/// Which techniques lose no more than the unit that aborts.
fn survivors(results: &Results) -> Option<String> {
    let tried: Vec<_> = Contestant::VERDICTS
        .into_iter()
        .filter_map(|who| {
            Some((
                who,
                crash::survives(results, who, rows::Row::CrashAbort).ok()?,
            ))
        })
        .collect();
    let of = |survives| {
        let those = tried.iter().filter(|(_, survived)| *survived == survives);
        those.map(|(who, _)| *who).collect::<Vec<_>>()
    };
    let (alive, dead) = (of(true), of(false));
    Some(match (&alive[..], &dead[..]) {
        ([], []) => return None,
        ([], dead) => format!("of ten units one aborts: {} all ten", lose(dead)),
        (alive, []) => format!("of ten units one aborts: {} that one", lose(alive)),
        (alive, dead) => format!(
            "of ten units one aborts: {} that one; {} all ten",
            lose(alive),
            lose(dead)
        ),
    })
}

/// `threading loses`, `threading and asyncio lose`.
fn lose(who: &[Contestant]) -> String {
    let verb = if who.len() == 1 { "loses" } else { "lose" };
    format!("{} {verb}", names(who))
}

/// What one more unit takes in each technique: time to start and to end, and memory.
fn one_more(conclusion: &[Row]) -> Option<String> {
    let verdict = |subject: &str, column: usize| {
        let row = conclusion.iter().find(|row| row.rule.subject == subject)?;
        Some(row.findings[column].as_ref().ok()?.verdict.clone())
    };
    let mut parts = Vec::new();
    for (column, who) in Contestant::CONCLUDED.into_iter().enumerate() {
        let Some(unit) = who.unit() else {
            continue;
        };
        let start =
            verdict(start_one::SUBJECT, column).map(|time| format!("{time} to start and end"));
        let memory = verdict(memory_for_each::SUBJECT, column);
        let costs: Vec<_> = start.into_iter().chain(memory).collect();
        if !costs.is_empty() {
            parts.push(format!("{unit} takes {}", costs.join(" and ")));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// How many claims met which fate in Rust.
fn tally(fates: &[(String, Fate)]) -> Option<String> {
    let counted = |fate, [one, many]: [&str; 2]| {
        let number = fates.iter().filter(|(_, other)| *other == fate).count();
        let words = if number == 1 { one } else { many };
        (number > 0).then(|| format!("{number} {words}"))
    };
    let parts = [
        counted(Fate::Holds, ["holds", "hold"]),
        counted(Fate::InPart, ["holds in part", "hold in part"]),
        counted(Fate::Refuted, ["is refuted", "are refuted"]),
        counted(Fate::Unsure, ["is not decided", "are not decided"]),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("of {}, in Rust: {}", fates.len(), parts.join(", ")))
}

/// The claims that are refuted in Rust.
fn refuted(fates: &[(String, Fate)]) -> Option<String> {
    let refuted = fates.iter().filter(|(_, fate)| *fate == Fate::Refuted);
    let texts: Vec<_> = refuted.map(|(text, _)| format!("\"{text}\"")).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn names(who: &[Contestant]) -> String {
    let names: Vec<_> = who.iter().map(|who| who.name().to_owned()).collect();
    listed(&names)
}

/// `one`, `one and two`, `one, two and three`.
pub fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, NAMED};
    use crate::judge::conclusion::conclude;
    use crate::model::run::Run;

    fn text(results: &Results, subject: &str) -> Option<String> {
        let sentences = answer(results, &conclude(results)).into_iter();
        let mut texts = sentences.filter(|sentence| sentence.subject == subject);
        texts.next().map(|sentence| sentence.text)
    }

    fn took(seconds: f64) -> impl Fn(&mut Run) {
        move |run| run.wall = seconds
    }

    /// Three workloads that compute.
    fn three() -> Results {
        let computing = [rows::Row::Lists, rows::Row::Squares, rows::Row::Hashes];
        fixtures::results().only(&computing).among(&NAMED)
    }

    #[test]
    fn the_speed_is_the_geometric_mean_over_the_rows_of_a_kind() {
        let mut results = three();
        for (row, times) in [
            (rows::Row::Lists, 2.0),
            (rows::Row::Squares, 2.0),
            (rows::Row::Hashes, 16.0),
        ] {
            for who in NAMED {
                results = results.with(row, who, took(1.6));
            }
            results = results.with(row, Threading, took(1.6 / times));
        }
        assert_eq!(
            text(&results, "To compute").unwrap(),
            "threading is 4.00x as fast as sequential, multiprocessing 1.00x, asyncio 1.00x, asyncio-multi-thread 1.00x; \
             in most rows threading is unbeaten"
        );
    }

    #[test]
    fn sequential_is_in_front_where_times_scatter_and_not_for_its_speed() {
        let round = std::cell::Cell::new(0);
        let computing = fixtures::computing();
        let rough = computing.into_iter().fold(fixtures::results(), |all, row| {
            all.with(row, Threading, took(0.6))
                .with(row, Sequential, |run| {
                    round.set(round.get() + 1);
                    run.wall = if round.get() % 2 == 0 { 0.4 } else { 2.4 };
                })
        });
        let answer = text(&rough, "To compute").unwrap();
        let end = "; not decided: times scatter too much in most rows";
        assert!(answer.ends_with(end), "{answer}");
    }

    #[test]
    fn sequential_is_unbeaten_where_the_places_are_clear() {
        let said = |results: &Results| text(results, "To compute").unwrap();
        let rows = [rows::Row::Lists, rows::Row::Squares, rows::Row::Hashes];
        let alone = rows
            .into_iter()
            .fold(three(), |all, row| all.with(row, Sequential, took(0.5)));
        let answer = said(&alone);
        assert!(
            answer.ends_with("; in most rows sequential is unbeaten"),
            "{answer}"
        );
        let beside = rows
            .into_iter()
            .fold(alone, |all, row| all.with(row, Threading, took(0.501)));
        let answer = said(&beside);
        let end = "; in most rows sequential and threading are unbeaten";
        assert!(answer.ends_with(end), "{answer}");
    }

    #[test]
    fn a_row_that_others_disturbed_is_left_out_of_all_speeds_and_named() {
        let disturbed = |row, results: Results| {
            results.with(row, Sequential, |run| {
                run.noise = Some(fixtures::BUSY);
            })
        };
        let computing = [rows::Row::Lists, rows::Row::Squares, rows::Row::Hashes];
        let all = computing.into_iter().fold(three(), |all, row| {
            all.with(row, Sequential, took(2.0))
                .with(row, Threading, took(1.0))
        });
        let one = disturbed(rows::Row::Lists, all);
        let answer = text(&one, "To compute").unwrap();
        assert!(answer.contains("threading is 2.00x"), "{answer}");
        assert!(
            answer.contains(", without lists, which cannot be ranked"),
            "{answer}"
        );
        let rest = disturbed(rows::Row::Hashes, disturbed(rows::Row::Squares, one));
        assert_eq!(
            text(&rest, "To compute").unwrap(),
            "not decided: lists, squares and hashes cannot be ranked"
        );
    }

    #[test]
    fn the_survivors_of_an_abort_are_named_and_the_others_beside_them() {
        let lost = |units: u64| {
            move |run: &mut Run| run.receipt.errors = [("lost".to_owned(), units)].into()
        };
        let results = fixtures::results().among(&NAMED);
        let results = results.with(rows::Row::CrashAbort, Multiprocessing, lost(1));
        let results = [Sequential, Threading, Asyncio]
            .into_iter()
            .fold(results, |results, who| {
                results.with_failure(rows::Row::CrashAbort, who, "aborted")
            });
        assert_eq!(
            text(&results, "To survive a crash").unwrap(),
            "of ten units one aborts: multiprocessing loses that one; sequential, threading and asyncio lose all ten"
        );
    }

    #[test]
    fn claims_are_counted_and_the_refuted_ones_named() {
        let fates = [
            ("a".to_owned(), Fate::Holds),
            ("b".to_owned(), Fate::Refuted),
            ("c".to_owned(), Fate::Refuted),
            ("d".to_owned(), Fate::InPart),
        ];
        assert_eq!(
            tally(&fates).unwrap(),
            "of 4, in Rust: 1 holds, 1 holds in part, 2 are refuted"
        );
        assert_eq!(refuted(&fates).unwrap(), "\"b\"; \"c\"");
        assert_eq!((tally(&[]), refuted(&fates[..1])), (None, None));
    }

    #[test]
    fn measurements_that_are_missing_have_no_sentence() {
        let mut results = fixtures::results();
        results.experiments.clear();
        results.ladders.clear();
        let subjects: Vec<_> = answer(&results, &conclude(&results));
        assert!(
            subjects
                .iter()
                .all(|it| ["Claims", "Refuted"].contains(&it.subject)),
            "{subjects:?}"
        );
    }

    #[test]
    fn where_each_row_has_another_winner_no_front_is_named() {
        let results = three()
            .with(rows::Row::Lists, Threading, took(0.5))
            .with(rows::Row::Squares, Multiprocessing, took(0.5))
            .with(rows::Row::Hashes, Asyncio, took(0.5));
        let text = text(&results, "To compute").unwrap();
        assert!(!text.contains("in most rows"), "{text}");
    }

    #[test]
    fn where_all_but_sequential_are_unbeaten_none_is_named() {
        let said = |in_front: &[Contestant]| {
            let mut results = three();
            for row in [rows::Row::Lists, rows::Row::Squares, rows::Row::Hashes] {
                for who in in_front {
                    results = results.with(row, *who, took(0.5));
                }
            }
            text(&results, "To compute").unwrap()
        };
        let all = said(&[Threading, Multiprocessing, Asyncio, AsyncioMultiThread]);
        assert!(!all.contains("in most rows"), "{all}");
        let some = said(&[Threading, Multiprocessing]);
        let end = "; in most rows threading and multiprocessing are unbeaten";
        assert!(some.ends_with(end), "{some}");
    }

    #[test]
    fn the_cost_of_one_more_names_its_unit() {
        let many = [(Threading, 2.0), (Multiprocessing, 3.0), (Asyncio, 1.5)];
        let results = many
            .into_iter()
            .fold(fixtures::results(), |results, (who, seconds)| {
                results.with(rows::Row::StartMany, who, |run| {
                    run.seconds = seconds;
                    run.receipt.units = 1001;
                })
            });
        let text = text(&results, "One more costs").unwrap();
        for part in [
            "a thread takes 1.00 ms to start and end",
            "; a process takes 2.00 ms to start and end",
            "; a task takes 500 µs to start and end",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
