//! Whether a result that is there still counts: by its age, and by what a condition of the user says
//! of it.

use crate::entry::Entry;
use crate::error::caught;
use std::time::{Duration, SystemTime};

/// What is known of a result that was found, for a condition that says whether it still counts.
///
/// The function that `#[cache(validate = path)]` names is given this at each lookup, and answers
/// `false` for a result that is to be computed again (joblib calls it `cache_validation_callback`):
///
/// ```
/// use larder::{EntryMeta, cache};
/// use std::time::Duration;
///
/// /// What was had in a moment is asked again after a minute, the rest after a day.
/// fn is_fresh(entry: &EntryMeta) -> bool {
///     let quick = entry.full_time < Duration::from_secs(1);
///     entry.age < Duration::from_secs(if quick { 60 } else { 24 * 3600 })
/// }
///
/// #[cache(validate = is_fresh)]
/// fn rates(currency: &str) -> Vec<f64> {
///     vec![currency.len() as f64]
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # larder::with_cache(&larder::Cache::open(directory.path())?, || {
/// rates("EUR");
/// assert!(rates::is_cached("EUR"));
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryMeta<'a> {
    /// How long ago it was computed; zero where the clock was set back since.
    pub age: Duration,
    /// When it was computed.
    pub created: SystemTime,
    /// How long computing it took, without the cached functions it called.
    pub own_time: Duration,
    /// How long computing it took, or would have taken, with the cached functions it called.
    pub full_time: Duration,
    /// Bytes of its file.
    pub size: u64,
    /// The inputs in a short printable form, redacted ones left out.
    pub inputs: &'a str,
}

/// A condition of the user.
pub(crate) type Validate = fn(&EntryMeta<'_>) -> bool;

/// Which results of a function count.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Validity {
    /// For how long each does, in nanoseconds; zero for ever.
    pub(crate) expires_ns: u64,
    pub(crate) validate: Option<Validate>,
}

/// What is said of one result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Valid,
    /// It is too old.
    Expired,
    /// The user's condition is against it.
    Refused,
    /// The user's condition panicked, with these words.
    Panicked(String),
}

impl Validity {
    /// Whether it depends on the result: if not, nothing of it has to be read, and no clock.
    #[inline]
    pub(crate) fn depends(&self) -> bool {
        self.expires_ns != 0 || self.validate.is_some()
    }

    /// What to say of an entry now.
    ///
    /// A result that lies in the future, by a clock that was set back since, is as old as it is
    /// ahead: so it lives for twice its time at most, and one that is further ahead is not used.
    pub(crate) fn judge(&self, entry: &Entry<'_>, now_ns: u64) -> Verdict {
        let created_ns = entry.created_ns();
        if self.expires_ns != 0 && now_ns.abs_diff(created_ns) > self.expires_ns {
            return Verdict::Expired;
        }
        let Some(validate) = self.validate else { return Verdict::Valid };
        let meta = EntryMeta {
            age: Duration::from_nanos(now_ns.saturating_sub(created_ns)),
            created: SystemTime::UNIX_EPOCH + Duration::from_nanos(created_ns),
            own_time: Duration::from_nanos(entry.own_ns()),
            full_time: Duration::from_nanos(entry.full_ns()),
            size: entry.size(),
            inputs: entry.printed().unwrap_or_default(),
        };
        // It may run on a thread of ours, for a future, where a panic would be nobody's; and what is
        // wrong with it is no reason to keep a call from computing.
        match caught(|| validate(&meta)) {
            Ok(true) => Verdict::Valid,
            Ok(false) => Verdict::Refused,
            Err(thrown) => {
                Verdict::Panicked(thrown.message().unwrap_or("it does not say why").to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{self, Header};
    use crate::key::Digest;
    use std::convert::Infallible;

    const HOUR: u64 = 3_600_000_000_000;

    fn written(created_ns: u64) -> Vec<u8> {
        let header = Header {
            key: entry::Key { inputs: Digest::of(b"i"), code: Digest::of(b"c") },
            codec: 1,
            created_ns,
            own_ns: 5,
            full_ns: 8,
            arguments: vec![Digest::of(b"a")],
            function: "f".into(),
            printed: "x: 1".into(),
        };
        let mut out = Vec::new();
        entry::write(&header, &mut out, |out| {
            out.push(7);
            Ok::<_, Infallible>(1)
        })
        .unwrap();
        out
    }

    #[track_caller]
    fn check(validity: Validity, created_ns: u64, now_ns: u64, expected: &Verdict) {
        let bytes = written(created_ns);
        let entry = Entry::parse(&bytes).unwrap();
        assert_eq!(validity.judge(&entry, now_ns), *expected);
    }

    #[test]
    fn a_result_is_used_up_to_its_age_and_not_beyond() {
        let validity = Validity { expires_ns: HOUR, validate: None };
        let created = 1000 * HOUR;
        check(validity, created, created, &Verdict::Valid);
        check(validity, created, created + HOUR, &Verdict::Valid);
        check(validity, created, created + HOUR + 1, &Verdict::Expired);
        check(Validity::default(), created, u64::MAX, &Verdict::Valid);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_result_immortal() {
        let validity = Validity { expires_ns: HOUR, validate: None };
        check(validity, 10 * HOUR, 9 * HOUR, &Verdict::Valid);
        check(validity, 10 * HOUR, 9 * HOUR - 1, &Verdict::Expired);
        check(validity, u64::MAX, 0, &Verdict::Expired);
        check(validity, 0, u64::MAX, &Verdict::Expired);
    }

    #[test]
    fn a_condition_is_given_what_the_entry_says() {
        fn agrees(meta: &EntryMeta<'_>) -> bool {
            let nanos = Duration::from_nanos;
            assert_eq!((meta.own_time, meta.full_time), (nanos(5), nanos(8)));
            assert_eq!(meta.created, SystemTime::UNIX_EPOCH + nanos(HOUR));
            assert_eq!((meta.inputs, meta.size), ("x: 1", 112 + 32 + 3 + 6 + 1 + 8));
            meta.age == nanos(HOUR)
        }
        let validity = Validity { expires_ns: 0, validate: Some(agrees) };
        check(validity, HOUR, 2 * HOUR, &Verdict::Valid);
        check(validity, HOUR, 2 * HOUR + 1, &Verdict::Refused);
        check(validity, HOUR, 0, &Verdict::Refused);
    }

    #[test]
    fn a_condition_that_panics_refuses_and_age_comes_first() {
        let validity = Validity { expires_ns: HOUR, validate: Some(|_| panic!("no")) };
        check(validity, HOUR, HOUR, &Verdict::Panicked("no".into()));
        check(validity, HOUR, 3 * HOUR, &Verdict::Expired);
    }
}
