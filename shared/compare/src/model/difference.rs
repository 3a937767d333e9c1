//! How the contestants of a row differ, and how surely.
//!
//! Every factor comes with an interval, and all intervals of a row hold the true factors at once in at least 95% of all
//! rows. So a technique that is called faster, or equal, is called so wrongly in at most 5% of them, over all contestants, and
//! after any number of looks.
//!
//! - Rounds are pairs: what slows a round down slows all of it. Times are compared as logarithms, because noise is a share of
//!   the time. From ten rounds on the mean is trimmed (K. Yuen, 1974), which takes their weight from outliers.
//! - Few rounds tell little about their own scatter, so all pairs of a row lend theirs: a pair's variance counts as no less than
//!   the mean of all, with the degrees of freedom that F. Satterthwaite (1946) gives to contestants of unequal noise. The
//!   pair's own variance, with its own few degrees, is the other witness. Each has half of the error, and the narrower
//!   interval counts.
//! - All pairs share the error (C. Bonferroni), and so do all looks: one at up to 3 rounds, one at up to 6, at 12, at 24 and so on.
//!   How an error is shared among looks is K. Lan's and D. DeMets' idea (1983).

use std::collections::BTreeMap;
use std::iter;

use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// How often a row may hold a wrong answer, over all its pairs and all looks.
pub const ERROR: f64 = 0.05;

/// A difference below this share does not matter to a choice of technique.
pub const EQUAL: f64 = 0.03;

/// With fewer rounds than these nothing is compared: a single pair shows no scatter.
pub const FEWEST: usize = 2;

/// How many times as long one took as another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Factor {
    /// The best guess.
    pub middle: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// What a factor says about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The first took surely less time.
    Faster,
    /// The first took surely more time.
    Slower,
    /// Both are surely within [`EQUAL`] of each other.
    Equal,
    /// The interval is too wide for either.
    Undecided {
        /// A difference below this share would not have been seen.
        unseen: f64,
    },
}

impl Factor {
    /// What follows from it.
    pub fn answer(&self) -> Answer {
        if self.low >= 1.0 / (1.0 + EQUAL) && self.high <= 1.0 + EQUAL {
            Answer::Equal
        } else if self.high < 1.0 {
            Answer::Faster
        } else if self.low > 1.0 {
            Answer::Slower
        } else {
            Answer::Undecided {
                unseen: (self.high / self.low).sqrt() - 1.0,
            }
        }
    }

    /// The same, of the second against the first.
    pub fn inverse(&self) -> Self {
        Self {
            middle: 1.0 / self.middle,
            low: 1.0 / self.high,
            high: 1.0 / self.low,
        }
    }

    /// The factor at the middle of an interval of logarithms.
    fn around(middle: f64, half: f64) -> Self {
        Self {
            middle: middle.exp(),
            low: (middle - half).exp(),
            high: (middle + half).exp(),
        }
    }
}

/// The factors of a row, of each against each.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    factors: Vec<Vec<Option<Factor>>>,
}

impl Comparison {
    /// Compares what each contestant took, in seconds, round by round. A contestant that left early has fewer rounds: they are compared
    /// with the others' first ones.
    pub fn of(row: &[Vec<f64>]) -> Self {
        let logs: Vec<Vec<f64>> = row.iter().map(|times| logarithms(times)).collect();
        let count = row.len();
        let mut factors = vec![vec![None; count]; count];
        let mut witnesses = BTreeMap::new();
        for one in 0..count {
            for other in 0..one {
                let rounds = logs[one].len().min(logs[other].len());
                if rounds >= FEWEST {
                    let witnesses = witnesses
                        .entry(rounds)
                        .or_insert_with(|| Witnesses::of(&logs, rounds));
                    let differences = Differences::of(&logs[one], &logs[other], rounds);
                    let factor = witnesses.factor(&differences);
                    factors[one][other] = Some(factor);
                    factors[other][one] = Some(factor.inverse());
                }
            }
        }
        Self { factors }
    }

    /// How many times as long `one` took as `other`, both by their place in the row; `None` if one of them ran fewer than
    /// [`FEWEST`] times, or if it took no time.
    pub fn factor(&self, one: usize, other: usize) -> Option<Factor> {
        self.factors[one][other]
    }

    /// The contestants that are not surely slower than any other.
    pub fn unbeaten(&self) -> Vec<usize> {
        let beaten = |one: &usize| {
            let factors = self.factors[*one].iter().flatten();
            factors
                .map(Factor::answer)
                .any(|answer| answer == Answer::Slower)
        };
        (0..self.factors.len()).filter(|one| !beaten(one)).collect()
    }

    /// The unbeaten contestants between which it is not decided: further rounds are for them.
    pub fn open(&self) -> Vec<usize> {
        let unbeaten = self.unbeaten();
        let undecided = |one: &usize, other: &usize| {
            let factor = self.factors[*one][*other];
            one != other && !factor.is_some_and(|factor| factor.answer() == Answer::Equal)
        };
        let open = unbeaten
            .iter()
            .filter(|one| unbeaten.iter().any(|other| undecided(one, other)));
        open.copied().collect()
    }
}

/// The numbers of rounds up to which each look has its share of the error.
pub fn looks() -> impl Iterator<Item = usize> {
    iter::successors(Some(3), |look| Some(2 * look))
}

/// The number of rounds after which it is worth while to look again, if one has looked after so many.
pub fn next_look(rounds: usize) -> usize {
    let later = looks().find(|look| look / 2 >= rounds);
    later.expect("looks never end")
}

/// How many times as long `first` took as `second`, round by round, if they are a row of their own.
pub fn between(first: &[f64], second: &[f64]) -> Option<Factor> {
    Comparison::of(&[first.to_vec(), second.to_vec()]).factor(0, 1)
}

/// How many times as long `first` took as `second`, which ran at another time: their rounds are no pairs (B. Welch, 1947). Of
/// so many such comparisons not one is wrong in at least 95% of all cases.
pub fn apart(first: &[f64], second: &[f64], comparisons: usize) -> Option<Factor> {
    let (first, second) = (logarithms(first), logarithms(second));
    if first.len().min(second.len()) < FEWEST {
        return None;
    }
    let [(first_squares, first_count), (second_squares, second_count)] =
        [&first, &second].map(|logs| (squares(logs), logs.len() as f64));
    let one = first_squares / (first_count - 1.0) / first_count;
    let other = second_squares / (second_count - 1.0) / second_count;
    let degrees = (one + other).powi(2)
        / (one.powi(2) / (first_count - 1.0) + other.powi(2) / (second_count - 1.0));
    let together = first_count + second_count - 2.0;
    let degrees = if degrees.is_finite() {
        degrees
    } else {
        together
    };
    // Of few rounds that lie close together by chance the scatter of both says what theirs must be.
    let pooled =
        (first_squares + second_squares) / together * (1.0 / first_count + 1.0 / second_count);
    let variance = pooled.max(one + other);
    let half = deviations(degrees, ERROR / comparisons.max(1) as f64) * variance.sqrt();
    let middle = mean(&first) - mean(&second);
    Some(Factor::around(middle, half))
}

/// The interval of one contestant's own times, alone: 95% of such intervals hold the true one.
pub fn alone(times: &[f64]) -> Option<Factor> {
    let logs = logarithms(times);
    if logs.len() < FEWEST {
        return None;
    }
    let count = logs.len() as f64;
    let half = deviations(count - 1.0, ERROR) * (squares(&logs) / (count - 1.0) / count).sqrt();
    let middle = mean(&logs);
    Some(Factor::around(middle, half))
}

/// What so many rounds of a row tell about the scatter of each of its pairs.
struct Witnesses {
    /// So many deviations to either side of its mean lies the end of a pair's interval, by its own scatter.
    alone: f64,
    /// The same by the scatter of all pairs; `None` if there is but one.
    together: Option<f64>,
    /// The variance of the mean difference, as the mean of all pairs.
    pooled: f64,
}

impl Witnesses {
    fn of(logs: &[Vec<f64>], rounds: usize) -> Self {
        let pairs = (logs.len() * (logs.len() - 1) / 2) as f64;
        let error = ERROR * share(rounds) / pairs;
        let all = logs.iter().filter(|logs| logs.len() >= rounds);
        let all: Vec<&[f64]> = all.map(|logs| &logs[..rounds]).collect();
        let degrees = (rounds - 2 * trimmed(rounds)) as f64 - 1.0;
        if all.len() == 2 {
            return Self {
                alone: deviations(degrees, error),
                together: None,
                pooled: 0.0,
            };
        }
        Self {
            alone: deviations(degrees, error / 2.0),
            together: Some(deviations(pooled_degrees(&all, degrees), error / 2.0)),
            pooled: pooled_variance(&all),
        }
    }

    fn factor(&self, differences: &Differences) -> Factor {
        let (middle, own) = (differences.mean(), differences.variance());
        let alone = self.alone * own.sqrt();
        let together = self
            .together
            .map(|deviations| deviations * own.max(self.pooled).sqrt());
        let half = together.map_or(alone, |together| together.min(alone));
        Factor::around(middle, half)
    }
}

/// The share of the error that a look at so many rounds may spend: a quarter each at up to 3, 6 and 12, and from then on half of what
/// is left whenever rounds double. All together are no more than one.
fn share(rounds: usize) -> f64 {
    let doublings = (rounds as f64 / 3.0).log2().ceil();
    if doublings <= 2.0 {
        0.25
    } else {
        0.5_f64.powf(doublings)
    }
}

/// So many standard deviations from its mean lies the end of an interval that misses with this probability.
fn deviations(degrees: f64, error: f64) -> f64 {
    let student = StudentsT::new(0.0, 1.0, degrees).expect("degrees of freedom are positive");
    student.inverse_cdf(1.0 - error / 2.0)
}

/// How many of so many rounds are left out at either end.
fn trimmed(rounds: usize) -> usize {
    if rounds < 10 { 0 } else { rounds / 6 }
}

/// How two contestants differed, round by round, in ascending order.
struct Differences(Vec<f64>);

impl Differences {
    fn of(first: &[f64], second: &[f64], rounds: usize) -> Self {
        let pairs = first.iter().zip(second).take(rounds);
        let mut differences: Vec<f64> = pairs.map(|(first, second)| first - second).collect();
        differences.sort_by(f64::total_cmp);
        Self(differences)
    }

    fn kept(&self) -> &[f64] {
        let trimmed = trimmed(self.0.len());
        &self.0[trimmed..self.0.len() - trimmed]
    }

    fn mean(&self) -> f64 {
        mean(self.kept())
    }

    /// The variance of the mean. What is left out counts as the last that is kept.
    fn variance(&self) -> f64 {
        let kept = self.kept();
        let (first, last) = (kept[0], kept[kept.len() - 1]);
        let drawn_in: Vec<f64> = self
            .0
            .iter()
            .map(|difference| difference.clamp(first, last))
            .collect();
        squares(&drawn_in) / (kept.len() * (kept.len() - 1)) as f64
    }
}

/// The mean of all pairs' variances.
fn pooled_variance(all: &[&[f64]]) -> f64 {
    let pairs = all.iter().enumerate().flat_map(|(index, one)| {
        let before = all[..index].iter();
        before.map(move |other| Differences::of(one, other, one.len()).variance())
    });
    mean(&pairs.collect::<Vec<_>>())
}

/// Its degrees of freedom, of which a pair alone has so many: fewer than all pairs together if one contestant is noisier
/// than the others.
fn pooled_degrees(all: &[&[f64]], degrees: f64) -> f64 {
    let usual = |round: usize| mean(&all.iter().map(|logs| logs[round]).collect::<Vec<_>>());
    let usual: Vec<f64> = (0..all[0].len()).map(usual).collect();
    // Each contestant's own noise is what is left when the row's ups and downs are taken away.
    let noise = all.iter().map(|logs| {
        let left = logs.iter().zip(&usual).map(|(log, usual)| log - usual);
        squares(&left.collect::<Vec<_>>())
    });
    let noise: Vec<f64> = noise.collect();
    let (sum, count) = (noise.iter().sum::<f64>(), all.len() as f64);
    let of_squares: f64 = noise.iter().map(|noise| noise * noise).sum();
    // From 1, if one alone is noisy, to all of them.
    let equals = if of_squares > 0.0 {
        sum * sum / of_squares
    } else {
        count
    };
    (equals * degrees * (count - 1.0) / count).max(degrees)
}

/// The logarithms of these times; none if one of them was no time at all, which cannot be compared.
fn logarithms(times: &[f64]) -> Vec<f64> {
    match times.iter().all(|time| *time > 0.0) {
        true => times.iter().map(|time| time.ln()).collect(),
        false => Vec::new(),
    }
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// The sum of squared distances from the mean.
fn squares(numbers: &[f64]) -> f64 {
    let mean = mean(numbers);
    numbers.iter().map(|number| (number - mean).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How one run's time differs from the usual one, as a logarithm.
    #[derive(Clone, Copy, Debug)]
    enum Noise {
        Normal,
        /// Never much sooner, sometimes much later.
        Skewed,
        /// Normal, but one run in twenty takes half as long again.
        Outliers,
    }

    struct Dice(fastrand::Rng);

    impl Dice {
        fn new(seed: u64) -> Self {
            Self(fastrand::Rng::with_seed(seed))
        }

        fn normal(&mut self) -> f64 {
            // Box and Muller.
            let (one, other) = (1.0 - self.0.f64(), self.0.f64());
            (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
        }

        fn noise(&mut self, noise: Noise) -> f64 {
            match noise {
                Noise::Normal => self.normal(),
                Noise::Skewed => -(1.0 - self.0.f64()).ln(),
                Noise::Outliers => self.normal(),
            }
        }

        /// A row in which all took so long, each with noise of this share, and each round with a mood of its own.
        fn row(
            &mut self,
            seconds: &[f64],
            shares: &[f64],
            rounds: usize,
            noise: Noise,
        ) -> Vec<Vec<f64>> {
            let moods: Vec<f64> = (0..rounds).map(|_| 0.05 * self.normal()).collect();
            let each = seconds.iter().zip(shares).map(|(seconds, share)| {
                let run = |mood: &f64| {
                    let late = matches!(noise, Noise::Outliers) && self.0.f64() < 0.05;
                    let factor = if late { 1.5 } else { 1.0 };
                    seconds * factor * (mood + share * self.noise(noise)).exp()
                };
                moods.iter().map(run).collect()
            });
            each.collect()
        }
    }

    const ROWS: usize = 1000;
    /// A share of so many rows may be so much more than its true value by chance, in one case of a thousand.
    const CHANCE: f64 = 0.02;

    /// The share of rows of equals in which one was called faster, if one looks after each of these numbers of rounds.
    fn wrong(dice: &mut Dice, shares: &[f64], looks: &[usize], noise: Noise) -> f64 {
        let seconds = vec![1.0; shares.len()];
        let rounds = looks[looks.len() - 1];
        let wrong = (0..ROWS).filter(|_| {
            let row = dice.row(&seconds, shares, rounds, noise);
            looks.iter().any(|look| {
                let seen: Vec<Vec<f64>> = row.iter().map(|times| times[..*look].to_vec()).collect();
                Comparison::of(&seen).unbeaten().len() < row.len()
            })
        });
        wrong.count() as f64 / ROWS as f64
    }

    /// The share of rows in which the first, so much slower than its equal rivals, is found to be slower than the second.
    fn found(
        dice: &mut Dice,
        more: f64,
        share: f64,
        count: usize,
        rounds: usize,
        noise: Noise,
    ) -> f64 {
        let mut seconds = vec![1.0; count];
        seconds[0] = 1.0 + more;
        let found = (0..ROWS).filter(|_| {
            let row = dice.row(&seconds, &vec![share; count], rounds, noise);
            let factor = Comparison::of(&row).factor(0, 1).unwrap();
            factor.answer() == Answer::Slower
        });
        found.count() as f64 / ROWS as f64
    }

    #[test]
    fn among_equals_one_is_called_faster_in_at_most_one_row_of_twenty() {
        let mut dice = Dice::new(14);
        for noise in [Noise::Normal, Noise::Skewed, Noise::Outliers] {
            for count in [2, 3, 4, 5] {
                for rounds in [2, 3, 5, 12, 30] {
                    let wrong = wrong(&mut dice, &vec![0.05; count], &[rounds], noise);
                    assert!(
                        wrong < ERROR + CHANCE,
                        "{noise:?}, {count}, {rounds}: {wrong}"
                    );
                }
            }
        }
    }

    #[test]
    fn looking_after_each_stage_does_not_add_to_the_error() {
        let mut dice = Dice::new(15);
        for noise in [Noise::Normal, Noise::Skewed, Noise::Outliers] {
            for (count, looks) in [
                (2, &[3, 6, 12, 24][..]),
                (5, &[3, 6, 12, 24]),
                (2, &[5, 12, 24]),
                (5, &[2, 6, 12]),
                (5, &[2, 3]),
            ] {
                let wrong = wrong(&mut dice, &vec![0.05; count], looks, noise);
                assert!(
                    wrong < ERROR + CHANCE,
                    "{noise:?}, {count}, {looks:?}: {wrong}"
                );
            }
        }
    }

    #[test]
    fn contestants_of_unequal_noise_do_not_add_to_the_error() {
        let mut dice = Dice::new(16);
        for shares in [
            &[0.1, 0.01, 0.01, 0.01][..],
            &[0.05, 0.05, 0.001, 0.001],
            &[0.1, 0.1, 0.01, 0.01, 0.01],
            &[0.1, 0.001],
        ] {
            for rounds in [2, 3, 4, 6, 12] {
                let wrong = wrong(&mut dice, shares, &[rounds], Noise::Normal);
                assert!(wrong < ERROR + CHANCE, "{shares:?}, {rounds}: {wrong}");
            }
        }
    }

    #[test]
    fn intervals_hold_all_true_factors_of_a_row_in_nineteen_rows_of_twenty() {
        let mut dice = Dice::new(17);
        let seconds = [1.0, 1.3, 2.0, 5.0];
        for rounds in [3, 6, 12] {
            let missed = (0..ROWS).filter(|_| {
                let row = dice.row(&seconds, &[0.03; 4], rounds, Noise::Normal);
                let comparison = Comparison::of(&row);
                let inside = |one: usize, other: usize| {
                    let factor = comparison.factor(one, other).unwrap();
                    (factor.low..=factor.high).contains(&(seconds[one] / seconds[other]))
                };
                !(0..4).all(|one| (0..one).all(|other| inside(one, other)))
            });
            let missed = missed.count() as f64 / ROWS as f64;
            assert!(missed < ERROR + CHANCE, "{rounds}: {missed}");
        }
    }

    #[test]
    fn a_difference_of_five_noises_is_found_in_six_rounds_and_of_two_in_twelve() {
        let mut dice = Dice::new(18);
        for (more, share, count, rounds, least) in [
            (0.05, 0.01, 2, 6, 0.97),
            (0.05, 0.01, 5, 6, 0.95),
            (0.05, 0.02, 2, 12, 0.95),
            (0.05, 0.02, 5, 24, 0.99),
            (0.10, 0.05, 2, 24, 0.95),
            (0.20, 0.05, 5, 12, 0.95),
        ] {
            for noise in [Noise::Normal, Noise::Skewed] {
                let found = found(&mut dice, more, share, count, rounds, noise);
                assert!(
                    found > least - CHANCE,
                    "{more} {share} {count} {rounds} {noise:?}: {found}"
                );
            }
        }
    }

    #[test]
    fn outliers_do_not_hide_a_difference_for_ever() {
        let mut dice = Dice::new(19);
        let found = found(&mut dice, 0.05, 0.01, 2, 24, Noise::Outliers);
        assert!(found > 0.9, "{found}");
    }

    #[test]
    fn equals_of_little_noise_are_called_equal_and_unequal_ones_never() {
        let mut dice = Dice::new(20);
        let equal = |dice: &mut Dice, more: f64| {
            let equal = (0..ROWS).filter(|_| {
                let row = dice.row(&[1.0 + more, 1.0], &[0.01; 2], 12, Noise::Normal);
                Comparison::of(&row).factor(0, 1).unwrap().answer() == Answer::Equal
            });
            equal.count() as f64 / ROWS as f64
        };
        let equals = equal(&mut dice, 0.0);
        assert!(equals > 0.95, "{equals}");
        let unequal = equal(&mut dice, 0.031);
        assert!(unequal < ERROR / 2.0 + CHANCE, "{unequal}");
    }

    #[test]
    fn two_runs_of_equals_differ_in_at_most_one_table_of_twenty() {
        let mut dice = Dice::new(21);
        for noise in [Noise::Normal, Noise::Skewed, Noise::Outliers] {
            for (then, now) in [(3, 3), (3, 12), (12, 12)] {
                let wrong = (0..ROWS / 4).filter(|_| {
                    (0..35).any(|_| {
                        let before = dice.row(&[1.0], &[0.03], then, noise).remove(0);
                        let after = dice.row(&[1.0], &[0.03], now, noise).remove(0);
                        let answer = apart(&after, &before, 35).unwrap().answer();
                        matches!(answer, Answer::Faster | Answer::Slower)
                    })
                });
                let wrong = wrong.count() as f64 / (ROWS / 4) as f64;
                assert!(
                    wrong < ERROR + 2.0 * CHANCE,
                    "{noise:?} {then} {now}: {wrong}"
                );
            }
        }
    }

    #[test]
    fn a_change_of_a_fifth_between_two_runs_is_found() {
        let mut dice = Dice::new(22);
        let found = (0..ROWS / 4).filter(|_| {
            let before = dice.row(&[1.0], &[0.01], 12, Noise::Normal).remove(0);
            let after = dice.row(&[1.2], &[0.01], 12, Noise::Normal).remove(0);
            apart(&after, &before, 35).unwrap().answer() == Answer::Slower
        });
        assert!(found.count() > ROWS / 4 * 9 / 10);
    }

    #[test]
    fn an_interval_of_its_own_holds_the_true_time_in_nineteen_cases_of_twenty() {
        let mut dice = Dice::new(23);
        for rounds in [2, 3, 5, 12, 30] {
            let missed = (0..ROWS).filter(|_| {
                let times: Vec<f64> = (0..rounds)
                    .map(|_| 7.0 * (0.05 * dice.normal()).exp())
                    .collect();
                let own = alone(&times).unwrap();
                !(own.low..=own.high).contains(&7.0)
            });
            let missed = missed.count() as f64 / ROWS as f64;
            assert!((missed - ERROR).abs() < CHANCE, "{rounds}: {missed}");
        }
        assert_eq!(alone(&[1.0]), None);
    }

    #[test]
    fn an_answer_says_what_its_interval_holds() {
        let answer = |low, high| {
            Factor {
                middle: 1.0,
                low,
                high,
            }
            .answer()
        };
        assert_eq!(answer(0.8, 0.999), Answer::Faster);
        assert_eq!(answer(1.001, 1.2), Answer::Slower);
        assert_eq!(answer(0.971, 1.03), Answer::Equal);
        assert!(matches!(answer(0.97, 1.03), Answer::Undecided { .. }));
        assert!(matches!(answer(0.8, 1.0), Answer::Undecided { .. }));
        assert!(matches!(answer(1.0, 1.2), Answer::Undecided { .. }));
        assert!(matches!(answer(0.971, 1.031), Answer::Undecided { .. }));
        assert_eq!(
            answer(1.001, 1.03),
            Answer::Equal,
            "surely slower, by too little to matter"
        );
        let Answer::Undecided { unseen } = answer(1.0 / 1.08, 1.08) else {
            panic!()
        };
        assert!((unseen - 0.08).abs() < 1e-9);
    }

    #[test]
    fn further_rounds_are_for_undecided_techniques() {
        let near = vec![1.0, 1.001, 0.999];
        let far = vec![5.0, 5.01, 4.99];
        let rough = vec![1.0, 1.2, 0.9];
        let open = |row: &[Vec<f64>]| Comparison::of(row).open();
        assert!(open(&[near.clone(), far.clone(), near.clone()]).is_empty());
        assert_eq!(open(&[near.clone(), far.clone(), rough.clone()]), [0, 2]);
        assert!(open(&[near, far]).is_empty());
        assert_eq!(
            open(&[vec![1.0], vec![2.0]]),
            [0, 1],
            "nothing is known yet"
        );
        assert_eq!(
            [0, 1, 2, 3, 4, 6, 7, 12, 13].map(next_look),
            [3, 3, 6, 6, 12, 12, 24, 24, 48]
        );
    }

    #[test]
    fn a_technique_that_left_early_is_compared_by_the_rounds_it_had() {
        let row = [
            vec![2.0, 2.02, 1.98],
            vec![1.0, 1.01, 1.0, 1.02, 1.01, 0.99],
            vec![1.0, 1.02, 1.0, 1.01, 1.0, 1.0],
        ];
        let comparison = Comparison::of(&row);
        assert_eq!(comparison.factor(0, 1).unwrap().answer(), Answer::Slower);
        assert_eq!(comparison.unbeaten(), [1, 2]);
        let no_time = Comparison::of(&[vec![1.0; 3], vec![0.0, 1.0, 1.0]]);
        assert_eq!(no_time.factor(0, 1), None);
        let one = Comparison::of(&[vec![1.0], vec![2.0]]);
        assert_eq!((one.factor(0, 1), one.unbeaten()), (None, vec![0, 1]));
    }

    #[test]
    fn all_looks_together_spend_no_more_than_the_error() {
        let looks = [3, 6, 12, 24, 48, 96, 192, 384];
        let spent: f64 = looks.map(share).iter().sum();
        assert!((0.99..=1.0).contains(&spent), "{spent}");
        assert_eq!([2, 4, 7, 13, 25].map(share), [3, 6, 12, 24, 48].map(share));
    }

    #[test]
    fn a_factor_seen_from_the_other_side_is_its_inverse() {
        let row = [vec![2.0, 2.1, 2.2], vec![1.0, 1.1, 1.0]];
        let comparison = Comparison::of(&row);
        let (there, back) = (
            comparison.factor(0, 1).unwrap(),
            comparison.factor(1, 0).unwrap(),
        );
        assert!((there.middle * back.middle - 1.0).abs() < 1e-12);
        assert!((there.low * back.high - 1.0).abs() < 1e-12);
        assert!((there.high * back.low - 1.0).abs() < 1e-12);
        assert_eq!(between(&row[0], &row[1]), Some(there));
    }

    #[test]
    fn a_single_run_at_either_time_shows_no_change() {
        assert_eq!(apart(&[1.0], &[1.0, 1.1], 1), None);
        assert_eq!(apart(&[1.0, 1.1], &[1.0], 1), None);
        assert!(apart(&[1.0, 1.1], &[1.0, 1.2], 1).is_some());
    }

    #[test]
    fn times_without_any_scatter_differ_for_sure() {
        let comparison = Comparison::of(&[vec![1.0; 3], vec![1.0; 3], vec![2.0; 3]]);
        assert_eq!(comparison.factor(0, 1).unwrap().answer(), Answer::Equal);
        assert_eq!(comparison.unbeaten(), [0, 1]);
    }

    #[test]
    fn the_error_is_one_of_twenty_by_the_tables_of_students_t() {
        // Logarithms of -0.1, 0 and 0.1: their standard deviation is a tenth.
        let times = [(-0.1_f64).exp(), 1.0, 0.1_f64.exp()];
        // Two degrees of freedom: 4.3027 for an error of 0.05.
        near(half(alone(&times)), 4.3027 * 0.1 / 3_f64.sqrt());
        // A first look has a quarter of it: 8.8602 for 0.0125.
        near(
            half(between(&times, &[1.0; 3])),
            8.8602 * 0.1 / 3_f64.sqrt(),
        );
        // Of unpaired times with as much scatter four degrees: 2.7764 for 0.05, and 4.6041 for 0.01.
        let apart = |comparisons| half(apart(&times, &times, comparisons));
        near(apart(1), 2.7764 * 0.1 * (2.0_f64 / 3.0).sqrt());
        near(apart(5), 4.6041 * 0.1 * (2.0_f64 / 3.0).sqrt());
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    /// Times of these logarithms.
    fn times<const ROUNDS: usize>(logarithms: [f64; ROUNDS]) -> Vec<f64> {
        logarithms.map(f64::exp).into()
    }

    fn half(factor: Option<Factor>) -> f64 {
        let factor = factor.unwrap();
        (factor.high / factor.low).ln() / 2.0
    }

    #[test]
    fn unpaired_times_have_the_larger_of_their_own_scatter_and_that_of_both() {
        // The variances of both means, of three rounds and of six.
        let row = |of_three: f64, of_six: f64| {
            let (three, six) = ((3.0 * of_three).sqrt(), (5.0 * of_six).sqrt());
            half(apart(
                &times([-three, 0.0, three]),
                &times([-six, six, -six, six, -six, six]),
                1,
            ))
        };
        // By Welch three degrees of freedom, for which Student's t is 3.1824.
        let (of_three, of_six) = ((2.0 + 4.8_f64.sqrt()) * 1e-4, 1e-4);
        near(row(of_three, of_six), 3.1824 * (of_three + of_six).sqrt());
        // Six degrees, 2.4469, and the three scatter less than those of both let expect.
        let (of_three, of_six) = ((2.0 - 2.4_f64.sqrt()) / 4.0 * 1e-3, 1e-3);
        let pooled = (6.0 * of_three + 30.0 * of_six) / 7.0 / 2.0;
        near(row(of_three, of_six), 2.4469 * pooled.sqrt());
    }

    #[test]
    fn a_pair_of_a_row_has_the_narrower_of_the_interval_of_its_own_and_that_of_all() {
        // Each of three pairs has a third of a quarter of the error, and each of its two intervals half of that.
        let alike = [
            times([0.1, 0.0, -0.1]),
            times([0.0, -0.1, 0.1]),
            times([-0.1, 0.1, 0.0]),
        ];
        let comparison = Comparison::of(&alike);
        // All pairs scatter alike: four degrees of freedom together, for which Student's t is 7.0957.
        near(half(comparison.factor(0, 1)), 7.0957 * 0.1);
        near(half(comparison.factor(2, 0)), 7.0957 * 0.1);
        let one_rough = [
            times([-0.001, 0.0, 0.001]),
            times([0.0; 3]),
            times([-0.1, 0.0, 0.1]),
        ];
        // Two degrees alone: 21.8747.
        let smooth = half(Comparison::of(&one_rough).factor(0, 1));
        near(smooth, 21.8747 * 0.001 / 3_f64.sqrt());
    }

    #[test]
    fn from_ten_rounds_on_a_sixth_is_trimmed_at_either_end() {
        assert_eq!([3, 6, 9, 10, 12, 18].map(trimmed), [0, 0, 0, 1, 2, 3]);
        let outliers = [
            -1.0, -0.1, 0.1, 1.0, -0.1, 0.1, -0.1, 0.1, 1.0, -0.1, 0.1, -1.0,
        ];
        // Eight are kept: seven degrees of freedom, 3.3353 for a quarter of the error. Twelve squares of 0.1 count.
        let trimmed = half(between(&times(outliers), &[1.0; 12]));
        near(trimmed, 3.3353 * (0.12_f64 / (8.0 * 7.0)).sqrt());
    }

    #[test]
    fn pairs_share_their_degrees_of_freedom_as_far_as_their_contestants_are_equally_noisy() {
        let [smooth, first, second, third] = [
            [0.0, 0.0, 0.0],
            [0.1, 0.0, -0.1],
            [0.0, -0.1, 0.1],
            [-0.1, 0.1, 0.0],
        ];
        let degrees = |row: [[f64; 3]; 3]| {
            // What slows a round down slows all of it.
            let row = row.map(|logs| [logs[0] + 1.0, logs[1] - 2.0, logs[2] + 0.5]);
            pooled_degrees(&row.each_ref().map(|logs| logs.as_slice()), 2.0)
        };
        near(degrees([first, second, third]), 4.0);
        near(degrees([smooth, smooth, smooth]), 4.0);
        near(degrees([first, smooth, smooth]), 8.0 / 3.0);
        let variance = |row: [&[f64]; 3]| pooled_variance(&row);
        near(variance([&first, &second, &third]), 0.01);
        near(variance([&first, &smooth, &smooth]), 0.02 / 6.0 * 2.0 / 3.0);
    }
}
