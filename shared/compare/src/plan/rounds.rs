//! How many timed rounds a row has.

use crate::model::experiment::{Experiment, Kind};
use crate::model::options::Size;
use crate::model::rows::{BREAK_EVEN_ROUNDS, Family, Row, Sweep};
use crate::model::technique::{Contestant, Runner};

/// A workload has so many rounds at most, unless others were asked for.
pub const MOST: usize = 24;

/// So many rounds of everything come first, unless others were asked for.
const USUAL: usize = 3;

/// How many timed rounds this runner has in a row at first: as many of the workloads as were asked for, fewer of most probes.
/// A break-even needs one more than probes have by default.
pub fn first(row: &Experiment, runner: Runner, asked: Option<usize>, size: Size) -> usize {
    if matches!(row.kind, Kind::Waiting | Kind::Computing) {
        return asked.unwrap_or_else(|| of_workload(row, runner, size));
    }
    let asked = asked.unwrap_or(USUAL);
    let rounds = asked.min(most_of_probe(row.name, size));
    let break_even = matches!(
        row.name,
        Row::At(
            Sweep::WhenUnit | Sweep::WhenAsleep | Sweep::WhenBlocking | Sweep::WhenOffloaded,
            _
        )
    );
    match break_even && asked + 1 >= BREAK_EVEN_ROUNDS {
        true => rounds.max(BREAK_EVEN_ROUNDS),
        false => rounds,
    }
}

/// How many rounds all of a row have if there is time, decided or not: those of a short row cost little, and make its intervals
/// narrow.
pub fn further(row: &Experiment) -> usize {
    if short(row) { 8 } else { 0 }
}

fn short(row: &Experiment) -> bool {
    row.conditions.expected <= 1.0
}

/// The time of a run goes where it tells most: what takes a tenth of a second varies by some hundredths, and costs little to
/// repeat; one wait after another takes seconds, and varies by a thousandth, and its rounds are better spent on those that wait at
/// once, of which it is to be seen whether they are equal.
fn of_workload(row: &Experiment, runner: Runner, size: Size) -> usize {
    match size {
        Size::Usual if short(row) => USUAL + 2,
        Size::Usual if row.kind == Kind::Waiting => match runner == Contestant::Sequential {
            true => USUAL - 1,
            false => USUAL + 1,
        },
        _ => USUAL,
    }
}

/// How many timed rounds a probe has at most. Sweeps and probes vary little: their time is better spent on the
/// workloads. Least is spent on a single point of those that a law is fitted to, and of servers under load, which run for long.
fn most_of_probe(name: Row, size: Size) -> usize {
    if let Row::At(Sweep::WhenComputing | Sweep::WhenWaiting, _) = name {
        return size.pick(2, 2, 5);
    }
    match name.family() {
        Some(Family::When) => size.pick(2, 3, 5),
        Some(Family::Serve) if name != Row::ServeRate => size.pick(1, 1, 3),
        Some(Family::Message | Family::Switch) => size.pick(1, 2, 5),
        Some(
            Family::Ticker
            | Family::Blocking
            | Family::Crash
            | Family::Pingpong
            | Family::Race
            | Family::Start
            | Family::Serve
            | Family::Tasks,
        ) => size.pick(1, 3, 5),
        _ => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Contestant::{Sequential, Threading};

    #[test]
    fn a_short_workload_has_two_rounds_more_unless_so_many_were_asked_for() {
        let rounds = |expected, asked, size| {
            let row = Experiment::new(Row::Work, Kind::Computing).expected(expected);
            first(&row, Threading.into(), asked, size)
        };
        assert_eq!(rounds(1.0, None, Size::Usual), 5);
        assert_eq!(rounds(1.1, None, Size::Usual), 3);
        for asked in [1, 9] {
            assert_eq!(rounds(1.0, Some(asked), Size::Usual), asked);
            assert_eq!(rounds(1.1, Some(asked), Size::Usual), asked);
        }
        assert_eq!(rounds(0.1, None, Size::Quick), 3);
        assert_eq!(rounds(5.0, None, Size::Full), 3);
    }

    #[test]
    fn waits_that_take_seconds_have_a_round_more_and_those_one_after_another_a_round_less() {
        let rounds = |kind, runner: Runner, expected, asked| {
            let row = Experiment::new(Row::Work, kind).expected(expected);
            first(&row, runner, asked, Size::Usual)
        };
        let long = |runner| rounds(Kind::Waiting, runner, 1.1, None);
        assert_eq!([Sequential, Threading].map(|it| long(it.into())), [2, 4]);
        assert_eq!(rounds(Kind::Waiting, Sequential.into(), 1.0, None), 5);
        assert_eq!(rounds(Kind::Waiting, Sequential.into(), 1.1, Some(5)), 5);
        assert_eq!(rounds(Kind::Computing, Sequential.into(), 1.1, None), 3);
    }

    #[test]
    fn a_break_even_has_a_round_more_than_other_probes() {
        let probe = |sweep, asked, size| {
            let row = Experiment::probe(Row::At(sweep, 10));
            first(&row, Threading.into(), asked, size)
        };
        let usual = |asked| probe(Sweep::WhenUnit, asked, Size::Usual);
        let asked = [Some(1), Some(2), None, Some(3), Some(4), Some(9)];
        assert_eq!(asked.map(usual), [1, 2, 4, 4, 4, 4]);
        assert_eq!(probe(Sweep::WhenUnit, Some(2), Size::Quick), 2);
        assert_eq!(probe(Sweep::WhenUnit, Some(9), Size::Full), 5);
        assert_eq!(probe(Sweep::WhenComputing, Some(3), Size::Usual), 2);
    }
}
