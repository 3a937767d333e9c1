//! From where on does one way cost less than another?

use crate::model::experiment::NotMeasured;
use crate::model::stats::MEANINGFUL;

/// What the two ways cost at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The size.
    pub at: f64,
    /// What the way in question costs.
    pub this: f64,
    /// What it is measured against.
    pub that: f64,
}

impl Point {
    /// Whether the way in question costs meaningfully less.
    fn pays(&self) -> bool {
        self.this < (1.0 - MEANINGFUL) * self.that
    }

    /// By how much it is dearer: 0 where both cost the same.
    fn dearer(&self) -> f64 {
        self.this - self.that
    }
}

/// From where on one way costs less than another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BreakEven {
    /// Above this size.
    Above(f64),
    /// At every size tried, of which this was the smallest.
    Everywhere(f64),
    /// Not even at the largest size tried, which was this.
    Nowhere(f64),
}

/// Where the way in question begins to pay for good: between the largest size at which it does not and the next. There
/// the difference is taken to shrink evenly, as it does where a fixed price is earned back by each unit.
///
/// # Errors
///
/// If there are fewer than two points.
pub fn break_even(points: &[Point]) -> Result<BreakEven, NotMeasured> {
    let (Some(first), Some(last), true) = (points.first(), points.last(), points.len() > 1) else {
        return Err(NotMeasured::Undecided(
            "too few sizes were tried".to_owned(),
        ));
    };
    let Some(below) = points.iter().rposition(|point| !point.pays()) else {
        return Ok(BreakEven::Everywhere(first.at));
    };
    let Some(above) = points.get(below + 1) else {
        return Ok(BreakEven::Nowhere(last.at));
    };
    let below = &points[below];
    let share = below.dearer() / (below.dearer() - above.dearer());
    // A point that costs a trifle less does not pay yet: then it is the break-even itself.
    let size = below.at + share.clamp(0.0, 1.0) * (above.at - below.at);
    Ok(BreakEven::Above(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points at which the way in question costs `this` and the other `that`.
    fn points(this: impl Fn(f64) -> f64, that: impl Fn(f64) -> f64) -> Vec<Point> {
        let sizes = [1.0, 10.0, 100.0, 1000.0];
        sizes
            .map(|at| Point {
                at,
                this: this(at),
                that: that(at),
            })
            .into()
    }

    #[test]
    fn a_fixed_price_pays_from_where_it_is_earned_back() {
        // 50 + x/2 against x: even at 100, which does not pay yet.
        let found = break_even(&points(|x| 50.0 + x / 2.0, |x| x)).unwrap();
        assert_eq!(found, BreakEven::Above(100.0));
        // 20 + x/2 against x: even at 40, found between 10 and 100.
        let found = break_even(&points(|x| 20.0 + x / 2.0, |x| x)).unwrap();
        assert_eq!(found, BreakEven::Above(40.0));
    }

    #[test]
    fn what_always_or_never_pays_has_no_break_even() {
        let always = break_even(&points(|x| x / 2.0, |x| x));
        assert_eq!(always, Ok(BreakEven::Everywhere(1.0)));
        let never = break_even(&points(|x| x, |x| x));
        assert_eq!(never, Ok(BreakEven::Nowhere(1000.0)));
    }

    #[test]
    fn an_early_stroke_of_luck_is_no_break_even() {
        let mut points = points(|x| 50.0 + x / 2.0, |x| x);
        points[0].this = 0.1;
        assert_eq!(break_even(&points), Ok(BreakEven::Above(100.0)));
    }

    #[test]
    fn one_point_is_too_few() {
        assert!(break_even(&points(|x| x, |x| x)[..1]).is_err());
        assert!(break_even(&[]).is_err());
    }

    #[test]
    fn a_hundredth_less_does_not_pay_yet_and_more_does() {
        let last = |this| {
            let point = |at, this| Point {
                at,
                this,
                that: 100.0,
            };
            break_even(&[point(1.0, 200.0), point(10.0, this)]).unwrap()
        };
        assert_eq!(last(99.1), BreakEven::Nowhere(10.0));
        assert_eq!(last(99.0), BreakEven::Nowhere(10.0));
        assert!(matches!(last(98.9), BreakEven::Above(_)));
    }
}
