//! What one more unit costs, and how that is compared.

use crate::model::quantity::times;
use crate::model::technique::Contestant::{self, *};

/// What one more costs, where more were seen to cost more.
pub fn slope((x, y): (f64, f64), (more_x, more_y): (f64, f64)) -> Option<f64> {
    (more_x > x && more_y > y).then(|| (more_y - y) / (more_x - x))
}

/// `cost` in multiples of what a thread or a call costs, unless it is one.
pub fn compared(unit: &str, cost: f64, one: Option<f64>, who: Contestant) -> String {
    match one {
        Some(one) if one > 0.0 && !(unit == "thread" && who == Threading) => {
            format!("{} a {unit}", times(cost / one))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_has_a_price_where_more_cost_more() {
        assert_eq!(slope((1.0, 1.0), (11.0, 6.0)), Some(0.5));
        for more in [(0.0, 6.0), (1.0, 6.0), (11.0, 0.0), (11.0, 1.0)] {
            assert_eq!(slope((1.0, 1.0), more), None, "{more:?}");
        }
    }

    #[test]
    fn a_thread_is_not_compared_with_itself_and_nothing_with_zero() {
        let said = |unit, one: f64, who| compared(unit, 2.0, Some(one), who);
        assert_eq!(said("thread", 0.5, Asyncio), "4.00x a thread");
        assert_eq!(said("call", 0.5, Threading), "4.00x a call");
        assert_eq!(said("thread", 0.5, Threading), "");
        assert_eq!(said("thread", 0.0, Asyncio), "");
        let unknown = compared("thread", 2.0, None, Asyncio);
        assert_eq!(unknown, "");
    }
}
