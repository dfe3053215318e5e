//! Telling once what keeps the cache from its work, and counting the rest.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A cause that was gone and is back is told again, but not more often than this: on a disk that is
/// about full, small results fit and larger ones do not, again and again.
const REST: Duration = Duration::from_mins(1);

/// The causes met so far.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Mutex<BTreeMap<String, Cause>>);

#[derive(Debug)]
struct Cause {
    count: u64,
    /// When it was logged last.
    logged: Instant,
    /// Whether it may be gone by now.
    over: bool,
    /// Whether it is the system that refuses.
    refusal: bool,
}

impl Warnings {
    /// Counts one more of `cause`, and logs it with its `detail` if it is the first.
    ///
    /// Calls go on regardless, so a line for each would bury whatever else there is to read.
    pub(crate) fn warn(&self, cause: impl Into<String>, detail: impl Display) {
        let cause = cause.into();
        if self.count(&cause, false, Instant::now()) {
            tracing::warn!("{cause}: {detail}; further cases are counted and not logged");
        } else {
            tracing::debug!("{cause}: {detail}");
        }
    }

    /// Counts one more refusal of the system, and logs it if nothing else was refused for this
    /// reason: a full disk is one cause, whatever should have been written to it.
    pub(crate) fn refused(&self, doing: impl Display, error: &io::Error) {
        if self.count(&error.to_string(), true, Instant::now()) {
            tracing::warn!(
                "could not {doing}: {error}; calls go on, what is there is still found, and further \
                 cases are counted and not logged"
            );
        } else {
            tracing::debug!("could not {doing}: {error}");
        }
    }

    /// Counts one that its caller has logged.
    pub(crate) fn told(&self, cause: &str) {
        self.count(cause, false, Instant::now());
    }

    /// Takes note that the system does again what it refused.
    pub(crate) fn relented(&self) {
        let mut causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        causes.values_mut().filter(|cause| cause.refusal).for_each(|cause| cause.over = true);
    }

    pub(crate) fn counts(&self) -> Vec<(String, u64)> {
        let causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        causes.iter().map(|(text, cause)| (text.clone(), cause.count)).collect()
    }

    /// Counts one more; whether it is to be logged. Logging is for the caller, after the lock is
    /// gone, as a subscriber may call cached functions itself.
    fn count(&self, text: &str, refusal: bool, now: Instant) -> bool {
        let mut causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(cause) = causes.get_mut(text) else {
            let new = Cause { count: 1, logged: now, over: false, refusal };
            causes.insert(text.to_owned(), new);
            return true;
        };
        cause.count += 1;
        let again = cause.over && now.duration_since(cause.logged) >= REST;
        if again {
            (cause.over, cause.logged) = (false, now);
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_logged_once_until_it_was_over_and_a_while_has_passed() {
        let warnings = Warnings::default();
        let start = Instant::now();
        let logged = |minutes| warnings.count("full", true, start + minutes * REST);
        assert!(logged(0));
        assert!(!logged(0) && !logged(5), "it was never over");
        warnings.relented();
        assert!(logged(6));
        warnings.relented();
        assert!(!logged(6), "it comes and goes");
        assert!(logged(7));
        assert_eq!(warnings.counts(), [("full".to_owned(), 6)]);
    }

    #[test]
    fn what_is_no_refusal_of_the_system_is_never_over() {
        let warnings = Warnings::default();
        let start = Instant::now();
        assert!(warnings.count("damaged", false, start));
        warnings.relented();
        assert!(!warnings.count("damaged", false, start + 2 * REST));
    }
}
