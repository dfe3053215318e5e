//! Numbers with units, as people write them: "1.5 GiB", "2d 12h". It knows no unit.

/// A number as it was written, without loss: `digits / 10^decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    digits: u128,
    decimals: u32,
}

impl Number {
    /// So many times `unit`, rounded down; `None` for what no `u128` holds.
    pub(super) fn times(self, unit: u128) -> Option<u128> {
        Some(self.digits.checked_mul(unit)? / 10_u128.checked_pow(self.decimals)?)
    }
}

/// A number and the unit after it, which may be empty, at the start of `text`; then what follows.
pub(super) fn split(text: &str) -> Option<(Number, &str, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '_')).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    Some((parse(number)?, unit, rest))
}

/// Digits with at most one point among them, and underscores as in Rust's own numbers.
fn parse(number: &str) -> Option<Number> {
    let starts_right = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if starts_right(fraction) => (whole, fraction),
        Some(_) => return None,
        None => (number, ""),
    };
    if !starts_right(whole) {
        return None;
    }
    let fraction = fraction.replace('_', "");
    let digits = format!("{}{fraction}", whole.replace('_', ""));
    // A second point is no digit.
    let digits = digits.parse().ok()?;
    Some(Number { digits, decimals: u32::try_from(fraction.len()).ok()? })
}

/// `value` in units of `unit`, with at most one decimal, rounded to the nearest.
pub(super) fn in_units(value: u128, unit: u128) -> String {
    let tenths = (value * 10 + unit / 2) / unit;
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        tenth => format!("{}.{tenth}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Option<u128>, &str, &str)> {
        split(text).map(|(number, unit, rest)| (number.times(1000), unit, rest))
    }

    #[test]
    fn numbers_are_taken_as_they_are_written() {
        assert_eq!(read("12"), Some((Some(12_000), "", "")));
        assert_eq!(read("1.5 GiB"), Some((Some(1500), "GiB", "")));
        assert_eq!(read(" 1_000.2_5d 3h"), Some((Some(1_000_250), "d", " 3h")));
        assert_eq!(read("0.0009x"), Some((Some(0), "x", "")));
        assert_eq!(read("12-"), Some((Some(12_000), "", "-")));
        let many = format!("0.{}", "1".repeat(38));
        assert_eq!(read(&many), Some((None, "", "")));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "x", ".5", "5.", "1.2.3", "_1", "1._5", "-1", "+1", "١", &"9".repeat(40)]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn values_are_shown_with_one_decimal_at_most() {
        for (value, text) in [(0, "0"), (49, "0"), (50, "0.1"), (1000, "1"), (1960, "2")] {
            assert_eq!(in_units(value, 1000), text);
        }
    }
}
