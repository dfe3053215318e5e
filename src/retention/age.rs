//! Ages, and other lengths of time, as people write them.

use super::quantity;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const MILLISECOND: u128 = 1_000_000;
const SECOND: u128 = 1000 * MILLISECOND;
const MINUTE: u128 = 60 * SECOND;
const HOUR: u128 = 60 * MINUTE;
const DAY: u128 = 24 * HOUR;

/// A length of time, which can be written as text: `"7d"`, `"12h"`, `"30 min"`, `"2w"`, `"1d 12h"`.
///
/// The units are `ms`, `s`, `min` (or `m`), `h`, `d`, `w` and `y` (of 365 days), or those words in
/// full, as in `"30 days"`; there are no months, as their lengths differ. A number without a unit is
/// an error, except for `0`.
///
/// It is shown in the largest unit of which there is one (from weeks on in days), with one decimal
/// at most, so what is shown may be rounded.
///
/// ```
/// use larder::Age;
/// use std::time::Duration;
///
/// let age: Age = "1.5d".parse()?;
/// assert_eq!(age.duration(), Duration::from_secs(36 * 3600));
/// assert_eq!(age.to_string(), "1.5 d");
/// assert_eq!("1d 12h".parse::<Age>()?, age);
///
/// let error = "7".parse::<Age>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`7` is no length of time, as it has no unit: write `30 min`, `12h`, `7d` or `2w`"
/// );
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Age(Duration);

impl Age {
    /// So long.
    pub const fn new(duration: Duration) -> Self {
        Self(duration)
    }

    /// The same as a [`Duration`].
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl From<Duration> for Age {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl From<Age> for Duration {
    fn from(age: Age) -> Self {
        age.0
    }
}

impl FromStr for Age {
    type Err = Error;

    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no length of time, or one above 584
    /// years. The message says what would be one.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            let advice = "write `30 min`, `12h`, `7d` or `2w`";
            Error::new(
                ErrorKind::InvalidInput,
                format!("`{text}` is no length of time{why}: {advice}"),
            )
        };
        let (mut rest, mut total) = (text.trim(), 0_u128);
        loop {
            let (number, unit, after) = quantity::split(rest).ok_or_else(|| wrong(""))?;
            let nanos = match unit {
                "" if number.times(u128::from(u64::MAX)) == Some(0) => Some(0),
                "" => return Err(wrong(", as it has no unit")),
                "M" => return Err(wrong(", as `M` may mean minutes or months")),
                unit => {
                    let nanos = in_nanos(unit);
                    number.times(nanos.ok_or_else(|| wrong(&format!(", as `{unit}` is no unit")))?)
                }
            };
            let sum = nanos.and_then(|nanos| total.checked_add(nanos));
            total = sum.ok_or_else(|| wrong(" that there can be"))?;
            rest = after.trim_start();
            if rest.is_empty() {
                break;
            }
        }
        let nanos = u64::try_from(total).map_err(|_| wrong(" that there can be"))?;
        Ok(Self(Duration::from_nanos(nanos)))
    }
}

fn in_nanos(unit: &str) -> Option<u128> {
    Some(match &*unit.to_ascii_lowercase() {
        "ms" | "millisecond" | "milliseconds" => MILLISECOND,
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        "y" | "year" | "years" => 365 * DAY,
        _ => return None,
    })
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")];
        for (unit, name) in units {
            // Rounding may lead to a whole one of the unit: 59.97 min are 1 h.
            if nanos + unit / 1200 >= unit {
                return f.pad(&format!("{} {name}", quantity::in_units(nanos, unit)));
            }
        }
        f.pad(&format!("{} ms", quantity::in_units(nanos, MILLISECOND)))
    }
}

/// What stands for a length of time: a [`Duration`], an [`Age`], or a text such as `"7d"`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no length of time",
    label = "a `Duration` or a text such as `\"7d\"` is expected here",
    note = "a number has no unit: write `\"30 min\"`, `\"12h\"`, `\"7d\"` or `\"2w\"`"
)]
pub trait IntoAge {
    /// The length of time.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a text that is none.
    fn into_age(self) -> Result<Age>;
}

impl IntoAge for Age {
    fn into_age(self) -> Result<Age> {
        Ok(self)
    }
}

impl IntoAge for Duration {
    fn into_age(self) -> Result<Age> {
        Ok(Age(self))
    }
}

impl IntoAge for &str {
    fn into_age(self) -> Result<Age> {
        self.parse()
    }
}

impl IntoAge for &String {
    fn into_age(self) -> Result<Age> {
        self.parse()
    }
}

impl IntoAge for String {
    fn into_age(self) -> Result<Age> {
        self.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Duration, String> {
        let age = text.parse::<Age>().map_err(|error| error.to_string())?;
        Ok(age.duration())
    }

    #[test]
    fn lengths_of_time_are_read_in_every_unit() {
        for (text, seconds) in [
            ("0", 0),
            ("0.0", 0),
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
            ("3000 ms", 3),
        ] {
            assert_eq!(read(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn an_error_says_what_is_wrong_and_what_would_be_right() {
        let advice = ": write `30 min`, `12h`, `7d` or `2w`";
        for (text, why) in [
            ("", ""),
            ("soon", ""),
            ("-7d", ""),
            ("7d, 3h", ""),
            ("7", ", as it has no unit"),
            ("7d 3", ", as it has no unit"),
            ("3 M", ", as `M` may mean minutes or months"),
            ("3 months", ", as `months` is no unit"),
            ("10 GiB", ", as `GiB` is no unit"),
            ("600y", " that there can be"),
            ("500y 500y", " that there can be"),
            ("99999999999999999999999999999999999999 y", " that there can be"),
        ] {
            assert_eq!(read(text), Err(format!("`{text}` is no length of time{why}{advice}")));
        }
    }

    #[test]
    fn lengths_of_time_are_shown_in_the_largest_unit_that_leaves_a_whole_part() {
        for (millis, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1 s"),
            (59_940, "59.9 s"),
            (59_970, "1 min"),
            (90_000, "1.5 min"),
            (3_599_000, "1 h"),
            (36 * 3_600_000, "1.5 d"),
            (70 * 86_400_000, "70 d"),
        ] {
            assert_eq!(Age(Duration::from_millis(millis)).to_string(), text);
        }
    }

    #[test]
    fn whatever_stands_for_a_length_of_time_is_one() {
        fn age(age: impl IntoAge) -> Duration {
            age.into_age().unwrap().duration()
        }
        let day = Duration::from_hours(24);
        assert_eq!(age("1d"), day);
        let text = String::from("24h");
        assert_eq!(age(&text), day);
        assert_eq!(age(text), day);
        assert_eq!(age(day), day);
        assert_eq!(age(Age::new(day)), day);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back_within_a_rounding(nanos: u64) {
            let shown = Age(Duration::from_nanos(nanos)).to_string();
            let read = read(&shown).unwrap_or_default().as_nanos();
            prop_assert!(read.abs_diff(nanos.into()) <= u128::from(nanos) / 20 + 50_000, "{shown}");
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = read(&text);
        }
    }
}
