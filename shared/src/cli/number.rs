//! Numbers in sentences.

use std::fmt::Display;

/// So many of them: "1 page", "2,000 pages".
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", with_commas(number))
}

/// A number with a comma before every three digits: "2,000".
pub fn with_commas(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(with_commas(7), "7");
        assert_eq!(with_commas(853_680), "853,680");
        assert_eq!(with_commas(1_000_000), "1,000,000");
        assert_eq!(count(1000, "page"), "1,000 pages");
        assert_eq!(count(1, "page"), "1 page");
    }
}
