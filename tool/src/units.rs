//! Numbers as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use larder::{Age, Size};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

pub(crate) fn size(bytes: u64) -> String {
    Size::new(bytes).to_string()
}

/// The sum of sizes, which files of which little is on the disk can take beyond the largest number.
pub(crate) fn sum(sizes: impl IntoIterator<Item = u64>) -> u64 {
    sizes.into_iter().fold(0, u64::saturating_add)
}

/// A count with its thousands set apart.
pub(crate) fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 result`, `2 results`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

/// How long ago something was. What is in the future is by a clock that was set since.
pub(crate) fn age(when: SystemTime, now: SystemTime) -> String {
    let age = now.duration_since(when).unwrap_or_default();
    if age < Duration::from_secs(1) {
        return "now".to_owned();
    }
    let seconds = age.as_secs();
    // Of ten days, nobody wants to know the hours.
    let unit = [86_400, 3_600, 60].into_iter().find(|unit| seconds >= 10 * unit).unwrap_or(1);
    Age::new(Duration::from_secs(seconds - seconds % unit)).to_string()
}

/// `3 d ago`, and `now`.
pub(crate) fn ago(when: SystemTime, now: SystemTime) -> String {
    match age(when, now) {
        now if now == "now" => "just now".to_owned(),
        age => format!("{age} ago"),
    }
}

/// How long something took.
pub(crate) fn took(time: Duration) -> String {
    match time.as_nanos() {
        0 => "0".to_owned(),
        nanos @ 1..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{} us", time.as_micros()),
        1_000_000..1_000_000_000 => format!("{} ms", time.as_millis()),
        _ => Age::new(time).to_string(),
    }
}

/// A moment by the clock on the wall.
pub(crate) fn moment(time: SystemTime) -> String {
    match Timestamp::try_from(time) {
        Ok(stamp) => {
            stamp.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        Err(_) => "a time that no calendar has".to_owned(),
    }
}

/// A moment for programs: RFC 3339, in UTC.
pub(crate) fn stamp(time: SystemTime) -> Value {
    Timestamp::try_from(time).map_or(Value::Null, |stamp| json!(stamp.to_string()))
}

pub(crate) fn seconds(time: Duration) -> Value {
    json!(time.as_secs_f64())
}

/// A part of a whole as a bar of ten characters.
pub(crate) fn bar(part: u64, whole: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (u128::from(part) * 80).checked_div(u128::from(whole)).unwrap_or_default();
    let eighths = usize::try_from(eighths).unwrap_or_default();
    // What is there at all can be seen.
    let eighths = if part > 0 { eighths.max(1) } else { 0 };
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

pub(crate) fn percent(part: u64, whole: u64) -> String {
    let (wide, whole) = (u128::from(part), u128::from(whole));
    let percent = (wide * 100 + whole / 2).checked_div(whole).unwrap_or_default();
    if percent == 0 && part > 0 { "<1 %".to_owned() } else { format!("{percent} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_thousands_set_apart() {
        for (number, text) in [(0u64, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "result"), "1 result");
        assert_eq!((sum([2, 3]), sum([u64::MAX, 1])), (5, u64::MAX));
        assert_eq!(counted(1200, "result"), "1,200 results");
    }

    #[test]
    fn times_are_told_in_the_unit_that_suits_them() {
        assert_eq!(took(Duration::from_nanos(750)), "750 ns");
        assert_eq!(took(Duration::from_micros(42)), "42 us");
        assert_eq!(took(Duration::from_millis(999)), "999 ms");
        assert_eq!(took(Duration::from_millis(1500)), "1.5 s");
        let now = SystemTime::now();
        assert_eq!(age(now, now), "now");
        assert_eq!(age(now + Duration::from_hours(1), now), "now");
        assert_eq!(ago(now - Duration::from_hours(36), now), "1.5 d ago");
    }

    #[test]
    fn a_bar_shows_eighths_and_never_hides_what_is_there() {
        assert_eq!(bar(0, 100), "");
        assert_eq!(bar(1, 1_000_000), "▏");
        assert_eq!(bar(50, 100), "█████");
        assert_eq!(bar(100, 100), "██████████");
        assert_eq!(bar(56, 100), "█████▌");
        assert_eq!(bar(0, 0), "");
        assert_eq!((percent(1, 1000), percent(1, 3)), ("<1 %".into(), "33 %".into()));
    }
}
