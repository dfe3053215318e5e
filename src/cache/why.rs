//! Why a call is computed, or why not: what `f::why(args…)` returns.

use super::changes::{Change, Summary, enumerated};
use super::stats::Short;
use crate::key::Unhashable;
use std::fmt;
use std::time::{Duration, SystemTime};

/// Why a call is computed, although the function was called before; or that it is not.
///
/// Asking computes nothing and changes nothing. The answer is about now: once the call was made, it
/// is [`Found`](Self::Found). Displays as a plain sentence, in which nothing is shown of redacted
/// arguments but their names.
///
/// ```
/// use larder::{Why, cache};
///
/// #[cache]
/// fn simulate(seed: u64, steps: usize) -> u64 {
///     (0..steps as u64).fold(seed, |sum, step| sum ^ step)
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # larder::with_cache(&larder::Cache::open(directory.path())?, || {
/// simulate(7, 1000);
/// assert!(matches!(simulate::why(7, 1000), Why::Found { .. }));
/// assert_eq!(
///     simulate::why(7, 2000).to_string(),
///     "never computed with these inputs; \
///      the nearest earlier call (`seed: 7, steps: 1000`) differs in `steps`",
/// );
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub enum Why {
    /// It is not computed: its result is there.
    #[non_exhaustive]
    Found {
        /// When it was computed.
        created: SystemTime,
        /// How long that took, without the cached functions it called.
        own_time: Duration,
        /// How long that took, or would have taken, with the cached functions it called.
        full_time: Duration,
    },
    /// There is no sign of an earlier call with these inputs. Of a call whose result was not kept,
    /// as one that returned an `Err`, there never is.
    #[non_exhaustive]
    NeverComputed {
        /// The call that has most inputs in common with this one, among 10,000 of those whose
        /// results are there; the latest where several have.
        nearest: Option<Nearest>,
        /// When all results of this function were last removed at once, if that is known.
        cleared: Option<SystemTime>,
    },
    /// It was computed by other code, or with other dependencies or features.
    #[non_exhaustive]
    CodeChanged {
        /// What is different. Empty where that is not known.
        changes: Vec<Change>,
    },
    /// It was computed when `version = N` was another.
    #[non_exhaustive]
    OtherVersion {
        /// The version that computed it last.
        before: u64,
        /// The version now.
        now: u64,
    },
    /// It was computed with other type arguments.
    #[non_exhaustive]
    OtherTypeArguments {
        /// Those it was computed with.
        before: String,
        /// Those of this call.
        now: String,
    },
    /// Its result was removed.
    #[non_exhaustive]
    Removed {
        /// How.
        how: Removal,
        /// When, as far as that is known.
        when: Option<SystemTime>,
    },
    /// Its result is there, and older than `expires` says.
    #[non_exhaustive]
    Expired {
        /// When it was computed.
        created: SystemTime,
        /// For how long results of this function are used.
        after: Duration,
    },
    /// Its result is there, and the condition that `validate` names refuses it.
    #[non_exhaustive]
    Refused {
        /// When it was computed.
        created: SystemTime,
    },
    /// The file of its result is damaged.
    Damaged,
    /// The file of its result cannot be read.
    #[non_exhaustive]
    Unreadable {
        /// What the system says.
        reason: String,
    },
    /// Caching is switched off, be it by `LARDER=off` or because the cache could not be opened.
    SwitchedOff,
    /// Everything is computed and replaced, as by `LARDER=refresh`.
    Refreshing,
    /// The inputs cannot be hashed, so the call is always computed.
    #[non_exhaustive]
    Unhashable {
        /// What their `Serialize` says.
        reason: String,
    },
}

/// How a result was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Removal {
    /// Alone, as by `f::forget`.
    Forgotten,
    /// With all others of its function, or of the cache.
    Cleared,
    /// By somebody who deleted its file.
    ByHand,
    /// To make room, or as it was too old: see [`Cache::trim`](crate::Cache::trim).
    Trimmed,
}

/// An earlier call of the same function with other inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nearest {
    /// Its inputs in a short printable form, redacted ones left out.
    pub inputs: String,
    /// The names of the parameters in which it differs, and of environment variables that are part
    /// of the key.
    pub differs: Vec<String>,
    /// When it was computed.
    pub created: SystemTime,
}

impl Why {
    pub(crate) fn unhashable(error: &Unhashable) -> Self {
        Self::Unhashable { reason: error.to_string() }
    }

    /// What comes after "because", where the code is another.
    pub(super) fn clause(&self) -> Option<String> {
        match self {
            Self::CodeChanged { changes } => Some(Summary(changes).to_string()),
            Self::OtherVersion { before, now } => {
                Some(format!("`version` went from {before} to {now}"))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ago = |when: &Option<SystemTime>| when.map(|when| format!(" {}", Ago(when)));
        match self {
            Self::Found { created, full_time, .. } => {
                write!(f, "found: it was computed {}", Ago(*created))?;
                if *full_time >= Duration::from_micros(1) {
                    write!(f, ", which took {}", Short(*full_time))?;
                }
                Ok(())
            }
            Self::NeverComputed { nearest, cleared } => {
                match cleared {
                    Some(cleared) => write!(
                        f,
                        "not computed with these inputs since the results of this function were \
                         cleared {}",
                        Ago(*cleared)
                    )?,
                    None => f.write_str("never computed with these inputs")?,
                }
                nearest.iter().try_for_each(|nearest| write!(f, "; {nearest}"))
            }
            Self::CodeChanged { .. } | Self::OtherVersion { .. } => {
                write!(f, "computed again because {}", self.clause().unwrap_or_default())
            }
            Self::OtherTypeArguments { before, now } => {
                write!(f, "never computed with these inputs and `<{now}>`, only with `<{before}>`")
            }
            Self::Removed { how, when } => {
                let what = match how {
                    Removal::Forgotten => "its result was forgotten",
                    Removal::Cleared => "the results of this function were cleared",
                    Removal::ByHand => "the file of its result was deleted by hand",
                    Removal::Trimmed => {
                        "its result was removed to keep the cache within its limits"
                    }
                };
                // When a file was found to be missing is not when it was deleted.
                let ago = ago(when).filter(|_| *how != Removal::ByHand).unwrap_or_default();
                write!(f, "computed again because {what}{ago}")
            }
            Self::Expired { created, after } => write!(
                f,
                "computed again because its result has expired: it was computed {}, and is used \
                 for {}",
                Ago(*created),
                Whole(*after)
            ),
            Self::Refused { created } => write!(
                f,
                "computed again because `validate` refuses its result, which was computed {}",
                Ago(*created)
            ),
            Self::Damaged => {
                f.write_str("computed again because the file of its result is damaged")
            }
            Self::Unreadable { reason } => {
                write!(f, "computed again because its result cannot be read: {reason}")
            }
            Self::SwitchedOff => f.write_str("computed because caching is switched off"),
            Self::Refreshing => {
                f.write_str("computed because the mode of the cache is to refresh everything")
            }
            Self::Unhashable { reason } => {
                write!(f, "computed because its inputs cannot be hashed: {reason}")
            }
        }
    }
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the nearest earlier call ")?;
        if !self.inputs.is_empty() {
            write!(f, "(`{}`) ", self.inputs)?;
        }
        let differs: Vec<_> = self.differs.iter().map(|name| format!("`{name}`")).collect();
        write!(f, "differs in {}", enumerated(&differs))
    }
}

/// A length of time as a whole number of the largest unit of which it is one.
struct Whole(Duration);

impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
        let whole =
            units.into_iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
        match whole.filter(|_| self.0.subsec_nanos() == 0) {
            Some((unit, name)) => counted(f, seconds / unit, name),
            None => Short(self.0).fmt(f),
        }
    }
}

fn counted(f: &mut fmt::Formatter<'_>, count: u64, unit: &str) -> fmt::Result {
    write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// How long ago something was, in the unit that suits it.
struct Ago(SystemTime);

impl fmt::Display for Ago {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is in the future is by a clock that was set since.
        let minutes = self.0.elapsed().unwrap_or_default().as_secs() / 60;
        let (count, unit) = match minutes {
            0 => return f.write_str("less than a minute ago"),
            1..60 => (minutes, "minute"),
            60..1440 => (minutes / 60, "hour"),
            _ => (minutes / 1440, "day"),
        };
        counted(f, count, unit)?;
        f.write_str(" ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(seconds: u64) -> SystemTime {
        SystemTime::now() - Duration::from_secs(seconds)
    }

    #[track_caller]
    fn check(why: &Why, expected: &str) {
        assert_eq!(why.to_string(), expected);
    }

    #[test]
    fn times_are_told_in_a_unit_that_suits_them() {
        let ago = |seconds| Ago(since(seconds)).to_string();
        assert_eq!(ago(0), "less than a minute ago");
        assert_eq!(ago(61), "1 minute ago");
        assert_eq!(ago(59 * 60 + 10), "59 minutes ago");
        assert_eq!(ago(3700), "1 hour ago");
        assert_eq!(ago(86_400 * 3 + 10), "3 days ago");
        let later = SystemTime::now() + Duration::from_secs(1000);
        assert_eq!(Ago(later).to_string(), "less than a minute ago");
    }

    #[test]
    fn lengths_of_time_are_told_in_the_largest_unit_that_loses_nothing() {
        let whole = |seconds| Whole(Duration::from_secs_f64(seconds)).to_string();
        assert_eq!(whole(86_400.0 * 7.0), "7 days");
        assert_eq!(whole(86_400.0), "1 day");
        assert_eq!(whole(5400.0), "90 minutes");
        assert_eq!(whole(61.0), "61 seconds");
        assert_eq!(whole(1.5), "1.5 s");
        assert_eq!(whole(0.0), "0");
    }

    #[test]
    fn each_answer_is_a_sentence() {
        let full_time = Duration::from_millis(1500);
        let found = Why::Found { created: since(125), own_time: full_time, full_time };
        check(&found, "found: it was computed 2 minutes ago, which took 1.5 s");
        let at_once = Duration::ZERO;
        let found = Why::Found { created: since(0), own_time: at_once, full_time: at_once };
        check(&found, "found: it was computed less than a minute ago");
        check(
            &Why::OtherVersion { before: 1, now: 2 },
            "computed again because `version` went from 1 to 2",
        );
        check(
            &Why::OtherTypeArguments { before: "f32".into(), now: "f64".into() },
            "never computed with these inputs and `<f64>`, only with `<f32>`",
        );
        check(
            &Why::CodeChanged { changes: Vec::new() },
            "computed again because its code changed, in what is not known",
        );
        let removed = |how, seconds: Option<u64>| Why::Removed { how, when: seconds.map(since) };
        check(
            &removed(Removal::Forgotten, Some(7300)),
            "computed again because its result was forgotten 2 hours ago",
        );
        check(
            &removed(Removal::Cleared, None),
            "computed again because the results of this function were cleared",
        );
        check(
            &removed(Removal::ByHand, Some(7300)),
            "computed again because the file of its result was deleted by hand",
        );
        check(
            &Why::Expired { created: since(7300), after: Duration::from_hours(1) },
            "computed again because its result has expired: it was computed 2 hours ago, and is \
             used for 1 hour",
        );
        check(
            &Why::Refused { created: since(7300) },
            "computed again because `validate` refuses its result, which was computed 2 hours ago",
        );
        check(&Why::Damaged, "computed again because the file of its result is damaged");
        check(
            &Why::Unreadable { reason: "no".into() },
            "computed again because its result cannot be read: no",
        );
        check(&Why::SwitchedOff, "computed because caching is switched off");
        check(&Why::Refreshing, "computed because the mode of the cache is to refresh everything");
        check(
            &Why::Unhashable { reason: "no".into() },
            "computed because its inputs cannot be hashed: no",
        );
    }

    #[test]
    fn an_answer_about_inputs_names_what_differs_and_since_when_nothing_was_kept() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let never = |nearest, cleared| Why::NeverComputed { nearest, cleared };
        let nearest = |inputs: &str, differs: &[&str]| {
            Some(Nearest { inputs: inputs.into(), differs: names(differs), created: since(0) })
        };
        check(&never(None, None), "never computed with these inputs");
        check(
            &never(nearest("a: 1, b: 2, c: 3", &["a", "b", "c"]), None),
            "never computed with these inputs; the nearest earlier call (`a: 1, b: 2, c: 3`) \
             differs in `a`, `b` and `c`",
        );
        check(
            &never(nearest("", &["HOME"]), Some(since(100))),
            "not computed with these inputs since the results of this function were cleared \
             1 minute ago; the nearest earlier call differs in `HOME`",
        );
    }
}
