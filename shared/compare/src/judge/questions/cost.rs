//! What one more unit costs, and how that is compared.

use crate::model::experiment::NotMeasured;
use crate::model::quantity::times;
use crate::model::technique::Contestant::{self, *};

/// What one more costs, where more were seen to cost more.
pub fn slope((x, y): (f64, f64), (more_x, more_y): (f64, f64)) -> Option<f64> {
    (more_x > x && more_y > y).then(|| (more_y - y) / (more_x - x))
}

/// `this` in multiples of what a thread or a call costs, unless it is one.
pub fn compared(unit: &str, this: f64, one: Result<&f64, &NotMeasured>, who: Contestant) -> String {
    match one {
        Ok(one) if *one > 0.0 && !(unit == "thread" && who == Threading) => {
            format!("{} a {unit}", times(this / one))
        }
        _ => String::new(),
    }
}
