//! From how many of a reader's items on a technique takes less time than one item after another.

use crate::model::own::{Length, Own};
use crate::model::quantity::{count, one_digit};
use crate::model::stats::MEANINGFUL;
use crate::model::technique::Contestant::{self, Sequential};

/// Below how many items the winner is not worth it.
pub fn break_even(own: &Own, winner: Contestant) -> Option<String> {
    if winner == Sequential {
        return None;
    }
    match least_items(&own.lengths)? {
        Least::Of(items) if items > 2 => Some(format!(
            "Below about {} items stay sequential.",
            count(one_digit(items as f64) as u64)
        )),
        Least::Of(_) => Some("It pays from the second item on.".to_owned()),
        Least::More(items) => Some(format!(
            "With {} items it does not pay yet.",
            count(items as u64)
        )),
    }
}

#[derive(Debug, PartialEq)]
enum Least {
    Of(usize),
    More(usize),
}

/// The fewest items of those tried from which on the technique is faster, for good.
fn least_items(lengths: &[Length]) -> Option<Least> {
    let pays = |length: &Length| length.technique < (1.0 - MEANINGFUL) * length.sequential;
    let last = lengths.last()?;
    Some(match lengths.iter().rposition(|length| !pays(length)) {
        None => Least::Of(lengths[0].items),
        Some(place) => match lengths.get(place + 1) {
            None => Least::More(last.items),
            Some(above) => {
                let below = lengths[place];
                let dearer = |length: &Length| length.technique - length.sequential;
                let share = dearer(&below) / (dearer(&below) - dearer(above));
                let (from, to) = (below.items as f64, above.items as f64);
                Least::Of((from + share.clamp(0.0, 1.0) * (to - from)).ceil() as usize)
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::length;

    #[test]
    fn the_break_even_lies_where_the_start_is_earned_back() {
        // 10 + n/2 against n: even at 20.
        let lengths: Vec<_> = [1, 2, 4, 8, 16, 32]
            .map(|n| length(n, n as f64, 10.0 + n as f64 / 2.0))
            .into();
        assert_eq!(least_items(&lengths), Some(Least::Of(20)));
        assert_eq!(least_items(&lengths[..5]), Some(Least::More(16)));
        let at_once = [length(1, 1.0, 0.5), length(2, 2.0, 1.0)];
        assert_eq!(least_items(&at_once), Some(Least::Of(1)));
        assert_eq!(least_items(&[]), None);
    }

    #[test]
    fn a_technique_that_takes_a_hundredth_less_does_not_pay_yet() {
        let last = |technique| {
            let lengths = [length(1, 100.0, 200.0), length(10, 100.0, technique)];
            least_items(&lengths).unwrap()
        };
        assert_eq!(last(99.1), Least::More(10));
        assert_eq!(last(99.0), Least::More(10));
        assert!(matches!(last(98.9), Least::Of(_)));
    }

    #[test]
    fn the_break_even_lies_between_the_two_lengths_that_enclose_it() {
        let between = |below, above| {
            let lengths = [length(10, 100.0, below), length(1010, 100.0, above)];
            least_items(&lengths)
        };
        // A gain of less than a hundredth is none, and the break-even not before it.
        assert_eq!(between(99.5, 50.0), Some(Least::Of(10)));
        assert_eq!(between(150.0, 50.0), Some(Least::Of(510)));
        assert_eq!(between(198.0, 98.0), Some(Least::Of(990)));
    }
}
