//! Telling once what keeps the cache from its work, and counting the rest.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

/// The causes met so far, and how often.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Mutex<BTreeMap<String, u64>>);

impl Warnings {
    /// Counts one more of `cause`, and logs it with its `detail` if it is the first.
    ///
    /// Calls go on regardless, so a line for each would bury whatever else there is to read.
    pub(crate) fn warn(&self, cause: impl Into<String>, detail: impl Display) {
        let cause = cause.into();
        let mut causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = causes.entry(cause.clone()).or_default();
        *count += 1;
        let first = *count == 1;
        // A subscriber may call cached functions itself.
        drop(causes);
        if first {
            tracing::warn!("{cause}: {detail}; further cases are counted and not logged");
        } else {
            tracing::debug!("{cause}: {detail}");
        }
    }

    pub(crate) fn counts(&self) -> Vec<(String, u64)> {
        let causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        causes.iter().map(|(cause, count)| (cause.clone(), *count)).collect()
    }
}
