//! What a calibration found: how often the ranking's rule was wrong about equals, and how often it found a known difference.

use std::fmt::Write;

use crate::model::difference::{Answer, ERROR};
use crate::model::quantity::percent;

/// The known differences: so much more work, or so much more of a wait, is built into one of two.
pub const SHARES: [f64; 4] = [0.03, 0.05, 0.10, 0.20];

/// What is measured: the same job of one technique, entered twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Threads that compute.
    Computing,
    /// Threads that sleep.
    Waiting,
    /// Threads that download.
    Network,
}

impl Job {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Computing, Self::Waiting, Self::Network];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Computing => "computing",
            Self::Waiting => "waiting",
            Self::Network => "network",
        }
    }

    /// The arguments of threading for this job, with so much more of it.
    pub fn arguments(self, more: f64) -> String {
        let scaled = |whole: f64| (whole * (1.0 + more)).round();
        match self {
            Self::Computing => format!("hashes --size {}", scaled(100_000.0)),
            Self::Waiting => format!(
                "sleepers --size 100 --time-scale {}",
                scaled(50_000.0) / 1e6
            ),
            Self::Network => format!("sites --size 5 --workers 10 --delay {}", scaled(100.0)),
        }
    }
}

/// How many rows ended with which answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows.
    pub rows: u64,
    /// Rows in which the second, which has more to do if one of them has, was called slower.
    pub slower: u64,
    /// Rows in which the second was called faster.
    pub faster: u64,
    /// Rows in which both were called equal.
    pub equal: u64,
    /// Runs that all rows took together, of each of the two.
    pub rounds: u64,
}

impl Tally {
    /// Counts a row: what became of the second against the first, after so many rounds.
    pub fn add(&mut self, second: Answer, rounds: usize) {
        self.rows += 1;
        self.rounds += rounds as u64;
        match second {
            Answer::Slower => self.slower += 1,
            Answer::Faster => self.faster += 1,
            Answer::Equal => self.equal += 1,
            Answer::Undecided { .. } => {}
        }
    }

    fn share(&self, rows: u64) -> f64 {
        rows as f64 / self.rows.max(1) as f64
    }
}

/// A job's part of a calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The job.
    pub job: Job,
    /// Entered twice without any difference.
    pub equals: Tally,
    /// With each of [`SHARES`].
    pub unequals: [Tally; SHARES.len()],
}

/// The share of all rows of equals in which one was called faster.
pub fn error(lines: &[Line]) -> f64 {
    let wrong: u64 = lines
        .iter()
        .map(|line| line.equals.slower + line.equals.faster)
        .sum();
    let rows: u64 = lines.iter().map(|line| line.equals.rows).sum();
    wrong as f64 / rows.max(1) as f64
}

/// Whether the rule keeps its word on this machine.
pub fn kept(lines: &[Line]) -> bool {
    error(lines) <= ERROR
}

/// The table, in Markdown.
pub fn table(lines: &[Line]) -> String {
    let mut text = "| | the same twice: one called faster | called equal within 3% |".to_owned();
    for share in SHARES {
        let _ = write!(text, " {} more: found |", percent(share));
    }
    text += &format!("\n|---|{}\n", "--:|".repeat(2 + SHARES.len()));
    for Line {
        job,
        equals,
        unequals,
    } in lines
    {
        let wrong = equals.slower + equals.faster;
        let _ = write!(
            text,
            "| {} | {wrong} of {} | {} |",
            job.name(),
            equals.rows,
            percent(equals.share(equals.equal))
        );
        for tally in unequals {
            let _ = write!(text, " {}", percent(tally.share(tally.slower)));
            if tally.faster > 0 {
                let _ = write!(text, ", {} called faster", tally.faster);
            }
            text += " |";
        }
        text += "\n";
    }
    let all = lines
        .iter()
        .flat_map(|line| [line.equals].into_iter().chain(line.unequals));
    let (rows, rounds) = all.fold((0, 0), |(rows, rounds), tally| {
        (rows + tally.rows, rounds + tally.rounds)
    });
    let _ = write!(
        text,
        "\nThreads against threads in {rows} rows of {:.1} rounds each. Of equals one was called faster in {} of the rows; at \
         most {} is promised.\n",
        rounds as f64 / (rows as f64).max(1.0),
        percent(error(lines)),
        percent(ERROR)
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(wrong: u64) -> Line {
        let mut equals = Tally::default();
        for _ in 0..wrong {
            equals.add(Answer::Faster, 3);
        }
        for _ in wrong..100 {
            equals.add(Answer::Equal, 6);
        }
        let mut found = Tally::default();
        found.add(Answer::Slower, 3);
        found.add(Answer::Undecided { unseen: 0.1 }, 24);
        Line {
            job: Job::Waiting,
            equals,
            unequals: [found; 4],
        }
    }

    #[test]
    fn five_wrong_rows_of_a_hundred_are_promised_and_six_are_not() {
        assert!(kept(&[line(5)]));
        assert!(!kept(&[line(6)]));
        assert!(kept(&[line(10), line(0)]), "all jobs count together");
    }

    #[test]
    fn the_table_says_how_often_a_difference_was_found() {
        let table = table(&[line(2)]);
        assert!(
            table.contains("| waiting | 2 of 100 | 98% | 50% | 50% | 50% | 50% |"),
            "{table}"
        );
        assert!(table.contains("in 2.0% of the rows"), "{table}");
        // 2 * 3 and 98 * 6 rounds, and 3 + 24 for each share.
        assert!(table.contains("in 108 rows of 6.5 rounds each"), "{table}");
        assert!(!table.contains("0 called faster"), "{table}");
    }

    #[test]
    fn the_table_says_how_often_the_one_with_more_to_do_was_called_faster() {
        let mut line = line(0);
        line.unequals[0].add(Answer::Faster, 3);
        let table = table(&[line]);
        assert!(table.contains("| 33%, 1 called faster | 50% |"), "{table}");
    }

    #[test]
    fn more_work_is_more_by_the_share_that_is_said() {
        assert_eq!(Job::Computing.arguments(0.03), "hashes --size 103000");
        assert_eq!(
            Job::Waiting.arguments(0.2),
            "sleepers --size 100 --time-scale 0.06"
        );
        assert_eq!(
            Job::Network.arguments(0.0),
            "sites --size 5 --workers 10 --delay 100"
        );
    }
}
