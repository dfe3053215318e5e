//! The line for a batch, as a function of its state and of the room there is.

use super::ProgressState;
use crate::cache::Short;
use std::time::Duration;

/// The columns of the bar, its brackets left out.
const BAR: usize = 20;

/// A name is not cut to less.
const SHORTEST_NAME: usize = 8;

/// A name longer than this is cut first of all.
const LONGEST_NAME: usize = 30;

/// Everything, in one line.
pub(super) fn whole(state: &ProgressState) -> String {
    Cut::Bar.line(state, &clean(&state.name))
}

/// What there is room for in `width` columns; nothing, if that is next to none.
pub(super) fn fitting(state: &ProgressState, indent: usize, width: usize) -> String {
    let name = clean(&state.name);
    let indent = " ".repeat(indent);
    let fits = |line: String| (columns(&line) <= width).then_some(line);
    let lines = CUTS.iter().map(|cut| {
        let longest = if *cut < Cut::Name { LONGEST_NAME } else { SHORTEST_NAME };
        format!("{indent}{}", cut.line(state, &shortened(&name, longest)))
    });
    let line = lines.map(fits).find_map(|line| line);
    // Where the facts do not fit, one number has to do.
    let number = number(state);
    let line = line.or_else(|| fits(format!("{} {number}", shortened(&name, SHORTEST_NAME))));
    line.or_else(|| fits(number)).unwrap_or_default()
}

/// What is left out where there is no room, together with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    Nothing,
    Bar,
    Percent,
    /// That nothing failed.
    NoFailures,
    /// All but the beginning of the name.
    Name,
    Rate,
    Saved,
}

const CUTS: [Cut; 7] =
    [Cut::Nothing, Cut::Bar, Cut::Percent, Cut::NoFailures, Cut::Name, Cut::Rate, Cut::Saved];

impl Cut {
    fn line(self, state: &ProgressState, name: &str) -> String {
        let mut head = vec![name.to_owned()];
        if let Some(fraction) = state.fraction().filter(|_| !state.finished) {
            head.extend((self < Self::Bar).then(|| bar(fraction)));
            head.extend((self < Self::Percent).then(|| percent(fraction)));
        }
        format!("{}: {}", head.join(" "), self.facts(state).join(", "))
    }

    fn facts(self, state: &ProgressState) -> Vec<String> {
        let mut facts =
            vec![format!("{} found", state.found), format!("{} computed", state.computed)];
        if state.failed > 0 || self < Self::NoFailures {
            facts.push(format!("{} failed", state.failed));
        }
        let left = state.left.map(|left| left.saturating_add(state.skipped));
        if let Some(left) = left.filter(|left| !state.finished || *left > 0) {
            facts.push(format!("{left} left"));
        }
        if state.finished {
            let stopped = left.unwrap_or(state.skipped) > 0;
            let how = if stopped { "stopped after" } else { "done in" };
            facts.push(format!("{how} {}", Short(state.elapsed)));
        } else {
            facts.extend(state.rate.filter(|_| self < Self::Rate).map(rate));
            facts.extend(state.remaining.map(|time| format!("eta {}", Short(time))));
        }
        if self < Self::Saved && state.saved > Duration::ZERO {
            facts.push(format!("saved {}", Short(state.saved)));
        }
        facts
    }
}

/// The shortest that can be said.
fn number(state: &ProgressState) -> String {
    state.fraction().map_or_else(|| state.done().to_string(), percent)
}

/// Rounded down, so that all means all.
fn percent(fraction: f64) -> String {
    format!("{:.0} %", (fraction * 100.0).floor())
}

fn bar(fraction: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "it is between none and all of the columns"
    )]
    let filled = ((fraction * BAR as f64) as usize).min(BAR);
    let head = if (1..BAR).contains(&filled) { ">" } else { "" };
    format!("[{:<BAR$}]", format!("{}{head}", "=".repeat(filled - head.len())))
}

/// Items a second, a minute or an hour, whatever makes a number of a size to be read.
fn rate(a_second: f64) -> String {
    match a_second {
        10.0.. => format!("{a_second:.0}/s"),
        1.0.. => format!("{a_second:.1}/s"),
        _ if a_second * 60.0 >= 1.0 => format!("{:.1}/min", a_second * 60.0),
        _ => format!("{:.1}/h", a_second * 3600.0),
    }
}

/// Names may come from anywhere, and are to move no cursor.
fn clean(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// The beginning of a text, in at most `width` columns.
fn shortened(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for character in text.chars() {
        cut.push(character);
        if columns(&cut) + 2 > width {
            cut.pop();
            break;
        }
    }
    cut + ".."
}

#[cfg(feature = "progress")]
pub(super) fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// Without terminals, this is for tests alone.
#[cfg(not(feature = "progress"))]
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn state() -> ProgressState {
        ProgressState {
            id: 1,
            parent: None,
            name: "simulate".into(),
            found: 900,
            computed: 141,
            failed: 0,
            skipped: 0,
            left: Some(957),
            elapsed: Duration::from_millis(12_300),
            saved: Duration::from_hours(6),
            rate: Some(12.34),
            remaining: Some(Duration::from_secs(78)),
            finished: false,
        }
    }

    #[track_caller]
    fn check(state: &ProgressState, width: usize, expected: &str) {
        assert_eq!(fitting(state, 0, width), expected, "{width} columns");
    }

    #[test]
    fn the_less_room_there_is_the_less_is_told() {
        let state = state();
        check(
            &state,
            120,
            "simulate [=========>          ] 52 %: 900 found, 141 computed, 0 failed, \
            957 left, 12/s, eta 78.0 s, saved 6.0 h",
        );
        check(
            &state,
            95,
            "simulate 52 %: 900 found, 141 computed, 0 failed, 957 left, 12/s, \
            eta 78.0 s, saved 6.0 h",
        );
        check(
            &state,
            79,
            "simulate: 900 found, 141 computed, 957 left, 12/s, eta 78.0 s, saved 6.0 h",
        );
        check(&state, 60, "simulate: 900 found, 141 computed, 957 left, eta 78.0 s");
        check(&state, 40, "simulate 52 %");
        check(&state, 12, "52 %");
        check(&state, 4, "52 %");
        check(&state, 3, "");
        check(&state, 0, "");
    }

    #[test]
    fn failures_are_told_of_wherever_numbers_are() {
        let state = ProgressState { failed: 2, left: Some(955), ..state() };
        check(&state, 70, "simulate: 900 found, 141 computed, 2 failed, 955 left, eta 78.0 s");
    }

    #[test]
    fn a_line_without_limits_tells_everything() {
        let expected = "simulate 52 %: 900 found, 141 computed, 0 failed, 957 left, 12/s, eta 78.0 s, \
                        saved 6.0 h";
        assert_eq!(state().to_string(), expected);
        let open = ProgressState {
            left: None,
            rate: None,
            remaining: None,
            saved: Duration::ZERO,
            ..state()
        };
        assert_eq!(open.to_string(), "simulate: 900 found, 141 computed, 0 failed");
    }

    #[test]
    fn the_last_line_tells_how_it_ended() {
        let done =
            ProgressState { computed: 1098, failed: 2, left: Some(0), finished: true, ..state() };
        let expected = "simulate: 900 found, 1098 computed, 2 failed, done in 12.3 s, saved 6.0 h";
        assert_eq!(done.to_string(), expected);
        let stopped =
            ProgressState { failed: 1, skipped: 6, left: Some(950), finished: true, ..state() };
        let expected = "simulate: 900 found, 141 computed, 1 failed, 956 left, stopped after 12.3 s, \
                        saved 6.0 h";
        assert_eq!(stopped.to_string(), expected);
        let open = ProgressState { left: None, skipped: 0, finished: true, ..state() };
        assert!(open.to_string().contains("done in 12.3 s"), "{open}");
    }

    #[test]
    fn rates_are_told_in_a_unit_that_suits_them() {
        assert_eq!(
            [0.001, 0.1, 3.21, 12_345.6].map(rate),
            ["3.6/h", "6.0/min", "3.2/s", "12346/s"]
        );
    }

    #[test]
    fn all_is_told_only_when_it_is_all() {
        assert_eq!([0.0, 0.999, 1.0].map(percent), ["0 %", "99 %", "100 %"]);
        assert_eq!(bar(0.0), format!("[{}]", " ".repeat(BAR)));
        assert_eq!(bar(0.06), format!("[>{}]", " ".repeat(BAR - 1)));
        assert_eq!(bar(0.999), format!("[{}> ]", "=".repeat(BAR - 2)));
        assert_eq!(bar(1.0), format!("[{}]", "=".repeat(BAR)));
    }

    #[test]
    fn no_name_moves_the_cursor() {
        let state = ProgressState { name: "a\r\n\u{1b}[2Jb\tc".into(), ..state() };
        assert!(state.to_string().starts_with("a???[2Jb?c 52 %: "), "{state}");
        assert!(!fitting(&state, 2, 200).contains(char::is_control));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_line_is_wider_than_what_it_is_to_fit_in(
            name in any::<String>(),
            (found, computed, failed) in (0..1_u64 << 50, 0..1_u64 << 50, 0..1_u64 << 50),
            left in prop::option::of(0..1_u64 << 60),
            rate in prop::option::of(0.0..1e12),
            remaining in prop::option::of(0..u64::MAX),
            indent in 0..10_usize,
            width in 0..200_usize,
        ) {
            let remaining = remaining.map(Duration::from_nanos);
            let state = ProgressState { name, found, computed, failed, left, rate, remaining, ..state() };
            let line = fitting(&state, indent, width);
            prop_assert!(columns(&line) <= width, "{line:?}");
            prop_assert!(!line.contains(char::is_control), "{line:?}");
        }
    }
}
