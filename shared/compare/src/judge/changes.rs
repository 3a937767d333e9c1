//! `BASE=old.json`: what has changed since a saved run, as far as the numbers can tell.

use crate::judge::screening;
use crate::model::difference::{self, Answer, FEWEST, Factor};
use crate::model::experiment::{Cell, Experiment, Floor};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::stats::Estimate;
use crate::model::technique::Contestant;

/// Computations and cats have changed if their times moved by surely more than this share: the speed of a machine moves by as much
/// from run to run, and the rounds of a run do not show it. Delays do not move with it.
pub const DRIFT: f64 = 0.1;

/// How a run compares with an older one.
#[derive(Debug)]
pub struct Changes {
    /// The older run: its date, commit and processor.
    pub base: String,
    /// Cells whose time surely changed.
    pub changes: Vec<Change>,
    /// Cells whose time is surely within 3% of what it was.
    pub same: usize,
    /// Cells of which neither is sure.
    pub undecided: usize,
    /// Cells that cannot be compared, with the first reason.
    pub apart: Vec<String>,
}

/// A cell whose time changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The row.
    pub row: Row,
    /// The technique.
    pub who: Contestant,
    /// Wall-clock seconds then.
    pub before: Estimate,
    /// Wall-clock seconds now.
    pub now: Estimate,
    /// How many times as long it takes now.
    pub factor: Factor,
}

impl Change {
    /// By which share it takes longer now; negative if it is faster.
    pub fn share(&self) -> f64 {
        self.factor.middle - 1.0
    }

    /// Whether its time moved by more than this share, surely.
    fn beyond(&self, share: f64) -> bool {
        self.factor.low > 1.0 + share || self.factor.high < 1.0 / (1.0 + share)
    }
}

/// The share by which the machine alone may have moved the times of a row.
fn drift(row: &Experiment) -> f64 {
    match row.floor {
        Floor::Story { .. } | Floor::Served { .. } => 0.0,
        Floor::Unknown | Floor::BareLoop { .. } | Floor::Spread { .. } => DRIFT,
    }
}

/// Compares the workload tables of two runs.
pub fn changes_since(base: &Results, now: &Results) -> Changes {
    let machine = &base.machine;
    let mut all = Changes {
        base: format!(
            "{}, commit {}, {}",
            machine.date, machine.commit, machine.cpu
        ),
        changes: Vec::new(),
        same: 0,
        undecided: 0,
        apart: Vec::new(),
    };
    let mut pairs = Vec::new();
    for row in now.workloads() {
        for (who, cell) in row.contestants() {
            match paired(base, row, cell) {
                Ok(old) => pairs.push((row, who, old, cell)),
                Err(reason) => all.apart.push(format!("{} {who}: {reason}", row.name)),
            }
        }
    }
    let comparisons = pairs.len();
    for (row, who, old, cell) in pairs {
        let Some(change) = change(row.name, who, [old, cell], comparisons) else {
            continue;
        };
        match change.factor.answer() {
            Answer::Equal => all.same += 1,
            Answer::Faster | Answer::Slower if change.beyond(drift(row)) => {
                all.changes.push(change);
            }
            _ => all.undecided += 1,
        }
    }
    all
}

/// What has become of a cell, which is one of so many that are compared.
fn change(
    row: Row,
    who: Contestant,
    [old, cell]: [&Cell; 2],
    comparisons: usize,
) -> Option<Change> {
    let walls = |cell: &Cell| cell.runs().map(|run| run.wall).collect::<Vec<_>>();
    Some(Change {
        row,
        who,
        before: old.wall().ok()?,
        now: cell.wall().ok()?,
        factor: difference::apart(&walls(cell), &walls(old), comparisons)?,
    })
}

/// What a cell is compared with, or why it cannot be compared.
fn paired<'a>(base: &'a Results, row: &Experiment, cell: &Cell) -> Result<&'a Cell, String> {
    let who = cell.runner;
    let old_row = base
        .experiment(row.name)
        .map_err(|missing| missing.to_string())?;
    let old = old_row.cell(who).ok_or("it was left out then")?;
    if old.arguments != cell.arguments {
        return Err("it was of another size then".to_owned());
    }
    for (row, cell, when) in [(old_row, old, "then"), (row, cell, "now")] {
        screening::pass(row).map_err(|reason| format!("{when}: {reason}"))?;
        if screening::noisy(cell) {
            return Err(format!("it is NOISY {when}"));
        }
        if cell.runs().count() < FEWEST {
            return Err(format!("it ran only once {when}"));
        }
    }
    Ok(old)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::fixtures;
    use crate::model::run::Run;
    use crate::model::technique::Contestant::{Asyncio, Threading};

    fn took(seconds: f64) -> impl Fn(&mut Run) {
        move |run| run.wall = seconds
    }

    #[test]
    fn a_run_compared_with_itself_has_not_changed() {
        let run = fixtures::results();
        let all = changes_since(&run, &run);
        assert!(all.changes.is_empty() && all.apart.is_empty(), "{all:?}");
        assert_eq!(
            all.same,
            Row::WORKLOADS.len() * Contestant::TECHNIQUES.len()
        );
    }

    #[test]
    fn only_sure_changes_are_listed() {
        let base = fixtures::results();
        let now = fixtures::results()
            .with(Row::Hashes, Threading, took(0.5))
            .with(Row::Hashes, Asyncio, took(1.005));
        let all = changes_since(&base, &now);
        let changes: Vec<_> = all
            .changes
            .iter()
            .map(|change| (change.who, change.share()))
            .collect();
        assert_eq!(changes, [(Threading, -0.5)]);
    }

    #[test]
    fn a_computation_may_drift_with_the_machine_and_a_wait_may_not() {
        let base = fixtures::results();
        let now = |seconds| {
            let now = fixtures::results().with(Row::Hashes, Asyncio, took(seconds));
            now.with(Row::Waiter, Asyncio, took(seconds))
        };
        let rows = |seconds| {
            let changes = changes_since(&base, &now(seconds)).changes.into_iter();
            changes.map(|change| change.row).collect::<Vec<_>>()
        };
        assert_eq!(rows(1.08), [Row::Waiter]);
        assert_eq!(rows(1.12), [Row::Waiter, Row::Hashes]);
        assert_eq!(rows(0.92), [Row::Waiter]);
        assert_eq!(rows(0.89), [Row::Waiter, Row::Hashes]);
    }

    #[test]
    fn a_single_run_shows_no_change() {
        let base = fixtures::results();
        let mut now = fixtures::results().with(Row::Hashes, Threading, took(0.5));
        let rows = now.experiments.iter_mut();
        let cells = rows.flat_map(|row| &mut row.cells);
        cells.for_each(|cell| cell.rounds.truncate(1));
        let all = changes_since(&base, &now);
        assert_eq!((all.changes.len(), all.same), (0, 0));
        assert!(all.apart[0].ends_with("it ran only once now"), "{all:?}");
    }

    #[test]
    fn intervals_that_overlap_show_no_change() {
        let mut base = fixtures::results();
        let row = base
            .experiments
            .iter_mut()
            .find(|row| row.name == Row::Hashes)
            .unwrap();
        for cell in &mut row.cells {
            for (round, outcome) in cell.rounds.iter_mut().enumerate() {
                if let crate::model::run::Outcome::Ran(run) = outcome {
                    run.wall = 0.5 + 0.2 * round as f64;
                }
            }
        }
        let now = fixtures::results().with(Row::Hashes, Threading, took(1.2));
        assert!(changes_since(&base, &now).changes.is_empty());
    }

    #[test]
    fn a_cell_that_cannot_be_compared_says_why() {
        let base = fixtures::results().without(Row::Cats);
        let mut now = fixtures::results()
            .with_failure(Row::Lists, Threading, "oh")
            .with(Row::Hashes, Asyncio, |run| {
                run.noise = Some(fixtures::BUSY);
            });
        now.experiments[0].cells[0]
            .arguments
            .push("--more".to_owned());
        let apart = changes_since(&base, &now).apart.join("\n");
        for reason in [
            "waiter sequential: it was of another size then",
            "cats threading: not measured: cats was left out",
            "lists threading: now: threading: oh",
            "hashes asyncio: it is NOISY now",
        ] {
            assert!(apart.contains(reason), "{reason} is not in\n{apart}");
        }
    }

    #[test]
    fn two_runs_of_each_can_be_compared() {
        let base = fixtures::results();
        let mut now = fixtures::results();
        let rows = now.experiments.iter_mut();
        let cells = rows.flat_map(|row| &mut row.cells);
        cells.for_each(|cell| cell.rounds.truncate(FEWEST));
        assert_eq!(changes_since(&base, &now).apart, Vec::<String>::new());
    }

    #[test]
    fn equal_and_undecided_cells_are_counted() {
        let round = std::cell::Cell::new(0);
        let base = fixtures::results();
        let now = fixtures::results()
            .with(Row::Hashes, Threading, took(0.5))
            .with(Row::Hashes, Asyncio, |run| {
                round.set(round.get() + 1);
                run.wall = if round.get() % 2 == 0 { 0.8 } else { 1.2 };
            });
        let changes = changes_since(&base, &now);
        let all = Row::WORKLOADS.len() * Contestant::TECHNIQUES.len();
        assert_eq!(
            (changes.changes.len(), changes.undecided, changes.same),
            (1, 1, all - 2)
        );
    }
}
