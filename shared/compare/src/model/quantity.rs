//! How quantities are written: three digits that mean something, and a unit that suits them.

/// A duration, from nanoseconds to minutes.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 1.0 => format!("{} s", three_digits(s)),
        s if s >= 1e-3 => format!("{} ms", three_digits(s * 1e3)),
        s if s >= 1e-6 => format!("{} µs", three_digits(s * 1e6)),
        s => format!("{} ns", three_digits(s * 1e9)),
    }
}

/// An amount of memory in bytes, from bytes to GiB.
pub fn bytes(bytes: f64) -> String {
    const KIB: f64 = 1024.0;
    match bytes {
        b if b >= KIB * KIB * KIB => format!("{} GiB", three_digits(b / KIB / KIB / KIB)),
        b if b >= KIB * KIB => format!("{} MiB", three_digits(b / KIB / KIB)),
        b if b >= KIB => format!("{} KiB", three_digits(b / KIB)),
        b => format!("{b:.0} B"),
    }
}

/// A count, with its thousands set apart.
pub fn count(count: u64) -> String {
    shared::cli::with_commas(count)
}

/// Cores of a machine: `1 core`, `2 cores`.
pub fn cores(cores: u64) -> String {
    shared::cli::count(cores, "core")
}

/// A count to two digits, which are easier to remember and no less exact than what is counted.
pub fn two_digits(number: f64) -> u64 {
    if number < 1.0 {
        return 0;
    }
    let digit = 10_f64.powf(number.log10().floor() - 1.0).max(1.0);
    ((number / digit).round() * digit) as u64
}

/// A number to one digit: repeated runs agree on no more of many.
pub fn one_digit(number: f64) -> f64 {
    to_a_digit(number, f64::round)
}

/// The largest number of one digit that is no larger.
pub fn digit_below(number: f64) -> f64 {
    to_a_digit(number, f64::floor)
}

/// The smallest number of one digit that is no smaller.
pub fn digit_above(number: f64) -> f64 {
    to_a_digit(number, f64::ceil)
}

fn to_a_digit(number: f64, rounded: fn(f64) -> f64) -> f64 {
    if number <= 0.0 {
        return number;
    }
    let digit = 10_f64.powf(number.log10().floor());
    // A number of one digit is itself, though its quotient may not be quite whole.
    let digits = number / digit;
    let whole = digits.round();
    let near = (digits - whole).abs() < 1e-9;
    if near {
        whole * digit
    } else {
        rounded(digits) * digit
    }
}

/// How many times more: `1.97x`.
pub fn times(factor: f64) -> String {
    format!("{}x", three_digits(factor))
}

/// How much more, or less: `+0.7%`.
pub fn more(share: f64) -> String {
    let percent = 100.0 * share;
    match percent.abs() {
        p if p < 9.95 => format!("{percent:+.1}%"),
        _ => format!("{percent:+.0}%"),
    }
}

/// A share of one: `4.2%`.
pub fn percent(share: f64) -> String {
    more(share.abs()).trim_start_matches('+').to_owned()
}

/// A spread around a number: `±0.4%`; `±?` for none at all, which is that of a single sample, and for one around zero, of which
/// nothing is a share.
pub fn give_or_take(share: f64) -> String {
    if share == 0.0 || !share.is_finite() {
        return "±?".to_owned();
    }
    format!("±{}", percent(share))
}

/// Seconds for a column of them: `0.454`, `25.01`.
pub fn plain_seconds(seconds: f64) -> String {
    let decimals = match seconds {
        s if s < 9.9995 => 3,
        s if s < 99.995 => 2,
        _ => 1,
    };
    format!("{seconds:.decimals$}")
}

/// A number in plain digits, three of them if it is below a thousand.
fn three_digits(number: f64) -> String {
    match number.abs() {
        n if n >= 99.95 => format!("{number:.0}"),
        n if n >= 9.995 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_three_digits_and_a_fitting_unit() {
        for (written, expected) in [
            (seconds(9.0), "9.00 s"),
            (seconds(0.4532), "453 ms"),
            (seconds(9.1e-6), "9.10 µs"),
            (seconds(2e-9), "2.00 ns"),
            (seconds(123.4), "123 s"),
            (bytes(512.0), "512 B"),
            (bytes(9.0 * 1024.0), "9.00 KiB"),
            (bytes(163.0 * 1048576.0), "163 MiB"),
            (bytes(2.0 * 1073741824.0), "2.00 GiB"),
            (count(1_000_000), "1,000,000"),
            (count(7), "7"),
            (times(1.968), "1.97x"),
            (more(0.0072), "+0.7%"),
            (more(1.786), "+179%"),
            (more(-0.03), "-3.0%"),
            (percent(0.042), "4.2%"),
            (give_or_take(0.004), "±0.4%"),
            (give_or_take(0.0), "±?"),
            (give_or_take(f64::NAN), "±?"),
            (plain_seconds(0.4537), "0.454"),
            (plain_seconds(25.014), "25.01"),
            (plain_seconds(123.46), "123.5"),
        ] {
            assert_eq!(written, expected);
        }
    }

    #[test]
    fn one_digit_is_the_nearest_or_the_next_to_either_side() {
        assert_eq!([46.0, 96.0, 0.0].map(one_digit), [50.0, 100.0, 0.0]);
        assert_eq!([46.0, 40.0, 1200.0].map(digit_above), [50.0, 40.0, 2000.0]);
        assert_eq!([46.0, 40.0, 1200.0].map(digit_below), [40.0, 40.0, 1000.0]);
    }

    #[test]
    fn a_number_of_one_digit_is_itself_from_either_side() {
        for number in [3e-9, 7e-6, 3e-5, 6e-4, 0.3, 0.7, 6.0, 3e5] {
            for rounded in [digit_below(number), one_digit(number), digit_above(number)] {
                assert!((rounded / number - 1.0).abs() < 1e-12, "{number} {rounded}");
            }
        }
    }

    #[test]
    fn two_digits_are_kept_of_a_count() {
        let counts = [0.4, 0.9, 1.0, 7.4, 99.6, 12_345.0, 16_382.5].map(two_digits);
        assert_eq!(counts, [0, 0, 1, 7, 100, 12_000, 16_000]);
    }
}
