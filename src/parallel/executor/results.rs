//! What [`Executor::map`](super::Executor::map) returns.

use super::handle::JobHandle;
use crate::error::{ErrorKind, Result};
use std::fmt;
use std::time::{Duration, Instant};

/// The results of many jobs, in the order of their inputs.
///
/// Dropping it cancels the jobs that have not begun.
#[must_use = "dropping it cancels what has not begun"]
pub struct Results<T: Send + 'static> {
    handles: std::vec::IntoIter<JobHandle<T>>,
    until: Option<Instant>,
}

impl<T: Send + 'static> Results<T> {
    pub(super) fn new(handles: Vec<JobHandle<T>>) -> Self {
        Self { handles: handles.into_iter(), until: None }
    }

    /// Lets the results be waited for until so long after this call; the first one that is not there
    /// then is an error of kind [`TimedOut`](ErrorKind::TimedOut), and the last item. The jobs after
    /// it are cancelled, if they have not begun.
    pub fn timeout(self, timeout: Duration) -> Self {
        let until = Instant::now().checked_add(timeout);
        let mut this = self;
        this.until = until;
        this
    }

    fn cancel(&mut self) {
        for handle in self.handles.by_ref() {
            handle.cancel();
        }
    }
}

impl<T: Send + 'static> Iterator for Results<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut handle = self.handles.next()?;
        let Some(until) = self.until else { return Some(handle.result()) };
        let result = handle.result_timeout(until.saturating_duration_since(Instant::now()));
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::TimedOut) {
            handle.cancel();
            self.cancel();
        }
        Some(result)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Fewer, if the time runs out.
        let left = self.handles.len();
        (if self.until.is_some() { left.min(1) } else { left }, Some(left))
    }
}

impl<T: Send + 'static> Drop for Results<T> {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl<T: Send + 'static> fmt::Debug for Results<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Results").field("left", &self.handles.len()).finish_non_exhaustive()
    }
}
