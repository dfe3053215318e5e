//! A span around each computation, for the tools that show what `tracing` tells.
//!
//! Its name is `computation`, its level debug, and its fields are `function`, `key` (as in
//! [`EntryInfo`](crate::EntryInfo), absent where nothing is looked up or kept), `inputs` and `outcome`:
//! `computed`, `failed` for an `Err`, or `panicked`. What is found has no span, and costs nothing.

use super::instances::Function;
use super::recipe::Pending;
use crate::store::Folder;
use std::fmt;
use tracing::field::Empty;
use tracing::{Instrument, Span, debug_span};

/// The span of a computation that is about to begin, if anybody listens.
pub(crate) fn computation(function: &Function, pending: Option<&Pending>) -> Computation {
    let identity = &function.identity;
    let key = pending.map(|pending| Key(&identity.folder, pending));
    Computation(debug_span!(
        "computation",
        function = %identity.name,
        key = key.as_ref().map(display),
        inputs = pending.map(|pending| display(pending.printed())),
        outcome = Empty,
    ))
}

/// A computation, as a span.
#[derive(Debug, Clone)]
pub(crate) struct Computation(Span);

impl Computation {
    /// Runs the computation within the span.
    pub(crate) fn run<T>(self, failed: impl FnOnce(&T) -> bool, compute: impl FnOnce() -> T) -> T {
        if self.0.is_disabled() {
            return compute();
        }
        let ended = Ended(self.0);
        let _entered = ended.0.enter();
        let value = compute();
        ended.tell(failed(&value));
        value
    }

    /// The same for a future, which is within the span whenever it is polled. One that is dropped
    /// has no outcome.
    pub(crate) async fn follow<T>(
        self,
        failed: impl FnOnce(&T) -> bool,
        compute: impl Future<Output = T>,
    ) -> T {
        if self.0.is_disabled() {
            return compute.await;
        }
        let span = self.0.clone();
        let ended = Ended(self.0);
        let value = compute.instrument(span).await;
        ended.tell(failed(&value));
        value
    }
}

/// Tells the outcome, of a panic too.
struct Ended(Span);

impl Ended {
    fn tell(&self, failed: bool) {
        self.0.record("outcome", if failed { "failed" } else { "computed" });
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.record("outcome", "panicked");
        }
    }
}

/// `<function>-<id>/<inputs>-<code>`.
struct Key<'a>(&'a Folder, &'a Pending);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.name(), Folder::file(&self.1.key()))
    }
}
