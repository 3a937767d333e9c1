//! From where on does one technique cost less than another? Each round has an answer of its own, and the range holds them all.

use crate::model::experiment::NotMeasured;
use crate::model::quantity::{count, digit_above, digit_below, one_digit, seconds};
use crate::model::rows::BREAK_EVEN_ROUNDS;
use crate::model::stats::MEANINGFUL;

/// What two techniques cost at one size, round by round.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The size.
    pub at: f64,
    /// Costs of the technique in question.
    pub technique: Vec<f64>,
    /// Costs of the other technique, with which it is compared.
    pub other: Vec<f64>,
}

/// From where on one technique costs less than another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BreakEven {
    /// From a size between these on.
    Between(f64, f64),
    /// From this size on at the latest, perhaps at every size.
    AtMost(f64),
    /// At no size below this, and perhaps at none that was tried.
    AtLeast(f64),
    /// At every size tried, of which this was the smallest.
    Everywhere(f64),
    /// Not even at the largest size tried, which was this.
    Nowhere(f64),
}

/// Between which sizes the technique in question begins to pay for good.
///
/// The range holds the answers of all rounds. With fewer rounds than [`BREAK_EVEN_ROUNDS`] it goes on to the next sizes that were
/// tried.
///
/// # Errors
///
/// If there are fewer than two points, or if it was everywhere in one round and nowhere in another.
pub fn break_even(points: &[Point]) -> Result<BreakEven, NotMeasured> {
    let undecided = |reason: &str| NotMeasured::Undecided(reason.to_owned());
    let rounds = points
        .iter()
        .map(|point| point.technique.len().min(point.other.len()));
    let rounds = rounds.min().unwrap_or(0);
    let (Some(first), Some(last), true) = (points.first(), points.last(), points.len() > 1) else {
        return Err(undecided("too few sizes were tried"));
    };
    if rounds == 0 {
        return Err(NotMeasured::NoRun);
    }
    let begins: Vec<_> = (0..rounds).map(|round| begin(points, round)).collect();
    let low = begins.iter().copied().fold(f64::INFINITY, f64::min);
    let high = begins.iter().copied().fold(0.0, f64::max);
    let sizes = || points.iter().map(|point| point.at);
    let (low, high) = match rounds < BREAK_EVEN_ROUNDS {
        true => (
            sizes().rfind(|size| *size < low).unwrap_or(0.0),
            sizes().find(|size| *size > high).unwrap_or(f64::INFINITY),
        ),
        false => (low, high),
    };
    match () {
        () if high == 0.0 => Ok(BreakEven::Everywhere(first.at)),
        () if low.is_infinite() => Ok(BreakEven::Nowhere(last.at)),
        () if low == 0.0 && high.is_infinite() => {
            Err(undecided("it differed between rounds from none to all"))
        }
        () if low == 0.0 => Ok(BreakEven::AtMost(high)),
        () if high.is_infinite() => Ok(BreakEven::AtLeast(low)),
        () => Ok(BreakEven::Between(low, high)),
    }
}

/// From which size on it pays in a round: 0 if everywhere, infinite if nowhere.
///
/// It is the place that the fewest sizes contradict, the last of these, so that a single stroke of luck does not move it. Between
/// two sizes the difference is taken to shrink evenly, as it does where a fixed price is earned back by each unit.
fn begin(points: &[Point], round: usize) -> f64 {
    let pays = |point: &Point| point.technique[round] < (1.0 - MEANINGFUL) * point.other[round];
    let contradictions = |place: usize| {
        let (before, after) = points.split_at(place);
        before.iter().filter(|point| pays(point)).count()
            + after.iter().filter(|point| !pays(point)).count()
    };
    let places = (0..=points.len()).rev();
    let place = places.min_by_key(|place| contradictions(*place));
    let place = place.unwrap_or(points.len());
    let (Some(above), Some(below)) = (
        points.get(place),
        place.checked_sub(1).map(|place| &points[place]),
    ) else {
        return if place == 0 { 0.0 } else { f64::INFINITY };
    };
    let dearer = |point: &Point| point.technique[round] - point.other[round];
    let share = dearer(below) / (dearer(below) - dearer(above));
    // A point that costs a trifle less does not pay yet: then it is the break-even itself.
    below.at + share.clamp(0.0, 1.0) * (above.at - below.at)
}

/// A break-even in words, after what begins there: `from about 20 to 70 on`. Its ends have one digit each, and are no nearer than
/// they are known.
pub fn from_where(found: BreakEven, noun: &str, written: fn(f64) -> String) -> String {
    match found {
        BreakEven::Between(low, high) if one_digit(low) == one_digit(high) => {
            format!("from about {} on", written(one_digit(low)))
        }
        BreakEven::Between(low, high) => format!(
            "from about {} to {} on",
            written(digit_below(low)).replace(" units", ""),
            written(digit_above(high))
        ),
        BreakEven::AtMost(high) => {
            format!("from about {} on at the latest", written(digit_above(high)))
        }
        BreakEven::AtLeast(low) => format!(
            "only from about {} on, if at any {noun} that was tried",
            written(digit_below(low))
        ),
        BreakEven::Everywhere(least) => format!(
            "at every {noun} that was tried, down to {}",
            written(one_digit(least)).replace(" units", "")
        ),
        BreakEven::Nowhere(most) => format!(
            "at no {noun} that was tried, up to {}",
            written(one_digit(most)).replace(" units", "")
        ),
    }
}

pub fn units_of(number: f64) -> String {
    format!("{} units", count(number as u64))
}

/// A duration without zeros at its end: `20 µs`.
pub fn about(duration: f64) -> String {
    let written = seconds(duration);
    let (number, unit) = written.split_once(' ').unwrap_or((&written, ""));
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [f64; 4] = [1.0, 10.0, 100.0, 1000.0];

    /// Points at which the technique in question and the other cost so much, in each of four rounds.
    fn points(technique: impl Fn(f64) -> f64, other: impl Fn(f64) -> f64) -> Vec<Point> {
        SIZES
            .map(|at| Point {
                at,
                technique: vec![technique(at); BREAK_EVEN_ROUNDS],
                other: vec![other(at); BREAK_EVEN_ROUNDS],
            })
            .into()
    }

    #[test]
    fn a_fixed_price_pays_from_where_it_is_earned_back() {
        // 50 + x/2 against x: even at 100, which does not pay yet.
        let found = break_even(&points(|x| 50.0 + x / 2.0, |x| x)).unwrap();
        assert_eq!(found, BreakEven::Between(100.0, 100.0));
        // 20 + x/2 against x: even at 40, found between 10 and 100.
        let found = break_even(&points(|x| 20.0 + x / 2.0, |x| x)).unwrap();
        assert_eq!(found, BreakEven::Between(40.0, 40.0));
    }

    #[test]
    fn a_technique_that_always_or_never_pays_has_no_break_even() {
        let always = break_even(&points(|x| x / 2.0, |x| x));
        assert_eq!(always, Ok(BreakEven::Everywhere(1.0)));
        let never = break_even(&points(|x| x, |x| x));
        assert_eq!(never, Ok(BreakEven::Nowhere(1000.0)));
    }

    #[test]
    fn a_stroke_of_luck_or_of_bad_luck_is_no_break_even() {
        let mut early = points(|x| 50.0 + x / 2.0, |x| x);
        early[0].technique = vec![0.1; BREAK_EVEN_ROUNDS];
        assert_eq!(break_even(&early), Ok(BreakEven::Between(100.0, 100.0)));
        let mut late = points(|x| 2.0 + x / 2.0, |x| x);
        late[3].technique[1] = 2000.0;
        assert_eq!(break_even(&late), Ok(BreakEven::Between(4.0, 4.0)));
    }

    #[test]
    fn the_range_holds_the_answers_of_all_rounds() {
        let mut points = points(|x| 20.0 + x / 2.0, |x| x);
        for (point, size) in points.iter_mut().zip(SIZES) {
            point.technique[2] = 30.0 + size / 2.0;
        }
        assert_eq!(break_even(&points), Ok(BreakEven::Between(40.0, 60.0)));
        for point in &mut points {
            point.technique[3] = 2.0 * point.other[3];
        }
        assert_eq!(break_even(&points), Ok(BreakEven::AtLeast(40.0)));
        for point in &mut points {
            point.technique[3] = 0.5 * point.other[3];
        }
        assert_eq!(break_even(&points), Ok(BreakEven::AtMost(60.0)));
        for point in &mut points {
            point.technique[2] = 2.0 * point.other[2];
        }
        assert!(break_even(&points).is_err(), "from none to all");
    }

    #[test]
    fn few_rounds_make_the_range_as_wide_as_the_sizes_around_it() {
        let mut points = points(|x| 20.0 + x / 2.0, |x| x);
        for point in &mut points {
            point.technique.truncate(BREAK_EVEN_ROUNDS - 1);
        }
        assert_eq!(break_even(&points), Ok(BreakEven::Between(10.0, 100.0)));
        // Even at a size that was tried: the sizes around it are others.
        for point in &mut points {
            point.technique = vec![50.0 + point.at / 2.0; 2];
        }
        assert_eq!(break_even(&points), Ok(BreakEven::Between(10.0, 1000.0)));
        for point in &mut points {
            point.technique = vec![0.5 * point.other[0]; 2];
        }
        assert_eq!(break_even(&points), Ok(BreakEven::AtMost(1.0)));
        for point in &mut points {
            point.technique = vec![2.0 * point.other[0]; 2];
        }
        assert_eq!(break_even(&points), Ok(BreakEven::AtLeast(1000.0)));
    }

    #[test]
    fn one_point_or_no_round_is_too_few() {
        assert!(break_even(&points(|x| x, |x| x)[..1]).is_err());
        assert!(break_even(&[]).is_err());
        let mut unfinished = points(|x| x, |x| x);
        unfinished[2].technique.clear();
        assert_eq!(break_even(&unfinished), Err(NotMeasured::NoRun));
    }

    #[test]
    fn a_hundredth_less_does_not_pay_yet_and_more_does() {
        let last = |technique| {
            let point = |at, technique| Point {
                at,
                technique: vec![technique; BREAK_EVEN_ROUNDS],
                other: vec![100.0; BREAK_EVEN_ROUNDS],
            };
            break_even(&[point(1.0, 200.0), point(10.0, technique)]).unwrap()
        };
        assert_eq!(last(99.1), BreakEven::Nowhere(10.0));
        assert_eq!(last(99.0), BreakEven::Nowhere(10.0));
        assert!(matches!(last(98.9), BreakEven::Between(..)));
    }

    /// How a run's time differs from the usual one.
    #[derive(Clone, Copy, Debug)]
    enum Noise {
        /// By a twentieth, as often up as down.
        Even,
        /// Never sooner, and often a quarter later.
        Late,
        /// By a fiftieth, but one run in ten takes thrice as long.
        Outliers,
        /// By a third where units are small, by a hundredth where they are large.
        Small,
    }

    fn factor(dice: &mut fastrand::Rng, noise: Noise, size: f64) -> f64 {
        // The sum of twelve even chances is close to normal.
        let mut normal = || (0..12).map(|_| dice.f64()).sum::<f64>() - 6.0;
        let share = match noise {
            Noise::Even => 0.05 * normal(),
            Noise::Late => 0.25 * normal().abs(),
            Noise::Outliers => 0.02 * normal(),
            Noise::Small => 0.33 / size.sqrt() * normal() + 0.01 * normal(),
        };
        let late = matches!(noise, Noise::Outliers) && dice.f64() < 0.1;
        share.exp() * if late { 3.0 } else { 1.0 }
    }

    /// The range that a run of so many rounds finds, where starting costs so much and each unit is done in half of its time.
    fn run(dice: &mut fastrand::Rng, noise: Noise, start: f64, rounds: usize) -> (f64, f64) {
        let sizes = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0];
        let points = sizes.map(|at| {
            let mut costs = |cost: f64| {
                let runs = (0..rounds).map(|_| cost * factor(dice, noise, at));
                runs.collect::<Vec<_>>()
            };
            Point {
                at,
                technique: costs(start + at / 2.0),
                other: costs(at),
            }
        });
        match break_even(&points) {
            Ok(BreakEven::Between(low, high)) => (low, high),
            Ok(BreakEven::AtMost(high)) => (0.0, high),
            Ok(BreakEven::AtLeast(low)) => (low, f64::INFINITY),
            Ok(BreakEven::Everywhere(_)) => (0.0, 0.0),
            Ok(BreakEven::Nowhere(_)) => (f64::INFINITY, f64::INFINITY),
            Err(_) => (0.0, f64::INFINITY),
        }
    }

    #[test]
    fn the_ranges_of_two_runs_of_one_truth_meet_in_nineteen_cases_of_twenty() {
        const RUNS: usize = 500;
        let mut dice = fastrand::Rng::with_seed(14);
        for noise in [Noise::Even, Noise::Late, Noise::Outliers, Noise::Small] {
            for start in [0.3, 20.0, 450.0] {
                for rounds in [2, 3, 4] {
                    let meet = (0..RUNS).filter(|_| {
                        let [one, other] = [0, 1].map(|_| run(&mut dice, noise, start, rounds));
                        one.0 <= other.1 && other.0 <= one.1
                    });
                    let share = meet.count() as f64 / RUNS as f64;
                    assert!(share >= 0.95, "{noise:?} {start} {rounds}: {share}");
                }
            }
        }
    }

    #[test]
    fn the_range_holds_the_truth_and_is_no_wider_than_the_noise() {
        let mut dice = fastrand::Rng::with_seed(15);
        for (start, truth) in [(8.0, 16.0), (20.0, 40.0), (120.0, 240.0)] {
            let ranges: Vec<_> = (0..500)
                .map(|_| run(&mut dice, Noise::Even, start, BREAK_EVEN_ROUNDS))
                .collect();
            let holds = ranges
                .iter()
                .filter(|(low, high)| (*low..=*high).contains(&truth));
            assert!(holds.count() > 400, "{start}");
            let narrow = ranges.iter().filter(|(low, high)| high / low < 3.0);
            assert!(narrow.count() > 450, "{start}");
        }
    }

    #[test]
    fn a_break_even_is_a_range_of_one_digit_each_or_one_digit() {
        for (found, words) in [
            (
                BreakEven::Between(22.0, 67.0),
                "from about 20 to 70 units on",
            ),
            (BreakEven::Between(26.0, 34.0), "from about 30 units on"),
            (
                BreakEven::Between(20.0, 70.0),
                "from about 20 to 70 units on",
            ),
            (
                BreakEven::AtMost(67.0),
                "from about 70 units on at the latest",
            ),
            (
                BreakEven::AtLeast(22.0),
                "only from about 20 units on, if at any size that was tried",
            ),
            (
                BreakEven::Everywhere(1.0),
                "at every size that was tried, down to 1",
            ),
            (
                BreakEven::Nowhere(1000.0),
                "at no size that was tried, up to 1,000",
            ),
        ] {
            assert_eq!(from_where(found, "size", units_of), words);
        }
        assert_eq!(
            [3e-5, 3.1e-5].map(|size| about(digit_above(size))),
            ["30 µs", "40 µs"]
        );
    }

    #[test]
    fn a_duration_of_one_digit_has_no_zeros_behind_it() {
        let said = [20e-6, 200e-6, 0.0, 2e-3].map(about);
        assert_eq!(said, ["20 µs", "200 µs", "0 ns", "2 ms"]);
    }
}
