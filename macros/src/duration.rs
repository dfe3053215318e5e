//! Lengths of time as people write them: `"7d"`, `"30 min"`, `"1d 12h"`.
//!
//! The library reads them in the same way where they are given at run time.

/// For messages.
pub(crate) const ADVICE: &str = "write `30 min`, `12h`, `7d` or `2w`";

const UNITS: [(&[&str], u128); 7] = [
    (&["ms", "millisecond", "milliseconds"], 1_000_000),
    (&["s", "sec", "secs", "second", "seconds"], 1_000_000_000),
    (&["m", "min", "mins", "minute", "minutes"], 60_000_000_000),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600_000_000_000),
    (&["d", "day", "days"], 86_400_000_000_000),
    (&["w", "week", "weeks"], 7 * 86_400_000_000_000),
    (&["y", "year", "years"], 365 * 86_400_000_000_000),
];

/// The length of time in nanoseconds, or what is wrong with the text, to follow its name: empty
/// where there is nothing to say about it.
pub(crate) fn nanos(text: &str) -> Result<u64, String> {
    let (mut rest, mut total) = (text.trim(), 0_u128);
    loop {
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '.' | '_')).unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let (digits, decimals) = parse(number).ok_or_else(String::new)?;
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let nanos = match unit {
            "" if digits == 0 => 0,
            "" => return Err(", as it has no unit".to_owned()),
            "M" => return Err(", as `M` may mean minutes or months".to_owned()),
            unit => {
                let lower = unit.to_ascii_lowercase();
                let known = UNITS.iter().find(|(names, _)| names.contains(&&*lower));
                known.ok_or_else(|| format!(", as `{unit}` is no unit"))?.1
            }
        };
        let part = digits.checked_mul(nanos).zip(10_u128.checked_pow(decimals));
        let sum = part.and_then(|(nanos, parts)| total.checked_add(nanos / parts));
        total = sum.ok_or_else(too_long)?;
        rest = after.trim_start();
        if rest.is_empty() {
            return u64::try_from(total).map_err(|_| too_long());
        }
    }
}

fn too_long() -> String {
    " that there can be".to_owned()
}

/// Digits with at most one point among them, and underscores as in Rust's own numbers: the digits,
/// and how many of them are decimals.
fn parse(number: &str) -> Option<(u128, u32)> {
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let starts_right = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    if !starts_right(whole) || !fraction.is_none_or(starts_right) {
        return None;
    }
    let fraction = fraction.unwrap_or_default().replace('_', "");
    let digits = format!("{}{fraction}", whole.replace('_', "")).parse().ok()?;
    Some((digits, u32::try_from(fraction.len()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_in_every_unit() {
        for (text, seconds) in [
            ("0", 0),
            ("90 s", 90),
            ("30 min", 30 * 60),
            ("30m", 30 * 60),
            ("12h", 12 * 3600),
            ("7d", 7 * 86_400),
            ("7 Days", 7 * 86_400),
            ("2w", 14 * 86_400),
            ("1y", 365 * 86_400),
            ("1.5 hours", 5400),
            (" 1d 12h ", 36 * 3600),
            ("1d12h", 36 * 3600),
            ("3_000 ms", 3),
        ] {
            assert_eq!(nanos(text), Ok(seconds * 1_000_000_000), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_told_why() {
        for (text, why) in [
            ("", ""),
            ("soon", ""),
            ("-7d", ""),
            ("7d, 3h", ""),
            ("1.2.3d", ""),
            ("7", ", as it has no unit"),
            ("7d 3", ", as it has no unit"),
            ("3 M", ", as `M` may mean minutes or months"),
            ("3 months", ", as `months` is no unit"),
            ("7 dayz", ", as `dayz` is no unit"),
            ("600y", " that there can be"),
            ("99999999999999999999999999999999999999 y", " that there can be"),
        ] {
            assert_eq!(nanos(text), Err(why.to_owned()), "{text}");
        }
    }
}
