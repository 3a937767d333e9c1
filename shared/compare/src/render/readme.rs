//! What READMEs show of the last run: generated, between two marks, and never edited by hand.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, anyhow, ensure};

use crate::judge::report::Report;
use crate::model::archive::Archive;
use crate::model::calibration::Job;
use crate::model::places;
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::store;
use crate::model::technique::Contestant;
use crate::output;
use crate::render::{self, picture};

/// A part of a file that is generated.
#[derive(Debug)]
struct Block {
    /// The file, from the top of the workspace.
    file: &'static str,
    /// The name in the two marks between which it stands.
    mark: &'static str,
    /// The target of make that measures it.
    measured_by: &'static str,
    /// What stands there, of a run that has it.
    text: fn(&Report) -> Option<String>,
    /// How some of its lines begin, by which an edited one is recognised.
    lines: fn() -> Vec<String>,
}

const BLOCKS: [Block; 4] = [
    Block {
        file: "README.md",
        mark: "compare",
        measured_by: "compare",
        text: |report| Some(render::markdown::summary(report)),
        lines: || vec![render::heads()[1].clone()],
    },
    Block {
        file: "shared/compare/README.md",
        mark: "compare",
        measured_by: "compare",
        text: |report| Some(render::markdown::tables(report)),
        lines: || {
            let workloads = Row::WORKLOADS.map(|workload| format!("| **{workload}**"));
            [&render::heads()[..], &workloads].concat()
        },
    },
    Block {
        file: "shared/compare/README.md",
        mark: "calibrate",
        measured_by: "calibrate",
        text: |_| fs::read_to_string(places::folder().ok()?.join(places::CALIBRATION)).ok(),
        lines: || Job::ALL.map(|job| format!("| {} |", job.name())).into(),
    },
    Block {
        file: "shared/python/README.md",
        mark: "python",
        measured_by: "compare",
        text: |report| {
            let beside = &report.beside;
            (!beside.factors.is_empty()).then(|| render::markdown::beside(beside))
        },
        lines: || vec!["| times as fast as Python".to_owned()],
    },
];

/// README's picture, from the top of the workspace.
const PICTURE: &str = "shared/compare/waiter.svg";

/// Puts the last run's tables, its picture of the waiter, and the last calibration into the READMEs. Python's tables stay as they are if
/// no Python took part, and the calibration's if there was none.
///
/// # Errors
///
/// If there was no run, it was not complete, or a README has no place for it.
pub fn write() -> anyhow::Result<()> {
    let run = Archive::open()?.latest();
    let results = Results::load(&run.join(places::RESULTS))?;
    ensure!(
        results.all_well(),
        "the last run failed or was interrupted: a README shows whole runs only"
    );
    let report = Report::of(&results);
    let picture = picture::waiter(&run)?;
    let (texts, shown) = renewed(&report, Block::read)?;
    for (file, text) in texts {
        store::write(&places::workspace()?.join(file), &text)?;
    }
    if let Some(picture) = picture {
        store::write(&places::workspace()?.join(PICTURE), &picture)?;
    }
    for block in shown {
        let of = match block.measured_by {
            "compare" => format!("the run of {}", results.machine.date),
            other => format!("the last `make {other}`"),
        };
        output::print(&format!("{} shows {of}\n", block.file))?;
    }
    Ok(())
}

/// The files with what the report has for their blocks, by name, and the blocks it has something for. Nothing is written before all
/// of them are well formed: half of a run in the READMEs would be of no run.
fn renewed(
    report: &Report,
    read: impl Fn(&Block) -> anyhow::Result<String>,
) -> anyhow::Result<(BTreeMap<&'static str, String>, Vec<&'static Block>)> {
    let (mut texts, mut shown) = (BTreeMap::new(), Vec::new());
    for block in &BLOCKS {
        let Some(new) = (block.text)(report) else {
            continue;
        };
        let text = match texts.remove(block.file) {
            Some(text) => text,
            None => read(block)?,
        };
        let text = block.replaced(&text, &new)?;
        block
            .well_formed(block.within(&text)?)
            .with_context(|| format!("the last run left out what {} shows", block.file))?;
        texts.insert(block.file, text);
        shown.push(block);
    }
    Ok((texts, shown))
}

/// Checks that the READMEs hold generated tables with the rows and columns of today.
///
/// # Errors
///
/// If one does not, and what is missing.
pub fn check() -> anyhow::Result<()> {
    for block in &BLOCKS {
        let text = block.read()?;
        block.well_formed(block.within(&text)?).map_err(|wrong| {
            anyhow!(
                "{} does not show a run: {wrong}; run `make {}`, then `make readme`",
                block.file,
                block.measured_by
            )
        })?;
    }
    Ok(())
}

impl Block {
    fn read(&self) -> anyhow::Result<String> {
        let path = places::workspace()?.join(self.file);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    fn marks(&self) -> [String; 2] {
        let mark = self.mark;
        [format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->")]
    }

    fn generated(&self) -> String {
        let target = self.measured_by;
        format!("*Generated by `make readme` from a run of `make {target}`.*")
    }

    /// The text between the marks.
    fn within<'a>(&self, text: &'a str) -> anyhow::Result<&'a str> {
        let [begin, end] = self.marks();
        let file = self.file;
        ensure!(
            text.matches(&begin).count() == 1 && text.matches(&end).count() == 1,
            "{file} needs one {begin:?} and one {end:?}"
        );
        let (_, rest) = text.split_once(&begin).context("no beginning")?;
        let (block, _) = rest
            .split_once(&end)
            .with_context(|| format!("the marks in {file} are in the wrong order"))?;
        Ok(block)
    }

    fn replaced(&self, text: &str, new: &str) -> anyhow::Result<String> {
        let [begin, end] = self.marks();
        let old = format!("{begin}{}{end}", self.within(text)?);
        let new = format!("{begin}\n{}\n\n{new}\n{end}", self.generated());
        Ok(text.replace(&old, &new))
    }

    fn well_formed(&self, block: &str) -> anyhow::Result<()> {
        // A run on several machines has a column more.
        let column = format!(" | {} |", Contestant::Cluster);
        let lines: Vec<_> = block
            .lines()
            .map(|line| line.replace(&column, " |"))
            .collect();
        let has = |line: &str| lines.iter().any(|candidate| candidate.starts_with(line));
        ensure!(has(&self.generated()), "the tables are not generated");
        for line in (self.lines)() {
            ensure!(has(&line), "no line begins with {line:?}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::calibration::{self, Line, Tally};
    use crate::model::options::{Command, Options};
    use crate::render::explain::explain;
    use crate::render::page::source::Sources;

    #[test]
    fn readme_shows_a_run() {
        check().unwrap();
    }

    /// Every variable that a README sets, in its prose too: the target of make, the name, and the value.
    fn variables(readme: &str) -> Vec<[&str; 3]> {
        let mut variables = Vec::new();
        for line in readme.lines() {
            let mut target = "compare";
            let mut words = line.split([' ', '`', '(', ')']);
            while let Some(word) = words.next() {
                if word == "make" {
                    target = words.next().unwrap_or_default();
                }
                let variable = word.trim_end_matches([':', ';', '.', ',']).split_once('=');
                let variable = variable.filter(|(name, _)| {
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase())
                });
                variables.extend(variable.map(|(name, value)| [target, name, value]));
            }
        }
        variables
    }

    /// What stands under a target in the Makefile, up to the next one.
    fn recipe<'a>(makefile: &'a str, target: &str) -> &'a str {
        let (_, rest) = makefile
            .split_once(&format!("\n{target}:"))
            .unwrap_or_default();
        rest.split_once("\n.PHONY")
            .map_or(rest, |(recipe, _)| recipe)
    }

    #[test]
    fn every_variable_in_a_readme_is_one_that_its_target_takes() {
        let shared = places::workspace().unwrap().join("shared/README.md");
        let mut text = fs::read_to_string(shared).unwrap();
        for block in &BLOCKS {
            text += &block.read().unwrap();
        }
        let variables = variables(&text);
        assert!(variables.contains(&["compare", "LADDER", "cliff"]));
        let makefile = fs::read_to_string(places::workspace().unwrap().join("Makefile")).unwrap();
        for variable in variables {
            let [target, name, value] = variable;
            if recipe(&makefile, target).contains(&format!("ifdef {name}\n")) {
                continue; // make itself reads it
            }
            match Options::given(target, name, value).unwrap().command {
                None | Some(Command::Work(_)) => {}
                Some(Command::Read(read)) => {
                    let sources = Sources::of(&read.workload).expect("a file to read");
                    for technique in [read.one, read.other] {
                        assert!(sources.text(&technique).is_some(), "{variable:?}");
                    }
                }
                Some(Command::Explain { cell }) => {
                    explain(&fixtures::results(), &cell.expect("a name")).unwrap();
                }
                Some(Command::Site { .. }) => {}
                Some(other) => panic!("{other:?} takes no variables"),
            }
        }
    }

    #[test]
    fn a_variable_or_value_that_its_target_does_not_take_is_noticed() {
        for [target, name, value] in [
            ["compare", "ROUND", "9"],
            ["compare", "ONLY", "hashes,dogs"],
            ["compare", "LADDER", "clif"],
            ["compare", "CELL", "threading.scheduling"],
            ["read", "ROUNDS", "9"],
            ["open", "W", "waiter"],
        ] {
            let given = Options::given(target, name, value);
            assert!(given.is_err(), "{target} {name}={value}");
        }
        assert_eq!(
            variables("`make read W=download` or (`A=B`): a = b, x=y\n`ROUNDS=9`."),
            [
                ["read", "W", "download"],
                ["read", "A", "B"],
                ["compare", "ROUNDS", "9"]
            ]
        );
    }

    #[test]
    fn tables_replace_what_stood_between_the_marks_and_nothing_else() {
        for block in &BLOCKS {
            let [begin, end] = block.marks();
            let text = format!("before\n{begin}old\n{end}\nafter\n");
            let once = block.replaced(&text, "new\n").unwrap();
            let generated = block.generated();
            assert_eq!(
                once,
                format!("before\n{begin}\n{generated}\n\nnew\n\n{end}\nafter\n")
            );
            assert_eq!(block.replaced(&once, "new\n").unwrap(), once);
        }
    }

    #[test]
    fn a_readme_without_marks_or_with_too_many_is_refused() {
        for text in [
            "",
            "<!-- compare -->\n",
            "<!-- /compare --><!-- compare -->\n",
        ] {
            assert!(BLOCKS[0].within(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_block_is_what_its_report_makes_and_an_edited_one_is_noticed() {
        let mut results = fixtures::results();
        results.pythons = vec![fixtures::python(&results)];
        let report = Report::of(&results);
        let calibrated = Job::ALL.map(|job| Line {
            job,
            equals: Tally::default(),
            unequals: Default::default(),
        });
        for block in &BLOCKS {
            assert!(block.well_formed("\nsome words\n").is_err());
            let [begin, end] = block.marks();
            let text = match block.measured_by {
                "calibrate" => calibration::table(&calibrated),
                _ => (block.text)(&report).unwrap(),
            };
            let whole = block.replaced(&(begin + &end), &text).unwrap();
            block.well_formed(block.within(&whole).unwrap()).unwrap();
            for line in (block.lines)() {
                let edited = whole.replace(&line, "| cut |");
                assert!(
                    block.well_formed(block.within(&edited).unwrap()).is_err(),
                    "{line}"
                );
            }
        }
    }

    /// A file with nothing between the marks of its blocks.
    fn empty(block: &Block) -> anyhow::Result<String> {
        let blocks = BLOCKS.iter().filter(|other| other.file == block.file);
        Ok(blocks.map(|block| block.marks().concat() + "\n").collect())
    }

    #[test]
    fn a_run_on_several_machines_is_shown_with_a_column_for_the_cluster() {
        let mut results = fixtures::with_machines();
        results.pythons = vec![fixtures::python(&results)];
        let (texts, shown) = renewed(&Report::of(&results), empty).unwrap();
        assert!(texts["shared/compare/README.md"].contains("| cluster | floor |"));
        assert!(texts["README.md"].contains("| cluster |\n"));
        let of_runs = |block: &&Block| block.measured_by == "compare";
        let expected = BLOCKS.iter().filter(of_runs).count();
        assert_eq!(shown.into_iter().filter(of_runs).count(), expected);
    }

    #[test]
    fn a_run_that_left_something_out_gives_no_readme_a_part_of_it() {
        let results = fixtures::results().without(Row::Hashes);
        let error = renewed(&Report::of(&results), empty).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "the last run left out what shared/compare/README.md shows: no line begins with \"| **hashes**\""
        );
    }

    #[test]
    fn without_python_its_table_stays() {
        let report = Report::of(&fixtures::results());
        let mut blocks = BLOCKS.iter();
        let python = blocks.find(|block| block.mark == "python").unwrap();
        assert_eq!((python.text)(&report), None);
    }
}
